//! `IssuerSigned`: the items that are shown, and the issuer's signature over all digests.

use super::{MAX_ITEMS, MAX_NAME_SPACES, SealedItem};
use crate::cbor::{WellFormed, required};
use crate::cose::Sign1;
use crate::error::{DecodeError, DecodeErrorKind};

/// ```cddl
/// IssuerSigned = { ? "nameSpaces": { + NameSpace => [+ IssuerSignedItemBytes] },
///                  "issuerAuth": COSE_Sign1, * tstr => any }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct IssuerSigned<'a> {
    name_spaces: Option<WellFormed<'a>>,
    auth_bytes: &'a [u8],
    auth: Sign1<'a>,
}

impl<'a> IssuerSigned<'a> {
    /// Reads it, and every item in it.
    pub(crate) fn parse(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        let [name_spaces, auth] = item.fields(["nameSpaces", "issuerAuth"])?;
        let auth = required(auth, &item)?;
        let issuer_signed = Self {
            name_spaces,
            auth_bytes: auth.bytes(),
            auth: Sign1::parse_attached(auth)?,
        };
        if let Some(name_spaces) = name_spaces {
            check_counts(name_spaces)?;
        }
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

    /// The items of all name spaces, in the order received, numbered from 0.
    pub(crate) fn items(
        &self,
    ) -> impl Iterator<Item = Result<SealedItem<'a>, DecodeError>> + use<'a> {
        let name_spaces = self
            .name_spaces
            .and_then(|map| map.map().ok())
            .into_iter()
            .flatten();
        let items = name_spaces.flat_map(|entry| {
            let (name_space, items) = match entry {
                Ok((name_space, items)) => (name_space.name(), items.array().ok()),
                Err(error) => (Err(error), None),
            };
            items
                .into_iter()
                .flatten()
                .map(move |item| Ok((name_space?, item?.embedded()?)))
        });
        (0..=u16::MAX).zip(items).map(|(index, item)| {
            let (name_space, item) = item?;
            SealedItem::parse(name_space, item, index)
        })
    }
}

/// Every count is capped before the items are read, and what the iterator relies on is checked.
fn check_counts(name_spaces: WellFormed<'_>) -> Result<(), DecodeError> {
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
    Ok(())
}
