//! Power is lost at every write, before it and after it.

use vitacard::VaultError;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::vault::{AttemptCounter as _, ItemId, ItemKind, Lease};

use crate::rig::{Cut, LATER, OTHER, RIGHT, Rig, START, WRONG, refusal, vault_error};
use crate::seeded::Seeded;

/// Loses power at each write of `run`, and hands what is left to `check` with what was before:
/// tries and epoch.
fn at_every_write(
    prepare: impl Fn() -> Rig,
    run: impl Fn(&mut Rig),
    check: impl Fn(Rig, (u32, u64)),
) -> usize {
    let mut writes = 0;
    for cut in [Cut::Before, Cut::After] {
        for write in 0.. {
            let mut rig = prepare();
            let before = (rig.tries(), rig.epoch());
            rig.cut_power(write, cut);
            run(&mut rig);
            let was_lost = rig.restore_power();
            check(rig, before);
            if !was_lost {
                writes = write;
                break;
            }
        }
    }
    writes
}

fn item() -> ItemId {
    ItemId::new(ItemKind::Card, b"insurer").unwrap()
}

/// A vault of which two tries failed, with an item in its store.
fn used() -> Rig {
    let mut rig = Rig::new();
    let (mut vault, lease) = rig.create(RIGHT).unwrap();
    let sealed = lease.seal(&item(), 1, b"card", &RUSTCRYPTO, &mut Seeded(5));
    let store = &mut rig.store.inner;
    vitacard::vault::VaultStore::replace(store, "item", &sealed.unwrap()).unwrap();
    for _ in 0..2 {
        refusal(rig.unlock(&mut vault, WRONG, START));
    }
    rig
}

fn check_item(rig: &mut Rig, lease: &Lease) {
    let sealed = vitacard::vault::VaultStore::read(&mut rig.store.inner, "item").unwrap();
    let opened = lease.open(&item(), 1, &sealed.unwrap(), &RUSTCRYPTO);
    assert_eq!(opened.unwrap().as_bytes(), b"card");
}

#[test]
fn while_a_vault_is_made() {
    let run = |rig: &mut Rig| drop(rig.create(RIGHT));
    let writes = at_every_write(Rig::new, run, |mut rig, _| {
        if rig.file().is_none() {
            rig.create(RIGHT).unwrap();
        }
        rig.try_stored(RIGHT).unwrap();
        assert_eq!((rig.tries(), rig.epoch()), (0, 1));
    });
    assert_eq!(writes, 3, "file, epoch, tries");
}

/// Of a second vault, while tries at the first are counted.
#[test]
fn while_another_vault_is_made() {
    let prepare = || {
        let mut rig = used();
        vitacard::vault::VaultStore::remove(&mut rig.store.inner, "vault").unwrap();
        rig
    };
    let old = used().file().unwrap();
    let writes = at_every_write(
        prepare,
        |rig| drop(rig.create(OTHER)),
        |mut rig, (tries, epoch)| {
            assert!(rig.epoch() >= epoch);
            // Tries at the first are forgotten only when it is old.
            rig.put(&old);
            match rig.epoch() == epoch {
                true => assert!(rig.tries() >= tries),
                false => assert_eq!(
                    refusal(rig.try_stored(RIGHT)),
                    vault_error(VaultError::OldCopy)
                ),
            }
        },
    );
    assert_eq!(writes, 3);
}

#[test]
fn while_a_right_passcode_is_tried() {
    let run = |rig: &mut Rig| drop(rig.try_stored(RIGHT));
    let writes = at_every_write(used, run, |mut rig, (tries, epoch)| {
        // Only a right passcode that was answered is a reason to forget them.
        assert!(rig.tries() >= tries || rig.tries() == 0);
        assert_eq!(rig.epoch(), epoch);
        let lease = rig.try_stored(RIGHT).unwrap();
        check_item(&mut rig, &lease);
    });
    assert_eq!(writes, 2, "a try, and its end");
}

#[test]
fn while_a_wrong_passcode_is_tried() {
    let run = |rig: &mut Rig| drop(rig.try_stored(WRONG));
    let writes = at_every_write(used, run, |mut rig, (tries, epoch)| {
        assert!(rig.tries() >= tries);
        assert_eq!(rig.epoch(), epoch);
        let lease = rig.try_stored(RIGHT).unwrap();
        check_item(&mut rig, &lease);
    });
    assert_eq!(writes, 1);
}

/// Old passcode or new one, never neither; and once the new one has opened, the old file is old.
#[test]
fn while_a_passcode_is_changed() {
    let old = used().file().unwrap();
    let run = |rig: &mut Rig| {
        let mut vault = rig.open(START).unwrap();
        let _ = rig.change(&mut vault, RIGHT, OTHER);
    };
    let writes = at_every_write(used, run, |mut rig, (tries, epoch)| {
        assert!(rig.tries() >= tries || rig.tries() == 0);
        assert!(rig.epoch() >= epoch);
        let was_changed = rig.file().unwrap() != old;
        let opens = if was_changed { OTHER } else { RIGHT };
        let lease = rig.try_stored(opens).unwrap();
        check_item(&mut rig, &lease);
        if was_changed {
            assert_eq!(rig.epoch(), epoch + 1);
            rig.put(&old);
            assert_eq!(
                refusal(rig.try_stored(RIGHT)),
                vault_error(VaultError::OldCopy)
            );
        }
    });
    assert_eq!(writes, 4, "a try, its end, file, epoch");
}

/// The vault in memory goes on after each of them, as an app does that shows the error.
#[test]
fn and_the_same_value_goes_on() {
    for cut in [Cut::Before, Cut::After] {
        for write in 0..4 {
            let mut rig = used();
            let mut vault = rig.open(START).unwrap();
            rig.cut_power(write, cut);
            assert!(rig.change(&mut vault, RIGHT, OTHER).is_err());
            rig.restore_power();
            let with_new = rig.unlock(&mut vault, OTHER, START + LATER * 2);
            let opened = with_new.or_else(|_| rig.unlock(&mut vault, RIGHT, START + LATER * 3));
            check_item(&mut rig, &opened.unwrap());
        }
    }
}

/// A file whose write was reported as failed, and which somebody copied, is old after the next
/// change: no two files have one epoch.
#[test]
fn a_change_that_failed_leaves_no_second_way_in() {
    let mut rig = used();
    let mut vault = rig.open(START).unwrap();
    rig.cut_power(2, Cut::After);
    assert!(rig.change(&mut vault, RIGHT, OTHER).is_err());
    rig.restore_power();
    let copied = rig.file().unwrap();
    rig.change(&mut vault, RIGHT, "5172").unwrap();
    rig.put(&copied);
    assert_eq!(
        refusal(rig.try_stored(OTHER)),
        vault_error(VaultError::OldCopy)
    );
}

#[test]
fn while_a_vault_is_wiped() {
    let prepare = || {
        let mut rig = used();
        for _ in 0..3 {
            rig.device.inner.reserve().unwrap();
        }
        rig
    };
    let run = |rig: &mut Rig| drop(rig.try_stored(RIGHT));
    let writes = at_every_write(prepare, run, |mut rig, (tries, _)| {
        assert!(rig.tries() >= tries);
        assert_eq!(
            refusal(rig.try_stored(RIGHT)),
            vault_error(VaultError::Wiped)
        );
    });
    assert_eq!(writes, 2, "a try, and the wipe");
}

#[test]
fn while_a_vault_is_forgotten() {
    use vitacard::vault::Vault;
    let run = |rig: &mut Rig| {
        let _ = Vault::forget(&mut rig.platform());
    };
    let writes = at_every_write(used, run, |mut rig, (tries, _)| {
        assert!(rig.tries() >= tries);
        Vault::forget(&mut rig.platform()).unwrap();
        assert_eq!(
            refusal(rig.try_stored(RIGHT)),
            vault_error(VaultError::NoVault)
        );
    });
    assert_eq!(writes, 2);
}
