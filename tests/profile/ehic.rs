//! The European card, which proves that a profile is a table.

use vitacard::crypto::{Algorithm, RUSTCRYPTO};
use vitacard::holder::DeviceRequest;
use vitacard::issuer::{Draft, StatusReference};
use vitacard::profile::{Ceiling, CompetentInstitution, EhicCard, ElementFault, Insured, Profile};
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, ItemsRequest, Policy, Request, StatusEvidence,
};
use vitacard::{Misuse, Validity, unix_time};

use crate::lending::*;
use crate::world::*;

fn person() -> Insured {
    Insured {
        family_name: "Martin".into(),
        given_name: "Camille".into(),
        birth_date: date("1950-03-02"),
    }
}

fn fund() -> CompetentInstitution {
    CompetentInstitution {
        id: "FR:01751".into(),
        name: Some("CPAM de Paris".into()),
        country: "FR".into(),
    }
}

fn card() -> EhicCard {
    EhicCard::new()
        .credential_holder(&person())
        .subject(&person())
        .social_security_pin("250037511100592")
        .starting_date(date("2026-01-01"))
        .ending_date(date("2026-12-31"))
        .document_id("80250000000000000001")
        .competent_institution(&fund())
        .issuance_date(date("2026-01-01"))
        .expiry_date(date("2027-12-31"))
        .issuing_authority("Cnam")
        .issuing_country("FR")
}

#[test]
fn issued_and_read() {
    let (world, profile) = (World::new(), Profile::ehic());
    assert_eq!(profile.doc_type().as_str(), "eu.europa.ec.eudi.ehic.1");
    let window = Validity::new(unix_time(NOW - DAY), unix_time(NOW + 80 * DAY)).unwrap();
    let elements = card().elements(&profile).unwrap();
    let draft = Draft::of_profile(&profile, elements, public_key(MOTHER), window);
    let without = draft.prepare(Algorithm::ES256, &RUSTCRYPTO, &mut Seeded(1));
    assert_eq!(without.map(drop), Err(Misuse::StatusNeeded.into()));
    let elements = card().elements(&profile).unwrap();
    let draft = Draft::of_profile(&profile, elements, public_key(MOTHER), window);
    let draft = draft.with_status(StatusReference::status_list(PLACE, LIST));
    let card = world.insurer.accept(&world.insurer.issue(draft));
    let asked = Request::new([ItemsRequest::of_profile(&profile, Ceiling::Pharmacist)]);
    let asked = asked.unwrap().to_bytes();
    let request = DeviceRequest::parse(&asked).unwrap();
    let consent = consent(&request).under(&profile, Ceiling::Pharmacist);
    let unsigned = card.present(&request, &consent, &transcript()).unwrap();
    let response = unsigned
        .sign_with(&signer(MOTHER), &RUSTCRYPTO)
        .unwrap()
        .to_bytes();
    let (store, policy, transcript) = (world.lists(NOW, &[], &[]), Policy::default(), transcript());
    let conditions = Conditions::new(unix_time(NOW), &policy);
    let conditions = conditions.with_status(StatusEvidence::of(&store));
    let exchange = Exchange::new(&transcript, conditions).with_request(request);
    let response = DeviceResponse::parse(&response).unwrap();
    let verified = world.insurer.reader().verify(response, &exchange).unwrap();
    let document = verified.documents().next().unwrap();
    let view = document.ehic(&profile).unwrap();
    assert_eq!(view.subject(), Some(person()));
    assert_eq!(view.credential_holder(), Some(person()));
    assert_eq!(view.competent_institution(), Some(fund()));
    assert_eq!(view.ending_date(), Some(date("2026-12-31")));
    assert_eq!(view.issuing_country(), Some("FR"));
    assert!(document.health(&profile).is_none());
}

#[test]
fn what_an_issuer_is_told() {
    let fault = |card: EhicCard| {
        let fault = card.elements(&Profile::ehic()).unwrap_err();
        (fault.element(), fault.fault())
    };
    let nobody = Insured {
        family_name: String::new(),
        ..person()
    };
    let nowhere = CompetentInstitution {
        country: "fr".into(),
        ..fund()
    };
    assert_eq!(fault(EhicCard::new()).1, ElementFault::Missing);
    assert_eq!(
        fault(card().subject(&nobody)),
        ("subject", ElementFault::Length)
    );
    let institution = ("competent_institution", ElementFault::Characters);
    assert_eq!(fault(card().competent_institution(&nowhere)), institution);
    let ended = card().ending_date(date("2025-12-31"));
    assert_eq!(fault(ended), ("ending_date", ElementFault::Contradiction));
}
