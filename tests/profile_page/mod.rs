//! `docs/profile.md`, of which all tables come from the tables that issuers and readers use.

use vitacard::profile::Profile;

const HEAD: &str = "\
# The health insurance card

Which elements a card has, who may see them, and how they are written. Made from the tables of
`vitacard::profile` by `cargo run --example generate_profile -- docs/profile.md`.

A deployer sets the owner's name in place of `org.vitacard` (`Profile::health_insurance_of`). A change of a
type or of a meaning makes a new version at the end of the names; unknown elements are ignored, and a card
of another document type is another card. One card is of one person: a parent's phone holds the children's
cards, each with a key of its own.

## Who sees what

| letter | who | profession in the certificate |
| --- | --- | --- |
| A | anybody: a reader that did not prove a profession | none, or another code |
| E | who asks whether somebody is insured | `eligibility` |
| P | pharmacists, nurses | `21`, `60` |
| D | doctors, dentists | `10`, `40` |
| H | the admission desk of a hospital | `hospital` |
| G | what is lent if the holder does not choose | |

The profession is the extension 1.2.250.1.71.1.2.7 of the reader's certificate, one UTF8String, not critical.
A letter in brackets may be asked for and usually is not. The wallet leaves out what is above the ceiling
(`Consent::under`) and says so (`Consent::refused`).

What lets health be guessed is on every card, with the value in brackets where the table has one and there
is nothing to say; its
length is that of the longest value, and each name space has decoys (`Draft::of_profile`). So neither the
number of digests nor the length of an answer tells who has what.

A card ends when the MSO ends, which the issuer renews every few weeks; `expiry_date` is the day that is printed
on a card of plastic, and `document_number` its number. What blocks a card is its place on the status list.
Its rights are as they were when they were looked up
(`rights_checked_at`): `VerifiedDocument::billing` makes secured, degraded or refused of both, and never bills
a card for tests or demonstrations.

National numbers are checked when a card is made: thirteen characters and 97 less the rest of them by 97,
where 2A in Corsica counts as 19 and 2B as 18; months are 01 to 12, 20 to 42 and 50 to 99, as incomplete
records have them. A day of birth that is in no calendar stands in `birth_date_raw` as registers have it, and
`birth_date` has the nearest day.
";

pub(crate) fn page() -> String {
    let mut page = String::from(HEAD);
    for (name, profile) in [
        ("The card", Profile::health_insurance()),
        ("The European card, a second profile", Profile::ehic()),
    ] {
        page.push_str(&format!("\n## {name}\n\n{}", profile.to_markdown()));
    }
    page
}
