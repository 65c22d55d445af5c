use std::vec;

use p256::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use proptest::prelude::*;

use super::*;

#[test]
fn the_generator_is_on_the_curve_and_its_neighbours_are_not() {
    let (x, y) = point(&p256::SecretKey::from_slice(&[[0; 31].as_slice(), &[1]].concat()).unwrap());
    assert!(is_on_curve(&x, &y));
    for bit in 0..256 {
        let mut other = x;
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(!is_on_curve(&other, &y));
    }
}

#[test]
fn coordinates_at_or_over_the_prime_are_refused() {
    let p =
        hex::decode("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff").unwrap();
    let p: [u8; 32] = p.try_into().unwrap();
    assert!(decompress(&p, false).is_none());
    assert!(!is_on_curve(&[0xff; 32], &[0xff; 32]));
    assert!(!is_on_curve(&[0; 32], &[0; 32]));
}

proptest! {
    #[test]
    fn agrees_with_p256(scalar in any::<[u8; 32]>(), x in any::<[u8; 32]>(), odd in any::<bool>()) {
        if let Ok(secret) = p256::SecretKey::from_slice(&scalar) {
            let (x, y) = point(&secret);
            prop_assert!(is_on_curve(&x, &y));
            prop_assert_eq!(decompress(&x, y[31] & 1 == 1), Some(y));
        }
        let mut compressed = vec![if odd { 3 } else { 2 }];
        compressed.extend(x);
        let theirs = p256::PublicKey::from_sec1_bytes(&compressed).ok().map(|key| coordinates(&key).1);
        prop_assert_eq!(decompress(&x, odd), theirs);
        let _ = p256::AffinePoint::from_sec1_point;
    }
}

fn point(secret: &p256::SecretKey) -> ([u8; 32], [u8; 32]) {
    coordinates(&secret.public_key())
}

fn coordinates(key: &p256::PublicKey) -> ([u8; 32], [u8; 32]) {
    let point = key.to_sec1_point(false);
    let bytes = point.as_bytes();
    (
        bytes[1..33].try_into().unwrap(),
        bytes[33..].try_into().unwrap(),
    )
}
