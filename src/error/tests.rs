use std::collections::BTreeSet;
use std::vec::Vec;

use super::*;

#[test]
fn an_error_fits_in_sixteen_bytes() {
    assert!(size_of::<Error>() <= 16, "{}", size_of::<Error>());
}

#[test]
fn numbers_are_unique_and_in_the_thousand_of_their_kind() {
    let mut seen = BTreeSet::new();
    for (thousand, rows) in (1..).zip(Error::ALL) {
        for (code, _, name, sentence) in *rows {
            assert_eq!(code / 1000, thousand, "{name}");
            assert!(seen.insert(*code), "{code} twice");
            assert!(sentence.ends_with('.'), "{name}: {sentence}");
        }
    }
}

#[test]
fn names_are_unique() {
    let names: Vec<_> = Error::ALL
        .iter()
        .flat_map(|rows| rows.iter().map(|row| row.2))
        .collect();
    let unique: BTreeSet<_> = names.iter().collect();
    assert_eq!(names.len(), unique.len());
}

#[test]
fn a_fault_is_said_of_its_document() {
    let fault = rejected!(DigestMismatch, item: 3, digest_id: 7).in_document(2);
    assert_eq!(
        fault,
        Rejected::DigestMismatch {
            document: 2,
            item: 3,
            digest_id: 7
        }
    );
    assert_eq!(fault.document(), 2);
}
