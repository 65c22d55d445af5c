//! SKReader and SKDevice: one key, one direction, one counter each.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroize as _;

use crate::crypto::{Aead, AgreementKey, CryptoError, CryptoProvider, Curve, PublicKey, Secret};
use crate::error::{Error, SessionError};
use crate::mdoc::SessionTranscript;

/// Which end of the channel this is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    Reader,
    Holder,
}

/// Encrypts one way. Neither `Clone` nor readable.
#[derive(Debug)]
pub(super) struct SealKey(Direction);

/// Decrypts the other way. Neither `Clone` nor readable.
#[derive(Debug)]
pub(super) struct OpenKey(Direction);

/// Both keys of `end`.
///
/// ```text
/// SK = HKDF-SHA256(ZAB, salt = SHA-256(SessionTranscriptBytes), info = "SKReader" / "SKDevice")
/// ```
///
/// # Errors
/// [`SessionError::PeerKey`] if `peer` lies on another curve than P-256.
pub(super) fn derive(
    end: End,
    agreement: &dyn AgreementKey,
    peer: &PublicKey,
    transcript: &SessionTranscript<'_>,
    crypto: &CryptoProvider,
) -> Result<(SealKey, OpenKey), Error> {
    if peer.curve() != Curve::P256 {
        return Err(SessionError::PeerKey.into());
    }
    let shared = agreement.agree(peer)?;
    let reader = transcript.derive(&shared, b"SKReader", crypto)?;
    let device = transcript.derive(&shared, b"SKDevice", crypto)?;
    let reader = Direction::new(reader, READER_ID, crypto.aead);
    let device = Direction::new(device, DEVICE_ID, crypto.aead);
    Ok(match end {
        End::Reader => (SealKey(reader), OpenKey(device)),
        End::Holder => (SealKey(device), OpenKey(reader)),
    })
}

impl SealKey {
    /// The ciphertext of `plaintext`, tag last.
    pub(super) fn seal(&mut self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce = self.0.next_nonce()?;
        let mut data = Vec::with_capacity(plaintext.len().saturating_add(TAG_LEN));
        data.extend_from_slice(plaintext);
        match self.0.aead.seal(&self.0.key, &nonce, &[], &mut data) {
            Ok(()) => Ok(data),
            Err(error) => {
                data.zeroize();
                Err(error.into())
            }
        }
    }
}

impl OpenKey {
    /// The plaintext of `data`, which ends with its tag.
    pub(super) fn open(&mut self, data: &[u8]) -> Result<Vec<u8>, SessionError> {
        let nonce = self.0.next_nonce()?;
        if data.len() < TAG_LEN {
            return Err(SessionError::Decrypt);
        }
        let mut plaintext = data.to_vec();
        let opened = self.0.aead.open(&self.0.key, &nonce, &[], &mut plaintext);
        opened.map(|()| plaintext).map_err(undecryptable)
    }
}

/// One word for all: why a message does not decrypt helps nobody but its forger.
const fn undecryptable(_: CryptoError) -> SessionError {
    SessionError::Decrypt
}

struct Direction {
    key: Secret<32>,
    id: [u8; 8],
    counter: Option<u32>,
    aead: &'static dyn Aead,
}

impl Direction {
    const fn new(key: Secret<32>, id: [u8; 8], aead: &'static dyn Aead) -> Self {
        Self {
            key,
            id,
            counter: Some(1),
            aead,
        }
    }

    /// Clause 9.1.1.5: a counter is never used twice, so after the last one there is none.
    fn next_nonce(&mut self) -> Result<[u8; 12], SessionError> {
        let counter = self.counter.ok_or(SessionError::CounterExhausted)?;
        self.counter = counter.checked_add(1);
        let mut nonce = [0; 12];
        let bytes = self.id.into_iter().chain(counter.to_be_bytes());
        nonce
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = from);
        Ok(nonce)
    }
}

impl fmt::Debug for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, next {:?}", self.key, self.counter)
    }
}

const READER_ID: [u8; 8] = [0; 8];
const DEVICE_ID: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];
/// How much longer a ciphertext is than its plaintext.
pub(super) const TAG_LEN: usize = 16;

#[cfg(test)]
mod tests;
