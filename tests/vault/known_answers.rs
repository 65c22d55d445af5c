//! `test-vectors/vault/known_answers.json`, which `compute.py` beside it made with hashlib, hmac and
//! the `cryptography` package, from the format alone.

use serde_json::Value;
use vitacard::crypto::{CryptoError, RUSTCRYPTO, Secret, SecureRandom};
use vitacard::vault::{
    AttemptCounter as _, ItemId, ItemKind, MemoryStore, Platform, Settings, SoftwareDevice, Vault,
    VaultStore as _,
};

use crate::rig::{Derived, Parts, START, new, passcode, sha256};

const ANSWERS: &str = include_str!("../../test-vectors/vault/known_answers.json");

/// Randomness that was written down.
struct Written(Vec<u8>);

impl SecureRandom for Written {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        out.copy_from_slice(&self.0.drain(..out.len()).collect::<Vec<_>>());
        Ok(())
    }
}

fn bytes(answer: &Value, field: &str) -> Vec<u8> {
    hex::decode(text(answer, field)).unwrap()
}

fn text<'a>(answer: &'a Value, field: &str) -> &'a str {
    answer[field].as_str().unwrap()
}

fn number(answer: &Value, field: &str) -> u64 {
    answer[field].as_u64().unwrap()
}

fn device(answer: &Value) -> SoftwareDevice {
    let key = bytes(answer, "device_key").try_into().unwrap();
    SoftwareDevice::with_key(Secret::new(key), &RUSTCRYPTO)
}

/// Those that this build can open.
fn answers() -> Vec<Value> {
    let answers: Vec<Value> = serde_json::from_str(ANSWERS).unwrap();
    assert_eq!(answers.len(), 4);
    let can = |answer: &Value| cfg!(feature = "argon2") || answer["costs"].is_null();
    answers.into_iter().filter(can).collect()
}

#[test]
fn a_vault_that_python_made_opens() {
    for answer in answers() {
        let (mut device, mut store) = (device(&answer), MemoryStore::default());
        let mut platform = Platform {
            device: &mut device,
            store: &mut store,
            crypto: &RUSTCRYPTO,
        };
        let mut vault = Vault::parse(&bytes(&answer, "file"), START).unwrap();
        let digits = passcode(text(&answer, "passcode"));
        let lease = vault.unlock(&digits, START, &mut platform).unwrap();
        let id = ItemId::new(ItemKind::Card, text(&answer, "item_name").as_bytes()).unwrap();
        let version = number(&answer, "version");
        let opened = lease.open(&id, version, &bytes(&answer, "item"), &RUSTCRYPTO);
        assert_eq!(opened.unwrap().as_bytes(), bytes(&answer, "content"));
    }
}

#[test]
fn ours_has_the_same_bytes() {
    for answer in answers() {
        let (mut device, mut store) = (device(&answer), MemoryStore::default());
        device.raise_epoch(number(&answer, "epoch") - 1).unwrap();
        let tries = u8::try_from(number(&answer, "max_tries")).unwrap();
        let mut settings = Settings::default().with_max_tries(tries).unwrap();
        if let Some(costs) = answer["costs"].as_array() {
            let [m, t, p] = [0, 1, 2].map(|i| u32::try_from(costs[i].as_u64().unwrap()).unwrap());
            settings = settings.with_argon2id(m, t, p).unwrap();
        }
        let drawn = ["vault_id", "key", "salt", "nonce", "item_nonce"];
        let mut rng = Written(drawn.map(|field| bytes(&answer, field)).concat());
        let mut platform = Platform {
            device: &mut device,
            store: &mut store,
            crypto: &RUSTCRYPTO,
        };
        let chosen = new(text(&answer, "passcode"));
        let made = Vault::create(&chosen, settings, START, &mut platform, &mut rng);
        let (_, lease) = made.unwrap();
        assert_eq!(store.read("vault").unwrap(), Some(bytes(&answer, "file")));
        let id = ItemId::new(ItemKind::Card, text(&answer, "item_name").as_bytes()).unwrap();
        let version = number(&answer, "version");
        let sealed = lease.seal(
            &id,
            version,
            &bytes(&answer, "content"),
            &RUSTCRYPTO,
            &mut rng,
        );
        assert_eq!(sealed.unwrap(), bytes(&answer, "item"));
    }
}

/// The keys that other tests here compute are the ones that Python computes.
#[test]
fn the_keys_of_these_tests_are_right() {
    let answer = &answers()[0];
    let parts = Parts::of(&bytes(answer, "file"));
    let key = bytes(answer, "device_key").try_into().unwrap();
    let derived = Derived::with_key(&parts, text(answer, "passcode"), key);
    assert_eq!(derived.p[..], bytes(answer, "p"));
    assert_eq!(derived.h[..], bytes(answer, "h"));
    assert_eq!(derived.okm[..], bytes(answer, "okm"));
    assert_eq!(derived.commitment()[..], parts.commitment);
    assert_eq!(hex::encode(sha256(&[b"abc"]))[..8], *"ba7816bf");
}
