//! Which passcodes a person may choose: not those that everybody chooses.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use super::passcode::{LENGTHS, Passcode};
use crate::error::{Misuse, VaultError};

mod common;
mod dates;
mod patterns;

/// Which passcodes a person may choose.
///
/// By default 4 to 12 digits, and none that
///
/// - repeats a digit or a group (0000, 4747, 1122), all but one place (0001, 1112) included,
/// - runs in equal steps (1234, 9753, 7890), there and back (12321), in turns (141516), or along the
///   keypad (123654, 147896),
/// - is a year or a date of 1900 to 2099 (1984; with 6 digits 240178, with 8 24011978, in any order
///   of day, month and year), or
/// - is among the usual (2580).
///
/// A day and a month in 4 digits pass (2412): with them 600 more would be gone.
///
/// ```
/// use vitacard::{VaultError, vault::PasscodePolicy};
/// let policy = PasscodePolicy::default().with_length(6..=6)?.refusing_also(&["803171"]);
/// assert_eq!(policy.accept("8305").unwrap_err(), VaultError::PasscodeLength);
/// assert_eq!(policy.accept("121212").unwrap_err(), VaultError::PasscodeRepeats);
/// assert_eq!(policy.accept("803171").unwrap_err(), VaultError::PasscodeCommon);
/// assert_eq!(policy.accept("830516").unwrap_err(), VaultError::PasscodeIsDate);
/// assert!(policy.accept("830571").is_ok());
/// # Ok::<(), vitacard::Misuse>(())
/// ```
#[derive(Clone, Debug)]
pub struct PasscodePolicy {
    lengths: RangeInclusive<usize>,
    refused: Vec<&'static [&'static str]>,
    only_lengths: bool,
}

/// A passcode that a policy let pass: what a vault is made with.
#[derive(Debug)]
pub struct NewPasscode(Passcode);

impl Default for PasscodePolicy {
    fn default() -> Self {
        Self {
            lengths: LENGTHS,
            refused: Vec::new(),
            only_lengths: false,
        }
    }
}

impl PasscodePolicy {
    /// Passcodes of as many digits as `lengths` says, within 4 to 12.
    ///
    /// # Errors
    /// [`Misuse::PasscodeLengths`] for other lengths, or none.
    pub fn with_length(self, lengths: RangeInclusive<usize>) -> Result<Self, Misuse> {
        let are_proper = !lengths.is_empty()
            && LENGTHS.contains(lengths.start())
            && LENGTHS.contains(lengths.end());
        match are_proper {
            true => Ok(Self { lengths, ..self }),
            false => Err(Misuse::PasscodeLengths),
        }
    }

    /// Refuses those in `refused` too: the house number of the insurer, say. A second list adds to
    /// the first.
    #[must_use]
    pub fn refusing_also(mut self, refused: &'static [&'static str]) -> Self {
        self.refused.push(refused);
        self
    }

    /// Refuses by length and by [`refusing_also`](Self::refusing_also) alone, for deployers who judge
    /// themselves. What a guesser tries first is then open.
    #[must_use]
    pub const fn without_rules(mut self) -> Self {
        self.only_lengths = true;
        self
    }

    /// Takes `digits` as a new passcode.
    ///
    /// # Errors
    /// [`VaultError`] 6030 to 6035: the first rule that it breaks, to be shown to its owner.
    pub fn accept(&self, digits: &str) -> Result<NewPasscode, VaultError> {
        let passcode = Passcode::new(digits)?;
        if !self.lengths.contains(&passcode.len()) {
            return Err(VaultError::PasscodeLength);
        }
        if self.refused.iter().any(|list| list.contains(&digits)) {
            return Err(VaultError::PasscodeCommon);
        }
        if !self.only_lengths {
            refuse_usual(digits)?;
        }
        Ok(NewPasscode(passcode))
    }
}

impl NewPasscode {
    /// The passcode.
    #[must_use]
    pub const fn as_passcode(&self) -> &Passcode {
        &self.0
    }
}

fn refuse_usual(digits: &str) -> Result<(), VaultError> {
    let bytes = digits.as_bytes();
    if patterns::repeats(bytes) {
        return Err(VaultError::PasscodeRepeats);
    }
    if patterns::runs(bytes) {
        return Err(VaultError::PasscodeRuns);
    }
    if dates::is_year_or_date(digits) {
        return Err(VaultError::PasscodeIsDate);
    }
    if patterns::nearly_repeats(bytes) {
        return Err(VaultError::PasscodeRepeats);
    }
    if patterns::nearly_runs(bytes) || patterns::follows_keypad(bytes) {
        return Err(VaultError::PasscodeRuns);
    }
    match common::COMMON.contains(&digits) {
        true => Err(VaultError::PasscodeCommon),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests;
