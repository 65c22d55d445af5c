//! Group A: bytes that are no response.

use ciborium::Value;

use crate::case::{Case, card, card_of, garbled, respond, show, signed, tampered, undecodable};
use crate::kit::{self, Item, array, at, encode, insert, map, raw, remove, tag24};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = values();
    cases.extend(keys());
    cases.extend(structures());
    cases.extend(counts());
    cases
}

/// A response whose first element has this content of tag 24, signed as it is.
fn with_item(content: Vec<u8>) -> Vec<u8> {
    let item = Item::new(0, "family_name", "Martin").with(|item| item.content = Some(content));
    respond(card_of(vec![item]).issue())
}

/// A response with an element of this value, signed as it is.
fn with_value(value: &[u8]) -> Vec<u8> {
    with_item(encode(&Item::new(0, "family_name", raw(value)).content()))
}

/// A document that was changed as a whole.
fn with_document(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut document = show(card().issue()).document();
    change(&mut document);
    encode(&kit::response([document]))
}

fn with_response(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut response = kit::response([show(card().issue()).document()]);
    change(&mut response);
    encode(&response)
}

fn twice(map: &mut Value) {
    let entries = map.as_map_mut().expect("a map");
    entries.push(entries[0].clone());
}

fn values() -> Vec<Case> {
    let mut deep = vec![0];
    (0..20).for_each(|_| deep = encode(&tag24(deep.clone())));
    let huge = |head: u8| with_value(&[&[head][..], &[0xff; 8]].concat());
    let rows = vec![
        (
            "length_of_64_bits_bytes",
            "A byte string cannot be longer than the message.",
            "A1",
            huge(0x5b),
            "TooLong",
        ),
        (
            "length_of_64_bits_text",
            "A text cannot be longer than the message.",
            "A1",
            huge(0x7b),
            "TooLong",
        ),
        (
            "length_of_64_bits_array",
            "An array cannot have more items than the message has bytes.",
            "A1",
            huge(0x9b),
            "TooLong",
        ),
        (
            "length_of_64_bits_map",
            "A map cannot have more entries than the message has bytes.",
            "A1",
            huge(0xbb),
            "TooLong",
        ),
        (
            "length_of_two_gigabytes",
            "A length that the message does not hold is no reason to allocate.",
            "A1",
            with_value(&[0x5a, 0x7f, 0xff, 0xff, 0xff]),
            "Truncated",
        ),
        (
            "nesting_too_deep",
            "Items are nested 16 levels deep at most.",
            "A3",
            with_value(&[[0x81; 20].as_slice(), &[0]].concat()),
            "TooDeep",
        ),
        (
            "nesting_through_byte_strings",
            "Levels count through the byte strings of tag 24.",
            "A4",
            with_value(&deep),
            "TooDeep",
        ),
        (
            "indefinite_bytes",
            "Byte strings have definite lengths.",
            "A10",
            with_value(b"\x5f\x41\x01\xff"),
            "IndefiniteLength",
        ),
        (
            "indefinite_text",
            "Texts have definite lengths.",
            "A10",
            with_value(b"\x7f\x61a\xff"),
            "IndefiniteLength",
        ),
        (
            "indefinite_array",
            "Arrays have definite lengths.",
            "A10",
            with_value(b"\x9f\xff"),
            "IndefiniteLength",
        ),
        (
            "indefinite_map",
            "Maps have definite lengths.",
            "A10",
            with_value(b"\xbf\xff"),
            "IndefiniteLength",
        ),
        (
            "indefinite_text_chunk_in_bytes",
            "A text is no chunk of a byte string.",
            "A11",
            with_value(b"\x5f\x61a\xff"),
            "IndefiniteLength",
        ),
        (
            "invalid_utf8",
            "Texts are UTF-8.",
            "A13",
            with_value(b"\x62\xc3\x28"),
            "InvalidUtf8",
        ),
        (
            "invalid_utf8_surrogate",
            "UTF-8 has no surrogates.",
            "A13",
            with_value(b"\x63\xed\xa0\x80"),
            "InvalidUtf8",
        ),
        (
            "invalid_utf8_key",
            "Keys that are texts are UTF-8.",
            "A13",
            with_value(b"\xa1\x61\xff\x00"),
            "InvalidUtf8",
        ),
        (
            "reserved_additional_information",
            "Additional information 28 to 30 is reserved.",
            "A14",
            with_value(&[0x1c]),
            "NotWellFormed",
        ),
        (
            "lone_break",
            "A break ends an item of indefinite length and nothing else.",
            "A14",
            with_value(&[0xff]),
            "NotWellFormed",
        ),
        (
            "simple_value_in_two_bytes",
            "Simple values below 32 have no form of two bytes.",
            "A14",
            with_value(&[0xf8, 0x1f]),
            "NotWellFormed",
        ),
        (
            "digest_id_of_2_to_31",
            "A digestID is smaller than 2^31.",
            "A15",
            respond(card_of(vec![Item::new(1 << 31, "family_name", "Martin")]).issue()),
            "OutOfRange",
        ),
        (
            "digest_id_of_2_to_32",
            "A digestID is not taken modulo 2^32.",
            "A15",
            respond(card_of(vec![Item::new(1 << 32, "family_name", "Martin")]).issue()),
            "OutOfRange",
        ),
    ];
    undecodable(rows)
}

fn keys() -> Vec<Case> {
    let item = |change: &dyn Fn(&mut Value)| {
        let mut content = Item::new(0, "family_name", "Martin").content();
        change(&mut content);
        with_item(encode(&content))
    };
    let key = |key: &[u8]| with_value(&[&[0xa2, 1, 2], key, &[3]].concat());
    let label = |label: Value| signed(|draft| draft.protected = map([(label, Value::from(-7))]));
    let unordered = (0..257_u64).rev().map(|n| (n.into(), Value::Null));
    let unordered = encode(&Value::Map(unordered.collect()));
    let rows = vec![
        (
            "duplicate_key_in_mso",
            "The MSO holds each key once.",
            "A5",
            signed(|d| twice(&mut d.mso)),
            "DuplicateKey",
        ),
        (
            "duplicate_key_in_validity_info",
            "ValidityInfo holds each key once.",
            "A5",
            signed(|d| twice(at(&mut d.mso, &["validityInfo"]))),
            "DuplicateKey",
        ),
        (
            "duplicate_key_in_device_key",
            "A COSE_Key holds each label once.",
            "A5",
            signed(|d| twice(at(&mut d.mso, &["deviceKeyInfo", "deviceKey"]))),
            "DuplicateKey",
        ),
        (
            "duplicate_digest_id",
            "A name space holds each digestID once.",
            "A5",
            signed(|d| twice(at(&mut d.mso, &["valueDigests", kit::NAME_SPACE]))),
            "DuplicateKey",
        ),
        (
            "duplicate_name_space_in_mso",
            "The MSO holds each name space once.",
            "A5",
            signed(|d| twice(at(&mut d.mso, &["valueDigests"]))),
            "DuplicateKey",
        ),
        (
            "duplicate_name_space",
            "A document holds each name space once.",
            "A5",
            with_document(|d| twice(at(d, &["issuerSigned", "nameSpaces"]))),
            "DuplicateKey",
        ),
        (
            "duplicate_key_in_document",
            "A document holds each key once.",
            "A5",
            with_document(twice),
            "DuplicateKey",
        ),
        (
            "duplicate_key_in_response",
            "A response holds each key once.",
            "A5",
            with_response(twice),
            "DuplicateKey",
        ),
        (
            "duplicate_element_value",
            "An item holds one value.",
            "A5",
            item(&|c| insert(c, "elementValue", "Dupont".into())),
            "DuplicateKey",
        ),
        (
            "duplicate_key_in_element_value",
            "Maps in element values hold each key once.",
            "A5",
            with_value(&[0xa2, 1, 2, 1, 3]),
            "DuplicateKey",
        ),
        (
            "duplicate_key_of_another_width",
            "01 and 1801 are one key.",
            "A6",
            with_value(&[0xa2, 1, 2, 0x18, 1, 3]),
            "DuplicateKey",
        ),
        (
            "duplicate_text_key_of_another_width",
            "Keys are compared by value, not by bytes.",
            "A6",
            with_value(&[0xa2, 0x61, b'a', 2, 0x78, 1, b'a', 3]),
            "DuplicateKey",
        ),
        (
            "bignum_key",
            "A bignum is no key: some decoders make an integer of it.",
            "A6",
            key(&[0xc2, 0x41, 1]),
            "KeyType",
        ),
        (
            "float_key",
            "A float is no key: 1.0 equals 1 in some languages.",
            "A6",
            key(&[0xf9, 0x3c, 0]),
            "KeyType",
        ),
        (
            "boolean_key",
            "A boolean is no key: true equals 1 in some languages.",
            "A7",
            key(&[0xf5]),
            "KeyType",
        ),
        (
            "boolean_label",
            "A boolean is no label.",
            "A7",
            label(true.into()),
            "KeyType",
        ),
        (
            "byte_string_label",
            "A byte string is no label.",
            "A7",
            label(Value::Bytes(vec![1])),
            "KeyType",
        ),
        (
            "null_label",
            "A simple value is no label.",
            "A8",
            signed(|d| insert(&mut d.protected, Value::Null, Value::Null)),
            "KeyType",
        ),
        (
            "too_many_unordered_keys",
            "Keys out of order must all be compared, so that 256 of them are enough.",
            "A5",
            with_value(&unordered),
            "TooManyKeys",
        ),
        (
            "float_as_status",
            "The status of a response is an integer, and 0.0 is none.",
            "A16",
            with_response(|r| *at(r, &["status"]) = Value::from(0.0)),
            "UnexpectedType",
        ),
        (
            "undefined_as_digest_id",
            "A digestID is an integer.",
            "A16",
            item(&|c| *at(c, &["digestID"]) = raw(&[0xf7])),
            "UnexpectedType",
        ),
        (
            "empty_element_identifier",
            "An identifier is not empty.",
            "D6",
            item(&|c| *at(c, &["elementIdentifier"]) = "".into()),
            "Empty",
        ),
    ];
    undecodable(rows)
}

fn structures() -> Vec<Case> {
    let good = respond(card().issue());
    let payload = |payload: Vec<u8>| respond(card().issue_payload(payload));
    let mso = encode(&card().mso);
    let trailing = |bytes: &[u8]| [bytes, &[0]].concat();
    let item = encode(&Item::new(0, "family_name", "Martin").content());
    let rows = vec![
        (
            "empty_message",
            "No bytes are no response.",
            "A18",
            vec![],
            "Truncated",
        ),
        (
            "truncated_in_signature",
            "A response is whole.",
            "A18",
            good[..good.len() - 20].to_vec(),
            "Truncated",
        ),
        (
            "truncated_by_one_byte",
            "A response is whole, to its last byte.",
            "A18",
            good[..good.len() - 1].to_vec(),
            "Truncated",
        ),
        (
            "map_with_odd_items",
            "A map has a value for each key.",
            "A14",
            vec![0xa2, 0x61, b'a', 0, 0x61, b'b'],
            "Truncated",
        ),
        (
            "trailing_byte",
            "Nothing follows a response.",
            "A12",
            trailing(&good),
            "TrailingData",
        ),
        (
            "trailing_byte_in_item",
            "Nothing follows an item inside tag 24.",
            "A12",
            with_item(trailing(&item)),
            "TrailingData",
        ),
        (
            "trailing_byte_in_mso",
            "Nothing follows the MSO inside tag 24.",
            "A12",
            payload(encode(&tag24(trailing(&mso)))),
            "TrailingData",
        ),
        (
            "trailing_byte_in_payload",
            "Nothing follows the payload of issuerAuth.",
            "A12",
            payload(trailing(&encode(&tag24(mso.clone())))),
            "TrailingData",
        ),
        (
            "trailing_byte_in_device_name_spaces",
            "Nothing follows DeviceNameSpaces inside tag 24.",
            "A12",
            garbled(|s| s.device_name_spaces = encode(&tag24(vec![0xa0, 0]))),
            "TrailingData",
        ),
        (
            "trailing_byte_in_protected_bucket",
            "Nothing follows the protected bucket.",
            "A12",
            tampered(|i| i.issuer_auth[0] = Value::Bytes(vec![0xa1, 1, 0x26, 0])),
            "TrailingData",
        ),
        (
            "indefinite_response",
            "A response has definite lengths.",
            "A10",
            [&[0xbf], &good[1..], &[0xff]].concat(),
            "IndefiniteLength",
        ),
        (
            "doc_type_missing",
            "A document names its type.",
            "D9",
            with_document(|d| remove(d, "docType")),
            "MissingKey",
        ),
        (
            "doc_type_empty",
            "A document type is not empty.",
            "D6",
            tampered(|i| i.doc_type = "".into()),
            "Empty",
        ),
        (
            "issuer_signed_missing",
            "A document holds what the issuer signed.",
            "D9",
            with_document(|d| remove(d, "issuerSigned")),
            "MissingKey",
        ),
        (
            "device_signed_missing",
            "A document holds what the device signed.",
            "F9",
            with_document(|d| remove(d, "deviceSigned")),
            "MissingKey",
        ),
        (
            "device_auth_missing",
            "A document without device authentication is not half a success.",
            "F9",
            with_document(|d| remove(at(d, &["deviceSigned"]), "deviceAuth")),
            "MissingKey",
        ),
        (
            "device_auth_empty",
            "Device authentication is a signature or a MAC.",
            "F9",
            garbled(|s| s.device_auth = Value::Map(vec![])),
            "MissingKey",
        ),
        (
            "device_signature_and_mac",
            "Device authentication is a signature or a MAC, not both.",
            "F2",
            garbled(|s| {
                let sign1 = at(&mut s.device_auth, &["deviceSignature"]).clone();
                insert(&mut s.device_auth, "deviceMac", sign1);
            }),
            "Contradiction",
        ),
        (
            "documents_with_error_status",
            "A response with an error status holds no documents.",
            "D9",
            with_response(|r| *at(r, &["status"]) = 10.into()),
            "Contradiction",
        ),
        (
            "response_version_unknown",
            "Version 2.0 of a response is not known.",
            "D9",
            with_response(|r| *at(r, &["version"]) = "2.0".into()),
            "UnknownVersion",
        ),
        (
            "response_version_not_dotted",
            "\"1\" is no version.",
            "D9",
            with_response(|r| *at(r, &["version"]) = "1".into()),
            "UnknownVersion",
        ),
    ];
    undecodable(rows)
}

fn counts() -> Vec<Case> {
    let zeros = |count: usize| Value::Array(vec![0.into(); count]);
    let names = |count: u32, value: Value| {
        Value::Map(
            (0..count)
                .map(|n| (format!("org.example.{n}").into(), value.clone()))
                .collect(),
        )
    };
    let name_spaces =
        |value: Value| with_document(|d| *at(d, &["issuerSigned", "nameSpaces"]) = value);
    let rows = vec![
        (
            "no_documents_in_array",
            "An array of documents is not empty.",
            "D9",
            with_response(|r| *at(r, &["documents"]) = array([])),
            "Empty",
        ),
        (
            "no_name_spaces_in_map",
            "A map of name spaces is not empty.",
            "D9",
            name_spaces(Value::Map(vec![])),
            "Empty",
        ),
        (
            "no_items_in_name_space",
            "A name space is not empty.",
            "D9",
            name_spaces(map([(kit::NAME_SPACE, array([]))])),
            "Empty",
        ),
        (
            "too_many_documents",
            "A response holds 16 documents at most.",
            "K2",
            with_response(|r| *at(r, &["documents"]) = zeros(17)),
            "TooMany",
        ),
        (
            "too_many_name_spaces",
            "A document holds 64 name spaces at most.",
            "K2",
            name_spaces(names(65, array([]))),
            "TooMany",
        ),
        (
            "too_many_items",
            "A document holds 1024 items at most.",
            "K2",
            name_spaces(map([(kit::NAME_SPACE, zeros(1025))])),
            "TooMany",
        ),
        (
            "too_many_device_name_spaces",
            "A device signs 64 name spaces at most.",
            "K2",
            tampered(|i| i.device_name_spaces = names(65, Value::Map(vec![]))),
            "TooMany",
        ),
    ];
    undecodable(rows)
}
