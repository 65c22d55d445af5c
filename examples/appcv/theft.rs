//! 8: the phone is stolen. The card is refused once the list has come, and the vault wipes itself.

use vitacard::crypto::RUSTCRYPTO;
use vitacard::holder::Card;
use vitacard::{Error, UnixTime, VaultError, unix_time};

use super::card::MOTHERS;
use super::counter::pharmacists_screen;
use super::day::at;
use super::phone::Phone;
use super::screen::{refusal, say};
use super::visit::{Answer, Visit};
use super::{Fallible, World};

/// Five that people choose and the policy refuses, and one that it does not.
const GUESSES: [&str; 6] = ["1950", "2580", "1212", "7777", "1234", MOTHERS];

pub(crate) fn block(world: &mut World, card: &Card) -> Fallible<()> {
    let now = at(50, 9);
    world.screen.chapter("8. Stolen", now)?;
    world.fetch_lists(at(50, 7), now)?;
    say!("thief", "has the phone, unlocked.");
    say!("mother", "calls the fund.");
    let digest = card.digest().ok_or("a card without a digest")?;
    let blocked = world.fund.block(&digest, now)?;
    let (places, reason) = (blocked.places().len(), blocked.reason());
    say!(
        "fund",
        "blocks her card, {reason:?}, at {places} place of the list."
    );
    at_the_pharmacy(world, card)?;

    let now = at(50, 20);
    world.screen.later(now)?;
    say!("thief", "finds the vault locked, and guesses.");
    guess(&mut world.mother, now)?;
    say!(
        "app",
        "Five are answered; the sixth wipes the device's secret, right or wrong."
    );
    say!("app", "Nothing opens these files any more.");
    println!("\nThat was the whole app.");
    Ok(())
}

/// Nobody knows of a block before the list that says so.
fn at_the_pharmacy(world: &mut World, card: &Card) -> Fallible<()> {
    let now = at(50, 10);
    world.screen.later(now)?;
    let answer = show(world, card, now)?;
    let response = world.pharmacy.read(&answer, now)?;
    say!("pharmacy", "By the list of 07:00 it is still good.");
    let document = response.documents().next().ok_or("no document")?;
    pharmacists_screen(&world.pharmacy.profile, document, now)?;

    let now = at(50, 12);
    world.screen.later(now)?;
    let bytes = world.fetch_lists(at(50, 11), now)?;
    say!(
        "pharmacy",
        "fetches what changed in the list: {bytes} bytes."
    );
    let answer = show(world, card, now)?;
    match world.pharmacy.read(&answer, now) {
        Ok(_) => Err("a stolen card was accepted".into()),
        Err(error) => {
            say!("pharmacy", "{}", refusal(error));
            Ok(())
        }
    }
}

fn show(world: &mut World, card: &Card, now: UnixTime) -> Fallible<Answer> {
    let visit = Visit::begin(&mut world.pharmacy, &mut world.mother.rng)?;
    let asker = visit.asker(&world.readers.anchors, now)?;
    let consent = visit.consent(&world.pharmacy.profile, asker.ceiling)?;
    let unsigned = card.present(&visit.request()?, &consent, &visit.transcript())?;
    say!("thief", "shows {} elements.", unsigned.elements().count());
    let response = unsigned.sign_with(&world.mother.key, &RUSTCRYPTO)?;
    visit.answer(&response)
}

/// Each is counted before it is tried, and the later ones have to wait.
fn guess(phone: &mut Phone, mut now: UnixTime) -> Fallible<()> {
    for digits in GUESSES {
        loop {
            match phone.unlock(digits, now) {
                Ok(_) => return Err("a vault was opened by a guess".into()),
                Err(Error::Vault(VaultError::TooSoon { wait })) => {
                    say!("thief", "waits for {wait} s.");
                    now = unix_time(now.as_secs() + u64::from(wait));
                }
                Err(error @ Error::Vault(VaultError::WrongPasscode)) => {
                    let left = phone.tries_left()?;
                    say!("thief", "{digits}: {} {left} left.", refusal(error));
                    break;
                }
                Err(error @ Error::Vault(VaultError::Wiped)) => {
                    say!("thief", "{digits}: {}", refusal(error));
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Err("the vault was not wiped".into())
}
