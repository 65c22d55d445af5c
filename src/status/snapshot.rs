//! A store in flash: two slots, of which one is whole, whenever the power goes.

use alloc::string::String;
use alloc::vec::Vec;

use super::TrustPoint;
use super::identifiers::Identifiers;
use super::resident::Statuses;
use super::store::{Content, Held, List, StatusStore, StoreLimits};
use crate::cbor::{WellFormed, Writer};
use crate::crypto::CryptoProvider;
use crate::error::{CryptoError, DecodeError, DecodeErrorKind, Error, rejected};
use crate::time::unix_time;
use crate::trust::AnchorId;

/// Whose bytes these are, and the version of their form.
const MAGIC: [u8; 8] = *b"VCSTAT\x00\x01";
/// Magic, generation, length of the body.
const HEAD: usize = 8 + 8 + 4;
const HASH: usize = 32;

/// Where a snapshot is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "one is written while the other is whole"
)]
pub enum Slot {
    /// The first.
    A,
    /// The second.
    B,
}

/// A store as bytes for one slot of flash.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct Snapshot {
    generation: u64,
    bytes: Vec<u8>,
}

impl Snapshot {
    /// Into which of the two slots it is written: the one that does not hold the newest snapshot.
    #[must_use]
    pub const fn slot(&self) -> Slot {
        match self.generation & 1 {
            1 => Slot::A,
            _ => Slot::B,
        }
    }

    /// What is written, whole.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl StatusStore {
    /// What is to be written to flash. Write it whole, see that it is there, and then say so with
    /// [`written`](Self::written): else the next one goes into the same slot.
    ///
    /// The bytes tell which insurers a reader knows, and nothing of whom it has seen. They are
    /// checked against accidents and not against forgers: who can write the flash of a reader can
    /// also change its program.
    ///
    /// ```
    /// use vitacard::crypto::RUSTCRYPTO;
    /// use vitacard::reader::{Slot, StatusStore, StoreLimits};
    /// let (mut flash, limits) = ([Vec::new(), Vec::new()], StoreLimits::default());
    /// let mut store = StatusStore::open([&flash[0], &flash[1]], limits, &RUSTCRYPTO)?;
    /// // … follows, fetches, takes …
    /// let snapshot = store.snapshot(&RUSTCRYPTO)?;
    /// let slot = usize::from(snapshot.slot() == Slot::B);
    /// flash[slot] = snapshot.as_bytes().to_vec();
    /// store.written(&snapshot);
    /// assert_eq!(store.snapshot(&RUSTCRYPTO)?.slot(), Slot::B);
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`CryptoError`] if the hash is not available.
    pub fn snapshot(&self, crypto: &CryptoProvider) -> Result<Snapshot, CryptoError> {
        let generation = self.generation.saturating_add(1);
        let body = self.body();
        let length = u32::try_from(body.len()).map_err(|_| CryptoError::Unavailable)?;
        let mut bytes = Vec::with_capacity(HEAD.saturating_add(body.len()).saturating_add(HASH));
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&generation.to_be_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&body);
        let hash = crypto.sha256(&[&bytes])?;
        bytes.extend_from_slice(&hash);
        Ok(Snapshot { generation, bytes })
    }

    /// This snapshot is in its slot, all of it. The next one goes into the other.
    pub fn written(&mut self, snapshot: &Snapshot) {
        self.generation = self.generation.max(snapshot.generation);
    }

    /// The store of the newest snapshot in slots A and B that is whole. What follows it in its slot
    /// is not looked at. Two slots that were never written, empty or erased (all ones or all
    /// zeros), are a new store; so is one beside the first snapshot of all, if that is not whole.
    ///
    /// # Errors
    /// [`Rejected::SnapshotDamaged`](crate::Rejected::SnapshotDamaged) if neither is whole, or if the
    /// newest does not fit `limits`: the other one is older, and nothing older is taken.
    pub fn open(
        slots: [&[u8]; 2],
        limits: StoreLimits,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        let mut newest: Option<(u64, &[u8])> = None;
        for slot in slots {
            let found = whole(slot, crypto)?;
            newest = newest
                .into_iter()
                .chain(found)
                .max_by_key(|(generation, _)| *generation);
        }
        match newest {
            Some((generation, body)) => {
                let store = parse(body, generation, limits);
                store.map_err(|_| rejected!(SnapshotDamaged).into())
            }
            None if is_new(slots) => Ok(Self::new(limits)),
            None => Err(rejected!(SnapshotDamaged).into()),
        }
    }

    fn body(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.array(2)
            .uint(self.clock_floor.as_secs())
            .array(self.held.len());
        for held in &self.held {
            held.write(&mut out);
        }
        out.into_bytes()
    }
}

/// Whether nothing was ever whole here.
fn is_new([a, b]: [&[u8]; 2]) -> bool {
    is_blank(b) && (is_blank(a) || is_first(a))
}

/// Whether the power went while the very first snapshot was written.
fn is_first(slot: &[u8]) -> bool {
    let first = MAGIC.into_iter().chain(1_u64.to_be_bytes());
    let written = first.clone().zip(slot).take_while(|(a, b)| a == *b).count();
    written == first.count() || is_blank(slot.get(written..).unwrap_or_default())
}

fn is_blank(slot: &[u8]) -> bool {
    slot.iter().all(|byte| *byte == 0xff) || slot.iter().all(|byte| *byte == 0)
}

/// The number and the body of a snapshot, if all of it is there.
fn whole<'s>(
    slot: &'s [u8],
    crypto: &CryptoProvider,
) -> Result<Option<(u64, &'s [u8])>, CryptoError> {
    let Some((generation, hashed, hash)) = parts(slot) else {
        return Ok(None);
    };
    let same = crypto.sha256(&[hashed])? == *hash;
    Ok(same.then(|| (generation, hashed.get(HEAD..).unwrap_or_default())))
}

fn parts(slot: &[u8]) -> Option<(u64, &[u8], &[u8; HASH])> {
    let rest = slot.strip_prefix(&MAGIC)?;
    let (generation, rest) = rest.split_first_chunk()?;
    let (length, _) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (hashed, rest) = slot.split_at_checked(HEAD.checked_add(length)?)?;
    Some((u64::from_be_bytes(*generation), hashed, rest.first_chunk()?))
}

fn parse(body: &[u8], generation: u64, limits: StoreLimits) -> Result<StatusStore, DecodeError> {
    let item = WellFormed::parse(body, usize::MAX)?;
    let [clock_floor, entries] = item.tuple()?;
    let mut held = Vec::new();
    if usize::try_from(entries.array()?.left()).map_or(true, |lists| lists > limits.lists) {
        return Err(entries.error(DecodeErrorKind::TooMany));
    }
    for entry in entries.array()? {
        held.push(Held::read(entry?, &limits)?);
    }
    Ok(StatusStore {
        held,
        limits,
        generation,
        clock_floor: unix_time(clock_floor.uint()?).max(limits.clock_floor),
    })
}

impl Held {
    fn write(&self, out: &mut Writer) {
        let (kind, point) = match &self.trust_point {
            TrustPoint::Anchor(anchor) => (0, anchor.as_bytes()),
            TrustPoint::Certificate(hash) => (1, hash),
        };
        let lists = self.list.as_slice();
        out.array(5).text(&self.uri).uint(kind).byte_string(point);
        out.uint(self.next.as_secs()).array(lists.len());
        lists.iter().for_each(|list| list.write(out));
    }

    fn read(item: WellFormed<'_>, limits: &StoreLimits) -> Result<Self, DecodeError> {
        let [uri, kind, point, next, lists] = item.tuple()?;
        let hash = fixed(point)?;
        let mut lists = lists.array()?;
        let list = lists.next().transpose()?;
        Ok(Self {
            uri: String::from(uri.name()?),
            trust_point: match kind.uint()? {
                0 => TrustPoint::Anchor(AnchorId::from_bytes(hash)),
                _ => TrustPoint::Certificate(hash),
            },
            next: unix_time(next.uint()?),
            list: list.map(|list| List::read(list, limits)).transpose()?,
        })
    }
}

impl List {
    fn write(&self, out: &mut Writer) {
        let ttl = self.ttl.map_or(0, |ttl| ttl.saturating_add(1));
        let payload = self.payload.as_ref().map_or(&[][..], |payload| payload);
        out.array(6)
            .uint(self.iat.as_secs())
            .uint(self.exp.as_secs());
        out.uint(ttl).byte_string(payload);
        match &self.content {
            Content::Statuses(statuses) => statuses.write(out.uint(0)),
            Content::Identifiers(ids) => {
                out.uint(1).array(ids.len());
                ids.iter().for_each(|id| {
                    out.byte_string(id);
                });
            }
        }
    }

    fn read(item: WellFormed<'_>, limits: &StoreLimits) -> Result<Self, DecodeError> {
        let [iat, exp, ttl, payload, kind, content] = item.tuple()?;
        let payload = match payload.byte_string()? {
            [] => None,
            _ => Some(fixed(payload)?),
        };
        let content = match kind.uint()? {
            0 => Content::Statuses(Statuses::read(content, limits.form, limits.list_bytes)?),
            _ => Content::Identifiers(Identifiers::read_array(content, limits.list_bytes)?),
        };
        Ok(Self {
            payload,
            iat: unix_time(iat.uint()?),
            exp: unix_time(exp.uint()?),
            ttl: ttl.uint()?.checked_sub(1),
            content,
        })
    }
}

fn fixed(item: WellFormed<'_>) -> Result<[u8; 32], DecodeError> {
    let bytes = item.byte_string()?.try_into();
    bytes.map_err(|_| item.error(DecodeErrorKind::OutOfRange))
}
