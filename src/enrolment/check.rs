//! A request to enrol: the issuer's side. What is verified here is made here and nowhere else.

use alloc::vec::Vec;

use super::evidence::{Entry, MAX_SEALED, all_kinds, external_aad, read_entries};
use super::request::{AAD, MAX_LEN, TYP, knows_secret};
use super::{
    Attestation, Cards, EvidenceKind, InvitationNumber, InvitationRecord, InvitationState,
    Invitations, MAX_EVIDENCE, SKEW, key_hash, named,
};
use crate::cbor::{WellFormed, required};
use crate::cose::{Encrypt, OpenFault, Plain, Sign1};
use crate::crypto::{AgreementKey, CryptoProvider, PublicKey};
use crate::delegation::{read_key, sized};
use crate::error::{DecodeError, DecodeErrorKind, Error, Rejected, rejected};
use crate::time::UnixTime;

/// A request to enrol as an issuer receives it: a claim.
///
/// ```cddl
/// EnrolmentClaims = { 6: uint, 7: bstr .size 16, 8: { 1: COSE_Key }, -70043: bstr .size 32,
///                     -70044: [3*9 EvidenceEntry], ? -70045: bstr }
/// EvidenceEntry = { 1: 1..3, 2: tstr, 3: uint, 4: bstr .size 32 }
/// ```
pub struct EnrolmentRequest<'a> {
    sign1: Sign1<'a>,
    claims: Claims<'a>,
}

impl<'a> EnrolmentRequest<'a> {
    /// Parses a request of at most 64 kB.
    ///
    /// # Errors
    /// [`Rejected`] 2860.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let malformed = |_| rejected!(EnrolmentMalformed);
        Ok(Self::read(bytes).map_err(malformed)?)
    }

    /// Which invitation it says that it answers: to find the key by that evidence was sealed to.
    #[must_use]
    pub const fn claimed_invitation(&self) -> InvitationNumber {
        self.claims.number
    }

    /// Checks it, and the evidence that came with it: `sealed`, one piece for each that the request
    /// lists, in its order. `enrolment_key` is the private half of the key in the invitation. `now`
    /// is when the request came.
    ///
    /// Nothing is written: the invitation is used up by [`VerifiedEnrolment::approve`] and
    /// [`VerifiedEnrolment::refuse`], so that a request which waits for an operator can be checked
    /// anew from what was stored of it.
    ///
    /// # Errors
    /// [`Rejected`] 2861 to 2875, in this order;
    /// [`Misuse::StoreFailed`](crate::Misuse::StoreFailed); [`Error::Crypto`] if `crypto` cannot tell.
    pub fn verify(
        self,
        sealed: &[&[u8]],
        store: &(impl Invitations + Cards),
        enrolment_key: &dyn AgreementKey,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<VerifiedEnrolment, Error> {
        let Claims { number, key, .. } = self.claims;
        let invitation = store.invitation(&number)?;
        let invitation = invitation.ok_or(rejected!(InvitationUnknown))?;
        check_open(&invitation, now)?;
        self.check_sender(&invitation, crypto)?;
        if self.claims.made > now.as_secs().saturating_add(SKEW) {
            return Err(rejected!(EnrolmentTime).into());
        }
        // A key that agrees on secrets never signs, and each card has a key of its own.
        if key == enrolment_key.public_key() || store.line_of_key(&key)?.is_some() {
            return Err(rejected!(EnrolmentKey).into());
        }
        let evidence = self.claims.open(sealed, enrolment_key, crypto)?;
        if !all_kinds(&self.claims.entries) {
            return Err(rejected!(EvidenceKinds).into());
        }
        let attestation = self.claims.attestation;
        let demand = invitation.attestation();
        if demand == Attestation::Demanded && attestation.is_none() {
            return Err(rejected!(AttestationMissing).into());
        }
        Ok(VerifiedEnrolment {
            approved: ApprovedEnrolment {
                number,
                key,
                demand,
            },
            evidence,
            attestation: attestation.map(Into::into),
        })
    }

    /// The request is by the phone that has the key, and by whoever has the letter.
    fn check_sender(
        &self,
        invitation: &InvitationRecord,
        crypto: &CryptoProvider,
    ) -> Result<(), Rejected> {
        let Claims { number, key, .. } = &self.claims;
        let aad = named(AAD, number.as_bytes());
        self.sign1
            .verify_for(&aad, key.into(), crypto)
            .map_err(|_| rejected!(EnrolmentSignature))?;
        let mac = knows_secret(invitation.secret(), key, crypto);
        match mac.ct_eq(&self.claims.mac) {
            true => Ok(()),
            false => Err(rejected!(EnrolmentSecret)),
        }
    }

    fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let item = WellFormed::parse(bytes, MAX_LEN)?;
        let sign1 = Sign1::parse_message(item, TYP)?;
        let claims = Claims::read(required(sign1.dangerous_unverified(), &item)?)?;
        Ok(Self { sign1, claims })
    }
}

/// Known, unused, and not over.
fn check_open(invitation: &InvitationRecord, now: UnixTime) -> Result<(), Rejected> {
    if invitation.state() != InvitationState::Open {
        return Err(rejected!(InvitationUsed));
    }
    match now < invitation.ends() {
        true => Ok(()),
        false => Err(rejected!(InvitationOver)),
    }
}

/// The claims count once their signature is verified; the number is looked up before.
struct Claims<'a> {
    made: u64,
    number: InvitationNumber,
    key: PublicKey,
    mac: [u8; 32],
    entries: Vec<Entry>,
    attestation: Option<&'a [u8]>,
}

impl<'a> Claims<'a> {
    fn read(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        item.check_deterministic()?;
        let [made, number, cnf, mac, entries, attestation] =
            item.closed_fields([6, 7, 8, -70_043, -70_044, -70_045])?;
        let key = read_key(required(cnf, &item)?)?;
        Ok(Self {
            made: required(made, &item)?.uint()?,
            number: InvitationNumber::from_bytes(sized(required(number, &item)?)?),
            key: key.ok_or_else(|| item.error(DecodeErrorKind::BadKey))?,
            mac: sized(required(mac, &item)?)?,
            entries: read_entries(required(entries, &item)?)?,
            attestation: attestation.map(|own| own.byte_string()).transpose()?,
        })
    }

    /// Each piece, in the order listed.
    fn open(
        &self,
        sealed: &[&[u8]],
        enrolment_key: &dyn AgreementKey,
        crypto: &CryptoProvider,
    ) -> Result<Vec<Evidence>, Error> {
        if sealed.len() != self.entries.len() {
            return Err(rejected!(EvidenceMissing).into());
        }
        let key_hash = key_hash(&self.key, crypto)?;
        let pieces = self.entries.iter().zip(sealed).enumerate();
        let opened = pieces.map(|(index, (entry, sealed))| {
            let aad = external_aad(&self.number, &key_hash, index, &entry.digest);
            let item = u16::try_from(index).unwrap_or(u16::MAX);
            open(entry, sealed, (&aad, item), enrolment_key, crypto)
        });
        opened.collect()
    }
}

fn open(
    entry: &Entry,
    sealed: &[u8],
    (external_aad, item): (&[u8], u16),
    enrolment_key: &dyn AgreementKey,
    crypto: &CryptoProvider,
) -> Result<Evidence, Error> {
    let longest = u64::try_from(MAX_EVIDENCE).unwrap_or(u64::MAX);
    if entry.len > longest || sealed.len() > MAX_SEALED {
        return Err(rejected!(EvidenceTooLarge, item: item).into());
    }
    let sealed = Encrypt::parse(sealed, MAX_SEALED);
    let sealed = sealed.map_err(|_| rejected!(EvidenceMalformed, item: item))?;
    let plain = sealed.open(enrolment_key, external_aad, crypto);
    let plain = plain.map_err(|fault| match fault {
        OpenFault::Invalid => rejected!(EvidenceNotForThisRequest, item: item).into(),
        OpenFault::Crypto(error) => Error::from(error),
    })?;
    if u64::try_from(plain.as_bytes().len()) != Ok(entry.len) {
        return Err(rejected!(EvidenceLength, item: item).into());
    }
    if crypto.sha256(&[plain.as_bytes()])? != entry.digest {
        return Err(rejected!(EvidenceDigest, item: item).into());
    }
    Ok(Evidence {
        entry: entry.clone(),
        plain,
    })
}

/// A piece of evidence, opened. It is zeroised when it is dropped: it never enters a card.
pub struct Evidence {
    entry: Entry,
    plain: Plain,
}

impl Evidence {
    /// What the person says that it shows.
    #[must_use]
    pub const fn kind(&self) -> EvidenceKind {
        self.entry.kind
    }

    /// What the app says that it is.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.entry.media_type
    }

    /// The bytes that were photographed. Nothing has read them yet.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.plain.as_bytes()
    }
}

/// A request that passed every check that a library can make. Whether the person *is* the person is
/// the issuer's business.
#[must_use]
pub struct VerifiedEnrolment {
    approved: ApprovedEnrolment,
    evidence: Vec<Evidence>,
    attestation: Option<Vec<u8>>,
}

impl VerifiedEnrolment {
    /// The key that the card will be for.
    #[must_use]
    pub const fn device_key(&self) -> &PublicKey {
        &self.approved.key
    }

    /// Which invitation was answered: by it the issuer knows whom he invited.
    #[must_use]
    pub const fn invitation(&self) -> InvitationNumber {
        self.approved.number
    }

    /// The evidence, in the order of the request.
    pub fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.evidence.iter()
    }

    /// What the phone's platform says of the key. It is there if it was demanded, and nothing of it
    /// has been checked.
    #[must_use]
    pub fn attestation(&self) -> Option<&[u8]> {
        self.attestation.as_deref()
    }

    /// The person is the one who was invited. Of several requests to one invitation one gets here.
    ///
    /// # Errors
    /// [`Rejected::InvitationUsed`]; [`Misuse::StoreFailed`](crate::Misuse::StoreFailed).
    pub fn approve(self, invitations: &mut dyn Invitations) -> Result<ApprovedEnrolment, Error> {
        let ApprovedEnrolment { number, key, .. } = self.approved;
        use_up(invitations, &number, InvitationState::Approved(key))?;
        Ok(self.approved)
    }

    /// The person is not the one who was invited, or his evidence does not show it. The invitation
    /// is used up.
    ///
    /// # Errors
    /// [`Rejected::InvitationUsed`]; [`Misuse::StoreFailed`](crate::Misuse::StoreFailed).
    pub fn refuse(self, invitations: &mut dyn Invitations) -> Result<(), Error> {
        use_up(invitations, &self.approved.number, InvitationState::Refused)
    }
}

fn use_up(
    invitations: &mut dyn Invitations,
    number: &InvitationNumber,
    state: InvitationState,
) -> Result<(), Error> {
    match invitations.use_up_invitation(number, state)? {
        true => Ok(()),
        false => Err(rejected!(InvitationUsed).into()),
    }
}

/// A person whom the issuer has approved: a card can be made for his device key.
#[must_use]
pub struct ApprovedEnrolment {
    number: InvitationNumber,
    key: PublicKey,
    demand: Attestation,
}

impl ApprovedEnrolment {
    /// What was approved before, and has no card yet: after a restart, say.
    ///
    /// # Errors
    /// [`Rejected::InvitationUnknown`] for an invitation that is not known, or of which no request
    /// was approved; [`Misuse::StoreFailed`](crate::Misuse::StoreFailed).
    pub fn again(number: InvitationNumber, invitations: &dyn Invitations) -> Result<Self, Error> {
        let unknown = rejected!(InvitationUnknown);
        let invitation = invitations.invitation(&number)?.ok_or(unknown)?;
        match invitation.state() {
            InvitationState::Approved(key) => Ok(Self {
                number,
                key,
                demand: invitation.attestation(),
            }),
            InvitationState::Open | InvitationState::Refused => Err(unknown.into()),
        }
    }

    /// The key that the card will be for.
    #[must_use]
    pub const fn device_key(&self) -> &PublicKey {
        &self.key
    }

    /// Which invitation was answered.
    #[must_use]
    pub const fn invitation(&self) -> InvitationNumber {
        self.number
    }

    pub(super) const fn demand(&self) -> Attestation {
        self.demand
    }
}
