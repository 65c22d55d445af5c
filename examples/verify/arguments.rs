//! The command line, read completely before anything is verified.

use std::ffi::OsString;
use std::fs;
use std::time::SystemTime;

use vitacard::crypto::{PublicKey, SoftwareAgreementKey};
use vitacard::delegation::DelegationId;
use vitacard::reader::DeviceResponse;
use vitacard::trust::{TrustAnchors, certificate_key};
use vitacard::{UnixTime, unix_time};

pub(crate) const USAGE: &str = "\
usage: verify [--json] [--at TIME] [--anchor FILE]... [--pin HEX]... [--pin-leaf]
              [--transcript FILE] [--reader-key HEX]
              [--request FILE] [--purpose CONTROLLER:CODE]
              [--revocation-list URI [--revoked HEX]...] FILE

FILE           a DeviceResponse or an IssuerSigned: CBOR, or hex in a file named .hex
--transcript   the session transcript, with or without tag 24, in such a file too;
               a DeviceResponse needs it
--reader-key   the reader's ephemeral private scalar, 32 bytes; a deviceMac needs it
--request      the DeviceRequest that was sent. If it asks for delegates, one is accepted
--purpose      what this reader reads cards for, such as org.vitacard:1; needed if the request
               asks for delegates
--revocation-list   the list of revoked loans at URI is known; they are
--revoked           these, 16 bytes each
--at           verify as if it were then, such as 2026-06-01T00:00:00Z (default: now)

Nobody is trusted but those named here:
--anchor       trust this root certificate: DER, or PEM with one or more
--pin          trust this issuer's key: P-256, uncompressed, 65 bytes
--pin-leaf     trust whatever key the signing certificate holds, whoever made it: for test
               vectors without roots

Cards without a status list are accepted; one that names a list is degraded, as none is read. So is a
loan whose card names a list of revoked ones that is not known.

--json         print {\"documents\": [{\"doc_type\", \"presenter\", \"standing\", \"valid_until\",
               \"elements\": {NAME SPACE: {IDENTIFIER: VALUE}}}]}, with \"device_elements\" of the
               same shape if there are any, and with \"delegation\": {\"id\", \"until\", \"name\",
               \"purposes\": {CONTROLLER: [CODE]}} where a delegate shows it, or {\"error\": {\"code\", \"kind\", \"reason\",
               \"message\"}}. presenter is null for a card on its own. Bytes are in hex, dates are
               text, and so are integers beyond 2^53. Nothing is printed on misuse.

Exit code: 0 verified; 1 rejected, or not readable as a card; 2 misuse.";

pub(crate) struct Arguments {
    pub(crate) json: bool,
    pub(crate) at: UnixTime,
    pub(crate) anchors: TrustAnchors,
    pub(crate) reader_key: Option<SoftwareAgreementKey>,
    pub(crate) request: Option<Vec<u8>>,
    pub(crate) purpose: Option<(String, i64)>,
    pub(crate) revoked: Option<(String, Vec<DelegationId>)>,
    pub(crate) input: Input,
}

pub(crate) enum Input {
    IssuerSigned(Vec<u8>),
    DeviceResponse(Vec<u8>, Vec<u8>),
}

impl Arguments {
    pub(crate) fn read() -> Result<Self, String> {
        let mut options = pico_args::Arguments::from_env();
        let json = options.contains("--json");
        let pin_leaf = options.contains("--pin-leaf");
        let text = |error: pico_args::Error| error.to_string();
        let at: Option<String> = options.opt_value_from_str("--at").map_err(text)?;
        let transcript: Option<String> =
            options.opt_value_from_str("--transcript").map_err(text)?;
        let reader_key: Option<String> =
            options.opt_value_from_str("--reader-key").map_err(text)?;
        let request: Option<String> = options.opt_value_from_str("--request").map_err(text)?;
        let purpose: Option<String> = options.opt_value_from_str("--purpose").map_err(text)?;
        let list: Option<String> = options
            .opt_value_from_str("--revocation-list")
            .map_err(text)?;
        let revoked: Vec<String> = options.values_from_str("--revoked").map_err(text)?;
        let anchors: Vec<String> = options.values_from_str("--anchor").map_err(text)?;
        let pins: Vec<String> = options.values_from_str("--pin").map_err(text)?;
        let file = only_file(options.finish())?;
        let bytes = read_file(&file)?;
        let transcript = transcript.as_deref().map(read_file).transpose()?;
        let mut trusted = roots(&anchors)?;
        for pin in &pins {
            trusted.pin_key(public_key(pin)?);
        }
        if pin_leaf {
            leaf_keys(&bytes)
                .into_iter()
                .for_each(|key| trusted.pin_key(key));
        }
        Ok(Self {
            json,
            at: at.as_deref().map_or_else(now, rfc3339)?,
            anchors: trusted,
            reader_key: reader_key.as_deref().map(scalar).transpose()?,
            request: request.as_deref().map(read_file).transpose()?,
            purpose: purpose.as_deref().map(controller_and_code).transpose()?,
            revoked: revoked_loans(list, &revoked)?,
            input: Input::of(bytes, transcript)?,
        })
    }
}

pub(crate) fn asks_for_help() -> bool {
    pico_args::Arguments::from_env().contains(["-h", "--help"])
}

/// What is left once all options are taken.
fn only_file(rest: Vec<OsString>) -> Result<String, String> {
    if let Some(option) = rest
        .iter()
        .map(|word| word.to_string_lossy())
        .find(|word| word.starts_with('-'))
    {
        return Err(format!("{option}: no such option, or given twice"));
    }
    let [file] = <[_; 1]>::try_from(rest)
        .map_err(|rest| format!("one FILE is needed, and {} are given", rest.len()))?;
    file.into_string()
        .map_err(|_| "the FILE's name is not UTF-8".into())
}

impl Input {
    fn of(bytes: Vec<u8>, transcript: Option<Vec<u8>>) -> Result<Self, String> {
        match (is_issuer_signed(&bytes), transcript) {
            (true, _) => Ok(Self::IssuerSigned(bytes)),
            (false, Some(transcript)) => Ok(Self::DeviceResponse(bytes, transcript)),
            // What is no DeviceResponse at all is rejected as such, whatever the transcript.
            (false, None) if DeviceResponse::parse(&bytes).is_err() => {
                Ok(Self::DeviceResponse(bytes, Vec::new()))
            }
            (false, None) => Err("a DeviceResponse needs its --transcript".into()),
        }
    }
}

fn read_file(name: &str) -> Result<Vec<u8>, String> {
    let mut bytes = fs::read(name).map_err(|error| format!("{name}: {error}"))?;
    if !name.to_ascii_lowercase().ends_with(".hex") {
        return Ok(bytes);
    }
    bytes.retain(|byte| !byte.is_ascii_whitespace()); // lines may be wrapped
    hex::decode(bytes).map_err(|error| format!("{name}: {error}"))
}

const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";

fn roots(files: &[String]) -> Result<TrustAnchors, String> {
    let mut anchors = TrustAnchors::new();
    for name in files {
        let bytes = fs::read(name).map_err(|error| format!("{name}: {error}"))?;
        // A PEM file may begin with text: `openssl x509 -text` writes some.
        let pem = bytes
            .windows(PEM.len())
            .position(|window| window == PEM)
            .and_then(|at| bytes.get(at..));
        let ders = match pem {
            Some(pem) => certificates_of_pem(pem).map_err(|error| format!("{name}: {error}"))?,
            None => vec![bytes],
        };
        for der in ders {
            anchors
                .add_root(&der)
                .map_err(|error| format!("{name}: {error}"))?;
        }
    }
    Ok(anchors)
}

fn certificates_of_pem(pem: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    use x509_cert::der::Encode as _;
    let chain = x509_cert::Certificate::load_pem_chain(pem).map_err(|error| error.to_string())?;
    chain
        .iter()
        .map(|certificate| certificate.to_der().map_err(|e| e.to_string()))
        .collect()
}

fn controller_and_code(text: &str) -> Result<(String, i64), String> {
    let fault = || format!("--purpose: {text} is not CONTROLLER:CODE");
    let (controller, code) = text.rsplit_once(':').ok_or_else(fault)?;
    Ok((controller.into(), code.parse().map_err(|_| fault())?))
}

fn revoked_loans(
    list: Option<String>,
    revoked: &[String],
) -> Result<Option<(String, Vec<DelegationId>)>, String> {
    let id = |text: &String| {
        let mut id = [0; 16];
        hex::decode_to_slice(text, &mut id).map_err(|error| format!("--revoked: {error}"))?;
        Ok(DelegationId::from_bytes(id))
    };
    let ids = revoked.iter().map(id).collect::<Result<Vec<_>, String>>()?;
    match list {
        Some(list) => Ok(Some((list, ids))),
        None if ids.is_empty() => Ok(None),
        None => Err("--revoked needs --revocation-list".into()),
    }
}

fn scalar(text: &str) -> Result<SoftwareAgreementKey, String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|error| format!("--reader-key: {error}"))?;
    SoftwareAgreementKey::from_bytes(&bytes)
        .map_err(|_| "--reader-key: no private key of P-256".into())
}

fn public_key(text: &str) -> Result<PublicKey, String> {
    let bytes = hex::decode(text).map_err(|error| format!("--pin: {error}"))?;
    PublicKey::p256(&bytes).map_err(|error| format!("--pin: {error}"))
}

fn rfc3339(text: &str) -> Result<UnixTime, String> {
    let time: jiff::Timestamp = text.parse().map_err(|error| format!("--at: {error}"))?;
    let secs = time
        .as_second()
        .try_into()
        .map_err(|_| "--at: a time before 1970")?;
    Ok(unix_time(secs))
}

fn now() -> Result<UnixTime, String> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since
        .map(|since| unix_time(since.as_secs()))
        .map_err(|error| error.to_string())
}

fn is_issuer_signed(bytes: &[u8]) -> bool {
    let value: Option<ciborium::Value> = ciborium::from_reader(bytes).ok();
    value.is_some_and(|value| field(&value, "issuerAuth").is_some())
}

/// The keys of the leaves in every x5chain: read, not trusted, until the user says so.
fn leaf_keys(bytes: &[u8]) -> Vec<PublicKey> {
    let Ok(value) = ciborium::from_reader::<ciborium::Value, _>(bytes) else {
        return Vec::new();
    };
    let documents = field(&value, "documents").and_then(ciborium::Value::as_array);
    let auths = documents
        .into_iter()
        .flatten()
        .filter_map(|document| field(document, "issuerSigned"))
        .chain([&value])
        .filter_map(|issuer_signed| field(issuer_signed, "issuerAuth"));
    auths
        .filter_map(leaf)
        .filter_map(|der| certificate_key(&der))
        .collect()
}

/// The first certificate in either bucket of a COSE_Sign1.
fn leaf(auth: &ciborium::Value) -> Option<Vec<u8>> {
    const X5CHAIN: i64 = 33;
    let auth = match auth {
        ciborium::Value::Tag(_, inner) => inner,
        auth => auth,
    };
    let [protected, unprotected, ..] = auth.as_array()?.as_slice() else {
        return None;
    };
    let protected = ciborium::from_reader(protected.as_bytes()?.as_slice()).ok();
    [Some(unprotected.clone()), protected]
        .into_iter()
        .flatten()
        .find_map(|bucket| {
            let bucket = bucket.as_map()?.iter();
            let (_, chain) = bucket
                .into_iter()
                .find(|(label, _)| *label == X5CHAIN.into())?;
            let first = chain
                .as_array()
                .and_then(|chain| chain.first())
                .unwrap_or(chain);
            first.as_bytes().cloned()
        })
}

fn field<'v>(value: &'v ciborium::Value, name: &str) -> Option<&'v ciborium::Value> {
    let (_, value) = value
        .as_map()?
        .iter()
        .find(|(key, _)| key.as_text() == Some(name))?;
    Some(value)
}
