use std::collections::BTreeSet;
use std::println;
use std::time::{Duration, Instant};
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::super::resident::ResidentForm;
use super::*;
use crate::crypto::{Digest, DigestAlgorithm, RUSTCRYPTO};
use crate::error::Error;
use crate::time::unix_time;

const FORMS: [ResidentForm; 2] = [ResidentForm::Bitmap, ResidentForm::Gaps];
const URI: &str = "https://status.example/1";
const DAY: u64 = 86_400;
const START: u64 = 1_767_225_600;

/// Of Knuth's, so that a year is the same year each time.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (((self.0 >> 32) * u64::from(end)) >> 32) as u32
    }

    /// So many zeros of `list`, which are set in it, ascending.
    fn block(&mut self, list: &mut [u8], count: usize) -> Vec<u32> {
        let len = 8 * list.len() as u32;
        let mut chosen = BTreeSet::new();
        while chosen.len() < count {
            let number = self.below(len);
            let byte = &mut list[number as usize / 8];
            if *byte & 1 << (number % 8) == 0 {
                *byte |= 1 << (number % 8);
                chosen.insert(number);
            }
        }
        chosen.into_iter().collect()
    }
}

fn list_of(numbers: &BTreeSet<u32>, bytes: usize) -> Vec<u8> {
    let mut list = vec![0; bytes];
    for number in numbers {
        list[*number as usize / 8] |= 1 << (number % 8);
    }
    list
}

fn coded(numbers: &[u32]) -> Vec<u8> {
    rice::encode(numbers.iter().copied())
}

fn change(of: &Statuses, invalid: &[u32], valid: &[u32]) -> Result<Statuses, u16> {
    change_coded(of, &coded(invalid), &coded(valid))
}

fn change_coded(of: &Statuses, invalid: &[u8], valid: &[u8]) -> Result<Statuses, u16> {
    let read = |bytes| Rice::parse(bytes, of.len());
    let changed = read(invalid).and_then(|invalid| of.changed(&invalid, &read(valid)?));
    changed.map_err(|fault| Error::from(fault).code())
}

fn state_of(statuses: &Statuses, iat: u64) -> [u8; 16] {
    state(URI, unix_time(iat), statuses, &RUSTCRYPTO).unwrap()
}

/// By Python's hashlib, over `83 73 … 1a 6955b900 5820 …`.
#[test]
fn a_state_by_hand() {
    for form in FORMS {
        let statuses = Statuses::new(vec![0xb9, 0xa3], 1, form);
        let state = state(
            "https://s.example/1",
            unix_time(START),
            &statuses,
            &RUSTCRYPTO,
        );
        assert_eq!(
            hex::encode(state.unwrap()),
            "da968325e383280f75460ac4cca71e97"
        );
    }
}

#[test]
fn a_state_names_address_time_and_list() {
    let of = |uri, iat, list: &[u8]| {
        let statuses = Statuses::new(list.to_vec(), 1, ResidentForm::Gaps);
        state(uri, unix_time(iat), &statuses, &RUSTCRYPTO).unwrap()
    };
    let states = [
        of("a", 1, &[0; 8]),
        of("b", 1, &[0; 8]),
        of("a", 2, &[0; 8]),
        of("a", 1, &[0; 9]),
        of("a", 1, &[0, 0, 0, 0, 0, 0, 0, 1]),
    ];
    assert_eq!(states.iter().collect::<BTreeSet<_>>().len(), states.len());
}

/// A provider that knows no SHA-256 says so.
#[test]
fn without_a_hash_there_is_no_state() {
    let statuses = Statuses::new(vec![0; 8], 1, ResidentForm::Gaps);
    let provider = CryptoProvider {
        digests: &[],
        ..RUSTCRYPTO
    };
    assert_eq!(
        state(URI, unix_time(1), &statuses, &provider),
        Err(CryptoError::Unavailable)
    );
}

/// Hashes as it comes, all at once.
#[derive(Debug)]
struct Whole;

impl Digest for Whole {
    fn algorithm(&self) -> DigestAlgorithm {
        DigestAlgorithm::Sha256
    }

    fn hash(&self, parts: &[&[u8]], out: &mut [u8; 64]) {
        let hash = RUSTCRYPTO.digest(DigestAlgorithm::Sha256).unwrap();
        hash.hash(parts, out);
    }
}

#[test]
fn a_hash_that_cannot_wait_comes_to_the_same_state() {
    let provider = CryptoProvider {
        digests: &[&Whole],
        ..RUSTCRYPTO
    };
    for form in FORMS {
        let list = list_of(&[0, 8191, 8192, 20_000].into(), 2501);
        let statuses = Statuses::new(list, 1, form);
        let whole = state(URI, unix_time(1), &statuses, &provider).unwrap();
        assert_eq!(whole, state_of(&statuses, 1));
    }
}

#[test]
fn each_rule() {
    let invalid: BTreeSet<u32> = [3, 40, 41, 700].into();
    for form in FORMS {
        let before = Statuses::new(list_of(&invalid, 100), 1, form);
        let kept = before.clone();
        let row = |more: &[u32], less: &[u32], code| {
            assert_eq!(
                change(&before, more, less),
                Err(code),
                "{form:?} {more:?} {less:?}"
            );
        };
        // INVALID already: first, in the middle, last.
        row(&[3], &[], 2572);
        row(&[1, 40, 50], &[], 2572);
        row(&[700], &[], 2572);
        // VALID already: before the first, in the middle, after the last.
        row(&[], &[2], 2572);
        row(&[], &[3, 42], 2572);
        row(&[], &[3, 40, 41, 700, 701], 2572);
        row(&[], &[799], 2572);
        // In both, whatever it was; and both right for themselves.
        row(&[3], &[3], 2572);
        row(&[5], &[5], 2572);
        row(&[2, 5], &[3, 5, 40], 2572);
        row(&[799], &[799], 2572);
        assert_eq!(before, kept);
        // Faults of the coded form are found, the last one too.
        let good = coded(&[5]);
        let long = [&good[..], &[0]].concat();
        assert_eq!(change_coded(&before, &long, &[0; 5]), Err(2579));
        assert_eq!(
            change_coded(&before, &[0; 5], &[&coded(&[3])[..], &[0]].concat()),
            Err(2579)
        );
        assert_eq!(
            change_coded(&before, &[0, 0, 0, 0, 1, 1], &[0; 5]),
            Err(2580)
        );
        // The numbers were read for a longer list.
        let far = coded(&[800]);
        let far = Rice::parse(&far, 900).unwrap();
        let none = Rice::parse(&[0; 5], 800).unwrap();
        assert_eq!(before.changed(&far, &none), Err(rejected!(RiceIndex)));
        assert!(before.changed(&none, &far).is_err());
        // Nothing changed.
        assert_eq!(change(&before, &[], &[]), Ok(before.clone()));
    }
}

#[test]
fn lists_without_increments() {
    let none = Rice::parse(&[0; 5], 800).unwrap();
    let one = Statuses::new(vec![0; 100], 1, ResidentForm::Gaps);
    for bits in [2, 4, 8] {
        let several = Statuses::new(vec![0; 100], bits, ResidentForm::Gaps);
        assert_eq!(several.changed(&none, &none), Err(rejected!(NotThisBase)));
        assert_eq!(difference(&several, &several), None);
        assert_eq!(difference(&one, &several), None);
    }
    let longer = Statuses::new(vec![0; 101], 1, ResidentForm::Gaps);
    assert_eq!(difference(&one, &longer), None);
}

/// A list grows too dense for gaps, and comes back.
#[test]
fn the_form_follows_the_list() {
    let all: Vec<u32> = (0..8000).filter(|number| number % 2 == 0).collect();
    let sparse = Statuses::new(list_of(&[4001].into(), 1000), 1, ResidentForm::Gaps);
    assert!(sparse.bitmap().is_none());
    let dense = change(&sparse, &all, &[]).unwrap();
    assert!(dense.bitmap().is_some());
    assert_eq!(change(&dense, &[], &all), Ok(sparse));
}

proptest! {
    #[test]
    fn what_differs_makes_the_other(
        before in proptest::collection::btree_set(0..8000_u32, 0..300),
        after in proptest::collection::btree_set(0..8000_u32, 0..300),
        dense in any::<bool>(),
    ) {
        let bytes = if dense { 1000 } else { 5000 };
        for (one, other) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let from = Statuses::new(list_of(&before, bytes), 1, FORMS[one]);
            let to = Statuses::new(list_of(&after, bytes), 1, FORMS[other]);
            let (more, less) = difference(&from, &to).unwrap();
            prop_assert_eq!(&more, &after.difference(&before).copied().collect::<Vec<_>>());
            prop_assert_eq!(&less, &before.difference(&after).copied().collect::<Vec<_>>());
            let made = change(&from, &more, &less).unwrap();
            prop_assert_eq!(made.to_list(), to.to_list());
            if one == other {
                prop_assert_eq!(&made, &to);
            }
            prop_assert_eq!(state_of(&made, 1), state_of(&to, 1));
            if !(more.is_empty() && less.is_empty()) {
                prop_assert_eq!(change(&made, &more, &less), Err(2572));
            }
        }
    }

    /// Of right and wrong increments both forms say the same.
    #[test]
    fn both_forms_judge_alike(
        before in proptest::collection::btree_set(0..300_u32, 0..30),
        more in proptest::collection::btree_set(0..300_u32, 0..4),
        less in proptest::collection::btree_set(0..300_u32, 0..2),
        right in any::<bool>(),
    ) {
        let mut less: BTreeSet<u32> = less;
        if right {
            less = before.iter().copied().step_by(3).collect();
        }
        let (more, less): (Vec<u32>, Vec<u32>) = (more.into_iter().collect(), less.into_iter().collect());
        let bitmap = Statuses::new(list_of(&before, 400), 1, ResidentForm::Bitmap);
        let gaps = Statuses::new(list_of(&before, 400), 1, ResidentForm::Gaps);
        prop_assert!(gaps.bitmap().is_none());
        let made = change(&bitmap, &more, &less).map(|made| made.to_list());
        prop_assert_eq!(change(&gaps, &more, &less).map(|made| made.to_list()), made.clone());
        let fine = more.iter().all(|n| !before.contains(n)) && less.iter().all(|n| before.contains(n));
        prop_assert_eq!(made.is_ok(), fine);
    }
}

/// One of a year's increments: what it is for, what it leads to, and what it holds.
struct Daily {
    from: [u8; 16],
    to: [u8; 16],
    invalid: Vec<u8>,
    valid: Vec<u8>,
}

/// A year's increments of an issuer, each day so many blocked and some freed, and the last list.
fn year(bytes: usize, block: usize, free: usize) -> (Vec<Daily>, Vec<u8>) {
    let mut lcg = Lcg(18_013);
    let mut list = vec![0; bytes];
    let mut published = Statuses::new(list.clone(), 1, ResidentForm::Bitmap);
    let mut from = state_of(&published, START);
    let mut days = Vec::new();
    for day in 1..=365 {
        let free: Vec<u32> = {
            let blocked: Vec<u32> = published.invalid().unwrap().collect();
            let count = u32::try_from(blocked.len()).unwrap();
            let mut chosen = BTreeSet::new();
            while chosen.len() < free.min(blocked.len()) {
                chosen.insert(blocked[lcg.below(count) as usize]);
            }
            chosen.into_iter().collect()
        };
        lcg.block(&mut list, block);
        for number in free {
            list[number as usize / 8] ^= 1 << (number % 8);
        }
        let next = Statuses::new(list.clone(), 1, ResidentForm::Bitmap);
        let (invalid, valid) = difference(&published, &next).unwrap();
        let to = state_of(&next, START + day * DAY);
        days.push(Daily {
            from,
            to,
            invalid: coded(&invalid),
            valid: coded(&valid),
        });
        (published, from) = (next, to);
    }
    (days, list)
}

#[test]
fn a_year_of_increments() {
    let (days, last) = year(75_000, 18, 2);
    for form in FORMS {
        let mut held = Statuses::new(vec![0; 75_000], 1, form);
        let mut state = state_of(&held, START);
        for (day, daily) in (1..).zip(&days) {
            assert_eq!(state, daily.from, "{day}");
            held = change_coded(&held, &daily.invalid, &daily.valid).unwrap();
            state = state_of(&held, START + day * DAY);
            assert_eq!(state, daily.to, "{day}");
        }
        assert_eq!(held, Statuses::new(last.clone(), 1, form));
        assert_eq!(held.to_list(), last);
        let full = Statuses::new(last.clone(), 1, form);
        assert_eq!(state, state_of(&full, START + 365 * DAY));
    }
}

/// Whoever missed a day holds no state that a later increment is for; and if it were applied for
/// all that, it would not lead where it promises.
#[test]
fn a_day_left_out_is_noticed() {
    let (days, _) = year(75_000, 18, 2);
    for form in FORMS {
        for left_out in [0, 1, 100, 363] {
            let mut held = Statuses::new(vec![0; 75_000], 1, form);
            let mut state = state_of(&held, START);
            for (day, daily) in (1..).zip(&days).take(left_out) {
                held = change_coded(&held, &daily.invalid, &daily.valid).unwrap();
                state = state_of(&held, START + day * DAY);
            }
            for (day, daily) in (1..).zip(&days).skip(left_out + 1) {
                assert_ne!(state, daily.from, "{left_out} {day}");
            }
            let next = &days[left_out + 1];
            if let Ok(made) = change_coded(&held, &next.invalid, &next.valid) {
                assert_ne!(
                    state_of(&made, START + (left_out as u64 + 2) * DAY),
                    next.to
                );
            }
        }
    }
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let made = what();
    (made, start.elapsed())
}

/// `cargo test --release --lib measure_ -- --ignored --nocapture --test-threads=1`. A reader looks up
/// where it verifies a card, which takes so much longer that no benchmark sees the look-up.
#[test]
#[ignore = "measures times, which are no verdict"]
fn measure_look_ups() {
    const LEN: u32 = 60_000_000;
    for per_mille in [1, 10, 20] {
        let mut lcg = Lcg(per_mille as u64);
        let mut list = vec![0; LEN as usize / 8];
        let blocked = lcg.block(&mut list, LEN as usize / 1000 * per_mille);
        println!("--- {} blocked of {LEN}", blocked.len());
        let any: Vec<u32> = (0..1_000_000).map(|_| lcg.below(LEN)).collect();
        let hits: Vec<u32> = (0..1_000_000)
            .map(|_| blocked[lcg.below(blocked.len() as u32) as usize])
            .collect();
        for form in FORMS {
            let statuses = Statuses::new(list.clone(), 1, form);
            for (which, asked) in [("any", &any), ("blocked", &hits)] {
                // The quickest of a thousand tries: neighbours on the machine take their share of most.
                let tries = asked.chunks(1000).map(|asked| {
                    let look_up = |index: &u32| statuses.status(u64::from(*index));
                    timed(|| asked.iter().filter_map(look_up).map(u32::from).sum::<u32>())
                });
                let (sums, times): (Vec<_>, Vec<_>) = tries.unzip();
                let blocked: u32 = sums.iter().sum();
                let each = times.iter().min().unwrap().as_nanos() / 1000;
                println!("{form:?}: {which} {each} ns, {blocked} of a million blocked");
            }
            let worst = blocked[..4096].iter().map(|index| {
                let tries = (0..5).map(|_| timed(|| statuses.status(u64::from(*index))).1);
                tries.min().unwrap()
            });
            println!("{form:?}: slowest of 4096 {:?}", worst.max().unwrap());
        }
    }
}

/// Cards blocked side by side make codes short, and 64 wide gaps after them are the longest walk.
#[test]
#[ignore = "measures a time, which is no verdict"]
fn measure_the_longest_walk() {
    let wide = (1..=256).map(|n| 1_000_000 + n * 256);
    let numbers: BTreeSet<u32> = (0..1_000_000).chain(wide).collect();
    let statuses = Statuses::new(list_of(&numbers, 7_500_000), 1, ResidentForm::Gaps);
    assert!(statuses.bitmap().is_none());
    let asked = (1_000_000..1_065_536_u32).step_by(32);
    let each = asked.map(|index| {
        let tries = (0..5).map(|_| timed(|| statuses.status(u64::from(index))).1);
        tries.min().unwrap()
    });
    println!(
        "{} B resident, slowest {:?}",
        statuses.byte_len(),
        each.max()
    );
}
