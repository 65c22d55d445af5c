use proptest::prelude::*;

use super::*;
use crate::cbor::tests::value;
use crate::cbor::{MESSAGE_CAP, Writer, to_deterministic};
use crate::error::DecodeErrorKind::*;

fn bytes(hex: &str) -> &'static [u8] {
    hex::decode(hex).unwrap().leak()
}

fn parse(hex: &str) -> Result<WellFormed<'static>, (DecodeErrorKind, u32)> {
    WellFormed::parse_deterministic(bytes(hex), MESSAGE_CAP).map_err(|e| (e.kind(), e.offset()))
}

#[test]
fn what_is_deterministic_is_let_in() {
    for hex in [
        "00",
        "17",
        "1818",
        "18ff",
        "190100",
        "19ffff",
        "1a00010000",
        "1affffffff",
        "1b0000000100000000",
        "1bffffffffffffffff",
        "3818",
        "40",
        "60",
        "80",
        "a0",
        "f4",
        "f5",
        "f6",
        "83f4f5f6",
        "c000",
        "d8184101",
        // RFC 8949 section 4.2.1 lists 10, 100, -1, "z", "aa" in this order.
        "a50a001864002000617a0062616100",
        "a2410100610000",
    ] {
        assert!(parse(hex).is_ok(), "{hex}: {:?}", parse(hex));
    }
}

#[test]
fn what_is_not_is_refused_where_it_stands() {
    for (hex, offset) in [
        ("1800", 0),
        ("1817", 0),
        ("190000", 0),
        ("1900ff", 0),
        ("1a0000ffff", 0),
        ("1b00000000ffffffff", 0),
        ("3817", 0),
        ("5800", 0),
        ("7800", 0),
        ("980100", 0),
        ("b800", 0),
        ("b900010000", 0),
        ("d81700", 0),
        ("da0000001700", 0),
        // Floats of every width, undefined and simple values.
        ("f93c00", 0),
        ("fa3fc00000", 0),
        ("fb3ff199999999999a", 0),
        ("f7", 0),
        ("e0", 0),
        ("f3", 0),
        ("f820", 0),
        ("f8ff", 0),
        // Inside of everything.
        ("82001801", 2),
        ("a1001801", 2),
        ("a1180100", 1),
        ("a158010000", 1),
        ("c01801", 1),
        ("a100a10081f7", 5),
        // Keys: 1 after 2, a shorter text after a longer, text before bytes, -1 before 0.
        ("a202000100", 3),
        ("a262616100617a00", 5),
        ("a2616100416100", 4),
        ("a220000000", 3),
        ("a3000002000100", 5),
        ("a219010000180000", 5),
    ] {
        let expected = Err((NotDeterministic, offset));
        assert_eq!(parse(hex).map(drop), expected, "{hex}");
    }
}

#[test]
fn malformed_bytes_keep_their_faults() {
    for (hex, kind) in [
        ("", Truncated),
        ("9fff", IndefiniteLength),
        ("a201000100", DuplicateKey),
        ("a1f500", KeyType),
    ] {
        assert_eq!(parse(hex).unwrap_err().0, kind, "{hex}");
    }
    let over = WellFormed::parse_deterministic(bytes("8100"), 1);
    assert_eq!(over.unwrap_err().kind(), TooLong);
}

#[test]
fn byte_strings_are_not_looked_into_until_asked() {
    for hex in ["421800", "d818421800"] {
        assert!(parse(hex).is_ok(), "{hex}");
    }
    let [_, wrapped] = parse("8200421817").unwrap().tuple().unwrap();
    let error = wrapped.parse_content().unwrap().check_deterministic();
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.offset()), (NotDeterministic, 3));
}

#[test]
fn every_depth_that_is_well_formed_is_walked() {
    let good = format!("{}00", "81".repeat(16));
    assert!(parse(&good).is_ok());
    let bad = format!("{}1800", "81".repeat(16));
    assert_eq!(parse(&bad).unwrap_err(), (NotDeterministic, 16));
}

#[test]
fn a_closed_map_holds_what_is_asked_for_and_nothing_else() {
    let map = parse("a3011002112012").unwrap();
    let [minus_one, three, one, two] = map.closed_fields([-1, 3, 1, 2]).unwrap();
    assert_eq!(minus_one.unwrap().uint(), Ok(0x12));
    assert_eq!(one.unwrap().uint(), Ok(0x10));
    assert_eq!(two.unwrap().uint(), Ok(0x11));
    assert!(three.is_none());
    let unknown = map.closed_fields([1, -1]).unwrap_err();
    assert_eq!((unknown.kind(), unknown.offset()), (UnknownKey, 3));
    // An integer is not the text that looks like it, and an empty list knows no key.
    assert_eq!(map.closed_fields(["1"]).unwrap_err().offset(), 1);
    assert_eq!(map.closed_fields([0; 0]).unwrap_err().kind(), UnknownKey);
    assert!(parse("a0").unwrap().closed_fields([0; 0]).is_ok());
    let array = parse("80").unwrap().closed_fields([1]);
    assert_eq!(array.unwrap_err().kind(), UnexpectedType);
}

/// Each integer has one head that is let in: the one that we write.
#[test]
fn the_writer_is_deterministic() {
    for value in [
        0,
        23,
        24,
        255,
        256,
        65_535,
        65_536,
        u64::from(u32::MAX),
        1 << 32,
        u64::MAX,
    ] {
        let mut out = Writer::new();
        out.array(3).uint(value).boolean(true).embedded(&[0]);
        let written = out.into_bytes();
        assert!(WellFormed::parse_deterministic(&written, MESSAGE_CAP).is_ok());
        for (info, len) in [(24, 1), (25, 2), (26, 4), (27, 8)] {
            let argument = value.to_be_bytes();
            let (rest, tail) = argument.split_at(8 - len);
            let head = [&[info], tail].concat();
            let fits = rest.iter().all(|byte| *byte == 0);
            let accepted = WellFormed::parse_deterministic(&head, MESSAGE_CAP).is_ok();
            assert_eq!(
                accepted && fits,
                written[1..].starts_with(&head),
                "{head:02x?}"
            );
        }
    }
}

/// ciborium writes shortest heads, and keys in the order that they are given in.
fn written_in_any_order(value: &ciborium::Value) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).unwrap();
    out
}

fn holds_float(value: &ciborium::Value) -> bool {
    use ciborium::Value;
    match value {
        Value::Float(_) => true,
        Value::Array(items) => items.iter().any(holds_float),
        Value::Map(entries) => entries.iter().any(|(_, value)| holds_float(value)),
        Value::Tag(_, inner) => holds_float(inner),
        _ => false,
    }
}

proptest! {
    /// What is let in is what encoding it again gives, and nothing else.
    #[test]
    fn one_encoding_of_each_value_is_let_in(value in value()) {
        if let Ok(ours) = to_deterministic(&value) {
            for bytes in [&ours, &written_in_any_order(&value)] {
                let accepted = WellFormed::parse_deterministic(bytes, MESSAGE_CAP).is_ok();
                prop_assert_eq!(accepted, *bytes == ours && !holds_float(&value));
            }
        }
    }
}
