//! Lists of blocked cards for libraries of others, and theirs for ours: `interop_lists write FOLDER`,
//! `interop_lists read FOLDER`, see interop/README.md.
//!
//! What a list of theirs says is asked as a reader asks: by a card that names the place.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a tool has std, and uses a part of the certificate kit"
)]

#[path = "../tests/pki/mod.rs"]
mod pki;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs};

use pki::{Entity, Profile};
use serde_json::{Value, json};
use vitacard::crypto::{Algorithm, PublicKey, RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom};
use vitacard::issuer::{
    Draft, IdentifierListDraft, StatusListDraft, StatusReference, UnsignedList,
};
use vitacard::reader::{
    Conditions, Policy, Reader, StatusEvidence, StatusStore, StatusTrust, StoreLimits, TrustPoint,
    UnknownStatus,
};
use vitacard::trust::{AnchorId, TrustAnchors};
use vitacard::{DocType, ElementId, NameSpace, Rejected, UnixTime, Validity, unix_time};
use x509_cert::der::pem::{LineEnding, encode_string};

type Outcome<T> = Result<T, Box<dyn Error>>;

const DAY: u64 = 86_400;
const STATUSES: &str = "https://status.example/1";
const IDENTIFIERS: &str = "https://status.example/ids";
const ENTRIES: u64 = 512;

fn main() -> Outcome<()> {
    let mut arguments = env::args().skip(1);
    let verb = arguments.next();
    let folder = PathBuf::from(arguments.next().ok_or("write or read, and which folder?")?);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let now = unix_time(since.as_secs());
    match verb.as_deref() {
        Some("write") => write(&folder, now),
        Some("read") => read(&folder, now),
        _ => Err("write or read?".into()),
    }
}

/// `ours_*.json`: a token each, whose key it is, and what it says.
fn write(folder: &Path, now: UnixTime) -> Outcome<()> {
    let window = Validity::new(now, unix_time(now.as_secs() + 7 * DAY)).ok_or("dates")?;
    let lister = Lister::new(now);
    for bits in [1, 2, 4, 8] {
        let mut draft = StatusListDraft::new(STATUSES, bits, ENTRIES, window)?;
        let statuses: Vec<_> = (0..ENTRIES).map(|index| status(index, bits)).collect();
        for (index, status) in (0..).zip(&statuses) {
            draft.set(index, *status)?;
        }
        let unsigned =
            draft
                .with_ttl(43_200)
                .prepare(Algorithm::ES256, &[lister.der()], &RUSTCRYPTO)?;
        let said = json!({ "uri": STATUSES, "bits": bits, "statuses": statuses });
        lister.write(&folder.join(format!("ours_{bits}.json")), unsigned, said)?;
    }
    let (blocked, others): (Vec<_>, Vec<_>) =
        (0..ENTRIES).partition(|index| status(*index, 1) == 1);
    let ids = |of: &[u64]| of.iter().map(|n| n.to_be_bytes()).collect::<Vec<_>>();
    let draft = IdentifierListDraft::new(IDENTIFIERS, window)?;
    let draft = ids(&blocked)
        .iter()
        .fold(draft, |draft, id| draft.with_identifier(id));
    let unsigned = draft.prepare(Algorithm::ES256, &[lister.der()], &RUSTCRYPTO)?;
    let hex = |ids: Vec<[u8; 8]>| ids.iter().map(hex::encode).collect::<Vec<_>>();
    let said =
        json!({ "uri": IDENTIFIERS, "blocked": hex(ids(&blocked)), "others": hex(ids(&others)) });
    lister.write(&folder.join("ours_identifiers.json"), unsigned, said)
}

/// Without a pattern that a wrong order of bits would keep. Of one bit, few are blocked.
fn status(index: u64, bits: u8) -> u8 {
    let [mixed, ..] = (index + 1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .to_be_bytes();
    match bits {
        1 => u8::from(mixed < 16),
        _ => mixed & u8::MAX >> (8 - bits),
    }
}

struct Lister {
    root: Entity,
    leaf: Entity,
}

impl Lister {
    /// The dates are around today, as one of the libraries asks the machine for the time.
    fn new(now: UnixTime) -> Self {
        let days = |before: u64, after: u64| {
            move |profile: &mut Profile| {
                profile.not_before = now.as_secs() - before * DAY;
                profile.not_after = now.as_secs() + after * DAY;
            }
        };
        let root = Entity::self_signed(Profile::iaca_root().with(days(365, 3000)), "root");
        let leaf = root.issue(Profile::status_signer().with(days(30, 300)), "list signer");
        Self { root, leaf }
    }

    fn der(&self) -> &[u8] {
        &self.leaf.der
    }

    fn write(&self, file: &Path, unsigned: UnsignedList, mut said: Value) -> Outcome<()> {
        let key = SoftwareSigner::from_bytes(&self.leaf.key.scalar())?;
        let token = unsigned.sign(&key, &RUSTCRYPTO)?;
        let pem = |der| encode_string("CERTIFICATE", LineEnding::LF, der);
        said["token"] = hex::encode(token).into();
        said["certificate"] = pem(self.der())?.into();
        said["root"] = pem(&self.root.der)?.into();
        Ok(fs::write(file, serde_json::to_string_pretty(&said)?)?)
    }
}

/// What we say of each `theirs_*.json`, on standard output: for each place or identifier that is
/// asked a status, or the number of the fault; or one number if the token was refused.
fn read(folder: &Path, now: UnixTime) -> Outcome<()> {
    let mut issuer = Issuer::new(now)?;
    let mut said = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let name = file.file_name().and_then(|name| name.to_str());
        let Some(name) = name.filter(|name| name.starts_with("theirs_")) else {
            continue;
        };
        let theirs = serde_json::from_slice(&fs::read(&file)?)?;
        said.insert(name.to_owned(), issuer.read(&theirs)?);
    }
    println!("{}", serde_json::to_string(&said)?);
    Ok(())
}

/// An issuer for whose cards the others sign lists.
struct Issuer {
    key: SoftwareSigner,
    reader: Reader,
    anchor: AnchorId,
    now: UnixTime,
    /// By what their MSOs say.
    cards: BTreeMap<String, Vec<u8>>,
}

impl Issuer {
    fn new(now: UnixTime) -> Outcome<Self> {
        let key = SoftwareSigner::from_bytes(&[7; 32])?;
        let mut anchors = TrustAnchors::new();
        anchors.pin_key(key.public_key());
        let mut issuer = Self {
            key,
            reader: Reader::new(RUSTCRYPTO, anchors),
            anchor: AnchorId::from_bytes([0; 32]),
            now,
            cards: BTreeMap::new(),
        };
        let card = issuer.issue(StatusReference::status_list(0, STATUSES))?;
        let mut policy = Policy::default();
        policy.unknown_status = UnknownStatus::Degrade;
        let conditions = Conditions::new(now, &policy);
        let verified = issuer.reader.verify_issuer_signed(&card, &conditions)?;
        issuer.anchor = verified.issuer().anchor();
        Ok(issuer)
    }

    fn issue(&self, status: StatusReference) -> Outcome<Vec<u8>> {
        let window = Validity::new(self.now, unix_time(self.now.as_secs() + DAY)).ok_or("dates")?;
        let device = SoftwareSigner::from_bytes(&[8; 32])?;
        let doc_type = DocType::new("org.iso.18013.5.1.mDL")?;
        let mdl = NameSpace::new("org.iso.18013.5.1")?;
        let unsigned = Draft::new(doc_type, device.public_key(), window)
            .with_element(mdl, ElementId::new("family_name")?, "Martin")
            .with_status(status)
            .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)?;
        Ok(unsigned.sign_pinned(&self.key, &RUSTCRYPTO)?)
    }

    fn read(&mut self, theirs: &Value) -> Outcome<Value> {
        let token = hex::decode(text(theirs, "token")?)?;
        let key = PublicKey::p256(&hex::decode(text(theirs, "key")?)?)?;
        let uri = text(theirs, "uri")?;
        let mut limits = StoreLimits::default();
        limits.short_types = theirs["short_types"] == true;
        let mut store = StatusStore::new(limits);
        store.follow(uri, TrustPoint::Anchor(self.anchor))?;
        let trust = StatusTrust::key(&key, self.anchor);
        let taken = store.accept(
            &token,
            uri,
            &trust,
            &RUSTCRYPTO,
            self.now,
            &mut SystemRandom,
        );
        if let Err(error) = taken {
            return Ok(json!({ "refused": error.code() }));
        }
        let asked = theirs["asked"].as_array().ok_or("asked")?;
        let answers = asked.iter().map(|asked| self.ask(&store, uri, asked));
        Ok(answers.collect::<Outcome<Vec<_>>>()?.into())
    }

    /// `asked` is a number or, in hex, an identifier.
    fn ask(&mut self, store: &StatusStore, uri: &str, asked: &Value) -> Outcome<Value> {
        let name = format!("{uri} {asked}");
        if !self.cards.contains_key(&name) {
            let reference = match asked.as_u64() {
                Some(index) => StatusReference::status_list(index, uri),
                None => {
                    let id = hex::decode(asked.as_str().ok_or("a number, or hex")?)?;
                    StatusReference::identifier_list(&id, uri)
                }
            };
            self.cards.insert(name.clone(), self.issue(reference)?);
        }
        let policy = Policy::default();
        let conditions = Conditions::new(self.now, &policy).with_status(StatusEvidence::of(store));
        let said = self
            .reader
            .verify_issuer_signed(&self.cards[&name], &conditions);
        Ok(match said {
            Ok(_) => 0.into(),
            Err(vitacard::Error::Rejected(Rejected::StatusInvalid { .. })) => 1.into(),
            Err(vitacard::Error::Rejected(Rejected::StatusSuspended { .. })) => 2.into(),
            Err(vitacard::Error::Rejected(Rejected::StatusOther { status, .. })) => status.into(),
            Err(error) => json!({ "refused": error.code() }),
        })
    }
}

fn text<'a>(of: &'a Value, name: &str) -> Outcome<&'a str> {
    Ok(of[name].as_str().ok_or_else(|| name.to_owned())?)
}
