//! What an issuer is told, by the name of the element.

use vitacard::profile::{ElementFault, HealthCard, Presence, Profile, WorkAccident};
use vitacard::{Error, Misuse, unix_time};

use crate::lending::NOW;
use crate::world::*;

pub(crate) fn fault(card: &HealthCard) -> (&'static str, ElementFault) {
    let fault = card.elements(&Profile::health_insurance()).unwrap_err();
    assert_eq!(Error::from(fault), Misuse::InvalidElement.into());
    (fault.element(), fault.fault())
}

#[test]
fn each_element_that_is_missing() {
    let card = HealthCard::new();
    let named = card.elements(&Profile::health_insurance()).unwrap_err();
    assert_eq!(named.to_string(), "family_name is missing");
    // All others of the table, one at a time: what is optional or usual is not missed.
    let profile = Profile::health_insurance();
    let complete = adult().elements(&profile).unwrap();
    let mandatory = profile.elements().iter();
    let mandatory = mandatory.filter(|element| element.presence == Presence::Mandatory);
    assert_eq!(complete.len(), mandatory.count());
    let named = HealthCard::new()
        .family_name("Martin")
        .given_name("Camille");
    let born = named.clone().birth_date(date("1950-03-02"));
    for (card, expected) in [(named, "birth_date"), (born, "portrait")] {
        assert_eq!(fault(&card), (expected, ElementFault::Missing));
    }
}

#[test]
fn each_element_that_is_wrong() {
    let accident = WorkAccident {
        fund: "1234567890".into(),
        code: "A".into(),
        id: "1".into(),
    };
    use ElementFault::{Characters, CheckDigits, Contradiction, Image, Length, Value};
    let rows: [(HealthCard, &str, ElementFault); 26] = [
        (adult().family_name(""), "family_name", Length),
        (adult().given_name("Ca\u{7}mille"), "given_name", Characters),
        (adult().sex(3), "sex", Value),
        (adult().portrait(b"GIF89a"), "portrait", Image),
        (adult().issuing_country("France"), "issuing_country", Length),
        (
            adult().personal_administrative_number("250037511100593"),
            "personal_administrative_number",
            CheckDigits,
        ),
        (adult().health_id("25003751110059"), "health_id", Length),
        (adult().health_id_type("1.2.3"), "health_id_type", Value),
        (adult().beneficiary_role(10), "beneficiary_role", Value),
        (
            adult().competent_institution_id("01751"),
            "competent_institution_id",
            Characters,
        ),
        (adult().card_kind(3), "card_kind", Value),
        (adult().regime_code("1"), "regime_code", Length),
        (adult().fund_code("75A"), "fund_code", Characters),
        (adult().birth_rank(0), "birth_rank", Value),
        (adult().birth_rank(7), "birth_rank", Value),
        (adult().exemption_code(1), "exemption_code", Value),
        (adult().coverage_rate(101), "coverage_rate", Value),
        (adult().amc_id(Some("")), "amc_id", Length),
        (
            adult().work_accidents(&[accident]),
            "work_accidents",
            Length,
        ),
        (
            adult().expiry_date(date("2026-05-19")),
            "expiry_date",
            Contradiction,
        ),
        (
            adult().birth_date(date("2026-05-21")),
            "birth_date",
            Contradiction,
        ),
        (
            adult().ending_date(date("2025-12-31")),
            "ending_date",
            Contradiction,
        ),
        (adult().rights_open(false), "rights_open", Contradiction),
        (adult().ald(true), "ald", Contradiction),
        (
            adult().exemption_until(Some(date("2028-01-31"))),
            "exemption_until",
            Contradiction,
        ),
        (
            adult().amc_member_number(Some("1")),
            "amc_member_number",
            Contradiction,
        ),
    ];
    for (card, element, expected) in rows {
        assert_eq!(fault(&card), (element, expected));
    }
    let amc = adult()
        .amc_from(Some(date("2026-02-01")))
        .amc_until(Some(date("2026-01-31")));
    assert_eq!(fault(&amc), ("amc_until", Contradiction));
}

/// Rights were open on the day when they were looked up, and not on the day when the card is read.
#[test]
fn rights_follow_from_the_dates() {
    let closed = adult().rights_checked_at(unix_time(NOW + 300 * 86_400));
    let profile = Profile::health_insurance();
    let elements = closed.elements(&profile).unwrap();
    let open = elements
        .iter()
        .find(|(_, id, _)| id.as_str() == "rights_open");
    assert_eq!(open.unwrap().2, false.into());
    assert!(
        closed
            .clone()
            .rights_open(false)
            .elements(&Profile::health_insurance())
            .is_ok()
    );
    assert_eq!(
        fault(&closed.rights_open(true)),
        ("rights_open", ElementFault::Contradiction)
    );
}

#[test]
fn the_builder_of_another_card() {
    let fault = adult().elements(&Profile::ehic()).unwrap_err();
    assert_eq!(
        (fault.element(), fault.fault()),
        ("docType", ElementFault::Contradiction)
    );
}

#[test]
fn nobody_is_in_a_log() {
    let printed = format!(
        "{:?} {:?}",
        adult(),
        vitacard::profile::NationalNumber::parse("250037511100592")
    );
    assert!(
        !printed.contains("Martin") && !printed.contains("25003"),
        "{printed}"
    );
}

#[test]
fn the_page_is_as_generated() {
    let anew = "cargo run --example generate_profile -- docs/profile.md";
    let file = include_str!("../../docs/profile.md");
    assert!(
        file == crate::profile_page::page(),
        "docs/profile.md is old: {anew}"
    );
}
