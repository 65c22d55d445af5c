//! Making cards: a draft, what is to be signed, and the card once it is signed.
//!
//! [`Draft`] takes what the card says. [`Draft::prepare`] draws the salts and the digest numbers and
//! leaves an [`UnsignedCard`], whose [`to_be_signed`](UnsignedCard::to_be_signed) goes to wherever
//! the issuer's key is: an HSM may take days. Completing it checks the signature, the certificates
//! and the dates; what fails is an error and never a bad card.
//!
//! Trusted: the caller, for what is true of the holder, and the source of randomness. Not trusted:
//! the signer. Left to the caller: coarse dates, and a status index that is drawn at random, for
//! both tell cards apart (ISO/IEC 18013-5 Annex E).
//!
//! ```
//! use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom};
//! use vitacard::issuer::{Draft, StatusReference};
//! use vitacard::{DocType, ElementId, NameSpace, Validity, unix_time};
//!
//! let issuer = SoftwareSigner::from_bytes(&[7; 32])?; // for the example: a key in memory
//! let device_key = SoftwareSigner::from_bytes(&[8; 32])?.public_key(); // the phone sends this
//! let validity = Validity::new(unix_time(1_780_272_000), unix_time(1_788_048_000)).unwrap();
//! let identity = NameSpace::new("org.iso.23220.1")?;
//!
//! let unsigned = Draft::new(DocType::new("org.vitacard.health_insurance.1")?, device_key, validity)
//!     .with_element(identity.borrowed(), ElementId::new("family_name")?, "Martin")
//!     .with_element(identity.borrowed(), ElementId::new("age_over_18")?, true)
//!     .with_status(StatusReference::status_list(412, "https://status.example/1"))
//!     .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)?;
//! let signature = issuer.sign(unsigned.to_be_signed())?;
//! let card = unsigned.complete_pinned(&signature, &issuer.public_key(), &RUSTCRYPTO)?;
//! assert_eq!(card[0], 0xa2); // { "issuerAuth": …, "nameSpaces": … }
//! # Ok::<(), vitacard::Error>(())
//! ```

mod draft;
mod draws;
mod items;
mod mso;
#[cfg(feature = "x509")]
mod status_list;
mod status_reference;
mod unsigned;

pub use draft::{Decoys, Draft};
#[cfg(feature = "x509")]
pub use status_list::{IdentifierListDraft, StatusListDraft, UnsignedIncrement, UnsignedList};
pub use status_reference::StatusReference;
pub use unsigned::UnsignedCard;

pub use crate::status::{IDENTIFIER_LIST_TYPE, STATUS_DELTA_TYPE, STATUS_LIST_TYPE};

#[cfg(all(test, feature = "rustcrypto"))]
mod tests;
