//! An authority, its cards, and a reader that trusts it.

use vitacard::crypto::{
    Algorithm, CryptoError, CryptoProvider, RUSTCRYPTO, SecureRandom, Signer as _, SoftwareSigner,
    TableSize,
};
use vitacard::delegation::{
    DelegationPolicy, Lending, MAX_SECS, PendingRequest, Purpose, PurposeSet, RequestDraft,
    VerifiedDelegationRequest,
};
use vitacard::holder::{Card, Consent, DelegatedCard, DeviceRequest, Grant, UnsignedPresentation};
use vitacard::issuer::{Draft, UnsignedCard};
use vitacard::reader::{Conditions, DeviceResponse, Exchange, ItemsRequest, Policy};
use vitacard::reader::{Reader, Request};
use vitacard::session::SessionTranscript;
use vitacard::trust::{IssuerCache, TrustAnchors};
use vitacard::{DocType, ElementId, NameSpace, UnixTime, Validity, unix_time};

use crate::pki::{self, Entity, Key, Profile};

const NOW: UnixTime = unix_time(pki::NOW);
const DAY: u64 = 86_400;
const PURPOSE: Purpose<'_> = Purpose::new("org.vitacard", 1);
const TRANSCRIPT: &[u8] = b"\x83\xf6\xf6\x81\x6cbench-vector";

pub fn signer(seed: &str) -> SoftwareSigner {
    SoftwareSigner::from_bytes(&Key::from_seed(seed).scalar()).expect("a key")
}

/// What is on a card.
#[derive(Clone, Copy)]
pub struct Kind {
    elements: usize,
    portrait: usize,
}

impl Kind {
    pub const EIGHT: Self = Self::new(8, 0);
    pub const THIRTY_FIVE: Self = Self::new(35, 0);
    pub const PORTRAIT: Self = Self::new(27, 10_240);

    const fn new(elements: usize, portrait: usize) -> Self {
        Self { elements, portrait }
    }
}

pub struct Authority {
    root: Entity,
    pub signer: Entity,
    pub key: SoftwareSigner,
}

impl Authority {
    pub fn new() -> Self {
        let root = Entity::root();
        let signer = root.issue(Profile::document_signer(), "document signer");
        let key = self::signer("document signer");
        Self { root, signer, key }
    }

    fn anchors(&self) -> TrustAnchors {
        let mut anchors = TrustAnchors::new();
        anchors.add_root(&self.root.der).expect("a root");
        anchors
    }

    fn sign(&self, unsigned: UnsignedCard) -> Vec<u8> {
        let chain: &[&[u8]] = &[&self.signer.der];
        let card = unsigned.sign(&self.key, chain, &RUSTCRYPTO);
        card.expect("a card")
    }
}

/// One of many who hold a card of this authority.
pub struct Holder {
    pub device: SoftwareSigner,
    card: Card,
    request: Vec<u8>,
}

impl Holder {
    pub fn new(authority: &Authority, kind: Kind, n: usize) -> Self {
        let card = authority.sign(prepare(draft(kind, n)));
        let card = Card::accept(&card, &authority.anchors(), &RUSTCRYPTO, NOW).expect("a card");
        Self::of(card, n)
    }

    /// Whose card may be lent.
    pub fn lending(authority: &Authority, kind: Kind, n: usize) -> Self {
        let policy = DelegationPolicy::lasting(MAX_SECS).expect("30 days");
        let card = authority.sign(prepare(draft(kind, n).with_delegation(policy)));
        let card = Card::accept(&card, &authority.anchors(), &RUSTCRYPTO, NOW).expect("a card");
        Self::of(card, n)
    }

    fn of(card: Card, n: usize) -> Self {
        let items = request(&card);
        Self {
            device: device(n),
            request: Request::new([items]).expect("a request").to_bytes(),
            card,
        }
    }

    /// From what a delegate asked for to what he is sent: all of the card, for two weeks.
    pub fn lend(&self, asked: VerifiedDelegationRequest) -> Vec<u8> {
        let elements = self.card.elements();
        let elements = elements.map(|element| (element.name_space().clone(), element.id().clone()));
        let elements: Vec<_> = elements.collect();
        let until = unix_time(NOW.as_secs() + 14 * DAY);
        let purposes = PurposeSet::of(PURPOSE);
        let grant = Grant::new(&self.card, &asked, &elements, purposes, NOW, until);
        let unsigned = self
            .card
            .delegate(grant.expect("a grant"), NOW, &mut Counter(2));
        let loan = unsigned
            .expect("a delegation")
            .sign_with(&self.device, &RUSTCRYPTO);
        let parcel = loan.expect("a loan").seal(&RUSTCRYPTO, &mut Counter(3));
        parcel.expect("a parcel")
    }

    /// All that the request asks for.
    pub fn present(&self) -> UnsignedPresentation {
        let request = DeviceRequest::parse(&self.request).expect("a request");
        let consent = request.documents().fold(Consent::none(), |consent, asked| {
            consent.everything_asked(&asked)
        });
        let transcript = SessionTranscript::given(TRANSCRIPT).expect("a transcript");
        let unsigned = self.card.present(&request, &consent, &transcript);
        unsigned.expect("all that is asked for")
    }

    /// What a delegate of his shows.
    fn delegated_response(&self, authority: &Authority, n: usize) -> Vec<u8> {
        let (open, asked) = ask(n);
        let (parcel, anchors) = (self.lend(asked), authority.anchors());
        let lent = DelegatedCard::accept(&parcel, open, &anchors, &RUSTCRYPTO, NOW);
        let lent = lent.expect("a lent card");
        let asked = asking(&self.card);
        let request = DeviceRequest::parse(&asked).expect("a request");
        let consent = request.documents().fold(Consent::none(), |consent, asked| {
            consent.everything_asked(&asked)
        });
        let transcript = SessionTranscript::given(TRANSCRIPT).expect("a transcript");
        let unsigned = lent.present(&request, &PURPOSE, &consent, &transcript, NOW);
        let response = unsigned
            .expect("what is lent")
            .sign_with(&delegate(n), &RUSTCRYPTO);
        response.expect("a response").to_bytes()
    }

    fn response(&self) -> Vec<u8> {
        let response = self.present().sign_with(&self.device, &RUSTCRYPTO);
        response.expect("a response").to_bytes()
    }
}

pub fn responses(authority: &Authority, kind: Kind, count: usize) -> Vec<Vec<u8>> {
    let response = |n| Holder::new(authority, kind, n).response();
    (0..count).map(response).collect()
}

/// Each shown by a delegate; and what the reader asked for.
pub fn delegated_responses(authority: &Authority, kind: Kind, count: usize) -> Delegated {
    let holders: Vec<_> = (0..count)
        .map(|n| Holder::lending(authority, kind, n))
        .collect();
    let response = |(n, holder): (usize, &Holder)| holder.delegated_response(authority, n);
    Delegated {
        responses: holders.iter().enumerate().map(response).collect(),
        request: asking(&holders[0].card),
    }
}

pub struct Delegated {
    pub responses: Vec<Vec<u8>>,
    pub request: Vec<u8>,
}

/// The hand-over up to the request: both phones did their part.
pub fn ask(n: usize) -> (PendingRequest, VerifiedDelegationRequest) {
    let draft = RequestDraft::new(delegate(n).public_key());
    let committed = draft
        .commit(NOW, &RUSTCRYPTO, &mut Counter(4))
        .expect("a commitment");
    let hand_over = Lending::begin(committed.commitment(), &mut Counter(5)).expect("a nonce");
    let unsigned = committed
        .answer(hand_over.nonce(), &RUSTCRYPTO)
        .expect("an answer");
    let (open, request) = unsigned
        .sign_with(&delegate(n), &RUSTCRYPTO)
        .expect("a request");
    let asked = hand_over.receive(&request, NOW, &RUSTCRYPTO);
    (open, asked.expect("a good request"))
}

/// The card says of its device key that it signs with an even R, as keys of ours do.
pub fn draft(kind: Kind, n: usize) -> Draft {
    let now = NOW.as_secs();
    let validity = Validity::new(unix_time(now - DAY), unix_time(now + 30 * DAY));
    let doc_type = DocType::new("org.iso.18013.5.1.mDL").expect("a docType");
    let name_space = NameSpace::new("org.iso.18013.5.1").expect("a name space");
    let id = |id: &str| ElementId::new(id).expect("an identifier").into_owned();
    let mut draft = Draft::new(doc_type, device(n).public_key(), validity.expect("dates"));
    draft = draft.with_even_r_hint();
    for n in 0..kind.elements {
        let id = id(&format!("element_{n:02}"));
        draft = draft.with_element(name_space.borrowed(), id, format!("value {n:02}"));
    }
    match kind.portrait {
        0 => draft,
        len => draft.with_element(name_space, id("portrait"), vec![0xff; len]),
    }
}

pub fn prepare(draft: Draft) -> UnsignedCard {
    let unsigned = draft.prepare(Algorithm::ES256, &RUSTCRYPTO, &mut Counter(1));
    unsigned.expect("a card to sign")
}

fn device(n: usize) -> SoftwareSigner {
    signer(&format!("holder {n}"))
}

fn delegate(n: usize) -> SoftwareSigner {
    signer(&format!("delegate {n}"))
}

/// All of `card`, from delegates too.
fn asking(card: &Card) -> Vec<u8> {
    let items = request(card).accepting_delegates();
    Request::new([items]).expect("a request").to_bytes()
}

fn request(card: &Card) -> ItemsRequest {
    let items = ItemsRequest::new(card.doc_type());
    card.elements().fold(items, |items, element| {
        let name_space = element.name_space().borrowed();
        items.with_element(name_space, element.id().borrowed(), false)
    })
}

/// The same numbers in every run.
struct Counter(u64);

impl SecureRandom for Counter {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        for chunk in out.chunks_mut(8) {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            chunk.copy_from_slice(&self.0.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A reader at work.
pub struct Desk {
    reader: Reader,
    policy: Policy,
    transcript: SessionTranscript<'static>,
    cache: IssuerCache<4>,
    /// Sent to delegates too.
    request: Option<Vec<u8>>,
}

impl Desk {
    /// It has not met anyone yet.
    pub fn new(authority: &Authority, crypto: CryptoProvider) -> Self {
        let reader = Reader::new(crypto, authority.anchors());
        let mut policy = Policy::default();
        policy.cards_without_status = true;
        Self {
            policy,
            transcript: SessionTranscript::given(TRANSCRIPT).expect("a transcript"),
            cache: reader.anchors().cache().with_tables(TableSize::Full),
            reader,
            request: None,
        }
    }

    /// It asks delegates too.
    pub fn asking(mut self, request: &[u8]) -> Self {
        self.request = Some(request.to_vec());
        self
    }

    /// It has met the issuer of `response` so often that it has made a table of its key.
    pub fn knowing_issuer_of(mut self, response: &[u8]) -> Self {
        while self.cache.table_bytes() == 0 {
            self.verify(response);
        }
        self
    }

    pub fn forget_issuers(&mut self) {
        self.cache.clear();
    }

    pub fn verify(&mut self, response: &[u8]) {
        let mut exchange = Exchange::new(&self.transcript, Conditions::new(NOW, &self.policy));
        if let Some(request) = &self.request {
            let request = DeviceRequest::parse(request).expect("a request");
            exchange = exchange.with_request(request).for_purpose(PURPOSE);
        }
        let verified = DeviceResponse::parse(response).and_then(|response| {
            self.reader
                .verify_with(response, &exchange, &mut self.cache)
        });
        assert_eq!(verified.expect("a good response").documents().count(), 1);
    }

    pub fn verify_all(&mut self, responses: &[Vec<u8>]) {
        let exchange = Exchange::new(&self.transcript, Conditions::new(NOW, &self.policy));
        let claims = responses.iter().map(|response| {
            let response = DeviceResponse::parse(response);
            (response.expect("a response"), exchange)
        });
        let verdicts = self
            .reader
            .verify_all(claims, &mut self.cache, &mut Counter(1))
            .expect("verdicts");
        assert!(verdicts.iter().all(Result::is_ok), "good responses");
    }
}
