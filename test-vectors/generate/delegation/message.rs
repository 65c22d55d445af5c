//! Steps 6 and 7: the one form of a delegation, and who signed it for which card.

use ciborium::Value;

use super::claims::replaced;
use super::lend::{
    DELEGATE, Delegation, Grant, TYP, altered, bytes, card, external_aad, grant, granted, signed_by,
};
use super::{Case, Row, rejected};
use crate::case::{show, signer};
use crate::kit::{self, Issued, array, encode, map};
use crate::pki::{Entity, Profile};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = rejected("H3", headers());
    cases.extend(rejected("H3", forms()));
    cases.extend(rejected("H7", signatures()));
    cases.extend(rejected("H8", lent_on()));
    cases.extend(rejected("H1", without_card()));
    cases.extend(rejected("H5", reused()));
    cases.extend(rejected("H11", parents()));
    cases
}

const FORM: &str = "DelegationMalformed";
const NO: &str = "DelegationSignature";

/// Signed with another protected bucket.
fn protected<const N: usize>(entries: [(i64, Value); N]) -> Vec<u8> {
    granted(|grant| grant.protected = map(entries))
}

fn headers() -> Vec<Row> {
    let alg = |alg: i64| (1, Value::from(alg));
    let typ = || (16, Value::from(TYP));
    vec![
        (
            "protected_without_typ",
            "A delegation says that it is one.",
            protected([alg(-7)]),
            FORM,
        ),
        (
            "protected_with_another_typ",
            "A request for a delegation is no delegation.",
            protected([
                alg(-7),
                (16, "application/vnd.vitacard.delegation-request+cwt".into()),
            ]),
            FORM,
        ),
        (
            "protected_with_typ_in_capitals",
            "The type is compared byte for byte.",
            protected([alg(-7), (16, TYP.to_uppercase().into())]),
            FORM,
        ),
        (
            "protected_without_alg",
            "A delegation names its algorithm.",
            protected([typ()]),
            FORM,
        ),
        (
            "protected_es384",
            "A delegation is signed by ES256, not by ES384.",
            protected([alg(-35), typ()]),
            FORM,
        ),
        (
            "protected_eddsa",
            "A delegation is signed by ES256, not by EdDSA.",
            protected([alg(-8), typ()]),
            FORM,
        ),
        (
            "protected_esp256",
            "ES256 has one number here.",
            protected([alg(-9), typ()]),
            FORM,
        ),
        (
            "protected_with_kid",
            "No key is named: the card's key signs.",
            protected([alg(-7), (4, bytes(b"kid")), typ()]),
            FORM,
        ),
        (
            "protected_with_crit",
            "Nothing is critical but what this page lists.",
            protected([alg(-7), (2, array([16.into()])), typ()]),
            FORM,
        ),
        (
            "protected_out_of_order",
            "The protected bucket is in the one order that there is.",
            protected([typ(), alg(-7)]),
            FORM,
        ),
        (
            "protected_empty",
            "The protected bucket is not empty.",
            protected([]),
            FORM,
        ),
        (
            "unprotected_kid",
            "Nothing is unprotected.",
            altered(|delegation| delegation.sign1[1] = map([(4, bytes(b"kid"))])),
            FORM,
        ),
        (
            "unprotected_alg",
            "No algorithm is unprotected.",
            altered(|delegation| delegation.sign1[1] = map([(1, Value::from(-7))])),
            FORM,
        ),
    ]
}

/// With bytes in place of those of the delegation.
fn respelt(change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    altered(|delegation| delegation.element = Some(Value::Bytes(change(delegation.content()))))
}

fn in_element(element: impl FnOnce(&Delegation) -> Value) -> Vec<u8> {
    altered(|delegation| delegation.element = Some(element(delegation)))
}

fn with_signature(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    altered(|delegation| change(delegation.sign1[3].as_bytes_mut().expect("a signature")))
}

fn forms() -> Vec<Row> {
    vec![
        (
            "tagged",
            "A delegation has no tag 18.",
            respelt(|content| [vec![0xd2], content].concat()),
            FORM,
        ),
        (
            "signature_of_63_bytes",
            "A signature has 64 bytes, not fewer.",
            with_signature(|signature| signature.truncate(63)),
            FORM,
        ),
        (
            "signature_of_65_bytes",
            "A signature has 64 bytes, not more.",
            with_signature(|signature| signature.insert(0, 0)),
            FORM,
        ),
        (
            "signature_of_no_bytes",
            "A delegation is signed.",
            with_signature(Vec::clear),
            FORM,
        ),
        (
            "signature_in_der",
            "A signature is r and s, not DER.",
            altered(|delegation| {
                let raw = delegation.sign1[3].as_bytes().expect("a signature");
                let signature = p256::ecdsa::Signature::from_slice(raw).expect("a signature");
                delegation.sign1[3] = bytes(signature.to_der().as_bytes());
            }),
            FORM,
        ),
        (
            "payload_detached",
            "The claims are in the delegation.",
            altered(|delegation| delegation.sign1[2] = Value::Null),
            FORM,
        ),
        (
            "three_fields",
            "A delegation has four fields.",
            altered(|delegation| drop(delegation.sign1.remove(1))),
            FORM,
        ),
        (
            "five_fields",
            "A delegation has no fifth field.",
            altered(|delegation| delegation.sign1.push(bytes(&[7; 64]))),
            FORM,
        ),
        (
            "element_not_bytes",
            "The element is a byte string that holds the delegation.",
            in_element(|delegation| Value::Array(delegation.sign1.clone())),
            FORM,
        ),
        (
            "element_tagged",
            "The byte string has no tag 24.",
            in_element(|delegation| kit::tag24(delegation.content())),
            FORM,
        ),
        (
            "element_of_no_bytes",
            "The element is not empty.",
            respelt(|_| vec![]),
            FORM,
        ),
        (
            "element_with_trailing_byte",
            "Nothing follows the delegation.",
            respelt(|content| [content, vec![0]].concat()),
            FORM,
        ),
        (
            "array_head_not_shortest",
            "The head of the array is as short as can be.",
            respelt(|content| [&[0x98, 4], &content[1..]].concat()),
            FORM,
        ),
        (
            "array_of_indefinite_length",
            "The length of the array is definite.",
            respelt(|content| [&[0x9f], &content[1..], &[0xff]].concat()),
            FORM,
        ),
        (
            "signature_head_not_shortest",
            "The length of the signature is as short as can be.",
            respelt(|content| {
                let at = content.len() - 66;
                assert_eq!(content[at..at + 2], [0x58, 64]);
                [&content[..at], &[0x59, 0, 64], &content[at + 2..]].concat()
            }),
            FORM,
        ),
        (
            "unprotected_head_not_shortest",
            "The empty map has one encoding.",
            respelt(|content| replaced(&content, &[b't', 0xa0], &[b't', 0xb8, 0])),
            FORM,
        ),
    ]
}

/// Signed for another `external_aad`.
fn signed_for(external_aad: Vec<u8>) -> Vec<u8> {
    granted(|grant| grant.external_aad = external_aad)
}

fn signed_by_key_of(seed: &'static str) -> Vec<u8> {
    granted(|grant| grant.holder = seed)
}

fn lent_on() -> Vec<Row> {
    vec![(
        "signed_by_delegate",
        "A delegate does not lend on: nobody but the card's own key signs.",
        signed_by_key_of(DELEGATE),
        NO,
    )]
}

fn without_card() -> Vec<Row> {
    vec![
        (
            "external_aad_empty",
            "A delegation is signed for its card.",
            signed_for(vec![]),
            NO,
        ),
        (
            "parent_of_zeros",
            "A delegation names its card.",
            signed_for(external_aad(&[0; 32], kit::DOC_TYPE)),
            NO,
        ),
    ]
}

/// Signatures of the same key for another purpose.
fn reused() -> Vec<Row> {
    let device_signature = || {
        let shown = show(card().issue());
        let mut auth = shown.device_auth;
        let sign1 = kit::at(&mut auth, &["deviceSignature"]).clone();
        let payload = kit::device_authentication(
            &crate::case::transcript(),
            &shown.doc_type,
            &shown.device_name_spaces,
        );
        (sign1.as_array().expect("an array").clone(), payload)
    };
    vec![
        (
            "device_signature_as_delegation",
            "The signature of a presentation is no delegation.",
            altered(|delegation| {
                let (mut sign1, payload) = device_signature();
                sign1[2] = Value::Bytes(payload);
                delegation.sign1 = sign1;
            }),
            FORM,
        ),
        (
            "device_signature_under_claims",
            "The signature of a presentation does not sign claims.",
            altered(|delegation| delegation.sign1[3] = device_signature().0[3].clone()),
            NO,
        ),
        (
            "device_signature_in_form_of_delegation",
            "The signature of a presentation is no delegation, whatever form it is put in.",
            altered(|delegation| {
                let (sign1, payload) = device_signature();
                delegation.sign1[2] = Value::Bytes(payload);
                delegation.sign1[3] = sign1[3].clone();
            }),
            NO,
        ),
    ]
}

fn signatures() -> Vec<Row> {
    vec![
        (
            "signed_by_issuer",
            "The issuer of a card does not lend it.",
            signed_by_key_of("issuer"),
            NO,
        ),
        (
            "signed_by_another_card",
            "The key of another card lends nothing of this one.",
            signed_by_key_of("another device"),
            NO,
        ),
        (
            "signature_of_zeros",
            "r = s = 0 is no signature.",
            with_signature(|signature| signature.fill(0)),
            NO,
        ),
        (
            "claims_altered",
            "The signature covers the claims.",
            altered(|delegation| {
                let claims = delegation.sign1[2].as_bytes_mut().expect("claims");
                // The beginning of exp: a day and a half is 2^17 seconds.
                claims[4] ^= 2;
            }),
            NO,
        ),
    ]
}

/// A delegation of `lent`, presented with `shown`.
fn splice(lent: Issued, leaf: &[u8], shown: Issued, shown_leaf: &[u8]) -> Vec<u8> {
    let theirs = Grant::of_issued(lent, leaf).sign();
    let mut ours = Grant::of_issued(shown, shown_leaf).sign();
    ours.sign1 = theirs.sign1;
    ours.present().response()
}

fn parents() -> Vec<Row> {
    let leaf = signer().der;
    let issued = || card().issue();
    let renewed = Entity::root().issue(
        Profile::document_signer().with(|profile| profile.serial[0] ^= 1),
        crate::case::ISSUER,
    );
    let other = Entity::root().issue(Profile::document_signer(), "another issuer");
    let by = |entity: &Entity, seed| {
        let again = signed_by(&issued(), &entity.der, seed);
        splice(issued(), &leaf, again, &entity.der)
    };
    let later = card().with(|draft| {
        let until = kit::at(&mut draft.mso, &["validityInfo", "validUntil"]);
        *until = kit::date("2027-02-01T00:00:00Z");
    });
    let parent = grant().parent;
    let aad = |doc_type: &str| external_aad(&parent, doc_type);
    let named = |name: &str| encode(&array([name.into(), bytes(&parent), kit::DOC_TYPE.into()]));
    vec![
        (
            "parent_of_another_card",
            "A delegation of one card does not lend another one of the same holder and key.",
            splice(issued(), &leaf, later.issue(), &leaf),
            NO,
        ),
        (
            "parent_signed_by_another_issuer",
            "A delegation of a card does not lend the same MSO that another issuer signed.",
            by(&other, "another issuer"),
            NO,
        ),
        (
            "parent_under_another_certificate",
            "A card is named by the certificate of its signer, not by his key.",
            by(&renewed, crate::case::ISSUER),
            NO,
        ),
        (
            "aad_of_another_doc_type",
            "A delegation names the type of its card.",
            signed_for(aad("org.example.other")),
            NO,
        ),
        (
            "aad_of_another_message",
            "A delegation is signed as one, not as a request to revoke.",
            signed_for(named("VITACARD-DELEGATION-REVOCATION-v1")),
            NO,
        ),
        (
            "aad_of_another_version",
            "A delegation is signed as one of version 1.",
            signed_for(named("VITACARD-DELEGATION-v2")),
            NO,
        ),
    ]
}
