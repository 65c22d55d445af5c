//! Threats to the presentation: 6 to 10, and 16a.

use vitacard::crypto::SoftwareAgreementKey;
use vitacard::holder::{Card, DeviceProof};

use super::*;

#[test]
fn threat_06_lent_on() {
    let card = &WORLD.card;
    assert!(lending(|_| {}).is_ok());
    // The daughter signs one for a granddaughter, of the card that was lent to her.
    let on = Delegation::of(card).with(|on| on.signer = DAUGHTER);
    let on = on.saying(CNF, map([(1, cose_key("granddaughter"))]));
    let document = Document::delegated(card, &on.bytes()).with(|d| d.signer = "granddaughter");
    assert_eq!(verdict(&document.response()), refused!(DelegationSignature));
    // Two delegations: in a list, beside each other, one in the name space of the other.
    let first = Delegation::of(card).bytes();
    let chain = array([decode(&first), decode(&on.bytes())]);
    let chain = Document::delegated(card, &encode(&chain));
    assert_eq!(verdict(&chain.response()), refused!(DelegationMalformed));
    for other in [
        (DLG, "delegation2"),
        ("org.vitacard.delegation.2", "delegation"),
    ] {
        let document = honest().saying(&beside(&first, &[other]));
        assert_eq!(
            verdict(&document.response()),
            refused!(DelegatedDeviceElements)
        );
    }
}

#[test]
fn threat_07_stolen_delegation_without_its_key() {
    assert!(verdict(&honest().response()).is_ok());
    // The holder's own key is no delegate's either.
    for thief in ["thief", MOTHER, DAUGHTERS_OWN] {
        let stolen = honest().with(|document| document.signer = thief);
        assert_eq!(
            verdict(&stolen.response()),
            refused!(DelegateSignature),
            "{thief}"
        );
    }
    let card = &WORLD.card;
    let signature =
        crate::pki::Key::from_seed(MOTHER).sign_raw(&Delegation::of(card).to_be_signed());
    let to_thief = Delegation::of(card).saying(CNF, map([(1, cose_key("thief"))]));
    let to_thief = Document::delegated(card, &to_thief.bytes_with(&signature));
    let to_thief = to_thief.with(|document| document.signer = "thief");
    assert_eq!(verdict(&to_thief.response()), refused!(DelegationSignature));
}

#[test]
fn threat_07_keys_that_are_none() {
    let with_key = |key: Value| {
        let card = &WORLD.card;
        show_with(card, &Delegation::of(card).saying(CNF, key))
    };
    assert!(with_key(map([(1, cose_key(DAUGHTER))])).is_ok());
    // Whoever has the card's own key is its holder.
    let own = with_key(map([(1, cose_key(MOTHER))]));
    assert_eq!(own, refused!(DelegateKey));
    let mut off_curve = cose_key(DAUGHTER);
    off_curve.as_map_mut().unwrap()[3].1 = bytes(&[1; 32]);
    let infinity = map([
        (1, 2.into()),
        (-1, 1.into()),
        (-2, bytes(&[0; 32])),
        (-3, bytes(&[0; 32])),
    ]);
    for key in [off_curve, infinity] {
        assert_eq!(with_key(map([(1, key)])), refused!(DelegateKey));
    }
    // Forms that another reader might read differently.
    let of = |entries: &[(i64, Value)]| {
        let entries = entries.iter().cloned();
        let entries = entries.map(|(label, value)| (Value::from(label), value));
        map([(1, Value::Map(entries.collect()))])
    };
    let (x, y) = match cose_key(DAUGHTER) {
        Value::Map(key) => (key[2].1.clone(), key[3].1.clone()),
        _ => unreachable!(),
    };
    let two = Value::from(2);
    for key in [
        of(&[
            (1, two.clone()),
            (-1, 1.into()),
            (-2, x.clone()),
            (-3, Value::Bool(true)),
        ]),
        of(&[
            (1, two.clone()),
            (3, (-7).into()),
            (-1, 1.into()),
            (-2, x.clone()),
            (-3, y.clone()),
        ]),
        of(&[
            (1, two.clone()),
            (-1, 2.into()),
            (-2, x.clone()),
            (-3, y.clone()),
        ]),
        of(&[
            (1, two.clone()),
            (-1, 1.into()),
            (-2, bytes(&[1; 31])),
            (-3, y.clone()),
        ]),
        of(&[(1, 1.into()), (-1, 6.into()), (-2, x.clone())]),
        of(&[
            (1, two),
            (-1, 1.into()),
            (-2, x),
            (-3, y),
            (-4, bytes(&[1; 32])),
        ]),
        map([(3, bytes(&[1; 8]))]),
        // A key, and by another member another one.
        map([(1, cose_key(DAUGHTER)), (3, bytes(&[1; 8]))]),
        map([(1, cose_key(DAUGHTER)), (2, cose_key("thief"))]),
        cose_key(DAUGHTER),
    ] {
        assert_eq!(with_key(key.clone()), refused!(DelegationClaims), "{key:?}");
    }
}

#[test]
fn threat_08_presentation_replayed() {
    let response = honest().response();
    assert!(verdict(&response).is_ok());
    let later = Pharmacy {
        transcript: kit::transcript(),
        ..Pharmacy::new()
    };
    assert_eq!(later.says(&response), refused!(DelegateSignature));
    let fresh = honest().with(|document| document.transcript = kit::transcript());
    assert!(later.says(&fresh.response()).is_ok());
    assert_eq!(verdict(&fresh.response()), refused!(DelegateSignature));
}

#[test]
fn threat_09_delegate_passed_off_as_the_holder() {
    assert!(accepted(&honest().response())[0].by_delegate());
    let nothing = Value::Map(vec![]);
    // The element stripped: with the signature that was there, and signed anew in both ways.
    let signature = honest().sign1();
    let stripped = honest().saying(&nothing);
    let kept = response([stripped.proved_by("deviceSignature", signature)]);
    assert_eq!(verdict(&kept), refused!(DeviceSignature));
    assert_eq!(verdict(&stripped.response()), refused!(DeviceSignature));
    let as_device = Document::direct(&WORLD.card, DAUGHTER);
    assert_eq!(verdict(&as_device.response()), refused!(DeviceSignature));
    // The holder herself is one.
    let seen = accepted(&Document::direct(&WORLD.card, MOTHER).response());
    assert_eq!(seen[0].by, By::Holder);
    // No way back from one path to the other: not even her own signature makes it direct.
    let both = Document::direct(&WORLD.card, MOTHER);
    let both = both.with(|document| document.name_spaces = honest().name_spaces);
    assert_eq!(verdict(&both.response()), refused!(DelegateSignature));
    // Nor does an empty delegation, or one that cannot be read.
    for said in [bytes(&[]), bytes(&[0xf6]), Value::Null] {
        let said = map([(DLG, map([("delegation", said)]))]);
        let both = both.clone().saying(&said).response();
        assert_eq!(verdict(&both), refused!(DelegationMalformed));
    }
}

#[test]
fn threat_09_mac_under_a_key_that_signs_delegations() {
    // 12.4.4: refused before it is looked at, whoever shows the card.
    let tag = array([
        bytes(&[0xa1, 0x01, 0x05]),
        Value::Map(vec![]),
        Value::Null,
        bytes(&[1; 32]),
    ]);
    let delegated = honest().proved_by("deviceMac", tag.clone());
    assert_eq!(
        verdict(&response([delegated])),
        refused!(MacOfDelegableCard)
    );
    let direct = Document::direct(&WORLD.card, MOTHER);
    let direct = response([direct.proved_by("deviceMac", tag.clone())]);
    assert_eq!(verdict(&direct), refused!(MacOfDelegableCard));
    // A card that cannot be lent may answer with one, and is no more lent by it.
    let delegation = Delegation::of(&WORLD.own).bytes();
    let own = Document::delegated(&WORLD.own, &delegation).proved_by("deviceMac", tag);
    assert_eq!(verdict(&response([own])), refused!(DelegationNotPermitted));
    assert!(verdict(&Document::direct(&WORLD.card, MOTHER).response()).is_ok());
}

#[test]
fn threat_10_ordinary_reader() {
    let response = honest().response();
    assert!(verdict(&response).is_ok());
    // Ours, which did not ask for delegates, or did not say what it asked for.
    for asked in [Some(asking(false)), None] {
        let ordinary = Pharmacy {
            asked,
            ..Pharmacy::new()
        };
        assert_eq!(ordinary.says(&response), refused!(DelegationNotAccepted));
        let direct = Document::direct(&WORLD.card, MOTHER).response();
        assert_eq!(accepted_by(&ordinary, &direct)[0].by, By::Holder);
    }
}

/// What a reader of the standard does, which knows nothing of the name space: it checks
/// DeviceAuthentication under the MSO's key.
#[test]
fn threat_10_the_check_of_the_standard() {
    let (delegation, other) = (
        Delegation::of(&WORLD.card).bytes(),
        "org.vitacard.elsewhere",
    );
    let authorized = map([("nameSpaces", array([DLG.into(), other.into()]))]);
    let card = card_with(Some(authorized), Some(policy_of(1, 30 * DAY, 1)));
    let renamed = map([(other, map([("delegation", bytes(&delegation))]))]);
    let show = |document: Document| {
        let document = document.showing(&["given_name"]);
        verdict(&document.saying(&renamed).response())
    };
    // The delegate signs as he must, or as a holder would.
    let delegated = Document::delegated(&card, &delegation);
    assert_eq!(show(delegated.clone()), refused!(DeviceSignature));
    let as_device = Document::direct(&card, DAUGHTER);
    assert_eq!(show(as_device), refused!(DeviceSignature));
    // Even with the holder's own key his structure is none of a holder's.
    let with_key = delegated.with(|document| document.signer = MOTHER);
    assert_eq!(show(with_key), refused!(DeviceSignature));
    let holder = show(Document::direct(&card, MOTHER)).unwrap();
    assert_eq!((&holder[0].by, holder[0].device_elements), (&By::Holder, 1));
}

/// With the daughter's own card beside it, or what she shows in its place.
fn beside_own(own: impl IntoIterator<Item = Value>) -> Verdict {
    verdict(&response([bound().signed()].into_iter().chain(own)))
}

#[test]
fn threat_16a_own_card() {
    let seen = beside_own([own_document().signed()]).unwrap();
    assert!(seen[0].by_delegate());
    assert_eq!(seen[1].by, By::Holder);
    // Its place does not matter, and a third document is nobody's affair.
    let own = || own_document().signed();
    assert!(verdict(&response([own(), bound().signed()])).is_ok());
    let third = WORLD.insurer.issue(WORLD.insurer.draft("third"));
    let third = || Document::direct(&Issued::parse(&third), "third").signed();
    assert!(beside_own([third(), own()]).is_ok());
    // Missing; another person's; twice.
    assert_eq!(beside_own([]), refused!(OwnCardMissing));
    assert_eq!(beside_own([third()]), refused!(OwnCardMissing));
    assert_eq!(beside_own([own(), own()]), refused!(OwnCardMissing));
    assert_eq!(
        beside_own([own(), third(), own()]),
        refused!(OwnCardMissing)
    );
    let late = response([third(), bound().signed()]);
    assert_eq!(verdict(&late), refused!(1, OwnCardMissing));
}

#[test]
fn threat_16a_own_card_not_proven() {
    let own = own_document;
    assert!(beside_own([own().signed()]).is_ok());
    // Shown with another key, or in another session: the fault of that document.
    for thief in [DAUGHTER, MOTHER, "thief"] {
        let stolen = own().with(|document| document.signer = thief);
        assert_eq!(beside_own([stolen.signed()]), refused!(1, DeviceSignature));
    }
    let replayed = own().with(|document| document.transcript = kit::transcript());
    assert_eq!(
        beside_own([replayed.signed()]),
        refused!(1, DeviceSignature)
    );
    // What the delegate proves of the lent card proves nothing of his own.
    let as_delegate = own().with(|document| {
        (document.structure, document.parent) =
            ("DelegateAuthentication", Some(WORLD.own.parent()));
    });
    assert_eq!(
        beside_own([as_delegate.signed()]),
        refused!(1, DeviceSignature)
    );
    // Forged, or of a stranger's issuer.
    let mut forged = WORLD.own.clone();
    forged.auth()[3] = bytes(&[1; 64]);
    let forged = Document::direct(&forged, DAUGHTERS_OWN).signed();
    assert_eq!(beside_own([forged]), refused!(1, IssuerSignature));
}

#[test]
fn threat_16a_own_card_that_is_itself_lent() {
    // The friend's card, lent to the daughter, is none of hers.
    let friends = WORLD.insurer.draft("friend").with_delegation(any_policy());
    let friends = Issued::parse(&WORLD.insurer.issue(friends));
    let lent = Delegation::of(&WORLD.bound).saying(OWN_CARD, bytes(&friends.parent()));
    let lent = Document::delegated(&WORLD.bound, &lent.bytes()).signed();
    let to_daughter = Delegation::of(&friends).with(|lent| lent.signer = "friend");
    let delegated = Document::delegated(&friends, &to_daughter.bytes()).signed();
    let both = response([lent.clone(), delegated.clone()]);
    assert_eq!(verdict(&both), refused!(OwnCardMissing));
    let direct = Document::direct(&friends, "friend").signed();
    assert!(verdict(&response([lent.clone(), direct.clone()])).is_ok());
    // Once as his own, once lent: it is there once as his own.
    let all = response([lent, delegated, direct]);
    assert!(verdict(&all).is_ok());
    // Two who vouch for each other with cards that are lent.
    let lent = |card: &Issued, own: &Issued, signer| {
        let delegation = Delegation::of(card).saying(OWN_CARD, bytes(&own.parent()));
        Document::delegated(card, &delegation.with(|own| own.signer = signer).bytes()).signed()
    };
    let circle = [
        lent(&WORLD.bound, &friends, MOTHER),
        lent(&friends, &WORLD.bound, "friend"),
    ];
    assert_eq!(verdict(&response(circle)), refused!(OwnCardMissing));
}

#[test]
fn threat_16a_own_card_of_another_kind() {
    let other = vitacard::DocType::new("org.vitacard.other").unwrap();
    let window = vitacard::Validity::new(
        vitacard::unix_time(NOW - DAY),
        vitacard::unix_time(NOW + DAY),
    );
    let draft = vitacard::issuer::Draft::new(other, public_key(DAUGHTERS_OWN), window.unwrap());
    let draft = draft.with_element(name_space(), element("family_name"), "Martin");
    let other = Issued::parse(&WORLD.insurer.issue(draft));
    let document = Document::direct(&other, DAUGHTERS_OWN).signed();
    assert!(verdict(&response([document.clone()])).is_ok());
    let lent = |own: &Issued| {
        let delegation = Delegation::of(&WORLD.bound).saying(OWN_CARD, bytes(&own.parent()));
        Document::delegated(&WORLD.bound, &delegation.bytes()).signed()
    };
    let mismatched = response([lent(&other), document]);
    assert_eq!(verdict(&mismatched), refused!(OwnCardMissing));
    assert!(verdict(&response([lent(&WORLD.own), own_document().signed()])).is_ok());
}

#[test]
fn threat_16a_lent_to_a_stranger() {
    // The issuer wants a card of the delegate's own, and the holder names none.
    let card = &WORLD.bound;
    let stranger = Delegation::of(card);
    let document = Document::delegated(card, &stranger.bytes()).signed();
    assert_eq!(
        verdict(&response([document.clone()])),
        refused!(OwnCardMissing)
    );
    let own = own_document().signed();
    assert_eq!(
        verdict(&response([document, own.clone()])),
        refused!(OwnCardMissing)
    );
    assert!(verdict(&response([bound().signed(), own])).is_ok());
    // The holder may want it where the issuer does not.
    let chosen = Delegation::of(&WORLD.card).saying(OWN_CARD, bytes(&WORLD.own.parent()));
    assert_eq!(show_with(&WORLD.card, &chosen), refused!(OwnCardMissing));
    let chosen = Document::delegated(&WORLD.card, &chosen.bytes()).signed();
    assert!(verdict(&response([chosen, own_document().signed()])).is_ok());
}

/// A delegate's own card may answer with a MAC: it signs no delegations.
#[test]
fn threat_16a_own_card_with_a_mac() {
    let reader_key = SoftwareAgreementKey::from_bytes(&[9; 32]).unwrap();
    let bytes = encode(&WORLD.own.0);
    let card: Card = WORLD
        .insurer
        .accept(&bytes)
        .with_proof(DeviceProof::Mac)
        .unwrap();
    let asked = asking(true);
    let request = vitacard::holder::DeviceRequest::parse(&asked).unwrap();
    let unsigned = card
        .present(&request, &consent(&request), &transcript())
        .unwrap();
    let key = SoftwareAgreementKey::from_bytes(&crate::pki::Key::from_seed(DAUGHTERS_OWN).scalar());
    let public = vitacard::crypto::AgreementKey::public_key(&reader_key);
    let own = unsigned
        .complete_with_mac(&key.unwrap(), &public, &vitacard::crypto::RUSTCRYPTO)
        .unwrap();
    let own = decode(&own.to_bytes());
    let own = at(&mut own.clone(), &["documents"]).as_array().unwrap()[0].clone();
    let both = response([bound().signed(), own]);
    let pharmacy = Pharmacy::new();
    let transcript = transcript();
    let exchange = pharmacy
        .exchange(&transcript, &[])
        .with_reader_key(&reader_key);
    let response = vitacard::reader::DeviceResponse::parse(&both).unwrap();
    let seen = seen(pharmacy.reader().verify(response, &exchange)).unwrap();
    assert!(seen[0].by_delegate() && seen[1].by == By::Holder);
}

/// The issuer says of the card's key that it agrees and does not sign: then it signs no delegation
/// either. Of its holder the same reader refuses a signature by it.
#[test]
fn threat_01_key_that_does_not_sign() {
    let card_of = |declared: Option<(i64, Value)>| {
        let draft = kit::draft().with(|draft| {
            draft.issuer = "document signer";
            draft.unprotected = map([(33, bytes(&WORLD.insurer.signer.der))]);
            let key_info = at(&mut draft.mso, &["deviceKeyInfo"]);
            *at(key_info, &["deviceKey"]) = cose_key(MOTHER);
            if let Some((label, value)) = &declared {
                kit::insert(at(key_info, &["deviceKey"]), *label, value.clone());
            }
            kit::insert(key_info, "keyAuthorizations", switch().unwrap());
            kit::insert(key_info, "keyInfo", map([(-70_001, policy_of(1, DAY, 1))]));
        });
        Issued::parse(&encode(&draft.issue().issuer_signed()))
    };
    // Nothing, ES256, "verify".
    for declared in [None, Some((3, (-7).into())), Some((4, list([2])))] {
        assert!(lent_of(&card_of(declared)).is_ok());
    }
    // ECDH-ES + HKDF-256, "derive key", "derive bits".
    for declared in [(3, (-25).into()), (4, list([7])), (4, list([8]))] {
        let card = card_of(Some(declared.clone()));
        let direct = Document::direct(&card, MOTHER).showing(&["given_name"]);
        assert_eq!(verdict(&direct.response()), refused!(DeviceKeyUse));
        let delegated = lent_of(&card).map(drop);
        assert_eq!(delegated, refused!(DeviceKeyUse), "{declared:?}");
    }
}
