//! Who a reader is, and what it may be shown at most.

use super::{ElementSpec, Profile};
use crate::mdoc::DocRequest;
use crate::mdoc::{ElementId, NameSpace};

/// What a reader may be shown at most, by the profession that its certificate names.
///
/// The profession is the extension 1.2.250.1.71.1.2.7 of the reader's certificate, one UTF8String,
/// not critical.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the profile has five")]
pub enum Ceiling {
    /// A: not proven a professional.
    Administrative,
    /// E: asks whether somebody is insured.
    Eligibility,
    /// P: a pharmacist or a nurse.
    Pharmacist,
    /// D: a doctor or a dentist.
    Doctor,
    /// H: a hospital's admission desk.
    Hospital,
}

impl Ceiling {
    /// Of a profession's code. What is not known is no professional.
    #[must_use]
    pub fn of_profession(code: Option<&str>) -> Self {
        match code {
            Some("10" | "40") => Self::Doctor,
            Some("21" | "60") => Self::Pharmacist,
            Some("hospital") => Self::Hospital,
            Some("eligibility") => Self::Eligibility,
            _ => Self::Administrative,
        }
    }

    /// Whether such a reader may have it.
    #[must_use]
    pub const fn admits_element(self, element: &ElementSpec) -> bool {
        element.shown.admits(self)
    }

    /// Whether such a reader may have an element of `profile`. What the profile does not know, nobody
    /// may have.
    #[must_use]
    pub fn admits(self, profile: &Profile, name_space: &NameSpace<'_>, id: &ElementId<'_>) -> bool {
        let element = profile.element_in(name_space.as_str(), id.as_str());
        element.is_some_and(|element| self.admits_element(element))
    }

    /// What a request for such a card asks for beyond it. The wallet leaves it out, and says so.
    pub fn beyond<'r>(
        self,
        profile: &'r Profile,
        request: &'r DocRequest<'r>,
    ) -> impl Iterator<Item = (NameSpace<'r>, ElementId<'r>)> {
        let asked = request
            .elements()
            .map(|(name_space, id, _)| (name_space, id));
        asked.filter(move |(name_space, id)| !self.admits(profile, name_space, id))
    }
}
