use num_bigint::{BigInt, BigUint};
use std::vec::Vec;

use super::super::oracle::{Random, big, edges, power_of_two, small};
use super::*;

fn numbers() -> Vec<Limbs> {
    let mut random = Random(5);
    let mut numbers = edges();
    for i in 0..256 {
        let power = power_of_two(i);
        numbers.extend([
            small(&power),
            small(&(&power - 1_u8)),
            small(&(power_of_two(256) - &power)),
        ]);
    }
    numbers.extend((0..500).map(|_| random.limbs()));
    numbers
}

#[test]
fn sparse_digits_add_up_again() {
    for number in numbers() {
        let sparse = Sparse::new(&number);
        let mut sum = BigInt::ZERO;
        let mut last: Option<usize> = None;
        for (place, digit) in sparse.nonzero() {
            assert!(digit % 2 != 0 && digit.unsigned_abs() <= 15);
            assert!(last.is_none_or(|last| place >= last + 5), "{number:x?}");
            assert_eq!(sparse.digit(place), digit);
            sum += BigInt::from(digit) << place;
            last = Some(place);
        }
        assert_eq!(sum, BigInt::from(big(&number)), "{number:x?}");
        assert_eq!(sparse.length(), last.map_or(0, |last| last + 1));
    }
}

/// Of 257 places; 2²⁵⁶ − 1 needs the last of them.
#[test]
fn places_above_the_last_are_zero() {
    let sparse = Sparse::new(&[u64::MAX; 4]);
    assert_eq!(
        (sparse.digit(0), sparse.digit(256), sparse.digit(257)),
        (-1, 1, 0)
    );
    assert_eq!((sparse.length(), sparse.digit(usize::MAX)), (257, 0));
    assert_eq!(Sparse::new(&limbs::ZERO).length(), 0);
}

/// With the numbers of windows that tables have.
#[test]
fn windows_add_up_again() {
    for mut number in numbers() {
        number[3] >>= 1;
        for (width, windows) in [(4, 64), (5, 52), (8, 32)] {
            let mut sum = BigInt::ZERO;
            for index in 0..windows {
                let digit = window(&number, index, width);
                assert!(digit.unsigned_abs() <= 1 << (width - 1));
                sum += BigInt::from(digit) << (width * index);
            }
            assert_eq!(sum, BigInt::from(big(&number)), "{number:x?} {width}");
        }
    }
}

/// Digits at both ends of their range, and a carry through every window.
#[test]
fn windows_of_named_numbers() {
    let eights = small(&(BigUint::from(8_u8) * (power_of_two(252) - 1_u8) / 15_u8));
    assert_eq!(window(&eights, 0, 4), -8);
    assert!((1..63).all(|index| window(&eights, index, 4) == -7));
    assert_eq!(window(&eights, 63, 4), 1);
    let ones = small(&(power_of_two(255) - 1_u8));
    assert_eq!((window(&ones, 0, 8), window(&ones, 31, 8)), (-1, 128));
    assert!((1..31).all(|index| window(&ones, index, 8) == 0));
}
