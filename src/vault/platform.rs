//! What the platform supplies: a secret that does not leave it, a counter that does not go back, a
//! place for files.

use alloc::vec::Vec;
use core::fmt;

use crate::crypto::{CryptoProvider, Secret};

/// The platform could not do it. No detail on purpose: the vault never goes on after it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "it will never say more")]
pub struct PlatformError;

impl fmt::Display for PlatformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The platform failed.")
    }
}

impl core::error::Error for PlatformError {}

/// What protects a part of the platform, weakest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "callers decide on each of them")]
pub enum Protection {
    /// Bytes in a file or in memory. Whoever copies them has all passcodes tried in a second, or
    /// in minutes with Argon2id, and a copy that is put back undoes the counter.
    SoftwareOnly,
    /// The operating system keeps it from other programs; who controls the system has it.
    OsBacked,
    /// A chip keeps it, and does not give it out or count back.
    Hardware,
}

/// A key in the device that computes and is never given out.
///
/// Keystore or StrongBox: an HMAC key. Secure Enclave: ECDH with a fixed public key, then HKDF. TPM:
/// an HMAC key. [`SoftwareDevice`](super::SoftwareDevice) is one of stored bytes.
pub trait DeviceSecret {
    /// 32 bytes that depend on the key and on `input` alone, and that nobody without the key can
    /// tell from random ones. One guess of a passcode costs two calls: one with a
    /// constant that sees whether the secret is there, and the guess, whose input begins with
    /// `VITACARD-VAULT-v1`. A chip that counts its own answers counts those.
    ///
    /// # Errors
    /// [`PlatformError`], also where the key was destroyed.
    fn prf(&mut self, input: &[u8]) -> Result<Secret<32>, PlatformError>;

    /// What keeps the key in the device. Say the truth: apps decide by it.
    fn protection(&self) -> Protection;
}

/// Counts tries, and remembers which vault file is the newest.
///
/// Each method that changes something returns only when the change would survive a loss of power.
/// It fails rather than guess: a counter that cannot be read is no fresh counter. Where two
/// processes share it, [`reserve`](Self::reserve) counts both. It is the counter of one vault: a
/// second one on the same device, in whatever store, is refused.
pub trait AttemptCounter {
    /// How many tries were reserved since the last reset, or [`u32::MAX`] after a wipe.
    ///
    /// # Errors
    /// [`PlatformError`].
    fn tries(&mut self) -> Result<u32, PlatformError>;

    /// Counts one more try, and gives its number, from 1. It is durable before it returns.
    ///
    /// # Errors
    /// [`PlatformError`]; the vault then tries nothing.
    fn reserve(&mut self) -> Result<u32, PlatformError>;

    /// The tries are 0 again, after a right passcode.
    ///
    /// # Errors
    /// [`PlatformError`], also where the key was destroyed; the vault stays locked then.
    fn reset(&mut self) -> Result<(), PlatformError>;

    /// The epoch of the newest vault file; 0 where there never was one.
    ///
    /// # Errors
    /// [`PlatformError`].
    fn epoch(&mut self) -> Result<u64, PlatformError>;

    /// Raises the epoch to `epoch`; never lowers it.
    ///
    /// # Errors
    /// [`PlatformError`].
    fn raise_epoch(&mut self, epoch: u64) -> Result<(), PlatformError>;

    /// Destroys the key of the [`DeviceSecret`], and with it every copy of the vault (crypto-erase).
    /// After it [`tries`](Self::tries) and [`reserve`](Self::reserve) give [`u32::MAX`] until a
    /// [`reset`](Self::reset), and a new key changes that as little as the epoch: by it
    /// [`Vault::create`](super::Vault::create) knows that no vault depends on the device. Wiping
    /// twice is no error.
    ///
    /// # Errors
    /// [`PlatformError`] if the key may still be there.
    fn wipe(&mut self) -> Result<(), PlatformError>;

    /// What keeps the counter from going back. Say the truth: apps decide by it.
    fn protection(&self) -> Protection;
}

/// A secret and its counter. They are one thing, for wiping the counter destroys the secret: whatever
/// implements both is one.
pub trait Device: DeviceSecret + AttemptCounter {}

impl<T: DeviceSecret + AttemptCounter + ?Sized> Device for T {}

/// A place for blobs with names, of which each is replaced whole or not at all.
///
/// A vault keeps itself under the name `vault`, which is taken. Keep sealed items under names that begin
/// with something of yours, `item-` say.
pub trait VaultStore {
    /// The blob `name`, or `None` where there is none.
    ///
    /// # Errors
    /// [`PlatformError`].
    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, PlatformError>;

    /// Puts `bytes` in the place of the blob `name`. Before it returns they are durable; if power
    /// is lost while it runs, the old blob is there or the new one, whole.
    ///
    /// # Errors
    /// [`PlatformError`]; the old blob is there then, or the new one.
    fn replace(&mut self, name: &str, bytes: &[u8]) -> Result<(), PlatformError>;

    /// Removes the blob `name`, if it is there.
    ///
    /// # Errors
    /// [`PlatformError`].
    fn remove(&mut self, name: &str) -> Result<(), PlatformError>;
}

/// What a vault stands on.
#[expect(clippy::exhaustive_structs, reason = "callers build one")]
pub struct Platform<'a> {
    /// The secret and the counter.
    pub device: &'a mut dyn Device,
    /// Where the vault file is.
    pub store: &'a mut dyn VaultStore,
    /// SHA-256, HKDF and AES-256-GCM.
    pub crypto: &'a CryptoProvider,
}

impl Platform<'_> {
    /// What protects a vault here: the weaker of the protections of secret and counter.
    #[must_use]
    pub fn protection(&self) -> Protection {
        let secret = DeviceSecret::protection(&*self.device);
        secret.min(AttemptCounter::protection(&*self.device))
    }
}

impl fmt::Debug for Platform<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Platform({:?})", self.protection())
    }
}
