//! A device and a store that log what is asked of them and lose power where a test says so, and the
//! format's keys, computed here once more.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use vitacard::crypto::{RUSTCRYPTO, Secret};
use vitacard::vault::{
    AttemptCounter, DeviceSecret, Lease, MemoryStore, NewPasscode, Passcode, PasscodePolicy,
    Platform, PlatformError, Protection, Settings, SoftwareDevice, Vault, VaultStore,
};
use vitacard::{Error, VaultError};

use crate::seeded::Seeded;

pub(crate) const DEVICE_KEY: [u8; 32] = [0x5d; 32];
pub(crate) const RIGHT: &str = "8305";
pub(crate) const WRONG: &str = "8306";
pub(crate) const OTHER: &str = "2947";
/// Longer than any delay.
pub(crate) const LATER: Duration = Duration::from_secs(4000);
pub(crate) const START: Duration = Duration::from_secs(100_000);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Call {
    Tries,
    Reserve,
    Reset,
    Epoch,
    RaiseEpoch,
    Wipe,
    /// A guess.
    Prf,
    /// Any other question to the secret.
    Probe,
    Read,
    Replace,
    Remove,
}

/// Whether a write that loses power has happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cut {
    Before,
    After,
}

#[derive(Default)]
pub(crate) struct Log {
    pub(crate) calls: Vec<Call>,
    /// Writes left before power is lost, and how.
    cut: Option<(usize, Cut)>,
    dead: bool,
}

type Shared = Rc<RefCell<Log>>;

pub(crate) struct Rig {
    pub(crate) log: Shared,
    pub(crate) device: Logged<SoftwareDevice>,
    pub(crate) store: Logged<MemoryStore>,
    pub(crate) rng: Seeded,
}

pub(crate) struct Logged<T> {
    pub(crate) inner: T,
    log: Shared,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let log = Shared::default();
        Self {
            device: Logged {
                inner: device(),
                log: log.clone(),
            },
            store: Logged {
                inner: MemoryStore::default(),
                log: log.clone(),
            },
            log,
            rng: Seeded(1),
        }
    }

    /// With a vault for [`RIGHT`].
    pub(crate) fn with_vault() -> (Self, Vault) {
        let mut rig = Self::new();
        let (vault, _) = rig.create(RIGHT).unwrap();
        (rig, vault)
    }

    pub(crate) fn platform(&mut self) -> Platform<'_> {
        Platform {
            device: &mut self.device,
            store: &mut self.store,
            crypto: &RUSTCRYPTO,
        }
    }

    pub(crate) fn create(&mut self, passcode: &str) -> Result<(Vault, Lease), Error> {
        self.create_with(passcode, Settings::default())
    }

    pub(crate) fn create_with(
        &mut self,
        passcode: &str,
        settings: Settings,
    ) -> Result<(Vault, Lease), Error> {
        let mut platform = Platform {
            device: &mut self.device,
            store: &mut self.store,
            crypto: &RUSTCRYPTO,
        };
        let new = new(passcode);
        Vault::create(&new, settings, START, &mut platform, &mut self.rng)
    }

    pub(crate) fn open(&mut self, now: Duration) -> Result<Vault, Error> {
        Vault::open(now, &mut self.platform())
    }

    pub(crate) fn unlock(
        &mut self,
        vault: &mut Vault,
        digits: &str,
        now: Duration,
    ) -> Result<Lease, Error> {
        vault.unlock(&passcode(digits), now, &mut self.platform())
    }

    /// Opens the file in the store and tries one passcode, long after all that was tried before.
    pub(crate) fn try_stored(&mut self, digits: &str) -> Result<Lease, Error> {
        let mut vault = self.open(Duration::ZERO)?;
        self.unlock(&mut vault, digits, LATER)
    }

    pub(crate) fn change(&mut self, vault: &mut Vault, old: &str, to: &str) -> Result<(), Error> {
        let mut platform = Platform {
            device: &mut self.device,
            store: &mut self.store,
            crypto: &RUSTCRYPTO,
        };
        let (old, new) = (passcode(old), new(to));
        vault.change_passcode(&old, &new, START + LATER, &mut platform, &mut self.rng)
    }

    pub(crate) fn file(&mut self) -> Option<Vec<u8>> {
        self.store.inner.read("vault").unwrap()
    }

    pub(crate) fn put(&mut self, file: &[u8]) {
        self.store.inner.replace("vault", file).unwrap();
    }

    /// The device is wiped, and has a new key.
    pub(crate) fn renew(&mut self) {
        self.device.inner.wipe().unwrap();
        self.device.inner.renew(&mut Seeded(9)).unwrap();
    }

    pub(crate) fn tries(&mut self) -> u32 {
        self.device.inner.tries().unwrap()
    }

    pub(crate) fn epoch(&mut self) -> u64 {
        self.device.inner.epoch().unwrap()
    }

    pub(crate) fn cut_power(&mut self, write: usize, cut: Cut) {
        self.log.borrow_mut().cut = Some((write, cut));
    }

    /// Power is back; says whether it was lost.
    pub(crate) fn restore_power(&mut self) -> bool {
        let mut log = self.log.borrow_mut();
        log.cut = None;
        std::mem::take(&mut log.dead)
    }

    pub(crate) fn count(&self, call: Call) -> usize {
        let log = self.log.borrow();
        log.calls.iter().filter(|made| **made == call).count()
    }
}

pub(crate) fn device() -> SoftwareDevice {
    SoftwareDevice::with_key(Secret::new(DEVICE_KEY), &RUSTCRYPTO)
}

pub(crate) fn is_guess(input: &[u8]) -> bool {
    input.starts_with(b"VITACARD-VAULT-v1")
}

pub(crate) fn passcode(digits: &str) -> Passcode {
    Passcode::new(digits).unwrap()
}

pub(crate) fn new(digits: &str) -> NewPasscode {
    let policy = PasscodePolicy::default().without_rules();
    policy.accept(digits).unwrap()
}

/// The error of what must not succeed.
pub(crate) fn refusal<T>(result: Result<T, Error>) -> Error {
    result.err().expect("a refusal")
}

pub(crate) const fn vault_error(error: VaultError) -> Error {
    Error::Vault(error)
}

impl<T> Logged<T> {
    fn read<R>(
        &mut self,
        call: Call,
        ask: impl FnOnce(&mut T) -> Result<R, PlatformError>,
    ) -> Result<R, PlatformError> {
        let mut log = self.log.borrow_mut();
        if log.dead {
            return Err(PlatformError);
        }
        log.calls.push(call);
        drop(log);
        ask(&mut self.inner)
    }

    fn write<R>(
        &mut self,
        call: Call,
        ask: impl FnOnce(&mut T) -> Result<R, PlatformError>,
    ) -> Result<R, PlatformError> {
        let mut log = self.log.borrow_mut();
        if log.dead {
            return Err(PlatformError);
        }
        log.calls.push(call);
        match &mut log.cut {
            Some((0, cut)) => {
                let cut = *cut;
                log.dead = true;
                drop(log);
                if cut == Cut::After {
                    ask(&mut self.inner)?;
                }
                Err(PlatformError)
            }
            Some((left, _)) => {
                *left -= 1;
                drop(log);
                ask(&mut self.inner)
            }
            None => {
                drop(log);
                ask(&mut self.inner)
            }
        }
    }
}

impl DeviceSecret for Logged<SoftwareDevice> {
    fn prf(&mut self, input: &[u8]) -> Result<Secret<32>, PlatformError> {
        let call = match is_guess(input) {
            true => Call::Prf,
            false => Call::Probe,
        };
        self.read(call, |device| device.prf(input))
    }

    fn protection(&self) -> Protection {
        Protection::Hardware
    }
}

impl AttemptCounter for Logged<SoftwareDevice> {
    fn tries(&mut self) -> Result<u32, PlatformError> {
        self.read(Call::Tries, AttemptCounter::tries)
    }

    fn reserve(&mut self) -> Result<u32, PlatformError> {
        self.write(Call::Reserve, AttemptCounter::reserve)
    }

    fn reset(&mut self) -> Result<(), PlatformError> {
        self.write(Call::Reset, AttemptCounter::reset)
    }

    fn epoch(&mut self) -> Result<u64, PlatformError> {
        self.read(Call::Epoch, AttemptCounter::epoch)
    }

    fn raise_epoch(&mut self, epoch: u64) -> Result<(), PlatformError> {
        self.write(Call::RaiseEpoch, |device| device.raise_epoch(epoch))
    }

    fn wipe(&mut self) -> Result<(), PlatformError> {
        self.write(Call::Wipe, AttemptCounter::wipe)
    }

    fn protection(&self) -> Protection {
        Protection::OsBacked
    }
}

impl VaultStore for Logged<MemoryStore> {
    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        self.read(Call::Read, |store| store.read(name))
    }

    fn replace(&mut self, name: &str, bytes: &[u8]) -> Result<(), PlatformError> {
        self.write(Call::Replace, |store| store.replace(name, bytes))
    }

    fn remove(&mut self, name: &str) -> Result<(), PlatformError> {
        self.write(Call::Remove, |store| store.remove(name))
    }
}

/// A vault file in its parts.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) header: Vec<u8>,
    pub(crate) commitment: Vec<u8>,
    pub(crate) nonce: [u8; 12],
    pub(crate) wrapped: Vec<u8>,
}

impl Parts {
    pub(crate) fn of(file: &[u8]) -> Self {
        let length = u32::from_be_bytes(file[..4].try_into().unwrap());
        let (header, rest) = file[4..].split_at(length as usize);
        Self {
            header: header.to_vec(),
            commitment: rest[..32].to_vec(),
            nonce: rest[32..44].try_into().unwrap(),
            wrapped: rest[44..].to_vec(),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.header.len()).unwrap().to_be_bytes();
        let parts: [&[u8]; 5] = [
            &length,
            &self.header,
            &self.commitment,
            &self.nonce,
            &self.wrapped,
        ];
        parts.concat()
    }

    pub(crate) fn aad(&self) -> Vec<u8> {
        [&self.header[..], &self.commitment].concat()
    }

    fn salt(&self) -> &[u8] {
        // a6 01 01 02 50 vault_id 03 50 salt
        &self.header[23..39]
    }
}

/// All that is derived from one guess.
pub(crate) struct Derived {
    pub(crate) p: [u8; 32],
    pub(crate) h: [u8; 32],
    pub(crate) okm: [u8; 64],
}

impl Derived {
    /// For a header without Argon2id.
    pub(crate) fn of(parts: &Parts, digits: &str) -> Self {
        Self::with_key(parts, digits, DEVICE_KEY)
    }

    pub(crate) fn with_key(parts: &Parts, digits: &str, key: [u8; 32]) -> Self {
        let hash = sha256(&[&parts.header]);
        let length = [u8::try_from(digits.len()).unwrap()];
        let p = sha256(&[b"VITACARD-PIN-v1", &length, digits.as_bytes()]);
        let kdf = RUSTCRYPTO.kdf;
        let key = Secret::new(key);
        let h = *kdf
            .hmac_sha256(&key, &[b"VITACARD-VAULT-v1", &hash, &p])
            .expose();
        let info = [&b"VITACARD-KEK-v1"[..], &hash].concat();
        let mut okm = [0; 64];
        let ikm = [h, p].concat();
        kdf.hkdf_sha256(&ikm, parts.salt(), &info, &mut okm)
            .unwrap();
        Self { p, h, okm }
    }

    pub(crate) fn kek(&self) -> Secret<32> {
        Secret::new(self.okm[..32].try_into().unwrap())
    }

    pub(crate) fn commitment(&self) -> [u8; 32] {
        sha256(&[b"VITACARD-COMMIT-v1", &self.okm[32..]])
    }
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let digest = RUSTCRYPTO.digest(vitacard::crypto::DigestAlgorithm::Sha256);
    let mut out = [0; 64];
    digest.unwrap().hash(parts, &mut out);
    out[..32].try_into().unwrap()
}
