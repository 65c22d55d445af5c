//! Writes the table of all errors to the file that is named: `generate_errors docs/errors.md`.
#![allow(
    unreachable_pub,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a tool has std"
)]

#[path = "../tests/errors/mod.rs"]
mod errors;

use std::error::Error;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("which file?")?;
    fs::write(file, errors::table())?;
    Ok(())
}
