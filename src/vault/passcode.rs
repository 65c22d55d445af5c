//! A passcode that is typed: 4 to 12 digits, zeroised on drop.

use core::fmt;
use core::ops::RangeInclusive;

use crate::error::VaultError;
use crate::secret::Secret;

/// How many digits any passcode has.
pub(super) const LENGTHS: RangeInclusive<usize> = 4..=12;

/// A passcode as it was typed. Zeroised on drop; never printed, and neither is its length.
///
/// ```
/// use vitacard::vault::Passcode;
/// let passcode = Passcode::new("8305")?;
/// assert_eq!(format!("{passcode:?}"), "Passcode");
/// # Ok::<(), vitacard::VaultError>(())
/// ```
pub struct Passcode {
    digits: Secret<12>,
    len: usize,
}

impl Passcode {
    /// Takes `digits`, 4 to 12 of `0` to `9`. Zeroise the text that they came in: it is the app's.
    ///
    /// # Errors
    /// [`VaultError::PasscodeLength`], [`VaultError::PasscodeNotDigits`].
    pub fn new(digits: &str) -> Result<Self, VaultError> {
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(VaultError::PasscodeNotDigits);
        }
        if !LENGTHS.contains(&digits.len()) {
            return Err(VaultError::PasscodeLength);
        }
        let mut passcode = Self {
            digits: Secret::new([0; 12]),
            len: digits.len(),
        };
        let places = passcode.digits.expose_mut().iter_mut();
        places.zip(digits.bytes()).for_each(|(to, from)| *to = from);
        Ok(passcode)
    }

    /// The digits in ASCII.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.digits.expose().get(..self.len).unwrap_or_default()
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }
}

impl fmt::Debug for Passcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passcode")
    }
}
