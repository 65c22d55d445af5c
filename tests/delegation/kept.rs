//! The holder looks at what he has lent.

use vitacard::crypto::{CryptoProvider, RUSTCRYPTO};
use vitacard::{Misuse, unix_time};

use crate::lending::*;

#[test]
fn a_kept_loan_says_what_was_lent() {
    let card = Insurer::new().card();
    let draft = request_draft().with_name("Anna Martin").unwrap();
    let (_, asked) = ask(draft);
    let some = &all_elements()[..2];
    let (from, until) = (unix_time(NOW), unix_time(NOW + DAY));
    let purposes = vitacard::delegation::PurposeSet::of(MEDICINE);
    let grant = vitacard::holder::Grant::new(&card, &asked, some, purposes, from, until).unwrap();
    let made = lend(&card, grant);
    let loan = card.loan(made.as_bytes(), &RUSTCRYPTO).unwrap();
    assert_eq!(loan.id(), made.id());
    assert_eq!(loan.name(), Some("Anna Martin"));
    assert_eq!((loan.begins(), loan.ends()), (from, until));
    assert_eq!(loan.purposes().collect::<Vec<_>>(), [MEDICINE]);
    let lent = card.elements().filter(|element| loan.lends(element));
    let mut lent: Vec<_> = lent
        .map(|element| element.id().as_str().to_owned())
        .collect();
    lent.sort();
    assert_eq!(lent, ["family_name", "given_name"]);
    assert!(!format!("{loan:?}").contains("Anna"));
}

/// Nobody is shown as a loan of his card what his card's key has not signed for it.
#[test]
fn what_another_card_lends_is_no_loan_of_this_one() {
    let insurer = Insurer::new();
    let mother = insurer.card();
    let same_key = insurer.card_with(any_policy().with_claims());
    let childs = insurer.draft("child").with_delegation(any_policy());
    let child = insurer.accept(&insurer.issue(childs));
    let (_, asked) = ask(request_draft());
    let loan = lend(&mother, grant(&mother, asked, DAY).unwrap());
    let bytes = loan.as_bytes();
    assert!(mother.loan(bytes, &RUSTCRYPTO).is_ok());
    let refused = Misuse::OfAnotherCard.into();
    for card in [&same_key, &child, &insurer.own_card()] {
        assert_eq!(card.loan(bytes, &RUSTCRYPTO).unwrap_err(), refused);
    }
    let mut altered = bytes.to_vec();
    *altered.last_mut().unwrap() ^= 1;
    for bytes in [&altered[..], &bytes[1..], &[], b"no delegation"] {
        assert_eq!(mother.loan(bytes, &RUSTCRYPTO).unwrap_err(), refused);
    }
}

#[test]
fn whether_it_is_one_cannot_be_told_without_the_algorithm() {
    let card = Insurer::new().card();
    let (_, asked) = ask(request_draft());
    let loan = lend(&card, grant(&card, asked, DAY).unwrap());
    let none = CryptoProvider {
        signatures: &[],
        ..RUSTCRYPTO
    };
    let error = card.loan(loan.as_bytes(), &none).unwrap_err();
    assert_eq!(error, Misuse::UnsupportedAlgorithm.into());
}
