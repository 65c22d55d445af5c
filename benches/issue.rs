//! What a card costs its issuer: preparing it, and checking the signature that comes back.
#![allow(missing_docs, reason = "criterion_group! makes a public function")]

use core::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use vitacard::crypto::{
    Algorithm, CryptoError, RUSTCRYPTO, SecureRandom, Signer, SoftwareSigner, SystemRandom,
};
use vitacard::issuer::{Decoys, Draft, UnsignedCard};
use vitacard::{DocType, ElementId, NameSpace, Validity, unix_time};

fn draft(elements: u64) -> Draft {
    let device_key = SoftwareSigner::from_bytes(&[8; 32]).unwrap().public_key();
    let validity = Validity::new(unix_time(1_780_272_000), unix_time(1_788_048_000)).unwrap();
    let doc_type = DocType::new("org.vitacard.health_insurance.1").unwrap();
    let name_space = NameSpace::new("org.vitacard.health_insurance.1").unwrap();
    (0..elements).fold(
        Draft::new(doc_type, device_key, validity).with_decoys(Decoys::ToMultipleOf(64)),
        |draft, n| {
            let id = ElementId::new(format!("element_{n}")).unwrap();
            draft.with_element(name_space.borrowed(), id, n)
        },
    )
}

fn prepare(draft: Draft, rng: &mut dyn SecureRandom) -> UnsignedCard {
    let unsigned = draft.prepare(Algorithm::ES256, &RUSTCRYPTO, rng);
    unsigned.unwrap()
}

/// Fast and predictable, so that the operating system's calls are not what is measured.
struct Counter(u64);

impl SecureRandom for Counter {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        for chunk in out.chunks_mut(8) {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            chunk.copy_from_slice(&self.0.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

fn issue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("issue");
    for elements in [8, 64] {
        group.bench_function(format!("prepare {elements} elements"), |bencher| {
            bencher.iter_batched(
                || draft(elements),
                |draft| prepare(black_box(draft), &mut Counter(1)),
                BatchSize::SmallInput,
            );
        });
    }
    group.bench_function("prepare 64 elements, system randomness", |bencher| {
        bencher.iter_batched(
            || draft(64),
            |draft| prepare(black_box(draft), &mut SystemRandom),
            BatchSize::SmallInput,
        );
    });
    let issuer = SoftwareSigner::from_bytes(&[7; 32]).unwrap();
    let signature = issuer
        .sign(prepare(draft(64), &mut Counter(1)).to_be_signed())
        .unwrap();
    group.bench_function("complete 64 elements", |bencher| {
        bencher.iter_batched(
            || prepare(draft(64), &mut Counter(1)),
            |unsigned| unsigned.complete_pinned(&signature, &issuer.public_key(), &RUSTCRYPTO),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, issue);
criterion_main!(benches);
