//! C: certificate chains, through the whole verifier. Each fault of a certificate by itself is
//! tested beside `trust`; these see that its verdict reaches the caller, and in the right order.

use ciborium::Value;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::reader::{Conditions, DeviceResponse, Exchange, Policy, Reader};
use vitacard::session::SessionTranscript;
use vitacard::trust::{RevocationLists, TrustAnchors};
use vitacard::{Error, Misuse, Rejected, UnixTime, unix_time};

use crate::kit::{self, Draft, Item, map};
use crate::pki::{self, Entity, Profile, eku, key_usage};

const DOCUMENT: u8 = 0;

/// A response whose issuer is `signer`, with these certificates in its x5chain.
fn signed_by(draft: Draft, chain: &[&Entity]) -> Vec<u8> {
    let ders: Vec<_> = chain
        .iter()
        .map(|entity| Value::Bytes(entity.der.clone()))
        .collect();
    let x5chain = match <[Value; 1]>::try_from(ders) {
        Ok([one]) => one,
        Err(many) => Value::Array(many),
    };
    let draft = draft.with(|draft| {
        draft.issuer = "signer";
        draft.unprotected = map([(33, x5chain)]);
    });
    draft.issue().show().response()
}

fn anchors(root: &Entity) -> TrustAnchors {
    let mut anchors = TrustAnchors::new();
    anchors.add_root(&root.der).unwrap();
    anchors
}

fn verify(
    response: &[u8],
    anchors: TrustAnchors,
    crls: Option<&RevocationLists>,
    now: u64,
) -> Result<UnixTime, Error> {
    let policy = crate::policy();
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript)?;
    let mut conditions = Conditions::new(unix_time(now), &policy);
    if let Some(crls) = crls {
        conditions = conditions.with_crls(crls);
    }
    let exchange = Exchange::new(&transcript, conditions);
    let reader = Reader::new(RUSTCRYPTO, anchors);
    let verified = reader.verify(DeviceResponse::parse(response)?, &exchange)?;
    // A cache changes no verdict.
    let mut cache = reader.anchors().cache::<2>();
    for _ in 0..2 {
        let again = reader.verify_with(DeviceResponse::parse(response)?, &exchange, &mut cache)?;
        assert_eq!(again.documents().count(), verified.documents().count());
    }
    Ok(verified.documents().next().unwrap().validity().until())
}

/// The fate of a card whose signer's certificate has this profile, under the good root.
fn with_profile(change: impl FnOnce(&mut Profile)) -> Result<UnixTime, Error> {
    let root = Entity::root();
    let signer = root.issue(Profile::document_signer().with(change), "signer");
    verify(
        &signed_by(kit::draft(), &[&signer]),
        anchors(&root),
        None,
        kit::NOW,
    )
}

#[test]
fn c01_chain_to_nowhere() {
    let (root, stranger) = (
        Entity::root(),
        Entity::self_signed(Profile::iaca_root(), "stranger"),
    );
    let signer = stranger.issue(Profile::document_signer(), "signer");
    let response = signed_by(kit::draft(), &[&signer]);
    let refused = verify(&response, anchors(&root), None, kit::NOW);
    assert!(matches!(
        refused,
        Err(Error::Rejected(
            Rejected::UntrustedIssuer { document: DOCUMENT }
                | Rejected::CertificateSignature { document: DOCUMENT }
        ))
    ));
    let with_root = signed_by(kit::draft(), &[&signer, &stranger]);
    assert!(verify(&with_root, anchors(&root), None, kit::NOW).is_err());
    assert!(verify(&response, anchors(&stranger), None, kit::NOW).is_ok());
}

#[test]
fn c02_ca_as_leaf() {
    let root = Entity::root();
    let leaf = root.issue(Profile::intermediate(), "signer");
    let refused = verify(
        &signed_by(kit::draft(), &[&leaf]),
        anchors(&root),
        None,
        kit::NOW,
    );
    assert_eq!(
        refused,
        Err(Rejected::LeafIsCa { document: DOCUMENT }.into())
    );
}

#[test]
fn c03_leaf_without_the_usage() {
    let usage = Err(Rejected::LeafUsage { document: DOCUMENT }.into());
    assert_eq!(with_profile(|profile| profile.eku.clear()), usage);
    assert_eq!(
        with_profile(|profile| profile.eku = vec![eku::READER]),
        usage
    );
    assert_eq!(
        with_profile(|profile| profile.eku = vec![eku::TLS_SERVER]),
        usage
    );
}

#[test]
fn c04_key_usage() {
    let usage = Err(Rejected::KeyUsage { document: DOCUMENT }.into());
    let with = |usage| with_profile(|profile| profile.key_usage = Some(usage));
    assert_eq!(with(key_usage::KEY_AGREEMENT), usage);
    assert_eq!(with(key_usage::CERT_SIGN), usage);
}

#[test]
fn c08_certificate_dates() {
    let root = Entity::root();
    let signer = root.issue(Profile::document_signer(), "signer");
    let response = signed_by(kit::draft(), &[&signer]);
    let (from, until) = (signer.profile.not_before, signer.profile.not_after);
    let at = |now| verify(&response, anchors(&root), None, now);
    let late = Err(Rejected::CertificateExpired { document: DOCUMENT }.into());
    assert_eq!(at(until + 1), late);
    let early = Err(Rejected::CertificateNotYetValid { document: DOCUMENT }.into());
    assert_eq!(at(from - 1), early);
    assert!(at(kit::NOW).is_ok());
}

/// The strict profile holds the card's `issuing_country` against the certificate's.
#[test]
fn c13_issuing_country() {
    let root = Entity::root();
    let signer = root.issue(Profile::document_signer(), "signer");
    let of = |country: &str, strict| {
        let draft = kit::draft_of(vec![Item::new(0, "issuing_country", country)]);
        let anchors = anchors(&root).strict_profile(strict);
        verify(&signed_by(draft, &[&signer]), anchors, None, kit::NOW).map(drop)
    };
    assert_eq!(of("UT", true), Ok(()));
    let other = Err(Rejected::IssuingCountry { document: DOCUMENT }.into());
    assert_eq!(of("FR", true), other);
    assert_eq!(of("FR", false), Ok(()));
}

#[test]
fn c14_revoked() {
    let root = Entity::root();
    let signer = root.issue(Profile::document_signer(), "signer");
    let response = signed_by(kit::draft(), &[&signer]);
    let list = |revoked: bool| {
        let crl = root.crl().with(|crl| {
            if revoked {
                crl.revoked.push(signer.profile.serial.clone());
            }
        });
        RevocationLists::new(&[&crl.sign(&root.key)]).unwrap()
    };
    let with = |lists: &RevocationLists| verify(&response, anchors(&root), Some(lists), kit::NOW);
    assert!(with(&list(false)).is_ok());
    let revoked = Err(Rejected::CertificateRevoked { document: DOCUMENT }.into());
    assert_eq!(with(&list(true)), revoked);
    let stranger = Entity::self_signed(Profile::iaca_root(), "stranger");
    let other = RevocationLists::new(&[&stranger.crl().sign(&stranger.key)]).unwrap();
    assert_eq!(
        with(&other),
        Err(Rejected::CrlUnusable { document: DOCUMENT }.into())
    );
}

/// A certificate of the signer is no reason to believe a signature that is not the signer's.
#[test]
fn c01_another_key_than_the_certificates() {
    let root = Entity::root();
    let signer = root.issue(Profile::document_signer(), "somebody else");
    let response = signed_by(kit::draft(), &[&signer]);
    let refused = verify(&response, anchors(&root), None, kit::NOW);
    assert_eq!(
        refused,
        Err(Rejected::IssuerSignature { document: DOCUMENT }.into())
    );
}

/// A pinned key trusts a key, and reads nothing of the certificate that names it.
#[test]
fn pinned_keys_read_no_certificate() {
    let stranger = Entity::self_signed(Profile::iaca_root(), "stranger");
    let expired = Profile::document_signer().with(|profile| {
        profile.not_after = profile.not_before + 1;
        profile.eku.clear();
    });
    let signer = stranger.issue(expired, "signer");
    let mut pinned = TrustAnchors::new();
    pinned.pin_key(crate::key("signer"));
    let until = verify(&signed_by(kit::draft(), &[&signer]), pinned, None, kit::NOW).unwrap();
    assert_eq!(until, unix_time(1_798_848_000), "the end is the MSO's");
}

#[test]
fn e03_signed_outside_the_certificate() {
    // The kit signs on 2026-01-02, a day after the default certificate begins.
    let before = with_profile(|profile| profile.not_before = pki::date(2026, 1, 3));
    let outside = Err(Rejected::SignedOutsideCertificate { document: DOCUMENT }.into());
    assert_eq!(before, outside);
    let on_the_day = with_profile(|profile| profile.not_before = pki::date(2026, 1, 2));
    assert!(on_the_day.is_ok());
    // The certificate ends before the card: accepted, and so does the card.
    let end = pki::date(2026, 7, 1);
    assert_eq!(
        with_profile(|profile| profile.not_after = end),
        Ok(unix_time(end))
    );
}

#[test]
fn a_cache_serves_its_own_anchors() {
    let (root, stranger) = (
        Entity::root(),
        Entity::self_signed(Profile::iaca_root(), "stranger"),
    );
    let signer = root.issue(Profile::document_signer(), "signer");
    let response = signed_by(kit::draft(), &[&signer]);
    let mut cache = anchors(&stranger).cache::<2>();
    let policy: Policy = crate::policy();
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let exchange = Exchange::new(&transcript, Conditions::new(unix_time(kit::NOW), &policy));
    let reader = Reader::new(RUSTCRYPTO, anchors(&root));
    let claims = DeviceResponse::parse(&response).unwrap();
    let refused = reader.verify_with(claims, &exchange, &mut cache).map(drop);
    assert_eq!(refused, Err(Misuse::CacheOfOtherAnchors.into()));
}
