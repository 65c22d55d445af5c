//! The lock before a new vault: one device, one vault.

use super::header::next_epoch;
use super::platform::{Device, PlatformError};
use crate::error::{CryptoError, Error, Misuse};

/// The tries of a device that was wiped, until a vault is made with its new key.
pub(super) const WIPED: u32 = u32::MAX;

/// No vault depends on the device, in whatever store: none ever did, or it was wiped since. A new
/// vault would make that one an old copy for ever.
pub(super) struct Vacant {
    epoch: u64,
}

impl Vacant {
    pub(super) fn check(device: &mut dyn Device) -> Result<Self, Error> {
        let failed = |_: PlatformError| CryptoError::AttemptCounter;
        let epoch = device.epoch().map_err(failed)?;
        match epoch == 0 || device.tries().map_err(failed)? == WIPED {
            true => Ok(Self { epoch }),
            false => Err(Misuse::DeviceHasVault.into()),
        }
    }

    /// After that of any file before.
    pub(super) fn first_epoch(&self) -> Result<u64, Error> {
        next_epoch(self.epoch)
    }
}
