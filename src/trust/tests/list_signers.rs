//! Who may sign lists of blocked cards: all that holds of a signer of cards, but for its usages.

use super::*;

fn status() -> Profile {
    Profile::status_signer()
}

/// A COSE_Sign1 whose chain is protected, as that of a list must be.
fn protected(chain: &[&[u8]], key: &Key) -> Vec<u8> {
    let mut header = Writer::new();
    header.map(2).int(1).int(-7).int(33);
    match chain {
        [one] => header.byte_string(one),
        many => {
            header.array(many.len());
            many.iter().for_each(|der| {
                header.byte_string(der);
            });
            &mut header
        }
    };
    let mut message = Writer::new();
    message.array(4).text("Signature1");
    message.byte_string(header.as_slice()).byte_string(&[]);
    message.byte_string(&[0]);
    let mut out = Writer::new();
    out.array(4).byte_string(header.as_slice()).map(0);
    out.byte_string(&[0])
        .byte_string(&key.sign_raw(message.as_slice()));
    out.into_bytes()
}

fn find_lister(
    chain: &[&[u8]],
    anchors: &TrustAnchors,
    lists: Option<&RevocationLists>,
) -> Result<TrustedListSigner, Error> {
    let bytes = protected(chain, &nobody());
    let item = WellFormed::parse(&bytes, MESSAGE_CAP).expect("well-formed CBOR");
    let auth = Sign1::parse_attached(item).expect("a Sign1");
    TrustedListSigner::find(&auth, anchors, lists, &RUSTCRYPTO, unix_time(NOW))
}

#[track_caller]
fn judged(what: &str, expected: Option<Rejected>, profile: Profile) {
    let root = Entity::root();
    let leaf = root.issue(profile, "lister");
    let found = find_lister(&[&leaf.der], &roots(&[&root.der]), None);
    expect(what, expected, found);
}

#[test]
fn usages() {
    let with = |usages: &[&'static str]| status().with(|p| p.eku = usages.to_vec());
    judged("no usage", ACCEPTED, status());
    judged("one of its own", ACCEPTED, with(&["1.3.6.1.5.5.7.3.30"]));
    judged("cards", ACCEPTED, with(&[eku::DOCUMENT_SIGNER]));
    judged("a reader", no!(ListSigner), with(&[eku::READER]));
    judged(
        "a reader of 23220",
        no!(ListSigner),
        with(&[eku::MDOC_READER]),
    );
    let among_others = with(&[eku::DOCUMENT_SIGNER, eku::READER]);
    judged("a reader among others", no!(ListSigner), among_others);
    let uncritical = Profile::mdoc_reader().with(|p| p.eku_critical = false);
    judged("not critical", no!(ListSigner), uncritical);
}

#[test]
fn key_usages() {
    let with = |usage| status().with(|p| p.key_usage = usage);
    judged("none stated", ACCEPTED, with(None));
    for usage in [
        key_usage::KEY_AGREEMENT,
        key_usage::CERT_SIGN,
        key_usage::CRL_SIGN,
        key_usage::EMPTY,
    ] {
        judged("another one", no!(ListSigner), with(Some(usage)));
    }
    let ca = BasicConstraints {
        ca: true,
        path_length: None,
    };
    let ca = status().with(|p| p.basic_constraints = Some(ca));
    judged("a CA", no!(ListSigner), ca);
}

#[test]
fn whatever_else_breaks_a_chain() {
    let untrusted = no!(ListUntrusted);
    let rows: [(&str, Profile); 7] = [
        ("late", status().with(|p| p.not_after = NOW - 1)),
        ("early", status().with(|p| p.not_before = NOW + 1)),
        (
            "critical",
            status().with(|p| p.extra.push(Extension::unknown(true))),
        ),
        ("version 1", status().with(|p| p.version = None)),
        (
            "signature",
            status().with(|p| p.fault = Some(Fault::FlippedSignature)),
        ),
        (
            "algorithm",
            status().with(|p| p.set_algorithm(algorithm::ECDSA_SHA384)),
        ),
        (
            "malformed",
            status().with(|p| p.fault = Some(Fault::WrappedExtensions)),
        ),
    ];
    for (what, profile) in rows {
        judged(what, untrusted, profile);
    }
    let p384 = status().with(|p| p.spki = Some(spki_p384()));
    let expected = match cfg!(feature = "es384") {
        true => ACCEPTED,
        false => no!(ListAlgorithm),
    };
    judged("another curve", expected, p384);
}

#[test]
fn chains() {
    let root = Entity::root();
    let leaf = root.issue(status(), "lister");
    let anchors = roots(&[&root.der]);
    let found = find_lister(&[&leaf.der], &anchors, None).expect("trusted");
    assert_eq!(found.key(), &public_key(&leaf.key));
    let signer = root.issue(Profile::document_signer(), "signer");
    let of_cards = find(&[&signer.der], &anchors).expect("trusted");
    assert_eq!(found.anchor(), of_cards.anchor());
    let other = Entity::self_signed(Profile::iaca_root(), "another");
    let untrusted = no!(ListUntrusted);
    expect(
        "another root",
        untrusted,
        find_lister(&[&leaf.der], &roots(&[&other.der]), None),
    );
    expect(
        "the root comes along",
        untrusted,
        find_lister(&[&leaf.der, &root.der], &anchors, None),
    );
    // A signer of lists is no signer of cards, and none of requests.
    expect("cards", no!(LeafUsage), find(&[&leaf.der], &anchors));
}

#[test]
fn a_chain_beside_the_signature_is_none() {
    let root = Entity::root();
    let leaf = root.issue(status(), "lister");
    let anchors = roots(&[&root.der]);
    with_auth(&[&leaf.der], &leaf.key, |auth| {
        let now = unix_time(NOW);
        let found = TrustedListSigner::find(auth, &anchors, None, &RUSTCRYPTO, now);
        expect("unprotected", no!(ListUntrusted), found);
    });
}

#[test]
fn intermediates() {
    let long = Profile::iaca_root().with(|p| {
        p.basic_constraints = Some(BasicConstraints {
            ca: true,
            path_length: Some(1),
        });
    });
    let root = Entity::self_signed(long, "root");
    let through = |root: &Entity, change: fn(&mut Profile)| {
        let between = root.issue(Profile::intermediate().with(change), "between");
        let leaf = between.issue(status(), "lister");
        find_lister(&[&leaf.der, &between.der], &roots(&[&root.der]), None)
    };
    expect("one", ACCEPTED, through(&root, |_| ()));
    let for_cards = through(&root, |p| p.eku = vec![eku::DOCUMENT_SIGNER]);
    expect("of cards", ACCEPTED, for_cards);
    let both = through(&root, |p| p.eku = vec![eku::DOCUMENT_SIGNER, eku::READER]);
    expect("of both", ACCEPTED, both);
    let untrusted = no!(ListUntrusted);
    let for_readers = through(&root, |p| p.eku = vec![eku::READER, eku::MDOC_READER]);
    expect("of readers", untrusted, for_readers);
    let no_issuer = through(&root, |p| p.key_usage = Some(key_usage::CRL_SIGN));
    expect("no issuer", untrusted, no_issuer);
    let no_ca = through(&root, |p| p.basic_constraints = None);
    expect("no CA", untrusted, no_ca);
    let late = through(&root, |p| p.not_after = NOW - 1);
    expect("late", untrusted, late);
    let short = through(&Entity::root(), |_| ());
    expect("path length 0", untrusted, short);
}

#[test]
fn revocation_lists_count() {
    let root = Entity::root();
    let leaf = root.issue(status(), "lister");
    let anchors = roots(&[&root.der]);
    let at = |serials: &[Vec<u8>]| {
        let crl = root
            .crl()
            .with(|crl| crl.revoked.extend_from_slice(serials));
        let lists = RevocationLists::new(&[&crl.sign(&root.key)]).expect("lists");
        find_lister(&[&leaf.der], &anchors, Some(&lists))
    };
    expect("not on it", ACCEPTED, at(&[]));
    let serial = leaf.profile.serial.clone();
    expect("on it", no!(ListUntrusted), at(&[serial]));
    let other = Entity::self_signed(Profile::reader_root(), "another");
    let lists = RevocationLists::new(&[&other.crl().sign(&other.key)]).expect("lists");
    let found = find_lister(&[&leaf.der], &anchors, Some(&lists));
    expect("not covered", no!(ListUntrusted), found);
}

/// The second edition's table: 1187 days, key identifiers, and neither usages nor a place of lists.
#[test]
fn the_strict_profile() {
    let root = Entity::root();
    let strict = roots(&[&root.der]).strict_profile(true);
    let through = |change: fn(&mut Profile)| {
        let leaf = root.issue(status().with(change), "lister");
        find_lister(&[&leaf.der], &strict, None)
    };
    expect("as it should be", ACCEPTED, through(|_| ()));
    let untrusted = no!(ListUntrusted);
    let long = through(|p| p.not_after = p.not_before + 1188 * 86_400);
    expect("long", untrusted, long);
    let nameless = through(|p| p.authority_key_id = KeyId::Absent);
    expect("no key identifier", untrusted, nameless);
    expect("no key usage", untrusted, through(|p| p.key_usage = None));
}
