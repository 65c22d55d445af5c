//! The holder: cards that are kept, what is shown of them, and who may ask.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

#[path = "kit/mod.rs"]
mod kit;
#[path = "pki/mod.rs"]
mod pki;
#[path = "vectors/mod.rs"]
mod vectors;

#[path = "holder/asking.rs"]
mod asking;
#[path = "holder/cards.rs"]
mod cards;
#[path = "holder/showing.rs"]
mod showing;

use vitacard::crypto::{PublicKey, RUSTCRYPTO, SoftwareAgreementKey, SoftwareSigner};
use vitacard::holder::Card;
use vitacard::reader::{ItemsRequest, Policy, Reader, Request};
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, ElementId, Error, NameSpace, unix_time};

fn anchors() -> TrustAnchors {
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(PublicKey::p256(&pki::Key::from_seed("issuer").public_sec1()).unwrap());
    anchors
}

fn signer(seed: &str) -> SoftwareSigner {
    SoftwareSigner::from_bytes(&pki::Key::from_seed(seed).scalar()).unwrap()
}

fn agreement_key(seed: &str) -> SoftwareAgreementKey {
    SoftwareAgreementKey::from_bytes(&pki::Key::from_seed(seed).scalar()).unwrap()
}

fn issued(draft: kit::Draft) -> Vec<u8> {
    kit::encode(&draft.issue().issuer_signed())
}

fn accept_at(bytes: &[u8], now: u64) -> Result<Card, Error> {
    Card::accept(bytes, &anchors(), &RUSTCRYPTO, unix_time(now))
}

fn accept(draft: kit::Draft) -> Result<Card, Error> {
    accept_at(&issued(draft), kit::NOW)
}

fn card() -> Card {
    accept(kit::draft()).unwrap()
}

fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    policy
}

fn reader() -> Reader {
    Reader::new(RUSTCRYPTO, anchors())
}

fn doc_type() -> DocType<'static> {
    DocType::new(kit::DOC_TYPE).unwrap()
}

fn name_space() -> NameSpace<'static> {
    NameSpace::new(kit::NAME_SPACE).unwrap()
}

fn id(id: &str) -> ElementId<'_> {
    ElementId::new(id).unwrap()
}

fn items(ids: &[&str]) -> ItemsRequest {
    ids.iter()
        .fold(ItemsRequest::new(doc_type()), |items, name| {
            items.with_element(name_space(), id(name), false)
        })
}

fn request(ids: &[&str]) -> Vec<u8> {
    Request::new([items(ids)]).unwrap().to_bytes()
}
