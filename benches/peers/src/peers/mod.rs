//! The others, each used as its documentation says.

pub mod aws_lc;
pub mod isomdl;
pub mod p256;
pub mod ring;
