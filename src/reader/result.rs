//! What verification leaves: the only door to an element's value.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::crypto::CryptoProvider;
use crate::delegation::{CardDigest, DelegationPolicy, VerifiedDelegation};
use crate::error::{CryptoError, Error, rejected};
use crate::mdoc::{DeviceRequest, DocRequest, DocType, Element};
use crate::profile::{EhicCardView, HealthCardView, Profile};
use crate::status::NamedList;
use crate::time::{UnixTime, Validity};
use crate::trust::{AnchorId, TrustedIssuer};
use crate::verify::{DeviceElement, DeviceElements, DeviceProof, KeyHeld, Standing, VerifiedCard};

/// A response in which every document passed every check. It holds at least one.
#[derive(Debug)]
pub struct VerifiedResponse<'a> {
    documents: Vec<VerifiedDocument<'a>>,
}

impl<'a> VerifiedResponse<'a> {
    /// What no document can say by itself: there is one, and a delegate who must show a card of
    /// his own does.
    pub(super) fn new(
        documents: Vec<VerifiedDocument<'a>>,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        if documents.is_empty() {
            return Err(rejected!(NoDocument).into());
        }
        let mut verified = Self { documents };
        for index in 0..verified.documents.len() {
            verified.find_own_card(index, crypto)?;
        }
        Ok(verified)
    }

    /// Exactly one document is the own card that the document at `index` needs, and shown by its
    /// holder; or it needs none.
    fn find_own_card(&mut self, index: usize, crypto: &CryptoProvider) -> Result<(), Error> {
        let lent = self.documents.get(index);
        let Some((needed, doc_type)) = lent.and_then(own_card_needed) else {
            return Ok(());
        };
        let mut found = None;
        for (place, document) in self.documents.iter().enumerate() {
            let direct = matches!(document.shown, By::Holder(..));
            if direct
                && document.doc_type() == doc_type
                && document.card.digest(crypto)? == Some(needed)
            {
                if found.is_some() {
                    found = None;
                    break;
                }
                found = Some(place);
            }
        }
        let missing = rejected!(OwnCardMissing).in_document(u8::try_from(index).unwrap_or(u8::MAX));
        let place = found.ok_or(missing)?;
        let own = self.documents.get(place).map(VerifiedDocument::standing);
        if let Some(document) = self.documents.get_mut(index)
            && let By::Delegate(_, own_card) = &mut document.shown
        {
            *own_card = Some(place);
            document.standing = own.map_or(document.standing, |own| document.standing.and(own));
        }
        Ok(())
    }

    /// The card of a delegate's own that was shown beside `lent`, a document of this response, where
    /// one must be.
    #[must_use]
    pub fn own_card_of(&self, lent: &VerifiedDocument<'a>) -> Option<&VerifiedDocument<'a>> {
        // Of another response the place would mean another card.
        let mut documents = self.documents.iter();
        match lent.shown {
            By::Delegate(_, own_card) if documents.any(|own| core::ptr::eq(own, lent)) => {
                self.documents.get(own_card?)
            }
            _ => None,
        }
    }

    /// The documents, in the order of the response: whoever answers chooses it. A delegate may show
    /// his own card before the one that was lent to him.
    pub fn documents(&self) -> impl Iterator<Item = &VerifiedDocument<'a>> {
        self.documents.iter()
    }
}

/// One card, shown by someone who was proved to hold its key.
#[derive(Debug)]
pub struct VerifiedDocument<'a> {
    card: VerifiedIssuerSigned<'a>,
    shown: By<'a>,
    standing: Standing,
    unrequested: Vec<usize>,
}

/// How possession of a key was proved, and whose.
#[derive(Debug)]
enum By<'a> {
    Holder(KeyHeld, DeviceElements<'a>),
    /// Boxed, for few documents are shown by delegates.
    /// With the place of his own card, where he must show one.
    Delegate(Box<VerifiedDelegation<'a>>, Option<usize>),
}

impl<'a> VerifiedDocument<'a> {
    pub(super) fn new(
        card: VerifiedCard<'a>,
        held: KeyHeld,
        device_elements: DeviceElements<'a>,
        request: Option<DeviceRequest<'_>>,
    ) -> Self {
        let unrequested = request.map_or(Vec::new(), |request| unrequested(&card, request));
        Self {
            standing: card.standing(),
            card: VerifiedIssuerSigned::new(card),
            shown: By::Holder(held, device_elements),
            unrequested,
        }
    }

    /// Whatever a delegate shows was asked for.
    pub(super) fn delegated(
        card: VerifiedCard<'a>,
        delegation: VerifiedDelegation<'a>,
        standing: Standing,
    ) -> Self {
        Self {
            standing,
            card: VerifiedIssuerSigned::new(card),
            shown: By::Delegate(Box::new(delegation), None),
            unrequested: Vec::new(),
        }
    }

    /// What kind of card it is.
    #[must_use]
    pub const fn doc_type(&self) -> DocType<'a> {
        self.card.doc_type()
    }

    /// What the issuer says.
    pub fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.card.elements()
    }

    /// It as a health insurance card; `None` if it is a card of another type than `profile`'s.
    ///
    /// ```
    /// use vitacard::profile::Profile;
    /// use vitacard::reader::VerifiedDocument;
    /// fn greet(document: &VerifiedDocument<'_>, profile: &Profile) -> Option<String> {
    ///     let card = document.health(profile)?;
    ///     Some(format!("{} {}", card.given_name()?, card.family_name()?))
    /// }
    /// ```
    #[must_use]
    pub fn health<'d>(&'d self, profile: &'d Profile) -> Option<HealthCardView<'d>> {
        self.card.health(profile)
    }

    /// It as a European health insurance card; `None` if it is a card of another type.
    #[must_use]
    pub fn ehic<'d>(&'d self, profile: &'d Profile) -> Option<EhicCardView<'d>> {
        self.card.ehic(profile)
    }

    /// The issuer's element `id` of `name_space`, if it was shown.
    #[must_use]
    pub fn element(&self, name_space: &str, id: &str) -> Option<&Element<'a>> {
        self.card.element(name_space, id)
    }

    /// What the holder's device says, with the issuer's leave. Never mixed with [`Self::elements`]:
    /// an element of the same name is another statement.
    /// A delegate's device says nothing.
    pub fn device_elements(&self) -> impl Iterator<Item = DeviceElement<'a>> {
        let elements = match &self.shown {
            By::Holder(_, elements) => Some(elements.iter()),
            By::Delegate(..) => None,
        };
        elements.into_iter().flatten()
    }

    /// Elements that were shown though the request did not ask for them. Empty where the
    /// [`Exchange`](super::Exchange) named no request.
    pub fn unrequested(&self) -> impl Iterator<Item = &Element<'a>> {
        self.unrequested
            .iter()
            .filter_map(|index| self.card.card.elements().get(*index))
    }

    /// Who showed it.
    #[must_use]
    pub fn presenter(&self) -> Presenter<'_> {
        match &self.shown {
            By::Holder(..) => Presenter::Holder,
            By::Delegate(delegation, _) => Presenter::Delegate(delegation),
        }
    }

    /// How possession of the presenter's key was proved.
    #[must_use]
    pub const fn proof(&self) -> DeviceProof {
        match &self.shown {
            By::Holder(held, _) => held.proof(),
            By::Delegate(..) => DeviceProof::Signature,
        }
    }

    /// How far it can be relied on, the delegation and the delegate's own card included.
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// When it holds: from `validFrom` to the earlier of `validUntil` and the end of the issuer's
    /// certificates.
    /// It is the card's, also where a delegate shows it: the loan's is in [`Self::presenter`].
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.card.validity()
    }

    /// What the issuer signed, without the proof of possession; it has
    /// [`status_lists`](VerifiedIssuerSigned::status_lists).
    #[must_use]
    pub const fn issuer_signed(&self) -> &VerifiedIssuerSigned<'a> {
        &self.card
    }
}

/// What an issuer signed, checked; nothing is said about who holds it.
#[derive(Debug)]
pub struct VerifiedIssuerSigned<'a> {
    card: VerifiedCard<'a>,
}

impl<'a> VerifiedIssuerSigned<'a> {
    pub(super) const fn new(card: VerifiedCard<'a>) -> Self {
        Self { card }
    }

    /// What kind of card it is.
    #[must_use]
    pub const fn doc_type(&self) -> DocType<'a> {
        DocType::of(self.card.doc_type())
    }

    /// What the issuer says.
    pub fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.card.elements().iter()
    }

    /// As [`VerifiedDocument::health`].
    #[must_use]
    pub fn health<'d>(&'d self, profile: &'d Profile) -> Option<HealthCardView<'d>> {
        let is_one = self.doc_type() == profile.doc_type();
        HealthCardView::of(profile, self.elements()).filter(|_| is_one)
    }

    /// As [`VerifiedDocument::ehic`].
    #[must_use]
    pub fn ehic<'d>(&'d self, profile: &'d Profile) -> Option<EhicCardView<'d>> {
        let is_one = self.doc_type() == profile.doc_type();
        EhicCardView::of(profile, self.elements()).filter(|_| is_one)
    }

    /// The element `id` of `name_space`, if it is there.
    #[must_use]
    pub fn element(&self, name_space: &str, id: &str) -> Option<&Element<'a>> {
        self.elements()
            .find(|element| *element.name_space() == name_space && *element.id() == id)
    }

    /// How far it can be relied on.
    pub const fn standing(&self) -> Standing {
        self.card.standing()
    }

    /// The lists by which it can be blocked, and its loans: what a [`StatusStore`](super::StatusStore)
    /// follows. A reader that refuses cards of unknown status reads a card under
    /// [`UnknownStatus::Degrade`](super::UnknownStatus::Degrade) to learn them.
    ///
    /// # Errors
    /// [`CryptoError`] if `crypto` has no SHA-256.
    pub fn status_lists(&self, crypto: &CryptoProvider) -> Result<Vec<NamedList>, CryptoError> {
        let anchor = self.card.issuer().anchor();
        let mut lists = self.card.status_lists(crypto)?;
        let of_loans = self.delegation_policy();
        let of_loans = of_loans
            .as_ref()
            .and_then(|policy| policy.revocation_list());
        lists.extend(of_loans.map(|uri| NamedList::of_issuer(uri, anchor)));
        Ok(lists)
    }

    /// Names this card; `None` for one without a signing certificate. It is how a request to revoke a
    /// delegation names it ([`RevocationRequest::claimed_card`](crate::delegation::RevocationRequest::claimed_card)).
    ///
    /// # Errors
    /// [`Error::Crypto`] if `crypto` has no SHA-256.
    pub fn digest(&self, crypto: &CryptoProvider) -> Result<Option<CardDigest>, Error> {
        CardDigest::of(&self.card, crypto)
    }

    /// How its issuer lets it be lent. `None` if it cannot be lent.
    #[must_use]
    pub fn delegation_policy(&self) -> Option<DelegationPolicy> {
        DelegationPolicy::of(&self.card)
    }

    /// As [`VerifiedDocument::validity`].
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.card.window()
    }

    /// By whom it was issued.
    #[must_use]
    pub const fn issuer(&self) -> Issuer<'_> {
        Issuer(self.card.issuer())
    }

    pub(super) const fn trusted_issuer(&self) -> &TrustedIssuer {
        self.card.issuer()
    }

    /// When the issuer signed it.
    #[must_use]
    pub const fn signed(&self) -> UnixTime {
        self.card.mso().dates().signed
    }

    /// When the issuer expects to have a newer card. A time past is a hint, never a refusal.
    #[must_use]
    pub const fn expected_update(&self) -> Option<UnixTime> {
        self.card.mso().dates().expected_update
    }
}

/// By whom a card was issued, as far as its certificates say.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a>(&'a TrustedIssuer);

impl Issuer<'_> {
    /// Which anchor vouches for the issuer.
    #[must_use]
    pub const fn anchor(&self) -> AnchorId {
        self.0.anchor()
    }

    /// The country of the signing certificate; a pinned key has none.
    #[must_use]
    pub fn country(&self) -> Option<[u8; 2]> {
        self.0.country()
    }

    /// The dates of the signing certificate; a pinned key has none.
    #[must_use]
    pub fn certificate_validity(&self) -> Option<Validity> {
        self.0.validity()
    }

    /// SHA-256 of the signing certificate, if one came along.
    #[must_use]
    pub const fn certificate_hash(&self) -> Option<&[u8; 32]> {
        self.0.leaf_hash()
    }
}

/// One line: the country and a short name of the certificate or the pinned key.
impl fmt::Display for Issuer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, hash) = match (self.certificate_validity(), self.certificate_hash()) {
            (Some(_), Some(hash)) => ("certificate", *hash),
            _ => ("pinned key", *self.anchor().as_bytes()),
        };
        if let Some([a, b]) = self.country() {
            write!(f, "{}{}, ", char::from(a), char::from(b))?;
        }
        write!(f, "{what} ")?;
        hash.iter()
            .take(8)
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Who showed a card.
///
/// ```
/// use vitacard::reader::{Presenter, VerifiedDocument};
/// fn line_on_the_screen(document: &VerifiedDocument<'_>) -> String {
///     match document.presenter() {
///         Presenter::Holder => "shown by its holder".into(),
///         Presenter::Delegate(delegation) => match delegation.name() {
///             Some(name) => format!("lent to {name}: compare with an identity document"),
///             None => "lent to somebody".into(),
///         },
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "callers must handle every kind")]
pub enum Presenter<'d> {
    /// Whoever holds it: a parent's phone may hold a child's card.
    Holder,
    /// Somebody to whom its holder has lent it. Only where the reader asked for delegates.
    Delegate(&'d VerifiedDelegation<'d>),
}

/// The digest of the own card that a delegate must show, and its type.
fn own_card_needed<'a>(document: &VerifiedDocument<'a>) -> Option<(CardDigest, DocType<'a>)> {
    match &document.shown {
        By::Delegate(delegation, _) => Some((delegation.own_card()?, document.doc_type())),
        By::Holder(..) => None,
    }
}

fn unrequested(card: &VerifiedCard<'_>, request: DeviceRequest<'_>) -> Vec<usize> {
    let of_this_type = |asked: &DocRequest<'_>| asked.doc_type() == card.doc_type();
    let requests: Vec<_> = request.documents().filter(of_this_type).collect();
    let asked = |element: &Element<'_>| {
        let (name_space, id) = (element.name_space().as_str(), element.id().as_str());
        requests.iter().any(|asked| asked.asks_for(name_space, id))
    };
    let elements = card.elements().iter().enumerate();
    elements
        .filter(|(_, element)| !asked(element))
        .map(|(index, _)| index)
        .collect()
}
