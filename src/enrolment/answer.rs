//! The card that answers a refresh: drafted for the new key, and recorded before it goes out.

use ciborium::Value;

use super::issued::IssuedCard;
use super::line::{IssuedRecord, RefreshRecord, check_alive, line_of, write};
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
    /// [`Misuse::PlaceTaken`]; [`Rejected`](crate::Rejected) 2879 and 2880 if the card was blocked or
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
            let mut next = line.clone();
            let open = self.still_open(&mut next)?;
            open.issued = Some(IssuedRecord {
                at: now,
                card: card.to_vec(),
            });
            next.cards.push(issued.into_record(Some(self.number)));
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
