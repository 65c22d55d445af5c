//! ring: reads the key from its bytes each time, as its interface has it.

use ::ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use crate::signing::Signed;

pub fn verify(signed: &Signed) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &signed.key)
        .verify(&signed.message, &signed.signature)
        .is_ok()
}
