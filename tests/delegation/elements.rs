//! Responses taken apart and put together otherwise: whatever array or map, inside tag 24 and byte
//! strings too, loses, doubles or swaps what it holds, also with another document and another
//! response. What is still accepted means what it meant.
//!
//! Two things of a response nobody signs: which of the issuer's items are shown, and which documents.
//! Fewer items, in another order, are what a wallet sends that shows less. And a document says by
//! itself who shows it, to which session: beside another one, or there twice, it says the same.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use ciborium::Value;
use proptest::prelude::*;

use crate::kit::encode;
use crate::lending::*;
use crate::raw::*;
use crate::seen::*;

/// Stands for a byte string that holds CBOR, while a response is open.
const OPENED: u64 = 0x6f70_656e_6564;

/// Opens the byte strings that hold an array, a map or a tag.
fn open(value: Value) -> Value {
    match value {
        Value::Bytes(content) => match ciborium::from_reader::<Value, _>(content.as_slice()) {
            Ok(inside) if is_structure(&inside) && encode(&inside) == content => {
                Value::Tag(OPENED, Box::new(open(inside)))
            }
            _ => Value::Bytes(content),
        },
        other => each_inside(other, open),
    }
}

/// `value` with what it holds, but keys, changed.
fn each_inside(value: Value, change: fn(Value) -> Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(change).collect()),
        Value::Map(entries) => {
            let entries = entries.into_iter();
            Value::Map(entries.map(|(key, value)| (key, change(value))).collect())
        }
        Value::Tag(tag, inside) => Value::Tag(tag, Box::new(change(*inside))),
        other => other,
    }
}

fn is_structure(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Map(_) | Value::Tag(..))
}

fn close(value: Value) -> Value {
    match value {
        Value::Tag(OPENED, inside) => Value::Bytes(encode(&close(*inside))),
        other => each_inside(other, close),
    }
}

/// How many arrays and maps there are.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|(_, value)| count(value)).sum::<usize>(),
        Value::Tag(_, inside) => count(inside),
        _ => 0,
    }
}

/// The array or the map with this number, the outer ones first.
fn site<'v>(value: &'v mut Value, number: &mut usize) -> Option<&'v mut Value> {
    if matches!(value, Value::Array(_) | Value::Map(_)) {
        match number.checked_sub(1) {
            None => return Some(value),
            Some(rest) => *number = rest,
        }
    }
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| site(item, number)),
        Value::Map(entries) => {
            let mut values = entries.iter_mut().map(|(_, value)| value);
            values.find_map(|value| site(value, number))
        }
        Value::Tag(_, inside) => site(inside, number),
        _ => None,
    }
}

fn len(site: &Value) -> usize {
    match site {
        Value::Array(items) => items.len(),
        Value::Map(entries) => entries.len(),
        _ => 0,
    }
}

/// An element of an array, with its number for a key, or an entry of a map.
fn element_of(site: &Value, at: usize) -> (Value, Value) {
    match site {
        Value::Array(items) => ((items.len() as u64).into(), items[at].clone()),
        Value::Map(entries) => entries[at].clone(),
        _ => unreachable!(),
    }
}

fn put(site: &mut Value, at: usize, value: Value) {
    match site {
        Value::Array(items) => items[at] = value,
        Value::Map(entries) => entries[at].1 = value,
        _ => unreachable!(),
    }
}

/// What is done to a response.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Kind {
    Drop,
    Double,
    SwapInside,
    /// With any element of the same response.
    SwapAnywhere,
    /// With what has the same name elsewhere in the response: in the other document, say.
    SwapAlike,
    /// What has the same name in another response comes instead.
    TakeOver,
}

const KINDS: [Kind; 6] = [
    Kind::Drop,
    Kind::Double,
    Kind::SwapInside,
    Kind::SwapAnywhere,
    Kind::SwapAlike,
    Kind::TakeOver,
];

/// Numbers that choose, each modulo what there is to choose from.
#[derive(Clone, Copy, Debug)]
struct Change {
    kind: Kind,
    site: usize,
    at: usize,
    other_site: usize,
    other_at: usize,
    donor: usize,
}

/// The places in `value` that have the name of this element: a key, or an index and a length.
fn alike(value: &Value, wanted: &(Value, Value), in_map: bool, at: usize) -> Vec<(usize, usize)> {
    let mut value = value.clone();
    let mut found = Vec::new();
    for number in 0..count(&value) {
        match site(&mut value, &mut { number }).unwrap() {
            Value::Map(entries) if in_map => {
                let own = entries.iter().position(|(key, _)| *key == wanted.0);
                found.extend(own.map(|at| (number, at)));
            }
            Value::Array(items) if !in_map && Value::from(items.len() as u64) == wanted.0 => {
                found.push((number, at));
            }
            _ => {}
        }
    }
    found
}

impl Change {
    /// Changes `value`, unless there is nothing to change where it would.
    fn apply(&self, value: &mut Value, donors: &[Value]) -> Option<()> {
        let number = self.site % count(value);
        let own = site(value, &mut { number })?;
        let at = self.at.checked_rem(len(own))?;
        let (element, in_map) = (element_of(own, at), matches!(own, Value::Map(_)));
        let other_at = self.other_at % len(own);
        match self.kind {
            Kind::Drop => match own {
                Value::Array(items) => drop(items.remove(at)),
                Value::Map(entries) => drop(entries.remove(at)),
                _ => return None,
            },
            Kind::Double => match own {
                Value::Array(items) => items.insert(other_at, element.1),
                Value::Map(entries) => entries.insert(other_at, element),
                _ => return None,
            },
            Kind::SwapInside => match own {
                Value::Array(items) => items.swap(at, other_at),
                Value::Map(entries) => entries.swap(at, other_at),
                _ => return None,
            },
            Kind::SwapAnywhere => {
                let other = self.other_site % count(value);
                let other_len = len(site(value, &mut { other })?);
                let other = (other, self.other_at.checked_rem(other_len)?);
                exchange(value, (number, at), other)?;
            }
            Kind::SwapAlike => {
                let places = alike(value, &element, in_map, at);
                let other = places[self.other_site % places.len()];
                exchange(value, (number, at), other)?;
            }
            Kind::TakeOver => {
                let mut donor = donors[self.donor % donors.len()].clone();
                let places = alike(&donor, &element, in_map, at);
                let (number, there) = *places.get(self.other_site.checked_rem(places.len())?)?;
                let taken = element_of(site(&mut donor, &mut { number })?, there).1;
                put(site(value, &mut { self.site % count(value) })?, at, taken);
            }
        }
        Some(())
    }
}

/// What lies inside the other is lost with it.
fn exchange(value: &mut Value, one: (usize, usize), other: (usize, usize)) -> Option<()> {
    let (number, at) = one;
    let mine = element_of(site(value, &mut { number })?, at).1;
    let (other, there) = other;
    let theirs = element_of(site(value, &mut { other })?, there).1;
    put(site(value, &mut { other })?, there, mine);
    let own = site(value, &mut { number }).filter(|own| at < len(own))?;
    put(own, at, theirs);
    Some(())
}

/// The responses that are changed, and those that parts are taken from.
struct Shown {
    /// Opened; each is accepted as it is.
    good: Vec<Value>,
    donors: Vec<Value>,
    /// What the good ones mean.
    meanings: Vec<Seen>,
    parents: Vec<[u8; 32]>,
}

static SHOWN: LazyLock<Shown> = LazyLock::new(|| {
    let narrow = WORLD.card.clone().showing(&["given_name", "birth_date"]);
    let narrow = Delegation::of(&narrow).saying(7, bytes(&[8; 16]));
    let narrow = narrow.saying(NAME, "Camille").bytes();
    let narrow = Document::delegated(&WORLD.card, &narrow);
    let responses = [
        honest().response(),
        response([bound().signed(), own_document().signed()]),
        narrow.showing(&["given_name", "birth_date"]).response(),
    ];
    // The mother showed her card once, and somebody wrote it down.
    let recorded = Document::direct(&WORLD.card, MOTHER);
    let recorded = recorded.with(|document| document.transcript = crate::kit::transcript());
    let good: Vec<_> = responses.iter().map(|bytes| open(decode(bytes))).collect();
    let mut donors = good.clone();
    donors.push(open(decode(&recorded.response())));
    Shown {
        meanings: responses.iter().flat_map(|bytes| accepted(bytes)).collect(),
        parents: [&WORLD.card, &WORLD.bound, &WORLD.own]
            .map(Issued::parent)
            .into(),
        good,
        donors,
    }
});

/// What the daughter can do besides: both her keys sign whatever she likes.
#[derive(Clone, Copy, Debug)]
struct Resign {
    document: usize,
    parent: Option<usize>,
    own_key: bool,
}

impl Resign {
    fn apply(self, response: &mut Value) -> Option<()> {
        let documents = field(response, "documents")?.as_array_mut()?;
        let document = documents.get_mut(self.document)?;
        let doc_type = field(document, "docType")?.clone();
        let device_signed = field(document, "deviceSigned")?;
        let name_spaces = field(device_signed, "nameSpaces")?.as_tag()?.1.as_bytes()?;
        let signer = if self.own_key {
            DAUGHTERS_OWN
        } else {
            DAUGHTER
        };
        let signed = Document {
            doc_type,
            name_spaces: name_spaces.clone(),
            ..Document::direct(&WORLD.own, signer)
        };
        let signed = match self.parent {
            None => signed,
            Some(parent) => signed.with(|document| {
                document.structure = "DelegateAuthentication";
                document.parent = Some(SHOWN.parents[parent]);
            }),
        };
        let auth = field(device_signed, "deviceAuth")?;
        *auth = crate::kit::map([("deviceSignature", signed.sign1())]);
        Some(())
    }
}

fn field<'v>(map: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    let mut entries = map.as_map_mut()?.iter_mut();
    let entry = entries.find(|(own, _)| own.as_text() == Some(key));
    entry.map(|(_, value)| value)
}

/// How often each change was made, and how often what came of it was accepted.
#[derive(Default)]
struct Tried(RefCell<BTreeMap<(Kind, bool), (usize, usize)>>);

impl Tried {
    fn count(&self, kind: Kind, resigned: bool, accepted: bool) {
        let mut counts = self.0.borrow_mut();
        let (tried, good) = counts.entry((kind, resigned)).or_default();
        (*tried, *good) = (*tried + 1, *good + usize::from(accepted));
    }

    fn print(&self, of: &str) {
        println!("{of}, tried and accepted:");
        for ((kind, resigned), (tried, accepted)) in self.0.borrow().iter() {
            let signed = if *resigned { ", then signed anew" } else { "" };
            println!("  {tried:6} {accepted:6} {kind:?}{signed}");
        }
    }

    fn holds_all(&self) -> bool {
        let counts = self.0.borrow();
        KINDS
            .iter()
            .all(|kind| counts.contains_key(&(*kind, false)))
    }
}

/// Changes one of the good responses, and says what is wrong with the verdict.
fn attack(good: usize, changes: &[Change], resign: &[Resign], tried: &Tried) -> Result<(), String> {
    let mut changed = SHOWN.good[good].clone();
    let made = |change: &&Change| change.apply(&mut changed, &SHOWN.donors).is_some();
    let made: Vec<_> = changes
        .iter()
        .filter(made)
        .map(|change| change.kind)
        .collect();
    if changed == SHOWN.good[good] {
        return Ok(());
    }
    let mut closed = close(changed);
    let signed = |resign: &&Resign| resign.apply(&mut closed).is_some();
    let resigned = resign.iter().filter(signed).count() > 0;
    let verdict = Pharmacy::new().says(&encode(&closed));
    for kind in made {
        tried.count(kind, resigned, verdict.is_ok());
    }
    verdict.map_or(Ok(()), |seen| check(&seen))
}

/// What is accepted consists of what was shown: whole documents, each with its presenter, of which
/// some show less.
fn check(seen: &[Seen]) -> Result<(), String> {
    let known = |seen: &Seen| SHOWN.meanings.iter().any(|whole| seen.is_part_of(whole));
    if let Some(foreign) = seen.iter().find(|seen| !known(seen)) {
        return Err(format!("nobody showed this: {foreign:?}"));
    }
    // The holder of the mother's card is never here; her daughter is, with a card of her own.
    let own = &SHOWN.meanings[2];
    assert_eq!(own.by, By::Holder);
    let own_cards = seen.iter().filter(|seen| seen.is_part_of(own)).count();
    let bound = |seen: &&Seen| {
        matches!(
            seen.by,
            By::Delegate {
                own_card: Some(_),
                ..
            }
        )
    };
    match seen.iter().find(bound).is_some() && own_cards != 1 {
        true => Err(format!("{own_cards} own cards: {seen:?}")),
        false => Ok(()),
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let numbers = (
        0..1000_usize,
        0..60_usize,
        0..1000_usize,
        0..60_usize,
        0..4_usize,
    );
    let change = (proptest::sample::select(&KINDS[..]), numbers).prop_map(
        |(kind, (site, at, other_site, other_at, donor))| Change {
            kind,
            site,
            at,
            other_site,
            other_at,
            donor,
        },
    );
    proptest::collection::vec(change, 1..5)
}

fn signatures() -> impl Strategy<Value = Vec<Resign>> {
    let resign = (0..2_usize, proptest::option::of(0..3_usize), any::<bool>());
    let resign = resign.prop_map(|(document, parent, own_key)| Resign {
        document,
        parent,
        own_key,
    });
    proptest::collection::vec(resign, 0..3)
}

/// 256 cases, or as many as `PROPTEST_CASES` says; each changes every response.
#[test]
fn parts_moved_about() {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let cases = (changes(), signatures());
    let tried = Tried::default();
    let outcome = runner.run(&cases, |(changes, resign)| {
        for good in 0..SHOWN.good.len() {
            attack(good, &changes, &[], &tried).map_err(TestCaseError::fail)?;
            attack(good, &changes, &resign, &tried).map_err(TestCaseError::fail)?;
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    tried.print("parts moved about");
    assert!(tried.holds_all());
}

/// The ways in which the daughter can sign what she has changed: as it must be, and otherwise.
fn ways_to_sign(good: usize) -> Vec<Vec<Resign>> {
    let lent = |parent| Resign {
        document: 0,
        parent: Some(parent),
        own_key: false,
    };
    let own = Resign {
        document: 1,
        parent: None,
        own_key: true,
    };
    let right = lent(usize::from(good == 1));
    vec![vec![], vec![right], vec![right, own]]
}

/// Each single change that is there: everything dropped, doubled, swapped with its neighbours and
/// with what has its name elsewhere.
#[test]
fn every_single_change() {
    let tried = Tried::default();
    for good in 0..SHOWN.good.len() {
        let mut whole = SHOWN.good[good].clone();
        for number in 0..count(&whole) {
            let len = len(site(&mut whole, &mut { number }).unwrap());
            for (at, kind) in (0..len).flat_map(|at| KINDS.map(|kind| (at, kind))) {
                single(good, (number, at, len), kind, &tried);
            }
        }
    }
    tried.print("every single change");
}

fn single(good: usize, (site, at, len): (usize, usize, usize), kind: Kind, tried: &Tried) {
    let (others, donors) = match kind {
        Kind::Drop => (vec![(0, 0)], 1),
        Kind::Double => (vec![(0, 0), (0, at)], 1),
        Kind::SwapInside => ((at + 1..len).map(|other| (0, other)).collect(), 1),
        Kind::SwapAnywhere => (vec![], 1),
        Kind::SwapAlike => ((0..4).map(|other| (other, 0)).collect(), 1),
        Kind::TakeOver => ((0..3).map(|other| (other, 0)).collect(), 4),
    };
    let ways = ways_to_sign(good);
    for (donor, (other_site, other_at)) in
        (0..donors).flat_map(|donor| others.iter().map(move |other| (donor, *other)))
    {
        let change = Change {
            kind,
            site,
            at,
            other_site,
            other_at,
            donor,
        };
        for resign in &ways {
            let checked = attack(good, &[change], resign, tried);
            checked.unwrap_or_else(|fault| panic!("{change:?} {resign:?}: {fault}"));
        }
    }
}
