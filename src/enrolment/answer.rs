//! The card that answers a refresh: drafted for the new key, and recorded before it goes out.

use ciborium::Value;

use super::issued::IssuedCard;
use super::line::{RefreshRecord, check_alive, line_of, write};
use super::{CardLine, CardTerms, Cards, FreePlaces, RefreshNumber};
use crate::crypto::{CryptoProvider, PublicKey, SecureRandom};
use crate::delegation::CardDigest;
use crate::error::{Error, Misuse, rejected};
use crate::issuer::Draft;
use crate::mdoc::{ElementId, NameSpace};
use crate::time::UnixTime;
use crate::trust::TrustAnchors;

/// A refresh that was approved, and waits for its card.
#[must_use]
pub struct OpenRefresh {
    pub(super) number: RefreshNumber,
    pub(super) key: PublicKey,
    pub(super) of: CardDigest,
}

impl OpenRefresh {
    /// What was approved before for `card`, and has no card yet: after a restart, to answer it or to
    /// give it up, if its request does not come again.
    ///
    /// # Errors
    /// [`Rejected::CardUnknown`](crate::Rejected::CardUnknown);
    /// [`Rejected::RefreshUnknown`](crate::Rejected::RefreshUnknown) if `card` is not being refreshed;
    /// [`Misuse::AlreadyStored`] if there is a card; [`Misuse::StoreFailed`].
    pub fn again(card: &CardDigest, cards: &dyn Cards) -> Result<Self, Error> {
        let line = line_of(cards, card)?;
        let open = line.refresh.as_ref().filter(|open| open.of == *card);
        let open = open.ok_or(rejected!(RefreshUnknown))?;
        match open.issued {
            None => Ok(Self {
                number: open.number,
                key: open.key,
                of: open.of,
            }),
            Some(_) => Err(Misuse::AlreadyStored.into()),
        }
    }

    /// The card that is refreshed.
    #[must_use]
    pub const fn card(&self) -> CardDigest {
        self.of
    }

    /// The key that the new card will be for.
    #[must_use]
    pub const fn new_key(&self) -> &PublicKey {
        &self.key
    }

    /// The card for the new key, up to its signature.
    ///
    /// # Errors
    /// As [`ApprovedEnrolment::draft`](super::ApprovedEnrolment::draft).
    pub fn draft<'e>(
        &self,
        terms: &CardTerms,
        elements: impl IntoIterator<Item = (NameSpace<'e>, ElementId<'e>, Value)>,
        places: &mut dyn FreePlaces,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Draft, Error> {
        terms.draft(self.key, elements, places, now, rng)
    }

    /// Records `card`, as it was signed, before it goes out. From `now` on the old card has 72 hours.
    ///
    /// # Errors
    /// As [`ApprovedEnrolment::issued`](super::ApprovedEnrolment::issued);
    /// [`Misuse::PlaceTaken`]; [`Misuse::NotThisRefresh`] for a card of another type;
    /// [`Rejected`](crate::Rejected) 2879 and 2880 if the card was blocked or
    /// replaced meanwhile, and 2892 if the refresh was abandoned; [`Misuse::AlreadyStored`] if it has
    /// a card; [`Misuse::StoreContended`].
    pub fn issued(
        self,
        card: &[u8],
        anchors: &TrustAnchors,
        cards: &mut dyn Cards,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<(), Error> {
        let find = |cards: &dyn Cards| line_of(cards, &self.of);
        write(cards, find, |line| {
            let issued = IssuedCard::read(card, &self.key, anchors, crypto, now)?;
            if line.cards.iter().any(|own| own.place == *issued.place()) {
                return Err(Misuse::PlaceTaken.into());
            }
            if issued.doc_type() != line.doc_type {
                return Err(Misuse::NotThisRefresh.into());
            }
            let mut next = line.at(now);
            self.still_open(&mut next)?.issued = Some(card.to_vec());
            if let Some(old) = next.card_mut(&self.of) {
                old.succeeded = old.succeeded.or(Some(now));
            }
            let record = issued.into_record(Some((self.number, self.of)));
            next.cards.push(record);
            next.check_length()?;
            Ok(next)
        })?;
        Ok(())
    }

    /// Gives it up: the card can be refreshed by another request.
    ///
    /// # Errors
    /// [`Rejected`](crate::Rejected) 2879, 2880 and 2892; [`Misuse::AlreadyStored`] if there is a card;
    /// [`Misuse::StoreFailed`]; [`Misuse::StoreContended`].
    pub fn abandon(self, cards: &mut dyn Cards) -> Result<(), Error> {
        let find = |cards: &dyn Cards| line_of(cards, &self.of);
        write(cards, find, |line| {
            let mut next = line.clone();
            self.still_open(&mut next)?;
            next.refresh = None;
            Ok(next)
        })?;
        Ok(())
    }

    fn still_open<'l>(&self, line: &'l mut CardLine) -> Result<&'l mut RefreshRecord, Error> {
        let old = line.card(&self.of).ok_or(rejected!(CardUnknown))?;
        check_alive(old)?;
        let open = line.refresh.as_mut();
        let this = (self.number, self.key, self.of);
        let open = open.filter(|open| (open.number, open.key, open.of) == this);
        let open = open.ok_or(rejected!(RefreshUnknown))?;
        match open.issued {
            None => Ok(open),
            Some(_) => Err(Misuse::AlreadyStored.into()),
        }
    }
}
