//! Time is an argument. Nothing below the roles reads a clock.

use core::time::Duration;

pub use pki_types::UnixTime;

/// A window `[from, until]`, both ends inclusive, that is known not to be empty.
///
/// ISO's `validUntil` is inclusive: at `now = validUntil` a card still holds.
///
/// ```
/// use vitacard::{Validity, unix_time};
/// let window = Validity::new(unix_time(1_767_225_600), unix_time(1_798_761_600)).unwrap();
/// assert_eq!(window.secs(), 31_536_000);
/// assert!(window.holds_at(unix_time(1_798_761_600)));
/// assert!(Validity::new(unix_time(2), unix_time(1)).is_none());
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Validity {
    from: UnixTime,
    until: UnixTime,
}

impl Validity {
    /// The window from `from` to `until`, or `None` if it would end before it begins.
    #[must_use]
    pub fn new(from: UnixTime, until: UnixTime) -> Option<Self> {
        (from <= until).then_some(Self { from, until })
    }

    /// The first second in it.
    #[must_use]
    pub const fn from(&self) -> UnixTime {
        self.from
    }

    /// The last second in it.
    #[must_use]
    pub const fn until(&self) -> UnixTime {
        self.until
    }

    /// How long it lasts, in seconds.
    #[must_use]
    pub const fn secs(&self) -> u64 {
        self.until.as_secs().saturating_sub(self.from.as_secs())
    }

    /// Whether `time` lies in it.
    #[must_use]
    pub fn holds_at(&self, time: UnixTime) -> bool {
        self.from <= time && time <= self.until
    }

    /// What both windows have in common.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.until.min(other.until))
    }
}

/// 2020-01-01T00:00:00Z, before any card of this standard: a clock that says less was never set.
pub(crate) const CLOCK_FLOOR: UnixTime = unix_time(1_577_836_800);

/// The time `secs` seconds after 1970-01-01T00:00:00Z.
///
/// ```
/// assert_eq!(vitacard::unix_time(86_400).as_secs(), 86_400);
/// ```
#[must_use]
pub const fn unix_time(secs: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(secs))
}
