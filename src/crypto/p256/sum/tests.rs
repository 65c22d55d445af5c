use std::vec::Vec;

use p256::ProjectivePoint;

use super::super::generator::GeneratorTable;
use super::super::oracle::{Random, affine, edges, n, scalar_of, small, times_g};
use super::*;

#[test]
fn odd_multiples_agree_with_p256() {
    let mut random = Random(9);
    for key in [ProjectivePoint::GENERATOR, times_g(&random.scalar())] {
        let ours = odd_multiples(&affine(&key).unwrap());
        let mut theirs = key;
        for ours in ours {
            assert_eq!(ours.affine(), affine(&theirs));
            theirs += key + key;
        }
    }
}

#[test]
fn the_sum_of_nothing_is_infinity() {
    assert!(sum(&[], &[]).is_infinity());
}

/// Multiples of related points, so that what is added is often what is there already, or its
/// negative: everything in pairs and threes, over all tables.
#[test]
fn sums_agree_with_p256() {
    let g = ProjectivePoint::GENERATOR;
    let numbers: Vec<_> = edges()
        .iter()
        .step_by(149)
        .copied()
        .chain([
            [1, 0, 0, 0],
            [2, 0, 0, 0],
            [16, 0, 0, 0],
            small(&((n() - 1_u8) >> 1)),
        ])
        .map(|mut number| {
            number[3] >>= 1;
            number
        })
        .collect();
    let tables = [
        GeneratorTable::FULL,
        GeneratorTable::COMPACT,
        GeneratorTable::FLASH,
    ];
    for point in [g, -g, g + g, times_g(&Random(10).scalar())] {
        let ours = affine(&point).unwrap();
        for (i, first) in numbers.iter().enumerate() {
            for (j, second) in numbers.iter().enumerate() {
                let table = tables[(i + j) % 3].table();
                let negative = i % 2 == 0;
                let of_generator = times_g(&scalar_of(first));
                let of_generator = if negative {
                    -of_generator
                } else {
                    of_generator
                };
                let expected = of_generator + point * scalar_of(second) + point * scalar_of(first);
                let fresh = [Fresh::new(&ours, second), Fresh::new(&ours, first)];
                let sum = sum(&[table.times(*first, negative)], &fresh);
                assert_eq!(sum.affine(), affine(&expected), "{first:x?} {second:x?}");
            }
        }
    }
}
