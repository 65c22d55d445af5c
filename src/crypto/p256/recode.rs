//! Scalars written in signed digits, so that fewer multiples need to be at hand.

use super::limbs::{self, Limbs};

/// The digits of a number in the non-adjacent form of width 5: odd digits between −15 and 15, of
/// which at most one in five is not 0, by place.
pub(super) struct Sparse {
    digits: [i8; Self::LENGTH],
    length: usize,
}

impl Sparse {
    const WIDTH: u32 = 5;
    const LENGTH: usize = 257;

    pub(super) const fn new(number: &Limbs) -> Self {
        let mut digits = [0; Self::LENGTH];
        let (mut place, mut carry, mut length) = (0_u32, 0, 0);
        while place < Self::LENGTH as u32 {
            if limbs::bits(number, place, 1) == carry {
                place += 1;
                continue;
            }
            let window = limbs::bits(number, place, Self::WIDTH).wrapping_add(carry);
            carry = window >> (Self::WIDTH - 1) & 1;
            digits[place as usize] = (window as i8).wrapping_sub((carry << Self::WIDTH) as i8);
            length = place as usize + 1;
            place += Self::WIDTH;
        }
        Self { digits, length }
    }

    /// From the highest digit on, the places below this one.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// The digits that are not 0, with their places.
    pub(super) fn nonzero(&self) -> impl Iterator<Item = (usize, i8)> {
        let digits = self.digits.iter().copied().enumerate();
        digits.filter(|(_, digit)| *digit != 0)
    }

    #[inline]
    pub(super) const fn digit(&self, place: usize) -> i8 {
        if place < Self::LENGTH {
            self.digits[place]
        } else {
            0
        }
    }
}

/// The digit of window `index`, `width` bits wide, of a number of at most 255 bits: between
/// −2^(width − 1) and 2^(width − 1), such that the digits times 2^(width·index) add up to it.
#[inline]
pub(super) const fn window(number: &Limbs, index: u32, width: u32) -> i32 {
    let start = index.wrapping_mul(width);
    let below = match start {
        0 => 0,
        _ => limbs::bits(number, start - 1, 1),
    };
    let bits = limbs::bits(number, start, width);
    let above = bits.wrapping_shr(width.wrapping_sub(1));
    let digit = bits.wrapping_add(below);
    digit.wrapping_sub(above.wrapping_shl(width)) as i32
}

#[cfg(test)]
mod tests;
