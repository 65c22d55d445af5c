//! Nonces for refreshes: given by the issuer, fresh, and used once.

use super::Nonces;
use crate::crypto::SecureRandom;
use crate::error::{CryptoError, Error, rejected};
use crate::time::UnixTime;

/// How long a nonce can be answered: ten minutes.
pub const NONCE_SECS: u64 = 600;

/// Draws a nonce and keeps it. The holder's request is signed for it.
///
/// # Errors
/// [`Error::Crypto`] if `rng` fails or repeats itself; [`Misuse::StoreFailed`](crate::Misuse::StoreFailed).
pub fn give_nonce(
    nonces: &mut dyn Nonces,
    now: UnixTime,
    rng: &mut dyn SecureRandom,
) -> Result<[u8; 16], Error> {
    let mut nonce = [0; 16];
    rng.fill(&mut nonce)?;
    match nonces.add_nonce(&nonce, now)? {
        true => Ok(nonce),
        false => Err(CryptoError::Random.into()),
    }
}

/// Given by us, fresh, and not used.
pub(super) fn check_nonce(
    nonces: &dyn Nonces,
    nonce: &[u8; 16],
    now: UnixTime,
) -> Result<(), Error> {
    let held = nonces.nonce(nonce)?.ok_or(rejected!(NonceUnknown))?;
    let ends = held.given.as_secs().saturating_add(NONCE_SECS);
    if now.as_secs() >= ends {
        return Err(rejected!(NonceOld).into());
    }
    match held.used {
        false => Ok(()),
        true => Err(rejected!(NonceUsed).into()),
    }
}

pub(super) fn use_up(nonces: &mut dyn Nonces, nonce: &[u8; 16]) -> Result<(), Error> {
    match nonces.use_up_nonce(nonce)? {
        true => Ok(()),
        false => Err(rejected!(NonceUsed).into()),
    }
}
