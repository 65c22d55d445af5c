//! How a reader comes to know lists, and an issuer to fill them.

use vitacard::crypto::RUSTCRYPTO;
use vitacard::delegation::RevocationRequest;
use vitacard::issuer::StatusReference;
use vitacard::reader::{
    Conditions, NamedList, Policy, Standing, StatusStore, StatusTrust, StoreLimits, Taken,
    TrustPoint, UnknownStatus,
};
use vitacard::{Rejected, unix_time};

use crate::lending::*;
use crate::pki::Profile;
use crate::world::*;

fn lists_of(world: &World, card: &[u8]) -> Vec<NamedList> {
    let mut policy = Policy::default();
    policy.unknown_status = UnknownStatus::Degrade;
    policy.cards_without_status = true;
    let conditions = Conditions::new(unix_time(NOW), &policy);
    let reader = world.insurer.reader();
    let card = reader.verify_issuer_signed(card, &conditions).unwrap();
    card.status_lists(&RUSTCRYPTO).unwrap()
}

#[test]
fn a_card_says_what_to_follow() {
    let world = World::new();
    let lists = lists_of(&world, world.card.as_bytes());
    let found: Vec<_> = lists
        .iter()
        .map(|list| (list.uri(), list.trust_point()))
        .collect();
    assert_eq!(found, [(LIST, world.point), (REVOKED, world.point)]);
    assert!(lists.iter().all(|list| list.certificate().is_none()));
    // Of these it is known.
    let mut store = StatusStore::new(StoreLimits::default());
    let anchors = world.insurer.anchors();
    for list in &lists {
        store.follow(list.uri(), list.trust_point()).unwrap();
    }
    let token = world.list(NOW, NOW + DAY, &[]);
    let (trust, now) = (lists[0].trust(&anchors), unix_time(NOW));
    let taken = store.accept(&token, LIST, &trust, &RUSTCRYPTO, now, &mut Seeded(7));
    assert_eq!(taken, Ok(Taken::Newer));
    assert_eq!(world.says(&store, NOW), Ok(Standing::Secured));
    // A card without status names none.
    let silent = world.insurer.card();
    assert_eq!(lists_of(&world, silent.as_bytes()), []);
}

/// A card may name the certificate of whoever signs its list: then nobody else does.
#[test]
fn under_the_certificate_that_a_card_names() {
    let world = World::new();
    let other = world
        .insurer
        .root
        .issue(Profile::status_signer(), "another list signer");
    let place = StatusReference::status_list(PLACE, LIST).with_certificate(&world.lister.der);
    let card = world
        .insurer
        .issue(world.insurer.draft(MOTHER).with_status(place));
    let lists = lists_of(&world, &card);
    let [named] = &lists[..] else {
        panic!("{lists:?}");
    };
    assert_eq!(named.certificate(), Some(&world.lister.der[..]));
    let point = TrustPoint::certificate(&world.lister.der, &RUSTCRYPTO);
    assert_eq!(Ok(named.trust_point()), point);
    let mut store = world.store();
    store.follow(LIST, named.trust_point()).unwrap();
    let card = world.insurer.accept(&card);
    let says = |store: &StatusStore| world.says_of(&card, store, NOW, &Policy::default());
    // Under the anchor it is another list.
    let list = world.list(NOW, NOW + DAY, &[]);
    assert_eq!(world.take(&mut store, LIST, &list, NOW), Ok(Taken::Newer));
    let unknown = Rejected::StatusUnknown { document: 0 };
    assert_eq!(says(&store), Err(unknown.into()));
    let anchors = world.insurer.anchors();
    let mut take = |token: &[u8], trust: &StatusTrust<'_>| {
        let now = unix_time(NOW);
        let taken = store.accept(token, LIST, trust, &RUSTCRYPTO, now, &mut Seeded(7));
        taken.map_err(|error| error.code())
    };
    let by_other = world.list_by(&other, LIST, 1, NOW, NOW + DAY, &[]);
    assert_eq!(take(&by_other, &named.trust(&anchors)), Err(2553));
    assert_eq!(take(&list, &named.trust(&anchors)), Ok(Taken::Newer));
    assert_eq!(says(&store), Ok(Standing::Secured));
}

/// From the word of the holder, or of the delegate, to the pharmacy that refuses the loan.
#[test]
fn a_loan_is_taken_back() {
    let world = World::new();
    let (open, asked) = ask(request_draft());
    let loan = lend(&world.card, grant(&world.card, asked, 30 * DAY).unwrap());
    let (anchors, now) = (world.insurer.anchors(), unix_time(NOW));
    let parcel = parcel(&loan);
    let lent = vitacard::holder::DelegatedCard::accept(&parcel, open, &anchors, &RUSTCRYPTO, now);
    let lent = lent.unwrap();
    let response = show(&lent, NOW).unwrap().to_bytes();
    let end = NOW + DAY;
    let by_holder = world
        .card
        .revoke(loan.as_bytes(), now, &RUSTCRYPTO, &mut Seeded(5));
    let by_holder = by_holder.unwrap().sign_with(&signer(MOTHER), &RUSTCRYPTO);
    let by_delegate = lent.renounce(now, &mut Seeded(5));
    let by_delegate = by_delegate
        .unwrap()
        .sign_with(&signer(DAUGHTER), &RUSTCRYPTO);
    for word in [by_holder.unwrap(), by_delegate.unwrap()] {
        let word = RevocationRequest::parse(&word).unwrap();
        let taken = word.verify(world.card.as_bytes(), &anchors, &RUSTCRYPTO, now);
        let id = taken.unwrap().id();
        let mut store = world.store();
        world
            .take(&mut store, LIST, &world.list(NOW, end, &[]), NOW)
            .unwrap();
        let says = |store: &StatusStore| {
            verdict(
                &world.insurer,
                &response,
                store,
                NOW + HOUR,
                &Policy::default(),
            )
        };
        world
            .take(&mut store, REVOKED, &world.revoked(NOW, end, &[]), NOW)
            .unwrap();
        assert_eq!(says(&store), Ok(Standing::Secured));
        let list = world.revoked(NOW + HOUR, end, &[id.as_bytes()]);
        world.take(&mut store, REVOKED, &list, NOW + HOUR).unwrap();
        let revoked = Rejected::DelegationRevoked { document: 0 };
        assert_eq!(says(&store), Err(revoked.into()));
        // The holder shows the card as before.
        assert_eq!(world.says(&store, NOW + HOUR), Ok(Standing::Secured));
    }
}
