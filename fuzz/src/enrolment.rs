//! What must hold of every message between a phone and its issuer that parses, whoever has signed it.

use ciborium::Value;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::enrolment::{
    Acceptance, BlockRequest, CardLine, EnrolmentAnchors, EnrolmentRequest, Invitation, Memory,
    RefreshRequest,
};
use vitacard::unix_time;

use crate::lending::NOW;

/// Any bytes, as each of the messages.
pub fn enrolment(bytes: &[u8]) {
    let read = [
        Invitation::parse(bytes).is_ok(),
        EnrolmentRequest::parse(bytes).is_ok(),
        RefreshRequest::parse(bytes).is_ok(),
        Acceptance::parse(bytes).is_ok(),
        BlockRequest::parse(bytes).is_ok(),
    ];
    let kinds = read.into_iter().filter(|read| *read).count();
    assert!(kinds <= 1, "a message is taken for two kinds: {read:?}");
    if kinds == 1 {
        has_one_form(bytes);
    }
    refused_by_strangers(bytes);
    if let Ok(line) = CardLine::from_bytes(bytes) {
        assert_eq!(line.to_bytes(), bytes, "a line has one form");
        let _ = (line.invalid_places().count(), line.replaces_at());
        let _ = (line.refreshes().count(), line.oldest_valid());
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        let _ = Invitation::from_text(text);
    }
}

/// ciborium writes shortest heads, and keys in the order that it has read: the same bytes come out
/// where heads are the shortest, lengths definite and no value of a kind that it normalises.
fn has_one_form(bytes: &[u8]) {
    let message: Value = ciborium::from_reader(bytes).expect("what we read, ciborium reads");
    let parts = message.as_array().expect("four parts");
    assert_eq!(parts.len(), 4);
    assert_eq!(written(&message), bytes);
    for part in [&parts[0], &parts[2]] {
        let part = part.as_bytes().expect("in a byte string");
        let inside: Value = ciborium::from_reader(part.as_slice()).expect("CBOR");
        assert_eq!(written(&inside), *part);
        let keys = inside.as_map().expect("a map").iter();
        let keys: Vec<_> = keys.map(|(key, _)| written(key)).collect();
        assert!(keys.is_sorted(), "keys ascend");
    }
}

fn written(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("into memory");
    bytes
}

/// Nobody whom we trust, nothing that we know: nothing is believed, and nothing kept.
fn refused_by_strangers(bytes: &[u8]) {
    let (mut store, now) = (Memory::default(), unix_time(NOW));
    if let Ok(invitation) = Invitation::parse(bytes) {
        let anchors = EnrolmentAnchors::new();
        assert!(invitation.verify(&anchors, &RUSTCRYPTO, now).is_err());
    }
    if let Ok(request) = RefreshRequest::parse(bytes) {
        assert!(request.verify(&[0; 16], &store, &RUSTCRYPTO, now).is_err());
    }
    if let Ok(message) = Acceptance::parse(bytes) {
        assert!(message.apply(&mut store, &RUSTCRYPTO, now).is_err());
    }
    if let Ok(request) = BlockRequest::parse(bytes) {
        assert!(request.apply(&mut store, &RUSTCRYPTO, now).is_err());
    }
    assert_eq!(store.lines().count(), 0);
}
