//! What a forger would write: each part of a message can be wrong, and is signed all the same.
//! ciborium encodes, p256 signs, sha2 and hmac hash: nothing here asks the library.

use ciborium::Value;
use sha2::{Digest as _, Sha256};

use crate::kit::{array, encode, map};
use crate::pki::Key;

pub(crate) const INVITATION: &str = "application/vnd.vitacard.invitation+cwt";
pub(crate) const ENROLMENT: &str = "application/vnd.vitacard.enrolment+cwt";
pub(crate) const REFRESH: &str = "application/vnd.vitacard.refresh+cwt";
pub(crate) const ACCEPTED: &str = "application/vnd.vitacard.accepted+cwt";
pub(crate) const BLOCK: &str = "application/vnd.vitacard.block+cwt";

/// A COSE_Sign1, to be signed anew whatever is changed in it.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) protected: Vec<u8>,
    pub(crate) unprotected: Value,
    pub(crate) payload: Vec<u8>,
    pub(crate) aad: Vec<u8>,
    pub(crate) key: Key,
}

impl Message {
    /// Of what was received, with what its receiver would check it by.
    pub(crate) fn of(bytes: &[u8], aad: Vec<u8>, seed: &str) -> Self {
        let parts = decode(bytes).into_array().unwrap();
        Self {
            protected: parts[0].as_bytes().unwrap().clone(),
            unprotected: parts[1].clone(),
            payload: parts[2].as_bytes().unwrap().clone(),
            aad,
            key: Key::from_seed(seed),
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// With this claim, in the place where it belongs, or without.
    pub(crate) fn saying(self, key: i64, value: impl Into<Option<Value>>) -> Self {
        let mut entries = decode(&self.payload).into_map().unwrap();
        entries.retain(|(own, _)| *own != Value::from(key));
        entries.extend(value.into().map(|value| (Value::from(key), value)));
        entries.sort_by_key(|(key, _)| encode(key));
        let payload = encode(&Value::Map(entries));
        Self { payload, ..self }
    }

    pub(crate) fn claim(&self, key: i64) -> Value {
        let entries = decode(&self.payload).into_map().unwrap();
        let mut entries = entries.into_iter();
        entries.find(|(own, _)| *own == Value::from(key)).unwrap().1
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        encode(&self.parts())
    }

    pub(crate) fn parts(&self) -> Value {
        let signed = encode(&array([
            "Signature1".into(),
            bytes(&self.protected),
            bytes(&self.aad),
            bytes(&self.payload),
        ]));
        array([
            bytes(&self.protected),
            self.unprotected.clone(),
            bytes(&self.payload),
            bytes(&self.key.sign_raw(&signed)),
        ])
    }
}

pub(crate) fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

pub(crate) fn decode(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).unwrap()
}

pub(crate) fn protected(typ: &str) -> Vec<u8> {
    encode(&map([(1, Value::from(-7)), (16, typ.into())]))
}

/// `cbor [name, parts…]`
pub(crate) fn aad(name: &str, parts: &[&[u8]]) -> Vec<u8> {
    let parts = parts.iter().map(|part| bytes(part));
    encode(&Value::Array(
        std::iter::once(name.into()).chain(parts).collect(),
    ))
}

/// `"VITACARD-NEWKEY-v1" || parent || cti || x || y`, signed by the key with this seed.
pub(crate) fn new_key_proof(parent: &[u8], cti: &[u8], named: &str, by: &str) -> [u8; 64] {
    let key = Key::from_seed(named).public_sec1();
    let message = [b"VITACARD-NEWKEY-v1", parent, cti, &key[1..]].concat();
    Key::from_seed(by).sign_raw(&message)
}

/// `HMAC-SHA-256(secret, "VITACARD-ENROL-v1" || COSE_Key)`, as RFC 2104 writes it.
pub(crate) fn hmac(secret: &[u8], cose_key: &Value) -> Vec<u8> {
    let mut block = secret.to_vec();
    block.resize(64, 0);
    let pad = |with: u8| block.iter().map(|byte| byte ^ with).collect::<Vec<_>>();
    let message = [b"VITACARD-ENROL-v1", encode(cose_key).as_slice()].concat();
    let inner = Sha256::digest([pad(0x36), message].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

pub(crate) fn cnf(seed: &str) -> Value {
    map([(1, crate::kit::cose_key(seed))])
}

/// The same message in a form that is as good to a careless reader and is not ours.
pub(crate) fn other_forms(message: &Message) -> Vec<(&'static str, Vec<u8>)> {
    let parts = message.parts().into_array().unwrap();
    let with = |at: usize, part: Value| {
        let mut parts = parts.clone();
        parts[at] = part;
        encode(&Value::Array(parts))
    };
    let claims = decode(&message.payload).into_map().unwrap();
    let signed = |name, claims: Vec<(Value, Value)>| {
        let payload = encode(&Value::Map(claims));
        (
            name,
            message.clone().with(|own| own.payload = payload).bytes(),
        )
    };
    let mut unsorted = claims.clone();
    unsorted.swap(0, 1);
    let mut open = claims.clone();
    open.push((Value::from(-79_999), 1.into()));
    let mut text_key = claims.clone();
    text_key.push(("iat".into(), 1.into()));
    let mut float = claims.clone();
    let time = float
        .iter_mut()
        .find(|(key, _)| *key == Value::from(6))
        .unwrap();
    time.1 = Value::Float(1_780_272_000.0);
    let mut tagged = claims.clone();
    let time = tagged
        .iter_mut()
        .find(|(key, _)| *key == Value::from(6))
        .unwrap();
    time.1 = Value::Tag(1, Box::new(time.1.clone()));
    let header = decode(&message.protected).into_map().unwrap();
    let protect = |name, header: Vec<(Value, Value)>| {
        let protected = encode(&Value::Map(header));
        (
            name,
            message
                .clone()
                .with(|own| own.protected = protected)
                .bytes(),
        )
    };
    let mut unsorted_header = header.clone();
    unsorted_header.reverse();
    let mut more_header = header.clone();
    more_header.insert(1, (Value::from(2), Value::Array(vec![1.into()])));
    let mut content_type = header.clone();
    content_type.insert(1, (Value::from(3), 60.into()));
    let mut es384 = header.clone();
    es384[0].1 = Value::from(-35);
    let mut unprotected = message.unprotected.as_map().unwrap().clone();
    unprotected.push((Value::from(5), bytes(b"more")));
    let whole = message.bytes();
    vec![
        signed("claims unordered", unsorted),
        signed("a claim more", open),
        signed("a claim by text", text_key),
        signed("a time as a float", float),
        signed("a time with a tag", tagged),
        protect("header unordered", unsorted_header),
        protect("crit", more_header),
        protect("a label more", content_type),
        protect("ES384", es384),
        (
            "an unprotected label more",
            with(1, Value::Map(unprotected)),
        ),
        ("payload as nil", with(2, Value::Null)),
        ("payload as a text", with(2, "payload".into())),
        ("no signature", with(3, bytes(&[]))),
        ("tag 18", [&[0xd2], whole.as_slice()].concat()),
        ("trailing", [whole.as_slice(), &[0]].concat()),
        ("indefinite", [&[0x9f], &whole[1..], &[0xff]].concat()),
        ("a longer head", [&[0x98, 4], &whole[1..]].concat()),
        ("truncated", whole[..whole.len() - 1].to_vec()),
        ("empty", Vec::new()),
    ]
}
