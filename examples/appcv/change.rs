//! 7: the rights change. The card is refreshed with a new key, and what was lent ends.

use vitacard::crypto::{RUSTCRYPTO, Signer, SoftwareSigner};
use vitacard::enrolment::RefreshPlan;
use vitacard::holder::Card;

use super::card::{MOTHERS, keep};
use super::counter::{Which, begin, pharmacists_screen};
use super::day::{at, date};
use super::loan::{self, Lent};
use super::people;
use super::phone::enter;
use super::screen::{refusal, say};
use super::{Fallible, World, counter};

/// Gives the new card.
pub(crate) fn refresh(world: &mut World, lent: &[Lent]) -> Fallible<Card> {
    let now = at(40, 9);
    world.screen.chapter("7. A change of rights", now)?;
    let lists = world.fund.publish(at(40, 7))?;
    world.pharmacy.fetch(&lists, now)?;
    say(
        "fund",
        "now covers a long illness in full, and tells the app that there is a newer card.",
    );
    let card = ask(world, lent)?;

    let newest = lent.last().ok_or("nothing is lent")?;
    world.screen.later(at(40, 10))?;
    let answer = loan::show(world, newest, at(40, 10), at(40, 10))?;
    let response = world.pharmacy.read(&answer, at(40, 10))?;
    say("pharmacy", "By the list of 07:00 it is still good.");
    loan::delegates_screen(world, &response, at(40, 10))?;

    let now = at(40, 13);
    world.screen.later(now)?;
    let lists = world.fund.publish(at(40, 12))?;
    let bytes = world.pharmacy.fetch(&lists, now)?;
    say(
        "pharmacy",
        format_args!("fetches what changed in the list: {bytes} bytes."),
    );
    let answer = loan::show(world, newest, now, now)?;
    match world.pharmacy.read(&answer, now) {
        Ok(_) => return Err("a loan of a card that was replaced was accepted".into()),
        Err(error) => say("pharmacy", refusal(error)),
    }
    let shown = begin(world, Which::Pharmacy, now)?;
    let answer = counter::show(world, &card, shown)?;
    let response = world.pharmacy.read(&answer, now)?;
    let document = response.documents().next().ok_or("no document")?;
    pharmacists_screen(&world.pharmacy.profile, document, now)?;
    Ok(card)
}

/// The app says what ends, before it asks.
fn ask(world: &mut World, lent: &[Lent]) -> Fallible<Card> {
    let now = at(40, 9);
    let lease = enter(&world.screen, &mut world.mother, now, &[MOTHERS])?;
    let old = world.mother.card(&lease, world.fund.anchors(), now)?;
    let loans = lent.iter().map(|lent| &lent.loan[..]);
    let plan = RefreshPlan::new(&old, loans, [], now, &RUSTCRYPTO)?;
    for loan in plan.ending() {
        let (name, until) = (loan.name().unwrap_or("somebody"), date(loan.ends())?);
        say(
            "app",
            format_args!("With the old card ends what is lent to {name} until {until}."),
        );
    }
    world.screen.agree("Get the newer card?")?;

    let new_key = SoftwareSigner::generate(&mut world.mother.rng)?;
    let nonce = world.fund.nonce(now)?;
    let unsigned = plan.request(&nonce, new_key.public_key(), now, &mut world.mother.rng)?;
    let unsigned = unsigned.sign_with(&new_key, &RUSTCRYPTO)?;
    let (pending, request) = unsigned.sign_with(&world.mother.key, &RUSTCRYPTO)?;
    say(
        "app",
        format_args!(
            "asks with a new key, and the old one vouches: {} bytes.",
            request.len()
        ),
    );
    let person = people::mother_with_long_illness(now)?;
    let issued = world.fund.refresh(&request, &nonce, &person, now)?;
    let (card, accepted) = pending.accept(&issued, world.anchors(), &RUSTCRYPTO, now)?;
    // Before the fund learns of it, for then the old card is blocked.
    keep(world, &lease, &issued)?;
    let accepted = accepted.sign_with(&new_key, &RUSTCRYPTO)?;
    world.mother.key = new_key;
    let places = world.fund.accepted(&accepted, now)?;
    say(
        "fund",
        format_args!(
            "learns that it arrived. Old cards blocked: {}.",
            places.len()
        ),
    );
    Ok(card)
}
