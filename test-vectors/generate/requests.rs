//! Reader authentication: who asks is who a holder trusts, in this session.

use ciborium::Value;
use serde_json::{Value as Json, json};

use crate::case::{Case, Row, transcript, transcript_of, x5chain};
use crate::kit::{self, array, encode, map, raw, sig_structure, tag24};
use crate::pki::{BasicConstraints, Entity, Extension, Key, Profile, eku, key_usage};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = accepted();
    cases.extend(rejected(signatures()));
    cases.extend(rejected(chains()));
    cases.extend(lists());
    cases.extend(undecodable());
    cases
}

const SEED: &str = "asking reader";

/// `DocRequest`, before it is put together.
struct Asked {
    items_request: Vec<u8>,
    key: &'static str,
    protected: Value,
    unprotected: Value,
    transcript: Vec<u8>,
    payload: Value,
}

impl Asked {
    fn new() -> Self {
        let elements = map([("family_name", Value::Bool(false))]);
        let items = map([
            ("docType", kit::DOC_TYPE.into()),
            ("nameSpaces", map([(kit::NAME_SPACE, elements)])),
        ]);
        Self {
            items_request: encode(&tag24(encode(&items))),
            key: SEED,
            protected: map([(1, Value::from(-7))]),
            unprotected: x5chain(&[&reader().der]),
            transcript: transcript(),
            payload: Value::Null,
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn doc_request(self) -> Value {
        let signed = array([
            "ReaderAuthentication".into(),
            raw(&self.transcript),
            raw(&self.items_request),
        ]);
        let signed = encode(&tag24(encode(&signed)));
        let protected = encode(&self.protected);
        let signature = Key::from_seed(self.key).sign_raw(&sig_structure(&protected, &signed));
        let sign1 = array([
            Value::Bytes(protected),
            self.unprotected,
            self.payload,
            Value::Bytes(signature.to_vec()),
        ]);
        map([
            ("itemsRequest", raw(&self.items_request)),
            ("readerAuth", sign1),
        ])
    }

    fn request(self) -> Vec<u8> {
        request(self.doc_request())
    }
}

fn request(doc_request: Value) -> Vec<u8> {
    encode(&map([
        ("version", "1.0".into()),
        ("docRequests", array([doc_request])),
    ]))
}

/// A request for `doc_type`, which nobody signed.
pub(crate) fn unsigned(doc_type: &str) -> Vec<u8> {
    let elements = map([("name", Value::Bool(false))]);
    let items = map([
        ("docType", doc_type.into()),
        ("nameSpaces", map([("org.example", elements)])),
    ]);
    request(map([("itemsRequest", tag24(encode(&items)))]))
}

fn reader() -> Entity {
    Entity::reader_root().issue(Profile::mdoc_reader(), SEED)
}

fn asked(change: impl FnOnce(&mut Asked)) -> Vec<u8> {
    Asked::new().with(change).request()
}

fn accepted() -> Vec<Case> {
    let named = || [json!({ "reader": "Utopia Reader" })];
    let two = map([
        ("version", "1.0".into()),
        (
            "docRequests",
            array([Asked::new().doc_request(), Asked::new().doc_request()]),
        ),
    ]);
    let usage = Profile::mdoc_reader().with(|p| p.eku = vec![eku::MDOC_READER]);
    let usage = Entity::reader_root().issue(usage, SEED);
    vec![
        Case::request(
            "accept_request_of_reader",
            "A request is by a reader whose chain and signature hold in this session.",
            Asked::new().request(),
        )
        .accepts(named()),
        Case::request(
            "accept_request_with_two_signatures",
            "Each document of a request is signed on its own.",
            encode(&two),
        )
        .accepts([named(), named()].concat()),
        Case::request(
            "accept_reader_usage_of_23220_4",
            "1.0.23220.4.1.6 is a usage of readers, beside 1.0.18013.5.1.6.",
            asked(|a| a.unprotected = x5chain(&[&usage.der])),
        )
        .accepts(named()),
        Case::request(
            "accept_reader_by_pinned_key",
            "The name of a reader whose key is pinned is vouched for by nobody.",
            Asked::new().request(),
        )
        .anchors(&[])
        .pinned(&[SEED])
        .accepts([json!({ "reader": null })]),
    ]
}

fn signatures() -> Vec<Row> {
    let alg = |alg: i64| map([(1, Value::from(alg))]);
    let without = || {
        let mut doc_request = Asked::new().doc_request();
        kit::remove(&mut doc_request, "readerAuth");
        request(doc_request)
    };
    let other = encode(&array([Value::Null, Value::Null, Value::Null]));
    let changed = || {
        let mut doc_request = Asked::new().doc_request();
        let more = unsigned(kit::DOC_TYPE);
        let more: Value = ciborium::from_reader(&more[..]).expect("CBOR");
        let more = more.into_map().expect("a map").remove(1).1;
        let more = more.into_array().expect("an array").remove(0);
        let items = more.into_map().expect("a map").remove(0).1;
        *kit::at(&mut doc_request, &["itemsRequest"]) = items;
        request(doc_request)
    };
    vec![
        (
            "reader_auth_missing",
            "A request without a signature is by nobody.",
            "C1",
            without(),
            "ReaderAuthMissing",
        ),
        (
            "reader_alg_missing",
            "The reader's signature names its algorithm.",
            "B1",
            asked(|a| a.protected = Value::Map(vec![])),
            "ReaderAlgMissing",
        ),
        (
            "reader_alg_es384_of_p256_key",
            "ES384 does not go with a reader's key on P-256.",
            "B6",
            asked(|a| a.protected = alg(-35)),
            "ReaderAlgUnsupported",
        ),
        (
            "reader_payload_differs",
            "An attached payload of the reader is the computed one.",
            "B9",
            asked(|a| a.payload = Value::Bytes(vec![0xa0])),
            "ReaderPayload",
        ),
        (
            "reader_signature_by_another_key",
            "The key of the reader's certificate signs the request.",
            "B11",
            asked(|a| a.key = "attacker"),
            "ReaderSignature",
        ),
        (
            "reader_signature_of_another_session",
            "A reader's signature holds in its session.",
            "G1",
            asked(|a| a.transcript = other),
            "ReaderSignature",
        ),
        (
            "reader_signature_over_nfc_transcript",
            "A reader's signature holds for how the engagement came.",
            "G3",
            asked(|a| {
                let handover = array([Value::Bytes(b"select".to_vec()), Value::Null]);
                a.transcript = transcript_of(&crate::case::engagement(), handover);
            }),
            "ReaderSignature",
        ),
        (
            "reader_asks_for_more_than_it_signed",
            "A reader signs what it asks for.",
            "B7",
            changed(),
            "ReaderSignature",
        ),
    ]
}

fn chains() -> Vec<Row> {
    let under = |chain: &[&[u8]]| asked(|a| a.unprotected = x5chain(chain));
    let leaf = |fault: fn(&mut Profile)| {
        let profile = Profile::mdoc_reader().with(fault);
        under(&[&Entity::reader_root().issue(profile, SEED).der])
    };
    let stranger = Profile::reader_root().with(|p| p.subject.common_name = "Attacker");
    let stranger = Entity::self_signed(stranger, "attacker");
    let of_stranger = stranger.issue(Profile::mdoc_reader(), SEED);
    let of_cards = Entity::root().issue(Profile::mdoc_reader(), SEED);
    vec![
        (
            "reader_certificate_malformed",
            "A reader's certificate is a certificate.",
            "C11",
            under(&[b"no certificate"]),
            "ReaderMalformedCertificate",
        ),
        (
            "reader_without_certificate",
            "A reader without a certificate is not known.",
            "C1",
            asked(|a| a.unprotected = Value::Map(vec![])),
            "ReaderUntrusted",
        ),
        (
            "reader_root_unknown",
            "A reader's chain leads to an anchor.",
            "C1",
            under(&[&of_stranger.der]),
            "ReaderUntrusted",
        ),
        (
            "reader_root_of_cards",
            "A root of cards is no root of readers.",
            "C1",
            under(&[&of_cards.der]),
            "ReaderUntrusted",
        ),
        (
            "reader_root_in_x5chain",
            "The anchor of readers does not come along.",
            "C1",
            under(&[&reader().der, &Entity::reader_root().der]),
            "ReaderChain",
        ),
        (
            "reader_certificate_expired",
            "A reader's certificate holds until its last day.",
            "C8",
            leaf(|p| p.not_after = kit::NOW - 1),
            "ReaderCertificateTime",
        ),
        (
            "reader_certificate_not_yet_valid",
            "A reader's certificate holds from its first day.",
            "C8",
            leaf(|p| p.not_before = kit::NOW + 1),
            "ReaderCertificateTime",
        ),
        (
            "reader_usage_of_signers_of_cards",
            "A signer of cards is no reader.",
            "C3",
            leaf(|p| p.eku = vec![eku::DOCUMENT_SIGNER]),
            "ReaderUsage",
        ),
        (
            "reader_usage_of_tls_servers",
            "A TLS server is no reader.",
            "C3",
            leaf(|p| p.eku = vec![eku::TLS_SERVER]),
            "ReaderUsage",
        ),
        (
            "reader_is_ca",
            "A reader is no CA.",
            "C2",
            leaf(|p| {
                p.basic_constraints = Some(BasicConstraints {
                    ca: true,
                    path_length: None,
                });
            }),
            "ReaderUsage",
        ),
        (
            "reader_key_usage_of_agreement",
            "A reader's key usage is digitalSignature.",
            "C4",
            leaf(|p| p.key_usage = Some(key_usage::KEY_AGREEMENT)),
            "ReaderChain",
        ),
        (
            "reader_critical_extension_unknown",
            "A critical extension must be understood, of readers too.",
            "C5",
            leaf(|p| p.extra.push(Extension::unknown(true))),
            "ReaderChain",
        ),
    ]
}

fn lists() -> Vec<Case> {
    let root = Entity::reader_root();
    let case = |name, rule, list: Vec<u8>| {
        Case::request(name, rule, Asked::new().request())
            .attack("C14")
            .crls(&[list])
            .rejects("ReaderCertificateRevoked", Json::Null)
    };
    let serial = reader().profile.serial;
    let revoking = root.crl().with(|c| c.revoked.push(serial));
    let old = root.crl().with(|c| c.next_update = Some(kit::NOW - 1));
    vec![
        case(
            "reader_certificate_revoked",
            "A reader that its root's list names is revoked.",
            revoking.sign(&root.key),
        ),
        case(
            "reader_list_expired",
            "A reader of whose revocation nothing is known is refused.",
            old.sign(&root.key),
        ),
    ]
}

fn undecodable() -> Vec<Case> {
    let case = |name, rule, request, kind| Case::request(name, rule, request).undecodable(kind);
    let bare = |version: &str, doc_requests: Value| {
        encode(&map([
            ("version", version.into()),
            ("docRequests", doc_requests),
        ]))
    };
    vec![
        case(
            "request_for_nothing",
            "A request asks for a document.",
            bare("1.0", array([])),
            "Empty",
        ),
        case(
            "request_version_unknown",
            "Version 2.0 of a request is not known.",
            bare("2.0", array([])),
            "UnknownVersion",
        ),
        case(
            "request_for_empty_type",
            "A request names the type that it asks for.",
            unsigned(""),
            "Empty",
        ),
    ]
}

fn rejected(rows: Vec<Row>) -> Vec<Case> {
    let case = |(name, rule, attack, request, expected): Row| {
        Case::request(name, rule, request)
            .attack(attack)
            .rejects(expected, Json::Null)
    };
    rows.into_iter().map(case).collect()
}
