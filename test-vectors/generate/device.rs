//! Groups F and G: whoever shows the card holds its key, in this session.

use ciborium::Value;
use hmac::{KeyInit as _, Mac as _};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::case::{
    Case, READER, Row, card, elements, engagement, garbled, rejected, respond, show, tampered,
    transcript, transcript_of,
};
use crate::kit::{self, Draft, Issued, array, at, encode, insert, map, tag24};
use crate::pki::Key;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = rejected(signatures());
    cases.extend(macs());
    cases.extend(authorizations());
    cases
}

fn signatures() -> Vec<Row> {
    let in_session = |transcript: &[u8]| card().issue().show_in(transcript).response();
    let wide = [&[0xb8, 2], &engagement()[1..]].concat();
    let nfc = array([Value::Bytes(b"select".to_vec()), Value::Null]);
    let anonymous = encode(&array([Value::Null, Value::Null, Value::Null]));
    let as_issuer_auth = || {
        garbled(|shown| {
            let sign1 = Value::Array(shown.issuer_auth.clone());
            shown.device_auth = map([("deviceSignature", sign1)]);
        })
    };
    const NO: &str = "DeviceSignature";
    vec![
        (
            "device_signature_by_another_key",
            "The key in the MSO signs.",
            "F1",
            tampered(|i| i.device = "attacker"),
            NO,
        ),
        (
            "device_signature_by_issuer_key",
            "The issuer's key is not the device's.",
            "F1",
            tampered(|i| i.device = "issuer"),
            NO,
        ),
        (
            "device_signature_of_zeros",
            "r = s = 0 is no signature of a device.",
            "F1",
            garbled(|shown| {
                let sign1 = at(&mut shown.device_auth, &["deviceSignature"]);
                sign1.as_array_mut().expect("an array")[3] = Value::Bytes(vec![0; 64]);
            }),
            NO,
        ),
        (
            "device_signature_is_issuer_auth",
            "The issuer's signature proves nothing about the holder.",
            "F1",
            as_issuer_auth(),
            "DevicePayload",
        ),
        (
            "device_name_spaces_added_after_signing",
            "The device signs its name spaces.",
            "F1",
            garbled(|shown| {
                let elements = map([("portrait", Value::Null)]);
                shown.device_name_spaces = encode(&tag24(encode(&map([("org.evil", elements)]))));
            }),
            NO,
        ),
        (
            "device_name_spaces_encoded_anew",
            "The device signs the bytes of its name spaces.",
            "G2",
            garbled(|shown| {
                shown.device_name_spaces = encode(&tag24(vec![0xb8, 0]));
            }),
            NO,
        ),
        (
            "transcript_of_another_session",
            "A response holds in its session.",
            "G1",
            in_session(&kit::transcript()),
            NO,
        ),
        (
            "transcript_of_no_session",
            "A response to no session holds in none.",
            "G1",
            in_session(&anonymous),
            NO,
        ),
        (
            "transcript_with_engagement_encoded_anew",
            "The transcript has the bytes of the engagement as sent.",
            "G2",
            in_session(&transcript_of(&wide, Value::Null)),
            NO,
        ),
        (
            "transcript_of_nfc_for_qr",
            "How the engagement came is part of the transcript.",
            "G3",
            in_session(&transcript_of(&engagement(), nfc)),
            NO,
        ),
    ]
}

/// The kit's device key and this reader's make the MAC key (clause 9.1.3.5).
pub(crate) fn e_mac_key(device: &str, reader: &str) -> [u8; 32] {
    let secret = p256::SecretKey::from_slice(&Key::from_seed(device).scalar()).expect("a key");
    let public = Key::from_seed(reader).public_sec1();
    let public = p256::PublicKey::from_sec1_bytes(&public).expect("a key");
    let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), public.as_affine());
    let salt = Sha256::digest(encode(&tag24(transcript())));
    let mut key = [0; 32];
    hkdf::Hkdf::<Sha256>::new(Some(&salt), shared.raw_secret_bytes())
        .expand(b"EMacKey", &mut key)
        .expect("32 bytes");
    key
}

/// A response that is authenticated with `key`.
fn with_mac(draft: Draft, protected: Value, key: &[u8; 32], len: usize) -> Vec<u8> {
    let shown = show(draft.issue());
    let payload =
        kit::device_authentication(&transcript(), &shown.doc_type, &shown.device_name_spaces);
    let mac0 = mac0(&payload, &protected, key, len);
    shown
        .with(|shown| shown.device_auth = map([("deviceMac", mac0)]))
        .response()
}

/// A `COSE_Mac0` over `payload`, of which the first `len` bytes are left.
pub(crate) fn mac0(payload: &[u8], protected: &Value, key: &[u8; 32], len: usize) -> Value {
    let protected = encode(protected);
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    let message = array(["MAC0".into(), bytes(&protected), bytes(&[]), bytes(payload)]);
    let mut mac = hmac::Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.update(&encode(&message));
    let mut tag = mac.finalize().into_bytes().to_vec();
    tag.truncate(len);
    array([
        bytes(&protected),
        Value::Map(vec![]),
        Value::Null,
        bytes(&tag),
    ])
}

fn macs() -> Vec<Case> {
    let key = e_mac_key("device", READER);
    let hmac = || map([(1, Value::from(5))]);
    let good = || with_mac(card(), hmac(), &key, 32);
    let accepted = || json!({ "issuer_signed": elements(&kit::draft().items), "proof": "mac" });
    let case =
        |name, rule, attack, response| Case::new(name, rule, response).attack(attack).reader_key();
    let key_for = |label: i64, value: Value| {
        let draft = card().with(|draft| {
            insert(
                at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]),
                label,
                value,
            );
        });
        with_mac(draft, hmac(), &key, 32)
    };
    let sign1_as_mac0 = || {
        garbled(|shown| {
            let sign1 = at(&mut shown.device_auth, &["deviceSignature"]).clone();
            shown.device_auth = map([("deviceMac", sign1)]);
        })
    };
    vec![
        case(
            "accept_device_mac",
            "A MAC by the device's and the reader's key proves possession.",
            "F2",
            good(),
        )
        .accepts([accepted()]),
        case(
            "accept_device_mac_by_key_that_may_derive",
            "A key that is meant for key agreement makes a MAC.",
            "B13",
            key_for(4, array([7.into()])),
        )
        .accepts([accepted()]),
        case(
            "device_mac_by_another_key",
            "The key in the MSO makes the MAC.",
            "F1",
            with_mac(card(), hmac(), &e_mac_key("attacker", READER), 32),
        )
        .rejects("DeviceMac", Json::Null),
        case(
            "device_mac_for_another_reader",
            "A MAC is made for this reader.",
            "G8",
            with_mac(card(), hmac(), &e_mac_key("device", "another reader"), 32),
        )
        .rejects("DeviceMac", Json::Null),
        case(
            "device_mac_truncated",
            "A MAC is whole.",
            "F6",
            with_mac(card(), hmac(), &key, 16),
        )
        .rejects("DeviceMac", Json::Null),
        case(
            "device_mac_of_no_bytes",
            "A MAC is not empty.",
            "F6",
            with_mac(card(), hmac(), &key, 0),
        )
        .rejects("DeviceMac", Json::Null),
        case(
            "device_mac_alg_missing",
            "A MAC names its algorithm.",
            "F8",
            with_mac(card(), Value::Map(vec![]), &key, 32),
        )
        .rejects("DeviceAlgMissing", Json::Null),
        case(
            "device_mac_alg_hmac_256_64",
            "A MAC is by HMAC 256/256, not by its truncated form.",
            "F6",
            with_mac(card(), map([(1, Value::from(4))]), &key, 8),
        )
        .rejects("DeviceAlgUnsupported", Json::Null),
        case(
            "device_signature_as_mac",
            "A COSE_Sign1 is no COSE_Mac0.",
            "B5",
            sign1_as_mac0(),
        )
        .rejects("DeviceAlgUnsupported", Json::Null),
        case(
            "device_mac_by_key_that_only_signs",
            "A key that is declared to sign makes no MAC.",
            "B13",
            key_for(3, (-7).into()),
        )
        .rejects("DeviceKeyUse", Json::Null),
        case(
            "device_mac_not_accepted",
            "Where the policy wants a signature a MAC is refused.",
            "F2",
            good(),
        )
        .policy(json!({ "accept_mac": false }))
        .rejects("MacNotAccepted", Json::Null),
        Case::new(
            "device_mac_without_reader_key",
            "A MAC that the reader cannot check is not accepted.",
            good(),
        )
        .attack("F2")
        .misuse("NoReaderKey"),
    ]
}

/// The device key may sign `age_in_years` of the card's name space, and all of `org.example`.
fn authorized() -> Draft {
    card().with(|draft| {
        let authorizations = map([
            ("nameSpaces", array(["org.example".into()])),
            (
                "dataElements",
                map([(
                    kit::NAME_SPACE,
                    array(["family_name".into(), "age_in_years".into()]),
                )]),
            ),
        ]);
        insert(
            at(&mut draft.mso, &["deviceKeyInfo"]),
            "keyAuthorizations",
            authorizations,
        );
    })
}

/// The device signs these elements.
fn says(draft: Draft, name_space: &str, ids: &[&str]) -> Vec<u8> {
    let elements = ids.iter().map(|id| ((*id).into(), 42.into())).collect();
    let name_spaces = map([(name_space, Value::Map(elements))]);
    let change = |issued: &mut Issued| issued.device_name_spaces = name_spaces;
    respond(draft.issue().with(change))
}

fn authorizations() -> Vec<Case> {
    let accepted = |name_space: &str, id: &str| {
        json!({
            "issuer_signed": elements(&kit::draft().items),
            "device_signed": { (name_space): { (id): "182a" } },
            "proof": "signature",
        })
    };
    let accept = |name, rule, attack, name_space: &str, id: &str| {
        Case::new(name, rule, says(authorized(), name_space, &[id]))
            .attack(attack)
            .accepts([accepted(name_space, id)])
    };
    let reject = |name, rule, attack, response, item: u16| {
        Case::new(name, rule, response)
            .attack(attack)
            .rejects("ElementNotAuthorized", json!({ "item": item }))
    };
    vec![
        accept(
            "accept_device_signed_element",
            "A device signs elements that the MSO authorises.",
            "F3",
            kit::NAME_SPACE,
            "age_in_years",
        ),
        accept(
            "accept_device_signed_name_space",
            "A device signs name spaces that the MSO authorises as a whole.",
            "F3",
            "org.example",
            "anything",
        ),
        accept(
            "accept_device_signed_element_of_same_name",
            "An element of the device never shadows the issuer's of the same name.",
            "F5",
            kit::NAME_SPACE,
            "family_name",
        ),
        reject(
            "device_element_without_authorizations",
            "Without keyAuthorizations a device signs no elements.",
            "F3",
            says(card(), kit::NAME_SPACE, &["age_in_years"]),
            0,
        ),
        reject(
            "device_element_not_authorized",
            "A device signs no element that the MSO does not authorise.",
            "F3",
            says(
                authorized(),
                kit::NAME_SPACE,
                &["age_in_years", "given_name"],
            ),
            1,
        ),
        reject(
            "device_element_authorized_in_another_name_space",
            "An element is authorised in its name space.",
            "F4",
            says(authorized(), "org.evil", &["age_in_years"]),
            0,
        ),
        Case::new(
            "device_name_space_without_elements",
            "A name space of the device is not empty.",
            says(authorized(), "org.example", &[]),
        )
        .attack("F3")
        .undecodable("Empty"),
    ]
}
