//! The test certificates are what they claim to be: good ones pass two other libraries, and each
//! fault is met by webpki as written here. What webpki overlooks, `trust::x509` must check.
#![cfg(feature = "x509")]

mod pki;

use pki::{
    BasicConstraints, Crl, Entity, Extension, Fault, Key, KeyId, NOW, Name, Profile, Scope, TimeForm,
    algorithm, date, eku, issuing_distribution_point, key_usage, spki_p384,
};
use sha2::{Digest, Sha256};
use webpki::{CertRevocationList, Error, OwnedCertRevocationList};
use x509_cert::der::{Decode, Encode};

use chain::{EVERYWHERE, IF_PRESENT, Revocation, verify};

/// How `trust::x509` can use webpki.
mod chain {
    use core::{fmt::Debug, time::Duration};
    use p256::ecdsa::Signature;
    use pki_types::{
        AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
        UnixTime, alg_id,
    };
    use webpki::{
        CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, RevocationCheckDepth,
        RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath, anchor_from_trusted_cert,
    };

    /// The shape of `crypto::SignatureVerifier`: `r || s`, by an uncompressed key.
    pub trait Verifier: Debug + Send + Sync {
        fn verify(&self, key: &[u8; 65], message: &[u8], signature: &[u8; 64]) -> bool;
    }

    /// Lends any verifier to webpki, for as long as a call lasts. webpki itself compares the
    /// algorithm identifiers and refuses unused bits; the DER of the signature is ours to read.
    #[derive(Debug)]
    pub struct X509Es256<'a>(pub &'a dyn Verifier);

    impl SignatureVerificationAlgorithm for X509Es256<'_> {
        fn verify_signature(
            &self,
            public_key: &[u8],
            message: &[u8],
            signature: &[u8],
        ) -> Result<(), InvalidSignature> {
            // Annex B wants uncompressed keys: 65 bytes, and the first is 4.
            let key = public_key.try_into().map_err(|_| InvalidSignature)?;
            let signature = Signature::from_der(signature).map_err(|_| InvalidSignature)?;
            match self.0.verify(key, message, &signature.to_bytes().into()) {
                true => Ok(()),
                false => Err(InvalidSignature),
            }
        }

        fn public_key_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::ECDSA_P256
        }

        fn signature_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::ECDSA_SHA256
        }
    }

    #[derive(Clone, Copy)]
    pub struct Revocation<'a> {
        pub lists: &'a [&'a CertRevocationList<'a>],
        pub depth: RevocationCheckDepth,
        pub unknown: UnknownStatusPolicy,
        pub expiration: ExpirationPolicy,
    }

    /// What is left of a path after the call: which root, and how many certificates between.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Verified {
        pub root: usize,
        pub intermediates: Vec<Vec<u8>>,
    }

    /// 1.0.18013.5.1.2, without tag and length: what webpki compares.
    const EKU_DOCUMENT_SIGNER: &[u8] = &[0x28, 0x81, 0x8c, 0x5d, 0x05, 0x01, 0x02];

    /// Every certificate of the path must have the usage, so no ordinary authority can be on it.
    pub const EVERYWHERE: KeyUsage = KeyUsage::required(EKU_DOCUMENT_SIGNER);

    /// An authority may leave its usages out, but then so may the leaf: check that one apart.
    pub const IF_PRESENT: KeyUsage = KeyUsage::required_if_present(EKU_DOCUMENT_SIGNER);

    pub fn verify(
        verifier: &dyn Verifier,
        leaf: &[u8],
        intermediates: &[Vec<u8>],
        roots: &[Vec<u8>],
        now: u64,
        usage: KeyUsage,
        revocation: Option<Revocation<'_>>,
    ) -> Result<Verified, Error> {
        let algorithm = X509Es256(verifier);
        let leaf = CertificateDer::from(leaf);
        let leaf = EndEntityCert::try_from(&leaf)?;
        let roots: Vec<_> = roots.iter().map(|der| CertificateDer::from(&der[..])).collect();
        let anchors = roots.iter().map(anchor_from_trusted_cert).collect::<Result<Vec<_>, _>>()?;
        let intermediates: Vec<_> =
            intermediates.iter().map(|der| CertificateDer::from(&der[..])).collect();
        // No list at all is not an error of the builder's making: it means not to look.
        let options = revocation.and_then(|r| {
            let builder = RevocationOptionsBuilder::new(r.lists).ok()?;
            let builder = builder.with_depth(r.depth).with_status_policy(r.unknown);
            Some(builder.with_expiration_policy(r.expiration).build())
        });
        let path: VerifiedPath<'_> = leaf.verify_for_usage(
            &[&algorithm],
            &anchors,
            &intermediates,
            UnixTime::since_unix_epoch(Duration::from_secs(now)),
            usage,
            options,
            None,
        )?;
        // The path borrows the anchors, so that the address tells which of two equal ones it is.
        let root = anchors.iter().position(|anchor| core::ptr::eq(anchor, path.anchor()));
        Ok(Verified {
            root: root.expect("one of the anchors"),
            intermediates: path.intermediate_certificates().map(|c| c.der().to_vec()).collect(),
        })
    }
}

#[derive(Debug)]
struct RustCrypto;

impl chain::Verifier for RustCrypto {
    fn verify(&self, key: &[u8; 65], message: &[u8], signature: &[u8; 64]) -> bool {
        use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
        let key = VerifyingKey::from_sec1_bytes(key);
        let signature = Signature::from_slice(signature);
        matches!((key, signature), (Ok(k), Ok(s)) if k.verify(message, &s).is_ok())
    }
}

/// What webpki makes of a fault: how its error begins when printed, or nothing.
#[derive(Clone, Copy)]
enum Webpki {
    Refuses(&'static str),
    Overlooks,
}
use Webpki::{Overlooks, Refuses};

#[track_caller]
fn expect<T: std::fmt::Debug>(what: &str, expected: Webpki, result: Result<T, Error>) {
    match (expected, result) {
        (Overlooks, Ok(_)) => {}
        (Refuses(name), Err(error)) if format!("{error:?}").starts_with(name) => {}
        (Overlooks, result) => panic!("{what}: expected to pass, got {result:?}"),
        (Refuses(name), result) => panic!("{what}: expected {name}, got {result:?}"),
    }
}

fn signer() -> Profile {
    Profile::document_signer()
}

fn check(leaf: &Entity, intermediates: &[&Entity], root: &Entity) -> Result<chain::Verified, Error> {
    let intermediates: Vec<_> = intermediates.iter().map(|entity| entity.der.clone()).collect();
    let usage = if intermediates.is_empty() { EVERYWHERE } else { IF_PRESENT };
    let roots = std::slice::from_ref(&root.der);
    verify(&RustCrypto, &leaf.der, &intermediates, roots, NOW, usage, None)
}

/// A leaf with one fault, below a good root.
fn check_leaf(profile: Profile) -> Result<chain::Verified, Error> {
    let root = Entity::root();
    check(&root.issue(profile, "signer"), &[], &root)
}

/// A good leaf below an authority with one fault.
fn check_authority(profile: Profile) -> Result<chain::Verified, Error> {
    let root = Entity::root();
    let authority = root.issue(profile, "authority");
    check(&authority.issue(signer(), "signer"), &[&authority], &root)
}

/// A good leaf below a root with one fault.
fn check_root(profile: Profile) -> Result<chain::Verified, Error> {
    let root = Entity::self_signed(profile, "root");
    check(&root.issue(signer(), "signer"), &[], &root)
}

#[test]
fn good_ones_pass() {
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let verified = check(&leaf, &[], &root).expect("a good chain");
    assert_eq!(verified, chain::Verified { root: 0, intermediates: vec![] });

    let authority = root.issue(Profile::intermediate(), "authority");
    let leaf = authority.issue(signer(), "signer");
    let verified = check(&leaf, &[&authority], &root).expect("a longer chain");
    assert_eq!(verified.intermediates, [authority.der]);
}

#[test]
fn the_path_names_the_root_with_the_right_key() {
    let root = Entity::root();
    let impostor = Entity::self_signed(Profile::iaca_root(), "attacker");
    let leaf = root.issue(signer(), "signer");
    let roots = [impostor.der, root.der];
    let verified = verify(&RustCrypto, &leaf.der, &[], &roots, NOW, EVERYWHERE, None).expect("a good chain");
    assert_eq!(verified.root, 1);
}

#[test]
fn another_parser_reads_the_good_ones() {
    let root = Entity::root();
    let reader_root = Entity::reader_root();
    for entity in [
        root.issue(Profile::intermediate(), "authority"),
        root.issue(signer(), "signer"),
        root.issue(Profile::status_signer(), "status"),
        root.issue(Profile { spki: Some(spki_p384()), ..signer() }, "signer"),
        reader_root.issue(Profile::mdoc_reader(), "reader"),
        reader_root,
    ] {
        let parsed = x509_cert::Certificate::from_der(&entity.der).expect("a certificate");
        assert_eq!(parsed.to_der().expect("DER"), entity.der);
        let tbs = parsed.tbs_certificate();
        assert_eq!(tbs.serial_number().as_bytes(), entity.profile.serial);
        let seconds = |time: &x509_cert::time::Time| time.to_unix_duration().as_secs();
        assert_eq!(seconds(&tbs.validity().not_before), entity.profile.not_before);
        assert_eq!(seconds(&tbs.validity().not_after), entity.profile.not_after);
    }
    let crl = Crl { revoked: vec![vec![1], vec![2]], ..root.crl() }.sign(&root.key);
    let parsed = x509_cert::crl::CertificateList::<x509_cert::certificate::Rfc5280>::from_der(&crl);
    assert_eq!(parsed.expect("a list").to_der().expect("DER"), crl);
}

#[test]
fn same_bytes_every_time() {
    let root = Entity::root();
    let signer = root.issue(signer(), "signer");
    let all = [&root.der[..], &signer.der, &root.crl().sign(&root.key)].concat();
    assert_eq!(hex::encode(Sha256::digest(all)), "ce2259b54c06fe735252a588055b2a4031679ffc51f7f1ac7723e1a30838ea66");
}

#[test]
fn dates_are_written_right() {
    for (seconds, form, text) in [
        (0, TimeForm::Rfc5280, &b"\x17\x0d700101000000Z"[..]),
        (date(2049, 12, 31) + 86_399, TimeForm::Rfc5280, b"\x17\x0d491231235959Z"),
        (date(2050, 1, 1), TimeForm::Rfc5280, b"\x18\x0f20500101000000Z"),
        (date(2024, 2, 29), TimeForm::Generalized, b"\x18\x0f20240229000000Z"),
        (date(2055, 3, 1), TimeForm::Utc, b"\x17\x0d550301000000Z"),
    ] {
        assert_eq!(pki::der::time(seconds, form), text);
    }
    assert_eq!(NOW, 1_780_272_000);
}

// C1, C2, C12
#[test]
fn anchors_and_names() {
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let stranger = Entity::self_signed(
        Profile { subject: Name::utopian("Attacker"), ..Profile::iaca_root() },
        "attacker",
    );
    let impostor = Entity::self_signed(Profile::iaca_root(), "attacker");
    let bad = "InvalidSignatureForPublicKey";

    expect("no such anchor", Refuses("UnknownIssuer"), check(&leaf, &[], &stranger));
    let foreign = stranger.issue(signer(), "signer");
    expect("attacker's root in the chain", Refuses("UnknownIssuer"), check(&foreign, &[&stranger], &root));
    expect("the anchor in the chain", Overlooks, check(&leaf, &[&root], &root));
    expect("garbage in the chain", Overlooks, {
        verify(&RustCrypto, &leaf.der, &[vec![0x30, 0]], std::slice::from_ref(&root.der), NOW, EVERYWHERE, None)
    });
    expect("the root as signer", Refuses("CaUsedAsEndEntity"), check(&root, &[], &root));
    expect("same name, other key", Refuses(bad), check(&impostor.issue(signer(), "signer"), &[], &root));
    expect("both in the chain", Refuses(bad), check(&impostor.issue(signer(), "signer"), &[&impostor], &root));
    expect("wrong signer", Refuses(bad), check(&root.impostor("other").issue(signer(), "signer"), &[], &root));
    expect("reader root", Refuses("UnknownIssuer"), check(&Entity::reader_root().issue(signer(), "signer"), &[], &root));
}

// C2 to C5, C8 to C13
#[test]
fn faults_of_a_leaf() {
    let no_eku = Refuses("RequiredEkuNotFoundContext");
    let not_der = Refuses("BadDer");
    let ca = |ca, path_length| Some(BasicConstraints { ca, path_length });
    let extra = |id, critical, value| vec![Extension { id, critical, value }];
    let name = |country, state| Name { country, state, ..signer().subject };

    for (what, expected, profile) in [
        ("no usage", no_eku, Profile { eku: vec![], ..signer() }),
        ("reader", no_eku, Profile { eku: vec![eku::READER], ..signer() }),
        ("TLS server", no_eku, Profile { eku: vec![eku::TLS_SERVER], ..signer() }),
        ("any usage", no_eku, Profile { eku: vec![eku::ANY], ..signer() }),
        ("23220-4 alone", no_eku, Profile { eku: vec![eku::MDOC_SIGNER], ..signer() }),
        ("empty list of usages", Refuses("EmptyEkuExtension"), Profile {
            eku: vec![],
            extra: extra("2.5.29.37", true, pki::der::sequence(&[])),
            ..signer()
        }),
        ("usages twice", Refuses("ExtensionValueInvalid"), Profile {
            extra: extra("2.5.29.37", true, pki::der::sequence(&[])),
            ..signer()
        }),
        ("one more usage", Overlooks, Profile {
            eku: vec![eku::DOCUMENT_SIGNER, eku::TLS_SERVER],
            ..signer()
        }),
        ("usage not critical", Overlooks, Profile { eku_critical: false, ..signer() }),

        ("no key usage", Overlooks, Profile { key_usage: None, ..signer() }),
        ("key agreement", Overlooks, Profile { key_usage: Some(key_usage::KEY_AGREEMENT), ..signer() }),
        ("certificate signing", Overlooks, Profile { key_usage: Some(key_usage::CERT_SIGN), ..signer() }),
        ("key usage 03 01 00", Overlooks, Profile { key_usage: Some(key_usage::EMPTY), ..signer() }),
        ("key usage 03 00", Overlooks, Profile { key_usage: Some(key_usage::NOTHING), ..signer() }),
        ("key usage is not a bit string", Overlooks, Profile {
            key_usage: None,
            extra: extra("2.5.29.15", true, vec![0x05, 0x00]),
            ..signer()
        }),

        ("a CA", Refuses("CaUsedAsEndEntity"), Profile { basic_constraints: ca(true, None), ..signer() }),
        ("not a CA", Overlooks, Profile { basic_constraints: ca(false, None), ..signer() }),
        ("path length, no CA", Overlooks, Profile { basic_constraints: ca(false, Some(0)), ..signer() }),

        ("unknown, critical", Refuses("UnsupportedCriticalExtension"), Profile {
            extra: vec![Extension::unknown(true)],
            ..signer()
        }),
        ("unknown", Overlooks, Profile { extra: vec![Extension::unknown(false)], ..signer() }),
        ("unknown twice", Overlooks, Profile {
            extra: vec![Extension::unknown(false), Extension::unknown(false)],
            ..signer()
        }),

        ("expired", Refuses("CertExpired"), Profile { not_after: NOW - 1, ..signer() }),
        ("expires now", Overlooks, Profile { not_after: NOW, ..signer() }),
        ("starts now", Overlooks, Profile { not_before: NOW, ..signer() }),
        ("future", Refuses("CertNotValidYet"), Profile { not_before: NOW + 1, ..signer() }),
        ("ends before it starts", Refuses("InvalidCertValidity"), Profile {
            not_before: NOW + 1,
            not_after: NOW - 1,
            ..signer()
        }),
        ("outlives its root", Overlooks, Profile { not_after: date(2055, 1, 1), ..signer() }),
        ("longer than 457 days", Overlooks, Profile { not_after: date(2030, 1, 1), ..signer() }),
        ("2055 as UTCTime", Refuses("BadDerTime"), Profile {
            not_after: date(2055, 1, 1),
            time_form: TimeForm::Utc,
            ..signer()
        }),
        ("2026 as GeneralizedTime", Overlooks, Profile { time_form: TimeForm::Generalized, ..signer() }),

        ("inner algorithm differs", Refuses("SignatureAlgorithmMismatch"), Profile {
            inner_algorithm: algorithm::ECDSA_SHA384,
            ..signer()
        }),
        ("outer algorithm differs", Refuses("SignatureAlgorithmMismatch"), Profile {
            outer_algorithm: algorithm::ECDSA_SHA256_NULL,
            ..signer()
        }),
        ("NULL parameters", Refuses("UnsupportedSignatureAlgorithmContext"), Profile {
            inner_algorithm: algorithm::ECDSA_SHA256_NULL,
            outer_algorithm: algorithm::ECDSA_SHA256_NULL,
            ..signer()
        }),
        ("another hash", Refuses("UnsupportedSignatureAlgorithmContext"), Profile {
            inner_algorithm: algorithm::ECDSA_SHA384,
            outer_algorithm: algorithm::ECDSA_SHA384,
            ..signer()
        }),
        ("flipped bit", Refuses("InvalidSignatureForPublicKey"), Profile {
            fault: Some(Fault::FlippedSignature),
            ..signer()
        }),
        ("unused bit", not_der, Profile { fault: Some(Fault::UnusedSignatureBit), ..signer() }),
        ("P-384 key", Overlooks, Profile { spki: Some(spki_p384()), ..signer() }),
        ("compressed key", Overlooks, Profile {
            spki: Some(Key::from_seed("signer").spki_compressed()),
            ..signer()
        }),
        ("a key that is none", Overlooks, Profile {
            spki: Some(vec![0x30, 0x00]),
            subject_key_id: KeyId::Absent,
            ..signer()
        }),

        ("serial 0", Overlooks, Profile { serial: vec![0], ..signer() }),
        ("serial empty", Overlooks, Profile { serial: vec![], ..signer() }),
        ("serial negative", Overlooks, Profile { serial: vec![0x80; 8], ..signer() }),
        ("serial padded", Overlooks, Profile { serial: vec![0, 0, 1], ..signer() }),
        ("serial of 21 bytes", Overlooks, Profile { serial: vec![1; 21], ..signer() }),
        ("serial of 32 bytes", Overlooks, Profile { serial: vec![1; 32], ..signer() }),
        ("serial with a high tag", not_der, Profile { fault: Some(Fault::HighTag), ..signer() }),
        ("serial with a long length", not_der, Profile { fault: Some(Fault::LongSerialLength), ..signer() }),
        ("trailing data", Refuses("TrailingData(Certificate)"), Profile {
            fault: Some(Fault::TrailingData),
            ..signer()
        }),
        ("trailing data inside", Refuses("TrailingData(SignedData)"), Profile {
            fault: Some(Fault::TrailingInside),
            ..signer()
        }),
        ("trailing data, signed", Refuses("TrailingData(CertificateTbsCertificate)"), Profile {
            fault: Some(Fault::TrailingSigned),
            ..signer()
        }),
        ("long length", Refuses("TrailingData(SignedData)"), Profile {
            fault: Some(Fault::LongLength),
            ..signer()
        }),
        ("indefinite length", Refuses("TrailingData(SignedData)"), Profile {
            fault: Some(Fault::IndefiniteLength),
            ..signer()
        }),
        ("wrapped extensions", not_der, Profile { fault: Some(Fault::WrappedExtensions), ..signer() }),
        ("version 1", Refuses("UnsupportedCertVersion"), Profile { version: None, ..signer() }),
        ("version 2", Refuses("UnsupportedCertVersion"), Profile { version: Some(1), ..signer() }),
        ("version 4", Refuses("UnsupportedCertVersion"), Profile { version: Some(3), ..signer() }),

        ("other authority key", Overlooks, Profile {
            authority_key_id: KeyId::Bytes(vec![7; 20]),
            ..signer()
        }),
        ("no authority key", Overlooks, Profile { authority_key_id: KeyId::Absent, ..signer() }),
        ("other subject key", Overlooks, Profile { subject_key_id: KeyId::Bytes(vec![7; 20]), ..signer() }),
        ("other country", Overlooks, Profile { subject: name(Some("XX"), None), ..signer() }),
        ("no country", Overlooks, Profile { subject: name(None, None), ..signer() }),
        ("a state", Overlooks, Profile { subject: name(Some("UT"), Some("East")), ..signer() }),
        ("no issuerAltName", Overlooks, Profile { issuer_alt_name: None, ..signer() }),
        ("no CRL distribution point", Overlooks, Profile { crl_uri: None, ..signer() }),
        ("empty CRL reasons", Overlooks, Profile { crl_reasons: Some(&[0]), ..signer() }),
    ] {
        expect(what, expected, check_leaf(profile));
    }

    let critical = Refuses("UnsupportedCriticalExtension");
    let expected = [critical, Overlooks, critical, critical, Overlooks];
    for (extension, expected) in Extension::forbidden().into_iter().zip(expected) {
        let what = extension.id;
        expect(what, expected, check_leaf(Profile { extra: vec![extension], ..signer() }));
    }
}

// C4, C6
#[test]
fn faults_of_an_authority() {
    let good = Profile::intermediate;
    let ca = |ca, path_length| Some(BasicConstraints { ca, path_length });
    for (what, expected, profile) in [
        // The root's path length is 0, and this is a certificate authority below it.
        ("too deep for the root", Overlooks, good()),
        ("not a CA", Refuses("EndEntityUsedAsCa"), Profile { basic_constraints: ca(false, None), ..good() }),
        ("no basic constraints", Refuses("EndEntityUsedAsCa"), Profile { basic_constraints: None, ..good() }),
        ("no key usage", Overlooks, Profile { key_usage: None, ..good() }),
        ("no certificate signing", Overlooks, Profile { key_usage: Some(key_usage::DIGITAL_SIGNATURE), ..good() }),
        ("key usage 03 01 00", Overlooks, Profile { key_usage: Some(key_usage::EMPTY), ..good() }),
        ("usage without ours", Refuses("RequiredEkuNotFoundContext"), Profile { eku: vec![eku::TLS_SERVER], ..good() }),
        ("no usage", Overlooks, Profile { eku: vec![], ..good() }),
        ("our usage", Overlooks, Profile { eku: vec![eku::DOCUMENT_SIGNER], ..good() }),
        ("expired", Refuses("CertExpired"), Profile { not_after: NOW - 1, ..good() }),
        ("unknown, critical", Refuses("UnsupportedCriticalExtension"), Profile { extra: vec![Extension::unknown(true)], ..good() }),
        ("wrong key identifier", Overlooks, Profile { subject_key_id: KeyId::Bytes(vec![7; 20]), ..good() }),
        ("other country", Overlooks, Profile { subject: Name { country: Some("XX"), ..good().subject }, ..good() }),
        ("P-384 key", Refuses("UnsupportedSignatureAlgorithmForPublicKeyContext"), Profile { spki: Some(spki_p384()), ..good() }),
        ("compressed key", Refuses("InvalidSignatureForPublicKey"), Profile { spki: Some(Key::from_seed("authority").spki_compressed()), ..good() }),
    ] {
        expect(what, expected, check_authority(profile));
    }

    let root = Entity::root();
    let authority = root.issue(good(), "authority");
    let check_usage = |leaf: Profile, usage| {
        let leaf = authority.issue(leaf, "signer");
        let (chain, roots) = ([authority.der.clone()], std::slice::from_ref(&root.der));
        verify(&RustCrypto, &leaf.der, &chain, roots, NOW, usage, None)
    };
    let without = || Profile { eku: vec![], ..signer() };
    let no_eku = Refuses("RequiredEkuNotFoundContext");
    expect("usage everywhere", no_eku, check_usage(signer(), EVERYWHERE));
    expect("usage of the leaf left out", Overlooks, check_usage(without(), IF_PRESENT));

    let leaf = root.issue(signer(), "signer");
    let below = leaf.issue(Profile { subject: Name::utopian("Holder"), ..signer() }, "holder");
    expect("below a signer", Refuses("EndEntityUsedAsCa"), check(&below, &[&leaf], &root));

    let first = root.issue(good(), "first");
    let second = first.issue(Profile { subject: Name::utopian("Second"), ..good() }, "second");
    let leaf = second.issue(signer(), "signer");
    let result = check(&leaf, &[&second, &first], &root);
    expect("too deep for an authority", Refuses("PathLenConstraintViolated"), result);
    let result = check(&leaf, &[&first, &second], &root);
    expect("in the wrong order", Refuses("PathLenConstraintViolated"), result);
}

/// Its numbers above 127 come out wrong (eight bits for each byte in place of seven), so compare
/// usages as bytes, and never by `oid_values` or `to_decoded_oid`.
#[test]
fn webpki_prints_the_wrong_usage() {
    assert_eq!(EVERYWHERE.oid_values().collect::<Vec<_>>(), [1, 0, 68_701, 5, 1, 2]);
}

// C6, C8
#[test]
fn faults_of_a_root() {
    let good = Profile::iaca_root;
    let ca = |ca, path_length| Some(BasicConstraints { ca, path_length });
    for (what, expected, profile) in [
        ("expired", Overlooks, Profile { not_after: NOW - 1, ..good() }),
        ("future", Overlooks, Profile { not_before: NOW + 1, ..good() }),
        ("ends before it starts", Overlooks, Profile { not_before: NOW, not_after: 0, ..good() }),
        ("not a CA", Overlooks, Profile { basic_constraints: ca(false, None), ..good() }),
        ("no basic constraints", Overlooks, Profile { basic_constraints: None, ..good() }),
        ("no path length", Overlooks, Profile { basic_constraints: ca(true, None), ..good() }),
        ("no certificate signing", Overlooks, Profile { key_usage: Some(key_usage::DIGITAL_SIGNATURE), ..good() }),
        ("a usage", Overlooks, Profile { eku: vec![eku::TLS_SERVER], ..good() }),
        ("unknown, critical", Overlooks, Profile { extra: vec![Extension::unknown(true)], ..good() }),
        ("not signed by itself", Overlooks, Profile { fault: Some(Fault::FlippedSignature), ..good() }),
        ("version 1", Refuses("BadDer"), Profile { version: None, ..good() }),
        ("version 2", Refuses("BadDer"), Profile { version: Some(1), ..good() }),
        ("inner algorithm differs", Refuses("SignatureAlgorithmMismatch"), Profile { inner_algorithm: algorithm::ECDSA_SHA384, ..good() }),
        ("NULL parameters", Overlooks, Profile { inner_algorithm: algorithm::ECDSA_SHA256_NULL, outer_algorithm: algorithm::ECDSA_SHA256_NULL, ..good() }),
        ("trailing data", Refuses("TrailingData(Certificate)"), Profile { fault: Some(Fault::TrailingData), ..good() }),
        ("P-384 key", Refuses("UnsupportedSignatureAlgorithmForPublicKeyContext"), Profile { spki: Some(spki_p384()), ..good() }),
    ] {
        expect(what, expected, check_root(profile));
    }
}

// C7
#[test]
fn crowds_are_bounded() {
    let root = Entity::root();
    let leaf = root.impostor("nobody").issue(signer(), "signer");
    let check = |count| {
        let roots = std::slice::from_ref(&root.der);
        verify(&RustCrypto, &leaf.der, &root.crowd(count), roots, NOW, IF_PRESENT, None)
    };
    expect("3", Refuses("InvalidSignatureForPublicKey"), check(3));
    expect("12", Refuses("MaximumSignatureChecksExceeded"), check(12));
}

// C14
#[test]
fn revocation() {
    use webpki::ExpirationPolicy::{Enforce, Ignore};
    use webpki::RevocationCheckDepth::{Chain, EndEntity};
    use webpki::UnknownStatusPolicy::{Allow, Deny};

    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let check = |crls: &[Vec<u8>], unknown, expiration, depth| {
        let lists = crls.iter().map(|der| OwnedCertRevocationList::from_der(der).map(Into::into));
        let lists = lists.collect::<Result<Vec<CertRevocationList<'_>>, _>>()?;
        let lists: Vec<_> = lists.iter().collect();
        let revocation = Revocation { lists: &lists, depth, unknown, expiration };
        let roots = std::slice::from_ref(&root.der);
        verify(&RustCrypto, &leaf.der, &[], roots, NOW, EVERYWHERE, Some(revocation))
    };
    let strict = |crl: Crl| check(&[crl.sign(&root.key)], Deny, Enforce, Chain);
    let lenient = |crl: Crl| check(&[crl.sign(&root.key)], Allow, Enforce, Chain);

    let good = || root.crl();
    let revoking = || Crl { revoked: vec![vec![9], leaf.profile.serial.clone()], ..root.crl() };
    let scoped = |name, scope| Crl { extra: vec![issuing_distribution_point(name, scope)], ..revoking() };
    let (here, there) = (Some(pki::CRL_URI), Some("http://crl.example/other.crl"));

    for (what, expected, crl) in [
        ("empty", Overlooks, good()),
        ("revoked", Refuses("CertRevoked"), revoking()),
        ("bad signature", Refuses("InvalidCrlSignatureForPublicKey"), Crl { fault: Some(Fault::FlippedSignature), ..good() }),
        ("unused bit", Refuses("BadDer"), Crl { fault: Some(Fault::UnusedSignatureBit), ..good() }),
        ("trailing data", Refuses("TrailingData(CertRevocationList)"), Crl { fault: Some(Fault::TrailingData), ..good() }),
        ("long length", Refuses("TrailingData(CertRevocationList)"), Crl { fault: Some(Fault::LongLength), ..good() }),
        ("algorithms differ", Refuses("SignatureAlgorithmMismatch"), Crl { inner_algorithm: algorithm::ECDSA_SHA384, ..good() }),
        ("NULL parameters", Refuses("UnsupportedCrlSignatureAlgorithmContext"), Crl {
            inner_algorithm: algorithm::ECDSA_SHA256_NULL,
            outer_algorithm: algorithm::ECDSA_SHA256_NULL,
            ..good()
        }),
        ("expired", Refuses("CrlExpired"), Crl { next_update: Some(NOW), ..good() }),
        ("about to expire", Overlooks, Crl { next_update: Some(NOW + 1), ..good() }),
        ("from the future", Overlooks, Crl { this_update: NOW + 1, ..good() }),
        ("no next update", Refuses("BadDer"), Crl { next_update: None, ..good() }),
        ("unknown, critical", Refuses("UnsupportedCriticalExtension"), Crl { extra: vec![Extension::unknown(true)], ..good() }),
        ("entry unknown, critical", Refuses("UnsupportedCriticalExtension"), Crl { entry_extra: vec![Extension::unknown(true)], ..revoking() }),
        ("version 1", Refuses("BadDer"), Crl { version: None, ..good() }),
        ("version 3", Refuses("UnsupportedCrlVersion"), Crl { version: Some(2), ..good() }),
        ("no extensions", Overlooks, Crl { authority_key_id: KeyId::Absent, ..good() }),
        ("other key identifier", Overlooks, Crl { authority_key_id: KeyId::Bytes(vec![7; 20]), ..good() }),
        ("number of 21 bytes", Refuses("InvalidCrlNumber"), Crl { number: vec![1; 21], ..good() }),
        ("number negative", Refuses("InvalidCrlNumber"), Crl { number: vec![0x80], ..good() }),
        ("delta", Refuses("UnsupportedDeltaCrl"), Crl {
            extra: vec![Extension { id: "2.5.29.27", critical: true, value: vec![2, 1, 1] }],
            ..good()
        }),
        ("indirect", Refuses("UnsupportedIndirectCrl"), scoped(here, Scope::Indirect)),
        ("attribute certificates", Refuses("MalformedExtensions"), scoped(here, Scope::OnlyAttributeCertificates)),
        ("some reasons", Refuses("UnsupportedRevocationReasonsPartitioning"), scoped(here, Scope::OnlyReasons(&[6, 0x40]))),
        ("reasons 03 01 00", Refuses("UnsupportedRevocationReasonsPartitioning"), scoped(here, Scope::OnlyReasons(&[0]))),
        ("scope without a name", Refuses("UnsupportedCrlIssuingDistributionPoint"), scoped(None, Scope::Everything)),
    ] {
        expect(what, expected, strict(crl));
    }

    // Lists that do not speak about the leaf: unknown under Deny, and under Allow as if absent,
    // though each of these revokes it.
    for (what, crl) in [
        ("other issuer", Crl { issuer: Name::utopian("Other"), ..revoking() }),
        ("only CAs", scoped(here, Scope::OnlyCaCertificates)),
        ("other point", scoped(there, Scope::Everything)),
    ] {
        expect(what, Refuses("UnknownRevocationStatus"), strict(crl.clone()));
        expect(what, Overlooks, lenient(crl));
    }
    expect("its point", Refuses("CertRevoked"), lenient(scoped(here, Scope::Everything)));
    expect("its scope", Refuses("CertRevoked"), lenient(scoped(here, Scope::OnlyUserCertificates)));

    // An issuer of the same name with another key: never just unknown.
    let forged = good().sign(&Key::from_seed("attacker"));
    let bad = Refuses("InvalidCrlSignatureForPublicKey");
    expect("forged", bad, check(&[forged.clone()], Allow, Ignore, EndEntity));

    // Only the first list that speaks about a certificate is read, good or bad.
    let (empty, full) = (good().sign(&root.key), revoking().sign(&root.key));
    let old = Crl { next_update: Some(NOW - 1), ..good() }.sign(&root.key);
    expect("newer hides older", Overlooks, check(&[empty.clone(), full.clone()], Deny, Enforce, Chain));
    expect("the other way", Refuses("CertRevoked"), check(&[full.clone(), empty.clone()], Deny, Enforce, Chain));
    expect("forged first", bad, check(&[forged, empty.clone()], Deny, Enforce, Chain));
    expect("expired first", Refuses("CrlExpired"), check(&[old.clone(), empty], Deny, Enforce, Chain));
    expect("expired, ignored", Overlooks, check(&[old], Deny, Ignore, Chain));
    expect("no lists at all", Overlooks, check(&[], Deny, Enforce, Chain));
}

#[test]
fn revocation_of_authorities() {
    use webpki::RevocationCheckDepth::{Chain, EndEntity};
    use webpki::{ExpirationPolicy::Enforce, UnknownStatusPolicy};

    let root = Entity::root();
    let check = |key_usage, crls: &dyn Fn(&Entity) -> Vec<Vec<u8>>, depth, unknown| {
        let profile = Profile { key_usage, ..authority() };
        let authority = root.issue(profile, "authority");
        let leaf = authority.issue(signer(), "signer");
        let lists = crls(&authority);
        let lists = lists.iter().map(|der| OwnedCertRevocationList::from_der(der).map(Into::into));
        let lists = lists.collect::<Result<Vec<CertRevocationList<'_>>, _>>()?;
        let lists: Vec<_> = lists.iter().collect();
        let revocation = Revocation { lists: &lists, depth, unknown, expiration: Enforce };
        let roots = std::slice::from_ref(&root.der);
        verify(&RustCrypto, &leaf.der, &[authority.der], roots, NOW, IF_PRESENT, Some(revocation))
    };
    let of_leaf = |authority: &Entity| vec![authority.crl().sign(&authority.key)];
    let of_both = |authority: &Entity| {
        let revoked = vec![authority.profile.serial.clone()];
        let list = Crl { revoked, ..root.crl() }.sign(&root.key);
        vec![list, authority.crl().sign(&authority.key)]
    };
    let both = Some(key_usage::CERT_AND_CRL_SIGN);
    let (deny, allow) = (UnknownStatusPolicy::Deny, UnknownStatusPolicy::Allow);

    expect("leaf only", Overlooks, check(both, &of_leaf, EndEntity, deny));
    expect("chain", Refuses("UnknownRevocationStatus"), check(both, &of_leaf, Chain, deny));
    expect("chain, allowed", Overlooks, check(both, &of_leaf, Chain, allow));
    expect("authority revoked", Refuses("CertRevoked"), check(both, &of_both, Chain, allow));
    expect("authority revoked, leaf only", Overlooks, check(both, &of_both, EndEntity, deny));

    let no = Refuses("IssuerNotCrlSigner");
    expect("may not sign lists", no, check(Some(key_usage::CERT_SIGN), &of_leaf, EndEntity, deny));
    expect("03 01 00", no, check(Some(key_usage::EMPTY), &of_leaf, EndEntity, deny));
    expect("03 00", Refuses("BadDer"), check(Some(key_usage::NOTHING), &of_leaf, EndEntity, deny));
    expect("no key usage", Overlooks, check(None, &of_leaf, EndEntity, deny));
}

fn authority() -> Profile {
    Profile::intermediate()
}
