//! A daughter fetches her mother's medicine: `cargo run --example delegate`.
//!
//! The mother lends her card for thirty days, phone to phone and offline. What passes between the
//! phones would go by QR codes or NFC. Phones, insurer and pharmacy are one process here, with keys
//! in memory; real device keys stay in secure hardware, which signs `to_be_signed`.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "an example has std, and uses a part of the certificate kit"
)]

// Certificates of an insurer that there is not. docs/certificates.md makes others with openssl.
#[path = "../tests/pki/mod.rs"]
mod pki;

use std::error::Error;

use ciborium::Value;
use pki::{Entity, Key, Profile};
use vitacard::crypto::{Algorithm, PublicKey, RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom};
use vitacard::delegation::{
    DelegationId, DelegationPolicy, Lending, MAX_SECS, Purpose, PurposeSet, RequestDraft,
    RevocationRequest,
};
use vitacard::holder::{Card, Consent, DelegatedCard, DeviceRequest, Grant, Loan};
use vitacard::issuer::Draft;
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, ItemsRequest, Policy, Presenter, Reader, Request,
    RevokedDelegations, StatusEvidence, VerifiedResponse,
};
use vitacard::session::SessionTranscript;
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, ElementId, NameSpace, UnixTime, Validity, unix_time};

const HEALTH_CARD: &str = "org.vitacard.health_insurance.1";
const IDENTITY: &str = "org.iso.23220.1";
const INSURANCE: &str = "org.vitacard.health_insurance.1";
const COLLECTING_MEDICINE: Purpose<'_> = Purpose::new("org.vitacard", 1);
/// Where the insurer publishes the loans that were ended early.
const REVOKED: &str = "https://status.example/delegations";
/// 2026-06-01T00:00:00Z; phones and readers have clocks.
const NOW: UnixTime = unix_time(1_780_272_000);
const DAY: u64 = 86_400;

fn main() -> Result<(), Box<dyn Error>> {
    let rng = &mut SystemRandom;
    let insurer = Insurer::new()?;
    let mothers_phone = SoftwareSigner::generate(rng)?;
    let issued = insurer.issue(mothers_phone.public_key())?;
    let card = Card::accept(&issued, &insurer.anchors, &RUSTCRYPTO, NOW)?;
    println!(
        "The mother has a card of {} elements.",
        card.elements().count()
    );

    let daughters_key = SoftwareSigner::generate(rng)?;
    let (loan, lent) = hand_over(&insurer, &card, &mothers_phone, &daughters_key)?;
    println!(
        "{} of them are lent for 30 days, by a delegation of {} bytes.",
        lent.elements().count(),
        loan.as_bytes().len()
    );

    let pharmacy = Pharmacy::new(&insurer)?;
    let response = pharmacy.ask(&lent, &daughters_key, NOW)?;
    for (day, when) in [
        (1, NOW.as_secs()),
        (30, NOW.as_secs() + MAX_SECS - 1),
        (31, NOW.as_secs() + MAX_SECS),
    ] {
        println!("\nDay {day} at the pharmacy:");
        match pharmacy.verify(&response, unix_time(when), &[]) {
            Ok(verified) => tell(&verified, unix_time(when)),
            Err(error) => println!("  {error} ({} {})", error.code(), error.reason()),
        }
    }

    println!("\nThe mother ends it on the fifth day:");
    let day_5 = unix_time(NOW.as_secs() + 4 * DAY);
    let revoked = insurer.revoke(&card, &loan, &mothers_phone, day_5)?;
    let error = pharmacy.verify(&response, day_5, &[revoked]).unwrap_err();
    println!("  {error} ({} {})", error.code(), error.reason());
    Ok(())
}

/// Phone to phone, offline: five messages, and what they are for.
fn hand_over(
    insurer: &Insurer,
    card: &Card,
    mothers_phone: &SoftwareSigner,
    daughters_key: &SoftwareSigner,
) -> Result<(Loan, DelegatedCard), Box<dyn Error>> {
    let rng = &mut SystemRandom;
    // 1 to 3: the daughter's phone has made a key for this loan alone, and asks.
    let draft = RequestDraft::new(daughters_key.public_key()).with_name("Anna Martin")?;
    let committed = draft.commit(NOW, &RUSTCRYPTO, rng)?;
    let lending = Lending::begin(committed.commitment(), rng)?; // the mother's phone
    let unsigned = committed.answer(lending.nonce(), &RUSTCRYPTO)?; // the daughter's
    let (pending, request) = unsigned.sign_with(daughters_key, &RUSTCRYPTO)?;
    let asked = lending.receive(&request, NOW, &RUSTCRYPTO)?; // the mother's
    println!(
        "{} asks. Both phones show {}, and the two compare.",
        asked.name().unwrap_or("Somebody"),
        asked.sas()
    );
    assert_eq!(pending.sas(), asked.sas());

    // 4: the mother sees who asks, what is lent, for what and how long, and enters her passcode.
    let what = [
        name("family_name")?,
        insurance("beneficiary_role")?,
        insurance("health_id")?,
    ];
    let purposes = PurposeSet::of(COLLECTING_MEDICINE);
    let until = unix_time(NOW.as_secs() + MAX_SECS);
    let grant = Grant::new(card, &asked, &what, purposes, NOW, until)?;
    let unsigned = card.delegate(grant, NOW, rng)?;
    let loan = unsigned.sign_with(mothers_phone, &RUSTCRYPTO)?;

    // 5: what is lent goes to the daughter, sealed. Her phone verifies before it keeps.
    let parcel = loan.seal(&RUSTCRYPTO, rng)?;
    let lent = DelegatedCard::accept(&parcel, pending, &insurer.anchors, &RUSTCRYPTO, NOW)?;
    Ok((loan, lent))
}

fn tell(verified: &VerifiedResponse<'_>, now: UnixTime) {
    for document in verified.documents() {
        match document.presenter() {
            Presenter::Holder => println!("  shown by its holder"),
            Presenter::Delegate(delegation) => println!(
                "  shown by {} (compare with an identity document), {} days left, loan {}",
                delegation.name().unwrap_or("a delegate"),
                delegation.days_left(now),
                delegation.id()
            ),
        }
        for element in document.elements() {
            let text = element.value().as_text();
            println!("  {} = {}", element.id(), text.unwrap_or("(no text)"));
        }
    }
}

struct Insurer {
    signer: Entity,
    anchors: TrustAnchors,
}

impl Insurer {
    fn new() -> Result<Self, vitacard::Error> {
        let root = Entity::root();
        let mut anchors = TrustAnchors::new();
        anchors.add_root(&root.der)?;
        let signer = root.issue(Profile::document_signer(), "document signer");
        Ok(Self { signer, anchors })
    }

    /// For 90 days, and lent for at most 30 of them.
    fn issue(&self, phone: PublicKey) -> Result<Vec<u8>, Box<dyn Error>> {
        let window = Validity::new(NOW, unix_time(NOW.as_secs() + 90 * DAY)).ok_or("dates")?;
        let policy = DelegationPolicy::lasting(MAX_SECS)?
            .for_purposes(PurposeSet::of(COLLECTING_MEDICINE))
            .with_revocation_list(REVOKED);
        let [(identity, name), (insurance, role), (_, id)] = [
            name("family_name")?,
            insurance("beneficiary_role")?,
            insurance("health_id")?,
        ];
        let born = Value::Tag(1004, Box::new("1950-03-02".into()));
        let unsigned = Draft::new(DocType::new(HEALTH_CARD)?, phone, window)
            .with_element(identity.borrowed(), name, "Martin")
            .with_element(identity, ElementId::new("birth_date")?, born)
            .with_element(insurance.borrowed(), role, 0)
            .with_element(insurance, id, "250037511100564")
            .with_delegation(policy)
            .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)?;
        let key: &Key = &self.signer.key;
        let key = SoftwareSigner::from_bytes(&key.scalar())?;
        Ok(unsigned.sign(&key, &[&self.signer.der], &RUSTCRYPTO)?)
    }

    /// The mother's phone asks, and the insurer puts the number on its list.
    fn revoke(
        &self,
        card: &Card,
        loan: &Loan,
        phone: &SoftwareSigner,
        now: UnixTime,
    ) -> Result<DelegationId, vitacard::Error> {
        let unsigned = card.revoke(loan.as_bytes(), now, &RUSTCRYPTO, &mut SystemRandom)?;
        let sent = unsigned.sign_with(phone, &RUSTCRYPTO)?;
        let request = RevocationRequest::parse(&sent)?;
        let revoked = request.verify(card.as_bytes(), &self.anchors, &RUSTCRYPTO, now)?;
        println!(
            "  the insurer revokes {} for {:?}",
            revoked.id(),
            revoked.by()
        );
        Ok(revoked.id())
    }
}

struct Pharmacy {
    reader: Reader,
    asked: Vec<u8>,
    transcript: SessionTranscript<'static>,
    policy: Policy,
}

impl Pharmacy {
    fn new(insurer: &Insurer) -> Result<Self, vitacard::Error> {
        let (identity, name) = name("family_name")?;
        let (insurance, id) = insurance("health_id")?;
        let items = ItemsRequest::new(DocType::new(HEALTH_CARD)?)
            .with_element(identity, name, false)
            .with_element(insurance, id, false)
            .accepting_delegates();
        let mut policy = Policy::default();
        policy.cards_without_status = true; // this insurer has no status lists
        Ok(Self {
            reader: Reader::new(RUSTCRYPTO, insurer.anchors.clone()),
            asked: Request::new([items])?.to_bytes(),
            // Of a session by QR code; `session` makes it from engagement and the reader's key.
            transcript: SessionTranscript::given(&[0x83, 0xf6, 0xf6, 0xf6])?,
            policy,
        })
    }

    /// The daughter's phone answers with what is asked for, lent, and agreed to by her.
    fn ask(
        &self,
        lent: &DelegatedCard,
        key: &SoftwareSigner,
        now: UnixTime,
    ) -> Result<Vec<u8>, vitacard::Error> {
        let request = DeviceRequest::parse(&self.asked)?;
        let everything = |consent: Consent, asked| Consent::everything_asked(consent, &asked);
        let consent = request.documents().fold(Consent::none(), everything);
        // What the pharmacy reads for stands in its certificate.
        let purpose = &COLLECTING_MEDICINE;
        let unsigned = lent.present(&request, purpose, &consent, &self.transcript, now)?;
        Ok(unsigned.sign_with(key, &RUSTCRYPTO)?.to_bytes())
    }

    fn verify<'a>(
        &self,
        response: &'a [u8],
        now: UnixTime,
        revoked: &[DelegationId],
    ) -> Result<VerifiedResponse<'a>, vitacard::Error> {
        let lists = [RevokedDelegations::at(REVOKED, revoked)];
        let status = StatusEvidence::none().with_revoked_delegations(&lists);
        let conditions = Conditions::new(now, &self.policy).with_status(status);
        let exchange = Exchange::new(&self.transcript, conditions)
            .with_request(DeviceRequest::parse(&self.asked)?)
            .for_purpose(COLLECTING_MEDICINE);
        self.reader
            .verify(DeviceResponse::parse(response)?, &exchange)
    }
}

type Name = (NameSpace<'static>, ElementId<'static>);

fn name(id: &'static str) -> Result<Name, vitacard::Misuse> {
    Ok((NameSpace::new(IDENTITY)?, ElementId::new(id)?))
}

fn insurance(id: &'static str) -> Result<Name, vitacard::Misuse> {
    Ok((NameSpace::new(INSURANCE)?, ElementId::new(id)?))
}
