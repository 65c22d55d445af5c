//! Responses to verify, each of another holder, all of one issuer.

use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer as _};
use vitacard::holder::{Card, Consent, DeviceRequest};
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
        let issuer = Signer::new(authority.signer.key.clone());
        let device = Signer::new(Key::from_seed(&format!("holder {holder}")));
        let card = card(authority, kind, &issuer, &device, holder);
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

fn card(
    authority: &Authority,
    kind: Kind,
    issuer: &Signer,
    device: &Signer,
    holder: usize,
) -> Card {
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
    let salts = &mut Salts((holder as u64) << 32);
    let unsigned = draft.prepare(Algorithm::ES256, &RUSTCRYPTO, salts).unwrap();
    let bytes = unsigned
        .sign(issuer, &[&authority.signer.der], &RUSTCRYPTO)
        .unwrap();
    let mut anchors = TrustAnchors::new();
    anchors.add_root(&authority.root.der).unwrap();
    Card::accept(&bytes, &anchors, &RUSTCRYPTO, authority.now).unwrap()
}

/// Everything is asked for and agreed to.
fn show(card: &Card, device: &Signer) -> Vec<u8> {
    let asked = card
        .elements()
        .fold(ItemsRequest::new(card.doc_type()), |asked, element| {
            asked.with_element(
                element.name_space().borrowed(),
                element.id().borrowed(),
                false,
            )
        });
    let request = Request::new([asked]).unwrap().to_bytes();
    let request = DeviceRequest::parse(&request).unwrap();
    let consent = request.documents().fold(Consent::none(), |consent, asked| {
        consent.everything_asked(&asked)
    });
    let transcript = SessionTranscript::given(TRANSCRIPT).unwrap();
    let unsigned = card.present(&request, &consent, &transcript).unwrap();
    unsigned.sign_with(device, &RUSTCRYPTO).unwrap().to_bytes()
}
