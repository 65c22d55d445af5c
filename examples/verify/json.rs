//! What was verified, as JSON.

use serde_json::{Map, Value, json};
use vitacard::delegation::VerifiedDelegation;
use vitacard::reader::{Presenter, Standing, VerifiedDocument, VerifiedIssuerSigned};
use vitacard::{ElementId, ElementValue, Error, NameSpace, UnixTime, ValueKind};

use crate::Verified;

const TAG_DATE_TIME: u64 = 0;
const TAG_FULL_DATE: u64 = 1004;

pub(crate) fn verified(verified: &Verified<'_>) -> Value {
    let documents: Vec<_> = match verified {
        Verified::Shown(response) => response.documents().map(shown).collect(),
        Verified::Issued(card) => vec![issued(card, Value::Null)],
    };
    json!({ "documents": documents })
}

pub(crate) fn error(error: Error) -> Value {
    json!({ "error": {
        "code": error.code(),
        "kind": error.kind(),
        "reason": error.reason(),
        "message": error.to_string(),
    }})
}

/// `YYYY-MM-DDThh:mm:ssZ`.
pub(crate) fn date(time: UnixTime) -> String {
    let seconds = time.as_secs().try_into().unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or(String::new(), |time| time.to_string())
}

fn shown(document: &VerifiedDocument<'_>) -> Value {
    let presenter = match document.presenter() {
        Presenter::Holder => "holder",
        Presenter::Delegate(_) => "delegate",
    };
    let mut card = issued(document.issuer_signed(), presenter.into());
    card["standing"] = standing(document.standing()).into();
    if let Presenter::Delegate(delegation) = document.presenter() {
        card["delegation"] = lent(delegation);
    }
    let elements: Vec<_> = document.device_elements().collect();
    let elements = by_name(elements.iter().map(|e| (e.name_space(), e.id(), e.value())));
    if !elements.is_empty() {
        card["device_elements"] = elements.into();
    }
    card
}

fn issued(card: &VerifiedIssuerSigned<'_>, presenter: Value) -> Value {
    let elements = card.elements().map(|e| (e.name_space(), e.id(), e.value()));
    json!({
        "doc_type": card.doc_type().as_str(),
        "presenter": presenter,
        "standing": standing(card.standing()),
        "valid_until": date(card.validity().until()),
        "elements": by_name(elements),
    })
}

const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Secured => "secured",
        Standing::Degraded(_) => "degraded",
    }
}

fn lent(delegation: &VerifiedDelegation<'_>) -> Value {
    let mut purposes = Map::new();
    for purpose in delegation.purposes() {
        let codes = purposes
            .entry(purpose.controller())
            .or_insert_with(|| json!([]));
        if let Some(codes) = codes.as_array_mut() {
            codes.push(integer(purpose.code().into()));
        }
    }
    json!({
        "id": delegation.id().to_string(),
        "until": date(delegation.ends()),
        "name": delegation.name(),
        "purposes": purposes,
    })
}

fn by_name<'a>(
    elements: impl Iterator<Item = (&'a NameSpace<'a>, &'a ElementId<'a>, &'a ElementValue<'a>)>,
) -> Map<String, Value> {
    let mut spaces = Map::new();
    for (name_space, id, value) in elements {
        let space = spaces
            .entry(name_space.as_str())
            .or_insert_with(|| json!({}));
        space[id.as_str()] = json_value(value);
    }
    spaces
}

fn json_value(value: &ElementValue<'_>) -> Value {
    match value.kind() {
        ValueKind::Integer(number) => integer(number),
        ValueKind::Bytes(bytes) => hex::encode(bytes).into(),
        ValueKind::Text(text) => text.into(),
        ValueKind::Array(items) => items.map(|item| json_value(&item)).collect(),
        ValueKind::Map(entries) => map(entries.collect()),
        ValueKind::Tag(TAG_DATE_TIME | TAG_FULL_DATE, inner) if inner.as_text().is_some() => {
            json_value(&inner)
        }
        ValueKind::Tag(tag, inner) => json!({ "tag": tag, "value": json_value(&inner) }),
        ValueKind::Bool(truth) => truth.into(),
        ValueKind::Float(number) if number.is_finite() => number.into(),
        ValueKind::Float(number) => number.to_string().into(),
        _ => Value::Null,
    }
}

/// JSON's numbers are doubles to many readers, which are exact up to 2^53.
fn integer(number: i128) -> Value {
    const EXACT: i128 = 1 << 53;
    match i64::try_from(number) {
        Ok(small) if (-EXACT..=EXACT).contains(&number) => small.into(),
        _ => number.to_string().into(),
    }
}

fn map(entries: Vec<(ElementValue<'_>, ElementValue<'_>)>) -> Value {
    match entries.iter().all(|(key, _)| key.as_text().is_some()) {
        true => entries
            .iter()
            .map(|(key, value)| (key.as_text().unwrap_or_default(), json_value(value)))
            .collect(),
        false => entries
            .iter()
            .map(|(key, value)| json!([json_value(key), json_value(value)]))
            .collect(),
    }
}
