//! Who may see what, by the certificate of the reader.

use proptest::prelude::*;
use vitacard::crypto::{RUSTCRYPTO, SoftwareSigner};
use vitacard::holder::{Consent, DeviceRequest, verify_reader};
use vitacard::profile::Ceiling;
use vitacard::reader::{Conditions, ItemsRequest, Policy, Request};
use vitacard::trust::TrustAnchors;
use vitacard::{ElementId, Error, Misuse, NameSpace, Rejected, unix_time};

use crate::lending::*;
use crate::pki::{Entity, Extension, Profile as Certificate, algorithm, der};
use crate::world::*;

const PROFESSION: &str = "1.2.250.1.71.1.2.7";

fn extension(value: Vec<u8>, critical: bool) -> Extension {
    Extension {
        id: PROFESSION,
        critical,
        value,
    }
}

fn utf8(text: &str) -> Vec<u8> {
    der::tlv(0x0c, text.as_bytes())
}

/// What the wallet makes of a reader with these extensions, that asks for everything.
fn ceiling(change: impl FnOnce(&mut Certificate)) -> Result<Ceiling, Error> {
    let root = Entity::reader_root();
    let reader = root.issue(Certificate::mdoc_reader().with(change), "a reader");
    let mut anchors = TrustAnchors::new();
    anchors.add_root(&root.der)?;
    let world = World::new();
    let asked = ItemsRequest::of_profile(&world.profile, Ceiling::Hospital);
    let request = Request::new([asked])?;
    let unsigned = request.prepare(vitacard::crypto::Algorithm::ES256, &transcript())?;
    let key = SoftwareSigner::from_bytes(&reader.key.scalar())?;
    let signed = unsigned.sign_with(&key, &[&reader.der], &RUSTCRYPTO)?;
    let request = DeviceRequest::parse(&signed)?;
    let policy = Policy::default();
    let conditions = Conditions::new(unix_time(NOW), &policy);
    let document = request.documents().next().unwrap();
    let reader = verify_reader(&document, &transcript(), &anchors, &conditions, &RUSTCRYPTO)?;
    Ok(reader.ceiling())
}

#[test]
fn by_the_profession_in_the_certificate() {
    for (code, expected) in [
        ("10", Ceiling::Doctor),
        ("40", Ceiling::Doctor),
        ("21", Ceiling::Pharmacist),
        ("60", Ceiling::Pharmacist),
        ("hospital", Ceiling::Hospital),
        ("eligibility", Ceiling::Eligibility),
        ("", Ceiling::Administrative),
        ("11", Ceiling::Administrative),
        ("010", Ceiling::Administrative),
        ("10 ", Ceiling::Administrative),
        ("Hospital", Ceiling::Administrative),
    ] {
        let found = ceiling(|reader| reader.extra.push(extension(utf8(code), false)));
        assert_eq!(found, Ok(expected), "{code:?}");
    }
}

#[test]
fn without_a_profession_that_can_be_read() {
    assert_eq!(ceiling(|_| {}), Ok(Ceiling::Administrative));
    for value in [
        der::tlv(0x13, b"10"), // a PrintableString
        der::tlv(0x0c, &[0xff]),
        b"10".to_vec(),
        Vec::new(),
        [utf8("10"), vec![0]].concat(),
        [utf8("10"), utf8("hospital")].concat(),
    ] {
        let found = ceiling(|reader| reader.extra.push(extension(value.clone(), false)));
        assert_eq!(found, Ok(Ceiling::Administrative), "{value:?}");
    }
    // Twice, or critical, and the chain does not hold: that reader is nobody.
    let twice = ceiling(|reader| {
        reader.extra.push(extension(utf8("10"), false));
        reader.extra.push(extension(utf8("10"), false));
    });
    let malformed = Rejected::ReaderMalformedCertificate { document: 0 };
    assert_eq!(twice, Err(malformed.into()));
    let critical = ceiling(|reader| reader.extra.push(extension(utf8("10"), true)));
    assert_eq!(critical, Err(Rejected::ReaderChain { document: 0 }.into()));
}

/// The authority of today's professional cards signs with RSA. Wallets take no such chain.
#[test]
fn a_reader_with_an_rsa_certificate_is_refused() {
    let modulus = [&[0][..], &[0xc5; 256]].concat();
    let key = der::sequence(&[der::integer(&modulus), der::integer(&[1, 0, 1])]);
    let rsa = der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::tlv(5, &[])]);
    let spki = der::sequence(&[rsa, der::bit_string(&[vec![0], key].concat())]);
    // With an RSA key nobody can even sign a request here.
    let found = ceiling(|reader| reader.spki = Some(spki));
    assert_eq!(found, Err(Misuse::ChainBroken.into()));
    let signed = ceiling(|reader| {
        reader.set_algorithm(algorithm::RSA_SHA256);
        reader.extra.push(extension(utf8("10"), false));
    });
    let untrusted = Rejected::ReaderUntrusted { document: 0 };
    assert_eq!(signed, Err(untrusted.into()));
}

/// What is asked above the ceiling is left out, and the wallet says so.
#[test]
fn what_is_above_is_trimmed_and_reported() {
    let world = World::new();
    let card = world.issue(&adult(), MOTHER);
    let asked = world.asking(Ceiling::Hospital);
    let request = DeviceRequest::parse(&asked).unwrap();
    let document = request.documents().next().unwrap();
    // A reader that proved nothing.
    let consent = consent(&request).under(&world.profile, Ceiling::Administrative);
    let refused: Vec<_> = consent.refused(&document).collect();
    let beyond: Vec<_> = Ceiling::Administrative
        .beyond(&world.profile, &document)
        .collect();
    assert_eq!(refused, beyond);
    assert_eq!(refused.len(), 43 - 9);
    let unsigned = card.present(&request, &consent, &transcript()).unwrap();
    let shown: Vec<_> = unsigned.elements().collect();
    assert_eq!(shown.len(), 9);
    for (name_space, id) in &shown {
        assert!(
            Ceiling::Administrative.admits(&world.profile, name_space, id),
            "{id:?}"
        );
    }
    // Under two ceilings, what both admit.
    let both = consent.under(&world.profile, Ceiling::Hospital);
    assert_eq!(both.refused(&document).count(), 34);
}

/// What a profile does not know, nobody may have; of other cards a ceiling says nothing.
#[test]
fn what_the_profile_does_not_know() {
    let world = World::new();
    let card = world.profile.doc_type();
    let [fr, odd] = ["org.vitacard.health_insurance.fr.1", "org.example"]
        .map(|name| NameSpace::new(name).unwrap());
    let [ald, new] = ["ald", "blood_group"].map(|id| ElementId::new(id).unwrap());
    let consent = Consent::none()
        .allow(card.clone(), fr.clone(), new.clone())
        .allow(card.clone(), odd.clone(), ald.clone())
        .under(&world.profile, Ceiling::Hospital);
    assert!(!consent.allows(&card, &fr, &new) && !consent.allows(&card, &odd, &ald));
    let other = vitacard::DocType::new("org.iso.18013.5.1.mDL").unwrap();
    let consent = consent.allow(other.clone(), odd.clone(), new.clone());
    assert!(consent.allows(&other, &odd, &new));
}

fn any_ceiling() -> impl Strategy<Value = Ceiling> {
    prop_oneof![
        Just(Ceiling::Administrative),
        Just(Ceiling::Eligibility),
        Just(Ceiling::Pharmacist),
        Just(Ceiling::Doctor),
        Just(Ceiling::Hospital),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever is asked, and whatever the holder allows, before or after.
    #[test]
    fn no_answer_exceeds_the_ceiling(
        ceiling in any_ceiling(),
        asked in proptest::collection::vec((any::<bool>(), any::<bool>()), 47),
        before in any::<bool>(),
    ) {
        let world = World::new();
        let card = world.issue(&adult().sex(1).age_over_16(true), MOTHER);
        let elements = world.profile.elements().iter().zip(&asked);
        let mut items = ItemsRequest::new(world.profile.doc_type());
        let mut consent = Consent::none();
        if before {
            consent = consent.under(&world.profile, ceiling);
        }
        for (element, (ask, allow)) in elements {
            let name = (world.profile.name_space(element), ElementId::new(element.id).unwrap());
            if *ask {
                items = items.with_element(name.0.clone(), name.1.clone(), false);
            }
            if *allow {
                consent = consent.allow(world.profile.doc_type(), name.0, name.1);
            }
        }
        if !before {
            consent = consent.under(&world.profile, ceiling);
        }
        let Ok(request) = Request::new([items]) else { return Ok(()) };
        let bytes = request.to_bytes();
        let request = DeviceRequest::parse(&bytes).unwrap();
        let document = request.documents().next().unwrap();
        let Ok(unsigned) = card.present(&request, &consent, &transcript()) else { return Ok(()) };
        let shown: Vec<_> = unsigned.elements().collect();
        for (name_space, id) in &shown {
            prop_assert!(ceiling.admits(&world.profile, name_space, id));
        }
        for (name_space, id) in ceiling.beyond(&world.profile, &document) {
            prop_assert!(!shown.contains(&(name_space, id)));
        }
    }
}
