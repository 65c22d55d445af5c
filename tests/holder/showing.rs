//! What is shown: what is asked for, agreed to and on the card, and nothing else.

use ciborium::{Value, cbor};
use proptest::prelude::*;
use vitacard::crypto::{AgreementKey as _, RUSTCRYPTO, Signer as _};
use vitacard::holder::{Card, Consent, DeviceProof, DeviceRequest, Response, UnsignedPresentation};
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, ItemsRequest, Request, VerifiedDocument,
};
use vitacard::{DecodeErrorKind, DocType, Error, Misuse, session::SessionTranscript, unix_time};

use crate::kit::{self, Item, at, encode, insert};
use crate::{
    accept, agreement_key, card, doc_type, id, items, name_space, policy, reader, request, signer,
};

fn consent(ids: &[&str]) -> Consent {
    ids.iter().fold(Consent::none(), |consent, name| {
        consent.allow(doc_type(), name_space(), id(name))
    })
}

fn present(card: &Card, asked: &[&str], agreed: &[&str]) -> Result<UnsignedPresentation, Error> {
    let (request, transcript) = (request(asked), kit::transcript());
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let request = DeviceRequest::parse(&request).unwrap();
    card.present(&request, &consent(agreed), &transcript)
}

fn signed(presentation: UnsignedPresentation) -> Vec<u8> {
    let response = presentation.sign_with(&signer("device"), &RUSTCRYPTO);
    response.unwrap().to_bytes()
}

fn with_mac(presentation: UnsignedPresentation) -> Vec<u8> {
    let (device, reader) = (
        agreement_key("device"),
        agreement_key("reader").public_key(),
    );
    let response = presentation.complete_with_mac(&device, &reader, &RUSTCRYPTO);
    response.unwrap().to_bytes()
}

/// Verifies `response` as the answer to `asked`, and gives what `read` finds.
fn verified<T>(
    response: &[u8],
    transcript: &[u8],
    asked: &[u8],
    read: impl Fn(&[&VerifiedDocument<'_>]) -> T,
) -> Result<T, Error> {
    let (policy, reader_key) = (policy(), agreement_key("reader"));
    let transcript = SessionTranscript::given(transcript).unwrap();
    let exchange = Exchange::new(&transcript, Conditions::new(unix_time(kit::NOW), &policy))
        .with_request(DeviceRequest::parse(asked).unwrap())
        .with_reader_key(&reader_key);
    let response = reader().verify(DeviceResponse::parse(response)?, &exchange)?;
    Ok(read(&response.documents().collect::<Vec<_>>()))
}

fn shown(documents: &[&VerifiedDocument<'_>]) -> Vec<String> {
    let elements = documents.iter().flat_map(|document| document.elements());
    elements.map(|element| element.id().to_string()).collect()
}

fn unrequested(documents: &[&VerifiedDocument<'_>]) -> Vec<String> {
    let elements = documents.iter().flat_map(|document| document.unrequested());
    elements.map(|element| element.id().to_string()).collect()
}

const NAMES: [&str; 6] = ["a", "b", "c", "bb", "a long name", "portrait"];

fn subset() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(NAMES.to_vec(), 0..=NAMES.len())
}

fn has(names: &[&str], name: &str) -> bool {
    names.contains(&name)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exactly_what_is_asked_agreed_and_held(
        held in subset(),
        asked in subset(),
        agreed in subset(),
        session in any::<[u8; 8]>(),
        proof in prop_oneof![Just(DeviceProof::Signature), Just(DeviceProof::Mac)],
        tagged in any::<bool>(),
    ) {
        let items = (0..).zip(&held).map(|(digest_id, name)| Item::new(digest_id, name, *name));
        let card = accept(kit::draft_of(items.collect())).unwrap().with_proof(proof).unwrap();
        let plain = encode(&cbor!([null, null, Value::Bytes(session.to_vec())]).unwrap());
        let transcript = match tagged {
            true => encode(&kit::tag24(plain)),
            false => plain,
        };
        let session = SessionTranscript::given(&transcript).unwrap();
        prop_assume!(!asked.is_empty());
        let sent = request(&asked);
        let parsed = DeviceRequest::parse(&sent).unwrap();
        let presentation = card.present(&parsed, &consent(&agreed), &session);
        if !asked.iter().any(|name| has(&agreed, name)) {
            prop_assert_eq!(presentation.map(drop), Err(Misuse::NoConsent.into()));
            return Ok(());
        }
        let presentation = presentation.unwrap();
        let expected: Vec<_> = held.iter().copied()
            .filter(|name| has(&asked, name) && has(&agreed, name))
            .collect();
        let announced: Vec<_> = presentation.elements()
            .map(|(_, id)| id.as_str().to_owned())
            .collect();
        prop_assert_eq!(&announced, &expected);
        let response = match proof {
            DeviceProof::Signature => signed(presentation),
            DeviceProof::Mac => with_mac(presentation),
        };
        let found = verified(&response, &transcript, &sent, |documents| {
            (shown(documents), unrequested(documents), documents[0].proof())
        });
        let (shown, unrequested, proved) = found.unwrap();
        prop_assert_eq!(shown, expected);
        prop_assert!(unrequested.is_empty());
        prop_assert_eq!(proved, proof);
    }
}

#[test]
fn items_and_issuer_auth_leave_as_they_came() {
    // Keys of the item and heads as no encoder of ours would write them.
    let odd = b"\xa4\x6celementValue\x78\x06Martin\x66random\x58\x10................\
        \x71elementIdentifier\x6bfamily_name\x68digestID\x18\x00";
    let item = Item::new(0, "family_name", "Martin").with(|item| item.content = Some(odd.to_vec()));
    let card = accept(kit::draft_of(vec![item])).unwrap();
    let response = signed(present(&card, &["family_name"], &["family_name"]).unwrap());
    let holds = |bytes: &[u8]| response.windows(bytes.len()).any(|window| window == bytes);
    assert!(holds(odd));
    let mut decoded: Value = ciborium::from_reader(card.as_bytes()).unwrap();
    assert!(holds(&encode(at(&mut decoded, &["issuerAuth"]))));
    let asked = request(&["family_name"]);
    assert_eq!(
        verified(&response, &kit::transcript(), &asked, shown).unwrap(),
        ["family_name"]
    );
}

#[test]
fn what_nobody_asked_for_is_flagged() {
    let both = ["family_name", "given_name"];
    let response = signed(present(&card(), &both, &both).unwrap());
    let asked = request(&["given_name"]);
    let flagged = verified(&response, &kit::transcript(), &asked, unrequested);
    assert_eq!(flagged.unwrap(), ["family_name"]);
}

#[test]
fn a_card_of_another_type_is_not_shown() {
    let other = DocType::new("org.other").unwrap();
    let items =
        ItemsRequest::new(other.clone()).with_element(name_space(), id("given_name"), false);
    let (bytes, transcript) = (Request::new([items]).unwrap().to_bytes(), kit::transcript());
    let request = DeviceRequest::parse(&bytes).unwrap();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let consent = consent(&["given_name"]);
    let unsigned = card().present(&request, &consent, &transcript);
    assert_eq!(unsigned.map(drop), Err(Misuse::NotRequested.into()));
    // Consent for one type of card is none for another.
    let given_name = Consent::none().allow(other, name_space(), id("given_name"));
    let bytes = crate::request(&["given_name"]);
    let request = DeviceRequest::parse(&bytes).unwrap();
    let unsigned = card().present(&request, &given_name, &transcript);
    assert_eq!(unsigned.map(drop), Err(Misuse::NoConsent.into()));
}

#[test]
fn each_of_two_requests_for_one_type_can_be_answered_alone() {
    let both = [items(&["given_name"]), items(&["family_name"])];
    let (bytes, transcript) = (Request::new(both).unwrap().to_bytes(), kit::transcript());
    let request = DeviceRequest::parse(&bytes).unwrap();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let consent = request
        .documents()
        .fold(Consent::none(), |all, asked| all.everything_asked(&asked));
    let count =
        |unsigned: Result<UnsignedPresentation, Error>| unsigned.unwrap().elements().count();
    assert_eq!(count(card().present(&request, &consent, &transcript)), 2);
    for asked in request.documents() {
        assert_eq!(
            count(card().present_document(&asked, &consent, &transcript)),
            1
        );
    }
}

#[test]
fn a_document_with_nothing_to_show_has_no_name_spaces() {
    let response = signed(present(&card(), &["portrait"], &["portrait"]).unwrap());
    let mut decoded: Value = ciborium::from_reader(&*response).unwrap();
    let document = &mut at(&mut decoded, &["documents"]).as_array_mut().unwrap()[0];
    assert_eq!(at(document, &["issuerSigned"]).as_map().unwrap().len(), 1);
    let asked = request(&["portrait"]);
    let shown = verified(&response, &kit::transcript(), &asked, shown);
    assert_eq!(shown.unwrap(), [""; 0]);
}

#[test]
fn one_key_never_signs_and_agrees() {
    let forbidden = Error::Misuse(Misuse::KeyUsedForBoth);
    let name = ["given_name"];
    let signs = || present(&card(), &name, &name).unwrap();
    let (device, reader) = (
        agreement_key("device"),
        agreement_key("reader").public_key(),
    );
    let mac = signs().complete_with_mac(&device, &reader, &RUSTCRYPTO);
    assert_eq!(mac.map(drop), Err(forbidden));
    let agreeing = card().with_proof(DeviceProof::Mac).unwrap();
    let agrees = || present(&agreeing, &name, &name).unwrap();
    assert_eq!(agrees().to_be_signed(), Err(forbidden));
    let signature = signer("device")
        .sign(&signs().to_be_signed().unwrap())
        .unwrap();
    assert_eq!(
        agrees().complete(&signature, &RUSTCRYPTO).map(drop),
        Err(forbidden)
    );
    let signed = agrees().sign_with(&signer("device"), &RUSTCRYPTO);
    assert_eq!(signed.map(drop), Err(forbidden));
}

#[test]
fn only_the_cards_own_key_proves_anything() {
    let foreign = Error::Misuse(Misuse::SignatureNotByThisKey);
    let name = ["given_name"];
    let unsigned = || present(&card(), &name, &name).unwrap();
    let signed = unsigned().sign_with(&signer("stranger"), &RUSTCRYPTO);
    assert_eq!(signed.map(drop), Err(foreign));
    let signature = signer("device").sign(b"something else").unwrap();
    let completed = unsigned().complete(&signature, &RUSTCRYPTO);
    assert_eq!(completed.map(drop), Err(foreign));
    let agreeing = card().with_proof(DeviceProof::Mac).unwrap();
    let unsigned = present(&agreeing, &name, &name).unwrap();
    let (device, reader) = (
        agreement_key("stranger"),
        agreement_key("reader").public_key(),
    );
    let mac = unsigned.complete_with_mac(&device, &reader, &RUSTCRYPTO);
    assert_eq!(mac.map(drop), Err(foreign));
}

#[test]
fn a_mac_is_for_the_reader_that_the_transcript_names() {
    let card = card().with_proof(DeviceProof::Mac).unwrap();
    let named = encode(&kit::cose_key("reader"));
    let transcript = SessionTranscript::qr(&[0xa0], &named).unwrap();
    let bytes = request(&["given_name"]);
    let request = DeviceRequest::parse(&bytes).unwrap();
    let agreed = consent(&["given_name"]);
    let unsigned = || card.present(&request, &agreed, &transcript).unwrap();
    let (device, other) = (
        agreement_key("device"),
        agreement_key("stranger").public_key(),
    );
    let mac = unsigned().complete_with_mac(&device, &other, &RUSTCRYPTO);
    assert_eq!(mac.map(drop), Err(Misuse::NoReaderKey.into()));
    let response = with_mac(unsigned());
    let shown = verified(&response, &transcript.to_bytes(), &bytes, shown);
    assert_eq!(shown.unwrap(), ["given_name"]);
}

fn authorizing() -> kit::Draft {
    kit::draft().with(|draft| {
        let authorizations = cbor!({
            "nameSpaces" => ["org.device"],
            "dataElements" => { kit::NAME_SPACE => ["mood"] },
        });
        let key_info = at(&mut draft.mso, &["deviceKeyInfo"]);
        insert(key_info, "keyAuthorizations", authorizations.unwrap());
    })
}

#[test]
fn the_device_adds_what_the_issuer_lets_it_add() {
    let device = || vitacard::NameSpace::new("org.device").unwrap();
    let unsigned = present(
        &accept(authorizing()).unwrap(),
        &["given_name"],
        &["given_name"],
    )
    .and_then(|unsigned| unsigned.with_device_element(device(), id("longer"), 1))
    .and_then(|unsigned| unsigned.with_device_element(device(), id("b"), 2))
    .and_then(|unsigned| unsigned.with_device_element(name_space(), id("mood"), "good"))
    .unwrap();
    let response = signed(unsigned);
    let elements = verified(
        &response,
        &kit::transcript(),
        &request(&["given_name"]),
        |documents| {
            let elements = documents[0].device_elements();
            elements
                .map(|element| element.id().to_string())
                .collect::<Vec<_>>()
        },
    );
    // In the order of their encoding, whatever the order of the calls.
    assert_eq!(elements.unwrap(), ["b", "longer", "mood"]);
}

#[test]
fn the_device_adds_nothing_else() {
    let unsigned = || {
        present(
            &accept(authorizing()).unwrap(),
            &["given_name"],
            &["given_name"],
        )
    };
    let device = || vitacard::NameSpace::new("org.device").unwrap();
    let other = unsigned().and_then(|u| u.with_device_element(name_space(), id("height"), 180));
    assert_eq!(other.map(drop), Err(Misuse::NotAuthorized.into()));
    let twice = unsigned()
        .and_then(|unsigned| unsigned.with_device_element(device(), id("a"), 1))
        .and_then(|unsigned| unsigned.with_device_element(device(), id("a"), 2));
    assert_eq!(twice.map(drop), Err(Misuse::ElementTwice.into()));
    let float_key = Value::Map(vec![(1.5.into(), 1.into())]);
    let odd = unsigned().and_then(|u| u.with_device_element(device(), id("a"), float_key));
    assert_eq!(odd.map(drop), Err(Misuse::ValueNotEncodable.into()));
    // Fits alone, and is too deep for a reader once it stands in a response.
    let deep = (0..12).fold(Value::from(1), |inside, _| Value::Array(vec![inside]));
    let deep = unsigned()
        .and_then(|unsigned| unsigned.with_device_element(device(), id("a"), deep))
        .and_then(|unsigned| unsigned.sign_with(&signer("device"), &RUSTCRYPTO));
    match deep.map(drop) {
        Err(Error::Decode(error)) => assert_eq!(error.kind(), DecodeErrorKind::TooDeep),
        other => panic!("{other:?}"),
    }
}

#[test]
fn several_cards_are_shown_at_once() {
    let name = ["given_name"];
    let show = |card: &Card| {
        let unsigned = present(card, &name, &name).unwrap();
        unsigned.sign_with(&signer("device"), &RUSTCRYPTO).unwrap()
    };
    let (first, second) = (show(&card()), show(&card()));
    let missing = DocType::new("org.other").unwrap();
    let response = first
        .join(second)
        .join(Response::none().without(missing))
        .to_bytes();
    let shown = verified(&response, &kit::transcript(), &request(&name), shown);
    assert_eq!(shown.unwrap(), ["given_name", "given_name"]);
    let mut decoded: Value = ciborium::from_reader(&*response).unwrap();
    let errors = at(&mut decoded, &["documentErrors"]).clone();
    assert_eq!(errors, cbor!([{ "org.other" => 0 }]).unwrap());
    assert_eq!(encode(&decoded), response, "deterministic");
}

#[test]
fn logs_get_no_values() {
    let unsigned = present(&card(), &["given_name"], &["given_name"]).unwrap();
    let text = format!("{unsigned:?}");
    assert_eq!(
        text,
        "UnsignedPresentation(org.iso.18013.5.1.mDL, 1 elements)"
    );
    let response = unsigned.sign_with(&signer("device"), &RUSTCRYPTO).unwrap();
    assert_eq!(format!("{response:?}"), "Response(1 documents)");
}
