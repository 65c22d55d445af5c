//! One vector: what is shown, to whom, and what is to be said of it.

use ciborium::Value;
use serde_json::{Map, Value as Json, json};
use vitacard::Error;
use vitacard::reader::{DeviceRequest, DeviceResponse};

use crate::kit::{self, Draft, Issued, Item, Shown, array, encode, map, tag24};
use crate::pki::{Entity, Key, Profile};

/// The seed of the key that signs cards, for [`Draft::issuer`].
pub(crate) const ISSUER: &str = "issuer";
pub(crate) const READER: &str = "reader";

pub(crate) struct Case {
    pub(crate) name: &'static str,
    fields: Map<String, Json>,
    message: Vec<u8>,
}

impl Case {
    /// A response, shown to a reader that trusts the root of [`card`], in the session of
    /// [`transcript`].
    pub(crate) fn new(name: &'static str, rule: &'static str, response: Vec<u8>) -> Self {
        let case = Self::bare(name, rule, "response", response);
        case.with("transcript", hex::encode(transcript()))
    }

    /// An `IssuerSigned` on its own.
    pub(crate) fn card(name: &'static str, rule: &'static str, issuer_signed: Vec<u8>) -> Self {
        Self::bare(name, rule, "issuer_signed", issuer_signed)
    }

    /// A `DeviceRequest`, shown to a holder that trusts [`Entity::reader_root`].
    pub(crate) fn request(name: &'static str, rule: &'static str, request: Vec<u8>) -> Self {
        let case = Self::bare(name, rule, "request", request);
        case.with("transcript", hex::encode(transcript()))
            .anchors(&[&Entity::reader_root().der])
    }

    fn bare(name: &'static str, rule: &'static str, kind: &str, message: Vec<u8>) -> Self {
        let case = Self {
            name,
            fields: Map::new(),
            message,
        };
        let bytes = hex::encode(&case.message);
        case.with("rule", rule)
            .with(kind, bytes)
            .at(kit::NOW)
            .anchors(&[&Entity::root().der])
            .pinned(&[])
    }

    fn with(mut self, field: &str, value: impl Into<Json>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }

    /// The number of the attack.
    pub(crate) fn attack(self, number: &str) -> Self {
        self.with("case", number)
    }

    pub(crate) fn at(self, now: u64) -> Self {
        self.with("now", rfc3339(now))
    }

    pub(crate) fn anchors(self, roots: &[&[u8]]) -> Self {
        let pem: Vec<_> = roots.iter().map(|der| pem(der)).collect();
        self.with("anchors", pem)
    }

    /// The seeds of the pinned keys.
    pub(crate) fn pinned(self, seeds: &[&str]) -> Self {
        let keys = seeds.iter().map(|seed| Key::from_seed(seed).public_sec1());
        let keys: Vec<_> = keys.map(hex::encode).collect();
        self.with("pinned", keys)
    }

    pub(crate) fn crls(self, lists: &[Vec<u8>]) -> Self {
        let lists: Vec<_> = lists.iter().map(hex::encode).collect();
        self.with("crls", lists)
    }

    /// The reader keeps the private half of the key in [`transcript`].
    pub(crate) fn reader_key(self) -> Self {
        let scalar = hex::encode(Key::from_seed(READER).scalar());
        self.with("reader_key", scalar)
    }

    /// What the reader asked for.
    pub(crate) fn answers(self, request: &[u8]) -> Self {
        self.with("request", hex::encode(request))
    }

    pub(crate) fn strict_profile(self) -> Self {
        self.with("strict_profile", true)
    }

    /// What differs from the policy of all vectors.
    pub(crate) fn policy(self, policy: Json) -> Self {
        self.with("policy", policy)
    }

    pub(crate) fn accepts(self, documents: impl IntoIterator<Item = Json>) -> Self {
        let documents: Vec<_> = documents.into_iter().collect();
        self.with("expect", json!({ "accepted": documents }))
    }

    /// All elements of [`card`], by signature.
    pub(crate) fn accepts_card(self) -> Self {
        self.accepts([by_signature(&kit::draft().items)])
    }

    /// Of the first document, unless `payload` names another.
    pub(crate) fn rejects(self, name: &str, payload: Json) -> Self {
        let mut expect = payload.as_object().cloned().unwrap_or_default();
        expect.entry("document").or_insert_with(|| 0.into());
        self.fails("rejected", name, expect)
    }

    /// At the MSO itself if it lacks a field, or else at the field.
    pub(crate) fn rejects_mso_at(self, needle: &[u8]) -> Self {
        self.rejects_mso_after(needle, 0)
    }

    /// So many bytes into `needle`.
    pub(crate) fn rejects_mso_after(self, needle: &[u8], bytes: usize) -> Self {
        let mut windows = self.message.windows(needle.len());
        let place = windows.position(|window| window == needle);
        let offset = place.expect("a place") + bytes;
        self.rejects("MsoMalformed", json!({ "offset": offset }))
    }

    pub(crate) fn misuse(self, name: &str) -> Self {
        self.fails("misuse", name, Map::new())
    }

    pub(crate) fn undecodable(self, kind: &str) -> Self {
        let mut expect = Map::new();
        // Finding the place again by other means would be a second parser.
        let parsed = match self.fields.contains_key("request") {
            true => DeviceRequest::parse(&self.message).map(drop),
            false => DeviceResponse::parse(&self.message).map(drop),
        };
        if let Err(Error::Decode(error)) = parsed {
            expect.insert("offset".into(), error.offset().into());
        }
        self.fails("undecodable", kind, expect)
    }

    fn fails(self, kind: &str, name: &str, mut expect: Map<String, Json>) -> Self {
        let mut rows = Error::ALL.iter().flat_map(|rows| rows.iter());
        let row = rows
            .find(|row| row.2 == name)
            .expect("a name of Error::ALL");
        expect.insert(kind.into(), name.into());
        expect.insert("code".into(), row.0.into());
        self.with("expect", expect)
    }

    pub(crate) fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(&self.fields).expect("JSON");
        format!("{text}\n")
    }
}

/// Name, rule, attack, response, and what is said of it.
pub(crate) type Row = (
    &'static str,
    &'static str,
    &'static str,
    Vec<u8>,
    &'static str,
);

/// Responses that cannot be read, each for a [`DecodeErrorKind`](vitacard::DecodeErrorKind).
pub(crate) fn undecodable(rows: Vec<Row>) -> Vec<Case> {
    table(rows, Case::undecodable)
}

/// Responses that are rejected, for reasons that carry no more than their document.
pub(crate) fn rejected(rows: Vec<Row>) -> Vec<Case> {
    table(rows, |case, name| case.rejects(name, Json::Null))
}

fn table(rows: Vec<Row>, expect: fn(Case, &str) -> Case) -> Vec<Case> {
    let case = |(name, rule, attack, response, expected): Row| {
        expect(Case::new(name, rule, response).attack(attack), expected)
    };
    rows.into_iter().map(case).collect()
}

/// A document whose device signed.
pub(crate) fn by_signature(items: &[Item]) -> Json {
    json!({ "issuer_signed": elements(items), "proof": "signature" })
}

/// Name space, identifier, CBOR.
pub(crate) fn elements(items: &[Item]) -> Json {
    let mut name_spaces = Map::new();
    for item in items {
        let elements = name_spaces
            .entry(&item.name_space)
            .or_insert_with(|| json!({}));
        elements[&item.id] = hex::encode(encode(&item.value)).into();
    }
    name_spaces.into()
}

pub(crate) fn rfc3339(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).expect("a date");
    jiff::Timestamp::from_second(seconds)
        .expect("a date")
        .to_string()
}

pub(crate) fn pem(der: &[u8]) -> String {
    use x509_cert::der::pem::{LineEnding, encode_string};
    encode_string("CERTIFICATE", LineEnding::LF, der).expect("PEM")
}

/// A session by QR code, in which the reader's key has the seed [`READER`].
pub(crate) fn transcript() -> Vec<u8> {
    transcript_of(&engagement(), Value::Null)
}

pub(crate) fn transcript_of(engagement: &[u8], handover: Value) -> Vec<u8> {
    encode(&array([
        tag24(engagement.to_vec()),
        tag24(encode(&kit::cose_key(READER))),
        handover,
    ]))
}

/// DeviceEngagement, without retrieval methods.
pub(crate) fn engagement() -> Vec<u8> {
    let key = tag24(encode(&kit::cose_key("engagement")));
    let security = array([Value::from(1), key]);
    encode(&map([(0, "1.0".into()), (1, security)]))
}

/// The certificate that signs cards, below [`Entity::root`].
pub(crate) fn signer() -> Entity {
    Entity::root().issue(Profile::document_signer(), ISSUER)
}

/// A good card of three elements, with the certificate of its signer.
pub(crate) fn card() -> Draft {
    certified(kit::draft())
}

pub(crate) fn card_of(items: Vec<Item>) -> Draft {
    certified(kit::draft_of(items))
}

fn certified(draft: Draft) -> Draft {
    draft.with(|draft| draft.unprotected = x5chain(&[&signer().der]))
}

/// The unprotected bucket with this chain.
pub(crate) fn x5chain(chain: &[&[u8]]) -> Value {
    let mut chain: Vec<_> = chain.iter().map(|der| Value::Bytes(der.to_vec())).collect();
    let value = match chain.len() {
        1 => chain.remove(0),
        _ => Value::Array(chain),
    };
    map([(33, value)])
}

/// The response of a card that its issuer signed after `change`.
pub(crate) fn signed(change: impl FnOnce(&mut Draft)) -> Vec<u8> {
    respond(card().with(change).issue())
}

/// The response of a good card that its holder changed before signing.
pub(crate) fn tampered(change: impl FnOnce(&mut Issued)) -> Vec<u8> {
    respond(card().issue().with(change))
}

/// The response of a good card that was changed after its holder signed.
pub(crate) fn garbled(change: impl FnOnce(&mut Shown)) -> Vec<u8> {
    show(card().issue()).with(change).response()
}

pub(crate) fn show(issued: Issued) -> Shown {
    issued.show_in(&transcript())
}

pub(crate) fn respond(issued: Issued) -> Vec<u8> {
    show(issued).response()
}
