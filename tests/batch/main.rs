//! `Reader::verify_all` says of each response what `Reader::verify` says, whatever is beside it.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

#[path = "../kit/mod.rs"]
mod kit;
#[path = "../pki/mod.rs"]
mod pki;
#[path = "../providers/mod.rs"]
mod providers;
#[path = "../signatures/mod.rs"]
mod signatures;

mod abuse;
mod cost;
mod forgeries;
mod responses;

use std::sync::LazyLock;

use proptest::prelude::*;
use responses::{Kind, Verdict, World, seen};
use signatures::with_signature;
use vitacard::crypto::{
    CryptoError, CryptoProvider, RUSTCRYPTO, SecureRandom, SystemRandom, TableSize,
};
use vitacard::reader::{DeviceResponse, Exchange, Reader};
use vitacard::trust::{IssuerCache, TrustAnchors};
use vitacard::{Error, Misuse, Rejected};

/// Every kind of response, and what becomes of it by itself.
static KINDS: LazyLock<(World, Vec<(Kind, Verdict)>)> = LazyLock::new(|| {
    let world = World::new();
    let reader = Reader::new(RUSTCRYPTO, world.anchors());
    let kinds = world.kinds();
    let kinds = kinds.into_iter().map(|kind| {
        let alone = kind.claim(&world, |response, exchange| {
            seen(reader.verify(response, &exchange))
        });
        (kind, alone)
    });
    let kinds = kinds.collect();
    (world, kinds)
});

/// What `verify_all` says of the kinds with these numbers.
fn together<const N: usize>(
    reader: &Reader,
    numbers: &[usize],
    cache: &mut IssuerCache<N>,
) -> Vec<Verdict> {
    on_two_threads(|| verdicts(reader, numbers, cache))
}

/// A fixed number, so that the same is shared on every machine.
#[cfg(feature = "rayon")]
fn on_two_threads<T: Send>(then: impl FnOnce() -> T + Send) -> T {
    static POOL: LazyLock<rayon::ThreadPool> = LazyLock::new(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2);
        pool.build().unwrap()
    });
    POOL.install(then)
}

#[cfg(not(feature = "rayon"))]
fn on_two_threads<T>(then: impl FnOnce() -> T) -> T {
    then()
}

fn verdicts<const N: usize>(
    reader: &Reader,
    numbers: &[usize],
    cache: &mut IssuerCache<N>,
) -> Vec<Verdict> {
    let (world, kinds) = &*KINDS;
    let kinds: Vec<_> = numbers.iter().map(|number| &kinds[*number].0).collect();
    let transcripts: Vec<_> = kinds.iter().map(|kind| kind.transcript()).collect();
    let claims = kinds.iter().zip(&transcripts).map(|(kind, transcript)| {
        let response = DeviceResponse::parse(&kind.response).unwrap();
        (response, kind.exchange(world, transcript))
    });
    let verdicts = reader.verify_all(claims, cache, &mut SystemRandom);
    verdicts.unwrap().into_iter().map(seen).collect()
}

#[track_caller]
fn compare<const N: usize>(
    crypto: CryptoProvider,
    prepared: bool,
    numbers: &[usize],
    mut cache: IssuerCache<N>,
) {
    let (world, kinds) = &*KINDS;
    let mut anchors = world.anchors();
    if prepared {
        anchors.prepare(TableSize::Flash);
    }
    let reader = Reader::new(crypto, anchors);
    for round in 0..2 {
        let verdicts = together(&reader, numbers, &mut cache);
        assert_eq!(verdicts.len(), numbers.len());
        for (number, verdict) in numbers.iter().zip(verdicts) {
            let (kind, alone) = &kinds[*number];
            assert_eq!(verdict, *alone, "{} in round {round}", kind.name);
        }
    }
}

fn numbers() -> impl Strategy<Value = Vec<usize>> {
    let whichever = 0..KINDS.1.len();
    // Mostly good ones, so that equations hold, and sometimes one kind again and again.
    let good = KINDS
        .1
        .iter()
        .enumerate()
        .filter(|(_, (_, alone))| alone.is_ok());
    let good: Vec<_> = good.map(|(number, _)| number).collect();
    let mixed = proptest::collection::vec(whichever.clone(), 0..40);
    let few = (
        proptest::collection::vec(proptest::sample::select(good), 0..130),
        proptest::collection::vec(whichever.clone(), 0..3),
        any::<u64>(),
    );
    let few = few.prop_map(|(mut good, bad, place)| {
        for bad in bad {
            let place = usize::try_from(place).unwrap() % (good.len() + 1);
            good.insert(place, bad);
        }
        good
    });
    let one = (whichever, 1..100_usize).prop_map(|(number, count)| vec![number; count]);
    prop_oneof![3 => mixed, 3 => few, 1 => one]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn verdicts_do_not_depend_on_company(numbers in numbers(), prepared: bool, tables: bool) {
        let anchors = KINDS.0.anchors();
        let cache = anchors.cache::<3>();
        let cache = match tables {
            true => cache.with_tables(TableSize::Flash),
            false => cache,
        };
        compare(RUSTCRYPTO, prepared, &numbers, cache);
    }
}

#[test]
fn every_kind_is_what_it_is_called() {
    for (kind, alone) in &KINDS.1 {
        let good = kind.name.starts_with("good");
        assert_eq!(alone.is_ok(), good, "{}: {alone:?}", kind.name);
    }
    let faults = KINDS.1.iter().filter_map(|(_, alone)| alone.as_ref().err());
    let mut faults: Vec<_> = faults.map(|fault| fault.code()).collect();
    faults.sort_unstable();
    faults.dedup();
    assert!(faults.len() > 15, "{faults:?}");
}

/// All kinds, in order and turned round, in equations of one, of all, and of more than are shared.
#[test]
fn all_kinds_in_every_company() {
    let anchors = KINDS.0.anchors();
    let all: Vec<_> = (0..KINDS.1.len()).collect();
    let back: Vec<_> = all.iter().rev().copied().collect();
    let thrice = [&all[..], &back, &all].concat();
    compare(RUSTCRYPTO, false, &[], anchors.cache::<4>());
    compare(RUSTCRYPTO, false, &all, anchors.cache::<0>());
    compare(RUSTCRYPTO, true, &back, anchors.cache::<1>());
    let tables = anchors.cache::<16>().with_tables(TableSize::Compact);
    compare(RUSTCRYPTO, true, &thrice, tables);
    for number in &all {
        compare(RUSTCRYPTO, false, &[*number], anchors.cache::<1>());
        compare(RUSTCRYPTO, false, &[*number, *number], anchors.cache::<1>());
    }
}

/// The seam: another ES256 comes to the same verdicts.
#[test]
fn another_provider_in_every_company() {
    let anchors = KINDS.0.anchors();
    let all: Vec<_> = (0..KINDS.1.len()).collect();
    let tables = anchors.cache::<4>().with_tables(TableSize::Flash);
    compare(providers::AWS_LC, true, &all, tables);
}

struct Broken;

impl SecureRandom for Broken {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), CryptoError> {
        Err(CryptoError::Random)
    }
}

#[test]
fn faults_of_the_caller_are_faults_of_the_call() {
    let reader = Reader::new(RUSTCRYPTO, KINDS.0.anchors());
    let mut cache = reader.anchors().cache::<1>();
    let nothing = || core::iter::empty::<(DeviceResponse<'_>, Exchange<'_>)>();
    let random = reader.verify_all(nothing(), &mut cache, &mut Broken);
    assert_eq!(random.unwrap_err(), Error::Crypto(CryptoError::Random));
    let mut other = TrustAnchors::new().cache::<1>();
    let other = reader.verify_all(nothing(), &mut other, &mut SystemRandom);
    assert_eq!(
        other.unwrap_err(),
        Error::Misuse(Misuse::CacheOfOtherAnchors)
    );
    let hashless = CryptoProvider {
        digests: &[],
        ..RUSTCRYPTO
    };
    let hashless = Reader::new(hashless, KINDS.0.anchors());
    let hash = hashless.verify_all(nothing(), &mut cache, &mut SystemRandom);
    assert_eq!(hash.unwrap_err(), Error::Crypto(CryptoError::Unavailable));
    let none = reader.verify_all(nothing(), &mut cache, &mut SystemRandom);
    assert_eq!(none.unwrap().len(), 0);
}

/// Two forgeries whose errors cancel if their multipliers are known beforehand, equal ones above all:
/// the multipliers depend on a seed that is drawn after both were made.
#[test]
fn forgeries_do_not_cancel() {
    let good = responses::shown("device", true, true);
    let shown = [&good, &responses::saying("n")];
    let known = |first: u64, second: u64| [first, second].map(p256::Scalar::from);
    for z in [known(1, 1), known(1, 2), known(u64::MAX, 3)] {
        let forged = forgeries::cancelling(shown, z);
        let forged = [0, 1].map(|i| with_signature(shown[i], &forged[i]).response());
        let good = good.response();
        let mut all = vec![good.as_slice(); 40];
        (all[7], all[30]) = (&forged[0], &forged[1]);
        for responses in [&[all[7], all[30]][..], &all] {
            let verdicts = of_one_session(responses);
            for (response, verdict) in responses.iter().zip(verdicts) {
                let refused = Error::Rejected(Rejected::DeviceSignature { document: 0 });
                let expected = if *response == good {
                    Ok(())
                } else {
                    Err(refused)
                };
                assert_eq!(verdict, expected);
            }
        }
    }
}

fn of_one_session(responses: &[&[u8]]) -> Vec<Result<(), Error>> {
    let (world, kinds) = &*KINDS;
    let reader = Reader::new(RUSTCRYPTO, world.anchors());
    let transcript = kinds[0].0.transcript();
    let claims = responses.iter().map(|response| {
        let response = DeviceResponse::parse(response).unwrap();
        (response, kinds[0].0.exchange(world, &transcript))
    });
    let mut cache = reader.anchors().cache::<1>();
    let verdicts = reader.verify_all(claims, &mut cache, &mut SystemRandom);
    let verdicts = verdicts.unwrap().into_iter();
    verdicts.map(|verdict| verdict.map(drop)).collect()
}
