//! What a wallet accepts.

use ciborium::{Value, cbor};
use vitacard::crypto::{RUSTCRYPTO, Signer as _};
use vitacard::holder::{Card, DeviceProof};
use vitacard::trust::TrustAnchors;
use vitacard::{Error, Misuse, Rejected, unix_time};

use crate::kit::{self, at, insert};
use crate::pki::date;
use crate::{accept, accept_at, issued, signer};

#[test]
fn an_accepted_card_can_be_read() {
    let bytes = issued(kit::draft());
    let card = accept_at(&bytes, kit::NOW).unwrap();
    assert_eq!(card.as_bytes(), bytes);
    assert_eq!(card.doc_type(), kit::DOC_TYPE);
    let first = card.elements().next().unwrap();
    assert_eq!(
        (first.id().as_str(), first.value().as_text()),
        ("family_name", Some("Martin"))
    );
    assert_eq!(card.elements().count(), 3);
    assert_eq!(*card.device_key(), signer("device").public_key());
    assert_eq!(card.proof(), DeviceProof::Signature);
    assert_eq!(card.signed(), unix_time(date(2026, 1, 2)));
    assert_eq!(card.validity().until(), unix_time(date(2027, 1, 2)));
    assert_eq!(card.expected_update(), None);
    assert_eq!(
        format!("{card:?}"),
        "Card(org.iso.18013.5.1.mDL, 3 elements)"
    );
}

#[test]
fn a_stored_card_is_accepted_again() {
    let card = accept(kit::draft()).unwrap();
    let again = accept_at(card.as_bytes(), kit::NOW + 1).unwrap();
    assert_eq!(again.as_bytes(), card.as_bytes());
}

#[test]
fn no_changed_byte_changes_a_value() {
    let bytes = issued(kit::draft());
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        // The key "nameSpaces" is not signed: without it a card is one with nothing on it.
        if let Ok(card) = accept_at(&changed, kit::NOW) {
            assert_eq!(card.elements().count(), 0, "byte {index}");
        }
    }
}

#[test]
fn a_card_of_an_unknown_issuer_is_refused() {
    let bytes = issued(kit::draft());
    let card = Card::accept(
        &bytes,
        &TrustAnchors::new(),
        &RUSTCRYPTO,
        unix_time(kit::NOW),
    );
    let refusal = Rejected::NoIssuerKey { document: 0 };
    assert_eq!(card.map(drop), Err(refusal.into()));
}

#[test]
fn a_card_that_is_not_valid_yet_is_kept_and_an_expired_one_is_not() {
    let bytes = issued(kit::draft());
    assert!(accept_at(&bytes, date(2025, 12, 1)).is_ok());
    let until = unix_time(date(2027, 1, 2));
    assert!(accept_at(&bytes, until.as_secs()).is_ok());
    let refusal = Error::Rejected(Rejected::Expired { document: 0, until });
    let late = accept_at(&bytes, until.as_secs() + 1);
    assert_eq!(late.map(drop), Err(refusal));
}

#[test]
fn a_clock_that_was_never_set_accepts_nothing() {
    let card = accept_at(&issued(kit::draft()), 86_400);
    assert_eq!(card.map(drop), Err(Misuse::ClockNotSet.into()));
}

#[test]
fn cards_with_and_without_status_are_accepted() {
    let status = cbor!({ "status_list" => { "idx" => 1, "uri" => "https://list.example" } });
    let draft = kit::draft().with(|draft| insert(&mut draft.mso, "status", status.unwrap()));
    assert!(accept(draft).is_ok());
}

fn declaring(more: &[(i64, Value)]) -> kit::Draft {
    kit::draft().with(|draft| {
        let key = at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]);
        more.iter()
            .for_each(|(label, value)| insert(key, *label, value.clone()));
    })
}

#[test]
fn a_key_declared_for_one_use_has_that_use() {
    let refusal = Error::Rejected(Rejected::DeviceKeyUse { document: 0 });
    let signing = [(3, Value::from(-7)), (4, Value::Array(vec![2.into()]))];
    for declared in signing {
        let card = accept(declaring(&[declared])).unwrap();
        assert_eq!(card.proof(), DeviceProof::Signature);
        assert_eq!(card.with_proof(DeviceProof::Mac).map(drop), Err(refusal));
    }
    let agreeing = [(3, Value::from(-25)), (4, Value::Array(vec![7.into()]))];
    for declared in agreeing {
        let card = accept(declaring(&[declared])).unwrap();
        assert_eq!(card.proof(), DeviceProof::Mac);
        assert_eq!(
            card.with_proof(DeviceProof::Signature).map(drop),
            Err(refusal)
        );
    }
    let both = accept(declaring(&[])).unwrap().with_proof(DeviceProof::Mac);
    let both = both.unwrap().with_proof(DeviceProof::Signature);
    assert_eq!(both.unwrap().proof(), DeviceProof::Signature);
}
