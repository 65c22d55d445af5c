//! Blocking a card with all that was refreshed from it: by its holder, or by the issuer on word.

use alloc::vec::Vec;

use super::line::{RefreshRecord, line_of, write};
use super::refresh::signing;
use super::{CardLine, CardState, Cards, SKEW, StatusPlace, named};
use crate::cbor::{WellFormed, Writer, required};
use crate::cose::{Sign1, UnsignedSign1};
use crate::crypto::{CryptoProvider, PublicKey, SecureRandom, Signature, Signer};
use crate::delegation::{CardDigest, sized};
use crate::error::{DecodeError, DecodeErrorKind, Error, Rejected, rejected};
use crate::holder::Card;
use crate::time::UnixTime;

const TYP: &str = "application/vnd.vitacard.block+cwt";
const AAD: &str = "VITACARD-BLOCK-v1";

/// A time, two numbers, a digest and a signature.
const MAX_LEN: usize = 512;

/// Why a card is blocked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the format has these five")]
pub enum BlockReason {
    /// The phone is lost.
    Lost,
    /// The phone is stolen.
    Stolen,
    /// The phone is damaged.
    Damaged,
    /// The key is in other hands.
    Compromised,
    /// The holder's rights have ended.
    RightsEnded,
}

impl BlockReason {
    const ALL: [Self; 5] = [
        Self::Lost,
        Self::Stolen,
        Self::Damaged,
        Self::Compromised,
        Self::RightsEnded,
    ];

    pub(super) const fn number(self) -> u64 {
        match self {
            Self::Lost => 1,
            Self::Stolen => 2,
            Self::Damaged => 3,
            Self::Compromised => 4,
            Self::RightsEnded => 5,
        }
    }

    pub(super) fn read(item: WellFormed<'_>) -> Result<Self, DecodeError> {
        let number = item.uint()?;
        let mut all = Self::ALL.into_iter();
        let known = all.find(|reason| reason.number() == number);
        known.ok_or_else(|| item.error(DecodeErrorKind::OutOfRange))
    }
}

impl Card {
    /// Prepares the request by which its holder blocks this card, and all that was refreshed from
    /// it: while he still has the phone. Without it he tells the issuer by another way. While a
    /// newer card is on its way, block the older one: that reaches both. A card whose key signs this
    /// has arrived, so that the one before it is replaced.
    ///
    /// ```
    /// use vitacard::{Error, UnixTime, crypto::{RUSTCRYPTO, Signer, SystemRandom}};
    /// use vitacard::enrolment::{BlockReason, BlockRequest, Cards};
    /// use vitacard::{holder::Card, issuer::StatusListDraft};
    /// fn on_the_phone(card: &Card, key: &dyn Signer, now: UnixTime) -> Result<Vec<u8>, Error> {
    ///     let unsigned = card.block(BlockReason::Compromised, now, &mut SystemRandom)?;
    ///     unsigned.sign_with(key, &RUSTCRYPTO)
    /// }
    /// fn at_the_issuer(
    ///     request: &[u8],
    ///     store: &mut dyn Cards,
    ///     list: &mut StatusListDraft,
    ///     now: UnixTime,
    /// ) -> Result<(), Error> {
    ///     let blocked = BlockRequest::parse(request)?.apply(store, &RUSTCRYPTO, now)?;
    ///     blocked.places().iter().try_for_each(|place| list.set(place.index(), 1))
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Misuse::CardWithoutCertificate`](crate::Misuse::CardWithoutCertificate);
    /// [`Misuse::KeyUsedForBoth`](crate::Misuse::KeyUsedForBoth) for a card whose key makes MACs;
    /// [`Error::Crypto`] if `rng` fails.
    pub fn block(
        &self,
        reason: BlockReason,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<UnsignedBlock, Error> {
        let card = signing(self)?;
        let mut cti = [0; 16];
        rng.fill(&mut cti)?;
        let mut claims = Writer::new();
        claims.map(3).uint(6).uint(now.as_secs());
        claims.uint(7).byte_string(&cti);
        claims.int(-70_047).uint(reason.number());
        let aad = named(AAD, card.as_bytes());
        let claims = claims.into_bytes();
        Ok(UnsignedBlock {
            unsigned: UnsignedSign1::message_of_card(TYP, claims, &aad, card.as_bytes())?,
            key: *self.device_key(),
        })
    }
}

/// A request to block that waits for its signature.
#[must_use]
pub struct UnsignedBlock {
    unsigned: UnsignedSign1,
    key: PublicKey,
}

impl UnsignedBlock {
    /// Sign this with the device key of the card; it is not hashed yet.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// The request, to the issuer.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`](crate::Misuse::SignatureNotByThisKey).
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

/// A card that is blocked: the answer to the request, the same each time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Blocked {
    card: CardDigest,
    reason: BlockReason,
    at: UnixTime,
    places: Vec<StatusPlace>,
}

impl Blocked {
    /// The card that was named.
    #[must_use]
    pub const fn card(&self) -> CardDigest {
        self.card
    }

    /// Why it was blocked when it was blocked first.
    #[must_use]
    pub const fn reason(&self) -> BlockReason {
        self.reason
    }

    /// When it was blocked first.
    #[must_use]
    pub const fn at(&self) -> UnixTime {
        self.at
    }

    /// The places to set in the status list: of the card, of all that was refreshed from it, and of
    /// the card before it, if that was replaced by this.
    #[must_use]
    pub fn places(&self) -> &[StatusPlace] {
        &self.places
    }
}

/// A request to block as an issuer receives it: a claim.
///
/// ```cddl
/// BlockClaims = { 6: uint, 7: bstr .size 16, -70047: 1..5 }
/// ```
pub struct BlockRequest<'a> {
    sign1: Sign1<'a>,
    card: CardDigest,
    made: u64,
    reason: BlockReason,
}

impl<'a> BlockRequest<'a> {
    /// Parses a request of at most 512 bytes.
    ///
    /// # Errors
    /// [`Rejected`] 2896.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let malformed = |_| rejected!(BlockMalformed);
        Ok(Self::read(bytes).map_err(malformed)?)
    }

    /// Which card it says that it blocks.
    #[must_use]
    pub const fn claimed_card(&self) -> CardDigest {
        self.card
    }

    /// Checks it, and blocks the card. A card that is blocked is answered as it was first.
    ///
    /// # Errors
    /// [`Rejected`] 2877, 2897 and 2898; [`Misuse::StoreFailed`](crate::Misuse::StoreFailed);
    /// [`Misuse::StoreContended`](crate::Misuse::StoreContended).
    pub fn apply(
        self,
        cards: &mut dyn Cards,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Blocked, Error> {
        let line = line_of(cards, &self.card)?;
        self.check(&line, crypto, now)?;
        block_by(cards, &self.card, Word::Key, self.reason, now)
    }

    fn check(
        &self,
        line: &CardLine,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<(), Rejected> {
        let card = line.card(&self.card).ok_or(rejected!(CardUnknown))?;
        let aad = named(AAD, self.card.as_bytes());
        self.sign1
            .verify_for(&aad, (&card.key).into(), crypto)
            .map_err(|_| rejected!(BlockSignature))?;
        match self.made <= now.as_secs().saturating_add(SKEW) {
            true => Ok(()),
            false => Err(rejected!(BlockTime)),
        }
    }

    fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let item = WellFormed::parse(bytes, MAX_LEN)?;
        let (sign1, card) = Sign1::parse_message_of_card(item, TYP)?;
        let claims = required(sign1.dangerous_unverified(), &item)?;
        claims.check_deterministic()?;
        let [made, cti, reason] = claims.closed_fields([6, 7, -70_047])?;
        sized::<16>(required(cti, &claims)?)?;
        Ok(Self {
            sign1,
            card: CardDigest::from_bytes(card),
            made: required(made, &claims)?.uint()?,
            reason: BlockReason::read(required(reason, &claims)?)?,
        })
    }
}

/// Blocks `card`, and all that was refreshed from it, accepted or in flight, on the issuer's own
/// authority: by word of the holder, or because his rights have ended. The card before it goes on: its
/// 72 hours, if it has a successor, run as they did, and it can be refreshed anew. Name
/// [`CardLine::oldest_valid`] where it is not one card that is meant, but the person's. A card that
/// is blocked is answered as it was first.
///
/// # Errors
/// [`Rejected::CardUnknown`]; [`Misuse::StoreFailed`](crate::Misuse::StoreFailed);
/// [`Misuse::StoreContended`](crate::Misuse::StoreContended).
pub fn block(
    cards: &mut dyn Cards,
    card: &CardDigest,
    reason: BlockReason,
    now: UnixTime,
) -> Result<Blocked, Error> {
    block_by(cards, card, Word::Issuer, reason, now)
}

/// Whose word a block is.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Word {
    /// Its key has signed: the card has arrived.
    Key,
    Issuer,
}

fn block_by(
    cards: &mut dyn Cards,
    card: &CardDigest,
    word: Word,
    reason: BlockReason,
    now: UnixTime,
) -> Result<Blocked, Error> {
    let find = |cards: &dyn Cards| line_of(cards, card);
    let change = |line: &CardLine| Ok(blocked(line, card, word, (reason, now)));
    let (_, after) = write(cards, find, change)?;
    Ok(answer(&after, card).ok_or(rejected!(CardUnknown))?)
}

/// What is blocked stays as it is. A refresh ends with the card that it is of, and with the one that
/// answers it; those of other cards go on.
fn blocked(
    line: &CardLine,
    card: &CardDigest,
    word: Word,
    (reason, at): (BlockReason, UnixTime),
) -> CardLine {
    let Some(named) = line.card(card).filter(|named| !named.is_blocked()) else {
        return line.clone();
    };
    let mut next = line.at(at);
    next.first = None;
    if word == Word::Key && named.state == CardState::Issued {
        next.replace(named.parent.as_ref());
    }
    let parent = named.parent;
    let valid = |line: &CardLine| parent.is_some_and(|own| line.is_valid(&own));
    let with_parent = valid(line) && !valid(&next);
    let reached = next.descent(card);
    for own in next.cards.iter_mut().filter(|own| !own.is_blocked()) {
        if reached.contains(own.digest.as_bytes()) {
            own.state = CardState::Blocked { reason, at };
            own.with_parent = with_parent && own.digest == *card;
        }
    }
    if next.refresh.as_ref().is_some_and(|open| ends(open, &next)) {
        next.refresh = None;
    }
    next
}

fn ends(open: &RefreshRecord, line: &CardLine) -> bool {
    let mut cards = line.cards().filter(|card| card.is_blocked());
    cards.any(|card| card.digest == open.of || card.refresh == Some(open.number))
}

fn answer(line: &CardLine, card: &CardDigest) -> Option<Blocked> {
    let named = line.card(card)?;
    let CardState::Blocked { reason, at } = named.state else {
        return None;
    };
    let reached = line.descent(card);
    let own = line
        .cards()
        .filter(|own| reached.contains(own.digest.as_bytes()));
    let parent = named.parent.filter(|_| named.with_parent);
    let parent = parent.and_then(|parent| line.card(&parent));
    let places = own.chain(parent).map(|card| card.place.clone());
    Some(Blocked {
        card: *card,
        reason,
        at,
        places: places.collect(),
    })
}
