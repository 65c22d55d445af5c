//! Messages of our own: COSE_Sign1 in the one form that they have, so that two readers cannot differ
//! over one.

use super::Sign1;
#[cfg(feature = "x509")]
use crate::cbor::required;
use crate::cbor::{Parts, WellFormed};
#[cfg(feature = "x509")]
use crate::crypto::Algorithm;
use crate::error::{DecodeError, DecodeErrorKind};

/// `{ 1: -7, 16: … }`, up to the text.
const ES256_AND_TYP: &[u8] = &[0xa2, 0x01, 0x26, 0x10];

/// r ‖ s.
const SIGNATURE: usize = 64;

impl<'a> Sign1<'a> {
    /// A message of the kind `typ`, whose content is CBOR.
    ///
    /// ```cddl
    /// Message = [ bstr .cbor { 1: -7, 16: tstr }, {}, bstr .cbor any, bstr .size 64 ]
    /// ```
    /// The protected bucket is compared byte for byte before anything is believed: `crit`, another
    /// algorithm and another kind of message end here. That the content is deterministic is for its
    /// reader to check, once it is verified.
    pub(crate) fn parse_message(item: WellFormed<'a>, typ: &str) -> Result<Self, DecodeError> {
        let is_typ = |protected| has_typ(protected, typ);
        Self::parse_ours(item, is_typ, nothing).map(|(sign1, ())| sign1)
    }

    /// As [`Self::parse_message`], of a kind that names a card beside what is signed; its
    /// `external_aad` holds the name, so that another one is a bad signature.
    ///
    /// ```cddl
    /// Message = [ bstr .cbor { 1: -7, 16: tstr }, { 4: bstr .size 32 }, bstr .cbor any, bstr .size 64 ]
    /// ```
    #[cfg(feature = "x509")]
    pub(crate) fn parse_message_of_card(
        item: WellFormed<'a>,
        typ: &str,
    ) -> Result<(Self, [u8; 32]), DecodeError> {
        Self::parse_ours(item, |protected| has_typ(protected, typ), card)
    }

    /// As [`Self::parse_message`], of a kind whose signer comes with it, protected.
    ///
    /// ```cddl
    /// Message = [ bstr .cbor { 1: -7, 16: tstr, 33: bstr / [2* bstr] }, {}, bstr .cbor any,
    ///             bstr .size 64 ]
    /// ```
    #[cfg(feature = "x509")]
    pub(crate) fn parse_chained_message(
        item: WellFormed<'a>,
        typ: &str,
    ) -> Result<Self, DecodeError> {
        let is_typ = |protected| has_typ_and_chain(protected, typ);
        Self::parse_ours(item, is_typ, nothing).map(|(sign1, ())| sign1)
    }

    fn parse_ours<T>(
        item: WellFormed<'a>,
        check_protected: impl FnOnce(WellFormed<'a>) -> Result<(), DecodeError>,
        read_unprotected: impl FnOnce(WellFormed<'a>) -> Result<T, DecodeError>,
    ) -> Result<(Self, T), DecodeError> {
        item.check_deterministic()?;
        let [protected, unprotected, payload, signature] = item.tuple()?;
        check_protected(protected)?;
        let named = read_unprotected(unprotected)?;
        payload.byte_string()?;
        match signature.byte_string()?.len() {
            SIGNATURE => Ok((Self::parse_attached(item)?, named)),
            _ => Err(signature.error(DecodeErrorKind::OutOfRange)),
        }
    }
}

fn has_typ(protected: WellFormed<'_>, typ: &str) -> Result<(), DecodeError> {
    let expected = Parts::new().raw(ES256_AND_TYP).text(typ);
    match expected.is(protected.byte_string()?) {
        true => Ok(()),
        false => Err(protected.error(DecodeErrorKind::Contradiction)),
    }
}

#[cfg(feature = "x509")]
fn has_typ_and_chain(protected: WellFormed<'_>, typ: &str) -> Result<(), DecodeError> {
    let header = protected.parse_content()?;
    header.check_deterministic()?;
    let [algorithm, kind, chain] = header.closed_fields([1, 16, 33])?;
    required(chain, &header)?;
    let algorithm = required(algorithm, &header)?.int()?;
    match algorithm == Algorithm::ES256.to_cose() && required(kind, &header)?.text()? == typ {
        true => Ok(()),
        false => Err(protected.error(DecodeErrorKind::Contradiction)),
    }
}

fn nothing(unprotected: WellFormed<'_>) -> Result<(), DecodeError> {
    match unprotected.map()?.left() {
        0 => Ok(()),
        _ => Err(unprotected.error(DecodeErrorKind::TooMany)),
    }
}

/// `{ 4: bstr .size 32 }`
#[cfg(feature = "x509")]
fn card(unprotected: WellFormed<'_>) -> Result<[u8; 32], DecodeError> {
    let [card] = unprotected.closed_fields([4])?;
    let card = required(card, &unprotected)?;
    let fault = card.error(DecodeErrorKind::OutOfRange);
    card.byte_string()?.try_into().map_err(|_| fault)
}
