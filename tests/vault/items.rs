//! Items: what was sealed opens, as itself and as nothing else.

use proptest::prelude::*;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::vault::{ItemId, ItemKind, Lease};
use vitacard::{Error, Misuse, VaultError};

use crate::rig::{RIGHT, Rig, refusal, vault_error};
use crate::seeded::Seeded;

const KINDS: [ItemKind; 3] = [
    ItemKind::Card,
    ItemKind::DelegatedCard,
    ItemKind::SoftwareKey,
];

fn id(kind: ItemKind, name: &[u8]) -> ItemId {
    ItemId::new(kind, name).unwrap()
}

fn seal(lease: &Lease, item: (&ItemId, u64), content: &[u8]) -> Vec<u8> {
    let sealed = lease.seal(item.0, item.1, content, &RUSTCRYPTO, &mut Seeded(8));
    sealed.unwrap()
}

fn open(lease: &Lease, item: (&ItemId, u64), sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let opened = lease.open(item.0, item.1, sealed, &RUSTCRYPTO)?;
    Ok(opened.as_bytes().to_vec())
}

proptest! {
    #[test]
    fn what_was_sealed_opens(
        kind in 0..3_usize,
        name in prop::collection::vec(any::<u8>(), 1..=254),
        version: u64,
        content in prop::collection::vec(any::<u8>(), 0..3000),
        seed: u64,
        flip: prop::sample::Index,
    ) {
        let (_, lease) = Rig::new().create(RIGHT).unwrap();
        let id = id(KINDS[kind], &name);
        let sealed = lease.seal(&id, version, &content, &RUSTCRYPTO, &mut Seeded(seed)).unwrap();
        prop_assert_eq!(sealed.len(), content.len() + 28);
        prop_assert_eq!(open(&lease, (&id, version), &sealed), Ok(content));
        let mut altered = sealed.clone();
        altered[flip.index(sealed.len())] ^= 1;
        let refused = Some(vault_error(VaultError::ItemRefused));
        prop_assert_eq!(open(&lease, (&id, version), &altered).err(), refused);
        prop_assert_eq!(open(&lease, (&id, version.wrapping_add(1)), &sealed).err(), refused);
    }
}

#[test]
fn an_item_of_another_name_kind_version_or_vault_is_refused() {
    let mut rig = Rig::new();
    let (_, lease) = rig.create(RIGHT).unwrap();
    let own = id(ItemKind::Card, b"insurer");
    let sealed = seal(&lease, (&own, 7), b"card");
    let others = [
        id(ItemKind::DelegatedCard, b"insurer"),
        id(ItemKind::SoftwareKey, b"insurer"),
        id(ItemKind::Card, b"insure"),
        id(ItemKind::Card, b"insurer\0"),
        id(ItemKind::Card, b"Insurer"),
    ];
    for other in &others {
        let error = refusal(open(&lease, (other, 7), &sealed));
        assert_eq!(error, vault_error(VaultError::ItemRefused));
    }
    for version in [0, 6, 8, 7 << 8, 7 << 56, u64::MAX] {
        let error = refusal(open(&lease, (&own, version), &sealed));
        assert_eq!(error, vault_error(VaultError::ItemRefused));
    }
    let mut other = Rig::new();
    other.rng = Seeded(2);
    let (_, stranger) = other.create(RIGHT).unwrap();
    let error = refusal(open(&stranger, (&own, 7), &sealed));
    assert_eq!(error, vault_error(VaultError::ItemRefused));
    assert_eq!(open(&lease, (&own, 7), &sealed), Ok(b"card".to_vec()));
}

/// Versions are remembered by the caller: whoever asks for an old one gets it.
#[test]
fn an_old_version_is_refused_to_whoever_knows_the_new_one() {
    let (_, lease) = Rig::new().create(RIGHT).unwrap();
    let id = id(ItemKind::Card, b"insurer");
    let (old, new) = (
        seal(&lease, (&id, 1), b"old"),
        seal(&lease, (&id, 2), b"new"),
    );
    assert_eq!(open(&lease, (&id, 2), &new), Ok(b"new".to_vec()));
    let error = refusal(open(&lease, (&id, 2), &old));
    assert_eq!(error, vault_error(VaultError::ItemRefused));
    assert_eq!(open(&lease, (&id, 1), &old), Ok(b"old".to_vec()));
}

#[test]
fn a_short_item_is_malformed() {
    let (_, lease) = Rig::new().create(RIGHT).unwrap();
    let id = id(ItemKind::SoftwareKey, b"key");
    let sealed = seal(&lease, (&id, 0), b"");
    assert_eq!(sealed.len(), 28);
    assert_eq!(open(&lease, (&id, 0), &sealed), Ok(vec![]));
    for length in 0..28 {
        let error = refusal(open(&lease, (&id, 0), &sealed[..length]));
        assert_eq!(error, vault_error(VaultError::ItemMalformed));
    }
    let longer = [&sealed[..], &[0]].concat();
    let error = refusal(open(&lease, (&id, 0), &longer));
    assert_eq!(error, vault_error(VaultError::ItemRefused));
}

#[test]
fn a_name_has_1_to_254_bytes() {
    for length in [0, 255, 256, 1000] {
        let refused = ItemId::new(ItemKind::Card, &vec![7; length]);
        assert_eq!(refused.err(), Some(Misuse::ItemName));
    }
    let (_, lease) = Rig::new().create(RIGHT).unwrap();
    for length in [1, 254] {
        let id = id(ItemKind::Card, &vec![7; length]);
        assert_eq!(
            open(&lease, (&id, 1), &seal(&lease, (&id, 1), b"x")),
            Ok(b"x".to_vec())
        );
    }
}

/// Randomness that fails seals nothing.
#[test]
fn without_randomness_nothing_is_sealed() {
    use vitacard::crypto::{CryptoError, SecureRandom};
    struct Broken;
    impl SecureRandom for Broken {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), CryptoError> {
            Err(CryptoError::Random)
        }
    }
    let (_, lease) = Rig::new().create(RIGHT).unwrap();
    let id = id(ItemKind::Card, b"insurer");
    let error = refusal(lease.seal(&id, 1, b"card", &RUSTCRYPTO, &mut Broken));
    assert_eq!(error, Error::Crypto(CryptoError::Random));
}
