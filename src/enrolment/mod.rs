//! Getting a card and keeping it up to date: invited, enrolled, issued, refreshed, blocked.
//!
//! A letter invites; the app verifies the *invitation* and only then asks for pictures; a *request*
//! proves the letter's secret and the new device key, and *evidence* is sealed to the issuer for that
//! request alone. The issuer checks all of it and decides about the person himself: he *approves* or
//! *refuses*. A card is *refreshed* by its own key, which names a new one, and *blocked* with all that
//! was refreshed from it.
//!
//! Trusted: anchors for enrolment, a set of their own; what the issuer recorded of his own cards.
//! Refused: whatever is not in the one form of its message, signed by the one key, for the one place.
//! Nothing is half accepted: each change of state is one compare-and-set in a store of the caller's,
//! after the last check. `docs/lifecycle.md` has the messages.
//!
//! | message                 | made by                   | taken by                                    |
//! | ----------------------- | ------------------------- | ------------------------------------------- |
//! | invitation              | [`InvitationDraft`]       | [`Invitation`] → [`VerifiedInvitation`]     |
//! | request to enrol        | [`EnrolmentDraft`]        | [`EnrolmentRequest`] → [`VerifiedEnrolment`]|
//! | sealed evidence         | [`PendingEnrolment`]      | with the request                            |
//! | request to refresh      | [`RefreshPlan`]           | [`RefreshRequest`] → [`Refresh`]            |
//! | accepted                | [`PendingRefresh`]        | [`Acceptance`]                              |
//! | request to block        | [`Card::block`]           | [`BlockRequest`]                            |
//!
//! [`Card::block`]: crate::holder::Card::block
//!
//! ```
//! use vitacard::crypto::{AgreementKey, RUSTCRYPTO, Signer, SoftwareAgreementKey, SoftwareSigner, SystemRandom};
//! use vitacard::enrolment::{
//!     EnrolmentAnchors, EnrolmentRequest, EvidenceKind, Invitation, Invitations, Memory,
//!     InvitationDraft,
//! };
//! # use vitacard::{Error, UnixTime};
//! # fn flow(now: UnixTime, then: UnixTime, leaf: &[u8], root: &[u8], key: &dyn Signer, photos: [&[u8]; 3]) -> Result<(), Error> {
//! # let (crypto, rng) = (&RUSTCRYPTO, &mut SystemRandom);
//! // The issuer prints a letter, and keeps a record of it.
//! let (mut store, enrolment_key) = (Memory::default(), SoftwareAgreementKey::generate(rng)?);
//! let draft = InvitationDraft::new(enrolment_key.public_key(), now, then);
//! let issued = draft.prepare(&[leaf], crypto, rng)?.sign_with(key, crypto)?;
//! let (qr_code, record) = (issued.text(), issued.into_record());
//! store.add_invitation(record)?;
//!
//! // The app sees who invites, and only then asks for pictures.
//! let mut anchors = EnrolmentAnchors::new();
//! anchors.add_root(root)?;
//! let invitation = Invitation::from_text(&qr_code)?.verify(&anchors, crypto, now)?;
//! let phone = SoftwareSigner::generate(rng)?; // in the phone's secure hardware
//! let draft = invitation.enrol(phone.public_key())
//!     .with_evidence(EvidenceKind::PhysicalCard, "image/jpeg", photos[0], crypto)?
//!     .with_evidence(EvidenceKind::IdentityDocument, "image/jpeg", photos[1], crypto)?
//!     .with_evidence(EvidenceKind::Face, "image/jpeg", photos[2], crypto)?;
//! let pending = draft.prepare(now, crypto)?.sign_with(&phone, crypto)?;
//! let mut sealed = Vec::new();
//! for (index, photo) in photos.iter().enumerate() {
//!     sealed.push(pending.seal(index, photo.to_vec(), crypto, rng)?);
//! }
//!
//! // The issuer checks it, looks at the person, and decides.
//! let sealed: Vec<_> = sealed.iter().map(Vec::as_slice).collect();
//! let request = EnrolmentRequest::parse(pending.as_bytes())?;
//! let verified = request.verify(&sealed, &store, &enrolment_key, crypto, now)?;
//! let approved = verified.approve(&mut store)?;
//! # let _ = approved;
//! # Ok(())
//! # }
//! ```

mod accepted;
mod answer;
mod block;
mod check;
mod evidence;
mod invitation;
mod invited;
mod issuance;
mod issued;
mod line;
mod memory;
mod nonce;
mod record;
mod refresh;
mod renewal;
mod request;
mod store;

pub use accepted::{Acceptance, UnsignedAccepted};
pub use answer::OpenRefresh;
pub use block::{BlockReason, BlockRequest, Blocked, UnsignedBlock, block};
pub use check::{ApprovedEnrolment, EnrolmentRequest, Evidence, VerifiedEnrolment};
pub use evidence::{EvidenceKind, MAX_EVIDENCE};
pub use invitation::{InvitationDraft, IssuedInvitation, UnsignedInvitation};
pub use invited::{EnrolmentAnchors, Invitation, VerifiedInvitation};
pub use issuance::{CardTerms, FreePlaces};
pub use line::{
    CardLine, CardRecord, CardState, OVERLAP_SECS, StatusPlace, delivered, retire_overdue,
};
pub use memory::Memory;
pub use nonce::{NONCE_SECS, give_nonce};
pub use refresh::{PendingRefresh, RefreshPlan, UnsignedNewKey, UnsignedRefresh};
pub use renewal::{Refresh, RefreshRequest, VerifiedRefresh};
pub use request::{EnrolmentDraft, PendingEnrolment, UnsignedEnrolment};
pub use store::{
    Attestation, Cards, InvitationRecord, InvitationState, Invitations, NonceRecord, Nonces,
    StoreFault,
};

use crate::cbor::Parts;
use crate::cose::encode_key;
use crate::crypto::{CryptoProvider, PublicKey};
use crate::error::CryptoError;

/// How far clocks may differ, in seconds, for when a message was made.
const SKEW: u64 = 60;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name([u8; 16]);

        impl $name {
            /// From its 16 bytes, as they were stored or sent.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }
    )+};
}
numbers!(
    /// Names an invitation (its `cti`), and with it the cards that come of it.
    InvitationNumber,
    /// Names a refresh: the `cti` of its request.
    RefreshNumber,
);

/// What a person sends to be enrolled is personal, and a letter's secret is secret: logs get the name
/// of the type.
macro_rules! unprinted {
    ($($name:ident $(<$life:lifetime>)?),+ $(,)?) => {$(
        impl core::fmt::Debug for $name $(<$life>)? {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}
unprinted!(
    Acceptance<'_>,
    ApprovedEnrolment,
    BlockRequest<'_>,
    EnrolmentDraft<'_>,
    EnrolmentRequest<'_>,
    Evidence,
    Invitation,
    InvitationDraft,
    IssuedInvitation,
    OpenRefresh,
    PendingEnrolment,
    PendingRefresh,
    RefreshPlan<'_>,
    RefreshRequest<'_>,
    UnsignedAccepted,
    UnsignedBlock,
    UnsignedEnrolment,
    UnsignedInvitation,
    UnsignedNewKey,
    UnsignedRefresh,
    VerifiedEnrolment,
    VerifiedInvitation,
    VerifiedRefresh,
);

/// `cbor [name, bstr]`
fn named<'p>(name: &'p str, bytes: &'p [u8]) -> Parts<'p> {
    Parts::new().array(2).text(name).byte_string(bytes)
}

/// `SHA-256(cbor COSE_Key)`
fn key_hash(key: &PublicKey, crypto: &CryptoProvider) -> Result<[u8; 32], CryptoError> {
    crypto.sha256(&[&encode_key(key)])
}
