//! Stores of the caller's: others write to them at the same time, and they fail.

use vitacard::crypto::{PublicKey, RUSTCRYPTO};
use vitacard::delegation::CardDigest;
use vitacard::enrolment::*;
use vitacard::{Error, UnixTime};

use crate::world::*;

type Meddling = Box<dyn FnMut(&mut Memory)>;

/// A store in which somebody else does something just before each line is replaced.
struct Raced {
    store: Memory,
    before: Meddling,
}

impl Cards for Raced {
    fn line_of(&self, card: &CardDigest) -> Result<Option<CardLine>, StoreFault> {
        self.store.line_of(card)
    }
    fn line_of_refresh(&self, refresh: &RefreshNumber) -> Result<Option<CardLine>, StoreFault> {
        self.store.line_of_refresh(refresh)
    }
    fn line_of_key(&self, key: &PublicKey) -> Result<Option<CardLine>, StoreFault> {
        self.store.line_of_key(key)
    }
    fn keep_refresh(&mut self, refresh: &RefreshNumber) -> Result<bool, StoreFault> {
        self.store.keep_refresh(refresh)
    }
    fn overdue(&self, now: UnixTime) -> Result<Vec<CardLine>, StoreFault> {
        self.store.overdue(now)
    }
    fn add_line(&mut self, line: &CardLine) -> Result<bool, StoreFault> {
        self.store.add_line(line)
    }
    fn replace_line(&mut self, held: u64, line: &CardLine) -> Result<bool, StoreFault> {
        (self.before)(&mut self.store);
        self.store.replace_line(held, line)
    }
}

impl Nonces for Raced {
    fn add_nonce(&mut self, nonce: &[u8; 16], given: UnixTime) -> Result<bool, StoreFault> {
        self.store.add_nonce(nonce, given)
    }
    fn nonce(&self, nonce: &[u8; 16]) -> Result<Option<NonceRecord>, StoreFault> {
        self.store.nonce(nonce)
    }
    fn use_up_nonce(&mut self, nonce: &[u8; 16]) -> Result<bool, StoreFault> {
        self.store.use_up_nonce(nonce)
    }
}

fn raced(world: &mut World, before: impl FnMut(&mut Memory) + 'static) -> Raced {
    Raced {
        store: std::mem::take(&mut world.store),
        before: Box::new(before),
    }
}

/// The card is blocked between the check and the write: the refresh must not win.
#[test]
fn a_block_that_comes_between() {
    let mut world = World::new();
    let card = world.enrolled();
    let digest = card.digest().unwrap();
    let nonce = world.nonce();
    let (_, request) = world.ask(&card, (PHONE, NEW_KEY), &nonce, now());
    let verified = world.verified(&request, &nonce, now()).unwrap();
    let mut store = raced(&mut world, move |store| {
        block(store, &digest, BlockReason::Stolen, now()).unwrap();
    });
    assert_eq!(verified.approve(&mut store).err(), refused!(CardBlocked));
    let line = store.store.line_of(&digest).unwrap().unwrap();
    assert!(
        line.cards()
            .all(|card| matches!(card.state(), CardState::Blocked { .. }))
    );
    assert_eq!(line.refreshes().count(), 0);
}

#[test]
fn a_block_between_signing_and_recording() {
    let mut world = World::new();
    let card = world.enrolled();
    let digest = card.digest().unwrap();
    let nonce = world.nonce();
    let (_, request) = world.ask(&card, (PHONE, NEW_KEY), &nonce, now());
    let open = world.open(&request, &nonce, now()).unwrap();
    let terms = world.terms();
    let draft = open.draft(&terms, elements(), &mut world.store, now(), &mut world.rng);
    let bytes = world.sign(draft.unwrap());
    let anchors = world.card_anchors();
    let mut store = raced(&mut world, move |store| {
        block(store, &digest, BlockReason::Stolen, now()).unwrap();
    });
    let issued = open.issued(&bytes, &anchors, &mut store, &RUSTCRYPTO, now());
    assert_eq!(issued.err(), refused!(CardBlocked));
    assert_eq!(
        store
            .store
            .line_of(&digest)
            .unwrap()
            .unwrap()
            .cards()
            .count(),
        1
    );
}

/// The other way round: a block that is raced by a refresh reaches the new card, too.
#[test]
fn a_block_is_not_lost() {
    let mut world = World::new();
    let card = world.enrolled();
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let digest = card.digest().unwrap();
    let places = [world.place(&card), world.place(&new.card)];
    let mut once = Some(new.accepted);
    let mut store = raced(&mut world, move |store| {
        if let Some(message) = once.take() {
            let message = Acceptance::parse(&message).unwrap();
            message.apply(store, &RUSTCRYPTO, now()).unwrap();
        }
    });
    let blocked = block(&mut store, &digest, BlockReason::Stolen, now()).unwrap();
    assert_eq!(indices(blocked.places()), places);
    let line = store.store.line_of(&digest).unwrap().unwrap();
    assert!(
        line.cards()
            .all(|card| matches!(card.state(), CardState::Blocked { .. }))
    );
}

#[test]
fn of_two_requests_to_refresh_one_wins() {
    let mut world = World::new();
    let card = world.enrolled();
    let nonces = [world.nonce(), world.nonce()];
    let [first, second] = [(NEW_KEY, nonces[0]), ("other", nonces[1])].map(|(key, nonce)| {
        let (_, request) = world.ask(&card, (PHONE, key), &nonce, now());
        world.verified(&request, &nonce, now()).unwrap()
    });
    let mut second = Some(second);
    let mut store = raced(&mut world, move |store| {
        if let Some(second) = second.take() {
            let _open = second.approve(store).unwrap();
        }
    });
    assert_eq!(first.approve(&mut store).err(), refused!(RefreshOpen));
    let line = store.store.lines().next().unwrap();
    assert_eq!(line.refreshes().count(), 1);
}

/// A line that never stands still.
#[test]
fn contended() {
    struct Refusing(Memory);
    impl Cards for Refusing {
        fn line_of(&self, card: &CardDigest) -> Result<Option<CardLine>, StoreFault> {
            self.0.line_of(card)
        }
        fn line_of_refresh(&self, _: &RefreshNumber) -> Result<Option<CardLine>, StoreFault> {
            Err(StoreFault)
        }
        fn line_of_key(&self, _: &PublicKey) -> Result<Option<CardLine>, StoreFault> {
            Err(StoreFault)
        }
        fn keep_refresh(&mut self, _: &RefreshNumber) -> Result<bool, StoreFault> {
            Err(StoreFault)
        }
        fn overdue(&self, _: UnixTime) -> Result<Vec<CardLine>, StoreFault> {
            Err(StoreFault)
        }
        fn add_line(&mut self, _: &CardLine) -> Result<bool, StoreFault> {
            Err(StoreFault)
        }
        fn replace_line(&mut self, _: u64, _: &CardLine) -> Result<bool, StoreFault> {
            Ok(false)
        }
    }
    let mut world = World::new();
    let card = world.enrolled();
    let digest = card.digest().unwrap();
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let mut store = Refusing(std::mem::take(&mut world.store));
    let blocked = block(&mut store, &digest, BlockReason::Lost, now());
    assert_eq!(blocked.err(), misused!(StoreContended));
    let failed = |error: Option<Error>| assert_eq!(error, misused!(StoreFailed));
    failed(retire_overdue(&mut store, now()).1.err());
    let message = Acceptance::parse(&new.accepted).unwrap();
    failed(message.apply(&mut store, &RUSTCRYPTO, now()).err());
}

#[test]
fn a_number_is_kept_once() {
    let mut world = World::new();
    let card = world.enrolled();
    let line = world
        .store
        .line_of(&card.digest().unwrap())
        .unwrap()
        .unwrap();
    let state = world.state();
    assert_eq!(world.store.add_line(&line), Ok(false));
    assert_eq!(
        world.store.replace_line(line.version() + 1, &line),
        Ok(false)
    );
    let number = line.number();
    assert_eq!(
        world
            .store
            .use_up_invitation(&number, InvitationState::Refused),
        Ok(false)
    );
    let record = world.store.invitation(&number).unwrap().unwrap();
    assert_eq!(world.store.add_invitation(record), Ok(false));
    assert_eq!(world.state(), state);
}
