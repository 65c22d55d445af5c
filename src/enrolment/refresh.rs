//! Asking for a newer card: the holder's side. He learns which loans end before there is anything to
//! sign.

use alloc::vec::Vec;

use super::renewal::{AAD, MAX_LEN, TYP, new_key_message};
use super::{RefreshNumber, UnsignedAccepted};
use crate::cbor::{Parts, Writer};
use crate::cose::{UnsignedSign1, encode_key};
use crate::crypto::{Algorithm, CryptoProvider, Curve, PublicKey, SecureRandom, Signature, Signer};
use crate::delegation::{CardDigest, DelegationId, KeptDelegation};
use crate::error::{Error, Misuse};
use crate::holder::{Card, DelegatedCard, DeviceProof};
use crate::mdoc::DocType;
use crate::time::UnixTime;
use crate::trust::TrustAnchors;

/// What a refresh of a card brings with it: a newer card is another card, so that what names this one
/// ends.
///
/// ```
/// use vitacard::{Error, UnixTime, crypto::{RUSTCRYPTO, Signer, SystemRandom}};
/// use vitacard::enrolment::{PendingRefresh, RefreshPlan};
/// use vitacard::holder::Card;
/// # type Keys<'k> = (&'k dyn Signer, &'k dyn Signer);
/// fn ask(
///     card: &Card,
///     loans: &[&[u8]],
///     nonce: &[u8; 16], // the issuer gave it
///     (old, new): Keys<'_>,
///     now: UnixTime,
/// ) -> Result<(PendingRefresh, Vec<u8>), Error> {
///     let plan = RefreshPlan::new(card, loans.iter().copied(), [], now, &RUSTCRYPTO)?;
///     for loan in plan.ending() {
///         println!("ends: {}", loan.name().unwrap_or("a loan")); // tell the holder, and ask him
///     }
///     let unsigned = plan.request(nonce, new.public_key(), now, &mut SystemRandom)?;
///     unsigned.sign_with(new, &RUSTCRYPTO)?.sign_with(old, &RUSTCRYPTO)
/// }
/// ```
#[must_use]
pub struct RefreshPlan<'l> {
    card: CardDigest,
    key: PublicKey,
    doc_type: DocType<'static>,
    ending: Vec<KeptDelegation<'l>>,
    unusable: Vec<DelegationId>,
}

impl<'l> RefreshPlan<'l> {
    /// Looks at what the holder of `card` has lent, `loans` as
    /// [`Loan::as_bytes`](crate::holder::Loan::as_bytes) gave them, and at the cards that were lent to
    /// him.
    ///
    /// # Errors
    /// [`Misuse::CardWithoutCertificate`]; [`Misuse::KeyUsedForBoth`] for a card whose key makes MACs:
    /// a key that signs messages never does; [`Misuse::OfAnotherCard`] for a loan of another card, or
    /// none; [`Error::Crypto`] if `crypto` cannot tell.
    pub fn new<'d>(
        card: &Card,
        loans: impl IntoIterator<Item = &'l [u8]>,
        lent_to_him: impl IntoIterator<Item = &'d DelegatedCard>,
        now: UnixTime,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        let digest = signing(card)?;
        let loans = loans.into_iter().map(|loan| card.loan(loan, crypto));
        let mut ending = loans.collect::<Result<Vec<_>, _>>()?;
        ending.retain(|loan| now < loan.ends());
        let lent = lent_to_him.into_iter();
        let beside = lent.filter(|lent| lent.own_card() == Some(digest) && now < lent.ends());
        Ok(Self {
            card: digest,
            key: *card.device_key(),
            doc_type: card.doc_type().into_owned(),
            unusable: beside.map(DelegatedCard::id).collect(),
            ending,
        })
    }

    /// The loans that end with the old card: tell the holder, and lend anew from the new card.
    pub fn ending(&self) -> impl Iterator<Item = &KeptDelegation<'l>> {
        self.ending.iter()
    }

    /// The cards lent to him that he cannot show any more, for each must be shown beside the old
    /// card.
    pub fn unusable(&self) -> impl Iterator<Item = DelegationId> {
        self.unusable.iter().copied()
    }

    /// Prepares the request, for the `nonce` that the issuer gave. Make `new_key` for this refresh
    /// alone; it signs first.
    ///
    /// # Errors
    /// [`Misuse::NewKeyIsOld`]; [`Misuse::InvalidKey`] for a key on another curve than P-256;
    /// [`Error::Crypto`] if `rng` fails.
    pub fn request(
        &self,
        nonce: &[u8; 16],
        new_key: PublicKey,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<UnsignedNewKey, Error> {
        if new_key.curve() != Curve::P256 {
            return Err(Misuse::InvalidKey.into());
        }
        if new_key == self.key {
            return Err(Misuse::NewKeyIsOld.into());
        }
        let mut number = [0; 16];
        rng.fill(&mut number)?;
        let open = PendingRefresh {
            number: RefreshNumber::from_bytes(number),
            key: new_key,
            of: self.card,
            doc_type: self.doc_type.clone(),
        };
        let parts = new_key_message(&self.card, &open.number, &new_key);
        Ok(UnsignedNewKey {
            message: parts.joined()?,
            nonce: *nonce,
            made: now,
            old_key: self.key,
            attestation: None,
            open,
        })
    }
}

/// The digest of a card whose key signs messages.
pub(super) fn signing(card: &Card) -> Result<CardDigest, Misuse> {
    if card.proof() != DeviceProof::Signature {
        return Err(Misuse::KeyUsedForBoth);
    }
    card.digest().ok_or(Misuse::CardWithoutCertificate)
}

/// A request that waits for the signature of the new key: proof that the phone has it.
#[must_use]
pub struct UnsignedNewKey {
    message: Vec<u8>,
    nonce: [u8; 16],
    made: UnixTime,
    old_key: PublicKey,
    attestation: Option<Vec<u8>>,
    open: PendingRefresh,
}

impl UnsignedNewKey {
    /// Adds what the phone's platform says of the new key. Needed where enrolment needed it.
    pub fn with_attestation(mut self, attestation: &[u8]) -> Self {
        self.attestation = Some(attestation.to_vec());
        self
    }

    /// Sign this with the new key; it is not hashed yet.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.message
    }

    /// Takes the signature of the new key, and leaves what the old one signs.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`]; [`Misuse::RequestTooLong`];
    /// [`Misuse::UnsupportedAlgorithm`] if `crypto` cannot tell.
    pub fn complete(
        self,
        signature: &Signature,
        crypto: &CryptoProvider,
    ) -> Result<UnsignedRefresh, Error> {
        let verifier = crypto.verifier(Algorithm::ES256);
        let verifier = verifier.ok_or(Misuse::UnsupportedAlgorithm)?;
        verifier
            .verify(
                (&self.open.key).into(),
                &[&self.message],
                signature.as_bytes(),
            )
            .map_err(|_| Misuse::SignatureNotByThisKey)?;
        let claims = self.write(signature);
        if claims.len() > MAX_LEN {
            return Err(Misuse::RequestTooLong.into());
        }
        let aad = external_aad(&self.open.of, &self.nonce);
        let card = self.open.of.as_bytes();
        Ok(UnsignedRefresh {
            unsigned: UnsignedSign1::message_of_card(TYP, claims, &aad, card)?,
            key: self.old_key,
            open: self.open,
        })
    }

    /// Signs here and now.
    ///
    /// # Errors
    /// As [`Self::complete`], and [`Error::Crypto`] if the signer fails.
    pub fn sign_with(
        self,
        new_key: &dyn Signer,
        crypto: &CryptoProvider,
    ) -> Result<UnsignedRefresh, Error> {
        let signature = new_key.sign(self.to_be_signed())?;
        self.complete(&signature, crypto)
    }

    /// The claims; their keys are in deterministic order.
    fn write(&self, signature: &Signature) -> Vec<u8> {
        let mut out = Writer::new();
        out.map(if self.attestation.is_some() { 5 } else { 4 });
        out.uint(6).uint(self.made.as_secs());
        out.uint(7).byte_string(self.open.number.as_bytes());
        out.uint(8).map(1).uint(1).raw(&encode_key(&self.open.key));
        if let Some(attestation) = &self.attestation {
            out.int(-70_045).byte_string(attestation);
        }
        out.int(-70_046).byte_string(signature.as_bytes());
        out.into_bytes()
    }
}

/// `cbor ["VITACARD-REFRESH-v1", parent, nonce]`
pub(super) fn external_aad<'p>(parent: &'p CardDigest, nonce: &'p [u8; 16]) -> Parts<'p> {
    let start = Parts::new().array(3).text(AAD);
    start.byte_string(parent.as_bytes()).byte_string(nonce)
}

/// A request that waits for the signature of the old key.
#[must_use]
pub struct UnsignedRefresh {
    unsigned: UnsignedSign1,
    key: PublicKey,
    open: PendingRefresh,
}

impl UnsignedRefresh {
    /// Sign this with the device key of the card that is refreshed; it is not hashed yet.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// The request, to the issuer. Keep it until the new card is accepted: if the answer is lost,
    /// the same bytes are answered again.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`]; [`Misuse::RequestTooLong`];
    /// [`Misuse::UnsupportedAlgorithm`] if `crypto` cannot tell.
    pub fn complete(
        self,
        signature: &Signature,
        crypto: &CryptoProvider,
    ) -> Result<(PendingRefresh, Vec<u8>), Error> {
        let request = self.unsigned.complete(signature, &self.key, &[], crypto)?;
        match request.len() <= MAX_LEN {
            true => Ok((self.open, request)),
            false => Err(Misuse::RequestTooLong.into()),
        }
    }

    /// Signs here and now.
    ///
    /// # Errors
    /// As [`Self::complete`], and [`Error::Crypto`] if the signer fails.
    pub fn sign_with(
        self,
        old_key: &dyn Signer,
        crypto: &CryptoProvider,
    ) -> Result<(PendingRefresh, Vec<u8>), Error> {
        let signature = old_key.sign(self.to_be_signed())?;
        self.complete(&signature, crypto)
    }
}

/// A refresh that waits for its card.
#[must_use]
pub struct PendingRefresh {
    number: RefreshNumber,
    key: PublicKey,
    of: CardDigest,
    doc_type: DocType<'static>,
}

impl PendingRefresh {
    /// A refresh of `card` that was asked for before the app was last closed.
    ///
    /// # Errors
    /// [`Misuse::CardWithoutCertificate`]; [`Misuse::KeyUsedForBoth`].
    pub fn again(card: &Card, number: RefreshNumber, new_key: PublicKey) -> Result<Self, Error> {
        Ok(Self {
            number,
            key: new_key,
            of: signing(card)?,
            doc_type: card.doc_type().into_owned(),
        })
    }

    /// Its number. Keep it with the request.
    #[must_use]
    pub const fn number(&self) -> RefreshNumber {
        self.number
    }

    /// Takes the new card, which is checked as any card is, and prepares the message by which the
    /// issuer learns that it arrived. Store the card before that message goes out: the old one is
    /// blocked by it.
    ///
    /// # Errors
    /// As [`Card::accept`]; [`Misuse::NotThisRefresh`] for a card of another key, another type, or
    /// the old one.
    pub fn accept(
        self,
        card: &[u8],
        anchors: &TrustAnchors,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<(Card, UnsignedAccepted), Error> {
        let card = Card::accept(card, anchors, crypto, now)?;
        let digest = signing(&card)?;
        let this =
            *card.device_key() == self.key && card.doc_type() == self.doc_type && digest != self.of;
        if !this {
            return Err(Misuse::NotThisRefresh.into());
        }
        let accepted = UnsignedAccepted::prepare(&digest, self.number, self.key, now)?;
        Ok((card, accepted))
    }
}
