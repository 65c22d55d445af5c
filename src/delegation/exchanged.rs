//! What a request says, and what both phones make of it.

use core::fmt;

use super::CardDigest;
use super::claims::{read_card, read_key, read_name, sized};
use crate::cbor::{WellFormed, required};
use crate::cose::parse_own_key;
use crate::crypto::{CryptoProvider, PublicKey};
use crate::error::{CryptoError, DecodeError, DecodeErrorKind};

/// A short authentication string: six digits that both phones show, for the two people to compare.
///
/// ```cddl
/// SAS = uint64be(SHA-256("VITACARD-SAS-v1" || nonce || RequestClaims bytes)[0..8]) mod 10^6
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sas(u32);

/// With leading zeros.
impl fmt::Display for Sas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

/// What both sides know after message 3, and what the parcel is sealed for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchanged {
    pub(super) nonce: [u8; 32],
    pub(super) claims_hash: [u8; 32],
    pub(crate) sas: Sas,
}

impl Exchanged {
    pub(super) fn of(
        nonce: &[u8; 32],
        claims: &[u8],
        crypto: &CryptoProvider,
    ) -> Result<Self, CryptoError> {
        const MILLION: u64 = 1_000_000;
        let hash = crypto.sha256(&[b"VITACARD-SAS-v1", nonce, claims])?;
        let first = hash.first_chunk().ok_or(CryptoError::Unavailable)?;
        let sas = u64::from_be_bytes(*first) % MILLION;
        Ok(Self {
            nonce: *nonce,
            claims_hash: crypto.sha256(&[claims])?,
            sas: Sas(u32::try_from(sas).unwrap_or_default()),
        })
    }
}

/// ```cddl
/// RequestClaims = { 6: uint, 7: bstr .size 16, 8: { 1: COSE_Key }, -70050: COSE_Key,
///                   -70051: bstr .size 32, ? -70003: tstr .size (1..64), ? -70005: bstr .size 32 }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestClaims<'a> {
    pub(super) made: u64,
    pub(super) key: PublicKey,
    pub(super) parcel_key: PublicKey,
    pub(super) name: Option<&'a str>,
    pub(super) own_card: Option<CardDigest>,
}

impl<'a> RequestClaims<'a> {
    pub(super) fn read(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        item.check_deterministic()?;
        let [made, cti, cnf, parcel_key, hidden, name, own_card] =
            item.closed_fields([6, 7, 8, -70_050, -70_051, -70_003, -70_005])?;
        let bad_key = item.error(DecodeErrorKind::BadKey);
        sized::<16>(required(cti, &item)?)?;
        sized::<32>(required(hidden, &item)?)?;
        let key = read_key(required(cnf, &item)?)?.ok_or(bad_key)?;
        let parcel_key = parse_own_key(required(parcel_key, &item)?)?;
        // A key that signs never agrees.
        if key == parcel_key {
            return Err(bad_key);
        }
        Ok(Self {
            made: required(made, &item)?.uint()?,
            key,
            parcel_key,
            name: name.map(read_name).transpose()?,
            own_card: own_card.map(read_card).transpose()?,
        })
    }
}

pub(super) fn commitment(claims: &[u8], crypto: &CryptoProvider) -> Result<[u8; 32], CryptoError> {
    crypto.sha256(&[b"VITACARD-SAS-COMMIT-v1", claims])
}
