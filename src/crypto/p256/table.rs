//! Multiples of a point that is known beforehand: with enough of them there is nothing to double.

use super::field::Element;
use super::limbs::Limbs;
use super::point::{Affine, Point};
use super::recode::window;

/// Which multiples a table holds.
///
/// A scalar has a signed digit for each window of `width` bits. Of every `spacing` windows the table
/// holds the first: the multiples 1 to 2^(width − 1) of the point times 2^(width·window). The others
/// are reached by doubling, `width` times each, once for all tables that are added up together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Shape {
    width: u32,
    spacing: u32,
}

impl Shape {
    /// 256 KiB, no doublings: 32 additions.
    pub(crate) const FULL: Self = Self::new(8, 1);
    /// 52 KiB, no doublings: 52 additions.
    pub(crate) const COMPACT: Self = Self::new(5, 1);
    /// 8 KiB, 12 doublings: 64 additions.
    pub(crate) const FLASH: Self = Self::new(4, 4);

    const fn new(width: u32, spacing: u32) -> Self {
        Self { width, spacing }
    }

    /// How many points it takes.
    pub(crate) const fn entries(self) -> usize {
        (self.windows().div_ceil(self.spacing) << (self.width - 1)) as usize
    }

    /// One bit more than the number has, so that nothing is carried out of the last.
    const fn windows(self) -> u32 {
        256_u32.div_ceil(self.width)
    }

    const fn multiples(self) -> usize {
        1 << (self.width - 1)
    }
}

/// The most multiples of one point that a table holds.
const MOST: usize = Shape::FULL.multiples();

/// A point as tables keep it: x and y in Montgomery form, 32 bytes each, least first, so that one
/// file serves every machine. It fills a line of the cache.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(align(64))]
pub(crate) struct Entry(pub(super) [u8; 64]);

impl Entry {
    pub(crate) const EMPTY: Self = Self([0; 64]);

    const fn new(point: &Affine) -> Self {
        let limbs = [point.x.raw(), point.y.raw()];
        let mut bytes = [0; 64];
        let mut i = 0;
        while i < 64 {
            bytes[i] = (limbs[i / 32][i % 32 / 8] >> (8 * (i % 8))) as u8;
            i += 1;
        }
        Self(bytes)
    }

    #[inline]
    fn point(&self) -> Affine {
        let (words, _) = self.0.as_chunks::<8>();
        let word = |i: usize| words.get(i).map_or(0, |word| u64::from_le_bytes(*word));
        Affine {
            x: Element::from_raw([word(0), word(1), word(2), word(3)]),
            y: Element::from_raw([word(4), word(5), word(6), word(7)]),
        }
    }
}

/// A table, wherever it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<'a> {
    shape: Shape,
    entries: &'a [Entry],
}

impl<'a> Table<'a> {
    /// `entries` are those that [`fill`] makes for this shape.
    pub(crate) const fn new(shape: Shape, entries: &'a [Entry]) -> Self {
        Self { shape, entries }
    }

    /// `number` times the point of the table, ready to be added up; `number` has at most 255 bits.
    pub(super) const fn times(self, number: Limbs, negative: bool) -> Fixed<'a> {
        Fixed {
            table: self,
            number,
            negative,
        }
    }

    /// The lowest multiple of window `index / spacing` counted from 1; a table that is too short
    /// has none, and what is computed without it verifies nothing.
    #[inline]
    fn multiple(&self, index: u32, digit: u32) -> Option<Affine> {
        let window = (index / self.shape.spacing) as usize;
        let number = window * self.shape.multiples() + digit.wrapping_sub(1) as usize;
        self.entries.get(number).map(Entry::point)
    }
}

/// A multiple of a point with a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed<'a> {
    table: Table<'a>,
    number: Limbs,
    negative: bool,
}

impl Fixed<'_> {
    /// How often what is added first is doubled, and one more.
    pub(super) const fn levels(&self) -> usize {
        ((self.table.shape.spacing - 1) * self.table.shape.width + 1) as usize
    }

    /// Adds what is to be doubled `level` times.
    #[inline]
    pub(super) fn add_at(&self, level: usize, sum: Point) -> Point {
        let Shape { width, spacing } = self.table.shape;
        let level = level as u32;
        if width == 0 || !level.is_multiple_of(width) || level / width >= spacing {
            return sum;
        }
        let mut sum = sum;
        let mut index = level / width;
        while index < self.table.shape.windows() {
            let digit = window(&self.number, index, width);
            if digit != 0
                && let Some(point) = self.table.multiple(index, digit.unsigned_abs())
            {
                sum = sum.add_affine(&point.negate_if((digit < 0) != self.negative));
            }
            index += spacing;
        }
        sum
    }
}

/// Writes the multiples of `point` into `entries`, as many as `shape` takes.
pub(crate) const fn fill(shape: Shape, point: &Affine, entries: &mut [Entry]) {
    let mut base = *point;
    let mut start = 0;
    while start < entries.len() {
        base = fill_window(shape, &base, entries, start);
        start += shape.multiples();
    }
}

/// Writes the multiples 1 to 2^(width − 1) of `base` from `start` on, and gives the next base.
///
/// None of the points is infinity: the order of the curve is a prime, and large.
const fn fill_window(shape: Shape, base: &Affine, entries: &mut [Entry], start: usize) -> Affine {
    let count = shape.multiples();
    let mut points = [Point::INFINITY; MOST + 1];
    points[0] = Point::from_affine(base);
    let mut i = 1;
    while i < count {
        points[i] = points[i - 1].add_affine(base);
        i += 1;
    }
    let mut next = points[count - 1];
    let mut doublings = (shape.spacing - 1) * shape.width + 1;
    while doublings > 0 {
        next = next.double();
        doublings -= 1;
    }
    points[count] = next;
    // One inverse for all of them: of the product of every z, taken apart again from behind.
    let mut products = [Element::ONE; MOST + 2];
    i = 0;
    while i <= count {
        products[i + 1] = products[i].multiply(points[i].z());
        i += 1;
    }
    let mut inverse = products[count + 1].invert();
    let next = points[count].affine_with(&inverse.multiply(&products[count]));
    while i > 0 {
        i -= 1;
        if i < count {
            let own = inverse.multiply(&products[i]);
            entries[start + i] = Entry::new(&points[i].affine_with(&own));
        }
        inverse = inverse.multiply(points[i].z());
    }
    next
}

/// Entries as they lie in a file.
pub(super) const fn from_file<const N: usize>(bytes: &[u8]) -> [Entry; N] {
    let (chunks, rest) = bytes.as_chunks::<64>();
    let mut entries = [Entry::EMPTY; N];
    if chunks.len() != N || !rest.is_empty() {
        return entries;
    }
    let mut i = 0;
    while i < N {
        entries[i] = Entry(chunks[i]);
        i += 1;
    }
    entries
}

#[cfg(test)]
mod tests;
