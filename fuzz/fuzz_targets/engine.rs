//! The P-256 engine against p256: signatures that are good by construction, and then altered.
//!
//! An input is a byte that chooses, three numbers of 32 bytes, and pairs of a place and what is to be
//! changed there: in the key's coordinates, the hash, r or s.
#![no_main]

use libfuzzer_sys::fuzz_target;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};
use vitacard::crypto::{
    Check, Digest, DigestAlgorithm, Es256, GeneratorTable, PreparedKey, PublicKey,
    SignatureVerifier, TableSize, VerifyingKey,
};

fuzz_target!(|bytes: &[u8]| {
    let _ = run(bytes);
});

static VERIFIERS: [Es256; 3] = [
    Es256::new(&Given, GeneratorTable::FULL),
    Es256::new(&Given, GeneratorTable::COMPACT),
    Es256::new(&Given, GeneratorTable::FLASH),
];

fn run(bytes: &[u8]) -> Option<()> {
    let (choice, rest) = bytes.split_first()?;
    let (numbers, edits) = rest.split_first_chunk::<96>()?;
    let (numbers, _) = numbers.as_chunks::<32>();
    let [a, b, c] = numbers.try_into().ok()?;
    compressed(&a);
    let mut case = match choice >> 6 {
        0 => by_multipliers(&a, &b, &c)?,
        1 => by_commitment(&a, choice & 32 != 0, &b, &c)?,
        _ => Case {
            key: sec1(&point(&a, choice & 32 != 0)?)?,
            hash: [*choice; 32],
            signature: [b, c].concat(),
        },
    };
    for edit in edits.as_chunks::<2>().0 {
        case.edit(edit[0].into(), edit[1]);
    }
    case.compare(choice & 3, usize::from(choice >> 2) % 3);
    Some(())
}

/// A public key, a hash, and r ‖ s.
struct Case {
    key: [u8; 65],
    hash: [u8; 32],
    signature: Vec<u8>,
}

impl Case {
    fn edit(&mut self, place: usize, change: u8) {
        match place {
            0..64 => self.key[1 + place] ^= change,
            64..96 => self.hash[place - 64] ^= change,
            96..160 => self.signature[place - 96] ^= change,
            _ => {}
        }
    }

    fn compare(&self, table: u8, generator: usize) {
        let theirs = self.by_p256();
        let Ok(key) = PublicKey::p256(&self.key) else {
            assert_eq!(theirs, None, "a key which p256 takes");
            return;
        };
        let theirs = theirs.expect("a key which p256 does not take");
        let size = [TableSize::Flash, TableSize::Compact, TableSize::Full];
        let size = usize::from(table).checked_sub(1).map(|table| size[table]);
        let prepared = size.map(|size| PreparedKey::new(&key, size).expect("a key"));
        let plain = match &prepared {
            Some(prepared) => VerifyingKey::prepared(prepared),
            None => VerifyingKey::new(&key),
        };
        for key in [plain, plain.expecting_even_r()] {
            let verdict = VERIFIERS[generator].verify(key, &[&self.hash], &self.signature);
            assert_eq!(verdict.is_ok(), theirs);
            let check = Check {
                key,
                message: &self.hash,
                signature: &self.signature,
            };
            let together = VERIFIERS[generator].verify_all(&[check, check], &self.hash);
            assert!(theirs || together.is_err());
        }
    }

    /// `None` if it is not a key.
    fn by_p256(&self) -> Option<bool> {
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&self.key).ok()?;
        let signature = p256::ecdsa::Signature::from_slice(&self.signature);
        Some(signature.is_ok_and(|signature| key.verify_prehash(&self.hash, &signature).is_ok()))
    }
}

/// By the key d·G, such that R is u₁·G + u₂·Q.
fn by_multipliers(d: &[u8; 32], u1: &[u8; 32], u2: &[u8; 32]) -> Option<Case> {
    let [d, u1, u2] = [d, u1, u2].map(scalar);
    let key = ProjectivePoint::GENERATOR * d;
    let r = scalar(&x(&(ProjectivePoint::GENERATOR * u1 + key * u2))?);
    let s = r * Option::<Scalar>::from(u2.invert())?;
    Some(Case {
        key: sec1(&key)?,
        hash: (s * u1).to_bytes().into(),
        signature: [r.to_bytes(), s.to_bytes()].concat(),
    })
}

/// By whatever key makes it good, such that R has this x.
fn by_commitment(x: &[u8; 32], odd: bool, s: &[u8; 32], hash: &[u8; 32]) -> Option<Case> {
    let (r, s, e) = (scalar(x), scalar(s), scalar(hash));
    let sum = point(x, odd)? * s - ProjectivePoint::GENERATOR * e;
    Some(Case {
        key: sec1(&(sum * Option::<Scalar>::from(r.invert())?))?,
        hash: *hash,
        signature: [r.to_bytes(), s.to_bytes()].concat(),
    })
}

/// Both roots, or none.
fn compressed(x: &[u8; 32]) {
    for odd in [false, true] {
        let ours = PublicKey::p256_compressed(x, odd);
        let theirs = point(x, odd).and_then(|point| sec1(&point));
        assert_eq!(
            ours.as_ref().map(PublicKey::as_bytes),
            theirs.as_ref().map(<[u8; 65]>::as_slice)
        );
    }
}

fn point(x: &[u8; 32], odd: bool) -> Option<ProjectivePoint> {
    let sec1 = [&[2 + u8::from(odd)][..], x].concat();
    let key = p256::PublicKey::from_sec1_bytes(&sec1).ok()?;
    Some(key.to_projective())
}

/// Infinity has no such form.
fn sec1(point: &ProjectivePoint) -> Option<[u8; 65]> {
    let point = AffinePoint::from(point).to_sec1_point(false);
    point.as_bytes().try_into().ok()
}

fn x(point: &ProjectivePoint) -> Option<[u8; 32]> {
    sec1(point)?[1..33].try_into().ok()
}

fn scalar(bytes: &[u8; 32]) -> Scalar {
    <Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::from(*bytes))
}

/// Gives back what it is given, so that hashes are the fuzzer's choice.
#[derive(Debug)]
struct Given;

impl Digest for Given {
    fn algorithm(&self) -> DigestAlgorithm {
        DigestAlgorithm::Sha256
    }

    fn hash(&self, parts: &[&[u8]], out: &mut [u8; 64]) {
        let bytes = parts.iter().copied().flatten();
        out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    }
}
