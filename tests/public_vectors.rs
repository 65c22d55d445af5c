//! Responses of real wallets, ISO's own example and other libraries' test data.
#![cfg(all(feature = "rustcrypto", feature = "std"))]

mod vectors;

use vitacard::crypto::{PublicKey, RUSTCRYPTO, SoftwareAgreementKey};
use vitacard::reader::{
    Conditions, DeviceProof, DeviceResponse, Exchange, Policy, Presenter, Reader, Standing,
};
use vitacard::trust::{TrustAnchors, certificate_key};
use vitacard::{Error, Misuse, Rejected, UnixTime, session::SessionTranscript, unix_time};

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

/// Verifies under the root certificate of Annex D.
fn annex_d() -> Option<Reader> {
    let mut anchors = TrustAnchors::new();
    anchors
        .add_root(&vectors::read_pem("iso18013-5_annexD/iaca.pem")?)
        .unwrap();
    Some(Reader::new(RUSTCRYPTO, anchors))
}

fn annex_d_reader_key() -> SoftwareAgreementKey {
    SoftwareAgreementKey::from_bytes(&vectors::annex_d_key("ephemeral_reader_key").unwrap())
        .unwrap()
}

const ANNEX_D_NOW: &str = "2021-01-01T00:00:00Z";

fn verify_annex_d(response: &str, now: &str) -> Option<Result<(Vec<String>, DeviceProof), Error>> {
    let reader = annex_d()?;
    let response = vectors::annex_d(response)?;
    let transcript = vectors::annex_d("D.5.1_session_transcript_bytes")?;
    Some(verify(
        &reader,
        &response,
        &transcript,
        Some(&annex_d_reader_key()),
        time(now),
    ))
}

#[test]
fn annex_d_verifies_with_its_mac() {
    let Some(verified) = verify_annex_d("D.4.1.2_device_response", ANNEX_D_NOW) else {
        return;
    };
    let (ids, proof) = verified.unwrap();
    assert_eq!(ids.len(), 6);
    assert_eq!(proof, DeviceProof::Mac);
}

#[test]
fn annex_d_tampered_is_rejected_for_the_right_reason() {
    let rejected = |name: &str| verify_annex_d(name, ANNEX_D_NOW).map(Result::unwrap_err);
    let Some(forged) = rejected("tampered_family_name_Foe_device_response") else {
        return;
    };
    let digest = Rejected::DigestMismatch {
        document: 0,
        item: 0,
        digest_id: 0,
    };
    assert_eq!(forged, digest.into());
    let mac = rejected("tampered_device_mac_device_response").unwrap();
    assert_eq!(mac, Rejected::DeviceMac { document: 0 }.into());
    let signature = rejected("tampered_issuer_signature_device_response").unwrap();
    assert_eq!(signature, Rejected::IssuerSignature { document: 0 }.into());
}

#[test]
fn annex_d_a_year_later_has_expired() {
    let Some(late) = verify_annex_d("D.4.1.2_device_response", "2022-01-01T00:00:00Z") else {
        return;
    };
    assert_eq!(
        late.unwrap_err(),
        Rejected::CertificateExpired { document: 0 }.into()
    );
}

#[test]
fn annex_d_needs_the_readers_key_and_this_session() {
    let Some(reader) = annex_d() else { return };
    let response = vectors::annex_d("D.4.1.2_device_response").unwrap();
    let transcript = vectors::annex_d("D.5.1_session_transcript_bytes").unwrap();
    let now = time(ANNEX_D_NOW);
    let without = verify(&reader, &response, &transcript, None, now);
    assert_eq!(without.unwrap_err(), Misuse::NoReaderKey.into());
    let other = vectors::read_hex("longfellow_mdoc_examples/example0_session_transcript.hex");
    let elsewhere = verify(
        &reader,
        &response,
        &other.unwrap(),
        Some(&annex_d_reader_key()),
        now,
    );
    assert_eq!(
        elsewhere.unwrap_err(),
        Rejected::DeviceMac { document: 0 }.into()
    );
}

#[test]
fn longfellow_11_is_malformed_under_an_anchor() {
    let Some(reader) = annex_d() else { return };
    let name = |end: &str| format!("longfellow_mdoc_examples/example11{end}");
    let response = vectors::read_hex(&name("_device_response.hex")).unwrap();
    let transcript = vectors::read_hex(&name("_session_transcript.hex")).unwrap();
    let rejected = verify(
        &reader,
        &response,
        &transcript,
        None,
        time("2025-11-06T23:59:59Z"),
    );
    assert_eq!(
        rejected.unwrap_err(),
        Rejected::MalformedCertificate { document: 0 }.into()
    );
}

/// A French playground's presentation of the Annex D credential, with `documentErrors: []`.
#[test]
fn france_verifies_under_the_annex_d_root() {
    let Some(reader) = annex_d() else { return };
    let response = vectors::read_hex("animo_examples/france_device_response.hex").unwrap();
    let transcript = vectors::read_hex("animo_examples/france_session_transcript.hex").unwrap();
    let now = time("2021-09-25T00:00:00Z");
    let (ids, proof) = verify(&reader, &response, &transcript, None, now).unwrap();
    assert!(!ids.is_empty());
    assert_eq!(proof, DeviceProof::Signature);
}

/// Both write their one certificate as an array, which a pinned key does not look at. Example 1
/// has its payload inside deviceSignature; example 3 a bad digest.
#[test]
fn auth0_examples() {
    let Some(pem) = vectors::read_pem("auth0_examples/issuer.pem") else {
        return;
    };
    let reader = pinned(certificate_key(&pem).unwrap());
    let verify = |n: u8| {
        let name = |end: &str| format!("auth0_examples/example{n}{end}");
        let response = vectors::read_hex(&name("_device_response.hex")).unwrap();
        let transcript = vectors::read_hex(&name("_session_transcript.hex")).unwrap();
        verify(
            &reader,
            &response,
            &transcript,
            None,
            time("2024-01-01T00:00:00Z"),
        )
    };
    assert_eq!(verify(1).unwrap().0.len(), 12);
    let Err(Error::Rejected(Rejected::DigestMismatch { document: 0, .. })) = verify(3) else {
        panic!("{:?}", verify(3))
    };
}

/// A library encoded its items anew: the issuer's signature holds, and no digest does.
#[test]
fn sphereon_reencoded() {
    let Some(bytes) = vectors::read_hex("sphereon/sphereonValidEncoded.hex") else {
        return;
    };
    let policy = policy();
    let leaf = leaf_of(&bytes);
    let reader = pinned(certificate_key(&leaf).unwrap());
    for now in ["2022-01-01T00:00:00Z", "2024-01-01T00:00:00Z"] {
        let verified = reader.verify_issuer_signed(&bytes, &Conditions::new(time(now), &policy));
        let Err(Error::Rejected(Rejected::DigestMismatch { .. })) = verified else {
            panic!("{verified:?}")
        };
    }
}

fn leaf_of(issuer_signed: &[u8]) -> Vec<u8> {
    let value: ciborium::Value = ciborium::from_reader(issuer_signed).unwrap();
    let field = |value: &ciborium::Value, name: &str| {
        let (_, value) = value
            .as_map()
            .unwrap()
            .iter()
            .find(|(key, _)| key.as_text() == Some(name))
            .unwrap();
        value.clone()
    };
    let auth = field(&value, "issuerAuth").into_array().unwrap();
    let (_, chain) = auth[1]
        .as_map()
        .unwrap()
        .iter()
        .find(|(key, _)| *key == 33.into())
        .unwrap();
    chain
        .as_bytes()
        .or_else(|| chain.as_array()?.first()?.as_bytes())
        .unwrap()
        .clone()
}
