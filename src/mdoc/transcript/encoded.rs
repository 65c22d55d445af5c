//! A piece of the transcript that is CBOR in a byte string.

use crate::cbor::{MESSAGE_CAP, Parts, WellFormed};
use crate::error::{DecodeError, Misuse};

/// `#6.24(bstr .cbor T)`, of which either the whole or the content has been received.
#[derive(Clone, Copy, Debug)]
pub(super) enum Encoded<'a> {
    Tagged(&'a [u8]),
    Content(&'a [u8]),
}

impl<'a> Encoded<'a> {
    pub(super) fn given(bytes: &'a [u8]) -> Result<Self, Misuse> {
        let depth = match is_tag(bytes) {
            true => super::DEPTH_OF_CONTENT.saturating_sub(1),
            false => super::DEPTH_OF_CONTENT,
        };
        let item = WellFormed::parse_inside(depth, bytes, MESSAGE_CAP);
        let item = item.map_err(|_| Misuse::InvalidTranscript)?;
        match item.embedded() {
            Ok(_) => Ok(Self::Tagged(bytes)),
            Err(_) => Ok(Self::Content(bytes)),
        }
    }

    pub(super) fn content(&self) -> Result<WellFormed<'a>, DecodeError> {
        match self {
            Self::Tagged(bytes) => Ok(WellFormed::parse(bytes, MESSAGE_CAP)?.embedded()?.content()),
            Self::Content(bytes) => WellFormed::parse(bytes, MESSAGE_CAP),
        }
    }

    pub(super) fn append_to<'b>(self, parts: Parts<'b>) -> Parts<'b>
    where
        'a: 'b,
    {
        match self {
            Self::Tagged(bytes) => parts.raw(bytes),
            Self::Content(bytes) => parts.embedded(&Parts::new().raw(bytes)),
        }
    }
}

/// Whether `bytes` begin with the head of a tag.
pub(super) const fn is_tag(bytes: &[u8]) -> bool {
    matches!(bytes, [0xc0..=0xdf, ..])
}
