//! What is left to the caller's judgement, with strict defaults, and how far a card can be relied on.

use crate::error::{Error, Misuse, Rejected, rejected};
use crate::status::{DelegationFinding, StatusEvidence, StatusFinding};
use crate::time::{UnixTime, unix_time};
use crate::trust::RevocationLists;

/// 2020-01-01T00:00:00Z, before any card of this standard.
const CLOCK_FLOOR: UnixTime = unix_time(1_577_836_800);

/// What a reader tolerates. Nothing in it can make a forged card pass.
///
/// This version reads no status lists, so the default accepts no card: it refuses one that names a
/// list, of which nothing is known, and one that names none. Say which of the two you accept.
///
/// ```
/// use vitacard::reader::{Policy, UnknownStatus};
/// let mut policy = Policy::default();
/// policy.unknown_status = UnknownStatus::Degrade; // this reader works offline for now
/// policy.cards_without_status = true;             // and reads issuers that have no lists
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Policy {
    /// How many seconds `validFrom` may lie in the future: clocks differ. Default 0. The end of a
    /// card is never stretched.
    pub skew: u32,
    /// A `now` before this is a clock that was never set: [`Misuse::ClockNotSet`]. Default 2020.
    pub clock_floor: UnixTime,
    /// Whether a `deviceMac` proves possession. Default yes; a claim to an insurer needs a
    /// signature, as a reader could have made the MAC itself.
    pub accept_mac: bool,
    /// Whether issuers are accepted that put no `status` into their cards. Default no.
    pub cards_without_status: bool,
    /// What to do where a card names a list of which nothing is known. Default: refuse.
    pub unknown_status: UnknownStatus,
    /// Whether to refuse by dates and document type before any signature is checked, which spares
    /// a slow reader work. Such a refusal (`Early…`) says nothing about genuineness. Default no.
    pub refuse_early: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            skew: 0,
            clock_floor: CLOCK_FLOOR,
            accept_mac: true,
            cards_without_status: false,
            unknown_status: UnknownStatus::Deny,
            refuse_early: false,
        }
    }
}

impl Policy {
    /// Of whoever keeps a card: whether it is blocked is for a reader to find out.
    pub(crate) fn of_keeper() -> Self {
        Self {
            cards_without_status: true,
            unknown_status: UnknownStatus::Degrade,
            ..Self::default()
        }
    }

    /// The same, where it does not matter whether the card has begun.
    pub(crate) fn of_keeper_ahead() -> Self {
        Self {
            skew: u32::MAX,
            ..Self::of_keeper()
        }
    }

    /// The latest that it can be while a clock says `now`.
    pub(crate) fn latest(&self, now: UnixTime) -> UnixTime {
        unix_time(now.as_secs().saturating_add(u64::from(self.skew)))
    }
}

/// What to do when a card names a status list of which nothing is known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum UnknownStatus {
    /// Refuse the card.
    #[default]
    Deny,
    /// Accept it as [`Standing::Degraded`].
    Degrade,
}

/// Under what conditions cards are checked: all of it is the caller's, none is looked up.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Conditions<'a> {
    /// The time to check against.
    pub now: UnixTime,
    /// What is tolerated.
    pub policy: &'a Policy,
    /// What is known about blocked cards.
    pub status: StatusEvidence<'a>,
    /// Revocation lists for certificates; `None` if certificates are not checked for revocation.
    pub crls: Option<&'a RevocationLists>,
}

impl<'a> Conditions<'a> {
    /// At `now` under `policy`, without status lists or revocation lists.
    #[must_use]
    pub const fn new(now: UnixTime, policy: &'a Policy) -> Self {
        Self {
            now,
            policy,
            status: StatusEvidence::none(),
            crls: None,
        }
    }

    /// The same, with what is known about blocked cards and revoked delegations.
    #[must_use]
    pub const fn with_status(self, status: StatusEvidence<'a>) -> Self {
        Self { status, ..self }
    }

    /// The same, with lists that say which certificates are revoked.
    #[must_use]
    pub const fn with_crls(self, crls: &'a RevocationLists) -> Self {
        Self {
            crls: Some(crls),
            ..self
        }
    }

    /// Refuses a clock that was never set: at the epoch every card is "not yet expired".
    pub(crate) fn trusted_now(&self) -> Result<UnixTime, Error> {
        match self.now >= self.policy.clock_floor {
            true => Ok(self.now),
            false => Err(Misuse::ClockNotSet.into()),
        }
    }
}

/// How far a genuine card can be relied on now. A card that is not genuine is an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "callers must handle both")]
#[must_use]
pub enum Standing {
    /// Nothing about it is old or unknown. So is a card that names no status list, where the policy
    /// accepts it: nobody says whether it is blocked.
    Secured,
    /// It is genuine, and something about it is old or not known.
    Degraded(Stale),
}

/// What is old or not known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stale {
    status_list: bool,
    delegation_list: bool,
}

impl Stale {
    /// Whether nothing fresh is known of the status list that the card names.
    #[must_use]
    pub const fn status_list(&self) -> bool {
        self.status_list
    }

    /// Whether nothing fresh is known of the list of revoked delegations that the card names.
    #[must_use]
    pub const fn delegation_list(&self) -> bool {
        self.delegation_list
    }
}

impl Standing {
    /// The policy's judgement of what is known about a card's status.
    pub(crate) const fn judge(finding: StatusFinding, policy: &Policy) -> Result<Self, Rejected> {
        match (finding, policy.unknown_status) {
            (StatusFinding::NotNamed, _) if policy.cards_without_status => Ok(Self::Secured),
            (StatusFinding::NotNamed, _) => Err(rejected!(StatusAbsent)),
            (StatusFinding::NotKnown, UnknownStatus::Degrade) => Ok(Self::Degraded(Stale {
                status_list: true,
                delegation_list: false,
            })),
            (StatusFinding::NotKnown, UnknownStatus::Deny) => Err(rejected!(StatusUnknown)),
        }
    }

    /// The same, of what depends on another card too.
    pub(crate) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Secured, standing) | (standing, Self::Secured) => standing,
            (Self::Degraded(a), Self::Degraded(b)) => Self::Degraded(Stale {
                status_list: a.status_list || b.status_list,
                delegation_list: a.delegation_list || b.delegation_list,
            }),
        }
    }

    /// The same card, shown by a delegate of whose delegation this is known.
    pub(crate) const fn and_delegation(
        self,
        finding: DelegationFinding,
        policy: &Policy,
    ) -> Result<Self, Rejected> {
        let status_list = match self {
            Self::Secured => false,
            Self::Degraded(stale) => stale.status_list,
        };
        match (finding, policy.unknown_status) {
            (DelegationFinding::Revoked, _) => Err(rejected!(DelegationRevoked)),
            (DelegationFinding::NotRevoked, _) => Ok(self),
            (DelegationFinding::NotKnown, UnknownStatus::Deny) => {
                Err(rejected!(DelegationStatusUnknown))
            }
            (DelegationFinding::NotKnown, UnknownStatus::Degrade) => Ok(Self::Degraded(Stale {
                status_list,
                delegation_list: true,
            })),
        }
    }
}
