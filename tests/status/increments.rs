//! Increments, one after the other.

use ciborium::Value;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::issuer::StatusListDraft;
use vitacard::reader::{ResidentForm, Standing, StatusStore, StoreLimits, Taken};
use vitacard::{Misuse, Rejected};

use crate::forged::{Claims, at, edited};
use crate::lending::*;
use crate::world::*;

const END: u64 = NOW + 20 * DAY;

#[test]
fn blocked_by_one_and_freed_by_the_next() {
    let world = World::new();
    let days = [&[3, 9][..], &[3, 9, PLACE], &[9, 700]];
    let drafts: Vec<_> = (0..)
        .zip(days)
        .map(|(day, blocked)| world.draft(NOW + day * DAY, END, blocked))
        .collect();
    for form in [ResidentForm::Gaps, ResidentForm::Bitmap] {
        let mut limits = StoreLimits::default();
        limits.form = form;
        let mut store = StatusStore::new(limits);
        store.follow(LIST, world.point).unwrap();
        world
            .take(&mut store, LIST, &world.list(NOW, END, days[0]), NOW)
            .unwrap();
        let first = world.increment(&drafts[0], &drafts[1]);
        let second = world.increment(&drafts[1], &drafts[2]);
        // One that is missing is noticed.
        let error = world.apply(&mut store, &second, NOW + 2 * DAY);
        assert_eq!(error, Err(Rejected::NotThisBase { document: 0 }.into()));
        assert_eq!(world.says(&store, NOW), Ok(Standing::Secured));
        assert_eq!(world.apply(&mut store, &first, NOW + DAY), Ok(()));
        let blocked = Rejected::StatusInvalid { document: 0 };
        assert_eq!(world.says(&store, NOW + DAY), Err(blocked.into()));
        assert_eq!(world.apply(&mut store, &second, NOW + 2 * DAY), Ok(()));
        assert_eq!(world.says(&store, NOW + 2 * DAY), Ok(Standing::Secured));
        // The whole list of that day is the one that is held, and no older one is taken.
        let same = world.list(NOW + 2 * DAY, END, days[2]);
        assert_eq!(
            world.take(&mut store, LIST, &same, NOW + 2 * DAY),
            Ok(Taken::Same)
        );
        let other = world.list(NOW + 2 * DAY, END, days[1]);
        let error = world.take(&mut store, LIST, &other, NOW + 2 * DAY);
        assert_eq!(error, Err(Rejected::ListContradicts { document: 0 }.into()));
        let error = world.apply(&mut store, &first, NOW + 2 * DAY);
        assert_eq!(error, Err(Rejected::ListOlder { document: 0 }.into()));
    }
}

/// A reader comes back after a month. The increments of its first days have ended.
#[test]
fn all_that_were_missed() {
    let world = World::new();
    let draft =
        |day: u64, blocked: &[u64]| world.draft(NOW + day * DAY, NOW + (day + 8) * DAY, blocked);
    let drafts: Vec<_> = (0..=30)
        .map(|day| draft(day, &[3, if day < 17 { 9 } else { PLACE }]))
        .collect();
    let increments: Vec<_> = drafts
        .windows(2)
        .map(|pair| world.increment(&pair[0], &pair[1]))
        .collect();
    let increments: Vec<_> = increments.iter().map(Vec::as_slice).collect();
    let mut store = world.store();
    world
        .take(
            &mut store,
            LIST,
            &world.list(NOW, NOW + 8 * DAY, &[3, 9]),
            NOW,
        )
        .unwrap();
    let back = NOW + 30 * DAY;
    let before = store.snapshot(&RUSTCRYPTO).unwrap();
    let mut apply = |increments: &[&[u8]], expected| {
        let applied = world.apply_all(&mut store, increments, back);
        assert_eq!(applied.map_err(|error| error.code()), expected);
        if expected.is_err() {
            assert_eq!(store.snapshot(&RUSTCRYPTO).unwrap(), before);
        }
    };
    // All but the last, one that is missing, two in the wrong order, one twice.
    apply(&increments[..20], Err(2559));
    apply(&increments[1..], Err(2571));
    apply(&[&increments[..7], &increments[8..]].concat(), Err(2571));
    apply(&[increments[1], increments[0]], Err(2571));
    apply(&[increments[0], increments[0]], Err(2560));
    apply(&[], Ok(()));
    apply(&increments, Ok(()));
    let blocked = Rejected::StatusInvalid { document: 0 };
    assert_eq!(world.says(&store, back), Err(blocked.into()));
}

#[test]
fn there_is_none_between_unlike_lists() {
    let world = World::new();
    let newer = world.draft(NOW + DAY, END, &[]);
    let of = |uri: &str, bits, entries, iat| {
        StatusListDraft::new(uri, bits, entries, window(iat, END)).unwrap()
    };
    for older in [
        of(LIST, 1, 2000, NOW),
        of(LIST, 2, 500, NOW),
        of("https://status.example/2", 1, 1000, NOW),
        of(LIST, 1, 1000, NOW + DAY),
    ] {
        let error = newer.increment_from(&older, &[&world.lister.der], &RUSTCRYPTO);
        assert_eq!(error.map(drop), Err(Misuse::NoIncrement.into()));
    }
}

/// Whatever is wrong, the store stays as it was.
#[test]
fn each_fault_has_its_reason() {
    let world = World::new();
    let mut store = world.store();
    world
        .take(&mut store, LIST, &world.list(NOW, END, &[3]), NOW)
        .unwrap();
    let before = store.snapshot(&RUSTCRYPTO).unwrap();
    let (old, new) = (
        world.draft(NOW, END, &[3]),
        world.draft(NOW + DAY, END, &[3, PLACE]),
    );
    let good = world.increment(&old, &new);
    let edited = |edit: &dyn Fn(&mut Claims)| edited(&good, &world.lister, edit);
    let set =
        |label: i64, value: Value| move |claims: &mut Claims| *at(claims, label) = value.clone();
    let change = |label: i64, value: Vec<u8>| {
        move |claims: &mut Claims| {
            let changes = at(claims, -70_012).as_map_mut().unwrap();
            *at(changes, label) = value.clone().into();
        }
    };
    let coded = |numbers: &[u8]| {
        let mut bytes = vec![6, 0, 0, 0, u8::try_from(numbers.len()).unwrap()];
        bytes.extend(numbers);
        bytes
    };
    let rows: Vec<(Vec<u8>, Rejected)> = vec![
        (
            edited(&set(2, "https://status.example/2".into())),
            Rejected::ListSubject { document: 0 },
        ),
        (
            edited(&set(6, NOW.into())),
            Rejected::ListOlder { document: 0 },
        ),
        (
            edited(&set(6, (NOW + DAY + 61).into())),
            Rejected::ListFromFuture { document: 0 },
        ),
        (
            edited(&set(4, (NOW + DAY).into())),
            Rejected::ListExpired { document: 0 },
        ),
        (
            edited(&set(4, Value::Float(1e10))),
            Rejected::DeltaMalformed { document: 0 },
        ),
        (
            edited(&|claims| claims.push((9.into(), 1.into()))),
            Rejected::DeltaMalformed { document: 0 },
        ),
        (
            edited(&|claims| drop(claims.pop())),
            Rejected::DeltaMalformed { document: 0 },
        ),
        (
            edited(&change(1, vec![7; 16])),
            Rejected::NotThisBase { document: 0 },
        ),
        (
            edited(&change(2, vec![7; 16])),
            Rejected::DeltaState { document: 0 },
        ),
        (
            edited(&change(1, vec![7; 15])),
            Rejected::DeltaMalformed { document: 0 },
        ),
        // 3 is blocked already, and 4 is not.
        (
            edited(&change(3, coded(&[0b0000_0110]))),
            Rejected::DeltaContradicts { document: 0 },
        ),
        (
            edited(&change(4, coded(&[0b0000_1000]))),
            Rejected::DeltaContradicts { document: 0 },
        ),
        (
            edited(&change(3, vec![31, 0, 0, 0, 0])),
            Rejected::RiceParameter { document: 0 },
        ),
        (
            edited(&change(3, vec![0, 0, 0, 4, 0, 0])),
            Rejected::RiceCount { document: 0 },
        ),
        (
            edited(&change(3, vec![6, 0, 0, 0, 1])),
            Rejected::RiceCount { document: 0 },
        ),
        (
            edited(&change(3, vec![0, 0, 0, 0, 0, 0])),
            Rejected::RiceSurplus { document: 0 },
        ),
        (
            edited(&change(3, vec![0, 0, 0, 0, 1, 0b0100_0000])),
            Rejected::RicePadding { document: 0 },
        ),
        (
            edited(&change(3, coded(&[0xff, 0xff, 0xff]))),
            Rejected::RiceQuotient { document: 0 },
        ),
    ];
    for (place, (delta, expected)) in rows.into_iter().enumerate() {
        let said = world.apply(&mut store, &delta, NOW + DAY);
        assert_eq!(said, Err(expected.into()), "row {place}");
        let after = store.snapshot(&RUSTCRYPTO).unwrap();
        assert_eq!(after, before, "row {place}");
    }
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let said = world.apply(&mut store, &flipped, NOW + DAY);
    assert_eq!(said, Err(Rejected::ListSignature { document: 0 }.into()));
    // A list is no increment, and the reverse.
    let list = world.list(NOW + DAY, END, &[]);
    let said = world.apply(&mut store, &list, NOW + DAY);
    assert_eq!(said, Err(Rejected::DeltaMalformed { document: 0 }.into()));
    let said = world.take(&mut store, LIST, &good, NOW + DAY);
    assert_eq!(said, Err(Rejected::ListType { document: 0 }.into()));
    assert_eq!(world.apply(&mut store, &good, NOW + DAY), Ok(()));
}
