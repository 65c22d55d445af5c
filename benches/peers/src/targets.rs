//! What we promise ourselves, as ratios within one run.

use core::fmt::Write as _;

use crate::report::find;
use crate::rounds::Measured;

/// A row may take so many times as long as another.
struct Target(&'static str, f64, &'static str);

const TARGETS: &[Target] = &[
    Target("signature_known_key", 0.32, "aws_lc_signature"),
    Target("signature_new_key", 1.4, "aws_lc_signature"),
    Target("signature_new_key_even_r", 1.2, "aws_lc_signature"),
    Target("response_8", 0.90, "aws_lc_two_signatures"),
    Target("response_8", 1.0 / 9.0, "isomdl_response_8"),
    Target("response_28_portrait", 1.3, "response_8"),
    Target("verify_all_256", 0.50, "aws_lc_two_signatures"),
    Target("around_signatures_8", 0.12, "aws_lc_signature"),
    Target("hostile_batch_256", 1.4, "hostile_one_by_one_256"),
];

/// Of all but the signatures: heap, for 8 elements.
const AROUND: &str = "around_signatures_8";
const ALLOCATIONS: f64 = 10.0;
/// Beside twice the input.
const HEAP: usize = 4096;

pub fn table(measured: &[Measured], input: usize) -> String {
    let mut out = format!("{:<52} {:>8} {:>8}\n", "target", "at most", "is");
    for Target(what, limit, other) in TARGETS {
        let us = |what| find(measured, what).map(|row| row.us);
        let ratio = us(what).zip(us(other)).map(|(us, other)| us / other);
        line(&mut out, &format!("{what} / {other}"), *limit, ratio, 3);
    }
    let around = find(measured, AROUND);
    let what = format!("{AROUND}: allocations");
    line(
        &mut out,
        &what,
        ALLOCATIONS,
        around.map(|row| row.allocations),
        0,
    );
    let what = format!("{AROUND}: bytes of heap for {input} of input");
    let limit = (2 * input + HEAP) as f64;
    line(&mut out, &what, limit, around.map(|row| row.peak as f64), 0);
    out
}

fn line(out: &mut String, what: &str, limit: f64, is: Option<f64>, digits: usize) {
    let (is, verdict) = match is {
        None => ("-".to_owned(), "not there yet"),
        Some(is) if is <= limit => (format!("{is:.digits$}"), "met"),
        Some(is) => (format!("{is:.digits$}"), "missed"),
    };
    let _ = writeln!(out, "{what:<52} {limit:>8.digits$} {is:>8}  {verdict}");
}
