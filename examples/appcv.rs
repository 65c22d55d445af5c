//! The health insurance app in a terminal, and the desks where its card is shown:
//! `cargo run --release --example appcv`. With `--script` it answers for itself.
//!
//! A letter, photographs, a passcode, a card, the pharmacy, a loan for thirty days, a change of
//! rights, a theft. Phones, fund and desks are one process here, with keys in memory; a real device
//! key stays in the phone's secure hardware, and the fund's in an HSM.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "an example has std, and uses a part of the certificate kit"
)]

// Certificates of a fund that there is not. docs/certificates.md makes others with openssl.
#[path = "../tests/pki/mod.rs"]
mod pki;
// What is drawn is the same each time, so that the story is.
#[path = "../tests/seeded/mod.rs"]
mod seeded;
#[path = "appcv/mod.rs"]
mod walk;

use std::process::ExitCode;

use walk::Fallible;
use walk::screen::{Declined, Screen};

const USAGE: &str = "\
usage: appcv [--script]

Walks through the health insurance app, and what the fund and the pharmacy see meanwhile. Enter
goes on, passcodes are typed, and nothing leaves the phone without a yes. The story has a clock of
its own.

--script  answers for itself, the same each time

Exit code: 0 if the story was told, or ended by a no; 1 if it cannot go on; 2 misuse.";

fn main() -> ExitCode {
    let scripted = match arguments() {
        Ok(Command::Walk { scripted }) => scripted,
        Ok(Command::Help) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(surplus) => {
            eprintln!("{surplus}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match walk::tell(Screen::new(scripted)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Declined>() => {
            println!("\n{error}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

enum Command {
    Help,
    Walk { scripted: bool },
}

fn arguments() -> Fallible<Command> {
    let mut given = pico_args::Arguments::from_env();
    let (help, scripted) = (given.contains("--help"), given.contains("--script"));
    match &given.finish()[..] {
        [surplus, ..] => Err(format!("what is {}?", surplus.display()).into()),
        [] if help => Ok(Command::Help),
        [] => Ok(Command::Walk { scripted }),
    }
}
