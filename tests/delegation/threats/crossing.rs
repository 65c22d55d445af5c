//! Threats by what was made for something else: 11 to 15.

use vitacard::delegation::{DelegationId, Purpose, PurposeSet};
use vitacard::reader::{ItemsRequest, Request};
use vitacard::{DocType, Error, Misuse, NameSpace};

use super::*;
use crate::pki::Key;

fn sign(seed: &str, message: &[u8]) -> [u8; 64] {
    Key::from_seed(seed).sign_raw(message)
}

#[test]
fn threat_11_device_signature_as_delegation() {
    let card = &WORLD.card;
    let direct = Document::direct(card, MOTHER);
    assert!(verdict(&direct.response()).is_ok());
    assert!(verdict(&honest().response()).is_ok());
    // What the mother's phone signed for some reader, in place of her delegation.
    let payload = direct.authentication();
    let signature = sign(MOTHER, &sig_structure(&direct.protected, &[], &payload));
    let mut reused = Delegation::of(card);
    (reused.payload, reused.protected) = (Some(payload), direct.protected.clone());
    let document = Document::delegated(card, &reused.bytes_with(&signature));
    assert_eq!(verdict(&document.response()), refused!(DelegationMalformed));
    reused.protected = protected(TYP);
    let document = Document::delegated(card, &reused.bytes_with(&signature));
    assert_eq!(verdict(&document.response()), refused!(DelegationSignature));
    // Were it signed as a delegation, it would still say nothing: it begins with a tag.
    let document = Document::delegated(card, &reused.bytes());
    assert_eq!(verdict(&document.response()), refused!(DelegationClaims));
}

#[test]
fn threat_11_delegation_as_device_signature() {
    let card = &WORLD.card;
    assert!(verdict(&Document::direct(card, MOTHER).response()).is_ok());
    let delegation = Delegation::of(card);
    let signature = sign(MOTHER, &delegation.to_be_signed());
    let nothing = Value::Map(vec![]);
    let sign1 = |protected: &[u8]| {
        array([
            bytes(protected),
            nothing.clone(),
            Value::Null,
            bytes(&signature),
        ])
    };
    let (signed, form) = (refused!(DeviceSignature), refused!(DelegateAuthForm));
    // The payload of the last one is attached, and another.
    for (proof, as_holder, as_delegate) in [
        (sign1(&protected(TYP)), signed.clone(), form.clone()),
        (sign1(&[0xa1, 1, 0x26]), signed, refused!(DelegateSignature)),
        (decode(&delegation.bytes()), refused!(DevicePayload), form),
    ] {
        let direct = Document::direct(card, MOTHER);
        let direct = direct.proved_by("deviceSignature", proof.clone());
        assert_eq!(verdict(&response([direct])), as_holder);
        let delegated = honest().proved_by("deviceSignature", proof);
        assert_eq!(verdict(&response([delegated])), as_delegate);
    }
}

#[test]
fn threat_11_other_messages_of_the_same_keys() {
    assert!(lending(|_| {}).is_ok());
    let typ = |kind: &str| format!("application/vnd.vitacard.{kind}+cwt");
    // The name of the message is in what is signed twice.
    for kind in [
        "delegation-request",
        "delegation-revocation",
        "receipt",
        "Delegation",
    ] {
        let other = lending(|delegation| delegation.protected = protected(&typ(kind)));
        assert_eq!(other, refused!(DelegationMalformed), "{kind}");
    }
    for message in [
        "VITACARD-DELEGATION-REQUEST-v1",
        "VITACARD-DELEGATION-REVOCATION-v1",
        "VITACARD-DELEGATION-v2",
    ] {
        let other = lending(|delegation| delegation.message = message);
        assert_eq!(other, refused!(DelegationSignature), "{message}");
    }
    // ISO's structures have no external_aad.
    let delegation = Delegation::of(&WORLD.card);
    let bare = sig_structure(&delegation.protected, &[], &delegation.payload());
    let bare = delegation.bytes_with(&sign(MOTHER, &bare));
    let bare = Document::delegated(&WORLD.card, &bare).response();
    assert_eq!(verdict(&bare), refused!(DelegationSignature));
}

#[test]
fn threat_11_the_two_structures_of_a_presenter() {
    assert!(verdict(&honest().response()).is_ok());
    let card = &WORLD.card;
    let parent = card.parent();
    // Each part of DelegateAuthentication counts.
    let changes: [fn(&mut Document); 4] = [
        |document| document.structure = "DeviceAuthentication",
        |document| document.parent = None,
        |document| (document.structure, document.parent) = ("DeviceAuthentication", None),
        |document| document.structure = "ReaderAuthentication",
    ];
    for change in changes {
        let changed = honest().with(change);
        assert_eq!(verdict(&changed.response()), refused!(DelegateSignature));
    }
    // A holder never proves himself by the structure of a delegate.
    let holder = Document::direct(card, MOTHER);
    let holder = holder.with(|own| {
        (own.structure, own.parent) = ("DelegateAuthentication", Some(parent));
    });
    assert_eq!(verdict(&holder.response()), refused!(DeviceSignature));
    // Another docType in what is signed than in the document.
    let signed = honest().with(|document| document.doc_type = "org.vitacard.other".into());
    let other = honest().proved_by("deviceSignature", signed.sign1());
    assert_eq!(verdict(&response([other])), refused!(DelegateSignature));
}

/// The delegate's key is that of a card which somebody else shows in the same session.
#[test]
fn threat_11_one_key_in_two_roles() {
    let card = &WORLD.card;
    let shared = Delegation::of(card).saying(CNF, map([(1, cose_key(DAUGHTERS_OWN))]));
    let shown = Document::delegated(card, &shared.bytes());
    let honest = shown
        .clone()
        .with(|document| document.signer = DAUGHTERS_OWN);
    assert!(verdict(&honest.response()).is_ok());
    let own = own_document().sign1();
    let reused = response([shown.proved_by("deviceSignature", own)]);
    assert_eq!(verdict(&reused), refused!(DelegateSignature));
    let reused = own_document().proved_by("deviceSignature", honest.sign1());
    assert_eq!(verdict(&response([reused])), refused!(DeviceSignature));
}

#[test]
fn threat_12_elements_beyond_the_scope() {
    let card = &WORLD.card;
    let narrow = card.clone().showing(&["given_name", "birth_date"]);
    let delegation = Delegation::of(&narrow).bytes();
    let lent = Document::delegated(card, &delegation);
    let show = |ids: &[&str]| verdict(&lent.clone().showing(ids).response());
    let seen = show(&["given_name", "birth_date"]).unwrap();
    assert_eq!(seen[0].ids(), ["birth_date", "given_name"]);
    assert_eq!(show(&["birth_date"]).unwrap()[0].ids(), ["birth_date"]);
    for (item, ids) in [
        (0, &["family_name"][..]),
        (2, &["given_name", "birth_date", "document_number"]),
        (1, &["birth_date", "family_name", "given_name"]),
    ] {
        let items = card.items();
        let own = items.iter().find(|own| own.id == ids[usize::from(item)]);
        let digest_id = own.unwrap().digest_id;
        let refused = refused!(ElementOutsideScope, item: item, digest_id: digest_id);
        assert_eq!(show(ids), refused);
    }
    // An item twice, or under another number or name space: the digests tell.
    let digest_id = narrow.items()[0].digest_id;
    let twice = refused!(DuplicateElement, item: 1, digest_id: digest_id);
    assert_eq!(show(&["given_name", "given_name"]), twice);
}

/// A card with a number in two name spaces: one is lent, and not the other.
#[test]
fn threat_12_number_of_another_name_space() {
    let draft = |draft: &mut kit::Draft| {
        draft.issuer = "document signer";
        draft.unprotected = map([(33, bytes(&WORLD.insurer.signer.der))]);
        let key_info = at(&mut draft.mso, &["deviceKeyInfo"]);
        *at(key_info, &["deviceKey"]) = cose_key(MOTHER);
        kit::insert(key_info, "keyAuthorizations", switch().unwrap());
        kit::insert(key_info, "keyInfo", map([(-70_001, policy_of(1, DAY, 1))]));
    };
    let secret = kit::Item::new(0, "family_name", "Secret");
    let secret = secret.with(|item| item.name_space = "org.iso.18013.5.2".into());
    let items = vec![kit::Item::new(0, "family_name", "Martin"), secret];
    let card = kit::draft_of(items).with(draft).issue();
    let card = Issued::parse(&encode(&card.issuer_signed()));
    let items = ItemsRequest::new(DocType::new(DOC_TYPE).unwrap()).accepting_delegates();
    let items = [NAME_SPACE, "org.iso.18013.5.2"]
        .into_iter()
        .fold(items, |items, space| {
            items.with_element(
                NameSpace::new(space).unwrap(),
                element("family_name"),
                false,
            )
        });
    let pharmacy = Pharmacy {
        asked: Some(Request::new([items]).unwrap().to_bytes()),
        ..Pharmacy::new()
    };
    let both = Document::delegated(&card, &Delegation::of(&card).bytes());
    assert_eq!(
        accepted_by(&pharmacy, &both.response())[0].elements.len(),
        2
    );
    let one = map([(NAME_SPACE, array([0.into()]))]);
    let one = Delegation::of(&card).saying(SCOPE, one).bytes();
    let refused = refused!(ElementOutsideScope, item: 1, digest_id: 0);
    let one = Document::delegated(&card, &one);
    assert_eq!(pharmacy.says(&one.response()), refused);
}

#[test]
fn threat_12_beyond_the_issuers_ceiling() {
    let ceiling = ["given_name", "birth_date"].map(|id| (name_space(), element(id)));
    let card = issue(&WORLD.insurer, any_policy().for_elements(ceiling));
    let document = Document::delegated(&card, &Delegation::of(&card).bytes());
    let show = |ids: &[&str]| verdict(&document.clone().showing(ids).response());
    assert!(show(&["given_name", "birth_date"]).is_ok());
    let items = card.items();
    let own = items.iter().find(|own| own.id == "family_name").unwrap();
    let refused = refused!(ElementOutsideCeiling, item: 1, digest_id: own.digest_id);
    assert_eq!(show(&["given_name", "family_name"]), refused);
    // The ceiling names a name space with each identifier.
    let elsewhere = (
        NameSpace::new("org.iso.18013.5.2").unwrap(),
        element("given_name"),
    );
    let card = issue(&WORLD.insurer, any_policy().for_elements([elsewhere]));
    let document = Document::delegated(&card, &Delegation::of(&card).bytes());
    let digest_id = card.clone().showing(&["given_name"]).items()[0].digest_id;
    let refused = refused!(ElementOutsideCeiling, item: 0, digest_id: digest_id);
    assert_eq!(
        verdict(&document.showing(&["given_name"]).response()),
        refused
    );
}

#[test]
fn threat_12_smuggled_device_signed_elements() {
    let delegation = Delegation::of(&WORLD.card).bytes();
    let says = |name_spaces: &Value| verdict(&honest().saying(name_spaces).response());
    assert!(says(&beside(&delegation, &[])).is_ok());
    for other in [
        (DLG, "claim"),
        (DLG, "other"),
        (NAME_SPACE, "family_name"),
        ("org.vitacard.delegation.1 ", "delegation"),
    ] {
        let refused = says(&beside(&delegation, &[other]));
        assert_eq!(refused, refused!(DelegatedDeviceElements), "{other:?}");
    }
    // One element, and not the delegation.
    for id in ["claim", "Delegation", "delegation "] {
        let alone = map([(DLG, map([(id, bytes(&delegation))]))]);
        assert_eq!(says(&alone), refused!(DelegatedDeviceElements), "{id}");
    }
    // Where the issuer lets delegates confirm claims, this reader has asked for none.
    let card = issue(&WORLD.insurer, any_policy().with_claims());
    let delegation = Delegation::of(&card).bytes();
    let document = Document::delegated(&card, &delegation);
    assert!(verdict(&document.response()).is_ok());
    let claim = document.saying(&beside(&delegation, &[(DLG, "claim")]));
    assert_eq!(
        verdict(&claim.response()),
        refused!(DelegatedDeviceElements)
    );
}

#[test]
fn threat_13_another_purpose() {
    let response = honest().response();
    let with = |purpose| Pharmacy {
        purpose,
        ..Pharmacy::new()
    };
    assert!(with(Some(MEDICINE)).says(&response).is_ok());
    for purpose in [
        Purpose::new("org.vitacard", 2),
        Purpose::new("org.vitacard", -1),
        Purpose::new("org.vitacard.other", 1),
        Purpose::new("", 1),
    ] {
        let refused = with(Some(purpose)).says(&response);
        assert_eq!(refused, refused!(PurposeNotCovered), "{purpose:?}");
    }
    // A reader that does not know its own is a fault of its maker, not of the delegate.
    assert_eq!(
        with(None).says(&response),
        Err(Error::Misuse(Misuse::NoPurpose))
    );
    // The holder lends for what the issuer does not allow.
    let card = issue(
        &WORLD.insurer,
        any_policy().for_purposes(PurposeSet::of(Purpose::new("org.vitacard", 2))),
    );
    let both = Delegation::of(&card)
        .saying(PURPOSES, purposes(&[1, 2]))
        .bytes();
    let both = Document::delegated(&card, &both).response();
    assert_eq!(
        with(Some(MEDICINE)).says(&both),
        refused!(PurposeNotCovered)
    );
    let second = Purpose::new("org.vitacard", 2);
    assert!(with(Some(second)).says(&both).is_ok());
}

fn asked(ids: &[&'static str], delegates: bool) -> ItemsRequest {
    let items = ItemsRequest::new(DocType::new(DOC_TYPE).unwrap());
    let items = ids.iter().fold(items, |items, id| {
        items.with_element(name_space(), element(id), false)
    });
    match delegates {
        true => items.accepting_delegates(),
        false => items,
    }
}

#[test]
fn threat_13_what_was_not_asked_of_delegates() {
    let pharmacy = |items: &[ItemsRequest]| Pharmacy {
        asked: Some(Request::new(items.iter().cloned()).unwrap().to_bytes()),
        ..Pharmacy::new()
    };
    let (few, rest) = (
        ["given_name", "birth_date"],
        ["family_name", "document_number"],
    );
    let show = |ids: &[&str]| honest().showing(ids).response();
    let only_few = pharmacy(&[asked(&few, true)]);
    assert!(only_few.says(&show(&few)).is_ok());
    let digest_id = |id| WORLD.card.clone().showing(&[id]).items()[0].digest_id;
    let refused = refused!(ElementNotRequested, item: 1, digest_id: digest_id("family_name"));
    assert_eq!(
        only_few.says(&show(&["given_name", "family_name"])),
        refused
    );
    // What another request asks the holder alone is not asked of delegates.
    let both = pharmacy(&[asked(&rest, false), asked(&few, true)]);
    assert!(both.says(&show(&few)).is_ok());
    assert_eq!(both.says(&show(&["given_name", "family_name"])), refused);
    let joined = pharmacy(&[asked(&rest, true), asked(&few, true)]);
    assert!(joined.says(&honest().response()).is_ok());
    // Delegates are asked for, of another kind of document.
    let elsewhere = ItemsRequest::new(DocType::new("org.vitacard.other").unwrap())
        .with_element(name_space(), element("given_name"), false)
        .accepting_delegates();
    let elsewhere = pharmacy(&[asked(&few, false), elsewhere]);
    assert_eq!(elsewhere.says(&show(&few)), refused!(DelegationNotAccepted));
}

#[test]
fn threat_14_the_other_signature() {
    let delegation = Delegation::of(&WORLD.card);
    let signature = sign(MOTHER, &delegation.to_be_signed());
    assert_ne!(signature, twin(&signature));
    let show = |signature: &[u8]| {
        Document::delegated(&WORLD.card, &delegation.bytes_with(signature)).response()
    };
    let (one, other) = (show(&signature), show(&twin(&signature)));
    assert_eq!(accepted(&one), accepted(&other));
    let By::Delegate { id, .. } = accepted(&one)[0].by.clone() else {
        unreachable!()
    };
    assert_eq!(id, delegation.id());
    let mut pharmacy = Pharmacy {
        revoked: Some(vec![
            DelegationId::from_bytes([0; 16]),
            DelegationId::from_bytes(id),
            DelegationId::from_bytes([0xff; 16]),
        ]),
        ..Pharmacy::new()
    };
    for response in [&one, &other] {
        assert_eq!(pharmacy.says(response), refused!(DelegationRevoked));
    }
    pharmacy.revoked = Some(vec![DelegationId::from_bytes([0; 16])]);
    assert_eq!(pharmacy.says(&one), pharmacy.says(&other));
    // Two delegations that say the same but for their number are two.
    assert_ne!(delegation.clone().saying(7, bytes(&[8; 16])).id(), id);
}

#[test]
fn threat_15_structures_that_two_parsers_read_differently() {
    assert!(lending(|_| {}).is_ok());
    let good = Delegation::of(&WORLD.card).bytes();
    let crit = map([
        (1, Value::from(-7)),
        (2, array([16.into()])),
        (16, TYP.into()),
    ]);
    let changes: [&dyn Fn(&mut Delegation); 7] = [
        &|own| own.unprotected = map([(4, bytes(b"kid"))]),
        &|own| own.unprotected = map([(1, Value::from(-7))]),
        &|own| own.protected = encode(&crit),
        &|own| own.protected = encode(&map([(16, TYP.into()), (1, Value::from(-7))])),
        &|own| own.protected = encode(&map([(1, Value::from(-35)), (16, TYP.into())])),
        &|own| own.protected = vec![],
        &|own| own.protected = encode(&map([(1, Value::from(-7))])),
    ];
    for change in changes {
        assert_eq!(lending(|own| change(own)), refused!(DelegationMalformed));
    }
    let parts = decode(&good).into_array().unwrap();
    let with = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut parts = parts.clone();
        change(&mut parts);
        encode(&Value::Array(parts))
    };
    for bad in [
        encode(&Value::Tag(18, Box::new(decode(&good)))),
        encode(&Value::Tag(61, Box::new(decode(&good)))),
        [&good[..], &[0]].concat(),
        good[..good.len() - 1].to_vec(),
        with(&|parts| parts.push(Value::Null)),
        with(&|parts| drop(parts.pop())),
        with(&|parts| parts[2] = Value::Null),
        with(&|parts| parts[1] = array([])),
        with(&|parts| parts.swap(0, 2)),
        // 84 as 98 04, and an array without its length.
        [&[0x98, 4], &good[1..]].concat(),
        [&[0x9f], &good[1..], &[0xff]].concat(),
    ] {
        let shown = Document::delegated(&WORLD.card, &bad).response();
        assert_eq!(verdict(&shown), refused!(DelegationMalformed), "{bad:02x?}");
    }
}

#[test]
fn threat_15_claims_that_two_parsers_read_differently() {
    let good = Delegation::of(&WORLD.card);
    assert!(show_with(&WORLD.card, &good).is_ok());
    let claims = |payload: Vec<u8>| lending(|own| own.payload = Some(payload.clone()));
    let entries = good.claims.as_map().unwrap().clone();
    let twice = [&entries[..1], &entries[..]].concat();
    assert_eq!(
        claims(encode(&Value::Map(twice))),
        refused!(DelegationMalformed)
    );
    let back: Vec<_> = entries.iter().rev().cloned().collect();
    let mut long = encode(&good.claims);
    // The label 4, in two bytes.
    long.splice(1..2, [0x18, 4]);
    let indefinite = [&[0xbf][..], &encode(&good.claims)[1..], &[0xff]].concat();
    assert_eq!(
        claims(encode(&Value::Map(back))),
        refused!(DelegationClaims)
    );
    assert_eq!(claims(long), refused!(DelegationClaims));
    assert_eq!(claims(indefinite), refused!(DelegationMalformed));
    for label in [0, 1, 2, 3, 9, 10, -70_006, -70_050, -1] {
        let unknown = show_with(&WORLD.card, &good.clone().saying(label, 1));
        assert_eq!(unknown, refused!(DelegationClaims), "{label}");
    }
    let spaces = |codes: &[i64]| map([(NAME_SPACE, list(codes.iter().copied()))]);
    let none = || Value::Map(vec![]);
    for (label, value) in [
        (7, bytes(&[7; 15])),
        (7, bytes(&[7; 17])),
        (7, 7.into()),
        (SCOPE, none()),
        (SCOPE, spaces(&[])),
        (SCOPE, spaces(&[1, 0])),
        (SCOPE, spaces(&[0, 0])),
        (SCOPE, spaces(&[0, -1])),
        (SCOPE, spaces(&[0, 1 << 31])),
        (SCOPE, map([("", array([0.into()]))])),
        (SCOPE, map([(0, array([0.into()]))])),
        (PURPOSES, none()),
        (PURPOSES, purposes(&[])),
        (PURPOSES, purposes(&[2, 1])),
        (PURPOSES, purposes(&[1, 1])),
        (PURPOSES, map([("", array([1.into()]))])),
        (NAME, "".into()),
        (NAME, "n".repeat(65).into()),
        (NAME, bytes(b"name")),
        (USES, 0.into()),
        (USES, 256.into()),
        (OWN_CARD, bytes(&[0; 31])),
        (OWN_CARD, Value::Null),
    ] {
        let refused = show_with(&WORLD.card, &good.clone().saying(label, value.clone()));
        assert_eq!(refused, refused!(DelegationClaims), "{label} {value:?}");
    }
    let most = good.saying(NAME, "n".repeat(64)).saying(USES, 255);
    assert!(show_with(&WORLD.card, &most).is_ok());
}

#[test]
fn threat_15_authentication_that_two_parsers_read_differently() {
    assert!(verdict(&honest().response()).is_ok());
    let parts = honest().sign1().into_array().unwrap();
    let with = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut parts = parts.clone();
        change(&mut parts);
        verdict(&response([
            honest().proved_by("deviceSignature", Value::Array(parts))
        ]))
    };
    let form = refused!(DelegateAuthForm);
    assert_eq!(with(&|parts| parts[1] = map([(4, bytes(b"kid"))])), form);
    assert_eq!(
        with(&|parts| parts[2] = bytes(&honest().authentication())),
        form
    );
    let tagged = Value::Tag(18, Box::new(Value::Array(parts.clone())));
    let tagged = response([honest().proved_by("deviceSignature", tagged)]);
    assert_eq!(verdict(&tagged), form);
    for protected in [
        vec![],
        vec![0xa0],
        vec![0xa1, 1, 0x38, 0x22],
        vec![0xb8, 1, 1, 0x26],
    ] {
        let other = honest().with(|own| own.protected = protected.clone());
        assert_eq!(verdict(&other.response()), form, "{protected:02x?}");
    }
    assert_eq!(
        with(&|parts| parts[3] = bytes(&[])),
        refused!(DelegateSignature)
    );
}
