//! NDEF messages (NFC Forum NDEF 1.0): records in and out. No chunks, no nesting, one pass.

use alloc::vec::Vec;

use crate::error::{DecodeError, DecodeErrorKind, Misuse};

/// The longest message: an NFC Forum Type 4 tag has two bytes for its length.
const MAX_LEN: usize = 0xffff;

/// A record of an NDEF message.
///
/// ```
/// use vitacard::session::NdefRecord;
/// let record = NdefRecord::external(b"iso.org:18013:nfc", b"nfc", &[1]);
/// assert_eq!((record.kind(), record.id(), record.payload()), (&b"iso.org:18013:nfc"[..], &b"nfc"[..], &[1][..]));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NdefRecord<'a> {
    pub(super) format: Format,
    pub(super) kind: &'a [u8],
    pub(super) id: &'a [u8],
    pub(super) payload: &'a [u8],
}

/// Type name format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Format {
    WellKnown,
    Mime,
    Uri,
    External,
}

impl<'a> NdefRecord<'a> {
    /// A record whose kind is a MIME type.
    #[must_use]
    pub const fn mime(kind: &'a [u8], id: &'a [u8], payload: &'a [u8]) -> Self {
        Self::new(Format::Mime, kind, id, payload)
    }

    /// A record whose kind is an NFC Forum external type.
    #[must_use]
    pub const fn external(kind: &'a [u8], id: &'a [u8], payload: &'a [u8]) -> Self {
        Self::new(Format::External, kind, id, payload)
    }

    pub(super) const fn new(
        format: Format,
        kind: &'a [u8],
        id: &'a [u8],
        payload: &'a [u8],
    ) -> Self {
        Self {
            format,
            kind,
            id,
            payload,
        }
    }

    /// What the payload is.
    #[must_use]
    pub const fn kind(&self) -> &'a [u8] {
        self.kind
    }

    /// The name by which other records refer to it.
    #[must_use]
    pub const fn id(&self) -> &'a [u8] {
        self.id
    }

    /// Its content.
    #[must_use]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    pub(super) fn is(&self, format: Format, kind: &[u8]) -> bool {
        self.format == format && self.kind.eq_ignore_ascii_case(kind)
    }
}

/// The records of a message that [`Records::parse`] has walked once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Records<'a> {
    start: &'a [u8],
    rest: &'a [u8],
    offset: u32,
    ended: bool,
}

impl<'a> Records<'a> {
    /// Checks that `message`, which lies at `offset`, is one whole message.
    pub(super) fn parse(message: &'a [u8], offset: u32) -> Result<Self, DecodeError> {
        if message.len() > MAX_LEN {
            return Err(DecodeError::new(DecodeErrorKind::TooLong, offset));
        }
        let records = Self {
            start: message,
            rest: message,
            offset,
            ended: message.is_empty(),
        };
        match message.is_empty() {
            true => Err(records.error()),
            false => records
                .clone()
                .try_for_each(|record| record.map(drop))
                .map(|()| records),
        }
    }

    /// The records that are well formed: all of them, after [`Self::parse`].
    pub(super) fn checked(self) -> impl Iterator<Item = NdefRecord<'a>> {
        self.filter_map(Result::ok)
    }

    /// `BadNdef`, at the next record.
    pub(super) fn error(&self) -> DecodeError {
        DecodeError::new(DecodeErrorKind::BadNdef, self.position())
    }

    /// Where the next record begins.
    pub(super) fn position(&self) -> u32 {
        let read = self.start.len().saturating_sub(self.rest.len());
        let read = u32::try_from(read).unwrap_or(u32::MAX);
        self.offset.saturating_add(read)
    }

    fn record(&mut self) -> Option<NdefRecord<'a>> {
        let first = self.rest.len() == self.start.len();
        let mut rest = self.rest;
        let [flags, kind_len] = take(&mut rest)?;
        let payload_len = match flags & flag::SHORT == 0 {
            true => u32::from_be_bytes(take(&mut rest)?),
            false => byte(&mut rest)?,
        };
        let id_len = match flags & flag::ID == 0 {
            true => 0,
            false => byte(&mut rest)?,
        };
        let kind = split(&mut rest, u32::from(kind_len))?;
        let id = split(&mut rest, id_len)?;
        let payload = split(&mut rest, payload_len)?;
        let last = flags & flag::END != 0;
        let in_place = (flags & flag::BEGIN != 0) == first && last == rest.is_empty();
        if !in_place || flags & flag::CHUNK != 0 {
            return None;
        }
        self.rest = rest;
        self.ended = last;
        Format::parse(flags).map(|format| NdefRecord::new(format, kind, id, payload))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<NdefRecord<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let error = self.error();
        let record = self.record().ok_or(error);
        self.ended |= record.is_err();
        Some(record)
    }
}

impl Format {
    /// Empty, unknown and unchanged have no place in a handover.
    const fn parse(flags: u8) -> Option<Self> {
        match flags & 7 {
            1 => Some(Self::WellKnown),
            2 => Some(Self::Mime),
            3 => Some(Self::Uri),
            4 => Some(Self::External),
            _ => None,
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::WellKnown => 1,
            Self::Mime => 2,
            Self::Uri => 3,
            Self::External => 4,
        }
    }
}

mod flag {
    pub(super) const BEGIN: u8 = 0x80;
    pub(super) const END: u8 = 0x40;
    pub(super) const CHUNK: u8 = 0x20;
    pub(super) const SHORT: u8 = 0x10;
    pub(super) const ID: u8 = 0x08;
}

/// One message of `records`.
pub(super) fn write_message(records: &[NdefRecord<'_>]) -> Result<Vec<u8>, Misuse> {
    let mut out = Vec::new();
    let last = records.len().saturating_sub(1);
    for (n, record) in records.iter().enumerate() {
        let begin = if n == 0 { flag::BEGIN } else { 0 };
        let end = if n == last { flag::END } else { 0 };
        write_record(record, begin | end, &mut out).ok_or(Misuse::InvalidNdef)?;
    }
    match out.len() {
        1..=MAX_LEN => Ok(out),
        _ => Err(Misuse::InvalidNdef),
    }
}

fn write_record(record: &NdefRecord<'_>, place: u8, out: &mut Vec<u8>) -> Option<()> {
    let NdefRecord {
        format,
        kind,
        id,
        payload,
    } = record;
    let short = u8::try_from(payload.len()).ok();
    let flags = place
        | format.number()
        | short.map_or(0, |_| flag::SHORT)
        | if id.is_empty() { 0 } else { flag::ID };
    out.extend_from_slice(&[flags, u8::try_from(kind.len()).ok()?]);
    match short {
        Some(len) => out.push(len),
        None => out.extend_from_slice(&u32::try_from(payload.len()).ok()?.to_be_bytes()),
    }
    if !id.is_empty() {
        out.push(u8::try_from(id.len()).ok()?);
    }
    for part in [kind, id, payload] {
        out.extend_from_slice(part);
    }
    Some(())
}

pub(super) fn byte(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes).map(|[byte]: [u8; 1]| u32::from(byte))
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

pub(super) fn split<'a>(bytes: &mut &'a [u8], len: u32) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(len).ok()?)?;
    *bytes = rest;
    Some(taken)
}
