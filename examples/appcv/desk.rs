//! Whoever asks for a card: a reader with a certificate, and the lists that it keeps.

use vitacard::crypto::RUSTCRYPTO;
use vitacard::holder::DeviceRequest;
use vitacard::profile::{Ceiling, Profile};
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, ItemsRequest, Policy, Reader, StatusEvidence,
    StatusStore, StatusTrust, StoreLimits, TrustPoint, VerifiedResponse,
};
use vitacard::trust::{AnchorId, TrustAnchors};
use vitacard::{Error, UnixTime};

use super::Fallible;
use super::fund::{COLLECTING_MEDICINE, Fund};
use super::lists::{LIST, LOANS, Lists};
use super::visit::Answer;
use crate::pki::{Entity, Extension, Profile as Certificate, der};
use crate::seeded::Seeded;

/// The profession in a reader's certificate.
const PROFESSION: &str = "1.2.250.1.71.1.2.7";

/// Who certifies readers.
pub(crate) struct Readers {
    root: Entity,
    pub(crate) anchors: TrustAnchors,
}

pub(crate) struct Desk {
    pub(crate) certificate: Entity,
    /// What it asks for is what this profession usually does.
    asks_as: Ceiling,
    /// For medicine, which a delegate may fetch.
    for_delegates: bool,
    pub(crate) profile: Profile,
    reader: Reader,
    anchors: TrustAnchors,
    policy: Policy,
    store: StatusStore,
    pub(crate) rng: Seeded,
}

impl Readers {
    pub(crate) fn new() -> Result<Self, Error> {
        let (root, mut anchors) = (Entity::reader_root(), TrustAnchors::new());
        anchors.add_root(&root.der)?;
        Ok(Self { root, anchors })
    }

    pub(crate) fn pharmacy(&self, fund: &Fund) -> Fallible<Desk> {
        let certificate = self.certificate("Harbour Pharmacy", Some("21"));
        let desk = Desk::new(certificate, Ceiling::Pharmacist, fund, 201)?;
        Ok(Desk {
            for_delegates: true,
            ..desk
        })
    }

    /// It says who it is, and no profession; yet it asks for what pharmacists do.
    pub(crate) fn gym(&self, fund: &Fund) -> Fallible<Desk> {
        let certificate = self.certificate("Harbour Gym", None);
        Desk::new(certificate, Ceiling::Pharmacist, fund, 202)
    }

    pub(crate) fn hospital(&self, fund: &Fund) -> Fallible<Desk> {
        let certificate = self.certificate("Hill Hospital", Some("hospital"));
        Desk::new(certificate, Ceiling::Hospital, fund, 203)
    }

    fn certificate(&self, name: &'static str, profession: Option<&str>) -> Entity {
        let profession = profession.map(|code| Extension {
            id: PROFESSION,
            critical: false,
            value: der::tlv(0x0c, code.as_bytes()),
        });
        let profile = Certificate::mdoc_reader().with(|own| {
            own.subject.common_name = name;
            own.extra.extend(profession);
        });
        self.root.issue(profile, name)
    }
}

impl Desk {
    fn new(certificate: Entity, asks_as: Ceiling, fund: &Fund, seed: u64) -> Fallible<Self> {
        let mut store = StatusStore::new(StoreLimits::default());
        let point = TrustPoint::Anchor(AnchorId::of_root(&fund.root.der, &RUSTCRYPTO)?);
        store.follow(LIST, point)?;
        store.follow(LOANS, point)?;
        Ok(Self {
            rng: Seeded(seed),
            certificate,
            asks_as,
            for_delegates: false,
            profile: Profile::health_insurance(),
            reader: Reader::new(RUSTCRYPTO, fund.anchors().clone()),
            anchors: fund.anchors().clone(),
            policy: Policy::default(),
            store,
        })
    }

    /// Gives the bytes of the list of cards that were needed: all of it, or what changed.
    pub(crate) fn fetch(&mut self, lists: &Lists, now: UnixTime) -> Result<usize, Error> {
        let (trust, rng) = (StatusTrust::anchors(&self.anchors), &mut self.rng);
        let store = &mut self.store;
        store.accept(&lists.loans, LOANS, &trust, &RUSTCRYPTO, now, rng)?;
        let held = store
            .followed()
            .any(|list| list.uri() == LIST && list.held().is_some());
        match &lists.increment {
            Some(increment) if held => {
                store.apply_all(&[increment], LIST, &trust, &RUSTCRYPTO, now, rng)?;
                Ok(increment.len())
            }
            _ => {
                store.accept(&lists.whole, LIST, &trust, &RUSTCRYPTO, now, rng)?;
                Ok(lists.whole.len())
            }
        }
    }

    pub(crate) fn items(&self) -> ItemsRequest {
        let items = ItemsRequest::of_profile(&self.profile, self.asks_as);
        match self.for_delegates {
            true => items.accepting_delegates(),
            false => items,
        }
    }

    /// Only what has been verified can be read.
    pub(crate) fn read<'a>(
        &self,
        answer: &'a Answer,
        now: UnixTime,
    ) -> Result<VerifiedResponse<'a>, Error> {
        let status = StatusEvidence::of(&self.store);
        let conditions = Conditions::new(now, &self.policy).with_status(status);
        let transcript = answer.transcript();
        let exchange = Exchange::new(&transcript, conditions)
            .with_request(DeviceRequest::parse(&answer.asked)?);
        let exchange = match self.for_delegates {
            true => exchange.for_purpose(COLLECTING_MEDICINE),
            false => exchange,
        };
        let response = DeviceResponse::parse(&answer.response)?;
        self.reader.verify(response, &exchange)
    }
}
