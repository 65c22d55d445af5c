//! A device in files, that says that it is software.

use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::{FileStore, failed};
use crate::crypto::{CryptoProvider, Kdf, Secret, SecureRandom};
use crate::error::CryptoError;
use crate::secret::ct_eq;
use crate::vault::platform::{
    AttemptCounter, DeviceSecret, PlatformError, Protection, VaultStore as _,
};
use crate::vault::software::{fresh, tries_of_new_key};
use crate::vault::vacant::WIPED;

const KEY: &str = "device-key";
const COUNTER: &str = "device-counter";

/// Held while a count is read and written: between the two it would be another thread's as well.
static COUNTING: Mutex<()> = Mutex::new(());

/// A key and a counter in files: [`Protection::SoftwareOnly`].
///
/// Whoever copies the folder tries all passcodes in it, and a copy that is put back undoes the
/// counter. A counter that is missing or damaged is an error, never a fresh one. The threads of one
/// process may share the folder, each with a value of its own; two processes may not, for one of them
/// would write what it read before the other counted. Its files are `device-key` and `device-counter`:
/// these names are taken, beside the vault's own.
///
/// An app with files asks [`Vault::open`](crate::vault::Vault::open) first: there is no vault yet if that is
/// [`VaultError::NoVault`](crate::VaultError::NoVault), and only then `renew` and create. `now` may begin
/// at zero in each run; a program that ends after each try never sees a delay end.
///
/// ```
/// use vitacard::crypto::{RUSTCRYPTO, SystemRandom};
/// use vitacard::vault::{AttemptCounter, FileDevice, FileStore};
/// let folder = std::env::temp_dir().join("vitacard-file-device-example");
/// let mut device = FileDevice::in_store(FileStore::open(&folder).unwrap(), &RUSTCRYPTO);
/// device.wipe().unwrap();
/// device.renew(&mut SystemRandom)?; // Before a vault is made.
/// assert_eq!(device.reserve(), Ok(1));
/// # std::fs::remove_dir_all(folder).unwrap();
/// # Ok::<(), vitacard::CryptoError>(())
/// ```
pub struct FileDevice {
    store: FileStore,
    kdf: &'static dyn Kdf,
}

/// ```text
/// u32be tries || u64be epoch
/// ```
#[derive(Clone, Copy)]
struct Count {
    tries: u32,
    epoch: u64,
}

impl FileDevice {
    /// The device in the folder of `store`.
    #[must_use]
    pub fn in_store(store: FileStore, crypto: &CryptoProvider) -> Self {
        Self {
            store,
            kdf: crypto.kdf,
        }
    }

    /// Makes a key where there is none: before the first vault, and after a wipe.
    ///
    /// # Errors
    /// [`CryptoError::DeviceSecret`] if there is a key, which a vault may depend on, or none can be
    /// written; [`CryptoError::AttemptCounter`], [`CryptoError::Random`].
    pub fn renew(&mut self, rng: &mut dyn SecureRandom) -> Result<(), CryptoError> {
        let (secret, counter) = (CryptoError::DeviceSecret, CryptoError::AttemptCounter);
        let _held = counting();
        if self.store.read(KEY).map_err(|_| secret)?.is_some() {
            return Err(secret);
        }
        let epoch = match self.store.read(COUNTER).map_err(|_| counter)? {
            Some(_) => self.count().map_err(|_| counter)?.epoch,
            None => 0,
        };
        let fresh = fresh(rng)?;
        // The counter first: while there is no key, there is nothing to guess.
        let tries = tries_of_new_key(epoch);
        let count = Count { tries, epoch };
        self.keep(count).map_err(|_| counter)?;
        let written = self.store.replace(KEY, fresh.expose());
        written.map_err(|_| secret)
    }

    fn key(&mut self) -> Result<Secret<32>, PlatformError> {
        let bytes = Zeroizing::new(self.store.read(KEY)?.ok_or(PlatformError)?);
        let mut key = Secret::new([0; 32]);
        // Zeros are left by a loss of power between the two steps of a wipe.
        match bytes.len() == key.expose().len() && !ct_eq(&bytes, &[0; 32]) {
            true => key.expose_mut().copy_from_slice(&bytes),
            false => return Err(PlatformError),
        }
        Ok(key)
    }

    fn count(&mut self) -> Result<Count, PlatformError> {
        let bytes = self.store.read(COUNTER)?.ok_or(PlatformError)?;
        let (tries, epoch) = bytes.split_first_chunk().ok_or(PlatformError)?;
        Ok(Count {
            tries: u32::from_be_bytes(*tries),
            epoch: u64::from_be_bytes(epoch.try_into().map_err(|_| PlatformError)?),
        })
    }

    fn keep(&mut self, Count { tries, epoch }: Count) -> Result<(), PlatformError> {
        let bytes = [&tries.to_be_bytes()[..], &epoch.to_be_bytes()].concat();
        self.store.replace(COUNTER, &bytes)
    }
}

impl DeviceSecret for FileDevice {
    fn prf(&mut self, input: &[u8]) -> Result<Secret<32>, PlatformError> {
        let key = self.key()?;
        Ok(self.kdf.hmac_sha256(&key, &[input]))
    }

    fn protection(&self) -> Protection {
        Protection::SoftwareOnly
    }
}

impl AttemptCounter for FileDevice {
    fn tries(&mut self) -> Result<u32, PlatformError> {
        Ok(self.count()?.tries)
    }

    fn reserve(&mut self) -> Result<u32, PlatformError> {
        let _held = counting();
        let count = self.count()?;
        let tries = count.tries.saturating_add(1);
        self.keep(Count { tries, ..count })?;
        Ok(tries)
    }

    fn reset(&mut self) -> Result<(), PlatformError> {
        let _held = counting();
        // Without a key the tries stay over any limit.
        self.key()?;
        let count = self.count()?;
        self.keep(Count { tries: 0, ..count })
    }

    fn epoch(&mut self) -> Result<u64, PlatformError> {
        Ok(self.count()?.epoch)
    }

    fn raise_epoch(&mut self, epoch: u64) -> Result<(), PlatformError> {
        let _held = counting();
        let count = self.count()?;
        let epoch = count.epoch.max(epoch);
        self.keep(Count { epoch, ..count })
    }

    fn wipe(&mut self) -> Result<(), PlatformError> {
        let _held = counting();
        let key = self.store.path(KEY)?;
        self.store.destroy(&key).map_err(failed)?;
        // Without a key no vault opens, so a damaged counter may begin again.
        let epoch = self.count().map_or(0, |count| count.epoch);
        self.keep(Count {
            tries: WIPED,
            epoch,
        })
    }

    fn protection(&self) -> Protection {
        Protection::SoftwareOnly
    }
}

impl fmt::Debug for FileDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileDevice")
    }
}

fn counting() -> MutexGuard<'static, ()> {
    COUNTING.lock().unwrap_or_else(PoisonError::into_inner)
}
