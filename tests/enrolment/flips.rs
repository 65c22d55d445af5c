//! Every bit counts: no flipped bit of a message leaves it good, and none leaves a trace.

use std::collections::BTreeMap;

use vitacard::Error;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::enrolment::*;

use crate::raw::{Message, aad};
use crate::world::*;

fn every_bit(
    name: &str,
    bytes: &[u8],
    known: &[&str],
    mut judge: impl FnMut(&[u8]) -> Option<Error>,
) {
    let mut seen = BTreeMap::<_, usize>::new();
    assert_eq!(judge(bytes), None, "{name}");
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let reason = judge(&flipped).map_or("accepted", Error::reason);
        *seen.entry(reason).or_default() += 1;
    }
    println!("{} flipped bits of {name}: {seen:?}", bytes.len() * 8);
    assert!(
        seen.keys().all(|reason| known.contains(reason)),
        "{name}: {seen:?}"
    );
}

#[test]
fn of_an_invitation() {
    let mut world = World::new();
    let bytes = world.invite();
    let known = [
        "InvitationMalformed",
        "InvitationSignature",
        "InvitationUntrusted",
        "InvitationSigner",
    ];
    every_bit("an invitation", &bytes, &known, |bytes| {
        world.read(bytes).err()
    });
}

#[test]
fn of_a_request_to_enrol() {
    let mut world = World::new();
    let invitation = world.invited(world.draft());
    let answer = world.answer(&invitation, PHONE);
    let before = world.state();
    let known = [
        "EnrolmentMalformed",
        "InvitationUnknown",
        "EnrolmentSignature",
    ];
    every_bit("a request to enrol", &answer.request, &known, |request| {
        let request = request.to_vec();
        world
            .check(&Answer {
                request,
                ..answer.clone()
            })
            .err()
    });
    assert_eq!(world.state(), before);
}

#[test]
fn of_a_request_to_refresh() {
    let mut world = World::new();
    let card = world.enrolled();
    let nonce = world.nonce();
    let (_, request) = world.ask(&card, (PHONE, NEW_KEY), &nonce, now());
    let known = ["RefreshMalformed", "CardUnknown", "RefreshSignature"];
    let before = world.state();
    every_bit("a request to refresh", &request, &known, |bytes| {
        world.judge(bytes, &nonce, now()).err()
    });
    assert_eq!(world.state(), before);
    // And once it is open: what comes again is no less checked.
    let open = world.open(&request, &nonce, now()).unwrap();
    world.answer_refresh(open, now()).unwrap();
    let before = world.state();
    let known = [
        "RefreshMalformed",
        "CardUnknown",
        "RefreshSignature",
        "RefreshOpen",
    ];
    every_bit("a request that comes again", &request, &known, |bytes| {
        world.judge(bytes, &nonce, now()).err()
    });
    assert_eq!(world.state(), before);
}

#[test]
fn of_accepted_and_of_a_request_to_block() {
    let mut world = World::new();
    let card = world.enrolled();
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let block = card
        .block(BlockReason::Lost, now(), &mut world.rng)
        .unwrap();
    let block = block.sign_with(&signer(PHONE), &RUSTCRYPTO).unwrap();
    // The good one goes first, each time into a store of its own.
    let state = world.state();
    let lines: Vec<_> = world.store.lines().cloned().collect();
    let fresh = || {
        let mut store = Memory::default();
        lines
            .iter()
            .for_each(|line| assert!(store.add_line(line).unwrap()));
        store
    };
    let known = ["AcceptedMalformed", "RefreshUnknown", "AcceptedSignature"];
    let mut good = true;
    every_bit("accepted", &new.accepted, &known, |bytes| {
        let mut store = fresh();
        let applied = Acceptance::parse(bytes)
            .and_then(|message| message.apply(&mut store, &RUSTCRYPTO, now()));
        assert!(std::mem::take(&mut good) || store.lines().eq(&lines));
        applied.err()
    });
    let known = ["BlockMalformed", "CardUnknown", "BlockSignature"];
    let mut good = true;
    every_bit("a request to block", &block, &known, |bytes| {
        let mut store = fresh();
        let applied = BlockRequest::parse(bytes)
            .and_then(|message| message.apply(&mut store, &RUSTCRYPTO, now()));
        assert!(std::mem::take(&mut good) || store.lines().eq(&lines));
        applied.err()
    });
    assert_eq!(world.state(), state);
}

/// Where the heads of the items in `bytes` begin, and how long they are.
fn heads(bytes: &[u8]) -> Vec<(usize, usize)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let (major, info) = (bytes[at] >> 5, bytes[at] & 0x1f);
        let more = if info < 24 { 0 } else { 1 << (info - 24) };
        found.push((at, 1 + more));
        let value = bytes[at + 1..=at + more].iter();
        let value = value.fold(0, |value, byte| value << 8 | usize::from(*byte));
        let value = if info < 24 { usize::from(info) } else { value };
        at += 1 + more + if matches!(major, 2 | 3) { value } else { 0 };
    }
    found
}

/// `bytes`, in which one head after the other takes more bytes than it needs, or a string or a list
/// has no length.
fn other_heads(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (at, len) in heads(bytes) {
        let argument = match len {
            1 => &[bytes[at] & 0x1f],
            _ => &bytes[at + 1..at + len],
        };
        let widths = [(24, 1), (25, 2), (26, 4), (27, 8)].into_iter();
        for (info, width) in widths.filter(|(_, width)| *width >= len) {
            let mut head = vec![bytes[at] & 0xe0 | info];
            head.resize(1 + width - argument.len(), 0);
            head.extend(argument);
            all.push([&bytes[..at], &head, &bytes[at + len..]].concat());
        }
        if matches!(bytes[at] >> 5, 2..=5) {
            all.push([&bytes[..at], &[bytes[at] | 0x1f], &bytes[at + len..]].concat());
        }
    }
    all
}

/// Signed anew by the right key, so that nothing but the form is wrong.
#[test]
fn every_longer_head() {
    let mut world = World::new();
    let letter = Message::of(&world.invite(), Vec::new(), "inviter");
    let invitation = world.read(&letter.bytes()).unwrap();
    let answer = world.answer(&invitation, "next phone");
    let cti = invitation.number();
    let enrol = aad("VITACARD-ENROLMENT-v1", &[cti.as_bytes()]);
    let card = world.enrolled();
    let parent = *card.digest().unwrap().as_bytes();
    let nonce = world.nonce();
    let (_, refresh) = world.ask(&card, (PHONE, NEW_KEY), &nonce, now());
    let other = world.enrolled_by(world.draft(), "other phone");
    let new = world.refreshed(&other, ("other phone", "other key"), 0);
    let block = card
        .block(BlockReason::Lost, now(), &mut world.rng)
        .unwrap();
    let block = block.sign_with(&signer(PHONE), &RUSTCRYPTO).unwrap();
    let refresh_aad = aad("VITACARD-REFRESH-v1", &[&parent, &nonce]);
    let new_parent = *new.card.digest().unwrap().as_bytes();
    let accepted_aad = aad("VITACARD-ACCEPTED-v1", &[&new_parent]);
    let block_aad = aad("VITACARD-BLOCK-v1", &[&parent]);
    let messages = [
        ("InvitationMalformed", letter),
        (
            "EnrolmentMalformed",
            Message::of(&answer.request, enrol, "next phone"),
        ),
        (
            "RefreshMalformed",
            Message::of(&refresh, refresh_aad, PHONE),
        ),
        (
            "AcceptedMalformed",
            Message::of(&new.accepted, accepted_aad, "other key"),
        ),
        ("BlockMalformed", Message::of(&block, block_aad, PHONE)),
    ];
    for (reason, message) in &messages {
        let mut said = |bytes: &[u8]| match *reason {
            "InvitationMalformed" => world.read(bytes).err(),
            "EnrolmentMalformed" => {
                let request = bytes.to_vec();
                world
                    .check(&Answer {
                        request,
                        ..answer.clone()
                    })
                    .err()
            }
            "RefreshMalformed" => world.judge(bytes, &nonce, now()).err(),
            "AcceptedMalformed" => world.accept(bytes, now()).err(),
            _ => world.block(bytes, now()).err(),
        };
        let payloads = other_heads(&message.payload).into_iter();
        let payloads =
            payloads.map(|payload| message.clone().with(|own| own.payload = payload).bytes());
        let protected = other_heads(&message.protected).into_iter();
        let protected =
            protected.map(|header| message.clone().with(|own| own.protected = header).bytes());
        let all: Vec<_> = payloads
            .chain(protected)
            .chain(other_heads(&message.bytes()))
            .collect();
        println!("{} other heads: {reason}", all.len());
        for bytes in all {
            let fault = said(&bytes).map(Error::reason);
            assert_eq!(fault, Some(*reason), "{}", hex::encode(bytes));
        }
        assert_eq!(said(&message.bytes()), None, "{reason}");
    }
}
