//! Asking for a card, and checking what comes back.
//!
//! A [`Request`] says what is wanted. What comes back is a [`DeviceResponse`], a claim;
//! [`Reader::verify`] takes it, and only what that returns has values. Choose a [`Policy`] first:
//! the default one wants to know whether a card is blocked.
//!
//! ```
//! use vitacard::crypto::{RUSTCRYPTO, SoftwareSigner};
//! use vitacard::reader::{Conditions, DeviceResponse, Exchange, Policy, Reader};
//! use vitacard::{Error, Rejected};
//! # use vitacard::crypto::{Algorithm, Signer, SystemRandom};
//! # use vitacard::holder::{Card, Consent};
//! # use vitacard::reader::{DeviceRequest, ItemsRequest, Request};
//! # use vitacard::{DocType, ElementId, NameSpace, Validity, unix_time, session::SessionTranscript};
//! # let (issuer, phone) = (SoftwareSigner::from_bytes(&[7; 32])?, SoftwareSigner::from_bytes(&[8; 32])?);
//! # let mut anchors = vitacard::trust::TrustAnchors::new();
//! # anchors.pin_key(issuer.public_key());
//! # let now = unix_time(1_780_272_000);
//! # let validity = Validity::new(now, unix_time(1_788_048_000)).unwrap();
//! # let (doc_type, identity) = (DocType::new("org.example.card")?, NameSpace::new("org.iso.23220.1")?);
//! # let born = ciborium::Value::Tag(1004, Box::new("1990-07-14".into()));
//! # let card = vitacard::issuer::Draft::new(doc_type.borrowed(), phone.public_key(), validity)
//! #     .with_element(identity.borrowed(), ElementId::new("birth_date")?, born)
//! #     .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)?
//! #     .sign_pinned(&issuer, &RUSTCRYPTO)?;
//! # let card = Card::accept(&card, &anchors, &RUSTCRYPTO, now)?;
//! # let asked = ItemsRequest::new(doc_type).with_element(identity, ElementId::new("birth_date")?, false);
//! # let asked = Request::new([asked])?.to_bytes();
//! # let request = DeviceRequest::parse(&asked)?;
//! # let consent = request.documents().fold(Consent::none(), |all, one| all.everything_asked(&one));
//! # let transcript = SessionTranscript::given(&[0x83, 0xf6, 0xf6, 0xf6])?;
//! # let from_phone = card.present(&request, &consent, &transcript)?.sign_with(&phone, &RUSTCRYPTO)?;
//! # let from_phone = from_phone.to_bytes();
//! let mut policy = Policy::default();
//! policy.cards_without_status = true; // these issuers have no status lists
//! let reader = Reader::new(RUSTCRYPTO, anchors);
//! let exchange = Exchange::new(&transcript, Conditions::new(now, &policy)).with_request(request);
//!
//! let verified = reader.verify(DeviceResponse::parse(&from_phone)?, &exchange)?;
//! for document in verified.documents() {
//!     let born = document.element("org.iso.23220.1", "birth_date");
//!     assert_eq!(born.and_then(|born| born.value().as_date()), Some("1990-07-14"));
//! }
//!
//! let next_year = Exchange::new(&transcript, Conditions::new(unix_time(1_811_808_000), &policy));
//! match reader.verify(DeviceResponse::parse(&from_phone)?, &next_year) {
//!     Ok(_) => unreachable!(),
//!     // A genuine card that has ended: worth another message than a forged one.
//!     Err(Error::Rejected(Rejected::Expired { until, .. })) => assert_eq!(until, validity.until()),
//!     Err(error) => println!("{error} ({} {})", error.code(), error.reason()),
//! }
//! # Ok::<(), Error>(())
//! ```

mod batch;
mod billing;
mod request;
mod result;
mod verify;

pub use billing::{Billing, Doubt, NotBilled};
pub use request::{ItemsRequest, Request, UnsignedRequest};
pub use result::{Issuer, Presenter, VerifiedDocument, VerifiedIssuerSigned, VerifiedResponse};
pub use verify::{Exchange, Reader};

pub use crate::mdoc::{DeviceRequest, DeviceResponse, DocRequest};
pub use crate::status::{
    Followed, IDENTIFIER_LIST_TYPE, NamedList, ResidentForm, RevokedDelegations, STATUS_DELTA_TYPE,
    STATUS_LIST_TYPE, Slot, Snapshot, StatusEvidence, StatusStore, StatusTrust, StoreLimits, Taken,
    TrustPoint,
};
pub use crate::verify::{
    Conditions, DeviceElement, DeviceProof, Policy, Stale, Standing, UnknownStatus,
};
