//! 7: the rights change. The card is refreshed with a new key, and what was lent ends.

use vitacard::UnixTime;
use vitacard::crypto::{RUSTCRYPTO, Signer, SoftwareSigner};
use vitacard::enrolment::RefreshPlan;
use vitacard::holder::Card;
use vitacard::vault::Lease;

use super::card::{MOTHERS, keep};
use super::counter::{asked, pharmacists_screen};
use super::day::{at, date};
use super::handover::Lent;
use super::loan;
use super::people;
use super::phone::enter;
use super::screen::{refusal, say};
use super::visit::Visit;
use super::{Fallible, World, counter};

/// Gives the new card.
pub(crate) fn refresh(world: &mut World, lent: &[Lent]) -> Fallible<Card> {
    let now = at(40, 9);
    world.screen.chapter("7. A change of rights", now)?;
    world.fetch_lists(at(40, 7), now)?;
    say!(
        "fund",
        "covers a long illness in full from now on, and has a newer card."
    );
    let card = ask(world, lent, now)?;
    until_the_list(world, lent.last().ok_or("nothing is lent")?)?;

    let now = at(40, 14);
    world.screen.later(now)?;
    let visit = Visit::begin(&mut world.pharmacy, &mut world.mother.rng)?;
    let consent = asked(world, "app", &visit, now)?;
    let answer = counter::show(world, &card, visit, &consent)?;
    let response = world.pharmacy.read(&answer, now)?;
    let document = response.documents().next().ok_or("no document")?;
    pharmacists_screen(&world.pharmacy.profile, document, now)?;
    Ok(card)
}

/// What was lent of the old card is good until then, and no longer.
fn until_the_list(world: &mut World, lent: &Lent) -> Fallible<()> {
    let now = at(40, 10);
    world.screen.later(now)?;
    let answer = loan::show(world, lent, now, now)?;
    let response = world.pharmacy.read(&answer, now)?;
    say!("pharmacy", "By the list of 07:00 it is still good.");
    loan::delegates_screen(world, &response, now)?;

    let now = at(40, 13);
    world.screen.later(now)?;
    let bytes = world.fetch_lists(at(40, 12), now)?;
    say!(
        "pharmacy",
        "fetches what changed in the list: {bytes} bytes."
    );
    let answer = loan::show(world, lent, now, now)?;
    match world.pharmacy.read(&answer, now) {
        Ok(_) => Err("a loan of a card that was replaced was accepted".into()),
        Err(error) => {
            say!("pharmacy", "{}", refusal(error));
            Ok(())
        }
    }
}

/// The app says what ends, before it asks.
fn ask(world: &mut World, lent: &[Lent], now: UnixTime) -> Fallible<Card> {
    let lease = enter(&world.screen, &mut world.mother, now, &[MOTHERS])?;
    let old = world.mother.card(&lease, world.fund.anchors(), now)?;
    let loans = lent.iter().map(|lent| &lent.loan[..]);
    let plan = RefreshPlan::new(&old, loans, [], now, &RUSTCRYPTO)?;
    for loan in plan.ending() {
        let (name, until) = (loan.name().unwrap_or("somebody"), date(loan.ends())?);
        say!(
            "app",
            "With the old card ends what is lent to {name} until {until}."
        );
    }
    world.screen.agree("Get the newer card?")?;

    exchange(world, &plan, &lease, now)
}

/// The new key asks, and the old one vouches for it.
fn exchange(
    world: &mut World,
    plan: &RefreshPlan<'_>,
    lease: &Lease,
    now: UnixTime,
) -> Fallible<Card> {
    let new_key = SoftwareSigner::generate(&mut world.mother.rng)?;
    let nonce = world.fund.nonce(now)?;
    let unsigned = plan.request(&nonce, new_key.public_key(), now, &mut world.mother.rng)?;
    let unsigned = unsigned.sign_with(&new_key, &RUSTCRYPTO)?;
    let (pending, request) = unsigned.sign_with(&world.mother.key, &RUSTCRYPTO)?;
    say!(
        "app",
        "asks with a new key, and the old one vouches: {} bytes.",
        request.len()
    );
    let person = people::mother_with_long_illness(now)?;
    let issued = world.fund.refresh(&request, &nonce, &person, now)?;
    let (card, accepted) = pending.accept(&issued, world.anchors(), &RUSTCRYPTO, now)?;
    // Before the fund learns of it, for then the old card is blocked.
    keep(world, lease, &issued)?;
    let accepted = accepted.sign_with(&new_key, &RUSTCRYPTO)?;
    world.mother.key = new_key;
    let places = world.fund.accepted(&accepted, now)?;
    say!(
        "fund",
        "learns that it arrived. Old cards blocked: {}.",
        places.len()
    );
    Ok(card)
}
