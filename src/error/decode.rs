//! Where and how decoding stopped.

use core::fmt;

/// Where and how decoding stopped.
///
/// The offset counts bytes from the first byte that the caller gave, also inside tag 24.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DecodeError {
    kind: DecodeErrorKind,
    offset: u32,
}

impl DecodeError {
    pub(crate) const fn new(kind: DecodeErrorKind, offset: u32) -> Self {
        Self { kind, offset }
    }

    /// How decoding stopped.
    #[must_use]
    pub const fn kind(self) -> DecodeErrorKind {
        self.kind
    }

    /// Where it stopped, in bytes.
    #[must_use]
    pub const fn offset(self) -> u32 {
        self.offset
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.kind, self.offset)
    }
}

impl core::error::Error for DecodeError {}

faults! {
    /// How decoding stopped.
    pub enum DecodeErrorKind: "decode" {
        1001 Truncated = "The message ends before the item that it began.",
        1002 TrailingData = "Bytes follow the end of the item.",
        1003 TooLong = "A length, or the message, is over the cap of the message.",
        1004 TooDeep = "Items are nested deeper than 16 levels.",
        1005 IndefiniteLength = "An item has an indefinite length.",
        1006 NotWellFormed = "The bytes are not well-formed CBOR.",
        1007 InvalidUtf8 = "A text is not valid UTF-8.",
        1008 DuplicateKey = "A map holds a key twice.",
        1009 TooManyKeys = "An unordered map holds more than 256 keys.",
        1010 KeyType = "A map key is neither an integer nor a string.",
        1011 UnexpectedType = "An item has another type than its place asks for.",
        1012 MissingKey = "A map lacks a key that it must hold.",
        1013 UnknownVersion = "The version is not one that this library reads.",
        1014 OutOfRange = "A number is outside the range of its place.",
        1015 Empty = "An array, map or string that must not be empty is empty.",
        1016 TooMany = "More documents, items, name spaces, labels or certificates than the cap.",
        1017 CriticalHeader = "A header declares a critical label that is not understood, not there, empty or unprotected.",
        1018 LabelTwice = "A header label stands in the protected and in the unprotected bucket.",
        1019 Contradiction = "Two fields that exclude each other are both there.",
        1020 BadKey = "A COSE_Key is not a valid public key.",
        1021 BadUri = "The text is no mdoc: URI.",
        1022 BadNdef = "The NFC handover message is malformed.",
        1023 NotDeterministic = "The encoding is not deterministic, which a message of this library must be.",
        1024 UnknownKey = "A map of a closed message holds a key that it does not know.",
    }
}
