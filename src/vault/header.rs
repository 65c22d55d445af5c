//! The header of a vault file: read before anything is authentic, and refused where it asks for too much.

use alloc::vec::Vec;

use super::settings::{Argon2id, Settings};
use crate::cbor::{WellFormed, Writer, required};
use crate::error::{DecodeError, DecodeErrorKind, Error, VaultError};

/// No header is as long.
const CAP: usize = 128;

/// What a vault file says of itself.
///
/// ```cddl
/// Header = { 1: 1, 2: bstr .size 16, 3: bstr .size 16, 4: [m: uint, t: uint, p: uint] / null,
///            5: 1..10, 6: uint }
/// ```
pub(super) struct Header {
    bytes: Vec<u8>,
    pub(super) vault_id: [u8; 16],
    pub(super) salt: [u8; 16],
    pub(super) settings: Settings,
    pub(super) epoch: u64,
}

impl Header {
    pub(super) fn new(vault_id: [u8; 16], salt: [u8; 16], settings: Settings, epoch: u64) -> Self {
        let mut out = Writer::new();
        out.map(6).uint(1).uint(1);
        out.uint(2)
            .byte_string(&vault_id)
            .uint(3)
            .byte_string(&salt);
        out.uint(4);
        match settings.argon2id {
            Some(Argon2id { m, t, p }) => out.array(3).uint(m.into()).uint(t.into()).uint(p.into()),
            None => out.raw(&[0xf6]),
        };
        out.uint(5).uint(settings.max_tries.into());
        out.uint(6).uint(epoch);
        Self {
            bytes: out.into_bytes(),
            vault_id,
            salt,
            settings,
            epoch,
        }
    }

    /// Reads `bytes`, which must be in the one encoding that they have.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, VaultError> {
        let read = read(bytes).map_err(|_| VaultError::VaultMalformed)?;
        let settings = read.settings().ok_or(VaultError::VaultLimits)?;
        Ok(Self {
            bytes: bytes.to_vec(),
            vault_id: read.vault_id,
            salt: read.salt,
            settings,
            epoch: read.epoch,
        })
    }

    /// As they came.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A header of which no number was looked at.
struct Claimed {
    vault_id: [u8; 16],
    salt: [u8; 16],
    costs: Option<[u64; 3]>,
    max_tries: u64,
    epoch: u64,
}

impl Claimed {
    /// `None` if a number is outside its limits.
    fn settings(&self) -> Option<Settings> {
        let settings = Settings {
            max_tries: u8::try_from(self.max_tries).ok()?,
            argon2id: match self.costs {
                Some([m, t, p]) => Some(Argon2id {
                    m: u32::try_from(m).ok()?,
                    t: u32::try_from(t).ok()?,
                    p: u32::try_from(p).ok()?,
                }),
                None => None,
            },
        };
        settings.are_within_limits().then_some(settings)
    }
}

fn read(bytes: &[u8]) -> Result<Claimed, DecodeError> {
    let header = WellFormed::parse_deterministic(bytes, CAP)?;
    let fields = header.closed_fields([1, 2, 3, 4, 5, 6])?;
    let [version, vault_id, salt, costs, max_tries, epoch] = fields;
    let version = required(version, &header)?;
    if version.uint()? != 1 {
        return Err(version.error(DecodeErrorKind::UnknownVersion));
    }
    Ok(Claimed {
        vault_id: sixteen(required(vault_id, &header)?)?,
        salt: sixteen(required(salt, &header)?)?,
        costs: read_costs(required(costs, &header)?)?,
        max_tries: required(max_tries, &header)?.uint()?,
        epoch: required(epoch, &header)?.uint()?,
    })
}

fn read_costs(item: WellFormed<'_>) -> Result<Option<[u64; 3]>, DecodeError> {
    if item.is_null() {
        return Ok(None);
    }
    let [m, t, p] = item.tuple()?;
    Ok(Some([m.uint()?, t.uint()?, p.uint()?]))
}

fn sixteen(item: WellFormed<'_>) -> Result<[u8; 16], DecodeError> {
    let bytes = item.byte_string()?.try_into();
    bytes.map_err(|_| item.error(DecodeErrorKind::OutOfRange))
}

/// How far a file that nobody verified may be ahead: one for each change that failed.
const AHEAD: u64 = 1 << 20;

/// The later of `epoch` and what a file in the store claims. A claim that would bring the last epoch
/// near is no vault's.
pub(super) fn later_epoch(epoch: u64, claimed: u64) -> u64 {
    match claimed.saturating_sub(epoch) <= AHEAD {
        true => epoch.max(claimed),
        false => epoch,
    }
}

/// The epoch after `epoch`.
pub(super) fn next_epoch(epoch: u64) -> Result<u64, Error> {
    epoch
        .checked_add(1)
        .ok_or_else(|| VaultError::VaultLimits.into())
}
