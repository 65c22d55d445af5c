//! What is known about blocked cards: the seam. Lists themselves come later.
//!
//! There are three answers and never two: valid, blocked, and *not known*. A fault in fetching or
//! reading a list is "not known", and the policy decides what that means.

use core::fmt;

use crate::cbor::WellFormed;

/// Names one delegation: by it a delegation is revoked.
///
/// ```cddl
/// delegation-id = SHA-256("VITACARD-DLG-ID" || Sig_structure of the delegation)[0..16]
/// ```
/// No byte of the signature is in it: of an ECDSA signature there are two forms, and the other one
/// would escape from the list.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DelegationId([u8; 16]);

impl DelegationId {
    /// From its 16 bytes, as a list holds them.
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

/// In hex.
impl fmt::Display for DelegationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A list of revoked delegations, of which the caller vouches that it is genuine and fresh.
#[derive(Clone, Copy, Debug)]
pub struct RevokedDelegations<'a> {
    uri: &'a str,
    ids: &'a [DelegationId],
}

impl<'a> RevokedDelegations<'a> {
    /// The list at `uri`, as cards name it, holds these and no other.
    #[must_use]
    pub const fn at(uri: &'a str, ids: &'a [DelegationId]) -> Self {
        Self { uri, ids }
    }
}

/// What the caller knows about status lists.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatusEvidence<'a> {
    revoked_delegations: &'a [RevokedDelegations<'a>],
}

impl<'a> StatusEvidence<'a> {
    /// Nothing is known of any list.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            revoked_delegations: &[],
        }
    }

    /// These lists of revoked delegations are known, and no other. A card that names another one is
    /// as if nothing were known.
    ///
    /// ```
    /// use vitacard::delegation::DelegationId;
    /// use vitacard::reader::{RevokedDelegations, StatusEvidence};
    /// let revoked = [DelegationId::from_bytes([7; 16])];
    /// let lists = [RevokedDelegations::at("https://status.example/delegations", &revoked)];
    /// let status = StatusEvidence::none().with_revoked_delegations(&lists);
    /// # let _ = status;
    /// ```
    #[must_use]
    pub const fn with_revoked_delegations(self, lists: &'a [RevokedDelegations<'a>]) -> Self {
        Self {
            revoked_delegations: lists,
        }
    }
}

/// What the evidence says about one card.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum StatusFinding {
    /// The MSO names no list.
    NotNamed,
    /// The MSO names a list, or a mechanism, of which nothing is known.
    NotKnown,
}

/// Looks the card with this MSO `status` up.
pub(crate) fn look_up(
    status: Option<WellFormed<'_>>,
    evidence: &StatusEvidence<'_>,
) -> StatusFinding {
    let StatusEvidence {
        revoked_delegations: _,
    } = evidence;
    match status {
        None => StatusFinding::NotNamed,
        Some(_) => StatusFinding::NotKnown,
    }
}

/// What the evidence says about one delegation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DelegationFinding {
    Revoked,
    /// It is on no list that is known, and none that the card names is unknown.
    NotRevoked,
    /// The card names a list, and nothing is known of it.
    NotKnown,
}

/// Looks a delegation up, of a card that names `list`.
pub(crate) fn look_up_delegation(
    id: &DelegationId,
    list: Option<&str>,
    evidence: &StatusEvidence<'_>,
) -> DelegationFinding {
    let known = evidence.revoked_delegations;
    if known.iter().any(|known| known.ids.contains(id)) {
        return DelegationFinding::Revoked;
    }
    match list {
        Some(named) if !known.iter().any(|known| known.uri == named) => DelegationFinding::NotKnown,
        _ => DelegationFinding::NotRevoked,
    }
}
