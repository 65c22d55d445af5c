//! What others made: ISO's Annex D, isomdl's test certificates, a production issuer.

use super::*;
use crate::crypto::VerifyingKey;
use std::path::PathBuf;
use std::{env, fs, println};

/// The bytes of a public vector, or `None` where there are none.
fn vector(name: &str) -> Option<Vec<u8>> {
    let folder = env::var_os("VITACARD_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"),
        PathBuf::from,
    );
    if !folder.is_dir() {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "no public vectors");
        println!("skipped: no public vectors");
        return None;
    }
    let bytes = fs::read(folder.join(name)).expect(name);
    match name.rsplit_once('.') {
        Some((_, "hex")) => Some(hex::decode(bytes.trim_ascii()).expect("hex")),
        Some((_, "pem")) => Some(x509_cert::der::pem::decode_vec(&bytes).expect("PEM").1),
        _ => Some(bytes),
    }
}

/// Midnight at the start of 2021 and of 2024.
const ANNEX_D: u64 = date(2021, 1, 1);
const ISOMDL: u64 = date(2024, 1, 1);

/// The Sign1 of the issuer in the first document of a response.
fn issuer_auth<T>(response: &[u8], then: impl FnOnce(&Sign1<'_>) -> T) -> T {
    let item = WellFormed::parse(response, MESSAGE_CAP).expect("well-formed CBOR");
    let [documents] = item.fields(["documents"]).expect("a map");
    let mut documents = documents.expect("documents").array().expect("an array");
    let first = documents.next().expect("a document").expect("an item");
    let [signed] = first.fields(["issuerSigned"]).expect("a map");
    let [auth] = signed
        .expect("issuerSigned")
        .fields(["issuerAuth"])
        .expect("a map");
    then(&Sign1::parse_attached(auth.expect("issuerAuth")).expect("a Sign1"))
}

#[test]
fn annex_d() {
    let Some(iaca) = vector("iso18013-5_annexD/iaca.pem") else {
        return;
    };
    let response = vector("iso18013-5_annexD/D.4.1.2_device_response.hex").expect("a response");
    let ds = vector("iso18013-5_annexD/ds.pem").expect("a certificate");
    let anchors = roots(&[&iaca]);
    let check = |now, anchors: &TrustAnchors| {
        issuer_auth(&response, |auth| {
            let issuer = TrustedIssuer::find(auth, anchors, None, &RUSTCRYPTO, unix_time(now))?;
            auth.verify(VerifyingKey::new(issuer.key()), &RUSTCRYPTO)
                .expect("the issuer's signature");
            Ok(issuer)
        })
    };
    let issuer = check(ANNEX_D, &anchors).expect("trusted");
    assert_eq!(certificate_key(&ds), Some(*issuer.key()));
    assert_eq!(issuer.country(), Some(*b"US"));
    let until = issuer.validity().map(|dates| dates.until());
    assert_eq!(until, Some(unix_time(date(2021, 10, 1))));
    expect(
        "late",
        no!(CertificateExpired),
        check(date(2022, 1, 1), &anchors),
    );
    expect(
        "early",
        no!(CertificateNotYetValid),
        check(date(2020, 1, 1), &anchors),
    );
    let reader_root = vector("iso18013-5_annexD/reader_root.pem").expect("a certificate");
    expect(
        "a reader's root",
        no!(UntrustedIssuer),
        check(ANNEX_D, &roots(&[&reader_root])),
    );

    let reader = vector("iso18013-5_annexD/reader.pem").expect("a certificate");
    let find = |anchors: &TrustAnchors| {
        with_auth(&[&reader], &nobody(), |auth| {
            TrustedReader::find(auth, anchors, None, &RUSTCRYPTO, unix_time(ANNEX_D))
        })
    };
    let who = find(&roots(&[&reader_root])).expect("trusted");
    assert_eq!(who.common_name(), Some("reader"));
    expect("an issuer's root", no!(ReaderUntrusted), find(&anchors));
}

#[test]
fn isomdl() {
    let Some(root) = vector("isomdl/isomdl_iaca_root_cert.pem") else {
        return;
    };
    let anchors = roots(&[&root]);
    let rows = [
        ("isomdl_iaca_signer", ACCEPTED),
        ("isomdl_incorrect_iaca_signer", no!(LeafIsCa)),
        ("isomdl_iaca_intermediate", no!(LeafIsCa)),
        ("isomdl_iaca_leaf_signer", no!(LeafIsCa)),
        ("reader_auth", no!(LeafUsage)),
    ];
    for (name, expected) in rows {
        let leaf = vector(&format!("isomdl/{name}.pem")).expect(name);
        expect(name, expected, at(ISOMDL, &[&leaf], &anchors, None));
    }
    let signer = vector("isomdl/isomdl_iaca_signer.pem").expect("a certificate");
    let annex_d = roots(&[&vector("iso18013-5_annexD/iaca.pem").expect("a certificate")]);
    expect(
        "no anchor",
        no!(UntrustedIssuer),
        at(ISOMDL, &[&signer], &annex_d, None),
    );
}

/// Real issuers: their leaf's key pinned, and no root of theirs known.
#[test]
fn longfellow() {
    let Some(iaca) = vector("iso18013-5_annexD/iaca.pem") else {
        return;
    };
    for number in [0, 2, 3, 4, 5, 7, 10, 11, 12, 15] {
        let name = format!("longfellow_mdoc_examples/example{number}_device_response.hex");
        let response = vector(&name).expect("a response");
        issuer_auth(&response, |auth| {
            let chain = auth.headers().claimed_x5chain().expect("a chain");
            let leaf = chain.certificates().next().expect("a leaf");
            let key = certificate_key(leaf).expect("a key");
            let mut pinned = TrustAnchors::new();
            pinned.pin_key(key);
            // No date is read.
            let find = |anchors: &TrustAnchors, now| {
                TrustedIssuer::find(auth, anchors, None, &RUSTCRYPTO, unix_time(now))
            };
            let issuer = find(&pinned, 0).expect(&name);
            auth.verify(VerifyingKey::new(issuer.key()), &RUSTCRYPTO)
                .expect(&name);
            let expected = match number {
                // Extensions wrapped twice, which webpki does not read.
                3 | 11 => no!(MalformedCertificate),
                // Certificates of web servers.
                5 | 15 => no!(LeafUsage),
                _ => no!(UntrustedIssuer),
            };
            let dates = x509_dates(leaf).unwrap_or(date(2025, 11, 6));
            expect(&name, expected, find(&roots(&[&iaca]), dates));
        });
    }
}

/// A time at which a certificate holds, if it can be parsed.
fn x509_dates(der: &[u8]) -> Option<u64> {
    use x509_cert::der::Decode;
    let certificate = x509_cert::Certificate::from_der(der).ok()?;
    let dates = certificate.tbs_certificate().validity();
    Some(dates.not_before.to_unix_duration().as_secs())
}
