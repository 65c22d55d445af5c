//! `Reader::verify_all` on all cores: issuers first, one after the other, then all else at once.

use alloc::vec::Vec;

use rayon::prelude::*;

use super::{Claim, SHARED, Seeds, Verdict};
use crate::error::Error;
use crate::reader::verify::{Known, Reader};
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
    fn meet_issuers<const N: usize>(&self, claims: &[Claim<'_, '_>], cache: &mut IssuerCache<N>) {
        let mut seen: Vec<(&[u8], bool)> = Vec::new();
        for (response, exchange) in claims {
            for document in response.documents().filter_map(Result::ok) {
                let Some(chain) = document.issuer_signed.auth().headers().claimed_x5chain() else {
                    continue;
                };
                let chain = chain.bytes();
                let room = seen.len() < N;
                match seen.iter_mut().find(|(known, _)| *known == chain) {
                    Some((_, again)) if !*again => *again = true,
                    None if room => seen.push((chain, false)),
                    _ => continue,
                }
                let known = &mut Known::Learning(cache);
                let conditions = &exchange.conditions;
                let _ = self.find_issuer(&document.issuer_signed, conditions, known);
            }
        }
    }
}
