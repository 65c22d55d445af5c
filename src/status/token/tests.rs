//! Tokens, each wrong in one thing, and the number of what is said of it.

mod public;

use std::string::ToString;
use std::vec;

use ciborium::Value;

use super::*;
use crate::cbor::{Writer, to_deterministic};
use crate::crypto::{PublicKey, RUSTCRYPTO};
use crate::pki::{self, BasicConstraints, Entity, Key, NOW, Profile, eku, key_usage};
use crate::trust::{AnchorId, RevocationLists, TrustAnchors};

const URI: &str = "https://status.example/1";

/// `b9a3`, as the draft of the IETF deflates it.
const DEFLATED: &[u8] = b"\x78\xda\xdb\xb9\x18\x00\x02\x17\x01\x5d";

type Map = Vec<(Value, Value)>;

/// All that a token says.
struct Token {
    tag: Option<u64>,
    protected: Map,
    unprotected: Map,
    claims: Map,
    /// In place of the claims.
    payload: Option<Vec<u8>>,
    signature: Option<Vec<u8>>,
    key: Key,
}

fn status_list() -> Value {
    statuses(1, DEFLATED)
}

fn statuses(bits: u64, list: &[u8]) -> Value {
    Value::Map(vec![
        ("bits".into(), bits.into()),
        ("lst".into(), list.into()),
    ])
}

fn identifier_list(ids: &[&[u8]]) -> Value {
    let ids = ids.iter().map(|id| ((*id).into(), Value::Map(vec![])));
    Value::Map(vec![("identifiers".into(), Value::Map(ids.collect()))])
}

fn root() -> Entity {
    Entity::root()
}

fn signer() -> Entity {
    root().issue(Profile::status_signer(), "status signer")
}

impl Token {
    /// A good one, by `signer`.
    fn of(signer: &Entity) -> Self {
        Self {
            tag: Some(18),
            protected: vec![
                (1.into(), (-7).into()),
                (16.into(), STATUS_LIST_TYPE.into()),
                (33.into(), signer.der.as_slice().into()),
            ],
            unprotected: vec![],
            claims: vec![
                (2.into(), URI.into()),
                (4.into(), (NOW + 1).into()),
                (6.into(), NOW.into()),
                (65_533.into(), status_list()),
                (65_534.into(), 43_200.into()),
            ],
            payload: None,
            signature: None,
            key: signer.key.clone(),
        }
    }

    fn good() -> Self {
        Self::of(&signer())
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn header(self, label: i64, value: impl Into<Value>) -> Self {
        self.with(|token| set(&mut token.protected, label, value))
    }

    fn without_header(self, label: i64) -> Self {
        self.with(|token| remove(&mut token.protected, label))
    }

    fn claim(self, label: i64, value: impl Into<Value>) -> Self {
        self.with(|token| set(&mut token.claims, label, value))
    }

    fn without(self, label: i64) -> Self {
        self.with(|token| remove(&mut token.claims, label))
    }

    fn identifiers(self, list: Value) -> Self {
        self.header(16, IDENTIFIER_LIST_TYPE)
            .without(65_533)
            .claim(65_530, list)
    }

    fn bytes(&self) -> Vec<u8> {
        let protected = match self.protected.as_slice() {
            [] => vec![],
            map => to_deterministic(&Value::Map(map.to_vec())).unwrap(),
        };
        let payload = self
            .payload
            .clone()
            .unwrap_or_else(|| to_deterministic(&Value::Map(self.claims.clone())).unwrap());
        let mut message = Writer::new();
        message.array(4).text("Signature1").byte_string(&protected);
        message.byte_string(&[]).byte_string(&payload);
        let signature = self.key.sign_raw(message.as_slice()).to_vec();
        let mut out = Writer::new();
        if let Some(tag) = self.tag {
            out.tag(tag);
        }
        out.array(4).byte_string(&protected);
        out.raw(&to_deterministic(&Value::Map(self.unprotected.clone())).unwrap());
        out.byte_string(&payload);
        out.byte_string(self.signature.as_ref().unwrap_or(&signature));
        out.into_bytes()
    }
}

fn set(map: &mut Map, label: i64, value: impl Into<Value>) {
    remove(map, label);
    map.push((label.into(), value.into()));
}

fn remove(map: &mut Map, label: i64) {
    map.retain(|(key, _)| *key != Value::from(label));
}

fn anchors(root: &Entity) -> TrustAnchors {
    let mut anchors = TrustAnchors::new();
    anchors.add_root(&root.der).unwrap();
    anchors
}

fn public_key(key: &Key) -> PublicKey {
    PublicKey::p256(&key.public_sec1()).unwrap()
}

fn check(
    bytes: &[u8],
    trust: &StatusTrust<'_>,
    limits: &ListLimits,
) -> Result<VerifiedList, Error> {
    ListToken::parse(bytes, limits)?.verify(URI, trust, &RUSTCRYPTO, unix_time(NOW))
}

fn verify(token: &Token) -> Result<VerifiedList, Error> {
    let anchors = anchors(&root());
    let trust = StatusTrust::anchors(&anchors);
    check(&token.bytes(), &trust, &ListLimits::default())
}

#[track_caller]
fn refused(number: u16, token: &Token) {
    assert_eq!(verify(token).unwrap_err().code(), number);
}

#[track_caller]
fn refused_under(number: u16, token: &Token, trust: &StatusTrust<'_>) {
    let error = check(&token.bytes(), trust, &ListLimits::default()).unwrap_err();
    assert_eq!(error.code(), number);
}

fn anchor() -> AnchorId {
    match verify(&Token::good()).unwrap().trust_point() {
        TrustPoint::Anchor(anchor) => anchor,
        TrustPoint::Certificate(_) => panic!("an anchor"),
    }
}

#[test]
fn a_good_one_is_taken() {
    let token = Token::good();
    let list = verify(&token).unwrap();
    assert_eq!(list.uri(), URI);
    assert_eq!(list.iat(), unix_time(NOW));
    assert_eq!(list.exp(), unix_time(NOW + 1));
    assert_eq!(list.ttl(), Some(43_200));
    let payload = to_deterministic(&Value::Map(token.claims.clone())).unwrap();
    assert_eq!(Ok(*list.payload_hash()), RUSTCRYPTO.sha256(&[&payload]));
    let expected = ListContent::Statuses {
        bits: 1,
        list: vec![0xb9, 0xa3],
    };
    assert_eq!(list.clone().into_content(), expected);
    assert_eq!(list.into_content(), expected);
}

#[test]
fn what_is_tolerated() {
    verify(&Token::good().with(|token| token.tag = None)).unwrap();
    verify(&Token::good().claim(6, NOW + 60)).unwrap();
    verify(&Token::good().claim(5, NOW + 60)).unwrap();
    let list = verify(&Token::good().without(65_534)).unwrap();
    assert_eq!(list.ttl(), None);
    let more = Token::good().claim(1, "issuer").claim(-70_000, 1.5);
    let more = more.with(|token| token.claims.push(("more".into(), Value::Null)));
    verify(&more.header(4, b"kid".as_slice())).unwrap();
    let with_more = Value::Map(vec![
        ("aggregation_uri".into(), "https://status.example".into()),
        ("bits".into(), 1.into()),
        ("lst".into(), DEFLATED.into()),
    ]);
    verify(&Token::good().claim(65_533, with_more)).unwrap();
}

#[test]
fn identifiers_are_found() {
    let long = [7; 16];
    let ids: [&[u8]; 4] = [&long, b"b", b"a", b""];
    let list = verify(&Token::good().identifiers(identifier_list(&ids))).unwrap();
    let ListContent::Identifiers(found) = list.clone().into_content() else {
        panic!("identifiers");
    };
    assert!(ids.iter().all(|id| found.contains(id)));
    assert!(!found.contains(b"c") && !found.contains(&[8; 16]) && !found.contains(&[7; 15]));
    assert_eq!(
        found.iter().collect::<Vec<_>>(),
        [b"", b"a" as &[u8], b"b", &long]
    );
    assert_eq!((found.len(), found.byte_len()), (4, 18 + 16));
    let none = verify(&Token::good().identifiers(identifier_list(&[]))).unwrap();
    let ListContent::Identifiers(none) = none.into_content() else {
        panic!("identifiers");
    };
    assert!(none.len() == 0 && !none.contains(b""));
}

/// A peer need not write them in order.
#[test]
fn identifiers_out_of_order_are_found() {
    let mut list = Writer::new();
    list.map(1).text("identifiers").map(3);
    list.byte_string(b"zz")
        .map(0)
        .byte_string(b"c")
        .map(1)
        .text("x")
        .uint(1);
    list.byte_string(b"b").map(0);
    let item = WellFormed::parse(list.as_slice(), 100).unwrap();
    let ids = Identifiers::read(item, 100).unwrap();
    assert_eq!(ids.iter().collect::<Vec<_>>(), [b"b" as &[u8], b"c", b"zz"]);
    assert!(
        [b"b" as &[u8], b"c", b"zz"]
            .iter()
            .all(|id| ids.contains(id))
    );
}

#[test]
fn malformed() {
    refused(2550, &Token::good().with(|token| token.tag = Some(61)));
    refused(
        2550,
        &Token::good().with(|token| token.payload = Some(vec![0xff])),
    );
    refused(
        2550,
        &Token::good().with(|token| token.payload = Some(vec![0x80])),
    );
    let limits = ListLimits::default();
    for bytes in [b"" as &[u8], b"\xf6", b"\x80", b"\xd2\x80"] {
        assert_eq!(ListToken::parse(bytes, &limits).unwrap_err().code(), 2550);
    }
    let mut trailing = Token::good().bytes();
    trailing.push(0);
    let error = ListToken::parse(&trailing, &limits).unwrap_err();
    assert_eq!(error.code(), 2550);
    let mut writer = Writer::new();
    writer
        .array(4)
        .byte_string(&[])
        .map(0)
        .raw(&[0xf6])
        .byte_string(&[0; 64]);
    let error = ListToken::parse(writer.as_slice(), &limits).unwrap_err();
    assert_eq!(error.code(), 2550);
}

#[test]
fn a_key_twice() {
    let mut twice = Writer::new();
    twice
        .map(5)
        .uint(2)
        .text(URI)
        .uint(4)
        .uint(NOW + 1)
        .uint(6)
        .uint(NOW);
    twice.raw(&[0x18, 0x06]).uint(NOW);
    twice
        .int(65_533)
        .raw(&to_deterministic(&status_list()).unwrap());
    let twice = twice.into_bytes();
    refused(
        2550,
        &Token::good().with(|token| token.payload = Some(twice)),
    );
}

#[test]
fn types() {
    refused(2551, &Token::good().header(16, "application/json"));
    refused(
        2551,
        &Token::good().header(16, "Application/statuslist+cwt"),
    );
    refused(2551, &Token::good().header(16, 16));
    let unprotected = Token::good().without_header(16);
    refused(2551, &unprotected);
    refused(
        2551,
        &unprotected.with(|token| set(&mut token.unprotected, 16, STATUS_LIST_TYPE)),
    );
    let other = Token::good().header(16, IDENTIFIER_LIST_TYPE);
    refused(2550, &other);
}

#[test]
fn short_types_are_behind_a_switch() {
    let anchors = anchors(&root());
    let trust = StatusTrust::anchors(&anchors);
    let switched = ListLimits::default().with_short_types();
    let ids = || Token::good().identifiers(identifier_list(&[]));
    let tokens = [
        Token::good().header(16, "statuslist+cwt"),
        ids().header(16, "identifierlist+cwt"),
        ids().header(16, "identfierlist+cwt"),
    ];
    for token in tokens {
        refused(2551, &token);
        check(&token.bytes(), &trust, &switched).unwrap();
    }
    let neither = Token::good().header(16, "list+cwt").bytes();
    let error = check(&neither, &trust, &switched).unwrap_err();
    assert_eq!(error.code(), 2551);
    check(&Token::good().bytes(), &trust, &switched).unwrap();
}

#[test]
fn algorithms() {
    refused(2552, &Token::good().with(|token| token.tag = Some(17)));
    refused(2552, &Token::good().without_header(1));
    let unprotected = Token::good().without_header(1);
    refused(
        2552,
        &unprotected.with(|token| set(&mut token.unprotected, 1, -7)),
    );
    refused(2552, &Token::good().header(1, -35));
    refused(2552, &Token::good().header(1, 5));
}

#[test]
fn signatures() {
    let other = signer().impostor("someone else");
    refused(2555, &Token::of(&other));
    refused(
        2555,
        &Token::good().with(|token| token.signature = Some(vec![1; 64])),
    );
    refused(
        2555,
        &Token::good().with(|token| token.signature = Some(vec![])),
    );
}

#[test]
fn chains_to_another_root() {
    let other = Entity::self_signed(Profile::iaca_root(), "another root");
    let theirs = other.issue(Profile::status_signer(), "status signer");
    refused(2553, &Token::of(&theirs));
    // Another root with another name.
    let other = Entity::reader_root();
    refused(
        2553,
        &Token::of(&other.issue(Profile::status_signer(), "s")),
    );
    // Two that are trusted are told apart.
    let mut both = anchors(&root());
    both.add_root(&other.der).unwrap();
    let theirs = Token::of(&other.issue(Profile::status_signer(), "s"));
    let trust = StatusTrust::anchors(&both);
    let theirs = check(&theirs.bytes(), &trust, &ListLimits::default()).unwrap();
    let ours = check(&Token::good().bytes(), &trust, &ListLimits::default()).unwrap();
    assert_ne!(theirs.trust_point(), ours.trust_point());
    assert_eq!(ours.trust_point(), TrustPoint::Anchor(anchor()));
}

#[test]
fn chains_that_do_not_hold() {
    let of = |profile: Profile| Token::of(&root().issue(profile, "s"));
    let status = Profile::status_signer;
    refused(2553, &of(status().with(|p| p.not_after = NOW - 1)));
    refused(2553, &of(status().with(|p| p.not_before = NOW + 1)));
    refused(
        2553,
        &Token::good().header(33, b"no certificate".as_slice()),
    );
    refused(2553, &Token::good().without_header(33));
    let unprotected = Token::good().without_header(33).with(|token| {
        set(&mut token.unprotected, 33, signer().der.as_slice());
    });
    refused(2553, &unprotected);
    // The list's own chain may not bring the root along.
    let chain = [signer().der, root().der].map(Value::from).to_vec();
    refused(2553, &Token::good().header(33, Value::Array(chain)));
}

#[test]
fn leaves_that_sign_no_lists() {
    let of = |profile: Profile| Token::of(&root().issue(profile, "s"));
    let status = Profile::status_signer;
    refused(2554, &of(Profile::mdoc_reader()));
    refused(2554, &of(status().with(|p| p.eku = vec![eku::READER])));
    refused(
        2554,
        &of(status().with(|p| p.eku = vec![eku::MDOC_READER, eku::DOCUMENT_SIGNER])),
    );
    refused(
        2554,
        &of(status().with(|p| p.key_usage = Some(key_usage::CRL_SIGN))),
    );
    let ca = BasicConstraints {
        ca: true,
        path_length: None,
    };
    refused(2554, &of(status().with(|p| p.basic_constraints = Some(ca))));
    // A signer of cards, and one that states no use, may.
    verify(&of(Profile::document_signer())).unwrap();
    verify(&of(status().with(|p| p.key_usage = None))).unwrap();
}

#[test]
fn revoked_signers() {
    let anchors = anchors(&root());
    let signer = signer();
    let bytes = Token::of(&signer).bytes();
    let list = |revoked: bool| {
        let crl = root().crl().with(|crl| {
            if revoked {
                crl.revoked.push(signer.profile.serial.clone());
            }
        });
        RevocationLists::new(&[&crl.sign(&root().key)]).unwrap()
    };
    let (clean, revoked) = (list(false), list(true));
    let check = |lists: &RevocationLists| {
        let trust = StatusTrust::anchors(&anchors).with_revocation_lists(lists);
        check(&bytes, &trust, &ListLimits::default())
    };
    assert!(check(&clean).is_ok());
    assert_eq!(check(&revoked).unwrap_err().code(), 2553);
}

#[test]
fn claims() {
    refused(2556, &Token::good().claim(2, "https://status.example/2"));
    refused(2556, &Token::good().without(2));
    refused(2550, &Token::good().claim(2, 1));
    refused(2557, &Token::good().claim(6, NOW + 61));
    refused(2557, &Token::good().claim(6, u64::MAX));
    refused(2557, &Token::good().claim(5, NOW + 61));
    refused(2558, &Token::good().without(4));
    refused(2559, &Token::good().claim(4, NOW));
    refused(2550, &Token::good().without(6));
    for label in [4, 5, 6, 65_534] {
        refused(2550, &Token::good().claim(label, -1));
        refused(2550, &Token::good().claim(label, 1.0));
        refused(2550, &Token::good().claim(label, NOW.to_string()));
        let tagged = Value::Tag(1, Value::from(NOW).into());
        refused(2550, &Token::good().claim(label, tagged));
    }
}

/// Who signed it comes before what it says, and that before its list.
#[test]
fn the_first_fault_is_named() {
    let bad_list = Token::good().claim(65_533, statuses(3, b""));
    refused(2562, &bad_list);
    let expired = bad_list.claim(4, 0);
    refused(2559, &expired);
    let elsewhere = expired.claim(6, u64::MAX).claim(2, "x");
    refused(2556, &elsewhere);
    let forged = elsewhere.with(|token| token.key = Key::from_seed("someone else"));
    refused(2555, &forged);
    let untrusted = forged.without_header(33);
    refused(2553, &untrusted);
    refused(2552, &untrusted.without_header(1));
}

#[test]
fn lists() {
    refused(2550, &Token::good().without(65_533));
    refused(2550, &Token::good().claim(65_530, identifier_list(&[])));
    let ids = || Token::good().identifiers(identifier_list(&[]));
    refused(2550, &ids().claim(65_533, status_list()));
    refused(2550, &ids().without(65_530));
    refused(2550, &ids().header(16, STATUS_LIST_TYPE));
    refused(2550, &Token::good().claim(65_533, Value::Null));
    for bits in [0, 3, 5, 16, u64::MAX] {
        refused(2562, &Token::good().claim(65_533, statuses(bits, DEFLATED)));
    }
    refused(
        2564,
        &Token::good().claim(65_533, statuses(1, b"\x78\xda\xff")),
    );
    for bits in [1, 2, 4, 8] {
        verify(&Token::good().claim(65_533, statuses(bits, DEFLATED))).unwrap();
    }
    let wrong = [
        Value::Map(vec![]),
        Value::Map(vec![("identifiers".into(), Value::Array(vec![]))]),
        Value::Map(vec![(
            "identifiers".into(),
            Value::Map(vec![("text".into(), Value::Map(vec![]))]),
        )]),
        Value::Map(vec![(
            "identifiers".into(),
            Value::Map(vec![(b"id".as_slice().into(), 0.into())]),
        )]),
    ];
    for list in wrong {
        refused(2550, &Token::good().identifiers(list));
    }
}

#[test]
fn caps() {
    let anchors = anchors(&root());
    let trust = StatusTrust::anchors(&anchors);
    let bytes = Token::good().bytes();
    let at = |cap: usize| ListLimits::new(cap, LIST_CAP);
    check(&bytes, &trust, &at(bytes.len())).unwrap();
    let error = check(&bytes, &trust, &at(bytes.len() - 1)).unwrap_err();
    assert_eq!(error.code(), 2563);
    let at = |cap: usize| ListLimits::new(TOKEN_CAP, cap);
    check(&bytes, &trust, &at(2)).unwrap();
    assert_eq!(check(&bytes, &trust, &at(1)).unwrap_err().code(), 2563);
    let ids = Token::good()
        .identifiers(identifier_list(&[&[7; 16]]))
        .bytes();
    check(&ids, &trust, &at(20)).unwrap();
    assert_eq!(check(&ids, &trust, &at(19)).unwrap_err().code(), 2563);
}

#[test]
fn a_pinned_key_reads_no_certificate() {
    let key = public_key(&signer().key);
    let anchor = anchor();
    let trust = StatusTrust::key(&key, anchor);
    let bare = Token::good().without_header(33);
    for token in [Token::good(), bare.header(4, b"12".as_slice())] {
        let list = check(&token.bytes(), &trust, &ListLimits::default()).unwrap();
        assert_eq!(list.trust_point(), TrustPoint::Anchor(anchor));
    }
    let other = public_key(&Key::from_seed("other"));
    refused_under(2555, &Token::good(), &StatusTrust::key(&other, anchor));
    let mut pinned = TrustAnchors::new();
    pinned.pin_key(key);
    let trust = StatusTrust::anchors(&pinned);
    let bare = Token::good().without_header(33);
    for token in [&Token::good(), &bare] {
        check(&token.bytes(), &trust, &ListLimits::default()).unwrap();
    }
    // One that is signed says who signs, and that is somebody else.
    let stranger = root().issue(Profile::status_signer(), "stranger");
    refused_under(
        2553,
        &Token::good().header(33, stranger.der.as_slice()),
        &trust,
    );
    // A chain that is not signed neither helps nor harms.
    let beside = bare.with(|token| set(&mut token.unprotected, 33, stranger.der.as_slice()));
    check(&beside.bytes(), &trust, &ListLimits::default()).unwrap();
}

#[test]
fn a_card_may_name_an_authority() {
    let authority = Entity::self_signed(Profile::iaca_root(), "authority of lists");
    let lister = authority.issue(Profile::status_signer(), "s");
    let trust = StatusTrust::certificate(&authority.der);
    let list = check(&Token::of(&lister).bytes(), &trust, &ListLimits::default()).unwrap();
    let point = TrustPoint::certificate(&authority.der, &RUSTCRYPTO);
    assert_eq!(Ok(list.trust_point()), point);
    // It is the only root, whatever the card's own is.
    refused_under(2553, &Token::good(), &trust);
    refused_under(2553, &Token::of(&lister).without_header(33), &trust);
    let reader = authority.issue(Profile::mdoc_reader(), "r");
    refused_under(2554, &Token::of(&reader), &trust);
    let old = Profile::iaca_root().with(|p| p.not_after = NOW - 1);
    let old = Entity::self_signed(old, "authority of lists");
    let lister = old.issue(Profile::status_signer(), "s");
    refused_under(
        2553,
        &Token::of(&lister),
        &StatusTrust::certificate(&old.der),
    );
    let no_signer = Profile::iaca_root().with(|p| p.key_usage = Some(key_usage::CRL_SIGN));
    let no_signer = Entity::self_signed(no_signer, "authority of lists");
    let trust = StatusTrust::certificate(&no_signer.der);
    refused_under(
        2553,
        &Token::of(&no_signer.issue(Profile::status_signer(), "s")),
        &trust,
    );
}

#[test]
fn a_card_may_name_the_signer() {
    let lister = signer();
    let trust = StatusTrust::certificate(&lister.der);
    let bare = || Token::of(&lister).without_header(33);
    for token in [Token::of(&lister), bare()] {
        let list = check(&token.bytes(), &trust, &ListLimits::default()).unwrap();
        let point = TrustPoint::certificate(&lister.der, &RUSTCRYPTO);
        assert_eq!(Ok(list.trust_point()), point);
    }
    // Another certificate of the same key, and one of another key.
    let renewed = Profile::status_signer().with(|p| p.not_after -= 1);
    refused_under(
        2553,
        &Token::of(&root().issue(renewed, "status signer")),
        &trust,
    );
    let other = root().issue(Profile::status_signer(), "other");
    refused_under(2553, &Token::of(&other), &trust);
    refused_under(2555, &Token::of(&other).without_header(33), &trust);
    let named = |number: u16, profile: Profile| {
        let lister = root().issue(profile, "s");
        refused_under(
            number,
            &Token::of(&lister),
            &StatusTrust::certificate(&lister.der),
        );
    };
    named(2554, Profile::mdoc_reader());
    named(
        2554,
        Profile::status_signer().with(|p| p.key_usage = Some(key_usage::CRL_SIGN)),
    );
    named(
        2553,
        Profile::status_signer().with(|p| p.not_after = NOW - 1),
    );
    named(
        2553,
        Profile::status_signer().with(|p| p.not_before = NOW + 1),
    );
    refused_under(
        2553,
        &Token::good(),
        &StatusTrust::certificate(b"no certificate"),
    );
    #[cfg(not(feature = "es384"))]
    named(
        2552,
        Profile::status_signer().with(|p| p.spki = Some(pki::spki_p384())),
    );
}

/// Of two pinned keys, the one that signed; of none of them, nothing is said of a chain.
#[test]
fn several_pinned_keys() {
    let mut pinned = TrustAnchors::new();
    pinned.pin_key(public_key(&Key::from_seed("other")));
    let bare = Token::good().without_header(33);
    pinned.pin_key(public_key(&Key::from_seed("a third")));
    refused_under(2553, &bare, &StatusTrust::anchors(&pinned));
    pinned.pin_key(public_key(&bare.key));
    let trust = StatusTrust::anchors(&pinned);
    check(&bare.bytes(), &trust, &ListLimits::default()).unwrap();
}
