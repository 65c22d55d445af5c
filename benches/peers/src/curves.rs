//! How time grows with elements, and throughput with batches and cores: for scripts/plot.py.

use core::hint::black_box;
use std::thread;

use crate::authority::Authority;
use crate::cards::{self, Kind, Response};
use crate::ours::{Cache, Desk};
use crate::rounds::Row;
use crate::rows::{desk_row, isomdl_row};

const ELEMENTS: [usize; 6] = [1, 4, 8, 16, 28, 35];
const BATCHES: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const CORES: [usize; 2] = [1, 2];
/// How many responses a core verifies in a pass, so that starting threads does not count.
const SHARE: usize = 512;

pub struct Curves {
    by_elements: Vec<(usize, Vec<Response>)>,
    batch: Vec<Response>,
}

impl Curves {
    pub fn issue(authority: &Authority) -> Self {
        let cards = |elements| {
            let responses = cards::issue(authority, Kind::of_ours(elements), 8);
            (elements, responses)
        };
        Self {
            by_elements: ELEMENTS.into_iter().map(cards).collect(),
            batch: cards::issue(authority, Kind::of_ours(8), SHARE),
        }
    }

    pub fn rows<'a>(&'a self, authority: &'a Authority) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        for (n, responses) in &self.by_elements {
            let desk = Desk::new(authority);
            rows.push(desk_row(format!("elements_{n}"), desk, responses));
            let what = format!("isomdl_elements_{n}");
            rows.push(isomdl_row(what, authority, responses));
        }
        for cores in CORES {
            rows.extend(
                BATCHES
                    .iter()
                    .filter_map(|n| self.batch_row(authority, *n, cores)),
            );
        }
        rows
    }

    /// `cores` threads, each with batches of `n` of its own.
    fn batch_row<'a>(
        &'a self,
        authority: &'a Authority,
        n: usize,
        cores: usize,
    ) -> Option<Row<'a>> {
        let what = match cores {
            1 => format!("batch_{n}"),
            _ => format!("batch_{n}_cores_{cores}"),
        };
        let mut desks: Vec<_> = (0..cores)
            .map(|_| {
                let desk = Desk::new(authority);
                let cache = desk.cache(&self.batch[0]);
                (desk, cache)
            })
            .collect();
        let (desk, cache) = &mut desks[0];
        desk.count_together(&self.batch[..1], cache)?;
        Some(Row::threads(what, SHARE * cores, move || {
            thread::scope(|scope| {
                for (desk, cache) in &mut desks {
                    scope.spawn(|| self.verify_in_batches_of(n, desk, cache));
                }
            });
        }))
    }

    fn verify_in_batches_of(&self, n: usize, desk: &Desk, cache: &mut Cache) {
        for batch in self.batch.chunks(n) {
            black_box(desk.count_together(black_box(batch), cache));
        }
    }
}
