//! The hand-over between two phones, and everyone who tries to take part in it.

use ciborium::Value;
use sha2::{Digest as _, Sha256};
use vitacard::crypto::{PublicKey, RUSTCRYPTO, Secret};
use vitacard::delegation::{
    CommittedRequest, DelegationPolicy, Lending, MAX_SECS, PendingRequest, PurposeSet, RequestDraft,
};
use vitacard::holder::{DelegatedCard, Grant};
use vitacard::{Error, Misuse, Rejected, unix_time};

use crate::lending::*;

const THIEF: &str = "a thief's key";

fn rejected(rejected: Rejected) -> Error {
    rejected.into()
}

fn accept(insurer: &Insurer, parcel: &[u8], open: PendingRequest) -> Result<DelegatedCard, Error> {
    let (anchors, now) = (insurer.anchors(), unix_time(NOW));
    DelegatedCard::accept(parcel, open, &anchors, &RUSTCRYPTO, now)
}

#[test]
fn between_two_honest_phones() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let draft = request_draft().with_name("Anna Martin").unwrap();
    let (open, asked) = ask(draft);
    assert_eq!(asked.name(), Some("Anna Martin"));
    assert_eq!(open.sas().to_string().len(), 6);
    let loan = lend(&card, grant(&card, asked, MAX_SECS).unwrap());
    let lent = accept(&insurer, &parcel(&loan), open).unwrap();
    assert_eq!((lent.id(), lent.name()), (loan.id(), Some("Anna Martin")));
    assert_eq!(*lent.key(), public_key(DAUGHTER));
    assert_eq!(lent.elements().count(), 4);
    assert!(lent.purposes().covers(&MEDICINE));
    let again = DelegatedCard::from_stored(
        lent.as_bytes(),
        &insurer.anchors(),
        &RUSTCRYPTO,
        unix_time(NOW),
    );
    assert_eq!(again.unwrap().as_bytes(), lent.as_bytes());
}

/// Nothing of the card leaves but what is lent.
#[test]
fn a_parcel_holds_what_is_lent() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let (open, asked) = ask(request_draft());
    let one = [(name_space(), element("family_name"))];
    let (from, until) = (unix_time(NOW), unix_time(NOW + DAY));
    let grant = Grant::new(&card, &asked, &one, PurposeSet::of(MEDICINE), from, until).unwrap();
    let loan = lend(&card, grant);
    let lent = accept(&insurer, &parcel(&loan), open).unwrap();
    assert_eq!(lent.elements().count(), 1);
    let holds = |text: &str| {
        let mut windows = lent.as_bytes().windows(text.len());
        windows.any(|window| window == text.as_bytes())
    };
    assert!(holds("Martin"));
    assert!(!holds("Camille") && !holds("8025000000"));
}

/// Message 1 of the daughter's phone.
fn committed(now: u64, rng: &mut Seeded) -> CommittedRequest {
    let draft = request_draft();
    draft.commit(unix_time(now), &RUSTCRYPTO, rng).unwrap()
}

/// Message 3, by the key with this seed.
fn request(committed: CommittedRequest, nonce: &[u8], seed: &str) -> Vec<u8> {
    let unsigned = committed.answer(nonce, &RUSTCRYPTO).unwrap();
    let (_, request) = unsigned.sign_with(&signer(seed), &RUSTCRYPTO).unwrap();
    request
}

fn refusal(at_mother: Lending, request: &[u8]) -> Error {
    let received = at_mother.receive(request, unix_time(NOW), &RUSTCRYPTO);
    received.unwrap_err()
}

#[test]
fn a_wrong_commitment_is_refused() {
    let rng = &mut Seeded(7);
    let committed = committed(NOW, rng);
    let mut wrong = *committed.commitment();
    wrong[31] ^= 1;
    let at_mother = Lending::begin(&wrong, rng).unwrap();
    let request = request(committed, at_mother.nonce(), DAUGHTER);
    let expected = Rejected::DelegationRequestCommitment { document: 0 };
    assert_eq!(refusal(at_mother, &request), rejected(expected));
}

/// A man in the middle puts his key into the request, after the commitment.
#[test]
fn a_swapped_key_is_refused() {
    let rng = &mut Seeded(8);
    let at_mother = Lending::begin(committed(NOW, rng).commitment(), rng).unwrap();
    let draft = RequestDraft::new(public_key(THIEF));
    let thiefs = draft.commit(unix_time(NOW), &RUSTCRYPTO, rng).unwrap();
    let request = request(thiefs, at_mother.nonce(), THIEF);
    let expected = Rejected::DelegationRequestCommitment { document: 0 };
    assert_eq!(refusal(at_mother, &request), rejected(expected));
}

/// He commits to his own key from the start, and sits between both: the digits differ.
#[test]
fn two_hand_overs_show_other_digits() {
    let (daughters, _) = ask_with(request_draft(), DAUGHTER, &mut Seeded(10));
    let draft = RequestDraft::new(public_key(THIEF));
    let (thiefs, mothers) = ask_with(draft, THIEF, &mut Seeded(11));
    assert_eq!(thiefs.sas(), mothers.sas());
    assert_ne!(daughters.sas(), mothers.sas());
}

/// A request is signed for one nonce: whoever has it from elsewhere cannot use it here.
#[test]
fn a_request_to_another_nonce_is_refused() {
    let rng = &mut Seeded(9);
    let committed = committed(NOW, rng);
    let at_mother = Lending::begin(committed.commitment(), rng).unwrap();
    let other = Lending::begin(committed.commitment(), rng).unwrap();
    let request = request(committed, other.nonce(), DAUGHTER);
    let expected = Rejected::DelegationRequestSignature { document: 0 };
    assert_eq!(refusal(at_mother, &request), rejected(expected));
    let received = other.receive(&request, unix_time(NOW), &RUSTCRYPTO);
    assert!(received.is_ok());
}

#[test]
fn a_request_of_tomorrow_is_refused() {
    let rng = &mut Seeded(12);
    let committed = committed(NOW + 61, rng);
    let at_mother = Lending::begin(committed.commitment(), rng).unwrap();
    let request = request(committed, at_mother.nonce(), DAUGHTER);
    let expected = Rejected::DelegationRequestTime { document: 0 };
    assert_eq!(refusal(at_mother, &request), rejected(expected));
}

/// Messages 1 and 2 have 32 bytes.
#[test]
fn messages_of_another_length_are_refused() {
    let rng = &mut Seeded(14);
    let malformed = rejected(Rejected::DelegationRequestMalformed { document: 0 });
    for len in [0, 31, 33] {
        let bytes = vec![7; len];
        assert_eq!(Lending::begin(&bytes, rng).unwrap_err(), malformed);
        let answered = committed(NOW, rng).answer(&bytes, &RUSTCRYPTO);
        assert_eq!(answered.unwrap_err(), malformed);
    }
}

/// No bit of it can be changed.
#[test]
fn an_altered_request_is_refused() {
    let begin = || {
        let rng = &mut Seeded(13);
        let committed = committed(NOW, rng);
        let at_mother = Lending::begin(committed.commitment(), rng).unwrap();
        let request = request(committed, at_mother.nonce(), DAUGHTER);
        (at_mother, request)
    };
    let bits = begin().1.len() * 8;
    for bit in 0..bits {
        let (at_mother, mut request) = begin();
        request[bit / 8] ^= 1 << (bit % 8);
        let error = refusal(at_mother, &request);
        assert!((2770..=2772).contains(&error.code()), "{bit}: {error}");
    }
}

/// A parcel answers one request. An earlier one from the same two people is another.
#[test]
fn a_replayed_parcel_is_refused() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let (_, asked) = ask_with(request_draft(), DAUGHTER, &mut Seeded(20));
    let (open, _) = ask_with(request_draft(), DAUGHTER, &mut Seeded(21));
    let old = parcel(&lend(&card, grant(&card, asked, DAY).unwrap()));
    let error = accept(&insurer, &old, open).unwrap_err();
    assert_eq!(
        error,
        rejected(Rejected::ParcelNotForThisRequest { document: 0 })
    );
}

#[test]
fn a_parcel_for_another_request_is_refused() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let (_, thiefs) = ask_with(RequestDraft::new(public_key(THIEF)), THIEF, &mut Seeded(22));
    let (open, _) = ask(request_draft());
    let other = parcel(&lend(&card, grant(&card, thiefs, DAY).unwrap()));
    let error = accept(&insurer, &other, open).unwrap_err();
    assert_eq!(
        error,
        rejected(Rejected::ParcelNotForThisRequest { document: 0 })
    );
}

#[test]
fn an_altered_parcel_is_refused() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let begin = || {
        let (open, asked) = ask(request_draft());
        (open, grant(&card, asked, DAY).unwrap())
    };
    let sealed = parcel(&lend(&card, begin().1));
    let bits = sealed.len() * 8;
    // Each tenth bit, and all of the heads and keys at both ends.
    let bits = (0..bits).filter(|bit| bit % 10 == 0 || *bit < 256 || *bit > bits - 1024);
    for bit in bits {
        let (open, _) = begin();
        let mut sealed = sealed.clone();
        sealed[bit / 8] ^= 1 << (bit % 8);
        let error = accept(&insurer, &sealed, open).unwrap_err();
        assert!((2780..=2781).contains(&error.code()), "{bit}: {error}");
    }
}

/// A holder's phone that seals, for the daughter's request, what it has granted to another key or
/// for another own card: ours does not, so the parcel is sealed by hand.
#[test]
fn a_delegation_to_another_is_refused() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let stored = |draft: RequestDraft, seed: &str| {
        let (open, asked) = ask_with(draft, seed, &mut Seeded(40));
        let loan = lend(&card, grant(&card, asked, DAY).unwrap());
        let lent = accept(&insurer, &parcel(&loan), open).unwrap();
        lent.as_bytes().to_vec()
    };
    let own = insurer.own_card().digest().unwrap();
    let for_another = Rejected::DelegationForAnother { document: 0 };
    let rows = [
        (stored(request_draft(), DAUGHTER), None),
        (
            stored(RequestDraft::new(public_key(THIEF)), THIEF),
            Some(for_another),
        ),
        (
            stored(request_draft().with_own_card(own), DAUGHTER),
            Some(for_another),
        ),
    ];
    for (contents, expected) in rows {
        let (open, parcel) = sealed_by_hand(&contents);
        let error = accept(&insurer, &parcel, open).err();
        assert_eq!(error, expected.map(Error::from));
    }
}

/// An open request of the daughter's, and `contents` sealed for it as docs/delegation.md says.
fn sealed_by_hand(contents: &[u8]) -> (PendingRequest, Vec<u8>) {
    let rng = &mut Seeded(41);
    let committed = request_draft()
        .commit(unix_time(NOW), &RUSTCRYPTO, rng)
        .unwrap();
    let nonce = *Lending::begin(committed.commitment(), rng).unwrap().nonce();
    let unsigned = committed.answer(&nonce, &RUSTCRYPTO).unwrap();
    let (open, request) = unsigned.sign_with(&signer(DAUGHTER), &RUSTCRYPTO).unwrap();
    let request: Value = ciborium::from_reader(&request[..]).unwrap();
    let claims = request.as_array().unwrap()[2].as_bytes().unwrap();
    let recipient = parcel_key(claims);
    let ephemeral = RUSTCRYPTO.key_agreement.generate(rng).unwrap();
    let secret = ephemeral.agree(&recipient).unwrap();
    // COSE_KDF_Context, its protected header { 1: -25 }.
    let context = b"\x84\x03\x83\xf6\xf6\xf6\x83\xf6\xf6\xf6\x82\x19\x01\x00\x44\xa1\x01\x38\x18";
    let mut key = Secret::new([0; 32]);
    let out = key.expose_mut();
    let kdf = RUSTCRYPTO.kdf;
    kdf.hkdf_sha256(secret.expose(), &[], context, out).unwrap();
    let hash = Sha256::digest(claims).to_vec();
    let external_aad = encode(&array([
        "VITACARD-PARCEL-v1".into(),
        nonce.to_vec().into(),
        hash.into(),
    ]));
    let protected = vec![0xa1, 1, 3];
    let aad = encode(&array([
        "Encrypt".into(),
        protected.clone().into(),
        external_aad.into(),
    ]));
    let mut data = contents.to_vec();
    RUSTCRYPTO
        .aead
        .seal(&key, &[9; 12], &aad, &mut data)
        .unwrap();
    let point = ephemeral.public_key();
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let cose_key = Value::Map(vec![
        (1.into(), 2.into()),
        ((-1).into(), 1.into()),
        ((-2).into(), x.to_vec().into()),
        ((-3).into(), y.to_vec().into()),
    ]);
    let recipient = array([
        vec![0xa1, 1, 0x38, 0x18].into(),
        Value::Map(vec![((-1).into(), cose_key)]),
        Vec::<u8>::new().into(),
    ]);
    let iv = Value::Map(vec![(5.into(), vec![9_u8; 12].into())]);
    let parcel = array([protected.into(), iv, data.into(), array([recipient])]);
    (open, encode(&parcel))
}

fn parcel_key(claims: &[u8]) -> PublicKey {
    let claims: Value = ciborium::from_reader(claims).unwrap();
    let entry = |map: &Value, label: i64| {
        let entries = map.as_map().unwrap().iter();
        let mut entries = entries.filter(|(key, _)| *key == label.into());
        entries.next().unwrap().1.clone()
    };
    let key = entry(&claims, -70_050);
    let coordinate =
        |label| <[u8; 32]>::try_from(entry(&key, label).as_bytes().unwrap().as_slice());
    PublicKey::p256_coordinates(&coordinate(-2).unwrap(), &coordinate(-3).unwrap()).unwrap()
}

fn array<const N: usize>(items: [Value; N]) -> Value {
    Value::Array(items.into())
}

fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).unwrap();
    out
}

/// What the issuer says about lending holds for the holder's phone too.
#[test]
fn grants_stay_inside_the_policy() {
    let insurer = Insurer::new();
    let policy = any_policy()
        .for_purposes(PurposeSet::of(MEDICINE))
        .for_elements([(name_space(), element("family_name"))]);
    let card = insurer.card_with(policy);
    let granted = |elements: &[_], purposes: PurposeSet| {
        let (_, asked) = ask(request_draft());
        let (from, until) = (unix_time(NOW), unix_time(NOW + DAY));
        Grant::new(&card, &asked, elements, purposes, from, until).map(drop)
    };
    let name = [(name_space(), element("family_name"))];
    let given = [(name_space(), element("given_name"))];
    let other = [(name_space(), element("portrait"))];
    let medicine = PurposeSet::of(MEDICINE);
    let visit = PurposeSet::of(vitacard::delegation::Purpose::new("org.vitacard", 2));
    let misuse = |misuse: Misuse| Err(Error::Misuse(misuse));
    assert_eq!(granted(&name, medicine.clone()), Ok(()));
    assert_eq!(
        granted(&given, medicine.clone()),
        misuse(Misuse::ElementNotLendable)
    );
    assert_eq!(
        granted(&other, medicine.clone()),
        misuse(Misuse::ElementNotHeld)
    );
    assert_eq!(granted(&name, visit), misuse(Misuse::PurposeNotLendable));
    assert_eq!(granted(&[], medicine), misuse(Misuse::NothingLent));
    assert_eq!(
        granted(&name, PurposeSet::default()),
        misuse(Misuse::NothingLent)
    );
}

#[test]
fn a_card_without_the_switch_is_not_lent() {
    let insurer = Insurer::new();
    let card = insurer.own_card();
    assert!(card.delegation_policy().is_none() && card.digest().is_some());
    let (_, asked) = ask(request_draft());
    let error = grant(&card, asked, DAY).unwrap_err();
    assert_eq!(error, Misuse::NotDelegable.into());
}

#[test]
fn the_cards_own_key_is_no_delegate() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let draft = RequestDraft::new(public_key(MOTHER));
    let (_, asked) = ask_with(draft, MOTHER, &mut Seeded(30));
    let error = grant(&card, asked, DAY).unwrap_err();
    assert_eq!(error, rejected(Rejected::DelegateKey { document: 0 }));
}

#[test]
fn only_to_people_with_a_card() {
    let insurer = Insurer::new();
    let policy = DelegationPolicy::lasting(MAX_SECS).unwrap();
    let card = insurer.card_with(policy.requiring_own_card());
    let (_, asked) = ask(request_draft());
    let error = grant(&card, asked, DAY).unwrap_err();
    assert_eq!(error, rejected(Rejected::OwnCardMissing { document: 0 }));
    let own = insurer.own_card().digest().unwrap();
    let lent = lent(&insurer, &card, request_draft().with_own_card(own), DAY);
    assert_eq!(lent.own_card(), Some(own));
}

/// The delegate shows both, in one session; one without the other is refused.
#[test]
fn with_the_delegates_own_card() {
    let insurer = Insurer::new();
    let (card, own) = (insurer.card(), insurer.own_card());
    let draft = request_draft().with_own_card(own.digest().unwrap());
    let lent = lent(&insurer, &card, draft, DAY);
    let (borrowed, beside) = (show(&lent, NOW).unwrap(), show_own(&own, DAUGHTERS_OWN));
    let alone = borrowed.to_bytes();
    let missing = Rejected::OwnCardMissing { document: 0 };
    assert_eq!(
        at_pharmacy(&insurer, &alone, NOW).unwrap_err(),
        missing.into()
    );
    let both = borrowed.clone().join(beside.clone()).to_bytes();
    assert_eq!(
        at_pharmacy(&insurer, &both, NOW)
            .unwrap()
            .documents()
            .count(),
        2
    );
    let other_order = beside.clone().join(borrowed.clone()).to_bytes();
    assert_eq!(
        at_pharmacy(&insurer, &other_order, NOW)
            .unwrap()
            .documents()
            .count(),
        2
    );
    let twice = borrowed
        .clone()
        .join(beside.clone())
        .join(beside)
        .to_bytes();
    assert_eq!(
        at_pharmacy(&insurer, &twice, NOW).unwrap_err(),
        missing.into()
    );
    let stranger = insurer.accept(&insurer.issue(insurer.draft("a stranger's card")));
    let stranger = show_own(&stranger, "a stranger's card");
    let with_stranger = borrowed.join(stranger).to_bytes();
    assert_eq!(
        at_pharmacy(&insurer, &with_stranger, NOW).unwrap_err(),
        missing.into()
    );
}

/// Names are 1 to 64 bytes long, on both sides.
#[test]
fn names() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let long = "x".repeat(64);
    assert!(request_draft().with_name(&long).is_ok());
    for bad in [String::new(), "x".repeat(65)] {
        let error = request_draft().with_name(&bad).unwrap_err();
        assert_eq!(error, Misuse::DelegateName.into());
        let (_, asked) = ask(request_draft());
        let grant = grant(&card, asked, DAY).unwrap();
        assert_eq!(
            grant.with_name(&bad).unwrap_err(),
            Misuse::DelegateName.into()
        );
    }
    let (open, asked) = ask(request_draft().with_name("Anna").unwrap());
    let loan = lend(&card, grant(&card, asked, DAY).unwrap().without_name());
    let lent = accept(&insurer, &parcel(&loan), open).unwrap();
    assert_eq!(lent.name(), None);
}
