//! Attacks on what a store takes and says.

use ciborium::Value;
use vitacard::crypto::{Algorithm, PublicKey, RUSTCRYPTO, SoftwareSigner};
use vitacard::reader::{
    Conditions, DeviceRequest, DeviceResponse, Exchange, Policy, ResidentForm, RevokedDelegations,
    Slot, Standing, StatusEvidence, StatusStore, StatusTrust, StoreLimits, Taken, TrustPoint,
    UnknownStatus,
};
use vitacard::trust::AnchorId;
use vitacard::{Error, Misuse, Rejected, unix_time};

use crate::forged::{Claims, at, edited};
use crate::lending::*;
use crate::pki::{Entity, Profile};
use crate::power::saved;
use crate::world::*;

const END: u64 = NOW + 20 * DAY;

fn judge(
    insurer: &Insurer,
    response: &[u8],
    status: StatusEvidence<'_>,
    policy: &Policy,
) -> Result<Standing, Error> {
    let (asked, transcript) = (asking(true), transcript());
    let conditions = Conditions::new(unix_time(NOW), policy).with_status(status);
    let exchange = Exchange::new(&transcript, conditions)
        .with_request(DeviceRequest::parse(&asked)?)
        .for_purpose(MEDICINE);
    let verified = insurer
        .reader()
        .verify(DeviceResponse::parse(response)?, &exchange)?;
    Ok(verified.documents().next().unwrap().standing())
}

fn map(entries: Vec<(&str, Value)>) -> Value {
    Value::Map(entries.into_iter().map(|(k, v)| (k.into(), v)).collect())
}

/// What the caller passes is known "besides": it must not hide what the store knows.
#[test]
fn a_list_of_the_callers_does_not_free_what_the_store_revokes() {
    let world = World::new();
    let lent = lent(&world.insurer, &world.card, request_draft(), 30 * DAY);
    let response = show(&lent, NOW).unwrap().to_bytes();
    let mut store = world.store();
    world
        .take(&mut store, LIST, &world.list(NOW, END, &[]), NOW)
        .unwrap();
    let loans = world.revoked(NOW, END, &[lent.id().as_bytes()]);
    world.take(&mut store, REVOKED, &loans, NOW).unwrap();
    let lists = [RevokedDelegations::at(REVOKED, &[])];
    let evidence = StatusEvidence::of(&store).with_revoked_delegations(&lists);
    let said = judge(&world.insurer, &response, evidence, &Policy::default());
    assert_eq!(
        said,
        Err(Rejected::DelegationRevoked { document: 0 }.into())
    );
}

/// One list is readable and blocks the card; what is said of the other is not readable.
#[test]
fn a_reference_that_cannot_be_read_does_not_hide_the_other() {
    let world = World::new();
    let place = map(vec![("idx", PLACE.into()), ("uri", LIST.into())]);
    let other = map(vec![
        ("id", 7.into()),
        ("uri", "https://status.example/2".into()),
    ]);
    let status = map(vec![("status_list", place), ("identifier_list", other)]);
    let card = world
        .insurer
        .issue(world.insurer.draft(MOTHER).with_status(status));
    let card = world.insurer.accept(&card);
    let mut store = world.store();
    world
        .take(&mut store, LIST, &world.list(NOW, END, &[PLACE]), NOW)
        .unwrap();
    let mut policy = Policy::default();
    policy.unknown_status = UnknownStatus::Degrade;
    let said = world.says_of(&card, &store, NOW, &policy);
    assert_eq!(said, Err(Rejected::StatusInvalid { document: 0 }.into()));
}

/// The power goes while the very first snapshot is written: it is as if nothing had been.
#[test]
fn the_power_goes_at_the_first_snapshot() {
    let mut store = World::new().store();
    let (slot, bytes) = saved(&mut store);
    assert_eq!(slot, Slot::A);
    let limits = StoreLimits::default();
    for (cut, blank) in (0..bytes.len()).flat_map(|cut| [(cut, 0), (cut, 0xff)]) {
        let mut flash = vec![blank; bytes.len()];
        flash[..cut].copy_from_slice(&bytes[..cut]);
        for a in [&flash[..], &bytes[..cut]] {
            let opened = StatusStore::open([a, &[0xff; 64]], limits, &RUSTCRYPTO);
            assert_eq!(opened.map(|store| store.followed().count()), Ok(0), "{cut}");
        }
        // Where the other slot was written once, something is lost.
        let damaged = Rejected::SnapshotDamaged { document: 0 };
        let opened = StatusStore::open([&flash, &[7; 64]], limits, &RUSTCRYPTO);
        assert_eq!(opened.map(drop), Err(damaged.into()), "{cut}");
    }
}

/// The newest snapshot fits; only the older one does not.
#[test]
fn an_older_snapshot_beyond_the_limits() {
    let world = World::new();
    let mut store = world.store();
    world
        .take(&mut store, LIST, &world.list(NOW, END, &[]), NOW)
        .unwrap();
    let (_, older) = saved(&mut store);
    store.unfollow(LIST, world.point);
    let (_, newer) = saved(&mut store);
    let mut limits = StoreLimits::default();
    limits.list_bytes = 100;
    let opened = StatusStore::open([&older, &newer], limits, &RUSTCRYPTO);
    assert_eq!(opened.map(drop), Ok(()));
}

#[test]
fn a_snapshot_of_more_lists_or_bytes_than_the_limits() {
    let world = World::new();
    let mut store = world.store();
    let mixed: Vec<u64> = (0..1000).step_by(2).collect();
    world
        .take(&mut store, LIST, &world.list(NOW, END, &mixed), NOW)
        .unwrap();
    let (_, bytes) = saved(&mut store);
    let damaged = Err(Rejected::SnapshotDamaged { document: 0 }.into());
    for change in [
        |limits: &mut StoreLimits| limits.lists = 1,
        |limits: &mut StoreLimits| limits.list_bytes = 10,
    ] {
        let mut limits = StoreLimits::default();
        change(&mut limits);
        let opened = StatusStore::open([&bytes, &[]], limits, &RUSTCRYPTO);
        assert_eq!(opened.map(drop), damaged, "{limits:?}");
    }
}

/// `prepare` refuses both; no reader takes either.
#[test]
fn an_increment_that_no_reader_takes_is_not_made() {
    let world = World::new();
    let make = |iat, exp| {
        let (older, newer) = (world.draft(NOW, END, &[]), world.draft(iat, exp, &[3]));
        let made = newer.increment_from(&older, &[&world.lister.der], &RUSTCRYPTO);
        made.map(drop)
    };
    let iat = NOW + DAY;
    assert_eq!(make(iat, iat), Err(Misuse::InvalidValidity.into()));
    let late = NOW + 3650 * DAY;
    assert_eq!(
        make(late, late + DAY),
        Err(Misuse::SignedOutsideLeaf.into())
    );
}

/// Each cap has an error of its own.
#[test]
fn an_increment_that_is_too_large() {
    let world = World::new();
    let mut limits = StoreLimits::default();
    let (old, new) = (
        world.draft(NOW, END, &[]),
        world.draft(NOW + DAY, END, &[3]),
    );
    let delta = world.increment(&old, &new);
    limits.token_bytes = delta.len() - 1;
    let mut store = StatusStore::new(limits);
    store.follow(LIST, world.point).unwrap();
    let said = world.apply(&mut store, &delta, NOW + DAY);
    assert_eq!(said, Err(Rejected::ListTooLarge { document: 0 }.into()));
}

/// No reader asks more often than each quarter of an hour.
#[test]
fn a_ttl_of_nothing() {
    let world = World::new();
    let draft = world.draft(NOW, END, &[]).with_ttl(0);
    let key = SoftwareSigner::from_bytes(&world.lister.key.scalar()).unwrap();
    let token = draft
        .prepare(Algorithm::ES256, &[&world.lister.der], &RUSTCRYPTO)
        .unwrap()
        .sign(&key, &RUSTCRYPTO)
        .unwrap();
    let anchors = world.insurer.anchors();
    for seed in 0..16 {
        let mut store = StatusStore::new(StoreLimits::default());
        store.follow(LIST, world.point).unwrap();
        let (trust, rng) = (StatusTrust::anchors(&anchors), &mut Seeded(seed));
        store
            .accept(&token, LIST, &trust, &RUSTCRYPTO, unix_time(NOW), rng)
            .unwrap();
        let due = store.due(unix_time(NOW + 15 * 60 - 1)).count();
        assert_eq!(due, 0, "seed {seed}");
    }
}

/// The floor is also the date of the program: a new store takes no list of 2017 by a clock of 2017.
#[test]
fn a_clock_before_the_firmware() {
    let mut store = StatusStore::new(StoreLimits::default());
    let point = AnchorId::from_bytes([7; 32]);
    store.follow(LIST, TrustPoint::Anchor(point)).unwrap();
    let world = World::new();
    let set = |claims: &mut Claims| {
        *at(claims, 4) = 1_500_001_000.into();
        *at(claims, 6) = 1_500_000_000.into();
    };
    let old = edited(&world.list(NOW, END, &[]), &world.lister, &set);
    let lister = PublicKey::p256(&world.lister.key.public_sec1()).unwrap();
    let trust = StatusTrust::key(&lister, point);
    let now = unix_time(1_500_000_000);
    let taken = store.accept(&old, LIST, &trust, &RUSTCRYPTO, now, &mut Seeded(1));
    assert_eq!(taken, Err(Misuse::ClockNotSet.into()));
}

/// Blocks of DEFLATE that say nothing cost a table each and yield no byte, so that a cap of what comes
/// out does not bound the work: 20 MiB of them would take minutes.
#[test]
fn deflate_that_yields_nothing() {
    let world = World::new();
    // `0 10` and the end of block, 0000000: ten bits each, least significant first; 4 in 5 bytes.
    let mut deflated = vec![0x78, 0xda];
    let one = 0b010_u64;
    let four = one | one << 10 | one << 20 | one << 30;
    for _ in 0..20_000 {
        deflated.extend(&four.to_le_bytes()[..5]);
    }
    deflated.extend([1, 0, 0, 0xff, 0xff, 0, 0, 0, 1]);
    let bomb = edited(&world.list(NOW, END, &[]), &world.lister, &|claims| {
        let list = at(claims, 65_533).as_map_mut().unwrap();
        let lst = list.iter_mut().find(|(key, _)| *key == "lst".into());
        lst.unwrap().1 = deflated.clone().into();
    });
    let mut store = world.store();
    let taken = world.take(&mut store, LIST, &bomb, NOW);
    assert_eq!(taken, Err(Rejected::ListInflate { document: 0 }.into()));
}

/// Each list has room of its own: who is trusted for one cannot keep the news of another from being held.
#[test]
fn one_trusted_issuer_does_not_fill_the_room_of_all() {
    let world = World::new();
    let mut limits = StoreLimits::default();
    limits.list_bytes = 125;
    let mut store = StatusStore::new(limits);
    store.follow(LIST, world.point).unwrap();
    let list = world.list(NOW, END, &[]);
    world.take(&mut store, LIST, &list, NOW).unwrap();
    // Another issuer, whose cards name this certificate.
    let other = Entity::reader_root().issue(Profile::status_signer(), "another list signer");
    let point = TrustPoint::certificate(&other.der, &RUSTCRYPTO).unwrap();
    const THEIRS: &str = "https://elsewhere.example/1";
    store.follow(THEIRS, point).unwrap();
    let mixed: Vec<_> = (0..1000).step_by(2).map(|place| (place, 1)).collect();
    let big = world.list_by(&other, THEIRS, 1, NOW, END, &mixed);
    let (trust, now) = (StatusTrust::certificate(&other.der), unix_time(NOW));
    let taken = store.accept(&big, THEIRS, &trust, &RUSTCRYPTO, now, &mut Seeded(7));
    assert_eq!(taken, Ok(Taken::Newer));
    let news = world.list(NOW + 1, END, &[3, 7, PLACE]);
    let taken = world.take(&mut store, LIST, &news, NOW + 1);
    let said = world.says(&store, NOW + 1);
    let blocked = Err(Rejected::StatusInvalid { document: 0 }.into());
    assert_eq!(said, blocked, "{taken:?}");
}

/// There is one list at an address. Were the other one due for ever, an issuer could have all readers
/// ask another's server without end.
#[test]
fn an_address_under_two_trust_points_is_not_due_for_ever() {
    let world = World::new();
    let mut store = StatusStore::new(StoreLimits::default());
    let evil = TrustPoint::Anchor(AnchorId::from_bytes([7; 32]));
    store.follow(LIST, evil).unwrap();
    store.follow(LIST, world.point).unwrap();
    for _ in 0..3 {
        let taken = world.take(&mut store, LIST, &world.list(NOW, END, &[]), NOW);
        assert!(taken.is_ok());
    }
    assert_eq!(store.due(unix_time(NOW)).count(), 0);
    // It is put off for half an hour, and not for as long as the other issuer proposes.
    let soon = NOW + 30 * 60;
    let due: Vec<_> = store
        .due(unix_time(soon))
        .map(|list| list.trust_point())
        .collect();
    assert_eq!(due, [evil]);
}

/// A leaf that says that it is a reader's signs no list.
#[test]
fn a_pinned_key_with_a_readers_certificate() {
    let world = World::new();
    let reader = world.insurer.root.issue(Profile::mdoc_reader(), "a reader");
    let key = PublicKey::p256(&reader.key.public_sec1()).unwrap();
    let mut anchors = world.insurer.anchors();
    anchors.pin_key(key);
    let TrustPoint::Certificate(hash) =
        TrustPoint::certificate(&reader.key.public_sec1(), &RUSTCRYPTO).unwrap()
    else {
        unreachable!()
    };
    let point = TrustPoint::Anchor(AnchorId::from_bytes(hash));
    let mut store = StatusStore::new(StoreLimits::default());
    store.follow(LIST, point).unwrap();
    let named = crate::forged::signed_by(&world.list(NOW, END, &[]), &reader);
    let (trust, now) = (StatusTrust::anchors(&anchors), unix_time(NOW));
    let taken = store.accept(&named, LIST, &trust, &RUSTCRYPTO, now, &mut Seeded(7));
    assert_eq!(taken, Err(Rejected::ListSigner { document: 0 }.into()));
}

/// An increment comes with the chain of its signer, whatever is trusted.
#[test]
fn an_increment_without_a_chain() {
    let world = World::new();
    let lister = PublicKey::p256(&world.lister.key.public_sec1()).unwrap();
    let point = AnchorId::from_bytes([7; 32]);
    let trust = StatusTrust::key(&lister, point);
    let mut store = StatusStore::new(StoreLimits::default());
    store.follow(LIST, TrustPoint::Anchor(point)).unwrap();
    let (now, rng) = (unix_time(NOW + DAY), &mut Seeded(7));
    store
        .accept(
            &world.list(NOW, END, &[]),
            LIST,
            &trust,
            &RUSTCRYPTO,
            now,
            rng,
        )
        .unwrap();
    let (old, new) = (
        world.draft(NOW, END, &[]),
        world.draft(NOW + DAY, END, &[3]),
    );
    let delta = world.increment(&old, &new);
    let delta = crate::forged::unchained(&delta, &world.lister);
    let said = store.apply(&delta, LIST, &trust, &RUSTCRYPTO, now, &mut Seeded(7));
    assert_eq!(said, Err(Rejected::DeltaMalformed { document: 0 }.into()));
}

/// A list of no card, and one that ends at the end of time.
#[test]
fn the_ends_of_lists_and_of_time() {
    let world = World::new();
    // No cards at all; the ends of time.
    for form in [ResidentForm::Gaps, ResidentForm::Bitmap] {
        let mut limits = StoreLimits::default();
        limits.form = form;
        let mut store = StatusStore::new(limits);
        store.follow(LIST, world.point).unwrap();
        let set = |claims: &mut Claims| *at(claims, 4) = u64::MAX.into();
        let none = edited(&world.list_at(LIST, 0, NOW, END, &[]), &world.lister, &set);
        assert_eq!(world.take(&mut store, LIST, &none, NOW), Ok(Taken::Newer));
        let said = world.says(&store, NOW);
        assert_eq!(said, Err(Rejected::StatusIndex { document: 0 }.into()));
        let (_, bytes) = saved(&mut store);
        let mut other = limits;
        other.form = ResidentForm::Bitmap;
        let mut opened = StatusStore::open([&bytes, &[]], other, &RUSTCRYPTO).unwrap();
        assert_eq!(world.take(&mut opened, LIST, &none, NOW), Ok(Taken::Same));
        let all: Vec<_> = (0..1000).collect();
        let (a, b) = (world.draft(NOW, END, &all), world.draft(NOW + 1, END, &[]));
        let _ = world.increment(&a, &b);
    }
}

/// Forms agree across increments, restarts and changes of form.
#[test]
fn forms_agree_across_increments_and_restarts() {
    let world = World::new();
    let blocked = |n: u64, step: usize| (n..1000).step_by(step).collect::<Vec<u64>>();
    let days = [
        blocked(0, 900),
        blocked(1, 2),
        blocked(3, 77),
        vec![],
        blocked(0, 1),
        vec![999],
    ];
    for first in [ResidentForm::Gaps, ResidentForm::Bitmap] {
        let mut limits = StoreLimits::default();
        limits.form = first;
        let mut store = StatusStore::new(limits);
        store.follow(LIST, world.point).unwrap();
        world
            .take(&mut store, LIST, &world.list(NOW, END, &days[0]), NOW)
            .unwrap();
        for (day, pair) in days.windows(2).enumerate() {
            let (old, new) = (NOW + day as u64, NOW + day as u64 + 1);
            let delta = world.increment(
                &world.draft(old, END, &pair[0]),
                &world.draft(new, END, &pair[1]),
            );
            assert_eq!(world.apply(&mut store, &delta, new), Ok(()), "{day}");
            for form in [ResidentForm::Gaps, ResidentForm::Bitmap, first] {
                let (_, bytes) = saved(&mut store);
                limits.form = form;
                store = StatusStore::open([&bytes, &[]], limits, &RUSTCRYPTO).unwrap();
                let same = world.list(new, END, &pair[1]);
                let taken = world.take(&mut store.clone(), LIST, &same, new);
                assert_eq!(taken, Ok(Taken::Same), "{day} {form:?}");
            }
        }
    }
}

/// A list has an address and a certificate that are not empty; `StatusListDraft` says so, and what
/// names the list does not: every reader refuses the card as `StatusUnknown`.
#[test]
fn a_reference_to_nowhere_is_not_issued() {
    use vitacard::issuer::StatusReference;
    let world = World::new();
    for status in [
        StatusReference::status_list(PLACE, ""),
        StatusReference::status_list(PLACE, LIST).with_certificate(&[]),
    ] {
        let draft = world.insurer.draft(MOTHER).with_status(status);
        let made = draft.prepare(Algorithm::ES256, &RUSTCRYPTO, &mut Seeded(1));
        assert_eq!(made.map(drop), Err(Misuse::ListAddressEmpty.into()));
    }
}

/// "How many cards are blocked is the issuer's affair": of a list logs get where and when.
#[test]
fn an_increment_in_a_log() {
    let world = World::new();
    let many: Vec<_> = (0..1000).step_by(3).collect();
    let (old, new) = (world.draft(NOW, END, &[]), world.draft(NOW + 1, END, &many));
    let made = new.increment_from(&old, &[&world.lister.der], &RUSTCRYPTO);
    let printed = format!("{:?}", made.unwrap());
    assert!(printed.len() < 400, "{} characters", printed.len());
}
