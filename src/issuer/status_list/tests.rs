//! What an issuer publishes, read by our own verifier and by coset.
#![allow(clippy::type_complexity, reason = "rows of tables")]

use std::vec;

use coset::{CborSerializable as _, CoseSign1, TaggedCborSerializable as _};

use super::*;
use crate::crypto::{RUSTCRYPTO, SoftwareSigner};
use crate::delegation::DelegationId;
use crate::pki::{Entity, NOW, Profile, date, key_usage};
use crate::status::token::{ListContent, VerifiedList};
use crate::time::unix_time;

const URI: &str = "https://status.example/1";

fn validity() -> Validity {
    Validity::new(unix_time(NOW), unix_time(NOW + 7 * 86_400)).unwrap()
}

fn lister(profile: Profile) -> (Entity, SoftwareSigner) {
    let entity = Entity::root().issue(profile, "status signer");
    let signer = SoftwareSigner::from_bytes(&entity.key.scalar()).unwrap();
    (entity, signer)
}

fn draft(bits: u8, entries: u64) -> StatusListDraft {
    StatusListDraft::new(URI, bits, entries, validity()).unwrap()
}

fn signed(unsigned: impl FnOnce(Algorithm, &[&[u8]]) -> Result<UnsignedList, Error>) -> Vec<u8> {
    let (entity, signer) = lister(Profile::status_signer());
    let unsigned = unsigned(Algorithm::ES256, &[&entity.der]).unwrap();
    unsigned.sign(&signer, &RUSTCRYPTO).unwrap()
}

/// By a reader that trusts the root.
fn taken(token: &[u8], now: u64) -> Result<VerifiedList, Error> {
    let mut anchors = TrustAnchors::new();
    anchors.add_root(&Entity::root().der).unwrap();
    let trust = StatusTrust::anchors(&anchors);
    ListToken::parse(token, &ListLimits::default())?.verify(
        URI,
        &trust,
        &RUSTCRYPTO,
        unix_time(now),
    )
}

#[track_caller]
fn misused<T>(expected: Misuse, result: Result<T, Error>) {
    assert_eq!(result.err(), Some(Error::Misuse(expected)));
}

#[test]
fn statuses_of_every_width() {
    let rows: [(u8, &[(u64, u8)], &[u8]); 4] = [
        (1, &[(0, 1), (3, 1), (15, 1)], &[0x09, 0x80]),
        (2, &[(0, 1), (1, 2), (3, 3), (7, 2)], &[0xc9, 0x80]),
        (4, &[(0, 15), (2, 9), (3, 1)], &[0x0f, 0x19]),
        (8, &[(0, 255), (1, 7)], &[0xff, 0x07]),
    ];
    for (bits, statuses, expected) in rows {
        let mut draft = draft(bits, 16 / u64::from(bits));
        // The last one counts.
        draft.set(0, 0xff >> (8 - bits)).unwrap();
        for (index, status) in statuses {
            draft.set(*index, *status).unwrap();
        }
        let token = signed(|algorithm, chain| draft.prepare(algorithm, chain, &RUSTCRYPTO));
        let list = expected.to_vec();
        let content = taken(&token, NOW).unwrap().into_content();
        assert_eq!(content, ListContent::Statuses { bits, list });
    }
}

#[test]
fn what_it_says_beside_the_list() {
    let draft = draft(1, 20).with_ttl(43_200);
    let token = signed(|algorithm, chain| draft.prepare(algorithm, chain, &RUSTCRYPTO));
    let list = taken(&token, NOW).unwrap();
    assert_eq!(
        (list.iat(), list.exp()),
        (unix_time(NOW), validity().until())
    );
    assert_eq!((list.ttl(), list.uri()), (Some(43_200), URI));
    let list = list.into_content();
    let list_of_three_bytes = ListContent::Statuses {
        bits: 1,
        list: vec![0; 3],
    };
    assert_eq!(list, list_of_three_bytes);
    let error = taken(&token, validity().until().as_secs()).unwrap_err();
    assert_eq!(error.code(), 2559);
    assert!(CoseSign1::from_slice(&token).is_err(), "tag 18");
    let theirs = CoseSign1::from_tagged_slice(&token).unwrap();
    assert!(theirs.unprotected.is_empty());
    let labels: Vec<_> = theirs.protected.header.rest.into_iter().collect();
    let leaf = lister(Profile::status_signer()).0.der;
    assert_eq!(labels[0].1, STATUS_LIST_TYPE.into());
    assert_eq!(labels[1].1, leaf.into());
    let payload = theirs.payload.unwrap();
    let item = crate::cbor::WellFormed::parse(&payload, payload.len()).unwrap();
    item.check_deterministic().unwrap();
}

#[test]
fn identifiers() {
    let ids = [[7; 16], [3; 16]].map(DelegationId::from_bytes);
    let draft = IdentifierListDraft::new(URI, validity()).unwrap();
    let draft = ids
        .iter()
        .fold(draft, |draft, id| draft.with_identifier(id.as_bytes()))
        .with_identifier(b"\x17\x2a")
        .with_identifier(b"\x17\x2a")
        .with_ttl(60);
    let token = signed(|algorithm, chain| draft.prepare(algorithm, chain, &RUSTCRYPTO));
    let list = taken(&token, NOW).unwrap();
    assert_eq!(list.ttl(), Some(60));
    let ListContent::Identifiers(found) = list.clone().into_content() else {
        panic!("identifiers");
    };
    let expected: [&[u8]; 3] = [b"\x17\x2a", &[3; 16], &[7; 16]];
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);
}

/// Over the 256 keys that a map may hold out of order, and over 1 MiB.
#[test]
fn long_lists() {
    let mut draft = IdentifierListDraft::new(URI, validity()).unwrap();
    for number in 0..70_000_u32 {
        let id = [[0; 12].as_slice(), &number.to_be_bytes()].concat();
        draft = draft.with_identifier(&id);
    }
    let token = signed(|algorithm, chain| draft.prepare(algorithm, chain, &RUSTCRYPTO));
    assert!(token.len() > 1 << 20);
    let list = taken(&token, NOW).unwrap();
    let ListContent::Identifiers(found) = list.clone().into_content() else {
        panic!("identifiers");
    };
    assert_eq!(found.len(), 70_000);
    assert!(found.contains(&[[0; 12].as_slice(), &69_999_u32.to_be_bytes()].concat()));
}

#[test]
fn what_no_reader_would_take() {
    misused(
        Misuse::ListAddressEmpty,
        StatusListDraft::new("", 1, 8, validity()),
    );
    misused(
        Misuse::ListAddressEmpty,
        IdentifierListDraft::new("", validity()),
    );
    for bits in [0, 3, 5, 16, 255] {
        misused(
            Misuse::StatusBits,
            StatusListDraft::new(URI, bits, 8, validity()),
        );
    }
    for (bits, entries) in [(1, (1 << 27) + 1), (8, (1 << 24) + 1), (8, u64::MAX)] {
        misused(
            Misuse::ListTooLong,
            StatusListDraft::new(URI, bits, entries, validity()),
        );
    }
    for (bits, index, status) in [
        (1, 0, 2),
        (2, 0, 4),
        (4, 0, 16),
        (1, 9, 1),
        (8, u64::MAX, 1),
    ] {
        misused(Misuse::StatusValue, draft(bits, 9).set(index, status));
    }
}

#[test]
fn dates_and_chains() {
    let (entity, signer) = lister(Profile::status_signer());
    let prepare = |validity: Validity, chain: &[&[u8]]| {
        StatusListDraft::new(URI, 1, 8, validity)?.prepare(Algorithm::ES256, chain, &RUSTCRYPTO)
    };
    let window = |from, until| Validity::new(unix_time(from), unix_time(until)).unwrap();
    let leaf: &[&[u8]] = &[&entity.der];
    misused(Misuse::InvalidValidity, prepare(window(NOW, NOW), leaf));
    misused(Misuse::EmptyChain, prepare(validity(), &[]));
    misused(
        Misuse::ChainBroken,
        prepare(validity(), &[b"no certificate"]),
    );
    misused(
        Misuse::SignedOutsideLeaf,
        prepare(window(NOW, date(2029, 1, 1) + 1), leaf),
    );
    misused(
        Misuse::SignedOutsideLeaf,
        prepare(window(date(2026, 1, 1) - 1, NOW), leaf),
    );
    let no_listers = [
        Profile::mdoc_reader(),
        Profile::intermediate(),
        Profile::status_signer().with(|p| p.key_usage = Some(key_usage::CRL_SIGN)),
    ];
    for profile in no_listers {
        let leaf = lister(profile).0.der;
        misused(Misuse::ChainBroken, prepare(validity(), &[&leaf]));
    }
    let root = Entity::root().der;
    misused(
        Misuse::ChainBroken,
        prepare(validity(), &[&entity.der, &root]),
    );
    let unsigned = prepare(validity(), leaf).unwrap();
    let other = SoftwareSigner::from_bytes(&[9; 32]).unwrap();
    misused(
        Misuse::SignatureNotByThisKey,
        unsigned.sign(&other, &RUSTCRYPTO),
    );
    let unsupported = draft(1, 8).prepare(Algorithm::EDDSA, leaf, &RUSTCRYPTO);
    misused(Misuse::UnsupportedAlgorithm, unsupported);
    let unsigned = prepare(validity(), leaf).unwrap();
    let signature = signer.sign(unsigned.to_be_signed()).unwrap();
    let token = unsigned.complete(&signature, &RUSTCRYPTO).unwrap();
    assert!(taken(&token, NOW).is_ok());
}
