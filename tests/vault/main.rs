//! The vault: what it promises, tried by those who would rather it did not.
#![cfg(all(feature = "rustcrypto", feature = "std"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

#[path = "../seeded/mod.rs"]
mod seeded;

mod changes;
mod commitment;
mod crashes;
mod files;
mod guesses;
mod headers;
mod items;
mod known_answers;
mod memory;
mod rig;
