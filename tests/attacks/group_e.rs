//! E: validity and time.

use ciborium::Value;
use vitacard::reader::{Conditions, DeviceResponse, Exchange, Policy};
use vitacard::{Error, Misuse, Rejected, session::SessionTranscript, unix_time};

use crate::kit::{self, at, date, insert};
use crate::{rejected, verify, verify_at};

const DOCUMENT: u8 = 0;
/// 2026-01-02T00:00:00Z and 2027-01-02T00:00:00Z, the validity of the kit's card.
const FROM: u64 = 1_767_312_000;
const UNTIL: u64 = 1_798_848_000;

fn with_date(name: &str, value: Value) -> Vec<u8> {
    let draft = kit::draft().with(|draft| *at(&mut draft.mso, &["validityInfo", name]) = value);
    draft.issue().show().response()
}

fn rejected_at(now: u64) -> Rejected {
    match verify_at(now, &kit::good()) {
        Err(Error::Rejected(rejected)) => rejected,
        other => panic!("{other:?}"),
    }
}

#[test]
fn e01_expired() {
    let expected = Rejected::Expired {
        document: DOCUMENT,
        until: unix_time(UNTIL),
    };
    assert_eq!(rejected_at(UNTIL + 1), expected);
    assert_eq!(rejected_at(u64::MAX), expected);
}

#[test]
fn e02_not_yet_valid() {
    let expected = Rejected::NotYetValid {
        document: DOCUMENT,
        from: unix_time(FROM),
    };
    assert_eq!(rejected_at(FROM - 1), expected);
}

#[test]
fn e04_dates_that_are_none() {
    for text in [
        "2026-02-30T00:00:00Z",
        "2026-01-01T00:00:00+01:00",
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T23:59:60Z",
        "2026-01-01t00:00:00z",
        "0000-01-01T00:00:00Z",
        "2026-01-01",
        "10000-01-01T00:00:00Z",
        "",
    ] {
        for name in ["signed", "validFrom", "validUntil"] {
            let response = with_date(name, date(text));
            assert_eq!(
                rejected(&response),
                Rejected::MsoDate { document: DOCUMENT },
                "{text}"
            );
        }
    }
    let number = with_date("validUntil", Value::Tag(1, Box::new(UNTIL.into())));
    assert_eq!(rejected(&number), Rejected::MsoDate { document: DOCUMENT });
    let other_tag = with_date(
        "validUntil",
        Value::Tag(1004, Box::new("2027-01-01".into())),
    );
    assert_eq!(
        rejected(&other_tag),
        Rejected::MsoDate { document: DOCUMENT }
    );
    for tolerated in [
        date("2027-01-02T00:00:00.999Z"),
        Value::from("2027-01-02T00:00:00Z"),
        Value::from("2027-01-02T00:00:00.5Z"),
        date("9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(
            verify(&with_date("validUntil", tolerated)).unwrap().len(),
            3
        );
    }
}

#[test]
fn e05_ends_before_it_begins() {
    let response = with_date("validUntil", date("2026-01-01T23:59:59Z"));
    assert_eq!(
        rejected(&response),
        Rejected::ValidityReversed { document: DOCUMENT }
    );
}

/// The dates are of step 5: whatever an earlier step finds is said first.
#[test]
fn e05_says_nothing_of_a_card_that_is_not_genuine() {
    let reversed = || {
        let mut draft = kit::draft();
        *at(&mut draft.mso, &["validityInfo", "validUntil"]) = date("2026-01-01T23:59:59Z");
        draft.issue()
    };
    let forged = reversed().with(|issued| {
        issued.items[1].1 = kit::Item::new(1, "given_name", "FORGED").bytes();
    });
    let fault = rejected(&forged.show().response());
    assert!(
        matches!(fault, Rejected::DigestMismatch { item: 1, .. }),
        "{fault:?}"
    );
    let other = reversed().with(|issued| issued.doc_type = "org.example.other".into());
    assert_eq!(
        rejected(&other.show().response()),
        Rejected::DocTypeMismatch { document: DOCUMENT }
    );
}

/// With a cache and without one the verdict is the same, also where nothing is to be verified.
#[test]
fn e06_is_said_after_that_there_is_nothing_to_verify() {
    let empty = b"\xa2\x67version\x631.0\x66status\x00";
    let (policy, reader) = (Policy::default(), crate::reader("issuer"));
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let exchange = Exchange::new(&transcript, Conditions::new(unix_time(0), &policy));
    let parsed = || DeviceResponse::parse(empty).unwrap();
    let mut cache = reader.anchors().cache::<1>();
    let plain = reader.verify(parsed(), &exchange).unwrap_err();
    let cached = reader.verify_with(parsed(), &exchange, &mut cache);
    assert_eq!(cached.unwrap_err(), plain);
    assert_eq!(plain.reason(), "NoDocument");
}

#[test]
fn e06_a_clock_that_was_never_set() {
    for now in [0, 1, 1_577_836_799] {
        assert_eq!(
            verify_at(now, &kit::good()),
            Err(Error::Misuse(Misuse::ClockNotSet))
        );
    }
}

/// Both ends belong to the card; skew stretches the beginning and never the end.
#[test]
fn e07_boundaries() {
    assert!(verify_at(FROM, &kit::good()).is_ok());
    assert!(verify_at(UNTIL, &kit::good()).is_ok());
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    policy.skew = 60;
    let at = |now| crate::verify_under(Conditions::new(unix_time(now), &policy), &kit::good());
    assert!(at(FROM - 60).is_ok());
    let early = Rejected::NotYetValid {
        document: DOCUMENT,
        from: unix_time(FROM),
    };
    assert_eq!(at(FROM - 61), Err(early.into()));
    let late = Rejected::Expired {
        document: DOCUMENT,
        until: unix_time(UNTIL),
    };
    assert_eq!(at(UNTIL + 1), Err(late.into()));
}

/// Refusing early refuses nothing that would be accepted.
#[test]
fn e07_boundaries_of_an_early_refusal() {
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    policy.refuse_early = true;
    policy.skew = 60;
    let at = |now| crate::verify_under(Conditions::new(unix_time(now), &policy), &kit::good());
    assert!(at(FROM - 60).is_ok() && at(UNTIL).is_ok());
    let early = Rejected::EarlyNotYetValid { document: DOCUMENT };
    assert_eq!(at(FROM - 61), Err(early.into()));
    let late = Rejected::EarlyExpired { document: DOCUMENT };
    assert_eq!(at(UNTIL + 1), Err(late.into()));
}

#[test]
fn e08_expected_update_passed() {
    let draft = kit::draft().with(|draft| {
        insert(
            at(&mut draft.mso, &["validityInfo"]),
            "expectedUpdate",
            date("2026-02-01T00:00:00Z"),
        );
    });
    assert_eq!(
        verify(&draft.issue().show().response()).unwrap().len(),
        3,
        "a hint, no more"
    );
}
