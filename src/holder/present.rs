//! A presentation that waits for its proof of possession.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use ciborium::Value;

use super::consent::Ceilings;
use super::prover::Prover;
use super::{Card, DelegatedCard, Response};
use crate::cbor::{Parts, Writer, key_order};
use crate::cose::{UnsignedSign1, mac0_detached};
use crate::crypto::{AgreementKey, CryptoProvider, PublicKey, Signature, Signer};
use crate::delegation::{self, Contents, MAX_RESPONSE, write_name_spaces};
use crate::error::{Error, Misuse};
use crate::mdoc::{
    DeviceResponse, DocType, ElementId, ElementValue, IssuerSigned, NameSpace, SessionTranscript,
    e_mac_key,
};

/// What will be shown of one card, before its device key has proved anything.
///
/// Either sign [`Self::to_be_signed`] and call [`Self::complete`], or call
/// [`Self::complete_with_mac`]; [`Card::proof`] says which.
#[must_use]
pub struct UnsignedPresentation {
    doc_type: DocType<'static>,
    ceilings: Ceilings,
    prover: Prover,
    /// SessionTranscriptBytes: the tagged form, whose hash the MAC needs, may have come from a peer.
    transcript: Vec<u8>,
    issuer_signed: Vec<u8>,
    shown: Vec<Name>,
    device_elements: Vec<(Name, ElementValue<'static>)>,
    /// DeviceNameSpacesBytes.
    device_name_spaces: Vec<u8>,
}

type Name = (NameSpace<'static>, ElementId<'static>);

impl UnsignedPresentation {
    pub(super) fn prepare(
        card: &Card,
        agreed: &[(NameSpace<'_>, ElementId<'_>)],
        ceilings: &Ceilings,
        transcript: &SessionTranscript<'_>,
    ) -> Result<Self, Error> {
        let selected = Selected::from(&card.issuer_signed()?, agreed)?;
        Ok(Self {
            doc_type: card.doc_type().into_owned(),
            ceilings: ceilings.clone(),
            prover: Prover::Device(card.key().clone()),
            transcript: transcript.to_tagged_bytes(),
            issuer_signed: selected.write(),
            shown: selected.names(),
            device_elements: Vec::new(),
            device_name_spaces: write_device_name_spaces(&[]),
        })
    }

    /// Of a card that was lent: the delegation is its only device-signed element.
    pub(super) fn delegated(
        card: &DelegatedCard,
        contents: &Contents<'_>,
        agreed: &[(NameSpace<'_>, ElementId<'_>)],
        transcript: &SessionTranscript<'_>,
    ) -> Result<Self, Error> {
        let lent = contents.issuer_signed();
        let issuer_signed = IssuerSigned::from_bytes(&lent)?;
        let selected = Selected::from(&issuer_signed, agreed)?;
        Ok(Self {
            doc_type: card.doc_type().into_owned(),
            ceilings: Ceilings::default(),
            prover: Prover::Delegate {
                key: *card.key(),
                parent: *card.parent(),
            },
            transcript: transcript.to_tagged_bytes(),
            issuer_signed: selected.write(),
            shown: selected.names(),
            device_elements: Vec::new(),
            device_name_spaces: write_name_spaces(contents.delegation),
        })
    }

    /// The same, with an element that the holder's device vouches for.
    ///
    /// # Errors
    /// [`Misuse::NotAuthorized`] unless the issuer lets the device key sign it;
    /// [`Misuse::AboveCeiling`] if it is an element of the card's profile that the reader may not have;
    /// [`Misuse::ElementTwice`] if it is shown already; [`Misuse::ValueNotEncodable`].
    pub fn with_device_element(
        mut self,
        name_space: NameSpace<'_>,
        id: ElementId<'_>,
        value: impl Into<Value>,
    ) -> Result<Self, Error> {
        // A holder who says something there would be taken for a delegate.
        if name_space.as_str() == delegation::NAME_SPACE || !self.prover.permits(&name_space, &id) {
            return Err(Misuse::NotAuthorized.into());
        }
        if !self
            .ceilings
            .admit_from_device(&self.doc_type, &name_space, &id)
        {
            return Err(Misuse::AboveCeiling.into());
        }
        let name = (name_space.into_owned(), id.into_owned());
        if self.names().any(|shown| *shown == name) {
            return Err(Misuse::ElementTwice.into());
        }
        let value = ElementValue::new(&value.into())?;
        self.device_elements.push((name, value));
        self.device_name_spaces = write_device_name_spaces(&self.device_elements);
        Ok(self)
    }

    /// What kind of card is shown.
    #[must_use]
    pub fn doc_type(&self) -> DocType<'_> {
        self.doc_type.borrowed()
    }

    /// What will be shown, the device's own elements last.
    pub fn elements(&self) -> impl Iterator<Item = (NameSpace<'_>, ElementId<'_>)> {
        self.names()
            .map(|(name_space, id)| (name_space.borrowed(), id.borrowed()))
    }

    /// Sign this with the device key, or for a lent card with the delegate's key; it is not hashed
    /// yet.
    ///
    /// # Errors
    /// [`Misuse::KeyUsedForBoth`] if the card's key makes MACs.
    pub fn to_be_signed(&self) -> Result<Vec<u8>, Error> {
        Ok(self.unsigned()?.to_be_signed().to_vec())
    }

    /// Checks the signature over [`Self::to_be_signed`], and puts it in.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`] unless it is by the card's device key;
    /// [`Misuse::KeyUsedForBoth`] if that key makes MACs; [`Misuse::UnsupportedAlgorithm`] if
    /// `crypto` cannot check it; [`Misuse::DelegateShowsTooMuch`] over 64 KiB of a lent card;
    /// [`Error::Decode`] if a reader would not take the response ([`DeviceResponse::parse`]).
    pub fn complete(
        self,
        signature: &Signature,
        crypto: &CryptoProvider,
    ) -> Result<Response, Error> {
        let key = self.prover.public_key();
        let signature = self.unsigned()?.complete(signature, key, &[], crypto)?;
        self.finish("deviceSignature", &signature)
    }

    /// Signs here and now, with a key that does not make anyone wait.
    ///
    /// # Errors
    /// As [`Self::complete`], and [`Error::Crypto`] if the signer fails.
    pub fn sign_with(
        self,
        signer: &dyn Signer,
        crypto: &CryptoProvider,
    ) -> Result<Response, Error> {
        let unsigned = self.unsigned()?;
        if signer.public_key() != *self.prover.public_key() {
            return Err(Misuse::SignatureNotByThisKey.into());
        }
        let signature = signer.sign(unsigned.to_be_signed())?;
        self.complete(&signature, crypto)
    }

    /// Proves possession by a MAC, which convinces the owner of `reader_key` alone.
    ///
    /// `reader_key` is the reader's ephemeral key of this session.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`] unless `device_key` is the card's device key;
    /// [`Misuse::KeyUsedForBoth`] if that key signs; [`Misuse::NoReaderKey`] if the transcript names
    /// another reader's key; [`Error::Crypto`] if the key agreement fails; [`Error::Decode`] if a reader would not take the response ([`DeviceResponse::parse`]).
    pub fn complete_with_mac(
        self,
        device_key: &dyn AgreementKey,
        reader_key: &PublicKey,
        crypto: &CryptoProvider,
    ) -> Result<Response, Error> {
        self.prover.check_agrees(&device_key.public_key())?;
        let transcript = SessionTranscript::given(&self.transcript)?;
        // Where the transcript has another thing in the key's place, the caller alone knows the key.
        if matches!(transcript.reader_key(), Ok(Some(named)) if named != *reader_key) {
            return Err(Misuse::NoReaderKey.into());
        }
        let key = e_mac_key(device_key, reader_key, &transcript, crypto)?;
        let mac = mac0_detached(&key, &self.authentication(&transcript), crypto)?;
        self.finish("deviceMac", &mac)
    }

    fn names(&self) -> impl Iterator<Item = &Name> {
        let device_elements = self.device_elements.iter().map(|(name, _)| name);
        self.shown.iter().chain(device_elements)
    }

    fn unsigned(&self) -> Result<UnsignedSign1, Error> {
        let algorithm = self.prover.signing_algorithm()?;
        let transcript = SessionTranscript::given(&self.transcript)?;
        Ok(UnsignedSign1::detached(
            algorithm,
            &self.authentication(&transcript),
        )?)
    }

    fn authentication<'p>(&'p self, transcript: &'p SessionTranscript<'_>) -> Parts<'p> {
        let doc_type = self.doc_type.as_str();
        let raw_name_spaces = &self.device_name_spaces;
        self.prover
            .authentication(transcript, doc_type, raw_name_spaces)
    }

    /// `auth` stands under `kind`, by which a reader tells a signature from a MAC.
    fn finish(self, kind: &str, auth: &[u8]) -> Result<Response, Error> {
        let mut out = Writer::new();
        out.map(3).text("docType").text(self.doc_type.as_str());
        out.text("deviceSigned").map(2);
        out.text("deviceAuth").map(1).text(kind).raw(auth);
        out.text("nameSpaces").raw(&self.device_name_spaces);
        out.text("issuerSigned").raw(&self.issuer_signed);
        let response = Response::of(out.into_bytes());
        let bytes = response.to_bytes();
        if matches!(self.prover, Prover::Delegate { .. }) && bytes.len() > MAX_RESPONSE {
            return Err(Misuse::DelegateShowsTooMuch.into());
        }
        DeviceResponse::parse(&bytes)?;
        Ok(response)
    }
}

/// What is shown is personal: logs get its extent.
impl fmt::Debug for UnsignedPresentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.names().count();
        write!(
            f,
            "UnsignedPresentation({}, {count} elements)",
            self.doc_type
        )
    }
}

/// The items to be shown, as received, by name space.
pub(super) struct Selected<'a> {
    auth: &'a [u8],
    name_spaces: BTreeMap<(usize, &'a str), Vec<Item<'a>>>,
}

/// Identifier and IssuerSignedItemBytes.
type Item<'a> = (&'a str, &'a [u8]);

impl<'a> Selected<'a> {
    pub(super) fn from(
        issuer_signed: &IssuerSigned<'a>,
        agreed: &[(NameSpace<'_>, ElementId<'_>)],
    ) -> Result<Self, Error> {
        let mut name_spaces = BTreeMap::<_, Vec<_>>::new();
        for item in issuer_signed.items() {
            let item = item?;
            let (name_space, id) = item.claimed_name();
            if agreed.iter().any(|(n, i)| *n == name_space && *i == id) {
                let items = name_spaces.entry(key_order(name_space)).or_default();
                items.push((id, item.raw()));
            }
        }
        Ok(Self {
            auth: issuer_signed.auth_bytes(),
            name_spaces,
        })
    }

    fn names(&self) -> Vec<Name> {
        let name_spaces = self.name_spaces.iter();
        let names = name_spaces.flat_map(|((_, name_space), items)| {
            items.iter().map(move |(id, _)| {
                let name_space = NameSpace::of(name_space).into_owned();
                (name_space, ElementId::of(id).into_owned())
            })
        });
        names.collect()
    }

    /// IssuerSigned; "nameSpaces" is absent rather than empty (clause 8.3.2.1.2.2).
    fn write(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.map(if self.name_spaces.is_empty() { 1 } else { 2 });
        out.text("issuerAuth").raw(self.auth);
        if !self.name_spaces.is_empty() {
            self.write_name_spaces(out.text("nameSpaces"));
        }
        out.into_bytes()
    }

    /// `{ + NameSpace => [+ IssuerSignedItemBytes] }`
    pub(super) fn name_spaces(&self) -> Vec<u8> {
        let mut out = Writer::new();
        self.write_name_spaces(&mut out);
        out.into_bytes()
    }

    /// Straight into the message: a portrait is copied once.
    fn write_name_spaces(&self, out: &mut Writer) {
        out.map(self.name_spaces.len());
        for ((_, name_space), items) in &self.name_spaces {
            out.text(name_space).array(items.len());
            for (_, raw) in items {
                out.raw(raw);
            }
        }
    }
}

/// `#6.24(bstr .cbor { * NameSpace => { + DataElementIdentifier => any } })`
fn write_device_name_spaces(elements: &[(Name, ElementValue<'_>)]) -> Vec<u8> {
    let mut name_spaces = BTreeMap::<_, BTreeMap<_, _>>::new();
    for ((name_space, id), value) in elements {
        let name_space = name_spaces
            .entry(key_order(name_space.as_str()))
            .or_default();
        name_space.insert(key_order(id.as_str()), value);
    }
    let mut content = Writer::new();
    content.map(name_spaces.len());
    for ((_, name_space), elements) in name_spaces {
        content.text(name_space).map(elements.len());
        for ((_, id), value) in elements {
            content.text(id).raw(value.as_cbor());
        }
    }
    let mut out = Writer::new();
    out.embedded(content.as_slice());
    out.into_bytes()
}
