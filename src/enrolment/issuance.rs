//! From an approved request to a draft of the card, by the rules that keep cards from telling people
//! apart: whole days, a random place in the status list, as many digests as everybody has.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use ciborium::Value;

use super::issued::IssuedCard;
use super::{ApprovedEnrolment, CardLine, CardRecord, CardState, Cards, StoreFault};
use crate::crypto::{CryptoProvider, PublicKey, SecureRandom};
use crate::error::{CryptoError, Error, Misuse, rejected};
use crate::issuer::{Decoys, Draft, StatusReference};
use crate::mdoc::{DocType, ElementId, NameSpace};
use crate::profile::Profile;
use crate::time::{UnixTime, Validity, unix_time};
use crate::trust::{TrustAnchors, check_issuing_chain};

const DAY: u64 = 24 * 60 * 60;

/// So many draws miss in a list of which nine tenths are taken once in 2⁴⁰ times.
const MAX_DRAWS: usize = 256;

/// A fair source misses so often in a row once in 2^128 times.
const MAX_MISSES: usize = 128;

/// The places of a status list that no card has yet.
pub trait FreePlaces {
    /// How many places the list has, taken ones too. Keep a tenth of them free: places are drawn.
    fn places(&self) -> u64;

    /// Compare and set: from free to taken, durably. `false` if it was taken.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn take(&mut self, place: u64) -> Result<bool, StoreFault>;
}

/// What the cards of an issuer have in common.
#[derive(Clone, Debug)]
#[must_use]
pub struct CardTerms {
    kind: Kind,
    list: String,
    leaf: Validity,
    days: u16,
    update_days: u16,
}

/// Which cards they are.
#[derive(Clone, Debug)]
enum Kind {
    /// The table says how long values seem, and how many digests there are.
    Profile(Profile),
    Other {
        doc_type: DocType<'static>,
        digests: u16,
    },
}

impl CardTerms {
    /// Cards of type `doc_type`, on the status list at `list`, to be signed by the leaf of `chain`:
    /// for 90 days, to be refreshed 30 days before their end, with 64 digests in each name space.
    ///
    /// # Errors
    /// [`Misuse::EmptyChain`]; [`Misuse::ChainBroken`].
    pub fn new(
        doc_type: DocType<'_>,
        list: &str,
        chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        let kind = Kind::Other {
            doc_type: doc_type.into_owned(),
            digests: 64,
        };
        Self::of(kind, list, chain, crypto)
    }

    /// The same of a profile, whose table says how many digests there are, and how long values seem:
    /// for [`HealthCard::elements`](crate::profile::HealthCard::elements).
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of_profile(
        profile: &Profile,
        list: &str,
        chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        Self::of(Kind::Profile(profile.clone()), list, chain, crypto)
    }

    fn of(kind: Kind, list: &str, chain: &[&[u8]], crypto: &CryptoProvider) -> Result<Self, Error> {
        let (_, leaf) = check_issuing_chain(chain, crypto)?;
        Ok(Self {
            kind,
            list: list.into(),
            leaf,
            days: 90,
            update_days: 30,
        })
    }

    /// Lets cards hold for so many days. A card that can be lent for 30 days needs at least 30.
    pub const fn lasting_days(mut self, days: u16) -> Self {
        self.days = days;
        self
    }

    /// Has cards refreshed so many days before they end.
    pub const fn updated_days_before(mut self, days: u16) -> Self {
        self.update_days = days;
        self
    }

    /// Fills up each name space to so many digests. Take as many as there can be elements in one, so
    /// that their number says nothing. A profile has its own number, and keeps it.
    pub const fn with_digests(mut self, digests: u16) -> Self {
        if let Kind::Other {
            digests: number, ..
        } = &mut self.kind
        {
            *number = digests;
        }
        self
    }

    /// A draft for the device key `key`, dated by the day of `now`.
    pub(super) fn draft<'e>(
        &self,
        key: PublicKey,
        elements: impl IntoIterator<Item = (NameSpace<'e>, ElementId<'e>, Value)>,
        places: &mut dyn FreePlaces,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Draft, Error> {
        let (validity, update) = self.dates(now)?;
        let draft = match &self.kind {
            Kind::Profile(profile) => Draft::of_profile(profile, elements, key, validity),
            Kind::Other { doc_type, digests } => filled_up(
                Draft::new(doc_type.borrowed(), key, validity),
                *digests,
                elements,
            )?,
        };
        let draft = draft.with_expected_update(update);
        let place = draw(places, rng)?;
        Ok(draft.with_status(StatusReference::status_list(place, &self.list)))
    }

    /// A date in seconds is nearly a serial number. Rounding down must not lead to before the
    /// signing certificate, nor may a card outlive it (ISO/IEC 18013-5 clause 9.1.2.4): a place of the
    /// list would be taken for a card that nobody can sign.
    fn dates(&self, now: UnixTime) -> Result<(Validity, UnixTime), Misuse> {
        if now < self.leaf.from() {
            return Err(Misuse::SignedOutsideLeaf);
        }
        let invalid = Misuse::InvalidValidity;
        let into_day = now.as_secs().checked_rem(DAY).ok_or(invalid)?;
        let day = unix_time(now.as_secs().saturating_sub(into_day));
        let from = day.max(self.leaf.from());
        let lasts = u64::from(self.days).saturating_mul(DAY);
        let until = unix_time(from.as_secs().saturating_add(lasts));
        if until > self.leaf.until() {
            return Err(Misuse::SignedOutsideLeaf);
        }
        let before = u64::from(self.update_days).saturating_mul(DAY);
        let update = until.as_secs().checked_sub(before).map(unix_time);
        let update = update.filter(|update| *update >= from).ok_or(invalid)?;
        Ok((Validity::new(from, until).ok_or(invalid)?, update))
    }
}

impl ApprovedEnrolment {
    /// The card for the device key that was approved, up to its signature. Add what is left to the
    /// issuer ([`Draft::with_delegation`], say), and have it signed. All elements go in here: how many
    /// digests a card has is made sure of here, and not for one that is added to the draft.
    ///
    /// # Errors
    /// [`Misuse::TooManyElements`] for more in a name space than it has digests;
    /// [`Misuse::SignedOutsideLeaf`] if the signing certificate does not hold yet, or ends before the
    /// card would;
    /// [`Misuse::InvalidValidity`] for terms by which a card is refreshed before it begins;
    /// [`Misuse::NoFreePlace`]; [`Misuse::StoreFailed`]; [`Error::Crypto`] if `rng` fails.
    pub fn draft<'e>(
        &self,
        terms: &CardTerms,
        elements: impl IntoIterator<Item = (NameSpace<'e>, ElementId<'e>, Value)>,
        places: &mut dyn FreePlaces,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Draft, Error> {
        terms.draft(*self.device_key(), elements, places, now, rng)
    }

    /// Records `card`, as it was signed, before it goes out: from then on it counts as accepted, and
    /// can be refreshed and blocked. `anchors` hold the root of whoever signed it. Its bytes are kept
    /// until its holder is known to have it ([`Self::card`]).
    ///
    /// # Errors
    /// What is wrong with the card, as a wallet says it, also that it has not begun;
    /// [`Misuse::CardForAnotherKey`]; [`Misuse::CardWithoutPlace`];
    /// [`Misuse::CardWithoutCertificate`]; [`Misuse::AlreadyStored`] if there was a card for this
    /// enrolment; [`Rejected`](crate::Rejected) 2867 if another card has its key meanwhile;
    /// [`Misuse::LineTooLong`]; [`Misuse::StoreFailed`].
    pub fn issued(
        self,
        card: &[u8],
        anchors: &TrustAnchors,
        cards: &mut dyn Cards,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<CardLine, Error> {
        let issued = IssuedCard::read(card, self.device_key(), anchors, crypto, now)?;
        let other = cards.line_of_key(self.device_key())?;
        if other.is_some_and(|other| other.number != self.invitation()) {
            return Err(rejected!(EnrolmentKey).into());
        }
        let line = CardLine {
            doc_type: issued.doc_type().into(),
            first: Some(card.to_vec()),
            number: self.invitation(),
            version: 0,
            demand: self.demand(),
            cards: [CardRecord {
                state: CardState::Accepted,
                ..issued.into_record(None)
            }]
            .into(),
            refresh: None,
        };
        line.check_length()?;
        match cards.add_line(&line)? {
            true => Ok(line),
            false => Err(Misuse::AlreadyStored.into()),
        }
    }

    /// The card that was recorded for this enrolment, to go out once more: after a restart, or when
    /// the phone asks again. `None` if there is none, or if its holder is known to have it: from the
    /// first message by its key, or by [`delivered`](super::delivered).
    ///
    /// # Errors
    /// [`Misuse::StoreFailed`].
    pub fn card(&self, cards: &dyn Cards) -> Result<Option<Vec<u8>>, Error> {
        let line = cards.line_of_key(self.device_key())?;
        let line = line.filter(|line| line.number == self.invitation());
        Ok(line.and_then(|line| line.first))
    }
}

/// With as many digests in each name space as every such card has.
fn filled_up<'e>(
    draft: Draft,
    digests: u16,
    elements: impl IntoIterator<Item = (NameSpace<'e>, ElementId<'e>, Value)>,
) -> Result<Draft, Misuse> {
    let mut draft = draft.with_decoys(Decoys::ToMultipleOf(digests));
    let mut counts = BTreeMap::<_, u16>::new();
    for (name_space, id, value) in elements {
        let count = counts.entry(name_space.clone().into_owned()).or_default();
        *count = count.saturating_add(1);
        // One more, and the number of digests would be another one.
        if *count > digests {
            return Err(Misuse::TooManyElements);
        }
        draft = draft.with_element(name_space, id, value);
    }
    Ok(draft)
}

/// A free place, each as likely as another: places in the order of issuance tell who enrolled when.
fn draw(places: &mut dyn FreePlaces, rng: &mut dyn SecureRandom) -> Result<u64, Error> {
    let count = places.places();
    if count == 0 {
        return Err(Misuse::NoFreePlace.into());
    }
    for _ in 0..MAX_DRAWS {
        let place = below(count, rng)?;
        if places.take(place)? {
            return Ok(place);
        }
    }
    Err(Misuse::NoFreePlace.into())
}

/// A number below `bound`, without the bias of a remainder.
fn below(bound: u64, rng: &mut dyn SecureRandom) -> Result<u64, CryptoError> {
    let unused = bound.saturating_sub(1).leading_zeros();
    let mask = u64::MAX.checked_shr(unused).unwrap_or(0);
    for _ in 0..MAX_MISSES {
        let mut word = [0; 8];
        rng.fill(&mut word)?;
        let number = u64::from_be_bytes(word) & mask;
        if number < bound {
            return Ok(number);
        }
    }
    Err(CryptoError::Random)
}
