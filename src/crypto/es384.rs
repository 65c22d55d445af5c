//! ES384, by RustCrypto's p384.

use p384::ecdsa::signature::hazmat::PrehashVerifier as _;
use sha2::Digest as _;

use super::{Algorithm, Curve, InvalidSignature, SignatureVerifier, VerifyingKey};

/// ECDSA with SHA-384 on P-384, for [`super::CryptoProvider::signatures`].
pub const ES384: &dyn SignatureVerifier = &P384;

#[derive(Debug)]
struct P384;

impl SignatureVerifier for P384 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES384
    }

    fn verify(
        &self,
        key: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = key.public_key();
        if key.curve() != Curve::P384 {
            return Err(InvalidSignature);
        }
        let verifier = p384::ecdsa::VerifyingKey::from_sec1_bytes(key.as_bytes())
            .map_err(|_| InvalidSignature)?;
        let signature =
            p384::ecdsa::Signature::from_slice(signature).map_err(|_| InvalidSignature)?;
        let mut hasher = sha2::Sha384::new();
        message.iter().for_each(|part| hasher.update(part));
        verifier
            .verify_prehash(&hasher.finalize(), &signature)
            .map_err(|_| InvalidSignature)
    }
}

/// Whether the bytes are an uncompressed point of P-384.
pub(super) fn is_on_curve(sec1: &[u8; 97]) -> bool {
    matches!(sec1, [4, ..]) && p384::PublicKey::from_sec1_bytes(sec1).is_ok()
}
