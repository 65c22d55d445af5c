use super::*;
use crate::profile::ElementFault::{Characters, CheckDigits, Image, Length, Value as Wrong};

#[track_caller]
fn check(kind: ValueType, rows: &[(&str, Result<(), ElementFault>)]) {
    for (text, expected) in rows {
        assert_eq!(kind.check(&(*text).into()), *expected, "{kind}: {text:?}");
    }
}

#[test]
fn texts() {
    let long = "é".repeat(151);
    let rows = [
        ("a", Ok(())),
        (&long[2..], Ok(())),
        (&long, Err(Length)),
        ("", Err(Length)),
        ("a\nb", Err(Characters)),
    ];
    check(ValueType::Text(150), &rows);
    let rows = [
        ("075", Ok(())),
        ("75", Err(Length)),
        ("0075", Err(Length)),
        ("07a", Err(Characters)),
    ];
    check(ValueType::Digits(3), &rows);
    let rows = [
        ("FR", Ok(())),
        ("fr", Err(Characters)),
        ("FRA", Err(Length)),
    ];
    check(ValueType::Country, &rows);
    let rows = [
        ("FR:01751", Ok(())),
        ("FR:017", Err(Length)),
        ("FR:01751012345", Err(Length)),
        ("FR:01-51", Err(Characters)),
        ("01751", Err(Characters)),
        ("fr:01751", Err(Characters)),
    ];
    check(ValueType::Institution, &rows);
    let rows = [
        ("a-1", Ok(())),
        ("", Err(Length)),
        ("12345678901", Err(Length)),
        ("a b", Err(Characters)),
        ("é", Err(Characters)),
    ];
    check(ValueType::CodeOrNull(10), &rows);
    check(
        ValueType::OneOfTexts(&["a", "b"]),
        &[("b", Ok(())), ("c", Err(Wrong))],
    );
    check(ValueType::Bool, &[("true", Err(Wrong))]);
}

#[test]
fn national_numbers() {
    let rows = [
        // The published example, Corsica before and after 1976, a month of an incomplete record.
        ("206127511100564", Ok(())),
        ("176012A00100101", Err(CheckDigits)),
        ("206137511100501", Err(Characters)),
        ("306127511100564", Err(Characters)),
        ("20612751110056", Err(Length)),
        ("2061275111005644", Err(Length)),
        ("20612751110056é", Err(Length)),
        ("2061275111005 4", Err(Characters)),
    ];
    check(ValueType::NationalNumber, &rows);
    // By hand: 1760119001001 mod 97 and 1760118001001 mod 97.
    for (first, value) in [
        ("176012A001001", 1_760_119_001_001_u64),
        ("176012B001001", 1_760_118_001_001),
        ("176012C001001", 0),
        ("1760199001001", 1_760_199_001_001),
        ("1762099001001", 1_762_099_001_001),
        ("1764399001001", 0),
        ("1765099001001", 1_765_099_001_001),
    ] {
        let number = NationalNumber::with_key(first);
        match value {
            0 => assert_eq!(number.map(drop), Err(Characters), "{first}"),
            _ => {
                let key = std::format!("{first}{:02}", 97 - value % 97);
                assert_eq!(number.unwrap().as_str(), key);
                assert!(NationalNumber::parse(&key).is_ok());
            }
        }
    }
}

#[test]
fn numbers_and_images() {
    let of = |kind: ValueType, value: u64| kind.check(&value.into());
    assert_eq!(of(ValueType::Between(1, 6), 6), Ok(()));
    assert_eq!(of(ValueType::Between(1, 6), 7), Err(Wrong));
    assert_eq!(of(ValueType::Between(1, 6), 0), Err(Wrong));
    assert_eq!(of(ValueType::OneOf(&[0, 4]), 4), Ok(()));
    assert_eq!(of(ValueType::OneOf(&[0, 4]), 3), Err(Wrong));
    assert_eq!(ValueType::Between(0, 6).check(&(-1).into()), Err(Wrong));
    let image = |bytes: &[u8]| ValueType::Jpeg.check(&bytes.into());
    assert_eq!(image(&[0xff, 0xd8, 0xff, 0xe0]), Ok(()));
    assert_eq!(image(b"\x89PNG"), Err(Image));
    let mut long = alloc::vec![0; PORTRAIT + 1];
    long[..3].copy_from_slice(&[0xff, 0xd8, 0xff]);
    assert_eq!(image(&long), Err(Length));
    assert_eq!(image(&long[..PORTRAIT]), Ok(()));
}

/// Values that tell something by their length are padded to the longest.
#[test]
fn no_value_is_longer_than_the_longest() {
    let len = |value: &Value| ElementValue::new(value).unwrap().as_cbor().len();
    let date = full_date(Date::new(2026, 6, 1).unwrap());
    assert_eq!(ValueType::DateOrNull.longest(), Some(len(&date)));
    assert_eq!(ValueType::Between(0, 100).longest(), Some(len(&100.into())));
    let nine: Value = "123456789".into();
    let accident = map([("fund", nine.clone()), ("code", nine.clone()), ("id", nine)]);
    let accidents = Value::Array(alloc::vec![accident; 3]);
    assert_eq!(ValueType::WorkAccidents.check(&accidents), Ok(()));
    assert_eq!(ValueType::WorkAccidents.longest(), Some(len(&accidents)));
    for most in [10, 20, 40] {
        let code: Value = "a".repeat(most).into();
        let longest = ValueType::CodeOrNull(most).longest().unwrap();
        assert!(len(&code) <= longest && longest <= len(&code) + 1);
    }
}
