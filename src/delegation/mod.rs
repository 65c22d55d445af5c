//! Lending a card: to one key, for less than the card holds, for at most thirty days, and no further.
//!
//! The holder's device key signs a *delegation*: whose key may show the card, which elements of it,
//! for which purposes, until when. The delegate's key then signs the presentation, over another
//! structure than a holder's key would. A reader of ISO/IEC 18013-5 that knows nothing of this sees a
//! device signature that does not verify: it refuses, and never takes the delegate for the holder.
//!
//! A reader's steps, as `docs/delegation.md` numbers them:
//!
//! | step                                                  | numbers          |
//! | ----------------------------------------------------- | ---------------- |
//! | 0 caps                                                | 2702             |
//! | 3 who shows the card, holder or delegate              | 2608, 2701       |
//! | 4 nothing but the delegation is device-signed         | 2703             |
//! | 5 the issuer lets the card be lent                    | 2710, 2711, 2712 |
//! | 6, 7 the card's key signed the delegation             | 2720, 2606, 2721 |
//! | 8 its claims and its time                             | 2730 to 2735     |
//! | 9 the delegate's key                                  | 2740             |
//! | 10, 11 elements and purpose are those that it lends   | 2741 to 2744     |
//! | 12 it is not revoked                                  | 2750, 2751       |
//! | 13 the delegate's key was used; his own card          | 2760, 2761, 2762 |
//!
//! A *grant* is what the holder decides. A *delegation* is that, signed. A *loan* is a delegation
//! and the elements that go with it, which a *parcel* brings to the delegate. A *purpose* is what a
//! reader reads for. A card's *digest* (`parent` in the format) names it.
//!
//! Everything that is ours here is closed: an unknown key, another order or another encoding is
//! refused, so that no two readers differ over one delegation. What is believed is read after its
//! signature, and the card that it belongs to is part of what was signed (`external_aad`): a
//! delegation of another card is a bad signature, not a comparison that someone could forget.
//! `docs/delegation.md` has the format.
//!
//! The hand-over between two phones, up to the six digits; `examples/delegate.rs` goes on from here.
//!
//! ```
//! use vitacard::crypto::{RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom};
//! use vitacard::delegation::{Lending, RequestDraft};
//! # use vitacard::unix_time;
//! # let (now, rng) = (unix_time(1_780_272_000), &mut SystemRandom);
//! let key = SoftwareSigner::generate(rng)?; // of the delegate, for this loan alone
//! let draft = RequestDraft::new(key.public_key()).with_name("Anna Martin")?;
//! let committed = draft.commit(now, &RUSTCRYPTO, rng)?;
//! // 1: the commitment goes to the holder's phone, 2: its nonce comes back.
//! let at_holder = Lending::begin(committed.commitment(), rng)?;
//! let unsigned = committed.answer(at_holder.nonce(), &RUSTCRYPTO)?;
//! // 3: the request. The holder's phone sees that it is the one that was committed to.
//! let (open_request, request) = unsigned.sign_with(&key, &RUSTCRYPTO)?;
//! let asked = at_holder.receive(&request, now, &RUSTCRYPTO)?;
//! assert_eq!(asked.name(), Some("Anna Martin"));
//! assert_eq!(asked.sas(), open_request.sas()); // the two people compare what both phones show
//! # Ok::<(), vitacard::Error>(())
//! ```

mod check;
mod claims;
mod exchanged;
mod kept;
mod parcel;
mod parent;
mod policy;
mod purposes;
mod request;
mod revocation;
mod shown;
mod signed;

pub use crate::status::DelegationId;
pub(crate) use check::Permission;
pub use check::VerifiedDelegation;
pub(crate) use claims::{Claims, MAX_SCOPE, Written, chosen_name};
#[cfg(feature = "x509")]
pub(crate) use claims::{read_key, sized};
pub use exchanged::Sas;
pub use kept::KeptDelegation;
pub(crate) use parcel::Contents;
pub use parent::CardDigest;
pub use policy::DelegationPolicy;
pub(crate) use policy::{POLICY, is_delegable};
pub use purposes::{Purpose, PurposeSet};
pub use request::{
    CommittedRequest, Lending, PendingRequest, RequestDraft, UnsignedDelegationRequest,
    VerifiedDelegationRequest,
};
pub use revocation::{RevocationRequest, RevokedBy, UnsignedRevocation, VerifiedRevocation};
pub use shown::asks_for_delegates;
pub(crate) use shown::{
    ClaimedDelegation, Directly, Encounter, MAX_RESPONSE, Shown, delegate_authentication,
    write_name_spaces, write_request_info,
};
pub(crate) use signed::{TYP, external_aad, fits, id_of_bytes};

/// The name space in which a delegation is presented, and by which an issuer lets a card be lent.
pub(crate) const NAME_SPACE: &str = "org.vitacard.delegation.1";

/// By which a reader asks for delegates in DocRequestInfo (an extension point of the standard).
pub(crate) const REQUEST_INFO: &str = "org.vitacard.delegation";

/// The longest that a card can be lent: 30 days, in seconds. No issuer can allow more.
pub const MAX_SECS: u64 = 30 * 24 * 60 * 60;

/// How far clocks may differ, in seconds, for a beginning. The end is never stretched.
pub(crate) const SKEW: u64 = 60;

/// Who lends what to whom is personal, and what a commitment hides is secret until it is shown: logs
/// get the name of the type.
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
    CommittedRequest,
    Lending,
    PendingRequest,
    RequestDraft,
    RevocationRequest<'_>,
    UnsignedDelegationRequest,
    UnsignedRevocation,
    VerifiedDelegationRequest,
);
