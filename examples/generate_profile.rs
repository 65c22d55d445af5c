//! Writes the tables of elements to the file that is named: `generate_profile docs/profile.md`.
#![allow(
    unreachable_pub,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a tool has std"
)]

#[path = "../tests/profile_page/mod.rs"]
mod profile_page;

use std::error::Error;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("which file?")?;
    fs::write(file, profile_page::page())?;
    Ok(())
}
