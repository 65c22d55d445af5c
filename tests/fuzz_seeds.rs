//! Where the fuzz targets begin: `fuzz/seeds/TARGET/NAME`, made by the card kit and by hand.
//!
//! `cargo test --test fuzz_seeds -- --ignored` writes them anew. The card kit's issuer signs no other
//! elements here than `fuzz/src/verified.rs` lists as genuine. Digests and MACs of zeros are for the
//! provider that believes them.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

mod kit;
mod lending;
mod pki;
#[path = "enrolment/world.rs"]
mod world;

use std::fs;
use std::num::NonZeroU8;
use std::path::Path;

use ciborium::Value;
use kit::{Draft, Issued, Item, Shown, array, at, date, encode, insert, map, raw, tag24};
use lending::{DAUGHTER, DAUGHTERS_OWN, Insurer, MEDICINE, MOTHER, NOW, Seeded};
use pki::{Entity, Key, Profile};
use vitacard::crypto::{
    AgreementKey as _, DigestAlgorithm, PublicKey, RUSTCRYPTO, Secret, SoftwareAgreementKey,
};
use vitacard::delegation::{Lending, PurposeSet, RevocationRequest};
use vitacard::holder::{Card, DelegatedCard, Grant};
use vitacard::reader::{Conditions, DeviceResponse, Exchange, Policy, Reader};
use vitacard::session::{
    BleOob, BleOptions, Carrier, Engagement, HandoverRequest, HandoverSelect, LeRole, NdefRecord,
    RetrievalMethod, SessionTranscript,
};
use vitacard::trust::TrustAnchors;
use vitacard::unix_time;

type Seeds = Vec<(&'static str, Vec<u8>)>;

/// Each target with its seeds.
fn targets() -> [(&'static str, Seeds); 12] {
    [
        ("cbor", cbor()),
        ("issuer_signed", issuer_signed()),
        ("device_request", device_request()),
        ("device_response", device_response()),
        ("engagement", engagement()),
        ("channel", channel()),
        ("differential", differential()),
        ("engine", engine()),
        ("delegation", delegation()),
        ("status", status()),
        ("vault", vault()),
        ("enrolment", enrolment()),
    ]
}

#[test]
#[ignore = "writes fuzz/seeds"]
fn write() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let _ = fs::remove_dir_all(&folder);
    for (target, seeds) in targets() {
        fs::create_dir_all(folder.join(target)).unwrap();
        for (name, bytes) in seeds {
            fs::write(folder.join(target).join(name), bytes).unwrap();
        }
    }
}

/// The fuzzer starts behind all locks: what is meant to verify does.
#[test]
fn genuine_seeds_verify() {
    let mut anchors = TrustAnchors::new();
    let issuer = Key::from_seed("issuer").public_sec1();
    anchors.pin_key(PublicKey::p256(&issuer).unwrap());
    let reader = Reader::new(RUSTCRYPTO, anchors);
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    let conditions = Conditions::new(unix_time(kit::NOW), &policy);
    let transcript = kit::transcript();
    let transcript = SessionTranscript::given(&transcript).unwrap();
    let key = reader_key();
    let exchange = Exchange::new(&transcript, conditions).with_reader_key(&key);
    for (name, bytes) in device_response() {
        let response = DeviceResponse::parse(&bytes).unwrap();
        let verified = reader.verify(response, &exchange).map(drop);
        assert_eq!(
            verified.is_ok(),
            name.starts_with("genuine"),
            "{name} {verified:?}"
        );
    }
    for (name, bytes) in issuer_signed() {
        let verified = reader.verify_issuer_signed(&bytes, &conditions).map(drop);
        assert_eq!(
            verified.is_ok(),
            name.starts_with("genuine"),
            "{name} {verified:?}"
        );
    }
}

/// The same for the messages of a delegation, of which the hand-over has seen its own.
#[test]
fn seeds_of_delegation_are_accepted() {
    let insurer = Insurer::new();
    let (anchors, now) = (insurer.anchors(), unix_time(NOW));
    let mut seeds = delegation();
    let mut take = |name: &str| {
        let at = seeds.iter().position(|(own, _)| *own == name).unwrap();
        seeds.swap_remove(at).1
    };
    for name in ["stored", "stored_strict"] {
        let stored = take(name);
        DelegatedCard::from_stored(&stored, &anchors, &RUSTCRYPTO, now).unwrap();
    }
    for name in ["revoked", "renounced"] {
        let request = take(name);
        let request = RevocationRequest::parse(&request).unwrap();
        let card = insurer.card();
        request
            .verify(card.as_bytes(), &anchors, &RUSTCRYPTO, now)
            .unwrap();
    }
    for (name, documents) in [("response", 1), ("response_holder", 1)] {
        let response = take(name);
        let verified = lending::at_pharmacy(&insurer, &response, NOW).unwrap();
        assert_eq!(verified.documents().count(), documents);
    }
    // The pharmacy knows nothing of the list that this card names.
    let response = take("response_own_card");
    let refused = lending::at_pharmacy(&insurer, &response, NOW).map(drop);
    assert_eq!(refused.unwrap_err().reason(), "DelegationStatusUnknown");
}

/// Each message of a card's life, and what a store keeps of it.
fn enrolment() -> Seeds {
    let mut world = world::World::new();
    let invitation = world.invite();
    let read = world.read(&invitation).unwrap();
    let request = world.answer(&read, world::PHONE).request;
    let card = world.enrolled();
    let new = world.refreshed(&card, (world::PHONE, world::NEW_KEY), 0);
    let line = world.store.lines().next().unwrap().to_bytes();
    let reason = vitacard::enrolment::BlockReason::Lost;
    let block = card.block(reason, world::now(), &mut world.rng).unwrap();
    let block = block.sign_with(&world::signer(world::PHONE), &RUSTCRYPTO);
    vec![
        ("invitation", invitation),
        ("request", request),
        ("refresh", new.request),
        ("accepted", new.accepted),
        ("block", block.unwrap()),
        ("line", line),
    ]
}

#[test]
fn seeds_of_enrolment_are_read() {
    use vitacard::enrolment::*;
    for (name, bytes) in enrolment() {
        let read = match name {
            "invitation" => Invitation::parse(&bytes).map(drop),
            "request" => EnrolmentRequest::parse(&bytes).map(drop),
            "refresh" => RefreshRequest::parse(&bytes).map(drop),
            "accepted" => Acceptance::parse(&bytes).map(drop),
            "block" => BlockRequest::parse(&bytes).map(drop),
            _ => CardLine::from_bytes(&bytes).map(drop),
        };
        assert_eq!(read, Ok(()), "{name}");
    }
}

fn reader_key() -> SoftwareAgreementKey {
    SoftwareAgreementKey::from_bytes(&[9; 32]).unwrap()
}

/// The elements that are genuine.
fn draft() -> Draft {
    let birth_date = Value::Tag(1004, Box::new("1990-01-01".into()));
    kit::draft_of(vec![
        Item::new(0, "family_name", "Martin"),
        Item::new(1, "given_name", "Camille"),
        Item::new(2, "age_over_18", true),
        Item::new(3, "birth_date", birth_date),
    ])
}

/// A card whose device may add to it.
fn authorized() -> Draft {
    draft().with(|draft| {
        let authorizations = map([
            ("nameSpaces", array(["org.example".into()])),
            (
                "dataElements",
                map([(kit::NAME_SPACE, array(["note".into()]))]),
            ),
        ]);
        let key_info = at(&mut draft.mso, &["deviceKeyInfo"]);
        insert(key_info, "keyAuthorizations", authorizations);
    })
}

fn with_note(issued: Issued) -> Issued {
    issued.with(|issued| {
        let note = || map([("note", "hello".into())]);
        issued.device_name_spaces = map([("org.example", note()), (kit::NAME_SPACE, note())]);
    })
}

/// A card of which nothing is true but its form: many kinds of values, digests of zeros.
fn hollow(algorithm: &str, digest: usize) -> Draft {
    let value = map([
        ("float", 1.5.into()),
        ("null", Value::Null),
        ("list", array([Value::from(-1), Value::from(u64::MAX)])),
        (
            "tagged",
            tag24(encode(&map([(1, Value::Bytes(vec![7; 8]))]))),
        ),
    ]);
    let draft = kit::draft_of(vec![
        Item::new(0, "family_name", "Nobody"),
        Item::new(1, "structure", value).with(|item| item.name_space = "org.example".into()),
    ]);
    draft.with(|draft| {
        *at(&mut draft.mso, &["digestAlgorithm"]) = algorithm.into();
        let digests = at(&mut draft.mso, &["valueDigests"]).as_map_mut().unwrap();
        for (_, digests) in digests {
            for (_, bytes) in digests.as_map_mut().unwrap() {
                *bytes = Value::Bytes(vec![0; digest]);
            }
        }
    })
}

/// All that an MSO may hold besides.
fn full(algorithm: &str, digest: usize) -> Draft {
    hollow(algorithm, digest).with(|draft| {
        insert(
            at(&mut draft.mso, &["validityInfo"]),
            "expectedUpdate",
            date("2026-12-01T00:00:00.25Z"),
        );
        let list = map([
            ("idx", 5.into()),
            ("uri", "https://example.com/list".into()),
        ]);
        insert(&mut draft.mso, "status", map([("status_list", list)]));
        let key_info = at(&mut draft.mso, &["deviceKeyInfo"]);
        insert(key_info, "keyInfo", map([(1, Value::from("info"))]));
        insert(
            at(key_info, &["deviceKey"]),
            4,
            array([Value::from(2), Value::from(7)]),
        );
    })
}

/// The chain of the kit's issuer, under the kit's root.
fn chain() -> [Value; 2] {
    let root = Entity::root();
    let intermediate = root.issue(Profile::intermediate(), "intermediate");
    let signer = intermediate.issue(Profile::document_signer(), "issuer");
    [signer.der, intermediate.der].map(Value::Bytes)
}

fn with_chain(draft: Draft, chain: Value) -> Draft {
    draft.with(|draft| draft.unprotected = map([(33, chain)]))
}

/// In the session of the kit, with the reader key of [`reader_key`].
fn with_mac(shown: Shown, tag: Option<[u8; 32]>) -> Shown {
    let doc_type = shown.doc_type.clone();
    let transcript = kit::transcript();
    let payload = kit::device_authentication(&transcript, &doc_type, &shown.device_name_spaces);
    let protected = encode(&map([(1, Value::from(5))]));
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    let message = encode(&array([
        "MAC0".into(),
        bytes(&protected),
        bytes(&[]),
        bytes(&payload),
    ]));
    let tag = tag.unwrap_or_else(|| {
        let kdf = RUSTCRYPTO.kdf;
        *kdf.hmac_sha256(&e_mac_key(&transcript), &[&message])
            .expose()
    });
    let mac0 = [
        bytes(&protected),
        Value::Map(vec![]),
        Value::Null,
        bytes(&tag),
    ];
    shown.with(|shown| shown.device_auth = map([("deviceMac", array(mac0))]))
}

fn e_mac_key(transcript: &[u8]) -> Secret<32> {
    let device = SoftwareAgreementKey::from_bytes(&Key::from_seed("device").scalar()).unwrap();
    let shared = device.agree(&reader_key().public_key()).unwrap();
    let mut salt = [0; 64];
    let sha256 = RUSTCRYPTO.digest(DigestAlgorithm::Sha256).unwrap();
    sha256.hash(&[&encode(&tag24(transcript.to_vec()))], &mut salt);
    let mut key = Secret::new([0; 32]);
    let kdf = RUSTCRYPTO.kdf;
    kdf.hkdf_sha256(shared.expose(), &salt[..32], b"EMacKey", key.expose_mut())
        .unwrap();
    key
}

fn device_response() -> Seeds {
    let [signer, intermediate] = chain();
    let two = [draft(), draft()].map(|draft| draft.issue().show().document());
    let hollow_device = |draft: Draft| with_note(draft.issue()).show();
    let failed = map([("version", Value::from("1.0")), ("status", 10.into())]);
    let errors = map([
        ("version", Value::from("1.1")),
        (
            "documentErrors",
            array([map([(kit::DOC_TYPE, Value::from(0))])]),
        ),
        ("status", 0.into()),
    ]);
    vec![
        ("genuine", draft().issue().show().response()),
        (
            "genuine_device_signed",
            with_note(authorized().issue()).show().response(),
        ),
        (
            "genuine_mac",
            with_mac(with_note(authorized().issue()).show(), None).response(),
        ),
        ("genuine_two", encode(&kit::response(two))),
        (
            "genuine_chain",
            with_chain(draft(), signer.clone())
                .issue()
                .show()
                .response(),
        ),
        ("hollow", hollow("SHA-256", 32).issue().show().response()),
        ("hollow_full", hollow_device(full("SHA-512", 64)).response()),
        (
            "hollow_mac",
            with_mac(hollow("SHA-384", 48).issue().show(), Some([0; 32])).response(),
        ),
        (
            "hollow_chain",
            with_chain(hollow("SHA-256", 32), array([signer, intermediate]))
                .issue()
                .show()
                .response(),
        ),
        ("failed", encode(&failed)),
        ("errors", encode(&errors)),
    ]
}

fn issuer_signed() -> Seeds {
    let [signer, intermediate] = chain();
    let bytes = |draft: Draft| encode(&draft.issue().issuer_signed());
    let with_key = |algorithm: i64, key: Value| {
        hollow("SHA-256", 32).with(|draft| {
            draft.protected = map([(1, algorithm.into()), (33, signer.clone())]);
            *at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]) = key;
        })
    };
    let p384 = with_key(-35, key_p384());
    let ed25519 = with_key(-7, key_ed25519());
    vec![
        ("genuine", bytes(draft())),
        ("genuine_authorized", bytes(authorized())),
        (
            "genuine_no_items",
            bytes(authorized().with(|draft| draft.items.clear())),
        ),
        ("genuine_chain", bytes(with_chain(draft(), signer.clone()))),
        ("hollow", bytes(hollow("SHA-256", 32))),
        ("hollow_full", bytes(full("SHA-384", 48))),
        ("hollow_p384", bytes(p384)),
        ("hollow_ed25519", bytes(ed25519)),
        (
            "hollow_chain",
            bytes(with_chain(
                full("SHA-512", 64),
                array([signer, intermediate]),
            )),
        ),
    ]
}

fn key_p384() -> Value {
    let spki = pki::spki_p384();
    let (x, y) = spki[spki.len() - 96..].split_at(48);
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    map([
        (1, 2.into()),
        (-1, 2.into()),
        (-2, bytes(x)),
        (-3, bytes(y)),
    ])
}

fn key_ed25519() -> Value {
    let x = [&[0x58][..], &[0x66; 31]].concat();
    map([(1, 1.into()), (-1, 6.into()), (-2, Value::Bytes(x))])
}

fn key_compressed() -> Value {
    let sec1 = Key::from_seed("device").public_sec1();
    let x = Value::Bytes(sec1[1..33].to_vec());
    map([
        (1, 2.into()),
        (-1, 1.into()),
        (-2, x),
        (-3, (sec1[64] & 1 == 1).into()),
    ])
}

fn sign1(protected: &Value, unprotected: Value, payload: Value) -> Value {
    let protected = encode(protected);
    array([
        Value::Bytes(protected),
        unprotected,
        payload,
        Value::Bytes(vec![1; 64]),
    ])
}

/// A card that was lent, and every message that there was.
struct Lent {
    request: Vec<u8>,
    delegation: Vec<u8>,
    stored: Vec<u8>,
    revoked: [Vec<u8>; 2],
    response: Vec<u8>,
}

/// All that can be said is said if the card is lent to somebody who has one.
fn lent(insurer: &Insurer, card: &Card, own_card: Option<&Card>) -> Lent {
    let now = unix_time(NOW);
    let mut draft = lending::request_draft();
    if let Some(own) = own_card {
        draft = draft.with_own_card(own.digest().unwrap());
        draft = draft.with_name("Camille Martin").unwrap();
    }
    let committed = draft.commit(now, &RUSTCRYPTO, &mut Seeded(2)).unwrap();
    // The nonce that `fuzz/src/delegation.rs` draws.
    let hand_over = Lending::begin(committed.commitment(), &mut Seeded(5)).unwrap();
    let unsigned = committed.answer(hand_over.nonce(), &RUSTCRYPTO).unwrap();
    let daughter = lending::signer(DAUGHTER);
    let (open, request) = unsigned.sign_with(&daughter, &RUSTCRYPTO).unwrap();
    let asked = hand_over.receive(&request, now, &RUSTCRYPTO).unwrap();
    let (elements, days) = match own_card {
        None => (lending::all_elements(), 30),
        Some(_) => (lending::all_elements()[..2].to_vec(), 7),
    };
    let until = unix_time(NOW + days * lending::DAY);
    let purposes = PurposeSet::of(MEDICINE);
    let grant = Grant::new(card, &asked, &elements, purposes, now, until).unwrap();
    let grant = match own_card {
        None => grant,
        Some(_) => grant.with_advised_uses(NonZeroU8::new(3).unwrap()),
    };
    let loan = lending::lend(card, grant);
    let (parcel, anchors) = (lending::parcel(&loan), insurer.anchors());
    let lent = DelegatedCard::accept(&parcel, open, &anchors, &RUSTCRYPTO, now).unwrap();
    let revoked = card
        .revoke(loan.as_bytes(), now, &RUSTCRYPTO, &mut Seeded(7))
        .unwrap();
    let renounced = lent.renounce(now, &mut Seeded(8)).unwrap();
    let mut response = lending::show(&lent, NOW).unwrap();
    if let Some(own) = own_card {
        response = response.join(lending::show_own(own, DAUGHTERS_OWN));
    }
    Lent {
        request,
        delegation: loan.as_bytes().to_vec(),
        stored: lent.as_bytes().to_vec(),
        revoked: [
            revoked
                .sign_with(&lending::signer(MOTHER), &RUSTCRYPTO)
                .unwrap(),
            renounced.sign_with(&daughter, &RUSTCRYPTO).unwrap(),
        ],
        response: response.to_bytes(),
    }
}

/// The same with digests of zeros wherever there is an MSO.
fn hollowed(bytes: &[u8]) -> Vec<u8> {
    let mut value: Value = ciborium::from_reader(bytes).unwrap();
    hollow_out(&mut value);
    encode(&value)
}

fn hollow_out(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(hollow_out),
        Value::Tag(_, inner) => hollow_out(inner),
        Value::Map(entries) => {
            for (key, value) in entries {
                match key.as_text() {
                    Some("valueDigests") => zero_digests(value),
                    _ => hollow_out(value),
                }
            }
        }
        Value::Bytes(bytes) => {
            if let Ok(mut inner) = ciborium::from_reader::<Value, _>(&**bytes)
                && (inner.is_tag() || inner.is_map())
            {
                hollow_out(&mut inner);
                *bytes = encode(&inner);
            }
        }
        _ => {}
    }
}

fn zero_digests(name_spaces: &mut Value) {
    for (_, digests) in name_spaces.as_map_mut().unwrap() {
        for (_, digest) in digests.as_map_mut().unwrap() {
            *digest = Value::Bytes(vec![0; 32]);
        }
    }
}

/// Of the mother's card, lent as it is and under all that a policy can say.
fn delegation() -> Seeds {
    let insurer = Insurer::new();
    let own = insurer.own_card();
    let plain = lent(&insurer, &insurer.card(), None);
    let strict = insurer.card_with(lending::strict_policy());
    let strict = lent(&insurer, &strict, Some(&own));
    let [revoked, renounced] = plain.revoked;
    vec![
        ("hollow_response", hollowed(&plain.response)),
        ("hollow_response_own_card", hollowed(&strict.response)),
        ("hollow_stored", hollowed(&plain.stored)),
        ("hollow_stored_strict", hollowed(&strict.stored)),
        ("delegation", plain.delegation),
        ("delegation_strict", strict.delegation),
        ("request", plain.request),
        ("request_named", strict.request),
        ("stored", plain.stored),
        ("stored_strict", strict.stored),
        ("revoked", revoked),
        ("renounced", renounced),
        ("response", plain.response),
        ("response_own_card", strict.response),
        (
            "response_holder",
            lending::show_own(&own, DAUGHTERS_OWN).to_bytes(),
        ),
    ]
}

fn device_request() -> Seeds {
    let items = |name_space: &str, ids: Value| {
        tag24(encode(&map([
            ("docType", kit::DOC_TYPE.into()),
            ("nameSpaces", map([(name_space, ids)])),
            ("requestInfo", map([("reason", Value::from("age"))])),
        ])))
    };
    let names = map([
        ("family_name", Value::from(true)),
        ("age_over_18", false.into()),
    ]);
    let [signer, _] = chain();
    let auth = sign1(
        &map([(1, Value::from(-7))]),
        map([(33, signer)]),
        Value::Null,
    );
    let signed = map([
        ("itemsRequest", items(kit::NAME_SPACE, names.clone())),
        ("readerAuth", auth),
    ]);
    let plain = || map([("itemsRequest", items("org.example", names.clone()))]);
    let request = |documents: Value| {
        encode(&map([
            ("version", Value::from("1.0")),
            ("docRequests", documents),
        ]))
    };
    vec![
        ("plain", request(array([plain()]))),
        ("signed", request(array([signed.clone()]))),
        ("two", request(array([plain(), signed]))),
    ]
}

/// Draws that are the same in each run.
struct Draws;

impl vitacard::crypto::SecureRandom for Draws {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), vitacard::crypto::CryptoError> {
        out.fill(3);
        Ok(())
    }
}

fn engagement() -> Seeds {
    let ble = BleOptions::default()
        .with_central_client([7; 16])
        .with_peripheral_server([8; 16])
        .with_address([9; 6])
        .with_psm(192);
    let nfc = RetrievalMethod::Nfc {
        max_command: 255,
        max_response: 256,
    };
    let wifi = RetrievalMethod::Other {
        kind: 3,
        version: 1,
        options: &[0xa1, 0, 0x61, b'x'],
    };
    let new = |methods: &[RetrievalMethod<'_>]| {
        Engagement::new(methods, &RUSTCRYPTO, &mut Draws).unwrap()
    };
    let all = new(&[RetrievalMethod::Ble(ble), nfc, wifi]);
    let oob = BleOob::new(LeRole::Central, [7; 16]).with_address([1; 6], 1);
    let other = NdefRecord::external(b"iso.org:18013:nfc", b"nfc", &[1, 2]);
    let carriers = [Carrier::Ble(oob), Carrier::Other(other)];
    let select = new(&[]).to_handover_select(&carriers).unwrap();
    let request = HandoverRequest::encode([1, 2], &carriers).unwrap();
    let bare = HandoverSelect::encode(&[0xa0], &carriers[1..]).unwrap();
    let nfc = SessionTranscript::nfc(all.as_bytes(), &[0xa0], &bare, Some(&request)).unwrap();
    vec![
        ("plain", new(&[]).as_bytes().to_vec()),
        ("methods", all.as_bytes().to_vec()),
        ("uri", all.to_uri().into_bytes()),
        ("uri_short", b"MDOC:owBj".to_vec()),
        ("select", select),
        ("select_bare", bare.clone()),
        ("request", request.clone()),
        ("transcript", kit::transcript()),
        ("transcript_tagged", encode(&tag24(kit::transcript()))),
        ("transcript_nfc", nfc.to_bytes()),
    ]
}

/// What `fuzz_targets/channel.rs` reads: an operation, a length and so many bytes.
fn operations<const N: usize>(real: bool, operations: [(u8, &[u8]); N]) -> Vec<u8> {
    let mut out = vec![u8::from(!real)];
    for (operation, content) in operations {
        out.extend([operation, u8::try_from(content.len()).unwrap()]);
        out.extend(content);
    }
    out
}

fn channel() -> Seeds {
    let unsealed = [&b"hello"[..], &[0; 16]].concat();
    let data = encode(&map([("data", Value::Bytes(unsealed.clone()))]));
    let key = tag24(encode(&kit::cose_key("reader")));
    let first = encode(&map([
        ("eReaderKey", key),
        ("data", Value::Bytes(unsealed)),
    ]));
    let status = |status: u64| encode(&map([("status", Value::from(status))]));
    let (ended, failed) = (status(20), status(11));
    vec![
        (
            "exchange",
            operations(
                true,
                [
                    (0, b"request"),
                    (0, b"response"),
                    (1, b"more"),
                    (2, b"last"),
                ],
            ),
        ),
        (
            "terminate",
            operations(true, [(0, b"request"), (12, b""), (0, b"late")]),
        ),
        (
            "refuse",
            operations(true, [(0, b"request"), (13, b"\xa1"), (0, b"late")]),
        ),
        (
            "replay",
            operations(
                true,
                [
                    (0, b"request"),
                    (4, b"held"),
                    (6, &[0, 0, 0, 0]),
                    (6, &[0, 0, 0, 0]),
                ],
            ),
        ),
        (
            "altered",
            operations(true, [(0, b"request"), (5, b"held"), (7, &[0, 9, 1, 0])]),
        ),
        (
            "capped",
            operations(
                true,
                [
                    (0, b"request"),
                    (14, &[3]),
                    (15, &[3]),
                    (0, b"abc"),
                    (1, b"abcd"),
                ],
            ),
        ),
        (
            "injected",
            operations(true, [(0, b"request"), (10, &ended), (11, &failed)]),
        ),
        (
            "unsealed",
            operations(
                false,
                [(0, b"request"), (10, &data), (11, &data), (10, &ended)],
            ),
        ),
        (
            "unsealed_first",
            operations(false, [(1, &first), (11, &data)]),
        ),
    ]
}

fn cbor() -> Seeds {
    let nested = [&[0x81; 16][..], &[0]].concat();
    let keys = map([(3, Value::from(1)), (1, 2.into()), (-1, 3.into())]);
    let text = |text: &str| encode(&text.into());
    let key = SoftwareAgreementKey::from_bytes(&[7; 32]).unwrap();
    let point = key.public_key();
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let own_key = [b"\xa4\x01\x02\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat();
    let content = [
        &b"\x84\x43\xa1\x01\x03\xa1\x05\x4c"[..],
        &[5; 12],
        b"\x52",
        &[6; 18],
    ]
    .concat();
    let recipient = [
        b"\x81\x83\x44\xa1\x01\x38\x18\xa1\x20",
        &own_key[..],
        b"\x40",
    ]
    .concat();
    let sealed = [content, recipient].concat();
    vec![
        ("numbers", b"\x86\x00\x18\x18\x19\x01\x00\x3a\xff\xff\xff\xff\x1b\xff\xff\xff\xff\xff\xff\xff\xff\x20".to_vec()),
        ("wide", b"\x9b\x00\x00\x00\x00\x00\x00\x00\x02\x19\x00\x01\x79\x00\x01a".to_vec()),
        ("simple", b"\x89\xf4\xf5\xf6\xf7\xf8\xff\xe0\xf9\x3c\x00\xfa\x7f\xc0\x00\x00\xfb\x3f\xb9\x99\x99\x99\x99\x99\x9a".to_vec()),
        ("nested", nested),
        ("keys", encode(&keys)),
        ("encoded", encode(&array([tag24(encode(&tag24(encode(&keys)))), Value::Bytes(encode(&keys))]))),
        ("date", text("2024-02-29T23:59:59Z")),
        ("date_fraction", encode(&date("1970-01-01T00:00:00.123Z"))),
        ("genuine", draft().issue().show().response()),
        ("own_key", own_key),
        ("sealed", sealed),
    ]
}

/// What `fuzz/fuzz_targets/status.rs` takes: what it is, then a list, coded numbers, or lengths and
/// an increment.
fn status() -> Seeds {
    let list = |bits, lst: &[u8]| {
        let lst = Value::Bytes(lst.to_vec());
        let list = map([("bits", Value::from(bits)), ("lst", lst)]);
        [&[0], &encode(&list)[..]].concat()
    };
    // Of the Token Status List draft: b9a3, and c944f9.
    let one = b"\x78\xda\xdb\xb9\x18\x00\x02\x17\x01\x5d";
    let two = b"\x78\xda\x3b\xe9\xf2\x13\x00\x03\xdf\x02\x07";
    // 3, 4, 9 and 2, by hand, and nothing.
    let numbers = [1, 0, 0, 0, 3, 0b1010_0110, 0];
    let other = [0, 0, 0, 0, 1, 0b1100_0000];
    let increment = |invalid: &[u8], valid: &[u8]| {
        let list = [0b0000_0100, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let lengths = [3, 10, u8::try_from(invalid.len()).unwrap()];
        [&lengths[..], &list, invalid, valid].concat()
    };
    vec![
        ("list", list(1, one)),
        ("list_of_two_bits", list(2, two)),
        ("list_of_bytes", list(8, one)),
        ("numbers", [&[1], &numbers[..]].concat()),
        ("numbers_below_1000", [&[2], &numbers[..]].concat()),
        ("no_numbers", vec![2, 0, 0, 0, 0, 0]),
        ("increment", increment(&numbers, &other)),
        ("increment_of_nothing", increment(&[0; 5], &[0; 5])),
        ("increment_contradicts", increment(&other, &numbers)),
    ]
}

/// What `fuzz/fuzz_targets/engine.rs` makes signatures of: a choice, three numbers, and changes.
fn engine() -> Seeds {
    let number = |last: u8| {
        let mut number = [0; 32];
        number[31] = last;
        number
    };
    let x_above_n = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632554");
    let x_above_n: [u8; 32] = x_above_n.unwrap().try_into().unwrap();
    let input = |choice: u8, numbers: [[u8; 32]; 3], changes: &[u8]| {
        [&[choice], numbers.as_flattened(), changes].concat()
    };
    let (key, first, second) = ([0x11; 32], [0x22; 32], [0xee; 32]);
    vec![
        ("multipliers", input(0, [key, first, second], &[])),
        ("flash_tables", input(1 | 2 << 2, [key, second, first], &[])),
        (
            "compact_tables",
            input(2 | 1 << 2, [key, first, first], &[]),
        ),
        ("full_tables", input(3, [second, key, first], &[])),
        ("hash_of_zero", input(0, [key, [0; 32], first], &[])),
        ("doubled", input(1, [number(1), number(9), number(9)], &[])),
        ("small", input(3, [number(2), number(16), number(255)], &[])),
        ("other_hash", input(0, [key, first, second], &[95, 1])),
        ("other_key", input(0, [key, first, second], &[63, 1])),
        ("other_r", input(0, [key, first, second], &[96, 0x80])),
        ("other_s", input(0, [key, first, second], &[159, 1])),
        ("r_plus_n", input(0x40, [x_above_n, first, second], &[])),
        ("r_plus_n_odd", input(0x61, [x_above_n, first, second], &[])),
        ("any", input(0x80, [number(5), first, second], &[])),
    ]
}

fn differential() -> Seeds {
    let es256 = || map([(1, Value::from(-7))]);
    let empty = || Value::Map(vec![]);
    let payload = || Value::Bytes(encode(&tag24(vec![0xa0])));
    let [signer, intermediate] = chain();
    let chained = map([(33, array([signer.clone(), intermediate]))]);
    let critical = map([(1, Value::from(-8)), (2, array([33.into()])), (33, signer)]);
    let mac0 = |payload: Value| {
        let protected = Value::Bytes(encode(&map([(1, Value::from(5))])));
        array([protected, empty(), payload, Value::Bytes(vec![0; 32])])
    };
    let unprotected = map([(4, Value::Bytes(vec![1])), (-70_000, "private".into())]);
    vec![
        ("sign1", encode(&sign1(&es256(), chained, payload()))),
        ("sign1_detached", encode(&sign1(&es256(), empty(), Value::Null))),
        ("sign1_tagged", encode(&Value::Tag(18, Box::new(sign1(&critical, empty(), payload()))))),
        ("sign1_es384", encode(&sign1(&map([(1, Value::from(-35))]), unprotected, payload()))),
        ("sign1_there", encode(&sign1(&es256(), empty(), Value::Bytes(b"\x65there".to_vec())))),
        ("mac0", encode(&mac0(Value::Null))),
        ("mac0_tagged", encode(&Value::Tag(17, Box::new(mac0(payload()))))),
        ("key", encode(&kit::cose_key("device"))),
        ("key_compressed", encode(&key_compressed())),
        ("key_p384", encode(&key_p384())),
        ("key_ed25519", encode(&key_ed25519())),
        ("values", encode(&hollow("SHA-256", 32).items[1].value)),
        ("bignum", b"\x82\xc2\x41\x01\xc3\x51\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11".to_vec()),
        ("genuine", encode(&array([raw(&draft().issue().show().response())]))),
    ]
}

/// Vaults of another device, without Argon2id and with.
fn vault() -> Seeds {
    let answers = include_str!("../test-vectors/vault/known_answers.json");
    let answers: serde_json::Value = serde_json::from_str(answers).unwrap();
    let file = |i: usize| hex::decode(answers[i]["file"].as_str().unwrap()).unwrap();
    vec![
        ("sha256", file(0)),
        ("ten_tries", file(1)),
        ("argon2id", file(2)),
    ]
}
