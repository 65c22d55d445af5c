//! Answering an invitation: the app's side. It takes a [`VerifiedInvitation`], and nothing less.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::evidence::{COUNT, Entry, all_kinds, external_aad};
use super::{EvidenceKind, InvitationNumber, MAX_EVIDENCE, VerifiedInvitation, key_hash, named};
use crate::cbor::Writer;
use crate::cose::{UnsignedSign1, encode_key, seal};
use crate::crypto::{CryptoProvider, Curve, PublicKey, Secret, SecureRandom, Signature, Signer};
use crate::error::{Error, Misuse, rejected};
use crate::time::UnixTime;

pub(super) const TYP: &str = "application/vnd.vitacard.enrolment+cwt";
pub(super) const AAD: &str = "VITACARD-ENROLMENT-v1";

/// An attestation of a platform has several kilobytes.
pub(super) const MAX_LEN: usize = 64 * 1024;

impl VerifiedInvitation {
    /// Begins a request for a card of `device_key`. Make the key for this card alone, on P-256, in
    /// secure hardware.
    pub const fn enrol(&self, device_key: PublicKey) -> EnrolmentDraft<'_> {
        EnrolmentDraft {
            invitation: self,
            key: device_key,
            entries: Vec::new(),
            attestation: None,
        }
    }
}

/// A request to enrol in the making. The [module](super) has the whole flow.
#[must_use]
pub struct EnrolmentDraft<'i> {
    invitation: &'i VerifiedInvitation,
    key: PublicKey,
    entries: Vec<Entry>,
    attestation: Option<Vec<u8>>,
}

impl EnrolmentDraft<'_> {
    /// Lists a piece of evidence: `plain` is hashed here, and sealed once the request is signed.
    ///
    /// # Errors
    /// [`Misuse::EvidenceTooLong`]; [`Error::Crypto`] if `crypto` has no SHA-256.
    pub fn with_evidence(
        mut self,
        kind: EvidenceKind,
        media_type: &str,
        plain: &[u8],
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        if plain.len() > MAX_EVIDENCE {
            return Err(Misuse::EvidenceTooLong.into());
        }
        self.entries.push(Entry {
            kind,
            media_type: media_type.into(),
            len: u64::try_from(plain.len()).unwrap_or(u64::MAX),
            digest: crypto.sha256(&[plain])?,
        });
        Ok(self)
    }

    /// Adds what the phone's platform says of the key. Nothing of it is read here.
    pub fn with_attestation(mut self, attestation: &[u8]) -> Self {
        self.attestation = Some(attestation.to_vec());
        self
    }

    /// Leaves what the device key signs.
    ///
    /// # Errors
    /// [`Misuse::EvidenceIncomplete`]; [`Misuse::RequestTooLong`]; [`Misuse::InvalidKey`] for a key
    /// on another curve than P-256; [`Misuse::KeyUsedForBoth`] for the key that the invitation seals
    /// to; [`Rejected::InvitationExpired`](crate::Rejected::InvitationExpired).
    pub fn prepare(
        self,
        now: UnixTime,
        crypto: &CryptoProvider,
    ) -> Result<UnsignedEnrolment, Error> {
        if !(COUNT.contains(&self.entries.len()) && all_kinds(&self.entries)) {
            return Err(Misuse::EvidenceIncomplete.into());
        }
        if self.key.curve() != Curve::P256 {
            return Err(Misuse::InvalidKey.into());
        }
        if self.key == self.invitation.key {
            return Err(Misuse::KeyUsedForBoth.into());
        }
        if now >= self.invitation.ends() {
            return Err(rejected!(InvitationExpired).into());
        }
        let number = self.invitation.number;
        let aad = named(AAD, number.as_bytes());
        let claims = self.write(now, crypto);
        if claims.len() > MAX_LEN {
            return Err(Misuse::RequestTooLong.into());
        }
        let unsigned = UnsignedSign1::message(TYP, claims, &aad)?;
        Ok(UnsignedEnrolment {
            unsigned,
            key: self.key,
            open: PendingEnrolment {
                number,
                key_hash: key_hash(&self.key, crypto)?,
                recipient: self.invitation.key,
                entries: self.entries,
                request: Vec::new(),
            },
        })
    }

    /// The claims; their keys are in deterministic order.
    fn write(&self, now: UnixTime, crypto: &CryptoProvider) -> Vec<u8> {
        let mut out = Writer::new();
        out.map(if self.attestation.is_some() { 6 } else { 5 });
        out.uint(6).uint(now.as_secs());
        out.uint(7).byte_string(self.invitation.number.as_bytes());
        out.uint(8).map(1).uint(1).raw(&encode_key(&self.key));
        let mac = knows_secret(&self.invitation.secret, &self.key, crypto);
        out.int(-70_043).byte_string(mac.expose());
        out.int(-70_044).array(self.entries.len());
        self.entries.iter().for_each(|entry| entry.write(&mut out));
        if let Some(attestation) = &self.attestation {
            out.int(-70_045).byte_string(attestation);
        }
        out.into_bytes()
    }
}

/// A request that waits for the signature of the device key: proof that the phone has it.
#[must_use]
pub struct UnsignedEnrolment {
    unsigned: UnsignedSign1,
    key: PublicKey,
    open: PendingEnrolment,
}

impl UnsignedEnrolment {
    /// Sign this with the device key; it is not hashed yet.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// The request, and what seals the evidence that goes with it.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`]; [`Misuse::RequestTooLong`];
    /// [`Misuse::UnsupportedAlgorithm`] if `crypto` cannot tell.
    pub fn complete(
        self,
        signature: &Signature,
        crypto: &CryptoProvider,
    ) -> Result<PendingEnrolment, Error> {
        let request = self.unsigned.complete(signature, &self.key, &[], crypto)?;
        match request.len() <= MAX_LEN {
            true => Ok(PendingEnrolment {
                request,
                ..self.open
            }),
            false => Err(Misuse::RequestTooLong.into()),
        }
    }

    /// Signs here and now, with a key that does not make anyone wait.
    ///
    /// # Errors
    /// As [`Self::complete`], and [`Error::Crypto`] if the signer fails.
    pub fn sign_with(
        self,
        signer: &dyn Signer,
        crypto: &CryptoProvider,
    ) -> Result<PendingEnrolment, Error> {
        let signature = signer.sign(self.to_be_signed())?;
        self.complete(&signature, crypto)
    }
}

/// A signed request. Seal each piece of evidence that it lists, and send all of it.
#[must_use]
pub struct PendingEnrolment {
    number: InvitationNumber,
    key_hash: [u8; 32],
    recipient: PublicKey,
    entries: Vec<Entry>,
    request: Vec<u8>,
}

impl PendingEnrolment {
    /// The request, to the issuer.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.request
    }

    /// Seals the piece at `index`, in the order in which they were listed. Only the issuer can open
    /// it, and only as this piece of this request.
    ///
    /// # Errors
    /// [`Misuse::EvidenceDiffers`] unless `plain` is what was listed there; [`Error::Crypto`] if
    /// `rng` or `crypto` fails.
    pub fn seal(
        &self,
        index: usize,
        plain: Vec<u8>,
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<Vec<u8>, Error> {
        let mut plain = Zeroizing::new(plain);
        let digest = crypto.sha256(&[&plain])?;
        let entry = self.entries.get(index);
        let entry = entry.filter(|entry| entry.digest == digest);
        let entry = entry.ok_or(Misuse::EvidenceDiffers)?;
        let aad = external_aad(&self.number, &self.key_hash, index, &entry.digest);
        seal(
            core::mem::take(&mut *plain),
            &self.recipient,
            &aad,
            crypto,
            rng,
        )
    }
}

/// `HMAC-SHA-256(secret, "VITACARD-ENROL-v1" || cbor COSE_Key of cnf)`
///
/// A key shorter than the block is padded with zeros (RFC 2104 section 2), here up to 32 bytes.
pub(super) fn knows_secret(
    secret: &Secret<16>,
    key: &PublicKey,
    crypto: &CryptoProvider,
) -> Secret<32> {
    let mut padded = Secret::new([0; 32]);
    let places = padded.expose_mut().iter_mut();
    places
        .zip(secret.expose())
        .for_each(|(to, from)| *to = *from);
    let key = encode_key(key);
    let kdf = crypto.kdf;
    kdf.hmac_sha256(&padded, &[b"VITACARD-ENROL-v1", &key])
}
