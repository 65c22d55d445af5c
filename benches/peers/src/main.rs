//! How fast vitacard verifies, beside its peers, on the same bytes and in the same minutes.
//!
//! The rows take turns: a neighbour who uses the machine meets them all alike, and the ratios stay. Before anything is timed, everyone
//! must accept what is genuine and refuse what is damaged: see [`verdicts`].

#[path = "../../fixture/allocations.rs"]
mod allocations;
mod arguments;
mod authority;
mod cards;
mod curves;
mod ours;
mod peers;
#[path = "../../../tests/pki/mod.rs"]
mod pki;
mod report;
mod rounds;
mod rows;
mod signing;
mod targets;
mod verdicts;

use std::fs;
use std::process::ExitCode;

use arguments::Arguments;
use authority::Authority;
use cards::Cards;
use curves::Curves;
use signing::Signatures;

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => {
            run(&arguments);
            ExitCode::SUCCESS
        }
        Err(usage) => {
            eprintln!("{usage}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) {
    let authority = Authority::new();
    let signatures = Signatures::new();
    let cards = Cards::issue(&authority);
    verdicts::check(&authority, &signatures, &cards);
    let curves = arguments.curves.then(|| Curves::issue(&authority));
    let mut rows = rows::all(&authority, &signatures, &cards);
    if let Some(curves) = &curves {
        rows.extend(curves.rows(&authority));
    }
    let measured = rounds::measure(rows, arguments.limits());
    let measured = report::with_fastest(measured);
    print!("{}", report::table(&measured));
    println!();
    print!("{}", targets::table(&measured, cards.eight[0].bytes.len()));
    if let Some(path) = &arguments.json {
        let json = report::json(&measured);
        fs::write(path, json).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}
