//! How many passcodes are answered, how soon, and what a platform that fails gives away.

use std::time::Duration;

use vitacard::crypto::{RUSTCRYPTO, Secret};
use vitacard::vault::{
    AttemptCounter, DeviceSecret, MemoryStore, Platform, PlatformError, Protection, Settings,
    SoftwareDevice, Vault, VaultStore,
};
use vitacard::{CryptoError, Error, Misuse, VaultError};

use crate::rig::{
    Call, LATER, OTHER, RIGHT, Rig, START, WRONG, device, is_guess, new, passcode, refusal,
    vault_error,
};
use crate::seeded::Seeded;

fn every_passcode() -> impl Iterator<Item = String> {
    (0..10_000).map(|n| format!("{n:04}"))
}

/// Every passcode, in a vault whose file is put back and opened anew before each: five are answered,
/// for whoever waits as long as he is told.
#[test]
fn of_all_passcodes_five_are_answered() {
    let (mut rig, _) = Rig::with_vault();
    let file = rig.file().unwrap();
    let before = rig.count(Call::Prf);
    let (mut answered, mut wiped) = (0, 0);
    for digits in every_passcode() {
        rig.put(&file);
        let mut vault = rig.open(START).unwrap();
        let mut now = START;
        let result = loop {
            match rig.unlock(&mut vault, &digits, now) {
                Err(Error::Vault(VaultError::TooSoon { wait })) => {
                    now += Duration::from_secs(wait.into())
                }
                result => break result,
            }
        };
        match refusal(result) {
            Error::Vault(VaultError::WrongPasscode) => answered += 1,
            Error::Vault(VaultError::Wiped) => wiped += 1,
            error => panic!("{digits}: {error:?}"),
        }
    }
    assert_eq!((answered, wiped), (5, 9_995));
    assert_eq!(
        rig.count(Call::Prf) - before,
        5,
        "the device was asked five times"
    );
    assert!(rig.device.inner.prf(b"").is_err(), "its key is gone");
}

#[test]
fn the_limit_is_the_one_of_the_settings() {
    for limit in 1..=10 {
        let mut rig = Rig::new();
        let settings = Settings::default().with_max_tries(limit).unwrap();
        let (mut vault, _) = rig.create_with(RIGHT, settings).unwrap();
        let mut now = START;
        for left in (0..limit).rev() {
            now += LATER;
            let error = refusal(rig.unlock(&mut vault, WRONG, now));
            assert_eq!(error, vault_error(VaultError::WrongPasscode));
            assert_eq!(vault.tries_left(&mut rig.platform()), Ok(left));
        }
        // The right one comes too late, and need not wait for that.
        let error = refusal(rig.unlock(&mut vault, RIGHT, now));
        assert_eq!(error, vault_error(VaultError::Wiped));
        let error = refusal(rig.unlock(&mut vault, RIGHT, now + LATER));
        assert_eq!(error, vault_error(VaultError::Wiped));
        assert_eq!(vault.tries_left(&mut rig.platform()), Ok(0));
    }
}

#[test]
fn the_last_try_counts() {
    let (mut rig, mut vault) = Rig::with_vault();
    for i in 1..5 {
        let error = refusal(rig.unlock(&mut vault, WRONG, START + LATER * i));
        assert_eq!(error, vault_error(VaultError::WrongPasscode));
    }
    assert_eq!(rig.tries(), 4);
    rig.unlock(&mut vault, RIGHT, START + LATER * 5).unwrap();
    assert_eq!(rig.tries(), 0);
}

/// 0, 0, 0, 60, 300, 3600 s; a refusal for time counts no try and asks the device nothing.
#[test]
fn tries_wait() {
    let mut rig = Rig::new();
    let settings = Settings::default().with_max_tries(10).unwrap();
    let (mut vault, _) = rig.create_with(RIGHT, settings).unwrap();
    let mut now = START;
    for wait in [0, 0, 0, 60, 300, 3600, 3600, 3600, 3600, 3600_u32] {
        if wait > 0 {
            let (tries, asked) = (rig.tries(), rig.count(Call::Prf));
            let almost = now + Duration::from_secs(u64::from(wait)) - Duration::from_millis(1);
            for (at, wait) in [(now, wait), (almost, 1), (Duration::ZERO, wait)] {
                let error = refusal(rig.unlock(&mut vault, RIGHT, at));
                assert_eq!(error, vault_error(VaultError::TooSoon { wait }));
            }
            assert_eq!((rig.tries(), rig.count(Call::Prf)), (tries, asked));
        }
        now += Duration::from_secs(wait.into());
        let error = refusal(rig.unlock(&mut vault, WRONG, now));
        assert_eq!(error, vault_error(VaultError::WrongPasscode));
    }
}

#[test]
fn starting_again_is_no_way_around_a_delay() {
    let (mut rig, mut vault) = Rig::with_vault();
    for _ in 0..3 {
        refusal(rig.unlock(&mut vault, WRONG, START));
    }
    // With a clock that goes on, and with one that starts again as well.
    let mut vault = rig.open(START).unwrap();
    let error = refusal(rig.unlock(&mut vault, RIGHT, START));
    assert_eq!(error, vault_error(VaultError::TooSoon { wait: 60 }));
    let mut vault = rig.open(Duration::ZERO).unwrap();
    let error = refusal(rig.unlock(&mut vault, RIGHT, Duration::from_secs(59)));
    assert_eq!(error, vault_error(VaultError::TooSoon { wait: 1 }));
    rig.unlock(&mut vault, RIGHT, Duration::from_secs(60))
        .unwrap();
}

/// The try is counted, durably, before the device hears of it; and it is forgotten at the end.
#[test]
fn calls_come_in_their_order() {
    use Call::{Epoch, Prf, Probe, RaiseEpoch, Read, Replace, Reserve, Reset, Tries};
    let mut rig = Rig::new();
    let (mut vault, _) = rig.create(RIGHT).unwrap();
    let made = std::mem::take(&mut rig.log.borrow_mut().calls);
    assert_eq!(made, [Read, Epoch, Prf, Replace, RaiseEpoch, Reset]);
    rig.unlock(&mut vault, RIGHT, START).unwrap();
    let made = std::mem::take(&mut rig.log.borrow_mut().calls);
    assert_eq!(made, [Epoch, Tries, Probe, Reserve, Prf, Reset, Epoch]);
    refusal(rig.unlock(&mut vault, WRONG, START));
    let made = std::mem::take(&mut rig.log.borrow_mut().calls);
    assert_eq!(made, [Epoch, Tries, Probe, Reserve, Prf]);
    rig.change(&mut vault, RIGHT, OTHER).unwrap();
    let made = std::mem::take(&mut rig.log.borrow_mut().calls);
    let unlock = [Epoch, Tries, Probe, Reserve, Prf, Reset, Epoch];
    assert_eq!(
        made,
        [&unlock[..], &[Read, Prf, Replace, RaiseEpoch]].concat()
    );
}

/// A device of which one answer is given by the test.
struct Faulty {
    inner: SoftwareDevice,
    reserved: Option<Result<u32, PlatformError>>,
    tries: Option<Result<u32, PlatformError>>,
    epoch: Option<Result<u64, PlatformError>>,
    reset: Option<Result<(), PlatformError>>,
    prf: Option<Result<Secret<32>, PlatformError>>,
    probe: Option<Result<Secret<32>, PlatformError>>,
    asked: u32,
}

impl Faulty {
    fn new() -> Self {
        Self {
            inner: device(),
            reserved: None,
            tries: None,
            epoch: None,
            reset: None,
            prf: None,
            probe: None,
            asked: 0,
        }
    }
}

impl DeviceSecret for Faulty {
    fn prf(&mut self, input: &[u8]) -> Result<Secret<32>, PlatformError> {
        let is_guess = is_guess(input);
        self.asked += u32::from(is_guess);
        let answer = match is_guess {
            true => &mut self.prf,
            false => &mut self.probe,
        };
        answer.take().unwrap_or_else(|| self.inner.prf(input))
    }

    fn protection(&self) -> Protection {
        Protection::OsBacked
    }
}

impl AttemptCounter for Faulty {
    fn tries(&mut self) -> Result<u32, PlatformError> {
        self.tries.unwrap_or_else(|| self.inner.tries())
    }

    fn reserve(&mut self) -> Result<u32, PlatformError> {
        self.reserved.unwrap_or_else(|| self.inner.reserve())
    }

    fn reset(&mut self) -> Result<(), PlatformError> {
        self.reset.unwrap_or_else(|| self.inner.reset())
    }

    fn epoch(&mut self) -> Result<u64, PlatformError> {
        self.epoch.unwrap_or_else(|| self.inner.epoch())
    }

    fn raise_epoch(&mut self, epoch: u64) -> Result<(), PlatformError> {
        self.inner.raise_epoch(epoch)
    }

    fn wipe(&mut self) -> Result<(), PlatformError> {
        self.inner.wipe()
    }

    fn protection(&self) -> Protection {
        Protection::Hardware
    }
}

/// What a counter that fails or lies gives: an error, and not one question to the device.
#[test]
fn a_counter_that_fails_gives_no_try() {
    let faults: [fn(&mut Faulty); 6] = [
        |device| device.reserved = Some(Err(PlatformError)),
        |device| device.tries = Some(Err(PlatformError)),
        |device| device.epoch = Some(Err(PlatformError)),
        // It does not count.
        |device| device.reserved = Some(Ok(0)),
        |device| (device.tries, device.reserved) = (Some(Ok(2)), Some(Ok(2))),
        |device| (device.tries, device.reserved) = (Some(Ok(2)), Some(Ok(1))),
    ];
    for fault in faults {
        let (mut device, mut store) = (Faulty::new(), MemoryStore::default());
        let mut vault = created(&mut device, &mut store);
        (device.asked, _) = (0, fault(&mut device));
        let error = refusal(unlock(&mut vault, RIGHT, &mut device, &mut store));
        assert_eq!(error, Error::Crypto(CryptoError::AttemptCounter));
        assert_eq!(device.asked, 0);
    }
}

/// Another process tried in between: its number counts, and its delay.
#[test]
fn tries_of_another_process_count() {
    let (mut device, mut store) = (Faulty::new(), MemoryStore::default());
    let mut vault = created(&mut device, &mut store);
    (device.asked, device.reserved) = (0, Some(Ok(4)));
    let error = refusal(unlock(&mut vault, RIGHT, &mut device, &mut store));
    assert_eq!(error, vault_error(VaultError::TooSoon { wait: 60 }));
    device.reserved = Some(Ok(6));
    let error = refusal(unlock(&mut vault, RIGHT, &mut device, &mut store));
    assert_eq!(error, vault_error(VaultError::Wiped));
    assert_eq!(device.asked, 0);
}

#[test]
fn a_try_that_is_not_forgotten_unlocks_nothing() {
    let (mut device, mut store) = (Faulty::new(), MemoryStore::default());
    let mut vault = created(&mut device, &mut store);
    device.reset = Some(Err(PlatformError));
    let error = refusal(unlock(&mut vault, RIGHT, &mut device, &mut store));
    assert_eq!(error, Error::Crypto(CryptoError::AttemptCounter));
    assert_eq!(device.inner.tries(), Ok(1));
}

/// A keystore whose key answers only while the phone is unlocked: nobody typed a wrong passcode.
#[test]
fn a_secret_that_is_away_for_a_while_costs_no_try() {
    let (mut device, mut store) = (Faulty::new(), MemoryStore::default());
    let mut vault = created(&mut device, &mut store);
    device.asked = 0;
    for _ in 0..10 {
        device.probe = Some(Err(PlatformError));
        let error = refusal(unlock(&mut vault, RIGHT, &mut device, &mut store));
        assert_eq!(error, Error::Crypto(CryptoError::DeviceSecret));
        assert_eq!((device.inner.tries(), device.asked), (Ok(0), 0));
    }
    unlock(&mut vault, RIGHT, &mut device, &mut store).unwrap();
}

/// It went away in the middle of a try, which was counted.
#[test]
fn a_guess_that_the_secret_does_not_answer_costs_a_try() {
    let (mut device, mut store) = (Faulty::new(), MemoryStore::default());
    let mut vault = created(&mut device, &mut store);
    device.prf = Some(Err(PlatformError));
    let error = refusal(unlock(&mut vault, RIGHT, &mut device, &mut store));
    assert_eq!(error, Error::Crypto(CryptoError::DeviceSecret));
    assert_eq!(device.inner.tries(), Ok(1));
    device.prf = Some(Ok(Secret::new([0; 32])));
    let error = refusal(unlock(&mut vault, RIGHT, &mut device, &mut store));
    assert_eq!(error, vault_error(VaultError::WrongPasscode));
}

#[test]
fn the_weaker_part_is_reported() {
    let (mut device, mut store) = (Faulty::new(), MemoryStore::default());
    assert_eq!(
        platform(&mut device, &mut store).protection(),
        Protection::OsBacked
    );
    let mut rig = Rig::new();
    assert_eq!(rig.platform().protection(), Protection::OsBacked);
    let (mut device, mut store) = (device.inner, MemoryStore::default());
    let software = Platform {
        device: &mut device,
        store: &mut store,
        crypto: &RUSTCRYPTO,
    };
    assert_eq!(software.protection(), Protection::SoftwareOnly);
    assert_eq!(format!("{software:?}"), "Platform(SoftwareOnly)");
    assert!(Protection::SoftwareOnly < Protection::OsBacked);
    assert!(Protection::OsBacked < Protection::Hardware);
}

#[test]
fn a_forgotten_passcode_is_the_end_of_its_vault() {
    let (mut rig, mut vault) = Rig::with_vault();
    let file = rig.file().unwrap();
    assert_eq!(
        refusal(rig.create(OTHER)),
        Error::Misuse(Misuse::VaultExists)
    );
    Vault::forget(&mut rig.platform()).unwrap();
    Vault::forget(&mut rig.platform()).unwrap();
    assert_eq!(rig.file(), None);
    assert_eq!(refusal(rig.open(START)), vault_error(VaultError::NoVault));
    let error = refusal(rig.unlock(&mut vault, RIGHT, START));
    assert_eq!(error, vault_error(VaultError::Wiped));
    // Without a new key there is no new vault.
    let error = refusal(rig.create(OTHER));
    assert_eq!(error, Error::Crypto(CryptoError::DeviceSecret));
    rig.device.inner.renew(&mut Seeded(9)).unwrap();
    let again = rig.device.inner.renew(&mut Seeded(9));
    assert_eq!(
        again,
        Err(CryptoError::DeviceSecret),
        "a vault depends on it"
    );
    let (mut vault, _) = rig.create(OTHER).unwrap();
    rig.unlock(&mut vault, OTHER, START).unwrap();
    rig.put(&file);
    let error = refusal(rig.try_stored(RIGHT));
    assert_eq!(error, vault_error(VaultError::OldCopy));
}

/// Who may remove the file gets no new tries by making a new vault: the device is that of the first.
#[test]
fn a_vault_whose_file_is_gone_is_forgotten_before_the_next_one() {
    let (mut rig, mut vault) = Rig::with_vault();
    refusal(rig.unlock(&mut vault, WRONG, START));
    let file = rig.file().unwrap();
    rig.store.inner.remove("vault").unwrap();
    let in_use = Error::Misuse(Misuse::DeviceHasVault);
    assert_eq!(refusal(rig.create(OTHER)), in_use);
    assert_eq!((rig.tries(), rig.file(), rig.epoch()), (1, None, 1));
    rig.renew();
    rig.create(OTHER).unwrap();
    assert_eq!((rig.tries(), rig.epoch()), (0, 2));
    rig.put(&file);
    let error = refusal(rig.try_stored(RIGHT));
    assert_eq!(error, vault_error(VaultError::OldCopy));
}

/// A second store, a profile of a second person say, over the one device of the phone.
#[test]
fn a_vault_in_another_store_leaves_the_first_one_alone() {
    let (mut rig, mut vault) = Rig::with_vault();
    let mut store = MemoryStore::default();
    let mut platform = Platform {
        device: &mut rig.device,
        store: &mut store,
        crypto: &RUSTCRYPTO,
    };
    let settings = Settings::default();
    let second = Vault::create(&new(OTHER), settings, START, &mut platform, &mut Seeded(8));
    assert_eq!(
        refusal(second),
        Error::Misuse(Misuse::DeviceHasVault),
        "one device, one vault"
    );
    rig.unlock(&mut vault, RIGHT, START).unwrap();
}

/// A change that was cut off before the counter's epoch; then the file is taken away, another vault
/// is to be made, and the file put back.
#[test]
fn a_new_vault_gives_no_new_tries_at_a_cut_off_change() {
    let (mut rig, mut vault) = Rig::with_vault();
    rig.cut_power(3, crate::rig::Cut::Before);
    assert!(rig.change(&mut vault, RIGHT, OTHER).is_err());
    rig.restore_power();
    let file = rig.file().unwrap();
    let mut answered = 0;
    for _ in 0..2 {
        rig.put(&file);
        for _ in 0..4 {
            match rig.try_stored(WRONG) {
                Err(Error::Vault(VaultError::WrongPasscode)) => answered += 1,
                Err(Error::Vault(VaultError::OldCopy | VaultError::Wiped)) => {}
                other => panic!("{other:?}"),
            }
        }
        rig.store.inner.remove("vault").unwrap();
        drop(rig.create("5172"));
    }
    assert!(answered <= 5, "{answered} answers");
}

/// Values that were opened long ago have all waited.
#[test]
fn delays_hold_over_several_values() {
    let mut rig = Rig::new();
    let settings = Settings::default().with_max_tries(10).unwrap();
    drop(rig.create_with(RIGHT, settings).unwrap());
    let mut vaults: Vec<_> = (0..10).map(|_| rig.open(START).unwrap()).collect();
    let now = START + LATER;
    let mut answered = 0;
    for vault in &mut vaults {
        match rig.unlock(vault, WRONG, now) {
            Err(Error::Vault(VaultError::WrongPasscode)) => answered += 1,
            Err(Error::Vault(VaultError::TooSoon { .. })) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(answered <= 4, "{answered} answers at one moment");
}

/// And over values whose bytes came from elsewhere, which know of no count.
#[test]
fn a_parsed_file_waits_from_its_first_call() {
    let (mut rig, mut vault) = Rig::with_vault();
    for _ in 0..3 {
        refusal(rig.unlock(&mut vault, WRONG, START));
    }
    let mut parsed = Vault::parse(&rig.file().unwrap(), START).unwrap();
    let now = START + LATER;
    let error = refusal(rig.unlock(&mut parsed, RIGHT, now));
    assert_eq!(error, vault_error(VaultError::TooSoon { wait: 60 }));
    rig.unlock(&mut parsed, RIGHT, now + Duration::from_secs(60))
        .unwrap();
}

fn platform<'a>(device: &'a mut Faulty, store: &'a mut MemoryStore) -> Platform<'a> {
    Platform {
        device,
        store,
        crypto: &RUSTCRYPTO,
    }
}

fn created(device: &mut Faulty, store: &mut MemoryStore) -> Vault {
    let mut platform = platform(device, store);
    let settings = Settings::default();
    let made = Vault::create(&new(RIGHT), settings, START, &mut platform, &mut Seeded(1));
    made.unwrap().0
}

fn unlock(
    vault: &mut Vault,
    digits: &str,
    device: &mut Faulty,
    store: &mut MemoryStore,
) -> Result<vitacard::vault::Lease, Error> {
    vault.unlock(&passcode(digits), START, &mut platform(device, store))
}
