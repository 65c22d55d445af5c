//! Sealed evidence fits one place of one request, of one device key, to one invitation; and none of it
//! is seen before all of it is what was announced.

use ciborium::Value;
use sha2::{Digest as _, Sha256};
use vitacard::crypto::RUSTCRYPTO;
use vitacard::enrolment::*;
use vitacard::{Error, Rejected};

use crate::raw::*;
use crate::world::*;

fn listing(invitation: &VerifiedInvitation, phone: &str, photos: &[&[u8]]) -> PendingEnrolment {
    let kinds = PHOTOS.iter().map(|(kind, ..)| *kind).cycle();
    let draft = invitation.enrol(public_key(phone));
    let draft = kinds.zip(photos).fold(draft, |draft, (kind, plain)| {
        draft
            .with_evidence(kind, "image/jpeg", plain, &RUSTCRYPTO)
            .unwrap()
    });
    let unsigned = draft.prepare(now(), &RUSTCRYPTO).unwrap();
    unsigned.sign_with(&signer(phone), &RUSTCRYPTO).unwrap()
}

fn sealed(pending: &PendingEnrolment, photos: &[&[u8]]) -> Answer {
    let rng = &mut Seeded(u64::from(pending.as_bytes()[100]));
    let pieces = photos.iter().enumerate();
    let pieces = pieces.map(|(index, plain)| {
        pending
            .seal(index, plain.to_vec(), &RUSTCRYPTO, rng)
            .unwrap()
    });
    Answer {
        sealed: pieces.collect(),
        request: pending.as_bytes().to_vec(),
    }
}

const SAME: [&[u8]; 3] = [b"one", b"one", b"three"];

fn fault(world: &World, answer: &Answer) -> Option<Error> {
    let before = world.state();
    let fault = world.check(answer).err();
    assert_eq!(world.state(), before);
    fault
}

#[test]
fn a_piece_fits_its_place_alone() {
    let mut world = World::new();
    let invitation = world.invited(world.draft());
    let good = sealed(&listing(&invitation, PHONE, &SAME), &SAME);
    assert_eq!(fault(&world, &good), None);
    // At another index: the first two are of the same bytes.
    let mut swapped = good.clone();
    swapped.sealed.swap(0, 1);
    assert_eq!(
        fault(&world, &swapped),
        refused!(EvidenceNotForThisRequest, item: 0)
    );
    // Of the same photos, in a request by another device key.
    let other_key = sealed(&listing(&invitation, NEW_KEY, &SAME), &SAME);
    assert_eq!(fault(&world, &other_key), None);
    for index in 0..3 {
        let mut mixed = good.clone();
        mixed.sealed[index] = other_key.sealed[index].clone();
        let item = u16::try_from(index).unwrap();
        assert_eq!(
            fault(&world, &mixed),
            refused!(EvidenceNotForThisRequest, item: item)
        );
    }
    // Of the same photos and the same key, to another invitation.
    let second = world.invited(world.draft());
    let other_letter = sealed(&listing(&second, PHONE, &SAME), &SAME);
    assert_eq!(fault(&world, &other_letter), None);
    let mut mixed = good.clone();
    mixed.sealed[2] = other_letter.sealed[2].clone();
    assert_eq!(
        fault(&world, &mixed),
        refused!(EvidenceNotForThisRequest, item: 2)
    );
    // Of another digest at this place.
    let photos: [&[u8]; 3] = [b"one", b"one", b"other"];
    let other_photo = sealed(&listing(&invitation, PHONE, &photos), &photos);
    let mut mixed = good.clone();
    mixed.sealed[2] = other_photo.sealed[2].clone();
    assert_eq!(
        fault(&world, &mixed),
        refused!(EvidenceNotForThisRequest, item: 2)
    );
    // To another issuer's key.
    let key = vitacard::crypto::SoftwareAgreementKey::from_bytes(&[4; 32]).unwrap();
    let world_of_other = World {
        key,
        ..World::new()
    };
    let pieces: Vec<_> = good.sealed.iter().map(Vec::as_slice).collect();
    let request = EnrolmentRequest::parse(&good.request).unwrap();
    let opened = request.verify(
        &pieces,
        &world.store,
        &world_of_other.key,
        &RUSTCRYPTO,
        now(),
    );
    assert_eq!(opened.err(), refused!(EvidenceNotForThisRequest, item: 0));
}

#[test]
fn every_piece_is_there_once() {
    let mut world = World::new();
    let invitation = world.invited(world.draft());
    let good = sealed(&listing(&invitation, PHONE, &SAME), &SAME);
    let mut none = good.clone();
    none.sealed.clear();
    let mut less = good.clone();
    less.sealed.pop();
    let mut more = good.clone();
    more.sealed.push(good.sealed[0].clone());
    for answer in [none, less, more] {
        assert_eq!(fault(&world, &answer), refused!(EvidenceMissing));
    }
}

/// Whoever signs the request can say other things of a piece than are true; he can seal it so, too.
#[test]
fn what_is_said_of_a_piece_is_true() {
    let mut world = World::new();
    let invitation = world.invited(world.draft());
    let cti = *invitation.number().as_bytes();
    let good = sealed(&listing(&invitation, PHONE, &SAME), &SAME);
    let aad = aad("VITACARD-ENROLMENT-v1", &[&cti]);
    let message = Message::of(&good.request, aad, PHONE);
    let with = |index: usize, key: i64, value: Value| {
        let mut entries = message.claim(-70_044).into_array().unwrap();
        let entry = entries[index].as_map_mut().unwrap();
        entry
            .iter_mut()
            .find(|(own, _)| *own == Value::from(key))
            .unwrap()
            .1 = value;
        let request = message
            .clone()
            .saying(-70_044, Value::Array(entries))
            .bytes();
        Answer {
            request,
            ..good.clone()
        }
    };
    assert_eq!(
        fault(&world, &with(1, 3, 4.into())),
        refused!(EvidenceLength, item: 1)
    );
    assert_eq!(
        fault(&world, &with(2, 3, (MAX_EVIDENCE as u64 + 1).into())),
        refused!(EvidenceTooLarge, item: 2)
    );
    assert_eq!(
        fault(&world, &with(2, 1, 2.into())),
        refused!(EvidenceKinds)
    );
    // A digest of other bytes, for which the piece was sealed.
    let digest: [u8; 32] = Sha256::digest(b"other").into();
    let mut lying = with(0, 4, bytes(&digest));
    lying.sealed[0] = seal_raw(&world, &cti, PHONE, (0, &digest), b"one");
    assert_eq!(fault(&world, &lying), refused!(EvidenceDigest, item: 0));
    // Sealed by an independent hand, with what the page says is bound to it: it opens.
    let mut independent = good.clone();
    let digest: [u8; 32] = Sha256::digest(b"one").into();
    independent.sealed[1] = seal_raw(&world, &cti, PHONE, (1, &digest), b"one");
    assert_eq!(fault(&world, &independent), None);
}

/// COSE_Encrypt by the primitives of the provider and ciborium.
fn seal_raw(
    world: &World,
    cti: &[u8],
    phone: &str,
    (index, digest): (u64, &[u8]),
    plain: &[u8],
) -> Vec<u8> {
    use crate::kit::{array, cose_key, encode, map};
    use vitacard::crypto::{AgreementKey as _, Secret, SoftwareAgreementKey};
    let external_aad = encode(&array([
        "VITACARD-EVIDENCE-v1".into(),
        bytes(cti),
        bytes(&Sha256::digest(encode(&cose_key(phone)))),
        index.into(),
        bytes(digest),
    ]));
    let scalar = crate::pki::Key::from_seed("ephemeral").scalar();
    let ephemeral = SoftwareAgreementKey::from_bytes(&scalar).unwrap();
    let shared = ephemeral.agree(&world.key.public_key()).unwrap();
    let nulls = array([Value::Null, Value::Null, Value::Null]);
    let recipient = encode(&map([(1, Value::from(-25))]));
    let context = encode(&array([
        3.into(),
        nulls.clone(),
        nulls,
        array([256.into(), bytes(&recipient)]),
    ]));
    let mut key = Secret::new([0; 32]);
    let kdf = RUSTCRYPTO.kdf;
    kdf.hkdf_sha256(shared.expose(), &[], &context, key.expose_mut())
        .unwrap();
    let content = encode(&map([(1, Value::from(3))]));
    let aad = encode(&array([
        "Encrypt".into(),
        bytes(&content),
        bytes(&external_aad),
    ]));
    let mut data = plain.to_vec();
    RUSTCRYPTO
        .aead
        .seal(&key, &[6; 12], &aad, &mut data)
        .unwrap();
    encode(&array([
        bytes(&content),
        map([(5, bytes(&[6; 12]))]),
        bytes(&data),
        array([array([
            bytes(&recipient),
            map([(-1, cose_key("ephemeral"))]),
            bytes(&[]),
        ])]),
    ]))
}

#[test]
fn malformed_pieces() {
    let mut world = World::new();
    let invitation = world.invited(world.draft());
    let good = sealed(&listing(&invitation, PHONE, &SAME), &SAME);
    let piece = good.sealed[1].clone();
    for wrong in [
        Vec::new(),
        vec![0xf6],
        [&[0xd8, 0x60], piece.as_slice()].concat(),
        [piece.as_slice(), &[0]].concat(),
        piece[..piece.len() - 1].to_vec(),
    ] {
        let mut answer = good.clone();
        answer.sealed[1] = wrong;
        assert_eq!(fault(&world, &answer), refused!(EvidenceMalformed, item: 1));
    }
}

#[test]
fn every_bit_of_a_piece() {
    let mut world = World::new();
    let invitation = world.invited(world.draft());
    let good = sealed(&listing(&invitation, PHONE, &SAME), &SAME);
    let mut seen = std::collections::BTreeMap::<_, usize>::new();
    for bit in 0..good.sealed[0].len() * 8 {
        let mut answer = good.clone();
        answer.sealed[0][bit / 8] ^= 1 << (bit % 8);
        let fault = fault(&world, &answer).expect("refused");
        *seen.entry(fault.reason()).or_default() += 1;
    }
    println!("flipped bits of sealed evidence: {seen:?}");
    let known = ["EvidenceMalformed", "EvidenceNotForThisRequest"];
    assert!(seen.keys().all(|reason| known.contains(reason)));
}

/// 16 MiB goes through whole; a byte more is refused on both sides, and said to be too large.
#[test]
fn the_longest_piece() {
    let mut world = World::new();
    let invitation = world.invited(world.draft());
    let long = vec![7; MAX_EVIDENCE];
    let photos = [long.as_slice(), b"two", b"three"];
    let answer = sealed(&listing(&invitation, PHONE, &photos), &photos);
    let verified = world.check(&answer).unwrap();
    assert_eq!(
        verified.evidence().next().unwrap().as_bytes().len(),
        MAX_EVIDENCE
    );
    let longer = vec![7; MAX_EVIDENCE + 1];
    let draft = invitation.enrol(public_key(PHONE));
    let refused = draft.with_evidence(EvidenceKind::Face, "image/jpeg", &longer, &RUSTCRYPTO);
    assert_eq!(refused.err(), misused!(EvidenceTooLong));
    let mut longer = answer;
    longer.sealed[0].resize(MAX_EVIDENCE + 600, 0);
    let fault = fault(&world, &longer);
    assert_eq!(
        fault,
        Some(
            Rejected::EvidenceTooLarge {
                document: 0,
                item: 0
            }
            .into()
        )
    );
}

#[test]
fn what_was_not_listed_is_not_sealed() {
    let mut world = World::new();
    let invitation = world.invited(world.draft());
    let pending = listing(&invitation, PHONE, &SAME);
    let mut seal = |index, plain: &[u8]| {
        pending
            .seal(index, plain.to_vec(), &RUSTCRYPTO, &mut world.rng)
            .err()
    };
    assert_eq!(seal(2, b"three"), None);
    assert_eq!(seal(2, b"one"), misused!(EvidenceDiffers));
    assert_eq!(seal(3, b"three"), misused!(EvidenceDiffers));
}
