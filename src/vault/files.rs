//! A store in files, for desktops and tests.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use alloc::format;
use alloc::vec::Vec;

use super::platform::{PlatformError, VaultStore};

mod device;

pub use device::FileDevice;

const MAX_NAME: usize = 64;
/// Far more than a card, and what a file that somebody made endless may cost.
const MAX_BLOB: usize = 1 << 20;

/// Held while a blob is written, so that two threads do not share the file beside it.
static WRITING: Mutex<()> = Mutex::new(());

/// Blobs of at most 1 MiB as files of one directory, of one process.
///
/// A blob is written beside its place, synced and renamed, and then the directory is synced. On
/// Windows a directory cannot be synced: a change may be lost there with the power, and never half
/// of one. Names have 1 to 64 letters, digits, `-`, `_` and `.`, the first of them no `.`. The place
/// of a blob is a file: a link there is neither read nor written through.
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
        make(folder).map_err(failed)?;
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

    fn read_file(path: &Path) -> io::Result<Vec<u8>> {
        is_file(path)?;
        let most = u64::try_from(MAX_BLOB).unwrap_or(u64::MAX);
        let mut file = File::open(path)?.take(most.saturating_add(1));
        // With room for a key: as it grows, a list leaves copies behind.
        let mut bytes = Vec::with_capacity(64);
        file.read_to_end(&mut bytes)?;
        within_limit(&bytes)?;
        Ok(bytes)
    }

    fn write(&self, path: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
        within_limit(bytes)?;
        let _held = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let beside = self.folder.join(format!(".{name}.new"));
        // Left there by a loss of power, or planted to be written through.
        unless_missing(fs::remove_file(&beside))?;
        let mut file = create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        sync(&self.folder)
    }

    /// Writes zeros over the file, and removes it. Flash keeps old blocks: only a key that was never
    /// in a file is gone for certain. A link is removed, for what it names was never read.
    fn destroy(&self, path: &Path) -> io::Result<()> {
        let found = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        if found.is_file() {
            let mut file = OpenOptions::new().write(true).open(path)?;
            file.write_all(&[0; 32])?;
            file.sync_all()?;
        }
        fs::remove_file(path)?;
        sync(&self.folder)
    }
}

impl VaultStore for FileStore {
    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        match Self::read_file(&self.path(name)?) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some).map_err(failed),
        }
    }

    fn replace(&mut self, name: &str, bytes: &[u8]) -> Result<(), PlatformError> {
        let path = self.path(name)?;
        self.write(&path, name, bytes).map_err(failed)
    }

    fn remove(&mut self, name: &str) -> Result<(), PlatformError> {
        match fs::remove_file(self.path(name)?) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| sync(&self.folder)).map_err(failed),
        }
    }
}

fn is_proper(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_' | b'.')
}

/// Makes `folder` and what leads to it, for its owner alone, and so that they are there after a loss
/// of power.
fn make(folder: &Path) -> io::Result<()> {
    let is_new = |above: &&Path| !above.as_os_str().is_empty() && !above.exists();
    let made: Vec<_> = folder.ancestors().take_while(is_new).collect();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let above = made.into_iter().filter_map(Path::parent);
    above.into_iter().try_for_each(sync)
}

/// A new file, for its owner alone where the system has owners. One that is there is an error, and
/// so is a link.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// So that a name in `folder` that was made, changed or removed is so after a loss of power.
fn sync(folder: &Path) -> io::Result<()> {
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    match cfg!(unix) {
        true => File::open(folder)?.sync_all(),
        false => Ok(()),
    }
}

fn is_file(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path)?.is_file() {
        true => Ok(()),
        false => Err(ErrorKind::InvalidInput.into()),
    }
}

fn within_limit(bytes: &[u8]) -> io::Result<()> {
    match bytes.len() <= MAX_BLOB {
        true => Ok(()),
        false => Err(ErrorKind::InvalidData.into()),
    }
}

fn unless_missing(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn failed(_: io::Error) -> PlatformError {
    PlatformError
}
