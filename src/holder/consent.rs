//! What the holder agrees to show.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::mdoc::{DocRequest, DocType, ElementId, NameSpace};

/// What the holder agrees to show. Nothing, unless it is allowed here by name.
///
/// It is given for one request. What is allowed and not asked for is not shown, and there is no way
/// to allow what may be asked later.
///
/// ```
/// use vitacard::holder::Consent;
/// use vitacard::{DocType, ElementId, NameSpace};
/// let card = DocType::new("org.iso.18013.5.1.mDL")?;
/// let (name_space, name) = (NameSpace::new("org.iso.18013.5.1")?, ElementId::new("family_name")?);
/// let consent = Consent::none().allow(card.clone(), name_space.clone(), name.clone());
/// assert!(consent.allows(&card, &name_space, &name));
/// assert!(!consent.allows(&card, &name_space, &ElementId::new("portrait")?));
/// # Ok::<(), vitacard::Error>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Consent {
    /// Each name once: a reader may ask for a thousand elements of a name space with a long name.
    allowed: BTreeMap<DocType<'static>, NameSpaces>,
}

type NameSpaces = BTreeMap<NameSpace<'static>, BTreeSet<ElementId<'static>>>;

impl Consent {
    /// To nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            allowed: BTreeMap::new(),
        }
    }

    /// Also to element `id` of `name_space`, on cards of type `doc_type`.
    #[must_use]
    pub fn allow(
        mut self,
        doc_type: DocType<'_>,
        name_space: NameSpace<'_>,
        id: ElementId<'_>,
    ) -> Self {
        let name_spaces = self.allowed.entry(doc_type.into_owned()).or_default();
        let ids = name_spaces.entry(name_space.into_owned()).or_default();
        ids.insert(id.into_owned());
        self
    }

    /// Also to everything that `request` asks for: for a holder who saw the whole list.
    #[must_use]
    pub fn everything_asked(self, request: &DocRequest<'_>) -> Self {
        request
            .elements()
            .fold(self, |consent, (name_space, id, _)| {
                consent.allow(request.doc_type(), name_space, id)
            })
    }

    /// Whether it covers element `id` of `name_space` on a card of type `doc_type`.
    #[must_use]
    pub fn allows(
        &self,
        doc_type: &DocType<'_>,
        name_space: &NameSpace<'_>,
        id: &ElementId<'_>,
    ) -> bool {
        let name_spaces = self.allowed.get(doc_type);
        let ids = name_spaces.and_then(|name_spaces| name_spaces.get(name_space));
        ids.is_some_and(|ids| ids.contains(id))
    }
}
