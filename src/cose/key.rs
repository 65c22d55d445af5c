//! COSE_Key (RFC 9052 section 7) to and from [`PublicKey`].

use alloc::vec::Vec;

use coset::iana;

use crate::cbor::{WellFormed, Writer, required};
use crate::crypto::{Algorithm, Curve, PublicKey};
use crate::error::{DecodeError, DecodeErrorKind, Misuse};

/// A public key, and what its COSE_Key says it may be used for.
///
/// ```cddl
/// COSE_Key = { 1: 2, -1: 1, -2: bstr .size 32, -3: bstr .size 32 / bool,
///              ? 3: int, ? 4: [+ int], * label => any }
/// ```
/// Parameters that we do not use (a `kid` of any type, say) are ignored; a private part is not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CoseKey {
    key: PublicKey,
    algorithm: Option<i64>,
    may_verify: bool,
    may_derive: bool,
}

/// Whether a point may be written as x and the parity of y.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Compressed {
    Allowed,
    Refused,
}

impl CoseKey {
    /// Reads a COSE_Key; the point is on its curve afterwards.
    pub(crate) fn parse(item: WellFormed<'_>, compressed: Compressed) -> Result<Self, DecodeError> {
        let bad = item.error(DecodeErrorKind::BadKey);
        let [kty, crv, x, y, alg, ops, private] = item.fields([1, -1, -2, -3, 3, 4, -4])?;
        if private.is_some() {
            return Err(bad);
        }
        let x = required(x, &item)?.byte_string()?;
        let key = match (required(kty, &item)?.int()?, required(crv, &item)?.int()?) {
            (2, 1) => p256(x, required(y, &item)?, compressed),
            #[cfg(feature = "es384")]
            (2, 2) => p384(x, required(y, &item)?),
            #[cfg(feature = "ed25519")]
            (1, 6) => PublicKey::ed25519(x).ok(),
            _ => None,
        };
        let (may_verify, may_derive) = ops.map_or(Ok((true, true)), operations)?;
        let algorithm = alg.map(|alg| alg.int()).transpose()?;
        Ok(Self {
            key: key.ok_or(bad)?,
            algorithm,
            may_verify,
            may_derive,
        })
    }

    pub(crate) const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether the key's owner lets it verify signatures by `algorithm`.
    pub(crate) fn may_verify(&self, algorithm: Algorithm) -> bool {
        self.may_verify
            && self
                .algorithm
                .is_none_or(|declared| declared == algorithm.to_cose())
    }

    /// Whether the key's owner lets it agree on secrets; a key that declares ES256 only signs.
    pub(crate) fn may_derive(&self) -> bool {
        self.may_derive
            && self
                .algorithm
                .is_none_or(|declared| AGREEMENTS.contains(&declared))
    }
}

/// ECDH-ES and ECDH-SS, direct and with key wrap (RFC 9053 tables 19 and 20). ES384 is next to them.
const AGREEMENTS: core::ops::RangeInclusive<i64> = -34..=-25;

/// Reads a COSE_Key of our own messages; the point is on its curve afterwards.
///
/// ```cddl
/// COSE_Key = { 1: 2, -1: 1, -2: bstr .size 32, -3: bstr .size 32 }
/// ```
/// Whether it is deterministically encoded is for the reader of the message to check.
pub(crate) fn parse_own_key(item: WellFormed<'_>) -> Result<PublicKey, DecodeError> {
    let [kty, crv, x, y] = item.closed_fields([1, -1, -2, -3])?;
    let kind = (required(kty, &item)?.int()?, required(crv, &item)?.int()?);
    let [x, y] = [
        coordinate(required(x, &item)?)?,
        coordinate(required(y, &item)?)?,
    ];
    match kind {
        (2, 1) => {
            PublicKey::p256_coordinates(x, y).ok_or_else(|| item.error(DecodeErrorKind::BadKey))
        }
        _ => Err(item.error(DecodeErrorKind::OutOfRange)),
    }
}

fn coordinate(item: WellFormed<'_>) -> Result<&[u8; 32], DecodeError> {
    let fault = item.error(DecodeErrorKind::OutOfRange);
    item.byte_string()?.try_into().map_err(|_| fault)
}

/// Writes the four fields that ISO/IEC 18013-5 clause 9.1.1.4 wants, and no other.
fn write_key(key: &PublicKey, out: &mut Writer) {
    let (x, y) = key.coordinates();
    let (kty, crv) = match key.curve() {
        Curve::P256 => (2, 1),
        Curve::P384 => (2, 2),
        Curve::Ed25519 => (1, 6),
    };
    out.map(if y.is_some() { 4 } else { 3 })
        .int(1)
        .int(kty)
        .int(-1)
        .int(crv)
        .int(-2)
        .byte_string(x);
    if let Some(y) = y {
        out.int(-3).byte_string(y);
    }
}

/// The COSE_Key of `key`, as bytes.
pub(crate) fn encode_key(key: &PublicKey) -> Vec<u8> {
    let mut out = Writer::new();
    write_key(key, &mut out);
    out.into_bytes()
}

impl From<&PublicKey> for coset::CoseKey {
    fn from(key: &PublicKey) -> Self {
        let (x, y) = key.coordinates();
        match y {
            Some(y) => {
                let curve = match key.curve() {
                    Curve::P384 => iana::EllipticCurve::P_384,
                    _ => iana::EllipticCurve::P_256,
                };
                coset::CoseKeyBuilder::new_ec2_pub_key(curve, x.to_vec(), y.to_vec()).build()
            }
            None => coset::CoseKeyBuilder::new_okp_key()
                .param(-1, 6.into())
                .param(-2, x.to_vec().into())
                .build(),
        }
    }
}

impl TryFrom<&coset::CoseKey> for PublicKey {
    type Error = Misuse;

    fn try_from(key: &coset::CoseKey) -> Result<Self, Misuse> {
        use coset::CborSerializable as _;
        let bytes = key.clone().to_vec().map_err(|_| Misuse::InvalidKey)?;
        let item = WellFormed::parse(&bytes, crate::cbor::MESSAGE_CAP);
        let key = item.and_then(|item| CoseKey::parse(item, Compressed::Allowed));
        key.map(|key| key.key).map_err(|_| Misuse::InvalidKey)
    }
}

fn p256(x: &[u8], y: WellFormed<'_>, compressed: Compressed) -> Option<PublicKey> {
    let x = x.try_into().ok()?;
    match (y.boolean(), compressed) {
        (Ok(odd), Compressed::Allowed) => PublicKey::p256_compressed(x, odd),
        _ => PublicKey::p256_coordinates(x, y.byte_string().ok()?.try_into().ok()?),
    }
}

#[cfg(feature = "es384")]
fn p384(x: &[u8], y: WellFormed<'_>) -> Option<PublicKey> {
    let x: &[u8; 48] = x.try_into().ok()?;
    let y: &[u8; 48] = y.byte_string().ok()?.try_into().ok()?;
    let mut sec1 = [4; 97];
    let (_, point) = sec1.split_first_mut()?;
    point
        .iter_mut()
        .zip(x.iter().chain(y))
        .for_each(|(to, from)| *to = *from);
    PublicKey::p384(&sec1).ok()
}

/// `key_ops`: verify is 2, derive key and derive bits are 7 and 8 (RFC 9052 table 5).
fn operations(ops: WellFormed<'_>) -> Result<(bool, bool), DecodeError> {
    let mut may = (false, false);
    for op in ops.array()? {
        match op?.int() {
            Ok(2) => may.0 = true,
            Ok(7 | 8) => may.1 = true,
            _ => {}
        }
    }
    Ok(may)
}

#[cfg(test)]
mod tests;
