//! Against coset, p256, hkdf and aes-gcm without anything of ours; and every deviation by its kind.

use std::vec;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use ciborium::Value;
use coset::{
    CborSerializable as _, CoseEncrypt, CoseEncryptBuilder, CoseKdfContextBuilder, CoseKey,
    CoseRecipientBuilder, Header, HeaderBuilder, Label, SuppPubInfo, SuppPubInfoBuilder, iana,
};

use super::*;
use crate::cbor::MESSAGE_CAP;
use crate::crypto::{RUSTCRYPTO, SoftwareAgreementKey};
use crate::error::DecodeErrorKind::*;

const AAD: &[u8] = b"\x81\x6bVITACARD-v1";
const PLAIN: &[u8] = b"\xd8\x18\x42\x18\x2a";

/// SHA-256 in counter mode, until so many bytes are drawn.
struct Seeded {
    seed: u8,
    drawn: usize,
    most: usize,
}

impl Seeded {
    const fn new(seed: u8) -> Self {
        Self {
            seed,
            drawn: 0,
            most: usize::MAX,
        }
    }
}

impl SecureRandom for Seeded {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        let block = RUSTCRYPTO.sha256(&[&[self.seed], &self.drawn.to_be_bytes()])?;
        self.drawn += out.len();
        if self.drawn > self.most {
            return Err(CryptoError::Random);
        }
        out.copy_from_slice(&block[..out.len()]);
        Ok(())
    }
}

fn key(seed: u8) -> SoftwareAgreementKey {
    SoftwareAgreementKey::from_bytes(&[seed; 32]).unwrap()
}

fn sealed_by(seed: u8) -> Vec<u8> {
    let recipient = key(1).public_key();
    let mut rng = Seeded::new(seed);
    seal(PLAIN.to_vec(), &recipient, AAD, &RUSTCRYPTO, &mut rng).unwrap()
}

fn open(bytes: &[u8], seed: u8, aad: &[u8]) -> Result<Vec<u8>, OpenFault> {
    let message = Encrypt::parse(bytes, MESSAGE_CAP).unwrap();
    let plain = message.open(&key(seed), aad, &RUSTCRYPTO)?;
    Ok(plain.as_bytes().to_vec())
}

fn refused(bytes: &[u8]) -> (DecodeErrorKind, u32) {
    let error = Encrypt::parse(bytes, MESSAGE_CAP).unwrap_err();
    (error.kind(), error.offset())
}

/// The first place of `from` becomes `to`; where it was is given too.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> (Vec<u8>, u32) {
    let mut places = bytes.windows(from.len());
    let at = places.position(|window| window == from).expect("in there");
    let new = [&bytes[..at], to, &bytes[at + from.len()..]].concat();
    (new, at.try_into().unwrap())
}

#[test]
fn what_is_sealed_opens() {
    for len in [0, 1, 16, 1000, 70_000] {
        let plain = vec![7; len];
        let recipient = key(1).public_key();
        let mut rng = Seeded::new(1);
        let sealed = seal(plain.clone(), &recipient, AAD, &RUSTCRYPTO, &mut rng).unwrap();
        assert_eq!(open(&sealed, 1, AAD), Ok(plain));
    }
}

#[test]
fn a_plaintext_is_not_printed() {
    let sealed = sealed_by(1);
    let message = Encrypt::parse(&sealed, MESSAGE_CAP).unwrap();
    let plain = message.open(&key(1), AAD, &RUSTCRYPTO).unwrap();
    assert_eq!(std::format!("{plain:?}"), "Plain(5 bytes)");
}

#[test]
fn the_message_is_written_as_its_page_has_it() {
    let sealed = sealed_by(1);
    let (x, y) = ephemeral_of(&sealed);
    let (iv, data) = (&sealed[8..20], &sealed[21..42]);
    let expected = [
        b"\x84\x43\xa1\x01\x03\xa1\x05\x4c",
        iv,
        b"\x55",
        data,
        b"\x81\x83\x44\xa1\x01\x38\x18\xa1\x20\xa4\x01\x02\x20\x01\x21\x58\x20",
        &x,
        b"\x22\x58\x20",
        &y,
        b"\x40",
    ];
    assert_eq!(sealed, expected.concat());
}

fn ephemeral_of(sealed: &[u8]) -> ([u8; 32], [u8; 32]) {
    let end = sealed.len() - 1;
    let (x, y) = (&sealed[end - 67..end - 35], &sealed[end - 32..end]);
    (x.try_into().unwrap(), y.try_into().unwrap())
}

/// The key of the content, by p256, hkdf and coset's COSE_KDF_Context.
fn content_key_by_others(
    secret: &p256::SecretKey,
    peer: &p256::PublicKey,
    protected: Header,
) -> [u8; 32] {
    let public_info: SuppPubInfo = SuppPubInfoBuilder::new()
        .key_data_length(256)
        .protected(protected)
        .build();
    let context = CoseKdfContextBuilder::new()
        .algorithm(iana::Algorithm::A256GCM)
        .supp_pub_info(public_info)
        .build();
    let context = context.to_vec().unwrap();
    assert_eq!(context, KDF_CONTEXT);
    let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), peer.as_affine());
    let hkdf = hkdf::Hkdf::<sha2::Sha256>::new(None, shared.raw_secret_bytes());
    let mut key = [0; 32];
    hkdf.expand(&context, &mut key).unwrap();
    key
}

#[test]
fn others_open_what_we_seal() {
    let message = CoseEncrypt::from_slice(&sealed_by(3)).unwrap();
    let alg = |alg| Some(coset::RegisteredLabelWithPrivate::Assigned(alg));
    assert_eq!(message.protected.header.alg, alg(iana::Algorithm::A256GCM));
    let [recipient] = &message.recipients[..] else {
        panic!("one recipient");
    };
    let agreement = alg(iana::Algorithm::ECDH_ES_HKDF_256);
    assert_eq!(recipient.protected.header.alg, agreement);
    assert_eq!(recipient.ciphertext.as_deref(), Some(&[] as &[u8]));
    let [(Label::Int(-1), ephemeral)] = &recipient.unprotected.rest[..] else {
        panic!("an ephemeral key");
    };
    let ephemeral: Vec<_> = ephemeral.as_map().unwrap().iter().collect();
    let coordinate = |i: usize| ephemeral[i].1.as_bytes().unwrap().as_slice();
    let sec1 = [&[4], coordinate(2), coordinate(3)].concat();
    let ephemeral = p256::PublicKey::from_sec1_bytes(&sec1).unwrap();
    let secret = p256::SecretKey::from_slice(&[1; 32]).unwrap();
    let key = content_key_by_others(&secret, &ephemeral, recipient.protected.header.clone());
    let nonce: [u8; 12] = message.unprotected.iv.clone().try_into().unwrap();
    let decrypt = |msg: &[u8], aad: &[u8]| {
        let cipher = Aes256Gcm::new(&key.into());
        cipher.decrypt(&nonce.into(), Payload { msg, aad })
    };
    let plain = message.decrypt_ciphertext(AAD, || panic!("a ciphertext"), decrypt);
    assert_eq!(plain.unwrap(), PLAIN);
}

#[test]
fn we_open_what_others_seal() {
    use p256::elliptic_curve::sec1::ToSec1Point as _;
    let ephemeral = p256::SecretKey::from_slice(&[9; 32]).unwrap();
    let point = ephemeral.public_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let ephemeral_key = Value::Map(vec![
        (1.into(), 2.into()),
        ((-1).into(), 1.into()),
        ((-2).into(), x.into()),
        ((-3).into(), y.into()),
    ]);
    let header = |alg| -> Header { HeaderBuilder::new().algorithm(alg).build() };
    let recipient = CoseRecipientBuilder::new()
        .protected(header(iana::Algorithm::ECDH_ES_HKDF_256))
        .unprotected(HeaderBuilder::new().value(-1, ephemeral_key).build())
        .ciphertext(vec![])
        .build();
    let ours = p256::PublicKey::from_sec1_bytes(key(1).public_key().as_bytes()).unwrap();
    let key = content_key_by_others(&ephemeral, &ours, recipient.protected.header.clone());
    let message = CoseEncryptBuilder::new()
        .protected(header(iana::Algorithm::A256GCM))
        .unprotected(HeaderBuilder::new().iv(vec![5; 12]).build())
        .create_ciphertext(PLAIN, AAD, |msg, aad| {
            let cipher = Aes256Gcm::new(&key.into());
            let payload = Payload { msg, aad };
            cipher.encrypt(&[5; 12].into(), payload).unwrap()
        })
        .add_recipient(recipient)
        .build();
    assert_eq!(open(&message.to_vec().unwrap(), 1, AAD).unwrap(), PLAIN);
}

#[test]
fn no_message_with_one_bit_flipped_opens() {
    let sealed = sealed_by(1);
    let mut read = 0;
    for bit in 0..sealed.len() * 8 {
        let mut altered = sealed.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        if let Ok(message) = Encrypt::parse(&altered, MESSAGE_CAP) {
            read += 1;
            assert_eq!(message.encode(), altered);
            let opened = message.open(&key(1), AAD, &RUSTCRYPTO);
            assert_eq!(opened.map(drop), Err(OpenFault::Invalid), "bit {bit}");
        }
    }
    // The IV, the ciphertext and the tag are no structure.
    assert_eq!(read, (12 + PLAIN.len() + TAG_LEN) * 8);
}

#[test]
fn no_part_of_a_message_is_a_message() {
    let sealed = sealed_by(1);
    for len in 0..sealed.len() {
        assert_eq!(refused(&sealed[..len]).0, Truncated, "{len}");
    }
    let longer = [&sealed[..], &[0]].concat();
    assert_eq!(refused(&longer).0, TrailingData);
    let error = Encrypt::parse(&sealed, sealed.len() - 1).unwrap_err();
    assert_eq!(error.kind(), TooLong);
    assert!(Encrypt::parse(&sealed, sealed.len()).is_ok());
}

#[test]
fn another_key_or_other_aad_does_not_open() {
    let sealed = sealed_by(1);
    assert_eq!(open(&sealed, 2, AAD), Err(OpenFault::Invalid));
    for aad in [&[] as &[u8], &AAD[1..], &[AAD, &[0]].concat()] {
        assert_eq!(open(&sealed, 1, aad), Err(OpenFault::Invalid));
    }
}

/// Only x of the shared point is used, and −Q has the same: a property of ECDH-ES in COSE, for
/// which the envelope's bytes are no identifier.
#[test]
fn the_negated_ephemeral_key_opens_too() {
    let sealed = sealed_by(1);
    let (x, y) = ephemeral_of(&sealed);
    let negated = PublicKey::p256_compressed(&x, y[31] & 1 == 0).unwrap();
    let (same, other) = negated.coordinates();
    assert!(same == x && other != Some(&y));
    let (altered, _) = replaced(&sealed, &y, other.unwrap());
    assert_eq!(open(&altered, 1, AAD).unwrap(), PLAIN);
}

#[test]
fn each_message_has_a_key_and_an_iv_of_its_own() {
    let mut rng = Seeded::new(1);
    let recipient = key(1).public_key();
    let mut seal = || seal(PLAIN.to_vec(), &recipient, AAD, &RUSTCRYPTO, &mut rng).unwrap();
    let (a, b) = (seal(), seal());
    assert_ne!(ephemeral_of(&a).0, ephemeral_of(&b).0);
    let iv = |bytes| *Encrypt::parse(bytes, MESSAGE_CAP).unwrap().iv;
    assert_ne!(iv(&a), iv(&b));
}

#[test]
fn without_randomness_nothing_is_sealed() {
    for (most, sealed) in [
        (0, false),
        (31, false),
        (32, false),
        (43, false),
        (44, true),
    ] {
        let mut rng = Seeded {
            most,
            ..Seeded::new(1)
        };
        let recipient = key(1).public_key();
        let outcome = seal(PLAIN.to_vec(), &recipient, AAD, &RUSTCRYPTO, &mut rng);
        match sealed {
            true => assert!(outcome.is_ok()),
            false => assert_eq!(outcome, Err(Error::Crypto(CryptoError::Random)), "{most}"),
        }
    }
}

#[test]
#[cfg(feature = "ed25519")]
fn a_key_of_another_curve_is_no_recipient() {
    let base = hex::decode("5866666666666666666666666666666666666666666666666666666666666666");
    let recipient = PublicKey::ed25519(&base.unwrap()).unwrap();
    let mut rng = Seeded::new(1);
    let outcome = seal(vec![], &recipient, AAD, &RUSTCRYPTO, &mut rng);
    assert_eq!(outcome, Err(Error::Crypto(CryptoError::KeyAgreement)));
    assert_eq!(rng.drawn, 0);
}

/// A backend that fails is not a message that was altered.
#[test]
fn a_failing_backend_says_so() {
    #[derive(Debug)]
    struct Fails(CryptoError);
    impl crate::crypto::Aead for Fails {
        fn seal(
            &self,
            _: &Secret<32>,
            _: &[u8; 12],
            _: &[u8],
            _: &mut Vec<u8>,
        ) -> Result<(), CryptoError> {
            Err(self.0)
        }
        fn open(
            &self,
            _: &Secret<32>,
            _: &[u8; 12],
            _: &[u8],
            _: &mut Vec<u8>,
        ) -> Result<(), CryptoError> {
            Err(self.0)
        }
    }
    impl AgreementKey for Fails {
        fn public_key(&self) -> PublicKey {
            key(1).public_key()
        }
        fn agree(&self, _: &PublicKey) -> Result<Secret<32>, CryptoError> {
            Err(self.0)
        }
    }
    let failing = CryptoProvider {
        aead: &Fails(CryptoError::Unavailable),
        ..RUSTCRYPTO
    };
    let sealed = sealed_by(1);
    let message = || Encrypt::parse(&sealed, MESSAGE_CAP).unwrap();
    let fault = message().open(&key(1), AAD, &failing).unwrap_err();
    assert_eq!(fault, OpenFault::Crypto(CryptoError::Unavailable));
    let hardware = Fails(CryptoError::KeyAgreement);
    let fault = message().open(&hardware, AAD, &RUSTCRYPTO).unwrap_err();
    assert_eq!(fault, OpenFault::Crypto(CryptoError::KeyAgreement));
    let (recipient, mut rng) = (key(1).public_key(), Seeded::new(1));
    let outcome = seal(PLAIN.to_vec(), &recipient, AAD, &failing, &mut rng);
    assert_eq!(outcome, Err(Error::Crypto(CryptoError::Unavailable)));
}

/// Where the second bytes stand in the place of the first, the fault is so far behind it.
#[test]
fn every_deviation_is_refused_for_what_it_is() {
    let sealed = sealed_by(1);
    let (iv, data) = (&sealed[8..20], &sealed[20..42]);
    let (x, y) = ephemeral_of(&sealed);
    let recipient = &sealed[43..];
    let twice = [b"\x82", recipient, recipient].concat();
    let one = [b"\x81", recipient].concat();
    let nested = [b"\x84", &recipient[1..], b"\x80"].concat();
    let iv_map = [b"\xa1\x05\x4c", iv].concat();
    /// The key begins eight bytes before its x.
    const KEY_BEFORE_X: u32 = 0_u32.wrapping_sub(8);
    let key_start: &[u8] = b"\xa4\x01\x02\x20\x01\x21\x58\x20";
    let rows: &[(&[u8], &[u8], DecodeErrorKind, u32)] = &[
        // The array, tags, and the number of recipients.
        (b"\x84\x43", b"\xd8\x60\x84\x43", UnexpectedType, 0),
        (b"\x84\x43", b"\xd0\x84\x43", UnexpectedType, 0),
        (&one, b"", Truncated, 0),
        (&one, b"\x80", UnexpectedType, 0),
        (&one, &twice, UnexpectedType, 0),
        (&one, b"\xf6", UnexpectedType, 0),
        (recipient, &nested, UnexpectedType, 0),
        (recipient, b"\x80", UnexpectedType, 0),
        // The protected headers: bytes of a map of one algorithm, and nothing else.
        (b"\x43\xa1\x01\x03", b"\x40", Truncated, 1),
        (b"\x43\xa1\x01\x03", b"\x41\xa0", MissingKey, 1),
        (b"\x43\xa1\x01\x03", b"\xa1\x01\x03", UnexpectedType, 0),
        (b"\x43\xa1\x01\x03", b"\x43\xa1\x01\x01", OutOfRange, 3),
        (b"\x43\xa1\x01\x03", b"\x43\xa1\x02\x03", UnknownKey, 2),
        (b"\x43\xa1\x01\x03", b"\x43\xa1\x01\x60", UnexpectedType, 3),
        (
            b"\x43\xa1\x01\x03",
            b"\x44\xa1\x01\x18\x03",
            NotDeterministic,
            3,
        ),
        (
            b"\x43\xa1\x01\x03",
            b"\x45\xa2\x01\x03\x03\x00",
            UnknownKey,
            4,
        ),
        (
            b"\x43\xa1\x01\x03",
            b"\x44\xa1\x01\x03\x00",
            TrailingData,
            4,
        ),
        (
            b"\x44\xa1\x01\x38\x18",
            b"\x44\xa1\x01\x38\x1a",
            OutOfRange,
            3,
        ),
        (b"\x44\xa1\x01\x38\x18", b"\x43\xa1\x01\x24", OutOfRange, 3),
        (b"\x44\xa1\x01\x38\x18", b"\x40", Truncated, 1),
        (
            b"\x44\xa1\x01\x38\x18",
            b"\x46\xa2\x01\x38\x18\x04\x40",
            UnknownKey,
            5,
        ),
        // The IV.
        (&iv_map, b"\xa0", MissingKey, 0),
        (&iv_map, b"\xa1\x06\x4c000000000000", UnknownKey, 1),
        (b"\xa1\x05\x4c", b"\xa1\x06\x4c", UnknownKey, 1),
        (b"\xa1\x05\x4c", b"\xa2\x01\x03\x05\x4c", UnknownKey, 1),
        (b"\xa1\x05\x4c", b"\xa2\x04\x40\x05\x4c", UnknownKey, 1),
        (&iv_map, b"\xa1\x05\x4b00000000000", OutOfRange, 2),
        (&iv_map, b"\xa1\x05\x4d0000000000000", OutOfRange, 2),
        (&iv_map, b"\xa1\x05\x6c000000000000", UnexpectedType, 2),
        (&iv_map, b"\xa2\x05\x40\x05\x40", DuplicateKey, 3),
        // The ciphertext: here, and not shorter than its tag.
        (data, b"\xf6", UnexpectedType, 0),
        (data, b"\x40", OutOfRange, 0),
        (data, b"\x4f000000000000000", OutOfRange, 0),
        (
            data,
            &[b"\x58\x15", &data[1..]].concat(),
            NotDeterministic,
            0,
        ),
        (data, b"\xf7", NotDeterministic, 0),
        // The recipient's header and its key.
        (b"\xa1\x20\xa4", b"\xa1\x21\xa4", UnknownKey, 1),
        (b"\xa1\x20\xa4", b"\xa2\x04\x40\x20\xa4", UnknownKey, 1),
        (b"\xa1\x20\xa4", b"\xa2\x20\xa0\x20\xa4", DuplicateKey, 3),
        (
            key_start,
            b"\xa5\x01\x02\x02\x40\x20\x01\x21\x58\x20",
            UnknownKey,
            3,
        ),
        (
            key_start,
            b"\xa4\x01\x02\x20\x02\x21\x58\x20",
            OutOfRange,
            0,
        ),
        (
            key_start,
            b"\xa4\x20\x01\x01\x02\x21\x58\x20",
            NotDeterministic,
            3,
        ),
        (
            key_start,
            b"\xa4\x01\x02\x20\x01\x21\x59\x00\x20",
            NotDeterministic,
            6,
        ),
        (&x, &y, BadKey, KEY_BEFORE_X),
        (
            &[b"\x22\x58\x20", &y[..]].concat(),
            b"\x22\xf5",
            UnexpectedType,
            1,
        ),
        (
            &[&y[..], b"\x40"].concat(),
            &[&y[..], b"\x41\x00"].concat(),
            OutOfRange,
            32,
        ),
        (
            &[&y[..], b"\x40"].concat(),
            &[&y[..], b"\xf6"].concat(),
            UnexpectedType,
            32,
        ),
        (
            &[&y[..], b"\x40"].concat(),
            &[&y[..], b"\x58\x00"].concat(),
            NotDeterministic,
            32,
        ),
    ];
    for (row, (from, to, kind, behind)) in rows.iter().enumerate() {
        let (altered, at) = replaced(&sealed, from, to);
        let expected = (*kind, at.wrapping_add(*behind));
        assert_eq!(refused(&altered), expected, "row {row}: {to:02x?}");
    }
}

/// In either order two recipients are two, and one of another message is a wrong one.
#[test]
fn a_recipient_of_another_message_does_not_open() {
    let (a, b) = (sealed_by(1), sealed_by(2));
    let (of_a, of_b) = (&a[43..], &b[43..]);
    let swapped = [&a[..43], of_b].concat();
    assert_eq!(open(&swapped, 1, AAD), Err(OpenFault::Invalid));
    for two in [[of_a, of_b], [of_b, of_a]] {
        let both = [&a[..42], b"\x82", two[0], two[1]].concat();
        assert_eq!(refused(&both), (UnexpectedType, 42));
    }
}

#[test]
fn the_key_is_what_coset_writes() {
    let sealed = sealed_by(1);
    let (x, y) = ephemeral_of(&sealed);
    let key = PublicKey::p256_coordinates(&x, &y).unwrap();
    let theirs = CoseKey::from(&key).to_vec().unwrap();
    assert!(sealed.windows(theirs.len()).any(|window| window == theirs));
}
