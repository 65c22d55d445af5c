//! Before the times: everyone accepts what will be timed, and refuses it damaged. A peer that
//! refused a fixture at its first step would look fast.

use vitacard::crypto::TableSize;

use crate::authority::Authority;
use crate::cards::{Cards, Delegated, Lent, Response, Whose, value};
use crate::ours::{self, Desk};
use crate::peers::{aws_lc, isomdl, p256, ring};
use crate::signing::{Signatures, Signed};

type Verifier<'a> = (&'a str, &'a dyn Fn(&Signed) -> bool);

pub fn check(authority: &Authority, signatures: &Signatures, cards: &Cards) {
    let sets = [
        &signatures.of_many,
        &signatures.of_many_even,
        &signatures.of_one,
    ];
    let of_eight = cards.eight.iter().take(8).flat_map(Response::signatures);
    let parsed = |signed: &Signed| aws_lc::Parsed::new(signed).verify();
    let verifiers: [Verifier<'_>; 6] = [
        ("aws-lc-rs", &aws_lc::verify),
        ("aws-lc-rs, parsed", &parsed),
        ("ring", &ring::verify),
        ("p256", &p256::verify),
        ("ours", &ours::verify),
        ("ours, even R", &ours::verify_even_r),
    ];
    let of_delegates = cards.delegated.responses.iter().take(8);
    let of_delegates = of_delegates.flat_map(Lent::signatures);
    for signed in sets
        .into_iter()
        .flatten()
        .chain(of_eight)
        .chain(of_delegates)
    {
        verifiers
            .iter()
            .for_each(|verifier| check_signature(verifier, signed));
    }
    for size in [TableSize::Full, TableSize::Compact, TableSize::Flash] {
        let key = ours::prepare(&signatures.of_one[0].key, size);
        let verify = |signed: &Signed| ours::verify_prepared(&key, signed);
        let verifier: Verifier<'_> = ("ours, prepared", &verify);
        signatures
            .of_one
            .iter()
            .for_each(|signed| check_signature(&verifier, signed));
    }
    assert!(ours::verify_together(&signatures.of_many_even));
    assert!(!ours::verify_together(&[spoilt(
        &signatures.of_many_even[0]
    )]));
    check_cards(authority, cards);
}

fn check_signature((who, verify): &Verifier<'_>, signed: &Signed) {
    assert!(verify(signed), "{who} refuses a good signature");
    assert!(!verify(&spoilt(signed)), "{who} accepts a bad signature");
    let mut other = signed.clone();
    other.message[0] ^= 1;
    assert!(!verify(&other), "{who} accepts another message");
}

fn spoilt(signed: &Signed) -> Signed {
    let mut spoilt = signed.clone();
    spoilt.signature[63] ^= 1;
    spoilt
}

fn check_cards(authority: &Authority, cards: &Cards) {
    let desk = Desk::new(authority);
    let mut cache = desk.cache(&cards.eight[0]);
    let isomdl = isomdl::Reader::new(authority);
    for response in [&cards.eight[..8], &cards.thirty_five, &cards.portrait].concat() {
        assert!(
            desk.accepts(&response.bytes, &mut cache),
            "we refuse a good response"
        );
        assert!(
            isomdl.accepts(&response.bytes),
            "isomdl refuses a good response"
        );
        for whose in [Whose::Issuer, Whose::Device] {
            let mut damaged = response.clone();
            damaged.spoil_signature(whose);
            assert!(!desk.accepts(&damaged.bytes, &mut cache), "we: {whose:?}");
            assert!(!isomdl.accepts(&damaged.bytes), "isomdl: {whose:?}");
        }
        let forged = with_another_value(&response);
        assert!(
            !desk.accepts(&forged.bytes, &mut cache),
            "we accept another value"
        );
    }
    check_batches(&desk, cards);
    check_delegated(authority, &cards.delegated);
}

/// No peer knows of delegates, so there is nobody else to ask.
fn check_delegated(authority: &Authority, delegated: &Delegated) {
    let desk = Desk::new(authority).asking(&delegated.request);
    let mut cache = desk.cache(&delegated.responses[0].shown);
    for lent in &delegated.responses {
        assert!(desk.accepts(&lent.shown.bytes, &mut cache), "a good one");
        for signed in lent.signatures() {
            let mut damaged = lent.shown.clone();
            damaged.spoil(&signed.signature);
            assert!(!desk.accepts(&damaged.bytes, &mut cache), "a damaged one");
        }
        let forged = with_another_value(&lent.shown);
        assert!(!desk.accepts(&forged.bytes, &mut cache), "another value");
    }
}

/// isomdl 0.2.0 accepts it, for it does not look at digests: that much less is in its times.
fn with_another_value(response: &Response) -> Response {
    let mut forged = response.clone();
    forged.spoil(value(3).as_bytes());
    forged
}

fn check_batches(desk: &Desk, cards: &Cards) {
    let cache = &mut desk.cache(&cards.eight[0]);
    assert_eq!(
        desk.count_one_by_one(&cards.eight, cache),
        cards.eight.len()
    );
    assert_eq!(
        desk.count_one_by_one(&cards.hostile, cache),
        cards.hostile.len() / 2
    );
    for batch in [&cards.eight, &cards.hostile] {
        let together = desk.count_together(batch, cache);
        assert_eq!(together, desk.count_one_by_one(batch, cache));
    }
}
