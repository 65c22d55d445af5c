//! Inviting a person: the issuer's side.

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use zeroize::Zeroizing;

use super::invited::{MAX_LEN, SCHEME, TYP};
use super::{Attestation, InvitationNumber, InvitationRecord};
use crate::cbor::Writer;
use crate::cose::{UnsignedSign1, encode_key};
use crate::crypto::{CryptoProvider, Curve, PublicKey, Secret, SecureRandom, Signature, Signer};
use crate::error::{Error, Misuse};
use crate::time::UnixTime;
use crate::trust::{certificate_key, check_inviting_chain};

/// An invitation in the making. The [module](super) has the whole flow.
#[must_use]
pub struct InvitationDraft {
    key: PublicKey,
    made: UnixTime,
    ends: UnixTime,
    uri: Option<String>,
    attestation: Attestation,
}

impl InvitationDraft {
    /// An invitation that is made at `made`, and has ended at `ends`. Evidence will be sealed to
    /// `enrolment_key`, which agrees on secrets and does nothing else; its private half stays with
    /// the issuer.
    pub const fn new(enrolment_key: PublicKey, made: UnixTime, ends: UnixTime) -> Self {
        Self {
            key: enrolment_key,
            made,
            ends,
            uri: None,
            attestation: Attestation::NotDemanded,
        }
    }

    /// Says where the request goes.
    pub fn with_uri(mut self, uri: &str) -> Self {
        self.uri = Some(uri.into());
        self
    }

    /// Demands that the platform of the phone attests its key, at enrolment and at each refresh.
    pub const fn demanding_attestation(mut self) -> Self {
        self.attestation = Attestation::Demanded;
        self
    }

    /// Draws the number and the secret, and leaves what is to be signed by the leaf of `chain`:
    /// certificates in DER, the leaf first, without the root. The leaf's common name is who invites.
    ///
    /// # Errors
    /// [`Misuse::EmptyChain`]; [`Misuse::ChainBroken`], also for a leaf that may not invite or has no
    /// name; [`Misuse::InvitationDates`]; [`Misuse::KeyUsedForBoth`] if a key of the chain is the one to
    /// seal to; [`Misuse::InvalidKey`] for one on another curve than P-256; [`Error::Crypto`] if `rng`
    /// fails.
    pub fn prepare(
        self,
        chain: &[&[u8]],
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<UnsignedInvitation, Error> {
        let (key, leaf, issuer) = check_inviting_chain(chain, crypto)?;
        let dates = self.made < self.ends && leaf.holds_at(self.made) && self.ends <= leaf.until();
        if !dates {
            return Err(Misuse::InvitationDates.into());
        }
        if self.key.curve() != Curve::P256 {
            return Err(Misuse::InvalidKey.into());
        }
        // Neither that of an authority: a certificate's key signs.
        if chain
            .iter()
            .any(|der| certificate_key(der) == Some(self.key))
        {
            return Err(Misuse::KeyUsedForBoth.into());
        }
        let (mut number, mut secret) = ([0; 16], Secret::new([0; 16]));
        rng.fill(&mut number)?;
        rng.fill(secret.expose_mut())?;
        let number = InvitationNumber::from_bytes(number);
        let claims = self.write(&issuer, &number, &secret);
        Ok(UnsignedInvitation {
            unsigned: UnsignedSign1::chained_message(TYP, chain, claims)?,
            key,
            record: InvitationRecord::new(number, secret, self.ends, self.attestation),
        })
    }

    /// The claims; their keys are in deterministic order.
    fn write(&self, issuer: &str, number: &InvitationNumber, secret: &Secret<16>) -> Vec<u8> {
        let mut out = Writer::new();
        out.map(if self.uri.is_some() { 7 } else { 6 });
        out.uint(1).text(issuer);
        out.uint(4).uint(self.ends.as_secs());
        out.uint(6).uint(self.made.as_secs());
        out.uint(7).byte_string(number.as_bytes());
        out.int(-70_040).byte_string(secret.expose());
        out.int(-70_041).raw(&encode_key(&self.key));
        if let Some(uri) = &self.uri {
            out.int(-70_042).text(uri);
        }
        out.into_bytes()
    }
}

/// An invitation that waits for its signature.
#[must_use]
pub struct UnsignedInvitation {
    unsigned: UnsignedSign1,
    key: PublicKey,
    record: InvitationRecord,
}

impl UnsignedInvitation {
    /// The bytes that the key of the leaf signs, not hashed yet. The letter's secret is in them.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// The invitation, to be printed, and the record to be stored before it goes out.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`] unless the leaf's key signed, by ES256;
    /// [`Misuse::InvitationTooLong`].
    pub fn complete(
        self,
        signature: &Signature,
        crypto: &CryptoProvider,
    ) -> Result<IssuedInvitation, Error> {
        let bytes = self.unsigned.complete(signature, &self.key, &[], crypto)?;
        let bytes = Zeroizing::new(bytes);
        match bytes.len() <= MAX_LEN {
            true => Ok(IssuedInvitation {
                bytes,
                record: self.record,
            }),
            false => Err(Misuse::InvitationTooLong.into()),
        }
    }

    /// Signs here and now.
    ///
    /// # Errors
    /// As [`Self::complete`], and [`Error::Crypto`] if the signer fails.
    pub fn sign_with(
        self,
        signer: &dyn Signer,
        crypto: &CryptoProvider,
    ) -> Result<IssuedInvitation, Error> {
        let signature = signer.sign(self.to_be_signed())?;
        self.complete(&signature, crypto)
    }
}

/// An invitation for one person. Whoever reads the letter can answer it: print it, and keep nothing
/// but the record.
#[must_use]
pub struct IssuedInvitation {
    bytes: Zeroizing<Vec<u8>>,
    record: InvitationRecord,
}

impl IssuedInvitation {
    /// The invitation as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The invitation as the text of a QR code: `vitacard-invite:` and base64url without padding.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from(SCHEME);
        text.push_str(&Base64UrlUnpadded::encode_string(&self.bytes));
        text
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> InvitationNumber {
        self.record.number()
    }

    /// What the issuer stores, before the letter goes out:
    /// [`Invitations::add_invitation`](super::Invitations::add_invitation).
    #[must_use]
    pub fn into_record(self) -> InvitationRecord {
        self.record
    }
}
