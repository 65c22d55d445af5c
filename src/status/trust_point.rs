//! Who may sign a list, and by what lists are kept apart.
//!
//! The private fields of [`TrustedLister`] are the proof: only [`StatusTrust::lister`] makes one.

use crate::cose::Sign1;
use crate::crypto::{CryptoProvider, PublicKey};
#[cfg(feature = "x509")]
use crate::error::rejected;
use crate::error::{CryptoError, Error};
use crate::time::UnixTime;
use crate::trust::{AnchorId, RevocationLists, TrustAnchors, TrustedListSigner};
#[cfg(feature = "x509")]
use crate::trust::{Named, named_trust_point};

/// Under whose trust a list stands. Lists at one address under two of these are two lists: else one
/// trusted issuer could replace another's.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the standard knows no third")]
pub enum TrustPoint {
    /// The anchor that the chain of the list's signer ended in: the one of the card's issuer.
    Anchor(AnchorId),
    /// SHA-256 of the certificate that the card names.
    Certificate([u8; 32]),
}

impl TrustPoint {
    /// Of the certificate `der` that a card names.
    ///
    /// # Errors
    /// [`CryptoError`] if `crypto` has no SHA-256.
    pub fn certificate(der: &[u8], crypto: &CryptoProvider) -> Result<Self, CryptoError> {
        crypto.sha256(&[der]).map(Self::Certificate)
    }
}

/// What the caller trusts for a list.
#[derive(Clone, Copy, Debug)]
pub struct StatusTrust<'a> {
    by: By<'a>,
    revoked: Option<&'a RevocationLists>,
}

#[derive(Clone, Copy, Debug)]
enum By<'a> {
    Anchors(&'a TrustAnchors),
    #[cfg(feature = "x509")]
    Certificate(&'a [u8]),
    Key(&'a PublicKey, AnchorId),
}

impl<'a> StatusTrust<'a> {
    /// A signer whose chain leads to one of these roots, or one of their pinned keys. The trust point
    /// is that root or that key.
    #[must_use]
    pub const fn anchors(anchors: &'a TrustAnchors) -> Self {
        Self::by(By::Anchors(anchors))
    }

    /// The certificate `der` that a card names: an authority is the only root, and of any other its
    /// own key signs. The trust point is this certificate.
    #[cfg(feature = "x509")]
    #[must_use]
    pub const fn certificate(der: &'a [u8]) -> Self {
        Self::by(By::Certificate(der))
    }

    /// This key and no certificate, for the cards of the issuer under `anchor`, which is the trust
    /// point.
    #[must_use]
    pub const fn key(key: &'a PublicKey, anchor: AnchorId) -> Self {
        Self::by(By::Key(key, anchor))
    }

    /// Also looks the chain up in revocation lists of certificates. Pinned keys, and a signer that a
    /// card names itself, are not looked up.
    #[must_use]
    pub const fn with_revocation_lists(self, lists: &'a RevocationLists) -> Self {
        Self {
            revoked: Some(lists),
            ..self
        }
    }

    const fn by(by: By<'a>) -> Self {
        Self { by, revoked: None }
    }

    /// Looks for the key that should have signed `auth`; whether it did is for the token to see.
    ///
    /// # Errors
    /// [`Rejected`](crate::Rejected) 2552 to 2554.
    pub(super) fn lister(
        &self,
        auth: &Sign1<'_>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<TrustedLister, Error> {
        match self.by {
            By::Anchors(anchors) => {
                let signer = TrustedListSigner::find(auth, anchors, self.revoked, crypto, now)?;
                Ok(TrustedLister {
                    key: *signer.key(),
                    point: TrustPoint::Anchor(signer.anchor()),
                })
            }
            #[cfg(feature = "x509")]
            By::Certificate(der) => Ok(TrustedLister {
                key: self.named(der, auth, crypto, now)?,
                point: TrustPoint::certificate(der, crypto)?,
            }),
            By::Key(key, anchor) => Ok(TrustedLister {
                key: *key,
                point: TrustPoint::Anchor(anchor),
            }),
        }
    }

    #[cfg(feature = "x509")]
    fn named(
        &self,
        der: &[u8],
        auth: &Sign1<'_>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<PublicKey, Error> {
        match named_trust_point(der, now)? {
            Named::Authority(root) => {
                let signer = TrustedListSigner::find(auth, &root, self.revoked, crypto, now)?;
                Ok(*signer.key())
            }
            Named::Signer(key) => {
                let chain = auth.headers().claimed_protected_x5chain();
                let leaf = chain.and_then(|chain| chain.certificates().next());
                // Two certificates may hold one key, and only one of them was vouched for.
                match leaf.is_none_or(|leaf| leaf == der) {
                    true => Ok(key),
                    false => Err(rejected!(ListUntrusted).into()),
                }
            }
        }
    }
}

/// The key of a signer of lists, and under whose trust it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrustedLister {
    key: PublicKey,
    point: TrustPoint,
}

impl TrustedLister {
    pub(super) const fn key(&self) -> &PublicKey {
        &self.key
    }

    pub(super) const fn point(&self) -> TrustPoint {
        self.point
    }
}
