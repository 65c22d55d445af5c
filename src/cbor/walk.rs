//! Reading well-formed bytes: typed access, arrays, maps and embedded items, all borrowed.

use super::cursor::{Cursor, Key, RawHead};
use super::look_up::Keyed;
use super::parse::planted;
use super::{TAG_ENCODED, major};
use crate::error::{DecodeError, DecodeErrorKind};

/// One CBOR item, known to be well formed, as received. [`WellFormed::parse`] is the lock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WellFormed<'a> {
    bytes: &'a [u8],
    offset: u32,
    depth: u8,
}

impl<'a> WellFormed<'a> {
    /// Checks that `bytes` are one well-formed item and nothing else, of at most `cap` bytes.
    pub(crate) fn parse(bytes: &'a [u8], cap: usize) -> Result<Self, DecodeError> {
        Self::parse_inside(0, bytes, cap)
    }

    /// As [`Self::parse`], for bytes that will stand `depth` levels deep in another structure: what
    /// is let in here must not be too deep there.
    pub(crate) fn parse_inside(
        depth: u8,
        bytes: &'a [u8],
        cap: usize,
    ) -> Result<Self, DecodeError> {
        match bytes.len() <= cap && u32::try_from(bytes.len()).is_ok() {
            true => Self::check(bytes, 0, depth),
            false => Err(DecodeError::new(DecodeErrorKind::TooLong, 0)),
        }
    }

    /// Checks the content of this byte string, as `bstr .cbor any` without tag 24.
    ///
    /// Its depth and offsets go on from here, so nesting cannot hide in byte strings.
    #[inline]
    pub(crate) fn parse_content(&self) -> Result<Self, DecodeError> {
        let content = self.content()?;
        Self::check(content.bytes, content.offset, self.depth)
    }

    fn check(bytes: &'a [u8], offset: u32, depth: u8) -> Result<Self, DecodeError> {
        planted(bytes);
        let mut cursor = Cursor::new(bytes, offset);
        cursor.check_item(depth)?;
        cursor.finish()?;
        Ok(Self {
            bytes,
            offset,
            depth,
        })
    }

    /// The item as received.
    pub(crate) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where it begins, in bytes from the start of the message.
    pub(crate) const fn offset(&self) -> u32 {
        self.offset
    }

    /// `kind`, at this place.
    pub(crate) const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.offset)
    }

    #[inline]
    pub(crate) fn text(&self) -> Result<&'a str, DecodeError> {
        let (head, mut cursor) = self.expect(major::TEXT)?;
        cursor.text(head.value)
    }

    /// A text that must not be empty: identifiers (ISO/IEC 18013-5 clause 8.1).
    #[inline]
    pub(crate) fn name(&self) -> Result<&'a str, DecodeError> {
        match self.text()? {
            "" => Err(self.error(DecodeErrorKind::Empty)),
            name => Ok(name),
        }
    }

    #[inline]
    pub(crate) fn byte_string(&self) -> Result<&'a [u8], DecodeError> {
        self.content().map(|content| content.bytes)
    }

    #[inline]
    pub(crate) fn uint(&self) -> Result<u64, DecodeError> {
        self.expect(major::UINT).map(|(head, _)| head.value)
    }

    #[inline]
    pub(crate) fn int(&self) -> Result<i64, DecodeError> {
        let (head, _) = self.open()?;
        let value = i64::try_from(head.value).map_err(|_| self.error(DecodeErrorKind::OutOfRange));
        match head.major {
            major::UINT => value,
            major::NINT => value.map(|value| !value),
            _ => Err(self.error(DecodeErrorKind::UnexpectedType)),
        }
    }

    pub(crate) fn boolean(&self) -> Result<bool, DecodeError> {
        match self.bytes {
            [0xf4] => Ok(false),
            [0xf5] => Ok(true),
            _ => Err(self.error(DecodeErrorKind::UnexpectedType)),
        }
    }

    pub(crate) const fn is_null(&self) -> bool {
        matches!(self.bytes, [0xf6])
    }

    /// The major type and the argument of its head.
    #[inline]
    pub(crate) fn head(&self) -> Result<(u8, u64), DecodeError> {
        self.open().map(|(head, _)| (head.major, head.value))
    }

    /// The items of an array.
    #[inline]
    pub(crate) fn array(&self) -> Result<Items<'a>, DecodeError> {
        let (head, cursor) = self.expect(major::ARRAY)?;
        Ok(Items {
            cursor,
            left: head.value,
            depth: self.depth.saturating_add(1),
        })
    }

    /// The items of an array of exactly `N`.
    #[inline]
    pub(crate) fn tuple<const N: usize>(&self) -> Result<[Self; N], DecodeError> {
        let mut items = self.array()?;
        let mut tuple = [*self; N];
        for slot in &mut tuple {
            *slot = items
                .next()
                .ok_or_else(|| self.error(DecodeErrorKind::UnexpectedType))??;
        }
        match items.next() {
            None => Ok(tuple),
            Some(_) => Err(self.error(DecodeErrorKind::UnexpectedType)),
        }
    }

    #[inline]
    pub(crate) fn map(&self) -> Result<Map<'a>, DecodeError> {
        let (head, cursor) = self.expect(major::MAP)?;
        let left = head.value.saturating_mul(2);
        Ok(Map(Items {
            cursor,
            left,
            depth: self.depth.saturating_add(1),
        }))
    }

    /// The tag and what it is put on, if this is a tag.
    #[inline]
    pub(crate) fn tag(&self) -> Result<Option<(u64, Self)>, DecodeError> {
        let (head, cursor) = self.open()?;
        let depth = self.depth.saturating_add(1);
        Ok((head.major == major::TAG).then_some((
            head.value,
            Self {
                bytes: cursor.rest(),
                offset: cursor.offset_of(cursor.at()),
                depth,
            },
        )))
    }

    /// `self`, or what `tag` is put on where the sender wrote that optional tag.
    #[inline]
    pub(crate) fn without_tag(&self, tag: u64) -> Result<Self, DecodeError> {
        match self.tag()? {
            Some((found, inner)) if found == tag => Ok(inner),
            Some(_) => Err(self.error(DecodeErrorKind::UnexpectedType)),
            None => Ok(*self),
        }
    }

    /// `#6.24(bstr .cbor T)`, with the bytes exactly as they arrived.
    #[inline]
    pub(crate) fn embedded(&self) -> Result<Embedded<'a>, DecodeError> {
        match self.tag()? {
            Some((TAG_ENCODED, inner)) => Ok(Embedded {
                raw: self.bytes,
                content: inner.content()?,
            }),
            _ => Err(self.error(DecodeErrorKind::UnexpectedType)),
        }
    }

    /// The values of `keys` in this map, in one walk. Other keys are the sender's affair.
    #[inline]
    pub(crate) fn fields<K: Keyed, const N: usize>(
        &self,
        keys: [K; N],
    ) -> Result<[Option<Self>; N], DecodeError> {
        let mut found = [None; N];
        let mut missing = N;
        let mut map = self.map()?;
        while missing > 0
            && let Some(entry) = map.next_entry()
        {
            let (key, value) = entry?;
            let slot = keys
                .iter()
                .zip(&mut found)
                .find(|(wanted, _)| wanted.is(&key));
            if let Some((_, slot)) = slot {
                *slot = Some(value);
                missing = missing.saturating_sub(1);
            }
        }
        Ok(found)
    }

    /// The content of a byte string, as if it were an item; for callers that know it is one.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn content(&self) -> Result<Self, DecodeError> {
        let (head, mut cursor) = self.expect(major::BYTES)?;
        let offset = cursor.offset_of(cursor.at());
        let bytes = cursor.take(head.value)?;
        Ok(Self {
            bytes,
            offset,
            depth: self.depth,
        })
    }

    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn open(&self) -> Result<(RawHead, Cursor<'a>), DecodeError> {
        let mut cursor = Cursor::new(self.bytes, self.offset);
        let head = cursor.head()?;
        Ok((head, cursor))
    }

    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn expect(&self, major: u8) -> Result<(RawHead, Cursor<'a>), DecodeError> {
        let opened = self.open()?;
        match opened.0.major == major {
            true => Ok(opened),
            false => Err(self.error(DecodeErrorKind::UnexpectedType)),
        }
    }
}

/// The value of a key that the map `of` must hold.
pub(crate) fn required<'a>(
    field: Option<WellFormed<'a>>,
    of: &WellFormed<'a>,
) -> Result<WellFormed<'a>, DecodeError> {
    field.ok_or_else(|| of.error(DecodeErrorKind::MissingKey))
}

/// `#6.24(bstr .cbor T)`.
///
/// Digests and transcripts are taken over `raw`, never over a fresh encoding of `content`:
/// CBOR has many encodings of one value, and the peer hashed its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Embedded<'a> {
    raw: &'a [u8],
    content: WellFormed<'a>,
}

impl<'a> Embedded<'a> {
    /// Tag, head and content.
    pub(crate) const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The item inside, which the one pass has looked into.
    pub(crate) const fn content(&self) -> WellFormed<'a> {
        self.content
    }
}

/// Iterates over the items of an array.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Items<'a> {
    cursor: Cursor<'a>,
    left: u64,
    depth: u8,
}

impl<'a> Items<'a> {
    /// How many items are left.
    pub(crate) const fn left(&self) -> u64 {
        self.left
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<WellFormed<'a>, DecodeError>;

    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let start = self.cursor.at();
        // The last item fills the rest of its array or map, so nobody looks for its end.
        if self.left == 0 {
            self.cursor.skip_all();
        } else if let Err(error) = self.cursor.skip_checked() {
            return Some(self.stop(error));
        }
        Some(Ok(self.from(start)))
    }
}

impl<'a> Items<'a> {
    /// The next item, read as [`WellFormed::embedded`] does.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub(crate) fn next_embedded(&mut self) -> Option<Result<Embedded<'a>, DecodeError>> {
        let (start, left) = (self.cursor.at(), self.left.checked_sub(1)?);
        let Some(bytes) = self.cursor.take_embedded() else {
            return Some(self.next()?.and_then(|item| item.embedded()));
        };
        self.left = left;
        let at = self.cursor.at().saturating_sub(bytes.len());
        let content = WellFormed {
            bytes,
            offset: self.cursor.offset_of(at),
            depth: self.depth.saturating_add(1),
        };
        let raw = self.cursor.since(start);
        Some(Ok(Embedded { raw, content }))
    }

    /// What was stepped over since `start`.
    #[inline]
    fn from(&self, start: usize) -> WellFormed<'a> {
        WellFormed {
            bytes: self.cursor.since(start),
            offset: self.cursor.offset_of(start),
            depth: self.depth,
        }
    }

    #[cold]
    fn stop<T>(&mut self, error: DecodeError) -> Result<T, DecodeError> {
        self.left = 0;
        Err(error)
    }
}

/// Iterates over the entries of a map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Map<'a>(Items<'a>);

impl<'a> Map<'a> {
    /// How many entries are left.
    pub(crate) const fn left(&self) -> u64 {
        self.0.left / 2
    }

    /// The value of `key` if it is among the next `most` entries, and these are stepped over.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub(super) fn search(&mut self, wanted: &impl Keyed, most: u64) -> Option<WellFormed<'a>> {
        for _ in 0..most {
            let (key, value) = self.next_entry()?.ok()?;
            if wanted.is(&key) {
                return Some(value);
            }
        }
        None
    }

    /// The next entry, its key decoded.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn next_entry(&mut self) -> Option<Result<(Key<'a>, WellFormed<'a>), DecodeError>> {
        self.0.left = self.0.left.checked_sub(1)?;
        let key = match self.0.cursor.checked_key() {
            Ok(key) => key,
            Err(error) => return Some(self.0.stop(error)),
        };
        Some(self.0.next()?.map(|value| (key, value)))
    }
}

impl<'a> Iterator for Map<'a> {
    type Item = Result<(WellFormed<'a>, WellFormed<'a>), DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let key = match self.0.next()? {
            Ok(key) => key,
            Err(error) => return Some(Err(error)),
        };
        Some(self.0.next()?.map(|value| (key, value)))
    }
}
