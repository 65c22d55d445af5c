//! Chains that were found good, so that a batch of cards of one issuer pays for its chain once.

use alloc::boxed::Box;

use super::{TrustAnchors, TrustedIssuer};
use crate::crypto::{PreparedKey, PublicKey, TableSize};
use crate::error::Misuse;
use crate::time::UnixTime;

/// Longer chains are followed each time. Those of the field have 600 to 1500 bytes.
const LONGEST: usize = 4096;

/// At most `N` chains that led to a trust anchor, the least recently used one giving way. It keeps
/// their bytes, 4096 each at most.
///
/// Made by [`TrustAnchors::cache`] and bound to those anchors and their policy: use with another
/// set is [`Misuse::CacheOfOtherAnchors`]. It saves signature checks and changes no result: the
/// dates of the whole chain are compared each time, and where revocation lists are given the chain
/// is checked anew. Use it with one crypto provider.
///
/// A clone knows the same chains, and has no table.
///
/// ```
/// use vitacard::crypto::{Signer, SoftwareSigner, TableSize};
/// use vitacard::trust::{IssuerCache, TrustAnchors};
/// let mut anchors = TrustAnchors::new();
/// anchors.pin_key(SoftwareSigner::from_bytes(&[7; 32]).unwrap().public_key());
/// let cache: IssuerCache<16> = anchors.cache().with_tables(TableSize::Compact);
/// assert_eq!((cache.len(), cache.table_bytes()), (0, 0));
/// ```
#[derive(Debug)]
pub struct IssuerCache<const N: usize> {
    /// The anchors themselves and no hash of them: comparing a few kilobytes costs less than one
    /// signature, and cannot be wrong.
    anchors: TrustAnchors,
    tables: Option<TableSize>,
    /// The most recently used first; none stands after a gap.
    entries: [Option<Entry>; N],
}

#[derive(Debug)]
struct Entry {
    /// An x5chain value as received: comparing it costs less than a hash of it.
    chain: Box<[u8]>,
    /// What it led to.
    issuer: TrustedIssuer,
    /// Whether a card of this issuer was shown by whoever holds its key.
    has_signed: bool,
    table: Option<PreparedKey>,
}

impl Entry {
    fn new(chain: &[u8], issuer: TrustedIssuer) -> Self {
        Self {
            chain: chain.into(),
            issuer,
            has_signed: false,
            table: None,
        }
    }

    fn table_of(&self, key: &PublicKey) -> Option<&PreparedKey> {
        self.table
            .as_ref()
            .filter(|table| table.public_key() == key)
    }
}

impl<const N: usize> IssuerCache<N> {
    pub(super) const fn new(anchors: TrustAnchors) -> Self {
        Self {
            anchors,
            tables: None,
            entries: [const { None }; N],
        }
    }

    /// The same, which makes a table of an issuer's key with the second of its cards that passes
    /// every check: cards of an issuer that comes again and again are then checked faster, an issuer
    /// that comes once costs nothing, and no forger can have tables made by naming chains.
    ///
    /// There are never more than `N` tables, each of [`TableSize::bytes`]; a table goes when its
    /// chain gives way, and no key has two.
    #[must_use]
    pub fn with_tables(self, size: TableSize) -> Self {
        let mut cache = self;
        cache.forget_tables();
        cache.tables = Some(size);
        cache
    }

    /// How many chains it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.iter().flatten().count()
    }

    /// How long its tables are together, in bytes.
    #[must_use]
    pub fn table_bytes(&self) -> usize {
        let entries = self.entries.iter().flatten();
        let tables = entries.filter_map(|entry| entry.table.as_ref());
        tables.fold(0, |sum, table| sum.saturating_add(table.size().bytes()))
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all chains.
    pub fn clear(&mut self) {
        self.entries = [const { None }; N];
    }

    /// `Ok` if it was made for `anchors`.
    ///
    /// # Errors
    /// [`Misuse::CacheOfOtherAnchors`].
    pub(crate) fn check_made_for(&self, anchors: &TrustAnchors) -> Result<(), Misuse> {
        match self.anchors == *anchors {
            true => Ok(()),
            false => Err(Misuse::CacheOfOtherAnchors),
        }
    }

    /// What `chain` led to, if that still holds at `now`.
    pub(super) fn peek(&self, chain: &[u8], now: UnixTime) -> Option<TrustedIssuer> {
        let mut entries = self.entries.iter().flatten();
        let entry = entries.find(|entry| *entry.chain == *chain)?;
        // Outside its dates the chain is checked anew, which tells what is wrong with it.
        entry.issuer.holds_at(now).then_some(entry.issuer)
    }

    /// The table of `key`, whichever chain it was made for.
    pub(super) fn prepared(&self, key: &PublicKey) -> Option<&PreparedKey> {
        let mut entries = self.entries.iter().flatten();
        entries.find_map(|entry| entry.table_of(key))
    }

    /// Puts `issuer`, to whom `chain` has led, in first place: in the stead of what was known of that
    /// chain, or else of the last.
    pub(super) fn meet(&mut self, chain: &[u8], issuer: TrustedIssuer) {
        let known = |entry: &Option<Entry>| entry.as_ref().is_some_and(|one| *one.chain == *chain);
        let place = self.entries.iter().position(known);
        if place.is_none() && chain.len() > LONGEST {
            return;
        }
        let moved = place.map_or(N, |place| place.saturating_add(1));
        if let Some(moved) = self.entries.get_mut(..moved)
            && !moved.is_empty()
        {
            moved.rotate_right(1);
        }
        match (place, self.entries.first_mut()) {
            (Some(_), Some(Some(first))) => first.issuer = issuer,
            (_, Some(first)) => *first = Some(Entry::new(chain, issuer)),
            (_, None) => {}
        }
    }

    /// Takes note that a card of `issuer` has passed every check. With the second its key gets a
    /// table, unless `anchors` or another chain have it.
    pub(crate) fn note_card_of(&mut self, issuer: &TrustedIssuer, anchors: &TrustAnchors) {
        let (Some(size), key) = (self.tables, issuer.key()) else {
            return;
        };
        if anchors.prepared(key).is_some() || self.prepared(key).is_some() {
            return;
        }
        let mut entries = self.entries.iter_mut().flatten();
        let Some(entry) = entries.find(|entry| entry.issuer == *issuer) else {
            return;
        };
        match entry.has_signed {
            true => entry.table = PreparedKey::new(key, size).ok(),
            false => entry.has_signed = true,
        }
    }

    fn forget_tables(&mut self) {
        for entry in self.entries.iter_mut().flatten() {
            entry.table = None;
        }
    }
}

impl<const N: usize> Clone for IssuerCache<N> {
    fn clone(&self) -> Self {
        let known = |entry: &Entry| Entry::new(&entry.chain, entry.issuer);
        Self {
            anchors: self.anchors.clone(),
            tables: self.tables,
            entries: self
                .entries
                .each_ref()
                .map(|entry| entry.as_ref().map(known)),
        }
    }
}
