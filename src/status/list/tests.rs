use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::cbor::Writer;

fn status_list(bits: u64, lst: &[u8]) -> Vec<u8> {
    let mut map = Writer::new();
    map.map(2).text("bits").uint(bits);
    map.text("lst").byte_string(lst);
    map.into_bytes()
}

fn read(map: &[u8], cap: usize) -> Result<(u8, Vec<u8>), Rejected> {
    inflate(WellFormed::parse(map, 1 << 24).unwrap(), cap)
}

/// Token Status List, section 4.2.
#[test]
fn the_drafts_own_example() {
    let map = hex::decode("a2646269747301636c73744a78dadbb918000217015d").unwrap();
    assert_eq!(read(&map, 2), Ok((1, vec![0xb9, 0xa3])));
    assert_eq!(read(&map, 1), Err(rejected!(ListTooLarge)));
}

#[test]
fn bits() {
    for bits in 0..20 {
        let expected = match bits {
            1 | 2 | 4 | 8 => Ok((bits as u8, vec![7; 9])),
            _ => Err(rejected!(ListBits)),
        };
        assert_eq!(read(&status_list(bits, &deflate(&[7; 9], 6)), 9), expected);
    }
    // 257 is not 1.
    let map = status_list(257, &deflate(&[7; 9], 6));
    assert_eq!(read(&map, 9), Err(rejected!(ListBits)));
}

#[test]
fn malformed_maps() {
    let malformed = Err(rejected!(ListMalformed));
    assert_eq!(read(&hex::decode("80").unwrap(), 9), malformed);
    assert_eq!(read(&hex::decode("a0").unwrap(), 9), malformed);
    assert_eq!(read(&hex::decode("a1646269747301").unwrap(), 9), malformed);
    // bits -1 and "1"; lst a text.
    for map in [
        "a2646269747320636c737440",
        "a264626974736131636c737440",
        "a2646269747301636c737460",
    ] {
        assert_eq!(read(&hex::decode(map).unwrap(), 9), malformed, "{map}");
    }
}

#[test]
fn other_keys_are_let_be() {
    let mut map = Writer::new();
    map.map(3).text("bits").uint(1).text("lst");
    map.byte_string(&deflate(&[7; 9], 6));
    map.text("aggregation_uri").text("https://status.example");
    assert_eq!(read(map.as_slice(), 9), Ok((1, vec![7; 9])));
}

/// A thousand to one: what is refused has cost a window, and no more.
#[test]
fn a_bomb() {
    let bomb = deflate(&vec![0; 64 << 20], 9);
    assert!(bomb.len() < (64 << 20) / 1000);
    assert_eq!(
        read(&status_list(1, &bomb), LIST_CAP),
        Err(rejected!(ListTooLarge))
    );
    assert_eq!(inflated_len(&bomb, 1 << 20), Err(rejected!(ListTooLarge)));
    // It is not inflated on to see what comes after the cap.
    let mut torn = bomb.clone();
    torn.truncate(bomb.len() / 2);
    assert_eq!(inflated_len(&torn, 1 << 20), Err(rejected!(ListTooLarge)));
    assert_eq!(inflated_len(&bomb, 64 << 20), Ok(64 << 20));
    assert_eq!(
        inflated_len(&bomb, (64 << 20) - 1),
        Err(rejected!(ListTooLarge))
    );
}

#[test]
fn takes_no_more_memory_than_the_list() {
    for len in [0, 1, 32_767, 32_768, 32_769, 100_000] {
        let list = inflate_bytes(&deflate(&vec![9; len], 9), len).unwrap();
        assert_eq!((list.len(), list.capacity()), (len, len));
    }
}

#[test]
fn not_one_zlib_stream() {
    let bad = |bytes: &[u8]| {
        let expected = Err(rejected!(ListInflate));
        assert_eq!(inflate_bytes(bytes, 1 << 20), expected, "{bytes:02x?}");
    };
    let random: Vec<u8> = (0..40_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    for list in [&[][..], &[0xb9, 0xa3], &[0; 5000], &random] {
        let good = deflate(list, 9);
        assert_eq!(inflate_bytes(&good, 1 << 20).as_deref(), Ok(list));
        // Truncated anywhere.
        let step = good.len() / 100 + 1;
        for end in (0..good.len()).step_by(step).chain([good.len() - 1]) {
            bad(&good[..end]);
        }
        // Followed by anything, another stream for example.
        bad(&[&good[..], &[0]].concat());
        bad(&[&good[..], &good[..]].concat());
        // Each bit of the checksum.
        for bit in 0..32 {
            let mut wrong = good.clone();
            let at = good.len() - 4 + bit / 8;
            wrong[at] ^= 1 << (bit % 8);
            bad(&wrong);
        }
        // Raw DEFLATE, GZIP, a preset dictionary, another method.
        bad(&good[2..]);
        bad(&[&[0x1f, 0x8b], &good[2..]].concat());
        bad(&[&[0x78, 0xbb], &good[2..]].concat());
        bad(&[&[0x79, 0xda], &good[2..]].concat());
    }
}

proptest! {
    #[test]
    fn what_is_deflated_is_inflated(
        list in proptest::collection::vec(prop_oneof![3 => Just(0), 1 => any::<u8>()], 0..70_000),
        level in 0..=10_u8,
    ) {
        let deflated = deflate(&list, level);
        prop_assert_eq!(inflate_bytes(&deflated, list.len()), Ok(list.clone()));
        if let Some(cap) = list.len().checked_sub(1) {
            prop_assert_eq!(inflate_bytes(&deflated, cap), Err(rejected!(ListTooLarge)));
        }
    }

    /// What comes in is anything at all.
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = inflate_bytes(&bytes, 1 << 16);
        let _ = inflate_bytes(&[&[0x78, 0xda], &bytes[..]].concat(), 1 << 16);
    }
}
