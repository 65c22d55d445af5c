//! Bluetooth low energy, as an engagement describes it in CBOR and in NFC out-of-band data.

use alloc::vec::Vec;

use crate::cbor::{WellFormed, Writer};
use crate::error::{DecodeError, DecodeErrorKind};

/// How the holder's device is reached over Bluetooth.
///
/// ```cddl
/// BleOptions = { 0: bool, 1: bool, ? 10: bstr, ? 11: bstr, ? 20: bstr, ? 21: uint, * int => any }
/// ```
/// Each mode stands with the UUID of its service, in the order in which it is written as text.
///
/// ```
/// use vitacard::session::BleOptions;
/// let options = BleOptions::default().with_central_client([7; 16]);
/// assert_eq!(options.central_client_uuid(), Some(&[7; 16]));
/// assert!(!options.peripheral_server());
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BleOptions {
    peripheral_server: bool,
    central_client: bool,
    peripheral_server_uuid: Option<[u8; 16]>,
    central_client_uuid: Option<[u8; 16]>,
    address: Option<[u8; 6]>,
    psm: Option<u64>,
}

impl BleOptions {
    /// Offers mdoc peripheral server mode.
    #[must_use]
    pub const fn with_peripheral_server(mut self, uuid: [u8; 16]) -> Self {
        self.peripheral_server = true;
        self.peripheral_server_uuid = Some(uuid);
        self
    }

    /// Offers mdoc central client mode.
    #[must_use]
    pub const fn with_central_client(mut self, uuid: [u8; 16]) -> Self {
        self.central_client = true;
        self.central_client_uuid = Some(uuid);
        self
    }

    /// Names the device address for peripheral server mode.
    #[must_use]
    pub const fn with_address(mut self, address: [u8; 6]) -> Self {
        self.address = Some(address);
        self
    }

    /// Names the protocol/service multiplexer of an L2CAP channel (second edition).
    #[must_use]
    pub const fn with_psm(mut self, psm: u64) -> Self {
        self.psm = Some(psm);
        self
    }

    /// Whether the device offers mdoc peripheral server mode.
    #[must_use]
    pub const fn peripheral_server(&self) -> bool {
        self.peripheral_server
    }

    /// Whether the device offers mdoc central client mode.
    #[must_use]
    pub const fn central_client(&self) -> bool {
        self.central_client
    }

    /// The UUID for mdoc peripheral server mode.
    #[must_use]
    pub const fn peripheral_server_uuid(&self) -> Option<&[u8; 16]> {
        self.peripheral_server_uuid.as_ref()
    }

    /// The UUID for mdoc central client mode.
    #[must_use]
    pub const fn central_client_uuid(&self) -> Option<&[u8; 16]> {
        self.central_client_uuid.as_ref()
    }

    /// The device address for mdoc peripheral server mode.
    #[must_use]
    pub const fn address(&self) -> Option<&[u8; 6]> {
        self.address.as_ref()
    }

    /// The protocol/service multiplexer of an L2CAP channel.
    #[must_use]
    pub const fn psm(&self) -> Option<u64> {
        self.psm
    }

    /// A mode that is not mentioned is not offered.
    pub(super) fn parse(options: WellFormed<'_>) -> Result<Self, DecodeError> {
        let [server, client, server_uuid, client_uuid, address, psm] =
            options.fields([0, 1, 10, 11, 20, 21])?;
        Ok(Self {
            peripheral_server: server.map_or(Ok(false), |offered| offered.boolean())?,
            central_client: client.map_or(Ok(false), |offered| offered.boolean())?,
            peripheral_server_uuid: server_uuid.map(fixed).transpose()?,
            central_client_uuid: client_uuid.map(fixed).transpose()?,
            address: address.map(fixed).transpose()?,
            psm: psm.map(|psm| psm.uint()).transpose()?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        let strings = [
            (
                10,
                self.peripheral_server_uuid
                    .as_ref()
                    .map(<[u8; 16]>::as_slice),
            ),
            (
                11,
                self.central_client_uuid.as_ref().map(<[u8; 16]>::as_slice),
            ),
            (20, self.address.as_ref().map(<[u8; 6]>::as_slice)),
        ];
        let strings = strings
            .iter()
            .filter_map(|(key, bytes)| Some((*key, (*bytes)?)));
        let fields = strings
            .clone()
            .count()
            .saturating_add(self.psm.iter().count());
        out.map(fields.saturating_add(2));
        out.uint(0).boolean(self.peripheral_server);
        out.uint(1).boolean(self.central_client);
        for (key, bytes) in strings {
            out.uint(key).byte_string(bytes);
        }
        if let Some(psm) = self.psm {
            out.uint(21).uint(psm);
        }
    }
}

fn fixed<const N: usize>(item: WellFormed<'_>) -> Result<[u8; N], DecodeError> {
    let bytes = item.byte_string()?.try_into();
    bytes.map_err(|_| item.error(DecodeErrorKind::OutOfRange))
}

/// Which roles the sender of out-of-band data can take (Bluetooth CSS part A, 1.17).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the standard names these four")]
pub enum LeRole {
    /// Peripheral alone.
    Peripheral,
    /// Central alone.
    Central,
    /// Both, rather peripheral.
    PeripheralPreferred,
    /// Both, rather central.
    CentralPreferred,
}

/// The out-of-band data of a Bluetooth carrier in an NFC handover.
///
/// It speaks of its sender: a device in the role of central offers mdoc central client mode in a
/// Handover Select, and a reader in that role asks for mdoc peripheral server mode in a Handover
/// Request.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct BleOob {
    /// The sender's role.
    pub role: Option<LeRole>,
    /// The UUID of the service, in the order in which it is written as text.
    pub uuid: Option<[u8; 16]>,
    /// The sender's address in over-the-air order, and its type (0 public, 1 random).
    pub address: Option<([u8; 6], u8)>,
}

/// Types of advertising data (Bluetooth assigned numbers 2.3).
mod ad {
    pub(super) const UUIDS_INCOMPLETE: u8 = 0x06;
    pub(super) const UUIDS_COMPLETE: u8 = 0x07;
    pub(super) const ADDRESS: u8 = 0x1b;
    pub(super) const ROLE: u8 = 0x1c;
}

impl BleOob {
    /// A device or reader in `role` with the service `uuid`.
    ///
    /// ```
    /// use vitacard::session::{BleOob, LeRole};
    /// assert_eq!(BleOob::new(LeRole::Central, [7; 16]).uuid, Some([7; 16]));
    /// ```
    #[must_use]
    pub const fn new(role: LeRole, uuid: [u8; 16]) -> Self {
        Self {
            role: Some(role),
            uuid: Some(uuid),
            address: None,
        }
    }

    /// With the sender's address (in over-the-air order) and its type.
    #[must_use]
    pub const fn with_address(mut self, address: [u8; 6], kind: u8) -> Self {
        self.address = Some((address, kind));
        self
    }

    /// Reads length-type-value data; other types are the sender's affair. `None` if malformed.
    pub(super) fn parse(mut data: &[u8]) -> Option<Self> {
        let mut oob = Self::default();
        while let [len, rest @ ..] = data {
            let (field, rest) = rest.split_at_checked(usize::from(*len))?;
            data = rest;
            match field {
                // A length of zero ends the data early (Bluetooth core vol 3 part C, 11).
                [] => return Some(oob),
                [ad::ROLE, value @ ..] => oob.role = Some(LeRole::parse(value)?),
                [ad::UUIDS_INCOMPLETE | ad::UUIDS_COMPLETE, value @ ..] => {
                    oob.uuid = Some(reversed(*value.first_chunk()?));
                }
                [ad::ADDRESS, value @ ..] => oob.address = Some(split_address(value)?),
                _ => {}
            }
        }
        Some(oob)
    }

    /// In the order of the examples of ISO/IEC 18013-5 Annex D.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some((address, kind)) = self.address {
            out.extend_from_slice(&[8, ad::ADDRESS]);
            out.extend_from_slice(&address);
            out.push(kind);
        }
        if let Some(role) = self.role {
            out.extend_from_slice(&[2, ad::ROLE, role.number()]);
        }
        if let Some(uuid) = self.uuid {
            out.extend_from_slice(&[17, ad::UUIDS_COMPLETE]);
            out.extend_from_slice(&reversed(uuid));
        }
        out
    }
}

impl LeRole {
    const fn parse(value: &[u8]) -> Option<Self> {
        match value {
            [0] => Some(Self::Peripheral),
            [1] => Some(Self::Central),
            [2] => Some(Self::PeripheralPreferred),
            [3] => Some(Self::CentralPreferred),
            _ => None,
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::Peripheral => 0,
            Self::Central => 1,
            Self::PeripheralPreferred => 2,
            Self::CentralPreferred => 3,
        }
    }
}

fn split_address(value: &[u8]) -> Option<([u8; 6], u8)> {
    match value.split_first_chunk()? {
        (address, [kind]) => Some((*address, *kind)),
        _ => None,
    }
}

/// Bluetooth sends the last byte of a UUID first.
fn reversed(mut uuid: [u8; 16]) -> [u8; 16] {
    uuid.reverse();
    uuid
}
