//! How time grows with elements, and throughput with batches and cores: for scripts/plot.py.

use core::hint::black_box;
use std::sync::Barrier;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::authority::Authority;
use crate::cards::{self, Kind, Response};
use crate::ours::{Cache, Desk};
use crate::rounds::Row;
use crate::rows::{HOLDERS, desk_row, isomdl_row};

const ELEMENTS: [usize; 6] = [1, 4, 8, 16, 28, 35];
const BATCHES: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const CORES: [usize; 2] = [1, 2];
/// At least so many responses for each core at a time: long enough to be timed, and short enough to
/// be undisturbed now and then.
const SHARE: usize = 64;

pub struct Curves {
    by_elements: Vec<(usize, Vec<Response>)>,
    batch: Vec<Response>,
}

impl Curves {
    pub fn issue(authority: &Authority) -> Self {
        let cards = |elements| {
            let responses = cards::issue(authority, Kind::of_ours(elements), HOLDERS);
            (elements, responses)
        };
        Self {
            by_elements: ELEMENTS.into_iter().map(cards).collect(),
            batch: cards::issue(authority, Kind::of_ours(8), 512),
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
            let batches = BATCHES.iter();
            rows.extend(batches.map(|n| self.batch_row(authority, *n, cores)));
        }
        rows
    }

    /// `cores` threads, each with batches of `n` of its own.
    fn batch_row<'a>(&'a self, authority: &'a Authority, n: usize, cores: usize) -> Row<'a> {
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
        let share = &self.batch[..n.max(SHARE)];
        Row::threads(what, share.len() * cores, move || {
            let start = Barrier::new(cores);
            let work = |(desk, cache): &mut (Desk, Cache)| {
                start.wait();
                let start = Instant::now();
                for batch in share.chunks(n) {
                    black_box(desk.count_together(black_box(batch), cache));
                }
                (start, Instant::now())
            };
            from_first_to_last(&side_by_side(&mut desks, &work))
        })
    }
}

type Span = (Instant, Instant);

/// A thread for each of `all`.
fn side_by_side<T: Send>(all: &mut [T], work: &(impl Fn(&mut T) -> Span + Sync)) -> Vec<Span> {
    thread::scope(|scope| {
        let spawn = |one| scope.spawn(move || work(one));
        let threads: Vec<_> = all.iter_mut().map(spawn).collect();
        let join = |thread: ScopedJoinHandle<'_, Span>| thread.join().expect("no panic");
        threads.into_iter().map(join).collect()
    })
}

fn from_first_to_last(spans: &[Span]) -> Duration {
    let first = spans.iter().map(|(start, _)| *start).min();
    let last = spans.iter().map(|(_, end)| *end).max();
    match (first, last) {
        (Some(first), Some(last)) => last - first,
        _ => Duration::MAX,
    }
}
