//! 5: the pharmacy, a desk that proves no profession, and a hospital.

use vitacard::UnixTime;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::holder::{Card, Consent};
use vitacard::profile::{HealthCardView, Profile};
use vitacard::reader::{Billing, VerifiedDocument};

use super::card::MOTHERS;
use super::day::{DAY, at, date};
use super::desk::Desk;
use super::letter::qr;
use super::phone::enter;
use super::screen::{list, say};
use super::visit::{Answer, Visit};
use super::{Fallible, World};

/// Rights that were looked up within a month are believed.
const RIGHTS_FRESH: u64 = 31 * DAY;

pub(crate) fn visit(world: &mut World) -> Fallible<()> {
    let now = at(1, 14);
    world
        .screen
        .chapter("5. At the pharmacy, and at other desks", now)?;
    let lists = world.fund.publish(at(1, 13))?;
    let bytes = world.pharmacy.fetch(&lists, now)?;
    say!("pharmacy", "fetched the list of all cards: {bytes} bytes.");

    let lease = enter(&world.screen, &mut world.mother, now, &[MOTHERS])?;
    let card = world.mother.card(&lease, world.fund.anchors(), now)?;
    let visit = Visit::begin(&mut world.pharmacy, &mut world.mother.rng)?;
    let consent = asked(world, "app", &visit, now)?;
    let answer = show(world, &card, visit, &consent)?;
    let response = world.pharmacy.read(&answer, now)?;
    let document = response.documents().next().ok_or("no document")?;
    pharmacists_screen(&world.pharmacy.profile, document, now)?;

    for (mut desk, later) in [
        (world.readers.gym(&world.fund)?, at(1, 15)),
        (world.readers.hospital(&world.fund)?, at(1, 16)),
    ] {
        world.screen.later(later)?;
        desk.fetch(&lists, later)?;
        let visit = Visit::begin(&mut desk, &mut world.mother.rng)?;
        let consent = asked(world, "app", &visit, later)?;
        let answer = show(world, &card, visit, &consent)?;
        let response = desk.read(&answer, later)?;
        let document = response.documents().next().ok_or("no document")?;
        what_was_shown(&desk, document)?;
    }
    Ok(())
}

/// `who` shows a code, and sees who asks, for what, and what stays back.
pub(crate) fn asked(world: &World, who: &str, visit: &Visit, now: UnixTime) -> Fallible<Consent> {
    let length = visit.code.len();
    say!(who, "shows a QR code of {length} characters.");
    world.screen.draw(|| qr(&visit.code))?;
    let asker = visit.asker(&world.readers.anchors, now)?;
    let profession = match &asker.profession {
        Some(code) => format!("profession {code} is proved"),
        None => "no profession is proved".into(),
    };
    let request = visit.request()?;
    let asked = request.documents().next().ok_or("nothing is asked for")?;
    let (name, many) = (&asker.name, asked.elements().count());
    say!(who, "{name} asks for {many} elements; {profession}.");
    let consent = visit.consent(&world.pharmacy.profile, asker.ceiling)?;
    let above: Vec<_> = consent.refused(&asked).map(|(_, id)| id).collect();
    match &above[..] {
        [] => say!(who, "Nothing of it is above what it may be shown."),
        [_, ..] => {
            let many = above.len();
            say!(who, "{many} are above what it may be shown, and stay here:");
            list(above);
        }
    }
    Ok(consent)
}

pub(crate) fn show(
    world: &World,
    card: &Card,
    visit: Visit,
    consent: &Consent,
) -> Fallible<Answer> {
    let unsigned = card.present(&visit.request()?, consent, &visit.transcript())?;
    say!("app", "This would be shown:");
    list(unsigned.elements().map(|(_, id)| id));
    let many = unsigned.elements().count();
    world.screen.agree(&format!("Show these {many}?"))?;
    let response = unsigned.sign_with(&world.mother.key, &RUSTCRYPTO)?;
    visit.answer(&response)
}

pub(crate) fn pharmacists_screen(
    profile: &Profile,
    document: &VerifiedDocument<'_>,
    now: UnixTime,
) -> Fallible<()> {
    let card = document.health(profile).ok_or("another card")?;
    say!("pharmacy", "{}", name(&card)?);
    let (until, checked) = (card.ending_date(), card.rights_checked_at());
    if let (Some(until), Some(checked)) = (until, checked) {
        let checked = date(checked)?;
        say!("pharmacy", "Rights until {until}, looked up on {checked}.");
    }
    match (card.coverage_rate(), card.ald()) {
        (Some(rate), Some(ald)) => {
            let ald = if ald { ", a long illness in full" } else { "" };
            say!("pharmacy", "Covered to {rate} percent{ald}.");
        }
        _ => say!("pharmacy", "Nothing is shown that lets health be guessed."),
    }
    match document.billing(profile, now, RIGHTS_FRESH) {
        Billing::Secured => say!("pharmacy", "Billing: Secured."),
        Billing::Degraded(doubt) => {
            let why = match doubt.rights_checked_at {
                Some(_) => "the rights were looked up over a month ago",
                None => "its lists are old",
            };
            say!("pharmacy", "Billing: Degraded, {why}.");
        }
        Billing::Refused(why) => say!("pharmacy", "Billing: Refused, {why:?}."),
    }
    Ok(())
}

fn what_was_shown(desk: &Desk, document: &VerifiedDocument<'_>) -> Fallible<()> {
    let who = desk.certificate.profile.subject.common_name;
    let (card, many) = (document.health(&desk.profile), document.elements().count());
    let card = card.ok_or("another card")?;
    say!("desk", "{who} reads {many} elements: {}", name(&card)?);
    match card.portrait() {
        Some(jpeg) => say!("desk", "A portrait, a JPEG of {} bytes.", jpeg.len()),
        None if card.national_number().is_none() && card.coverage_rate().is_none() => {
            say!("desk", "No portrait, no national number, no rates.");
        }
        None => say!("desk", "No portrait."),
    }
    Ok(())
}

pub(crate) fn name(card: &HealthCardView<'_>) -> Fallible<String> {
    let given = card.given_name().ok_or("no given name")?;
    let family = card.family_name().ok_or("no family name")?;
    let born = card.birth_date().ok_or("no day of birth")?;
    Ok(format!("{given} {family}, born on {born}."))
}
