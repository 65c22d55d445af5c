//! `docs/errors.md` says what the library says, of each number.
#![allow(
    unreachable_pub,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

mod errors;

use vitacard::Error;

const FILE: &str = include_str!("../docs/errors.md");

#[test]
fn the_table_is_as_generated() {
    let anew = "cargo run --example generate_errors -- docs/errors.md";
    assert!(FILE == errors::table(), "docs/errors.md is old: {anew}");
}

#[test]
fn the_table_is_complete() {
    for (number, kind, reason, sentence) in Error::ALL.iter().flat_map(|rows| rows.iter()) {
        let row = format!("| {number} | {kind} | `{reason}` | {sentence} |");
        assert_eq!(FILE.lines().filter(|line| *line == row).count(), 1, "{row}");
    }
}

#[test]
fn a_number_is_there_once() {
    let rows = FILE.lines().filter_map(|line| {
        let number = line.strip_prefix("| ")?.split(' ').next()?;
        number.parse::<u16>().ok()
    });
    let mut rows: Vec<_> = rows.collect();
    let all = rows.len();
    rows.dedup();
    assert_eq!(rows.len(), all);
    assert!(rows.is_sorted());
}
