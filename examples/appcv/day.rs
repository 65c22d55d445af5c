//! The time of the story: it begins on 1 June 2026 at eight.

use core::time::Duration;

use vitacard::profile::Date;
use vitacard::{UnixTime, unix_time};

use super::Fallible;

pub(crate) const DAY: u64 = 86_400;
/// 2026-06-01T00:00:00Z
const FIRST: u64 = 1_780_272_000;

/// On that day of the story, the first being 1, at that hour.
pub(crate) const fn at(day: u64, hour: u64) -> UnixTime {
    unix_time(FIRST + (day - 1) * DAY + hour * 3600)
}

/// By the clock of a phone that was switched on as the story began.
pub(crate) const fn since_start(now: UnixTime) -> Duration {
    Duration::from_secs(now.as_secs() - FIRST)
}

/// Such as `2026-06-01`.
pub(crate) fn date(time: UnixTime) -> Fallible<Date> {
    Ok(Date::of(time).ok_or("a time that is in no calendar")?)
}

/// Such as `day 31, 2026-07-01 08:00`.
pub(crate) fn stamp(time: UnixTime) -> Fallible<String> {
    let secs = time.as_secs() - FIRST;
    let (day, minutes) = (secs / DAY + 1, secs % DAY / 60);
    let date = date(time)?;
    Ok(format!(
        "day {day}, {date} {:02}:{:02}",
        minutes / 60,
        minutes % 60
    ))
}
