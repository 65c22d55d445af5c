//! Every file of `test-vectors/kit`, against `Reader`. The format is in `test-vectors/README.md`.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

mod providers;
mod published;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde_json::{Map, Value as Json, json};
use vitacard::crypto::{CryptoProvider, PublicKey, RUSTCRYPTO, SoftwareAgreementKey, TableSize};
use vitacard::holder::verify_reader;
use vitacard::reader::{
    Conditions, DeviceProof, DeviceRequest, DeviceResponse, Exchange, Policy, Reader, Standing,
    UnknownStatus, VerifiedDocument, VerifiedResponse,
};
use vitacard::session::SessionTranscript;
use vitacard::trust::{RevocationLists, TrustAnchors};
use vitacard::{Error, Rejected, UnixTime, unix_time};
use x509_cert::der::{DecodePem as _, Encode as _};

/// Faults that no vector shows, and why.
const NOT_COVERED: &[(&str, &str)] = &[
    (
        "BadKey",
        "in a response the only COSE_Key is the device key, whose faults are DeviceKey",
    ),
    ("BadUri", "of an engagement, not of a response"),
    ("BadNdef", "of an NFC handover, not of a response"),
    (
        "NotDeterministic",
        "no structure of ISO is deterministic by force; tests of cbor",
    ),
    (
        "UnknownKey",
        "no structure of ISO is deterministic by force; tests of cbor",
    ),
];

/// Reasons that have vectors or tests elsewhere, by their numbers.
const ELSEWHERE: &[(RangeInclusive<u16>, &str)] = &[
    (2503..=2508, "what a list says of a card: tests/status"),
    (
        2550..=2569,
        "tokens of lists: src/status/token/tests.rs and tests/status",
    ),
    (2570..=2590, "increments and snapshots: tests/status"),
    (
        2608..=2608,
        "a delegate or a card that can be lent: test-vectors/delegation",
    ),
    (
        2700..=2769,
        "presentations by delegates: test-vectors/delegation",
    ),
    (
        2770..=2799,
        "messages between two phones, and to the issuer: tests/delegation",
    ),
    (
        2850..=2899,
        "invitations, requests, blocks: tests/enrolment",
    ),
];

#[test]
fn every_vector_comes_out_as_it_says() {
    all_come_out(RUSTCRYPTO, Way::Alone);
}

/// Two more of each beside it, a cache that makes tables, and anchors that have them.
#[test]
fn every_vector_comes_out_so_in_company() {
    all_come_out(RUSTCRYPTO, Way::InCompany);
}

/// The seam: a caller's provider, over aws-lc, in the place of ours.
#[test]
fn every_vector_comes_out_so_by_another_provider() {
    all_come_out(providers::AWS_LC, Way::Alone);
    all_come_out(providers::AWS_LC, Way::InCompany);
}

/// How a response is verified.
#[derive(Clone, Copy, Debug)]
enum Way {
    Alone,
    InCompany,
}

impl Way {
    fn verify(
        self,
        crypto: CryptoProvider,
        reader: &Reader,
        response: &[u8],
        exchange: &Exchange<'_>,
    ) -> Json {
        let parsed = match DeviceResponse::parse(response) {
            Ok(parsed) => parsed,
            Err(error) => return failure(error),
        };
        match self {
            Self::Alone => accepted(reader.verify(parsed, exchange)),
            Self::InCompany => {
                let mut anchors = reader.anchors().clone();
                anchors.prepare(TableSize::Flash);
                let reader = Reader::new(crypto, anchors);
                published::in_company(&reader, response, exchange, accepted)
            }
        }
    }
}

fn accepted(verdict: Result<VerifiedResponse<'_>, Error>) -> Json {
    match verdict {
        Ok(verified) => {
            let documents: Vec<_> = verified.documents().map(document).collect();
            json!({ "accepted": documents })
        }
        Err(error) => failure(error),
    }
}

fn all_come_out(crypto: CryptoProvider, way: Way) {
    let mut wrong = Vec::new();
    for (name, vector) in published::of("kit") {
        let mut vector = Vector {
            name: &name,
            fields: vector,
            crypto,
            way,
        };
        let expected = vector.take("expect").expect("an expectation");
        let found = vector.run();
        assert!(
            vector.fields.is_empty(),
            "{name}: unknown {:?}",
            vector.fields
        );
        if found != expected {
            wrong.push(format!("{name}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_fault_of_a_message_has_a_vector() {
    let mut shown = BTreeSet::new();
    for (_, vector) in published::of("kit") {
        let expect = &vector["expect"];
        let fault = ["rejected", "undecodable"].map(|kind| expect[kind].as_str().map(String::from));
        shown.extend(fault.into_iter().flatten());
    }
    let excused = |name: &str| NOT_COVERED.iter().any(|(excused, _)| *excused == name);
    for (code, kind, name, _) in Error::ALL.iter().flat_map(|rows| rows.iter()) {
        let elsewhere = ELSEWHERE.iter().any(|(codes, _)| codes.contains(code));
        let of_message = matches!(*kind, "decode" | "rejected") && !elsewhere;
        assert!(
            !of_message || shown.contains(*name) || excused(name),
            "no vector for {name}"
        );
        assert!(
            !(shown.contains(*name) && excused(name)),
            "{name} has a vector"
        );
    }
    for (name, _) in NOT_COVERED {
        let mut rows = Error::ALL.iter().flat_map(|rows| rows.iter());
        assert!(rows.any(|row| row.2 == *name), "{name} is no fault");
    }
}

/// A vector, of which each field is taken out once.
struct Vector<'a> {
    name: &'a str,
    fields: Map<String, Json>,
    crypto: CryptoProvider,
    way: Way,
}

impl Vector<'_> {
    fn run(&mut self) -> Json {
        assert!(
            self.text("rule").is_some_and(|rule| rule.ends_with('.')),
            "{}",
            self.name
        );
        self.text("case");
        let anchors = self.anchors();
        let reader = Reader::new(self.crypto, anchors);
        let policy = self.policy();
        let now = self.text("now").expect("a time");
        let now = now
            .parse::<jiff::Timestamp>()
            .expect("RFC 3339")
            .as_second();
        let now = unix_time(now.try_into().expect("after 1970"));
        let mut conditions = Conditions::new(now, &policy);
        let lists = self.lists();
        match &lists {
            None => {}
            Some(Ok(lists)) => conditions = conditions.with_crls(lists),
            Some(Err(error)) => {
                self.fields.remove("response");
                self.fields.remove("transcript");
                return failure(*error);
            }
        }
        if let Some(card) = self.bytes("issuer_signed") {
            let verified = reader.verify_issuer_signed(&card, &conditions);
            return match verified {
                Ok(card) => json!({ "accepted": [{
                    "issuer_signed": elements(card.elements().map(|e| {
                        (e.name_space().as_str(), e.id().as_str(), e.value().as_cbor())
                    })),
                }] }),
                Err(error) => failure(error),
            };
        }
        let transcript = self.bytes("transcript").expect("a transcript");
        let transcript = SessionTranscript::given(&transcript).expect("a transcript");
        let request = self.bytes("request");
        let Some(response) = self.bytes("response") else {
            let request = request.expect("a response or a request");
            let asked = ask(
                &request,
                &transcript,
                reader.anchors(),
                &conditions,
                &self.crypto,
            );
            return asked.unwrap_or_else(failure);
        };
        let mut exchange = Exchange::new(&transcript, conditions);
        let key = self.bytes("reader_key").map(|scalar| {
            SoftwareAgreementKey::from_bytes(&scalar.try_into().expect("32 bytes")).expect("a key")
        });
        if let Some(key) = &key {
            exchange = exchange.with_reader_key(key);
        }
        if let Some(request) = &request {
            exchange = exchange.with_request(DeviceRequest::parse(request).expect("a request"));
        }
        self.way.verify(self.crypto, &reader, &response, &exchange)
    }

    fn anchors(&mut self) -> TrustAnchors {
        let mut anchors = TrustAnchors::new();
        for pem in self.texts("anchors").expect("anchors") {
            let root = x509_cert::Certificate::from_pem(&pem).expect("a certificate");
            anchors
                .add_root(&root.to_der().expect("DER"))
                .expect("a root");
        }
        for key in self.texts("pinned").expect("pinned keys") {
            let key = hex::decode(key).expect("hex");
            anchors.pin_key(PublicKey::p256(&key).expect("a key"));
        }
        match self.take("strict_profile") {
            None => anchors,
            Some(Json::Bool(true)) => anchors.strict_profile(true),
            Some(other) => panic!("{}: {other}", self.name),
        }
    }

    fn lists(&mut self) -> Option<Result<RevocationLists, Error>> {
        let lists = self.texts("crls")?;
        let lists: Vec<_> = lists
            .iter()
            .map(|list| hex::decode(list).expect("hex"))
            .collect();
        let lists: Vec<_> = lists.iter().map(Vec::as_slice).collect();
        Some(RevocationLists::new(&lists))
    }

    /// The strict one, but for cards without a status list.
    fn policy(&mut self) -> Policy {
        let mut policy = Policy::default();
        policy.cards_without_status = true;
        let changes = self.take("policy").unwrap_or_else(|| json!({}));
        for (field, value) in changes.as_object().expect("an object") {
            match (field.as_str(), value) {
                ("accept_mac", Json::Bool(value)) => policy.accept_mac = *value,
                ("cards_without_status", Json::Bool(value)) => policy.cards_without_status = *value,
                ("refuse_early", Json::Bool(value)) => policy.refuse_early = *value,
                ("skew", Json::Number(value)) => {
                    let value = value.as_u64().expect("seconds");
                    policy.skew = value.try_into().expect("seconds");
                }
                ("unknown_status", Json::String(value)) if value == "degrade" => {
                    policy.unknown_status = UnknownStatus::Degrade;
                }
                other => panic!("{}: {other:?}", self.name),
            }
        }
        policy
    }

    fn take(&mut self, field: &str) -> Option<Json> {
        self.fields.remove(field)
    }

    fn text(&mut self, field: &str) -> Option<String> {
        let text = self.take(field)?;
        Some(text.as_str().expect("a text").into())
    }

    fn bytes(&mut self, field: &str) -> Option<Vec<u8>> {
        Some(hex::decode(self.text(field)?).expect("hex"))
    }

    fn texts(&mut self, field: &str) -> Option<Vec<String>> {
        let texts = self.take(field)?;
        Some(serde_json::from_value(texts).expect("texts"))
    }
}

/// Who asks, for each document of a request.
fn ask(
    request: &[u8],
    transcript: &SessionTranscript<'_>,
    anchors: &TrustAnchors,
    conditions: &Conditions<'_>,
    crypto: &CryptoProvider,
) -> Result<Json, Error> {
    let mut readers = Vec::new();
    for asked in DeviceRequest::parse(request)?.documents() {
        let reader = verify_reader(&asked, transcript, anchors, conditions, crypto)?;
        readers.push(json!({ "reader": reader.common_name() }));
    }
    Ok(json!({ "accepted": readers }))
}

fn document(document: &VerifiedDocument<'_>) -> Json {
    let issued = document.elements();
    let issued = issued.map(|e| {
        (
            e.name_space().as_str(),
            e.id().as_str(),
            e.value().as_cbor(),
        )
    });
    let said: Vec<_> = document.device_elements().collect();
    let said = said.iter().map(|e| {
        (
            e.name_space().as_str(),
            e.id().as_str(),
            e.value().as_cbor(),
        )
    });
    let proof = match document.proof() {
        DeviceProof::Signature => "signature",
        DeviceProof::Mac => "mac",
    };
    let mut shown = json!({ "issuer_signed": elements(issued), "proof": proof });
    let said = elements(said);
    if said != json!({}) {
        shown["device_signed"] = said;
    }
    if let Standing::Degraded(_) = document.standing() {
        shown["standing"] = "degraded".into();
    }
    shown
}

fn elements<'e>(elements: impl Iterator<Item = (&'e str, &'e str, &'e [u8])>) -> Json {
    let mut name_spaces = json!({});
    for (name_space, id, value) in elements {
        name_spaces[name_space][id] = hex::encode(value).into();
    }
    name_spaces
}

/// An error as the vectors write it.
fn failure(error: Error) -> Json {
    let mut expect = match error {
        Error::Decode(error) => json!({ "offset": error.offset() }),
        Error::Rejected(rejected) => payload(rejected),
        _ => json!({}),
    };
    let kind = match error {
        Error::Decode(_) => "undecodable",
        _ => error.kind(),
    };
    expect[kind] = error.reason().into();
    expect["code"] = error.code().into();
    expect
}

fn payload(rejected: Rejected) -> Json {
    let mut payload = match rejected {
        Rejected::MsoMalformed { offset, .. } => json!({ "offset": offset }),
        Rejected::NameSpaceNotInMso {
            item, digest_id, ..
        }
        | Rejected::DigestMissing {
            item, digest_id, ..
        }
        | Rejected::DigestMismatch {
            item, digest_id, ..
        }
        | Rejected::DuplicateElement {
            item, digest_id, ..
        }
        | Rejected::ShortRandom {
            item, digest_id, ..
        }
        | Rejected::DigestLength {
            item, digest_id, ..
        } => {
            json!({ "item": item, "digest_id": digest_id })
        }
        Rejected::NotYetValid { from, .. } => json!({ "from": rfc3339(from) }),
        Rejected::Expired { until, .. } => json!({ "until": rfc3339(until) }),
        Rejected::ElementNotAuthorized { item, .. } => json!({ "item": item }),
        _ => json!({}),
    };
    payload["document"] = rejected.document().into();
    let fields = format!("{rejected:?}").matches(": ").count();
    let known = payload.as_object().map_or(0, Map::len);
    assert_eq!(fields, known, "a field of {rejected:?} is not compared");
    payload
}

fn rfc3339(time: UnixTime) -> String {
    let seconds = time.as_secs().try_into().expect("a date");
    jiff::Timestamp::from_second(seconds)
        .expect("a date")
        .to_string()
}
