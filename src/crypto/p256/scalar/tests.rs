#![allow(
    unused_qualifications,
    reason = "which of the products needs none depends on the machine"
)]

use std::vec::Vec;

use fiat_crypto::p256_scalar_64::{
    fiat_p256_scalar_montgomery_domain_field_element as Fiat, fiat_p256_scalar_mul,
};
use num_bigint::BigUint;

use super::super::oracle::{EDGES, Random, big, edges, edges_below, n, power_of_two, small};
use super::super::prime::P;
use super::super::{product32, product64};
use super::*;

#[test]
fn constants() {
    assert_eq!(big(&HALF), (n() - 1_u8) >> 1_u32);
    assert_eq!(big(&R_SQUARED), power_of_two(512) % n());
    assert_eq!(N[0].wrapping_mul(INVERSE), u64::MAX);
}

/// Montgomery products modulo n, and modulo p by the same general code.
#[test]
fn products_of_edge_numbers_agree_with_fiat_and_the_32_bit_ones() {
    let edges = edges_below(&N);
    for a in &edges {
        for b in &edges {
            let product = product64::multiply(a, b, &N, INVERSE);
            let mut by_fiat = Fiat([0; 4]);
            fiat_p256_scalar_mul(&mut by_fiat, &Fiat(*a), &Fiat(*b));
            assert_eq!(product, by_fiat.0, "{a:x?} {b:x?}");
            assert_eq!(product, product32::multiply(a, b, &N, INVERSE));
        }
        let general = product64::multiply(a, &[1, 2, 3, 4], &P, 1);
        assert_eq!(
            general,
            product64::multiply_field(&limbs::reduce_once(a, 0, &P), &[1, 2, 3, 4])
        );
    }
}

#[test]
fn products_and_sums_of_edge_numbers_agree_with_big_integers() {
    let edges = edges_below(&N);
    let wide: Vec<_> = edges.iter().map(big).collect();
    let n = n();
    for (i, a) in edges.iter().enumerate() {
        for (j, b) in edges.iter().enumerate().skip(i).step_by(3) {
            let (x, y) = (Scalar(*a), Scalar(*b));
            assert_eq!(big(&x.multiply(&y).0), &wide[i] * &wide[j] % &n);
            assert_eq!(big(&y.add(&x).0), (&wide[i] + &wide[j]) % &n);
        }
    }
}

#[test]
fn negatives_inverses_and_the_shorter_of_two() {
    for edge in edges_below(&N) {
        let (scalar, wide) = (Scalar(edge), big(&edge));
        assert_eq!(big(&scalar.negate().0), (n() - &wide) % n());
        let product = scalar.multiply(&scalar.invert());
        assert_eq!(
            product,
            if wide == BigUint::ZERO {
                Scalar::ZERO
            } else {
                Scalar::ONE
            }
        );
        let (shorter, negative) = scalar.shorter();
        assert!(limbs::bit_length(&shorter) <= 255);
        let back = if negative {
            Scalar(shorter).negate()
        } else {
            Scalar(shorter)
        };
        assert_eq!(back, scalar);
        assert_eq!(limbs::from_bytes(&scalar.to_bytes()), edge);
    }
    for (number, negative) in [(HALF, false), (limbs::add(&HALF, &[1, 0, 0, 0]).0, true)] {
        assert_eq!(Scalar(number).shorter(), (HALF, negative));
    }
}

#[test]
fn halves_of_signatures_lie_between_one_and_the_last() {
    for edge in edges() {
        let inside = edge != limbs::ZERO && big(&edge) < n();
        let half = Scalar::half_signature(&limbs::to_bytes(&edge));
        assert_eq!(half, inside.then_some(Scalar(edge)));
        let hash = Scalar::from_hash(&limbs::to_bytes(&edge));
        assert_eq!(big(hash.limbs()), big(&edge) % n());
    }
}

#[test]
fn numbers_of_128_bits() {
    for low in EDGES {
        for high in EDGES {
            let number = u128::from(low) | u128::from(high) << 64;
            assert_eq!(Scalar::from_u128(number).limbs(), &[low, high, 0, 0]);
        }
    }
}

/// `a ≡ ±b·t` with b ≠ 0. That both have at most 128 bits is in their types; that nothing was lost
/// on the way there is in the congruence.
fn assert_half_size(t: &BigUint) {
    let (a, b, negative) = Scalar(small(t)).half_size().unwrap();
    assert_ne!(b, 0);
    assert_ne!(a, 0);
    let product = BigUint::from(b) * t % n();
    let product = if negative { n() - product } else { product };
    assert_eq!(BigUint::from(a), product, "{t:x}");
}

#[test]
fn half_sizes_at_the_edges() {
    assert_eq!(Scalar::ZERO.half_size(), None);
    let half = (n() - 1_u8) >> 1_u32;
    let middle = power_of_two(128);
    let named = [
        BigUint::from(1_u8),
        BigUint::from(2_u8),
        n() - 1_u8,
        n() - 2_u8,
        &middle - 1_u8,
        middle.clone(),
        &middle + 1_u8,
        half.clone(),
        half + 1_u8,
        n() - &middle,
        n() - &middle + 1_u8,
        n() / &middle,
        n() / &middle + 1_u8,
        // Quotients as large, and as small, as can be.
        n() / 3_u8,
        n() / 3_u8 + 1_u8,
        n() * 2_u8 / 3_u8,
    ];
    named.iter().for_each(assert_half_size);
    for i in 0..256 {
        let power = power_of_two(i);
        for number in [power.clone(), &power - 1_u8, &power + 1_u8, n() - &power] {
            if number != BigUint::ZERO && number < n() {
                assert_half_size(&number);
            }
        }
    }
    for edge in edges_below(&N).iter().filter(|edge| **edge != limbs::ZERO) {
        assert_half_size(&big(edge));
    }
}

/// Fractions n·f/g with small f and g, and their neighbours: a long quotient after short ones.
#[test]
fn half_sizes_of_fractions() {
    for denominator in 1_u32..40 {
        for numerator in 1..=denominator {
            let number = n() * numerator / denominator;
            for number in [&number - 1_u8, number.clone(), &number + 1_u8] {
                if number < n() {
                    assert_half_size(&number);
                }
            }
        }
    }
}

#[test]
fn half_sizes_of_random_numbers() {
    let mut random = Random(4);
    for _ in 0..20_000 {
        assert_half_size(&big(&Scalar::from_hash(&random.bytes()).0));
    }
}
