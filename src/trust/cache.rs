//! Chains that were found good, so that a batch of cards of one issuer pays for its chain once.

use super::{TrustAnchors, TrustedIssuer};
use crate::error::Misuse;
use crate::time::UnixTime;

/// At most `N` chains that led to a trust anchor, the least recently used one giving way.
///
/// Made by [`TrustAnchors::cache`] and bound to those anchors and their policy: use with another
/// set is [`Misuse::CacheOfOtherAnchors`]. It saves signature checks and changes no result: the
/// dates of the whole chain are compared each time, and where revocation lists are given the chain
/// is checked anew. Use it with one crypto provider.
///
/// ```
/// use vitacard::crypto::{Signer, SoftwareSigner};
/// use vitacard::trust::{IssuerCache, TrustAnchors};
/// let mut anchors = TrustAnchors::new();
/// anchors.pin_key(SoftwareSigner::from_bytes(&[7; 32]).unwrap().public_key());
/// let cache: IssuerCache<16> = anchors.cache();
/// assert_eq!(cache.len(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct IssuerCache<const N: usize> {
    /// The anchors themselves and no hash of them: comparing a few kilobytes costs less than one
    /// signature, and cannot be wrong.
    anchors: TrustAnchors,
    /// The most recently used first; none stands after a gap.
    entries: [Option<Entry>; N],
}

/// The SHA-256 of an x5chain value as received, and what it led to.
type Entry = ([u8; 32], TrustedIssuer);

impl<const N: usize> IssuerCache<N> {
    pub(super) const fn new(anchors: TrustAnchors) -> Self {
        Self {
            anchors,
            entries: [const { None }; N],
        }
    }

    /// How many chains it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.iter().flatten().count()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all chains.
    pub fn clear(&mut self) {
        self.entries = [const { None }; N];
    }

    /// `Ok` if it was made for `anchors`.
    ///
    /// # Errors
    /// [`Misuse::CacheOfOtherAnchors`].
    pub(super) fn check_made_for(&self, anchors: &TrustAnchors) -> Result<(), Misuse> {
        match self.anchors == *anchors {
            true => Ok(()),
            false => Err(Misuse::CacheOfOtherAnchors),
        }
    }

    /// What the chain with the hash `id` led to, if that still holds at `now`.
    pub(super) fn peek(&self, id: &[u8; 32], now: UnixTime) -> Option<TrustedIssuer> {
        let mut entries = self.entries.iter().flatten();
        let (_, issuer) = entries.find(|(known, _)| known == id)?;
        // Outside its dates the chain is checked anew, which tells what is wrong with it.
        issuer.holds_at(now).then_some(*issuer)
    }

    /// As [`Self::peek`], and remembers the use.
    pub(super) fn take_up(&mut self, id: &[u8; 32], now: UnixTime) -> Option<TrustedIssuer> {
        let issuer = self.peek(id, now)?;
        self.put(*id, issuer);
        Some(issuer)
    }

    /// In first place, in the stead of what was known under `id`, or else of the last.
    pub(super) fn put(&mut self, id: [u8; 32], issuer: TrustedIssuer) {
        let mut carried = Some((id, issuer));
        for entry in &mut self.entries {
            core::mem::swap(entry, &mut carried);
            if carried.is_none_or(|(pushed_out, _)| pushed_out == id) {
                break;
            }
        }
    }
}
