//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::rounds::Limits;

const USAGE: &str = "usage: peers [--quick] [--curves] [--json FILE]
  --quick    fewer rounds: to see that it runs, not to quote
  --curves   also time against the number of elements, the size of batches and the number of cores
  --json     write the rows to FILE, for scripts/plot.py";

#[derive(Debug, Default)]
pub struct Arguments {
    pub quick: bool,
    pub curves: bool,
    pub json: Option<PathBuf>,
}

impl Arguments {
    pub fn parse(given: impl IntoIterator<Item = String>) -> Result<Self, &'static str> {
        let mut arguments = Self::default();
        let mut given = given.into_iter();
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--quick" => arguments.quick = true,
                "--curves" => arguments.curves = true,
                "--json" => arguments.json = Some(given.next().ok_or(USAGE)?.into()),
                _ => return Err(USAGE),
            }
        }
        Ok(arguments)
    }

    pub const fn limits(&self) -> Limits {
        let (rounds, seconds) = match (self.quick, self.curves) {
            (true, _) => (5, 20),
            (false, false) => (200, 60),
            (false, true) => (200, 180),
        };
        Limits {
            rounds,
            time: Duration::from_secs(seconds),
        }
    }
}
