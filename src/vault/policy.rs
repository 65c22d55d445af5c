//! Which passcodes a person may choose: not those that everybody chooses.

use core::ops::RangeInclusive;

use super::passcode::{LENGTHS, Passcode};
use crate::error::{Misuse, VaultError};

mod dates;

/// What is chosen most after repetitions, runs and years, in published collections: columns and
/// patterns of the keypad, pairs, words.
const COMMON: &[&str] = &[
    "0007",
    "0070",
    "0852",
    "1001",
    "1004",
    "1122",
    "1123",
    "1221",
    "1233",
    "1245",
    "1254",
    "1258",
    "1313",
    "1342",
    "1379",
    "1397",
    "1470",
    "1478",
    "1590",
    "2112",
    "2233",
    "2468",
    "2580",
    "2589",
    "3344",
    "3698",
    "4200",
    "4455",
    "4567",
    "5150",
    "5566",
    "5683",
    "6677",
    "6996",
    "7410",
    "7788",
    "7896",
    "7931",
    "8520",
    "8899",
    "9632",
    "9870",
    "9900",
    "112233",
    "123321",
    "123456",
    "134679",
    "142536",
    "145236",
    "147258",
    "147852",
    "147896",
    "159357",
    "159753",
    "258000",
    "321654",
    "332211",
    "357159",
    "420420",
    "456123",
    "456789",
    "520131",
    "654123",
    "741852",
    "753951",
    "789123",
    "789456",
    "852456",
    "963852",
    "987654",
    "14725836",
    "11223344",
    "12344321",
    "147258369",
    "741852963",
    "1234567890",
];

/// Which passcodes a person may choose.
///
/// By default 4 to 12 digits, and none that repeats a digit or a group (0000, 4747), runs in equal
/// steps (1234, 9753, 7890), is a year or a date of 1900 to 2099 (1984; with 6 digits 240178, with
/// 8 24011978, in any order of day, month and year), or is among the usual (2580).
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
    refused: &'static [&'static str],
    only_lengths: bool,
}

/// A passcode that a policy let pass: what a vault is made with.
#[derive(Debug)]
pub struct NewPasscode(Passcode);

impl Default for PasscodePolicy {
    fn default() -> Self {
        Self {
            lengths: LENGTHS,
            refused: &[],
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

    /// Refuses those in `refused` too: the house number of the insurer, say.
    #[must_use]
    pub const fn refusing_also(mut self, refused: &'static [&'static str]) -> Self {
        self.refused = refused;
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
        if self.refused.contains(&digits) {
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
    if repeats(bytes) {
        return Err(VaultError::PasscodeRepeats);
    }
    if runs(bytes) {
        return Err(VaultError::PasscodeRuns);
    }
    if dates::is_year_or_date(digits) {
        return Err(VaultError::PasscodeIsDate);
    }
    match COMMON.contains(&digits) {
        true => Err(VaultError::PasscodeCommon),
        false => Ok(()),
    }
}

/// Whether it is one group over and over.
fn repeats(digits: &[u8]) -> bool {
    (1..digits.len()).any(|group| {
        let mut groups = digits.chunks(group);
        let first = groups.next();
        digits.len().is_multiple_of(group) && groups.all(|next| Some(next) == first)
    })
}

/// Whether each digit is as far from the last as all others, where 0 follows 9.
fn runs(digits: &[u8]) -> bool {
    let step = |pair: &[u8]| match pair {
        [a, b] => b.wrapping_add(10).wrapping_sub(*a) % 10,
        _ => 0,
    };
    let mut steps = digits.windows(2).map(step);
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

#[cfg(test)]
mod tests;
