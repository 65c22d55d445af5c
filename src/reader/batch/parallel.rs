//! `Reader::verify_all` on all cores: issuers first, one after the other, then all else at once.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use rayon::prelude::*;

use super::{Claim, SHARED, Seeds, Verdict};
use crate::error::Error;
use crate::reader::verify::{Known, Reader, refuse_early};
use crate::trust::IssuerCache;

/// How many equations a thread has in one round. After each the cache learns who has signed.
const ROUND: usize = 4;

impl Reader {
    pub(super) fn verify_claims<'a, 'e, const N: usize>(
        &self,
        mut claims: impl Iterator<Item = Claim<'a, 'e>>,
        cache: &mut IssuerCache<N>,
        seeds: &Seeds<'_>,
    ) -> Result<Vec<Verdict<'a>>, Error> {
        let threads = rayon::current_num_threads();
        let round = SHARED.saturating_mul(threads).saturating_mul(ROUND);
        let mut verdicts = Vec::new();
        loop {
            let some: Vec<_> = claims.by_ref().take(round).collect();
            if some.is_empty() {
                return Ok(verdicts);
            }
            self.meet_issuers(&some, cache);
            let of_each = some.len().div_ceil(threads).clamp(1, SHARED);
            let some = self.verify_chunks(&some, of_each, cache, seeds, verdicts.len())?;
            self.learn(&some, &mut Known::Learning(cache));
            verdicts.extend(some);
        }
    }

    /// `before` responses came earlier in the call: a chunk has its seed by its place.
    fn verify_chunks<'a, const N: usize>(
        &self,
        claims: &[Claim<'a, '_>],
        of_each: usize,
        cache: &IssuerCache<N>,
        seeds: &Seeds<'_>,
        before: usize,
    ) -> Result<Vec<Verdict<'a>>, Error> {
        let verdicts = claims
            .par_chunks(of_each)
            .enumerate()
            .map(|(index, some)| {
                let place = before.saturating_add(index.saturating_mul(of_each));
                let seed = seeds.at(place)?;
                Ok(self.verify_together(some, &mut Known::Met(cache), &seed))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(verdicts.into_iter().flatten().collect())
    }

    /// Has `cache` meet the issuers of `claims`, at most `N` of them, so that threads need only read
    /// it. Whether their cards are any good is found out later.
    ///
    /// Of each response only the first document is looked at, for whether a later one ever is
    /// depends on those before it; and a chain that leads nowhere takes no place.
    fn meet_issuers<const N: usize>(&self, claims: &[Claim<'_, '_>], cache: &mut IssuerCache<N>) {
        let mut met = BTreeSet::new();
        for (response, exchange) in claims {
            let Some(Ok(document)) = response.documents().next() else {
                continue;
            };
            if refuse_early(&document, exchange).is_err() || met.len() >= N {
                continue;
            }
            let issuer_signed = &document.issuer_signed;
            let Some(chain) = issuer_signed.auth().headers().claimed_x5chain() else {
                continue;
            };
            let known = &mut Known::Learning(cache);
            if !met.contains(chain.bytes())
                && self
                    .find_issuer(issuer_signed, &exchange.conditions, known)
                    .is_ok()
            {
                met.insert(chain.bytes());
            }
        }
    }
}
