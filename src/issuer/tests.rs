use alloc::collections::{BTreeMap, BTreeSet};

use ciborium::Value;
use coset::{CborSerializable as _, CoseSign1};
use proptest::prelude::*;

use super::{Decoys, Draft, StatusReference, UnsignedCard};
use crate::crypto::{
    Algorithm, CryptoError, CryptoProvider, DigestAlgorithm, PublicKey, RUSTCRYPTO, SecureRandom,
    Signature, Signer, SoftwareSigner,
};
use crate::reader::{Conditions, Policy, Reader, Standing, UnknownStatus};
use crate::trust::TrustAnchors;
use crate::{DocType, ElementId, Error, Misuse, NameSpace, UnixTime, Validity, unix_time};

const DOC_TYPE: &str = "org.vitacard.health_insurance.1";
const IDENTITY: &str = "org.iso.23220.1";
const INSURANCE: &str = "org.vitacard.health_insurance.1";
const FROM: UnixTime = unix_time(1_780_272_000); // 2026-06-01T00:00:00Z
const UNTIL: UnixTime = unix_time(1_788_048_000); // 2026-08-30T00:00:00Z

/// SHA-256 in counter mode: the same seed makes the same card.
struct Seeded {
    seed: u64,
    counter: u64,
}

impl Seeded {
    const fn new(seed: u64) -> Self {
        Self { seed, counter: 0 }
    }
}

impl SecureRandom for Seeded {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        for chunk in out.chunks_mut(32) {
            let block = [self.seed.to_be_bytes(), self.counter.to_be_bytes()].concat();
            let block = RUSTCRYPTO.sha256(&[&block])?;
            chunk.copy_from_slice(&block[..chunk.len()]);
            self.counter += 1;
        }
        Ok(())
    }
}

/// Fails after so many bytes.
struct FailsAfter(usize, Seeded);

impl SecureRandom for FailsAfter {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        self.0 = self.0.checked_sub(out.len()).ok_or(CryptoError::Random)?;
        self.1.fill(out)
    }
}

fn issuer() -> SoftwareSigner {
    SoftwareSigner::from_bytes(&[7; 32]).unwrap()
}

fn device_key() -> PublicKey {
    SoftwareSigner::from_bytes(&[8; 32]).unwrap().public_key()
}

fn name_space(name: &str) -> NameSpace<'_> {
    NameSpace::new(name).unwrap()
}

fn id(name: &str) -> ElementId<'_> {
    ElementId::new(name).unwrap()
}

fn window(from: UnixTime, until: UnixTime) -> Validity {
    Validity::new(from, until).unwrap()
}

fn draft() -> Draft {
    let doc_type = DocType::new(DOC_TYPE).unwrap();
    Draft::new(doc_type, device_key(), window(FROM, UNTIL))
}

fn martin() -> Draft {
    draft()
        .with_element(name_space(IDENTITY), id("family_name"), "Martin")
        .with_element(name_space(IDENTITY), id("age_over_18"), true)
        .with_element(name_space(INSURANCE), id("beneficiary_role"), 6)
}

fn prepare(draft: Draft, seed: u64) -> Result<UnsignedCard, Error> {
    draft.prepare(Algorithm::ES256, &RUSTCRYPTO, &mut Seeded::new(seed))
}

fn misuse<T>(result: Result<T, Error>) -> Misuse {
    match result {
        Err(Error::Misuse(misuse)) => misuse,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("accepted"),
    }
}

fn issue(draft: Draft, seed: u64) -> Vec<u8> {
    let unsigned = prepare(draft, seed).unwrap();
    unsigned.sign_pinned(&issuer(), &RUSTCRYPTO).unwrap()
}

fn policy() -> Policy {
    Policy {
        cards_without_status: true,
        unknown_status: UnknownStatus::Degrade,
        ..Policy::default()
    }
}

fn reader() -> Reader {
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(issuer().public_key());
    Reader::new(RUSTCRYPTO, anchors)
}

/// What our own reader sees in the card, each value in CBOR.
fn read(card: &[u8]) -> BTreeMap<(String, String), Vec<u8>> {
    let policy = policy();
    let conditions = Conditions::new(FROM, &policy);
    let reader = reader();
    let verified = reader.verify_issuer_signed(card, &conditions).unwrap();
    let elements = verified.elements().map(|element| {
        let name = (element.name_space().to_string(), element.id().to_string());
        (name, element.value().as_cbor().to_vec())
    });
    let elements: Vec<_> = elements.collect();
    let count = elements.len();
    let elements: BTreeMap<_, _> = elements.into_iter().collect();
    assert_eq!(elements.len(), count);
    elements
}

/// The card through ciborium and coset, which share no code with our reader.
struct Seen {
    auth: CoseSign1,
    mso: Value,
    /// By name space, in the order of the card: digestID, salt, identifier.
    items: BTreeMap<String, Vec<(u64, Vec<u8>, String)>>,
}

fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let mut entries = value.as_map().unwrap().iter();
    let found = entries.find(|(key, _)| key.as_text() == Some(name));
    found.map(|(_, value)| value)
}

/// The content of tag 24.
fn embedded(value: &Value) -> Value {
    let Value::Tag(24, content) = value else {
        panic!("{value:?}");
    };
    ciborium::from_reader(&**content.as_bytes().unwrap()).unwrap()
}

fn see(card: &[u8]) -> Seen {
    let card: Value = ciborium::from_reader(card).unwrap();
    let mut auth = Vec::new();
    ciborium::into_writer(field(&card, "issuerAuth").unwrap(), &mut auth).unwrap();
    let auth = CoseSign1::from_slice(&auth).unwrap();
    let payload: Value = ciborium::from_reader(&**auth.payload.as_ref().unwrap()).unwrap();
    let item = |bytes: &Value| {
        let item = embedded(bytes);
        let number = field(&item, "digestID").unwrap().as_integer().unwrap();
        let salt = field(&item, "random").unwrap().as_bytes().unwrap();
        let id = field(&item, "elementIdentifier")
            .unwrap()
            .as_text()
            .unwrap();
        (number.try_into().unwrap(), salt.clone(), id.to_string())
    };
    let mut items = BTreeMap::new();
    for (name_space, list) in
        field(&card, "nameSpaces").map_or(&[][..], |map| map.as_map().unwrap())
    {
        let list = list.as_array().unwrap().iter().map(item).collect();
        items.insert(name_space.as_text().unwrap().to_string(), list);
    }
    Seen {
        mso: embedded(&payload),
        auth,
        items,
    }
}

impl Seen {
    fn digests(&self, name_space: &str) -> &[(Value, Value)] {
        let digests = field(&self.mso, "valueDigests").unwrap();
        field(digests, name_space).unwrap().as_map().unwrap()
    }
}

#[test]
fn a_card_is_read_back() {
    let card = read(&issue(martin(), 1));
    let expected: [(&str, &str, &[u8]); 3] = [
        (IDENTITY, "age_over_18", b"\xf5"),
        (IDENTITY, "family_name", b"\x66Martin"),
        (INSURANCE, "beneficiary_role", b"\x06"),
    ];
    let expected = expected.map(|(n, i, v)| ((n.to_string(), i.to_string()), v.to_vec()));
    assert_eq!(card, expected.into_iter().collect());
}

#[test]
fn everything_that_was_drafted_is_in_the_mso() {
    let draft = martin()
        .with_signed(unix_time(1_780_271_999))
        .with_expected_update(unix_time(1_785_456_000))
        .with_digest_algorithm(DigestAlgorithm::Sha384)
        .with_key_authorizations(
            [name_space("a"), name_space("a")],
            [("b", "y"), ("b", "x")].map(|(n, i)| (name_space(n), id(i))),
        )
        .with_key_info(-65_600, "value")
        .with_status(StatusReference::status_list(
            412,
            "https://status.example/1",
        ));
    let seen = see(&issue(draft, 1));
    let key = device_key();
    let (x, y) = (&key.as_bytes()[1..33], &key.as_bytes()[33..]);
    let date = |text: &str| Value::Tag(0, Value::from(text).into());
    let expected = cbor(&[
        (
            "status",
            cbor(&[(
                "status_list",
                cbor(&[
                    ("idx", 412.into()),
                    ("uri", "https://status.example/1".into()),
                ]),
            )]),
        ),
        ("docType", DOC_TYPE.into()),
        ("version", "1.0".into()),
        (
            "validityInfo",
            cbor(&[
                ("signed", date("2026-05-31T23:59:59Z")),
                ("validFrom", date("2026-06-01T00:00:00Z")),
                ("validUntil", date("2026-08-30T00:00:00Z")),
                ("expectedUpdate", date("2026-07-31T00:00:00Z")),
            ]),
        ),
        (
            "valueDigests",
            field(&seen.mso, "valueDigests").unwrap().clone(),
        ),
        (
            "deviceKeyInfo",
            cbor(&[
                (
                    "keyInfo",
                    Value::Map([((-65_600).into(), "value".into())].into()),
                ),
                (
                    "deviceKey",
                    Value::Map(
                        [
                            (1.into(), 2.into()),
                            ((-1).into(), 1.into()),
                            ((-2).into(), x.into()),
                            ((-3).into(), y.into()),
                        ]
                        .into(),
                    ),
                ),
                (
                    "keyAuthorizations",
                    cbor(&[
                        ("nameSpaces", Value::Array(["a".into()].into())),
                        (
                            "dataElements",
                            cbor(&[("b", Value::Array(["x".into(), "y".into()].into()))]),
                        ),
                    ]),
                ),
            ]),
        ),
        ("digestAlgorithm", "SHA-384".into()),
    ]);
    assert_eq!(seen.mso, expected);
    let lengths = seen
        .digests(IDENTITY)
        .iter()
        .map(|(_, digest)| digest.as_bytes().unwrap().len());
    assert_eq!(lengths.collect::<Vec<_>>(), [48, 48]);
}

fn cbor(fields: &[(&str, Value)]) -> Value {
    let fields = fields
        .iter()
        .map(|(name, value)| ((*name).into(), value.clone()));
    Value::Map(fields.collect())
}

#[test]
fn what_was_not_asked_for_is_not_in_the_mso() {
    let seen = see(&issue(martin(), 1));
    let names: Vec<_> = seen
        .mso
        .as_map()
        .unwrap()
        .iter()
        .map(|(key, _)| key.as_text().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "docType",
            "version",
            "validityInfo",
            "valueDigests",
            "deviceKeyInfo",
            "digestAlgorithm"
        ]
    );
    let key_info = field(&seen.mso, "deviceKeyInfo").unwrap();
    assert_eq!(key_info.as_map().unwrap().len(), 1);
    assert_eq!(seen.digests(IDENTITY).len(), 2);
}

#[test]
fn a_card_that_says_nothing_has_one_random_digest() {
    let card = issue(draft(), 1);
    assert!(read(&card).is_empty());
    let seen = see(&card);
    assert!(seen.items.is_empty());
    assert_eq!(card[0], 0xa1);
    let digests = field(&seen.mso, "valueDigests").unwrap().as_map().unwrap();
    assert_eq!(digests.len(), 1);
    assert_eq!(seen.digests(DOC_TYPE).len(), 1);
    let other = see(&issue(draft(), 2));
    assert_ne!(seen.digests(DOC_TYPE), other.digests(DOC_TYPE));
}

#[test]
fn coset_computes_the_same_bytes_to_be_signed() {
    let unsigned = prepare(martin(), 1).unwrap();
    let to_be_signed = unsigned.to_be_signed().to_vec();
    let card = unsigned.sign_pinned(&issuer(), &RUSTCRYPTO).unwrap();
    let auth = see(&card).auth;
    assert_eq!(auth.tbs_data(&[]), to_be_signed);
    assert!(auth.unprotected.is_empty());
}

#[test]
fn the_same_randomness_makes_the_same_card() {
    assert_eq!(issue(martin(), 1), issue(martin(), 1));
    assert_ne!(issue(martin(), 1), issue(martin(), 2));
}

/// Not even the order of the items tells in which order a program asked for them.
#[test]
fn the_order_of_drafting_leaves_no_trace() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let element = |name: &'static str| (name_space(IDENTITY), id(name), Value::from(name));
    let forwards = draft().with_elements(names.map(element));
    let mut names = names;
    names.reverse();
    let backwards = draft().with_elements(names.map(element));
    assert_eq!(issue(forwards, 1), issue(backwards, 1));
}

#[test]
fn salts_are_long_and_never_the_same() {
    let seen = see(&issue(martin(), 1));
    let salts: Vec<_> = seen
        .items
        .values()
        .flatten()
        .map(|(_, salt, _)| salt)
        .collect();
    assert!(salts.iter().all(|salt| salt.len() == 32));
    let unique: BTreeSet<_> = salts.iter().collect();
    assert_eq!((salts.len(), unique.len()), (3, 3));
}

#[test]
fn items_are_written_by_their_number() {
    let names: Vec<_> = (0..40).map(|n| format!("e{n}")).collect();
    let elements = names
        .iter()
        .map(|name| (name_space(IDENTITY), id(name), Value::Null));
    let seen = see(&issue(draft().with_elements(elements), 3));
    let items = &seen.items[IDENTITY];
    assert!(items.is_sorted_by_key(|(number, _, _)| *number));
    assert!(!items.is_sorted_by_key(|(_, _, id)| id.clone()));
}

/// Each of 8 elements gets each of 8 numbers about as often: 800 cards, 100 expected, and a fair
/// shuffle leaves 50..150 once in about ten thousand times. The seeds are fixed.
#[test]
fn an_element_says_nothing_about_its_number() {
    let names: Vec<_> = (0..8).map(|n| format!("e{n}")).collect();
    let mut counts = BTreeMap::new();
    for seed in 0..800 {
        let elements = names
            .iter()
            .map(|name| (name_space(IDENTITY), id(name), Value::Null));
        let unsigned = prepare(draft().with_elements(elements), seed).unwrap();
        let dummy = unsigned.sign_pinned(&issuer(), &RUSTCRYPTO).unwrap();
        for (number, _, id) in &see(&dummy).items[IDENTITY] {
            *counts.entry((id.clone(), *number)).or_insert(0) += 1;
        }
    }
    assert_eq!(counts.len(), 64);
    assert!(
        counts.values().all(|count| (50..150).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn decoys_cannot_be_told_from_digests() {
    for (decoys, expected) in [
        (Decoys::None, [2, 1]),
        (Decoys::Each(0), [2, 1]),
        (Decoys::Each(5), [7, 6]),
        (Decoys::ToMultipleOf(0), [2, 1]),
        (Decoys::ToMultipleOf(2), [2, 2]),
        (Decoys::ToMultipleOf(16), [16, 16]),
    ] {
        let card = issue(martin().with_decoys(decoys), 1);
        assert_eq!(read(&card).len(), 3);
        let seen = see(&card);
        assert_eq!(
            [IDENTITY, INSURANCE].map(|name| seen.digests(name).len()),
            expected
        );
        for name in [IDENTITY, INSURANCE] {
            for (index, (number, digest)) in (0_u64..).zip(seen.digests(name)) {
                assert_eq!(*number, Value::from(index));
                assert_eq!(digest.as_bytes().unwrap().len(), 32);
            }
        }
    }
}

#[test]
fn padded_values_look_equally_long() {
    let date = Value::Tag(1004, Value::from("2026-06-01").into());
    let [null, date] = [Value::Null, date].map(|value| {
        let draft = draft().with_element(name_space(IDENTITY), id("until"), value);
        (issue(draft.with_padded_values(), 1)).len()
    });
    assert_eq!(null, date);
    let seen = see(&issue(martin().with_padded_values(), 1));
    let salts = seen.items.values().flatten();
    assert!(
        salts
            .clone()
            .all(|(_, salt, _)| (32..48).contains(&salt.len()))
    );
}

#[test]
fn a_status_reference_is_read_as_one() {
    let status = StatusReference::status_list(7, "https://status.example/1")
        .and(StatusReference::identifier_list(
            b"\x01",
            "https://status.example/2",
        ))
        .with_certificate(b"der");
    let card = issue(martin().with_status(status.clone()), 1);
    let policy = policy();
    let reader = reader();
    let verified = reader.verify_issuer_signed(&card, &Conditions::new(FROM, &policy));
    let Standing::Degraded(stale) = verified.unwrap().standing() else {
        panic!("the status reference was overlooked");
    };
    assert!(stale.status_list());
    let seen = see(&card);
    let lists = field(&seen.mso, "status").unwrap();
    let names: Vec<_> = lists
        .as_map()
        .unwrap()
        .iter()
        .map(|(key, _)| key.as_text().unwrap())
        .collect();
    assert_eq!(names, ["status_list", "identifier_list"]);
    for (_, list) in lists.as_map().unwrap() {
        assert_eq!(field(list, "certificate"), Some(&b"der"[..].into()));
    }
    assert_eq!(format!("{status:?}"), "StatusReference(2 lists)");
}

#[test]
fn logs_hold_no_values() {
    let draft = martin();
    assert!(!format!("{draft:?}").contains("Martin"));
    let unsigned = prepare(draft, 1).unwrap();
    assert!(!format!("{unsigned:?}").contains("Martin"));
}

#[test]
fn dates_must_be_in_order() {
    let doc_type = || DocType::new(DOC_TYPE).unwrap();
    let of = |from, until| Draft::new(doc_type(), device_key(), window(from, until));
    let far = unix_time(253_402_300_800); // the year 10000
    let later = unix_time(FROM.as_secs() + 1);
    let earlier = unix_time(FROM.as_secs() - 1);
    for draft in [
        of(FROM, FROM),
        of(FROM, far),
        of(FROM, UNTIL).with_signed(later),
        of(FROM, UNTIL).with_expected_update(earlier),
        of(FROM, UNTIL).with_expected_update(far),
    ] {
        assert_eq!(misuse(prepare(draft, 1)), Misuse::InvalidValidity);
    }
    for draft in [
        of(FROM, later),
        of(FROM, UNTIL).with_signed(earlier),
        of(FROM, UNTIL).with_expected_update(FROM),
    ] {
        assert!(prepare(draft, 1).is_ok());
    }
}

#[test]
fn an_element_is_given_once() {
    let twice = martin().with_element(name_space(IDENTITY), id("family_name"), "Durand");
    assert_eq!(misuse(prepare(twice, 1)), Misuse::ElementTwice);
    let elsewhere = martin().with_element(name_space(INSURANCE), id("family_name"), "Durand");
    assert!(prepare(elsewhere, 1).is_ok());
}

#[test]
fn a_name_space_is_authorised_in_one_way() {
    let conflict = martin()
        .with_key_authorizations([name_space("a")], [])
        .with_key_authorizations([], [(name_space("a"), id("b"))]);
    assert_eq!(
        misuse(prepare(conflict, 1)),
        Misuse::KeyAuthorizationsConflict
    );
}

#[test]
fn no_more_is_authorised_than_a_reader_takes() {
    let whole = |count: u32| (0..count).map(name_space_of).collect::<Vec<_>>();
    let single = |count: u32| {
        (0..count)
            .map(|n| (name_space("b"), id_of(n)))
            .collect::<Vec<_>>()
    };
    let authorizing = |names, ids| martin().with_key_authorizations(whole(names), single(ids));
    assert!(prepare(authorizing(64, 1024), 1).is_ok());
    for draft in [authorizing(65, 1), authorizing(1, 1025)] {
        assert_eq!(misuse(prepare(draft, 1)), Misuse::TooManyElements);
    }
}

fn name_space_of(number: u32) -> NameSpace<'static> {
    NameSpace::new(alloc::format!("n{number}")).unwrap()
}

fn id_of(number: u32) -> ElementId<'static> {
    ElementId::new(alloc::format!("i{number}")).unwrap()
}

/// Once, whoever else says it; another value under its label contradicts it.
#[test]
fn the_even_r_hint_is_in_key_info() {
    let hint = || (Value::from(-70_002), Value::Bytes([1].into()));
    let key_info = |draft| {
        let seen = see(&issue(draft, 1));
        let key_info = field(&seen.mso, "deviceKeyInfo").unwrap();
        field(key_info, "keyInfo").cloned()
    };
    assert_eq!(key_info(draft()), None);
    let said = Value::Map([hint()].into());
    assert_eq!(key_info(draft().with_even_r_hint()), Some(said.clone()));
    let twice = draft().with_even_r_hint().with_even_r_hint();
    assert_eq!(key_info(twice), Some(said.clone()));
    let own = draft().with_key_info(-70_002, vec![1_u8]);
    assert_eq!(key_info(own.with_even_r_hint()), Some(said));
    let beside = draft().with_key_info(-1, "mine").with_even_r_hint();
    let both = [((-1).into(), "mine".into()), hint()];
    assert_eq!(key_info(beside), Some(Value::Map(both.into())));
    for value in [Value::from(1), Value::Bytes([0].into()), Value::Null] {
        let contradiction = draft().with_key_info(-70_002, value).with_even_r_hint();
        assert_eq!(misuse(prepare(contradiction, 1)), Misuse::ValueNotEncodable);
    }
}

#[test]
fn values_that_no_reader_accepts_are_refused() {
    let nested = |levels| (0..levels).fold(Value::Null, |value, _| Value::Array([value].into()));
    let with = |value| draft().with_element(name_space(IDENTITY), id("x"), value);
    // Six levels lie above a value in IssuerSigned, and three more in a response.
    let deepest = (0..16).rfind(|levels| prepare(with(nested(*levels)), 1).is_ok());
    assert_eq!(deepest, Some(8));
    let twice = Value::Map([(1.into(), 1.into()), (1.into(), 2.into())].into());
    for draft in [
        with(nested(9)),
        with(twice.clone()),
        draft().with_status(twice.clone()),
        draft().with_status("no map"),
        draft().with_key_info(-1, 1).with_key_info(-1, 2),
        draft().with_key_info(-1, twice),
        draft().with_key_info(-1, nested(12)),
    ] {
        assert_eq!(misuse(prepare(draft, 1)), Misuse::ValueNotEncodable);
    }
}

fn many(name_spaces: usize, elements: usize) -> Draft {
    let names: Vec<_> = (0..name_spaces).map(|n| format!("n{n}")).collect();
    let ids: Vec<_> = (0..elements).map(|n| format!("e{n}")).collect();
    names.iter().fold(draft(), |draft, name| {
        draft.with_elements(ids.iter().map(|e| (name_space(name), id(e), Value::Null)))
    })
}

#[test]
fn a_card_holds_no_more_than_readers_accept() {
    for draft in [
        many(64, 1),
        many(1, 1024),
        many(64, 16),
        many(4, 1).with_decoys(Decoys::Each(1023)),
    ] {
        assert!(prepare(draft, 1).is_ok());
    }
    let portrait = Value::Bytes(Vec::from([0; 1_000_000]));
    for draft in [
        many(65, 1),
        many(1, 1025),
        many(64, 17),
        many(4, 1).with_decoys(Decoys::Each(1024)),
        many(1, 1).with_decoys(Decoys::ToMultipleOf(4097)),
        draft().with_element(name_space(IDENTITY), id("portrait"), portrait),
    ] {
        assert_eq!(misuse(prepare(draft, 1)), Misuse::TooManyElements);
    }
    assert_eq!(read(&issue(many(64, 16), 1)).len(), 1024);
}

/// Its signature is what makes this card too long.
#[test]
fn a_signed_card_is_measured_again() {
    let with = |len: usize| {
        let portrait = Value::Bytes(vec![0; len]);
        prepare(
            draft().with_element(name_space(IDENTITY), id("portrait"), portrait),
            1,
        )
    };
    let (mut fits, mut too_long) = (900_000, 1_000_000);
    while fits + 1 < too_long {
        let middle = (fits + too_long) / 2;
        match with(middle) {
            Ok(_) => fits = middle,
            Err(_) => too_long = middle,
        }
    }
    let longest = with(fits).unwrap();
    assert_eq!(
        misuse(longest.sign_pinned(&issuer(), &RUSTCRYPTO)),
        Misuse::TooManyElements
    );
    let shorter = with(fits - 200).unwrap();
    assert!(shorter.sign_pinned(&issuer(), &RUSTCRYPTO).is_ok());
}

#[cfg(feature = "ed25519")]
#[test]
fn an_issuer_may_have_a_key_of_another_kind() {
    use crate::crypto::ED25519;
    use ed25519_dalek::{Signer as _, SigningKey};
    static BOTH: CryptoProvider = CryptoProvider {
        signatures: &[crate::crypto::ES256, ED25519],
        ..RUSTCRYPTO
    };
    let signer = SigningKey::from_bytes(&[7; 32]);
    let key = PublicKey::ed25519(signer.verifying_key().as_bytes()).unwrap();
    let unsigned = martin()
        .prepare(Algorithm::EDDSA, &BOTH, &mut Seeded::new(1))
        .unwrap();
    let signature = signer.sign(unsigned.to_be_signed()).to_bytes();
    let signature = Signature::from_bytes(&signature).unwrap();
    let card = unsigned.complete_pinned(&signature, &key, &BOTH).unwrap();
    let mut anchors = TrustAnchors::new();
    anchors.pin_key(key);
    let (reader, policy) = (Reader::new(BOTH, anchors), policy());
    let verified = reader.verify_issuer_signed(&card, &Conditions::new(FROM, &policy));
    assert_eq!(verified.unwrap().elements().count(), 3);
}

#[test]
fn what_the_provider_lacks_is_said_before_anything_is_drawn() {
    let mut rng = FailsAfter(0, Seeded::new(1));
    let prepared = martin().prepare(Algorithm::ES384, &RUSTCRYPTO, &mut rng);
    assert_eq!(misuse(prepared), Misuse::UnsupportedAlgorithm);
    let poor = CryptoProvider {
        digests: &[],
        ..RUSTCRYPTO
    };
    let prepared = martin().prepare(Algorithm::ES256, &poor, &mut rng);
    assert_eq!(misuse(prepared), Misuse::UnsupportedAlgorithm);
}

#[test]
fn no_card_is_made_of_weak_randomness() {
    let mut needed = 0;
    loop {
        let mut rng = FailsAfter(needed, Seeded::new(1));
        match martin().prepare(Algorithm::ES256, &RUSTCRYPTO, &mut rng) {
            Ok(_) => break,
            Err(error) => assert_eq!(error, Error::Crypto(CryptoError::Random)),
        }
        needed += 1;
    }
    assert!(needed >= 3 * 32, "{needed}");
}

#[test]
fn a_signature_by_another_key_makes_no_card() {
    let other = SoftwareSigner::from_bytes(&[9; 32]).unwrap();
    let unsigned = prepare(martin(), 1).unwrap();
    let signature = other.sign(unsigned.to_be_signed()).unwrap();
    let completed = unsigned.complete_pinned(&signature, &issuer().public_key(), &RUSTCRYPTO);
    assert_eq!(misuse(completed), Misuse::SignatureNotByThisKey);
    let signature = issuer()
        .sign(prepare(martin(), 2).unwrap().to_be_signed())
        .unwrap();
    let unsigned = prepare(martin(), 1).unwrap();
    let completed = unsigned.complete_pinned(&signature, &issuer().public_key(), &RUSTCRYPTO);
    assert_eq!(misuse(completed), Misuse::SignatureNotByThisKey);
}

/// A signer that says it is something else.
#[derive(Debug)]
struct Poser(Algorithm);

impl Signer for Poser {
    fn algorithm(&self) -> Algorithm {
        self.0
    }

    fn public_key(&self) -> PublicKey {
        issuer().public_key()
    }

    fn sign(&self, _: &[u8]) -> Result<Signature, CryptoError> {
        Err(CryptoError::Signing)
    }
}

#[test]
fn a_signer_of_another_kind_is_not_asked() {
    let signed = prepare(martin(), 1)
        .unwrap()
        .sign_pinned(&Poser(Algorithm::ES384), &RUSTCRYPTO);
    assert_eq!(misuse(signed), Misuse::UnsupportedAlgorithm);
    let signed = prepare(martin(), 1)
        .unwrap()
        .sign_pinned(&Poser(Algorithm::ES256), &RUSTCRYPTO);
    assert_eq!(signed, Err(Error::Crypto(CryptoError::Signing)));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("no NaN", |f| !f.is_nan())
            .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::from),
        Just(Value::Tag(1004, Value::from("2026-06-01").into())),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(any::<i32>(), inner, 0..4)
                .prop_map(|map| Value::Map(map.into_iter().map(|(k, v)| (k.into(), v)).collect())),
        ]
    })
}

type Elements = BTreeMap<(String, String), Value>;

fn any_elements() -> impl Strategy<Value = Elements> {
    prop::collection::btree_map(("[a-d]", "[a-z]{1,30}"), any_value(), 0..24)
}

fn any_decoys() -> impl Strategy<Value = Decoys> {
    prop_oneof![
        Just(Decoys::None),
        (0_u16..20).prop_map(Decoys::Each),
        (0_u16..40).prop_map(Decoys::ToMultipleOf),
    ]
}

fn any_digest() -> impl Strategy<Value = DigestAlgorithm> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    prop::sample::select(&[Sha256, Sha384, Sha512])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_card_shows_exactly_what_was_drafted(
        elements in any_elements(),
        decoys in any_decoys(),
        digest in any_digest(),
        whole in prop::collection::btree_set("[a-d]", 0..3),
        single in prop::collection::btree_set(("[e-h]", "[a-z]"), 0..5),
        padded in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut draft = draft()
            .with_elements(elements.iter().map(|((n, e), v)| (name_space(n), id(e), v.clone())))
            .with_decoys(decoys)
            .with_digest_algorithm(digest)
            .with_key_authorizations(
                whole.iter().map(|n| name_space(n)),
                single.iter().map(|(n, e)| (name_space(n), id(e))),
            );
        if padded {
            draft = draft.with_padded_values();
        }
        let card = issue(draft, seed);
        let shown = read(&card);
        prop_assert_eq!(shown.len(), elements.len());
        for (name, value) in &elements {
            let value = crate::ElementValue::new(value).unwrap();
            prop_assert_eq!(shown[name].as_slice(), value.as_cbor());
        }
        let seen = see(&card);
        for (name_space, items) in &seen.items {
            let digests = seen.digests(name_space);
            let numbers: BTreeSet<_> = items.iter().map(|(number, _, _)| *number).collect();
            prop_assert_eq!(numbers.len(), items.len());
            prop_assert!(numbers.iter().all(|number| usize::try_from(*number).unwrap() < digests.len()));
            for (index, (number, value)) in (0_u64..).zip(digests) {
                prop_assert_eq!(number, &Value::from(index));
                prop_assert_eq!(value.as_bytes().unwrap().len(), digest.len());
            }
        }
    }

    /// ciborium finds nothing to shorten or to sort.
    #[test]
    fn any_card_is_written_deterministically(elements in any_elements(), seed in any::<u64>()) {
        let elements = elements.iter().map(|((n, e), v)| (name_space(n), id(e), v.clone()));
        let card = issue(draft().with_elements(elements), seed);
        let value: Value = ciborium::from_reader(&*card).unwrap();
        let again = crate::ElementValue::new(&value).unwrap();
        prop_assert_eq!(again.as_cbor(), &*card);
        let mso = see(&card).mso;
        let payload = see(&card).auth.payload.unwrap();
        let content = crate::ElementValue::new(&mso).unwrap();
        prop_assert!(payload.ends_with(content.as_cbor()));
    }
}

#[cfg(feature = "x509")]
mod with_certificates {
    use super::*;

    use crate::pki::{BasicConstraints, Entity, Profile, date};

    fn card_signer() -> Entity {
        Entity::root().issue(Profile::document_signer(), "signer")
    }

    fn signer_of(entity: &Entity) -> SoftwareSigner {
        SoftwareSigner::from_bytes(&entity.key.scalar()).unwrap()
    }

    fn complete(draft: Draft, signer: &Entity, chain: &[&[u8]]) -> Result<Vec<u8>, Error> {
        let unsigned = prepare(draft, 1).unwrap();
        let signature = signer_of(signer).sign(unsigned.to_be_signed()).unwrap();
        unsigned.complete(&signature, chain, &RUSTCRYPTO)
    }

    fn read_under(root: &Entity, card: &[u8]) -> usize {
        let mut anchors = TrustAnchors::new();
        anchors.add_root(&root.der).unwrap();
        let policy = policy();
        let conditions = Conditions::new(FROM, &policy);
        let reader = Reader::new(RUSTCRYPTO, anchors);
        let verified = reader.verify_issuer_signed(card, &conditions).unwrap();
        verified.elements().count()
    }

    #[test]
    fn a_card_with_its_certificate_is_read_under_the_root() {
        let signer = card_signer();
        let card = complete(martin(), &signer, &[&signer.der]).unwrap();
        assert_eq!(read_under(&Entity::root(), &card), 3);
        let unprotected = see(&card).auth.unprotected.rest;
        assert_eq!(
            unprotected,
            [(coset::Label::Int(33), signer.der.clone().into())]
        );
    }

    #[test]
    fn signing_here_and_now_makes_the_same_card() {
        let signer = card_signer();
        let unsigned = prepare(martin(), 1).unwrap();
        let card = unsigned
            .sign(&signer_of(&signer), &[&signer.der], &RUSTCRYPTO)
            .unwrap();
        assert_eq!(card, complete(martin(), &signer, &[&signer.der]).unwrap());
    }

    #[test]
    fn an_intermediate_makes_the_chain_an_array() {
        let root = Entity::self_signed(
            Profile::iaca_root().with(|p| {
                p.basic_constraints = Some(BasicConstraints {
                    ca: true,
                    path_length: Some(1),
                });
            }),
            "root",
        );
        let middle = root.issue(Profile::intermediate(), "middle");
        let signer = middle.issue(Profile::document_signer(), "signer");
        let chain: [&[u8]; 2] = [&signer.der, &middle.der];
        let card = complete(martin(), &signer, &chain).unwrap();
        assert_eq!(read_under(&root, &card), 3);
        let reversed: [&[u8]; 2] = [&middle.der, &signer.der];
        assert_eq!(
            misuse(complete(martin(), &signer, &reversed)),
            Misuse::ChainBroken
        );
    }

    #[test]
    fn an_empty_chain_is_no_chain() {
        assert_eq!(
            misuse(complete(martin(), &card_signer(), &[])),
            Misuse::EmptyChain
        );
    }

    #[test]
    fn the_leaf_must_have_signed() {
        let signer = card_signer();
        let signed = complete(martin(), &signer.impostor("another"), &[&signer.der]);
        assert_eq!(misuse(signed), Misuse::SignatureNotByThisKey);
    }

    #[test]
    fn a_chain_that_does_not_hold_makes_no_card() {
        let root = Entity::root();
        let leaf = |change: fn(&mut Profile)| {
            root.issue(Profile::document_signer().with(change), "signer")
        };
        let stranger = Entity::self_signed(Profile::intermediate(), "stranger");
        let signer = card_signer();
        let no_usage = leaf(|p| p.eku.clear());
        let reader = leaf(|p| p.eku = [crate::pki::eku::READER].into());
        let ca = leaf(|p| {
            p.basic_constraints = Some(BasicConstraints {
                ca: true,
                path_length: None,
            });
        });
        let chains: [(&Entity, &[&[u8]]); 6] = [
            (&no_usage, &[&no_usage.der]),
            (&reader, &[&reader.der]),
            (&ca, &[&ca.der]),
            (&signer, &[&signer.der, &stranger.der]),
            (&signer, &[&signer.der, &root.der]),
            (&signer, &[b"no certificate"]),
        ];
        for (signer, chain) in chains {
            assert_eq!(
                misuse(complete(martin(), signer, chain)),
                Misuse::ChainBroken
            );
        }
    }

    #[test]
    fn a_card_is_dated_within_its_leaf() {
        let root = Entity::root();
        let (from, until) = (FROM.as_secs(), UNTIL.as_secs());
        let with = |not_before, not_after| {
            let profile = Profile::document_signer().with(|p| {
                p.not_before = not_before;
                p.not_after = not_after;
            });
            let signer = root.issue(profile, "signer");
            complete(martin(), &signer, &[&signer.der])
        };
        assert!(with(from, until).is_ok());
        for outside in [
            with(from + 1, until),
            with(from, until - 1),
            with(date(2026, 1, 1), from - 1),
        ] {
            assert_eq!(misuse(outside), Misuse::SignedOutsideLeaf);
        }
    }
}
