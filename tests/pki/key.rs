//! Keys that follow from their names, and what certificates say of keys.

use super::der::{bit_string, oid, sequence};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use sha2::{Digest, Sha256};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::spki::SubjectPublicKeyInfoRef;

/// A P-256 key that follows from its name.
#[derive(Clone)]
pub struct Key(SigningKey);

impl Key {
    pub fn from_seed(seed: &str) -> Self {
        let mut scalar = Sha256::digest(seed);
        loop {
            match SigningKey::from_slice(&scalar) {
                Ok(key) => return Self(key),
                Err(_) => scalar = Sha256::digest(scalar),
            }
        }
    }

    pub fn scalar(&self) -> [u8; 32] {
        self.0.to_bytes().into()
    }

    /// `04 || x || y`
    pub fn public_sec1(&self) -> [u8; 65] {
        let point = self.0.verifying_key().to_sec1_point(false);
        point.as_bytes().try_into().expect("uncompressed")
    }

    /// Signs the SHA-256 of `message`, with the nonce of RFC 6979.
    pub fn sign_raw(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().into()
    }

    pub fn sign_der(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        signature.to_der().as_bytes().to_vec()
    }

    pub fn spki(&self) -> Vec<u8> {
        spki(P256, &self.public_sec1())
    }

    /// Annex B wants keys uncompressed; this one is not.
    pub fn spki_compressed(&self) -> Vec<u8> {
        spki(P256, self.0.verifying_key().to_sec1_point(true).as_bytes())
    }
}

const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";

/// The base point of P-384 (SEC 2, 2.5.1): the public key whose private key is the number 1.
const P384_BASE_POINT: [u8; 97] = *b"\x04\
    \xaa\x87\xca\x22\xbe\x8b\x05\x37\x8e\xb1\xc7\x1e\xf3\x20\xad\x74\x6e\x1d\x3b\x62\x8b\xa7\x9b\x98\
    \x59\xf7\x41\xe0\x82\x54\x2a\x38\x55\x02\xf2\x5d\xbf\x55\x29\x6c\x3a\x54\x5e\x38\x72\x76\x0a\xb7\
    \x36\x17\xde\x4a\x96\x26\x2c\x6f\x5d\x9e\x98\xbf\x92\x92\xdc\x29\xf8\xf4\x1d\xbd\x28\x9a\x14\x7c\
    \xe9\xda\x31\x13\xb5\xf0\xb8\xc0\x0a\x60\xb1\xce\x1d\x7e\x81\x9d\x7a\x43\x1d\x7c\x90\xea\x0e\x5f";

/// A P-384 key for [`Profile::spki`]. Its private key is the number 1.
pub fn spki_p384() -> Vec<u8> {
    spki(P384, &P384_BASE_POINT)
}

fn spki(curve: &str, point: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[oid("1.2.840.10045.2.1"), oid(curve)]);
    sequence(&[algorithm, bit_string(&[&[0], point].concat())])
}

/// What a key identifier holds.
#[derive(Clone, Debug)]
pub enum KeyId {
    /// The SHA-1 of the key it names, as it should be.
    Derived,
    /// There is no such extension.
    Absent,
    Bytes(Vec<u8>),
}

impl KeyId {
    pub(super) fn of(&self, spki: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Derived => {
                let spki = SubjectPublicKeyInfoRef::from_der(spki).expect("a public key");
                let id = SubjectKeyIdentifier::try_from(spki).expect("a key identifier");
                Some(id.0.into_bytes().into())
            }
            Self::Absent => None,
            Self::Bytes(bytes) => Some(bytes.clone()),
        }
    }
}
