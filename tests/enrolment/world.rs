//! An insurer who invites, a person with a phone, and the way to each state of a card. What a state
//! comes to is compared as a whole, before and after.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "a world has more than its users need today"
)]

use vitacard::crypto::{AgreementKey as _, PublicKey, RUSTCRYPTO, SoftwareAgreementKey};
use vitacard::enrolment::*;
use vitacard::holder::Card;
use vitacard::issuer::Draft;
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, Error, UnixTime, unix_time};

pub(crate) use crate::lending::{DAY, DOC_TYPE, NOW, Seeded, public_key, signer};
use crate::lending::{ELEMENTS, Insurer, any_policy, element, name_space};
use crate::pki::{Entity, Profile};

pub(crate) const LIST: &str = "https://status.example/cards";
pub(crate) const PHONE: &str = "phone";
pub(crate) const NEW_KEY: &str = "phone, a new key";
pub(crate) const HOUR: u64 = 3600;
pub(crate) const PHOTOS: [(EvidenceKind, &str, &[u8]); 3] = [
    (
        EvidenceKind::PhysicalCard,
        "image/jpeg",
        b"a card of plastic",
    ),
    (EvidenceKind::IdentityDocument, "image/jpeg", b"a passport"),
    (EvidenceKind::Face, "image/heic", b"a face, from the front"),
];

pub(crate) fn now() -> UnixTime {
    unix_time(NOW)
}

pub(crate) fn at(secs: u64) -> UnixTime {
    unix_time(NOW + secs)
}

/// Who may invite, with a root of its own.
pub(crate) fn inviting_root() -> Entity {
    let profile =
        Profile::iaca_root().with(|root| root.subject.common_name = "Utopia Enrolment Root");
    Entity::self_signed(profile, "enrolment root")
}

pub(crate) struct World {
    pub(crate) insurer: Insurer,
    pub(crate) root: Entity,
    pub(crate) inviter: Entity,
    pub(crate) key: SoftwareAgreementKey,
    pub(crate) store: Memory,
    pub(crate) rng: Seeded,
}

impl World {
    pub(crate) fn new() -> Self {
        let root = inviting_root();
        let inviter = Profile::document_signer().with(|leaf| leaf.subject.common_name = "Fund");
        Self {
            insurer: Insurer::new(),
            inviter: root.issue(inviter, "inviter"),
            root,
            key: SoftwareAgreementKey::from_bytes(&[9; 32]).unwrap(),
            store: Memory::default(),
            rng: Seeded(11),
        }
    }

    pub(crate) fn anchors(&self) -> EnrolmentAnchors {
        let mut anchors = EnrolmentAnchors::new();
        anchors.add_root(&self.root.der).unwrap();
        anchors
    }

    pub(crate) fn card_anchors(&self) -> TrustAnchors {
        self.insurer.anchors()
    }

    /// All that is stored, but for the secrets.
    pub(crate) fn state(&self) -> String {
        format!("{:?}", self.store)
    }

    pub(crate) fn draft(&self) -> InvitationDraft {
        InvitationDraft::new(self.key.public_key(), now(), at(30 * DAY))
    }

    /// Sends a letter. Gives the invitation as bytes.
    pub(crate) fn send(&mut self, draft: InvitationDraft) -> Vec<u8> {
        let unsigned = draft.prepare(&[&self.inviter.der], &RUSTCRYPTO, &mut self.rng);
        let issued = unsigned.unwrap().sign_with(&signer("inviter"), &RUSTCRYPTO);
        let issued = issued.unwrap();
        let bytes = issued.as_bytes().to_vec();
        assert!(self.store.add_invitation(issued.into_record()).unwrap());
        bytes
    }

    pub(crate) fn invite(&mut self) -> Vec<u8> {
        self.send(self.draft())
    }

    pub(crate) fn invited(&mut self, draft: InvitationDraft) -> VerifiedInvitation {
        let bytes = self.send(draft);
        self.read(&bytes).unwrap()
    }

    pub(crate) fn read(&self, invitation: &[u8]) -> Result<VerifiedInvitation, Error> {
        Invitation::parse(invitation)?.verify(&self.anchors(), &RUSTCRYPTO, now())
    }

    /// What the app sends for the key with this seed.
    pub(crate) fn answer(&mut self, invitation: &VerifiedInvitation, phone: &str) -> Answer {
        let draft = invitation.enrol(public_key(phone));
        let draft = PHOTOS
            .into_iter()
            .fold(draft, |draft, (kind, media_type, plain)| {
                draft
                    .with_evidence(kind, media_type, plain, &RUSTCRYPTO)
                    .unwrap()
            });
        self.finish(draft, phone)
    }

    pub(crate) fn finish(&mut self, draft: EnrolmentDraft<'_>, phone: &str) -> Answer {
        let unsigned = draft.prepare(now(), &RUSTCRYPTO).unwrap();
        let pending = unsigned.sign_with(&signer(phone), &RUSTCRYPTO).unwrap();
        let sealed = PHOTOS.iter().enumerate().map(|(index, (_, _, plain))| {
            let plain = plain.to_vec();
            pending
                .seal(index, plain, &RUSTCRYPTO, &mut self.rng)
                .unwrap()
        });
        Answer {
            sealed: sealed.collect(),
            request: pending.as_bytes().to_vec(),
        }
    }

    /// What the issuer says of it.
    pub(crate) fn check(&self, answer: &Answer) -> Result<VerifiedEnrolment, Error> {
        self.check_at(answer, now())
    }

    pub(crate) fn check_at(
        &self,
        answer: &Answer,
        now: UnixTime,
    ) -> Result<VerifiedEnrolment, Error> {
        let sealed: Vec<_> = answer.sealed.iter().map(Vec::as_slice).collect();
        let request = EnrolmentRequest::parse(&answer.request)?;
        request.verify(&sealed, &self.store, &self.key, &RUSTCRYPTO, now)
    }

    pub(crate) fn terms(&self) -> CardTerms {
        let doc_type = DocType::new(DOC_TYPE).unwrap();
        CardTerms::new(doc_type, LIST, &[&self.insurer.signer.der], &RUSTCRYPTO).unwrap()
    }

    pub(crate) fn sign(&self, draft: Draft) -> Vec<u8> {
        self.insurer.issue(draft)
    }

    /// Invited, enrolled and issued, with a card that can be lent.
    pub(crate) fn enrolled_by(&mut self, draft: InvitationDraft, phone: &str) -> Card {
        let invitation = self.invited(draft);
        let draft = invitation
            .enrol(public_key(phone))
            .with_attestation(b"attested");
        let draft = PHOTOS
            .into_iter()
            .fold(draft, |draft, (kind, media_type, plain)| {
                draft
                    .with_evidence(kind, media_type, plain, &RUSTCRYPTO)
                    .unwrap()
            });
        let answer = self.finish(draft, phone);
        let approved = self
            .check(&answer)
            .unwrap()
            .approve(&mut self.store)
            .unwrap();
        let draft = approved.draft(
            &self.terms(),
            elements(),
            &mut self.store,
            now(),
            &mut self.rng,
        );
        let card = self.sign(draft.unwrap().with_delegation(any_policy()));
        let anchors = self.card_anchors();
        approved
            .issued(&card, &anchors, &mut self.store, &RUSTCRYPTO, now())
            .unwrap();
        Card::accept(&card, &anchors, &RUSTCRYPTO, now()).unwrap()
    }

    pub(crate) fn enrolled(&mut self) -> Card {
        self.enrolled_by(self.draft(), PHONE)
    }

    pub(crate) fn nonce(&mut self) -> [u8; 16] {
        self.nonce_at(now())
    }

    pub(crate) fn nonce_at(&mut self, now: UnixTime) -> [u8; 16] {
        give_nonce(&mut self.store, now, &mut self.rng).unwrap()
    }

    /// The request by which `card` is refreshed for the key with this seed.
    pub(crate) fn ask(
        &mut self,
        card: &Card,
        (old, new): (&str, &str),
        nonce: &[u8; 16],
        now: UnixTime,
    ) -> (PendingRefresh, Vec<u8>) {
        let plan = RefreshPlan::new(card, [], [], now, &RUSTCRYPTO).unwrap();
        let unsigned = plan.request(nonce, public_key(new), now, &mut self.rng);
        let unsigned = unsigned.unwrap().with_attestation(b"attested, too");
        let unsigned = unsigned.sign_with(&signer(new), &RUSTCRYPTO).unwrap();
        unsigned.sign_with(&signer(old), &RUSTCRYPTO).unwrap()
    }

    pub(crate) fn judge(
        &self,
        request: &[u8],
        nonce: &[u8; 16],
        now: UnixTime,
    ) -> Result<Refresh, Error> {
        let request = RefreshRequest::parse(request)?;
        request.verify(nonce, &self.store, &RUSTCRYPTO, now)
    }

    /// Of a request that is new.
    pub(crate) fn verified(
        &self,
        request: &[u8],
        nonce: &[u8; 16],
        now: UnixTime,
    ) -> Result<VerifiedRefresh, Error> {
        match self.judge(request, nonce, now)? {
            Refresh::New(verified) => Ok(verified),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn open(
        &mut self,
        request: &[u8],
        nonce: &[u8; 16],
        now: UnixTime,
    ) -> Result<OpenRefresh, Error> {
        self.verified(request, nonce, now)?.approve(&mut self.store)
    }

    /// The card that answers, recorded.
    pub(crate) fn answer_refresh(
        &mut self,
        open: OpenRefresh,
        now: UnixTime,
    ) -> Result<Vec<u8>, Error> {
        let terms = self.terms();
        let draft = open.draft(&terms, elements(), &mut self.store, now, &mut self.rng);
        let card = self.sign(draft?.with_delegation(any_policy()));
        let anchors = self.card_anchors();
        open.issued(&card, &anchors, &mut self.store, &RUSTCRYPTO, now)?;
        Ok(card)
    }

    /// Refreshed up to the message that the card was accepted, which the issuer has not yet.
    pub(crate) fn refreshed(
        &mut self,
        card: &Card,
        (old, new): (&str, &str),
        secs: u64,
    ) -> Refreshed {
        let time = at(secs);
        let nonce = self.nonce_at(time);
        let (pending, request) = self.ask(card, (old, new), &nonce, time);
        let open = self.open(&request, &nonce, time).unwrap();
        let bytes = self.answer_refresh(open, time).unwrap();
        let number = pending.number();
        let (card, accepted) = pending
            .accept(&bytes, &self.card_anchors(), &RUSTCRYPTO, time)
            .unwrap();
        Refreshed {
            accepted: accepted.sign_with(&signer(new), &RUSTCRYPTO).unwrap(),
            nonce,
            number,
            request,
            bytes,
            card,
        }
    }

    pub(crate) fn accept(&mut self, message: &[u8], now: UnixTime) -> Result<Vec<u64>, Error> {
        let places = Acceptance::parse(message)?.apply(&mut self.store, &RUSTCRYPTO, now)?;
        Ok(indices(&places))
    }

    pub(crate) fn block(&mut self, request: &[u8], now: UnixTime) -> Result<Blocked, Error> {
        BlockRequest::parse(request)?.apply(&mut self.store, &RUSTCRYPTO, now)
    }

    pub(crate) fn retire(&mut self, now: UnixTime) -> Vec<u64> {
        let (places, outcome) = retire_overdue(&mut self.store, now);
        assert_eq!(outcome, Ok(()));
        indices(&places)
    }

    pub(crate) fn record(&self, card: &Card) -> CardRecord {
        let digest = card.digest().unwrap();
        let line = self.store.line_of(&digest).unwrap().unwrap();
        let mut cards = line.cards();
        cards.find(|own| own.digest() == digest).unwrap().clone()
    }

    pub(crate) fn place(&self, card: &Card) -> u64 {
        self.record(card).place().index()
    }

    pub(crate) fn invalid(&self) -> Vec<u64> {
        let lines = self.store.lines();
        let places = lines.flat_map(CardLine::invalid_places);
        places.map(StatusPlace::index).collect()
    }
}

/// What the app sends.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) request: Vec<u8>,
    pub(crate) sealed: Vec<Vec<u8>>,
}

pub(crate) struct Refreshed {
    pub(crate) nonce: [u8; 16],
    pub(crate) number: RefreshNumber,
    pub(crate) request: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) card: Card,
    pub(crate) accepted: Vec<u8>,
}

pub(crate) fn indices(places: &[StatusPlace]) -> Vec<u64> {
    assert!(places.iter().all(|place| place.uri() == LIST));
    places.iter().map(StatusPlace::index).collect()
}

type Element = (
    vitacard::NameSpace<'static>,
    vitacard::ElementId<'static>,
    ciborium::Value,
);

pub(crate) fn elements() -> Vec<Element> {
    let elements = ELEMENTS.into_iter();
    elements
        .map(|(id, value)| (name_space(), element(id), value.into()))
        .collect()
}

pub(crate) fn public(key: &PublicKey) -> Vec<u8> {
    key.as_bytes().to_vec()
}

/// `Err` with this refusal.
macro_rules! refused {
    ($name:ident $(, $field:ident: $value:expr)*) => {
        Some(vitacard::Error::Rejected(vitacard::Rejected::$name { document: 0 $(, $field: $value)* }))
    };
}
pub(crate) use refused;

macro_rules! misused {
    ($name:ident) => {
        Some(vitacard::Error::Misuse(vitacard::Misuse::$name))
    };
}
pub(crate) use misused;
