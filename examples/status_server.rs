//! An insurer that publishes which cards are blocked: `cargo run --release --example status_server`.
//!
//! Plain HTTP on loopback. Each day of the story it makes a new list and the increment to it. It
//! leaves its root, three cards and the clock of the story in a folder, for `status_reader`: a root
//! that is fetched from whom it is to judge would judge nothing.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "an example has std, and uses a part of what it shares with the other one"
)]

// Certificates of an insurer that there is not. Their keys are known to everybody.
#[path = "../tests/pki/mod.rs"]
mod pki;
#[path = "../tests/seeded/mod.rs"]
mod seeded;
mod status;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

use status::Fallible;
use status::clock::{StoryClock, tell};
use status::insurer::{FEWEST_ENTRIES, Insurer, made};
use status::publish::Published;
use status::serve::{lock, serve};
use tiny_http::Server;

const USAGE: &str = "\
usage: status_server [--port N] [--folder FOLDER] [--entries N] [--blocked PERCENT]
                     [--day-secs N] [--outage DAY]

--port      on 127.0.0.1; 0 for any (default: 8642)
--folder    where the root, three cards and the clock of the story go, for readers
            (default: target/insurer)
--entries   places on the list, 1001 to 134217728 (default: 600000)
--blocked   of which so many are blocked from the start (default: 1)
--day-secs  a day of the story takes so many seconds (default: 60)
--outage    on that day of the story, the first being 1, it answers 503

Exit code: 1 if it cannot go on; 2 misuse.";

struct Options {
    port: u16,
    folder: PathBuf,
    entries: u64,
    blocked: f64,
    day_secs: u64,
    outage: Option<u64>,
}

fn main() -> ExitCode {
    let options = match Options::read() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

impl Options {
    fn read() -> Result<Self, String> {
        let mut given = pico_args::Arguments::from_env();
        if given.contains("--help") {
            println!("{USAGE}");
            std::process::exit(0);
        }
        let options = Self::of(&mut given).map_err(|error| error.to_string())?;
        if let [surplus, ..] = &given.finish()[..] {
            return Err(format!("what is {}?", surplus.display()));
        }
        options.check()
    }

    fn of(given: &mut pico_args::Arguments) -> Result<Self, pico_args::Error> {
        let folder: Option<PathBuf> = given.opt_value_from_str("--folder")?;
        Ok(Self {
            port: given.opt_value_from_str("--port")?.unwrap_or(8642),
            folder: folder.unwrap_or_else(|| "target/insurer".into()),
            entries: given.opt_value_from_str("--entries")?.unwrap_or(600_000),
            blocked: given.opt_value_from_str("--blocked")?.unwrap_or(1.0),
            day_secs: given.opt_value_from_str("--day-secs")?.unwrap_or(60),
            outage: given.opt_value_from_str("--outage")?,
        })
    }

    fn check(self) -> Result<Self, String> {
        let right = (FEWEST_ENTRIES..=1 << 27).contains(&self.entries)
            && (0.0..=100.0).contains(&self.blocked)
            && (1..=86_400).contains(&self.day_secs);
        match right {
            true => Ok(self),
            false => Err("a number is out of range".into()),
        }
    }
}

fn run(options: &Options) -> Fallible<()> {
    let insurer = Insurer::new(options.entries, options.blocked);
    hand_out(&insurer, options)?;
    let published = Mutex::new(Published::default().on(1, &insurer)?);
    let address = ("127.0.0.1", options.port);
    let server = Server::http(address).map_err(|error| error.to_string())?;
    let clock = StoryClock::start(options.day_secs)?;
    clock.write(&options.folder.join("clock"))?;
    println!("http://{}", server.server_addr());
    thread::scope(|scope| {
        scope.spawn(|| serve(&server, &published));
        let ended = publish(&insurer, options, clock, &published);
        server.unblock();
        ended
    })
}

/// What readers get in a way that they trust.
fn hand_out(insurer: &Insurer, options: &Options) -> Fallible<()> {
    fs::create_dir_all(&options.folder)?;
    fs::write(options.folder.join("root.der"), insurer.root())?;
    for (name, card) in insurer.cards()? {
        fs::write(options.folder.join(format!("{name}.card")), card)?;
    }
    Ok(())
}

fn publish(
    insurer: &Insurer,
    options: &Options,
    clock: StoryClock,
    published: &Mutex<Published>,
) -> Fallible<()> {
    for day in 1.. {
        if day > 1 {
            clock.sleep_until(made(day))?;
            let before = lock(published).clone();
            // The lists take their time, and readers are answered meanwhile.
            let next = before.on(day, insurer)?;
            *lock(published) = next;
        }
        let mut published = lock(published);
        published.outage = options.outage == Some(day);
        tell_published(day, &published);
    }
    Ok(())
}

fn tell_published(day: u64, published: &Published) {
    let list = published.list_len();
    let increment = published.last_increment_len();
    let increment = increment.map(|bytes| format!(", an increment of {bytes} bytes"));
    let outage = if published.outage {
        "; nobody is answered"
    } else {
        ""
    };
    let increment = increment.unwrap_or_default();
    println!(
        "{}: a list of {list} bytes{increment}{outage}",
        tell(made(day))
    );
}
