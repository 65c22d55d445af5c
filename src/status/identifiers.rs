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
    pub(super) fn read(list: WellFormed<'_>) -> Result<Self, DecodeError> {
        let [identifiers] = list.fields(["identifiers"])?;
        let map = required(identifiers, &list)?;
        let mut ids = Self::default();
        let mut ascending = true;
        for entry in map.map()? {
            let (id, info) = entry?;
            info.map()?;
            let id = id.byte_string()?;
            ascending &= ids.last().is_none_or(|last| order(last) < order(id));
            ids.push(id)
                .ok_or_else(|| map.error(DecodeErrorKind::TooLong))?;
        }
        Ok(if ascending { ids } else { ids.sorted() })
    }

    /// As they were kept.
    pub(super) fn read_array(list: WellFormed<'_>) -> Result<Self, DecodeError> {
        let mut ids = Self::default();
        for id in list.array()? {
            let id = id?.byte_string()?;
            if ids.last().is_some_and(|last| order(last) >= order(id)) {
                return Err(list.error(DecodeErrorKind::NotDeterministic));
            }
            ids.push(id)
                .ok_or_else(|| list.error(DecodeErrorKind::TooLong))?;
        }
        Ok(ids)
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

    fn push(&mut self, id: &[u8]) -> Option<()> {
        let end = self.bytes.len().checked_add(id.len())?;
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
            let _ = sorted.push(id);
        }
        sorted
    }
}

const fn order(id: &[u8]) -> (usize, &[u8]) {
    (id.len(), id)
}
