//! Responses of real wallets, ISO's own example and other libraries' test data.
#![cfg(all(feature = "rustcrypto", feature = "std"))]

mod vectors;

use vitacard::crypto::{PublicKey, RUSTCRYPTO, SoftwareAgreementKey};
use vitacard::reader::{
    Conditions, DeviceProof, DeviceResponse, Exchange, Policy, Presenter, Reader, Standing,
};
use vitacard::trust::TrustAnchors;
use vitacard::{Error, Rejected, SessionTranscript, UnixTime, unix_time};

/// The tool's policy: issuers without status are read.
fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    policy
}

fn pinned(key: PublicKey) -> Reader {
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(key);
    Reader::new(RUSTCRYPTO, anchors)
}

/// Verifies and hands the element identifiers out, with how possession was proved.
fn verify(
    reader: &Reader,
    response: &[u8],
    transcript: &[u8],
    reader_key: Option<&SoftwareAgreementKey>,
    now: UnixTime,
) -> Result<(Vec<String>, DeviceProof), Error> {
    let policy = policy();
    let transcript = SessionTranscript::given(transcript)?;
    let mut exchange = Exchange::new(&transcript, Conditions::new(now, &policy));
    if let Some(key) = reader_key {
        exchange = exchange.with_reader_key(key);
    }
    let verified = reader.verify(DeviceResponse::parse(response)?, &exchange)?;
    let document = verified.documents().next().expect("a document");
    assert_eq!(document.presenter(), Presenter::Holder);
    assert_eq!(document.standing(), Standing::Secured);
    let ids = document
        .elements()
        .map(|element| element.id().to_string())
        .collect();
    Ok((ids, document.proof()))
}

/// `YYYY-MM-DDThh:mm:ssZ`, read by another implementation than ours.
fn time(text: &str) -> UnixTime {
    let time: x509_cert::der::DateTime = text.parse().expect("a date");
    unix_time(time.unix_duration().as_secs())
}

fn key_of(json: &serde_json::Value) -> PublicKey {
    let coordinate = |name: &str| {
        let text = json[name]
            .as_str()
            .expect("a coordinate")
            .trim_start_matches("0x");
        hex::decode(format!("{text:0>64}")).expect("hex")
    };
    let sec1 = [
        vec![4],
        coordinate("issuer_pk_x"),
        coordinate("issuer_pk_y"),
    ]
    .concat();
    PublicKey::p256(&sec1).expect("a point")
}

#[test]
fn longfellow_responses_verify_with_a_pinned_key() {
    for n in [0, 2, 3, 4, 5, 7, 10, 11, 12, 15] {
        let name = |end: &str| format!("longfellow_mdoc_examples/example{n}{end}");
        let Some(json) = vectors::read_json(&name(".json")) else {
            return;
        };
        let response = vectors::read_hex(&name("_device_response.hex")).unwrap();
        let transcript = vectors::read_hex(&name("_session_transcript.hex")).unwrap();
        let reader = pinned(key_of(&json));
        let now = time(json["now"].as_str().unwrap());
        let verified = verify(&reader, &response, &transcript, None, now);
        let (ids, proof) = verified.unwrap_or_else(|error| panic!("{n}: {error:?}"));
        let expected = json["checked"][0]["elements"].as_array().unwrap();
        assert_eq!(&ids, expected, "{n}");
        assert_eq!(proof, DeviceProof::Signature);
    }
}
