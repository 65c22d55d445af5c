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
    bare: bool,
}

impl<'a> Sign1<'a> {
    /// A structure whose payload stands elsewhere.
    pub(crate) fn parse_detached(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        let untagged = item.without_tag(TAG)?;
        let [protected, unprotected, payload, signature] = untagged.tuple()?;
        let tagged = untagged.bytes().len() != item.bytes().len();
        let bare = !tagged && payload.is_null() && unprotected.map()?.left() == 0;
        let headers = Headers::parse(protected, unprotected)?;
        let payload = (!payload.is_null()).then_some(payload);
        payload.map(|payload| payload.byte_string()).transpose()?;
        Ok(Self {
            headers,
            payload,
            content: None,
            signature: signature.byte_string()?,
            bare,
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

    /// Whether it is untagged, has no payload attached and nothing that is not signed.
    pub(crate) const fn is_bare(&self) -> bool {
        self.bare
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
        self.verify_for(&Parts::new(), key, crypto)
    }

    /// As [`Self::verify`], for a message of ours, which is signed for `external_aad`.
    pub(crate) fn verify_for(
        &self,
        external_aad: &Parts<'_>,
        key: VerifyingKey<'_>,
        crypto: &CryptoProvider,
    ) -> Result<SignedBytes<'a>, CoseFault> {
        let (Some(payload), Some(content)) = (self.payload_bytes(), self.content) else {
            return Err(CoseFault::PayloadMissing);
        };
        self.check(external_aad, &Parts::new().raw(payload), key, crypto)?;
        Ok(SignedBytes {
            content,
            protected: self.headers.protected(),
            payload,
        })
    }

    /// The attached payload as received, to be hashed and not to be read.
    pub(crate) fn payload_bytes(&self) -> Option<&'a [u8]> {
        self.payload?.byte_string().ok()
    }

    /// What is signed for `external_aad`: the Sig_structure over the attached payload.
    pub(crate) fn signed_message<'p>(&'p self, external_aad: &Parts<'p>) -> Option<Parts<'p>> {
        let payload = Parts::new().raw(self.payload_bytes()?);
        Some(sig_structure(
            self.headers.protected(),
            external_aad,
            &payload,
        ))
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
        self.check(&Parts::new(), payload, key, crypto)
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
        let message = sig_structure(self.headers.protected(), &Parts::new(), payload)
            .with(|message| message.concat())
            .ok_or(CoseFault::Invalid)?;
        Ok(ClaimedSignature {
            message,
            signature: self.signature,
        })
    }

    fn check(
        &self,
        external_aad: &Parts<'_>,
        payload: &Parts<'_>,
        key: VerifyingKey<'_>,
        crypto: &CryptoProvider,
    ) -> Result<(), CoseFault> {
        let verifier = self.verifier(key.public_key(), crypto)?;
        sig_structure(self.headers.protected(), external_aad, payload)
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

/// `Sig_structure = ["Signature1", body_protected: bstr, external_aad: bstr, payload: bstr]`
///
/// ISO/IEC 18013-5 leaves external_aad empty everywhere; a message of ours says in it what it is.
fn sig_structure<'p>(
    protected: &'p [u8],
    external_aad: &Parts<'p>,
    payload: &Parts<'p>,
) -> Parts<'p> {
    let start = Parts::new().array(4).text("Signature1");
    start
        .byte_string(protected)
        .byte_string_of(external_aad)
        .byte_string_of(payload)
}

/// CBOR that a checked signature covers. Only [`Sign1::verify`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedBytes<'a> {
    content: WellFormed<'a>,
    protected: &'a [u8],
    payload: &'a [u8],
}

impl<'a> SignedBytes<'a> {
    /// The protected bucket and the payload, as they were signed.
    pub(crate) const fn parts(&self) -> (&'a [u8], &'a [u8]) {
        (self.protected, self.payload)
    }

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
