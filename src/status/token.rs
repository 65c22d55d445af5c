//! A list as it is published: a signed token, of statuses or of identifiers.
//!
//! What is checked, and in which order: its form and type; who signed it; only then what it claims,
//! its address and its dates first; and last what it takes to unpack the list. A peer's format: claims
//! that are not known are ignored.

use alloc::string::String;
use alloc::vec::Vec;

use super::identifiers::Identifiers;
use super::list::{LIST_CAP, inflate};
use super::trust_point::{StatusTrust, TrustPoint};
use crate::cbor::{WellFormed, required};
use crate::cose::{CoseFault, Sign1};
use crate::crypto::CryptoProvider;
use crate::error::{DecodeError, DecodeErrorKind, Error, Rejected, rejected};
use crate::time::{UnixTime, unix_time};

/// The media type of a status list token (CWT), and its `typ`.
pub const STATUS_LIST_TYPE: &str = "application/statuslist+cwt";
/// The media type of an identifier list token (CWT), and its `typ`.
pub const IDENTIFIER_LIST_TYPE: &str = "application/identifierlist+cwt";

/// As examples of the second edition of ISO/IEC 18013-5 have it, against its own clause 12.3.6.
const SHORT_STATUS_LIST: &str = "statuslist+cwt";
const SHORT_IDENTIFIER_LISTS: [&str; 2] = ["identifierlist+cwt", "identfierlist+cwt"];

const SUB: i64 = 2;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
pub(crate) const IDENTIFIER_LIST: i64 = 65_530;
pub(crate) const STATUS_LIST: i64 = 65_533;
const TTL: i64 = 65_534;

/// COSE_Mac0: whoever could check it could make it.
const TAG_MAC0: u64 = 17;

/// By how much the clock of an issuer may be ahead.
pub(super) const SKEW: u64 = 60;

/// The longest token unless the reader's owner says another: a list that deflating does not shorten,
/// and what is around it.
const TOKEN_CAP: usize = 20 << 20;

/// What a reader takes up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListLimits {
    token: usize,
    list: usize,
    short_types: bool,
}

impl Default for ListLimits {
    /// Tokens of 20 MiB, and lists of 16 MiB once they are inflated.
    fn default() -> Self {
        Self {
            token: TOKEN_CAP,
            list: LIST_CAP,
            short_types: false,
        }
    }
}

impl ListLimits {
    /// Tokens of at most so many bytes, and lists of at most so many in memory.
    pub(crate) const fn new(token: usize, list: usize) -> Self {
        Self {
            token,
            list,
            short_types: false,
        }
    }

    /// Also takes tokens whose type lacks `application/`.
    pub(crate) const fn with_short_types(self) -> Self {
        Self {
            short_types: true,
            ..self
        }
    }

    fn kind(&self, typ: &str) -> Option<Kind> {
        match typ {
            STATUS_LIST_TYPE => Some(Kind::Statuses),
            IDENTIFIER_LIST_TYPE => Some(Kind::Identifiers),
            SHORT_STATUS_LIST if self.short_types => Some(Kind::Statuses),
            _ if self.short_types && SHORT_IDENTIFIER_LISTS.contains(&typ) => {
                Some(Kind::Identifiers)
            }
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Statuses,
    Identifiers,
}

/// A token as it was fetched: a claim.
///
/// ```cddl
/// ListToken = #6.18(COSE_Sign1)                ; the tag may be missing
///             ; protected: { 1: int, 16: tstr, ? 33: bstr / [2* bstr], * label => any }
/// Claims = { 2: tstr, 6: uint, 4: uint, ? 5: uint, ? 65534: uint,
///            (65533: StatusList // 65530: IdentifierList), * label => any }
/// ```
#[derive(Debug)]
pub(crate) struct ListToken<'a> {
    sign1: Sign1<'a>,
    kind: Kind,
    limits: ListLimits,
}

impl<'a> ListToken<'a> {
    /// Reads the form and the type of a token.
    ///
    /// # Errors
    /// [`Rejected`] 2563, 2550, 2552 and 2551.
    pub(crate) fn parse(bytes: &'a [u8], limits: &ListLimits) -> Result<Self, Error> {
        if bytes.len() > limits.token {
            return Err(rejected!(ListTooLarge).into());
        }
        let item = WellFormed::parse(bytes, limits.token).map_err(malformed)?;
        if let Some((TAG_MAC0, _)) = item.tag().map_err(malformed)? {
            return Err(rejected!(ListAlgorithm).into());
        }
        let sign1 = Sign1::parse_attached(item).map_err(malformed)?;
        required(sign1.dangerous_unverified(), &item).map_err(malformed)?;
        let typ = sign1.headers().claimed_typ();
        let kind = typ.and_then(|typ| limits.kind(typ));
        let kind = kind.ok_or(rejected!(ListType))?;
        // Named before any key is looked for, so that the fault is the same whatever is trusted.
        sign1
            .headers()
            .algorithm()
            .ok_or(rejected!(ListAlgorithm))?;
        Ok(Self {
            sign1,
            kind,
            limits: *limits,
        })
    }

    /// Checks it for `uri`, the address as cards name it, and takes the list out.
    ///
    /// # Errors
    /// [`Rejected`] 2550 to 2559 and 2562 to 2564; [`Error::Crypto`] if `crypto` has no SHA-256.
    pub(crate) fn verify(
        self,
        uri: &str,
        trust: &StatusTrust<'_>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<VerifiedList, Error> {
        let lister = trust.lister(&self.sign1, crypto, now)?;
        let signed = self.sign1.verify(lister.key().into(), crypto);
        let signed = signed.map_err(of_signature)?;
        let claims = Claims::read(signed.content()).map_err(malformed)?;
        claims.check(uri, now)?;
        let exp = claims.exp.ok_or(rejected!(ListWithoutExpiry))?;
        let (_, payload) = signed.parts();
        Ok(VerifiedList {
            trust_point: lister.point(),
            iat: unix_time(claims.iat),
            exp: unix_time(exp),
            ttl: claims.ttl,
            payload_hash: crypto.sha256(&[payload])?,
            content: self.content(&claims)?,
            uri: uri.into(),
        })
    }

    fn content(&self, claims: &Claims<'_>) -> Result<ListContent, Rejected> {
        match (self.kind, claims.statuses, claims.identifiers) {
            (Kind::Statuses, Some(list), None) => {
                let (bits, list) = inflate(list, self.limits.list)?;
                Ok(ListContent::Statuses { bits, list })
            }
            (Kind::Identifiers, None, Some(list)) => {
                let ids = Identifiers::read(list, self.limits.list).map_err(of_identifiers)?;
                Ok(ListContent::Identifiers(ids))
            }
            // None, both, or the one that the type does not announce.
            _ => Err(rejected!(ListMalformed)),
        }
    }
}

/// What a token says beside its list.
#[derive(Clone, Copy, Debug)]
struct Claims<'a> {
    sub: Option<&'a str>,
    iat: u64,
    nbf: Option<u64>,
    exp: Option<u64>,
    ttl: Option<u64>,
    statuses: Option<WellFormed<'a>>,
    identifiers: Option<WellFormed<'a>>,
}

impl<'a> Claims<'a> {
    fn read(map: WellFormed<'a>) -> Result<Self, DecodeError> {
        let [sub, iat, nbf, exp, ttl, statuses, identifiers] =
            map.fields([SUB, IAT, NBF, EXP, TTL, STATUS_LIST, IDENTIFIER_LIST])?;
        let seconds = |claim: Option<WellFormed<'a>>| claim.map(|claim| claim.uint()).transpose();
        Ok(Self {
            sub: sub.map(|sub| sub.text()).transpose()?,
            iat: required(iat, &map)?.uint()?,
            nbf: seconds(nbf)?,
            exp: seconds(exp)?,
            ttl: seconds(ttl)?,
            statuses,
            identifiers,
        })
    }

    fn check(&self, uri: &str, now: UnixTime) -> Result<(), Rejected> {
        if self.sub != Some(uri) {
            return Err(rejected!(ListSubject));
        }
        let soon = now.as_secs().saturating_add(SKEW);
        if self.iat > soon || self.nbf.is_some_and(|nbf| nbf > soon) {
            return Err(rejected!(ListFromFuture));
        }
        match self.exp {
            None => Err(rejected!(ListWithoutExpiry)),
            Some(exp) if exp <= now.as_secs() => Err(rejected!(ListExpired)),
            Some(_) => Ok(()),
        }
    }
}

/// A list that was signed under a trust point, for the address that was asked, and held when it was
/// checked. Only [`ListToken::verify`] makes one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct VerifiedList {
    uri: String,
    trust_point: TrustPoint,
    iat: UnixTime,
    exp: UnixTime,
    ttl: Option<u64>,
    payload_hash: [u8; 32],
    content: ListContent,
}

/// What a list holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ListContent {
    /// Statuses of so many bits each (1, 2, 4 or 8), inflated.
    Statuses { bits: u8, list: Vec<u8> },
    /// All identifiers that are blocked.
    Identifiers(Identifiers),
}

impl VerifiedList {
    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    pub(crate) const fn trust_point(&self) -> TrustPoint {
        self.trust_point
    }

    /// When it was made.
    pub(crate) const fn iat(&self) -> UnixTime {
        self.iat
    }

    /// When it ends: at this second it holds no longer.
    pub(crate) const fn exp(&self) -> UnixTime {
        self.exp
    }

    /// How long to wait before fetching again, in seconds: a hint, as the issuer wrote it.
    pub(crate) const fn ttl(&self) -> Option<u64> {
        self.ttl
    }

    /// SHA-256 of what was signed, to tell two lists of one second apart.
    pub(crate) const fn payload_hash(&self) -> &[u8; 32] {
        &self.payload_hash
    }

    pub(crate) fn into_content(self) -> ListContent {
        self.content
    }
}

fn of_identifiers(fault: DecodeError) -> Rejected {
    match fault.kind() {
        DecodeErrorKind::TooLong => rejected!(ListTooLarge),
        _ => rejected!(ListMalformed),
    }
}

fn malformed(_: DecodeError) -> Rejected {
    rejected!(ListMalformed)
}

pub(super) const fn of_signature(fault: CoseFault) -> Rejected {
    match fault {
        CoseFault::AlgMissing | CoseFault::AlgUnsupported => rejected!(ListAlgorithm),
        CoseFault::PayloadMissing => rejected!(ListMalformed),
        CoseFault::Invalid | CoseFault::PayloadDiffers => rejected!(ListSignature),
    }
}

#[cfg(all(test, feature = "rustcrypto", feature = "x509"))]
mod tests;
