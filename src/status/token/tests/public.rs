//! The examples of the IETF's draft, and what each of their places holds.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::*;
use crate::status::{ResidentForm, Statuses};
use crate::vectors::{read_hex, read_json};

const FOLDER: &str = "ietf_token_status_list";
const URI: &str = "https://example.com/statuslists/1";
const NOW: u64 = pki::date(2026, 6, 1);

/// The draft's own words, and not our code: the least significant bits belong to the smallest number.
fn status(list: &[u8], bits: u8, index: usize) -> u8 {
    let per_byte = usize::from(8 / bits);
    let shift = u8::try_from(index % per_byte).unwrap() * bits;
    list[index / per_byte] >> shift & (0xff >> (8 - bits))
}

/// A list as readers keep it, which says the same in each form.
fn kept(bits: u8, list: &[u8]) -> [Statuses; 2] {
    [ResidentForm::Bitmap, ResidentForm::Gaps].map(|form| Statuses::new(list.to_vec(), bits, form))
}

fn inflated(name: &str) -> Option<(u8, Vec<u8>)> {
    let bytes = read_hex(&std::format!("{FOLDER}/{name}.hex"))?;
    let map = WellFormed::parse(&bytes, bytes.len()).unwrap();
    Some(inflate(map, LIST_CAP).unwrap())
}

#[test]
fn every_place_of_the_long_lists() {
    let Some(expected) = read_json(&std::format!("{FOLDER}/expected_statuses.json")) else {
        return;
    };
    for (name, bits) in [
        ("status_list_encoding1_long_cbor", 1),
        ("status_list_encoding4_cbor", 4),
    ] {
        let (found, list) = inflated(name).unwrap();
        assert_eq!(found, bits);
        assert_eq!(list.len() * 8 / usize::from(bits), 1 << 20);
        let kept = kept(bits, &list);
        assert!(kept.iter().all(|kept| kept.status(1 << 20).is_none()));
        let expected = expected[bits.to_string()].as_object().unwrap();
        let mut named = 0;
        for index in 0..1 << 20 {
            let expected = expected.get(&index.to_string());
            named += usize::from(expected.is_some());
            let expected = expected.map_or(0, |status| status.as_u64().unwrap());
            assert_eq!(
                u64::from(status(&list, bits, index)),
                expected,
                "{name}: {index}"
            );
            for kept in &kept {
                let found = kept.status(index as u64).map(u64::from);
                assert_eq!(found, Some(expected), "{name}: {index}");
            }
        }
        assert_eq!(named, expected.len());
    }
}

#[test]
fn every_place_of_the_short_lists() {
    let rows: [(&str, u8, &[u8]); 2] = [
        (
            "status_list_encoding_cbor",
            1,
            &[1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1],
        ),
        (
            "status_list_encoding2_cbor",
            2,
            &[1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3],
        ),
    ];
    for (name, bits, expected) in rows {
        let Some((found, list)) = inflated(name) else {
            return;
        };
        for kept in kept(bits, &list) {
            let statuses = (0..=expected.len()).map_while(|index| kept.status(index as u64));
            assert_eq!(statuses.collect::<Vec<_>>(), expected);
        }
        let statuses = (0..expected.len()).map(|index| status(&list, bits, index));
        assert_eq!(
            (found, statuses.collect::<Vec<_>>()),
            (bits, expected.to_vec())
        );
    }
}

/// It names its key by `kid` and has no chain.
#[test]
fn the_token_verifies_under_its_key() {
    let Some(token) = read_hex(&std::format!("{FOLDER}/status_list_cwt.hex")) else {
        return;
    };
    let jwk = read_json(&std::format!("{FOLDER}/example_key.jwk.json")).unwrap();
    let coordinate = |name: &str| Base64UrlUnpadded::decode_vec(jwk[name].as_str().unwrap());
    let [x, y] = ["x", "y"].map(|name| coordinate(name).unwrap());
    let key = PublicKey::p256(&[&[4], x.as_slice(), &y].concat()).unwrap();
    let anchor = anchor();
    let verify = |trust: &StatusTrust<'_>, now| {
        ListToken::parse(&token, &ListLimits::default())
            .unwrap()
            .verify(URI, trust, &RUSTCRYPTO, unix_time(now))
    };
    let trust = StatusTrust::key(&key, anchor);
    let list = verify(&trust, NOW).unwrap();
    assert_eq!(list.iat(), unix_time(1_686_920_170));
    assert_eq!(list.exp(), unix_time(2_291_720_170));
    assert_eq!((list.ttl(), list.uri()), (Some(43_200), URI));
    let expected = ListContent::Statuses {
        bits: 1,
        list: vec![0xb9, 0xa3],
    };
    assert_eq!(list.into_content(), expected);
    assert_eq!(verify(&trust, 2_291_720_170).unwrap_err().code(), 2559);
    let anchors = anchors(&root());
    let error = verify(&StatusTrust::anchors(&anchors), NOW).unwrap_err();
    assert_eq!(error.code(), 2553);
}
