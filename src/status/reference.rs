//! What a card says about its status: on which lists it stands, and where.

use alloc::string::String;
use alloc::vec::Vec;

use super::{StatusTrust, TrustPoint};
use crate::cbor::{WellFormed, required};
use crate::crypto::CryptoProvider;
use crate::error::{CryptoError, DecodeError, DecodeErrorKind};
use crate::trust::{AnchorId, TrustAnchors};

/// `status` of an MSO (ISO/IEC 18013-5 second edition, 12.3.6).
///
/// ```cddl
/// Status = { ? "identifier_list": { "id": bstr, "uri": tstr, ? "certificate": bstr, * tstr => any },
///            ? "status_list": { "idx": uint, "uri": tstr, ? "certificate": bstr, * tstr => any },
///            * tstr => any }
/// ```
/// With none of the two it names a mechanism that is not known here.
///
/// Whatever is not in this form names something of which nothing is known: it is not absent, and that
/// list cannot be consulted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct References<'a> {
    pub(crate) place: Option<Result<Reference<'a, u64>, DecodeError>>,
    pub(crate) identifier: Option<Result<Reference<'a, &'a [u8]>, DecodeError>>,
}

/// One entry of one list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference<'a, T> {
    pub(crate) entry: T,
    pub(crate) uri: &'a str,
    certificate: Option<&'a [u8]>,
}

/// A list by which a card, or its loans, can be blocked: what a reader follows to know of it.
///
/// ```
/// use vitacard::crypto::CryptoProvider;
/// use vitacard::reader::{StatusStore, VerifiedIssuerSigned};
/// # use vitacard::Error;
/// fn follow(
///     card: &VerifiedIssuerSigned<'_>,
///     store: &mut StatusStore,
///     crypto: &CryptoProvider,
/// ) -> Result<(), Error> {
///     for list in card.status_lists(crypto)? {
///         store.follow(list.uri(), list.trust_point())?;
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NamedList {
    uri: String,
    trust_point: TrustPoint,
    certificate: Option<Vec<u8>>,
}

impl NamedList {
    /// The list at `uri` under the anchor of the card's issuer.
    pub(crate) fn of_issuer(uri: &str, issuer: AnchorId) -> Self {
        Self {
            uri: uri.into(),
            trust_point: TrustPoint::Anchor(issuer),
            certificate: None,
        }
    }

    /// Where it is published.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Under whom it must be.
    #[must_use]
    pub const fn trust_point(&self) -> TrustPoint {
        self.trust_point
    }

    /// The certificate (DER) that the card names for it. It is kept beside the store, which holds its
    /// hash alone.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// By whom it must be signed: the certificate that the card names, or else one of `anchors`.
    #[must_use]
    pub fn trust<'a>(&'a self, anchors: &'a TrustAnchors) -> StatusTrust<'a> {
        match self.certificate() {
            #[cfg(feature = "x509")]
            Some(der) => StatusTrust::certificate(der),
            _ => StatusTrust::anchors(anchors),
        }
    }
}

impl<'a> References<'a> {
    pub(crate) fn parse(status: WellFormed<'a>) -> Self {
        let fields = status.fields(["status_list", "identifier_list"]);
        let [place, identifier] = fields.unwrap_or_default();
        Self {
            place: place.map(|list| Reference::parse(list, "idx", |idx| idx.uint())),
            identifier: identifier.map(|list| Reference::parse(list, "id", |id| id.byte_string())),
        }
    }

    /// The lists of a card that `issuer` vouches for.
    pub(crate) fn lists(
        &self,
        issuer: AnchorId,
        crypto: &CryptoProvider,
    ) -> Result<Vec<NamedList>, CryptoError> {
        let place = self.place.and_then(Result::ok);
        let identifier = self.identifier.and_then(Result::ok);
        let place = place.map(|place| place.list(issuer, crypto));
        let identifier = identifier.map(|id| id.list(issuer, crypto));
        place.into_iter().chain(identifier).collect()
    }
}

impl<'a, T> Reference<'a, T> {
    fn parse(
        list: WellFormed<'a>,
        key: &'static str,
        read: impl FnOnce(WellFormed<'a>) -> Result<T, DecodeError>,
    ) -> Result<Self, DecodeError> {
        let [entry, uri, certificate] = list.fields([key, "uri", "certificate"])?;
        let uri = required(uri, &list)?.name()?;
        let certificate = certificate.map(|der| der.byte_string()).transpose()?;
        if certificate.is_some_and(<[u8]>::is_empty) {
            return Err(list.error(DecodeErrorKind::Empty));
        }
        Ok(Self {
            entry: read(required(entry, &list)?)?,
            uri,
            certificate,
        })
    }

    fn list(&self, issuer: AnchorId, crypto: &CryptoProvider) -> Result<NamedList, CryptoError> {
        Ok(NamedList {
            uri: self.uri.into(),
            trust_point: self.trust_point(issuer, crypto)?,
            certificate: self.certificate.map(Into::into),
        })
    }

    /// Under whom the list must be, for a card that `issuer` vouches for.
    pub(crate) fn trust_point(
        &self,
        issuer: AnchorId,
        crypto: &CryptoProvider,
    ) -> Result<TrustPoint, CryptoError> {
        Ok(match self.certificate {
            None => TrustPoint::Anchor(issuer),
            Some(der) => TrustPoint::Certificate(crypto.sha256(&[der])?),
        })
    }
}
