//! The lock before every try: it is counted, durably, before anything is computed from a passcode.

use core::time::Duration;

use super::platform::Device;
use super::settings::Settings;
use super::stretch::Room;
use crate::error::{CryptoError, Error, VaultError};

/// Seconds before the first try, the second, and so on; the last before all that follow.
const DELAYS: [u64; 6] = [0, 0, 0, 60, 300, 3600];

/// Asked before a try is counted: a keystore may not answer while the phone is locked. It is no
/// guess, for those begin otherwise.
const PROBE: &[u8; 17] = b"VITACARD-PROBE-v1";

/// Since when the next try waits.
pub(super) struct Waiting {
    since: Duration,
    /// The tries that were counted by then. With others the wait begins anew: somebody else tried.
    tried: u32,
}

/// A try that was counted. Only whoever has one may test a passcode, and it tests one.
pub(super) struct Reserved(Room);

impl Waiting {
    pub(super) const fn new(since: Duration, tried: u32) -> Self {
        Self { since, tried }
    }

    /// How long before `now` the last of `tried` tries was, at least. A clock that went back makes
    /// the wait longer.
    fn waited(&mut self, tried: u32, now: Duration) -> Duration {
        if tried != self.tried {
            *self = Self::new(now, tried);
        }
        now.saturating_sub(self.since)
    }

    /// The tries were forgotten.
    pub(super) const fn forget(&mut self) {
        self.tried = 0;
    }
}

impl Reserved {
    /// Counts a try. `epoch` and `settings` are what the file claims.
    pub(super) fn take(
        (epoch, settings): (u64, &Settings),
        waiting: &mut Waiting,
        now: Duration,
        device: &mut dyn Device,
    ) -> Result<Self, Error> {
        if epoch < device.epoch().map_err(failed)? {
            return Err(VaultError::OldCopy.into());
        }
        let max_tries = u32::from(settings.max_tries);
        let tried = device.tries().map_err(failed)?;
        // Where the limit is reached no answer is left to wait for or to get ready for.
        let room = match tried < max_tries {
            true => {
                let waited = waiting.waited(tried, now);
                refuse_early(tried.saturating_add(1), waited)?;
                Some(get_ready(settings, device)?)
            }
            false => None,
        };
        let number = device.reserve().map_err(failed)?;
        if number > max_tries {
            device.wipe().map_err(failed)?;
            return Err(VaultError::Wiped.into());
        }
        let room = room.filter(|_| number > tried);
        let room = room.ok_or(CryptoError::AttemptCounter)?;
        // Another process may have tried since.
        let waited = waiting.waited(number.saturating_sub(1), now);
        *waiting = Waiting::new(now, number);
        refuse_early(number, waited)?;
        Ok(Self(room))
    }

    pub(super) fn into_room(self) -> Room {
        self.0
    }
}

/// Whatever may fail for a while, before it costs a try.
fn get_ready(settings: &Settings, device: &mut dyn Device) -> Result<Room, CryptoError> {
    let room = Room::take(settings)?;
    let answer = device.prf(PROBE);
    answer.map_err(|_| CryptoError::DeviceSecret)?;
    Ok(room)
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
