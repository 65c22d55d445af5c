//! Every bit counts: no flipped bit of a delegation leaves it good, not even for a delegate who signs
//! anew what came of it; and what a flipped bit of a response leaves good means the same. Nor is any
//! number in it good in a longer form, even if the holder signs it so (A9, as a refusal).

use std::collections::BTreeMap;

use crate::raw::*;
use crate::seen::*;

/// `bytes` with each of its bits flipped in turn.
fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

/// How often each refusal came.
#[derive(Default)]
struct Histogram(BTreeMap<&'static str, usize>);

impl Histogram {
    fn count(&mut self, verdict: &Verdict) {
        let reason = verdict
            .as_ref()
            .map_or_else(|error| error.reason(), |_| "accepted");
        *self.0.entry(reason).or_default() += 1;
    }

    fn print(&self, of: &str) {
        let all: usize = self.0.values().sum();
        println!("{all} flipped bits of {of}:");
        for (reason, count) in &self.0 {
            println!("  {count:6} {reason}");
        }
    }

    fn of(&self, reason: &str) -> usize {
        self.0.get(reason).copied().unwrap_or(0)
    }
}

/// All flips of `delegation`, each shown by the delegate, who signs whatever is there; as the last
/// document of a batch, too.
fn flip_delegation(name: &str, document: &Document, delegation: &[u8], own: Option<&Document>) {
    let pharmacy = Pharmacy::new();
    let reader = pharmacy.reader();
    let show = |delegation: &[u8]| {
        let said = beside(delegation, &[]);
        let shown = document.clone().saying(&said).signed();
        response([shown].into_iter().chain(own.map(Document::signed)))
    };
    assert!(pharmacy.alone(&reader, &show(delegation)).is_ok());
    let responses: Vec<_> = flips(delegation).map(|flipped| show(&flipped)).collect();
    let mut histogram = Histogram::default();
    for some in responses.chunks(256) {
        let some: Vec<_> = some.iter().map(Vec::as_slice).collect();
        for (response, together) in some.iter().zip(pharmacy.together(&reader, &some)) {
            let alone = pharmacy.alone(&reader, response);
            assert_eq!(together, alone);
            histogram.count(&alone);
        }
    }
    histogram.print(name);
    assert_eq!(responses.len(), delegation.len() * 8);
    assert_eq!(histogram.of("accepted"), 0);
    // Each is refused for what it is: step 6 or step 7, before anything of it is believed.
    let refused = ["DelegationMalformed", "DelegationSignature"];
    let refused: usize = refused.iter().map(|reason| histogram.of(reason)).sum();
    assert_eq!(refused, responses.len());
}

#[test]
fn every_bit_of_a_delegation() {
    let delegation = Delegation::of(&WORLD.card).bytes();
    flip_delegation("a delegation", &honest(), &delegation, None);
}

#[test]
fn every_bit_of_a_delegation_that_says_all_it_can() {
    let delegation = Delegation::of(&WORLD.bound)
        .saying(NAME, "Camille")
        .saying(USES, 3)
        .saying(OWN_CARD, bytes(&WORLD.own.parent()))
        .bytes();
    let name = "a delegation with name, uses and own card";
    flip_delegation(name, &bound(), &delegation, Some(&own_document()));
}

/// What is accepted is what was shown, or less of it. There are places that nobody signs, and none
/// of them means anything:
/// - the minor digit of the version, for 1.1 is read like 1.0;
/// - the texts "nameSpaces" in `issuerSigned`: under another key it is one that is not known, and the
///   document shows no element, which anybody on the line could make it do;
/// - nothing else but keys that are not read: this response has none.
fn flip_response(name: &str, response: &[u8]) {
    let pharmacy = Pharmacy::new();
    let reader = pharmacy.reader();
    let whole = pharmacy.alone(&reader, response).unwrap();
    let mut histogram = Histogram::default();
    let mut places = Vec::new();
    for (bit, flipped) in flips(response).enumerate() {
        let verdict = pharmacy.alone(&reader, &flipped);
        histogram.count(&verdict);
        if let Ok(seen) = verdict {
            places.push(bit / 8);
            assert_eq!(seen.len(), whole.len(), "bit {bit}");
            let same = seen.iter().zip(&whole);
            same.for_each(|(seen, whole)| assert!(seen.is_part_of(whole), "bit {bit}"));
            let together = pharmacy.together(&reader, &[&flipped]);
            assert_eq!(together, [Ok(seen)], "bit {bit}");
        }
    }
    histogram.print(name);
    let allowed = unsigned_places(response);
    let unknown = |place: &&usize| !allowed.iter().any(|allowed| allowed.contains(place));
    assert_eq!(places.iter().find(unknown), None);
    assert!(!places.is_empty());
}

/// Where the minor digit stands, and each "nameSpaces".
fn unsigned_places(response: &[u8]) -> Vec<core::ops::Range<usize>> {
    let find = |text: &'static [u8]| {
        let windows = response.windows(text.len()).enumerate();
        windows.filter(move |(_, window)| *window == text)
    };
    let versions = find(b"\x67version\x631.0").map(|(at, _)| at + 11..at + 12);
    let keys = find(b"\x6anameSpaces").map(|(at, _)| at..at + 11);
    versions.chain(keys).collect()
}

#[test]
fn every_bit_of_a_delegated_response() {
    flip_response("a delegated response", &honest().response());
}

#[test]
fn every_bit_of_a_response_with_the_own_card() {
    let own = own_document().showing(&["family_name"]);
    let lent = bound().showing(&["given_name", "birth_date"]);
    let both = response([lent.signed(), own.signed()]);
    flip_response("a delegated response with the own card", &both);
}

/// Where the heads of the items in `bytes` begin, and how long they are.
fn heads(bytes: &[u8]) -> Vec<(usize, usize)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let (major, info) = (bytes[at] >> 5, bytes[at] & 0x1f);
        let more = if info < 24 { 0 } else { 1 << (info - 24) };
        found.push((at, 1 + more));
        let value = bytes[at + 1..=at + more].iter();
        let value = value.fold(0, |value, byte| value << 8 | usize::from(*byte));
        let value = if info < 24 { usize::from(info) } else { value };
        at += 1 + more + if matches!(major, 2 | 3) { value } else { 0 };
    }
    found
}

/// `bytes`, in which one head after the other takes more bytes than it needs.
fn longer(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (at, len) in heads(bytes) {
        let argument = match len {
            1 => &[bytes[at] & 0x1f],
            _ => &bytes[at + 1..at + len],
        };
        let widths = [(24, 1), (25, 2), (26, 4), (27, 8)].into_iter();
        for (info, width) in widths.filter(|(_, width)| *width >= len) {
            let mut head = vec![bytes[at] & 0xe0 | info];
            head.resize(1 + width - argument.len(), 0);
            head.extend(argument);
            all.push([&bytes[..at], &head, &bytes[at + len..]].concat());
        }
    }
    all
}

#[test]
fn every_longer_head() {
    let pharmacy = Pharmacy::new();
    let reader = pharmacy.reader();
    let says = |delegation: &[u8]| {
        let document = Document::delegated(&WORLD.card, delegation);
        pharmacy.alone(&reader, &document.response())
    };
    let good = Delegation::of(&WORLD.card).saying(NAME, "Camille");
    assert!(says(&good.bytes()).is_ok());
    let claims = longer(&good.payload());
    let protected = longer(&good.protected);
    let outer = longer(&good.bytes());
    println!(
        "{} longer heads",
        claims.len() + protected.len() + outer.len()
    );
    assert!(claims.len() > 80 && protected.len() > 15 && outer.len() >= 13);
    for payload in claims {
        let signed = good.clone().with(|own| own.payload = Some(payload)).bytes();
        assert_eq!(says(&signed), refused!(DelegationClaims));
    }
    for protected in protected {
        let signed = good.clone().with(|own| own.protected = protected).bytes();
        assert_eq!(says(&signed), refused!(DelegationMalformed));
    }
    for outer in outer {
        assert_eq!(says(&outer), refused!(DelegationMalformed));
    }
}
