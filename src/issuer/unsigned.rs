//! A card that waits for its issuer's signature, and the checks that let it go.

use alloc::vec::Vec;
use core::fmt;

use crate::cbor::{MESSAGE_CAP, WellFormed, Writer};
use crate::cose::UnsignedSign1;
use crate::crypto::{Algorithm, CryptoProvider, PublicKey, Signature, Signer};
use crate::error::{Error, Misuse};
use crate::mdoc::Dates;
#[cfg(feature = "x509")]
use crate::time::Validity;

/// What a message holds beside a card: transcript-bound signatures, device-signed elements.
const HEADROOM: usize = 64 * 1024;

/// The levels above `nameSpaces` in a response: response, documents, document, issuerSigned.
const ABOVE_NAME_SPACES: &[u8] = &[0x81; 4];

/// The levels above the MSO: those, and issuerAuth.
const ABOVE_MSO: &[u8] = &[0x81; 5];

/// A card whose salts are drawn, and which its issuer has not signed yet.
///
/// Completing takes it: one draft makes one card, and two cards never share a salt.
pub struct UnsignedCard {
    dates: Dates,
    name_spaces: Option<Vec<u8>>,
    auth: UnsignedSign1,
    needs_certificate: bool,
}

impl UnsignedCard {
    pub(super) fn new(
        algorithm: Algorithm,
        dates: Dates,
        name_spaces: Option<Vec<u8>>,
        mso: Vec<u8>,
    ) -> Result<Self, Misuse> {
        let items = name_spaces.as_deref().unwrap_or_default();
        if items.len().saturating_add(mso.len()) > cap() {
            return Err(Misuse::TooManyElements);
        }
        if name_spaces.is_some() {
            check_depth(ABOVE_NAME_SPACES, items)?;
        }
        check_depth(ABOVE_MSO, &mso)?;
        Ok(Self {
            dates,
            name_spaces,
            auth: UnsignedSign1::attached(algorithm, mso)?,
            needs_certificate: false,
        })
    }

    /// A delegation names the certificate that signed its card.
    pub(super) fn with_certificate_needed(self, needs_certificate: bool) -> Self {
        Self {
            needs_certificate,
            ..self
        }
    }

    /// The bytes that the issuer's key signs, not hashed yet. They hold no element's value.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.auth.to_be_signed()
    }

    /// What kind of signature is wanted.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.auth.algorithm()
    }

    /// The card, as an `IssuerSigned`, with the certificates that vouch for the issuer's key:
    /// `chain` in DER, the leaf first, without the root. `docs/certificates.md` makes some to try.
    ///
    /// ```
    /// # use vitacard::{Error, crypto::{RUSTCRYPTO, Signature}, issuer::UnsignedCard};
    /// fn answer_of_hsm(card: UnsignedCard, der: &[u8], leaf: &[u8]) -> Result<Vec<u8>, Error> {
    ///     let signature = Signature::from_der(der, 32)?; // as most HSMs write it
    ///     card.complete(&signature, &[leaf], &RUSTCRYPTO)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Misuse`]: [`EmptyChain`](Misuse::EmptyChain);
    /// [`ChainBroken`](Misuse::ChainBroken) unless each certificate is signed by the next and the
    /// leaf, no CA itself, may sign cards; [`SignedOutsideLeaf`](Misuse::SignedOutsideLeaf) unless
    /// the card is signed, and ends, within the leaf's dates;
    /// [`SignatureNotByThisKey`](Misuse::SignatureNotByThisKey) unless the leaf's key signed;
    /// [`TooManyElements`](Misuse::TooManyElements) if the chain makes the card too long.
    #[cfg(feature = "x509")]
    pub fn complete(
        self,
        signature: &Signature,
        chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Error> {
        if chain.is_empty() {
            return Err(Misuse::EmptyChain.into());
        }
        let (key, leaf) = crate::trust::check_issuing_chain(chain, crypto)?;
        check_dates(&self.dates, &leaf)?;
        self.finish(signature, &key, chain, crypto)
    }

    /// The card without certificates, for readers that pin the issuer's `key`.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`] unless `key` signed it;
    /// [`Misuse::DelegationNeedsCertificate`] for a card that can be lent.
    pub fn complete_pinned(
        self,
        signature: &Signature,
        key: &PublicKey,
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Error> {
        match self.needs_certificate {
            true => Err(Misuse::DelegationNeedsCertificate.into()),
            false => self.finish(signature, key, &[], crypto),
        }
    }

    /// Signs it here and now, and completes it with `chain`.
    ///
    /// # Errors
    /// As [`Self::complete`]; [`Misuse::UnsupportedAlgorithm`] if `signer` has another algorithm
    /// than the card was prepared for; [`Error::Crypto`] if it fails.
    #[cfg(feature = "x509")]
    pub fn sign(
        self,
        signer: &dyn Signer,
        chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Error> {
        let signature = self.signature_of(signer)?;
        self.complete(&signature, chain, crypto)
    }

    /// Signs it here and now, without certificates.
    ///
    /// # Errors
    /// As [`Self::complete_pinned`]; [`Misuse::UnsupportedAlgorithm`] if `signer` has another
    /// algorithm than the card was prepared for; [`Error::Crypto`] if it fails.
    pub fn sign_pinned(
        self,
        signer: &dyn Signer,
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Error> {
        let signature = self.signature_of(signer)?;
        self.complete_pinned(&signature, &signer.public_key(), crypto)
    }

    fn signature_of(&self, signer: &dyn Signer) -> Result<Signature, Error> {
        match signer.algorithm() == self.algorithm() {
            true => Ok(signer.sign(self.to_be_signed())?),
            false => Err(Misuse::UnsupportedAlgorithm.into()),
        }
    }

    /// `IssuerSigned`; its keys are in deterministic order.
    fn finish(
        self,
        signature: &Signature,
        key: &PublicKey,
        chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Error> {
        let auth = self.auth.complete(signature, key, chain, crypto)?;
        let mut card = Writer::new();
        card.map(if self.name_spaces.is_some() { 2 } else { 1 });
        card.text("issuerAuth").raw(&auth);
        if let Some(name_spaces) = &self.name_spaces {
            card.text("nameSpaces").raw(name_spaces);
        }
        match card.as_slice().len() <= cap() {
            true => Ok(card.into_bytes()),
            false => Err(Misuse::TooManyElements.into()),
        }
    }
}

/// Values that it holds are personal: logs get its algorithm and its dates.
impl fmt::Debug for UnsignedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsignedCard")
            .field("algorithm", &self.algorithm())
            .field("signed", &self.dates.signed)
            .finish_non_exhaustive()
    }
}

const fn cap() -> usize {
    MESSAGE_CAP.saturating_sub(HEADROOM)
}

/// A reader counts levels from the top of its message: a value that is fine by itself may be too
/// deep once it is shown.
fn check_depth(above: &[u8], bytes: &[u8]) -> Result<(), Misuse> {
    match WellFormed::parse(&[above, bytes].concat(), MESSAGE_CAP) {
        Ok(_) => Ok(()),
        Err(_) => Err(Misuse::ValueNotEncodable),
    }
}

/// Clause 9.1.2.4 wants `signed` within the leaf's dates, and the second edition that the card does
/// not outlive the leaf. Peers issue such cards all the same; readers may refuse them.
#[cfg(feature = "x509")]
fn check_dates(dates: &Dates, leaf: &Validity) -> Result<(), Misuse> {
    match leaf.holds_at(dates.signed) && dates.until <= leaf.until() {
        true => Ok(()),
        false => Err(Misuse::SignedOutsideLeaf),
    }
}
