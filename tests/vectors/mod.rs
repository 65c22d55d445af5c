//! Real input by others, which is not ours to publish: read from `../shared/vectors`, or from the
//! folder that `VITACARD_VECTORS` names. Where it is absent, the tests that need it say so and pass;
//! under `CI=true` their absence is a failure.
#![allow(
    dead_code,
    clippy::std_instead_of_core,
    reason = "each test uses a part of it"
)]

use std::path::PathBuf;

/// The bytes of `name`: hex is decoded, everything else is as it is. `None` without the folder.
pub fn read(name: &str) -> Option<Vec<u8>> {
    let path = folder()?.join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(match name.ends_with(".hex") {
        true => hex::decode(bytes.trim_ascii()).expect("hex"),
        false => bytes,
    })
}

/// The JSON of `name`.
pub fn json(name: &str) -> Option<serde_json::Value> {
    Some(serde_json::from_slice(&read(name)?).expect("JSON"))
}

/// The DER of the first certificate in the PEM file `name`.
pub fn pem(name: &str) -> Option<Vec<u8>> {
    use x509_cert::der::{DecodePem as _, Encode as _};
    let certificate = x509_cert::Certificate::from_pem(read(name)?).expect("a certificate");
    Some(certificate.to_der().expect("DER"))
}

fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let folder = std::env::var_os("VITACARD_VECTORS").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "CI needs the public vectors"
    );
    println!("skipped: no public vectors");
    None
}
