//! The ISO/IEC 18013-5 structures: parsed, not trusted.
//!
//! | ISO name                              | type                   | file            |
//! | ------------------------------------- | ---------------------- | --------------- |
//! | DocType, NameSpace, identifier, value | the same               | names, value    |
//! | IssuerSignedItemBytes                 | `SealedItem` → Element | item            |
//! | MobileSecurityObject                  | `Mso`                  | mso             |
//! | KeyAuthorizations                     | the same               | authorizations  |
//! | IssuerSigned, issuerAuth              | `IssuerSigned`         | issuer_signed   |
//! | DeviceSigned, DeviceAuthentication    | `DeviceSigned`         | device_signed   |
//! | DeviceRequest, ReaderAuthentication   | `DeviceRequest`        | request         |
//! | DeviceResponse, Document              | `DeviceResponse`       | response        |
//! | DeviceEngagement                      | the same               | engagement, ble |
//! | NFC handover messages                 | `HandoverSelect` …     | nfc, ndef       |
//! | SessionTranscript, Handover           | `SessionTranscript`    | transcript      |
//! | EMacKey                               | `e_mac_key`            | mac_key         |
//!
//! Parsed types hold spans of the message and walk them; nothing here allocates while reading.

mod authorizations;
mod ble;
mod date;
mod device_signed;
mod engagement;
mod issuer_signed;
mod item;
mod kind;
mod mac_key;
mod mso;
mod name_spaces;
mod names;
mod ndef;
mod nfc;
mod request;
mod response;
mod transcript;
mod uri;
mod value;

pub(crate) use authorizations::KeyAuthorizations;
pub use ble::{BleOob, BleOptions, LeRole};
pub(crate) use date::{civil, days_in, days_since_epoch, format_tdate, parse_tdate};
pub(crate) use device_signed::{DeviceAuth, DeviceSigned, device_authentication};
pub(crate) use engagement::encode_engagement;
pub use engagement::{DeviceEngagement, RetrievalMethod};
pub(crate) use issuer_signed::IssuerSigned;
pub use item::Element;
pub(crate) use item::SealedItem;
pub use kind::{ValueEntries, ValueItems, ValueKind};
pub(crate) use mac_key::e_mac_key;
pub(crate) use mso::{Dates, Digests, EVEN_R, EVEN_R_VALUE, Mso};
pub(crate) use names::is_line;
pub use names::{DocType, ElementId, NameSpace};
pub use ndef::NdefRecord;
pub use nfc::{Carrier, HandoverRequest, HandoverSelect};
pub(crate) use request::reader_authentication;
pub use request::{DeviceRequest, DocRequest};
pub use response::DeviceResponse;
pub(crate) use response::Document;
pub use transcript::{Handover, SessionTranscript};
pub(crate) use uri::write as engagement_uri;
pub use value::ElementValue;

/// Documents of one response or request.
///
/// All caps are below the ends of the numbers that errors give. Iterators count with
/// `0..=u8::MAX` all the same: `0..` panics past its end, and the linker cannot see that it stays
/// far from there.
const MAX_DOCUMENTS: u64 = 16;

/// Name spaces of one document.
pub(crate) const MAX_NAME_SPACES: u64 = 64;

/// Elements of one document, issuer-signed or device-signed. A full mDL has about 50.
pub(crate) const MAX_ITEMS: u64 = 1024;

/// Digests of one MSO, four for each element that a document may show. Every item shown is looked
/// up among them, so their number bounds that work.
pub(crate) const MAX_DIGESTS: u64 = 4096;

/// "1.0" and every later minor version (ISO/IEC 18013-5 clause 8.1).
fn version_is_1(version: &str) -> bool {
    version.strip_prefix("1.").is_some_and(|minor| {
        !minor.is_empty() && minor.len() < 4 && minor.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests;
