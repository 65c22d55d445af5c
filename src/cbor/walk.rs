//! Reading well-formed bytes: typed access, arrays, maps and embedded items, all borrowed.

use super::parse::{Cursor, RawHead, planted};
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
    #[cfg(any(test, fuzzing, vitacard_proof))]
    pub(crate) const fn offset(&self) -> u32 {
        self.offset
    }

    /// `kind`, at this place.
    pub(crate) const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.offset)
    }

    pub(crate) fn text(&self) -> Result<&'a str, DecodeError> {
        let (head, mut cursor) = self.expect(major::TEXT)?;
        cursor.text(head.value)
    }

    /// A text that must not be empty: identifiers (ISO/IEC 18013-5 clause 8.1).
    pub(crate) fn name(&self) -> Result<&'a str, DecodeError> {
        match self.text()? {
            "" => Err(self.error(DecodeErrorKind::Empty)),
            name => Ok(name),
        }
    }

    pub(crate) fn byte_string(&self) -> Result<&'a [u8], DecodeError> {
        self.content().map(|content| content.bytes)
    }

    pub(crate) fn uint(&self) -> Result<u64, DecodeError> {
        self.expect(major::UINT).map(|(head, _)| head.value)
    }

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
    pub(crate) fn head(&self) -> Result<(u8, u64), DecodeError> {
        self.open().map(|(head, _)| (head.major, head.value))
    }

    /// The items of an array.
    pub(crate) fn array(&self) -> Result<Items<'a>, DecodeError> {
        let (head, cursor) = self.expect(major::ARRAY)?;
        Ok(Items {
            cursor,
            left: head.value,
            depth: self.depth.saturating_add(1),
        })
    }

    /// The items of an array of exactly `N`.
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
    pub(crate) fn tag(&self) -> Result<Option<(u64, Self)>, DecodeError> {
        let (head, cursor) = self.open()?;
        let depth = self.depth.saturating_add(1);
        Ok((head.major == major::TAG).then_some((
            head.value,
            Self {
                bytes: cursor.rest,
                offset: cursor.offset,
                depth,
            },
        )))
    }

    /// `self`, or what `tag` is put on where the sender wrote that optional tag.
    pub(crate) fn without_tag(&self, tag: u64) -> Result<Self, DecodeError> {
        match self.tag()? {
            Some((found, inner)) if found == tag => Ok(inner),
            Some(_) => Err(self.error(DecodeErrorKind::UnexpectedType)),
            None => Ok(*self),
        }
    }

    /// `#6.24(bstr .cbor T)`, with the bytes exactly as they arrived.
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
    pub(crate) fn fields<K: Keyed, const N: usize>(
        &self,
        keys: [K; N],
    ) -> Result<[Option<Self>; N], DecodeError> {
        let mut found = [None; N];
        for entry in self.map()? {
            let (key, value) = entry?;
            let slot = keys
                .iter()
                .zip(&mut found)
                .find(|(wanted, _)| wanted.is(&key));
            if let Some((_, slot)) = slot {
                *slot = Some(value);
            }
        }
        Ok(found)
    }

    /// The content of a byte string, as if it were an item; for callers that know it is one.
    fn content(&self) -> Result<Self, DecodeError> {
        let (head, mut cursor) = self.expect(major::BYTES)?;
        let offset = cursor.offset;
        let bytes = cursor.take(head.value)?;
        Ok(Self {
            bytes,
            offset,
            depth: self.depth,
        })
    }

    fn open(&self) -> Result<(RawHead, Cursor<'a>), DecodeError> {
        let mut cursor = Cursor::new(self.bytes, self.offset);
        let head = cursor.head()?;
        Ok((head, cursor))
    }

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

/// What can be looked for in a map.
pub(crate) trait Keyed {
    fn is(&self, key: &WellFormed<'_>) -> bool;
}

impl Keyed for &str {
    fn is(&self, key: &WellFormed<'_>) -> bool {
        key.text() == Ok(*self)
    }
}

impl Keyed for i64 {
    fn is(&self, key: &WellFormed<'_>) -> bool {
        key.int() == Ok(*self)
    }
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

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let Cursor { rest, offset } = self.cursor;
        if let Err(error) = self.cursor.skip_checked() {
            self.left = 0;
            return Some(Err(error));
        }
        let len = rest.len().saturating_sub(self.cursor.rest.len());
        let bytes = rest.get(..len).unwrap_or_default();
        Some(Ok(WellFormed {
            bytes,
            offset,
            depth: self.depth,
        }))
    }
}

/// Iterates over the entries of a map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Map<'a>(Items<'a>);

impl Map<'_> {
    /// How many entries are left.
    pub(crate) const fn left(&self) -> u64 {
        self.0.left / 2
    }
}

impl<'a> Iterator for Map<'a> {
    type Item = Result<(WellFormed<'a>, WellFormed<'a>), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let key = match self.0.next()? {
            Ok(key) => key,
            Err(error) => return Some(Err(error)),
        };
        Some(self.0.next()?.map(|value| (key, value)))
    }
}
