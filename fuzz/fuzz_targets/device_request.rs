//! DeviceRequest: every document and element that it asks for.
#![no_main]

use vitacard::fuzzing;
use vitacard_fuzz::{HOLLOW, ISSUER};

vitacard_fuzz::target!(run);

fn run(bytes: &[u8]) {
    let Ok(request) = fuzzing::request(bytes, &ISSUER, &HOLLOW) else {
        return;
    };
    assert!((1..=16).contains(&request.documents().count()));
    for document in request.documents() {
        assert!(!document.doc_type().as_str().is_empty());
        assert!((1..=1024).contains(&document.elements().count()));
        for (name_space, id, _keep) in document.elements() {
            assert!(document.asks_for(name_space.as_str(), id.as_str()));
            assert!(!document.asks_for(name_space.as_str(), ""));
            assert!(!document.asks_for("", id.as_str()));
        }
    }
}
