//! D: the MSO and its digests.

use ciborium::Value;
use vitacard::{DecodeErrorKind::*, Rejected};

use crate::kit::{self, Issued, Item, at, encode, insert, map, remove};
use crate::{rejected, unreadable, verify};

const DOCUMENT: u8 = 0;

/// The response of a good card whose holder changed something before showing it.
fn tampered(change: impl FnOnce(&mut Issued)) -> Vec<u8> {
    kit::draft().issue().with(change).show().response()
}

/// The response of a card whose issuer signed an MSO with a fault.
fn with_mso(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    kit::draft()
        .with(|draft| change(&mut draft.mso))
        .issue()
        .show()
        .response()
}

fn item(digest_id: u64, id: &str, value: impl Into<Value>) -> (String, Vec<u8>) {
    (
        kit::NAME_SPACE.into(),
        Item::new(digest_id, id, value).bytes(),
    )
}

#[test]
fn d01_forged_value() {
    let forged = tampered(|issued| issued.items[1] = item(1, "given_name", "FORGED"));
    let expected = Rejected::DigestMismatch {
        document: DOCUMENT,
        item: 1,
        digest_id: 1,
    };
    assert_eq!(rejected(&forged), expected);
    // Each byte of each item counts, also those outside the value.
    let good = kit::draft().issue();
    for at in 0..good.items[0].1.len() {
        for bit in 0..8 {
            let flipped = good
                .clone()
                .with(|issued| issued.items[0].1[at] ^= 1 << bit);
            assert!(verify(&flipped.show().response()).is_err(), "{at} {bit}");
        }
    }
}

#[test]
fn d02_digest_not_in_the_mso() {
    let added = tampered(|issued| issued.items.push(item(7, "age_over_99", true)));
    let expected = Rejected::DigestMissing {
        document: DOCUMENT,
        item: 3,
        digest_id: 7,
    };
    assert_eq!(rejected(&added), expected);
}

#[test]
fn d03_name_space_not_in_the_mso() {
    let added = tampered(|issued| {
        issued.items.push((
            "org.evil".into(),
            Item::new(0, "family_name", "Martin").bytes(),
        ));
    });
    let expected = Rejected::NameSpaceNotInMso {
        document: DOCUMENT,
        item: 3,
        digest_id: 0,
    };
    assert_eq!(rejected(&added), expected);
}

#[test]
fn d04_duplicate_elements() {
    let twice = tampered(|issued| issued.items.push(issued.items[0].clone()));
    let expected = Rejected::DuplicateElement {
        document: DOCUMENT,
        item: 3,
        digest_id: 0,
    };
    assert_eq!(rejected(&twice), expected);
    let issued = kit::draft_of(vec![
        Item::new(0, "family_name", "Martin"),
        Item::new(1, "family_name", "Dupont"),
    ]);
    let expected = Rejected::DuplicateElement {
        document: DOCUMENT,
        item: 1,
        digest_id: 1,
    };
    assert_eq!(
        rejected(&issued.issue().show().response()),
        expected,
        "also if the issuer signed"
    );
    let forged = tampered(|issued| issued.items.push(item(0, "family_name", "Dupont")));
    let expected = Rejected::DigestMismatch {
        document: DOCUMENT,
        item: 3,
        digest_id: 0,
    };
    assert_eq!(rejected(&forged), expected);
}

#[test]
fn d05_digest_of_another_place() {
    let mut elsewhere = Item::new(0, "family_name", "Martin");
    elsewhere.name_space = "org.example".into();
    let draft = || {
        let other = elsewhere.clone().with(|item| item.random = vec![9; 32]);
        kit::draft_of(vec![Item::new(0, "family_name", "Martin"), other])
    };
    let moved = draft().issue().with(|issued| {
        let bytes = issued.items[0].1.clone();
        issued.items[1].1 = bytes;
    });
    let expected = Rejected::DigestMismatch {
        document: DOCUMENT,
        item: 1,
        digest_id: 0,
    };
    assert_eq!(rejected(&moved.show().response()), expected);
    let renumbered = tampered(|issued| issued.items[0] = item(1, "family_name", "Martin"));
    let expected = Rejected::DigestMismatch {
        document: DOCUMENT,
        item: 0,
        digest_id: 1,
    };
    assert_eq!(rejected(&renumbered), expected);
}

#[test]
fn d06_doc_type_of_another_card() {
    let claimed = kit::draft()
        .issue()
        .with(|issued| issued.doc_type = "org.evil".into());
    let expected = Rejected::DocTypeMismatch { document: DOCUMENT };
    assert_eq!(
        rejected(&claimed.show().response()),
        expected,
        "also if the device signed it"
    );
    let case = tampered(|issued| issued.doc_type = kit::DOC_TYPE.to_uppercase().into());
    assert_eq!(rejected(&case), expected);
    assert_eq!(
        unreadable(&tampered(|issued| issued.doc_type = "".into())),
        Empty
    );
}

#[test]
fn d07_digest_algorithms_and_lengths() {
    let expected = Rejected::DigestAlgorithm { document: DOCUMENT };
    for name in ["SHA-1", "SHA-224", "sha-256", "SHA256", "SHA3-256", ""] {
        let response = with_mso(|mso| *at(mso, &["digestAlgorithm"]) = name.into());
        assert_eq!(rejected(&response), expected, "{name}");
    }
    let response = with_mso(|mso| *at(mso, &["digestAlgorithm"]) = "SHA-384".into());
    let length = Rejected::DigestLength {
        document: DOCUMENT,
        item: 0,
        digest_id: 0,
    };
    assert_eq!(rejected(&response), length);
    for len in [0, 16, 31, 33, 64] {
        let response = with_mso(|mso| {
            let digests = at(mso, &["valueDigests", kit::NAME_SPACE])
                .as_map_mut()
                .unwrap();
            let mut digest = digests[0].1.as_bytes().unwrap().clone();
            digest.resize(len, 0);
            digests[0].1 = Value::Bytes(digest);
        });
        assert_eq!(rejected(&response), length, "{len}");
    }
}

#[test]
fn d08_short_random() {
    let of = |len| {
        let item = Item::new(0, "family_name", "Martin").with(|item| item.random = vec![1; len]);
        kit::draft_of(vec![item]).issue().show().response()
    };
    let expected = Rejected::ShortRandom {
        document: DOCUMENT,
        item: 0,
        digest_id: 0,
    };
    assert_eq!(rejected(&of(0)), expected);
    assert_eq!(rejected(&of(15)), expected);
    assert_eq!(verify(&of(16)).unwrap().len(), 1);
}

#[test]
fn d09_versions_and_unknown_fields() {
    for version in [
        "2.0", "0.9", "1", "1.", "1.x", "1.0.0", "", "11.0", "1.0000",
    ] {
        let response = with_mso(|mso| *at(mso, &["version"]) = version.into());
        assert_eq!(
            rejected(&response),
            Rejected::MsoVersion { document: DOCUMENT },
            "{version}"
        );
        let mut outer = kit::response([kit::draft().issue().show().document()]);
        *at(&mut outer, &["version"]) = version.into();
        assert_eq!(unreadable(&encode(&outer)), UnknownVersion, "{version}");
    }
    let later = with_mso(|mso| {
        *at(mso, &["version"]) = "1.7".into();
        insert(mso, "invention", Value::Null);
        insert(at(mso, &["validityInfo"]), "invention", Value::Null);
        insert(
            at(mso, &["deviceKeyInfo"]),
            "keyInfo",
            map([(-7, Value::Null)]),
        );
    });
    assert_eq!(verify(&later).unwrap().len(), 3);
}

#[test]
fn d09_missing_fields() {
    for field in [
        "version",
        "digestAlgorithm",
        "valueDigests",
        "deviceKeyInfo",
        "docType",
        "validityInfo",
    ] {
        let response = with_mso(|mso| remove(mso, field));
        let rejected = rejected(&response);
        assert!(
            matches!(
                rejected,
                Rejected::MsoMalformed {
                    document: 0,
                    offset: 1..
                }
            ),
            "{field}"
        );
        let response = with_mso(|mso| *at(mso, &[field]) = Value::Null);
        assert!(verify(&response).is_err(), "{field}");
    }
    for field in ["docType", "issuerSigned", "deviceSigned"] {
        let mut document = kit::draft().issue().show().document();
        remove(&mut document, field);
        assert_eq!(
            unreadable(&encode(&kit::response([document]))),
            MissingKey,
            "{field}"
        );
    }
}

/// Digests of elements that do not exist hide how many there are. Must accept.
#[test]
fn d10_decoys() {
    let response = with_mso(|mso| {
        let digests = at(mso, &["valueDigests", kit::NAME_SPACE]);
        (10..40_u64).for_each(|id| insert(digests, id, Value::Bytes(vec![7; 32])));
        insert(
            at(mso, &["valueDigests"]),
            "org.hidden",
            map([(0, Value::Bytes(vec![7; 32]))]),
        );
    });
    assert_eq!(verify(&response).unwrap().len(), 3);
    let nothing = tampered(|issued| issued.items.clear());
    assert_eq!(verify(&nothing).unwrap().len(), 0);
}

#[test]
fn d11_second_document_of_another_holder() {
    let own = kit::draft().issue().show().document();
    let stolen = kit::draft().with(|draft| {
        *at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]) = kit::cose_key("victim");
    });
    let response = encode(&kit::response([own, stolen.issue().show().document()]));
    assert_eq!(
        rejected(&response),
        Rejected::DeviceSignature { document: 1 }
    );
}

#[test]
fn d12_values_of_unexpected_types() {
    let value = |value: Value| {
        let item = Item::new(0, "birth_date", value);
        verify(&kit::draft_of(vec![item]).issue().show().response()).unwrap()
    };
    let date: Value = "1990-02-30".into();
    for tag in [0, 1004] {
        // The library hands the value on; that it is no date is for whoever reads it to say.
        assert_eq!(value(Value::Tag(tag, Box::new(date.clone()))).len(), 1);
    }
    assert_eq!(value(date).len(), 1);
    assert_eq!(
        value(Value::Bytes(vec![0xff; 900_000]))[0].1.len(),
        900_005,
        "a large portrait"
    );
}
