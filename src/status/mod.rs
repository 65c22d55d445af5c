//! What is known about blocked cards: the seam. Lists themselves come later.
//!
//! There are three answers and never two: valid, blocked, and *not known*. A fault in fetching or
//! reading a list is "not known", and the policy decides what that means.

use core::marker::PhantomData;

use crate::cbor::WellFormed;

/// What the caller knows about status lists.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatusEvidence<'a>(PhantomData<&'a ()>);

impl StatusEvidence<'_> {
    /// Nothing is known of any list.
    #[must_use]
    pub const fn none() -> Self {
        Self(PhantomData)
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
    let StatusEvidence(PhantomData) = evidence;
    match status {
        None => StatusFinding::NotNamed,
        Some(_) => StatusFinding::NotKnown,
    }
}
