//! What an increment makes of a list, and by which state it knows the list (pure, nothing signed).

use alloc::vec::Vec;
use core::iter::Peekable;

use super::resident::{Numbers, Statuses};
use super::rice::{self, Rice, Shape};
use crate::cbor::Writer;
use crate::crypto::{CryptoError, CryptoProvider};
use crate::error::{Rejected, rejected};
use crate::time::UnixTime;

impl Statuses {
    /// This list with `invalid` blocked, which were VALID, and `valid` freed, which were INVALID.
    /// Both are judged by the list as it is, so that no card can be in both.
    pub(crate) fn changed(&self, invalid: &Rice<'_>, valid: &Rice<'_>) -> Result<Self, Rejected> {
        // Increments are made for lists of one bit only, so this one is for another list.
        let before = self.invalid().ok_or(rejected!(NotThisBase))?;
        if let Some(list) = self.bitmap() {
            let mut copy = list.to_vec();
            flip(list, &mut copy, invalid, false)?;
            flip(list, &mut copy, valid, true)?;
            return Ok(self.with_bitmap(copy));
        }
        let merged = Merged {
            len: self.len(),
            before: before.peekable(),
            invalid: invalid.numbers().peekable(),
            valid: valid.numbers().peekable(),
        };
        let mut shape = Shape::default();
        for number in merged.clone() {
            shape.add(number?);
        }
        Ok(self.with_invalid(merged.map_while(Result::ok), &shape))
    }
}

/// By what an increment names a list: SHA-256 of the deterministic encoding of
/// `[uri, iat, SHA-256(list)]`, its first 16 bytes.
///
/// The list is hashed as its resident form yields it, in pieces ([`crate::crypto::Digest`] has a
/// method for that), so that the 7.5 MB of it are never in memory.
pub(crate) fn state(
    uri: &str,
    iat: UnixTime,
    statuses: &Statuses,
    crypto: &CryptoProvider,
) -> Result<[u8; 16], CryptoError> {
    let list = crypto.sha256_of_pieces(|take| statuses.pieces(take))?;
    let mut named = Writer::default();
    named
        .array(3)
        .text(uri)
        .uint(iat.as_secs())
        .byte_string(&list);
    let state = crypto.sha256(&[named.as_slice()])?;
    state.first_chunk().copied().ok_or(CryptoError::Unavailable)
}

/// The cards that are INVALID in `to` alone, and those that are so in `from` alone. `None` between
/// lists that have no increment: of several bits a card, or of different lengths.
#[cfg_attr(
    not(feature = "x509"),
    allow(dead_code, reason = "who publishes lists has a certificate")
)]
pub(crate) fn difference(from: &Statuses, to: &Statuses) -> Option<(Vec<u32>, Vec<u32>)> {
    if from.len() != to.len() {
        return None;
    }
    let mut before = from.invalid()?.peekable();
    let mut after = to.invalid()?.peekable();
    let (mut invalid, mut valid) = (Vec::new(), Vec::new());
    loop {
        match (before.peek().copied(), after.peek().copied()) {
            (None, None) => return Some((invalid, valid)),
            (Some(old), Some(new)) if old == new => {
                before.next();
                after.next();
            }
            (Some(old), new) if new.is_none_or(|new| old < new) => {
                valid.push(old);
                before.next();
            }
            (_, new) => {
                invalid.extend(new);
                after.next();
            }
        }
    }
}

/// Turns over the cards `numbers` in `after`, all of which are INVALID (or all VALID) in `before`.
fn flip(
    before: &[u8],
    after: &mut [u8],
    numbers: &Rice<'_>,
    are_invalid: bool,
) -> Result<(), Rejected> {
    for number in numbers.numbers() {
        let number = number?;
        let at = usize::try_from(number >> 3).unwrap_or(usize::MAX);
        let mask = 1_u8.wrapping_shl(number & 7);
        let (Some(old), Some(new)) = (before.get(at), after.get_mut(at)) else {
            return Err(rejected!(RiceIndex));
        };
        if (old & mask != 0) != are_invalid {
            return Err(rejected!(DeltaContradicts));
        }
        *new ^= mask;
    }
    Ok(())
}

/// The INVALID numbers of a list after an increment, ascending; or what is wrong with it.
#[derive(Clone)]
struct Merged<'a> {
    len: u64,
    before: Peekable<Numbers<'a>>,
    invalid: Peekable<rice::Numbers<'a>>,
    valid: Peekable<rice::Numbers<'a>>,
}

impl Iterator for Merged<'_> {
    type Item = Result<u32, Rejected>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

impl Merged<'_> {
    #[inline]
    fn step(&mut self) -> Result<Option<u32>, Rejected> {
        loop {
            let old = self.before.peek().copied();
            let new = self.invalid.peek().copied().transpose()?;
            let freed = self.valid.peek().copied().transpose()?;
            match (old, new) {
                (_, Some(new)) if u64::from(new) >= self.len => return Err(rejected!(RiceIndex)),
                (Some(old), Some(new)) if old == new => return Err(rejected!(DeltaContradicts)),
                (old, Some(new)) if old.is_none_or(|old| new < old) => {
                    self.invalid.next();
                    return Ok(Some(new));
                }
                _ => {}
            }
            // What is freed must come by as one of those that were INVALID.
            match freed {
                Some(freed) if old.is_none_or(|old| freed < old) => {
                    return Err(rejected!(DeltaContradicts));
                }
                Some(freed) if old == Some(freed) => {
                    self.before.next();
                    self.valid.next();
                }
                _ => return Ok(self.before.next()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
