//! Responses of every kind: good, bad, odd, and made to do harm.

use ciborium::Value;
use vitacard::crypto::{PublicKey, RUSTCRYPTO, SoftwareAgreementKey};
use vitacard::holder::{Card, Consent, DeviceProof};
use vitacard::reader::{
    Conditions, DeviceRequest, DeviceResponse, Exchange, ItemsRequest, Policy, Request, Standing,
    VerifiedDocument, VerifiedResponse,
};
use vitacard::session::SessionTranscript;
use vitacard::trust::{RevocationLists, TrustAnchors};
use vitacard::{DocType, ElementId, Error, NameSpace, Validity, unix_time};

use crate::kit::{self, Draft, Item, NOW, Shown, array, at, insert, map, tag24};
use crate::pki::{Entity, Key, Profile};
use crate::signatures::{N, device_signature, twin, with_parity_of, with_signature};

/// What all kinds have in common.
pub(crate) struct World {
    root: Entity,
    lists: RevocationLists,
    reader_key: SoftwareAgreementKey,
    request: Vec<u8>,
}

/// A response, and the exchange that it is checked in.
pub(crate) struct Kind {
    pub(crate) name: String,
    pub(crate) response: Vec<u8>,
    policy: Policy,
    now: u64,
    lists: bool,
    reader_key: bool,
    request: bool,
}

/// All that can be seen of a verdict.
pub(crate) type Verdict = Result<Vec<Document>, Error>;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Document {
    doc_type: String,
    elements: Vec<(String, String, Vec<u8>)>,
    device_elements: Vec<(String, String, Vec<u8>)>,
    unrequested: usize,
    proof: DeviceProof,
    standing: Standing,
    validity: Validity,
    issuer: String,
}

pub(crate) fn seen(verdict: Result<VerifiedResponse<'_>, Error>) -> Verdict {
    verdict.map(|verified| verified.documents().map(document).collect())
}

fn document(document: &VerifiedDocument<'_>) -> Document {
    let elements = document.elements().map(|element| {
        let name = (element.name_space().to_string(), element.id().to_string());
        (name.0, name.1, element.value().as_cbor().to_vec())
    });
    let device_elements = document.device_elements().map(|element| {
        let name = (element.name_space().to_string(), element.id().to_string());
        (name.0, name.1, element.value().as_cbor().to_vec())
    });
    Document {
        doc_type: document.doc_type().to_string(),
        elements: elements.collect(),
        device_elements: device_elements.collect(),
        unrequested: document.unrequested().count(),
        proof: document.proof(),
        standing: document.standing(),
        validity: document.validity(),
        issuer: document.issuer_signed().issuer().to_string(),
    }
}

impl Kind {
    fn new(name: impl Into<String>, response: Vec<u8>) -> Self {
        let mut policy = Policy::default();
        policy.cards_without_status = true;
        Self {
            name: name.into(),
            response,
            policy,
            now: NOW,
            lists: false,
            reader_key: false,
            request: false,
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    #[expect(clippy::unused_self, reason = "all of one session")]
    pub(crate) fn transcript(&self) -> SessionTranscript<'static> {
        static BYTES: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(kit::transcript);
        SessionTranscript::given(&BYTES).unwrap()
    }

    pub(crate) fn exchange<'e>(
        &'e self,
        world: &'e World,
        transcript: &'e SessionTranscript<'e>,
    ) -> Exchange<'e> {
        let mut conditions = Conditions::new(unix_time(self.now), &self.policy);
        if self.lists {
            conditions = conditions.with_crls(&world.lists);
        }
        let mut exchange = Exchange::new(transcript, conditions);
        if self.reader_key {
            exchange = exchange.with_reader_key(&world.reader_key);
        }
        if self.request {
            exchange = exchange.with_request(DeviceRequest::parse(&world.request).unwrap());
        }
        exchange
    }

    pub(crate) fn claim<T>(
        &self,
        world: &World,
        then: impl FnOnce(DeviceResponse<'_>, Exchange<'_>) -> T,
    ) -> T {
        let transcript = self.transcript();
        let response = DeviceResponse::parse(&self.response).unwrap();
        then(response, self.exchange(world, &transcript))
    }
}

/// A draft for the device with this seed, whose issuer says that its R are even, or does not.
pub(crate) fn draft(device: &str, hint: bool) -> Draft {
    kit::draft().with(|draft| {
        let key_info = at(&mut draft.mso, &["deviceKeyInfo"]);
        *at(key_info, &["deviceKey"]) = kit::cose_key(device);
        if hint {
            let hint = map([(-70_002, Value::Bytes(vec![1]))]);
            insert(key_info, "keyInfo", hint);
        }
    })
}

/// As [`draft`], shown by that device with an R of this parity.
pub(crate) fn shown(device: &'static str, hint: bool, even: bool) -> Shown {
    show(draft(device, hint), device, even)
}

fn show(draft: Draft, device: &'static str, even: bool) -> Shown {
    let issued = draft.issue().with(|issued| issued.device = device);
    with_parity_of(&issued.show(), device, even)
}

fn hinted(device: &'static str) -> Shown {
    shown(device, true, true)
}

const DEVICES: [&str; 4] = ["device", "device a", "device b", "device c"];

impl World {
    pub(crate) fn new() -> Self {
        let root = Entity::root();
        let revoked = root.issue(Profile::document_signer(), "revoked").profile;
        let revoked = Profile {
            serial: vec![0x77; 8],
            ..revoked
        };
        let list = root.crl().with(|list| list.revoked.push(revoked.serial));
        let list = list.sign(&root.key);
        let items = ItemsRequest::new(DocType::new(kit::DOC_TYPE).unwrap()).with_element(
            NameSpace::new(kit::NAME_SPACE).unwrap(),
            ElementId::new("given_name").unwrap(),
            false,
        );
        Self {
            root,
            lists: RevocationLists::new(&[&list]).unwrap(),
            reader_key: SoftwareAgreementKey::from_bytes(&[9; 32]).unwrap(),
            request: Request::new([items]).unwrap().to_bytes(),
        }
    }

    pub(crate) fn anchors(&self) -> TrustAnchors {
        let mut anchors = TrustAnchors::new();
        anchors.add_root(&self.root.der).unwrap();
        let issuer = Key::from_seed("issuer").public_sec1();
        anchors.pin_key(PublicKey::p256(&issuer).unwrap());
        anchors
    }

    pub(crate) fn kinds(&self) -> Vec<Kind> {
        let mut kinds = good();
        kinds.extend(signatures());
        kinds.extend(headers());
        kinds.extend(of_steps_before());
        kinds.extend(several_documents());
        kinds.extend(device_elements());
        kinds.extend(self.chains());
        kinds.extend(self.macs());
        kinds
    }

    fn chains(&self) -> Vec<Kind> {
        let signed = |seed: &'static str, der: &[u8], device, even| {
            let draft = draft(device, true).with(|draft| {
                draft.issuer = seed;
                draft.unprotected = map([(33, Value::Bytes(der.into()))]);
            });
            show(draft, device, even).response()
        };
        let mut kinds = Vec::new();
        let profile = Profile::document_signer;
        for (seed, device) in [("signer a", "device"), ("signer b", "device a")] {
            let leaf = self.root.issue(profile(), seed);
            let good = |even| signed(seed, &leaf.der, device, even);
            kinds.push(Kind::new(format!("good {seed}"), good(true)));
            kinds.push(Kind::new(format!("good {seed}, odd"), good(false)));
            let listed = Kind::new(format!("good {seed}, under a list"), good(true));
            kinds.push(listed.with(|kind| kind.lists = true));
            let other = signed("signer c", &leaf.der, device, true);
            kinds.push(Kind::new(format!("bad signature of {seed}"), other));
            let late = Kind::new(format!("bad expired {seed}"), good(true));
            kinds.push(late.with(|kind| kind.now = leaf.profile.not_after + 1));
        }
        let revoked = profile().with(|leaf| leaf.serial = vec![0x77; 8]);
        let revoked = self.root.issue(revoked, "signer a");
        let response = signed("signer a", &revoked.der, "device", true);
        let unlisted = Kind::new("good revoked, without a list", response.clone());
        let listed = Kind::new("bad revoked", response).with(|kind| kind.lists = true);
        let forged = self.root.impostor("attacker").issue(profile(), "signer a");
        let forged = signed("signer a", &forged.der, "device", true);
        let rubbish = signed("signer a", b"no certificate", "device", true);
        kinds.extend([unlisted, listed, Kind::new("bad chain", forged)]);
        kinds.push(Kind::new("bad certificate", rubbish));
        kinds
    }

    fn macs(&self) -> Vec<Kind> {
        use vitacard::crypto::AgreementKey as _;
        let mac = |hint, reader_key: &SoftwareAgreementKey| {
            let issued = draft("device", hint).issue();
            let bytes = kit::encode(&issued.issuer_signed());
            let now = unix_time(NOW);
            let card = Card::accept(&bytes, &self.anchors(), &RUSTCRYPTO, now).unwrap();
            let card = card.with_proof(DeviceProof::Mac).unwrap();
            let request = DeviceRequest::parse(&self.request).unwrap();
            let consent = request
                .documents()
                .fold(Consent::none(), |all, one| all.everything_asked(&one));
            let transcript = kit::transcript();
            let transcript = SessionTranscript::given(&transcript).unwrap();
            let unsigned = card.present(&request, &consent, &transcript).unwrap();
            let device = Key::from_seed("device").scalar();
            let device = SoftwareAgreementKey::from_bytes(&device).unwrap();
            let key = reader_key.public_key();
            let response = unsigned.complete_with_mac(&device, &key, &RUSTCRYPTO);
            response.unwrap().to_bytes()
        };
        let other = SoftwareAgreementKey::from_bytes(&[10; 32]).unwrap();
        let checked = |kind: &mut Kind| kind.reader_key = true;
        vec![
            Kind::new("good MAC", mac(false, &self.reader_key)).with(checked),
            Kind::new("good MAC, hinted", mac(true, &self.reader_key)).with(checked),
            Kind::new("bad MAC", mac(true, &other)).with(checked),
            Kind::new("bad MAC without a key", mac(true, &self.reader_key)),
            Kind::new("bad MAC not accepted", mac(true, &self.reader_key))
                .with(checked)
                .with(|kind| kind.policy.accept_mac = false),
        ]
    }
}

fn good() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for device in DEVICES {
        for hint in [true, false] {
            for even in [true, false] {
                let name = format!("good {device}, hint {hint}, even {even}");
                kinds.push(Kind::new(name, shown(device, hint, even).response()));
            }
        }
    }
    let requested = Kind::new("good, requested", hinted("device").response());
    kinds.push(requested.with(|kind| kind.request = true));
    kinds
}

/// Signatures that are not by the device, or are none at all.
fn signatures() -> Vec<Kind> {
    let good = hinted("device");
    let (signature, _) = device_signature(&good);
    let (r, s) = signature.split_at(32);
    let (zero, most) = ([0; 32], [0xff; 32]);
    let mut after_n = N;
    after_n[31] += 1;
    let mut one = zero;
    one[31] = 1;
    let mut last = N;
    last[31] -= 1;
    let pairs: [(&str, &[u8], &[u8]); 14] = [
        ("r = 0", &zero, s),
        ("s = 0", r, &zero),
        ("both 0", &zero, &zero),
        ("r = n", &N, s),
        ("s = n", r, &N),
        ("r > n", &after_n, s),
        ("s > n", r, &after_n),
        ("both most", &most, &most),
        ("r = 1", &one, s),
        ("s = 1", r, &one),
        ("r = n - 1", &last, s),
        ("s = n - 1", r, &last),
        ("exchanged", s, r),
        ("r twice", r, r),
    ];
    let mut kinds: Vec<_> = pairs
        .into_iter()
        .map(|(name, r, s)| (name.to_owned(), [r, s].concat()))
        .collect();
    for bit in [0, 255, 256, 511] {
        let mut flipped = signature;
        flipped[bit / 8] ^= 1 << (bit % 8);
        kinds.push((format!("bit {bit}"), flipped.into()));
        kinds.push((format!("bit {bit}, other half"), twin(&flipped).into()));
    }
    for length in [0, 1, 32, 63] {
        kinds.push((format!("{length} bytes"), signature[..length].into()));
    }
    kinds.push(("65 bytes".into(), [&signature[..], &[0]].concat()));
    let mut kinds: Vec<_> = kinds
        .into_iter()
        .map(|(name, signature)| {
            let response = with_signature(&good, &signature).response();
            Kind::new(format!("bad {name}"), response)
        })
        .collect();
    let [a, b] = ["device a", "device b"].map(hinted);
    for (name, to, from) in [("a", &a, &b), ("b", &b, &a)] {
        let swapped = with_signature(to, &device_signature(from).0);
        kinds.push(Kind::new(format!("bad swapped {name}"), swapped.response()));
    }
    let other_key = draft("device", true).issue();
    let other_key = other_key.with(|issued| issued.device = "thief").show();
    kinds.push(Kind::new("bad key", other_key.response()));
    let other_session = kit::encode(&array([Value::Null, Value::Null, Value::Null]));
    let other_session = draft("device", true).issue().show_in(&other_session);
    kinds.push(Kind::new("bad session", other_session.response()));
    kinds
}

fn headers() -> Vec<Kind> {
    let protected = |value| {
        let issued = draft("device", true).issue();
        let issued = issued.with(|issued| issued.device_protected = value);
        issued.show().response()
    };
    let attached = |payload: Vec<u8>| {
        let shown = hinted("device").with(|shown| {
            let sign1 = at(&mut shown.device_auth, &["deviceSignature"]);
            sign1.as_array_mut().unwrap()[2] = Value::Bytes(payload);
        });
        shown.response()
    };
    let name_spaces = kit::encode(&tag24(vec![0xa0]));
    let same = kit::device_authentication(&kit::transcript(), &kit::DOC_TYPE.into(), &name_spaces);
    let declared = |parameter: i64, value: Value| {
        let draft = draft("device", true).with(|draft| {
            let key = at(&mut draft.mso, &["deviceKeyInfo", "deviceKey"]);
            insert(key, parameter, value);
        });
        show(draft, "device", true).response()
    };
    vec![
        Kind::new("bad, no alg", protected(Value::Map(vec![]))),
        Kind::new("bad, ES384", protected(map([(1, Value::from(-35))]))),
        Kind::new("bad, HMAC", protected(map([(1, Value::from(5))]))),
        Kind::new("good, attached", attached(same)),
        Kind::new("bad, attached", attached(vec![1])),
        Kind::new("good, declared", declared(3, (-7).into())),
        Kind::new("bad, declared otherwise", declared(3, (-35).into())),
        Kind::new("bad, only derives", declared(4, array([7.into()]))),
    ]
}

/// What is refused before the device signature is looked at.
fn of_steps_before() -> Vec<Kind> {
    let response = || hinted("device").response();
    let at_time = |name: &str, now| Kind::new(name, response()).with(|kind| kind.now = now);
    let early = |kind: &mut Kind| kind.policy.refuse_early = true;
    let drafted = |name: &str, change: fn(&mut Draft)| {
        let draft = draft("device", true).with(change);
        Kind::new(name, show(draft, "device", true).response())
    };
    let no_document = map([("version", "1.0".into()), ("status", Value::from(10))]);
    vec![
        at_time("bad expired", NOW + 100_000_000),
        at_time("bad expired early", NOW + 100_000_000).with(early),
        at_time("bad not yet valid", NOW - 31_000_000),
        at_time("bad clock", 0),
        Kind::new("bad status", response()).with(|kind| kind.policy.cards_without_status = false),
        drafted("bad issuer", |draft| draft.issuer = "stranger"),
        drafted("bad digest", |draft| draft.items[1].value = "Other".into()),
        drafted("bad duplicate", |draft| {
            let again = Item::new(0, "family_name", "Martin");
            draft.items.push(again);
        }),
        drafted("bad type", |draft| {
            *at(&mut draft.mso, &["docType"]) = "org.example".into();
        }),
        Kind::new("bad, no document", kit::encode(&no_document)),
    ]
}

fn several_documents() -> Vec<Kind> {
    let good = |device| hinted(device).document();
    let odd = |device| shown(device, true, false).document();
    let bad = |device| with_signature(&hinted(device), &[7; 64]).document();
    let unhinted = |device| shown(device, false, true).document();
    let digest = || {
        let draft = draft("device", true).with(|draft| draft.items[0].value = "Other".into());
        show(draft, "device", true).document()
    };
    let response = |documents: Vec<Value>| {
        kit::encode(&map([
            ("version", "1.0".into()),
            ("documents", Value::Array(documents)),
            ("status", Value::from(0)),
        ]))
    };
    let two = |name: &str, a, b| Kind::new(name, response(vec![a, b]));
    vec![
        two("good and good", good("device"), good("device a")),
        two("good and odd", good("device"), odd("device a")),
        two("good, odd first", odd("device"), good("device a")),
        two("good and the same", good("device"), good("device")),
        two(
            "good without a hint first",
            unhinted("device"),
            good("device a"),
        ),
        two(
            "good without a hint last",
            good("device"),
            unhinted("device a"),
        ),
        two("bad last", good("device"), bad("device a")),
        two("bad first", bad("device"), good("device a")),
        two("bad both", bad("device"), bad("device a")),
        two("bad first and digest", bad("device"), digest()),
        two("bad digest last", good("device"), digest()),
        two("bad digest first", digest(), bad("device")),
        Kind::new(
            "good sixteen",
            response((0..16).map(|i| good(DEVICES[i % 4])).collect()),
        ),
        Kind::new(
            "bad first of sixteen",
            response(
                (0..16)
                    .map(|i| {
                        if i == 0 {
                            bad("device")
                        } else {
                            good("device a")
                        }
                    })
                    .collect(),
            ),
        ),
        Kind::new(
            "bad last of sixteen",
            response(
                (0..16)
                    .map(|i| {
                        if i == 15 {
                            bad("device")
                        } else {
                            good("device a")
                        }
                    })
                    .collect(),
            ),
        ),
    ]
}

/// What the device signs beside its name is looked at once its signature is good.
fn device_elements() -> Vec<Kind> {
    let said = |authorized: &str, good: bool| match good {
        true => saying(authorized).response(),
        false => with_signature(&saying(authorized), &[1; 64]).response(),
    };
    vec![
        Kind::new("good device element", said("n", true)),
        Kind::new("bad device element", said("m", true)),
        Kind::new("bad device element, not signed", said("m", false)),
        Kind::new("bad signature over a device element", said("n", false)),
    ]
}

/// With an element that the device signed, allowed to sign those of name space `authorized`.
pub(crate) fn saying(authorized: &str) -> Shown {
    let draft = draft("device", true).with(|draft| {
        let key_info = at(&mut draft.mso, &["deviceKeyInfo"]);
        let name_spaces = map([("nameSpaces", array([authorized.into()]))]);
        insert(key_info, "keyAuthorizations", name_spaces);
    });
    let issued = draft.issue().with(|issued| {
        issued.device_name_spaces = map([("n", map([("e", Value::from(1))]))]);
    });
    with_parity_of(&issued.show(), "device", true)
}
