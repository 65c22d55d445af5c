//! aws-lc-rs: assembler with formal proofs, and the measure of all our ratios.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, UnparsedPublicKey};

use crate::signing::Signed;

/// The key is read from its bytes each time, as a device key must be.
pub fn verify(signed: &Signed) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &signed.key)
        .verify(&signed.message, &signed.signature)
        .is_ok()
}

/// A signature whose key was read before.
pub struct Parsed<'a> {
    key: ParsedPublicKey,
    signed: &'a Signed,
}

impl<'a> Parsed<'a> {
    pub fn new(signed: &'a Signed) -> Self {
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, signed.key).expect("a point");
        Self { key, signed }
    }

    pub fn verify(&self) -> bool {
        self.key
            .verify_sig(&self.signed.message, &self.signed.signature)
            .is_ok()
    }
}
