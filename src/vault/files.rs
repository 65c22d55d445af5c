//! A store and a device in files, for desktops and tests.

use core::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use alloc::format;
use alloc::vec::Vec;
use zeroize::Zeroizing;

use super::platform::{AttemptCounter, DeviceSecret, PlatformError, Protection, VaultStore};
use super::software::fresh;
use crate::crypto::{CryptoProvider, Kdf, Secret, SecureRandom};
use crate::error::CryptoError;

const KEY: &str = "device-key";
const COUNTER: &str = "device-counter";
const MAX_NAME: usize = 64;

/// Blobs as files of one directory, of one process.
///
/// A blob is written beside its place, synced and renamed, and then the directory is synced. On
/// Windows a directory cannot be synced: a change may be lost there with the power, and never half
/// of one. Names have 1 to 64 letters, digits, `-`, `_` and `.`, the first of them no `.`.
///
/// ```
/// use vitacard::vault::{FileStore, VaultStore};
/// let folder = std::env::temp_dir().join("vitacard-file-store-example");
/// let mut store = FileStore::open(&folder)?;
/// store.replace("vault", b"bytes")?;
/// assert_eq!(store.read("vault")?.as_deref(), Some(&b"bytes"[..]));
/// assert!(store.read("../vault").is_err());
/// store.remove("vault")?;
/// # Ok::<(), vitacard::vault::PlatformError>(())
/// ```
#[derive(Debug)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// The store in `folder`, which is made if it is not there: for its owner alone, where the
    /// system has owners.
    ///
    /// # Errors
    /// [`PlatformError`] if it cannot be made.
    pub fn open(folder: &Path) -> Result<Self, PlatformError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(failed)?;
        Ok(Self {
            folder: PathBuf::from(folder),
        })
    }

    fn path(&self, name: &str) -> Result<PathBuf, PlatformError> {
        let letters = name.bytes();
        let are_proper = letters.clone().all(is_proper) && !name.starts_with('.');
        match are_proper && (1..=MAX_NAME).contains(&letters.len()) {
            true => Ok(self.folder.join(name)),
            false => Err(PlatformError),
        }
    }

    /// So that a renamed or removed file is so after a loss of power.
    fn sync_folder(&self) -> io::Result<()> {
        match cfg!(unix) {
            true => File::open(&self.folder)?.sync_all(),
            false => Ok(()),
        }
    }

    fn write(&self, path: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
        let beside = self.folder.join(format!(".{name}.new"));
        let mut file = create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        self.sync_folder()
    }

    /// Writes zeros over the file, and removes it. Flash keeps old blocks: only a key that was never
    /// in a file is gone for certain.
    fn destroy(&self, path: &Path) -> io::Result<()> {
        let mut file = match OpenOptions::new().write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened?,
        };
        file.write_all(&[0; 32])?;
        file.sync_all()?;
        fs::remove_file(path)?;
        self.sync_folder()
    }
}

impl VaultStore for FileStore {
    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        match fs::read(self.path(name)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some).map_err(failed),
        }
    }

    fn replace(&mut self, name: &str, bytes: &[u8]) -> Result<(), PlatformError> {
        let path = self.path(name)?;
        self.write(&path, name, bytes).map_err(failed)
    }

    fn remove(&mut self, name: &str) -> Result<(), PlatformError> {
        match fs::remove_file(self.path(name)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| self.sync_folder()).map_err(failed),
        }
    }
}

/// A key and a counter in files: [`Protection::SoftwareOnly`].
///
/// Whoever copies the folder tries all passcodes in it, and a copy that is put back undoes the
/// counter. A counter that is missing or damaged is an error, never a fresh one.
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
        if self.store.read(KEY).map_err(|_| secret)?.is_some() {
            return Err(secret);
        }
        let epoch = match self.store.read(COUNTER).map_err(|_| counter)? {
            Some(_) => self.count().map_err(|_| counter)?.epoch,
            None => 0,
        };
        let fresh = fresh(rng)?;
        // The counter first: while there is no key, there is nothing to guess.
        let count = Count { tries: 0, epoch };
        self.keep(count).map_err(|_| counter)?;
        let written = self.store.replace(KEY, fresh.expose());
        written.map_err(|_| secret)
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
        let bytes = Zeroizing::new(self.store.read(KEY)?.ok_or(PlatformError)?);
        let mut key = Secret::new([0; 32]);
        match bytes.len() == key.expose().len() {
            true => key.expose_mut().copy_from_slice(&bytes),
            false => return Err(PlatformError),
        }
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
        let count = self.count()?;
        let tries = count.tries.saturating_add(1);
        self.keep(Count { tries, ..count })?;
        Ok(tries)
    }

    fn reset(&mut self) -> Result<(), PlatformError> {
        let count = self.count()?;
        self.keep(Count { tries: 0, ..count })
    }

    fn epoch(&mut self) -> Result<u64, PlatformError> {
        Ok(self.count()?.epoch)
    }

    fn raise_epoch(&mut self, epoch: u64) -> Result<(), PlatformError> {
        let count = self.count()?;
        let epoch = count.epoch.max(epoch);
        self.keep(Count { epoch, ..count })
    }

    fn wipe(&mut self) -> Result<(), PlatformError> {
        let key = self.store.path(KEY)?;
        self.store.destroy(&key).map_err(failed)?;
        // Without a key no vault opens, so a damaged counter may begin again.
        let epoch = self.count().map_or(0, |count| count.epoch);
        self.keep(Count {
            tries: u32::MAX,
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

fn is_proper(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_' | b'.')
}

/// For its owner alone, where the system has owners.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn failed(_: io::Error) -> PlatformError {
    PlatformError
}
