//! How old what a reader knows may be.

use vitacard::reader::{Policy, Standing, UnknownStatus};
use vitacard::{Rejected, unix_time};

use crate::lending::*;
use crate::world::*;

#[test]
fn a_holder_is_secured_for_a_day_and_degraded_for_a_week() {
    let world = World::new();
    let mut store = world.store();
    world
        .take(
            &mut store,
            LIST,
            &world.list(NOW, NOW + 30 * DAY, &[7]),
            NOW,
        )
        .unwrap();
    for now in [NOW - 60, NOW, NOW + DAY] {
        assert_eq!(world.says(&store, now), Ok(Standing::Secured), "{now}");
    }
    for now in [NOW + DAY + 1, NOW + 7 * DAY] {
        let Ok(Standing::Degraded(stale)) = world.says(&store, now) else {
            panic!("{now}");
        };
        assert!(stale.status_list() && !stale.delegation_list());
        assert_eq!(stale.as_of(), Some(unix_time(NOW)));
    }
    let old = Rejected::StatusListOld {
        document: 0,
        iat: unix_time(NOW),
    };
    assert_eq!(world.says(&store, NOW + 7 * DAY + 1), Err(old.into()));
    let ended = Rejected::StatusListExpired {
        document: 0,
        until: unix_time(NOW + 30 * DAY),
    };
    assert_eq!(world.says(&store, NOW + 30 * DAY), Err(ended.into()));
    // This reader works without lists, and says so.
    let mut policy = Policy::default();
    policy.unknown_status = UnknownStatus::Degrade;
    for now in [NOW + 7 * DAY + 1, NOW + 30 * DAY] {
        let said = world.says_of(&world.card, &store, now, &policy);
        let Ok(Standing::Degraded(stale)) = said else {
            panic!("{now}: {said:?}");
        };
        assert_eq!(stale.as_of(), Some(unix_time(NOW)));
    }
}

/// … and a delegate for three days, by the older of two lists.
#[test]
fn a_delegate_is_degraded_for_three_days() {
    let world = World::new();
    let lent = lent(&world.insurer, &world.card, request_draft(), 30 * DAY);
    let response = show(&lent, NOW).unwrap().to_bytes();
    let policy = Policy::default();
    let says = |store: &_, now| verdict(&world.insurer, &response, store, now, &policy);
    let end = NOW + 60 * DAY;
    let (cards, loans) = (
        world.list(NOW, end, &[]),
        world.revoked(NOW + DAY, end, &[&[1; 16]]),
    );
    let mut store = world.store();
    world.take(&mut store, LIST, &cards, NOW).unwrap();
    let unknown = Rejected::DelegationStatusUnknown { document: 0 };
    assert_eq!(says(&store, NOW), Err(unknown.into()));
    world.take(&mut store, REVOKED, &loans, NOW + DAY).unwrap();
    assert_eq!(says(&store, NOW + DAY), Ok(Standing::Secured));
    let Ok(Standing::Degraded(stale)) = says(&store, NOW + 3 * DAY) else {
        panic!("not degraded");
    };
    assert!(stale.status_list() && stale.delegation_list());
    assert_eq!(stale.as_of(), Some(unix_time(NOW)));
    let old = Rejected::DelegationListOld {
        document: 0,
        iat: unix_time(NOW),
    };
    assert_eq!(says(&store, NOW + 3 * DAY + 1), Err(old.into()));
    // The holder may still show it.
    assert!(world.says(&store, NOW + 3 * DAY + 1).is_ok());
    // The other list is the older one.
    let cards = world.list(NOW + 3 * DAY, end, &[]);
    world.take(&mut store, LIST, &cards, NOW + 3 * DAY).unwrap();
    assert!(says(&store, NOW + 4 * DAY).is_ok());
    let old = Rejected::DelegationListOld {
        document: 0,
        iat: unix_time(NOW + DAY),
    };
    assert_eq!(says(&store, NOW + 4 * DAY + 1), Err(old.into()));
}

#[test]
fn a_revoked_delegation_is_refused_however_old_the_list() {
    let world = World::new();
    let lent = lent(&world.insurer, &world.card, request_draft(), 30 * DAY);
    let response = show(&lent, NOW).unwrap().to_bytes();
    let mut policy = Policy::default();
    policy.unknown_status = UnknownStatus::Degrade;
    let mut store = world.store();
    let end = NOW + 10 * DAY;
    let loans = world.revoked(NOW, end, &[&[1; 16], lent.id().as_bytes()]);
    world.take(&mut store, REVOKED, &loans, NOW).unwrap();
    let revoked = Rejected::DelegationRevoked { document: 0 };
    for now in [NOW, NOW + 4 * DAY, end + DAY] {
        let said = verdict(&world.insurer, &response, &store, now, &policy);
        assert_eq!(said, Err(revoked.into()));
    }
}

#[test]
fn a_clock_before_the_newest_list_is_not_believed() {
    let world = World::new();
    let mut store = world.store();
    let later = NOW + 10 * DAY;
    world
        .take(
            &mut store,
            LIST,
            &world.list(later, later + DAY, &[]),
            later,
        )
        .unwrap();
    assert_eq!(store.clock_floor(), unix_time(later - 60));
    assert!(world.says(&store, later - 60).is_ok());
    let error = world.says(&store, later - 61).unwrap_err();
    assert_eq!(error, vitacard::Misuse::ClockNotSet.into());
}
