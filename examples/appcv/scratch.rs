//! A folder for the phones, gone with this value.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs, process};

use super::Fallible;

pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Fallible<Self> {
        // A process that was killed leaves its folder behind, and its number is given out again.
        let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        let name = format!("vitacard-appcv-{}-{since}", process::id());
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
