//! Stepping through bytes: heads, strings, and items that are known to be well formed.
//!
//! What is small is inlined, except for firmware, where size counts; and what is not takes and gives
//! positions as numbers, so that a cursor, whose address nobody takes, stays in registers.

use super::major;
use crate::error::{DecodeError, DecodeErrorKind};

/// A position in a piece of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// Where `bytes` begin in the message.
    pub(super) base: u32,
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
    #[inline]
    pub(super) const fn new(bytes: &'a [u8], base: u32) -> Self {
        Self { bytes, at: 0, base }
    }

    /// Where the cursor is in `bytes`.
    #[inline]
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Where `at` is in the message.
    #[inline]
    pub(super) fn offset_of(&self, at: usize) -> u32 {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.base.saturating_add(at)
    }

    /// What was stepped over since the cursor was at `start`.
    #[inline]
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// What lies ahead.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[cfg_attr(not(target_os = "none"), inline(always))]
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
    #[cfg_attr(not(target_os = "none"), inline(always))]
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
    #[cfg_attr(not(target_os = "none"), inline(always))]
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
    #[cfg_attr(not(target_os = "none"), inline(always))]
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
    #[inline]
    pub(super) const fn skip_all(&mut self) {
        self.at = self.bytes.len();
    }

    /// Steps over `#6.24(bstr)` and gives the content, if that is here in its usual encoding.
    #[cfg_attr(not(target_os = "none"), inline(always))]
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

    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn byte(&mut self) -> Result<u8, DecodeError> {
        match self.bytes.get(self.at) {
            Some(byte) => {
                self.at = self.at.saturating_add(1);
                Ok(*byte)
            }
            None => Err(self.error(self.at, DecodeErrorKind::Truncated)),
        }
    }

    #[inline]
    pub(super) fn error(&self, at: usize, kind: DecodeErrorKind) -> DecodeError {
        error(self.base, at, kind)
    }
}

/// Steps over what the one pass has let in, without recursion, and says where it ends.
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
pub(super) fn error(base: u32, at: usize, kind: DecodeErrorKind) -> DecodeError {
    let at = u32::try_from(at).unwrap_or(u32::MAX);
    DecodeError::new(kind, base.saturating_add(at))
}
