//! Responses to verify: what others made, and one that a hostile but genuine holder could make.

#![allow(dead_code, reason = "each test binary uses some of it")]

use std::fs;
use std::path::PathBuf;

use ciborium::{Value, cbor};
use sha2::{Digest as _, Sha256};
use vitacard::crypto::{PublicKey, RUSTCRYPTO, Signer as _, SoftwareSigner};
use vitacard::reader::{Conditions, DeviceResponse, Exchange, Policy, Reader};
use vitacard::trust::TrustAnchors;
use vitacard::{Error, UnixTime, session::SessionTranscript, unix_time};

/// Above the usual cap, to have room for extremes.
const CAP: usize = 8 << 20;

/// What a reader is given, and the key that it has pinned.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) response: Vec<u8>,
    pub(crate) transcript: Vec<u8>,
    pub(crate) issuer: PublicKey,
    pub(crate) now: UnixTime,
}

impl Sample {
    pub(crate) fn reader(&self) -> Reader {
        let mut anchors = TrustAnchors::new();
        anchors.pin_key(self.issuer);
        Reader::new(RUSTCRYPTO, anchors)
    }

    /// Parses and verifies, and says how many documents hold.
    pub(crate) fn verify(&self, reader: &Reader) -> Result<usize, Error> {
        let mut policy = Policy::default();
        policy.cards_without_status = true;
        let transcript = SessionTranscript::given(&self.transcript)?;
        let exchange = Exchange::new(&transcript, Conditions::new(self.now, &policy));
        let response = DeviceResponse::parse_within(&self.response, CAP)?;
        let verified = reader.verify(response, &exchange)?;
        Ok(verified.documents().count())
    }
}

/// The responses of real wallets in the public vectors, or none where these are not there.
pub(crate) fn real() -> Vec<Sample> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let folder = std::env::var_os("VITACARD_VECTORS").map_or_else(beside, PathBuf::from);
    let folder = folder.join("longfellow_mdoc_examples");
    if !folder.is_dir() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "no public vectors"
        );
        println!("skipped: no public vectors");
        return Vec::new();
    }
    let read = |name: String| fs::read_to_string(folder.join(name)).unwrap();
    let bytes = |name: String| hex::decode(read(name).trim()).unwrap();
    let example = |n: u8| {
        let about: serde_json::Value =
            serde_json::from_str(&read(format!("example{n}.json"))).unwrap();
        let field = |name: &str| about[name].as_str().unwrap().to_owned();
        let point = format!("04{}{}", field("issuer_pk_x"), field("issuer_pk_y"));
        Sample {
            name: format!("example {n}"),
            response: bytes(format!("example{n}_device_response.hex")),
            transcript: bytes(format!("example{n}_session_transcript.hex")),
            issuer: PublicKey::p256(&hex::decode(point).unwrap()).unwrap(),
            now: time(&field("now")),
        }
    };
    [0, 2, 3, 4, 5, 7, 10, 11, 12, 15].map(example).into()
}

/// `YYYY-MM-DDThh:mm:ssZ`.
fn time(text: &str) -> UnixTime {
    let time: x509_cert::der::DateTime = text.parse().unwrap();
    unix_time(time.unix_duration().as_secs())
}

/// What [`made`] puts into a card.
#[derive(Clone, Copy)]
pub(crate) struct Amounts {
    pub(crate) documents: u32,
    pub(crate) items: u32,
    /// Digests in the MSO for items that are not shown.
    pub(crate) decoys: u32,
    /// Elements signed by the device.
    pub(crate) device_items: u32,
}

/// A genuine response, made and signed here.
pub(crate) fn made(amounts: Amounts) -> Sample {
    let (issuer, device) = (signer(1), signer(2));
    let transcript = encode(&cbor!([null, null, null]).unwrap());
    let documents: Vec<_> = (0..amounts.documents)
        .map(|_| document(amounts, &issuer, &device, &transcript))
        .collect();
    let response = map([
        ("version", "1.0".into()),
        ("documents", Value::Array(documents)),
        ("status", 0.into()),
    ]);
    Sample {
        name: "made here".into(),
        response: encode(&response),
        transcript,
        issuer: issuer.public_key(),
        now: time("2026-06-01T00:00:00Z"),
    }
}

/// An issuerAuth over any payload, signed by the issuer of [`made`].
pub(crate) fn issuer_auth(payload: &[u8]) -> Vec<u8> {
    encode(&sign1(Some(payload), payload, &signer(1)))
}

fn document(
    amounts: Amounts,
    issuer: &SoftwareSigner,
    device: &SoftwareSigner,
    transcript: &[u8],
) -> Value {
    let items: Vec<_> = (0..amounts.items).map(item).collect();
    let hidden = amounts.items..amounts.items + amounts.decoys;
    let digests = (0..)
        .zip(&items)
        .map(|(id, item)| (Value::from(id), Sha256::digest(encode(item)).to_vec()))
        .chain(hidden.map(|id| (Value::from(id), vec![0; 32])))
        .map(|(id, digest)| (id, Value::Bytes(digest)))
        .collect();
    let date = |text: &str| Value::Tag(0, Box::new(text.into()));
    let key_info = map([
        ("deviceKey", cose_key(&device.public_key())),
        (
            "keyAuthorizations",
            map([("nameSpaces", Value::Array(vec!["d".into()]))]),
        ),
    ]);
    let mso = map([
        ("version", "1.0".into()),
        ("digestAlgorithm", "SHA-256".into()),
        ("valueDigests", map([("n", Value::Map(digests))])),
        ("deviceKeyInfo", key_info),
        ("docType", "t".into()),
        (
            "validityInfo",
            map([
                ("signed", date("2026-01-01T00:00:00Z")),
                ("validFrom", date("2026-01-01T00:00:00Z")),
                ("validUntil", date("2027-01-01T00:00:00Z")),
            ]),
        ),
    ]);
    let mso = encode(&tagged(&mso));
    let device_names = match amounts.device_items {
        0 => map([]),
        count => map([("d", Value::Map((0..count).map(device_item).collect()))]),
    };
    let device_names = tagged(&device_names);
    let authentication = tagged(&Value::Array(vec![
        "DeviceAuthentication".into(),
        ciborium::from_reader(transcript).unwrap(),
        "t".into(),
        device_names.clone(),
    ]));
    let proof = sign1(None, &encode(&authentication), device);
    map([
        ("docType", "t".into()),
        (
            "issuerSigned",
            map([
                ("nameSpaces", map([("n", Value::Array(items))])),
                ("issuerAuth", sign1(Some(&mso), &mso, issuer)),
            ]),
        ),
        (
            "deviceSigned",
            map([
                ("nameSpaces", device_names),
                ("deviceAuth", map([("deviceSignature", proof)])),
            ]),
        ),
    ])
}

/// As small as an item can be.
fn item(number: u32) -> Value {
    tagged(&map([
        ("digestID", number.into()),
        ("random", Value::Bytes(vec![0; 16])),
        ("elementIdentifier", short_name(number).into()),
        ("elementValue", Value::Bool(true)),
    ]))
}

/// As small as one can be, so that the reader has the most to do for its bytes.
fn device_item(number: u32) -> (Value, Value) {
    (short_name(number).into(), Value::Bool(true))
}

fn short_name(number: u32) -> String {
    char::from_u32(0x21 + number).unwrap().into()
}

fn sign1(attached: Option<&[u8]>, payload: &[u8], signer: &SoftwareSigner) -> Value {
    let protected = Value::Bytes(encode(&cbor!({ 1 => -7 }).unwrap()));
    let empty = Value::Bytes(Vec::new());
    let signed = Value::Array(vec![
        "Signature1".into(),
        protected.clone(),
        empty,
        Value::Bytes(payload.to_vec()),
    ]);
    let signature = signer.sign(&encode(&signed)).unwrap();
    Value::Array(vec![
        protected,
        Value::Map(Vec::new()),
        attached.map_or(Value::Null, |payload| Value::Bytes(payload.to_vec())),
        Value::Bytes(signature.as_bytes().to_vec()),
    ])
}

fn cose_key(key: &PublicKey) -> Value {
    let (x, y) = key.as_bytes()[1..].split_at(32);
    Value::Map(vec![
        (1.into(), 2.into()),
        ((-1).into(), 1.into()),
        ((-2).into(), Value::Bytes(x.to_vec())),
        ((-3).into(), Value::Bytes(y.to_vec())),
    ])
}

fn signer(number: u8) -> SoftwareSigner {
    SoftwareSigner::from_bytes(&[number; 32]).unwrap()
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.map(|(key, value)| (key.into(), value)).into())
}

/// `#6.24(bstr .cbor value)`.
fn tagged(value: &Value) -> Value {
    Value::Tag(24, Box::new(Value::Bytes(encode(value))))
}

pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}
