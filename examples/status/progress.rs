//! What a person sees who waits: on standard error, if that is a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(200);
const WIDTH: u64 = 30;

/// So much of so much. It is wiped out when it goes.
pub(crate) struct Bar {
    what: &'static str,
    total: u64,
    /// Where it is to be drawn anew; nowhere if nobody looks.
    next: u64,
    drawn: bool,
}

impl Bar {
    pub(crate) fn new(what: &'static str, total: u64) -> Self {
        // What is short needs no bar.
        let seen = stderr().is_terminal() && total > 1 << 20;
        Self {
            what,
            total,
            next: if seen { 0 } else { u64::MAX },
            drawn: false,
        }
    }

    pub(crate) fn at(&mut self, done: u64) {
        if done < self.next {
            return;
        }
        let parts = |of: u64| done.min(self.total) * of / self.total;
        let (full, percent) = (parts(WIDTH), parts(100));
        let bar: String = (0..WIDTH)
            .map(|at| if at < full { '#' } else { '.' })
            .collect();
        draw(&format!("{} [{bar}] {percent} %", self.what));
        self.next = done.saturating_add(self.total / 100).saturating_add(1);
        self.drawn = true;
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.drawn {
            draw("");
        }
    }
}

/// Counts seconds beside `work`, of which nobody knows how far it is.
pub(crate) fn waiting<T>(what: &str, work: impl FnOnce() -> T) -> T {
    if !stderr().is_terminal() {
        return work();
    }
    let (done, waits) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let since = Instant::now();
            while waits.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                draw(&format!("{what}: {} s", since.elapsed().as_secs()));
            }
            draw("");
        });
        let result = work();
        drop(done);
        result
    })
}

/// Over the line that is there.
fn draw(text: &str) {
    // Whether it is seen changes nothing.
    let _ = write!(stderr(), "\r\x1b[K{text}");
    let _ = stderr().flush();
}
