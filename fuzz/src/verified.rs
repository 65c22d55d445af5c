//! What must hold of whatever verifies, whoever has signed it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ciborium::Value;
use vitacard::crypto::{CryptoProvider, RUSTCRYPTO, SoftwareAgreementKey};
use vitacard::fuzzing::{self, Claims};
use vitacard::reader::{
    Conditions, DeviceProof, DeviceResponse, Exchange, Policy, Presenter, Reader, UnknownStatus,
    VerifiedDocument, VerifiedIssuerSigned,
};
use vitacard::session::SessionTranscript;
use vitacard::trust::TrustAnchors;
use vitacard::{Element, ElementValue, Error, Misuse, ValueKind, unix_time};

use crate::delegation::presenter_holds;
use crate::{CREDULOUS, HOLLOW, ISSUER};

/// The transcript of the card kit (`tests/kit/mod.rs`), in which the seeds are shown.
const TRANSCRIPT: &[u8] = b"\x83\xd8\x18\x46\xa1\x00\x631.0\xd8\x18\x41\xa0\xf6";

/// 2026-06-01T00:00:00Z, when the seeds are valid.
const NOW: u64 = 1_780_272_000;

/// All that the kit's issuer has ever signed for the seeds, and its devices with its leave.
const GENUINE: &[(&str, &[u8])] = &[
    ("family_name", b"\x66Martin"),
    ("given_name", b"\x67Camille"),
    ("age_over_18", b"\xf5"),
    ("birth_date", b"\xd9\x03\xec\x6a1990-01-01"),
    ("note", b"\x65hello"),
];

static READER_KEY: LazyLock<SoftwareAgreementKey> =
    LazyLock::new(|| SoftwareAgreementKey::from_bytes(&[9; 32]).unwrap());

static REAL: LazyLock<Reader> = LazyLock::new(|| reader(RUSTCRYPTO));
static BELIEVES_SIGNATURES: LazyLock<Reader> = LazyLock::new(|| reader(CREDULOUS));
static BELIEVES_ALL: LazyLock<Reader> = LazyLock::new(|| reader(HOLLOW));

fn reader(crypto: CryptoProvider) -> Reader {
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(*ISSUER);
    Reader::new(crypto, anchors)
}

/// DeviceResponse.
pub fn response(bytes: &[u8]) {
    let parsed = DeviceResponse::parse(bytes);
    let Ok(claims) = fuzzing::response(bytes, &ISSUER, &HOLLOW) else {
        assert!(parsed.is_err());
        return;
    };
    let response = parsed.unwrap();
    assert!(claims.is_empty() || response.claimed_status() == 0);
    let claimed: Vec<_> = claims
        .iter()
        .map(|claims| claims.doc_type.unwrap())
        .collect();
    assert!(response.claimed_doc_types().eq(claimed));
    let transcript = SessionTranscript::given(TRANSCRIPT).unwrap();
    let accepted = under_every_policy(|reader, policy, now| {
        let response = DeviceResponse::parse(bytes).unwrap();
        let verified = reader.verify(response, &exchange(&transcript, policy, now));
        let verified = verified.inspect_err(|error| refused(*error, &claims, now))?;
        assert_eq!(verified.documents().count(), claims.len());
        for (document, claims) in verified.documents().zip(&claims) {
            document_holds(document, claims);
            // Nobody has asked for delegates.
            assert_eq!(document.presenter(), Presenter::Holder);
            presenter_holds(document, claims, now);
            card_holds(document.issuer_signed(), claims, policy, now);
            assert!(policy.accept_mac || document.proof() == DeviceProof::Signature);
            if is_real(reader) {
                document.device_elements().for_each(|element| {
                    assert_genuine(element.id().as_str(), element.value());
                });
                genuine(document.issuer_signed());
            }
        }
        Ok(())
    });
    if !accepted {
        return;
    }
    let policy = lax();
    for (wanted, none_left) in [(everything(&claims), true), (nothing(&claims), false)] {
        let request = fuzzing::request(&wanted, &ISSUER, &HOLLOW).unwrap();
        let exchange = exchange(&transcript, &policy, NOW).with_request(request);
        let response = DeviceResponse::parse(bytes).unwrap();
        let verified = BELIEVES_ALL.verify(response, &exchange).unwrap();
        for document in verified.documents() {
            let left = if none_left {
                0
            } else {
                document.elements().count()
            };
            assert_eq!(document.unrequested().count(), left);
        }
    }
}

fn exchange<'e>(
    transcript: &'e SessionTranscript<'e>,
    policy: &'e Policy,
    now: u64,
) -> Exchange<'e> {
    let conditions = Conditions::new(unix_time(now), policy);
    Exchange::new(transcript, conditions).with_reader_key(&*READER_KEY)
}

/// IssuerSigned on its own.
pub fn issuer_signed(bytes: &[u8]) {
    let claims = fuzzing::issuer_signed(bytes);
    let claims = claims.as_ref();
    under_every_policy(|reader, policy, now| {
        let conditions = Conditions::new(unix_time(now), policy);
        let verified = reader.verify_issuer_signed(bytes, &conditions);
        let Ok(claims) = claims else {
            assert_eq!(verified.as_ref().err(), claims.err());
            return verified.map(drop);
        };
        let refused = |error: &Error| refused(*error, std::slice::from_ref(claims), now);
        let card = verified.inspect_err(refused)?;
        card_holds(&card, claims, policy, now);
        if is_real(reader) {
            genuine(&card);
        }
        Ok(())
    });
}

/// Whether the reader that believes all accepts it, under the policy that accepts most.
fn under_every_policy(verify: impl Fn(&Reader, &Policy, u64) -> Result<(), Error>) -> bool {
    let accepts = |reader: &Reader, policy: &Policy| verify(reader, policy, NOW).is_ok();
    for reader in [&*BELIEVES_ALL, &*BELIEVES_SIGNATURES] {
        let accepted = verify(reader, &lax(), NOW);
        assert_eq!(verify(reader, &lax(), NOW), accepted, "the same again");
        for strict in [Policy::default(), signatures_only()] {
            assert!(accepted.is_ok() || !accepts(reader, &strict));
        }
        assert_eq!(
            accepts(reader, &early()),
            accepted.is_ok(),
            "early is not stricter"
        );
        for now in [0, u64::MAX] {
            let _ = verify(reader, &lax(), now);
        }
    }
    // The real one takes its time, so it is asked where nothing but signatures is in its way.
    if accepts(&BELIEVES_SIGNATURES, &lax()) {
        accepts(&REAL, &lax());
    }
    accepts(&BELIEVES_ALL, &lax())
}

fn lax() -> Policy {
    let mut policy = Policy::default();
    policy.skew = 3600;
    policy.cards_without_status = true;
    policy.unknown_status = UnknownStatus::Degrade;
    policy
}

fn signatures_only() -> Policy {
    let mut policy = lax();
    policy.accept_mac = false;
    policy
}

fn early() -> Policy {
    let mut policy = lax();
    policy.refuse_early = true;
    policy
}

fn is_real(reader: &Reader) -> bool {
    std::ptr::eq(reader, &*REAL)
}

/// A refusal is by a check, and says where.
fn refused(error: Error, claims: &[Claims<'_>], now: u64) {
    match error {
        Error::Rejected(rejected) => {
            assert!(usize::from(rejected.document()) < claims.len().max(1));
        }
        error => assert_eq!((error, now), (Misuse::ClockNotSet.into(), 0)),
    }
}

fn document_holds(document: &VerifiedDocument<'_>, claims: &Claims<'_>) {
    assert_eq!(document.doc_type(), claims.doc_type.unwrap());
    let elements: Vec<_> = document.device_elements().collect();
    let names = elements.iter().map(|element| {
        value_holds(element.value(), 0);
        (element.name_space().as_str(), element.id().as_str())
    });
    assert!(names.eq(claims.device.iter().copied()));
    assert_eq!(document.unrequested().count(), 0, "there was no request");
}

fn card_holds(card: &VerifiedIssuerSigned<'_>, claims: &Claims<'_>, policy: &Policy, now: u64) {
    assert!(card.elements().map(name).eq(claims.issuer.iter().copied()));
    for element in card.elements() {
        let (name_space, id) = name(element);
        let found = card.element(name_space, id).unwrap();
        assert!(std::ptr::eq(found, element), "no name occurs twice");
        value_holds(element.value(), 0);
    }
    assert!(card.validity().from().as_secs() <= now.saturating_add(policy.skew.into()));
    assert!(now <= card.validity().until().as_secs());
    assert!(!card.doc_type().as_str().is_empty());
    let _ = (card.standing(), card.signed(), card.expected_update());
}

fn name<'e>(element: &'e Element<'_>) -> (&'e str, &'e str) {
    (element.name_space().as_str(), element.id().as_str())
}

/// Each accessor gives what the kind says, all the way down.
fn value_holds(value: &ElementValue<'_>, depth: usize) {
    assert!(depth <= 16);
    let kind = value.kind();
    assert_eq!(
        value.as_text(),
        if let ValueKind::Text(text) = kind {
            Some(text)
        } else {
            None
        }
    );
    let bytes = if let ValueKind::Bytes(bytes) = kind {
        Some(bytes)
    } else {
        None
    };
    assert_eq!(value.as_bytes(), bytes);
    assert_eq!(
        value.as_bool(),
        if let ValueKind::Bool(bool) = kind {
            Some(bool)
        } else {
            None
        }
    );
    let number = if let ValueKind::Integer(number) = kind {
        Some(number)
    } else {
        None
    };
    assert_eq!(
        value.as_integer(),
        number.and_then(|number| number.try_into().ok())
    );
    match kind {
        ValueKind::Array(items) => items.for_each(|item| value_holds(&item, depth + 1)),
        ValueKind::Map(entries) => entries.for_each(|(key, value)| {
            value_holds(&key, depth + 1);
            value_holds(&value, depth + 1);
        }),
        ValueKind::Tag(tag, inner) => {
            let date = matches!(tag, 0 | 1004).then(|| inner.as_text()).flatten();
            assert_eq!(value.as_date(), date);
            value_holds(&inner, depth + 1);
        }
        _ => assert_eq!(value.as_date(), None),
    }
}

/// With real cryptography, only what was really signed gets through.
fn genuine(card: &VerifiedIssuerSigned<'_>) {
    card.elements()
        .for_each(|element| assert_genuine(element.id().as_str(), element.value()));
}

fn assert_genuine(id: &str, value: &ElementValue<'_>) {
    assert!(
        GENUINE.contains(&(id, value.as_cbor())),
        "forged: {id} {value:?}"
    );
}

/// A request for every element of every document, and where there is none for one that is not there.
fn everything(claims: &[Claims<'_>]) -> Vec<u8> {
    device_request(claims.iter().map(|claims| {
        let mut name_spaces = BTreeMap::<_, Vec<_>>::new();
        for (name_space, id) in &claims.issuer {
            name_spaces.entry(*name_space).or_default().push(*id);
        }
        if name_spaces.is_empty() {
            name_spaces.insert("nobody's", vec!["nothing"]);
        }
        (claims.doc_type.unwrap(), name_spaces)
    }))
}

/// A request for documents of the same types, and of these for an element that is not there.
fn nothing(claims: &[Claims<'_>]) -> Vec<u8> {
    let names = claims.iter().flat_map(|claims| &claims.issuer);
    let longest = names.map(|(name_space, _)| name_space.len()).max();
    let stranger = "x".repeat(longest.unwrap_or(0) + 1);
    device_request(claims.iter().map(|claims| {
        let name_spaces = BTreeMap::from([(&stranger[..], vec!["nothing"])]);
        (claims.doc_type.unwrap(), name_spaces)
    }))
}

fn device_request<'c>(
    documents: impl Iterator<Item = (&'c str, BTreeMap<&'c str, Vec<&'c str>>)>,
) -> Vec<u8> {
    let text = |text: &str| Value::Text(text.into());
    let documents = documents.map(|(doc_type, name_spaces)| {
        let name_spaces = name_spaces.into_iter().map(|(name_space, ids)| {
            let ids = ids.into_iter().map(|id| (text(id), false.into()));
            (text(name_space), Value::Map(ids.collect()))
        });
        let name_spaces = Value::Map(name_spaces.collect());
        let items = [("docType", text(doc_type)), ("nameSpaces", name_spaces)];
        let items = Value::Bytes(to_vec(&map(items)));
        map([("itemsRequest", Value::Tag(24, Box::new(items)))])
    });
    let documents = Value::Array(documents.collect());
    to_vec(&map([("version", text("1.0")), ("docRequests", documents)]))
}

pub(crate) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.map(|(key, value)| (key.into(), value)).into())
}

pub(crate) fn to_vec(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).unwrap();
    out
}
