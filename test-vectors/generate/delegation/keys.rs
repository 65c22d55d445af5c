//! Step 9, and the form of the delegate's key.

use ciborium::Value;

use super::claims::NO;
use super::lend::{CNF, DELEGATE, bytes, card, claiming, granted, int_map, of_card, set, unset};
use super::{Case, Row, rejected};
use crate::kit::{self, array, at, encode, insert};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = rejected("H10", keys());
    cases.extend(rejected("H8", keys_of_cards()));
    cases
}

/// Of a card whose issuer says this of its device key. The key signs the delegation all the same.
fn saying_of_key(label: i64, value: Value) -> Vec<u8> {
    of_card(card().with(|draft| {
        let key = at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]);
        insert(key, label, value);
    }))
}

fn keys_of_cards() -> Vec<Row> {
    const USE: &str = "DeviceKeyUse";
    vec![
        (
            "card_key_agrees",
            "A device key that its issuer declares for agreement signs no delegation.",
            saying_of_key(3, (-25).into()),
            USE,
        ),
        (
            "card_key_derives",
            "A device key whose operations do not say that its signatures are verified signs none.",
            saying_of_key(4, array([7.into(), 8.into()])),
            USE,
        ),
    ]
}

/// A delegation for the delegate's key after `change`.
pub(super) fn with_key(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut key = kit::cose_key(DELEGATE);
    change(&mut key);
    claiming(CNF, int_map([(1, key)]))
}

fn keys() -> Vec<Row> {
    const KEY: &str = "DelegateKey";
    let coordinate = |key: &Value, label: i64| {
        let entries = key.as_map().expect("a map");
        let found = entries.iter().find(|(name, _)| *name == label.into());
        found
            .expect("a coordinate")
            .1
            .as_bytes()
            .expect("bytes")
            .clone()
    };
    let with = |label: i64, value: Value| with_key(|key| set(key, label, value));
    vec![
        (
            "cnf_is_key_of_card",
            "The delegate's key is not the key of the card.",
            granted(|grant| {
                grant.set(CNF, int_map([(1, kit::cose_key("device"))]));
            }),
            KEY,
        ),
        (
            "cnf_off_curve",
            "The delegate's key is a point of P-256.",
            with_key(|key| {
                let x = coordinate(key, -2);
                set(key, -3, Value::Bytes(x));
            }),
            KEY,
        ),
        (
            "cnf_of_zeros",
            "Infinity is no key of a delegate.",
            with_key(|key| {
                for label in [-2, -3] {
                    set(key, label, bytes(&[0; 32]));
                }
            }),
            KEY,
        ),
        (
            "cnf_not_reduced",
            "A coordinate is below the prime of P-256.",
            with(-2, bytes(&[0xff; 32])),
            KEY,
        ),
        (
            "cnf_compressed",
            "The delegate's key has both coordinates.",
            with(-3, Value::Bool(true)),
            NO,
        ),
        (
            "cnf_of_31_bytes",
            "A coordinate has 32 bytes, with its leading zeros.",
            with(-2, bytes(&[7; 31])),
            NO,
        ),
        (
            "cnf_of_33_bytes",
            "A coordinate has no more than 32 bytes.",
            with_key(|key| {
                let y = [vec![0], coordinate(key, -3)].concat();
                set(key, -3, Value::Bytes(y));
            }),
            NO,
        ),
        (
            "cnf_without_y",
            "The delegate's key has a second coordinate.",
            with_key(|key| unset(key, -3)),
            NO,
        ),
        (
            "cnf_of_another_kind",
            "The delegate's key is an EC2 key.",
            with(1, 1.into()),
            NO,
        ),
        (
            "cnf_on_another_curve",
            "The delegate's key is on P-256.",
            with(-1, 2.into()),
            NO,
        ),
        (
            "cnf_key_with_kid",
            "The delegate's key has no name.",
            with(2, bytes(b"kid")),
            NO,
        ),
        (
            "cnf_key_with_alg",
            "The delegate's key names no algorithm.",
            with(3, (-7).into()),
            NO,
        ),
        (
            "cnf_with_private_key",
            "The private half of the delegate's key is nowhere.",
            with(-4, bytes(&[7; 32])),
            NO,
        ),
        (
            "cnf_with_kid",
            "A key is given whole, and by nothing else.",
            claiming(
                CNF,
                int_map([(1, kit::cose_key(DELEGATE)), (3, bytes(b"kid"))]),
            ),
            NO,
        ),
        (
            "cnf_of_kid_alone",
            "A key is not named by a key identifier.",
            claiming(CNF, int_map([(3, bytes(b"kid"))])),
            NO,
        ),
        (
            "cnf_in_bytes",
            "A key is a map, not bytes that hold one.",
            claiming(
                CNF,
                int_map([(1, bytes(&encode(&kit::cose_key(DELEGATE))))]),
            ),
            NO,
        ),
    ]
}
