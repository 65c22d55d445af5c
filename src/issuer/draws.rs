//! Randomness for a card: salts, decoys and an order. A source that fails or is stuck is an error.

use alloc::vec;
use alloc::vec::Vec;

use crate::crypto::{CryptoError, SecureRandom};

/// Twice what the standard asks for, so that nobody guesses a value by hashing, ever.
pub(super) const SALT: usize = 32;

/// A fair source misses so often in a row once in 2^128 times.
const MAX_MISSES: usize = 128;

pub(super) struct Draws<'r> {
    rng: &'r mut dyn SecureRandom,
    last: [u8; SALT],
}

impl<'r> Draws<'r> {
    pub(super) fn new(rng: &'r mut dyn SecureRandom) -> Self {
        Self {
            rng,
            last: [0; SALT],
        }
    }

    /// `SALT` or more bytes. One salt twice would let a reader see that two values are equal, and
    /// zeros (which `last` begins with) hide nothing.
    pub(super) fn bytes(&mut self, len: usize) -> Result<Vec<u8>, CryptoError> {
        let mut bytes = vec![0; len.max(SALT)];
        self.rng.fill(&mut bytes)?;
        match bytes.first_chunk() {
            Some(start) if *start != self.last => self.last = *start,
            _ => return Err(CryptoError::Random),
        }
        Ok(bytes)
    }

    /// Fisher and Yates: every order is equally likely.
    pub(super) fn shuffle<T>(&mut self, slots: &mut [T]) -> Result<(), CryptoError> {
        let count = u32::try_from(slots.len()).map_err(|_| CryptoError::Random)?;
        for last in (1..count).rev() {
            let other = self.below(last.saturating_add(1))?;
            let [Ok(last), Ok(other)] = [last, other].map(usize::try_from) else {
                return Err(CryptoError::Random);
            };
            slots.swap(last, other); // other ≤ last < count
        }
        Ok(())
    }

    /// A number below `bound`, without the bias of a remainder.
    fn below(&mut self, bound: u32) -> Result<u32, CryptoError> {
        let unused = bound.saturating_sub(1).leading_zeros();
        let mask = u32::MAX.checked_shr(unused).unwrap_or(0);
        for _ in 0..MAX_MISSES {
            let mut word = [0; 4];
            self.rng.fill(&mut word)?;
            let number = u32::from_be_bytes(word) & mask;
            if number < bound {
                return Ok(number);
            }
        }
        Err(CryptoError::Random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Repeats `bytes` for ever.
    struct Tape {
        bytes: Vec<u8>,
        next: usize,
    }

    impl Tape {
        fn of(bytes: &[u8]) -> Self {
            let bytes = bytes.to_vec();
            Self { bytes, next: 0 }
        }
    }

    impl SecureRandom for Tape {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
            for byte in out {
                *byte = self.bytes[self.next % self.bytes.len()];
                self.next += 1;
            }
            Ok(())
        }
    }

    /// A number that is too large is drawn again; its remainder would favour small ones.
    #[test]
    fn numbers_are_drawn_again_until_they_fit() {
        let mut tape = Tape::of(b"\0\0\0\x07\xff\xff\xff\xfe\0\0\0\x04");
        assert_eq!(Draws::new(&mut tape).below(5), Ok(4));
        let mut tape = Tape::of(b"\0\0\0\x07\xff\xff\xff\xf8");
        assert_eq!(Draws::new(&mut tape).below(8), Ok(7));
        assert_eq!(Draws::new(&mut tape).below(8), Ok(0));
        assert_eq!(Draws::new(&mut tape).below(1), Ok(0));
    }

    #[test]
    fn a_stuck_source_is_an_error_and_no_endless_loop() {
        let mut tape = Tape::of(&[0xff]);
        let mut draws = Draws::new(&mut tape);
        assert_eq!(draws.below(5), Err(CryptoError::Random));
        assert!(draws.bytes(SALT).is_ok());
        assert_eq!(draws.bytes(SALT), Err(CryptoError::Random));
        let mut zeros = Tape::of(&[0]);
        assert_eq!(Draws::new(&mut zeros).bytes(64), Err(CryptoError::Random));
    }

    /// All 6 orders of 3, by the 2 · 3 draws that make them.
    #[test]
    fn every_order_can_come_out() {
        let mut orders = alloc::collections::BTreeSet::new();
        for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)] {
            let mut tape = Tape::of(&[0, 0, 0, a, 0, 0, 0, b]);
            let mut slots = [1, 2, 3];
            Draws::new(&mut tape).shuffle(&mut slots).unwrap();
            orders.insert(slots);
        }
        assert_eq!(orders.len(), 6);
    }
}
