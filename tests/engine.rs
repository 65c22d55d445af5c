//! The P-256 engine against p256 and aws-lc-rs: random signatures, good ones and ones that are
//! damaged in every field, checked in every way that the engine knows.
//!
//! `VITACARD_SIGNATURES=10000000 cargo test --release --test engine -- --nocapture` takes an hour;
//! with `VITACARD_P256_EVERY=10`, where only each tenth goes to p256, the slowest of the three, a
//! third of that.
//! Each signature has a nonce and a key of its own: nonces and keys are counted up from random
//! numbers, so that a new one costs an addition.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::std_instead_of_core, reason = "tests have std")]

use std::env;
use std::thread;
use std::time::Instant;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};
use sha2::{Digest as _, Sha256};
use vitacard::crypto::{
    DigestAlgorithm, Es256, GeneratorTable, PreparedKey, PublicKey, RUSTCRYPTO, SignatureVerifier,
    TableSize, VerifyingKey,
};

const N: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\
                       \xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
const SIZES: [TableSize; 3] = [TableSize::Full, TableSize::Compact, TableSize::Flash];
const DAMAGES: usize = 16;

#[test]
fn agrees_with_p256_and_aws_lc() {
    let count = env::var("VITACARD_SIGNATURES").map_or(20_000, |count| count.parse().unwrap());
    let p256_every = env::var("VITACARD_P256_EVERY").map_or(1, |every| every.parse().unwrap());
    let seed = env::var("VITACARD_SEED").map_or(1, |seed| seed.parse().unwrap());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let started = Instant::now();
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let run = |index| move || compare(count / threads, p256_every, seed * 1000 + index as u64);
        let running: Vec<_> = (0..threads).map(|index| scope.spawn(run(index))).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let (mut good, mut bad, mut by_p256) = (0, [0; DAMAGES], 0);
    for tally in tallies {
        good += tally.good;
        by_p256 += tally.by_p256;
        bad.iter_mut()
            .zip(tally.bad)
            .for_each(|(to, from)| *to += from);
    }
    let refused: usize = bad.iter().sum();
    let took = started.elapsed().as_secs();
    println!(
        "{} signatures: the engine and aws-lc-rs accept {good} and refuse {refused}, and p256 says \
         the same of {by_p256}; {took} s",
        good + refused
    );
    println!("refused, by damage: {bad:?}");
    assert!(good > count / 4 && bad.iter().all(|bad| *bad > count / 100));
}

#[derive(Default)]
struct Tally {
    good: usize,
    by_p256: usize,
    bad: [usize; DAMAGES],
}

/// What a verifier is given.
struct Case {
    key: [u8; 65],
    message: [u8; 32],
    signature: Vec<u8>,
    /// What was done to it.
    damage: Option<usize>,
}

fn compare(count: usize, p256_every: usize, seed: u64) -> Tally {
    let mut random = Random(seed);
    let mut tally = Tally::default();
    let mut fresh = Signing::new(&mut random);
    let mut known: Vec<_> = (0..3).map(|_| Known::new(&mut random)).collect();
    for number in 0..count {
        let way = random.below(4);
        let (case, prepared) = match way {
            0 | 1 => (fresh.next(&mut random, true), None),
            _ => {
                let known = &mut known[random.below(3)];
                let case = known.signing.next(&mut random, false);
                (case, Some(&known.prepared[random.below(3)]))
            }
        };
        let prepared = prepared.filter(|prepared| prepared.public_key().as_bytes() == case.key);
        let ours = engine(&case, prepared, way % 2 == 1, random.below(3));
        let context = || format!("seed {seed}, number {number}, damage {:?}", case.damage);
        if number % p256_every == 0 {
            assert_eq!(ours, by_p256(&case), "p256: {}", context());
            tally.by_p256 += 1;
        }
        assert_eq!(ours, by_aws_lc(&case), "aws-lc-rs: {}", context());
        assert_eq!(ours, case.damage.is_none(), "{}", context());
        match case.damage {
            None => tally.good += 1,
            Some(damage) => tally.bad[damage] += 1,
        }
    }
    tally
}

fn engine(case: &Case, prepared: Option<&PreparedKey>, even_r: bool, generator: usize) -> bool {
    let Ok(key) = PublicKey::p256(&case.key) else {
        return false;
    };
    let key = prepared.map_or_else(|| VerifyingKey::new(&key), VerifyingKey::prepared);
    let key = if even_r { key.expecting_even_r() } else { key };
    let generators = [
        GeneratorTable::FULL,
        GeneratorTable::COMPACT,
        GeneratorTable::FLASH,
    ];
    let sha256 = RUSTCRYPTO.digest(DigestAlgorithm::Sha256).unwrap();
    let es256 = Es256::new(sha256, generators[generator]);
    es256.verify(key, &[&case.message], &case.signature).is_ok()
}

fn by_p256(case: &Case) -> bool {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&case.key);
    let signature = p256::ecdsa::Signature::from_slice(&case.signature);
    let hash = Sha256::digest(case.message);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_prehash(&hash, &signature).is_ok())
}

fn by_aws_lc(case: &Case) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &case.key)
        .verify(&case.message, &case.signature)
        .is_ok()
}

/// A key with tables.
struct Known {
    signing: Signing,
    prepared: [PreparedKey; 3],
}

impl Known {
    fn new(random: &mut Random) -> Self {
        let signing = Signing::new(random);
        let key = PublicKey::p256(&sec1(&signing.key)).unwrap();
        Self {
            signing,
            prepared: SIZES.map(|size| PreparedKey::new(&key, size).unwrap()),
        }
    }
}

/// A key and a nonce, with their points.
struct Signing {
    secret: Scalar,
    key: ProjectivePoint,
    nonce: Scalar,
    commitment: ProjectivePoint,
}

impl Signing {
    fn new(random: &mut Random) -> Self {
        let [secret, nonce] = [(); 2].map(|()| reduced(&random.bytes()));
        Self {
            secret,
            key: ProjectivePoint::GENERATOR * secret,
            nonce,
            commitment: ProjectivePoint::GENERATOR * nonce,
        }
    }

    fn next(&mut self, random: &mut Random, new_key: bool) -> Case {
        self.nonce += Scalar::ONE;
        self.commitment += ProjectivePoint::GENERATOR;
        if new_key {
            self.secret += Scalar::ONE;
            self.key += ProjectivePoint::GENERATOR;
        }
        let message = random.bytes();
        let e = reduced(&Sha256::digest(message).into());
        let r = reduced(sec1(&self.commitment)[1..33].try_into().unwrap());
        let mut s = self.nonce.invert_vartime().unwrap() * (e + r * self.secret);
        if random.below(2) == 0 {
            s = -s;
        }
        let mut case = Case {
            key: sec1(&self.key),
            message,
            signature: [r.to_bytes(), s.to_bytes()].concat(),
            damage: None,
        };
        if random.below(2) == 0 {
            let damage = random.below(DAMAGES);
            case.damage = Some(damage);
            self.damage(&mut case, damage, random);
        }
        case
    }

    fn damage(&self, case: &mut Case, damage: usize, random: &mut Random) {
        let half = 32 * (damage % 2);
        let number = &mut case.signature[half..half + 32];
        match damage {
            0 | 1 => flip(number, random),
            2 | 3 => number.copy_from_slice(special(random)),
            4 | 5 => add(number, &N),
            6 | 7 => number.copy_from_slice(&random.bytes()),
            8 => flip(&mut case.message, random),
            9 => flip(&mut case.key[1..], random),
            10 => case.signature.rotate_left(32),
            11 => case.key = sec1(&(self.key + ProjectivePoint::GENERATOR)),
            // The key's negative: no signature is good under both.
            12 => case.key = sec1(&-self.key),
            13 => {
                case.signature[..32].copy_from_slice(special(random));
                case.signature[32..].copy_from_slice(special(random));
            }
            14 => case.signature.truncate(random.below(64)),
            _ => case.signature.push(0),
        }
    }
}

/// 0, 1, n − 1, n, n + 1, 2²⁵⁶ − 1.
fn special(random: &mut Random) -> &'static [u8] {
    const ONE: [u8; 32] = with_last([0; 32], 1);
    const BEFORE: [u8; 32] = with_last(N, 0x50);
    const AFTER: [u8; 32] = with_last(N, 0x52);
    [&[0; 32], &ONE, &BEFORE, &N, &AFTER, &[0xff; 32]][random.below(6)]
}

const fn with_last(mut number: [u8; 32], last: u8) -> [u8; 32] {
    number[31] = last;
    number
}

fn flip(bytes: &mut [u8], random: &mut Random) {
    let bit = random.below(8 * bytes.len());
    bytes[bit / 8] ^= 1 << (bit % 8);
}

/// Modulo 2²⁵⁶.
fn add(number: &mut [u8], other: &[u8; 32]) {
    let mut carry = 0;
    for (to, from) in number.iter_mut().zip(other).rev() {
        let sum = u16::from(*to) + u16::from(*from) + carry;
        *to = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
}

fn reduced(bytes: &[u8; 32]) -> Scalar {
    <Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::from(*bytes))
}

fn sec1(point: &ProjectivePoint) -> [u8; 65] {
    let point = AffinePoint::from(point).to_sec1_point(false);
    point.as_bytes().try_into().unwrap()
}

/// SplitMix64: the same numbers in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn bytes(&mut self) -> [u8; 32] {
        let words = [(); 4].map(|()| self.next().to_le_bytes());
        words.as_flattened().try_into().unwrap()
    }
}
