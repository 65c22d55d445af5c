//! EdDSA with Ed25519, by ed25519-dalek.

use alloc::vec::Vec;

use super::{Algorithm, Curve, InvalidSignature, SignatureVerifier, VerifyingKey};

/// Ed25519, for [`super::CryptoProvider::signatures`].
pub const ED25519: &dyn SignatureVerifier = &Ed25519;

#[derive(Debug)]
struct Ed25519;

impl SignatureVerifier for Ed25519 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EDDSA
    }

    /// `verify_strict` refuses keys and R of small order, which plain Ed25519 lets pass.
    fn verify(
        &self,
        key: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = key.public_key();
        if key.curve() != Curve::Ed25519 {
            return Err(InvalidSignature);
        }
        let bytes = key.as_bytes().try_into().map_err(|_| InvalidSignature)?;
        let verifier =
            ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| InvalidSignature)?;
        let signature =
            ed25519_dalek::Signature::from_slice(signature).map_err(|_| InvalidSignature)?;
        let message: Vec<u8> = message.concat();
        verifier
            .verify_strict(&message, &signature)
            .map_err(|_| InvalidSignature)
    }
}

/// Whether the bytes are a point of the curve that is not of small order.
pub(super) fn is_on_curve(bytes: &[u8; 32]) -> bool {
    ed25519_dalek::VerifyingKey::from_bytes(bytes).is_ok_and(|key| !key.is_weak())
}
