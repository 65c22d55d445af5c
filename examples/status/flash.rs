//! Two files that stand for two slots of flash.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use vitacard::reader::Slot;

pub(crate) struct Flash {
    folder: PathBuf,
}

impl Flash {
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.into(),
        })
    }

    /// A and B; empty if never written.
    pub(crate) fn read(&self) -> io::Result<[Vec<u8>; 2]> {
        Ok([self.read_slot(Slot::A)?, self.read_slot(Slot::B)?])
    }

    fn read_slot(&self, slot: Slot) -> io::Result<Vec<u8>> {
        match fs::read(self.path(slot)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            read => read,
        }
    }

    /// Returns when it is on the disk, and not only on the way there.
    pub(crate) fn write(&self, slot: Slot, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::create(self.path(slot))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // The name of a new file is written on its own.
        #[cfg(unix)]
        File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    pub(crate) fn path(&self, slot: Slot) -> PathBuf {
        self.folder.join(match slot {
            Slot::A => "slot-a",
            Slot::B => "slot-b",
        })
    }
}
