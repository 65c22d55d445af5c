//! From a passcode and the device's secret to the key that wraps the vault's.

use super::header::Header;
use super::passcode::Passcode;
use super::platform::Device;
use super::stretch::{Room, stretch};
use crate::crypto::{CryptoProvider, DigestAlgorithm, Secret};
use crate::error::{CryptoError, Error};

const VAULT: &[u8; 17] = b"VITACARD-VAULT-v1";
const KEK: &[u8; 15] = b"VITACARD-KEK-v1";
const COMMIT: &[u8; 18] = b"VITACARD-COMMIT-v1";

/// What one guess gives. For two guesses both differ, or the hash is broken: GCM alone would open
/// one ciphertext under two keys, and one try would test two passcodes.
pub(super) struct Keys {
    pub(super) kek: Secret<32>,
    pub(super) commitment: [u8; 32],
}

impl Keys {
    pub(super) fn derive(
        room: Room,
        header: &Header,
        passcode: &Passcode,
        device: &mut dyn Device,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        let stretched = stretch(room, header, passcode, crypto)?;
        let header_hash = crypto.sha256(&[header.as_bytes()])?;
        // The whole header is bound to each guess, so an edited one asks another question.
        let guess: Secret<81> = join(&[VAULT, &header_hash, stretched.expose()]);
        let answer = device.prf(guess.expose());
        let answer = answer.map_err(|_| CryptoError::DeviceSecret)?;
        let ikm: Secret<64> = join(&[answer.expose(), stretched.expose()]);
        let info = [&KEK[..], &header_hash].concat();
        let mut okm = Secret::new([0; 64]);
        let kdf = crypto.kdf;
        kdf.hkdf_sha256(ikm.expose(), &header.salt, &info, okm.expose_mut())?;
        let halves = okm.expose().split_at_checked(32);
        let (kek, rest) = halves.ok_or(CryptoError::Unavailable)?;
        Ok(Self {
            kek: join(&[kek]),
            commitment: crypto.sha256(&[COMMIT, rest])?,
        })
    }
}

/// SHA-256 of secret bytes.
pub(super) fn sha256(crypto: &CryptoProvider, parts: &[&[u8]]) -> Result<Secret<32>, CryptoError> {
    let digest = crypto.digest(DigestAlgorithm::Sha256);
    let mut out = Secret::new([0; 64]);
    digest
        .ok_or(CryptoError::Unavailable)?
        .hash(parts, out.expose_mut());
    Ok(join(&[out.expose()]))
}

/// The first `N` bytes of `parts`, one after the other.
pub(super) fn join<const N: usize>(parts: &[&[u8]]) -> Secret<N> {
    let mut joined = Secret::new([0; N]);
    let bytes = parts.iter().copied().flatten();
    let places = joined.expose_mut().iter_mut();
    places.zip(bytes).for_each(|(to, from)| *to = *from);
    joined
}
