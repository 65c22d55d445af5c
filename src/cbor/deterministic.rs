//! What a message of our own must be: deterministically encoded (RFC 8949 section 4.2.1), with maps
//! that hold nothing but what their page lists.
//!
//! Peers that write ISO's structures differ in order and widths and are let in; here there is one
//! encoding of each message, so that nobody can make a second one of what another has signed or
//! sealed. Byte strings are not looked into, also under tag 24: who reads one checks it.

use super::cursor::{Cursor, RawHead};
use super::look_up::Keyed;
use super::{WellFormed, major};
use crate::error::{DecodeError, DecodeErrorKind};

impl<'a> WellFormed<'a> {
    /// As [`Self::parse`], and then [`Self::check_deterministic`].
    pub(crate) fn parse_deterministic(bytes: &'a [u8], cap: usize) -> Result<Self, DecodeError> {
        let item = Self::parse(bytes, cap)?;
        item.check_deterministic()?;
        Ok(item)
    }

    /// Checks that heads are as short as can be, that map keys ascend bytewise, and that there are
    /// no floats and no simple values but `false`, `true` and `null`.
    pub(crate) fn check_deterministic(&self) -> Result<(), DecodeError> {
        Cursor::new(self.bytes(), self.offset()).check_encoding()
    }

    /// As [`Self::fields`], for a map that must not hold any other key.
    pub(crate) fn closed_fields<K: Keyed, const N: usize>(
        &self,
        keys: [K; N],
    ) -> Result<[Option<Self>; N], DecodeError> {
        let mut found = [None; N];
        for entry in self.map()? {
            let (key, value) = entry?;
            let decoded = Cursor::new(key.bytes(), key.offset()).checked_key()?;
            let slot = keys
                .iter()
                .zip(&mut found)
                .find(|(wanted, _)| wanted.is(&decoded));
            let (_, slot) = slot.ok_or_else(|| key.error(DecodeErrorKind::UnknownKey))?;
            *slot = Some(value);
        }
        Ok(found)
    }
}

impl Cursor<'_> {
    /// Steps over an item that [`Self::check_item`] passed, so the recursion is as deep as
    /// `MAX_DEPTH` at most.
    fn check_encoding(&mut self) -> Result<(), DecodeError> {
        let start = self.at();
        let head = self.shortest_head()?;
        match head.major {
            major::UINT | major::NINT => Ok(()),
            major::BYTES | major::TEXT => self.take(head.value).map(drop),
            major::ARRAY => (0..head.value).try_for_each(|_| self.check_encoding()),
            major::MAP => self.check_entries(head.value),
            major::TAG => self.check_encoding(),
            _ if matches!(head.info, 20..=22) => Ok(()),
            _ => Err(self.error(start, DecodeErrorKind::NotDeterministic)),
        }
    }

    /// Keys with shortest heads compare as their encodings do.
    fn check_entries(&mut self, count: u64) -> Result<(), DecodeError> {
        let mut previous = None;
        for _ in 0..count {
            let start = self.at();
            let mut again = *self;
            self.shortest_head()?;
            let key = Some(again.checked_key()?);
            if previous >= key {
                return Err(self.error(start, DecodeErrorKind::NotDeterministic));
            }
            previous = key;
            self.at = again.at();
            self.check_encoding()?;
        }
        Ok(())
    }

    fn shortest_head(&mut self) -> Result<RawHead, DecodeError> {
        let start = self.at();
        let head = self.head()?;
        let longest_of_shorter = match head.info {
            24 => 23,
            25 => 0xff,
            26 => 0xffff,
            27 => 0xffff_ffff,
            _ => return Ok(head),
        };
        match head.value > longest_of_shorter {
            true => Ok(head),
            false => Err(self.error(start, DecodeErrorKind::NotDeterministic)),
        }
    }
}

#[cfg(test)]
mod tests;
