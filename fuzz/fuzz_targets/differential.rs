//! What we accept, ciborium and coset read as the same. What they accept besides is their affair.
#![no_main]

use std::cell::RefCell;
use std::sync::LazyLock;

use ciborium::Value;
use coset::iana::{self, EnumI64 as _};
use coset::{
    AsCborValue as _, CborSerializable as _, CoseKey, CoseMac0, CoseSign1, Header, Label,
    MacContext, RegisteredLabelWithPrivate, TaggedCborSerializable as _, mac_structure_data,
};
use vitacard::crypto::{
    Algorithm, CryptoError, CryptoProvider, Curve, InvalidSignature, Kdf, PublicKey, RUSTCRYPTO,
    Secret, SignatureVerifier, VerifyingKey,
};
use vitacard::fuzzing::{self, Cose};
use vitacard::{ElementValue, ValueKind};
use vitacard_fuzz::ISSUER;

vitacard_fuzz::target!(run);

fn run(bytes: &[u8]) {
    if let Ok(value) = fuzzing::value(bytes) {
        same_value(&value);
        walk(&value);
    }
}

/// Any item may be a COSE structure, those in byte strings too.
fn walk(value: &ElementValue<'_>) {
    let bytes = value.as_cbor();
    match value.kind() {
        ValueKind::Array(items) => {
            sign1(bytes);
            mac0(bytes);
            items.for_each(|item| walk(&item));
        }
        ValueKind::Map(entries) => {
            cose_key(bytes);
            entries.for_each(|(_, value)| walk(&value));
        }
        ValueKind::Tag(_, inner) => {
            sign1(bytes);
            mac0(bytes);
            walk(&inner);
        }
        ValueKind::Bytes(content) => {
            if let Ok(inner) = fuzzing::value(content) {
                walk(&inner);
            }
        }
        _ => {}
    }
}

fn same_value(value: &ElementValue<'_>) {
    let Some(ours) = read(value) else {
        return;
    };
    let theirs: Value = ciborium::from_reader(value.as_cbor()).unwrap();
    assert!(same(&ours, &theirs), "{ours:?} {theirs:?}");
    assert!(same(&ours, &value.to_value().unwrap()));
    // Written back, it is the same value in no more bytes, and written again the same bytes.
    let written = fuzzing::deterministic(&ours).unwrap();
    assert!(written.len() <= value.as_cbor().len());
    let again = fuzzing::value(&written).unwrap();
    let again = read(&again).unwrap();
    assert!(same(&sorted(ours.clone()), &sorted(again.clone())));
    assert_eq!(fuzzing::deterministic(&again).unwrap(), written);
    assert_eq!(ElementValue::new(&ours).unwrap().as_cbor(), written);
}

/// The value as ciborium should read it, by our own walk. `None` where it is known to differ.
fn read(value: &ElementValue<'_>) -> Option<Value> {
    Some(match value.kind() {
        ValueKind::Integer(number) => Value::Integer(number.try_into().unwrap()),
        ValueKind::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
        ValueKind::Text(text) => Value::Text(text.to_owned()),
        ValueKind::Array(items) => {
            Value::Array(items.map(|item| read(&item)).collect::<Option<_>>()?)
        }
        ValueKind::Map(entries) => {
            let entries = entries.map(|(key, value)| Some((read(&key)?, read(&value)?)));
            Value::Map(entries.collect::<Option<_>>()?)
        }
        // Bignums of at most 16 bytes become integers or are refused, as they fit.
        ValueKind::Tag(2 | 3, inner) if inner.as_bytes().is_some() => return None,
        ValueKind::Tag(tag, inner) => Value::Tag(tag, Box::new(read(&inner)?)),
        ValueKind::Bool(bool) => Value::Bool(bool),
        // undefined becomes null.
        ValueKind::Null | ValueKind::Simple(23) => Value::Null,
        // Other simple values are refused.
        ValueKind::Simple(_) => return None,
        ValueKind::Float(number) => Value::Float(number),
        kind => panic!("a kind that nobody has compared: {kind:?}"),
    })
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        // The bits of a NaN are lost when one width becomes another.
        (Value::Float(a), Value::Float(b)) => {
            a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let mut pairs = a.iter().zip(b);
            a.len() == b.len() && pairs.all(|(a, b)| same(&a.0, &b.0) && same(&a.1, &b.1))
        }
        (Value::Tag(a, inner_a), Value::Tag(b, inner_b)) => a == b && same(inner_a, inner_b),
        _ => a == b,
    }
}

/// With the entries of maps in the order of their keys' encodings.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Map(entries) => {
            let entries = entries.into_iter().map(|(key, value)| (key, sorted(value)));
            let mut entries: Vec<_> = entries.collect();
            entries.sort_by_cached_key(|(key, _)| fuzzing::deterministic(key).unwrap());
            Value::Map(entries)
        }
        Value::Tag(tag, inner) => Value::Tag(tag, Box::new(sorted(*inner))),
        other => other,
    }
}

fn sign1(bytes: &[u8]) {
    // Both tolerate the tag; coset wants to be told.
    let theirs = CoseSign1::from_slice(bytes).or_else(|_| CoseSign1::from_tagged_slice(bytes));
    for key in [*ISSUER, *P384, *ED25519] {
        let (attached, covered) = recorded(|crypto| fuzzing::sign1(bytes, DETACHED, &key, crypto));
        if let Ok(ours) = attached {
            let Some(theirs) = agreed(theirs.as_ref().ok(), bytes) else {
                return;
            };
            assert_eq!(
                ours.payload,
                theirs.payload.as_deref().filter(|_| accepts(&ours, &key))
            );
            same_sign1(&ours, &key, theirs, &covered);
        }
        let (detached, covered) =
            recorded(|crypto| fuzzing::sign1_detached(bytes, DETACHED, &key, crypto));
        if let Ok(ours) = detached {
            let Some(theirs) = agreed(theirs.as_ref().ok(), bytes) else {
                return;
            };
            same_sign1(&ours, &key, theirs, &covered);
        }
    }
}

/// Whether the recording provider can be asked: algorithm and key are of one curve.
fn accepts(ours: &Cose<'_>, key: &PublicKey) -> bool {
    let algorithm = ours.algorithm.map(Algorithm::from_cose);
    algorithm.and_then(Algorithm::curve) == Some(key.curve())
}

fn same_sign1(ours: &Cose<'_>, key: &PublicKey, theirs: &CoseSign1, covered: &[Covered]) {
    same_headers(ours, &theirs.protected, &theirs.unprotected);
    let message = match &theirs.payload {
        Some(_) => theirs.tbs_data(&[]),
        None => theirs.tbs_detached_data(DETACHED, &[]),
    };
    assert!(
        covered
            .iter()
            .all(|covered| *covered == (message.clone(), theirs.signature.clone()))
    );
    let absent = theirs
        .payload
        .as_deref()
        .is_none_or(|payload| payload == DETACHED);
    assert_eq!(ours.detached, accepts(ours, key) && absent);
}

fn mac0(bytes: &[u8]) {
    let theirs = CoseMac0::from_slice(bytes).or_else(|_| CoseMac0::from_tagged_slice(bytes));
    let payload = theirs
        .as_ref()
        .ok()
        .and_then(|theirs| theirs.payload.clone());
    let payload = payload.unwrap_or_else(|| DETACHED.to_vec());
    let key = Secret::new([0; 32]);
    let (ours, covered) = recorded(|crypto| fuzzing::mac0(bytes, &payload, &key, crypto));
    let Ok(ours) = ours else {
        return;
    };
    let Some(theirs) = agreed(theirs.as_ref().ok(), bytes) else {
        return;
    };
    let is_hmac = number(&theirs.protected.header) == Some(Algorithm::HMAC_256.to_cose());
    assert_eq!(ours, is_hmac && theirs.tag == [0; 32]);
    let protected = theirs.protected.clone();
    let message = mac_structure_data(MacContext::CoseMac0, protected, &[], &payload);
    let covers = [(message, Vec::new())];
    assert_eq!(covered, if is_hmac { &covers[..] } else { &[] });
}

fn same_headers(ours: &Cose<'_>, protected: &coset::ProtectedHeader, unprotected: &Header) {
    assert_eq!(Some(ours.protected), protected.original_data.as_deref());
    assert_eq!(ours.algorithm, number(&protected.header));
    let chain = [&protected.header, unprotected]
        .into_iter()
        .flat_map(|header| &header.rest);
    let chain = chain
        .filter(|(label, _)| *label == Label::Int(33))
        .map(|(_, value)| value);
    let certificates: Vec<_> = chain
        .flat_map(|value| {
            value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice)
        })
        .map(|value| value.as_bytes().unwrap().as_slice())
        .collect();
    assert_eq!(ours.certificates, certificates);
}

fn number(header: &Header) -> Option<i64> {
    match header.alg.as_ref()? {
        RegisteredLabelWithPrivate::Assigned(assigned) => Some(assigned.to_i64()),
        RegisteredLabelWithPrivate::PrivateUse(number) => Some(*number),
        RegisteredLabelWithPrivate::Text(text) => panic!("read as a number by us: {text}"),
    }
}

/// What coset has read; it must have, unless it looks at what does not concern us.
fn agreed<'t, T>(theirs: Option<&'t T>, bytes: &[u8]) -> Option<&'t T> {
    assert!(
        theirs.is_some() || concerns_coset(bytes).is_none(),
        "coset refuses it"
    );
    theirs
}

/// `Some` where coset has no reason of its own to refuse a COSE structure.
fn concerns_coset(bytes: &[u8]) -> Option<()> {
    let value = fuzzing::value(bytes).unwrap();
    let mut items = match read(&value)? {
        Value::Tag(_, inner) => inner.into_array().unwrap(),
        value => value.into_array().unwrap(),
    };
    let unprotected = items.swap_remove(1);
    let protected = items.swap_remove(0).into_bytes().unwrap();
    let protected = match &protected[..] {
        [] => Value::Map(Vec::new()),
        bytes => read(&fuzzing::value(bytes).unwrap())?,
    };
    let labels = [protected, unprotected].map(|bucket| bucket.into_map().unwrap());
    for (label, value) in labels.into_iter().flatten() {
        match Label::from_cbor_value(label).ok()? {
            // It knows registered and private algorithms only.
            Label::Int(1) => drop(coset::Algorithm::from_cbor_value(value).ok()?),
            // We read neither critical labels that we let pass, content types, key identifiers,
            // nonces nor counter signatures.
            Label::Int(2..=7) => return None,
            _ => {}
        }
    }
    Some(())
}

fn cose_key(bytes: &[u8]) {
    let Ok(ours) = fuzzing::cose_key(bytes) else {
        return;
    };
    assert_eq!(
        PublicKey::try_from(&CoseKey::from(&ours)),
        Ok(ours),
        "there and back"
    );
    let Ok(theirs) = CoseKey::from_slice(bytes) else {
        assert!(concerns_coset_key(bytes).is_none(), "coset refuses it");
        return;
    };
    assert_eq!(PublicKey::try_from(&theirs), Ok(ours));
    if ours.curve() == Curve::Ed25519 {
        let x = Label::Int(iana::OkpKeyParameter::X.to_i64());
        let x = theirs.params.iter().find(|(label, _)| *label == x).unwrap();
        assert_eq!(x.1.as_bytes().unwrap(), ours.as_bytes());
        return;
    }
    let sec1 = theirs.to_sec1_octet_string().unwrap();
    match sec1[0] {
        4 => assert_eq!(sec1, ours.as_bytes()),
        parity => {
            assert_eq!(sec1[1..], ours.as_bytes()[1..33]);
            assert_eq!(parity & 1, ours.as_bytes()[64] & 1);
        }
    }
}

/// `Some` where coset has no reason of its own to refuse a key.
fn concerns_coset_key(bytes: &[u8]) -> Option<()> {
    let value = fuzzing::value(bytes).unwrap();
    for (label, _) in read(&value)?.into_map().unwrap() {
        // We read of identifiers, algorithms, operations and nonces only what we act on.
        if let Label::Int(2..=5) = Label::from_cbor_value(label).ok()? {
            return None;
        }
    }
    Some(())
}

/// A payload that stands elsewhere.
const DETACHED: &[u8] = b"\x65there";

/// The base point of P-384.
static P384: LazyLock<PublicKey> = LazyLock::new(|| {
    let key = PublicKey::p384(
        b"\x04\
        \xaa\x87\xca\x22\xbe\x8b\x05\x37\x8e\xb1\xc7\x1e\xf3\x20\xad\x74\
        \x6e\x1d\x3b\x62\x8b\xa7\x9b\x98\x59\xf7\x41\xe0\x82\x54\x2a\x38\
        \x55\x02\xf2\x5d\xbf\x55\x29\x6c\x3a\x54\x5e\x38\x72\x76\x0a\xb7\
        \x36\x17\xde\x4a\x96\x26\x2c\x6f\x5d\x9e\x98\xbf\x92\x92\xdc\x29\
        \xf8\xf4\x1d\xbd\x28\x9a\x14\x7c\xe9\xda\x31\x13\xb5\xf0\xb8\xc0\
        \x0a\x60\xb1\xce\x1d\x7e\x81\x9d\x7a\x43\x1d\x7c\x90\xea\x0e\x5f",
    );
    key.unwrap()
});

/// The base point of Ed25519.
static ED25519: LazyLock<PublicKey> = LazyLock::new(|| {
    let mut bytes = [0x66; 32];
    bytes[0] = 0x58;
    PublicKey::ed25519(&bytes).unwrap()
});

/// The bytes that a signature or a MAC covers, and the signature.
type Covered = (Vec<u8>, Vec<u8>);

thread_local! {
    static RECORD: RefCell<Vec<Covered>> = const { RefCell::new(Vec::new()) };
}

/// Accepts every signature, makes MACs of zeros, and writes down what they cover.
static RECORDING: CryptoProvider = CryptoProvider {
    signatures: &[
        &Recorder(Algorithm::ES256),
        &Recorder(Algorithm::ES384),
        &Recorder(Algorithm::EDDSA),
    ],
    kdf: &Recorder(Algorithm::HMAC_256),
    ..RUSTCRYPTO
};

fn recorded<T>(check: impl FnOnce(&CryptoProvider) -> T) -> (T, Vec<Covered>) {
    let result = check(&RECORDING);
    (result, RECORD.take())
}

#[derive(Debug)]
struct Recorder(Algorithm);

impl SignatureVerifier for Recorder {
    fn algorithm(&self) -> Algorithm {
        self.0
    }

    fn verify(
        &self,
        _: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        RECORD.with_borrow_mut(|record| record.push((message.concat(), signature.to_vec())));
        Ok(())
    }
}

impl Kdf for Recorder {
    fn hkdf_sha256(&self, _: &[u8], _: &[u8], _: &[u8], _: &mut [u8]) -> Result<(), CryptoError> {
        Err(CryptoError::Unavailable)
    }

    fn hmac_sha256(&self, _: &Secret<32>, parts: &[&[u8]]) -> Secret<32> {
        RECORD.with_borrow_mut(|record| record.push((parts.concat(), Vec::new())));
        Secret::new([0; 32])
    }
}
