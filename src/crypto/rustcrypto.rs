//! The backend over RustCrypto's p256, sha2, hkdf, hmac and aes-gcm.
//!
//! p256 says of itself that its arithmetic has not been audited; see SECURITY.md.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Neg as _;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit};
use hmac::{Hmac, Mac};
use p256::ecdsa::RecoveryId;
use p256::ecdsa::signature::Signer as _;
use zeroize::Zeroizing;

use super::{
    Aead, AgreementKey, Algorithm, CryptoError, CryptoProvider, Curve, Digest, DigestAlgorithm,
    Es256, GeneratorTable, Kdf, KeyAgreement, PublicKey, Secret, SecureRandom, Signature,
    SignatureVerifier, Signer,
};
use crate::error::Misuse;

/// ES256 by our own engine; all three digests, ECDH on P-256, AES-256-GCM, HKDF and HMAC by
/// RustCrypto.
pub static RUSTCRYPTO: CryptoProvider = CryptoProvider {
    signatures: &[ES256],
    digests: &[&Sha256, &Sha384, &Sha512],
    key_agreement: &P256,
    aead: &AesGcm,
    kdf: &Sha256,
};

/// ECDSA with SHA-256 on P-256, by our own engine, for [`CryptoProvider::signatures`].
pub const ES256: &dyn SignatureVerifier = &Es256::new(&Sha256, GeneratorTable::FULL);

#[derive(Debug)]
struct P256;

impl KeyAgreement for P256 {
    fn generate(&self, rng: &mut dyn SecureRandom) -> Result<Box<dyn AgreementKey>, CryptoError> {
        Ok(Box::new(SoftwareAgreementKey::generate(rng)?))
    }
}

/// A P-256 private key in memory that agrees on secrets and never signs.
///
/// ```
/// use vitacard::crypto::{AgreementKey, SoftwareAgreementKey};
/// let (a, b) = (SoftwareAgreementKey::from_bytes(&[1; 32])?, SoftwareAgreementKey::from_bytes(&[2; 32])?);
/// assert!(a.agree(&b.public_key())?.ct_eq(b.agree(&a.public_key())?.expose()));
/// # Ok::<(), vitacard::Error>(())
/// ```
pub struct SoftwareAgreementKey(p256::SecretKey);

impl SoftwareAgreementKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`CryptoError::Random`] if `rng` fails.
    pub fn generate(rng: &mut dyn SecureRandom) -> Result<Self, CryptoError> {
        random_scalar(rng).map(Self)
    }

    /// The key with this 32-byte big-endian scalar.
    ///
    /// # Errors
    /// [`Misuse::InvalidKey`] if the scalar is 0 or not below the order.
    pub fn from_bytes(scalar: &[u8; 32]) -> Result<Self, Misuse> {
        p256::SecretKey::from_slice(scalar)
            .map(Self)
            .map_err(|_| Misuse::InvalidKey)
    }
}

impl AgreementKey for SoftwareAgreementKey {
    fn public_key(&self) -> PublicKey {
        public_key(&self.0.public_key())
    }

    fn agree(&self, peer: &PublicKey) -> Result<Secret<32>, CryptoError> {
        let failed = CryptoError::KeyAgreement;
        if peer.curve() != Curve::P256 {
            return Err(failed);
        }
        let peer = p256::PublicKey::from_sec1_bytes(peer.as_bytes()).map_err(|_| failed)?;
        let shared = p256::ecdh::diffie_hellman(self.0.to_nonzero_scalar(), peer.as_affine());
        let mut secret = Secret::new([0; 32]);
        secret
            .expose_mut()
            .copy_from_slice(shared.raw_secret_bytes());
        Ok(secret)
    }
}

impl fmt::Debug for SoftwareAgreementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftwareAgreementKey({:?})", self.public_key())
    }
}

/// A P-256 private key in memory that signs ES256 and never agrees on secrets.
///
/// For tests, examples and issuers without an HSM; a card's device key belongs into the phone's
/// secure hardware. Nonces are deterministic (RFC 6979), and of two equal signatures, (r, s) and
/// (r, n − s), it gives the one whose R has an even y, which readers can check faster.
///
/// ```
/// use vitacard::crypto::{Signer, SoftwareSigner};
/// let signer = SoftwareSigner::from_bytes(&[7; 32])?;
/// assert_eq!(signer.sign(b"message")?.as_bytes().len(), 64);
/// # Ok::<(), vitacard::Error>(())
/// ```
pub struct SoftwareSigner(p256::ecdsa::SigningKey);

impl SoftwareSigner {
    /// A fresh key.
    ///
    /// # Errors
    /// [`CryptoError::Random`] if `rng` fails.
    pub fn generate(rng: &mut dyn SecureRandom) -> Result<Self, CryptoError> {
        random_scalar(rng).map(|secret| Self(secret.into()))
    }

    /// The key with this 32-byte big-endian scalar.
    ///
    /// # Errors
    /// [`Misuse::InvalidKey`] if the scalar is 0 or not below the order.
    pub fn from_bytes(scalar: &[u8; 32]) -> Result<Self, Misuse> {
        p256::ecdsa::SigningKey::from_slice(scalar)
            .map(Self)
            .map_err(|_| Misuse::InvalidKey)
    }

    /// The scalar, to be kept behind a passcode ([`vault`](crate::vault)).
    ///
    /// ```
    /// use vitacard::crypto::{Signer, SoftwareSigner};
    /// let signer = SoftwareSigner::from_bytes(&[7; 32])?;
    /// let again = SoftwareSigner::from_bytes(signer.to_secret().expose())?;
    /// assert_eq!(again.public_key(), signer.public_key());
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        let scalar = Zeroizing::new(<[u8; 32]>::from(self.0.to_bytes()));
        Secret::new(*scalar)
    }
}

impl Signer for SoftwareSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn public_key(&self) -> PublicKey {
        public_key(&p256::PublicKey::from(self.0.verifying_key()))
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let failed = CryptoError::Signing;
        let (signature, r): (p256::ecdsa::Signature, RecoveryId) =
            self.0.try_sign(message).map_err(|_| failed)?;
        // Whether y is odd is public: whoever has the signature and the key can compute it.
        let signature = match r.is_y_odd() {
            true => negated(&signature).ok_or(failed)?,
            false => signature,
        };
        Signature::from_bytes(&signature.to_bytes()).map_err(|_| failed)
    }
}

impl fmt::Debug for SoftwareSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftwareSigner({:?})", self.public_key())
    }
}

#[derive(Debug)]
struct Sha256;
#[derive(Debug)]
struct Sha384;
#[derive(Debug)]
struct Sha512;

macro_rules! digests {
    ($($name:ident),+) => {$(
        impl Digest for $name {
            fn algorithm(&self) -> DigestAlgorithm {
                DigestAlgorithm::$name
            }

            fn hash(&self, parts: &[&[u8]], out: &mut [u8; 64]) {
                let hash = hash::<sha2::$name>(parts);
                out.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
            }

            fn hash_pieces(
                &self,
                pieces: &mut dyn FnMut(&mut dyn FnMut(&[u8])),
                out: &mut [u8; 64],
            ) {
                let mut hasher = <sha2::$name as sha2::Digest>::new();
                pieces(&mut |piece| sha2::Digest::update(&mut hasher, piece));
                let hash = sha2::Digest::finalize(hasher);
                out.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
            }
        }
    )+};
}
digests!(Sha256, Sha384, Sha512);

impl Kdf for Sha256 {
    fn hkdf_sha256(
        &self,
        ikm: &[u8],
        salt: &[u8],
        info: &[u8],
        out: &mut [u8],
    ) -> Result<(), CryptoError> {
        let hkdf = hkdf::Hkdf::<sha2::Sha256>::new(Some(salt), ikm);
        hkdf.expand(info, out).map_err(|_| CryptoError::Unavailable)
    }

    fn hmac_sha256(&self, key: &Secret<32>, parts: &[&[u8]]) -> Secret<32> {
        // A key shorter than the block of 64 bytes is padded with zeros (RFC 2104 section 2).
        let mut block = Secret::new([0; 64]);
        block
            .expose_mut()
            .iter_mut()
            .zip(key.expose())
            .for_each(|(to, from)| *to = *from);
        let mut mac = Hmac::<sha2::Sha256>::new(block.expose().into());
        parts.iter().for_each(|part| mac.update(part));
        Secret::new(mac.finalize().into_bytes().into())
    }
}

#[derive(Debug)]
struct AesGcm;

impl Aead for AesGcm {
    fn seal(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut Vec<u8>,
    ) -> Result<(), CryptoError> {
        Aes256Gcm::new(key.expose().into())
            .encrypt_in_place(nonce.into(), aad, in_out)
            .map_err(|_| CryptoError::Encryption)
    }

    fn open(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut Vec<u8>,
    ) -> Result<(), CryptoError> {
        let opened =
            Aes256Gcm::new(key.expose().into()).decrypt_in_place(nonce.into(), aad, in_out);
        opened.map_err(|_| {
            in_out.clear();
            CryptoError::Encryption
        })
    }
}

/// (r, n − s), which is as good and stands for −R.
fn negated(signature: &p256::ecdsa::Signature) -> Option<p256::ecdsa::Signature> {
    let (r, s) = signature.split_scalars();
    p256::ecdsa::Signature::from_scalars(r, s.neg()).ok()
}

fn hash<D: sha2::Digest>(parts: &[&[u8]]) -> sha2::digest::Output<D> {
    let mut hasher = D::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

/// Scalars out of range are drawn again; each draw misses with a chance of 2⁻³².
fn random_scalar(rng: &mut dyn SecureRandom) -> Result<p256::SecretKey, CryptoError> {
    const DRAWS: u8 = 8;
    for _ in 0..DRAWS {
        let mut scalar = Secret::new([0; 32]);
        rng.fill(scalar.expose_mut())?;
        if let Ok(key) = p256::SecretKey::from_slice(scalar.expose()) {
            return Ok(key);
        }
    }
    Err(CryptoError::Random)
}

fn public_key(key: &p256::PublicKey) -> PublicKey {
    use p256::elliptic_curve::sec1::ToSec1Point as _;
    let point = key.to_sec1_point(false);
    PublicKey::p256_trusted(point.as_bytes())
}
