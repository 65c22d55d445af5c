//! Element values: well-formed CBOR, read when asked for.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use ciborium::Value;

use super::kind::{ValueKind, kind};
use crate::cbor::{MESSAGE_CAP, WellFormed, to_deterministic};
use crate::error::Misuse;

const TAG_DATE_TIME: u64 = 0;
const TAG_FULL_DATE: u64 = 1004;

/// `DataElementValue = any`, the bytes as the issuer wrote them.
///
/// ```
/// use vitacard::ElementValue;
/// let value = ElementValue::new(&"Martin".into()).unwrap();
/// assert_eq!((value.as_text(), value.as_bool()), (Some("Martin"), None));
/// assert_eq!(value.as_cbor(), b"\x66Martin");
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct ElementValue<'a>(Cow<'a, [u8]>);

impl<'a> ElementValue<'a> {
    /// The deterministic encoding of `value` (RFC 8949 section 4.2.1).
    ///
    /// # Errors
    /// [`Misuse::ValueNotEncodable`] for a map with a key twice, or with a key that is no integer
    /// or string; for more than 16 levels; and for a tag 24 on anything but encoded CBOR.
    pub fn new(value: &Value) -> Result<ElementValue<'static>, Misuse> {
        let bytes = to_deterministic(value)?;
        match WellFormed::parse(&bytes, MESSAGE_CAP) {
            Ok(_) => Ok(ElementValue(Cow::Owned(bytes))),
            Err(_) => Err(Misuse::ValueNotEncodable),
        }
    }

    pub(crate) const fn of(value: WellFormed<'a>) -> Self {
        Self(Cow::Borrowed(value.bytes()))
    }

    /// The CBOR as received.
    #[must_use]
    pub fn as_cbor(&self) -> &[u8] {
        &self.0
    }

    /// The text, if it is text. A tagged date is not text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.item()?.text().ok()
    }

    /// The truth value, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        self.item()?.boolean().ok()
    }

    /// The integer, if it is one that fits.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        self.item()?.int().ok()
    }

    /// The bytes, if it is a byte string: a portrait, say.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        self.item()?.byte_string().ok()
    }

    /// The text of a date: `full-date` (tag 1004, RFC 8943) or `tdate` (tag 0).
    #[must_use]
    pub fn as_date(&self) -> Option<&str> {
        match self.item()?.tag() {
            Ok(Some((TAG_DATE_TIME | TAG_FULL_DATE, date))) => date.text().ok(),
            _ => None,
        }
    }

    /// What it is, for values of any structure.
    #[must_use]
    pub fn kind(&self) -> ValueKind<'_> {
        self.item().and_then(kind).unwrap_or(ValueKind::Null)
    }

    /// The whole value, owned; through it serde reads any structure. Bignums become
    /// integers, and values that ciborium does not know `None`.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        ciborium::from_reader(&*self.0).ok()
    }

    /// The same value, with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> ElementValue<'static> {
        ElementValue(Cow::Owned(self.0.into_owned()))
    }

    fn item(&self) -> Option<WellFormed<'_>> {
        WellFormed::parse(&self.0, usize::MAX).ok()
    }
}

impl TryFrom<&Value> for ElementValue<'static> {
    type Error = Misuse;

    fn try_from(value: &Value) -> Result<Self, Misuse> {
        Self::new(value)
    }
}

impl From<ElementValue<'_>> for Vec<u8> {
    fn from(value: ElementValue<'_>) -> Self {
        value.0.into_owned()
    }
}

/// Values are personal: logs get their length.
impl fmt::Debug for ElementValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ElementValue({} bytes)", self.0.len())
    }
}
