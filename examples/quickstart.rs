//! The whole life of a card: issued, kept, asked for, shown over an encrypted session, verified.

use core::error::Error;
use std::time::SystemTime;

use ciborium::Value;
use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom};
use vitacard::holder::{Card, Consent, DeviceRequest};
use vitacard::issuer::Draft;
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, ItemsRequest, Policy, Reader, Request,
};
use vitacard::session::{Engagement, Handover, Reading};
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, ElementId, NameSpace, UnixTime, Validity, unix_time};

fn main() -> Result<(), Box<dyn Error>> {
    let now = now()?;
    let a_year = Validity::new(now, unix_time(now.as_secs() + 365 * 86_400)).ok_or("dates")?;
    let (health, person) = (
        DocType::new("org.vitacard.health_insurance.1")?,
        NameSpace::new("org.iso.23220.1")?,
    );
    let (name, birth_date) = (
        ElementId::new("family_name")?,
        ElementId::new("birth_date")?,
    );
    let rng = &mut SystemRandom;
    let (issuer, phone) = (
        SoftwareSigner::generate(rng)?,
        SoftwareSigner::generate(rng)?,
    );
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(issuer.public_key());
    let reader = Reader::new(RUSTCRYPTO, anchors.clone());
    let mut policy = Policy::default();
    policy.cards_without_status = true; // this insurer has no status lists

    // readme
    // The insurer signs digests of the elements, for the key in the person's phone.
    let unsigned = Draft::new(health.clone(), phone.public_key(), a_year)
        .with_element(person.clone(), name.clone(), "Martin")
        .with_element(person.clone(), birth_date, full_date("1990-07-14"))
        .prepare(Algorithm::ES256, &RUSTCRYPTO, rng)?;
    let signature = issuer.sign(unsigned.to_be_signed())?; // or an HSM, days later
    let issued = unsigned.complete_pinned(&signature, &issuer.public_key(), &RUSTCRYPTO)?;
    // The phone verifies before it keeps, and shows a QR code at the pharmacy.
    let card = Card::accept(&issued, &anchors, &RUSTCRYPTO, now)?;
    let engagement = Engagement::new(&[], &RUSTCRYPTO, rng)?;
    let code = engagement.to_uri();
    // The reader scans the code and asks for the name.
    let items = ItemsRequest::new(health.clone());
    let items = items.with_element(person.clone(), name.clone(), false);
    let reading = Reading::from_uri(&code, &RUSTCRYPTO, rng)?;
    let (at_reader, asking) = reading.establish(&Request::new([items])?.to_bytes())?;
    // The phone shows what is asked for and agreed to, and proves that it holds the card's key.
    let (at_phone, received) = engagement.receive(&asking, Handover::Qr, &RUSTCRYPTO)?;
    let request = received.into_data().ok_or("no request")?;
    let (asked, consent) = (DeviceRequest::parse(&request)?, Consent::none());
    let consent = consent.allow(health, person, name);
    let shown = card.present(&asked, &consent, &at_phone.transcript())?;
    let response = shown.sign_with(&phone, &RUSTCRYPTO)?;
    let (_, answering) = at_phone.seal_last(&response.to_bytes())?;
    // The reader verifies. Only what has been verified can be read.
    let (at_reader, received) = at_reader.open(&answering)?;
    let answer = received.into_data().ok_or("no response")?;
    let transcript = at_reader.transcript();
    let exchange = Exchange::new(&transcript, Conditions::new(now, &policy));
    let verified = reader.verify(DeviceResponse::parse(&answer)?, &exchange)?;
    let document = verified.documents().next().ok_or("no document")?;
    let name = document.element("org.iso.23220.1", "family_name");
    assert_eq!(name.and_then(|name| name.value().as_text()), Some("Martin"));
    // readme

    println!(
        "An insurer signs a health card for the key in a phone: {} bytes.",
        issued.len()
    );
    println!(
        "The phone checks it and keeps it: {} elements.",
        card.elements().count()
    );
    println!(
        "At the pharmacy the phone shows this code:\n\n{}",
        qr(&code)?
    );
    println!(
        "The reader scans it and asks for the family name: {} bytes, encrypted.",
        asking.len()
    );
    println!(
        "The holder agrees. The phone answers: {} bytes, encrypted.",
        answering.len()
    );
    println!(
        "The reader verifies the issuer, the digest, the dates and the phone's key, and reads:"
    );
    for element in document.elements() {
        println!(
            "  {} = {}",
            element.id(),
            element.value().as_text().unwrap_or("(no text)")
        );
    }
    println!("The birth date stayed on the phone.");

    let mut stolen = answer.clone();
    let at = stolen
        .windows(6)
        .position(|bytes| bytes == b"Martin")
        .ok_or("no name")?;
    stolen[at..at + 6].copy_from_slice(b"Durand");
    let forged = reader
        .verify(DeviceResponse::parse(&stolen)?, &exchange)
        .unwrap_err();
    println!(
        "Somebody writes another name into it: {forged} ({} {})",
        forged.code(),
        forged.reason()
    );
    Ok(())
}

fn now() -> Result<UnixTime, Box<dyn Error>> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(unix_time(since.as_secs()))
}

/// A day is a text with tag 1004 (RFC 8943).
fn full_date(day: &str) -> Value {
    Value::Tag(1004, Box::new(day.into()))
}

fn qr(uri: &str) -> Result<String, Box<dyn Error>> {
    let code = qrcode::QrCode::new(uri)?;
    Ok(code.render::<qrcode::render::unicode::Dense1x2>().build())
}
