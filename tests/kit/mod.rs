//! A card kit that can do wrong: every stage of a response can be altered before the next one
//! signs or wraps it. Independent of the library: ciborium encodes, p256 signs.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "each test uses a part of it"
)]

use ciborium::Value;
use sha2::{Digest as _, Sha256};

use crate::pki::Key;

/// 2026-06-01T00:00:00Z.
pub const NOW: u64 = 1_780_272_000;
pub const DOC_TYPE: &str = "org.iso.18013.5.1.mDL";
pub const NAME_SPACE: &str = "org.iso.18013.5.1";

/// A transcript of a session by QR code.
pub fn transcript() -> Vec<u8> {
    encode(&array([
        tag24(encode(&map([(0, "1.0".into())]))),
        tag24(vec![0xa0]),
        Value::Null,
    ]))
}

/// What the issuer is about to sign.
#[derive(Clone)]
pub struct Draft {
    pub items: Vec<Item>,
    pub mso: Value,
    pub issuer: &'static str,
    pub protected: Value,
    pub unprotected: Value,
}

/// One `IssuerSignedItem`.
#[derive(Clone)]
pub struct Item {
    pub name_space: String,
    pub digest_id: u64,
    pub random: Vec<u8>,
    pub id: String,
    pub value: Value,
    /// The content of tag 24, where it is not what the fields above give.
    pub content: Option<Vec<u8>>,
}

/// What the holder is about to show.
#[derive(Clone)]
pub struct Issued {
    /// Name space and `IssuerSignedItemBytes`.
    pub items: Vec<(String, Vec<u8>)>,
    /// `COSE_Sign1`: protected, unprotected, payload, signature.
    pub issuer_auth: Vec<Value>,
    pub doc_type: Value,
    pub device_name_spaces: Value,
    pub device: &'static str,
    pub device_protected: Value,
}

/// What goes over the wire.
#[derive(Clone)]
pub struct Shown {
    pub items: Vec<(String, Vec<u8>)>,
    pub issuer_auth: Vec<Value>,
    pub doc_type: Value,
    pub device_name_spaces: Vec<u8>,
    pub device_auth: Value,
}

impl Item {
    pub fn new(digest_id: u64, id: &str, value: impl Into<Value>) -> Self {
        Self {
            name_space: NAME_SPACE.into(),
            digest_id,
            random: vec![digest_id as u8; 32],
            id: id.into(),
            value: value.into(),
            content: None,
        }
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// `IssuerSignedItemBytes`.
    pub fn bytes(&self) -> Vec<u8> {
        encode(&tag24(
            self.content
                .clone()
                .unwrap_or_else(|| encode(&self.content())),
        ))
    }

    /// `IssuerSignedItem`.
    pub fn content(&self) -> Value {
        map([
            ("digestID", Value::from(self.digest_id)),
            ("random", Value::Bytes(self.random.clone())),
            ("elementIdentifier", self.id.as_str().into()),
            ("elementValue", self.value.clone()),
        ])
    }
}

/// A good card of three elements, valid in the year around [`NOW`].
pub fn draft() -> Draft {
    draft_of(vec![
        Item::new(0, "family_name", "Martin"),
        Item::new(1, "given_name", "Camille"),
        Item::new(2, "age_over_18", true),
    ])
}

pub fn draft_of(items: Vec<Item>) -> Draft {
    let mut digests: Vec<(String, Vec<(Value, Value)>)> = Vec::new();
    for item in &items {
        let entry = (
            item.digest_id.into(),
            Value::Bytes(Sha256::digest(item.bytes()).to_vec()),
        );
        match digests
            .iter_mut()
            .find(|(name_space, _)| *name_space == item.name_space)
        {
            Some((_, entries)) => entries.push(entry),
            None => digests.push((item.name_space.clone(), vec![entry])),
        }
    }
    let digests = digests
        .into_iter()
        .map(|(name, entries)| (name.into(), Value::Map(entries)));
    Draft {
        mso: map([
            ("version", "1.0".into()),
            ("digestAlgorithm", "SHA-256".into()),
            ("valueDigests", Value::Map(digests.collect())),
            ("deviceKeyInfo", map([("deviceKey", cose_key("device"))])),
            ("docType", DOC_TYPE.into()),
            (
                "validityInfo",
                map([
                    ("signed", date("2026-01-02T00:00:00Z")),
                    ("validFrom", date("2026-01-02T00:00:00Z")),
                    ("validUntil", date("2027-01-02T00:00:00Z")),
                ]),
            ),
        ]),
        items,
        issuer: "issuer",
        protected: map([(1, Value::from(-7))]),
        unprotected: Value::Map(vec![]),
    }
}

impl Draft {
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The issuer signs: what is wrong in the MSO is signed all the same.
    pub fn issue(self) -> Issued {
        let payload = encode(&tag24(encode(&self.mso)));
        self.issue_payload(payload)
    }

    pub fn issue_payload(self, payload: Vec<u8>) -> Issued {
        let protected = encode(&self.protected);
        let signature = Key::from_seed(self.issuer).sign_raw(&sig_structure(&protected, &payload));
        Issued {
            items: self
                .items
                .iter()
                .map(|item| (item.name_space.clone(), item.bytes()))
                .collect(),
            issuer_auth: vec![
                Value::Bytes(protected),
                self.unprotected,
                Value::Bytes(payload),
                Value::Bytes(signature.to_vec()),
            ],
            doc_type: DOC_TYPE.into(),
            device_name_spaces: Value::Map(vec![]),
            device: "device",
            device_protected: map([(1, Value::from(-7))]),
        }
    }
}

impl Issued {
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// `IssuerSigned`.
    pub fn issuer_signed(&self) -> Value {
        issuer_signed(&self.items, &self.issuer_auth)
    }

    /// The device signs in the session of [`transcript`].
    pub fn show(self) -> Shown {
        self.show_in(&transcript())
    }

    pub fn show_in(self, transcript: &[u8]) -> Shown {
        let name_spaces = encode(&tag24(encode(&self.device_name_spaces)));
        let payload = device_authentication(transcript, &self.doc_type, &name_spaces);
        let protected = encode(&self.device_protected);
        let signature = Key::from_seed(self.device).sign_raw(&sig_structure(&protected, &payload));
        let sign1 = array([
            Value::Bytes(protected),
            Value::Map(vec![]),
            Value::Null,
            Value::Bytes(signature.to_vec()),
        ]);
        Shown {
            items: self.items,
            issuer_auth: self.issuer_auth,
            doc_type: self.doc_type,
            device_name_spaces: name_spaces,
            device_auth: map([("deviceSignature", sign1)]),
        }
    }
}

impl Shown {
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// `Document`.
    pub fn document(&self) -> Value {
        map([
            ("docType", self.doc_type.clone()),
            (
                "issuerSigned",
                issuer_signed(&self.items, &self.issuer_auth),
            ),
            (
                "deviceSigned",
                map([
                    ("nameSpaces", raw(&self.device_name_spaces)),
                    ("deviceAuth", self.device_auth.clone()),
                ]),
            ),
        ])
    }

    /// The bytes of a `DeviceResponse`.
    pub fn response(&self) -> Vec<u8> {
        encode(&response([self.document()]))
    }
}

/// `DeviceResponse`.
pub fn response<const N: usize>(documents: [Value; N]) -> Value {
    map([
        ("version", "1.0".into()),
        ("documents", array(documents)),
        ("status", Value::from(0)),
    ])
}

/// The bytes of a good response.
pub fn good() -> Vec<u8> {
    draft().issue().show().response()
}

/// What the device signs or authenticates.
pub fn device_authentication(transcript: &[u8], doc_type: &Value, name_spaces: &[u8]) -> Vec<u8> {
    encode(&tag24(encode(&array([
        "DeviceAuthentication".into(),
        raw(transcript),
        doc_type.clone(),
        raw(name_spaces),
    ]))))
}

pub fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    encode(&array([
        "Signature1".into(),
        bytes(protected),
        bytes(&[]),
        bytes(payload),
    ]))
}

/// The COSE_Key of the key with this seed.
pub fn cose_key(seed: &str) -> Value {
    let sec1 = Key::from_seed(seed).public_sec1();
    map([
        (1, Value::from(2)),
        (-1, Value::from(1)),
        (-2, Value::Bytes(sec1[1..33].to_vec())),
        (-3, Value::Bytes(sec1[33..].to_vec())),
    ])
}

pub fn date(text: &str) -> Value {
    Value::Tag(0, Box::new(text.into()))
}

pub fn tag24(bytes: Vec<u8>) -> Value {
    Value::Tag(24, Box::new(Value::Bytes(bytes)))
}

pub fn array<const N: usize>(items: [Value; N]) -> Value {
    Value::Array(items.into())
}

pub fn map<K: Into<Value>, const N: usize>(entries: [(K, Value); N]) -> Value {
    Value::Map(
        entries
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect(),
    )
}

/// A tag of nobody's, by which [`raw`] bytes stand in a [`Value`] until they are encoded.
const RAW: u64 = 0x7261_7720_6279_7465;

pub fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    let marker = [&[0xdb], RAW.to_be_bytes().as_slice()].concat();
    while let Some(at) = bytes
        .windows(marker.len())
        .position(|window| window == marker)
    {
        let inside = &bytes[at + marker.len()..];
        let Value::Bytes(content) = ciborium::from_reader(inside).unwrap() else {
            panic!()
        };
        let head = encode(&Value::Bytes(content.clone())).len() - content.len();
        let end = at + marker.len() + head + content.len();
        bytes.splice(at..end, content);
    }
    bytes
}

/// Bytes that are encoded already, well formed or not.
pub fn raw(bytes: &[u8]) -> Value {
    Value::Tag(RAW, Box::new(Value::Bytes(bytes.to_vec())))
}

/// A value inside maps, by its text keys.
pub fn at<'v>(value: &'v mut Value, path: &[&str]) -> &'v mut Value {
    path.iter().fold(value, |value, key| {
        let entries = value.as_map_mut().unwrap();
        &mut entries
            .iter_mut()
            .find(|(name, _)| name.as_text() == Some(key))
            .unwrap()
            .1
    })
}

/// Adds an entry to a map.
pub fn insert(value: &mut Value, key: impl Into<Value>, entry: Value) {
    value.as_map_mut().unwrap().push((key.into(), entry));
}

/// Takes an entry out of a map.
pub fn remove(value: &mut Value, key: &str) {
    value
        .as_map_mut()
        .unwrap()
        .retain(|(name, _)| name.as_text() != Some(key));
}

fn issuer_signed(items: &[(String, Vec<u8>)], issuer_auth: &[Value]) -> Value {
    let mut name_spaces: Vec<(Value, Value)> = Vec::new();
    for (name_space, item) in items {
        let item = raw(item);
        match name_spaces
            .iter_mut()
            .find(|(name, _)| name.as_text() == Some(name_space))
        {
            Some((_, items)) => items.as_array_mut().unwrap().push(item),
            None => name_spaces.push((name_space.as_str().into(), array([item]))),
        }
    }
    let auth = Value::Array(issuer_auth.to_vec());
    match name_spaces.is_empty() {
        true => map([("issuerAuth", auth)]),
        false => map([
            ("nameSpaces", Value::Map(name_spaces)),
            ("issuerAuth", auth),
        ]),
    }
}
