//! Roots with other keys, for who lists their algorithms.

use super::pki::der::{bit_string, oid, sequence, tlv};
use super::*;
use crate::crypto::{ED25519, ES256, ES384};
use ed25519_dalek::Signer as _;
use p384::ecdsa::signature::Signer as _;

static ALL: CryptoProvider = CryptoProvider {
    signatures: &[ES256, ES384, ED25519],
    ..RUSTCRYPTO
};

const ID_ED25519: &[u8] = b"\x06\x03\x2b\x65\x70";

/// A chain whose root has the key `spki` and signs by `sign`.
#[track_caller]
fn check(spki: Vec<u8>, id: &'static [u8], sign: impl Fn(&[u8]) -> Vec<u8>) {
    let root = Profile::iaca_root().with(|p| p.spki = Some(spki));
    let root = Entity::self_signed(root, "root");
    let profile = signer().with(|p| p.set_algorithm(id));
    let leaf = root.issue(profile, "signer").der;
    let signed = spki::Fields::of(&leaf).expect("a certificate").signed.whole;
    let with = |signature: &[u8]| {
        let signature = bit_string(&[&[0], signature].concat());
        sequence(&[signed.to_vec(), tlv(0x30, id), signature])
    };
    let good = with(&sign(signed));
    let anchors = roots(&[&root.der]);
    let find = |leaf: &[u8], crypto| {
        with_auth(&[leaf], &nobody(), |auth| {
            TrustedIssuer::find(auth, &anchors, None, crypto, unix_time(NOW))
        })
    };
    expect("listed", ACCEPTED, find(&good, &ALL));
    let bad = no!(CertificateSignature);
    expect("not listed", bad, find(&good, &RUSTCRYPTO));
    expect("forged", bad, find(&with(&sign(b"other")), &ALL));
    expect("signed by P-256", bad, find(&leaf, &ALL));
}

#[test]
fn es384() {
    let mut scalar = [0; 48];
    scalar[47] = 1;
    let key = p384::ecdsa::SigningKey::from_slice(&scalar).expect("a key");
    check(spki_p384(), algorithm::ECDSA_SHA384, |message| {
        let signature: p384::ecdsa::Signature = key.sign(message);
        signature.to_der().as_bytes().to_vec()
    });
}

#[test]
fn ed25519() {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let public = key.verifying_key();
    let id = sequence(&[oid("1.3.101.112")]);
    let spki = sequence(&[id, bit_string(&[&[0], &public.as_bytes()[..]].concat())]);
    check(spki, ID_ED25519, |message| {
        key.sign(message).to_bytes().to_vec()
    });
}
