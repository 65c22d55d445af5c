//! What a response costs its reader: parsing alone, and the whole of verification.
#![allow(missing_docs, reason = "criterion_group! makes a public function")]

mod fixture;

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fixture::{Fixture, NOW, SIZES, TRANSCRIPT};
use vitacard::reader::{Conditions, DeviceResponse, Exchange};
use vitacard::session::SessionTranscript;

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for (name, elements, portrait) in SIZES {
        let fixture = Fixture::new(elements, portrait);
        group.bench_function(name, |bencher| {
            bencher.iter(|| DeviceResponse::parse(black_box(&fixture.response)).unwrap());
        });
    }
}

fn verify(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify");
    let transcript = SessionTranscript::given(TRANSCRIPT).unwrap();
    for (name, elements, portrait) in SIZES {
        let fixture = Fixture::new(elements, portrait);
        let exchange = Exchange::new(&transcript, Conditions::new(NOW, &fixture.policy));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let claims = DeviceResponse::parse(black_box(&fixture.response)).unwrap();
                fixture
                    .reader
                    .verify(claims, &exchange)
                    .unwrap()
                    .documents()
                    .count()
            });
        });
    }
}

criterion_group!(benches, parse, verify);
criterion_main!(benches);
