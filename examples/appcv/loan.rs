//! 6: the mother lends her card to her daughter for thirty days, who fetches her medicine.

use vitacard::UnixTime;
use vitacard::crypto::{RUSTCRYPTO, Signer, SoftwareSigner};
use vitacard::delegation::{Lending, PurposeSet, RequestDraft};
use vitacard::holder::{Card, DelegatedCard, Grant};
use vitacard::profile::Profile;
use vitacard::reader::{Presenter, VerifiedResponse};

use super::card::MOTHERS;
use super::counter::{pharmacists_screen, who_asks};
use super::day::{at, date};
use super::fund::{COLLECTING_MEDICINE, days_after, read_letter};
use super::people::{self, DAUGHTERS_HAIR};
use super::phone::enter;
use super::pictures::photographs;
use super::screen::{refusal, say};
use super::visit::{Answer, Visit};
use super::{Fallible, World};

const DAUGHTERS: &str = "2947";
const DAYS: u64 = 30;

/// A loan, in both phones.
pub(crate) struct Lent {
    /// What the mother's phone keeps.
    pub(crate) loan: Vec<u8>,
    card: DelegatedCard,
    /// Made for this loan alone.
    key: SoftwareSigner,
    /// The daughter's own.
    own: Card,
}

/// Gives all that was lent, the newest last.
pub(crate) fn lend(world: &mut World) -> Fallible<[Lent; 2]> {
    let now = at(1, 17);
    world.screen.chapter("6. Lent for thirty days", now)?;
    let own = enrol_daughter(world, now)?;
    let first = hand_over(world, own.clone(), now)?;

    let now = at(5, 9);
    world.screen.later(now)?;
    let lists = world.fund.publish(at(5, 7))?;
    world.pharmacy.fetch(&lists, now)?;
    let answer = show(world, &first, now, now)?;
    delegates_screen(world, &world.pharmacy.read(&answer, now)?, now)?;

    let now = at(31, 18);
    world.screen.later(now)?;
    let lists = world.fund.publish(at(31, 7))?;
    world.pharmacy.fetch(&lists, now)?;
    match show(world, &first, now, now) {
        Ok(_) => return Err("a loan that has ended was shown".into()),
        Err(error) => match error.downcast::<vitacard::Error>() {
            Ok(error) => say("daughter", refusal(*error)),
            Err(error) => return Err(error),
        },
    }
    say("daughter", "sets her phone's clock back by a day.");
    let answer = show(world, &first, at(30, 18), now)?;
    match world.pharmacy.read(&answer, now) {
        Ok(_) => return Err("a loan that has ended was accepted".into()),
        Err(error) => say("pharmacy", refusal(error)),
    }

    let now = at(32, 8);
    world.screen.later(now)?;
    let second = hand_over(world, own, now)?;
    Ok([first, second])
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
    say(
        "daughter",
        format_args!("is enrolled as well: a card of {many} elements, in her own phone."),
    );
    Ok(card)
}

/// Phone to phone and offline: five messages, by QR codes or NFC.
fn hand_over(world: &mut World, own: Card, now: UnixTime) -> Fallible<Lent> {
    let rng = &mut world.daughter.rng;
    let key = SoftwareSigner::generate(rng)?;
    let digest = own.digest().ok_or("a card without a digest")?;
    let draft = RequestDraft::new(key.public_key()).with_name("Anna Martin")?;
    let committed = draft.with_own_card(digest).commit(now, &RUSTCRYPTO, rng)?;
    let lending = Lending::begin(committed.commitment(), &mut world.mother.rng)?;
    let unsigned = committed.answer(lending.nonce(), &RUSTCRYPTO)?;
    let (pending, request) = unsigned.sign_with(&key, &RUSTCRYPTO)?;
    let asked = lending.receive(&request, now, &RUSTCRYPTO)?;
    say(
        "daughter",
        format_args!("asks for the card. Her phone shows {}.", pending.sas()),
    );
    let name = asked.name().unwrap_or("Somebody");
    say(
        "app",
        format_args!("{name} asks. This phone shows {}.", asked.sas()),
    );
    world.screen.agree("Are the six digits the same?")?;

    let profile = Profile::health_insurance();
    let what: Vec<_> = profile.lent().collect();
    let (many, until) = (what.len(), days_after(now, DAYS));
    let until_day = date(until)?;
    let question = format!("Lend {many} elements, to fetch medicine, until {until_day}?");
    world.screen.agree(&question)?;
    let lease = enter(&world.screen, &mut world.mother, now, &[MOTHERS])?;
    let card = world.mother.card(&lease, world.fund.anchors(), now)?;
    let purposes = PurposeSet::of(COLLECTING_MEDICINE);
    let grant = Grant::new(&card, &asked, &what, purposes, now, until)?;
    let unsigned = card.delegate(grant, now, &mut world.mother.rng)?;
    let loan = unsigned.sign_with(&world.mother.key, &RUSTCRYPTO)?;
    let parcel = loan.seal(&RUSTCRYPTO, &mut world.mother.rng)?;
    say(
        "app",
        format_args!("hands over {} bytes, sealed for that phone.", parcel.len()),
    );

    let lent = DelegatedCard::accept(&parcel, pending, world.anchors(), &RUSTCRYPTO, now)?;
    let lease = world.daughter.unlock(DAUGHTERS, now)?;
    world.daughter.keep_lent(&lease, &lent)?;
    say(
        "daughter",
        format_args!("keeps {} elements in her vault.", lent.elements().count()),
    );
    Ok(Lent {
        loan: loan.as_bytes().to_vec(),
        card: lent,
        key,
        own,
    })
}

/// By a phone that believes it to be `clock`.
pub(crate) fn show(
    world: &mut World,
    lent: &Lent,
    clock: UnixTime,
    now: UnixTime,
) -> Fallible<Answer> {
    let visit = Visit::begin(&mut world.pharmacy, &mut world.daughter.rng)?;
    let consent = who_asks(world, &visit, now)?;
    let (request, transcript) = (visit.request()?, visit.transcript());
    let purpose = &COLLECTING_MEDICINE;
    let unsigned = lent
        .card
        .present(&request, purpose, &consent, &transcript, clock)?;
    let many = unsigned.elements().count();
    let response = unsigned.sign_with(&lent.key, &RUSTCRYPTO)?;
    // That she has a card of her own; nothing of it is shown.
    let own = lent.own.present_nothing(&request, &transcript)?;
    let own = own.sign_with(&world.daughter.key, &RUSTCRYPTO)?;
    let answer = visit.answer(&response.join(own))?;
    say(
        "daughter",
        format_args!("shows {many} elements of her mother's card, none of her own."),
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
        say(
            "pharmacy",
            format_args!("Not the holder: {name} shows it, {days} days left."),
        );
        pharmacists_screen(&world.pharmacy.profile, document, now)?;
    }
    Ok(())
}
