//! isomdl 0.2.0 on the fixtures of a folder: the holder must be accepted, the delegate refused, and
//! refused for its device authentication. `interop/README.md` has the fixtures and the reasons.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use serde::Deserialize;

use crate::peer::Verdict;

mod peer;

/// One response, and what a reader knows when it comes in. Neither the clock nor the reader's key
/// is here: isomdl asks the machine for the time, and verifies no MAC.
#[derive(Deserialize)]
struct Fixture {
    response: String,
    transcript: String,
    anchor: String,
}

/// What a file's name says of it.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Shown {
    ByHolder,
    ByDelegate,
}

fn main() -> ExitCode {
    match env::args().nth(1) {
        Some(folder) => match run(Path::new(&folder)) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("interop-isomdl: {error}");
                ExitCode::from(2)
            }
        },
        None => {
            eprintln!("usage: interop-isomdl FOLDER");
            ExitCode::from(2)
        }
    }
}

/// Whether isomdl says of each fixture what it should.
fn run(folder: &Path) -> Result<bool, String> {
    let mut all = true;
    for (shown, path) in fixtures(folder)? {
        let verdict = verdict(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let good = is_expected(shown, &verdict);
        let mark = if good { "as it should" } else { "WRONG" };
        let name = path.file_name().unwrap_or_default().display();
        println!("isomdl 0.2.0, {name}: {verdict} [{mark}]");
        all &= good;
    }
    Ok(all)
}

fn is_expected(shown: Shown, verdict: &Verdict) -> bool {
    match shown {
        Shown::ByHolder => matches!(verdict, Verdict::Accepted),
        Shown::ByDelegate => matches!(verdict, Verdict::DeviceSignatureRefused(_)),
    }
}

/// `holder….json` and `delegate….json`; there must be one of either at least.
fn fixtures(folder: &Path) -> Result<Vec<(Shown, PathBuf)>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut fixtures = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        match name.filter(|name| name.ends_with(".json")) {
            Some(name) if name.starts_with("holder") => fixtures.push((Shown::ByHolder, path)),
            Some(name) if name.starts_with("delegate") => fixtures.push((Shown::ByDelegate, path)),
            _ => {}
        }
    }
    for wanted in [Shown::ByHolder, Shown::ByDelegate] {
        if !fixtures.iter().any(|(shown, _)| *shown == wanted) {
            return Err("the folder needs holder.json and delegate.json".into());
        }
    }
    fixtures.sort();
    Ok(fixtures)
}

fn verdict(path: &Path) -> Result<Verdict, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let fixture: Fixture = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let response = hex::decode(&fixture.response).map_err(|error| error.to_string())?;
    let transcript = hex::decode(&fixture.transcript).map_err(|error| error.to_string())?;
    peer::verify(&response, &transcript, &fixture.anchor)
}
