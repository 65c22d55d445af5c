//! K: more than a reader should have to look at.

use ciborium::Value;
use vitacard::reader::Conditions;
use vitacard::{Error, Rejected, unix_time};

use crate::kit::{self, Draft, Shown, at, insert, map};
use crate::{policy, rejected, verify, verify_under};

fn names(count: u32) -> impl Iterator<Item = Value> {
    // Of one length, so that they come in the order that maps want.
    (0..count).map(|number| Value::from(format!("n{number:06}")))
}

/// A card whose device key may sign all of `whole` name spaces, and in each of `single` others
/// `ids` elements.
fn authorizing(whole: u32, single: u32, ids: u32) -> Draft {
    let ids = Value::Array(names(ids).collect());
    let single = names(single).map(|name| {
        let name = format!("x{}", name.as_text().unwrap());
        (name.into(), ids.clone())
    });
    let authorizations = map([
        ("nameSpaces", Value::Array(names(whole).collect())),
        ("dataElements", Value::Map(single.collect())),
    ]);
    kit::draft().with(|draft| {
        let info = at(&mut draft.mso, &["deviceKeyInfo"]);
        insert(info, "keyAuthorizations", authorizations);
    })
}

fn shown(draft: Draft) -> Shown {
    draft.issue().show()
}

#[test]
fn k02_key_authorizations_are_counted() {
    for (whole, single, ids) in [(65, 1, 1), (1, 65, 1), (1, 1, 1025), (1, 64, 17)] {
        let response = shown(authorizing(whole, single, ids)).response();
        let fault = rejected(&response);
        assert!(matches!(fault, Rejected::MsoMalformed { .. }), "{fault:?}");
    }
    for (whole, single, ids) in [(64, 64, 16), (64, 1, 1024), (0, 64, 0)] {
        let response = shown(authorizing(whole, single, ids)).response();
        assert_eq!(verify(&response).unwrap().len(), 3);
    }
}

/// Refusing early reads what nobody has signed: comparing 50,000 name spaces with as many others
/// would take a minute.
#[test]
fn k02_an_unsigned_mso_costs_no_more_than_its_length() {
    let mut forged = shown(authorizing(50_000, 50_000, 0));
    forged.issuer_auth[3] = Value::Bytes(vec![1; 64]);
    let mut early = policy();
    early.refuse_early = true;
    let started = std::time::Instant::now();
    let verdict = verify_under(
        Conditions::new(unix_time(kit::NOW), &early),
        &forged.response(),
    );
    assert_eq!(
        verdict,
        Err(Error::Rejected(Rejected::IssuerSignature { document: 0 }))
    );
    assert!(started.elapsed().as_secs() < 5);
}
