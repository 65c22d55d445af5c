//! Group E, and status: the card is valid now.

use ciborium::Value;
use serde_json::{Value as Json, json};

use crate::case::{Case, Row, card, rejected, respond, rfc3339, signed};
use crate::kit::{Draft, array, at, date, insert, map};
use crate::requests::unsigned;

/// 2026-01-02T00:00:00Z and 2027-01-02T00:00:00Z, the validity of the kit's card.
const FROM: u64 = 1_767_312_000;
const UNTIL: u64 = 1_798_848_000;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = rejected(dates());
    cases.extend(instants());
    cases.extend(tolerated());
    cases.extend(status());
    cases
}

fn with_date(name: &str, value: Value) -> Vec<u8> {
    signed(|draft| *at(&mut draft.mso, &["validityInfo", name]) = value)
}

fn instants() -> Vec<Case> {
    let case = |name, rule, attack, now| {
        Case::new(name, rule, respond(card().issue()))
            .attack(attack)
            .at(now)
    };
    let early = json!({ "from": rfc3339(FROM) });
    let late = json!({ "until": rfc3339(UNTIL) });
    let second_early = "A card does not hold before its validFrom.";
    let early_policy = || json!({ "refuse_early": true });
    vec![
        case(
            "expired",
            "A card does not hold after its validUntil.",
            "E1",
            UNTIL + 1,
        )
        .rejects("Expired", late.clone()),
        case("not_yet_valid", second_early, "E2", FROM - 1).rejects("NotYetValid", early.clone()),
        case(
            "accept_first_second",
            "At its validFrom a card holds.",
            "E7",
            FROM,
        )
        .accepts_card(),
        case(
            "accept_last_second",
            "At its validUntil a card holds.",
            "E7",
            UNTIL,
        )
        .accepts_card(),
        case(
            "accept_skew",
            "Skew stretches the beginning of a card.",
            "E7",
            FROM - 60,
        )
        .policy(json!({ "skew": 60 }))
        .accepts_card(),
        case(
            "not_yet_valid_beyond_skew",
            "Skew stretches the beginning so far and no further.",
            "E7",
            FROM - 61,
        )
        .policy(json!({ "skew": 60 }))
        .rejects("NotYetValid", early),
        case(
            "expired_with_skew",
            "Skew does not stretch the end of a card.",
            "E7",
            UNTIL + 1,
        )
        .policy(json!({ "skew": 60 }))
        .rejects("Expired", late),
        case(
            "clock_at_epoch",
            "A clock that was never set says nothing about a card.",
            "E6",
            0,
        )
        .misuse("ClockNotSet"),
        case(
            "clock_before_2020",
            "A clock before every card is not trusted.",
            "E6",
            1_577_836_799,
        )
        .misuse("ClockNotSet"),
        Case::new(
            "early_expired",
            "A reader may refuse a card of earlier dates before it checks any signature.",
            signed(|draft| draft.issuer = "attacker"),
        )
        .at(UNTIL + 1)
        .policy(early_policy())
        .rejects("EarlyExpired", Json::Null),
        Case::new(
            "early_not_yet_valid",
            "A reader may refuse a card of later dates before it checks any signature.",
            signed(|draft| draft.issuer = "attacker"),
        )
        .at(FROM - 1)
        .policy(early_policy())
        .rejects("EarlyNotYetValid", Json::Null),
        Case::new(
            "early_doc_type",
            "A reader may refuse what it did not ask for before it checks any signature.",
            signed(|draft| draft.issuer = "attacker"),
        )
        .answers(&unsigned("org.example.membership"))
        .policy(early_policy())
        .rejects("EarlyDocType", Json::Null),
        Case::new(
            "accept_refuse_early",
            "Refusing early changes nothing for a card that holds.",
            respond(card().issue()),
        )
        .policy(early_policy())
        .accepts_card(),
        Case::new(
            "expired_and_forged",
            "What is forged is not called expired.",
            signed(|draft| draft.issuer = "attacker"),
        )
        .attack("E1")
        .at(UNTIL + 1)
        .rejects("IssuerSignature", Json::Null),
    ]
}

fn dates() -> Vec<Row> {
    let until = |text: &str| with_date("validUntil", date(text));
    const NO: &str = "MsoDate";
    vec![
        (
            "date_of_30_february",
            "30 February is no date.",
            "E4",
            until("2027-02-30T00:00:00Z"),
            NO,
        ),
        (
            "date_with_offset",
            "Dates are in UTC.",
            "E4",
            until("2027-01-01T00:00:00+01:00"),
            NO,
        ),
        (
            "date_with_offset_zero",
            "UTC is written Z.",
            "E4",
            until("2027-01-01T00:00:00+00:00"),
            NO,
        ),
        (
            "date_with_leap_second",
            "There are no leap seconds.",
            "E4",
            until("2027-01-01T23:59:60Z"),
            NO,
        ),
        (
            "date_in_lower_case",
            "T and Z are in upper case.",
            "E4",
            until("2027-01-01t00:00:00z"),
            NO,
        ),
        (
            "date_of_year_0",
            "Year 0 is before every card.",
            "E4",
            until("0000-01-01T00:00:00Z"),
            NO,
        ),
        (
            "date_of_five_digits",
            "Years have four digits.",
            "E4",
            until("10000-01-01T00:00:00Z"),
            NO,
        ),
        (
            "date_without_time",
            "A tdate has a time.",
            "E4",
            until("2027-01-01"),
            NO,
        ),
        ("date_empty", "A tdate is not empty.", "E4", until(""), NO),
        (
            "date_as_number",
            "A tdate is no epoch-based date.",
            "E4",
            with_date("validUntil", Value::Tag(1, Box::new(UNTIL.into()))),
            NO,
        ),
        (
            "date_of_tag_1004",
            "A tdate is no full-date.",
            "D12",
            with_date(
                "validUntil",
                Value::Tag(1004, Box::new("2027-01-01".into())),
            ),
            NO,
        ),
        (
            "signed_date_malformed",
            "The date of signing is a date.",
            "E4",
            with_date("signed", date("yesterday")),
            NO,
        ),
        (
            "validity_reversed",
            "A card does not end before it begins.",
            "E5",
            until("2026-01-01T23:59:59Z"),
            "ValidityReversed",
        ),
        (
            "signed_before_certificate",
            "A card is signed while its signer's certificate holds (clause 9.3.1).",
            "E3",
            with_date("signed", date("2025-12-31T23:59:59Z")),
            "SignedOutsideCertificate",
        ),
        (
            "signed_after_certificate",
            "A card is not signed after its signer's certificate ended.",
            "E3",
            with_date("signed", date("2027-03-02T00:00:00Z")),
            "SignedOutsideCertificate",
        ),
    ]
}

fn tolerated() -> Vec<Case> {
    let rows = [
        (
            "accept_date_with_fraction",
            "A fraction of a second is tolerated.",
            date("2027-01-02T00:00:00.999Z"),
        ),
        (
            "accept_date_without_tag",
            "A date without tag 0 is tolerated.",
            "2027-01-02T00:00:00Z".into(),
        ),
        (
            "accept_last_date",
            "A card may hold until the end of 9999.",
            date("9999-12-31T23:59:59Z"),
        ),
    ];
    let case = |(name, rule, value): (&'static str, &'static str, Value)| {
        Case::new(name, rule, with_date("validUntil", value))
            .attack("E4")
            .accepts_card()
    };
    rows.into_iter().map(case).collect()
}

/// The issuer names a status list.
pub(crate) fn name_status(draft: &mut Draft) {
    let list = map([
        ("idx", Value::from(7)),
        ("uri", "https://status.example/1".into()),
    ]);
    insert(&mut draft.mso, "status", map([("status_list", list)]));
}

fn status() -> Vec<Case> {
    vec![
        Case::new(
            "status_absent",
            "Where the policy wants a status list, a card names one.",
            respond(card().issue()),
        )
        .policy(json!({ "cards_without_status": false }))
        .rejects("StatusAbsent", Json::Null),
        Case::new(
            "status_unknown",
            "A status list of which nothing is known is not a good status.",
            signed(name_status),
        )
        .attack("I8")
        .rejects("StatusUnknown", Json::Null),
        Case::new(
            "status_of_unknown_mechanism",
            "A status by a mechanism that is not known is not a good status.",
            signed(|draft| {
                let other = map([("identifier_list", array([]))]);
                insert(&mut draft.mso, "status", other);
            }),
        )
        .attack("I8")
        .rejects("StatusUnknown", Json::Null),
        Case::new(
            "accept_status_null",
            "A status of null is none.",
            signed(|draft| insert(&mut draft.mso, "status", Value::Null)),
        )
        .accepts_card(),
    ]
}
