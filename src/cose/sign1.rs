//! COSE_Sign1 (RFC 9052 section 4.2): the first lock. Its payload is read by verifying it.

use alloc::vec::Vec;

use super::{CoseFault, Headers};
use crate::cbor::{Parts, WellFormed};
use crate::crypto::{CryptoProvider, PublicKey, SignatureVerifier, VerifyingKey};
use crate::error::DecodeError;

const TAG: u64 = 18;

/// ```cddl
/// COSE_Sign1 = [ Headers, payload: bstr / nil, signature: bstr ]   ; tag 18 is tolerated
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sign1<'a> {
    headers: Headers<'a>,
    payload: Option<WellFormed<'a>>,
    content: Option<WellFormed<'a>>,
    signature: &'a [u8],
}

impl<'a> Sign1<'a> {
    /// A structure whose payload stands elsewhere.
    pub(crate) fn parse_detached(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        let [protected, unprotected, payload, signature] = item.without_tag(TAG)?.tuple()?;
        let headers = Headers::parse(protected, unprotected)?;
        let payload = (!payload.is_null()).then_some(payload);
        payload.map(|payload| payload.byte_string()).transpose()?;
        Ok(Self {
            headers,
            payload,
            content: None,
            signature: signature.byte_string()?,
        })
    }

    /// A structure whose payload is CBOR, which is checked to be well formed here.
    pub(crate) fn parse_attached(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        let detached = Self::parse_detached(item)?;
        let content = detached
            .payload
            .map(|payload| payload.parse_content())
            .transpose()?;
        Ok(Self {
            content,
            ..detached
        })
    }

    pub(crate) const fn headers(&self) -> &Headers<'a> {
        &self.headers
    }

    /// The payload that nobody has vouched for. For refusing early, and for nothing else.
    pub(crate) const fn dangerous_unverified(&self) -> Option<WellFormed<'a>> {
        self.content
    }

    /// The attached payload, once `key` is seen to have signed it.
    pub(crate) fn verify(
        &self,
        key: VerifyingKey<'_>,
        crypto: &CryptoProvider,
    ) -> Result<SignedBytes<'a>, CoseFault> {
        let (Some(payload), Some(content)) = (self.payload, self.content) else {
            return Err(CoseFault::PayloadMissing);
        };
        let bytes = payload
            .byte_string()
            .map_err(|_| CoseFault::PayloadMissing)?;
        self.check(&Parts::new().raw(bytes), key, crypto)?;
        Ok(SignedBytes { content })
    }

    /// `Ok` once `key` is seen to have signed `payload`.
    ///
    /// A payload that is attached all the same, as one Node library used to do, must be the same.
    pub(crate) fn verify_detached(
        &self,
        payload: &Parts<'_>,
        key: VerifyingKey<'_>,
        crypto: &CryptoProvider,
    ) -> Result<(), CoseFault> {
        super::same_payload(self.payload, payload)?;
        self.check(payload, key, crypto)
    }

    /// All of [`Self::verify_detached`] but the signature itself.
    pub(crate) fn claim_detached(
        &self,
        payload: &Parts<'_>,
        key: &PublicKey,
        crypto: &CryptoProvider,
    ) -> Result<ClaimedSignature<'a>, CoseFault> {
        super::same_payload(self.payload, payload)?;
        self.verifier(key, crypto)?;
        let message = sig_structure(self.headers.protected(), payload)
            .with(|message| message.concat())
            .ok_or(CoseFault::Invalid)?;
        Ok(ClaimedSignature {
            message,
            signature: self.signature,
        })
    }

    fn check(
        &self,
        payload: &Parts<'_>,
        key: VerifyingKey<'_>,
        crypto: &CryptoProvider,
    ) -> Result<(), CoseFault> {
        let verifier = self.verifier(key.public_key(), crypto)?;
        sig_structure(self.headers.protected(), payload)
            .with(|message| verifier.verify(key, message, self.signature))
            .and_then(Result::ok)
            .ok_or(CoseFault::Invalid)
    }

    fn verifier(
        &self,
        key: &PublicKey,
        crypto: &CryptoProvider,
    ) -> Result<&'static dyn SignatureVerifier, CoseFault> {
        let algorithm = self.headers.algorithm().ok_or(CoseFault::AlgMissing)?;
        let verifier = crypto
            .verifier(algorithm)
            .ok_or(CoseFault::AlgUnsupported)?;
        match algorithm.curve() == Some(key.curve()) {
            true => Ok(verifier),
            false => Err(CoseFault::AlgUnsupported),
        }
    }
}

/// What is left to be checked of a structure: that this is a signature of the message.
#[derive(Debug)]
pub(crate) struct ClaimedSignature<'a> {
    /// The Sig_structure, not hashed yet.
    pub(crate) message: Vec<u8>,
    pub(crate) signature: &'a [u8],
}

/// `Sig_structure = ["Signature1", body_protected: bstr, external_aad: h'', payload: bstr]`
///
/// ISO/IEC 18013-5 leaves external_aad empty everywhere.
fn sig_structure<'p>(protected: &'p [u8], payload: &Parts<'p>) -> Parts<'p> {
    let start = Parts::new().array(4).text("Signature1");
    start
        .byte_string(protected)
        .byte_string(&[])
        .byte_string_of(payload)
}

/// CBOR that a checked signature covers. Only [`Sign1::verify`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedBytes<'a> {
    content: WellFormed<'a>,
}

impl<'a> SignedBytes<'a> {
    pub(crate) const fn content(&self) -> WellFormed<'a> {
        self.content
    }
}

/// The public key is not secret, so a caller may name it plainly.
impl<'a> From<&'a PublicKey> for VerifyingKey<'a> {
    fn from(key: &'a PublicKey) -> Self {
        Self::new(key)
    }
}

#[cfg(test)]
mod tests;
