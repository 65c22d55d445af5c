//! ES256: ECDSA with SHA-256 on P-256, by our own engine.

use alloc::vec::Vec;

use super::p256::{self, GeneratorTable, Key};
use super::{
    Algorithm, Check, Digest, DigestAlgorithm, InvalidSignature, PublicKey, Signature,
    SignatureVerifier, VerifyingKey,
};

/// Checks ES256 signatures, with a SHA-256 of the caller's choice and a table of the size that the
/// machine has room for. It sees public data only, and runs in variable time.
///
/// Uses every hint of a [`VerifyingKey`]. With the feature `rustcrypto` there is `ES256`, one with
/// the full table.
///
/// ```
/// use vitacard::crypto::{Digest, Es256, GeneratorTable, SignatureVerifier};
/// // On a microcontroller, perhaps with a hash unit of its own.
/// static ES256: Es256 = Es256::new(&HASH_UNIT, GeneratorTable::FLASH);
/// static SIGNATURES: &[&dyn SignatureVerifier] = &[&ES256];
/// # #[derive(Debug)]
/// # struct Unit;
/// # static HASH_UNIT: Unit = Unit;
/// # impl Digest for Unit {
/// #     fn algorithm(&self) -> vitacard::crypto::DigestAlgorithm { vitacard::crypto::DigestAlgorithm::Sha256 }
/// #     fn hash(&self, _: &[&[u8]], _: &mut [u8; 64]) {}
/// # }
/// assert_eq!(SIGNATURES[0].algorithm(), vitacard::crypto::Algorithm::ES256);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Es256 {
    sha256: &'static dyn Digest,
    generator: GeneratorTable,
}

impl Es256 {
    /// A verifier over `sha256`; over another hash it refuses every signature.
    #[must_use]
    pub const fn new(sha256: &'static dyn Digest, generator: GeneratorTable) -> Self {
        Self { sha256, generator }
    }

    fn hash(&self, parts: &[&[u8]]) -> Option<[u8; 32]> {
        if self.sha256.algorithm() != DigestAlgorithm::Sha256 {
            return None;
        }
        let mut out = [0; 64];
        self.sha256.hash(parts, &mut out);
        out.first_chunk().copied()
    }
}

impl SignatureVerifier for Es256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn verify(
        &self,
        key: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = engine_key(key).ok_or(InvalidSignature)?;
        let hash = self.hash(message).ok_or(InvalidSignature)?;
        match p256::verify(key, &hash, signature, &self.generator) {
            true => Ok(()),
            false => Err(InvalidSignature),
        }
    }

    /// Signatures of keys that are said to have an even R, and have no table, share equations.
    fn verify_all(&self, checks: &[Check<'_>], seed: &[u8; 32]) -> Result<(), InvalidSignature> {
        let checks = checks.iter().map(|check| {
            let hash = self.hash(&[check.message])?;
            Some((engine_key(check.key)?, hash, check.signature))
        });
        let checks: Vec<_> = checks.collect::<Option<_>>().ok_or(InvalidSignature)?;
        // `checks` has been hashed, so there is a hash.
        let sha256 = |parts: &[&[u8]]| self.hash(parts).unwrap_or_default();
        match p256::verify_all(&checks, seed, &sha256, &self.generator) {
            true => Ok(()),
            false => Err(InvalidSignature),
        }
    }
}

/// Of two signatures that say the same, (r, s) and (r, n − s), the one whose R has an even y.
///
/// `None` if `signature` is not by `key` over what has this hash, or if `key` is on another curve.
pub(crate) fn even_r_form(
    key: &PublicKey,
    hash: &[u8; 32],
    signature: &Signature,
) -> Option<Signature> {
    let form = p256::even_r_form(key.p256_bytes()?, hash, signature.as_bytes())?;
    Signature::from_bytes(&form).ok()
}

fn engine_key(key: VerifyingKey<'_>) -> Option<Key<'_>> {
    Some(Key {
        sec1: key.public_key().p256_bytes()?,
        table: key.prepared_key().map(super::PreparedKey::table),
        even_r: key.expects_even_r(),
    })
}
