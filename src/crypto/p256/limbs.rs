//! Numbers of 256 bits as four limbs, least first, and what does not depend on a modulus.

/// A number below 2²⁵⁶.
pub(super) type Limbs = [u64; 4];

pub(super) const ZERO: Limbs = [0; 4];

pub(super) const fn from_bytes(bytes: &[u8; 32]) -> Limbs {
    let mut limbs = ZERO;
    let mut i = 0;
    while i < 32 {
        let limb = &mut limbs[3 - i / 8];
        *limb = (*limb << 8) | bytes[i] as u64;
        i += 1;
    }
    limbs
}

pub(super) const fn to_bytes(limbs: &Limbs) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut i = 0;
    while i < 32 {
        bytes[i] = (limbs[3 - i / 8] >> (56 - 8 * (i % 8))) as u8;
        i += 1;
    }
    bytes
}

/// The sum, and the carry.
#[inline]
pub(super) const fn add(a: &Limbs, b: &Limbs) -> (Limbs, u64) {
    let (s0, c) = add_carry(a[0], b[0], 0);
    let (s1, c) = add_carry(a[1], b[1], c);
    let (s2, c) = add_carry(a[2], b[2], c);
    let (s3, c) = add_carry(a[3], b[3], c);
    ([s0, s1, s2, s3], c)
}

/// The difference, and the borrow.
#[inline]
pub(super) const fn subtract(a: &Limbs, b: &Limbs) -> (Limbs, u64) {
    let (d0, c) = subtract_borrow(a[0], b[0], 0);
    let (d1, c) = subtract_borrow(a[1], b[1], c);
    let (d2, c) = subtract_borrow(a[2], b[2], c);
    // In one wide number: so the borrow stays an arithmetic one for whoever makes a mask of it.
    let wide = (a[3] as u128)
        .wrapping_sub(b[3] as u128)
        .wrapping_sub(c as u128);
    (
        [d0, d1, d2, wide as u64],
        ((wide >> 64) as u64).wrapping_neg(),
    )
}

#[inline]
pub(super) const fn is_zero(a: &Limbs) -> bool {
    a[0] | a[1] | a[2] | a[3] == 0
}

#[inline]
pub(super) const fn equal(a: &Limbs, b: &Limbs) -> bool {
    (a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]) == 0
}

/// Whether `a < b`.
#[inline]
pub(super) const fn is_below(a: &Limbs, b: &Limbs) -> bool {
    subtract(a, b).1 == 1
}

/// `a + carry · 2²⁵⁶`, which is below twice the modulus, reduced.
#[inline]
pub(super) const fn reduce_once(a: &Limbs, carry: u64, modulus: &Limbs) -> Limbs {
    let (reduced, borrow) = subtract(a, modulus);
    // Which of the two it is cannot be foreseen, so a mask is cheaper than a branch.
    let keep = 0_u64.wrapping_sub(borrow & (carry ^ 1));
    let mut out = ZERO;
    let mut i = 0;
    while i < 4 {
        out[i] = reduced[i] ^ (keep & (reduced[i] ^ a[i]));
        i += 1;
    }
    out
}

/// `a − b`, both below the modulus, modulo it.
#[inline]
pub(super) const fn subtract_modulo(a: &Limbs, b: &Limbs, modulus: &Limbs) -> Limbs {
    let (difference, borrow) = subtract(a, b);
    let mask = 0_u64.wrapping_sub(borrow);
    let back = [
        modulus[0] & mask,
        modulus[1] & mask,
        modulus[2] & mask,
        modulus[3] & mask,
    ];
    add(&difference, &back).0
}

/// How many bits `a` has, without leading zeros.
pub(super) const fn bit_length(a: &Limbs) -> u32 {
    let mut i = 3;
    while i > 0 && a[i] == 0 {
        i -= 1;
    }
    let below = 64_u32.wrapping_mul(i as u32);
    below.wrapping_add(64 - a[i].leading_zeros())
}

/// `a · 2^shift`, modulo 2²⁵⁶.
pub(super) const fn shift_left(a: &Limbs, shift: u32) -> Limbs {
    let (whole, bits) = ((shift / 64) as usize, shift % 64);
    let mut out = ZERO;
    let mut i = whole;
    while i < 4 {
        let low = a[i - whole] << bits;
        let from_below = if bits == 0 || i == whole {
            0
        } else {
            a[i - whole - 1] >> (64 - bits)
        };
        out[i] = low | from_below;
        i += 1;
    }
    out
}

/// Bits `start..start + count` of `a`; `count` is at most 16, and what lies above bit 255 is 0.
#[inline]
pub(super) const fn bits(a: &Limbs, start: u32, count: u32) -> u32 {
    let (limb, shift) = ((start / 64) as usize, start % 64);
    if limb > 3 {
        return 0;
    }
    let low = a[limb] >> shift;
    let high = if shift == 0 || limb == 3 {
        0
    } else {
        a[limb + 1] << (64 - shift)
    };
    ((low | high) & 1_u64.wrapping_shl(count).wrapping_sub(1)) as u32
}

/// `a + b + carry`, as low limb and carry. (Compilers make one instruction of it.)
#[inline]
pub(super) const fn add_carry(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry);
    (sum, (first | second) as u64)
}

/// `a − b − borrow`, as low limb and borrow.
#[inline]
pub(super) const fn subtract_borrow(a: u64, b: u64, borrow: u64) -> (u64, u64) {
    let (difference, first) = a.overflowing_sub(b);
    let (difference, second) = difference.overflowing_sub(borrow);
    (difference, (first | second) as u64)
}

#[cfg(test)]
mod tests;
