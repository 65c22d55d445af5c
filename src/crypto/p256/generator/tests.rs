use std::path::Path;
use std::{env, fs, vec, vec::Vec};

use super::super::point::Affine;
use super::super::table::fill;
use super::*;

fn computed(shape: Shape) -> Vec<u8> {
    let mut entries = vec![Entry::EMPTY; shape.entries()];
    fill(shape, &generator(), &mut entries);
    entries.iter().flat_map(|entry| entry.0).collect()
}

/// After a change of shape: `BLESS=1 cargo test generator`, which writes the files.
#[test]
fn the_files_are_what_is_computed() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/crypto/p256/generator");
    for (shape, name) in [
        (Shape::FULL, "full.bin"),
        (Shape::COMPACT, "compact.bin"),
        (Shape::FLASH, "flash.bin"),
    ] {
        let file = directory.join(name);
        let computed = computed(shape);
        if env::var_os("BLESS").is_some() {
            fs::write(&file, &computed).unwrap();
        }
        assert!(fs::read(file).unwrap() == computed, "{name}");
    }
}

/// SEC 2 section 2.4.2.
fn generator() -> Affine {
    let bytes = |hex| hex::decode(hex).unwrap().try_into().unwrap();
    let x = bytes("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
    let y = bytes("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
    Affine::from_coordinates(&x, &y).unwrap()
}
