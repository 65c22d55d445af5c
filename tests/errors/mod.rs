//! `docs/errors.md`, from [`Error::ALL`].

use vitacard::{Error, ErrorRow};

const HEAD: &str = "\
# Errors

<!-- Written by `cargo run --example generate_errors -- docs/errors.md`. Do not edit. -->

Every reason has a number for life. A number is never given to another reason, and one that is not
used any more stays in this table. Languages other than Rust and logs go by the number; the reason
is the name that the test vectors use (`test-vectors/README.md`).

No error carries data of a card: names, values and keys are never in it, so it is safe to log.
";

/// Number, kind, reason and sentence of each reason that was returned once and is no more.
const RETIRED: &[ErrorRow] = &[];

/// Title, kind, and what to do.
const KINDS: &[(&str, &str, &str)] = &[
    (
        "1xxx",
        "decode",
        "The bytes are not what they should be: resend or give up. Says nothing about who sent \
         them.",
    ),
    (
        "2xxx",
        "rejected",
        "The bytes are well formed, and a check on them failed: do not rely on the card. The \
         hundreds follow the steps of ISO/IEC 18013-5 clause 9.3, and a number says that every \
         step of a lower hundred held for that document. 27xx stands in place of 26xx where a delegate \
         shows the card. 255x to 2590 are about lists of blocked cards, 277x to 279x and 285x to 289x \
         about messages between two phones and to the issuer: they belong to no document; 29xx says nothing about genuineness.",
    ),
    ("3xxx", "session", "The session is over: start again."),
    (
        "4xxx",
        "misuse",
        "The caller broke a rule that the types could not hold: fix the calling code.",
    ),
    (
        "5xxx",
        "crypto",
        "The crypto provider, or what the platform supplies, failed: look at the backend.",
    ),
    (
        "6xxx",
        "vault",
        "The vault does not open, or does not take what it is given: ask the holder again.",
    ),
];

/// The whole file.
pub fn table() -> String {
    let mut text = String::from(HEAD);
    for (numbers, kind, what_to_do) in KINDS {
        text += &format!("\n## {numbers}: {kind}\n\n{what_to_do}\n\n");
        text += "| number | kind | reason | sentence |\n| ------ | ---- | ------ | -------- |\n";
        let rows = Error::ALL.iter().flat_map(|rows| rows.iter());
        let mut rows: Vec<_> = rows.map(|row| (row, "")).collect();
        rows.extend(RETIRED.iter().map(|row| (row, "Retired. ")));
        rows.retain(|(row, _)| row.1 == *kind);
        rows.sort();
        for ((number, kind, reason, sentence), retired) in rows {
            text += &format!("| {number} | {kind} | `{reason}` | {retired}{sentence} |\n");
        }
    }
    text
}
