//! Threats to its times, and to its size: 5, 16 and 22.

use vitacard::delegation::DelegationPolicy;
use vitacard::issuer::StatusReference;
use vitacard::reader::{Standing, UnknownStatus};
use vitacard::{DecodeErrorKind, Error, Misuse, unix_time};

use super::*;

const FROM: u64 = NOW - 10 * DAY;
const UNTIL: u64 = NOW + 80 * DAY;

fn for_times(made: u64, from: u64, until: u64, now: u64) -> Verdict {
    let card = &WORLD.card;
    let delegation = Delegation::of(card).lasting(made, from, until).bytes();
    Pharmacy::at(now).says(&Document::delegated(card, &delegation).response())
}

#[test]
fn threat_05_more_than_thirty_days() {
    let days = 30 * DAY;
    assert!(for_times(NOW, NOW, NOW + days, NOW).is_ok());
    assert!(for_times(NOW, NOW, NOW + 1, NOW).is_ok());
    for until in [NOW + days + 1, NOW + 79 * DAY, u64::MAX, NOW, NOW - 1, 0] {
        let refused = refused!(DelegationLifetime);
        assert_eq!(for_times(NOW, NOW, until, NOW), refused, "{until}");
    }
    // Both at the end of time: their difference would do.
    let late = for_times(NOW, u64::MAX - 1, u64::MAX, NOW);
    assert_eq!(late, refused!(DelegationOutsideCard));
    assert_eq!(
        for_times(NOW, u64::MAX, 0, NOW),
        refused!(DelegationLifetime)
    );
}

#[test]
fn threat_05_longer_than_the_issuer_allows() {
    let policy = DelegationPolicy::lasting(DAY).unwrap();
    let card = issue(&WORLD.insurer, policy);
    let lasting = |secs| show_with(&card, &Delegation::of(&card).lasting(NOW, NOW, NOW + secs));
    assert!(lasting(DAY).is_ok());
    assert_eq!(lasting(DAY + 1), refused!(DelegationLifetime));
}

#[test]
fn threat_05_outlives_or_precedes_its_card() {
    let late = UNTIL - DAY;
    assert!(for_times(NOW, late, UNTIL, late).is_ok());
    let outlives = for_times(NOW, late, UNTIL + 1, late);
    assert_eq!(outlives, refused!(DelegationOutsideCard));
    assert!(for_times(FROM, FROM, FROM + DAY, FROM).is_ok());
    let precedes = for_times(FROM, FROM - 1, FROM + DAY, FROM);
    assert_eq!(precedes, refused!(DelegationOutsideCard));
    // iat is compared with `signed`, not with `validFrom`.
    let before = for_times(FROM - 1, FROM, FROM + DAY, FROM);
    assert_eq!(before, refused!(DelegationOutsideCard));
    assert!(for_times(FROM, FROM + 1, FROM + DAY, FROM + 1).is_ok());
}

/// A card that begins a day after it was signed: the holder may lend it before it begins.
#[test]
fn threat_05_made_between_signing_and_beginning() {
    let card = card_from(NOW - 2 * DAY, NOW - DAY);
    let made = |made| {
        let delegation = Delegation::of(&card).lasting(made, NOW - DAY, NOW + DAY);
        let document = Document::delegated(&card, &delegation.bytes());
        verdict(&document.showing(&["family_name"]).response())
    };
    assert!(made(NOW - DAY).is_ok());
    assert!(made(NOW - 2 * DAY).is_ok());
    assert_eq!(made(NOW - 2 * DAY - 1), refused!(DelegationOutsideCard));
}

fn card_from(signed: u64, from: u64) -> Issued {
    let date = |secs: u64| {
        let time = jiff::Timestamp::from_second(secs.try_into().unwrap());
        kit::date(&time.unwrap().to_string())
    };
    let draft = kit::draft().with(|draft| {
        draft.issuer = "document signer";
        draft.unprotected = map([(33, bytes(&WORLD.insurer.signer.der))]);
        let validity = at(&mut draft.mso, &["validityInfo"]);
        *at(validity, &["signed"]) = date(signed);
        *at(validity, &["validFrom"]) = date(from);
        let key_info = at(&mut draft.mso, &["deviceKeyInfo"]);
        *at(key_info, &["deviceKey"]) = cose_key(MOTHER);
        kit::insert(key_info, "keyAuthorizations", switch().unwrap());
        let policy = policy_of(1, 30 * DAY, 1);
        kit::insert(key_info, "keyInfo", map([(-70_001, policy)]));
    });
    Issued::parse(&encode(&draft.issue().issuer_signed()))
}

#[test]
fn threat_05_not_yet_and_no_longer() {
    let at = |now| for_times(NOW, NOW, NOW + DAY, now);
    let from_later = |from| for_times(NOW, from, NOW + DAY, NOW);
    // Clocks differ by a minute, where something begins.
    assert!(from_later(NOW + 60).is_ok());
    let not_yet = refused!(DelegationNotYetValid, from: unix_time(NOW + 61));
    assert_eq!(from_later(NOW + 61), not_yet);
    let made_later = |made| for_times(made, NOW, NOW + DAY, NOW);
    assert!(made_later(NOW + 60).is_ok());
    assert_eq!(made_later(NOW + 61), refused!(DelegationIssuedInFuture));
    assert_eq!(made_later(u64::MAX), refused!(DelegationIssuedInFuture));
    // Never where it ends: at its last second it has ended.
    assert!(at(NOW + DAY - 1).is_ok());
    let expired = refused!(DelegationExpired, until: unix_time(NOW + DAY));
    assert_eq!(at(NOW + DAY), expired);
    assert_eq!(at(NOW + DAY + 1), expired);
    // Skew is for the card alone.
    let mut patient = Pharmacy::at(NOW + DAY);
    patient.policy.skew = u32::MAX;
    assert_eq!(patient.says(&honest().response()), expired);
}

#[test]
fn threat_05_times_of_other_types() {
    let claim = |label, value: Value| {
        let card = &WORLD.card;
        show_with(card, &Delegation::of(card).saying(label, value))
    };
    assert!(claim(4, (NOW + DAY).into()).is_ok());
    let tagged = |tag| Value::Tag(tag, Box::new((NOW + DAY).into()));
    for label in [4, 5, 6] {
        for value in [
            Value::Float((NOW + DAY) as f64),
            tagged(1),
            tagged(0),
            "2026-06-02T00:00:00Z".into(),
            Value::Null,
            (-1).into(),
            bytes(&(NOW + DAY).to_be_bytes()),
            Value::Tag(2, Box::new(bytes(&[1; 9]))),
        ] {
            let refused = claim(label, value.clone());
            assert_eq!(refused, refused!(DelegationClaims), "{label} {value:?}");
        }
    }
    // None of them may be missing.
    for label in [4, 5, 6, 7, CNF, SCOPE, PURPOSES] {
        let refused = lending(|delegation| {
            let claims = delegation.claims.as_map_mut().unwrap();
            claims.retain(|(own, _)| *own != Value::from(label));
        });
        assert_eq!(refused, refused!(DelegationClaims), "{label}");
    }
}

/// A clock before the floor is none that was set. The other half of this threat, an old list that
/// is played back, is stopped where lists are read: the highest `iat` that was seen of a list is
/// kept there, and this library is handed what comes of it.
#[test]
fn threat_16_clock_turned_back() {
    let response = honest().response();
    let mut pharmacy = Pharmacy::new();
    pharmacy.policy.clock_floor = unix_time(NOW);
    assert!(pharmacy.says(&response).is_ok());
    pharmacy.policy.clock_floor = unix_time(NOW + 1);
    let refused = Err(Error::Misuse(Misuse::ClockNotSet));
    assert_eq!(pharmacy.says(&response), refused);
    // An expired delegation stays so as long as the floor rises above its end.
    pharmacy.policy.clock_floor = unix_time(NOW + DAY);
    assert_eq!(pharmacy.says(&response), refused);
    pharmacy.now = NOW + DAY;
    let expired = refused!(DelegationExpired, until: unix_time(NOW + DAY));
    assert_eq!(pharmacy.says(&response), expired);
}

/// A scope with so many numbers, those of the card among them.
fn scope_of(count: u32) -> Value {
    map([(NAME_SPACE, list(0..count))])
}

#[test]
fn threat_22_huge_scope_and_huge_delegation() {
    let card = &WORLD.card;
    let scope = |count| show_with(card, &Delegation::of(card).saying(SCOPE, scope_of(count)));
    assert!(scope(64).is_ok());
    for count in [65, 600] {
        assert_eq!(scope(count), refused!(DelegationTooLarge), "{count}");
    }
    // Over 2 KiB it is not even parsed. Purposes may fill it up to there.
    let with_purposes = |count| {
        let codes: Vec<_> = (0..count).map(|code| code + 1000).collect();
        let codes = [&[1][..], &codes].concat();
        let delegation = Delegation::of(card).saying(PURPOSES, purposes(&codes));
        (delegation.bytes().len(), show_with(card, &delegation))
    };
    let (len, verdict) = with_purposes(585);
    assert!(len <= 2048 && verdict.is_ok(), "{len} {verdict:?}");
    let (len, verdict) = with_purposes(590);
    assert!(len > 2048, "{len}");
    assert_eq!(verdict, refused!(DelegationTooLarge));
}

#[test]
fn threat_22_huge_response() {
    let good = honest().signed();
    let padded = |count| {
        let mut padded = decode(&response([good.clone()]));
        kit::insert(&mut padded, "x", bytes(&vec![0; count]));
        encode(&padded)
    };
    let room = 65_536 - padded(1000).len() + 1000;
    assert_eq!(padded(room).len(), 65_536);
    assert!(verdict(&padded(room)).is_ok());
    assert_eq!(verdict(&padded(room + 1)), refused!(DelegationTooLarge));
    // That cap is for delegates: a holder may show a portrait.
    let mut direct = decode(&response([own_document().signed()]));
    kit::insert(&mut direct, "x", bytes(&[0; 70_000]));
    assert!(verdict(&encode(&direct)).is_ok());
}

#[test]
fn threat_22_nested_too_deep() {
    let nested = |depth| {
        let item = (0..depth).fold(Value::from(0), |inside, _| array([inside]));
        let document = honest().saying(&map([(DLG, map([("delegation", item)]))]));
        verdict(&document.response())
    };
    let kind = match nested(20) {
        Err(Error::Decode(error)) => error.kind(),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind, DecodeErrorKind::TooDeep);
    // Nor can it hide in byte strings: the depth goes on inside them.
    let hidden = lending(|delegation| {
        let deep = (0..14).fold(Value::from(0), |inside, _| array([inside]));
        delegation.payload = Some(encode(&deep));
    });
    assert_eq!(hidden, refused!(DelegationMalformed));
    assert_eq!(nested(2), refused!(DelegationMalformed));
    assert!(verdict(&honest().response()).is_ok());
}

/// H13: a delegation falls with its card.
#[test]
fn threat_05_card_that_has_ended() {
    let last = for_times(NOW, UNTIL - DAY, UNTIL, UNTIL - 1);
    assert!(last.is_ok());
    // At its last second the card still holds, and the delegation does not.
    let ended = refused!(DelegationExpired, until: unix_time(UNTIL));
    assert_eq!(for_times(NOW, UNTIL - DAY, UNTIL, UNTIL), ended);
    let expired = refused!(Expired, until: unix_time(UNTIL));
    assert_eq!(for_times(NOW, UNTIL - DAY, UNTIL, UNTIL + 1), expired);
    let early = for_times(FROM, FROM, FROM + DAY, FROM - 1);
    assert_eq!(early, refused!(NotYetValid, from: unix_time(FROM)));
}

/// H13: what is not known of the card counts for whoever shows it.
#[test]
fn threat_16_card_of_which_nothing_is_known() {
    let insurer = &WORLD.insurer;
    let draft = insurer.draft(MOTHER).with_delegation(any_policy());
    let list = StatusReference::status_list(7, "https://status.example/cards");
    let card = Issued::parse(&insurer.issue(draft.with_status(list)));
    let response = Document::delegated(&card, &Delegation::of(&card).bytes()).response();
    let mut pharmacy = Pharmacy::new();
    assert_eq!(pharmacy.says(&response), refused!(StatusUnknown));
    pharmacy.policy.unknown_status = UnknownStatus::Degrade;
    let standing = accepted_by(&pharmacy, &response)[0].standing;
    let Standing::Degraded(stale) = standing else {
        panic!("{standing:?}")
    };
    assert!(stale.status_list() && !stale.delegation_list());
    // Nor is a card secured because its delegation is known not to be revoked.
    pharmacy.revoked = Some(vec![]);
    assert_eq!(accepted_by(&pharmacy, &response)[0].standing, standing);
}
