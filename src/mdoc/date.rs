//! `tdate`: RFC 3339 in UTC (ISO/IEC 18013-5 clause 7.2), to and from seconds.

use alloc::string::String;
use core::fmt::Write as _;

use crate::cbor::WellFormed;
use crate::time::{UnixTime, unix_time};

const TAG_DATE_TIME: u64 = 0;
const DAY: u64 = 86_400;

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: u64 = 719_468;

/// The time of a `tdate`.
///
/// Tag 0 may be missing and fractions are cut off, as test issuers and a German pilot do. Refused:
/// an offset (also `+00:00`), small `t` or `z`, a leap second, a day that its month does not have,
/// and years before 1970.
pub(crate) fn read_tdate(item: WellFormed<'_>) -> Option<UnixTime> {
    parse_tdate(item.without_tag(TAG_DATE_TIME).ok()?.text().ok()?)
}

/// The time of `text`, as [`read_tdate`] reads it.
pub(crate) fn parse_tdate(text: &str) -> Option<UnixTime> {
    let (fixed, rest) = text.as_bytes().split_first_chunk::<19>()?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
    ] = fixed
    else {
        return None;
    };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let (month, day) = (number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    let (hour, minute, second) = (
        number(&[*h1, *h2])?,
        number(&[*n1, *n2])?,
        number(&[*s1, *s2])?,
    );
    if !is_end(rest) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_since_epoch(year, month, day)?;
    let seconds = days.checked_mul(DAY)?;
    let of_day = hour
        .checked_mul(3600)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?;
    Some(unix_time(seconds.checked_add(of_day)?))
}

/// `YYYY-MM-DDThh:mm:ssZ`, up to the year 9999.
pub(crate) fn format_tdate(time: UnixTime) -> Option<String> {
    let seconds = time.as_secs();
    let (days, of_day) = (seconds / DAY, seconds % DAY);
    let (year, month, day) = civil(days)?;
    let mut text = String::new();
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    write!(
        text,
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
    )
    .ok()?;
    (year <= 9999).then_some(text)
}

/// `Z`, or a fraction and `Z`.
fn is_end(rest: &[u8]) -> bool {
    match rest {
        [b'Z'] => true,
        [b'.', fraction @ .., b'Z'] => {
            !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// The proleptic Gregorian calendar, with years that begin in March so that leap days come last.
pub(crate) fn days_since_epoch(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let (year, month) = match month {
        1 | 2 => (year.checked_sub(1)?, month.checked_add(9)?),
        _ => (year, month.checked_sub(3)?),
    };
    let leap_days = (year / 4)
        .checked_sub(year / 100)?
        .checked_add(year / 400)?;
    let of_year = month.checked_mul(153)?.checked_add(2)? / 5;
    let days = year
        .checked_mul(365)?
        .checked_add(leap_days)?
        .checked_add(of_year)?;
    days.checked_add(day)?.checked_sub(1)?.checked_sub(EPOCH)
}

pub(crate) const fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The date `days` after the epoch: the inverse of [`days_since_epoch`].
pub(crate) fn civil(days: u64) -> Option<(u64, u64, u64)> {
    let days = days.checked_add(EPOCH)?;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let leap = (of_era / 1460)
        .checked_add(of_era / 146_096)?
        .checked_sub(of_era / 36_524)?;
    let year_of_era = of_era.checked_sub(leap)? / 365;
    let before = year_of_era
        .checked_mul(365)?
        .checked_add(year_of_era / 4)?
        .checked_sub(year_of_era / 100)?;
    let of_year = of_era.checked_sub(before)?;
    let month = of_year.checked_mul(5)?.checked_add(2)? / 153;
    let day = of_year
        .checked_sub(month.checked_mul(153)?.checked_add(2)? / 5)?
        .checked_add(1)?;
    let year = year_of_era.checked_add(era.checked_mul(400)?)?;
    match month {
        0..=9 => Some((year, month.checked_add(3)?, day)),
        _ => Some((year.checked_add(1)?, month.checked_sub(9)?, day)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_strictly() {
        let secs = |text| parse_tdate(text).map(|time| time.as_secs());
        assert_eq!(secs("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(secs("2020-02-29T23:59:59Z"), Some(1_583_020_799));
        assert_eq!(secs("2026-11-23T06:00:00.123456Z"), Some(1_795_413_600));
        assert_eq!(secs("9999-12-31T23:59:59Z"), Some(253_402_300_799));
        for text in [
            "2026-02-30T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T23:60:00Z",
            "2026-01-01T23:59:60Z",
            "2026-01-01t00:00:00Z",
            "2026-01-01T00:00:00z",
            "2026-01-01T00:00:00+00:00",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.1aZ",
            "2026-01-01 00:00:00Z",
            "0000-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-01-0:T00:00:00Z",
            "",
        ] {
            assert_eq!(secs(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn dates_round_trip(secs in 0_u64..253_402_300_800) {
            let text = format_tdate(unix_time(secs)).unwrap();
            prop_assert_eq!(parse_tdate(&text), Some(unix_time(secs)));
        }
    }

    #[test]
    fn the_year_10000_is_not_written() {
        assert_eq!(format_tdate(unix_time(253_402_300_800)), None);
        assert_eq!(format_tdate(unix_time(u64::MAX)), None);
    }
}
