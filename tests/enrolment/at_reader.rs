//! What a reader far away says, which has the newest list: of the old card, of the new one, and of
//! what was lent from the old one.

use vitacard::crypto::{Algorithm, RUSTCRYPTO};
use vitacard::enrolment::*;
use vitacard::holder::{Card, DelegatedCard};
use vitacard::issuer::StatusListDraft;
use vitacard::reader::{
    Conditions, DeviceRequest, DeviceResponse, Exchange, Policy, StatusEvidence, StatusStore,
    StatusTrust, StoreLimits, TrustPoint,
};
use vitacard::{Error, Validity, unix_time};

use crate::lending::*;
use crate::pki::Profile;
use crate::world::*;

/// The list as the issuer publishes it at `secs`, at a reader.
fn published(world: &World, secs: u64) -> StatusStore {
    let validity = Validity::new(at(secs), at(secs + 7 * DAY)).unwrap();
    let mut list = StatusListDraft::new(LIST, 1, 1 << 20, validity).unwrap();
    for index in world.invalid() {
        list.set(index, 1).unwrap();
    }
    let leaf = world.insurer.root.issue(Profile::status_signer(), "status");
    let list = list
        .prepare(Algorithm::ES256, &[&leaf.der], &RUSTCRYPTO)
        .unwrap();
    let token = list.sign(&signer("status"), &RUSTCRYPTO).unwrap();
    let anchors = world.card_anchors();
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    let card = world.insurer.issue(world.insurer.draft(MOTHER));
    let reader = world.insurer.reader();
    let conditions = Conditions::new(now(), &policy);
    let verified = reader.verify_issuer_signed(&card, &conditions).unwrap();
    let mut store = StatusStore::new(StoreLimits::default());
    let point = TrustPoint::Anchor(verified.issuer().anchor());
    store.follow(LIST, point).unwrap();
    let trust = StatusTrust::anchors(&anchors);
    store
        .accept(&token, LIST, &trust, &RUSTCRYPTO, at(secs), &mut Seeded(7))
        .unwrap();
    store
}

fn verdict(world: &World, response: &[u8], secs: u64) -> Option<Error> {
    let store = published(world, secs);
    let (asked, transcript, policy) = (asking(true), transcript(), Policy::default());
    let conditions = Conditions::new(at(secs), &policy).with_status(StatusEvidence::of(&store));
    let exchange = Exchange::new(&transcript, conditions)
        .with_request(DeviceRequest::parse(&asked).unwrap())
        .for_purpose(MEDICINE);
    let response = DeviceResponse::parse(response).unwrap();
    world
        .insurer
        .reader()
        .verify(response, &exchange)
        .map(drop)
        .err()
}

fn shown(world: &World, card: &Card, phone: &str, secs: u64) -> Option<Error> {
    verdict(world, &show_own(card, phone).to_bytes(), secs)
}

fn lent_shown(world: &World, lent: &DelegatedCard, secs: u64) -> Option<Error> {
    verdict(world, &show(lent, NOW + secs).unwrap().to_bytes(), secs)
}

#[test]
fn never_without_a_card_and_never_long_with_two() {
    let mut world = World::new();
    let card = world.enrolled_by(world.draft(), MOTHER);
    let (open, asked) = ask(request_draft());
    let loan = lend(&card, grant(&card, asked, 30 * DAY).unwrap());
    let anchors = world.card_anchors();
    let lent = DelegatedCard::accept(&parcel(&loan), open, &anchors, &RUSTCRYPTO, now()).unwrap();
    assert_eq!(shown(&world, &card, MOTHER, 0), None);
    assert_eq!(lent_shown(&world, &lent, 0), None);
    // The API says what will end.
    let plan = RefreshPlan::new(&card, [loan.as_bytes()], [], now(), &RUSTCRYPTO).unwrap();
    assert_eq!(
        plan.ending().map(|loan| loan.id()).collect::<Vec<_>>(),
        [lent.id()]
    );
    let new = world.refreshed(&card, (MOTHER, NEW_KEY), HOUR);
    for secs in [HOUR, OVERLAP_SECS] {
        assert_eq!(shown(&world, &card, MOTHER, secs), None);
        assert_eq!(shown(&world, &new.card, NEW_KEY, secs), None);
        assert_eq!(lent_shown(&world, &lent, secs), None);
    }
    world.retire(unix_time(NOW + HOUR + OVERLAP_SECS));
    let later = HOUR + OVERLAP_SECS;
    assert_eq!(shown(&world, &card, MOTHER, later), refused!(StatusInvalid));
    assert_eq!(lent_shown(&world, &lent, later), refused!(StatusInvalid));
    assert_eq!(shown(&world, &new.card, NEW_KEY, later), None);
    // And once the phone is stolen, nothing.
    let line = world.store.lines().next().unwrap();
    let oldest = line.oldest_valid().unwrap().digest();
    assert_eq!(Some(oldest), new.card.digest());
    block(&mut world.store, &oldest, BlockReason::Stolen, at(later)).unwrap();
    assert_eq!(
        shown(&world, &new.card, NEW_KEY, later),
        refused!(StatusInvalid)
    );
    assert!(world.store.lines().next().unwrap().oldest_valid().is_none());
}

#[test]
fn accepted_is_sooner() {
    let mut world = World::new();
    let card = world.enrolled_by(world.draft(), MOTHER);
    let new = world.refreshed(&card, (MOTHER, NEW_KEY), 0);
    let line = world.store.lines().next().unwrap();
    assert_eq!(line.oldest_valid().map(CardRecord::digest), card.digest());
    assert_eq!(shown(&world, &card, MOTHER, HOUR), None);
    world.accept(&new.accepted, at(HOUR)).unwrap();
    assert_eq!(shown(&world, &card, MOTHER, HOUR), refused!(StatusInvalid));
    assert_eq!(shown(&world, &new.card, NEW_KEY, HOUR), None);
}
