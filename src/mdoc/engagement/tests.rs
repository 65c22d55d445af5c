use std::vec::Vec;

use super::*;
use crate::crypto::{AgreementKey as _, RUSTCRYPTO, Secret, SoftwareAgreementKey};
use crate::vectors;

fn key() -> PublicKey {
    SoftwareAgreementKey::from_bytes(&[5; 32])
        .unwrap()
        .public_key()
}

/// An engagement whose fields are written as given.
fn engagement(version: &str, suite: i64, key: &[u8], methods: Option<&[u8]>) -> Vec<u8> {
    let mut out = Writer::new();
    out.map(if methods.is_some() { 5 } else { 4 });
    out.int(-7).text("ours").uint(0).text(version);
    out.uint(1).array(2).int(suite).embedded(key);
    if let Some(methods) = methods {
        out.uint(2).raw(methods);
    }
    out.uint(6).map(0);
    out.into_bytes()
}

fn kind_of(bytes: &[u8]) -> DecodeErrorKind {
    match DeviceEngagement::parse(bytes) {
        Err(Error::Decode(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn annex_d_qr_code_is_read_and_written() {
    let Some(bytes) = vectors::annex_d("D.3.1_device_engagement_qr") else {
        return;
    };
    let engagement = DeviceEngagement::parse(&bytes).unwrap();
    assert_eq!(engagement.version(), "1.0");
    let uuid = *b"\x45\xef\xef\x74\x2b\x2c\x48\x37\xa9\xa3\xb0\xe1\xd0\x5a\x69\x17";
    let ble = RetrievalMethod::Ble(BleOptions::default().with_central_client(uuid));
    assert!(engagement.retrieval_methods().eq([ble]));
    assert_eq!(
        encode_engagement(engagement.device_key(), &[ble]),
        Ok(bytes.clone())
    );
    let uri = engagement.to_uri();
    assert_eq!(DeviceEngagement::bytes_from_uri(&uri), Ok(bytes));
}

#[test]
fn every_method_round_trips() {
    let all = BleOptions::default()
        .with_peripheral_server([1; 16])
        .with_central_client([2; 16])
        .with_address([3; 6])
        .with_psm(0x80);
    let methods = [
        RetrievalMethod::Nfc {
            max_command: 255,
            max_response: 0x1_0000,
        },
        RetrievalMethod::Ble(all),
        RetrievalMethod::Ble(BleOptions::default()),
        RetrievalMethod::Other {
            kind: 3,
            version: 1,
            options: &[0xa1, 0, 0x61, b'p'],
        },
        RetrievalMethod::Other {
            kind: 2,
            version: 2,
            options: &[0x80],
        },
    ];
    let bytes = encode_engagement(&key(), &methods).unwrap();
    let engagement = DeviceEngagement::parse(&bytes).unwrap();
    assert!(engagement.retrieval_methods().eq(methods));
    assert_eq!(engagement.as_bytes(), bytes);
}

#[test]
fn options_of_an_unknown_method_are_cbor() {
    let method = RetrievalMethod::Other {
        kind: 3,
        version: 1,
        options: &[0xa1],
    };
    assert_eq!(
        encode_engagement(&key(), &[method]),
        Err(Misuse::ValueNotEncodable)
    );
}

#[test]
fn what_we_do_not_know_is_ignored() {
    let bytes = engagement("1.17", 1, &encode_key(&key()), None);
    let engagement = DeviceEngagement::parse(&bytes).unwrap();
    assert_eq!(
        (engagement.version(), engagement.device_key()),
        ("1.17", &key())
    );
    assert_eq!(engagement.retrieval_methods().count(), 0);
}

#[test]
fn a_compressed_key_is_read() {
    let key = key();
    let (x, y) = key.coordinates();
    let odd = y.unwrap()[31] & 1 == 1;
    let mut out = Writer::new();
    out.map(4).int(1).int(2).int(-1).int(1);
    out.int(-2).byte_string(x).int(-3).boolean(odd);
    let bytes = engagement("1.0", 1, out.as_slice(), None);
    assert_eq!(*DeviceEngagement::parse(&bytes).unwrap().device_key(), key);
}

#[test]
fn what_is_no_engagement_is_refused() {
    use DecodeErrorKind::*;
    let key = encode_key(&key());
    for version in ["2.0", "1", "1.", "", "1.x", "10.0"] {
        assert_eq!(
            kind_of(&engagement(version, 1, &key, None)),
            UnknownVersion,
            "{version}"
        );
    }
    assert_eq!(kind_of(&engagement("1.0", 2, &key, None)), OutOfRange);
    let mut off_curve = key.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    assert_eq!(kind_of(&engagement("1.0", 1, &off_curve, None)), BadKey);
    let methods = |methods: &[u8]| kind_of(&engagement("1.0", 1, &key, Some(methods)));
    assert_eq!(methods(&[0x80]), Empty);
    assert_eq!(methods(&[0xa0]), UnexpectedType);
    assert_eq!(methods(&[0x81, 0x82, 2, 1]), UnexpectedType);
    assert_eq!(methods(&[0x81, 0x83, 2, 1, 0xa1, 10, 0x41, 7]), OutOfRange);
    assert_eq!(methods(&[0x81, 0x83, 2, 1, 0xa1, 0, 1]), UnexpectedType);
    assert_eq!(methods(&[0x81, 0x83, 1, 1, 0xa0]), MissingKey);
    assert_eq!(kind_of(&[0xa1, 0, 0x63, b'1', b'.', b'0']), MissingKey);
    assert_eq!(kind_of(&[0xa0]), MissingKey);
    assert_eq!(kind_of(&[]), Truncated);
}

#[test]
fn uris() {
    let bytes = encode_engagement(&key(), &[]).unwrap();
    let uri = uri::write(&bytes);
    let upper = uri.replacen("mdoc", "MDOC", 1);
    assert_eq!(DeviceEngagement::bytes_from_uri(&upper), Ok(bytes));
    // No scheme, no text, another scheme, padding, the other alphabet, stray bits at the end.
    for bad in [
        "",
        "mdo",
        "mdoc:",
        "mdl:AAAA",
        "mdoc:AA==",
        "mdoc:+/+/",
        "mdoc:AB",
        "mdoc:A",
        "mdöc:AA",
    ] {
        let refused = DeviceEngagement::bytes_from_uri(bad);
        assert_eq!(refused.map_err(Error::reason), Err("BadUri"), "{bad}");
    }
}

#[test]
fn ble_ident_is_hkdf_over_the_received_key_bytes() {
    let bytes = encode_engagement(&key(), &[]).unwrap();
    let engagement = DeviceEngagement::parse(&bytes).unwrap();
    let hmac = |key, data: &[&[u8]]| RUSTCRYPTO.kdf.hmac_sha256(&key, data);
    let prk = hmac(Secret::new([0; 32]), &[engagement.device_key_bytes()]);
    let okm = hmac(prk, &[b"BLEIdent", &[1]]);
    assert_eq!(
        engagement.ble_ident(&RUSTCRYPTO).unwrap(),
        okm.expose()[..16]
    );
    assert_eq!(engagement.device_key_bytes()[..2], [0xd8, 0x18]);
}
