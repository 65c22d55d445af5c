//! Providers that believe what they are told, and the keys of the seeds.

use std::sync::LazyLock;

use vitacard::crypto::{
    AgreementKey, Algorithm, CryptoError, CryptoProvider, Digest, DigestAlgorithm,
    InvalidSignature, Kdf, PublicKey, RUSTCRYPTO, Secret, SignatureVerifier, Signer as _,
    SoftwareSigner, VerifyingKey,
};

/// Every signature is good; digests and MACs are checked.
pub static CREDULOUS: CryptoProvider = CryptoProvider {
    signatures: &[
        &Anything(Algorithm::ES256),
        &Anything(Algorithm::ES384),
        &Anything(Algorithm::EDDSA),
    ],
    ..RUSTCRYPTO
};

/// Every signature is good, and every digest and MAC is zeros, which a fuzzer can write.
pub static HOLLOW: CryptoProvider = CryptoProvider {
    digests: &[
        &Zeros(DigestAlgorithm::Sha256),
        &Zeros(DigestAlgorithm::Sha384),
        &Zeros(DigestAlgorithm::Sha512),
    ],
    kdf: &Zeros(DigestAlgorithm::Sha256),
    ..CREDULOUS
};

#[derive(Debug)]
struct Anything(Algorithm);

impl SignatureVerifier for Anything {
    fn algorithm(&self) -> Algorithm {
        self.0
    }

    fn verify(&self, _: VerifyingKey<'_>, _: &[&[u8]], _: &[u8]) -> Result<(), InvalidSignature> {
        Ok(())
    }
}

#[derive(Debug)]
struct Zeros(DigestAlgorithm);

impl Digest for Zeros {
    fn algorithm(&self) -> DigestAlgorithm {
        self.0
    }

    fn hash(&self, _: &[&[u8]], out: &mut [u8; 64]) {
        out.fill(0);
    }
}

impl Kdf for Zeros {
    fn hkdf_sha256(&self, _: &[u8], _: &[u8], _: &[u8], out: &mut [u8]) -> Result<(), CryptoError> {
        out.fill(0);
        Ok(())
    }

    fn hmac_sha256(&self, _: &Secret<32>, _: &[&[u8]]) -> Secret<32> {
        Secret::new([0; 32])
    }
}

/// Agrees on the same secret with everybody: scalar multiplication is what a fuzzer waits for.
#[derive(Clone, Copy, Debug)]
pub struct Agreed(pub PublicKey);

impl AgreementKey for Agreed {
    fn public_key(&self) -> PublicKey {
        self.0
    }

    fn agree(&self, _: &PublicKey) -> Result<Secret<32>, CryptoError> {
        Ok(Secret::new([7; 32]))
    }
}

/// The key of the issuer whose cards the seeds show: the card kit's (`tests/pki/key.rs`).
pub static ISSUER: LazyLock<PublicKey> = LazyLock::new(|| {
    let mut scalar = [0; 64];
    let sha256 = RUSTCRYPTO.digest(DigestAlgorithm::Sha256).unwrap();
    sha256.hash(&[b"issuer"], &mut scalar);
    let scalar = scalar.first_chunk().unwrap();
    SoftwareSigner::from_bytes(scalar).unwrap().public_key()
});
