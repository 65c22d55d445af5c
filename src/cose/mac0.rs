//! COSE_Mac0 (RFC 9052 section 6.2), with HMAC 256/256 only.

use super::{CoseFault, Headers};
use crate::cbor::{Parts, WellFormed};
use crate::crypto::{Algorithm, CryptoProvider, Secret};
use crate::error::DecodeError;

const TAG: u64 = 17;

/// ```cddl
/// COSE_Mac0 = [ Headers, payload: bstr / nil, tag: bstr ]   ; tag 17 is tolerated
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mac0<'a> {
    headers: Headers<'a>,
    payload: Option<WellFormed<'a>>,
    tag: &'a [u8],
}

impl<'a> Mac0<'a> {
    pub(crate) fn parse(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        let [protected, unprotected, payload, tag] = item.without_tag(TAG)?.tuple()?;
        let headers = Headers::parse(protected, unprotected)?;
        let payload = (!payload.is_null()).then_some(payload);
        payload.map(|payload| payload.byte_string()).transpose()?;
        Ok(Self {
            headers,
            payload,
            tag: tag.byte_string()?,
        })
    }

    /// `Ok` once `key` is seen to have authenticated `payload`. Compares in constant time, and a
    /// shortened tag is a wrong one.
    pub(crate) fn verify_detached(
        &self,
        payload: &Parts<'_>,
        key: &Secret<32>,
        crypto: &CryptoProvider,
    ) -> Result<(), CoseFault> {
        super::same_payload(self.payload, payload)?;
        match self.headers.algorithm() {
            Some(Algorithm::HMAC_256) => {}
            Some(_) => return Err(CoseFault::AlgUnsupported),
            None => return Err(CoseFault::AlgMissing),
        }
        let tag = mac_structure(self.headers.protected(), payload)
            .with(|message| crypto.kdf.hmac_sha256(key, message))
            .ok_or(CoseFault::Invalid)?;
        match tag.ct_eq(self.tag) {
            true => Ok(()),
            false => Err(CoseFault::Invalid),
        }
    }
}

/// `MAC_structure = ["MAC0", protected: bstr, external_aad: h'', payload: bstr]`
pub(super) fn mac_structure<'p>(protected: &'p [u8], payload: &Parts<'p>) -> Parts<'p> {
    let start = Parts::new().array(4).text("MAC0");
    start
        .byte_string(protected)
        .byte_string(&[])
        .byte_string_of(payload)
}
