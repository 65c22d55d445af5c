//! The insurer: its certificates, three cards, and a list that changes each day.

use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer, SoftwareSigner};
use vitacard::delegation::{DelegationPolicy, MAX_SECS};
use vitacard::issuer::{Draft, IdentifierListDraft, StatusListDraft, StatusReference};
use vitacard::{DocType, ElementId, Error, Misuse, NameSpace, UnixTime, Validity, unix_time};

use super::clock::{DAY, HOUR, at};
use super::progress::{Bar, waiting};
use crate::pki::{Entity, Key, Profile};
use crate::seeded::Seeded;

/// For whom the server stands in. Cards hold these addresses, and readers look nowhere else.
pub(crate) const HOST: &str = "https://insurer.example";
pub(crate) const LIST: &str = "https://insurer.example/status/1";
pub(crate) const LOANS: &str = "https://insurer.example/delegations";

/// Who has a card, and which place on the list. A real insurer draws the places.
pub(crate) const CARDS: [(&str, u64); 3] = [("Camille", 7), ("Robin", 412), ("Noa", 1000)];
pub(crate) const FEWEST_ENTRIES: u64 = 1001;
/// Noa's card was mistaken for another one, Robin's is stolen, and at last Camille's is lost.
const EVENTS: [(u64, u64, u8); 4] = [(1, 1000, 1), (2, 412, 1), (5, 1000, 0), (11, 7, 1)];

pub(crate) struct Insurer {
    root: Entity,
    signer: Entity,
    lister: Entity,
    entries: u64,
    /// Of 2^64 numbers so many mean that a card is blocked from the start.
    blocked: u64,
}

/// When the list of a day is made.
pub(crate) const fn made(day: u64) -> UnixTime {
    at(day, 2)
}

impl Insurer {
    pub(crate) fn new(entries: u64, percent: f64) -> Self {
        let root = Entity::root();
        Self {
            signer: root.issue(Profile::document_signer(), "document signer"),
            lister: root.issue(Profile::status_signer(), "list signer"),
            root,
            entries: entries.max(FEWEST_ENTRIES),
            blocked: (u64::MAX as f64 * percent / 100.0) as u64,
        }
    }

    pub(crate) fn root(&self) -> &[u8] {
        &self.root.der
    }

    /// With a name, as a card that is refused tells none.
    pub(crate) fn cards(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let card = |(name, place)| Ok((String::from(name), self.card(name, place)?));
        CARDS.into_iter().map(card).collect()
    }

    fn card(&self, name: &str, place: u64) -> Result<Vec<u8>, Error> {
        let phone = key(&Key::from_seed(name))?;
        let doc_type = DocType::new("org.vitacard.health_insurance.1")?;
        let name_space = NameSpace::new("org.iso.23220.1")?;
        let unsigned = Draft::new(doc_type, phone.public_key(), lasting(at(1, 0), 270 * DAY)?)
            .with_element(name_space, ElementId::new("given_name")?, name)
            .with_status(StatusReference::status_list(place, LIST))
            .with_delegation(DelegationPolicy::lasting(MAX_SECS)?.with_revocation_list(LOANS))
            .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut Seeded(place))?;
        unsigned.sign(&key(&self.signer.key)?, &[&self.signer.der], &RUSTCRYPTO)
    }

    /// The whole list of a day, signed.
    pub(crate) fn list(&self, day: u64) -> Result<Vec<u8>, Error> {
        let (draft, chain) = (self.draft(day)?, [&self.lister.der[..]]);
        waiting("deflating the list", || {
            let unsigned = draft.prepare(Algorithm::ES256, &chain, &RUSTCRYPTO)?;
            unsigned.sign(&key(&self.lister.key)?, &RUSTCRYPTO)
        })
    }

    /// From the list of the day before.
    pub(crate) fn increment(&self, day: u64) -> Result<Vec<u8>, Error> {
        let (older, newer) = (self.draft(day - 1)?, self.draft(day)?);
        let unsigned = newer.increment_from(&older, &[&self.lister.der], &RUSTCRYPTO)?;
        unsigned.sign(&key(&self.lister.key)?, &RUSTCRYPTO)
    }

    /// The list of revoked delegations, on which there is one.
    pub(crate) fn loans(&self, day: u64) -> Result<Vec<u8>, Error> {
        let draft = IdentifierListDraft::new(LOANS, validity(day)?)?;
        let draft = draft.with_identifier(&[7; 16]).with_ttl(12 * HOUR);
        let unsigned = draft.prepare(Algorithm::ES256, &[&self.lister.der], &RUSTCRYPTO)?;
        unsigned.sign(&key(&self.lister.key)?, &RUSTCRYPTO)
    }

    /// A real insurer asks a database; this one draws, the same each time.
    fn draft(&self, day: u64) -> Result<StatusListDraft, Error> {
        let mut draft = StatusListDraft::new(LIST, 1, self.entries, validity(day)?)?;
        let mut bar = Bar::new("making the list", self.entries);
        for place in 0..self.entries {
            bar.at(place);
            if draw(place) < self.blocked && !has_card(place) {
                draft.set(place, 1)?;
            }
        }
        for (place, status) in (1..=day).flat_map(|day| self.changes(day)) {
            draft.set(place, status)?;
        }
        Ok(draft.with_ttl(12 * HOUR))
    }

    /// In a year 1 % of all cards are lost.
    fn changes(&self, day: u64) -> impl Iterator<Item = (u64, u8)> {
        let lost = (0..self.entries / 36_500).map(move |n| draw(!(day << 32 | n)) % self.entries);
        let events = EVENTS.into_iter().filter(move |event| event.0 == day);
        lost.filter(|place| !has_card(*place))
            .map(|place| (place, 1))
            .chain(events.map(|(_, place, status)| (place, status)))
    }
}

fn has_card(place: u64) -> bool {
    CARDS.iter().any(|card| card.1 == place)
}

/// Readers may be offline for seven days, and are told so by the list's age; it ends a day later.
fn validity(day: u64) -> Result<Validity, Misuse> {
    lasting(made(day), 8 * DAY)
}

fn lasting(from: UnixTime, secs: u64) -> Result<Validity, Misuse> {
    Validity::new(from, unix_time(from.as_secs() + secs)).ok_or(Misuse::InvalidValidity)
}

fn key(key: &Key) -> Result<SoftwareSigner, Error> {
    Ok(SoftwareSigner::from_bytes(&key.scalar())?)
}

/// SplitMix64: as good as random, and nothing to keep.
const fn draw(number: u64) -> u64 {
    let z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}
