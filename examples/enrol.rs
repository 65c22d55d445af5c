//! From a letter to a card, to a newer card, to a blocked one: `cargo run --example enrol`.
//!
//! What passes between the phone and the fund would go by HTTPS. Both are one process here, with keys
//! in memory; a real device key stays in the phone's secure hardware, and the fund's in an HSM.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "an example has std, and uses a part of the certificate kit"
)]

// Certificates of a fund that there is not. docs/certificates.md makes others with openssl.
#[path = "../tests/pki/mod.rs"]
mod pki;

use std::error::Error;

use pki::{Entity, Profile as Certificate};
use vitacard::crypto::{
    AgreementKey, Algorithm, RUSTCRYPTO, Signer, SoftwareAgreementKey, SoftwareSigner, SystemRandom,
};
use vitacard::enrolment::{
    Acceptance, BlockReason, BlockRequest, CardTerms, EnrolmentAnchors, EnrolmentRequest,
    EvidenceKind, Invitation, InvitationDraft, Invitations, Memory, PendingEnrolment, Refresh,
    RefreshPlan, RefreshRequest, give_nonce,
};
use vitacard::holder::Card;
use vitacard::issuer::Draft;
use vitacard::profile::{BirthDate, Date, HealthCard, Profile};
use vitacard::trust::TrustAnchors;
use vitacard::{UnixTime, unix_time};

const STATUS_LIST: &str = "https://status.example/1";
/// 2026-06-01T12:00:00Z; phones and servers have clocks.
const NOW: UnixTime = unix_time(1_780_315_200);
const DAY: u64 = 86_400;
const PHOTOS: [(EvidenceKind, &[u8]); 3] = [
    (EvidenceKind::PhysicalCard, b"a photograph of the card"),
    (
        EvidenceKind::IdentityDocument,
        b"a photograph of a passport",
    ),
    (EvidenceKind::Face, b"a photograph of a face"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let (mut fund, rng) = (Fund::new()?, &mut SystemRandom);
    let letter = fund.invite()?;
    println!("A letter, with a QR code of {} characters.", letter.len());

    let phone = SoftwareSigner::generate(rng)?;
    let (request, sealed) = answer(&letter, &fund.enrolment_anchors, &phone)?;
    let card = fund.enrol(&request, &sealed)?;
    let card = Card::accept(&card, &fund.anchors, &RUSTCRYPTO, NOW)?;
    tell("Enrolled", &card);

    let (later, new_key) = (after(61 * DAY), SoftwareSigner::generate(rng)?);
    let nonce = give_nonce(&mut fund.store, later, rng)?;
    let plan = RefreshPlan::new(&card, [], [], later, &RUSTCRYPTO)?;
    println!("\nA refresh ends {} loans.", plan.ending().count());
    let unsigned = plan.request(&nonce, new_key.public_key(), later, rng)?;
    let unsigned = unsigned.sign_with(&new_key, &RUSTCRYPTO)?;
    let (pending, request) = unsigned.sign_with(&phone, &RUSTCRYPTO)?;
    let newer = fund.refresh(&request, &nonce, later)?;
    let (card, accepted) = pending.accept(&newer, &fund.anchors, &RUSTCRYPTO, later)?;
    tell("Refreshed", &card);
    let accepted = accepted.sign_with(&new_key, &RUSTCRYPTO)?;
    let places = Acceptance::parse(&accepted)?.apply(&mut fund.store, &RUSTCRYPTO, later)?;
    println!("  The old card is blocked, at {} place.", places.len());

    let stolen = after(70 * DAY);
    let request = card.block(BlockReason::Stolen, stolen, rng)?;
    let request = request.sign_with(&new_key, &RUSTCRYPTO)?;
    let blocked = BlockRequest::parse(&request)?.apply(&mut fund.store, &RUSTCRYPTO, stolen)?;
    println!("\nThe phone is stolen: {:?}.", blocked.reason());
    let nonce = give_nonce(&mut fund.store, stolen, rng)?;
    let plan = RefreshPlan::new(&card, [], [], stolen, &RUSTCRYPTO)?;
    let thief = SoftwareSigner::generate(rng)?;
    let unsigned = plan.request(&nonce, thief.public_key(), stolen, rng)?;
    let unsigned = unsigned.sign_with(&thief, &RUSTCRYPTO)?;
    let (_, request) = unsigned.sign_with(&new_key, &RUSTCRYPTO)?;
    match fund.refresh(&request, &nonce, stolen) {
        Ok(_) => return Err("a blocked card was refreshed".into()),
        Err(error) => println!("  Whoever has it asks for a newer card: {error}"),
    }
    Ok(())
}

/// The request, and the evidence sealed for it.
type Answer = (PendingEnrolment, Vec<Vec<u8>>);

/// The app: it sees who invites, and only then are there pictures.
fn answer(
    letter: &str,
    anchors: &EnrolmentAnchors,
    phone: &SoftwareSigner,
) -> Result<Answer, Box<dyn Error>> {
    let invitation = Invitation::from_text(letter)?.verify(anchors, &RUSTCRYPTO, NOW)?;
    println!("The app shows who invites: {}.", invitation.issuer());
    let mut draft = invitation.enrol(phone.public_key());
    for (kind, photo) in PHOTOS {
        draft = draft.with_evidence(kind, "image/jpeg", photo, &RUSTCRYPTO)?;
    }
    let pending = draft.prepare(NOW, &RUSTCRYPTO)?;
    let pending = pending.sign_with(phone, &RUSTCRYPTO)?;
    let mut sealed = Vec::new();
    for (index, (_, photo)) in PHOTOS.iter().enumerate() {
        sealed.push(pending.seal(index, photo.to_vec(), &RUSTCRYPTO, &mut SystemRandom)?);
    }
    Ok((pending, sealed))
}

struct Fund {
    inviter: Entity,
    signer: Entity,
    /// What evidence is sealed to.
    key: SoftwareAgreementKey,
    store: Memory,
    anchors: TrustAnchors,
    enrolment_anchors: EnrolmentAnchors,
}

impl Fund {
    fn new() -> Result<Self, Box<dyn Error>> {
        let (root, mut anchors) = (Entity::root(), TrustAnchors::new());
        anchors.add_root(&root.der)?;
        let inviting =
            Certificate::iaca_root().with(|own| own.subject.common_name = "Enrolment root");
        let inviting = Entity::self_signed(inviting, "enrolment root");
        let mut enrolment_anchors = EnrolmentAnchors::new();
        enrolment_anchors.add_root(&inviting.der)?;
        let fund =
            Certificate::document_signer().with(|own| own.subject.common_name = "Utopia Fund");
        Ok(Self {
            inviter: inviting.issue(fund, "inviter"),
            signer: root.issue(Certificate::document_signer(), "document signer"),
            key: SoftwareAgreementKey::generate(&mut SystemRandom)?,
            store: Memory::default(),
            anchors,
            enrolment_anchors,
        })
    }

    fn invite(&mut self) -> Result<String, Box<dyn Error>> {
        let key = SoftwareSigner::from_bytes(&self.inviter.key.scalar())?;
        let draft = InvitationDraft::new(self.key.public_key(), NOW, after(90 * DAY));
        let unsigned = draft.prepare(&[&self.inviter.der], &RUSTCRYPTO, &mut SystemRandom)?;
        let issued = unsigned.sign_with(&key, &RUSTCRYPTO)?;
        let text = issued.text();
        match self.store.add_invitation(issued.into_record()) {
            Ok(true) => Ok(text),
            _ => Err("the invitation is not stored".into()),
        }
    }

    fn enrol(
        &mut self,
        request: &PendingEnrolment,
        sealed: &[Vec<u8>],
    ) -> Result<Vec<u8>, Box<dyn Error>> {
        let sealed: Vec<_> = sealed.iter().map(Vec::as_slice).collect();
        let request = EnrolmentRequest::parse(request.as_bytes())?;
        let verified = request.verify(&sealed, &self.store, &self.key, &RUSTCRYPTO, NOW)?;
        for piece in verified.evidence() {
            println!("  The fund looks at {:?}.", piece.kind());
        }
        // Somebody compares the pictures, and decides.
        let approved = verified.approve(&mut self.store)?;
        let (terms, rng) = (self.terms()?, &mut SystemRandom);
        let (profile, rights) = (Profile::health_insurance(), rights()?);
        let elements = rights.elements(&profile)?;
        let draft = approved.draft(&terms, elements, &mut self.store, NOW, rng)?;
        let card = self.sign(draft)?;
        approved.issued(&card, &self.anchors, &mut self.store, &RUSTCRYPTO, NOW)?;
        Ok(card)
    }

    fn refresh(
        &mut self,
        request: &[u8],
        nonce: &[u8; 16],
        now: UnixTime,
    ) -> Result<Vec<u8>, Box<dyn Error>> {
        let request = RefreshRequest::parse(request)?;
        let open = match request.verify(nonce, &self.store, &RUSTCRYPTO, now)? {
            Refresh::New(verified) => verified.approve(&mut self.store)?,
            Refresh::Approved(open) => open,
            Refresh::Answered(card) => return Ok(card),
        };
        let (terms, rng) = (self.terms()?, &mut SystemRandom);
        let (profile, rights) = (Profile::health_insurance(), rights()?);
        let elements = rights.elements(&profile)?;
        let draft = open.draft(&terms, elements, &mut self.store, now, rng)?;
        let card = self.sign(draft)?;
        open.issued(&card, &self.anchors, &mut self.store, &RUSTCRYPTO, now)?;
        Ok(card)
    }

    fn terms(&self) -> Result<CardTerms, Box<dyn Error>> {
        let (profile, chain) = (Profile::health_insurance(), [self.signer.der.as_slice()]);
        Ok(CardTerms::of_profile(
            &profile,
            STATUS_LIST,
            &chain,
            &RUSTCRYPTO,
        )?)
    }

    fn sign(&self, draft: Draft) -> Result<Vec<u8>, Box<dyn Error>> {
        let key = SoftwareSigner::from_bytes(&self.signer.key.scalar())?;
        let unsigned = draft.prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)?;
        Ok(unsigned.sign(&key, &[&self.signer.der], &RUSTCRYPTO)?)
    }
}

/// What the card says, out of the fund's books. The table of the profile fills it up, so that no card
/// tells by its length who is ill.
fn rights() -> Result<HealthCard, Box<dyn Error>> {
    Ok(HealthCard::new()
        .family_name("Martin")
        .given_name("Camille")
        .born(&BirthDate::parse("19500302").ok_or("no date")?)
        .portrait(&[0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9])
        .issue_date(day("2026-05-20")?)
        .expiry_date(day("2031-05-19")?)
        .issuing_authority("Utopia Fund")
        .issuing_country("FR")
        .document_number("8025000000")
        .personal_administrative_number("250037511100592")
        .health_id("250037511100592")
        .health_id_type("1.2.250.1.213.1.4.8")
        .beneficiary_role(0)
        .competent_institution_id("FR:01751")
        .starting_date(day("2026-01-01")?)
        .ending_date(day("2026-12-31")?)
        .rights_checked_at(NOW)
        .card_kind(0)
        .regime_code("01")
        .fund_code("751")
        .centre_code("0001")
        .management_code("10")
        .birth_rank(1)
        .coverage_rate(70)
        .has_attending_physician(true)
        .full_cost_covered(false))
}

fn day(text: &str) -> Result<Date, &'static str> {
    Date::parse(text).ok_or("no date")
}

fn tell(what: &str, card: &Card) {
    let days = (card.validity().until().as_secs() - card.signed().as_secs()) / DAY;
    println!(
        "{what}: a card of {} elements, for {days} days.",
        card.elements().count()
    );
}

fn after(secs: u64) -> UnixTime {
    unix_time(NOW.as_secs() + secs)
}
