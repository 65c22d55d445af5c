//! Lending a card: the holder's side, from the request on.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU8;

use super::Card;
use super::present::Selected;
use crate::cbor::key_order;
use crate::cose::UnsignedSign1;
use crate::crypto::{Algorithm, CryptoProvider, PublicKey, SecureRandom, Signature, Signer};
use crate::delegation::{
    CardDigest, Claims, Contents, DelegationId, DelegationPolicy, KeptDelegation, MAX_SCOPE,
    PurposeSet, SKEW, TYP, UnsignedRevocation, VerifiedDelegationRequest, Written, chosen_name,
    external_aad, fits, id_of_bytes,
};
use crate::error::{Error, Misuse, rejected};
use crate::mdoc::{ElementId, NameSpace};
use crate::time::UnixTime;

/// What is lent, to whom, for what and how long: all of it decided by the holder.
///
/// It lasts at most 30 days, or there is none.
#[must_use]
pub struct Grant {
    card: CardDigest,
    to: VerifiedDelegationRequest,
    elements: Vec<(NameSpace<'static>, ElementId<'static>)>,
    purposes: PurposeSet,
    from: UnixTime,
    until: UnixTime,
    name: Option<String>,
    uses: Option<NonZeroU8>,
}

impl Grant {
    /// Lends `elements` of `card` for `purposes`, to whoever made the request `to`, from `from` on;
    /// at `until` it has ended. Times are in seconds. `from` is the present, or a minute ahead at
    /// most: see [`Card::delegate`].
    ///
    /// # Errors
    /// [`Error::Misuse`]: [`NotDelegable`](Misuse::NotDelegable);
    /// [`DelegationTooLong`](Misuse::DelegationTooLong) over 30 days or over what the issuer
    /// allows; [`GrantOutsideCard`](Misuse::GrantOutsideCard);
    /// [`NothingLent`](Misuse::NothingLent) without elements or purposes;
    /// [`ElementNotHeld`](Misuse::ElementNotHeld);
    /// [`ElementNotLendable`](Misuse::ElementNotLendable),
    /// [`PurposeNotLendable`](Misuse::PurposeNotLendable) by the issuer's policy;
    /// [`TooManyElements`](Misuse::TooManyElements) for more than 64.
    /// [`Error::Rejected`] where the request is at fault: 2740 if it names the card's own key; 2762
    /// if the issuer lends only to people with a card and it names none, or if it names this card.
    pub fn new(
        card: &Card,
        to: &VerifiedDelegationRequest,
        elements: &[(NameSpace<'_>, ElementId<'_>)],
        purposes: PurposeSet,
        from: UnixTime,
        until: UnixTime,
    ) -> Result<Self, Error> {
        let policy = card.delegation_policy().ok_or(Misuse::NotDelegable)?;
        let digest = card.digest().ok_or(Misuse::NotDelegable)?;
        check_window(card, policy, from, until)?;
        check_elements(card, policy, elements)?;
        if !purposes.is_proper() {
            return Err(Misuse::NothingLent.into());
        }
        if !purposes.iter().all(|purpose| policy.covers(&purpose)) {
            return Err(Misuse::PurposeNotLendable.into());
        }
        if to.key == *card.device_key() {
            return Err(rejected!(DelegateKey).into());
        }
        let missing = policy.requires_own_card() && to.own_card.is_none();
        // A card is never shown beside itself.
        if missing || to.own_card == Some(digest) {
            return Err(rejected!(OwnCardMissing).into());
        }
        let elements = elements.iter().cloned();
        let elements = elements.map(|(name, id)| (name.into_owned(), id.into_owned()));
        Ok(Self {
            elements: elements.collect(),
            purposes,
            from,
            until,
            name: to.name().map(Into::into),
            uses: None,
            card: digest,
            to: to.again(),
        })
    }

    /// Calls the delegate by another name than he does: 1 to 64 bytes.
    ///
    /// # Errors
    /// [`Misuse::DelegateName`] for another length, or a name with control characters.
    pub fn with_name(mut self, name: &str) -> Result<Self, Error> {
        self.name = Some(chosen_name(name)?);
        Ok(self)
    }

    /// Tells the delegate nothing but what he must know: no name is shown to the professional.
    pub fn without_name(mut self) -> Self {
        self.name = None;
        self
    }

    /// Advises how often it should be used. No reader can enforce it.
    pub const fn with_advised_uses(mut self, uses: NonZeroU8) -> Self {
        self.uses = Some(uses);
        self
    }

    fn claims(&self, card: &Card, now: UnixTime, cti: &[u8; 16]) -> Vec<u8> {
        let mut scope = BTreeMap::<_, Vec<_>>::new();
        for element in card
            .elements()
            .filter(|element| self.holds(element.name_space(), element.id()))
        {
            let ids = scope.entry(key_order(element.name_space().as_str()));
            ids.or_default().push(element.digest_id());
        }
        scope.values_mut().for_each(|ids| ids.sort_unstable());
        Claims::write(&Written {
            until: self.until.as_secs(),
            from: self.from.as_secs(),
            made: now.as_secs(),
            cti,
            key: &self.to.key,
            scope: &scope,
            purposes: &self.purposes,
            name: self.name.as_deref(),
            uses: self.uses.map(NonZeroU8::get),
            own_card: self.to.own_card.as_ref(),
        })
    }

    fn holds(&self, name_space: &NameSpace<'_>, id: &ElementId<'_>) -> bool {
        let mut elements = self.elements.iter();
        elements.any(|(own, own_id)| own == name_space && own_id == id)
    }
}

impl Card {
    /// Reads a delegation that this card's key has signed: what [`Loan::as_bytes`] gave, to be shown
    /// to the holder.
    ///
    /// ```
    /// use vitacard::{Error, crypto::RUSTCRYPTO, holder::Card};
    /// fn list(card: &Card, kept: &[u8]) -> Result<(), Error> {
    ///     let loan = card.loan(kept, &RUSTCRYPTO)?;
    ///     let lent = card.elements().filter(|element| loan.lends(element)).count();
    ///     println!("{lent} elements, to {}", loan.name().unwrap_or("somebody"));
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Misuse::OfAnotherCard`], also for what is no delegation; [`Misuse::UnsupportedAlgorithm`] and
    /// [`Error::Crypto`] if `crypto` cannot tell.
    pub fn loan<'a>(
        &self,
        delegation: &'a [u8],
        crypto: &CryptoProvider,
    ) -> Result<KeptDelegation<'a>, Error> {
        let parent = self.digest().ok_or(Misuse::OfAnotherCard)?;
        let doc_type = self.doc_type();
        let external_aad = external_aad(&parent, doc_type.as_str());
        if crypto.verifier(Algorithm::ES256).is_none() {
            return Err(Misuse::UnsupportedAlgorithm.into());
        }
        KeptDelegation::read(delegation, &external_aad, self.device_key(), crypto).map_err(
            |error| match error {
                Error::Rejected(_) => Misuse::OfAnotherCard.into(),
                other => other,
            },
        )
    }

    /// Prepares the request by which the holder ends a loan before its time. `delegation` is what
    /// [`Loan::as_bytes`] gave. If this card has been replaced by a newer one its loans have ended
    /// with it.
    ///
    /// # Errors
    /// As [`Self::loan`], and [`Error::Crypto`] if `rng` fails.
    pub fn revoke(
        &self,
        delegation: &[u8],
        now: UnixTime,
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<UnsignedRevocation, Error> {
        self.loan(delegation, crypto)?;
        let parent = self.digest().ok_or(Misuse::OfAnotherCard)?;
        UnsignedRevocation::prepare(&parent, delegation, *self.device_key(), now, rng)
    }

    /// Prepares what the device key signs: the moment to ask for the passcode.
    ///
    /// What is made of it carries nothing but the elements that are lent.
    ///
    /// # Errors
    /// [`Misuse::OfAnotherCard`] if `grant` was not made for this card; [`Misuse::NotInForce`] for a
    /// grant that has ended or begins more than a minute ahead, which its receiver would refuse;
    /// [`Misuse::GrantOutsideCard`] for a `now` before the card was signed;
    /// [`Misuse::TooManyElements`] if the delegation would have over 2 kB; [`Error::Crypto`] if `rng`
    /// fails.
    pub fn delegate(
        &self,
        grant: Grant,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<UnsignedDelegation, Error> {
        let parent = grant.card;
        if self.digest() != Some(parent) {
            return Err(Misuse::OfAnotherCard.into());
        }
        if now < self.signed() {
            return Err(Misuse::GrantOutsideCard.into());
        }
        let soon = now.as_secs().saturating_add(SKEW);
        if now >= grant.until || grant.from.as_secs() > soon {
            return Err(Misuse::NotInForce.into());
        }
        let mut cti = [0; 16];
        rng.fill(&mut cti)?;
        let claims = grant.claims(self, now, &cti);
        // 64 elements fit, unless their name spaces have long names.
        if !fits(&claims) {
            return Err(Misuse::TooManyElements.into());
        }
        let issuer_signed = self.issuer_signed()?;
        let selected = Selected::from(&issuer_signed, &grant.elements)?;
        let doc_type = self.doc_type();
        let external_aad = external_aad(&parent, doc_type.as_str());
        Ok(UnsignedDelegation {
            unsigned: UnsignedSign1::message(TYP, claims, &external_aad)?,
            key: *self.device_key(),
            issuer_auth: issuer_signed.auth_bytes().to_vec(),
            name_spaces: selected.name_spaces(),
            parent,
            doc_type: doc_type.as_str().into(),
            to: grant.to,
        })
    }
}

/// What is lent to whom is personal: logs get that it is.
impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").finish_non_exhaustive()
    }
}

/// A delegation that waits for the holder's signature.
#[must_use]
pub struct UnsignedDelegation {
    unsigned: UnsignedSign1,
    key: PublicKey,
    issuer_auth: Vec<u8>,
    name_spaces: Vec<u8>,
    parent: CardDigest,
    doc_type: String,
    to: VerifiedDelegationRequest,
}

impl UnsignedDelegation {
    /// Sign this with the device key of the card; it is not hashed yet.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// Checks the signature, before anything leaves the device.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`] unless it is by the card's device key;
    /// [`Misuse::UnsupportedAlgorithm`] if `crypto` cannot check it.
    pub fn complete(self, signature: &Signature, crypto: &CryptoProvider) -> Result<Loan, Error> {
        let delegation = self.unsigned.complete(signature, &self.key, &[], crypto)?;
        let external_aad = external_aad(&self.parent, &self.doc_type);
        let id = id_of_bytes(&delegation, &external_aad, crypto)?;
        let contents = Contents {
            issuer_auth: &self.issuer_auth,
            name_spaces: &self.name_spaces,
            delegation: &delegation,
        };
        Ok(Loan {
            id,
            contents: contents.to_bytes(),
            delegation,
            to: self.to,
        })
    }

    /// Signs here and now, with a key that does not make anyone wait.
    ///
    /// # Errors
    /// As [`Self::complete`], and [`Error::Crypto`] if the signer fails.
    pub fn sign_with(self, signer: &dyn Signer, crypto: &CryptoProvider) -> Result<Loan, Error> {
        let signature = signer.sign(self.to_be_signed())?;
        self.complete(&signature, crypto)
    }
}

/// Whom it names is personal: logs get that there is one.
impl fmt::Debug for UnsignedDelegation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsignedDelegation").finish_non_exhaustive()
    }
}

/// A card that has been lent: what goes to the delegate, and what the holder keeps of it.
#[must_use]
pub struct Loan {
    id: DelegationId,
    contents: Vec<u8>,
    delegation: Vec<u8>,
    to: VerifiedDelegationRequest,
}

impl Loan {
    /// By what it is revoked.
    #[must_use]
    pub const fn id(&self) -> DelegationId {
        self.id
    }

    /// The delegation. Keep it until it ends, with this very card: [`Card::loan`] and
    /// [`Card::revoke`] need both.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.delegation
    }

    /// Message 5, to the delegate: sealed for the request that was granted.
    ///
    /// # Errors
    /// [`Error::Crypto`] if `rng` or `crypto` fails.
    pub fn seal(
        &self,
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<Vec<u8>, Error> {
        self.to.seal(self.contents.clone(), crypto, rng)
    }
}

/// What is lent is personal: logs get its number.
impl fmt::Debug for Loan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Loan({})", self.id)
    }
}

/// What a reader will check, so that nobody is sent away with a delegation of no use.
fn check_window(
    card: &Card,
    policy: &DelegationPolicy,
    from: UnixTime,
    until: UnixTime,
) -> Result<(), Misuse> {
    let lasts = until.as_secs().checked_sub(from.as_secs());
    if !lasts.is_some_and(|secs| (1..=policy.max_secs()).contains(&secs)) {
        return Err(Misuse::DelegationTooLong);
    }
    let dates = card.dates();
    match dates.from <= from && until <= dates.until {
        true => Ok(()),
        false => Err(Misuse::GrantOutsideCard),
    }
}

fn check_elements(
    card: &Card,
    policy: &DelegationPolicy,
    elements: &[(NameSpace<'_>, ElementId<'_>)],
) -> Result<(), Misuse> {
    match elements.len() {
        0 => return Err(Misuse::NothingLent),
        1..=MAX_SCOPE => {}
        _ => return Err(Misuse::TooManyElements),
    }
    for (name_space, id) in elements {
        let mut held = card.elements();
        if !held.any(|own| own.name_space() == name_space && own.id() == id) {
            return Err(Misuse::ElementNotHeld);
        }
        if !policy.allows(name_space.as_str(), id.as_str()) {
            return Err(Misuse::ElementNotLendable);
        }
    }
    Ok(())
}
