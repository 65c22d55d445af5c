//! The CBOR types of elements, how they are checked when a card is made, and how they are read.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use ciborium::Value;

use super::date::full_date;
use super::{Date, ElementFault, NationalNumber};
use crate::mdoc::{ElementValue, is_line, parse_tdate};
use crate::time::UnixTime;

/// The longest portrait, in bytes.
const PORTRAIT: usize = 128 << 10;

/// What an element's value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ValueType {
    /// Text of 1 to so many characters that can be shown on a line.
    Text(usize),
    /// Exactly so many decimal digits, as text: codes keep their leading zeros.
    Digits(usize),
    /// Exactly so many capital letters or digits.
    Code(usize),
    /// Two capital letters (ISO 3166-1).
    Country,
    /// A country, `:` and 4 to 10 letters or digits.
    Institution,
    /// A [`NationalNumber`].
    NationalNumber,
    /// One of these texts.
    OneOfTexts(&'static [&'static str]),
    /// One of these numbers.
    OneOf(&'static [u64]),
    /// A number from … to.
    Between(u64, u64),
    /// True or false.
    Bool,
    /// `full-date` (tag 1004).
    Date,
    /// The same, or null.
    DateOrNull,
    /// Letters, digits and signs of ASCII, 1 to so many, or null.
    CodeOrNull(usize),
    /// `tdate` (tag 0).
    DateTime,
    /// A JPEG image of at most 128 KiB.
    Jpeg,
    /// Up to three maps `{ "fund": tstr, "code": tstr, "id": tstr }` of codes of 1 to 9 characters.
    WorkAccidents,
    /// `{ "family_name": tstr, "given_name": tstr, "birth_date": full-date }`.
    Person,
    /// `{ "institution_id": tstr, ? "institution_name": tstr, "country_code": tstr }`.
    CompetentInstitution,
}

impl ValueType {
    /// Whether a value is one of these.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn check(self, value: &Value) -> Result<(), ElementFault> {
        match (self, value) {
            (Self::DateOrNull | Self::CodeOrNull(_), Value::Null) => Ok(()),
            (Self::Text(most), Value::Text(text)) => check_text(text, most),
            (Self::Digits(count), Value::Text(text)) => check_digits(text, count),
            (Self::Country, Value::Text(text)) => check_country(text),
            (Self::Institution, Value::Text(text)) => check_institution(text),
            (Self::NationalNumber, Value::Text(text)) => NationalNumber::parse(text).map(drop),
            (Self::CodeOrNull(most), Value::Text(text)) => check_code(text, most),
            (Self::OneOfTexts(texts), Value::Text(text)) => among(texts.contains(&text.as_str())),
            (Self::OneOf(numbers), Value::Integer(number)) => {
                let number = u64::try_from(*number).ok();
                among(number.is_some_and(|number| numbers.contains(&number)))
            }
            (Self::Between(least, most), Value::Integer(number)) => {
                let number = u64::try_from(*number).ok();
                among(number.is_some_and(|number| (least..=most).contains(&number)))
            }
            (Self::Jpeg, Value::Bytes(bytes)) => check_jpeg(bytes),
            (Self::WorkAccidents, Value::Array(accidents)) => check_accidents(accidents),
            (Self::Person, Value::Map(fields)) => check_person(fields),
            (Self::CompetentInstitution, Value::Map(fields)) => check_competent(fields),
            (Self::Code(count), Value::Text(text)) => check_exact(text, count),
            (Self::Bool, Value::Bool(_)) => Ok(()),
            (Self::Date | Self::DateOrNull, Value::Tag(1004, date)) => check_date(date),
            (Self::DateTime, Value::Tag(0, time)) => check_time(time),
            _ => Err(ElementFault::Value),
        }
    }

    /// How many bytes the longest value has, where the length of a value would tell what it says.
    pub(super) const fn longest(self) -> Option<usize> {
        match self {
            // Tag, head and `YYYY-MM-DD`.
            Self::DateOrNull => Some(3 + 1 + 10),
            Self::CodeOrNull(most) => Some(most.saturating_add(2)),
            Self::Between(_, 24..) => Some(2),
            // The head, and of each accident a head, three keys and three texts.
            Self::WorkAccidents => Some(1 + 3 * (1 + 5 + 5 + 3 + 3 * 10)),
            _ => None,
        }
    }
}

/// As documentation has it.
impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(most) => write!(f, "tstr, 1 to {most} characters"),
            Self::Digits(count) => write!(f, "tstr, {count} digits"),
            Self::Code(count) => write!(f, "tstr, {count} capital letters or digits"),
            Self::Country => f.write_str("tstr, two capital letters"),
            Self::Institution => f.write_str("tstr, `CC:` and 4 to 10 letters or digits"),
            Self::NationalNumber => f.write_str("tstr, 13 characters and a key of 2 digits"),
            Self::OneOfTexts(texts) => write!(f, "tstr: {}", texts.join(", ")),
            Self::OneOf(numbers) => {
                f.write_str("uint: ")?;
                let mut numbers = numbers.iter();
                if let Some(first) = numbers.next() {
                    write!(f, "{first}")?;
                }
                numbers.try_for_each(|number| write!(f, ", {number}"))
            }
            Self::Between(least, most) => write!(f, "uint, {least} to {most}"),
            Self::Bool => f.write_str("bool"),
            Self::Date => f.write_str("full-date"),
            Self::DateOrNull => f.write_str("full-date / null"),
            Self::CodeOrNull(most) => write!(f, "tstr, 1 to {most} characters / null"),
            Self::DateTime => f.write_str("tdate"),
            Self::Jpeg => f.write_str("bstr, JPEG"),
            Self::WorkAccidents => f.write_str("[0*3 {fund, code, id: tstr}]"),
            Self::Person => f.write_str("{family_name, given_name: tstr, birth_date: full-date}"),
            Self::CompetentInstitution => {
                f.write_str("{institution_id: tstr, ? institution_name: tstr, country_code: tstr}")
            }
        }
    }
}

const fn among(is: bool) -> Result<(), ElementFault> {
    match is {
        true => Ok(()),
        false => Err(ElementFault::Value),
    }
}

fn check_text(text: &str, most: usize) -> Result<(), ElementFault> {
    if text.is_empty() || text.chars().count() > most {
        return Err(ElementFault::Length);
    }
    match is_line(text) {
        true => Ok(()),
        false => Err(ElementFault::Characters),
    }
}

fn check_exact(text: &str, count: usize) -> Result<(), ElementFault> {
    let is_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    match text.len() == count {
        true if text.bytes().all(is_code) => Ok(()),
        true => Err(ElementFault::Characters),
        false => Err(ElementFault::Length),
    }
}

fn check_date(value: &Value) -> Result<(), ElementFault> {
    let date = value.as_text().and_then(Date::parse);
    date.map(drop).ok_or(ElementFault::Date)
}

fn check_time(value: &Value) -> Result<(), ElementFault> {
    let time = value.as_text().and_then(parse_tdate);
    time.map(drop).ok_or(ElementFault::Date)
}

fn check_digits(text: &str, count: usize) -> Result<(), ElementFault> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ElementFault::Characters);
    }
    match text.len() == count {
        true => Ok(()),
        false => Err(ElementFault::Length),
    }
}

fn check_code(text: &str, most: usize) -> Result<(), ElementFault> {
    if text.is_empty() || text.len() > most {
        return Err(ElementFault::Length);
    }
    match text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(()),
        false => Err(ElementFault::Characters),
    }
}

fn check_country(text: &str) -> Result<(), ElementFault> {
    if text.len() != 2 {
        return Err(ElementFault::Length);
    }
    match text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        true => Ok(()),
        false => Err(ElementFault::Characters),
    }
}

fn check_institution(text: &str) -> Result<(), ElementFault> {
    let (country, id) = text.split_once(':').ok_or(ElementFault::Characters)?;
    check_country(country)?;
    if !(4..=10).contains(&id.len()) {
        return Err(ElementFault::Length);
    }
    match id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => Err(ElementFault::Characters),
    }
}

fn check_jpeg(bytes: &[u8]) -> Result<(), ElementFault> {
    if bytes.len() > PORTRAIT {
        return Err(ElementFault::Length);
    }
    // SOI and the start of a marker (ITU-T T.81, B.2.1).
    match bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        true => Ok(()),
        false => Err(ElementFault::Image),
    }
}

fn check_accidents(accidents: &[Value]) -> Result<(), ElementFault> {
    if accidents.len() > 3 {
        return Err(ElementFault::Length);
    }
    accidents.iter().try_for_each(|accident| {
        let fields = accident.as_map().ok_or(ElementFault::Value)?;
        closed(fields, &["fund", "code", "id"], &[])?;
        let mut texts = fields.iter().map(|(_, value)| value.as_text());
        texts.try_for_each(|text| check_code(text.ok_or(ElementFault::Value)?, 9))
    })
}

fn check_person(fields: &[(Value, Value)]) -> Result<(), ElementFault> {
    closed(fields, &["family_name", "given_name", "birth_date"], &[])?;
    fields
        .iter()
        .try_for_each(|(key, value)| match key.as_text() {
            Some("birth_date") => ValueType::Date.check(value),
            _ => ValueType::Text(150).check(value),
        })
}

fn check_competent(fields: &[(Value, Value)]) -> Result<(), ElementFault> {
    closed(
        fields,
        &["institution_id", "country_code"],
        &["institution_name"],
    )?;
    fields
        .iter()
        .try_for_each(|(key, value)| match key.as_text() {
            Some("country_code") => ValueType::Country.check(value),
            _ => ValueType::Text(150).check(value),
        })
}

/// All of these keys, and none but these and those.
fn closed(
    fields: &[(Value, Value)],
    needed: &[&str],
    optional: &[&str],
) -> Result<(), ElementFault> {
    let known = |key: &Value| {
        let key = key.as_text().unwrap_or_default();
        needed.contains(&key) || optional.contains(&key)
    };
    let all = needed.iter().all(|key| field(fields, key).is_some());
    among(all && fields.iter().all(|(key, _)| known(key)))
}

/// What a setter takes, as a value.
pub(super) trait ToValue {
    fn to_value(&self) -> Value;
}

/// What a view gives.
pub(super) trait OfValue<'v>: Sized {
    fn of_value(value: &'v ElementValue<'_>) -> Option<Self>;
}

impl ToValue for &str {
    fn to_value(&self) -> Value {
        (*self).into()
    }
}

impl<'v> OfValue<'v> for &'v str {
    fn of_value(value: &'v ElementValue<'_>) -> Option<Self> {
        value.as_text()
    }
}

impl ToValue for u64 {
    fn to_value(&self) -> Value {
        (*self).into()
    }
}

impl OfValue<'_> for u64 {
    fn of_value(value: &ElementValue<'_>) -> Option<Self> {
        value.as_integer()?.try_into().ok()
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value {
        (*self).into()
    }
}

impl OfValue<'_> for bool {
    fn of_value(value: &ElementValue<'_>) -> Option<Self> {
        value.as_bool()
    }
}

impl ToValue for &[u8] {
    fn to_value(&self) -> Value {
        (*self).into()
    }
}

impl<'v> OfValue<'v> for &'v [u8] {
    fn of_value(value: &'v ElementValue<'_>) -> Option<Self> {
        value.as_bytes()
    }
}

impl ToValue for Date {
    fn to_value(&self) -> Value {
        full_date(*self)
    }
}

impl OfValue<'_> for Date {
    fn of_value(value: &ElementValue<'_>) -> Option<Self> {
        Self::parse(value.as_date()?)
    }
}

impl ToValue for UnixTime {
    fn to_value(&self) -> Value {
        let text = crate::mdoc::format_tdate(*self).unwrap_or_default();
        Value::Tag(0, Box::new(text.into()))
    }
}

impl OfValue<'_> for UnixTime {
    fn of_value(value: &ElementValue<'_>) -> Option<Self> {
        parse_tdate(value.as_date()?)
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<'v, T: OfValue<'v>> OfValue<'v> for Option<T> {
    fn of_value(value: &'v ElementValue<'_>) -> Option<Self> {
        const NULL: &[u8] = &[0xf6];
        match value.as_cbor() {
            NULL => Some(None),
            _ => T::of_value(value).map(Some),
        }
    }
}

/// A map of texts.
pub(super) fn map<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Map(fields.map(|(key, value)| (key.into(), value)).collect())
}

/// What a map says under `key`.
pub(super) fn field<'m>(map: &'m [(Value, Value)], key: &str) -> Option<&'m Value> {
    let mut fields = map.iter();
    let (_, value) = fields.find(|(name, _)| name.as_text() == Some(key))?;
    Some(value)
}

pub(super) fn text_field(map: &[(Value, Value)], key: &str) -> Option<String> {
    Some(field(map, key)?.as_text()?.into())
}

pub(super) fn date_field(map: &[(Value, Value)], key: &str) -> Option<Date> {
    let (_, text) = field(map, key)?.as_tag()?;
    Date::parse(text.as_text()?)
}

pub(super) fn array_of(value: &ElementValue<'_>) -> Option<Vec<Value>> {
    value.to_value()?.into_array().ok()
}

#[cfg(test)]
mod tests;
