//! COSE_Encrypt (RFC 9052 section 5.1) in the one form that messages of our own have: AES-256-GCM for
//! one recipient, by ECDH-ES + HKDF-256 (RFC 9053 section 6.3) with an ephemeral key of its own.
//!
//! Nothing of a message is trusted but its recipient's private key: whoever has the public one can
//! seal, so what is inside says who wrote it. Refused: every other encoding, label, algorithm, tag
//! or number of recipients, and an ephemeral key off its curve. The envelope names no sender and no
//! recipient, and −y in the place of y opens as well, so its bytes are no identifier.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::key::{encode_key, parse_own_key};
use crate::cbor::{WellFormed, Writer, required};
use crate::crypto::{
    AgreementKey, CryptoError, CryptoProvider, Curve, PublicKey, Secret, SecureRandom,
};
use crate::error::{DecodeError, DecodeErrorKind, Error};

/// `{ 1: 3 }`, A256GCM.
const CONTENT_PROTECTED: &[u8] = b"\xa1\x01\x03";
/// `{ 1: -25 }`, ECDH-ES + HKDF-256.
const RECIPIENT_PROTECTED: &[u8] = b"\xa1\x01\x38\x18";
const IV: i64 = 5;
const EPHEMERAL_KEY: i64 = -1;
/// How much longer a ciphertext is than its plaintext.
const TAG_LEN: usize = 16;

/// `[3, [null, null, null], [null, null, null], [256, bstr .cbor { 1: -25 }]]`
///
/// COSE_KDF_Context (RFC 9053 section 5.2). The bstr is the recipient's protected header as sent,
/// of which [`Encrypt::parse`] knows that it is this one.
const KDF_CONTEXT: &[u8] =
    b"\x84\x03\x83\xf6\xf6\xf6\x83\xf6\xf6\xf6\x82\x19\x01\x00\x44\xa1\x01\x38\x18";

/// Encrypts `plain` for whoever has the private half of `recipient`.
///
/// # Errors
/// [`CryptoError`]: `Random` if `rng` fails, `KeyAgreement` if `recipient` is on another curve than
/// P-256, and what else the backend says.
pub(crate) fn seal(
    plain: Vec<u8>,
    recipient: &PublicKey,
    external_aad: &[u8],
    crypto: &CryptoProvider,
    rng: &mut dyn SecureRandom,
) -> Result<Vec<u8>, Error> {
    let mut data = with_room_for_tag(plain);
    if recipient.curve() != Curve::P256 {
        return Err(CryptoError::KeyAgreement.into());
    }
    let ephemeral = crypto.key_agreement.generate(rng)?;
    let mut iv = [0; 12];
    rng.fill(&mut iv)?;
    let key = content_key(&*ephemeral, recipient, crypto)?;
    let aad = enc_structure(external_aad);
    crypto.aead.seal(&key, &iv, &aad, &mut data)?;
    Ok(written(&iv, &data, &ephemeral.public_key()))
}

/// A message that has been read, and not decrypted.
///
/// ```cddl
/// COSE_Encrypt = [
///   protected: bstr .cbor { 1: 3 },
///   unprotected: { 5: bstr .size 12 },
///   ciphertext: bstr,                     ; its tag of 16 bytes is last
///   recipients: [ [
///     protected: bstr .cbor { 1: -25 },
///     unprotected: { -1: COSE_Key },      ; exactly { 1: 2, -1: 1, -2: x, -3: y }
///     ciphertext: h''                     ; RFC 9052 section 8.5.4: nothing is wrapped
///   ] ]
/// ]
/// ```
#[derive(Debug)]
pub(crate) struct Encrypt<'a> {
    iv: &'a [u8; 12],
    ciphertext: &'a [u8],
    claimed_ephemeral: PublicKey,
}

impl<'a> Encrypt<'a> {
    pub(crate) fn parse(bytes: &'a [u8], cap: usize) -> Result<Self, DecodeError> {
        let message = WellFormed::parse_deterministic(bytes, cap)?;
        let [protected, unprotected, ciphertext, recipients] = message.tuple()?;
        only_algorithm(protected, CONTENT_PROTECTED)?;
        let [iv] = unprotected.closed_fields([IV])?;
        let iv = required(iv, &unprotected)?;
        let data = ciphertext.byte_string()?;
        if data.len() < TAG_LEN {
            return Err(ciphertext.error(DecodeErrorKind::OutOfRange));
        }
        let [recipient] = recipients.tuple()?;
        Ok(Self {
            iv: iv
                .byte_string()?
                .try_into()
                .map_err(|_| iv.error(DecodeErrorKind::OutOfRange))?,
            ciphertext: data,
            claimed_ephemeral: parse_recipient(recipient)?,
        })
    }

    /// What was read, written anew: the same bytes, as there is one encoding of each message.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn encode(&self) -> Vec<u8> {
        written(self.iv, self.ciphertext, &self.claimed_ephemeral)
    }

    /// The plaintext, once the tag over all of it has been verified.
    pub(crate) fn open(
        self,
        key: &dyn AgreementKey,
        external_aad: &[u8],
        crypto: &CryptoProvider,
    ) -> Result<Plain, OpenFault> {
        let key = content_key(key, &self.claimed_ephemeral, crypto)?;
        let mut data = Zeroizing::new(self.ciphertext.to_vec());
        let aad = enc_structure(external_aad);
        match crypto.aead.open(&key, self.iv, &aad, &mut data) {
            Ok(()) => Ok(Plain(data)),
            Err(CryptoError::Encryption) => Err(OpenFault::Invalid),
            Err(other) => Err(OpenFault::Crypto(other)),
        }
    }
}

/// Why a message does not open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OpenFault {
    /// It was altered, or sealed for another key or with other `external_aad`: nobody can tell.
    Invalid,
    Crypto(CryptoError),
}

impl From<CryptoError> for OpenFault {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

/// What was sealed. Zeroised on drop.
pub(crate) struct Plain(Zeroizing<Vec<u8>>);

impl Plain {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plain({} bytes)", self.0.len())
    }
}

fn parse_recipient(recipient: WellFormed<'_>) -> Result<PublicKey, DecodeError> {
    let [protected, unprotected, wrapped] = recipient.tuple()?;
    only_algorithm(protected, RECIPIENT_PROTECTED)?;
    let [ephemeral] = unprotected.closed_fields([EPHEMERAL_KEY])?;
    let ephemeral = parse_own_key(required(ephemeral, &unprotected)?)?;
    match wrapped.byte_string()? {
        [] => Ok(ephemeral),
        _ => Err(wrapped.error(DecodeErrorKind::OutOfRange)),
    }
}

/// A protected header is compared as it came; reading it only says what is wrong with it.
fn only_algorithm(protected: WellFormed<'_>, expected: &[u8]) -> Result<(), DecodeError> {
    if protected.byte_string()? == expected {
        return Ok(());
    }
    let header = protected.parse_content()?;
    header.check_deterministic()?;
    let [algorithm] = header.closed_fields([1])?;
    let algorithm = required(algorithm, &header)?;
    algorithm.int()?;
    Err(algorithm.error(DecodeErrorKind::OutOfRange))
}

/// HKDF-SHA256 without salt (RFC 5869) of the x coordinate of the shared point.
fn content_key(
    key: &dyn AgreementKey,
    peer: &PublicKey,
    crypto: &CryptoProvider,
) -> Result<Secret<32>, CryptoError> {
    let shared = key.agree(peer)?;
    let mut derived = Secret::new([0; 32]);
    let out = derived.expose_mut();
    crypto
        .kdf
        .hkdf_sha256(shared.expose(), &[], KDF_CONTEXT, out)?;
    Ok(derived)
}

/// `Enc_structure = ["Encrypt", protected: bstr, external_aad: bstr]` (RFC 9052 section 5.3)
fn enc_structure(external_aad: &[u8]) -> Vec<u8> {
    let mut out = Writer::new();
    out.array(3)
        .text("Encrypt")
        .byte_string(CONTENT_PROTECTED)
        .byte_string(external_aad);
    out.into_bytes()
}

fn written(iv: &[u8; 12], data: &[u8], ephemeral: &PublicKey) -> Vec<u8> {
    let mut out = Writer::new();
    out.array(4)
        .byte_string(CONTENT_PROTECTED)
        .map(1)
        .int(IV)
        .byte_string(iv)
        .byte_string(data)
        .array(1)
        .array(3)
        .byte_string(RECIPIENT_PROTECTED)
        .map(1)
        .int(EPHEMERAL_KEY)
        .raw(&encode_key(ephemeral))
        .byte_string(&[]);
    out.into_bytes()
}

/// A vector that has to grow for the tag would leave its bytes behind, so they move here first.
fn with_room_for_tag(plain: Vec<u8>) -> Zeroizing<Vec<u8>> {
    let plain = Zeroizing::new(plain);
    let mut roomy = Vec::with_capacity(plain.len().saturating_add(TAG_LEN));
    roomy.extend_from_slice(&plain);
    Zeroizing::new(roomy)
}

#[cfg(all(test, feature = "rustcrypto"))]
mod tests;
