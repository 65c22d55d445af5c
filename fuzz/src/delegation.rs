//! What must hold of every message of a delegation that is accepted, whoever has signed it.
//!
//! The same bytes are taken for each of the messages: an honest seed of one kind is refused as any
//! other at the first step. Whatever is accepted is read once more, by ciborium, and measured by
//! the limits of `docs/delegation.md`.

use std::sync::LazyLock;

use ciborium::Value;
use vitacard::crypto::{CryptoProvider, DigestAlgorithm, PublicKey, RUSTCRYPTO, Signature};
use vitacard::delegation::{
    CardDigest, DelegationPolicy, Lending, MAX_SECS, Purpose, RevocationRequest, RevokedBy,
    VerifiedDelegation,
};
use vitacard::fuzzing::{self, Claims, Opened};
use vitacard::holder::{Consent, DelegatedCard, DeviceRequest};
use vitacard::reader::{
    Conditions, DeviceProof, DeviceResponse, Exchange, ItemsRequest, Policy, Presenter, Reader,
    Request, UnknownStatus, VerifiedDocument,
};
use vitacard::session::SessionTranscript;
use vitacard::trust::TrustAnchors;
use vitacard::{Element, Error, Rejected, UnixTime, unix_time};

use crate::lending::{
    self, DAUGHTER, ELEMENTS, Insurer, MEDICINE, MOTHER, NOW, Seeded, asking, public_key,
    strict_policy,
};
use crate::verified::{map, to_vec};
use crate::{CREDULOUS, HOLLOW};

const NAME_SPACE: &str = "org.vitacard.delegation.1";
const SKEW: u64 = 60;
const DAY: u64 = 86_400;

/// `cbor.rs` has this cap as well.
const DELEGATION_CAP: usize = 2048;
const RESPONSE_CAP: usize = 64 << 10;

/// A card that may be lent, of the issuer whose key is pinned: nobody follows a chain each time.
struct World {
    anchors: TrustAnchors,
    cards: [Card; 2],
    readers: [Reader; 3],
}

/// As issued, and the same without elements, whose digests no hollow provider believes.
struct Card {
    bytes: Vec<u8>,
    bare: Vec<u8>,
    policy: DelegationPolicy,
    /// The elements that may be lent.
    ceiling: usize,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let insurer = Insurer::new();
    let mut anchors = TrustAnchors::new();
    let key = insurer.signer.key.public_sec1();
    anchors.pin_key(PublicKey::p256(&key).unwrap());
    let card = |policy: DelegationPolicy, ceiling| {
        let draft = insurer.draft(MOTHER).with_delegation(policy.clone());
        let bytes = insurer.issue(draft);
        Card {
            bare: without_elements(&bytes),
            bytes,
            policy,
            ceiling,
        }
    };
    World {
        cards: [
            card(lending::any_policy(), ELEMENTS.len()),
            card(strict_policy(), 2),
        ],
        readers: [HOLLOW, CREDULOUS, RUSTCRYPTO].map(|crypto| Reader::new(crypto, anchors.clone())),
        anchors,
    }
});

/// The three ways to believe; whoever believes all is asked first.
static PROVIDERS: [&CryptoProvider; 3] = [&HOLLOW, &CREDULOUS, &RUSTCRYPTO];

fn is_real(crypto: &CryptoProvider) -> bool {
    std::ptr::eq(crypto, PROVIDERS[2])
}

fn without_elements(issuer_signed: &[u8]) -> Vec<u8> {
    let Value::Map(mut entries) = read(issuer_signed) else {
        unreachable!("a card is a map")
    };
    entries.retain(|(key, _)| key.as_text() == Some("issuerAuth"));
    to_vec(&Value::Map(entries))
}

/// What status lists there are is not the question.
fn lax() -> Policy {
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    policy.unknown_status = UnknownStatus::Degrade;
    policy
}

/// Every kind of message.
pub fn delegation(bytes: &[u8]) {
    for card in &WORLD.cards {
        as_delegation(bytes, card);
    }
    as_request(bytes);
    as_stored(bytes);
    as_revocation(bytes);
    as_response(bytes);
}

fn open<'a>(bytes: &'a [u8], card: &Card, crypto: &CryptoProvider) -> Result<Opened<'a>, Error> {
    let policy = lax();
    let conditions = Conditions::new(unix_time(NOW), &policy);
    let times = TIMES.map(unix_time);
    let trusted = (&WORLD.anchors, conditions);
    fuzzing::delegation(bytes, &card.bytes, trusted, [&CREDULOUS, crypto], &times)
}

const TIMES: [u64; 5] = [0, NOW - SKEW, NOW, NOW + 30 * DAY, u64::MAX];

fn as_delegation(bytes: &[u8], card: &Card) {
    for crypto in PROVIDERS {
        // The real one takes its time, so it is asked where nothing but signatures is in its way.
        let opened = match open(bytes, card, crypto) {
            Ok(opened) => opened,
            Err(Error::Rejected(_)) => return,
            Err(error) => panic!("{error}"),
        };
        let read = Delegation::read(bytes);
        assert!(bytes.len() <= DELEGATION_CAP);
        read.holds(&opened, card, crypto);
        assert!(!is_real(crypto) || read.key == public_key(DAUGHTER).as_bytes());
        if std::ptr::eq(crypto, &CREDULOUS) {
            let other = with_signature(bytes, [0x5a; 64]);
            let other = open(&other, card, crypto).expect("any signature is good");
            assert_eq!(
                other.id, opened.id,
                "of one delegation there are two signatures"
            );
        }
    }
}

/// A delegation, as ciborium reads it. It panics where there is another form than the one.
struct Delegation {
    until: u64,
    from: u64,
    made: u64,
    key: Vec<u8>,
    scope: Vec<(String, u64)>,
    purposes: Vec<(String, i128)>,
    name: Option<String>,
    uses: Option<u64>,
    own_card: Option<Vec<u8>>,
    message: Message,
}

impl Delegation {
    fn read(bytes: &[u8]) -> Self {
        let message = Message::read(bytes, "application/vnd.vitacard.delegation+cwt");
        let claims = &message.claims;
        claims.closed(&[4, 5, 6, 7, 8], &[70_001, 70_002, 70_003, 70_004, 70_005]);
        assert_eq!(bytes_of(claims.at(7)).len(), 16);
        let list = |field| {
            entries(field).iter().flat_map(|(name, numbers)| {
                let numbers = numbers.as_array().unwrap();
                assert!(!numbers.is_empty());
                let values: Vec<_> = numbers.iter().map(number).collect();
                assert!(values.is_sorted_by(|a, b| a < b), "{values:?}");
                let name = name.as_text().unwrap().to_owned();
                values.into_iter().map(move |value| (name.clone(), value))
            })
        };
        let scope = list(claims.at(-70_001));
        let scope = scope.map(|(name, id)| (name, u64::try_from(id).unwrap()));
        Self {
            until: uint(claims.at(4)),
            from: uint(claims.at(5)),
            made: uint(claims.at(6)),
            key: confirmed_key(claims.at(8)),
            scope: scope.collect(),
            purposes: list(claims.at(-70_002)).collect(),
            name: claims.find(-70_003).and_then(name_of),
            uses: claims.find(-70_004).map(uint),
            own_card: claims.find(-70_005).map(|card| bytes_of(card).to_vec()),
            message,
        }
    }

    /// What holds of any delegation, whoever looks at it.
    fn limits(&self) {
        let lasts = self
            .until
            .checked_sub(self.from)
            .expect("ends after it begins");
        assert!((1..=MAX_SECS).contains(&lasts), "{lasts}");
        assert!((1..=64).contains(&self.scope.len()));
        assert!(
            self.scope
                .iter()
                .all(|(name, id)| !name.is_empty() && *id < 1 << 31)
        );
        assert!(
            self.purposes
                .iter()
                .all(|(controller, _)| !controller.is_empty())
        );
        assert!(!self.purposes.is_empty());
        assert!(self.uses.is_none_or(|uses| (1..=255).contains(&uses)));
        assert!(self.own_card.as_ref().is_none_or(|card| card.len() == 32));
    }

    fn holds(&self, opened: &Opened<'_>, card: &Card, crypto: &CryptoProvider) {
        self.limits();
        assert_eq!(opened.max_secs, card.policy.max_secs());
        assert!(self.until - self.from <= opened.max_secs);
        assert!(opened.validity.from().as_secs() <= self.from);
        assert!(self.until <= opened.validity.until().as_secs());
        assert!(opened.signed.as_secs() <= self.made);
        let key = PublicKey::p256(&self.key).ok();
        let key = key.filter(|key| *key != opened.device_key);
        assert_eq!(key, opened.key.ok());
        assert_eq!(opened.ends.as_secs(), self.until);
        assert_eq!(
            *opened.id.as_bytes(),
            self.id(&opened.parent, lending::DOC_TYPE, crypto)
        );
        let lent = |(name_space, _, number): &(String, String, u32)| {
            self.scope
                .contains(&(name_space.clone(), u64::from(*number)))
        };
        let may = |(_, id, _): &(String, String, u32)| {
            ELEMENTS[..card.ceiling].iter().any(|(own, _)| own == id)
        };
        let all = opened
            .elements
            .iter()
            .all(|element| lent(element) && may(element));
        assert!(opened.shown.is_none_or(|shown| shown.is_ok() == all));
        for (now, in_force) in TIMES.into_iter().zip(&opened.in_force) {
            let holds = key.is_some() && self.in_force_at(now);
            assert_eq!(in_force.is_ok(), holds, "{now}");
            if let Ok(delegation) = in_force {
                self.is(delegation, unix_time(now));
            }
        }
    }

    fn in_force_at(&self, now: u64) -> bool {
        let latest = now.saturating_add(SKEW);
        self.made <= latest && self.from <= latest && now < self.until
    }

    /// What the accessors say is what is there.
    fn is(&self, delegation: &VerifiedDelegation<'_>, now: UnixTime) {
        assert_eq!(delegation.begins().as_secs(), self.from);
        assert_eq!(delegation.ends().as_secs(), self.until);
        assert!(delegation.days_left(now) <= 30);
        assert_eq!(delegation.name(), self.name.as_deref());
        assert_eq!(delegation.advised_uses().map(u64::from), self.uses);
        let own_card = delegation.own_card().map(|card| card.as_bytes().to_vec());
        assert_eq!(own_card, self.own_card);
        let purposes = delegation.purposes();
        let purposes = purposes.map(|own| (own.controller().to_owned(), own.code().into()));
        assert!(purposes.eq(self.purposes.iter().cloned()));
        assert!(
            delegation
                .purposes()
                .all(|purpose| delegation.covers(&purpose))
        );
        let stranger = "x".repeat(DELEGATION_CAP);
        assert!(!delegation.covers(&Purpose::new(&stranger, 1)));
    }

    /// SHA-256("VITACARD-DLG-ID" || Sig_structure), the first 16 bytes.
    fn id(&self, parent: &CardDigest, doc_type: &str, crypto: &CryptoProvider) -> [u8; 16] {
        let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
        let external_aad = Value::Array(vec![
            "VITACARD-DELEGATION-v1".into(),
            bytes(parent.as_bytes()),
            doc_type.into(),
        ]);
        let signed = Value::Array(vec![
            "Signature1".into(),
            bytes(&self.message.protected),
            bytes(&to_vec(&external_aad)),
            bytes(&self.message.payload),
        ]);
        *sha256(crypto, &[b"VITACARD-DLG-ID", &to_vec(&signed)])
            .first_chunk()
            .unwrap()
    }

    /// Every issuer-signed item of it is lent.
    fn lends_all(&self, claims: &Claims<'_>) -> bool {
        let mut items = claims.issuer.iter().zip(&claims.numbers);
        items.all(|((name_space, _), number)| {
            let mut scope = self.scope.iter();
            scope.any(|(own, id)| own == name_space && *id == u64::from(*number))
        })
    }
}

/// A COSE_Sign1 of ours: one form, one encoding.
struct Message {
    protected: Vec<u8>,
    payload: Vec<u8>,
    claims: Fields,
}

impl Message {
    fn read(bytes: &[u8], typ: &str) -> Self {
        let message = read_own(bytes);
        let parts = message.as_array().unwrap().as_slice();
        let [protected, unprotected, payload, signature] = parts else {
            panic!("four parts")
        };
        let expected = Value::Map(vec![(1.into(), (-7).into()), (16.into(), typ.into())]);
        assert_eq!(bytes_of(protected), to_vec(&expected));
        assert_eq!(*unprotected, Value::Map(Vec::new()));
        assert_eq!(bytes_of(signature).len(), 64);
        let payload = bytes_of(payload).to_vec();
        Self {
            protected: bytes_of(protected).to_vec(),
            claims: Fields(entries(&read_own(&payload)).to_vec()),
            payload,
        }
    }
}

struct Fields(Vec<(Value, Value)>);

impl Fields {
    fn find(&self, key: i64) -> Option<&Value> {
        let mut entries = self.0.iter();
        let found = entries.find(|(label, _)| number(label) == key.into());
        found.map(|(_, value)| value)
    }

    fn at(&self, key: i64) -> &Value {
        self.find(key).expect("is not optional")
    }

    /// No other key is there; the second list is that of negative ones.
    fn closed(&self, keys: &[i64], negative: &[i64]) {
        let known = |label: i128| {
            let mut known = keys.iter().copied().chain(negative.iter().map(|key| -key));
            known.any(|key| i128::from(key) == label)
        };
        assert!(self.0.iter().all(|(label, _)| known(number(label))));
    }
}

fn read(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).expect("well formed")
}

/// What is ours is deterministic, by ciborium's encoder and by our own.
fn read_own(bytes: &[u8]) -> Value {
    let value = read(bytes);
    assert_eq!(to_vec(&value), bytes, "not in its shortest form");
    assert_eq!(fuzzing::deterministic(&value).as_deref(), Ok(bytes));
    value
}

fn number(value: &Value) -> i128 {
    value.as_integer().expect("a number").into()
}

fn uint(value: &Value) -> u64 {
    u64::try_from(number(value)).unwrap()
}

fn bytes_of(value: &Value) -> &[u8] {
    value.as_bytes().expect("bytes")
}

fn entries(value: &Value) -> &[(Value, Value)] {
    let entries = value.as_map().expect("a map");
    assert!(!entries.is_empty());
    entries
}

/// A name that would not stand on a line of its own is not shown.
fn name_of(value: &Value) -> Option<String> {
    const ELSEWHERE: &str = "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    let name = value.as_text().unwrap();
    assert!((1..=64).contains(&name.len()));
    let moves = |c: char| c.is_control() || ELSEWHERE.contains(c);
    (!name.contains(moves)).then(|| name.to_owned())
}

/// `{ 1: COSE_Key }`
fn confirmed_key(value: &Value) -> Vec<u8> {
    let [(label, key)] = entries(value) else {
        panic!("one entry")
    };
    assert_eq!(number(label), 1);
    key_of(key)
}

/// `{ 1: 2, -1: 1, -2: x, -3: y }`, as a point.
fn key_of(value: &Value) -> Vec<u8> {
    let key = Fields(entries(value).to_vec());
    key.closed(&[1], &[1, 2, 3]);
    assert_eq!((number(key.at(1)), number(key.at(-1))), (2, 1));
    let point = [&[4], bytes_of(key.at(-2)), bytes_of(key.at(-3))].concat();
    assert_eq!(point.len(), 65);
    point
}

fn sha256(crypto: &CryptoProvider, parts: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 64];
    let sha256 = crypto.digest(DigestAlgorithm::Sha256).unwrap();
    sha256.hash(parts, &mut out);
    *out.first_chunk().unwrap()
}

fn with_signature(message: &[u8], signature: [u8; 64]) -> Vec<u8> {
    let end = message.len() - signature.len();
    [&message[..end], &signature].concat()
}

/// Message 3, for which the holder has the commitment that belongs to it.
fn as_request(bytes: &[u8]) {
    let message = ciborium::from_reader::<Value, _>(bytes).ok();
    let parts = message.as_ref().and_then(Value::as_array);
    let payload = parts.and_then(|parts| parts.get(2)?.as_bytes());
    let Some(payload) = payload else {
        return;
    };
    for crypto in PROVIDERS {
        let commitment = sha256(crypto, &[b"VITACARD-SAS-COMMIT-v1", payload]);
        let hand_over = Lending::begin(&commitment, &mut Seeded(5)).unwrap();
        let nonce = *hand_over.nonce();
        let Ok(asked) = hand_over.receive(bytes, unix_time(NOW), crypto) else {
            return;
        };
        let message = Message::read(bytes, "application/vnd.vitacard.delegation-request+cwt");
        let claims = &message.claims;
        claims.closed(&[6, 7, 8], &[70_003, 70_005, 70_050, 70_051]);
        assert!(uint(claims.at(6)) <= NOW + SKEW);
        assert_eq!(bytes_of(claims.at(7)).len(), 16);
        assert_eq!(bytes_of(claims.at(-70_051)).len(), 32);
        let (key, parcel_key) = (confirmed_key(claims.at(8)), key_of(claims.at(-70_050)));
        assert_ne!(key, parcel_key);
        assert!(
            [&key, &parcel_key]
                .iter()
                .all(|key| PublicKey::p256(key).is_ok())
        );
        assert_eq!(
            asked.name(),
            claims.find(-70_003).and_then(name_of).as_deref()
        );
        let own_card = asked.own_card().map(|card| card.as_bytes().to_vec());
        assert_eq!(own_card.as_deref(), claims.find(-70_005).map(bytes_of));
        let digits = sha256(crypto, &[b"VITACARD-SAS-v1", &nonce, payload]);
        let digits = u64::from_be_bytes(*digits.first_chunk().unwrap()) % 1_000_000;
        assert_eq!(asked.sas().to_string(), format!("{digits:06}"));
        assert!(!is_real(crypto) || key == public_key(DAUGHTER).as_bytes());
    }
}

/// What is in a parcel, and what a wallet has stored.
fn as_stored(bytes: &[u8]) {
    for (crypto, reader) in PROVIDERS.into_iter().zip(&WORLD.readers) {
        let lent = DelegatedCard::from_stored(bytes, &WORLD.anchors, crypto, unix_time(NOW));
        let lent = match lent {
            Ok(lent) => lent,
            // Who believes all believes other digests than who believes signatures.
            Err(_) if std::ptr::eq(crypto, &HOLLOW) => continue,
            Err(_) => return,
        };
        assert_eq!(lent.as_bytes(), bytes);
        // In what the issuer signed there may be values that ciborium does not know.
        if let Ok(contents) = ciborium::from_reader::<Value, _>(bytes) {
            contents_hold(&contents, &lent);
        }
        if is_real(crypto) {
            assert_eq!(lent.key(), &public_key(DAUGHTER));
            lent.elements().for_each(genuine);
        }
        show(&lent, crypto, reader);
    }
}

/// `{ 1: issuerAuth, 2: nameSpaces, 3: bstr .cbor Delegation }`
fn contents_hold(contents: &Value, lent: &DelegatedCard) {
    let [(one, auth), (two, name_spaces), (three, delegation)] = entries(contents) else {
        panic!("three entries")
    };
    assert_eq!([one, two, three].map(number), [1, 2, 3]);
    let read = Delegation::read(bytes_of(delegation));
    read.limits();
    assert!(read.in_force_at(NOW));
    assert_eq!(
        (lent.begins().as_secs(), lent.ends().as_secs()),
        (read.from, read.until)
    );
    assert_eq!(lent.key().as_bytes(), read.key);
    // Those beyond the issuer's ceiling are of no use.
    let lent_for = |purpose: Purpose<'_>| {
        let (controller, code) = (purpose.controller(), i128::from(purpose.code()));
        let mut purposes = read.purposes.iter();
        purposes.any(|(name, number)| name == controller && *number == code)
    };
    assert!(lent.purposes().iter().all(lent_for));
    assert_eq!(lent.name(), read.name.as_deref());
    let issuer_signed = map([
        ("nameSpaces", name_spaces.clone()),
        ("issuerAuth", auth.clone()),
    ]);
    let issuer_signed = to_vec(&issuer_signed);
    let claims = fuzzing::issuer_signed(&issuer_signed).expect("was accepted");
    assert_eq!(claims.issuer.len(), lent.elements().count());
    assert!(read.lends_all(&claims));
}

/// What a wallet accepts it can show, and a reader accepts that.
fn show(lent: &DelegatedCard, crypto: &CryptoProvider, reader: &Reader) {
    let items = ItemsRequest::new(lent.doc_type()).accepting_delegates();
    let items = lent.elements().fold(items, |items, element| {
        let name_space = element.name_space().borrowed();
        items.with_element(name_space, element.id().borrowed(), false)
    });
    // More than a reader may ask for, or nothing at all.
    let Ok(asked) = Request::new([items]) else {
        return;
    };
    let asked = asked.to_bytes();
    let request = DeviceRequest::parse(&asked).unwrap();
    let consent = request.documents().fold(Consent::none(), |consent, asked| {
        consent.everything_asked(&asked)
    });
    let purposes: Vec<_> = lent.purposes().iter().collect();
    let (purpose, now) = (purposes[0], lent.begins().max(unix_time(NOW)));
    let transcript = lending::transcript();
    let unsigned = lent.present(&request, &purpose, &consent, &transcript, now);
    let unsigned = unsigned.expect("in force, and all was agreed to");
    let signed = match is_real(crypto) {
        true => unsigned.sign_with(&lending::signer(DAUGHTER), crypto),
        false => unsigned.complete(&Signature::from_bytes(&[1; 64]).unwrap(), crypto),
    };
    let response = signed.expect("a signature that is believed").to_bytes();
    let policy = lax();
    let exchange = Exchange::new(&transcript, Conditions::new(now, &policy))
        .with_request(request)
        .for_purpose(purpose);
    let response_len = response.len();
    match reader.verify(DeviceResponse::parse(&response).unwrap(), &exchange) {
        Ok(verified) => {
            let document = verified.documents().next().unwrap();
            let Presenter::Delegate(delegation) = document.presenter() else {
                panic!("taken for the holder")
            };
            assert_eq!(
                (delegation.id(), delegation.name()),
                (lent.id(), lent.name())
            );
            assert_eq!(document.elements().count(), lent.elements().count());
            for element in lent.elements() {
                let (name_space, id) = (element.name_space().as_str(), element.id().as_str());
                let shown = document.element(name_space, id).expect("was lent");
                assert_eq!(shown.value().as_cbor(), element.value().as_cbor());
            }
        }
        // The rest of the policy is a reader's to know.
        Err(Error::Rejected(Rejected::OwnCardMissing { .. })) => {
            assert!(lent.own_card().is_some());
        }
        Err(Error::Rejected(Rejected::PurposeNotCovered { .. })) => {}
        Err(Error::Rejected(Rejected::DelegationTooLarge { .. })) => {
            assert!(response_len > RESPONSE_CAP);
        }
        Err(error) => panic!("{error}"),
    }
}

fn as_revocation(bytes: &[u8]) {
    for crypto in PROVIDERS {
        let Ok(request) = RevocationRequest::parse(bytes) else {
            return;
        };
        let message = Message::read(bytes, "application/vnd.vitacard.delegation-revocation+cwt");
        let claims = &message.claims;
        claims.closed(&[6, 7], &[70_053, 70_054]);
        assert_eq!(bytes_of(claims.at(7)).len(), 16);
        let parent = request.claimed_card();
        assert_eq!(parent.as_bytes(), bytes_of(claims.at(-70_053)));
        let card = &WORLD.cards[0];
        let hollow = std::ptr::eq(crypto, &HOLLOW);
        let issued = if hollow { &card.bare } else { &card.bytes };
        let revoked = match request.verify(issued, &WORLD.anchors, crypto, unix_time(NOW)) {
            Ok(revoked) => revoked,
            Err(_) if hollow => continue,
            Err(_) => return,
        };
        let delegation = bytes_of(claims.at(-70_054));
        let opened = open(delegation, card, crypto).expect("as a delegation it is good, too");
        let read = Delegation::read(delegation);
        read.holds(&opened, card, crypto);
        assert_eq!((revoked.id(), revoked.ends()), (opened.id, opened.ends));
        assert_eq!(parent, opened.parent);
        assert!(uint(claims.at(6)) <= NOW + SKEW);
        match is_real(crypto) {
            true => assert_eq!(read.key, public_key(DAUGHTER).as_bytes()),
            false => assert_eq!(revoked.by(), RevokedBy::Holder),
        }
    }
}

/// A response to a reader that asks for delegates, of whatever is in it and of what the pharmacy
/// wants.
fn as_response(bytes: &[u8]) {
    let Ok(claims) = fuzzing::response(bytes, &public_key(DAUGHTER), &HOLLOW) else {
        return;
    };
    let mut requests = vec![asking(true)];
    requests.extend(everything(&claims));
    for request in &requests {
        let [believes_all, believes_signatures, real] = &WORLD.readers;
        at_reader(bytes, request, believes_all, &claims);
        if at_reader(bytes, request, believes_signatures, &claims)
            && at_reader(bytes, request, real, &claims)
        {
            genuine_response(bytes, request);
        }
    }
}

fn genuine_response(bytes: &[u8], request: &[u8]) {
    let (policy, transcript) = (lax(), lending::transcript());
    let exchange = exchange(&transcript, &policy, request);
    let response = DeviceResponse::parse(bytes).unwrap();
    let verified = WORLD.readers[2].verify(response, &exchange).unwrap();
    for document in verified.documents() {
        document.elements().for_each(genuine);
        if let Presenter::Delegate(delegation) = document.presenter() {
            assert_eq!(delegation.ends().as_secs() % DAY, NOW % DAY);
        }
    }
}

fn exchange<'e>(
    transcript: &'e SessionTranscript<'e>,
    policy: &'e Policy,
    request: &'e [u8],
) -> Exchange<'e> {
    Exchange::new(transcript, Conditions::new(unix_time(NOW), policy))
        .with_request(DeviceRequest::parse(request).unwrap())
        .for_purpose(MEDICINE)
}
/// Whether it is accepted; then all holds that must.
fn at_reader(bytes: &[u8], request: &[u8], reader: &Reader, claims: &[Claims<'_>]) -> bool {
    let (policy, transcript) = (lax(), lending::transcript());
    let exchange = exchange(&transcript, &policy, request);
    let parsed = || DeviceResponse::parse(bytes).unwrap();
    let alone = reader.verify(parsed(), &exchange);
    let mut cache = reader.anchors().cache::<4>();
    let together = reader.verify_all([(parsed(), exchange)], &mut cache, &mut Seeded(6));
    let [together] = <[_; 1]>::try_from(together.unwrap()).unwrap();
    let verdict = |verified: &Result<_, Error>| verified.as_ref().map(drop).map_err(|error| *error);
    assert_eq!(verdict(&alone), verdict(&together));
    let Ok(alone) = alone else {
        return false;
    };
    for (document, claims) in alone.documents().zip(claims) {
        presenter_holds(document, claims, NOW);
    }
    for (one, other) in alone.documents().zip(together.unwrap().documents()) {
        assert_eq!(
            one.presenter(),
            other.presenter(),
            "the number is the same again"
        );
    }
    let of = |document: &VerifiedDocument<'_>| match document.presenter() {
        Presenter::Holder => false,
        Presenter::Delegate(delegation) => {
            assert!(delegation.covers(&MEDICINE));
            assert!(bytes.len() <= RESPONSE_CAP);
            assert_eq!(document.unrequested().count(), 0);
            true
        }
    };
    if alone.documents().any(of) {
        // Whoever does not ask for delegates gets none.
        let asked = asking(false);
        let exchange = exchange.with_request(DeviceRequest::parse(&asked).unwrap());
        let refused = reader.verify(parsed(), &exchange).map(drop).unwrap_err();
        assert_eq!(refused.reason(), "DelegationNotAccepted");
    }
    true
}

/// Who shows a document that was accepted at `now`: a delegate if, and only if, a delegation is there.
pub(crate) fn presenter_holds(document: &VerifiedDocument<'_>, claims: &Claims<'_>, now: u64) {
    let Presenter::Delegate(delegation) = document.presenter() else {
        assert!(!claims.by_delegate, "a delegate is taken for the holder");
        return;
    };
    assert!(claims.by_delegate, "a holder is taken for a delegate");
    assert_eq!(claims.device, [(NAME_SPACE, "delegation")]);
    assert_eq!(document.device_elements().count(), 0);
    assert_eq!(document.proof(), DeviceProof::Signature);
    let read = Delegation::read(claims.delegation.expect("is there"));
    read.limits();
    assert!(read.in_force_at(now));
    read.is(delegation, unix_time(now));
    assert!(read.lends_all(claims));
    let card = document.issuer_signed();
    assert!(card.validity().from() <= delegation.begins());
    assert!(card.signed().as_secs() <= read.made);
}

fn genuine(element: &Element<'_>) {
    let name = element.id().as_str();
    let value = element.value().as_text().expect("a text");
    assert!(ELEMENTS.contains(&(name, value)), "forged: {name}");
}

/// A request for every element, from delegates too, if there is one.
fn everything(claims: &[Claims<'_>]) -> Option<Vec<u8>> {
    let documents = claims.iter().filter(|claims| !claims.issuer.is_empty());
    let documents = documents.map(|claims| {
        let mut name_spaces: Vec<(Value, Value)> = Vec::new();
        for (name_space, id) in &claims.issuer {
            let entry = (Value::from(*id), Value::from(false));
            match name_spaces
                .iter_mut()
                .find(|(own, _)| own.as_text() == Some(name_space))
            {
                Some((_, ids)) => ids.as_map_mut()?.push(entry),
                None => name_spaces.push(((*name_space).into(), Value::Map(vec![entry]))),
            }
        }
        let wanted = map([("org.vitacard.delegation", Value::Array(vec![1.into()]))]);
        let items = map([
            ("docType", claims.doc_type?.into()),
            ("nameSpaces", Value::Map(name_spaces)),
            ("requestInfo", wanted),
        ]);
        let items = Value::Tag(24, Box::new(Value::Bytes(to_vec(&items))));
        Some(map([("itemsRequest", items)]))
    });
    let documents = documents.collect::<Option<Vec<_>>>()?;
    let request = map([
        ("version", "1.0".into()),
        ("docRequests", Value::Array(documents)),
    ]);
    // Names that occur twice make it none.
    Some(to_vec(&request)).filter(|request| DeviceRequest::parse(request).is_ok())
}
