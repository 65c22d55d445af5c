//! A list in a reader's memory, in one of two forms: a load for each look-up, or few bytes.

mod gaps;

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::slice::Chunks;

use self::gaps::Gaps;
use super::rice::{Rice, Shape};
use crate::cbor::{WellFormed, Writer};
use crate::error::{DecodeError, DecodeErrorKind};

/// How a reader keeps lists.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum ResidentForm {
    /// As the list is: one load for each look-up, and 7.5 MB for 60 million cards.
    Bitmap,
    /// As the gaps between blocked cards: 0.2 µs for most look-ups, 2 at worst, and 0.7 MB for 60
    /// million cards of which 1 % are blocked. Lists of more than one bit a card, and those of
    /// which gaps would be no shorter, are kept as they are.
    #[default]
    Gaps,
}

/// The statuses of a list.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Statuses {
    bits: u8,
    /// Bytes of the list.
    bytes: u64,
    /// What the reader asked for: a change can make the gaps of a list shorter than the list.
    wanted: ResidentForm,
    form: Form,
}

#[derive(Clone, Eq, PartialEq)]
enum Form {
    Bitmap(Vec<u8>),
    Gaps(Gaps),
}

/// Nobody wants megabytes in a log.
impl fmt::Debug for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} statuses of {} bits", self.len(), self.bits)
    }
}

impl Statuses {
    /// `list` is inflated; `bits` is 1, 2, 4 or 8.
    pub(crate) fn new(list: Vec<u8>, bits: u8, wanted: ResidentForm) -> Self {
        let bytes = u64::try_from(list.len()).unwrap_or(u64::MAX);
        let mut statuses = Self {
            bits,
            bytes,
            wanted,
            form: Form::Bitmap(list),
        };
        if let (Some(numbers), ResidentForm::Gaps) = (statuses.invalid(), wanted) {
            let mut shape = Shape::default();
            numbers.clone().for_each(|number| shape.add(number));
            if let Some(gaps) = Gaps::of(numbers, &shape, bytes) {
                statuses.form = Form::Gaps(gaps);
            }
        }
        statuses
    }

    pub(crate) const fn bits(&self) -> u8 {
        self.bits
    }

    /// How many cards the list speaks of: 8 × bytes ÷ bits.
    pub(crate) const fn len(&self) -> u64 {
        let all = self.bytes.saturating_mul(8);
        match self.bits {
            2 => all >> 1,
            4 => all >> 2,
            8 => all >> 3,
            _ => all,
        }
    }

    /// The status of the card with this number; `None` past the end.
    pub(crate) fn status(&self, index: u64) -> Option<u8> {
        if index >= self.len() {
            return None;
        }
        match &self.form {
            Form::Gaps(gaps) => Some(u8::from(gaps.hold(u32::try_from(index).ok()?))),
            Form::Bitmap(list) => {
                let bit = index.checked_mul(u64::from(self.bits))?;
                let byte = *list.get(usize::try_from(bit >> 3).ok()?)?;
                let mask = 0xff_u8.checked_shr(8_u32.saturating_sub(u32::from(self.bits)))?;
                // The least significant bits of a byte belong to the smallest number.
                Some(byte.checked_shr(u32::try_from(bit & 7).ok()?)? & mask)
            }
        }
    }

    /// The numbers of all cards that are INVALID, ascending, of a list that can have increments:
    /// one bit each, and numbers that the coded form can count.
    pub(super) fn invalid(&self) -> Option<Numbers<'_>> {
        if self.bits != 1 || self.len() > u64::from(u32::MAX) {
            return None;
        }
        Some(match &self.form {
            Form::Bitmap(list) => Numbers::Bitmap(Ones::of(list)),
            Form::Gaps(gaps) => Numbers::Gaps(gaps.numbers()),
        })
    }

    /// The same list with other INVALID numbers, which `shape` has seen and which are below its
    /// length.
    pub(super) fn with_invalid(
        &self,
        numbers: impl Iterator<Item = u32> + Clone,
        shape: &Shape,
    ) -> Self {
        let gaps = match self.wanted {
            ResidentForm::Gaps => Gaps::of(numbers.clone(), shape, self.bytes),
            ResidentForm::Bitmap => None,
        };
        let form = gaps.map_or_else(|| Form::Bitmap(self.bitmap_of(numbers)), Form::Gaps);
        Self { form, ..*self }
    }

    /// The list as it was before it was deflated, for a list that is kept so.
    pub(super) fn bitmap(&self) -> Option<&[u8]> {
        match &self.form {
            Form::Bitmap(list) => Some(list),
            Form::Gaps(_) => None,
        }
    }

    /// The same list with other statuses: `list` is as long as it was.
    pub(super) fn with_bitmap(&self, list: Vec<u8>) -> Self {
        Self::new(list, self.bits, self.wanted)
    }

    /// Hands the list over, as it was before it was deflated, piece by piece.
    pub(crate) fn pieces(&self, take: &mut dyn FnMut(&[u8])) {
        match &self.form {
            Form::Bitmap(list) => take(list),
            Form::Gaps(gaps) => gaps.pieces(self.bytes, take),
        }
    }

    /// The list, as it was before it was deflated.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn to_list(&self) -> Vec<u8> {
        let mut list = Vec::with_capacity(usize::try_from(self.bytes).unwrap_or(0));
        self.pieces(&mut |piece| list.extend_from_slice(piece));
        list
    }

    /// ```cddl
    /// Kept = [ bits: uint, bytes: uint, 0: list, bstr / 1: gaps, bstr ]
    /// ```
    pub(super) fn write(&self, out: &mut Writer) {
        out.array(4).uint(self.bits.into()).uint(self.bytes);
        match &self.form {
            Form::Bitmap(list) => out.uint(0).byte_string(list),
            Form::Gaps(gaps) => out.uint(1).byte_string(gaps.coded()),
        };
    }

    /// What [`Self::write`] wrote, of a list of at most `cap` bytes.
    pub(super) fn read(
        item: WellFormed<'_>,
        wanted: ResidentForm,
        cap: usize,
    ) -> Result<Self, DecodeError> {
        let fault = item.error(DecodeErrorKind::OutOfRange);
        let [bits, bytes, form, content] = item.tuple()?;
        let (bits, bytes) = (bits.uint()?, bytes.uint()?);
        let bits = u8::try_from(bits).map_err(|_| fault)?;
        if !matches!(bits, 1 | 2 | 4 | 8) || usize::try_from(bytes).map_or(true, |len| len > cap) {
            return Err(fault);
        }
        let content = content.byte_string()?;
        if form.uint()? == 0 {
            return match u64::try_from(content.len()) == Ok(bytes) {
                true => Ok(Self::new(content.to_vec(), bits, wanted)),
                false => Err(fault),
            };
        }
        let empty = Self {
            bits,
            bytes,
            wanted,
            form: Form::Bitmap(Vec::new()),
        };
        let rice = Rice::parse(content, empty.len()).map_err(|_| fault)?;
        let mut shape = Shape::default();
        for number in rice.numbers() {
            shape.add(number.map_err(|_| fault)?);
        }
        Ok(empty.with_invalid(rice.numbers().map_while(Result::ok), &shape))
    }

    /// What it takes in memory, in bytes.
    pub(crate) fn byte_len(&self) -> usize {
        match &self.form {
            Form::Bitmap(list) => list.capacity(),
            Form::Gaps(gaps) => gaps.byte_len(),
        }
    }

    fn bitmap_of(&self, numbers: impl Iterator<Item = u32>) -> Vec<u8> {
        let mut list = vec![0; usize::try_from(self.bytes).unwrap_or(0)];
        for number in numbers {
            set_in(&mut list, number);
        }
        list
    }
}

/// The numbers of INVALID cards, from either form.
#[derive(Clone, Debug)]
pub(super) enum Numbers<'a> {
    Bitmap(Ones<'a>),
    Gaps(gaps::Numbers<'a>),
}

impl Iterator for Numbers<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match self {
            Self::Bitmap(ones) => ones.next(),
            Self::Gaps(numbers) => numbers.next(),
        }
    }
}

/// The places of the ones of a bitmap, the least significant bit of a byte first.
#[derive(Clone, Debug)]
pub(super) struct Ones<'a> {
    words: Chunks<'a, u8>,
    /// Those of the ones of a word that are still to come.
    word: u64,
    base: u32,
    next_base: u32,
}

impl<'a> Ones<'a> {
    fn of(list: &'a [u8]) -> Self {
        Self {
            words: list.chunks(8),
            word: 0,
            base: 0,
            next_base: 0,
        }
    }
}

impl Iterator for Ones<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        while self.word == 0 {
            let chunk = self.words.next()?;
            self.word = chunk.first_chunk().map_or_else(
                || {
                    let mut word = [0; 8];
                    word.iter_mut()
                        .zip(chunk)
                        .for_each(|(to, from)| *to = *from);
                    u64::from_le_bytes(word)
                },
                |word| u64::from_le_bytes(*word),
            );
            self.base = self.next_base;
            self.next_base = self.next_base.wrapping_add(64);
        }
        let place = self.word.trailing_zeros();
        self.word &= self.word.wrapping_sub(1);
        Some(self.base.wrapping_add(place))
    }
}

/// Sets the bit of card `number` in a list of one bit each.
fn set_in(list: &mut [u8], number: u32) {
    let at = usize::try_from(number >> 3).ok();
    if let Some(byte) = at.and_then(|at| list.get_mut(at)) {
        *byte |= 1_u8.wrapping_shl(number & 7);
    }
}

#[cfg(test)]
mod tests;
