//! The power goes while a snapshot is written.

use vitacard::Rejected;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::reader::{Slot, StatusStore, StoreLimits};

use crate::lending::*;
use crate::world::*;

const SIZE: usize = 4096;

/// Two slots of flash, which are erased before they are written.
struct Flash([Vec<u8>; 2]);

impl Flash {
    fn new() -> Self {
        Self([vec![0xff; SIZE], vec![0xff; SIZE]])
    }

    fn slot(&mut self, slot: Slot) -> &mut Vec<u8> {
        match slot {
            Slot::A => &mut self.0[0],
            Slot::B => &mut self.0[1],
        }
    }

    fn write(&mut self, slot: Slot, bytes: &[u8]) {
        self.slot(slot)[..bytes.len()].copy_from_slice(bytes);
    }

    fn open(&self) -> Result<StatusStore, vitacard::Error> {
        let [a, b] = &self.0;
        StatusStore::open([a, b], StoreLimits::default(), &RUSTCRYPTO)
    }
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
        let (slot, bytes) = store.snapshot(&RUSTCRYPTO).unwrap();
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
    let (slot, bytes) = store.snapshot(&RUSTCRYPTO).unwrap();
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
                false => assert!(found == blocked || found.is_ok(), "{cut}: {found:?}"),
            }
        }
    }
}

#[test]
fn each_snapshot_goes_where_the_newest_is_not() {
    let world = World::new();
    let mut store = world.store();
    let mut flash = Flash::new();
    let mut slots = Vec::new();
    for _ in 0..4 {
        let (slot, bytes) = store.snapshot(&RUSTCRYPTO).unwrap();
        flash.write(slot, &bytes);
        slots.push(slot);
        store = flash.open().unwrap();
    }
    assert_eq!(slots, [Slot::A, Slot::B, Slot::A, Slot::B]);
    // What was cut off does not count: the next one goes over it.
    flash.slot(Slot::B).fill(0);
    let (slot, _) = flash.open().unwrap().snapshot(&RUSTCRYPTO).unwrap();
    assert_eq!(slot, Slot::B);
}

#[test]
fn every_bit_counts() {
    let world = World::new();
    let mut store = world.store();
    world
        .take(&mut store, LIST, &world.list(NOW, NOW + DAY, &[3]), NOW)
        .unwrap();
    let (_, bytes) = store.snapshot(&RUSTCRYPTO).unwrap();
    let open = |slot: &[u8]| StatusStore::open([slot, &[]], StoreLimits::default(), &RUSTCRYPTO);
    assert!(open(&bytes).is_ok());
    assert!(open(&[]).is_ok() && open(&[0xff; 64]).is_ok() && open(&[0; 64]).is_ok());
    let damaged = Rejected::SnapshotDamaged { document: 0 };
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(open(&bytes).unwrap_err(), damaged.into(), "{bit}");
    }
}
