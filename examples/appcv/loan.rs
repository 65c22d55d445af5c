//! 6: the mother lends her card to her daughter for thirty days, who fetches her medicine.

use vitacard::crypto::RUSTCRYPTO;
use vitacard::holder::Card;
use vitacard::reader::{Presenter, VerifiedResponse};
use vitacard::{UnixTime, unix_time};

use super::counter::{asked, pharmacists_screen};
use super::day::{DAY, at};
use super::fund::{COLLECTING_MEDICINE, read_letter};
use super::handover::{Lent, hand_over};
use super::people::{self, DAUGHTERS_HAIR};
use super::pictures::photographs;
use super::screen::{refusal, say};
use super::visit::{Answer, Visit};
use super::{Fallible, World};

pub(crate) const DAUGHTERS: &str = "2947";

/// Gives all that was lent, the newest last.
pub(crate) fn lend(world: &mut World) -> Fallible<[Lent; 2]> {
    let now = at(1, 17);
    world.screen.chapter("6. Lent for thirty days", now)?;
    let own = enrol_daughter(world, now)?;
    let first = hand_over(world, own.clone(), now)?;

    let now = at(5, 9);
    world.screen.later(now)?;
    world.fetch_lists(at(5, 7), now)?;
    let answer = show(world, &first, now, now)?;
    delegates_screen(world, &world.pharmacy.read(&answer, now)?, now)?;

    let now = at(31, 18);
    world.screen.later(now)?;
    world.fetch_lists(at(31, 7), now)?;
    show_too_late(world, &first, now)?;

    let now = at(32, 8);
    world.screen.later(now)?;
    let second = hand_over(world, own, now)?;
    Ok([first, second])
}

/// Her own phone refuses; and where it is deceived, the pharmacy does.
fn show_too_late(world: &mut World, lent: &Lent, now: UnixTime) -> Fallible<()> {
    match show(world, lent, now, now) {
        Ok(_) => return Err("a loan that has ended was shown".into()),
        Err(error) => {
            let error = error.downcast::<vitacard::Error>()?;
            say!("daughter", "{}", refusal(*error));
        }
    }
    say!("daughter", "sets her phone's clock back by a day.");
    let yesterday = unix_time(now.as_secs() - DAY);
    let answer = show(world, lent, yesterday, now)?;
    match world.pharmacy.read(&answer, now) {
        Ok(_) => Err("a loan that has ended was accepted".into()),
        Err(error) => {
            say!("pharmacy", "{}", refusal(error));
            Ok(())
        }
    }
}

/// As her mother was.
fn enrol_daughter(world: &mut World, now: UnixTime) -> Fallible<Card> {
    let letter = world.fund.invite(now)?;
    let invitation = read_letter(&letter, &world.fund.inviting, now)?;
    let (phone, pictures) = (&mut world.daughter, photographs(DAUGHTERS_HAIR));
    let (request, sealed) = phone.answer(&invitation, &pictures, now)?;
    let verified = world.fund.verify(request.as_bytes(), &sealed, now)?;
    let approved = world.fund.approve(verified)?;
    let issued = world.fund.issue(approved, &people::daughter(now)?, now)?;
    let lease = phone.set_passcode(DAUGHTERS, now)?;
    phone.keep_card(&lease, &issued)?;
    let card = phone.card(&lease, world.fund.anchors(), now)?;
    let many = card.elements().count();
    say!(
        "daughter",
        "is enrolled as well: a card of {many} elements, in her own phone."
    );
    Ok(card)
}

/// By a phone that believes it to be `clock`.
pub(crate) fn show(
    world: &mut World,
    lent: &Lent,
    clock: UnixTime,
    now: UnixTime,
) -> Fallible<Answer> {
    let visit = Visit::begin(&mut world.pharmacy, &mut world.daughter.rng)?;
    let consent = asked(world, "daughter", &visit, now)?;
    let (request, transcript) = (visit.request()?, visit.transcript());
    let purpose = &COLLECTING_MEDICINE;
    let unsigned = lent
        .card
        .present(&request, purpose, &consent, &transcript, clock)?;
    let many = unsigned.elements().count();
    let question = format!("Show {many} elements of the card that was lent?");
    world.screen.agree(&question)?;
    let response = unsigned.sign_with(&lent.key, &RUSTCRYPTO)?;
    // That she has a card of her own; nothing of it is shown.
    let own = lent.own.present_nothing(&request, &transcript)?;
    let own = own.sign_with(&world.daughter.key, &RUSTCRYPTO)?;
    let answer = visit.answer(&response.join(own))?;
    say!(
        "daughter",
        "proves that she has a card of her own, and shows none of it."
    );
    Ok(answer)
}

/// Who shows it, and whose it is.
pub(crate) fn delegates_screen(
    world: &World,
    response: &VerifiedResponse<'_>,
    now: UnixTime,
) -> Fallible<()> {
    for document in response.documents() {
        let Presenter::Delegate(delegation) = document.presenter() else {
            continue;
        };
        let (name, days) = (delegation.name(), delegation.days_left(now));
        let name = name.unwrap_or("a delegate");
        say!(
            "pharmacy",
            "Not the holder: {name} shows it, {days} days left."
        );
        pharmacists_screen(&world.pharmacy.profile, document, now)?;
    }
    Ok(())
}
