//! A delegation, from claim to fact: steps 5 to 10 of its verifier, and what it says of step 13.

use core::fmt;

use super::claims::Claims;
use super::policy::Terms;
use super::signed::{MAX_LEN, Signed, external_aad};
use super::{CardDigest, Purpose, SKEW};
use crate::cbor::{Parts, WellFormed};
use crate::crypto::{Algorithm, CryptoProvider, PublicKey, VerifyingKey};
use crate::error::{DecodeErrorKind, Error, Rejected, rejected};
use crate::mdoc::is_line;
use crate::status::DelegationId;
use crate::time::{UnixTime, unix_time};
use crate::verify::VerifiedCard;

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

    /// Steps 6, 7 and what of step 8 does not change with time.
    pub(crate) fn open<'a>(
        &self,
        delegation: WellFormed<'a>,
        crypto: &CryptoProvider,
    ) -> Result<GenuineDelegation<'a>, Error> {
        let device_key = self.card.mso().device_key();
        if !device_key.may_verify(Algorithm::ES256) {
            return Err(rejected!(DeviceKeyUse).into());
        }
        let external_aad = self.external_aad();
        let signed = Signed::read(delegation, &external_aad, self.holder_key(), crypto)?;
        self.check_window(&signed.claims)?;
        Ok(GenuineDelegation {
            signed,
            holder: *device_key.public_key(),
        })
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

    /// Step 13, as far as the delegation tells: a card of the delegate's own is named where the
    /// issuer wants one. And it is not the lent card, whose holder could show it beside any loan.
    pub(crate) fn check_own_card(
        &self,
        delegation: &VerifiedDelegation<'_>,
    ) -> Result<(), Rejected> {
        match delegation.own_card() {
            None if self.terms.own_card => Err(rejected!(OwnCardMissing)),
            Some(own) if own == self.parent => Err(rejected!(OwnCardMissing)),
            _ => Ok(()),
        }
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

/// A delegation that the card's key signed within what its issuer allows, at whatever time: enough to
/// revoke it. Only [`Permission::open`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GenuineDelegation<'a> {
    signed: Signed<'a>,
    holder: PublicKey,
}

impl<'a> GenuineDelegation<'a> {
    pub(crate) const fn id(&self) -> DelegationId {
        self.signed.id
    }

    pub(crate) const fn ends(&self) -> UnixTime {
        unix_time(self.signed.claims.until)
    }

    /// Step 9: whose key may show the card.
    pub(crate) fn key(&self) -> Result<PublicKey, Rejected> {
        let key = self.signed.claims.key.ok_or(rejected!(DelegateKey))?;
        match key == self.holder {
            true => Err(rejected!(DelegateKey)),
            false => Ok(key),
        }
    }

    /// The rest of step 8, then step 9.
    pub(crate) fn in_force_at(self, now: UnixTime) -> Result<VerifiedDelegation<'a>, Rejected> {
        let latest = now.as_secs().saturating_add(SKEW);
        let Signed { id, claims } = self.signed;
        if claims.made > latest {
            return Err(rejected!(DelegationIssuedInFuture));
        }
        if claims.from > latest {
            return Err(rejected!(DelegationNotYetValid, from: unix_time(claims.from)));
        }
        if now.as_secs() >= claims.until {
            return Err(rejected!(DelegationExpired, until: self.ends()));
        }
        let key = self.key()?;
        Ok(VerifiedDelegation { id, key, claims })
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
    /// A name that holds control characters, or such as turn the direction of writing, is none.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        self.claims.name.filter(|name| is_line(name))
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

    /// Seconds that are left; 0 is never seen, for then it has ended.
    #[must_use]
    pub const fn secs_left(&self, now: UnixTime) -> u64 {
        self.claims.until.saturating_sub(now.as_secs())
    }

    /// Whole days of 86,400 seconds that are left: 0 on the last one.
    #[must_use]
    pub const fn days_left(&self, now: UnixTime) -> u64 {
        self.secs_left(now) / 86_400
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

/// A name is personal: logs get the number.
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
