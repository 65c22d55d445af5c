//! The few parts of a certificate that can be found without understanding the rest.
//!
//! Steps over whatever it does not need, by tag and length alone, so that a key can be pinned
//! whose certificate is malformed elsewhere: one production issuer wraps its extensions twice
//! (example 11 of the longfellow vectors). What is read here is trusted only after it was compared
//! with a pinned key, or after `x509` has parsed the same bytes strictly. Nothing here panics.

use pki_types::alg_id;

use crate::crypto::PublicKey;

pub(super) const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const VERSION: u8 = 0xa0;

/// The public key of a certificate in DER, read and not trusted: for pinning.
///
/// `None` if it cannot be found, or if it is on no curve that this build knows.
///
/// ```
/// assert_eq!(vitacard::trust::certificate_key(b"no certificate"), None);
/// ```
#[must_use]
pub fn certificate_key(der: &[u8]) -> Option<PublicKey> {
    match subject_key(Fields::of(der)?.spki.content)? {
        SubjectKey::Known(key) => Some(key),
        SubjectKey::Unknown => None,
    }
}

/// A tag, its content, and both with the length between them.
#[cfg_attr(
    not(feature = "x509"),
    expect(dead_code, reason = "chains read more than keys")
)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// The first element of `der`, and what follows it.
    pub(super) fn first(der: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (tag, rest) = der.split_first()?;
        let (length, rest) = rest.split_first()?;
        let (length, rest) = match length {
            0..=0x7f => (u32::from(*length), rest),
            0x81..=0x84 => long_length(length & 0x7f, rest)?,
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        let (whole, _) = der.split_at_checked(der.len().checked_sub(rest.len())?)?;
        let tag = *tag;
        Some((
            Self {
                tag,
                content,
                whole,
            },
            rest,
        ))
    }
}

fn long_length(octets: u8, rest: &[u8]) -> Option<(u32, &[u8])> {
    let (octets, rest) = rest.split_at_checked(usize::from(octets))?;
    let length = octets
        .iter()
        .fold(0, |length: u32, octet| length << 8 | u32::from(*octet));
    Some((length, rest))
}

/// Fields of `TBSCertificate` (RFC 5280 section 4.1).
#[cfg_attr(
    not(feature = "x509"),
    expect(dead_code, reason = "chains read more than keys")
)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    pub(super) signed: Element<'a>,
    pub(super) serial: Element<'a>,
    pub(super) algorithm: Element<'a>,
    pub(super) issuer: Element<'a>,
    pub(super) subject: Element<'a>,
    pub(super) spki: Element<'a>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(der: &'a [u8]) -> Option<Self> {
        let (certificate, _) = Element::first(der)?;
        let (signed, _) = Element::first(certificate.content)?;
        let (first, rest) = Element::first(signed.content)?;
        let (serial, rest) = match first.tag {
            VERSION => Element::first(rest)?,
            _ => (first, rest),
        };
        let (algorithm, rest) = Element::first(rest)?;
        let (issuer, rest) = Element::first(rest)?;
        let (_validity, rest) = Element::first(rest)?;
        let (subject, rest) = Element::first(rest)?;
        let (spki, _) = Element::first(rest)?;
        Some(Self {
            signed,
            serial,
            algorithm,
            issuer,
            subject,
            spki,
        })
    }
}

/// What a SubjectPublicKeyInfo holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum SubjectKey {
    Known(PublicKey),
    /// Well formed, and of an algorithm or on a curve that this build does not know.
    Unknown,
}

/// From the content of a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7); `None` if it is malformed
/// or its point is not on its curve. Points are uncompressed (ISO/IEC 18013-5 Annex B).
pub(super) fn subject_key(spki: &[u8]) -> Option<SubjectKey> {
    let (algorithm, rest) = Element::first(spki)?;
    let (bits, rest) = Element::first(rest)?;
    let (0, key) = bits.content.split_first().map(|(n, key)| (*n, key))? else {
        return None;
    };
    if (algorithm.tag, bits.tag, rest) != (SEQUENCE, BIT_STRING, &[]) {
        return None;
    }
    let is = |id: pki_types::AlgorithmIdentifier| algorithm.content == &*id;
    let known = if is(alg_id::ECDSA_P256) {
        PublicKey::p256(key)
    } else if is(alg_id::ECDSA_P384) {
        #[cfg(not(feature = "es384"))]
        return Some(SubjectKey::Unknown);
        #[cfg(feature = "es384")]
        PublicKey::p384(key)
    } else if is(alg_id::ED25519) {
        #[cfg(not(feature = "ed25519"))]
        return Some(SubjectKey::Unknown);
        #[cfg(feature = "ed25519")]
        PublicKey::ed25519(key)
    } else {
        return Some(SubjectKey::Unknown);
    };
    known.ok().map(SubjectKey::Known)
}
