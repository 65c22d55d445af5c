//! Group B: headers, signatures and keys.

use ciborium::Value;

use crate::case::{
    Case, Row, card, garbled, rejected, respond, show, signed, tampered, transcript, undecodable,
};
use crate::kit::{self, array, at, encode, insert, map, tag24};
use crate::pki::Key;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = undecodable(headers());
    cases.extend(rejected(algorithms()));
    cases.extend(rejected(signatures()));
    cases.extend(rejected(device_keys()));
    cases
}

fn label(label: i64, value: impl Into<Value>) -> Value {
    map([(label, value.into())])
}

/// A good card whose issuer signed with this protected bucket.
fn protected(value: Value) -> Vec<u8> {
    signed(|draft| draft.protected = value)
}

/// A good card whose device signed with this protected bucket.
fn device_protected(value: Value) -> Vec<u8> {
    tampered(|issued| issued.device_protected = value)
}

fn headers() -> Vec<Row> {
    let with_crit = |labels: Value| Value::Map(vec![(1.into(), (-7).into()), (2.into(), labels)]);
    let crit = |labels: Value| protected(with_crit(labels));
    let unprotected = |key: i64, value: Value| signed(|d| insert(&mut d.unprotected, key, value));
    let twice = Value::Map(vec![(1.into(), (-7).into()), (1.into(), (-35).into())]);
    let many = |from: i64| {
        (from..from + 33)
            .map(|label| (label.into(), Value::Null))
            .collect()
    };
    let tag_17 = || {
        let mut document = show(card().issue()).document();
        let auth = at(&mut document, &["issuerSigned", "issuerAuth"]);
        *auth = Value::Tag(17, Box::new(auth.clone()));
        encode(&kit::response([document]))
    };
    vec![
        (
            "alg_in_both_buckets",
            "A label stands in one bucket.",
            "B2",
            unprotected(1, (-35).into()),
            "LabelTwice",
        ),
        (
            "alg_in_both_buckets_equal",
            "A label stands in one bucket, also with the same value.",
            "B2",
            unprotected(1, (-7).into()),
            "LabelTwice",
        ),
        (
            "x5chain_in_both_buckets",
            "A label stands in one bucket, x5chain too.",
            "B4",
            signed(|d| insert(&mut d.protected, 33, Value::Bytes(vec![0x30]))),
            "LabelTwice",
        ),
        (
            "text_label_in_both_buckets",
            "A label stands in one bucket, also if it is a text.",
            "B4",
            signed(|d| {
                insert(&mut d.protected, "x", 1.into());
                insert(&mut d.unprotected, "x", 2.into());
            }),
            "LabelTwice",
        ),
        (
            "duplicate_label",
            "A bucket holds each label once.",
            "B4",
            protected(twice),
            "DuplicateKey",
        ),
        (
            "crit_label_unknown",
            "A critical label must be understood.",
            "B3",
            crit(array([99.into()])),
            "CriticalHeader",
        ),
        (
            "crit_text_label_unknown",
            "A critical label that is a text is not understood.",
            "B3",
            crit(array(["unknown".into()])),
            "CriticalHeader",
        ),
        (
            "crit_label_not_there",
            "A critical label must be there.",
            "B3",
            crit(array([33.into()])),
            "CriticalHeader",
        ),
        (
            "crit_empty",
            "An empty crit is none.",
            "B3",
            crit(array([])),
            "CriticalHeader",
        ),
        (
            "crit_not_an_array",
            "crit is an array.",
            "B3",
            crit(1.into()),
            "CriticalHeader",
        ),
        (
            "crit_unprotected",
            "crit is protected.",
            "B3",
            unprotected(2, array([1.into()])),
            "CriticalHeader",
        ),
        (
            "device_crit_label_unknown",
            "A critical label must be understood, in deviceAuth too.",
            "B3",
            device_protected(with_crit(array([99.into()]))),
            "CriticalHeader",
        ),
        (
            "too_many_protected_labels",
            "A bucket holds 32 labels at most.",
            "B14",
            protected(Value::Map(many(100))),
            "TooMany",
        ),
        (
            "too_many_unprotected_labels",
            "A bucket holds 32 labels at most, unprotected too.",
            "B14",
            signed(|d| d.unprotected = Value::Map(many(100))),
            "TooMany",
        ),
        (
            "alg_is_text",
            "alg is an integer.",
            "B6",
            protected(label(1, "ES256")),
            "UnexpectedType",
        ),
        (
            "alg_of_64_bits",
            "alg is an integer of 63 bits.",
            "A15",
            protected(label_of(u64::MAX)),
            "OutOfRange",
        ),
        (
            "issuer_auth_with_tag_of_mac0",
            "A COSE_Mac0 is no COSE_Sign1.",
            "B5",
            tag_17(),
            "UnexpectedType",
        ),
        (
            "issuer_auth_of_three",
            "A COSE_Sign1 has four parts.",
            "B5",
            tampered(|i| drop(i.issuer_auth.pop())),
            "UnexpectedType",
        ),
    ]
}

fn label_of(alg: u64) -> Value {
    map([(1, alg.into())])
}

fn algorithms() -> Vec<Row> {
    let changed = |alg: i64| tampered(|i| i.issuer_auth[0] = Value::Bytes(encode(&label(1, alg))));
    let empty = || Value::Map(vec![]);
    let bucket = |bytes: &[u8]| tampered(|i| i.issuer_auth[0] = Value::Bytes(bytes.to_vec()));
    let device_unprotected = || {
        let shown = show(card().issue().with(|i| i.device_protected = empty()));
        let shown = shown.with(|shown| {
            let sign1 = at(&mut shown.device_auth, &["deviceSignature"]);
            sign1.as_array_mut().expect("an array")[1] = label(1, -7);
        });
        shown.response()
    };
    vec![
        (
            "alg_missing",
            "The issuer's signature names its algorithm.",
            "B1",
            protected(empty()),
            "IssuerAlgMissing",
        ),
        (
            "alg_unprotected",
            "An algorithm that is not protected is none.",
            "B1",
            signed(|d| {
                d.protected = empty();
                insert(&mut d.unprotected, 1, (-7).into());
            }),
            "IssuerAlgMissing",
        ),
        (
            "alg_label_is_text",
            "The text 1 is not the label 1.",
            "A7",
            protected(map([("1", Value::from(-7))])),
            "IssuerAlgMissing",
        ),
        (
            "protected_bucket_of_no_bytes",
            "An empty protected bucket names no algorithm.",
            "B8",
            bucket(&[]),
            "IssuerAlgMissing",
        ),
        (
            "protected_bucket_of_empty_map",
            "A protected bucket 41a0 names no algorithm.",
            "B8",
            bucket(&[0xa0]),
            "IssuerAlgMissing",
        ),
        (
            "alg_es384_of_p256_key",
            "ES384 does not go with a key on P-256.",
            "B6",
            protected(label(1, -35)),
            "IssuerAlgUnsupported",
        ),
        (
            "alg_eddsa_of_p256_key",
            "EdDSA does not go with a key on P-256.",
            "B6",
            protected(label(1, -8)),
            "IssuerAlgUnsupported",
        ),
        (
            "alg_hmac",
            "A MAC is no signature.",
            "B6",
            protected(label(1, 5)),
            "IssuerAlgUnsupported",
        ),
        (
            "alg_rs256",
            "RS256 is no algorithm of cards.",
            "B6",
            protected(label(1, -257)),
            "IssuerAlgUnsupported",
        ),
        (
            "alg_changed_to_es384",
            "An algorithm that was changed after signing does not hold.",
            "B6",
            changed(-35),
            "IssuerAlgUnsupported",
        ),
        (
            "device_alg_missing",
            "The device signature names its algorithm.",
            "F8",
            device_protected(empty()),
            "DeviceAlgMissing",
        ),
        (
            "device_alg_unprotected",
            "The device's algorithm that is not protected is none.",
            "B1",
            device_unprotected(),
            "DeviceAlgMissing",
        ),
        (
            "device_alg_es384_of_p256_key",
            "ES384 does not go with a device key on P-256.",
            "B6",
            device_protected(label(1, -35)),
            "DeviceAlgUnsupported",
        ),
        (
            "device_alg_hmac_in_signature",
            "A MAC algorithm is none of a device signature.",
            "B6",
            device_protected(label(1, 5)),
            "DeviceAlgUnsupported",
        ),
    ]
}

fn signatures() -> Vec<Row> {
    let order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let order = order.expect("hex");
    let issued = card().issue();
    let part = |index: usize| issued.issuer_auth[index].as_bytes().expect("bytes").clone();
    let (bucket, payload, good) = (part(0), part(2), part(3));
    let (r, s) = good.split_at(32);
    let zero = [0; 32];
    let issuer = Key::from_seed("issuer");
    let der = issuer.sign_der(&kit::sig_structure(&bucket, &payload));
    let by = |signature: &[u8]| {
        tampered(|issued| issued.issuer_auth[3] = Value::Bytes(signature.to_vec()))
    };
    let over = |context: &str, aad: &[u8]| {
        let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
        let message = array([context.into(), bytes(&bucket), bytes(aad), bytes(&payload)]);
        by(&issuer.sign_raw(&encode(&message)))
    };
    let more = || Value::Map(vec![(1.into(), (-7).into()), (99.into(), 1.into())]);
    let removed = || {
        let issued = card().with(|draft| draft.protected = more()).issue();
        respond(issued.with(|i| i.issuer_auth[0] = Value::Bytes(bucket.clone())))
    };
    let attached = |payload: Vec<u8>| {
        garbled(|shown| {
            let sign1 = at(&mut shown.device_auth, &["deviceSignature"]);
            sign1.as_array_mut().expect("an array")[2] = Value::Bytes(payload);
        })
    };
    let name_spaces = encode(&tag24(vec![0xa0]));
    let computed = kit::device_authentication(&transcript(), &kit::DOC_TYPE.into(), &name_spaces);
    const NO: &str = "IssuerSignature";
    vec![
        (
            "issuer_signature_by_another_key",
            "The key of the certificate signed the card.",
            "B11",
            signed(|d| d.issuer = "attacker"),
            NO,
        ),
        (
            "issuer_signature_of_no_bytes",
            "An empty signature is none.",
            "B11",
            by(&[]),
            NO,
        ),
        (
            "issuer_signature_in_der",
            "COSE has signatures of fixed length, not DER.",
            "B11",
            by(&der),
            NO,
        ),
        (
            "issuer_signature_of_63_bytes",
            "A signature by ES256 has 64 bytes, not 63.",
            "B11",
            by(&good[..63]),
            NO,
        ),
        (
            "issuer_signature_of_65_bytes",
            "A signature by ES256 has 64 bytes, not 65.",
            "B11",
            by(&[&good[..], &[0]].concat()),
            NO,
        ),
        (
            "issuer_signature_of_zeros",
            "r = s = 0 is no signature.",
            "B11",
            by(&[0; 64]),
            NO,
        ),
        (
            "issuer_signature_with_r_zero",
            "r is not 0.",
            "B11",
            by(&[&zero, s].concat()),
            NO,
        ),
        (
            "issuer_signature_with_s_zero",
            "s is not 0.",
            "B11",
            by(&[r, &zero].concat()),
            NO,
        ),
        (
            "issuer_signature_with_r_of_order",
            "r is below the order.",
            "B11",
            by(&[&order, s].concat()),
            NO,
        ),
        (
            "issuer_signature_with_s_of_order",
            "s is below the order.",
            "B11",
            by(&[r, &order].concat()),
            NO,
        ),
        (
            "issuer_signature_swapped",
            "r comes before s.",
            "B11",
            by(&[s, r].concat()),
            NO,
        ),
        (
            "context_of_mac0",
            "The context of a COSE_Sign1 is Signature1, not MAC0.",
            "B5",
            over("MAC0", &[]),
            NO,
        ),
        (
            "context_of_sign",
            "The context of a COSE_Sign1 is Signature1, not Signature.",
            "B5",
            over("Signature", &[]),
            NO,
        ),
        (
            "external_aad",
            "There is no external_aad.",
            "B10",
            over("Signature1", b"aad"),
            NO,
        ),
        (
            "protected_attribute_added",
            "The protected bucket is signed: nothing is added.",
            "B7",
            tampered(|i| i.issuer_auth[0] = Value::Bytes(encode(&more()))),
            NO,
        ),
        (
            "protected_attribute_removed",
            "The protected bucket is signed: nothing is removed.",
            "B7",
            removed(),
            NO,
        ),
        (
            "payload_changed",
            "The payload is signed.",
            "B7",
            tampered(|i| {
                let mut payload = payload.clone();
                let last = payload.last_mut().expect("bytes");
                *last = b'Y';
                i.issuer_auth[2] = Value::Bytes(payload);
            }),
            NO,
        ),
        (
            "issuer_payload_missing",
            "The payload of issuerAuth is attached.",
            "B9",
            tampered(|i| i.issuer_auth[2] = Value::Null),
            "IssuerPayloadMissing",
        ),
        (
            "device_payload_of_no_bytes",
            "An attached payload of the device is the computed one, not empty.",
            "B9",
            attached(vec![]),
            "DevicePayload",
        ),
        (
            "device_payload_longer",
            "An attached payload of the device is the computed one, and no longer.",
            "B9",
            attached([computed, vec![0]].concat()),
            "DevicePayload",
        ),
    ]
}

fn device_keys() -> Vec<Row> {
    let with_key = |key: Value| signed(|d| *at(&mut d.mso, &["deviceKeyInfo", "deviceKey"]) = key);
    let edit = |label: i64, value: Value| {
        let mut key = kit::cose_key("device");
        let entries = key.as_map_mut().expect("a map");
        entries.retain(|(name, _)| *name != label.into());
        entries.push((label.into(), value));
        with_key(key)
    };
    let sec1 = Key::from_seed("device").public_sec1();
    let (x, y) = (&sec1[1..33], &sec1[33..]);
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    let text_keys = map([("1", Value::from(2)), ("-1", Value::from(1))]);
    let mut without_y = kit::cose_key("device");
    without_y.as_map_mut().expect("a map").pop();
    const NO: &str = "DeviceKey";
    const USE: &str = "DeviceKeyUse";
    vec![
        (
            "device_key_x_of_31_bytes",
            "A coordinate has 32 bytes, not 31.",
            "B13",
            edit(-2, bytes(&x[..31])),
            NO,
        ),
        (
            "device_key_x_of_33_bytes",
            "A coordinate has 32 bytes, not 33.",
            "B13",
            edit(-2, bytes(&[&[0], x].concat())),
            NO,
        ),
        (
            "device_key_off_curve",
            "A device key lies on its curve.",
            "B13",
            edit(-3, bytes(x)),
            NO,
        ),
        (
            "device_key_above_field",
            "A coordinate is below the prime of the field.",
            "B13",
            edit(-2, bytes(&[0xff; 32])),
            NO,
        ),
        (
            "device_key_without_y",
            "A device key has both coordinates.",
            "B13",
            with_key(without_y),
            NO,
        ),
        (
            "device_key_compressed",
            "A device key is not compressed.",
            "B13",
            edit(-3, Value::Bool(y[31] & 1 == 1)),
            NO,
        ),
        (
            "device_key_with_private_part",
            "A device key has no private part.",
            "B13",
            edit(-4, bytes(&[1; 32])),
            NO,
        ),
        (
            "device_key_type_okp",
            "A key on P-256 is of type EC2.",
            "B13",
            edit(1, 1.into()),
            NO,
        ),
        (
            "device_key_curve_p384",
            "The coordinates of a key fit its curve.",
            "B13",
            edit(-1, 2.into()),
            NO,
        ),
        (
            "device_key_labels_are_text",
            "The text 1 is not the label 1 of a key.",
            "A7",
            with_key(text_keys),
            NO,
        ),
        (
            "device_key_null",
            "A device key is a map.",
            "B13",
            with_key(Value::Null),
            NO,
        ),
        (
            "device_key_ops_without_verify",
            "A key whose operations do not name verify does not verify.",
            "B13",
            edit(4, array([1.into()])),
            USE,
        ),
        (
            "device_key_ops_of_agreement",
            "A key that is meant for key agreement does not sign.",
            "B13",
            edit(4, array([7.into()])),
            USE,
        ),
        (
            "device_key_alg_of_ecdh",
            "A key whose algorithm is ECDH does not sign.",
            "B13",
            edit(3, (-25).into()),
            USE,
        ),
    ]
}
