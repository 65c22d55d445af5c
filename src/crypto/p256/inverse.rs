//! Inverses modulo a prime, by the division steps of Bernstein and Yang ("Fast constant-time gcd
//! computation and modular inversion"), here in variable time.
//!
//! 62 steps look at the lowest limb alone and are collected in a matrix, which is then applied to
//! the whole numbers. Numbers are five limbs of 62 bits, the highest signed.

use super::limbs::{self, Limbs};

type Signed = [i64; 5];

const MASK: u64 = u64::MAX >> 2;

/// What depends on the modulus alone.
pub(super) struct Modulus {
    number: Limbs,
    signed: Signed,
    /// 1 / modulus mod 2⁶².
    inverse: u64,
}

impl Modulus {
    pub(super) const fn new(number: &Limbs) -> Self {
        let mut inverse = number[0];
        let mut i = 0;
        while i < 5 {
            let error = number[0].wrapping_mul(inverse);
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(error));
            i += 1;
        }
        Self {
            number: *number,
            signed: to_signed(number),
            inverse: inverse & MASK,
        }
    }
}

/// What 62 steps do: the new f is (u·f + v·g) / 2⁶², the new g is (q·f + r·g) / 2⁶².
struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// The inverse of `number`, which is below the modulus; 0 for 0.
pub(super) const fn invert(number: &Limbs, modulus: &Modulus) -> Limbs {
    let (mut d, mut e): (Signed, Signed) = ([0; 5], [1, 0, 0, 0, 0]);
    let (mut f, mut g) = (modulus.signed, to_signed(number));
    let mut eta = -1;
    // 741 steps suffice for 256 bits (theorem 11.2 of the paper); most numbers need 9 rounds of 62.
    let mut round = 0;
    while round < 12 && g[0] | g[1] | g[2] | g[3] | g[4] != 0 {
        let (next, matrix) = steps(eta, f[0] as u64, g[0] as u64);
        eta = next;
        (d, e) = apply_modulo(&d, &e, &matrix, modulus);
        (f, g) = apply(&f, &g, &matrix);
        round += 1;
    }
    from_signed(&d, f[4] < 0, modulus)
}

const fn steps(mut eta: i64, f: u64, g: u64) -> (i64, Matrix) {
    let (mut f, mut g) = (f, g);
    let (mut u, mut v, mut q, mut r) = (1_u64, 0_u64, 0_u64, 1_u64);
    let mut left = 62;
    loop {
        let zeros = (g | u64::MAX.wrapping_shl(left)).trailing_zeros();
        g = g.wrapping_shr(zeros);
        u = u.wrapping_shl(zeros);
        v = v.wrapping_shl(zeros);
        eta = eta.wrapping_sub(zeros as i64);
        left = left.wrapping_sub(zeros);
        if left == 0 {
            break;
        }
        if eta < 0 {
            eta = eta.wrapping_neg();
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        // As many bits of g as may go before f and g change places, at most six:
        // f·f ≡ 1 (mod 8), so f·(2 − f²) is the inverse of f (mod 64).
        let limit = if eta.wrapping_add(1) < left as i64 {
            (eta as u32).wrapping_add(1)
        } else {
            left
        };
        let mask = u64::MAX.wrapping_shr(64_u32.wrapping_sub(limit)) & 63;
        let minus_inverse = f.wrapping_mul(f.wrapping_mul(f).wrapping_sub(2));
        let w = g.wrapping_mul(minus_inverse) & mask;
        g = g.wrapping_add(f.wrapping_mul(w));
        q = q.wrapping_add(u.wrapping_mul(w));
        r = r.wrapping_add(v.wrapping_mul(w));
    }
    let matrix = Matrix {
        u: u as i64,
        v: v as i64,
        q: q as i64,
        r: r as i64,
    };
    (eta, matrix)
}

/// Exact: the lowest 62 bits of both sums are 0.
const fn apply(f: &Signed, g: &Signed, m: &Matrix) -> (Signed, Signed) {
    let (mut new_f, mut new_g): (Signed, Signed) = ([0; 5], [0; 5]);
    let mut carry_f = dot(m.u, f[0], m.v, g[0]) >> 62;
    let mut carry_g = dot(m.q, f[0], m.r, g[0]) >> 62;
    let mut i = 1;
    while i < 5 {
        carry_f = carry_f.wrapping_add(dot(m.u, f[i], m.v, g[i]));
        carry_g = carry_g.wrapping_add(dot(m.q, f[i], m.r, g[i]));
        new_f[i - 1] = low(carry_f);
        new_g[i - 1] = low(carry_g);
        carry_f >>= 62;
        carry_g >>= 62;
        i += 1;
    }
    new_f[4] = carry_f as i64;
    new_g[4] = carry_g as i64;
    (new_f, new_g)
}

/// As [`apply`], modulo: d and e stay between −2·modulus and modulus.
const fn apply_modulo(d: &Signed, e: &Signed, m: &Matrix, modulus: &Modulus) -> (Signed, Signed) {
    let (d_sign, e_sign) = (d[4] >> 63, e[4] >> 63);
    let times_d = (m.u & d_sign).wrapping_add(m.v & e_sign);
    let times_e = (m.q & d_sign).wrapping_add(m.r & e_sign);
    let carry_d = dot(m.u, d[0], m.v, e[0]);
    let carry_e = dot(m.q, d[0], m.r, e[0]);
    // So many times the modulus that the lowest 62 bits vanish.
    let times_d = vanishing(times_d, carry_d, modulus);
    let times_e = vanishing(times_e, carry_e, modulus);
    (
        combine(m.u, d, m.v, e, times_d, &modulus.signed),
        combine(m.q, d, m.r, e, times_e, &modulus.signed),
    )
}

const fn vanishing(times: i64, sum: i128, modulus: &Modulus) -> i64 {
    let excess = modulus
        .inverse
        .wrapping_mul(sum as u64)
        .wrapping_add(times as u64);
    times.wrapping_sub((excess & MASK) as i64)
}

/// `(a·x + b·y + times·modulus) / 2⁶²`.
const fn combine(a: i64, x: &Signed, b: i64, y: &Signed, times: i64, modulus: &Signed) -> Signed {
    let mut out: Signed = [0; 5];
    let first = dot(a, x[0], b, y[0]).wrapping_add(product(times, modulus[0]));
    let mut carry = first >> 62;
    let mut i = 1;
    while i < 5 {
        carry = carry
            .wrapping_add(dot(a, x[i], b, y[i]))
            .wrapping_add(product(times, modulus[i]));
        out[i - 1] = low(carry);
        carry >>= 62;
        i += 1;
    }
    out[4] = carry as i64;
    out
}

#[inline]
const fn product(a: i64, b: i64) -> i128 {
    (a as i128).wrapping_mul(b as i128)
}

#[inline]
const fn dot(a: i64, x: i64, b: i64, y: i64) -> i128 {
    product(a, x).wrapping_add(product(b, y))
}

#[inline]
const fn low(wide: i128) -> i64 {
    (wide as u64 & MASK) as i64
}

const fn to_signed(n: &Limbs) -> Signed {
    [
        (n[0] & MASK) as i64,
        ((n[0] >> 62 | n[1] << 2) & MASK) as i64,
        ((n[1] >> 60 | n[2] << 4) & MASK) as i64,
        ((n[2] >> 58 | n[3] << 6) & MASK) as i64,
        (n[3] >> 56) as i64,
    ]
}

/// `number`, or its negative, between 0 and the modulus.
const fn from_signed(number: &Signed, negative: bool, modulus: &Modulus) -> Limbs {
    // Two's complement in five 64-bit limbs would be 320 bits; the lowest 256 and the sign suffice,
    // for the number lies between −2·modulus and modulus.
    let n = number;
    let limbs = [
        n[0] as u64 | (n[1] as u64) << 62,
        (n[1] as u64) >> 2 | (n[2] as u64) << 60,
        (n[2] as u64) >> 4 | (n[3] as u64) << 58,
        (n[3] as u64) >> 6 | (n[4] as u64) << 56,
    ];
    let mut above = n[4] >> 8; // what lies above bit 255: 0, −1 or −2
    let mut out = limbs;
    while above < 0 {
        let (sum, carry) = limbs::add(&out, &modulus.number);
        out = sum;
        above += carry as i64;
    }
    let out = limbs::reduce_once(&out, 0, &modulus.number);
    match negative && !limbs::is_zero(&out) {
        true => limbs::subtract(&modulus.number, &out).0,
        false => out,
    }
}

#[cfg(test)]
mod tests;
