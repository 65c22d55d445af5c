//! ECDSA verification (SEC 1 section 4.1.4), over a hash that the caller computed.

use super::field::Element;
use super::generator::GeneratorTable;
use super::limbs;
use super::point::{Affine, Point};
use super::scalar::{N, Scalar};
use super::sum::{Fresh, sum};
use super::table::Table;

/// Whose signature it should be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signatory<'a> {
    /// A key with a table.
    Known(Table<'a>),
    /// A key that was never seen before.
    New(Affine),
}

/// A signature whose halves are in range, and the hash that it should be over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) e: Scalar,
    pub(super) r: Scalar,
    pub(super) s: Scalar,
}

impl Claim {
    /// `signature` is r ‖ s. `None` unless it has 64 bytes and both are between 1 and n − 1.
    pub(super) fn new(hash: &[u8; 32], signature: &[u8]) -> Option<Self> {
        let (r, s) = signature.split_first_chunk()?;
        let (s, []) = s.split_first_chunk()? else {
            return None;
        };
        Some(Self {
            e: Scalar::from_hash(hash),
            r: Scalar::half_signature(r)?,
            s: Scalar::half_signature(s)?,
        })
    }

    pub(super) fn verify(&self, signatory: Signatory<'_>, generator: &GeneratorTable) -> bool {
        self.is_x_of(&self.commitment(signatory, generator))
    }

    /// As [`Self::verify`], and faster where the point that the signer committed itself to has an
    /// even y: its x is known, and with the whole of it the equation `u₁G + u₂Q = R` may be
    /// multiplied by a number that halves the length of all scalars for which there is no table.
    ///
    /// Where y is odd, or x lies between n and p, the signature is verified plainly.
    pub(super) fn verify_even_r(&self, key: &Affine, generator: &GeneratorTable) -> bool {
        self.holds_for_even_r(key, generator) == Some(true)
            || self.verify(Signatory::New(*key), generator)
    }

    fn holds_for_even_r(&self, key: &Affine, generator: &GeneratorTable) -> Option<bool> {
        let commitment = self.even_commitment()?;
        let (u1, u2) = self.multipliers(&self.s.invert());
        let (a, b, negative) = u2.half_size()?;
        let b_scalar = Scalar::from_u128(b);
        let b_scalar = if negative {
            b_scalar.negate()
        } else {
            b_scalar
        };
        let (number, minus) = b_scalar.multiply(&u1).shorter();
        let difference = sum(
            &[generator.table().times(number, minus)],
            &[
                Fresh::new(key, Scalar::from_u128(a).limbs()),
                Fresh::new(
                    &commitment.negate_if(!negative),
                    Scalar::from_u128(b).limbs(),
                ),
            ],
        );
        Some(difference.is_infinity())
    }

    /// The point with x = r and an even y, if there is one.
    pub(super) fn even_commitment(&self) -> Option<Affine> {
        Affine::from_x(Element::from_limbs(self.r.limbs())?, false)
    }

    /// The point R = u₁G + u₂Q that the signer committed itself to, if the signature is good.
    pub(super) fn commitment(&self, signatory: Signatory<'_>, generator: &GeneratorTable) -> Point {
        let (u1, u2) = self.multipliers(&self.s.invert());
        let (number, minus) = u1.shorter();
        let first = generator.table().times(number, minus);
        match signatory {
            Signatory::Known(table) => {
                let (number, minus) = u2.shorter();
                sum(&[first, table.times(number, minus)], &[])
            }
            Signatory::New(key) => sum(&[first], &[Fresh::new(&key, u2.limbs())]),
        }
    }

    /// u₁ and u₂, given the inverse of s.
    pub(super) const fn multipliers(&self, inverse: &Scalar) -> (Scalar, Scalar) {
        (self.e.multiply(inverse), self.r.multiply(inverse))
    }

    /// Whether r is the x coordinate of `point`, modulo n. There are at most two such x below p.
    pub(super) fn is_x_of(&self, point: &Point) -> bool {
        let has_x = |x: &limbs::Limbs| Element::from_limbs(x).is_some_and(|x| point.has_x(&x));
        let (second, carry) = limbs::add(self.r.limbs(), &N);
        has_x(self.r.limbs()) || (carry == 0 && has_x(&second))
    }
}

#[cfg(test)]
mod tests;
