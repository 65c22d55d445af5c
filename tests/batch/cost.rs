//! What company costs: counted, so that it does not depend on the clock.

use std::sync::{Mutex, PoisonError};

use vitacard::crypto::{
    Algorithm, Check, CryptoProvider, ES256, InvalidSignature, RUSTCRYPTO, SignatureVerifier,
    VerifyingKey,
};
use vitacard::reader::Reader;

use crate::{KINDS, together};

/// ES256, and what it was asked.
#[derive(Debug)]
struct Counting;
static COUNTING: CryptoProvider = CryptoProvider {
    signatures: &[&Counting],
    ..RUSTCRYPTO
};

#[derive(Clone, Debug, Default)]
struct Asked {
    alone: usize,
    /// How many signatures in each call, and the seed.
    together: Vec<(usize, [u8; 32])>,
}

static ASKED: Mutex<Asked> = Mutex::new(Asked {
    alone: 0,
    together: Vec::new(),
});
static ONE_TEST_AT_A_TIME: Mutex<()> = Mutex::new(());

impl SignatureVerifier for Counting {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn verify(
        &self,
        key: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        ASKED.lock().unwrap().alone += 1;
        ES256.verify(key, message, signature)
    }

    fn verify_all(&self, checks: &[Check<'_>], seed: &[u8; 32]) -> Result<(), InvalidSignature> {
        let mut asked = ASKED.lock().unwrap();
        asked.together.push((checks.len(), *seed));
        drop(asked);
        ES256.verify_all(checks, seed)
    }
}

fn number(name: &str) -> usize {
    let mut kinds = KINDS.1.iter();
    kinds.position(|(kind, _)| kind.name == name).unwrap()
}

/// What is asked for the kinds with these numbers: one by one, then all at once.
fn asked(numbers: &[usize]) -> (Asked, Asked) {
    let (world, kinds) = &*KINDS;
    let _guard = ONE_TEST_AT_A_TIME
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let reader = Reader::new(COUNTING, world.anchors());
    *ASKED.lock().unwrap() = Asked::default();
    for number in numbers {
        kinds[*number].0.claim(world, |response, exchange| {
            let _: Result<_, _> = reader.verify(response, &exchange);
        });
    }
    let one_by_one = ASKED.lock().unwrap().clone();
    *ASKED.lock().unwrap() = Asked::default();
    together(&reader, numbers, &mut reader.anchors().cache::<4>());
    let all_at_once = ASKED.lock().unwrap().clone();
    (one_by_one, all_at_once)
}

fn shared(asked: &Asked) -> usize {
    asked.together.iter().map(|(count, _)| count).sum()
}

#[test]
fn good_signatures_are_checked_together() {
    let count = 160;
    let good = number("good device a, hint true, even true");
    let (alone, together) = asked(&vec![good; count]);
    assert_eq!((alone.alone, shared(&alone)), (2 * count, 0));
    assert_eq!((together.alone, shared(&together)), (count, count));
}

/// A few do not save what a bad one among them would cost.
#[test]
fn a_few_are_checked_alone() {
    let good = number("good device a, hint true, even true");
    let (alone, together) = asked(&[good; 31]);
    assert_eq!((together.alone, shared(&together)), (alone.alone, 0));
}

/// Where no hint says that it pays, nothing waits for others.
#[test]
fn without_a_hint_nothing_is_shared() {
    let good = number("good device a, hint false, even true");
    let (alone, together) = asked(&[good; 20]);
    assert_eq!((together.alone, shared(&together)), (alone.alone, 0));
}

/// Beside the equations that fail, a hostile batch costs what its responses cost.
#[test]
fn a_hostile_batch_costs_an_equation_more() {
    for name in [
        "good device a, hint true, even false",
        "bad bit 0",
        "bad r = 0",
        "bad key",
    ] {
        let count = 100;
        let (alone, together) = asked(&vec![number(name); count]);
        assert_eq!(together.alone, alone.alone, "{name}");
        assert_eq!(shared(&together), count, "{name}");
        let most = together.together.iter().map(|(count, _)| *count).max();
        assert!(most <= Some(64), "{name}");
    }
}

/// Nobody makes a reader work for documents beside one that it refuses.
#[test]
fn a_response_of_many_documents_costs_what_it_costs_alone() {
    for name in [
        "bad first of sixteen",
        "bad last of sixteen",
        "good sixteen",
        "bad digest first",
        "bad first and digest",
        "bad both",
    ] {
        let (alone, together) = asked(&[number(name)]);
        let most = alone.alone + shared(&together);
        assert!(together.alone <= alone.alone, "{name}");
        assert!(together.alone + shared(&together) <= most, "{name}");
        assert!(shared(&together) <= 1, "{name}");
    }
}

#[test]
fn no_seed_serves_twice() {
    let good = number("good device a, hint true, even true");
    let (_, first) = asked(&[good; 192]);
    let (_, second) = asked(&[good; 192]);
    let seeds = first.together.iter().chain(&second.together);
    let mut seeds: Vec<_> = seeds.map(|(_, seed)| *seed).collect();
    assert!(seeds.len() >= 6);
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), first.together.len() + second.together.len());
}
