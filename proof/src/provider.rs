//! The crypto provider of the proof: real hashes, the library's own ES256 over every table of the
//! generator's, and verdicts of which the optimiser knows nothing.
//!
//! Other signatures, HKDF and HMAC are the backend's, which `proof/` does not prove; what the library
//! does with either outcome, it does.

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hint::black_box;

use sha2::Digest as _;
use vitacard::crypto::{
    Aead, AgreementKey, Algorithm, CryptoError, CryptoProvider, Digest, DigestAlgorithm, Es256,
    FlashTable, GeneratorTable, InvalidSignature, Kdf, KeyAgreement, PreparedKey, PublicKey, Secret,
    SecureRandom, SignatureVerifier, VerifyingKey,
};

pub static PROVIDER: CryptoProvider = CryptoProvider {
    signatures: &[&FULL, &COMPACT, &FLASH, &AnyVerdict],
    digests: &[&Sha256, &Sha384, &Sha512],
    key_agreement: &Nothing,
    aead: &Nothing,
    kdf: &AnyVerdict,
};

static FULL: One = One(Es256::new(&Sha256, GeneratorTable::FULL));
static COMPACT: One = One(Es256::new(&Sha256, GeneratorTable::COMPACT));
static FLASH: One = One(Es256::new(&Sha256, GeneratorTable::FLASH));

/// A key with its table, made by the compiler: computed at run time, a table needs a heap.
pub static PREPARED: PreparedKey = PreparedKey::flash(&TABLE);
static TABLE: FlashTable = match FlashTable::new(&GENERATOR) {
    Some(table) => table,
    None => panic!("not on the curve"),
};

/// SEC 2 section 2.4.2.
const GENERATOR: [u8; 65] = *b"\x04\
    \x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\
    \x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96\
    \x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\
    \x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5";

/// The library's ES256, one signature at a time: many of them share an equation on the heap.
#[derive(Debug)]
struct One(Es256);

impl SignatureVerifier for One {
    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }

    fn verify(
        &self,
        key: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        self.0.verify(key, message, signature)
    }
}

/// Says yes or no, whatever it is asked.
#[derive(Debug)]
pub struct AnyVerdict;

fn verdict<T, E>(yes: T, no: E) -> Result<T, E> {
    match black_box(true) {
        true => Ok(yes),
        false => Err(no),
    }
}

fn any_secret() -> Secret<32> {
    Secret::new(black_box([0; 32]))
}

impl SignatureVerifier for AnyVerdict {
    fn algorithm(&self) -> Algorithm {
        Algorithm::from_cose(black_box(-7))
    }

    fn verify(
        &self,
        key: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        black_box((key, message, signature));
        verdict((), InvalidSignature)
    }
}

impl Kdf for AnyVerdict {
    fn hkdf_sha256(
        &self,
        ikm: &[u8],
        salt: &[u8],
        info: &[u8],
        out: &mut [u8],
    ) -> Result<(), CryptoError> {
        black_box((ikm, salt, info, out));
        verdict((), CryptoError::Unavailable)
    }

    fn hmac_sha256(&self, key: &Secret<32>, parts: &[&[u8]]) -> Secret<32> {
        black_box((key.expose(), parts));
        any_secret()
    }
}

/// The reader's key of a session, in some secure element.
impl AgreementKey for AnyVerdict {
    /// Never asked for by a reader that checks a MAC.
    fn public_key(&self) -> PublicKey {
        loop {
            black_box(());
        }
    }

    fn agree(&self, peer: &PublicKey) -> Result<Secret<32>, CryptoError> {
        black_box(peer);
        verdict(any_secret(), CryptoError::KeyAgreement)
    }
}

/// Numbers that nobody knows, or none.
impl SecureRandom for AnyVerdict {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        black_box(out);
        verdict((), CryptoError::Random)
    }
}

/// Cannot do what allocates, or makes keys.
#[derive(Debug)]
struct Nothing;

impl KeyAgreement for Nothing {
    fn generate(&self, _: &mut dyn SecureRandom) -> Result<Box<dyn AgreementKey>, CryptoError> {
        Err(CryptoError::Unavailable)
    }
}

impl Aead for Nothing {
    fn seal(
        &self,
        _: &Secret<32>,
        _: &[u8; 12],
        _: &[u8],
        _: &mut Vec<u8>,
    ) -> Result<(), CryptoError> {
        Err(CryptoError::Unavailable)
    }

    fn open(
        &self,
        _: &Secret<32>,
        _: &[u8; 12],
        _: &[u8],
        _: &mut Vec<u8>,
    ) -> Result<(), CryptoError> {
        Err(CryptoError::Unavailable)
    }
}

macro_rules! digests {
    ($($name:ident),+) => {$(
        #[derive(Debug)]
        struct $name;

        impl Digest for $name {
            fn algorithm(&self) -> DigestAlgorithm {
                DigestAlgorithm::$name
            }

            fn hash(&self, parts: &[&[u8]], out: &mut [u8; 64]) {
                let mut hasher = sha2::$name::new();
                parts.iter().for_each(|part| hasher.update(part));
                out.iter_mut().zip(hasher.finalize()).for_each(|(to, from)| *to = from);
            }

            // The default one allocates.
            fn hash_pieces(
                &self,
                pieces: &mut dyn FnMut(&mut dyn FnMut(&[u8])),
                out: &mut [u8; 64],
            ) {
                let mut hasher = sha2::$name::new();
                pieces(&mut |piece| hasher.update(piece));
                out.iter_mut().zip(hasher.finalize()).for_each(|(to, from)| *to = from);
            }
        }
    )+};
}
digests!(Sha256, Sha384, Sha512);
