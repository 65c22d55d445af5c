//! The European health insurance card, as the reference issuer of the European wallet has it.
//!
//! There is no rulebook of it yet. An array or a map is shown whole or not at all: its `subject`
//! tells the day of birth with the name.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use ciborium::Value;

use super::date::full_date;
use super::health::{checked, found};
use super::table::{Space, Usual};
use super::value::{OfValue, date_field, map, text_field};
use super::{Date, ElementSpec, InvalidElement, Presence, Privacy, Profile, Shown, ValueType};
use crate::mdoc::{Element, ElementId, NameSpace};

pub(super) const NAME: &str = "eu.europa.ec.eudi.ehic.1";

profile! {
    EhicCard, EhicCardView;

    /// The number of the insured person.
    Only social_security_pin: Text(150), Mandatory, High, [E P D H];
    /// Since when there are rights.
    Only starting_date: Date, Mandatory, Low, [E P D H];
    /// Until when there are rights, this day included.
    Only ending_date: Date, Mandatory, Low, [E P D H];
    /// The card's own number.
    Only document_id: Text(50), Mandatory, Medium, [E P D H];
    /// Since when there is this card.
    Only issuance_date: Date, Mandatory, Low, [E P D H A];
    /// Until when there is this card.
    Only expiry_date: Date, Mandatory, Low, [E P D H A];
    /// Who issued it.
    Only issuing_authority: Text(150), Mandatory, Low, [E P D H A];
    /// The country of who issued it.
    Only issuing_country: Country, Mandatory, Low, [E P D H A];

    others {
        /// In whose name the card is.
        Only credential_holder: Person, Mandatory, Medium, [P D H];
        /// Who is insured.
        Only subject: Person, Mandatory, Medium, [P D H];
        /// The fund that pays.
        Only competent_institution: CompetentInstitution, Mandatory, Low, [E P D H];
    }
}

/// A person in a European card.
#[derive(Clone, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the map is closed")]
pub struct Insured {
    /// The family name.
    pub family_name: String,
    /// The given name.
    pub given_name: String,
    /// The day of birth.
    pub birth_date: Date,
}

/// Who is insured is nothing for a log.
impl fmt::Debug for Insured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Insured(..)")
    }
}

/// The fund of a European card.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the map is closed")]
pub struct CompetentInstitution {
    /// Its number.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its country.
    pub country: String,
}

/// What a European health insurance card says, as its issuer puts it together.
#[derive(Clone, Default)]
pub struct EhicCard(BTreeMap<&'static str, Value>);

impl EhicCard {
    /// In whose name the card is.
    #[must_use]
    pub fn credential_holder(self, holder: &Insured) -> Self {
        self.with("credential_holder", person(holder))
    }

    /// Who is insured.
    #[must_use]
    pub fn subject(self, subject: &Insured) -> Self {
        self.with("subject", person(subject))
    }

    /// The fund that pays.
    #[must_use]
    pub fn competent_institution(self, fund: &CompetentInstitution) -> Self {
        let name = fund.name.as_deref().map_or(Value::Null, Value::from);
        let fund = map([
            ("institution_id", fund.id.as_str().into()),
            ("institution_name", name),
            ("country_code", fund.country.as_str().into()),
        ]);
        self.with("competent_institution", fund)
    }

    /// What an issuer signs, in the order of the table.
    ///
    /// # Errors
    /// [`InvalidElement`] for the first of the table that is missing, not as the table has it, or
    /// contradicted by another.
    pub fn elements<'p>(
        &self,
        profile: &'p Profile,
    ) -> Result<Vec<(NameSpace<'p>, ElementId<'static>, Value)>, InvalidElement> {
        checked(&self.0, profile, ELEMENTS, |values| {
            let date = |id: &str| Date::parse(values.get(id)?.as_tag()?.1.as_text()?);
            let later = |from, until| date(from) > date(until);
            later("starting_date", "ending_date")
                .then_some("ending_date")
                .or_else(|| later("issuance_date", "expiry_date").then_some("expiry_date"))
        })
    }
}

fn person(person: &Insured) -> Value {
    map([
        ("family_name", person.family_name.as_str().into()),
        ("given_name", person.given_name.as_str().into()),
        ("birth_date", full_date(person.birth_date)),
    ])
}

/// A European health insurance card that was verified, read by the names of its table.
///
/// Only [`VerifiedDocument::ehic`](crate::reader::VerifiedDocument::ehic) makes one, of the elements
/// of one document. `None` of an element that was not shown, or is not as the table has it.
#[derive(Clone, Debug)]
pub struct EhicCardView<'d> {
    profile: &'d Profile,
    elements: Vec<&'d Element<'d>>,
}

impl EhicCardView<'_> {
    /// In whose name the card is.
    #[must_use]
    pub fn credential_holder(&self) -> Option<Insured> {
        self.person("credential_holder")
    }

    /// Who is insured.
    #[must_use]
    pub fn subject(&self) -> Option<Insured> {
        self.person("subject")
    }

    /// The fund that pays.
    #[must_use]
    pub fn competent_institution(&self) -> Option<CompetentInstitution> {
        let fund = self.fields("competent_institution")?;
        Some(CompetentInstitution {
            id: text_field(&fund, "institution_id")?,
            name: text_field(&fund, "institution_name"),
            country: text_field(&fund, "country_code")?,
        })
    }

    fn person(&self, id: &str) -> Option<Insured> {
        let person = self.fields(id)?;
        Some(Insured {
            family_name: text_field(&person, "family_name")?,
            given_name: text_field(&person, "given_name")?,
            birth_date: date_field(&person, "birth_date")?,
        })
    }

    fn fields(&self, id: &str) -> Option<Vec<(Value, Value)>> {
        let element = found(self.profile, &self.elements, id)?;
        element.value().to_value()?.into_map().ok()
    }
}
