//! Tables of keys: whose there are, how many, and that no verdict depends on one.

use core::cell::Cell;
use std::boxed::Box;
use std::thread_local;

use super::pki::der::{bit_string, oid, sequence};
use super::*;
use crate::crypto::{Algorithm, ES256, InvalidSignature, SignatureVerifier};

const SIZE: TableSize = TableSize::Flash;

/// ES256, and how often it was asked with a table and without.
#[derive(Debug)]
struct Watching;
static WATCHING: CryptoProvider = CryptoProvider {
    signatures: &[&Watching],
    ..RUSTCRYPTO
};
thread_local! {
    static ASKED: Cell<[usize; 2]> = const { Cell::new([0; 2]) };
}

impl SignatureVerifier for Watching {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn verify(
        &self,
        key: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let [with, without] = ASKED.get();
        ASKED.set(match key.prepared_key() {
            Some(_) => [with + 1, without],
            None => [with, without + 1],
        });
        ES256.verify(key, message, signature)
    }
}

/// With tables and without, in `then`.
fn asked<T>(then: impl FnOnce() -> T) -> (T, [usize; 2]) {
    ASKED.set([0; 2]);
    let result = then();
    (result, ASKED.get())
}

fn watched(
    chain: &[&[u8]],
    key: &Key,
    anchors: &TrustAnchors,
) -> (Result<TrustedIssuer, Error>, [usize; 2]) {
    asked(|| {
        with_auth(chain, key, |auth| {
            TrustedIssuer::find(auth, anchors, None, &WATCHING, unix_time(NOW))
        })
    })
}

#[test]
fn roots_verify_by_their_tables() {
    let (root, other) = (Entity::root(), Entity::reader_root());
    let leaf = root.issue(signer(), "signer");
    let forged = root.impostor("attacker").issue(signer(), "signer");
    let mut anchors = roots(&[&root.der]);
    let chain: &[&[u8]] = &[&leaf.der];
    let (plain, without) = watched(chain, &nobody(), &anchors);
    assert_eq!((plain.is_ok(), without), (true, [0, 1]));

    anchors.prepare(SIZE);
    assert_eq!(watched(chain, &nobody(), &anchors), (plain, [1, 0]));
    let (result, with) = watched(&[&forged.der], &nobody(), &anchors);
    expect("forged", no!(CertificateSignature), result);
    assert_eq!(with, [1, 0]);

    // What is added later waits until it is asked for, and a clone has nothing.
    anchors.add_root(&other.der).expect("a root");
    let of_other = public_key(&other.key);
    assert!(anchors.prepared(&of_other).is_none());
    assert_eq!(watched(chain, &nobody(), &anchors), (plain, [1, 0]));
    anchors.prepare(SIZE);
    assert!(anchors.prepared(&of_other).is_some());
    let copy = anchors.clone();
    assert_eq!(copy, anchors);
    assert_eq!(watched(chain, &nobody(), &copy), (plain, [0, 1]));
}

#[test]
fn tables_are_made_once() {
    let keys = [1, 2].map(|n| public_key(&Key::from_seed(&format!("{n}"))));
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(keys[0]);
    anchors.pin_key(keys[1]);
    let sizes =
        |anchors: &TrustAnchors| keys.map(|key| anchors.prepared(&key).map(PreparedKey::size));
    assert_eq!(sizes(&anchors), [None; 2]);
    let (mut first, mut second) = (core::ptr::null(), core::ptr::null());
    for address in [&mut first, &mut second] {
        anchors.prepare(SIZE);
        *address = core::ptr::from_ref(anchors.prepared(&keys[1]).expect("a table"));
    }
    assert_eq!(first, second);
    assert_eq!(sizes(&anchors), [Some(SIZE); 2]);
    anchors.prepare(TableSize::Compact);
    assert_eq!(sizes(&anchors), [Some(TableSize::Compact); 2]);
}

#[test]
fn pinned_keys_verify_by_their_tables() {
    let (key, other) = (Key::from_seed("pinned"), Key::from_seed("also pinned"));
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(public_key(&other));
    anchors.pin_key(public_key(&key));
    let (plain, without) = watched(&[], &key, &anchors);
    assert_eq!((plain.is_ok(), without), (true, [0, 2]));
    anchors.prepare(SIZE);
    assert_eq!(watched(&[], &key, &anchors), (plain, [2, 0]));
    let (result, with) = watched(&[], &nobody(), &anchors);
    expect("another", no!(NoIssuerKey), result);
    assert_eq!(with, [2, 0]);
    let found = with_auth(&[], &key, |auth| {
        let issuer = PreparedIssuer::find(auth, &anchors, None, &WATCHING, unix_time(NOW));
        let issuer = issuer.expect("a pinned key");
        issuer.verifying_key().prepared_key().is_some()
    });
    assert!(found);
}

#[test]
fn a_table_of_the_caller_is_used_and_survives() {
    let (key, other) = (Key::from_seed("pinned"), Key::from_seed("also pinned"));
    let given = PreparedKey::new(&public_key(&key), SIZE).expect("a table");
    let given: &'static PreparedKey = Box::leak(Box::new(given));
    let mut anchors = TrustAnchors::new();
    anchors.pin_prepared(given);
    anchors.pin_prepared(given);
    anchors.pin_key(public_key(&other));
    let mut plain = TrustAnchors::new();
    plain.pin_key(public_key(&key));
    plain.pin_key(public_key(&other));
    assert_eq!(anchors, plain);
    let same = |anchors: &TrustAnchors| {
        let found = anchors.prepared(&public_key(&key)).expect("the table");
        core::ptr::eq(found, given)
    };
    assert!(same(&anchors) && same(&anchors.clone()));
    anchors.prepare(TableSize::Compact);
    assert!(same(&anchors) && anchors.prepared(&public_key(&other)).is_some());
    let (result, with) = watched(&[], &key, &anchors);
    assert_eq!((result.is_ok(), with), (true, [1, 0]));
}

/// Keys of other curves are trusted as before, and have no table.
#[cfg(feature = "es384")]
#[test]
fn tables_are_for_p256() {
    let mut anchors = TrustAnchors::new();
    let key = spki_p384();
    let key = PublicKey::p384(&key[key.len() - 97..]).expect("a key");
    anchors.pin_key(key);
    anchors.prepare(SIZE);
    assert!(anchors.prepared(&key).is_none());
    let point = public_key(&nobody());
    assert!(anchors.prepared(&point).is_none());
}

/// Whether, after a good card of `chain`, the next would be checked by a table.
fn has_table<const N: usize>(
    cache: &mut IssuerCache<N>,
    anchors: &TrustAnchors,
    chain: &[&[u8]],
    lists: Option<&RevocationLists>,
) -> bool {
    with_auth(chain, &nobody(), |auth| {
        let now = unix_time(NOW);
        let issuer = PreparedIssuer::find_cached(auth, cache, anchors, lists, &RUSTCRYPTO, now);
        let issuer = issuer.expect("trusted");
        let key = *issuer.issuer().key();
        assert_eq!(issuer.verifying_key().public_key(), &key);
        let issuer = *issuer.issuer();
        cache.note_card_of(&issuer, anchors);
        anchors.prepared(&key).is_some() || cache.prepared(&key).is_some()
    })
}

#[test]
fn an_issuer_gets_a_table_when_it_comes_again() {
    let root = Entity::root();
    let leaves = ["a", "b", "c"].map(|seed| root.issue(signer(), seed).der);
    let anchors = roots(&[&root.der]);
    let mut cache = anchors.cache::<2>().with_tables(SIZE);
    let mut chains = leaves.iter().map(|leaf| [leaf.as_slice()]);
    let (a, b, c) = (
        chains.next().unwrap(),
        chains.next().unwrap(),
        chains.next().unwrap(),
    );
    let one = SIZE.bytes();
    for (step, (chain, expected, bytes)) in [
        (&a, false, 0),
        (&a, true, one),
        (&a, true, one),
        (&b, false, one),
        (&b, true, 2 * one),
        (&c, false, one), // `a` gave way
        (&a, false, 0),   // and `b`
        (&a, true, one),
    ]
    .into_iter()
    .enumerate()
    {
        let found = has_table(&mut cache, &anchors, chain, None);
        assert_eq!((found, cache.table_bytes()), (expected, bytes), "{step}");
    }
    let copy = cache.clone();
    assert_eq!((copy.len(), copy.table_bytes()), (2, 0));
    let smaller = cache.with_tables(TableSize::Compact);
    assert_eq!((smaller.len(), smaller.table_bytes()), (2, 0));
}

/// Lists make the chain be checked anew; its key is still known from before.
#[test]
fn an_issuer_under_revocation_lists_gets_a_table() {
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let anchors = roots(&[&root.der]);
    let list = root.crl().sign(&root.key);
    let lists = RevocationLists::new(&[&list]).expect("a list");
    let mut cache = anchors.cache::<2>().with_tables(SIZE);
    let chain: &[&[u8]] = &[&leaf.der];
    let mut seen = || has_table(&mut cache, &anchors, chain, Some(&lists));
    assert_eq!([seen(), seen(), seen()], [false, true, true]);
}

#[test]
fn no_key_has_two_tables() {
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let renewed = root.issue(signer().with(|leaf| leaf.not_after += 1), "signer");
    let chains: [&[&[u8]]; 2] = [&[&leaf.der], &[&renewed.der]];
    let anchors = roots(&[&root.der]);
    let mut cache = anchors.cache::<4>().with_tables(SIZE);
    let mut seen = |n: usize| has_table(&mut cache, &anchors, chains[n], None);
    // The second chain has the first one's key, so its table serves both.
    assert_eq!([seen(0), seen(0), seen(1)], [false, true, true]);
    assert_eq!([seen(1), seen(0), seen(1)], [true; 3]);
    assert_eq!((cache.len(), cache.table_bytes()), (2, SIZE.bytes()));

    // Nor does one that the anchors have already.
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(public_key(&leaf.key));
    anchors.prepare(SIZE);
    let mut cache = anchors.cache::<4>().with_tables(SIZE);
    let mut seen = || has_table(&mut cache, &anchors, chains[0], None);
    assert_eq!([seen(), seen()], [true; 2]);
    assert_eq!((cache.len(), cache.table_bytes()), (1, 0));
}

/// The key with this number, and as much of a certificate as a pinned key needs.
fn pinned(number: u32) -> (PublicKey, Vec<u8>) {
    let mut x = [0; 32];
    x[..4].copy_from_slice(&number.to_be_bytes());
    let found = (0..=u8::MAX).find_map(|last| {
        x[31] = last;
        PublicKey::p256_compressed(&x, false)
    });
    let key = found.expect("half of all numbers are an x");
    let id = sequence(&[oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")]);
    let spki = sequence(&[id, bit_string(&[&[0], key.as_bytes()].concat())]);
    let empty = || sequence(&[]);
    let signed = sequence(&[empty(), empty(), empty(), empty(), empty(), spki]);
    (key, sequence(&[signed]))
}

/// Its bytes are kept, so a chain of any length would make the cache hold as much.
#[test]
fn long_chains_are_followed_each_time() {
    let (key, certificate) = pinned(1);
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(key);
    let mut cache = anchors.cache::<2>().with_tables(SIZE);
    let mut known = |certificate: &[u8]| {
        has_table(&mut cache, &anchors, &[certificate], None);
        cache.len()
    };
    let padded = |len: usize| [&certificate[..], &vec![0; len - certificate.len()]].concat();
    assert_eq!([known(&padded(4094)), known(&padded(4092))], [0, 1]);
}

/// 10,000 issuers that come once leave `N` chains and no table; those that come again, `N` tables.
#[test]
fn many_issuers_stay_within_the_bound() {
    const N: usize = 16;
    let mut anchors = TrustAnchors::new();
    let (keys, certificates): (Vec<_>, Vec<_>) = (0..10_000).map(pinned).unzip();
    anchors.pinned = keys;
    let mut cache = anchors.cache::<N>().with_tables(SIZE);
    let mut bound = |certificate: &Vec<u8>, times: usize| {
        for _ in 0..times {
            has_table(&mut cache, &anchors, &[certificate.as_slice()], None);
            assert!(cache.len() <= N);
            assert!(cache.table_bytes() <= N * SIZE.bytes());
        }
        (cache.len(), cache.table_bytes() / SIZE.bytes())
    };
    let once = certificates.iter().map(|certificate| bound(certificate, 1));
    assert_eq!(once.last(), Some((N, 0)));
    let some = &certificates[..3 * N];
    let again = some.iter().map(|certificate| bound(certificate, 3));
    assert_eq!(again.last(), Some((N, N)));
    // Whoever comes once pushes a table out, and brings none.
    let once = some[..N].iter().map(|certificate| bound(certificate, 1));
    assert_eq!(once.last(), Some((N, 0)));
    // One more than there is room for, in turn: no table is ever made.
    let turns = (0..4).flat_map(|_| &some[..=N]);
    let in_turn = turns.map(|certificate| bound(certificate, 1));
    assert_eq!(in_turn.last(), Some((N, 0)));
}
