//! CBOR (RFC 8949): a borrowing reader, a deterministic writer, and bytes kept as received.
//!
//! Reading is done in two steps. [`WellFormed::parse`] walks a whole message once and says no to
//! anything malformed; what it leaves is a span that every later walk can rely on. A message is
//! refused for: a truncated or reserved head, trailing bytes, an indefinite length (ISO/IEC 18013-5
//! clause 8.1 forbids them, and no peer was seen to send one), invalid UTF-8, a map key that occurs
//! twice (compared by decoded value, so `01` and `1801` are one key) or that is neither an integer
//! nor a string (floats, booleans and bignums as keys are how decoders come to disagree), more than
//! 16 levels of nesting, and malformed content of a tag 24 anywhere. Key order and the width of
//! heads are the sender's business: peers differ, and digests are taken over the received bytes. Only
//! messages of our own have one encoding, and [`WellFormed::parse_deterministic`] refuses all others.
//!
//! Nothing here allocates while reading, and nothing can panic: `proof/` has the linker say so.

mod cursor;
mod deterministic;
mod look_up;
mod parse;
mod parts;
mod walk;
mod write;

pub(crate) use look_up::LookUp;
pub(crate) use parts::{Head, Parts};
pub(crate) use walk::{Embedded, Items, Map, WellFormed, required};
pub(crate) use write::{Writer, key_order, to_deterministic};

/// The cap of a message unless the caller sets another: 1 MiB.
pub(crate) const MESSAGE_CAP: usize = 1 << 20;

/// Levels of arrays, maps and tags, counted through tag-24 byte strings.
///
/// A DeviceResponse needs twelve; ciborium and serde_cbor allow 128 and more, which costs a
/// microcontroller its stack.
pub(crate) const MAX_DEPTH: u8 = 16;

/// Keys of a map that are out of order are all compared with each other, so their number is capped.
pub(crate) const MAX_UNORDERED_KEYS: usize = 256;

/// RFC 8949 section 3.1.
pub(crate) mod major {
    pub(crate) const UINT: u8 = 0;
    pub(crate) const NINT: u8 = 1;
    pub(crate) const BYTES: u8 = 2;
    pub(crate) const TEXT: u8 = 3;
    pub(crate) const ARRAY: u8 = 4;
    pub(crate) const MAP: u8 = 5;
    pub(crate) const TAG: u8 = 6;
}

/// `#6.24`, "encoded CBOR data item" (RFC 8949 section 3.4.5.1).
pub(crate) const TAG_ENCODED: u64 = 24;

#[cfg(test)]
mod tests;
