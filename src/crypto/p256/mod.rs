//! The P-256 verification engine: our own arithmetic, for public data only.
//!
//! Everything here runs in variable time, and must never be given a secret: no scalar that signs or
//! agrees on a key, no nonce, no blinding. Its types take public keys, hashes and signatures, and
//! there is none that holds a private key or multiplies a point by a number of the caller's; what
//! signs and what agrees on secrets is the backend's, in constant time.
//!
//! A key is accepted only if its point is on the curve, whatever backend verifies with it later,
//! and whether or not one is compiled in.
//!
//! | file | what |
//! | --- | --- |
//! | `limbs`, `product64`, `product32` | 256-bit numbers; Montgomery products for two kinds of machine |
//! | `inverse` | inverses modulo p and n |
//! | `field`, `scalar` | numbers modulo p, and modulo n |
//! | `point`, `recode`, `table`, `sum` | points, and sums of their multiples |
//! | `generator` | the tables of G, from files |
//! | `ecdsa`, `batch` | one signature, and many |

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "limb arithmetic on fixed arrays; the linker proves in proof/ that it cannot panic"
)]

mod batch;
mod ecdsa;
mod field;
mod generator;
mod inverse;
mod limbs;
mod point;
mod prime;
#[cfg(any(test, not(target_pointer_width = "64")))]
mod product32;
#[cfg(any(test, target_pointer_width = "64"))]
mod product64;
mod recode;
mod scalar;
mod sum;
mod table;

#[cfg(not(target_pointer_width = "64"))]
use product32 as product;
#[cfg(target_pointer_width = "64")]
use product64 as product;

use alloc::vec::Vec;

pub use generator::GeneratorTable;
pub(super) use table::{Entry, Shape, Table};

use batch::Member;
use ecdsa::{Claim, Signatory};
use field::Element;
use point::Affine;

/// Whether `(x, y)`, big-endian, is a point of P-256 other than infinity (SEC 1 section 3.2.2).
pub(super) const fn is_on_curve(x: &[u8; 32], y: &[u8; 32]) -> bool {
    Affine::from_coordinates(x, y).is_some()
}

/// The `y` of the point with this `x` and this parity, if there is one (SEC 1 section 2.3.4).
pub(super) fn decompress(x: &[u8; 32], odd: bool) -> Option<[u8; 32]> {
    let point = Affine::from_x(Element::from_bytes(x)?, odd)?;
    Some(point.y.to_bytes())
}

/// Writes the table of the point `sec1` (65 bytes, uncompressed) into `entries`, as many as `shape`
/// takes; `false` if it is not on the curve.
pub(super) const fn fill_table(shape: Shape, sec1: &[u8; 65], entries: &mut [Entry]) -> bool {
    let Some(point) = affine(sec1) else {
        return false;
    };
    table::fill(shape, &point, entries);
    true
}

/// A public key as the engine takes it: the uncompressed point, and its table if there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    pub(super) sec1: &'a [u8; 65],
    pub(super) table: Option<Table<'a>>,
    /// A hint: what the signer of the key commits itself to has an even y.
    pub(super) even_r: bool,
}

/// Whether `signature` (r ‖ s) is by `key` over what has this hash.
pub(super) fn verify(
    key: Key<'_>,
    hash: &[u8; 32],
    signature: &[u8],
    generator: &GeneratorTable,
) -> bool {
    let Some(claim) = Claim::new(hash, signature) else {
        return false;
    };
    if let Some(table) = key.table {
        return claim.verify(Signatory::Known(table), generator);
    }
    match affine(key.sec1) {
        Some(point) if key.even_r => claim.verify_even_r(&point, generator),
        Some(point) => claim.verify(Signatory::New(point), generator),
        None => false,
    }
}

/// Whether all of `checks` (key, hash, signature) are good. `false` does not say that one is bad.
///
/// `sha256` hashes the concatenation of what it is given.
pub(super) fn verify_all(
    checks: &[(Key<'_>, [u8; 32], &[u8])],
    seed: &[u8; 32],
    sha256: &dyn Fn(&[&[u8]]) -> [u8; 32],
    generator: &GeneratorTable,
) -> bool {
    let mut together = Vec::new();
    for (index, (key, hash, signature)) in checks.iter().enumerate() {
        match member(key, hash, signature) {
            Some(member) => together.push((index, member)),
            None if verify(*key, hash, signature, generator) => {}
            None => return false,
        }
    }
    let transcript = transcript(&together, checks, sha256);
    let multipliers: Vec<_> = (0_u32..)
        .zip(&together)
        .map(|(i, _)| {
            let hash = sha256(&[b"VITACARD-BATCH-v1", seed, &transcript, &i.to_be_bytes()]);
            batch::multiplier(&hash)
        })
        .collect();
    let members: Vec<_> = together.into_iter().map(|(_, member)| member).collect();
    batch::hold(&members, &multipliers, generator)
}

/// Of two signatures that are equally good, (r, s) and (r, n − s), the one whose R has an even y;
/// `None` unless `signature` is by the key `sec1` over what has this hash.
pub(super) fn even_r_form(sec1: &[u8; 65], hash: &[u8; 32], signature: &[u8]) -> Option<[u8; 64]> {
    let generator = &GeneratorTable::FLASH;
    let claim = Claim::new(hash, signature)?;
    let commitment = claim.commitment(Signatory::New(affine(sec1)?), generator);
    if !claim.is_x_of(&commitment) {
        return None;
    }
    let s = match commitment.affine()?.y.is_odd() {
        true => claim.s.negate(),
        false => claim.s,
    };
    let mut form = [0; 64];
    let halves = claim.r.to_bytes().into_iter().chain(s.to_bytes());
    form.iter_mut()
        .zip(halves)
        .for_each(|(to, from)| *to = from);
    Some(form)
}

/// A signature that may share an equation: by a key without a table, which takes less time than a
/// place in an equation does, and with an R that can be computed.
fn member(key: &Key<'_>, hash: &[u8; 32], signature: &[u8]) -> Option<Member> {
    if key.table.is_some() || !key.even_r {
        return None;
    }
    let claim = Claim::new(hash, signature)?;
    Some(Member {
        claim,
        key: affine(key.sec1)?,
        commitment: claim.even_commitment()?,
    })
}

/// T: the hash of every key, hash, r and s that share an equation, in order.
fn transcript(
    together: &[(usize, Member)],
    checks: &[(Key<'_>, [u8; 32], &[u8])],
    sha256: &dyn Fn(&[&[u8]]) -> [u8; 32],
) -> [u8; 32] {
    let parts: Vec<&[u8]> = together
        .iter()
        .filter_map(|(index, _)| checks.get(*index))
        .flat_map(|(key, hash, signature)| [&key.sec1[..], &hash[..], signature])
        .collect();
    sha256(&parts)
}

const fn affine(sec1: &[u8; 65]) -> Option<Affine> {
    let Some((4, point)) = sec1.split_first() else {
        return None;
    };
    let Some((x, rest)) = point.split_first_chunk() else {
        return None;
    };
    let Some((y, _)) = rest.split_first_chunk() else {
        return None;
    };
    Affine::from_coordinates(x, y)
}

#[cfg(test)]
mod tests;
