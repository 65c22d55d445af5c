//! What the issuer keeps, through traits of the caller's: invitations, cards, nonces. Each change is
//! one compare-and-set, so that of two who race one wins, also on different machines.

use alloc::vec::Vec;
use core::fmt;

use super::{CardLine, InvitationNumber, RefreshNumber};
use crate::crypto::{PublicKey, Secret};
use crate::delegation::CardDigest;
use crate::error::{Error, Misuse};
use crate::time::UnixTime;

/// The caller's store failed. Why is for its own log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "callers make it")]
pub struct StoreFault;

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store failed")
    }
}

impl core::error::Error for StoreFault {}

impl From<StoreFault> for Error {
    fn from(_: StoreFault) -> Self {
        Misuse::StoreFailed.into()
    }
}

/// Whether a device key must be attested by the platform of its phone.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Attestation {
    /// It may come without.
    #[default]
    NotDemanded,
    /// It comes with an attestation, at enrolment and at each refresh, or is refused.
    Demanded,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "stores keep each of them")]
pub enum InvitationState {
    /// Nobody has been approved or refused.
    Open,
    /// Whoever has this key was approved.
    Approved(PublicKey),
    /// Whoever answered was refused.
    Refused,
}

/// What the issuer keeps of an invitation.
pub struct InvitationRecord {
    number: InvitationNumber,
    secret: Secret<16>,
    ends: UnixTime,
    attestation: Attestation,
    state: InvitationState,
}

impl InvitationRecord {
    /// An open invitation, from what was stored of it.
    #[must_use]
    pub const fn new(
        number: InvitationNumber,
        secret: Secret<16>,
        ends: UnixTime,
        attestation: Attestation,
    ) -> Self {
        Self {
            number,
            secret,
            ends,
            attestation,
            state: InvitationState::Open,
        }
    }

    /// The same invitation in another state.
    #[must_use]
    pub fn with_state(self, state: InvitationState) -> Self {
        Self { state, ..self }
    }

    /// Its number, by which it is found.
    #[must_use]
    pub const fn number(&self) -> InvitationNumber {
        self.number
    }

    /// What the letter says and nobody else knows. Store it as you store keys.
    #[must_use]
    pub const fn secret(&self) -> &Secret<16> {
        &self.secret
    }

    /// When it ends.
    #[must_use]
    pub const fn ends(&self) -> UnixTime {
        self.ends
    }

    /// Whether an attestation of the device key is demanded.
    #[must_use]
    pub const fn attestation(&self) -> Attestation {
        self.attestation
    }

    /// What became of it.
    #[must_use]
    pub const fn state(&self) -> InvitationState {
        self.state
    }
}

impl fmt::Debug for InvitationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvitationRecord")
            .field("number", &self.number)
            .field("ends", &self.ends)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The invitations that an issuer has sent.
pub trait Invitations {
    /// Keeps a new one. `false` if there is one of this number.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn add_invitation(&mut self, invitation: InvitationRecord) -> Result<bool, StoreFault>;

    /// The invitation of this number.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn invitation(&self, number: &InvitationNumber)
    -> Result<Option<InvitationRecord>, StoreFault>;

    /// Compare and set: from [`InvitationState::Open`] to `state`, durably. `false` if it was not
    /// open, or is not there; then nothing changes.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn use_up_invitation(
        &mut self,
        number: &InvitationNumber,
        state: InvitationState,
    ) -> Result<bool, StoreFault>;
}

/// The cards that an issuer has issued: one line for each enrolment.
///
/// Digests, device keys and numbers of refreshes lead to one line each, so an index for them may be
/// written before the line is.
pub trait Cards {
    /// The line that holds this card.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn line_of(&self, card: &CardDigest) -> Result<Option<CardLine>, StoreFault>;

    /// The line of which a card comes of this refresh, or which is being refreshed by it
    /// ([`CardLine::refreshes`]).
    ///
    /// # Errors
    /// [`StoreFault`].
    fn line_of_refresh(&self, refresh: &RefreshNumber) -> Result<Option<CardLine>, StoreFault>;

    /// The line of which a card has this device key, or will have ([`CardLine::device_keys`]). Cards of
    /// other people have other keys, and so have all cards of one phone.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn line_of_key(&self, key: &PublicKey) -> Result<Option<CardLine>, StoreFault>;

    /// Compare and set: keeps the number of a refresh, for good, durably. `false` if it was kept
    /// before. Of two lines that are being refreshed by one number one gets it.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn keep_refresh(&mut self, refresh: &RefreshNumber) -> Result<bool, StoreFault>;

    /// The lines of which [`CardLine::replaces_at`] is `now` or before.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn overdue(&self, now: UnixTime) -> Result<Vec<CardLine>, StoreFault>;

    /// Keeps a new line, durably. `false` if there is one of its number; then nothing changes.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn add_line(&mut self, line: &CardLine) -> Result<bool, StoreFault>;

    /// Compare and set: `line` in place of the one of its number, if that has the version `held`,
    /// durably. `false` if it has not; then nothing changes.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn replace_line(&mut self, held: u64, line: &CardLine) -> Result<bool, StoreFault>;
}

/// What is kept of a nonce.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "stores make it")]
pub struct NonceRecord {
    /// When it was given.
    pub given: UnixTime,
    /// Whether a request has used it.
    pub used: bool,
}

/// The nonces that an issuer has given for refreshes. One may be forgotten once it is old
/// ([`NONCE_SECS`](super::NONCE_SECS)): what is not known is refused.
pub trait Nonces {
    /// Keeps a new one. `false` if it is there.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn add_nonce(&mut self, nonce: &[u8; 16], given: UnixTime) -> Result<bool, StoreFault>;

    /// What is known of it.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn nonce(&self, nonce: &[u8; 16]) -> Result<Option<NonceRecord>, StoreFault>;

    /// Compare and set: from not used to used, durably. `false` if it was used, or is not there.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn use_up_nonce(&mut self, nonce: &[u8; 16]) -> Result<bool, StoreFault>;
}
