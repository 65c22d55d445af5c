//! Lists of blocked cards, for readers to fetch: statuses by number, or identifiers.
//!
//! As with cards: a draft, what is to be signed, and the token once it is signed. The chain of the
//! signer is signed too (ISO/IEC 18013-5 second edition, 12.3.6), so [`prepare`] needs it. What comes
//! out was taken up by our own reader before.
//!
//! [`prepare`]: StatusListDraft::prepare

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::cbor::Writer;
use crate::cose::UnsignedSign1;
use crate::crypto::{Algorithm, CryptoProvider, PublicKey, Signature, Signer};
use crate::error::{Error, Misuse};
use crate::status::{
    IDENTIFIER_LIST, IDENTIFIER_LIST_TYPE, LIST_CAP, ListLimits, ListToken, ResidentForm,
    STATUS_DELTA_TYPE, STATUS_LIST, STATUS_LIST_TYPE, StatusTrust, Statuses, deflate, delta_claims,
};
use crate::time::{UnixTime, Validity};
use crate::trust::{TrustAnchors, check_list_chain};

/// What the token of a list says beside the list.
#[derive(Clone, Debug)]
struct Publication {
    uri: String,
    validity: Validity,
    ttl: Option<u64>,
}

impl Publication {
    fn new(uri: &str, validity: Validity) -> Result<Self, Misuse> {
        if uri.is_empty() {
            return Err(Misuse::ListAddressEmpty);
        }
        Ok(Self {
            uri: uri.into(),
            validity,
            ttl: None,
        })
    }

    /// `Claims`; its keys are in deterministic order.
    fn claims(&self, list: i64, write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut out = Writer::new();
        out.map(if self.ttl.is_some() { 5 } else { 4 });
        out.uint(2).text(&self.uri);
        out.uint(4).uint(self.validity.until().as_secs());
        out.uint(6).uint(self.validity.from().as_secs());
        out.int(list);
        write(&mut out);
        if let Some(ttl) = self.ttl {
            out.uint(65_534).uint(ttl);
        }
        out.into_bytes()
    }

    fn prepare(
        self,
        typ: &str,
        claims: Vec<u8>,
        signing: (Algorithm, &[&[u8]]),
        crypto: &CryptoProvider,
    ) -> Result<UnsignedList, Error> {
        let (algorithm, chain) = signing;
        crypto
            .verifier(algorithm)
            .ok_or(Misuse::UnsupportedAlgorithm)?;
        let key = self.check_signer(chain, crypto)?;
        Ok(UnsignedList {
            unsigned: UnsignedSign1::token(algorithm, typ, chain, claims)?,
            key,
            uri: self.uri,
            made: self.validity.from(),
        })
    }

    /// The key of a leaf that may sign this.
    fn check_signer(&self, chain: &[&[u8]], crypto: &CryptoProvider) -> Result<PublicKey, Error> {
        let validity = self.validity;
        if validity.from() >= validity.until() {
            return Err(Misuse::InvalidValidity.into());
        }
        let (key, leaf) = check_list_chain(chain, crypto)?;
        match leaf.holds_at(validity.from()) && validity.until() <= leaf.until() {
            true => Ok(key),
            false => Err(Misuse::SignedOutsideLeaf.into()),
        }
    }
}

/// A token status list in the making: a status for each card, by the number that the card names
/// ([`StatusReference::status_list`](super::StatusReference::status_list)).
///
/// [`prepare`](Self::prepare) takes the draft, and the increment of tomorrow needs it: keep a clone, or
/// make it again with the same address, entries and dates. [`next`](Self::next) begins the next one.
///
/// ```
/// use vitacard::{Error, crypto::{Algorithm, RUSTCRYPTO, Signer}, issuer::StatusListDraft};
/// use vitacard::{Misuse, Validity, unix_time};
/// fn publish(blocked: &[u64], signer: &dyn Signer, leaf: &[u8]) -> Result<Vec<u8>, Error> {
///     let validity = Validity::new(unix_time(1_780_272_000), unix_time(1_780_876_800)).unwrap();
///     let mut draft = StatusListDraft::new("https://status.example/1", 1, 1 << 20, validity)?;
///     for index in blocked {
///         draft.set(*index, 1)?;
///     }
///     draft.with_ttl(43_200).prepare(Algorithm::ES256, &[leaf], &RUSTCRYPTO)?.sign(signer, &RUSTCRYPTO)
/// }
/// # let signer = vitacard::crypto::SoftwareSigner::from_bytes(&[7; 32])?;
/// assert_eq!(publish(&[1 << 20], &signer, b"").unwrap_err(), Error::Misuse(Misuse::StatusValue));
/// assert_eq!(publish(&[412], &signer, b"").unwrap_err(), Error::Misuse(Misuse::ChainBroken));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct StatusListDraft {
    publication: Publication,
    bits: u8,
    entries: u64,
    list: Vec<u8>,
}

impl StatusListDraft {
    /// A list of `entries` cards, all valid (status 0), with `bits` for each status: 1, 2, 4 or 8.
    /// ISO/IEC 18013-5 wants 1. The token is made at the start of `validity` and ends with it: a
    /// reader that is offline for seven days needs a list that holds for as long.
    ///
    /// # Errors
    /// [`Misuse::ListAddressEmpty`], [`Misuse::StatusBits`], [`Misuse::ListTooLong`] for over
    /// 16 MiB.
    pub fn new(uri: &str, bits: u8, entries: u64, validity: Validity) -> Result<Self, Error> {
        let publication = Publication::new(uri, validity)?;
        if !matches!(bits, 1 | 2 | 4 | 8) {
            return Err(Misuse::StatusBits.into());
        }
        let bytes = entries
            .checked_mul(u64::from(bits))
            .and_then(|bits| usize::try_from(bits.div_ceil(8)).ok())
            .filter(|bytes| *bytes <= LIST_CAP)
            .ok_or(Misuse::ListTooLong)?;
        Ok(Self {
            publication,
            bits,
            entries,
            list: alloc::vec![0; bytes],
        })
    }

    /// The next publication of the same list, as it is now.
    ///
    /// # Errors
    /// [`Misuse::InvalidValidity`] unless it is made later.
    pub fn next(&self, validity: Validity) -> Result<Self, Error> {
        if validity.from() <= self.publication.validity.from() {
            return Err(Misuse::InvalidValidity.into());
        }
        let mut next = self.clone();
        next.publication.validity = validity;
        Ok(next)
    }

    /// Gives the card with the number `index` this status: 0 valid, 1 blocked, 2 blocked for now.
    ///
    /// # Errors
    /// [`Misuse::StatusValue`] if the status has more bits, or the list has no such place.
    pub fn set(&mut self, index: u64, status: u8) -> Result<(), Error> {
        self.write(index, status)
            .ok_or(Error::Misuse(Misuse::StatusValue))
    }

    /// The least significant bits of a byte belong to the smallest number.
    fn write(&mut self, index: u64, status: u8) -> Option<()> {
        let bits = u32::from(self.bits);
        let mask = u8::MAX.checked_shr(8_u32.checked_sub(bits)?)?;
        (status <= mask && index < self.entries).then_some(())?;
        let bit = index.checked_mul(u64::from(bits))?;
        let shift = u32::try_from(bit & 7).ok()?;
        let byte = self.list.get_mut(usize::try_from(bit >> 3).ok()?)?;
        *byte = *byte & !mask.checked_shl(shift)? | status.checked_shl(shift)?;
        Some(())
    }

    /// Tells readers to fetch the list again after so many seconds (`ttl`).
    pub const fn with_ttl(mut self, secs: u64) -> Self {
        self.publication.ttl = Some(secs);
        self
    }

    /// Deflates the list, and leaves what is to be signed by the leaf of `chain`: certificates in
    /// DER, the leaf first, without the root.
    ///
    /// # Errors
    /// [`Error::Misuse`]: [`InvalidValidity`](Misuse::InvalidValidity) unless it ends after it
    /// begins; [`EmptyChain`](Misuse::EmptyChain), [`ChainBroken`](Misuse::ChainBroken) also for a
    /// leaf that may not sign lists; [`SignedOutsideLeaf`](Misuse::SignedOutsideLeaf) unless the list
    /// is made, and ends, within the leaf's dates;
    /// [`UnsupportedAlgorithm`](Misuse::UnsupportedAlgorithm).
    pub fn prepare(
        self,
        algorithm: Algorithm,
        chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<UnsignedList, Error> {
        const SMALLEST: u8 = 10;
        let deflated = deflate(&self.list, SMALLEST);
        let claims = self.publication.claims(STATUS_LIST, |out| {
            out.map(2).text("lst").byte_string(&deflated);
            out.text("bits").uint(u64::from(self.bits));
        });
        let signing = (algorithm, chain);
        self.publication
            .prepare(STATUS_LIST_TYPE, claims, signing, crypto)
    }

    /// The increment by which a reader that holds `older`, an earlier publication of this list, comes
    /// to this one. Readers that were away for longer take one after the other, or the whole list.
    ///
    /// # Errors
    /// [`Misuse::NoIncrement`]; as [`Self::prepare`] for the chain, whose leaf has a key on P-256.
    pub fn increment_from(
        &self,
        older: &Self,
        chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<UnsignedIncrement, Error> {
        let (uri, validity) = (&self.publication.uri, self.publication.validity);
        if older.publication.uri != *uri {
            return Err(Misuse::NoIncrement.into());
        }
        let from = (older.publication.validity.from(), &older.statuses());
        let to = (validity.from(), &self.statuses());
        let claims = delta_claims(uri, from, (to, validity.until()), crypto)?;
        let claims = claims.ok_or(Misuse::NoIncrement)?;
        let key = self.publication.check_signer(chain, crypto)?;
        Ok(UnsignedIncrement {
            unsigned: UnsignedSign1::chained_message(STATUS_DELTA_TYPE, chain, claims)?,
            key,
        })
    }

    fn statuses(&self) -> Statuses {
        Statuses::new(self.list.clone(), self.bits, ResidentForm::Bitmap)
    }
}

/// How many cards are blocked is the issuer's affair: logs get how many there are.
impl fmt::Debug for StatusListDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusListDraft")
            .field("publication", &self.publication)
            .field("bits", &self.bits)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

/// An identifier list in the making: what is on it is blocked. Of cards
/// ([`StatusReference::identifier_list`](super::StatusReference::identifier_list)), or of
/// delegations, by their [`DelegationId`](crate::delegation::DelegationId).
///
/// ```
/// use vitacard::{Error, Misuse, Validity, delegation::DelegationId, issuer::IdentifierListDraft};
/// use vitacard::{crypto::{Algorithm, RUSTCRYPTO}, unix_time};
/// let validity = Validity::new(unix_time(1_780_272_000), unix_time(1_780_876_800)).unwrap();
/// let revoked = DelegationId::from_bytes([7; 16]);
/// let draft = IdentifierListDraft::new("https://status.example/delegations", validity)?
///     .with_identifier(revoked.as_bytes());
/// let error = draft.prepare(Algorithm::ES256, &[], &RUSTCRYPTO).unwrap_err();
/// assert_eq!(error, Error::Misuse(Misuse::EmptyChain));
/// # Ok::<(), Error>(())
/// ```
#[must_use]
pub struct IdentifierListDraft {
    publication: Publication,
    /// In the order of their encodings.
    identifiers: BTreeSet<(usize, Vec<u8>)>,
}

impl IdentifierListDraft {
    /// An empty list, made at the start of `validity` and ending with it.
    ///
    /// # Errors
    /// [`Misuse::ListAddressEmpty`].
    pub fn new(uri: &str, validity: Validity) -> Result<Self, Error> {
        Ok(Self {
            publication: Publication::new(uri, validity)?,
            identifiers: BTreeSet::new(),
        })
    }

    /// Blocks what is called so. Twice is as good as once.
    pub fn with_identifier(mut self, id: &[u8]) -> Self {
        self.identifiers.insert((id.len(), id.into()));
        self
    }

    /// Tells readers to fetch the list again after so many seconds (`ttl`).
    pub const fn with_ttl(mut self, secs: u64) -> Self {
        self.publication.ttl = Some(secs);
        self
    }

    /// As [`StatusListDraft::prepare`].
    ///
    /// # Errors
    /// As there.
    pub fn prepare(
        self,
        algorithm: Algorithm,
        chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<UnsignedList, Error> {
        let claims = self.publication.claims(IDENTIFIER_LIST, |out| {
            out.map(1).text("identifiers").map(self.identifiers.len());
            for (_, id) in &self.identifiers {
                out.byte_string(id).map(0);
            }
        });
        let signing = (algorithm, chain);
        self.publication
            .prepare(IDENTIFIER_LIST_TYPE, claims, signing, crypto)
    }
}

/// Logs get how many there are.
impl fmt::Debug for IdentifierListDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentifierListDraft")
            .field("publication", &self.publication)
            .field("identifiers", &self.identifiers.len())
            .finish()
    }
}

/// A list that waits for its signature.
#[must_use]
pub struct UnsignedList {
    unsigned: UnsignedSign1,
    key: PublicKey,
    uri: String,
    made: UnixTime,
}

impl UnsignedList {
    /// The bytes that the key of the leaf signs, not hashed yet.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// What kind of signature is wanted.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.unsigned.algorithm()
    }

    /// The token, to be published as `application/statuslist+cwt` or
    /// `application/identifierlist+cwt`.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`] unless the leaf's key signed; [`Misuse::ListTooLong`] for
    /// a token over 20 MiB or a list over 16 MiB, which readers refuse unless they are told otherwise.
    pub fn complete(
        self,
        signature: &Signature,
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Error> {
        let token = self.unsigned.complete(signature, &self.key, &[], crypto)?;
        let mut anchors = TrustAnchors::new();
        anchors.pin_key(self.key);
        // All else was seen to before, so that what a reader would still refuse is the length.
        ListToken::parse(&token, &ListLimits::default())
            .and_then(|list| {
                list.verify(
                    &self.uri,
                    &StatusTrust::anchors(&anchors),
                    crypto,
                    self.made,
                )
            })
            .map_err(|_| Misuse::ListTooLong)?;
        Ok(token)
    }

    /// Signs it here and now.
    ///
    /// # Errors
    /// As [`Self::complete`]; [`Misuse::UnsupportedAlgorithm`] if `signer` has another algorithm
    /// than the list was prepared for; [`Error::Crypto`] if it fails.
    pub fn sign(self, signer: &dyn Signer, crypto: &CryptoProvider) -> Result<Vec<u8>, Error> {
        if signer.algorithm() != self.algorithm() {
            return Err(Misuse::UnsupportedAlgorithm.into());
        }
        let signature = signer.sign(self.to_be_signed())?;
        self.complete(&signature, crypto)
    }
}

/// Logs get where it will be found and when it was made.
impl fmt::Debug for UnsignedList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsignedList")
            .field("uri", &self.uri)
            .field("made", &self.made)
            .finish_non_exhaustive()
    }
}

/// An increment that waits for its signature.
#[must_use]
pub struct UnsignedIncrement {
    unsigned: UnsignedSign1,
    key: PublicKey,
}

/// Nobody wants a whole increment in a log.
impl fmt::Debug for UnsignedIncrement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsignedIncrement").finish_non_exhaustive()
    }
}

impl UnsignedIncrement {
    /// The bytes that the key of the leaf signs, not hashed yet.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// The increment, to be published beside the list.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`] unless the leaf's key signed, by ES256.
    pub fn complete(
        self,
        signature: &Signature,
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Error> {
        Ok(self.unsigned.complete(signature, &self.key, &[], crypto)?)
    }

    /// Signs it here and now.
    ///
    /// # Errors
    /// As [`Self::complete`], and [`Error::Crypto`] if the signer fails.
    pub fn sign(self, signer: &dyn Signer, crypto: &CryptoProvider) -> Result<Vec<u8>, Error> {
        let signature = signer.sign(self.to_be_signed())?;
        self.complete(&signature, crypto)
    }
}

#[cfg(all(test, feature = "rustcrypto"))]
mod tests;
