//! The identifiers of a list, one after the other: a list of many short ones takes no more memory
//! than four bytes each beside what was sent.

use alloc::vec::Vec;
use core::fmt;

use crate::cbor::{WellFormed, required};
use crate::error::{DecodeError, DecodeErrorKind};

/// Identifiers in the order of their encodings: shorter ones first, then by their bytes.
#[derive(Clone, Default, Eq, PartialEq)]
pub(crate) struct Identifiers {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
}

/// Nobody wants megabytes in a log.
impl fmt::Debug for Identifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} identifiers", self.len())
    }
}

impl Identifiers {
    /// ```cddl
    /// IdentifierList = { "identifiers": { * bstr => IdentifierInfo }, ? "aggregation_uri": tstr,
    ///                    * tstr => RFU }
    /// IdentifierInfo = { * tstr => RFU }
    /// ```
    ///
    /// They take at most `cap` bytes.
    pub(super) fn read(list: WellFormed<'_>, cap: usize) -> Result<Self, DecodeError> {
        let [identifiers] = list.fields(["identifiers"])?;
        let map = required(identifiers, &list)?;
        let mut ids = Self::default();
        let mut ascending = true;
        for entry in map.map()? {
            let (id, info) = entry?;
            info.map()?;
            let id = id.byte_string()?;
            ascending &= ids.last().is_none_or(|last| order(last) < order(id));
            ids.push(id, cap)
                .ok_or_else(|| map.error(DecodeErrorKind::TooLong))?;
        }
        Ok(if ascending {
            ids.shrunk()
        } else {
            ids.sorted()
        })
    }

    /// As they were kept.
    pub(super) fn read_array(list: WellFormed<'_>, cap: usize) -> Result<Self, DecodeError> {
        let mut ids = Self::default();
        for id in list.array()? {
            let id = id?.byte_string()?;
            if ids.last().is_some_and(|last| order(last) >= order(id)) {
                return Err(list.error(DecodeErrorKind::NotDeterministic));
            }
            ids.push(id, cap)
                .ok_or_else(|| list.error(DecodeErrorKind::TooLong))?;
        }
        Ok(ids.shrunk())
    }

    /// Whether `id` is among them.
    pub(crate) fn contains(&self, id: &[u8]) -> bool {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            let Some(found) = self.at(middle) else {
                return false;
            };
            match order(found).cmp(&order(id)) {
                core::cmp::Ordering::Equal => return true,
                core::cmp::Ordering::Less => low = middle.saturating_add(1),
                core::cmp::Ordering::Greater => high = middle,
            }
        }
        false
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).filter_map(|place| self.at(place))
    }

    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// What they take in memory, in bytes.
    pub(crate) const fn byte_len(&self) -> usize {
        let ends = self.ends.len().saturating_mul(size_of::<u32>());
        self.bytes.len().saturating_add(ends)
    }

    fn at(&self, place: usize) -> Option<&[u8]> {
        let start = match place.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        let end = *self.ends.get(place)?;
        self.bytes
            .get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }

    fn last(&self) -> Option<&[u8]> {
        self.at(self.ends.len().checked_sub(1)?)
    }

    fn push(&mut self, id: &[u8], cap: usize) -> Option<()> {
        let end = self.bytes.len().checked_add(id.len())?;
        let with_its_end = id.len().checked_add(size_of::<u32>())?;
        (self.byte_len().checked_add(with_its_end)? <= cap).then_some(())?;
        self.ends.push(u32::try_from(end).ok()?);
        self.bytes.extend_from_slice(id);
        Some(())
    }

    /// Of a map out of order there are 256 entries at most.
    fn sorted(&self) -> Self {
        let mut all: Vec<_> = self.iter().collect();
        all.sort_by_key(|id| order(id));
        let mut sorted = Self::default();
        for id in all {
            // It is as long as it was.
            let _ = sorted.push(id, usize::MAX);
        }
        sorted.shrunk()
    }

    /// In as much memory as they need.
    fn shrunk(mut self) -> Self {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
        self
    }
}

const fn order(id: &[u8]) -> (usize, &[u8]) {
    (id.len(), id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor::Writer;

    /// What is counted is what is held, and it is counted before it is held.
    #[test]
    fn no_more_memory_than_it_says() {
        let mut out = Writer::new();
        out.map(1).text("identifiers").map(70_000);
        for n in 0..70_000_u32 {
            out.byte_string(&n.to_be_bytes()).map(0);
        }
        let bytes = out.into_bytes();
        let list = WellFormed::parse(&bytes, bytes.len()).unwrap();
        let ids = Identifiers::read(list, 560_000).unwrap();
        assert_eq!(ids.byte_len(), 560_000);
        let held = ids.bytes.capacity() + ids.ends.capacity() * size_of::<u32>();
        assert_eq!(held, ids.byte_len());
        let fault = Identifiers::read(list, 559_999).unwrap_err();
        assert_eq!(fault.kind(), DecodeErrorKind::TooLong);
    }
}
