//! What to ask for, and saying who asks.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::cbor::{Writer, key_order};
use crate::cose::UnsignedSign1;
use crate::crypto::{Algorithm, CryptoProvider, Signature, Signer};
use crate::delegation::write_request_info;
use crate::error::{Error, Misuse};
use crate::mdoc::{
    DeviceRequest, DocType, ElementId, NameSpace, SessionTranscript, reader_authentication,
};
use crate::profile::{Ceiling, Profile};
use crate::trust::certificate_key;

/// What is asked for of one document.
///
/// ```
/// use vitacard::reader::{DeviceRequest, ItemsRequest, Request};
/// use vitacard::{DocType, ElementId, NameSpace};
/// let name_space = NameSpace::new("org.iso.18013.5.1")?;
/// let items = ItemsRequest::new(DocType::new("org.iso.18013.5.1.mDL")?)
///     .with_element(name_space.clone(), ElementId::new("age_over_18")?, false)
///     .with_element(name_space, ElementId::new("portrait")?, false);
/// let bytes = Request::new([items])?.to_bytes();
/// let asked = DeviceRequest::parse(&bytes)?;
/// assert!(asked.documents().all(|document| document.asks_for("org.iso.18013.5.1", "portrait")));
/// # Ok::<(), vitacard::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ItemsRequest {
    doc_type: DocType<'static>,
    elements: Vec<(NameSpace<'static>, ElementId<'static>, bool)>,
    delegates: bool,
}

impl ItemsRequest {
    /// Nothing yet, of a document of type `doc_type`.
    #[must_use]
    pub fn new(doc_type: DocType<'_>) -> Self {
        Self {
            doc_type: doc_type.into_owned(),
            elements: Vec::new(),
            delegates: false,
        }
    }

    /// What a reader of this profession usually asks for of a card of `profile`; with none of it
    /// `intent_to_retain`.
    ///
    /// ```
    /// use vitacard::profile::{Ceiling, Profile};
    /// use vitacard::reader::{ItemsRequest, Request};
    /// let asked = ItemsRequest::of_profile(&Profile::health_insurance(), Ceiling::Pharmacist);
    /// let request = Request::new([asked])?;
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    #[must_use]
    pub fn of_profile(profile: &Profile, profession: Ceiling) -> Self {
        let elements = profile.elements().iter();
        let usual = elements.filter(|element| element.shown.usual(profession));
        usual.fold(Self::new(profile.doc_type()), |asked, element| {
            asked.with_element(
                profile.name_space(element),
                ElementId::of(element.id),
                false,
            )
        })
    }

    /// Also element `id` of `name_space`. `intent_to_retain` tells the holder that it will be kept
    /// for longer than the checking takes.
    #[must_use]
    pub fn with_element(
        mut self,
        name_space: NameSpace<'_>,
        id: ElementId<'_>,
        intent_to_retain: bool,
    ) -> Self {
        let name = (name_space.into_owned(), id.into_owned());
        self.elements.push((name.0, name.1, intent_to_retain));
        self
    }

    /// Delegates may answer, too: DocRequestInfo says `{ "org.vitacard.delegation": [1] }`.
    ///
    /// Whoever asks so handles both kinds of [`Presenter`](super::Presenter), and gives the
    /// [`Exchange`](super::Exchange) both this request (`with_request`) and what the card is read for
    /// (`for_purpose`). Without the request a delegate is refused
    /// ([`Rejected::DelegationNotAccepted`](crate::Rejected)); without the purpose every response is
    /// ([`Misuse::NoPurpose`]).
    #[must_use]
    pub const fn accepting_delegates(mut self) -> Self {
        self.delegates = true;
        self
    }

    /// ItemsRequestBytes.
    fn write(&self) -> Result<Vec<u8>, Misuse> {
        let mut name_spaces = BTreeMap::<_, BTreeMap<_, bool>>::new();
        for (name_space, id, retain) in &self.elements {
            let ids = name_spaces.entry(key_order(name_space.as_str()));
            let previous = ids.or_default().insert(key_order(id.as_str()), *retain);
            if previous.is_some() {
                return Err(Misuse::ElementTwice);
            }
        }
        if name_spaces.is_empty() {
            return Err(Misuse::EmptyRequest);
        }
        let mut content = Writer::new();
        let fields = if self.delegates { 3 } else { 2 };
        content
            .map(fields)
            .text("docType")
            .text(self.doc_type.as_str());
        content.text("nameSpaces").map(name_spaces.len());
        for ((_, name_space), ids) in name_spaces {
            content.text(name_space).map(ids.len());
            for ((_, id), retain) in ids {
                content.text(id).boolean(retain);
            }
        }
        if self.delegates {
            write_request_info(content.text("requestInfo"));
        }
        let mut out = Writer::new();
        out.embedded(content.as_slice());
        Ok(out.into_bytes())
    }
}

/// A request, ready to be sent as it is, or to be signed.
///
/// ```cddl
/// DeviceRequest = { "version": "1.0", "docRequests": [+ DocRequest] }
/// DocRequest = { "itemsRequest": #6.24(bstr .cbor ItemsRequest), ? "readerAuth": COSE_Sign1 }
/// ItemsRequest = { "docType": DocType,
///                  "nameSpaces": { + NameSpace => { + DataElementIdentifier => bool } },
///                  ? "requestInfo": { "org.vitacard.delegation": [1] } }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// ItemsRequestBytes of each document.
    items_requests: Vec<Vec<u8>>,
}

impl Request {
    /// Asks for each of `documents`.
    ///
    /// # Errors
    /// [`Misuse::EmptyRequest`] if there is none, or one of which nothing is asked for;
    /// [`Misuse::ElementTwice`]; [`Error::Decode`] if it is over the caps of a wallet
    /// ([`DeviceRequest::parse`]).
    pub fn new(documents: impl IntoIterator<Item = ItemsRequest>) -> Result<Self, Error> {
        let documents = documents.into_iter().map(|items| items.write());
        let items_requests = documents.collect::<Result<Vec<_>, _>>()?;
        if items_requests.is_empty() {
            return Err(Misuse::EmptyRequest.into());
        }
        let request = Self { items_requests };
        DeviceRequest::parse(&request.to_bytes())?;
        Ok(request)
    }

    /// The bytes to be sent by a reader who does not say who it is.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let documents = self.items_requests.iter();
        write_request(documents.map(|items| (items.as_slice(), None)))
    }

    /// The same request, to be signed in the session of `transcript` by a key for `algorithm`.
    ///
    /// ```
    /// use vitacard::reader::{ItemsRequest, Request};
    /// use vitacard::{DocType, ElementId, NameSpace, crypto::Algorithm};
    /// use vitacard::session::SessionTranscript;
    /// let transcript = SessionTranscript::given(&[0x83, 0xf6, 0xf6, 0xf6])?;
    /// let items = ItemsRequest::new(DocType::new("org.example.card")?)
    ///     .with_element(NameSpace::new("org.example")?, ElementId::new("name")?, false);
    /// let unsigned = Request::new([items])?.prepare(Algorithm::ES256, &transcript)?;
    /// assert_eq!(unsigned.to_be_signed().count(), 1); // then `complete` with as many signatures
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Misuse::UnsupportedAlgorithm`] for a number that COSE has not assigned.
    pub fn prepare(
        self,
        algorithm: Algorithm,
        transcript: &SessionTranscript<'_>,
    ) -> Result<UnsignedRequest, Error> {
        let documents = self.items_requests.into_iter().map(|items| {
            let authentication = reader_authentication(transcript, &items);
            let unsigned = UnsignedSign1::detached(algorithm, &authentication)?;
            Ok::<_, Misuse>((items, unsigned))
        });
        Ok(UnsignedRequest {
            documents: documents.collect::<Result<_, _>>()?,
        })
    }
}

/// A request that waits for the reader's signatures: one for each document, so that a wallet can
/// answer one of them alone.
#[derive(Clone, Debug)]
#[must_use]
pub struct UnsignedRequest {
    documents: Vec<(Vec<u8>, UnsignedSign1)>,
}

impl UnsignedRequest {
    /// Sign each of these with the reader's key; they are not hashed yet.
    pub fn to_be_signed(&self) -> impl Iterator<Item = &[u8]> {
        self.documents
            .iter()
            .map(|(_, unsigned)| unsigned.to_be_signed())
    }

    /// Checks the signatures under the key of the first certificate of `chain`, and puts them in.
    ///
    /// `chain` is in DER, the reader's certificate first, without the root.
    ///
    /// # Errors
    /// [`Misuse::EmptyChain`]; [`Misuse::ChainBroken`] if the first certificate cannot be read, or
    /// if there are more than four; [`Misuse::SignatureNotByThisKey`] if a signature is not by its
    /// key, or if there are not as many as documents; [`Misuse::UnsupportedAlgorithm`] if `crypto`
    /// cannot check them.
    pub fn complete(
        self,
        signatures: &[Signature],
        chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Error> {
        let leaf = chain.first().ok_or(Misuse::EmptyChain)?;
        let key = certificate_key(leaf).ok_or(Misuse::ChainBroken)?;
        if signatures.len() != self.documents.len() {
            return Err(Misuse::SignatureNotByThisKey.into());
        }
        let documents = self.documents.into_iter().zip(signatures);
        let signed = documents.map(|((items, unsigned), signature)| {
            let auth = unsigned.complete(signature, &key, chain, crypto)?;
            Ok::<_, Misuse>((items, auth))
        });
        let signed = signed.collect::<Result<Vec<_>, _>>()?;
        let documents = signed.iter();
        let bytes = write_request(documents.map(|(items, auth)| (items.as_slice(), Some(auth))));
        DeviceRequest::parse(&bytes)?;
        Ok(bytes)
    }

    /// Signs here and now, with a key that does not make anyone wait.
    ///
    /// # Errors
    /// As [`Self::complete`], and [`Error::Crypto`] if the signer fails.
    pub fn sign_with(
        self,
        signer: &dyn Signer,
        chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Error> {
        let signatures = self.to_be_signed().map(|message| signer.sign(message));
        let signatures = signatures.collect::<Result<Vec<_>, _>>()?;
        self.complete(&signatures, chain, crypto)
    }
}

fn write_request<'a>(
    documents: impl ExactSizeIterator<Item = (&'a [u8], Option<&'a Vec<u8>>)>,
) -> Vec<u8> {
    let mut out = Writer::new();
    out.map(2).text("version").text("1.0");
    out.text("docRequests").array(documents.len());
    for (items_request, auth) in documents {
        match auth {
            Some(auth) => out.map(2).text("readerAuth").raw(auth),
            None => out.map(1),
        };
        out.text("itemsRequest").raw(items_request);
    }
    out.into_bytes()
}
