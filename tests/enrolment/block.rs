//! Blocking reaches the card that is named and all that was refreshed from it, accepted or in flight;
//! what is blocked stays so, and is answered as it was first.

use ciborium::Value;
use vitacard::crypto::{Algorithm, RUSTCRYPTO};
use vitacard::enrolment::*;
use vitacard::holder::Card;
use vitacard::issuer::StatusListDraft;
use vitacard::{Error, Validity};

use crate::kit::{encode, map};
use crate::raw::*;
use crate::world::*;

fn by_holder(world: &mut World, card: &Card, phone: &str, reason: BlockReason) -> Vec<u8> {
    let unsigned = card.block(reason, now(), &mut world.rng).unwrap();
    unsigned.sign_with(&signer(phone), &RUSTCRYPTO).unwrap()
}

fn message(bytes: &[u8], card: &Card) -> Message {
    let parent = card.digest().unwrap();
    Message::of(bytes, aad("VITACARD-BLOCK-v1", &[parent.as_bytes()]), PHONE)
}

fn fault(world: &mut World, message: &[u8]) -> Option<Error> {
    let before = world.state();
    let fault = world.block(message, now()).err();
    assert!(fault.is_none() || world.state() == before);
    fault
}

#[test]
fn by_the_holder() {
    let mut world = World::new();
    let card = world.enrolled();
    let request = by_holder(&mut world, &card, PHONE, BlockReason::Stolen);
    let good = message(&request, &card);
    let claims = map([
        (6, Value::from(NOW)),
        (7, good.claim(7)),
        (-70_047, 2.into()),
    ]);
    assert_eq!(good.payload, encode(&claims));
    assert_eq!(good.protected, protected(BLOCK));
    let claimed = BlockRequest::parse(&request).unwrap().claimed_card();
    assert_eq!(Some(claimed), card.digest());
    let blocked = world.block(&good.bytes(), at(5)).unwrap();
    assert_eq!(indices(blocked.places()), [world.place(&card)]);
    assert_eq!(
        (blocked.reason(), blocked.at()),
        (BlockReason::Stolen, at(5))
    );
    assert_eq!(Some(blocked.card()), card.digest());
    assert_eq!(world.invalid(), [world.place(&card)]);
    // Again, by another request, for another reason, later: answered as the first.
    let state = world.state();
    let again = by_holder(&mut world, &card, PHONE, BlockReason::Lost);
    for request in [&request, &again] {
        assert_eq!(world.block(request, at(DAY)), Ok(blocked.clone()));
    }
    let word = block(
        &mut world.store,
        &card.digest().unwrap(),
        BlockReason::RightsEnded,
        at(DAY),
    );
    assert_eq!(word, Ok(blocked));
    assert_eq!(world.state(), state);
}

/// The places go into the list that readers fetch.
#[test]
fn the_list_says_so() {
    let mut world = World::new();
    let card = world.enrolled();
    let (card, word) = (card.digest().unwrap(), BlockReason::Lost);
    let blocked = block(&mut world.store, &card, word, now()).unwrap();
    let validity = Validity::new(now(), at(7 * DAY)).unwrap();
    let mut list = StatusListDraft::new(LIST, 1, 1 << 20, validity).unwrap();
    let empty = StatusListDraft::new(LIST, 1, 1 << 20, validity).unwrap();
    for place in blocked.places() {
        list.set(place.index(), 1).unwrap();
    }
    let signer = world
        .insurer
        .root
        .issue(crate::pki::Profile::status_signer(), "status");
    let sign = |list: StatusListDraft| {
        let list = list
            .prepare(Algorithm::ES256, &[&signer.der], &RUSTCRYPTO)
            .unwrap();
        list.sign(&crate::lending::signer("status"), &RUSTCRYPTO)
            .unwrap()
    };
    assert_ne!(sign(list), sign(empty));
}

#[test]
fn what_is_blocked_is_not_refreshed() {
    let mut world = World::new();
    let card = world.enrolled();
    let nonce = world.nonce();
    let (_, request) = world.ask(&card, (PHONE, NEW_KEY), &nonce, now());
    // It was verified, and is blocked before it is approved.
    let verified = world.verified(&request, &nonce, now()).unwrap();
    let request_to_block = by_holder(&mut world, &card, PHONE, BlockReason::Stolen);
    world.block(&request_to_block, now()).unwrap();
    let state = world.state();
    assert_eq!(
        verified.approve(&mut world.store).err(),
        refused!(CardBlocked)
    );
    assert_eq!(
        world.judge(&request, &nonce, now()).err(),
        refused!(CardBlocked)
    );
    assert_eq!(world.state(), state);
}

#[test]
fn in_flight_without_a_card() {
    let mut world = World::new();
    let card = world.enrolled();
    let nonce = world.nonce();
    let (_, request) = world.ask(&card, (PHONE, NEW_KEY), &nonce, now());
    let open = world.open(&request, &nonce, now()).unwrap();
    let word = block(
        &mut world.store,
        &card.digest().unwrap(),
        BlockReason::Lost,
        now(),
    );
    assert_eq!(indices(word.unwrap().places()), [world.place(&card)]);
    assert_eq!(
        world.judge(&request, &nonce, now()).err(),
        refused!(CardBlocked)
    );
    let lines: Vec<_> = world.store.lines().cloned().collect();
    assert_eq!(
        world.answer_refresh(open, now()).err(),
        refused!(CardBlocked)
    );
    assert_eq!(world.store.lines().cloned().collect::<Vec<_>>(), lines);
}

#[test]
fn in_flight_with_a_card() {
    let mut world = World::new();
    let card = world.enrolled();
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let request = by_holder(&mut world, &card, PHONE, BlockReason::Stolen);
    let blocked = world.block(&request, now()).unwrap();
    let both = [world.place(&card), world.place(&new.card)];
    assert_eq!(indices(blocked.places()), both);
    assert_eq!(world.invalid(), both);
    // Neither message of the refresh is worth anything now.
    assert_eq!(
        world.accept(&new.accepted, now()).err(),
        refused!(CardBlocked)
    );
    let again = world.judge(&new.request, &new.nonce, now());
    assert_eq!(again.err(), refused!(CardBlocked));
    assert_eq!(world.retire(at(100 * DAY)), []);
    assert_eq!(world.invalid(), both);
}

#[test]
fn all_that_was_refreshed_from_it() {
    let mut world = World::new();
    let first = world.enrolled();
    let second = world.refreshed(&first, (PHONE, NEW_KEY), 0);
    world.accept(&second.accepted, now()).unwrap();
    let third = world.refreshed(&second.card, (NEW_KEY, "third"), 0);
    let places = [&first, &second.card, &third.card].map(|card| world.place(card));
    // The newest alone, which is in flight: those before it go on.
    let newest = third.card.digest().unwrap();
    let blocked = block(&mut world.store, &newest, BlockReason::Damaged, now()).unwrap();
    assert_eq!(indices(blocked.places()), places[2..]);
    assert_eq!(world.record(&second.card).state(), CardState::Accepted);
    // The oldest, by the key that it had: with all that came of it.
    let request = by_holder(&mut world, &first, PHONE, BlockReason::Compromised);
    let all = world.block(&request, at(1)).unwrap();
    assert_eq!(indices(all.places()), places);
    assert_eq!(all.reason(), BlockReason::Compromised);
    assert_eq!(world.invalid(), places);
    // Each keeps the answer that it had first.
    let again = block(&mut world.store, &newest, BlockReason::Lost, at(2)).unwrap();
    assert_eq!(again, blocked);
    let between = second.card.digest().unwrap();
    let between = block(&mut world.store, &between, BlockReason::Lost, at(2)).unwrap();
    assert_eq!(
        (between.reason(), between.at()),
        (BlockReason::Compromised, at(1))
    );
    assert_eq!(indices(between.places()), places[1..]);
}

/// Once the second card is blocked alone, the first is still valid, and can be refreshed anew.
#[test]
fn a_card_in_flight_can_be_blocked_by_itself() {
    let mut world = World::new();
    let card = world.enrolled();
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let word = block(
        &mut world.store,
        &new.card.digest().unwrap(),
        BlockReason::Lost,
        now(),
    );
    assert_eq!(indices(word.unwrap().places()), [world.place(&new.card)]);
    let third = world.refreshed(&card, (PHONE, "third"), HOUR);
    let replaced = world.accept(&third.accepted, at(HOUR));
    assert_eq!(replaced, Ok(vec![world.place(&card)]));
    assert_eq!(
        world.record(&new.card).state(),
        CardState::Blocked {
            reason: BlockReason::Lost,
            at: now()
        }
    );
}

#[test]
fn each_check() {
    let mut world = World::new();
    let card = world.enrolled();
    let request = by_holder(&mut world, &card, PHONE, BlockReason::Lost);
    let good = message(&request, &card);
    let elsewhere = fault(&mut World::new(), &request);
    assert_eq!(elsewhere, refused!(CardUnknown));
    let stranger = good
        .clone()
        .with(|own| own.key = crate::pki::Key::from_seed("x"));
    assert_eq!(
        fault(&mut world, &stranger.bytes()),
        refused!(BlockSignature)
    );
    let parent = card.digest().unwrap();
    for wrong in [
        Vec::new(),
        aad("VITACARD-BLOCK-v1", &[&[7; 32]]),
        aad("VITACARD-ACCEPTED-v1", &[parent.as_bytes()]),
    ] {
        let wrong = good.clone().with(|own| own.aad = wrong);
        assert_eq!(fault(&mut world, &wrong.bytes()), refused!(BlockSignature));
    }
    // Foreign: a good request for another card, with this one's name.
    let other = world.enrolled_by(world.draft(), "other phone");
    let foreign = by_holder(&mut world, &other, "other phone", BlockReason::Lost);
    let foreign = Message {
        key: crate::pki::Key::from_seed("other phone"),
        unprotected: good.unprotected.clone(),
        ..message(&foreign, &other)
    };
    assert_eq!(
        fault(&mut world, &foreign.bytes()),
        refused!(BlockSignature)
    );
    // Replayed for the card that took its place: signed by the old key, for the old one.
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let named = new.card.digest().unwrap();
    let replayed = good
        .clone()
        .with(|own| own.unprotected = map([(4, bytes(named.as_bytes()))]));
    assert_eq!(
        fault(&mut world, &replayed.bytes()),
        refused!(BlockSignature)
    );
    let late = good.clone().saying(6, Value::from(NOW + 61));
    assert_eq!(fault(&mut world, &late.bytes()), refused!(BlockTime));
    for (key, value) in [
        (6, Some(bytes(b"now"))),
        (7, Some(bytes(&[0; 17]))),
        (-70_047, Some(0.into())),
        (-70_047, Some(6.into())),
        (-70_046, Some(1.into())),
        (6, None),
        (7, None),
        (-70_047, None),
    ] {
        let wrong = good.clone().saying(key, value).bytes();
        assert_eq!(fault(&mut world, &wrong), refused!(BlockMalformed), "{key}");
    }
    for (name, form) in other_forms(&good) {
        assert_eq!(fault(&mut world, &form), refused!(BlockMalformed), "{name}");
    }
    for reason in 1..=5 {
        let said = good.clone().saying(-70_047, Value::from(reason)).bytes();
        assert!(BlockRequest::parse(&said).is_ok());
    }
    assert_eq!(fault(&mut world, &good.bytes()), None);
}
