//! What verification leaves: the only door to an element's value.

use alloc::vec::Vec;
use core::fmt;

use crate::mdoc::{DeviceRequest, DocRequest, DocType, Element};
use crate::time::{UnixTime, Validity};
use crate::trust::{AnchorId, TrustedIssuer};
use crate::verify::{DeviceElement, DeviceElements, DeviceProof, KeyHeld, Standing, VerifiedCard};

/// A response in which every document passed every check. It holds at least one.
#[derive(Debug)]
pub struct VerifiedResponse<'a> {
    documents: Vec<VerifiedDocument<'a>>,
}

impl<'a> VerifiedResponse<'a> {
    pub(super) const fn new(documents: Vec<VerifiedDocument<'a>>) -> Self {
        Self { documents }
    }

    /// The documents, in the order of the response.
    pub fn documents(&self) -> impl Iterator<Item = &VerifiedDocument<'a>> {
        self.documents.iter()
    }
}

/// One card, shown by someone who was proved to hold its key.
#[derive(Debug)]
pub struct VerifiedDocument<'a> {
    card: VerifiedIssuerSigned<'a>,
    held: KeyHeld,
    device_elements: DeviceElements<'a>,
    unrequested: Vec<usize>,
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
            card: VerifiedIssuerSigned::new(card),
            held,
            device_elements,
            unrequested,
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

    /// The issuer's element `id` of `name_space`, if it was shown.
    #[must_use]
    pub fn element(&self, name_space: &str, id: &str) -> Option<&Element<'a>> {
        self.card.element(name_space, id)
    }

    /// What the holder's device says, with the issuer's leave. Never mixed with [`Self::elements`]:
    /// an element of the same name is another statement.
    pub fn device_elements(&self) -> impl Iterator<Item = DeviceElement<'a>> {
        self.device_elements.iter()
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
    pub const fn presenter(&self) -> Presenter {
        Presenter::Holder
    }

    /// How possession of the card's key was proved.
    #[must_use]
    pub const fn proof(&self) -> DeviceProof {
        self.held.proof()
    }

    /// How far it can be relied on.
    pub const fn standing(&self) -> Standing {
        self.card.standing()
    }

    /// When it holds: from `validFrom` to the earlier of `validUntil` and the end of the issuer's
    /// certificates.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.card.validity()
    }

    /// What the issuer signed, without the proof of possession.
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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "callers must handle every kind")]
pub enum Presenter {
    /// Whoever holds it: a parent's phone may hold a child's card.
    Holder,
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
