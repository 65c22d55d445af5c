//! Which card a delegation belongs to.

use crate::cbor::Parts;
use crate::crypto::CryptoProvider;
use crate::error::Error;
use crate::verify::VerifiedCard;

/// Names one card, as its issuer signed it: the `parent` of the delegation specification.
///
/// ```cddl
/// parent = SHA-256(cbor [ "VITACARD-PARENT-v1", IssuerAuth.protected: bstr,
///                         IssuerAuth.payload: bstr, SHA-256(DS leaf DER): bstr ])
/// ```
/// The certificate is in it because an MSO names no issuer: the same MSO signed by another one is
/// another card. The signature is not, for of an ECDSA signature there are always two.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct CardDigest([u8; 32]);

impl CardDigest {
    /// From its 32 bytes, as they were stored or sent.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// `None` for a card that came without a signing certificate, which the digest needs.
    pub(crate) fn of(
        card: &VerifiedCard<'_>,
        crypto: &CryptoProvider,
    ) -> Result<Option<Self>, Error> {
        let Some(leaf_hash) = card.issuer().leaf_hash() else {
            return Ok(None);
        };
        let (protected, payload) = card.signed().parts();
        let parent = Parts::new().array(4).text("VITACARD-PARENT-v1");
        let parent = parent
            .byte_string(protected)
            .byte_string(payload)
            .byte_string(leaf_hash);
        let hash = parent.with(|parts| crypto.sha256(parts)).transpose()?;
        Ok(hash.map(Self))
    }
}
