//! DeviceEngagement: what the holder's device shows first. Nobody has signed it.

use alloc::string::String;
use alloc::vec::Vec;

use super::transcript::DEPTH_OF_CONTENT;
use super::{BleOptions, uri};
use crate::cbor::{Embedded, MESSAGE_CAP, WellFormed, Writer, required};
use crate::cose::{Compressed, CoseKey, encode_key};
use crate::crypto::{CryptoProvider, PublicKey};
use crate::error::{DecodeError, DecodeErrorKind, Error, Misuse};

/// The device engagement, as received.
///
/// ```cddl
/// DeviceEngagement = { 0: tstr, 1: [cipherSuite: 1, EDeviceKeyBytes],
///                      ? 2: [+ DeviceRetrievalMethod], * int => any }
/// EDeviceKeyBytes = #6.24(bstr .cbor COSE_Key)
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DeviceEngagement<'a> {
    bytes: &'a [u8],
    version: &'a str,
    key_bytes: Embedded<'a>,
    key: PublicKey,
    methods: Option<WellFormed<'a>>,
}

impl<'a> DeviceEngagement<'a> {
    /// Reads an engagement; keys that the first edition does not know are ignored.
    ///
    /// # Errors
    /// [`Error::Decode`]: a field is missing or of another type, the major version is not 1
    /// (`UnknownVersion`), the cipher suite is not 1 (`OutOfRange`), or the key is no point of
    /// P-256 (`BadKey`).
    ///
    /// ```
    /// use vitacard::crypto::{RUSTCRYPTO, SystemRandom};
    /// use vitacard::session::{DeviceEngagement, Engagement};
    /// let shown = Engagement::new(&[], &RUSTCRYPTO, &mut SystemRandom)?;
    /// let engagement = DeviceEngagement::parse(shown.as_bytes())?;
    /// assert_eq!(engagement.version(), "1.0");
    /// assert_eq!(engagement.to_uri(), shown.to_uri());
    /// assert_eq!(engagement.ble_ident(&RUSTCRYPTO)?.len(), 16);
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let item = WellFormed::parse_inside(DEPTH_OF_CONTENT, bytes, MESSAGE_CAP)?;
        let [version, security, methods] = item.fields([0, 1, 2])?;
        let version = required(version, &item)?;
        if !is_version_1(version.text()?) {
            return Err(version.error(DecodeErrorKind::UnknownVersion).into());
        }
        let [suite, key] = required(security, &item)?.tuple()?;
        if suite.int()? != CIPHER_SUITE {
            return Err(suite.error(DecodeErrorKind::OutOfRange).into());
        }
        let key_bytes = key.embedded()?;
        let key = CoseKey::parse(key_bytes.content(), Compressed::Allowed)?;
        methods.map(check_methods).transpose()?;
        Ok(Self {
            bytes,
            version: version.text()?,
            key_bytes,
            key: *key.public_key(),
            methods,
        })
    }

    /// The bytes of the engagement in a QR code, for [`Self::parse`].
    ///
    /// # Errors
    /// `BadUri` if the text is not `mdoc:` and base64url without padding.
    ///
    /// ```
    /// use vitacard::session::DeviceEngagement;
    /// assert_eq!(DeviceEngagement::bytes_from_uri("mdoc:owBj")?, [0xa3, 0x00, 0x63]);
    /// assert_eq!(DeviceEngagement::bytes_from_uri("mdoc:owBj=").unwrap_err().reason(), "BadUri");
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn bytes_from_uri(uri: &str) -> Result<Vec<u8>, Error> {
        Ok(uri::read(uri)?)
    }

    /// The engagement as received.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The text of a QR code: `mdoc:` and base64url.
    #[must_use]
    pub fn to_uri(&self) -> String {
        uri::write(self.bytes)
    }

    /// The version, `1.0` or a later minor one.
    #[must_use]
    pub const fn version(&self) -> &'a str {
        self.version
    }

    /// EDeviceKey.
    #[must_use]
    pub const fn device_key(&self) -> &PublicKey {
        &self.key
    }

    /// EDeviceKeyBytes as received, in tag 24.
    #[must_use]
    pub const fn device_key_bytes(&self) -> &'a [u8] {
        self.key_bytes.raw()
    }

    /// The ways in which the device can be reached; none where NFC has named them.
    pub fn retrieval_methods(&self) -> impl Iterator<Item = RetrievalMethod<'a>> + use<'a> {
        // `parse` has read each of them.
        let methods = self.methods.and_then(|methods| methods.array().ok());
        methods
            .into_iter()
            .flatten()
            .filter_map(|method| RetrievalMethod::parse(method.ok()?).ok())
    }

    /// The value of the BLE Ident characteristic (ISO/IEC 18013-5 clause 8.3.3.1.1.3), by which a
    /// reader knows the device that it has connected to.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the backend fails.
    pub fn ble_ident(&self, crypto: &CryptoProvider) -> Result<[u8; 16], Error> {
        let mut ident = [0; 16];
        crypto
            .kdf
            .hkdf_sha256(self.key_bytes.raw(), &[], b"BLEIdent", &mut ident)?;
        Ok(ident)
    }
}

/// One way in which the device can be reached.
///
/// ```cddl
/// DeviceRetrievalMethod = [ type: uint, version: uint, options: any ]
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RetrievalMethod<'a> {
    /// NFC, with the lengths of data that the device can take and give.
    Nfc {
        /// The longest command data field.
        max_command: u64,
        /// The longest response data field.
        max_response: u64,
    },
    /// Bluetooth low energy.
    Ble(BleOptions),
    /// Wi-Fi Aware (type 3), or what this library does not know.
    Other {
        /// The type.
        kind: u64,
        /// The version of the options.
        version: u64,
        /// The options, as CBOR.
        options: &'a [u8],
    },
}

impl<'a> RetrievalMethod<'a> {
    fn parse(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        let [kind, version, options] = item.tuple()?;
        match (kind.uint()?, version.uint()?) {
            (NFC, 1) => {
                let [max_command, max_response] = options.fields([0, 1])?;
                Ok(Self::Nfc {
                    max_command: required(max_command, &options)?.uint()?,
                    max_response: required(max_response, &options)?.uint()?,
                })
            }
            (BLE, 1) => BleOptions::parse(options).map(Self::Ble),
            (kind, version) => Ok(Self::Other {
                kind,
                version,
                options: options.bytes(),
            }),
        }
    }

    fn write(&self, out: &mut Writer) -> Result<(), Misuse> {
        out.array(3);
        match *self {
            Self::Nfc {
                max_command,
                max_response,
            } => {
                out.uint(NFC).uint(1).map(2);
                out.uint(0).uint(max_command).uint(1).uint(max_response);
            }
            Self::Ble(options) => {
                options.write(out.uint(BLE).uint(1));
            }
            Self::Other {
                kind,
                version,
                options,
            } => {
                WellFormed::parse(options, MESSAGE_CAP).map_err(|_| Misuse::ValueNotEncodable)?;
                out.uint(kind).uint(version).raw(options);
            }
        }
        Ok(())
    }
}

/// The engagement with `key`, in deterministic CBOR; without `methods` it has no field 2.
///
/// # Errors
/// [`Misuse::ValueNotEncodable`] if the options of an unknown method are not well-formed CBOR.
pub(crate) fn encode_engagement(
    key: &PublicKey,
    methods: &[RetrievalMethod<'_>],
) -> Result<Vec<u8>, Misuse> {
    let mut out = Writer::new();
    out.map(if methods.is_empty() { 2 } else { 3 });
    out.uint(0).text("1.0").uint(1).array(2);
    out.int(CIPHER_SUITE).embedded(&encode_key(key));
    if !methods.is_empty() {
        out.uint(2).array(methods.len());
        methods
            .iter()
            .try_for_each(|method| method.write(&mut out))?;
    }
    Ok(out.into_bytes())
}

fn check_methods(methods: WellFormed<'_>) -> Result<(), DecodeError> {
    let mut items = methods.array()?;
    match items.left() {
        0 => Err(methods.error(DecodeErrorKind::Empty)),
        _ => items.try_for_each(|method| RetrievalMethod::parse(method?).map(drop)),
    }
}

/// Clause 8.1: an unknown minor version of a known major one is read.
fn is_version_1(version: &str) -> bool {
    version
        .strip_prefix("1.")
        .is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit()))
}

/// ECDH on the key's curve, HKDF and AES-256-GCM: the only one there is (clause 9.1.5.2).
const CIPHER_SUITE: i64 = 1;
const NFC: u64 = 1;
const BLE: u64 = 2;

#[cfg(test)]
mod tests;
