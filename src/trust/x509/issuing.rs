//! The chain that an issuer puts into a card or a list, checked before it goes out.

use alloc::string::String;
use alloc::vec::Vec;

use super::algorithms::Algorithms;
use super::certificate::Certificate;
use super::{MAX_CERTIFICATES, Purpose, check_usages};
use crate::crypto::{CryptoProvider, PublicKey};
use crate::error::Misuse;
use crate::time::Validity;
use crate::trust::spki::SubjectKey;
use crate::trust::tables::Tables;

/// The key of the leaf and its dates, if each certificate is signed by the one after it and a
/// reader will take the leaf for a signer of cards. No root is needed, and none may be there.
///
/// # Errors
/// [`Misuse::EmptyChain`], [`Misuse::ChainBroken`].
pub(crate) fn check_issuing_chain(
    chain: &[&[u8]],
    crypto: &CryptoProvider,
) -> Result<(PublicKey, Validity), Misuse> {
    check_chain(chain, Purpose::Cards, crypto)
}

/// As [`check_issuing_chain`], for a signer of lists.
///
/// # Errors
/// [`Misuse::EmptyChain`], [`Misuse::ChainBroken`].
pub(crate) fn check_list_chain(
    chain: &[&[u8]],
    crypto: &CryptoProvider,
) -> Result<(PublicKey, Validity), Misuse> {
    check_chain(chain, Purpose::Lists, crypto)
}

/// As [`check_issuing_chain`], for a signer of invitations, whose common name it gives as well.
///
/// # Errors
/// [`Misuse::EmptyChain`], [`Misuse::ChainBroken`], also for a leaf without a name.
pub(crate) fn check_inviting_chain(
    chain: &[&[u8]],
    crypto: &CryptoProvider,
) -> Result<(PublicKey, Validity, String), Misuse> {
    let (key, validity) = check_chain(chain, Purpose::Invitations, crypto)?;
    let leaf = chain.first().and_then(|der| Certificate::parse(der).ok());
    let name = leaf.and_then(|leaf| leaf.common_name());
    Ok((key, validity, name.ok_or(Misuse::ChainBroken)?))
}

fn check_chain(
    chain: &[&[u8]],
    purpose: Purpose,
    crypto: &CryptoProvider,
) -> Result<(PublicKey, Validity), Misuse> {
    if chain.is_empty() {
        return Err(Misuse::EmptyChain);
    }
    if chain.len() > MAX_CERTIFICATES {
        return Err(Misuse::ChainBroken);
    }
    let certificates: Vec<_> = chain
        .iter()
        .map(|der| Certificate::parse(der))
        .collect::<Result<_, _>>()
        .map_err(|_| Misuse::ChainBroken)?;
    hangs_together(&certificates, purpose, crypto).ok_or(Misuse::ChainBroken)
}

fn hangs_together(
    certificates: &[Certificate<'_>],
    purpose: Purpose,
    crypto: &CryptoProvider,
) -> Option<(PublicKey, Validity)> {
    let (leaf, above) = certificates.split_first()?;
    check_usages(leaf, above, purpose).ok()?;
    let tables = Tables::none();
    let algorithms = Algorithms::of(crypto, &tables);
    for (subject, issuer) in certificates.iter().zip(above) {
        let (subject_fields, issuer_fields) = (subject.fields(), issuer.fields());
        // ISO/IEC 18013-5 B.1.1: the root is not part of x5chain.
        let is_root = issuer_fields.issuer.content == issuer_fields.subject.content;
        if is_root || subject_fields.issuer.content != issuer_fields.subject.content {
            return None;
        }
        let algorithm = algorithms.named(subject_fields.algorithm.content)?;
        subject.is_signed_by(issuer, algorithm)?;
    }
    match leaf.key()? {
        SubjectKey::Known(key) => Some((key, leaf.validity())),
        SubjectKey::Unknown => None,
    }
}
