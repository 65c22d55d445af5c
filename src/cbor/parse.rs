//! The one pass that decides whether bytes are well-formed CBOR.

use super::{MAX_DEPTH, MAX_UNORDERED_KEYS, TAG_ENCODED, major};
use crate::error::{DecodeError, DecodeErrorKind};

/// A position in a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a [u8],
    pub(super) offset: u32,
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
struct Key<'a> {
    major: u8,
    value: u64,
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(rest: &'a [u8], offset: u32) -> Self {
        Self { rest, offset }
    }

    pub(super) const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.offset)
    }

    /// Checks one item that lies `depth` levels deep, and steps over it.
    pub(super) fn check_item(&mut self, depth: u8) -> Result<(), DecodeError> {
        let start = *self;
        let head = self.head()?;
        match head.major {
            major::UINT | major::NINT => Ok(()),
            major::BYTES => self.take(head.value).map(drop),
            major::TEXT => self.text(head.value).map(drop),
            major::ARRAY => self.check_array(start, head.value, depth),
            major::MAP => self.check_map(start, head.value, depth),
            major::TAG => self.check_tag(start, head.value, depth),
            _ => check_simple(head).map_err(|kind| start.error(kind)),
        }
    }

    /// Fails where anything is left.
    pub(super) const fn finish(&self) -> Result<(), DecodeError> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(self.error(DecodeErrorKind::TrailingData)),
        }
    }

    pub(super) fn head(&mut self) -> Result<RawHead, DecodeError> {
        let start = *self;
        let [first, ..] = *self.take(1)? else {
            return Err(start.error(DecodeErrorKind::Truncated));
        };
        let (major, info) = (first >> 5, first & 0x1f);
        let value = match info {
            0..=23 => u64::from(info),
            24 => u64::from(u8::from_be_bytes(self.array()?)),
            25 => u64::from(u16::from_be_bytes(self.array()?)),
            26 => u64::from(u32::from_be_bytes(self.array()?)),
            27 => u64::from_be_bytes(self.array()?),
            31 if matches!(major, major::BYTES..=major::MAP) => {
                return Err(start.error(DecodeErrorKind::IndefiniteLength));
            }
            _ => return Err(start.error(DecodeErrorKind::NotWellFormed)),
        };
        Ok(RawHead { major, info, value })
    }

    /// The next `len` bytes, which may be any number that a peer wrote.
    pub(super) fn take(&mut self, len: u64) -> Result<&'a [u8], DecodeError> {
        let short = match len > u64::from(u32::MAX) {
            true => DecodeErrorKind::TooLong,
            false => DecodeErrorKind::Truncated,
        };
        let split = usize::try_from(len)
            .ok()
            .and_then(|len| self.rest.split_at_checked(len));
        let (Some((taken, rest)), Ok(len)) = (split, u32::try_from(len)) else {
            return Err(self.error(short));
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(len);
        Ok(taken)
    }

    pub(super) fn text(&mut self, len: u64) -> Result<&'a str, DecodeError> {
        let start = *self;
        let bytes = self.take(len)?;
        core::str::from_utf8(bytes).map_err(|_| start.error(DecodeErrorKind::InvalidUtf8))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let start = *self;
        match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                self.offset = self
                    .offset
                    .saturating_add(u32::try_from(N).unwrap_or(u32::MAX));
                Ok(*bytes)
            }
            None => Err(start.error(DecodeErrorKind::Truncated)),
        }
    }

    fn check_array(&mut self, start: Self, count: u64, depth: u8) -> Result<(), DecodeError> {
        let depth = start.deeper(depth)?;
        self.enough_for(start, count)?;
        for _ in 0..count {
            self.check_item(depth)?;
        }
        Ok(())
    }

    fn check_map(&mut self, start: Self, count: u64, depth: u8) -> Result<(), DecodeError> {
        let depth = start.deeper(depth)?;
        self.enough_for(start, count.saturating_mul(2))?;
        let entries = *self;
        let mut previous = None;
        let mut ascending = true;
        for _ in 0..count {
            let at = *self;
            let key = self.key()?;
            if previous == Some(key) {
                return Err(at.error(DecodeErrorKind::DuplicateKey));
            }
            ascending &= previous < Some(key);
            previous = Some(key);
            self.check_item(depth)?;
        }
        match ascending {
            true => Ok(()),
            false => entries.compare_all_keys(start, count),
        }
    }

    fn check_tag(&mut self, start: Self, tag: u64, depth: u8) -> Result<(), DecodeError> {
        let depth = start.deeper(depth)?;
        if tag != TAG_ENCODED {
            return self.check_item(depth);
        }
        let at = *self;
        let head = self.head()?;
        if head.major != major::BYTES {
            return Err(at.error(DecodeErrorKind::UnexpectedType));
        }
        let offset = self.offset;
        let mut content = Self::new(self.take(head.value)?, offset);
        content.check_item(depth)?;
        content.finish()
    }

    /// A declared count is refused before anything is done for it: each item takes a byte.
    fn enough_for(&self, start: Self, items: u64) -> Result<(), DecodeError> {
        let left = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        match items {
            _ if items <= left => Ok(()),
            _ if items > u64::from(u32::MAX) => Err(start.error(DecodeErrorKind::TooLong)),
            _ => Err(start.error(DecodeErrorKind::Truncated)),
        }
    }

    fn deeper(&self, depth: u8) -> Result<u8, DecodeError> {
        match depth < MAX_DEPTH {
            true => Ok(depth.saturating_add(1)),
            false => Err(self.error(DecodeErrorKind::TooDeep)),
        }
    }

    fn key(&mut self) -> Result<Key<'a>, DecodeError> {
        let start = *self;
        let RawHead { major, value, .. } = self.head()?;
        let bytes: &[u8] = match major {
            major::UINT | major::NINT => &[],
            major::BYTES => self.take(value)?,
            major::TEXT => self.text(value)?.as_bytes(),
            _ => return Err(start.error(DecodeErrorKind::KeyType)),
        };
        Ok(Key {
            major,
            value,
            bytes,
        })
    }

    /// For maps out of order; their values have been checked already, so they are stepped over.
    #[inline(never)] // 8 kB of stack that the recursion must not carry
    fn compare_all_keys(mut self, start: Self, count: u64) -> Result<(), DecodeError> {
        let mut keys = [None; MAX_UNORDERED_KEYS];
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let Some(keys) = keys.get_mut(..count) else {
            return Err(start.error(DecodeErrorKind::TooManyKeys));
        };
        let mut earlier = 0;
        while earlier < count {
            let at = self;
            let key = Some(self.key()?);
            if keys.iter().take(earlier).any(|other| *other == key) {
                return Err(at.error(DecodeErrorKind::DuplicateKey));
            }
            if let Some(slot) = keys.get_mut(earlier) {
                *slot = key;
            }
            self.skip_checked()?;
            earlier = earlier.saturating_add(1);
        }
        Ok(())
    }

    /// Steps over an item that [`Self::check_item`] passed, without recursion.
    pub(super) fn skip_checked(&mut self) -> Result<(), DecodeError> {
        let mut pending: u64 = 1;
        while pending > 0 {
            pending = pending.saturating_sub(1);
            let head = self.head()?;
            let inside = match head.major {
                major::BYTES | major::TEXT => self.take(head.value).map(|_| 0)?,
                major::ARRAY => head.value,
                major::MAP => head.value.saturating_mul(2),
                major::TAG => 1,
                _ => 0,
            };
            pending = pending.saturating_add(inside);
        }
        Ok(())
    }
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

/// RFC 8949 section 3.3: two-byte simple values below 32 are not well formed.
const fn check_simple(head: RawHead) -> Result<(), DecodeErrorKind> {
    match head.info == 24 && head.value < 32 {
        true => Err(DecodeErrorKind::NotWellFormed),
        false => Ok(()),
    }
}
