//! Lending a card: what is granted, handed over, shown, revoked; and what each attack on it comes to.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

#[path = "../kit/mod.rs"]
mod kit;
#[path = "../lending/mod.rs"]
mod lending;
#[path = "../pki/mod.rs"]
mod pki;

mod any;
mod corners;
mod elements;
mod flips;
mod hand_over;
mod issuing;
mod kept;
mod own_card;
mod raw;
mod revocation;
mod seen;
mod sizes;
mod threats;
mod times;
