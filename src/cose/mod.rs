//! The subset of COSE (RFC 9052) that cards use: COSE_Sign1, COSE_Mac0, COSE_Key; and COSE_Encrypt,
//! which only messages of our own use.
//!
//! Reading is ours, so that nothing unsigned can be read by mistake: a payload comes out of
//! [`Sign1::verify`] and from nowhere else. Refused on sight: a label in both buckets or twice in
//! one, `crit` that is unknown, empty, unprotected or names a label that is not there, more than 32
//! labels, a chain that is empty or longer than four. `alg` must be protected. Writing goes through
//! coset, which is also what the tests compare this with.

mod encrypt;
mod header;
mod key;
mod mac0;
mod message;
mod sign;
mod sign1;

use crate::cbor::{Parts, WellFormed};

pub(crate) use encrypt::{Encrypt, OpenFault, Plain, seal};
pub(crate) use header::{Headers, X5Chain};
pub(crate) use key::{Compressed, CoseKey, encode_key, parse_own_key};
pub(crate) use mac0::Mac0;
pub(crate) use sign::{UnsignedSign1, mac0_detached};
pub(crate) use sign1::{ClaimedSignature, Sign1, SignedBytes};

/// Why a signature or a MAC does not hold; each step gives it its own number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CoseFault {
    AlgMissing,
    AlgUnsupported,
    Invalid,
    PayloadDiffers,
    PayloadMissing,
}

fn same_payload(attached: Option<WellFormed<'_>>, computed: &Parts<'_>) -> Result<(), CoseFault> {
    let Some(attached) = attached else {
        return Ok(());
    };
    match attached.byte_string().is_ok_and(|bytes| computed.is(bytes)) {
        true => Ok(()),
        false => Err(CoseFault::PayloadDiffers),
    }
}
