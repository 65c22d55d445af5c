//! Digital cards in the wire format of ISO/IEC 18013-5: issue, hold, present, verify, lend.
//!
//! ```text
//!  issuer   Draft ──prepare──▶ UnsignedCard ──complete(signature)──▶ IssuerSigned bytes
//!  holder   bytes ──Card::accept──▶ Card ──present──▶ UnsignedPresentation ──complete──▶ response
//!  reader   bytes ──parse──▶ DeviceResponse ──Reader::verify──▶ VerifiedResponse ──▶ values
//!                            (claims only)                      (the only door to a value)
//!  lending  Card ──delegate(Grant)──▶ UnsignedDelegation ──complete──▶ Loan ──seal──▶ parcel
//!           parcel ──DelegatedCard::accept──▶ DelegatedCard ──present──▶ as above
//! ```
//!
//! Start with `examples/quickstart.rs`: the whole life of a card in thirty lines. Each role is a
//! module, [`issuer`], [`holder`] and [`reader`]; between holder and reader stands a [`session`],
//! and between two holders a [`delegation`]; a [`StatusStore`](reader::StatusStore) knows offline who
//! is blocked; [`trust`] says who may issue and who may ask; a [`profile`] which card it is, and who may
//! see what of it; a [`vault`] keeps cards behind a passcode; [`crypto`] is a value that you pass. Time,
//! randomness, trust anchors and revocation lists are arguments too: the library reads no clock,
//! opens no socket and keeps no global.
//!
//! # What does not compile
//!
//! A value that was not signed cannot be read: a claim has no accessor for it.
//!
//! ```compile_fail,E0599
//! # use vitacard::{Element, reader::{DeviceResponse, VerifiedDocument}};
//! fn read<'a>(claimed: &'a DeviceResponse<'a>) -> Option<&'a Element<'a>> {
//!     claimed.element("org.iso.18013.5.1", "family_name")
//! }
//! ```
//! ```
//! # use vitacard::{Element, reader::{DeviceResponse, VerifiedDocument}};
//! fn read<'a>(claimed: &'a VerifiedDocument<'a>) -> Option<&'a Element<'a>> {
//!     claimed.element("org.iso.18013.5.1", "family_name")
//! }
//! ```
//!
//! A verified response cannot be made up; it comes from [`Reader::verify`](reader::Reader::verify).
//!
//! ```compile_fail,E0451
//! # use vitacard::{Error, reader::{DeviceResponse, Exchange, Reader, VerifiedResponse}};
//! fn verified<'a>(reader: &Reader, claimed: DeviceResponse<'a>, cx: &Exchange<'_>) -> Result<VerifiedResponse<'a>, Error> {
//!     Ok(VerifiedResponse { documents: Default::default() })
//! }
//! ```
//! ```
//! # use vitacard::{Error, reader::{DeviceResponse, Exchange, Reader, VerifiedResponse}};
//! fn verified<'a>(reader: &Reader, claimed: DeviceResponse<'a>, cx: &Exchange<'_>) -> Result<VerifiedResponse<'a>, Error> {
//!     reader.verify(claimed, cx)
//! }
//! ```
//!
//! Verification takes the claims, so that nothing goes on with them beside the result.
//!
//! ```compile_fail,E0382
//! # use vitacard::reader::{DeviceResponse, Exchange, Reader};
//! fn both(reader: &Reader, claimed: DeviceResponse<'_>, cx: &Exchange<'_>) -> usize {
//!     let verified = reader.verify(claimed, cx);
//!     claimed.claimed_doc_types().count()
//! }
//! ```
//! ```
//! # use vitacard::reader::{DeviceResponse, Exchange, Reader};
//! fn both(reader: &Reader, claimed: DeviceResponse<'_>, cx: &Exchange<'_>) -> usize {
//!     let verified = reader.verify(claimed, cx);
//!     verified.map_or(0, |verified| verified.documents().count())
//! }
//! ```
//!
//! A card that was lent cannot be lent on: [`holder::DelegatedCard`] has no `delegate`.
//!
//! ```compile_fail,E0599
//! # use vitacard::{Error, crypto::SystemRandom, holder::{Card, DelegatedCard, Grant}, unix_time};
//! fn lend(lent: &DelegatedCard, grant: Grant) -> Result<(), Error> {
//!     lent.delegate(grant, unix_time(1_780_272_000), &mut SystemRandom).map(drop)
//! }
//! ```
//! ```
//! # use vitacard::{Error, crypto::SystemRandom, holder::{Card, DelegatedCard, Grant}, unix_time};
//! fn lend(own: &Card, grant: Grant) -> Result<(), Error> {
//!     own.delegate(grant, unix_time(1_780_272_000), &mut SystemRandom).map(drop)
//! }
//! ```
//!
//! A channel that failed to open a message is gone, and its keys with it: see [`session`].
//!
//! # Features
//!
//! | feature | default | adds |
//! | --- | --- | --- |
//! | `std` | yes | [`crypto::SystemRandom`], and a [`vault`] in files |
//! | `rustcrypto` | yes | the value [`crypto::RUSTCRYPTO`], and keys in memory |
//! | `x509` | yes | certificate chains and revocation lists, through webpki |
//! | `es384`, `ed25519` | | the values `crypto::ES384` and `crypto::ED25519`, for the list of signatures that you accept |
//! | `argon2` | | Argon2id for the passcodes of a [`vault`] |
//! | `rayon` | | [`Reader::verify_all`](reader::Reader::verify_all) on all cores |
//!
//! A feature adds and never alters. Without any the crate is `no_std` with `alloc`, and reads and
//! decides with a provider of yours.

#![cfg_attr(not(test), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    test,
    allow(
        clippy::std_instead_of_alloc,
        clippy::std_instead_of_core,
        reason = "tests have std"
    )
)]
// What attackers send must never panic us. (Here and not in Cargo.toml: tests may unwrap.)
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
pub mod delegation;
#[cfg(feature = "x509")]
pub mod enrolment;
mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod holder;
pub mod issuer;
mod mdoc;
pub mod profile;
#[cfg(vitacard_proof)]
#[doc(hidden)]
pub mod proof;
pub mod reader;
mod secret;
pub mod session;
mod status;
mod time;
pub mod trust;
pub mod vault;
mod verify;

pub use error::{
    CryptoError, DecodeError, DecodeErrorKind, Error, ErrorRow, Misuse, Rejected, SessionError,
    VaultError,
};
pub use mdoc::{
    DocType, Element, ElementId, ElementValue, NameSpace, ValueEntries, ValueItems, ValueKind,
};
pub use time::{UnixTime, Validity, unix_time};

#[cfg(test)]
#[path = "../tests/pki/mod.rs"]
mod pki;
#[cfg(test)]
#[path = "../tests/vectors/mod.rs"]
mod vectors;
