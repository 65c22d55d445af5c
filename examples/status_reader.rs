//! A reader that learns which cards are blocked: `cargo run --release --example status_reader -- --demo`
//! tells the whole story. With `--server`, see `--help`, it reads what `status_server` publishes.
//!
//! The library fetches nothing and keeps no files. That is done here, by which you see what is left
//! to do for you: HTTP, two files, and a clock.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "an example has std, and uses a part of what it shares with the other one"
)]

// Certificates of an insurer that there is not.
#[path = "../tests/pki/mod.rs"]
mod pki;
#[path = "../tests/seeded/mod.rs"]
mod seeded;
mod status;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use status::Fallible;
use status::clock::{HOUR, StoryClock, tell};
use status::demo;
use status::desk::Desk;
use vitacard::crypto::SystemRandom;

const USAGE: &str = "\
usage: status_reader --demo
       status_reader --server URL --root FILE --store FOLDER [--once]

--demo    twelve days in some seconds, with a server of its own
--server  where status_server listens, such as http://127.0.0.1:8642
--root    the insurer's root certificate in DER, such as target/insurer/root.der; beside it lie the
          cards (.card) and the clock of the story
--store   where lists are kept, in two files
--once    fetch what is due, say what is known of the cards, and end

Exit code: 1 if it cannot go on; 2 misuse. An outage is no reason to end, nor is a list that is refused.";

enum Command {
    Demo,
    Read(Options),
}

struct Options {
    server: String,
    root: PathBuf,
    store: PathBuf,
    once: bool,
}

fn main() -> ExitCode {
    let done = match Command::read() {
        Ok(Command::Demo) => demo::run(),
        Ok(Command::Read(options)) => run(&options),
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

impl Command {
    fn read() -> Result<Self, String> {
        let mut given = pico_args::Arguments::from_env();
        if given.contains("--help") {
            println!("{USAGE}");
            std::process::exit(0);
        }
        let command = Self::of(&mut given).map_err(|error| error.to_string())?;
        match &given.finish()[..] {
            [] => Ok(command),
            [surplus, ..] => Err(format!("what is {}?", surplus.display())),
        }
    }

    fn of(given: &mut pico_args::Arguments) -> Result<Self, pico_args::Error> {
        if given.contains("--demo") {
            return Ok(Self::Demo);
        }
        Ok(Self::Read(Options {
            server: given.value_from_str("--server")?,
            root: given.value_from_str("--root")?,
            store: given.value_from_str("--store")?,
            once: given.contains("--once"),
        }))
    }
}

fn run(options: &Options) -> Fallible<()> {
    let folder = options.root.parent().unwrap_or_else(|| Path::new("."));
    let (root, cards) = (read_file(&options.root)?, cards(folder)?);
    let clock = StoryClock::read(&folder.join("clock"))?;
    let (store, server, rng) = (&options.store, &options.server, Box::new(SystemRandom));
    let mut desk = Desk::open(&root, store, server, rng)?;
    loop {
        let now = clock.now()?;
        println!("{}", tell(now));
        desk.fetch_due(now)?;
        for (name, card) in &cards {
            println!("  {name:<8} {}", desk.says(card, now));
        }
        if options.once {
            return Ok(());
        }
        clock.sleep(6 * HOUR);
    }
}

/// By name.
fn read_file(path: &Path) -> Fallible<Vec<u8>> {
    let bytes = fs::read(path);
    bytes.map_err(|error| format!("{}: {error}", path.display()).into())
}

fn cards(folder: &Path) -> Fallible<Vec<(String, Vec<u8>)>> {
    let mut cards = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "card")
        {
            let name = path.file_stem().unwrap_or_default().display().to_string();
            cards.push((name, fs::read(&path)?));
        }
    }
    cards.sort();
    Ok(cards)
}
