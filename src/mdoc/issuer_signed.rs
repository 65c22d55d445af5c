//! `IssuerSigned`: the items that are shown, and the issuer's signature over all digests.

use super::{MAX_ITEMS, MAX_NAME_SPACES, SealedItem};
use crate::cbor::{Items, MESSAGE_CAP, Map, WellFormed, required};
use crate::cose::Sign1;
use crate::error::{DecodeError, DecodeErrorKind};

/// ```cddl
/// IssuerSigned = { ? "nameSpaces": { + NameSpace => [+ IssuerSignedItemBytes] },
///                  "issuerAuth": COSE_Sign1, * tstr => any }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct IssuerSigned<'a> {
    name_spaces: Option<WellFormed<'a>>,
    count: u64,
    auth_bytes: &'a [u8],
    auth: Sign1<'a>,
}

impl<'a> IssuerSigned<'a> {
    /// As [`Self::parse`], one that came by itself, of at most 1 MiB.
    pub(crate) fn from_bytes(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Self::parse(WellFormed::parse(bytes, MESSAGE_CAP)?)
    }

    /// Reads it, and every item in it.
    pub(crate) fn parse(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        let [name_spaces, auth] = item.fields(["nameSpaces", "issuerAuth"])?;
        let auth = required(auth, &item)?;
        let issuer_signed = Self {
            name_spaces,
            auth_bytes: auth.bytes(),
            auth: Sign1::parse_attached(auth)?,
            count: name_spaces.map_or(Ok(0), check_counts)?,
        };
        issuer_signed.items().try_for_each(|item| item.map(drop))?;
        Ok(issuer_signed)
    }

    pub(crate) const fn auth(&self) -> &Sign1<'a> {
        &self.auth
    }

    /// `issuerAuth` as received, to be passed on as it is.
    pub(crate) const fn auth_bytes(&self) -> &'a [u8] {
        self.auth_bytes
    }

    /// How many items there are.
    pub(crate) fn count(&self) -> usize {
        usize::try_from(self.count).unwrap_or(0)
    }

    /// The items of all name spaces, in the order received, numbered from 0.
    pub(crate) fn items(&self) -> SealedItems<'a> {
        SealedItems {
            name_spaces: self.name_spaces.and_then(|map| map.map().ok()),
            current: None,
            index: 0,
        }
    }
}

/// Iterates over the items of an `IssuerSigned`.
#[derive(Clone, Debug)]
pub(crate) struct SealedItems<'a> {
    name_spaces: Option<Map<'a>>,
    current: Option<(&'a str, Items<'a>)>,
    index: u16,
}

impl<'a> Iterator for SealedItems<'a> {
    type Item = Result<SealedItem<'a>, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((name_space, items)) = &mut self.current
                && let Some(item) = items.next_embedded()
            {
                let index = self.index;
                self.index = index.saturating_add(1);
                return Some(item.and_then(|item| SealedItem::parse(name_space, item, index)));
            }
            match self.next_name_space()? {
                Ok(next) => self.current = Some(next),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<'a> SealedItems<'a> {
    fn next_name_space(&mut self) -> Option<Result<(&'a str, Items<'a>), DecodeError>> {
        let entry = self.name_spaces.as_mut()?.next()?;
        Some(entry.and_then(|(name, items)| Ok((name.name()?, items.array()?))))
    }
}

/// Every count is capped before the items are read, and what the iterator relies on is checked.
fn check_counts(name_spaces: WellFormed<'_>) -> Result<u64, DecodeError> {
    let map = name_spaces.map()?;
    match map.left() {
        0 => return Err(name_spaces.error(DecodeErrorKind::Empty)),
        1..=MAX_NAME_SPACES => {}
        _ => return Err(name_spaces.error(DecodeErrorKind::TooMany)),
    }
    let mut count: u64 = 0;
    for entry in map {
        let (name_space, items) = entry?;
        name_space.name()?;
        count = match items.array()?.left() {
            0 => return Err(items.error(DecodeErrorKind::Empty)),
            more => count.saturating_add(more),
        };
        if count > MAX_ITEMS {
            return Err(items.error(DecodeErrorKind::TooMany));
        }
    }
    Ok(count)
}
