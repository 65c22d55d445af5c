//! Step 8: when a delegation holds.

use ciborium::Value;

use super::lend::{
    CARD_FROM, CARD_UNTIL, CNF, DAY, EXP, Grant, IAT, NBF, NOW, card_with, claiming, grant,
    granted, int_map, policy, set,
};
use super::{Case, rejected};
use crate::kit;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = lifetimes();
    cases.extend(within_card());
    cases.extend(now());
    cases.extend(kinds());
    cases
}

/// A delegation with these times, shown at `now`.
fn lasting(now: u64, [iat, nbf, exp]: [u64; 3]) -> impl Fn(&'static str, &'static str) -> Case {
    let delegation = grant().with(|grant| grant.times(iat, nbf, exp)).sign();
    let id = delegation.id;
    let response = delegation.present().response();
    move |name, rule| {
        let case = Case::new(name, rule, &response).at(now);
        match name.starts_with("accept_") {
            true => case.accepts(&id),
            false => case.attack("H9"),
        }
    }
}

fn at_most(secs: u64) -> Value {
    let mut policy = policy();
    set(&mut policy, 2, secs);
    policy
}

/// One that lasts `secs`, of a card that may be lent for an hour.
fn for_an_hour(secs: u64) -> Grant {
    Grant::of(card_with(at_most(3600))).with(|grant| grant.times(NOW, NOW, NOW + secs))
}

fn lifetimes() -> Vec<Case> {
    const NO: &str = "DelegationLifetime";
    let hour = for_an_hour(3600).sign();
    let id = hour.id;
    vec![
        lasting(NOW, [NOW, NOW, NOW + 30 * DAY])(
            "accept_30_days_exactly",
            "A card is lent for at most 30 days of 86,400 seconds.",
        ),
        lasting(NOW, [NOW, NOW, NOW + 30 * DAY + 1])(
            "lifetime_30_days_and_a_second",
            "A card is not lent for longer than 30 days, and a reader does not cut it short.",
        )
        .rejects(NO),
        lasting(NOW, [NOW, NOW, NOW + 1])(
            "accept_lifetime_of_a_second",
            "A delegation lasts a second at least.",
        ),
        lasting(NOW, [NOW, NOW + 60, NOW + 60])(
            "lifetime_zero",
            "A delegation that ends when it begins is none.",
        )
        .rejects(NO),
        lasting(NOW, [NOW, NOW + 60, NOW + 30])(
            "lifetime_reversed",
            "A delegation does not end before it begins: the difference is not negative.",
        )
        .rejects(NO),
        lasting(NOW, [NOW, 0, u64::MAX])(
            "lifetime_of_all_time",
            "The longest difference of two times is no short one.",
        )
        .rejects(NO),
        lasting(NOW, [NOW, u64::MAX, NOW + 60])(
            "lifetime_reversed_by_2_64",
            "The difference of times is not reckoned modulo 2^64.",
        )
        .rejects(NO),
        Case::new(
            "accept_lifetime_of_policy",
            "A card is lent for as long as its issuer allows.",
            &hour.present().response(),
        )
        .accepts(&id),
        Case::new(
            "lifetime_over_policy",
            "A card is not lent for a second longer than its issuer allows.",
            &for_an_hour(3601).sign().present().response(),
        )
        .attack("H9")
        .rejects(NO),
    ]
}

fn within_card() -> Vec<Case> {
    const NO: &str = "DelegationOutsideCard";
    let (first, last) = (CARD_FROM + DAY, CARD_UNTIL - DAY);
    vec![
        lasting(first, [CARD_FROM, CARD_FROM, first + DAY])(
            "accept_from_first_second_of_card",
            "A delegation may be made when its card is, and begin with it.",
        ),
        lasting(last, [NOW, last - DAY, CARD_UNTIL])(
            "accept_until_last_second_of_card",
            "A delegation may end when its card does.",
        ),
        lasting(first, [CARD_FROM, CARD_FROM - 1, first + DAY])(
            "begins_before_card",
            "A delegation does not begin before its card.",
        )
        .rejects(NO),
        lasting(first, [CARD_FROM - 1, CARD_FROM, first + DAY])(
            "made_before_card",
            "A delegation is not made before its card was signed.",
        )
        .rejects(NO),
        lasting(last, [NOW, last - DAY, CARD_UNTIL + 1])(
            "ends_after_card",
            "A delegation does not outlive its card.",
        )
        .rejects(NO),
        lasting(NOW, [NOW, u64::MAX - 60, u64::MAX])(
            "times_at_end_of_u64",
            "A delegation at the end of time is outside of its card.",
        )
        .rejects(NO),
        lasting(CARD_UNTIL + 1, [NOW, last, CARD_UNTIL])(
            "card_expired",
            "A card that has expired is not accepted from a delegate.",
        )
        .attack("H13")
        .rejects("Expired"),
    ]
}

/// Two faults: the time is looked at before the key.
fn expired_and_for_its_own_key() -> Case {
    let response = granted(|grant| {
        grant.times(NOW - DAY, NOW - DAY, NOW);
        grant.set(CNF, int_map([(1, kit::cose_key("device"))]));
    });
    Case::new(
        "expired_and_for_key_of_card",
        "The key of a delegation is looked at after its end.",
        &response,
    )
    .rejects("DelegationExpired")
}

fn now() -> Vec<Case> {
    let begins = [NOW - DAY, NOW, NOW + 10 * DAY];
    let made = |iat| [iat, NOW - DAY, NOW + DAY];
    vec![
        lasting(NOW - 60, begins)(
            "accept_60_seconds_early",
            "Clocks may differ by 60 seconds where a delegation begins.",
        ),
        lasting(NOW, begins)(
            "accept_first_second",
            "A delegation holds from its first second.",
        ),
        lasting(NOW + 29 * DAY, [NOW, NOW, NOW + 30 * DAY])(
            "accept_day_29",
            "A delegation of 30 days holds on day 29.",
        ),
        lasting(NOW + 10 * DAY - 1, begins)(
            "accept_last_second",
            "A delegation holds in the second before its end.",
        ),
        lasting(NOW, made(NOW + 60))(
            "accept_made_60_seconds_ahead",
            "Clocks may differ by 60 seconds where a delegation was made.",
        ),
        lasting(NOW - 61, begins)(
            "not_yet_valid",
            "A delegation does not hold 61 seconds before it begins.",
        )
        .rejects("DelegationNotYetValid"),
        lasting(NOW + 10 * DAY, begins)(
            "expired_at_its_end",
            "At the second of exp a delegation has ended.",
        )
        .rejects("DelegationExpired"),
        expired_and_for_its_own_key(),
        lasting(NOW + 10 * DAY + 30, begins)(
            "expired_within_skew",
            "The end of a delegation is not stretched by 60 seconds.",
        )
        .rejects("DelegationExpired"),
        lasting(NOW, made(NOW + 61))(
            "made_in_future",
            "A delegation was not made more than 60 seconds from now.",
        )
        .rejects("DelegationIssuedInFuture"),
        lasting(NOW, made(u64::MAX))(
            "made_at_end_of_u64",
            "A time near 2^64 is in the future, and no sum wraps round.",
        )
        .rejects("DelegationIssuedInFuture"),
    ]
}

fn kinds() -> Vec<Case> {
    const NO: &str = "DelegationClaims";
    let seconds = |time: u64| Value::from(time);
    let tagged = |tag, value: Value| Value::Tag(tag, Box::new(value));
    let float = |time: u64| Value::Float(time as f64);
    rejected(
        "H9",
        vec![
            (
                "exp_float",
                "A time is an integer, not a float.",
                claiming(EXP, float(NOW + DAY)),
                NO,
            ),
            (
                "nbf_float",
                "The beginning is an integer, not a float.",
                claiming(NBF, float(NOW - DAY)),
                NO,
            ),
            (
                "iat_float",
                "The time of making is an integer, not a float.",
                claiming(IAT, float(NOW - DAY)),
                NO,
            ),
            (
                "exp_infinite",
                "Infinity is no time.",
                claiming(EXP, Value::Float(f64::INFINITY)),
                NO,
            ),
            (
                "exp_tagged",
                "A time has no tag 1.",
                claiming(EXP, tagged(1, seconds(NOW + DAY))),
                NO,
            ),
            (
                "exp_date",
                "A time is no tdate.",
                claiming(EXP, tagged(0, "2026-06-02T00:00:00Z".into())),
                NO,
            ),
            (
                "exp_bignum",
                "A time is no bignum.",
                claiming(
                    EXP,
                    tagged(2, Value::Bytes((NOW + DAY).to_be_bytes().to_vec())),
                ),
                NO,
            ),
            (
                "exp_negative",
                "A time is not negative.",
                claiming(EXP, -1),
                NO,
            ),
            (
                "nbf_negative",
                "The beginning is not before 1970.",
                claiming(NBF, -1),
                NO,
            ),
            (
                "iat_negative",
                "The time of making is not before 1970.",
                claiming(IAT, -1),
                NO,
            ),
            (
                "exp_text",
                "A time is no text.",
                claiming(EXP, "1780704000"),
                NO,
            ),
            (
                "exp_null",
                "A time is not null: no delegation is without an end.",
                claiming(EXP, Value::Null),
                NO,
            ),
            (
                "times_all_floats",
                "Times are integers, also where all of them would be in order.",
                granted(|grant| {
                    for claim in [EXP, NBF, IAT] {
                        let secs = if claim == EXP { NOW + DAY } else { NOW };
                        grant.set(claim, float(secs));
                    }
                }),
                NO,
            ),
        ],
    )
}
