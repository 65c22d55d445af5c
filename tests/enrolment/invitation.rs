//! An invitation from nobody is refused before anything is asked for: without a
//! [`VerifiedInvitation`] there is nothing to answer.

use ciborium::Value;
use vitacard::crypto::{AgreementKey as _, RUSTCRYPTO, Signer as _, SoftwareSigner};
use vitacard::enrolment::*;

use crate::kit::{encode, map};
use crate::pki::{Entity, Profile, eku, key_usage};
use crate::raw::*;
use crate::world::*;

/// A good invitation, to be signed anew.
fn message(world: &mut World) -> Message {
    let bytes = world.invite();
    Message::of(&bytes, Vec::new(), "inviter")
}

fn signed_by(world: &mut World, leaf: &Entity) -> Message {
    let name = leaf.profile.subject.common_name;
    message(world)
        .with(|own| {
            own.key = leaf.key.clone();
            own.protected = with_chain(&leaf.der);
        })
        .saying(1, Value::from(name))
}

fn with_chain(der: &[u8]) -> Vec<u8> {
    encode(&map([
        (1, Value::from(-7)),
        (16, INVITATION.into()),
        (33, bytes(der)),
    ]))
}

fn fault(world: &World, invitation: &[u8]) -> Option<vitacard::Error> {
    world.read(invitation).err()
}

#[test]
fn a_letter_says_who_invites() {
    let mut world = World::new();
    let draft = world.draft().with_uri("https://fund.example/enrol");
    let unsigned = draft.prepare(&[&world.inviter.der], &RUSTCRYPTO, &mut world.rng);
    let issued = unsigned
        .unwrap()
        .sign_with(&signer("inviter"), &RUSTCRYPTO)
        .unwrap();
    let text = issued.text();
    assert!(text.starts_with("vitacard-invite:hF"), "{text}");
    println!(
        "{} bytes, {} characters",
        issued.as_bytes().len(),
        text.len()
    );
    // A QR code of bytes holds 2953.
    assert!(text.len() < 2953);
    let read = Invitation::from_text(&text).unwrap();
    let invitation = read.verify(&world.anchors(), &RUSTCRYPTO, now()).unwrap();
    assert_eq!(invitation.issuer(), "Fund");
    assert_eq!(invitation.uri(), Some("https://fund.example/enrol"));
    assert_eq!(invitation.ends(), at(30 * DAY));
    assert_eq!(invitation.number(), issued.number());
    // Logs get neither the letter nor its secret.
    let debug = format!("{invitation:?} {issued:?}");
    let debug = format!("{debug} {:?}", issued.into_record());
    assert!(
        debug.starts_with("VerifiedInvitation { .. } IssuedInvitation { .. }"),
        "{debug}"
    );
    assert!(!debug.contains("secret"), "{debug}");
}

/// Our writer and ciborium come to the same bytes, by what the page says.
#[test]
fn the_format() {
    let mut world = World::new();
    let bytes = world.invite();
    let message = Message::of(&bytes, Vec::new(), "inviter");
    assert_eq!(message.protected, with_chain(&world.inviter.der));
    assert_eq!(message.unprotected, Value::Map(vec![]));
    let key = world.key.public_key();
    let cose_key = map([
        (1, Value::from(2)),
        (-1, Value::from(1)),
        (-2, self::bytes(&key.as_bytes()[1..33])),
        (-3, self::bytes(&key.as_bytes()[33..])),
    ]);
    let claims = map([
        (1, Value::from("Fund")),
        (4, (NOW + 30 * DAY).into()),
        (6, NOW.into()),
        (7, message.claim(7)),
        (-70_040, message.claim(-70_040)),
        (-70_041, cose_key),
    ]);
    assert_eq!(message.payload, encode(&claims));
    assert!(world.read(&message.bytes()).is_ok());
}

#[test]
fn from_nobody() {
    let mut world = World::new();
    // Another root; the root of the cards; the same chain by another key.
    let stranger = Entity::self_signed(Profile::iaca_root(), "stranger");
    let leaf = stranger.issue(Profile::document_signer(), "inviter");
    let message = signed_by(&mut world, &leaf).bytes();
    assert_eq!(fault(&world, &message), refused!(InvitationUntrusted));
    let card_signer = world.insurer.signer.clone();
    let message = signed_by(&mut world, &card_signer).bytes();
    assert_eq!(fault(&world, &message), refused!(InvitationUntrusted));
    let message = self::message(&mut world).with(|own| own.key = crate::pki::Key::from_seed("x"));
    assert_eq!(
        fault(&world, &message.bytes()),
        refused!(InvitationSignature)
    );
    // No anchors at all.
    let good = world.invite();
    let read = Invitation::parse(&good).unwrap();
    let none = read.verify(&EnrolmentAnchors::new(), &RUSTCRYPTO, now());
    assert_eq!(none.err(), refused!(InvitationUntrusted));
    // Expired, or for something else.
    let late = Profile::document_signer().with(|own| own.not_after = NOW - 1);
    let leaf = world.root.issue(late, "inviter");
    let message = signed_by(&mut world, &leaf).bytes();
    assert_eq!(fault(&world, &message), refused!(InvitationUntrusted));
}

#[test]
fn by_whom_it_must_not_be_signed() {
    let mut world = World::new();
    for usage in [eku::READER, eku::MDOC_SIGNER, eku::TLS_SERVER, eku::ANY] {
        let profile = Profile::document_signer().with(|own| own.eku = vec![usage]);
        let leaf = world.root.issue(profile, "inviter");
        let message = signed_by(&mut world, &leaf).bytes();
        assert_eq!(
            fault(&world, &message),
            refused!(InvitationSigner),
            "{usage}"
        );
    }
    let none = Profile::document_signer().with(|own| own.eku = vec![]);
    let agreeing =
        Profile::document_signer().with(|own| own.key_usage = Some(key_usage::KEY_AGREEMENT));
    let authority = Profile::intermediate();
    for profile in [none, agreeing, authority] {
        let leaf = world.root.issue(profile, "inviter");
        let message = signed_by(&mut world, &leaf).bytes();
        assert_eq!(fault(&world, &message), refused!(InvitationSigner));
    }
}

#[test]
fn each_claim() {
    let mut world = World::new();
    let good = message(&mut world);
    let said = |key: i64, value: Value| fault(&world, &good.clone().saying(key, value).bytes());
    assert_eq!(fault(&world, &good.bytes()), None);
    assert_eq!(said(1, "Another fund".into()), refused!(InvitationIssuer));
    assert_eq!(said(1, "".into()), refused!(InvitationIssuer));
    assert_eq!(said(6, (NOW + 60).into()), None);
    assert_eq!(said(6, (NOW + 61).into()), refused!(InvitationFromFuture));
    assert_eq!(said(4, (NOW + 1).into()), None);
    assert_eq!(said(4, NOW.into()), refused!(InvitationExpired));
    assert_eq!(
        said(-70_041, crate::kit::cose_key("inviter")),
        refused!(InvitationKey)
    );
    for (key, value) in [
        (1, Value::from(1)),
        (4, Value::from(-1)),
        (6, "now".into()),
        (7, bytes(&[0; 15])),
        (-70_040, bytes(&[0; 17])),
        (-70_041, bytes(&[0; 65])),
        (-70_042, bytes(b"https://")),
    ] {
        assert_eq!(said(key, value), refused!(InvitationMalformed), "{key}");
    }
    for key in [1, 4, 6, 7, -70_040, -70_041] {
        let without = good.clone().saying(key, None).bytes();
        assert_eq!(
            fault(&world, &without),
            refused!(InvitationMalformed),
            "{key}"
        );
    }
    for (name, form) in other_forms(&good) {
        assert_eq!(
            fault(&world, &form),
            refused!(InvitationMalformed),
            "{name}"
        );
    }
}

#[test]
fn the_chain_is_protected() {
    let mut world = World::new();
    let good = message(&mut world);
    let unprotected = good.with(|own| {
        own.unprotected = map([(33, bytes(&world.inviter.der))]);
        own.protected = protected(INVITATION);
    });
    assert_eq!(
        fault(&world, &unprotected.bytes()),
        refused!(InvitationMalformed)
    );
}

#[test]
fn texts_that_are_no_invitation() {
    let mut world = World::new();
    let bytes = world.invite();
    let issued = base64url(&bytes);
    let text = |text: String| Invitation::from_text(&text).err();
    assert_eq!(text(format!("vitacard-invite:{issued}")), None);
    for wrong in [
        issued.clone(),
        format!("VITACARD-INVITE:{issued}"),
        format!("vitacard-invite: {issued}"),
        format!("vitacard-invite:{issued}="),
        format!("vitacard-invite:{issued}\n"),
        format!("vitacard-invite:{}", &issued[1..]),
        format!("vitacard-invite:{}", issued.replace('_', "/")) + "+",
        "vitacard-invite:".into(),
        format!("vitacard-invite:{}", "A".repeat(9000)),
        String::new(),
    ] {
        assert_eq!(
            text(wrong.clone()),
            refused!(InvitationMalformed),
            "{wrong}"
        );
    }
    // Bits behind the end of the last byte: a second text of the same bytes.
    let sizes = [bytes.len() % 3];
    if sizes != [0] {
        let last = issued.chars().last().unwrap();
        let other = char::from_u32(u32::from(last) + 1).unwrap();
        let other = format!("vitacard-invite:{}{other}", &issued[..issued.len() - 1]);
        assert_eq!(text(other), refused!(InvitationMalformed));
    }
}

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut word = [0; 4];
        word[1..=chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes(word);
        for digit in 0..=chunk.len() {
            let shift = 18 - 6 * digit;
            text.push(char::from(DIGITS[(word >> shift & 63) as usize]));
        }
    }
    text
}

#[test]
fn what_cannot_become_an_invitation() {
    let mut world = World::new();
    let chain = world.inviter.der.clone();
    let prepare = |draft: InvitationDraft, chain: &[&[u8]]| {
        draft.prepare(chain, &RUSTCRYPTO, &mut Seeded(3)).err()
    };
    let key = world.key.public_key();
    let backwards = InvitationDraft::new(key, now(), now());
    assert_eq!(prepare(backwards, &[&chain]), misused!(InvitationDates));
    let long = InvitationDraft::new(key, now(), at(500 * DAY));
    assert_eq!(prepare(long, &[&chain]), misused!(InvitationDates));
    let own = InvitationDraft::new(signer("inviter").public_key(), now(), at(DAY));
    assert_eq!(prepare(own, &[&chain]), misused!(KeyUsedForBoth));
    assert_eq!(prepare(world.draft(), &[]), misused!(EmptyChain));
    let reader = world.root.issue(Profile::mdoc_reader(), "inviter");
    assert_eq!(
        prepare(world.draft(), &[&reader.der]),
        misused!(ChainBroken)
    );
    let uri = world.draft().with_uri(&"x".repeat(4000));
    let unsigned = uri.prepare(&[&chain], &RUSTCRYPTO, &mut world.rng).unwrap();
    let long = unsigned.sign_with(&signer("inviter"), &RUSTCRYPTO);
    assert_eq!(long.err(), misused!(InvitationTooLong));
    let unsigned = world
        .draft()
        .prepare(&[&chain], &RUSTCRYPTO, &mut world.rng);
    let other = SoftwareSigner::from_bytes(&[5; 32]).unwrap();
    let wrong = unsigned.unwrap().sign_with(&other, &RUSTCRYPTO);
    assert_eq!(wrong.err(), misused!(SignatureNotByThisKey));
}
