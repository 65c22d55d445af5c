//! The one pass that decides whether bytes are well-formed CBOR.

use core::cmp::Ordering;

use super::cursor::{Cursor, Key, RawHead, error};
use super::{MAX_DEPTH, MAX_UNORDERED_KEYS, TAG_ENCODED, major};
use crate::error::{DecodeError, DecodeErrorKind};

impl<'a> Cursor<'a> {
    /// Checks one item that lies `depth` levels deep, and steps over it.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub(super) fn check_item(&mut self, depth: u8) -> Result<(), DecodeError> {
        let start = self.at;
        let head = self.head()?;
        match head.major {
            major::UINT | major::NINT => Ok(()),
            major::BYTES => self.take(head.value).map(drop),
            major::TEXT => self.check_text(head.value).map(drop),
            major::ARRAY | major::MAP | major::TAG => {
                self.at = check_inside(self.bytes, self.base, start, depth)?;
                Ok(())
            }
            _ if head.info == 24 && head.value < 32 => {
                // RFC 8949 section 3.3: two-byte simple values below 32.
                Err(self.error(start, DecodeErrorKind::NotWellFormed))
            }
            _ => Ok(()),
        }
    }

    /// Fails where anything is left.
    pub(super) fn finish(&self) -> Result<(), DecodeError> {
        match self.at >= self.bytes.len() {
            true => Ok(()),
            false => Err(self.error(self.at, DecodeErrorKind::TrailingData)),
        }
    }

    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn check_text(&mut self, len: u64) -> Result<&'a [u8], DecodeError> {
        let start = self.at;
        let bytes = self.take(len)?;
        match is_ascii(bytes) || core::str::from_utf8(bytes).is_ok() {
            true => Ok(bytes),
            false => Err(self.error(start, DecodeErrorKind::InvalidUtf8)),
        }
    }

    #[inline]
    fn check_array(&mut self, start: usize, count: u64, depth: u8) -> Result<(), DecodeError> {
        self.enough_for(start, count)?;
        for _ in 0..count {
            self.check_item(depth)?;
        }
        Ok(())
    }

    #[inline]
    fn check_map(&mut self, start: usize, count: u64, depth: u8) -> Result<(), DecodeError> {
        self.enough_for(start, count.saturating_mul(2))?;
        let entries = self.at;
        let mut previous = None;
        let mut ascending = true;
        for _ in 0..count {
            let at = self.at;
            let key = Some(self.key()?);
            match previous.cmp(&key) {
                Ordering::Less => {}
                Ordering::Equal => return Err(self.error(at, DecodeErrorKind::DuplicateKey)),
                Ordering::Greater => ascending = false,
            }
            previous = key;
            self.check_item(depth)?;
        }
        match ascending {
            true => Ok(()),
            false => compare_all_keys(self.bytes, self.base, entries, start, count),
        }
    }

    #[inline]
    fn check_tag(&mut self, tag: u64, depth: u8) -> Result<(), DecodeError> {
        if tag != TAG_ENCODED {
            return self.check_item(depth);
        }
        let start = self.at;
        let head = self.head()?;
        if head.major != major::BYTES {
            return Err(self.error(start, DecodeErrorKind::UnexpectedType));
        }
        let base = self.offset_of(self.at);
        let mut content = Self::new(self.take(head.value)?, base);
        content.check_item(depth)?;
        content.finish()
    }

    /// A declared count is refused before anything is done for it: each item takes a byte.
    #[inline]
    fn enough_for(&self, start: usize, items: u64) -> Result<(), DecodeError> {
        let left = u64::try_from(self.rest().len()).unwrap_or(u64::MAX);
        match items {
            _ if items <= left => Ok(()),
            _ if items > u64::from(u32::MAX) => Err(self.error(start, DecodeErrorKind::TooLong)),
            _ => Err(self.error(start, DecodeErrorKind::Truncated)),
        }
    }

    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn key(&mut self) -> Result<Key<'a>, DecodeError> {
        let start = self.at;
        let RawHead { major, value, .. } = self.head()?;
        let bytes: &[u8] = match major {
            major::UINT | major::NINT => &[],
            major::BYTES => self.take(value)?,
            major::TEXT => self.check_text(value)?,
            _ => return Err(self.error(start, DecodeErrorKind::KeyType)),
        };
        Ok(Key {
            major,
            value,
            bytes,
        })
    }
}

/// Checks the array, the map or the tag at `start`, and says where it ends.
fn check_inside(bytes: &[u8], base: u32, start: usize, depth: u8) -> Result<usize, DecodeError> {
    let at = start;
    let mut cursor = Cursor { bytes, at, base };
    let head = cursor.head()?;
    if depth >= MAX_DEPTH {
        return Err(error(base, start, DecodeErrorKind::TooDeep));
    }
    let depth = depth.saturating_add(1);
    match head.major {
        major::ARRAY => cursor.check_array(start, head.value, depth)?,
        major::MAP => cursor.check_map(start, head.value, depth)?,
        _ => cursor.check_tag(head.value, depth)?,
    }
    Ok(cursor.at)
}

/// For maps out of order; their values have been checked already, so they are stepped over.
#[inline(never)] // 8 kB of stack that the recursion must not carry
fn compare_all_keys(
    bytes: &[u8],
    base: u32,
    entries: usize,
    start: usize,
    count: u64,
) -> Result<(), DecodeError> {
    let mut cursor = Cursor {
        bytes,
        at: entries,
        base,
    };
    let mut keys = [None; MAX_UNORDERED_KEYS];
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let Some(keys) = keys.get_mut(..count) else {
        return Err(cursor.error(start, DecodeErrorKind::TooManyKeys));
    };
    let mut earlier = 0;
    while earlier < count {
        let at = cursor.at;
        let key = Some(cursor.checked_key()?);
        if keys.iter().take(earlier).any(|other| *other == key) {
            return Err(cursor.error(at, DecodeErrorKind::DuplicateKey));
        }
        if let Some(slot) = keys.get_mut(earlier) {
            *slot = key;
        }
        cursor.skip_checked()?;
        earlier = earlier.saturating_add(1);
    }
    Ok(())
}

/// Nothing, unless `scripts/proof` plants a fault here to see that the proof would notice it.
#[inline]
pub(super) fn planted(_bytes: &[u8]) {
    #[cfg(vitacard_planted_add)]
    {
        let mut sum = 0_u8;
        for byte in _bytes {
            sum += byte;
        }
        core::hint::black_box(sum);
    }
    #[cfg(vitacard_planted_index)]
    {
        let first = _bytes.first().copied().unwrap_or_default();
        core::hint::black_box(_bytes[usize::from(first)]);
    }
}

/// Texts are mostly short and ASCII: eight bytes at once are seen faster than the rules of UTF-8.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = bytes.as_chunks();
    let end = match bytes.last_chunk() {
        Some(end) => u64::from_ne_bytes(*end),
        None => rest.iter().fold(0, |all, byte| all | u64::from(*byte)),
    };
    let all = words
        .iter()
        .fold(end, |all, word| all | u64::from_ne_bytes(*word));
    all & HIGH_BITS == 0
}
