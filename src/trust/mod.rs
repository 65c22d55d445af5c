//! stub, replaced by the trust branch
use alloc::vec::Vec;

use crate::cose::Sign1;
use crate::crypto::{CryptoProvider, PublicKey};
use crate::error::{Error, rejected};
use crate::time::{UnixTime, Validity};

/// Anchors.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors(Vec<PublicKey>);
impl TrustAnchors {
    /// New.
    pub fn new() -> Self {
        Self::default()
    }
    /// Pin.
    pub fn pin_key(&mut self, key: PublicKey) {
        self.0.push(key);
    }
}
/// CRLs.
#[derive(Debug)]
pub struct RevocationLists(());
/// Cache.
#[derive(Debug)]
pub struct IssuerCache<const N: usize>(());
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrustedIssuer(PublicKey);
impl TrustedIssuer {
    pub(crate) fn find(
        auth: &Sign1<'_>,
        anchors: &TrustAnchors,
        _lists: Option<&RevocationLists>,
        crypto: &CryptoProvider,
        _now: UnixTime,
    ) -> Result<Self, Error> {
        let found = anchors
            .0
            .iter()
            .find(|key| auth.verify((*key).into(), crypto).is_ok());
        match (found, anchors.0.as_slice()) {
            (Some(key), _) | (None, [key]) => Ok(Self(*key)),
            _ => Err(rejected!(NoIssuerKey).into()),
        }
    }
    pub(crate) fn key(&self) -> &PublicKey {
        &self.0
    }
    pub(crate) fn validity(&self) -> Option<Validity> {
        None
    }
    pub(crate) fn until(&self) -> Option<UnixTime> {
        None
    }
}

/// Stub: reads nothing of the chain. The trust branch checks it.
#[cfg(feature = "x509")]
pub(crate) fn check_issuing_chain(
    _: &[&[u8]],
    _: &CryptoProvider,
) -> Result<(PublicKey, Validity), crate::error::Misuse> {
    Err(crate::error::Misuse::ChainBroken)
}
