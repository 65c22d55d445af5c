//! What an issuer, a wallet or a reader must not be talked into.

use ciborium::Value;
use proptest::prelude::*;
use vitacard::crypto::{Algorithm, RUSTCRYPTO};
use vitacard::holder::{Card, Consent, DeviceRequest};
use vitacard::issuer::{Draft, StatusReference};
use vitacard::profile::{
    BirthDate, Ceiling, Date, ElementFault, HealthCard, HealthCardView, NationalNumber, Profile,
    WorkAccident,
};
use vitacard::reader::{Billing, Conditions, NotBilled, Policy, StatusEvidence};
use vitacard::{ElementId, Misuse, NameSpace, Validity, unix_time};

use crate::fields::fault;
use crate::lending::*;
use crate::world::*;

fn window() -> Validity {
    Validity::new(unix_time(NOW - 10 * DAY), unix_time(NOW + 80 * DAY)).unwrap()
}

fn billing_of(world: &World, card: &Card, now: u64) -> Billing {
    let store = world.lists(now, &[], &[]);
    let response = world.show(card, MOTHER, Ceiling::Doctor).to_bytes();
    let verified = world.read(&response, Ceiling::Doctor, &store, now).unwrap();
    let document = verified.documents().next().unwrap();
    document.billing(&world.profile, unix_time(now), MONTH)
}

fn billing(card: &HealthCard) -> Billing {
    let world = World::new();
    billing_of(&world, &world.issue(card, MOTHER), NOW)
}

/// A builder that was filled for one person, and then for the next.
#[test]
fn nobody_keeps_the_raw_birth_of_another() {
    let lunar = BirthDate::parse("19581332").unwrap();
    let exact = BirthDate::parse("20190101").unwrap();
    let profile = Profile::health_insurance();
    let card = adult().born(&lunar).born(&exact);
    let elements = card.elements(&profile).unwrap();
    let raw = elements
        .iter()
        .find(|(_, id, _)| id.as_str() == "birth_date_raw");
    assert!(raw.is_none(), "{raw:?}");
}

/// Said one by one they contradict each other.
#[test]
fn a_raw_birth_that_is_another_day_is_a_contradiction() {
    let card = adult().birth_date_raw("20011332");
    assert_eq!(
        fault(&card),
        ("birth_date_raw", ElementFault::Contradiction)
    );
}

/// Looked up in a time to come, when they will be open; now they are not.
#[test]
fn rights_that_have_not_begun_are_not_billed() {
    let card = adult()
        .starting_date(date("2026-09-01"))
        .rights_checked_at(unix_time(NOW + 100 * DAY));
    let billing = billing(&card);
    assert_eq!(billing, Billing::Refused(NotBilled::NoRights));
}

/// It never grows old.
#[test]
fn rights_looked_up_in_a_time_to_come_are_not_fresh() {
    let card = adult().rights_checked_at(unix_time(NOW + 200 * DAY));
    let billing = billing(&card);
    assert!(!matches!(billing, Billing::Secured), "{billing:?}");
}

/// 1.2.250.1.213.1.4.10 and .11: identities of tests and demonstrations.
#[test]
fn a_demonstration_identity_is_no_real_card() {
    let world = World::new();
    for kind in ["1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"] {
        let card = adult().health_id_type(kind);
        assert_eq!(fault(&card), ("card_kind", ElementFault::Contradiction));
        // An issuer with another program signs it.
        let card = issue_with(&world, &adult(), "health_id_type", kind.into());
        let billing = billing_of(&world, &card, NOW);
        assert_eq!(billing, Billing::Refused(NotBilled::NotReal));
    }
}

#[test]
fn a_card_that_ended_long_ago_is_not_secured() {
    let card = adult()
        .issue_date(date("2020-01-01"))
        .expiry_date(date("2021-01-01"));
    let billing = billing(&card);
    assert!(!matches!(billing, Billing::Secured), "{billing:?}");
}

/// A card of an issuer with another program: the elements of `card`, one of them with another value.
fn issue_with(world: &World, card: &HealthCard, id: &str, value: Value) -> Card {
    let elements = card.elements(&world.profile).unwrap();
    let elements = elements
        .into_iter()
        .map(|(space, name, old)| match name.as_str() == id {
            true => (space, name, value.clone()),
            false => (space, name, old),
        });
    let draft = Draft::of_profile(&world.profile, elements, public_key(MOTHER), window())
        .with_status(StatusReference::status_list(PLACE, LIST))
        .with_delegation(any_policy().with_revocation_list(LOANS));
    world.insurer.accept(&world.insurer.issue(draft))
}

/// "`None` of an element that … is not as the table has it."
#[test]
fn what_is_not_as_the_table_has_it_is_not_shown() {
    let world = World::new();
    let tag = |tag, text: &str| Value::Tag(tag, Box::new(text.into()));
    let mut seen = Vec::new();
    for (id, value) in [
        ("rights_checked_at", tag(1004, "2026-05-31T00:00:00Z")),
        ("ending_date", tag(0, "2026-12-31")),
        ("coverage_rate", 1000.into()),
        ("beneficiary_role", 77.into()),
        ("family_name", "".into()),
        ("family_name", "x".repeat(5000).into()),
        ("fund_code", "1".into()),
        ("issuing_country", "\u{202e}FR".into()),
        ("portrait", Value::Bytes(b"GIF89a".to_vec())),
    ] {
        let card = issue_with(&world, &adult(), id, value);
        read_all(&world, &card, |view| {
            let shown = match id {
                "rights_checked_at" => view.rights_checked_at().is_some(),
                "ending_date" => view.ending_date().is_some(),
                "coverage_rate" => view.coverage_rate().is_some(),
                "beneficiary_role" => view.beneficiary_role().is_some(),
                "family_name" => view.family_name().is_some(),
                "fund_code" => view.fund_code().is_some(),
                "issuing_country" => view.issuing_country().is_some(),
                _ => view.portrait().is_some(),
            };
            if shown {
                seen.push(id);
            }
        });
    }
    assert!(seen.is_empty(), "{seen:#?}");
}

/// All that the issuer said, which no wallet shows to one reader.
fn read_all(world: &World, card: &Card, look: impl FnOnce(&HealthCardView<'_>)) {
    let (policy, store) = (Policy::default(), world.lists(NOW, &[], &[]));
    let conditions =
        Conditions::new(unix_time(NOW), &policy).with_status(StatusEvidence::of(&store));
    let reader = world.insurer.reader();
    let verified = reader.verify_issuer_signed(card.as_bytes(), &conditions);
    look(&verified.unwrap().health(&world.profile).unwrap());
}

/// The issuer lets the key sign a name space of the profile.
#[test]
fn no_device_element_is_above_the_ceiling() {
    let world = World::new();
    let fr = NameSpace::new("org.vitacard.health_insurance.fr.1").unwrap();
    let elements = adult().elements(&world.profile).unwrap();
    let draft = Draft::of_profile(&world.profile, elements, public_key(MOTHER), window())
        .with_status(StatusReference::status_list(PLACE, LIST))
        .with_key_authorizations([fr.clone()], []);
    let card = world.insurer.accept(&world.insurer.issue(draft));
    let asked = world.asking(Ceiling::Hospital);
    let request = DeviceRequest::parse(&asked).unwrap();
    let consent = consent(&request).under(&world.profile, Ceiling::Administrative);
    let unsigned = card.present(&request, &consent, &transcript()).unwrap();
    let ald = ElementId::new("ald").unwrap();
    let above = unsigned.with_device_element(fr, ald, true);
    assert_eq!(above.map(drop), Err(Misuse::AboveCeiling.into()));
}

/// Elements of one owner's profile in a card of another's: not padded, and nobody reads them back.
#[test]
fn elements_of_another_profile_make_no_card() {
    let (a, b) = (
        Profile::health_insurance(),
        Profile::health_insurance_of("fr.example").unwrap(),
    );
    let elements = adult().elements(&a).unwrap();
    let draft = Draft::of_profile(&b, elements, public_key(MOTHER), window())
        .with_status(StatusReference::status_list(PLACE, LIST));
    let made = draft.prepare(Algorithm::ES256, &RUSTCRYPTO, &mut Seeded(1));
    assert_eq!(made.map(drop), Err(Misuse::InvalidElement.into()));
}

/// 4 is long illness.
#[test]
fn an_exemption_for_a_long_illness_that_there_is_not() {
    let card = adult().exemption_code(4).ald(false);
    assert_eq!(fault(&card), ("ald", ElementFault::Contradiction));
}

/// The table wants five characters.
#[test]
fn a_place_of_birth_has_five_characters() {
    for (code, expected) in [
        ("7", ElementFault::Length),
        ("751", ElementFault::Length),
        ("\u{1f600}", ElementFault::Length),
        ("75 11", ElementFault::Characters),
    ] {
        let card = adult().birth_insee_code(code);
        assert_eq!(fault(&card), ("birth_insee_code", expected), "{code}");
    }
}

/// A holder who saw the list, and an app that forgot the ceiling, before a reader that proved nothing.
#[test]
fn a_health_card_is_not_shown_without_any_ceiling() {
    let world = World::new();
    let card = world.issue(&adult(), MOTHER);
    let asked = world.asking(Ceiling::Hospital);
    let request = DeviceRequest::parse(&asked).unwrap();
    let shown = card
        .present(&request, &consent(&request), &transcript())
        .unwrap();
    assert_eq!(shown.elements().count(), 9);
}

#[test]
fn owners_with_strange_names() {
    let mut taken = Vec::new();
    for owner in [
        " ",
        "a b",
        "a\n",
        ".",
        "fr..example",
        "\u{202e}",
        "A".repeat(5000).as_str(),
    ] {
        let Ok(profile) = Profile::health_insurance_of(owner) else {
            continue;
        };
        let elements = adult().elements(&profile).unwrap();
        let draft = Draft::of_profile(&profile, elements, public_key(MOTHER), window())
            .with_status(StatusReference::status_list(PLACE, LIST));
        let world = World::new();
        let bytes = world.insurer.issue(draft);
        let card = Card::accept(
            &bytes,
            &world.insurer.anchors(),
            &RUSTCRYPTO,
            unix_time(NOW),
        );
        if card.is_err() {
            taken.push((owner.len(), card.err()));
        }
    }
    assert!(taken.is_empty(), "{taken:?}");
}

/// Lengths as E, A and a delegate show them, with names of every length around the heads of CBOR.
#[test]
fn lengths_at_e_and_a_and_by_a_delegate() {
    let world = World::new();
    let accident = || WorkAccident {
        fund: "017510000".into(),
        code: "A".into(),
        id: "1".into(),
    };
    for len in [1, 23, 24, 120, 150] {
        let base = || adult().family_name(&"x".repeat(len));
        let people = [
            base(),
            base()
                .exemption_code(4)
                .ald(true)
                .coverage_rate(100)
                .exemption_until(Some(date("2028-01-31")))
                .full_cost_covered(true),
            base().c2s(true).coverage_rate(0),
            base().maternity(true),
            base().work_accidents(&[accident()]),
            base().work_accidents(&[accident(), accident(), accident()]),
        ];
        let mut all = Vec::new();
        for person in &people {
            let card = world.issue(person, MOTHER);
            let lent = world.lend(&card, 10 * DAY);
            let mut lengths = vec![
                card.as_bytes().len(),
                world.show_lent(&lent, NOW).unwrap().len(),
            ];
            for reader in [
                Ceiling::Administrative,
                Ceiling::Eligibility,
                Ceiling::Pharmacist,
                Ceiling::Doctor,
                Ceiling::Hospital,
            ] {
                lengths.push(world.show(&card, MOTHER, reader).to_bytes().len());
            }
            all.push(lengths);
        }
        assert!(
            all.iter().all(|lengths| *lengths == all[0]),
            "{len} {all:?}"
        );
    }
}

#[test]
fn national_numbers_at_the_edges() {
    // Keys 01 to 97, and 00 never.
    for n in 0..500_u32 {
        let first = format!("1900175{:06}", 111_000 + n);
        let number = NationalNumber::with_key(&first).unwrap();
        let key: u64 = number.as_str()[13..].parse().unwrap();
        assert!((1..=97).contains(&key));
        let value: u64 = first.parse().unwrap();
        assert_eq!((value + key) % 97, 0);
        let other = if key == 97 { 0 } else { key + 97 };
        if other < 100 {
            let wrong = format!("{first}{other:02}");
            assert!(NationalNumber::parse(&wrong).is_err(), "{wrong}");
        }
    }
    for first in [
        "1900120111005",
        "1903075111005",
        "1905075111005",
        "7900175111005",
    ] {
        assert!(NationalNumber::with_key(first).is_ok(), "{first}");
    }
    for first in [
        "190012a111005",
        "19001A2111005",
        "1900175A11005",
        "0900175111005",
    ] {
        assert!(NationalNumber::with_key(first).is_err(), "{first}");
    }
}

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z\u{e0}-\u{17f}' -]{1,6}"
}

fn day() -> impl Strategy<Value = Date> {
    (1_u16..=2025, 1_u8..=12, 1_u8..=31).prop_filter_map("a day", |(y, m, d)| Date::new(y, m, d))
}

fn any_day() -> impl Strategy<Value = Date> {
    (1_u16..=9999, 1_u8..=12, 1_u8..=31).prop_filter_map("a day", |(y, m, d)| Date::new(y, m, d))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// What the builder takes the view gives back.
    #[test]
    fn each_text_that_is_taken_is_read_back(
        names in proptest::collection::vec(text(), 6),
        long in 1_usize..=150,
        number in "[ -~]{1,50}",
        code in "[!-~]{1,10}",
        member in "[!-~]{1,20}",
        born in day(),
        amc in proptest::option::of(any_day()),
        rate in 0_u64..=100,
        sex in proptest::sample::select(vec![0_u64, 1, 2, 9, 9]),
        portrait in proptest::collection::vec(any::<u8>(), 0..300),
        secs in prop_oneof![NOW - 300 * DAY..NOW + 300 * DAY, 0_u64..253_402_300_800],
        zone in proptest::sample::select(vec![0_u64, 4, 5, 9]),
        flags in proptest::collection::vec(any::<bool>(), 8),
        lunar in "[0-9]{4}",
    ) {
        let world = World::new();
        let jpeg = [&[0xff, 0xd8, 0xff][..], &portrait].concat();
        let year = &born.to_string()[..4];
        let birth = BirthDate::parse(&format!("{year}{lunar}")).unwrap();
        let exempt = zone != 0;
        let long = "é".repeat(long);
        let card = adult()
            .family_name(&names[0])
            .given_name(&long)
            .name_at_birth(&names[1])
            .issuing_authority(&names[2])
            .attestation_legal_category(&names[3])
            .birth_given_names(&names[4])
            .document_number(&number)
            .amc_id(Some(&code))
            .amc_member_number(Some(&member))
            .amc_until(amc)
            .born(&birth)
            .coverage_rate(rate)
            .sex(sex)
            .exemption_code(zone)
            .exemption_until(amc.filter(|_| exempt))
            .ald(flags[0] && exempt || zone == 4)
            .c2s(flags[1])
            .maternity(flags[2])
            .alsace_moselle(flags[3])
            .has_attending_physician(flags[4])
            .full_cost_covered(flags[5])
            .age_over_16(flags[6])
            .age_over_18(flags[7])
            .portrait(&jpeg);
        let later = card.clone().rights_checked_at(unix_time(secs));
        for card in [card, later] {
            let elements = card.elements(&world.profile).unwrap();
            let issued = world.issue(&card, MOTHER);
            read_all(&world, &issued, |view| {
                assert_eq!(view.family_name(), Some(&*names[0]));
                assert_eq!(view.given_name(), Some(&*long));
                assert_eq!(view.name_at_birth(), Some(&*names[1]));
                assert_eq!(view.issuing_authority(), Some(&*names[2]));
                assert_eq!(view.attestation_legal_category(), Some(&*names[3]));
                assert_eq!(view.birth_given_names(), Some(&*names[4]));
                assert_eq!(view.document_number(), Some(&*number));
                assert_eq!(view.amc_id(), Some(Some(&*code)));
                assert_eq!(view.amc_member_number(), Some(Some(&*member)));
                assert_eq!(view.amc_until(), Some(amc));
                assert_eq!(view.birth_date(), Some(birth.nearest()));
                assert_eq!(view.birth_date_raw(), birth.raw());
                assert_eq!(view.coverage_rate(), Some(rate));
                assert_eq!(view.sex(), Some(sex));
                assert_eq!(view.exemption_code(), Some(zone));
                assert_eq!(view.exemption_until(), Some(amc.filter(|_| exempt)));
                assert_eq!(view.ald(), Some(flags[0] && exempt || zone == 4));
                assert_eq!(view.c2s(), Some(flags[1]));
                assert_eq!(view.maternity(), Some(flags[2]));
                assert_eq!(view.alsace_moselle(), Some(flags[3]));
                assert_eq!(view.has_attending_physician(), Some(flags[4]));
                assert_eq!(view.full_cost_covered(), Some(flags[5]));
                assert_eq!(view.age_over_16(), Some(flags[6]));
                assert_eq!(view.age_over_18(), Some(flags[7]));
                assert_eq!(view.portrait(), Some(&*jpeg));
                assert!(view.rights_checked_at().is_some() && view.rights_open().is_some());
                assert_eq!(view.work_accidents(), Some(Vec::new()));
            });
            assert_eq!(elements.len(), 45 + usize::from(birth.raw().is_some()));

        }
    }

    #[test]
    fn any_births(digits in "[0-9]{8}") {
        let Some(birth) = BirthDate::parse(&digits) else {
            prop_assert_eq!(&digits[..4], "0000");
            return Ok(());
        };
        let nearest = birth.nearest().to_string();
        prop_assert!(Date::parse(&nearest).is_some());
        let flat = nearest.replace('-', "");
        prop_assert_eq!(birth.raw().is_none(), flat == digits);
        prop_assert_eq!(&flat[..4], &digits[..4]);
    }
}

/// The largest portrait goes all the way.
#[test]
fn the_largest_portrait_is_read_back() {
    let world = World::new();
    let mut jpeg = vec![7; 128 << 10];
    jpeg[..3].copy_from_slice(&[0xff, 0xd8, 0xff]);
    let issued = world.issue(&adult().portrait(&jpeg), MOTHER);
    read_all(&world, &issued, |view| {
        assert_eq!(view.portrait().map(<[u8]>::len), Some(128 << 10));
    });
}

#[test]
fn clocks_at_their_ends() {
    let world = World::new();
    let card = world.issue(&adult(), MOTHER);
    let store = world.lists(NOW, &[], &[]);
    let response = world.show(&card, MOTHER, Ceiling::Doctor).to_bytes();
    let verified = world.read(&response, Ceiling::Doctor, &store, NOW).unwrap();
    let document = verified.documents().next().unwrap();
    for now in [0, 1, u64::MAX, u64::MAX / 2, 253_402_300_800] {
        for fresh in [0, 1, u64::MAX] {
            let billing = document.billing(&world.profile, unix_time(now), fresh);
            assert!(
                !matches!(billing, Billing::Secured),
                "{now} {fresh} {billing:?}"
            );
        }
    }
}

#[test]
fn consent_to_other_owners_and_versions() {
    let profile = Profile::health_insurance();
    let [mine, theirs] =
        ["org.vitacard", "fr.example"].map(|owner| Profile::health_insurance_of(owner).unwrap());
    assert_eq!(mine, profile);
    let ald = ElementId::new("ald").unwrap();
    let fr = NameSpace::new("fr.example.health_insurance.fr.1").unwrap();
    let consent = Consent::none()
        .allow(theirs.doc_type(), fr.clone(), ald.clone())
        .under(&profile, Ceiling::Administrative);
    // A health card is under a ceiling whoever its owner is, and whether or not somebody said so.
    assert!(!consent.allows(&theirs.doc_type(), &fr, &ald));
    let consent = consent.under(&theirs, Ceiling::Doctor);
    assert!(consent.allows(&theirs.doc_type(), &fr, &ald));
}
