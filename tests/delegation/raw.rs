//! What a forger would write: every part of a delegation and of a delegated document can be wrong,
//! and is signed all the same. ciborium encodes, p256 signs and sha2 hashes: nothing here asks the
//! library, so that a fault of it cannot cancel out.
#![allow(dead_code, reason = "a kit has more than its users need today")]

use ciborium::Value;
use sha2::{Digest as _, Sha256};

use crate::kit::{array, at, cose_key, encode, map, raw, tag24};
use crate::lending::{DAUGHTER, DAY, MOTHER, NOW, TRANSCRIPT};
use crate::pki::Key;

pub(crate) const DLG: &str = "org.vitacard.delegation.1";
pub(crate) const TYP: &str = "application/vnd.vitacard.delegation+cwt";
pub(crate) const CNF: i64 = 8;
pub(crate) const SCOPE: i64 = -70_001;
pub(crate) const PURPOSES: i64 = -70_002;
pub(crate) const NAME: i64 = -70_003;
pub(crate) const USES: i64 = -70_004;
pub(crate) const OWN_CARD: i64 = -70_005;

pub(crate) fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

pub(crate) fn decode(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).unwrap()
}

/// What an issuer signed, to be taken apart.
#[derive(Clone)]
pub(crate) struct Issued(pub(crate) Value);

/// An item as its issuer wrote it.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) name_space: String,
    pub(crate) digest_id: u32,
    pub(crate) id: String,
    pub(crate) tagged: Value,
}

impl Issued {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self(decode(bytes))
    }

    /// The parts of `issuerAuth`.
    pub(crate) fn auth(&mut self) -> &mut Vec<Value> {
        at(&mut self.0, &["issuerAuth"]).as_array_mut().unwrap()
    }

    /// `SHA-256(cbor ["VITACARD-PARENT-v1", protected, payload, SHA-256(DS leaf DER)])`
    pub(crate) fn parent(&self) -> [u8; 32] {
        let mut own = self.clone();
        let auth = own.auth();
        let chain = auth[1].as_map().unwrap();
        let (_, chain) = chain.iter().find(|(label, _)| *label == 33.into()).unwrap();
        let leaf = match chain {
            Value::Array(chain) => chain[0].as_bytes().unwrap(),
            leaf => leaf.as_bytes().unwrap(),
        };
        let parts = [
            "VITACARD-PARENT-v1".into(),
            auth[0].clone(),
            auth[2].clone(),
            bytes(&Sha256::digest(leaf)),
        ];
        Sha256::digest(encode(&array(parts))).into()
    }

    pub(crate) fn items(&self) -> Vec<Item> {
        let mut own = self.clone();
        let name_spaces = at(&mut own.0, &["nameSpaces"]).as_map().unwrap().clone();
        let items = name_spaces.into_iter().flat_map(|(name_space, items)| {
            let items = items.into_array().unwrap().into_iter();
            items.map(move |tagged| Item::of(name_space.as_text().unwrap(), tagged))
        });
        items.collect()
    }

    /// Only these elements of it, in their order; an element may be there twice.
    pub(crate) fn showing(mut self, ids: &[&str]) -> Self {
        let items = self.items();
        let mut chosen: Vec<(Value, Value)> = Vec::new();
        for id in ids {
            let item = items.iter().find(|item| item.id == *id).unwrap();
            let name_space = Value::from(item.name_space.as_str());
            match chosen.iter_mut().find(|(own, _)| *own == name_space) {
                Some((_, own)) => own.as_array_mut().unwrap().push(item.tagged.clone()),
                None => chosen.push((name_space, array([item.tagged.clone()]))),
            }
        }
        *at(&mut self.0, &["nameSpaces"]) = Value::Map(chosen);
        self
    }

    /// `{ + NameSpace => [+ DigestID] }` of all that it shows, ascending.
    pub(crate) fn scope(&self) -> Value {
        let mut scope: Vec<(String, Vec<u32>)> = Vec::new();
        for item in self.items() {
            match scope.iter_mut().find(|(own, _)| *own == item.name_space) {
                Some((_, ids)) => ids.push(item.digest_id),
                None => scope.push((item.name_space, vec![item.digest_id])),
            }
        }
        scope.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
        let entries = scope.into_iter().map(|(name_space, mut ids)| {
            ids.sort_unstable();
            (name_space.into(), list(ids))
        });
        Value::Map(entries.collect())
    }

    pub(crate) fn doc_type(&self) -> Value {
        let mut own = self.clone();
        let payload = decode(own.auth()[2].as_bytes().unwrap());
        let mut mso = decode(payload.as_tag().unwrap().1.as_bytes().unwrap());
        at(&mut mso, &["docType"]).clone()
    }
}

impl Item {
    fn of(name_space: &str, tagged: Value) -> Self {
        let mut item = decode(tagged.as_tag().unwrap().1.as_bytes().unwrap());
        let digest_id = at(&mut item, &["digestID"]).as_integer().unwrap();
        Self {
            name_space: name_space.into(),
            digest_id: digest_id.try_into().unwrap(),
            id: at(&mut item, &["elementIdentifier"])
                .as_text()
                .unwrap()
                .into(),
            tagged,
        }
    }
}

/// A delegation before its signature.
#[derive(Clone)]
pub(crate) struct Delegation {
    pub(crate) claims: Value,
    /// In place of the encoding of `claims`.
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) protected: Vec<u8>,
    pub(crate) unprotected: Value,
    pub(crate) message: &'static str,
    pub(crate) parent: [u8; 32],
    pub(crate) doc_type: Value,
    pub(crate) signer: &'static str,
}

impl Delegation {
    /// An honest one: the mother lends `card` to her daughter, for a day, for medicine.
    pub(crate) fn of(card: &Issued) -> Self {
        let claims = [
            (4, Value::from(NOW + DAY)),
            (5, NOW.into()),
            (6, NOW.into()),
            (7, bytes(&[7; 16])),
            (CNF, map([(1, cose_key(DAUGHTER))])),
            (SCOPE, card.scope()),
            (PURPOSES, purposes(&[1])),
        ];
        Self {
            claims: map(claims),
            payload: None,
            protected: protected(TYP),
            unprotected: Value::Map(vec![]),
            message: "VITACARD-DELEGATION-v1",
            parent: card.parent(),
            doc_type: card.doc_type(),
            signer: MOTHER,
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The claim `label` says this instead, or too; claims stay in deterministic order.
    pub(crate) fn saying(mut self, label: i64, value: impl Into<Value>) -> Self {
        let claims = self.claims.as_map_mut().unwrap();
        claims.retain(|(own, _)| *own != Value::from(label));
        claims.push((label.into(), value.into()));
        claims.sort_by_key(|(label, _)| encode(label));
        self
    }

    /// From `from` to `until`, made at `made`.
    pub(crate) fn lasting(self, made: u64, from: u64, until: u64) -> Self {
        self.saying(6, made).saying(5, from).saying(4, until)
    }

    pub(crate) fn payload(&self) -> Vec<u8> {
        let payload = self.payload.clone();
        payload.unwrap_or_else(|| encode(&self.claims))
    }

    /// `Sig_structure`
    pub(crate) fn to_be_signed(&self) -> Vec<u8> {
        let external_aad = encode(&array([
            self.message.into(),
            bytes(&self.parent),
            self.doc_type.clone(),
        ]));
        sig_structure(&self.protected, &external_aad, &self.payload())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let signature = Key::from_seed(self.signer).sign_raw(&self.to_be_signed());
        self.bytes_with(&signature)
    }

    pub(crate) fn bytes_with(&self, signature: &[u8]) -> Vec<u8> {
        encode(&array([
            bytes(&self.protected),
            self.unprotected.clone(),
            bytes(&self.payload()),
            bytes(signature),
        ]))
    }

    /// `SHA-256("VITACARD-DLG-ID" || Sig_structure)[0..16]`
    pub(crate) fn id(&self) -> [u8; 16] {
        let message = [b"VITACARD-DLG-ID", self.to_be_signed().as_slice()].concat();
        *Sha256::digest(message).first_chunk().unwrap()
    }
}

/// `{ 1: -7, 16: typ }`
pub(crate) fn protected(typ: &str) -> Vec<u8> {
    encode(&map([(1, Value::from(-7)), (16, typ.into())]))
}

/// These codes of the controller of the pharmacy's purpose.
pub(crate) fn purposes(codes: &[i64]) -> Value {
    map([("org.vitacard", list(codes.iter().copied()))])
}

pub(crate) fn list<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::Array(items.into_iter().map(Into::into).collect())
}

/// (r, n − s), the other signature of the same message.
pub(crate) fn twin(signature: &[u8; 64]) -> [u8; 64] {
    let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
    let (r, s) = signature.split_scalars();
    let twin = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes());
    twin.unwrap().to_bytes().into()
}

pub(crate) fn sig_structure(protected: &[u8], external_aad: &[u8], payload: &[u8]) -> Vec<u8> {
    encode(&array([
        "Signature1".into(),
        bytes(protected),
        bytes(external_aad),
        bytes(payload),
    ]))
}

/// A document as it is shown, before the presenter's signature.
#[derive(Clone)]
pub(crate) struct Document {
    pub(crate) issued: Issued,
    pub(crate) doc_type: Value,
    /// The content of `DeviceNameSpacesBytes`.
    pub(crate) name_spaces: Vec<u8>,
    /// The first text of what is signed.
    pub(crate) structure: &'static str,
    pub(crate) transcript: Vec<u8>,
    /// The last part of what is signed, which ISO's structure has not.
    pub(crate) parent: Option<[u8; 32]>,
    pub(crate) protected: Vec<u8>,
    pub(crate) signer: &'static str,
}

impl Document {
    /// `card`, shown by the daughter with this delegation.
    pub(crate) fn delegated(card: &Issued, delegation: &[u8]) -> Self {
        let name_spaces = map([(DLG, map([("delegation", bytes(delegation))]))]);
        Self {
            structure: "DelegateAuthentication",
            parent: Some(card.parent()),
            name_spaces: encode(&name_spaces),
            signer: DAUGHTER,
            ..Self::direct(card, MOTHER)
        }
    }

    /// `card`, shown by the holder with this key.
    pub(crate) fn direct(card: &Issued, signer: &'static str) -> Self {
        Self {
            issued: card.clone(),
            doc_type: card.doc_type(),
            name_spaces: encode(&Value::Map(vec![])),
            structure: "DeviceAuthentication",
            transcript: TRANSCRIPT.to_vec(),
            parent: None,
            protected: vec![0xa1, 0x01, 0x26],
            signer,
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Only these elements.
    pub(crate) fn showing(self, ids: &[&str]) -> Self {
        self.with(|document| document.issued = document.issued.clone().showing(ids))
    }

    /// What is device-signed.
    pub(crate) fn saying(self, name_spaces: &Value) -> Self {
        self.with(|document| document.name_spaces = encode(name_spaces))
    }

    pub(crate) fn authentication(&self) -> Vec<u8> {
        let mut parts = vec![
            self.structure.into(),
            raw(&self.transcript),
            self.doc_type.clone(),
            tag24(self.name_spaces.clone()),
        ];
        parts.extend(self.parent.map(|parent| bytes(&parent)));
        encode(&tag24(encode(&Value::Array(parts))))
    }

    pub(crate) fn sign1(&self) -> Value {
        let message = sig_structure(&self.protected, &[], &self.authentication());
        let signature = Key::from_seed(self.signer).sign_raw(&message);
        array([
            bytes(&self.protected),
            Value::Map(vec![]),
            Value::Null,
            bytes(&signature),
        ])
    }

    /// With the presenter's signature.
    pub(crate) fn signed(&self) -> Value {
        self.proved_by("deviceSignature", self.sign1())
    }

    pub(crate) fn proved_by(&self, kind: &str, proof: Value) -> Value {
        let device_signed = [
            ("nameSpaces", tag24(self.name_spaces.clone())),
            ("deviceAuth", map([(kind, proof)])),
        ];
        map([
            ("docType", self.doc_type.clone()),
            ("issuerSigned", self.issued.0.clone()),
            ("deviceSigned", map(device_signed)),
        ])
    }

    /// A response of this alone.
    pub(crate) fn response(&self) -> Vec<u8> {
        response([self.signed()])
    }
}

/// The bytes of a `DeviceResponse`.
pub(crate) fn response(documents: impl IntoIterator<Item = Value>) -> Vec<u8> {
    encode(&map([
        ("version", "1.0".into()),
        ("documents", Value::Array(documents.into_iter().collect())),
        ("status", Value::from(0)),
    ]))
}

/// Adds device-signed elements to those of a delegated document.
pub(crate) fn beside(delegation: &[u8], other: &[(&str, &str)]) -> Value {
    let mut name_spaces = map([(DLG, map([("delegation", bytes(delegation))]))]);
    for (name_space, id) in other {
        let entries = name_spaces.as_map_mut().unwrap();
        let own = entries
            .iter_mut()
            .find(|(own, _)| own.as_text() == Some(name_space));
        match own {
            Some((_, elements)) => {
                let elements = elements.as_map_mut().unwrap();
                elements.push(((*id).into(), bytes(&[1; 32])));
            }
            None => entries.push(((*name_space).into(), map([(*id, bytes(&[1; 32]))]))),
        }
    }
    name_spaces
}
