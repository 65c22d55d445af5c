//! Phone to phone, offline: who asks is seen by six digits, and what is lent goes sealed.

use vitacard::UnixTime;
use vitacard::crypto::{RUSTCRYPTO, Signer, SoftwareSigner};
use vitacard::delegation::{Lending, PurposeSet, RequestDraft, VerifiedDelegationRequest};
use vitacard::holder::{Card, DelegatedCard, Grant, Loan};
use vitacard::profile::{Privacy, Profile};

use super::card::MOTHERS;
use super::day::date;
use super::fund::{COLLECTING_MEDICINE, days_after};
use super::loan::DAUGHTERS;
use super::phone::enter;
use super::screen::{list, say};
use super::{Fallible, World};

const DAYS: u64 = 30;

/// A loan, in both phones.
pub(crate) struct Lent {
    /// What the mother's phone keeps.
    pub(crate) loan: Vec<u8>,
    pub(crate) card: DelegatedCard,
    /// Made for this loan alone.
    pub(crate) key: SoftwareSigner,
    /// The daughter's own.
    pub(crate) own: Card,
}

/// Phone to phone and offline: five messages, by QR codes or NFC.
pub(crate) fn hand_over(world: &mut World, own: Card, now: UnixTime) -> Fallible<Lent> {
    let rng = &mut world.daughter.rng;
    let key = SoftwareSigner::generate(rng)?;
    let digest = own.digest().ok_or("a card without a digest")?;
    let draft = RequestDraft::new(key.public_key()).with_name("Anna Martin")?;
    let committed = draft.with_own_card(digest).commit(now, &RUSTCRYPTO, rng)?;
    let lending = Lending::begin(committed.commitment(), &mut world.mother.rng)?;
    let unsigned = committed.answer(lending.nonce(), &RUSTCRYPTO)?;
    let (pending, request) = unsigned.sign_with(&key, &RUSTCRYPTO)?;
    let asked = lending.receive(&request, now, &RUSTCRYPTO)?;
    say!(
        "daughter",
        "asks for the card. Her phone shows {}.",
        pending.sas()
    );
    let name = asked.name().unwrap_or("Somebody");
    say!("app", "{name} asks. This phone shows {}.", asked.sas());
    world.screen.agree("Are the six digits the same?")?;

    let loan = grant(world, &asked, now)?;
    let parcel = loan.seal(&RUSTCRYPTO, &mut world.mother.rng)?;
    say!(
        "app",
        "hands over {} bytes, sealed for that phone.",
        parcel.len()
    );
    let lent = DelegatedCard::accept(&parcel, pending, world.anchors(), &RUSTCRYPTO, now)?;
    let lease = world.daughter.unlock(DAUGHTERS, now)?;
    world.daughter.keep_lent(&lease, &lent)?;
    say!(
        "daughter",
        "keeps {} elements in her vault.",
        lent.elements().count()
    );
    Ok(Lent {
        loan: loan.as_bytes().to_vec(),
        card: lent,
        key,
        own,
    })
}

/// The mother sees what is lent, for what and how long, and enters her passcode.
fn grant(world: &mut World, to: &VerifiedDelegationRequest, now: UnixTime) -> Fallible<Loan> {
    let profile = Profile::health_insurance();
    let what: Vec<_> = profile.lent().collect();
    let table = profile.elements().iter();
    let kept = table.filter(|element| element.privacy == Privacy::High && !element.shown.lent());
    say!("app", "By the fund's rules these are not lent:");
    list(kept.map(|element| element.id));
    let (many, until) = (what.len(), days_after(now, DAYS));
    let until_day = date(until)?;
    let question = format!("Lend {many} elements, to fetch medicine, until {until_day}?");
    world.screen.agree(&question)?;
    let lease = enter(&world.screen, &mut world.mother, now, &[MOTHERS])?;
    let card = world.mother.card(&lease, world.fund.anchors(), now)?;
    let purposes = PurposeSet::of(COLLECTING_MEDICINE);
    let grant = Grant::new(&card, to, &what, purposes, now, until)?;
    let unsigned = card.delegate(grant, now, &mut world.mother.rng)?;
    Ok(unsigned.sign_with(&world.mother.key, &RUSTCRYPTO)?)
}
