//! Parsing and verifying never holds more memory than twice the input and 64 kB.

#![allow(
    unsafe_code,
    reason = "an allocator that counts cannot be written without"
)]

mod kit;
#[cfg(feature = "x509")]
mod lending;
mod pki;
mod samples;

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use std::alloc::System;

use ciborium::Value;
use samples::{Amounts, Sample, encode, made, real};
use vitacard::crypto::{
    Algorithm, PreparedKey, PublicKey, RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom, TableSize,
};
use vitacard::holder::{Card, Consent, DeviceRequest};
use vitacard::issuer::Draft;
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, ItemsRequest, Policy, Reader, Request,
};
use vitacard::session::SessionTranscript;
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, ElementId, Error, NameSpace, Validity, unix_time};

const SLACK: usize = 64 << 10;

/// Where a card has few elements.
const SMALL_SLACK: usize = 4 << 10;

thread_local! {
    /// Bytes held now, and the most that were; of this thread, as tests run side by side.
    static HELD: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    /// How often memory was asked for.
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

fn hold(more: usize, less: usize) {
    // A thread that ends frees after its counter is gone.
    let _ = HELD.try_with(|held| {
        let (now, peak) = held.get();
        let now = (now + more).saturating_sub(less);
        held.set((now, peak.max(now)));
    });
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + usize::from(more > 0)));
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        hold(layout.size(), 0);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        hold(0, layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(block, layout) }
    }

    /// Both blocks may exist at once.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        hold(size, 0);
        hold(0, layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most that `work` held, above what was held before, and its result.
fn peak<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = HELD.get().0;
    HELD.set((before, before));
    let result = work();
    (HELD.get().1 - before, result)
}

fn verify_within_budget(sample: &Sample) -> Result<usize, Error> {
    let reader = sample.reader();
    let (used, verdict) = peak(|| sample.verify(&reader));
    let (name, input) = (&sample.name, sample.response.len());
    println!("{name}: {input} bytes, {used} bytes of heap, {verdict:?}");
    assert!(used <= 2 * input + SLACK, "{name}: {used} for {input}");
    verdict
}

#[test]
fn the_allocator_counts() {
    let (used, _) = peak(|| drop(vec![0_u8; 1000]));
    assert!((1000..2000).contains(&used), "{used}");
}

#[test]
fn responses_of_real_wallets() {
    for sample in real() {
        assert_eq!(verify_within_budget(&sample), Ok(1), "{}", sample.name);
    }
}

#[test]
fn parsing_holds_nothing() {
    let sample = made(Amounts {
        documents: 2,
        items: 1000,
        decoys: 1000,
        device_items: 10,
    });
    let (used, count) = peak(|| {
        let response = DeviceResponse::parse(&sample.response).unwrap();
        response.claimed_doc_types().count()
    });
    assert_eq!((used, count), (0, 2));
}

/// What a counter does all day: asked for seldom, and for little.
#[test]
fn eight_elements() {
    let sample = made(Amounts {
        documents: 1,
        items: 8,
        decoys: 0,
        device_items: 0,
    });
    let reader = sample.reader();
    let before = CALLS.get();
    let (used, verdict) = peak(|| sample.verify(&reader));
    let (calls, input) = (CALLS.get() - before, sample.response.len());
    println!("{input} bytes, {used} bytes of heap, {calls} allocations");
    assert_eq!(verdict, Ok(1));
    assert!(calls <= 10, "{calls}");
    assert!(used <= 2 * input + SMALL_SLACK, "{used} for {input}");
}

/// The same, shown by a delegate: what the delegation says is read where it stands.
#[cfg(feature = "x509")]
#[test]
fn a_delegated_response() {
    use lending::{Insurer, MEDICINE, NOW};

    let insurer = Insurer::new();
    let lent = lending::lent(
        &insurer,
        &insurer.card(),
        lending::request_draft(),
        lending::DAY,
    );
    let response = lending::show(&lent, NOW).unwrap().to_bytes();
    // Pinned, so that no certificate is parsed: `hostile_certificates` sees to those.
    let mut anchors = TrustAnchors::new();
    let issuer = PublicKey::p256(&insurer.signer.key.public_sec1()).unwrap();
    anchors.pin_key(issuer);
    let reader = Reader::new(RUSTCRYPTO, anchors);
    let (asked, policy, transcript) = (
        lending::asking(true),
        lending::policy(),
        lending::transcript(),
    );
    let exchange = Exchange::new(&transcript, Conditions::new(unix_time(NOW), &policy))
        .with_request(DeviceRequest::parse(&asked).unwrap())
        .for_purpose(MEDICINE);
    let before = CALLS.get();
    let (used, verdict) = peak(|| {
        let claims = DeviceResponse::parse(&response)?;
        reader.verify(claims, &exchange).map(drop)
    });
    let (calls, input) = (CALLS.get() - before, response.len());
    println!("{input} bytes, {used} bytes of heap, {calls} allocations");
    assert_eq!(verdict, Ok(()));
    assert!(calls <= 10, "{calls}");
    assert!(used <= 2 * input + SMALL_SLACK, "{used} for {input}");
}

/// A table takes what it is said to take, in one piece.
#[test]
fn tables() {
    let key = SoftwareSigner::from_bytes(&[7; 32]).unwrap().public_key();
    for (size, bytes) in [
        (TableSize::Full, 262_144),
        (TableSize::Compact, 53_248),
        (TableSize::Flash, 8192),
    ] {
        let calls = CALLS.get();
        let (used, prepared) = peak(|| PreparedKey::new(&key, size));
        assert!(prepared.is_ok());
        assert_eq!((used, CALLS.get() - calls), (bytes, 1), "{size:?}");
        assert_eq!(size.bytes(), bytes);
    }
}

/// What shares an equation, beside what each response needs.
const TOGETHER: usize = 512 << 10;

/// As many holders as share an equation, and three times as many.
#[test]
fn many_responses_together() {
    let holders: Vec<_> = (1..=192).map(shown_with_a_hint).collect();
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(SoftwareSigner::from_bytes(&[7; 32]).unwrap().public_key());
    let reader = Reader::new(RUSTCRYPTO, anchors);
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    let transcript = SessionTranscript::given(HINTED_TRANSCRIPT).unwrap();
    let exchange = Exchange::new(&transcript, Conditions::new(unix_time(HINTED_NOW), &policy));
    for count in [64, 192] {
        let responses = &holders[..count];
        let claims = responses
            .iter()
            .map(|bytes| (DeviceResponse::parse(bytes).unwrap(), exchange));
        let mut cache = reader.anchors().cache::<4>();
        let (used, verdicts) = peak(|| reader.verify_all(claims, &mut cache, &mut SystemRandom));
        assert!(verdicts.unwrap().iter().all(Result::is_ok));
        let input: usize = responses.iter().map(Vec::len).sum();
        println!("{count} responses, {input} bytes, {used} bytes of heap");
        assert!(used <= 2 * input + SLACK + TOGETHER, "{used} for {input}");
    }
}

const HINTED_NOW: u64 = 1_780_272_000;
const HINTED_TRANSCRIPT: &[u8] = b"\x83\xf6\xf6\x81\x64many";

/// A card of one element of a holder of its own, shown.
fn shown_with_a_hint(holder: u8) -> Vec<u8> {
    let (issuer, device) = ([7; 32], [holder; 32]);
    let issuer = SoftwareSigner::from_bytes(&issuer).unwrap();
    let device = SoftwareSigner::from_bytes(&device).unwrap();
    let (from, until) = (unix_time(HINTED_NOW), unix_time(HINTED_NOW + 1000));
    let doc_type = DocType::new("org.iso.18013.5.1.mDL").unwrap();
    let name_space = NameSpace::new("org.iso.18013.5.1").unwrap();
    let id = ElementId::new("family_name").unwrap();
    let validity = Validity::new(from, until).unwrap();
    let unsigned = Draft::new(doc_type.clone(), device.public_key(), validity)
        .with_element(name_space.clone(), id.clone(), "Martin")
        .with_even_r_hint()
        .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom);
    let bytes = unsigned.unwrap().sign_pinned(&issuer, &RUSTCRYPTO).unwrap();
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(issuer.public_key());
    let card = Card::accept(&bytes, &anchors, &RUSTCRYPTO, from).unwrap();
    let items = ItemsRequest::new(doc_type.clone());
    let request = Request::new([items.with_element(name_space.clone(), id.clone(), false)]);
    let request = request.unwrap().to_bytes();
    let consent = Consent::none().allow(doc_type, name_space, id);
    let transcript = SessionTranscript::given(HINTED_TRANSCRIPT).unwrap();
    let request = DeviceRequest::parse(&request).unwrap();
    let shown = card.present(&request, &consent, &transcript).unwrap();
    shown.sign_with(&device, &RUSTCRYPTO).unwrap().to_bytes()
}

/// The most work that a holder with a genuine card can make for its bytes.
#[test]
fn genuine_cards_in_extremes() {
    let plain = Amounts {
        documents: 1,
        items: 1,
        decoys: 0,
        device_items: 0,
    };
    for amounts in [
        plain,
        Amounts {
            items: 1024,
            ..plain
        },
        Amounts {
            decoys: 4000,
            ..plain
        },
        Amounts {
            device_items: 1024,
            ..plain
        },
        Amounts {
            documents: 16,
            ..plain
        },
        Amounts {
            documents: 16,
            items: 500,
            ..plain
        },
        Amounts {
            documents: 16,
            device_items: 1024,
            ..plain
        },
    ] {
        let documents = usize::try_from(amounts.documents).unwrap();
        assert_eq!(verify_within_budget(&made(amounts)), Ok(documents));
    }
    let crowd = made(Amounts {
        decoys: 100_000,
        ..plain
    });
    let refused = verify_within_budget(&crowd).unwrap_err();
    assert_eq!(refused.reason(), "MsoMalformed");
}

/// Certificates are parsed before anything is believed, and x509-cert keeps what it parses.
#[cfg(feature = "x509")]
#[test]
fn hostile_certificates() {
    use pki::{Entity, Extension, Profile};

    let extension = |id: &'static str, value: Vec<u8>| Extension {
        id,
        critical: false,
        value,
    };
    let usages: Vec<u8> = [0x30, 0x82, 0x3a, 0x98]
        .into_iter()
        .chain([6, 1, 42].repeat(5000))
        .collect();
    let large = vec![extension("1.3.6.1.4.1.99999.1", vec![0; 15_000])];
    let many = vec![extension("1.3.6.1.4.1.99999.1", vec![5, 0]); 700];
    let root = Entity::root();
    for extra in [large, many, vec![extension("2.5.29.37", usages)]] {
        let profile = Profile::document_signer().with(|profile| {
            profile.eku.clear();
            profile.extra = extra;
        });
        let leaf = Value::Bytes(root.issue(profile, "signer").der);
        let draft = kit::draft().with(|draft| {
            draft.issuer = "signer";
            let chain = Value::Array(vec![leaf; 4]);
            draft.unprotected = kit::map([(33, chain)]);
        });
        let response = draft.issue().show().response();
        let mut anchors = TrustAnchors::new();
        anchors.add_root(&root.der).unwrap();
        let reader = Reader::new(RUSTCRYPTO, anchors);
        let transcript = kit::transcript();
        let transcript = SessionTranscript::given(&transcript).unwrap();
        let policy = Policy::default();
        let exchange = Exchange::new(&transcript, Conditions::new(unix_time(kit::NOW), &policy));
        let claims = DeviceResponse::parse(&response).unwrap();
        let (used, verdict) = peak(|| reader.verify(claims, &exchange).map(drop));
        let input = response.len();
        println!("{input} bytes, {used} bytes of heap, {verdict:?}");
        assert!(
            verdict.is_err() && used <= 2 * input + SLACK,
            "{used} for {input}"
        );
    }
}

/// A reader may ask for a thousand elements of one name space with a very long name.
#[test]
fn consent_holds_each_name_once() {
    let name_space = "n".repeat(900_000);
    let ids = (0..1024).map(|id| (format!("{id:04}").into(), Value::Bool(false)));
    let asked = Value::Map(vec![(name_space.into(), Value::Map(ids.collect()))]);
    let items = encode(&Value::Map(vec![
        ("docType".into(), "t".into()),
        ("nameSpaces".into(), asked),
    ]));
    let items = Value::Tag(24, Box::new(Value::Bytes(items)));
    let request = encode(&Value::Map(vec![
        ("version".into(), "1.0".into()),
        (
            "docRequests".into(),
            Value::Array(vec![Value::Map(vec![("itemsRequest".into(), items)])]),
        ),
    ]));
    let (used, _) = peak(|| {
        let request = DeviceRequest::parse(&request).unwrap();
        let asked = request.documents().next().unwrap();
        let consent = Consent::none().everything_asked(&asked);
        asked
            .elements()
            .all(|(name_space, id, _)| consent.allows(&asked.doc_type(), &name_space, &id))
    });
    assert!(used <= 2 * request.len() + 2 * SLACK, "{used}");
}

#[test]
fn hostile_bytes() {
    let sample = made(Amounts {
        documents: 1,
        items: 1,
        decoys: 0,
        device_items: 0,
    });
    for (name, bytes) in hostile() {
        // As a whole message, and as the card's issuerAuth, its MSO and its items.
        for response in [
            bytes.clone(),
            replaced(&sample, "issuerAuth", &bytes),
            replaced(&sample, "nameSpaces", &bytes),
            replaced(&sample, "deviceAuth", &bytes),
            signed_over(&sample, &bytes),
        ] {
            let name = name.to_owned();
            let hostile = Sample {
                name,
                response,
                ..made_like(&sample)
            };
            assert!(verify_within_budget(&hostile).is_err());
        }
    }
}

fn made_like(sample: &Sample) -> Sample {
    Sample {
        name: String::new(),
        response: Vec::new(),
        transcript: sample.transcript.clone(),
        ..*sample
    }
}

fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let lengths = [0x5b, 0x7b, 0x9b, 0xbb].map(|head| [[head].as_slice(), &[0xff; 8]].concat());
    let [bytes, text, array, map] = lengths;
    // Each array says that it holds all that follows (A2).
    let chain = (0..6000_u16).flat_map(|n| {
        let [high, low] = (18_000 - 3 * n).to_be_bytes();
        [0x99, high, low]
    });
    let small = 1_000_000_u32;
    let ints = [0x9a].into_iter().chain(small.to_be_bytes());
    let ints = ints.chain((0..small).map(|_| 1)).collect();
    let label = |n: u32| (Value::from(n), Value::Null);
    let labels = encode(&Value::Map((0..64_000).map(label).collect()));
    let protected = encode(&Value::Array(vec![
        Value::Bytes(labels.clone()),
        Value::Map(Vec::new()),
        Value::Null,
        Value::Bytes(vec![1; 64]),
    ]));
    vec![
        ("A1 bytes", bytes),
        ("A1 text", text),
        ("A1 array", array),
        ("A1 map", map),
        ("A2 chain of arrays", chain.collect()),
        ("A3 nested arrays", vec![0x81; 1_000_000]),
        ("A3 nested maps", [0xa1, 0x00].repeat(500_000)),
        ("A3 nested tags", vec![0xc1; 1_000_000]),
        ("A4 nested tag 24", nested(400)),
        ("A11 nested indefinite", vec![0x5f; 1_000_000]),
        ("1 MB of small integers", ints),
        ("B14 64,000 labels", labels),
        ("B14 64,000 protected labels", protected),
    ]
}

/// Tag 24 in tag 24 in tag 24.
fn nested(levels: u32) -> Vec<u8> {
    (0..levels).fold(vec![0], |inner, _| {
        encode(&Value::Tag(24, Box::new(Value::Bytes(inner))))
    })
}

/// The sample's response, with `bytes` in the place of the value of the first `key`.
fn replaced(sample: &Sample, key: &str, bytes: &[u8]) -> Vec<u8> {
    let value: Value = ciborium::from_reader(&*sample.response).unwrap();
    let marker = Value::Bytes(b"here it goes".to_vec());
    let mut done = false;
    let with_marker = replace(value, key, &marker, &mut done);
    assert!(done, "no {key}");
    let (text, marker) = (encode(&with_marker), encode(&marker));
    let at = text
        .windows(marker.len())
        .position(|window| window == marker)
        .unwrap();
    [&text[..at], bytes, &text[at + marker.len()..]].concat()
}

fn replace(value: Value, key: &str, with: &Value, done: &mut bool) -> Value {
    match value {
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| replace(item, key, with, done))
                .collect(),
        ),
        Value::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(
                    |(name, value)| match name.as_text() == Some(key) && !*done {
                        true => {
                            *done = true;
                            (name, with.clone())
                        }
                        false => (name, replace(value, key, with, done)),
                    },
                )
                .collect(),
        ),
        other => other,
    }
}

/// The sample's response, with `bytes` as what the issuer signed.
fn signed_over(sample: &Sample, bytes: &[u8]) -> Vec<u8> {
    replaced(sample, "issuerAuth", &samples::issuer_auth(bytes))
}
