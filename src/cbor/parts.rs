//! Structures that are hashed as they are written: a list of slices, built on the stack.

use alloc::vec::Vec;

use super::major;
use crate::cbor::TAG_ENCODED;
use crate::error::Misuse;

/// The deterministic head of an item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    bytes: [u8; 9],
    len: u8,
}

impl Head {
    pub(crate) fn new(major: u8, value: u64) -> Self {
        let [_, _, _, _, a, b, c, d] = value.to_be_bytes();
        let m = major << 5;
        match value {
            0..=23 => Self::of([m | d]),
            24..=0xff => Self::of([m | 24, d]),
            0x100..=0xffff => Self::of([m | 25, c, d]),
            0x1_0000..=0xffff_ffff => Self::of([m | 26, a, b, c, d]),
            _ => {
                let [s, t, u, v, w, x, y, z] = value.to_be_bytes();
                Self::of([m | 27, s, t, u, v, w, x, y, z])
            }
        }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    fn of<const N: usize>(head: [u8; N]) -> Self {
        let mut bytes = [0; 9];
        for (to, from) in bytes.iter_mut().zip(head) {
            *to = from;
        }
        Self {
            bytes,
            len: u8::try_from(N).unwrap_or(0),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Bytes(&'a [u8]),
    Head(Head),
}

impl Part<'_> {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Head(head) => head.as_slice(),
        }
    }
}

/// How many slices the longest structure takes: DelegateAuthentication over an NFC transcript.
const CAPACITY: usize = 36;

/// A CBOR structure as the slices that it is written from.
///
/// Sig_structure and DeviceAuthentication go to the hash this way: no buffer, and a portrait or a
/// transcript is never copied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    parts: [Part<'a>; CAPACITY],
    len: usize,
}

impl<'a> Parts<'a> {
    pub(crate) const fn new() -> Self {
        Self {
            parts: [Part::Bytes(&[]); CAPACITY],
            len: 0,
        }
    }

    /// `bytes`, already encoded.
    #[inline]
    #[must_use]
    pub(crate) fn raw(self, bytes: &'a [u8]) -> Self {
        self.push(Part::Bytes(bytes))
    }

    #[inline]
    #[must_use]
    pub(crate) fn array(self, count: u64) -> Self {
        self.push(Part::Head(Head::new(major::ARRAY, count)))
    }

    #[inline]
    #[must_use]
    pub(crate) fn text(self, text: &'a str) -> Self {
        self.string(major::TEXT, text.as_bytes())
    }

    #[inline]
    #[must_use]
    pub(crate) fn byte_string(self, bytes: &'a [u8]) -> Self {
        self.string(major::BYTES, bytes)
    }

    #[inline]
    #[must_use]
    pub(crate) fn null(self) -> Self {
        self.raw(&[0xf6])
    }

    /// `parts` as a byte string.
    #[inline]
    #[must_use]
    pub(crate) fn byte_string_of(self, parts: &Self) -> Self {
        self.push(Part::Head(Head::new(major::BYTES, parts.byte_len())))
            .append(parts)
    }

    /// `#6.24(bstr .cbor parts)`.
    #[inline]
    #[must_use]
    pub(crate) fn embedded(self, parts: &Self) -> Self {
        self.push(Part::Head(Head::new(major::TAG, TAG_ENCODED)))
            .byte_string_of(parts)
    }

    /// All of `parts`.
    #[inline]
    #[must_use]
    pub(crate) fn append(mut self, parts: &Self) -> Self {
        for part in parts.parts.iter().take(parts.len) {
            self.add(*part);
        }
        self
    }

    /// How many bytes they are together.
    pub(crate) fn byte_len(&self) -> u64 {
        self.parts.iter().take(self.len).fold(0, |sum, part| {
            sum.saturating_add(u64::try_from(part.as_slice().len()).unwrap_or(u64::MAX))
        })
    }

    /// Whether they are, one after the other, `bytes`.
    pub(crate) fn is(&self, bytes: &[u8]) -> bool {
        let rest = self
            .parts
            .iter()
            .take(self.len)
            .try_fold(bytes, |rest, part| rest.strip_prefix(part.as_slice()));
        self.len <= CAPACITY && rest == Some(&[])
    }

    /// Hands the slices over, all at once.
    ///
    /// `None` if there were too many: then nothing is hashed and the caller's check fails.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&[&[u8]]) -> T) -> Option<T> {
        let mut slices: [&[u8]; CAPACITY] = [&[]; CAPACITY];
        for (slice, part) in slices.iter_mut().zip(&self.parts) {
            *slice = part.as_slice();
        }
        slices.get(..self.len).map(read)
    }

    /// The whole structure in one piece.
    pub(crate) fn joined(&self) -> Result<Vec<u8>, Misuse> {
        let joined = self.with(|slices| slices.concat());
        joined.ok_or(Misuse::ValueNotEncodable)
    }

    #[inline]
    fn string(self, major: u8, bytes: &'a [u8]) -> Self {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.push(Part::Head(Head::new(major, len))).raw(bytes)
    }

    #[inline]
    fn push(mut self, part: Part<'a>) -> Self {
        self.add(part);
        self
    }

    /// Past the capacity the length still grows, so that [`Self::with`] sees it.
    #[inline]
    fn add(&mut self, part: Part<'a>) {
        if let Some(slot) = self.parts.get_mut(self.len) {
            *slot = part;
        }
        self.len = self.len.saturating_add(1);
    }
}
