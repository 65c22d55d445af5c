//! Crypto providers of callers.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use vitacard::crypto::{
    Algorithm, CryptoProvider, Curve, InvalidSignature, RUSTCRYPTO, SignatureVerifier, VerifyingKey,
};

/// As [`RUSTCRYPTO`], with ES256 by aws-lc, which knows nothing of hints.
pub static AWS_LC: CryptoProvider = CryptoProvider {
    signatures: &[&AwsLc],
    ..RUSTCRYPTO
};

#[derive(Debug)]
pub struct AwsLc;

impl SignatureVerifier for AwsLc {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn verify(
        &self,
        key: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = key.public_key();
        if key.curve() != Curve::P256 {
            return Err(InvalidSignature);
        }
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.as_bytes())
            .verify(&message.concat(), signature)
            .map_err(|_| InvalidSignature)
    }
}
