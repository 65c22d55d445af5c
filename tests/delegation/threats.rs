//! Each threat to lending that is said to be stopped, with its number in `tests/attacks/README.md`: the
//! honest case is accepted, and beside it the attack has its exact refusal, from `verify` and from
//! `verify_all`.
//!
//! The attacks of group H are among them: H1, H3 and H6 in 1 and 4, H2 in 9, H4 and H8 in 6, H5 and
//! H11 in 3, H7 in 14, H9 in 5, H10 in 7 and 16a, H12 in 12, H13 in 14 and at the end of `times`.

mod crossing;
mod man_between;
mod presenter;
mod times;

use ciborium::Value;

use crate::kit::{self, array, at, cose_key, encode, map};
use crate::lending::*;
use crate::pki::{Entity, Profile};
use crate::raw::*;
use crate::seen::*;

/// `card`, shown by the daughter with `delegation`.
fn show_with(card: &Issued, delegation: &Delegation) -> Verdict {
    verdict(&Document::delegated(card, &delegation.bytes()).response())
}

/// The honest delegation of the mother's card, changed before it is signed.
fn lending(change: impl FnOnce(&mut Delegation)) -> Verdict {
    show_with(&WORLD.card, &Delegation::of(&WORLD.card).with(change))
}

#[test]
fn threat_01_forged_delegation() {
    let shown = accepted(&honest().response());
    assert_eq!(shown.len(), 1);
    assert!(shown[0].by_delegate());
    assert_eq!(shown[0].elements.len(), 4);
    // By a stranger, by the delegate himself, by the issuer.
    for signer in ["stranger", DAUGHTER, DAUGHTERS_OWN, "document signer"] {
        let forged = lending(|delegation| delegation.signer = signer);
        assert_eq!(forged, refused!(DelegationSignature), "{signer}");
    }
    // H3: a genuine one whose claims were widened afterwards.
    let card = &WORLD.card;
    let narrow = Delegation::of(&card.clone().showing(&["given_name"]));
    let signature = crate::pki::Key::from_seed(MOTHER).sign_raw(&narrow.to_be_signed());
    let genuine = Document::delegated(card, &narrow.bytes_with(&signature));
    assert!(verdict(&genuine.showing(&["given_name"]).response()).is_ok());
    let wide = narrow.saying(SCOPE, card.scope()).bytes_with(&signature);
    let wide = Document::delegated(card, &wide).response();
    assert_eq!(verdict(&wide), refused!(DelegationSignature));
    // No signature, zeros, and one that is cut short.
    let unsigned = Delegation::of(card).bytes_with(&[0; 64]);
    let unsigned = Document::delegated(card, &unsigned).response();
    assert_eq!(verdict(&unsigned), refused!(DelegationSignature));
    let short = Delegation::of(card).bytes_with(&signature[..63]);
    let short = Document::delegated(card, &short).response();
    assert_eq!(verdict(&short), refused!(DelegationMalformed));
}

/// The mother's card as an issuer would make it who can write whatever he wants.
fn card_with(authorizations: Option<Value>, policy: Option<Value>) -> Issued {
    let draft = kit::draft().with(|draft| {
        draft.issuer = "document signer";
        draft.unprotected = map([(33, bytes(&WORLD.insurer.signer.der))]);
        let key_info = at(&mut draft.mso, &["deviceKeyInfo"]);
        *at(key_info, &["deviceKey"]) = cose_key(MOTHER);
        if let Some(authorizations) = authorizations {
            kit::insert(key_info, "keyAuthorizations", authorizations);
        }
        if let Some(policy) = policy {
            kit::insert(key_info, "keyInfo", map([(-70_001, policy)]));
        }
    });
    Issued::parse(&encode(&draft.issue().issuer_signed()))
}

fn switch() -> Option<Value> {
    Some(map([("nameSpaces", array([DLG.into()]))]))
}

/// `bstr .cbor` of a policy with these first three fields.
fn policy_of(version: u64, max_secs: u64, depth: u64) -> Value {
    let fields = [(1, version), (2, max_secs), (3, depth)];
    bytes(&encode(&map(
        fields.map(|(label, value)| (label, value.into()))
    )))
}

/// What becomes of two elements of `card` that the pharmacy asks for.
fn lent_of(card: &Issued) -> Verdict {
    let delegation = Delegation::of(card).bytes();
    let document = Document::delegated(card, &delegation);
    verdict(&document.showing(&["family_name", "given_name"]).response())
}

#[test]
fn threat_02_card_that_cannot_be_lent() {
    let good = policy_of(1, 30 * DAY, 1);
    let lent = lent_of(&card_with(switch(), Some(good.clone()))).unwrap();
    assert!(lent[0].by_delegate());
    // No switch: none at all, another name space, one element of the right one.
    let other = map([("nameSpaces", array([kit::NAME_SPACE.into()]))]);
    let element = map([("dataElements", map([(DLG, array(["delegation".into()]))]))]);
    for authorizations in [None, Some(other), Some(element)] {
        let card = card_with(authorizations, Some(good.clone()));
        assert_eq!(lent_of(&card), refused!(DelegationNotPermitted));
    }
    assert_eq!(
        show_with(&WORLD.own, &Delegation::of(&WORLD.own)),
        refused!(DelegationNotPermitted)
    );
    // A switch and no policy is no permission either.
    let card = card_with(switch(), None);
    assert_eq!(lent_of(&card), refused!(DelegationPolicyMissing));
}

#[test]
fn threat_02_policy_that_says_something_else() {
    let unordered = bytes(&encode(&map([2, 1, 3].map(|label| (label, 1.into())))));
    let unknown = bytes(&encode(&map([1, 2, 3, 9].map(|label| (label, 1.into())))));
    for policy in [
        policy_of(2, 30 * DAY, 1),
        policy_of(1, 30 * DAY, 2),
        policy_of(1, 30 * DAY, 0),
        policy_of(1, 30 * DAY + 1, 1),
        policy_of(1, 0, 1),
        unordered,
        unknown,
        bytes(&[0xa1]),
        map([(1, Value::from(1)), (2, 1.into()), (3, 1.into())]),
    ] {
        let card = card_with(switch(), Some(policy.clone()));
        assert_eq!(
            lent_of(&card),
            refused!(DelegationPolicyInvalid),
            "{policy:?}"
        );
    }
    assert!(lent_of(&card_with(switch(), Some(policy_of(1, DAY, 1)))).is_ok());
}

#[test]
fn threat_02_policy_stripped_or_put_in() {
    // What the issuer signed says whether a card can be lent, so it cannot be written into it.
    let (good, mut plain) = (WORLD.card.clone(), WORLD.own.clone());
    plain.auth()[2] = good.clone().auth()[2].clone();
    let delegation = Delegation::of(&plain).bytes();
    let response = Document::delegated(&plain, &delegation).response();
    assert_eq!(verdict(&response), refused!(IssuerSignature));
    assert!(verdict(&honest().response()).is_ok());
}

#[test]
fn threat_03_spliced_on_another_card_of_the_same_holder() {
    let insurer = &WORLD.insurer;
    let (first, second) = (&WORLD.card, issue(insurer, any_policy().with_claims()));
    assert_ne!(first.parent(), second.parent());
    assert!(show_with(first, &Delegation::of(first)).is_ok());
    assert!(show_with(&second, &Delegation::of(&second)).is_ok());
    let (of_first, of_second) = (Delegation::of(first), Delegation::of(&second));
    assert_eq!(show_with(&second, &of_first), refused!(DelegationSignature));
    assert_eq!(show_with(first, &of_second), refused!(DelegationSignature));
    // Whichever of the two the delegate then says that he shows.
    let spliced = Document::delegated(&second, &of_first.bytes());
    let spliced = spliced.with(|document| document.parent = Some(first.parent()));
    assert_eq!(verdict(&spliced.response()), refused!(DelegationSignature));
    // The delegate signs which card he shows, too.
    let other = honest().with(|document| document.parent = Some(second.parent()));
    assert_eq!(verdict(&other.response()), refused!(DelegateSignature));
}

#[test]
fn threat_03_for_another_kind_of_document() {
    assert!(lending(|_| {}).is_ok());
    for doc_type in ["org.iso.18013.5.1.mD", "org.vitacard.other", ""] {
        let other = lending(|delegation| delegation.doc_type = doc_type.into());
        assert_eq!(other, refused!(DelegationSignature), "{doc_type}");
    }
    // H11: a dependant's card of the same family, with a key of its own on the same phone.
    let childs = WORLD.insurer.draft("child's key on mother's phone");
    let childs = childs.with_delegation(any_policy());
    let childs = Issued::parse(&WORLD.insurer.issue(childs));
    let by_child = Delegation::of(&childs).with(|own| own.signer = "child's key on mother's phone");
    assert!(show_with(&childs, &by_child).is_ok());
    assert_eq!(
        show_with(&childs, &Delegation::of(&childs)),
        refused!(DelegationSignature)
    );
    assert_eq!(
        show_with(&WORLD.card, &by_child),
        refused!(DelegationSignature)
    );
}

/// `card` as another issuer would sign the very same statement.
fn signed_by(card: &Issued, signer: &Entity) -> Issued {
    let mut other = card.clone();
    let auth = other.auth();
    let (protected, payload) = (auth[0].as_bytes().unwrap(), auth[2].as_bytes().unwrap());
    let signature = signer.key.sign_raw(&sig_structure(protected, &[], payload));
    (auth[1], auth[3]) = (map([(33, bytes(&signer.der))]), bytes(&signature));
    other
}

#[test]
fn threat_04_same_statement_of_another_issuer() {
    let root = &WORLD.insurer.root;
    let other_root = Entity::self_signed(Profile::iaca_root(), "another root");
    let profile = Profile::document_signer;
    let renewed = profile().with(|profile| profile.serial = vec![0x55; 8]);
    let signers = [
        root.issue(profile(), "another signer"),
        other_root.issue(profile(), "another signer"),
        // The same key in another certificate.
        root.issue(renewed, "document signer"),
    ];
    let mut pharmacy = Pharmacy::new();
    pharmacy.anchors.add_root(&other_root.der).unwrap();
    let says = |card: &Issued, delegation: &Delegation| {
        pharmacy.says(&Document::delegated(card, &delegation.bytes()).response())
    };
    let lent = Delegation::of(&WORLD.card);
    assert!(says(&WORLD.card, &lent).is_ok());
    for signer in &signers {
        let card = signed_by(&WORLD.card, signer);
        assert!(says(&card, &Delegation::of(&card)).is_ok());
        assert_eq!(says(&card, &lent), refused!(DelegationSignature));
    }
    // A signature of the same issuer that is merely another one: the same card.
    let twin = signed_by(&WORLD.card, &WORLD.insurer.signer);
    assert!(says(&twin, &lent).is_ok());
}

#[test]
fn threat_04_without_a_certificate() {
    // A pinned key signs what nobody can name, so it cannot be lent.
    let mut pharmacy = Pharmacy::new();
    let key = WORLD.insurer.signer.key.public_sec1();
    let key = vitacard::crypto::PublicKey::p256(&key).unwrap();
    pharmacy.anchors.pin_key(key);
    assert!(accepted_by(&pharmacy, &honest().response())[0].by_delegate());
    let response = honest().with(|document| document.issued.auth()[1] = Value::Map(vec![]));
    assert_eq!(
        pharmacy.says(&response.response()),
        refused!(DelegationNotPermitted)
    );
}
