//! No message is taken for one of another kind, not even if the same key signs it for the same card.

use vitacard::Error;
use vitacard::delegation::RevocationRequest;
use vitacard::enrolment::*;

use crate::raw::*;
use crate::world::*;

/// What each reader of a message says of these bytes.
fn said(bytes: &[u8]) -> [(&'static str, Option<Error>); 6] {
    [
        (INVITATION, Invitation::parse(bytes).err()),
        (ENROLMENT, EnrolmentRequest::parse(bytes).err()),
        (REFRESH, RefreshRequest::parse(bytes).err()),
        (ACCEPTED, Acceptance::parse(bytes).err()),
        (BLOCK, BlockRequest::parse(bytes).err()),
        ("revocation", RevocationRequest::parse(bytes).err()),
    ]
}

fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let mut world = World::new();
    let letter = world.invite();
    let invitation = world.read(&letter).unwrap();
    let answer = world.answer(&invitation, PHONE);
    let card = world.enrolled();
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let block = card
        .block(BlockReason::Lost, now(), &mut world.rng)
        .unwrap();
    let block = block
        .sign_with(&signer(PHONE), &vitacard::crypto::RUSTCRYPTO)
        .unwrap();
    vec![
        (INVITATION, letter),
        (ENROLMENT, answer.request),
        (REFRESH, new.request),
        (ACCEPTED, new.accepted),
        (BLOCK, block),
    ]
}

#[test]
fn each_is_read_as_what_it_is() {
    for (typ, bytes) in messages() {
        for (reader, fault) in said(&bytes) {
            assert_eq!(fault.is_none(), reader == typ, "{typ} read as {reader}");
        }
    }
}

/// With the claims of one and the `typ` of another: `typ` is compared before anything is believed.
#[test]
fn the_type_alone_is_enough_to_refuse() {
    let messages = messages();
    for (typ, bytes) in &messages[1..] {
        for (other, _) in &messages[1..] {
            let message = Message::of(bytes, Vec::new(), PHONE);
            let renamed = message.with(|own| own.protected = protected(other)).bytes();
            for (reader, fault) in said(&renamed) {
                let same = typ == other && reader == *typ;
                assert_eq!(fault.is_none(), same, "{typ} as {other}, read as {reader}");
            }
        }
        let shouted = typ.to_uppercase();
        for wrong in [&typ[1..], &typ[..typ.len() - 4], shouted.as_str(), ""] {
            let message = Message::of(bytes, Vec::new(), PHONE);
            let renamed = message.with(|own| own.protected = protected(wrong)).bytes();
            assert!(
                said(&renamed).iter().all(|(_, fault)| fault.is_some()),
                "{wrong}"
            );
        }
    }
}
