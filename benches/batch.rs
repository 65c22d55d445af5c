//! What 256 responses of one issuer cost, one by one and all at once: as they should be, and made so
//! that no equation holds.
#![allow(missing_docs, reason = "criterion_group! makes a public function")]

mod fixture;

use core::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixture::{Fixture, NOW, TRANSCRIPT};
use vitacard::crypto::{RUSTCRYPTO, SystemRandom, TableSize};
use vitacard::reader::{Conditions, DeviceResponse, Exchange, Reader};
use vitacard::session::SessionTranscript;

const RESPONSES: usize = 256;

fn batch(criterion: &mut Criterion) {
    let fixtures: Vec<_> = (1..=64)
        .map(|seed| Fixture::of_device(seed, 8, 0))
        .collect();
    let good = |fixture: &Fixture| fixture.response.clone();
    for (name, responses) in [
        ("good", fixtures.iter().map(good).collect::<Vec<_>>()),
        (
            "hostile",
            fixtures.iter().map(Fixture::signed_with_an_odd_r).collect(),
        ),
    ] {
        measure(criterion, name, &fixtures[0], &responses);
    }
}

fn measure(criterion: &mut Criterion, name: &str, fixture: &Fixture, responses: &[Vec<u8>]) {
    let mut anchors = fixture.reader.anchors().clone();
    anchors.prepare(TableSize::Full);
    let reader = Reader::new(RUSTCRYPTO, anchors);
    let transcript = SessionTranscript::given(TRANSCRIPT).unwrap();
    let exchange = Exchange::new(&transcript, Conditions::new(NOW, &fixture.policy));
    let claims = || {
        let responses = responses.iter().cycle().take(RESPONSES);
        responses.map(|response| DeviceResponse::parse(black_box(response)).unwrap())
    };
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(RESPONSES.try_into().unwrap()));
    group.bench_function("one by one", |bencher| {
        bencher.iter(|| {
            let mut verdicts = claims().map(|claim| reader.verify(claim, &exchange));
            assert!(verdicts.all(|verdict| verdict.is_ok()));
        });
    });
    group.bench_function("all at once", |bencher| {
        let mut cache = reader.anchors().cache::<4>();
        bencher.iter(|| {
            let claims = claims().map(|claim| (claim, exchange));
            let verdicts = reader
                .verify_all(claims, &mut cache, &mut SystemRandom)
                .unwrap();
            assert!(verdicts.iter().all(Result::is_ok));
        });
    });
}

criterion_group!(benches, batch);
criterion_main!(benches);
