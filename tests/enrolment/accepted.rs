//! The old card holds until the new one is accepted, or for 72 hours: never without one, never long
//! with two.

use ciborium::Value;
use vitacard::Error;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::enrolment::*;
use vitacard::holder::Card;

use crate::kit::{encode, map};
use crate::raw::*;
use crate::world::*;

fn in_flight() -> (World, Card, Refreshed, Message) {
    let mut world = World::new();
    let card = world.enrolled();
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let parent = new.card.digest().unwrap();
    let aad = aad("VITACARD-ACCEPTED-v1", &[parent.as_bytes()]);
    let message = Message::of(&new.accepted, aad, NEW_KEY);
    (world, card, new, message)
}

fn fault(world: &mut World, message: &[u8]) -> Option<Error> {
    let before = world.state();
    let fault = world.accept(message, now()).err();
    assert!(fault.is_none() || world.state() == before);
    fault
}

#[test]
fn the_format() {
    let (mut world, card, new, message) = in_flight();
    let claims = map([(6, Value::from(NOW)), (7, bytes(new.number.as_bytes()))]);
    assert_eq!(message.payload, encode(&claims));
    assert_eq!(message.protected, protected(ACCEPTED));
    assert_eq!(message.unprotected, Value::Map(vec![]));
    let place = world.place(&card);
    assert_eq!(world.accept(&message.bytes(), now()), Ok(vec![place]));
}

#[test]
fn for_72_hours_both_hold() {
    let (mut world, card, new, _) = in_flight();
    let old = world.place(&card);
    assert_eq!(world.retire(at(OVERLAP_SECS - 1)), []);
    assert_eq!(world.invalid(), []);
    let line = world.store.lines().next().unwrap();
    assert_eq!(line.replaces_at(), Some(at(OVERLAP_SECS)));
    assert_eq!(world.retire(at(OVERLAP_SECS)), [old]);
    assert_eq!(world.record(&card).state(), CardState::Replaced);
    assert_eq!(world.invalid(), [old]);
    // Once.
    assert_eq!(world.retire(at(OVERLAP_SECS)), []);
    assert_eq!(world.store.lines().next().unwrap().replaces_at(), None);
    // The message comes late: the new card is accepted, and the place is said again, for what the
    // timer said may be lost.
    assert_eq!(world.record(&new.card).state(), CardState::Issued);
    assert_eq!(world.accept(&new.accepted, at(5 * DAY)), Ok(vec![old]));
    assert_eq!(world.record(&new.card).state(), CardState::Accepted);
    let third = world.refreshed(&new.card, (NEW_KEY, "third"), 6 * DAY);
    assert_eq!(
        world.accept(&third.accepted, at(6 * DAY)),
        Ok(vec![world.place(&new.card)])
    );
}

/// The rule holds by itself, whether or not the issuer's timer ran.
#[test]
fn without_a_timer() {
    let (mut world, card, new, _) = in_flight();
    let nonce = world.nonce_at(at(OVERLAP_SECS));
    let (_, request) = world.ask(&card, (PHONE, "x"), &nonce, at(OVERLAP_SECS));
    let before = world.state();
    let late = world.judge(&request, &nonce, at(OVERLAP_SECS));
    assert_eq!(late.err(), refused!(CardReplaced));
    assert_eq!(world.state(), before);
    assert_eq!(
        world.accept(&new.accepted, at(5 * DAY)),
        Ok(vec![world.place(&card)])
    );
}

#[test]
fn each_check() {
    let (mut world, card, new, good) = in_flight();
    let number = new.number;
    assert_eq!(
        Acceptance::parse(&new.accepted).unwrap().claimed_refresh(),
        number
    );
    let unknown = good.clone().saying(7, bytes(&[7; 16]));
    assert_eq!(
        fault(&mut world, &unknown.bytes()),
        refused!(RefreshUnknown)
    );
    // By the old key; for the old card; for another name.
    let old = good
        .clone()
        .with(|own| own.key = crate::pki::Key::from_seed(PHONE));
    assert_eq!(fault(&mut world, &old.bytes()), refused!(AcceptedSignature));
    let (old, parent) = (card.digest().unwrap(), new.card.digest().unwrap());
    for wrong in [
        Vec::new(),
        aad("VITACARD-ACCEPTED-v1", &[old.as_bytes()]),
        aad("VITACARD-BLOCK-v1", &[parent.as_bytes()]),
    ] {
        let wrong = good.clone().with(|own| own.aad = wrong);
        assert_eq!(
            fault(&mut world, &wrong.bytes()),
            refused!(AcceptedSignature)
        );
    }
    let late = good.clone().saying(6, Value::from(NOW + 61));
    assert_eq!(fault(&mut world, &late.bytes()), refused!(AcceptedTime));
    for (key, value) in [
        (6, Some(Value::from(-1))),
        (7, Some(bytes(&[0; 15]))),
        (8, Some(1.into())),
        (6, None),
        (7, None),
    ] {
        let wrong = good.clone().saying(key, value).bytes();
        assert_eq!(
            fault(&mut world, &wrong),
            refused!(AcceptedMalformed),
            "{key}"
        );
    }
    for (name, form) in other_forms(&good) {
        assert_eq!(
            fault(&mut world, &form),
            refused!(AcceptedMalformed),
            "{name}"
        );
    }
    assert_eq!(fault(&mut world, &good.bytes()), None);
}

#[test]
fn replayed_or_foreign() {
    let (mut world, card, new, _) = in_flight();
    // Of somebody else's refresh, under this one's number.
    let other = world.enrolled_by(world.draft(), "other phone");
    let other = world.refreshed(&other, ("other phone", "other new"), 0);
    let parent = other.card.digest().unwrap();
    let foreign = Message::of(
        &other.accepted,
        aad("VITACARD-ACCEPTED-v1", &[parent.as_bytes()]),
        "other new",
    );
    let foreign = foreign.saying(7, bytes(new.number.as_bytes()));
    assert_eq!(
        fault(&mut world, &foreign.bytes()),
        refused!(AcceptedSignature)
    );
    assert_eq!(fault(&mut world, &new.accepted), None);
    // Again, for the answer may be lost: the same answer, and nothing changes.
    let (state, old) = (world.state(), world.place(&card));
    assert_eq!(world.accept(&new.accepted, at(DAY)), Ok(vec![old]));
    assert_eq!(world.state(), state);
    let third = world.refreshed(&new.card, (NEW_KEY, "third"), 0);
    assert_ne!(world.state(), state);
    assert_eq!(world.accept(&new.accepted, now()), Ok(vec![old]));
    assert_eq!(fault(&mut world, &third.accepted), None);
    // Its card was replaced itself.
    assert_eq!(fault(&mut world, &new.accepted), refused!(AcceptedTwice));
    // Before there is a card there is nothing to accept.
    let nonce = world.nonce();
    let (pending, request) = world.ask(&third.card, ("third", "fourth"), &nonce, now());
    let _waits = world.open(&request, &nonce, now()).unwrap();
    let early = Message {
        payload: encode(&map([
            (6, Value::from(NOW)),
            (7, bytes(pending.number().as_bytes())),
        ])),
        key: crate::pki::Key::from_seed("fourth"),
        ..foreign
    };
    assert_eq!(fault(&mut world, &early.bytes()), refused!(RefreshUnknown));
    let (mut elsewhere, ..) = in_flight();
    elsewhere.store = Memory::default();
    assert_eq!(
        fault(&mut elsewhere, &new.accepted),
        refused!(RefreshUnknown)
    );
    let _ = RUSTCRYPTO;
}
