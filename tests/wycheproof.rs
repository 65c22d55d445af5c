//! Wycheproof's ECDSA signatures on P-256, checked in every way that the engine knows.
#![cfg(feature = "rustcrypto")]

use sha2::Digest as _;
use vitacard::crypto::{
    Digest, DigestAlgorithm, Es256, GeneratorTable, PreparedKey, PublicKey, RUSTCRYPTO, Signature,
    SignatureVerifier, TableSize, VerifyingKey,
};
use wycheproof::TestResult;
use wycheproof::ecdsa::{TestName, TestSet};

#[test]
fn p1363_with_sha256() {
    let sha256 = RUSTCRYPTO.digest(DigestAlgorithm::Sha256).unwrap();
    let tally = run(TestName::EcdsaSecp256r1Sha256P1363, sha256, |signature| {
        Some(signature.to_vec())
    });
    assert!(tally.good > 150 && tally.bad > 80, "{tally:?}");
}

#[test]
fn der_with_sha256() {
    let sha256 = RUSTCRYPTO.digest(DigestAlgorithm::Sha256).unwrap();
    let tally = run(TestName::EcdsaSecp256r1Sha256, sha256, from_der);
    assert!(tally.good > 150 && tally.bad > 200, "{tally:?}");
}

/// Of a longer hash ECDSA takes the first 256 bits: more signatures for the same arithmetic.
#[test]
fn p1363_and_der_with_sha512() {
    let tally = run(
        TestName::EcdsaSecp256r1Sha512P1363,
        &Truncated,
        |signature| Some(signature.to_vec()),
    );
    assert!(tally.good > 150 && tally.bad > 80, "{tally:?}");
    let tally = run(TestName::EcdsaSecp256r1Sha512, &Truncated, from_der);
    assert!(tally.good > 150 && tally.bad > 200, "{tally:?}");
}

#[derive(Debug, Default)]
struct Tally {
    good: usize,
    bad: usize,
}

fn from_der(signature: &[u8]) -> Option<Vec<u8>> {
    let signature = Signature::from_der(signature, 32).ok()?;
    Some(signature.as_bytes().to_vec())
}

fn run(
    name: TestName,
    digest: &'static dyn Digest,
    signature: fn(&[u8]) -> Option<Vec<u8>>,
) -> Tally {
    let mut tally = Tally::default();
    for group in TestSet::load(name).unwrap().test_groups {
        let key = PublicKey::p256(&group.key.key).unwrap();
        let ways = Ways::new(&key, digest);
        for test in group.tests {
            let signature = signature(&test.sig);
            let verdicts = signature.map_or_else(
                || vec![false],
                |signature| ways.verdicts(&key, &test.msg, &signature),
            );
            let good = match test.result {
                TestResult::Valid => true,
                TestResult::Invalid => false,
                TestResult::Acceptable => verdicts[0],
            };
            let context = format!("{name:?} {}: {}", test.tc_id, test.comment);
            assert!(verdicts.iter().all(|verdict| *verdict == good), "{context}");
            *if good {
                &mut tally.good
            } else {
                &mut tally.bad
            } += 1;
        }
    }
    println!("{name:?}: {tally:?}");
    tally
}

/// Every table of the generator's, and every table of the key's.
struct Ways {
    verifiers: [Es256; 3],
    prepared: [PreparedKey; 3],
}

impl Ways {
    fn new(key: &PublicKey, digest: &'static dyn Digest) -> Self {
        let generators = [
            GeneratorTable::FULL,
            GeneratorTable::COMPACT,
            GeneratorTable::FLASH,
        ];
        let sizes = [TableSize::Full, TableSize::Compact, TableSize::Flash];
        Self {
            verifiers: generators.map(|table| Es256::new(digest, table)),
            prepared: sizes.map(|size| PreparedKey::new(key, size).unwrap()),
        }
    }

    fn verdicts(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Vec<bool> {
        let prepared = self.prepared.iter().map(VerifyingKey::prepared);
        let keys: Vec<_> = prepared
            .chain([VerifyingKey::new(key)])
            .flat_map(|key| [key, key.expecting_even_r()])
            .collect();
        let (start, end) = message.split_at(message.len() / 2);
        self.verifiers
            .iter()
            .flat_map(|verifier| keys.iter().map(move |key| (verifier, key)))
            .map(|(verifier, key)| verifier.verify(*key, &[start, end], signature).is_ok())
            .collect()
    }
}

/// The first 256 bits of SHA-512.
#[derive(Debug)]
struct Truncated;

impl Digest for Truncated {
    fn algorithm(&self) -> DigestAlgorithm {
        DigestAlgorithm::Sha256
    }

    fn hash(&self, parts: &[&[u8]], out: &mut [u8; 64]) {
        let mut hasher = sha2::Sha512::new();
        parts.iter().for_each(|part| hasher.update(part));
        out[..32].copy_from_slice(&hasher.finalize()[..32]);
    }
}
