//! Thirty days and no second more; in force from its beginning to its end.

use vitacard::crypto::RUSTCRYPTO;
use vitacard::delegation::{DelegationPolicy, MAX_SECS, PurposeSet};
use vitacard::holder::{DelegatedCard, Grant};
use vitacard::reader::Presenter;
use vitacard::{Error, Misuse, Rejected, unix_time};

use crate::lending::*;

#[test]
fn thirty_days_are_granted_and_verify() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let lent = lent(&insurer, &card, request_draft(), MAX_SECS);
    let response = show(&lent, NOW).unwrap().to_bytes();
    let verified = at_pharmacy(&insurer, &response, NOW).unwrap();
    let document = verified.documents().next().unwrap();
    let Presenter::Delegate(delegation) = document.presenter() else {
        panic!("{:?}", document.presenter());
    };
    assert_eq!(delegation.id(), lent.id());
    assert_eq!(delegation.days_left(unix_time(NOW)), 30);
    assert_eq!(delegation.days_left(unix_time(NOW + 1)), 29);
    assert_eq!(delegation.days_left(unix_time(NOW + MAX_SECS - 1)), 0);
    assert_eq!(delegation.ends(), unix_time(NOW + MAX_SECS));
    assert_eq!(document.elements().count(), 4);
    assert_eq!(document.device_elements().count(), 0);
}

/// At the holder's end. The reader's end, where the holder's phone does not care, is in the vectors
/// (`lifetime_…`) and in `threats`.
#[test]
fn a_second_more_is_not_granted() {
    let insurer = Insurer::new();
    let card = insurer.card();
    for secs in [MAX_SECS + 1, 0] {
        let (_, asked) = ask(request_draft());
        let error = grant(&card, asked, secs).unwrap_err();
        assert_eq!(error, Error::Misuse(Misuse::DelegationTooLong), "{secs}");
    }
}

#[test]
fn no_longer_than_the_issuer_allows() {
    let insurer = Insurer::new();
    let card = insurer.card_with(DelegationPolicy::lasting(7 * DAY).unwrap());
    let (_, asked) = ask(request_draft());
    assert!(grant(&card, asked, 7 * DAY).is_ok());
    let (_, asked) = ask(request_draft());
    let error = grant(&card, asked, 7 * DAY + 1).unwrap_err();
    assert_eq!(error, Error::Misuse(Misuse::DelegationTooLong));
}

/// The card ends 80 days after [`NOW`], and began 10 days before it.
#[test]
fn not_outside_of_the_card() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let granted = |from: u64, until: u64| {
        let (_, asked) = ask(request_draft());
        let purposes = PurposeSet::of(MEDICINE);
        let (from, until) = (unix_time(from), unix_time(until));
        Grant::new(&card, &asked, &all_elements(), purposes, from, until).map(drop)
    };
    let end = NOW + 80 * DAY;
    let start = NOW - 10 * DAY;
    assert_eq!(granted(end - DAY, end), Ok(()));
    assert_eq!(granted(start, start + DAY), Ok(()));
    let outside = Err(Error::Misuse(Misuse::GrantOutsideCard));
    assert_eq!(granted(end - DAY, end + 1), outside);
    assert_eq!(granted(start - 1, start + DAY), outside);
}

#[test]
fn from_its_beginning_to_its_end() {
    let insurer = Insurer::new();
    let lent = lent(&insurer, &insurer.card(), request_draft(), MAX_SECS);
    let response = show(&lent, NOW).unwrap().to_bytes();
    let said_at = |now| at_pharmacy(&insurer, &response, now).map(drop);
    for now in [NOW - 60, NOW, NOW + 29 * DAY, NOW + MAX_SECS - 1] {
        assert_eq!(said_at(now), Ok(()), "{now}");
    }
    let (from, until) = (unix_time(NOW), unix_time(NOW + MAX_SECS));
    // The holder's phone dates it at its beginning, so iat is in the future as well as nbf.
    let future = Error::Rejected(Rejected::DelegationIssuedInFuture { document: 0 });
    assert_eq!(said_at(NOW - 61), Err(future));
    let expired = Rejected::DelegationExpired { document: 0, until };
    for now in [NOW + MAX_SECS, NOW + MAX_SECS + 1, NOW + 79 * DAY] {
        assert_eq!(said_at(now), Err(expired.into()), "{now}");
    }
    assert_eq!((lent.begins(), lent.ends()), (from, until));
}

/// Made at once, to begin a little later.
#[test]
fn not_before_it_begins() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let (open, asked) = ask(request_draft());
    let (from, until) = (unix_time(NOW + 60), unix_time(NOW + DAY));
    let purposes = PurposeSet::of(MEDICINE);
    let grant = Grant::new(&card, &asked, &all_elements(), purposes, from, until).unwrap();
    let parcel = parcel(&lend(&card, grant));
    let lent = DelegatedCard::accept(
        &parcel,
        open,
        &insurer.anchors(),
        &RUSTCRYPTO,
        unix_time(NOW),
    );
    let lent = lent.unwrap();
    assert_eq!(show(&lent, NOW).unwrap_err(), Misuse::NotInForce.into());
    let response = show(&lent, NOW + 60).unwrap().to_bytes();
    assert!(at_pharmacy(&insurer, &response, NOW).is_ok());
    let early = at_pharmacy(&insurer, &response, NOW - 1).unwrap_err();
    assert_eq!(
        early,
        Rejected::DelegationNotYetValid { document: 0, from }.into()
    );
}

/// What nobody could accept is not signed.
#[test]
fn not_made_for_another_time() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let delegate_at = |from: u64, until: u64, now: u64| {
        let (_, asked) = ask(request_draft());
        let purposes = PurposeSet::of(MEDICINE);
        let (from, until) = (unix_time(from), unix_time(until));
        let grant = Grant::new(&card, &asked, &all_elements(), purposes, from, until).unwrap();
        card.delegate(grant, unix_time(now), &mut Seeded(3))
            .map(drop)
    };
    let refused = Err(Error::Misuse(Misuse::NotInForce));
    assert_eq!(delegate_at(NOW, NOW + DAY, NOW), Ok(()));
    assert_eq!(delegate_at(NOW + 61, NOW + DAY, NOW), refused);
    assert_eq!(delegate_at(NOW, NOW + DAY, NOW + DAY), refused);
    let before = Err(Error::Misuse(Misuse::GrantOutsideCard));
    assert_eq!(delegate_at(NOW, NOW + DAY, NOW - 11 * DAY), before);
}

/// The card ends before the loan does, by its certificate: the loan falls with the card.
#[test]
fn the_parent_ends_earlier() {
    let insurer = Insurer::new();
    let lent = lent(&insurer, &insurer.card(), request_draft(), MAX_SECS);
    let response = show(&lent, NOW).unwrap().to_bytes();
    // The certificate of the document signer ends first in this world of one root with a short
    // life.
    let mut root = crate::pki::Profile::iaca_root();
    root.not_after = crate::pki::date(2026, 6, 10);
    let root = crate::pki::Entity::self_signed(root, "root");
    let short = Insurer {
        signer: insurer.signer.clone(),
        root,
    };
    assert!(at_pharmacy(&short, &response, NOW).is_ok());
    let error = at_pharmacy(&short, &response, NOW + 20 * DAY).unwrap_err();
    assert_eq!(error.reason(), "CertificateExpired");
}

/// A wallet does not show what has ended, so that nobody is refused at the counter.
#[test]
fn the_wallet_knows_the_end() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let lent = lent(&insurer, &card, request_draft(), DAY);
    assert!(show(&lent, NOW + DAY - 1).is_ok());
    assert_eq!(
        show(&lent, NOW + DAY).unwrap_err(),
        Misuse::NotInForce.into()
    );
    let again = |now| {
        let (anchors, now) = (insurer.anchors(), unix_time(now));
        DelegatedCard::from_stored(lent.as_bytes(), &anchors, &RUSTCRYPTO, now).map(drop)
    };
    assert_eq!(again(NOW + DAY - 1), Ok(()));
    let until = unix_time(NOW + DAY);
    let ended = Rejected::DelegationExpired { document: 0, until };
    assert_eq!(again(NOW + DAY), Err(ended.into()));
}
