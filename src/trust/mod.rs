//! Who may issue a card, and who may ask for one.
//!
//! [`TrustAnchors`] are what the caller trusts: IACA roots, whose certificates are read as
//! ISO/IEC 18013-5 Annex B and RFC 5280 say, and pinned keys, for which no certificate is read at
//! all. A key comes out of here only inside a `TrustedIssuer` or a [`TrustedReader`], which
//! nothing else can make. Which faults of a chain are refused is written at [`TrustAnchors`];
//! webpki and x509-cert are used in `x509` alone.

mod cache;
#[cfg(feature = "x509")]
mod inviting;
mod pinned;
mod spki;
mod tables;
mod trusted;
#[cfg(feature = "x509")]
mod x509;

use alloc::vec::Vec;

pub use cache::IssuerCache;
#[cfg(feature = "x509")]
pub(crate) use inviting::TrustedInviter;
pub use spki::certificate_key;
use tables::Tables;
#[cfg(feature = "x509")]
use trusted::Leaf;
pub use trusted::{AnchorId, TrustedReader};
pub(crate) use trusted::{PreparedIssuer, TrustedIssuer, TrustedListSigner};
use trusted::{Subject, Trusted};
#[cfg(feature = "x509")]
pub(crate) use x509::{
    Named, check_inviting_chain, check_issuing_chain, check_list_chain, named_trust_point,
};

use crate::crypto::{PreparedKey, PublicKey, TableSize, VerifyingKey};
#[cfg(feature = "x509")]
use crate::error::{Error, Misuse};

/// The roots and the keys that a caller trusts.
///
/// Cards and readers are trusted by different values: an IACA root says nothing about readers.
///
/// A chain under a root is refused unless every certificate that came is needed for it and is well
/// formed, in its dates, signed by an algorithm of the crypto provider and free of critical
/// extensions that are not understood; the leaf is no CA, may sign (`digitalSignature`, where key
/// usage is stated) and is meant for cards or for readers (extended key usage, which must be
/// there; a signer of lists of blocked cards needs none, and must not be a reader's); each certificate above it is a CA that may sign certificates; and the root's own dates
/// and path length hold. The root itself must not come along (ISO/IEC 18013-5 B.1.1):
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
///
/// A clone trusts the same, and has none of the tables that [`Self::prepare`] made.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TrustAnchors {
    #[cfg(feature = "x509")]
    roots: Vec<x509::Root>,
    pinned: Vec<PublicKey>,
    strict_profile: bool,
    tables: Tables,
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
            tables: Tables::none(),
        }
    }

    /// Trusts the root certificate `der` and what it vouches for, within its dates and its path
    /// length. Its own signature is not looked at: trust comes from you. PEM is not read.
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

    /// Makes tables of all roots and pinned keys on P-256, by which their signatures are checked
    /// three to four times as fast. No verdict changes.
    ///
    /// For cards that come without certificates: their issuers are pinned. Of cards with
    /// certificates the signers' keys matter, and an [`IssuerCache::with_tables`] keeps those. Call
    /// it before a reader takes the anchors.
    ///
    /// A table takes [`TableSize::bytes`] and, to make, as long as 2 to 25 signature checks; so
    /// it is made when you ask and not before. What is added later has none until you ask again,
    /// which makes those that are missing; another size makes all anew. A clone has none.
    ///
    /// ```
    /// use vitacard::crypto::{Signer, SoftwareSigner, TableSize};
    /// use vitacard::trust::TrustAnchors;
    /// let mut anchors = TrustAnchors::new();
    /// anchors.pin_key(SoftwareSigner::from_bytes(&[7; 32]).unwrap().public_key());
    /// let unprepared = anchors.clone();
    /// anchors.prepare(TableSize::Compact);
    /// assert_eq!(anchors, unprepared);
    /// ```
    pub fn prepare(&mut self, size: TableSize) {
        let keys = self.pinned.iter().copied();
        #[cfg(feature = "x509")]
        let keys = keys.chain(self.roots.iter().filter_map(x509::Root::key));
        self.tables.prepare(keys, size);
    }

    /// The table of `key`, if it is a root's or pinned and was prepared.
    pub(crate) fn prepared(&self, key: &PublicKey) -> Option<&PreparedKey> {
        self.tables.of(key)
    }

    /// `key`, with its table if it was prepared.
    pub(crate) fn verifying_key<'k>(&'k self, key: &'k PublicKey) -> VerifyingKey<'k> {
        self.tables.verifying_key(key)
    }

    /// As [`Self::pin_key`], with a table that the program has already, such as one that
    /// [`FlashTable`](crate::crypto::FlashTable) put into flash: it takes no memory.
    ///
    /// ```
    /// # use vitacard::crypto::PreparedKey;
    /// use vitacard::trust::TrustAnchors;
    /// fn anchors(issuer: &'static PreparedKey) -> TrustAnchors {
    ///     let mut anchors = TrustAnchors::new();
    ///     anchors.pin_prepared(issuer);
    ///     anchors
    /// }
    /// ```
    pub fn pin_prepared(&mut self, key: &'static PreparedKey) {
        self.pin_key(*key.public_key());
        self.tables.give(key);
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

    /// Whether [`Self::strict_profile`] was asked for.
    pub(crate) const fn is_strict(&self) -> bool {
        self.strict_profile
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

/// What a leaf is meant for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Purpose {
    Cards,
    Requests,
    /// Lists of blocked cards. Extended key usage is optional, for its number is not assigned yet.
    Lists,
    /// Invitations to enrol: 1.0.18013.5.1.2 and no other.
    #[cfg(feature = "x509")]
    Invitations,
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
    _: &crate::crypto::CryptoProvider,
    _: crate::time::UnixTime,
) -> Result<(Trusted, Subject), crate::error::Error> {
    Err(crate::error::rejected!(UntrustedIssuer).into())
}

#[cfg(all(test, feature = "x509", feature = "rustcrypto"))]
mod tests;
#[cfg(all(test, not(feature = "x509"), feature = "rustcrypto"))]
mod tests_without_x509;
