//! `DeviceResponse`, as a wallet sends it.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::cbor::Writer;
use crate::mdoc::DocType;

/// A response whose documents are each proved by their own device key, or by a delegate's key.
///
/// Several cards are shown at once by joining the responses of each; readers of ours take 16
/// documents and 1 MiB.
///
/// ```
/// use vitacard::{DocType, holder::Response, reader::DeviceResponse};
/// // No card of the type asked for is here, or none is to be shown: the reader cannot tell.
/// let response = Response::none().without(DocType::new("org.iso.18013.5.1.mDL")?);
/// assert_eq!(DeviceResponse::parse(&response.to_bytes())?.claimed_status(), 0);
/// # Ok::<(), vitacard::Error>(())
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
#[must_use]
pub struct Response {
    documents: Vec<Vec<u8>>,
    not_returned: Vec<DocType<'static>>,
}

impl Response {
    /// Without any document.
    pub const fn none() -> Self {
        Self {
            documents: Vec::new(),
            not_returned: Vec::new(),
        }
    }

    pub(super) fn of(document: Vec<u8>) -> Self {
        Self {
            documents: vec![document],
            not_returned: Vec::new(),
        }
    }

    /// The documents of both, those of `other` last.
    pub fn join(mut self, other: Self) -> Self {
        self.documents.extend(other.documents);
        self.not_returned.extend(other.not_returned);
        self
    }

    /// Also says that no document of type `doc_type` is returned, and not why: whether the holder
    /// has such a card is not the reader's to know.
    pub fn without(mut self, doc_type: DocType<'_>) -> Self {
        self.not_returned.push(doc_type.into_owned());
        self
    }

    /// The bytes to be sent.
    ///
    /// ```cddl
    /// DeviceResponse = { "version": "1.0", ? "documents": [+ Document],
    ///                    ? "documentErrors": [+ { DocType => 0 }], "status": 0 }
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let fields = [!self.documents.is_empty(), !self.not_returned.is_empty()];
        let fields = fields.into_iter().filter(|there| *there).count();
        let mut out = Writer::new();
        out.map(fields.saturating_add(2)).text("status").uint(0);
        out.text("version").text("1.0");
        if !self.documents.is_empty() {
            out.text("documents").array(self.documents.len());
        }
        for document in &self.documents {
            out.raw(document);
        }
        if !self.not_returned.is_empty() {
            out.text("documentErrors").array(self.not_returned.len());
        }
        for doc_type in &self.not_returned {
            out.map(1).text(doc_type.as_str()).uint(0);
        }
        out.into_bytes()
    }
}

impl From<Response> for Vec<u8> {
    fn from(response: Response) -> Self {
        response.to_bytes()
    }
}

/// What is shown is personal: logs get its extent.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({} documents)", self.documents.len())
    }
}

/// Why a wallet answers no request (ISO/IEC 18013-5 clause 8.3.2.1.2.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the standard names these three")]
pub enum ErrorStatus {
    /// 10: an error without a given reason.
    General,
    /// 11: the request is no well-formed CBOR.
    CborDecoding,
    /// 12: the request is CBOR, and not as the standard describes it.
    CborValidation,
}

impl ErrorStatus {
    const fn code(self) -> u64 {
        match self {
            Self::General => 10,
            Self::CborDecoding => 11,
            Self::CborValidation => 12,
        }
    }
}

/// A `DeviceResponse` that says that the wallet failed, without any document.
///
/// ```
/// use vitacard::holder::{DeviceRequest, ErrorStatus, error_response};
/// use vitacard::reader::DeviceResponse;
/// assert!(DeviceRequest::parse(b"\xa0").is_err());
/// let sent = error_response(ErrorStatus::CborValidation);
/// assert_eq!(DeviceResponse::parse(&sent)?.claimed_status(), 12);
/// # Ok::<(), vitacard::Error>(())
/// ```
#[must_use]
pub fn error_response(status: ErrorStatus) -> Vec<u8> {
    let mut out = Writer::new();
    out.map(2).text("status").uint(status.code());
    out.text("version").text("1.0");
    out.into_bytes()
}
