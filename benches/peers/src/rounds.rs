//! Timing: the minimum over many passes, where the passes of all rows take turns.

use std::time::{Duration, Instant};

use crate::allocations;

pub type Work<'a> = Box<dyn FnMut() + 'a>;

/// Something to time.
pub struct Row<'a> {
    pub what: String,
    /// How many operations a pass does. They differ (in keys, messages, holders), so that no
    /// branch predictor learns one by heart: arithmetic of variable time would gain by that.
    pub operations: usize,
    pub pass: Work<'a>,
}

impl<'a> Row<'a> {
    pub fn new(what: impl Into<String>, operations: usize, pass: impl FnMut() + 'a) -> Self {
        Self {
            what: what.into(),
            operations,
            pass: Box::new(pass),
        }
    }
}

/// What was found, of one operation.
#[derive(Clone, Debug)]
pub struct Measured {
    pub what: String,
    pub us: f64,
    pub allocations: f64,
    /// The most bytes of heap that a pass held. Operations of a pass follow each other, so this is
    /// of one operation, unless they are a batch.
    pub peak: usize,
}

/// How long a row has its turn, if one pass does not take longer.
const TURN: Duration = Duration::from_millis(2);

pub fn measure(mut rows: Vec<Row<'_>>, rounds: u32) -> Vec<Measured> {
    let mut fastest = vec![Duration::MAX; rows.len()];
    for _ in 0..rounds {
        for (row, fastest) in rows.iter_mut().zip(&mut fastest) {
            *fastest = turn(&mut row.pass).min(*fastest);
        }
    }
    rows.into_iter().zip(fastest).map(measured).collect()
}

fn turn(pass: &mut Work<'_>) -> Duration {
    let start = Instant::now();
    let mut fastest = Duration::MAX;
    while start.elapsed() < TURN {
        let before = Instant::now();
        pass();
        fastest = before.elapsed().min(fastest);
    }
    fastest
}

fn measured((mut row, fastest): (Row<'_>, Duration)) -> Measured {
    let (allocations, peak) = allocations::count(&mut row.pass);
    let operations = row.operations as f64;
    Measured {
        what: row.what,
        us: fastest.as_secs_f64() * 1e6 / operations,
        allocations: allocations as f64 / operations,
        peak,
    }
}
