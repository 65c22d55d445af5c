//! The time of the story. It begins on 1 June 2026, and a day may last seconds.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, thread};

use vitacard::{UnixTime, unix_time};

use super::Fallible;

pub(crate) const HOUR: u64 = 3600;
pub(crate) const DAY: u64 = 24 * HOUR;
/// 2026-06-01T00:00:00Z
const FIRST_DAY: u64 = 1_780_272_000;

/// On that day of the story, the first being 1, at that hour.
pub(crate) const fn at(day: u64, hour: u64) -> UnixTime {
    unix_time(FIRST_DAY + (day - 1) * DAY + hour * HOUR)
}

/// Such as `day 3, 08:00`.
pub(crate) fn tell(time: UnixTime) -> String {
    let secs = time.as_secs().saturating_sub(FIRST_DAY);
    let (day, rest) = (secs / DAY + 1, secs % DAY);
    format!("day {day}, {:02}:{:02}", rest / HOUR, rest % HOUR / 60)
}

/// How server and reader agree on the time of the story: a file of two numbers.
#[derive(Clone, Copy)]
pub(crate) struct StoryClock {
    /// When the first list came out, in milliseconds of the machine's clock.
    began: u64,
    day_secs: u64,
}

impl StoryClock {
    pub(crate) fn start(day_secs: u64) -> Fallible<Self> {
        Ok(Self {
            began: machine()?,
            day_secs,
        })
    }

    pub(crate) fn write(&self, file: &Path) -> Fallible<()> {
        Ok(fs::write(
            file,
            format!("{} {}\n", self.began, self.day_secs),
        )?)
    }

    pub(crate) fn read(file: &Path) -> Fallible<Self> {
        let text = fs::read_to_string(file)?;
        let (began, day_secs) = text.trim().split_once(' ').ok_or("no clock of the story")?;
        let (began, day_secs) = (began.parse()?, day_secs.parse()?);
        match day_secs {
            0 => Err("no day lasts 0 seconds".into()),
            _ => Ok(Self { began, day_secs }),
        }
    }

    pub(crate) fn now(&self) -> Fallible<UnixTime> {
        let millis = machine()?.saturating_sub(self.began);
        let secs = u128::from(millis) * u128::from(DAY) / 1000 / u128::from(self.day_secs);
        let first = super::insurer::made(1).as_secs();
        Ok(unix_time(first + u64::try_from(secs)?))
    }

    pub(crate) fn sleep_until(&self, time: UnixTime) -> Fallible<()> {
        let secs = time.as_secs().saturating_sub(self.now()?.as_secs());
        self.sleep(secs);
        Ok(())
    }

    /// For so many seconds of the story.
    pub(crate) fn sleep(&self, secs: u64) {
        let millis = secs.saturating_mul(1000).saturating_mul(self.day_secs) / DAY;
        thread::sleep(Duration::from_millis(millis));
    }
}

fn machine() -> Fallible<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(u64::try_from(since.as_millis())?)
}
