//! 3 and 4: a passcode, and the card that it guards.

use vitacard::enrolment::ApprovedEnrolment;
use vitacard::holder::Card;
use vitacard::profile::{Presence, Profile};
use vitacard::vault::{Lease, Protection};
use vitacard::{Element, Error};

use super::day::{DAY, at, date};
use super::people;
use super::phone::enter;
use super::screen::{list, refusal, say};
use super::{Fallible, World};

pub(crate) const MOTHERS: &str = "8305";

/// 1234 is refused, another one is taken.
pub(crate) fn choose_passcode(world: &mut World) -> Fallible<()> {
    let now = at(1, 10);
    world.screen.chapter("3. A passcode", now)?;
    let mut script = ["1234", MOTHERS].into_iter();
    loop {
        let digits = script.next().unwrap_or_default();
        let digits = world
            .screen
            .ask("app", "New passcode, 4 to 12 digits:", digits)?;
        match world.mother.set_passcode(&digits, now) {
            Ok(_) => break,
            Err(error @ Error::Vault(_)) => say!("app", "{}", refusal(error)),
            Err(error) => return Err(error.into()),
        }
    }
    let protection = world.mother.protection();
    say!(
        "app",
        "A vault is made, in files. Protection::{protection:?}."
    );
    if protection == Protection::SoftwareOnly {
        say!(
            "app",
            "Whoever copies these files tries all passcodes: no place for real cards."
        );
    }
    Ok(())
}

/// Verified, kept, and shown by its names.
pub(crate) fn receive(world: &mut World, approved: ApprovedEnrolment) -> Fallible<()> {
    let now = at(1, 12);
    world.screen.chapter("4. The card", now)?;
    let person = people::mother(now)?;
    let issued = world.fund.issue(approved, &person, now)?;
    say!(
        "fund",
        "issues a card for the key in this phone: {} bytes.",
        issued.len()
    );
    let lease = enter(&world.screen, &mut world.mother, now, &["8306", MOTHERS])?;
    keep(world, &lease, &issued)?;
    let card = world.mother.card(&lease, world.fund.anchors(), now)?;
    show(&card)
}

pub(crate) fn keep(world: &mut World, lease: &Lease, card: &[u8]) -> Fallible<()> {
    let sealed = world.mother.keep_card(lease, card)?;
    say!("app", "keeps it in the vault: an item of {sealed} bytes.");
    Ok(())
}

fn show(card: &Card) -> Fallible<()> {
    let validity = card.validity();
    let (from, until) = (validity.from(), validity.until());
    let days = (until.as_secs() - from.as_secs()) / DAY;
    say!("app", "It holds for {days} days, until {}.", date(until)?);
    if let Some(update) = card.expected_update() {
        say!("app", "A newer one is there from {} on.", date(update)?);
    }
    let mut spaces: Vec<_> = card.elements().map(Element::name_space).collect();
    spaces.dedup();
    for space in spaces {
        say!("app", "{space}:");
        let elements = card
            .elements()
            .filter(|element| element.name_space() == space);
        list(elements.map(Element::id));
    }
    let profile = Profile::health_insurance();
    let table = profile.elements().iter();
    let each = table.filter(|element| element.presence == Presence::Mandatory);
    let (has, each) = (card.elements().count(), each.count());
    say!("app", "{has} elements, of which {each} are on each card.");
    Ok(())
}
