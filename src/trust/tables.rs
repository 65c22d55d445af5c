//! Tables of keys that are trusted beforehand.
//!
//! They make signature checks faster and change no verdict, so they take part in no comparison and
//! in no copy: anchors are the same with and without them.

use alloc::vec::Vec;
use core::fmt;

use crate::crypto::{PreparedKey, PublicKey, TableSize, VerifyingKey};

/// At most one table for each key, all of one size.
#[derive(Default)]
pub(super) struct Tables {
    size: Option<TableSize>,
    keys: Vec<PreparedKey>,
    /// The caller's own, in flash perhaps: never made, and never dropped.
    given: Vec<&'static PreparedKey>,
}

impl Tables {
    pub(super) const fn none() -> Self {
        Self {
            size: None,
            keys: Vec::new(),
            given: Vec::new(),
        }
    }

    /// Makes the tables of this size that are missing. Keys of other curves have none.
    pub(super) fn prepare(&mut self, keys: impl Iterator<Item = PublicKey>, size: TableSize) {
        if self.size != Some(size) {
            self.keys.clear();
            self.size = Some(size);
        }
        for key in keys {
            if self.of(&key).is_none() {
                self.keys.extend(PreparedKey::new(&key, size));
            }
        }
    }

    pub(super) fn give(&mut self, table: &'static PreparedKey) {
        if self.of(table.public_key()).is_none() {
            self.given.push(table);
        }
    }

    /// The table of `key`.
    pub(super) fn of(&self, key: &PublicKey) -> Option<&PreparedKey> {
        self.all().find(|prepared| prepared.public_key() == key)
    }

    fn all(&self) -> impl Iterator<Item = &PreparedKey> {
        self.given.iter().copied().chain(&self.keys)
    }

    /// `key`, with its table where there is one.
    pub(super) fn verifying_key<'k>(&'k self, key: &'k PublicKey) -> VerifyingKey<'k> {
        self.of(key)
            .map_or_else(|| VerifyingKey::new(key), VerifyingKey::prepared)
    }

    /// The key whose bytes are `bytes`: where it has a table, it was read before.
    #[cfg(feature = "x509")]
    pub(super) fn find(&self, bytes: &[u8]) -> Option<VerifyingKey<'_>> {
        self.all()
            .find(|prepared| prepared.public_key().as_bytes() == bytes)
            .map(VerifyingKey::prepared)
    }
}

impl Clone for Tables {
    /// A copy of anchors must not cost what their tables did.
    fn clone(&self) -> Self {
        Self {
            given: self.given.clone(),
            ..Self::none()
        }
    }
}

impl Eq for Tables {}

impl PartialEq for Tables {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {:?}", self.all().count(), self.size)
    }
}
