//! The fund: it invites, looks, issues, refreshes, blocks, and publishes who is blocked.

use vitacard::crypto::{AgreementKey, Algorithm, RUSTCRYPTO, SoftwareAgreementKey, SoftwareSigner};
use vitacard::delegation::{CardDigest, DelegationPolicy, MAX_SECS, Purpose, PurposeSet};
use vitacard::enrolment::{
    Acceptance, ApprovedEnrolment, BlockReason, Blocked, CardLine, CardTerms, Cards,
    EnrolmentAnchors, EnrolmentRequest, Invitation, InvitationDraft, Invitations, Memory, Refresh,
    RefreshRequest, StatusPlace, VerifiedEnrolment, VerifiedInvitation, block, give_nonce,
    retire_overdue,
};
use vitacard::issuer::Draft;
use vitacard::profile::{HealthCard, Profile};
use vitacard::trust::TrustAnchors;
use vitacard::{Error, UnixTime, unix_time};

use super::Fallible;
use super::day::DAY;
use super::lists::{LIST, LOANS, Lists, Publisher};
use crate::pki::{Entity, Profile as Certificate};
use crate::seeded::Seeded;

pub(crate) const COLLECTING_MEDICINE: Purpose<'_> = Purpose::new("org.vitacard", 1);

pub(crate) struct Fund {
    pub(crate) root: Entity,
    signer: Entity,
    inviter: Entity,
    /// What evidence is sealed to.
    key: SoftwareAgreementKey,
    store: Memory,
    anchors: TrustAnchors,
    pub(crate) inviting: EnrolmentAnchors,
    profile: Profile,
    publisher: Publisher,
    rng: Seeded,
}

impl Fund {
    pub(crate) fn new() -> Fallible<Self> {
        let (root, mut anchors) = (Entity::root(), TrustAnchors::new());
        anchors.add_root(&root.der)?;
        let (inviting_root, inviter) = inviter("enrolment root");
        let mut inviting = EnrolmentAnchors::new();
        inviting.add_root(&inviting_root.der)?;
        let rng = &mut Seeded(1);
        Ok(Self {
            signer: root.issue(Certificate::document_signer(), "document signer"),
            publisher: Publisher::of(&root),
            inviter,
            root,
            key: SoftwareAgreementKey::generate(rng)?,
            store: Memory::default(),
            anchors,
            inviting,
            profile: Profile::health_insurance(),
            rng: Seeded(2),
        })
    }

    pub(crate) const fn anchors(&self) -> &TrustAnchors {
        &self.anchors
    }

    /// The text of a letter's QR code, for 90 days.
    pub(crate) fn invite(&mut self, now: UnixTime) -> Fallible<String> {
        let draft = InvitationDraft::new(self.key.public_key(), now, days_after(now, 90));
        let unsigned = draft.prepare(&[&self.inviter.der], &RUSTCRYPTO, &mut self.rng)?;
        let issued = unsigned.sign_with(&key_of(&self.inviter)?, &RUSTCRYPTO)?;
        let text = issued.text();
        match self.store.add_invitation(issued.into_record()) {
            Ok(true) => Ok(text),
            _ => Err("the invitation is not stored".into()),
        }
    }

    pub(crate) fn verify(
        &self,
        request: &[u8],
        sealed: &[Vec<u8>],
        now: UnixTime,
    ) -> Result<VerifiedEnrolment, Error> {
        let sealed: Vec<_> = sealed.iter().map(Vec::as_slice).collect();
        let request = EnrolmentRequest::parse(request)?;
        request.verify(&sealed, &self.store, &self.key, &RUSTCRYPTO, now)
    }

    /// Somebody compared the photographs, and says that it is she.
    pub(crate) fn approve(
        &mut self,
        request: VerifiedEnrolment,
    ) -> Result<ApprovedEnrolment, Error> {
        request.approve(&mut self.store)
    }

    pub(crate) fn issue(
        &mut self,
        approved: ApprovedEnrolment,
        person: &HealthCard,
        now: UnixTime,
    ) -> Fallible<Vec<u8>> {
        let (terms, elements) = (self.terms()?, person.elements(&self.profile)?);
        let rng = &mut self.rng;
        let draft = approved.draft(&terms, elements, &mut self.store, now, rng)?;
        let card = self.sign(draft)?;
        approved.issued(&card, &self.anchors, &mut self.store, &RUSTCRYPTO, now)?;
        Ok(card)
    }

    pub(crate) fn nonce(&mut self, now: UnixTime) -> Result<[u8; 16], Error> {
        give_nonce(&mut self.store, now, &mut self.rng)
    }

    pub(crate) fn refresh(
        &mut self,
        request: &[u8],
        nonce: &[u8; 16],
        person: &HealthCard,
        now: UnixTime,
    ) -> Fallible<Vec<u8>> {
        let request = RefreshRequest::parse(request)?;
        let open = match request.verify(nonce, &self.store, &RUSTCRYPTO, now)? {
            Refresh::New(verified) => verified.approve(&mut self.store)?,
            Refresh::Approved(open) => open,
            Refresh::Answered(card) => return Ok(card),
        };
        let (terms, elements) = (self.terms()?, person.elements(&self.profile)?);
        let draft = open.draft(&terms, elements, &mut self.store, now, &mut self.rng)?;
        let card = self.sign(draft)?;
        open.issued(&card, &self.anchors, &mut self.store, &RUSTCRYPTO, now)?;
        Ok(card)
    }

    /// The new card arrived: the old one is blocked.
    pub(crate) fn accepted(
        &mut self,
        message: &[u8],
        now: UnixTime,
    ) -> Result<Vec<StatusPlace>, Error> {
        Acceptance::parse(message)?.apply(&mut self.store, &RUSTCRYPTO, now)
    }

    /// By word of its holder, who has no phone.
    pub(crate) fn block(&mut self, card: &CardDigest, now: UnixTime) -> Fallible<Blocked> {
        let line = self.store.line_of(card).map_err(|_| "the store fails")?;
        let line = line.ok_or("a card that is not known")?;
        let oldest = line.oldest_valid().ok_or("no valid card")?.digest();
        Ok(block(&mut self.store, &oldest, BlockReason::Stolen, now)?)
    }

    pub(crate) fn publish(&mut self, now: UnixTime) -> Fallible<Lists> {
        retire_overdue(&mut self.store, now).1?;
        let blocked = self.store.lines().flat_map(CardLine::invalid_places);
        let blocked: Vec<_> = blocked.map(StatusPlace::index).collect();
        self.publisher.publish(&blocked, now)
    }

    fn terms(&self) -> Result<CardTerms, Error> {
        let chain = [&self.signer.der[..]];
        CardTerms::of_profile(&self.profile, LIST, &chain, &RUSTCRYPTO)
    }

    /// What may be lent is nothing that lets health be guessed, and only to people with a card.
    fn sign(&mut self, draft: Draft) -> Fallible<Vec<u8>> {
        let policy = DelegationPolicy::lasting(MAX_SECS)?
            .for_purposes(PurposeSet::of(COLLECTING_MEDICINE))
            .for_elements(self.profile.lent().collect::<Vec<_>>())
            .with_revocation_list(LOANS)
            .requiring_own_card();
        let draft = draft.with_delegation(policy);
        let unsigned = draft.prepare(Algorithm::ES256, &RUSTCRYPTO, &mut self.rng)?;
        let key = key_of(&self.signer)?;
        Ok(unsigned.sign(&key, &[&self.signer.der], &RUSTCRYPTO)?)
    }
}

/// A letter that a stranger prints. His certificate says the fund's name, under a root of his own.
pub(crate) fn forged_letter(now: UnixTime) -> Fallible<String> {
    let (_, stranger) = inviter("a stranger");
    let key = SoftwareAgreementKey::generate(&mut Seeded(3))?;
    let draft = InvitationDraft::new(key.public_key(), now, days_after(now, 90));
    let unsigned = draft.prepare(&[&stranger.der], &RUSTCRYPTO, &mut Seeded(4))?;
    Ok(unsigned.sign_with(&key_of(&stranger)?, &RUSTCRYPTO)?.text())
}

/// A root for enrolment, and who invites below it.
fn inviter(seed: &str) -> (Entity, Entity) {
    let root = Certificate::iaca_root().with(|own| own.subject.common_name = "Enrolment root");
    let root = Entity::self_signed(root, seed);
    let name = |own: &mut Certificate| own.subject.common_name = "Utopia Health Fund";
    let inviter = root.issue(
        Certificate::document_signer().with(name),
        &format!("{seed}: inviter"),
    );
    (root, inviter)
}

/// The app sees who invites.
pub(crate) fn read_letter(
    text: &str,
    anchors: &EnrolmentAnchors,
    now: UnixTime,
) -> Result<VerifiedInvitation, Error> {
    Invitation::from_text(text)?.verify(anchors, &RUSTCRYPTO, now)
}

pub(crate) fn key_of(entity: &Entity) -> Result<SoftwareSigner, Error> {
    Ok(SoftwareSigner::from_bytes(&entity.key.scalar())?)
}

pub(crate) fn days_after(now: UnixTime, days: u64) -> UnixTime {
    unix_time(now.as_secs() + days * DAY)
}
