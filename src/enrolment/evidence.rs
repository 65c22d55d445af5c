//! What a request says of each piece of evidence, and what a sealed piece is bound to.

use alloc::string::String;
use alloc::vec::Vec;

use super::InvitationNumber;
use crate::cbor::{WellFormed, Writer, required};
use crate::delegation::sized;
use crate::error::{DecodeError, DecodeErrorKind};

/// The longest piece of evidence: 16 MiB. Each is sealed and opened whole.
pub const MAX_EVIDENCE: usize = 1 << 24;

/// What a sealed piece has around its ciphertext is under 200 bytes.
pub(super) const MAX_SEALED: usize = MAX_EVIDENCE.saturating_add(512);

/// How many pieces a request has.
pub(super) const COUNT: core::ops::RangeInclusive<usize> = 3..=9;

/// What a piece of evidence shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the format has these three")]
pub enum EvidenceKind {
    /// The card of plastic.
    PhysicalCard,
    /// A passport or an identity card.
    IdentityDocument,
    /// The person.
    Face,
}

impl EvidenceKind {
    const ALL: [Self; 3] = [Self::PhysicalCard, Self::IdentityDocument, Self::Face];

    const fn number(self) -> u64 {
        match self {
            Self::PhysicalCard => 1,
            Self::IdentityDocument => 2,
            Self::Face => 3,
        }
    }
}

/// ```cddl
/// EvidenceEntry = { 1: 1..3, 2: tstr, 3: uint, 4: bstr .size 32 }
/// ```
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) kind: EvidenceKind,
    pub(super) media_type: String,
    pub(super) len: u64,
    pub(super) digest: [u8; 32],
}

impl Entry {
    pub(super) fn write(&self, out: &mut Writer) {
        out.map(4).uint(1).uint(self.kind.number());
        out.uint(2).text(&self.media_type).uint(3).uint(self.len);
        out.uint(4).byte_string(&self.digest);
    }

    fn read(item: WellFormed<'_>) -> Result<Self, DecodeError> {
        let [kind, media_type, len, digest] = item.closed_fields([1, 2, 3, 4])?;
        let kind = required(kind, &item)?;
        let number = kind.uint()?;
        let known = EvidenceKind::ALL.into_iter();
        let mut known = known.filter(|known| known.number() == number);
        Ok(Self {
            kind: known
                .next()
                .ok_or_else(|| kind.error(DecodeErrorKind::OutOfRange))?,
            media_type: required(media_type, &item)?.text()?.into(),
            len: required(len, &item)?.uint()?,
            digest: sized(required(digest, &item)?)?,
        })
    }
}

/// `[3*9 EvidenceEntry]`
pub(super) fn read_entries(item: WellFormed<'_>) -> Result<Vec<Entry>, DecodeError> {
    let entries = item.array()?;
    let count = usize::try_from(entries.left()).unwrap_or(usize::MAX);
    if !COUNT.contains(&count) {
        return Err(item.error(DecodeErrorKind::OutOfRange));
    }
    entries.map(|entry| Entry::read(entry?)).collect()
}

pub(super) fn all_kinds(entries: &[Entry]) -> bool {
    let there = |kind| entries.iter().any(|entry| entry.kind == kind);
    EvidenceKind::ALL.into_iter().all(there)
}

/// `cbor ["VITACARD-EVIDENCE-v1", cti, SHA-256(cbor COSE_Key of cnf), index from 0, digest]`
///
/// So a piece fits one place of one request of one device key, and no other.
pub(super) fn external_aad(
    number: &InvitationNumber,
    key_hash: &[u8; 32],
    index: usize,
    digest: &[u8; 32],
) -> Vec<u8> {
    let mut out = Writer::new();
    out.array(5).text("VITACARD-EVIDENCE-v1");
    out.byte_string(number.as_bytes()).byte_string(key_hash);
    out.uint(u64::try_from(index).unwrap_or(u64::MAX));
    out.byte_string(digest);
    out.into_bytes()
}
