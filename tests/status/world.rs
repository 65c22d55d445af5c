//! An insurer that publishes lists, and a reader that keeps them.

use vitacard::crypto::{Algorithm, RUSTCRYPTO, SoftwareSigner};
use vitacard::holder::Card;
use vitacard::issuer::{IdentifierListDraft, StatusListDraft, StatusReference};
use vitacard::reader::{
    Conditions, DeviceRequest, DeviceResponse, Exchange, Policy, Standing, StatusEvidence,
    StatusStore, StatusTrust, StoreLimits, Taken, TrustPoint,
};
use vitacard::trust::AnchorId;
use vitacard::{Error, Validity, unix_time};

use crate::lending::*;
use crate::pki::{Entity, Profile};

pub(crate) const LIST: &str = "https://status.example/1";
pub(crate) const REVOKED: &str = "https://status.example/d";
pub(crate) const HOUR: u64 = 3600;
/// The card's place on the list.
pub(crate) const PLACE: u64 = 412;

pub(crate) struct World {
    pub(crate) insurer: Insurer,
    pub(crate) lister: Entity,
    pub(crate) card: Card,
    pub(crate) point: TrustPoint,
}

impl World {
    pub(crate) fn new() -> Self {
        let insurer = Insurer::new();
        let lister = insurer.root.issue(Profile::status_signer(), "list signer");
        let draft = insurer.draft(MOTHER);
        let draft = draft.with_status(StatusReference::status_list(PLACE, LIST));
        let draft = draft.with_delegation(any_policy().with_revocation_list(REVOKED));
        let card = insurer.accept(&insurer.issue(draft));
        let anchor = AnchorId::of_root(&insurer.root.der, &RUSTCRYPTO);
        let point = TrustPoint::Anchor(anchor.unwrap());
        Self {
            insurer,
            lister,
            card,
            point,
        }
    }

    /// A list of 1000 cards of one bit each, of which these are blocked.
    pub(crate) fn list(&self, iat: u64, exp: u64, blocked: &[u64]) -> Vec<u8> {
        self.list_of(
            1,
            iat,
            exp,
            &blocked.iter().map(|place| (*place, 1)).collect::<Vec<_>>(),
        )
    }

    pub(crate) fn list_of(&self, bits: u8, iat: u64, exp: u64, statuses: &[(u64, u8)]) -> Vec<u8> {
        self.list_by(&self.lister, LIST, bits, iat, exp, statuses)
    }

    pub(crate) fn list_by(
        &self,
        lister: &Entity,
        uri: &str,
        bits: u8,
        iat: u64,
        exp: u64,
        statuses: &[(u64, u8)],
    ) -> Vec<u8> {
        let mut draft = StatusListDraft::new(uri, bits, 1000, window(iat, exp)).unwrap();
        for (place, status) in statuses {
            draft.set(*place, *status).unwrap();
        }
        self.sign(draft, lister)
    }

    /// A list of so many cards at `uri`.
    pub(crate) fn list_at(
        &self,
        uri: &str,
        cards: u64,
        iat: u64,
        exp: u64,
        blocked: &[u64],
    ) -> Vec<u8> {
        let mut draft = StatusListDraft::new(uri, 1, cards, window(iat, exp)).unwrap();
        blocked
            .iter()
            .for_each(|place| draft.set(*place, 1).unwrap());
        self.sign(draft, &self.lister)
    }

    fn sign(&self, draft: StatusListDraft, lister: &Entity) -> Vec<u8> {
        let key = SoftwareSigner::from_bytes(&lister.key.scalar()).unwrap();
        let unsigned = draft.prepare(Algorithm::ES256, &[&lister.der], &RUSTCRYPTO);
        unsigned.unwrap().sign(&key, &RUSTCRYPTO).unwrap()
    }

    pub(crate) fn draft(&self, iat: u64, exp: u64, blocked: &[u64]) -> StatusListDraft {
        let mut draft = StatusListDraft::new(LIST, 1, 1000, window(iat, exp)).unwrap();
        blocked
            .iter()
            .for_each(|place| draft.set(*place, 1).unwrap());
        draft
    }

    /// From one list to another.
    pub(crate) fn increment(&self, older: &StatusListDraft, newer: &StatusListDraft) -> Vec<u8> {
        let key = SoftwareSigner::from_bytes(&self.lister.key.scalar()).unwrap();
        let unsigned = newer.increment_from(older, &[&self.lister.der], &RUSTCRYPTO);
        unsigned.unwrap().sign(&key, &RUSTCRYPTO).unwrap()
    }

    pub(crate) fn apply(
        &self,
        store: &mut StatusStore,
        delta: &[u8],
        now: u64,
    ) -> Result<(), Error> {
        self.apply_all(store, &[delta], now)
    }

    pub(crate) fn apply_all(
        &self,
        store: &mut StatusStore,
        deltas: &[&[u8]],
        now: u64,
    ) -> Result<(), Error> {
        let anchors = self.insurer.anchors();
        let trust = StatusTrust::anchors(&anchors);
        let (now, rng) = (unix_time(now), &mut Seeded(7));
        store.apply_all(deltas, LIST, &trust, &RUSTCRYPTO, now, rng)
    }

    pub(crate) fn revoked(&self, iat: u64, exp: u64, ids: &[&[u8]]) -> Vec<u8> {
        let draft = IdentifierListDraft::new(REVOKED, window(iat, exp)).unwrap();
        let draft = ids
            .iter()
            .fold(draft, |draft, id| draft.with_identifier(id));
        let key = SoftwareSigner::from_bytes(&self.lister.key.scalar()).unwrap();
        let unsigned = draft.prepare(Algorithm::ES256, &[&self.lister.der], &RUSTCRYPTO);
        unsigned.unwrap().sign(&key, &RUSTCRYPTO).unwrap()
    }

    /// A store that follows both lists, and holds neither.
    pub(crate) fn store(&self) -> StatusStore {
        let mut store = StatusStore::new(StoreLimits::default());
        store.follow(LIST, self.point).unwrap();
        store.follow(REVOKED, self.point).unwrap();
        store
    }

    pub(crate) fn take(
        &self,
        store: &mut StatusStore,
        uri: &str,
        token: &[u8],
        now: u64,
    ) -> Result<Taken, Error> {
        let anchors = self.insurer.anchors();
        let trust = StatusTrust::anchors(&anchors);
        store.accept(
            token,
            uri,
            &trust,
            &RUSTCRYPTO,
            unix_time(now),
            &mut Seeded(7),
        )
    }

    /// What a reader with `store` says of the card, which its holder shows.
    pub(crate) fn says(&self, store: &StatusStore, now: u64) -> Result<Standing, Error> {
        self.says_of(&self.card, store, now, &Policy::default())
    }

    pub(crate) fn says_of(
        &self,
        card: &Card,
        store: &StatusStore,
        now: u64,
        policy: &Policy,
    ) -> Result<Standing, Error> {
        let response = show_own(card, MOTHER).to_bytes();
        verdict(&self.insurer, &response, store, now, policy)
    }
}

pub(crate) fn verdict(
    insurer: &Insurer,
    response: &[u8],
    store: &StatusStore,
    now: u64,
    policy: &Policy,
) -> Result<Standing, Error> {
    let (asked, transcript) = (asking(true), transcript());
    let conditions = Conditions::new(unix_time(now), policy).with_status(StatusEvidence::of(store));
    let exchange = Exchange::new(&transcript, conditions)
        .with_request(DeviceRequest::parse(&asked)?)
        .for_purpose(MEDICINE);
    let verified = insurer
        .reader()
        .verify(DeviceResponse::parse(response)?, &exchange)?;
    Ok(verified.documents().next().unwrap().standing())
}

pub(crate) fn window(iat: u64, exp: u64) -> Validity {
    Validity::new(unix_time(iat), unix_time(exp)).unwrap()
}
