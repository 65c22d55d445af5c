//! What the fund's books say of a mother and her grown daughter.

use vitacard::UnixTime;
use vitacard::profile::{BirthDate, Date, HealthCard};

use super::Fallible;
use super::pictures::portrait;

/// The tone of their hair, by which their portraits differ.
pub(crate) const MOTHERS_HAIR: u8 = 160;
pub(crate) const DAUGHTERS_HAIR: u8 = 50;

/// Insured in her own right, at 70 percent.
pub(crate) fn mother(checked: UnixTime) -> Fallible<HealthCard> {
    let card = insured(checked)?
        .given_name("Camille")
        .born(&BirthDate::parse("19500302").ok_or("a day of birth")?)
        .portrait(&portrait(MOTHERS_HAIR))
        .document_number("8025000000")
        .personal_administrative_number("250037511100592")
        .health_id("250037511100592");
    Ok(card.coverage_rate(70).full_cost_covered(false))
}

/// The same, once the fund pays for a long illness in full.
pub(crate) fn mother_with_long_illness(checked: UnixTime) -> Fallible<HealthCard> {
    let card = mother(checked)?.ald(true).exemption_code(4);
    let card = card.exemption_until(Some(day("2029-07-09")?));
    Ok(card.coverage_rate(100).full_cost_covered(true))
}

pub(crate) fn daughter(checked: UnixTime) -> Fallible<HealthCard> {
    let card = insured(checked)?
        .given_name("Anna")
        .born(&BirthDate::parse("19850714").ok_or("a day of birth")?)
        .portrait(&portrait(DAUGHTERS_HAIR))
        .document_number("8025000001")
        .personal_administrative_number("285077511100590")
        .health_id("285077511100590");
    Ok(card.coverage_rate(70).full_cost_covered(false))
}

/// What both cards say.
fn insured(checked: UnixTime) -> Fallible<HealthCard> {
    Ok(HealthCard::new()
        .family_name("Martin")
        .issue_date(day("2026-06-01")?)
        .expiry_date(day("2031-05-31")?)
        .issuing_authority("Utopia Health Fund")
        .issuing_country("FR")
        .health_id_type("1.2.250.1.213.1.4.8")
        .beneficiary_role(0)
        .competent_institution_id("FR:01751")
        .starting_date(day("2026-01-01")?)
        .ending_date(day("2026-12-31")?)
        .rights_checked_at(checked)
        .card_kind(0)
        .regime_code("01")
        .fund_code("751")
        .centre_code("0001")
        .management_code("10")
        .birth_rank(1)
        .has_attending_physician(true))
}

fn day(text: &str) -> Fallible<Date> {
    Ok(Date::parse(text).ok_or("a day")?)
}
