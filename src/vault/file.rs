//! The vault file, and the lock on the vault's key: a counted try, the commitment, then GCM.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::header::Header;
use super::keys::{Keys, join};
use super::passcode::Passcode;
use super::platform::{Device, Platform};
use super::reserved::Reserved;
use crate::crypto::{CryptoProvider, Secret, SecureRandom};
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

/// The passcode was right: the tries may be forgotten, and the header is authentic.
pub(super) struct Proven {
    epoch: u64,
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
        key: &VaultKey,
        header: Header,
        passcode: &Passcode,
        platform: &mut Platform<'_>,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, Error> {
        let crypto = platform.crypto;
        let keys = Keys::derive(&header, passcode, platform.device, crypto)?;
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
        _: Reserved,
        passcode: &Passcode,
        device: &mut dyn Device,
        crypto: &CryptoProvider,
    ) -> Result<(VaultKey, Proven), Error> {
        let keys = Keys::derive(&self.header, passcode, device, crypto)?;
        // GCM does not commit to its key, so a crafted ciphertext opens under two: not under this.
        if !ct_eq(&keys.commitment, &self.commitment) {
            return Err(VaultError::WrongPasscode.into());
        }
        let mut data = Zeroizing::new(self.wrapped.to_vec());
        let opened = crypto
            .aead
            .open(&keys.kek, &self.nonce, &self.aad(), &mut data);
        opened.map_err(|_| VaultError::WrongPasscode)?;
        let epoch = self.header.epoch;
        Ok((VaultKey(join(&[&data])), Proven { epoch }))
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

impl Proven {
    /// Completes what a loss of power may have cut off between a new file and the raised epoch, so
    /// that the file before it is old now, and forgets the tries.
    pub(super) fn settle(self, device: &mut dyn Device) -> Result<(), CryptoError> {
        let failed = CryptoError::AttemptCounter;
        if device.epoch().map_err(|_| failed)? < self.epoch {
            device.raise_epoch(self.epoch).map_err(|_| failed)?;
        }
        device.reset().map_err(|_| failed)
    }
}

fn header_of(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    rest.split_at_checked(length)
}
