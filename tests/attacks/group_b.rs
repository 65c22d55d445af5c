//! B: COSE.

use ciborium::Value;
use vitacard::{DecodeErrorKind::*, Rejected};

use crate::kit::{self, Issued, array, at, encode, map, tag24};
use crate::pki::Key;
use crate::{rejected, unreadable, verify};

const DOCUMENT: u8 = 0;

fn label(label: i64, value: impl Into<Value>) -> Value {
    map([(label, value.into())])
}

/// The response of a card that the issuer signed with these header buckets.
fn with_headers(protected: Value, unprotected: Value) -> Vec<u8> {
    let draft = kit::draft().with(|draft| {
        draft.protected = protected;
        draft.unprotected = unprotected;
    });
    draft.issue().show().response()
}

/// The same after the issuer has signed.
fn tampered(change: impl FnOnce(&mut Issued)) -> Vec<u8> {
    kit::draft().issue().with(change).show().response()
}

/// The response of a card whose device signed with this protected bucket.
fn with_device_header(protected: Value) -> Vec<u8> {
    kit::draft()
        .issue()
        .with(|issued| issued.device_protected = protected)
        .show()
        .response()
}

fn empty() -> Value {
    Value::Map(vec![])
}

#[test]
fn b01_alg_absent_or_unprotected() {
    let missing = Rejected::IssuerAlgMissing { document: DOCUMENT };
    assert_eq!(rejected(&with_headers(empty(), empty())), missing);
    assert_eq!(rejected(&with_headers(empty(), label(1, -7))), missing);
    let missing = Rejected::DeviceAlgMissing { document: DOCUMENT };
    assert_eq!(rejected(&with_device_header(empty())), missing);
    let shown = kit::draft()
        .issue()
        .with(|issued| issued.device_protected = empty())
        .show();
    let shown = shown.with(|shown| {
        let sign1 = at(&mut shown.device_auth, &["deviceSignature"])
            .as_array_mut()
            .unwrap();
        sign1[1] = label(1, -7);
    });
    assert_eq!(rejected(&shown.response()), missing);
}

#[test]
fn b02_alg_in_both_buckets() {
    assert_eq!(
        unreadable(&with_headers(label(1, -7), label(1, -35))),
        LabelTwice
    );
    assert_eq!(
        unreadable(&with_headers(label(1, -7), label(1, -7))),
        LabelTwice
    );
}

#[test]
fn b03_critical_headers() {
    let alg = (Value::from(1), Value::from(-7));
    let crit = |labels: Value| Value::Map(vec![alg.clone(), (2.into(), labels)]);
    for labels in [
        array([Value::from(99)]),
        array([Value::from("unknown")]),
        array([Value::from(33)]),
        array([]),
        Value::from(1),
        array([Value::from(1), Value::from(2)]),
    ] {
        assert_eq!(
            unreadable(&with_headers(crit(labels), empty())),
            CriticalHeader
        );
    }
    assert_eq!(
        unreadable(&with_headers(
            label(1, -7),
            label(2, array([Value::from(1)]))
        )),
        CriticalHeader
    );
    assert_eq!(
        verify(&with_headers(crit(array([Value::from(1)])), empty()))
            .unwrap()
            .len(),
        3
    );
    let device = with_device_header(crit(array([Value::from(99)])));
    assert_eq!(unreadable(&device), CriticalHeader);
}

#[test]
fn b04_duplicate_labels() {
    let twice = Value::Map(vec![(1.into(), (-7).into()), (1.into(), (-35).into())]);
    assert_eq!(
        unreadable(&with_headers(twice.clone(), empty())),
        DuplicateKey
    );
    assert_eq!(unreadable(&with_headers(label(1, -7), twice)), DuplicateKey);
    // Across buckets, for a label of no meaning to us.
    let signed = Value::Map(vec![(1.into(), (-7).into()), ("x".into(), 1.into())]);
    assert_eq!(
        unreadable(&with_headers(signed, map([("x", Value::from(2))]))),
        LabelTwice
    );
}

#[test]
fn b05_another_structure() {
    let mut document = kit::draft().issue().show().document();
    let auth = at(&mut document, &["issuerSigned", "issuerAuth"]);
    *auth = Value::Tag(17, Box::new(auth.clone()));
    assert_eq!(
        unreadable(&encode(&kit::response([document]))),
        UnexpectedType
    );
    let mut document = kit::draft().issue().show().document();
    let auth = at(&mut document, &["issuerSigned", "issuerAuth"]);
    *auth = Value::Tag(18, Box::new(auth.clone()));
    assert_eq!(
        verify(&encode(&kit::response([document]))).unwrap().len(),
        3,
        "tag 18 is tolerated"
    );
    // A COSE_Sign1 given as COSE_Mac0 names a signature algorithm, and no reader key helps it.
    let shown = kit::draft().issue().show().with(|shown| {
        let sign1 = at(&mut shown.device_auth, &["deviceSignature"]).clone();
        shown.device_auth = map([("deviceMac", sign1)]);
    });
    assert!(matches!(
        verify(&shown.response()),
        Err(vitacard::Error::Misuse(_))
    ));
    // The context string is signed: "MAC0" and "Signature" are not "Signature1".
    for context in ["MAC0", "Signature", "CounterSignature"] {
        let issued = kit::draft().issue();
        let protected = issued.issuer_auth[0].as_bytes().unwrap().clone();
        let payload = issued.issuer_auth[2].clone();
        let message = encode(&array([
            context.into(),
            Value::Bytes(protected),
            Value::Bytes(vec![]),
            payload,
        ]));
        let signature = Key::from_seed("issuer").sign_raw(&message);
        let issued = issued.with(|issued| issued.issuer_auth[3] = Value::Bytes(signature.to_vec()));
        assert_eq!(
            rejected(&issued.show().response()),
            Rejected::IssuerSignature { document: DOCUMENT }
        );
    }
}

#[test]
fn b06_changed_alg() {
    let unsupported = Rejected::IssuerAlgUnsupported { document: DOCUMENT };
    for alg in [-35, -36, -8, -9, 5, 0, -37, -257, 1] {
        assert_eq!(
            rejected(&with_headers(label(1, alg), empty())),
            unsupported,
            "signed {alg}"
        );
        let changed =
            tampered(|issued| issued.issuer_auth[0] = Value::Bytes(encode(&label(1, alg))));
        assert_eq!(rejected(&changed), unsupported, "changed to {alg}");
        let device = with_device_header(label(1, alg));
        assert_eq!(
            rejected(&device),
            Rejected::DeviceAlgUnsupported { document: DOCUMENT }
        );
    }
    assert_eq!(
        unreadable(&with_headers(label(1, "ES256"), empty())),
        UnexpectedType
    );
}

#[test]
fn b07_protected_attribute_added_or_removed() {
    let signature = Rejected::IssuerSignature { document: DOCUMENT };
    let more = Value::Map(vec![(1.into(), (-7).into()), (99.into(), 1.into())]);
    let added = tampered(|issued| issued.issuer_auth[0] = Value::Bytes(encode(&more)));
    assert_eq!(rejected(&added), signature);
    let draft = kit::draft().with(|draft| draft.protected = more);
    let removed = draft
        .issue()
        .with(|issued| issued.issuer_auth[0] = Value::Bytes(encode(&label(1, -7))));
    assert_eq!(rejected(&removed.show().response()), signature);
}

/// An empty bucket is `40`, and `41a0` in some libraries; neither names an algorithm.
#[test]
fn b08_empty_protected_bucket() {
    for protected in [vec![], vec![0xa0]] {
        let response = tampered(|issued| issued.issuer_auth[0] = Value::Bytes(protected));
        assert_eq!(
            rejected(&response),
            Rejected::IssuerAlgMissing { document: DOCUMENT }
        );
    }
}

#[test]
fn b09_payload_detached_or_attached() {
    let nil = tampered(|issued| issued.issuer_auth[2] = Value::Null);
    assert_eq!(
        rejected(&nil),
        Rejected::IssuerPayloadMissing { document: DOCUMENT }
    );
    let attach = |payload: Vec<u8>| {
        kit::draft().issue().show().with(|shown| {
            let sign1 = at(&mut shown.device_auth, &["deviceSignature"])
                .as_array_mut()
                .unwrap();
            sign1[2] = Value::Bytes(payload);
        })
    };
    let name_spaces = encode(&tag24(vec![0xa0]));
    let computed =
        kit::device_authentication(&kit::transcript(), &kit::DOC_TYPE.into(), &name_spaces);
    assert_eq!(
        verify(&attach(computed.clone()).response()).unwrap().len(),
        3,
        "equal: tolerated"
    );
    let payload = Rejected::DevicePayload { document: DOCUMENT };
    assert_eq!(rejected(&attach(vec![]).response()), payload);
    assert_eq!(
        rejected(&attach(computed[1..].to_vec()).response()),
        payload
    );
    assert_eq!(
        rejected(&attach([computed, vec![0]].concat()).response()),
        payload
    );
}

#[test]
fn b10_external_aad() {
    let issued = kit::draft().issue();
    let message = encode(&array([
        "Signature1".into(),
        issued.issuer_auth[0].clone(),
        Value::Bytes(b"aad".to_vec()),
        issued.issuer_auth[2].clone(),
    ]));
    let signature = Key::from_seed("issuer").sign_raw(&message);
    let issued = issued.with(|issued| issued.issuer_auth[3] = Value::Bytes(signature.to_vec()));
    assert_eq!(
        rejected(&issued.show().response()),
        Rejected::IssuerSignature { document: DOCUMENT }
    );
}

#[test]
fn b11_signature_encodings_and_ranges() {
    let order =
        hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    let good = kit::draft().issue().issuer_auth[3]
        .as_bytes()
        .unwrap()
        .clone();
    let der = {
        let issued = kit::draft().issue();
        let payload = issued.issuer_auth[2].as_bytes().unwrap().clone();
        let protected = issued.issuer_auth[0].as_bytes().unwrap().clone();
        Key::from_seed("issuer").sign_der(&kit::sig_structure(&protected, &payload))
    };
    let (r, s) = good.split_at(32);
    let zero = [0; 32];
    for signature in [
        vec![],
        der,
        good[..63].to_vec(),
        [&good[..], &[0]].concat(),
        [&[0], &good[..]].concat(),
        vec![0; 64],
        [&zero, s].concat(),
        [r, &zero].concat(),
        [&order, s].concat(),
        [r, &order].concat(),
        vec![0xff; 64],
        [r, r].concat(),
        [s, r].concat(),
    ] {
        let response = tampered(|issued| issued.issuer_auth[3] = Value::Bytes(signature));
        assert_eq!(
            rejected(&response),
            Rejected::IssuerSignature { document: DOCUMENT }
        );
    }
}

/// (r, n − s) is the other valid signature. Must accept, and never treat it as another card.
#[test]
fn b12_the_other_s() {
    let other = |signature: &[u8]| {
        let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
        let (r, s) = signature.split_scalars();
        p256::ecdsa::Signature::from_scalars(r, -s)
            .unwrap()
            .to_bytes()
            .to_vec()
    };
    let response = tampered(|issued| {
        let signature = other(issued.issuer_auth[3].as_bytes().unwrap());
        issued.issuer_auth[3] = Value::Bytes(signature);
    });
    assert_eq!(verify(&response), verify(&kit::good()));
}

#[test]
fn b13_malformed_device_keys() {
    let with_key = |key: Value| {
        let draft =
            kit::draft().with(|draft| *at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]) = key);
        draft.issue().show().response()
    };
    let edit = |label: i64, value: Value| {
        let mut key = kit::cose_key("device");
        let entries = key.as_map_mut().unwrap();
        entries.retain(|(name, _)| *name != label.into());
        entries.push((label.into(), value));
        key
    };
    let x = Key::from_seed("device").public_sec1()[1..33].to_vec();
    let mut without_y = kit::cose_key("device");
    without_y.as_map_mut().unwrap().pop();
    for key in [
        edit(-2, Value::Bytes(x[..31].to_vec())),
        edit(-2, Value::Bytes([&[0], &x[..]].concat())),
        edit(-2, Value::Bytes(vec![7; 32])),
        edit(-3, Value::Bytes(x.clone())),
        edit(-3, Value::Bool(true)),
        edit(-3, Value::Bool(false)),
        edit(-4, Value::Bytes(vec![1; 32])),
        edit(1, Value::from(1)),
        edit(1, Value::from(3)),
        edit(-1, Value::from(2)),
        edit(-1, Value::from(6)),
        edit(-1, Value::from(8)),
        edit(-2, Value::Bytes(vec![0xff; 32])),
        without_y,
        Value::Map(vec![]),
        Value::Null,
    ] {
        assert_eq!(
            rejected(&with_key(key)),
            Rejected::DeviceKey { document: DOCUMENT }
        );
    }
    let use_of = |label: i64, value: Value| rejected(&with_key(edit(label, value)));
    let other_use = Rejected::DeviceKeyUse { document: DOCUMENT };
    assert_eq!(
        use_of(4, array([Value::from(1)])),
        other_use,
        "key_ops without verify"
    );
    assert_eq!(
        use_of(4, array([Value::from(7)])),
        other_use,
        "key_ops of agreement"
    );
    assert_eq!(use_of(4, array([])), other_use);
    assert_eq!(use_of(3, Value::from(-25)), other_use, "a key of ECDH");
    assert_eq!(
        use_of(3, Value::from(-35)),
        other_use,
        "a key of another algorithm"
    );
    let named = edit(2, Value::from("a kid as text"));
    assert_eq!(
        verify(&with_key(named)).unwrap().len(),
        3,
        "what we do not use is ignored"
    );
    let verifying = edit(4, array([Value::from(2)]));
    assert_eq!(verify(&with_key(verifying)).unwrap().len(), 3);
}

#[test]
fn b14_64_000_labels() {
    let labels = (100..64_100).map(|label: u32| (Value::from(label), Value::Null));
    let many = Value::Map(labels.collect());
    assert_eq!(
        unreadable(&with_headers(label(1, -7), many.clone())),
        TooMany
    );
    assert_eq!(unreadable(&with_headers(many, empty())), TooMany);
}
