//! Of two equal signatures, (r, s) and (r, n − s), ours have an R with an even y; the others are as
//! good, and what an issuer says about it changes no verdict.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

mod kit;
mod pki;
mod signatures;

use ciborium::Value;
use signatures::{is_even, twin, with_parity};
use vitacard::crypto::{
    Algorithm, CryptoProvider, ES256, InvalidSignature, PublicKey, RUSTCRYPTO, Signature,
    SignatureVerifier, Signer, SoftwareSigner, SystemRandom, VerifyingKey,
};
use vitacard::holder::{Card, Consent};
use vitacard::issuer::Draft;
use vitacard::reader::{
    Conditions, DeviceRequest, DeviceResponse, Exchange, ItemsRequest, Policy, Reader, Request,
};
use vitacard::session::SessionTranscript;
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, ElementId, Error, NameSpace, Rejected, Validity, unix_time};

fn verify(response: &[u8]) -> Result<(), Error> {
    let mut anchors = TrustAnchors::new();
    let issuer = pki::Key::from_seed("issuer").public_sec1();
    anchors.pin_key(PublicKey::p256(&issuer).unwrap());
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let conditions = Conditions::new(unix_time(kit::NOW), &policy);
    let exchange = Exchange::new(&transcript, conditions);
    let reader = Reader::new(RUSTCRYPTO, anchors);
    let response = DeviceResponse::parse(response)?;
    reader.verify(response, &exchange).map(drop)
}

/// What may stand in `keyInfo`: nothing, the hint, and whatever else is somebody else's.
fn key_infos() -> Vec<Option<Value>> {
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.into());
    let values = [
        bytes(&[1]),
        bytes(&[0]),
        bytes(&[]),
        bytes(&[1, 1]),
        1.into(),
        true.into(),
        Value::Null,
        "01".into(),
        kit::array([bytes(&[1])]),
        Value::Tag(24, Box::new(bytes(&[1]))),
    ];
    let labelled = values.map(|value| kit::map([(-70_002, value)]));
    let others = [
        kit::map([("-70002", bytes(&[1]))]),
        kit::map([(70_001, bytes(&[1]))]),
        kit::map::<i32, 0>([]),
        kit::array([bytes(&[1])]),
        Value::Null,
        5.into(),
    ];
    let all = labelled.into_iter().chain(others).map(Some);
    [None].into_iter().chain(all).collect()
}

#[test]
fn a_hint_changes_no_verdict() {
    for key_info in key_infos() {
        let draft = kit::draft().with(|draft| {
            let device_key_info = kit::at(&mut draft.mso, &["deviceKeyInfo"]);
            if let Some(key_info) = &key_info {
                kit::insert(device_key_info, "keyInfo", key_info.clone());
            }
        });
        let shown = draft.issue().show();
        for even in [true, false] {
            let response = with_parity(&shown, even).response();
            assert_eq!(verify(&response), Ok(()), "{key_info:?}, {even}");
            let forged = shown.clone().with(|shown| {
                shown.device_auth = with_parity(&shown.clone(), even).device_auth;
                shown.device_name_spaces = kit::encode(&kit::tag24(vec![0xb8, 0]));
            });
            let error = verify(&forged.response()).unwrap_err();
            let refused = Error::Rejected(Rejected::DeviceSignature { document: 0 });
            assert_eq!(error, refused, "{key_info:?}, {even}");
        }
    }
}

#[test]
fn the_kit_signs_in_either_way() {
    let shown = kit::draft().issue().show();
    for even in [true, false] {
        let (signature, message) = signatures::device_signature(&with_parity(&shown, even));
        let key = pki::Key::from_seed("device");
        assert_eq!(is_even(&key.public_sec1(), &message, &signature), even);
    }
}

#[test]
fn keys_in_memory_sign_with_an_even_r() {
    for seed in 1..=32_u8 {
        let signer = SoftwareSigner::from_bytes(&[seed; 32]).unwrap();
        let message = [seed; 5];
        let signature = signer.sign(&message).unwrap();
        let bytes = signature.as_bytes().try_into().unwrap();
        let key = signer.public_key();
        assert!(is_even(key.as_bytes(), &message, &bytes), "{seed}");
    }
}

/// What hardware signed, in whichever way, goes out with an even R.
#[test]
fn completing_chooses_the_even_r() {
    let signer = |seed| SoftwareSigner::from_bytes(&[seed; 32]).unwrap();
    let (issuer, device) = (signer(1), signer(2));
    let sign = |signer: &SoftwareSigner, message: &[u8], even: bool| -> [Signature; 2] {
        let signature = signer.sign(message).unwrap();
        let bytes = signature.as_bytes().try_into().unwrap();
        let other = Signature::from_bytes(&twin(&bytes)).unwrap();
        match even {
            true => [signature, signature],
            false => [other, signature],
        }
    };
    let now = unix_time(kit::NOW);
    let validity = Validity::new(now, unix_time(kit::NOW + 1_000_000)).unwrap();
    let (name_space, id) = (NameSpace::new("n").unwrap(), ElementId::new("e").unwrap());
    let doc_type = DocType::new("t").unwrap();
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(issuer.public_key());
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let leaf = pki::Entity::reader_root().issue(pki::Profile::mdoc_reader(), "reader");
    let reader = SoftwareSigner::from_bytes(&leaf.key.scalar()).unwrap();
    for even in [true, false] {
        let unsigned = Draft::new(doc_type.borrowed(), device.public_key(), validity)
            .with_element(name_space.borrowed(), id.borrowed(), 1)
            .with_even_r_hint()
            .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)
            .unwrap();
        let [given, expected] = sign(&issuer, unsigned.to_be_signed(), even);
        let key = issuer.public_key();
        let card = unsigned.complete_pinned(&given, &key, &RUSTCRYPTO).unwrap();
        assert!(contains(&card, &expected));

        let items = ItemsRequest::new(doc_type.borrowed());
        let items = items.with_element(name_space.borrowed(), id.borrowed(), false);
        let request = Request::new([items]).unwrap();
        let asked = request.to_bytes();
        let unsigned = request.prepare(Algorithm::ES256, &transcript).unwrap();
        let message = unsigned.to_be_signed().next().unwrap();
        let [given, expected] = sign(&reader, message, even);
        let signed = unsigned.complete(&[given], &[&leaf.der], &RUSTCRYPTO);
        assert!(contains(&signed.unwrap(), &expected));

        let card = Card::accept(&card, &anchors, &RUSTCRYPTO, now).unwrap();
        let request = DeviceRequest::parse(&asked).unwrap();
        let consent = request
            .documents()
            .fold(Consent::none(), |all, one| all.everything_asked(&one));
        let unsigned = card.present(&request, &consent, &transcript).unwrap();
        let [given, expected] = sign(&device, &unsigned.to_be_signed().unwrap(), even);
        let response = unsigned.complete(&given, &RUSTCRYPTO).unwrap();
        assert!(contains(&response.to_bytes(), &expected));
    }
}

/// ES256 of somebody who refuses the larger half of all s, as some hardware and libraries do.
#[derive(Debug)]
struct LowS;

impl SignatureVerifier for LowS {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn verify(
        &self,
        key: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        match signature.get(32) {
            Some(0..0x7f) => ES256.verify(key, message, signature),
            _ => Err(InvalidSignature),
        }
    }
}

/// What the backend accepts is not lost for the sake of an even R.
#[test]
fn a_backend_may_want_the_other_form() {
    let crypto = CryptoProvider {
        signatures: &[&LowS],
        ..RUSTCRYPTO
    };
    let issuer = SoftwareSigner::from_bytes(&[1; 32]).unwrap();
    let device = SoftwareSigner::from_bytes(&[2; 32]).unwrap().public_key();
    let until = unix_time(kit::NOW + 1_000_000);
    let validity = Validity::new(unix_time(kit::NOW), until).unwrap();
    let (mut low, mut flipped) = (0, 0);
    for number in 0..40 {
        let draft = Draft::new(DocType::new("t").unwrap(), device, validity);
        let (name_space, id) = (NameSpace::new("n").unwrap(), ElementId::new("e").unwrap());
        let unsigned = draft.with_element(name_space, id, number).prepare(
            Algorithm::ES256,
            &RUSTCRYPTO,
            &mut SystemRandom,
        );
        let unsigned = unsigned.unwrap();
        let even = issuer.sign(unsigned.to_be_signed()).unwrap();
        let bytes: [u8; 64] = even.as_bytes().try_into().unwrap();
        let other = Signature::from_bytes(&twin(&bytes)).unwrap();
        let Some(given) = [even, other]
            .into_iter()
            .find(|one| one.as_bytes()[32] < 0x7f)
        else {
            continue;
        };
        low += 1;
        flipped += usize::from(given.as_bytes() != even.as_bytes());
        let card = unsigned.complete_pinned(&given, &issuer.public_key(), &crypto);
        assert!(contains(&card.unwrap(), &given));
    }
    assert!(low > 30 && flipped > 0, "{low}, {flipped}");
}

fn contains(bytes: &[u8], signature: &Signature) -> bool {
    let signature = signature.as_bytes();
    let mut windows = bytes.windows(signature.len());
    windows.any(|window| window == signature)
}
