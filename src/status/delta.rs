//! Increments: what changed in a list between two publications, signed, and small.

use alloc::vec::Vec;

use super::increment::{difference, state};
use super::resident::Statuses;
use super::rice::{Rice, encode};
use super::store::{Content, List, StatusStore, next};
use super::token::{SKEW, of_signature};
use super::{StatusTrust, TrustPoint};
use crate::cbor::{WellFormed, Writer, required};
use crate::cose::Sign1;
use crate::crypto::{Algorithm, CryptoProvider, SecureRandom};
use crate::error::{CryptoError, DecodeError, DecodeErrorKind, Error, Rejected, rejected};
use crate::time::{UnixTime, unix_time};

/// The media type of an increment, and its `typ`.
pub const STATUS_DELTA_TYPE: &str = "application/vnd.vitacard.status-delta+cwt";
const SUB: i64 = 2;
const EXP: i64 = 4;
const IAT: i64 = 6;
const CHANGES: i64 = -70_012;

/// What is signed.
///
/// ```cddl
/// StatusDelta = { 2: tstr, 6: uint, 4: uint,
///                 -70012: { 1: bstr .size 16, 2: bstr .size 16, 3: bstr, 4: bstr } }
/// ```
struct Delta<'a> {
    uri: &'a str,
    iat: UnixTime,
    exp: UnixTime,
    from: [u8; 16],
    to: [u8; 16],
    invalid: &'a [u8],
    valid: &'a [u8],
}

impl<'a> Delta<'a> {
    /// In the one encoding that it has.
    fn read(content: WellFormed<'a>) -> Result<Self, DecodeError> {
        content.check_deterministic()?;
        let [uri, exp, iat, changes] = content.closed_fields([SUB, EXP, IAT, CHANGES])?;
        let changes = required(changes, &content)?;
        let [from, to, invalid, valid] = changes.closed_fields([1, 2, 3, 4])?;
        Ok(Self {
            uri: required(uri, &content)?.name()?,
            iat: unix_time(required(iat, &content)?.uint()?),
            exp: unix_time(required(exp, &content)?.uint()?),
            from: read_state(required(from, &changes)?)?,
            to: read_state(required(to, &changes)?)?,
            invalid: required(invalid, &changes)?.byte_string()?,
            valid: required(valid, &changes)?.byte_string()?,
        })
    }

    /// Whether it has ended is asked of what comes of it: of several the last one counts.
    fn check(&self, uri: &str, now: UnixTime) -> Result<(), Rejected> {
        if self.uri != uri {
            return Err(rejected!(ListSubject));
        }
        if self.iat.as_secs() > now.as_secs().saturating_add(SKEW) {
            return Err(rejected!(ListFromFuture));
        }
        Ok(())
    }

    /// The list that comes of `held`, whole or not at all.
    fn apply(&self, held: &List, crypto: &CryptoProvider) -> Result<List, Error> {
        let Content::Statuses(statuses) = &held.content else {
            return Err(rejected!(NotThisBase).into());
        };
        if self.iat <= held.iat {
            return Err(rejected!(ListOlder).into());
        }
        if statuses.bits() != 1 || state(self.uri, held.iat, statuses, crypto)? != self.from {
            return Err(rejected!(NotThisBase).into());
        }
        let invalid = Rice::parse(self.invalid, statuses.len())?;
        let valid = Rice::parse(self.valid, statuses.len())?;
        let changed = statuses.changed(&invalid, &valid)?;
        // Whatever was promised, what was made of it is seen.
        if state(self.uri, self.iat, &changed, crypto)? != self.to {
            return Err(rejected!(DeltaState).into());
        }
        Ok(List {
            payload: None,
            iat: self.iat,
            exp: self.exp,
            ttl: held.ttl,
            content: Content::Statuses(changed),
        })
    }
}

/// The claims of the increment `from` one publication `to` a later one of the list at `uri`; `None`
/// where there is none.
#[cfg_attr(
    not(feature = "x509"),
    allow(dead_code, reason = "who publishes lists has a certificate")
)]
pub(crate) fn claims(
    uri: &str,
    from: (UnixTime, &Statuses),
    (to, exp): ((UnixTime, &Statuses), UnixTime),
    crypto: &CryptoProvider,
) -> Result<Option<Vec<u8>>, CryptoError> {
    let Some((invalid, valid)) = difference(from.1, to.1).filter(|_| from.0 < to.0) else {
        return Ok(None);
    };
    let mut out = Writer::new();
    out.map(4).uint(2).text(uri).uint(4).uint(exp.as_secs());
    out.uint(6).uint(to.0.as_secs()).int(CHANGES).map(4);
    out.uint(1)
        .byte_string(&state(uri, from.0, from.1, crypto)?);
    out.uint(2).byte_string(&state(uri, to.0, to.1, crypto)?);
    out.uint(3).byte_string(&encode(invalid.iter().copied()));
    out.uint(4).byte_string(&encode(valid.iter().copied()));
    Ok(Some(out.into_bytes()))
}

impl StatusStore {
    /// Verifies the increment `delta`, fetched for the list at `uri`, and applies it. Whatever goes
    /// wrong, the store stays as it was.
    ///
    /// # Errors
    /// [`Rejected::NotThisBase`] if it does not begin with the list that is held: then those between
    /// are missing, or the whole list is needed. [`Rejected`] 2551 to 2580 else;
    /// [`Misuse::ClockNotSet`](crate::Misuse::ClockNotSet) as for [`accept`](Self::accept).
    pub fn apply(
        &mut self,
        delta: &[u8],
        uri: &str,
        trust: &StatusTrust<'_>,
        crypto: &CryptoProvider,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<(), Error> {
        self.apply_all(&[delta], uri, trust, crypto, now, rng)
    }

    /// The same of several, each of which begins where the one before ends: for a reader that was
    /// away. All of them are applied, or none. Those before the last may have ended meanwhile.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn apply_all(
        &mut self,
        deltas: &[&[u8]],
        uri: &str,
        trust: &StatusTrust<'_>,
        crypto: &CryptoProvider,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<(), Error> {
        self.trust_clock(now)?;
        let mut newest: Option<(TrustPoint, List)> = None;
        for delta in deltas {
            let signed = Signed::verify(delta, self.limits.token_bytes, trust, crypto, now)?;
            let delta = Delta::read(signed.content).map_err(malformed)?;
            delta.check(uri, now)?;
            let list = match &newest {
                Some((point, list)) if *point == signed.trust_point => Some(list),
                Some(_) => return Err(rejected!(ListNotFollowed).into()),
                None => self
                    .find(uri, &signed.trust_point)
                    .ok_or(rejected!(ListNotFollowed))?
                    .list
                    .as_ref(),
            };
            let list = delta.apply(list.ok_or(rejected!(NotThisBase))?, crypto)?;
            newest = Some((signed.trust_point, list));
        }
        let Some((trust_point, list)) = newest else {
            return Ok(());
        };
        if now >= list.exp {
            return Err(rejected!(ListExpired).into());
        }
        let next = next(now, list.ttl, rng)?;
        Ok(self.replace((uri, &trust_point), list, (now, next))?)
    }
}

/// An increment whose signature is good.
struct Signed<'a> {
    content: WellFormed<'a>,
    trust_point: TrustPoint,
}

impl<'a> Signed<'a> {
    fn verify(
        delta: &'a [u8],
        cap: usize,
        trust: &StatusTrust<'_>,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        if delta.len() > cap {
            return Err(rejected!(ListTooLarge).into());
        }
        let item = WellFormed::parse(delta, cap).map_err(malformed)?;
        let sign1 = parse(item).map_err(malformed)?;
        if sign1.headers().claimed_typ() != Some(STATUS_DELTA_TYPE) {
            return Err(rejected!(ListType).into());
        }
        if sign1.headers().algorithm() != Some(Algorithm::ES256) {
            return Err(rejected!(ListAlgorithm).into());
        }
        let lister = trust.lister(&sign1, crypto, now)?;
        let signed = sign1
            .verify(lister.key().into(), crypto)
            .map_err(of_signature)?;
        Ok(Self {
            content: signed.content(),
            trust_point: lister.point(),
        })
    }
}

fn malformed(_: DecodeError) -> Rejected {
    rejected!(DeltaMalformed)
}

/// A message of ours whose signer comes with it, and in nothing that is not signed.
fn parse(item: WellFormed<'_>) -> Result<Sign1<'_>, DecodeError> {
    item.check_deterministic()?;
    let [protected, unprotected, ..]: [WellFormed<'_>; 4] = item.tuple()?;
    if unprotected.map()?.left() != 0 {
        return Err(unprotected.error(DecodeErrorKind::TooMany));
    }
    let headers = protected.parse_content()?;
    headers.check_deterministic()?;
    let [_, _, chain] = headers.closed_fields([1, 16, 33])?;
    required(chain, &headers)?;
    Sign1::parse_attached(item)
}

fn read_state(item: WellFormed<'_>) -> Result<[u8; 16], DecodeError> {
    let bytes = item.byte_string()?.try_into();
    bytes.map_err(|_| item.error(DecodeErrorKind::OutOfRange))
}
