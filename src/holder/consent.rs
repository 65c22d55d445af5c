//! What the holder agrees to show.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::mdoc::{DocRequest, DocType, ElementId, NameSpace};
use crate::profile::{Ceiling, Profile};

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
    ceilings: Ceilings,
}

/// What readers may see at most, of cards of which kind.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Ceilings(Vec<(Profile, Ceiling)>);

impl Ceilings {
    /// Whether none of them is below it. A health card is under one whether or not somebody said so:
    /// a reader that proved no profession is nobody's.
    fn admit(
        &self,
        doc_type: &DocType<'_>,
        name_space: &NameSpace<'_>,
        id: &ElementId<'_>,
    ) -> bool {
        let mut said = self
            .0
            .iter()
            .filter(|(profile, _)| profile.doc_type() == *doc_type);
        let Some((profile, ceiling)) = said.next() else {
            let health = Profile::of_health_card(doc_type);
            return health
                .is_none_or(|profile| Ceiling::Administrative.admits(&profile, name_space, id));
        };
        ceiling.admits(profile, name_space, id)
            && said.all(|(profile, ceiling)| ceiling.admits(profile, name_space, id))
    }

    /// The same of what a device says in a name space of the card's profile. Of other name spaces a
    /// profile says nothing.
    pub(super) fn admit_from_device(
        &self,
        doc_type: &DocType<'_>,
        name_space: &NameSpace<'_>,
        id: &ElementId<'_>,
    ) -> bool {
        let health = Profile::of_health_card(doc_type);
        let mut profiles = self.0.iter().map(|(profile, _)| profile).chain(&health);
        let is_own = |profile: &Profile| {
            profile.doc_type() == *doc_type && profile.has_name_space(name_space)
        };
        !profiles.any(is_own) || self.admit(doc_type, name_space, id)
    }
}

type NameSpaces = BTreeMap<NameSpace<'static>, BTreeSet<ElementId<'static>>>;

impl Consent {
    /// To nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            allowed: BTreeMap::new(),
            ceilings: Ceilings(Vec::new()),
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

    /// Never more of a card of `profile` than `ceiling` admits, whatever was allowed or will be.
    ///
    /// Health cards are under [`Ceiling::Administrative`] where this is not called: what anybody may
    /// have who proved no profession. The ceiling is that of the reader's profession:
    /// [`VerifiedReader::ceiling`](crate::holder::VerifiedReader::ceiling), or
    /// [`Ceiling::Administrative`] for a reader that is not authenticated. Of several the lowest
    /// counts: what each of them admits.
    ///
    /// ```
    /// use vitacard::holder::Consent;
    /// use vitacard::profile::{Ceiling, Profile};
    /// use vitacard::{ElementId, NameSpace};
    /// let profile = Profile::health_insurance();
    /// let identity = NameSpace::new("org.iso.23220.1")?;
    /// let [name, portrait] = ["family_name", "portrait"].map(|id| ElementId::new(id).unwrap());
    /// let card = profile.doc_type();
    /// let consent = Consent::none().under(&profile, Ceiling::Pharmacist);
    /// let consent = consent.allow(card.clone(), identity.clone(), name.clone());
    /// let consent = consent.allow(card.clone(), identity.clone(), portrait.clone());
    /// assert!(consent.allows(&card, &identity, &name));
    /// assert!(!consent.allows(&card, &identity, &portrait));
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    #[must_use]
    pub fn under(mut self, profile: &Profile, ceiling: Ceiling) -> Self {
        self.ceilings.0.push((profile.clone(), ceiling));
        self
    }

    pub(super) const fn ceilings(&self) -> &Ceilings {
        &self.ceilings
    }

    /// What `request` asks for and is not covered: what the holder did not allow, and what is above
    /// the ceiling. The wallet leaves it out; this is for its screen.
    pub fn refused<'r>(
        &'r self,
        request: &'r DocRequest<'r>,
    ) -> impl Iterator<Item = (NameSpace<'r>, ElementId<'r>)> {
        let asked = request
            .elements()
            .map(|(name_space, id, _)| (name_space, id));
        asked.filter(|(name_space, id)| !self.allows(&request.doc_type(), name_space, id))
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
        ids.is_some_and(|ids| ids.contains(id)) && self.ceilings.admit(doc_type, name_space, id)
    }
}
