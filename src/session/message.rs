//! SessionEstablishment and SessionData, before anything is decrypted.

use alloc::vec::Vec;

use super::keys::TAG_LEN;
use crate::cbor::{Embedded, WellFormed, Writer};
use crate::error::{DecodeError, DecodeErrorKind, SessionError};

/// Either message: they differ only in whether the reader's key is there.
///
/// ```cddl
/// SessionEstablishment = { "eReaderKey": #6.24(bstr .cbor COSE_Key), "data": bstr, * tstr => any }
/// SessionData = { ? "data": bstr, ? "status": uint, * tstr => any }
/// ```
#[derive(Debug)]
pub(super) struct Message<'a> {
    item: WellFormed<'a>,
    reader_key: Option<Embedded<'a>>,
    data: Option<&'a [u8]>,
    status: Option<u64>,
}

/// What a message holds once its status is understood.
#[derive(Debug)]
pub(super) enum Content<'a> {
    Data(&'a [u8]),
    Last(&'a [u8]),
    Terminated,
}

impl<'a> Message<'a> {
    pub(super) fn parse(bytes: &'a [u8], cap: usize) -> Result<Self, DecodeError> {
        // The key stands a level deeper in SessionTranscriptBytes than here.
        let item = WellFormed::parse_inside(1, bytes, cap.saturating_add(OVERHEAD))?;
        let [reader_key, data, status] = item.fields(["eReaderKey", "data", "status"])?;
        Ok(Self {
            item,
            reader_key: reader_key.map(|key| key.embedded()).transpose()?,
            data: data.map(|data| sealed(data, cap)).transpose()?,
            status: status.map(|status| status.uint()).transpose()?,
        })
    }

    pub(super) const fn reader_key(&self) -> Option<Embedded<'a>> {
        self.reader_key
    }

    /// Clause 9.1.1.4: only status 20 may come together with data.
    pub(super) const fn content(&self) -> Result<Content<'a>, SessionError> {
        match (self.data, self.status) {
            (Some(data), None) => Ok(Content::Data(data)),
            (Some(data), Some(status::TERMINATION)) => Ok(Content::Last(data)),
            (None, Some(status::TERMINATION)) => Ok(Content::Terminated),
            (Some(_), Some(status::ENCRYPTION | status::DECODING)) => {
                Err(SessionError::StatusWithData)
            }
            (None, Some(status::ENCRYPTION)) => Err(SessionError::PeerEncryptionError),
            (None, Some(status::DECODING)) => Err(SessionError::PeerDecodeError),
            (_, Some(_)) => Err(SessionError::UnknownStatus),
            (None, None) => Err(SessionError::NothingReceived),
        }
    }

    /// A message of this kind without the reader's key, which an engagement waits for.
    pub(super) const fn without_key(&self) -> DecodeError {
        self.item.error(DecodeErrorKind::MissingKey)
    }
}

/// A ciphertext whose plaintext is within the cap.
fn sealed(data: WellFormed<'_>, cap: usize) -> Result<&[u8], DecodeError> {
    match data.byte_string()? {
        bytes if bytes.len() > cap.saturating_add(TAG_LEN) => {
            Err(data.error(DecodeErrorKind::TooLong))
        }
        bytes => Ok(bytes),
    }
}

/// `reader_key`, the COSE_Key, stands in a SessionEstablishment only.
pub(super) fn write(
    reader_key: Option<&[u8]>,
    data: Option<&[u8]>,
    status: Option<u64>,
) -> Vec<u8> {
    let mut out = Writer::new();
    let fields = [reader_key.is_some(), data.is_some(), status.is_some()];
    out.map(fields.iter().filter(|there| **there).count());
    if let Some(key) = reader_key {
        out.text("eReaderKey").embedded(key);
    }
    if let Some(data) = data {
        out.text("data").byte_string(data);
    }
    if let Some(status) = status {
        out.text("status").uint(status);
    }
    out.into_bytes()
}

/// ISO/IEC 18013-5 table 20.
pub(super) mod status {
    pub(crate) const ENCRYPTION: u64 = 10;
    pub(crate) const DECODING: u64 = 11;
    pub(crate) const TERMINATION: u64 = 20;
}

/// What a message may hold besides the plaintext that the cap is for: key, tag, heads, and fields
/// of later versions.
const OVERHEAD: usize = 1024;
