use std::boxed::Box;
use std::{format, vec};

use proptest::prelude::*;

use super::*;
use crate::error::DecodeErrorKind::{self, *};

fn refused(hex: &str) -> (DecodeErrorKind, u32) {
    let bytes = hex::decode(hex).unwrap();
    let error = WellFormed::parse(&bytes, MESSAGE_CAP).unwrap_err();
    (error.kind(), error.offset())
}

fn parse(hex: &str) -> WellFormed<'static> {
    let bytes = hex::decode(hex).unwrap().leak();
    WellFormed::parse(bytes, MESSAGE_CAP).unwrap()
}

#[test]
fn every_fault_has_its_kind_and_offset() {
    for (hex, kind, offset) in [
        ("", Truncated, 0),
        ("18", Truncated, 1),
        ("8201", Truncated, 0),
        ("820118", Truncated, 3),
        ("42ff", Truncated, 1),
        ("0000", TrailingData, 1),
        ("5bffffffffffffffff", TooLong, 9),
        ("9bffffffffffffffff", TooLong, 0),
        ("bbffffffffffffffff", TooLong, 0),
        ("7f6161ff", IndefiniteLength, 0),
        ("9fff", IndefiniteLength, 0),
        ("bfff", IndefiniteLength, 0),
        ("5fff", IndefiniteLength, 0),
        ("1c", NotWellFormed, 0),
        ("ff", NotWellFormed, 0),
        ("1f", NotWellFormed, 0),
        ("f81f", NotWellFormed, 0),
        ("62c328", InvalidUtf8, 1),
        ("a201020103", DuplicateKey, 3),
        ("a20102180103", DuplicateKey, 3),
        ("a3020001000200", DuplicateKey, 5),
        ("a1f500", KeyType, 1),
        ("a1f93c0000", KeyType, 1),
        ("a1c2410100", KeyType, 1),
        ("a18000", KeyType, 1),
        ("d8180c", UnexpectedType, 2),
        ("d8184201", Truncated, 3),
        ("d818420102", TrailingData, 4),
        ("d8184118", Truncated, 4),
    ] {
        assert_eq!(refused(hex), (kind, offset), "{hex}");
    }
}

#[test]
fn nesting_is_counted_through_byte_strings() {
    assert_eq!(refused(&format!("{}00", "81".repeat(17))).0, TooDeep);
    parse(&format!("{}00", "81".repeat(16)));
    let mut bytes = vec![0];
    for level in 0..17 {
        let outcome = WellFormed::parse(&bytes, MESSAGE_CAP)
            .map(drop)
            .map_err(|e| e.kind());
        assert_eq!(outcome, if level > 16 { Err(TooDeep) } else { Ok(()) });
        let mut writer = Writer::new();
        writer.embedded(&bytes);
        bytes = writer.into_bytes();
    }
    assert_eq!(
        WellFormed::parse(&bytes, MESSAGE_CAP).unwrap_err().kind(),
        TooDeep
    );
}

#[test]
fn what_is_read_can_be_written_at_every_depth() {
    let nested = |levels: usize| [&[0xc9].repeat(levels)[..], &[0]].concat();
    let written = |levels| {
        let bytes = nested(levels);
        to_deterministic(&ciborium::from_reader(bytes.as_slice()).unwrap())
    };
    for levels in 0..=16 {
        assert!(WellFormed::parse(&nested(levels), MESSAGE_CAP).is_ok());
        assert_eq!(written(levels), Ok(nested(levels)));
    }
    assert_eq!(written(17), Err(crate::error::Misuse::ValueNotEncodable));
}

#[test]
fn unordered_maps_are_capped_and_ordered_ones_are_not() {
    let map = |keys: &mut dyn Iterator<Item = u64>, count| {
        let mut writer = Writer::new();
        writer.map(count);
        keys.for_each(|key| {
            writer.uint(key).raw(&[0xf6]);
        });
        WellFormed::parse(&writer.into_bytes(), MESSAGE_CAP)
            .map(drop)
            .map_err(|e| e.kind())
    };
    assert_eq!(map(&mut (0..5000), 5000), Ok(()));
    assert_eq!(map(&mut (0..256).rev(), 256), Ok(()));
    assert_eq!(map(&mut (0..257).rev(), 257), Err(TooManyKeys));
    assert_eq!(map(&mut (0..200).rev().chain([7]), 201), Err(DuplicateKey));
}

#[test]
fn typed_access_says_what_is_wrong_and_where() {
    let item = parse("a2616101616282f5f6");
    let [a, b, c] = item.fields(["a", "b", "c"]).unwrap();
    assert_eq!(a.unwrap().uint(), Ok(1));
    assert_eq!(
        a.unwrap().text().unwrap_err(),
        a.unwrap().error(UnexpectedType)
    );
    assert_eq!(a.unwrap().offset(), 3);
    let [yes, null] = b.unwrap().tuple().unwrap();
    assert_eq!((yes.boolean(), null.is_null()), (Ok(true), true));
    assert!(b.unwrap().tuple::<3>().is_err() && b.unwrap().tuple::<1>().is_err());
    assert_eq!(required(c, &item).unwrap_err().kind(), MissingKey);
    assert_eq!(parse("60").name().unwrap_err().kind(), Empty);
    assert_eq!(
        parse("3bffffffffffffffff").int().unwrap_err().kind(),
        OutOfRange
    );
    assert_eq!(parse("3b7fffffffffffffff").int(), Ok(i64::MIN));
    assert_eq!(parse("20").int(), Ok(-1));
}

#[test]
fn embedded_items_keep_their_bytes_and_offsets() {
    let item = parse("81d81843820102");
    let [inner] = item.tuple().unwrap();
    let embedded = inner.embedded().unwrap();
    assert_eq!(embedded.raw(), [0xd8, 0x18, 0x43, 0x82, 1, 2]);
    assert_eq!(embedded.content().bytes(), [0x82, 1, 2]);
    assert_eq!(embedded.content().offset(), 4);
}

/// The usual heads, longer ones, the longest, and no tag.
#[test]
fn embedded_items_of_an_array_are_read_whatever_their_heads() {
    let array = parse("84d81841f6d9001859000180db00000000000000185a00000001f505");
    let mut items = array.array().unwrap();
    let mut next = || items.next_embedded().unwrap();
    let read = [next(), next(), next(), next()];
    let one_by_one = array.array().unwrap().map(|item| item?.embedded());
    for (read, plain) in read.into_iter().zip(one_by_one) {
        let [read, plain] = [read, plain].map(|embedded| {
            let embedded = embedded?;
            let content = embedded.content();
            Ok::<_, crate::error::DecodeError>((embedded.raw(), content.bytes(), content.offset()))
        });
        assert_eq!(read, plain);
    }
    assert!(items.next_embedded().is_none());
}

#[test]
fn values_are_found_in_any_order() {
    let map = parse("a3000a010b6161f5").map().unwrap();
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let mut values = LookUp::new(map);
        for key in order.into_iter().chain(order) {
            let value = values.find(key).and_then(|value| value.uint().ok());
            assert_eq!(
                value,
                [Some(10), Some(11), None][usize::try_from(key).unwrap()]
            );
        }
        assert_eq!(values.find("a").unwrap().boolean(), Ok(true));
        assert!(values.find("b").is_none());
        assert!(values.find("a").is_some());
    }
}

#[test]
fn parts_write_what_the_writer_writes() {
    let long = [7; 300];
    let inner = Parts::new().array(3).text("abc").byte_string(&long).null();
    let outer = Parts::new().array(1).embedded(&inner);
    let mut content = Writer::new();
    content.array(3).text("abc").byte_string(&long).raw(&[0xf6]);
    let mut expected = Writer::new();
    expected.array(1).embedded(content.as_slice());
    assert_eq!(
        outer.with(|slices| slices.concat()).unwrap(),
        expected.as_slice()
    );
    let full = (0..40).fold(Parts::new(), |parts, _| parts.null());
    assert!(full.with(|_| ()).is_none());
}

/// Values with the keys that we accept, nested below the depth limit.
pub(super) fn value() -> impl Strategy<Value = ciborium::Value> {
    use ciborium::Value;
    let leaf = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        any::<f64>()
            .prop_filter("NaN has no equal", |f| !f.is_nan())
            .prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        let key = prop_oneof![
            any::<i16>().prop_map(Value::from),
            "[a-z]{0,4}".prop_map(Value::from)
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            proptest::collection::vec((key, inner.clone()), 0..8).prop_map(Value::Map),
            inner.prop_map(|value| Value::Tag(1004, Box::new(value))),
        ]
    })
}

proptest! {
    #[test]
    fn what_we_write_is_well_formed_and_ciborium_reads_it(value in value()) {
        if let Ok(bytes) = to_deterministic(&value) {
            prop_assert!(WellFormed::parse(&bytes, MESSAGE_CAP).is_ok());
            let back: ciborium::Value = ciborium::from_reader(bytes.as_slice()).unwrap();
            prop_assert_eq!(to_deterministic(&back).unwrap(), bytes);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        // ciborium has no value for a simple value without a name.
        let unnamed = |byte: &u8| matches!(byte, 0xe0..=0xf3 | 0xf8);
        if WellFormed::parse(&bytes, MESSAGE_CAP).is_ok() && !bytes.iter().any(unnamed) {
            prop_assert!(ciborium::from_reader::<ciborium::Value, _>(bytes.as_slice()).is_ok());
        }
    }
}
