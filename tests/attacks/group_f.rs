//! Device authentication.

use ciborium::{Value, cbor};
use vitacard::crypto::{
    AgreementKey as _, PublicKey, RUSTCRYPTO, Signer as _, SoftwareAgreementKey, SoftwareSigner,
};
use vitacard::holder::{Card, Consent, DeviceProof, DeviceRequest, UnsignedPresentation};
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, ItemsRequest, Policy, Reader, Request,
};
use vitacard::trust::TrustAnchors;
use vitacard::{
    DecodeErrorKind, ElementId, ElementValue, Error, Misuse, NameSpace, Rejected,
    SessionTranscript, unix_time,
};

use crate::cards::{
    DOC_TYPE, NAME_SPACE, NOW, Recipe, decode, device_authentication, encode, field, first_of,
    sign1, tagged,
};

const ISSUER: [u8; 32] = [1; 32];
const DEVICE: [u8; 32] = [7; 32];
const STRANGER: [u8; 32] = [8; 32];
const READER: [u8; 32] = [9; 32];
const TRANSCRIPT: &[u8] = b"\x83\xf6\xf6\x61a";

fn anchors() -> TrustAnchors {
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(SoftwareSigner::from_bytes(&ISSUER).unwrap().public_key());
    anchors
}

fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    policy
}

fn transcript() -> SessionTranscript<'static> {
    SessionTranscript::given(TRANSCRIPT).unwrap()
}

fn agreement_key(scalar: &[u8; 32]) -> SoftwareAgreementKey {
    SoftwareAgreementKey::from_bytes(scalar).unwrap()
}

fn card(recipe: &Recipe) -> Card {
    let bytes = recipe.sign(&ISSUER);
    Card::accept(&bytes, &anchors(), &RUSTCRYPTO, unix_time(NOW)).unwrap()
}

/// Everything on `card`, asked for and agreed to.
fn presentation(card: &Card) -> UnsignedPresentation {
    let items = ItemsRequest::new(&card.doc_type());
    let items = card.elements().fold(items, |items, element| {
        items.with_element(element.name_space(), element.id(), false)
    });
    let request = Request::new([items]).unwrap().to_bytes();
    let request = DeviceRequest::parse(&request).unwrap();
    let consent = request.documents().fold(Consent::none(), |consent, asked| {
        consent.everything_asked(&asked)
    });
    card.present(&request, &consent, &transcript()).unwrap()
}

fn signed() -> Value {
    let signer = SoftwareSigner::from_bytes(&DEVICE).unwrap();
    let unsigned = presentation(&card(&Recipe::new(&["name"])));
    decode(&unsigned.sign_with(&signer, &RUSTCRYPTO).unwrap().to_bytes())
}

fn with_mac() -> Value {
    let card = card(&Recipe::new(&["name"]));
    let unsigned = presentation(&card.with_proof(DeviceProof::Mac).unwrap());
    let reader_key = agreement_key(&READER).public_key();
    let response = unsigned.complete_with_mac(&agreement_key(&DEVICE), &reader_key, &RUSTCRYPTO);
    decode(&response.unwrap().to_bytes())
}

/// A response to the card of `recipe`, with `name_spaces` signed by the device whatever they are.
fn device_signed(recipe: &Recipe, name_spaces: &Value) -> Value {
    let card = card(recipe);
    let signer = SoftwareSigner::from_bytes(&DEVICE).unwrap();
    let response = presentation(&card).sign_with(&signer, &RUSTCRYPTO).unwrap();
    let mut response = decode(&response.to_bytes());
    let name_spaces = tagged(name_spaces);
    let message = device_authentication(TRANSCRIPT, DOC_TYPE, &name_spaces);
    let document = field(first_of(&mut response, "documents"), "deviceSigned");
    *field(document, "nameSpaces") = name_spaces;
    let auth = field(document, "deviceAuth");
    *field(auth, "deviceSignature") = sign1(&message, false, &DEVICE);
    response
}

fn auth(response: &mut Value) -> &mut Value {
    field(
        field(first_of(response, "documents"), "deviceSigned"),
        "deviceAuth",
    )
}

/// The parts of the COSE structure that proves possession.
fn proof(response: &mut Value) -> &mut Vec<Value> {
    let (_, proof) = &mut auth(response).as_map_mut().unwrap()[0];
    proof.as_array_mut().unwrap()
}

fn verify_under(response: &Value, policy: &Policy) -> Result<(), Error> {
    let reader_key = agreement_key(&READER);
    let transcript = transcript();
    let conditions = Conditions::new(unix_time(NOW), policy);
    let exchange = Exchange::new(&transcript, conditions).with_reader_key(&reader_key);
    let bytes = encode(response);
    let response = DeviceResponse::parse(&bytes)?;
    let verified = Reader::new(RUSTCRYPTO, anchors()).verify(response, &exchange);
    verified.map(drop)
}

fn verify(response: &Value) -> Result<(), Error> {
    verify_under(response, &policy())
}

fn rejected(rejected: Rejected) -> Result<(), Error> {
    Err(Error::Rejected(rejected))
}

fn decode_error(result: Result<(), Error>) -> DecodeErrorKind {
    match result {
        Err(Error::Decode(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn f01_a_signature_by_another_key() {
    let mut response = signed();
    assert_eq!(verify(&response), Ok(()));
    let unsigned = presentation(&card(&Recipe::new(&["name"])));
    let message = unsigned.to_be_signed().unwrap();
    let stranger = SoftwareSigner::from_bytes(&STRANGER).unwrap();
    let foreign = stranger.sign(&message).unwrap();
    let own = SoftwareSigner::from_bytes(&DEVICE)
        .unwrap()
        .sign(&message)
        .unwrap();
    proof(&mut response)[3] = Value::Bytes(own.as_bytes().to_vec());
    assert_eq!(verify(&response), Ok(()));
    proof(&mut response)[3] = Value::Bytes(foreign.as_bytes().to_vec());
    let refusal = rejected(Rejected::DeviceSignature { document: 0 });
    assert_eq!(verify(&response), refusal);
    // Our own wallet does not let it out.
    let sent = unsigned.complete(&foreign, &RUSTCRYPTO).map(drop);
    assert_eq!(sent, Err(Misuse::SignatureNotByThisKey.into()));
}

#[test]
fn f01_a_signature_cut_short_or_malleated() {
    let good = signed();
    let mut short = good.clone();
    let Value::Bytes(signature) = &mut proof(&mut short)[3] else {
        unreachable!()
    };
    signature.pop();
    let refusal = rejected(Rejected::DeviceSignature { document: 0 });
    assert_eq!(verify(&short), refusal);
    for at in [0, 31, 32, 63] {
        let mut changed = good.clone();
        let Value::Bytes(signature) = &mut proof(&mut changed)[3] else {
            unreachable!()
        };
        signature[at] ^= 1;
        assert_eq!(verify(&changed), refusal, "byte {at}");
    }
}

#[test]
fn f02_a_mac_where_a_signature_is_wanted() {
    let response = with_mac();
    assert_eq!(verify(&response), Ok(()));
    let mut policy = policy();
    policy.accept_mac = false;
    let refusal = rejected(Rejected::MacNotAccepted { document: 0 });
    assert_eq!(verify_under(&response, &policy), refusal);
    assert_eq!(verify_under(&signed(), &policy), Ok(()));
}

#[test]
fn f02_a_signature_and_a_mac() {
    let (mut response, mut other) = (signed(), with_mac());
    let mac = auth(&mut other).as_map_mut().unwrap().remove(0);
    auth(&mut response).as_map_mut().unwrap().push(mac);
    assert_eq!(
        decode_error(verify(&response)),
        DecodeErrorKind::Contradiction
    );
}

#[test]
fn f02_a_mac_passed_off_as_a_signature() {
    let mut response = with_mac();
    auth(&mut response).as_map_mut().unwrap()[0].0 = Value::from("deviceSignature");
    let refusal = rejected(Rejected::DeviceAlgUnsupported { document: 0 });
    assert_eq!(verify(&response), refusal);
    let mut response = signed();
    auth(&mut response).as_map_mut().unwrap()[0].0 = Value::from("deviceMac");
    assert_eq!(verify(&response), refusal);
}

#[test]
fn f03_a_device_signed_element_without_leave() {
    let recipe = Recipe::new(&["name"]);
    let name_spaces = cbor!({ NAME_SPACE => { "mood" => "good" } }).unwrap();
    let refusal = rejected(Rejected::ElementNotAuthorized {
        document: 0,
        item: 0,
    });
    assert_eq!(verify(&device_signed(&recipe, &name_spaces)), refusal);
    for authorizations in [
        cbor!({ "nameSpaces" => [NAME_SPACE] }),
        cbor!({ "dataElements" => { NAME_SPACE => ["mood"] } }),
    ] {
        let recipe = recipe
            .clone()
            .with(|r| r.authorizations = Some(authorizations.unwrap()));
        assert_eq!(verify(&device_signed(&recipe, &name_spaces)), Ok(()));
    }
    // The second of two is the one without leave.
    let authorizations = cbor!({ "dataElements" => { NAME_SPACE => ["mood"] } });
    let recipe = recipe.with(|r| r.authorizations = Some(authorizations.unwrap()));
    let name_spaces = cbor!({ NAME_SPACE => { "mood" => 1, "other" => 2 } }).unwrap();
    let refusal = rejected(Rejected::ElementNotAuthorized {
        document: 0,
        item: 1,
    });
    assert_eq!(verify(&device_signed(&recipe, &name_spaces)), refusal);
}

#[test]
fn f04_an_element_authorised_in_another_name_space() {
    let name_spaces = cbor!({ NAME_SPACE => { "mood" => "good" } }).unwrap();
    let refusal = rejected(Rejected::ElementNotAuthorized {
        document: 0,
        item: 0,
    });
    for authorizations in [
        cbor!({ "nameSpaces" => ["org.other"] }),
        cbor!({ "nameSpaces" => ["org.exampl", "org.example.more", "ORG.EXAMPLE"] }),
        cbor!({ "dataElements" => { "org.other" => ["mood"] } }),
        cbor!({ "dataElements" => { NAME_SPACE => ["Mood"], "org.other" => ["mood"] } }),
    ] {
        let authorizations = authorizations.unwrap();
        let recipe = Recipe::new(&["name"]).with(|r| r.authorizations = Some(authorizations));
        assert_eq!(verify(&device_signed(&recipe, &name_spaces)), refusal);
    }
}

#[test]
fn f05_a_device_signed_element_with_the_name_of_the_issuers() {
    let authorizations = cbor!({ "nameSpaces" => [NAME_SPACE] }).unwrap();
    let recipe = Recipe::new(&["name"]).with(|r| r.authorizations = Some(authorizations));
    let name_spaces = cbor!({ NAME_SPACE => { "name" => "Mallory" } }).unwrap();
    let bytes = encode(&device_signed(&recipe, &name_spaces));
    let (transcript, policy) = (transcript(), policy());
    let exchange = Exchange::new(&transcript, Conditions::new(unix_time(NOW), &policy));
    let response = DeviceResponse::parse(&bytes).unwrap();
    let reader = Reader::new(RUSTCRYPTO, anchors());
    let verified = reader.verify(response, &exchange).unwrap();
    let document = verified.documents().next().unwrap();
    let of_issuer = document.element(NAME_SPACE, "name").unwrap();
    assert_eq!(of_issuer.value().as_text(), Some("name"));
    assert_eq!(document.elements().count(), 1);
    let of_device: Vec<_> = document.device_elements().collect();
    assert_eq!(of_device.len(), 1);
    assert_eq!(of_device[0].value().as_text(), Some("Mallory"));
}

#[test]
fn f05_a_wallet_of_ours_shows_no_element_twice() {
    let authorizations = cbor!({ "nameSpaces" => [NAME_SPACE] }).unwrap();
    let recipe = Recipe::new(&["name"]).with(|r| r.authorizations = Some(authorizations));
    let name_space = NameSpace::new(NAME_SPACE).unwrap();
    let value = ElementValue::new(&"Mallory".into()).unwrap();
    let id = ElementId::new("name").unwrap();
    let unsigned = presentation(&card(&recipe));
    let twice = unsigned.with_device_element(&name_space, &id, value);
    assert_eq!(twice.map(drop), Err(Misuse::ElementTwice.into()));
}

#[test]
fn f06_a_mac_cut_short_or_changed() {
    let good = with_mac();
    let refusal = rejected(Rejected::DeviceMac { document: 0 });
    for len in [0, 1, 16, 31] {
        let mut response = good.clone();
        let Value::Bytes(tag) = &mut proof(&mut response)[3] else {
            unreachable!()
        };
        tag.truncate(len);
        assert_eq!(verify(&response), refusal, "{len} bytes");
    }
    for at in 0..32 {
        let mut response = good.clone();
        let Value::Bytes(tag) = &mut proof(&mut response)[3] else {
            unreachable!()
        };
        tag[at] ^= 0x80;
        assert_eq!(verify(&response), refusal, "byte {at}");
    }
    let mut longer = good;
    let Value::Bytes(tag) = &mut proof(&mut longer)[3] else {
        unreachable!()
    };
    tag.push(0);
    assert_eq!(verify(&longer), refusal);
}

#[test]
fn f07_keys_that_cannot_agree() {
    // Neither half of a MAC's key can be off the curve: such a key cannot be made.
    let good = agreement_key(&READER).public_key();
    let mut off_curve = good.as_bytes().to_vec();
    off_curve[64] ^= 1;
    assert_eq!(PublicKey::p256(&off_curve), Err(Misuse::InvalidKey));
    let mut compressed = good.as_bytes()[..33].to_vec();
    compressed[0] = 2;
    assert_eq!(PublicKey::p256(&compressed), Err(Misuse::InvalidKey));
    // A device key with the parity of y in its stead, or with another y.
    let refusal = Error::Rejected(Rejected::DeviceKey { document: 0 });
    for y in [Value::Bool(true), Value::Bytes([1; 32].into())] {
        let mut key = crate::cards::cose_key(&DEVICE, &[]);
        key.as_map_mut().unwrap()[3].1 = y;
        let bytes = Recipe::new(&["name"])
            .with(|r| r.cose_key = Some(key))
            .sign(&ISSUER);
        let card = Card::accept(&bytes, &anchors(), &RUSTCRYPTO, unix_time(NOW));
        assert_eq!(card.map(drop), Err(refusal));
    }
}

#[test]
fn f07_a_mac_for_another_reader() {
    let card = card(&Recipe::new(&["name"]))
        .with_proof(DeviceProof::Mac)
        .unwrap();
    let other = agreement_key(&STRANGER).public_key();
    let response =
        presentation(&card).complete_with_mac(&agreement_key(&DEVICE), &other, &RUSTCRYPTO);
    let response = decode(&response.unwrap().to_bytes());
    let refusal = rejected(Rejected::DeviceMac { document: 0 });
    assert_eq!(verify(&response), refusal);
}

#[test]
fn f08_no_protected_algorithm() {
    let refusal = rejected(Rejected::DeviceAlgMissing { document: 0 });
    for good in [signed(), with_mac()] {
        for protected in [&b""[..], b"\xa0"] {
            let mut response = good.clone();
            proof(&mut response)[0] = Value::Bytes(protected.to_vec());
            assert_eq!(verify(&response), refusal);
            // It does not count where it is not signed.
            proof(&mut response)[1] = cbor!({ 1 => -7 }).unwrap();
            assert_eq!(verify(&response), refusal);
        }
    }
}

#[test]
fn f08_another_algorithm() {
    let refusal = rejected(Rejected::DeviceAlgUnsupported { document: 0 });
    for (good, algorithms) in [(signed(), [-35, -8, 5, 0]), (with_mac(), [6, 4, -7, 0])] {
        for algorithm in algorithms {
            let mut response = good.clone();
            let protected = encode(&cbor!({ 1 => algorithm }).unwrap());
            proof(&mut response)[0] = Value::Bytes(protected);
            assert_eq!(verify(&response), refusal, "{algorithm}");
        }
    }
}

#[test]
fn f09_no_device_authentication() {
    let mut response = signed();
    auth(&mut response).as_map_mut().unwrap().clear();
    assert_eq!(decode_error(verify(&response)), DecodeErrorKind::MissingKey);
    let mut response = signed();
    let device_signed = field(first_of(&mut response, "documents"), "deviceSigned");
    device_signed
        .as_map_mut()
        .unwrap()
        .retain(|(key, _)| key.as_text() != Some("deviceAuth"));
    assert_eq!(decode_error(verify(&response)), DecodeErrorKind::MissingKey);
    let mut response = signed();
    let document = first_of(&mut response, "documents").as_map_mut().unwrap();
    document.retain(|(key, _)| key.as_text() != Some("deviceSigned"));
    assert_eq!(decode_error(verify(&response)), DecodeErrorKind::MissingKey);
}

#[test]
fn f09_a_mac_that_cannot_be_checked_is_no_success() {
    let bytes = encode(&with_mac());
    let (transcript, policy) = (transcript(), policy());
    let exchange = Exchange::new(&transcript, Conditions::new(unix_time(NOW), &policy));
    let response = DeviceResponse::parse(&bytes).unwrap();
    let verified = Reader::new(RUSTCRYPTO, anchors()).verify(response, &exchange);
    assert_eq!(verified.map(drop), Err(Misuse::NoReaderKey.into()));
}

#[test]
fn f09_a_proof_of_another_session() {
    let bytes = encode(&signed());
    let policy = policy();
    let transcript = SessionTranscript::given(b"\x83\xf6\xf6\x61b").unwrap();
    let exchange = Exchange::new(&transcript, Conditions::new(unix_time(NOW), &policy));
    let response = DeviceResponse::parse(&bytes).unwrap();
    let verified = Reader::new(RUSTCRYPTO, anchors()).verify(response, &exchange);
    let refusal = Rejected::DeviceSignature { document: 0 };
    assert_eq!(verified.map(drop), Err(refusal.into()));
}
