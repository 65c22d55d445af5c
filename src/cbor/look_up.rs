//! Finding values in maps.

use super::cursor::Key;
use super::{Map, WellFormed, major};

/// Finds one value after the other in a map.
///
/// A search begins behind what the last one found: who asks in the order of the map walks it once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LookUp<'a> {
    all: Map<'a>,
    next: Map<'a>,
}

impl<'a> LookUp<'a> {
    pub(crate) const fn new(map: Map<'a>) -> Self {
        Self {
            all: map,
            next: map,
        }
    }

    /// The value of `key`, in one walk at most.
    #[inline]
    pub(crate) fn find(&mut self, key: impl Keyed) -> Option<WellFormed<'a>> {
        let passed = self.all.left().saturating_sub(self.next.left());
        if let Some(found) = self.next.search(&key, u64::MAX) {
            return Some(found);
        }
        self.next = self.all;
        self.next.search(&key, passed)
    }
}

/// What can be looked for in a map.
pub(crate) trait Keyed {
    fn is(&self, key: &Key<'_>) -> bool;
}

impl Keyed for &str {
    #[inline]
    fn is(&self, key: &Key<'_>) -> bool {
        key.major == major::TEXT && key.bytes == self.as_bytes()
    }
}

impl Keyed for i64 {
    #[inline]
    fn is(&self, key: &Key<'_>) -> bool {
        match key.major {
            major::UINT => Self::try_from(key.value) == Ok(*self),
            major::NINT => Self::try_from(key.value) == Ok(!*self),
            _ => false,
        }
    }
}
