//! A reader at a desk: it fetches lists, keeps them in flash, and looks cards up offline.

use std::path::Path;

use ciborium::Value;
use vitacard::crypto::{RUSTCRYPTO, SecureRandom};
use vitacard::reader::{
    Conditions, Policy, Reader, Slot, Standing, StatusEvidence, StatusStore, StatusTrust,
    StoreLimits, Taken, TrustPoint, UnknownStatus,
};
use vitacard::trust::TrustAnchors;
use vitacard::{Error, UnixTime, unix_time};

use super::Fallible;
use super::clock::{DAY, HOUR, tell};
use super::fetch::{Fetched, get};
use super::flash::Flash;
use super::insurer::{HOST, LIST, LOANS};
use super::publish::{IDENTIFIERS_TYPE, INCREMENTS_TYPE, LIST_TYPE};

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
    /// Trusts `root`. `a_card` of its issuers tells under which trust point the lists stand.
    pub(crate) fn open(
        root: &[u8],
        a_card: &[u8],
        folder: &Path,
        server: &str,
        now: UnixTime,
        rng: Box<dyn SecureRandom>,
    ) -> Fallible<Self> {
        let (limits, flash) = (StoreLimits::default(), Flash::open(folder)?);
        let [a, b] = flash.read()?;
        println!("  slot A: {} bytes; slot B: {} bytes", a.len(), b.len());
        let store = StatusStore::open([&a, &b], limits, &RUSTCRYPTO)?;
        let mut anchors = TrustAnchors::new();
        anchors.add_root(root)?;
        let mut desk = Self {
            reader: Reader::new(RUSTCRYPTO, anchors.clone()),
            anchors,
            store,
            limits,
            flash,
            server: server.trim_end_matches('/').into(),
            rng,
            unsaved: false,
        };
        desk.follow(a_card, now)?;
        desk.tell_held();
        Ok(desk)
    }

    fn follow(&mut self, a_card: &[u8], now: UnixTime) -> Result<(), Error> {
        let mut policy = Policy::default();
        policy.unknown_status = UnknownStatus::Degrade;
        let conditions = Conditions::new(now, &policy);
        let verified = self.reader.verify_issuer_signed(a_card, &conditions)?;
        let point = TrustPoint::Anchor(verified.issuer().anchor());
        self.store.follow(LIST, point)?;
        self.store.follow(LOANS, point)?;
        Ok(())
    }

    /// All lists are due at the end of time.
    fn tell_held(&self) {
        for list in self.store.due(unix_time(u64::MAX)) {
            let held = list.held().map_or_else(|| "not held".into(), tell);
            println!("  {}: {held}", path(list.uri()));
        }
    }

    /// Fetches what is due, as little of it as will do, and keeps it.
    pub(crate) fn fetch_due(&mut self, now: UnixTime) -> Fallible<()> {
        let due = self.store.due(now);
        let due = due.map(|list| (list.uri().to_owned(), list.trust_point(), list.held()));
        for (uri, point, held) in due.collect::<Vec<_>>() {
            let why = match self.fetch(&uri, held, now)? {
                News::Newer => continue,
                News::None => "nothing new".into(),
                News::Failed(why) => why,
            };
            println!("  {}: {why}", path(&uri));
            self.store.postpone(&uri, &point, now, &mut *self.rng)?;
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
        let mut news = News::None;
        for increment in increments {
            // Of another list, say, or ended: after a long absence the first ones have.
            if let Err(error) = self.apply(&increment, uri, now) {
                return refusal(error).map(Err);
            }
            println!("  {}: an increment of {} bytes", path(uri), increment.len());
            self.unsaved = true;
            news = News::Newer;
        }
        Ok(Ok(news))
    }

    fn apply(&mut self, increment: &[u8], uri: &str, now: UnixTime) -> Result<(), Error> {
        let trust = StatusTrust::anchors(&self.anchors);
        let rng = &mut *self.rng;
        self.store
            .apply(increment, uri, &trust, &RUSTCRYPTO, now, rng)
    }

    fn fetch_whole(&mut self, uri: &str, now: UnixTime) -> Fallible<News> {
        let accept = match uri {
            LIST => LIST_TYPE,
            _ => IDENTIFIERS_TYPE,
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
    ///
    /// A write that fails ends this program. Were it to go on, its next snapshot would go over the
    /// only slot that is whole.
    fn save(&mut self) -> Fallible<()> {
        if self.unsaved {
            let (slot, bytes) = self.store.snapshot(&RUSTCRYPTO)?;
            self.flash.write(slot, &bytes)?;
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
