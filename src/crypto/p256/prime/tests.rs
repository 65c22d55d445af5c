use std::vec::Vec;

use super::super::limbs::{ZERO, is_below};
use super::super::oracle::{big, edges, p, power_of_two, small};
use super::*;

#[test]
fn the_prime_is_the_one_of_its_name() {
    let terms = power_of_two(256) + power_of_two(192) + power_of_two(96);
    assert_eq!(p(), terms - power_of_two(224) - 1_u8);
}

/// What a sum hardly ever meets: numbers from p on that have no carry, one after another.
#[test]
fn numbers_between_p_and_two_p_are_reduced() {
    let mut numbers: Vec<_> = edges().iter().map(big).collect();
    for i in 0..=224 {
        let step = power_of_two(i);
        numbers.extend([
            p() + &step,
            p() + &step - 1_u8,
            p() - &step,
            p() + p() - &step,
        ]);
        numbers.push(power_of_two(256) - &step);
        numbers.push(power_of_two(256) + &step);
    }
    numbers.extend([p(), power_of_two(256)]);
    let (mut above, mut carried) = (0, 0);
    for number in numbers {
        for carry in [0_u64, 1] {
            let whole = &number % power_of_two(256) + power_of_two(256) * carry;
            if whole >= p() + p() {
                continue;
            }
            above += usize::from(carry == 0 && whole >= p());
            carried += carry;
            let reduced = reduce(&small(&(&number % power_of_two(256))), carry);
            assert!(is_below(&reduced, &P));
            assert_eq!(big(&reduced), whole % p());
        }
    }
    assert!(above > 700 && carried > 700, "{above} {carried}");
}

#[test]
fn a_number_and_its_negative_add_up_to_zero() {
    for edge in edges().iter().filter(|edge| is_below(edge, &P)) {
        let negative = subtract_modulo(&ZERO, edge);
        assert!(is_below(&negative, &P));
        assert_eq!(add_modulo(edge, &negative), ZERO);
    }
}
