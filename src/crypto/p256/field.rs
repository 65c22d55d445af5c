//! GF(p), p = 2²⁵⁶ − 2²²⁴ + 2¹⁹² + 2⁹⁶ − 1, in Montgomery form (a·2²⁵⁶).

use super::inverse::{Modulus, invert};
use super::limbs::{self, Limbs};
use super::prime::{self, P};
use super::product::{multiply_field, square_field};

/// An element, always reduced below p.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Element(Limbs);

const MODULUS: Modulus = Modulus::new(&P);

/// 2⁵¹² mod p, which takes a number into Montgomery form.
const R_SQUARED: Element = Element([
    0x3,
    0xffff_fffb_ffff_ffff,
    0xffff_ffff_ffff_fffe,
    0x4_ffff_fffd,
]);

impl Element {
    pub(super) const ZERO: Self = Self(limbs::ZERO);
    pub(super) const ONE: Self = Self([1, 0xffff_ffff_0000_0000, u64::MAX, 0xffff_fffe]);

    /// The curve's b (SEC 2 section 2.4.2).
    pub(super) const B: Self = Self([
        0xd89c_df62_29c4_bddf,
        0xacf0_05cd_7884_3090,
        0xe5a2_20ab_f721_2ed6,
        0xdc30_061d_0487_4834,
    ]);

    /// From big-endian bytes, if they are below p.
    pub(super) const fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        Self::from_limbs(&limbs::from_bytes(bytes))
    }

    /// From a number, if it is below p.
    pub(super) const fn from_limbs(number: &Limbs) -> Option<Self> {
        match limbs::is_below(number, &P) {
            true => Some(Self(*number).multiply(&R_SQUARED)),
            false => None,
        }
    }

    /// As big-endian bytes.
    pub(super) const fn to_bytes(self) -> [u8; 32] {
        limbs::to_bytes(&self.to_limbs())
    }

    /// As a number.
    pub(super) const fn to_limbs(self) -> Limbs {
        multiply_field(&self.0, &[1, 0, 0, 0])
    }

    /// The limbs as they are, in Montgomery form: for tables.
    pub(super) const fn raw(&self) -> &Limbs {
        &self.0
    }

    /// From limbs as they are in a table, below p.
    pub(super) const fn from_raw(raw: Limbs) -> Self {
        Self(raw)
    }

    #[inline]
    pub(super) const fn add(&self, other: &Self) -> Self {
        Self(prime::add_modulo(&self.0, &other.0))
    }

    #[inline]
    pub(super) const fn double(&self) -> Self {
        self.add(self)
    }

    /// Half of it: p is odd, so either the number or its sum with p is even.
    #[inline]
    pub(super) const fn halve(&self) -> Self {
        let odd = 0_u64.wrapping_sub(self.0[0] & 1);
        let p = [P[0] & odd, P[1] & odd, P[2] & odd, P[3] & odd];
        let (n, carry) = limbs::add(&self.0, &p);
        Self([
            n[0] >> 1 | n[1] << 63,
            n[1] >> 1 | n[2] << 63,
            n[2] >> 1 | n[3] << 63,
            n[3] >> 1 | carry << 63,
        ])
    }

    #[inline]
    pub(super) const fn subtract(&self, other: &Self) -> Self {
        Self(prime::subtract_modulo(&self.0, &other.0))
    }

    #[inline]
    pub(super) const fn negate(&self) -> Self {
        Self::ZERO.subtract(self)
    }

    #[inline(always)]
    pub(super) const fn multiply(&self, other: &Self) -> Self {
        Self(multiply_field(&self.0, &other.0))
    }

    #[inline(always)]
    pub(super) const fn square(&self) -> Self {
        Self(square_field(&self.0))
    }

    #[inline]
    pub(super) const fn is_zero(&self) -> bool {
        limbs::is_zero(&self.0)
    }

    #[inline]
    pub(super) const fn equals(&self, other: &Self) -> bool {
        limbs::equal(&self.0, &other.0)
    }

    /// Whether the number is odd, in its least form.
    pub(super) const fn is_odd(self) -> bool {
        self.to_limbs()[0] & 1 == 1
    }

    /// The inverse; 0 has none and gives 0.
    pub(super) const fn invert(&self) -> Self {
        // 1 / (a·2²⁵⁶) needs 2⁵¹² to become 2²⁵⁶ / a, each product taking 2²⁵⁶ away.
        let inverse = Self(invert(&self.0, &MODULUS));
        inverse.multiply(&R_SQUARED).multiply(&R_SQUARED)
    }

    /// The square root, if there is one: the power (p + 1) / 4, as p ≡ 3 (mod 4).
    ///
    /// (p + 1) / 4 = 2²⁵⁴ − 2²²² + 2¹⁹⁰ + 2⁹⁴ = ((2³² − 1)·2³² + 1)·2¹⁹⁰ + 2⁹⁴.
    pub(super) const fn square_root(&self) -> Option<Self> {
        let ones2 = self.square_times(1).multiply(self);
        let ones4 = ones2.square_times(2).multiply(&ones2);
        let ones8 = ones4.square_times(4).multiply(&ones4);
        let ones16 = ones8.square_times(8).multiply(&ones8);
        let ones32 = ones16.square_times(16).multiply(&ones16);
        let top = ones32.square_times(32).multiply(self);
        let root = top.square_times(96).multiply(self).square_times(94);
        match root.square().equals(self) {
            true => Some(root),
            false => None,
        }
    }

    /// One square waits for the other here, so that a call for each would be felt.
    const fn square_times(&self, times: u32) -> Self {
        let mut power = self.0;
        let mut i = 0;
        while i < times {
            power = square_field(&power);
            i += 1;
        }
        Self(power)
    }
}

#[cfg(test)]
mod tests;
