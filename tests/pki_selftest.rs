//! The test certificates are what they claim to be: good ones pass two other libraries, and each
//! fault is met by webpki as written here. What webpki overlooks, `trust::x509` must check.
#![cfg(feature = "x509")]

mod pki;

use pki::{
    BasicConstraints, CRL_URI, Crl, Entity, Extension, Fault, Key, KeyId, NOW, Name, Profile,
    Scope, TimeForm, algorithm, date, eku, issuing_distribution_point, key_usage, spki_p384,
};
use sha2::{Digest, Sha256};
use webpki::{CertRevocationList, Error, OwnedCertRevocationList};
use x509_cert::der::{Decode, Encode};

use chain::{EVERYWHERE, IF_PRESENT, Revocation, verify};
use core::sync::atomic::{AtomicUsize, Ordering};

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
    pub(crate) trait Verifier: Debug + Send + Sync {
        fn verify(&self, key: &[u8; 65], message: &[u8], signature: &[u8; 64]) -> bool;
    }

    /// Lends any verifier to webpki, for as long as a call lasts. webpki itself compares the
    /// algorithm identifiers and refuses unused bits; the DER of the signature is ours to read.
    #[derive(Debug)]
    pub(crate) struct X509Es256<'a>(pub &'a dyn Verifier);

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
    pub(crate) struct Revocation<'a> {
        pub lists: &'a [&'a CertRevocationList<'a>],
        pub depth: RevocationCheckDepth,
        pub unknown: UnknownStatusPolicy,
        pub expiration: ExpirationPolicy,
    }

    /// What is left of a path after the call: which root, and how many certificates between.
    #[derive(Debug, PartialEq, Eq)]
    pub(crate) struct Verified {
        pub root: usize,
        pub intermediates: Vec<Vec<u8>>,
    }

    /// 1.0.18013.5.1.2, without tag and length: what webpki compares.
    const EKU_DOCUMENT_SIGNER: &[u8] = &[0x28, 0x81, 0x8c, 0x5d, 0x05, 0x01, 0x02];

    /// Every certificate of the path must have the usage, so no ordinary authority can be on it.
    pub(crate) const EVERYWHERE: KeyUsage = KeyUsage::required(EKU_DOCUMENT_SIGNER);

    /// An authority may leave its usages out, but then so may the leaf: check that one apart.
    pub(crate) const IF_PRESENT: KeyUsage = KeyUsage::required_if_present(EKU_DOCUMENT_SIGNER);

    pub(crate) fn verify(
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
        let roots: Vec<_> = roots
            .iter()
            .map(|der| CertificateDer::from(&der[..]))
            .collect();
        let anchors = roots
            .iter()
            .map(anchor_from_trusted_cert)
            .collect::<Result<Vec<_>, _>>()?;
        let intermediates: Vec<_> = intermediates
            .iter()
            .map(|der| CertificateDer::from(&der[..]))
            .collect();
        // The builder refuses to build without lists, which must not come to mean "do not look".
        let options = match revocation {
            None => None,
            Some(r) => match RevocationOptionsBuilder::new(r.lists) {
                Ok(builder) => {
                    let builder = builder.with_depth(r.depth).with_status_policy(r.unknown);
                    Some(builder.with_expiration_policy(r.expiration).build())
                }
                Err(_) if r.unknown == UnknownStatusPolicy::Allow => None,
                Err(_) => return Err(Error::UnknownRevocationStatus),
            },
        };
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
        let root = anchors
            .iter()
            .position(|anchor| core::ptr::eq(anchor, path.anchor()));
        Ok(Verified {
            root: root.expect("one of the anchors"),
            intermediates: path
                .intermediate_certificates()
                .map(|c| c.der().to_vec())
                .collect(),
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
fn expect<T: core::fmt::Debug>(what: &str, expected: Webpki, result: Result<T, Error>) {
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

fn authority() -> Profile {
    Profile::intermediate()
}

fn set_ca(profile: &mut Profile, ca: bool, path_length: Option<u8>) {
    profile.basic_constraints = Some(BasicConstraints { ca, path_length });
}

fn add(profile: &mut Profile, id: &'static str, critical: bool, value: &[u8]) {
    profile.extra.push(Extension {
        id,
        critical,
        value: value.to_vec(),
    });
}

/// One row of a table: a name, what webpki does, and the fault.
type Row<T> = (&'static str, Webpki, fn(&mut T));

fn check(
    leaf: &Entity,
    intermediates: &[&Entity],
    root: &Entity,
) -> Result<chain::Verified, Error> {
    let intermediates: Vec<_> = intermediates
        .iter()
        .map(|entity| entity.der.clone())
        .collect();
    let usage = if intermediates.is_empty() {
        EVERYWHERE
    } else {
        IF_PRESENT
    };
    let roots = core::slice::from_ref(&root.der);
    verify(
        &RustCrypto,
        &leaf.der,
        &intermediates,
        roots,
        NOW,
        usage,
        None,
    )
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
    assert_eq!(
        verified,
        chain::Verified {
            root: 0,
            intermediates: vec![]
        }
    );

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
    let verified =
        verify(&RustCrypto, &leaf.der, &[], &roots, NOW, EVERYWHERE, None).expect("a good chain");
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
        root.issue(
            Profile {
                spki: Some(spki_p384()),
                ..signer()
            },
            "signer",
        ),
        reader_root.issue(Profile::mdoc_reader(), "reader"),
        reader_root,
    ] {
        let parsed = x509_cert::Certificate::from_der(&entity.der).expect("a certificate");
        assert_eq!(parsed.to_der().expect("DER"), entity.der);
        let tbs = parsed.tbs_certificate();
        assert_eq!(tbs.serial_number().as_bytes(), entity.profile.serial);
        let seconds = |time: &x509_cert::time::Time| time.to_unix_duration().as_secs();
        assert_eq!(
            seconds(&tbs.validity().not_before),
            entity.profile.not_before
        );
        assert_eq!(seconds(&tbs.validity().not_after), entity.profile.not_after);
    }
    let crl = root
        .crl()
        .with(|c| c.revoked = vec![vec![1], vec![2]])
        .sign(&root.key);
    let parsed = x509_cert::crl::CertificateList::<x509_cert::certificate::Rfc5280>::from_der(&crl);
    assert_eq!(parsed.expect("a list").to_der().expect("DER"), crl);
}

#[test]
fn same_bytes_every_time() {
    let root = Entity::root();
    let signer = root.issue(signer(), "signer");
    let all = [&root.der[..], &signer.der, &root.crl().sign(&root.key)].concat();
    assert_eq!(
        hex::encode(Sha256::digest(all)),
        "ce2259b54c06fe735252a588055b2a4031679ffc51f7f1ac7723e1a30838ea66"
    );
}

#[test]
fn dates_are_written_right() {
    for (seconds, form, text) in [
        (0, TimeForm::Rfc5280, &b"\x17\x0d700101000000Z"[..]),
        (
            date(2049, 12, 31) + 86_399,
            TimeForm::Rfc5280,
            b"\x17\x0d491231235959Z",
        ),
        (
            date(2050, 1, 1),
            TimeForm::Rfc5280,
            b"\x18\x0f20500101000000Z",
        ),
        (
            date(2024, 2, 29),
            TimeForm::Generalized,
            b"\x18\x0f20240229000000Z",
        ),
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
    let named = Profile::iaca_root().with(|p| p.subject.common_name = "Attacker");
    let stranger = Entity::self_signed(named, "attacker");
    let twin = Entity::self_signed(Profile::iaca_root(), "attacker");
    let of_stranger = stranger.issue(signer(), "signer");
    let of_twin = twin.issue(signer(), "signer");
    let of_reader = Entity::reader_root().issue(signer(), "signer");
    let misused = root.impostor("other").issue(signer(), "signer");

    let (bad, unknown) = (
        Refuses("InvalidSignatureForPublicKey"),
        Refuses("UnknownIssuer"),
    );
    expect("no such anchor", unknown, check(&leaf, &[], &stranger));
    expect("a root of readers", unknown, check(&of_reader, &[], &root));
    expect(
        "attacker's root in the chain",
        unknown,
        check(&of_stranger, &[&stranger], &root),
    );
    expect("same name, other key", bad, check(&of_twin, &[], &root));
    expect(
        "same name, and in the chain",
        bad,
        check(&of_twin, &[&twin], &root),
    );
    expect("wrong signer", bad, check(&misused, &[], &root));
    expect(
        "the root as signer",
        Refuses("CaUsedAsEndEntity"),
        check(&root, &[], &root),
    );
    expect(
        "the anchor in the chain",
        Overlooks,
        check(&leaf, &[&root], &root),
    );
    expect(
        "a needless root in the chain",
        Overlooks,
        check(&leaf, &[&stranger], &root),
    );

    // Certificates that the path does not need are not even parsed.
    let roots = core::slice::from_ref(&root.der);
    let garbage = [vec![0x30, 0x00]];
    let result = verify(
        &RustCrypto,
        &leaf.der,
        &garbage,
        roots,
        NOW,
        EVERYWHERE,
        None,
    );
    expect("garbage in the chain", Overlooks, result);
}

// C2 to C5, C8 to C13
#[test]
fn faults_of_a_leaf() {
    const NO_USAGE: Webpki = Refuses("RequiredEkuNotFoundContext");
    const CRITICAL: Webpki = Refuses("UnsupportedCriticalExtension");
    const EMPTY: &[u8] = &[0x30, 0x00];
    #[rustfmt::skip]
    let rows: &[Row<Profile>] = &[
        ("no usage", NO_USAGE, |p| p.eku = vec![]),
        ("reader", NO_USAGE, |p| p.eku = vec![eku::READER]),
        ("TLS server", NO_USAGE, |p| p.eku = vec![eku::TLS_SERVER]),
        ("any usage", NO_USAGE, |p| p.eku = vec![eku::ANY]),
        ("usage of ISO 23220-4 alone", NO_USAGE, |p| p.eku = vec![eku::MDOC_SIGNER]),
        ("empty list of usages", Refuses("EmptyEkuExtension"), |p| { p.eku = vec![]; add(p, "2.5.29.37", true, EMPTY) }),
        ("usages twice", Refuses("ExtensionValueInvalid"), |p| add(p, "2.5.29.37", true, EMPTY)),
        ("one more usage", Overlooks, |p| p.eku.push(eku::TLS_SERVER)),
        ("usage not critical", Overlooks, |p| p.eku_critical = false),

        ("no key usage", Overlooks, |p| p.key_usage = None),
        ("key agreement", Overlooks, |p| p.key_usage = Some(key_usage::KEY_AGREEMENT)),
        ("certificate signing", Overlooks, |p| p.key_usage = Some(key_usage::CERT_SIGN)),
        ("key usage 03 01 00", Overlooks, |p| p.key_usage = Some(key_usage::EMPTY)),
        ("key usage 03 00", Overlooks, |p| p.key_usage = Some(key_usage::NOTHING)),
        ("key usage is NULL", Overlooks, |p| { p.key_usage = None; add(p, "2.5.29.15", true, &[5, 0]) }),

        ("a CA", Refuses("CaUsedAsEndEntity"), |p| set_ca(p, true, None)),
        ("not a CA", Overlooks, |p| set_ca(p, false, None)),
        ("path length, no CA", Overlooks, |p| set_ca(p, false, Some(0))),

        ("unknown, critical", CRITICAL, |p| p.extra.push(Extension::unknown(true))),
        ("unknown", Overlooks, |p| p.extra.push(Extension::unknown(false))),
        ("unknown twice", Overlooks, |p| p.extra = vec![Extension::unknown(false); 2]),
        ("policyMappings", CRITICAL, |p| p.extra.push(Extension::forbidden()[0].clone())),
        ("nameConstraints", Overlooks, |p| p.extra.push(Extension::forbidden()[1].clone())),
        ("policyConstraints", CRITICAL, |p| p.extra.push(Extension::forbidden()[2].clone())),
        ("inhibitAnyPolicy", CRITICAL, |p| p.extra.push(Extension::forbidden()[3].clone())),
        ("freshestCRL", Overlooks, |p| p.extra.push(Extension::forbidden()[4].clone())),

        ("expired", Refuses("CertExpired"), |p| p.not_after = NOW - 1),
        ("expires now", Overlooks, |p| p.not_after = NOW),
        ("starts now", Overlooks, |p| p.not_before = NOW),
        ("future", Refuses("CertNotValidYet"), |p| p.not_before = NOW + 1),
        ("ends before it starts", Refuses("InvalidCertValidity"), |p| (p.not_before, p.not_after) = (NOW + 1, NOW - 1)),
        ("outlives its root", Overlooks, |p| p.not_after = date(2055, 1, 1)),
        ("longer than 457 days", Overlooks, |p| p.not_after = date(2030, 1, 1)),
        ("2045 as UTCTime", Overlooks, |p| p.not_after = date(2045, 1, 1)),
        ("2055 as UTCTime", Refuses("BadDerTime"), |p| (p.not_after, p.time_form) = (date(2055, 1, 1), TimeForm::Utc)),
        ("2070 as UTCTime", Refuses("InvalidCertValidity"), |p| (p.not_after, p.time_form) = (date(2070, 1, 1), TimeForm::Utc)),
        ("2026 as GeneralizedTime", Overlooks, |p| p.time_form = TimeForm::Generalized),

        ("inner algorithm differs", Refuses("SignatureAlgorithmMismatch"), |p| p.inner_algorithm = algorithm::ECDSA_SHA384),
        ("outer algorithm differs", Refuses("SignatureAlgorithmMismatch"), |p| p.outer_algorithm = algorithm::ECDSA_SHA256_NULL),
        ("NULL parameters", Refuses("UnsupportedSignatureAlgorithmContext"), |p| p.set_algorithm(algorithm::ECDSA_SHA256_NULL)),
        ("another hash", Refuses("UnsupportedSignatureAlgorithmContext"), |p| p.set_algorithm(algorithm::ECDSA_SHA384)),
        ("flipped bit", Refuses("InvalidSignatureForPublicKey"), |p| p.fault = Some(Fault::FlippedSignature)),
        ("unused bit", Refuses("BadDer"), |p| p.fault = Some(Fault::UnusedSignatureBit)),

        ("P-384 key", Overlooks, |p| p.spki = Some(spki_p384())),
        ("compressed key", Overlooks, |p| p.spki = Some(Key::from_seed("signer").spki_compressed())),
        ("no key at all", Overlooks, |p| (p.spki, p.subject_key_id) = (Some(EMPTY.to_vec()), KeyId::Absent)),
        ("other authority key", Overlooks, |p| p.authority_key_id = KeyId::Bytes(vec![7; 20])),
        ("no authority key", Overlooks, |p| p.authority_key_id = KeyId::Absent),
        ("other subject key", Overlooks, |p| p.subject_key_id = KeyId::Bytes(vec![7; 20])),

        ("serial 0", Overlooks, |p| p.serial = vec![0]),
        ("serial empty", Overlooks, |p| p.serial = vec![]),
        ("serial negative", Overlooks, |p| p.serial = vec![0x80; 8]),
        ("serial padded", Overlooks, |p| p.serial = vec![0, 0, 1]),
        ("serial of 21 bytes", Overlooks, |p| p.serial = vec![1; 21]),
        ("serial of 32 bytes", Overlooks, |p| p.serial = vec![1; 32]),
        ("serial with a high tag", Refuses("BadDer"), |p| p.fault = Some(Fault::HighTag)),
        ("serial with a long length", Refuses("BadDer"), |p| p.fault = Some(Fault::LongSerialLength)),

        ("trailing data", Refuses("TrailingData(Certificate)"), |p| p.fault = Some(Fault::TrailingData)),
        ("trailing data inside", Refuses("TrailingData(SignedData)"), |p| p.fault = Some(Fault::TrailingInside)),
        ("trailing data, signed", Refuses("TrailingData(CertificateTbsCertificate)"), |p| p.fault = Some(Fault::TrailingSigned)),
        ("long length", Refuses("TrailingData(SignedData)"), |p| p.fault = Some(Fault::LongLength)),
        ("indefinite length", Refuses("TrailingData(SignedData)"), |p| p.fault = Some(Fault::IndefiniteLength)),
        ("wrapped extensions", Refuses("BadDer"), |p| p.fault = Some(Fault::WrappedExtensions)),
        ("64 KB", Refuses("TrailingData(SignedData)"), |p| add(p, "1.3.6.1.4.1.99999.1", false, &[0; 65_000])),
        ("version 1", Refuses("UnsupportedCertVersion"), |p| p.version = None),
        ("version 2", Refuses("UnsupportedCertVersion"), |p| p.version = Some(1)),
        ("version 4", Refuses("UnsupportedCertVersion"), |p| p.version = Some(3)),

        ("other country", Overlooks, |p| p.subject.country = Some("XX")),
        ("no country", Overlooks, |p| p.subject.country = None),
        ("a state", Overlooks, |p| p.subject.state = Some("East")),
        ("no issuerAltName", Overlooks, |p| p.issuer_alt_name = None),
        ("no CRL distribution point", Overlooks, |p| p.crl_uri = None),
        ("CRL reasons 03 01 00", Overlooks, |p| p.crl_reasons = Some(&[0])),
    ];
    for (what, expected, fault) in rows {
        expect(what, *expected, check_leaf(signer().with(fault)));
    }
}

// C4, C6
#[test]
fn faults_of_an_authority() {
    #[rustfmt::skip]
    let rows: &[Row<Profile>] = &[
        // The path length of the root is 0, and here is an authority below it.
        ("deeper than the root allows", Overlooks, |_| ()),
        ("not a CA", Refuses("EndEntityUsedAsCa"), |p| set_ca(p, false, None)),
        ("no basic constraints", Refuses("EndEntityUsedAsCa"), |p| p.basic_constraints = None),
        ("no key usage", Overlooks, |p| p.key_usage = None),
        ("no certificate signing", Overlooks, |p| p.key_usage = Some(key_usage::DIGITAL_SIGNATURE)),
        ("key usage 03 01 00", Overlooks, |p| p.key_usage = Some(key_usage::EMPTY)),
        ("no usage", Overlooks, |p| p.eku = vec![]),
        ("our usage", Overlooks, |p| p.eku = vec![eku::DOCUMENT_SIGNER]),
        ("another usage", Refuses("RequiredEkuNotFoundContext"), |p| p.eku = vec![eku::TLS_SERVER]),
        ("expired", Refuses("CertExpired"), |p| p.not_after = NOW - 1),
        ("future", Refuses("CertNotValidYet"), |p| p.not_before = NOW + 1),
        ("unknown, critical", Refuses("UnsupportedCriticalExtension"), |p| p.extra.push(Extension::unknown(true))),
        ("other subject key", Overlooks, |p| p.subject_key_id = KeyId::Bytes(vec![7; 20])),
        ("other country", Overlooks, |p| p.subject.country = Some("XX")),
        ("P-384 key", Refuses("UnsupportedSignatureAlgorithmForPublicKeyContext"), |p| p.spki = Some(spki_p384())),
        ("compressed key", Refuses("InvalidSignatureForPublicKey"), |p| p.spki = Some(Key::from_seed("authority").spki_compressed())),
        ("flipped bit", Refuses("InvalidSignatureForPublicKey"), |p| p.fault = Some(Fault::FlippedSignature)),
    ];
    for (what, expected, fault) in rows {
        expect(what, *expected, check_authority(authority().with(fault)));
    }
}

#[test]
fn usages_of_a_longer_path() {
    let root = Entity::root();
    let above = root.issue(authority(), "authority");
    let check = |leaf: Profile, usage| {
        let leaf = above.issue(leaf, "signer");
        let (chain, roots) = ([above.der.clone()], core::slice::from_ref(&root.der));
        verify(&RustCrypto, &leaf.der, &chain, roots, NOW, usage, None)
    };
    let without = signer().with(|p| p.eku.clear());
    let no_usage = Refuses("RequiredEkuNotFoundContext");
    expect(
        "an ordinary authority",
        no_usage,
        check(signer(), EVERYWHERE),
    );
    expect("the same", Overlooks, check(signer(), IF_PRESENT));
    expect(
        "and the leaf has none",
        Overlooks,
        check(without, IF_PRESENT),
    );
}

/// Arcs above 127 come out wrong (eight bits for each byte in place of seven), so compare usages
/// as bytes, and never by `oid_values` or `to_decoded_oid`.
#[test]
fn webpki_prints_the_wrong_usage() {
    assert_eq!(
        EVERYWHERE.oid_values().collect::<Vec<_>>(),
        [1, 0, 68_701, 5, 1, 2]
    );
}

// C6
#[test]
fn depth() {
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let below = leaf.issue(
        signer().with(|p| p.subject.common_name = "Holder"),
        "holder",
    );
    expect(
        "below a signer",
        Refuses("EndEntityUsedAsCa"),
        check(&below, &[&leaf], &root),
    );

    let first = root.issue(authority(), "first");
    let second = first.issue(
        authority().with(|p| p.subject.common_name = "Second"),
        "second",
    );
    let leaf = second.issue(signer(), "signer");
    let too_long = Refuses("PathLenConstraintViolated");
    expect(
        "too deep",
        too_long,
        check(&leaf, &[&second, &first], &root),
    );
    let first = root.issue(authority().with(|p| set_ca(p, true, Some(1))), "first");
    let second = first.issue(
        authority().with(|p| p.subject.common_name = "Second"),
        "second",
    );
    let leaf = second.issue(signer(), "signer");
    expect(
        "just right",
        Overlooks,
        check(&leaf, &[&second, &first], &root),
    );
    expect(
        "in any order",
        Overlooks,
        check(&leaf, &[&first, &second], &root),
    );

    let mut path = vec![root.clone()];
    for name in ["1", "2", "3", "4", "5", "6", "7"] {
        let profile =
            authority().with(|p| (p.subject.common_name, p.basic_constraints) = (name, None));
        let profile = profile.with(|p| set_ca(p, true, None));
        path.push(path[path.len() - 1].issue(profile, name));
    }
    for (count, expected) in [(6, Overlooks), (7, Refuses("MaximumPathDepthExceeded"))] {
        let chain: Vec<_> = path[1..=count].iter().collect();
        expect(
            "a long path",
            expected,
            check(&path[count].issue(signer(), "signer"), &chain, &root),
        );
    }
}

// C6, C8
#[test]
fn faults_of_a_root() {
    #[rustfmt::skip]
    let rows: &[Row<Profile>] = &[
        ("expired", Overlooks, |p| p.not_after = NOW - 1),
        ("future", Overlooks, |p| p.not_before = NOW + 1),
        ("ends before it starts", Overlooks, |p| (p.not_before, p.not_after) = (NOW, 0)),
        ("not a CA", Overlooks, |p| set_ca(p, false, None)),
        ("no basic constraints", Overlooks, |p| p.basic_constraints = None),
        ("no path length", Overlooks, |p| set_ca(p, true, None)),
        ("no certificate signing", Overlooks, |p| p.key_usage = Some(key_usage::DIGITAL_SIGNATURE)),
        ("another usage", Overlooks, |p| p.eku = vec![eku::TLS_SERVER]),
        ("unknown, critical", Overlooks, |p| p.extra.push(Extension::unknown(true))),
        ("not signed by itself", Overlooks, |p| p.fault = Some(Fault::FlippedSignature)),
        ("NULL parameters", Overlooks, |p| p.set_algorithm(algorithm::ECDSA_SHA256_NULL)),
        ("inner algorithm differs", Refuses("SignatureAlgorithmMismatch"), |p| p.inner_algorithm = algorithm::ECDSA_SHA384),
        ("version 1", Refuses("BadDer"), |p| p.version = None),
        ("version 2", Refuses("BadDer"), |p| p.version = Some(1)),
        ("trailing data", Refuses("TrailingData(Certificate)"), |p| p.fault = Some(Fault::TrailingData)),
        ("nameConstraints", Overlooks, |p| p.extra.push(Extension::forbidden()[1].clone())),
        ("P-384 key", Refuses("UnsupportedSignatureAlgorithmForPublicKeyContext"), |p| p.spki = Some(spki_p384())),
        ("other country", Overlooks, |p| p.subject.country = Some("XX")),
    ];
    for (what, expected, fault) in rows {
        expect(
            what,
            *expected,
            check_root(Profile::iaca_root().with(fault)),
        );
    }
}

/// Counts on the stack: what webpki borrows need not live longer than the call.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

impl chain::Verifier for Counting {
    fn verify(&self, key: &[u8; 65], message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed);
        RustCrypto.verify(key, message, signature)
    }
}

// C7
#[test]
fn crowds_are_bounded() {
    let root = Entity::root();
    let leaf = root.impostor("nobody").issue(signer(), "signer");
    let (bad, many) = (
        "InvalidSignatureForPublicKey",
        "MaximumSignatureChecksExceeded",
    );
    for (size, error, signatures) in [
        (0, bad, 1),
        (1, bad, 3),
        (2, bad, 9),
        (3, bad, 31),
        (4, many, 100),
    ] {
        let counting = Counting::default();
        let (crowd, roots) = (root.crowd(size), core::slice::from_ref(&root.der));
        let result = verify(&counting, &leaf.der, &crowd, roots, NOW, IF_PRESENT, None);
        expect("a crowd", Refuses(error), result);
        assert_eq!(counting.0.into_inner(), signatures, "{size}");
    }
}

use webpki::ExpirationPolicy::{Enforce, Ignore};
use webpki::RevocationCheckDepth::{Chain, EndEntity};
use webpki::UnknownStatusPolicy::{Allow, Deny};

fn check_lists(
    leaf: &Entity,
    above: &[&Entity],
    root: &Entity,
    lists: &[Vec<u8>],
    (unknown, expiration, depth): (
        webpki::UnknownStatusPolicy,
        webpki::ExpirationPolicy,
        webpki::RevocationCheckDepth,
    ),
) -> Result<chain::Verified, Error> {
    let lists = lists
        .iter()
        .map(|der| OwnedCertRevocationList::from_der(der).map(Into::into));
    let lists = lists.collect::<Result<Vec<CertRevocationList<'_>>, _>>()?;
    let lists: Vec<_> = lists.iter().collect();
    let revocation = Revocation {
        lists: &lists,
        depth,
        unknown,
        expiration,
    };
    let above: Vec<_> = above.iter().map(|entity| entity.der.clone()).collect();
    let roots = core::slice::from_ref(&root.der);
    verify(
        &RustCrypto,
        &leaf.der,
        &above,
        roots,
        NOW,
        IF_PRESENT,
        Some(revocation),
    )
}

const STRICT: (
    webpki::UnknownStatusPolicy,
    webpki::ExpirationPolicy,
    webpki::RevocationCheckDepth,
) = (Deny, Enforce, Chain);

// C10, C14
#[test]
fn faults_of_a_list() {
    #[rustfmt::skip]
    let rows: &[Row<Crl>] = &[
        ("none revoked", Overlooks, |_| ()),
        ("revoked", Refuses("CertRevoked"), |c| c.revoked = vec![vec![9], signer().serial]),
        ("another revoked", Overlooks, |c| c.revoked = vec![vec![9]]),
        ("padded serial", Overlooks, |c| c.revoked = vec![[vec![0], signer().serial].concat()]),
        ("bad signature", Refuses("InvalidCrlSignatureForPublicKey"), |c| c.fault = Some(Fault::FlippedSignature)),
        ("unused bit", Refuses("BadDer"), |c| c.fault = Some(Fault::UnusedSignatureBit)),
        ("trailing data", Refuses("TrailingData(CertRevocationList)"), |c| c.fault = Some(Fault::TrailingData)),
        ("long length", Refuses("TrailingData(CertRevocationList)"), |c| c.fault = Some(Fault::LongLength)),
        ("algorithms differ", Refuses("SignatureAlgorithmMismatch"), |c| c.inner_algorithm = algorithm::ECDSA_SHA384),
        ("NULL parameters", Refuses("UnsupportedCrlSignatureAlgorithmContext"), |c| c.set_algorithm(algorithm::ECDSA_SHA256_NULL)),
        ("expires now", Refuses("CrlExpired"), |c| c.next_update = Some(NOW)),
        ("expires next", Overlooks, |c| c.next_update = Some(NOW + 1)),
        ("from the future", Overlooks, |c| c.this_update = NOW + 1),
        ("no next update", Refuses("TrailingData(Time)"), |c| c.next_update = None),
        ("version 1", Refuses("BadDer"), |c| c.version = None),
        ("version 3", Refuses("UnsupportedCrlVersion"), |c| c.version = Some(2)),
        ("unknown, critical", Refuses("UnsupportedCriticalExtension"), |c| c.extra.push(Extension::unknown(true))),
        ("unknown", Overlooks, |c| c.extra.push(Extension::unknown(false))),
        ("unknown, critical, in an entry", Refuses("UnsupportedCriticalExtension"), |c| { c.revoked = vec![vec![9]]; c.entry_extra.push(Extension::unknown(true)) }),
        ("no authority key", Overlooks, |c| c.authority_key_id = KeyId::Absent),
        ("other authority key", Overlooks, |c| c.authority_key_id = KeyId::Bytes(vec![7; 20])),
        ("no number", Overlooks, |c| c.number = None),
        ("number of 21 bytes", Refuses("InvalidCrlNumber"), |c| c.number = Some(vec![1; 21])),
        ("number negative", Refuses("InvalidCrlNumber"), |c| c.number = Some(vec![0x80])),
        ("no extensions", Refuses("MalformedExtensions"), |c| (c.authority_key_id, c.number) = (KeyId::Absent, None)),
        ("delta", Refuses("UnsupportedDeltaCrl"), |c| c.extra.push(Extension { id: "2.5.29.27", critical: true, value: vec![2, 1, 1] })),
        ("indirect", Refuses("UnsupportedIndirectCrl"), |c| scope(c, Some(CRL_URI), Scope::Indirect)),
        ("attribute certificates", Refuses("MalformedExtensions"), |c| scope(c, Some(CRL_URI), Scope::OnlyAttributeCertificates)),
        ("some reasons", Refuses("UnsupportedRevocationReasonsPartitioning"), |c| scope(c, Some(CRL_URI), Scope::OnlyReasons(&[6, 0x40]))),
        ("reasons 03 01 00", Refuses("UnsupportedRevocationReasonsPartitioning"), |c| scope(c, Some(CRL_URI), Scope::OnlyReasons(&[0]))),
        ("reasons 03 00", Refuses("BadDer"), |c| scope(c, Some(CRL_URI), Scope::OnlyReasons(&[]))),
        ("a scope without a name", Refuses("UnsupportedCrlIssuingDistributionPoint"), |c| scope(c, None, Scope::OnlyUserCertificates)),
        ("right scope and point", Overlooks, |c| scope(c, Some(CRL_URI), Scope::OnlyUserCertificates)),
    ];
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    for (what, expected, fault) in rows {
        let list = root.crl().with(fault).sign(&root.key);
        expect(
            what,
            *expected,
            check_lists(&leaf, &[], &root, &[list], STRICT),
        );
    }
}

fn scope(crl: &mut Crl, name: Option<&str>, scope: Scope) {
    crl.extra.push(issuing_distribution_point(name, scope));
}

/// Lists that do not speak about the leaf: unknown if that is denied, and otherwise as if they
/// did not exist. Each of them revokes the leaf.
#[test]
fn lists_that_do_not_apply() {
    let root = Entity::root();
    let revoking = || root.crl().with(|c| c.revoked.push(signer().serial));
    let there = Some("http://crl.example/other.crl");
    let check = |what, leaf: Profile, list: Crl, strict, lenient| {
        let (leaf, list) = (root.issue(leaf, "signer"), [list.sign(&root.key)]);
        expect(what, strict, check_lists(&leaf, &[], &root, &list, STRICT));
        expect(
            what,
            lenient,
            check_lists(&leaf, &[], &root, &list, (Allow, Enforce, Chain)),
        );
    };
    let (unknown, revoked) = (Refuses("UnknownRevocationStatus"), Refuses("CertRevoked"));

    let list = revoking().with(|c| c.issuer = Name::utopian("Other"));
    check("other issuer", signer(), list, unknown, Overlooks);
    let list = revoking().with(|c| scope(c, Some(CRL_URI), Scope::OnlyCaCertificates));
    check("only CAs", signer(), list, unknown, Overlooks);
    let list = revoking().with(|c| scope(c, there, Scope::Everything));
    check("other point", signer(), list.clone(), unknown, Overlooks);

    // A leaf without a point takes any; one whose point is for reasons takes none with a name.
    let pointless = signer().with(|p| p.crl_uri = None);
    check(
        "other point, leaf without",
        pointless,
        list.clone(),
        revoked,
        revoked,
    );
    let list = revoking().with(|c| scope(c, Some(CRL_URI), Scope::Everything));
    check("the point", signer(), list.clone(), revoked, revoked);
    for reasons in [&[6, 0x40][..], &[0], &[]] {
        let leaf = signer().with(|p| p.crl_reasons = Some(reasons));
        check(
            "a point for reasons",
            leaf.clone(),
            list.clone(),
            unknown,
            Overlooks,
        );
        check("and a list for all", leaf, revoking(), revoked, revoked);
    }
}

/// Only the first list that speaks about a certificate is read, be it good or bad.
#[test]
fn many_lists() {
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let check = |lists: &[&Vec<u8>], policy| {
        let lists: Vec<_> = lists.iter().map(|list| list.to_vec()).collect();
        check_lists(&leaf, &[], &root, &lists, policy)
    };
    let empty = root.crl().sign(&root.key);
    let full = root
        .crl()
        .with(|c| c.revoked.push(signer().serial))
        .sign(&root.key);
    let forged = root.crl().sign(&Key::from_seed("attacker"));
    let old = root
        .crl()
        .with(|c| c.next_update = Some(NOW - 1))
        .sign(&root.key);
    let old_full = root.crl().with(|c| c.next_update = Some(NOW - 1));
    let old_full = old_full
        .with(|c| c.revoked.push(signer().serial))
        .sign(&root.key);

    let bad = Refuses("InvalidCrlSignatureForPublicKey");
    let (revoked, expired) = (Refuses("CertRevoked"), Refuses("CrlExpired"));
    expect(
        "no lists",
        Refuses("UnknownRevocationStatus"),
        check(&[], STRICT),
    );
    expect(
        "no lists, allowed",
        Overlooks,
        check(&[], (Allow, Enforce, Chain)),
    );
    expect("empty, full", Overlooks, check(&[&empty, &full], STRICT));
    expect("full, empty", revoked, check(&[&full, &empty], STRICT));
    expect("forged, empty", bad, check(&[&forged, &empty], STRICT));
    expect(
        "empty, forged",
        Overlooks,
        check(&[&empty, &forged], STRICT),
    );
    expect(
        "forged, at its mildest",
        bad,
        check(&[&forged], (Allow, Ignore, EndEntity)),
    );
    expect("expired, empty", expired, check(&[&old, &empty], STRICT));
    expect(
        "expired, allowed",
        expired,
        check(&[&old], (Allow, Enforce, Chain)),
    );
    expect(
        "expired, ignored",
        Overlooks,
        check(&[&old], (Deny, Ignore, Chain)),
    );
    expect("revoked long ago", expired, check(&[&old_full], STRICT));
    expect(
        "revoked long ago, ignored",
        revoked,
        check(&[&old_full], (Deny, Ignore, Chain)),
    );
}

#[test]
fn lists_of_a_longer_path() {
    let root = Entity::root();
    let check = |fault: fn(&mut Profile), revoked: bool, unknown, depth| {
        let above = root.issue(authority().with(fault), "authority");
        let leaf = above.issue(signer(), "signer");
        let mut lists = vec![above.crl().sign(&above.key)];
        if revoked {
            lists.push(
                root.crl()
                    .with(|c| c.revoked = vec![authority().serial])
                    .sign(&root.key),
            );
        }
        check_lists(&leaf, &[&above], &root, &lists, (unknown, Enforce, depth))
    };
    let unknown = Refuses("UnknownRevocationStatus");
    expect(
        "leaf only",
        Overlooks,
        check(|_| (), false, Deny, EndEntity),
    );
    expect("chain", unknown, check(|_| (), false, Deny, Chain));
    expect(
        "chain, allowed",
        Overlooks,
        check(|_| (), false, Allow, Chain),
    );
    expect(
        "authority revoked",
        Refuses("CertRevoked"),
        check(|_| (), true, Allow, Chain),
    );
    expect(
        "authority revoked, leaf only",
        Overlooks,
        check(|_| (), true, Deny, EndEntity),
    );

    #[rustfmt::skip]
    let rows: &[Row<Profile>] = &[
        ("may sign lists only", Overlooks, |p| p.key_usage = Some(key_usage::CRL_SIGN)),
        ("may sign certificates only", Refuses("IssuerNotCrlSigner"), |p| p.key_usage = Some(key_usage::CERT_SIGN)),
        ("key usage 03 01 00", Refuses("IssuerNotCrlSigner"), |p| p.key_usage = Some(key_usage::EMPTY)),
        ("key usage 03 00", Refuses("BadDer"), |p| p.key_usage = Some(key_usage::NOTHING)),
        ("no key usage", Overlooks, |p| p.key_usage = None),
    ];
    for (what, expected, fault) in rows {
        expect(what, *expected, check(*fault, false, Deny, EndEntity));
    }

    // The key usage of a root does not reach webpki.
    let profile = Profile::iaca_root().with(|p| p.key_usage = Some(key_usage::CERT_SIGN));
    let root = Entity::self_signed(profile, "root");
    let leaf = root.issue(signer(), "signer");
    let list = [root.crl().sign(&root.key)];
    expect(
        "a root that may not",
        Overlooks,
        check_lists(&leaf, &[], &root, &list, STRICT),
    );
}
