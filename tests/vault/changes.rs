//! A passcode is changed: items stay, the old file is old.

use vitacard::crypto::RUSTCRYPTO;
use vitacard::vault::{ItemId, ItemKind, Settings};
use vitacard::{Error, VaultError};

use crate::rig::{Call, LATER, OTHER, Parts, RIGHT, Rig, START, WRONG, refusal, vault_error};
use crate::seeded::Seeded;

#[test]
fn all_items_open_after_a_change() {
    let mut rig = Rig::new();
    let (mut vault, lease) = rig.create(RIGHT).unwrap();
    let items: Vec<_> = (0..30_u8)
        .map(|n| {
            let kinds = [
                ItemKind::Card,
                ItemKind::DelegatedCard,
                ItemKind::SoftwareKey,
            ];
            let id = ItemId::new(kinds[usize::from(n % 3)], &[n]).unwrap();
            let content = vec![n; usize::from(n) * 7];
            let sealed = lease.seal(&id, n.into(), &content, &RUSTCRYPTO, &mut Seeded(n.into()));
            (id, u64::from(n), content, sealed.unwrap())
        })
        .collect();
    drop(lease);
    for (old, new) in [
        (RIGHT, OTHER),
        (OTHER, "830516729404"),
        ("830516729404", RIGHT),
    ] {
        rig.change(&mut vault, old, new).unwrap();
        for mut vault in [rig.open(START).unwrap(), rig.open(START).unwrap()] {
            let lease = rig.unlock(&mut vault, new, START).unwrap();
            for (id, version, content, sealed) in &items {
                let opened = lease.open(id, *version, sealed, &RUSTCRYPTO).unwrap();
                assert_eq!(opened.as_bytes(), content);
            }
        }
    }
    assert_eq!((rig.epoch(), rig.tries()), (4, 0));
}

#[test]
fn an_old_file_is_refused_with_its_old_passcode() {
    let (mut rig, mut vault) = Rig::with_vault();
    let old = rig.file().unwrap();
    rig.change(&mut vault, RIGHT, OTHER).unwrap();
    rig.unlock(&mut vault, OTHER, START).unwrap();
    let asked = rig.count(Call::Prf);
    rig.put(&old);
    for digits in [RIGHT, OTHER, WRONG] {
        assert_eq!(
            refusal(rig.try_stored(digits)),
            vault_error(VaultError::OldCopy)
        );
    }
    assert_eq!(
        (rig.tries(), rig.count(Call::Prf)),
        (0, asked),
        "it costs no try, and asks nothing"
    );
}

/// Its epoch raised by hand, it is counted, and another vault's question.
#[test]
fn an_old_file_made_to_look_new_does_not_open() {
    let (mut rig, mut vault) = Rig::with_vault();
    let mut old = Parts::of(&rig.file().unwrap());
    rig.change(&mut vault, RIGHT, OTHER).unwrap();
    assert_eq!(old.header.pop(), Some(1));
    old.header.push(2);
    rig.put(&old.to_bytes());
    for (tries, digits) in (1..).zip([RIGHT, OTHER]) {
        assert_eq!(
            refusal(rig.try_stored(digits)),
            vault_error(VaultError::WrongPasscode)
        );
        assert_eq!(rig.tries(), tries);
    }
}

/// A file from before a cut change opens until the change is completed, which the first right
/// passcode does.
#[test]
fn a_right_passcode_completes_a_cut_change() {
    let (mut rig, mut vault) = Rig::with_vault();
    let old = rig.file().unwrap();
    rig.cut_power(3, crate::rig::Cut::Before);
    let error = refusal(rig.change(&mut vault, RIGHT, OTHER));
    assert_eq!(error.code(), 5007);
    rig.restore_power();
    assert_eq!(rig.epoch(), 1);
    rig.try_stored(OTHER).unwrap();
    assert_eq!(rig.epoch(), 2);
    rig.put(&old);
    assert_eq!(
        refusal(rig.try_stored(RIGHT)),
        vault_error(VaultError::OldCopy)
    );
}

#[test]
fn a_change_needs_the_old_passcode_and_costs_a_try() {
    let (mut rig, mut vault) = Rig::with_vault();
    let file = rig.file();
    let error = refusal(rig.change(&mut vault, WRONG, OTHER));
    assert_eq!(error, vault_error(VaultError::WrongPasscode));
    assert_eq!((rig.tries(), rig.file(), rig.epoch()), (1, file, 1));
}

#[test]
fn a_change_makes_all_but_the_vault_and_its_settings_anew() {
    let mut rig = Rig::new();
    let settings = Settings::default().with_max_tries(3).unwrap();
    let (mut vault, _) = rig.create_with(RIGHT, settings).unwrap();
    let old = Parts::of(&rig.file().unwrap());
    rig.change(&mut vault, RIGHT, RIGHT).unwrap();
    let new = Parts::of(&rig.file().unwrap());
    assert_eq!(old.header[..21], new.header[..21], "version and vault");
    assert_ne!(old.header[23..39], new.header[23..39], "salt");
    assert_eq!(old.header[39..43], new.header[39..43], "costs and tries");
    assert_eq!((old.header[44], new.header[44]), (1, 2), "epoch");
    assert_ne!(old.commitment, new.commitment);
    assert_ne!(old.nonce, new.nonce);
    assert_ne!(old.wrapped, new.wrapped);
}

/// The epoch has an end, which nobody reaches by changing passcodes.
#[test]
fn after_the_last_epoch_there_is_none() {
    use vitacard::vault::AttemptCounter as _;
    let mut rig = Rig::new();
    rig.device.inner.raise_epoch(u64::MAX - 1).unwrap();
    rig.renew();
    let (mut vault, _) = rig.create(RIGHT).unwrap();
    let error = refusal(rig.change(&mut vault, RIGHT, OTHER));
    assert_eq!(error, vault_error(VaultError::VaultLimits));
    rig.unlock(&mut vault, RIGHT, START + LATER).unwrap();
    let mut rig = Rig::new();
    rig.device.inner.raise_epoch(u64::MAX).unwrap();
    rig.renew();
    let error: Error = refusal(rig.create(RIGHT));
    assert_eq!(error, vault_error(VaultError::VaultLimits));
}
