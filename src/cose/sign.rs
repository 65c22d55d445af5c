//! The signing side, in two calls: what is to be signed, and the structure once it is signed.
//!
//! coset builds the structures. Nothing leaves here that our own reader has not verified: a wrong
//! signature is the signer's mistake, and must not become the reader's finding.

use alloc::vec::Vec;

use ciborium::Value;
#[cfg(feature = "x509")]
use coset::TaggedCborSerializable as _;
use coset::{
    AsCborValue as _, CborSerializable as _, CoseMac0, CoseMac0Builder, CoseSign1Builder, Header,
    HeaderBuilder, Label, ProtectedHeader, RegisteredLabelWithPrivate, SignatureContext,
    sig_structure_data,
};

use super::header::{MAX_CERTIFICATES, TYP, X5CHAIN};
use super::mac0::mac_structure;
use super::{CoseFault, Sign1};
use crate::cbor::{MESSAGE_CAP, Parts, WellFormed};
use crate::crypto::{Algorithm, CryptoProvider, PublicKey, Secret, Signature, even_r_form};
use crate::error::Misuse;

/// A COSE_Sign1 that waits for its signature.
///
/// ```cddl
/// COSE_Sign1 = [ bstr .cbor { 1: int, ? 16: tstr, ? 33: bstr / [2* bstr] },
///                { ? 4: bstr, ? 33: bstr / [2* bstr] }, bstr / nil, bstr ]           ; tag 18 on a token
/// ```
#[derive(Clone, Debug)]
pub(crate) struct UnsignedSign1 {
    algorithm: Algorithm,
    header: Header,
    payload: Vec<u8>,
    external_aad: Vec<u8>,
    form: Form,
    /// `kid` (4), unprotected: the card that a message of ours names.
    card: Vec<u8>,
    to_be_signed: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Attached,
    Detached,
    /// As attached, with tag 18, and of any length.
    #[cfg(feature = "x509")]
    Token,
    /// As a token, without tag.
    #[cfg(feature = "x509")]
    Chained,
}

impl UnsignedSign1 {
    /// With `payload`, which must be CBOR, inside: issuerAuth.
    ///
    /// # Errors
    /// [`Misuse::UnsupportedAlgorithm`] for a number that COSE has not assigned.
    pub(crate) fn attached(algorithm: Algorithm, payload: Vec<u8>) -> Result<Self, Misuse> {
        let header = (algorithm, algorithm_header(algorithm)?);
        Self::new(header, payload, Vec::new(), Form::Attached)
    }

    /// A message of ours: ES256, `typ` in the protected header (RFC 9596), signed for
    /// `external_aad`.
    ///
    /// # Errors
    /// [`Misuse::ValueNotEncodable`] for an `external_aad` of too many parts.
    pub(crate) fn message(
        typ: &str,
        payload: Vec<u8>,
        external_aad: &Parts<'_>,
    ) -> Result<Self, Misuse> {
        let mut header = algorithm_header(Algorithm::ES256)?;
        header.rest.push((Label::Int(TYP), typ.into()));
        let header = (Algorithm::ES256, header);
        Self::new(header, payload, external_aad.joined()?, Form::Attached)
    }

    /// As [`Self::message`], which names `card` beside what is signed.
    ///
    /// # Errors
    /// As there.
    #[cfg(feature = "x509")]
    pub(crate) fn message_of_card(
        typ: &str,
        payload: Vec<u8>,
        external_aad: &Parts<'_>,
        card: &[u8; 32],
    ) -> Result<Self, Misuse> {
        let message = Self::message(typ, payload, external_aad)?;
        Ok(Self {
            card: card.to_vec(),
            ..message
        })
    }

    /// A message of ours whose signer comes with it, protected.
    ///
    /// # Errors
    /// [`Misuse::ChainBroken`] for more than four certificates or an empty one.
    #[cfg(feature = "x509")]
    pub(crate) fn chained_message(
        typ: &str,
        x5chain: &[&[u8]],
        payload: Vec<u8>,
    ) -> Result<Self, Misuse> {
        let token = Self::token(Algorithm::ES256, typ, x5chain, payload)?;
        Ok(Self {
            form: Form::Chained,
            ..token
        })
    }

    /// A token (RFC 8392): `typ` and `x5chain` in the protected header, and tag 18 around it all.
    ///
    /// # Errors
    /// [`Misuse::UnsupportedAlgorithm`] for a number that COSE has not assigned;
    /// [`Misuse::ChainBroken`] for more than four certificates or an empty one.
    #[cfg(feature = "x509")]
    pub(crate) fn token(
        algorithm: Algorithm,
        typ: &str,
        x5chain: &[&[u8]],
        payload: Vec<u8>,
    ) -> Result<Self, Misuse> {
        let mut header = algorithm_header(algorithm)?;
        header.rest.push((Label::Int(TYP), typ.into()));
        header.rest.extend(chain_header(x5chain)?.rest);
        Self::new((algorithm, header), payload, Vec::new(), Form::Token)
    }

    /// With a payload that stands elsewhere: deviceSignature, readerAuth.
    ///
    /// # Errors
    /// [`Misuse::UnsupportedAlgorithm`] for a number that COSE has not assigned, and
    /// [`Misuse::ValueNotEncodable`] for a payload of too many parts.
    pub(crate) fn detached(algorithm: Algorithm, payload: &Parts<'_>) -> Result<Self, Misuse> {
        let header = (algorithm, algorithm_header(algorithm)?);
        Self::new(header, payload.joined()?, Vec::new(), Form::Detached)
    }

    /// The Sig_structure, which is not hashed yet.
    pub(crate) fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The signed structure, with `x5chain` in the unprotected header unless it is empty. Of two
    /// signatures that say the same, (r, s) and (r, n − s), it holds the one whose R has an even y.
    ///
    /// # Errors
    /// [`Misuse::SignatureNotByThisKey`]; [`Misuse::UnsupportedAlgorithm`] if `crypto` cannot
    /// tell; [`Misuse::ChainBroken`] for more than four certificates or an empty one.
    pub(crate) fn complete(
        self,
        signature: &Signature,
        key: &PublicKey,
        x5chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Misuse> {
        let even = self.with_even_r(signature, key, crypto);
        // A backend of the caller's may refuse one of two signatures that are equally good: some
        // want a low s.
        self.completed(&even, key, x5chain, crypto)
            .or_else(|_| self.completed(signature, key, x5chain, crypto))
    }

    fn completed(
        &self,
        signature: &Signature,
        key: &PublicKey,
        x5chain: &[&[u8]],
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, Misuse> {
        let mut unprotected = chain_header(x5chain)?;
        unprotected.key_id.clone_from(&self.card);
        let mut structure = CoseSign1Builder::new()
            .protected(self.header.clone())
            .unprotected(unprotected)
            .signature(signature.as_bytes().to_vec())
            .build();
        if self.form != Form::Detached {
            structure.payload = Some(self.payload.clone());
        }
        let bytes = match self.form {
            Form::Attached | Form::Detached => structure.to_vec(),
            #[cfg(feature = "x509")]
            Form::Chained => structure.to_vec(),
            #[cfg(feature = "x509")]
            Form::Token => structure.to_tagged_vec(),
        };
        let bytes = bytes.map_err(|_| Misuse::ValueNotEncodable)?;
        match self.algorithm.curve() == Some(key.curve()) {
            true => self.verify(&bytes, key, crypto)?,
            false => return Err(Misuse::SignatureNotByThisKey),
        }
        Ok(bytes)
    }

    /// What cannot be brought into this form is left as it is, for the check to judge.
    fn with_even_r(
        &self,
        signature: &Signature,
        key: &PublicKey,
        crypto: &CryptoProvider,
    ) -> Signature {
        if self.algorithm != Algorithm::ES256 {
            return *signature;
        }
        let hash = crypto.sha256(&[&self.to_be_signed]).ok();
        hash.and_then(|hash| even_r_form(key, &hash, signature))
            .unwrap_or(*signature)
    }

    fn verify(&self, bytes: &[u8], key: &PublicKey, crypto: &CryptoProvider) -> Result<(), Misuse> {
        let unreadable = |_| Misuse::ValueNotEncodable;
        let cap = match self.form {
            Form::Attached | Form::Detached => MESSAGE_CAP,
            #[cfg(feature = "x509")]
            Form::Token | Form::Chained => bytes.len(),
        };
        let item = WellFormed::parse(bytes, cap).map_err(unreadable)?;
        let verified = match self.form {
            Form::Detached => {
                let structure = Sign1::parse_detached(item).map_err(unreadable)?;
                structure.verify_detached(&Parts::new().raw(&self.payload), key.into(), crypto)
            }
            _ => {
                let structure = Sign1::parse_attached(item).map_err(unreadable)?;
                let external_aad = Parts::new().raw(&self.external_aad);
                let verified = structure.verify_for(&external_aad, key.into(), crypto);
                verified.map(drop)
            }
        };
        verified.map_err(|fault| match fault {
            CoseFault::AlgUnsupported => Misuse::UnsupportedAlgorithm,
            _ => Misuse::SignatureNotByThisKey,
        })
    }

    fn new(
        (algorithm, header): (Algorithm, Header),
        payload: Vec<u8>,
        external_aad: Vec<u8>,
        form: Form,
    ) -> Result<Self, Misuse> {
        let protected = ProtectedHeader {
            original_data: None,
            header: header.clone(),
        };
        let context = SignatureContext::CoseSign1;
        let to_be_signed = sig_structure_data(context, protected, None, &external_aad, &payload);
        Ok(Self {
            algorithm,
            header,
            payload,
            external_aad,
            form,
            card: Vec::new(),
            to_be_signed,
        })
    }
}

/// A COSE_Mac0 with HMAC 256/256 over a payload that stands elsewhere: deviceMac.
///
/// ```cddl
/// COSE_Mac0 = [ bstr .cbor { 1: 5 }, {}, nil, bstr .size 32 ]
/// ```
///
/// # Errors
/// [`Misuse::ValueNotEncodable`] for a payload of too many parts.
pub(crate) fn mac0_detached(
    key: &Secret<32>,
    payload: &Parts<'_>,
    crypto: &CryptoProvider,
) -> Result<Vec<u8>, Misuse> {
    let header = algorithm_header(Algorithm::HMAC_256)?;
    let protected = header.clone().to_vec();
    let protected = protected.map_err(|_| Misuse::ValueNotEncodable)?;
    let tag = mac_structure(&protected, payload)
        .with(|message| crypto.kdf.hmac_sha256(key, message))
        .ok_or(Misuse::ValueNotEncodable)?;
    let structure: CoseMac0 = CoseMac0Builder::new()
        .protected(header)
        .tag(tag.expose().to_vec())
        .build();
    structure.to_vec().map_err(|_| Misuse::ValueNotEncodable)
}

/// `{ 1: algorithm }`. ISO/IEC 18013-5 clause 9.1.3: "other elements should not be present".
fn algorithm_header(algorithm: Algorithm) -> Result<Header, Misuse> {
    let number = Value::from(algorithm.to_cose());
    let label = RegisteredLabelWithPrivate::from_cbor_value(number)
        .map_err(|_| Misuse::UnsupportedAlgorithm)?;
    Ok(HeaderBuilder::new().algorithm_label(label).build())
}

/// `{ 33: COSE_X509 }` (RFC 9360): one certificate as it is, several as an array.
fn chain_header(x5chain: &[&[u8]]) -> Result<Header, Misuse> {
    let too_many = u64::try_from(x5chain.len()).is_ok_and(|len| len > MAX_CERTIFICATES);
    if too_many || x5chain.iter().any(|certificate| certificate.is_empty()) {
        return Err(Misuse::ChainBroken);
    }
    let value = match x5chain {
        [] => return Ok(Header::default()),
        [leaf] => Value::from(*leaf),
        several => Value::Array(several.iter().map(|der| Value::from(*der)).collect()),
    };
    Ok(HeaderBuilder::new().value(X5CHAIN, value).build())
}

#[cfg(all(test, feature = "rustcrypto"))]
mod tests {
    use coset::{CoseSign1, iana};

    use super::*;
    use crate::cose::Mac0;
    use crate::crypto::{RUSTCRYPTO, Signer as _, SoftwareSigner};

    const PAYLOAD: &[u8] = b"\xd8\x18\x42\x18\x2a";

    fn signer(seed: u8) -> SoftwareSigner {
        SoftwareSigner::from_bytes(&[seed; 32]).unwrap()
    }

    fn complete(
        unsigned: UnsignedSign1,
        seed: u8,
        key: u8,
        chain: &[&[u8]],
    ) -> Result<Vec<u8>, Misuse> {
        let signature = signer(seed).sign(unsigned.to_be_signed()).unwrap();
        unsigned.complete(&signature, &signer(key).public_key(), chain, &RUSTCRYPTO)
    }

    fn attached() -> UnsignedSign1 {
        UnsignedSign1::attached(Algorithm::ES256, PAYLOAD.to_vec()).unwrap()
    }

    fn detached() -> UnsignedSign1 {
        UnsignedSign1::detached(Algorithm::ES256, &Parts::new().raw(PAYLOAD)).unwrap()
    }

    #[test]
    fn coset_reads_what_was_signed() {
        for chain in [&[] as &[&[u8]], &[b"leaf"], &[b"leaf", b"its issuer"]] {
            let unsigned = attached();
            let expected = unsigned.to_be_signed().to_vec();
            let structure = complete(unsigned, 1, 1, chain).unwrap();
            let structure = CoseSign1::from_slice(&structure).unwrap();
            assert_eq!(structure.tbs_data(&[]), expected);
            assert_eq!(structure.payload.as_deref(), Some(PAYLOAD));
            let alg = RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256);
            assert_eq!(structure.protected.header.alg, Some(alg));
            assert_eq!(
                structure.unprotected.rest.len(),
                usize::from(!chain.is_empty())
            );
        }
    }

    #[test]
    fn a_detached_payload_is_not_in_the_structure() {
        let unsigned = detached();
        assert_eq!(unsigned.to_be_signed(), attached().to_be_signed());
        let structure = CoseSign1::from_slice(&complete(unsigned, 1, 1, &[]).unwrap()).unwrap();
        assert_eq!(structure.payload, None);
        assert!(structure.unprotected.is_empty());
    }

    #[test]
    fn the_structure_is_written_as_the_standard_has_it() {
        let bytes = complete(attached(), 1, 1, &[b"leaf"]).unwrap();
        let start = b"\x84\x43\xa1\x01\x26\xa1\x18\x21\x44leaf\x45\xd8\x18\x42\x18\x2a\x58\x40";
        assert_eq!(bytes[..start.len()], *start);
        assert_eq!(bytes.len(), start.len() + 64);
    }

    #[test]
    fn a_signature_by_another_key_goes_nowhere() {
        for unsigned in [attached(), detached()] {
            let error = complete(unsigned, 1, 2, &[]).unwrap_err();
            assert_eq!(error, Misuse::SignatureNotByThisKey);
        }
    }

    #[test]
    fn what_cannot_be_verified_goes_nowhere() {
        let unsigned = UnsignedSign1::attached(Algorithm::ES384, PAYLOAD.to_vec()).unwrap();
        let error = complete(unsigned, 1, 1, &[]).unwrap_err();
        assert_eq!(error, Misuse::SignatureNotByThisKey);
        let nothing = CryptoProvider {
            signatures: &[],
            ..RUSTCRYPTO
        };
        let signature = signer(1).sign(attached().to_be_signed()).unwrap();
        let error = attached().complete(&signature, &signer(1).public_key(), &[], &nothing);
        assert_eq!(error.unwrap_err(), Misuse::UnsupportedAlgorithm);
    }

    #[test]
    fn only_assigned_and_private_algorithms_can_be_written() {
        for (number, expected) in [(-77_777, true), (-9, true), (0x7fff, false)] {
            let algorithm = Algorithm::from_cose(number);
            let unsigned = UnsignedSign1::attached(algorithm, PAYLOAD.to_vec());
            assert_eq!(unsigned.is_ok(), expected, "{number}");
        }
    }

    #[test]
    fn a_chain_that_readers_refuse_is_not_written() {
        for chain in [
            &[b"" as &[u8]] as &[&[u8]],
            &[b"a", b""],
            &[b"a" as &[u8]; 5],
        ] {
            let error = complete(attached(), 1, 1, chain).unwrap_err();
            assert_eq!(error, Misuse::ChainBroken);
        }
        assert!(complete(attached(), 1, 1, &[b"a" as &[u8]; 4]).is_ok());
    }

    #[test]
    fn a_payload_that_is_no_cbor_is_not_attached() {
        let unsigned = UnsignedSign1::attached(Algorithm::ES256, b"\xff".to_vec()).unwrap();
        let error = complete(unsigned, 1, 1, &[]).unwrap_err();
        assert_eq!(error, Misuse::ValueNotEncodable);
    }

    #[test]
    fn a_mac_is_read_by_us_and_by_coset() {
        let key = Secret::new([9; 32]);
        let payload = Parts::new().raw(PAYLOAD);
        let bytes = mac0_detached(&key, &payload, &RUSTCRYPTO).unwrap();
        assert_eq!(bytes[..9], *b"\x84\x43\xa1\x01\x05\xa0\xf6\x58\x20");
        let ours = Mac0::parse(WellFormed::parse(&bytes, MESSAGE_CAP).unwrap()).unwrap();
        assert_eq!(ours.verify_detached(&payload, &key, &RUSTCRYPTO), Ok(()));
        let mut theirs = CoseMac0::from_slice(&bytes).unwrap();
        assert_eq!(theirs.payload.replace(PAYLOAD.to_vec()), None);
        let check = |tag: &[u8], message: &[u8]| {
            let computed = RUSTCRYPTO.kdf.hmac_sha256(&key, &[message]);
            computed.ct_eq(tag).then_some(()).ok_or(())
        };
        assert_eq!(theirs.verify_payload_tag(&[], || (), check), Ok(()));
    }
}
