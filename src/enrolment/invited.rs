//! Being invited: the app's side. An invitation is verified before a single picture is asked for.

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use zeroize::Zeroizing;

use super::{InvitationNumber, SKEW};
use crate::cbor::{WellFormed, required};
use crate::cose::{Sign1, parse_own_key};
use crate::crypto::{CryptoProvider, PublicKey, Secret};
use crate::delegation::sized;
use crate::error::{DecodeError, DecodeErrorKind, Error, rejected};
use crate::time::{UnixTime, unix_time};
use crate::trust::{TrustAnchors, TrustedInviter};

pub(super) const TYP: &str = "application/vnd.vitacard.invitation+cwt";

/// What the text of an invitation begins with. It has one form, also of these letters.
pub(super) const SCHEME: &str = "vitacard-invite:";

/// More than a QR code holds.
pub(super) const MAX_LEN: usize = 4096;

/// The roots of those who may invite: a set of its own, so that no issuer of cards and no reader that
/// an app knows besides can invite anybody.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct EnrolmentAnchors(TrustAnchors);

impl EnrolmentAnchors {
    /// Trusts nobody.
    #[must_use]
    pub const fn new() -> Self {
        Self(TrustAnchors::new())
    }

    /// Trusts the root certificate `der`, as
    /// [`TrustAnchors::add_root`](crate::trust::TrustAnchors::add_root) does.
    ///
    /// # Errors
    /// [`Misuse::InvalidCertificate`](crate::Misuse::InvalidCertificate).
    pub fn add_root(&mut self, der: &[u8]) -> Result<(), Error> {
        self.0.add_root(der)
    }
}

/// An invitation as it was scanned: a claim, of which nothing can be read, and which cannot be
/// answered.
///
/// ```compile_fail,E0599
/// # use vitacard::{crypto::PublicKey, enrolment::{Invitation, VerifiedInvitation}};
/// fn answer(claimed: &Invitation, key: PublicKey) {
///     let _ = claimed.enrol(key);
/// }
/// ```
/// ```
/// # use vitacard::{crypto::PublicKey, enrolment::{Invitation, VerifiedInvitation}};
/// fn answer(claimed: &VerifiedInvitation, key: PublicKey) {
///     let _ = claimed.enrol(key);
/// }
/// ```
/// ```cddl
/// Invitation = [ bstr .cbor { 1: -7, 16: "application/vnd.vitacard.invitation+cwt", 33: x5chain },
///                {}, bstr .cbor InvitationClaims, bstr .size 64 ]
/// InvitationClaims = { 1: tstr, 4: uint, 6: uint, 7: bstr .size 16, -70040: bstr .size 16,
///                      -70041: COSE_Key, ? -70042: tstr }
/// ```
/// ```
/// use vitacard::enrolment::Invitation;
/// let error = Invitation::from_text("vitacard-invite:gA").unwrap_err();
/// assert_eq!(error.reason(), "InvitationMalformed");
/// ```
pub struct Invitation(Zeroizing<Vec<u8>>);

impl Invitation {
    /// Reads the text of a QR code or of a link.
    ///
    /// # Errors
    /// [`Rejected`](crate::Rejected) 2850.
    pub fn from_text(text: &str) -> Result<Self, Error> {
        const LONGEST: usize = MAX_LEN.saturating_mul(2);
        let malformed = rejected!(InvitationMalformed);
        let encoded = text.strip_prefix(SCHEME).ok_or(malformed)?;
        if encoded.len() > LONGEST {
            return Err(malformed.into());
        }
        let bytes = Base64UrlUnpadded::decode_vec(encoded).map_err(|_| malformed)?;
        Self::keep(Zeroizing::new(bytes))
    }

    /// Reads the bytes that the text stands for.
    ///
    /// # Errors
    /// [`Rejected`](crate::Rejected) 2850.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::keep(Zeroizing::new(bytes.to_vec()))
    }

    /// Sees who invites. Without this there is no request and nothing to photograph.
    ///
    /// # Errors
    /// [`Rejected`](crate::Rejected) 2851 to 2857; [`Error::Crypto`] if `crypto` cannot tell.
    pub fn verify(
        self,
        anchors: &EnrolmentAnchors,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<VerifiedInvitation, Error> {
        let malformed = |_| rejected!(InvitationMalformed);
        let sign1 = parse(&self.0).map_err(malformed)?;
        let inviter = TrustedInviter::find(&sign1, &anchors.0, crypto, now)?;
        let signed = sign1
            .verify(inviter.key().into(), crypto)
            .map_err(|_| rejected!(InvitationSignature))?;
        let claims = Claims::read(signed.content()).map_err(malformed)?;
        if inviter.common_name() != Some(claims.issuer) {
            return Err(rejected!(InvitationIssuer).into());
        }
        // A certificate's key signs, and must not agree on secrets.
        if inviter.is_certified(&claims.key) {
            return Err(rejected!(InvitationKey).into());
        }
        if claims.made > now.as_secs().saturating_add(SKEW) {
            return Err(rejected!(InvitationFromFuture).into());
        }
        if now.as_secs() >= claims.ends {
            return Err(rejected!(InvitationExpired).into());
        }
        Ok(VerifiedInvitation {
            issuer: claims.issuer.into(),
            ends: unix_time(claims.ends),
            number: claims.number,
            secret: claims.secret,
            key: claims.key,
            uri: claims.uri.map(Into::into),
        })
    }

    fn keep(bytes: Zeroizing<Vec<u8>>) -> Result<Self, Error> {
        let read = parse(&bytes).and_then(|sign1| {
            let claims = sign1.dangerous_unverified();
            let missing = DecodeError::new(DecodeErrorKind::MissingKey, 0);
            Claims::read(claims.ok_or(missing)?).map(drop)
        });
        read.map_err(|_| rejected!(InvitationMalformed))?;
        Ok(Self(bytes))
    }
}

/// An invitation by somebody whom an anchor for enrolment vouches for.
#[must_use]
pub struct VerifiedInvitation {
    issuer: String,
    ends: UnixTime,
    pub(super) number: InvitationNumber,
    pub(super) secret: Secret<16>,
    pub(super) key: PublicKey,
    uri: Option<String>,
}

impl VerifiedInvitation {
    /// Who invites: show it to the person.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// When it ends: at this second it has ended.
    #[must_use]
    pub const fn ends(&self) -> UnixTime {
        self.ends
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> InvitationNumber {
        self.number
    }

    /// Where the request goes, if it says so.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        self.uri.as_deref()
    }
}

struct Claims<'a> {
    issuer: &'a str,
    ends: u64,
    made: u64,
    number: InvitationNumber,
    secret: Secret<16>,
    key: PublicKey,
    uri: Option<&'a str>,
}

impl<'a> Claims<'a> {
    fn read(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        item.check_deterministic()?;
        let [issuer, ends, made, number, secret, key, uri] =
            item.closed_fields([1, 4, 6, 7, -70_040, -70_041, -70_042])?;
        Ok(Self {
            issuer: required(issuer, &item)?.text()?,
            ends: required(ends, &item)?.uint()?,
            made: required(made, &item)?.uint()?,
            number: InvitationNumber::from_bytes(sized(required(number, &item)?)?),
            secret: Secret::new(sized(required(secret, &item)?)?),
            key: parse_own_key(required(key, &item)?)?,
            uri: uri.map(|uri| uri.text()).transpose()?,
        })
    }
}

fn parse(bytes: &[u8]) -> Result<Sign1<'_>, DecodeError> {
    Sign1::parse_chained_message(WellFormed::parse(bytes, MAX_LEN)?, TYP)
}
