//! Timing: minima over many rounds, in which all rows take turns.
//!
//! Each operation of a row has a minimum of its own, so that it takes one undisturbed moment in all
//! the rounds to know its time; a long pass may never be undisturbed on a machine that others use.

use core::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::allocations;

/// Something to time.
pub struct Row<'a> {
    what: String,
    work: Work<'a>,
}

enum Work<'a> {
    /// So many operations, by number, each timed. They differ (in keys, messages, holders), so that
    /// no branch predictor learns one by heart: arithmetic of variable time would gain by that.
    Each(usize, Box<dyn FnMut(usize) + 'a>),
    /// So many operations that only make sense together. Being too long for an undisturbed moment,
    /// they are timed by the clock of their thread, which stands while others run.
    Together(usize, Box<dyn FnMut() + 'a>),
    /// So many operations in threads, which say how long they took.
    Threads(usize, Box<dyn FnMut() -> Duration + 'a>),
}

impl<'a> Row<'a> {
    pub fn each<T>(
        what: impl Into<String>,
        set: &'a [T],
        mut verify: impl FnMut(&'a T) -> bool + 'a,
    ) -> Self {
        let work = move |n: usize| {
            black_box(verify(black_box(&set[n])));
        };
        Self {
            what: what.into(),
            work: Work::Each(set.len(), Box::new(work)),
        }
    }

    /// As [`Self::each`], of a set that is made for this row alone.
    pub fn each_owned<T: 'a>(
        what: impl Into<String>,
        set: Vec<T>,
        verify: impl Fn(&T) -> bool + 'a,
    ) -> Self {
        let operations = set.len();
        let work = move |n: usize| {
            black_box(verify(black_box(&set[n])));
        };
        Self {
            what: what.into(),
            work: Work::Each(operations, Box::new(work)),
        }
    }

    pub fn together(what: impl Into<String>, operations: usize, work: impl FnMut() + 'a) -> Self {
        Self {
            what: what.into(),
            work: Work::Together(operations, Box::new(work)),
        }
    }

    pub fn threads(
        what: impl Into<String>,
        operations: usize,
        work: impl FnMut() -> Duration + 'a,
    ) -> Self {
        Self {
            what: what.into(),
            work: Work::Threads(operations, Box::new(work)),
        }
    }
}

/// What was found, of one operation.
#[derive(Clone, Debug)]
pub struct Measured {
    pub what: String,
    pub us: f64,
    pub allocations: f64,
    /// The most bytes of heap that were held at once.
    pub peak: usize,
}

/// How long a row has its turn, if two passes do not take longer.
const TURN: Duration = Duration::from_millis(2);

/// At most so many rounds, and none that would begin after so long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub rounds: u32,
    pub time: Duration,
}

pub fn measure(rows: Vec<Row<'_>>, limits: Limits) -> Vec<Measured> {
    let mut rows: Vec<_> = rows.into_iter().map(Timed::new).collect();
    let start = Instant::now();
    for _ in 0..limits.rounds {
        rows.iter_mut().for_each(Timed::turn);
        if start.elapsed() > limits.time {
            break;
        }
    }
    rows.into_iter().map(Timed::measured).collect()
}

struct Timed<'a> {
    row: Row<'a>,
    fastest: Vec<Duration>,
}

impl<'a> Timed<'a> {
    fn new(row: Row<'a>) -> Self {
        let slots = match row.work {
            Work::Each(operations, _) => operations,
            Work::Together(..) | Work::Threads(..) => 1,
        };
        Self {
            row,
            fastest: vec![Duration::MAX; slots],
        }
    }

    /// At least twice: at first the caches hold what the row before left.
    fn turn(&mut self) {
        let start = Instant::now();
        self.pass();
        self.pass();
        while start.elapsed() < TURN {
            self.pass();
        }
    }

    fn pass(&mut self) {
        match &mut self.row.work {
            Work::Each(_, work) => {
                for (n, fastest) in self.fastest.iter_mut().enumerate() {
                    let start = Instant::now();
                    work(n);
                    *fastest = start.elapsed().min(*fastest);
                }
            }
            Work::Together(_, work) => {
                let start = ThreadTime::now();
                work();
                self.fastest[0] = start.elapsed().min(self.fastest[0]);
            }
            Work::Threads(_, work) => self.fastest[0] = work().min(self.fastest[0]),
        }
    }

    fn measured(mut self) -> Measured {
        let time: Duration = self.fastest.iter().sum();
        let (allocations, peak) = allocations::count(|| self.pass());
        let operations = match self.row.work {
            Work::Each(operations, _)
            | Work::Together(operations, _)
            | Work::Threads(operations, _) => operations as f64,
        };
        Measured {
            what: self.row.what,
            us: time.as_secs_f64() * 1e6 / operations,
            allocations: allocations as f64 / operations,
            peak,
        }
    }
}
