//! From an approved request to a card that says no more than it must: whole days, a place drawn among
//! the free ones, as many digests as everybody has.

use std::collections::BTreeSet;

use ciborium::Value;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::enrolment::*;
use vitacard::holder::Card;
use vitacard::issuer::StatusReference;
use vitacard::{DocType, ElementId, Error, NameSpace, unix_time};

use crate::lending::{element, name_space};
use crate::pki::Profile;
use crate::raw::decode;
use crate::world::*;

fn approved(world: &mut World) -> ApprovedEnrolment {
    let invitation = world.invited(world.draft());
    let answer = world.answer(&invitation, PHONE);
    let verified = world.check(&answer).unwrap();
    verified.approve(&mut world.store).unwrap()
}

fn drafted(
    world: &mut World,
    approved: &ApprovedEnrolment,
    terms: &CardTerms,
    secs: u64,
) -> Result<Vec<u8>, Error> {
    let (store, rng) = (&mut world.store, &mut world.rng);
    let draft = approved.draft(terms, elements(), store, unix_time(secs), rng)?;
    Ok(world.sign(draft))
}

fn card(world: &World, bytes: &[u8]) -> Card {
    Card::accept(bytes, &world.card_anchors(), &RUSTCRYPTO, now()).unwrap()
}

#[test]
fn dates_are_whole_days() {
    let mut world = World::new();
    let approved = approved(&mut world);
    let terms = world.terms();
    for secs in [0, 1, 12 * HOUR, DAY - 1] {
        let bytes = drafted(&mut world, &approved, &terms, NOW + secs).unwrap();
        let card = card(&world, &bytes);
        assert_eq!(card.signed(), now());
        assert_eq!(card.validity().from(), now());
        assert_eq!(card.validity().until(), at(90 * DAY));
        assert_eq!(card.expected_update(), Some(at(60 * DAY)));
    }
    let terms = terms.lasting_days(40).updated_days_before(7);
    let bytes = drafted(&mut world, &approved, &terms, NOW + 5).unwrap();
    let card = card(&world, &bytes);
    assert_eq!(card.validity().until(), at(40 * DAY));
    assert_eq!(card.expected_update(), Some(at(33 * DAY)));
    let reversed = terms.updated_days_before(41);
    let fault = drafted(&mut world, &approved, &reversed, NOW).err();
    assert_eq!(fault, misused!(InvalidValidity));
    for secs in [u64::MAX, u64::MAX - DAY] {
        let terms = world.terms();
        assert!(drafted(&mut world, &approved, &terms, secs).is_err());
    }
}

/// The first day of a certificate: rounding down must not lead to before it.
#[test]
fn not_before_the_certificate() {
    let mut world = World::new();
    let begins = NOW + 5 * HOUR;
    let profile = Profile::document_signer().with(|own| own.not_before = begins);
    world.insurer.signer = world.insurer.root.issue(profile, "document signer");
    let approved = approved(&mut world);
    let terms = world.terms();
    let early = drafted(&mut world, &approved, &terms, begins - 1).err();
    assert_eq!(early, misused!(SignedOutsideLeaf));
    let bytes = drafted(&mut world, &approved, &terms, begins + HOUR).unwrap();
    let anchors = world.card_anchors();
    let card = Card::accept(&bytes, &anchors, &RUSTCRYPTO, unix_time(begins + HOUR)).unwrap();
    assert_eq!(
        (card.signed(), card.validity().from()),
        (unix_time(begins), unix_time(begins))
    );
    let bytes = drafted(&mut world, &approved, &terms, NOW + DAY + HOUR).unwrap();
    let next_day = Card::accept(&bytes, &anchors, &RUSTCRYPTO, at(DAY + HOUR)).unwrap();
    assert_eq!(next_day.signed(), at(DAY));
}

/// How many digests each name space has.
fn digests(bytes: &[u8]) -> Vec<usize> {
    let mut issued = decode(bytes);
    let auth = crate::kit::at(&mut issued, &["issuerAuth"])
        .as_array()
        .unwrap();
    let tagged = decode(auth[2].as_bytes().unwrap());
    let (_, content) = tagged.as_tag().unwrap();
    let mut mso = decode(content.as_bytes().unwrap());
    let all = crate::kit::at(&mut mso, &["valueDigests"])
        .as_map()
        .unwrap();
    all.iter()
        .map(|(_, digests)| digests.as_map().unwrap().len())
        .collect()
}

#[test]
fn as_many_digests_as_everybody_has() {
    let mut world = World::new();
    let approved = approved(&mut world);
    let terms = world.terms();
    let mut with = |terms: &CardTerms, count: usize| {
        let ids: Vec<_> = (0..count)
            .map(|number| format!("element_{number}"))
            .collect();
        let some = ids.iter().map(|id| {
            (
                name_space(),
                ElementId::new(id.as_str()).unwrap(),
                Value::from("x"),
            )
        });
        let other = NameSpace::new("org.example").unwrap();
        let more = [(other, element("one"), Value::from(1))];
        let (store, rng) = (&mut world.store, &mut world.rng);
        let draft = approved.draft(terms, some.chain(more), store, now(), rng)?;
        Ok(digests(&world.insurer.issue(draft)))
    };
    for count in [1, 30, 63, 64] {
        assert_eq!(with(&terms, count), Ok(vec![64, 64]), "{count}");
    }
    assert_eq!(with(&terms, 65).err(), misused!(TooManyElements));
    let terms = terms.with_digests(10);
    assert_eq!(with(&terms, 10), Ok(vec![10, 10]));
    assert_eq!(with(&terms, 11).err(), misused!(TooManyElements));
}

/// A list of a few places, so that what is drawn can be counted.
struct Few {
    taken: BTreeSet<u64>,
    places: u64,
}

impl FreePlaces for Few {
    fn places(&self) -> u64 {
        self.places
    }

    fn take(&mut self, place: u64) -> Result<bool, StoreFault> {
        assert!(place < self.places);
        Ok(self.taken.insert(place))
    }
}

#[test]
fn places_are_drawn_among_the_free_ones() {
    let mut world = World::new();
    let approved = approved(&mut world);
    let terms = world.terms();
    let mut list = Few {
        taken: BTreeSet::new(),
        places: 10,
    };
    let mut order = Vec::<u64>::new();
    for _ in 0..10 {
        let before = list.taken.clone();
        let draft = approved.draft(&terms, elements(), &mut list, now(), &mut world.rng);
        let _draft = draft.unwrap();
        order.extend(list.taken.difference(&before));
    }
    assert_eq!(list.taken.len(), 10);
    assert!(!order.is_sorted(), "{order:?}");
    let full = approved.draft(&terms, elements(), &mut list, now(), &mut world.rng);
    assert_eq!(full.err(), misused!(NoFreePlace));
    let mut none = Few {
        taken: BTreeSet::new(),
        places: 0,
    };
    let none = approved.draft(&terms, elements(), &mut none, now(), &mut world.rng);
    assert_eq!(none.err(), misused!(NoFreePlace));
}

#[test]
fn what_is_recorded_is_what_was_approved() {
    let mut world = World::new();
    let approved = approved(&mut world);
    let number = approved.invitation();
    let terms = world.terms();
    let good = drafted(&mut world, &approved, &terms, NOW).unwrap();
    let again = |world: &World| ApprovedEnrolment::again(number, &world.store).unwrap();
    let anchors = world.card_anchors();
    let before = world.state();
    let record = |world: &mut World, bytes: &[u8]| {
        let approved = again(world);
        let line = approved.issued(bytes, &anchors, &mut world.store, &RUSTCRYPTO, now());
        line.map(drop).err()
    };
    // For another key; on no list; by a stranger; no card at all.
    let other = world.sign(world.insurer.draft(NEW_KEY));
    assert_eq!(record(&mut world, &other), misused!(CardForAnotherKey));
    let nowhere = world.sign(world.insurer.draft(PHONE));
    assert_eq!(record(&mut world, &nowhere), misused!(CardWithoutPlace));
    let by_id = StatusReference::identifier_list(b"1", LIST);
    let by_id = world.sign(world.insurer.draft(PHONE).with_status(by_id));
    assert_eq!(record(&mut world, &by_id), misused!(CardWithoutPlace));
    let mut stranger = World::new();
    let root = crate::pki::Entity::self_signed(Profile::iaca_root(), "stranger");
    stranger.insurer.signer = root.issue(Profile::document_signer(), "document signer");
    let forged = stranger.sign(world.insurer.draft(PHONE));
    assert_eq!(record(&mut world, &forged), refused!(CertificateSignature));
    assert!(record(&mut world, b"\xa0").is_some());
    assert_eq!(world.state(), before);
    assert_eq!(record(&mut world, &good), None);
    let after = world.state();
    assert_eq!(record(&mut world, &good), misused!(AlreadyStored));
    assert_eq!(world.state(), after);
    let record = world.record(&card(&world, &good));
    assert_eq!(record.state(), CardState::Accepted);
    assert_eq!(record.ends(), at(90 * DAY));
    assert_eq!(*record.device_key(), public_key(PHONE));
    assert_eq!(record.place().uri(), LIST);
}

/// Without certificate there is no digest, by which messages would name the card.
#[test]
fn a_card_without_certificate() {
    let mut world = World::new();
    let approved = approved(&mut world);
    let terms = world.terms();
    let draft = approved.draft(&terms, elements(), &mut world.store, now(), &mut world.rng);
    let unsigned = draft
        .unwrap()
        .prepare(
            vitacard::crypto::Algorithm::ES256,
            &RUSTCRYPTO,
            &mut Seeded(1),
        )
        .unwrap();
    let key = signer("document signer");
    let card = unsigned.sign_pinned(&key, &RUSTCRYPTO).unwrap();
    let mut anchors = vitacard::trust::TrustAnchors::new();
    anchors.pin_key(vitacard::crypto::Signer::public_key(&key));
    let line = approved.issued(&card, &anchors, &mut world.store, &RUSTCRYPTO, now());
    assert_eq!(line.err(), misused!(CardWithoutCertificate));
    let card = Card::accept(&card, &anchors, &RUSTCRYPTO, now()).unwrap();
    let plan = RefreshPlan::new(&card, [], [], now(), &RUSTCRYPTO);
    assert_eq!(plan.err(), misused!(CardWithoutCertificate));
    let block = card.block(BlockReason::Lost, now(), &mut world.rng);
    assert_eq!(block.err(), misused!(CardWithoutCertificate));
    let terms = CardTerms::new(DocType::new("x").unwrap(), LIST, &[], &RUSTCRYPTO);
    assert_eq!(terms.err(), misused!(EmptyChain));
}
