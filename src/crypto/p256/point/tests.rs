use std::vec::Vec;

use p256::ProjectivePoint;

use super::super::limbs::{self, Limbs};
use super::super::oracle::{Random, affine, edges, scalar_of, sec1, small, times_g};
use super::*;

/// The same point with this z.
fn scaled(point: &Affine, z: &Element) -> Point {
    let square = z.square();
    Point {
        x: point.x.multiply(&square),
        y: point.y.multiply(&square.multiply(z)),
        z: *z,
    }
}

/// As our points over several z, and as p256 has it.
fn forms(theirs: &ProjectivePoint) -> Vec<Point> {
    let zs = [
        Element::ONE,
        Element::ONE.negate(),
        Element::B,
        Element::from_raw([7; 4]),
    ];
    match affine(theirs) {
        Some(point) => zs.map(|z| scaled(&point, &z)).to_vec(),
        None => {
            let others = [Element::ZERO, Element::B].map(|x| Point {
                x,
                ..Point::INFINITY
            });
            [Point::INFINITY].into_iter().chain(others).collect()
        }
    }
}

fn assert_same(ours: &Point, theirs: &ProjectivePoint) {
    assert_eq!(ours.is_infinity(), *theirs == ProjectivePoint::IDENTITY);
    assert_eq!(ours.affine(), affine(theirs));
    if let Some(Affine { x, .. }) = affine(theirs) {
        assert!(ours.has_x(&x) && !ours.has_x(&x.negate()));
    }
}

fn points() -> Vec<ProjectivePoint> {
    let mut random = Random(6);
    let small = (0_u64..6).map(|i| times_g(&scalar_of(&[i, 0, 0, 0])));
    let points: Vec<_> = small
        .chain((0..4).map(|_| times_g(&random.scalar())))
        .collect();
    points.iter().flat_map(|point| [*point, -*point]).collect()
}

/// Among them P + P, P − P, infinity with everything and everything with infinity, each over
/// different z.
#[test]
fn sums_agree_with_p256() {
    let points = points();
    for a in &points {
        for (b, theirs) in points.iter().map(|b| (b, a + b)) {
            for first in forms(a) {
                for second in forms(b) {
                    assert_same(&first.add(&Addend::new(second)), &theirs);
                    let difference = first.add(&Addend::new(second).negate_if(true));
                    assert_same(&difference, &(a - b));
                    assert_same(&first.add(&Addend::new(second).negate_if(false)), &theirs);
                }
                if let Some(second) = affine(b) {
                    assert_same(&first.add_affine(&second), &theirs);
                    assert_same(&first.add_affine(&second.negate()), &(a - b));
                    assert_same(&first.add_affine(&second.negate_if(true)), &(a - b));
                }
            }
        }
    }
}

#[test]
fn infinity_stays_infinity() {
    let infinity = Point::INFINITY;
    assert!(infinity.double().is_infinity());
    assert!(infinity.double().double().is_infinity());
    assert!(infinity.add(&Addend::new(infinity)).is_infinity());
    assert!(
        infinity
            .add(&Addend::new(infinity.double()).negate_if(true))
            .is_infinity()
    );
    assert_eq!(infinity.affine(), None);
    for x in [Element::ONE, Element::ZERO, Element::B] {
        assert!(!infinity.has_x(&x) && !infinity.double().has_x(&x));
    }
}

#[test]
fn a_point_plus_itself_is_doubled_and_minus_itself_is_infinity() {
    let one = ProjectivePoint::GENERATOR;
    let g = affine(&one).unwrap();
    for point in forms(&one) {
        assert_same(&point.add_affine(&g), &(one + one));
        assert_same(&point.add(&Addend::new(point)), &(one + one));
        assert!(point.add_affine(&g.negate()).is_infinity());
        assert!(point.add(&Addend::new(point).negate_if(true)).is_infinity());
        // What follows infinity is right again.
        assert_same(&point.add_affine(&g.negate()).add_affine(&g), &one);
        assert_same(&point.add_affine(&g.negate()).double().add_affine(&g), &one);
    }
}

#[test]
fn doubles_agree_with_p256() {
    for point in points() {
        for form in forms(&point) {
            assert_same(&form.double(), &(point + point));
            assert_same(&form.double().double(), &(point + point + point + point));
        }
    }
}

#[test]
fn coordinates_at_the_edges_are_points_where_p256_says_so() {
    let mut found = 0;
    for x in edges() {
        let bytes = limbs::to_bytes(&x);
        for odd in [false, true] {
            let compressed: Vec<u8> = [&[2 + u8::from(odd)][..], &bytes].concat();
            let theirs = p256::PublicKey::from_sec1_bytes(&compressed).ok();
            let theirs = theirs.and_then(|key| affine(&key.to_projective()));
            let ours = Element::from_bytes(&bytes).and_then(|x| Affine::from_x(x, odd));
            assert_eq!(ours, theirs);
            if let Some(point) = ours {
                found += 1;
                assert_eq!(point.y.is_odd(), odd);
                let y = point.y.to_bytes();
                assert_eq!(Affine::from_coordinates(&bytes, &y), Some(point));
                assert_eq!(Affine::from_coordinates(&y, &bytes), None);
            }
        }
    }
    assert!(found > 1000, "{found}");
}

/// Nor is (x + p, y), where both fit into 32 bytes.
#[test]
fn coordinates_are_the_least_ones() {
    let y = decompressed(&[5, 0, 0, 0]);
    let five = Affine::from_coordinates(&limbs::to_bytes(&[5, 0, 0, 0]), &y);
    assert!(five.is_some());
    let again = small(&(super::super::oracle::p() + 5_u8));
    assert!(Affine::from_coordinates(&limbs::to_bytes(&again), &y).is_none());
}

fn decompressed(x: &Limbs) -> [u8; 32] {
    let compressed: Vec<u8> = [&[2][..], &limbs::to_bytes(x)].concat();
    let key = p256::PublicKey::from_sec1_bytes(&compressed).unwrap();
    sec1(&key.to_projective()).unwrap()[33..]
        .try_into()
        .unwrap()
}
