use std::string::String;
use std::vec;
use std::vec::Vec;

use ciborium::Value;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::crypto::{AgreementKey as _, RUSTCRYPTO, SoftwareAgreementKey};
use crate::mdoc::{HandoverSelect, e_mac_key};
use crate::vectors::{self, annex_d, annex_d_key};

fn reader_key_bytes(establishment: &[u8]) -> &[u8] {
    let item = WellFormed::parse(establishment, MESSAGE_CAP).unwrap();
    let [key] = item.fields(["eReaderKey"]).unwrap();
    key.unwrap().embedded().unwrap().raw()
}

fn to_vec(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).unwrap();
    out
}

fn sha(value: &Value) -> Value {
    Value::Bytes(Sha256::digest(to_vec(value)).to_vec())
}

fn remote_with(handover: Vec<Value>) -> Vec<u8> {
    to_vec(&Value::Array(vec![
        Value::Null,
        Value::Null,
        Value::Array(handover),
    ]))
}

#[test]
fn annex_d_is_written_from_its_pieces() {
    let Some(select) = annex_d("D.3.3_nfc_handover_select") else {
        return;
    };
    let request = annex_d("D.3.2_nfc_handover_request").unwrap();
    let establishment = annex_d("D.5.1_session_establishment").unwrap();
    let engagement = HandoverSelect::parse(&select).unwrap().device_engagement();
    let key = reader_key_bytes(&establishment);
    let transcript = SessionTranscript::nfc(engagement, key, &select, Some(&request)).unwrap();
    let expected = annex_d("D.5.1_session_transcript_bytes").unwrap();
    assert_eq!(transcript.to_tagged_bytes(), expected);
    assert_eq!(
        transcript.salt(&RUSTCRYPTO).unwrap()[..],
        Sha256::digest(&expected)[..]
    );
    let given = SessionTranscript::given(&expected).unwrap();
    assert_eq!(given.to_bytes(), transcript.to_bytes());
    assert_eq!(given.reader_key(), transcript.reader_key());
    assert!(given.reader_key().unwrap().is_some());
}

#[test]
fn annex_d_handover_is_the_messages() {
    let Some(bytes) = annex_d("D.5.1_session_transcript_bytes") else {
        return;
    };
    let item = WellFormed::parse(&bytes, MESSAGE_CAP).unwrap();
    let [_, _, handover] = item.embedded().unwrap().content().tuple().unwrap();
    let [select, request] = handover.tuple().unwrap();
    let message = |name| annex_d(name).unwrap();
    assert_eq!(
        select.byte_string().unwrap(),
        message("D.3.3_nfc_handover_select")
    );
    assert_eq!(
        request.byte_string().unwrap(),
        message("D.3.2_nfc_handover_request")
    );
}

#[test]
fn annex_d_mac_key_from_both_sides() {
    let Some(bytes) = annex_d("D.5.1_session_transcript_bytes") else {
        return;
    };
    let key = |name| SoftwareAgreementKey::from_bytes(&annex_d_key(name).unwrap()).unwrap();
    let (reader, device) = (key("ephemeral_reader_key"), key("static_device_key"));
    let transcript = SessionTranscript::given(&bytes).unwrap();
    let peer = transcript.reader_key().unwrap().unwrap();
    assert_eq!(peer, reader.public_key());
    let zab = annex_d("D.5.3_EMacKey_Zab").unwrap();
    assert!(device.agree(&peer).unwrap().ct_eq(&zab));
    let expected = annex_d("D.5.3_EMacKey_key").unwrap();
    let ours = e_mac_key(&device, &peer, &transcript, &RUSTCRYPTO).unwrap();
    let theirs = e_mac_key(&reader, &device.public_key(), &transcript, &RUSTCRYPTO).unwrap();
    assert!(ours.ct_eq(&expected) && theirs.ct_eq(&expected));
    let structure = annex_d("D.5.3_mac_structure").unwrap();
    let tag = RUSTCRYPTO.kdf.hmac_sha256(&ours, &[&structure]);
    assert!(tag.ct_eq(&annex_d("D.5.3_MAC_tag").unwrap()));
}

#[test]
fn openid4vp_examples() {
    let Some(all) = vectors::read_json("openid4vp_1_0/session_transcripts.json") else {
        return;
    };
    let text = |case: &str, name: &str| String::from(all[case][name].as_str().unwrap());
    let bytes = |case: &str, name: &str| hex::decode(text(case, name)).unwrap();
    let thumbprint: [u8; 32] = bytes("redirect", "jwkThumbprint_hex").try_into().unwrap();
    let redirect = SessionTranscript::openid4vp(
        &text("redirect", "clientId"),
        &text("redirect", "nonce"),
        Some(&thumbprint),
        &text("redirect", "responseUri"),
        &RUSTCRYPTO,
    );
    assert_eq!(
        redirect.unwrap().to_bytes(),
        bytes("redirect", "sessionTranscript_hex")
    );
    let thumbprint: [u8; 32] = bytes("dc_api", "jwkThumbprint_hex").try_into().unwrap();
    let dc_api = SessionTranscript::openid4vp_dc_api(
        &text("dc_api", "origin"),
        &text("dc_api", "nonce"),
        Some(&thumbprint),
        &RUSTCRYPTO,
    );
    assert_eq!(
        dc_api.unwrap().to_bytes(),
        bytes("dc_api", "sessionTranscript_hex")
    );
}

#[test]
fn openid4vp_without_encryption_has_null_for_the_thumbprint() {
    let info = |fields: &[&str]| {
        let mut fields: Vec<Value> = fields.iter().map(|text| (*text).into()).collect();
        fields.insert(2, Value::Null);
        sha(&Value::Array(fields))
    };
    let redirect = SessionTranscript::openid4vp("client", "nonce", None, "uri", &RUSTCRYPTO);
    assert_eq!(
        redirect.unwrap().to_bytes(),
        remote_with(vec![
            "OpenID4VPHandover".into(),
            info(&["client", "nonce", "uri"])
        ])
    );
    let dc_api = SessionTranscript::openid4vp_dc_api("origin", "nonce", None, &RUSTCRYPTO);
    assert_eq!(
        dc_api.unwrap().to_bytes(),
        remote_with(vec![
            "OpenID4VPDCAPIHandover".into(),
            info(&["origin", "nonce"])
        ])
    );
}

#[test]
fn annexes_b_and_c_as_ciborium_writes_them() {
    let pair = |a: &str, b: &str| sha(&Value::Array(vec![a.into(), b.into()]));
    let long = "https://reader.example/response?".repeat(20);
    let b =
        SessionTranscript::annex_b("client", &long, "nonce", "mdoc nonce", &RUSTCRYPTO).unwrap();
    let expected = remote_with(vec![
        pair("client", "mdoc nonce"),
        pair(&long, "mdoc nonce"),
        "nonce".into(),
    ]);
    assert_eq!(b.to_bytes(), expected);
    let c = SessionTranscript::annex_c("ZW5jcnlwdGlvbg", "https://reader.example", &RUSTCRYPTO);
    let expected = remote_with(vec![
        "dcapi".into(),
        pair("ZW5jcnlwdGlvbg", "https://reader.example"),
    ]);
    assert_eq!(c.unwrap().to_bytes(), expected);
    assert_eq!(b.reader_key(), Ok(None));
    let tagged = Value::Tag(24, Value::Bytes(b.to_bytes()).into());
    assert_eq!(b.to_tagged_bytes(), to_vec(&tagged));
}

#[test]
fn given_bytes_stay_as_they_are() {
    // The array's head and the tag's heads are longer than they need be.
    let array = [0x98, 3, 0xf6, 0xf6, 0xf6];
    let tagged = [0xd9, 0, 24, 0x58, 5, 0x98, 3, 0xf6, 0xf6, 0xf6];
    let untagged = SessionTranscript::given(&array).unwrap();
    assert_eq!(untagged.to_bytes(), array);
    assert_eq!(
        untagged.to_tagged_bytes(),
        [&[0xd8, 0x18, 0x45], &array[..]].concat()
    );
    let given = SessionTranscript::given(&tagged).unwrap();
    assert_eq!(given.to_bytes(), array);
    assert_eq!(given.to_tagged_bytes(), tagged);
    assert_eq!(
        given.salt(&RUSTCRYPTO).unwrap()[..],
        Sha256::digest(tagged)[..]
    );
    assert_eq!(given.reader_key(), Ok(None));
}

#[test]
fn what_is_no_transcript_is_refused() {
    for bytes in [
        &[][..],
        &[0x82, 0xf6, 0xf6],
        &[0x84, 0xf6, 0xf6, 0xf6, 0xf6],
        &[0x83, 0xf6, 0xf6],
        &[0x83, 0xf6, 0xf6, 0xf6, 0],
        &[0xc1, 0x83, 0xf6, 0xf6, 0xf6],
        &[0x44, 0x83, 0xf6, 0xf6, 0xf6],
    ] {
        let refused = SessionTranscript::given(bytes).map(drop);
        assert_eq!(refused, Err(Misuse::InvalidTranscript), "{bytes:02x?}");
    }
    let refused = SessionTranscript::qr(&[0xa1], &[0xa0]).map(drop);
    assert_eq!(refused, Err(Misuse::InvalidTranscript));
}

#[test]
fn a_tagged_piece_keeps_its_heads() {
    let key = [0xd8, 24, 0x58, 1, 0xa0];
    let transcript = SessionTranscript::qr(&[0xa0], &key).unwrap();
    let expected = [&[0x83, 0xd8, 24, 0x41, 0xa0][..], &key, &[0xf6]].concat();
    assert_eq!(transcript.to_bytes(), expected);
}

#[test]
fn static_handover_ends_with_null() {
    let transcript = SessionTranscript::nfc(&[0xa0], &[0xa0], b"Hs", None).unwrap();
    let item = [&[0xd8, 24, 0x41, 0xa0][..]; 2].concat();
    let expected = [&[0x83], &item[..], b"\x82\x42Hs\xf6"].concat();
    assert_eq!(transcript.to_bytes(), expected);
}
