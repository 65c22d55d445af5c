//! Any card, drafted and presented with any consent, verifies and shows exactly what was agreed to:
//! with a signature and with a MAC, in every kind of session.
#![cfg(all(feature = "rustcrypto", feature = "std"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

mod seeded;

use std::collections::{BTreeMap, BTreeSet};

use ciborium::Value;
use proptest::prelude::*;
use vitacard::crypto::{
    AgreementKey, Algorithm, DigestAlgorithm, RUSTCRYPTO, Signer, SoftwareAgreementKey,
    SoftwareSigner,
};
use vitacard::holder::{Card, Consent, DeviceProof, DeviceRequest};
use vitacard::issuer::{Decoys, Draft};
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, ItemsRequest, Policy, Reader, Request,
};
use vitacard::session::SessionTranscript;
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, ElementId, NameSpace, Validity, unix_time};

use seeded::Seeded;

const NOW: u64 = 1_780_272_000;
const DEVICE: [u8; 32] = [3; 32];

type Name = (String, String);

/// A card, what is asked for, what is agreed to.
#[derive(Clone, Debug)]
struct Case {
    elements: BTreeMap<Name, Value>,
    asked: BTreeSet<Name>,
    agreed: BTreeSet<Name>,
    digest: DigestAlgorithm,
    decoys: u16,
    seed: u64,
    transcript: usize,
    mac: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let name = || ("[ab]", "[a-f]{1,2}");
    let names = || proptest::collection::btree_set(name(), 0..12);
    let elements = proptest::collection::btree_map(name(), value(), 1..16);
    let digest = prop_oneof![
        Just(DigestAlgorithm::Sha256),
        Just(DigestAlgorithm::Sha384),
        Just(DigestAlgorithm::Sha512)
    ];
    (
        elements,
        names(),
        names(),
        digest,
        0..5_u16,
        any::<u64>(),
        0..TRANSCRIPTS,
        any::<bool>(),
    )
        .prop_map(
            |(elements, mut asked, mut agreed, digest, decoys, seed, transcript, mac)| {
                // At least one element is asked for, agreed to and held, or nothing is shown.
                let first = elements.keys().next().unwrap().clone();
                asked.insert(first.clone());
                agreed.insert(first);
                Case {
                    elements,
                    asked,
                    agreed,
                    digest,
                    decoys,
                    seed,
                    transcript,
                    mac,
                }
            },
        )
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(Value::from),
        Just(Value::Tag(1004, Box::new("1990-07-14".into()))),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        proptest::collection::vec(inner, 0..4).prop_map(Value::Array)
    })
}

const TRANSCRIPTS: usize = 9;

/// Calls `with` with one transcript of each kind; the last is given as bytes.
fn with_transcript<T>(kind: usize, with: impl Fn(&SessionTranscript<'_>) -> T) -> T {
    let crypto = &RUSTCRYPTO;
    let engagement: &[u8] = b"\xa1\x00\x631.0";
    let key = vitacard_key();
    let given = b"\x83\xf6\xf6\x81\x61x";
    match kind {
        0 => with(&SessionTranscript::qr(engagement, &key).unwrap()),
        1 => with(&SessionTranscript::nfc(engagement, &key, b"select", None).unwrap()),
        2 => with(&SessionTranscript::nfc(engagement, &key, b"select", Some(b"request")).unwrap()),
        3 => with(&SessionTranscript::openid4vp("id", "nonce", None, "uri", crypto).unwrap()),
        4 => {
            let thumbprint = Some(&[7; 32]);
            with(&SessionTranscript::openid4vp("id", "n", thumbprint, "uri", crypto).unwrap())
        }
        5 => with(&SessionTranscript::openid4vp_dc_api("https://a", "n", None, crypto).unwrap()),
        6 => with(&SessionTranscript::annex_b("id", "uri", "nonce", "mdoc", crypto).unwrap()),
        7 => with(&SessionTranscript::annex_c("info", "https://a", crypto).unwrap()),
        _ => with(&SessionTranscript::given(given).unwrap()),
    }
}

/// The COSE_Key of the reader's ephemeral key, as it stands in the transcript.
fn vitacard_key() -> Vec<u8> {
    use coset::CborSerializable as _;
    coset::CoseKey::from(&reader_key().public_key())
        .to_vec()
        .unwrap()
}

fn reader_key() -> SoftwareAgreementKey {
    SoftwareAgreementKey::from_bytes(&[4; 32]).unwrap()
}

fn name_space((name_space, _): &Name) -> NameSpace<'_> {
    NameSpace::new(name_space.as_str()).unwrap()
}

fn id((_, id): &Name) -> ElementId<'_> {
    ElementId::new(id.as_str()).unwrap()
}

fn issue(case: &Case, anchors: &TrustAnchors, issuer: &SoftwareSigner) -> Card {
    let validity = Validity::new(unix_time(NOW - 1000), unix_time(NOW + 1000)).unwrap();
    let device = SoftwareSigner::from_bytes(&DEVICE).unwrap().public_key();
    let draft = Draft::new(DocType::new("org.example.card").unwrap(), device, validity)
        .with_digest_algorithm(case.digest)
        .with_decoys(Decoys::Each(case.decoys));
    let draft = case.elements.iter().fold(draft, |draft, (name, value)| {
        draft.with_element(name_space(name), id(name), value.clone())
    });
    let unsigned = draft
        .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut Seeded(case.seed))
        .unwrap();
    let bytes = unsigned.sign_pinned(issuer, &RUSTCRYPTO).unwrap();
    let card = Card::accept(&bytes, anchors, &RUSTCRYPTO, unix_time(NOW)).unwrap();
    match case.mac {
        true => card.with_proof(DeviceProof::Mac).unwrap(),
        false => card,
    }
}

fn present(
    case: &Case,
    card: &Card,
    request: &[u8],
    transcript: &SessionTranscript<'_>,
) -> Vec<u8> {
    let doc_type = card.doc_type();
    let consent = case.agreed.iter().fold(Consent::none(), |consent, name| {
        consent.allow(doc_type.clone(), name_space(name), id(name))
    });
    let request = DeviceRequest::parse(request).unwrap();
    let unsigned = card.present(&request, &consent, transcript).unwrap();
    let response = match case.mac {
        true => {
            let key = SoftwareAgreementKey::from_bytes(&DEVICE).unwrap();
            unsigned.complete_with_mac(&key, &reader_key().public_key(), &RUSTCRYPTO)
        }
        false => unsigned.sign_with(&SoftwareSigner::from_bytes(&DEVICE).unwrap(), &RUSTCRYPTO),
    };
    response.unwrap().to_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_agreed_to_is_shown_and_nothing_else(case in case()) {
        let issuer = SoftwareSigner::from_bytes(&[5; 32]).unwrap();
        let mut anchors = TrustAnchors::new();
        anchors.pin_key(issuer.public_key());
        let card = issue(&case, &anchors, &issuer);
        let items = case.asked.iter().fold(ItemsRequest::new(card.doc_type()), |items, name| {
            items.with_element(name_space(name), id(name), false)
        });
        let request = Request::new([items]).unwrap().to_bytes();
        let response = with_transcript(case.transcript, |transcript| {
            present(&case, &card, &request, transcript)
        });
        let (reader, reader_key) = (Reader::new(RUSTCRYPTO, anchors), reader_key());
        let mut policy = Policy::default();
        policy.cards_without_status = true;
        let conditions = Conditions::new(unix_time(NOW), &policy);
        let shown = with_transcript(case.transcript, |transcript| {
            let exchange = Exchange::new(transcript, conditions)
                .with_request(DeviceRequest::parse(&request).unwrap())
                .with_reader_key(&reader_key);
            let claims = DeviceResponse::parse(&response).unwrap();
            let verified = reader.verify(claims, &exchange).unwrap();
            let document = verified.documents().next().unwrap();
            assert_eq!(document.unrequested().count(), 0);
            assert_eq!(document.proof() == DeviceProof::Mac, case.mac);
            let elements = document.elements().map(|element| {
                let name = (element.name_space().to_string(), element.id().to_string());
                (name, element.value().to_value().unwrap())
            });
            elements.collect::<BTreeMap<_, _>>()
        });
        let expected: BTreeMap<_, _> = case.elements.iter()
            .filter(|(name, _)| case.asked.contains(*name) && case.agreed.contains(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        prop_assert_eq!(shown, expected);
        // The same answer in any other kind of session is refused.
        let elsewhere = with_transcript((case.transcript + 1) % TRANSCRIPTS, |transcript| {
            let exchange = Exchange::new(transcript, conditions).with_reader_key(&reader_key);
            reader.verify(DeviceResponse::parse(&response).unwrap(), &exchange).map(drop)
        });
        let expected = if case.mac { "DeviceMac" } else { "DeviceSignature" };
        prop_assert_eq!(elsewhere.unwrap_err().reason(), expected);
    }
}
