//! A: CBOR.

use ciborium::Value;
use vitacard::crypto::{RUSTCRYPTO, SystemRandom};
use vitacard::reader::DeviceResponse;
use vitacard::session::{DeviceEngagement, Engagement, SessionTranscript};
use vitacard::{DecodeErrorKind::*, Error, Rejected};

use crate::kit::{self, Item, at, encode, insert, map, raw, tag24};
use crate::{rejected, unreadable, verify};

/// A response whose first element has this content of tag 24, signed as it is.
fn with_item(content: Vec<u8>) -> Vec<u8> {
    let item = Item::new(0, "family_name", "Martin").with(|item| item.content = Some(content));
    kit::draft_of(vec![item]).issue().show().response()
}

/// A response with an element of this value, signed as it is.
fn with_value(value: &[u8]) -> Vec<u8> {
    with_item(encode(&Item::new(0, "family_name", raw(value)).content()))
}

#[test]
fn a01_lengths_of_64_bits() {
    for head in [0x5b, 0x7b, 0x9b, 0xbb] {
        let huge = [&[head][..], &[0xff; 8]].concat();
        assert_eq!(unreadable(&huge), TooLong);
        assert_eq!(unreadable(&with_value(&huge)), TooLong);
        let over_i64 = [&[head, 0x80][..], &[0; 7]].concat();
        assert_eq!(unreadable(&over_i64), TooLong);
        let two_gigabytes = [&[head - 1][..], &[0x7f, 0xff, 0xff, 0xff]].concat();
        assert_eq!(unreadable(&two_gigabytes), Truncated);
    }
}

#[test]
fn a02_arrays_that_each_declare_the_rest() {
    let mut message = Vec::new();
    for heads_left in (0..4000_u32).rev() {
        message.push(0x9a);
        message.extend((heads_left * 5).to_be_bytes());
    }
    assert_eq!(unreadable(&message), TooDeep);
}

#[test]
fn a03_nesting_without_end() {
    for head in [&[0x81][..], &[0xa1, 0x00], &[0xc1], &[0xd8, 0x18]] {
        let message = [head.repeat(1_000_000 / head.len()).as_slice(), &[0]].concat();
        let expected = if head == [0xd8, 0x18] {
            UnexpectedType
        } else {
            TooDeep
        };
        assert_eq!(unreadable(&message), expected);
    }
    assert_eq!(unreadable(&[0x9f; 1_000_000]), IndefiniteLength);
    assert_eq!(unreadable(&vec![0x81; 2_000_000]), TooLong);
}

#[test]
fn a04_nesting_through_byte_strings() {
    let mut value = vec![0];
    for _ in 0..20 {
        value = encode(&tag24(value));
    }
    assert_eq!(unreadable(&with_value(&value)), TooDeep);
}

/// An engagement is wrapped in the transcript: what is let in must not be too deep there.
#[test]
fn a04_nesting_of_an_engagement_in_its_transcript() {
    let good = Engagement::new(&[], &RUSTCRYPTO, &mut SystemRandom).unwrap();
    let mut accepted = 0;
    for levels in 0..20 {
        let mut engagement: Value = ciborium::from_reader(good.as_bytes()).unwrap();
        let deep = (0..levels).fold(Value::Null, |value, _| Value::Array(vec![value]));
        insert(&mut engagement, 99, deep);
        let bytes = encode(&engagement);
        let Ok(parsed) = DeviceEngagement::parse(&bytes) else {
            continue;
        };
        accepted += 1;
        let key = parsed.device_key_bytes();
        let transcript = SessionTranscript::qr(parsed.as_bytes(), key).unwrap();
        for bytes in [transcript.to_bytes(), transcript.to_tagged_bytes()] {
            let again = SessionTranscript::given(&bytes).unwrap();
            let tagged = again.to_tagged_bytes();
            assert!(SessionTranscript::given(&tagged).is_ok());
        }
    }
    assert_eq!(accepted, 13, "a map, and twelve levels in it");
}

#[test]
fn a05_duplicate_map_keys() {
    let twice = |value: &mut Value| {
        let first = value.as_map().unwrap()[0].clone();
        value.as_map_mut().unwrap().push(first);
    };
    let responses = [
        kit::draft().with(|draft| twice(&mut draft.mso)),
        kit::draft().with(|draft| twice(at(&mut draft.mso, &["validityInfo"]))),
        kit::draft().with(|draft| twice(at(&mut draft.mso, &["deviceKeyInfo"]))),
        kit::draft().with(|draft| twice(at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]))),
        kit::draft().with(|draft| twice(at(&mut draft.mso, &["valueDigests"]))),
        kit::draft().with(|draft| twice(at(&mut draft.mso, &["valueDigests", kit::NAME_SPACE]))),
        kit::draft().with(|draft| twice(&mut draft.protected)),
        kit::draft().with(|draft| {
            insert(&mut draft.unprotected, 4, Value::Null);
            twice(&mut draft.unprotected);
        }),
    ];
    for draft in responses {
        assert_eq!(unreadable(&draft.issue().show().response()), DuplicateKey);
    }
    let mut item = Item::new(0, "family_name", "Martin").content();
    insert(&mut item, "elementValue", "Dupont".into());
    assert_eq!(unreadable(&with_item(encode(&item))), DuplicateKey);
    assert_eq!(unreadable(&with_value(&[0xa2, 1, 2, 1, 3])), DuplicateKey);
    let shown = kit::draft().issue().show();
    let mut document = shown.document();
    insert(&mut document, "docType", kit::DOC_TYPE.into());
    assert_eq!(
        unreadable(&encode(&kit::response([document]))),
        DuplicateKey
    );
    let mut response = kit::response([shown.document()]);
    insert(&mut response, "status", Value::from(0));
    assert_eq!(unreadable(&encode(&response)), DuplicateKey);
    let mut document = shown.document();
    twice(at(&mut document, &["issuerSigned", "nameSpaces"]));
    assert_eq!(
        unreadable(&encode(&kit::response([document]))),
        DuplicateKey
    );
}

#[test]
fn a06_duplicates_hidden_by_their_encoding() {
    assert_eq!(
        unreadable(&with_value(&[0xa2, 1, 2, 0x18, 1, 3])),
        DuplicateKey
    );
    assert_eq!(
        unreadable(&with_value(&[0xa2, 0x61, b'a', 2, 0x78, 1, b'a', 3])),
        DuplicateKey
    );
    for key in [
        &[0xc2, 0x41, 1][..],
        &[0xf9, 0x3c, 0],
        &[0xe1],
        &[0xf5],
        &[0xf8, 0xff],
    ] {
        assert_eq!(
            unreadable(&with_value(&[&[0xa2, 1, 2], key, &[3]].concat())),
            KeyType
        );
    }
}

#[test]
fn a07_keys_of_another_type() {
    let text = kit::draft().with(|draft| draft.protected = map([("1", Value::from(-7))]));
    let expected = Rejected::IssuerAlgMissing { document: 0 };
    assert_eq!(rejected(&text.issue().show().response()), expected);
    let truth =
        kit::draft().with(|draft| draft.protected = map([(Value::Bool(true), Value::from(-7))]));
    assert_eq!(unreadable(&truth.issue().show().response()), KeyType);
    let bytes = kit::draft()
        .with(|draft| draft.protected = map([(Value::Bytes(vec![1]), Value::from(-7))]));
    assert_eq!(unreadable(&bytes.issue().show().response()), KeyType);
    let key = [(1, 2), (-1, 1)];
    let text_keys = key.map(|(label, value)| (label.to_string(), Value::from(value)));
    let draft = kit::draft().with(|draft| {
        *at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]) = map(text_keys);
    });
    assert_eq!(
        rejected(&draft.issue().show().response()),
        Rejected::DeviceKey { document: 0 }
    );
}

#[test]
fn a08_simple_value_as_header_label() {
    let draft = kit::draft().with(|draft| insert(&mut draft.protected, Value::Null, Value::Null));
    assert_eq!(unreadable(&draft.issue().show().response()), KeyType);
}

/// Peers do not all write the shortest heads; digests are over what they wrote. Must accept.
#[test]
fn a09_heads_that_are_not_the_shortest() {
    let content = b"\xb8\x04\x78\x08digestID\x18\x00\x66random\x58\x20\
        00000000000000000000000000000000\x71elementIdentifier\x78\x0bfamily_name\
        \x6celementValue\x78\x06Martin";
    let elements = verify(&with_item(content.to_vec())).unwrap();
    assert_eq!(
        elements,
        [("family_name".into(), b"\x78\x06Martin".to_vec())]
    );
}

#[test]
fn a10_indefinite_lengths() {
    for value in [
        &b"\x5f\x41\x01\xff"[..],
        b"\x7f\x61a\xff",
        b"\x9f\xff",
        b"\xbf\xff",
    ] {
        assert_eq!(unreadable(&with_value(value)), IndefiniteLength);
    }
    let response = kit::good();
    let indefinite = [&[0xbf], &response[1..], &[0xff]].concat();
    assert_eq!(unreadable(&indefinite), IndefiniteLength);
}

#[test]
fn a11_nested_indefinite_strings() {
    assert_eq!(
        unreadable(&with_value(b"\x5f\x5f\x41\x01\xff\xff")),
        IndefiniteLength
    );
    assert_eq!(unreadable(&with_value(b"\x5f\x61a\xff")), IndefiniteLength);
}

#[test]
fn a12_trailing_bytes() {
    assert_eq!(
        unreadable(&[kit::good().as_slice(), &[0]].concat()),
        TrailingData
    );
    let item = encode(&Item::new(0, "family_name", "Martin").content());
    assert_eq!(
        unreadable(&with_item([item.as_slice(), &[0]].concat())),
        TrailingData
    );
    let draft = kit::draft();
    let payload = encode(&tag24([encode(&draft.mso).as_slice(), &[0]].concat()));
    assert_eq!(
        unreadable(&draft.clone().issue_payload(payload).show().response()),
        TrailingData
    );
    let payload = [encode(&tag24(encode(&draft.mso))).as_slice(), &[0]].concat();
    assert_eq!(
        unreadable(&draft.issue_payload(payload).show().response()),
        TrailingData
    );
    let shown = kit::draft().issue().show();
    let shown = shown.with(|shown| shown.device_name_spaces = encode(&tag24(vec![0xa0, 0])));
    assert_eq!(unreadable(&shown.response()), TrailingData);
    let issued = kit::draft().issue().with(|issued| {
        issued.issuer_auth[0] = Value::Bytes(vec![0xa1, 1, 0x26, 0]);
    });
    assert_eq!(unreadable(&issued.show().response()), TrailingData);
}

#[test]
fn a13_invalid_utf8() {
    assert_eq!(unreadable(&with_value(b"\x62\xc3\x28")), InvalidUtf8);
    assert_eq!(unreadable(&with_value(b"\x63\xed\xa0\x80")), InvalidUtf8);
    assert_eq!(unreadable(&with_value(b"\xa1\x61\xff\x00")), InvalidUtf8);
}

#[test]
fn a14_bytes_that_are_not_well_formed() {
    for value in [
        &[0x1c][..],
        &[0x5d],
        &[0x7e],
        &[0xff],
        &[0xfc],
        &[0xf8, 0x1f],
        &[0xdf],
    ] {
        assert_eq!(unreadable(&with_value(value)), NotWellFormed, "{value:x?}");
    }
    let odd_map = [0xa2, 0x61, b'a', 0, 0x61, b'b'];
    assert_eq!(unreadable(&odd_map), Truncated);
}

#[test]
fn a15_numbers_out_of_range() {
    let least = verify(&with_value(&[&[0x3b][..], &[0xff; 8]].concat())).unwrap();
    assert_eq!(
        least[0].1,
        [&[0x3b][..], &[0xff; 8]].concat(),
        "a value, and not read as one"
    );
    for id in [1 << 31, u64::from(u32::MAX) + 1, u64::MAX] {
        let response = kit::draft_of(vec![Item::new(id, "family_name", "Martin")]);
        assert_eq!(unreadable(&response.issue().show().response()), OutOfRange);
    }
    let last = kit::draft_of(vec![Item::new((1 << 31) - 1, "family_name", "Martin")]);
    assert_eq!(verify(&last.issue().show().response()).unwrap().len(), 1);
    let huge_alg = kit::draft().with(|draft| draft.protected = map([(1, u64::MAX.into())]));
    assert_eq!(unreadable(&huge_alg.issue().show().response()), OutOfRange);
}

#[test]
fn a16_floats_and_simple_values_where_we_read() {
    let mut response = kit::response([kit::draft().issue().show().document()]);
    *at(&mut response, &["status"]) = Value::from(0.0);
    assert_eq!(unreadable(&encode(&response)), UnexpectedType);
    let mut content = Item::new(0, "family_name", "Martin").content();
    *at(&mut content, &["digestID"]) = raw(&[0xf7]);
    assert_eq!(unreadable(&with_item(encode(&content))), UnexpectedType);
    let draft = kit::draft().with(|draft| *at(&mut draft.mso, &["version"]) = Value::from(1.0));
    assert_eq!(
        rejected(&draft.issue().show().response()),
        Rejected::MsoVersion { document: 0 }
    );
    for value in [&[0xf9, 0x7e, 0x01][..], &[0xf7], &[0xe0], &[0xf8, 0x20]] {
        assert_eq!(
            verify(&with_value(value)).unwrap()[0].1,
            value,
            "element values are any"
        );
    }
}

/// Whoever re-encodes an item fails on these. Must accept.
#[test]
fn a17_unusual_but_valid_items() {
    let mut content = Item::new(0, "family_name", "Martin").content();
    content.as_map_mut().unwrap().reverse();
    assert_eq!(verify(&with_item(encode(&content))).unwrap().len(), 1);
    insert(&mut content, "extension", Value::Null);
    assert_eq!(verify(&with_item(encode(&content))).unwrap().len(), 1);
    let long_tag = Item::new(0, "family_name", "Martin").bytes();
    let long_tag = [&[0xda, 0, 0, 0, 24], &long_tag[2..]].concat();
    let draft = kit::draft_of(vec![Item::new(0, "family_name", "Martin")]).with(|draft| {
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(&long_tag).to_vec();
        at(&mut draft.mso, &["valueDigests", kit::NAME_SPACE])
            .as_map_mut()
            .unwrap()[0]
            .1 = Value::Bytes(digest);
    });
    let issued = draft.issue().with(|issued| issued.items[0].1 = long_tag);
    assert_eq!(verify(&issued.show().response()).unwrap().len(), 1);
}

#[test]
fn a18_truncation_at_every_byte() {
    let response = kit::good();
    for end in 0..response.len() {
        let Err(Error::Decode(error)) = DeviceResponse::parse(&response[..end]) else {
            panic!("{end}")
        };
        assert_eq!(error.kind(), Truncated, "{end}");
        assert!(error.offset() as usize <= end);
    }
}
