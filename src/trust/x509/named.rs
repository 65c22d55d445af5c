//! A certificate that a card names as the trust point of its lists (`certificate` of the MSO's
//! `status`): the issuer signed the card, and so vouches for whom it names.

use super::super::trusted::of_list;
use super::certificate::Certificate;
use super::{Purpose, check_usages};
use crate::crypto::PublicKey;
use crate::error::{Error, rejected};
use crate::time::UnixTime;
use crate::trust::TrustAnchors;
use crate::trust::spki::SubjectKey;

/// What such a certificate vouches for.
#[derive(Debug)]
pub(crate) enum Named {
    /// What is signed below it: it is the only root.
    Authority(TrustAnchors),
    /// Its own key alone.
    Signer(PublicKey),
}

/// Reads `der`. Of an authority, dates and path length are checked with the chain below it.
///
/// # Errors
/// [`Rejected::ListUntrusted`](crate::Rejected::ListUntrusted) if it is malformed or does not hold
/// now, [`Rejected::ListSigner`](crate::Rejected::ListSigner),
/// [`Rejected::ListAlgorithm`](crate::Rejected::ListAlgorithm).
pub(crate) fn named_trust_point(der: &[u8], now: UnixTime) -> Result<Named, Error> {
    let untrusted = rejected!(ListUntrusted);
    let certificate = Certificate::parse(der).map_err(|_| untrusted)?;
    if certificate.is_ca() {
        let mut anchors = TrustAnchors::new();
        anchors.add_root(der).map_err(|_| untrusted)?;
        return Ok(Named::Authority(anchors));
    }
    check_usages(&certificate, &[], Purpose::Lists).map_err(|fault| of_list(fault.into()))?;
    if !certificate.validity().holds_at(now) {
        return Err(untrusted.into());
    }
    match certificate.key() {
        Some(SubjectKey::Known(key)) => Ok(Named::Signer(key)),
        Some(SubjectKey::Unknown) => Err(rejected!(ListAlgorithm).into()),
        None => Err(untrusted.into()),
    }
}
