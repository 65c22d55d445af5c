//! p = 2²⁵⁶ − 2²²⁴ + 2¹⁹² + 2⁹⁶ − 1, and numbers brought below it.
//!
//! Written so that compilers keep one chain of borrows, where they know some limbs of p too well.

use super::limbs::{Limbs, add, subtract};

pub(super) const P: Limbs = [
    0xffff_ffff_ffff_ffff,
    0x0000_0000_ffff_ffff,
    0,
    0xffff_ffff_0000_0001,
];

/// `a + b`, both below p, modulo p.
#[inline]
pub(super) const fn add_modulo(a: &Limbs, b: &Limbs) -> Limbs {
    let (sum, carry) = add(a, b);
    reduce(&sum, carry)
}

/// `a − b`, both below p, modulo p.
#[inline]
pub(super) const fn subtract_modulo(a: &Limbs, b: &Limbs) -> Limbs {
    let (difference, borrow) = subtract(a, b);
    add(&difference, &masked(0_u64.wrapping_sub(borrow))).0
}

/// `a + carry · 2²⁵⁶`, which is below 2p, modulo p.
///
/// A carry means that p is to be taken away. Without one it rarely is, as p is so close to 2²⁵⁶:
/// the highest limb tells, once in 2³² sums.
#[inline]
pub(super) const fn reduce(a: &Limbs, carry: u64) -> Limbs {
    let mut reduced = *a;
    let mut mask = 0_u64.wrapping_sub(carry);
    loop {
        (reduced, _) = subtract(&reduced, &masked(mask));
        if reduced[3] < P[3] {
            return reduced;
        }
        mask = is_at_least_p(reduced[0], reduced[1], reduced[2], reduced[3]);
        if mask == 0 {
            return reduced;
        }
    }
}

/// All ones or all zeros.
#[cold]
#[inline(never)]
const fn is_at_least_p(a0: u64, a1: u64, a2: u64, a3: u64) -> u64 {
    subtract(&[a0, a1, a2, a3], &P).1.wrapping_sub(1)
}

/// p where the mask is all ones, 0 where it is 0.
#[inline]
const fn masked(mask: u64) -> Limbs {
    [mask, mask >> 32, 0, mask & P[3]]
}

#[cfg(test)]
mod tests;
