//! The operating system's randomness, at the edge: nothing below uses it by itself.

use super::{CryptoError, SecureRandom};

/// The operating system's source of randomness.
///
/// ```
/// use vitacard::crypto::{SecureRandom, SystemRandom};
/// let mut bytes = [0; 32];
/// SystemRandom.fill(&mut bytes)?;
/// assert_ne!(bytes, [0; 32]);
/// # Ok::<(), vitacard::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it has no state")]
pub struct SystemRandom;

impl SecureRandom for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        getrandom::fill(out).map_err(|_| CryptoError::Random)
    }
}
