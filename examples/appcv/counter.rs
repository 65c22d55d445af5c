//! 5: the pharmacy, a desk that proves no profession, and a hospital.

use vitacard::crypto::RUSTCRYPTO;
use vitacard::holder::{Card, Consent};
use vitacard::profile::{HealthCardView, Profile};
use vitacard::reader::{Billing, VerifiedDocument};
use vitacard::{UnixTime, unix_time};

use super::card::MOTHERS;
use super::day::{DAY, at, date};
use super::desk::Desk;
use super::letter::qr;
use super::phone::enter;
use super::screen::say;
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
    say(
        "pharmacy",
        format_args!("fetched the list of all cards: {bytes} bytes."),
    );

    let lease = enter(&world.screen, &mut world.mother, now, &[MOTHERS])?;
    let card = world.mother.card(&lease, world.fund.anchors(), now)?;
    let shown = begin(world, Which::Pharmacy, now)?;
    let answer = show(world, &card, shown)?;
    let response = world.pharmacy.read(&answer, now)?;
    let document = response.documents().next().ok_or("no document")?;
    pharmacists_screen(&world.pharmacy.profile, document, now)?;

    for (mut desk, later) in [
        (world.readers.gym(&world.fund)?, at(1, 15)),
        (world.readers.hospital(&world.fund)?, at(1, 16)),
    ] {
        world.screen.later(later)?;
        desk.fetch(&lists, later)?;
        let shown = begin(world, Which::Other(&mut desk), later)?;
        let answer = show(world, &card, shown)?;
        let response = desk.read(&answer, later)?;
        let document = response.documents().next().ok_or("no document")?;
        what_was_shown(&desk, document)?;
    }
    Ok(())
}

pub(crate) enum Which<'d> {
    Pharmacy,
    Other(&'d mut Desk),
}

/// The mother's phone shows a code; she sees who asks, for what, and what stays back.
pub(crate) fn begin(
    world: &mut World,
    which: Which<'_>,
    now: UnixTime,
) -> Fallible<(Visit, Consent)> {
    let desk = match which {
        Which::Pharmacy => &mut world.pharmacy,
        Which::Other(desk) => desk,
    };
    let visit = Visit::begin(desk, &mut world.mother.rng)?;
    say(
        "app",
        format_args!("shows a QR code of {} characters.", visit.code.len()),
    );
    world.screen.draw(|| qr(&visit.code))?;
    let consent = who_asks(world, &visit, now)?;
    Ok((visit, consent))
}

pub(crate) fn who_asks(world: &World, visit: &Visit, now: UnixTime) -> Fallible<Consent> {
    let asker = visit.asker(&world.readers.anchors, now)?;
    let profession = match &asker.profession {
        Some(code) => format!("profession {code} is proved"),
        None => "no profession is proved".into(),
    };
    let request = visit.request()?;
    let asked = request.documents().next().ok_or("nothing is asked for")?;
    let (name, many) = (&asker.name, asked.elements().count());
    say(
        "app",
        format_args!("{name} asks for {many} elements; {profession}."),
    );
    let consent = visit.consent(&world.pharmacy.profile, asker.ceiling)?;
    let above: Vec<_> = consent.refused(&asked).map(|(_, id)| id).collect();
    match &above[..] {
        [] => say("app", "Nothing of it is above what it may be shown."),
        [first, second, ..] => {
            let (ceiling, many) = (asker.ceiling, above.len());
            say(
                "app",
                format_args!("{many} are above what {ceiling:?} allows, and stay here:"),
            );
            say("", format_args!("  {first}, {second} and others"));
        }
        [only] => say(
            "app",
            format_args!("{only} is above what it may be shown, and stays here."),
        ),
    }
    Ok(consent)
}

pub(crate) fn show(
    world: &World,
    card: &Card,
    (visit, consent): (Visit, Consent),
) -> Fallible<Answer> {
    let unsigned = card.present(&visit.request()?, &consent, &visit.transcript())?;
    let many = unsigned.elements().count();
    world.screen.agree(&format!("Show {many} elements?"))?;
    let response = unsigned.sign_with(&world.mother.key, &RUSTCRYPTO)?;
    visit.answer(&response)
}

pub(crate) fn pharmacists_screen(
    profile: &Profile,
    document: &VerifiedDocument<'_>,
    now: UnixTime,
) -> Fallible<()> {
    let card = document.health(profile).ok_or("another card")?;
    say("pharmacy", name(&card)?);
    let (until, checked) = (card.ending_date(), card.rights_checked_at());
    if let (Some(until), Some(checked)) = (until, checked) {
        let checked = date(unix_time(checked.as_secs()))?;
        say(
            "pharmacy",
            format_args!("Rights until {until}, looked up on {checked}."),
        );
    }
    match (card.coverage_rate(), card.ald()) {
        (Some(rate), Some(ald)) => {
            let ald = if ald { ", a long illness in full" } else { "" };
            say("pharmacy", format_args!("Covered to {rate} percent{ald}."));
        }
        _ => say("pharmacy", "Nothing is shown that lets health be guessed."),
    }
    say(
        "pharmacy",
        match document.billing(profile, now, RIGHTS_FRESH) {
            Billing::Secured => "Billing: Secured.".into(),
            Billing::Degraded(doubt) => format!("Billing: Degraded ({doubt:?})."),
            Billing::Refused(why) => format!("Billing: Refused ({why:?})."),
        },
    );
    Ok(())
}

fn what_was_shown(desk: &Desk, document: &VerifiedDocument<'_>) -> Fallible<()> {
    let who = desk.certificate.profile.subject.common_name;
    let (card, many) = (document.health(&desk.profile), document.elements().count());
    let card = card.ok_or("another card")?;
    say(
        "desk",
        format_args!("{who} reads {many} elements: {}", name(&card)?),
    );
    match card.portrait() {
        Some(jpeg) => say(
            "desk",
            format_args!("A portrait, a JPEG of {} bytes.", jpeg.len()),
        ),
        None => say("desk", "No portrait, no national number, no rates."),
    }
    Ok(())
}

pub(crate) fn name(card: &HealthCardView<'_>) -> Fallible<String> {
    let given = card.given_name().ok_or("no given name")?;
    let family = card.family_name().ok_or("no family name")?;
    let born = card.birth_date().ok_or("no day of birth")?;
    Ok(format!("{given} {family}, born on {born}."))
}
