//! Ending a delegation before its time: asked by the holder or the delegate, decided by the issuer.

use alloc::vec::Vec;

use super::claims::{read_card, sized};
use super::{CardDigest, DelegationId, Permission, SKEW};
use crate::cbor::{Parts, WellFormed, Writer, required};
use crate::cose::{Sign1, UnsignedSign1};
use crate::crypto::{CryptoProvider, PublicKey, SecureRandom, Signature, Signer};
use crate::error::{DecodeError, Error, Rejected, rejected};
use crate::mdoc::IssuerSigned;
use crate::time::UnixTime;
use crate::trust::TrustAnchors;
use crate::verify::{Checks, Conditions, Policy, VerifiedCard};

const TYP: &str = "application/vnd.vitacard.delegation-revocation+cwt";

/// A delegation, a digest and a signature.
const MAX_LEN: usize = 4096;

/// A request to revoke that waits for its signature.
///
/// The issuer never saw the delegation, so the request carries it.
#[must_use]
pub struct UnsignedRevocation {
    unsigned: UnsignedSign1,
    key: PublicKey,
}

impl UnsignedRevocation {
    pub(crate) fn prepare(
        parent: &CardDigest,
        delegation: &[u8],
        key: PublicKey,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, Error> {
        let mut cti = [0; 16];
        rng.fill(&mut cti)?;
        let mut claims = Writer::new();
        claims.map(4).uint(6).uint(now.as_secs());
        claims.uint(7).byte_string(&cti);
        claims.int(-70_053).byte_string(parent.as_bytes());
        claims.int(-70_054).byte_string(delegation);
        let unsigned = UnsignedSign1::message(TYP, claims.into_bytes(), &external_aad(parent))?;
        Ok(Self { unsigned, key })
    }

    /// Sign this with the device key of the card, or with the delegate's key to renounce; it is
    /// not hashed yet.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// The request, to be sent to the issuer.
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

    /// Signs here and now, with a key that does not make anyone wait.
    ///
    /// # Errors
    /// As [`Self::complete`], and [`Error::Crypto`] if the signer fails.
    pub fn sign_with(self, signer: &dyn Signer, crypto: &CryptoProvider) -> Result<Vec<u8>, Error> {
        let signature = signer.sign(self.to_be_signed())?;
        self.complete(&signature, crypto)
    }
}

/// A request to revoke, as an issuer receives it: a claim.
///
/// ```cddl
/// RevocationClaims = { 6: uint, 7: bstr .size 16, -70053: bstr .size 32,
///                      -70054: bstr .cbor Delegation }
/// ```
pub struct RevocationRequest<'a> {
    sign1: Sign1<'a>,
    made: u64,
    parent: CardDigest,
    delegation: WellFormed<'a>,
}

/// Who revoked a delegation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "nobody else can")]
pub enum RevokedBy {
    /// The holder of the card.
    Holder,
    /// The delegate, who renounces.
    Delegate,
}

/// A delegation that must go on the list of revoked ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VerifiedRevocation {
    id: DelegationId,
    ends: UnixTime,
    by: RevokedBy,
}

impl VerifiedRevocation {
    /// What to put on the list.
    #[must_use]
    pub const fn id(&self) -> DelegationId {
        self.id
    }

    /// When the delegation ends by itself: from then on the list need not name it.
    #[must_use]
    pub const fn ends(&self) -> UnixTime {
        self.ends
    }

    /// Who asked.
    #[must_use]
    pub const fn by(&self) -> RevokedBy {
        self.by
    }
}

impl<'a> RevocationRequest<'a> {
    /// Parses a request of at most 4 kB.
    ///
    /// # Errors
    /// [`Rejected::RevocationMalformed`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let malformed = |_| rejected!(RevocationMalformed);
        Ok(Self::read(bytes).map_err(malformed)?)
    }

    /// Of which card it says that it speaks: to find that card by.
    #[must_use]
    pub const fn claimed_card(&self) -> CardDigest {
        self.parent
    }

    /// Checks it against `card`, an `IssuerSigned` as it was issued, of which `anchors` hold the
    /// root. The delegation in it is verified under the key of that card, and its number computed:
    /// a stranger who saw a number can revoke nothing.
    ///
    /// The same request twice has the same number, and changes nothing.
    ///
    /// # Errors
    /// [`Rejected`] with what is wrong with the card, 2606 and 2710 to 2740 if the delegation is none
    /// of this card, and 2790 to 2793; [`Error::Decode`] if `card` is none;
    /// [`Misuse::ClockNotSet`](crate::Misuse::ClockNotSet).
    pub fn verify(
        self,
        card: &[u8],
        anchors: &TrustAnchors,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<VerifiedRevocation, Error> {
        // Whether the card has begun does not matter for ending its delegations.
        let policy = Policy::of_keeper_ahead();
        let checks = Checks {
            anchors,
            crypto,
            conditions: Conditions::new(now, &policy),
        };
        let issuer_signed = IssuerSigned::from_bytes(card)?;
        let card = VerifiedCard::inspect_alone(&issuer_signed, &checks)?;
        let permission = Permission::of(&card, crypto)?;
        if *permission.parent() != self.parent {
            return Err(rejected!(RevocationOfAnotherCard).into());
        }
        let delegation = permission.open(self.delegation, crypto)?;
        let by = self.signed_by(&card, &delegation.key()?, crypto)?;
        if self.made > now.as_secs().saturating_add(SKEW) {
            return Err(rejected!(RevocationTime).into());
        }
        Ok(VerifiedRevocation {
            id: delegation.id(),
            ends: delegation.ends(),
            by,
        })
    }

    fn signed_by(
        &self,
        card: &VerifiedCard<'_>,
        delegate: &PublicKey,
        crypto: &CryptoProvider,
    ) -> Result<RevokedBy, Rejected> {
        let external_aad = external_aad(&self.parent);
        let signed = |key: &PublicKey| {
            let verified = self.sign1.verify_for(&external_aad, key.into(), crypto);
            verified.is_ok()
        };
        match () {
            () if signed(card.mso().device_key().public_key()) => Ok(RevokedBy::Holder),
            () if signed(delegate) => Ok(RevokedBy::Delegate),
            () => Err(rejected!(RevocationSignature)),
        }
    }

    /// The claims are believed once [`Self::verify`] has seen who signed them.
    fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let item = WellFormed::parse(bytes, MAX_LEN)?;
        let sign1 = Sign1::parse_message(item, TYP)?;
        let claims = required(sign1.dangerous_unverified(), &item)?;
        claims.check_deterministic()?;
        let [made, cti, parent, delegation] = claims.closed_fields([6, 7, -70_053, -70_054])?;
        sized::<16>(required(cti, &claims)?)?;
        Ok(Self {
            sign1,
            made: required(made, &claims)?.uint()?,
            parent: read_card(required(parent, &claims)?)?,
            delegation: required(delegation, &claims)?.parse_content()?,
        })
    }
}

/// `cbor ["VITACARD-DELEGATION-REVOCATION-v1", parent]`
fn external_aad(parent: &CardDigest) -> Parts<'_> {
    let start = Parts::new()
        .array(2)
        .text("VITACARD-DELEGATION-REVOCATION-v1");
    start.byte_string(parent.as_bytes())
}
