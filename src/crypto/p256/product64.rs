//! Montgomery products (a·b / 2²⁵⁶) on 64-bit machines.

use super::limbs::{Limbs, add, add_carry, reduce_once};
use super::prime::{P, reduce};

/// Modulo p; both factors are below p.
#[inline(always)]
pub(super) const fn multiply_field(a: &Limbs, b: &Limbs) -> Limbs {
    let ([t0, r1, r2, r3], r4) = row([0; 4], a, b[0]);
    let ([t1, r2, r3, r4], r5) = row([r1, r2, r3, r4], a, b[1]);
    let ([t2, r3, r4, r5], r6) = row([r2, r3, r4, r5], a, b[2]);
    let ([t3, t4, t5, t6], t7) = row([r3, r4, r5, r6], a, b[3]);
    reduce_product(&[t0, t1, t2, t3], &[t4, t5, t6, t7])
}

/// Modulo p.
#[inline(always)]
pub(super) const fn square_field(a: &Limbs) -> Limbs {
    // The products of different limbs, each once.
    let (t1, c) = multiply_add(0, a[0], a[1], 0);
    let (t2, c) = multiply_add(0, a[0], a[2], c);
    let (t3, t4) = multiply_add(0, a[0], a[3], c);
    let (t3, c) = multiply_add(t3, a[1], a[2], 0);
    let (t4, t5) = multiply_add(t4, a[1], a[3], c);
    let (t5, t6) = multiply_add(t5, a[2], a[3], 0);
    // Twice that.
    let t7 = t6 >> 63;
    let t6 = (t6 << 1) | (t5 >> 63);
    let t5 = (t5 << 1) | (t4 >> 63);
    let t4 = (t4 << 1) | (t3 >> 63);
    let t3 = (t3 << 1) | (t2 >> 63);
    let t2 = (t2 << 1) | (t1 >> 63);
    let t1 = t1 << 1;
    // The squares of the limbs.
    let (t0, c) = multiply_limbs(a[0], a[0]);
    let (t1, c) = add_carry(t1, c, 0);
    let (lo, hi) = multiply_limbs(a[1], a[1]);
    let (t2, c) = add_carry(t2, lo, c);
    let (t3, c) = add_carry(t3, hi, c);
    let (lo, hi) = multiply_limbs(a[2], a[2]);
    let (t4, c) = add_carry(t4, lo, c);
    let (t5, c) = add_carry(t5, hi, c);
    let (lo, hi) = multiply_limbs(a[3], a[3]);
    let (t6, c) = add_carry(t6, lo, c);
    let (t7, _) = add_carry(t7, hi, c);
    reduce_product(&[t0, t1, t2, t3], &[t4, t5, t6, t7])
}

/// Modulo any odd number; `inverse` is −1 / modulus mod 2⁶⁴.
pub(super) const fn multiply(a: &Limbs, b: &Limbs, modulus: &Limbs, inverse: u64) -> Limbs {
    let mut t = [0; 4];
    let mut top = 0;
    let mut i = 0;
    while i < 4 {
        let (sum, high) = row(t, a, b[i]);
        let (high, over) = add_carry(high, top, 0);
        let m = sum[0].wrapping_mul(inverse);
        let (_, c) = multiply_add(sum[0], m, modulus[0], 0);
        let (t0, c) = multiply_add(sum[1], m, modulus[1], c);
        let (t1, c) = multiply_add(sum[2], m, modulus[2], c);
        let (t2, c) = multiply_add(sum[3], m, modulus[3], c);
        let (t3, c) = add_carry(high, c, 0);
        t = [t0, t1, t2, t3];
        top = over.wrapping_add(c);
        i += 1;
    }
    reduce_once(&t, top, modulus)
}

/// `(low + high · 2²⁵⁶) / 2²⁵⁶`: the low half vanishes limb by limb, then the high half is added.
#[inline(always)]
const fn reduce_product(low: &Limbs, high: &Limbs) -> Limbs {
    let t = fold(low);
    let t = fold(&t);
    let t = fold(&t);
    let t = fold(&t);
    let (sum, carry) = add(&t, high);
    reduce(&sum, carry)
}

/// `t + a·b`, as four limbs and a fifth: low halves in one chain of carries, high ones in another.
#[inline(always)]
const fn row(t: Limbs, a: &Limbs, b: u64) -> (Limbs, u64) {
    let (l0, h0) = multiply_limbs(a[0], b);
    let (l1, h1) = multiply_limbs(a[1], b);
    let (l2, h2) = multiply_limbs(a[2], b);
    let (l3, h3) = multiply_limbs(a[3], b);
    let (t0, c) = add_carry(t[0], l0, 0);
    let (t1, c) = add_carry(t[1], l1, c);
    let (t2, c) = add_carry(t[2], l2, c);
    let (t3, c) = add_carry(t[3], l3, c);
    let t4 = h3.wrapping_add(c);
    let (t1, c) = add_carry(t1, h0, 0);
    let (t2, c) = add_carry(t2, h1, c);
    let (t3, c) = add_carry(t3, h2, c);
    ([t0, t1, t2, t3], t4.wrapping_add(c))
}

/// `(t + m·p) / 2⁶⁴` for the `m` that makes the lowest limb vanish.
///
/// p ≡ −1 (mod 2⁶⁴), so `m` is the lowest limb itself; and `m·p` without its lowest limb and the
/// carry out of it is `m·2³²`, spread over limbs 1 and 2, and `m·p₃` in limbs 3 and 4. As `m` and
/// the limbs of `t` are below 2⁶⁴, so is the fourth limb of the result.
#[inline(always)]
const fn fold(t: &Limbs) -> Limbs {
    let m = t[0];
    let (lo, hi) = multiply_limbs(m, P[3]);
    let (t0, c) = add_carry(t[1], m << 32, 0);
    let (t1, c) = add_carry(t[2], m >> 32, c);
    let (t2, c) = add_carry(t[3], lo, c);
    [t0, t1, t2, hi.wrapping_add(c)]
}

/// `a·b`, as low and high limb.
#[inline]
const fn multiply_limbs(a: u64, b: u64) -> (u64, u64) {
    let wide = (a as u128).wrapping_mul(b as u128);
    (wide as u64, (wide >> 64) as u64)
}

/// `a + b·c + carry`, which cannot exceed 2¹²⁸ − 1, as low and high limb.
#[inline]
const fn multiply_add(a: u64, b: u64, c: u64, carry: u64) -> (u64, u64) {
    let wide = (b as u128)
        .wrapping_mul(c as u128)
        .wrapping_add(a as u128)
        .wrapping_add(carry as u128);
    (wide as u64, (wide >> 64) as u64)
}

#[cfg(test)]
mod tests;
