//! `DeviceRequest`: what a reader asks for, and who it says it is.

use super::name_spaces::check_elements;
use super::{DocType, ElementId, MAX_DOCUMENTS, NameSpace, SessionTranscript, version_is_1};
use crate::cbor::{Embedded, MESSAGE_CAP, Parts, WellFormed, required};
use crate::cose::Sign1;
use crate::error::{DecodeError, DecodeErrorKind, Error};

/// A request, parsed. Who sent it is a claim until its reader authentication has been verified.
///
/// ```cddl
/// DeviceRequest = { "version": tstr, "docRequests": [+ DocRequest], * tstr => any }
/// DocRequest = { "itemsRequest": #6.24(bstr .cbor ItemsRequest), ? "readerAuth": COSE_Sign1,
///                * tstr => any }
/// ItemsRequest = { "docType": DocType,
///                  "nameSpaces": { + NameSpace => { + DataElementIdentifier => bool } },
///                  ? "requestInfo": { * tstr => any }, * tstr => any }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DeviceRequest<'a> {
    doc_requests: WellFormed<'a>,
}

impl<'a> DeviceRequest<'a> {
    /// Parses a request of at most 1 MiB, for at most 16 documents.
    ///
    /// # Errors
    /// [`Error::Decode`] with what is wrong and where.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Ok(Self::read(WellFormed::parse(bytes, MESSAGE_CAP)?)?)
    }

    /// The documents asked for, in order.
    pub fn documents(&self) -> impl Iterator<Item = DocRequest<'a>> + use<'a> {
        self.read_documents().filter_map(Result::ok)
    }

    fn read(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        let [version, doc_requests] = item.fields(["version", "docRequests"])?;
        let version = required(version, &item)?;
        if !version_is_1(version.text()?) {
            return Err(version.error(DecodeErrorKind::UnknownVersion));
        }
        let doc_requests = required(doc_requests, &item)?;
        match doc_requests.array()?.left() {
            0 => return Err(doc_requests.error(DecodeErrorKind::Empty)),
            1..=MAX_DOCUMENTS => {}
            _ => return Err(doc_requests.error(DecodeErrorKind::TooMany)),
        }
        let request = Self { doc_requests };
        request
            .read_documents()
            .try_for_each(|document| document.map(drop))?;
        Ok(request)
    }

    fn read_documents(
        &self,
    ) -> impl Iterator<Item = Result<DocRequest<'a>, DecodeError>> + use<'a> {
        let items = self.doc_requests.array().into_iter().flatten();
        (0..=u8::MAX)
            .zip(items)
            .map(|(index, item)| DocRequest::parse(item?, index))
    }
}

/// The request for one document.
#[derive(Clone, Copy, Debug)]
pub struct DocRequest<'a> {
    index: u8,
    items_request: Embedded<'a>,
    doc_type: &'a str,
    name_spaces: WellFormed<'a>,
    request_info: Option<WellFormed<'a>>,
    reader_auth: Option<Sign1<'a>>,
}

impl<'a> DocRequest<'a> {
    /// The type asked for.
    #[must_use]
    pub const fn doc_type(&self) -> DocType<'a> {
        DocType::of(self.doc_type)
    }

    /// The elements asked for, each with whether the reader says that it will keep it
    /// (`IntentToRetain`).
    pub fn elements(&self) -> impl Iterator<Item = (NameSpace<'a>, ElementId<'a>, bool)> + use<'a> {
        self.items()
            .map(|(name_space, id, keep)| (NameSpace::of(name_space), ElementId::of(id), keep))
    }

    /// Whether `id` of `name_space` is asked for.
    #[must_use]
    pub fn asks_for(&self, name_space: &str, id: &str) -> bool {
        let ids = self.name_spaces.fields([name_space]);
        let asked = |ids: WellFormed<'_>| matches!(ids.fields([id]), Ok([Some(_)]));
        matches!(ids, Ok([Some(ids)]) if asked(ids))
    }

    /// Whether the reader signed this request; by whom is a claim until verified.
    #[must_use]
    pub const fn claims_reader(&self) -> bool {
        self.reader_auth.is_some()
    }

    /// What the reader says under `key` in DocRequestInfo, unread.
    pub(crate) fn request_info(&self, key: &str) -> Option<WellFormed<'a>> {
        let [said] = self.request_info?.fields([key]).ok()?;
        said
    }

    pub(crate) const fn index(&self) -> u8 {
        self.index
    }

    pub(crate) const fn reader_auth(&self) -> Option<&Sign1<'a>> {
        self.reader_auth.as_ref()
    }

    /// `ItemsRequestBytes` as received.
    pub(crate) const fn raw_items_request(&self) -> &'a [u8] {
        self.items_request.raw()
    }

    fn items(&self) -> impl Iterator<Item = (&'a str, &'a str, bool)> + use<'a> {
        let name_spaces = self
            .name_spaces
            .map()
            .into_iter()
            .flatten()
            .filter_map(Result::ok);
        name_spaces.flat_map(|(name_space, ids)| {
            let ids = ids.map().into_iter().flatten().filter_map(Result::ok);
            ids.filter_map(move |(id, keep)| {
                Some((
                    name_space.text().ok()?,
                    id.text().ok()?,
                    keep.boolean().ok()?,
                ))
            })
        })
    }

    fn parse(item: WellFormed<'a>, index: u8) -> Result<Self, DecodeError> {
        let [items_request, reader_auth] = item.fields(["itemsRequest", "readerAuth"])?;
        let items_request = required(items_request, &item)?.embedded()?;
        let content = items_request.content();
        let [doc_type, name_spaces, request_info] =
            content.fields(["docType", "nameSpaces", "requestInfo"])?;
        Ok(Self {
            index,
            items_request,
            doc_type: required(doc_type, &content)?.name()?,
            name_spaces: check_name_spaces(required(name_spaces, &content)?)?,
            request_info,
            reader_auth: reader_auth.map(Sign1::parse_detached).transpose()?,
        })
    }
}

/// `ReaderAuthenticationBytes`, what a reader signs (clause 9.1.4.4).
///
/// ```cddl
/// ReaderAuthenticationBytes = #6.24(bstr .cbor [
///     "ReaderAuthentication", SessionTranscript, ItemsRequestBytes ])
/// ```
pub(crate) fn reader_authentication<'p>(
    transcript: &'p SessionTranscript<'_>,
    raw_items_request: &'p [u8],
) -> Parts<'p> {
    let start = Parts::new().array(3).text("ReaderAuthentication");
    Parts::new().embedded(&start.append(&transcript.parts()).raw(raw_items_request))
}

/// At least one element is asked for, each with whether it will be kept.
fn check_name_spaces(name_spaces: WellFormed<'_>) -> Result<WellFormed<'_>, DecodeError> {
    if name_spaces.map()?.left() == 0 {
        return Err(name_spaces.error(DecodeErrorKind::Empty));
    }
    check_elements(name_spaces, |keep| keep.boolean().map(drop))?;
    Ok(name_spaces)
}
