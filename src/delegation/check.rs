//! A delegation, from claim to fact: steps 5 to 9 of its verifier.

use core::fmt;

use super::claims::Claims;
use super::policy::Terms;
use super::{CardDigest, Purpose, SKEW};
use crate::cbor::{Parts, WellFormed};
use crate::cose::Sign1;
use crate::crypto::{CryptoProvider, PublicKey, VerifyingKey};
use crate::error::{CryptoError, DecodeErrorKind, Error, Rejected, rejected};
use crate::time::{UnixTime, unix_time};
use crate::verify::VerifiedCard;

pub(crate) const TYP: &str = "application/vnd.vitacard.delegation+cwt";

/// A delegation is small: with 64 entries, a name and an own card it has about 600 bytes.
pub(crate) const MAX_LEN: usize = 2048;

/// Names one delegation: by it a delegation is revoked.
///
/// ```cddl
/// delegation-id = SHA-256("VITACARD-DLG-ID" || Sig_structure of the delegation)[0..16]
/// ```
/// No byte of the signature is in it: of an ECDSA signature there are two forms, and the other one
/// would escape from the list.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DelegationId([u8; 16]);

impl DelegationId {
    /// From its 16 bytes, as a list holds them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Of a delegation that was just made.
    pub(crate) fn of(
        delegation: WellFormed<'_>,
        external_aad: &Parts<'_>,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        let sign1 = Sign1::parse_message(delegation, TYP)?;
        Ok(Self::of_message(&sign1, external_aad, crypto)?)
    }

    fn of_message(
        sign1: &Sign1<'_>,
        external_aad: &Parts<'_>,
        crypto: &CryptoProvider,
    ) -> Result<Self, CryptoError> {
        let unavailable = CryptoError::Unavailable;
        let signed = sign1.signed_message(external_aad).ok_or(unavailable)?;
        let message = Parts::new().raw(b"VITACARD-DLG-ID").append(&signed);
        let hash = message.with(|parts| crypto.sha256(parts));
        let hash = hash.ok_or(unavailable)??;
        hash.first_chunk().copied().map(Self).ok_or(unavailable)
    }
}

/// In hex.
impl fmt::Display for DelegationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The issuer lets this card be lent: step 5. Only by it can a delegation be opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permission<'c> {
    card: &'c VerifiedCard<'c>,
    terms: Terms<'c>,
    parent: CardDigest,
}

impl<'c> Permission<'c> {
    pub(crate) fn of(card: &'c VerifiedCard<'c>, crypto: &CryptoProvider) -> Result<Self, Error> {
        let terms = Terms::of(card.mso())?;
        // Without a signing certificate no delegation can say whose card it belongs to.
        let parent = CardDigest::of(card, crypto)?.ok_or(rejected!(DelegationNotPermitted))?;
        Ok(Self {
            card,
            terms,
            parent,
        })
    }

    pub(crate) const fn terms(&self) -> &Terms<'c> {
        &self.terms
    }

    pub(crate) const fn parent(&self) -> &CardDigest {
        &self.parent
    }

    /// `external_aad` of the delegation: of which card it speaks. A delegation of another card, or
    /// of the same MSO signed by another issuer, is a bad signature.
    pub(crate) fn external_aad(&self) -> Parts<'_> {
        external_aad(&self.parent, self.card.doc_type())
    }

    /// Steps 6 to 9, but for the present time. Nothing of the claims is read before step 7.
    pub(crate) fn open<'a>(
        &self,
        delegation: WellFormed<'a>,
        crypto: &CryptoProvider,
    ) -> Result<GenuineDelegation<'a>, Error> {
        let sign1 = Sign1::parse_message(delegation, TYP);
        let sign1 = sign1.map_err(|_| rejected!(DelegationMalformed))?;
        let external_aad = self.external_aad();
        let signed = sign1
            .verify_for(&external_aad, self.holder_key(), crypto)
            .map_err(|_| rejected!(DelegationSignature))?;
        let claims = Claims::read(signed.content())?;
        self.check_window(&claims)?;
        let key = claims.key.ok_or(rejected!(DelegateKey))?;
        if key == *self.card.mso().device_key().public_key() {
            return Err(rejected!(DelegateKey).into());
        }
        let id = DelegationId::of_message(&sign1, &external_aad, crypto)?;
        Ok(GenuineDelegation(VerifiedDelegation { id, key, claims }))
    }

    /// As [`Self::open`], for a delegation in a parcel.
    pub(crate) fn open_bytes<'a>(
        &self,
        delegation: &'a [u8],
        crypto: &CryptoProvider,
    ) -> Result<GenuineDelegation<'a>, Error> {
        let delegation = WellFormed::parse(delegation, MAX_LEN);
        let delegation = delegation.map_err(|error| match error.kind() {
            DecodeErrorKind::TooLong => rejected!(DelegationTooLarge),
            _ => rejected!(DelegationMalformed),
        });
        self.open(delegation?, crypto)
    }

    /// Step 10: everything shown is lent, and may be.
    pub(crate) fn check_elements(
        &self,
        delegation: &VerifiedDelegation<'_>,
        requested: impl Fn(&str, &str) -> bool,
    ) -> Result<(), Rejected> {
        for (item, element) in (0..=u16::MAX).zip(self.card.elements()) {
            let (name_space, id) = (element.name_space().as_str(), element.id().as_str());
            let digest_id = element.digest_id();
            if !delegation.claims.scope.holds(name_space, digest_id) {
                return Err(rejected!(ElementOutsideScope, item: item, digest_id: digest_id));
            }
            if !self.terms.allows(name_space, id) {
                return Err(rejected!(ElementOutsideCeiling, item: item, digest_id: digest_id));
            }
            if !requested(name_space, id) {
                return Err(rejected!(ElementNotRequested, item: item, digest_id: digest_id));
            }
        }
        Ok(())
    }

    /// The card's device key, with the hint that its issuer gives.
    fn holder_key(&self) -> VerifyingKey<'_> {
        let key = VerifyingKey::new(self.card.mso().device_key().public_key());
        match self.card.mso().device_key_even_r() {
            true => key.expecting_even_r(),
            false => key,
        }
    }

    /// Longer than allowed is refused and never cut short: two readers would cut differently.
    fn check_window(&self, claims: &Claims<'_>) -> Result<(), Rejected> {
        let lasts = claims.until.checked_sub(claims.from);
        if !lasts.is_some_and(|secs| (1..=self.terms.max_secs).contains(&secs)) {
            return Err(rejected!(DelegationLifetime));
        }
        let dates = self.card.mso().dates();
        let inside = dates.from.as_secs() <= claims.from
            && dates.signed.as_secs() <= claims.made
            && claims.until <= dates.until.as_secs();
        inside.then_some(()).ok_or(rejected!(DelegationOutsideCard))
    }
}

/// A delegation that the card's key signed, at whatever time: enough to revoke it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GenuineDelegation<'a>(VerifiedDelegation<'a>);

impl<'a> GenuineDelegation<'a> {
    pub(crate) const fn id(&self) -> DelegationId {
        self.0.id
    }

    /// Whose key may show the card.
    pub(crate) const fn key(&self) -> &PublicKey {
        &self.0.key
    }

    pub(crate) const fn ends(&self) -> UnixTime {
        self.0.ends()
    }

    /// The rest of step 8: it is in force.
    pub(crate) fn in_force_at(self, now: UnixTime) -> Result<VerifiedDelegation<'a>, Rejected> {
        let latest = now.as_secs().saturating_add(SKEW);
        let claims = &self.0.claims;
        if claims.made > latest {
            return Err(rejected!(DelegationIssuedInFuture));
        }
        if claims.from > latest {
            return Err(rejected!(DelegationNotYetValid, from: self.0.begins()));
        }
        if now.as_secs() >= claims.until {
            return Err(rejected!(DelegationExpired, until: self.0.ends()));
        }
        Ok(self.0)
    }
}

/// A delegation that the card's own key signed, inside what its issuer allows, and in force.
///
/// What it says is the holder's word: the issuer vouches for the card and for the leave to lend it,
/// and nobody but the holder for the delegate's name.
#[derive(Clone, Copy)]
pub struct VerifiedDelegation<'a> {
    id: DelegationId,
    key: PublicKey,
    claims: Claims<'a>,
}

impl<'a> VerifiedDelegation<'a> {
    /// By what it is revoked.
    #[must_use]
    pub const fn id(&self) -> DelegationId {
        self.id
    }

    /// What the holder calls the delegate, 1 to 64 bytes: to be compared with an identity document.
    #[must_use]
    pub const fn name(&self) -> Option<&'a str> {
        self.claims.name
    }

    /// When it begins.
    #[must_use]
    pub const fn begins(&self) -> UnixTime {
        unix_time(self.claims.from)
    }

    /// When it ends: at this second it has ended.
    #[must_use]
    pub const fn ends(&self) -> UnixTime {
        unix_time(self.claims.until)
    }

    /// Whole days of 86,400 seconds that are left: 0 on the last one.
    #[must_use]
    pub const fn days_left(&self, now: UnixTime) -> u64 {
        self.claims.until.saturating_sub(now.as_secs()) / 86_400
    }

    /// For what the card is lent.
    pub fn purposes(&self) -> impl Iterator<Item = Purpose<'a>> + use<'a> {
        self.claims.purposes.iter()
    }

    /// Whether `purpose` is among them.
    #[must_use]
    pub fn covers(&self, purpose: &Purpose<'_>) -> bool {
        self.claims.purposes.covers(purpose)
    }

    /// How often the holder wants it used. Nobody enforces this: a reader that is offline cannot
    /// know what others have seen.
    #[must_use]
    pub const fn advised_uses(&self) -> Option<u8> {
        self.claims.uses
    }

    /// The delegate's own card, where it must be shown beside this one.
    #[must_use]
    pub const fn own_card(&self) -> Option<CardDigest> {
        self.claims.own_card
    }

    /// Whose key shows the card.
    pub(crate) const fn key(&self) -> &PublicKey {
        &self.key
    }
}

/// Who lends to whom is personal: logs get the number.
impl fmt::Debug for VerifiedDelegation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedDelegation({})", self.id)
    }
}

/// Two delegations with one number say the same.
impl PartialEq for VerifiedDelegation<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for VerifiedDelegation<'_> {}

/// `cbor ["VITACARD-DELEGATION-v1", parent, DocType]`
pub(crate) fn external_aad<'p>(parent: &'p CardDigest, doc_type: &'p str) -> Parts<'p> {
    let start = Parts::new().array(3).text("VITACARD-DELEGATION-v1");
    start.byte_string(parent.as_bytes()).text(doc_type)
}
