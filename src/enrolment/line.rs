//! The cards of one enrolment, each refreshed from the one before: what the issuer knows of them.
//!
//! A line is one record, so that refreshing and blocking, which concern several cards, are one
//! compare-and-set each.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Attestation, BlockReason, Cards, InvitationNumber, RefreshNumber};
use crate::crypto::PublicKey;
use crate::delegation::CardDigest;
use crate::error::{Error, Misuse, Rejected, rejected};
use crate::time::{UnixTime, unix_time};

/// How long an old card holds beside the one that takes its place: 72 hours, unless the holder has
/// accepted the new one before.
pub const OVERLAP_SECS: u64 = 72 * 60 * 60;

/// How often a change is tried anew when somebody else has changed the line meanwhile.
const TRIES: usize = 8;

/// A place in a status list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatusPlace {
    pub(super) uri: String,
    pub(super) index: u64,
}

impl StatusPlace {
    /// Where the list is published.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The number to set: [`StatusListDraft::set`](crate::issuer::StatusListDraft::set), to 1.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }
}

/// What became of a card.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no other")]
pub enum CardState {
    /// It was issued, and its holder has not said that he has it.
    Issued,
    /// Its holder has it.
    Accepted,
    /// A newer one took its place. Its place in the status list is INVALID.
    Replaced,
    /// It was blocked. Its place in the status list is INVALID.
    Blocked {
        /// Why.
        reason: BlockReason,
        /// When.
        at: UnixTime,
    },
}

/// One card of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CardRecord {
    pub(super) digest: CardDigest,
    pub(super) key: PublicKey,
    pub(super) ends: UnixTime,
    pub(super) place: StatusPlace,
    pub(super) state: CardState,
    pub(super) refresh: Option<RefreshNumber>,
    /// The card that it was refreshed from.
    pub(super) parent: Option<CardDigest>,
    /// When a newer card was first issued for it: its 72 hours run, whatever becomes of that one.
    pub(super) succeeded: Option<UnixTime>,
    /// Whether blocking it had its parent replaced, whose place the answer then names each time.
    pub(super) with_parent: bool,
}

impl CardRecord {
    /// Names the card: `parent` of the messages about it.
    #[must_use]
    pub const fn digest(&self) -> CardDigest {
        self.digest
    }

    /// Its device key.
    #[must_use]
    pub const fn device_key(&self) -> &PublicKey {
        &self.key
    }

    /// The last second at which it holds.
    #[must_use]
    pub const fn ends(&self) -> UnixTime {
        self.ends
    }

    /// Its place in the status list.
    #[must_use]
    pub const fn place(&self) -> &StatusPlace {
        &self.place
    }

    /// What became of it.
    #[must_use]
    pub const fn state(&self) -> CardState {
        self.state
    }

    pub(super) const fn is_invalid(&self) -> bool {
        matches!(self.state, CardState::Replaced | CardState::Blocked { .. })
    }

    pub(super) const fn is_blocked(&self) -> bool {
        matches!(self.state, CardState::Blocked { .. })
    }

    fn replaces_at(&self) -> Option<UnixTime> {
        let over = self.succeeded?.as_secs().saturating_add(OVERLAP_SECS);
        (!self.is_invalid()).then_some(unix_time(over))
    }
}

/// A refresh that is not accepted yet.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct RefreshRecord {
    pub(super) number: RefreshNumber,
    pub(super) nonce: [u8; 16],
    pub(super) key: PublicKey,
    pub(super) of: CardDigest,
    /// The card that answers it, as it goes out: to the same request each time.
    pub(super) issued: Option<Vec<u8>>,
}

impl core::fmt::Debug for RefreshRecord {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RefreshRecord")
            .field("number", &self.number)
            .field("of", &self.of)
            .field("issued", &self.issued.is_some())
            .finish_non_exhaustive()
    }
}

/// The cards of one enrolment. A store keeps it as [`Self::to_bytes`].
#[derive(Clone, Eq, PartialEq)]
pub struct CardLine {
    pub(super) number: InvitationNumber,
    pub(super) version: u64,
    pub(super) demand: Attestation,
    pub(super) cards: Vec<CardRecord>,
    pub(super) refresh: Option<RefreshRecord>,
    /// The type of all its cards.
    pub(super) doc_type: String,
    /// The first card as it goes out, until its holder is known to have it.
    pub(super) first: Option<Vec<u8>>,
}

impl core::fmt::Debug for CardLine {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CardLine")
            .field("number", &self.number)
            .field("version", &self.version)
            .field("demand", &self.demand)
            .field("cards", &self.cards)
            .field("refresh", &self.refresh)
            .field("doc_type", &self.doc_type)
            .field("delivered", &self.first.is_none())
            .finish()
    }
}

impl CardLine {
    /// The invitation that it began with.
    #[must_use]
    pub const fn number(&self) -> InvitationNumber {
        self.number
    }

    /// Which state of the line it is: each change adds one.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The cards, the oldest first.
    pub fn cards(&self) -> impl Iterator<Item = &CardRecord> {
        self.cards.iter()
    }

    /// The refreshes that cards came of, and the one that is open.
    pub fn refreshes(&self) -> impl Iterator<Item = RefreshNumber> {
        let open = self.refresh.as_ref().map(|refresh| refresh.number);
        let cards = self.cards.iter().filter_map(|card| card.refresh);
        cards.chain(
            open.filter(move |open| !self.cards.iter().any(|card| card.refresh == Some(*open))),
        )
    }

    /// The device keys of its cards, and of the one that is being issued.
    pub fn device_keys(&self) -> impl Iterator<Item = &PublicKey> {
        let open = self.refresh.as_ref().map(|refresh| &refresh.key);
        self.cards.iter().map(|card| &card.key).chain(open)
    }

    /// When a card that is being refreshed must be blocked at the latest: see [`retire_overdue`].
    #[must_use]
    pub fn replaces_at(&self) -> Option<UnixTime> {
        self.cards.iter().filter_map(CardRecord::replaces_at).min()
    }

    /// The oldest card that neither was replaced nor is blocked: to [`block`](super::block()) it
    /// blocks every card that its holder can still show.
    #[must_use]
    pub fn oldest_valid(&self) -> Option<&CardRecord> {
        self.cards.iter().find(|card| !card.is_invalid())
    }

    /// The places that are INVALID in the status list: of cards that were replaced or blocked.
    pub fn invalid_places(&self) -> impl Iterator<Item = &StatusPlace> {
        let invalid = self.cards.iter().filter(|card| card.is_invalid());
        invalid.map(|card| &card.place)
    }

    pub(super) fn card(&self, digest: &CardDigest) -> Option<&CardRecord> {
        self.cards.iter().find(|card| card.digest == *digest)
    }

    pub(super) fn is_valid(&self, digest: &CardDigest) -> bool {
        self.card(digest).is_some_and(|card| !card.is_invalid())
    }

    pub(super) fn card_mut(&mut self, digest: &CardDigest) -> Option<&mut CardRecord> {
        self.cards.iter_mut().find(|card| card.digest == *digest)
    }

    /// A newer card has taken the place of `old`.
    pub(super) fn replace(&mut self, old: Option<&CardDigest>) {
        let old = old.and_then(|old| self.card_mut(old));
        if let Some(old) = old.filter(|old| !old.is_invalid()) {
            old.state = CardState::Replaced;
        }
    }

    /// `card`, and every one that was refreshed from it.
    pub(super) fn descent(&self, card: &CardDigest) -> BTreeSet<[u8; 32]> {
        let mut all = BTreeSet::from([*card.as_bytes()]);
        // The oldest first, so that a parent stands before what came of it.
        for own in &self.cards {
            if own.parent.is_some_and(|own| all.contains(own.as_bytes())) {
                all.insert(*own.digest.as_bytes());
            }
        }
        all
    }

    /// The line as it is at `now`: a card whose time beside its successor is over is replaced.
    pub(super) fn at(&self, now: UnixTime) -> Self {
        let mut line = self.clone();
        for card in &mut line.cards {
            if card.replaces_at().is_some_and(|at| now >= at) {
                card.state = CardState::Replaced;
            }
        }
        line
    }

    /// The places that are INVALID here and were not in `before`.
    pub(super) fn newly_invalid(&self, before: &Self) -> Vec<StatusPlace> {
        // Cards are added at the end, and never taken out.
        let before = before.cards.iter().map(CardRecord::is_invalid);
        let before = before.chain(core::iter::repeat(false));
        let own = self.cards.iter().zip(before);
        let own = own.filter(|(card, before)| card.is_invalid() && !before);
        own.map(|(card, _)| card.place.clone()).collect()
    }
}

/// The holder is known to have `card`, the first of its line: what went out is not kept any longer. A
/// message by its key says so, too. From then on [`ApprovedEnrolment::card`] has nothing to give.
///
/// [`ApprovedEnrolment::card`]: super::ApprovedEnrolment::card
///
/// # Errors
/// [`Rejected::CardUnknown`]; [`Misuse::StoreFailed`]; [`Misuse::StoreContended`].
pub fn delivered(cards: &mut dyn Cards, card: &CardDigest) -> Result<(), Error> {
    let find = |cards: &dyn Cards| line_of(cards, card);
    let change = |line: &CardLine| {
        let mut next = line.clone();
        next.first = None;
        Ok(next)
    };
    write(cards, find, change).map(drop)
}

/// Blocks each card whose 72 hours beside its successor are over. Call it before a status list is
/// made: it gives the places to set in it, which [`CardLine::invalid_places`] names from then on.
///
/// A line that cannot be written keeps no other one from being so: what there is to set is given in any
/// case, and the first fault beside it. A place may be given twice.
///
/// # Errors
/// Beside the places: [`Misuse::StoreFailed`]; [`Misuse::StoreContended`].
pub fn retire_overdue(
    cards: &mut dyn Cards,
    now: UnixTime,
) -> (Vec<StatusPlace>, Result<(), Error>) {
    let overdue = match cards.overdue(now) {
        Ok(overdue) => overdue,
        Err(fault) => return (Vec::new(), Err(fault.into())),
    };
    let (mut places, mut outcome) = (Vec::new(), Ok(()));
    for line in overdue {
        // Of what cannot be written, too: a store may have written and say that it failed.
        places.extend(line.at(now).newly_invalid(&line));
        let retired = retire(cards, &line, now);
        outcome = outcome.and(retired);
    }
    (places, outcome)
}

fn retire(cards: &mut dyn Cards, line: &CardLine, now: UnixTime) -> Result<(), Error> {
    let Some(first) = line.cards.first() else {
        return Ok(());
    };
    let find = |cards: &dyn Cards| line_of(cards, &first.digest);
    write(cards, find, |line| Ok(line.at(now))).map(drop)
}

/// The line of `card`, as it is stored.
pub(super) fn line_of(cards: &dyn Cards, card: &CardDigest) -> Result<CardLine, Error> {
    Ok(cards.line_of(card)?.ok_or(rejected!(CardUnknown))?)
}

/// Finds a line, changes it, and writes it by one compare-and-set. If somebody else was faster,
/// everything is checked anew: what was allowed before may not be any more. What does not change is
/// not written. Gives the line before and after.
pub(super) fn write(
    cards: &mut dyn Cards,
    find: impl Fn(&dyn Cards) -> Result<CardLine, Error>,
    change: impl Fn(&CardLine) -> Result<CardLine, Error>,
) -> Result<(CardLine, CardLine), Error> {
    for _ in 0..TRIES {
        let held = find(cards)?;
        let mut next = change(&held)?;
        if next == held {
            return Ok((held, next));
        }
        next.version = held.version.saturating_add(1);
        if cards.replace_line(held.version, &next)? {
            return Ok((held, next));
        }
    }
    Err(Misuse::StoreContended.into())
}

/// What a card of this state must not do any more.
pub(super) const fn check_alive(card: &CardRecord) -> Result<(), Rejected> {
    match card.state {
        CardState::Issued | CardState::Accepted => Ok(()),
        CardState::Replaced => Err(rejected!(CardReplaced)),
        CardState::Blocked { .. } => Err(rejected!(CardBlocked)),
    }
}
