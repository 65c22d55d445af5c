//! What a card's key has signed as a delegation, and by which number it is known: the lock on its
//! claims.

use super::CardDigest;
use super::claims::Claims;
use crate::cbor::{Parts, WellFormed};
use crate::cose::Sign1;
use crate::crypto::{CryptoProvider, VerifyingKey};
use crate::error::{CryptoError, Error, rejected};
use crate::status::DelegationId;

pub(crate) const TYP: &str = "application/vnd.vitacard.delegation+cwt";

/// A delegation is small: with 64 entries, a name and an own card it has about 600 bytes.
pub(crate) const MAX_LEN: usize = 2048;

/// What a delegation has around its claims: protected header 47, signature 66, heads 5.
const AROUND_CLAIMS: usize = 118;

/// Whether a delegation of these claims is no longer than its readers take.
pub(crate) const fn fits(claims: &[u8]) -> bool {
    claims.len() <= MAX_LEN.saturating_sub(AROUND_CLAIMS)
}

/// What a key has signed as a delegation, before any limit is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) id: DelegationId,
    pub(super) claims: Claims<'a>,
}

impl<'a> Signed<'a> {
    /// Steps 6 and 7. Nothing of the claims is read before the signature is seen to be good.
    pub(super) fn read(
        delegation: WellFormed<'a>,
        external_aad: &Parts<'_>,
        holder: VerifyingKey<'_>,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        let sign1 = Sign1::parse_message(delegation, TYP);
        let sign1 = sign1.map_err(|_| rejected!(DelegationMalformed))?;
        let signed = sign1
            .verify_for(external_aad, holder, crypto)
            .map_err(|_| rejected!(DelegationSignature))?;
        Ok(Self {
            claims: Claims::read(signed.content())?,
            id: id_of(&sign1, external_aad, crypto)?,
        })
    }
}

/// `cbor ["VITACARD-DELEGATION-v1", parent, DocType]`
pub(crate) fn external_aad<'p>(parent: &'p CardDigest, doc_type: &'p str) -> Parts<'p> {
    let start = Parts::new().array(3).text("VITACARD-DELEGATION-v1");
    start.byte_string(parent.as_bytes()).text(doc_type)
}

/// Of a delegation that was just made.
pub(crate) fn id_of_bytes(
    delegation: &[u8],
    external_aad: &Parts<'_>,
    crypto: &CryptoProvider,
) -> Result<DelegationId, Error> {
    let sign1 = Sign1::parse_message(WellFormed::parse(delegation, MAX_LEN)?, TYP)?;
    Ok(id_of(&sign1, external_aad, crypto)?)
}

fn id_of(
    sign1: &Sign1<'_>,
    external_aad: &Parts<'_>,
    crypto: &CryptoProvider,
) -> Result<DelegationId, CryptoError> {
    let unavailable = CryptoError::Unavailable;
    let signed = sign1.signed_message(external_aad).ok_or(unavailable)?;
    let message = Parts::new().raw(b"VITACARD-DLG-ID").append(&signed);
    let hash = message.with(|parts| crypto.sha256(parts));
    let hash = hash.ok_or(unavailable)??;
    let id = hash.first_chunk().copied();
    id.map(DelegationId::from_bytes).ok_or(unavailable)
}
