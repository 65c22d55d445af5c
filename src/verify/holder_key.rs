//! Step 6: whoever shows the card holds its key, in this session.

use alloc::vec::Vec;

use super::Policy;
use crate::cbor::Parts;
use crate::cose::{ClaimedSignature, CoseFault, CoseKey, Mac0, Sign1};
use crate::crypto::{AgreementKey, Algorithm, Check, CryptoProvider, PublicKey, VerifyingKey};
use crate::error::{Error, Misuse, Rejected, rejected};
use crate::mdoc::{
    DeviceAuth, DeviceSigned, ElementId, ElementValue, KeyAuthorizations, NameSpace,
    SessionTranscript, device_authentication, e_mac_key,
};

/// The device key was used over this session's transcript. Only [`KeyHeld::check`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyHeld(DeviceProof);

/// How possession of the device key was proved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the standard has these two")]
pub enum DeviceProof {
    /// By a signature, which a third person can check later.
    Signature,
    /// By a MAC, which convinces this reader only: it could have made it itself.
    Mac,
}

/// A device signature of which all is checked but the signature itself: [`KeyHeld::check_all`] takes
/// it, and nothing else makes a [`KeyHeld`] of it.
#[derive(Debug)]
pub(crate) struct ClaimedKey<'a> {
    key: PublicKey,
    signature: ClaimedSignature<'a>,
}

/// Whose signatures share an equation.
const TOGETHER: Algorithm = Algorithm::ES256;

/// So many at least: fewer save little, and where their equation fails, which one bad signature
/// among them is enough for, it has cost more than two fifths of what they cost by themselves.
const ENOUGH: usize = 32;

/// What a proof of possession is checked against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Possession<'a> {
    /// `docType`, checked to be the MSO's.
    pub(crate) doc_type: &'a str,
    pub(crate) key: &'a CoseKey,
    /// Whether the issuer says that the key's signatures have an R with an even y: a hint.
    pub(crate) even_r: bool,
    pub(crate) transcript: &'a SessionTranscript<'a>,
    /// The reader's ephemeral key, without which a MAC cannot be checked.
    pub(crate) reader_key: Option<&'a dyn AgreementKey>,
    pub(crate) policy: &'a Policy,
}

impl Possession<'_> {
    fn authentication<'p>(&'p self, device_signed: &'p DeviceSigned<'_>) -> Parts<'p> {
        device_authentication(
            self.transcript,
            self.doc_type,
            device_signed.raw_name_spaces(),
        )
    }

    const fn verifying_key(&self) -> VerifyingKey<'_> {
        let key = VerifyingKey::new(self.key.public_key());
        match self.even_r {
            true => key.expecting_even_r(),
            false => key,
        }
    }
}

impl KeyHeld {
    /// Hashes docType, the device's name spaces as received and the transcript as ISO says, and
    /// checks the signature or the MAC over them.
    pub(crate) fn check(
        device_signed: &DeviceSigned<'_>,
        possession: &Possession<'_>,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        let authentication = possession.authentication(device_signed);
        match device_signed.auth() {
            DeviceAuth::Signature(sign1) => {
                check_signature(sign1, &authentication, possession, crypto)?;
                Ok(Self(DeviceProof::Signature))
            }
            DeviceAuth::Mac(_) if !possession.policy.accept_mac => {
                Err(rejected!(MacNotAccepted).into())
            }
            DeviceAuth::Mac(mac0) => {
                check_mac(mac0, &authentication, possession, crypto)?;
                Ok(Self(DeviceProof::Mac))
            }
        }
    }

    /// The signatures that wait, all at once, and one by one where that fails: what
    /// [`Self::check`] says of each, in their order.
    ///
    /// `seed` is 32 bytes that nobody could foresee who made the signatures.
    pub(crate) fn check_all(
        claimed: Vec<ClaimedKey<'_>>,
        crypto: &CryptoProvider,
        seed: &[u8; 32],
    ) -> Vec<Result<Self, Rejected>> {
        let verifier = crypto.verifier(TOGETHER);
        let checks: Vec<_> = claimed.iter().map(ClaimedKey::as_check).collect();
        let together = checks.len() >= ENOUGH
            && verifier.is_some_and(|verifier| verifier.verify_all(&checks, seed).is_ok());
        let alone = |check: &Check<'_>| {
            verifier.is_some_and(|verifier| {
                let verified = verifier.verify(check.key, &[check.message], check.signature);
                verified.is_ok()
            })
        };
        let verdict = |check| match together || alone(check) {
            true => Ok(Self(DeviceProof::Signature)),
            false => Err(rejected!(DeviceSignature)),
        };
        checks.iter().map(verdict).collect()
    }

    pub(crate) const fn proof(&self) -> DeviceProof {
        self.0
    }

    /// Opens the device-signed elements: the key was held, and the issuer lets it sign each one.
    pub(crate) fn open<'a>(
        &self,
        device_signed: &DeviceSigned<'a>,
        authorizations: &KeyAuthorizations<'_>,
    ) -> Result<DeviceElements<'a>, Rejected> {
        for item in device_signed.items() {
            let (name_space, id) = item.claimed_name();
            if !authorizations.permits(name_space, id) {
                return Err(rejected!(ElementNotAuthorized, item: item.index()));
            }
        }
        Ok(DeviceElements(*device_signed))
    }
}

impl<'a> ClaimedKey<'a> {
    /// As [`KeyHeld::check`], but for the signature, which [`KeyHeld::check_all`] is left to check.
    ///
    /// `None` where that would be of no use: signatures share an equation if their R is known, which
    /// the issuer's hint promises.
    pub(crate) fn of(
        device_signed: &DeviceSigned<'a>,
        possession: &Possession<'_>,
        crypto: &CryptoProvider,
    ) -> Result<Option<Self>, Rejected> {
        let DeviceAuth::Signature(sign1) = device_signed.auth() else {
            return Ok(None);
        };
        if !possession.even_r || sign1.headers().algorithm() != Some(TOGETHER) {
            return Ok(None);
        }
        check_use(sign1, possession.key)?;
        let authentication = possession.authentication(device_signed);
        let key = possession.key.public_key();
        let signature = sign1
            .claim_detached(&authentication, key, crypto)
            .map_err(|fault| device_fault(fault, rejected!(DeviceSignature)))?;
        let key = *key;
        Ok(Some(Self { key, signature }))
    }

    fn as_check(&self) -> Check<'_> {
        Check {
            key: VerifyingKey::new(&self.key).expecting_even_r(),
            message: &self.signature.message,
            signature: self.signature.signature,
        }
    }
}

/// The device-signed elements of a document, all of them authorised. Only [`KeyHeld::open`] makes
/// one.
///
/// They are walked and not collected: one is four bytes of a message, and 72 in a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeviceElements<'a>(DeviceSigned<'a>);

impl<'a> DeviceElements<'a> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = DeviceElement<'a>> + use<'a> {
        self.0.items().map(|item| {
            let (name_space, id, value) = item.into_parts();
            DeviceElement {
                name_space,
                id,
                value,
            }
        })
    }
}

/// A value that the holder's device signed, with the issuer's leave. The issuer does not vouch
/// for the value itself, so it is another type than [`crate::Element`].
#[derive(Clone, Debug)]
pub struct DeviceElement<'a> {
    name_space: NameSpace<'a>,
    id: ElementId<'a>,
    value: ElementValue<'a>,
}

impl<'a> DeviceElement<'a> {
    /// Its name space.
    #[must_use]
    pub const fn name_space(&self) -> &NameSpace<'a> {
        &self.name_space
    }

    /// Its identifier.
    #[must_use]
    pub const fn id(&self) -> &ElementId<'a> {
        &self.id
    }

    /// Its value.
    #[must_use]
    pub const fn value(&self) -> &ElementValue<'a> {
        &self.value
    }
}

fn check_signature(
    sign1: &Sign1<'_>,
    authentication: &Parts<'_>,
    possession: &Possession<'_>,
    crypto: &CryptoProvider,
) -> Result<(), Rejected> {
    check_use(sign1, possession.key)?;
    let verified = sign1.verify_detached(authentication, possession.verifying_key(), crypto);
    verified.map_err(|fault| device_fault(fault, rejected!(DeviceSignature)))
}

fn check_use(sign1: &Sign1<'_>, key: &CoseKey) -> Result<(), Rejected> {
    match sign1.headers().algorithm() {
        Some(algorithm) if !key.may_verify(algorithm) => Err(rejected!(DeviceKeyUse)),
        _ => Ok(()),
    }
}

fn check_mac(
    mac0: &Mac0<'_>,
    authentication: &Parts<'_>,
    possession: &Possession<'_>,
    crypto: &CryptoProvider,
) -> Result<(), Error> {
    if !possession.key.may_derive() {
        return Err(rejected!(DeviceKeyUse).into());
    }
    let reader_key = possession.reader_key.ok_or(Misuse::NoReaderKey)?;
    let device_key = possession.key.public_key();
    let key = e_mac_key(reader_key, device_key, possession.transcript, crypto)
        .map_err(|_| rejected!(DeviceKeyUse))?;
    let verified = mac0.verify_detached(authentication, &key, crypto);
    Ok(verified.map_err(|fault| device_fault(fault, rejected!(DeviceMac)))?)
}

const fn device_fault(fault: CoseFault, invalid: Rejected) -> Rejected {
    match fault {
        CoseFault::AlgMissing => rejected!(DeviceAlgMissing),
        CoseFault::AlgUnsupported => rejected!(DeviceAlgUnsupported),
        CoseFault::PayloadDiffers => rejected!(DevicePayload),
        CoseFault::Invalid | CoseFault::PayloadMissing => invalid,
    }
}
