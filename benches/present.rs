//! What showing a card costs its holder: choosing and writing, then the device signature.
#![allow(missing_docs, reason = "criterion_group! makes a public function")]

mod fixture;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use fixture::{Fixture, SIZES};

fn present(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("present");
    for (name, elements, portrait) in SIZES {
        let fixture = Fixture::new(elements, portrait);
        group.bench_function(format!("prepare {name}"), |bencher| {
            bencher.iter(|| fixture.present());
        });
        group.bench_function(format!("sign {name}"), |bencher| {
            bencher.iter_batched(
                || fixture.present(),
                |unsigned| fixture.sign(unsigned),
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, present);
criterion_main!(benches);
