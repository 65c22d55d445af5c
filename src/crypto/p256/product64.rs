//! Montgomery products (a·b / 2²⁵⁶) on 64-bit machines.

use super::limbs::{Limbs, add_carry, multiply_add, reduce_once};

/// Modulo p; both factors are below p.
#[inline]
pub(super) const fn multiply_field(a: &Limbs, b: &Limbs, p: &Limbs) -> Limbs {
    let (t, h) = row([0; 4], a, b[0]);
    let (t, h) = fold(&t, h, 0, p);
    let (t, g) = row(t, a, b[1]);
    let (g, c) = add_carry(g, h, 0);
    let (t, h) = fold(&t, g, c, p);
    let (t, g) = row(t, a, b[2]);
    let (g, c) = add_carry(g, h, 0);
    let (t, h) = fold(&t, g, c, p);
    let (t, g) = row(t, a, b[3]);
    let (g, c) = add_carry(g, h, 0);
    let (t, h) = fold(&t, g, c, p);
    reduce_once(&t, h, p)
}

/// Modulo p.
#[inline]
pub(super) const fn square_field(a: &Limbs, p: &Limbs) -> Limbs {
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
    let (t0, c) = multiply_add(0, a[0], a[0], 0);
    let (t1, c) = add_carry(t1, c, 0);
    let (lo, hi) = multiply_add(0, a[1], a[1], 0);
    let (t2, c) = add_carry(t2, lo, c);
    let (t3, c) = add_carry(t3, hi, c);
    let (lo, hi) = multiply_add(0, a[2], a[2], 0);
    let (t4, c) = add_carry(t4, lo, c);
    let (t5, c) = add_carry(t5, hi, c);
    let (lo, hi) = multiply_add(0, a[3], a[3], 0);
    let (t6, c) = add_carry(t6, lo, c);
    let (t7, _) = add_carry(t7, hi, c);
    // The low half vanishes limb by limb; the high half is added at the end.
    let (t, h) = fold(&[t0, t1, t2, t3], 0, 0, p);
    let (t, h) = fold(&t, h, 0, p);
    let (t, h) = fold(&t, h, 0, p);
    let (t, h) = fold(&t, h, 0, p);
    let (s0, c) = add_carry(t[0], t4, 0);
    let (s1, c) = add_carry(t[1], t5, c);
    let (s2, c) = add_carry(t[2], t6, c);
    let (s3, c) = add_carry(t[3], t7, c);
    reduce_once(&[s0, s1, s2, s3], h.wrapping_add(c), p)
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

/// `t + a·b`, as four limbs and a fifth.
#[inline]
const fn row(t: Limbs, a: &Limbs, b: u64) -> (Limbs, u64) {
    let (t0, c) = multiply_add(t[0], a[0], b, 0);
    let (t1, c) = multiply_add(t[1], a[1], b, c);
    let (t2, c) = multiply_add(t[2], a[2], b, c);
    let (t3, c) = multiply_add(t[3], a[3], b, c);
    ([t0, t1, t2, t3], c)
}

/// `(t + m·p) / 2⁶⁴` for the `m` that makes the lowest limb vanish, with `high` and `top` as limbs
/// four and five of `t`.
///
/// p ≡ −1 (mod 2⁶⁴), so `m` is the lowest limb itself; and `m·p` without its lowest limb and the
/// carry out of it is `m·2³²`, spread over limbs 1 and 2, and `m·p₃` in limbs 3 and 4.
#[inline]
const fn fold(t: &Limbs, high: u64, top: u64, p: &Limbs) -> (Limbs, u64) {
    let m = t[0];
    let (lo, hi) = multiply_add(0, m, p[3], 0);
    let (t0, c) = add_carry(t[1], m << 32, 0);
    let (t1, c) = add_carry(t[2], m >> 32, c);
    let (t2, c) = add_carry(t[3], lo, c);
    let (t3, c) = add_carry(high, hi, c);
    ([t0, t1, t2, t3], top.wrapping_add(c))
}
