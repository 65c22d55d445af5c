//! What lists of 60 million cards cost their issuer and their readers: `cargo bench --bench status`.
//!
//! A run takes seconds, so it is a table of its own, with the best of a few tries, and it fails where
//! a list is larger than it may be or a year of increments leads elsewhere than the whole list.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program has std, and uses a part of the certificate kit"
)]

#[path = "fixture/allocations.rs"]
mod allocations;
#[path = "../tests/pki/mod.rs"]
mod pki;

use std::env;
use std::hint::black_box;
use std::time::{Duration, Instant};

use ciborium::Value;
use pki::{Entity, Profile};
use vitacard::crypto::{
    Algorithm, PublicKey, RUSTCRYPTO, SecureRandom, Signer, SoftwareSigner, SystemRandom,
};
use vitacard::issuer::StatusListDraft;
use vitacard::reader::{ResidentForm, StatusStore, StatusTrust, StoreLimits, Taken, TrustPoint};
use vitacard::trust::AnchorId;
use vitacard::{Error, Rejected, UnixTime, Validity, unix_time};

const ENTRIES: u32 = 60_000_000;
const URI: &str = "https://status.example/1";
const DAY: u64 = 86_400;
/// 2026-06-01T00:00:00Z
const START: u64 = 1_780_272_000;
const YEAR: u64 = 365;
/// So many cards are blocked in a day where 1 % are in a year.
const DAILY: usize = 1644;
const TRIES: usize = 5;
const POINT: AnchorId = AnchorId::from_bytes([1; 32]);
const FORMS: [ResidentForm; 2] = [ResidentForm::Gaps, ResidentForm::Bitmap];

/// Blocked cards in a thousand; bytes as Golomb-Rice gaps, which may be 3 % more or less; bytes by
/// zlib, level 9, and by how many percent ours may be larger.
const LISTS: [(usize, f64, f64, f64); 3] = [
    (1, 86_200.0, 129_800.0, 20.0),
    (10, 608_100.0, 832_900.0, 6.0),
    (20, 1_065_000.0, 1_411_000.0, 6.0),
];

fn main() {
    // `cargo test --benches` runs it too, and wants to know only that it builds.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let insurer = Insurer::new();
    println!("{ENTRIES} cards; best of {TRIES} tries where it is ms\n");
    let columns = LISTS.map(|(per_mille, rice, zlib, slack)| {
        let column = insurer.list(per_mille);
        column.check("Golomb-Rice gaps, B", 0.97 * rice, 1.03 * rice);
        column.check("zlib, B", 0.0, (1.0 + slack / 100.0) * zlib);
        column
    });
    print(&columns);
    insurer.year();
}

/// What was measured of one list.
struct Column(Vec<(String, f64)>);

impl Column {
    fn add(&mut self, what: impl Into<String>, measured: f64) {
        self.0.push((what.into(), measured));
    }

    fn check(&self, what: &str, least: f64, most: f64) {
        let row = self.0.iter().find(|(name, _)| name == what);
        let measured = row.unwrap().1;
        assert!(
            (least..=most).contains(&measured),
            "{what}: {measured} is not in {least}..={most}"
        );
    }
}

fn print(columns: &[Column]) {
    for (row, (what, _)) in columns[0].0.iter().enumerate() {
        let of = columns.iter().map(|column| column.0[row].1);
        let cells = of.map(|measured| match what.ends_with("ms") {
            true => format!("{measured:>12.2}"),
            false => format!("{measured:>12.0}"),
        });
        println!("| {what:<38} |{} |", cells.collect::<Vec<_>>().join(" |"));
    }
}

/// Whoever publishes the list.
struct Insurer {
    lister: Entity,
    signer: SoftwareSigner,
    key: PublicKey,
}

impl Insurer {
    fn new() -> Self {
        let lister = Entity::root().issue(Profile::status_signer(), "list signer");
        let signer = SoftwareSigner::from_bytes(&lister.key.scalar()).unwrap();
        let key = signer.public_key();
        Self {
            lister,
            signer,
            key,
        }
    }

    /// The list of a day, which holds for a week.
    fn draft(day: u64, blocked: &[u32]) -> StatusListDraft {
        let made = START + day * DAY;
        let week = Validity::new(unix_time(made), unix_time(made + 7 * DAY)).unwrap();
        let mut draft = StatusListDraft::new(URI, 1, ENTRIES.into(), week).unwrap();
        for index in blocked {
            draft.set((*index).into(), 1).unwrap();
        }
        draft
    }

    fn increment(&self, older: &StatusListDraft, newer: &StatusListDraft) -> Vec<u8> {
        let unsigned = newer.increment_from(older, &[&self.lister.der], &RUSTCRYPTO);
        unsigned.unwrap().sign(&self.signer, &RUSTCRYPTO).unwrap()
    }

    fn token(&self, draft: StatusListDraft) -> Vec<u8> {
        let chain: &[&[u8]] = &[&self.lister.der];
        let unsigned = draft.prepare(Algorithm::ES256, chain, &RUSTCRYPTO).unwrap();
        unsigned.sign(&self.signer, &RUSTCRYPTO).unwrap()
    }

    fn accept(&self, store: &mut StatusStore, token: &[u8], day: u64) -> Result<Taken, Error> {
        let trust = StatusTrust::key(&self.key, POINT);
        store.accept(token, URI, &trust, &RUSTCRYPTO, on(day), &mut SystemRandom)
    }

    fn apply(&self, store: &mut StatusStore, increment: &[u8], day: u64) -> Result<(), Error> {
        let trust = StatusTrust::key(&self.key, POINT);
        let rng: &mut dyn SecureRandom = &mut SystemRandom;
        store.apply(increment, URI, &trust, &RUSTCRYPTO, on(day), rng)
    }

    /// One list, and a day's increment to it.
    fn list(&self, per_mille: usize) -> Column {
        let count = ENTRIES as usize / 1000 * per_mille;
        let numbers = drawn(per_mille as u64, count + DAILY);
        let blocked = &numbers[..count];
        let mut column = Column(Vec::new());
        column.add("blocked", count as f64);

        let draft = Self::draft(1, blocked);
        let whole = self.increment(&Self::draft(0, &[]), &draft);
        column.add("Golomb-Rice gaps, B", gaps(&whole) as f64);
        let next = Self::draft(2, &numbers);
        let (increment, time) = best(|| self.increment(&draft, &next));
        // Most of it is deflating.
        let (token, building) = timed(|| self.token(draft));
        column.add("zlib, B", zlib(&token) as f64);
        column.add("whole token, B", token.len() as f64);
        column.add("deflated and signed, ms", building);
        column.add("increment, B", increment.len() as f64);
        column.add("gaps in it, B", gaps(&increment) as f64);
        column.add("increment made, ms", time);
        for form in FORMS {
            self.reader(form, &token, &increment, &mut column);
        }
        column
    }

    fn reader(&self, form: ResidentForm, token: &[u8], increment: &[u8], column: &mut Column) {
        let mut add = |what: &str, measured| column.add(format!("{form:?}: {what}"), measured);
        let (store, time) = best(|| {
            let mut store = follower(form);
            assert_eq!(self.accept(&mut store, token, 1), Ok(Taken::Newer));
            store
        });
        add("taken, ms", time);
        let (_, peak) = allocations::count(|| {
            self.accept(&mut follower(form), token, 1).unwrap();
        });
        add("heap while taken, at most, B", peak as f64);
        add("held, B", held(&store) as f64);
        let tries = (0..TRIES).map(|_| {
            let mut copy = store.clone();
            timed(|| self.apply(&mut copy, increment, 2).unwrap()).1
        });
        add("increment applied, ms", tries.fold(f64::INFINITY, f64::min));
        let mut copy = store.clone();
        let (_, peak) = allocations::count(|| self.apply(&mut copy, increment, 2).unwrap());
        add("heap while applied, at most, B", peak as f64);
        let snapshot = store.snapshot(&RUSTCRYPTO).unwrap();
        add("snapshot, B", snapshot.as_bytes().len() as f64);
        let mut limits = StoreLimits::default();
        limits.form = form;
        let (_, time) =
            best(|| StatusStore::open([snapshot.as_bytes(), &[]], limits, &RUSTCRYPTO).unwrap());
        add("snapshot opened, ms", time);
    }

    /// From nothing blocked to 1 %, day after day; a day that is left out is noticed.
    fn year(&self) {
        let numbers = drawn(0, YEAR as usize * DAILY);
        let (increments, making) = timed(|| {
            let mut older = Self::draft(0, &[]);
            let days = (1..=YEAR).map(|day| {
                let newer = Self::draft(day, &numbers[..day as usize * DAILY]);
                let increment = self.increment(&older, &newer);
                older = newer;
                increment
            });
            days.collect::<Vec<_>>()
        });
        let bytes: usize = increments.iter().map(Vec::len).sum();
        let coded: usize = increments.iter().map(|increment| gaps(increment)).sum();
        println!(
            "\n{YEAR} increments of {DAILY} cards: {bytes} B, {coded} of them gaps, made in {making:.0} ms"
        );
        let first = self.token(Self::draft(0, &[]));
        let last = self.token(Self::draft(YEAR, &numbers));
        for form in FORMS {
            let mut store = follower(form);
            assert_eq!(self.accept(&mut store, &first, 0), Ok(Taken::Newer));
            let mut applying = 0.0;
            for (day, increment) in (1..).zip(&increments) {
                // Tomorrow's, today's being left out.
                if let Some(tomorrow) = increments.get(day as usize) {
                    let not_this = Err(Rejected::NotThisBase { document: 0 }.into());
                    assert_eq!(self.apply(&mut store, tomorrow, day + 1), not_this);
                }
                let (applied, time) = timed(|| self.apply(&mut store, increment, day));
                assert_eq!(applied, Ok(()), "{day}");
                applying += time;
            }
            // A list of the same time is taken as the same only if all of it is.
            assert_eq!(self.accept(&mut store, &last, YEAR), Ok(Taken::Same));
            let other = self.token(Self::draft(YEAR, &numbers[1..]));
            let contradicts = Err(Rejected::ListContradicts { document: 0 }.into());
            assert_eq!(self.accept(&mut store, &other, YEAR), contradicts);
            println!(
                "{form:?}: applied in {applying:.0} ms, and the same as the whole list of the last day; \
                 a day left out was noticed each time"
            );
        }
    }
}

fn on(day: u64) -> UnixTime {
    unix_time(START + day * DAY)
}

fn follower(form: ResidentForm) -> StatusStore {
    let mut limits = StoreLimits::default();
    limits.form = form;
    let mut store = StatusStore::new(limits);
    store.follow(URI, TrustPoint::Anchor(POINT)).unwrap();
    store
}

/// What a copy takes.
fn held(store: &StatusStore) -> usize {
    allocations::count(|| drop(black_box(store.clone()))).1
}

/// So many different cards, at random and the same each time.
fn drawn(seed: u64, count: usize) -> Vec<u32> {
    let mut seen = vec![false; ENTRIES as usize];
    let mut state = seed;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (((state >> 32) * u64::from(ENTRIES)) >> 32) as u32
    };
    let numbers = core::iter::from_fn(|| Some(draw()));
    let new = numbers.filter(|number| !core::mem::replace(&mut seen[*number as usize], true));
    new.take(count).collect()
}

/// Bytes of the newly blocked cards in an increment.
fn gaps(increment: &[u8]) -> usize {
    let changes = claim(&payload(increment), (-70_012).into());
    claim(&changes, 3.into()).as_bytes().unwrap().len()
}

/// Bytes of the deflated list in a token.
fn zlib(token: &[u8]) -> usize {
    let list = claim(&payload(token), 65_533.into());
    claim(&list, "lst".into()).as_bytes().unwrap().len()
}

fn payload(message: &[u8]) -> Value {
    let mut message: Value = ciborium::from_reader(message).unwrap();
    if let Value::Tag(_, inner) = message {
        message = *inner;
    }
    let payload = message.as_array().unwrap()[2].as_bytes().unwrap();
    ciborium::from_reader(payload.as_slice()).unwrap()
}

fn claim(of: &Value, name: Value) -> Value {
    let entries = of.as_map().unwrap();
    entries
        .iter()
        .find(|(key, _)| *key == name)
        .unwrap()
        .1
        .clone()
}

/// What came of it, and ms.
fn timed<T>(what: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let made = black_box(what());
    (made, ms(start.elapsed()))
}

fn best<T>(mut what: impl FnMut() -> T) -> (T, f64) {
    let mut shortest = timed(&mut what);
    for _ in 1..TRIES {
        let (made, time) = timed(&mut what);
        shortest = (made, time.min(shortest.1));
    }
    shortest
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
