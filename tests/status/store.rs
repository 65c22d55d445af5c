//! What a store takes, and what it says of a card.

use vitacard::issuer::StatusReference;
use vitacard::reader::{Policy, Standing, StatusStore, StoreLimits, Taken, TrustPoint};
use vitacard::trust::AnchorId;
use vitacard::{Misuse, Rejected, unix_time};

use crate::lending::*;
use crate::world::*;

#[test]
fn what_the_list_says() {
    let world = World::new();
    let end = NOW + DAY;
    for (bits, statuses, expected) in [
        (1, vec![], Ok(Standing::Secured)),
        (
            1,
            vec![(PLACE - 1, 1), (PLACE + 1, 1)],
            Ok(Standing::Secured),
        ),
        (
            1,
            vec![(PLACE, 1)],
            Err(Rejected::StatusInvalid { document: 0 }),
        ),
        (
            2,
            vec![(PLACE, 2)],
            Err(Rejected::StatusSuspended { document: 0 }),
        ),
        (
            2,
            vec![(PLACE, 3)],
            Err(Rejected::StatusOther {
                document: 0,
                status: 3,
            }),
        ),
        (
            4,
            vec![(PLACE, 12)],
            Err(Rejected::StatusOther {
                document: 0,
                status: 12,
            }),
        ),
        (
            8,
            vec![(PLACE, 255)],
            Err(Rejected::StatusOther {
                document: 0,
                status: 255,
            }),
        ),
        (8, vec![(PLACE, 0), (PLACE - 1, 1)], Ok(Standing::Secured)),
    ] {
        let mut store = world.store();
        let list = world.list_of(bits, NOW, end, &statuses);
        assert_eq!(world.take(&mut store, LIST, &list, NOW), Ok(Taken::Newer));
        let expected = expected.map_err(Into::into);
        assert_eq!(world.says(&store, NOW), expected, "{bits} {statuses:?}");
    }
}

#[test]
fn not_known_is_not_blocked_and_not_valid() {
    let world = World::new();
    let unknown = Err(Rejected::StatusUnknown { document: 0 }.into());
    assert_eq!(
        world.says(&StatusStore::new(StoreLimits::default()), NOW),
        unknown
    );
    assert_eq!(world.says(&world.store(), NOW), unknown);
    // Past the end of its list a card has no status.
    let far = world.insurer.draft(MOTHER);
    let far = far.with_status(StatusReference::status_list(1000, LIST));
    let far = world.insurer.accept(&world.insurer.issue(far));
    let mut store = world.store();
    world
        .take(&mut store, LIST, &world.list(NOW, NOW + DAY, &[]), NOW)
        .unwrap();
    let said = world.says_of(&far, &store, NOW, &Policy::default());
    assert_eq!(said, Err(Rejected::StatusIndex { document: 0 }.into()));
}

#[test]
fn it_is_bounded() {
    let world = World::new();
    let mut limits = StoreLimits::default();
    limits.lists = 2;
    let mut store = StatusStore::new(limits);
    store.follow(LIST, world.point).unwrap();
    store.follow(LIST, world.point).unwrap();
    store.follow(REVOKED, world.point).unwrap();
    let other = TrustPoint::Anchor(AnchorId::from_bytes([7; 32]));
    assert_eq!(store.follow(LIST, other), Err(Misuse::TooManyLists));
    store.unfollow(REVOKED, world.point);
    assert_eq!(store.follow(LIST, other), Ok(()));
    assert_eq!(
        StatusStore::new(limits).follow("", other),
        Err(Misuse::ListAddressEmpty)
    );
    let long = "a".repeat(2048);
    assert_eq!(StatusStore::new(limits).follow(&long, other), Ok(()));
    let too_long = StatusStore::new(limits).follow(&(long + "a"), other);
    assert_eq!(too_long, Err(Misuse::ListAddressTooLong));
    let list = world.list(NOW, NOW + DAY, &[]);
    let too_large = Err(Rejected::ListTooLarge { document: 0 }.into());
    for change in [
        |limits: &mut StoreLimits| limits.list_bytes = 124,
        |limits: &mut StoreLimits| limits.token_bytes = 200,
    ] {
        let mut limits = StoreLimits::default();
        change(&mut limits);
        let mut store = StatusStore::new(limits);
        store.follow(LIST, world.point).unwrap();
        assert_eq!(world.take(&mut store, LIST, &list, NOW), too_large);
    }
}

#[test]
fn when_to_ask_again() {
    let world = World::new();
    let mut store = world.store();
    let due = |store: &StatusStore, now| {
        let due = store.due(unix_time(now));
        due.map(|due| (due.uri().to_owned(), due.held()))
            .collect::<Vec<_>>()
    };
    assert_eq!(due(&store, NOW).len(), 2);
    world
        .take(&mut store, LIST, &world.list(NOW, NOW + DAY, &[]), NOW)
        .unwrap();
    assert_eq!(due(&store, NOW), [(REVOKED.to_owned(), None)]);
    assert_eq!(due(&store, NOW + 6 * HOUR - 1).len(), 1);
    assert_eq!(due(&store, NOW + 12 * HOUR).len(), 2);
    assert!(due(&store, NOW + 12 * HOUR).contains(&(LIST.to_owned(), Some(unix_time(NOW)))));
    store
        .postpone(REVOKED, world.point, unix_time(NOW), &mut Seeded(1))
        .unwrap();
    assert_eq!(due(&store, NOW + 15 * 60 - 1), []);
    assert_eq!(due(&store, NOW + 30 * 60).len(), 1);
    store
        .unchanged(LIST, world.point, unix_time(NOW + DAY), &mut Seeded(1))
        .unwrap();
    assert_eq!(due(&store, NOW + DAY + 6 * HOUR - 1).len(), 1);
    assert_eq!(due(&store, NOW + DAY + 12 * HOUR).len(), 2);
    // By a clock that was years ahead it was put off for years.
    let ahead = unix_time(NOW + 3000 * DAY);
    store
        .postpone(REVOKED, world.point, ahead, &mut Seeded(1))
        .unwrap();
    assert_eq!(due(&store, NOW), [(REVOKED.to_owned(), None)]);
}

/// What a reader tells its owner, and its log.
#[test]
fn how_old_it_is() {
    let world = World::new();
    let mut store = world.store();
    let list = world.list_at(LIST, 1_000_000, NOW, NOW + DAY, &[7]);
    world.take(&mut store, LIST, &list, NOW).unwrap();
    let lists: Vec<_> = store.followed().collect();
    let held: Vec<_> = lists
        .iter()
        .map(|list| (list.held(), list.ends()))
        .collect();
    let ends = Some(unix_time(NOW + DAY));
    assert_eq!(held, [(Some(unix_time(NOW)), ends), (None, None)]);
    let printed = format!("{store:?}");
    assert!(printed.contains("1000000 statuses of 1 bits"), "{printed}");
    assert!(printed.len() < 2000, "{}", printed.len());
}
