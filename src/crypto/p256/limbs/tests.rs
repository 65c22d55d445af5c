use num_bigint::BigUint;

use super::super::oracle::{EDGES, big, edges, power_of_two, small};
use super::*;

#[test]
fn bytes_are_the_limbs_from_the_highest_on() {
    for edge in edges() {
        let bytes = to_bytes(&edge);
        assert_eq!(from_bytes(&bytes), edge);
        assert_eq!(bytes[..8], edge[3].to_be_bytes());
        assert_eq!(bytes[24..], edge[0].to_be_bytes());
    }
}

#[test]
fn sums_differences_and_order_agree_with_big_integers() {
    let edges = edges();
    let others: Vec<_> = edges
        .iter()
        .step_by(7)
        .chain(edges.iter().rev().take(18))
        .collect();
    for a in &edges {
        for b in &others {
            let (wide_a, wide_b) = (big(a), big(b));
            let (sum, carry) = add(a, b);
            assert_eq!(big(&sum) + (BigUint::from(carry) << 256), &wide_a + &wide_b);
            let (difference, borrow) = subtract(a, b);
            assert_eq!(borrow, u64::from(wide_a < wide_b));
            assert_eq!(
                big(&difference) + &wide_b,
                &wide_a + (BigUint::from(borrow) << 256)
            );
            assert_eq!(is_below(a, b), wide_a < wide_b);
            assert_eq!(equal(a, b), wide_a == wide_b);
        }
        assert_eq!(is_zero(a), big(a) == BigUint::ZERO);
    }
}

#[test]
fn bits_agree_with_big_integers_and_there_are_none_above_the_last() {
    for number in edges().iter().step_by(5) {
        let wide = big(number);
        assert_eq!(u64::from(bit_length(number)), wide.bits());
        for start in 0..320 {
            for count in [1, 4, 5, 8, 16] {
                let expected = (&wide >> start) % power_of_two(count);
                assert_eq!(BigUint::from(bits(number, start, count)), expected);
            }
        }
    }
}

#[test]
fn shifts_agree_with_big_integers() {
    for number in edges().iter().step_by(11) {
        for shift in 0..=256 {
            let expected = (big(number) << shift) % power_of_two(256);
            assert_eq!(shift_left(number, shift), small(&expected), "{shift}");
        }
    }
}

#[test]
fn sums_and_differences_of_limbs_carry() {
    let wide = u128::from;
    let pair = |(low, high): (u64, u64)| wide(low) | wide(high) << 64;
    for a in EDGES {
        for b in EDGES {
            for carry in [0, 1] {
                assert_eq!(
                    pair(add_carry(a, b, carry)),
                    wide(a) + wide(b) + wide(carry)
                );
                let (difference, borrow) = subtract_borrow(a, b, carry);
                let back = wide(difference) + wide(b) + wide(carry);
                assert_eq!(back, wide(a) + (wide(borrow) << 64));
            }
        }
    }
}
