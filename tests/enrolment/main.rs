//! The life of a card: invited, enrolled, issued, refreshed, blocked; and what each way to cheat
//! comes to.
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

mod accepted;
mod at_reader;
mod block;
mod confusion;
mod evidence;
mod flips;
mod forms;
mod invitation;
mod issuance;
mod limits;
mod lines;
mod raw;
mod refresh;
mod request;
mod stores;
mod world;
