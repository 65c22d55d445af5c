//! `Reader::verify`: every check of the standard, always.

use alloc::vec::Vec;

use super::result::{VerifiedDocument, VerifiedIssuerSigned, VerifiedResponse};
use crate::crypto::{AgreementKey, CryptoProvider};
use crate::delegation::{ClaimedDelegation, Directly, Encounter, Purpose, Shown};
use crate::error::{Error, Misuse, rejected};
use crate::mdoc::{DeviceRequest, DeviceResponse, Document, IssuerSigned, Mso, SessionTranscript};
use crate::trust::{IssuerCache, PreparedIssuer, TrustAnchors};
use crate::verify::{Checks, Conditions, KeyHeld, Possession, VerifiedCard};

/// Checks cards. Build one per process; share it between threads.
///
/// A clone trusts the same, and has none of the tables that [`TrustAnchors::prepare`] made.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(super) crypto: CryptoProvider,
    pub(super) anchors: TrustAnchors,
}

/// What the checks need besides the bytes: all of it is the caller's, none is looked up.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Exchange<'a> {
    /// Of the session that carried the response. A response to another session is refused.
    pub transcript: &'a SessionTranscript<'a>,
    /// The request that was sent, by which elements that nobody asked for are flagged. If it asks for
    /// delegates they are accepted; without it none is.
    pub request: Option<DeviceRequest<'a>>,
    /// The reader's ephemeral key, without which a `deviceMac` cannot be checked.
    pub reader_key: Option<&'a dyn AgreementKey>,
    /// What this reader reads cards for. A delegate's card is accepted if it was lent for that.
    pub purpose: Option<Purpose<'a>>,
    /// Time, policy, and what is known about revocation.
    pub conditions: Conditions<'a>,
}

impl<'a> Exchange<'a> {
    /// The response to a session with this transcript.
    #[must_use]
    pub const fn new(transcript: &'a SessionTranscript<'a>, conditions: Conditions<'a>) -> Self {
        Self {
            transcript,
            request: None,
            reader_key: None,
            purpose: None,
            conditions,
        }
    }

    /// The same, as the answer to `request`.
    #[must_use]
    pub const fn with_request(self, request: DeviceRequest<'a>) -> Self {
        Self {
            request: Some(request),
            ..self
        }
    }

    /// The same, with the ephemeral key that the reader used in the session.
    #[must_use]
    pub const fn with_reader_key(self, key: &'a dyn AgreementKey) -> Self {
        Self {
            reader_key: Some(key),
            ..self
        }
    }

    /// The same, read for `purpose`. A reader that asks for delegates
    /// ([`ItemsRequest::accepting_delegates`](super::ItemsRequest::accepting_delegates)) says it.
    #[must_use]
    pub const fn for_purpose(self, purpose: Purpose<'a>) -> Self {
        Self {
            purpose: Some(purpose),
            ..self
        }
    }
}

impl Reader {
    /// A reader that trusts `anchors`.
    #[must_use]
    pub const fn new(crypto: CryptoProvider, anchors: TrustAnchors) -> Self {
        Self { crypto, anchors }
    }

    /// Checks every document in `response`: ISO/IEC 18013-5 clause 9.3 in full.
    ///
    /// # Errors
    /// [`Error::Rejected`] with the first step that failed, of the first document that failed it;
    /// [`crate::Rejected::NoDocument`] for a response without documents.
    /// [`Misuse::NoPurpose`] where the request asks for delegates and the
    /// exchange has no purpose.
    pub fn verify<'a>(
        &self,
        response: DeviceResponse<'a>,
        exchange: &Exchange<'_>,
    ) -> Result<VerifiedResponse<'a>, Error> {
        self.verify_by(&response, exchange, &mut Known::<0>::Nobody)
    }

    /// As [`Self::verify`], with the same verdicts, and without checking the signatures of a
    /// certificate chain that `cache` knows from before. Dates are checked each time.
    ///
    /// ```
    /// # use vitacard::reader::{DeviceResponse, Exchange, Reader, VerifiedResponse};
    /// # use vitacard::{Error, trust::{IssuerCache, TrustAnchors}};
    /// fn at_the_counter<'a>(
    ///     reader: &Reader,
    ///     response: &'a [u8],
    ///     exchange: &Exchange<'_>,
    ///     cache: &mut IssuerCache<16>, // made once, by reader.anchors().cache()
    /// ) -> Result<VerifiedResponse<'a>, Error> {
    ///     reader.verify_with(DeviceResponse::parse(response)?, exchange, cache)
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Self::verify`], and [`crate::Misuse::CacheOfOtherAnchors`].
    pub fn verify_with<'a, const N: usize>(
        &self,
        response: DeviceResponse<'a>,
        exchange: &Exchange<'_>,
        cache: &mut IssuerCache<N>,
    ) -> Result<VerifiedResponse<'a>, Error> {
        self.verify_by(&response, exchange, &mut Known::Learning(cache))
    }

    /// Whom it trusts.
    #[must_use]
    pub const fn anchors(&self) -> &TrustAnchors {
        &self.anchors
    }

    /// Checks what an issuer signed, when nobody shows it: a card in a file, or at issuance.
    ///
    /// `bytes` is an `IssuerSigned`. Nothing is said about who holds it.
    ///
    /// # Errors
    /// [`Error::Decode`], or [`Error::Rejected`] with the first step that failed.
    pub fn verify_issuer_signed<'a>(
        &self,
        bytes: &'a [u8],
        conditions: &Conditions<'_>,
    ) -> Result<VerifiedIssuerSigned<'a>, Error> {
        let issuer_signed = IssuerSigned::from_bytes(bytes)?;
        let nobody = &mut Known::<0>::Nobody;
        let issuer = self.find_issuer(&issuer_signed, conditions, nobody)?;
        let card = VerifiedCard::inspect(&issuer_signed, None, issuer, &self.checks(conditions))?;
        Ok(VerifiedIssuerSigned::new(card))
    }

    fn verify_by<'a, const N: usize>(
        &self,
        response: &DeviceResponse<'a>,
        exchange: &Exchange<'_>,
        known: &mut Known<'_, N>,
    ) -> Result<VerifiedResponse<'a>, Error> {
        let answer = Answer::of(response, exchange)?;
        let mut documents = Vec::with_capacity(response.count());
        for document in response.documents() {
            let document = document?;
            let verified = self
                .verify_document(&document, &answer, known)
                .map_err(|error| in_document(error, document.index))?;
            documents.push(verified);
        }
        let verified = VerifiedResponse::new(documents, &self.crypto)?;
        known.learn(&verified, &self.anchors);
        Ok(verified)
    }

    pub(super) fn verify_document<'a, const N: usize>(
        &self,
        document: &Document<'a>,
        answer: &Answer<'_>,
        known: &mut Known<'_, N>,
    ) -> Result<VerifiedDocument<'a>, Error> {
        let exchange = answer.exchange;
        let card = self.inspect(document, exchange, known)?;
        match Shown::of(&card, &document.device_signed)? {
            Shown::Directly(directly) => {
                let possession = possession(&card, exchange, directly);
                let held = KeyHeld::check(&document.device_signed, &possession, &self.crypto)?;
                finish(document, card, held, exchange)
            }
            Shown::ByDelegate(claimed) => self.verify_delegated(document, card, &claimed, answer),
        }
    }

    /// What is left where a delegate shows the card.
    pub(super) fn verify_delegated<'a>(
        &self,
        document: &Document<'a>,
        card: VerifiedCard<'a>,
        claimed: &ClaimedDelegation<'a>,
        answer: &Answer<'_>,
    ) -> Result<VerifiedDocument<'a>, Error> {
        let device_signed = &document.device_signed;
        let (delegation, standing) =
            claimed.verify(&card, device_signed, &answer.encounter, &self.crypto)?;
        Ok(VerifiedDocument::delegated(card, delegation, standing))
    }

    /// Steps 1 to 5.
    pub(super) fn inspect<'a, const N: usize>(
        &self,
        document: &Document<'a>,
        exchange: &Exchange<'_>,
        known: &mut Known<'_, N>,
    ) -> Result<VerifiedCard<'a>, Error> {
        refuse_early(document, exchange)?;
        let conditions = &exchange.conditions;
        let issuer = self.find_issuer(&document.issuer_signed, conditions, known)?;
        let claimed = Some(document.doc_type);
        let checks = self.checks(conditions);
        VerifiedCard::inspect(&document.issuer_signed, claimed, issuer, &checks)
    }

    pub(super) fn find_issuer<'t, const N: usize>(
        &'t self,
        issuer_signed: &IssuerSigned<'_>,
        conditions: &Conditions<'_>,
        known: &'t mut Known<'_, N>,
    ) -> Result<PreparedIssuer<'t>, Error> {
        let now = conditions.trusted_now()?;
        let (auth, lists) = (issuer_signed.auth(), conditions.crls);
        let (anchors, crypto) = (&self.anchors, &self.crypto);
        match known {
            Known::Nobody => PreparedIssuer::find(auth, anchors, lists, crypto, now),
            Known::Learning(cache) => {
                PreparedIssuer::find_cached(auth, cache, anchors, lists, crypto, now)
            }
            #[cfg(feature = "rayon")]
            Known::Met(cache) => PreparedIssuer::find_met(auth, cache, anchors, lists, crypto, now),
        }
    }

    const fn checks<'a>(&'a self, conditions: &Conditions<'a>) -> Checks<'a> {
        Checks {
            anchors: &self.anchors,
            crypto: &self.crypto,
            conditions: *conditions,
        }
    }
}

/// Whose chains need not be followed again.
pub(super) enum Known<'c, const N: usize> {
    Nobody,
    /// Those in the cache, which takes up whoever is found.
    Learning(&'c mut IssuerCache<N>),
    /// Those in the cache, which many threads read at once.
    #[cfg(feature = "rayon")]
    Met(&'c IssuerCache<N>),
}

impl<const N: usize> Known<'_, N> {
    /// Takes note of the issuers of what has passed every check.
    pub(super) fn learn(&mut self, verified: &VerifiedResponse<'_>, anchors: &TrustAnchors) {
        if let Self::Learning(cache) = self {
            for document in verified.documents() {
                cache.note_card_of(document.issuer_signed().trusted_issuer(), anchors);
            }
        }
    }
}

/// An exchange, and what matters about the response where a delegate shows one of its documents.
#[derive(Clone, Copy)]
pub(super) struct Answer<'e> {
    pub(super) exchange: &'e Exchange<'e>,
    encounter: Encounter<'e>,
}

impl<'e> Answer<'e> {
    pub(super) fn of(
        response: &DeviceResponse<'_>,
        exchange: &'e Exchange<'_>,
    ) -> Result<Self, Misuse> {
        let asking = (exchange.request, exchange.purpose);
        let (transcript, conditions) = (exchange.transcript, exchange.conditions);
        let encounter = Encounter::new(transcript, response.byte_len(), asking, conditions)?;
        Ok(Self {
            exchange,
            encounter,
        })
    }
}

/// What step 6 is checked against, where no delegate shows the card.
pub(super) fn possession<'p>(
    card: &'p VerifiedCard<'_>,
    exchange: &'p Exchange<'_>,
    _: Directly,
) -> Possession<'p> {
    Possession {
        doc_type: card.doc_type(),
        key: card.mso().device_key(),
        even_r: card.mso().device_key_even_r(),
        transcript: exchange.transcript,
        reader_key: exchange.reader_key,
        policy: exchange.conditions.policy,
    }
}

/// What is left once the key was held.
pub(super) fn finish<'a>(
    document: &Document<'a>,
    card: VerifiedCard<'a>,
    held: KeyHeld,
    exchange: &Exchange<'_>,
) -> Result<VerifiedDocument<'a>, Error> {
    let authorizations = card.mso().key_authorizations();
    let device_elements = held.open(&document.device_signed, authorizations)?;
    let request = exchange.request;
    Ok(VerifiedDocument::new(card, held, device_elements, request))
}

/// Cheap refusals, where the policy wants them. They may only say no.
pub(super) fn refuse_early(document: &Document<'_>, exchange: &Exchange<'_>) -> Result<(), Error> {
    if !exchange.conditions.policy.refuse_early {
        return Ok(());
    }
    let asked = |request: DeviceRequest<'_>| {
        request
            .documents()
            .any(|asked| asked.doc_type() == document.doc_type)
    };
    if exchange.request.is_some_and(|request| !asked(request)) {
        return Err(rejected!(EarlyDocType).into());
    }
    let Some(unsigned) = document.issuer_signed.auth().dangerous_unverified() else {
        return Ok(());
    };
    let now = exchange.conditions.trusted_now()?;
    let latest = exchange.conditions.policy.latest(now);
    Ok(Mso::refuse_early(unsigned, now, latest)?)
}

pub(super) const fn in_document(error: Error, document: u8) -> Error {
    match error {
        Error::Rejected(rejected) => Error::Rejected(rejected.in_document(document)),
        other => other,
    }
}
