//! Whatever is lent: it is granted if the issuer allows it, and then shown as far as it was lent, asked
//! for and agreed to. And whatever stands beside it, a response has the verdict that it has alone.

use std::num::NonZeroU8;
use std::sync::LazyLock;

use proptest::prelude::*;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::delegation::{
    DelegationId, DelegationPolicy, Purpose, PurposeSet, RequestDraft, VerifiedDelegationRequest,
};
use vitacard::holder::{Card, Consent, DelegatedCard, Grant, Response};
use vitacard::reader::{DeviceRequest, DeviceResponse, ItemsRequest, Reader, Request};
use vitacard::session::SessionTranscript;
use vitacard::{DocType, ElementId, Error, Misuse, NameSpace, unix_time};

use crate::kit;
use crate::lending::*;
use crate::raw::*;
use crate::seen::*;

/// A set of [`ELEMENTS`], or of purposes, by the bits of a number.
type Set = u8;

const ALL: Set = 0b1111;

/// What the issuer allows.
#[derive(Clone, Debug)]
struct Ceilings {
    max_secs: u64,
    elements: Option<Set>,
    purposes: Option<Set>,
    own_card: bool,
}

/// What the holder lends.
#[derive(Clone, Debug)]
struct Lent {
    secs: u64,
    elements: Set,
    purposes: Set,
    name: Option<String>,
    uses: Option<NonZeroU8>,
    own_card: bool,
}

/// What happens at the counter.
#[derive(Clone, Debug)]
struct Counter {
    asked: Set,
    agreed: Set,
    purpose: u8,
}

fn names(set: Set) -> Vec<(NameSpace<'static>, ElementId<'static>)> {
    let elements = (0..).zip(ELEMENTS);
    let chosen = elements.filter(|(bit, _)| set >> bit & 1 == 1);
    chosen
        .map(|(_, (id, _))| (name_space(), element(id)))
        .collect()
}

const fn purpose(bit: u8) -> Purpose<'static> {
    match bit {
        0 => MEDICINE,
        1 => Purpose::new("org.vitacard", -40),
        _ => Purpose::new("org.example.longer", 1),
    }
}

fn purposes_of(set: Set) -> PurposeSet {
    let chosen = (0..3).filter(|bit| set >> bit & 1 == 1);
    chosen.map(purpose).collect()
}

impl Ceilings {
    fn policy(&self) -> DelegationPolicy {
        let mut policy = DelegationPolicy::lasting(self.max_secs).unwrap();
        if let Some(elements) = self.elements {
            policy = policy.for_elements(names(elements));
        }
        if let Some(purposes) = self.purposes {
            policy = policy.for_purposes(purposes_of(purposes));
        }
        match self.own_card {
            true => policy.requiring_own_card(),
            false => policy,
        }
    }

    /// Said by the test alone.
    fn allow(&self, lent: &Lent) -> bool {
        let inside = |set: Set, ceiling: Option<Set>| set & !ceiling.unwrap_or(!0) == 0;
        (1..=self.max_secs).contains(&lent.secs)
            && lent.elements != 0
            && inside(lent.elements, self.elements)
            && lent.purposes != 0
            && inside(lent.purposes, self.purposes)
            && (lent.own_card || !self.own_card)
    }
}

fn ceilings() -> impl Strategy<Value = Ceilings> {
    let few = prop_oneof![1 => Just(30 * DAY), 1 => 1..=30 * DAY];
    let elements = proptest::option::weighted(0.3, 1..=ALL);
    let purposes = proptest::option::weighted(0.3, 1..=7_u8);
    let all = (few, elements, purposes, proptest::bool::weighted(0.3));
    all.prop_map(|(max_secs, elements, purposes, own_card)| Ceilings {
        max_secs,
        elements,
        purposes,
        own_card,
    })
}

fn lent() -> impl Strategy<Value = Lent> {
    let secs = prop_oneof![4 => 1..=30 * DAY, 1 => Just(30 * DAY), 1 => 1..=DAY, 1 => Just(30 * DAY + 1), 1 => Just(0)];
    let name = proptest::option::of("[a-zà-ÿ ]{1,32}");
    let rest = (proptest::option::of(1..=u8::MAX), any::<bool>());
    let purposes = prop_oneof![2 => (0..4_u8).prop_map(|more| more << 1 | 1), 1 => 0..=7_u8];
    (secs, 0..=ALL, purposes, name, rest).prop_map(
        |(secs, elements, purposes, name, (uses, own_card))| Lent {
            secs,
            elements,
            purposes,
            name,
            uses: uses.and_then(NonZeroU8::new),
            own_card,
        },
    )
}

fn counter() -> impl Strategy<Value = Counter> {
    let asked = prop_oneof![Just(ALL), 1..=ALL];
    let agreed = prop_oneof![Just(ALL), 0..=ALL];
    let purpose = prop_oneof![3 => Just(0), 1 => 0..3_u8];
    (asked, agreed, purpose).prop_map(|(asked, agreed, purpose)| Counter {
        asked,
        agreed,
        purpose,
    })
}

impl Lent {
    /// What a holder lends who keeps to what his wallet offers him.
    fn within(mut self, ceilings: &Ceilings) -> Self {
        let some = |set: Set, ceiling: Option<Set>, all: Set| {
            let ceiling = ceiling.unwrap_or(all);
            if set & ceiling == 0 {
                ceiling
            } else {
                set & ceiling
            }
        };
        self.secs = self.secs.clamp(1, ceilings.max_secs);
        self.elements = some(self.elements, ceilings.elements, ALL);
        self.purposes = some(self.purposes, ceilings.purposes, 7);
        self.own_card |= ceilings.own_card;
        self
    }

    fn grant(&self, card: &Card, asked: VerifiedDelegationRequest) -> Result<Grant, Error> {
        let (from, until) = (unix_time(NOW), unix_time(NOW + self.secs));
        let purposes = purposes_of(self.purposes);
        let grant = Grant::new(card, &asked, &names(self.elements), purposes, from, until)?;
        Ok(match self.uses {
            Some(uses) => grant.with_advised_uses(uses),
            None => grant,
        })
    }

    fn draft(&self) -> RequestDraft {
        let draft = request_draft();
        let draft = match &self.name {
            Some(name) => draft.with_name(name).unwrap(),
            None => draft,
        };
        match self.own_card {
            true => draft.with_own_card(own_card().digest().unwrap()),
            false => draft,
        }
    }

    /// The whole hand-over, or why it was not granted.
    fn hand_over(&self, card: &Card) -> Result<DelegatedCard, Error> {
        let (open, asked) = ask(self.draft());
        let loan = lend(card, self.grant(card, asked)?);
        let anchors = WORLD.insurer.anchors();
        let now = unix_time(NOW);
        let card = DelegatedCard::accept(&parcel(&loan), open, &anchors, &RUSTCRYPTO, now)?;
        assert_eq!(card.id(), loan.id());
        DelegatedCard::from_stored(card.as_bytes(), &anchors, &RUSTCRYPTO, now)
    }

    /// What the pharmacy is told about it.
    fn seen_as(&self, id: [u8; 16]) -> By {
        let mut purposes: Vec<_> = (0..3).filter(|bit| self.purposes >> bit & 1 == 1).collect();
        // By controller, the shorter first; then by number.
        purposes.sort_by_key(|bit| (*bit > 1, purpose(*bit).code()));
        let purposes = purposes.into_iter().map(purpose);
        By::Delegate {
            id,
            name: self.name.clone(),
            begins: NOW,
            ends: NOW + self.secs,
            purposes: purposes
                .map(|purpose| (purpose.controller().into(), purpose.code()))
                .collect(),
            uses: self.uses.map(NonZeroU8::get),
            own_card: self.own_card.then(|| WORLD.own.parent()),
        }
    }
}

fn own_card() -> &'static Card {
    static CARD: LazyLock<Card> =
        LazyLock::new(|| WORLD.insurer.accept(&kit::encode(&WORLD.own.0)));
    &CARD
}

impl Counter {
    fn request(&self) -> Vec<u8> {
        let nothing = ItemsRequest::new(DocType::new(DOC_TYPE).unwrap()).accepting_delegates();
        let asked = names(self.asked).into_iter();
        let items = asked.fold(nothing, |items, (name_space, id)| {
            items.with_element(name_space, id, false)
        });
        Request::new([items]).unwrap().to_bytes()
    }

    fn show(&self, card: &DelegatedCard) -> Result<Response, Error> {
        let asked = self.request();
        let request = DeviceRequest::parse(&asked).unwrap();
        let agreed = names(self.agreed).into_iter();
        let consent = agreed.fold(Consent::none(), |consent, (name_space, id)| {
            consent.allow(DocType::new(DOC_TYPE).unwrap(), name_space, id)
        });
        let (purpose, now) = (purpose(self.purpose), unix_time(NOW));
        let unsigned = card.present(&request, &purpose, &consent, &transcript(), now)?;
        unsigned.sign_with(&signer(DAUGHTER), &RUSTCRYPTO)
    }

    fn pharmacy(&self) -> Pharmacy {
        Pharmacy {
            asked: Some(self.request()),
            purpose: Some(purpose(self.purpose)),
            ..Pharmacy::new()
        }
    }
}

/// One loan from the issuer's policy to the pharmacy's screen.
fn through(ceilings: &Ceilings, lent: &Lent, counter: &Counter) -> Result<(), TestCaseError> {
    let insurer = &WORLD.insurer;
    let card = insurer.card_with(ceilings.policy());
    let granted = lent.hand_over(&card);
    prop_assert_eq!(granted.is_ok(), ceilings.allow(lent), "{:?}", granted.err());
    let Ok(delegated) = granted else {
        return Ok(());
    };
    let shown = counter.show(&delegated);
    let expected = match (
        lent.purposes >> counter.purpose & 1,
        counter.asked & counter.agreed,
    ) {
        (0, _) => Err(Misuse::PurposeNotLent.into()),
        (_, 0) => Err(Misuse::NoConsent.into()),
        (_, agreed) => Ok(names(agreed & lent.elements)),
    };
    let (shown, expected): (_, Vec<_>) = match (shown, expected) {
        (Ok(shown), Ok(expected)) => (shown, expected),
        (shown, expected) => {
            prop_assert_eq!(shown.map(drop), expected.map(drop));
            return Ok(());
        }
    };
    let pharmacy = counter.pharmacy();
    if lent.own_card {
        let alone = pharmacy.says(&shown.to_bytes());
        prop_assert_eq!(alone, refused!(OwnCardMissing));
    }
    let shown = match lent.own_card {
        true => shown.join(show_own(own_card(), DAUGHTERS_OWN)),
        false => shown,
    };
    let seen = accepted_by(&pharmacy, &shown.to_bytes());
    prop_assert_eq!(seen.len(), 1 + usize::from(lent.own_card));
    prop_assert_eq!(&seen[0].by, &lent.seen_as(*delegated.id().as_bytes()));
    let mut expected: Vec<_> = expected.iter().map(|(_, id)| id.as_str()).collect();
    expected.sort_unstable();
    prop_assert_eq!(seen[0].ids(), expected);
    let value = |id: &str| ELEMENTS.into_iter().find(|(own, _)| *own == id).unwrap().1;
    for (_, id, cbor) in &seen[0].elements {
        let shown = decode(cbor);
        prop_assert_eq!(shown.as_text(), Some(value(id)));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_loan(
        ceilings in ceilings(),
        lent in lent(),
        counter in counter(),
        obedient in proptest::bool::weighted(0.8),
    ) {
        let lent = if obedient { lent.within(&ceilings) } else { lent };
        through(&ceilings, &lent, &counter)?;
    }
}

/// A response, and who checks it.
struct Kind {
    name: &'static str,
    response: Vec<u8>,
    pharmacy: Pharmacy,
}

static KINDS: LazyLock<Vec<(Kind, Verdict)>> = LazyLock::new(|| {
    let kinds = kinds().into_iter().map(|kind| {
        let alone = kind.pharmacy.alone(&kind.pharmacy.reader(), &kind.response);
        (kind, alone)
    });
    kinds.collect()
});

/// Cards with the issuer's hint share an equation in a batch, and may stand before or after what a
/// delegate shows.
fn kinds() -> Vec<Kind> {
    let hinted = |holder: &'static str| {
        let draft = WORLD.insurer.draft(holder).with_even_r_hint();
        let bytes = WORLD.insurer.issue(draft.with_delegation(any_policy()));
        let card = WORLD.insurer.accept(&bytes);
        let shown = decode(&show_own(&card, holder).to_bytes());
        let shown = kit::at(&mut shown.clone(), &["documents"])
            .as_array()
            .unwrap()[0]
            .clone();
        (Issued::parse(&bytes), shown)
    };
    let ((mothers, direct), (friends, friend)) = (hinted(MOTHER), hinted("friend"));
    let own = own_document().signed();
    let lent = Delegation::of(&mothers).bytes();
    let delegated = Document::delegated(&mothers, &lent).signed();
    let of_friend = Delegation::of(&mothers)
        .saying(OWN_CARD, bytes(&friends.parent()))
        .bytes();
    let of_friend = Document::delegated(&mothers, &of_friend).signed();
    let stolen = Document::direct(&friends, "thief").signed();
    let forged = Delegation::of(&mothers)
        .with(|own| own.signer = "stranger")
        .bytes();
    let forged = Document::delegated(&mothers, &forged).signed();
    let thief = honest().with(|document| document.signer = "thief").signed();
    let kinds = [
        ("good direct", vec![direct.clone()]),
        ("good direct of a friend", vec![friend.clone()]),
        ("good delegated", vec![honest().signed()]),
        ("good delegated of a hinted card", vec![delegated.clone()]),
        ("good with own card", vec![bound().signed(), own.clone()]),
        (
            "good with own card that waits",
            vec![of_friend.clone(), friend.clone()],
        ),
        (
            "good with own card that came before",
            vec![friend.clone(), of_friend.clone()],
        ),
        ("good both ways", vec![delegated.clone(), direct.clone()]),
        (
            "good both ways, turned round",
            vec![direct.clone(), delegated],
        ),
        ("bad direct", vec![stolen.clone()]),
        ("bad delegation", vec![forged.clone()]),
        ("bad delegate", vec![thief.clone()]),
        ("bad without own card", vec![of_friend.clone()]),
        (
            "bad with another card",
            vec![of_friend.clone(), direct.clone()],
        ),
        ("bad own card that waits", vec![of_friend.clone(), stolen]),
        (
            "bad with own card twice",
            vec![friend.clone(), of_friend, friend],
        ),
        (
            "bad delegation after a good card",
            vec![direct.clone(), forged],
        ),
        ("bad delegate before a good card", vec![thief, direct]),
    ];
    let plain = kinds.into_iter().map(|(name, documents)| Kind {
        name,
        response: response(documents),
        pharmacy: Pharmacy::new(),
    });
    plain.chain(of_other_readers()).collect()
}

/// The same response, and other conditions.
fn of_other_readers() -> Vec<Kind> {
    let id = Delegation::of(&WORLD.card).id();
    let new = Pharmacy::new;
    let pharmacies = [
        (
            "bad at an ordinary reader",
            Pharmacy {
                asked: Some(asking(false)),
                ..new()
            },
        ),
        (
            "bad without a purpose",
            Pharmacy {
                purpose: None,
                ..new()
            },
        ),
        (
            "bad for another purpose",
            Pharmacy {
                purpose: Some(purpose(1)),
                ..new()
            },
        ),
        (
            "bad in another session",
            Pharmacy {
                transcript: kit::transcript(),
                ..new()
            },
        ),
        ("bad when expired", Pharmacy::at(NOW + DAY)),
        (
            "bad when revoked",
            Pharmacy {
                revoked: Some(vec![DelegationId::from_bytes(id)]),
                ..new()
            },
        ),
        (
            "good when another is revoked",
            Pharmacy {
                revoked: Some(vec![DelegationId::from_bytes([1; 16])]),
                ..new()
            },
        ),
    ];
    let kinds = pharmacies.into_iter().map(|(name, pharmacy)| Kind {
        name,
        response: honest().response(),
        pharmacy,
    });
    kinds.collect()
}

/// What is said of the kinds with these numbers, all at once.
fn together(reader: &Reader, numbers: &[usize]) -> Vec<Verdict> {
    let kinds: Vec<_> = numbers.iter().map(|number| &KINDS[*number].0).collect();
    let transcripts: Vec<_> = kinds
        .iter()
        .map(|kind| SessionTranscript::given(&kind.pharmacy.transcript).unwrap())
        .collect();
    let lists: Vec<_> = kinds.iter().map(|kind| kind.pharmacy.lists()).collect();
    let sessions = transcripts.iter().zip(&lists);
    let claims = kinds
        .iter()
        .zip(sessions)
        .map(|(kind, (transcript, lists))| {
            let response = DeviceResponse::parse(&kind.response).unwrap();
            (response, kind.pharmacy.exchange(transcript, lists))
        });
    let mut cache = reader.anchors().cache::<2>();
    let verdicts = reader
        .verify_all(claims, &mut cache, &mut Seeded(11))
        .unwrap();
    verdicts.into_iter().map(seen).collect()
}

fn compare(numbers: &[usize]) {
    let verdicts = together(&WORLD.insurer.reader(), numbers);
    assert_eq!(verdicts.len(), numbers.len());
    for (number, verdict) in numbers.iter().zip(verdicts) {
        let (kind, alone) = &KINDS[*number];
        assert_eq!(verdict, *alone, "{}", kind.name);
    }
}

#[test]
fn every_kind_is_what_it_is_called() {
    for (kind, alone) in KINDS.iter() {
        let good = kind.name.starts_with("good");
        assert_eq!(alone.is_ok(), good, "{}: {alone:?}", kind.name);
    }
    let all: Vec<_> = (0..KINDS.len()).collect();
    let back: Vec<_> = all.iter().rev().copied().collect();
    compare(&all);
    compare(&[&back[..], &all, &back].concat());
}

fn numbers() -> impl Strategy<Value = Vec<usize>> {
    let whichever = 0..KINDS.len();
    let mixed = proptest::collection::vec(whichever.clone(), 0..40);
    // Enough hinted ones that an equation is made, and a few others among them.
    let few = proptest::collection::vec((any::<usize>(), whichever), 0..4);
    let hinted = (proptest::collection::vec(0..2_usize, 32..80), few);
    let hinted = hinted.prop_map(|(mut numbers, few)| {
        for (place, number) in few {
            numbers.insert(place % (numbers.len() + 1), number);
        }
        numbers
    });
    prop_oneof![mixed, hinted]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_batch(numbers in numbers()) {
        compare(&numbers);
    }
}
