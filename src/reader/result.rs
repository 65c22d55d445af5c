//! What verification leaves: the only door to an element's value.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::crypto::CryptoProvider;
use crate::delegation::{CardDigest, VerifiedDelegation};
use crate::error::{Error, rejected};
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
    /// What no document can say by itself: there is one, and a delegate who must show a card of
    /// his own does.
    pub(super) fn new(
        documents: Vec<VerifiedDocument<'a>>,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        if documents.is_empty() {
            return Err(rejected!(NoDocument).into());
        }
        for (index, document) in (0..=u8::MAX).zip(&documents) {
            if !document.own_card_is_among(&documents, crypto)? {
                return Err(rejected!(OwnCardMissing).in_document(index).into());
            }
        }
        Ok(Self { documents })
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
    shown: By<'a>,
    standing: Standing,
    unrequested: Vec<usize>,
}

/// How possession of a key was proved, and whose.
#[derive(Debug)]
enum By<'a> {
    Holder(KeyHeld, DeviceElements<'a>),
    /// Boxed, for few documents are shown by delegates.
    Delegate(Box<VerifiedDelegation<'a>>),
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
            shown: By::Delegate(Box::new(delegation)),
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
            By::Delegate(_) => None,
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
            By::Delegate(delegation) => Presenter::Delegate(delegation),
        }
    }

    /// How possession of the presenter's key was proved.
    #[must_use]
    pub const fn proof(&self) -> DeviceProof {
        match &self.shown {
            By::Holder(held, _) => held.proof(),
            By::Delegate(_) => DeviceProof::Signature,
        }
    }

    /// How far it can be relied on, the delegation included.
    pub const fn standing(&self) -> Standing {
        self.standing
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

    /// True also if no card of the delegate's own is needed.
    fn own_card_is_among(
        &self,
        documents: &[Self],
        crypto: &CryptoProvider,
    ) -> Result<bool, Error> {
        let own = match &self.shown {
            By::Delegate(delegation) => delegation.own_card(),
            By::Holder(..) => None,
        };
        let Some(own) = own else {
            return Ok(true);
        };
        let mut found: u8 = 0;
        for document in documents {
            let direct = matches!(document.shown, By::Holder(..));
            if direct
                && document.doc_type() == self.doc_type()
                && CardDigest::of(&document.card.card, crypto)? == Some(own)
            {
                found = found.saturating_add(1);
            }
        }
        Ok(found == 1)
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
