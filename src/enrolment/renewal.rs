//! Giving a newer card for an old one: the issuer's side. What is verified here is made here and
//! nowhere else.

use alloc::vec::Vec;

use super::line::{RefreshRecord, check_alive, line_of, write};
use super::nonce::{check_nonce, use_up};
use super::refresh::external_aad;
use super::{
    Attestation, CardLine, CardRecord, CardState, Cards, Nonces, OpenRefresh, RefreshNumber, SKEW,
};
use crate::cbor::{Parts, WellFormed, required};
use crate::cose::Sign1;
use crate::crypto::{Algorithm, CryptoProvider, PublicKey};
use crate::delegation::{CardDigest, read_key, sized};
use crate::error::{DecodeError, DecodeErrorKind, Error, Misuse, Rejected, rejected};
use crate::time::UnixTime;

pub(super) const TYP: &str = "application/vnd.vitacard.refresh+cwt";
pub(super) const AAD: &str = "VITACARD-REFRESH-v1";

/// An attestation of a platform has several kilobytes.
pub(super) const MAX_LEN: usize = 64 * 1024;

/// `"VITACARD-NEWKEY-v1" || parent || cti || x || y`: what the new key signs.
pub(super) fn new_key_message<'p>(
    parent: &'p CardDigest,
    number: &'p RefreshNumber,
    key: &'p PublicKey,
) -> Parts<'p> {
    let (x, y) = key.coordinates();
    let start = Parts::new().raw(b"VITACARD-NEWKEY-v1");
    let start = start.raw(parent.as_bytes()).raw(number.as_bytes());
    start.raw(x).raw(y.unwrap_or_default())
}

/// A request to refresh as an issuer receives it: a claim.
///
/// ```cddl
/// RefreshClaims = { 6: uint, 7: bstr .size 16, 8: { 1: COSE_Key }, -70046: bstr .size 64,
///                   ? -70045: bstr }
/// ```
/// ```
/// use vitacard::{Error, UnixTime, crypto::RUSTCRYPTO};
/// use vitacard::enrolment::{Cards, Nonces, OpenRefresh, Refresh, RefreshRequest};
/// enum Next {
///     Draft(OpenRefresh),
///     Send(Vec<u8>),
/// }
/// fn receive(
///     request: &[u8],
///     nonce: &[u8; 16],
///     store: &mut (impl Cards + Nonces),
///     now: UnixTime,
/// ) -> Result<Next, Error> {
///     let request = RefreshRequest::parse(request)?;
///     Ok(match request.verify(nonce, store, &RUSTCRYPTO, now)? {
///         Refresh::New(verified) => Next::Draft(verified.approve(store)?),
///         Refresh::Approved(open) => Next::Draft(open),
///         Refresh::Answered(card) => Next::Send(card),
///     })
/// }
/// ```
pub struct RefreshRequest<'a> {
    sign1: Sign1<'a>,
    card: CardDigest,
    claims: Claims<'a>,
}

/// What a request to refresh comes to.
#[expect(clippy::exhaustive_enums, reason = "an issuer answers each of them")]
pub enum Refresh {
    /// A new request, for the issuer to decide.
    New(VerifiedRefresh),
    /// The request was approved before, and there is no card yet.
    Approved(OpenRefresh),
    /// The request was answered before: the same bytes go out again.
    Answered(Vec<u8>),
}

impl core::fmt::Debug for Refresh {
    /// A card is personal, and stays out of logs.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::New(_) => "New",
            Self::Approved(_) => "Approved",
            Self::Answered(_) => "Answered",
        })
    }
}

impl<'a> RefreshRequest<'a> {
    /// Parses a request of at most 64 kB.
    ///
    /// # Errors
    /// [`Rejected`] 2876.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let malformed = |_| rejected!(RefreshMalformed);
        Ok(Self::read(bytes).map_err(malformed)?)
    }

    /// Which card it says that it is for.
    #[must_use]
    pub const fn claimed_card(&self) -> CardDigest {
        self.card
    }

    /// Checks it. `nonce` is the one that was given in this exchange; a request that comes again is
    /// judged by the nonce that it came with first. Nothing is written.
    ///
    /// # Errors
    /// [`Rejected`] 2877 to 2890, in this order, and 2899; [`Misuse::StoreFailed`];
    /// [`Error::Crypto`] if `crypto` cannot tell.
    pub fn verify(
        self,
        nonce: &[u8; 16],
        store: &(impl Cards + Nonces),
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Refresh, Error> {
        let line = line_of(store, &self.card)?.at(now);
        if let Some(open) = self.same(&line) {
            return self.verify_again(open, &line, crypto, now);
        }
        let old = refreshable(&line, &self.card, now)?;
        check_nonce(store, nonce, now)?;
        self.check_signature(&old.key, nonce, crypto, now)?;
        if store.line_of_refresh(&self.claims.number)?.is_some() {
            return Err(rejected!(RefreshNumberUsed).into());
        }
        if store.line_of_key(&self.claims.key)?.is_some() {
            return Err(rejected!(RefreshKeyNotNew).into());
        }
        self.check_new_key(crypto)?;
        if line.demand == Attestation::Demanded && self.claims.attestation.is_none() {
            return Err(rejected!(NewKeyAttestationMissing).into());
        }
        Ok(Refresh::New(VerifiedRefresh {
            open: self.open(),
            nonce: *nonce,
            received: now,
            attestation: self.claims.attestation.map(Into::into),
        }))
    }

    /// The refresh that this request opened when it came first.
    fn same<'l>(&self, line: &'l CardLine) -> Option<&'l RefreshRecord> {
        let open = line.refresh.as_ref();
        open.filter(|open| open.number == self.claims.number && open.of == self.card)
    }

    /// A request that comes again has nothing to prove but that it is the same, and, while there is no
    /// new card, that the old one still holds.
    fn verify_again(
        &self,
        open: &RefreshRecord,
        line: &CardLine,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Refresh, Error> {
        let old = line.card(&self.card).ok_or(rejected!(CardUnknown))?;
        if open.key != self.claims.key {
            return Err(rejected!(RefreshOpen).into());
        }
        if open.issued.is_none() {
            check_holds(old, now)?;
        }
        self.check_signature(&old.key, &open.nonce, crypto, now)?;
        self.check_new_key(crypto)?;
        Ok(match &open.issued {
            Some(card) => Refresh::Answered(card.clone()),
            None => Refresh::Approved(self.open()),
        })
    }

    fn check_signature(
        &self,
        key: &PublicKey,
        nonce: &[u8; 16],
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<(), Rejected> {
        let aad = external_aad(&self.card, nonce);
        self.sign1
            .verify_for(&aad, key.into(), crypto)
            .map_err(|_| rejected!(RefreshSignature))?;
        match self.claims.made <= now.as_secs().saturating_add(SKEW) {
            true => Ok(()),
            false => Err(rejected!(RefreshTime)),
        }
    }

    fn check_new_key(&self, crypto: &CryptoProvider) -> Result<(), Error> {
        let Claims { number, key, .. } = &self.claims;
        let verifier = crypto.verifier(Algorithm::ES256);
        let verifier = verifier.ok_or(Misuse::UnsupportedAlgorithm)?;
        let message = new_key_message(&self.card, number, key);
        let proof = &self.claims.proof;
        let verified = message.with(|parts| verifier.verify(key.into(), parts, proof));
        match verified {
            Some(Ok(())) => Ok(()),
            _ => Err(rejected!(NewKeyProof).into()),
        }
    }

    const fn open(&self) -> OpenRefresh {
        OpenRefresh {
            number: self.claims.number,
            key: self.claims.key,
            of: self.card,
        }
    }

    fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let item = WellFormed::parse(bytes, MAX_LEN)?;
        let (sign1, card) = Sign1::parse_message_of_card(item, TYP)?;
        let claims = Claims::read(required(sign1.dangerous_unverified(), &item)?)?;
        let card = CardDigest::from_bytes(card);
        Ok(Self {
            sign1,
            card,
            claims,
        })
    }
}

/// Accepted, not blocked, not expired, not being refreshed.
fn refreshable<'l>(
    line: &'l CardLine,
    card: &CardDigest,
    now: UnixTime,
) -> Result<&'l CardRecord, Rejected> {
    let card = line.card(card).ok_or(rejected!(CardUnknown))?;
    if card.state == CardState::Issued {
        return Err(rejected!(CardNotAccepted));
    }
    check_holds(card, now)?;
    match &line.refresh {
        None => Ok(card),
        Some(_) => Err(rejected!(RefreshOpen)),
    }
}

fn check_holds(card: &CardRecord, now: UnixTime) -> Result<(), Rejected> {
    check_alive(card)?;
    // ISO's validUntil is inclusive.
    match now <= card.ends {
        true => Ok(()),
        false => Err(rejected!(CardEnded)),
    }
}

struct Claims<'a> {
    made: u64,
    number: RefreshNumber,
    key: PublicKey,
    attestation: Option<&'a [u8]>,
    proof: [u8; 64],
}

impl<'a> Claims<'a> {
    fn read(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        item.check_deterministic()?;
        let [made, number, cnf, attestation, proof] =
            item.closed_fields([6, 7, 8, -70_045, -70_046])?;
        let key = read_key(required(cnf, &item)?)?;
        Ok(Self {
            made: required(made, &item)?.uint()?,
            number: RefreshNumber::from_bytes(sized(required(number, &item)?)?),
            key: key.ok_or_else(|| item.error(DecodeErrorKind::BadKey))?,
            attestation: attestation.map(|own| own.byte_string()).transpose()?,
            proof: sized(required(proof, &item)?)?,
        })
    }
}

/// A request to refresh that passed every check. What the platform attests of the new key is the
/// issuer's to judge.
#[must_use]
pub struct VerifiedRefresh {
    open: OpenRefresh,
    nonce: [u8; 16],
    received: UnixTime,
    attestation: Option<Vec<u8>>,
}

impl VerifiedRefresh {
    /// The card that is refreshed.
    #[must_use]
    pub const fn card(&self) -> CardDigest {
        self.open.of
    }

    /// The key that the new card will be for.
    #[must_use]
    pub const fn new_key(&self) -> &PublicKey {
        &self.open.key
    }

    /// What the phone's platform says of the new key. It is there if enrolment demanded it, and
    /// nothing of it has been checked.
    #[must_use]
    pub fn attestation(&self) -> Option<&[u8]> {
        self.attestation.as_deref()
    }

    /// Opens the refresh: the nonce is used up, and no other request refreshes this card.
    ///
    /// # Errors
    /// [`Rejected`] 2879 to 2882, 2885 and 2899 if that came about meanwhile; [`Misuse::StoreFailed`];
    /// [`Misuse::StoreContended`]. If it is not 2885 the nonce is used up all the same, and the number
    /// may be.
    pub fn approve(self, store: &mut (impl Cards + Nonces)) -> Result<OpenRefresh, Error> {
        let line = line_of(store, &self.open.of)?.at(self.received);
        refreshable(&line, &self.open.of, self.received)?;
        use_up(store, &self.nonce)?;
        // Another line may be at the same number, just now: what was looked up tells nothing of it.
        if !store.keep_refresh(&self.open.number)? {
            return Err(rejected!(RefreshNumberUsed).into());
        }
        let find = |cards: &dyn Cards| line_of(cards, &self.open.of);
        write(store, find, |line| {
            let mut next = line.at(self.received);
            refreshable(&next, &self.open.of, self.received)?;
            // Its holder has it: its key has signed.
            next.first = None;
            next.refresh = Some(RefreshRecord {
                number: self.open.number,
                nonce: self.nonce,
                key: self.open.key,
                of: self.open.of,
                issued: None,
            });
            Ok(next)
        })?;
        Ok(self.open)
    }

    /// Refuses the request. The nonce is used up, so that it does not come again.
    ///
    /// # Errors
    /// [`Rejected::NonceUsed`]; [`Misuse::StoreFailed`].
    pub fn refuse(self, nonces: &mut dyn Nonces) -> Result<(), Error> {
        use_up(nonces, &self.nonce)
    }
}
