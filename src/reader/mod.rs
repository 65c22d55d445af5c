//! Asking for a card, and checking what comes back.

mod request;
mod result;
mod verify;

pub use request::{ItemsRequest, Request, UnsignedRequest};
pub use result::{Issuer, Presenter, VerifiedDocument, VerifiedIssuerSigned, VerifiedResponse};
pub use verify::{Exchange, Reader};

pub use crate::mdoc::{DeviceRequest, DeviceResponse, DocRequest};
pub use crate::status::StatusEvidence;
pub use crate::verify::{
    Conditions, DeviceElement, DeviceProof, Policy, Stale, Standing, UnknownStatus,
};
