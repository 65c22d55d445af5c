//! Items of a vault: cards, delegated cards and software keys, each sealed under a key of its own.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::file::VaultKey;
use crate::crypto::{CryptoProvider, Secret, SecureRandom};
use crate::error::{Error, Misuse, VaultError};

const ITEM_KEY: &[u8; 20] = b"VITACARD-ITEM-KEY-v1";
const ITEM: &[u8; 16] = b"VITACARD-ITEM-v1";
const TAG: usize = 16;
/// One byte says how long an identifier is, and its first says of what kind.
const NAME_LENGTHS: core::ops::RangeInclusive<usize> = 1..=254;

/// What an item is. An item of one kind does not open as another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ItemKind {
    /// A card of the holder's own.
    Card,
    /// A card that was lent to the owner of this wallet.
    DelegatedCard,
    /// A private key in software, where no hardware keeps it.
    SoftwareKey,
}

/// Which item: its kind, and a name of 1 to 254 bytes that the app gives it.
///
/// ```
/// use vitacard::{Misuse, vault::{ItemId, ItemKind}};
/// let own = ItemId::new(ItemKind::Card, b"insurer")?;
/// assert!(own != ItemId::new(ItemKind::DelegatedCard, b"insurer")?);
/// assert_eq!(ItemId::new(ItemKind::Card, b"").unwrap_err(), Misuse::ItemName);
/// # Ok::<(), Misuse>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct ItemId {
    bytes: Vec<u8>,
}

/// An unlocked vault, until it is dropped: what seals and opens items.
///
/// Keep it for one operation, or a short while. The key is zeroised on drop.
pub struct Lease {
    key: VaultKey,
    vault_id: [u8; 16],
}

/// The content of an item. Zeroised on drop; prints as its length.
pub struct OpenedItem(Zeroizing<Vec<u8>>);

impl ItemId {
    /// The item `name` of the kind `kind`.
    ///
    /// # Errors
    /// [`Misuse::ItemName`] if `name` has no byte, or more than 254.
    pub fn new(kind: ItemKind, name: &[u8]) -> Result<Self, Misuse> {
        if !NAME_LENGTHS.contains(&name.len()) {
            return Err(Misuse::ItemName);
        }
        let bytes = [&[kind.number()], name].concat();
        Ok(Self { bytes })
    }

    /// `prefix || vault_id || u8 length(id) || id`.
    fn bind(&self, prefix: &[u8], vault_id: &[u8; 16]) -> Vec<u8> {
        let [.., length] = self.bytes.len().to_be_bytes();
        [prefix, vault_id, &[length], &self.bytes].concat()
    }
}

impl ItemKind {
    const fn number(self) -> u8 {
        match self {
            Self::Card => 1,
            Self::DelegatedCard => 2,
            Self::SoftwareKey => 3,
        }
    }
}

impl Lease {
    pub(super) const fn new(key: VaultKey, vault_id: [u8; 16]) -> Self {
        Self { key, vault_id }
    }

    /// Seals `content` as version `version` of the item `id`.
    ///
    /// The vault does not remember versions. Count them up, and keep the newest number where nobody
    /// can put an old one back; a number that is kept beside the item is put back together with it.
    ///
    /// # Errors
    /// [`CryptoError`](crate::CryptoError) if randomness or encryption fails.
    pub fn seal(
        &self,
        id: &ItemId,
        version: u64,
        content: &[u8],
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; 12];
        rng.fill(&mut nonce)?;
        // With room for the tag, so that no copy of the content is left behind.
        let mut data = Zeroizing::new(Vec::with_capacity(content.len().saturating_add(TAG)));
        data.extend_from_slice(content);
        let (key, aad) = (self.item_key(id, crypto)?, self.aad(id, version));
        crypto.aead.seal(&key, &nonce, &aad, &mut data)?;
        Ok([&nonce[..], &data].concat())
    }

    /// Opens `sealed`, if it is version `version` of the item `id` of this vault.
    ///
    /// # Errors
    /// [`VaultError::ItemMalformed`], [`VaultError::ItemRefused`].
    pub fn open(
        &self,
        id: &ItemId,
        version: u64,
        sealed: &[u8],
        crypto: &CryptoProvider,
    ) -> Result<OpenedItem, Error> {
        let parts = sealed.split_first_chunk();
        let (nonce, data) = parts
            .filter(|(_, data)| data.len() >= TAG)
            .ok_or(VaultError::ItemMalformed)?;
        let mut data = Zeroizing::new(data.to_vec());
        let (key, aad) = (self.item_key(id, crypto)?, self.aad(id, version));
        let opened = crypto.aead.open(&key, nonce, &aad, &mut data);
        opened.map_err(|_| VaultError::ItemRefused)?;
        Ok(OpenedItem(data))
    }

    pub(super) const fn key(&self) -> &VaultKey {
        &self.key
    }

    fn item_key(&self, id: &ItemId, crypto: &CryptoProvider) -> Result<Secret<32>, Error> {
        let info = id.bind(ITEM_KEY, &self.vault_id);
        let mut key = Secret::new([0; 32]);
        let kdf = crypto.kdf;
        kdf.hkdf_sha256(self.key.0.expose(), &[], &info, key.expose_mut())?;
        Ok(key)
    }

    fn aad(&self, id: &ItemId, version: u64) -> Vec<u8> {
        let mut aad = id.bind(ITEM, &self.vault_id);
        aad.extend_from_slice(&version.to_be_bytes());
        aad
    }
}

impl OpenedItem {
    /// The content. Keep the borrow short: copies of it are not zeroised.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ItemId({} bytes)", self.bytes.len())
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lease")
    }
}

impl fmt::Debug for OpenedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenedItem({} bytes)", self.0.len())
    }
}
