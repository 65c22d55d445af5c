//! People whose cards differ, and days on which the same card is another one.

use vitacard::profile::{BirthDate, Ceiling, HealthCard, WorkAccident};
use vitacard::reader::{Billing, NotBilled, Presenter, Standing};
use vitacard::{Misuse, Rejected, unix_time};

use crate::lending::*;
use crate::world::*;

const READERS: [Ceiling; 3] = [Ceiling::Pharmacist, Ceiling::Doctor, Ceiling::Hospital];

/// What a pharmacist reads of a card that was just issued.
fn at_pharmacy<T>(
    card: &HealthCard,
    look: impl FnOnce(&vitacard::profile::HealthCardView<'_>) -> T,
) -> T {
    let world = World::new();
    let shown = world.show(&world.issue(card, MOTHER), MOTHER, Ceiling::Pharmacist);
    let (bytes, store) = (shown.to_bytes(), world.lists(NOW, &[], &[]));
    let verified = world
        .read(&bytes, Ceiling::Pharmacist, &store, NOW)
        .unwrap();
    let document = verified.documents().next().unwrap();
    let billing = document.billing(&world.profile, unix_time(NOW), MONTH);
    assert_eq!(billing, Billing::Secured);
    look(&document.health(&world.profile).unwrap())
}

#[test]
fn an_adult() {
    at_pharmacy(&adult(), |card| {
        assert_eq!(card.family_name(), Some("Martin"));
        assert_eq!(card.birth_date(), Some(date("1950-03-02")));
        assert_eq!(card.birth_date_raw(), None);
        let number = card.national_number().unwrap();
        assert_eq!(number.as_str(), "250037511100592");
        // Zeros that lead are kept.
        assert_eq!(
            (card.regime_code(), card.centre_code()),
            (Some("01"), Some("0001"))
        );
        assert_eq!((card.ald(), card.exemption_code()), (Some(false), Some(0)));
        assert_eq!(
            (card.exemption_until(), card.amc_id()),
            (Some(None), Some(None))
        );
        assert_eq!(card.rights_open(), Some(true));
        assert_eq!(card.rights_checked_at(), Some(unix_time(NOW - DAY)));
        // Not for pharmacists.
        assert_eq!((card.portrait(), card.work_accidents()), (None, None));
    });
}

#[test]
fn a_twin() {
    at_pharmacy(&adult().birth_rank(2), |card| {
        assert_eq!(card.birth_rank(), Some(2))
    });
}

/// A card of her own, with a key of its own, in her mother's phone.
#[test]
fn a_child_on_her_parents_phone() {
    let world = World::new();
    let child = adult().given_name("Zoé").beneficiary_role(6);
    let child = child.born(&BirthDate::parse("20190101").unwrap());
    let child = child.health_id("219017511100527");
    let phone = "the child's key in her mother's phone";
    let (own, childs) = (world.issue(&adult(), MOTHER), world.issue(&child, phone));
    let store = world.lists(NOW, &[], &[]);
    let response = world.show(&childs, phone, Ceiling::Doctor).to_bytes();
    let verified = world.read(&response, Ceiling::Doctor, &store, NOW).unwrap();
    let document = verified.documents().next().unwrap();
    let card = document.health(&world.profile).unwrap();
    assert_eq!(
        (card.given_name(), card.beneficiary_role()),
        (Some("Zoé"), Some(6))
    );
    assert_ne!(card.health_id(), card.personal_administrative_number());
    // The mother's key does not show the child's card.
    let asked = world.asking(Ceiling::Doctor);
    let request = vitacard::holder::DeviceRequest::parse(&asked).unwrap();
    let unsigned = childs
        .present(&request, &consent(&request), &transcript())
        .unwrap();
    let signed = unsigned.sign_with(&signer(MOTHER), &vitacard::crypto::RUSTCRYPTO);
    assert_eq!(signed.map(drop), Err(Misuse::SignatureNotByThisKey.into()));
    assert_ne!(own.as_bytes(), childs.as_bytes());
}

/// Long illness, the cover of small incomes, an exemption, an accident at work: neither how many digests
/// a card has nor how long an answer is tells of any of them.
#[test]
fn with_and_without_ald_c2s_and_exemption() {
    let world = World::new();
    let accident = |id: &str| WorkAccident {
        fund: "017510000".into(),
        code: "A".into(),
        id: id.into(),
    };
    let people = [
        adult(),
        adult().exemption_code(4).ald(true).coverage_rate(100),
        adult()
            .exemption_code(4)
            .ald(true)
            .exemption_until(Some(date("2028-01-31")))
            .full_cost_covered(true),
        adult().c2s(true).coverage_rate(100),
        adult().exemption_code(9).coverage_rate(0),
        adult().maternity(true).coverage_rate(100),
        adult().work_accidents(&[accident("1"), accident("123456789"), accident("3")]),
        adult()
            .amc_id(Some("12345678"))
            .amc_member_number(Some("0123456789")),
        adult()
            .amc_id(Some("1"))
            .amc_from(Some(date("2026-01-01")))
            .amc_routing_code(Some("SP")),
    ];
    let cards: Vec<_> = people
        .iter()
        .map(|card| world.issue(card, MOTHER))
        .collect();
    for card in &cards {
        assert_eq!(digests(card.as_bytes()), digests(cards[0].as_bytes()));
        assert_eq!(card.as_bytes().len(), cards[0].as_bytes().len());
    }
    for reader in READERS {
        let lengths: Vec<_> = cards
            .iter()
            .map(|card| world.show(card, MOTHER, reader).to_bytes().len())
            .collect();
        assert!(
            lengths.iter().all(|length| *length == lengths[0]),
            "{reader:?} {lengths:?}"
        );
    }
}

/// How many digests each name space of a card has.
fn digests(card: &[u8]) -> Vec<usize> {
    let value: ciborium::Value = ciborium::from_reader(card).unwrap();
    let issuer_auth = field(&value, "issuerAuth").as_array().unwrap()[2].clone();
    let tagged: ciborium::Value =
        ciborium::from_reader(&issuer_auth.as_bytes().unwrap()[..]).unwrap();
    let mso: ciborium::Value =
        ciborium::from_reader(&tagged.as_tag().unwrap().1.as_bytes().unwrap()[..]).unwrap();
    let name_spaces = field(&mso, "valueDigests").as_map().unwrap();
    let counts = name_spaces
        .iter()
        .map(|(_, digests)| digests.as_map().unwrap().len());
    counts.collect()
}

fn field<'v>(map: &'v ciborium::Value, key: &str) -> &'v ciborium::Value {
    let mut entries = map.as_map().unwrap().iter();
    &entries
        .find(|(name, _)| name.as_text() == Some(key))
        .unwrap()
        .1
}

/// The optional elements are no secret of their own, and still no digest tells who has them.
#[test]
fn with_and_without_what_is_optional() {
    let world = World::new();
    let all = adult()
        .sex(2)
        .name_at_birth("Durand")
        .attestation_legal_category("non-qualified EAA")
        .birth_given_names("Camille Jeanne")
        .birth_insee_code("75111")
        .born(&BirthDate::parse("19500332").unwrap())
        .age_over_16(true)
        .age_over_18(true);
    let [few, all] = [adult(), all].map(|card| world.issue(&card, MOTHER));
    assert_eq!(digests(few.as_bytes()), digests(all.as_bytes()));
}

#[test]
fn a_lunar_day_of_birth() {
    let lunar = adult().born(&BirthDate::parse("19581332").unwrap());
    at_pharmacy(&lunar, |card| {
        assert_eq!(card.birth_date(), Some(date("1958-12-31")));
        assert_eq!(card.birth_date_raw(), Some("19581332"));
    });
}

#[test]
fn alsace_and_moselle() {
    at_pharmacy(&adult().alsace_moselle(true), |card| {
        assert_eq!(card.alsace_moselle(), Some(true));
    });
}

/// Cards for tests and demonstrations verify like others and are never billed.
#[test]
fn a_demonstration_card() {
    let world = World::new();
    let store = world.lists(NOW, &[], &[]);
    for kind in [1, 2] {
        let card = world.issue(&adult().card_kind(kind), MOTHER);
        let response = world.show(&card, MOTHER, Ceiling::Eligibility).to_bytes();
        let verified = world
            .read(&response, Ceiling::Eligibility, &store, NOW)
            .unwrap();
        let document = verified.documents().next().unwrap();
        let billing = document.billing(&world.profile, unix_time(NOW), MONTH);
        assert_eq!(billing, Billing::Refused(NotBilled::NotReal));
    }
}

/// The card's technical end and the age of its rights are two clocks.
#[test]
fn rights_that_are_old_or_closed() {
    let world = World::new();
    let store = world.lists(NOW, &[], &[]);
    let old = unix_time(NOW - MONTH - 1);
    let read = |card: &HealthCard, reader| {
        let response = world
            .show(&world.issue(card, MOTHER), MOTHER, reader)
            .to_bytes();
        let verified = world.read(&response, reader, &store, NOW).unwrap();
        let document = verified.documents().next().unwrap();
        document.billing(&world.profile, unix_time(NOW), MONTH)
    };
    let Billing::Degraded(doubt) = read(&adult().rights_checked_at(old), Ceiling::Doctor) else {
        panic!("not degraded");
    };
    assert_eq!((doubt.rights_checked_at, doubt.lists), (Some(old), None));
    let fresh = adult().rights_checked_at(unix_time(NOW - MONTH));
    assert_eq!(read(&fresh, Ceiling::Doctor), Billing::Secured);
    let last_day = adult().ending_date(date("2026-06-01"));
    assert_eq!(read(&last_day, Ceiling::Doctor), Billing::Secured);
    let closed = Billing::Refused(NotBilled::NoRights);
    assert_eq!(
        read(&adult().ending_date(date("2026-05-31")), Ceiling::Doctor),
        closed
    );
    let ahead = adult().starting_date(date("2026-06-01"));
    assert_eq!(read(&ahead, Ceiling::Doctor), closed);
    // Who may see neither date sees no mode.
    let hidden = Billing::Refused(NotBilled::NotShown);
    assert_eq!(read(&adult(), Ceiling::Administrative), hidden);
}

#[test]
fn a_delegate_on_days_0_29_30_and_31() {
    let world = World::new();
    let card = world.issue(&adult(), MOTHER);
    let lent = world.lend(&card, 30 * DAY);
    for (now, good) in [
        (NOW, true),
        (NOW + 29 * DAY, true),
        (NOW + 30 * DAY - 1, true),
        (NOW + 30 * DAY, false),
        (NOW + 31 * DAY, false),
    ] {
        let store = world.lists(now, &[], &[]);
        let response = world.show_lent(&lent, NOW).unwrap();
        let read = world.read(&response, Ceiling::Pharmacist, &store, now);
        assert_eq!(read.is_ok(), good, "{now}");
        assert_eq!(world.show_lent(&lent, now).is_ok(), good, "{now}");
        let Ok(verified) = read else { continue };
        let document = verified.documents().next().unwrap();
        assert!(matches!(document.presenter(), Presenter::Delegate(_)));
        // What lets health be guessed was not lent.
        let view = document.health(&world.profile).unwrap();
        assert_eq!(
            (view.ald(), view.coverage_rate(), view.c2s()),
            (None, None, None)
        );
        assert_eq!(view.family_name(), Some("Martin"));
    }
}

#[test]
fn a_blocked_card_and_a_blocked_loan() {
    let world = World::new();
    let card = world.issue(&adult(), MOTHER);
    let lent = world.lend(&card, 30 * DAY);
    let own = world.show(&card, MOTHER, Ceiling::Pharmacist).to_bytes();
    let shown = world.show_lent(&lent, NOW).unwrap();
    let blocked = world.lists(NOW, &[PLACE], &[]);
    let invalid = Rejected::StatusInvalid { document: 0 };
    for response in [&own, &shown] {
        let read = world.read(response, Ceiling::Pharmacist, &blocked, NOW);
        assert_eq!(read.map(drop), Err(invalid.into()));
    }
    let revoked = world.lists(NOW, &[], &[lent.id().as_bytes()]);
    let read = world.read(&shown, Ceiling::Pharmacist, &revoked, NOW);
    let fault = Rejected::DelegationRevoked { document: 0 };
    assert_eq!(read.map(drop), Err(fault.into()));
    assert!(world.read(&own, Ceiling::Pharmacist, &revoked, NOW).is_ok());
}

#[test]
fn lists_of_1_7_and_8_days() {
    let world = World::new();
    let card = world.issue(&adult(), MOTHER);
    let response = world.show(&card, MOTHER, Ceiling::Doctor).to_bytes();
    let store = world.lists(NOW, &[], &[]);
    let read = |days| {
        let now = NOW + days * DAY;
        let verified = world.read(&response, Ceiling::Doctor, &store, now)?;
        let document = verified.documents().next().unwrap();
        let billing = document.billing(&world.profile, unix_time(now), MONTH);
        Ok((document.standing(), billing))
    };
    assert_eq!(read(1), Ok((Standing::Secured, Billing::Secured)));
    let Ok((Standing::Degraded(stale), Billing::Degraded(doubt))) = read(7) else {
        panic!("not degraded");
    };
    assert_eq!((doubt.lists, doubt.rights_checked_at), (Some(stale), None));
    let old = Rejected::StatusListOld {
        document: 0,
        iat: unix_time(NOW),
    };
    assert_eq!(read(8), Err(vitacard::Error::from(old)));
}

/// A card of another version of the profile is another card.
#[test]
fn another_profile() {
    let world = World::new();
    let other = vitacard::profile::Profile::health_insurance_of("fr.example").unwrap();
    let card = world.issue(&adult(), MOTHER);
    let response = world.show(&card, MOTHER, Ceiling::Doctor).to_bytes();
    let store = world.lists(NOW, &[], &[]);
    let verified = world.read(&response, Ceiling::Doctor, &store, NOW).unwrap();
    let document = verified.documents().next().unwrap();
    assert!(document.health(&other).is_none());
    assert!(document.ehic(&other).is_none() && document.ehic(&world.profile).is_none());
    let billing = document.billing(&other, unix_time(NOW), MONTH);
    assert_eq!(billing, Billing::Refused(NotBilled::OtherCard));
}
