//! A delegate shows a card of his own beside the lent one.

use vitacard::crypto::RUSTCRYPTO;
use vitacard::holder::{Card, DelegatedCard, DeviceRequest, Response};
use vitacard::reader::Presenter;
use vitacard::{DocType, Misuse, Rejected};

use crate::lending::*;

struct World {
    insurer: Insurer,
    own: Card,
    lent: DelegatedCard,
}

fn world() -> World {
    let insurer = Insurer::new();
    let own = insurer.own_card();
    let card = insurer.card_with(any_policy().requiring_own_card());
    let draft = request_draft().with_own_card(own.digest().unwrap());
    let lent = lent(&insurer, &card, draft, DAY);
    World { insurer, own, lent }
}

fn nothing_of(card: &Card) -> Response {
    let asked = asking(true);
    let request = DeviceRequest::parse(&asked).unwrap();
    let unsigned = card.present_nothing(&request, &transcript()).unwrap();
    unsigned
        .sign_with(&signer(DAUGHTERS_OWN), &RUSTCRYPTO)
        .unwrap()
}

/// It is enough that she has it: nothing of it is shown, and in either order.
#[test]
fn nothing_of_it_need_be_shown() {
    let world = world();
    let lent = || show(&world.lent, NOW).unwrap();
    for (both, place) in [
        (lent().join(nothing_of(&world.own)), 0),
        (nothing_of(&world.own).join(lent()), 1),
    ] {
        let bytes = both.to_bytes();
        let verified = at_pharmacy(&world.insurer, &bytes, NOW).unwrap();
        let documents: Vec<_> = verified.documents().collect();
        let (lent, own) = (documents[place], documents[1 - place]);
        assert!(matches!(lent.presenter(), Presenter::Delegate(_)));
        assert!(matches!(own.presenter(), Presenter::Holder));
        assert_eq!((lent.elements().count(), own.elements().count()), (4, 0));
        let found = verified.own_card_of(lent).unwrap();
        assert!(core::ptr::eq(found, own));
        assert!(verified.own_card_of(own).is_none());
    }
    let alone = lent().to_bytes();
    let missing = Rejected::OwnCardMissing { document: 0 }.into();
    let error = at_pharmacy(&world.insurer, &alone, NOW).unwrap_err();
    assert_eq!(error, missing);
}

#[test]
fn a_document_of_another_response_has_none_here() {
    let world = world();
    let bytes = show(&world.lent, NOW)
        .unwrap()
        .join(nothing_of(&world.own))
        .to_bytes();
    let one = at_pharmacy(&world.insurer, &bytes, NOW).unwrap();
    let other = at_pharmacy(&world.insurer, &bytes, NOW).unwrap();
    let lent = one.documents().next().unwrap();
    assert!(one.own_card_of(lent).is_some());
    assert!(other.own_card_of(lent).is_none());
}

/// Where none is needed, none is told, whatever stands beside.
#[test]
fn a_card_that_is_not_needed_is_nobodys() {
    let insurer = Insurer::new();
    let own = insurer.own_card();
    let lent = lent(&insurer, &insurer.card(), request_draft(), DAY);
    let both = show(&lent, NOW).unwrap().join(nothing_of(&own)).to_bytes();
    let verified = at_pharmacy(&insurer, &both, NOW).unwrap();
    let lent = verified.documents().next().unwrap();
    assert!(verified.own_card_of(lent).is_none());
}

#[test]
fn of_a_kind_that_is_not_asked_for_nothing_is_proved() {
    let world = world();
    let other = DocType::new("org.vitacard.other").unwrap();
    let items = vitacard::reader::ItemsRequest::new(other).with_element(
        name_space(),
        element("family_name"),
        false,
    );
    let asked = vitacard::reader::Request::new([items]).unwrap().to_bytes();
    let request = DeviceRequest::parse(&asked).unwrap();
    let error = world.own.present_nothing(&request, &transcript());
    assert_eq!(error.unwrap_err(), Misuse::NotRequested.into());
}
