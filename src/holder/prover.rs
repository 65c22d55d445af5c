//! Whose key proves possession of a card that is shown: the holder's, or the delegate's.

use super::device_key::DeviceKey;
use crate::cbor::Parts;
use crate::crypto::{Algorithm, PublicKey};
use crate::delegation::{CardDigest, delegate_authentication};
use crate::error::{Error, Misuse};
use crate::mdoc::{ElementId, NameSpace, SessionTranscript, device_authentication};

#[derive(Clone, Debug)]
pub(super) enum Prover {
    Device(DeviceKey),
    /// A delegate's key signs, and over a structure of its own.
    Delegate {
        key: PublicKey,
        parent: CardDigest,
    },
}

impl Prover {
    pub(super) const fn public_key(&self) -> &PublicKey {
        match self {
            Self::Device(key) => key.public_key(),
            Self::Delegate { key, .. } => key,
        }
    }

    /// The algorithm that it signs with, if signing is its use.
    pub(super) fn signing_algorithm(&self) -> Result<Algorithm, Error> {
        match self {
            Self::Device(key) => key.signing_algorithm(),
            Self::Delegate { .. } => Ok(Algorithm::ES256),
        }
    }

    /// `Ok` if `key` is this one, and agreeing is its use.
    pub(super) fn check_agrees(&self, key: &PublicKey) -> Result<(), Misuse> {
        match self {
            Self::Device(own) => own.check_agrees(key),
            Self::Delegate { .. } => Err(Misuse::KeyUsedForBoth),
        }
    }

    /// Whether the issuer lets it sign element `id` of `name_space`.
    pub(super) fn permits(&self, name_space: &NameSpace<'_>, id: &ElementId<'_>) -> bool {
        match self {
            Self::Device(key) => key.permits(name_space, id),
            Self::Delegate { .. } => false,
        }
    }

    /// What it signs or authenticates.
    pub(super) fn authentication<'p>(
        &'p self,
        transcript: &'p SessionTranscript<'_>,
        doc_type: &'p str,
        raw_name_spaces: &'p [u8],
    ) -> Parts<'p> {
        match self {
            Self::Device(_) => device_authentication(transcript, doc_type, raw_name_spaces),
            Self::Delegate { parent, .. } => {
                delegate_authentication(transcript, doc_type, raw_name_spaces, parent)
            }
        }
    }
}
