//! The health insurance card.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use ciborium::Value;

use super::table::{Space, Usual};
use super::value::{OfValue, array_of, map, text_field};
use super::{
    BirthDate, Date, ElementFault, ElementSpec, InvalidElement, NationalNumber, Presence, Privacy,
    Profile, Shown, ValueType,
};
use crate::mdoc::{Element, ElementId, NameSpace, parse_tdate};

pub(super) const ISO: &str = "org.iso.23220.1";

/// OIDs of kinds of health identifiers: national, national for now, of tests, of demonstrations.
const HEALTH_ID_TYPES: &[&str] = &[
    "1.2.250.1.213.1.4.8",
    "1.2.250.1.213.1.4.9",
    "1.2.250.1.213.1.4.10",
    "1.2.250.1.213.1.4.11",
];

/// Of tests, and of demonstrations: such a person is nobody.
const FOR_SHOW: &[&str] = &["1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"];

profile! {
    HealthCard, HealthCardView;

    /// The family name in use.
    Iso family_name: Text(150), Mandatory, Low, [P D H A G];
    /// The given name in use.
    Iso given_name: Text(150), Mandatory, Low, [P D H A G];
    /// The day of birth, or the nearest day of the calendar.
    Iso birth_date: Date, Mandatory, Medium, [P D H A G];
    /// 0 not known, 1 male, 2 female, 9 not applicable (ISO/IEC 5218).
    Iso sex: OneOf(&[0, 1, 2, 9]), Optional, Low, [D H];
    /// A photograph.
    Iso portrait: Jpeg, Mandatory, Medium, [DOPT H];
    /// The family name at birth.
    Iso name_at_birth: Text(150), Optional, Medium, [H];
    /// Since when there is this card.
    Iso issue_date: Date, Mandatory, Low, [E P D H A G];
    /// Until when the person has this card, which outlives the MSO: the date that is printed on plastic.
    Iso expiry_date: Date, Mandatory, Low, [E P D H A G];
    /// Who issued it.
    Iso issuing_authority: Text(150), Mandatory, Low, [P D H A G];
    /// The country of who issued it.
    Iso issuing_country: Country, Mandatory, Low, [P D H A G];
    /// The number that is printed on plastic.
    Iso document_number: Text(50), Mandatory, Medium, [E P D H G];
    /// The national number of the insured person.
    Ins personal_administrative_number: NationalNumber, Mandatory, High, [E P D H G];
    /// The national health identity of the person.
    Ins health_id: NationalNumber, Mandatory, High, [P D H];
    /// What kind of health identity it is.
    Ins health_id_type: OneOfTexts(HEALTH_ID_TYPES), Mandatory, Low, [P D H];
    /// 0 insured, 1 ascendant or descendant, 2 spouse, 3 divorced, 4 cohabitant, 5 separated, 6 child, 7 other household, 8 widowed, 9 other.
    Ins beneficiary_role: Between(0, 9), Mandatory, Medium, [P D H G];
    /// The fund that pays.
    Ins competent_institution_id: Institution, Mandatory, Low, [E P D H G];
    /// Since when there are rights.
    Ins starting_date: Date, Mandatory, Low, [E P D H G];
    /// Until when there are rights, this day included.
    Ins ending_date: Date, Mandatory, Low, [E P D H G];
    /// When the rights were last looked up.
    Ins rights_checked_at: DateTime, Mandatory, Low, [E P D H G];
    /// 0 a real card, 1 one for tests, 2 one for demonstrations: these are never billed.
    Ins card_kind: Between(0, 2), Mandatory, Low, [E P D H A G];
    /// What the law makes of this attestation.
    Ins attestation_legal_category: Text(50), Optional, Low, [];
    /// The insurance scheme.
    Fr regime_code: Digits(2), Mandatory, Low, [E P D H G];
    /// The fund.
    Fr fund_code: Digits(3), Mandatory, Low, [P D H G];
    /// The centre of the fund.
    Fr centre_code: Digits(4), Mandatory, Low, [P D H G];
    /// How the file is managed.
    Fr management_code: Digits(2), Mandatory, Low, [P D H G];
    /// Which of those born together, 1 to 6; 1 where there is no twin.
    Fr birth_rank: Between(1, 6), Mandatory, Medium, [P D H G];
    /// Why there is no share to pay: 0 there is one, 4 long illness, 5, 9 other reasons.
    Fr exemption_code: OneOf(&[0, 4, 5, 9]) = Zero, Mandatory, High, [P D H];
    /// Until when there is no share to pay.
    Fr exemption_until: DateOrNull = Null, Mandatory, High, [P D H];
    /// What is covered, in percent.
    Fr coverage_rate: Between(0, 100), Mandatory, High, [P D H];
    /// Whether a long illness is covered in full; never which.
    Fr ald: Bool = False, Mandatory, High, [P D H];
    /// Whether there is the complementary cover of small incomes.
    Fr c2s: Bool = False, Mandatory, High, [P D H];
    /// Whether the local scheme of Alsace and Moselle applies.
    Fr alsace_moselle: Bool = False, Mandatory, Low, [P D H G];
    /// Whether maternity is covered.
    Fr maternity: Bool = False, Mandatory, High, [P D H];
    /// The complementary insurer.
    Fr amc_id: CodeOrNull(10) = Null, Mandatory, Medium, [P D H G];
    /// The person's number with it.
    Fr amc_member_number: CodeOrNull(20) = Null, Mandatory, Medium, [P D H G];
    /// Since when there is a complementary cover.
    Fr amc_from: DateOrNull = Null, Mandatory, Low, [P D H G];
    /// Until when there is a complementary cover.
    Fr amc_until: DateOrNull = Null, Mandatory, Low, [P D H G];
    /// How claims find the complementary insurer.
    Fr amc_routing_code: CodeOrNull(10) = Null, Mandatory, Low, [P D H G];
    /// Whether there is an attending physician; not who.
    Fr has_attending_physician: Bool, Mandatory, Medium, [D H];
    /// All given names at birth.
    Fr birth_given_names: Text(150), Optional, Medium, [H];
    /// The place of birth.
    Fr birth_insee_code: Code(5), Optional, Medium, [H];
    /// The day of birth as registers have it, where it is in no calendar: YYYYMMDD.
    Fr birth_date_raw: Digits(8), Optional, Medium, [P D H];
    /// Whether there were rights when they were last looked up.
    Drv rights_open: Bool, Mandatory, Low, [E P D H A G];
    /// Whether the person was 16 when the card was issued.
    Drv age_over_16: Bool, Optional, Low, [];
    /// Whether the person was 18 when the card was issued.
    Drv age_over_18: Bool, Optional, Low, [];
    /// Whether nothing is to be paid at the counter; not why. The issuer says so, and nothing checks it.
    Drv full_cost_covered: Bool, Mandatory, Medium, [G];

    others {
        /// Up to three accidents at work that are covered.
        Fr work_accidents: WorkAccidents = Empty, Mandatory, High, [D H];
    }
}

/// One covered accident at work: codes of 1 to 9 characters.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the map is closed")]
pub struct WorkAccident {
    /// The fund.
    pub fund: String,
    /// The code of the cover.
    pub code: String,
    /// The accident's number.
    pub id: String,
}

/// What a health insurance card says, as its issuer puts it together.
///
/// What the table wants of each card must be given, but for `rights_open`, which follows from the
/// dates, and for what has a usual value. Codes are text, and keep their zeros.
///
/// ```
/// use vitacard::profile::{BirthDate, Date, HealthCard, Profile};
/// use vitacard::unix_time;
/// let date = |text| Date::parse(text).unwrap();
/// let card = HealthCard::new()
///     .family_name("Martin").given_name("Camille")
///     .born(&BirthDate::parse("19500302").unwrap())
///     .portrait(&[0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9]) // a JPEG
///     .issue_date(date("2026-05-20")).expiry_date(date("2031-05-19"))
///     .issuing_authority("Cnam").issuing_country("FR").document_number("8025000000")
///     .personal_administrative_number("250037511100592")
///     .health_id("250037511100592").health_id_type("1.2.250.1.213.1.4.8")
///     .beneficiary_role(0).competent_institution_id("FR:01751").card_kind(0)
///     .starting_date(date("2026-01-01")).ending_date(date("2026-12-31"))
///     .rights_checked_at(unix_time(1_780_272_000))
///     .regime_code("01").fund_code("751").centre_code("0001").management_code("10")
///     .birth_rank(1).coverage_rate(70)
///     .has_attending_physician(true).full_cost_covered(false);
/// let profile = Profile::health_insurance();
/// assert_eq!(card.elements(&profile)?.len(), 39);
///
/// let card = HealthCard::new().family_name("Martin").fund_code("75");
/// let missing = card.elements(&profile).unwrap_err();
/// assert_eq!(missing.to_string(), "given_name is missing");
/// # Ok::<(), vitacard::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct HealthCard(BTreeMap<&'static str, Value>);

impl HealthCard {
    /// `birth_date`, and `birth_date_raw` where it is in no calendar.
    #[must_use]
    pub fn born(self, birth: &BirthDate) -> Self {
        let mut card = self.birth_date(birth.nearest());
        match birth.raw() {
            Some(raw) => card.birth_date_raw(raw),
            None => {
                card.0.remove("birth_date_raw");
                card
            }
        }
    }

    /// Up to three accidents at work that are covered.
    #[must_use]
    pub fn work_accidents(self, accidents: &[WorkAccident]) -> Self {
        let accidents = accidents.iter().map(|accident| {
            map([
                ("fund", accident.fund.as_str().into()),
                ("code", accident.code.as_str().into()),
                ("id", accident.id.as_str().into()),
            ])
        });
        self.with("work_accidents", Value::Array(accidents.collect()))
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
        checked(&self.completed(), profile, ELEMENTS, contradiction)
    }

    /// With `rights_open` as the dates have it, if it was not given.
    fn completed(&self) -> BTreeMap<&'static str, Value> {
        let mut values = self.0.clone();
        if let Some(open) = rights_open(&values) {
            values.entry("rights_open").or_insert_with(|| open.into());
        }
        values
    }
}

/// All elements of a card, each as the table has it.
pub(super) fn checked<'p>(
    given: &BTreeMap<&'static str, Value>,
    profile: &'p Profile,
    table: &'static [ElementSpec],
    contradiction: impl Fn(&BTreeMap<&'static str, Value>) -> Option<&'static str>,
) -> Result<Vec<(NameSpace<'p>, ElementId<'static>, Value)>, InvalidElement> {
    let mut elements = Vec::new();
    for row in table {
        let fault = |fault| InvalidElement::new(row.id, fault);
        let value = match given.get(row.id) {
            Some(value) => value.clone(),
            None => match (row.usual.value(), row.presence) {
                (Some(usual), _) => usual,
                (None, Presence::Optional) => continue,
                (None, Presence::Mandatory) => return Err(fault(ElementFault::Missing)),
            },
        };
        row.value.check(&value).map_err(fault)?;
        elements.push((profile.name_space(row), ElementId::of(row.id), value));
    }
    match contradiction(given) {
        Some(id) => Err(InvalidElement::new(id, ElementFault::Contradiction)),
        None if profile.is(table) => Ok(elements),
        // The builder of one card, with the profile of another.
        None => Err(InvalidElement::new("docType", ElementFault::Contradiction)),
    }
}

impl Usual {
    fn value(self) -> Option<Value> {
        match self {
            Self::Nothing => None,
            Self::False => Some(false.into()),
            Self::Zero => Some(0.into()),
            Self::Null => Some(Value::Null),
            Self::Empty => Some(Value::Array(Vec::new())),
        }
    }
}

fn date(values: &BTreeMap<&'static str, Value>, id: &str) -> Option<Date> {
    let (_, text) = values.get(id)?.as_tag()?;
    Date::parse(text.as_text()?)
}

fn rights_open(values: &BTreeMap<&'static str, Value>) -> Option<bool> {
    let (_, text) = values.get("rights_checked_at")?.as_tag()?;
    let checked = Date::of(parse_tdate(text.as_text()?)?)?;
    let (from, until) = (date(values, "starting_date")?, date(values, "ending_date")?);
    Some((from..=until).contains(&checked))
}

/// Two that cannot both be so.
fn contradiction(values: &BTreeMap<&'static str, Value>) -> Option<&'static str> {
    let later = |from, until, id| {
        let (from, until) = (date(values, from)?, date(values, until)?);
        (from > until).then_some(id)
    };
    let open = values.get("rights_open").and_then(Value::as_bool);
    let exempt = values.get("exemption_code").and_then(Value::as_integer);
    let long_illness = exempt == Some(4.into());
    let exempt = exempt.is_some_and(|code| code != 0.into());
    let text = |id: &str| values.get(id).and_then(Value::as_text);
    let raw = text("birth_date_raw").map(|raw| BirthDate::parse(raw).map(|birth| birth.nearest()));
    let real = values.get("card_kind").and_then(Value::as_integer) == Some(0.into());
    let shown = text("health_id_type").is_some_and(|kind| FOR_SHOW.contains(&kind));
    let ald = values.get("ald").and_then(Value::as_bool) == Some(true);
    let named = |id| values.get(id).is_some_and(|value: &Value| !value.is_null());
    later("issue_date", "expiry_date", "expiry_date")
        .or_else(|| later("birth_date", "issue_date", "birth_date"))
        .or_else(|| later("starting_date", "ending_date", "ending_date"))
        .or_else(|| later("amc_from", "amc_until", "amc_until"))
        .or_else(|| (open.is_some() && open != rights_open(values)).then_some("rights_open"))
        .or_else(|| (named("exemption_until") && !exempt).then_some("exemption_until"))
        .or_else(|| (ald && !exempt || long_illness && !ald).then_some("ald"))
        .or_else(|| {
            raw.is_some_and(|raw| raw != date(values, "birth_date"))
                .then_some("birth_date_raw")
        })
        .or_else(|| (real && shown).then_some("card_kind"))
        .or_else(|| (named("amc_member_number") && !named("amc_id")).then_some("amc_member_number"))
}

/// A health insurance card that was verified, read by the names of its table.
///
/// Only [`VerifiedDocument::health`](crate::reader::VerifiedDocument::health) makes one, of the
/// elements of one document. `None` of an element that was not shown, or is not as the table has it.
#[derive(Clone, Debug)]
pub struct HealthCardView<'d> {
    profile: &'d Profile,
    elements: Vec<&'d Element<'d>>,
}

impl HealthCardView<'_> {
    /// Up to three accidents at work that are covered.
    #[must_use]
    pub fn work_accidents(&self) -> Option<Vec<WorkAccident>> {
        let accidents = array_of(found(self.profile, &self.elements, "work_accidents")?.value())?;
        let accidents = accidents.iter().map(|accident| {
            let accident = accident.as_map()?;
            Some(WorkAccident {
                fund: text_field(accident, "fund")?,
                code: text_field(accident, "code")?,
                id: text_field(accident, "id")?,
            })
        });
        accidents.collect()
    }

    /// The national number of the insured person, if it is one.
    #[must_use]
    pub fn national_number(&self) -> Option<NationalNumber> {
        NationalNumber::parse(self.personal_administrative_number()?).ok()
    }

    /// Whether it says that it is for tests or demonstrations.
    pub(crate) fn is_for_show(&self) -> bool {
        let person = self.health_id_type();
        self.card_kind().is_some_and(|kind| kind != 0)
            || person.is_some_and(|kind| FOR_SHOW.contains(&kind))
    }
}

/// The element of that row of the table, if it is as the table has it: an issuer with another program
/// may have signed what ours would not.
pub(super) fn found<'d>(
    profile: &Profile,
    elements: &[&'d Element<'d>],
    id: &str,
) -> Option<&'d Element<'d>> {
    let row = profile.element(id)?;
    let name_space = profile.name_space(row);
    let mut elements = elements.iter().copied();
    let element =
        elements.find(|element| *element.name_space() == name_space && *element.id() == *id)?;
    let value = element.value().to_value()?;
    row.value.check(&value).is_ok().then_some(element)
}
