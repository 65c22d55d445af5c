//! The encrypted channel between holder and reader. Opens no socket, reads no clock.
//!
//! ```text
//! holder                                            reader
//! Engagement ──────── QR code or NFC handover ────▶ Reading ── transcript: sign the request
//!  receive(self) ◀─── SessionEstablishment ──────── establish(self)
//! Channel ─────────── SessionData ────────────────▶ Channel
//! ```
//!
//! What it protects: nobody but the two ends reads, alters, drops, repeats or reorders a message
//! unnoticed. What it does not: it says nothing about who the other end is, which is the matter of
//! reader authentication and of verification; and the end of a session (status 20) is not
//! authenticated, so anyone on the line can cut it short. Time-outs are the caller's: the standard
//! asks for 300 s at least between messages, and 30 s for an engagement.
//!
//! ```
//! use vitacard::crypto::{RUSTCRYPTO, SystemRandom};
//! use vitacard::session::{Engagement, Handover, Reading, Received};
//!
//! let engagement = Engagement::new(&[], &RUSTCRYPTO, &mut SystemRandom)?;
//! let reading = Reading::from_uri(&engagement.to_uri(), &RUSTCRYPTO, &mut SystemRandom)?;
//! let (reader, message) = reading.establish(b"request")?; // signed over reading.transcript()
//! let (holder, received) = engagement.receive(&message, Handover::Qr, &RUSTCRYPTO)?;
//! assert_eq!(received, Received::Data(b"request".to_vec()));
//! assert_eq!(holder.transcript().to_bytes(), reader.transcript().to_bytes());
//! let (_holder, message) = holder.seal_last(b"response")?;
//! let (reader, received) = reader.open(&message)?;
//! assert_eq!(received, Received::Last(b"response".to_vec()));
//! assert!(reader.has_ended());
//! # Ok::<(), vitacard::Error>(())
//! ```
//!
//! A channel is gone after a message that it could not open:
//!
//! ```compile_fail,E0382
//! # use vitacard::session::{Channel, Received};
//! fn retry(channel: Channel, forged: &[u8], message: &[u8]) {
//!     let refused = channel.open(forged);
//!     let again = channel.open(message);
//! }
//! ```
//!
//! It goes on only as what the call gave back:
//!
//! ```
//! # use vitacard::session::{Channel, Received};
//! fn go_on(channel: Channel, forged: &[u8], message: &[u8]) {
//!     let Ok((channel, _first)) = channel.open(forged) else { return };
//!     let again = channel.open(message);
//! }
//! ```

mod channel;
mod keys;
mod message;
mod start;

use alloc::vec::Vec;

use crate::error::Error;

pub use crate::mdoc::{
    BleOob, BleOptions, Carrier, DeviceEngagement, Handover, HandoverRequest, HandoverSelect,
    LeRole, NdefRecord, RetrievalMethod, SessionTranscript,
};
pub use channel::{Channel, Received};
pub use start::{Engagement, Reading};

/// The message that tells the peer why its message was refused: status 11 where it was not
/// understood, status 10 otherwise. Nothing else of the reason leaves the device.
///
/// ```
/// use vitacard::SessionError;
/// let message = vitacard::session::refusal(SessionError::Decrypt.into());
/// assert_eq!(message, b"\xa1\x66status\x0a");
/// ```
#[must_use]
pub fn refusal(error: Error) -> Vec<u8> {
    let status = match error {
        Error::Decode(_) => message::status::DECODING,
        _ => message::status::ENCRYPTION,
    };
    message::write(None, None, Some(status))
}
