//! The compressed form: gaps, and marks by which a look-up finds its place among them.

use alloc::vec::Vec;

use super::super::rice::{Bits, Shape};
use super::set_in;

/// Numbers as their Golomb-Rice coded gaps, with a mark at each 64th number.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Gaps {
    coded: Vec<u8>,
    /// The number, and where the code of the next one begins, in bits. 32 bits are enough: the
    /// numbers are below 2³², and the codes are shorter than their bitmap.
    marks: Vec<(u32, u32)>,
}

/// A look-up reads fewer than so many gaps, and the marks add a bit to each number.
const STRIDE: u32 = 64;

/// No gap is coded with more ones: a look-up takes 0.2 µs where cards were blocked at random, which
/// makes some thirty ones at most, and 1.5 µs in the worst of clusters.
const MOST_ONES: u64 = 256;

/// What is handed over at once.
const PIECE: usize = 1024;

impl Gaps {
    /// `numbers` are those that `shape` has seen; `None` if they would take `bytes` or more.
    pub(super) fn of(
        numbers: impl Iterator<Item = u32>,
        shape: &Shape,
        bytes: u64,
    ) -> Option<Self> {
        let code = shape.shortest(MOST_ONES);
        let count = usize::try_from(code.count().div_ceil(STRIDE)).ok()?;
        let marks = count.checked_mul(size_of::<(u32, u32)>())?;
        let all = code.byte_len().checked_add(marks)?;
        if u64::try_from(all).ok()? >= bytes {
            return None;
        }
        let mut gaps = Self {
            coded: code.write(numbers),
            marks: Vec::with_capacity(count),
        };
        gaps.marks = gaps.marked(count)?;
        Some(gaps)
    }

    pub(super) fn byte_len(&self) -> usize {
        let marks = self
            .marks
            .capacity()
            .saturating_mul(size_of::<(u32, u32)>());
        self.coded.capacity().saturating_add(marks)
    }

    pub(super) fn coded(&self) -> &[u8] {
        &self.coded
    }

    pub(super) fn hold(&self, index: u32) -> bool {
        self.find(index).unwrap_or(false)
    }

    pub(super) fn numbers(&self) -> Numbers<'_> {
        let (k, left, bits) = self.parts().unwrap_or_else(|| (0, 0, Bits::new(&[])));
        Numbers {
            k,
            left,
            bits,
            next: 0,
        }
    }

    /// Hands over the bitmap, which is `bytes` long.
    pub(super) fn pieces(&self, bytes: u64, take: &mut dyn FnMut(&[u8])) {
        const BITS: u32 = 8 * 1024;
        let mut numbers = self.numbers().peekable();
        let (mut left, mut base) = (usize::try_from(bytes).unwrap_or(usize::MAX), 0_u32);
        while left > 0 {
            let mut piece = [0; PIECE];
            while let Some(number) = numbers.next_if(|number| number.wrapping_sub(base) < BITS) {
                set_in(&mut piece, number.wrapping_sub(base));
            }
            let whole = piece.get(..left).unwrap_or(&piece);
            take(whole);
            left = left.saturating_sub(whole.len());
            base = base.wrapping_add(BITS);
        }
    }

    fn find(&self, index: u32) -> Option<bool> {
        let after = self.marks.partition_point(|(number, _)| *number <= index);
        let mark = after.checked_sub(1)?;
        let (number, bit) = *self.marks.get(mark)?;
        let (k, count, bits) = self.parts()?;
        let seen = u32::try_from(mark)
            .ok()?
            .checked_mul(STRIDE)?
            .checked_add(1)?;
        // Without a count the zeros that fill the last byte would be read as numbers.
        let mut numbers = Numbers {
            k,
            left: count.checked_sub(seen)?,
            bits: bits.from(bit.into()),
            next: u64::from(number).checked_add(1)?,
        };
        Some(number == index || numbers.find(|number| *number >= index) == Some(index))
    }

    fn marked(&self, count: usize) -> Option<Vec<(u32, u32)>> {
        let mut marks = Vec::with_capacity(count);
        let mut numbers = self.numbers();
        let mut until = 0_u32;
        while let Some(number) = numbers.next() {
            until = match until.checked_sub(1) {
                Some(until) => until,
                None => {
                    marks.push((number, u32::try_from(numbers.bits.at()).ok()?));
                    STRIDE.saturating_sub(1)
                }
            };
        }
        Some(marks)
    }

    /// k, count and codes.
    fn parts(&self) -> Option<(u8, u32, Bits<'_>)> {
        let ([k, count @ ..], coded) = self.coded.split_first_chunk::<5>()?;
        Some((*k, u32::from_be_bytes(*count), Bits::new(coded)))
    }
}

/// The numbers, ascending.
#[derive(Clone, Debug)]
pub(in crate::status) struct Numbers<'a> {
    k: u8,
    left: u32,
    bits: Bits<'a>,
    next: u64,
}

impl Iterator for Numbers<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let number = self.next.checked_add(self.bits.gap(self.k)?)?;
        self.next = number.checked_add(1)?;
        u32::try_from(number).ok()
    }
}
