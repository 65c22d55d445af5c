//! The doors through which `proof/` enters: whatever reads or decides and needs no heap.
//!
//! Compiled with `--cfg vitacard_proof` alone, which `scripts/proof` sets, for another package can
//! call public items only. Each door takes bytes and values of which the optimiser knows nothing,
//! and walks one area; `black_box` keeps each result alive, and forgets what led to it, so that the
//! next step is proved for every value of its type. `proof/README.md` says what stays outside.

use core::fmt::{self, Write as _};
use core::hint::black_box;

use crate::cbor::{MESSAGE_CAP, Parts, WellFormed};
use crate::cose::{Compressed, CoseKey, Encrypt, Mac0, Sign1, parse_own_key};
use crate::crypto::{
    CryptoProvider, PreparedKey, PublicKey, Secret, SecureRandom, Signature, VerifyingKey,
    even_r_form,
};
use crate::delegation::{
    Encounter, Lending, Permission, RevocationRequest, Shown, VerifiedDelegation,
};
use crate::error::{Error, Rejected};
use crate::mdoc::{
    Dates, DeviceRequest, DeviceResponse, DeviceSigned, Document, Element, ElementValue,
    IssuerSigned, Mso, SessionTranscript, device_authentication, parse_tdate,
    reader_authentication,
};
use crate::reader::{DeviceElement, Exchange};
use crate::time::{UnixTime, Validity};
use crate::trust::{PreparedIssuer, TrustAnchors, TrustedIssuer, certificate_key};
use crate::verify::{
    Conditions, DocTypeMatches, KeyHeld, Possession, Standing, ValidNow, VerifiedCard,
    issuer_signature,
};

/// Well-formedness, and every walk over what is well formed.
pub fn cbor(bytes: &[u8], cap: usize, name: &str, number: i64) -> Result<(), Error> {
    // Not only what `parse` lets through: each accessor is proved for any bytes at all.
    let item = black_box(WellFormed::parse(bytes, cap)?);
    seen((item.text(), item.name(), item.byte_string()));
    seen((item.uint(), item.int(), item.boolean(), item.is_null()));
    seen((item.head(), item.tag(), item.bytes(), item.offset()));
    seen((item.tuple::<1>(), item.tuple::<4>(), item.parse_content()));
    seen((item.fields([name; 2]), item.fields([number; 7])));
    seen(item.without_tag(number.unsigned_abs()));
    seen(WellFormed::parse_deterministic(bytes, cap));
    seen(item.check_deterministic());
    seen((
        item.closed_fields([name; 2]),
        item.closed_fields([number; 7]),
    ));
    seen(item.embedded().map(|inner| (inner.raw(), inner.content())));
    for inner in black_box(item.array())? {
        black_box(inner)?;
    }
    let map = black_box(item.map())?;
    seen(map.left());
    for entry in map {
        black_box(entry)?;
    }
    Ok(())
}

/// COSE_Sign1, COSE_Mac0, COSE_Encrypt and COSE_Key: parsed, and verified by the provider.
pub fn cose(
    bytes: &[u8],
    payload: &[u8],
    key: &PublicKey,
    secret: &Secret<32>,
    crypto: &CryptoProvider,
) -> Result<(), Error> {
    let item = black_box(WellFormed::parse(bytes, MESSAGE_CAP)?);
    let payload = Parts::new().raw(payload);
    let payload = black_box(Parts::new().embedded(&payload).null());
    let typ = black_box("application/cwt");
    for sign1 in [
        Sign1::parse_attached(item),
        Sign1::parse_detached(item),
        Sign1::parse_message(item, typ),
    ] {
        let Ok(sign1) = black_box(sign1) else {
            continue;
        };
        let headers = sign1.headers();
        seen((headers.protected(), headers.algorithm()));
        if let Some(chain) = black_box(headers.claimed_x5chain()) {
            seen(chain.bytes());
            chain.certificates().for_each(seen);
        }
        seen((sign1.dangerous_unverified(), sign1.payload_bytes()));
        seen((sign1.is_bare(), sign1.signed_message(&payload)));
        seen(sign1.verify(VerifyingKey::new(key), crypto));
        seen(sign1.verify_for(&payload, key.into(), crypto));
        seen(sign1.verify_detached(&payload, key.into(), crypto));
    }
    if let Ok(mac0) = black_box(Mac0::parse(item)) {
        seen(mac0.verify_detached(&payload, secret, crypto));
    }
    seen(parse_own_key(item));
    seen(Encrypt::parse(bytes, MESSAGE_CAP));
    for form in [Compressed::Allowed, Compressed::Refused] {
        let key = black_box(CoseKey::parse(item, form)?);
        let algorithm = crate::crypto::Algorithm::from_cose(black_box(0));
        seen((key.may_verify(algorithm), key.may_derive()));
        seen(key.public_key());
    }
    Ok(())
}

/// Points of P-256, and signatures as hardware writes them.
pub fn keys(bytes: &[u8], x: &[u8; 32], y: &[u8; 32], odd: bool, size: usize) {
    let points = [
        PublicKey::p256(bytes).ok(),
        PublicKey::p256_coordinates(x, y),
        PublicKey::p256_compressed(x, odd),
    ];
    for key in black_box(points).into_iter().flatten() {
        seen((key.curve(), key.as_bytes(), key.coordinates()));
        seen(write!(Unread, "{key:?}"));
    }
    for signature in [
        Signature::from_bytes(bytes),
        Signature::from_der(bytes, size),
    ] {
        seen(signature.as_ref().map(Signature::as_bytes));
        seen(write!(Unread, "{signature:?}"));
    }
}

/// ES256 by the library's own engine: with and without a table of the key's, and with the hint that
/// R has an even y.
pub fn signatures(
    key: &PublicKey,
    prepared: &PreparedKey,
    [message, signature]: [&[u8]; 2],
    crypto: &CryptoProvider,
) {
    for key in [VerifyingKey::new(key), VerifyingKey::prepared(prepared)] {
        for key in [key, key.expecting_even_r()] {
            for verifier in crypto.signatures {
                let verdict = verifier.verify(black_box(key), &[message, message], signature);
                seen(verdict);
            }
        }
    }
    if let (Ok(hash), Ok(signature)) = (crypto.sha256(&[message]), Signature::from_bytes(signature))
    {
        seen(even_r_form(key, &black_box(hash), &black_box(signature)));
    }
}

/// Dates and windows.
#[must_use]
pub fn time(text: &str, times: [UnixTime; 3]) -> Option<()> {
    let [from, until, now] = times;
    let read = black_box(parse_tdate(text))?;
    let (window, other) = (Validity::new(from, until)?, Validity::new(now, read)?);
    let both = black_box(window).intersection(&black_box(other))?;
    seen((both.secs(), both.holds_at(now), both.from(), both.until()));
    Some(())
}

/// Every kind of transcript, hashed as it is written; and the lax walk to a certificate's key.
pub fn transcript(
    [a, b, c, d]: [&[u8]; 4],
    [e, f, g, h]: [&str; 4],
    thumbprint: Option<&[u8; 32]>,
    crypto: &CryptoProvider,
) {
    let transcripts = [
        SessionTranscript::qr(a, b).ok(),
        SessionTranscript::nfc(a, b, c, Some(d)).ok(),
        SessionTranscript::nfc(a, b, c, None).ok(),
        SessionTranscript::openid4vp(e, f, thumbprint, g, crypto).ok(),
        SessionTranscript::openid4vp_dc_api(e, f, thumbprint, crypto).ok(),
        SessionTranscript::annex_b(e, f, g, h, crypto).ok(),
        SessionTranscript::annex_c(e, f, crypto).ok(),
        SessionTranscript::given(a).ok(),
    ];
    for transcript in black_box(transcripts).into_iter().flatten() {
        let transcript = black_box(transcript);
        seen(transcript.salt(crypto));
        seen(transcript.reader_key());
        let authentication = black_box(device_authentication(&transcript, e, d));
        seen(authentication.with(|parts| crypto.sha256(parts)));
    }
    seen(certificate_key(a));
}

/// A request: what it asks for, and the bytes that its reader signed.
pub fn request(
    bytes: &[u8],
    transcript: &[u8],
    names: (&str, &str),
    key: &PublicKey,
    crypto: &CryptoProvider,
) -> Result<(), Error> {
    let request = black_box(DeviceRequest::parse(bytes)?);
    let transcript = black_box(SessionTranscript::given(transcript)?);
    for document in request.documents() {
        let document = black_box(document);
        seen((
            document.doc_type(),
            document.index(),
            document.claims_reader(),
        ));
        seen((
            document.doc_type() == names.0,
            document.asks_for(names.0, names.1),
        ));
        document.elements().for_each(seen);
        let signed = reader_authentication(&transcript, document.raw_items_request());
        if let Some(auth) = document.reader_auth() {
            seen(auth.verify_detached(&signed, key.into(), crypto));
        }
    }
    Ok(())
}

/// A response, before anything in it is verified.
pub fn response(bytes: &[u8], cap: usize) -> Result<(), Error> {
    let response = black_box(DeviceResponse::parse_within(bytes, cap)?);
    seen(response.claimed_status());
    response.claimed_doc_types().for_each(seen);
    for document in response.documents() {
        let document = black_box(document?);
        issuer_signed(&document.issuer_signed);
        device_signed(&document.device_signed);
    }
    let item = black_box(WellFormed::parse(bytes, cap)?);
    issuer_signed(&IssuerSigned::parse(item)?);
    device_signed(&DeviceSigned::parse(item)?);
    Ok(())
}

fn issuer_signed(claimed: &IssuerSigned<'_>) {
    seen((claimed.auth(), claimed.auth_bytes()));
    for item in claimed.items().filter_map(Result::ok) {
        let item = black_box(item);
        seen((item.claimed_name(), item.raw(), item.duplicate()));
    }
}

fn device_signed(claimed: &DeviceSigned<'_>) {
    seen((claimed.auth(), claimed.raw_name_spaces()));
    for item in claimed.items() {
        seen((item.index(), item.claimed_name(), item.into_parts()));
    }
}

/// The decision: every step that `Reader::verify` takes, on one document after the other.
pub fn verify(
    bytes: &[u8],
    exchange: &Exchange<'_>,
    anchors: &TrustAnchors,
    crypto: &CryptoProvider,
) -> Result<(), Error> {
    let conditions = &exchange.conditions;
    for document in DeviceResponse::parse(bytes)?.documents() {
        let document = black_box(document?);
        let auth = document.issuer_signed.auth();
        let now = black_box(conditions.trusted_now()?);
        if let Some(unsigned) = auth.dangerous_unverified() {
            black_box(Mso::refuse_early(unsigned, now, now))?;
        }
        let issuer = PreparedIssuer::find(auth, anchors, None, crypto, now);
        let issuer = black_box(issuer?);
        let signed = black_box(issuer_signature(auth, &issuer, crypto)?);
        let mso = black_box(Mso::parse(signed)?);
        open_items(&document.issuer_signed, &mso, crypto)?;
        let doc_type = black_box(DocTypeMatches::check(Some(document.doc_type), &mso)?);
        let valid = valid_now(mso.dates(), issuer.issuer(), conditions, now)?;
        let check = conditions.look_up(issuer.issuer(), now, crypto);
        let finding = black_box(check.card(mso.status())?);
        let standing = black_box(Standing::of_holder(finding, conditions.policy, now)?);
        let issuer = *issuer.issuer();
        // Whatever elements it has: the optimiser does not know that there are none.
        let steps = (issuer, signed, mso, doc_type, valid, (finding, standing));
        let card = black_box(VerifiedCard::of_steps(steps));
        match black_box(Shown::of(&card, &document.device_signed)?) {
            Shown::Directly(_) => key_held(&document, &mso, exchange, crypto)?,
            Shown::ByDelegate(claimed) => {
                let asking = (exchange.request, exchange.purpose);
                let (transcript, conditions) = (exchange.transcript, exchange.conditions);
                let encounter = Encounter::new(transcript, bytes.len(), asking, conditions);
                let encounter = black_box(encounter)?;
                let shown = claimed.verify(&card, &document.device_signed, &encounter, crypto);
                let (delegation, standing) = black_box(shown)?;
                seen(standing);
                verified_delegation(&delegation, now);
            }
        }
        delegation(bytes, &card, exchange, crypto)?;
    }
    Ok(())
}

/// The steps of a delegation, each on its own.
fn delegation(
    bytes: &[u8],
    card: &VerifiedCard<'_>,
    exchange: &Exchange<'_>,
    crypto: &CryptoProvider,
) -> Result<(), Error> {
    let permission = black_box(Permission::of(card, crypto)?);
    seen((permission.terms(), permission.parent().as_bytes()));
    let genuine = black_box(permission.open_bytes(bytes, crypto)?);
    seen((genuine.id(), genuine.key(), genuine.ends()));
    let now = exchange.conditions.trusted_now()?;
    let delegation = black_box(genuine.in_force_at(now)?);
    let asked = |_: &str, _: &str| black_box(true);
    black_box(permission.check_elements(&delegation, asked))?;
    verified_delegation(&delegation, now);
    Ok(())
}

fn verified_delegation(delegation: &VerifiedDelegation<'_>, now: UnixTime) {
    seen((delegation.id().as_bytes(), delegation.key()));
    seen((delegation.name(), delegation.advised_uses()));
    seen((
        delegation.begins(),
        delegation.ends(),
        delegation.days_left(now),
    ));
    seen(delegation.own_card());
    for purpose in delegation.purposes() {
        let purpose = black_box(purpose);
        seen((purpose.controller(), purpose.code()));
        seen(delegation.covers(&purpose));
    }
    seen(write!(Unread, "{}", delegation.id()));
}

/// What comes from the other phone, and what an issuer is sent: the request for a delegation, up to
/// where a copy of its name is made, and the request to revoke one.
pub fn requests(
    bytes: &[u8],
    commitment: &[u8; 32],
    now: UnixTime,
    crypto: &CryptoProvider,
    rng: &mut dyn SecureRandom,
) -> Result<(), Error> {
    if let Ok(revocation) = black_box(RevocationRequest::parse(bytes)) {
        seen(revocation.claimed_card());
    }
    let hand_over = black_box(Lending::begin(commitment, rng)?);
    seen(hand_over.nonce());
    let (exchanged, claims) = black_box(hand_over.check(bytes, now, crypto)?);
    seen(write!(Unread, "{}", exchanged.sas));
    seen(claims);
    Ok(())
}

fn open_items(
    shown: &IssuerSigned<'_>,
    mso: &Mso<'_>,
    crypto: &CryptoProvider,
) -> Result<(), Error> {
    let mut digests = black_box(mso.digests());
    for item in shown.items() {
        let element: Element<'_> = black_box(black_box(item?).open(&mut digests, crypto)?);
        seen((element.name_space().as_str(), element.id().as_str()));
        values(element.value());
    }
    Ok(())
}

fn valid_now(
    dates: &Dates,
    issuer: &TrustedIssuer,
    conditions: &Conditions<'_>,
    now: UnixTime,
) -> Result<ValidNow, Rejected> {
    let valid = black_box(ValidNow::check(dates, issuer, conditions.policy, now)?);
    seen(valid.window());
    Ok(valid)
}

fn key_held(
    document: &Document<'_>,
    mso: &Mso<'_>,
    exchange: &Exchange<'_>,
    crypto: &CryptoProvider,
) -> Result<(), Error> {
    let possession = Possession {
        doc_type: mso.doc_type(),
        key: mso.device_key(),
        even_r: mso.device_key_even_r(),
        transcript: exchange.transcript,
        reader_key: exchange.reader_key,
        policy: exchange.conditions.policy,
    };
    let shown = &document.device_signed;
    let signed = device_authentication(
        exchange.transcript,
        document.doc_type,
        shown.raw_name_spaces(),
    );
    seen(signed);
    let held = black_box(KeyHeld::check(shown, &possession, crypto)?);
    let opened = black_box(held.open(shown, mso.key_authorizations())?);
    for element in opened.iter() {
        let element: DeviceElement<'_> = black_box(element);
        seen((element.name_space().as_str(), element.id().as_str()));
        values(element.value());
    }
    Ok(())
}

fn values(value: &ElementValue<'_>) {
    seen((value.as_text(), value.as_bool(), value.as_integer()));
    seen((value.as_bytes(), value.as_date(), value.as_cbor()));
    seen(write!(Unread, "{value:?}"));
}

/// What an error says of itself.
pub fn errors(error: Error, document: u8) {
    seen((error.code(), error.kind(), error.reason()));
    seen(write!(Unread, "{error} {error:?}"));
    match error {
        Error::Rejected(rejected) => {
            seen((rejected.document(), rejected.in_document(document)));
        }
        Error::Decode(decode) => {
            seen((decode.kind(), decode.offset()));
        }
        Error::Session(_) | Error::Misuse(_) | Error::Vault(_) | Error::Crypto(_) => {}
    }
}

/// Whatever is seen happens.
fn seen<T>(value: T) {
    drop(black_box(value));
}

struct Unread;

impl fmt::Write for Unread {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        seen(text);
        black_box(Ok(()))
    }
}
