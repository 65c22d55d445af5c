//! In which mode a claim can be sent for a card that was verified.

use super::VerifiedDocument;
use crate::profile::{Date, HealthCardView, Profile};
use crate::time::UnixTime;
use crate::verify::{Stale, Standing};

/// What a professional's software makes of a health card that was verified. A card that was not has
/// none: it is an error.
///
/// A card has two clocks. When it ends is the technical one, and a card that has ended is refused. When
/// its rights were last looked up is the administrative one: the card keeps what was known then, for
/// readers without a network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "callers must handle each")]
#[must_use]
pub enum Billing {
    /// Nothing about it is old or unknown.
    Secured,
    /// Something is old or not known: the professional bears the risk.
    Degraded(Doubt),
    /// It is not to be billed.
    Refused(NotBilled),
}

/// What is old or not known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Doubt {
    /// Of the lists by which it could be blocked.
    pub lists: Option<Stale>,
    /// When its rights were looked up, if that is too long ago, or is yet to come.
    pub rights_checked_at: Option<UnixTime>,
}

/// Why a genuine card is not billed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NotBilled {
    /// It is a card of another profile.
    OtherCard,
    /// What is needed to say so was not shown: `card_kind`, `rights_open`, `rights_checked_at`,
    /// `starting_date`, `ending_date`, `expiry_date`.
    NotShown,
    /// It is for tests or demonstrations.
    NotReal,
    /// There were no rights when they were last looked up, or there are none today.
    NoRights,
    /// The day is over until which there is this card (`expiry_date`).
    Expired,
}

impl VerifiedDocument<'_> {
    /// In which mode a claim can be sent at `now`, if rights that were looked up up to
    /// `rights_fresh` seconds ago are believed.
    ///
    /// ```
    /// use vitacard::UnixTime;
    /// use vitacard::profile::Profile;
    /// use vitacard::reader::{Billing, VerifiedDocument};
    /// fn mode(document: &VerifiedDocument<'_>, now: UnixTime) -> Option<u8> {
    ///     const MONTH: u64 = 31 * 86_400;
    ///     match document.billing(&Profile::health_insurance(), now, MONTH) {
    ///         Billing::Secured => Some(3),
    ///         Billing::Degraded(_) => Some(5),
    ///         Billing::Refused(_) => None,
    ///     }
    /// }
    /// ```
    pub fn billing(&self, profile: &Profile, now: UnixTime, rights_fresh: u64) -> Billing {
        let Some(card) = self.health(profile) else {
            return Billing::Refused(NotBilled::OtherCard);
        };
        let checked = match rights(&card, now) {
            Ok(checked) => checked,
            Err(fault) => return Billing::Refused(fault),
        };
        let oldest = now.as_secs().saturating_sub(rights_fresh);
        // What was looked up in a time to come never grows old; a minute is what clocks differ by.
        let ahead = now.as_secs().saturating_add(60);
        let fresh = oldest..=ahead;
        let rights_checked_at = Some(checked).filter(|checked| !fresh.contains(&checked.as_secs()));
        match (self.standing(), rights_checked_at) {
            (Standing::Secured, None) => Billing::Secured,
            (Standing::Secured, _) => Billing::Degraded(Doubt {
                lists: None,
                rights_checked_at,
            }),
            (Standing::Degraded(stale), _) => Billing::Degraded(Doubt {
                lists: Some(stale),
                rights_checked_at,
            }),
        }
    }
}

/// When the rights of a real card were looked up, if there are any today (in UTC).
fn rights(card: &HealthCardView<'_>, now: UnixTime) -> Result<UnixTime, NotBilled> {
    if card.is_for_show() {
        return Err(NotBilled::NotReal);
    }
    let hidden = NotBilled::NotShown;
    card.card_kind().ok_or(hidden)?;
    let open = card.rights_open().ok_or(hidden)?;
    let checked = card.rights_checked_at().ok_or(hidden)?;
    let first = card.starting_date().ok_or(hidden)?;
    let last = card.ending_date().ok_or(hidden)?;
    let expires = card.expiry_date().ok_or(hidden)?;
    let today = Date::of(now).ok_or(NotBilled::NoRights)?;
    if today > expires {
        return Err(NotBilled::Expired);
    }
    match open && (first..=last).contains(&today) {
        true => Ok(checked),
        false => Err(NotBilled::NoRights),
    }
}
