//! Reader authentication, checked by the holder before anything is shown (clause 9.1.4).

use super::Conditions;
use crate::cose::CoseFault;
use crate::crypto::{CryptoProvider, PublicKey};
use crate::error::{Error, Rejected, rejected};
use crate::mdoc::{DocRequest, SessionTranscript, reader_authentication};
use crate::profile::Ceiling;
use crate::trust::{TrustAnchors, TrustedReader};

/// A reader that a trust anchor vouches for, and that signed one document request in this session.
///
/// Whether the reader *should* have what it asks for is the holder's decision, and not said here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedReader {
    reader: TrustedReader,
}

impl VerifiedReader {
    /// Checks the chain, then the signature over the request as received and the transcript.
    pub(crate) fn check(
        request: &DocRequest<'_>,
        transcript: &SessionTranscript<'_>,
        anchors: &TrustAnchors,
        conditions: &Conditions<'_>,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        let auth = request.reader_auth().ok_or(rejected!(ReaderAuthMissing))?;
        let now = conditions.trusted_now()?;
        let reader = TrustedReader::find(auth, anchors, conditions.crls, crypto, now)?;
        let signed = reader_authentication(transcript, request.raw_items_request());
        auth.verify_detached(&signed, anchors.verifying_key(reader.key()), crypto)
            .map_err(reader_fault)?;
        Ok(Self { reader })
    }

    /// The name that the anchor vouches for, to be shown to the holder; a pinned key has none.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.reader.common_name()
    }

    /// What it may be shown at most, by the profession that the anchor vouches for.
    #[must_use]
    pub fn ceiling(&self) -> Ceiling {
        Ceiling::of_profession(self.reader.profession())
    }

    /// The key that signed the request.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        self.reader.key()
    }

    /// What the trust anchor says of the reader.
    #[must_use]
    pub const fn trusted(&self) -> &TrustedReader {
        &self.reader
    }
}

const fn reader_fault(fault: CoseFault) -> Rejected {
    match fault {
        CoseFault::AlgMissing => rejected!(ReaderAlgMissing),
        CoseFault::AlgUnsupported => rejected!(ReaderAlgUnsupported),
        CoseFault::PayloadDiffers => rejected!(ReaderPayload),
        CoseFault::Invalid | CoseFault::PayloadMissing => rejected!(ReaderSignature),
    }
}
