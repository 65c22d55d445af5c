//! Public keys with their multiples beside them, for keys that verify again and again.

use alloc::boxed::Box;
use alloc::vec;
use core::fmt;

use super::PublicKey;
use super::p256::{self, Entry, Shape, Table};
use crate::error::Misuse;

/// How large a table of multiples may be, and so how fast its key verifies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TableSize {
    /// 256 KiB, for readers and servers.
    Full,
    /// 52 KiB, for phones that know many issuers.
    Compact,
    /// 8 KiB, for firmware.
    Flash,
}

impl TableSize {
    /// How long such a table is, in bytes.
    ///
    /// ```
    /// use vitacard::crypto::TableSize;
    /// let sizes = [TableSize::Full, TableSize::Compact, TableSize::Flash];
    /// assert_eq!(sizes.map(TableSize::bytes), [262_144, 53_248, 8192]);
    /// ```
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.shape().entries().saturating_mul(size_of::<Entry>())
    }

    const fn shape(self) -> Shape {
        match self {
            Self::Full => Shape::FULL,
            Self::Compact => Shape::COMPACT,
            Self::Flash => Shape::FLASH,
        }
    }
}

/// A P-256 public key with a table of its multiples: it verifies three to four times as fast.
///
/// ```
/// use vitacard::crypto::{ES256, PreparedKey, Signer, SoftwareSigner, TableSize, VerifyingKey};
/// let signer = SoftwareSigner::from_bytes(&[7; 32])?;
/// let key = PreparedKey::new(&signer.public_key(), TableSize::Compact)?;
/// let signature = signer.sign(b"message")?;
/// let verdict = ES256.verify(VerifyingKey::prepared(&key), &[b"message"], signature.as_bytes());
/// assert!(verdict.is_ok());
/// # Ok::<(), vitacard::Error>(())
/// ```
pub struct PreparedKey {
    key: PublicKey,
    size: TableSize,
    entries: Entries,
}

enum Entries {
    Made(Box<[Entry]>),
    Flash(&'static [Entry]),
}

impl PreparedKey {
    /// Computes the table of `key`, on the heap. Takes as long as some 25, 6 or 2 signature checks,
    /// by size.
    ///
    /// # Errors
    /// [`Misuse::InvalidKey`] for a key of another curve.
    pub fn new(key: &PublicKey, size: TableSize) -> Result<Self, Misuse> {
        let sec1 = key.p256_bytes().ok_or(Misuse::InvalidKey)?;
        let mut entries = vec![Entry::EMPTY; size.shape().entries()].into_boxed_slice();
        match p256::fill_table(size.shape(), sec1, &mut entries) {
            true => Ok(Self {
                key: *key,
                size,
                entries: Entries::Made(entries),
            }),
            false => Err(Misuse::InvalidKey),
        }
    }

    /// The key of a table that the compiler computed, and that lies in flash.
    #[must_use]
    pub const fn flash(table: &'static FlashTable) -> Self {
        Self {
            key: table.key,
            size: TableSize::Flash,
            entries: Entries::Flash(&table.entries),
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

    pub(super) fn table(&self) -> Table<'_> {
        let entries = match &self.entries {
            Entries::Made(entries) => entries,
            Entries::Flash(entries) => *entries,
        };
        Table::new(self.size.shape(), entries)
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedKey({:?}, {:?})", self.key, self.size)
    }
}

/// The table of a key that is known when the program is compiled: 8 KiB without a heap, for
/// [`TrustAnchors::pin_prepared`](crate::trust::TrustAnchors::pin_prepared).
///
/// The compiler takes some seconds for each. For 32-bit machines it asks whether that is meant,
/// which the `allow` answers; it says nothing about your key.
///
/// ```
/// use vitacard::crypto::{FlashTable, PreparedKey};
/// #[allow(long_running_const_eval, reason = "a table of 128 points")]
/// static TABLE: FlashTable = match FlashTable::new(&ISSUER) {
///     Some(table) => table,
///     None => panic!("ISSUER is not an uncompressed point of P-256"),
/// };
/// static KEY: PreparedKey = PreparedKey::flash(&TABLE);
/// # const ISSUER: [u8; 65] = {
/// #     let mut generator = [4; 65];
/// #     let x = 0x6b17d1f2e12c4247f8bce6e563a440f2_u128.to_be_bytes();
/// #     let x2 = 0x77037d812deb33a0f4a13945d898c296_u128.to_be_bytes();
/// #     let y = 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e16_u128.to_be_bytes();
/// #     let y2 = 0x2bce33576b315ececbb6406837bf51f5_u128.to_be_bytes();
/// #     let mut i = 0;
/// #     while i < 16 {
/// #         generator[1 + i] = x[i];
/// #         generator[17 + i] = x2[i];
/// #         generator[33 + i] = y[i];
/// #         generator[49 + i] = y2[i];
/// #         i += 1;
/// #     }
/// #     generator
/// # };
/// assert_eq!(KEY.public_key().as_bytes(), ISSUER);
/// ```
pub struct FlashTable {
    key: PublicKey,
    entries: [Entry; Shape::FLASH.entries()],
}

impl FlashTable {
    /// The table of the key with these 65 bytes, uncompressed (SEC 1 section 2.3.3); `None` if they
    /// are not a point of P-256.
    #[must_use]
    pub const fn new(sec1: &[u8; 65]) -> Option<Self> {
        let mut entries = [Entry::EMPTY; Shape::FLASH.entries()];
        match p256::fill_table(Shape::FLASH, sec1, &mut entries) {
            true => Some(Self {
                key: PublicKey::p256_on_curve(*sec1),
                entries,
            }),
            false => None,
        }
    }
}

impl fmt::Debug for FlashTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FlashTable({:?})", self.key)
    }
}
