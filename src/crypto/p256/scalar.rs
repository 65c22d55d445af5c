//! Numbers modulo n, the order of the curve.

use super::inverse::{Modulus, invert};
use super::limbs::{self, Limbs};
use super::product::multiply;

/// A number below n.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Scalar(Limbs);

pub(super) const N: Limbs = [
    0xf3b9_cac2_fc63_2551,
    0xbce6_faad_a717_9e84,
    u64::MAX,
    0xffff_ffff_0000_0000,
];

/// (n − 1) / 2.
const HALF: Limbs = [
    0x79dc_e561_7e31_92a8,
    0xde73_7d56_d38b_cf42,
    0x7fff_ffff_ffff_ffff,
    0x7fff_ffff_8000_0000,
];

const MODULUS: Modulus = Modulus::new(&N);

/// −1 / n mod 2⁶⁴.
const INVERSE: u64 = 0xccd1_c8aa_ee00_bc4f;

/// 2⁵¹² mod n.
const R_SQUARED: Limbs = [
    0x8324_4c95_be79_eea2,
    0x4699_799c_49bd_6fa6,
    0x2845_b239_2b6b_ec59,
    0x66e1_2d94_f3d9_5620,
];

impl Scalar {
    pub(super) const ONE: Self = Self([1, 0, 0, 0]);
    pub(super) const ZERO: Self = Self(limbs::ZERO);

    /// From big-endian bytes between 1 and n − 1: half of an ECDSA signature.
    pub(super) const fn half_signature(bytes: &[u8; 32]) -> Option<Self> {
        let number = limbs::from_bytes(bytes);
        match limbs::is_below(&number, &N) && !limbs::is_zero(&number) {
            true => Some(Self(number)),
            false => None,
        }
    }

    /// A hash, modulo n (SEC 1 section 4.1.4, step 3).
    pub(super) const fn from_hash(hash: &[u8; 32]) -> Self {
        // 2²⁵⁶ < 2n, so one subtraction will do.
        Self(limbs::reduce_once(&limbs::from_bytes(hash), 0, &N))
    }

    pub(super) const fn from_u128(number: u128) -> Self {
        Self([number as u64, (number >> 64) as u64, 0, 0])
    }

    pub(super) const fn to_bytes(self) -> [u8; 32] {
        limbs::to_bytes(&self.0)
    }

    pub(super) const fn limbs(&self) -> &Limbs {
        &self.0
    }

    pub(super) const fn add(&self, other: &Self) -> Self {
        let (sum, carry) = limbs::add(&self.0, &other.0);
        Self(limbs::reduce_once(&sum, carry, &N))
    }

    pub(super) const fn negate(&self) -> Self {
        Self(limbs::subtract_modulo(&limbs::ZERO, &self.0, &N))
    }

    pub(super) const fn multiply(&self, other: &Self) -> Self {
        let product = multiply(&self.0, &other.0, &N, INVERSE);
        Self(multiply(&product, &R_SQUARED, &N, INVERSE))
    }

    /// The inverse; 0 has none and gives 0.
    pub(super) const fn invert(&self) -> Self {
        Self(invert(&self.0, &MODULUS))
    }

    /// Of the number and its negative the one of at most 255 bits, and whether it is the negative.
    pub(super) const fn shorter(&self) -> (Limbs, bool) {
        match limbs::is_below(&HALF, &self.0) {
            true => (self.negate().0, true),
            false => (self.0, false),
        }
    }

    /// Two numbers of at most 128 bits, `(a, b)`, and whether `b` counts as negative, such that
    /// `a ≡ b · self` (mod n) and b ≠ 0. `None` for 0.
    ///
    /// The algorithm of Euclid on n and the number, stopped half-way (Antipa et al., "Accelerated
    /// Verification of ECDSA Signatures", SAC 2005). It keeps `n = a₀·b₁ + a₁·b₀`, so while a₀ has
    /// more than 128 bits b₁ has at most 128.
    pub(super) const fn half_size(&self) -> Option<(u128, u128, bool)> {
        let (mut a0, mut a1) = (N, self.0);
        let (mut b0, mut b1) = (0_u128, 1_u128);
        let mut negative = false;
        if limbs::is_zero(&a1) {
            return None;
        }
        while a1[2] | a1[3] != 0 {
            // a₀ ← a₀ − a₁·2^k with the largest k that leaves it positive.
            let mut shift = limbs::bit_length(&a0).wrapping_sub(limbs::bit_length(&a1));
            let mut step = limbs::shift_left(&a1, shift);
            if limbs::is_below(&a0, &step) {
                shift = shift.wrapping_sub(1);
                step = limbs::shift_left(&a1, shift);
            }
            a0 = limbs::subtract(&a0, &step).0;
            b0 = b0.wrapping_add(b1 << (shift & 127));
            if limbs::is_below(&a0, &a1) {
                (a0, a1) = (a1, a0);
                (b0, b1) = (b1, b0);
                negative = !negative;
            }
        }
        Some((a1[0] as u128 | (a1[1] as u128) << 64, b1, negative))
    }
}

#[cfg(test)]
mod tests;
