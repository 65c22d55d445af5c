//! The public vectors, which are not ours to publish: they lie beside the repository, or nowhere.
#![allow(
    clippy::std_instead_of_alloc,
    dead_code,
    unreachable_pub,
    reason = "each test binary uses some of it"
)]

use std::path::PathBuf;
use std::string::String;
use std::vec::Vec;
use std::{env, format, fs, println};

/// The text of the vector `name` (a path below the folder of vectors).
///
/// `None`, and a note, where there is no such folder. It is named by `VITACARD_VECTORS`, else it is
/// `../shared/vectors`. With `CI=true` its absence is a failure, and so is always the absence of
/// one file of it.
pub fn read_text(name: &str) -> Option<String> {
    let folder = folder()?;
    let text = fs::read_to_string(folder.join(name));
    Some(text.unwrap_or_else(|error| panic!("vector {name}: {error}")))
}

/// The bytes of the vector `name`, which is written in hex.
pub fn read_hex(name: &str) -> Option<Vec<u8>> {
    let text = read_text(name)?;
    Some(hex::decode(text.trim()).unwrap_or_else(|error| panic!("vector {name}: {error}")))
}

/// The bytes of the Annex D vector `name`.
pub fn annex_d(name: &str) -> Option<Vec<u8>> {
    read_hex(&format!("iso18013-5_annexD/{name}.hex"))
}

/// The private scalar of the Annex D key `name`.
pub fn annex_d_key(name: &str) -> Option<[u8; 32]> {
    let keys: serde_json::Value = read_json("iso18013-5_annexD/keys.json")?;
    let scalar = keys[name]["d"].as_str().expect("a private key");
    Some(hex::decode(scalar).unwrap().try_into().unwrap())
}

/// The JSON of the vector `name`.
pub fn read_json(name: &str) -> Option<serde_json::Value> {
    Some(serde_json::from_str(&read_text(name)?).expect("JSON"))
}

/// The DER of the certificate in the PEM vector `name`.
pub fn read_pem(name: &str) -> Option<Vec<u8>> {
    use x509_cert::der::{DecodePem as _, Encode as _};
    let certificate = x509_cert::Certificate::from_pem(read_text(name)?).expect("a certificate");
    Some(certificate.to_der().expect("DER"))
}

fn folder() -> Option<PathBuf> {
    let folder = env::var_os("VITACARD_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    assert_ne!(
        env::var("CI").as_deref(),
        Ok("true"),
        "no public vectors where CI needs them"
    );
    println!("skipped: no public vectors");
    None
}
