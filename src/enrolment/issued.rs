//! A card that the issuer has just signed, read back as a wallet would read it before it is recorded.

use alloc::string::String;

use super::{CardRecord, CardState, RefreshNumber, StatusPlace};
use crate::crypto::{CryptoProvider, PublicKey};
use crate::delegation::CardDigest;
use crate::error::{Error, Misuse};
use crate::mdoc::IssuerSigned;
use crate::status::References;
use crate::time::UnixTime;
use crate::trust::TrustAnchors;
use crate::verify::{Checks, Conditions, Policy, VerifiedCard};

/// What messages about the card will need of it.
pub(super) struct IssuedCard {
    digest: CardDigest,
    key: PublicKey,
    ends: UnixTime,
    place: StatusPlace,
    doc_type: String,
}

impl IssuedCard {
    pub(super) fn read(
        card: &[u8],
        approved: &PublicKey,
        anchors: &TrustAnchors,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let policy = Policy::of_keeper();
        let checks = Checks {
            anchors,
            crypto,
            conditions: Conditions::new(now, &policy),
        };
        let issuer_signed = IssuerSigned::from_bytes(card)?;
        let card = VerifiedCard::inspect_alone(&issuer_signed, &checks)?;
        let key = *card.mso().device_key().public_key();
        if key != *approved {
            return Err(Misuse::CardForAnotherKey.into());
        }
        let digest = CardDigest::of(&card, crypto)?;
        Ok(Self {
            digest: digest.ok_or(Misuse::CardWithoutCertificate)?,
            key,
            ends: card.window().until(),
            place: place_of(&card).ok_or(Misuse::CardWithoutPlace)?,
            doc_type: card.mso().doc_type().into(),
        })
    }

    pub(super) fn doc_type(&self) -> &str {
        &self.doc_type
    }

    pub(super) const fn place(&self) -> &StatusPlace {
        &self.place
    }

    pub(super) fn into_record(self, of: Option<(RefreshNumber, CardDigest)>) -> CardRecord {
        CardRecord {
            digest: self.digest,
            key: self.key,
            ends: self.ends,
            place: self.place,
            state: CardState::Issued,
            refresh: of.map(|(refresh, _)| refresh),
            parent: of.map(|(_, parent)| parent),
            succeeded: None,
            with_parent: false,
        }
    }
}

fn place_of(card: &VerifiedCard<'_>) -> Option<StatusPlace> {
    let place = References::parse(card.mso().status()?).place?.ok()?;
    Some(StatusPlace {
        uri: place.uri.into(),
        index: place.entry,
    })
}
