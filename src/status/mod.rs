//! What is known about blocked cards and revoked delegations, offline.
//!
//! There are three answers and never two: valid, blocked, and *not known*. A fault in fetching or
//! reading a list is "not known", and the policy decides what that means.

mod delta;
mod identifiers;
mod increment;
mod list;
mod reference;
mod resident;
mod rice;
mod snapshot;
mod store;
pub(crate) mod token;
mod trust_point;

#[cfg(fuzzing)]
pub(crate) mod doors {
    pub(crate) use super::increment::difference;
    pub(crate) use super::list::{LIST_CAP, inflate};
    pub(crate) use super::resident::{ResidentForm, Statuses};
    pub(crate) use super::rice::{Rice, encode};
}

use core::fmt;

pub use delta::STATUS_DELTA_TYPE;
#[cfg(feature = "x509")]
pub(crate) use delta::claims as delta_claims;
#[cfg(feature = "x509")]
pub(crate) use list::{LIST_CAP, deflate};
pub use reference::NamedList;
use reference::Reference;
pub(crate) use reference::References;
pub use resident::ResidentForm;
#[cfg(feature = "x509")]
pub(crate) use resident::Statuses;
pub use snapshot::{Slot, Snapshot};
use store::{Content, List};
pub use store::{Followed, StatusStore, StoreLimits, Taken};
#[cfg(feature = "x509")]
pub(crate) use token::{IDENTIFIER_LIST, ListLimits, ListToken, STATUS_LIST};
pub use token::{IDENTIFIER_LIST_TYPE, STATUS_LIST_TYPE};
pub use trust_point::{StatusTrust, TrustPoint};

use crate::cbor::WellFormed;
use crate::crypto::CryptoProvider;
use crate::error::{Error, rejected};
use crate::time::{UnixTime, unix_time};
use crate::trust::AnchorId;

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

/// A list of revoked delegations, of which the caller vouches that it is genuine and fresh, and is that
/// of each issuer whose cards name its address.
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
    store: Option<&'a StatusStore>,
    revoked_delegations: &'a [RevokedDelegations<'a>],
}

impl<'a> StatusEvidence<'a> {
    /// Nothing is known of any list.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            store: None,
            revoked_delegations: &[],
        }
    }

    /// What `store` holds is known, as old as it is.
    #[must_use]
    pub const fn of(store: &'a StatusStore) -> Self {
        Self {
            store: Some(store),
            revoked_delegations: &[],
        }
    }

    /// These lists of revoked delegations are known besides. A card that names another one is as if
    /// nothing were known.
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
            ..self
        }
    }

    /// No clock that is right says less.
    pub(crate) fn clock_floor(&self) -> UnixTime {
        self.store.map_or(unix_time(0), StatusStore::clock_floor)
    }

    fn list(&self, uri: &str, trust_point: &TrustPoint) -> Option<&'a List> {
        self.store?.find(uri, trust_point)?.list.as_ref()
    }
}

/// Who looks a card up, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StatusCheck<'e> {
    pub(crate) evidence: &'e StatusEvidence<'e>,
    /// Who vouches for the card.
    pub(crate) issuer: AnchorId,
    pub(crate) now: UnixTime,
    pub(crate) crypto: &'e CryptoProvider,
}

/// What is known about one card that is not known to be blocked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum StatusFinding {
    /// The MSO names no list.
    NotNamed,
    /// The MSO names a list, or a mechanism, of which nothing is known.
    NotKnown,
    /// What is known, as of `iat`, ended at `until`.
    Ended { iat: UnixTime, until: UnixTime },
    /// As of this time, the oldest where there are two lists, it is not blocked.
    Valid(UnixTime),
}

impl StatusFinding {
    /// Of a card that stands on two lists.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotNamed, finding) | (finding, Self::NotNamed) => finding,
            (Self::NotKnown, _) | (_, Self::NotKnown) => Self::NotKnown,
            (Self::Ended { iat, until }, other) | (other, Self::Ended { iat, until }) => {
                let (other, end) = match other {
                    Self::Ended { iat, until } => (iat, until),
                    Self::Valid(other) => (other, until),
                    Self::NotNamed | Self::NotKnown => (iat, until),
                };
                Self::Ended {
                    iat: iat.min(other),
                    until: until.min(end),
                }
            }
            (Self::Valid(a), Self::Valid(b)) => Self::Valid(a.min(b)),
        }
    }
}

impl StatusCheck<'_> {
    /// The card with this MSO `status`. A list that has ended may still say that it is blocked.
    ///
    /// # Errors
    /// [`Rejected`](crate::Rejected) 2503 to 2506.
    pub(crate) fn card(&self, status: Option<WellFormed<'_>>) -> Result<StatusFinding, Error> {
        let Some(status) = status else {
            return Ok(StatusFinding::NotNamed);
        };
        let References { place, identifier } = References::parse(status);
        if place.is_none() && identifier.is_none() {
            return Ok(StatusFinding::NotKnown);
        }
        // What cannot be read of one list does not hide what the other says.
        let place = place.map_or(Ok(StatusFinding::NotNamed), |place| match place {
            Ok(place) => self.place(&place),
            Err(_) => Ok(StatusFinding::NotKnown),
        });
        let identifier =
            identifier.map_or(Ok(StatusFinding::NotNamed), |identifier| match identifier {
                Ok(identifier) => self.identifier(&identifier),
                Err(_) => Ok(StatusFinding::NotKnown),
            });
        Ok(place?.and(identifier?))
    }

    fn place(&self, reference: &Reference<'_, u64>) -> Result<StatusFinding, Error> {
        let trust_point = reference.trust_point(self.issuer, self.crypto)?;
        let list = self.evidence.list(reference.uri, &trust_point);
        let Some((list, Content::Statuses(statuses))) = list.map(|list| (list, &list.content))
        else {
            return Ok(StatusFinding::NotKnown);
        };
        match statuses.status(reference.entry) {
            None => Err(rejected!(StatusIndex).into()),
            Some(0) => Ok(self.finding(list)),
            Some(1) => Err(rejected!(StatusInvalid).into()),
            Some(2) => Err(rejected!(StatusSuspended).into()),
            Some(status) => Err(rejected!(StatusOther, status: status).into()),
        }
    }

    fn identifier(&self, reference: &Reference<'_, &[u8]>) -> Result<StatusFinding, Error> {
        let trust_point = reference.trust_point(self.issuer, self.crypto)?;
        match self.evidence.list(reference.uri, &trust_point) {
            Some(list) => match list.holds(reference.entry) {
                Some(true) => Err(rejected!(StatusInvalid).into()),
                Some(false) => Ok(self.finding(list)),
                None => Ok(StatusFinding::NotKnown),
            },
            None => Ok(StatusFinding::NotKnown),
        }
    }

    fn finding(&self, list: &List) -> StatusFinding {
        match self.now < list.exp {
            true => StatusFinding::Valid(list.iat),
            false => StatusFinding::Ended {
                iat: list.iat,
                until: list.exp,
            },
        }
    }

    /// A delegation of a card that names the list `uri`, if it names one.
    pub(crate) fn delegation(&self, id: &DelegationId, uri: Option<&str>) -> DelegationFinding {
        let vouched = self.evidence.revoked_delegations;
        let list = uri.and_then(|uri| self.evidence.list(uri, &TrustPoint::Anchor(self.issuer)));
        let held = list.and_then(|list| Some((list, list.holds(id.as_bytes())?)));
        // Whoever knows that it is revoked is right: no other list frees it.
        if vouched.iter().any(|list| list.ids.contains(id)) || matches!(held, Some((_, true))) {
            return DelegationFinding::Revoked;
        }
        if uri.is_none_or(|uri| vouched.iter().any(|list| list.uri == uri)) {
            return DelegationFinding::NotRevoked;
        }
        match held {
            None => DelegationFinding::NotKnown,
            Some((list, _)) if self.now < list.exp => DelegationFinding::NotListed(list.iat),
            Some((list, _)) => DelegationFinding::Ended {
                iat: list.iat,
                until: list.exp,
            },
        }
    }
}

/// What is known about one delegation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DelegationFinding {
    Revoked,
    /// It is on no list that the caller vouches for, and none that the card names is unknown.
    NotRevoked,
    /// As of this time it is not on the list that the card names.
    NotListed(UnixTime),
    /// The list that the card names, as of `iat`, ended at `until`.
    Ended {
        iat: UnixTime,
        until: UnixTime,
    },
    /// The card names a list, and nothing is known of it.
    NotKnown,
}
