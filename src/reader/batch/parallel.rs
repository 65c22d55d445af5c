//! `Reader::verify_all` on all cores: issuers first, one after the other, then all else at once.

use alloc::collections::btree_map::{BTreeMap, Entry};
use alloc::vec::Vec;

use rayon::prelude::*;

use super::{Claim, SHARED, Seeds, Verdict};
use crate::error::Error;
use crate::reader::verify::{Known, Reader, refuse_early};
use crate::trust::IssuerCache;

impl Reader {
    pub(super) fn verify_claims<'a, 'e, const N: usize>(
        &self,
        claims: impl Iterator<Item = Claim<'a, 'e>>,
        cache: &mut IssuerCache<N>,
        seeds: &Seeds<'_>,
    ) -> Result<Vec<Verdict<'a>>, Error> {
        let claims: Vec<_> = claims.collect();
        self.meet_issuers(&claims, cache);
        let cache = &*cache;
        let of_each = claims.len().div_ceil(rayon::current_num_threads());
        let verdicts = claims
            .par_chunks(of_each.clamp(1, SHARED))
            .enumerate()
            .map(|(index, some)| {
                let seed = seeds.at(index)?;
                Ok(self.verify_together(some, &mut Known::Met(cache), &seed))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(verdicts.into_iter().flatten().collect())
    }

    /// Has `cache` meet the first `N` chains of `claims`, so that threads need only read it; and
    /// once more those that come again, whose keys deserve a table. Whether they are any good is
    /// found out when their documents are verified.
    ///
    /// Of each response only the first document is met: whether a later one is looked at at all
    /// depends on those before it, and nobody shall make a reader follow chains for nothing.
    fn meet_issuers<const N: usize>(&self, claims: &[Claim<'_, '_>], cache: &mut IssuerCache<N>) {
        let mut met_again: BTreeMap<&[u8], bool> = BTreeMap::new();
        for (response, exchange) in claims {
            let Some(Ok(document)) = response.documents().next() else {
                continue;
            };
            if refuse_early(&document, exchange).is_err() {
                continue;
            }
            let Some(chain) = document.issuer_signed.auth().headers().claimed_x5chain() else {
                continue;
            };
            let room = met_again.len() < N;
            match met_again.entry(chain.bytes()) {
                Entry::Occupied(mut again) if !*again.get() => drop(again.insert(true)),
                Entry::Vacant(first) if room => drop(first.insert(false)),
                _ => continue,
            }
            let known = &mut Known::Learning(cache);
            let conditions = &exchange.conditions;
            let _ = self.find_issuer(&document.issuer_signed, conditions, known);
        }
    }
}
