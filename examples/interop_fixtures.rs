//! Writes what `interop/` shows to other readers: `interop_fixtures FOLDER`, see interop/README.md.
//!
//! A card that can be lent, shown by its holder and by a delegate. The certificates are of today,
//! as one of those readers asks the machine for the time.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a tool has std, and uses a part of the certificate kit"
)]

#[path = "../tests/pki/mod.rs"]
mod pki;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs};

use pki::{CRL_URI, Entity, Profile};
use serde_json::json;
use vitacard::crypto::{Algorithm, PublicKey, RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom};
use vitacard::delegation::{
    DelegationPolicy, Lending, MAX_SECS, Purpose, PurposeSet, RequestDraft,
};
use vitacard::holder::{Card, Consent, DelegatedCard, DeviceRequest, Grant};
use vitacard::issuer::Draft;
use vitacard::reader::{ItemsRequest, Request};
use vitacard::session::SessionTranscript;
use vitacard::trust::TrustAnchors;
use vitacard::{DocType, ElementId, NameSpace, UnixTime, Validity, unix_time};

const DAY: u64 = 86_400;
/// Peers read no other.
const DOC_TYPE: &str = "org.iso.18013.5.1.mDL";
const NAME_SPACE: &str = "org.iso.18013.5.1";
const PURPOSE: Purpose<'_> = Purpose::new("org.vitacard", 1);
const TRANSCRIPT: &[u8] = &[0x83, 0xf6, 0xf6, 0xf6];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("which folder?")?);
    let rng = &mut SystemRandom;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let now = unix_time(since.as_secs());
    let (root, signer) = authority(now.as_secs());
    let mut anchors = TrustAnchors::new();
    anchors.add_root(&root.der)?;

    let phone = SoftwareSigner::generate(rng)?;
    let issued = issue(&signer, phone.public_key(), now)?;
    let card = Card::accept(&issued, &anchors, &RUSTCRYPTO, now)?;
    let (asked, transcript) = (ask()?, SessionTranscript::given(TRANSCRIPT)?);
    let request = DeviceRequest::parse(&asked)?;
    let everything = |consent: Consent, asked| Consent::everything_asked(consent, &asked);
    let consent = request.documents().fold(Consent::none(), everything);
    let unsigned = card.present(&request, &consent, &transcript)?;
    let by_holder = unsigned.sign_with(&phone, &RUSTCRYPTO)?.to_bytes();
    write(&folder, "holder", &by_holder, &root, now)?;

    let delegate = SoftwareSigner::generate(rng)?;
    let lent = lend(&card, &phone, &delegate, &anchors, now)?;
    let unsigned = lent.present(&request, &PURPOSE, &consent, &transcript, now)?;
    let by_delegate = unsigned.sign_with(&delegate, &RUSTCRYPTO)?.to_bytes();
    write(&folder, "delegate", &by_delegate, &root, now)
}

fn authority(now: u64) -> (Entity, Entity) {
    let days = |before: u64, after: u64| {
        move |profile: &mut Profile| {
            profile.not_before = now - before * DAY;
            profile.not_after = now + after * DAY;
        }
    };
    // isomdl wants the address of a revocation list in the root as well.
    let root = Profile::iaca_root().with(days(365, 3000));
    let root = Entity::self_signed(root.with(|root| root.crl_uri = Some(CRL_URI)), "root");
    let signer = Profile::document_signer().with(days(30, 300));
    let signer = root.issue(signer, "document signer");
    (root, signer)
}

fn issue(signer: &Entity, key: PublicKey, now: UnixTime) -> Result<Vec<u8>, Box<dyn Error>> {
    let window = Validity::new(now, unix_time(now.as_secs() + 90 * DAY)).ok_or("dates")?;
    let mdl = NameSpace::new(NAME_SPACE)?;
    let unsigned = Draft::new(DocType::new(DOC_TYPE)?, key, window)
        .with_element(mdl.borrowed(), ElementId::new("family_name")?, "Martin")
        .with_element(mdl, ElementId::new("given_name")?, "Camille")
        .with_delegation(DelegationPolicy::lasting(MAX_SECS)?)
        .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)?;
    let key = SoftwareSigner::from_bytes(&signer.key.scalar())?;
    Ok(unsigned.sign(&key, &[&signer.der], &RUSTCRYPTO)?)
}

fn ask() -> Result<Vec<u8>, vitacard::Error> {
    let mdl = NameSpace::new(NAME_SPACE)?;
    let items = ItemsRequest::new(DocType::new(DOC_TYPE)?)
        .with_element(mdl.borrowed(), ElementId::new("family_name")?, false)
        .with_element(mdl, ElementId::new("given_name")?, false)
        .accepting_delegates();
    Ok(Request::new([items])?.to_bytes())
}

fn lend(
    card: &Card,
    holder: &SoftwareSigner,
    delegate: &SoftwareSigner,
    anchors: &TrustAnchors,
    now: UnixTime,
) -> Result<DelegatedCard, Box<dyn Error>> {
    let rng = &mut SystemRandom;
    let draft = RequestDraft::new(delegate.public_key());
    let committed = draft.commit(now, &RUSTCRYPTO, rng)?;
    let hand_over = Lending::begin(committed.commitment(), rng)?;
    let unsigned = committed.answer(hand_over.nonce(), &RUSTCRYPTO)?;
    let (open, request) = unsigned.sign_with(delegate, &RUSTCRYPTO)?;
    let asked = hand_over.receive(&request, now, &RUSTCRYPTO)?;
    let elements = card.elements();
    let elements: Vec<_> = elements
        .map(|element| (element.name_space().clone(), element.id().clone()))
        .collect();
    let until = unix_time(now.as_secs() + MAX_SECS);
    let grant = Grant::new(card, &asked, &elements, PurposeSet::of(PURPOSE), now, until)?;
    let loan = card
        .delegate(grant, now, rng)?
        .sign_with(holder, &RUSTCRYPTO)?;
    let parcel = loan.seal(&RUSTCRYPTO, rng)?;
    Ok(DelegatedCard::accept(
        &parcel,
        open,
        anchors,
        &RUSTCRYPTO,
        now,
    )?)
}

fn write(
    folder: &Path,
    name: &str,
    response: &[u8],
    root: &Entity,
    now: UnixTime,
) -> Result<(), Box<dyn Error>> {
    use x509_cert::der::pem::{LineEnding, encode_string};
    let anchor = encode_string("CERTIFICATE", LineEnding::LF, &root.der)?;
    let fixture = json!({
        "response": hex::encode(response),
        "transcript": hex::encode(TRANSCRIPT),
        "anchor": anchor,
        "now": now.as_secs(),
    });
    let file = folder.join(format!("{name}.json"));
    Ok(fs::write(file, serde_json::to_string_pretty(&fixture)?)?)
}
