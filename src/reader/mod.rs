//! Asking for a card, and checking what comes back.

mod result;
mod verify;

pub use result::{Issuer, Presenter, VerifiedDocument, VerifiedIssuerSigned, VerifiedResponse};
pub use verify::{Exchange, Reader};

pub use crate::mdoc::DeviceResponse;
pub use crate::status::StatusEvidence;
pub use crate::verify::{
    Conditions, DeviceElement, DeviceProof, Policy, Stale, Standing, UnknownStatus,
};
