//! Device authentication: group F.

use ciborium::{Value, cbor};
use vitacard::crypto::{
    AgreementKey as _, PublicKey, RUSTCRYPTO, Signer as _, SoftwareAgreementKey, SoftwareSigner,
};
use vitacard::holder::{Card, Consent, DeviceProof, DeviceRequest, UnsignedPresentation};
use vitacard::reader::{Conditions, DeviceResponse, Exchange, ItemsRequest, Policy, Request};
use vitacard::trust::TrustAnchors;
use vitacard::{
    DecodeErrorKind, ElementId, Error, Misuse, NameSpace, Rejected, session::SessionTranscript,
    unix_time,
};

use crate::kit::{self, Draft, Item, NAME_SPACE, NOW, at, encode, insert};
use crate::pki::Key;

fn anchors() -> TrustAnchors {
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(crate::key("issuer"));
    anchors
}

fn signer(seed: &str) -> SoftwareSigner {
    SoftwareSigner::from_bytes(&Key::from_seed(seed).scalar()).unwrap()
}

fn agreement_key(seed: &str) -> SoftwareAgreementKey {
    SoftwareAgreementKey::from_bytes(&Key::from_seed(seed).scalar()).unwrap()
}

fn draft() -> Draft {
    kit::draft_of(vec![Item::new(0, "name", "Martin")])
}

/// A draft whose device key may sign what `authorizations` says.
fn authorizing(authorizations: &Value) -> Draft {
    draft().with(|draft| {
        let key_info = at(&mut draft.mso, &["deviceKeyInfo"]);
        insert(key_info, "keyAuthorizations", authorizations.clone());
    })
}

fn accept(draft: Draft) -> Result<Card, Error> {
    let bytes = encode(&draft.issue().issuer_signed());
    Card::accept(&bytes, &anchors(), &RUSTCRYPTO, unix_time(NOW))
}

/// Everything on `card`, asked for and agreed to, in the session of the kit.
fn presentation(card: &Card) -> UnsignedPresentation {
    let items = card
        .elements()
        .fold(ItemsRequest::new(card.doc_type()), |items, element| {
            let name_space = element.name_space().borrowed();
            items.with_element(name_space, element.id().borrowed(), false)
        });
    let request = Request::new([items]).unwrap().to_bytes();
    let request = DeviceRequest::parse(&request).unwrap();
    let asked = request.documents().next().unwrap();
    let consent = Consent::none().everything_asked(&asked);
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    card.present(&request, &consent, &transcript).unwrap()
}

fn signed() -> Value {
    let unsigned = presentation(&accept(draft()).unwrap());
    let response = unsigned.sign_with(&signer("device"), &RUSTCRYPTO).unwrap();
    decode(&response.to_bytes())
}

fn with_mac() -> Value {
    let card = accept(draft())
        .unwrap()
        .with_proof(DeviceProof::Mac)
        .unwrap();
    let reader_key = agreement_key("reader").public_key();
    let unsigned = presentation(&card);
    let response = unsigned.complete_with_mac(&agreement_key("device"), &reader_key, &RUSTCRYPTO);
    decode(&response.unwrap().to_bytes())
}

/// A response with the card of `draft`, and `name_spaces` signed by the device whatever they are.
fn device_signed(draft: Draft, name_spaces: &Value) -> Value {
    let issued = draft
        .issue()
        .with(|issued| issued.device_name_spaces = name_spaces.clone());
    decode(&issued.show().response())
}

fn document(response: &mut Value) -> &mut Value {
    &mut at(response, &["documents"]).as_array_mut().unwrap()[0]
}

fn auth(response: &mut Value) -> &mut Value {
    at(document(response), &["deviceSigned", "deviceAuth"])
}

/// The parts of the COSE structure that proves possession.
fn proof(response: &mut Value) -> &mut Vec<Value> {
    let (_, proof) = &mut auth(response).as_map_mut().unwrap()[0];
    proof.as_array_mut().unwrap()
}

fn verify_under(response: &Value, policy: &Policy) -> Result<(), Error> {
    let reader_key = agreement_key("reader");
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let conditions = Conditions::new(unix_time(NOW), policy);
    let exchange = Exchange::new(&transcript, conditions).with_reader_key(&reader_key);
    let bytes = encode(response);
    let response = DeviceResponse::parse(&bytes)?;
    crate::reader("issuer")
        .verify(response, &exchange)
        .map(drop)
}

fn verify(response: &Value) -> Result<(), Error> {
    verify_under(response, &crate::policy())
}

fn rejected(rejected: Rejected) -> Result<(), Error> {
    Err(Error::Rejected(rejected))
}

fn decode(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).unwrap()
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
    let unsigned = presentation(&accept(draft()).unwrap());
    let message = unsigned.to_be_signed().unwrap();
    let own = signer("device").sign(&message).unwrap();
    proof(&mut response)[3] = Value::Bytes(own.as_bytes().to_vec());
    assert_eq!(verify(&response), Ok(()));
    let foreign = signer("stranger").sign(&message).unwrap();
    proof(&mut response)[3] = Value::Bytes(foreign.as_bytes().to_vec());
    let refusal = rejected(Rejected::DeviceSignature { document: 0 });
    assert_eq!(verify(&response), refusal);
    // A wallet of ours does not let it out.
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
    let mut policy = crate::policy();
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
    let name_spaces = cbor!({ NAME_SPACE => { "mood" => "good" } }).unwrap();
    let refusal = rejected(Rejected::ElementNotAuthorized {
        document: 0,
        item: 0,
    });
    assert_eq!(verify(&device_signed(draft(), &name_spaces)), refusal);
    for authorizations in [
        cbor!({ "nameSpaces" => [NAME_SPACE] }),
        cbor!({ "dataElements" => { NAME_SPACE => ["mood"] } }),
    ] {
        let draft = authorizing(&authorizations.unwrap());
        assert_eq!(verify(&device_signed(draft, &name_spaces)), Ok(()));
    }
    // The second of two is the one without leave.
    let authorizations = cbor!({ "dataElements" => { NAME_SPACE => ["mood"] } }).unwrap();
    let name_spaces = cbor!({ NAME_SPACE => { "mood" => 1, "other" => 2 } }).unwrap();
    let refusal = rejected(Rejected::ElementNotAuthorized {
        document: 0,
        item: 1,
    });
    let response = device_signed(authorizing(&authorizations), &name_spaces);
    assert_eq!(verify(&response), refusal);
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
        cbor!({ "nameSpaces" => ["org.iso.18013.5", "org.iso.18013.5.1.aamva", "ORG.ISO.18013.5.1"] }),
        cbor!({ "dataElements" => { "org.other" => ["mood"] } }),
        cbor!({ "dataElements" => { NAME_SPACE => ["Mood"], "org.other" => ["mood"] } }),
    ] {
        let draft = authorizing(&authorizations.unwrap());
        assert_eq!(verify(&device_signed(draft, &name_spaces)), refusal);
    }
}

#[test]
fn f05_a_device_signed_element_with_the_name_of_the_issuers() {
    let authorizations = cbor!({ "nameSpaces" => [NAME_SPACE] }).unwrap();
    let name_spaces = cbor!({ NAME_SPACE => { "name" => "Mallory" } }).unwrap();
    let bytes = encode(&device_signed(authorizing(&authorizations), &name_spaces));
    let (transcript, policy) = (kit::transcript(), crate::policy());
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let exchange = Exchange::new(&transcript, Conditions::new(unix_time(NOW), &policy));
    let response = DeviceResponse::parse(&bytes).unwrap();
    let reader = crate::reader("issuer");
    let verified = reader.verify(response, &exchange).unwrap();
    let document = verified.documents().next().unwrap();
    let of_issuer = document.element(NAME_SPACE, "name").unwrap();
    assert_eq!(of_issuer.value().as_text(), Some("Martin"));
    assert_eq!(document.elements().count(), 1);
    let of_device: Vec<_> = document.device_elements().collect();
    assert_eq!(of_device.len(), 1);
    assert_eq!(of_device[0].value().as_text(), Some("Mallory"));
}

#[test]
fn f05_a_wallet_of_ours_shows_no_element_twice() {
    let authorizations = cbor!({ "nameSpaces" => [NAME_SPACE] }).unwrap();
    let unsigned = presentation(&accept(authorizing(&authorizations)).unwrap());
    let name_space = NameSpace::new(NAME_SPACE).unwrap();
    let id = ElementId::new("name").unwrap();
    let twice = unsigned.with_device_element(name_space, id, "Mallory");
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
    let good = agreement_key("reader").public_key();
    let mut off_curve = good.as_bytes().to_vec();
    off_curve[64] ^= 1;
    assert_eq!(PublicKey::p256(&off_curve), Err(Misuse::InvalidKey));
    let mut compressed = good.as_bytes()[..33].to_vec();
    compressed[0] = 2;
    assert_eq!(PublicKey::p256(&compressed), Err(Misuse::InvalidKey));
    // A device key with the parity of y in its stead, or with another y.
    let refusal = Error::Rejected(Rejected::DeviceKey { document: 0 });
    for y in [Value::Bool(true), Value::Bytes([1; 32].into())] {
        let draft = draft().with(|draft| {
            let key = at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]);
            key.as_map_mut().unwrap()[3].1 = y;
        });
        assert_eq!(accept(draft).map(drop), Err(refusal));
    }
}

#[test]
fn f07_a_mac_for_another_reader() {
    let card = accept(draft())
        .unwrap()
        .with_proof(DeviceProof::Mac)
        .unwrap();
    let (device, other) = (
        agreement_key("device"),
        agreement_key("stranger").public_key(),
    );
    let response = presentation(&card).complete_with_mac(&device, &other, &RUSTCRYPTO);
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
    kit::remove(at(document(&mut response), &["deviceSigned"]), "deviceAuth");
    assert_eq!(decode_error(verify(&response)), DecodeErrorKind::MissingKey);
    let mut response = signed();
    kit::remove(document(&mut response), "deviceSigned");
    assert_eq!(decode_error(verify(&response)), DecodeErrorKind::MissingKey);
}

#[test]
fn f09_a_mac_that_cannot_be_checked_is_no_success() {
    let without_reader_key = crate::verify(&encode(&with_mac()));
    assert_eq!(without_reader_key, Err(Misuse::NoReaderKey.into()));
}

#[test]
fn f09_a_proof_of_another_session() {
    let other = draft().issue().show_in(b"\x83\xf6\xf6\xf6").response();
    let refusal = rejected(Rejected::DeviceSignature { document: 0 });
    assert_eq!(verify(&decode(&other)), refusal);
}
