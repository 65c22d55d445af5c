//! A reader at a desk: it fetches lists, keeps them in flash, and looks cards up offline.

use std::path::Path;

use ciborium::Value;
use vitacard::crypto::{RUSTCRYPTO, SecureRandom};
use vitacard::reader::{
    Conditions, IDENTIFIER_LIST_TYPE, Policy, Reader, STATUS_LIST_TYPE, Slot, Standing,
    StatusEvidence, StatusStore, StatusTrust, StoreLimits, Taken, TrustPoint,
};
use vitacard::trust::{AnchorId, TrustAnchors};
use vitacard::{Error, UnixTime};

use super::Fallible;
use super::clock::{DAY, HOUR, tell};
use super::fetch::{Fetched, get};
use super::flash::Flash;
use super::insurer::{HOST, LIST, LOANS};
use super::publish::INCREMENTS_TYPE;

/// Of a month of increments, with room.
const INCREMENTS_CAP: usize = 1 << 20;

pub(crate) struct Desk {
    reader: Reader,
    anchors: TrustAnchors,
    store: StatusStore,
    limits: StoreLimits,
    flash: Flash,
    /// Stands in for [`HOST`], such as `http://127.0.0.1:8642`.
    server: String,
    rng: Box<dyn SecureRandom>,
    /// Whether the store holds what flash does not.
    unsaved: bool,
}

/// What came of fetching.
enum News {
    /// The store holds something else now.
    Newer,
    /// What it holds is the newest.
    None,
    /// It holds what it held; ask again soon.
    Failed(String),
}

impl Desk {
    /// Trusts `root`, and follows its lists.
    pub(crate) fn open(
        root: &[u8],
        folder: &Path,
        server: &str,
        rng: Box<dyn SecureRandom>,
    ) -> Fallible<Self> {
        let (limits, flash) = (StoreLimits::default(), Flash::open(folder)?);
        let [a, b] = flash.read()?;
        println!("  slot A: {} bytes; slot B: {} bytes", a.len(), b.len());
        let mut store = StatusStore::open([&a, &b], limits, &RUSTCRYPTO)?;
        let point = TrustPoint::Anchor(AnchorId::of_root(root, &RUSTCRYPTO)?);
        store.follow(LIST, point)?;
        store.follow(LOANS, point)?;
        let mut anchors = TrustAnchors::new();
        anchors.add_root(root)?;
        let desk = Self {
            reader: Reader::new(RUSTCRYPTO, anchors.clone()),
            anchors,
            store,
            limits,
            flash,
            server: server.trim_end_matches('/').into(),
            rng,
            unsaved: false,
        };
        desk.tell_held();
        Ok(desk)
    }

    fn tell_held(&self) {
        for list in self.store.followed() {
            let held = list.held().map_or_else(|| "not held".into(), tell);
            println!("  {}: {held}", path(list.uri()));
        }
    }

    /// Fetches what is due, as little of it as will do, and keeps it.
    pub(crate) fn fetch_due(&mut self, now: UnixTime) -> Fallible<()> {
        let due = self.store.due(now);
        let due = due.map(|list| (list.uri().to_owned(), list.trust_point(), list.held()));
        for (uri, point, held) in due.collect::<Vec<_>>() {
            match self.fetch(&uri, held, now)? {
                News::Newer => {}
                News::None => {
                    println!("  {}: nothing new", path(&uri));
                    self.store.unchanged(&uri, point, now, &mut *self.rng)?;
                }
                News::Failed(why) => {
                    println!("  {}: {why}", path(&uri));
                    self.store.postpone(&uri, point, now, &mut *self.rng)?;
                }
            }
        }
        self.save()
    }

    fn fetch(&mut self, uri: &str, held: Option<UnixTime>, now: UnixTime) -> Fallible<News> {
        // Of identifier lists there are no increments.
        if let (Some(held), LIST) = (held, uri) {
            match self.fetch_increments(uri, held, now)? {
                Ok(news) => return Ok(news),
                Err(why) => {
                    let why = why.trim_end_matches('.');
                    println!("  {}: {why}; so the whole list", path(uri));
                }
            }
        }
        self.fetch_whole(uri, now)
    }

    /// Or why the whole list is needed.
    fn fetch_increments(
        &mut self,
        uri: &str,
        held: UnixTime,
        now: UnixTime,
    ) -> Fallible<Result<News, String>> {
        let query = format!("/increments?from={}", held.as_secs());
        let url = format!("{}{}{query}", self.server, path(uri));
        let body = match get(&url, INCREMENTS_TYPE, INCREMENTS_CAP) {
            Fetched::Body(body) => body,
            Fetched::NotFound => return Ok(Err("no increments from ours".into())),
            Fetched::Failed(why) => return Ok(Ok(News::Failed(why))),
        };
        let Some(increments) = byte_strings(&body) else {
            return Ok(Err("no array of increments".into()));
        };
        if increments.is_empty() {
            return Ok(Ok(News::None));
        }
        if let Err(error) = self.apply(&increments, uri, now) {
            return refusal(error).map(Err);
        }
        let bytes: usize = increments.iter().map(Vec::len).sum();
        let many = match increments.len() {
            1 => "an increment".into(),
            count => format!("{count} increments"),
        };
        println!("  {}: {many} of {bytes} bytes", path(uri));
        self.unsaved = true;
        Ok(Ok(News::Newer))
    }

    /// All of them, or none.
    fn apply(&mut self, increments: &[Vec<u8>], uri: &str, now: UnixTime) -> Result<(), Error> {
        let increments: Vec<_> = increments.iter().map(Vec::as_slice).collect();
        let trust = StatusTrust::anchors(&self.anchors);
        let rng = &mut *self.rng;
        self.store
            .apply_all(&increments, uri, &trust, &RUSTCRYPTO, now, rng)
    }

    fn fetch_whole(&mut self, uri: &str, now: UnixTime) -> Fallible<News> {
        let accept = match uri {
            LIST => STATUS_LIST_TYPE,
            _ => IDENTIFIER_LIST_TYPE,
        };
        let url = format!("{}{}", self.server, path(uri));
        let token = match get(&url, accept, self.limits.token_bytes) {
            Fetched::Body(token) => token,
            Fetched::NotFound => return Ok(News::Failed("not found".into())),
            Fetched::Failed(why) => return Ok(News::Failed(why)),
        };
        let trust = StatusTrust::anchors(&self.anchors);
        let (store, rng) = (&mut self.store, &mut *self.rng);
        match store.accept(&token, uri, &trust, &RUSTCRYPTO, now, rng) {
            Ok(Taken::Newer) => {
                println!("  {}: a list of {} bytes", path(uri), token.len());
                self.unsaved = true;
                Ok(News::Newer)
            }
            Ok(Taken::Same) => Ok(News::None),
            Err(error) => Ok(News::Failed(refusal(error)?)),
        }
    }

    /// When to ask again is not worth a write: flash wears out.
    fn save(&mut self) -> Fallible<()> {
        if self.unsaved {
            let snapshot = self.store.snapshot(&RUSTCRYPTO)?;
            self.flash.write(snapshot.slot(), snapshot.as_bytes())?;
            self.store.written(&snapshot);
            self.unsaved = false;
        }
        Ok(())
    }

    /// What the desk says of a card, by what it holds.
    pub(crate) fn says(&self, card: &[u8], now: UnixTime) -> String {
        let policy = Policy::default();
        let conditions = Conditions::new(now, &policy).with_status(StatusEvidence::of(&self.store));
        match self.reader.verify_issuer_signed(card, &conditions) {
            Ok(card) => match card.standing() {
                Standing::Secured => "secured".into(),
                Standing::Degraded(stale) => match stale.as_of() {
                    Some(list) => format!("degraded, its list is {} old", age(now, list)),
                    None => "degraded, its list is not held".into(),
                },
            },
            Err(error) => format!("refused, {}: {error}", error.code()),
        }
    }

    pub(crate) fn slot(&self, slot: Slot) -> std::path::PathBuf {
        self.flash.path(slot)
    }
}

/// What is no error of the program: servers may say what they like.
fn refusal(error: Error) -> Fallible<String> {
    match error {
        Error::Rejected(_) => Ok(format!("refused, {}: {error}", error.code())),
        error => Err(error.into()),
    }
}

fn byte_strings(cbor: &[u8]) -> Option<Vec<Vec<u8>>> {
    let value: Value = ciborium::from_reader(cbor).ok()?;
    let items = value.into_array().ok()?;
    items
        .into_iter()
        .map(|item| item.into_bytes().ok())
        .collect()
}

fn path(uri: &str) -> &str {
    uri.strip_prefix(HOST).unwrap_or(uri)
}

fn age(now: UnixTime, list: UnixTime) -> String {
    let secs = now.as_secs().saturating_sub(list.as_secs());
    match secs / DAY {
        0 | 1 => format!("{} hours", secs / HOUR),
        days => format!("{days} days"),
    }
}
