//! That a refreshed card has arrived: the message by which the old one is blocked, both sides.

use alloc::vec::Vec;

use super::line::write;
use super::{CardLine, CardRecord, CardState, Cards, RefreshNumber, SKEW, StatusPlace, named};
use crate::cbor::{WellFormed, Writer, required};
use crate::cose::{Sign1, UnsignedSign1};
use crate::crypto::{CryptoProvider, PublicKey, Signature, Signer};
use crate::delegation::{CardDigest, sized};
use crate::error::{DecodeError, Error, Misuse, rejected};
use crate::time::UnixTime;

const TYP: &str = "application/vnd.vitacard.accepted+cwt";
const AAD: &str = "VITACARD-ACCEPTED-v1";

/// A time, a number and a signature.
const MAX_LEN: usize = 512;

/// The message that a card was accepted, which waits for the signature of its key.
#[must_use]
pub struct UnsignedAccepted {
    unsigned: UnsignedSign1,
    key: PublicKey,
}

impl UnsignedAccepted {
    pub(super) fn prepare(
        card: &CardDigest,
        refresh: RefreshNumber,
        key: PublicKey,
        now: UnixTime,
    ) -> Result<Self, Misuse> {
        let mut claims = Writer::new();
        claims.map(2).uint(6).uint(now.as_secs());
        claims.uint(7).byte_string(refresh.as_bytes());
        let aad = named(AAD, card.as_bytes());
        let unsigned = UnsignedSign1::message(TYP, claims.into_bytes(), &aad)?;
        Ok(Self { unsigned, key })
    }

    /// Sign this with the device key of the new card; it is not hashed yet.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// The message, to the issuer. Send it until the issuer answers: if it had come before, the
    /// answer is the same.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`]; [`Misuse::UnsupportedAlgorithm`] if `crypto` cannot tell.
    pub fn complete(
        self,
        signature: &Signature,
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Error> {
        Ok(self.unsigned.complete(signature, &self.key, &[], crypto)?)
    }

    /// Signs here and now.
    ///
    /// # Errors
    /// As [`Self::complete`], and [`Error::Crypto`] if the signer fails.
    pub fn sign_with(self, signer: &dyn Signer, crypto: &CryptoProvider) -> Result<Vec<u8>, Error> {
        let signature = signer.sign(self.to_be_signed())?;
        self.complete(&signature, crypto)
    }
}

/// That a card was accepted, as an issuer receives it: a claim.
///
/// ```cddl
/// AcceptedClaims = { 6: uint, 7: bstr .size 16 }      ; the cti of the refresh
/// ```
pub struct Acceptance<'a> {
    sign1: Sign1<'a>,
    made: u64,
    refresh: RefreshNumber,
}

impl<'a> Acceptance<'a> {
    /// Parses a message of at most 512 bytes.
    ///
    /// # Errors
    /// [`Rejected`](crate::Rejected) 2891.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let malformed = |_| rejected!(AcceptedMalformed);
        Ok(Self::read(bytes).map_err(malformed)?)
    }

    /// Which refresh it says that it ends.
    #[must_use]
    pub const fn claimed_refresh(&self) -> RefreshNumber {
        self.refresh
    }

    /// Checks it, and records that the new card is accepted and the old one replaced. Gives the
    /// place to set in the status list, the old card's: the same each time, also if
    /// [`retire_overdue`](super::retire_overdue) gave it before.
    ///
    /// # Errors
    /// [`Rejected`](crate::Rejected) 2892 to 2894, 2895 if a newer card has taken the place of this
    /// one, 2879 if it was blocked meanwhile; [`Misuse::StoreFailed`]; [`Misuse::StoreContended`].
    pub fn apply(
        self,
        cards: &mut dyn Cards,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Vec<StatusPlace>, Error> {
        let find = |cards: &dyn Cards| {
            let line = cards.line_of_refresh(&self.refresh)?;
            Ok(line.ok_or(rejected!(RefreshUnknown))?)
        };
        let (_, after) = write(cards, find, |line| self.accepted(line, crypto, now))?;
        let card = self.card(&after);
        let old = card.and_then(|card| after.card(&card.parent?));
        Ok(old.map(|old| old.place.clone()).into_iter().collect())
    }

    fn card<'l>(&self, line: &'l CardLine) -> Option<&'l CardRecord> {
        line.cards().find(|card| card.refresh == Some(self.refresh))
    }

    fn accepted(
        &self,
        line: &CardLine,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<CardLine, Error> {
        let card = self.card(line).ok_or(rejected!(RefreshUnknown))?;
        let aad = named(AAD, card.digest.as_bytes());
        self.sign1
            .verify_for(&aad, (&card.key).into(), crypto)
            .map_err(|_| rejected!(AcceptedSignature))?;
        if self.made > now.as_secs().saturating_add(SKEW) {
            return Err(rejected!(AcceptedTime).into());
        }
        match card.state {
            CardState::Issued => Ok(arrived(line.at(now), card)),
            // It came before, and the answer was lost.
            CardState::Accepted => Ok(line.clone()),
            CardState::Blocked { .. } => Err(rejected!(CardBlocked).into()),
            CardState::Replaced => Err(rejected!(AcceptedTwice).into()),
        }
    }

    fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let item = WellFormed::parse(bytes, MAX_LEN)?;
        let sign1 = Sign1::parse_message(item, TYP)?;
        let claims = required(sign1.dangerous_unverified(), &item)?;
        claims.check_deterministic()?;
        let [made, refresh] = claims.closed_fields([6, 7])?;
        Ok(Self {
            sign1,
            made: required(made, &claims)?.uint()?,
            refresh: RefreshNumber::from_bytes(sized(required(refresh, &claims)?)?),
        })
    }
}

/// `card` is accepted, and the refresh that it came of is over.
fn arrived(mut line: CardLine, card: &CardRecord) -> CardLine {
    line.refresh = None;
    line.replace(card.parent.as_ref());
    if let Some(card) = line.card_mut(&card.digest) {
        card.state = CardState::Accepted;
    }
    line
}
