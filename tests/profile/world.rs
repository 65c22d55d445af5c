//! An insurer, people with cards of its profile, and professionals who read them.

use vitacard::crypto::{Algorithm, RUSTCRYPTO, SoftwareSigner};
use vitacard::delegation::PurposeSet;
use vitacard::holder::{Card, Consent, DelegatedCard, DeviceRequest, Grant, Response};
use vitacard::issuer::{Draft, IdentifierListDraft, StatusListDraft, StatusReference};
use vitacard::profile::{BirthDate, Ceiling, Date, HealthCard, Profile};
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, ItemsRequest, Policy, Request, StatusEvidence,
    StatusStore, StatusTrust, StoreLimits, TrustPoint, VerifiedResponse,
};
use vitacard::trust::AnchorId;
use vitacard::{Error, Validity, unix_time};

use crate::lending::*;
use crate::pki::{Entity, Profile as Certificate};

pub(crate) const LIST: &str = "https://status.example/1";
pub(crate) const LOANS: &str = "https://status.example/d";
pub(crate) const PLACE: u64 = 412;
pub(crate) const MONTH: u64 = 31 * DAY;

pub(crate) fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// An adult, insured in her own right.
pub(crate) fn adult() -> HealthCard {
    HealthCard::new()
        .family_name("Martin")
        .given_name("Camille")
        .born(&BirthDate::parse("19500302").unwrap())
        .portrait(&[0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9])
        .issue_date(date("2026-05-20"))
        .expiry_date(date("2031-05-19"))
        .issuing_authority("Caisse nationale de l'assurance maladie")
        .issuing_country("FR")
        .document_number("8025000000")
        .personal_administrative_number("250037511100592")
        .health_id("250037511100592")
        .health_id_type("1.2.250.1.213.1.4.8")
        .beneficiary_role(0)
        .competent_institution_id("FR:01751")
        .starting_date(date("2026-01-01"))
        .ending_date(date("2026-12-31"))
        .rights_checked_at(unix_time(NOW - DAY))
        .card_kind(0)
        .regime_code("01")
        .fund_code("751")
        .centre_code("0001")
        .management_code("10")
        .birth_rank(1)
        .coverage_rate(70)
        .has_attending_physician(true)
        .full_cost_covered(false)
}

pub(crate) struct World {
    pub(crate) profile: Profile,
    pub(crate) insurer: Insurer,
    lister: Entity,
}

impl World {
    pub(crate) fn new() -> Self {
        let insurer = Insurer::new();
        let lister = insurer
            .root
            .issue(Certificate::status_signer(), "list signer");
        Self {
            profile: Profile::health_insurance(),
            insurer,
            lister,
        }
    }

    /// In the phone with that key, for 90 days around now, with all that the profile wants.
    pub(crate) fn issue(&self, card: &HealthCard, phone: &str) -> Card {
        let window = Validity::new(unix_time(NOW - 10 * DAY), unix_time(NOW + 80 * DAY));
        let elements = card.elements(&self.profile).unwrap();
        let draft = Draft::of_profile(&self.profile, elements, public_key(phone), window.unwrap())
            .with_status(StatusReference::status_list(PLACE, LIST))
            .with_delegation(any_policy().with_revocation_list(LOANS));
        self.insurer.accept(&self.insurer.issue(draft))
    }

    /// What a reader of that profession asks for, delegates welcome.
    pub(crate) fn asking(&self, profession: Ceiling) -> Vec<u8> {
        let asked = ItemsRequest::of_profile(&self.profile, profession).accepting_delegates();
        Request::new([asked]).unwrap().to_bytes()
    }

    /// The holder agrees to everything, and the wallet to what the reader may have.
    pub(crate) fn show(&self, card: &Card, phone: &str, profession: Ceiling) -> Response {
        let asked = self.asking(profession);
        let request = DeviceRequest::parse(&asked).unwrap();
        let consent = consent(&request).under(&self.profile, profession);
        let unsigned = card.present(&request, &consent, &transcript()).unwrap();
        unsigned.sign_with(&signer(phone), &RUSTCRYPTO).unwrap()
    }

    /// Lists of that time, on which these places and loans are blocked.
    pub(crate) fn lists(&self, iat: u64, blocked: &[u64], loans: &[&[u8]]) -> StatusStore {
        let mut store = StatusStore::new(StoreLimits::default());
        let anchor = AnchorId::of_root(&self.insurer.root.der, &RUSTCRYPTO).unwrap();
        let (validity, key) = (
            Validity::new(unix_time(iat), unix_time(iat + 30 * DAY)),
            || SoftwareSigner::from_bytes(&self.lister.key.scalar()).unwrap(),
        );
        let chain = [&self.lister.der[..]];
        let mut draft = StatusListDraft::new(LIST, 1, 1000, validity.unwrap()).unwrap();
        blocked
            .iter()
            .for_each(|place| draft.set(*place, 1).unwrap());
        let list = draft
            .prepare(Algorithm::ES256, &chain, &RUSTCRYPTO)
            .unwrap();
        let draft = IdentifierListDraft::new(LOANS, validity.unwrap()).unwrap();
        let draft = loans
            .iter()
            .fold(draft, |draft, id| draft.with_identifier(id));
        let loans = draft
            .prepare(Algorithm::ES256, &chain, &RUSTCRYPTO)
            .unwrap();
        for (uri, list) in [(LIST, list), (LOANS, loans)] {
            store.follow(uri, TrustPoint::Anchor(anchor)).unwrap();
            let token = list.sign(&key(), &RUSTCRYPTO).unwrap();
            let anchors = self.insurer.anchors();
            let (trust, now) = (StatusTrust::anchors(&anchors), unix_time(iat));
            store
                .accept(&token, uri, &trust, &RUSTCRYPTO, now, &mut Seeded(7))
                .unwrap();
        }
        store
    }

    /// What a reader of that profession makes of it, with these lists.
    pub(crate) fn read<'a>(
        &self,
        response: &'a [u8],
        profession: Ceiling,
        store: &StatusStore,
        now: u64,
    ) -> Result<VerifiedResponse<'a>, Error> {
        let (asked, transcript, policy) =
            (self.asking(profession), transcript(), Policy::default());
        let conditions =
            Conditions::new(unix_time(now), &policy).with_status(StatusEvidence::of(store));
        let exchange = Exchange::new(&transcript, conditions)
            .with_request(DeviceRequest::parse(&asked)?)
            .for_purpose(MEDICINE);
        self.insurer
            .reader()
            .verify(DeviceResponse::parse(response)?, &exchange)
    }

    /// What is lent if nobody chooses, for so many seconds from now on.
    pub(crate) fn lend(&self, card: &Card, secs: u64) -> DelegatedCard {
        let (open, asked) = ask(request_draft());
        let elements: Vec<_> = self.profile.lent().collect();
        let (from, until) = (unix_time(NOW), unix_time(NOW + secs));
        let purposes = PurposeSet::of(MEDICINE);
        let grant = Grant::new(card, &asked, &elements, purposes, from, until).unwrap();
        let loan = lend(card, grant);
        let (parcel, anchors) = (parcel(&loan), self.insurer.anchors());
        DelegatedCard::accept(&parcel, open, &anchors, &RUSTCRYPTO, unix_time(NOW)).unwrap()
    }

    /// The delegate shows it to a pharmacist.
    pub(crate) fn show_lent(&self, lent: &DelegatedCard, now: u64) -> Result<Vec<u8>, Error> {
        let asked = self.asking(Ceiling::Pharmacist);
        let request = DeviceRequest::parse(&asked)?;
        let consent: Consent = consent(&request).under(&self.profile, Ceiling::Pharmacist);
        let now = unix_time(now);
        let unsigned = lent.present(&request, &MEDICINE, &consent, &transcript(), now)?;
        Ok(unsigned
            .sign_with(&signer(DAUGHTER), &RUSTCRYPTO)?
            .to_bytes())
    }
}
