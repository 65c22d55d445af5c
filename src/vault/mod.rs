//! Cards behind a passcode: a wrong one never opens them, and only so many are answered.
//!
//! It trusts the platform's secret and counter ([`Platform`]) for as much as they say of themselves
//! ([`Protection`]), and no byte of its file: the header is refused where it asks for too much, and
//! every guess is bound to all of it. A try is counted, durably, before anything is computed from
//! it. It refuses old copies, items under another name, version or vault, and passcodes that
//! everybody chooses. `docs/vault.md` says what it cannot promise: with a secret and a counter in
//! software a passcode of four digits protects nothing from somebody who copies both.
//!
//! ```
//! use core::time::Duration;
//! use vitacard::crypto::{RUSTCRYPTO, SystemRandom};
//! use vitacard::vault::{
//!     ItemId, ItemKind, MemoryStore, Passcode, PasscodePolicy, Platform, Settings, SoftwareDevice,
//!     Vault,
//! };
//! let rng = &mut SystemRandom;
//! // On a phone: a key in its keystore, and the app's files.
//! let mut device = SoftwareDevice::generate(&RUSTCRYPTO, rng)?;
//! let mut store = MemoryStore::default();
//! let mut platform = Platform { device: &mut device, store: &mut store, crypto: &RUSTCRYPTO };
//! // From a clock that never goes back, such as `Instant`.
//! let now = Duration::from_secs(0);
//!
//! let chosen = PasscodePolicy::default().accept("8305")?;
//! let (mut vault, lease) = Vault::create(&chosen, Settings::default(), now, &mut platform, rng)?;
//! let id = ItemId::new(ItemKind::Card, b"insurer")?;
//! let sealed = lease.seal(&id, 1, b"the card", &RUSTCRYPTO, rng)?;
//! drop(lease);
//!
//! assert!(vault.unlock(&Passcode::new("8306")?, now, &mut platform).is_err());
//! let lease = vault.unlock(&Passcode::new("8305")?, now, &mut platform)?;
//! assert_eq!(lease.open(&id, 1, &sealed, &RUSTCRYPTO)?.as_bytes(), b"the card");
//! # Ok::<(), vitacard::Error>(())
//! ```

mod durable;
mod file;
#[cfg(feature = "std")]
mod files;
mod header;
mod item;
mod keys;
mod passcode;
mod platform;
mod policy;
mod reserved;
mod settings;
mod software;
mod stretch;
mod vacant;

use core::fmt;
use core::time::Duration;

use self::durable::{Durable, NAME};
use self::file::{VaultFile, VaultKey};
use self::header::{Header, later_epoch, next_epoch};
use self::reserved::{Reserved, Waiting};
use self::stretch::Room;
use self::vacant::Vacant;
use crate::crypto::{Secret, SecureRandom};
use crate::error::{CryptoError, Error, Misuse, VaultError};

#[cfg(feature = "std")]
pub use files::{FileDevice, FileStore};
pub use item::{ItemId, ItemKind, Lease, OpenedItem};
pub use passcode::Passcode;
pub use platform::{
    AttemptCounter, Device, DeviceSecret, Platform, PlatformError, Protection, VaultStore,
};
pub use policy::{NewPasscode, PasscodePolicy};
pub use settings::Settings;
pub use software::{MemoryStore, SoftwareDevice};

/// A vault whose file was read: locked, but for the [`Lease`]s that it gave.
///
/// Every `now` is of one clock that never goes back, from any start: the time since the device or
/// the program started, say. A new `Vault` waits anew, so starting again is no way around a delay;
/// keep this one between tries.
///
/// ```
/// # use core::time::Duration;
/// # use vitacard::crypto::{RUSTCRYPTO, SystemRandom};
/// # use vitacard::vault::*;
/// use vitacard::{Error, VaultError};
/// # let (rng, now) = (&mut SystemRandom, Duration::from_secs(0));
/// # let mut device = SoftwareDevice::generate(&RUSTCRYPTO, rng)?;
/// # let mut store = MemoryStore::default();
/// # let mut platform = Platform { device: &mut device, store: &mut store, crypto: &RUSTCRYPTO };
/// let policy = PasscodePolicy::default();
/// let first = policy.accept("8305")?;
/// let (mut vault, _) = Vault::create(&first, Settings::default(), now, &mut platform, rng)?;
/// let old_file = platform.store.read("vault").unwrap().unwrap();
/// let second = policy.accept("2947")?;
/// vault.change_passcode(&Passcode::new("8305")?, &second, now, &mut platform, rng)?;
///
/// let mut old = Vault::parse(&old_file, now)?;
/// let refused = old.unlock(&Passcode::new("8305")?, now, &mut platform).unwrap_err();
/// assert_eq!(refused, Error::Vault(VaultError::OldCopy));
/// assert_eq!(vault.tries_left(&mut platform)?, 5);
/// # Ok::<(), Error>(())
/// ```
pub struct Vault {
    file: VaultFile,
    /// The highest epoch that a file may have been written with.
    last_epoch: u64,
    waiting: Waiting,
}

impl Vault {
    /// Makes a vault for a new passcode, and unlocks it. The file is in the store, durably, before
    /// this returns.
    ///
    /// One device, one vault: the device counts for one file. Where it did so before, call
    /// [`Self::forget`] and let the platform make a new key. A second vault needs a second key and
    /// a second counter.
    ///
    /// # Errors
    /// [`Misuse::VaultExists`] if there is a vault in the store; [`Misuse::DeviceHasVault`] if there
    /// was one in this store or in another, and the device was not wiped since; [`CryptoError`] if
    /// the platform fails: what was written may then be a vault that opens with the new passcode, or
    /// one that was never finished. [`Self::forget`] and a new key help in each of these cases.
    pub fn create(
        passcode: &NewPasscode,
        settings: Settings,
        now: Duration,
        platform: &mut Platform<'_>,
        rng: &mut dyn SecureRandom,
    ) -> Result<(Self, Lease), Error> {
        let room = Room::take(&settings)?;
        let found = platform.store.read(NAME);
        if found.map_err(|_| CryptoError::VaultStore)?.is_some() {
            return Err(Misuse::VaultExists.into());
        }
        let epoch = Vacant::check(platform.device)?.first_epoch()?;
        let (mut vault_id, mut key) = ([0; 16], VaultKey(Secret::new([0; 32])));
        rng.fill(&mut vault_id)?;
        rng.fill(key.0.expose_mut())?;
        let header = Header::new(vault_id, salt(rng)?, settings, epoch);
        let file = VaultFile::wrap(room, &key, header, passcode.as_passcode(), platform, rng)?;
        Durable::write(&file, platform.store)?.raise_epoch(platform.device)?;
        // Last: until then the device is one without a vault, so that this may be called again.
        let reset = platform.device.reset();
        reset.map_err(|_| CryptoError::AttemptCounter)?;
        let waiting = Waiting::new(now, 0);
        Ok((Self::of(file, waiting), Lease::new(key, vault_id)))
    }

    /// The vault in the store. Costs no try.
    ///
    /// # Errors
    /// [`VaultError::NoVault`], [`VaultError::VaultMalformed`]; [`VaultError::VaultLimits`] if its
    /// header asks for more than the format allows; [`CryptoError`] if the store or the counter fails.
    pub fn open(now: Duration, platform: &mut Platform<'_>) -> Result<Self, Error> {
        let read = platform.store.read(NAME);
        let bytes = read.map_err(|_| CryptoError::VaultStore)?;
        let file = VaultFile::parse(&bytes.ok_or(VaultError::NoVault)?)?;
        let tried = platform.device.tries();
        let tried = tried.map_err(|_| CryptoError::AttemptCounter)?;
        Ok(Self::of(file, Waiting::new(now, tried)))
    }

    /// The vault in `bytes`, wherever they were kept. Costs no try. Where tries are counted already,
    /// the wait begins with the first call of [`Self::unlock`].
    ///
    /// # Errors
    /// [`VaultError::VaultMalformed`], [`VaultError::VaultLimits`].
    pub fn parse(bytes: &[u8], now: Duration) -> Result<Self, VaultError> {
        VaultFile::parse(bytes).map(|file| Self::of(file, Waiting::new(now, 0)))
    }

    /// Tests one passcode, which is counted first. The tries are forgotten when it is right.
    ///
    /// Of three wrong ones each is answered at once; the next waits for 60 s after the last, the
    /// next for 300 s, and all others for an hour. The one after the last that the vault allows
    /// wipes it, right or wrong, and does not wait. A wait begins anew where tries were counted
    /// elsewhere, in another value say.
    ///
    /// Where a change of passcode was cut off, a right passcode completes it, and writes the file.
    ///
    /// # Errors
    /// [`VaultError`] 6010 to 6013; [`CryptoError`] if the platform fails, after which a try may
    /// have been counted. A secret that does not answer, memory that is not there and a backend that
    /// lacks what the vault was made with cost none.
    pub fn unlock(
        &mut self,
        passcode: &Passcode,
        now: Duration,
        platform: &mut Platform<'_>,
    ) -> Result<Lease, Error> {
        let header = &self.file.header;
        let claims = (header.epoch, &header.settings);
        let reserved = Reserved::take(claims, &mut self.waiting, now, platform.device)?;
        let (key, proven) = self.file.open(reserved, passcode, platform)?;
        proven.settle(platform)?;
        self.waiting.forget();
        Ok(Lease::new(key, self.file.header.vault_id))
    }

    /// Wraps the vault for a new passcode. Items stay as they are; the old file is refused from
    /// now on, with the old passcode too. It costs a try of the old passcode.
    ///
    /// # Errors
    /// As [`Self::unlock`]. After a [`CryptoError`] the vault may have been changed: read it anew by
    /// [`Self::open`], and it opens with the old passcode or with the new one.
    pub fn change_passcode(
        &mut self,
        old: &Passcode,
        new: &NewPasscode,
        now: Duration,
        platform: &mut Platform<'_>,
        rng: &mut dyn SecureRandom,
    ) -> Result<(), Error> {
        let lease = self.unlock(old, now, platform)?;
        // A write that failed may have left a file with its epoch, also one of another value: that
        // one is to be old as well.
        let epoch = next_epoch(later_epoch(self.last_epoch, claimed_epoch(platform)?))?;
        let Header {
            vault_id, settings, ..
        } = self.file.header;
        let header = Header::new(vault_id, salt(rng)?, settings, epoch);
        let room = Room::take(&settings)?;
        let file = VaultFile::wrap(room, lease.key(), header, new.as_passcode(), platform, rng)?;
        self.last_epoch = epoch;
        let durable = Durable::write(&file, platform.store)?;
        self.file = file;
        Ok(durable.raise_epoch(platform.device)?)
    }

    /// How many tries are left before the one that wipes the vault, for the app to say.
    ///
    /// # Errors
    /// [`CryptoError::AttemptCounter`].
    pub fn tries_left(&self, platform: &mut Platform<'_>) -> Result<u8, CryptoError> {
        let tried = platform.device.tries();
        let tried = tried.map_err(|_| CryptoError::AttemptCounter)?;
        let left = u32::from(self.file.header.settings.max_tries).saturating_sub(tried);
        Ok(u8::try_from(left).unwrap_or(u8::MAX))
    }

    /// Destroys the secret of the device, and with it every copy of the vault; then removes the
    /// file. For a passcode that was forgotten: there is no other way. It needs no vault that can
    /// be read. Calling it again is no error.
    ///
    /// # Errors
    /// [`CryptoError::AttemptCounter`] if the secret may still be there; [`CryptoError::VaultStore`] if
    /// the file, which nothing opens any more, is.
    pub fn forget(platform: &mut Platform<'_>) -> Result<(), CryptoError> {
        let wiped = platform.device.wipe();
        wiped.map_err(|_| CryptoError::AttemptCounter)?;
        let removed = platform.store.remove(NAME);
        removed.map_err(|_| CryptoError::VaultStore)
    }

    const fn of(file: VaultFile, waiting: Waiting) -> Self {
        Self {
            last_epoch: file.header.epoch,
            file,
            waiting,
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault(epoch {})", self.file.header.epoch)
    }
}

/// What the file in the store says of itself; 0 where there is none.
fn claimed_epoch(platform: &mut Platform<'_>) -> Result<u64, CryptoError> {
    let stored = platform.store.read(NAME);
    let stored = stored.map_err(|_| CryptoError::VaultStore)?;
    let file = stored.and_then(|bytes| VaultFile::parse(&bytes).ok());
    Ok(file.map_or(0, |file| file.header.epoch))
}

fn salt(rng: &mut dyn SecureRandom) -> Result<[u8; 16], CryptoError> {
    let mut salt = [0; 16];
    rng.fill(&mut salt)?;
    Ok(salt)
}
