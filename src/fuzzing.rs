//! The doors through which `fuzz/` enters: parsers that are private, with what must always hold.
//!
//! Compiled under `cfg(fuzzing)` alone, which cargo-fuzz sets, for another package can call public
//! items only. Each door parses, walks all that parsed, and panics where a walk contradicts the
//! parse; what it gives back is for the targets, which compare it with what other code has read.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a fuzzer is told of a fault by a panic"
)]

mod delegation;
mod status;

use alloc::string::String;
use alloc::vec::Vec;

use ciborium::Value;
pub use delegation::{Opened, delegation};
pub use status::{coded_numbers, increment, status_list};

use crate::cbor::{MAX_DEPTH, MESSAGE_CAP, Parts, WellFormed, major, to_deterministic};
use crate::cose::{Compressed, CoseKey, Encrypt, Headers, Mac0, Sign1, encode_key, parse_own_key};
use crate::crypto::{CryptoProvider, PublicKey, Secret};
use crate::delegation::NAME_SPACE;
use crate::error::{DecodeErrorKind, Error, Misuse, Rejected};
use crate::mdoc::{
    DeviceAuth, DeviceRequest, DeviceResponse, DeviceSigned, ElementValue, IssuerSigned, Mso,
    RetrievalMethod, SessionTranscript, device_authentication, format_tdate, parse_tdate,
    reader_authentication,
};
use crate::time::{UnixTime, unix_time};

/// Well-formedness and every walk; gives the number of items, those in byte strings included.
pub fn cbor(bytes: &[u8]) -> Result<usize, Error> {
    let parsed = WellFormed::parse(bytes, MESSAGE_CAP);
    let again = WellFormed::parse(bytes, bytes.len());
    assert_eq!(
        parsed.err(),
        again.err(),
        "a cap that is met changes nothing"
    );
    let item = match parsed {
        Ok(item) => item,
        Err(error) => {
            assert!(usize::try_from(error.offset()).unwrap() <= bytes.len());
            return Err(error.into());
        }
    };
    refuse_parts(bytes);
    Ok(walk(item, bytes, 0))
}

/// An element's value that nobody has signed.
pub fn value(bytes: &[u8]) -> Result<ElementValue<'_>, Error> {
    Ok(ElementValue::of(WellFormed::parse(bytes, MESSAGE_CAP)?))
}

/// The deterministic encoding of `value`.
pub fn deterministic(value: &Value) -> Result<Vec<u8>, Misuse> {
    to_deterministic(value)
}

/// The time of a `tdate`, and the text that we write for it.
#[must_use]
pub fn date(text: &str) -> Option<(UnixTime, String)> {
    let time = parse_tdate(text)?;
    let written = format_tdate(time).expect("four digits were read");
    assert_eq!(parse_tdate(&written), Some(time));
    Some((time, written))
}

/// What is read of a COSE structure before and after its check.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Cose<'a> {
    /// `alg` of the protected bucket.
    pub algorithm: Option<i64>,
    /// The protected bucket.
    pub protected: &'a [u8],
    /// `x5chain`.
    pub certificates: Vec<&'a [u8]>,
    /// The payload, where a check has let it out.
    pub payload: Option<&'a [u8]>,
    /// Whether a check with a detached payload passed.
    pub detached: bool,
}

/// COSE_Sign1 with a payload of CBOR, verified with `key`; and as if its payload were `detached`.
pub fn sign1<'a>(
    bytes: &'a [u8],
    detached: &[u8],
    key: &PublicKey,
    crypto: &CryptoProvider,
) -> Result<Cose<'a>, Error> {
    let sign1 = Sign1::parse_attached(WellFormed::parse(bytes, MESSAGE_CAP)?)?;
    let signed = sign1.verify(key.into(), crypto).ok();
    let checked = sign1.verify_detached(&Parts::new().raw(detached), key.into(), crypto);
    Ok(Cose {
        payload: signed.map(|signed| signed.content().bytes()),
        detached: checked.is_ok(),
        ..cose(sign1.headers(), bytes)
    })
}

/// COSE_Sign1 whose payload stands elsewhere; one that is there all the same may be any bytes.
pub fn sign1_detached<'a>(
    bytes: &'a [u8],
    detached: &[u8],
    key: &PublicKey,
    crypto: &CryptoProvider,
) -> Result<Cose<'a>, Error> {
    let sign1 = Sign1::parse_detached(WellFormed::parse(bytes, MESSAGE_CAP)?)?;
    assert!(
        sign1.verify(key.into(), crypto).is_err(),
        "not read, so never let out"
    );
    let checked = sign1.verify_detached(&Parts::new().raw(detached), key.into(), crypto);
    Ok(Cose {
        detached: checked.is_ok(),
        ..cose(sign1.headers(), bytes)
    })
}

/// Whether COSE_Mac0 authenticates `payload` under `key`.
pub fn mac0(
    bytes: &[u8],
    payload: &[u8],
    key: &Secret<32>,
    crypto: &CryptoProvider,
) -> Result<bool, Error> {
    let mac0 = Mac0::parse(WellFormed::parse(bytes, MESSAGE_CAP)?)?;
    Ok(mac0
        .verify_detached(&Parts::new().raw(payload), key, crypto)
        .is_ok())
}

/// The key of a COSE_Key.
pub fn cose_key(bytes: &[u8]) -> Result<PublicKey, Error> {
    let item = WellFormed::parse(bytes, MESSAGE_CAP)?;
    let key = CoseKey::parse(item, Compressed::Allowed)?;
    if let Ok(same) = CoseKey::parse(item, Compressed::Refused) {
        assert_eq!(same.public_key(), key.public_key());
    }
    Ok(*key.public_key())
}

/// COSE_Encrypt and COSE_Key as messages of our own have them: with one encoding each.
pub fn own(bytes: &[u8]) {
    if let Ok(message) = Encrypt::parse(bytes, MESSAGE_CAP) {
        assert_eq!(message.encode(), bytes, "one encoding");
    }
    let Ok(item) = WellFormed::parse_deterministic(bytes, MESSAGE_CAP) else {
        return;
    };
    if let Ok(key) = parse_own_key(item) {
        assert_eq!(encode_key(&key), bytes, "one encoding");
        assert_eq!(cose_key(bytes), Ok(key), "the lenient reader agrees");
    }
}

/// What one document, or one IssuerSigned, claims.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Claims<'a> {
    /// The document type, where the document names one.
    pub doc_type: Option<&'a str>,
    /// Name space and identifier of each issuer-signed item.
    pub issuer: Vec<(&'a str, &'a str)>,
    /// The number of the digest of each of them.
    pub numbers: Vec<u32>,
    /// Name space and identifier of each device-signed element.
    pub device: Vec<(&'a str, &'a str)>,
    /// Whether there is the name space of delegations among them, be it empty.
    pub by_delegate: bool,
    /// What stands where a delegation would.
    pub delegation: Option<&'a [u8]>,
}

/// IssuerSigned.
pub fn issuer_signed(bytes: &[u8]) -> Result<Claims<'_>, Error> {
    let item = WellFormed::parse(bytes, MESSAGE_CAP)?;
    let issuer_signed = IssuerSigned::parse(item)?;
    Ok(Claims {
        issuer: issuer_claims(&issuer_signed, bytes),
        numbers: numbers(&issuer_signed),
        ..Claims::default()
    })
}

/// DeviceResponse.
pub fn response<'a>(
    bytes: &'a [u8],
    key: &PublicKey,
    crypto: &CryptoProvider,
) -> Result<Vec<Claims<'a>>, Error> {
    let response = DeviceResponse::parse(bytes)?;
    let documents: Vec<_> = response.documents().map(Result::unwrap).collect();
    let [written] = WellFormed::parse(bytes, MESSAGE_CAP)?.fields(["documents"])?;
    assert_eq!(documents.len(), written.map_or(0, length));
    let claims = documents.iter().zip(0..).map(|(document, index)| {
        assert_eq!(document.index, index);
        Claims {
            doc_type: Some(document.doc_type),
            issuer: issuer_claims(&document.issuer_signed, bytes),
            numbers: numbers(&document.issuer_signed),
            device: device_claims(&document.device_signed, bytes, key, crypto),
            by_delegate: document
                .device_signed
                .claimed_name_space(NAME_SPACE)
                .is_some(),
            delegation: claimed_delegation(&document.device_signed),
        }
    });
    Ok(claims.collect())
}

/// DeviceRequest.
pub fn request<'a>(
    bytes: &'a [u8],
    key: &PublicKey,
    crypto: &CryptoProvider,
) -> Result<DeviceRequest<'a>, Error> {
    let request = DeviceRequest::parse(bytes)?;
    let [written] = WellFormed::parse(bytes, MESSAGE_CAP)?.fields(["docRequests"])?;
    let written: Vec<_> = items(written.unwrap()).collect();
    assert_eq!(request.documents().count(), written.len());
    for ((document, written), index) in request.documents().zip(written).zip(0..) {
        assert_eq!(document.index(), index);
        lies_in(document.raw_items_request(), bytes);
        let [items_request] = written.fields(["itemsRequest"])?;
        let items_request = items_request.unwrap().embedded()?;
        assert_eq!(items_request.raw(), document.raw_items_request());
        let [name_spaces] = items_request.content().fields(["nameSpaces"])?;
        let counts = entries(name_spaces.unwrap()).map(|(_, ids)| entries(ids).count());
        assert_eq!(document.elements().count(), counts.sum::<usize>());
        let transcript = SessionTranscript::lent(&[0x83, 0xf6, 0xf6, 0xf6]);
        let signed = reader_authentication(&transcript, document.raw_items_request());
        assert!(WellFormed::parse(&written_out(&signed), MESSAGE_CAP).is_ok());
        assert_eq!(document.claims_reader(), document.reader_auth().is_some());
        if let Some(auth) = document.reader_auth() {
            cose(auth.headers(), bytes);
            let _ = auth.verify_detached(&signed, key.into(), crypto);
        }
    }
    Ok(request)
}

/// A transcript from elsewhere.
pub fn transcript(bytes: &[u8], crypto: &CryptoProvider) -> Result<(), Error> {
    let given = SessionTranscript::given(bytes)?;
    let (plain, tagged) = (given.to_bytes(), given.to_tagged_bytes());
    assert!(bytes == plain || bytes == tagged, "used as it is");
    assert_eq!(SessionTranscript::given(&plain)?.to_bytes(), plain);
    assert_eq!(SessionTranscript::lent(&plain).to_bytes(), plain);
    // The tag is one level more, which may be one too many.
    if let Ok(same) = SessionTranscript::given(&tagged) {
        assert_eq!(
            (same.to_bytes(), same.to_tagged_bytes()),
            (plain, tagged.clone())
        );
    }
    assert_eq!(given.salt(crypto)?, crypto.sha256(&[&tagged])?);
    given.reader_key()?;
    Ok(())
}

/// The engagement with this key and these methods.
pub fn encode_engagement(
    key: &PublicKey,
    methods: &[RetrievalMethod<'_>],
) -> Result<Vec<u8>, Misuse> {
    crate::mdoc::encode_engagement(key, methods)
}

/// The text of a QR code.
#[must_use]
pub fn engagement_uri(bytes: &[u8]) -> String {
    crate::mdoc::engagement_uri(bytes)
}

fn issuer_claims<'a>(issuer_signed: &IssuerSigned<'a>, message: &[u8]) -> Vec<(&'a str, &'a str)> {
    lies_in(issuer_signed.auth_bytes(), message);
    cose(issuer_signed.auth().headers(), message);
    if let Some(unsigned) = issuer_signed.auth().dangerous_unverified() {
        for now in [0, 1_780_272_000, u64::MAX] {
            let refused = Mso::refuse_early(unsigned, unix_time(now), unix_time(now));
            assert!(matches!(
                refused,
                Ok(()) | Err(Rejected::EarlyNotYetValid { .. } | Rejected::EarlyExpired { .. })
            ));
        }
    }
    let items = issuer_signed.items().map(Result::unwrap).zip(0..);
    let names = items.map(|(item, index)| {
        let numbered = item.duplicate();
        assert!(matches!(numbered, Rejected::DuplicateElement { item, .. } if item == index));
        lies_in(item.raw(), message);
        item.claimed_name()
    });
    names.collect()
}

fn numbers(issuer_signed: &IssuerSigned<'_>) -> Vec<u32> {
    let items = issuer_signed.items().map(Result::unwrap);
    let numbers = items.map(|item| match item.duplicate() {
        Rejected::DuplicateElement { digest_id, .. } => digest_id,
        other => panic!("{other}"),
    });
    numbers.collect()
}

fn device_claims<'a>(
    device_signed: &DeviceSigned<'a>,
    message: &[u8],
    key: &PublicKey,
    crypto: &CryptoProvider,
) -> Vec<(&'a str, &'a str)> {
    let raw = device_signed.raw_name_spaces();
    lies_in(raw, message);
    let transcript = SessionTranscript::lent(&[0x83, 0xf6, 0xf6, 0xf6]);
    let signed = device_authentication(&transcript, "type", raw);
    assert!(signed.is(&written_out(&signed)));
    match device_signed.auth() {
        DeviceAuth::Signature(sign1) => {
            cose(sign1.headers(), message);
            let _ = sign1.verify_detached(&signed, key.into(), crypto);
        }
        DeviceAuth::Mac(mac0) => {
            let _ = mac0.verify_detached(&signed, &Secret::new([0; 32]), crypto);
        }
    }
    let content = WellFormed::parse(raw, MESSAGE_CAP).unwrap();
    let content = content.embedded().unwrap().content();
    let written = entries(content).map(|(_, elements)| entries(elements).count());
    let names = device_signed.items().zip(0..).map(|(item, index)| {
        assert_eq!(item.index(), index);
        item.claimed_name()
    });
    let names: Vec<_> = names.collect();
    assert_eq!(names.len(), written.sum::<usize>());
    names
}

fn claimed_delegation<'a>(device_signed: &DeviceSigned<'a>) -> Option<&'a [u8]> {
    let elements = device_signed.claimed_name_space(NAME_SPACE)?;
    let [delegation] = elements.fields(["delegation"]).ok()?;
    delegation?.byte_string().ok()
}

fn cose<'a>(headers: &Headers<'a>, message: &[u8]) -> Cose<'a> {
    lies_in(headers.protected(), message);
    let chain = headers.claimed_x5chain();
    let certificates = chain.map_or_else(Vec::new, |chain| {
        lies_in(chain.bytes(), message);
        let certificates: Vec<_> = chain.certificates().collect();
        assert!((1..=4).contains(&certificates.len()));
        assert!(certificates.iter().all(|der| !der.is_empty()));
        certificates
    });
    Cose {
        algorithm: headers.algorithm().map(|algorithm| algorithm.to_cose()),
        protected: headers.protected(),
        certificates,
        payload: None,
        detached: false,
    }
}

/// Nothing well formed begins, or goes on after, something well formed.
fn refuse_parts(bytes: &[u8]) {
    let kind = |bytes: &[u8]| WellFormed::parse(bytes, MESSAGE_CAP).unwrap_err().kind();
    let step = (bytes.len() / 32).max(1);
    for len in (0..bytes.len()).step_by(step) {
        assert_eq!(kind(&bytes[..len]), DecodeErrorKind::Truncated, "{len}");
    }
    let longer: Vec<_> = bytes.iter().copied().chain([0]).collect();
    assert_eq!(kind(&longer), DecodeErrorKind::TrailingData);
    let capped = WellFormed::parse(bytes, bytes.len() - 1).unwrap_err();
    assert_eq!(capped.kind(), DecodeErrorKind::TooLong);
}

/// Walks everything below `item`, and gives the number of items.
fn walk(item: WellFormed<'_>, message: &[u8], depth: u8) -> usize {
    assert!(depth <= MAX_DEPTH);
    lies_at(item, message);
    accessors(item);
    let inside = match item.head().unwrap().0 {
        major::ARRAY => side_by_side(item, items(item), message, depth),
        major::MAP => {
            for (key, value) in entries(item).take(64) {
                look_up(item, key, value);
            }
            let all = entries(item).flat_map(|(key, value)| [key, value]);
            side_by_side(item, all, message, depth)
        }
        major::TAG => {
            let (_, inner) = item.tag().unwrap().unwrap();
            if let Ok(embedded) = item.embedded() {
                assert_eq!(embedded.raw(), item.bytes());
                lies_at(embedded.content(), message);
            }
            side_by_side(item, [inner].into_iter(), message, depth)
        }
        // Content goes on from here, so nesting is counted through it.
        major::BYTES => item
            .parse_content()
            .map_or(0, |content| walk(content, message, depth)),
        _ => 0,
    };
    inside + 1
}

/// The items fill the end of `item`, one after the other.
fn side_by_side<'a>(
    item: WellFormed<'a>,
    inside: impl Iterator<Item = WellFormed<'a>>,
    message: &[u8],
    depth: u8,
) -> usize {
    let mut end = None;
    let mut count = 0;
    for inner in inside {
        assert!(inner.offset() > item.offset());
        assert!(end.is_none_or(|end| end == inner.offset()));
        end = Some(end_of(inner));
        count += walk(inner, message, depth + 1);
    }
    assert!(end.is_none_or(|end| end == end_of(item)));
    count
}

/// What each accessor says follows from the head, and from nothing else.
fn accessors(item: WellFormed<'_>) {
    let (major, argument) = item.head().unwrap();
    let number = match major {
        major::UINT => Some(i128::from(argument)),
        major::NINT => Some(-1 - i128::from(argument)),
        _ => None,
    };
    assert_eq!(item.uint().ok(), (major == major::UINT).then_some(argument));
    assert_eq!(
        item.int().ok(),
        number.and_then(|number| i64::try_from(number).ok())
    );
    assert_eq!(item.text().is_ok(), major == major::TEXT);
    assert_eq!(item.name().is_ok(), major == major::TEXT && argument > 0);
    assert_eq!(item.byte_string().is_ok(), major == major::BYTES);
    assert_eq!(item.array().is_ok(), major == major::ARRAY);
    assert_eq!(item.map().is_ok(), major == major::MAP);
    assert_eq!(
        item.tag().unwrap().map(|(tag, _)| tag),
        (major == major::TAG).then_some(argument)
    );
    assert_eq!(
        item.boolean().is_ok(),
        matches!(item.bytes(), [0xf4 | 0xf5])
    );
    assert_eq!(item.is_null(), item.bytes() == [0xf6]);
    for count in [
        item.text().map(str::len),
        item.byte_string().map(<[u8]>::len),
    ] {
        assert!(count.is_err() || count == Ok(usize::try_from(argument).unwrap()));
    }
    let alone = WellFormed::parse(item.bytes(), MESSAGE_CAP);
    assert_eq!(alone.unwrap().bytes(), item.bytes());
}

/// `key` is found in `map`, and what is found is `value`.
fn look_up(map: WellFormed<'_>, key: WellFormed<'_>, value: WellFormed<'_>) {
    let found = match (key.text(), key.int()) {
        (Ok(text), _) => map.fields([text, text]),
        (_, Ok(number)) => map.fields([number, number]),
        _ => return,
    };
    let [first, second] = found.unwrap();
    assert_eq!(first.unwrap().offset(), value.offset());
    assert!(second.is_none(), "the first slot takes it");
}

fn items(array: WellFormed<'_>) -> impl Iterator<Item = WellFormed<'_>> {
    let items = array.array().unwrap();
    assert_eq!(items.left(), array.head().unwrap().1);
    assert_eq!(u64::try_from(items.count()), Ok(items.left()));
    items.map(Result::unwrap)
}

fn entries<'a>(map: WellFormed<'a>) -> impl Iterator<Item = (WellFormed<'a>, WellFormed<'a>)> {
    let entries = map.map().unwrap();
    assert_eq!(entries.left(), map.head().unwrap().1);
    assert_eq!(u64::try_from(entries.count()), Ok(entries.left()));
    entries.map(Result::unwrap)
}

fn length(array: WellFormed<'_>) -> usize {
    items(array).count()
}

fn written_out(parts: &Parts<'_>) -> Vec<u8> {
    parts.with(|slices| slices.concat()).expect("room for all")
}

/// Where the next item begins.
fn end_of(item: WellFormed<'_>) -> u32 {
    item.offset() + u32::try_from(item.bytes().len()).unwrap()
}

/// The item is a piece of the message itself, at its offset.
fn lies_at(item: WellFormed<'_>, message: &[u8]) {
    let [start, end] = [item.offset(), end_of(item)].map(|at| usize::try_from(at).unwrap());
    assert!(core::ptr::eq(&message[start..end], item.bytes()));
}

/// `bytes` are a piece of the message itself.
fn lies_in(bytes: &[u8], message: &[u8]) {
    let (inner, outer) = (bytes.as_ptr_range(), message.as_ptr_range());
    assert!(outer.start <= inner.start && inner.end <= outer.end);
}
