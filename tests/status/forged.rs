//! What the signer of lists never says, signed by him.

use ciborium::Value;

use crate::pki::Entity;

pub(crate) type Claims = Vec<(Value, Value)>;

/// What a map says under `label`.
pub(crate) fn at(map: &mut [(Value, Value)], label: i64) -> &mut Value {
    let mut entries = map.iter_mut();
    &mut entries.find(|(key, _)| *key == label.into()).unwrap().1
}

/// The same list or increment, saying something else, signed anew.
pub(crate) fn edited(signed: &[u8], by: &Entity, edit: &dyn Fn(&mut Claims)) -> Vec<u8> {
    forged(signed, by, |_, claims| edit(claims))
}

/// The same list, in the name of somebody else.
pub(crate) fn signed_by(signed: &[u8], by: &Entity) -> Vec<u8> {
    forged(signed, by, |protected, _| {
        *at(protected, 33) = by.der.clone().into()
    })
}

/// The same, without the chain of who signed it.
pub(crate) fn unchained(signed: &[u8], by: &Entity) -> Vec<u8> {
    forged(signed, by, |protected, _| {
        protected.retain(|(label, _)| *label != 33.into())
    })
}

fn forged(signed: &[u8], by: &Entity, edit: impl Fn(&mut Claims, &mut Claims)) -> Vec<u8> {
    let (tag, sign1) = match decode(signed) {
        Value::Tag(tag, sign1) => (Some(tag), *sign1),
        sign1 => (None, sign1),
    };
    let mut sign1 = sign1.into_array().unwrap();
    let [mut protected, mut claims] = [0, 2].map(|part| decode(sign1[part].as_bytes().unwrap()));
    edit(
        protected.as_map_mut().unwrap(),
        claims.as_map_mut().unwrap(),
    );
    [sign1[0], sign1[2]] = [encode(&protected).into(), encode(&claims).into()];
    let to_sign = Value::Array(vec![
        "Signature1".into(),
        sign1[0].clone(),
        Value::Bytes(vec![]),
        sign1[2].clone(),
    ]);
    sign1[3] = by.key.sign_raw(&encode(&to_sign)).to_vec().into();
    let sign1 = Value::Array(sign1);
    encode(&match tag {
        Some(tag) => Value::Tag(tag, Box::new(sign1)),
        None => sign1,
    })
}

fn decode(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).unwrap()
}

fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}
