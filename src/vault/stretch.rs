//! What a passcode becomes before the device is asked: its hash, or Argon2id of it.

#[cfg(feature = "argon2")]
use {alloc::vec::Vec, argon2::Block, zeroize::Zeroizing};

use super::header::Header;
use super::keys::sha256;
use super::passcode::Passcode;
use super::settings::{Argon2id, Settings};
use crate::crypto::{CryptoProvider, Secret};
use crate::error::CryptoError;

const PIN: &[u8; 15] = b"VITACARD-PIN-v1";

/// The memory of one stretching, had before a try is counted: a phone may not have 256 MiB left, and
/// a vault that cannot be opened here costs no try. Zeroised on drop.
pub(super) struct Room {
    #[cfg(feature = "argon2")]
    blocks: Zeroizing<Vec<Block>>,
}

impl Room {
    #[cfg(not(feature = "argon2"))]
    pub(super) fn take(settings: &Settings) -> Result<Self, CryptoError> {
        match settings.argon2id {
            Some(_) => Err(CryptoError::Unavailable),
            None => Ok(Self {}),
        }
    }

    #[cfg(feature = "argon2")]
    pub(super) fn take(settings: &Settings) -> Result<Self, CryptoError> {
        let mut blocks = Zeroizing::new(Vec::new());
        if let Some(costs) = settings.argon2id {
            let count = params(costs)?.block_count();
            let had = blocks.try_reserve_exact(count);
            had.map_err(|_| CryptoError::Unavailable)?;
            blocks.resize(count, Block::new());
        }
        Ok(Self { blocks })
    }
}

/// P of the format.
pub(super) fn stretch(
    room: Room,
    header: &Header,
    passcode: &Passcode,
    crypto: &CryptoProvider,
) -> Result<Secret<32>, CryptoError> {
    match header.settings.argon2id {
        Some(costs) => argon2id(room, costs, &header.salt, passcode),
        None => {
            // At most 12, so the length is one byte.
            let [.., length] = passcode.len().to_be_bytes();
            sha256(crypto, &[PIN, &[length], passcode.as_bytes()])
        }
    }
}

#[cfg(not(feature = "argon2"))]
fn argon2id(_: Room, _: Argon2id, _: &[u8; 16], _: &Passcode) -> Result<Secret<32>, CryptoError> {
    Err(CryptoError::Unavailable)
}

/// Version 0x13, an output of 32 bytes.
#[cfg(feature = "argon2")]
fn argon2id(
    mut room: Room,
    costs: Argon2id,
    salt: &[u8; 16],
    passcode: &Passcode,
) -> Result<Secret<32>, CryptoError> {
    use argon2::{Algorithm, Argon2, Version};

    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params(costs)?);
    let mut out = Secret::new([0; 32]);
    argon2
        .hash_password_into_with_memory(
            passcode.as_bytes(),
            salt,
            out.expose_mut(),
            room.blocks.as_mut_slice(),
        )
        .map_err(|_| CryptoError::Unavailable)?;
    Ok(out)
}

#[cfg(feature = "argon2")]
fn params(Argon2id { m, t, p }: Argon2id) -> Result<argon2::Params, CryptoError> {
    argon2::Params::new(m, t, p, Some(32)).map_err(|_| CryptoError::Unavailable)
}
