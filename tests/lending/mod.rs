//! A mother's card that can be lent, her daughter, and a pharmacy: with fixed keys, so that what
//! comes out is the same each time. Needs `pki` beside it.
#![allow(dead_code, reason = "each user of this needs a part of it")]

#[path = "../seeded/mod.rs"]
mod seeded;

use vitacard::crypto::{Algorithm, PublicKey, RUSTCRYPTO, Signer, SoftwareSigner};
use vitacard::delegation::{
    DelegationPolicy, Lending, MAX_SECS, PendingRequest, Purpose, PurposeSet, RequestDraft,
    VerifiedDelegationRequest,
};
use vitacard::holder::{Card, Consent, DelegatedCard, DeviceRequest, Grant, Loan};
use vitacard::issuer::Draft;
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, ItemsRequest, Policy, Reader, Request, VerifiedResponse,
};
use vitacard::session::SessionTranscript;
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, ElementId, Error, NameSpace, Validity, unix_time};

pub(crate) use seeded::Seeded;

use crate::pki::{Entity, Key, Profile};

pub(crate) const DOC_TYPE: &str = "org.iso.18013.5.1.mDL";
pub(crate) const NAME_SPACE: &str = "org.iso.18013.5.1";
pub(crate) const ELEMENTS: [(&str, &str); 4] = [
    ("family_name", "Martin"),
    ("given_name", "Camille"),
    ("birth_date", "1950-03-02"),
    ("document_number", "8025000000"),
];
/// 2026-06-01T00:00:00Z
pub(crate) const NOW: u64 = 1_780_272_000;
pub(crate) const DAY: u64 = 86_400;
pub(crate) const MEDICINE: Purpose<'_> = Purpose::new("org.vitacard", 1);
/// Of a session without engagement.
pub(crate) const TRANSCRIPT: &[u8] = &[0x83, 0xf6, 0xf6, 0xf6];

pub(crate) const MOTHER: &str = "mother's phone";
pub(crate) const DAUGHTER: &str = "daughter's key for the loan";
pub(crate) const DAUGHTERS_OWN: &str = "daughter's own card";

/// The key with this seed, as a phone would use it.
pub(crate) fn signer(seed: &str) -> SoftwareSigner {
    SoftwareSigner::from_bytes(&Key::from_seed(seed).scalar()).unwrap()
}

pub(crate) fn public_key(seed: &str) -> PublicKey {
    signer(seed).public_key()
}

/// One root, and a signer of cards below it.
pub(crate) struct Insurer {
    pub(crate) root: Entity,
    pub(crate) signer: Entity,
}

impl Insurer {
    pub(crate) fn new() -> Self {
        let root = Entity::root();
        let signer = root.issue(Profile::document_signer(), "document signer");
        Self { root, signer }
    }

    pub(crate) fn anchors(&self) -> TrustAnchors {
        let mut anchors = TrustAnchors::new();
        anchors.add_root(&self.root.der).unwrap();
        anchors
    }

    /// A card for the key with seed `holder`, with [`ELEMENTS`], for 90 days around [`NOW`].
    pub(crate) fn draft(&self, holder: &str) -> Draft {
        let window = Validity::new(unix_time(NOW - 10 * DAY), unix_time(NOW + 80 * DAY));
        let draft = Draft::new(
            DocType::new(DOC_TYPE).unwrap(),
            public_key(holder),
            window.unwrap(),
        );
        ELEMENTS.into_iter().fold(draft, |draft, (id, value)| {
            draft.with_element(name_space(), element(id), value)
        })
    }

    pub(crate) fn issue(&self, draft: Draft) -> Vec<u8> {
        let unsigned = draft
            .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut Seeded(1))
            .unwrap();
        let key = SoftwareSigner::from_bytes(&self.signer.key.scalar()).unwrap();
        unsigned
            .sign(&key, &[&self.signer.der], &RUSTCRYPTO)
            .unwrap()
    }

    /// The mother's card, as its phone keeps it.
    pub(crate) fn card_with(&self, policy: DelegationPolicy) -> Card {
        let bytes = self.issue(self.draft(MOTHER).with_delegation(policy));
        self.accept(&bytes)
    }

    pub(crate) fn card(&self) -> Card {
        self.card_with(any_policy())
    }

    /// The daughter's own card, which cannot be lent.
    pub(crate) fn own_card(&self) -> Card {
        self.accept(&self.issue(self.draft(DAUGHTERS_OWN)))
    }

    pub(crate) fn accept(&self, bytes: &[u8]) -> Card {
        Card::accept(bytes, &self.anchors(), &RUSTCRYPTO, unix_time(NOW)).unwrap()
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::new(RUSTCRYPTO, self.anchors())
    }
}

pub(crate) fn any_policy() -> DelegationPolicy {
    DelegationPolicy::lasting(MAX_SECS).unwrap()
}

/// All that a policy can say.
pub(crate) fn strict_policy() -> DelegationPolicy {
    let some = ELEMENTS.into_iter().take(2);
    DelegationPolicy::lasting(7 * DAY)
        .unwrap()
        .for_purposes(PurposeSet::of(MEDICINE))
        .for_elements(some.map(|(id, _)| (name_space(), element(id))))
        .with_revocation_list("https://status.example/d")
        .requiring_own_card()
        .with_claims()
}

pub(crate) fn name_space() -> NameSpace<'static> {
    NameSpace::new(NAME_SPACE).unwrap()
}

pub(crate) fn element(id: &'static str) -> ElementId<'static> {
    ElementId::new(id).unwrap()
}

pub(crate) fn all_elements() -> Vec<(NameSpace<'static>, ElementId<'static>)> {
    let elements = ELEMENTS.into_iter();
    elements
        .map(|(id, _)| (name_space(), element(id)))
        .collect()
}

/// The hand-over up to the request, between two honest phones.
pub(crate) fn ask(draft: RequestDraft) -> (PendingRequest, VerifiedDelegationRequest) {
    ask_with(draft, DAUGHTER, &mut Seeded(2))
}

pub(crate) fn ask_with(
    draft: RequestDraft,
    seed: &str,
    rng: &mut Seeded,
) -> (PendingRequest, VerifiedDelegationRequest) {
    let committed = draft.commit(unix_time(NOW), &RUSTCRYPTO, rng).unwrap();
    let hand_over = Lending::begin(committed.commitment(), rng).unwrap();
    let unsigned = committed.answer(hand_over.nonce(), &RUSTCRYPTO).unwrap();
    let (open, request) = unsigned.sign_with(&signer(seed), &RUSTCRYPTO).unwrap();
    let asked = hand_over
        .receive(&request, unix_time(NOW), &RUSTCRYPTO)
        .unwrap();
    assert_eq!(open.sas(), asked.sas());
    (open, asked)
}

pub(crate) fn request_draft() -> RequestDraft {
    RequestDraft::new(public_key(DAUGHTER))
}

/// All elements, for medicine, for so many seconds from [`NOW`] on.
pub(crate) fn grant(
    card: &Card,
    asked: VerifiedDelegationRequest,
    secs: u64,
) -> Result<Grant, Error> {
    let (from, until) = (unix_time(NOW), unix_time(NOW + secs));
    let purposes = PurposeSet::of(MEDICINE);
    Grant::new(card, &asked, &all_elements(), purposes, from, until)
}

pub(crate) fn lend(card: &Card, grant: Grant) -> Loan {
    let unsigned = card
        .delegate(grant, unix_time(NOW), &mut Seeded(3))
        .unwrap();
    unsigned.sign_with(&signer(MOTHER), &RUSTCRYPTO).unwrap()
}

pub(crate) fn parcel(loan: &Loan) -> Vec<u8> {
    loan.seal(&RUSTCRYPTO, &mut Seeded(4)).unwrap()
}

/// The mother's card, lent to the daughter for so many seconds.
pub(crate) fn lent(
    insurer: &Insurer,
    card: &Card,
    draft: RequestDraft,
    secs: u64,
) -> DelegatedCard {
    let (open, asked) = ask(draft);
    let loan = lend(card, grant(card, asked, secs).unwrap());
    let (parcel, anchors) = (parcel(&loan), insurer.anchors());
    DelegatedCard::accept(&parcel, open, &anchors, &RUSTCRYPTO, unix_time(NOW)).unwrap()
}

/// What the pharmacy asks for: these elements, from delegates too.
pub(crate) fn asking(delegates: bool) -> Vec<u8> {
    let items = ItemsRequest::new(DocType::new(DOC_TYPE).unwrap());
    let items = ELEMENTS.into_iter().fold(items, |items, (id, _)| {
        items.with_element(name_space(), element(id), false)
    });
    let items = match delegates {
        true => items.accepting_delegates(),
        false => items,
    };
    Request::new([items]).unwrap().to_bytes()
}

pub(crate) fn consent(request: &DeviceRequest<'_>) -> Consent {
    request.documents().fold(Consent::none(), |consent, asked| {
        consent.everything_asked(&asked)
    })
}

pub(crate) fn transcript() -> SessionTranscript<'static> {
    SessionTranscript::given(TRANSCRIPT).unwrap()
}

/// The daughter shows the lent card at `now`.
pub(crate) fn show(lent: &DelegatedCard, now: u64) -> Result<vitacard::holder::Response, Error> {
    let asked = asking(true);
    let request = DeviceRequest::parse(&asked)?;
    let consent = consent(&request);
    let unsigned = lent.present(&request, &MEDICINE, &consent, &transcript(), unix_time(now))?;
    unsigned.sign_with(&signer(DAUGHTER), &RUSTCRYPTO)
}

/// The holder of `card` shows it.
pub(crate) fn show_own(card: &Card, holder: &str) -> vitacard::holder::Response {
    let asked = asking(true);
    let request = DeviceRequest::parse(&asked).unwrap();
    let unsigned = card
        .present(&request, &consent(&request), &transcript())
        .unwrap();
    unsigned.sign_with(&signer(holder), &RUSTCRYPTO).unwrap()
}

pub(crate) fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    policy
}

/// What the pharmacy says of `response` at `now`.
pub(crate) fn at_pharmacy<'a>(
    insurer: &Insurer,
    response: &'a [u8],
    now: u64,
) -> Result<VerifiedResponse<'a>, Error> {
    let (asked, policy, transcript) = (asking(true), policy(), transcript());
    let conditions = Conditions::new(unix_time(now), &policy);
    let exchange = Exchange::new(&transcript, conditions)
        .with_request(DeviceRequest::parse(&asked)?)
        .for_purpose(MEDICINE);
    insurer
        .reader()
        .verify(DeviceResponse::parse(response)?, &exchange)
}
