//! What a store takes from nobody: each has a reason of its own, and the store stays as it was.

use miniz_oxide::deflate::compress_to_vec_zlib;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::reader::{StatusStore, StatusTrust, StoreLimits, Taken};
use vitacard::{Error, Misuse, unix_time};

use crate::forged::{Claims, at, edited, signed_by};
use crate::lending::*;
use crate::pki::{Entity, Profile};
use crate::world::*;

const END: u64 = NOW + 20 * DAY;
const HELD: u64 = NOW + DAY;
/// When something else comes.
const THEN: u64 = NOW + 2 * DAY;

/// A store that holds the list of `HELD`, where one card is blocked.
struct Fixture {
    world: World,
    store: StatusStore,
}

impl Fixture {
    fn new() -> Self {
        let world = World::new();
        let mut store = world.store();
        let list = world.list(HELD, END, &[PLACE]);
        assert_eq!(world.take(&mut store, LIST, &list, HELD), Ok(Taken::Newer));
        Self { world, store }
    }

    fn newer(&self) -> Vec<u8> {
        self.world.list(THEN, END, &[])
    }

    fn newer_but(&self, edit: &dyn Fn(&mut Claims)) -> Vec<u8> {
        edited(&self.newer(), &self.world.lister, edit)
    }

    fn refuse(&mut self, number: u16, token: &[u8]) {
        self.refuse_at(number, token, LIST, THEN);
    }

    #[track_caller]
    fn refuse_at(&mut self, number: u16, token: &[u8], uri: &str, now: u64) {
        let before = snapshot(&self.store);
        let taken = self.world.take(&mut self.store, uri, token, now);
        assert_eq!(taken.map_err(|error| error.code()), Err(number));
        assert_eq!(snapshot(&self.store), before);
    }

    #[track_caller]
    fn refuse_increment(&mut self, number: u16, increment: &[u8]) {
        let before = snapshot(&self.store);
        let applied = self.world.apply(&mut self.store, increment, THEN);
        assert_eq!(applied.map_err(|error| error.code()), Err(number));
        assert_eq!(snapshot(&self.store), before);
    }

    fn restart(&mut self) {
        let bytes = snapshot(&self.store);
        let limits = StoreLimits::default();
        self.store = StatusStore::open([&bytes, &[]], limits, &RUSTCRYPTO).unwrap();
    }
}

fn snapshot(store: &StatusStore) -> Vec<u8> {
    store.snapshot(&RUSTCRYPTO).unwrap().as_bytes().to_vec()
}

fn set(label: i64, value: u64) -> impl Fn(&mut Claims) {
    move |claims| *at(claims, label) = value.into()
}

/// The list of yesterday frees a card that was blocked today.
#[test]
fn a_rollback() {
    let mut fixture = Fixture::new();
    let older = fixture.world.list(HELD - 1, END, &[]);
    fixture.refuse(2560, &older);
    fixture.restart();
    fixture.refuse(2560, &older);
}

/// The same bytes again are the list that is held, and later they are an old one.
#[test]
fn a_replay() {
    let mut fixture = Fixture::new();
    let held = fixture.world.list(HELD, END, &[PLACE]);
    let (world, store) = (&fixture.world, &mut fixture.store);
    assert_eq!(world.take(store, LIST, &held, THEN), Ok(Taken::Same));
    let newer = fixture.newer();
    let (world, store) = (&fixture.world, &mut fixture.store);
    assert_eq!(world.take(store, LIST, &newer, THEN), Ok(Taken::Newer));
    fixture.refuse(2560, &held);
    fixture.restart();
    fixture.refuse(2560, &held);
}

/// … also by a clock that is set back, by which old lists have not ended.
#[test]
fn a_replay_to_a_clock_that_was_set_back() {
    let mut fixture = Fixture::new();
    let loans = fixture.world.revoked(NOW, NOW + HOUR, &[]);
    fixture.refuse_at(2559, &loans, REVOKED, THEN);
    let back = Error::from(Misuse::ClockNotSet).code();
    fixture.refuse_at(back, &loans, REVOKED, NOW);
    let increment = fixture.newer();
    let applied = fixture.world.apply(&mut fixture.store, &increment, NOW);
    assert_eq!(applied, Err(Misuse::ClockNotSet.into()));
}

#[test]
fn of_another_address() {
    let mut fixture = Fixture::new();
    let loans = fixture.world.revoked(THEN, END, &[]);
    fixture.refuse(2556, &loans);
    let newer = fixture.newer();
    fixture.refuse_at(2556, &newer, REVOKED, THEN);
    let elsewhere = "https://status.example/2";
    let lister = &fixture.world.lister;
    let other = fixture.world.list_by(lister, elsewhere, 1, THEN, END, &[]);
    fixture.refuse_at(2565, &other, elsewhere, THEN);
}

#[test]
fn a_bomb_of_a_thousand_to_one() {
    let mut fixture = Fixture::new();
    let zeros = vec![0; 17 << 20];
    let deflated = compress_to_vec_zlib(&zeros, 10);
    assert!(deflated.len() * 1000 <= zeros.len(), "{}", deflated.len());
    let bomb = fixture.newer_but(&|claims| {
        let list = at(claims, 65_533).as_map_mut().unwrap();
        let lst = list.iter_mut().find(|(key, _)| *key == "lst".into());
        lst.unwrap().1 = deflated.clone().into();
    });
    fixture.refuse(2563, &bomb);
}

#[test]
fn of_a_wrong_signer() {
    let mut fixture = Fixture::new();
    let by =
        |fixture: &Fixture, signer: &Entity| fixture.world.list_by(signer, LIST, 1, THEN, END, &[]);
    let stranger = Entity::reader_root().issue(Profile::status_signer(), "stranger");
    let list = by(&fixture, &stranger);
    fixture.refuse(2553, &list);
    // A list in the name of the signer, by somebody else's key.
    let list = edited(&fixture.newer(), &stranger, &|_| {});
    fixture.refuse(2555, &list);
    let root = &fixture.world.insurer.root;
    let reader = root.issue(Profile::mdoc_reader(), "a reader");
    let list = signed_by(&fixture.newer(), &reader);
    fixture.refuse(2554, &list);
    let mut turned = fixture.newer();
    *turned.last_mut().unwrap() ^= 1;
    fixture.refuse(2555, &turned);
}

/// Readers trust several issuers; one of them is hacked.
#[test]
fn of_another_trusted_issuer() {
    let mut fixture = Fixture::new();
    let other = Entity::reader_root();
    let signer = other.issue(Profile::status_signer(), "another list signer");
    let list = fixture.world.list_by(&signer, LIST, 1, THEN, END, &[]);
    let mut both = fixture.world.insurer.anchors();
    both.add_root(&other.der).unwrap();
    let trust = StatusTrust::anchors(&both);
    let before = snapshot(&fixture.store);
    let (now, rng) = (unix_time(THEN), &mut Seeded(7));
    let taken = fixture
        .store
        .accept(&list, LIST, &trust, &RUSTCRYPTO, now, rng);
    assert_eq!(taken.map_err(|error| error.code()), Err(2565));
    assert_eq!(snapshot(&fixture.store), before);
}

#[test]
fn of_a_wrong_time() {
    let mut fixture = Fixture::new();
    let future = fixture.world.list(THEN + 61, END, &[]);
    fixture.refuse(2557, &future);
    let ended = fixture.newer_but(&set(4, THEN));
    fixture.refuse(2559, &ended);
    let endless = fixture.newer_but(&|claims| claims.retain(|(key, _)| *key != 4.into()));
    fixture.refuse(2558, &endless);
    for other in [
        fixture.world.list(HELD, END, &[]),
        fixture.world.list(HELD, END + 1, &[PLACE]),
        fixture.world.list_of(2, HELD, END, &[(PLACE, 1)]),
    ] {
        fixture.refuse(2561, &other);
    }
    let held = fixture.world.list(HELD, END, &[PLACE]);
    let says_more = edited(&held, &fixture.world.lister, &|claims| {
        claims.push((1.into(), "somebody".into()));
    });
    fixture.refuse(2561, &says_more);
}

#[test]
fn an_increment_on_another_base() {
    let mut fixture = Fixture::new();
    let newer = fixture.world.draft(THEN, END, &[]);
    for older in [
        fixture.world.draft(HELD, END, &[PLACE, 3]),
        fixture.world.draft(HELD - 1, END, &[PLACE]),
    ] {
        let increment = fixture.world.increment(&older, &newer);
        fixture.refuse_increment(2571, &increment);
    }
    // It is of the time that is held, or of an earlier one.
    let older = fixture.world.draft(NOW, END, &[]);
    let held = fixture.world.draft(HELD, END, &[PLACE]);
    let increment = fixture.world.increment(&older, &held);
    fixture.refuse_increment(2560, &increment);
    // Nothing is held.
    let increment = fixture.world.increment(&held, &newer);
    fixture.store = fixture.world.store();
    fixture.refuse_increment(2571, &increment);
}

/// Each rule of coded numbers, and both contradictions: of 1000 cards 412 is blocked.
#[test]
fn an_increment_that_breaks_a_rule() {
    let mut fixture = Fixture::new();
    let (older, newer) = (
        fixture.world.draft(HELD, END, &[PLACE]),
        fixture.world.draft(THEN, END, &[PLACE, 3]),
    );
    let good = fixture.world.increment(&older, &newer);
    let rows: [(u16, &str, &[u8]); 15] = [
        (2574, "k over 30", &[31, 0, 0, 0, 0]),
        (2574, "k for none", &[1, 0, 0, 0, 0]),
        (2575, "more than the list has", &[0, 0, 0, 3, 0xe9]),
        (2575, "more than the bytes hold", &[0, 0, 0, 0, 9, 0]),
        (2575, "the same, with k", &[3, 0, 0, 0, 3, 0]),
        (2576, "a gap past the end", &[9, 0, 0, 0, 1, 0xff, 0]),
        (
            2577,
            "a number past the end",
            &[9, 0, 0, 0, 1, 0b1011_1110, 0b1000_0000],
        ),
        (
            2577,
            "a sum past the end",
            &[9, 0, 0, 0, 2, 0b1011_1110, 0b0110_1111, 0b0000_0000],
        ),
        (2578, "no count", &[0, 0, 0, 0]),
        (2578, "nothing", &[]),
        (2578, "bits that are missing", &[0, 0, 0, 0, 8, 0b1000_0000]),
        (2579, "a byte after none", &[0, 0, 0, 0, 0, 0]),
        (2579, "a byte after one", &[0, 0, 0, 0, 1, 0, 0]),
        (
            2580,
            "padding that is not zero",
            &[0, 0, 0, 0, 1, 0b0000_0001],
        ),
        (2580, "the same, with k", &[3, 0, 0, 0, 1, 0b0000_1000]),
    ];
    let mut refuse = |label, number, coded: &[u8]| {
        let forged = edited(&good, &fixture.world.lister, &|claims| {
            let changes = at(claims, -70_012).as_map_mut().unwrap();
            *at(changes, label) = coded.into();
        });
        fixture.refuse_increment(number, &forged);
    };
    for (number, rule, coded) in rows {
        std::println!("{rule}");
        refuse(3, number, coded);
    }
    // The same of what is freed, which is read after it.
    refuse(4, 2574, &[31, 0, 0, 0, 0]);
    // 3 is free already, and 412 is blocked.
    refuse(3, 2572, &[9, 0, 0, 0, 1, 0b0110_0111, 0]);
    refuse(4, 2572, &[0, 0, 0, 0, 1, 0b1110_0000]);
    assert_eq!(fixture.world.apply(&mut fixture.store, &good, THEN), Ok(()));
}
