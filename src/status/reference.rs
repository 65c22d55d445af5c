//! What a card says about its status: on which lists it stands, and where.

use super::TrustPoint;
use crate::cbor::{WellFormed, required};
use crate::crypto::CryptoProvider;
use crate::error::{CryptoError, DecodeError, DecodeErrorKind};
use crate::trust::AnchorId;

/// `status` of an MSO (ISO/IEC 18013-5 second edition, 12.3.6).
///
/// ```cddl
/// Status = { ? "identifier_list": { "id": bstr, "uri": tstr, ? "certificate": bstr, * tstr => any },
///            ? "status_list": { "idx": uint, "uri": tstr, ? "certificate": bstr, * tstr => any },
///            * tstr => any }
/// ```
/// With none of the two it names a mechanism that is not known here.
///
/// Whatever is not in this form names something of which nothing is known: it is not absent, and no
/// list can be consulted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct References<'a> {
    pub(crate) place: Option<Reference<'a, u64>>,
    pub(crate) identifier: Option<Reference<'a, &'a [u8]>>,
}

/// One entry of one list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference<'a, T> {
    pub(crate) entry: T,
    pub(crate) uri: &'a str,
    certificate: Option<&'a [u8]>,
}

impl<'a> References<'a> {
    pub(crate) fn parse(status: WellFormed<'a>) -> Result<Self, DecodeError> {
        let [place, identifier] = status.fields(["status_list", "identifier_list"])?;
        let place = place.map(|list| Reference::parse(list, "idx", |idx| idx.uint()));
        let identifier = identifier.map(|list| Reference::parse(list, "id", |id| id.byte_string()));
        Ok(Self {
            place: place.transpose()?,
            identifier: identifier.transpose()?,
        })
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
