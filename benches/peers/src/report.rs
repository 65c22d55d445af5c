//! The table for people and the file for scripts.

use core::fmt::Write as _;

use serde_json::json;

use crate::rounds::Measured;

/// Everything is compared with this.
const MEASURE: &str = "aws_lc_signature";

/// Where a row is measured in several ways (`what/way`), the fastest way counts as `what`: a peer
/// is to be seen at its best.
pub fn with_fastest(measured: Vec<Measured>) -> Vec<Measured> {
    let mut all: Vec<Measured> = Vec::new();
    for one in measured {
        if let Some((what, _)) = one.what.split_once('/') {
            let what = what.to_owned();
            match all.iter_mut().find(|known| known.what == what) {
                None => all.push(Measured {
                    what,
                    ..one.clone()
                }),
                Some(known) if one.us < known.us => {
                    *known = Measured {
                        what,
                        ..one.clone()
                    }
                }
                Some(_) => {}
            }
        }
        all.push(one);
    }
    all
}

pub fn find<'a>(measured: &'a [Measured], what: &str) -> Option<&'a Measured> {
    measured.iter().find(|row| row.what == what)
}

pub fn table(measured: &[Measured]) -> String {
    let unit = find(measured, MEASURE).map_or(f64::NAN, |row| row.us);
    let mut out = format!(
        "{:<42} {:>10} {:>8} {:>12}\n",
        "what", "µs", "ratio", "allocations"
    );
    for Measured {
        what,
        us,
        allocations,
        ..
    } in measured
    {
        let ratio = us / unit;
        let _ = writeln!(
            out,
            "{what:<42} {us:>10.2} {ratio:>8.3} {allocations:>12.0}"
        );
    }
    out
}

pub fn json(measured: &[Measured]) -> String {
    let row = |row: &Measured| {
        json!({
            "what": row.what,
            "us": rounded(row.us, 1000.0),
            "allocations": rounded(row.allocations, 1.0),
        })
    };
    let rows: Vec<_> = measured.iter().map(row).collect();
    serde_json::to_string_pretty(&json!({ "rows": rows })).expect("JSON") + "\n"
}

fn rounded(number: f64, parts: f64) -> f64 {
    (number * parts).round() / parts
}
