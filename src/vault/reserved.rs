//! The lock before every try: it is counted, durably, before anything is computed from a passcode.

use core::time::Duration;

use super::platform::Device;
use crate::error::{CryptoError, Error, VaultError};

/// Seconds before the first try, the second, and so on; the last before all that follow.
const DELAYS: [u64; 6] = [0, 0, 0, 60, 300, 3600];

/// A try that was counted. Only whoever has one may test a passcode, and it tests one.
pub(super) struct Reserved(());

impl Reserved {
    /// Counts a try, `waited` after the last one. `epoch` and `max_tries` are what the file claims.
    pub(super) fn take(
        (epoch, max_tries): (u64, u8),
        waited: Duration,
        device: &mut dyn Device,
    ) -> Result<Self, Error> {
        if epoch < device.epoch().map_err(failed)? {
            return Err(VaultError::OldCopy.into());
        }
        let max_tries = u32::from(max_tries);
        let tried = device.tries().map_err(failed)?;
        // Where the limit is reached no answer is left to wait for.
        if tried < max_tries {
            refuse_early(tried.saturating_add(1), waited)?;
        }
        let number = device.reserve().map_err(failed)?;
        if number > max_tries {
            device.wipe().map_err(failed)?;
            return Err(VaultError::Wiped.into());
        }
        if number <= tried {
            return Err(CryptoError::AttemptCounter.into());
        }
        // Another process may have tried since.
        refuse_early(number, waited)?;
        Ok(Self(()))
    }
}

/// Refuses try `number` if it comes too soon.
fn refuse_early(number: u32, waited: Duration) -> Result<(), VaultError> {
    let delay = Duration::from_secs(delay_before(number));
    let left = delay.saturating_sub(waited);
    match left.is_zero() {
        true => Ok(()),
        false => Err(VaultError::TooSoon {
            wait: seconds(left),
        }),
    }
}

fn delay_before(number: u32) -> u64 {
    let [.., last] = DELAYS;
    let index = usize::try_from(number.saturating_sub(1)).ok();
    let delay = index.and_then(|index| DELAYS.get(index));
    delay.copied().unwrap_or(last)
}

/// Rounded up.
fn seconds(left: Duration) -> u32 {
    let more = u64::from(left.subsec_nanos() > 0);
    u32::try_from(left.as_secs().saturating_add(more)).unwrap_or(u32::MAX)
}

fn failed(_: super::PlatformError) -> CryptoError {
    CryptoError::AttemptCounter
}

#[cfg(test)]
mod tests;
