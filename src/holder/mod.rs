//! Keeping a card, and showing of it what was asked for and agreed to.
//!
//! A [`Card`] is verified before it is kept. A [`DeviceRequest`] is a claim until [`verify_reader`]
//! says who sent it; a [`Consent`] says what its holder agrees to show. [`Card::present`] takes what
//! is in the request, in the consent and on the card, and nothing else; the device key proves
//! possession in this session, and what comes out is a [`Response`].
//!
//! Items and the issuer's signature leave as they came. No signature or MAC is sent that is not by
//! the card's own key, and one key never makes both.
//!
//! ```
//! use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom};
//! use vitacard::holder::{Card, Consent, DeviceRequest};
//! use vitacard::reader::{ItemsRequest, Request};
//! # use vitacard::{DocType, ElementId, NameSpace, Validity, unix_time, session::SessionTranscript};
//! # let (issuer, phone) = (SoftwareSigner::from_bytes(&[7; 32])?, SoftwareSigner::from_bytes(&[8; 32])?);
//! # let mut anchors = vitacard::trust::TrustAnchors::new();
//! # anchors.pin_key(issuer.public_key());
//! # let now = unix_time(1_780_272_000);
//! # let validity = Validity::new(now, unix_time(1_788_048_000)).unwrap();
//! # let (doc_type, identity) = (DocType::new("org.example.card")?, NameSpace::new("org.iso.23220.1")?);
//! # let from_issuer = vitacard::issuer::Draft::new(doc_type.borrowed(), phone.public_key(), validity)
//! #     .with_element(identity.borrowed(), ElementId::new("family_name")?, "Martin")
//! #     .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)?
//! #     .sign_pinned(&issuer, &RUSTCRYPTO)?;
//! # let family_name = ElementId::new("family_name")?;
//! # let items = ItemsRequest::new(doc_type).with_element(identity, family_name, false);
//! # let from_reader = Request::new([items])?.to_bytes();
//! # let transcript = SessionTranscript::given(&[0x83, 0xf6, 0xf6, 0xf6])?;
//! let card = Card::accept(&from_issuer, &anchors, &RUSTCRYPTO, now)?;
//! let request = DeviceRequest::parse(&from_reader)?;
//! let asked = request.documents().next().unwrap(); // show these to the holder
//! let consent = Consent::none().everything_asked(&asked);
//! let unsigned = card.present(&request, &consent, &transcript)?;
//! let signature = phone.sign(&unsigned.to_be_signed()?)?; // in the phone's secure hardware
//! let to_reader = unsigned.complete(&signature, &RUSTCRYPTO)?.to_bytes();
//! # assert!(!to_reader.is_empty());
//! # Ok::<(), vitacard::Error>(())
//! ```

mod card;
mod consent;
mod delegated;
mod device_key;
mod lending;
mod present;
mod prover;
mod response;

pub use card::Card;
pub use consent::Consent;
pub use delegated::DelegatedCard;
pub use lending::{Grant, Loan, UnsignedDelegation};
pub use present::UnsignedPresentation;
pub use response::{ErrorStatus, Response, error_response};

pub use crate::mdoc::{DeviceRequest, DocRequest};
pub use crate::verify::{Conditions, DeviceProof, Policy, VerifiedReader};

use crate::crypto::CryptoProvider;
use crate::error::Error;
use crate::mdoc::SessionTranscript;
use crate::trust::TrustAnchors;

/// Checks who sent `request`, of which `anchors` must be the roots for *readers*.
///
/// Each document of a [`DeviceRequest`] is signed on its own, so one answer says nothing about the
/// others.
///
/// ```
/// use vitacard::{crypto::RUSTCRYPTO, trust::TrustAnchors, unix_time, session::SessionTranscript};
/// use vitacard::holder::{Conditions, DeviceRequest, Policy, verify_reader};
/// # use vitacard::{DocType, ElementId, NameSpace, reader::{ItemsRequest, Request}};
/// # let items = ItemsRequest::new(DocType::new("org.example.card")?);
/// # let items = items.with_element(NameSpace::new("org.example")?, ElementId::new("name")?, false);
/// # let bytes = Request::new([items])?.to_bytes();
/// let request = DeviceRequest::parse(&bytes)?;
/// let transcript = SessionTranscript::given(b"\x83\xf6\xf6\xf6")?;
/// let (anchors, policy) = (TrustAnchors::new(), Policy::default());
/// let conditions = Conditions::new(unix_time(1_780_272_000), &policy);
/// for asked in request.documents() {
///     let unsigned = verify_reader(&asked, &transcript, &anchors, &conditions, &RUSTCRYPTO);
///     assert_eq!(unsigned.unwrap_err().reason(), "ReaderAuthMissing");
/// }
/// # Ok::<(), vitacard::Error>(())
/// ```
///
/// # Errors
/// [`Error::Rejected`] 2801 to 2811, of which `document` is the place in the request.
pub fn verify_reader(
    request: &DocRequest<'_>,
    transcript: &SessionTranscript<'_>,
    anchors: &TrustAnchors,
    conditions: &Conditions<'_>,
    crypto: &CryptoProvider,
) -> Result<VerifiedReader, Error> {
    let reader = VerifiedReader::check(request, transcript, anchors, conditions, crypto);
    reader.map_err(|error| match error {
        Error::Rejected(fault) => fault.in_document(request.index()).into(),
        other => other,
    })
}
