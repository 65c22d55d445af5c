//! Sums of multiples of points, doubled together.

use super::limbs::Limbs;
use super::point::{Addend, Affine, Point};
use super::recode::Sparse;
use super::table::Fixed;

/// How many odd multiples of a point the digits of [`Sparse`] ask for.
pub(super) const ODD: usize = 8;

/// A multiple of a point that was not known beforehand.
pub(super) struct Fresh {
    odd: [Addend; ODD],
    digits: Sparse,
}

impl Fresh {
    pub(super) fn new(point: &Affine, number: &Limbs) -> Self {
        Self {
            odd: odd_multiples(point).map(Addend::new),
            digits: Sparse::new(number),
        }
    }

    #[inline]
    fn add_at(&self, level: usize, sum: Point) -> Point {
        let digit = self.digits.digit(level);
        let multiple = self.odd.get(usize::from(digit.unsigned_abs()) / 2);
        match (digit, multiple) {
            (0, _) | (_, None) => sum,
            (_, Some(multiple)) => sum.add(&multiple.negate_if(digit < 0)),
        }
    }
}

/// P, 3P, 5P … 15P.
pub(super) fn odd_multiples(point: &Affine) -> [Point; ODD] {
    let first = Point::from_affine(point);
    let twice = Addend::new(first.double());
    let mut multiple = first;
    [(); ODD].map(|()| {
        let this = multiple;
        multiple = multiple.add(&twice);
        this
    })
}

/// The sum of all of them.
pub(super) fn sum(fixed: &[Fixed<'_>], fresh: &[Fresh]) -> Point {
    let fixed_levels = fixed.iter().map(Fixed::levels);
    let fresh_levels = fresh.iter().map(|one| one.digits.length());
    let levels = fixed_levels.chain(fresh_levels).max().unwrap_or(0);
    let mut sum = Point::INFINITY;
    for level in (0..levels).rev() {
        sum = sum.double();
        for one in fresh {
            sum = one.add_at(level, sum);
        }
        for one in fixed {
            sum = one.add_at(level, sum);
        }
    }
    sum
}

#[cfg(test)]
mod tests;
