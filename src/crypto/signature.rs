//! Signatures as COSE writes them, and as hardware returns them.

use core::fmt;

use crate::error::Misuse;

const MAX: usize = 96;

/// A signature of at most 96 bytes, as COSE writes it: r ‖ s for ECDSA (RFC 9053 section 2.1).
///
/// It proves nothing until something verifies it.
#[derive(Clone, Copy)]
pub struct Signature {
    bytes: [u8; MAX],
    len: u8,
}

impl Signature {
    /// From r ‖ s (64 bytes for P-256, 96 for P-384), or the 64 bytes of Ed25519.
    ///
    /// # Errors
    /// [`Misuse::InvalidSignatureEncoding`] for another length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Misuse> {
        let (64 | 96, Ok(len)) = (bytes.len(), u8::try_from(bytes.len())) else {
            return Err(Misuse::InvalidSignatureEncoding);
        };
        let mut padded = [0; MAX];
        for (to, from) in padded.iter_mut().zip(bytes) {
            *to = *from;
        }
        Ok(Self { bytes: padded, len })
    }

    /// From the DER that phones' keystores and most HSMs return (`SEQUENCE { r, s }`, RFC 3279),
    /// with numbers of `size` bytes: 32 for P-256, 48 for P-384.
    ///
    /// ```
    /// use vitacard::crypto::Signature;
    /// let der = [0x30, 6, 2, 1, 5, 2, 1, 9];
    /// let signature = Signature::from_der(&der, 32).unwrap();
    /// assert_eq!((signature.as_bytes()[31], signature.as_bytes()[63]), (5, 9));
    /// ```
    ///
    /// # Errors
    /// [`Misuse::InvalidSignatureEncoding`] for anything but strict DER with two positive numbers.
    pub fn from_der(der: &[u8], size: usize) -> Result<Self, Misuse> {
        let invalid = Misuse::InvalidSignatureEncoding;
        let (body, rest) = tlv(0x30, der).ok_or(invalid)?;
        let (r, after) = tlv(0x02, body).ok_or(invalid)?;
        let (s, end) = tlv(0x02, after).ok_or(invalid)?;
        if !(rest.is_empty() && end.is_empty() && matches!(size, 32 | 48)) {
            return Err(invalid);
        }
        let mut bytes = [0; MAX];
        let (first, second) = bytes.split_at_mut_checked(size).ok_or(invalid)?;
        place(r, first).ok_or(invalid)?;
        place(s, second.get_mut(..size).ok_or(invalid)?).ok_or(invalid)?;
        Self::from_bytes(bytes.get(..size.saturating_mul(2)).ok_or(invalid)?)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({} bytes)", self.len)
    }
}

/// The content of the first element, of short or one-byte long form length, and what follows it.
fn tlv(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = match der {
        [first, 0x81, len @ 0x80..=0xff, rest @ ..] if *first == tag => (*len, rest),
        [first, len @ 0..=0x7f, rest @ ..] if *first == tag => (*len, rest),
        _ => return None,
    };
    rest.split_at_checked(usize::from(len))
}

/// A positive DER integer in its shortest form, right-aligned into `out`.
fn place(integer: &[u8], out: &mut [u8]) -> Option<()> {
    let magnitude = match integer {
        [] | [0x80..=0xff, ..] | [0] | [0, 0..=0x7f, ..] => return None,
        [0, magnitude @ ..] | magnitude => magnitude,
    };
    let start = out.len().checked_sub(magnitude.len())?;
    for (to, from) in out.get_mut(start..)?.iter_mut().zip(magnitude) {
        *to = *from;
    }
    Some(())
}
