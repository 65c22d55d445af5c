//! A delegation as the holder who made it sees it.

use core::fmt;

use super::Purpose;
use super::signed::{MAX_LEN, Signed};
use crate::cbor::{Parts, WellFormed};
use crate::crypto::{CryptoProvider, PublicKey};
use crate::error::{Error, rejected};
use crate::mdoc::{Element, is_line};
use crate::status::DelegationId;
use crate::time::{UnixTime, unix_time};

/// A delegation that the holder of a card has made and kept, as he sees it: of no limit is it said
/// that it was kept. [`Card::loan`](crate::holder::Card::loan) makes one.
#[derive(Clone, Copy)]
pub struct KeptDelegation<'a>(Signed<'a>);

impl<'a> KeptDelegation<'a> {
    pub(crate) fn read(
        delegation: &'a [u8],
        external_aad: &Parts<'_>,
        holder: &PublicKey,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        let item = WellFormed::parse(delegation, MAX_LEN);
        let item = item.map_err(|_| rejected!(DelegationMalformed))?;
        Signed::read(item, external_aad, holder.into(), crypto).map(Self)
    }

    /// By what it is revoked.
    #[must_use]
    pub const fn id(&self) -> DelegationId {
        self.0.id
    }

    /// What the holder calls the delegate.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        self.0.claims.name.filter(|name| is_line(name))
    }

    /// When it begins.
    #[must_use]
    pub const fn begins(&self) -> UnixTime {
        unix_time(self.0.claims.from)
    }

    /// When it ends: at this second it has ended.
    #[must_use]
    pub const fn ends(&self) -> UnixTime {
        unix_time(self.0.claims.until)
    }

    /// For what the card is lent.
    pub fn purposes(&self) -> impl Iterator<Item = Purpose<'a>> + use<'a> {
        self.0.claims.purposes.iter()
    }

    /// Whether this element of the card is lent.
    #[must_use]
    pub fn lends(&self, element: &Element<'_>) -> bool {
        let scope = &self.0.claims.scope;
        scope.holds(element.name_space().as_str(), element.digest_id())
    }
}

/// Who lends to whom is personal: logs get the number.
impl fmt::Debug for KeptDelegation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptDelegation({})", self.id())
    }
}
