//! What is tolerated because peers do it and it cannot matter: the rows of the table in
//! `ARCHITECTURE.md` that no numbered attack covers.

use ciborium::Value;
use vitacard::{DecodeErrorKind::*, Rejected};

use crate::kit::{self, array, encode, insert, map};
use crate::{rejected, unreadable, verify};

fn with_extra(key: &str, value: Value) -> Vec<u8> {
    let mut response = kit::response([kit::draft().issue().show().document()]);
    insert(&mut response, key, value);
    encode(&response)
}

#[test]
fn empty_document_errors() {
    assert_eq!(
        verify(&with_extra("documentErrors", array([])))
            .unwrap()
            .len(),
        3
    );
    let errors = array([map([("org.example", Value::from(0))])]);
    assert_eq!(
        verify(&with_extra("documentErrors", errors)).unwrap().len(),
        3
    );
}

#[test]
fn null_status() {
    let with_status = |status: Value| {
        let draft = kit::draft().with(|draft| insert(&mut draft.mso, "status", status));
        draft.issue().show().response()
    };
    assert_eq!(verify(&with_status(Value::Null)).unwrap().len(), 3);
    // A list is not "absent", however strange it is: what is not understood is not known.
    for status in [
        Value::Map(vec![]),
        map([("novelty", Value::Null)]),
        Value::from(0),
    ] {
        assert_eq!(
            rejected(&with_status(status)),
            Rejected::StatusUnknown { document: 0 }
        );
    }
}

#[test]
fn protected_x5chain() {
    let chain = Value::Bytes(vec![0x30, 0]);
    let alg = || (Value::from(1), Value::from(-7));
    let with = |protected: Vec<(Value, Value)>, unprotected: Vec<(Value, Value)>| {
        let draft = kit::draft().with(|draft| {
            draft.protected = Value::Map(protected);
            draft.unprotected = Value::Map(unprotected);
        });
        draft.issue().show().response()
    };
    let x5chain = || (Value::from(33), chain.clone());
    assert_eq!(
        verify(&with(vec![alg(), x5chain()], vec![])).unwrap().len(),
        3
    );
    assert_eq!(
        verify(&with(vec![alg()], vec![x5chain()])).unwrap().len(),
        3
    );
    assert_eq!(
        unreadable(&with(vec![alg(), x5chain()], vec![x5chain()])),
        LabelTwice
    );
}

#[test]
fn later_minor_versions() {
    let mut response = kit::response([kit::draft().issue().show().document()]);
    *kit::at(&mut response, &["version"]) = "1.1".into();
    assert_eq!(verify(&encode(&response)).unwrap().len(), 3);
}

#[test]
fn a_failing_wallet_says_so_without_documents() {
    let failed = |status: u64| {
        encode(&map([
            ("version", "1.0".into()),
            ("status", Value::from(status)),
        ]))
    };
    for status in [0, 10, 11, 12] {
        assert_eq!(
            rejected(&failed(status)),
            Rejected::NoDocument { document: 0 }
        );
    }
    let mut response = kit::response([kit::draft().issue().show().document()]);
    *kit::at(&mut response, &["status"]) = Value::from(10);
    assert_eq!(unreadable(&encode(&response)), Contradiction);
    let mut response = kit::response([]);
    *kit::at(&mut response, &["status"]) = Value::from(10);
    assert_eq!(unreadable(&encode(&response)), Empty);
}
