//! Deterministic encoding (RFC 8949 section 4.2.1), with ciborium for the values of elements.

use alloc::vec::Vec;

use ciborium::Value;

use super::{Head, MAX_DEPTH, Parts, TAG_ENCODED, major};
use crate::error::Misuse;

/// Writes deterministic CBOR. The caller sees to counts and to the order of keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// `bytes`, already encoded.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn parts(&mut self, parts: &Parts<'_>) -> &mut Self {
        parts.with(|slices| {
            slices
                .iter()
                .for_each(|slice| self.0.extend_from_slice(slice))
        });
        self
    }

    pub(crate) fn uint(&mut self, value: u64) -> &mut Self {
        self.head(major::UINT, value)
    }

    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        match u64::try_from(value) {
            Ok(value) => self.head(major::UINT, value),
            Err(_) => self.head(major::NINT, (!value).unsigned_abs()),
        }
    }

    pub(crate) fn byte_string(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(major::BYTES, len(bytes)).raw(bytes)
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.head(major::TEXT, len(text.as_bytes()))
            .raw(text.as_bytes())
    }

    pub(crate) fn array(&mut self, count: usize) -> &mut Self {
        self.head(major::ARRAY, u64::try_from(count).unwrap_or(u64::MAX))
    }

    pub(crate) fn map(&mut self, count: usize) -> &mut Self {
        self.head(major::MAP, u64::try_from(count).unwrap_or(u64::MAX))
    }

    pub(crate) fn tag(&mut self, tag: u64) -> &mut Self {
        self.head(major::TAG, tag)
    }

    pub(crate) fn boolean(&mut self, value: bool) -> &mut Self {
        self.raw(if value { &[0xf5] } else { &[0xf4] })
    }

    /// `#6.24(bstr .cbor content)`.
    pub(crate) fn embedded(&mut self, content: &[u8]) -> &mut Self {
        self.tag(TAG_ENCODED).byte_string(content)
    }

    fn head(&mut self, major: u8, value: u64) -> &mut Self {
        self.raw(Head::new(major, value).as_slice())
    }
}

fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// By this, text keys come in the order of their encodings: the head holds the length.
pub(crate) const fn key_order(key: &str) -> (usize, &str) {
    (key.len(), key)
}

/// The deterministic encoding of `value`.
///
/// # Errors
/// [`Misuse::ValueNotEncodable`] where a reader of ours would refuse the result: a key twice, a key
/// that is no integer or string, or too deep.
pub(crate) fn to_deterministic(value: &Value) -> Result<Vec<u8>, Misuse> {
    let mut out = Writer::new();
    write_value(value, &mut out, 0)?;
    Ok(out.into_bytes())
}

fn write_value(value: &Value, out: &mut Writer, depth: u8) -> Result<(), Misuse> {
    if depth >= MAX_DEPTH {
        return Err(Misuse::ValueNotEncodable);
    }
    let depth = depth.saturating_add(1);
    match value {
        Value::Array(items) => {
            out.array(items.len());
            items
                .iter()
                .try_for_each(|item| write_value(item, out, depth))
        }
        Value::Map(entries) => write_map(entries, out, depth),
        Value::Tag(tag, inner) => {
            out.tag(*tag);
            write_value(inner, out, depth)
        }
        scalar => ciborium::into_writer(scalar, &mut out.0).map_err(|_| Misuse::ValueNotEncodable),
    }
}

fn write_map(entries: &[(Value, Value)], out: &mut Writer, depth: u8) -> Result<(), Misuse> {
    let mut encoded = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        if !matches!(key, Value::Integer(_) | Value::Text(_) | Value::Bytes(_)) {
            return Err(Misuse::ValueNotEncodable);
        }
        let mut entry = (Writer::new(), Writer::new());
        write_value(key, &mut entry.0, depth)?;
        write_value(value, &mut entry.1, depth)?;
        encoded.push((entry.0.into_bytes(), entry.1.into_bytes()));
    }
    encoded.sort();
    if encoded
        .windows(2)
        .any(|pair| matches!(pair, [(a, _), (b, _)] if a == b))
    {
        return Err(Misuse::ValueNotEncodable);
    }
    out.map(encoded.len());
    for (key, value) in encoded {
        out.raw(&key).raw(&value);
    }
    Ok(())
}
