//! Cards for tests, written by ciborium, coset and p256 alone: independent of the crate, and wrong on
//! demand.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each of the programs that include this module uses a part of it"
)]

use std::string::{String, ToString as _};
use std::vec::Vec;

use ciborium::{Value, cbor};
use coset::{CborSerializable as _, CoseSign1Builder, HeaderBuilder, iana};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use sha2::{Digest as _, Sha256};

/// 2026-06-01T00:00:00Z, inside the validity of a [`Recipe`].
pub const NOW: u64 = 1_780_272_000;

pub const DOC_TYPE: &str = "org.example.card";
pub const NAME_SPACE: &str = "org.example";

/// Everything that a card says.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub doc_type: String,
    /// Name space, identifier and value.
    pub elements: Vec<(String, String, Value)>,
    /// The scalar of the device key.
    pub device_key: [u8; 32],
    /// COSE_Key, as [`cose_key`] writes it unless something is wrong with it.
    pub cose_key: Option<Value>,
    pub authorizations: Option<Value>,
    pub status: Option<Value>,
    /// signed and validFrom, validUntil.
    pub validity: (&'static str, &'static str),
}

impl Recipe {
    /// A card of `DOC_TYPE` with `ids` of `NAME_SPACE`, each with itself as its value.
    pub fn new(ids: &[&str]) -> Self {
        let element = |id: &&str| (NAME_SPACE.to_string(), id.to_string(), Value::from(*id));
        Self {
            doc_type: DOC_TYPE.to_string(),
            elements: ids.iter().map(element).collect(),
            device_key: [7; 32],
            cose_key: None,
            authorizations: None,
            status: None,
            validity: ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        }
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// IssuerSigned, signed by the key with the scalar `issuer`.
    pub fn sign(&self, issuer: &[u8; 32]) -> Vec<u8> {
        let name_spaces = self.name_spaces();
        let mso = tagged(&self.mso(&name_spaces));
        let items = name_spaces
            .into_iter()
            .map(|(name_space, items)| (Value::from(name_space), Value::Array(items)));
        let auth = sign1(&encode(&mso), true, issuer);
        let mut fields = Vec::from([(Value::from("issuerAuth"), auth)]);
        if !self.elements.is_empty() {
            let items = Value::Map(items.collect());
            fields.push((Value::from("nameSpaces"), items));
        }
        encode(&Value::Map(fields))
    }

    fn name_spaces(&self) -> Vec<(String, Vec<Value>)> {
        let mut found: Vec<(String, Vec<Value>)> = Vec::new();
        for (digest_id, (name_space, id, value)) in self.elements.iter().enumerate() {
            let digest_id = u64::try_from(digest_id).unwrap();
            let random = Value::Bytes(Sha256::digest(id)[..16].to_vec());
            let item = cbor!({
                "digestID" => digest_id, "random" => random,
                "elementIdentifier" => id, "elementValue" => value,
            });
            let item = tagged(&item.unwrap());
            match found.iter_mut().find(|(known, _)| known == name_space) {
                Some((_, items)) => items.push(item),
                None => found.push((name_space.clone(), Vec::from([item]))),
            }
        }
        found
    }

    fn mso(&self, name_spaces: &[(String, Vec<Value>)]) -> Value {
        let digests = name_spaces.iter().map(|(name_space, items)| {
            let digests = items.iter().map(|item| (digest_id(item), digest(item)));
            (
                Value::from(name_space.as_str()),
                Value::Map(digests.collect()),
            )
        });
        let date = |text: &str| Value::Tag(0, Value::from(text).into());
        let key = self.cose_key.clone();
        let key = key.unwrap_or_else(|| cose_key(&self.device_key, &[]));
        let mut key_info = Vec::from([(Value::from("deviceKey"), key)]);
        if let Some(authorizations) = self.authorizations.clone() {
            key_info.push((Value::from("keyAuthorizations"), authorizations));
        }
        let mut mso = Vec::from([
            (Value::from("version"), Value::from("1.0")),
            (Value::from("digestAlgorithm"), Value::from("SHA-256")),
            (Value::from("valueDigests"), Value::Map(digests.collect())),
            (Value::from("deviceKeyInfo"), Value::Map(key_info)),
            (Value::from("docType"), Value::from(self.doc_type.as_str())),
            (
                Value::from("validityInfo"),
                Value::Map(Vec::from([
                    (Value::from("signed"), date(self.validity.0)),
                    (Value::from("validFrom"), date(self.validity.0)),
                    (Value::from("validUntil"), date(self.validity.1)),
                    (Value::from("expectedUpdate"), date(self.validity.1)),
                ])),
            ),
        ]);
        if let Some(status) = self.status.clone() {
            mso.push((Value::from("status"), status));
        }
        Value::Map(mso)
    }
}

/// The COSE_Key of the key with this scalar, and what else it says.
pub fn cose_key(scalar: &[u8; 32], more: &[(i64, Value)]) -> Value {
    let point = signing_key(scalar).verifying_key().to_sec1_point(false);
    let (x, y) = (point.x().unwrap().to_vec(), point.y().unwrap().to_vec());
    let fields = [(1, Value::from(2)), (-1, Value::from(1))];
    let point = [(-2, Value::Bytes(x)), (-3, Value::Bytes(y))];
    let fields = fields.into_iter().chain(point).chain(more.iter().cloned());
    Value::Map(
        fields
            .map(|(label, value)| (Value::from(label), value))
            .collect(),
    )
}

/// COSE_Sign1 with ES256 by the key with the scalar `key`.
pub fn sign1(payload: &[u8], attached: bool, key: &[u8; 32]) -> Value {
    let header = HeaderBuilder::new().algorithm(iana::Algorithm::ES256);
    let builder = CoseSign1Builder::new().protected(header.build());
    let signature = |message: &[u8]| sign(message, key);
    let sign1 = match attached {
        true => builder
            .payload(payload.to_vec())
            .create_signature(&[], signature),
        false => builder.create_detached_signature(payload, &[], signature),
    };
    decode(&sign1.build().to_vec().unwrap())
}

pub fn sign(message: &[u8], key: &[u8; 32]) -> Vec<u8> {
    let signature: Signature = signing_key(key).sign(message);
    signature.to_bytes().to_vec()
}

/// DeviceAuthenticationBytes.
pub fn device_authentication(transcript: &[u8], doc_type: &str, name_spaces: &Value) -> Vec<u8> {
    let transcript = decode(transcript);
    let array = cbor!(["DeviceAuthentication", transcript, doc_type, name_spaces]);
    encode(&tagged(&array.unwrap()))
}

/// The value of the text key `name`.
pub fn field<'v>(map: &'v mut Value, name: &str) -> &'v mut Value {
    let entries = map.as_map_mut().expect("a map").iter_mut();
    let found = entries.filter(|(key, _)| key.as_text() == Some(name));
    found.map(|(_, value)| value).next().expect("the key")
}

/// The first document of a DeviceResponse or the first docRequest of a DeviceRequest.
pub fn first_of<'v>(message: &'v mut Value, name: &str) -> &'v mut Value {
    &mut field(message, name).as_array_mut().expect("an array")[0]
}

/// `#6.24(bstr .cbor value)`
pub fn tagged(value: &Value) -> Value {
    Value::Tag(24, Value::Bytes(encode(value)).into())
}

pub fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

pub fn decode(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).unwrap()
}

fn signing_key(scalar: &[u8; 32]) -> SigningKey {
    SigningKey::from_slice(scalar).unwrap()
}

fn digest(item: &Value) -> Value {
    Value::Bytes(Sha256::digest(encode(item)).to_vec())
}

fn digest_id(item: &Value) -> Value {
    let (_, content) = item.as_tag().unwrap();
    let mut content = decode(content.as_bytes().unwrap());
    field(&mut content, "digestID").clone()
}
