//! Many signatures in one equation (Karati et al., "Batch Verification of ECDSA Signatures").
//!
//! `Σ zᵢ·(u₁ᵢ·G + u₂ᵢ·Qᵢ − Rᵢ) = 0` holds if every signature is good, and if one is not, for at most
//! one in 2¹²⁸ choices of the multipliers zᵢ. Were they known beforehand, or equal, two forgeries
//! could be made to cancel; so they depend on the caller's seed and on all of the signatures.

use alloc::vec;
use alloc::vec::Vec;

use super::ecdsa::Claim;
use super::field::Element;
use super::generator::GeneratorTable;
use super::point::{Addend, Affine, Point};
use super::recode::Sparse;
use super::scalar::Scalar;
use super::sum::{ODD, odd_multiples, sum};

/// How many signatures share an equation. More of them hardly save more, and want memory: some
/// 4 KiB each.
const SHARED: usize = 64;

/// A signature that takes part: R is known, as its y is said to be even.
pub(super) struct Member {
    pub(super) claim: Claim,
    pub(super) key: Affine,
    pub(super) commitment: Affine,
}

/// Whether all signatures are good; `false` may also mean that a y is odd.
///
/// `multipliers` are those of [`multiplier`], one for each member.
pub(super) fn hold(members: &[Member], multipliers: &[Scalar], generator: &GeneratorTable) -> bool {
    members.len() == multipliers.len()
        && members
            .chunks(SHARED)
            .zip(multipliers.chunks(SHARED))
            .all(|(members, multipliers)| equation(members, multipliers, generator))
}

/// zᵢ, from the first 16 bytes of a hash. 0 would leave a signature out.
pub(super) fn multiplier(hash: &[u8; 32]) -> Scalar {
    let (first, _) = hash.split_first_chunk().unwrap_or((&[0; 16], &[]));
    Scalar::from_u128(u128::from_be_bytes(*first).max(1))
}

fn equation(members: &[Member], multipliers: &[Scalar], generator: &GeneratorTable) -> bool {
    let mut of_generator = Scalar::ZERO;
    let mut keys = Vec::with_capacity(members.len());
    let mut others = LongSum::with_capacity(2 * members.len());
    let s: Vec<_> = members.iter().map(|member| member.claim.s).collect();
    for ((member, z), inverse) in members.iter().zip(multipliers).zip(invert_all(&s)) {
        let (u1, u2) = member.claim.multipliers(&inverse);
        of_generator = of_generator.add(&z.multiply(&u1));
        keys.push((member.key, z.multiply(&u2)));
        others.push(&member.commitment.negate(), z);
    }
    for (key, number) in merged(keys) {
        others.push(&key, &number);
    }
    let (number, negative) = of_generator.shorter();
    let of_generator = sum(&[generator.table().times(number, negative)], &[]);
    of_generator.add(&Addend::new(others.total())).is_infinity()
}

/// Equal keys are multiplied once.
fn merged(mut keys: Vec<(Affine, Scalar)>) -> Vec<(Affine, Scalar)> {
    let place = |key: &Affine| (*key.x.raw(), *key.y.raw());
    keys.sort_unstable_by_key(|(key, _)| place(key));
    keys.dedup_by(|(key, number), (kept, sum)| {
        let same = key == kept;
        if same {
            *sum = sum.add(number);
        }
        same
    });
    keys
}

/// A sum of multiples of so many points that it pays to write down beforehand what is added when.
struct LongSum {
    odd: Vec<Point>,
    digits: Vec<Sparse>,
}

impl LongSum {
    fn with_capacity(terms: usize) -> Self {
        Self {
            odd: Vec::with_capacity(terms * ODD),
            digits: Vec::with_capacity(terms),
        }
    }

    fn push(&mut self, point: &Affine, number: &Scalar) {
        self.odd.extend(odd_multiples(point));
        self.digits.push(Sparse::new(number.limbs()));
    }

    fn total(self) -> Point {
        let levels = self.levels();
        let odd = to_affine(self.odd);
        let mut sum = Point::INFINITY;
        for level in levels.iter().rev() {
            sum = sum.double();
            for (index, negative) in level {
                if let Some(point) = odd.get(usize::from(*index)) {
                    sum = sum.add_affine(&point.negate_if(*negative));
                }
            }
        }
        sum
    }

    /// By place: which of the odd multiples are added, and whether negated.
    fn levels(&self) -> Vec<Vec<(u16, bool)>> {
        let length = self.digits.iter().map(Sparse::length).max().unwrap_or(0);
        let mut levels = vec![Vec::new(); length];
        for (term, digits) in self.digits.iter().enumerate() {
            for (place, digit) in digits.nonzero() {
                let index = term * ODD + usize::from(digit.unsigned_abs()) / 2;
                if let Some(level) = levels.get_mut(place) {
                    level.push((index as u16, digit < 0)); // of at most 2 · SHARED · ODD
                }
            }
        }
        levels
    }
}

/// The coordinates of all `points`; none of them is infinity, as a small multiple of a point whose
/// order is large and prime.
fn to_affine(points: Vec<Point>) -> Vec<Affine> {
    let z: Vec<_> = points.iter().map(|point| *point.z()).collect();
    let inverses = invert_all(&z);
    points
        .iter()
        .zip(&inverses)
        .map(|(point, inverse)| point.affine_with(inverse))
        .collect()
}

/// Numbers modulo a prime.
trait Invertible: Copy {
    const ONE: Self;
    fn multiply(&self, other: &Self) -> Self;
    fn invert(&self) -> Self;
}

impl Invertible for Element {
    const ONE: Self = Self::ONE;

    fn multiply(&self, other: &Self) -> Self {
        self.multiply(other)
    }

    fn invert(&self) -> Self {
        self.invert()
    }
}

impl Invertible for Scalar {
    const ONE: Self = Self::ONE;

    fn multiply(&self, other: &Self) -> Self {
        self.multiply(other)
    }

    fn invert(&self) -> Self {
        self.invert()
    }
}

/// The inverse of each, none of which is 0, by one inversion: that of the product of all, which is
/// taken apart again from behind.
fn invert_all<T: Invertible>(numbers: &[T]) -> Vec<T> {
    let mut product = T::ONE;
    let mut inverses = Vec::with_capacity(numbers.len());
    for number in numbers {
        inverses.push(product);
        product = product.multiply(number);
    }
    let mut inverse = product.invert();
    for (out, number) in inverses.iter_mut().zip(numbers).rev() {
        *out = inverse.multiply(out);
        inverse = inverse.multiply(number);
    }
    inverses
}

#[cfg(test)]
mod tests;
