//! P-256 in our own arithmetic, for public data only: variable time, never given a secret.
//!
//! A public key is accepted only if its point is on the curve, whatever backend verifies with it
//! later, and whether or not a backend is compiled in. This is that check.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "limb arithmetic on fixed arrays; the linker proves in proof/ that it cannot panic"
)]

mod field;

use field::Element;

use super::{PublicKey, Signature};

/// Whether `(x, y)`, big-endian, is a point of P-256 other than infinity (SEC 1 section 3.2.2).
pub(crate) fn is_on_curve(x: &[u8; 32], y: &[u8; 32]) -> bool {
    match (Element::from_bytes(x), Element::from_bytes(y)) {
        (Some(x), Some(y)) => y.square() == right_side(x),
        _ => false,
    }
}

/// The `y` of the point with this `x` and this parity, if there is one (SEC 1 section 2.3.4).
pub(crate) fn decompress(x: &[u8; 32], odd: bool) -> Option<[u8; 32]> {
    let right = right_side(Element::from_bytes(x)?);
    let root = right.square_root()?;
    let y = root.to_bytes();
    match (y[31] & 1 == 1) == odd {
        true => Some(y),
        false => Some(root.negate().to_bytes()),
    }
}

/// The signature that stands for the R with an even y: `signature` itself, or its twin `(r, n − s)`.
///
/// `None` if `signature` is not by `key` over `hash`, or if `key` is on another curve.
#[expect(clippy::unnecessary_wraps, reason = "STUB: the engine takes its place")]
pub(crate) const fn even_r_form(
    _key: &PublicKey,
    _hash: &[u8; 32],
    signature: &Signature,
) -> Option<Signature> {
    Some(*signature)
}

/// x³ − 3x + b.
fn right_side(x: Element) -> Element {
    let cube = x.square().multiply(x);
    cube.subtract(x).subtract(x).subtract(x).add(Element::B)
}

#[cfg(test)]
mod tests;
