//! Step 13, the second half: a delegate who must have a card of his own shows it too.

use super::lend::{
    DELEGATE, Grant, OWN_CARD, Presentation, bytes, card, card_with, grant, parent_of, policy, set,
};
use super::{Case, Row, rejected};
use crate::case::{self, signer, transcript};
use crate::kit::{self, Draft, Issued, Shown, at, encode};

/// The seed of the key of the delegate's own card.
const OWN: &str = "own device";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = accepted();
    cases.extend(rejected("H10", cards()));
    cases.extend(of_others());
    cases
}

/// The delegate's own card, an ordinary one after `change`.
fn own_card(change: impl FnOnce(&mut Draft)) -> Issued {
    let draft = case::card().with(|draft| {
        let key = at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]);
        *key = kit::cose_key(OWN);
        change(draft);
    });
    draft.issue().with(|issued| issued.device = OWN)
}

fn digest(card: &Issued) -> Vec<u8> {
    parent_of(&card.issuer_auth, &signer().der)
}

/// Where the issuer wants an own card.
fn for_holders() -> Draft {
    let mut policy = policy();
    set(&mut policy, 7, true);
    card_with(policy)
}

/// `card`, lent to the holder of the card with this digest.
fn lent_to(card: Draft, own: &[u8]) -> Presentation {
    let grant = Grant::of(card).with(|grant| grant.set(OWN_CARD, bytes(own)));
    grant.sign().present()
}

fn both(lent: Shown, own: &Shown) -> Vec<u8> {
    encode(&kit::response([lent.document(), own.document()]))
}

fn accepted() -> Vec<Case> {
    let own = own_card(|_| {});
    let shown = own.clone().show_in(&transcript());
    let accept = |name, rule, lent: Presentation, own_first: bool| {
        let id = lent.id;
        let mut documents = [lent.sign().document(), shown.document()];
        if own_first {
            documents.reverse();
        }
        Case::new(name, rule, &encode(&kit::response(documents))).accepts(&id)
    };
    let unneeded = grant().sign().present();
    vec![
        accept(
            "accept_own_card",
            "A delegate who shows the card of his own that the delegation names is accepted.",
            lent_to(card(), &digest(&own)),
            false,
        ),
        accept(
            "accept_own_card_where_issuer_wants_it",
            "Where the issuer wants it, too.",
            lent_to(for_holders(), &digest(&own)),
            false,
        ),
        accept(
            "accept_own_card_first",
            "The order of the two documents does not matter.",
            lent_to(card(), &digest(&own)),
            true,
        ),
        accept(
            "accept_own_card_that_nobody_needs",
            "Another card beside the lent one is no fault.",
            unneeded,
            false,
        ),
    ]
}

fn cards() -> Vec<Row> {
    const NO: &str = "OwnCardMissing";
    let own = own_card(|_| {});
    let lent = || lent_to(card(), &digest(&own)).sign();
    let shown = || own.clone().show_in(&transcript());
    let of_type = own_card(|draft| *at(&mut draft.mso, &["docType"]) = "org.example.other".into())
        .with(|issued| issued.doc_type = "org.example.other".into());
    let later = own_card(|draft| {
        let until = at(&mut draft.mso, &["validityInfo", "validUntil"]);
        *until = kit::date("2027-02-01T00:00:00Z");
    });
    let unnamed = || Grant::of(for_holders()).sign().present().sign();
    vec![
        (
            "own_card_not_shown",
            "A delegate of whom the delegation names a card shows it.",
            lent().response(),
            NO,
        ),
        (
            "own_card_not_named",
            "Where the issuer wants an own card the delegation names it.",
            unnamed().response(),
            NO,
        ),
        (
            "own_card_shown_and_not_named",
            "Where the issuer wants an own card the delegation names it, whatever is shown.",
            both(unnamed(), &shown()),
            NO,
        ),
        (
            "own_card_is_another",
            "The own card is the one that the delegation names, not a later one of the same holder.",
            both(lent(), &later.show_in(&transcript())),
            NO,
        ),
        (
            "own_card_twice",
            "The own card is shown once.",
            encode(&kit::response([
                lent().document(),
                shown().document(),
                shown().document(),
            ])),
            NO,
        ),
        (
            "own_card_of_another_type",
            "The own card is of the type of the lent one.",
            both(
                lent_to(card(), &digest(&of_type)).sign(),
                &of_type.clone().show_in(&transcript()),
            ),
            NO,
        ),
        (
            "own_card_is_lent",
            "The own card is shown by its holder, not lent as well.",
            own_card_lent(),
            NO,
        ),
        (
            "own_card_is_the_lent_one",
            "The lent card is not the delegate's own, though its holder shows it as well.",
            both(
                lent_to(card(), &grant().parent).sign(),
                &grant().card.show_in(&transcript()),
            ),
            NO,
        ),
    ]
}

/// Both cards are shown by delegation.
fn own_card_lent() -> Vec<u8> {
    let second = card().with(|draft| {
        let key = at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]);
        *key = kit::cose_key(OWN);
    });
    let second = Grant::of(second).with(|grant| grant.holder = OWN).sign();
    let lent = lent_to(card(), &second.parent);
    both(lent.sign(), &second.present().sign())
}

fn of_others() -> Vec<Case> {
    let own = own_card(|_| {});
    let lent = |own: &Issued| lent_to(card(), &digest(own)).sign();
    let case = |name, rule, response: &[u8]| Case::new(name, rule, response).attack("H10");
    let expired = own_card(|draft| {
        let until = at(&mut draft.mso, &["validityInfo", "validUntil"]);
        *until = kit::date("2026-05-31T00:00:00Z");
    });
    let stolen = own.clone().with(|issued| issued.device = DELEGATE);
    vec![
        case(
            "own_card_of_another_session",
            "The own card is shown in this session.",
            &both(lent(&own), &own.clone().show()),
        )
        .rejects("DeviceSignature"),
        case(
            "own_card_without_its_key",
            "The own card is shown with its own key, not with the delegate's for the lent one.",
            &both(lent(&own), &stolen.show_in(&transcript())),
        )
        .rejects("DeviceSignature"),
        case(
            "own_card_expired",
            "The own card has not expired.",
            &both(lent(&expired), &expired.clone().show_in(&transcript())),
        )
        .rejects("Expired"),
    ]
}
