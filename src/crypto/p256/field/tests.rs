#![allow(
    unused_qualifications,
    reason = "which of the products needs none depends on the machine"
)]

use std::vec::Vec;

use fiat_crypto::p256_64::{
    fiat_p256_add, fiat_p256_montgomery_domain_field_element as Fiat, fiat_p256_mul,
    fiat_p256_square, fiat_p256_sub,
};
use num_bigint::BigUint;

use super::super::oracle::{Random, big, edges_below, p, power_of_two, small};
use super::super::{product32, product64};
use super::*;

fn by_fiat(operation: fn(&mut Fiat, &Fiat, &Fiat), a: &Limbs, b: &Limbs) -> Limbs {
    let mut out = Fiat([0; 4]);
    operation(&mut out, &Fiat(*a), &Fiat(*b));
    out.0
}

/// All three products; panics where they differ.
fn product(a: &Limbs, b: &Limbs) -> Limbs {
    let product = product64::multiply_field(a, b);
    assert_eq!(product, product32::multiply_field(a, b), "{a:x?} {b:x?}");
    assert_eq!(product, by_fiat(fiat_p256_mul, a, b), "{a:x?} {b:x?}");
    product
}

/// As [`product`].
fn square(a: &Limbs) -> Limbs {
    let square = product64::square_field(a);
    let mut by_fiat = Fiat([0; 4]);
    fiat_p256_square(&mut by_fiat, &Fiat(*a));
    assert_eq!(square, product32::square_field(a), "{a:x?}");
    assert_eq!(square, by_fiat.0, "{a:x?}");
    assert_eq!(square, product(a, a), "{a:x?}");
    square
}

#[test]
fn products_of_edge_numbers_agree_with_fiat_and_the_32_bit_ones() {
    let edges = edges_below(&P);
    assert!(edges.len() > 1500);
    for a in &edges {
        for b in &edges {
            product(a, b);
        }
    }
}

#[test]
fn products_of_edge_numbers_agree_with_big_integers() {
    let edges = edges_below(&P);
    let wide: Vec<_> = edges.iter().map(big).collect();
    let p = p();
    for (i, a) in wide.iter().enumerate() {
        for (j, b) in wide.iter().enumerate().skip(i) {
            let product = product64::multiply_field(&edges[i], &edges[j]);
            assert!(limbs::is_below(&product, &P));
            assert_eq!((big(&product) << 256_u32) % &p, a * b % &p);
        }
    }
}

#[test]
fn sums_and_differences_of_edge_numbers_agree_with_fiat_and_with_big_integers() {
    let edges = edges_below(&P);
    let wide: Vec<_> = edges.iter().map(big).collect();
    let p = p();
    for (i, a) in edges.iter().enumerate() {
        for (j, b) in edges.iter().enumerate() {
            let sum = Element(*a).add(&Element(*b)).0;
            let difference = Element(*a).subtract(&Element(*b)).0;
            assert_eq!(sum, by_fiat(fiat_p256_add, a, b));
            assert_eq!(difference, by_fiat(fiat_p256_sub, a, b));
            if i <= j && (i + j) % 3 == 0 {
                assert_eq!(big(&sum), (&wide[i] + &wide[j]) % &p);
                assert_eq!(big(&difference), (&wide[i] + &p - &wide[j]) % &p);
            }
        }
    }
}

#[test]
fn squares_halves_doubles_and_negatives_of_edge_numbers() {
    let p = p();
    for edge in edges_below(&P) {
        let (element, wide) = (Element(edge), big(&edge));
        assert_eq!(element.square().0, square(&edge));
        assert_eq!((big(&square(&edge)) << 256_u32) % &p, &wide * &wide % &p);
        assert_eq!(big(&element.double().0), (&wide << 1_u32) % &p);
        assert_eq!(big(&element.negate().0), (&p - &wide) % &p);
        let half = element.halve();
        assert!(limbs::is_below(&half.0, &P));
        assert_eq!(half.double(), element);
    }
}

/// Products between p and 2²⁵⁶ before they are reduced, which random ones are once in 2³²: those
/// whose result is small, as the sum before it is p more.
#[test]
fn products_with_a_small_result_are_reduced() {
    let mut random = Random(1);
    let results = [0, 31, 32, 64, 96, 127, 128, 192, 223, 224].map(power_of_two);
    for result in results
        .iter()
        .flat_map(|power| [power.clone(), power - 1_u8])
    {
        for _ in 0..20 {
            let a = Element::from_raw(random.limbs().map(|limb| limb >> 1));
            let b = Element::from_raw(small(&result)).multiply(&a.invert());
            assert_eq!(big(&product(&a.0, &b.0)), result);
        }
        if let Some(root) = Element::from_raw(small(&result)).square_root() {
            assert_eq!(big(&square(&root.0)), result);
            assert_eq!(big(&square(&root.negate().0)), result);
        }
    }
}

#[test]
fn random_products_and_squares_agree() {
    let mut random = Random(2);
    for _ in 0..20_000 {
        let [a, b] = [(); 2].map(|()| limbs::reduce_once(&random.limbs(), 0, &P));
        product(&a, &b);
        square(&a);
    }
}

#[test]
fn inverses_of_edge_numbers() {
    assert_eq!(Element::ZERO.invert(), Element::ZERO);
    assert_eq!(Element::ONE.invert(), Element::ONE);
    for edge in edges_below(&P)
        .into_iter()
        .filter(|edge| *edge != limbs::ZERO)
    {
        let element = Element(edge);
        assert_eq!(element.multiply(&element.invert()), Element::ONE);
    }
}

/// Against the criterion of Euler.
#[test]
fn square_roots_of_edge_numbers() {
    let p = p();
    let half = &p >> 1;
    let (mut squares, mut others) = (0, 0);
    for number in edges_below(&P) {
        let element = Element::from_limbs(&number).unwrap();
        let euler = big(&number).modpow(&half, &p);
        match element.square_root() {
            Some(root) => {
                assert!(euler <= BigUint::from(1_u8));
                assert_eq!(root.square(), element);
                squares += 1;
            }
            None => {
                assert_eq!(euler, &p - 1_u8);
                others += 1;
            }
        }
    }
    assert!(squares > 500 && others > 500, "{squares} {others}");
}

#[test]
fn numbers_come_back_and_are_odd_in_their_least_form() {
    for number in edges_below(&P) {
        let element = Element::from_limbs(&number).unwrap();
        assert_eq!(big(&element.0), (big(&number) << 256_u32) % p());
        assert_eq!(element.to_limbs(), number);
        assert_eq!(element.to_bytes(), limbs::to_bytes(&number));
        assert_eq!(element.is_odd(), number[0] & 1 == 1);
        assert_eq!(element.is_zero(), number == limbs::ZERO);
        assert_eq!(Element::from_raw(*element.raw()), element);
    }
}

#[test]
fn numbers_from_the_prime_on_are_refused() {
    let last = Element::from_limbs(&small(&(p() - 1_u8))).unwrap();
    assert_eq!(last, Element::ONE.negate());
    let above = [
        p(),
        p() + 1_u8,
        power_of_two(256) - 1_u8,
        p() + power_of_two(223),
    ];
    for number in above {
        assert!(Element::from_limbs(&small(&number)).is_none());
        assert!(Element::from_bytes(&limbs::to_bytes(&small(&number))).is_none());
    }
}

#[test]
fn constants() {
    assert_eq!(big(&Element::ONE.0), power_of_two(256) % p());
    assert_eq!(big(&R_SQUARED.0), power_of_two(512) % p());
    let b = "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b";
    assert_eq!(hex::encode(Element::B.to_bytes()), b);
}
