//! The French national number (NIR): thirteen characters and two check digits.

use core::fmt;

use super::ElementFault;

/// A national number (NIR, or NIA, which has its form) with its key.
///
/// Sex or status (1, 2, 7, 8), year, month (also 20 to 42 and 50 to 99, where the civil record is
/// incomplete), department (2A and 2B in Corsica), commune, order, key: 97 less the rest of the first
/// thirteen by 97, where 2A counts as 19 and 2B as 18.
///
/// ```
/// use vitacard::profile::{ElementFault, NationalNumber};
/// assert!(NationalNumber::parse("206127511100564").is_ok());
/// assert_eq!(NationalNumber::parse("206127511100565"), Err(ElementFault::CheckDigits));
/// assert_eq!(NationalNumber::with_key("2061275111005").unwrap().as_str(), "206127511100564");
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct NationalNumber([u8; 15]);

impl NationalNumber {
    /// Thirteen characters and the key.
    ///
    /// # Errors
    /// [`ElementFault::Length`], [`ElementFault::Characters`] or [`ElementFault::CheckDigits`].
    pub fn parse(text: &str) -> Result<Self, ElementFault> {
        let all: [u8; 15] = text
            .as_bytes()
            .try_into()
            .map_err(|_| ElementFault::Length)?;
        let number = Self::with_key(text.get(..13).ok_or(ElementFault::Characters)?)?;
        match number.0 == all {
            true => Ok(number),
            false
                if all
                    .iter()
                    .all(|byte| byte.is_ascii_digit() || b"AB".contains(byte)) =>
            {
                Err(ElementFault::CheckDigits)
            }
            false => Err(ElementFault::Characters),
        }
    }

    /// The first thirteen characters, whose key is computed.
    ///
    /// # Errors
    /// [`ElementFault::Length`] or [`ElementFault::Characters`].
    pub fn with_key(first: &str) -> Result<Self, ElementFault> {
        let first: &[u8; 13] = first
            .as_bytes()
            .try_into()
            .map_err(|_| ElementFault::Length)?;
        let value = value(first).ok_or(ElementFault::Characters)?;
        let key = 97_u64.saturating_sub(value % 97);
        let mut number = [0; 15];
        let (start, digits) = number.split_at_mut(13);
        start.copy_from_slice(first);
        for (digit, value) in digits.iter_mut().zip([key / 10, key % 10]) {
            *digit = b'0'.saturating_add(u8::try_from(value).unwrap_or(0));
        }
        Ok(Self(number))
    }

    /// The fifteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// It names a person, and no log needs it.
impl fmt::Debug for NationalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NationalNumber(..)")
    }
}

/// What the key is computed of; `None` of what no number looks like.
fn value(first: &[u8; 13]) -> Option<u64> {
    let mut digits = *first;
    // 2A, 2B: the department's second character, in place six.
    match (first.get(5), first.get(6)) {
        (Some(b'2'), Some(b'A')) => (digits[5], digits[6]) = (b'1', b'9'),
        (Some(b'2'), Some(b'B')) => (digits[5], digits[6]) = (b'1', b'8'),
        _ => {}
    }
    let [sex, _, _, m1, m2, ..] = digits;
    let text = core::str::from_utf8(&digits).ok()?;
    let number: u64 = text
        .parse()
        .ok()
        .filter(|_| digits.iter().all(u8::is_ascii_digit))?;
    let month = m1
        .wrapping_sub(b'0')
        .saturating_mul(10)
        .saturating_add(m2.wrapping_sub(b'0'));
    let is_month = matches!(month, 1..=12 | 20..=42 | 50..=99);
    (matches!(sex, b'1' | b'2' | b'7' | b'8') && is_month).then_some(number)
}
