use std::collections::BTreeSet;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;

const FORMS: [ResidentForm; 2] = [ResidentForm::Bitmap, ResidentForm::Gaps];

fn list_of(numbers: &BTreeSet<u32>, bytes: usize) -> Vec<u8> {
    let mut list = vec![0; bytes];
    for number in numbers {
        list[*number as usize / 8] |= 1 << (number % 8);
    }
    list
}

fn is_gaps(statuses: &Statuses) -> bool {
    matches!(statuses.form, Form::Gaps(_))
}

#[test]
fn the_drafts_own_example() {
    for form in FORMS {
        let statuses = Statuses::new(vec![0xb9, 0xa3], 1, form);
        let expected = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
        for (index, status) in (0..).zip(expected) {
            assert_eq!(statuses.status(index), Some(status), "{index}");
        }
        assert_eq!((statuses.status(16), statuses.len()), (None, 16));
        assert_eq!(statuses.status(u64::MAX), None);
    }
}

/// Token Status List, section 4.1: a list of two bits.
#[test]
fn the_drafts_example_of_two_bits() {
    let statuses = Statuses::new(vec![0xc9, 0x44, 0xf9], 2, ResidentForm::Gaps);
    let expected = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
    let read: Vec<_> = (0..12)
        .map(|index| statuses.status(index).unwrap())
        .collect();
    assert_eq!(read, expected);
    assert_eq!(statuses.status(12), None);
}

#[test]
fn several_bits() {
    let list = vec![0b1110_0100, 0b0001_1011];
    let row = |bits, expected: &[u8]| {
        for form in FORMS {
            let statuses = Statuses::new(list.clone(), bits, form);
            assert_eq!(statuses.bits(), bits);
            assert_eq!(statuses.len(), expected.len() as u64);
            let read: Vec<_> = (0..statuses.len())
                .map(|at| statuses.status(at).unwrap())
                .collect();
            assert_eq!(read, expected);
            for past in [statuses.len(), statuses.len() + 1, u64::MAX / 2, u64::MAX] {
                assert_eq!(statuses.status(past), None, "{past}");
            }
            assert_eq!(statuses.to_list(), list);
            assert!(!is_gaps(&statuses));
        }
    };
    row(2, &[0, 1, 2, 3, 3, 2, 1, 0]);
    row(4, &[4, 14, 11, 1]);
    row(8, &[0b1110_0100, 0b0001_1011]);
}

#[test]
fn an_empty_list_has_no_index() {
    for form in FORMS {
        for bits in [1, 2, 4, 8] {
            let statuses = Statuses::new(vec![], bits, form);
            assert_eq!((statuses.len(), statuses.status(0)), (0, None));
            assert!(statuses.to_list().is_empty());
        }
    }
}

#[test]
fn nothing_blocked_takes_nothing() {
    let statuses = Statuses::new(vec![0; 7_500_000], 1, ResidentForm::Gaps);
    assert_eq!(statuses.byte_len(), 5);
    assert_eq!(statuses.status(0), Some(0));
    assert_eq!(statuses.status(59_999_999), Some(0));
    assert_eq!(statuses.status(60_000_000), None);
    assert!(statuses.to_list().iter().all(|byte| *byte == 0));
}

#[test]
fn dense_lists_stay_bitmaps() {
    let dense = Statuses::new(vec![0x55; 1000], 1, ResidentForm::Gaps);
    assert!(!is_gaps(&dense));
    assert_eq!(dense.byte_len(), 1000);
    // All are: gaps of 0, a bit each, and marks.
    assert!(!is_gaps(&Statuses::new(
        vec![0xff; 1000],
        1,
        ResidentForm::Gaps
    )));
}

/// With k = 0 each zero of the last byte's padding would be a number.
#[test]
fn padding_is_no_number() {
    for last in 0..20 {
        let numbers: BTreeSet<u32> = (0..=last).collect();
        let statuses = Statuses::new(list_of(&numbers, 100), 1, ResidentForm::Gaps);
        assert!(is_gaps(&statuses));
        for index in 0..800 {
            assert_eq!(statuses.status(index), Some(u8::from(index <= last.into())));
        }
    }
}

/// A cluster makes k small, and the hole after it would be a long run of ones.
#[test]
fn a_hole_is_not_walked_in_unary() {
    let numbers: BTreeSet<u32> = (0..2000).chain([900_000]).collect();
    let statuses = Statuses::new(list_of(&numbers, 125_000), 1, ResidentForm::Gaps);
    let Form::Gaps(gaps) = &statuses.form else {
        panic!("gaps are shorter");
    };
    assert_eq!(gaps.numbers().collect::<BTreeSet<_>>(), numbers);
    assert_eq!(statuses.status(900_000), Some(1));
    assert_eq!(statuses.status(899_999), Some(0));
    // 898,000 >> k is at most 256, so that k is 12 at least.
    assert!(gaps.byte_len() > 2000 * 13 / 8);
}

proptest! {
    #[test]
    fn both_forms_say_the_same(
        numbers in proptest::collection::btree_set(0..60_000_u32, 0..500),
        asked in proptest::collection::vec(0..61_000_u64, 50),
        odd in 0..8_usize,
    ) {
        let bytes = 7500 + odd;
        let list = list_of(&numbers, bytes);
        let gaps = Statuses::new(list.clone(), 1, ResidentForm::Gaps);
        let bitmap = Statuses::new(list.clone(), 1, ResidentForm::Bitmap);
        prop_assert!(is_gaps(&gaps) && !is_gaps(&bitmap));
        let all = numbers.iter().map(|number| u64::from(*number));
        for index in asked.into_iter().chain(all.clone()).chain(all.map(|index| index + 1)) {
            prop_assert_eq!(gaps.status(index), bitmap.status(index));
            let held = u32::try_from(index).is_ok_and(|index| numbers.contains(&index));
            let there = index < 8 * bytes as u64;
            prop_assert_eq!(gaps.status(index), there.then_some(u8::from(held)));
        }
        prop_assert_eq!(gaps.to_list(), &list[..]);
        prop_assert_eq!(bitmap.to_list(), &list[..]);
        for statuses in [&gaps, &bitmap] {
            prop_assert_eq!(&statuses.invalid().unwrap().collect::<BTreeSet<_>>(), &numbers);
        }
        prop_assert!(gaps.byte_len() < bitmap.byte_len());
    }

    /// Clusters, holes and both ends, where windows and marks meet.
    #[test]
    fn runs(
        runs in proptest::collection::vec((0..400_000_u32, 1..300_u32), 0..12),
        bytes in 40_000..50_000_usize,
    ) {
        let numbers: BTreeSet<u32> = runs
            .into_iter()
            .flat_map(|(from, count)| from..from + count)
            .filter(|number| *number < 8 * bytes as u32)
            .collect();
        let list = list_of(&numbers, bytes);
        let gaps = Statuses::new(list.clone(), 1, ResidentForm::Gaps);
        prop_assert_eq!(gaps.to_list(), list);
        for number in &numbers {
            for near in number.saturating_sub(2)..number + 3 {
                let expected = (near < 8 * bytes as u32).then(|| u8::from(numbers.contains(&near)));
                prop_assert_eq!(gaps.status(near.into()), expected);
            }
        }
    }
}
