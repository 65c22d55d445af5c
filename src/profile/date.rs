//! Days, and days of birth that are in no calendar.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::mdoc::{civil, days_in, days_since_epoch};
use crate::time::UnixTime;

const SECONDS_A_DAY: u64 = 86_400;

/// A day of the Gregorian calendar, of the years 1 to 9999: `full-date` (RFC 8943).
///
/// ```
/// use vitacard::profile::Date;
/// use vitacard::unix_time;
/// assert_eq!(Date::new(1990, 7, 14).unwrap().to_string(), "1990-07-14");
/// assert_eq!(Date::new(1990, 2, 29), None);
/// assert_eq!(Date::of(unix_time(1_780_272_000)), Date::new(2026, 6, 1));
/// ```
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// `None` if there is no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let days = days_in(year.into(), month.into());
        let is_day = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days).contains(&day.into());
        is_day.then_some(Self { year, month, day })
    }

    /// The day of `time` in UTC; `None` after the year 9999.
    #[must_use]
    pub fn of(time: UnixTime) -> Option<Self> {
        let (year, month, day) = civil(time.as_secs() / SECONDS_A_DAY)?;
        Self::from_numbers(year, month, day)
    }

    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let [a, b, c, d, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return None;
        };
        Self::from_digits(&[*a, *b, *c, *d, *m1, *m2, *d1, *d2]).and_then(|numbers| {
            let (year, month, day) = numbers;
            Self::from_numbers(year, month, day)
        })
    }

    /// Days since 1970-01-01; `None` before.
    #[must_use]
    pub fn days(&self) -> Option<u64> {
        days_since_epoch(self.year.into(), self.month.into(), self.day.into())
    }

    fn from_numbers(year: u64, month: u64, day: u64) -> Option<Self> {
        let (Ok(year), Ok(month), Ok(day)) = (year.try_into(), month.try_into(), day.try_into())
        else {
            return None;
        };
        Self::new(year, month, day)
    }

    /// `YYYYMMDD` as numbers, whatever they are.
    fn from_digits(digits: &[u8; 8]) -> Option<(u64, u64, u64)> {
        let text = core::str::from_utf8(digits).ok()?;
        let all_digits = digits.iter().all(u8::is_ascii_digit);
        let (year, rest) = text.split_at_checked(4).filter(|_| all_digits)?;
        let (month, day) = rest.split_at_checked(2)?;
        Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A day of birth as registers have it, which may be in no calendar: the 32nd, a day 0, a month 13
/// of a lunar calendar.
///
/// ```
/// use vitacard::profile::{BirthDate, Date};
/// let lunar = BirthDate::parse("19581332").unwrap();
/// assert_eq!(Some(lunar.nearest()), Date::new(1958, 12, 31));
/// assert_eq!(lunar.raw(), Some("19581332"));
/// assert_eq!(BirthDate::parse("19900714").unwrap().raw(), None);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BirthDate {
    nearest: Date,
    raw: Option<String>,
}

impl BirthDate {
    /// A day of the calendar.
    #[must_use]
    pub const fn on(date: Date) -> Self {
        Self {
            nearest: date,
            raw: None,
        }
    }

    /// Eight digits, `YYYYMMDD`; `None` if they are not, or for the year 0.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        let raw = digits.as_bytes().try_into().ok()?;
        let (year, month, day) = Date::from_digits(raw)?;
        let nearest_month = month.clamp(1, 12);
        let last = days_in(year, nearest_month);
        // The month moves first: the day after the last of a year is that last day.
        let nearest_day = match month {
            13.. => last,
            0 => 1,
            _ => day.clamp(1, last),
        };
        let nearest = Date::from_numbers(year, nearest_month, nearest_day)?;
        let exact = (month, day) == (nearest_month, nearest_day);
        Some(Self {
            nearest,
            raw: (!exact).then(|| digits.into()),
        })
    }

    /// It, or the day of the calendar that is nearest: `birth_date`.
    #[must_use]
    pub const fn nearest(&self) -> Date {
        self.nearest
    }

    /// The eight digits, where they are no day of the calendar: `birth_date_raw`.
    #[must_use]
    pub fn raw(&self) -> Option<&str> {
        self.raw.as_deref()
    }
}

pub(super) fn full_date(date: Date) -> ciborium::Value {
    ciborium::Value::Tag(1004, Box::new(format!("{date}").into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for (text, expected) in [
            ("1990-07-14", true),
            ("2000-02-29", true),
            ("1900-02-29", false),
            ("1990-13-01", false),
            ("1990-00-01", false),
            ("1990-04-31", false),
            ("1990-04-00", false),
            ("0000-04-01", false),
            ("990-04-01", false),
            ("1990-4-01", false),
            ("1990/04/01", false),
            ("+990-04-01", false),
            ("1990-04-01T", false),
        ] {
            let date = Date::parse(text);
            assert_eq!(date.is_some(), expected, "{text}");
            if let Some(date) = date {
                assert_eq!(std::format!("{date}"), text);
                assert_eq!(Date::new(date.year, date.month, date.day), Some(date));
            }
        }
        let epoch = Date::new(1970, 1, 2).unwrap();
        assert_eq!(
            (epoch.days(), Date::of(crate::unix_time(86_400))),
            (Some(1), Some(epoch))
        );
    }

    #[test]
    fn births() {
        for (raw, nearest, exact) in [
            ("19900714", "1990-07-14", true),
            ("19580231", "1958-02-28", false),
            ("19600231", "1960-02-29", false),
            ("19580000", "1958-01-01", false),
            ("19580600", "1958-06-01", false),
            ("19580032", "1958-01-01", false),
            ("19581332", "1958-12-31", false),
            ("19589901", "1958-12-31", false),
            ("19580699", "1958-06-30", false),
        ] {
            let birth = BirthDate::parse(raw).unwrap();
            assert_eq!(std::format!("{}", birth.nearest()), nearest);
            assert_eq!(birth.raw(), (!exact).then_some(raw), "{raw}");
        }
        for none in ["1990071", "199007140", "1990071a", "00000714", "+9900714"] {
            assert_eq!(BirthDate::parse(none), None, "{none}");
        }
    }
}
