//! What one signature costs a verifier that knows its key, that does not, and that has many to check.
#![allow(missing_docs, reason = "criterion_group! makes a public function")]

use core::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vitacard::crypto::{
    Check, ES256, PreparedKey, PublicKey, Signature, Signer, SoftwareSigner, TableSize,
    VerifyingKey,
};

const SIZES: [(&str, TableSize); 3] = [
    ("full", TableSize::Full),
    ("compact", TableSize::Compact),
    ("flash", TableSize::Flash),
];

struct Signed {
    key: PublicKey,
    message: Vec<u8>,
    signature: Signature,
}

impl Signed {
    /// About as long as what a device signs. Ours have an even R.
    fn by(seed: u8, message: u8) -> Self {
        let signer = SoftwareSigner::from_bytes(&[seed; 32]).unwrap();
        let message = vec![message; 500];
        Self {
            key: signer.public_key(),
            signature: signer.sign(&message).unwrap(),
            message,
        }
    }

    fn check<'a>(&'a self, key: VerifyingKey<'a>) -> Check<'a> {
        Check {
            key,
            message: &self.message,
            signature: self.signature.as_bytes(),
        }
    }

    fn new_key(&self) -> VerifyingKey<'_> {
        VerifyingKey::new(black_box(&self.key))
    }
}

fn verify(check: Check<'_>) {
    let verdict = ES256.verify(check.key, &[check.message], check.signature);
    verdict.unwrap();
}

fn one(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("signature");
    let of_one: Vec<_> = (0..64).map(|message| Signed::by(1, message)).collect();
    for (name, size) in SIZES {
        let key = PreparedKey::new(&of_one[0].key, size).unwrap();
        let mut all = of_one.iter().cycle();
        group.bench_function(format!("known key, {name} table"), |bencher| {
            bencher.iter(|| verify(all.next().unwrap().check(VerifyingKey::prepared(&key))));
        });
    }
    let of_many: Vec<_> = (1..65).map(|seed| Signed::by(seed, seed)).collect();
    let mut all = of_many.iter().cycle();
    group.bench_function("new key", |bencher| {
        bencher.iter(|| {
            let signed = all.next().unwrap();
            verify(signed.check(signed.new_key()));
        });
    });
    group.bench_function("new key, even R", |bencher| {
        bencher.iter(|| {
            let signed = all.next().unwrap();
            verify(signed.check(signed.new_key().expecting_even_r()));
        });
    });
}

fn many(criterion: &mut Criterion) {
    let signed: Vec<_> = (1..65).map(|seed| Signed::by(seed, seed)).collect();
    let check = |one| Signed::check(one, one.new_key().expecting_even_r());
    let checks: Vec<_> = signed.iter().map(check).collect();
    let mut group = criterion.benchmark_group("signatures together");
    for count in [1, 4, 16, 64] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(format!("{count}"), |bencher| {
            bencher.iter(|| ES256.verify_all(&checks[..count], &[1; 32]).unwrap());
        });
    }
}

fn tables(criterion: &mut Criterion) {
    let key = Signed::by(1, 1).key;
    let mut group = criterion.benchmark_group("table");
    for (name, size) in SIZES {
        group.bench_function(name, |bencher| {
            bencher.iter(|| PreparedKey::new(black_box(&key), size).unwrap());
        });
    }
}

criterion_group!(benches, one, many, tables);
criterion_main!(benches);
