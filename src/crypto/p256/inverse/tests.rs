use std::vec::Vec;

use num_bigint::BigUint;

use super::super::limbs::{ZERO, is_below, reduce_once};
use super::super::oracle::{Random, big, edges_below, power_of_two, small};
use super::super::prime::P;
use super::super::scalar::N;
use super::*;

const MODULI: [Limbs; 2] = [P, N];

fn is_inverse(inverse: &Limbs, number: &BigUint, modulus: &BigUint) -> bool {
    let inverse = big(inverse);
    inverse < *modulus && inverse * number % modulus == BigUint::from(1_u8)
}

#[test]
fn zero_has_none_and_gives_zero() {
    for modulus in MODULI {
        assert_eq!(invert(&ZERO, &Modulus::new(&modulus)), ZERO);
    }
}

#[test]
fn one_and_its_negative_are_their_own() {
    for modulus in MODULI {
        let last = limbs::subtract(&modulus, &[1, 0, 0, 0]).0;
        for number in [[1, 0, 0, 0], last] {
            assert_eq!(invert(&number, &Modulus::new(&modulus)), number);
        }
    }
}

/// Runs of zeros and of ones, of every length and at every place: they make long steps.
#[test]
fn numbers_with_long_runs() {
    for modulus in MODULI {
        let (constants, wide) = (Modulus::new(&modulus), big(&modulus));
        let mut numbers: Vec<BigUint> = edges_below(&modulus).iter().map(big).collect();
        for i in 0..256 {
            let power = power_of_two(i);
            let near = [&wide - 1_u8 - (&power >> 1_u32), (&wide >> 1_u32) ^ &power];
            numbers.extend([&power - 1_u8, &power + 1_u8, power]);
            numbers.extend(near);
            numbers.extend(
                (0..i)
                    .step_by(13)
                    .map(|j| power_of_two(i) - power_of_two(j)),
            );
            numbers.extend(
                (0..i)
                    .step_by(31)
                    .map(|j| power_of_two(i) + power_of_two(j)),
            );
        }
        numbers.retain(|number| *number != BigUint::ZERO && *number < wide);
        assert!(numbers.len() > 5000);
        for number in numbers {
            let inverse = invert(&small(&number), &constants);
            assert!(is_inverse(&inverse, &number, &wide), "{number:x}");
        }
    }
}

/// Of those that need more than 558 steps, and so a tenth round.
#[test]
fn slow_numbers() {
    let slow = [
        (
            P,
            "f6f9f029d308ffe80091ec17e66706e4d2da28625b39e70dc3e5da703eeec031",
        ),
        (
            P,
            "bc003cde678d764a2cf2b34459262df9f8e23c35c322d73b6890868b987c769c",
        ),
        (
            N,
            "9eb851eae6666667051eb851eb851eb82851c4616cb79a9a1c3adefe02e14f74",
        ),
        (
            N,
            "3f80fe03b88ee23bc86f21bc86f21bc85e7cc5212776f9ade12c1a7bc789b5e7",
        ),
    ];
    for (modulus, number) in slow {
        let number = BigUint::from_bytes_be(&hex::decode(number).unwrap());
        let inverse = invert(&small(&number), &Modulus::new(&modulus));
        assert!(is_inverse(&inverse, &number, &big(&modulus)));
    }
}

#[test]
fn random_numbers_agree_with_fermat() {
    let mut random = Random(3);
    for modulus in MODULI {
        let (constants, wide) = (Modulus::new(&modulus), big(&modulus));
        let exponent = &wide - 2_u8;
        for _ in 0..5000 {
            let number = reduce_once(&random.limbs(), 0, &modulus);
            let inverse = invert(&number, &constants);
            assert!(is_below(&inverse, &modulus));
            assert_eq!(big(&inverse), big(&number).modpow(&exponent, &wide));
        }
    }
}

#[test]
fn forms_of_numbers() {
    for number in edges_below(&P) {
        let signed = to_signed(&number);
        assert!(signed.iter().all(|limb| (0..=MASK as i64).contains(limb)));
        let modulus = Modulus::new(&P);
        assert_eq!(from_signed(&signed, false, &modulus), number);
        let negative = from_signed(&signed, true, &modulus);
        assert_eq!(big(&negative), (big(&P) - big(&number)) % big(&P));
        // As far below 0 as d may lie.
        for times in [1, 2] {
            let below = minus_modulus(&signed, times);
            let expected = if number == ZERO && times == 2 {
                continue;
            } else {
                number
            };
            assert_eq!(from_signed(&below, false, &modulus), expected);
        }
    }
}

/// `number − times · P`, with the sign in the highest limb.
fn minus_modulus(number: &Signed, times: i64) -> Signed {
    let modulus = to_signed(&P);
    let (mut out, mut carry) = ([0; 5], 0_i128);
    for i in 0..5 {
        carry += i128::from(number[i]) - i128::from(times) * i128::from(modulus[i]);
        out[i] = if i == 4 { carry as i64 } else { low(carry) };
        carry >>= 62;
    }
    out
}
