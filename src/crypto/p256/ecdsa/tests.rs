use std::vec;
use std::vec::Vec;

use p256::ProjectivePoint;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use sha2::{Digest, Sha256};

use super::super::limbs::Limbs;
use super::super::oracle::{
    Random, affine, big, n, p, power_of_two, scalar, scalar_of, sec1, signature, small, times_g,
    x_modulo_n,
};
use super::super::table::{Entry, Shape};
use super::super::{Key, fill_table, is_on_curve, verify, verify_all};
use super::super::{decompress, even_r_form};
use super::*;

const GENERATORS: [GeneratorTable; 3] = [
    GeneratorTable::FULL,
    GeneratorTable::COMPACT,
    GeneratorTable::FLASH,
];
const SHAPES: [Shape; 3] = [Shape::FULL, Shape::COMPACT, Shape::FLASH];

/// A key with all of its tables.
struct Prepared {
    sec1: [u8; 65],
    tables: [Vec<Entry>; 3],
}

impl Prepared {
    fn new(key: &ProjectivePoint) -> Self {
        let sec1 = sec1(key).unwrap();
        let tables = SHAPES.map(|shape| {
            let mut entries = vec![Entry::EMPTY; shape.entries()];
            assert!(fill_table(shape, &sec1, &mut entries));
            entries
        });
        Self { sec1, tables }
    }

    /// The verdict, which must be that of p256, in each way that there is; and in a batch with
    /// itself, which may only refuse more.
    fn verdict(&self, hash: &[u8; 32], signature: &[u8]) -> bool {
        let verdict = by_p256(&self.sec1, hash, signature);
        let tables = SHAPES.into_iter().zip(&self.tables);
        let tables = tables.map(|(shape, entries)| Some(Table::new(shape, entries)));
        for table in tables.chain([None]) {
            for even_r in [false, true] {
                let key = Key {
                    sec1: &self.sec1,
                    table,
                    even_r,
                };
                for (i, generator) in GENERATORS.iter().enumerate() {
                    let ours = verify(key, hash, signature, generator);
                    assert_eq!(ours, verdict, "table {table:?} hint {even_r} generator {i}");
                }
            }
        }
        let key = Key {
            sec1: &self.sec1,
            table: None,
            even_r: true,
        };
        let check = (key, *hash, signature);
        for generator in &GENERATORS {
            let together = verify_all(&[check, check], &[7; 32], &sha256, generator);
            assert!(verdict || !together);
            let even = even_r_form(&self.sec1, hash, signature);
            assert!(
                !together || even.is_some_and(|even| even == signature) || !is_hinted(signature)
            );
        }
        verdict
    }
}

/// Whether a signature may share an equation at all.
fn is_hinted(signature: &[u8]) -> bool {
    Claim::new(&[0; 32], signature).is_some_and(|claim| claim.even_commitment().is_some())
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

fn by_p256(sec1: &[u8; 65], hash: &[u8; 32], signature: &[u8]) -> bool {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(sec1);
    let signature = p256::ecdsa::Signature::from_slice(signature);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_prehash(hash, &signature).is_ok())
}

/// The key under which (x of `commitment`, s) is a signature over `e`: Q = (s·R − e·G) / r.
fn recovered(commitment: &ProjectivePoint, s: &p256::Scalar, e: &p256::Scalar) -> ProjectivePoint {
    let r = x_modulo_n(commitment);
    (*commitment * s - times_g(e)) * r.invert().unwrap()
}

fn number(value: u64) -> p256::Scalar {
    scalar_of(&[value, 0, 0, 0])
}

/// A signature by `secret` with this nonce.
fn signed(secret: &p256::Scalar, nonce: &p256::Scalar, e: &p256::Scalar) -> Vec<u8> {
    let r = x_modulo_n(&times_g(nonce));
    signature(&r, &(nonce.invert().unwrap() * (e + &(r * secret))))
}

/// The point with this x coordinate.
fn point_at(x: &[u8; 32], odd: bool) -> Option<ProjectivePoint> {
    let y = decompress(x, odd)?;
    let sec1 = [&[4][..], x, &y].concat();
    let theirs = p256::PublicKey::from_sec1_bytes(&sec1).unwrap();
    Some(theirs.to_projective())
}

/// The rare ones: R has an x between n and p, so r is x − n, and r + n < p.
#[test]
fn r_plus_n_below_p_is_accepted() {
    let mut random = Random(11);
    let mut found = 0;
    for i in 1_u64..40 {
        let x = limbs::to_bytes(&limbs::add(&N, &[i, 0, 0, 0]).0);
        for odd in [false, true] {
            let Some(commitment) = point_at(&x, odd) else {
                continue;
            };
            assert_eq!(x_modulo_n(&commitment), number(i));
            let (s, e) = (random.scalar(), random.scalar());
            let key = recovered(&commitment, &s, &e);
            let good = signature(&number(i), &s);
            let prepared = Prepared::new(&key);
            assert!(prepared.verdict(&e.to_bytes().into(), &good));
            assert!(!prepared.verdict(&e.to_bytes().into(), &signature(&number(i + 1), &s)));
            found += 1;
        }
    }
    assert!(found > 20, "{found}");
}

/// The last x below p that has a point, and x = r itself where r + n is below p too.
#[test]
fn r_at_both_ends_of_what_has_two_x() {
    let mut random = Random(12);
    let mut last = small(&(p() - 1_u8));
    while decompress(&limbs::to_bytes(&last), false).is_none() {
        last[0] -= 1;
    }
    let x_of_small = (1_u64..40).map(|i| [i, 0, 0, 0]);
    let around_p_minus_n = (0_u64..12).map(|i| small(&(p() - n() - 6_u8 + i)));
    let mut found = 0;
    for x in x_of_small.chain(around_p_minus_n).chain([last]) {
        for odd in [false, true] {
            let Some(commitment) = point_at(&limbs::to_bytes(&x), odd) else {
                continue;
            };
            let (s, e) = (random.scalar(), random.scalar());
            let prepared = Prepared::new(&recovered(&commitment, &s, &e));
            let good = signature(&x_modulo_n(&commitment), &s);
            assert!(prepared.verdict(&e.to_bytes().into(), &good));
            found += 1;
        }
    }
    assert!(found > 30, "{found}");
}

/// r + n is no x at or above p, or 2²⁵⁶: r + n − p, or r + n − 2²⁵⁶, would be.
#[test]
fn r_plus_n_from_p_on_is_no_second_x() {
    let claim = |r: &Limbs| Claim {
        e: Scalar::ONE,
        r: Scalar::half_signature(&limbs::to_bytes(r)).unwrap(),
        s: Scalar::ONE,
    };
    let mut tried = 0;
    for modulus in [p(), power_of_two(256)] {
        for i in 0_u64..40 {
            let r = small(&(&modulus - n() + i));
            let Some(point) = point_at(&limbs::to_bytes(&[i, 0, 0, 0]), false) else {
                continue;
            };
            assert!(!claim(&r).is_x_of(&Point::from_affine(&affine(&point).unwrap())));
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
    assert!(!claim(&[1, 0, 0, 0]).is_x_of(&Point::INFINITY));
}

#[test]
fn r_or_s_out_of_range_is_refused() {
    let (secret, nonce, e) = (number(3), number(5), number(7));
    let prepared = Prepared::new(&times_g(&secret));
    let hash = e.to_bytes().into();
    let good = signed(&secret, &nonce, &e);
    assert!(prepared.verdict(&hash, &good));
    let edges = [
        big(&limbs::ZERO),
        power_of_two(0),
        n() - 1_u8,
        n(),
        n() + 1_u8,
        p(),
        power_of_two(256) - 1_u8,
    ];
    let edges = edges.map(|edge| limbs::to_bytes(&small(&edge)));
    for edge in edges {
        assert!(!prepared.verdict(&hash, &[&edge, &good[32..]].concat()));
        assert!(!prepared.verdict(&hash, &[&good[..32], &edge].concat()));
        for other in edges {
            assert!(!prepared.verdict(&hash, &[edge, other].concat()));
        }
    }
}

/// r and s in {1, n − 1}, each with the key under which they are good.
#[test]
fn s_of_one_and_of_n_minus_one_is_accepted() {
    let mut random = Random(13);
    for s in [number(1), -number(1), number(2), -number(2)] {
        let e = random.scalar();
        let commitment = times_g(&random.scalar());
        let prepared = Prepared::new(&recovered(&commitment, &s, &e));
        let good = signature(&x_modulo_n(&commitment), &s);
        assert!(prepared.verdict(&e.to_bytes().into(), &good));
    }
}

#[test]
fn other_lengths_are_refused() {
    let (secret, e) = (number(3), number(7));
    let prepared = Prepared::new(&times_g(&secret));
    let good = signed(&secret, &number(5), &e);
    let hash = e.to_bytes().into();
    for length in 0..64 {
        assert!(!prepared.verdict(&hash, &good[..length]));
    }
    for longer in [65, 66, 96, 128] {
        let mut padded = good.clone();
        padded.resize(longer, 0);
        assert!(!prepared.verdict(&hash, &padded));
    }
}

/// u₁ = 0.
#[test]
fn a_hash_of_zero_is_a_hash() {
    let mut random = Random(14);
    for hash in [[0; 32], limbs::to_bytes(&N)] {
        let secret = random.scalar();
        let prepared = Prepared::new(&times_g(&secret));
        let good = signed(&secret, &random.scalar(), &p256::Scalar::ZERO);
        assert!(prepared.verdict(&hash, &good));
        assert!(!prepared.verdict(&[1; 32], &good));
    }
}

#[test]
fn a_hash_from_n_on_is_reduced() {
    let mut random = Random(15);
    for above in [n() - 1_u8, n(), n() + 1_u8, p(), power_of_two(256) - 1_u8] {
        let hash = limbs::to_bytes(&small(&above));
        let secret = random.scalar();
        let prepared = Prepared::new(&times_g(&secret));
        let good = signed(&secret, &random.scalar(), &scalar(&hash));
        assert!(prepared.verdict(&hash, &good));
        let reduced = limbs::to_bytes(&small(&(above % n())));
        assert!(prepared.verdict(&reduced, &good));
    }
}

/// Q = −(e/r)·G: the sum is infinity, which has no x.
#[test]
fn a_sum_of_infinity_is_refused() {
    let mut random = Random(16);
    for r in [random.scalar(), number(1), number(2), -number(1)] {
        let e = random.scalar();
        let prepared = Prepared::new(&times_g(&-(e * r.invert().unwrap())));
        for s in [random.scalar(), number(1), -number(1)] {
            assert!(!prepared.verdict(&e.to_bytes().into(), &signature(&r, &s)));
        }
    }
}

/// Q = (e/r)·G: both halves of the sum are the same point, which is doubled.
#[test]
fn a_sum_of_equal_points_is_doubled() {
    let mut random = Random(17);
    for nonce in [random.scalar(), random.scalar(), number(2), -number(2)] {
        let e = random.scalar();
        let r = x_modulo_n(&times_g(&nonce));
        let secret = e * r.invert().unwrap();
        let prepared = Prepared::new(&times_g(&secret));
        assert!(prepared.verdict(&e.to_bytes().into(), &signed(&secret, &nonce, &e)));
    }
}

/// Multipliers at the edges, over keys that are small multiples of G: what is added on the way is
/// there already, or its negative is, time and again.
#[test]
fn multipliers_at_the_edges() {
    let multipliers: Vec<_> = [
        number(1),
        number(2),
        number(15),
        number(16),
        scalar_of(&[u64::MAX, u64::MAX, 0, 0]),
        scalar_of(&[0, 0, 1, 0]),
        scalar_of(&small(&(n() >> 1_u32))),
        scalar_of(&small(&power_of_two(255))),
    ]
    .into_iter()
    .flat_map(|multiplier| [multiplier, -multiplier])
    .collect();
    let (mut good, mut infinite) = (0, 0);
    let half = number(2).invert().unwrap();
    for secret in [number(1), -number(1), number(2), number(3), half] {
        let key = times_g(&secret);
        let prepared = Prepared::new(&key);
        for u1 in multipliers.iter().chain([&p256::Scalar::ZERO]) {
            for u2 in &multipliers {
                let commitment = times_g(&(u1 + &(secret * u2)));
                let is_infinite = commitment == ProjectivePoint::IDENTITY;
                let r = if is_infinite {
                    number(5)
                } else {
                    x_modulo_n(&commitment)
                };
                let s = r * u2.invert().unwrap();
                let hash = (s * u1).to_bytes().into();
                assert_eq!(prepared.verdict(&hash, &signature(&r, &s)), !is_infinite);
                good += usize::from(!is_infinite);
                infinite += usize::from(is_infinite);
            }
        }
    }
    assert!(good > 1000 && infinite > 20, "{good} {infinite}");
}

/// Which no table can be made of, either.
#[test]
fn keys_off_the_curve_verify_nothing() {
    let (secret, e) = (number(3), number(7));
    let good = signed(&secret, &number(5), &e);
    let genuine = sec1(&times_g(&secret)).unwrap();
    for byte in 0..65 {
        let mut sec1 = genuine;
        sec1[byte] ^= 1 << (byte % 8);
        for even_r in [false, true] {
            let key = Key {
                sec1: &sec1,
                table: None,
                even_r,
            };
            for generator in &GENERATORS {
                assert!(!verify(key, &e.to_bytes().into(), &good, generator));
                let check = (key, e.to_bytes().into(), &good[..]);
                assert!(!verify_all(&[check], &[7; 32], &sha256, generator));
            }
        }
        assert!(!fill_table(Shape::FLASH, &sec1, &mut []));
        let (x, y) = (
            sec1[1..33].try_into().unwrap(),
            sec1[33..].try_into().unwrap(),
        );
        assert!(byte == 0 || !is_on_curve(x, y));
        assert_eq!(even_r_form(&sec1, &e.to_bytes().into(), &good), None);
    }
}

#[test]
fn the_other_of_two_equal_signatures_is_good_in_every_way() {
    let mut random = Random(18);
    for _ in 0..10 {
        let (secret, nonce, e) = (random.scalar(), random.scalar(), random.scalar());
        let prepared = Prepared::new(&times_g(&secret));
        let hash = e.to_bytes().into();
        let good = signed(&secret, &nonce, &e);
        let (r, s) = (
            scalar(good[..32].try_into().unwrap()),
            scalar(good[32..].try_into().unwrap()),
        );
        let twin = signature(&r, &-s);
        assert!(prepared.verdict(&hash, &good) && prepared.verdict(&hash, &twin));
        // One of them, and always the same, is the form with an even R; the hint alone finds it.
        let even = even_r_form(&prepared.sec1, &hash, &good).unwrap();
        assert_eq!(even_r_form(&prepared.sec1, &hash, &twin), Some(even));
        assert!(even[..] == good || even[..] == twin);
        let nonce_is_even = affine(&times_g(&nonce)).is_some_and(|point| !point.y.is_odd());
        assert_eq!(even[..] == good, nonce_is_even);
        for (signature, is_even) in [(&good, nonce_is_even), (&twin, !nonce_is_even)] {
            let claim = Claim::new(&hash, signature).unwrap();
            let key = affine(&times_g(&secret)).unwrap();
            for generator in &GENERATORS {
                assert_eq!(claim.holds_for_even_r(&key, generator), Some(is_even));
            }
        }
        assert_eq!(even_r_form(&prepared.sec1, &[9; 32], &good), None);
    }
}

/// Where x is r + n, and so the point with x = r is another, or none.
#[test]
fn the_even_form_of_a_rare_signature() {
    let (s, e) = (number(9), number(4));
    let mut found = 0;
    for i in 1_u64..20 {
        let x = limbs::to_bytes(&limbs::add(&N, &[i, 0, 0, 0]).0);
        let Some(odd) = point_at(&x, true) else {
            continue;
        };
        let key = sec1(&recovered(&odd, &s, &e)).unwrap();
        let form = even_r_form(&key, &e.to_bytes().into(), &signature(&number(i), &s));
        assert_eq!(form.unwrap()[..], signature(&number(i), &-s));
        found += 1;
    }
    assert!(found > 5);
}
