//! RustCrypto's p256: pure Rust, in constant time even where nothing is secret.

use ::p256::ecdsa::signature::Verifier;
use ::p256::ecdsa::{Signature, VerifyingKey};

use crate::signing::Signed;

pub fn verify(signed: &Signed) -> bool {
    let key = VerifyingKey::from_sec1_bytes(&signed.key);
    let signature = Signature::from_slice(&signed.signature);
    match (key, signature) {
        (Ok(key), Ok(signature)) => key.verify(&signed.message, &signature).is_ok(),
        _ => false,
    }
}
