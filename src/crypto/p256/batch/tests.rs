use std::vec;
use std::vec::Vec;

use num_bigint::BigUint;
use sha2::{Digest, Sha256};

use super::super::limbs;
use super::super::oracle::{
    Random, affine, big, n, scalar, sec1, signature, small, times_g, x_modulo_n,
};
use super::super::{Key, even_r_form, verify, verify_all};
use super::*;

const FULL: GeneratorTable = GeneratorTable::FULL;

/// A signature with an even R, and its secrets.
#[derive(Clone)]
struct Signed {
    key: [u8; 65],
    hash: [u8; 32],
    signature: Vec<u8>,
}

impl Signed {
    fn new(secret: p256::Scalar, random: &mut Random) -> Self {
        let (hash, nonce) = (random.bytes(), random.scalar());
        let r = x_modulo_n(&times_g(&nonce));
        let s = nonce.invert().unwrap() * (scalar(&hash) + r * secret);
        let key = sec1(&times_g(&secret)).unwrap();
        let even = even_r_form(&key, &hash, &signature(&r, &s)).unwrap();
        Self {
            key,
            hash,
            signature: even.to_vec(),
        }
    }

    /// As good, with an odd R.
    fn odd(mut self) -> Self {
        let s = self.half(1);
        self.signature = signature(&self.half(0), &-s);
        self
    }

    fn half(&self, half: usize) -> p256::Scalar {
        scalar(self.signature[32 * half..][..32].try_into().unwrap())
    }

    fn member(&self) -> Member {
        let claim = Claim::new(&self.hash, &self.signature).unwrap();
        Member {
            claim,
            key: super::super::affine(&self.key).unwrap(),
            commitment: claim.even_commitment().unwrap(),
        }
    }

    fn alone(&self) -> bool {
        verify(self.hinted(), &self.hash, &self.signature, &FULL)
    }

    fn hinted(&self) -> Key<'_> {
        Key {
            sec1: &self.key,
            table: None,
            even_r: true,
        }
    }
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

fn together(signed: &[Signed], seed: &[u8; 32]) -> bool {
    let checks: Vec<_> = signed
        .iter()
        .map(|one| (one.hinted(), one.hash, &one.signature[..]))
        .collect();
    verify_all(&checks, seed, &sha256, &FULL)
}

/// As many good ones, by seven keys in turn.
fn good(count: usize) -> Vec<Signed> {
    let mut random = Random(19);
    let secrets = [(); 7].map(|()| random.scalar());
    let mut next = secrets.iter().cycle();
    (0..count)
        .map(|_| Signed::new(*next.next().unwrap(), &mut random))
        .collect()
}

#[test]
fn good_batches_of_all_sizes_hold() {
    let signed = good(200);
    for count in [0, 1, 2, 63, 64, 65, 129, 200] {
        assert!(together(&signed[..count], &[count as u8; 32]), "{count}");
    }
    for generator in [GeneratorTable::COMPACT, GeneratorTable::FLASH] {
        let members: Vec<_> = signed[..65].iter().map(Signed::member).collect();
        let multipliers: Vec<_> = (1..=65).map(Scalar::from_u128).collect();
        assert!(hold(&members, &multipliers, &generator));
    }
}

#[test]
fn one_bad_signature_at_any_place_is_refused() {
    let signed = good(66);
    for place in 0..signed.len() {
        let mut bad = signed.clone();
        let one = &mut bad[place];
        match place % 4 {
            0 => one.hash[31] ^= 1,
            1 => one.signature[63] ^= 1,
            2 => one.signature[31] ^= 1,
            _ => one.key = signed[(place + 1) % 7].key,
        }
        assert!(!one.alone());
        assert!(!together(&bad, &[1; 32]), "{place}");
    }
}

/// `false` does not say that one of them is bad.
#[test]
fn an_odd_r_is_refused_together_and_accepted_alone() {
    let signed = good(9);
    for place in 0..signed.len() {
        let mut mixed = signed.clone();
        mixed[place] = mixed[place].clone().odd();
        assert!(mixed[place].alone());
        assert!(!together(&mixed, &[1; 32]), "{place}");
    }
}

/// Nor may two with an odd R, or the two forms of one signature, make up for each other.
#[test]
fn two_odd_r_do_not_cancel() {
    let signed = good(2);
    let odd: Vec<_> = signed.iter().cloned().map(Signed::odd).collect();
    assert!(!together(&odd, &[1; 32]));
    assert!(!together(&[signed[0].clone(), odd[0].clone()], &[1; 32]));
    assert!(!together(&[odd[0].clone(), odd[0].clone()], &[1; 32]));
}

#[test]
fn duplicates_hold() {
    let signed = good(1);
    for count in [2, 3, 64, 65] {
        assert!(together(&vec![signed[0].clone(); count], &[1; 32]));
    }
}

/// Whatever cannot share an equation is verified by itself, among those that do.
#[test]
fn others_are_verified_plainly() {
    let signed = good(8);
    let odd: Vec<_> = signed.iter().cloned().map(Signed::odd).collect();
    let checks = |bad: Option<usize>| {
        let mut checks: Vec<_> = Vec::new();
        for (i, (even, odd)) in signed.iter().zip(&odd).enumerate() {
            let plain = Key {
                even_r: false,
                ..odd.hinted()
            };
            let hash = if bad == Some(i) { [0; 32] } else { odd.hash };
            checks.push((even.hinted(), even.hash, &even.signature[..]));
            checks.push((plain, hash, &odd.signature[..]));
        }
        verify_all(&checks, &[1; 32], &sha256, &FULL)
    };
    assert!(checks(None));
    assert!((0..8).all(|bad| !checks(Some(bad))));
}

#[test]
fn equal_keys_are_merged() {
    let signed = good(14);
    let keys = |count: usize| -> Vec<_> {
        let keys = signed[..count].iter().enumerate();
        keys.map(|(i, one)| (one.member().key, Scalar::from_u128(1 << (8 * i))))
            .collect()
    };
    for (count, distinct) in [(0, 0), (1, 1), (7, 7), (8, 7), (14, 7)] {
        let merged = merged(keys(count));
        assert_eq!(merged.len(), distinct);
        for (key, number) in &merged {
            let own = keys(count).into_iter().filter(|(other, _)| other == key);
            let sum = own.fold(Scalar::ZERO, |sum, (_, number)| sum.add(&number));
            assert_eq!(*number, sum);
        }
    }
    // Q and −Q are different keys, though they share an x.
    let key = signed[0].member().key;
    assert_eq!(
        merged(Vec::from([(key, Scalar::ONE), (key.negate(), Scalar::ONE)])).len(),
        2
    );
}

/// Two forgeries whose errors cancel under these multipliers: to one a difference is added, from the
/// other it is taken away, in what its hash adds to the sum.
fn cancelling(z: [u128; 2]) -> [Signed; 2] {
    let signed = good(2);
    let [first, second] = [signed[0].clone(), signed[1].clone()];
    // Σ zᵢ·eᵢ/sᵢ stays what it is if e₁ grows by d·s₁/z₁, and e₂ shrinks by d·s₂/z₂.
    let difference = BigUint::from(0x1234_5678_u32);
    let forged = |mut one: Signed, z: u128, negative: bool| {
        let s = BigUint::from_bytes_be(&one.signature[32..]);
        let inverse = BigUint::from(z).modpow(&(n() - 2_u8), &n());
        let change = &difference * s * inverse % n();
        let change = if negative { n() - change } else { change };
        let e = (BigUint::from_bytes_be(&one.hash) + change) % n();
        one.hash = limbs::to_bytes(&small(&e));
        one
    };
    [forged(first, z[0], false), forged(second, z[1], true)]
}

fn held_with(signed: &[Signed], z: [u128; 2]) -> bool {
    let members: Vec<_> = signed.iter().map(Signed::member).collect();
    hold(&members, &z.map(Scalar::from_u128), &FULL)
}

#[test]
fn two_forgeries_cancel_under_known_multipliers_and_are_rejected_under_ours() {
    let known = u128::from_be_bytes(*b"known beforehand");
    for z in [[1, 1], [5, 5], [1, 2], [known, 3], [u128::MAX, known]] {
        let forged = cancelling(z);
        assert!(forged.iter().all(|one| !one.alone()));
        // The attack is real ...
        assert!(held_with(&forged, z));
        assert!(!held_with(&forged[..1], z) && !held_with(&forged, [z[0], z[1] ^ 4]));
        // ... and has no way in, whatever the seed, even one that never changes.
        for seed in [[0; 32], [0xff; 32], [7; 32]] {
            assert!(!together(&forged, &seed));
        }
    }
}

/// The forger knows the seed too, and makes the forgeries for the multipliers that two good
/// signatures would have: the forgeries have others.
#[test]
fn multipliers_depend_on_every_signature() {
    let seed = [7; 32];
    let signed = good(2);
    let z = multipliers(&signed, &seed);
    assert!(held_with(&signed, z));
    let forged = cancelling(z);
    assert!(held_with(&forged, z));
    assert!(!together(&forged, &seed));
    assert!(
        multipliers(&forged, &seed)
            .iter()
            .zip(&z)
            .all(|(new, old)| new != old)
    );
}

/// As performance.md has it, written down once more: zᵢ = SHA-256("VITACARD-BATCH-v1" ‖ seed ‖ T ‖
/// u32be i)[0..16], T = SHA-256 over all (Qᵢ, eᵢ, rᵢ, sᵢ) in order.
fn multipliers(signed: &[Signed], seed: &[u8; 32]) -> [u128; 2] {
    let mut all = Vec::new();
    for one in signed {
        all.extend(one.key);
        all.extend(one.hash);
        all.extend(&one.signature);
    }
    let transcript = Sha256::digest(all);
    [0_u32, 1].map(|i| {
        let mut input = b"VITACARD-BATCH-v1".to_vec();
        input.extend(seed);
        input.extend(transcript);
        input.extend(i.to_be_bytes());
        let hash = Sha256::digest(input);
        u128::from_be_bytes(hash[..16].try_into().unwrap()).max(1)
    })
}

/// That `verify_all` takes those multipliers and no others: with a hash that gives fixed answers for
/// exactly the inputs above, it accepts what cancels under these answers.
#[test]
fn multipliers_are_derived_as_documented() {
    let seed = [0x5e; 32];
    let z = [known_multiplier(1), known_multiplier(2)];
    let forged = cancelling(z);
    let mut all = Vec::new();
    for one in &forged {
        all.extend([&one.key[..], &one.hash, &one.signature].concat());
    }
    let oracle = |parts: &[&[u8]]| -> [u8; 32] {
        let input = parts.concat();
        let expected =
            |i: u8| [&b"VITACARD-BATCH-v1"[..], &seed, &[0xaa; 32], &[0, 0, 0, i]].concat();
        if input == all {
            [0xaa; 32]
        } else if input == expected(0) {
            wide_hash(z[0])
        } else if input == expected(1) {
            wide_hash(z[1])
        } else {
            panic!("another input is hashed: {}", hex::encode(input));
        }
    };
    let checks: Vec<_> = forged
        .iter()
        .map(|one| (one.hinted(), one.hash, &one.signature[..]))
        .collect();
    assert!(verify_all(&checks, &seed, &oracle, &FULL));
}

fn known_multiplier(i: u8) -> u128 {
    u128::from_be_bytes([i; 16])
}

/// The multiplier, and sixteen bytes that are not to count.
fn wide_hash(multiplier: u128) -> [u8; 32] {
    let bytes = [multiplier.to_be_bytes(), [0xee; 16]];
    bytes.as_flattened().try_into().unwrap()
}

#[test]
fn a_multiplier_is_never_zero() {
    let hash = |first: u128| multiplier(&wide_hash(first));
    assert_eq!(hash(0), Scalar::ONE);
    assert_eq!(hash(1), Scalar::ONE);
    assert_eq!(hash(u128::MAX), Scalar::from_u128(u128::MAX));
}

/// Members without multipliers are not left out.
#[test]
fn as_many_multipliers_as_members() {
    let members: Vec<_> = good(3).iter().map(Signed::member).collect();
    let multipliers = [Scalar::ONE; 4];
    for (count, holds) in [(0, false), (2, false), (3, true), (4, false)] {
        assert_eq!(hold(&members, &multipliers[..count], &FULL), holds);
    }
    assert!(hold(&[], &[], &FULL));
}

#[test]
fn inverses_of_many_numbers() {
    let mut random = Random(20);
    for count in [0, 1, 2, 65] {
        let numbers: Vec<_> = (0..count)
            .map(|_| Scalar::from_hash(&random.bytes()))
            .collect();
        let inverses = invert_all(&numbers);
        assert_eq!(inverses.len(), count);
        for (number, inverse) in numbers.iter().zip(&inverses) {
            assert_eq!(
                big(number.limbs()) * big(inverse.limbs()) % n(),
                BigUint::from(1_u8)
            );
        }
    }
}

/// Against sums by p256, over points that are multiples of each other.
#[test]
fn long_sums_agree_with_p256() {
    let mut random = Random(21);
    let shared = random.scalar();
    for terms in [1, 2, 5, 20] {
        let mut long = LongSum::with_capacity(terms);
        let mut expected = p256::ProjectivePoint::IDENTITY;
        for i in 0..terms {
            let point = match i % 3 {
                0 => times_g(&shared),
                1 => -times_g(&shared),
                _ => times_g(&random.scalar()),
            };
            let number = if i % 4 < 2 { shared } else { random.scalar() };
            long.push(
                &affine(&point).unwrap(),
                &Scalar::from_hash(&number.to_bytes().into()),
            );
            expected += point * number;
        }
        assert_eq!(long.total().affine(), affine(&expected), "{terms}");
    }
    assert!(LongSum::with_capacity(0).total().is_infinity());
}
