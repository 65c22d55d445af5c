//! Revocation lists: which of several counts.

use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;

use webpki::{
    CertRevocationList, ExpirationPolicy, OwnedCertRevocationList, RevocationCheckDepth,
    RevocationOptions, RevocationOptionsBuilder, UnknownStatusPolicy,
};
use x509_cert::der::Decode;
use x509_cert::time::Time;

use super::super::spki::Element;
use super::certificate::seconds;
use crate::error::{Rejected, rejected};
use crate::time::UnixTime;

/// Lists, the newest first: of those that cover a certificate webpki reads the first one only.
#[derive(Default)]
pub(in super::super) struct Lists(Vec<List>);

struct List {
    this_update: UnixTime,
    bytes: usize,
    parsed: CertRevocationList<'static>,
}

impl Lists {
    pub(in super::super) fn parse(lists: &[&[u8]]) -> Option<Self> {
        let mut lists: Vec<_> = lists
            .iter()
            .map(|der| List::parse(der))
            .collect::<Option<_>>()?;
        // Of two of the same second the longer one, which revokes more.
        lists.sort_by_key(|list| Reverse((list.this_update, list.bytes)));
        Some(Self(lists))
    }

    pub(in super::super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that exist at `now`: webpki does not look at thisUpdate, and a list from the future
    /// would hide the one that is current.
    pub(super) fn at(&self, now: UnixTime) -> Vec<&CertRevocationList<'static>> {
        let existing = self.0.iter().filter(|list| list.this_update <= now);
        existing.map(|list| &list.parsed).collect()
    }
}

/// A list may have thousands of entries.
impl fmt::Debug for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dates = self.0.iter().map(|list| list.this_update);
        f.debug_list().entries(dates).finish()
    }
}

impl List {
    fn parse(der: &[u8]) -> Option<Self> {
        Some(Self {
            this_update: this_update(der)?,
            bytes: der.len(),
            parsed: OwnedCertRevocationList::from_der(der).ok()?.into(),
        })
    }
}

/// The fourth field of `TBSCertList` (RFC 5280 section 5.1), which webpki reads and drops.
fn this_update(der: &[u8]) -> Option<UnixTime> {
    let (list, _) = Element::first(der)?;
    let (signed, _) = Element::first(list.content)?;
    let (_version, rest) = Element::first(signed.content)?;
    let (_algorithm, rest) = Element::first(rest)?;
    let (_issuer, rest) = Element::first(rest)?;
    let (time, _) = Element::first(rest)?;
    Time::from_der(time.whole).ok().map(seconds)
}

/// Every certificate of the path must be covered by a list that has not expired.
pub(super) fn options<'l>(
    lists: &'l [&'l CertRevocationList<'l>],
) -> Result<RevocationOptions<'l>, Rejected> {
    // The builder refuses to build without lists: they were given, and none exists yet.
    let builder = RevocationOptionsBuilder::new(lists).map_err(|_| rejected!(CrlUnusable))?;
    Ok(builder
        .with_depth(RevocationCheckDepth::Chain)
        .with_status_policy(UnknownStatusPolicy::Deny)
        .with_expiration_policy(ExpirationPolicy::Enforce)
        .build())
}
