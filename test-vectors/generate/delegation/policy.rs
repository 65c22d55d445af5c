//! Steps 3 to 5: which way, what else is device-signed, and whether the issuer lets the card be lent.

use ciborium::Value;

use super::lend::{
    DLG_NS, Grant, POLICY, PURPOSES, Presentation, bytes, card_saying, card_with, ceiling,
    controllers, grant, int_sets, of_card, policy, presented, set, unset,
};
use super::{Case, Row, rejected};
use crate::case::READER;
use crate::device::{e_mac_key, mac0};
use crate::kit::{self, array, encode, insert, map, tag24};
use crate::pki::Entity;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = rejected("H2", ways());
    cases.extend(accepted_or_not());
    cases.extend(rejected("H12", device_elements()));
    cases.extend(rejected("H4", repeated()));
    cases.extend(rejected("H8", permission()));
    cases.extend(rejected("H8", policies()));
    cases.extend(rejected("H8", policy_sets()));
    cases.extend(rejected("H8", policy_encodings()));
    cases.extend(response_sizes());
    cases
}

/// What was signed, authenticated by a MAC of the card's key.
fn by_mac(presentation: Presentation) -> Vec<u8> {
    let presentation = presentation.with(|presentation| {
        presentation.label = "DeviceAuthentication";
        presentation.parent = None;
    });
    let name_spaces = encode(&tag24(encode(&presentation.name_spaces)));
    let payload = presentation.payload(&name_spaces);
    let hmac = map([(1, Value::from(5))]);
    let mac = mac0(&payload, &hmac, &e_mac_key("device", READER), 32);
    presentation
        .sign()
        .with(|shown| shown.device_auth = map([("deviceMac", mac)]))
        .response()
}

/// As the holder shows it, or whoever holds that key.
fn directly(presentation: &mut Presentation) {
    presentation.label = "DeviceAuthentication";
    presentation.parent = None;
    presentation.name_spaces = Value::Map(vec![]);
}

fn ways() -> Vec<Row> {
    vec![
        (
            "mac_of_card_that_can_be_lent",
            "A key that signs delegations makes no MAC, also where its holder shows the card.",
            by_mac(grant().sign().present().with(directly)),
            "MacOfDelegableCard",
        ),
        (
            "mac_with_delegation",
            "A key that signs delegations makes no MAC, and a delegate shows none.",
            by_mac(grant().sign().present()),
            "MacOfDelegableCard",
        ),
        (
            "delegation_stripped",
            "A delegate who leaves the delegation away is not the holder.",
            presented(directly),
            "DeviceSignature",
        ),
        (
            "delegation_stripped_after_signing",
            "Whoever leaves the delegation away from a presentation does not make it the holder's.",
            grant()
                .sign()
                .present()
                .sign()
                .with(|shown| shown.device_name_spaces = encode(&tag24(vec![0xa0])))
                .response(),
            "DeviceSignature",
        ),
        (
            "delegate_authentication_without_delegation",
            "Without a delegation the holder's structure is signed, also by the card's key.",
            presented(|presentation| {
                presentation.name_spaces = Value::Map(vec![]);
                presentation.signer = "device";
            }),
            "DeviceSignature",
        ),
    ]
}

fn accepted_or_not() -> Vec<Case> {
    let response = || grant().sign().present().response();
    let holder = || {
        presented(|presentation| {
            directly(presentation);
            presentation.signer = "device";
        })
    };
    vec![
        Case::new(
            "card_of_another_root",
            "A delegation does not make up for an issuer who is not trusted.",
            &response(),
        )
        .attack("H6")
        .anchor(&Entity::reader_root().der)
        .rejects("UntrustedIssuer"),
        Case::new(
            "delegates_not_asked_for",
            "A reader that did not ask for delegates accepts none.",
            &response(),
        )
        .attack("H3")
        .without_delegates()
        .rejects("DelegationNotAccepted"),
        Case::new(
            "accept_holder_of_card_that_can_be_lent",
            "A card that can be lent is shown by its holder as any other.",
            &holder(),
        )
        .accepts_holder(),
        Case::new(
            "accept_holder_where_delegates_are_not_asked_for",
            "A reader that did not ask for delegates accepts the holder of a card that can be lent.",
            &holder(),
        )
        .without_delegates()
        .accepts_holder(),
    ]
}

/// Signed by the delegate with this beside the delegation, or around it.
fn saying(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    presented(|presentation| change(&mut presentation.name_spaces))
}

/// A card that lets a delegate confirm a claim, shown with one.
fn with_claim(policy: Value) -> Vec<u8> {
    let presentation = Grant::of(card_with(policy)).sign().present();
    let claim = bytes(&[7; 32]);
    presentation
        .with(|presentation| insert(elements(&mut presentation.name_spaces), "claim", claim))
        .response()
}

fn elements(name_spaces: &mut Value) -> &mut Value {
    kit::at(name_spaces, &[DLG_NS])
}

fn device_elements() -> Vec<Row> {
    const NO: &str = "DelegatedDeviceElements";
    let mut claims_allowed = policy();
    set(&mut claims_allowed, 8, true);
    vec![
        (
            "device_elements_in_another_name_space",
            "A delegate signs no elements but the delegation.",
            saying(|name_spaces| {
                insert(name_spaces, "org.example", map([("age", 42.into())]));
            }),
            NO,
        ),
        (
            "device_elements_beside_delegation",
            "Beside the delegation its name space holds nothing.",
            saying(|name_spaces| insert(elements(name_spaces), "more", 42.into())),
            NO,
        ),
        (
            "delegation_by_another_name",
            "The element of a delegation is called delegation.",
            saying(|name_spaces| {
                let content = bytes(&grant().sign().content());
                *elements(name_spaces) = map([("Delegation", content)]);
            }),
            NO,
        ),
        (
            "claim_not_allowed",
            "No claim is confirmed where the issuer does not let a delegate.",
            with_claim(policy()),
            NO,
        ),
        (
            "claim_allowed_and_not_asked_for",
            "No claim is confirmed where the reader did not ask for one.",
            with_claim(claims_allowed),
            NO,
        ),
        (
            "claim_without_delegation",
            "A claim is no delegation.",
            saying(|name_spaces| *elements(name_spaces) = map([("claim", bytes(&[7; 32]))])),
            NO,
        ),
        (
            "delegation_name_space_empty",
            "A name space holds an element: an empty one is neither a delegation nor the holder's.",
            saying(|name_spaces| *elements(name_spaces) = Value::Map(vec![])),
            "Undecodable",
        ),
    ]
}

fn repeated() -> Vec<Row> {
    vec![
        (
            "two_delegations",
            "There is one delegation.",
            saying(|name_spaces| {
                let second = grant().sign().content();
                insert(elements(name_spaces), "delegation2", bytes(&second));
            }),
            "DelegatedDeviceElements",
        ),
        (
            "delegation_twice",
            "An element is there once.",
            saying(|name_spaces| {
                let content = bytes(&grant().sign().content());
                insert(elements(name_spaces), "delegation", content);
            }),
            "Undecodable",
        ),
    ]
}

fn key_info(policy: Value) -> Option<Value> {
    Some(map([(POLICY, policy)]))
}

fn permission() -> Vec<Row> {
    let policy = || key_info(bytes(&encode(&policy())));
    let name_spaces = |name: &str| Some(map([("nameSpaces", array([name.into()]))]));
    let of = |authorizations, key_info| of_card(card_saying(authorizations, key_info));
    let element = map([(DLG_NS, array(["delegation".into(), "claim".into()]))]);
    const NO: &str = "DelegationNotPermitted";
    vec![
        (
            "switch_absent",
            "A card that is not said to be lent is not lent.",
            of(None, None),
            NO,
        ),
        (
            "switch_absent_with_policy",
            "A policy alone does not let a card be lent.",
            of(None, policy()),
            NO,
        ),
        (
            "switch_of_another_name_space",
            "The switch is the name space of this version.",
            of(name_spaces("org.vitacard.delegation.2"), policy()),
            NO,
        ),
        (
            "switch_in_data_elements",
            "The switch is the name space as a whole, not its elements.",
            of(Some(map([("dataElements", element)])), policy()),
            NO,
        ),
        (
            "policy_absent",
            "A card whose issuer does not say how is not lent.",
            of(name_spaces(DLG_NS), None),
            "DelegationPolicyMissing",
        ),
        (
            "policy_under_another_label",
            "The policy stands under its label.",
            of(
                name_spaces(DLG_NS),
                Some(map([(-70_000, bytes(&encode(&super::lend::policy())))])),
            ),
            "DelegationPolicyMissing",
        ),
        (
            "policy_as_map",
            "The policy is a byte string in keyInfo, which all readers can take.",
            of(name_spaces(DLG_NS), key_info(super::lend::policy())),
            "DelegationPolicyInvalid",
        ),
    ]
}

/// Lent under a policy that was changed.
fn under(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut policy = policy();
    change(&mut policy);
    of_card(card_with(policy))
}

/// Under a policy of these bytes.
fn under_bytes(policy: &[u8]) -> Vec<u8> {
    let switch = map([("nameSpaces", array([DLG_NS.into()]))]);
    of_card(card_saying(Some(switch), key_info(bytes(policy))))
}

const INVALID: &str = "DelegationPolicyInvalid";

fn policy_with(key: i64, value: impl Into<Value>) -> Vec<u8> {
    under(|policy| set(policy, key, value))
}

fn policies() -> Vec<Row> {
    let without = |key| under(|policy| unset(policy, key));
    vec![
        (
            "policy_version_2",
            "A policy of another version is not understood.",
            policy_with(1, 2),
            INVALID,
        ),
        (
            "policy_depth_2",
            "Nobody lends on what was lent: depth is 1.",
            policy_with(3, 2),
            INVALID,
        ),
        (
            "policy_depth_0",
            "There is no depth but 1.",
            policy_with(3, 0),
            INVALID,
        ),
        (
            "policy_lifetime_0",
            "A card is lent for a second at least.",
            policy_with(2, 0),
            INVALID,
        ),
        (
            "policy_lifetime_2592001",
            "No issuer allows more than 30 days.",
            policy_with(2, 2_592_001),
            INVALID,
        ),
        (
            "policy_lifetime_float",
            "A longest lifetime is an integer.",
            policy_with(2, Value::Float(86_400.0)),
            INVALID,
        ),
        (
            "policy_without_version",
            "A policy has a version.",
            without(1),
            INVALID,
        ),
        (
            "policy_without_lifetime",
            "A policy has a longest lifetime.",
            without(2),
            INVALID,
        ),
        (
            "policy_without_depth",
            "A policy has a depth.",
            without(3),
            INVALID,
        ),
        (
            "policy_with_unknown_key",
            "A policy says nothing that this page does not list.",
            policy_with(9, true),
            INVALID,
        ),
        (
            "policy_with_text_key",
            "A policy has numbers for keys.",
            under(|policy| insert(policy, "max", 1.into())),
            INVALID,
        ),
    ]
}

fn policy_sets() -> Vec<Row> {
    let ceiling_of = |ids: &[&str]| {
        let ids = ids.iter().map(|id| Value::from(*id)).collect();
        policy_with(5, map([(kit::NAME_SPACE, Value::Array(ids))]))
    };
    vec![
        (
            "policy_purposes_empty",
            "A ceiling of purposes names one.",
            policy_with(4, Value::Map(vec![])),
            INVALID,
        ),
        (
            "policy_purposes_unsorted",
            "The codes in a ceiling of purposes ascend.",
            policy_with(4, int_sets(&[(PURPOSES, &[2, 1])])),
            INVALID,
        ),
        (
            "policy_purposes_of_no_codes",
            "A controller in a ceiling of purposes comes with a code.",
            policy_with(4, int_sets(&[(PURPOSES, &[])])),
            INVALID,
        ),
        (
            "policy_purposes_of_65_controllers",
            "A ceiling of purposes names at most 64 controllers.",
            policy_with(4, controllers(65)),
            INVALID,
        ),
        (
            "policy_elements_of_65_name_spaces",
            "A ceiling of elements names at most 64 name spaces.",
            policy_with(5, ceiling(65, 2)),
            INVALID,
        ),
        (
            "policy_elements_1025",
            "A ceiling names at most 1024 elements.",
            policy_with(5, ceiling(1, 1025)),
            INVALID,
        ),
        (
            "policy_elements_empty",
            "A ceiling of elements names one.",
            policy_with(5, Value::Map(vec![])),
            INVALID,
        ),
        (
            "policy_elements_of_no_ids",
            "A name space in a ceiling comes with an element: none does not mean all.",
            ceiling_of(&[]),
            INVALID,
        ),
        (
            "policy_elements_unsorted",
            "The elements in a ceiling ascend.",
            ceiling_of(&["given_name", "family_name"]),
            INVALID,
        ),
        (
            "policy_elements_repeated",
            "An element is in a ceiling once.",
            ceiling_of(&["family_name", "family_name", "given_name"]),
            INVALID,
        ),
        (
            "policy_elements_by_number",
            "A ceiling names elements, not digests.",
            policy_with(5, int_sets(&[(kit::NAME_SPACE, &[0, 1])])),
            INVALID,
        ),
        (
            "policy_list_not_text",
            "The address of a revocation list is a text.",
            policy_with(6, bytes(b"https://example.org/list")),
            INVALID,
        ),
        (
            "policy_own_card_not_bool",
            "Whether an own card is needed is true or false.",
            policy_with(7, 1),
            INVALID,
        ),
        (
            "policy_claims_not_bool",
            "Whether claims are confirmed is true or false.",
            policy_with(8, Value::Null),
            INVALID,
        ),
    ]
}

fn policy_encodings() -> Vec<Row> {
    let good = encode(&policy());
    vec![
        (
            "policy_out_of_order",
            "A policy is in the one order that there is.",
            under(|policy| policy.as_map_mut().expect("a map").swap(0, 1)),
            INVALID,
        ),
        (
            "policy_head_not_shortest",
            "The heads of a policy are as short as can be.",
            under_bytes(&[&[0xa3, 0x18, 1], &good[2..]].concat()),
            INVALID,
        ),
        (
            "policy_of_indefinite_length",
            "The length of a policy is definite.",
            under_bytes(&[&[0xbf], &good[1..], &[0xff]].concat()),
            INVALID,
        ),
        (
            "policy_key_twice",
            "A key is in a policy once.",
            under_bytes(&[&[0xa4, 1, 1], &good[1..]].concat()),
            INVALID,
        ),
        (
            "policy_with_trailing_byte",
            "Nothing follows the policy.",
            under_bytes(&[&good[..], &[0]].concat()),
            INVALID,
        ),
        (
            "policy_of_no_bytes",
            "A policy is not empty.",
            under_bytes(&[]),
            INVALID,
        ),
        (
            "policy_not_a_map",
            "A policy is a map.",
            under_bytes(&encode(&array([1.into(), 86_400.into(), 1.into()]))),
            INVALID,
        ),
    ]
}

/// A response of so many bytes, by an entry that the standard keeps for later.
fn long(len: usize) -> ([u8; 16], Vec<u8>) {
    let presentation = grant().sign().present();
    let id = presentation.id;
    let document = presentation.sign().document();
    let padded = |padding: usize| {
        let mut response = kit::response([document.clone()]);
        insert(&mut response, "padding", bytes(&vec![0; padding]));
        encode(&response)
    };
    let short = padded(60_000).len();
    (id, padded(60_000 + len - short))
}

fn response_sizes() -> Vec<Case> {
    let ((id, most), (_, over)) = (long(65_536), long(65_537));
    vec![
        Case::new(
            "accept_response_of_64_kib",
            "A response with a delegated document has at most 64 KiB.",
            &most,
        )
        .accepts(&id),
        Case::new(
            "response_of_64_kib_and_a_byte",
            "A response with a delegated document has no more than 64 KiB.",
            &over,
        )
        .attack("H3")
        .rejects("DelegationTooLarge"),
    ]
}
