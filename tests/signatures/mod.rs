//! Signatures of the kit, seen from outside: p256 says on which side R lies.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use ciborium::Value;
use p256::ecdsa::{RecoveryId, VerifyingKey};

use crate::kit::{self, Shown};
use crate::pki::Key;

pub type Raw = [u8; 64];

/// The order of the group (SEC 2, 2.4.2), big-endian.
pub const N: [u8; 32] = *b"\
    \xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\
    \xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";

/// (r, n − s).
pub fn twin(signature: &Raw) -> Raw {
    let mut twin = *signature;
    let mut borrow = 0;
    for i in (0..32).rev() {
        let digit = i16::from(N[i]) - i16::from(signature[32 + i]) - borrow;
        borrow = i16::from(digit < 0);
        twin[32 + i] = digit.rem_euclid(256) as u8;
    }
    twin
}

/// Whether the R of a good signature has an even y.
pub fn is_even(key: &[u8], message: &[u8], signature: &Raw) -> bool {
    let key = VerifyingKey::from_sec1_bytes(key).unwrap();
    let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
    let id = RecoveryId::trial_recovery_from_msg(&key, message, &signature);
    !id.expect("a good signature").is_y_odd()
}

/// The device's signature, and what it is over in the session of [`kit::transcript`].
pub fn device_signature(shown: &Shown) -> (Raw, Vec<u8>) {
    let Value::Array(sign1) = kit::at(&mut shown.device_auth.clone(), &["deviceSignature"]).clone()
    else {
        panic!("no signature")
    };
    let (Value::Bytes(protected), Value::Bytes(signature)) = (&sign1[0], &sign1[3]) else {
        panic!("no COSE_Sign1")
    };
    let payload = kit::device_authentication(
        &kit::transcript(),
        &shown.doc_type,
        &shown.device_name_spaces,
    );
    let signature = signature.as_slice().try_into().unwrap();
    (signature, kit::sig_structure(protected, &payload))
}

/// The same, with another device signature.
pub fn with_signature(shown: &Shown, signature: &[u8]) -> Shown {
    shown.clone().with(|shown| {
        let sign1 = kit::at(&mut shown.device_auth, &["deviceSignature"]);
        sign1.as_array_mut().unwrap()[3] = Value::Bytes(signature.into());
    })
}

/// The same, signed by the kit's device so that the y of R is even, or odd.
pub fn with_parity(shown: &Shown, even: bool) -> Shown {
    with_parity_of(shown, "device", even)
}

/// The same for the device with this seed.
pub fn with_parity_of(shown: &Shown, device: &str, even: bool) -> Shown {
    let (signature, message) = device_signature(shown);
    let key = Key::from_seed(device).public_sec1();
    match is_even(&key, &message, &signature) == even {
        true => shown.clone(),
        false => with_signature(shown, &twin(&signature)),
    }
}
