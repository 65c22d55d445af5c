//! The order of writes: a new file is durable before the file that it replaces is called old.

use super::file::VaultFile;
use super::platform::{Device, VaultStore};
use crate::error::CryptoError;

/// The name of the vault file in its store.
pub(super) const NAME: &str = "vault";

/// A vault file that would survive a loss of power. Only its epoch is raised to.
pub(super) struct Durable {
    epoch: u64,
}

impl Durable {
    pub(super) fn write(file: &VaultFile, store: &mut dyn VaultStore) -> Result<Self, CryptoError> {
        let written = store.replace(NAME, &file.to_bytes());
        written.map_err(|_| CryptoError::VaultStore)?;
        Ok(Self {
            epoch: file.header.epoch,
        })
    }

    pub(super) fn raise_epoch(self, device: &mut dyn Device) -> Result<(), CryptoError> {
        let raised = device.raise_epoch(self.epoch);
        raised.map_err(|_| CryptoError::AttemptCounter)
    }
}
