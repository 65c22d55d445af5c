//! The power goes while a snapshot is written.

use vitacard::crypto::RUSTCRYPTO;
use vitacard::crypto::SecureRandom as _;
use vitacard::reader::{ResidentForm, Slot, Standing, StatusStore, StoreLimits};
use vitacard::{Misuse, Rejected};

use crate::lending::*;
use crate::world::*;

const SIZE: usize = 4096;
const OTHER: &str = "https://status.example/2";

/// Two slots of flash, which are erased before they are written.
struct Flash([Vec<u8>; 2]);

impl Flash {
    fn new() -> Self {
        Self([vec![0xff; SIZE], vec![0xff; SIZE]])
    }

    fn slot(&mut self, slot: Slot) -> &mut Vec<u8> {
        &mut self.0[at(slot)]
    }

    fn write(&mut self, slot: Slot, bytes: &[u8]) {
        self.slot(slot)[..bytes.len()].copy_from_slice(bytes);
    }

    fn open(&self) -> Result<StatusStore, vitacard::Error> {
        let [a, b] = &self.0;
        StatusStore::open([a, b], StoreLimits::default(), &RUSTCRYPTO)
    }
}

fn at(slot: Slot) -> usize {
    match slot {
        Slot::A => 0,
        Slot::B => 1,
    }
}

/// A snapshot that is written.
pub(crate) fn saved(store: &mut StatusStore) -> (Slot, Vec<u8>) {
    let snapshot = store.snapshot(&RUSTCRYPTO).unwrap();
    store.written(&snapshot);
    (snapshot.slot(), snapshot.as_bytes().to_vec())
}

#[test]
fn the_old_list_or_the_new_one() {
    let world = World::new();
    let end = NOW + 5 * DAY;
    let mut store = world.store();
    let mut flash = Flash::new();
    world
        .take(&mut store, LIST, &world.list(NOW, end, &[]), NOW)
        .unwrap();
    for _ in 0..3 {
        let (slot, bytes) = saved(&mut store);
        flash.write(slot, &bytes);
    }
    world
        .take(
            &mut store,
            LIST,
            &world.list(NOW + 1, end, &[PLACE]),
            NOW + 1,
        )
        .unwrap();
    let (slot, bytes) = saved(&mut store);
    assert!(bytes.len() <= SIZE, "{}", bytes.len());
    let blocked = Err(Rejected::StatusInvalid { document: 0 }.into());
    let before = flash.slot(slot).clone();
    for erased in [false, true] {
        for cut in 0..=bytes.len() {
            let mut content = match erased {
                true => vec![0xff; SIZE],
                false => before.clone(),
            };
            content[..cut].copy_from_slice(&bytes[..cut]);
            *flash.slot(slot) = content;
            let found = world.says(&flash.open().unwrap(), NOW + 1);
            match cut == bytes.len() {
                true => assert_eq!(found, blocked),
                false => assert_eq!(found, Ok(Standing::Secured), "{cut}"),
            }
        }
    }
}

/// As full as it may be, and of many sectors of flash.
#[test]
fn the_old_lists_or_the_new_ones_of_a_full_store() {
    let world = World::new();
    let end = NOW + 5 * DAY;
    let mut limits = StoreLimits::default();
    limits.lists = 2;
    limits.form = ResidentForm::Bitmap;
    limits.list_bytes = 1 << 20;
    let mut store = StatusStore::new(limits);
    store.follow(LIST, world.point).unwrap();
    store.follow(OTHER, world.point).unwrap();
    let cards = 8 * limits.list_bytes as u64;
    let list = |uri, iat, blocked: &[u64]| world.list_at(uri, cards, iat, end, blocked);
    for uri in [LIST, OTHER] {
        world
            .take(&mut store, uri, &list(uri, NOW, &[]), NOW)
            .unwrap();
    }
    // It is full.
    let longer = world.list_at(OTHER, cards + 1, NOW + 1, end, &[]);
    let too_large = Err(Rejected::ListTooLarge { document: 0 }.into());
    assert_eq!(world.take(&mut store, OTHER, &longer, NOW + 1), too_large);
    let third = store.follow("https://status.example/3", world.point);
    assert_eq!(third, Err(Misuse::TooManyLists));
    let mut flash: [Vec<u8>; 2] = Default::default();
    let open = |flash: &[Vec<u8>; 2]| {
        let [a, b] = flash;
        StatusStore::open([a, b], limits, &RUSTCRYPTO).unwrap()
    };
    for _ in 0..2 {
        let (slot, bytes) = saved(&mut store);
        flash[at(slot)] = bytes;
    }
    world
        .take(&mut store, LIST, &list(LIST, NOW + 1, &[PLACE]), NOW + 1)
        .unwrap();
    let (slot, bytes) = saved(&mut store);
    let before = flash[at(slot)].clone();
    assert!(bytes.len() > 2 << 20 && bytes.len() == before.len());
    let blocked = Err(Rejected::StatusInvalid { document: 0 }.into());
    let mut rng = Seeded(9);
    let mut cuts: Vec<_> = (0..64)
        .map(|_| {
            let mut drawn = [0; 8];
            rng.fill(&mut drawn).unwrap();
            (u64::from_be_bytes(drawn) % bytes.len() as u64) as usize
        })
        .collect();
    cuts.extend([0, bytes.len() - 1, bytes.len()]);
    for cut in cuts {
        flash[at(slot)][..cut].copy_from_slice(&bytes[..cut]);
        flash[at(slot)][cut..].copy_from_slice(&before[cut..]);
        let said = world.says(&open(&flash), NOW + 1);
        match cut == bytes.len() {
            true => assert_eq!(said, blocked),
            false => assert_eq!(said, Ok(Standing::Secured), "{cut}"),
        }
    }
}

/// Whole, but not for this reader: the other slot may hold what it must not go back to.
#[test]
fn a_snapshot_beyond_the_limits_is_no_reason_to_take_an_older_one() {
    let world = World::new();
    let mut store = world.store();
    let (_, older) = saved(&mut store);
    world
        .take(&mut store, LIST, &world.list(NOW, NOW + DAY, &[PLACE]), NOW)
        .unwrap();
    let (_, newer) = saved(&mut store);
    let mut limits = StoreLimits::default();
    limits.list_bytes = 100;
    let damaged = Rejected::SnapshotDamaged { document: 0 };
    let opened = StatusStore::open([&older, &newer], limits, &RUSTCRYPTO);
    assert_eq!(opened.map(drop), Err(damaged.into()));
}

#[test]
fn each_snapshot_goes_where_the_newest_is_not() {
    let world = World::new();
    let mut store = world.store();
    let mut flash = Flash::new();
    let mut slots = Vec::new();
    for _ in 0..4 {
        let (slot, bytes) = saved(&mut store);
        flash.write(slot, &bytes);
        slots.push(slot);
        store = flash.open().unwrap();
    }
    assert_eq!(slots, [Slot::A, Slot::B, Slot::A, Slot::B]);
    // What was cut off does not count: the next one goes over it.
    flash.slot(Slot::B).fill(0);
    let next = flash.open().unwrap().snapshot(&RUSTCRYPTO).unwrap();
    assert_eq!(next.slot(), Slot::B);
}

#[test]
fn every_bit_counts() {
    let world = World::new();
    let mut store = world.store();
    world
        .take(&mut store, LIST, &world.list(NOW, NOW + DAY, &[3]), NOW)
        .unwrap();
    let _ = saved(&mut store);
    let (_, bytes) = saved(&mut store);
    let open = |slot: &[u8]| StatusStore::open([&[], slot], StoreLimits::default(), &RUSTCRYPTO);
    assert!(open(&bytes).is_ok());
    assert!(open(&[]).is_ok() && open(&[0xff; 64]).is_ok() && open(&[0; 64]).is_ok());
    let damaged = Rejected::SnapshotDamaged { document: 0 };
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(open(&bytes).unwrap_err(), damaged.into(), "{bit}");
    }
}

/// A write that failed is tried again in its slot, and not over the one that is whole.
#[test]
fn what_was_not_written_is_not_passed_over() {
    let world = World::new();
    let mut store = world.store();
    let mut flash = Flash::new();
    let (slot, bytes) = saved(&mut store);
    flash.write(slot, &bytes);
    for iat in [NOW, NOW + 1, NOW + 2] {
        world
            .take(&mut store, LIST, &world.list(iat, NOW + DAY, &[3]), NOW + 2)
            .unwrap();
        let failed = store.snapshot(&RUSTCRYPTO).unwrap();
        assert_ne!(failed.slot(), slot);
        flash.write(failed.slot(), &failed.as_bytes()[..40]);
        assert!(flash.open().is_ok());
    }
}
