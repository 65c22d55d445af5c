//! Ascending numbers as Golomb-Rice coded gaps: within 1 % of the least that they can take.
//!
//! What a peer wrote is read as strictly as it is written: one set of numbers and one k have one
//! encoding, and every count is checked before anything is done for it.

use alloc::vec::Vec;

use crate::error::{Rejected, rejected};

/// k and count.
const HEAD: usize = 5;

/// The largest k.
const MAX_K: u8 = 30;

/// Numbers below `len`, ascending, as they are coded.
///
/// One byte k, the count as uint32 (big-endian), then for each number the gap to the one before
/// (for the first the number itself, then difference − 1): the gap's upper bits as so many ones and
/// a zero, its lower k bits, most significant first; the last byte is filled with zeros.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rice<'a> {
    k: u8,
    count: u32,
    len: u64,
    bits: Bits<'a>,
}

impl<'a> Rice<'a> {
    /// Checks what can be checked before the numbers are read.
    pub(crate) fn parse(bytes: &'a [u8], len: u64) -> Result<Self, Rejected> {
        let truncated = rejected!(RiceTruncated);
        let (head, coded) = bytes.split_first_chunk::<HEAD>().ok_or(truncated)?;
        let [k, count @ ..] = *head;
        let count = u32::from_be_bytes(count);
        if k > MAX_K {
            return Err(rejected!(RiceParameter));
        }
        let bits = Bits::new(coded);
        // Each number takes a zero and k bits at least.
        let most = bits.end.checked_div(u64::from(k).saturating_add(1));
        match count {
            0 if k != 0 => return Err(rejected!(RiceParameter)),
            0 if !coded.is_empty() => return Err(rejected!(RiceSurplus)),
            _ if u64::from(count) > len.min(most.unwrap_or(0)) => return Err(rejected!(RiceCount)),
            _ => {}
        }
        Ok(Self {
            k,
            count,
            len,
            bits,
        })
    }

    /// How many numbers there are.
    #[cfg(fuzzing)]
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// The numbers. After the last of them comes an error if anything is left over; after an error
    /// comes nothing.
    pub(crate) const fn numbers(&self) -> Numbers<'a> {
        Numbers {
            rice: *self,
            left: self.count,
            next: 0,
            ended: false,
        }
    }
}

/// Iterates over coded numbers.
#[derive(Clone, Debug)]
pub(crate) struct Numbers<'a> {
    rice: Rice<'a>,
    left: u32,
    /// The least that the next number can be.
    next: u64,
    ended: bool,
}

impl Numbers<'_> {
    fn read(&mut self) -> Result<u32, Rejected> {
        let Rice { k, len, .. } = self.rice;
        let most = len.saturating_sub(1).wrapping_shr(u32::from(k));
        let quotient = self.rice.bits.ones(most)?;
        let low = self.rice.bits.take(k).ok_or(rejected!(RiceTruncated))?;
        let gap = quotient.checked_shl(u32::from(k)).unwrap_or(u64::MAX) | low;
        let number = self.next.checked_add(gap).filter(|number| *number < len);
        let number = number.and_then(|number| u32::try_from(number).ok());
        let number = number.ok_or(rejected!(RiceIndex))?;
        self.next = u64::from(number).saturating_add(1);
        Ok(number)
    }
}

impl Iterator for Numbers<'_> {
    type Item = Result<u32, Rejected>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let Some(left) = self.left.checked_sub(1) else {
            self.ended = true;
            return self.rice.bits.check_end().err().map(Err);
        };
        self.left = left;
        let number = self.read();
        self.ended = number.is_err();
        Some(number)
    }
}

/// The encoding of `numbers`, which ascend, with the k that makes it shortest, and of several such
/// the smallest.
#[cfg_attr(
    not(feature = "x509"),
    allow(dead_code, reason = "who publishes lists has a certificate")
)]
pub(crate) fn encode(numbers: impl Iterator<Item = u32> + Clone) -> Vec<u8> {
    let mut shape = Shape::default();
    numbers.clone().for_each(|number| shape.add(number));
    shape.shortest(u64::MAX).write(numbers)
}

/// What is known of numbers that were seen once: enough to say how long each encoding is, so that
/// one is written only if it is wanted, and into memory that it fills.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    count: u32,
    next: u64,
    widest: u64,
    /// Of how many gaps each bit is set. The ones of an encoding follow from it: bit b of a gap
    /// stands for 2^(b − k) of them if b is k at least, and for none if it is less.
    set: [u32; 32],
}

impl Shape {
    /// The next number. There are at most 2³² − 1 of them.
    #[inline]
    pub(crate) fn add(&mut self, number: u32) {
        let gap = gap_to(number, &mut self.next);
        self.count = self.count.saturating_add(1);
        self.widest = self.widest.max(gap);
        let mut left = gap;
        while let Some(set) = usize::try_from(left.trailing_zeros())
            .ok()
            .and_then(|bit| self.set.get_mut(bit))
        {
            *set = set.saturating_add(1);
            left &= left.wrapping_sub(1);
        }
    }

    /// The shortest code of which no gap takes more than `ones` ones. A wide gap makes k so large
    /// that it takes few, whatever that costs the others.
    pub(crate) fn shortest(&self, ones: u64) -> Code {
        let codes = (0..=MAX_K).map(|k| self.code(k));
        let fits = |code: &Code| self.widest.wrapping_shr(u32::from(code.k)) <= ones;
        let shortest = codes.filter(fits).min_by_key(|code| code.bits);
        shortest.unwrap_or_else(|| self.code(MAX_K))
    }

    fn code(&self, k: u8) -> Code {
        let upper = self.set.iter().skip(usize::from(k));
        let ones = (0_u32..).zip(upper).fold(0_u64, |ones, (place, set)| {
            ones.saturating_add(u64::from(*set).wrapping_shl(place))
        });
        let others = u64::from(self.count).saturating_mul(u64::from(k).saturating_add(1));
        Code {
            k,
            count: self.count,
            bits: ones.saturating_add(others),
        }
    }
}

/// One encoding of the numbers that a [`Shape`] has seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code {
    k: u8,
    count: u32,
    bits: u64,
}

impl Code {
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    pub(crate) fn byte_len(&self) -> usize {
        let bytes = usize::try_from(self.bits.div_ceil(8)).unwrap_or(usize::MAX);
        bytes.saturating_add(HEAD)
    }

    /// `numbers` are those that the shape has seen.
    pub(crate) fn write(&self, numbers: impl Iterator<Item = u32>) -> Vec<u8> {
        let mut out = BitWriter {
            bytes: Vec::with_capacity(self.byte_len()),
            pending: 0,
            used: 0,
        };
        out.bytes.push(self.k);
        out.bytes.extend_from_slice(&self.count.to_be_bytes());
        let mut next = 0;
        numbers.for_each(|number| out.code(gap_to(number, &mut next), self.k));
        out.finish()
    }
}

#[inline]
fn gap_to(number: u32, next: &mut u64) -> u64 {
    let gap = u64::from(number).saturating_sub(*next);
    *next = u64::from(number).saturating_add(1);
    gap
}

/// Bits, the most significant of a byte first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bits<'a> {
    bytes: &'a [u8],
    at: u64,
    end: u64,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let end = u64::try_from(bytes.len())
            .unwrap_or(u64::MAX)
            .saturating_mul(8);
        Self { bytes, at: 0, end }
    }

    /// The same bits, from `at` on.
    pub(crate) const fn from(self, at: u64) -> Self {
        Self { at, ..self }
    }

    /// Where the next bit is.
    pub(crate) const fn at(&self) -> u64 {
        self.at
    }

    /// The next gap, of bits that we have written ourselves.
    #[inline]
    pub(crate) fn gap(&mut self, k: u8) -> Option<u64> {
        let (window, known) = self.window();
        let k_bits = u32::from(k);
        let ones = window.leading_ones();
        let unary = ones.saturating_add(1);
        let code = unary.saturating_add(k_bits);
        if code <= known {
            self.at = self.at.saturating_add(u64::from(code));
            let low = window
                .wrapping_shl(unary)
                .checked_shr(64_u32.saturating_sub(k_bits));
            return Some(u64::from(ones).wrapping_shl(k_bits) | low.unwrap_or(0));
        }
        let quotient = self.ones(u64::MAX).ok()?;
        Some(quotient.checked_shl(k_bits)? | self.take(k)?)
    }

    /// How many ones come before the next zero, at most `most`; steps over the zero.
    #[inline]
    pub(crate) fn ones(&mut self, most: u64) -> Result<u64, Rejected> {
        let mut ones: u64 = 0;
        loop {
            let (window, known) = self.window();
            let run = window.leading_ones().min(known);
            ones = ones.saturating_add(u64::from(run));
            if ones > most {
                return Err(rejected!(RiceQuotient));
            }
            if run < known {
                self.at = self.at.saturating_add(u64::from(run)).saturating_add(1);
                return Ok(ones);
            }
            if known == 0 {
                return Err(rejected!(RiceTruncated));
            }
            self.at = self.at.saturating_add(u64::from(run));
        }
    }

    /// The next `k` bits, at most 30.
    #[inline]
    pub(crate) fn take(&mut self, k: u8) -> Option<u64> {
        let (window, known) = self.window();
        if u32::from(k) > known {
            return None;
        }
        self.at = self.at.saturating_add(u64::from(k));
        let low = window.checked_shr(64_u32.saturating_sub(u32::from(k)));
        Some(low.unwrap_or(0))
    }

    /// The bits that come next, the first one uppermost, and how many of them there are: 57 at
    /// least, except at the end.
    #[inline]
    fn window(&self) -> (u64, u32) {
        let from = usize::try_from(self.at >> 3).unwrap_or(usize::MAX);
        let rest = self.bytes.get(from..).unwrap_or_default();
        let word = match rest.first_chunk() {
            Some(word) => u64::from_be_bytes(*word),
            None => {
                let mut word = [0; 8];
                word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                u64::from_be_bytes(word)
            }
        };
        let skipped = u32::try_from(self.at & 7).unwrap_or(0);
        let left = self.end.saturating_sub(self.at);
        let known = u64::from(64_u32.saturating_sub(skipped)).min(left);
        let known = u32::try_from(known).unwrap_or(0);
        (word.wrapping_shl(skipped), known)
    }

    /// Nothing is left but zeros that fill the last byte.
    fn check_end(&self) -> Result<(), Rejected> {
        let left = self.end.saturating_sub(self.at);
        let (window, _) = self.window();
        match left {
            8.. => Err(rejected!(RiceSurplus)),
            _ if window != 0 => Err(rejected!(RicePadding)),
            _ => Ok(()),
        }
    }
}

struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that are not in `bytes` yet: the lowest `used`, fewer than 32. Those above are stale.
    pending: u64,
    used: u32,
}

impl BitWriter {
    #[inline]
    fn code(&mut self, gap: u64, k: u8) {
        let k = u32::from(k);
        let mut ones = gap.wrapping_shr(k);
        while ones >= 32 {
            self.put(u64::MAX, 32);
            ones = ones.saturating_sub(32);
        }
        let ones = u32::try_from(ones).unwrap_or(0);
        // With the zero at its end.
        let unary = !u64::MAX.wrapping_shl(ones);
        self.put(unary.wrapping_shl(1), ones.saturating_add(1));
        self.put(gap, k);
    }

    /// The lowest `count` bits of `value`, at most 32.
    #[inline]
    fn put(&mut self, value: u64, count: u32) {
        let value = value & !u64::MAX.wrapping_shl(count);
        self.pending = self.pending.wrapping_shl(count) | value;
        self.used = self.used.saturating_add(count);
        if let Some(used) = self.used.checked_sub(32) {
            let [_, _, _, _, word @ ..] = self.pending.wrapping_shr(used).to_be_bytes();
            self.bytes.extend_from_slice(&word);
            self.used = used;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        let word = self.pending.wrapping_shl(64_u32.saturating_sub(self.used));
        let bytes = usize::try_from(self.used.div_ceil(8)).unwrap_or(0);
        let word = word.to_be_bytes();
        self.bytes
            .extend_from_slice(word.get(..bytes).unwrap_or_default());
        self.bytes
    }
}

#[cfg(test)]
mod tests;
