//! The table of a profile, which everything else reads.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Ceiling, ValueType, ehic, health};
use crate::error::Misuse;
use crate::mdoc::{DocType, ElementId, NameSpace};

/// One element of a profile.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ElementSpec {
    /// Which of the profile's name spaces it is in.
    pub(super) space: Space,
    /// Its identifier, which is in one name space of a profile alone.
    pub id: &'static str,
    /// What it is, in a sentence.
    pub doc: &'static str,
    /// Its CBOR type.
    pub value: ValueType,
    /// Whether each card has it.
    pub presence: Presence,
    /// What a card says of whom nothing is to be said.
    pub(super) usual: Usual,
    /// How much it tells.
    pub privacy: Privacy,
    /// To whom it may be shown.
    pub shown: Shown,
}

/// Digests of a name space come in multiples of this, such that of each there are equally many in all
/// cards of a profile; and no number of a digest has two bytes, so that items are of one length.
pub(crate) const DIGESTS: u16 = 12;

impl ElementSpec {
    /// As many bytes as the value seems to have.
    pub(crate) const fn seeming(&self) -> Option<usize> {
        self.value.longest()
    }
}

/// Whether each card has an element.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Presence {
    /// Each card.
    Mandatory,
    /// Some cards.
    Optional,
}

/// How much an element tells of a person.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the table has three grades")]
pub enum Privacy {
    /// Little.
    Low,
    /// What identifies, or can be misused.
    Medium,
    /// A national number, or what lets health be guessed.
    High,
}

/// What is said where the issuer says nothing: an element that only some have would tell who they are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Usual {
    Nothing,
    False,
    Zero,
    Null,
    Empty,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Space {
    /// `org.iso.23220.1`.
    Iso,
    /// The insurance.
    Ins,
    /// What France adds to it.
    Fr,
    /// Answers of yes and no.
    Drv,
    /// The only one of a profile of one.
    Only,
}

/// To whom an element may be shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shown(u8);

impl Shown {
    pub(super) const E: u8 = 1;
    pub(super) const P: u8 = 2;
    pub(super) const D: u8 = 4;
    pub(super) const H: u8 = 8;
    pub(super) const A: u8 = 16;
    pub(super) const G: u8 = 32;
    /// A doctor may have it, and does not usually ask.
    pub(super) const DOPT: u8 = 64;

    pub(super) const fn to(all: &[u8]) -> Self {
        let (mut shown, mut rest) = (0, all);
        while let [first, others @ ..] = rest {
            shown |= *first;
            rest = others;
        }
        Self(shown)
    }

    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Whether a reader may have it.
    #[must_use]
    pub const fn admits(self, ceiling: Ceiling) -> bool {
        self.usual(ceiling) || (self.has(Self::DOPT) && matches!(ceiling, Ceiling::Doctor))
    }

    /// Whether such a reader asks for it, if nobody says otherwise.
    #[must_use]
    pub const fn usual(self, ceiling: Ceiling) -> bool {
        self.has(match ceiling {
            Ceiling::Administrative => Self::A,
            Ceiling::Eligibility => Self::E,
            Ceiling::Pharmacist => Self::P,
            Ceiling::Doctor => Self::D,
            Ceiling::Hospital => Self::H,
        })
    }

    /// Whether it is lent if the holder does not choose.
    #[must_use]
    pub const fn lent(self) -> bool {
        self.has(Self::G)
    }
}

/// A kind of card: its document type, its name spaces and the table of its elements.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Profile {
    doc_type: DocType<'static>,
    /// By [`Space`]; a profile of one has one.
    spaces: Vec<(Space, NameSpace<'static>)>,
    table: Table,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Table {
    Health,
    Ehic,
}

impl Profile {
    /// The health insurance card, with names below `org.vitacard`.
    #[must_use]
    pub fn health_insurance() -> Self {
        let of = |name: &'static str| NameSpace::of(name);
        Self {
            doc_type: DocType::of("org.vitacard.health_insurance.1"),
            spaces: Vec::from([
                (Space::Iso, of(health::ISO)),
                (Space::Ins, of("org.vitacard.health_insurance.1")),
                (Space::Fr, of("org.vitacard.health_insurance.fr.1")),
                (Space::Drv, of("org.vitacard.health_insurance.derived.1")),
            ]),
            table: Table::Health,
        }
    }

    /// The same with names below `owner`, a domain written backwards that is yours: `fr.example`.
    ///
    /// # Errors
    /// [`Misuse::EmptyName`].
    pub fn health_insurance_of(owner: &str) -> Result<Self, Misuse> {
        if owner.is_empty() {
            return Err(Misuse::EmptyName);
        }
        let name = |rest: &str| format!("{owner}.health_insurance.{rest}");
        let space = |rest: &str| Ok(NameSpace::new(name(rest))?.into_owned());
        Ok(Self {
            doc_type: DocType::new(name("1"))?.into_owned(),
            spaces: Vec::from([
                (Space::Iso, NameSpace::of(health::ISO)),
                (Space::Ins, space("1")?),
                (Space::Fr, space("fr.1")?),
                (Space::Drv, space("derived.1")?),
            ]),
            table: Table::Health,
        })
    }

    /// The profile of health insurance cards of that type, whoever their owner is.
    pub(crate) fn of_health_card(doc_type: &DocType<'_>) -> Option<Self> {
        let owner = doc_type.as_str().strip_suffix(".health_insurance.1")?;
        Self::health_insurance_of(owner).ok()
    }

    /// Whether a name space is one of the profile's own.
    pub(crate) fn has_name_space(&self, name_space: &NameSpace<'_>) -> bool {
        self.spaces.iter().any(|(_, own)| own == name_space)
    }

    /// The European health insurance card, as the reference issuer of the European wallet has it.
    #[must_use]
    pub fn ehic() -> Self {
        Self {
            doc_type: DocType::of(ehic::NAME),
            spaces: Vec::from([(Space::Only, NameSpace::of(ehic::NAME))]),
            table: Table::Ehic,
        }
    }

    /// The document type of such cards.
    #[must_use]
    pub fn doc_type(&self) -> DocType<'_> {
        self.doc_type.borrowed()
    }

    /// The name spaces of such cards, in the order of the table.
    pub fn name_spaces(&self) -> impl Iterator<Item = NameSpace<'_>> {
        self.spaces.iter().map(|(_, name)| name.borrowed())
    }

    /// The table.
    #[must_use]
    pub const fn elements(&self) -> &'static [ElementSpec] {
        match self.table {
            Table::Health => health::ELEMENTS,
            Table::Ehic => ehic::ELEMENTS,
        }
    }

    /// One row of the table.
    #[must_use]
    pub fn element(&self, id: &str) -> Option<&'static ElementSpec> {
        self.elements().iter().find(|element| element.id == id)
    }

    /// The row of an element as messages name it.
    #[must_use]
    pub fn element_in(&self, name_space: &str, id: &str) -> Option<&'static ElementSpec> {
        let element = self.element(id)?;
        (self.name_space(element).as_str() == name_space).then_some(element)
    }

    /// What is lent if the holder does not choose: no more than a pharmacy needs, and nothing that lets
    /// health be guessed.
    pub fn lent(&self) -> impl Iterator<Item = (NameSpace<'_>, ElementId<'static>)> {
        let lent = self
            .elements()
            .iter()
            .filter(|element| element.shown.lent());
        lent.map(|element| (self.name_space(element), ElementId::of(element.id)))
    }

    /// In which name space an element of the table is.
    #[must_use]
    pub fn name_space(&self, element: &ElementSpec) -> NameSpace<'_> {
        let mut spaces = self.spaces.iter();
        let found = spaces.find(|(space, _)| *space == element.space);
        // Rows name the spaces of their own profile; those of another are in none of it.
        found.map_or(NameSpace::of(""), |(_, name)| name.borrowed())
    }

    pub(super) fn is(&self, elements: &'static [ElementSpec]) -> bool {
        core::ptr::eq(self.elements(), elements)
    }

    /// The table as Markdown: `docs/profile.md` is made of it.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut out = format!("docType `{}`\n\n", self.doc_type.as_str());
        out.push_str("| name space | element | value | each card | privacy | shown to | what |\n");
        out.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
        for element in self.elements() {
            let name_space = self.name_space(element);
            let presence = match (element.presence, element.usual) {
                (Presence::Optional, _) => "no",
                (Presence::Mandatory, Usual::Nothing) => "yes",
                (Presence::Mandatory, Usual::False) => "yes (false)",
                (Presence::Mandatory, Usual::Zero) => "yes (0)",
                (Presence::Mandatory, Usual::Null) => "yes (null)",
                (Presence::Mandatory, Usual::Empty) => "yes ([])",
            };
            out.push_str(&format!(
                "| `{}` | `{}` | {} | {presence} | {:?} | {} | {} |\n",
                name_space.as_str(),
                element.id,
                element.value,
                element.privacy,
                element.shown.letters(),
                element.doc.trim(),
            ));
        }
        out
    }
}

impl Shown {
    fn letters(self) -> String {
        let bits = [
            (Self::E, "E"),
            (Self::P, "P"),
            (Self::D, "D"),
            (Self::DOPT, "(D)"),
            (Self::H, "H"),
            (Self::A, "A"),
            (Self::G, "G"),
        ];
        let letters = bits.into_iter().filter(|(bit, _)| self.has(*bit));
        letters
            .map(|(_, letter)| letter)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

#[cfg(test)]
mod tests;
