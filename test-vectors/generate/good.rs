//! Cards that must be accepted.

use ciborium::Value;
use serde_json::json;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::case::{
    Case, by_signature, card, card_of, elements, garbled, respond, show, signed, signer, tampered,
    transcript, x5chain,
};
use crate::kit::{self, Draft, Item, at, date, encode, insert, map, raw, tag24};
use crate::pki::{BasicConstraints, Entity, Profile, date as day, eku};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            "accept_card_with_device_signature",
            "A card is accepted whose chain, digests, dates and device signature hold.",
            respond(card().issue()),
        )
        .accepts_card(),
        Case::card(
            "accept_card_on_its_own",
            "An IssuerSigned is accepted on its own; nothing is said about who holds it.",
            encode(&card().issue().issuer_signed()),
        )
        .accepts([json!({ "issuer_signed": elements(&kit::draft().items) })]),
        Case::new(
            "accept_sha_384",
            "SHA-384 is a digest algorithm of cards.",
            respond(digested::<Sha384>("SHA-384").issue()),
        )
        .accepts_card(),
        Case::new(
            "accept_sha_512",
            "SHA-512 is a digest algorithm of cards.",
            respond(digested::<Sha512>("SHA-512").issue()),
        )
        .accepts_card(),
        Case::new(
            "accept_no_elements_shown",
            "A holder may show no element at all.",
            tampered(|issued| issued.items.clear()),
        )
        .attack("D10")
        .accepts([by_signature(&[])]),
        Case::new(
            "accept_decoy_digests",
            "Digests of elements that do not exist hide how many there are.",
            signed(|draft| {
                let digests = at(&mut draft.mso, &["valueDigests", kit::NAME_SPACE]);
                (10..20_u64).for_each(|id| insert(digests, id, Value::Bytes(vec![7; 32])));
                let hidden = map([(0, Value::Bytes(vec![7; 32]))]);
                insert(at(&mut draft.mso, &["valueDigests"]), "org.hidden", hidden);
            }),
        )
        .attack("D10")
        .accepts_card(),
        several_documents(),
        several_name_spaces(),
    ];
    cases.extend(trust());
    cases.extend(encodings());
    cases.extend(tolerated());
    cases
}

fn trust() -> Vec<Case> {
    let root = Entity::root();
    let open = Profile::iaca_root().with(|p| {
        p.basic_constraints = Some(BasicConstraints {
            ca: true,
            path_length: Some(1),
        });
    });
    let open = Entity::self_signed(open, "root");
    let authority = open.issue(Profile::intermediate(), "authority");
    let below = authority.issue(Profile::document_signer(), "issuer");
    let renewed = Profile::iaca_root().with(|p| p.not_after = day(2040, 1, 1));
    let renewed = Entity::self_signed(renewed, "root");
    let other = root.issue(
        Profile::document_signer().with(|p| p.eku = vec![eku::MDOC_SIGNER]),
        "issuer",
    );
    let good = || respond(card().issue());
    let under = |chain: &[&[u8]]| signed(|draft| draft.unprotected = x5chain(chain));
    vec![
        Case::new(
            "accept_authority_below_root",
            "An authority may stand below the root where its path length allows it.",
            under(&[&below.der, &authority.der]),
        )
        .attack("C6")
        .anchors(&[&open.der])
        .accepts_card(),
        Case::new(
            "accept_root_renewed_with_same_key",
            "A chain holds under any certificate of the anchor's name and key.",
            good(),
        )
        .anchors(&[&renewed.der])
        .accepts_card(),
        Case::new(
            "accept_extended_key_usage_of_23220_4",
            "1.0.23220.4.1.2 is a usage of signers of cards, beside 1.0.18013.5.1.2.",
            under(&[&other.der]),
        )
        .attack("C3")
        .accepts_card(),
        Case::new(
            "accept_x5chain_in_protected_bucket",
            "The second edition of ISO/IEC 18013-5 lets x5chain stand in the protected bucket.",
            signed(|draft| {
                draft.unprotected = Value::Map(vec![]);
                insert(&mut draft.protected, 33, Value::Bytes(signer().der));
            }),
        )
        .accepts_card(),
        Case::new(
            "accept_pinned_key_of_certificate",
            "A pinned key is trusted without a root, where the certificate names it.",
            good(),
        )
        .anchors(&[])
        .pinned(&["issuer"])
        .accepts_card(),
        Case::new(
            "accept_pinned_key_without_certificate",
            "A pinned key is tried where no certificate came.",
            signed(|draft| draft.unprotected = Value::Map(vec![])),
        )
        .anchors(&[])
        .pinned(&["another", "issuer"])
        .accepts_card(),
        Case::new(
            "accept_strict_profile",
            "The certificates of this kit keep the profile of ISO/IEC 18013-5 Annex B.",
            good(),
        )
        .attack("C13")
        .strict_profile()
        .accepts_card(),
        Case::new(
            "accept_certificate_not_on_revocation_list",
            "A signer that the root's current list does not name is not revoked.",
            good(),
        )
        .attack("C14")
        .crls(&[root
            .crl()
            .with(|c| c.revoked.push(vec![9; 8]))
            .sign(&root.key)])
        .accepts_card(),
    ]
}

fn encodings() -> Vec<Case> {
    let item = || Item::new(0, "family_name", "Martin");
    let shows = |item: Item| respond(card_of(vec![item]).issue());
    let with_content = |content| shows(item().with(|item| item.content = Some(content)));
    let unusual = b"\xb8\x04\x78\x08digestID\x18\x00\x66random\x58\x20\
        00000000000000000000000000000000\x71elementIdentifier\x78\x0bfamily_name\
        \x6celementValue\x78\x06Martin";
    let mut reversed = item().content();
    reversed.as_map_mut().expect("a map").reverse();
    let mut extended = item().content();
    insert(&mut extended, "extension", Value::Null);
    let wide = [&[0xda, 0, 0, 0, 24], &item().bytes()[2..]].concat();
    let value = |name, value: &[u8]| {
        let item = Item::new(0, "family_name", raw(value));
        Case::new(
            name,
            "Element values may be any well-formed CBOR, and are handed on as received.",
            shows(item.clone()),
        )
        .attack("A16")
        .accepts([by_signature(&[item])])
    };
    let one = || [by_signature(&[item()])];
    vec![
        Case::new(
            "accept_unusual_item_encoding",
            "Heads need not be the shortest; digests are over the bytes received.",
            with_content(unusual.to_vec()),
        )
        .attack("A9")
        .accepts([json!({
            "issuer_signed": { (kit::NAME_SPACE): { "family_name": "78064d617274696e" } },
            "proof": "signature",
        })]),
        Case::new(
            "accept_item_keys_in_any_order",
            "The keys of an IssuerSignedItem may stand in any order.",
            with_content(encode(&reversed)),
        )
        .attack("A17")
        .accepts(one()),
        Case::new(
            "accept_unknown_item_key",
            "An IssuerSignedItem may hold keys that are not known.",
            with_content(encode(&extended)),
        )
        .attack("A17")
        .accepts(one()),
        Case::new(
            "accept_wide_tag_24",
            "The digest covers tag 24 as received, however wide its head.",
            {
                let digest = Sha256::digest(&wide).to_vec();
                let draft = card_of(vec![item()]).with(|draft| {
                    let digests = at(&mut draft.mso, &["valueDigests", kit::NAME_SPACE]);
                    *digests = map([(0, Value::Bytes(digest))]);
                });
                respond(draft.issue().with(|issued| issued.items[0].1 = wide))
            },
        )
        .attack("A17")
        .accepts(one()),
        value("accept_value_undefined", &[0xf7]),
        value("accept_value_nan_with_payload", &[0xf9, 0x7e, 0x01]),
        value(
            "accept_value_least_integer",
            &[&[0x3b][..], &[0xff; 8]].concat(),
        ),
        value(
            "accept_value_that_is_no_date",
            b"\xd9\x03\xec\x6a1990-02-30",
        ),
        Case::new(
            "accept_largest_digest_id",
            "A digestID is smaller than 2^31, and 2^31 - 1 is.",
            shows(Item::new((1 << 31) - 1, "family_name", "Martin")),
        )
        .attack("A15")
        .accepts(one()),
        Case::new(
            "accept_random_of_16_bytes",
            "A random has 16 bytes at least.",
            shows(item().with(|item| item.random = vec![1; 16])),
        )
        .attack("D8")
        .accepts(one()),
    ]
}

fn tolerated() -> Vec<Case> {
    let tag = || {
        let mut document = show(card().issue()).document();
        let auth = at(&mut document, &["issuerSigned", "issuerAuth"]);
        *auth = Value::Tag(18, Box::new(auth.clone()));
        encode(&kit::response([document]))
    };
    let computed = || {
        let name_spaces = encode(&tag24(vec![0xa0]));
        kit::device_authentication(&transcript(), &kit::DOC_TYPE.into(), &name_spaces)
    };
    vec![
        Case::new("accept_tag_18", "A COSE_Sign1 may carry its tag.", tag())
            .attack("B5")
            .accepts_card(),
        Case::new(
            "accept_other_s",
            "(r, n - s) is the other valid signature of a message.",
            tampered(|issued| {
                let bytes = issued.issuer_auth[3].as_bytes().expect("a signature");
                let signature = p256::ecdsa::Signature::from_slice(bytes).expect("a signature");
                let (r, s) = signature.split_scalars();
                let other = p256::ecdsa::Signature::from_scalars(r, -s).expect("a signature");
                issued.issuer_auth[3] = Value::Bytes(other.to_bytes().to_vec());
            }),
        )
        .attack("B12")
        .accepts_card(),
        Case::new(
            "accept_crit_that_is_understood",
            "A critical label is fine that is there, protected and understood.",
            signed(|draft| insert(&mut draft.protected, 2, Value::Array(vec![1.into()]))),
        )
        .attack("B3")
        .accepts_card(),
        Case::new(
            "accept_device_payload_attached",
            "A payload of the device signature that is attached is the computed one.",
            garbled(|shown| {
                let sign1 = at(&mut shown.device_auth, &["deviceSignature"]);
                sign1.as_array_mut().expect("an array")[2] = Value::Bytes(computed());
            }),
        )
        .attack("B9")
        .accepts_card(),
        Case::new(
            "accept_device_key_that_may_verify",
            "Parameters of the device key that do not concern signatures are ignored.",
            signed(|draft| {
                let key = at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]);
                insert(key, 2, "a kid as text".into());
                insert(key, 3, Value::from(-7));
                insert(key, 4, Value::Array(vec![2.into()]));
            }),
        )
        .attack("B13")
        .accepts_card(),
        Case::new(
            "accept_unknown_mso_fields",
            "Fields of the MSO that are not known are ignored, and later minor versions read.",
            signed(|draft| {
                *at(&mut draft.mso, &["version"]) = "1.7".into();
                insert(&mut draft.mso, "invention", Value::Null);
                insert(
                    at(&mut draft.mso, &["validityInfo"]),
                    "invention",
                    Value::Null,
                );
                let info = map([(-7, Value::Null)]);
                insert(at(&mut draft.mso, &["deviceKeyInfo"]), "keyInfo", info);
            }),
        )
        .attack("D9")
        .accepts_card(),
        Case::new(
            "accept_unknown_status_where_policy_degrades",
            "A status list of which nothing is known degrades a card where the policy says so.",
            signed(crate::time::name_status),
        )
        .policy(json!({ "unknown_status": "degrade" }))
        .accepts([json!({
            "issuer_signed": elements(&kit::draft().items),
            "proof": "signature",
            "standing": "degraded",
        })]),
        Case::new(
            "accept_expected_update_passed",
            "An expectedUpdate that has passed is a hint and no more.",
            signed(|draft| {
                let dates = at(&mut draft.mso, &["validityInfo"]);
                insert(dates, "expectedUpdate", date("2026-02-01T00:00:00Z"));
            }),
        )
        .attack("E8")
        .accepts_card(),
    ]
}

fn several_documents() -> Case {
    let items = vec![Item::new(5, "membership", 4711)];
    let other = card_of(items.clone()).with(|draft| {
        *at(&mut draft.mso, &["docType"]) = "org.example.membership".into();
        *at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]) = kit::cose_key("second device");
    });
    let other = other.issue().with(|issued| {
        issued.doc_type = "org.example.membership".into();
        issued.device = "second device";
    });
    let documents = [show(card().issue()).document(), show(other).document()];
    Case::new(
        "accept_several_documents",
        "Each document of a response is checked by its own key.",
        encode(&kit::response(documents)),
    )
    .accepts([by_signature(&kit::draft().items), by_signature(&items)])
}

fn several_name_spaces() -> Case {
    let mut elsewhere = Item::new(0, "family_name", "Dupont");
    elsewhere.name_space = "org.example".into();
    let items = vec![Item::new(0, "family_name", "Martin"), elsewhere];
    Case::new(
        "accept_same_identifier_in_two_name_spaces",
        "Elements and digests of two name spaces may have the same names and numbers.",
        respond(card_of(items.clone()).issue()),
    )
    .attack("D5")
    .accepts([by_signature(&items)])
}

/// [`card`], with digests by another algorithm.
fn digested<D: Digest>(name: &str) -> Draft {
    card().with(|draft| {
        *at(&mut draft.mso, &["digestAlgorithm"]) = name.into();
        let digest = |item: &Item| Value::Bytes(D::digest(item.bytes()).to_vec());
        let digests = draft.items.iter();
        let digests = digests.map(|item| (item.digest_id.into(), digest(item)));
        *at(&mut draft.mso, &["valueDigests", kit::NAME_SPACE]) = Value::Map(digests.collect());
    })
}
