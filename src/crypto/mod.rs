//! What the library asks of a crypto backend, as a plain value of `dyn` references.
//!
//! A backend is a `static` [`CryptoProvider`]. [`RUSTCRYPTO`] is ours
//! over p256, sha2, hkdf, hmac and aes-gcm; a phone's secure element or a vendor's assembler
//! becomes another. No global and no feature chooses: the value that you pass is the one in use.
//!
//! Everything here deals in bytes. A verifier sees public data only; whatever touches a secret
//! (key agreement, AEAD, KDF, signers) must run in constant time, and that is the backend's claim.
//!
//! ```
//! use vitacard::crypto::{Algorithm, CryptoProvider, RUSTCRYPTO};
//! // A process that accepts nothing but ES256, with everything else as in RUSTCRYPTO.
//! static MINE: CryptoProvider = CryptoProvider { signatures: &[vitacard::crypto::ES256], ..RUSTCRYPTO };
//! assert!(MINE.verifier(Algorithm::ES256).is_some());
//! assert!(MINE.verifier(Algorithm::ES384).is_none());
//! ```

mod es256;
mod key;
mod p256;
mod prepared;
mod signature;

#[cfg(feature = "ed25519")]
mod ed25519;
#[cfg(feature = "es384")]
mod es384;
#[cfg(feature = "rustcrypto")]
mod rustcrypto;
#[cfg(feature = "std")]
mod system;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::Debug;

#[cfg(feature = "ed25519")]
pub use ed25519::ED25519;
pub use es256::Es256;
pub(crate) use es256::even_r_form;
#[cfg(feature = "es384")]
pub use es384::ES384;
pub use key::{Curve, PublicKey};
pub use p256::GeneratorTable;
pub use prepared::{FlashTable, PreparedKey, TableSize};
#[cfg(feature = "rustcrypto")]
pub use rustcrypto::{ES256, RUSTCRYPTO, SoftwareAgreementKey, SoftwareSigner};
pub use signature::Signature;
#[cfg(feature = "std")]
pub use system::SystemRandom;

pub use crate::error::CryptoError;
pub use crate::secret::Secret;

/// The algorithms that this process uses.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "callers build one with ..RUSTCRYPTO"
)]
pub struct CryptoProvider {
    /// Signature checks. An algorithm that is not here is rejected.
    pub signatures: &'static [&'static dyn SignatureVerifier],
    /// Hashes for element digests. SHA-256 must be among them.
    pub digests: &'static [&'static dyn Digest],
    /// ECDH on P-256.
    pub key_agreement: &'static dyn KeyAgreement,
    /// AES-256-GCM for session data.
    pub aead: &'static dyn Aead,
    /// HKDF and HMAC with SHA-256.
    pub kdf: &'static dyn Kdf,
}

impl CryptoProvider {
    /// The verifier for `algorithm`, if this process accepts it.
    #[must_use]
    pub fn verifier(&self, algorithm: Algorithm) -> Option<&'static dyn SignatureVerifier> {
        self.signatures
            .iter()
            .copied()
            .find(|verifier| verifier.algorithm() == algorithm)
    }

    /// The hash for `algorithm`, if this process accepts it.
    #[must_use]
    pub fn digest(&self, algorithm: DigestAlgorithm) -> Option<&'static dyn Digest> {
        self.digests
            .iter()
            .copied()
            .find(|digest| digest.algorithm() == algorithm)
    }

    /// SHA-256 of `parts` in order.
    pub(crate) fn sha256(&self, parts: &[&[u8]]) -> Result<[u8; 32], CryptoError> {
        self.sha256_by(|digest, out| digest.hash(parts, out))
    }

    /// SHA-256 of what `pieces` hands over, as [`Digest::hash_pieces`] has it.
    pub(crate) fn sha256_of_pieces(
        &self,
        mut pieces: impl FnMut(&mut dyn FnMut(&[u8])),
    ) -> Result<[u8; 32], CryptoError> {
        self.sha256_by(|digest, out| digest.hash_pieces(&mut pieces, out))
    }

    fn sha256_by(
        &self,
        hash: impl FnOnce(&dyn Digest, &mut [u8; 64]),
    ) -> Result<[u8; 32], CryptoError> {
        let digest = self
            .digest(DigestAlgorithm::Sha256)
            .ok_or(CryptoError::Unavailable)?;
        let mut out = [0; 64];
        hash(digest, &mut out);
        out.first_chunk().copied().ok_or(CryptoError::Unavailable)
    }
}

/// A COSE algorithm number (RFC 9053).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Algorithm(i64);

impl Algorithm {
    /// ECDSA with SHA-256, here always on P-256.
    pub const ES256: Self = Self(-7);
    /// ECDSA with SHA-384, here always on P-384.
    pub const ES384: Self = Self(-35);
    /// EdDSA, here always Ed25519.
    pub const EDDSA: Self = Self(-8);
    /// HMAC 256/256.
    pub const HMAC_256: Self = Self(5);

    /// The algorithm that COSE numbers so.
    #[must_use]
    pub const fn from_cose(number: i64) -> Self {
        Self(number)
    }

    /// Its number in COSE.
    #[must_use]
    pub const fn to_cose(self) -> i64 {
        self.0
    }

    /// The curve that its keys lie on, where this library knows it.
    #[must_use]
    pub const fn curve(self) -> Option<Curve> {
        match self {
            Self::ES256 => Some(Curve::P256),
            Self::ES384 => Some(Curve::P384),
            Self::EDDSA => Some(Curve::Ed25519),
            _ => None,
        }
    }
}

/// A digest algorithm of the MSO (ISO/IEC 18013-5 clause 9.1.2.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the standard names these three")]
pub enum DigestAlgorithm {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl DigestAlgorithm {
    /// The length of a digest, in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a digest is never empty")]
    pub const fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Its name in the MSO.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// The algorithm with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }
}

/// No detail on purpose: why a signature is wrong helps nobody but its forger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "it will never say more")]
pub struct InvalidSignature;

/// A key to verify with, and hints that make that faster. No hint ever changes a verdict.
///
/// ```
/// use vitacard::crypto::{PreparedKey, Signer, SoftwareSigner, TableSize, VerifyingKey};
/// let key = SoftwareSigner::from_bytes(&[7; 32])?.public_key();
/// let prepared = PreparedKey::new(&key, TableSize::Compact)?;
/// let hinted = VerifyingKey::prepared(&prepared).expecting_even_r();
/// assert_eq!(hinted.public_key(), VerifyingKey::new(&key).public_key());
/// # Ok::<(), vitacard::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct VerifyingKey<'a> {
    key: &'a PublicKey,
    prepared: Option<&'a PreparedKey>,
    even_r: bool,
}

impl<'a> VerifyingKey<'a> {
    /// `key` without hints.
    #[must_use]
    pub const fn new(key: &'a PublicKey) -> Self {
        Self {
            key,
            prepared: None,
            even_r: false,
        }
    }

    /// The key of `prepared`, with its table. The table comes with the key that it was made of, so
    /// that nobody can pair it with another.
    #[must_use]
    pub const fn prepared(prepared: &'a PreparedKey) -> Self {
        Self {
            prepared: Some(prepared),
            ..Self::new(prepared.public_key())
        }
    }

    /// The same key, of which it is said that its signatures have an R with an even y. A signature
    /// with another R is as good, and takes longer.
    #[must_use]
    pub const fn expecting_even_r(self) -> Self {
        Self {
            even_r: true,
            ..self
        }
    }

    /// The key.
    #[must_use]
    pub const fn public_key(&self) -> &'a PublicKey {
        self.key
    }

    /// Its table, if there is one.
    #[must_use]
    pub const fn prepared_key(&self) -> Option<&'a PreparedKey> {
        self.prepared
    }

    /// Whether an R with an even y is to be expected.
    #[must_use]
    pub const fn expects_even_r(&self) -> bool {
        self.even_r
    }
}

/// One of many signatures to be checked together.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers build them")]
pub struct Check<'a> {
    /// Who should have signed.
    pub key: VerifyingKey<'a>,
    /// What should have been signed, not hashed yet.
    pub message: &'a [u8],
    /// The signature, as for [`SignatureVerifier::verify`].
    pub signature: &'a [u8],
}

/// Checks one kind of signature. Sees public data only.
pub trait SignatureVerifier: Debug + Send + Sync {
    /// The COSE algorithm.
    fn algorithm(&self) -> Algorithm;

    /// `Ok` only if `signature` (r ‖ s, or as the algorithm has it) is by `key` over the
    /// concatenation of `message`.
    ///
    /// # Errors
    /// [`InvalidSignature`] for everything else, a key of another curve among it.
    fn verify(
        &self,
        key: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature>;

    /// `Ok` only if every one of `checks` would be `Ok` by itself. Which one fails is not said, and
    /// an error does not say that one does: verify them one by one then.
    ///
    /// `seed` is 32 bytes that whoever made the signatures could not foresee.
    ///
    /// # Errors
    /// [`InvalidSignature`] if the signatures could not all be seen to be good.
    fn verify_all(&self, checks: &[Check<'_>], seed: &[u8; 32]) -> Result<(), InvalidSignature> {
        let _ = seed;
        checks
            .iter()
            .try_for_each(|check| self.verify(check.key, &[check.message], check.signature))
    }
}

/// A hash.
pub trait Digest: Debug + Send + Sync {
    /// Which.
    fn algorithm(&self) -> DigestAlgorithm;

    /// Writes the hash of the concatenation of `parts` into the first
    /// [`DigestAlgorithm::len`] bytes of `out`.
    fn hash(&self, parts: &[&[u8]], out: &mut [u8; 64]);

    /// The same for a message that is made while it is hashed: `pieces` hands them over in order,
    /// and does so once. A status list of 7.5 MB comes in pieces, out of a form ten times smaller.
    ///
    /// This one collects the message and hashes it at once, for hashes that cannot wait; override
    /// it where yours can.
    #[expect(
        clippy::type_complexity,
        reason = "a name for it would be one more name to look up"
    )]
    fn hash_pieces(&self, pieces: &mut dyn FnMut(&mut dyn FnMut(&[u8])), out: &mut [u8; 64]) {
        let mut message = Vec::new();
        pieces(&mut |piece| message.extend_from_slice(piece));
        self.hash(&[&message], out);
    }
}

/// Makes keys for ECDH on P-256.
pub trait KeyAgreement: Debug + Send + Sync {
    /// A fresh ephemeral key.
    ///
    /// # Errors
    /// [`CryptoError::Random`] if `rng` fails.
    fn generate(&self, rng: &mut dyn SecureRandom) -> Result<Box<dyn AgreementKey>, CryptoError>;
}

/// A private key that agrees on secrets and never signs. May live in hardware.
pub trait AgreementKey: Debug + Send + Sync {
    /// The public half.
    fn public_key(&self) -> PublicKey;

    /// The x coordinate of the shared point (ISO/IEC 18013-5 clause 9.1.1.4, "ZAB").
    ///
    /// # Errors
    /// [`CryptoError::KeyAgreement`] if `peer` is on another curve.
    fn agree(&self, peer: &PublicKey) -> Result<Secret<32>, CryptoError>;
}

/// AES-256-GCM with a 12-byte nonce and a 16-byte tag at the end.
pub trait Aead: Debug + Send + Sync {
    /// Encrypts in place and appends the tag.
    ///
    /// # Errors
    /// [`CryptoError::Encryption`].
    fn seal(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut Vec<u8>,
    ) -> Result<(), CryptoError>;

    /// Checks the tag, then decrypts in place and removes it.
    ///
    /// # Errors
    /// [`CryptoError::Encryption`]; nothing of the plaintext is left in `in_out` then.
    fn open(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut Vec<u8>,
    ) -> Result<(), CryptoError>;
}

/// HKDF and HMAC with SHA-256.
pub trait Kdf: Debug + Send + Sync {
    /// HKDF (RFC 5869) into `out`, which is at most 64 bytes long.
    ///
    /// # Errors
    /// [`CryptoError::Unavailable`] for a longer `out`.
    fn hkdf_sha256(
        &self,
        ikm: &[u8],
        salt: &[u8],
        info: &[u8],
        out: &mut [u8],
    ) -> Result<(), CryptoError>;

    /// HMAC (RFC 2104) of the concatenation of `parts`.
    fn hmac_sha256(&self, key: &Secret<32>, parts: &[&[u8]]) -> Secret<32>;
}

/// Signs here and now. For keys behind a wait or a prompt, use `prepare` and `complete` instead.
pub trait Signer: Debug {
    /// The COSE algorithm.
    fn algorithm(&self) -> Algorithm;

    /// The public half.
    fn public_key(&self) -> PublicKey;

    /// Signs `message`, which is not hashed yet.
    ///
    /// # Errors
    /// [`CryptoError::Signing`].
    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError>;
}

/// A source of unpredictable bytes. Passed to the few functions that need one.
pub trait SecureRandom {
    /// Fills `out`.
    ///
    /// # Errors
    /// [`CryptoError::Random`]; the caller then uses nothing of `out`.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError>;
}
