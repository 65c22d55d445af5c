//! Which elements the device key may sign.

use super::{MAX_ITEMS, MAX_NAME_SPACES};
use crate::cbor::WellFormed;
use crate::error::{DecodeError, DecodeErrorKind};

/// What the issuer lets the device key sign. Nothing, unless the MSO says otherwise.
///
/// ```cddl
/// KeyAuthorizations = { ? "nameSpaces": [+ NameSpace],
///                       ? "dataElements": { + NameSpace => [+ DataElementIdentifier] },
///                       * tstr => any }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyAuthorizations<'a> {
    name_spaces: Option<WellFormed<'a>>,
    elements: Option<WellFormed<'a>>,
}

impl<'a> KeyAuthorizations<'a> {
    /// Reads them; a name space in both lists is a contradiction (clause 9.1.2.4).
    ///
    /// They have the caps of what they permit: each is compared with each, also where an MSO is
    /// looked at before anyone has vouched for it.
    pub(super) fn parse(item: Option<WellFormed<'a>>) -> Result<Self, DecodeError> {
        let Some(item) = item else {
            return Ok(Self {
                name_spaces: None,
                elements: None,
            });
        };
        let [name_spaces, elements] = item.fields(["nameSpaces", "dataElements"])?;
        let authorizations = Self {
            name_spaces,
            elements,
        };
        if let Some(name_spaces) = name_spaces {
            let mut names = name_spaces.array()?;
            capped(name_spaces, names.left(), MAX_NAME_SPACES)?;
            names.try_for_each(|name| name?.name().map(drop))?;
        }
        if let Some(elements) = elements {
            let entries = elements.map()?;
            capped(elements, entries.left(), MAX_NAME_SPACES)?;
            let mut count: u64 = 0;
            for entry in entries {
                let (name_space, ids) = entry?;
                let mut names = ids.array()?;
                count = count.saturating_add(names.left());
                capped(ids, count, MAX_ITEMS)?;
                names.try_for_each(|id| id?.name().map(drop))?;
                if authorizations.permits_all_of(name_space.name()?) {
                    return Err(name_space.error(DecodeErrorKind::Contradiction));
                }
            }
        }
        Ok(authorizations)
    }

    /// Whether the device key may sign `id` of `name_space`.
    pub(crate) fn permits(&self, name_space: &str, id: &str) -> bool {
        self.permits_all_of(name_space) || self.permits_element(name_space, id)
    }

    /// Each name space that is permitted as a whole, and each element that is permitted by itself.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        let name_spaces = self.name_spaces.into_iter().flat_map(names);
        let elements = self.elements.and_then(|elements| elements.map().ok());
        let elements = elements.into_iter().flatten().filter_map(Result::ok);
        let elements = elements.flat_map(|(name_space, ids)| {
            names(ids).filter_map(move |id| Some((name_space.text().ok()?, Some(id))))
        });
        name_spaces
            .map(|name_space| (name_space, None))
            .chain(elements)
    }

    /// Whether the device key may sign everything in `name_space`.
    pub(crate) fn permits_all_of(&self, name_space: &str) -> bool {
        self.name_spaces.is_some_and(|list| holds(list, name_space))
    }

    fn permits_element(&self, name_space: &str, id: &str) -> bool {
        let ids = self
            .elements
            .and_then(|elements| elements.fields([name_space]).ok());
        matches!(ids, Some([Some(ids)]) if holds(ids, id))
    }
}

fn capped(list: WellFormed<'_>, count: u64, most: u64) -> Result<(), DecodeError> {
    match count > most {
        true => Err(list.error(DecodeErrorKind::TooMany)),
        false => Ok(()),
    }
}

fn names<'a>(list: WellFormed<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    let items = list.array().into_iter().flatten();
    items.filter_map(|item| item.ok()?.text().ok())
}

fn holds(list: WellFormed<'_>, name: &str) -> bool {
    list.array()
        .is_ok_and(|mut list| list.any(|item| item.and_then(|item| item.text()) == Ok(name)))
}
