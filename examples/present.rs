//! Shows a card: `cargo run --example present`.
//!
//! The wallet keeps the card as the issuer sent it, reads what a reader asks for, and shows of it
//! what the holder agrees to. Issuer, reader and phone are one process here, with keys in memory;
//! a real device key stays in the phone's secure hardware, which signs `to_be_signed`.

use core::error;

use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom};
use vitacard::holder::{Card, Consent, DeviceRequest};
use vitacard::issuer::Draft;
use vitacard::reader::{ItemsRequest, Request};
use vitacard::trust::TrustAnchors;
use vitacard::{
    DocType, ElementId, Error, NameSpace, Validity, session::SessionTranscript, unix_time,
};

const CARD: &str = "org.vitacard.health_insurance.1";
const IDENTITY: &str = "org.iso.23220.1";
/// 2026-06-01T00:00:00Z; a wallet has a clock.
const NOW: u64 = 1_780_272_000;

fn main() -> Result<(), Box<dyn error::Error>> {
    let issuer = SoftwareSigner::generate(&mut SystemRandom)?;
    let phone = SoftwareSigner::generate(&mut SystemRandom)?;
    let stored = issue(&issuer, &phone)?;

    let mut anchors = TrustAnchors::new();
    anchors.pin_key(issuer.public_key());
    let card = Card::accept(&stored, &anchors, &RUSTCRYPTO, unix_time(NOW))?;
    println!(
        "{} with {} elements",
        card.doc_type(),
        card.elements().count()
    );

    let received = ask()?;
    let request = DeviceRequest::parse(&received)?;
    let consent = consent(&request);
    // Of a session by QR code; `session` makes it from the engagement and the reader's key.
    let transcript = SessionTranscript::given(&[0x83, 0xf6, 0xf6, 0xf6])?;

    let unsigned = card.present(&request, &consent, &transcript)?;
    let signature = phone.sign(&unsigned.to_be_signed()?)?;
    let response = unsigned.complete(&signature, &RUSTCRYPTO)?.to_bytes();
    println!(
        "{} bytes to send:\n{}",
        response.len(),
        hex::encode(response)
    );
    Ok(())
}

/// Asks the holder about each element; this one keeps the portrait back.
fn consent(request: &DeviceRequest<'_>) -> Consent {
    let mut consent = Consent::none();
    for asked in request.documents() {
        for (name_space, id, retain) in asked.elements() {
            let agreed = id != "portrait";
            let kept = if retain { "to keep" } else { "to look at" };
            println!("  {id}, {kept}: {}", if agreed { "yes" } else { "no" });
            if agreed {
                consent = consent.allow(asked.doc_type(), name_space, id);
            }
        }
    }
    consent
}

/// What a reader sends.
fn ask() -> Result<Vec<u8>, Error> {
    let identity = NameSpace::new(IDENTITY)?;
    let items = ItemsRequest::new(DocType::new(CARD)?)
        .with_element(identity.borrowed(), ElementId::new("family_name")?, true)
        .with_element(identity.borrowed(), ElementId::new("age_over_18")?, false)
        .with_element(identity.borrowed(), ElementId::new("portrait")?, false);
    Ok(Request::new([items])?.to_bytes())
}

/// What an issuer sends; see `issue.rs`.
fn issue(issuer: &SoftwareSigner, phone: &SoftwareSigner) -> Result<Vec<u8>, Error> {
    let identity = NameSpace::new(IDENTITY)?;
    let ninety_days = Validity::new(unix_time(NOW), unix_time(NOW + 90 * 86_400));
    let ninety_days = ninety_days.ok_or(vitacard::Misuse::InvalidValidity)?;
    Draft::new(DocType::new(CARD)?, phone.public_key(), ninety_days)
        .with_element(
            identity.borrowed(),
            ElementId::new("family_name")?,
            "Martin",
        )
        .with_element(
            identity.borrowed(),
            ElementId::new("given_name")?,
            "Camille",
        )
        .with_element(identity.borrowed(), ElementId::new("age_over_18")?, true)
        .with_element(identity, ElementId::new("portrait")?, &b"\xff\xd8..."[..])
        .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)?
        .sign_pinned(issuer, &RUSTCRYPTO)
}
