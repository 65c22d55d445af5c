//! Signatures for everyone to verify, with the parity of R that a row asks for.

use std::cell::RefCell;

use p256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use vitacard::crypto::{
    self, Algorithm, CryptoError, PublicKey, SecureRandom, Signer as VitacardSigner,
};

use crate::pki::Key;

/// Of how many messages a pass is made.
const COUNT: usize = 64;
/// About as long as what a device signs.
const MESSAGE: usize = 500;

#[derive(Clone, Debug)]
pub struct Signed {
    /// `04 || x || y`
    pub key: [u8; 65],
    pub message: Vec<u8>,
    /// `r || s`
    pub signature: [u8; 64],
}

/// (r, s) and (r, n - s) are both valid, and belong to R and -R: whoever signs may choose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Parity {
    Even,
    /// As it comes: half of each.
    Either,
}

/// What the rows about single signatures verify.
pub struct Signatures {
    /// Each by a key of its own.
    pub of_many: Vec<Signed>,
    pub of_many_even: Vec<Signed>,
    /// All by one key, as a reader meets an issuer.
    pub of_one: Vec<Signed>,
}

impl Signatures {
    pub fn new() -> Self {
        let many = |n| Key::from_seed(&format!("signer {n}"));
        let set = |key: &dyn Fn(usize) -> Key, parity| {
            let signed = |n| sign(&key(n), &message(n), parity);
            (0..COUNT).map(signed).collect()
        };
        Self {
            of_many: set(&many, Parity::Either),
            of_many_even: set(&many, Parity::Even),
            of_one: set(&|_| Key::from_seed("issuer"), Parity::Either),
        }
    }
}

fn message(n: usize) -> Vec<u8> {
    let seed = Sha256::digest(n.to_be_bytes());
    seed.iter().copied().cycle().take(MESSAGE).collect()
}

pub fn sign(key: &Key, message: &[u8], parity: Parity) -> Signed {
    let signer = SigningKey::from_slice(&key.scalar()).expect("a key");
    let (signature, id) = signer.sign_recoverable(message);
    let (signature, id) = match (parity, id.is_y_odd()) {
        (Parity::Even, true) => negated(&signature, id),
        _ => (signature, id),
    };
    // The parity is what half the rows rest on, so it is not taken on trust.
    let hash = Sha256::digest(message);
    let recovered = VerifyingKey::recover_from_prehash(&hash, &signature, id);
    assert_eq!(recovered.ok().as_ref(), Some(signer.verifying_key()));
    Signed {
        key: key.public_sec1(),
        message: message.to_vec(),
        signature: signature.to_bytes().into(),
    }
}

fn negated(signature: &Signature, id: RecoveryId) -> (Signature, RecoveryId) {
    let other = other_form(&signature.to_bytes().into());
    let other = Signature::from_slice(&other).expect("a signature");
    (other, RecoveryId::new(!id.is_y_odd(), id.is_x_reduced()))
}

/// The other of the two signatures that are equally good.
pub fn other_form(signature: &[u8; 64]) -> [u8; 64] {
    let signature = Signature::from_slice(signature).expect("a signature");
    let s = -*signature.s().as_ref();
    let other = Signature::from_scalars(signature.r(), s).expect("a signature");
    other.to_bytes().into()
}

/// A key for cards that remembers what it signed last, with the even R of all that we send.
pub struct Signer {
    key: Key,
    last: RefCell<Option<Signed>>,
}

impl Signer {
    pub fn new(key: Key) -> Self {
        Self {
            key,
            last: RefCell::new(None),
        }
    }

    pub fn last(&self) -> Signed {
        self.last.borrow().clone().expect("something was signed")
    }
}

impl VitacardSigner for Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn public_key(&self) -> PublicKey {
        PublicKey::p256(&self.key.public_sec1()).expect("a point")
    }

    fn sign(&self, message: &[u8]) -> Result<crypto::Signature, CryptoError> {
        let signed = sign(&self.key, message, Parity::Even);
        let signature = crypto::Signature::from_bytes(&signed.signature);
        *self.last.borrow_mut() = Some(signed);
        signature.map_err(|_| CryptoError::Signing)
    }
}

impl core::fmt::Debug for Signer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Signer")
    }
}

/// Salts that are the same in every run.
pub struct Salts(pub u64);

impl SecureRandom for Salts {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        for chunk in out.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&Sha256::digest(self.0.to_be_bytes())[..chunk.len()]);
        }
        Ok(())
    }
}
