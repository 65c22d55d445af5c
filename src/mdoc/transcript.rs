//! stub, replaced by the session branch
use crate::cbor::Parts;
use crate::crypto::{AgreementKey, CryptoError, CryptoProvider, PublicKey, Secret};
use crate::error::Misuse;
/// Transcript.
#[derive(Clone, Copy, Debug)]
pub struct SessionTranscript<'a>(&'a [u8]);
impl<'a> SessionTranscript<'a> {
    /// Given.
    pub const fn given(bytes: &'a [u8]) -> Result<Self, Misuse> {
        Ok(Self(bytes))
    }
    pub(crate) fn parts(&self) -> Parts<'_> {
        Parts::new().raw(self.0)
    }
}
pub(crate) fn e_mac_key(
    agreement: &dyn AgreementKey,
    peer: &PublicKey,
    transcript: &SessionTranscript<'_>,
    crypto: &CryptoProvider,
) -> Result<Secret<32>, CryptoError> {
    let shared = agreement.agree(peer)?;
    let salt = Parts::new()
        .embedded(&transcript.parts())
        .with(|p| crypto.sha256(p))
        .ok_or(CryptoError::Unavailable)??;
    let mut key = Secret::new([0; 32]);
    crypto
        .kdf
        .hkdf_sha256(shared.expose(), &salt, b"EMacKey", key.expose_mut())?;
    Ok(key)
}
