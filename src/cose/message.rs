//! Messages of our own: COSE_Sign1 in the one form that they have, so that two readers cannot differ
//! over one.

use super::Sign1;
use crate::cbor::{Parts, WellFormed};
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
        item.check_deterministic()?;
        let [protected, unprotected, payload, signature] = item.tuple()?;
        let expected = Parts::new().raw(ES256_AND_TYP).text(typ);
        if !expected.is(protected.byte_string()?) {
            return Err(protected.error(DecodeErrorKind::Contradiction));
        }
        if unprotected.map()?.left() != 0 {
            return Err(unprotected.error(DecodeErrorKind::TooMany));
        }
        payload.byte_string()?;
        match signature.byte_string()?.len() {
            SIGNATURE => Self::parse_attached(item),
            _ => Err(signature.error(DecodeErrorKind::OutOfRange)),
        }
    }
}
