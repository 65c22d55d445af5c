//! The pharmacy, and all that can be seen of what it says.
#![allow(dead_code, reason = "each user of this needs a part of it")]

use std::sync::LazyLock;

use vitacard::crypto::RUSTCRYPTO;
use vitacard::delegation::{DelegationId, DelegationPolicy, Purpose};
use vitacard::issuer::Draft;
use vitacard::reader::{
    Conditions, DeviceRequest, DeviceResponse, Exchange, Policy, Presenter, Reader,
    RevokedDelegations, Standing, StatusEvidence, VerifiedDocument, VerifiedResponse,
};
use vitacard::session::SessionTranscript;
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, Error, Validity, unix_time};

use crate::lending::*;
use crate::raw::{Delegation, Document, Issued, OWN_CARD, bytes};

/// What every test begins with.
pub(crate) struct World {
    pub(crate) insurer: Insurer,
    /// The mother's, for whomever she trusts.
    pub(crate) card: Issued,
    /// The mother's, for people with a card of their own.
    pub(crate) bound: Issued,
    /// The daughter's own.
    pub(crate) own: Issued,
}

pub(crate) static WORLD: LazyLock<World> = LazyLock::new(|| {
    let insurer = Insurer::new();
    World {
        card: issue(&insurer, any_policy()),
        bound: issue(&insurer, any_policy().requiring_own_card()),
        own: Issued::parse(&insurer.issue(daughters_own())),
        insurer,
    }
});

/// Nothing in it is like her mother's, so that neither can be taken for the other.
fn daughters_own() -> Draft {
    let window = Validity::new(unix_time(NOW - 5 * DAY), unix_time(NOW + 70 * DAY));
    let doc_type = DocType::new(DOC_TYPE).unwrap();
    let draft = Draft::new(doc_type, public_key(DAUGHTERS_OWN), window.unwrap());
    let values = ["Petit", "Lucie", "1980-11-05", "8025000001"];
    let elements = ELEMENTS.into_iter().zip(values);
    elements.fold(draft, |draft, ((id, _), value)| {
        draft.with_element(name_space(), element(id), value)
    })
}

/// A card of the mother's that may be lent so.
pub(crate) fn issue(insurer: &Insurer, policy: DelegationPolicy) -> Issued {
    Issued::parse(&insurer.issue(insurer.draft(MOTHER).with_delegation(policy)))
}

/// The mother's card, honestly lent, as the daughter would show it.
pub(crate) fn honest() -> Document {
    let card = &WORLD.card;
    Document::delegated(card, &Delegation::of(card).bytes())
}

/// The daughter's own card, as she would show it.
pub(crate) fn own_document() -> Document {
    Document::direct(&WORLD.own, DAUGHTERS_OWN)
}

/// The mother's card, lent to her daughter as the holder of [`own_document`].
pub(crate) fn bound() -> Document {
    let card = &WORLD.bound;
    let delegation = Delegation::of(card).saying(OWN_CARD, bytes(&WORLD.own.parent()));
    Document::delegated(card, &delegation.bytes())
}

/// Who checks, and under which conditions.
pub(crate) struct Pharmacy {
    pub(crate) anchors: TrustAnchors,
    pub(crate) asked: Option<Vec<u8>>,
    pub(crate) purpose: Option<Purpose<'static>>,
    pub(crate) transcript: Vec<u8>,
    pub(crate) policy: Policy,
    pub(crate) now: u64,
    pub(crate) revoked: Option<Vec<DelegationId>>,
}

pub(crate) type Verdict = Result<Vec<Seen>, Error>;

impl Pharmacy {
    pub(crate) fn new() -> Self {
        Self {
            anchors: WORLD.insurer.anchors(),
            asked: Some(asking(true)),
            purpose: Some(MEDICINE),
            transcript: TRANSCRIPT.to_vec(),
            policy: policy(),
            now: NOW,
            revoked: None,
        }
    }

    pub(crate) fn at(now: u64) -> Self {
        Self { now, ..Self::new() }
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::new(RUSTCRYPTO, self.anchors.clone())
    }

    /// The one list that it knows, if it knows any.
    pub(crate) fn lists(&self) -> Vec<RevokedDelegations<'_>> {
        let revoked = self.revoked.iter();
        revoked
            .map(|ids| RevokedDelegations::at("https://status.example/d", ids))
            .collect()
    }

    pub(crate) fn exchange<'e>(
        &'e self,
        transcript: &'e SessionTranscript<'e>,
        lists: &'e [RevokedDelegations<'e>],
    ) -> Exchange<'e> {
        let mut conditions = Conditions::new(unix_time(self.now), &self.policy);
        conditions.status = StatusEvidence::none().with_revoked_delegations(lists);
        let mut exchange = Exchange::new(transcript, conditions);
        if let Some(asked) = &self.asked {
            exchange = exchange.with_request(DeviceRequest::parse(asked).unwrap());
        }
        exchange.purpose = self.purpose;
        exchange
    }

    /// What it says of one response.
    pub(crate) fn alone(&self, reader: &Reader, response: &[u8]) -> Verdict {
        let transcript = SessionTranscript::given(&self.transcript)?;
        let response = DeviceResponse::parse(response)?;
        let lists = self.lists();
        seen(reader.verify(response, &self.exchange(&transcript, &lists)))
    }

    /// What it says of several at once. They can be parsed.
    pub(crate) fn together(&self, reader: &Reader, responses: &[&[u8]]) -> Vec<Verdict> {
        let transcript = SessionTranscript::given(&self.transcript).unwrap();
        let lists = self.lists();
        let claims = responses.iter().map(|response| {
            let response = DeviceResponse::parse(response).unwrap();
            (response, self.exchange(&transcript, &lists))
        });
        let mut cache = reader.anchors().cache::<4>();
        let verdicts = reader.verify_all(claims, &mut cache, &mut Seeded(9));
        verdicts.unwrap().into_iter().map(seen).collect()
    }

    /// What it says of `response`, by itself and in a crowd, which must be the same.
    #[track_caller]
    pub(crate) fn says(&self, response: &[u8]) -> Verdict {
        let reader = self.reader();
        let alone = self.alone(&reader, response);
        if !matches!(alone, Err(Error::Decode(_))) {
            static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| honest().response());
            let verdicts = self.together(&reader, &[response, &GOOD, response]);
            assert_eq!(verdicts[0], alone, "in a crowd");
            assert_eq!(verdicts[2], alone, "at the end of a crowd");
        }
        alone
    }
}

/// What the pharmacy says at [`NOW`].
#[track_caller]
pub(crate) fn verdict(response: &[u8]) -> Verdict {
    Pharmacy::new().says(response)
}

/// All that a verified document means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) doc_type: String,
    /// Name space, identifier, CBOR of the value: sorted, for their order means nothing.
    pub(crate) elements: Vec<(String, String, Vec<u8>)>,
    pub(crate) device_elements: usize,
    pub(crate) by: By,
    pub(crate) standing: Standing,
    pub(crate) validity: Validity,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum By {
    Holder,
    Delegate {
        id: [u8; 16],
        name: Option<String>,
        begins: u64,
        ends: u64,
        purposes: Vec<(String, i64)>,
        uses: Option<u8>,
        own_card: Option<[u8; 32]>,
    },
}

pub(crate) fn seen(verdict: Result<VerifiedResponse<'_>, Error>) -> Verdict {
    verdict.map(|verified| verified.documents().map(Seen::of).collect())
}

impl Seen {
    fn of(document: &VerifiedDocument<'_>) -> Self {
        let elements = document.elements().map(|element| {
            let name = (element.name_space().to_string(), element.id().to_string());
            (name.0, name.1, element.value().as_cbor().to_vec())
        });
        let mut elements: Vec<_> = elements.collect();
        elements.sort();
        Self {
            doc_type: document.doc_type().to_string(),
            elements,
            device_elements: document.device_elements().count(),
            by: By::of(document.presenter()),
            standing: document.standing(),
            validity: document.validity(),
        }
    }

    /// Whether this is `whole` with as many elements or fewer.
    pub(crate) fn is_part_of(&self, whole: &Self) -> bool {
        let rest = Self {
            elements: whole.elements.clone(),
            ..self.clone()
        };
        rest == *whole && self.elements.iter().all(|own| whole.elements.contains(own))
    }

    pub(crate) fn by_delegate(&self) -> bool {
        matches!(self.by, By::Delegate { .. })
    }

    /// The identifiers of what is shown.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.elements.iter().map(|(_, id, _)| id.as_str()).collect()
    }
}

impl By {
    fn of(presenter: Presenter<'_>) -> Self {
        let Presenter::Delegate(delegation) = presenter else {
            return Self::Holder;
        };
        let purposes = delegation.purposes();
        Self::Delegate {
            id: *delegation.id().as_bytes(),
            name: delegation.name().map(Into::into),
            begins: delegation.begins().as_secs(),
            ends: delegation.ends().as_secs(),
            purposes: purposes
                .map(|purpose| (purpose.controller().into(), purpose.code()))
                .collect(),
            uses: delegation.advised_uses(),
            own_card: delegation.own_card().map(|card| *card.as_bytes()),
        }
    }
}

/// The verdict that the first document, or the one named, is refused for this.
macro_rules! refused {
    ($name:ident $(, $field:ident: $value:expr)*) => {
        Err(vitacard::Error::Rejected(vitacard::Rejected::$name { document: 0 $(, $field: $value)* }))
    };
    ($document:literal, $name:ident $(, $field:ident: $value:expr)*) => {
        Err(vitacard::Error::Rejected(vitacard::Rejected::$name { document: $document $(, $field: $value)* }))
    };
}

pub(crate) use refused;

/// The positive control: what the pharmacy sees in a response that it accepts.
#[track_caller]
pub(crate) fn accepted(response: &[u8]) -> Vec<Seen> {
    accepted_by(&Pharmacy::new(), response)
}

#[track_caller]
pub(crate) fn accepted_by(pharmacy: &Pharmacy, response: &[u8]) -> Vec<Seen> {
    let seen = pharmacy.says(response);
    seen.unwrap_or_else(|error| panic!("{} {}", error.code(), error.reason()))
}
