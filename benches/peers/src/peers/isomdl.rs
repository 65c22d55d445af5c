//! isomdl 0.2.0, from the bytes of a response to its outcome.
//!
//! It does what `SessionManager::handle_response` does after decryption, clones and all. This
//! version checks neither the digests of elements nor the dates of the card.

use ::isomdl::cbor;
use ::isomdl::definitions::DeviceResponse;
use ::isomdl::definitions::session::SessionTranscript;
use ::isomdl::definitions::x509::trust_anchor::{
    PemTrustAnchor, TrustAnchorRegistry, TrustPurpose,
};
use ::isomdl::presentation::authentication::{AuthenticationStatus, ResponseAuthenticationOutcome};
use ::isomdl::presentation::{reader, reader_utils};
use serde::{Deserialize, Serialize};
use x509_cert::Certificate;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode, EncodePem};

use crate::authority::Authority;

/// Encodes as `cards::TRANSCRIPT`.
#[derive(Clone, Deserialize, Serialize)]
struct Transcript((), (), (String,));

impl SessionTranscript for Transcript {}

pub struct Reader {
    registry: TrustAnchorRegistry,
    transcript: Transcript,
}

impl Reader {
    pub fn new(authority: &Authority) -> Self {
        let root = Certificate::from_der(&authority.root.der).expect("a certificate");
        let root = PemTrustAnchor {
            certificate_pem: root.to_pem(LineEnding::LF).expect("PEM"),
            purpose: TrustPurpose::Iaca,
        };
        let transcript = Transcript((), (), ("bench-vector".into(),));
        Self {
            registry: TrustAnchorRegistry::from_pem_certificates(vec![root]).expect("a root"),
            transcript,
        }
    }

    pub fn accepts(&self, response: &[u8]) -> bool {
        self.verify(response).is_some_and(|outcome| {
            outcome.issuer_authentication == AuthenticationStatus::Valid
                && outcome.device_authentication == AuthenticationStatus::Valid
                && outcome.errors.is_empty()
        })
    }

    fn verify(&self, response: &[u8]) -> Option<ResponseAuthenticationOutcome> {
        let response: DeviceResponse = cbor::from_slice(response).ok()?;
        let (document, x5chain, name_spaces) = reader::parse(&response).ok()?;
        Some(reader_utils::validate_response(
            self.transcript.clone(),
            self.registry.clone(),
            x5chain,
            document.clone(),
            name_spaces,
        ))
    }
}
