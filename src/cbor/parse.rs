//! The one pass that decides whether bytes are well-formed CBOR.

use core::cmp::Ordering;

use super::{MAX_DEPTH, MAX_UNORDERED_KEYS, TAG_ENCODED, major};
use crate::error::{DecodeError, DecodeErrorKind};

/// A position in a piece of a message.
///
/// What is small here is inlined, and what is not takes and returns positions as numbers: a cursor
/// whose address nobody takes stays in registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where `bytes` begin in the message.
    base: u32,
}

/// Major type, argument, and for major type 7 whether it was written in the head's first byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawHead {
    pub(super) major: u8,
    pub(super) info: u8,
    pub(super) value: u64,
}

/// A map key by its decoded value; the derived order is the one of RFC 8949 section 4.2.1.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Key<'a> {
    pub(super) major: u8,
    pub(super) value: u64,
    pub(super) bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    #[inline(always)]
    pub(super) const fn new(bytes: &'a [u8], base: u32) -> Self {
        Self { bytes, at: 0, base }
    }

    /// Where the cursor is in `bytes`.
    #[inline(always)]
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Where `at` is in the message.
    #[inline(always)]
    pub(super) fn offset_of(&self, at: usize) -> u32 {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.base.saturating_add(at)
    }

    /// What was stepped over since the cursor was at `start`.
    #[inline(always)]
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// What lies ahead.
    #[inline(always)]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Checks one item that lies `depth` levels deep, and steps over it.
    #[inline(always)]
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

    #[inline(always)]
    pub(super) fn head(&mut self) -> Result<RawHead, DecodeError> {
        let start = self.at;
        let first = self.byte()?;
        let (major, info) = (first >> 5, first & 0x1f);
        let value = match info {
            0..=23 => u64::from(info),
            24 => u64::from(self.byte()?),
            _ => {
                let value = long_argument(self.bytes, self.base, start)?;
                let len = 1_usize.wrapping_shl(u32::from(info & 3));
                self.at = self.at.saturating_add(len);
                value
            }
        };
        Ok(RawHead { major, info, value })
    }

    /// The next `len` bytes, which may be any number that a peer wrote.
    #[inline(always)]
    pub(super) fn take(&mut self, len: u64) -> Result<&'a [u8], DecodeError> {
        let (start, len_here) = (self.at, usize::try_from(len));
        let end = len_here.ok().and_then(|len| start.checked_add(len));
        match end.and_then(|end| Some((end, self.bytes.get(start..end)?))) {
            Some((end, taken)) => {
                self.at = end;
                Ok(taken)
            }
            None if len > u64::from(u32::MAX) => Err(self.error(start, DecodeErrorKind::TooLong)),
            None => Err(self.error(start, DecodeErrorKind::Truncated)),
        }
    }

    pub(super) fn text(&mut self, len: u64) -> Result<&'a str, DecodeError> {
        let start = self.at;
        let bytes = self.take(len)?;
        core::str::from_utf8(bytes).map_err(|_| self.error(start, DecodeErrorKind::InvalidUtf8))
    }

    /// A key of a map that [`Self::check_item`] passed.
    #[inline(always)]
    pub(super) fn checked_key(&mut self) -> Result<Key<'a>, DecodeError> {
        let RawHead { major, value, .. } = self.head()?;
        let bytes: &[u8] = match major {
            major::BYTES | major::TEXT => self.take(value)?,
            _ => &[],
        };
        Ok(Key {
            major,
            value,
            bytes,
        })
    }

    /// Steps over an item that [`Self::check_item`] passed.
    #[inline(always)]
    pub(super) fn skip_checked(&mut self) -> Result<(), DecodeError> {
        let start = self.at;
        let head = self.head()?;
        match head.major {
            major::BYTES | major::TEXT => self.take(head.value).map(drop),
            major::ARRAY | major::MAP | major::TAG => {
                self.at = skip_inside(self.bytes, self.base, start)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Steps over what [`Self::check_item`] passed and nothing follows.
    #[inline(always)]
    pub(super) const fn skip_all(&mut self) {
        self.at = self.bytes.len();
    }

    /// Steps over `#6.24(bstr)` and gives the content, if that is here in its usual encoding.
    #[inline(always)]
    pub(super) fn take_embedded(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let [Ok(0xd8), Ok(24)] = [ahead.byte(), ahead.byte()] else {
            return None;
        };
        let head = ahead.head().ok()?;
        if head.major != major::BYTES {
            return None;
        }
        let content = ahead.take(head.value).ok()?;
        self.at = ahead.at;
        Some(content)
    }

    #[inline(always)]
    fn byte(&mut self) -> Result<u8, DecodeError> {
        match self.bytes.get(self.at) {
            Some(byte) => {
                self.at = self.at.saturating_add(1);
                Ok(*byte)
            }
            None => Err(self.error(self.at, DecodeErrorKind::Truncated)),
        }
    }

    #[inline(always)]
    fn check_text(&mut self, len: u64) -> Result<&'a [u8], DecodeError> {
        let start = self.at;
        let bytes = self.take(len)?;
        match is_ascii(bytes) || core::str::from_utf8(bytes).is_ok() {
            true => Ok(bytes),
            false => Err(self.error(start, DecodeErrorKind::InvalidUtf8)),
        }
    }

    #[inline(always)]
    fn check_array(&mut self, start: usize, count: u64, depth: u8) -> Result<(), DecodeError> {
        self.enough_for(start, count)?;
        for _ in 0..count {
            self.check_item(depth)?;
        }
        Ok(())
    }

    #[inline(always)]
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

    #[inline(always)]
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
    #[inline(always)]
    fn enough_for(&self, start: usize, items: u64) -> Result<(), DecodeError> {
        let left = u64::try_from(self.rest().len()).unwrap_or(u64::MAX);
        match items {
            _ if items <= left => Ok(()),
            _ if items > u64::from(u32::MAX) => Err(self.error(start, DecodeErrorKind::TooLong)),
            _ => Err(self.error(start, DecodeErrorKind::Truncated)),
        }
    }

    #[inline(always)]
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

    #[inline(always)]
    fn error(&self, at: usize, kind: DecodeErrorKind) -> DecodeError {
        error(self.base, at, kind)
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

/// Steps over what [`check_inside`] passed, without recursion, and says where it ends.
fn skip_inside(bytes: &[u8], base: u32, start: usize) -> Result<usize, DecodeError> {
    let at = start;
    let mut cursor = Cursor { bytes, at, base };
    let mut pending: u64 = 1;
    while pending > 0 {
        pending = pending.saturating_sub(1);
        let head = cursor.head()?;
        let inside = match head.major {
            major::BYTES | major::TEXT => cursor.take(head.value).map(|_| 0)?,
            major::ARRAY => head.value,
            major::MAP => head.value.saturating_mul(2),
            major::TAG => 1,
            _ => 0,
        };
        pending = pending.saturating_add(inside);
    }
    Ok(cursor.at)
}

/// The argument of the head at `start`, if it is two, four or eight bytes long.
fn long_argument(bytes: &[u8], base: u32, start: usize) -> Result<u64, DecodeError> {
    let head = bytes.get(start..).and_then(<[u8]>::split_first);
    let (first, rest) = head.unwrap_or((&0, &[]));
    let value = match first & 0x1f {
        25 => rest
            .first_chunk()
            .map(|bytes| u64::from(u16::from_be_bytes(*bytes))),
        26 => rest
            .first_chunk()
            .map(|bytes| u64::from(u32::from_be_bytes(*bytes))),
        27 => rest.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)),
        31 if matches!(first >> 5, major::BYTES..=major::MAP) => {
            return Err(error(base, start, DecodeErrorKind::IndefiniteLength));
        }
        _ => return Err(error(base, start, DecodeErrorKind::NotWellFormed)),
    };
    value.ok_or_else(|| error(base, start.saturating_add(1), DecodeErrorKind::Truncated))
}

#[cold]
fn error(base: u32, at: usize, kind: DecodeErrorKind) -> DecodeError {
    let at = u32::try_from(at).unwrap_or(u32::MAX);
    DecodeError::new(kind, base.saturating_add(at))
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
#[inline(always)]
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
#[inline(always)]
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
