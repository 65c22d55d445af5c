//! Who asks: requests with and without reader authentication.

use ciborium::{Value, cbor};
use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer as _};
use vitacard::holder::{Conditions, DeviceRequest, Policy, VerifiedReader, verify_reader};
use vitacard::reader::{ItemsRequest, Request};
use vitacard::trust::TrustAnchors;
use vitacard::{DecodeErrorKind, Error, Misuse, Rejected, session::SessionTranscript, unix_time};

use crate::kit::{self, at, encode};
use crate::pki::{self, Entity, Profile};
use crate::{doc_type, id, items, name_space, signer, vectors};

fn reader_root() -> Entity {
    Entity::reader_root()
}

fn asked() -> Request {
    Request::new([items(&["given_name"]), items(&["family_name"])]).unwrap()
}

fn signed_with(certificate: &[u8]) -> Value {
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let unsigned = asked().prepare(Algorithm::ES256, &transcript).unwrap();
    let bytes = unsigned.sign_with(&signer("reader"), &[certificate], &RUSTCRYPTO);
    ciborium::from_reader(&*bytes.unwrap()).unwrap()
}

fn signed() -> Value {
    signed_with(&reader_root().issue(Profile::mdoc_reader(), "reader").der)
}

/// The check of the second document, so that the place in the request is seen.
fn check_in(request: &Value, transcript: &[u8], now: u64) -> Result<VerifiedReader, Error> {
    let mut anchors = TrustAnchors::new();
    anchors.add_root(&reader_root().der).unwrap();
    let bytes = encode(request);
    let request = DeviceRequest::parse(&bytes)?;
    let transcript = SessionTranscript::given(transcript).unwrap();
    let policy = Policy::default();
    let conditions = Conditions::new(unix_time(now), &policy);
    let second = request.documents().nth(1).unwrap();
    verify_reader(&second, &transcript, &anchors, &conditions, &RUSTCRYPTO)
}

fn check(request: &Value) -> Result<VerifiedReader, Error> {
    check_in(request, &kit::transcript(), kit::NOW)
}

fn refused(request: &Value) -> Rejected {
    match check(request) {
        Err(Error::Rejected(rejected)) => rejected,
        other => panic!("{other:?}"),
    }
}

fn second(request: &mut Value) -> &mut Value {
    &mut at(request, &["docRequests"]).as_array_mut().unwrap()[1]
}

fn auth(request: &mut Value) -> &mut Vec<Value> {
    at(second(request), &["readerAuth"]).as_array_mut().unwrap()
}

#[test]
fn a_reader_is_known_by_its_root() {
    let reader = check(&signed()).unwrap();
    assert_eq!(
        reader.common_name(),
        Profile::mdoc_reader().subject.common_name.into()
    );
    assert_eq!(*reader.key(), signer("reader").public_key());
    assert_eq!(reader.trusted().key(), reader.key());
}

#[test]
fn a_pinned_reader_has_no_name() {
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(signer("reader").public_key());
    let bytes = encode(&signed());
    let request = DeviceRequest::parse(&bytes).unwrap();
    let (transcript, policy) = (kit::transcript(), Policy::default());
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let conditions = Conditions::new(unix_time(kit::NOW), &policy);
    for asked in request.documents() {
        let reader = verify_reader(&asked, &transcript, &anchors, &conditions, &RUSTCRYPTO);
        assert_eq!(reader.unwrap().common_name(), None);
    }
}

#[test]
fn who_did_not_sign_is_not_known() {
    let mut request = signed();
    kit::remove(second(&mut request), "readerAuth");
    assert_eq!(
        refused(&request),
        Rejected::ReaderAuthMissing { document: 1 }
    );
}

#[test]
fn the_algorithm_is_protected_and_fits_the_key() {
    let mut request = signed();
    auth(&mut request)[0] = Value::Bytes(vec![]);
    assert_eq!(
        refused(&request),
        Rejected::ReaderAlgMissing { document: 1 }
    );
    for algorithm in [-35, 5] {
        auth(&mut request)[0] = Value::Bytes(encode(&cbor!({ 1 => algorithm }).unwrap()));
        assert_eq!(
            refused(&request),
            Rejected::ReaderAlgUnsupported { document: 1 }
        );
    }
}

#[test]
fn a_payload_is_absent_or_the_one_computed() {
    let mut request = signed();
    auth(&mut request)[2] = Value::Bytes(b"something else".to_vec());
    assert_eq!(refused(&request), Rejected::ReaderPayload { document: 1 });
}

#[test]
fn a_signature_holds_for_one_request_in_one_session() {
    let refusal = Rejected::ReaderSignature { document: 1 };
    let another_session = check_in(&signed(), b"\x83\xf6\xf6\xf6", kit::NOW);
    assert_eq!(another_session.map(drop), Err(refusal.into()));
    let mut request = signed();
    let first = at(&mut request, &["docRequests"]).as_array().unwrap()[0].clone();
    // What the first document asks for, under the signature of the second.
    let mut first = first;
    *at(second(&mut request), &["itemsRequest"]) = at(&mut first, &["itemsRequest"]).clone();
    assert_eq!(refused(&request), refusal);
}

#[test]
fn the_chain_is_looked_at_first() {
    let root = reader_root();
    let cases = [
        (vec![0x30, 0], None),
        (
            Entity::root().issue(Profile::mdoc_reader(), "reader").der,
            Some(Rejected::ReaderUntrusted { document: 1 }),
        ),
        (
            root.issue(Profile::document_signer(), "reader").der,
            Some(Rejected::ReaderUsage { document: 1 }),
        ),
    ];
    for (certificate, refusal) in cases {
        match refusal {
            Some(refusal) => assert_eq!(refused(&signed_with(&certificate)), refusal),
            None => {
                let mut request = signed();
                let unprotected = Value::Map(vec![(33.into(), Value::Bytes(certificate))]);
                auth(&mut request)[1] = unprotected;
                let refusal = Rejected::ReaderMalformedCertificate { document: 1 };
                assert_eq!(refused(&request), refusal);
            }
        }
    }
    let late = check_in(&signed(), &kit::transcript(), pki::date(2040, 1, 1));
    let refusal = Rejected::ReaderCertificateTime { document: 1 };
    assert_eq!(late.map(drop), Err(refusal.into()));
    let mut request = signed();
    auth(&mut request)[1] = Value::Map(vec![]);
    assert_eq!(refused(&request), Rejected::ReaderUntrusted { document: 1 });
}

#[test]
fn a_clock_that_was_never_set_knows_nobody() {
    let reader = check_in(&signed(), &kit::transcript(), 0);
    assert_eq!(reader.map(drop), Err(Misuse::ClockNotSet.into()));
}

#[test]
fn a_request_asks_for_something_once() {
    let nothing = Error::Misuse(Misuse::EmptyRequest);
    assert_eq!(Request::new([]).map(drop), Err(nothing));
    let empty = Request::new([items(&["given_name"]), ItemsRequest::new(doc_type())]);
    assert_eq!(empty.map(drop), Err(nothing));
    let twice = items(&["given_name"]).with_element(name_space(), id("given_name"), true);
    assert_eq!(
        Request::new([twice]).map(drop),
        Err(Misuse::ElementTwice.into())
    );
    let many = Request::new((0..17).map(|_| items(&["given_name"])));
    match many.map(drop) {
        Err(Error::Decode(error)) => assert_eq!(error.kind(), DecodeErrorKind::TooMany),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_says_what_will_be_kept() {
    let items = items(&["b", "a"]).with_element(name_space(), id("kept"), true);
    let bytes = Request::new([items]).unwrap().to_bytes();
    let request = DeviceRequest::parse(&bytes).unwrap();
    let document = request.documents().next().unwrap();
    let asked: Vec<_> = document
        .elements()
        .map(|(_, id, keep)| (id.to_string(), keep))
        .collect();
    let expected = [("a", false), ("b", false), ("kept", true)];
    assert_eq!(asked, expected.map(|(id, keep)| (id.to_owned(), keep)));
    assert!(!document.claims_reader());
}

#[test]
fn a_request_leaves_with_signatures_of_its_own_leaf_only() {
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let unsigned = || asked().prepare(Algorithm::ES256, &transcript).unwrap();
    let leaf = reader_root().issue(Profile::mdoc_reader(), "reader").der;
    let sign = |seed: &str| -> Vec<_> {
        let unsigned = unsigned();
        unsigned
            .to_be_signed()
            .map(|message| signer(seed).sign(message).unwrap())
            .collect()
    };
    let complete = |seed: &str, count: usize, chain: &[&[u8]]| {
        let signatures = sign(seed);
        unsigned()
            .complete(&signatures[..count], chain, &RUSTCRYPTO)
            .map(drop)
    };
    assert_eq!(complete("reader", 2, &[&leaf]), Ok(()));
    let foreign = Err(Misuse::SignatureNotByThisKey.into());
    assert_eq!(complete("stranger", 2, &[&leaf]), foreign);
    assert_eq!(complete("reader", 1, &[&leaf]), foreign);
    assert_eq!(complete("reader", 2, &[]), Err(Misuse::EmptyChain.into()));
    let broken = Err(Misuse::ChainBroken.into());
    assert_eq!(complete("reader", 2, &[b"no certificate"]), broken);
    assert_eq!(
        complete("reader", 2, &[&leaf, &leaf, &leaf, &leaf, &leaf]),
        broken
    );
}

#[test]
fn the_reader_of_annex_d_is_known() {
    let Some(root) = vectors::read_pem("iso18013-5_annexD/reader_root.pem") else {
        return;
    };
    let request = vectors::annex_d("D.4.1.1_device_request").unwrap();
    let transcript = vectors::annex_d("D.5.1_session_transcript_bytes").unwrap();
    let (mut anchors, policy) = (TrustAnchors::new(), Policy::default());
    anchors.add_root(&root).unwrap();
    let request = DeviceRequest::parse(&request).unwrap();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let conditions = Conditions::new(unix_time(pki::date(2021, 1, 1)), &policy);
    let asked = request.documents().next().unwrap();
    let reader = verify_reader(&asked, &transcript, &anchors, &conditions, &RUSTCRYPTO);
    assert_eq!(reader.unwrap().common_name(), Some("reader"));
    let other = kit::transcript();
    let other = SessionTranscript::given(&other).unwrap();
    let reader = verify_reader(&asked, &other, &anchors, &conditions, &RUSTCRYPTO);
    let refusal = Rejected::ReaderSignature { document: 0 };
    assert_eq!(reader.map(drop), Err(refusal.into()));
}
