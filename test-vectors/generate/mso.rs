//! Group D: the MSO and its digests.

use ciborium::Value;
use serde_json::{Value as Json, json};

use crate::case::{Case, card, card_of, rejected, respond, show, signed, tampered};
use crate::kit::{self, Item, at, encode, map, remove};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = digests();
    cases.extend(malformed());
    cases.extend(rejected(content()));
    cases.push(
        Case::new(
            "no_document",
            "A response without documents proves nothing.",
            encode(&map([("version", "1.0".into()), ("status", 10.into())])),
        )
        .rejects("NoDocument", Json::Null),
    );
    cases.push(second_holder());
    cases.push(
        Case::card(
            "digest_mismatch_on_its_own",
            "The digests of an IssuerSigned on its own are checked as well.",
            encode(
                &card()
                    .issue()
                    .with(|i| i.items[1] = forged())
                    .issuer_signed(),
            ),
        )
        .attack("D1")
        .rejects("DigestMismatch", json!({ "item": 1, "digest_id": 1 })),
    );
    cases
}

fn item(digest_id: u64, id: &str, value: impl Into<Value>) -> (String, Vec<u8>) {
    let item = Item::new(digest_id, id, value);
    (kit::NAME_SPACE.into(), item.bytes())
}

fn forged() -> (String, Vec<u8>) {
    item(1, "given_name", "FORGED")
}

fn elsewhere() -> Item {
    Item::new(0, "family_name", "Martin").with(|item| {
        item.name_space = "org.example".into();
        item.random = vec![9; 32];
    })
}

fn digests() -> Vec<Case> {
    let case = |name, rule, attack, response, expected, item: u16, digest_id: u32| {
        Case::new(name, rule, response)
            .attack(attack)
            .rejects(expected, json!({ "item": item, "digest_id": digest_id }))
    };
    let moved = || {
        let items = vec![Item::new(0, "family_name", "Martin"), elsewhere()];
        let issued = card_of(items).issue();
        respond(issued.with(|i| i.items[1].1 = i.items[0].1.clone()))
    };
    let resized = |len: usize| {
        signed(|draft| {
            let digests = at(&mut draft.mso, &["valueDigests", kit::NAME_SPACE]);
            let first = &mut digests.as_map_mut().expect("a map")[0].1;
            first.as_bytes_mut().expect("bytes").resize(len, 0);
        })
    };
    let two = || {
        let martin = Item::new(0, "family_name", "Martin");
        let dupont = Item::new(1, "family_name", "Dupont");
        respond(card_of(vec![martin, dupont]).issue())
    };
    let random = |len: usize| {
        let item = Item::new(0, "family_name", "Martin").with(|item| item.random = vec![1; len]);
        respond(card_of(vec![item]).issue())
    };
    let evil = || {
        (
            "org.evil".into(),
            Item::new(0, "family_name", "Martin").bytes(),
        )
    };
    vec![
        case(
            "digest_mismatch",
            "The digest of an item is the one in the MSO.",
            "D1",
            tampered(|i| i.items[1] = forged()),
            "DigestMismatch",
            1,
            1,
        ),
        case(
            "digest_mismatch_of_random",
            "The digest covers the random.",
            "D1",
            tampered(|i| {
                let other = Item::new(0, "family_name", "Martin");
                i.items[0].1 = other.with(|item| item.random = vec![3; 32]).bytes();
            }),
            "DigestMismatch",
            0,
            0,
        ),
        case(
            "digest_mismatch_of_encoding",
            "The digest covers the bytes received, not their meaning.",
            "A17",
            tampered(|i| {
                i.items[0].1 = [&[0xda, 0, 0, 0, 24], &i.items[0].1[2..]].concat();
            }),
            "DigestMismatch",
            0,
            0,
        ),
        case(
            "digest_missing",
            "Each item has its digest in the MSO.",
            "D2",
            tampered(|i| i.items.push(item(7, "age_over_99", true))),
            "DigestMissing",
            3,
            7,
        ),
        case(
            "name_space_not_in_mso",
            "Each name space is in the MSO.",
            "D3",
            tampered(|i| i.items.push(evil())),
            "NameSpaceNotInMso",
            3,
            0,
        ),
        case(
            "item_twice",
            "An item is shown once.",
            "D4",
            tampered(|i| i.items.push(i.items[0].clone())),
            "DuplicateElement",
            3,
            0,
        ),
        case(
            "element_twice_signed",
            "An element has one value, also if the issuer signed two.",
            "D4",
            two(),
            "DuplicateElement",
            1,
            1,
        ),
        case(
            "second_value_forged",
            "A second value of an element does not win.",
            "D4",
            tampered(|i| i.items.push(item(0, "family_name", "Dupont"))),
            "DigestMismatch",
            3,
            0,
        ),
        case(
            "digest_of_another_name_space",
            "A digest counts in its name space.",
            "D5",
            moved(),
            "DigestMismatch",
            1,
            0,
        ),
        case(
            "digest_of_another_number",
            "A digest counts under its number.",
            "D5",
            tampered(|i| i.items[0] = item(1, "family_name", "Martin")),
            "DigestMismatch",
            0,
            1,
        ),
        case(
            "digest_of_no_bytes",
            "An empty digest is none.",
            "D7",
            resized(0),
            "DigestLength",
            0,
            0,
        ),
        case(
            "digest_truncated",
            "A digest is whole.",
            "D7",
            resized(16),
            "DigestLength",
            0,
            0,
        ),
        case(
            "digest_longer",
            "A digest by SHA-256 has 32 bytes.",
            "D7",
            resized(33),
            "DigestLength",
            0,
            0,
        ),
        case(
            "digest_of_another_algorithm",
            "A digest is as long as its algorithm says.",
            "D7",
            signed(|d| *at(&mut d.mso, &["digestAlgorithm"]) = "SHA-384".into()),
            "DigestLength",
            0,
            0,
        ),
        case(
            "random_of_15_bytes",
            "A random has 16 bytes at least.",
            "D8",
            random(15),
            "ShortRandom",
            0,
            0,
        ),
        case(
            "random_of_no_bytes",
            "A random is not empty.",
            "D8",
            random(0),
            "ShortRandom",
            0,
            0,
        ),
    ]
}

/// What the issuer signed is no MSO. The offset is that of the map that lacks the field, or of the
/// field.
fn malformed() -> Vec<Case> {
    let missing = |name, field: &str| {
        let mut mso = Vec::new();
        let response = signed(|draft| {
            remove(&mut draft.mso, field);
            mso = encode(&draft.mso);
        });
        let rule = "An MSO has all its fields.";
        Case::new(name, rule, response)
            .attack("D9")
            .rejects_mso_at(&mso)
    };
    let of_type = |name, rule, path: &[&str], value: &[u8]| {
        let mut before = Vec::new();
        let response = signed(|draft| {
            *at(&mut draft.mso, path) = kit::raw(value);
            before = encode(&Value::from(*path.last().expect("a field")));
        });
        // The field follows its name.
        let needle = [&before[..], value].concat();
        Case::new(name, rule, response)
            .attack("D9")
            .rejects_mso_after(&needle, before.len())
    };
    let payload = encode(&card().mso);
    vec![
        missing("mso_without_version", "version"),
        missing("mso_without_digest_algorithm", "digestAlgorithm"),
        missing("mso_without_value_digests", "valueDigests"),
        missing("mso_without_device_key_info", "deviceKeyInfo"),
        missing("mso_without_doc_type", "docType"),
        missing("mso_without_validity_info", "validityInfo"),
        of_type(
            "mso_value_digests_is_array",
            "valueDigests is a map.",
            &["valueDigests"],
            &[0x80],
        ),
        of_type(
            "mso_doc_type_is_bytes",
            "docType is a text.",
            &["docType"],
            b"\x43mDL",
        ),
        of_type(
            "mso_doc_type_empty",
            "docType is not empty.",
            &["docType"],
            b"\x60",
        ),
        Case::new(
            "mso_not_in_tag_24",
            "The payload is MobileSecurityObjectBytes, in tag 24.",
            respond(card().issue_payload(payload.clone())),
        )
        .attack("D9")
        .rejects_mso_at(&payload),
        key_authorizations_contradict(),
    ]
}

fn key_authorizations_contradict() -> Case {
    let name_space = encode(&Value::from(kit::NAME_SPACE));
    let entry = [&name_space[..], b"\x81\x61x"].concat();
    let response = signed(|draft| {
        let elements = map([(kit::NAME_SPACE, kit::array(["x".into()]))]);
        let authorizations = map([
            ("nameSpaces", kit::array([kit::NAME_SPACE.into()])),
            ("dataElements", elements),
        ]);
        let info = at(&mut draft.mso, &["deviceKeyInfo"]);
        kit::insert(info, "keyAuthorizations", authorizations);
    });
    Case::new(
        "key_authorizations_name_space_in_both_lists",
        "A name space is authorised as a whole or by element (clause 9.1.2.4).",
        response,
    )
    .attack("F3")
    .rejects_mso_at(&entry)
}

fn content() -> Vec<crate::case::Row> {
    let mso = |path: &'static [&str], value: Value| signed(|d| *at(&mut d.mso, path) = value);
    let claimed = |doc_type: &str| tampered(|i| i.doc_type = doc_type.into());
    const ALGORITHM: &[&str] = &["digestAlgorithm"];
    const VERSION: &[&str] = &["version"];
    vec![
        (
            "digest_algorithm_sha_1",
            "SHA-1 is no digest algorithm of cards.",
            "D7",
            mso(ALGORITHM, "SHA-1".into()),
            "DigestAlgorithm",
        ),
        (
            "digest_algorithm_in_lower_case",
            "The names of digest algorithms are in upper case.",
            "D7",
            mso(ALGORITHM, "sha-256".into()),
            "DigestAlgorithm",
        ),
        (
            "digest_algorithm_empty",
            "A digest algorithm has a name.",
            "D7",
            mso(ALGORITHM, "".into()),
            "DigestAlgorithm",
        ),
        (
            "mso_version_2",
            "Version 2.0 of the MSO is not known.",
            "D9",
            mso(VERSION, "2.0".into()),
            "MsoVersion",
        ),
        (
            "mso_version_of_three_numbers",
            "A version is two numbers.",
            "D9",
            mso(VERSION, "1.0.0".into()),
            "MsoVersion",
        ),
        (
            "mso_version_is_float",
            "A version is a text.",
            "A16",
            mso(VERSION, Value::from(1.0)),
            "MsoVersion",
        ),
        (
            "doc_type_of_another_card",
            "A document claims the type that its issuer signed.",
            "D6",
            claimed("org.evil"),
            "DocTypeMismatch",
        ),
        (
            "doc_type_in_upper_case",
            "Document types are compared by their bytes.",
            "D6",
            claimed("ORG.ISO.18013.5.1.MDL"),
            "DocTypeMismatch",
        ),
    ]
}

/// A stolen card beside the thief's own.
fn second_holder() -> Case {
    let stolen = card().with(|draft| {
        *at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]) = kit::cose_key("victim");
    });
    let documents = [card(), stolen].map(|draft| show(draft.issue()).document());
    Case::new(
        "second_document_of_another_holder",
        "Each document is shown by the holder of its own key.",
        encode(&kit::response(documents)),
    )
    .attack("D11")
    .rejects("DeviceSignature", json!({ "document": 1 }))
}
