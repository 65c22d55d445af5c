//! The whole story in one process: twelve days at a desk, in some seconds.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, process, thread};

use tiny_http::Server;
use vitacard::UnixTime;
use vitacard::reader::Slot;

use super::Fallible;
use super::clock::{at, tell};
use super::desk::Desk;
use super::insurer::Insurer;
use super::publish::Published;
use super::serve::{lock, serve};
use crate::seeded::Seeded;

const ENTRIES: u64 = 600_000;

pub(crate) fn run() -> Fallible<()> {
    let folder = Scratch::new()?;
    let published = Mutex::new(Published::default());
    let server = Server::http("127.0.0.1:0").map_err(|error| error.to_string())?;
    thread::scope(|scope| {
        scope.spawn(|| serve(&server, &published));
        let told = Story::new(&server, &published, &folder.0).and_then(Story::run);
        server.unblock();
        told
    })
}

struct Story<'a> {
    insurer: Insurer,
    cards: Vec<(String, Vec<u8>)>,
    published: &'a Mutex<Published>,
    server: String,
    folder: &'a Path,
    day: u64,
    /// What was published before today.
    before: Published,
}

impl<'a> Story<'a> {
    fn new(server: &Server, published: &'a Mutex<Published>, folder: &'a Path) -> Fallible<Self> {
        let insurer = Insurer::new(ENTRIES, 1.0);
        Ok(Self {
            cards: insurer.cards()?,
            insurer,
            published,
            server: format!("http://{}", server.server_addr()),
            folder,
            day: 0,
            before: Published::default(),
        })
    }

    fn run(mut self) -> Fallible<()> {
        let desk = self.first_days()?;
        let desk = self.outage(desk)?;
        let desk = self.power_cut(desk)?;
        self.roll_back(desk)
    }

    fn first_days(&mut self) -> Fallible<Desk> {
        self.publish_until(1)?;
        println!("A new reader starts, with the insurer's root.");
        let mut desk = self.desk()?;
        self.say(&desk, at(1, 8), "before it has fetched anything");
        desk.fetch_due(at(1, 8))?;
        self.say(&desk, at(1, 8), "with a list of today");

        println!("\nRobin's card is stolen, and the insurer blocks it.");
        self.publish_until(2)?;
        desk.fetch_due(at(2, 8))?;
        self.say(&desk, at(2, 8), "with an increment");
        Ok(desk)
    }

    /// What the reader knows grows old, and it says so.
    fn outage(&mut self, mut desk: Desk) -> Fallible<Desk> {
        println!("\nThe insurer cannot be reached, and lists go on.");
        self.publish_until(3)?;
        lock(self.published).outage = true;
        desk.fetch_due(at(3, 8))?;
        self.say(&desk, at(3, 8), "by the list of yesterday");
        self.say(&desk, at(8, 8), "by a list of six days ago");
        self.say(&desk, at(9, 8), "by one of over seven days");

        println!("\nIt is back. Noa's card was freed meanwhile.");
        self.publish_until(10)?;
        desk.fetch_due(at(10, 8))?;
        self.say(&desk, at(10, 8), "with all increments that were missed");
        Ok(desk)
    }

    /// Half of the newest snapshot is lost.
    fn power_cut(&mut self, desk: Desk) -> Fallible<Desk> {
        println!(
            "\nAs it wrote day 10 to slot A, the power went; slot B has day 2. Camille's card is lost."
        );
        let torn = File::options().write(true).open(desk.slot(Slot::A))?;
        torn.set_len(torn.metadata()?.len() / 2)?;
        drop(desk);
        self.publish_until(11)?;
        let mut desk = self.desk()?;
        desk.fetch_due(at(11, 8))?;
        self.say(&desk, at(11, 8), "after a restart from flash");
        Ok(desk)
    }

    /// The signature is good, and so are the dates: only what the reader holds tells.
    fn roll_back(&mut self, mut desk: Desk) -> Fallible<()> {
        println!(
            "\nSomebody puts an old list in place of the newest, on which Camille's card is good."
        );
        *lock(self.published) = self.before.clone();
        desk.fetch_due(at(12, 8))?;
        self.say(&desk, at(12, 8), "with the list that it held");
        Ok(())
    }

    fn desk(&self) -> Fallible<Desk> {
        let rng = Box::new(Seeded(7));
        Desk::open(self.insurer.root(), self.folder, &self.server, rng)
    }

    /// Each day has its list, whether or not somebody fetches it.
    fn publish_until(&mut self, day: u64) -> Fallible<()> {
        for day in self.day + 1..=day {
            self.before = lock(self.published).clone();
            self.before.outage = false;
            *lock(self.published) = self.before.on(day, &self.insurer)?;
        }
        self.day = day;
        Ok(())
    }

    fn say(&self, desk: &Desk, now: UnixTime, by: &str) {
        println!("{}, {by}:", tell(now));
        for (name, card) in &self.cards {
            println!("  {name:<8} {}", desk.says(card, now));
        }
    }
}

/// A folder of its own, gone with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Fallible<Self> {
        // A process that was killed leaves its folder behind, and its number is given out again.
        let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        let name = format!("vitacard-status-{}-{since}", process::id());
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
