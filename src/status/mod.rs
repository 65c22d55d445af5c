//! What is known about blocked cards: the seam. Lists themselves come later.
//!
//! There are three answers and never two: valid, blocked, and *not known*. A fault in fetching or
//! reading a list is "not known", and the policy decides what that means.

use crate::cbor::WellFormed;

/// What the caller knows about status lists.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatusEvidence<'a> {
    revoked_delegations: Option<&'a [[u8; 16]]>,
}

impl<'a> StatusEvidence<'a> {
    /// Nothing is known of any list.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            revoked_delegations: None,
        }
    }

    /// Also these delegations are revoked, and no other: the caller has them from the list that the
    /// cards name, and vouches for it that the list is genuine and fresh.
    #[must_use]
    pub const fn with_revoked_delegations(self, ids: &'a [[u8; 16]]) -> Self {
        Self {
            revoked_delegations: Some(ids),
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
    id: &[u8; 16],
    list: Option<&str>,
    evidence: &StatusEvidence<'_>,
) -> DelegationFinding {
    match (evidence.revoked_delegations, list) {
        (Some(revoked), _) if revoked.contains(id) => DelegationFinding::Revoked,
        (Some(_), _) | (None, None) => DelegationFinding::NotRevoked,
        (None, Some(_)) => DelegationFinding::NotKnown,
    }
}
