//! What a delegation says.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::purposes::{Purposes, sets};
use super::{CardDigest, PurposeSet};
use crate::cbor::{WellFormed, Writer, required};
use crate::cose::{encode_key, parse_own_key};
use crate::crypto::PublicKey;
use crate::error::{DecodeError, DecodeErrorKind, Misuse, Rejected, rejected};
use crate::mdoc::is_line;

/// Digest numbers in one delegation, over all name spaces.
pub(crate) const MAX_SCOPE: usize = 64;

/// ISO/IEC 18013-5 clause 9.1.2.5: "smaller than 2^31".
const DIGEST_ID_END: u64 = 1 << 31;

/// ```cddl
/// DelegationClaims = { 4: uint, 5: uint, 6: uint, 7: bstr .size 16, 8: { 1: COSE_Key },
///                      -70001: ScopeMap, -70002: PurposeSet, ? -70003: tstr .size (1..64),
///                      ? -70004: 1..255, ? -70005: bstr .size 32 }
/// ScopeMap = { + NameSpace => [+ DigestID] }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claims<'a> {
    /// exp, at which it has ended.
    pub(crate) until: u64,
    /// nbf.
    pub(crate) from: u64,
    /// iat.
    pub(crate) made: u64,
    /// `None` if it is no point of the curve.
    pub(crate) key: Option<PublicKey>,
    pub(crate) scope: Scope<'a>,
    pub(crate) purposes: Purposes<'a>,
    pub(crate) name: Option<&'a str>,
    pub(crate) uses: Option<u8>,
    pub(crate) own_card: Option<CardDigest>,
}

impl<'a> Claims<'a> {
    /// Step 8, but for the times. The claims are those of a delegation whose signature was checked.
    pub(super) fn read(item: WellFormed<'a>) -> Result<Self, Rejected> {
        let claims = Self::read_closed(item).map_err(|_| rejected!(DelegationClaims))?;
        match usize::try_from(claims.scope.count) {
            Ok(0..=MAX_SCOPE) => Ok(claims),
            _ => Err(rejected!(DelegationTooLarge)),
        }
    }

    fn read_closed(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        item.check_deterministic()?;
        let [
            until,
            from,
            made,
            cti,
            cnf,
            scope,
            purposes,
            name,
            uses,
            own_card,
        ] = item.closed_fields([4, 5, 6, 7, 8, -70_001, -70_002, -70_003, -70_004, -70_005])?;
        let field = |field| required(field, &item);
        sized::<16>(field(cti)?)?;
        Ok(Self {
            until: field(until)?.uint()?,
            from: field(from)?.uint()?,
            made: field(made)?.uint()?,
            key: read_key(field(cnf)?)?,
            scope: Scope::read(field(scope)?)?,
            purposes: Purposes::read(field(purposes)?)?,
            name: name.map(read_name).transpose()?,
            uses: uses.map(read_uses).transpose()?,
            own_card: own_card.map(read_card).transpose()?,
        })
    }
}

/// Which items are lent, by the numbers of their digests: a number names one value of one card.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    numbers: WellFormed<'a>,
    count: u64,
}

impl<'a> Scope<'a> {
    fn read(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        let count = sets(item, |id| match id.uint()? {
            number if number < DIGEST_ID_END => Ok(number),
            _ => Err(id.error(DecodeErrorKind::OutOfRange)),
        })?;
        Ok(Self {
            numbers: item,
            count,
        })
    }

    /// Whether the item with this number is lent.
    pub(crate) fn holds(&self, name_space: &str, digest_id: u32) -> bool {
        let Ok([Some(ids)]) = self.numbers.fields([name_space]) else {
            return false;
        };
        let wanted = Ok(u64::from(digest_id));
        ids.array()
            .is_ok_and(|mut ids| ids.any(|id| id.and_then(|id| id.uint()) == wanted))
    }
}

/// What the holder's device will sign.
pub(crate) struct Written<'w> {
    pub(crate) until: u64,
    pub(crate) from: u64,
    pub(crate) made: u64,
    pub(crate) cti: &'w [u8; 16],
    pub(crate) key: &'w PublicKey,
    /// By the order of deterministic keys, the numbers ascending.
    pub(crate) scope: &'w BTreeMap<(usize, &'w str), Vec<u32>>,
    pub(crate) purposes: &'w PurposeSet,
    pub(crate) name: Option<&'w str>,
    pub(crate) uses: Option<u8>,
    pub(crate) own_card: Option<&'w CardDigest>,
}

impl Claims<'_> {
    /// The deterministic encoding.
    pub(crate) fn write(claims: &Written<'_>) -> Vec<u8> {
        let optional = [
            claims.name.is_some(),
            claims.uses.is_some(),
            claims.own_card.is_some(),
        ];
        let optional = optional.into_iter().filter(|there| *there).count();
        let mut out = Writer::new();
        out.map(optional.saturating_add(7));
        out.uint(4).uint(claims.until).uint(5).uint(claims.from);
        out.uint(6)
            .uint(claims.made)
            .uint(7)
            .byte_string(claims.cti);
        out.uint(8).map(1).uint(1).raw(&encode_key(claims.key));
        out.int(-70_001).map(claims.scope.len());
        for ((_, name_space), ids) in claims.scope {
            out.text(name_space).array(ids.len());
            for id in ids {
                out.uint(u64::from(*id));
            }
        }
        claims.purposes.write(out.int(-70_002));
        if let Some(name) = claims.name {
            out.int(-70_003).text(name);
        }
        if let Some(uses) = claims.uses {
            out.int(-70_004).uint(u64::from(uses));
        }
        if let Some(own_card) = claims.own_card {
            out.int(-70_005).byte_string(own_card.as_bytes());
        }
        out.into_bytes()
    }
}

/// What a maker of ours calls a delegate: what can stand in a delegation, and be shown.
pub(crate) fn chosen_name(name: &str) -> Result<String, Misuse> {
    let name = Some(name).filter(|name| is_name(name) && is_line(name));
    name.map(Into::into).ok_or(Misuse::DelegateName)
}

/// Whether a name can stand in a delegation.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
}

pub(crate) fn sized<const N: usize>(item: WellFormed<'_>) -> Result<[u8; N], DecodeError> {
    let bytes = item.byte_string()?;
    let fault = item.error(DecodeErrorKind::OutOfRange);
    bytes.try_into().map_err(|_| fault)
}

pub(super) fn read_name(item: WellFormed<'_>) -> Result<&str, DecodeError> {
    match item.text()? {
        name if is_name(name) => Ok(name),
        _ => Err(item.error(DecodeErrorKind::OutOfRange)),
    }
}

pub(super) fn read_card(item: WellFormed<'_>) -> Result<CardDigest, DecodeError> {
    sized(item).map(CardDigest::from_bytes)
}

/// `{ 1: COSE_Key }`. Whether the point is on the curve is a step of its own.
pub(crate) fn read_key(cnf: WellFormed<'_>) -> Result<Option<PublicKey>, DecodeError> {
    let [key] = cnf.closed_fields([1])?;
    match parse_own_key(required(key, &cnf)?) {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.kind() == DecodeErrorKind::BadKey => Ok(None),
        Err(error) => Err(error),
    }
}

fn read_uses(item: WellFormed<'_>) -> Result<u8, DecodeError> {
    match u8::try_from(item.uint()?) {
        Ok(uses) if uses > 0 => Ok(uses),
        _ => Err(item.error(DecodeErrorKind::OutOfRange)),
    }
}
