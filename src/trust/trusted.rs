//! Keys that a trust anchor vouches for. The fields of these types are private to this file, which
//! is what makes them a proof.

use alloc::string::String;

use super::{IssuerCache, Purpose, RevocationLists, TrustAnchors, chain_to_root, pinned};
use crate::cose::Sign1;
use crate::crypto::{CryptoProvider, PreparedKey, PublicKey, VerifyingKey};
use crate::error::{CryptoError, Error, Rejected, rejected};
use crate::time::{UnixTime, Validity};

/// Which anchor a key was trusted by: SHA-256 of the root's subject and subjectPublicKeyInfo (both
/// in DER), or of the bytes of the pinned key. A renewed root with the same key and name is the
/// same anchor.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AnchorId(pub(super) [u8; 32]);

impl AnchorId {
    /// From a hash that was kept. It says nothing about who is trusted.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Of the root certificate `der`, which is trusted by nobody yet.
    ///
    /// # Errors
    /// [`Misuse::InvalidCertificate`](crate::Misuse::InvalidCertificate) if it is none that [`TrustAnchors::add_root`] takes;
    /// [`Error::Crypto`] if `crypto` has no SHA-256.
    #[cfg(feature = "x509")]
    pub fn of_root(der: &[u8], crypto: &CryptoProvider) -> Result<Self, Error> {
        super::x509::root_id(der, crypto)
    }

    /// Of a key that is pinned.
    ///
    /// # Errors
    /// [`CryptoError`] if `crypto` has no SHA-256.
    pub fn of_key(key: &PublicKey, crypto: &CryptoProvider) -> Result<Self, CryptoError> {
        crypto.sha256(&[key.as_bytes()]).map(Self)
    }

    /// The hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What is known of a key once it is trusted, be it an issuer's or a reader's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Trusted {
    pub(super) key: PublicKey,
    pub(super) anchor: AnchorId,
    pub(super) leaf: Option<Leaf>,
    pub(super) leaf_hash: Option<[u8; 32]>,
}

/// What a leaf says that was found good; there is none where a key is pinned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Leaf {
    pub(super) validity: Validity,
    pub(super) chain: Validity,
    pub(super) country: Option<[u8; 2]>,
}

/// What a leaf says of whose it is. Nobody else vouches for it, so there is none where a key is pinned.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Subject {
    pub(super) common_name: Option<String>,
    pub(super) profession: Option<String>,
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
        if let Some(pinned) = pinned::by_signature(auth, chain, anchors, crypto)? {
            return Ok(Self(pinned));
        }
        let chain = chain.ok_or(rejected!(NoIssuerKey))?;
        let (trusted, _) = chain_to_root(&chain, anchors, lists, Purpose::Cards, crypto, now)?;
        Ok(Self(trusted))
    }

    /// As [`Self::find`], with the same result, and without checking the signatures of a chain
    /// that `cache` knows. Where revocation lists are given the chain is checked anew.
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
        let Some(chain) = auth.headers().claimed_x5chain() else {
            return Self::find(auth, anchors, lists, crypto, now);
        };
        let issuer = match known(cache, chain.bytes(), lists, now) {
            Some(issuer) => issuer,
            None => Self::find(auth, anchors, lists, crypto, now)?,
        };
        // A key that was found by trying signatures says nothing about the chain beside it.
        if issuer.0.leaf_hash.is_some() {
            cache.meet(chain.bytes(), issuer);
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

    pub(super) fn holds_at(&self, now: UnixTime) -> bool {
        self.chain_validity()
            .is_none_or(|window| window.holds_at(now))
    }
}

fn known<const N: usize>(
    cache: &IssuerCache<N>,
    chain: &[u8],
    lists: Option<&RevocationLists>,
    now: UnixTime,
) -> Option<TrustedIssuer> {
    match lists.is_some_and(|lists| !lists.is_empty()) {
        true => None,
        false => cache.peek(chain, now),
    }
}

/// A trusted issuer, with the table of its key where there is one. It is the table of no other key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PreparedIssuer<'t> {
    issuer: TrustedIssuer,
    table: Option<&'t PreparedKey>,
}

impl<'t> PreparedIssuer<'t> {
    /// As [`TrustedIssuer::find`], with a table that `anchors` have.
    pub(crate) fn find(
        auth: &Sign1<'_>,
        anchors: &'t TrustAnchors,
        lists: Option<&RevocationLists>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let issuer = TrustedIssuer::find(auth, anchors, lists, crypto, now)?;
        Ok(Self::new(issuer, anchors.prepared(issuer.key())))
    }

    /// As [`TrustedIssuer::find_cached`], with a table that `anchors` or `cache` have.
    pub(crate) fn find_cached<const N: usize>(
        auth: &Sign1<'_>,
        cache: &'t mut IssuerCache<N>,
        anchors: &'t TrustAnchors,
        lists: Option<&RevocationLists>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let issuer = TrustedIssuer::find_cached(auth, cache, anchors, lists, crypto, now)?;
        let table = anchors.prepared(issuer.key());
        Ok(Self::new(
            issuer,
            table.or_else(|| cache.prepared(issuer.key())),
        ))
    }

    /// As [`Self::find_cached`], and leaves the cache as it is.
    #[cfg(feature = "rayon")]
    pub(crate) fn find_met<const N: usize>(
        auth: &Sign1<'_>,
        cache: &'t IssuerCache<N>,
        anchors: &'t TrustAnchors,
        lists: Option<&RevocationLists>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        cache.check_made_for(anchors)?;
        let chain = auth.headers().claimed_x5chain();
        let issuer = match chain.and_then(|chain| known(cache, chain.bytes(), lists, now)) {
            Some(issuer) => issuer,
            None => TrustedIssuer::find(auth, anchors, lists, crypto, now)?,
        };
        let table = anchors.prepared(issuer.key());
        let table = table.or_else(|| cache.prepared(issuer.key()));
        Ok(Self::new(issuer, table))
    }

    /// `table` may be another key's; then it is none.
    fn new(issuer: TrustedIssuer, table: Option<&'t PreparedKey>) -> Self {
        let table = table.filter(|table| table.public_key() == issuer.key());
        Self { issuer, table }
    }

    pub(crate) const fn issuer(&self) -> &TrustedIssuer {
        &self.issuer
    }

    pub(crate) fn verifying_key(&self) -> VerifyingKey<'_> {
        self.table.map_or_else(
            || VerifyingKey::new(self.issuer.key()),
            VerifyingKey::prepared,
        )
    }
}

/// Who asks: the key of a reader, once a trust anchor is seen to vouch for it. That the reader
/// also signed the request is for whoever holds this to see.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustedReader {
    trusted: Trusted,
    subject: Subject,
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
        // The name in the certificate of a pinned key is the bearer's own invention. Nor is
        // any pinned key tried blindly: what a reader signs is not in `auth`.
        if let Some(trusted) = pinned::of_leaf(chain, anchors, crypto)? {
            return Ok(Self {
                trusted,
                subject: Subject::default(),
            });
        }
        let chain = chain.ok_or(rejected!(ReaderUntrusted))?;
        let (trusted, subject) =
            chain_to_root(&chain, anchors, lists, Purpose::Requests, crypto, now)
                .map_err(of_reader)?;
        Ok(Self { trusted, subject })
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
        self.subject.common_name.as_deref()
    }

    /// The profession that the anchor vouches for: a code, by which a
    /// [`Ceiling`](crate::profile::Ceiling) is found. There is none for a pinned key, and where the
    /// certificate holds none, or what is no text.
    ///
    /// ```asn1
    /// profession EXTENSION ::= { SYNTAX UTF8String IDENTIFIED BY 1.2.250.1.71.1.2.7 } -- not critical
    /// ```
    #[must_use]
    pub fn profession(&self) -> Option<&str> {
        self.subject.profession.as_deref()
    }
}

/// The key of a signer of lists, once a trust anchor is seen to vouch for it; only this file makes
/// one. Whether it signed the list is for the caller to see.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TrustedListSigner {
    key: PublicKey,
    anchor: AnchorId,
}

impl TrustedListSigner {
    /// Looks for the key that should have signed `auth`. A chain counts where it is protected and
    /// nowhere else (ISO/IEC 18013-5 second edition, 12.3.6).
    ///
    /// # Errors
    /// [`Rejected`] 2552 to 2554.
    pub(crate) fn find(
        auth: &Sign1<'_>,
        anchors: &TrustAnchors,
        lists: Option<&RevocationLists>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let chain = auth.headers().claimed_protected_x5chain();
        if let Some(pinned) = pinned::of_leaf(chain, anchors, crypto)? {
            // Nothing else of its certificate is read; but whoever says himself that he is a reader
            // signs no list, whoever pinned him.
            #[cfg(feature = "x509")]
            if chain.is_some_and(|chain| super::x509::is_of_reader(&chain)) {
                return Err(rejected!(ListSigner).into());
            }
            return Ok(Self::of(&pinned));
        }
        if let Some(pinned) = pinned::by_signature(auth, chain, anchors, crypto)? {
            return Ok(Self::of(&pinned));
        }
        let chain = chain.ok_or(rejected!(ListUntrusted))?;
        let (trusted, _) =
            chain_to_root(&chain, anchors, lists, Purpose::Lists, crypto, now).map_err(of_list)?;
        Ok(Self::of(&trusted))
    }

    const fn of(trusted: &Trusted) -> Self {
        Self {
            key: trusted.key,
            anchor: trusted.anchor,
        }
    }

    pub(crate) const fn key(&self) -> &PublicKey {
        &self.key
    }

    pub(crate) const fn anchor(&self) -> AnchorId {
        self.anchor
    }
}

/// The same faults, said of a signer of lists.
pub(super) fn of_list(error: Error) -> Error {
    let Error::Rejected(fault) = error else {
        return error;
    };
    let fault = match fault {
        Rejected::LeafUsage { .. } | Rejected::LeafIsCa { .. } => rejected!(ListSigner),
        Rejected::IssuerAlgUnsupported { .. } => rejected!(ListAlgorithm),
        _ => rejected!(ListUntrusted),
    };
    fault.into()
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
