//! What is found, pinned keys, the cache, readers, and the issuer's own check.

use super::*;
use crate::crypto::Digest;
use sha2::Digest as _;
use std::sync::atomic::{AtomicUsize, Ordering};

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    sha2::Sha256::digest(parts.concat()).into()
}

/// E3: whether the card was signed inside these dates is for step 5, which gets them from here.
#[test]
fn e03_the_dates_of_the_leaf_and_of_the_chain() {
    let root = Entity::root();
    let profile = signer().with(|p| p.not_after = date(2040, 1, 1));
    let leaf = root.issue(profile, "signer");
    let issuer = find(&[&leaf.der], &roots(&[&root.der])).expect("trusted");
    let window = |from, until| Validity::new(unix_time(from), unix_time(until));
    assert_eq!(
        issuer.validity(),
        window(date(2026, 1, 1), date(2040, 1, 1))
    );
    assert_eq!(
        issuer.chain_validity(),
        window(date(2026, 1, 1), date(2034, 1, 1))
    );
}

#[test]
fn what_is_known_of_an_issuer() {
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let issuer = find(&[&leaf.der], &roots(&[&root.der])).expect("trusted");
    assert_eq!(issuer.key(), &public_key(&leaf.key));
    assert_eq!(issuer.country(), Some(*b"UT"));
    assert_eq!(issuer.leaf_hash(), Some(&sha256(&[&leaf.der])));
    let id = sha256(&[&root.profile.subject.der(), &root.key.spki()]);
    assert_eq!(issuer.anchor().as_bytes(), &id);

    let named = Profile::iaca_root().with(|p| p.subject.common_name = "Other");
    let other = Entity::self_signed(named, "other");
    let anchors = roots(&[&other.der, &root.der, &root.der]);
    assert_eq!(anchors.roots.len(), 2);
    assert_eq!(find(&[&leaf.der], &anchors), Ok(issuer));
}

#[test]
fn a_pinned_key_needs_no_certificate_to_be_good() {
    let stranger = Entity::reader_root();
    let rows: &[(&str, fn(&mut Profile))] = &[
        ("expired", |p| p.not_after = NOW - 1),
        ("no usages", |p| (p.key_usage, p.eku) = (None, vec![])),
        ("a CA", |p| set_ca(p, true, None)),
        ("wrapped extensions", |p| {
            p.fault = Some(Fault::WrappedExtensions)
        }),
        ("unknown, critical", |p| {
            p.extra.push(Extension::unknown(true))
        }),
        ("version 1", |p| p.version = None),
        ("trailing data", |p| p.fault = Some(Fault::TrailingData)),
        ("bad signature", |p| p.fault = Some(Fault::FlippedSignature)),
    ];
    for (what, fault) in rows {
        let leaf = stranger.issue(signer().with(fault), "signer");
        let key = public_key(&leaf.key);
        assert_eq!(certificate_key(&leaf.der), Some(key), "{what}");
        let mut anchors = roots(&[&Entity::root().der]);
        anchors.pin_key(key);
        let issuer = find(&[&leaf.der], &anchors).expect(what);
        assert_eq!((issuer.key(), issuer.validity()), (&key, None), "{what}");
        assert_eq!(issuer.country(), None);
        assert_eq!(issuer.leaf_hash(), Some(&sha256(&[&leaf.der])));
        assert_eq!(issuer.anchor().as_bytes(), &sha256(&[key.as_bytes()]));
    }
    // Another key in the certificate: what the pinned key has signed does not count.
    let leaf = Entity::root().issue(signer(), "signer");
    let pinned = Key::from_seed("pinned");
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(public_key(&pinned));
    let result = with_auth(&[&leaf.der], &pinned, |auth| {
        TrustedIssuer::find(auth, &anchors, None, &RUSTCRYPTO, unix_time(NOW))
    });
    expect("another leaf", no!(UntrustedIssuer), result);
}

#[test]
fn without_a_certificate_pinned_keys_are_tried() {
    let keys: Vec<_> = (0..17)
        .map(|i| Key::from_seed(&format!("pinned {i}")))
        .collect();
    let mut anchors = TrustAnchors::new();
    keys.iter().for_each(|key| anchors.pin_key(public_key(key)));
    let by = |key: &Key, chain: &[&[u8]]| {
        with_auth(chain, key, |auth| {
            TrustedIssuer::find(auth, &anchors, None, &RUSTCRYPTO, unix_time(NOW))
        })
    };
    for key in &keys[..16] {
        let issuer = by(key, &[]).expect("a pinned key");
        assert_eq!(issuer.key(), &public_key(key));
        assert_eq!((issuer.leaf_hash(), issuer.validity()), (None, None));
        by(key, &[b"no certificate"]).expect("a pinned key beside rubbish");
    }
    expect("the 17th", no!(NoIssuerKey), by(&keys[16], &[]));
    expect("another", no!(NoIssuerKey), by(&nobody(), &[]));
    let rubbish: &[&[u8]] = &[b"no certificate"];
    expect("rubbish", no!(MalformedCertificate), by(&nobody(), rubbish));
}

/// SHA-256, and how often the wrapped ES256 was asked.
#[derive(Debug)]
struct Counting;
static CHECKS: AtomicUsize = AtomicUsize::new(0);
static COUNTING: CryptoProvider = CryptoProvider {
    signatures: &[&Counting],
    ..RUSTCRYPTO
};

impl crate::crypto::SignatureVerifier for Counting {
    fn algorithm(&self) -> crate::crypto::Algorithm {
        crate::crypto::Algorithm::ES256
    }

    fn verify(
        &self,
        key: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), crate::crypto::InvalidSignature> {
        CHECKS.fetch_add(1, Ordering::Relaxed);
        crate::crypto::ES256.verify(key, message, signature)
    }
}

fn cached<const N: usize>(
    cache: &mut IssuerCache<N>,
    anchors: &TrustAnchors,
    chain: &[&[u8]],
    lists: Option<&RevocationLists>,
    now: u64,
) -> (Result<TrustedIssuer, Error>, usize) {
    let before = CHECKS.load(Ordering::Relaxed);
    let now = unix_time(now);
    let result = with_auth(chain, &nobody(), |auth| {
        TrustedIssuer::find_cached(auth, cache, anchors, lists, &COUNTING, now)
    });
    (result, CHECKS.load(Ordering::Relaxed) - before)
}

#[test]
fn the_cache_saves_signatures_and_nothing_else() {
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let chain: &[&[u8]] = &[&leaf.der];
    let anchors = roots(&[&root.der]);
    let mut cache = anchors.cache::<2>();
    let plain = find(chain, &anchors);
    assert_eq!(cached(&mut cache, &anchors, chain, None, NOW), (plain, 1));
    assert_eq!(cached(&mut cache, &anchors, chain, None, NOW), (plain, 0));
    assert_eq!(cache.len(), 1);

    // Dates are looked at each time.
    let (late, early) = (leaf.profile.not_after + 1, leaf.profile.not_before - 1);
    let (result, _) = cached(&mut cache, &anchors, chain, None, late);
    expect("late", no!(CertificateExpired), result);
    let (result, _) = cached(&mut cache, &anchors, chain, None, early);
    expect("early", no!(CertificateNotYetValid), result);
    assert_eq!(cached(&mut cache, &anchors, chain, None, NOW), (plain, 0));

    // Lists are looked at each time.
    let revoking = root
        .crl()
        .with(|c| c.revoked.push(signer().serial))
        .sign(&root.key);
    let lists = RevocationLists::new(&[&revoking]).expect("a list");
    let (result, _) = cached(&mut cache, &anchors, chain, Some(&lists), NOW);
    expect("revoked", no!(CertificateRevoked), result);
    let none = RevocationLists::default();
    assert_eq!(
        cached(&mut cache, &anchors, chain, Some(&none), NOW),
        (plain, 0)
    );

    // What was refused is not kept.
    let forged = root.impostor("attacker").issue(signer(), "signer");
    for _ in 0..2 {
        let (result, checks) = cached(&mut cache, &anchors, &[&forged.der], None, NOW);
        expect("forged", no!(CertificateSignature), result);
        assert_eq!(checks, 1);
    }

    // The least recently used one gives way.
    let others = ["a", "b"].map(|seed| root.issue(signer(), seed));
    assert_eq!(
        cached(&mut cache, &anchors, &[&others[0].der], None, NOW).1,
        1
    );
    assert_eq!(cached(&mut cache, &anchors, chain, None, NOW).1, 0);
    assert_eq!(
        cached(&mut cache, &anchors, &[&others[1].der], None, NOW).1,
        1
    );
    assert_eq!(cached(&mut cache, &anchors, chain, None, NOW).1, 0);
    assert_eq!(
        cached(&mut cache, &anchors, &[&others[0].der], None, NOW).1,
        1
    );
    assert_eq!(cache.len(), 2);
    cache.clear();
    assert!(cache.is_empty());

    let mut no_room = anchors.cache::<0>();
    assert_eq!(cached(&mut no_room, &anchors, chain, None, NOW), (plain, 1));
    assert_eq!(cached(&mut no_room, &anchors, chain, None, NOW), (plain, 1));

    // Other anchors, and another policy.
    let misuse = Err(Error::Misuse(Misuse::CacheOfOtherAnchors));
    let mut more = anchors.clone();
    more.pin_key(public_key(&leaf.key));
    for other in [
        TrustAnchors::new(),
        more,
        anchors.clone().strict_profile(true),
    ] {
        assert_eq!(cached(&mut cache, &other, chain, None, NOW), (misuse, 0));
    }
}

/// A key that signs two documents beside one unreadable certificate must not vouch for a third.
#[test]
fn the_cache_keeps_no_key_that_was_only_tried() {
    let key = Key::from_seed("pinned");
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(public_key(&key));
    let mut cache = anchors.cache::<2>();
    let chain: &[&[u8]] = &[b"no certificate"];
    with_auth(chain, &key, |auth| {
        let now = unix_time(NOW);
        TrustedIssuer::find_cached(auth, &mut cache, &anchors, None, &RUSTCRYPTO, now)
    })
    .expect("a pinned key");
    assert!(cache.is_empty());
    let result = with_auth(chain, &nobody(), |auth| {
        let now = unix_time(NOW);
        TrustedIssuer::find_cached(auth, &mut cache, &anchors, None, &RUSTCRYPTO, now)
    });
    expect("another signer", no!(MalformedCertificate), result);
}

#[test]
fn without_sha256_nothing_is_trusted() {
    static NO_HASH: CryptoProvider = CryptoProvider {
        digests: &[] as &[&dyn Digest],
        ..RUSTCRYPTO
    };
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let result = with_auth(&[&leaf.der], &nobody(), |auth| {
        let anchors = roots(&[&root.der]);
        TrustedIssuer::find(auth, &anchors, None, &NO_HASH, unix_time(NOW))
    });
    assert_eq!(result, Err(Error::Crypto(crate::CryptoError::Unavailable)));
}

fn reader_at(
    chain: &[&[u8]],
    anchors: &TrustAnchors,
    lists: Option<&RevocationLists>,
) -> Result<TrustedReader, Error> {
    with_auth(chain, &nobody(), |auth| {
        TrustedReader::find(auth, anchors, lists, &RUSTCRYPTO, unix_time(NOW))
    })
}

#[test]
fn readers() {
    let rows: &[Row] = &[
        ("good", ACCEPTED, |_| ()),
        ("no usages", no!(ReaderUsage), |p| p.eku = vec![]),
        ("a signer of cards", no!(ReaderUsage), |p| {
            p.eku = vec![eku::DOCUMENT_SIGNER]
        }),
        ("of ISO/IEC 23220-4", ACCEPTED, |p| {
            p.eku = vec![eku::MDOC_READER]
        }),
        ("a CA", no!(ReaderUsage), |p| set_ca(p, true, None)),
        ("key agreement", no!(ReaderChain), |p| {
            p.key_usage = Some(key_usage::KEY_AGREEMENT)
        }),
        ("unknown, critical", no!(ReaderChain), |p| {
            p.extra.push(Extension::unknown(true))
        }),
        ("expired", no!(ReaderCertificateTime), |p| {
            p.not_after = NOW - 1
        }),
        ("future", no!(ReaderCertificateTime), |p| {
            p.not_before = NOW + 1
        }),
        ("flipped", no!(ReaderUntrusted), |p| {
            p.fault = Some(Fault::FlippedSignature)
        }),
        ("wrapped", no!(ReaderMalformedCertificate), |p| {
            p.fault = Some(Fault::WrappedExtensions);
        }),
    ];
    let root = Entity::reader_root();
    let anchors = roots(&[&root.der]);
    for (what, expected, fault) in rows {
        let leaf = root.issue(Profile::mdoc_reader().with(fault), "reader");
        expect(what, *expected, reader_at(&[&leaf.der], &anchors, None));
    }
    let leaf = root.issue(Profile::mdoc_reader(), "reader");
    let reader = reader_at(&[&leaf.der], &anchors, None).expect("trusted");
    assert_eq!(reader.common_name(), Some("Utopia Reader"));
    assert_eq!(reader.key(), &public_key(&leaf.key));
    let dates = reader.validity().expect("dates");
    assert_eq!(dates.until(), unix_time(leaf.profile.not_after));
    let id = sha256(&[&root.profile.subject.der(), &root.key.spki()]);
    assert_eq!(reader.anchor().as_bytes(), &id);

    let untrusted = no!(ReaderUntrusted);
    expect("no chain", untrusted, reader_at(&[], &anchors, None));
    let iaca = roots(&[&Entity::root().der]);
    expect(
        "other anchors",
        untrusted,
        reader_at(&[&leaf.der], &iaca, None),
    );
    let with_root = [&leaf.der[..], &root.der];
    expect(
        "with its root",
        no!(ReaderChain),
        reader_at(&with_root, &anchors, None),
    );
    expect("an issuer's", no!(LeafUsage), find(&[&leaf.der], &anchors));

    let revoking = root
        .crl()
        .with(|c| c.revoked.push(leaf.profile.serial.clone()));
    for (what, list) in [
        ("revoked", revoking.clone()),
        (
            "expired list",
            revoking.with(|c| c.next_update = Some(NOW - 1)),
        ),
    ] {
        let list = list.sign(&root.key);
        let lists = RevocationLists::new(&[&list]).expect("a list");
        let result = reader_at(&[&leaf.der], &anchors, Some(&lists));
        expect(what, no!(ReaderCertificateRevoked), result);
    }

    let strict = anchors.clone().strict_profile(true);
    expect("Annex B", ACCEPTED, reader_at(&[&leaf.der], &strict, None));
    let long = Profile::mdoc_reader().with(|p| p.not_after = p.not_before + 1188 * 86_400);
    let long = root.issue(long, "reader");
    expect(
        "1188 days",
        no!(ReaderChain),
        reader_at(&[&long.der], &strict, None),
    );
}

#[test]
fn names_to_show() {
    let root = Entity::reader_root();
    let anchors = roots(&[&root.der]);
    for (name, shown) in [("Ärztin", Some("Ärztin")), ("a\nb", None), ("", None)] {
        let leaf = Profile::mdoc_reader().with(|p| p.subject.common_name = name);
        let leaf = root.issue(leaf, "reader");
        let reader = reader_at(&[&leaf.der], &anchors, None).expect("trusted");
        assert_eq!(reader.common_name(), shown);
    }
    let leaf = root.issue(Profile::mdoc_reader(), "reader");
    let mut pinned = TrustAnchors::new();
    pinned.pin_key(public_key(&leaf.key));
    let reader = reader_at(&[&leaf.der], &pinned, None).expect("pinned");
    assert_eq!((reader.common_name(), reader.validity()), (None, None));
}

#[test]
fn chains_of_an_issuer() {
    let root = Entity::root();
    let authority = root.issue(Profile::intermediate(), "authority");
    let leaf = authority.issue(signer(), "signer");
    let check = |chain: &[&[u8]]| check_issuing_chain(chain, &RUSTCRYPTO);
    let dates = Validity::new(unix_time(date(2026, 1, 1)), unix_time(date(2027, 3, 1)));
    let good = Ok((public_key(&leaf.key), dates.expect("dates")));
    let broken = Err(Misuse::ChainBroken);
    assert_eq!(check(&[]), Err(Misuse::EmptyChain));
    assert_eq!(check(&[&leaf.der]), good);
    assert_eq!(check(&[&leaf.der, &authority.der]), good);
    assert_eq!(check(&[&leaf.der, &authority.der, &root.der]), broken);
    assert_eq!(check(&[&authority.der, &leaf.der]), broken);
    assert_eq!(check(&[&leaf.der, &leaf.der]), broken);
    assert_eq!(check(&[&leaf.der[..]; 5]), broken);
    assert_eq!(check(&[&root.der]), broken);
    assert_eq!(check(&[b"no certificate"]), broken);
    let namesake = root.issue(Profile::intermediate(), "another key");
    assert_eq!(check(&[&leaf.der, &namesake.der]), broken);
    let rows: &[fn(&mut Profile)] = &[
        |p| p.eku.clear(),
        |p| p.eku = vec![eku::READER],
        |p| p.key_usage = Some(key_usage::KEY_AGREEMENT),
        |p| set_ca(p, true, None),
        |p| p.fault = Some(Fault::FlippedSignature),
        |p| p.set_algorithm(algorithm::ECDSA_SHA384),
    ];
    for fault in rows {
        let leaf = authority.issue(signer().with(fault), "signer");
        assert_eq!(check(&[&leaf.der, &authority.der]), broken);
    }
}
