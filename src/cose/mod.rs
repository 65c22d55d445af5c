//! The subset of COSE (RFC 9052) that cards use: COSE_Sign1, COSE_Mac0, COSE_Key.

mod key;

pub(crate) use key::{Compressed, CoseKey, encode_key, write_key};
