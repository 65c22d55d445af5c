//! What the card's device key may do: what the issuer said, and the holder's one choice.

use alloc::vec::Vec;

use crate::cose::CoseKey;
use crate::crypto::{Algorithm, Curve, PublicKey};
use crate::delegation::is_delegable;
use crate::error::{Error, Misuse, Rejected, rejected};
use crate::mdoc::{ElementId, Mso, NameSpace};
use crate::verify::DeviceProof;

/// The public half, with its one use: "a single mdoc authentication key shall not be used to
/// produce both MACs and signatures during its lifetime" (ISO/IEC 18013-5, second edition, clause 12.4.4).
#[derive(Clone, Debug)]
pub(super) struct DeviceKey {
    key: CoseKey,
    proof: DeviceProof,
    authorized: Vec<(NameSpace<'static>, Option<ElementId<'static>>)>,
    delegable: bool,
}

impl DeviceKey {
    /// A key signs, unless its issuer says that it can only agree.
    pub(super) fn of(mso: &Mso<'_>) -> Self {
        let key = *mso.device_key();
        let delegable = is_delegable(mso);
        let proof = match !delegable && may_sign(&key).is_err() && may_agree(&key).is_ok() {
            true => DeviceProof::Mac,
            false => DeviceProof::Signature,
        };
        let authorized = mso.key_authorizations().entries();
        let authorized = authorized.map(|(name_space, id)| {
            let id = id.map(|id| ElementId::of(id).into_owned());
            (NameSpace::of(name_space).into_owned(), id)
        });
        Self {
            key,
            proof,
            authorized: authorized.collect(),
            delegable,
        }
    }

    pub(super) fn with_proof(self, proof: DeviceProof) -> Result<Self, Rejected> {
        match proof {
            DeviceProof::Signature => may_sign(&self.key).map(drop)?,
            DeviceProof::Mac if self.delegable => return Err(rejected!(MacOfDelegableCard)),
            DeviceProof::Mac => may_agree(&self.key)?,
        }
        Ok(Self { proof, ..self })
    }

    pub(super) const fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    pub(super) const fn proof(&self) -> DeviceProof {
        self.proof
    }

    /// The algorithm that it signs with, if signing is its use.
    pub(super) fn signing_algorithm(&self) -> Result<Algorithm, Error> {
        match self.proof {
            DeviceProof::Signature => Ok(may_sign(&self.key)?),
            DeviceProof::Mac => Err(Misuse::KeyUsedForBoth.into()),
        }
    }

    /// `Ok` if `key` is this one, and agreeing is its use.
    pub(super) fn check_agrees(&self, key: &PublicKey) -> Result<(), Misuse> {
        match self.proof {
            DeviceProof::Signature => Err(Misuse::KeyUsedForBoth),
            DeviceProof::Mac if key == self.public_key() => Ok(()),
            DeviceProof::Mac => Err(Misuse::SignatureNotByThisKey),
        }
    }

    /// Whether the issuer lets it sign element `id` of `name_space`.
    pub(super) fn permits(&self, name_space: &NameSpace<'_>, id: &ElementId<'_>) -> bool {
        self.authorized.iter().any(|(permitted, element)| {
            permitted == name_space && element.as_ref().is_none_or(|element| element == id)
        })
    }
}

/// The algorithm of its curve, if its issuer lets it sign with that.
fn may_sign(key: &CoseKey) -> Result<Algorithm, Rejected> {
    [Algorithm::ES256, Algorithm::ES384, Algorithm::EDDSA]
        .into_iter()
        .find(|algorithm| algorithm.curve() == Some(key.public_key().curve()))
        .filter(|algorithm| key.may_verify(*algorithm))
        .ok_or(rejected!(DeviceKeyUse))
}

/// Key agreement is on P-256 alone.
fn may_agree(key: &CoseKey) -> Result<(), Rejected> {
    match key.may_derive() && key.public_key().curve() == Curve::P256 {
        true => Ok(()),
        false => Err(rejected!(DeviceKeyUse)),
    }
}
