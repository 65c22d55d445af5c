//! A device and a store in memory: for tests, and for programs that keep nothing.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::platform::{AttemptCounter, DeviceSecret, PlatformError, Protection, VaultStore};
use super::vacant::WIPED;
use crate::crypto::{CryptoProvider, Kdf, Secret, SecureRandom};
use crate::error::CryptoError;

/// A key and a counter in memory, which are gone with the program. [`Protection::SoftwareOnly`].
///
/// ```
/// use vitacard::crypto::{RUSTCRYPTO, SystemRandom};
/// use vitacard::vault::{AttemptCounter, DeviceSecret, SoftwareDevice};
/// let mut device = SoftwareDevice::generate(&RUSTCRYPTO, &mut SystemRandom)?;
/// assert_eq!((device.reserve(), device.reserve()), (Ok(1), Ok(2)));
/// device.wipe().unwrap();
/// assert!(device.prf(b"guess").is_err());
/// device.renew(&mut SystemRandom)?;
/// assert_eq!(device.reserve(), Ok(1));
/// # Ok::<(), vitacard::CryptoError>(())
/// ```
pub struct SoftwareDevice {
    key: Option<Secret<32>>,
    tries: u32,
    epoch: u64,
    kdf: &'static dyn Kdf,
}

impl SoftwareDevice {
    /// A fresh key, and a counter that never counted.
    ///
    /// # Errors
    /// [`CryptoError::Random`] if `rng` fails.
    pub fn generate(
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, CryptoError> {
        Ok(Self {
            key: Some(fresh(rng)?),
            tries: 0,
            epoch: 0,
            kdf: crypto.kdf,
        })
    }

    /// The device with this key, and a counter that never counted.
    #[must_use]
    pub fn with_key(key: Secret<32>, crypto: &CryptoProvider) -> Self {
        Self {
            key: Some(key),
            tries: 0,
            epoch: 0,
            kdf: crypto.kdf,
        }
    }

    /// Makes a new key after a wipe, to enrol again.
    ///
    /// # Errors
    /// [`CryptoError::DeviceSecret`] if there is a key, which a vault may depend on;
    /// [`CryptoError::Random`] if `rng` fails.
    pub fn renew(&mut self, rng: &mut dyn SecureRandom) -> Result<(), CryptoError> {
        if self.key.is_some() {
            return Err(CryptoError::DeviceSecret);
        }
        self.key = Some(fresh(rng)?);
        self.tries = tries_of_new_key(self.epoch);
        Ok(())
    }
}

impl DeviceSecret for SoftwareDevice {
    fn prf(&mut self, input: &[u8]) -> Result<Secret<32>, PlatformError> {
        let key = self.key.as_ref().ok_or(PlatformError)?;
        Ok(self.kdf.hmac_sha256(key, &[input]))
    }

    fn protection(&self) -> Protection {
        Protection::SoftwareOnly
    }
}

impl AttemptCounter for SoftwareDevice {
    fn tries(&mut self) -> Result<u32, PlatformError> {
        Ok(self.tries)
    }

    fn reserve(&mut self) -> Result<u32, PlatformError> {
        self.tries = self.tries.saturating_add(1);
        Ok(self.tries)
    }

    fn reset(&mut self) -> Result<(), PlatformError> {
        self.key.as_ref().ok_or(PlatformError)?;
        self.tries = 0;
        Ok(())
    }

    fn epoch(&mut self) -> Result<u64, PlatformError> {
        Ok(self.epoch)
    }

    fn raise_epoch(&mut self, epoch: u64) -> Result<(), PlatformError> {
        self.epoch = self.epoch.max(epoch);
        Ok(())
    }

    fn wipe(&mut self) -> Result<(), PlatformError> {
        self.key = None;
        self.tries = WIPED;
        Ok(())
    }

    fn protection(&self) -> Protection {
        Protection::SoftwareOnly
    }
}

impl fmt::Debug for SoftwareDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareDevice")
    }
}

/// Blobs in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    blobs: BTreeMap<String, Vec<u8>>,
}

impl VaultStore for MemoryStore {
    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        Ok(self.blobs.get(name).cloned())
    }

    fn replace(&mut self, name: &str, bytes: &[u8]) -> Result<(), PlatformError> {
        self.blobs.insert(String::from(name), bytes.to_vec());
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Result<(), PlatformError> {
        self.blobs.remove(name);
        Ok(())
    }
}

/// No vault depends on a new key; where there was one before it, the tries say so.
pub(super) const fn tries_of_new_key(epoch: u64) -> u32 {
    match epoch {
        0 => 0,
        _ => WIPED,
    }
}

pub(super) fn fresh(rng: &mut dyn SecureRandom) -> Result<Secret<32>, CryptoError> {
    let mut key = Secret::new([0; 32]);
    rng.fill(key.expose_mut())?;
    Ok(key)
}
