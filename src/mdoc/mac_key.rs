//! EMacKey (ISO/IEC 18013-5 clause 9.1.3.5).

use super::SessionTranscript;
use crate::crypto::{AgreementKey, CryptoProvider, PublicKey, Secret};
use crate::error::CryptoError;

/// The key of a device MAC, from either side: the holder has the device key and the reader's
/// ephemeral public key, the reader the other two halves.
///
/// # Errors
/// [`CryptoError::KeyAgreement`] where the two keys do not lie on P-256.
pub(crate) fn e_mac_key(
    agreement: &dyn AgreementKey,
    peer: &PublicKey,
    transcript: &SessionTranscript<'_>,
    crypto: &CryptoProvider,
) -> Result<Secret<32>, CryptoError> {
    let shared = agreement.agree(peer)?;
    transcript.derive(&shared, b"EMacKey", crypto)
}
