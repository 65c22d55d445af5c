//! What is left of secrets: nothing in what is printed, and nothing in memory that was given back.
#![allow(
    unsafe_code,
    reason = "an allocator that looks cannot be written without"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, RefCell};
use std::alloc::System;

use vitacard::VaultError;
use vitacard::crypto::{CryptoError, RUSTCRYPTO, Secret, SecureRandom};
use vitacard::vault::{ItemId, ItemKind, MemoryStore, Platform, Settings, SoftwareDevice, Vault};

use crate::rig::{DEVICE_KEY, Derived, LATER, Parts, Rig, START, WRONG, new, passcode, refusal};
use crate::seeded::Seeded;

/// Long enough to occur in memory for one reason alone.
const PASSCODE: &str = "830516729404";
const CONTENT: &[u8; 32] = b"what the card says of its holder";
const NEEDLES: usize = 10;

thread_local! {
    /// What must not be found in memory that this thread gives back. Twelve bytes are looked for.
    static SOUGHT: Cell<[[u8; 12]; NEEDLES]> = const { Cell::new([[0; 12]; NEEDLES]) };
    static FOUND: Cell<[usize; NEEDLES]> = const { Cell::new([0; NEEDLES]) };
    static LOOKING: Cell<bool> = const { Cell::new(false) };
}

struct Looking;

/// Looks through a block that is given back.
fn look(block: &[u8]) {
    if !LOOKING.try_with(Cell::get).unwrap_or(false) {
        return;
    }
    let sought = SOUGHT.get();
    let mut found = FOUND.get();
    for window in block.windows(12) {
        for (needle, count) in sought.iter().zip(&mut found) {
            *count += usize::from(window == needle && *needle != [0; 12]);
        }
    }
    FOUND.set(found);
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Looking {
    /// Zeroed, so that a block can be read whole when it comes back.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is the caller's, of this size, and all of it was written by `alloc`.
        look(unsafe { core::slice::from_raw_parts(block, layout.size()) });
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static LOOKING_ALLOCATOR: Looking = Looking;

fn seek(needles: &[&[u8]]) {
    let mut sought = [[0; 12]; NEEDLES];
    for (to, from) in sought.iter_mut().zip(needles) {
        to.copy_from_slice(&from[..12]);
    }
    SOUGHT.set(sought);
    FOUND.set([0; NEEDLES]);
}

/// How often each of the needles is in memory that `run` gives back.
fn left_by(needles: &[&[u8]], run: impl FnOnce()) -> Vec<usize> {
    seek(needles);
    LOOKING.set(true);
    run();
    LOOKING.set(false);
    FOUND.get()[..needles.len()].to_vec()
}

/// Remembers the keys that it gave, on the stack of the test.
struct Remembering<'a>(Seeded, &'a RefCell<Vec<[u8; 32]>>);

impl SecureRandom for Remembering<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        self.0.fill(out)?;
        if let Ok(key) = <[u8; 32]>::try_from(&*out) {
            self.1.borrow_mut().push(key);
        }
        Ok(())
    }
}

#[test]
fn the_search_finds() {
    let found = left_by(&[CONTENT, &DEVICE_KEY, PASSCODE.as_bytes()], || {
        drop(CONTENT.to_vec());
        drop(std::hint::black_box(Box::new(DEVICE_KEY)));
        let mut grows = PASSCODE.to_owned();
        grows.reserve(1000);
        std::hint::black_box(&mut grows).clear();
    });
    assert_eq!(found[0], 1);
    assert!(found[1] >= 1);
    assert!(found[2] >= 1);
}

/// Create, unlock, seal, open, change, a wrong passcode: none leaves a key, a passcode or a content
/// in memory that was given back.
#[test]
fn nothing_secret_is_given_back() {
    let id = ItemId::new(ItemKind::Card, b"insurer").unwrap();
    // Once, to learn the keys; they are the same in each run.
    let keys = RefCell::new(Vec::new());
    let (file, changed) = life(&id, &keys);
    let [before, after] = [&file, &changed].map(|file| Derived::of(&Parts::of(file), PASSCODE));
    let kek = |derived: &Derived| *derived.kek().expose();
    let key = keys.borrow()[0];
    let item_key = item_key(&key, &file);
    let (kek_before, kek_after) = (kek(&before), kek(&after));
    let needles: [&[u8]; NEEDLES] = [
        &key,
        &kek_before,
        &kek_after,
        &before.okm[32..],
        &before.h,
        &before.p,
        &item_key,
        PASSCODE.as_bytes(),
        CONTENT,
        &DEVICE_KEY,
    ];
    let again = RefCell::new(Vec::with_capacity(8));
    let found = left_by(&needles, || drop(life(&id, &again)));
    assert_eq!(found, [0; NEEDLES], "{}", keys.borrow().len());
}

/// The file of a vault after it was made, and after its passcode was changed for itself.
fn life(id: &ItemId, keys: &RefCell<Vec<[u8; 32]>>) -> (Vec<u8>, Vec<u8>) {
    let mut rng = Remembering(Seeded(1), keys);
    let mut device = SoftwareDevice::with_key(Secret::new(DEVICE_KEY), &RUSTCRYPTO);
    let mut store = MemoryStore::default();
    let mut platform = Platform {
        device: &mut device,
        store: &mut store,
        crypto: &RUSTCRYPTO,
    };
    let chosen = new(PASSCODE);
    let settings = Settings::default();
    let made = Vault::create(&chosen, settings, START, &mut platform, &mut rng);
    let (mut vault, lease) = made.unwrap();
    let file = platform.store.read("vault").unwrap().unwrap();
    let sealed = lease.seal(id, 1, CONTENT, &RUSTCRYPTO, &mut rng).unwrap();
    drop(Box::new(lease));
    refusal(vault.unlock(&passcode(WRONG), START, &mut platform));
    let old = passcode(PASSCODE);
    let changed = vault.change_passcode(&old, &chosen, START, &mut platform, &mut rng);
    changed.unwrap();
    let lease = Box::new(vault.unlock(&old, START, &mut platform).unwrap());
    let opened = Box::new(lease.open(id, 1, &sealed, &RUSTCRYPTO).unwrap());
    assert!(opened.as_bytes() == CONTENT);
    let wrong = lease.open(id, 2, &sealed, &RUSTCRYPTO);
    assert_eq!(wrong.err().unwrap().code(), 6021);
    drop((opened, lease, Box::new(old), Box::new(chosen)));
    let changed = platform.store.read("vault").unwrap().unwrap();
    drop(Box::new(device));
    (file, changed)
}

fn item_key(key: &[u8; 32], file: &[u8]) -> [u8; 32] {
    let vault_id = &Parts::of(file).header[5..21];
    let id = [&[8, 1][..], b"insurer"].concat();
    let info = [b"VITACARD-ITEM-KEY-v1", vault_id, &id].concat();
    let mut item_key = [0; 32];
    let kdf = RUSTCRYPTO.kdf;
    kdf.hkdf_sha256(key, &[], &info, &mut item_key).unwrap();
    item_key
}

#[test]
fn nothing_secret_is_printed() {
    let mut rig = Rig::new();
    let (mut vault, lease) = rig.create(PASSCODE).unwrap();
    let id = ItemId::new(ItemKind::Card, b"Dominique").unwrap();
    let sealed = lease
        .seal(&id, 1, CONTENT, &RUSTCRYPTO, &mut rig.rng)
        .unwrap();
    let opened = lease.open(&id, 1, &sealed, &RUSTCRYPTO).unwrap();
    let error = refusal(rig.unlock(&mut vault, WRONG, START + LATER));
    let (typed, chosen) = (passcode(PASSCODE), new(PASSCODE));
    let device = &rig.device.inner;
    let printed =
        format!("{vault:?} {lease:?} {id:?} {opened:?} {error:?} {typed:?} {chosen:?} {device:?}");
    assert_eq!(
        printed,
        "Vault(epoch 1) Lease ItemId(10 bytes) OpenedItem(32 bytes) Vault(WrongPasscode) Passcode \
         NewPasscode(Passcode) SoftwareDevice"
    );
    assert_eq!(error.code(), 6013);
    let platform = rig.platform();
    assert_eq!(format!("{platform:?}"), "Platform(OsBacked)");
    let too_soon = VaultError::TooSoon { wait: 60 };
    assert_eq!(too_soon.to_string(), "The next try has to wait.");
}
