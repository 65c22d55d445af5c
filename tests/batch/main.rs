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

mod cost;
mod responses;

use std::sync::LazyLock;

use proptest::prelude::*;
use responses::{Kind, Verdict, World, seen};
use vitacard::crypto::{
    CryptoError, CryptoProvider, RUSTCRYPTO, SecureRandom, SystemRandom, TableSize,
};
use vitacard::reader::{Conditions, DeviceResponse, Exchange, Reader};
use vitacard::session::SessionTranscript;
use vitacard::trust::{IssuerCache, TrustAnchors};
use vitacard::{Error, Misuse, Rejected, unix_time};

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
        proptest::collection::vec(proptest::sample::select(good), 0..70),
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
    let one = (whichever, 1..70_usize).prop_map(|(number, count)| vec![number; count]);
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

/// Two forgeries of which the errors would cancel if their multipliers were equal or known: each
/// device signature stands where the other's belongs.
#[test]
fn forgeries_do_not_cancel() {
    let (world, kinds) = &*KINDS;
    let named = |name| {
        let mut kinds = kinds.iter();
        &kinds.find(|(kind, _)| kind.name == name).unwrap().0
    };
    let (a, b) = (named("bad swapped a"), named("bad swapped b"));
    let reader = Reader::new(RUSTCRYPTO, world.anchors());
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let conditions = Conditions::new(unix_time(kit::NOW), &a.policy);
    let claims = [a, b].map(|kind| {
        let response = DeviceResponse::parse(&kind.response).unwrap();
        (response, Exchange::new(&transcript, conditions))
    });
    let mut cache = reader.anchors().cache::<1>();
    let verdicts = reader.verify_all(claims, &mut cache, &mut SystemRandom);
    let refused = Error::Rejected(Rejected::DeviceSignature { document: 0 });
    for verdict in verdicts.unwrap() {
        assert_eq!(verdict.unwrap_err(), refused);
    }
}
