//! What is made of these products is tested in `field` and `scalar`, beside the 32-bit ones.

use super::super::oracle::EDGES;
use super::*;

#[test]
fn products_of_limbs_carry() {
    let wide = u128::from;
    let pair = |(low, high): (u64, u64)| wide(low) | wide(high) << 64;
    for a in EDGES {
        for b in EDGES {
            assert_eq!(pair(multiply_limbs(a, b)), wide(a) * wide(b));
            for c in EDGES {
                for d in EDGES {
                    let expected = wide(a) + wide(b) * wide(c) + wide(d);
                    assert_eq!(pair(multiply_add(a, b, c, d)), expected);
                }
            }
        }
    }
}
