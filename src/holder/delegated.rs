//! A card that somebody else has lent: it can be shown, and not lent on.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Consent, UnsignedPresentation};
use crate::crypto::{CryptoProvider, PublicKey, SecureRandom};
use crate::delegation::{
    CardDigest, Contents, DelegationId, PendingRequest, Permission, Purpose, PurposeSet,
    UnsignedRevocation, VerifiedDelegation, asks_for_delegates,
};
use crate::error::{Error, Misuse, rejected};
use crate::mdoc::{
    DeviceRequest, DocRequest, DocType, Element, ElementId, IssuerSigned, NameSpace,
    SessionTranscript,
};
use crate::time::UnixTime;
use crate::trust::TrustAnchors;
use crate::verify::{Checks, Conditions, Policy, VerifiedCard};

/// A card that was lent to the owner of this wallet.
///
/// It has no `delegate`: what was lent is not lent on. The [crate] shows that it does not compile.
#[derive(Clone)]
pub struct DelegatedCard {
    contents: Vec<u8>,
    doc_type: DocType<'static>,
    elements: Vec<Element<'static>>,
    parent: CardDigest,
    key: PublicKey,
    terms: LoanTerms,
}

/// What the holder decided.
#[derive(Clone)]
struct LoanTerms {
    id: DelegationId,
    begins: UnixTime,
    ends: UnixTime,
    name: Option<String>,
    purposes: PurposeSet,
    own_card: Option<CardDigest>,
}

impl DelegatedCard {
    /// Opens the parcel that answers `request`, and checks all that a reader would check, but for
    /// status lists, before anything is kept.
    ///
    /// It takes the request: one request accepts one parcel. Show its owner whose card it is: the
    /// digits tell the holder who asks, and not the delegate who answers.
    ///
    /// # Errors
    /// [`Rejected`](crate::Rejected) 2780 to 2782 if it is no parcel for this request; what is
    /// wrong with card or delegation as [`Reader::verify`](crate::reader::Reader::verify) says it.
    pub fn accept(
        parcel: &[u8],
        request: PendingRequest,
        anchors: &TrustAnchors,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let (key, own_card) = (request.key, request.own_card);
        let opened = request.unseal(parcel, crypto)?;
        let card = Self::from_stored(opened.as_bytes(), anchors, crypto, now)?;
        match card.key == key && card.terms.own_card == own_card {
            true => Ok(card),
            false => Err(rejected!(DelegationForAnother).into()),
        }
    }

    /// Checks what [`Self::as_bytes`] gave, anew: after a restart, say. A reader's checks, 1 to 10,
    /// but for what depends on the reader.
    ///
    /// # Errors
    /// As [`Self::accept`]; [`Rejected::DelegationExpired`](crate::Rejected::DelegationExpired) says
    /// when a loan ended.
    pub fn from_stored(
        bytes: &[u8],
        anchors: &TrustAnchors,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let contents = Contents::parse(bytes).map_err(|_| rejected!(ParcelMalformed))?;
        let card = contents.issuer_signed();
        let issuer_signed = IssuerSigned::from_bytes(&card)?;
        let policy = Policy::of_keeper();
        let checks = Checks {
            anchors,
            crypto,
            conditions: Conditions::new(now, &policy),
        };
        let card = VerifiedCard::inspect_alone(&issuer_signed, &checks)?;
        let permission = Permission::of(&card, crypto)?;
        let delegation = permission.open_bytes(contents.delegation, crypto)?;
        let delegation = delegation.in_force_at(now)?;
        permission.check_elements(&delegation, |_, _| true)?;
        // For other purposes than the issuer's no reader would accept it.
        let useful = |purpose: &Purpose<'_>| permission.terms().covers(purpose);
        let purposes: PurposeSet = delegation.purposes().filter(useful).collect();
        if !purposes.is_proper() {
            return Err(rejected!(PurposeNotCovered).into());
        }
        permission.check_own_card(&delegation)?;
        let parent = *permission.parent();
        Ok(Self::keep(bytes, &card, parent, &delegation, purposes))
    }

    /// What to store.
    ///
    /// ```cddl
    /// { 1: issuerAuth, 2: { + NameSpace => [+ IssuerSignedItemBytes] }, 3: bstr .cbor Delegation }
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.contents
    }

    /// What kind of card it is.
    #[must_use]
    pub fn doc_type(&self) -> DocType<'_> {
        self.doc_type.borrowed()
    }

    /// What was lent of it.
    pub fn elements(&self) -> impl Iterator<Item = &Element<'static>> {
        self.elements.iter()
    }

    /// By what it is revoked.
    #[must_use]
    pub const fn id(&self) -> DelegationId {
        self.terms.id
    }

    /// When the loan begins.
    #[must_use]
    pub const fn begins(&self) -> UnixTime {
        self.terms.begins
    }

    /// When the loan ends: at this second it has ended.
    #[must_use]
    pub const fn ends(&self) -> UnixTime {
        self.terms.ends
    }

    /// What professionals are told about who shows it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.terms.name.as_deref()
    }

    /// For what it was lent.
    #[must_use]
    pub const fn purposes(&self) -> &PurposeSet {
        &self.terms.purposes
    }

    /// The card of the delegate's own that must be shown beside it: join both responses.
    #[must_use]
    pub const fn own_card(&self) -> Option<CardDigest> {
        self.terms.own_card
    }

    /// The delegate's key, which shows it.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Answers `request` with what `consent` allows, to a reader that reads for `purpose`.
    ///
    /// The first edition of the standard has no field for a purpose. An app takes it from whom the
    /// reader's certificate names (a pharmacy collects medicine), or asks its user. Where
    /// [`Self::own_card`] names a card, join the response of that one, for which
    /// [`Card::present_nothing`](super::Card::present_nothing) is enough.
    ///
    /// # Errors
    /// [`Misuse::NotRequested`] if no document of this type is asked for;
    /// [`Misuse::DelegatesNotAccepted`] if the reader asks its holder alone;
    /// [`Misuse::NotInForce`] before the loan begins and once it has ended;
    /// [`Misuse::PurposeNotLent`];
    /// [`Misuse::NoConsent`] if nothing of what is asked for is agreed to.
    pub fn present(
        &self,
        request: &DeviceRequest<'_>,
        purpose: &Purpose<'_>,
        consent: &Consent,
        transcript: &SessionTranscript<'_>,
        now: UnixTime,
    ) -> Result<UnsignedPresentation, Error> {
        let mine = |asked: &DocRequest<'_>| asked.doc_type() == self.doc_type;
        if !request.documents().any(|asked| mine(&asked)) {
            return Err(Misuse::NotRequested.into());
        }
        let asked = request.documents().filter(mine);
        let asked: Vec<_> = asked.filter(asks_for_delegates).collect();
        if asked.is_empty() {
            return Err(Misuse::DelegatesNotAccepted.into());
        }
        if now < self.terms.begins || self.terms.ends <= now {
            return Err(Misuse::NotInForce.into());
        }
        if !self.terms.purposes.covers(purpose) {
            return Err(Misuse::PurposeNotLent.into());
        }
        let agreed = self.agreed(&asked, consent);
        if agreed.is_empty() {
            return Err(Misuse::NoConsent.into());
        }
        let contents = Contents::parse(&self.contents)?;
        UnsignedPresentation::delegated(self, &contents, &agreed, transcript)
    }

    /// Prepares the request by which the delegate gives the loan back before it ends.
    ///
    /// # Errors
    /// [`Error::Crypto`] if `rng` fails.
    pub fn renounce(
        &self,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<UnsignedRevocation, Error> {
        let delegation = Contents::parse(&self.contents)?.delegation;
        UnsignedRevocation::prepare(&self.parent, delegation, self.key, now, rng)
    }

    pub(super) const fn parent(&self) -> &CardDigest {
        &self.parent
    }

    fn agreed<'r>(
        &self,
        asked: &[DocRequest<'r>],
        consent: &Consent,
    ) -> Vec<(NameSpace<'r>, ElementId<'r>)> {
        let names = asked.iter().flat_map(DocRequest::elements);
        let names = names.map(|(name_space, id, _)| (name_space, id));
        names
            .filter(|(name_space, id)| consent.allows(&self.doc_type, name_space, id))
            .collect()
    }

    fn keep(
        bytes: &[u8],
        card: &VerifiedCard<'_>,
        parent: CardDigest,
        delegation: &VerifiedDelegation<'_>,
        purposes: PurposeSet,
    ) -> Self {
        let elements = card.elements().iter().cloned().map(Element::into_owned);
        Self {
            contents: bytes.to_vec(),
            doc_type: DocType::of(card.doc_type()).into_owned(),
            elements: elements.collect(),
            parent,
            key: *delegation.key(),
            terms: LoanTerms {
                id: delegation.id(),
                begins: delegation.begins(),
                ends: delegation.ends(),
                name: delegation.name().map(Into::into),
                purposes,
                own_card: delegation.own_card(),
            },
        }
    }
}

/// The elements are personal, and so is who lent them: logs get the number of the loan.
impl fmt::Debug for DelegatedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DelegatedCard({}, {})", self.doc_type, self.terms.id)
    }
}
