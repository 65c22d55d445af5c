//! The command line.

use std::path::PathBuf;

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

    /// With --curves a round has four times the work.
    pub fn rounds(&self) -> u32 {
        match (self.quick, self.curves) {
            (true, _) => 5,
            (false, true) => 40,
            (false, false) => 100,
        }
    }
}
