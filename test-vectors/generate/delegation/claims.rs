//! Step 8: what a delegation says, but for its times and its key.

use ciborium::Value;

use super::keys::with_key;
use super::lend::{
    CNF, CTI, DAY, EXP, Grant, IAT, NAME, NBF, NOW, OTHER_NS, OWN_CARD, PURPOSE_SET, PURPOSES,
    SCOPE, USES, bytes, claiming, claims, controllers, grant, granted, int_sets, unset,
};
use super::{Case, Row, rejected};
use crate::kit::{self, array, encode, insert, map};

pub(super) const NO: &str = "DelegationClaims";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = rejected("H3", missing());
    cases.extend(rejected("H3", not_closed()));
    cases.extend(rejected("H3", kinds()));
    cases.extend(rejected("H3", sets()));
    cases.extend(rejected("H3", encodings()));
    cases.extend(sizes());
    cases
}

fn without(claim: i64) -> Vec<u8> {
    granted(|grant| unset(&mut grant.claims, claim))
}

fn missing() -> Vec<Row> {
    vec![
        ("exp_missing", "A delegation ends.", without(EXP), NO),
        ("nbf_missing", "A delegation begins.", without(NBF), NO),
        (
            "iat_missing",
            "A delegation says when it was made.",
            without(IAT),
            NO,
        ),
        (
            "cti_missing",
            "A delegation has a number.",
            without(CTI),
            NO,
        ),
        (
            "cnf_missing",
            "A delegation is for a key.",
            without(CNF),
            NO,
        ),
        (
            "scope_missing",
            "A delegation says what is lent: without a scope nothing is, rather than everything.",
            without(SCOPE),
            NO,
        ),
        (
            "purposes_missing",
            "A delegation says for what: without purposes it is for none, rather than for all.",
            without(PURPOSE_SET),
            NO,
        ),
    ]
}

fn not_closed() -> Vec<Row> {
    let and = |key: Value| {
        granted(|grant| {
            insert(&mut grant.claims, key, 1.into());
            let claims = grant.claims.as_map_mut().expect("a map");
            claims.sort_by_key(|(key, _)| encode(key));
        })
    };
    vec![
        (
            "unknown_claim_iss",
            "A delegation has no claim that CWT knows and this page does not.",
            and(1.into()),
            NO,
        ),
        (
            "unknown_claim_private",
            "A delegation has no claim that this page does not list.",
            and((-70_006).into()),
            NO,
        ),
        (
            "unknown_claim_text",
            "A claim has a number, not a name.",
            and("scope".into()),
            NO,
        ),
        (
            "claims_not_a_map",
            "Claims are a map.",
            granted(|grant| grant.payload = Some(encode(&array([claims()])))),
            NO,
        ),
    ]
}

fn kinds() -> Vec<Row> {
    vec![
        (
            "cti_of_15_bytes",
            "The number of a delegation has 16 bytes, not fewer.",
            claiming(CTI, bytes(&[7; 15])),
            NO,
        ),
        (
            "cti_of_17_bytes",
            "The number of a delegation has 16 bytes, not more.",
            claiming(CTI, bytes(&[7; 17])),
            NO,
        ),
        (
            "cti_text",
            "The number of a delegation is bytes.",
            claiming(CTI, "sixteen bytes id"),
            NO,
        ),
        (
            "name_empty",
            "A name is not empty: an empty one would hide that there is a delegate.",
            claiming(NAME, ""),
            NO,
        ),
        (
            "name_of_65_bytes",
            "A name has at most 64 bytes.",
            claiming(NAME, "n".repeat(65)),
            NO,
        ),
        (
            "name_of_33_letters_and_66_bytes",
            "The length of a name is counted in bytes.",
            claiming(NAME, "\u{e9}".repeat(33)),
            NO,
        ),
        (
            "name_bytes",
            "A name is a text.",
            claiming(NAME, bytes(b"Dominique")),
            NO,
        ),
        (
            "uses_zero",
            "A delegation that advises no use is none.",
            claiming(USES, 0),
            NO,
        ),
        (
            "uses_256",
            "At most 255 uses are advised.",
            claiming(USES, 256),
            NO,
        ),
        (
            "uses_negative",
            "A number of uses is not negative.",
            claiming(USES, -1),
            NO,
        ),
        (
            "uses_text",
            "A number of uses is a number.",
            claiming(USES, "3"),
            NO,
        ),
        (
            "own_card_of_31_bytes",
            "The digest of the delegate's own card has 32 bytes.",
            claiming(OWN_CARD, bytes(&[7; 31])),
            NO,
        ),
        (
            "own_card_of_33_bytes",
            "The digest of the delegate's own card has no more than 32 bytes.",
            claiming(OWN_CARD, bytes(&[7; 33])),
            NO,
        ),
        (
            "own_card_null",
            "An own card is named or left out.",
            claiming(OWN_CARD, Value::Null),
            NO,
        ),
    ]
}

fn sets() -> Vec<Row> {
    let scope = |ids: &[i64]| claiming(SCOPE, int_sets(&[(kit::NAME_SPACE, ids)]));
    let purposes = |codes: &[i64]| claiming(PURPOSE_SET, int_sets(&[(PURPOSES, codes)]));
    let no_map = || Value::Map(vec![]);
    vec![
        (
            "scope_empty",
            "A scope names something.",
            claiming(SCOPE, no_map()),
            NO,
        ),
        (
            "scope_of_no_items",
            "A name space in a scope names an item: none of them does not mean all.",
            scope(&[]),
            NO,
        ),
        (
            "scope_not_a_map",
            "A scope is a map by name space.",
            claiming(SCOPE, array([0.into(), 1.into()])),
            NO,
        ),
        (
            "scope_of_all",
            "There is no wildcard in a scope.",
            claiming(SCOPE, map([(kit::NAME_SPACE, Value::Bool(true))])),
            NO,
        ),
        (
            "scope_unsorted",
            "The numbers in a scope ascend.",
            scope(&[1, 0]),
            NO,
        ),
        (
            "scope_repeated",
            "A number is in a scope once.",
            scope(&[0, 0, 1]),
            NO,
        ),
        (
            "scope_2_31",
            "A digest has a number below 2^31.",
            scope(&[0, 1, 1 << 31]),
            NO,
        ),
        (
            "scope_negative",
            "A digest has no negative number.",
            scope(&[-1, 0, 1]),
            NO,
        ),
        (
            "scope_of_names",
            "A scope holds numbers of digests, not names of elements.",
            claiming(
                SCOPE,
                map([(kit::NAME_SPACE, array(["family_name".into()]))]),
            ),
            NO,
        ),
        (
            "scope_by_number",
            "A name space is a text.",
            claiming(SCOPE, map([(0, array([0.into(), 1.into()]))])),
            NO,
        ),
        (
            "purposes_empty",
            "A delegation is for some purpose.",
            claiming(PURPOSE_SET, no_map()),
            NO,
        ),
        (
            "purposes_of_no_codes",
            "A controller in a purpose set comes with a code: none of them does not mean all.",
            purposes(&[]),
            NO,
        ),
        (
            "purposes_of_65_controllers",
            "A purpose set names at most 64 controllers.",
            claiming(PURPOSE_SET, controllers(65)),
            NO,
        ),
        (
            "purposes_unsorted",
            "The codes of purposes ascend.",
            purposes(&[2, 1]),
            NO,
        ),
        (
            "purposes_repeated",
            "The code of a purpose is there once.",
            purposes(&[1, 1]),
            NO,
        ),
        (
            "purposes_text",
            "The code of a purpose is a number.",
            claiming(PURPOSE_SET, map([(PURPOSES, array(["1".into()]))])),
            NO,
        ),
        (
            "purposes_single",
            "The codes of purposes are an array, also where there is one.",
            claiming(PURPOSE_SET, map([(PURPOSES, Value::from(1))])),
            NO,
        ),
    ]
}

/// The claims, with `from` spelt as `to`.
fn respelt(from: &[u8], to: &[u8]) -> Vec<u8> {
    granted(|grant| grant.payload = Some(replaced(&encode(&grant.claims), from, to)))
}

pub(super) fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut windows = bytes.windows(from.len());
    let at = windows.position(|window| window == from).expect("a place");
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

fn encodings() -> Vec<Row> {
    const UNREADABLE: &str = "DelegationMalformed";
    let mut deep = Value::from(0);
    (0..40).for_each(|_| deep = array([deep.clone()]));
    let twice = |claim: i64, value: Value| {
        granted(|grant| {
            insert(&mut grant.claims, claim, value);
            let claims = grant.claims.as_map_mut().expect("a map");
            claims.sort_by_key(|(key, _)| encode(key));
        })
    };
    vec![
        (
            "claims_out_of_order",
            "The claims stand in the one order that there is.",
            granted(|grant| grant.claims.as_map_mut().expect("a map").swap(0, 1)),
            NO,
        ),
        (
            "claims_head_not_shortest",
            "The head of the claims is as short as can be.",
            respelt(&[0xa7, 4], &[0xb8, 7, 4]),
            NO,
        ),
        (
            "claim_label_not_shortest",
            "The label of a claim is as short as can be.",
            respelt(&[0xa7, 4], &[0xa7, 0x18, 4]),
            NO,
        ),
        (
            "claim_value_not_shortest",
            "The value of a claim is as short as can be.",
            respelt(&[0x82, 0, 1], &[0x82, 0, 0x18, 1]),
            NO,
        ),
        (
            "claim_length_not_shortest",
            "The length of a byte string is as short as can be.",
            respelt(&[7, 0x50], &[7, 0x58, 0x10]),
            NO,
        ),
        (
            "scope_name_spaces_out_of_order",
            "The name spaces of a scope stand in the order of deterministic encoding.",
            claiming(
                SCOPE,
                int_sets(&[(OTHER_NS, &[0]), (kit::NAME_SPACE, &[0, 1])]),
            ),
            NO,
        ),
        (
            "cnf_out_of_order",
            "The labels of the delegate's key stand in the order of deterministic encoding.",
            with_key(|key| key.as_map_mut().expect("a map").swap(0, 1)),
            NO,
        ),
        (
            "claims_of_indefinite_length",
            "Lengths are definite.",
            granted(|grant| {
                let claims = replaced(&encode(&grant.claims), &[0xa7, 4], &[0xbf, 4]);
                grant.payload = Some([claims, vec![0xff]].concat());
            }),
            UNREADABLE,
        ),
        (
            "claim_twice",
            "A claim is there once, and no reader takes the first where another takes the last.",
            twice(EXP, (NOW + 20 * DAY).into()),
            UNREADABLE,
        ),
        (
            "scope_name_space_twice",
            "A name space is in a scope once.",
            claiming(
                SCOPE,
                int_sets(&[(kit::NAME_SPACE, &[0, 1]), (kit::NAME_SPACE, &[2])]),
            ),
            UNREADABLE,
        ),
        (
            "name_not_utf_8",
            "A name is UTF-8.",
            granted(|grant| {
                grant.set(NAME, "ab");
                grant.payload = Some(replaced(&encode(&grant.claims), b"\x62ab", b"\x62\xff\xfe"));
            }),
            UNREADABLE,
        ),
        (
            "claims_truncated",
            "The claims are whole.",
            granted(|grant| {
                let mut claims = encode(&grant.claims);
                claims.pop();
                grant.payload = Some(claims);
            }),
            UNREADABLE,
        ),
        (
            "claims_with_trailing_byte",
            "Nothing follows the claims.",
            granted(|grant| grant.payload = Some([encode(&grant.claims), vec![0]].concat())),
            UNREADABLE,
        ),
        (
            "claims_nested_40_deep",
            "Nesting is at most 16 deep.",
            claiming(-70_006, deep),
            UNREADABLE,
        ),
    ]
}

/// A delegation with so many entries in its scope, in two name spaces.
fn entries(count: i64) -> Grant {
    grant().with(|grant| {
        let first: Vec<_> = (0..count - 20).collect();
        let others: Vec<_> = (100..120).collect();
        let scope = [(kit::NAME_SPACE, first.as_slice()), (OTHER_NS, &others)];
        grant.set(SCOPE, int_sets(&scope));
    })
}

/// A delegation of so many bytes, by the name of a name space that the card does not have.
fn long(len: usize) -> Grant {
    let with = |name_len: usize| {
        grant().with(|grant| {
            let name = "n".repeat(name_len);
            let scope = [(kit::NAME_SPACE, &[0, 1][..]), (&name, &[0])];
            grant.set(SCOPE, int_sets(&scope));
        })
    };
    let short = with(1000).sign().content().len();
    with(1000 + len - short)
}

fn sizes() -> Vec<Case> {
    const LARGE: &str = "DelegationTooLarge";
    let accept = |name, rule, grant: Grant| {
        let delegation = grant.sign();
        let id = delegation.id;
        Case::new(name, rule, &delegation.present().response()).accepts(&id)
    };
    let reject = |name, rule, grant: Grant| {
        let response = grant.sign().present().response();
        Case::new(name, rule, &response).attack("H3").rejects(LARGE)
    };
    let (most, over) = (long(2048), long(2049));
    vec![
        accept(
            "accept_scope_of_64_entries",
            "A scope has at most 64 entries, over all name spaces.",
            entries(64),
        ),
        reject(
            "scope_of_65_entries",
            "A scope has no more than 64 entries.",
            entries(65),
        ),
        accept(
            "accept_delegation_of_2048_bytes",
            "A delegation has at most 2 KiB.",
            most,
        ),
        reject(
            "delegation_of_2049_bytes",
            "A delegation has no more than 2 KiB.",
            over,
        ),
    ]
}
