//! Power is lost at every write, before it and after it.

use std::time::Duration;

use vitacard::VaultError;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::vault::{AttemptCounter as _, ItemId, ItemKind, Lease, Vault, VaultStore as _};

use crate::rig::{
    Call, Cut, LATER, OTHER, Parts, RIGHT, Rig, START, WRONG, new, passcode, refusal, vault_error,
};
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
    store.replace("item", &sealed.unwrap()).unwrap();
    for _ in 0..2 {
        refusal(rig.unlock(&mut vault, WRONG, START));
    }
    rig
}

fn check_item(rig: &mut Rig, lease: &Lease) {
    let sealed = rig.store.inner.read("item").unwrap();
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

/// After the first was forgotten. Whatever happens, forgetting it once more helps.
#[test]
fn while_another_vault_is_made() {
    let prepare = || {
        let mut rig = used();
        Vault::forget(&mut rig.platform()).unwrap();
        rig.device.inner.renew(&mut Seeded(9)).unwrap();
        rig
    };
    let old = used().file().unwrap();
    let writes = at_every_write(
        prepare,
        |rig| drop(rig.create(OTHER)),
        |mut rig, (tries, epoch)| {
            assert!(rig.epoch() >= epoch);
            let file = rig.file();
            // Where tries begin again the first is old; else the device is still one of no vault.
            rig.put(&old);
            match rig.tries() == tries {
                true => assert_eq!(tries, u32::MAX),
                false => assert_eq!(
                    refusal(rig.try_stored(RIGHT)),
                    vault_error(VaultError::OldCopy)
                ),
            }
            rig.store.inner.remove("vault").unwrap();
            if file.is_some() {
                Vault::forget(&mut rig.platform()).unwrap();
                rig.device.inner.renew(&mut Seeded(10)).unwrap();
            }
            drop(rig.create(OTHER).unwrap());
            rig.try_stored(OTHER).unwrap();
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

/// A program is killed between the rename of a new file and the sync of its folder (or that sync
/// fails): the new file can be read and is not durable. The first right passcode raises the counter,
/// durably; then power is lost, and with it the rename.
#[test]
fn an_epoch_is_raised_only_to_a_durable_file() {
    let (mut rig, mut vault) = Rig::with_vault();
    let on_disk = rig.file().unwrap();
    rig.cut_power(2, Cut::After);
    assert_eq!(refusal(rig.change(&mut vault, RIGHT, OTHER)).code(), 5008);
    rig.restore_power();
    let before = rig.count(Call::Replace);
    rig.try_stored(OTHER).unwrap();
    // Whatever was written durably since then is on disk; the failed write is not.
    if rig.count(Call::Replace) == before {
        rig.put(&on_disk);
    }
    let opened = rig.try_stored(OTHER).or_else(|_| rig.try_stored(RIGHT));
    assert!(opened.is_ok(), "locked out for ever: {opened:?}");
}

/// Two values over one store, of which one failed to change the passcode.
#[test]
fn two_values_give_no_two_files_of_one_epoch() {
    let (mut rig, mut a) = Rig::with_vault();
    let mut b = rig.open(START).unwrap();
    rig.cut_power(2, Cut::After);
    assert!(rig.change(&mut a, RIGHT, OTHER).is_err());
    rig.restore_power();
    let copied = rig.file().unwrap();
    rig.change(&mut b, RIGHT, "5172").unwrap();
    rig.put(&copied);
    assert_eq!(
        refusal(rig.try_stored(OTHER)),
        vault_error(VaultError::OldCopy)
    );
}

/// As documented: where somebody puts the older file back between a change that was cut off and the
/// next one, two files have one epoch, and each opens with its passcode. A change later both are old.
#[test]
fn a_file_put_back_at_a_cut_change_is_a_second_way_in() {
    let (mut rig, mut vault) = Rig::with_vault();
    let old = rig.file().unwrap();
    rig.cut_power(3, Cut::Before);
    assert!(rig.change(&mut vault, RIGHT, OTHER).is_err());
    rig.restore_power();
    let copied = rig.file().unwrap();
    rig.put(&old);
    let mut vault = rig.open(START).unwrap();
    rig.change(&mut vault, RIGHT, "5172").unwrap();
    let second = rig.file().unwrap();
    for (file, opens) in [(&copied, OTHER), (&second, "5172")] {
        rig.put(file);
        rig.try_stored(opens).unwrap();
    }
    rig.change(&mut vault, "5172", "6093").unwrap();
    for (file, opens) in [(&copied, OTHER), (&second, "5172")] {
        rig.put(file);
        let error = refusal(rig.try_stored(opens));
        assert_eq!(error, vault_error(VaultError::OldCopy));
    }
}

/// Each write fails, and while its loss is mended the next one does.
#[test]
fn power_lost_twice_in_a_row() {
    let cuts = [Cut::Before, Cut::After];
    for (first, a) in (0..5).flat_map(|n| cuts.map(|cut| (n, cut))) {
        for (second, b) in (0..4).flat_map(|n| cuts.map(|cut| (n, cut))) {
            let (mut rig, mut vault) = Rig::with_vault();
            rig.cut_power(first, a);
            let _ = rig.change(&mut vault, RIGHT, OTHER);
            rig.restore_power();
            rig.cut_power(second, b);
            for digits in [OTHER, RIGHT] {
                let Ok(mut vault) = rig.open(Duration::ZERO) else {
                    break;
                };
                let mut platform = rig.platform();
                let (old, to) = (passcode(digits), new("5172"));
                let _ = vault.change_passcode(&old, &to, LATER, &mut platform, &mut Seeded(6));
            }
            rig.restore_power();
            let opened = ["5172", OTHER, RIGHT]
                .into_iter()
                .filter(|digits| {
                    // That the tries of this loop do not wipe it.
                    rig.device.inner.reset().unwrap();
                    rig.try_stored(digits).is_ok()
                })
                .count();
            assert!(opened == 1, "{first} {a:?} {second} {b:?}: {opened}");
        }
    }
}

/// What a file in the store claims, unverified, does not bring the last epoch near.
#[test]
fn a_claimed_epoch_ends_no_changes() {
    let (mut rig, mut vault) = Rig::with_vault();
    let mut forged = Parts::of(&rig.file().unwrap());
    assert_eq!(forged.header.pop(), Some(1));
    forged.header.extend([&[0x1b][..], &[0xff; 8]].concat());
    rig.put(&forged.to_bytes());
    rig.change(&mut vault, RIGHT, OTHER).unwrap();
    assert_eq!(rig.epoch(), 2);
    rig.try_stored(OTHER).unwrap();
}

/// A right passcode is no try that failed, also where its vault cannot be completed.
#[test]
fn a_full_store_uses_up_no_tries() {
    let (mut rig, mut vault) = Rig::with_vault();
    rig.cut_power(3, Cut::Before);
    assert!(rig.change(&mut vault, RIGHT, OTHER).is_err());
    rig.restore_power();
    for _ in 0..10 {
        rig.cut_power(2, Cut::Before);
        assert_eq!(refusal(rig.try_stored(OTHER)).code(), 5008);
        rig.restore_power();
        assert_eq!((rig.tries(), rig.epoch()), (0, 1));
    }
    rig.try_stored(OTHER).unwrap();
    assert_eq!(rig.epoch(), 2);
}
