//! Issues a health insurance card and writes it to a file: `cargo run --example issue [card.cbor]`.
//!
//! It says how `verify` reads the card. The keys are made anew each time and lie in memory. A real
//! issuer's key is in an HSM (see `remote_signer.rs`) with a certificate, and the device key comes
//! from the holder's phone.

use core::error;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use ciborium::Value;
use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom};
use vitacard::issuer::{Decoys, Draft, StatusReference};
use vitacard::reader::{Conditions, Policy, Reader, UnknownStatus};
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, ElementId, NameSpace, UnixTime, Validity, unix_time};

const DAY: u64 = 86_400;

fn main() -> Result<(), Box<dyn error::Error>> {
    let issuer = SoftwareSigner::generate(&mut SystemRandom)?;
    let phone = SoftwareSigner::generate(&mut SystemRandom)?;
    let now = unix_time(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs());

    let card = draft(&phone, now)?
        .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)?
        .sign_pinned(&issuer, &RUSTCRYPTO)?;

    summarize(&card, &issuer, now)?;
    match env::args().nth(1) {
        Some(path) => {
            fs::write(&path, &card)?;
            let key = hex::encode(issuer.public_key().as_bytes());
            eprintln!("cargo run --release --example verify -- --pin {key} {path}");
        }
        None => println!("{}", hex::encode(&card)),
    }
    Ok(())
}

fn draft(phone: &SoftwareSigner, now: UnixTime) -> Result<Draft, vitacard::Error> {
    // In whole days: a date in seconds would tell this card from all others.
    let today = now.as_secs() / DAY * DAY;
    let ninety_days = Validity::new(unix_time(today), unix_time(today + 90 * DAY));
    let full_date = |date: &str| Value::Tag(1004, Value::from(date).into());
    let elements: [(&str, &str, Value); 9] = [
        ("org.iso.23220.1", "family_name", "Martin".into()),
        ("org.iso.23220.1", "given_name", "Camille".into()),
        ("org.iso.23220.1", "birth_date", full_date("1984-05-17")),
        ("org.iso.23220.1", "issuing_country", "FR".into()),
        (INSURANCE, "health_id", "184057505800112".into()),
        (INSURANCE, "beneficiary_role", 0.into()),
        (INSURANCE, "starting_date", full_date("2026-01-01")),
        (FRENCH, "ald", false.into()),
        (FRENCH, "exemption_until", Value::Null),
    ];
    let mut draft = Draft::new(
        DocType::new(INSURANCE)?,
        phone.public_key(),
        ninety_days.ok_or(vitacard::Misuse::InvalidValidity)?,
    );
    for (name_space, id, value) in elements {
        draft = draft.with_element(NameSpace::new(name_space)?, ElementId::new(id)?, value);
    }
    Ok(draft
        .with_decoys(Decoys::ToMultipleOf(8))
        .with_padded_values()
        .with_expected_update(unix_time(today + 60 * DAY))
        .with_status(StatusReference::status_list(
            412_007,
            "https://status.example/1",
        )))
}

/// Reads the card as any reader would that trusts this issuer.
fn summarize(card: &[u8], issuer: &SoftwareSigner, now: UnixTime) -> Result<(), vitacard::Error> {
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(issuer.public_key());
    let mut policy = Policy::default();
    policy.unknown_status = UnknownStatus::Degrade; // nobody runs this card's status list
    let reader = Reader::new(RUSTCRYPTO, anchors);
    let verified = reader.verify_issuer_signed(card, &Conditions::new(now, &policy))?;
    eprintln!("{}, {} bytes, verified", verified.doc_type(), card.len());
    for element in verified.elements() {
        let bytes = element.value().as_cbor().len();
        eprintln!("  {} {}: {bytes} bytes", element.name_space(), element.id());
    }
    Ok(())
}

const INSURANCE: &str = "org.vitacard.health_insurance.1";
const FRENCH: &str = "org.vitacard.health_insurance.fr.1";
