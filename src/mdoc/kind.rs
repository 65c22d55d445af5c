//! Looking into element values: any structure, borrowed, one level at a time.

use super::ElementValue;
use crate::cbor::{Items, Map, WellFormed, major};

/// What a value is. Arrays, maps and tags are looked into by asking again.
///
/// ```
/// use ciborium::Value;
/// use vitacard::{ElementValue, ValueKind};
/// let value = ElementValue::new(&Value::Array(vec![1.into(), "two".into()]))?;
/// let ValueKind::Array(items) = value.kind() else { panic!() };
/// let texts: Vec<_> = items.filter_map(|item| item.as_text().map(str::to_owned)).collect();
/// assert_eq!(texts, ["two"]);
/// # Ok::<(), vitacard::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ValueKind<'v> {
    /// An integer from −2⁶⁴ to 2⁶⁴ − 1.
    Integer(i128),
    /// A byte string.
    Bytes(&'v [u8]),
    /// A text.
    Text(&'v str),
    /// An array.
    Array(ValueItems<'v>),
    /// A map.
    Map(ValueEntries<'v>),
    /// A tagged value.
    Tag(u64, ElementValue<'v>),
    /// A truth value.
    Bool(bool),
    /// null.
    Null,
    /// undefined, or a simple value without a name.
    Simple(u8),
    /// A floating-point number of any width.
    Float(f64),
}

/// The items of an array.
#[derive(Clone, Debug)]
pub struct ValueItems<'v>(Items<'v>);

/// The entries of a map.
#[derive(Clone, Debug)]
pub struct ValueEntries<'v>(Map<'v>);

impl<'v> Iterator for ValueItems<'v> {
    type Item = ElementValue<'v>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()?.ok().map(ElementValue::of)
    }
}

impl<'v> Iterator for ValueEntries<'v> {
    type Item = (ElementValue<'v>, ElementValue<'v>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.0.next()?.ok()?;
        Some((ElementValue::of(key), ElementValue::of(value)))
    }
}

/// `None` only for bytes that are no item, which no [`ElementValue`] holds.
pub(super) fn kind(item: WellFormed<'_>) -> Option<ValueKind<'_>> {
    let (major, argument) = item.head().ok()?;
    Some(match major {
        major::UINT => ValueKind::Integer(argument.into()),
        major::NINT => ValueKind::Integer(!i128::from(argument)),
        major::BYTES => ValueKind::Bytes(item.byte_string().ok()?),
        major::TEXT => ValueKind::Text(item.text().ok()?),
        major::ARRAY => ValueKind::Array(ValueItems(item.array().ok()?)),
        major::MAP => ValueKind::Map(ValueEntries(item.map().ok()?)),
        major::TAG => {
            let (tag, inner) = item.tag().ok()??;
            ValueKind::Tag(tag, ElementValue::of(inner))
        }
        _ => simple(item.bytes(), argument)?,
    })
}

/// RFC 8949 section 3.3: the width of the head tells floats from simple values.
fn simple(bytes: &[u8], argument: u64) -> Option<ValueKind<'_>> {
    Some(match bytes {
        [0xf4] => ValueKind::Bool(false),
        [0xf5] => ValueKind::Bool(true),
        [0xf6] => ValueKind::Null,
        [0xf9..=0xfb, ..] => ValueKind::Float(ciborium::from_reader(bytes).ok()?),
        _ => ValueKind::Simple(u8::try_from(argument).ok()?),
    })
}
