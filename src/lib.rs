//! Digital cards.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod cbor;
mod cose;
pub mod crypto;
mod error;
pub mod holder;
pub mod issuer;
mod mdoc;
pub mod reader;
mod secret;
pub mod session;
mod status;
mod time;
pub mod trust;
mod verify;

pub use error::{
    CryptoError, DecodeError, DecodeErrorKind, Error, ErrorRow, Misuse, Rejected, SessionError,
};
pub use mdoc::{
    DocType, Element, ElementId, ElementValue, NameSpace, SessionTranscript, ValueEntries,
    ValueItems, ValueKind,
};
pub use time::{UnixTime, Validity, unix_time};

#[cfg(test)]
#[path = "../tests/vectors/mod.rs"]
mod vectors;
