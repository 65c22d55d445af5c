//! Issues a card with a key that this program never sees: `cargo run --example remote_signer`.
//!
//! Another thread stands for the HSM. It gets the bytes to be signed and answers in DER, as HSMs,
//! cloud key stores and PKCS #11 wrappers do; the answer may take days, for nothing waits in a call.

use core::error::Error;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
use vitacard::crypto::{
    Algorithm, PublicKey, RUSTCRYPTO, Signature, Signer as _, SoftwareSigner, SystemRandom,
};
use vitacard::issuer::Draft;
use vitacard::{DocType, ElementId, NameSpace, Validity, unix_time};

fn main() -> Result<(), Box<dyn Error>> {
    let (to_hsm, requests) = channel();
    let (answers, from_hsm) = channel();
    let key = SigningKey::from_slice(&[7; 32])?;
    let public_key = PublicKey::p256(key.verifying_key().to_sec1_point(false).as_bytes())?;
    let hsm = thread::spawn(move || serve(&key, &requests, &answers));

    // Everything random is drawn here, before the HSM is asked.
    let unsigned = draft()?.prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)?;
    to_hsm.send(unsigned.to_be_signed().to_vec())?;

    // A signature by another key, or over other bytes, is an error here and never a card.
    // With a certificate: `unsigned.complete(&signature, &[&leaf_der], &RUSTCRYPTO)`.
    let signature = Signature::from_der(&from_hsm.recv()?, 32)?;
    let card = unsigned.complete_pinned(&signature, &public_key, &RUSTCRYPTO)?;
    println!("{}", hex::encode(card));

    drop(to_hsm);
    hsm.join().map_err(|_| "the signer panicked")?;
    Ok(())
}

fn draft() -> Result<Draft, vitacard::Error> {
    // The phone's public key; its private half stays in the phone.
    let device_key = SoftwareSigner::generate(&mut SystemRandom)?.public_key();
    let validity = Validity::new(unix_time(1_780_272_000), unix_time(1_788_048_000));
    let validity = validity.ok_or(vitacard::Misuse::InvalidValidity)?;
    let doc_type = DocType::new("org.vitacard.health_insurance.1")?;
    Ok(Draft::new(doc_type, device_key, validity).with_element(
        NameSpace::new("org.iso.23220.1")?,
        ElementId::new("family_name")?,
        "Martin",
    ))
}

/// Hashes and signs what it gets, and knows nothing of cards.
fn serve(key: &SigningKey, requests: &Receiver<Vec<u8>>, answers: &Sender<Vec<u8>>) {
    for message in requests {
        let signature: EcdsaSignature = key.sign(&message);
        let answer = signature.to_der().as_bytes().to_vec();
        if answers.send(answer).is_err() {
            return;
        }
    }
}
