use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::error::Error;

fn decode(bytes: &[u8], len: u64) -> Result<Vec<u32>, Rejected> {
    Rice::parse(bytes, len)?.numbers().collect()
}

fn encode_with(k: u8, numbers: &[u32]) -> Vec<u8> {
    let mut shape = Shape::default();
    numbers.iter().for_each(|number| shape.add(*number));
    shape.code(k).write(numbers.iter().copied())
}

/// D.5 read bit by bit: the numbers, or the number of the fault.
fn oracle(bytes: &[u8], len: u64) -> Result<Vec<u32>, u16> {
    if bytes.len() < 5 {
        return Err(2578);
    }
    let k = bytes[0] as usize;
    let count = u32::from_be_bytes(bytes[1..5].try_into().unwrap()) as u64;
    if k > 30 || count == 0 && k != 0 {
        return Err(2574);
    }
    if count == 0 && bytes.len() > 5 {
        return Err(2579);
    }
    if count > len || count > 8 * (bytes.len() as u64 - 5) / (k as u64 + 1) {
        return Err(2575);
    }
    let mut bits = bytes[5..]
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |place| byte >> place & 1));
    let mut numbers = Vec::new();
    let mut next = 0_u128;
    for _ in 0..count {
        let mut quotient = 0_u64;
        while bits.next().ok_or(2578_u16)? == 1 {
            quotient += 1;
            if quotient > (len - 1) >> k {
                return Err(2576);
            }
        }
        let mut gap = quotient as u128;
        for _ in 0..k {
            gap = gap << 1 | bits.next().ok_or(2578_u16)? as u128;
        }
        let number = next + gap;
        if number >= len as u128 || number > u32::MAX as u128 {
            return Err(2577);
        }
        numbers.push(number as u32);
        next = number + 1;
    }
    let rest: Vec<_> = bits.collect();
    match rest.len() {
        8.. => Err(2579),
        _ if rest.contains(&1) => Err(2580),
        _ => Ok(numbers),
    }
}

#[test]
fn of_nothing() {
    assert_eq!(encode([].into_iter()), [0; 5]);
    assert_eq!(decode(&[0; 5], 0), Ok(vec![]));
    assert_eq!(decode(&[0; 5], 9), Ok(vec![]));
}

/// By hand: 3, 4, 9 with k = 1 are gaps 3, 0, 4: 10|1, 0|0, 110|0.
#[test]
fn by_hand() {
    let coded = [1, 0, 0, 0, 3, 0b1010_0110, 0];
    assert_eq!(decode(&coded, 10), Ok(vec![3, 4, 9]));
    assert_eq!(encode_with(1, &[3, 4, 9]), coded);
}

#[test]
fn the_shortest_and_then_the_smallest_k() {
    let rows = [
        vec![0],
        vec![5, 6, 7],
        (0..100).map(|n| n * 1000).collect(),
        vec![u32::MAX],
        vec![0, u32::MAX],
    ];
    for numbers in rows {
        // Where k is small, the last row takes half a gigabyte.
        let least = if numbers.contains(&u32::MAX) { 8 } else { 0 };
        let with = |k| encode_with(k, &numbers);
        let best = (least..=MAX_K).map(with).min_by_key(Vec::len).unwrap();
        assert_eq!(encode(numbers.iter().copied()).len(), best.len());
        let bits = |k| {
            let mut shape = Shape::default();
            numbers.iter().for_each(|number| shape.add(*number));
            shape.code(k).bits
        };
        let k = (0..=MAX_K).min_by_key(|k| bits(*k)).unwrap();
        assert_eq!(encode(numbers.iter().copied())[0], k, "{numbers:?}");
    }
}

#[test]
fn a_wide_gap_bounds_k_from_below() {
    let mut shape = Shape::default();
    (0..1000)
        .chain([1 << 20])
        .for_each(|number| shape.add(number));
    assert_eq!(shape.shortest(u64::MAX).k, 10);
    assert_eq!(shape.shortest(1 << 8).k, 12);
    assert_eq!(shape.shortest(0).k, 20);
}

/// Of each rule the least that breaks it.
#[test]
fn each_rule() {
    let row = |bytes: &[u8], len: u64, code: u16| {
        let read = decode(bytes, len).map_err(|fault| Error::from(fault).code());
        assert_eq!(read, Err(code), "{bytes:02x?}");
        assert_eq!(oracle(bytes, len), Err(code), "{bytes:02x?}");
    };
    // k over 30, or not 0 of nothing.
    row(&[31, 0, 0, 0, 1, 0, 0, 0, 0], 9, 2574);
    row(&[255, 0, 0, 0, 1, 0, 0, 0, 0], 9, 2574);
    row(&[1, 0, 0, 0, 0], 9, 2574);
    // More than the list has; more than there are bits for.
    row(&[0, 0, 0, 0, 3, 0], 2, 2575);
    row(&[0, 0, 0, 0, 1, 0], 0, 2575);
    row(&[0, 0, 0, 0, 9, 0], 100, 2575);
    row(&[3, 0, 0, 0, 3, 0], 100, 2575);
    row(&[0, 0xff, 0xff, 0xff, 0xff, 0], u64::MAX, 2575);
    row(&[30, 0, 0, 0, 1, 0, 0, 0], u64::MAX, 2575);
    // Five ones, and the quotients below 5 end with 4.
    row(&[0, 0, 0, 0, 1, 0b1111_1000], 5, 2576);
    row(&[2, 0, 0, 0, 1, 0b1100_0000], 5, 2576);
    // 1 10|1: 3, of 3; 0: 1, then 1110: 5, of 5.
    row(&[1, 0, 0, 0, 1, 0b1010_0000], 3, 2577);
    row(&[0, 0, 0, 0, 2, 0b1011_1000], 5, 2577);
    row(&[0, 0, 0, 0, 3, 0b1110_0100], 5, 2577);
    // No head; no zero; no lower bits.
    row(&[], 9, 2578);
    row(&[0, 0, 0, 0], 9, 2578);
    row(&[0, 0, 0, 0, 1, 0xff], u64::MAX, 2578);
    row(&[3, 0, 0, 0, 1, 0b1111_1100], 100, 2578);
    // A byte too many.
    row(&[0; 6], 9, 2579);
    row(&[0, 0, 0, 0, 1, 0, 0], 5, 2579);
    row(&[0, 0, 0, 0, 1, 0, 1], 5, 2579);
    // Each bit of padding.
    for bit in 0..7 {
        row(&[0, 0, 0, 0, 1, 1 << bit], 5, 2580);
    }
}

/// What is just within the rules.
#[test]
fn at_the_limits() {
    assert_eq!(decode(&[0, 0, 0, 0, 8, 0], 8).unwrap().len(), 8);
    assert_eq!(decode(&[0, 0, 0, 0, 1, 0b1111_0000], 5), Ok(vec![4]));
    assert_eq!(decode(&[1, 0, 0, 0, 1, 0b1010_0000], 4), Ok(vec![3]));
    for k in 8..=MAX_K {
        for number in [0, 1, u32::MAX - 1, u32::MAX] {
            let coded = encode_with(k, &[number]);
            assert_eq!(decode(&coded, 1 << 32), Ok(vec![number]), "{k} {number}");
            let past = decode(&coded, u64::from(number));
            assert!(past.is_err(), "{k} {number}");
        }
    }
}

/// After an error comes nothing, and what came before it was right.
#[test]
fn an_error_ends_it() {
    let rice = Rice::parse(&[0, 0, 0, 0, 2, 0b0001_0000, 0], 9).unwrap();
    let mut numbers = rice.numbers();
    assert_eq!(numbers.next(), Some(Ok(0)));
    assert_eq!(numbers.next(), Some(Ok(1)));
    assert_eq!(numbers.next(), Some(Err(rejected!(RiceSurplus))));
    assert_eq!(numbers.next(), None);
    let rice = Rice::parse(&[0, 0, 0, 0, 2, 0b0111_1110], 2).unwrap();
    let mut numbers = rice.numbers();
    assert_eq!(numbers.next(), Some(Ok(0)));
    assert_eq!(numbers.next(), Some(Err(rejected!(RiceQuotient))));
    assert_eq!(numbers.next(), None);
}

proptest! {
    #[test]
    fn what_is_written_is_read(numbers in proptest::collection::btree_set(any::<u32>(), 0..300)) {
        let coded = encode(numbers.iter().copied());
        let numbers: Vec<_> = numbers.into_iter().collect();
        prop_assert_eq!(decode(&coded, 1 << 32).unwrap(), &numbers[..]);
        prop_assert_eq!(oracle(&coded, 1 << 32).unwrap(), numbers);
        prop_assert_eq!(coded.len(), coded.capacity());
    }

    #[test]
    fn with_each_k(numbers in proptest::collection::btree_set(0..9000_u32, 0..99), k in 0..=MAX_K) {
        let numbers: Vec<_> = numbers.into_iter().collect();
        let k = if numbers.is_empty() { 0 } else { k };
        let coded = encode_with(k, &numbers);
        prop_assert_eq!(oracle(&coded, 9000).unwrap(), &numbers[..]);
        prop_assert_eq!(decode(&coded, 9000).unwrap(), &numbers[..]);
        let own: Vec<_> = {
            let mut bits = Bits::new(&coded[5..]);
            let mut next = 0;
            numbers.iter().map(|_| {
                let number = next + bits.gap(k).unwrap();
                next = number + 1;
                number as u32
            }).collect()
        };
        prop_assert_eq!(own, numbers);
    }

    #[test]
    fn dense_ones_too(numbers in proptest::collection::btree_set(0..200_u32, 0..200), more in 0..9_u64) {
        let coded = encode(numbers.iter().copied());
        let len = numbers.last().map_or(0, |last| u64::from(*last) + 1) + more;
        prop_assert_eq!(decode(&coded, len).unwrap(), numbers.into_iter().collect::<Vec<_>>());
    }

    /// Whatever the bytes, it says what the oracle says, by the same number.
    #[test]
    fn as_the_oracle_has_it(
        k in 0..32_u8,
        count in prop_oneof![0..20_u32, any::<u32>()],
        coded in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0xff), Just(0)], 0..40),
        len in prop_oneof![0..400_u64, 0..5_000_000_000_u64],
    ) {
        let mut bytes = vec![k];
        bytes.extend(count.to_be_bytes());
        bytes.extend(coded);
        let read = decode(&bytes, len).map_err(|fault| Error::from(fault).code());
        prop_assert_eq!(read, oracle(&bytes, len));
    }

    /// One k and one set of numbers have one encoding.
    #[test]
    fn what_is_read_is_written(mut bytes in proptest::collection::vec(any::<u8>(), 5..40), count in 0..20_u8, k in 0..6_u8) {
        (bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]) = (k, 0, 0, 0, count);
        if let Ok(numbers) = decode(&bytes, 4000) {
            prop_assert_eq!(encode_with(k, &numbers), bytes);
            prop_assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(numbers.iter().all(|number| *number < 4000));
        }
    }

    /// Cut anywhere it is refused.
    #[test]
    fn whole_or_not(numbers in proptest::collection::btree_set(0..4000_u32, 1..60)) {
        let coded = encode(numbers.iter().copied());
        for end in 0..coded.len() {
            prop_assert!(decode(&coded[..end], 4000).is_err());
        }
    }
}
