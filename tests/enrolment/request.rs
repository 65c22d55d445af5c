//! A request to enrol: each check by its number, alone and in its order; nothing is half accepted,
//! and an invitation is used up once, after the last check.

use ciborium::Value;
use vitacard::Error;
use vitacard::crypto::{AgreementKey as _, RUSTCRYPTO};
use vitacard::enrolment::*;

use crate::kit::{cose_key, encode, map};
use crate::raw::*;
use crate::world::*;

/// A good answer, its request to be signed anew, and its invitation's number.
fn answered(world: &mut World) -> (Answer, Message, InvitationNumber) {
    let invitation = world.invited(world.draft());
    let number = invitation.number();
    let answer = world.answer(&invitation, PHONE);
    let aad = aad("VITACARD-ENROLMENT-v1", &[number.as_bytes()]);
    let message = Message::of(&answer.request, aad, PHONE);
    (answer, message, number)
}

fn judged(world: &World, answer: &Answer, message: &Message) -> Option<Error> {
    let request = message.bytes();
    let before = world.state();
    let fault = world
        .check(&Answer {
            request,
            ..answer.clone()
        })
        .err();
    assert_eq!(world.state(), before);
    fault
}

#[test]
fn the_format() {
    let mut world = World::new();
    let bytes = world.invite();
    let letter = Message::of(&bytes, Vec::new(), "inviter");
    let invitation = world.read(&bytes).unwrap();
    let answer = world.answer(&invitation, PHONE);
    let cti = invitation.number();
    let aad = aad("VITACARD-ENROLMENT-v1", &[cti.as_bytes()]);
    let message = Message::of(&answer.request, aad, PHONE);
    let secret = letter.claim(-70_040).into_bytes().unwrap();
    let entries = PHOTOS
        .iter()
        .zip(1..)
        .map(|((_, media_type, plain), kind)| {
            use sha2::Digest as _;
            map([
                (1, Value::from(kind)),
                (2, (*media_type).into()),
                (3, (plain.len() as u64).into()),
                (4, self::bytes(&sha2::Sha256::digest(plain))),
            ])
        });
    let claims = map([
        (6, Value::from(NOW)),
        (7, self::bytes(cti.as_bytes())),
        (8, cnf(PHONE)),
        (-70_043, self::bytes(&hmac(&secret, &cose_key(PHONE)))),
        (-70_044, Value::Array(entries.collect())),
    ]);
    assert_eq!(message.payload, encode(&claims));
    assert_eq!(message.protected, protected(ENROLMENT));
    assert!(
        world
            .check(&Answer {
                request: message.bytes(),
                ..answer
            })
            .is_ok()
    );
}

#[test]
fn what_the_issuer_sees() {
    let mut world = World::new();
    let (answer, _, number) = answered(&mut world);
    let verified = world.check(&answer).unwrap();
    assert_eq!(verified.invitation(), number);
    assert_eq!(*verified.device_key(), public_key(PHONE));
    assert_eq!(verified.attestation(), None);
    let evidence: Vec<_> = verified.evidence().collect();
    for (seen, (kind, media_type, plain)) in evidence.iter().zip(PHOTOS) {
        assert_eq!(
            (seen.kind(), seen.media_type(), seen.as_bytes()),
            (kind, media_type, plain)
        );
    }
    assert_eq!(evidence.len(), 3);
    let debug = format!("{verified:?} {evidence:?}");
    assert!(
        debug.starts_with("VerifiedEnrolment { .. } [Evidence { .. }"),
        "{debug}"
    );
}

#[test]
fn the_invitation() {
    let mut world = World::new();
    let (answer, message, number) = answered(&mut world);
    // Of a number that nobody sent.
    let other = [7; 16];
    let unknown = message
        .clone()
        .saying(7, bytes(&other))
        .with(|own| own.aad = aad("VITACARD-ENROLMENT-v1", &[&other]));
    assert_eq!(
        judged(&world, &answer, &unknown),
        refused!(InvitationUnknown)
    );
    // At its end.
    let end = at(30 * DAY);
    assert!(world.check_at(&answer, at(30 * DAY - 1)).is_ok());
    assert_eq!(world.check_at(&answer, end).err(), refused!(InvitationOver));
    // Used.
    let state = world.state();
    let approved = world
        .check(&answer)
        .unwrap()
        .approve(&mut world.store)
        .unwrap();
    assert_ne!(world.state(), state);
    assert_eq!(approved.invitation(), number);
    assert_eq!(judged(&world, &answer, &message), refused!(InvitationUsed));
    let again = ApprovedEnrolment::again(number, &world.store).unwrap();
    assert_eq!(again.device_key(), approved.device_key());
}

#[test]
fn refusing_uses_the_invitation_up() {
    let mut world = World::new();
    let (answer, message, number) = answered(&mut world);
    world
        .check(&answer)
        .unwrap()
        .refuse(&mut world.store)
        .unwrap();
    assert_eq!(judged(&world, &answer, &message), refused!(InvitationUsed));
    let again = ApprovedEnrolment::again(number, &world.store);
    assert_eq!(again.err(), refused!(InvitationUnknown));
}

#[test]
fn a_failed_request_uses_nothing_up() {
    let mut world = World::new();
    let (answer, message, number) = answered(&mut world);
    let forged = message.clone().saying(-70_043, bytes(&[0; 32]));
    assert_eq!(judged(&world, &answer, &forged), refused!(EnrolmentSecret));
    let mut altered = answer.clone();
    altered.sealed[2][40] ^= 1;
    assert!(judged(&world, &altered, &message).is_some());
    assert_eq!(
        ApprovedEnrolment::again(number, &world.store).err(),
        refused!(InvitationUnknown)
    );
    assert!(
        world
            .check(&answer)
            .unwrap()
            .approve(&mut world.store)
            .is_ok()
    );
}

/// Two phones answer one letter, at the same time.
#[test]
fn of_two_requests_one_wins() {
    for first_refused in [false, true] {
        let mut world = World::new();
        let invitation = world.invited(world.draft());
        let answers = [PHONE, NEW_KEY].map(|phone| world.answer(&invitation, phone));
        let [first, second] = answers.map(|answer| world.check(&answer).unwrap());
        match first_refused {
            true => first.refuse(&mut world.store).unwrap(),
            false => drop(first.approve(&mut world.store).unwrap()),
        }
        let state = world.state();
        assert_eq!(
            second.approve(&mut world.store).err(),
            refused!(InvitationUsed)
        );
        assert_eq!(world.state(), state);
    }
}

#[test]
fn who_sends_it() {
    let mut world = World::new();
    let (answer, good, number) = answered(&mut world);
    assert_eq!(judged(&world, &answer, &good), None);
    // Another key signs; for another invitation; for no message of this kind.
    let other = good
        .clone()
        .with(|own| own.key = crate::pki::Key::from_seed(NEW_KEY));
    assert_eq!(
        judged(&world, &answer, &other),
        refused!(EnrolmentSignature)
    );
    for wrong in [
        Vec::new(),
        aad("VITACARD-ENROLMENT-v1", &[&[7; 16]]),
        aad("VITACARD-REFRESH-v1", &[number.as_bytes()]),
    ] {
        let wrong = good.clone().with(|own| own.aad = wrong);
        assert_eq!(
            judged(&world, &answer, &wrong),
            refused!(EnrolmentSignature)
        );
    }
    // He who has not read the letter. The HMAC is of this key, too: of another's it is worth nothing.
    let forged = good
        .clone()
        .saying(-70_043, bytes(&hmac(&[0; 16], &cose_key(PHONE))));
    assert_eq!(judged(&world, &answer, &forged), refused!(EnrolmentSecret));
    let stolen = good
        .clone()
        .saying(8, cnf(NEW_KEY))
        .with(|own| own.key = crate::pki::Key::from_seed(NEW_KEY));
    assert_eq!(judged(&world, &answer, &stolen), refused!(EnrolmentSecret));
    let late = good.clone().saying(6, Value::from(NOW + 61));
    assert_eq!(judged(&world, &answer, &late), refused!(EnrolmentTime));
    let soon = good.clone().saying(6, Value::from(NOW + 60));
    assert_eq!(judged(&world, &answer, &soon), None);
}

/// A key that agrees on secrets signs no request, not even if its owner could.
#[test]
fn the_enrolment_key_signs_nothing() {
    let mut world = World::new();
    world.key = vitacard::crypto::SoftwareAgreementKey::from_bytes(
        &crate::pki::Key::from_seed("enrolment").scalar(),
    )
    .unwrap();
    let letter = world.invite();
    let letter = Message::of(&letter, Vec::new(), "inviter");
    let (secret, cti) = (letter.claim(-70_040), letter.claim(7));
    let invitation = world.read(&letter.bytes()).unwrap();
    let answer = world.answer(&invitation, PHONE);
    let aad = aad("VITACARD-ENROLMENT-v1", &[cti.as_bytes().unwrap()]);
    let mac = hmac(secret.as_bytes().unwrap(), &cose_key("enrolment"));
    let message = Message::of(&answer.request, aad, "enrolment")
        .saying(8, cnf("enrolment"))
        .saying(-70_043, bytes(&mac));
    assert_eq!(judged(&world, &answer, &message), refused!(EnrolmentKey));
    let own = invitation.enrol(world.key.public_key());
    let own = PHOTOS.into_iter().fold(own, |own, (kind, media, plain)| {
        own.with_evidence(kind, media, plain, &RUSTCRYPTO).unwrap()
    });
    assert_eq!(
        own.prepare(now(), &RUSTCRYPTO).err(),
        misused!(KeyUsedForBoth)
    );
}

#[test]
fn an_attestation_is_there_where_it_is_demanded() {
    let mut world = World::new();
    let invitation = world.invited(world.draft().demanding_attestation());
    let answer = world.answer(&invitation, PHONE);
    assert_eq!(world.check(&answer).err(), refused!(AttestationMissing));
    let draft = invitation
        .enrol(public_key(PHONE))
        .with_attestation(b"by the platform");
    let draft = PHOTOS
        .into_iter()
        .fold(draft, |draft, (kind, media, plain)| {
            draft
                .with_evidence(kind, media, plain, &RUSTCRYPTO)
                .unwrap()
        });
    let answer = world.finish(draft, PHONE);
    let verified = world.check(&answer).unwrap();
    assert_eq!(verified.attestation(), Some(b"by the platform".as_slice()));
}

#[test]
fn malformed() {
    let mut world = World::new();
    let (answer, good, _) = answered(&mut world);
    let said = |key: i64, value: Value| {
        let message = good.clone().saying(key, value);
        assert_eq!(
            judged(&world, &answer, &message),
            refused!(EnrolmentMalformed),
            "{key}"
        );
    };
    let entries = good.claim(-70_044).into_array().unwrap();
    let mut off_curve = cose_key(PHONE);
    off_curve.as_map_mut().unwrap()[3].1 = bytes(&[1; 32]);
    let mut with_alg = cose_key(PHONE);
    with_alg
        .as_map_mut()
        .unwrap()
        .insert(1, (3.into(), Value::from(-7)));
    said(6, Value::from(-1));
    said(7, bytes(&[1; 17]));
    said(8, cose_key(PHONE));
    said(8, map([(1, off_curve)]));
    said(8, map([(1, with_alg)]));
    said(-70_043, bytes(&[1; 31]));
    said(-70_044, Value::Array(entries[..2].to_vec()));
    said(
        -70_044,
        Value::Array(std::iter::repeat_n(entries[0].clone(), 10).collect()),
    );
    said(-70_045, "attested".into());
    for key in [6, 7, 8, -70_043, -70_044] {
        let message = good.clone().saying(key, None);
        assert_eq!(
            judged(&world, &answer, &message),
            refused!(EnrolmentMalformed)
        );
    }
    for (key, value) in [
        (1, Value::from(0)),
        (1, 4.into()),
        (2, bytes(b"image/jpeg")),
        (3, Value::from(-1)),
        (4, bytes(&[0; 31])),
        (5, 1.into()),
    ] {
        let mut entries = entries.clone();
        let entry = entries[1].as_map_mut().unwrap();
        entry.retain(|(own, _)| *own != Value::from(key));
        entry.push((key.into(), value));
        entry.sort_by_key(|(key, _)| encode(key));
        said(-70_044, Value::Array(entries));
    }
    for (name, form) in other_forms(&good) {
        let fault = EnrolmentRequest::parse(&form).err();
        assert_eq!(fault, refused!(EnrolmentMalformed), "{name}");
    }
}

#[test]
fn what_cannot_become_a_request() {
    let mut world = World::new();
    let invitation = world.invited(world.draft());
    let with = |kinds: &[EvidenceKind]| {
        let draft = invitation.enrol(public_key(PHONE));
        kinds.iter().fold(draft, |draft, kind| {
            draft
                .with_evidence(*kind, "image/jpeg", b"x", &RUSTCRYPTO)
                .unwrap()
        })
    };
    let (card, face) = (EvidenceKind::PhysicalCard, EvidenceKind::Face);
    let document = EvidenceKind::IdentityDocument;
    for kinds in [
        vec![],
        vec![card, document],
        vec![card, face, face],
        vec![
            card, document, face, face, face, face, face, face, face, face,
        ],
    ] {
        let fault = with(&kinds).prepare(now(), &RUSTCRYPTO).err();
        assert_eq!(fault, misused!(EvidenceIncomplete), "{}", kinds.len());
    }
    let all = [card, document, face];
    let late = with(&all).prepare(at(30 * DAY), &RUSTCRYPTO).err();
    assert_eq!(late, refused!(InvitationExpired));
    let long = with(&all).with_attestation(&[0; 65_150]);
    let long = long.prepare(now(), &RUSTCRYPTO).unwrap();
    let long = long.sign_with(&signer(PHONE), &RUSTCRYPTO).err();
    assert_eq!(long, misused!(RequestTooLong));
    let other = with(&all).prepare(now(), &RUSTCRYPTO).unwrap();
    let other = other.sign_with(&signer(NEW_KEY), &RUSTCRYPTO).err();
    assert_eq!(other, misused!(SignatureNotByThisKey));
}
