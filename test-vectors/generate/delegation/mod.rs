//! Presentations by delegates: `test-vectors/delegation/README.md` has their format.

mod accepted;
mod claims;
mod keys;
mod lend;
mod message;
mod own_card;
mod policy;
mod shown;
mod times;

use serde_json::{Map, Value as Json, json};

use crate::case;
use crate::pki::Entity;
use lend::{NOW, PURPOSES};

/// Name, rule, response, and what is said of it.
type Row = (&'static str, &'static str, Vec<u8>, &'static str);

pub(crate) fn cases() -> Vec<Case> {
    [
        accepted::cases(),
        policy::cases(),
        message::cases(),
        claims::cases(),
        keys::cases(),
        times::cases(),
        shown::cases(),
        own_card::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(crate) struct Case {
    pub(crate) name: &'static str,
    fields: Map<String, Json>,
}

impl Case {
    /// A response, shown at [`NOW`] to a reader that asked for everything that the card holds.
    fn new(name: &'static str, rule: &'static str, response: &[u8]) -> Self {
        let case = Self {
            name,
            fields: Map::new(),
        };
        let asked = lend::items();
        let asked = asked.iter().map(|item| json!([item.name_space, item.id]));
        case.with("rule", rule)
            .with("response", hex::encode(response))
            .with("transcript", hex::encode(case::transcript()))
            .with("requested", asked.collect::<Vec<_>>())
            .with("revoked", Json::Null)
            .anchor(&Entity::root().der)
            .at(NOW)
            .purpose(PURPOSES, 1)
    }

    fn with(mut self, field: &str, value: impl Into<Json>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }

    /// The number of the attack.
    fn attack(self, number: &str) -> Self {
        self.with("case", number)
    }

    fn anchor(self, root: &[u8]) -> Self {
        self.with("anchor", case::pem(root))
    }

    fn at(self, now: u64) -> Self {
        self.with("now", now)
    }

    fn purpose(self, controller: &str, code: i64) -> Self {
        self.with("purpose", json!([controller, code]))
    }

    fn requested(self, elements: &[(&str, &str)]) -> Self {
        let elements = elements
            .iter()
            .map(|(name_space, id)| json!([name_space, id]));
        self.with("requested", elements.collect::<Vec<_>>())
    }

    fn revoked(self, ids: &[[u8; 16]]) -> Self {
        let ids: Vec<_> = ids.iter().map(hex::encode).collect();
        self.with("revoked", ids)
    }

    fn without_delegates(self) -> Self {
        self.with("accepts_delegates", false)
    }

    fn accepts(self, id: &[u8; 16]) -> Self {
        let id = hex::encode(id);
        self.with("expect", json!({ "presenter": "delegate", "id": id }))
    }

    /// Shown by its holder.
    fn accepts_holder(self) -> Self {
        self.with("expect", json!({ "presenter": "direct" }))
    }

    fn rejects(self, name: &str) -> Self {
        self.with("expect", json!({ "rejected": name }))
    }

    pub(crate) fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(&self.fields).expect("JSON");
        format!("{text}\n")
    }
}

fn rejected(attack: &str, rows: Vec<Row>) -> Vec<Case> {
    let case = |(name, rule, response, expected): Row| {
        Case::new(name, rule, &response)
            .attack(attack)
            .rejects(expected)
    };
    rows.into_iter().map(case).collect()
}
