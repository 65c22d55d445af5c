//! Every file of `test-vectors/delegation`, against `Reader`. The format is in its `README.md`.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

mod published;

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};
use vitacard::crypto::RUSTCRYPTO;
use vitacard::delegation::{DelegationId, Purpose};
use vitacard::reader::{
    Conditions, DeviceRequest, DeviceResponse, Exchange, ItemsRequest, Policy, Presenter, Reader,
    Request, RevokedDelegations, StatusEvidence, VerifiedResponse,
};
use vitacard::session::SessionTranscript;
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, ElementId, Error, NameSpace, unix_time};
use x509_cert::der::{DecodePem as _, Encode as _};

/// The one list of revoked delegations that these cards name, where they name one.
const LIST: &str = "https://example.org/revoked-delegations";

/// Of all cards but some that delegates show as their own.
const DOC_TYPE: &str = "org.iso.18013.5.1.mDL";

#[test]
fn every_vector_comes_out_as_it_says() {
    let mut wrong = Vec::new();
    for (name, vector) in published::of("delegation") {
        let mut vector = Vector {
            name: &name,
            fields: vector,
        };
        let expected = vector.take("expect");
        let found = vector.run();
        assert!(
            vector.fields.is_empty(),
            "{name}: unknown {:?}",
            vector.fields
        );
        for (way, found) in [("verify", &found[0]), ("verify_all", &found[1])] {
            if *found != expected {
                wrong.push(format!("{name}\n  expected   {expected}\n  {way} {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_reason_for_refusing_a_delegate_has_a_vector() {
    let vectors = published::of("delegation").into_iter();
    let shown = vectors.filter_map(|(_, vector)| {
        let reason = vector["expect"]["rejected"].as_str()?;
        Some(reason.to_owned())
    });
    let shown: BTreeSet<_> = shown.collect();
    for (code, _, name, _) in Error::ALL.iter().flat_map(|rows| rows.iter()) {
        // From 2770 on they are of messages between two phones, and to the issuer.
        // 2752 and 2753 are of lists with dates, which vectors do not have.
        let of_presentation = matches!(*code, 2606 | 2608 | 2700..=2751 | 2754..=2769);
        assert!(
            !of_presentation || shown.contains(*name),
            "no vector for {name}"
        );
    }
}

/// A vector, of which each field is taken out once.
struct Vector<'a> {
    name: &'a str,
    fields: Map<String, Json>,
}

impl Vector<'_> {
    /// What `verify` says, and `verify_all`.
    fn run(&mut self) -> [Json; 2] {
        assert!(self.text("rule").ends_with('.'), "{}", self.name);
        if let Some(attack) = self.fields.remove("case") {
            let attack = attack.as_str().expect("a text");
            assert!(attack.starts_with('H'), "{}: {attack}", self.name);
        }
        let response = self.bytes("response");
        let transcript = self.bytes("transcript");
        let transcript = SessionTranscript::given(&transcript).expect("a transcript");
        let (controller, code): (String, i64) =
            serde_json::from_value(self.take("purpose")).expect("a purpose");
        let request = self.request();
        let request = DeviceRequest::parse(&request).expect("a request");
        let revoked = self.revoked();
        let mut policy = Policy::default();
        policy.cards_without_status = true;
        let now = self.take("now").as_u64().expect("seconds");
        let mut conditions = Conditions::new(unix_time(now), &policy);
        let lists = revoked.as_deref();
        let lists = lists.map(|ids| [RevokedDelegations::at(LIST, ids)]);
        if let Some(lists) = &lists {
            conditions.status = StatusEvidence::none().with_revoked_delegations(lists);
        }
        let exchange = Exchange::new(&transcript, conditions)
            .with_request(request)
            .for_purpose(Purpose::new(&controller, code));
        let reader = Reader::new(RUSTCRYPTO, self.anchors());
        match DeviceResponse::parse(&response) {
            Ok(parsed) => [
                verdict(reader.verify(parsed, &exchange)),
                published::in_company(&reader, &response, &exchange, verdict),
            ],
            Err(error) => [failure(error), failure(error)],
        }
    }

    /// For all that is asked of one document.
    fn request(&mut self) -> Vec<u8> {
        let mut items = ItemsRequest::new(DocType::new(DOC_TYPE).expect("a name"));
        let requested: Vec<(String, String)> =
            serde_json::from_value(self.take("requested")).expect("names");
        for (name_space, id) in requested {
            let name_space = NameSpace::new(&name_space).expect("a name");
            let id = ElementId::new(&id).expect("a name");
            items = items.with_element(name_space, id, false);
        }
        let items = match self.fields.remove("accepts_delegates") {
            None => items.accepting_delegates(),
            Some(Json::Bool(false)) => items,
            Some(other) => panic!("{}: {other}", self.name),
        };
        Request::new([items]).expect("a request").to_bytes()
    }

    fn revoked(&mut self) -> Option<Vec<DelegationId>> {
        let ids: Option<Vec<String>> =
            serde_json::from_value(self.take("revoked")).expect("a list");
        let id = |id: String| {
            let id = hex::decode(id).expect("hex");
            DelegationId::from_bytes(id.try_into().expect("16 bytes"))
        };
        ids.map(|ids| ids.into_iter().map(id).collect())
    }

    fn anchors(&mut self) -> TrustAnchors {
        let root = x509_cert::Certificate::from_pem(self.text("anchor")).expect("a certificate");
        let mut anchors = TrustAnchors::new();
        anchors
            .add_root(&root.to_der().expect("DER"))
            .expect("a root");
        anchors
    }

    fn take(&mut self, field: &str) -> Json {
        let value = self.fields.remove(field);
        value.unwrap_or_else(|| panic!("{}: no {field}", self.name))
    }

    fn text(&mut self, field: &str) -> String {
        self.take(field).as_str().expect("a text").into()
    }

    fn bytes(&mut self, field: &str) -> Vec<u8> {
        hex::decode(self.text(field)).expect("hex")
    }
}

/// Of the document that a delegate shows, where there is one.
fn verdict(verdict: Result<VerifiedResponse<'_>, Error>) -> Json {
    let verified = match verdict {
        Ok(verified) => verified,
        Err(error) => return failure(error),
    };
    let delegate = verified
        .documents()
        .find_map(|document| match document.presenter() {
            Presenter::Holder => None,
            Presenter::Delegate(delegation) => Some(delegation.id().to_string()),
        });
    match delegate {
        None => json!({ "presenter": "direct" }),
        Some(id) => json!({ "presenter": "delegate", "id": id }),
    }
}

fn failure(error: Error) -> Json {
    match error {
        Error::Rejected(rejected) => json!({ "rejected": Error::from(rejected).reason() }),
        Error::Decode(_) => json!({ "rejected": "Undecodable" }),
        other => json!({ other.kind(): other.reason() }),
    }
}
