//! What one card has for itself: its key, its place, its refresh, its length; and what an issuer who has
//! stopped between two steps takes up again.

use vitacard::Validity;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::enrolment::*;
use vitacard::issuer::{Draft, StatusReference};
use vitacard::profile::{BirthDate, Date, HealthCard, Profile};

use crate::lending::public_key as public_key_of;
use crate::pki::Profile as Certificate;
use crate::raw::*;
use crate::world::*;

fn adult() -> HealthCard {
    let date = |text| Date::parse(text).unwrap();
    HealthCard::new()
        .family_name("Martin")
        .given_name("Camille")
        .born(&BirthDate::parse("19500302").unwrap())
        .portrait(&[0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9])
        .issue_date(date("2026-05-20"))
        .expiry_date(date("2031-05-19"))
        .issuing_authority("Caisse nationale de l'assurance maladie")
        .issuing_country("FR")
        .document_number("8025000000")
        .personal_administrative_number("250037511100592")
        .health_id("250037511100592")
        .health_id_type("1.2.250.1.213.1.4.8")
        .beneficiary_role(0)
        .competent_institution_id("FR:01751")
        .starting_date(date("2026-01-01"))
        .ending_date(date("2026-12-31"))
        .rights_checked_at(now())
        .card_kind(0)
        .regime_code("01")
        .fund_code("751")
        .centre_code("0001")
        .management_code("10")
        .birth_rank(1)
        .coverage_rate(70)
        .has_attending_physician(true)
        .full_cost_covered(false)
}

/// A card of the profile says nothing by its length, also if it comes of an enrolment.
#[test]
fn the_length_of_a_card_tells_nobody_who_is_ill() {
    let mut world = World::new();
    let profile = Profile::health_insurance();
    let until = Date::parse("2028-01-31").unwrap();
    let people = [
        adult(),
        adult()
            .exemption_code(4)
            .ald(true)
            .exemption_until(Some(until)),
    ];
    let window = Validity::new(now(), at(90 * DAY)).unwrap();
    let of_profile = people.each_ref().map(|person| {
        let elements = person.elements(&profile).unwrap();
        let draft = Draft::of_profile(&profile, elements, public_key_of(PHONE), window);
        let place = StatusReference::status_list(1000, LIST);
        world.sign(draft.with_status(place)).len()
    });
    assert_eq!(of_profile[0], of_profile[1]);
    let invitation = world.invited(world.draft());
    let answer = world.answer(&invitation, PHONE);
    let verified = world.check(&answer).unwrap();
    let approved = verified.approve(&mut world.store).unwrap();
    let chain: [&[u8]; 1] = [&world.insurer.signer.der];
    let terms = CardTerms::of_profile(&profile, LIST, &chain, &RUSTCRYPTO).unwrap();
    let enrolled = people.each_ref().map(|person| {
        let elements = person.elements(&profile).unwrap();
        let draft = approved.draft(&terms, elements, &mut world.store, now(), &mut world.rng);
        let place = StatusReference::status_list(1000, LIST);
        world.sign(draft.unwrap().with_status(place)).len()
    });
    assert_eq!(enrolled[0], enrolled[1]);
}

/// Two people name one number and are checked at the same time: the second must not get it, for the
/// first could never say that his card arrived.
#[test]
fn a_number_is_for_one_refresh() {
    let mut world = World::new();
    // Of lines with one number this store finds the one of the lower invitation.
    let cards = [PHONE, "other phone"].map(|phone| {
        let card = world.enrolled_by(world.draft(), phone);
        let line = world
            .store
            .line_of(&card.digest().unwrap())
            .unwrap()
            .unwrap();
        (line.number(), phone, card)
    });
    let [(first, phone, attacker), (second, others_phone, victim)] = match cards {
        [first, second] if second.0 < first.0 => [second, first],
        in_order => in_order,
    };
    assert!(first < second);
    let nonces = [world.nonce(), world.nonce()];
    let (pending, request) = world.ask(&victim, (others_phone, "other, new"), &nonces[0], now());
    let cti = *pending.number().as_bytes();
    let (_, own) = world.ask(&attacker, (phone, NEW_KEY), &nonces[1], now());
    let parent = attacker.digest().unwrap();
    let aad = aad("VITACARD-REFRESH-v1", &[parent.as_bytes(), &nonces[1]]);
    let own = Message::of(&own, aad, phone)
        .saying(7, bytes(&cti))
        .saying(
            -70_046,
            bytes(&new_key_proof(parent.as_bytes(), &cti, NEW_KEY, NEW_KEY)),
        )
        .bytes();
    let theirs = world.verified(&own, &nonces[1], now()).unwrap();
    let honest = world.verified(&request, &nonces[0], now()).unwrap();
    let open = honest.approve(&mut world.store).unwrap();
    let second = theirs.approve(&mut world.store);
    assert_eq!(second.err(), refused!(RefreshNumberUsed));
    let card = world.answer_refresh(open, now()).unwrap();
    let anchors = world.card_anchors();
    let (_, accepted) = pending.accept(&card, &anchors, &RUSTCRYPTO, now()).unwrap();
    let accepted = accepted
        .sign_with(&signer("other, new"), &RUSTCRYPTO)
        .unwrap();
    assert_eq!(world.accept(&accepted, now()).err(), None);
    assert_eq!(world.record(&victim).state(), CardState::Replaced);
}

/// The issuer stops after it recorded the first card and before it sent it: the person gets a card
/// all the same, and the same one.
#[test]
fn recorded_and_not_sent() {
    let mut world = World::new();
    let card = world.enrolled(); // recorded; its bytes are lost with the process
    let digest = card.digest().unwrap();
    let line = world.store.line_of(&digest).unwrap().unwrap();
    assert_eq!(CardLine::from_bytes(&line.to_bytes()).as_ref(), Ok(&line));
    let again = |store: &Memory| {
        let again = ApprovedEnrolment::again(line.number(), store).unwrap();
        again.card(store).unwrap()
    };
    assert_eq!(again(&world.store).as_deref(), Some(card.as_bytes()));
    // Whoever holds it has told so, or his key has signed.
    let held = std::mem::take(&mut world.store);
    let store = |line: &CardLine| {
        let mut store = Memory::default();
        let secret = vitacard::crypto::Secret::new([0; 16]);
        let demand = Attestation::NotDemanded;
        let record = InvitationRecord::new(line.number(), secret, at(DAY), demand);
        let approved = InvitationState::Approved(public_key_of(PHONE));
        assert_eq!(store.add_invitation(record.with_state(approved)), Ok(true));
        assert_eq!(store.add_line(line), Ok(true));
        store
    };
    let mut told = store(&line);
    assert!(again(&told).is_some());
    delivered(&mut told, &digest).unwrap();
    assert_eq!(again(&told), None);
    world.store = store(&line);
    let nonce = world.nonce();
    let (_, request) = world.ask(&card, (PHONE, NEW_KEY), &nonce, now());
    let open = world.open(&request, &nonce, now()).unwrap();
    assert_eq!(again(&world.store), None);
    assert_eq!(Some(open.card()), card.digest());
    let mut blocked = store(&line);
    block(&mut blocked, &digest, BlockReason::Lost, now()).unwrap();
    assert_eq!(again(&blocked), None);
    // There is nothing before there is a card.
    let waits = ApprovedEnrolment::again(line.number(), &held).unwrap();
    assert_eq!(waits.card(&Memory::default()), Ok(None));
}

/// The phone lost its request before the answer came, and the issuer restarted: what is open is taken
/// up, and given up or answered.
#[test]
fn a_refresh_of_which_the_request_is_lost() {
    let mut world = World::new();
    let card = world.enrolled();
    let digest = card.digest().unwrap();
    let again = |world: &World| OpenRefresh::again(&digest, &world.store);
    assert_eq!(again(&world).err(), refused!(RefreshUnknown));
    let nonce = world.nonce();
    let (_, request) = world.ask(&card, (PHONE, NEW_KEY), &nonce, now());
    drop(world.open(&request, &nonce, now()).unwrap());
    let later = at(60 * DAY);
    let nonce = world.nonce_at(later);
    let (_, request) = world.ask(&card, (PHONE, "third"), &nonce, later);
    let stuck = world.judge(&request, &nonce, later).err();
    assert_eq!(stuck, refused!(RefreshOpen));
    let taken_up = again(&world).unwrap();
    taken_up.abandon(&mut world.store).unwrap();
    drop(world.open(&request, &nonce, later).unwrap());
    let taken_up = again(&world).unwrap();
    assert_eq!(*taken_up.new_key(), public_key_of("third"));
    world.answer_refresh(taken_up, later).unwrap();
    assert_eq!(again(&world).err(), misused!(AlreadyStored));
    world.store = Memory::default();
    assert_eq!(again(&world).err(), refused!(CardUnknown));
}

/// A refresh that was approved for a card is not answered when that card has ended long ago.
#[test]
fn a_card_that_ended_gets_no_newer_one() {
    let mut world = World::new();
    let card = world.enrolled();
    let nonce = world.nonce();
    let (_, request) = world.ask(&card, (PHONE, NEW_KEY), &nonce, now());
    drop(world.open(&request, &nonce, now()).unwrap());
    let late = at(100 * DAY);
    assert_eq!(
        world.judge(&request, &nonce, late).err(),
        refused!(CardEnded)
    );
}

/// Each card has its own device key, also on a parent's phone.
#[test]
fn a_key_of_another_card_is_no_new_key() {
    let mut world = World::new();
    let parents = world.enrolled();
    let _childs = world.enrolled_by(world.draft(), "child");
    let nonce = world.nonce();
    let (_, request) = world.ask(&parents, (PHONE, "child"), &nonce, now());
    assert_eq!(
        world.judge(&request, &nonce, now()).err(),
        refused!(RefreshKeyNotNew)
    );
}

/// As on refreshing: a parent's phone holds several cards, and each has a key of its own.
#[test]
fn two_enrolments_have_two_keys() {
    let mut world = World::new();
    let _parents = world.enrolled();
    let invitation = world.invited(world.draft());
    let answer = world.answer(&invitation, PHONE);
    assert_eq!(world.check(&answer).err(), refused!(EnrolmentKey));
    // Both were looked at before either had a card.
    let mut world = World::new();
    let [first, second] = [(); 2].map(|()| {
        let invitation = world.invited(world.draft());
        let answer = world.answer(&invitation, PHONE);
        let verified = world.check(&answer).unwrap();
        verified.approve(&mut world.store).unwrap()
    });
    let (terms, anchors) = (world.terms(), world.card_anchors());
    let record = |world: &mut World, approved: ApprovedEnrolment| {
        let (store, rng) = (&mut world.store, &mut world.rng);
        let draft = approved.draft(&terms, elements(), store, now(), rng);
        let card = world.sign(draft.unwrap());
        let issued = approved.issued(&card, &anchors, &mut world.store, &RUSTCRYPTO, now());
        issued.map(drop).err()
    };
    assert_eq!(record(&mut world, first), None);
    assert_eq!(record(&mut world, second), refused!(EnrolmentKey));
}

/// What is not yet a card, or not the one that was asked for, must not start the 72 hours of the card
/// that the phone has.
#[test]
fn nobody_is_without_a_card() {
    let begins = at(10 * DAY);
    let later = Validity::new(begins, at(90 * DAY)).unwrap();
    let today = Validity::new(now(), at(90 * DAY)).unwrap();
    for (doc_type, validity, expected) in [
        (DOC_TYPE, later, refused!(NotYetValid, from: begins)),
        ("org.example.another", today, misused!(NotThisRefresh)),
        (DOC_TYPE, today, None),
    ] {
        let mut world = World::new();
        let card = world.enrolled();
        let nonce = world.nonce();
        let (_, request) = world.ask(&card, (PHONE, NEW_KEY), &nonce, now());
        let open = world.open(&request, &nonce, now()).unwrap();
        let doc_type = vitacard::DocType::new(doc_type).unwrap();
        let draft = Draft::new(doc_type, public_key_of(NEW_KEY), validity)
            .with_elements(elements())
            .with_status(StatusReference::status_list(1000, LIST));
        let bytes = world.sign(draft);
        let anchors = world.card_anchors();
        let issued = open.issued(&bytes, &anchors, &mut world.store, &RUSTCRYPTO, now());
        assert_eq!(issued.err(), expected);
        let retired = world.retire(at(OVERLAP_SECS));
        assert_eq!(retired.is_empty(), expected.is_some());
    }
}

/// As it is documented.
#[test]
fn an_attestation_that_is_much_too_long() {
    let mut world = World::new();
    let card = world.enrolled();
    let plan = RefreshPlan::new(&card, [], [], now(), &RUSTCRYPTO).unwrap();
    let unsigned = plan.request(&[1; 16], public_key_of(NEW_KEY), now(), &mut world.rng);
    let unsigned = unsigned.unwrap().with_attestation(&vec![0; 1 << 20]);
    let fault = unsigned.sign_with(&signer(NEW_KEY), &RUSTCRYPTO).err();
    assert_eq!(fault, misused!(RequestTooLong));
    let invitation = world.invited(world.draft());
    let draft = invitation.enrol(public_key_of("other phone"));
    let draft = PHOTOS
        .iter()
        .fold(draft, |draft, (kind, media_type, plain)| {
            let draft = draft.with_evidence(*kind, media_type, plain, &RUSTCRYPTO);
            draft.unwrap()
        });
    let draft = draft.with_attestation(&vec![0; 1 << 20]);
    let fault = draft.prepare(now(), &RUSTCRYPTO).err();
    assert_eq!(fault, misused!(RequestTooLong));
}

#[test]
fn logs_hold_no_card() {
    let mut world = World::new();
    let card = world.enrolled();
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let answered = world.judge(&new.request, &new.nonce, now()).unwrap();
    let bytes = format!("{:?}", &new.bytes[..8]);
    let bytes = bytes.trim_matches(['[', ']']);
    assert!(!format!("{answered:?}").contains(bytes));
}

/// "no certificate's key": neither that of an authority above the leaf.
#[test]
fn evidence_is_sealed_to_no_certificates_key() {
    let mut world = World::new();
    let root = Certificate::iaca_root().with(|root| {
        root.subject.common_name = "Utopia Enrolment Root";
        root.basic_constraints.as_mut().unwrap().path_length = Some(1);
    });
    world.root = crate::pki::Entity::self_signed(root, "enrolment root");
    let authority = world.root.issue(Certificate::intermediate(), "authority");
    let leaf = Certificate::document_signer().with(|leaf| leaf.subject.common_name = "Fund");
    let leaf = authority.issue(leaf, "inviter");
    let chain: [&[u8]; 2] = [&leaf.der, &authority.der];
    let invite = |seed: &str| {
        let draft = InvitationDraft::new(public_key_of(seed), now(), at(30 * DAY));
        let unsigned = draft.prepare(&chain, &RUSTCRYPTO, &mut Seeded(3))?;
        let issued = unsigned.sign_with(&signer("inviter"), &RUSTCRYPTO)?;
        world.read(issued.as_bytes()).map(drop)
    };
    assert_eq!(invite("authority").err(), misused!(KeyUsedForBoth));
    assert_eq!(invite("inviter").err(), misused!(KeyUsedForBoth));
    // The root is not in the chain, and known to the app.
    assert_eq!(invite("enrolment root").err(), refused!(InvitationKey));
    assert_eq!(invite("enrolment key"), Ok(()));
}

/// A certificate that ends within the card's 90 days cannot sign it: that is known before a place of
/// the list is taken for nothing.
#[test]
fn a_card_that_cannot_be_signed_takes_no_place() {
    let mut world = World::new();
    let leaf = Certificate::document_signer().with(|own| own.not_after = NOW + 50 * DAY);
    let leaf = world.insurer.root.issue(leaf, "document signer");
    let doc_type = vitacard::DocType::new(DOC_TYPE).unwrap();
    let terms = CardTerms::new(doc_type, LIST, &[&leaf.der], &RUSTCRYPTO).unwrap();
    let invitation = world.invited(world.draft());
    let answer = world.answer(&invitation, PHONE);
    let verified = world.check(&answer).unwrap();
    let approved = verified.approve(&mut world.store).unwrap();
    let before = world.state();
    let draft = approved.draft(&terms, elements(), &mut world.store, now(), &mut world.rng);
    assert_eq!(draft.map(drop).err(), misused!(SignedOutsideLeaf));
    assert_eq!(world.state(), before);
}
