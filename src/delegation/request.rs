//! The hand-over between two phones, up to the request: commitment, nonce, request, six digits.
//!
//! ```text
//!  delegate's phone                                holder's phone
//!  RequestDraft::commit      ── 1 commitment ──▶   Lending::begin
//!  CommittedRequest::answer  ◀── 2 nonce ───────   Lending::nonce
//!  UnsignedDelegationRequest ── 3 request ─────▶   Lending::receive
//!  PendingRequest              six digits          VerifiedDelegationRequest
//! ```
//! Whoever stands between the phones would have to commit to his own key before he knows the nonce
//! by which the six digits are made, so that he can guess at them once, and two people look.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::CardDigest;
use super::SKEW;
use super::claims::chosen_name;
use super::exchanged::{Exchanged, RequestClaims, Sas, commitment};
use crate::cbor::{Parts, WellFormed, Writer};
use crate::cose::{Sign1, UnsignedSign1, encode_key};
use crate::crypto::{AgreementKey, CryptoProvider, PublicKey, SecureRandom, Signature, Signer};
use crate::error::{Error, Misuse, Rejected, rejected};
use crate::mdoc::is_line;
use crate::time::UnixTime;

const TYP: &str = "application/vnd.vitacard.delegation-request+cwt";

/// A request is a name and two keys.
const MAX_LEN: usize = 1024;

/// What a delegate will ask for. The [module](super) has the hand-over.
#[derive(Clone)]
#[must_use]
pub struct RequestDraft {
    key: PublicKey,
    name: Option<String>,
    own_card: Option<CardDigest>,
}

impl RequestDraft {
    /// That `key` may show a card. Make it for this request alone, on P-256, in secure hardware.
    pub const fn new(key: PublicKey) -> Self {
        Self {
            key,
            name: None,
            own_card: None,
        }
    }

    /// By which name the professional will be told who shows the card: 1 to 64 bytes.
    ///
    /// # Errors
    /// [`Misuse::DelegateName`] for another length, or a name with control characters.
    pub fn with_name(mut self, name: &str) -> Result<Self, Error> {
        self.name = Some(chosen_name(name)?);
        Ok(self)
    }

    /// Names the delegate's own card ([`Card::digest`](crate::holder::Card::digest)), which will
    /// have to be shown beside the lent one. Keep that card for as long.
    pub const fn with_own_card(mut self, card: CardDigest) -> Self {
        self.own_card = Some(card);
        self
    }

    /// Draws what must be fresh, and commits to all of it.
    ///
    /// # Errors
    /// [`Error::Crypto`] if `rng` or `crypto` fails; [`Misuse::InvalidKey`] for a key on another
    /// curve than P-256.
    pub fn commit(
        self,
        now: UnixTime,
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<CommittedRequest, Error> {
        let parcel_key = crypto.key_agreement.generate(rng)?;
        let (mut cti, mut hidden) = ([0; 16], [0; 32]);
        rng.fill(&mut cti)?;
        rng.fill(&mut hidden)?;
        let claims = self.write(now, &cti, &parcel_key.public_key(), &hidden);
        let item = WellFormed::parse(&claims, MAX_LEN).and_then(RequestClaims::read);
        item.map_err(|_| Misuse::InvalidKey)?;
        Ok(CommittedRequest {
            commitment: commitment(&claims, crypto)?,
            claims,
            draft: self,
            parcel_key,
        })
    }

    /// `RequestClaims`; its keys are in deterministic order.
    fn write(
        &self,
        now: UnixTime,
        cti: &[u8; 16],
        parcel_key: &PublicKey,
        hidden: &[u8; 32],
    ) -> Vec<u8> {
        let optional = [self.name.is_some(), self.own_card.is_some()];
        let optional = optional.into_iter().filter(|there| *there).count();
        let mut out = Writer::new();
        out.map(optional.saturating_add(5));
        out.uint(6).uint(now.as_secs()).uint(7).byte_string(cti);
        out.uint(8).map(1).uint(1).raw(&encode_key(&self.key));
        if let Some(name) = &self.name {
            out.int(-70_003).text(name);
        }
        if let Some(own_card) = &self.own_card {
            out.int(-70_005).byte_string(own_card.as_bytes());
        }
        out.int(-70_050).raw(&encode_key(parcel_key));
        out.int(-70_051).byte_string(hidden);
        out.into_bytes()
    }
}

/// A request that was committed to, and waits for the holder's nonce.
#[must_use]
pub struct CommittedRequest {
    commitment: [u8; 32],
    claims: Vec<u8>,
    draft: RequestDraft,
    parcel_key: Box<dyn AgreementKey>,
}

impl CommittedRequest {
    /// Message 1, to the holder: `SHA-256("VITACARD-SAS-COMMIT-v1" || RequestClaims bytes)`.
    #[must_use]
    pub const fn commitment(&self) -> &[u8; 32] {
        &self.commitment
    }

    /// Takes the holder's nonce (message 2). A nonce is answered once.
    ///
    /// # Errors
    /// [`Rejected`] 2770 unless it has 32 bytes; [`Error::Crypto`] if `crypto` has
    /// no SHA-256.
    pub fn answer(
        self,
        nonce: &[u8],
        crypto: &CryptoProvider,
    ) -> Result<UnsignedDelegationRequest, Error> {
        let nonce = thirty_two(nonce)?;
        let open = PendingRequest {
            exchange: Exchanged::of(nonce, &self.claims, crypto)?,
            key: self.draft.key,
            own_card: self.draft.own_card,
            parcel_key: self.parcel_key,
        };
        let unsigned = UnsignedSign1::message(TYP, self.claims, &external_aad(nonce))?;
        Ok(UnsignedDelegationRequest { open, unsigned })
    }
}

/// A request that waits for the signature of the delegate's new key: proof that he has it.
#[must_use]
pub struct UnsignedDelegationRequest {
    open: PendingRequest,
    unsigned: UnsignedSign1,
}

impl UnsignedDelegationRequest {
    /// Sign this with the key that was named; it is not hashed yet.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// Message 3, to the holder, and what to open his answer with. The open request stays in
    /// memory: its parcel key is never stored.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`]; [`Misuse::UnsupportedAlgorithm`] if `crypto` cannot tell.
    pub fn complete(
        self,
        signature: &Signature,
        crypto: &CryptoProvider,
    ) -> Result<(PendingRequest, Vec<u8>), Error> {
        let request = self
            .unsigned
            .complete(signature, &self.open.key, &[], crypto)?;
        Ok((self.open, request))
    }

    /// Signs here and now, with a key that does not make anyone wait.
    ///
    /// # Errors
    /// As [`Self::complete`], and [`Error::Crypto`] if the signer fails.
    pub fn sign_with(
        self,
        signer: &dyn Signer,
        crypto: &CryptoProvider,
    ) -> Result<(PendingRequest, Vec<u8>), Error> {
        let signature = signer.sign(self.to_be_signed())?;
        self.complete(&signature, crypto)
    }
}

/// A request that waits for its parcel. It opens one: accepting takes it.
#[must_use]
pub struct PendingRequest {
    pub(super) exchange: Exchanged,
    pub(crate) key: PublicKey,
    pub(crate) own_card: Option<CardDigest>,
    pub(super) parcel_key: Box<dyn AgreementKey>,
}

impl PendingRequest {
    /// What the delegate's phone shows, to be compared with the holder's.
    #[must_use]
    pub const fn sas(&self) -> Sas {
        self.exchange.sas
    }
}

/// The holder's side: one nonce for one commitment.
#[must_use]
pub struct Lending {
    commitment: [u8; 32],
    nonce: [u8; 32],
}

impl Lending {
    /// Takes message 1, and draws the nonce for message 2.
    ///
    /// Begin once each time that the holder says so, and not when a peer does: whoever stands between
    /// the phones and can have it begun over and over, unseen, is given nonce after nonce until one
    /// makes the digits that he needs. A million would do.
    ///
    /// # Errors
    /// [`Rejected`] 2770 unless it has 32 bytes;
    /// [`CryptoError::Random`](crate::CryptoError::Random) if `rng` fails.
    pub fn begin(commitment: &[u8], rng: &mut dyn SecureRandom) -> Result<Self, Error> {
        let commitment = *thirty_two(commitment)?;
        let mut nonce = [0; 32];
        rng.fill(&mut nonce)?;
        Ok(Self { commitment, nonce })
    }

    /// Message 2, to the delegate.
    #[must_use]
    pub const fn nonce(&self) -> &[u8; 32] {
        &self.nonce
    }

    /// Takes message 3. One request ends the hand-over, be it good or bad: whoever could try twice
    /// could guess twice at the six digits.
    ///
    /// # Errors
    /// [`Rejected`] 2770 to 2773.
    pub fn receive(
        self,
        request: &[u8],
        now: UnixTime,
        crypto: &CryptoProvider,
    ) -> Result<VerifiedDelegationRequest, Error> {
        let (exchange, claims) = self.check(request, now, crypto)?;
        Ok(VerifiedDelegationRequest {
            exchange,
            key: claims.key,
            parcel_key: claims.parcel_key,
            name: claims.name.map(Into::into),
            own_card: claims.own_card,
        })
    }

    /// All of [`Self::receive`] but its copy of the name.
    pub(crate) fn check<'r>(
        &self,
        request: &'r [u8],
        now: UnixTime,
        crypto: &CryptoProvider,
    ) -> Result<(Exchanged, RequestClaims<'r>), Error> {
        let malformed = |_| rejected!(DelegationRequestMalformed);
        let item = WellFormed::parse(request, MAX_LEN).map_err(malformed)?;
        let sign1 = Sign1::parse_message(item, TYP).map_err(malformed)?;
        let bytes = sign1.payload_bytes().unwrap_or_default();
        if commitment(bytes, crypto)? != self.commitment {
            return Err(rejected!(DelegationRequestCommitment).into());
        }
        // The request proves that whoever sent it has the key that it names.
        let claimed = sign1.dangerous_unverified().map(RequestClaims::read);
        let claimed = claimed.and_then(Result::ok);
        let claimed = claimed.ok_or(rejected!(DelegationRequestMalformed))?;
        sign1
            .verify_for(&external_aad(&self.nonce), (&claimed.key).into(), crypto)
            .map_err(|_| rejected!(DelegationRequestSignature))?;
        if claimed.made > now.as_secs().saturating_add(SKEW) {
            return Err(rejected!(DelegationRequestTime).into());
        }
        Ok((Exchanged::of(&self.nonce, bytes, crypto)?, claimed))
    }
}

/// A request whose sender has the key that it names, and committed to it before.
///
/// It is not known yet who he is. Have the two people compare [`Self::sas`], unless the phones
/// touched.
#[must_use]
pub struct VerifiedDelegationRequest {
    pub(super) exchange: Exchanged,
    pub(crate) key: PublicKey,
    pub(super) parcel_key: PublicKey,
    name: Option<String>,
    pub(crate) own_card: Option<CardDigest>,
}

impl VerifiedDelegationRequest {
    /// What the holder's phone shows, to be compared with the delegate's.
    #[must_use]
    pub const fn sas(&self) -> Sas {
        self.exchange.sas
    }

    /// For one grant more, where the holder changes his mind. However many parcels answer a request,
    /// it accepts one.
    pub(crate) fn again(&self) -> Self {
        Self {
            exchange: self.exchange,
            key: self.key,
            parcel_key: self.parcel_key,
            name: self.name.clone(),
            own_card: self.own_card,
        }
    }

    /// What the delegate calls himself. The holder sees it before he agrees.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| is_line(name))
    }

    /// The card that the delegate says is his own.
    #[must_use]
    pub const fn own_card(&self) -> Option<CardDigest> {
        self.own_card
    }
}

fn thirty_two(bytes: &[u8]) -> Result<&[u8; 32], Rejected> {
    let fault = rejected!(DelegationRequestMalformed);
    bytes.try_into().map_err(|_| fault)
}

/// `cbor ["VITACARD-DELEGATION-REQUEST-v1", nonce]`
fn external_aad(nonce: &[u8; 32]) -> Parts<'_> {
    let start = Parts::new().array(2).text("VITACARD-DELEGATION-REQUEST-v1");
    start.byte_string(nonce)
}
