//! Well-formedness, every walk, dates, and messages with one encoding.
#![no_main]

use vitacard::fuzzing;

vitacard_fuzz::target!(run);

fn run(bytes: &[u8]) {
    let count = fuzzing::cbor(bytes);
    assert_eq!(fuzzing::cbor(bytes), count, "the same again");
    fuzzing::own(bytes);
    let Ok(value) = fuzzing::value(bytes) else {
        assert!(count.is_err());
        return;
    };
    let text = value.as_text().or(value.as_date()).unwrap_or_default();
    if let Some((_, written)) = fuzzing::date(text) {
        // Fractions are cut off.
        assert_eq!(text[..19], written[..19]);
    }
}
