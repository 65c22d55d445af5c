//! 1 and 2: a letter, and photographs for whoever wrote it.

use vitacard::enrolment::{ApprovedEnrolment, VerifiedInvitation};

use super::day::{at, date};
use super::fund::{forged_letter, read_letter};
use super::people::MOTHERS_HAIR;
use super::pictures::photographs;
use super::screen::{refusal, say};
use super::{Fallible, World};

/// The app shows who invites, before there is anything to photograph.
pub(crate) fn read(world: &mut World) -> Fallible<VerifiedInvitation> {
    let now = at(1, 8);
    world.screen.chapter("1. A letter", now)?;
    let letter = world.fund.invite(now)?;
    let length = letter.len();
    say!(
        "fund",
        "writes to Camille Martin: a QR code of {length} characters."
    );
    world.screen.draw(|| qr(&letter))?;

    let forged = forged_letter(now)?;
    say!(
        "stranger",
        "writes too, in the fund's name and by a certificate of his own."
    );
    match read_letter(&forged, &world.fund.inviting, now) {
        Ok(_) => return Err("a stranger's letter was believed".into()),
        Err(error) => say!("app", "The stranger's: {}", refusal(error)),
    }
    say!("app", "Nothing was photographed for him.");

    let invitation = read_letter(&letter, &world.fund.inviting, now)?;
    let (issuer, ends) = (invitation.issuer(), date(invitation.ends())?);
    say!("app", "The fund's: {issuer} invites, until {ends}.");
    Ok(invitation)
}

/// Sealed to the fund, where somebody looks at them and decides.
pub(crate) fn photograph(
    world: &mut World,
    invitation: &VerifiedInvitation,
) -> Fallible<ApprovedEnrolment> {
    let now = at(1, 9);
    world.screen.chapter("2. Photographs", now)?;
    let photographs = photographs(MOTHERS_HAIR);
    for photograph in &photographs {
        let size = photograph.jpeg.len();
        say!(
            "app",
            "photographs {}: a JPEG of {size} bytes.",
            photograph.name
        );
    }
    let question = format!("Send them to {}?", invitation.issuer());
    world.screen.agree(&question)?;
    let (request, sealed) = world.mother.answer(invitation, &photographs, now)?;
    let bytes: usize = sealed.iter().map(Vec::len).sum();
    say!(
        "app",
        "sends them sealed: {bytes} bytes that only the fund opens."
    );

    let verified = world.fund.verify(request.as_bytes(), &sealed, now)?;
    for piece in verified.evidence() {
        let size = piece.as_bytes().len();
        let kind = piece.kind();
        say!(
            "fund",
            "opens {kind:?}: {size} bytes, as the request has them."
        );
    }
    let approved = world.fund.approve(verified)?;
    say!(
        "operator",
        "compares card, passport and face, and says that it is she."
    );
    Ok(approved)
}

pub(crate) fn qr(text: &str) -> Fallible<String> {
    let code = qrcode::QrCode::new(text)?;
    Ok(code.render::<qrcode::render::unicode::Dense1x2>().build())
}
