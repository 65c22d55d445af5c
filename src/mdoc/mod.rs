//! The ISO/IEC 18013-5 structures: parsed, not trusted.

mod ble;
mod engagement;
mod mac_key;
mod ndef;
mod nfc;
mod transcript;
mod uri;

pub use ble::{BleOob, BleOptions, LeRole};
pub(crate) use engagement::encode_engagement;
pub use engagement::{DeviceEngagement, RetrievalMethod};
pub(crate) use mac_key::e_mac_key;
pub use ndef::NdefRecord;
pub use nfc::{Carrier, HandoverRequest, HandoverSelect};
pub use transcript::{Handover, SessionTranscript};
pub(crate) use uri::write as engagement_uri;
