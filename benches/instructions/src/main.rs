//! Does one operation so that valgrind can count its instructions: see README.md.
//!
//! `instructions` lists the operations; `instructions NAME` does one of them, and prints how often.
//! All is the same in every run: keys, salts, messages, the time.

mod cards;
mod operations;
#[path = "../../../tests/pki/mod.rs"]
mod pki;

use std::process::ExitCode;

use operations::OPERATIONS;

fn main() -> ExitCode {
    let Some(name) = std::env::args().nth(1) else {
        OPERATIONS.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    };
    let Some((_, prepare)) = OPERATIONS.iter().find(|(known, _)| *known == name) else {
        eprintln!("instructions: no operation {name}");
        return ExitCode::from(2);
    };
    let mut prepared = prepare();
    count_this(&mut *prepared.run);
    println!("{}", prepared.times);
    ExitCode::SUCCESS
}

/// Valgrind counts from when this is entered until it is left: scripts/instructions names it.
/// Nothing else in the program may have a name that contains this one.
#[inline(never)]
fn count_this(run: &mut dyn FnMut()) {
    run();
}
