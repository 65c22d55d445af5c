//! What a passcode becomes before the device is asked: its hash, or Argon2id of it.

use super::header::Header;
use super::keys::sha256;
use super::passcode::Passcode;
use super::settings::{Argon2id, Settings};
use crate::crypto::{CryptoProvider, Secret};
use crate::error::CryptoError;

const PIN: &[u8; 15] = b"VITACARD-PIN-v1";

/// Said before a try is counted: a vault that cannot be opened here costs none.
pub(super) fn check_available(settings: &Settings) -> Result<(), CryptoError> {
    match settings.argon2id {
        Some(_) if cfg!(not(feature = "argon2")) => Err(CryptoError::Unavailable),
        _ => Ok(()),
    }
}

/// P of the format.
pub(super) fn stretch(
    header: &Header,
    passcode: &Passcode,
    crypto: &CryptoProvider,
) -> Result<Secret<32>, CryptoError> {
    match header.settings.argon2id {
        Some(costs) => argon2id(costs, &header.salt, passcode),
        None => {
            // At most 12, so the length is one byte.
            let [.., length] = passcode.len().to_be_bytes();
            sha256(crypto, &[PIN, &[length], passcode.as_bytes()])
        }
    }
}

#[cfg(not(feature = "argon2"))]
fn argon2id(_: Argon2id, _: &[u8; 16], _: &Passcode) -> Result<Secret<32>, CryptoError> {
    Err(CryptoError::Unavailable)
}

/// Version 0x13, an output of 32 bytes. The memory is asked for, not taken for granted: a phone may
/// not have 256 MiB left.
#[cfg(feature = "argon2")]
fn argon2id(
    Argon2id { m, t, p }: Argon2id,
    salt: &[u8; 16],
    passcode: &Passcode,
) -> Result<Secret<32>, CryptoError> {
    use alloc::vec::Vec;
    use argon2::{Algorithm, Argon2, Block, Params, Version};
    use zeroize::Zeroizing;

    let failed = CryptoError::Unavailable;
    let params = Params::new(m, t, p, Some(32)).map_err(|_| failed)?;
    let count = params.block_count();
    let mut blocks = Zeroizing::new(Vec::new());
    blocks.try_reserve_exact(count).map_err(|_| failed)?;
    blocks.resize(count, Block::new());
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut out = Secret::new([0; 32]);
    argon2
        .hash_password_into_with_memory(
            passcode.as_bytes(),
            salt,
            out.expose_mut(),
            blocks.as_mut_slice(),
        )
        .map_err(|_| failed)?;
    Ok(out)
}
