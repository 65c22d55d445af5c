//! Writes `kit/*.json` and `delegation/*.json` below the folder that is named:
//! `generate_vectors test-vectors`.
//!
//! Keys follow from fixed seeds and signatures are deterministic (RFC 6979), so the same files come
//! out each time. What a reader should say of a case is written beside the case, not asked of the
//! library; `offset` alone is read from it.
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a tool has std"
)]

#[path = "../tests/kit/mod.rs"]
mod kit;
#[path = "../tests/pki/mod.rs"]
mod pki;

#[path = "../test-vectors/generate/case.rs"]
mod case;
#[path = "../test-vectors/generate/cbor.rs"]
mod cbor;
#[path = "../test-vectors/generate/certificates.rs"]
mod certificates;
#[path = "../test-vectors/generate/cose.rs"]
mod cose;
#[path = "../test-vectors/generate/delegation/mod.rs"]
mod delegation;
#[path = "../test-vectors/generate/device.rs"]
mod device;
#[path = "../test-vectors/generate/good.rs"]
mod good;
#[path = "../test-vectors/generate/mso.rs"]
mod mso;
#[path = "../test-vectors/generate/requests.rs"]
mod requests;
#[path = "../test-vectors/generate/time.rs"]
mod time;

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).ok_or("which folder?")?;
    let folder = PathBuf::from(folder);
    let cases = [
        good::cases(),
        cbor::cases(),
        cose::cases(),
        certificates::cases(),
        mso::cases(),
        time::cases(),
        device::cases(),
        requests::cases(),
    ];
    let cases = cases.into_iter().flatten();
    write(
        &folder.join("kit"),
        cases.map(|case| (case.name, case.to_json())),
    )?;
    let cases = delegation::cases().into_iter();
    write(
        &folder.join("delegation"),
        cases.map(|case| (case.name, case.to_json())),
    )
}

/// Writes these cases, and removes those that there are no more.
fn write(
    folder: &Path,
    cases: impl Iterator<Item = (&'static str, String)>,
) -> Result<(), Box<dyn Error>> {
    let mut files = BTreeMap::new();
    for (name, text) in cases {
        if files.insert(format!("{name}.json"), text).is_some() {
            return Err(format!("two cases are called {name}").into());
        }
    }
    fs::create_dir_all(folder)?;
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.extension() == Some(OsStr::new("json")) && !files.contains_key(name.as_ref()) {
            fs::remove_file(&path)?;
        }
    }
    for (name, text) in &files {
        fs::write(folder.join(name), text)?;
    }
    println!("{}: {} vectors", folder.display(), files.len());
    Ok(())
}
