//! The vault file, and the lock on the vault's key: a counted try, the commitment, then GCM.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::durable::Durable;
use super::header::Header;
use super::keys::{Keys, join};
use super::passcode::Passcode;
use super::platform::Platform;
use super::reserved::Reserved;
use super::stretch::Room;
use crate::crypto::{Secret, SecureRandom};
use crate::error::{CryptoError, Error, VaultError};
use crate::secret::ct_eq;

/// The wrapped key of 32 bytes, and its tag.
const WRAPPED: usize = 48;

/// The vault file.
///
/// ```text
/// u32be length(header) || header || commitment 32 || nonce 12 || wrapped key 48
/// ```
pub(super) struct VaultFile {
    pub(super) header: Header,
    commitment: [u8; 32],
    nonce: [u8; 12],
    wrapped: [u8; WRAPPED],
}

/// The key that all items of a vault are sealed under. Zeroised on drop.
pub(super) struct VaultKey(pub(super) Secret<32>);

/// The passcode was right: the tries may be forgotten, and the file is authentic.
pub(super) struct Proven<'a> {
    file: &'a VaultFile,
}

impl VaultFile {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, VaultError> {
        let malformed = VaultError::VaultMalformed;
        let (header, rest) = header_of(bytes).ok_or(malformed)?;
        let (commitment, rest) = rest.split_first_chunk().ok_or(malformed)?;
        let (nonce, wrapped) = rest.split_first_chunk().ok_or(malformed)?;
        Ok(Self {
            wrapped: wrapped.try_into().map_err(|_| malformed)?,
            header: Header::parse(header)?,
            commitment: *commitment,
            nonce: *nonce,
        })
    }

    /// Wraps `key` for `passcode`.
    pub(super) fn wrap(
        room: Room,
        key: &VaultKey,
        header: Header,
        passcode: &Passcode,
        platform: &mut Platform<'_>,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, Error> {
        let crypto = platform.crypto;
        let keys = Keys::derive(room, &header, passcode, platform.device, crypto)?;
        let mut nonce = [0; 12];
        rng.fill(&mut nonce)?;
        let mut data = Zeroizing::new(Vec::with_capacity(WRAPPED));
        data.extend_from_slice(key.0.expose());
        let aad = [header.as_bytes(), &keys.commitment].concat();
        crypto.aead.seal(&keys.kek, &nonce, &aad, &mut data)?;
        let wrapped = data.as_slice().try_into();
        Ok(Self {
            wrapped: wrapped.map_err(|_| CryptoError::Encryption)?,
            header,
            commitment: keys.commitment,
            nonce,
        })
    }

    /// Tests `passcode`: one passcode, for one try.
    pub(super) fn open(
        &self,
        reserved: Reserved,
        passcode: &Passcode,
        platform: &mut Platform<'_>,
    ) -> Result<(VaultKey, Proven<'_>), Error> {
        let (room, crypto) = (reserved.into_room(), platform.crypto);
        let keys = Keys::derive(room, &self.header, passcode, platform.device, crypto)?;
        // GCM does not commit to its key, so a crafted ciphertext opens under two: not under this.
        if !ct_eq(&keys.commitment, &self.commitment) {
            return Err(VaultError::WrongPasscode.into());
        }
        let mut data = Zeroizing::new(self.wrapped.to_vec());
        let opened = crypto
            .aead
            .open(&keys.kek, &self.nonce, &self.aad(), &mut data);
        opened.map_err(|_| VaultError::WrongPasscode)?;
        Ok((VaultKey(join(&[&data])), Proven { file: self }))
    }

    /// What to store.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let header = self.header.as_bytes();
        let length = u32::try_from(header.len()).unwrap_or_default();
        let parts: [&[u8]; 5] = [
            &length.to_be_bytes(),
            header,
            &self.commitment,
            &self.nonce,
            &self.wrapped,
        ];
        parts.concat()
    }

    fn aad(&self) -> Vec<u8> {
        [self.header.as_bytes(), &self.commitment].concat()
    }
}

impl Proven<'_> {
    /// Forgets the tries, and completes what a loss of power may have cut off between a new file
    /// and the raised epoch, so that the file before it is old now.
    pub(super) fn settle(self, platform: &mut Platform<'_>) -> Result<(), CryptoError> {
        let failed = CryptoError::AttemptCounter;
        // First: a store that is full must not turn right passcodes into used up tries.
        platform.device.reset().map_err(|_| failed)?;
        if platform.device.epoch().map_err(|_| failed)? < self.file.header.epoch {
            // That it could be read does not say that it would survive a loss of power.
            Durable::write(self.file, platform.store)?.raise_epoch(platform.device)?;
        }
        Ok(())
    }
}

fn header_of(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    rest.split_at_checked(length)
}
