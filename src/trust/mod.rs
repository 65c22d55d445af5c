//! Who may issue a card, and who may ask for one.
//!
//! [`TrustAnchors`] are what the caller trusts: IACA roots, whose certificates are read as
//! ISO/IEC 18013-5 Annex B and RFC 5280 say, and pinned keys, for which no certificate is read at
//! all. A key comes out of here only inside a [`TrustedIssuer`] or a [`TrustedReader`], which
//! nothing else can make. Which faults of a chain are refused is written at [`TrustAnchors`];
//! webpki and x509-cert are used in `x509` alone.

mod cache;
mod pinned;
mod spki;
#[cfg(feature = "x509")]
mod x509;

use alloc::string::String;
use alloc::vec::Vec;

pub use cache::IssuerCache;
pub use spki::certificate_key;
#[cfg(feature = "x509")]
#[allow(unused_imports, reason = "for issuer::UnsignedCard::complete")]
pub(crate) use x509::check_issuing_chain;

use crate::cose::Sign1;
use crate::crypto::{CryptoProvider, PublicKey};
#[cfg(feature = "x509")]
use crate::error::Misuse;
use crate::error::{Error, Rejected, rejected};
use crate::time::{UnixTime, Validity};

/// The roots and the keys that a caller trusts.
///
/// Cards and readers are trusted by different values: an IACA root says nothing about readers.
///
/// A chain under a root is refused unless every certificate that came is needed for it and is well
/// formed, in its dates, signed by an algorithm of the crypto provider and free of critical
/// extensions that are not understood; the leaf is no CA, may sign (`digitalSignature`, where key
/// usage is stated) and is meant for cards or for readers (extended key usage, which must be
/// there); each certificate above it is a CA that may sign certificates; and the root's own dates
/// and path length hold. The root itself must not come along (ISO/IEC 18013-5 clause 9.1.2.4):
/// whoever sends it can only hope that someone trusts what was sent.
///
/// ```
/// use vitacard::crypto::{PublicKey, Signer, SoftwareSigner};
/// use vitacard::trust::TrustAnchors;
/// let issuer = SoftwareSigner::from_bytes(&[7; 32]).unwrap();
/// let mut anchors = TrustAnchors::new();
/// anchors.pin_key(issuer.public_key());
/// assert_eq!(anchors, anchors.clone());
/// assert_ne!(anchors, TrustAnchors::new());
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TrustAnchors {
    #[cfg(feature = "x509")]
    roots: Vec<x509::Root>,
    pinned: Vec<PublicKey>,
    strict_profile: bool,
}

impl TrustAnchors {
    /// Trusts nobody.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            #[cfg(feature = "x509")]
            roots: Vec::new(),
            pinned: Vec::new(),
            strict_profile: false,
        }
    }

    /// Trusts the root certificate `der` and what it vouches for, within its dates and its path
    /// length. Its own signature is not looked at: trust comes from you.
    ///
    /// ```
    /// use vitacard::{Error, Misuse, trust::TrustAnchors};
    /// let error = TrustAnchors::new().add_root(b"no certificate").unwrap_err();
    /// assert_eq!(error, Error::Misuse(Misuse::InvalidCertificate));
    /// ```
    ///
    /// # Errors
    /// [`Misuse::InvalidCertificate`] unless it is a well-formed certificate of version 3, of a CA
    /// that may sign certificates, without critical extensions that are not understood, and with a
    /// key that this build can use.
    #[cfg(feature = "x509")]
    pub fn add_root(&mut self, der: &[u8]) -> Result<(), Error> {
        let root = x509::Root::parse(der).ok_or(Misuse::InvalidCertificate)?;
        if !self.roots.contains(&root) {
            self.roots.push(root);
        }
        Ok(())
    }

    /// Trusts `key` itself, without dates, usages or revocation: where a document names a
    /// certificate with this key, nothing else of that certificate is read.
    ///
    /// A document that names no certificate is tried against the first 16 pinned keys.
    pub fn pin_key(&mut self, key: PublicKey) {
        if !self.pinned.contains(&key) {
            self.pinned.push(key);
        }
    }

    /// Also demands the profile of ISO/IEC 18013-5 Annex B: life times, critical and known extended
    /// key usages, key identifiers that match, issuerAltName, country and common name, path length
    /// 0, equal countries and states, and no forbidden extension.
    ///
    /// Off by default, for issuers in the field break it (the standard's own example, Annex D, is
    /// not consistent with it either), and none of it is what keeps a forger out.
    #[must_use]
    pub const fn strict_profile(mut self, strict: bool) -> Self {
        self.strict_profile = strict;
        self
    }

    /// An empty cache of at most `N` chains, for these anchors and no others.
    ///
    /// ```
    /// let cache = vitacard::trust::TrustAnchors::new().cache::<8>();
    /// assert!(cache.is_empty());
    /// ```
    #[must_use]
    pub fn cache<const N: usize>(&self) -> IssuerCache<N> {
        IssuerCache::new(self.clone())
    }
}

/// Revocation lists (RFC 5280 section 5) that the caller has fetched; who signed them is seen when
/// they are used.
///
/// Where there is at least one, every certificate of a chain below its root must be covered by one
/// that is signed by its issuer and current, and of several the newest counts; lists dated in the
/// future are not used. Where there is none, revocation is not checked. Pinned keys are not looked
/// up.
#[derive(Debug, Default)]
pub struct RevocationLists {
    #[cfg(feature = "x509")]
    lists: x509::Lists,
}

impl RevocationLists {
    /// Reads full lists in DER.
    ///
    /// ```
    /// use vitacard::{Error, Misuse, trust::RevocationLists};
    /// assert!(RevocationLists::new(&[]).unwrap().is_empty());
    /// let error = RevocationLists::new(&[b"no list"]).unwrap_err();
    /// assert_eq!(error, Error::Misuse(Misuse::InvalidCrl));
    /// ```
    ///
    /// # Errors
    /// [`Misuse::InvalidCrl`] for one that is malformed, is no full list of version 2 with a
    /// nextUpdate, or has a critical extension that is not understood.
    #[cfg(feature = "x509")]
    pub fn new(lists: &[&[u8]]) -> Result<Self, Error> {
        let lists = x509::Lists::parse(lists).ok_or(Misuse::InvalidCrl)?;
        Ok(Self { lists })
    }

    /// Whether there is none, so that revocation is not checked.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        #[cfg(feature = "x509")]
        return self.lists.is_empty();
        #[cfg(not(feature = "x509"))]
        true
    }
}

/// Which anchor a key was trusted by: SHA-256 of the root's subject and subjectPublicKeyInfo (both
/// in DER), or of the bytes of the pinned key. A renewed root with the same key and name is the
/// same anchor.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AnchorId([u8; 32]);

impl AnchorId {
    /// The hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What is known of a key once it is trusted, be it an issuer's or a reader's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Trusted {
    key: PublicKey,
    anchor: AnchorId,
    leaf: Option<Leaf>,
    leaf_hash: Option<[u8; 32]>,
}

/// What a leaf says that was found good; there is none where a key is pinned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Leaf {
    validity: Validity,
    chain: Validity,
    country: Option<[u8; 2]>,
}

/// The key of an issuer, once a trust anchor is seen to vouch for it. Step 1 of ISO/IEC 18013-5
/// clause 9.3.1; only this module makes one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TrustedIssuer(Trusted);

impl TrustedIssuer {
    /// Looks for the key that should have signed `auth`; whether it did is for step 2.
    ///
    /// # Errors
    /// [`Rejected`] 2010 to 2025; [`Rejected::IssuerAlgUnsupported`] where all of the chain holds
    /// and its leaf's key is on a curve that this build does not know.
    pub(crate) fn find(
        auth: &Sign1<'_>,
        anchors: &TrustAnchors,
        lists: Option<&RevocationLists>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let chain = auth.headers().claimed_x5chain();
        if let Some(pinned) = pinned::of_leaf(chain, anchors, crypto)? {
            return Ok(Self(pinned));
        }
        if let Some(pinned) = pinned::by_signature(auth, anchors, crypto)? {
            return Ok(Self(pinned));
        }
        let chain = chain.ok_or(rejected!(NoIssuerKey))?;
        let (trusted, _) = chain_to_root(&chain, anchors, lists, Purpose::Cards, crypto, now)?;
        Ok(Self(trusted))
    }

    /// As [`Self::find`], with the same result, and without checking the signatures of a chain
    /// that `cache` knows. Where revocation lists are given the cache is not used.
    ///
    /// # Errors
    /// As [`Self::find`], and [`crate::Misuse::CacheOfOtherAnchors`].
    pub(crate) fn find_cached<const N: usize>(
        auth: &Sign1<'_>,
        cache: &mut IssuerCache<N>,
        anchors: &TrustAnchors,
        lists: Option<&RevocationLists>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        cache.check_made_for(anchors)?;
        let chain = auth.headers().claimed_x5chain();
        let (Some(chain), false) = (chain, lists.is_some_and(|lists| !lists.is_empty())) else {
            return Self::find(auth, anchors, lists, crypto, now);
        };
        let id = crypto.sha256(&[chain.bytes()])?;
        if let Some(issuer) = cache.take_up(&id, now) {
            return Ok(issuer);
        }
        let issuer = Self::find(auth, anchors, lists, crypto, now)?;
        // A key that was found by trying signatures says nothing about the chain beside it.
        if issuer.0.leaf_hash.is_some() {
            cache.put(id, issuer);
        }
        Ok(issuer)
    }

    pub(crate) const fn key(&self) -> &PublicKey {
        &self.0.key
    }

    pub(crate) const fn anchor(&self) -> AnchorId {
        self.0.anchor
    }

    /// The dates of the signing certificate; a pinned key has none.
    pub(crate) fn validity(&self) -> Option<Validity> {
        self.0.leaf.map(|leaf| leaf.validity)
    }

    /// When every certificate of the chain holds, the root's among them.
    pub(crate) fn chain_validity(&self) -> Option<Validity> {
        self.0.leaf.map(|leaf| leaf.chain)
    }

    /// SHA-256 of the signing certificate, if one came.
    pub(crate) const fn leaf_hash(&self) -> Option<&[u8; 32]> {
        self.0.leaf_hash.as_ref()
    }

    /// The country of the signing certificate; a pinned key has none.
    pub(crate) fn country(&self) -> Option<[u8; 2]> {
        self.0.leaf.and_then(|leaf| leaf.country)
    }

    fn holds_at(&self, now: UnixTime) -> bool {
        self.chain_validity()
            .is_none_or(|window| window.holds_at(now))
    }
}

/// Who asks: the key of a reader, once a trust anchor is seen to vouch for it. That the reader
/// also signed the request is for whoever holds this to see.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustedReader {
    trusted: Trusted,
    common_name: Option<String>,
}

impl TrustedReader {
    /// Looks for the key that should have signed `auth`; whether it did is for the caller.
    ///
    /// # Errors
    /// [`Rejected`] 2806 to 2811; [`Rejected::ReaderAlgUnsupported`] where all of the chain holds
    /// and its leaf's key is on a curve that this build does not know.
    pub(crate) fn find(
        auth: &Sign1<'_>,
        anchors: &TrustAnchors,
        lists: Option<&RevocationLists>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let chain = auth.headers().claimed_x5chain();
        // The name in the certificate of a pinned key is the bearer's own invention.
        if let Some(trusted) = pinned::of_leaf(chain, anchors, crypto)? {
            return Ok(Self {
                trusted,
                common_name: None,
            });
        }
        let chain = chain.ok_or(rejected!(ReaderUntrusted))?;
        let (trusted, common_name) =
            chain_to_root(&chain, anchors, lists, Purpose::Requests, crypto, now)
                .map_err(of_reader)?;
        Ok(Self {
            trusted,
            common_name,
        })
    }

    /// The reader's key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.trusted.key
    }

    /// Which anchor vouches for it.
    #[must_use]
    pub const fn anchor(&self) -> AnchorId {
        self.trusted.anchor
    }

    /// The dates of the reader's certificate; a pinned key has none.
    #[must_use]
    pub fn validity(&self) -> Option<Validity> {
        self.trusted.leaf.map(|leaf| leaf.validity)
    }

    /// The name that the anchor vouches for, to be shown to the holder. There is none for a pinned
    /// key, and where the certificate holds no name, more than one, or one with control characters.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }
}

/// What a leaf is meant for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Purpose {
    Cards,
    Requests,
}

#[cfg(feature = "x509")]
use x509::chain_to_root;

/// Without certificates there is no way to a root.
#[cfg(not(feature = "x509"))]
fn chain_to_root(
    _: &crate::cose::X5Chain<'_>,
    _: &TrustAnchors,
    _: Option<&RevocationLists>,
    _: Purpose,
    _: &CryptoProvider,
    _: UnixTime,
) -> Result<(Trusted, Option<String>), Error> {
    Err(rejected!(UntrustedIssuer).into())
}

/// The same faults, said of a reader.
fn of_reader(error: Error) -> Error {
    let Error::Rejected(fault) = error else {
        return error;
    };
    let fault = match fault {
        Rejected::MalformedCertificate { .. } => rejected!(ReaderMalformedCertificate),
        // A signature that does not fit is how a chain to someone else's root looks.
        Rejected::UntrustedIssuer { .. } | Rejected::CertificateSignature { .. } => {
            rejected!(ReaderUntrusted)
        }
        Rejected::CertificateExpired { .. } | Rejected::CertificateNotYetValid { .. } => {
            rejected!(ReaderCertificateTime)
        }
        Rejected::LeafUsage { .. } | Rejected::LeafIsCa { .. } => rejected!(ReaderUsage),
        Rejected::CertificateRevoked { .. } | Rejected::CrlUnusable { .. } => {
            rejected!(ReaderCertificateRevoked)
        }
        Rejected::IssuerAlgUnsupported { .. } => rejected!(ReaderAlgUnsupported),
        _ => rejected!(ReaderChain),
    };
    fault.into()
}

#[cfg(all(test, feature = "x509", feature = "rustcrypto"))]
mod tests;
