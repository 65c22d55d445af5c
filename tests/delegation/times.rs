//! Thirty days and no second more; in force from its beginning to its end.

use vitacard::delegation::MAX_SECS;
use vitacard::reader::Presenter;

use crate::lending::*;

#[test]
fn thirty_days() {
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
    assert_eq!(delegation.days_left(vitacard::unix_time(NOW)), 30);
    assert_eq!(document.elements().count(), 4);
}
