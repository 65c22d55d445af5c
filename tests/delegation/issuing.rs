//! An issuer cannot make a card that some readers would take for one that can be lent.

use ciborium::Value;
use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer as _, SoftwareSigner};
use vitacard::delegation::{DelegationPolicy, MAX_SECS, Purpose, PurposeSet};
use vitacard::holder::DeviceProof;
use vitacard::issuer::Draft;
use vitacard::{DocType, ElementId, Error, Misuse, NameSpace, Rejected, Validity, unix_time};

use crate::lending::*;

const SWITCH: &str = "org.vitacard.delegation.1";

fn prepare(draft: Draft) -> Result<(), Error> {
    draft
        .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut Seeded(1))
        .map(drop)
}

fn draft() -> Draft {
    Insurer::new().draft(MOTHER)
}

fn switch() -> NameSpace<'static> {
    NameSpace::new(SWITCH).unwrap()
}

#[test]
fn thirty_days_at_most() {
    assert!(DelegationPolicy::lasting(MAX_SECS).is_ok());
    assert!(DelegationPolicy::lasting(1).is_ok());
    for secs in [0, MAX_SECS + 1, u64::MAX] {
        let error = DelegationPolicy::lasting(secs).unwrap_err();
        assert_eq!(error, Error::Misuse(Misuse::DelegationTooLong), "{secs}");
    }
}

#[test]
fn no_switch_without_a_policy_and_no_policy_by_hand() {
    let conflict = Err(Error::Misuse(Misuse::DelegationConflict));
    let element = (switch(), ElementId::new("delegation").unwrap());
    let by_hand = [
        draft().with_key_authorizations([switch()], []),
        draft().with_key_authorizations([], [element.clone()]),
        draft().with_key_info(-70_001, vec![0xa0]),
        draft().with_key_info(-70_001, Value::Map(Vec::new())),
    ];
    for draft in by_hand {
        assert_eq!(prepare(draft), conflict);
    }
    let declared = || draft().with_delegation(any_policy());
    assert_eq!(prepare(declared()), Ok(()));
    let twice = declared().with_key_info(-70_001, vec![0xa0]);
    assert_eq!(prepare(twice), conflict);
    assert_eq!(
        prepare(declared().with_key_authorizations([switch()], [])),
        conflict
    );
    assert_eq!(
        prepare(declared().with_key_authorizations([], [element])),
        conflict
    );
}

#[test]
fn a_card_as_long_as_its_loans() {
    let card_of = |secs: u64| {
        let window = Validity::new(unix_time(NOW), unix_time(NOW + secs)).unwrap();
        let draft = Draft::new(DocType::new(DOC_TYPE).unwrap(), public_key(MOTHER), window);
        prepare(draft.with_delegation(any_policy()))
    };
    assert_eq!(card_of(MAX_SECS), Ok(()));
    let short = Err(Error::Misuse(Misuse::CardShorterThanDelegation));
    assert_eq!(card_of(MAX_SECS - 1), short);
}

/// A delegation names the certificate.
#[test]
fn not_without_a_certificate() {
    let unsigned = draft()
        .with_delegation(any_policy())
        .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut Seeded(1))
        .unwrap();
    let issuer = SoftwareSigner::from_bytes(&[7; 32]).unwrap();
    let signature = issuer.sign(unsigned.to_be_signed()).unwrap();
    let error = unsigned.complete_pinned(&signature, &issuer.public_key(), &RUSTCRYPTO);
    assert_eq!(
        error.unwrap_err(),
        Misuse::DelegationNeedsCertificate.into()
    );
}

/// A key that signs delegations never makes a MAC.
#[test]
fn the_wallet_makes_no_mac_with_its_key() {
    let insurer = Insurer::new();
    let card = insurer.card();
    assert_eq!(card.proof(), DeviceProof::Signature);
    let error = card.with_proof(DeviceProof::Mac).unwrap_err();
    assert_eq!(error, Rejected::MacOfDelegableCard { document: 0 }.into());
    assert!(insurer.own_card().with_proof(DeviceProof::Mac).is_ok());
}

/// Nor does its holder say anything where delegates do: a reader would take him for one.
#[test]
fn a_holder_says_nothing_in_the_name_space_of_delegates() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let asked = asking(false);
    let request = vitacard::holder::DeviceRequest::parse(&asked).unwrap();
    let consent = consent(&request);
    let unsigned = card.present(&request, &consent, &transcript()).unwrap();
    let error = unsigned.with_device_element(switch(), ElementId::new("x").unwrap(), 1);
    assert_eq!(error.unwrap_err(), Misuse::NotAuthorized.into());
}

#[test]
fn what_the_policy_says_is_what_the_wallet_reads() {
    let policy = DelegationPolicy::lasting(DAY)
        .unwrap()
        .for_purposes(PurposeSet::of(MEDICINE).with(Purpose::new("org.example", -4)))
        .for_elements(all_elements())
        .for_elements([(NameSpace::new("a").unwrap(), ElementId::new("b").unwrap())])
        .with_revocation_list("https://status.example/d")
        .requiring_own_card()
        .with_claims();
    let card = Insurer::new().card_with(policy.clone());
    assert_eq!(card.delegation_policy(), Some(&policy));
    let bare = Insurer::new().card();
    assert_eq!(bare.delegation_policy(), Some(&any_policy()));
}

#[test]
fn a_policy_that_no_reader_would_take() {
    let empty = [
        any_policy().for_purposes(PurposeSet::default()),
        any_policy().for_purposes(PurposeSet::of(Purpose::new("", 1))),
        any_policy().with_revocation_list(""),
        any_policy().for_elements([]),
    ];
    for policy in empty {
        let error = prepare(draft().with_delegation(policy)).unwrap_err();
        assert_eq!(error, Misuse::DelegationPolicyEmpty.into());
    }
}
