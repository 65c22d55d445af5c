//! Montgomery products (a·b / 2²⁵⁶) on 32-bit machines: limbs of 32 bits, products of 64.

use super::limbs::{self, Limbs, reduce_once};
use super::prime::P;

type Halves = [u32; 8];

/// Modulo p; both factors are below p. p ≡ −1 (mod 2³²), so each step's multiplier is the lowest
/// limb itself.
pub(super) const fn multiply_field(a: &Limbs, b: &Limbs) -> Limbs {
    multiply(a, b, &P, 1)
}

/// Modulo p.
pub(super) const fn square_field(a: &Limbs) -> Limbs {
    multiply_field(a, a)
}

/// Modulo any odd number; `inverse` is −1 / modulus mod 2⁶⁴, of which 32 bits are needed.
pub(super) const fn multiply(a: &Limbs, b: &Limbs, modulus: &Limbs, inverse: u64) -> Limbs {
    let (a, b, n) = (halves(a), halves(b), halves(modulus));
    let mut t: Halves = [0; 8];
    let mut top = 0_u32;
    let mut i = 0;
    while i < 8 {
        let (sum, high) = row(&t, &a, b[i]);
        let (high, over) = multiply_add(high, top, 1, 0);
        let m = sum[0].wrapping_mul(inverse as u32);
        let (folded, carry) = row(&sum, &n, m);
        let (last, carry) = multiply_add(high, carry, 1, 0);
        t = [
            folded[1], folded[2], folded[3], folded[4], folded[5], folded[6], folded[7], last,
        ];
        top = over.wrapping_add(carry);
        i += 1;
    }
    reduce_once(&whole(&t), top as u64, modulus)
}

/// `t + a·b`, as eight limbs and a ninth.
#[inline]
const fn row(t: &Halves, a: &Halves, b: u32) -> (Halves, u32) {
    let mut out = [0; 8];
    let mut carry = 0;
    let mut i = 0;
    while i < 8 {
        (out[i], carry) = multiply_add(t[i], a[i], b, carry);
        i += 1;
    }
    (out, carry)
}

const fn halves(n: &Limbs) -> Halves {
    let mut out = [0; 8];
    let mut i = 0;
    while i < 4 {
        out[2 * i] = n[i] as u32;
        out[2 * i + 1] = (n[i] >> 32) as u32;
        i += 1;
    }
    out
}

const fn whole(n: &Halves) -> Limbs {
    let mut out = limbs::ZERO;
    let mut i = 0;
    while i < 4 {
        out[i] = n[2 * i] as u64 | (n[2 * i + 1] as u64) << 32;
        i += 1;
    }
    out
}

/// `a + b·c + carry`, which cannot exceed 2⁶⁴ − 1, as low and high limb.
#[inline]
const fn multiply_add(a: u32, b: u32, c: u32, carry: u32) -> (u32, u32) {
    let wide = (b as u64)
        .wrapping_mul(c as u64)
        .wrapping_add(a as u64)
        .wrapping_add(carry as u64);
    (wide as u32, (wide >> 32) as u32)
}
