//! A card in a wallet.

use alloc::vec::Vec;
use core::fmt;

use super::consent::Ceilings;
use super::device_key::DeviceKey;
use super::{Consent, UnsignedPresentation};
use crate::crypto::{CryptoProvider, PublicKey};
use crate::delegation::{CardDigest, DelegationPolicy};
use crate::error::{Error, Misuse};
use crate::mdoc::{
    Dates, DeviceRequest, DocRequest, DocType, Element, IssuerSigned, SessionTranscript,
};
use crate::time::{UnixTime, Validity};
use crate::trust::TrustAnchors;
use crate::verify::{Checks, Conditions, DeviceProof, Policy, VerifiedCard};

/// A card in a wallet: verified on the way in, and its bytes kept as the issuer sent them.
///
/// ```
/// use vitacard::{crypto::RUSTCRYPTO, holder::Card, trust::TrustAnchors, unix_time};
/// let now = unix_time(1_780_272_000);
/// let error = Card::accept(b"\xa0", &TrustAnchors::new(), &RUSTCRYPTO, now).unwrap_err();
/// assert_eq!(error.reason(), "MissingKey"); // no issuerAuth
/// ```
#[derive(Clone)]
pub struct Card {
    bytes: Vec<u8>,
    doc_type: DocType<'static>,
    elements: Vec<Element<'static>>,
    dates: Dates,
    validity: Validity,
    device_key: DeviceKey,
    digest: Option<CardDigest>,
    delegation_policy: Option<DelegationPolicy>,
}

impl Card {
    /// Checks what an issuer hands out, or what [`Self::as_bytes`] gave, and keeps it.
    ///
    /// `bytes` is an `IssuerSigned` of at most 1 MiB. Everything that a reader checks of it is
    /// checked, with two exceptions. A card that is not valid yet is accepted, for issuers hand out
    /// the next card before the last one ends. Status lists are not looked at: whether a card is
    /// blocked is for the reader to find out.
    ///
    /// # Errors
    /// [`Error::Decode`], [`Error::Rejected`] with the first step that failed, and
    /// [`Misuse::ClockNotSet`] for a `now` before 2020.
    pub fn accept(
        bytes: &[u8],
        anchors: &TrustAnchors,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        // The two exceptions come to this: validFrom may lie ahead as far as anyone cares, and
        // nothing is said about status.
        let policy = Policy::of_keeper_ahead();
        let checks = Checks {
            anchors,
            crypto,
            conditions: Conditions::new(now, &policy),
        };
        let issuer_signed = IssuerSigned::from_bytes(bytes)?;
        let card = VerifiedCard::inspect_alone(&issuer_signed, &checks)?;
        let digest = CardDigest::of(&card, crypto)?;
        Ok(Self::keep(bytes, &card, digest))
    }

    /// The same card, whose device key proves possession by `proof` from now on.
    ///
    /// A key signs, unless its issuer declares it for key agreement only. Choose once in the life of
    /// the key: readers may take a key that both signs and agrees for broken.
    ///
    /// # Errors
    /// [`crate::Rejected::DeviceKeyUse`] if the issuer declares the key for another use, or if its
    /// curve cannot be used so; [`crate::Rejected::MacOfDelegableCard`] for a MAC of a card that can
    /// be lent.
    pub fn with_proof(self, proof: DeviceProof) -> Result<Self, Error> {
        Ok(Self {
            device_key: self.device_key.with_proof(proof)?,
            ..self
        })
    }

    /// The card as the issuer sent it, for storage.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What kind of card it is.
    #[must_use]
    pub fn doc_type(&self) -> DocType<'_> {
        self.doc_type.borrowed()
    }

    /// What the issuer says.
    pub fn elements(&self) -> impl Iterator<Item = &Element<'static>> {
        self.elements.iter()
    }

    /// When it holds: from `validFrom` to the earlier of `validUntil` and the end of the issuer's
    /// certificates.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// When the issuer signed it.
    #[must_use]
    pub const fn signed(&self) -> UnixTime {
        self.dates.signed
    }

    /// When the issuer expects to have a newer card.
    #[must_use]
    pub const fn expected_update(&self) -> Option<UnixTime> {
        self.dates.expected_update
    }

    /// The key that shows it. Compare it with the key that was made for this card.
    #[must_use]
    pub const fn device_key(&self) -> &PublicKey {
        self.device_key.public_key()
    }

    /// Names this card: to be shown beside one that is lent to its holder
    /// ([`RequestDraft::with_own_card`](crate::delegation::RequestDraft::with_own_card)). `None` for
    /// a card that came without a signing certificate.
    #[must_use]
    pub const fn digest(&self) -> Option<CardDigest> {
        self.digest
    }

    /// How the issuer lets it be lent. `None` if it cannot be lent.
    #[must_use]
    pub const fn delegation_policy(&self) -> Option<&DelegationPolicy> {
        self.delegation_policy.as_ref()
    }

    /// How its key proves possession.
    #[must_use]
    pub const fn proof(&self) -> DeviceProof {
        self.device_key.proof()
    }

    /// Answers `request` with what `consent` allows, in the session of `transcript`.
    ///
    /// Where several document requests ask for this type of card, all that they ask for counts.
    ///
    /// # Errors
    /// [`Misuse::NotRequested`] if no document of this type is asked for;
    /// [`Misuse::NoConsent`] if nothing of what is asked for is agreed to. What is asked for, agreed
    /// to and not on the card is left out.
    pub fn present(
        &self,
        request: &DeviceRequest<'_>,
        consent: &Consent,
        transcript: &SessionTranscript<'_>,
    ) -> Result<UnsignedPresentation, Error> {
        let asked: Vec<_> = request.documents().collect();
        self.answer(&asked, consent, transcript)
    }

    /// Proves that the holder has this card, and shows nothing of it: beside a card that was lent to
    /// him, where its issuer wants that ([`DelegatedCard::own_card`](super::DelegatedCard::own_card)).
    /// Join both responses.
    ///
    /// # Errors
    /// [`Misuse::NotRequested`] if no document of this type is asked for.
    pub fn present_nothing(
        &self,
        request: &DeviceRequest<'_>,
        transcript: &SessionTranscript<'_>,
    ) -> Result<UnsignedPresentation, Error> {
        let mut documents = request.documents();
        match documents.any(|asked| asked.doc_type() == self.doc_type()) {
            true => UnsignedPresentation::prepare(self, &[], &Ceilings::default(), transcript),
            false => Err(Misuse::NotRequested.into()),
        }
    }

    /// As [`Self::present`], to one document request: the one that a known reader signed, say.
    ///
    /// # Errors
    /// As [`Self::present`].
    pub fn present_document(
        &self,
        request: &DocRequest<'_>,
        consent: &Consent,
        transcript: &SessionTranscript<'_>,
    ) -> Result<UnsignedPresentation, Error> {
        self.answer(&[*request], consent, transcript)
    }

    pub(super) const fn dates(&self) -> &Dates {
        &self.dates
    }

    pub(super) const fn key(&self) -> &DeviceKey {
        &self.device_key
    }

    /// What [`Self::accept`] has parsed once, so that it cannot fail.
    pub(super) fn issuer_signed(&self) -> Result<IssuerSigned<'_>, Error> {
        Ok(IssuerSigned::from_bytes(&self.bytes)?)
    }

    fn keep(bytes: &[u8], card: &VerifiedCard<'_>, digest: Option<CardDigest>) -> Self {
        let elements = card.elements().iter().cloned().map(Element::into_owned);
        Self {
            bytes: bytes.to_vec(),
            doc_type: DocType::of(card.doc_type()).into_owned(),
            elements: elements.collect(),
            dates: *card.mso().dates(),
            validity: card.window(),
            device_key: DeviceKey::of(card.mso()),
            digest,
            delegation_policy: DelegationPolicy::of(card),
        }
    }

    fn answer(
        &self,
        requests: &[DocRequest<'_>],
        consent: &Consent,
        transcript: &SessionTranscript<'_>,
    ) -> Result<UnsignedPresentation, Error> {
        let requests = requests.iter();
        let mine = requests.filter(|request| request.doc_type() == self.doc_type());
        let mut asked = mine.flat_map(DocRequest::elements).peekable();
        if asked.peek().is_none() {
            return Err(Misuse::NotRequested.into());
        }
        let agreed: Vec<_> = asked
            .filter(|(name_space, id, _)| consent.allows(&self.doc_type, name_space, id))
            .map(|(name_space, id, _)| (name_space, id))
            .collect();
        match agreed.is_empty() {
            true => Err(Misuse::NoConsent.into()),
            false => UnsignedPresentation::prepare(self, &agreed, consent.ceilings(), transcript),
        }
    }
}

/// The elements are personal: logs get their number.
impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Card({}, {} elements)",
            self.doc_type,
            self.elements.len()
        )
    }
}
