//! What the tests of the two folders of `test-vectors/` have in common.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value as Json};
use vitacard::Error;
use vitacard::crypto::{SystemRandom, TableSize};
use vitacard::reader::{DeviceResponse, Exchange, Reader, VerifiedResponse};

/// What may stand beside them.
const BESIDE: [&str; 3] = ["README.md", "check.py", "requirements.txt"];

/// The vectors of a folder below `test-vectors/`, by name.
pub(crate) fn of(folder: &str) -> Vec<(String, Map<String, Json>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("test-vectors")
        .join(folder);
    let files = fs::read_dir(folder).expect("vectors");
    let paths = files.map(|file| file.expect("a file").path());
    let paths = paths.filter(|path| match path.extension() {
        Some(end) if end == "json" => true,
        _ => {
            let name = path.file_name().and_then(OsStr::to_str);
            assert!(name.is_some_and(|name| BESIDE.contains(&name)), "{name:?}");
            false
        }
    });
    let mut vectors: Vec<_> = paths
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("text");
            let fields =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name.into_owned(), fields)
        })
        .collect();
    assert!(!vectors.is_empty(), "no vectors");
    vectors.sort_by(|(a, _), (b, _)| a.cmp(b));
    vectors
}

/// What is said of three of the same at once, of which two meet an issuer who is known.
pub(crate) fn in_company(
    reader: &Reader,
    response: &[u8],
    exchange: &Exchange<'_>,
    say: impl Fn(Result<VerifiedResponse<'_>, Error>) -> Json,
) -> Json {
    let parsed = || DeviceResponse::parse(response).expect("parsed before");
    let mut cache = reader.anchors().cache::<2>().with_tables(TableSize::Flash);
    let claims = (0..3).map(|_| (parsed(), *exchange));
    let verdicts = reader.verify_all(claims, &mut cache, &mut SystemRandom);
    let verdicts = verdicts.expect("a good provider").into_iter();
    let mut verdicts: Vec<_> = verdicts.map(say).collect();
    verdicts.dedup();
    assert_eq!(verdicts.len(), 1, "{verdicts:?}");
    verdicts.remove(0)
}
