//! The MSO as the issuer writes it. Reading one is `mdoc`'s business.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use ciborium::Value;
use coset::AsCborValue as _;

use super::items::SealedNameSpace;
use crate::cbor::{Writer, to_deterministic};
use crate::crypto::{Curve, DigestAlgorithm, PublicKey};
use crate::delegation::{self, DelegationPolicy};
use crate::error::Misuse;
use crate::mdoc::{
    Dates, DocType, EVEN_R, EVEN_R_VALUE, ElementId, MAX_ITEMS, MAX_NAME_SPACES, NameSpace,
    format_tdate,
};
use crate::time::UnixTime;

/// What the MSO says beside digests and dates. [`crate::mdoc`] has its CDDL.
pub(super) struct Content {
    pub(super) doc_type: DocType<'static>,
    pub(super) device_key: PublicKey,
    pub(super) digest_algorithm: DigestAlgorithm,
    pub(super) authorizations: Authorizations,
    pub(super) key_info: Vec<(Value, Value)>,
    pub(super) even_r: bool,
    pub(super) delegation: Option<DelegationPolicy>,
    pub(super) status: Option<Value>,
}

/// ```cddl
/// KeyAuthorizations = { ? "nameSpaces": [+ NameSpace],
///                       ? "dataElements": { + NameSpace => [+ DataElementIdentifier] } }
/// ```
#[derive(Default)]
pub(super) struct Authorizations {
    pub(super) name_spaces: BTreeSet<NameSpace<'static>>,
    pub(super) elements: BTreeMap<NameSpace<'static>, BTreeSet<ElementId<'static>>>,
}

impl Content {
    pub(super) const fn new(doc_type: DocType<'static>, device_key: PublicKey) -> Self {
        Self {
            doc_type,
            device_key,
            digest_algorithm: DigestAlgorithm::Sha256,
            authorizations: Authorizations {
                name_spaces: BTreeSet::new(),
                elements: BTreeMap::new(),
            },
            key_info: Vec::new(),
            even_r: false,
            delegation: None,
            status: None,
        }
    }

    /// `MobileSecurityObjectBytes`. The encoder sees to the order of keys.
    pub(super) fn encode(
        self,
        dates: &Dates,
        name_spaces: &[SealedNameSpace],
    ) -> Result<Vec<u8>, Misuse> {
        if matches!(&self.status, Some(status) if !status.is_map()) {
            return Err(Misuse::ValueNotEncodable);
        }
        check_references(self.status.as_ref())?;
        let mso = map([
            ("version", Some("1.0".into())),
            ("digestAlgorithm", Some(self.digest_algorithm.name().into())),
            ("valueDigests", Some(value_digests(name_spaces))),
            ("docType", Some(self.doc_type.as_str().into())),
            ("validityInfo", Some(validity_info(dates)?)),
            ("status", self.status.clone()),
            ("deviceKeyInfo", Some(self.device_key_info()?)),
        ]);
        let mut bytes = Writer::new();
        bytes.embedded(&to_deterministic(&mso)?);
        Ok(bytes.into_bytes())
    }

    /// A card can be lent by one declaration, which sets switch and policy, and by no other: a
    /// switch without a policy would be a card that some readers take for one that can be lent.
    pub(super) fn check_delegation(&self, dates: &Dates) -> Result<(), Misuse> {
        let by_hand = self.authorizations.mention(delegation::NAME_SPACE)
            || self
                .key_info
                .iter()
                .any(|(label, _)| *label == delegation::POLICY.into());
        let Some(policy) = &self.delegation else {
            return if by_hand {
                Err(Misuse::DelegationConflict)
            } else {
                Ok(())
            };
        };
        if by_hand || self.device_key.curve() != Curve::P256 {
            return Err(Misuse::DelegationConflict);
        }
        // The switch will stand among them.
        let count = u64::try_from(self.authorizations.name_spaces.len());
        if count.is_ok_and(|count| count >= MAX_NAME_SPACES) {
            return Err(Misuse::TooManyElements);
        }
        let lasts = dates.until.as_secs().saturating_sub(dates.from.as_secs());
        match policy.max_secs() <= lasts {
            true => Ok(()),
            false => Err(Misuse::CardShorterThanDelegation),
        }
    }

    fn device_key_info(mut self) -> Result<Value, Misuse> {
        let key = coset::CoseKey::from(&self.device_key).to_cbor_value();
        let hint = (EVEN_R.into(), Value::Bytes(EVEN_R_VALUE.to_vec()));
        // Where the caller has said another thing under this label, the encoder refuses both.
        if self.even_r && !self.key_info.contains(&hint) {
            self.key_info.push(hint);
        }
        if let Some(policy) = &self.delegation {
            // A byte string, as one peer reads every value of keyInfo.
            let policy = Value::Bytes(policy.encode()?);
            self.key_info.push((delegation::POLICY.into(), policy));
            let switch = NameSpace::new(delegation::NAME_SPACE)?;
            self.authorizations.name_spaces.insert(switch);
        }
        let key_info = (!self.key_info.is_empty()).then_some(Value::Map(self.key_info));
        Ok(map([
            ("deviceKey", Some(key.map_err(|_| Misuse::InvalidKey)?)),
            ("keyAuthorizations", self.authorizations.to_value()),
            ("keyInfo", key_info),
        ]))
    }
}

impl Authorizations {
    /// Clause 9.1.2.4: a name space stands in one of the two. And a reader takes so many only.
    pub(super) fn check(&self) -> Result<(), Misuse> {
        let over = |count: usize, most| u64::try_from(count).is_ok_and(|count| count > most);
        let ids = self.elements.values().map(BTreeSet::len);
        if over(self.name_spaces.len(), MAX_NAME_SPACES)
            || over(self.elements.len(), MAX_NAME_SPACES)
            || over(ids.fold(0, usize::saturating_add), MAX_ITEMS)
        {
            return Err(Misuse::TooManyElements);
        }
        let twice = self
            .elements
            .keys()
            .any(|name_space| self.name_spaces.contains(name_space));
        match twice {
            true => Err(Misuse::KeyAuthorizationsConflict),
            false => Ok(()),
        }
    }

    fn mention(&self, name_space: &str) -> bool {
        let name_spaces = self.name_spaces.iter().chain(self.elements.keys());
        name_spaces
            .into_iter()
            .any(|own| own.as_str() == name_space)
    }

    /// None if nothing is authorised: the standard knows no empty list here.
    fn to_value(&self) -> Option<Value> {
        let name_spaces = self.name_spaces.iter().map(NameSpace::as_str);
        let elements = self.elements.iter().map(|(name_space, ids)| {
            let ids = ids.iter().map(|id| id.as_str().into());
            (name_space.as_str().into(), Value::Array(ids.collect()))
        });
        let name_spaces: Vec<Value> = name_spaces.map(Value::from).collect();
        let elements: Vec<_> = elements.collect();
        if name_spaces.is_empty() && elements.is_empty() {
            return None;
        }
        let name_spaces = (!name_spaces.is_empty()).then_some(Value::Array(name_spaces));
        let elements = (!elements.is_empty()).then_some(Value::Map(elements));
        Some(map([
            ("nameSpaces", name_spaces),
            ("dataElements", elements),
        ]))
    }
}

/// Under an empty address, or an empty certificate, no reader finds a list.
fn check_references(status: Option<&Value>) -> Result<(), Misuse> {
    let references = status.and_then(Value::as_map).into_iter().flatten();
    let mut fields = references.filter_map(|(_, list)| list.as_map()).flatten();
    let empty = |(key, value): &(Value, Value)| match key.as_text() {
        Some("uri") => value.as_text() == Some(""),
        Some("certificate") => value.as_bytes().is_some_and(Vec::is_empty),
        _ => false,
    };
    match fields.any(empty) {
        true => Err(Misuse::ListAddressEmpty),
        false => Ok(()),
    }
}

fn validity_info(dates: &Dates) -> Result<Value, Misuse> {
    let update = dates.expected_update.map(tdate).transpose()?;
    Ok(map([
        ("signed", Some(tdate(dates.signed)?)),
        ("validFrom", Some(tdate(dates.from)?)),
        ("validUntil", Some(tdate(dates.until)?)),
        ("expectedUpdate", update),
    ]))
}

/// `{ + NameSpace => { + DigestID => Digest } }`
fn value_digests(name_spaces: &[SealedNameSpace]) -> Value {
    let digests = |sealed: &SealedNameSpace| {
        let digests = (0_u64..).zip(&sealed.digests);
        digests
            .map(|(digest_id, digest)| (digest_id.into(), digest.clone().into()))
            .collect()
    };
    let name_spaces = name_spaces
        .iter()
        .map(|sealed| (sealed.name.as_str().into(), Value::Map(digests(sealed))));
    Value::Map(name_spaces.collect())
}

/// `#6.0(tstr)`, in whole seconds and UTC.
fn tdate(time: UnixTime) -> Result<Value, Misuse> {
    let text = format_tdate(time).ok_or(Misuse::InvalidValidity)?;
    Ok(Value::Tag(0, Box::new(text.into())))
}

fn map<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let fields = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.into(), value?)));
    Value::Map(fields.collect())
}
