//! `DeviceResponse`: everything in it is a claim until `Reader::verify` has taken it.

use super::device_signed::DeviceSigned;
use super::issuer_signed::IssuerSigned;
use super::{DocType, MAX_DOCUMENTS, version_is_1};
use crate::cbor::{Items, MESSAGE_CAP, WellFormed, required};
use crate::error::{DecodeError, DecodeErrorKind, Error};

/// A response, parsed. Everything in it is a claim.
///
/// ```cddl
/// DeviceResponse = { "version": tstr, ? "documents": [+ Document], ? "documentErrors": [* any],
///                    "status": uint, * tstr => any }
/// Document = { "docType": DocType, "issuerSigned": IssuerSigned, "deviceSigned": DeviceSigned,
///              ? "errors": any, * tstr => any }
/// ```
///
/// ```
/// use vitacard::reader::DeviceResponse;
/// // {"version": "1.0", "status": 10}: the wallet failed, and says so.
/// let bytes = b"\xa2\x67version\x631.0\x66status\x0a";
/// let response = DeviceResponse::parse(bytes)?;
/// assert_eq!((response.claimed_doc_types().count(), response.claimed_status()), (0, 10));
/// # Ok::<(), vitacard::Error>(())
/// ```
#[derive(Debug)]
pub struct DeviceResponse<'a> {
    /// Most responses have one document, which is kept as it was read.
    first: Option<Document<'a>>,
    rest: Option<Items<'a>>,
    status: u64,
    len: usize,
}

impl<'a> DeviceResponse<'a> {
    /// Parses a response of at most 1 MiB, in at most 16 documents of 1024 items each.
    ///
    /// Well-formedness is decided here once and for all, also inside tag 24 and the MSO.
    ///
    /// # Errors
    /// [`Error::Decode`] with what is wrong and where.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::parse_within(bytes, MESSAGE_CAP)
    }

    /// Parses a response of at most `cap` bytes.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_within(bytes: &'a [u8], cap: usize) -> Result<Self, Error> {
        Ok(Self::read(WellFormed::parse(bytes, cap)?)?)
    }

    /// The types that the documents claim to be. For routing only.
    pub fn claimed_doc_types(&self) -> impl Iterator<Item = DocType<'a>> + use<'a> {
        self.documents()
            .filter_map(|document| Some(DocType::of(document.ok()?.doc_type)))
    }

    /// What the wallet says of itself: 0 is OK, 10 a general error, 11 and 12 that it could not
    /// read the request (clause 8.3.2.1.2.3). Nobody signed it.
    #[must_use]
    pub const fn claimed_status(&self) -> u64 {
        self.status
    }

    pub(crate) fn documents(
        &self,
    ) -> impl Iterator<Item = Result<Document<'a>, DecodeError>> + use<'a> {
        let rest = (1..=u8::MAX)
            .zip(self.rest.into_iter().flatten())
            .map(|(index, item)| Document::parse(item?, index));
        self.first.map(Ok).into_iter().chain(rest)
    }

    /// How many bytes it has.
    pub(crate) const fn byte_len(&self) -> usize {
        self.len
    }

    /// How many documents there are.
    pub(crate) fn count(&self) -> usize {
        let rest = self.rest.map_or(0, |rest| rest.left());
        let rest = usize::try_from(rest).unwrap_or(0);
        rest.saturating_add(usize::from(self.first.is_some()))
    }

    fn read(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        let [version, documents, status] = item.fields(["version", "documents", "status"])?;
        let version = required(version, &item)?;
        if !version_is_1(version.text()?) {
            return Err(version.error(DecodeErrorKind::UnknownVersion));
        }
        let status = required(status, &item)?.uint()?;
        let (mut first, mut rest) = (None, None);
        if let Some(documents) = documents {
            let mut items = documents.array()?;
            match items.left() {
                0 => return Err(documents.error(DecodeErrorKind::Empty)),
                1..=MAX_DOCUMENTS if status == 0 => {}
                1..=MAX_DOCUMENTS => return Err(documents.error(DecodeErrorKind::Contradiction)),
                _ => return Err(documents.error(DecodeErrorKind::TooMany)),
            }
            let item = items.next().transpose()?;
            first = item.map(|item| Document::parse(item, 0)).transpose()?;
            rest = Some(items);
        }
        let response = Self {
            first,
            rest,
            status,
            len: item.bytes().len(),
        };
        let mut others = response.documents().skip(usize::from(first.is_some()));
        others.try_for_each(|document| document.map(drop))?;
        Ok(response)
    }
}

/// `Document`, as claimed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'a> {
    pub(crate) index: u8,
    pub(crate) doc_type: &'a str,
    pub(crate) issuer_signed: IssuerSigned<'a>,
    pub(crate) device_signed: DeviceSigned<'a>,
}

impl<'a> Document<'a> {
    fn parse(item: WellFormed<'a>, index: u8) -> Result<Self, DecodeError> {
        let [doc_type, issuer_signed, device_signed] =
            item.fields(["docType", "issuerSigned", "deviceSigned"])?;
        Ok(Self {
            index,
            doc_type: required(doc_type, &item)?.name()?,
            issuer_signed: IssuerSigned::parse(required(issuer_signed, &item)?)?,
            device_signed: DeviceSigned::parse(required(device_signed, &item)?)?,
        })
    }
}
