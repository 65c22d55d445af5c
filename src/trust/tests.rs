//! Attacks C1 to C15, the certificate half of E3, and what must be accepted.
#![allow(clippy::type_complexity, reason = "rows of tables")]

mod accepted;
mod list_signers;
mod lists;
#[cfg(all(feature = "es384", feature = "ed25519"))]
mod other_algorithms;
mod public;
mod tables;

use super::*;
use crate::cbor::{MESSAGE_CAP, WellFormed, Writer};
use crate::cose::Sign1;
use crate::crypto::{CryptoProvider, RUSTCRYPTO};
use crate::error::{DecodeErrorKind, Rejected, rejected};
use crate::pki::{
    self, BasicConstraints, Entity, Extension, Fault, Key, KeyId, NOW, Profile, TimeForm,
    algorithm, date, eku, key_usage, spki_p384,
};
use crate::time::{Validity, unix_time};

/// A COSE_Sign1 over the integer 0, whose x5chain is `chain`, signed by `key`.
fn sign1(chain: &[&[u8]], key: &Key) -> Vec<u8> {
    let protected = [0xa1, 0x01, 0x26]; // {1: -7}
    let payload = [0];
    let mut message = Writer::new();
    message.array(4).text("Signature1").byte_string(&protected);
    let message = message
        .byte_string(&[])
        .byte_string(&payload)
        .as_slice()
        .to_vec();
    let mut out = Writer::new();
    out.array(4).byte_string(&protected);
    match chain {
        [] => out.map(0),
        [one] => out.map(1).int(33).byte_string(one),
        many => {
            out.map(1).int(33).array(many.len());
            for der in many {
                out.byte_string(der);
            }
            &mut out
        }
    };
    out.byte_string(&payload)
        .byte_string(&key.sign_raw(&message));
    out.into_bytes()
}

fn with_auth<T>(chain: &[&[u8]], key: &Key, then: impl FnOnce(&Sign1<'_>) -> T) -> T {
    let bytes = sign1(chain, key);
    let item = WellFormed::parse(&bytes, MESSAGE_CAP).expect("well-formed CBOR");
    then(&Sign1::parse_attached(item).expect("a Sign1"))
}

fn nobody() -> Key {
    Key::from_seed("nobody")
}

fn at(
    now: u64,
    chain: &[&[u8]],
    anchors: &TrustAnchors,
    lists: Option<&RevocationLists>,
) -> Result<TrustedIssuer, Error> {
    with_auth(chain, &nobody(), |auth| {
        TrustedIssuer::find(auth, anchors, lists, &RUSTCRYPTO, unix_time(now))
    })
}

fn find(chain: &[&[u8]], anchors: &TrustAnchors) -> Result<TrustedIssuer, Error> {
    at(NOW, chain, anchors, None)
}

fn roots(ders: &[&[u8]]) -> TrustAnchors {
    let mut anchors = TrustAnchors::new();
    for der in ders {
        anchors.add_root(der).expect("a root");
    }
    anchors
}

fn public_key(key: &Key) -> PublicKey {
    PublicKey::p256(&key.public_sec1()).expect("a key")
}

/// `accepted`, or which rejection.
#[track_caller]
fn expect<T: core::fmt::Debug>(what: &str, expected: Option<Rejected>, result: Result<T, Error>) {
    match (expected, result) {
        (None, Ok(_)) => {}
        (Some(fault), Err(Error::Rejected(rejected))) if fault == rejected => {}
        (expected, result) => panic!("{what}: expected {expected:?}, got {result:?}"),
    }
}

macro_rules! no {
    ($name:ident) => {
        Some(rejected!($name))
    };
}
use no;

const ACCEPTED: Option<Rejected> = None;

fn signer() -> Profile {
    Profile::document_signer()
}

fn set_ca(profile: &mut Profile, ca: bool, path_length: Option<u8>) {
    profile.basic_constraints = Some(BasicConstraints { ca, path_length });
}

fn add(profile: &mut Profile, id: &'static str, critical: bool, value: &[u8]) {
    let value = value.to_vec();
    profile.extra.push(Extension {
        id,
        critical,
        value,
    });
}

/// One row of a table: a name, the expected rejection, and the fault.
type Row = (&'static str, Option<Rejected>, fn(&mut Profile));

/// A leaf with one fault, below a good root.
#[track_caller]
fn leaves(rows: &[Row]) {
    let root = Entity::root();
    let anchors = roots(&[&root.der]);
    for (what, expected, fault) in rows {
        let leaf = root.issue(signer().with(fault), "signer");
        expect(what, *expected, find(&[&leaf.der], &anchors));
    }
}

/// A root whose path length leaves room for one authority.
fn deep_root() -> Entity {
    Entity::self_signed(
        Profile::iaca_root().with(|p| set_ca(p, true, Some(1))),
        "root",
    )
}

/// A good leaf below an authority with one fault.
#[track_caller]
fn authorities(rows: &[Row]) {
    let root = deep_root();
    let anchors = roots(&[&root.der]);
    for (what, expected, fault) in rows {
        let authority = root.issue(Profile::intermediate().with(fault), "authority");
        let leaf = authority.issue(signer(), "signer");
        expect(
            what,
            *expected,
            find(&[&leaf.der, &authority.der], &anchors),
        );
    }
}

#[test]
fn c01_chains_to_nowhere() {
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let anchors = roots(&[&root.der]);
    let named = Profile::iaca_root().with(|p| p.subject.common_name = "Attacker");
    let stranger = Entity::self_signed(named, "attacker");
    let twin = Entity::self_signed(Profile::iaca_root(), "attacker");
    let of_stranger = stranger.issue(signer(), "signer");
    let of_twin = twin.issue(signer(), "signer");
    let of_reader_root = Entity::reader_root().issue(signer(), "signer");

    let unknown = no!(UntrustedIssuer);
    let nobody = TrustAnchors::new();
    expect("no anchors", unknown, find(&[&leaf.der], &nobody));
    expect("a stranger", unknown, find(&[&of_stranger.der], &anchors));
    expect(
        "a root of readers",
        unknown,
        find(&[&of_reader_root.der], &anchors),
    );
    expect(
        "the attacker's root comes along",
        unknown,
        find(&[&of_stranger.der, &stranger.der], &anchors),
    );
    expect(
        "and has the name of the anchor",
        unknown,
        find(&[&of_twin.der, &twin.der], &anchors),
    );
    expect(
        "the anchor comes along",
        no!(CertificateProfile),
        find(&[&leaf.der, &root.der], &anchors),
    );
    let renewed = Profile::iaca_root().with(|p| p.not_after = date(2036, 1, 1));
    let renewed = Entity::self_signed(renewed, "root");
    expect(
        "another certificate of the anchor comes along",
        no!(CertificateProfile),
        find(&[&leaf.der, &renewed.der], &anchors),
    );
    expect(
        "a needless root comes along",
        unknown,
        find(&[&leaf.der, &stranger.der], &roots(&[&deep_root().der])),
    );
    let deep = deep_root();
    let authority = deep.issue(Profile::intermediate(), "authority");
    let leaf = deep.issue(signer(), "signer");
    expect(
        "a needless authority comes along",
        unknown,
        find(&[&leaf.der, &authority.der], &roots(&[&deep.der])),
    );
}

#[test]
fn c02_authorities_as_signers() {
    let root = Entity::root();
    expect(
        "the root signs cards",
        no!(LeafIsCa),
        find(&[&root.der], &roots(&[&root.der])),
    );
    leaves(&[
        ("a CA", no!(LeafIsCa), |p| set_ca(p, true, None)),
        ("a CA of length 0", no!(LeafIsCa), |p| {
            set_ca(p, true, Some(0))
        }),
        ("says that it is none", ACCEPTED, |p| set_ca(p, false, None)),
    ]);
}

#[test]
fn c03_extended_key_usages() {
    const EMPTY: &[u8] = &[0x30, 0x00];
    leaves(&[
        ("none", no!(LeafUsage), |p| p.eku = vec![]),
        ("reader", no!(LeafUsage), |p| p.eku = vec![eku::READER]),
        ("TLS server", no!(LeafUsage), |p| {
            p.eku = vec![eku::TLS_SERVER]
        }),
        ("any", no!(LeafUsage), |p| p.eku = vec![eku::ANY]),
        ("link", no!(LeafUsage), |p| p.eku = vec![eku::IACA_LINK]),
        ("a longer one", no!(LeafUsage), |p| {
            p.eku = vec!["1.0.18013.5.1.2.1"]
        }),
        ("a shorter one", no!(LeafUsage), |p| {
            p.eku = vec!["1.0.18013.5.1"]
        }),
        ("empty", no!(MalformedCertificate), |p| {
            p.eku = vec![];
            add(p, "2.5.29.37", true, EMPTY);
        }),
        ("twice", no!(MalformedCertificate), |p| {
            add(p, "2.5.29.37", true, EMPTY)
        }),
        ("of ISO/IEC 23220-4", ACCEPTED, |p| {
            p.eku = vec![eku::MDOC_SIGNER]
        }),
        ("both", ACCEPTED, |p| p.eku.push(eku::MDOC_SIGNER)),
        ("one more", ACCEPTED, |p| p.eku.push(eku::TLS_SERVER)),
        ("not critical", ACCEPTED, |p| p.eku_critical = false),
    ]);
    authorities(&[
        ("none", ACCEPTED, |p| p.eku = vec![]),
        ("ours", ACCEPTED, |p| p.eku = vec![eku::DOCUMENT_SIGNER]),
        ("another", no!(KeyUsage), |p| p.eku = vec![eku::TLS_SERVER]),
    ]);
}

#[test]
fn c04_key_usages() {
    leaves(&[
        ("none stated", ACCEPTED, |p| p.key_usage = None),
        ("key agreement", no!(KeyUsage), |p| {
            p.key_usage = Some(key_usage::KEY_AGREEMENT)
        }),
        ("certificates", no!(KeyUsage), |p| {
            p.key_usage = Some(key_usage::CERT_SIGN)
        }),
    ]);
    authorities(&[
        ("none stated", ACCEPTED, |p| p.key_usage = None),
        ("certificates only", ACCEPTED, |p| {
            p.key_usage = Some(key_usage::CERT_SIGN)
        }),
        ("data", no!(KeyUsage), |p| {
            p.key_usage = Some(key_usage::DIGITAL_SIGNATURE)
        }),
        ("lists", no!(KeyUsage), |p| {
            p.key_usage = Some(key_usage::CRL_SIGN)
        }),
    ]);
}

#[test]
fn c05_critical_extensions() {
    const FAULT: Option<Rejected> = no!(CriticalExtension);
    leaves(&[
        ("unknown", FAULT, |p| p.extra.push(Extension::unknown(true))),
        ("unknown, not critical", ACCEPTED, |p| {
            p.extra.push(Extension::unknown(false))
        }),
        ("unknown, twice", no!(MalformedCertificate), |p| {
            p.extra = vec![Extension::unknown(false); 2];
        }),
        ("policyMappings", FAULT, |p| {
            p.extra.push(Extension::forbidden()[0].clone())
        }),
        ("policyConstraints", FAULT, |p| {
            p.extra.push(Extension::forbidden()[2].clone())
        }),
        ("inhibitAnyPolicy", FAULT, |p| {
            p.extra.push(Extension::forbidden()[3].clone())
        }),
    ]);
    authorities(&[("unknown", FAULT, |p| p.extra.push(Extension::unknown(true)))]);
}

#[test]
fn c06_basic_constraints() {
    authorities(&[
        ("an authority", ACCEPTED, |_| ()),
        ("no CA", no!(IntermediateNotCa), |p| set_ca(p, false, None)),
        ("no constraints", no!(IntermediateNotCa), |p| {
            p.basic_constraints = None
        }),
    ]);
    let root = Entity::root();
    let authority = root.issue(Profile::intermediate(), "authority");
    let leaf = authority.issue(signer(), "signer");
    expect(
        "deeper than the root allows",
        no!(PathTooLong),
        find(&[&leaf.der, &authority.der], &roots(&[&root.der])),
    );
    let root = Entity::self_signed(Profile::iaca_root().with(|p| set_ca(p, true, None)), "root");
    let anchors = roots(&[&root.der]);
    for (allowed, expected) in [(0, no!(PathTooLong)), (1, ACCEPTED)] {
        let mut profile = Profile::intermediate();
        set_ca(&mut profile, true, Some(allowed));
        let first = root.issue(profile, "first");
        let second = Profile::intermediate().with(|p| p.subject.common_name = "Second");
        let second = first.issue(second, "second");
        let leaf = second.issue(signer(), "signer");
        let chain = [&leaf.der[..], &second.der, &first.der];
        expect(
            "deeper than an authority allows",
            expected,
            find(&chain, &anchors),
        );
        let disordered = [&leaf.der[..], &first.der, &second.der];
        expect("in another order", expected, find(&disordered, &anchors));
    }
    let leaf = root.issue(signer(), "signer");
    let below = signer().with(|p| p.subject.common_name = "Holder");
    let below = leaf.issue(below, "holder");
    expect(
        "a signer of signers",
        no!(IntermediateNotCa),
        find(&[&below.der, &leaf.der], &anchors),
    );
}

#[test]
fn c06_roots_that_are_none() {
    let rows: &[(&str, bool, fn(&mut Profile))] = &[
        ("good", true, |_| ()),
        ("no CA", false, |p| set_ca(p, false, None)),
        ("no constraints", false, |p| p.basic_constraints = None),
        ("no path length", true, |p| set_ca(p, true, None)),
        ("may not sign certificates", false, |p| {
            p.key_usage = Some(key_usage::DIGITAL_SIGNATURE);
        }),
        ("no key usage", true, |p| p.key_usage = None),
        ("unknown, critical", false, |p| {
            p.extra.push(Extension::unknown(true))
        }),
        ("version 1", false, |p| p.version = None),
        ("trailing data", false, |p| {
            p.fault = Some(Fault::TrailingData)
        }),
        ("a key on no known curve", cfg!(feature = "es384"), |p| {
            p.spki = Some(spki_p384())
        }),
        ("no key", false, |p| {
            p.spki = Some(vec![0x30, 0]);
            p.subject_key_id = KeyId::Absent;
        }),
        ("ends before it starts", false, |p| {
            (p.not_before, p.not_after) = (NOW, NOW - 1)
        }),
        ("expired", true, |p| p.not_after = NOW - 1),
        ("not signed by itself", true, |p| {
            p.fault = Some(Fault::FlippedSignature)
        }),
    ];
    for (what, good, fault) in rows {
        let root = Entity::self_signed(Profile::iaca_root().with(fault), "root");
        let expected = match good {
            true => Ok(()),
            false => Err(Error::Misuse(Misuse::InvalidCertificate)),
        };
        assert_eq!(TrustAnchors::new().add_root(&root.der), expected, "{what}");
    }
}

#[test]
fn c07_crowds() {
    let root = Entity::self_signed(Profile::iaca_root().with(|p| set_ca(p, true, None)), "root");
    let leaf = root.impostor("nobody").issue(signer(), "signer");
    let renamed = |name| {
        let profile = Profile::iaca_root().with(|p| p.not_after = date(2030, 1, name));
        Entity::self_signed(profile, "nobody else")
    };
    // Three more with one name: bounded by webpki, and by the cap of the chain.
    let crowd = root.crowd(3);
    let mut chain = vec![&leaf.der[..]];
    chain.extend(crowd.iter().map(|der| &der[..]));
    expect(
        "a crowd",
        no!(CertificateSignature),
        find(&chain, &roots(&[&root.der])),
    );
    // So many roots with one name that webpki gives up.
    let many: Vec<_> = (1..=28).map(|day| renamed(day).der).collect();
    let many: Vec<_> = many.iter().map(|der| &der[..]).collect();
    expect(
        "roots too",
        no!(UntrustedIssuer),
        find(&chain, &roots(&many)),
    );
    // Five certificates do not get past the header.
    chain.push(&root.der);
    let bytes = sign1(&chain, &nobody());
    let item = WellFormed::parse(&bytes, MESSAGE_CAP).expect("well-formed CBOR");
    let error = Sign1::parse_attached(item).expect_err("five certificates");
    assert_eq!(error.kind(), DecodeErrorKind::TooMany);
}

#[test]
fn c08_dates() {
    leaves(&[
        ("expired", no!(CertificateExpired), |p| {
            p.not_after = NOW - 1
        }),
        ("expires now", ACCEPTED, |p| p.not_after = NOW),
        ("starts now", ACCEPTED, |p| p.not_before = NOW),
        ("future", no!(CertificateNotYetValid), |p| {
            p.not_before = NOW + 1
        }),
        ("reversed", no!(MalformedCertificate), |p| {
            (p.not_before, p.not_after) = (NOW + 1, NOW - 1);
        }),
        ("2045 as UTCTime", ACCEPTED, |p| {
            p.not_after = date(2045, 1, 1)
        }),
        ("2055 as GeneralizedTime", ACCEPTED, |p| {
            p.not_after = date(2055, 1, 1)
        }),
        ("2055 as UTCTime", no!(MalformedCertificate), |p| {
            (p.not_after, p.time_form) = (date(2055, 1, 1), TimeForm::Utc);
        }),
        ("2070 as UTCTime", no!(MalformedCertificate), |p| {
            (p.not_after, p.time_form) = (date(2070, 1, 1), TimeForm::Utc);
        }),
        ("2026 as GeneralizedTime", ACCEPTED, |p| {
            p.time_form = TimeForm::Generalized
        }),
    ]);
    authorities(&[
        ("expired", no!(CertificateExpired), |p| {
            p.not_after = NOW - 1
        }),
        ("future", no!(CertificateNotYetValid), |p| {
            p.not_before = NOW + 1
        }),
    ]);
    let rows: &[Row] = &[
        ("expired", no!(CertificateExpired), |p| {
            p.not_after = NOW - 1
        }),
        ("expires now", ACCEPTED, |p| p.not_after = NOW),
        ("future", no!(CertificateNotYetValid), |p| {
            p.not_before = NOW + 1
        }),
    ];
    for (what, expected, fault) in rows {
        let root = Entity::self_signed(Profile::iaca_root().with(fault), "root");
        let leaf = root.issue(signer(), "signer");
        expect(what, *expected, find(&[&leaf.der], &roots(&[&root.der])));
        let forged = root.impostor("attacker").issue(signer(), "signer");
        let result = find(&[&forged.der], &roots(&[&root.der]));
        // A forger does not get to hear of the dates of the root.
        let unknown = expected.map_or(rejected!(CertificateSignature), |_| {
            rejected!(UntrustedIssuer)
        });
        expect(what, Some(unknown), result);
        // The root was renewed with the same key and name.
        let renewed = Entity::root();
        for ders in [[&root.der[..], &renewed.der], [&renewed.der, &root.der]] {
            expect("renewed", ACCEPTED, find(&[&leaf.der], &roots(&ders)));
        }
    }
}

#[test]
fn c09_signatures() {
    const BAD: Option<Rejected> = no!(CertificateSignature);
    leaves(&[
        ("flipped", BAD, |p| p.fault = Some(Fault::FlippedSignature)),
        ("unused bit", no!(MalformedCertificate), |p| {
            p.fault = Some(Fault::UnusedSignatureBit);
        }),
        ("inner differs", BAD, |p| {
            p.inner_algorithm = algorithm::ECDSA_SHA384
        }),
        ("outer differs", BAD, |p| {
            p.outer_algorithm = algorithm::ECDSA_SHA256_NULL
        }),
        ("NULL parameters", BAD, |p| {
            p.set_algorithm(algorithm::ECDSA_SHA256_NULL)
        }),
        ("another hash", BAD, |p| {
            p.set_algorithm(algorithm::ECDSA_SHA384)
        }),
        ("compressed key", no!(MalformedCertificate), |p| {
            p.spki = Some(Key::from_seed("signer").spki_compressed());
        }),
        ("no key", no!(MalformedCertificate), |p| {
            (p.spki, p.subject_key_id) = (Some(vec![0x30, 0]), KeyId::Absent);
        }),
    ]);
    // The chain holds, and its leaf's key is of no use without the feature: a fault of step 2.
    let unknown = match cfg!(feature = "es384") {
        true => ACCEPTED,
        false => no!(IssuerAlgUnsupported),
    };
    leaves(&[("P-384 leaf", unknown, |p| p.spki = Some(spki_p384()))]);
    authorities(&[
        ("flipped", BAD, |p| p.fault = Some(Fault::FlippedSignature)),
        ("another key", BAD, |p| {
            p.spki = Some(Key::from_seed("other").spki())
        }),
        ("P-384 key", BAD, |p| p.spki = Some(spki_p384())),
    ]);
}

#[test]
fn c10_empty_bit_strings() {
    leaves(&[
        ("key usage 03 01 00", no!(KeyUsage), |p| {
            p.key_usage = Some(key_usage::EMPTY)
        }),
        ("key usage 03 00", no!(MalformedCertificate), |p| {
            p.key_usage = Some(key_usage::NOTHING);
        }),
        ("key usage is NULL", no!(MalformedCertificate), |p| {
            p.key_usage = None;
            add(p, "2.5.29.15", true, &[5, 0]);
        }),
        ("reasons 03 01 00", ACCEPTED, |p| p.crl_reasons = Some(&[0])),
    ]);
    authorities(&[("key usage 03 01 00", no!(KeyUsage), |p| {
        p.key_usage = Some(key_usage::EMPTY);
    })]);
}

#[test]
fn c11_encodings() {
    const BAD: Option<Rejected> = no!(MalformedCertificate);
    leaves(&[
        ("serial 0", BAD, |p| p.serial = vec![0]),
        ("serial empty", BAD, |p| p.serial = vec![]),
        ("serial negative", BAD, |p| p.serial = vec![0x80; 8]),
        ("serial padded", BAD, |p| p.serial = vec![0, 0, 1]),
        ("serial of 32 bytes", ACCEPTED, |p| p.serial = vec![1; 32]),
        ("serial with a high tag", BAD, |p| {
            p.fault = Some(Fault::HighTag)
        }),
        ("serial with a long length", BAD, |p| {
            p.fault = Some(Fault::LongSerialLength)
        }),
        ("trailing data", BAD, |p| {
            p.fault = Some(Fault::TrailingData)
        }),
        ("trailing data inside", BAD, |p| {
            p.fault = Some(Fault::TrailingInside)
        }),
        ("trailing data, signed", BAD, |p| {
            p.fault = Some(Fault::TrailingSigned)
        }),
        ("long length", BAD, |p| p.fault = Some(Fault::LongLength)),
        ("indefinite length", BAD, |p| {
            p.fault = Some(Fault::IndefiniteLength)
        }),
        ("wrapped extensions", BAD, |p| {
            p.fault = Some(Fault::WrappedExtensions)
        }),
        ("version 1", BAD, |p| p.version = None),
        ("version 2", BAD, |p| p.version = Some(1)),
        ("version 4", BAD, |p| p.version = Some(3)),
        ("33 extensions", BAD, |p| {
            p.extra = vec![Extension::unknown(false); 33]
        }),
        ("path length 256", BAD, |p| {
            add(p, "2.5.29.19", true, b"\x30\x04\x02\x02\x01\x00")
        }),
    ]);
    // Malformed is malformed, whoever issued it and wherever it stands.
    let (root, stranger) = (Entity::root(), Entity::reader_root());
    let broken = signer().with(|p| p.fault = Some(Fault::WrappedExtensions));
    let broken = stranger.issue(broken, "signer");
    expect(
        "of a stranger",
        BAD,
        find(&[&broken.der], &roots(&[&root.der])),
    );
    let leaf = root.issue(
        signer().with(|p| p.extra.push(Extension::unknown(true))),
        "signer",
    );
    for other in [&broken.der[..], &[0x30, 0]] {
        expect(
            "above",
            BAD,
            find(&[&leaf.der, other], &roots(&[&root.der])),
        );
    }
}

#[test]
fn c12_names_and_keys() {
    let root = Entity::root();
    let anchors = roots(&[&root.der]);
    let misused = root.impostor("other").issue(signer(), "signer");
    let bad = no!(CertificateSignature);
    expect("same name, other key", bad, find(&[&misused.der], &anchors));
    leaves(&[
        ("other authority key", ACCEPTED, |p| {
            p.authority_key_id = KeyId::Bytes(vec![7; 20])
        }),
        ("no authority key", ACCEPTED, |p| {
            p.authority_key_id = KeyId::Absent
        }),
    ]);
    let strict = anchors.strict_profile(true);
    let rows: &[Row] = &[
        ("good", ACCEPTED, |_| ()),
        ("other authority key", no!(CertificateProfile), |p| {
            p.authority_key_id = KeyId::Bytes(vec![7; 20]);
        }),
        ("no authority key", no!(CertificateProfile), |p| {
            p.authority_key_id = KeyId::Absent
        }),
    ];
    for (what, expected, fault) in rows {
        let leaf = root.issue(signer().with(fault), "signer");
        expect(what, *expected, find(&[&leaf.der], &strict));
    }
}

#[test]
fn c13_countries_and_the_profile() {
    const BROKEN: Option<Rejected> = no!(CertificateProfile);
    const NAMES: Option<Rejected> = no!(CertificateNames);
    let rows: &[Row] = &[
        ("good", ACCEPTED, |_| ()),
        ("other country", NAMES, |p| p.subject.country = Some("XX")),
        ("no country", BROKEN, |p| p.subject.country = None),
        ("a state that the root has not", ACCEPTED, |p| {
            p.subject.state = Some("East")
        }),
        ("458 days", BROKEN, |p| {
            p.not_after = p.not_before + 458 * 86_400
        }),
        ("457 days", ACCEPTED, |p| {
            p.not_after = p.not_before + 457 * 86_400
        }),
        ("usage not critical", BROKEN, |p| p.eku_critical = false),
        ("a usage more", BROKEN, |p| p.eku.push(eku::TLS_SERVER)),
        ("both usages", ACCEPTED, |p| p.eku.push(eku::MDOC_SIGNER)),
        ("no key usage", BROKEN, |p| p.key_usage = None),
        ("no subject key", BROKEN, |p| {
            p.subject_key_id = KeyId::Absent
        }),
        ("no issuerAltName", BROKEN, |p| p.issuer_alt_name = None),
        ("no distribution point", BROKEN, |p| p.crl_uri = None),
        ("serial of 21 bytes", BROKEN, |p| p.serial = vec![1; 21]),
        ("nameConstraints", BROKEN, |p| {
            p.extra.push(Extension::forbidden()[1].clone())
        }),
        ("freshestCRL", BROKEN, |p| {
            p.extra.push(Extension::forbidden()[4].clone())
        }),
    ];
    let root = Entity::root();
    let lax = roots(&[&root.der]);
    let strict = lax.clone().strict_profile(true);
    for (what, expected, fault) in rows {
        let leaf = root.issue(signer().with(fault), "signer");
        expect(what, *expected, find(&[&leaf.der], &strict));
        expect(what, ACCEPTED, find(&[&leaf.der], &lax));
    }
    let rows: &[Row] = &[
        ("good", ACCEPTED, |_| ()),
        ("other country", NAMES, |p| p.subject.country = Some("XX")),
        ("a state that the leaf has not", NAMES, |p| {
            p.subject.state = Some("East")
        }),
        ("path length 1", BROKEN, |p| set_ca(p, true, Some(1))),
        ("no path length", BROKEN, |p| set_ca(p, true, None)),
        ("no list signing", BROKEN, |p| {
            p.key_usage = Some(key_usage::CERT_SIGN)
        }),
        ("no issuerAltName", BROKEN, |p| p.issuer_alt_name = None),
        ("21 years", BROKEN, |p| p.not_after = date(2046, 1, 2)),
    ];
    for (what, expected, fault) in rows {
        let root = Entity::self_signed(Profile::iaca_root().with(fault), "root");
        let leaf = root.issue(signer(), "signer");
        let anchors = roots(&[&root.der]).strict_profile(true);
        expect(what, *expected, find(&[&leaf.der], &anchors));
    }
    let east = |p: &mut Profile| p.subject.state = Some("East");
    let root = Entity::self_signed(Profile::iaca_root().with(east), "root");
    let leaf = root.issue(signer().with(east), "signer");
    let anchors = roots(&[&root.der]).strict_profile(true);
    expect("the same state", ACCEPTED, find(&[&leaf.der], &anchors));
    let root = deep_root();
    let authority = root.issue(Profile::intermediate(), "authority");
    let leaf = authority.issue(signer(), "signer");
    let anchors = roots(&[&root.der]).strict_profile(true);
    expect(
        "an authority",
        BROKEN,
        find(&[&leaf.der, &authority.der], &anchors),
    );
}

#[test]
fn c15_shapes_of_x5chain() {
    let leaf = Entity::root().issue(signer(), "signer");
    let shape = |write: &dyn Fn(&mut Writer)| {
        let mut out = Writer::new();
        out.array(4).byte_string(&[]).map(1).int(33);
        write(&mut out);
        out.byte_string(&[0]).byte_string(&[0; 64]);
        let bytes = out.into_bytes();
        let item = WellFormed::parse(&bytes, MESSAGE_CAP).expect("well-formed CBOR");
        Sign1::parse_attached(item)
            .map(drop)
            .map_err(|error| error.kind())
    };
    let rows: &[(&str, DecodeErrorKind, &dyn Fn(&mut Writer))] = &[
        ("empty array", DecodeErrorKind::Empty, &|w| {
            w.array(0);
        }),
        ("empty string", DecodeErrorKind::Empty, &|w| {
            w.byte_string(&[]);
        }),
        ("10,000", DecodeErrorKind::TooMany, &|w| {
            w.array(10_000);
            (0..10_000).for_each(|_| {
                w.byte_string(&[0x30]);
            });
        }),
        ("one is empty", DecodeErrorKind::Empty, &|w| {
            w.array(2).byte_string(&leaf.der).byte_string(&[]);
        }),
        ("text", DecodeErrorKind::UnexpectedType, &|w| {
            w.text("leaf");
        }),
    ];
    for (what, expected, write) in rows {
        assert_eq!(shape(write), Err(*expected), "{what}");
    }
    let (key, der) = (leaf.key.public_sec1(), leaf.der.clone());
    let mut out = Writer::new();
    out.array(4)
        .byte_string(&[])
        .map(1)
        .int(33)
        .array(1)
        .byte_string(&der);
    out.byte_string(&[0]).byte_string(&[0; 64]);
    let bytes = out.into_bytes();
    let item = WellFormed::parse(&bytes, MESSAGE_CAP).expect("well-formed CBOR");
    let auth = Sign1::parse_attached(item).expect("a shape that pinned keys do not look at");
    let find = |anchors: &TrustAnchors| {
        TrustedIssuer::find(&auth, anchors, None, &RUSTCRYPTO, unix_time(NOW))
    };
    let mut pinned = TrustAnchors::new();
    pinned.pin_key(PublicKey::p256(&key).expect("a key"));
    expect("array of one, pinned", ACCEPTED, find(&pinned));
    let anchors = roots(&[&Entity::root().der]);
    expect("array of one", no!(MalformedCertificate), find(&anchors));
    leaves(&[("64 KB", no!(MalformedCertificate), |p| {
        add(p, "1.3.6.1.4.1.99999.1", false, &[0; 65_000]);
    })]);
}

#[test]
fn no_byte_of_a_chain_can_be_changed() {
    let root = deep_root();
    let authority = root.issue(Profile::intermediate(), "authority");
    let leaf = authority.issue(signer(), "signer");
    let anchors = roots(&[&root.der]);
    let chain = [leaf.der, authority.der];
    assert!(find(&[&chain[0], &chain[1]], &anchors).is_ok());
    for (place, der) in chain.iter().enumerate() {
        for index in 0..der.len() {
            for mask in [1, 0x80] {
                let mut changed = chain.clone();
                changed[place][index] ^= mask;
                let result = find(&[&changed[0], &changed[1]], &anchors);
                assert!(matches!(result, Err(Error::Rejected(_))), "byte {index}");
            }
            assert!(TrustAnchors::new().add_root(&der[..index]).is_err());
            let _may_be_there_already = certificate_key(&der[..index]);
        }
    }
}
