//! What is left to the caller's judgement, with strict defaults, and how far a card can be relied on.

use crate::crypto::CryptoProvider;
use crate::error::{Error, Misuse, Rejected, rejected};
use crate::status::{DelegationFinding, StatusCheck, StatusEvidence, StatusFinding};
use crate::time::{CLOCK_FLOOR, UnixTime, unix_time};
use crate::trust::{RevocationLists, TrustedIssuer};

const HOUR: u32 = 3600;

/// What a reader tolerates. Nothing in it can make a forged card pass.
///
/// The default wants to know whether a card is blocked: it refuses one that names a list of which
/// the reader holds none, or an old one, and one that names no list at all.
///
/// ```
/// use vitacard::reader::{Policy, UnknownStatus};
/// let mut policy = Policy::default();
/// policy.unknown_status = UnknownStatus::Degrade; // this reader works without lists
/// policy.cards_without_status = true;             // and reads issuers that have none
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
    /// What to do where a card names a list of which nothing is known, or nothing that is young
    /// enough. Default: refuse.
    pub unknown_status: UnknownStatus,
    /// Seconds since a list was made up to which a card is [`Standing::Secured`]. Default 24 hours.
    pub fresh_list: u32,
    /// Seconds since a list was made up to which a card is [`Standing::Degraded`] when its holder
    /// shows it; after that its status is not known. Default 7 days.
    pub oldest_list: u32,
    /// The same when a delegate shows it; of two lists the older one counts. Default 72 hours.
    pub oldest_list_of_delegate: u32,
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
            fresh_list: 24 * HOUR,
            oldest_list: 7 * 24 * HOUR,
            oldest_list_of_delegate: 72 * HOUR,
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

    pub(crate) const fn look_up<'e>(
        &'e self,
        issuer: &TrustedIssuer,
        now: UnixTime,
        crypto: &'e CryptoProvider,
    ) -> StatusCheck<'e> {
        StatusCheck {
            evidence: &self.status,
            issuer: issuer.anchor(),
            now,
            crypto,
        }
    }

    /// Refuses a clock that was never set, or set back: at the epoch every card is "not yet
    /// expired", and each list was once the newest.
    pub(crate) fn trusted_now(&self) -> Result<UnixTime, Error> {
        match self.now >= self.policy.clock_floor.max(self.status.clock_floor()) {
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
    as_of: Option<UnixTime>,
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

    /// Of when the oldest list is that counted, also where it is too old or has ended; `None` where of
    /// one of them nothing is known.
    #[must_use]
    pub const fn as_of(&self) -> Option<UnixTime> {
        self.as_of
    }

    /// Of two cards, or two lists, that are all relied on.
    fn and(self, other: Self) -> Self {
        Self {
            status_list: self.status_list || other.status_list,
            delegation_list: self.delegation_list || other.delegation_list,
            as_of: self.as_of.zip(other.as_of).map(|(a, b)| a.min(b)),
        }
    }
}

impl Standing {
    /// The policy's judgement of what is known about a card's status, which its holder shows.
    pub(crate) fn of_holder(
        finding: StatusFinding,
        policy: &Policy,
        now: UnixTime,
    ) -> Result<Self, Rejected> {
        status_list(finding, policy, policy.oldest_list, now)
    }

    /// The same of a card that a delegate shows, of whose delegation this is known besides.
    pub(crate) fn of_delegate(
        card: StatusFinding,
        delegation: DelegationFinding,
        policy: &Policy,
        now: UnixTime,
    ) -> Result<Self, Rejected> {
        let card = status_list(card, policy, policy.oldest_list_of_delegate, now);
        // It was not too old for its holder.
        let card = card.map_err(|fault| match fault {
            Rejected::StatusListOld { iat, .. } => rejected!(DelegationListOld, iat: iat),
            other => other,
        })?;
        Ok(card.and(delegation_list(delegation, policy, now)?))
    }

    /// The same, of what depends on another card too.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Secured, standing) | (standing, Self::Secured) => standing,
            (Self::Degraded(a), Self::Degraded(b)) => Self::Degraded(a.and(b)),
        }
    }
}

/// How far a list of that age is relied on.
enum Age {
    Fresh,
    Old,
    TooOld,
}

impl Age {
    fn of(as_of: UnixTime, oldest: u32, policy: &Policy, now: UnixTime) -> Self {
        // A list may be dated a minute ahead.
        let age = now.as_secs().saturating_sub(as_of.as_secs());
        match age {
            _ if age > u64::from(oldest) => Self::TooOld,
            _ if age > u64::from(policy.fresh_list) => Self::Old,
            _ => Self::Fresh,
        }
    }
}

fn status_list(
    finding: StatusFinding,
    policy: &Policy,
    oldest: u32,
    now: UnixTime,
) -> Result<Standing, Rejected> {
    let stale = |as_of| Stale {
        status_list: true,
        delegation_list: false,
        as_of,
    };
    let unknown = |as_of, fault| unknown(policy, stale(as_of), fault);
    match finding {
        StatusFinding::NotNamed if policy.cards_without_status => Ok(Standing::Secured),
        StatusFinding::NotNamed => Err(rejected!(StatusAbsent)),
        StatusFinding::NotKnown => unknown(None, rejected!(StatusUnknown)),
        StatusFinding::Ended { iat, until } => {
            unknown(Some(iat), rejected!(StatusListExpired, until: until))
        }
        StatusFinding::Valid(as_of) => match Age::of(as_of, oldest, policy, now) {
            Age::Fresh => Ok(Standing::Secured),
            Age::Old => Ok(Standing::Degraded(stale(Some(as_of)))),
            Age::TooOld => unknown(Some(as_of), rejected!(StatusListOld, iat: as_of)),
        },
    }
}

fn delegation_list(
    finding: DelegationFinding,
    policy: &Policy,
    now: UnixTime,
) -> Result<Standing, Rejected> {
    let stale = |as_of| Stale {
        status_list: false,
        delegation_list: true,
        as_of,
    };
    let unknown = |as_of, fault| unknown(policy, stale(as_of), fault);
    match finding {
        DelegationFinding::Revoked => Err(rejected!(DelegationRevoked)),
        DelegationFinding::NotRevoked => Ok(Standing::Secured),
        DelegationFinding::NotKnown => unknown(None, rejected!(DelegationStatusUnknown)),
        DelegationFinding::Ended { iat, until } => {
            unknown(Some(iat), rejected!(DelegationListExpired, until: until))
        }
        DelegationFinding::NotListed(as_of) => {
            match Age::of(as_of, policy.oldest_list_of_delegate, policy, now) {
                Age::Fresh => Ok(Standing::Secured),
                Age::Old => Ok(Standing::Degraded(stale(Some(as_of)))),
                Age::TooOld => unknown(Some(as_of), rejected!(DelegationListOld, iat: as_of)),
            }
        }
    }
}

/// Not known is never "blocked" and never "valid": the reader's owner says what follows.
fn unknown(policy: &Policy, stale: Stale, fault: Rejected) -> Result<Standing, Rejected> {
    match policy.unknown_status {
        UnknownStatus::Degrade => Ok(Standing::Degraded(stale)),
        UnknownStatus::Deny => Err(fault),
    }
}
