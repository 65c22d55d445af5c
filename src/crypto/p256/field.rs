//! GF(p), p = 2²⁵⁶ − 2²²⁴ + 2¹⁹² + 2⁹⁶ − 1, in Montgomery form (a·2²⁵⁶), four limbs, least first.

/// An element, always reduced below p.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Element([u64; 4]);

const P: [u64; 4] = [
    0xffff_ffff_ffff_ffff,
    0x0000_0000_ffff_ffff,
    0,
    0xffff_ffff_0000_0001,
];

/// 2⁵¹² mod p, which takes a number into Montgomery form.
const R_SQUARED: Element = Element([
    0x3,
    0xffff_fffb_ffff_ffff,
    0xffff_ffff_ffff_fffe,
    0x4_ffff_fffd,
]);

/// (p + 1) / 4: as p ≡ 3 (mod 4), this power of a square is its root.
const ROOT_EXPONENT: [u64; 4] = [0, 0x4000_0000, 0x4000_0000_0000_0000, 0x3fff_ffff_c000_0000];

impl Element {
    /// The curve's b (SEC 2 section 2.4.2), in Montgomery form.
    pub(super) const B: Self = Self([
        0xd89c_df62_29c4_bddf,
        0xacf0_05cd_7884_3090,
        0xe5a2_20ab_f721_2ed6,
        0xdc30_061d_0487_4834,
    ]);

    const ONE: Self = Self([1, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0xffff_fffe]);

    /// From big-endian bytes, if they are below p.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let mut limbs = [0; 4];
        for (i, byte) in bytes.iter().enumerate() {
            let limb = &mut limbs[3 - i / 8];
            *limb = (*limb << 8) | u64::from(*byte);
        }
        let (_, borrow) = subtract(limbs, P);
        (borrow == 1).then(|| Self(limbs).multiply(R_SQUARED))
    }

    /// As big-endian bytes.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        let limbs = self.multiply(Self([1, 0, 0, 0])).0;
        let mut bytes = [0; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = (limbs[3 - i / 8] >> (56 - 8 * (i % 8))) as u8;
        }
        bytes
    }

    pub(super) fn add(self, other: Self) -> Self {
        let (sum, carry) = add(self.0, other.0);
        reduce(sum, carry)
    }

    pub(super) fn subtract(self, other: Self) -> Self {
        let (difference, borrow) = subtract(self.0, other.0);
        match borrow {
            0 => Self(difference),
            _ => Self(add(difference, P).0),
        }
    }

    pub(super) fn negate(self) -> Self {
        Self([0; 4]).subtract(self)
    }

    pub(super) fn square(self) -> Self {
        self.multiply(self)
    }

    /// Montgomery multiplication; p ≡ −1 (mod 2⁶⁴), so each step's multiplier is the low limb.
    pub(super) fn multiply(self, other: Self) -> Self {
        let mut t = [0_u64; 6];
        for b in other.0 {
            let mut carry = 0;
            for i in 0..4 {
                (t[i], carry) = multiply_add(t[i], self.0[i], b, carry);
            }
            (t[4], t[5]) = multiply_add(t[4], carry, 1, 0);
            let m = t[0];
            (_, carry) = multiply_add(t[0], m, P[0], 0);
            for i in 1..4 {
                (t[i - 1], carry) = multiply_add(t[i], m, P[i], carry);
            }
            (t[3], carry) = multiply_add(t[4], carry, 1, 0);
            t[4] = t[5].wrapping_add(carry);
        }
        reduce([t[0], t[1], t[2], t[3]], t[4])
    }

    /// The square root, if there is one.
    pub(super) fn square_root(self) -> Option<Self> {
        let mut root = Self::ONE;
        for bit in (0..256).rev() {
            root = root.square();
            if (ROOT_EXPONENT[bit / 64] >> (bit % 64)) & 1 == 1 {
                root = root.multiply(self);
            }
        }
        (root.square() == self).then_some(root)
    }
}

/// `limbs + carry · 2²⁵⁶`, which is below 2p, reduced.
fn reduce(limbs: [u64; 4], carry: u64) -> Element {
    let (difference, borrow) = subtract(limbs, P);
    Element(if carry >= borrow { difference } else { limbs })
}

fn add(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], u64) {
    let mut out = [0; 4];
    let mut carry = 0;
    for i in 0..4 {
        (out[i], carry) = multiply_add(a[i], b[i], 1, carry);
    }
    (out, carry)
}

fn subtract(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], u64) {
    let mut out = [0; 4];
    let mut borrow = 0;
    for i in 0..4 {
        let wide = u128::from(a[i])
            .wrapping_sub(u128::from(b[i]))
            .wrapping_sub(borrow);
        out[i] = wide as u64;
        borrow = (wide >> 64) & 1;
    }
    (out, borrow as u64)
}

/// `a + b·c + carry`, which cannot exceed 2¹²⁸ − 1, as low and high limb.
fn multiply_add(a: u64, b: u64, c: u64, carry: u64) -> (u64, u64) {
    let wide = (u128::from(b) * u128::from(c))
        .wrapping_add(u128::from(a))
        .wrapping_add(u128::from(carry));
    (wide as u64, (wide >> 64) as u64)
}
