//! Responses to verify, each of another holder, all of one issuer.

use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer as _};
use vitacard::delegation::{
    DelegationPolicy, Lending, MAX_SECS, Purpose, PurposeSet, RequestDraft,
};
use vitacard::holder::{Card, Consent, DelegatedCard, DeviceRequest, Grant};
use vitacard::issuer::Draft;
use vitacard::reader::{ItemsRequest, Request};
use vitacard::session::SessionTranscript;
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, ElementId, NameSpace, Validity, unix_time};

use crate::authority::Authority;
use crate::ours;
use crate::pki::Key;
use crate::signing::{Salts, Signed, Signer, other_form};

/// `[null, null, ["bench-vector"]]`; see `peers::isomdl`, which encodes the same.
pub const TRANSCRIPT: &[u8] = b"\x83\xf6\xf6\x81\x6cbench-vector";
/// isomdl reads no others.
pub const DOC_TYPE: &str = "org.iso.18013.5.1.mDL";
pub const NAME_SPACE: &str = "org.iso.18013.5.1";

/// For what cards are lent and read.
pub const PURPOSE: Purpose<'_> = Purpose::new("org.vitacard", 1);

const PORTRAIT: usize = 10_240;
const DAY: u64 = 86_400;

/// What is on a card, and how it is signed.
#[derive(Clone, Copy)]
pub struct Kind {
    pub elements: usize,
    pub portrait: bool,
}

impl Kind {
    /// A card of so many texts.
    pub const fn of_ours(elements: usize) -> Self {
        Self {
            elements,
            portrait: false,
        }
    }
}

/// A `DeviceResponse` in which all of the card is shown.
#[derive(Clone)]
pub struct Response {
    pub bytes: Vec<u8>,
    pub by_issuer: Signed,
    pub by_device: Signed,
}

pub struct Cards {
    pub eight: Vec<Response>,
    pub thirty_five: Vec<Response>,
    /// 27 elements and a portrait of 10 kB.
    pub portrait: Vec<Response>,
    /// In turns: a genuine one that says "even" and is odd, and a forged one. The first costs a
    /// reader time that believes the hint, the second spoils every equation that it is a part of.
    pub hostile: Vec<Response>,
    pub delegated: Delegated,
}

/// Cards of eight elements, each lent, and shown by a delegate.
pub struct Delegated {
    pub responses: Vec<Lent>,
    /// What the reader asks, of delegates too.
    pub request: Vec<u8>,
}

/// A response of a delegate.
#[derive(Clone)]
pub struct Lent {
    pub shown: Response,
    /// The card's key, under the delegation.
    pub by_holder: Signed,
}

impl Lent {
    /// The three that a reader verifies when it knows the issuer.
    pub const fn signatures(&self) -> [&Signed; 3] {
        let [issuer, delegate] = self.shown.signatures();
        [issuer, &self.by_holder, delegate]
    }
}

impl Cards {
    pub fn issue(authority: &Authority) -> Self {
        let portrait = Kind {
            portrait: true,
            ..Kind::of_ours(27)
        };
        let mut hostile = issue(authority, Kind::of_ours(8), 256);
        for odd in &mut hostile {
            odd.take_other_forms();
        }
        for forged in hostile.iter_mut().skip(1).step_by(2) {
            forged.spoil_signature(Whose::Device);
        }
        Self {
            eight: issue(authority, Kind::of_ours(8), 256),
            thirty_five: issue(authority, Kind::of_ours(35), 32),
            portrait: issue(authority, portrait, 32),
            hostile,
            delegated: Delegated::issue(authority, 32),
        }
    }
}

impl Delegated {
    fn issue(authority: &Authority, count: usize) -> Self {
        let (responses, mut requests): (_, Vec<_>) = (0..count)
            .map(|holder| lend_and_show(authority, holder))
            .unzip();
        Self {
            responses,
            request: requests.swap_remove(0),
        }
    }
}

/// So many cards of a kind, shown.
pub fn issue(authority: &Authority, kind: Kind, count: usize) -> Vec<Response> {
    (0..count)
        .map(|holder| Response::new(authority, kind, holder))
        .collect()
}

impl Response {
    fn new(authority: &Authority, kind: Kind, holder: usize) -> Self {
        let (issuer, device) = signers(authority, holder);
        let draft = draft(authority, kind, &device);
        let card = card(authority, draft, &issuer, holder);
        Self {
            bytes: show(&card, &device),
            by_issuer: issuer.last(),
            by_device: device.last(),
        }
    }

    /// The two that a reader verifies when it knows the issuer.
    pub const fn signatures(&self) -> [&Signed; 2] {
        [&self.by_issuer, &self.by_device]
    }

    /// Flips the last bit of a signature.
    pub fn spoil_signature(&mut self, whose: Whose) {
        let signature = match whose {
            Whose::Issuer => self.by_issuer.signature,
            Whose::Device => self.by_device.signature,
        };
        self.spoil(&signature);
    }

    /// Turns both signatures into those with an odd R, which are as good and which we never send.
    fn take_other_forms(&mut self) {
        for mut signed in [self.by_issuer.clone(), self.by_device.clone()] {
            let even = signed.signature;
            signed.signature = other_form(&even);
            let start = self.find(&even);
            self.bytes[start..start + even.len()].copy_from_slice(&signed.signature);
            match even == self.by_issuer.signature {
                true => self.by_issuer = signed,
                false => self.by_device = signed,
            }
        }
    }

    /// Flips the last bit of `part`.
    pub fn spoil(&mut self, part: &[u8]) {
        let start = self.find(part);
        self.bytes[start + part.len() - 1] ^= 1;
    }

    /// Where `part` stands, which must be in one place.
    fn find(&self, part: &[u8]) -> usize {
        let mut places = self.bytes.windows(part.len()).enumerate();
        let place = places.find(|(_, window)| *window == part);
        let (start, _) = place.expect("a part of the response");
        assert!(
            places.all(|(_, window)| window != part),
            "stands there twice"
        );
        start
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Whose {
    Issuer,
    Device,
}

/// The text of an element.
pub fn value(n: usize) -> String {
    format!("the value of element {n:02}")
}

fn signers(authority: &Authority, holder: usize) -> (Signer, Signer) {
    let device = Key::from_seed(&format!("holder {holder}"));
    (
        Signer::new(authority.signer.key.clone()),
        Signer::new(device),
    )
}

fn draft(authority: &Authority, kind: Kind, device: &Signer) -> Draft {
    let now = authority.now.as_secs();
    let validity = Validity::new(unix_time(now - DAY), unix_time(now + 30 * DAY)).unwrap();
    let name_space = NameSpace::new(NAME_SPACE).unwrap();
    let id = |id: &str| ElementId::new(id).unwrap().into_owned();
    let mut draft = Draft::new(
        DocType::new(DOC_TYPE).unwrap(),
        device.public_key(),
        validity,
    );
    draft = ours::with_even_r_hint(draft);
    for n in 0..kind.elements {
        draft = draft.with_element(
            name_space.borrowed(),
            id(&format!("element_{n:02}")),
            value(n),
        );
    }
    if kind.portrait {
        draft = draft.with_element(name_space, id("portrait"), vec![0xff; PORTRAIT]);
    }
    draft
}

fn card(authority: &Authority, draft: Draft, issuer: &Signer, holder: usize) -> Card {
    let salts = &mut Salts((holder as u64) << 32);
    let unsigned = draft.prepare(Algorithm::ES256, &RUSTCRYPTO, salts).unwrap();
    let bytes = unsigned
        .sign(issuer, &[&authority.signer.der], &RUSTCRYPTO)
        .unwrap();
    Card::accept(&bytes, &anchors(authority), &RUSTCRYPTO, authority.now).unwrap()
}

fn anchors(authority: &Authority) -> TrustAnchors {
    let mut anchors = TrustAnchors::new();
    anchors.add_root(&authority.root.der).unwrap();
    anchors
}

/// All of a card goes to a delegate, who shows it; and what he was asked.
fn lend_and_show(authority: &Authority, holder: usize) -> (Lent, Vec<u8>) {
    let (issuer, device) = signers(authority, holder);
    let delegate = Signer::new(Key::from_seed(&format!("delegate {holder}")));
    let policy = DelegationPolicy::lasting(MAX_SECS).unwrap();
    let draft = draft(authority, Kind::of_ours(8), &device).with_delegation(policy);
    let card = card(authority, draft, &issuer, holder);
    let (now, salts) = (authority.now, &mut Salts(1));
    let committed = RequestDraft::new(delegate.public_key());
    let committed = committed.commit(now, &RUSTCRYPTO, salts).unwrap();
    let hand_over = Lending::begin(committed.commitment(), salts).unwrap();
    let request = committed.answer(hand_over.nonce(), &RUSTCRYPTO).unwrap();
    let (open, request) = request.sign_with(&delegate, &RUSTCRYPTO).unwrap();
    let asked = hand_over.receive(&request, now, &RUSTCRYPTO).unwrap();
    let elements = card.elements();
    let elements = elements.map(|element| (element.name_space().clone(), element.id().clone()));
    let elements: Vec<_> = elements.collect();
    let until = unix_time(now.as_secs() + 14 * DAY);
    let grant = Grant::new(&card, &asked, &elements, PurposeSet::of(PURPOSE), now, until);
    let unsigned = card.delegate(grant.unwrap(), now, salts).unwrap();
    let loan = unsigned.sign_with(&device, &RUSTCRYPTO).unwrap();
    let parcel = loan.seal(&RUSTCRYPTO, salts).unwrap();
    let lent = DelegatedCard::accept(&parcel, open, &anchors(authority), &RUSTCRYPTO, now).unwrap();
    let request = request_of(&card, ItemsRequest::accepting_delegates);
    let asked = DeviceRequest::parse(&request).unwrap();
    let transcript = SessionTranscript::given(TRANSCRIPT).unwrap();
    let unsigned = lent.present(&asked, &PURPOSE, &consent(&asked), &transcript, now);
    let shown = Response {
        bytes: unsigned
            .unwrap()
            .sign_with(&delegate, &RUSTCRYPTO)
            .unwrap()
            .to_bytes(),
        by_issuer: issuer.last(),
        by_device: delegate.last(),
    };
    let by_holder = device.last();
    (Lent { shown, by_holder }, request)
}

/// Everything is asked for and agreed to.
fn show(card: &Card, device: &Signer) -> Vec<u8> {
    let request = request_of(card, |asked| asked);
    let request = DeviceRequest::parse(&request).unwrap();
    let transcript = SessionTranscript::given(TRANSCRIPT).unwrap();
    let unsigned = card
        .present(&request, &consent(&request), &transcript)
        .unwrap();
    unsigned.sign_with(device, &RUSTCRYPTO).unwrap().to_bytes()
}

fn request_of(card: &Card, of_whom: fn(ItemsRequest) -> ItemsRequest) -> Vec<u8> {
    let asked = card
        .elements()
        .fold(ItemsRequest::new(card.doc_type()), |asked, element| {
            asked.with_element(
                element.name_space().borrowed(),
                element.id().borrowed(),
                false,
            )
        });
    Request::new([of_whom(asked)]).unwrap().to_bytes()
}

fn consent(request: &DeviceRequest<'_>) -> Consent {
    request.documents().fold(Consent::none(), |consent, asked| {
        consent.everything_asked(&asked)
    })
}
