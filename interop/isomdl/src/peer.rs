//! What `SessionManager::handle_response` of isomdl does after decryption, by the same public
//! functions: `reader::parse`, then `reader_utils::validate_response`.

use std::fmt;

use ciborium::Value;
use isomdl::cbor;
use isomdl::definitions::DeviceResponse;
use isomdl::definitions::session::SessionTranscript;
use isomdl::definitions::x509::trust_anchor::{PemTrustAnchor, TrustAnchorRegistry, TrustPurpose};
use isomdl::presentation::authentication::{AuthenticationStatus, ResponseAuthenticationOutcome};
use isomdl::presentation::{reader, reader_utils};
use serde::{Deserialize, Serialize};

/// How its messages begin when it knows the device's key and the signature is not by it over
/// DeviceAuthentication. A card that it cannot read, or a MAC, gives another message, also under
/// `device_authentication_errors`.
const DEVICE_SIGNATURE: &str = "Failed mdoc authentication: failed verifying device signature";

pub enum Verdict {
    Accepted,
    /// Issuer authentication passed, and the device signature alone did not. The peer's message.
    DeviceSignatureRefused(String),
    /// Refused for anything else, or for more than that.
    OtherwiseRefused(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => write!(f, "accepted"),
            Self::DeviceSignatureRefused(message) => {
                write!(f, "issuer authentication Valid, device refused: {message}")
            }
            Self::OtherwiseRefused(message) => write!(f, "refused: {message}"),
        }
    }
}

/// Any transcript. isomdl's own type is for its own sessions, but its functions take every type
/// that encodes as one.
#[derive(Clone, Deserialize, Serialize)]
struct Transcript(Value);

impl SessionTranscript for Transcript {}

/// What isomdl says. An error is a fault of the fixture, not a verdict.
pub fn verify(response: &[u8], transcript: &[u8], anchor: &str) -> Result<Verdict, String> {
    let transcript = transcript_of(transcript)?;
    let registry = registry(anchor)?;
    let outcome = cbor::from_slice::<DeviceResponse>(response)
        .map_err(|error| error.to_string())
        .and_then(|response| validate(&response, transcript, registry));
    Ok(match outcome {
        Ok(outcome) => verdict(&outcome),
        Err(message) => Verdict::OtherwiseRefused(message),
    })
}

fn validate(
    response: &DeviceResponse,
    transcript: Transcript,
    registry: TrustAnchorRegistry,
) -> Result<ResponseAuthenticationOutcome, String> {
    let (document, x5chain, name_spaces) =
        reader::parse(response).map_err(|error| error.to_string())?;
    let document = document.clone();
    Ok(reader_utils::validate_response(
        transcript,
        registry,
        x5chain,
        document,
        name_spaces,
    ))
}

fn verdict(outcome: &ResponseAuthenticationOutcome) -> Verdict {
    let issuer = outcome.issuer_authentication == AuthenticationStatus::Valid;
    let device = outcome.device_authentication == AuthenticationStatus::Valid;
    if issuer && device && outcome.errors.is_empty() {
        return Verdict::Accepted;
    }
    match device_message(outcome) {
        Some(message) if issuer && !device => Verdict::DeviceSignatureRefused(message.into()),
        _ => Verdict::OtherwiseRefused(format!(
            "issuer authentication {:?}, device authentication {:?}, {}",
            outcome.issuer_authentication,
            outcome.device_authentication,
            serde_json::json!(outcome.errors),
        )),
    }
}

/// The one error, if it is about the device signature.
fn device_message(outcome: &ResponseAuthenticationOutcome) -> Option<&str> {
    let errors = outcome.errors.get("device_authentication_errors")?;
    let only = outcome.errors.len() == 1;
    match errors.as_array()?.as_slice() {
        [error] if only => error.as_str(),
        _ => None,
    }
    .filter(|message| message.starts_with(DEVICE_SIGNATURE))
}

/// isomdl encodes the transcript anew, so it must be in the form that comes out.
fn transcript_of(bytes: &[u8]) -> Result<Transcript, String> {
    let transcript: Transcript = cbor::from_slice(bytes).map_err(|error| error.to_string())?;
    let again = cbor::to_vec(&transcript).map_err(|error| error.to_string())?;
    match again == bytes {
        true => Ok(transcript),
        false => Err("isomdl would encode the transcript differently".into()),
    }
}

fn registry(anchor: &str) -> Result<TrustAnchorRegistry, String> {
    let anchor = PemTrustAnchor {
        certificate_pem: anchor.into(),
        purpose: TrustPurpose::Iaca,
    };
    TrustAnchorRegistry::from_pem_certificates(vec![anchor]).map_err(|error| error.to_string())
}
