//! What the fuzz targets share: providers that let the fuzzer past the locks, what must hold of
//! whatever verifies, and a mutator that knows CBOR.
//!
//! `vitacard::fuzzing` holds the doors to what is private, and what must hold of whatever parses.
//! `tests/fuzz_seeds.rs` writes `seeds/`, where each target begins.

mod delegation;
mod enrolment;
#[path = "../../tests/lending/mod.rs"]
mod lending;
mod mutate;
#[path = "../../tests/pki/mod.rs"]
mod pki;
mod provider;
mod verified;

pub use delegation::delegation;
pub use enrolment::enrolment;
pub use mutate::mutate;
pub use provider::{Agreed, CREDULOUS, HOLLOW, ISSUER};
pub use verified::{issuer_signed, response};

/// Declares a target that takes any bytes, with our mutator.
#[macro_export]
macro_rules! target {
    ($run:expr) => {
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
            $crate::mutate(data, size, max, seed)
        });
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| { $run(bytes) });
    };
}
