//! What the phone's camera sees: a card, a passport and a face, in a few tones.

use vitacard::enrolment::EvidenceKind;

use super::jpeg::encode;

pub(crate) struct Photograph {
    pub(crate) kind: EvidenceKind,
    pub(crate) name: &'static str,
    pub(crate) jpeg: Vec<u8>,
}

/// Three of one person. `hair` tells people apart.
pub(crate) fn photographs(hair: u8) -> [Photograph; 3] {
    let of = |kind, name, jpeg| Photograph { kind, name, jpeg };
    let card = encode(40, 25, |x, y| plastic_card(x, y, hair));
    let passport = encode(40, 28, |x, y| passport(x, y, hair));
    [
        of(EvidenceKind::PhysicalCard, "the card of plastic", card),
        of(EvidenceKind::IdentityDocument, "a passport", passport),
        of(EvidenceKind::Face, "a face", portrait(hair)),
    ]
}

pub(crate) fn portrait(hair: u8) -> Vec<u8> {
    encode(24, 30, |x, y| face(x, y, hair))
}

fn face(x: u16, y: u16, hair: u8) -> u8 {
    let (x, y) = (i32::from(x), i32::from(y));
    let inside = |cx: i32, cy: i32, rx: i32, ry: i32| {
        let (dx, dy) = ((x - cx) * ry, (y - cy) * rx);
        dx * dx + dy * dy <= rx * rx * ry * ry
    };
    match () {
        () if inside(8, 13, 1, 1) || inside(16, 13, 1, 1) => 40,
        () if y == 19 && (9..16).contains(&x) => 90,
        () if inside(12, 15, 7, 9) => 190,
        () if inside(12, 12, 9, 10) => hair,
        () if inside(12, 30, 11, 6) => 110,
        () => 235,
    }
}

/// With a chip, a portrait and three lines of text.
fn plastic_card(x: u16, y: u16, hair: u8) -> u8 {
    match (x, y) {
        (0 | 39, _) | (_, 0 | 24) => 60,
        (4..10, 8..13) => 200,
        (28..37, 5..17) => face((x - 28) * 24 / 9, (y - 5) * 30 / 12, hair),
        (4..25, 16 | 18 | 20) if x % 5 != 3 => 70,
        _ => 150,
    }
}

/// A page with a portrait, lines, and two rows for machines.
fn passport(x: u16, y: u16, hair: u8) -> u8 {
    match (x, y) {
        (2..14, 4..18) => face((x - 2) * 2, (y - 4) * 30 / 14, hair),
        (17..36, 5 | 8 | 11 | 14) if x % 7 != 4 => 80,
        (2..38, 22 | 25) if x.is_multiple_of(2) => 30,
        _ => 225,
    }
}
