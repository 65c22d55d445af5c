//! Maps of elements by name space, which requests and devices write alike.

use super::{MAX_ITEMS, MAX_NAME_SPACES};
use crate::cbor::WellFormed;
use crate::error::{DecodeError, DecodeErrorKind};

/// Checks `{ * NameSpace => { + DataElementIdentifier => any } }`: its names and its counts, and
/// each value by `check`. Every count is capped before what it counts is read.
pub(super) fn check_elements(
    name_spaces: WellFormed<'_>,
    check: impl Fn(WellFormed<'_>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let map = name_spaces.map()?;
    if map.left() > MAX_NAME_SPACES {
        return Err(name_spaces.error(DecodeErrorKind::TooMany));
    }
    let mut count: u64 = 0;
    for entry in map {
        let (name_space, elements) = entry?;
        name_space.name()?;
        let entries = elements.map()?;
        count = match entries.left() {
            0 => return Err(elements.error(DecodeErrorKind::Empty)),
            more => count.saturating_add(more),
        };
        if count > MAX_ITEMS {
            return Err(elements.error(DecodeErrorKind::TooMany));
        }
        for element in entries {
            let (id, value) = element?;
            id.name()?;
            check(value)?;
        }
    }
    Ok(())
}
