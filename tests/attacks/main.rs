//! What the verifier must survive: each case has a number for life, and a test with that number.
//! Those on certificates, C, are in `src/trust/tests.rs`, beside what they attack.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

#[path = "../kit/mod.rs"]
mod kit;
#[path = "../pki/mod.rs"]
mod pki;

mod group_a;
mod group_b;
mod group_c;
mod group_d;
mod group_e;
mod group_f;
mod group_g;
mod group_k;
mod leniency;

use vitacard::crypto::{PublicKey, RUSTCRYPTO};
use vitacard::reader::{Conditions, DeviceResponse, Exchange, Policy, Reader, UnknownStatus};
use vitacard::trust::TrustAnchors;
use vitacard::{DecodeErrorKind, Error, Rejected, session::SessionTranscript, unix_time};

/// Verifies a response in the session of the kit, with the kit's issuer pinned; what was accepted
/// comes back as (identifier, CBOR) pairs.
fn verify(response: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Error> {
    verify_at(kit::NOW, response)
}

fn verify_at(now: u64, response: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let policy = policy();
    verify_under(Conditions::new(unix_time(now), &policy), response)
}

fn verify_under(
    conditions: Conditions<'_>,
    response: &[u8],
) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let response = DeviceResponse::parse(response)?;
    let verified = reader("issuer").verify(response, &Exchange::new(&transcript, conditions))?;
    let elements = verified
        .documents()
        .flat_map(|document| document.elements());
    Ok(elements
        .map(|element| (element.id().to_string(), element.value().as_cbor().to_vec()))
        .collect())
}

/// A policy that looks at everything but status, which the kit's cards do not have.
fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    policy.unknown_status = UnknownStatus::Deny;
    policy
}

fn reader(issuer: &str) -> Reader {
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(key(issuer));
    Reader::new(RUSTCRYPTO, anchors)
}

fn key(seed: &str) -> PublicKey {
    PublicKey::p256(&pki::Key::from_seed(seed).public_sec1()).unwrap()
}

/// The rejection of a response that is well formed.
#[track_caller]
fn rejected(response: &[u8]) -> Rejected {
    match verify(response) {
        Err(Error::Rejected(rejected)) => rejected,
        other => panic!("{other:?}"),
    }
}

/// Why a response cannot be read.
#[track_caller]
fn unreadable(response: &[u8]) -> DecodeErrorKind {
    match DeviceResponse::parse(response) {
        Err(Error::Decode(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_kit_makes_good_cards() {
    let elements = verify(&kit::good()).unwrap();
    assert_eq!(elements.len(), 3);
    assert_eq!(elements[0], ("family_name".into(), b"\x66Martin".to_vec()));
}
