//! The health insurance card: who has one, what each reader sees of it, and what is lent.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

#[path = "../lending/mod.rs"]
mod lending;
#[path = "../pki/mod.rs"]
mod pki;
#[path = "../profile_page/mod.rs"]
mod profile_page;

mod ceilings;
mod ehic;
mod fields;
mod forged;
mod people;
mod world;
