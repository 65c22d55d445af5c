//! The caller's signature checks, lent to webpki for as long as a call lasts.

use pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

use crate::crypto::{
    Algorithm, CryptoProvider, Curve, PublicKey, Signature, SignatureVerifier, VerifyingKey,
};
use crate::trust::tables::Tables;

/// The algorithms of certificates: a curve with the hash of its size, as Annex B pairs them.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::ES256, Algorithm::ES384, Algorithm::EDDSA];

/// What the crypto provider offers for certificates.
#[derive(Debug)]
pub(super) struct Algorithms<'a>([Adapter<'a>; ALGORITHMS.len()]);

impl<'a> Algorithms<'a> {
    /// With the `tables` of keys that may be among those that signed.
    pub(super) fn of(crypto: &'a CryptoProvider, tables: &'a Tables) -> Self {
        Self(ALGORITHMS.map(|algorithm| Adapter {
            algorithm,
            verifier: crypto.verifier(algorithm),
            tables,
        }))
    }

    pub(super) fn as_dyn(&self) -> [&dyn SignatureVerificationAlgorithm; ALGORITHMS.len()] {
        let [first, second, third] = &self.0;
        [first, second, third]
    }

    /// The one that an AlgorithmIdentifier names.
    pub(super) fn named(&self, id: &[u8]) -> Option<&dyn SignatureVerificationAlgorithm> {
        let mut all = self.as_dyn().into_iter();
        all.find(|algorithm| *algorithm.signature_alg_id() == *id)
    }
}

/// One of them; without a verifier it accepts nothing.
#[derive(Debug)]
struct Adapter<'a> {
    algorithm: Algorithm,
    verifier: Option<&'a dyn SignatureVerifier>,
    tables: &'a Tables,
}

impl Adapter<'_> {
    fn verify(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
        let read;
        let key = match self.prepared(key) {
            Some(key) => key,
            None => {
                read = public_key(self.algorithm, key)?;
                VerifyingKey::new(&read)
            }
        };
        let signature = match self.algorithm.curve()? {
            Curve::P256 => Signature::from_der(signature, 32),
            Curve::P384 => Signature::from_der(signature, 48),
            Curve::Ed25519 => Signature::from_bytes(signature),
        };
        let signature = signature.ok()?;
        self.verifier?
            .verify(key, &[message], signature.as_bytes())
            .ok()
    }

    fn prepared(&self, key: &[u8]) -> Option<VerifyingKey<'_>> {
        self.tables
            .find(key)
            .filter(|key| self.algorithm.curve() == Some(key.public_key().curve()))
    }
}

/// webpki itself compares the algorithm identifiers and refuses unused bits; the key and the DER of
/// the signature are ours to read.
impl SignatureVerificationAlgorithm for Adapter<'_> {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        self.verify(key, message, signature).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        match self.algorithm {
            Algorithm::ES256 => alg_id::ECDSA_P256,
            Algorithm::ES384 => alg_id::ECDSA_P384,
            _ => alg_id::ED25519,
        }
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        match self.algorithm {
            Algorithm::ES256 => alg_id::ECDSA_SHA256,
            Algorithm::ES384 => alg_id::ECDSA_SHA384,
            _ => alg_id::ED25519,
        }
    }
}

fn public_key(algorithm: Algorithm, key: &[u8]) -> Option<PublicKey> {
    match algorithm {
        Algorithm::ES256 => PublicKey::p256(key).ok(),
        #[cfg(feature = "es384")]
        Algorithm::ES384 => PublicKey::p384(key).ok(),
        #[cfg(feature = "ed25519")]
        Algorithm::EDDSA => PublicKey::ed25519(key).ok(),
        _ => None,
    }
}
