//! Keys that are trusted without a certificate. No date, usage or extension is read here.

use super::{AnchorId, TrustAnchors, Trusted, spki};
use crate::cose::{Sign1, X5Chain};
use crate::crypto::{CryptoProvider, PublicKey};
use crate::error::CryptoError;

/// Pinned keys that are tried on one document: each costs a signature check.
const MAX_TRIED: usize = 16;

/// The pinned key that the leaf of `chain` names.
pub(super) fn of_leaf(
    chain: Option<X5Chain<'_>>,
    anchors: &TrustAnchors,
    crypto: &CryptoProvider,
) -> Result<Option<Trusted>, CryptoError> {
    let Some(leaf) = chain.and_then(|chain| chain.certificates().next()) else {
        return Ok(None);
    };
    let named = spki::certificate_key(leaf);
    let Some(key) = anchors.pinned.iter().find(|key| named == Some(**key)) else {
        return Ok(None);
    };
    Ok(Some(Trusted {
        leaf_hash: Some(crypto.sha256(&[leaf])?),
        ..trusted(*key, crypto)?
    }))
}

/// The pinned key that signed `auth`, if its `chain` names no key that could be compared.
pub(super) fn by_signature(
    auth: &Sign1<'_>,
    chain: Option<X5Chain<'_>>,
    anchors: &TrustAnchors,
    crypto: &CryptoProvider,
) -> Result<Option<Trusted>, CryptoError> {
    let leaf = chain.and_then(|chain| chain.certificates().next());
    if leaf.and_then(spki::certificate_key).is_some() {
        return Ok(None);
    }
    // Where only one key can have signed, step 2 says whether it did, and why not.
    if let (None, [only]) = (leaf, anchors.pinned.as_slice()) {
        return trusted(*only, crypto).map(Some);
    }
    let mut tried = anchors.pinned.iter().take(MAX_TRIED);
    tried
        .find(|key| {
            let key = anchors.tables.verifying_key(key);
            auth.verify(key, crypto).is_ok()
        })
        .map(|key| trusted(*key, crypto))
        .transpose()
}

fn trusted(key: PublicKey, crypto: &CryptoProvider) -> Result<Trusted, CryptoError> {
    Ok(Trusted {
        key,
        anchor: AnchorId::of_key(&key, crypto)?,
        leaf: None,
        leaf_hash: None,
    })
}
