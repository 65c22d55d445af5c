//! How long a delegation is, and what it adds to a response.

use vitacard::crypto::RUSTCRYPTO;
use vitacard::delegation::{MAX_SECS, PurposeSet};
use vitacard::holder::Grant;
use vitacard::{ElementId, NameSpace, unix_time};

use crate::lending::*;

/// Elements, a purpose, no name, no own card.
#[test]
fn four_elements() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let (_, asked) = ask(request_draft());
    let loan = lend(&card, grant(&card, asked, MAX_SECS).unwrap());
    let lent = lent(&insurer, &card, request_draft(), MAX_SECS);
    let by_delegate = show(&lent, NOW).unwrap().to_bytes().len();
    let by_holder = show_own(&card, MOTHER).to_bytes().len();
    let (delegation, more) = (loan.as_bytes().len(), by_delegate - by_holder);
    println!("delegation of 4 elements: {delegation} bytes (at most 300)");
    println!("response: {by_holder} bytes by the holder, {more} more by a delegate (at most 350)");
    assert_eq!((delegation, more), (282, 326));
}

/// Column G of the health profile: what a delegate is given by default.
const DEFAULT_SCOPE: [(&str, &[&str]); 4] = [
    (
        "org.iso.23220.1",
        &[
            "family_name",
            "given_name",
            "birth_date",
            "issue_date",
            "expiry_date",
            "issuing_authority",
            "issuing_country",
            "document_number",
        ],
    ),
    (
        "org.vitacard.health_insurance.1",
        &[
            "personal_administrative_number",
            "beneficiary_role",
            "competent_institution_id",
            "starting_date",
            "ending_date",
            "rights_checked_at",
            "card_kind",
        ],
    ),
    (
        "org.vitacard.health_insurance.fr.1",
        &[
            "regime_code",
            "fund_code",
            "centre_code",
            "management_code",
            "birth_rank",
            "alsace_moselle",
            "amc_id",
            "amc_member_number",
            "amc_from",
            "amc_until",
            "amc_routing_code",
        ],
    ),
    (
        "org.vitacard.health_insurance.derived.1",
        &["rights_open", "full_cost_covered"],
    ),
];

#[test]
fn the_default_scope_of_the_health_profile() {
    let insurer = Insurer::new();
    let elements: Vec<_> = DEFAULT_SCOPE
        .into_iter()
        .flat_map(|(name_space, ids)| {
            ids.iter().map(move |id| {
                let name_space = NameSpace::new(name_space).unwrap();
                (name_space, ElementId::new(*id).unwrap())
            })
        })
        .collect();
    assert_eq!(elements.len(), 28);
    // 45 elements in all, so that numbers are as they are on a whole card.
    let mut draft = insurer.draft(MOTHER).with_delegation(any_policy());
    for (name_space, id) in &elements {
        draft = draft.with_element(name_space.clone(), id.clone(), "value");
    }
    for n in 0..17 {
        let name_space = NameSpace::new(DEFAULT_SCOPE[n % 4].0).unwrap();
        let id = ElementId::new(format!("other {n}")).unwrap();
        draft = draft.with_element(name_space, id, "value");
    }
    let card = insurer.accept(&insurer.issue(draft));
    let (_, asked) = ask(request_draft());
    let (from, until) = (unix_time(NOW), unix_time(NOW + MAX_SECS));
    let purposes = PurposeSet::of(MEDICINE);
    let grant = Grant::new(&card, &asked, &elements, purposes, from, until).unwrap();
    let unsigned = card
        .delegate(grant, unix_time(NOW), &mut Seeded(3))
        .unwrap();
    let loan = unsigned.sign_with(&signer(MOTHER), &RUSTCRYPTO).unwrap();
    let delegation = loan.as_bytes().len();
    println!("delegation of 28 elements in 4 name spaces: {delegation} bytes");
    // Fewer than these cannot be: the format has every name in full, and numbers of a byte at least.
    let names = DEFAULT_SCOPE.iter();
    let names =
        names.map(|(name, ids)| head(name.len()) + name.len() + head(ids.len()) + ids.len());
    let scope = 1 + names.sum::<usize>();
    let rest = delegation - scope;
    println!("of these the scope is {scope} at least, and what is not scope {rest} at most");
    assert_eq!(delegation, 418);
}

/// The bytes of a CBOR head.
const fn head(value: usize) -> usize {
    if value < 24 { 1 } else { 2 }
}
