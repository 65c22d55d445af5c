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
/// Reader.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustedReader(PublicKey);
impl TrustedReader {
    pub(crate) fn find(
        auth: &Sign1<'_>,
        anchors: &TrustAnchors,
        _lists: Option<&RevocationLists>,
        _crypto: &CryptoProvider,
        _now: UnixTime,
    ) -> Result<Self, Error> {
        let chain = auth.headers().claimed_x5chain();
        let chain = chain.ok_or(rejected!(ReaderUntrusted))?;
        let key = chain.certificates().next().and_then(certificate_key);
        let key = key.ok_or(rejected!(ReaderMalformedCertificate))?;
        match anchors.0.contains(&key) {
            true => Ok(Self(key)),
            false => Err(rejected!(ReaderUntrusted).into()),
        }
    }
    /// Key.
    pub const fn key(&self) -> &PublicKey {
        &self.0
    }
    /// Name.
    pub const fn common_name(&self) -> Option<&str> {
        None
    }
}
/// Key of a certificate.
pub fn certificate_key(der: &[u8]) -> Option<PublicKey> {
    const HEAD: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
    let at = der.windows(HEAD.len()).position(|window| window == HEAD)?;
    let start = at.saturating_add(HEAD.len());
    PublicKey::p256(der.get(start..start.saturating_add(65))?).ok()
}
