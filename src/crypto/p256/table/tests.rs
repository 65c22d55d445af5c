use std::vec;
use std::vec::Vec;

use p256::ProjectivePoint;

use super::super::oracle::{Random, affine, edges, scalar_of, times_g};
use super::super::sum::sum;
use super::*;

const SHAPES: [Shape; 3] = [Shape::FULL, Shape::COMPACT, Shape::FLASH];

fn filled(shape: Shape, point: &Affine) -> Vec<Entry> {
    let mut entries = vec![Entry::EMPTY; shape.entries()];
    fill(shape, point, &mut entries);
    entries
}

#[test]
fn sizes_are_those_of_their_names() {
    let bytes = SHAPES.map(|shape| shape.entries() * size_of::<Entry>());
    assert_eq!(bytes, [256 << 10, 52 << 10, 8 << 10]);
    assert!(SHAPES.iter().all(|shape| shape.multiples() <= MOST));
}

/// Every entry of every size.
#[test]
fn entries_are_the_multiples_that_p256_computes() {
    let mut random = Random(7);
    for _ in 0..2 {
        let key = times_g(&random.scalar());
        for shape in SHAPES {
            let entries = filled(shape, &affine(&key).unwrap());
            let mut base = key;
            for window in entries.chunks(shape.multiples()) {
                let mut multiple = ProjectivePoint::IDENTITY;
                for entry in window {
                    multiple += base;
                    assert_eq!(Some(entry.point()), affine(&multiple));
                }
                base = (0..shape.width * shape.spacing).fold(base, |base, _| base + base);
            }
        }
    }
}

#[test]
fn multiples_at_the_edges_agree_with_p256() {
    let key = times_g(&Random(8).scalar());
    let tables = SHAPES.map(|shape| filled(shape, &affine(&key).unwrap()));
    let edges = edges();
    for mut number in edges
        .iter()
        .step_by(13)
        .chain(edges.iter().rev().take(18))
        .copied()
    {
        number[3] >>= 1;
        let theirs = key * scalar_of(&number);
        for (shape, entries) in SHAPES.into_iter().zip(&tables) {
            let table = Table::new(shape, entries);
            for (negative, theirs) in [(false, theirs), (true, -theirs)] {
                let ours = sum(&[table.times(number, negative)], &[]);
                assert_eq!(ours.affine(), affine(&theirs), "{shape:?} {number:x?}");
            }
        }
    }
}

#[test]
fn a_table_that_is_too_short_has_no_multiples() {
    let generator = affine(&ProjectivePoint::GENERATOR).unwrap();
    let entries = filled(Shape::FLASH, &generator);
    let table = Table::new(Shape::FLASH, entries.get(..1).unwrap());
    let sum = sum(&[table.times([u64::MAX >> 1; 4], false)], &[]);
    assert_eq!(sum.affine(), Some(generator.negate()));
    assert_eq!(from_file::<2>(&[1; 64]), [Entry::EMPTY; 2]);
    assert_eq!(from_file::<1>(&[1; 65]), [Entry::EMPTY]);
    assert_eq!(from_file::<1>(&[1; 64]), [Entry([1; 64])]);
}
