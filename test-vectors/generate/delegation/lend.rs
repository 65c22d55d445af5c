//! Lending a card, step by step: each step can be changed before the next one signs or wraps it.
//! Independent of the library: its delegations could not be wrong.

use ciborium::Value;
use sha2::{Digest as _, Sha256};

use crate::case::{self, x5chain};
use crate::kit::{self, Draft, Issued, Item, Shown, array, at, encode, insert, map, raw, tag24};
use crate::pki::Key;

pub(crate) const DLG_NS: &str = "org.vitacard.delegation.1";
pub(crate) const TYP: &str = "application/vnd.vitacard.delegation+cwt";
/// A second name space of the card.
pub(crate) const OTHER_NS: &str = "org.example.health.1";
pub(crate) const PURPOSES: &str = "org.example.purposes";
/// The seed of the delegate's key.
pub(crate) const DELEGATE: &str = "delegate";

pub(crate) const DAY: u64 = 86_400;
pub(crate) const NOW: u64 = kit::NOW;
/// 2026-01-02, when the card was signed and became valid.
pub(crate) const CARD_FROM: u64 = 1_767_312_000;
/// 2027-01-02, its last second.
pub(crate) const CARD_UNTIL: u64 = 1_798_848_000;

pub(crate) const EXP: i64 = 4;
pub(crate) const NBF: i64 = 5;
pub(crate) const IAT: i64 = 6;
pub(crate) const CTI: i64 = 7;
pub(crate) const CNF: i64 = 8;
pub(crate) const SCOPE: i64 = -70_001;
pub(crate) const PURPOSE_SET: i64 = -70_002;
pub(crate) const NAME: i64 = -70_003;
pub(crate) const USES: i64 = -70_004;
pub(crate) const OWN_CARD: i64 = -70_005;
/// In `keyInfo` of the MSO.
pub(crate) const POLICY: i64 = -70_001;

/// What the card holds. A delegation of [`claims`] lends the first two.
pub(crate) fn items() -> Vec<Item> {
    vec![
        Item::new(0, "family_name", "Martin"),
        Item::new(1, "given_name", "Camille"),
        Item::new(2, "age_over_18", true),
        Item::new(0, "insurer", "Utopia Health").with(|item| item.name_space = OTHER_NS.into()),
    ]
}

/// A card that can be lent for thirty days.
pub(crate) fn card() -> Draft {
    card_with(policy())
}

pub(crate) fn card_with(policy: Value) -> Draft {
    card_saying(
        Some(map([("nameSpaces", array([DLG_NS.into()]))])),
        Some(map([(POLICY, Value::Bytes(encode(&policy)))])),
    )
}

/// The card of an issuer that says this about its device key.
pub(crate) fn card_saying(authorizations: Option<Value>, key_info: Option<Value>) -> Draft {
    case::card_of(items()).with(|draft| {
        let info = at(&mut draft.mso, &["deviceKeyInfo"]);
        let said = [("keyAuthorizations", authorizations), ("keyInfo", key_info)];
        for (key, value) in said {
            if let Some(value) = value {
                insert(info, key, value);
            }
        }
    })
}

pub(crate) fn policy() -> Value {
    int_map([(1, 1.into()), (2, (30 * DAY).into()), (3, 1.into())])
}

/// A map of the order that deterministic encoding wants.
pub(crate) fn int_map<const N: usize>(entries: [(i64, Value); N]) -> Value {
    let mut map = Value::Map(vec![]);
    entries
        .into_iter()
        .for_each(|(key, value)| set(&mut map, key, value));
    map
}

/// Puts `value` in the place of what was there, or where it belongs.
pub(crate) fn set(map: &mut Value, key: i64, value: impl Into<Value>) {
    unset(map, key);
    insert(map, key, value.into());
    let entries = map.as_map_mut().expect("a map");
    entries.sort_by_key(|(key, _)| encode(key));
}

pub(crate) fn unset(map: &mut Value, key: i64) {
    let entries = map.as_map_mut().expect("a map");
    entries.retain(|(other, _)| *other != key.into());
}

/// `{ + tstr => [+ int] }`, of entries in order.
pub(crate) fn int_sets(entries: &[(&str, &[i64])]) -> Value {
    let entries = entries.iter().map(|(name, ints)| {
        let ints = ints.iter().map(|int| Value::from(*int)).collect();
        (Value::from(*name), Value::Array(ints))
    });
    Value::Map(entries.collect())
}

/// A purpose set of so many controllers, of which the reader's is the last.
pub(crate) fn controllers(count: usize) -> Value {
    sets_of(count, &1.into(), (PURPOSES, array([1.into()])))
}

/// A ceiling of so many name spaces, of which the last is the card's, with so many elements.
pub(crate) fn ceiling(name_spaces: usize, elements: usize) -> Value {
    // Before `family_name`, by their bytes.
    let others = (2..elements).map(|n| Value::from(format!("e{n:04}")));
    let ids = others.chain(["family_name".into(), "given_name".into()]);
    let ids = Value::Array(ids.collect());
    sets_of(name_spaces, &"id".into(), (kit::NAME_SPACE, ids))
}

fn sets_of(count: usize, of_others: &Value, (last, ids): (&str, Value)) -> Value {
    let others = (1..count).map(|n| (format!("n{n:02}").into(), array([of_others.clone()])));
    Value::Map(others.chain([(last.into(), ids)]).collect())
}

pub(crate) fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

/// What the holder says: five days are over, and five are left.
pub(crate) fn claims() -> Value {
    int_map([
        (EXP, (NOW + 5 * DAY).into()),
        (NBF, (NOW - 5 * DAY).into()),
        (IAT, (NOW - 5 * DAY).into()),
        (CTI, bytes(b"sixteen bytes id")),
        (CNF, int_map([(1, kit::cose_key(DELEGATE))])),
        (SCOPE, int_sets(&[(kit::NAME_SPACE, &[0, 1])])),
        (PURPOSE_SET, int_sets(&[(PURPOSES, &[1])])),
    ])
}

/// `parent`, of a card whose signer has this certificate.
pub(crate) fn parent_of(issuer_auth: &[Value], leaf: &[u8]) -> Vec<u8> {
    let parent = array([
        "VITACARD-PARENT-v1".into(),
        issuer_auth[0].clone(),
        issuer_auth[2].clone(),
        bytes(&Sha256::digest(leaf)),
    ]);
    Sha256::digest(encode(&parent)).to_vec()
}

/// What the holder is about to sign.
pub(crate) struct Grant {
    pub(crate) card: Issued,
    pub(crate) parent: Vec<u8>,
    pub(crate) protected: Value,
    pub(crate) claims: Value,
    /// In place of the claims.
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) external_aad: Vec<u8>,
    /// Who signs, as a seed.
    pub(crate) holder: &'static str,
}

/// A delegation, about to be put in its element.
pub(crate) struct Delegation {
    pub(crate) card: Issued,
    pub(crate) parent: Vec<u8>,
    pub(crate) id: [u8; 16],
    /// `COSE_Sign1`.
    pub(crate) sign1: Vec<Value>,
    /// In place of `bstr .cbor COSE_Sign1`.
    pub(crate) element: Option<Value>,
}

/// What the delegate is about to sign.
pub(crate) struct Presentation {
    pub(crate) card: Issued,
    pub(crate) id: [u8; 16],
    /// `DelegateAuthentication`, without `DeviceNameSpacesBytes`.
    pub(crate) label: &'static str,
    pub(crate) transcript: Vec<u8>,
    pub(crate) parent: Option<Vec<u8>>,
    pub(crate) name_spaces: Value,
    pub(crate) protected: Value,
    /// Who signs, as a seed.
    pub(crate) signer: &'static str,
}

/// A good card, lent.
pub(crate) fn grant() -> Grant {
    Grant::of(card())
}

impl Grant {
    pub(crate) fn of(card: Draft) -> Self {
        Self::of_issued(card.issue(), &case::signer().der)
    }

    pub(crate) fn of_issued(card: Issued, leaf: &[u8]) -> Self {
        let parent = parent_of(&card.issuer_auth, leaf);
        Self {
            protected: map([(1, Value::from(-7)), (16, TYP.into())]),
            claims: claims(),
            payload: None,
            external_aad: external_aad(&parent, kit::DOC_TYPE),
            holder: "device",
            card,
            parent,
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn set(&mut self, claim: i64, value: impl Into<Value>) {
        set(&mut self.claims, claim, value);
    }

    pub(crate) fn times(&mut self, iat: u64, nbf: u64, exp: u64) {
        for (claim, time) in [(IAT, iat), (NBF, nbf), (EXP, exp)] {
            self.set(claim, time);
        }
    }

    pub(crate) fn sign(self) -> Delegation {
        let protected = encode(&self.protected);
        let payload = self.payload.unwrap_or_else(|| encode(&self.claims));
        let message = sig_structure(&protected, &self.external_aad, &payload);
        let signature = Key::from_seed(self.holder).sign_raw(&message);
        Delegation {
            card: self.card,
            parent: self.parent,
            id: id_of(&message),
            sign1: vec![
                bytes(&protected),
                Value::Map(vec![]),
                bytes(&payload),
                bytes(&signature),
            ],
            element: None,
        }
    }
}

pub(crate) fn external_aad(parent: &[u8], doc_type: &str) -> Vec<u8> {
    let aad = array([
        "VITACARD-DELEGATION-v1".into(),
        bytes(parent),
        doc_type.into(),
    ]);
    encode(&aad)
}

fn sig_structure(protected: &[u8], external_aad: &[u8], payload: &[u8]) -> Vec<u8> {
    let [protected, external_aad, payload] = [protected, external_aad, payload].map(bytes);
    encode(&array([
        "Signature1".into(),
        protected,
        external_aad,
        payload,
    ]))
}

/// `SHA-256("VITACARD-DLG-ID" || Sig_structure)[0..16]`
fn id_of(sig_structure: &[u8]) -> [u8; 16] {
    let hash = Sha256::digest([b"VITACARD-DLG-ID", sig_structure].concat());
    *hash.first_chunk().expect("16 bytes")
}

impl Delegation {
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Of its element, where that is a byte string.
    pub(crate) fn content(&self) -> Vec<u8> {
        encode(&Value::Array(self.sign1.clone()))
    }

    /// The delegate shows the two elements that were lent.
    pub(crate) fn present(self) -> Presentation {
        let content = self.content();
        let element = self.element.unwrap_or(Value::Bytes(content));
        let mut presentation = Presentation {
            card: self.card,
            id: self.id,
            label: "DelegateAuthentication",
            transcript: case::transcript(),
            parent: Some(self.parent),
            name_spaces: map([(DLG_NS, map([("delegation", element)]))]),
            protected: map([(1, Value::from(-7))]),
            signer: DELEGATE,
        };
        presentation.show_only(&[0, 1]);
        presentation
    }
}

impl Presentation {
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// These of [`items`].
    pub(crate) fn show_only(&mut self, indexes: &[usize]) {
        let items = items();
        let shown = indexes.iter().map(|index| &items[*index]);
        self.card.items = shown
            .map(|item| (item.name_space.clone(), item.bytes()))
            .collect();
    }

    /// What is signed, or authenticated.
    pub(crate) fn payload(&self, name_spaces: &[u8]) -> Vec<u8> {
        let mut tuple = vec![
            self.label.into(),
            raw(&self.transcript),
            self.card.doc_type.clone(),
            raw(name_spaces),
        ];
        tuple.extend(self.parent.as_deref().map(bytes));
        encode(&tag24(encode(&Value::Array(tuple))))
    }

    pub(crate) fn sign(self) -> Shown {
        let name_spaces = encode(&tag24(encode(&self.name_spaces)));
        let payload = self.payload(&name_spaces);
        let protected = encode(&self.protected);
        let message = kit::sig_structure(&protected, &payload);
        let signature = Key::from_seed(self.signer).sign_raw(&message);
        let sign1 = array([
            bytes(&protected),
            Value::Map(vec![]),
            Value::Null,
            bytes(&signature),
        ]);
        Shown {
            items: self.card.items,
            issuer_auth: self.card.issuer_auth,
            doc_type: self.card.doc_type,
            device_name_spaces: name_spaces,
            device_auth: map([("deviceSignature", sign1)]),
        }
    }

    pub(crate) fn response(self) -> Vec<u8> {
        self.sign().response()
    }
}

/// The response with a delegation that the holder signed after `change`.
pub(crate) fn granted(change: impl FnOnce(&mut Grant)) -> Vec<u8> {
    grant().with(change).sign().present().response()
}

/// With a claim changed.
pub(crate) fn claiming(claim: i64, value: impl Into<Value>) -> Vec<u8> {
    granted(|grant| grant.set(claim, value))
}

/// With a delegation of this card.
pub(crate) fn of_card(card: Draft) -> Vec<u8> {
    Grant::of(card).sign().present().response()
}

/// With a good delegation that was changed after it was signed.
pub(crate) fn altered(change: impl FnOnce(&mut Delegation)) -> Vec<u8> {
    grant().sign().with(change).present().response()
}

/// With a good delegation, which the delegate shows after `change`.
pub(crate) fn presented(change: impl FnOnce(&mut Presentation)) -> Vec<u8> {
    grant().sign().present().with(change).response()
}

/// Changed after the delegate signed.
pub(crate) fn garbled(change: impl FnOnce(&mut Shown)) -> Vec<u8> {
    grant().sign().present().sign().with(change).response()
}

/// The fields of the delegate's COSE_Sign1.
pub(crate) fn device_sign1(shown: &mut Shown) -> &mut Vec<Value> {
    let sign1 = at(&mut shown.device_auth, &["deviceSignature"]);
    sign1.as_array_mut().expect("an array")
}

/// The other signature that holds: (r, n - s).
pub(crate) fn malleate(signature: &mut Value) {
    let bytes = signature.as_bytes_mut().expect("a signature");
    let parsed = p256::ecdsa::Signature::from_slice(bytes).expect("a signature");
    let (r, s) = parsed.split_scalars();
    let other = p256::ecdsa::Signature::from_scalars(r, -s).expect("a signature");
    *bytes = other.to_bytes().to_vec();
}

/// The same MSO, signed by the holder of another certificate.
pub(crate) fn signed_by(card: &Issued, leaf: &[u8], seed: &str) -> Issued {
    card.clone().with(|card| {
        let [protected, payload] = [0, 2].map(|i| card.issuer_auth[i].as_bytes().expect("bytes"));
        let signature = Key::from_seed(seed).sign_raw(&kit::sig_structure(protected, payload));
        card.issuer_auth[1] = x5chain(&[leaf]);
        card.issuer_auth[3] = bytes(&signature);
    })
}
