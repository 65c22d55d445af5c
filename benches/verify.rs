//! What a response costs its reader: parsing alone, all but the signatures, and the whole.
#![allow(missing_docs, reason = "criterion_group! makes a public function")]

mod fixture;

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fixture::{Fixture, NOW, SIZES, TRANSCRIPT};
use vitacard::crypto::{
    Algorithm, CryptoProvider, InvalidSignature, RUSTCRYPTO, SignatureVerifier, VerifyingKey,
};
use vitacard::reader::{Conditions, DeviceResponse, Exchange, Reader};
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

/// Takes no time, so that what is left is ours.
#[derive(Debug)]
struct AcceptAll;

impl SignatureVerifier for AcceptAll {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn verify(
        &self,
        _: VerifyingKey<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        black_box((message, signature));
        Ok(())
    }
}

static ACCEPT_ALL: CryptoProvider = CryptoProvider {
    signatures: &[&AcceptAll],
    ..RUSTCRYPTO
};

fn around_signatures(criterion: &mut Criterion) {
    verify_with(criterion, "around signatures", ACCEPT_ALL);
}

fn verify(criterion: &mut Criterion) {
    verify_with(criterion, "verify", RUSTCRYPTO);
}

fn verify_with(criterion: &mut Criterion, group: &str, crypto: CryptoProvider) {
    let mut group = criterion.benchmark_group(group);
    let transcript = SessionTranscript::given(TRANSCRIPT).unwrap();
    for (name, elements, portrait) in SIZES {
        let fixture = Fixture::new(elements, portrait);
        let reader = Reader::new(crypto, fixture.reader.anchors().clone());
        let exchange = Exchange::new(&transcript, Conditions::new(NOW, &fixture.policy));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let claims = DeviceResponse::parse(black_box(&fixture.response)).unwrap();
                reader.verify(claims, &exchange).unwrap()
            });
        });
    }
}

criterion_group!(benches, parse, around_signatures, verify);
criterion_main!(benches);
