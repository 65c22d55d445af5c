//! Group C: chains of certificates and revocation lists.

use ciborium::Value;
use serde_json::json;

use crate::case::{
    Case, ISSUER, Row, by_signature, card, card_of, respond, signed, signer, undecodable, x5chain,
};
use crate::kit::{self, Item, array, map};
use crate::pki::{
    BasicConstraints, CRL_URI, Crl, Entity, Extension, Fault, KeyId, Profile, Scope, algorithm,
    date, eku, issuing_distribution_point, key_usage,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = anchors();
    cases.extend(leaves());
    cases.extend(authorities());
    cases.extend(profile());
    cases.extend(lists());
    cases.extend(undecodable(shapes()));
    cases
}

fn under(chain: &[&[u8]]) -> Vec<u8> {
    signed(|draft| draft.unprotected = x5chain(chain))
}

fn ds() -> Profile {
    Profile::document_signer()
}

fn set_ca(profile: &mut Profile, ca: bool, path_length: Option<u8>) {
    profile.basic_constraints = Some(BasicConstraints { ca, path_length });
}

/// A root whose path length leaves room for so many authorities.
fn open_root(path_length: u8) -> Entity {
    let profile = Profile::iaca_root().with(|p| set_ca(p, true, Some(path_length)));
    Entity::self_signed(profile, "root")
}

fn anchors() -> Vec<Case> {
    let root = Entity::root();
    let attacker = Profile::iaca_root().with(|p| p.subject.common_name = "Attacker");
    let attacker = Entity::self_signed(attacker, "attacker");
    let of_attacker = attacker.issue(ds(), ISSUER);
    let twin = root.impostor("attacker").issue(ds(), ISSUER);
    let of_readers = Entity::reader_root().issue(ds(), ISSUER);
    let expired = Profile::iaca_root().with(|p| p.not_after = kit::NOW - 1);
    let expired = Entity::self_signed(expired, "root");
    let future = Profile::iaca_root().with(|p| p.not_before = kit::NOW + 1);
    let future = Entity::self_signed(future, "root");
    let crowd = open_root(0).crowd(3);
    let mut crowded = vec![&twin.der[..]];
    crowded.extend(crowd.iter().map(|der| &der[..]));
    let case = |name, rule, chain: &[&[u8]], expected| {
        Case::new(name, rule, under(chain)).rejects(expected, json!({}))
    };
    vec![
        Case::new(
            "x5chain_missing",
            "A card without a certificate is by nobody, unless a pinned key signed it.",
            signed(|draft| draft.unprotected = Value::Map(vec![])),
        )
        .attack("C1")
        .rejects("NoIssuerKey", json!({})),
        Case::new(
            "x5chain_missing_and_signed_by_no_pinned_key",
            "A card without a certificate is by one of the pinned keys or by nobody.",
            signed(|draft| draft.unprotected = Value::Map(vec![])),
        )
        .attack("C1")
        .anchors(&[])
        .pinned(&["another", "a third"])
        .rejects("NoIssuerKey", json!({})),
        case(
            "root_unknown",
            "A chain leads to an anchor.",
            &[&of_attacker.der],
            "UntrustedIssuer",
        )
        .attack("C1"),
        case(
            "root_of_attacker_in_x5chain",
            "A root that comes along is no anchor.",
            &[&of_attacker.der, &attacker.der],
            "UntrustedIssuer",
        )
        .attack("C1"),
        case(
            "root_in_x5chain",
            "The anchor does not come along (ISO/IEC 18013-5 clause 9.1.2.4).",
            &[&signer().der, &root.der],
            "CertificateProfile",
        )
        .attack("C1"),
        case(
            "root_of_readers",
            "A root of readers is no root of cards.",
            &[&of_readers.der],
            "UntrustedIssuer",
        )
        .attack("C1"),
        case(
            "root_of_same_name_and_other_key",
            "An anchor is a key, not a name.",
            &[&twin.der],
            "CertificateSignature",
        )
        .attack("C12"),
        case(
            "root_as_signer",
            "A root does not sign cards.",
            &[&root.der],
            "LeafIsCa",
        )
        .attack("C2"),
        case(
            "chain_of_namesakes",
            "Certificates that all have one name cost a bounded number of signatures.",
            &crowded,
            "CertificateSignature",
        )
        .attack("C7")
        .anchors(&[&open_root(3).der]),
        case(
            "root_expired",
            "A root holds within its dates.",
            &[&signer().der],
            "CertificateExpired",
        )
        .attack("C8")
        .anchors(&[&expired.der]),
        case(
            "root_not_yet_valid",
            "A root holds from its first day.",
            &[&signer().der],
            "CertificateNotYetValid",
        )
        .attack("C8")
        .anchors(&[&future.der]),
        case(
            "anchors_empty",
            "Who trusts nobody accepts nobody.",
            &[&signer().der],
            "UntrustedIssuer",
        )
        .attack("C1")
        .anchors(&[]),
    ]
}

/// A leaf with one fault, below a good root.
fn leaves() -> Vec<Case> {
    type Leaf = (
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        fn(&mut Profile),
    );
    let rows: Vec<Leaf> = vec![
        (
            "leaf_is_ca",
            "A signer of cards is no CA.",
            "C2",
            "LeafIsCa",
            |p| set_ca(p, true, Some(0)),
        ),
        (
            "leaf_usage_missing",
            "A signer of cards has an extended key usage.",
            "C3",
            "LeafUsage",
            |p| p.eku.clear(),
        ),
        (
            "leaf_usage_of_readers",
            "A reader signs no cards.",
            "C3",
            "LeafUsage",
            |p| p.eku = vec![eku::READER],
        ),
        (
            "leaf_usage_of_tls_servers",
            "A TLS server signs no cards.",
            "C3",
            "LeafUsage",
            |p| p.eku = vec![eku::TLS_SERVER],
        ),
        (
            "leaf_usage_any",
            "anyExtendedKeyUsage is not the usage of signers of cards.",
            "C3",
            "LeafUsage",
            |p| p.eku = vec![eku::ANY],
        ),
        (
            "leaf_key_usage_of_agreement",
            "A signer's key usage is digitalSignature, not keyAgreement.",
            "C4",
            "KeyUsage",
            |p| p.key_usage = Some(key_usage::KEY_AGREEMENT),
        ),
        (
            "leaf_key_usage_of_certificates",
            "A signer's key usage is digitalSignature, not keyCertSign.",
            "C4",
            "KeyUsage",
            |p| p.key_usage = Some(key_usage::CERT_SIGN),
        ),
        (
            "leaf_key_usage_without_bits",
            "A key usage of no bits permits nothing.",
            "C10",
            "KeyUsage",
            |p| p.key_usage = Some(key_usage::EMPTY),
        ),
        (
            "leaf_key_usage_without_content",
            "A BIT STRING counts its unused bits.",
            "C10",
            "MalformedCertificate",
            |p| p.key_usage = Some(key_usage::NOTHING),
        ),
        (
            "leaf_critical_extension_unknown",
            "A critical extension must be understood.",
            "C5",
            "CriticalExtension",
            |p| p.extra.push(Extension::unknown(true)),
        ),
        (
            "leaf_expired",
            "A signer's certificate holds until its last day.",
            "C8",
            "CertificateExpired",
            |p| p.not_after = kit::NOW - 1,
        ),
        (
            "leaf_not_yet_valid",
            "A signer's certificate holds from its first day.",
            "C8",
            "CertificateNotYetValid",
            |p| p.not_before = kit::NOW + 1,
        ),
        (
            "leaf_dates_reversed",
            "A certificate does not end before it begins.",
            "C8",
            "MalformedCertificate",
            |p| {
                (p.not_before, p.not_after) = (kit::NOW + 1, kit::NOW - 1);
            },
        ),
        (
            "leaf_signature_flipped",
            "The root signed the certificate.",
            "C9",
            "CertificateSignature",
            |p| p.fault = Some(Fault::FlippedSignature),
        ),
        (
            "leaf_algorithm_inside_differs",
            "The algorithm inside a certificate is the one beside its signature.",
            "C9",
            "CertificateSignature",
            |p| p.inner_algorithm = algorithm::ECDSA_SHA384,
        ),
        (
            "leaf_algorithm_with_null",
            "ECDSA has no parameters, not even NULL.",
            "C9",
            "CertificateSignature",
            |p| p.set_algorithm(algorithm::ECDSA_SHA256_NULL),
        ),
        (
            "leaf_signature_with_unused_bit",
            "A signature is whole bytes.",
            "C9",
            "MalformedCertificate",
            |p| p.fault = Some(Fault::UnusedSignatureBit),
        ),
        (
            "leaf_serial_negative",
            "A serial number is positive.",
            "C11",
            "MalformedCertificate",
            |p| p.serial = vec![0x80; 8],
        ),
        (
            "leaf_serial_zero",
            "A serial number is not 0.",
            "C11",
            "MalformedCertificate",
            |p| p.serial = vec![0],
        ),
        (
            "leaf_serial_with_high_tag",
            "DER writes low tags in one byte.",
            "C11",
            "MalformedCertificate",
            |p| p.fault = Some(Fault::HighTag),
        ),
        (
            "leaf_length_in_ber",
            "DER writes lengths in the fewest bytes.",
            "C11",
            "MalformedCertificate",
            |p| p.fault = Some(Fault::LongLength),
        ),
        (
            "leaf_length_indefinite",
            "DER has definite lengths.",
            "C11",
            "MalformedCertificate",
            |p| p.fault = Some(Fault::IndefiniteLength),
        ),
        (
            "leaf_trailing_data",
            "Nothing follows a certificate.",
            "C11",
            "MalformedCertificate",
            |p| p.fault = Some(Fault::TrailingData),
        ),
        (
            "leaf_version_1",
            "Certificates are of version 3.",
            "C11",
            "MalformedCertificate",
            |p| p.version = None,
        ),
        (
            "leaf_extension_twice",
            "A certificate holds each extension once.",
            "C11",
            "MalformedCertificate",
            |p| p.extra = vec![Extension::unknown(false); 2],
        ),
    ];
    let root = Entity::root();
    let case = |(name, rule, attack, expected, fault): Leaf| {
        let leaf = root.issue(ds().with(fault), ISSUER);
        Case::new(name, rule, under(&[&leaf.der]))
            .attack(attack)
            .rejects(expected, json!({}))
    };
    let garbage = Case::new(
        "leaf_is_garbage",
        "A certificate is a certificate.",
        under(&[b"no certificate"]),
    );
    let garbage = garbage
        .attack("C11")
        .rejects("MalformedCertificate", json!({}));
    rows.into_iter().map(case).chain([garbage]).collect()
}

/// A good leaf below an authority with one fault.
fn authorities() -> Vec<Case> {
    type Authority = (
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        fn(&mut Profile),
    );
    let rows: Vec<Authority> = vec![
        (
            "authority_is_no_ca",
            "Who issues certificates is a CA.",
            "C6",
            "IntermediateNotCa",
            |p| set_ca(p, false, None),
        ),
        (
            "authority_without_basic_constraints",
            "Who issues certificates says that it is a CA.",
            "C6",
            "IntermediateNotCa",
            |p| p.basic_constraints = None,
        ),
        (
            "authority_may_not_sign_certificates",
            "Who issues certificates has the key usage keyCertSign.",
            "C4",
            "KeyUsage",
            |p| p.key_usage = Some(key_usage::CRL_SIGN),
        ),
        (
            "authority_of_another_usage",
            "An authority for TLS servers issues no signers of cards.",
            "C3",
            "KeyUsage",
            |p| p.eku = vec![eku::TLS_SERVER],
        ),
        (
            "authority_expired",
            "Each certificate of a chain holds.",
            "C8",
            "CertificateExpired",
            |p| p.not_after = kit::NOW - 1,
        ),
        (
            "authority_critical_extension_unknown",
            "A critical extension must be understood, above the leaf too.",
            "C5",
            "CriticalExtension",
            |p| p.extra.push(Extension::unknown(true)),
        ),
    ];
    let root = open_root(1);
    let case = |(name, rule, attack, expected, fault): Authority| {
        let authority = root.issue(Profile::intermediate().with(fault), "authority");
        let leaf = authority.issue(ds(), ISSUER);
        Case::new(name, rule, under(&[&leaf.der, &authority.der]))
            .attack(attack)
            .anchors(&[&root.der])
            .rejects(expected, json!({}))
    };
    let mut cases: Vec<_> = rows.into_iter().map(case).collect();
    let closed = Entity::root();
    let authority = closed.issue(Profile::intermediate(), "authority");
    let leaf = authority.issue(ds(), ISSUER);
    cases.push(
        Case::new(
            "path_longer_than_root_allows",
            "A root of path length 0 issues signers, no authorities.",
            under(&[&leaf.der, &authority.der]),
        )
        .attack("C6")
        .rejects("PathTooLong", json!({})),
    );
    let open = open_root(2);
    let first = open.issue(Profile::intermediate(), "first");
    let second = Profile::intermediate().with(|p| p.subject.common_name = "Second");
    let second = first.issue(second, "second");
    let leaf = second.issue(ds(), ISSUER);
    cases.push(
        Case::new(
            "path_longer_than_authority_allows",
            "An authority of path length 0 issues signers, no authorities.",
            under(&[&leaf.der, &second.der, &first.der]),
        )
        .attack("C6")
        .anchors(&[&open.der])
        .rejects("PathTooLong", json!({})),
    );
    let needless = open_root(1);
    let authority = needless.issue(Profile::intermediate(), "authority");
    cases.push(
        Case::new(
            "authority_not_needed",
            "Each certificate that came along is part of the path.",
            under(&[&signer().der, &authority.der]),
        )
        .attack("C1")
        .anchors(&[&needless.der])
        .rejects("UntrustedIssuer", json!({})),
    );
    cases
}

/// Annex B, where the reader demands it.
fn profile() -> Vec<Case> {
    type Leaf = (&'static str, &'static str, &'static str, fn(&mut Profile));
    let rows: Vec<Leaf> = vec![
        (
            "strict_country_differs",
            "Signer and root are of one country.",
            "CertificateNames",
            |p| p.subject.country = Some("XX"),
        ),
        (
            "strict_country_missing",
            "A signer has a country.",
            "CertificateProfile",
            |p| p.subject.country = None,
        ),
        (
            "strict_leaf_of_458_days",
            "A signer's certificate holds for 457 days at most.",
            "CertificateProfile",
            |p| p.not_after = p.not_before + 458 * 86_400,
        ),
        (
            "strict_leaf_usage_not_critical",
            "The extended key usage is critical.",
            "CertificateProfile",
            |p| p.eku_critical = false,
        ),
        (
            "strict_leaf_usage_more",
            "A signer of cards has no other usage.",
            "CertificateProfile",
            |p| p.eku.push(eku::TLS_SERVER),
        ),
        (
            "strict_authority_key_differs",
            "The authority key identifier is the one of the root.",
            "CertificateProfile",
            |p| p.authority_key_id = KeyId::Bytes(vec![7; 20]),
        ),
        (
            "strict_issuer_alt_name_missing",
            "A certificate says where to reach its issuer.",
            "CertificateProfile",
            |p| p.issuer_alt_name = None,
        ),
    ];
    let root = Entity::root();
    let case = |(name, rule, expected, fault): Leaf| {
        let leaf = root.issue(ds().with(fault), ISSUER);
        Case::new(name, rule, under(&[&leaf.der]))
            .attack("C13")
            .strict_profile()
            .rejects(expected, json!({}))
    };
    let country = Item::new(0, "issuing_country", "XX");
    let country = Case::new(
        "strict_issuing_country_differs",
        "A card is issued in the country of its signer.",
        respond(card_of(vec![country]).issue()),
    );
    let country = country
        .attack("C13")
        .strict_profile()
        .rejects("IssuingCountry", json!({}));
    let same = Item::new(0, "issuing_country", "UT");
    let same = Case::new(
        "accept_strict_issuing_country",
        "A card that is issued in the country of its signer is accepted.",
        respond(card_of(vec![same.clone()]).issue()),
    )
    .attack("C13")
    .strict_profile()
    .accepts([by_signature(&[same])]);
    rows.into_iter().map(case).chain([country, same]).collect()
}

fn lists() -> Vec<Case> {
    let root = Entity::root();
    let serial = signer().profile.serial;
    let list = |change: &dyn Fn(&mut Crl)| root.crl().with(change).sign(&root.key);
    let case = |name, rule, lists: &[Vec<u8>], expected| {
        Case::new(name, rule, respond(card().issue()))
            .attack("C14")
            .crls(lists)
            .rejects(expected, json!({}))
    };
    let revoking = list(&|c| c.revoked.push(serial.clone()));
    let newer = list(&|c| {
        c.revoked.push(serial.clone());
        c.this_update = date(2026, 5, 20);
    });
    vec![
        case(
            "certificate_revoked",
            "A signer that the root's list names is revoked.",
            std::slice::from_ref(&revoking),
            "CertificateRevoked",
        ),
        case(
            "certificate_revoked_in_newer_list",
            "Of several lists the newest counts.",
            &[list(&|_| ()), newer],
            "CertificateRevoked",
        ),
        case(
            "list_expired",
            "A list holds until its nextUpdate.",
            &[list(&|c| c.next_update = Some(kit::NOW - 1))],
            "CrlUnusable",
        ),
        case(
            "list_of_the_future",
            "A list that is dated in the future is not used.",
            &[list(&|c| c.this_update = kit::NOW + 1)],
            "CrlUnusable",
        ),
        case(
            "list_of_another_issuer",
            "A list says nothing of another issuer's certificates.",
            &[Entity::reader_root().crl().sign(&Entity::reader_root().key)],
            "CrlUnusable",
        ),
        case(
            "list_signed_by_another_key",
            "A list is signed by the issuer of the certificate.",
            &[root.crl().sign(&root.impostor("attacker").key)],
            "CrlUnusable",
        ),
        case(
            "list_of_authorities_only",
            "A list of CA certificates says nothing of signers.",
            &[list(&|c| {
                c.extra.push(issuing_distribution_point(
                    Some(CRL_URI),
                    Scope::OnlyCaCertificates,
                ))
            })],
            "CrlUnusable",
        ),
        Case::new(
            "x5chain_array_of_one",
            "A chain of one certificate is a byte string (RFC 9360); no root vouches for an array.",
            array_of_one(),
        )
        .attack("C15")
        .rejects("MalformedCertificate", json!({})),
        Case::new(
            "accept_pinned_key_beside_array_of_one",
            "How a chain is written is nothing to a pinned key.",
            array_of_one(),
        )
        .attack("C15")
        .anchors(&[])
        .pinned(&[ISSUER])
        .accepts_card(),
        Case::new(
            "list_is_garbage",
            "A list is a list.",
            respond(card().issue()),
        )
        .attack("C14")
        .crls(&[b"no list".to_vec()])
        .misuse("InvalidCrl"),
    ]
}

fn array_of_one() -> Vec<u8> {
    let leaf = Value::Bytes(signer().der);
    signed(|draft| draft.unprotected = map([(33, array([leaf]))]))
}

fn shapes() -> Vec<Row> {
    let leaf = || Value::Bytes(signer().der);
    let shape = |value: Value| signed(|draft| draft.unprotected = map([(33, value)]));
    let five = Value::Array(vec![Value::Bytes(vec![0x30]); 5]);
    vec![
        (
            "x5chain_empty_array",
            "A chain is not empty.",
            "C15",
            shape(array([])),
            "Empty",
        ),
        (
            "x5chain_empty_bytes",
            "A certificate is not empty.",
            "C15",
            shape(Value::Bytes(vec![])),
            "Empty",
        ),
        (
            "x5chain_with_empty_certificate",
            "No certificate of a chain is empty.",
            "C15",
            shape(array([leaf(), Value::Bytes(vec![])])),
            "Empty",
        ),
        (
            "x5chain_of_five",
            "A chain has four certificates at most.",
            "C15",
            shape(five),
            "TooMany",
        ),
        (
            "x5chain_is_text",
            "A chain is of byte strings.",
            "C15",
            shape("leaf".into()),
            "UnexpectedType",
        ),
    ]
}
