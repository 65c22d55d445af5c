//! Delegates who must be accepted.

use ciborium::Value;

use super::Case;
use super::lend::{
    Delegation, Grant, NAME, OTHER_NS, PURPOSE_SET, PURPOSES, Presentation, SCOPE, USES, card,
    card_with, ceiling, controllers, device_sign1, grant, int_sets, malleate, policy, set,
};
use crate::case::signer;
use crate::kit::{self, Draft, array, map};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = said();
    cases.extend(limits());
    cases.extend(lists());
    cases.extend(signatures());
    cases
}

fn accept(name: &'static str, rule: &'static str, delegation: Delegation) -> Case {
    accept_shown(name, rule, delegation.present())
}

fn accept_shown(name: &'static str, rule: &'static str, presentation: Presentation) -> Case {
    let id = presentation.id;
    Case::new(name, rule, &presentation.response()).accepts(&id)
}

fn saying(change: impl FnOnce(&mut Grant)) -> Delegation {
    grant().with(change).sign()
}

fn said() -> Vec<Case> {
    let both = [(kit::NAME_SPACE, &[0, 1, 2][..]), (OTHER_NS, &[0])];
    let several = [("org.example.others", &[3][..]), (PURPOSES, &[-2, 1, 5])];
    let extremes = [(PURPOSES, &[i64::MIN, 1, i64::MAX][..])];
    vec![
        accept(
            "accept_delegate",
            "A delegate is accepted who shows what was lent, for what and while it is lent.",
            grant().sign(),
        ),
        accept(
            "accept_name_of_64_bytes",
            "A name has up to 64 bytes.",
            saying(|grant| grant.set(NAME, "\u{e9}".repeat(32))),
        ),
        accept(
            "accept_name_of_one_byte",
            "A name has a byte at least.",
            saying(|grant| grant.set(NAME, "D")),
        ),
        accept(
            "accept_one_use",
            "Uses are advice, from 1.",
            saying(|grant| grant.set(USES, 1)),
        ),
        accept(
            "accept_255_uses",
            "Uses are advice, up to 255.",
            saying(|grant| grant.set(USES, 255)),
        ),
        accept(
            "accept_several_purposes",
            "A card may be lent for several purposes, whose codes ascend as numbers.",
            saying(|grant| grant.set(PURPOSE_SET, int_sets(&several))),
        ),
        accept(
            "accept_longest_purpose_codes",
            "A code has up to 64 bits with its sign.",
            saying(|grant| grant.set(PURPOSE_SET, int_sets(&extremes))),
        )
        .purpose(PURPOSES, i64::MIN),
        accept(
            "accept_purposes_of_64_controllers",
            "A purpose set names up to 64 controllers.",
            saying(|grant| grant.set(PURPOSE_SET, controllers(64))),
        ),
        accept_shown(
            "accept_several_name_spaces",
            "Several name spaces may be lent, in the order of deterministic encoding.",
            saying(|grant| grant.set(SCOPE, int_sets(&both)))
                .present()
                .with(|presentation| presentation.show_only(&[0, 1, 2, 3])),
        ),
        accept(
            "accept_scope_of_digests_that_are_not_there",
            "A scope may name what the card does not have.",
            saying(|grant| {
                let scope = [(
                    kit::NAME_SPACE,
                    &[0, 1, 23, 24, 255, 256, 65_536, (1 << 31) - 1][..],
                )];
                grant.set(SCOPE, int_sets(&scope));
            }),
        ),
        accept_shown(
            "accept_less_than_was_lent",
            "A delegate may show less than was lent to him.",
            grant()
                .sign()
                .present()
                .with(|presentation| presentation.show_only(&[1])),
        ),
        accept_shown(
            "accept_no_elements",
            "A delegate may show no element at all.",
            grant()
                .sign()
                .present()
                .with(|presentation| presentation.show_only(&[])),
        ),
        accept(
            "accept_asked_for_exactly",
            "A delegate shows what the reader asked for.",
            grant().sign(),
        )
        .requested(&[
            (kit::NAME_SPACE, "family_name"),
            (kit::NAME_SPACE, "given_name"),
        ]),
    ]
}

fn limits() -> Vec<Case> {
    let under = |key: i64, value: Value| {
        let mut policy = policy();
        set(&mut policy, key, value);
        Grant::of(card_with(policy)).sign()
    };
    let elements = array([
        "a".into(),
        "family_name".into(),
        "given_name".into(),
        "z".into(),
    ]);
    // By their bytes, so a longer one may come before a shorter one.
    let unlike = array(["family_name".into(), "given_name".into(), "id".into()]);
    let mut everything = policy();
    for (key, value) in [
        (4, int_sets(&[(PURPOSES, &[1, 2])])),
        (5, map([(kit::NAME_SPACE, elements.clone())])),
        (6, "https://example.org/revoked-delegations".into()),
        (7, false.into()),
        (8, true.into()),
    ] {
        set(&mut everything, key, value);
    }
    vec![
        accept(
            "accept_purpose_in_ceiling",
            "A purpose is accepted that the holder and the issuer allow.",
            under(4, int_sets(&[(PURPOSES, &[1, 2])])),
        ),
        accept(
            "accept_elements_in_ceiling",
            "Elements are accepted that the holder and the issuer allow.",
            under(5, map([(kit::NAME_SPACE, elements)])),
        ),
        accept(
            "accept_ceiling_by_bytes",
            "The elements in a ceiling ascend by their bytes, not by their length.",
            under(5, map([(kit::NAME_SPACE, unlike)])),
        ),
        accept(
            "accept_ceiling_of_64_name_spaces",
            "A ceiling names up to 64 name spaces.",
            under(5, ceiling(64, 2)),
        ),
        accept(
            "accept_ceiling_of_1024_elements",
            "A ceiling names up to 1024 elements.",
            under(5, ceiling(1, 1024)),
        ),
        accept(
            "accept_own_card_not_wanted",
            "false says the same as nothing.",
            under(7, false.into()),
        ),
        accept(
            "accept_claims_allowed_and_none_made",
            "Where a delegate may confirm a claim he need not.",
            under(8, true.into()),
        ),
        accept(
            "accept_whole_policy",
            "A policy may say everything that there is to be said.",
            Grant::of(card_with(everything)).sign(),
        )
        .revoked(&[]),
        accept(
            "accept_other_key_info",
            "Beside the policy an issuer may say other things about the key.",
            Grant::of(with_other_key_info()).sign(),
        ),
    ]
}

fn with_other_key_info() -> Draft {
    card().with(|draft| {
        let info = kit::at(&mut draft.mso, &["deviceKeyInfo", "keyInfo"]);
        kit::insert(info, -65_537, Value::Bytes(vec![7]));
        let authorizations = kit::at(&mut draft.mso, &["deviceKeyInfo", "keyAuthorizations"]);
        let more = map([("org.example", array(["age".into()]))]);
        kit::insert(authorizations, "dataElements", more);
    })
}

fn lists() -> Vec<Case> {
    let mut listed = policy();
    set(&mut listed, 6, "https://example.org/revoked-delegations");
    let delegation = || Grant::of(card_with(listed.clone())).sign();
    vec![
        accept(
            "accept_on_no_list",
            "A delegation that the known list does not hold is accepted.",
            delegation(),
        )
        .revoked(&[[7; 16], grant().sign().id]),
        accept(
            "accept_empty_list",
            "A list that is known and empty revokes nothing.",
            delegation(),
        )
        .revoked(&[]),
        accept(
            "accept_no_list_named",
            "Where the card names no list none need be known.",
            grant().sign(),
        ),
    ]
}

fn signatures() -> Vec<Case> {
    let malleated = || grant().sign().with(|d| malleate(&mut d.sign1[3]));
    let card = card()
        .issue()
        .with(|card| malleate(&mut card.issuer_auth[3]));
    let presentation = grant().sign().present();
    let id = presentation.id;
    let shown = presentation
        .sign()
        .with(|shown| malleate(&mut device_sign1(shown)[3]));
    vec![
        accept(
            "accept_other_signature_of_holder",
            "Of a signature there are two forms, and the number of the delegation is the same.",
            malleated(),
        ),
        accept(
            "accept_other_signature_of_issuer",
            "The issuer's signature is no part of what names a card.",
            Grant::of_issued(card, &signer().der).sign(),
        ),
        Case::new(
            "accept_other_signature_of_delegate",
            "Of the delegate's signature both forms hold.",
            &shown.response(),
        )
        .accepts(&id),
    ]
}
