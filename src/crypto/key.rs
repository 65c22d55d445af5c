//! Public keys, on their curve by construction.

use core::fmt;

use super::p256;
use crate::error::Misuse;

/// The curve of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-256 (secp256r1).
    P256,
    /// NIST P-384 (secp384r1).
    P384,
    /// Ed25519.
    Ed25519,
}

/// A public key whose point is on its curve: there is no other way to make one.
///
/// ```
/// use vitacard::crypto::{PublicKey, Signer, SoftwareSigner};
/// let key = SoftwareSigner::from_bytes(&[7; 32]).unwrap().public_key();
/// assert_eq!(PublicKey::p256(key.as_bytes()), Ok(key));
/// assert!(PublicKey::p256(&[4; 65]).is_err());
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct PublicKey(Inner);

#[derive(Clone, Copy, Eq, PartialEq)]
enum Inner {
    P256([u8; 65]),
    #[cfg(feature = "es384")]
    P384([u8; 97]),
    #[cfg(feature = "ed25519")]
    Ed25519([u8; 32]),
}

impl PublicKey {
    /// A P-256 key from its 65 bytes, uncompressed (SEC 1 section 2.3.3).
    ///
    /// # Errors
    /// [`Misuse::InvalidKey`] if the bytes are not a point of the curve.
    pub fn p256(sec1: &[u8]) -> Result<Self, Misuse> {
        let parts = sec1.split_first().and_then(|(first, point)| {
            let (x, y) = point.split_first_chunk()?;
            Some((*first, x, y.first_chunk()?, y.len()))
        });
        match parts {
            Some((4, x, y, 32)) => Self::p256_coordinates(x, y).ok_or(Misuse::InvalidKey),
            _ => Err(Misuse::InvalidKey),
        }
    }

    /// A P-256 key from its coordinates, 32 big-endian bytes each.
    #[must_use]
    pub fn p256_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Option<Self> {
        if !p256::is_on_curve(x, y) {
            return None;
        }
        let mut bytes = [4; 65];
        let (_, point) = bytes.split_first_mut()?;
        for (to, from) in point.iter_mut().zip(x.iter().chain(y)) {
            *to = *from;
        }
        Some(Self(Inner::P256(bytes)))
    }

    /// A P-256 key from its x coordinate and the parity of y.
    #[must_use]
    pub fn p256_compressed(x: &[u8; 32], odd: bool) -> Option<Self> {
        Self::p256_coordinates(x, &p256::decompress(x, odd)?)
    }

    /// A P-256 key from the 65 bytes of a point that is known to be on the curve.
    pub(super) const fn p256_on_curve(sec1: [u8; 65]) -> Self {
        Self(Inner::P256(sec1))
    }

    /// The 65 bytes of a P-256 key.
    pub(super) const fn p256_bytes(&self) -> Option<&[u8; 65]> {
        match &self.0 {
            Inner::P256(bytes) => Some(bytes),
            #[cfg(any(feature = "es384", feature = "ed25519"))]
            _ => None,
        }
    }

    /// A P-256 key from the point of a backend that has computed it, so is on the curve.
    #[cfg(feature = "rustcrypto")]
    pub(super) fn p256_trusted(sec1: &[u8]) -> Self {
        let mut bytes = [4; 65];
        bytes
            .iter_mut()
            .zip(sec1)
            .for_each(|(to, from)| *to = *from);
        Self(Inner::P256(bytes))
    }

    /// A P-384 key from its 97 bytes, uncompressed (SEC 1 section 2.3.3).
    ///
    /// # Errors
    /// [`Misuse::InvalidKey`] if the bytes are not a point of the curve.
    #[cfg(feature = "es384")]
    pub fn p384(sec1: &[u8]) -> Result<Self, Misuse> {
        match <[u8; 97]>::try_from(sec1) {
            Ok(bytes) if super::es384::is_on_curve(&bytes) => Ok(Self(Inner::P384(bytes))),
            _ => Err(Misuse::InvalidKey),
        }
    }

    /// An Ed25519 key from its 32 bytes (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    /// [`Misuse::InvalidKey`] if the bytes are not a point of the curve, or one of small order.
    #[cfg(feature = "ed25519")]
    pub fn ed25519(bytes: &[u8]) -> Result<Self, Misuse> {
        match <[u8; 32]>::try_from(bytes) {
            Ok(bytes) if super::ed25519::is_on_curve(&bytes) => Ok(Self(Inner::Ed25519(bytes))),
            _ => Err(Misuse::InvalidKey),
        }
    }

    /// Its curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        match self.0 {
            Inner::P256(_) => Curve::P256,
            #[cfg(feature = "es384")]
            Inner::P384(_) => Curve::P384,
            #[cfg(feature = "ed25519")]
            Inner::Ed25519(_) => Curve::Ed25519,
        }
    }

    /// The uncompressed point (65 or 97 bytes), or the 32 bytes of an Ed25519 key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Inner::P256(bytes) => bytes,
            #[cfg(feature = "es384")]
            Inner::P384(bytes) => bytes,
            #[cfg(feature = "ed25519")]
            Inner::Ed25519(bytes) => bytes,
        }
    }

    /// The coordinates of a point, x and y; an Ed25519 key is its x.
    pub(crate) fn coordinates(&self) -> (&[u8], Option<&[u8]>) {
        let bytes = self.as_bytes();
        match self.curve() {
            Curve::Ed25519 => (bytes, None),
            _ => {
                let point = bytes.get(1..).unwrap_or_default();
                let (x, y) = point.split_at_checked(point.len() / 2).unwrap_or_default();
                (x, Some(y))
            }
        }
    }
}

/// A key is public, and long: its curve and its first bytes tell keys apart well enough.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}(", self.curve())?;
        for byte in self.coordinates().0.iter().take(4) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("..)")
    }
}
