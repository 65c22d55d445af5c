//! A newer card for an old one: each check by its number and in its order; one open refresh a card;
//! the same request gets the same bytes; and what a refresh ends is said before.

use ciborium::Value;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::enrolment::*;
use vitacard::holder::{Card, DelegatedCard};
use vitacard::{Error, UnixTime};

use crate::kit::{cose_key, encode, map};
use crate::lending::{DAUGHTER, ask, grant, lend, parcel, request_draft};
use crate::raw::*;
use crate::world::*;

const KEYS: (&str, &str) = (PHONE, NEW_KEY);

struct Asked {
    world: World,
    card: Card,
    nonce: [u8; 16],
    request: Vec<u8>,
    pending: PendingRefresh,
    message: Message,
}

fn asked_by(draft: impl FnOnce(&World) -> InvitationDraft) -> Asked {
    let mut world = World::new();
    let draft = draft(&world);
    let card = world.enrolled_by(draft, PHONE);
    let nonce = world.nonce();
    let (pending, request) = world.ask(&card, KEYS, &nonce, now());
    let message = Message::of(&request, aad_of(&card, &nonce), PHONE);
    Asked {
        world,
        card,
        nonce,
        request,
        pending,
        message,
    }
}

fn asked() -> Asked {
    asked_by(World::draft)
}

fn parent(card: &Card) -> [u8; 32] {
    *card.digest().unwrap().as_bytes()
}

fn aad_of(card: &Card, nonce: &[u8; 16]) -> Vec<u8> {
    aad("VITACARD-REFRESH-v1", &[&parent(card), nonce])
}

impl Asked {
    fn fault_at(&self, request: &[u8], now: UnixTime) -> Option<Error> {
        let before = self.world.state();
        let fault = self.world.judge(request, &self.nonce, now).err();
        assert_eq!(self.world.state(), before);
        fault
    }

    fn fault(&self, message: &Message) -> Option<Error> {
        self.fault_at(&message.bytes(), now())
    }
}

#[test]
fn the_format() {
    let asked = asked();
    let (parent, message) = (parent(&asked.card), &asked.message);
    let cti = message.claim(7).into_bytes().unwrap();
    assert_eq!(cti, asked.pending.number().as_bytes());
    let claims = map([
        (6, Value::from(NOW)),
        (7, bytes(&cti)),
        (8, cnf(NEW_KEY)),
        (-70_045, bytes(b"attested, too")),
        (-70_046, message.claim(-70_046)),
    ]);
    assert_eq!(message.payload, encode(&claims));
    assert_eq!(message.protected, protected(REFRESH));
    assert_eq!(message.unprotected, map([(4, bytes(&parent))]));
    // p256 signs as the phone does, but for the sign of s.
    let own = new_key_proof(&parent, &cti, NEW_KEY, NEW_KEY);
    let message = message.clone().saying(-70_046, bytes(&own));
    assert_eq!(asked.fault(&message), None);
}

#[test]
fn a_card_is_refreshed() {
    let mut asked = asked();
    let verified = asked
        .world
        .verified(&asked.request, &asked.nonce, now())
        .unwrap();
    assert_eq!(Some(verified.card()), asked.card.digest());
    assert_eq!(*verified.new_key(), public_key(NEW_KEY));
    assert_eq!(verified.attestation(), Some(b"attested, too".as_slice()));
    let open = verified.approve(&mut asked.world.store).unwrap();
    let bytes = asked.world.answer_refresh(open, at(HOUR)).unwrap();
    let anchors = asked.world.card_anchors();
    let accepted = asked
        .pending
        .accept(&bytes, &anchors, &RUSTCRYPTO, at(HOUR));
    let (new, accepted) = accepted.unwrap();
    assert_eq!(*new.device_key(), public_key(NEW_KEY));
    // Until the message arrives both hold: a person is never without a card.
    assert_eq!(asked.world.invalid(), []);
    assert_eq!(asked.world.record(&new).state(), CardState::Issued);
    let accepted = accepted.sign_with(&signer(NEW_KEY), &RUSTCRYPTO).unwrap();
    let old = asked.world.place(&asked.card);
    assert_eq!(asked.world.accept(&accepted, at(2 * HOUR)), Ok(vec![old]));
    assert_eq!(asked.world.record(&asked.card).state(), CardState::Replaced);
    assert_eq!(asked.world.record(&new).state(), CardState::Accepted);
    assert_eq!(asked.world.invalid(), [old]);
    // The new one is refreshed in its turn.
    let third = asked.world.refreshed(&new, (NEW_KEY, "third"), DAY);
    assert!(asked.world.accept(&third.accepted, at(DAY)).is_ok());
    assert_eq!(asked.world.invalid().len(), 2);
}

#[test]
fn the_card() {
    let mut asked = asked();
    // Not known: another issuer's store.
    let elsewhere = World::new().judge(&asked.request, &asked.nonce, now());
    assert_eq!(elsewhere.err(), refused!(CardUnknown));
    // At its end it still holds, and a second later not.
    let nonce = asked.world.nonce_at(at(90 * DAY));
    let (_, late) = asked.world.ask(&asked.card, KEYS, &nonce, at(90 * DAY));
    asked.nonce = nonce;
    assert_eq!(asked.fault_at(&late, at(90 * DAY)), None);
    assert_eq!(asked.fault_at(&late, at(90 * DAY + 1)), refused!(CardEnded));
    // Not accepted: in flight.
    let new = asked.world.refreshed(&asked.card, KEYS, 0);
    let nonce = asked.world.nonce();
    let (_, early) = asked
        .world
        .ask(&new.card, (NEW_KEY, "third"), &nonce, now());
    asked.nonce = nonce;
    assert_eq!(asked.fault_at(&early, now()), refused!(CardNotAccepted));
    // Being refreshed, by another request.
    let (_, second) = asked
        .world
        .ask(&asked.card, (PHONE, "other"), &nonce, now());
    assert_eq!(asked.fault_at(&second, now()), refused!(RefreshOpen));
    // Replaced.
    asked.world.accept(&new.accepted, now()).unwrap();
    assert_eq!(asked.fault_at(&second, now()), refused!(CardReplaced));
    // Blocked.
    let blocked = block(
        &mut asked.world.store,
        &new.card.digest().unwrap(),
        BlockReason::Lost,
        now(),
    );
    blocked.unwrap();
    assert_eq!(asked.fault_at(&early, now()), refused!(CardBlocked));
}

#[test]
fn the_nonce() {
    let mut asked = asked();
    let request = asked.request.clone();
    let other = asked.world.judge(&request, &[7; 16], now());
    assert_eq!(other.err(), refused!(NonceUnknown));
    assert_eq!(asked.fault_at(&request, at(NONCE_SECS - 1)), None);
    assert_eq!(asked.fault_at(&request, at(NONCE_SECS)), refused!(NonceOld));
    // Another one that was given: it is not what was signed.
    let given = asked.world.nonce();
    let fault = asked.world.judge(&request, &given, now()).err();
    assert_eq!(fault, refused!(RefreshSignature));
    // Refused by the issuer: the request does not come again.
    let verified = asked.world.verified(&request, &asked.nonce, now()).unwrap();
    verified.refuse(&mut asked.world.store).unwrap();
    assert_eq!(asked.fault_at(&request, now()), refused!(NonceUsed));
    // Nor does one that was approved and given up.
    let (_, request) = asked.world.ask(&asked.card, KEYS, &given, now());
    let open = asked.world.open(&request, &given, now()).unwrap();
    open.abandon(&mut asked.world.store).unwrap();
    asked.nonce = given;
    assert_eq!(asked.fault_at(&request, now()), refused!(NonceUsed));
    let stuck = &mut Seeded(11);
    assert!(give_nonce(&mut asked.world.store, now(), stuck).is_ok());
    let stuck = give_nonce(&mut asked.world.store, now(), &mut Seeded(11));
    assert_eq!(stuck.err(), Some(vitacard::CryptoError::Random.into()));
}

#[test]
fn who_asks() {
    let mut asked = asked();
    let good = asked.message.clone();
    assert_eq!(asked.fault(&good), None);
    let by = |seed: &str| {
        good.clone()
            .with(|own| own.key = crate::pki::Key::from_seed(seed))
    };
    assert_eq!(asked.fault(&by(NEW_KEY)), refused!(RefreshSignature));
    assert_eq!(asked.fault(&by("stranger")), refused!(RefreshSignature));
    let parent = parent(&asked.card);
    for wrong in [
        Vec::new(),
        aad("VITACARD-REFRESH-v1", &[&parent]),
        aad("VITACARD-REFRESH-v1", &[&parent, &[7; 16]]),
        aad("VITACARD-REFRESH-v1", &[&[7; 32], &asked.nonce]),
        aad("VITACARD-BLOCK-v1", &[&parent, &asked.nonce]),
    ] {
        let wrong = good.clone().with(|own| own.aad = wrong);
        assert_eq!(asked.fault(&wrong), refused!(RefreshSignature));
    }
    let late = good.clone().saying(6, Value::from(NOW + 61));
    assert_eq!(asked.fault(&late), refused!(RefreshTime));
    // Foreign: of another person's card, under this one's name.
    let other = asked.world.enrolled_by(asked.world.draft(), "other phone");
    let (_, foreign) = asked
        .world
        .ask(&other, ("other phone", "x"), &asked.nonce, now());
    assert_eq!(asked.fault_at(&foreign, now()), None);
    let foreign = Message::of(&foreign, aad_of(&other, &asked.nonce), "other phone");
    let foreign = foreign.with(|own| own.unprotected = good.unprotected.clone());
    assert_eq!(asked.fault(&foreign), refused!(RefreshSignature));
}

#[test]
fn the_new_key() {
    let asked = asked();
    let parent = parent(&asked.card);
    let cti = asked.message.claim(7).into_bytes().unwrap();
    let with = |named: &str, proof: [u8; 64]| {
        let message = asked.message.clone().saying(8, cnf(named));
        asked.fault(&message.saying(-70_046, bytes(&proof)))
    };
    let proof = |parent: &[u8], cti: &[u8], named: &str, by: &str| {
        with(named, new_key_proof(parent, cti, named, by))
    };
    assert_eq!(proof(&parent, &cti, NEW_KEY, NEW_KEY), None);
    assert_eq!(
        proof(&parent, &cti, PHONE, PHONE),
        refused!(RefreshKeyNotNew)
    );
    // A key that somebody else has.
    assert_eq!(proof(&parent, &cti, NEW_KEY, PHONE), refused!(NewKeyProof));
    assert_eq!(
        proof(&parent, &cti, "stranger", NEW_KEY),
        refused!(NewKeyProof)
    );
    // What it signed for another card, or another refresh.
    assert_eq!(
        proof(&[7; 32], &cti, NEW_KEY, NEW_KEY),
        refused!(NewKeyProof)
    );
    assert_eq!(
        proof(&parent, &[7; 16], NEW_KEY, NEW_KEY),
        refused!(NewKeyProof)
    );
    let for_other = new_key_proof(&parent, &cti, "stranger", NEW_KEY);
    assert_eq!(with(NEW_KEY, for_other), refused!(NewKeyProof));
    assert_eq!(with(NEW_KEY, [0; 64]), refused!(NewKeyProof));
}

/// Neither the key of any card of the line.
#[test]
fn no_key_comes_again() {
    let mut asked = asked();
    let new = asked.world.refreshed(&asked.card, KEYS, 0);
    asked.world.accept(&new.accepted, now()).unwrap();
    let nonce = asked.world.nonce();
    let (_, back) = asked.world.ask(&new.card, (NEW_KEY, PHONE), &nonce, now());
    asked.nonce = nonce;
    assert_eq!(asked.fault_at(&back, now()), refused!(RefreshKeyNotNew));
}

#[test]
fn no_number_comes_again() {
    let mut asked = asked();
    let new = asked.world.refreshed(&asked.card, KEYS, 0);
    asked.world.accept(&new.accepted, now()).unwrap();
    let other = asked.world.enrolled_by(asked.world.draft(), "other phone");
    for (card, key) in [(&new.card, NEW_KEY), (&other, "other phone")] {
        let nonce = asked.world.nonce();
        let (_, request) = asked.world.ask(card, (key, "x"), &nonce, now());
        let cti = new.number.as_bytes();
        let proof = new_key_proof(&parent(card), cti, "x", "x");
        let message = Message::of(&request, aad_of(card, &nonce), key)
            .saying(7, bytes(cti))
            .saying(-70_046, bytes(&proof));
        asked.nonce = nonce;
        assert_eq!(asked.fault(&message), refused!(RefreshNumberUsed));
    }
}

#[test]
fn an_attestation_where_enrolment_demanded_it() {
    let asked = asked_by(|world| world.draft().demanding_attestation());
    assert_eq!(asked.fault(&asked.message), None);
    let without = asked.message.clone().saying(-70_045, None);
    assert_eq!(asked.fault(&without), refused!(NewKeyAttestationMissing));
    let asked = self::asked();
    let without = asked.message.clone().saying(-70_045, None);
    assert_eq!(asked.fault(&without), None);
}

#[test]
fn malformed() {
    let asked = asked();
    let said = |key: i64, value: Value| {
        let message = asked.message.clone().saying(key, value);
        assert_eq!(asked.fault(&message), refused!(RefreshMalformed), "{key}");
    };
    said(6, "now".into());
    said(7, bytes(&[1; 15]));
    said(8, cose_key(NEW_KEY));
    said(-70_046, bytes(&[1; 63]));
    said(-70_045, 1.into());
    said(-70_043, bytes(&[1; 32]));
    for key in [6, 7, 8, -70_046] {
        let message = asked.message.clone().saying(key, None);
        assert_eq!(asked.fault(&message), refused!(RefreshMalformed), "{key}");
    }
    let parent = parent(&asked.card);
    for unprotected in [
        map::<i64, 0>([]),
        map([(4, bytes(&parent[1..]))]),
        map([(4, "parent".into())]),
        map([(5, bytes(&parent))]),
        map([(4, bytes(&parent)), (33, bytes(b"x"))]),
    ] {
        let message = asked
            .message
            .clone()
            .with(|own| own.unprotected = unprotected);
        assert_eq!(asked.fault(&message), refused!(RefreshMalformed));
    }
    for (name, form) in other_forms(&asked.message) {
        let fault = asked.fault_at(&form, now());
        assert_eq!(fault, refused!(RefreshMalformed), "{name}");
    }
}

#[test]
fn the_same_request_gets_the_same_bytes() {
    let mut asked = asked();
    let open = asked
        .world
        .open(&asked.request, &asked.nonce, now())
        .unwrap();
    // Before there is a card: the issuer goes on where it was.
    let again = asked.world.judge(&asked.request, &[0; 16], at(DAY));
    let Ok(Refresh::Approved(again)) = again else {
        panic!("{again:?}");
    };
    assert_eq!(again.new_key(), open.new_key());
    let bytes = asked.world.answer_refresh(open, at(HOUR)).unwrap();
    let state = asked.world.state();
    for secs in [HOUR, DAY, 4 * DAY, 100 * DAY] {
        let again = asked.world.judge(&asked.request, &asked.nonce, at(secs));
        let Ok(Refresh::Answered(again)) = again else {
            panic!("{again:?}");
        };
        assert!(again == bytes);
    }
    assert_eq!(asked.world.state(), state);
    // Only to whom they belong: the number alone is not enough.
    let parent = parent(&asked.card);
    let cti = *asked.pending.number().as_bytes();
    let stranger = asked
        .message
        .clone()
        .with(|own| own.key = crate::pki::Key::from_seed("x"));
    assert_eq!(asked.fault(&stranger), refused!(RefreshSignature));
    let other_key = asked.message.clone().saying(8, cnf("x")).saying(
        -70_046,
        self::bytes(&new_key_proof(&parent, &cti, "x", "x")),
    );
    assert_eq!(asked.fault(&other_key), refused!(RefreshOpen));
    let proof = asked.message.clone().saying(-70_046, self::bytes(&[1; 64]));
    assert_eq!(asked.fault(&proof), refused!(NewKeyProof));
    // A second card for one refresh there is not.
    let terms = asked.world.terms();
    let store = &mut asked.world.store;
    let draft = again.draft(&terms, elements(), store, at(HOUR), &mut asked.world.rng);
    let second = asked.world.sign(draft.unwrap());
    let anchors = asked.world.card_anchors();
    let second = again.issued(
        &second,
        &anchors,
        &mut asked.world.store,
        &RUSTCRYPTO,
        at(HOUR),
    );
    assert_eq!(second.err(), misused!(AlreadyStored));
    // Accepted: it has what it asked for.
    let (_, accepted) = asked
        .pending
        .accept(&bytes, &anchors, &RUSTCRYPTO, at(HOUR))
        .unwrap();
    let accepted = accepted.sign_with(&signer(NEW_KEY), &RUSTCRYPTO).unwrap();
    asked.world.accept(&accepted, at(HOUR)).unwrap();
    let over = asked
        .world
        .judge(&asked.request, &asked.nonce, at(HOUR))
        .err();
    assert_eq!(over, refused!(CardReplaced));
}

#[test]
fn one_open_refresh_a_card() {
    let mut asked = asked();
    let nonce = asked.world.nonce();
    let (_, second) = asked
        .world
        .ask(&asked.card, (PHONE, "second"), &nonce, now());
    let first = asked
        .world
        .verified(&asked.request, &asked.nonce, now())
        .unwrap();
    let second = asked.world.verified(&second, &nonce, now()).unwrap();
    // The same request twice, at two machines.
    let twin = asked
        .world
        .verified(&asked.request, &asked.nonce, now())
        .unwrap();
    let open = first.approve(&mut asked.world.store).unwrap();
    let state = asked.world.state();
    assert_eq!(
        twin.approve(&mut asked.world.store).err(),
        refused!(RefreshOpen)
    );
    assert_eq!(
        second.approve(&mut asked.world.store).err(),
        refused!(RefreshOpen)
    );
    assert_eq!(asked.world.state(), state);
    // Once it is given up, another one may.
    open.abandon(&mut asked.world.store).unwrap();
    let twin = asked.world.verified(&asked.request, &asked.nonce, now());
    assert_eq!(twin.err(), refused!(NonceUsed));
    let nonce = asked.world.nonce();
    let (_, third) = asked
        .world
        .ask(&asked.card, (PHONE, "third"), &nonce, now());
    assert!(asked.world.open(&third, &nonce, now()).is_ok());
}

#[test]
fn the_answer_is_for_the_new_key() {
    let mut asked = asked();
    let open = asked
        .world
        .open(&asked.request, &asked.nonce, now())
        .unwrap();
    let anchors = asked.world.card_anchors();
    let state = asked.world.state();
    let again = |world: &World| match world.judge(&asked.request, &asked.nonce, now()) {
        Ok(Refresh::Approved(open)) => open,
        other => panic!("{other:?}"),
    };
    for (card, expected) in [
        (
            asked.world.sign(asked.world.insurer.draft("x")),
            misused!(CardForAnotherKey),
        ),
        (
            asked.world.sign(asked.world.insurer.draft(NEW_KEY)),
            misused!(CardWithoutPlace),
        ),
    ] {
        let open = again(&asked.world);
        let fault = open.issued(&card, &anchors, &mut asked.world.store, &RUSTCRYPTO, now());
        assert_eq!(fault.err(), expected);
    }
    // At the place of the old card: blocking that one would block this one.
    let place = asked.world.place(&asked.card);
    let place = vitacard::issuer::StatusReference::status_list(place, LIST);
    let card = asked
        .world
        .sign(asked.world.insurer.draft(NEW_KEY).with_status(place));
    let fault = open.issued(&card, &anchors, &mut asked.world.store, &RUSTCRYPTO, now());
    assert_eq!(fault.err(), misused!(PlaceTaken));
    assert_eq!(asked.world.state(), state);
}

/// What was given up is not answered, not even if another refresh of the card is open.
#[test]
fn an_abandoned_refresh_is_not_answered() {
    let mut asked = asked();
    let open = |asked: &mut Asked, key: &str| {
        let nonce = asked.world.nonce();
        let (_, request) = asked.world.ask(&asked.card, (PHONE, key), &nonce, now());
        let open = asked.world.open(&request, &nonce, now()).unwrap();
        let twin = match asked.world.judge(&request, &nonce, now()) {
            Ok(Refresh::Approved(twin)) => twin,
            other => panic!("{other:?}"),
        };
        (open, twin)
    };
    let (first, twin) = open(&mut asked, NEW_KEY);
    twin.abandon(&mut asked.world.store).unwrap();
    let (second, twin) = open(&mut asked, "second");
    let lines: Vec<_> = asked.world.store.lines().cloned().collect();
    let answered = asked.world.answer_refresh(first, now());
    assert_eq!(answered.err(), refused!(RefreshUnknown));
    assert!(asked.world.store.lines().eq(&lines));
    asked.world.answer_refresh(second, now()).unwrap();
    let given_up = twin.abandon(&mut asked.world.store);
    assert_eq!(given_up.err(), misused!(AlreadyStored));
}

#[test]
fn the_phone_takes_what_it_asked_for() {
    let mut world = World::new();
    let card = world.enrolled();
    let anchors = world.card_anchors();
    let number = RefreshNumber::from_bytes([1; 16]);
    let take = |bytes: &[u8]| {
        let pending = PendingRefresh::again(&card, number, public_key(NEW_KEY)).unwrap();
        pending.accept(bytes, &anchors, &RUSTCRYPTO, now()).err()
    };
    let good = world.sign(world.insurer.draft(NEW_KEY));
    assert_eq!(take(&good), None);
    assert_eq!(take(card.as_bytes()), misused!(NotThisRefresh));
    assert_eq!(
        take(&world.sign(world.insurer.draft("x"))),
        misused!(NotThisRefresh)
    );
    assert!(take(b"\xa0").is_some());
    let plan = RefreshPlan::new(&card, [], [], now(), &RUSTCRYPTO).unwrap();
    let old = plan.request(&[0; 16], public_key(PHONE), now(), &mut world.rng);
    assert_eq!(old.err(), misused!(NewKeyIsOld));
    let unsigned = plan.request(&[0; 16], public_key(NEW_KEY), now(), &mut world.rng);
    let wrong = unsigned.unwrap().sign_with(&signer(PHONE), &RUSTCRYPTO);
    assert_eq!(wrong.err(), misused!(SignatureNotByThisKey));
    let unsigned = plan.request(&[0; 16], public_key(NEW_KEY), now(), &mut world.rng);
    let unsigned = unsigned.unwrap().with_attestation(&[0; 65_300]);
    let unsigned = unsigned.sign_with(&signer(NEW_KEY), &RUSTCRYPTO).unwrap();
    let long = unsigned.sign_with(&signer(PHONE), &RUSTCRYPTO);
    assert_eq!(long.err(), misused!(RequestTooLong));
}

/// A key that makes MACs signs no message (ISO/IEC 18013-5 12.4.4).
#[test]
fn a_key_that_makes_macs_signs_nothing() {
    let mut world = World::new();
    let bytes = world.sign(world.insurer.draft(PHONE));
    let card = Card::accept(&bytes, &world.card_anchors(), &RUSTCRYPTO, now()).unwrap();
    let card = card.with_proof(vitacard::holder::DeviceProof::Mac).unwrap();
    let plan = RefreshPlan::new(&card, [], [], now(), &RUSTCRYPTO);
    assert_eq!(plan.err(), misused!(KeyUsedForBoth));
    let block = card.block(BlockReason::Lost, now(), &mut world.rng);
    assert_eq!(block.err(), misused!(KeyUsedForBoth));
}

/// What the holder has lent from the old card, and what was lent to him beside it.
#[test]
fn what_ends_is_said_before() {
    let mut world = World::new();
    let card = world.enrolled_by(world.draft(), crate::lending::MOTHER);
    let loans: Vec<_> = [DAY, 20 * DAY]
        .map(|secs| lend(&card, grant(&card, ask(request_draft()).1, secs).unwrap()))
        .into();
    let kept = || loans.iter().map(|loan| loan.as_bytes());
    // A neighbour's card was lent to him, to be shown beside his own.
    let neighbour = world.insurer.card();
    let draft = request_draft().with_own_card(card.digest().unwrap());
    let (open, asked) = ask(draft);
    let loan = lend(&neighbour, grant(&neighbour, asked, 10 * DAY).unwrap());
    let anchors = world.card_anchors();
    let beside = DelegatedCard::accept(&parcel(&loan), open, &anchors, &RUSTCRYPTO, now()).unwrap();
    let (open, asked) = ask(request_draft());
    let other = lend(&neighbour, grant(&neighbour, asked, 10 * DAY).unwrap());
    let alone = DelegatedCard::accept(&parcel(&other), open, &anchors, &RUSTCRYPTO, now()).unwrap();
    let lent = [&beside, &alone];
    let plan = RefreshPlan::new(&card, kept(), lent, now(), &RUSTCRYPTO).unwrap();
    let ending: Vec<_> = plan.ending().map(|loan| loan.id()).collect();
    assert_eq!(ending, [loans[0].id(), loans[1].id()]);
    assert_eq!(plan.unusable().collect::<Vec<_>>(), [beside.id()]);
    // What has ended by itself is not said.
    let plan = RefreshPlan::new(&card, kept(), lent, at(DAY), &RUSTCRYPTO).unwrap();
    assert_eq!(
        plan.ending().map(|loan| loan.id()).collect::<Vec<_>>(),
        [loans[1].id()]
    );
    let plan = RefreshPlan::new(&card, kept(), lent, at(30 * DAY), &RUSTCRYPTO).unwrap();
    assert_eq!((plan.ending().count(), plan.unusable().count()), (0, 0));
    let foreign = RefreshPlan::new(&neighbour, kept(), lent, now(), &RUSTCRYPTO);
    assert_eq!(foreign.err(), misused!(OfAnotherCard));
    // And so it is: they end with the card, whose place the issuer sets, and the new one knows none.
    let keys = (crate::lending::MOTHER, NEW_KEY);
    let new = world.refreshed(&card, keys, 0);
    assert_eq!(
        world.accept(&new.accepted, now()),
        Ok(vec![world.place(&card)])
    );
    for loan in kept() {
        assert_eq!(
            new.card.loan(loan, &RUSTCRYPTO).err(),
            misused!(OfAnotherCard)
        );
    }
    let _ = DAUGHTER;
}
