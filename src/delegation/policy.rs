//! What the issuer says about lending: the switch and its limits, in the MSO.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::purposes::{Purposes, capped_sets};
use super::{MAX_SECS, NAME_SPACE, Purpose, PurposeSet};
use crate::cbor::{MESSAGE_CAP, WellFormed, Writer, key_order, required};
use crate::crypto::Algorithm;
use crate::error::{DecodeError, DecodeErrorKind, Misuse, Rejected, rejected};
use crate::mdoc::{ElementId, Mso, NameSpace};
use crate::verify::VerifiedCard;

/// The label of `keyInfo` under which the policy stands.
pub(crate) const POLICY: i64 = -70_001;

/// Version of the policy, and the only depth that there is: a delegate cannot lend on.
const ONE: u64 = 1;

/// How an issuer lets its cards be lent.
///
/// It is shown to every reader. If it differs from card to card it tells on its holder; so keep it
/// the same for all cards.
///
/// ```cddl
/// DelegationPolicy = { 1: 1, 2: 1..2592000, 3: 1, ? 4: PurposeSet,
///                      ? 5: { + NameSpace => [+ DataElementIdentifier] },
///                      ? 6: tstr, ? 7: bool, ? 8: bool }
/// ```
///
/// ```
/// use vitacard::delegation::{DelegationPolicy, MAX_SECS};
/// assert!(DelegationPolicy::lasting(MAX_SECS).is_ok()); // 30 days
/// assert_eq!(DelegationPolicy::lasting(MAX_SECS + 1).unwrap_err().reason(), "DelegationTooLong");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DelegationPolicy {
    max_secs: u64,
    purposes: Option<PurposeSet>,
    ceiling: Option<Ceiling>,
    revocation_list: Option<String>,
    own_card: bool,
    claims: bool,
}

type Ceiling = BTreeMap<NameSpace<'static>, BTreeSet<ElementId<'static>>>;

impl DelegationPolicy {
    /// Cards may be lent for at most `max_secs` seconds: 1 second to 30 days.
    ///
    /// # Errors
    /// [`Misuse::DelegationTooLong`].
    pub fn lasting(max_secs: u64) -> Result<Self, crate::error::Error> {
        match (1..=MAX_SECS).contains(&max_secs) {
            true => Ok(Self {
                max_secs,
                purposes: None,
                ceiling: None,
                revocation_list: None,
                own_card: false,
                claims: false,
            }),
            false => Err(Misuse::DelegationTooLong.into()),
        }
    }

    /// Only for these purposes. Without this for any.
    #[must_use]
    pub fn for_purposes(mut self, purposes: PurposeSet) -> Self {
        self.purposes = Some(purposes);
        self
    }

    /// Only these elements. Without this every element of the card; of none no card can be made.
    #[must_use]
    pub fn for_elements<'a>(
        mut self,
        elements: impl IntoIterator<Item = (NameSpace<'a>, ElementId<'a>)>,
    ) -> Self {
        let ceiling = self.ceiling.get_or_insert_default();
        for (name_space, id) in elements {
            let ids = ceiling.entry(name_space.into_owned()).or_default();
            ids.insert(id.into_owned());
        }
        self
    }

    /// Names the list of revoked delegations; one address for all cards.
    #[must_use]
    pub fn with_revocation_list(mut self, uri: &str) -> Self {
        self.revocation_list = Some(uri.into());
        self
    }

    /// Only to people who have such a card themselves, and show it beside the lent one.
    #[must_use]
    pub const fn requiring_own_card(mut self) -> Self {
        self.own_card = true;
        self
    }

    /// A delegate's phone may sign what a professional claims from the insurer (key 8 of the policy).
    /// Readers of this version ask for no such signature.
    #[must_use]
    pub const fn with_claims(mut self) -> Self {
        self.claims = true;
        self
    }

    /// The policy in a card, if it can be lent: its key may sign, and a certificate came with it.
    pub(crate) fn of(card: &VerifiedCard<'_>) -> Option<Self> {
        let may_sign = card.mso().device_key().may_verify(Algorithm::ES256);
        let named = card.issuer().leaf_hash().is_some();
        let terms = Terms::of(card.mso()).ok().filter(|_| may_sign && named);
        terms.map(Terms::to_policy)
    }

    /// Whether `purpose` may be lent for.
    #[must_use]
    pub fn covers(&self, purpose: &Purpose<'_>) -> bool {
        let purposes = self.purposes.as_ref();
        purposes.is_none_or(|purposes| purposes.covers(purpose))
    }

    /// Whether element `id` of `name_space` may be lent.
    #[must_use]
    pub fn allows(&self, name_space: &str, id: &str) -> bool {
        self.ceiling.as_ref().is_none_or(|ceiling| {
            ceiling.iter().any(|(own, ids)| {
                own.as_str() == name_space && ids.iter().any(|own| own.as_str() == id)
            })
        })
    }

    /// Whether a delegate must show a card of his own.
    #[must_use]
    pub const fn requires_own_card(&self) -> bool {
        self.own_card
    }

    /// For which purposes it may be lent; `None` for any.
    #[must_use]
    pub const fn purposes(&self) -> Option<&PurposeSet> {
        self.purposes.as_ref()
    }

    /// The address of the list of revoked delegations.
    #[must_use]
    pub fn revocation_list(&self) -> Option<&str> {
        self.revocation_list.as_deref()
    }

    /// The longest that a card may be lent, in seconds.
    #[must_use]
    pub const fn max_secs(&self) -> u64 {
        self.max_secs
    }

    /// `bstr .cbor DelegationPolicy`, without the head of the bstr.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Misuse> {
        let fault = Misuse::DelegationPolicyEmpty;
        let proper = self.purposes.as_ref().is_none_or(PurposeSet::is_proper);
        if !proper || self.revocation_list.as_ref().is_some_and(String::is_empty) {
            return Err(fault);
        }
        let optional = [
            self.purposes.is_some(),
            self.ceiling.is_some(),
            self.revocation_list.is_some(),
            self.own_card,
            self.claims,
        ];
        let optional = optional.into_iter().filter(|there| *there).count();
        let mut out = Writer::new();
        out.map(optional.saturating_add(3)).uint(1).uint(ONE);
        out.uint(2).uint(self.max_secs).uint(3).uint(ONE);
        if let Some(purposes) = &self.purposes {
            purposes.write(out.uint(4));
        }
        if let Some(ceiling) = &self.ceiling {
            write_ceiling(ceiling, out.uint(5));
        }
        if let Some(uri) = &self.revocation_list {
            out.uint(6).text(uri);
        }
        for (label, said) in [(7, self.own_card), (8, self.claims)] {
            if said {
                out.uint(label).boolean(true);
            }
        }
        // A reader's caps hold for what the issuer writes, too.
        let bytes = out.into_bytes();
        let item = WellFormed::parse(&bytes, MESSAGE_CAP).and_then(Terms::read);
        match item.map_err(DecodeError::kind) {
            Ok(_) => Ok(bytes),
            Err(DecodeErrorKind::Empty) => Err(fault),
            Err(_) => Err(Misuse::TooManyElements),
        }
    }
}

fn write_ceiling(ceiling: &Ceiling, out: &mut Writer) {
    let mut name_spaces: Vec<_> = ceiling.iter().collect();
    name_spaces.sort_by(|(a, _), (b, _)| key_order(a.as_str()).cmp(&key_order(b.as_str())));
    out.map(name_spaces.len());
    for (name_space, ids) in name_spaces {
        out.text(name_space.as_str()).array(ids.len());
        for id in ids {
            out.text(id.as_str());
        }
    }
}

/// The policy in a card that an issuer signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) max_secs: u64,
    purposes: Option<Purposes<'a>>,
    ceiling: Option<WellFormed<'a>>,
    pub(crate) revocation_list: Option<&'a str>,
    pub(crate) own_card: bool,
    claims: bool,
}

impl<'a> Terms<'a> {
    /// Step 5: the switch is there, and a policy with it. Absent is no.
    pub(crate) fn of(mso: &Mso<'a>) -> Result<Self, Rejected> {
        if !is_delegable(mso) {
            return Err(rejected!(DelegationNotPermitted));
        }
        let policy = mso.key_info(POLICY);
        let policy = policy.ok_or(rejected!(DelegationPolicyMissing))?;
        let terms = policy.parse_content().and_then(Self::read);
        terms.map_err(|_| rejected!(DelegationPolicyInvalid))
    }

    fn to_policy(self) -> DelegationPolicy {
        let mut policy = DelegationPolicy {
            max_secs: self.max_secs,
            purposes: self.purposes.map(|purposes| purposes.iter().collect()),
            ceiling: self.ceiling.map(|_| Ceiling::new()),
            revocation_list: self.revocation_list.map(Into::into),
            own_card: self.own_card,
            claims: self.claims,
        };
        let ceiling = self.ceiling.and_then(|ceiling| ceiling.map().ok());
        for (name_space, ids) in ceiling.into_iter().flatten().flatten() {
            let ids = ids.array().into_iter().flatten().flatten();
            let ids = ids.filter_map(|id| Some(ElementId::of(id.text().ok()?).into_owned()));
            if let Ok(name_space) = name_space.text() {
                let name_space = NameSpace::of(name_space).into_owned();
                let own = policy.ceiling.get_or_insert_default();
                own.insert(name_space, ids.collect());
            }
        }
        policy
    }

    pub(crate) fn covers(&self, purpose: &Purpose<'_>) -> bool {
        let purposes = self.purposes.as_ref();
        purposes.is_none_or(|purposes| purposes.covers(purpose))
    }

    /// Whether element `id` of `name_space` may be lent.
    pub(crate) fn allows(&self, name_space: &str, id: &str) -> bool {
        let Some(ceiling) = self.ceiling else {
            return true;
        };
        let Ok([Some(ids)]) = ceiling.fields([name_space]) else {
            return false;
        };
        ids.array()
            .is_ok_and(|mut ids| ids.any(|own| own.and_then(|own| own.text()) == Ok(id)))
    }

    fn read(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        item.check_deterministic()?;
        let [
            version,
            max_secs,
            depth,
            purposes,
            ceiling,
            list,
            own,
            claims,
        ] = item.closed_fields([1, 2, 3, 4, 5, 6, 7, 8])?;
        for one in [version, depth] {
            if required(one, &item)?.uint()? != ONE {
                return Err(item.error(DecodeErrorKind::UnknownVersion));
            }
        }
        let max_secs = required(max_secs, &item)?.uint()?;
        if !(1..=MAX_SECS).contains(&max_secs) {
            return Err(item.error(DecodeErrorKind::OutOfRange));
        }
        if let Some(ceiling) = ceiling {
            capped_sets(ceiling, |id| id.name())?;
        }
        let said = |said: Option<WellFormed<'_>>| said.map_or(Ok(false), |said| said.boolean());
        Ok(Self {
            max_secs,
            purposes: purposes.map(Purposes::read).transpose()?,
            ceiling,
            revocation_list: list.map(|list| list.name()).transpose()?,
            own_card: said(own)?,
            claims: said(claims)?,
        })
    }
}

/// The switch. It is the name space as a whole: an authorisation of the element alone is none.
pub(crate) fn is_delegable(mso: &Mso<'_>) -> bool {
    mso.key_authorizations().permits_all_of(NAME_SPACE)
}
