//! Steps 10 to 13: what is shown, for what, whether it is revoked, and by whom it is shown.

use ciborium::Value;

use super::lend::{
    DELEGATE, Grant, OTHER_NS, PURPOSE_SET, PURPOSES, Presentation, SCOPE, bytes, card, card_with,
    claiming, device_sign1, garbled, grant, int_sets, malleate, of_card, policy, presented, set,
};
use super::{Case, Row, rejected};
use crate::case::transcript_of;
use crate::kit::{self, Draft, Shown, array, encode, insert, map, tag24};
use crate::pki::Key;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = rejected("H12", outside_scope());
    cases.extend(ceilings());
    cases.extend(not_requested());
    cases.extend(purposes());
    cases.extend(revocation());
    cases.extend(rejected("H10", forms()));
    cases.extend(rejected("H10", signatures()));
    cases
}

/// These of the card's items, shown under a good delegation.
fn showing(indexes: &[usize]) -> Vec<u8> {
    presented(|presentation| presentation.show_only(indexes))
}

fn outside_scope() -> Vec<Row> {
    const NO: &str = "ElementOutsideScope";
    let scope = |entries: &[(&str, &[i64])]| claiming(SCOPE, int_sets(entries));
    vec![
        (
            "element_not_lent",
            "An element that was not lent is not shown.",
            showing(&[0, 1, 2]),
            NO,
        ),
        (
            "element_not_lent_alone",
            "An element that was not lent is not shown in the place of one that was.",
            showing(&[2]),
            NO,
        ),
        (
            "element_of_another_name_space",
            "A number is lent in its name space: the same one of another is not.",
            showing(&[0, 1, 3]),
            NO,
        ),
        (
            "name_space_not_lent",
            "Where another name space is lent this one is not.",
            scope(&[(OTHER_NS, &[0, 1])]),
            NO,
        ),
        (
            "number_not_lent",
            "A number between two that are lent is not lent.",
            scope(&[(kit::NAME_SPACE, &[0, 2])]),
            NO,
        ),
    ]
}

/// A card under a policy with this at `key`.
fn limited(key: i64, value: impl Into<Value>) -> Draft {
    let mut policy = policy();
    set(&mut policy, key, value);
    card_with(policy)
}

fn ceilings() -> Vec<Case> {
    let of = |name_space: &str, ids: &[&str]| {
        let ids = ids.iter().map(|id| Value::from(*id)).collect();
        of_card(limited(5, map([(name_space, Value::Array(ids))])))
    };
    const NO: &str = "ElementOutsideCeiling";
    rejected(
        "H3",
        vec![
            (
                "element_over_ceiling",
                "A holder does not lend what his issuer does not let him.",
                of(kit::NAME_SPACE, &["family_name"]),
                NO,
            ),
            (
                "name_space_over_ceiling",
                "A name space that is not in the ceiling is not lent.",
                of(OTHER_NS, &["family_name", "given_name"]),
                NO,
            ),
        ],
    )
}

fn not_requested() -> Vec<Case> {
    const NO: &str = "ElementNotRequested";
    let case = |name, rule| Case::new(name, rule, &showing(&[0, 1])).attack("H12");
    vec![
        case(
            "element_not_requested",
            "A delegate shows nothing that the reader did not ask for.",
        )
        .requested(&[(kit::NAME_SPACE, "family_name")])
        .rejects(NO),
        case(
            "element_requested_in_another_name_space",
            "An element is asked for in its name space.",
        )
        .requested(&[(kit::NAME_SPACE, "family_name"), (OTHER_NS, "given_name")])
        .rejects(NO),
    ]
}

fn purposes() -> Vec<Case> {
    const NO: &str = "PurposeNotCovered";
    let under = |codes: &[i64]| limited(4, int_sets(&[(PURPOSES, codes)]));
    let case = |name, rule, response: &[u8]| Case::new(name, rule, response).attack("H3");
    let good = grant().sign().present().response();
    let wider = Grant::of(under(&[2])).with(|grant| {
        grant.set(PURPOSE_SET, int_sets(&[(PURPOSES, &[1, 2])]));
    });
    vec![
        case(
            "purpose_not_lent_for",
            "A card is read for what it is lent for.",
            &good,
        )
        .purpose(PURPOSES, 2)
        .rejects(NO),
        case(
            "purpose_of_another_controller",
            "A code means what its controller says: the same one of another does not.",
            &good,
        )
        .purpose("org.example.others", 1)
        .rejects(NO),
        case(
            "purpose_over_ceiling",
            "A holder does not lend for what his issuer does not let him.",
            &wider.sign().present().response(),
        )
        .rejects(NO),
        case(
            "purpose_in_ceiling_alone",
            "What the issuer allows is not lent by that.",
            &of_card(under(&[1, 2])),
        )
        .purpose(PURPOSES, 2)
        .rejects(NO),
    ]
}

fn revocation() -> Vec<Case> {
    const NO: &str = "DelegationRevoked";
    let listed = || limited(6, "https://example.org/revoked-delegations");
    let case = |name, rule, presentation: Presentation| {
        Case::new(name, rule, &presentation.response()).attack("H13")
    };
    let (plain, named) = (grant().sign(), Grant::of(listed()).sign());
    let (plain_id, named_id) = (plain.id, named.id);
    let other = Grant::of(listed())
        .sign()
        .with(|delegation| malleate(&mut delegation.sign1[3]));
    let status = map([(
        "status_list",
        map([
            ("idx", Value::from(7)),
            ("uri", "https://example.org/list".into()),
        ]),
    )]);
    let with_status = card().with(|draft| insert(&mut draft.mso, "status", status));
    vec![
        case(
            "revoked",
            "A delegation that is revoked is not accepted.",
            named.present(),
        )
        .revoked(&[[7; 16], named_id])
        .rejects(NO),
        case(
            "revoked_where_card_names_no_list",
            "What is known to be revoked is not accepted, also where the card names no list.",
            plain.present(),
        )
        .revoked(&[plain_id])
        .rejects(NO),
        case(
            "revoked_with_other_signature",
            "The other signature of the same delegation does not escape from the list.",
            other.present(),
        )
        .revoked(&[named_id])
        .rejects(NO),
        case(
            "revocation_list_unknown",
            "Where the card names a list of which nothing is known a delegate is not accepted.",
            Grant::of(listed()).sign().present(),
        )
        .rejects("DelegationStatusUnknown"),
        case(
            "card_status_unknown",
            "A card that names a status list of which nothing is known is not accepted.",
            Grant::of(with_status).sign().present(),
        )
        .rejects("StatusUnknown"),
    ]
}

/// Signed by the delegate with this protected bucket.
fn spelt(protected: &[u8]) -> Vec<u8> {
    let presentation = grant().sign().present();
    let name_spaces = encode(&tag24(encode(&presentation.name_spaces)));
    let message = kit::sig_structure(protected, &presentation.payload(&name_spaces));
    let signature = Key::from_seed(DELEGATE).sign_raw(&message);
    let change = |shown: &mut Shown| {
        let sign1 = device_sign1(shown);
        sign1[0] = bytes(protected);
        sign1[3] = bytes(&signature);
    };
    presentation.sign().with(change).response()
}

fn forms() -> Vec<Row> {
    const NO: &str = "DelegateAuthForm";
    let protected = |entries: &[(i64, Value)]| {
        let entries = entries.iter().cloned();
        let protected = Value::Map(entries.map(|(key, value)| (key.into(), value)).collect());
        presented(|presentation| presentation.protected = protected)
    };
    let alg = |alg: i64| (1, Value::from(alg));
    let attached = |payload: &dyn Fn(&Presentation, &[u8]) -> Vec<u8>| {
        let presentation = grant().sign().present();
        let name_spaces = encode(&tag24(encode(&presentation.name_spaces)));
        let payload = payload(&presentation, &name_spaces);
        let shown = presentation.sign();
        shown
            .with(|shown| device_sign1(shown)[2] = Value::Bytes(payload))
            .response()
    };
    vec![
        (
            "authentication_with_payload",
            "The payload of the delegate's signature is not attached.",
            attached(&|presentation, name_spaces| presentation.payload(name_spaces)),
            NO,
        ),
        (
            "authentication_with_another_payload",
            "No other payload is attached to the delegate's signature.",
            attached(&|_, _| b"another".to_vec()),
            NO,
        ),
        (
            "authentication_with_kid",
            "The protected bucket of the delegate's signature names ES256 and nothing else.",
            protected(&[alg(-7), (4, bytes(b"kid"))]),
            NO,
        ),
        (
            "authentication_with_typ",
            "The delegate's signature has no type.",
            protected(&[alg(-7), (16, "application/cwt".into())]),
            NO,
        ),
        (
            "authentication_es384",
            "The delegate's signature is by ES256.",
            protected(&[alg(-35)]),
            NO,
        ),
        (
            "authentication_without_alg",
            "The delegate's signature names its algorithm.",
            protected(&[]),
            NO,
        ),
        (
            "authentication_with_unprotected_label",
            "Nothing beside the delegate's signature is unprotected.",
            garbled(|shown| device_sign1(shown)[1] = map([(4, bytes(b"kid"))])),
            NO,
        ),
        (
            "authentication_tagged",
            "The delegate's signature has no tag 18.",
            garbled(|shown| {
                let sign1 = Value::Array(device_sign1(shown).clone());
                let sign1 = Value::Tag(18, Box::new(sign1));
                shown.device_auth = map([("deviceSignature", sign1)]);
            }),
            NO,
        ),
        (
            "authentication_protected_not_shortest",
            "The protected bucket of the delegate's signature has one encoding.",
            spelt(&[0xa1, 0x18, 1, 0x26]),
            NO,
        ),
    ]
}

fn signatures() -> Vec<Row> {
    const NO: &str = "DelegateSignature";
    let signature = |change: fn(&mut Vec<u8>)| {
        garbled(|shown| change(device_sign1(shown)[3].as_bytes_mut().expect("a signature")))
    };
    vec![
        (
            "stolen_delegation",
            "Whoever has a delegation and not its key cannot show the card.",
            presented(|presentation| presentation.signer = "attacker"),
            NO,
        ),
        (
            "authentication_by_key_of_card",
            "The card's key does not sign as the delegate.",
            presented(|presentation| presentation.signer = "device"),
            NO,
        ),
        (
            "authentication_as_holder",
            "A delegate does not sign what a holder signs.",
            presented(|presentation| {
                presentation.label = "DeviceAuthentication";
                presentation.parent = None;
            }),
            NO,
        ),
        (
            "authentication_as_holder_by_key_of_card",
            "What a holder signs with a delegation in it is no presentation by a delegate.",
            presented(|presentation| {
                presentation.label = "DeviceAuthentication";
                presentation.parent = None;
                presentation.signer = "device";
            }),
            NO,
        ),
        (
            "authentication_with_label_of_holder",
            "A delegate's structure has its own name.",
            presented(|presentation| presentation.label = "DeviceAuthentication"),
            NO,
        ),
        (
            "authentication_without_parent",
            "A delegate's structure has five items.",
            presented(|presentation| presentation.parent = None),
            NO,
        ),
        (
            "authentication_of_another_session",
            "A presentation holds in its session.",
            presented(|presentation| {
                let nfc = array([bytes(b"select"), Value::Null]);
                presentation.transcript = transcript_of(&crate::case::engagement(), nfc);
            }),
            NO,
        ),
        (
            "authentication_with_another_parent",
            "A delegate signs which card he shows.",
            presented(|presentation| presentation.parent = Some(vec![7; 32])),
            NO,
        ),
        (
            "authentication_altered",
            "The delegate's signature is not altered.",
            signature(|signature| signature[40] ^= 1),
            NO,
        ),
        (
            "authentication_of_zeros",
            "r = s = 0 is no signature of a delegate.",
            signature(|signature| signature.fill(0)),
            NO,
        ),
        (
            "authentication_of_63_bytes",
            "The delegate's signature has 64 bytes.",
            signature(|signature| signature.truncate(63)),
            NO,
        ),
        (
            "authentication_is_delegation",
            "The holder's signature under the delegation is not the delegate's.",
            garbled(|shown| device_sign1(shown)[3] = grant().sign().sign1[3].clone()),
            NO,
        ),
    ]
}
