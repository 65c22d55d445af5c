//! Blocked cards and revoked delegations, known offline: what a reader holds, and what it says.
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

mod ages;
mod attacks;
mod forged;
mod increments;
mod known;
mod power;
mod refusals;
mod store;
mod world;
