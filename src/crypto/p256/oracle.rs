//! What the tests of the engine measure it by: numbers at the edges, big integers, and p256.

use std::vec::Vec;

use num_bigint::BigUint;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{AffinePoint, FieldBytes, ProjectivePoint};

use super::limbs::{self, Limbs};
use super::point::Affine;
use super::prime::P;
use super::scalar::N;

/// Limbs at which carries begin and end.
pub(super) const EDGES: [u64; 6] = [0, 1, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, u64::MAX];

pub(super) fn big(number: &Limbs) -> BigUint {
    BigUint::from_bytes_be(&limbs::to_bytes(number))
}

/// Modulo 2²⁵⁶.
pub(super) fn small(number: &BigUint) -> Limbs {
    let mut digits = number.to_u64_digits();
    digits.resize(4, 0);
    digits.try_into().unwrap()
}

pub(super) fn p() -> BigUint {
    big(&P)
}

pub(super) fn n() -> BigUint {
    big(&N)
}

pub(super) fn power_of_two(exponent: u32) -> BigUint {
    BigUint::from(1_u8) << exponent
}

/// Every number that consists of edge limbs, and what lies around the two moduli.
pub(super) fn edges() -> Vec<Limbs> {
    let tops = EDGES.into_iter().chain([P[3], P[3] - 1, 1 << 63]);
    let mut edges = Vec::new();
    for top in tops {
        for i in 0..EDGES.len().pow(3) {
            let limb = |place: u32| EDGES[i / EDGES.len().pow(place) % EDGES.len()];
            edges.push([limb(0), limb(1), limb(2), top]);
        }
    }
    let one = BigUint::from(1_u8);
    for modulus in [p(), n()] {
        let half = &modulus >> 1_u32;
        let least = power_of_two(256) % &modulus;
        let around = [
            &modulus - &one,
            &modulus - 2_u8,
            &modulus + &one,
            modulus.clone(),
        ];
        let others = [
            &half - &one,
            half.clone(),
            &half + &one,
            &modulus - &least,
            least,
        ];
        edges.extend(around.iter().chain(&others).map(small));
    }
    edges
}

/// Those below the modulus.
pub(super) fn edges_below(modulus: &Limbs) -> Vec<Limbs> {
    let mut edges = edges();
    edges.retain(|edge| limbs::is_below(edge, modulus));
    edges
}

/// SplitMix64: the same numbers in each run.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn limbs(&mut self) -> Limbs {
        [(); 4].map(|()| self.next())
    }

    pub(super) fn bytes(&mut self) -> [u8; 32] {
        limbs::to_bytes(&self.limbs())
    }

    pub(super) fn scalar(&mut self) -> p256::Scalar {
        scalar(&self.bytes())
    }
}

/// Of p256, reduced.
pub(super) fn scalar(bytes: &[u8; 32]) -> p256::Scalar {
    <p256::Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::from(*bytes))
}

pub(super) fn scalar_of(number: &Limbs) -> p256::Scalar {
    scalar(&limbs::to_bytes(number))
}

/// G times `number`.
pub(super) fn times_g(number: &p256::Scalar) -> ProjectivePoint {
    ProjectivePoint::GENERATOR * number
}

/// Uncompressed; infinity has no such form.
pub(super) fn sec1(point: &ProjectivePoint) -> Option<[u8; 65]> {
    let point = AffinePoint::from(point).to_sec1_point(false);
    point.as_bytes().try_into().ok()
}

/// The x coordinate modulo n.
pub(super) fn x_modulo_n(point: &ProjectivePoint) -> p256::Scalar {
    let sec1 = sec1(point).unwrap();
    scalar(sec1[1..33].try_into().unwrap())
}

/// As the engine has it.
pub(super) fn affine(point: &ProjectivePoint) -> Option<Affine> {
    sec1(point).map(|sec1| super::affine(&sec1).unwrap())
}

/// r ‖ s.
pub(super) fn signature(r: &p256::Scalar, s: &p256::Scalar) -> Vec<u8> {
    [r.to_bytes(), s.to_bytes()].concat()
}
