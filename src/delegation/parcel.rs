//! The last message of the hand-over: what is lent, and the delegation, sealed for one request.

use alloc::vec::Vec;

use super::exchanged::Exchanged;
use super::request::{PendingRequest, VerifiedDelegationRequest};
use crate::cbor::{MESSAGE_CAP, Parts, WellFormed, Writer, required};
use crate::cose::{Encrypt, OpenFault, Plain, seal};
use crate::crypto::{CryptoProvider, SecureRandom};
use crate::error::{DecodeError, DecodeErrorKind, Error, Misuse, rejected};

/// What is in a parcel, and what a wallet stores of a card that was lent to it.
///
/// ```cddl
/// plain = { 1: issuerAuth, 2: { + NameSpace => [+ IssuerSignedItemBytes] },
///           3: bstr .cbor Delegation }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contents<'a> {
    pub(crate) issuer_auth: &'a [u8],
    pub(crate) name_spaces: &'a [u8],
    pub(crate) delegation: &'a [u8],
}

impl<'a> Contents<'a> {
    /// The outer map is ours, so it has one form; what the issuer signed stays as it came.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let item = WellFormed::parse(bytes, MESSAGE_CAP)?;
        let [issuer_auth, name_spaces, delegation] = item.closed_fields([1, 2, 3])?;
        let contents = Self {
            issuer_auth: required(issuer_auth, &item)?.bytes(),
            name_spaces: required(name_spaces, &item)?.bytes(),
            delegation: required(delegation, &item)?.byte_string()?,
        };
        match contents.to_bytes() == bytes {
            true => Ok(contents),
            false => Err(item.error(DecodeErrorKind::NotDeterministic)),
        }
    }

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut out = Writer::new();
        out.map(3).uint(1).raw(self.issuer_auth);
        out.uint(2).raw(self.name_spaces);
        out.uint(3).byte_string(self.delegation);
        out.into_bytes()
    }

    /// `IssuerSigned`, of what is lent alone.
    pub(crate) fn issuer_signed(self) -> Vec<u8> {
        let mut out = Writer::new();
        out.map(2).text("issuerAuth").raw(self.issuer_auth);
        out.text("nameSpaces").raw(self.name_spaces);
        out.into_bytes()
    }
}

impl VerifiedDelegationRequest {
    /// Seals `contents` for whoever made this request, in this hand-over.
    pub(crate) fn seal(
        &self,
        contents: Vec<u8>,
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<Vec<u8>, Error> {
        let external_aad = external_aad(&self.exchange)?;
        seal(contents, &self.parcel_key, &external_aad, crypto, rng)
    }
}

impl PendingRequest {
    /// Opens a parcel, and is used up: the parcel key goes with it.
    pub(crate) fn unseal(self, parcel: &[u8], crypto: &CryptoProvider) -> Result<Plain, Error> {
        let sealed = Encrypt::parse(parcel, MESSAGE_CAP);
        let sealed = sealed.map_err(|_| rejected!(ParcelMalformed))?;
        let external_aad = external_aad(&self.exchange)?;
        let opened = sealed.open(&*self.parcel_key, &external_aad, crypto);
        opened.map_err(|fault| match fault {
            OpenFault::Invalid => rejected!(ParcelNotForThisRequest).into(),
            OpenFault::Crypto(error) => error.into(),
        })
    }
}

/// `cbor ["VITACARD-PARCEL-v1", nonce, SHA-256(RequestClaims bytes)]`
fn external_aad(exchanged: &Exchanged) -> Result<Vec<u8>, Misuse> {
    let start = Parts::new().array(3).text("VITACARD-PARCEL-v1");
    let all = start
        .byte_string(&exchanged.nonce)
        .byte_string(&exchanged.claims_hash);
    all.joined()
}
