//! The tool `examples/verify`, as a program: exit codes and JSON.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

mod kit;
mod lending;
mod pki;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use ciborium::Value as Cbor;
use kit::{Item, at, encode, insert, map};
use pki::{Entity, Profile};
use serde_json::{Value, json};

/// A folder of files for one test, gone with it.
struct Files(PathBuf);

impl Files {
    fn new(test: &str) -> Self {
        let folder = env::temp_dir().join(format!("vitacard-{test}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let files = Self(folder);
        files.write("transcript.cbor", &kit::transcript());
        files
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The exit code and what stood on standard output.
fn verify(arguments: &[&str]) -> (i32, String) {
    // target/debug/deps/this_test, and target/debug/examples/verify, which `cargo test` has built.
    let here = env::current_exe().unwrap();
    let program = here
        .parent()
        .and_then(Path::parent)
        .unwrap()
        .join("examples/verify");
    let output = Command::new(&program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

fn verify_json(arguments: &[&str]) -> (i32, Value) {
    let (code, output) = verify(&[&["--json", "--at", "2026-06-01T00:00:00Z"], arguments].concat());
    (code, serde_json::from_str(&output).unwrap_or(Value::Null))
}

fn signed_by_leaf(draft: kit::Draft, root: &Entity) -> kit::Issued {
    let signer = root.issue(Profile::document_signer(), "signer");
    let draft = draft.with(|draft| {
        draft.issuer = "signer";
        draft.unprotected = map([(33, Cbor::Bytes(signer.der.clone()))]);
    });
    draft.issue()
}

#[test]
fn a_delegate_and_what_he_was_lent() {
    use lending::*;
    let (files, insurer) = (Files::new("delegate"), Insurer::new());
    let draft = request_draft().with_name("Anna Martin").unwrap();
    let lent = lent(&insurer, &insurer.card(), draft, 30 * DAY);
    let response = files.write("response", &show(&lent, NOW).unwrap().to_bytes());
    let anchor = files.write("root.der", &insurer.root.der);
    let request = files.write("request", &asking(true));
    let transcript = files.write("transcript", TRANSCRIPT);
    let common = ["--anchor", &anchor, "--transcript", &transcript, &response];
    let asked = [
        &["--request", &request, "--purpose", "org.vitacard:1"],
        &common[..],
    ]
    .concat();
    let (code, output) = verify_json(&asked);
    assert_eq!(code, 0, "{output}");
    let document = &output["documents"][0];
    assert_eq!(document["presenter"], "delegate");
    let delegation = json!({
        "id": lent.id().to_string(),
        "until": "2026-07-01T00:00:00Z",
        "name": "Anna Martin",
        "purposes": { "org.vitacard": [1] },
    });
    assert_eq!(document["delegation"], delegation);
    assert_eq!(document["elements"][NAME_SPACE]["family_name"], "Martin");
    let at = [&["--at", "2026-06-01T00:00:00Z"], &asked[..]].concat();
    let (_, table) = verify(&at);
    assert!(table.contains("a delegate: Anna Martin"), "{table}");
    let (code, output) = verify_json(&common);
    assert_eq!((code, &output["error"]["code"]), (1, &json!(2701)));
    let id = lent.id().to_string();
    let known = [
        "--revocation-list",
        "https://status.example/d",
        "--revoked",
        &id,
    ];
    let (code, output) = verify_json(&[&known, &asked[..]].concat());
    assert_eq!((code, &output["error"]["code"]), (1, &json!(2750)));
    assert_eq!(
        verify_json(&[&["--revoked", &id], &asked[..]].concat()).0,
        2
    );
    let without_purpose = [&["--request", &request], &common[..]].concat();
    assert_eq!(verify_json(&without_purpose).0, 2);
    let no_purpose = [&["--purpose", "medicine"], &common[..]].concat();
    assert_eq!(verify_json(&no_purpose).0, 2);
}

#[test]
fn a_verified_response_and_its_values() {
    let (files, root) = (Files::new("values"), Entity::root());
    let anchor = files.write("root.der", &root.der);
    let tagged = |tag, value: Cbor| Cbor::Tag(tag, Box::new(value));
    let values = [
        ("text", Cbor::from("é"), json!("é")),
        ("truth", true.into(), json!(true)),
        ("nothing", Cbor::Null, Value::Null),
        (
            "exact",
            (1_i64 << 53).into(),
            json!(9_007_199_254_740_992_i64),
        ),
        (
            "large",
            ((1_i64 << 53) + 1).into(),
            json!("9007199254740993"),
        ),
        (
            "least",
            kit::raw(&[&[0x3b_u8][..], &[0xff; 8]].concat()),
            json!("-18446744073709551616"),
        ),
        ("bytes", Cbor::Bytes(vec![0xde, 0xad]), json!("dead")),
        (
            "date",
            tagged(1004, "1990-07-14".into()),
            json!("1990-07-14"),
        ),
        (
            "time",
            tagged(0, "2026-01-01T00:00:00Z".into()),
            json!("2026-01-01T00:00:00Z"),
        ),
        ("other", tagged(7, 1.into()), json!({"tag": 7, "value": 1})),
        (
            "bignum",
            kit::raw(&[0xc2, 0x41, 1]),
            json!({"tag": 2, "value": "01"}),
        ),
        (
            "list",
            Cbor::Array(vec![1.into(), "x".into()]),
            json!([1, "x"]),
        ),
        ("map", map([("a", Cbor::from(1))]), json!({"a": 1})),
        ("pairs", map([(1, Cbor::from("one"))]), json!([[1, "one"]])),
    ];
    let items = (0..)
        .zip(&values)
        .map(|(id, (name, value, _))| Item::new(id, name, value.clone()));
    let draft = kit::draft_of(items.collect()).with(|draft| {
        let key_info = at(&mut draft.mso, &["deviceKeyInfo"]);
        let spaces = map([("nameSpaces", Cbor::Array(vec!["org.device".into()]))]);
        insert(key_info, "keyAuthorizations", spaces);
    });
    let issued = signed_by_leaf(draft, &root).with(|issued| {
        issued.device_name_spaces = map([("org.device", map([("text", Cbor::from("mine"))]))]);
    });
    let file = files.write(
        "response.hex",
        hex::encode(issued.show().response()).as_bytes(),
    );
    let transcript = files.path("transcript.cbor");
    let (code, output) = verify_json(&["--anchor", &anchor, "--transcript", &transcript, &file]);
    let elements: serde_json::Map<_, _> = values
        .iter()
        .map(|(name, _, json)| ((*name).to_owned(), json.clone()))
        .collect();
    let document = json!({
        "doc_type": kit::DOC_TYPE,
        "presenter": "holder",
        "standing": "secured",
        "valid_until": "2027-01-02T00:00:00Z",
        "elements": { kit::NAME_SPACE: elements },
        "device_elements": { "org.device": { "text": "mine" } },
    });
    assert_eq!((code, output), (0, json!({ "documents": [document] })));
    let at = ["--at", "2026-06-01T00:00:00Z"];
    let (code, table) = verify(
        &[
            &at[..],
            &["--anchor", &anchor, "--transcript", &transcript, &file],
        ]
        .concat(),
    );
    assert_eq!(code, 0);
    assert!(table.contains("the holder (device signature)"), "{table}");
}

#[test]
fn a_card_that_nobody_shows() {
    let (files, root) = (Files::new("issued"), Entity::root());
    let file = files.write(
        "card",
        &encode(&signed_by_leaf(kit::draft(), &root).issuer_signed()),
    );
    let (code, output) = verify_json(&["--pin-leaf", &file]);
    assert_eq!(code, 0);
    assert_eq!(output["documents"][0]["presenter"], Value::Null);
    let (code, output) = verify_json(&[&file]);
    assert_eq!(code, 1, "nobody is trusted");
    assert_eq!(output["error"]["kind"], "rejected");
}

#[test]
fn a_list_that_is_not_there_degrades() {
    let (files, root) = (Files::new("status"), Entity::root());
    let draft = kit::draft().with(|draft| {
        let list = map([
            ("idx", Cbor::from(1)),
            ("uri", "https://status.example/1".into()),
        ]);
        insert(&mut draft.mso, "status", map([("status_list", list)]));
    });
    let file = files.write(
        "card",
        &encode(&signed_by_leaf(draft, &root).issuer_signed()),
    );
    let (code, output) = verify_json(&["--pin-leaf", &file]);
    assert_eq!(
        (code, &output["documents"][0]["standing"]),
        (0, &json!("degraded"))
    );
}

#[test]
fn a_rejection_says_why() {
    let (files, root) = (Files::new("rejected"), Entity::root());
    let issued = signed_by_leaf(kit::draft(), &root).with(|issued| {
        let forged = Item::new(0, "family_name", "FORGED").bytes();
        issued.items[0].1 = forged;
    });
    let file = files.write("response", &issued.show().response());
    let transcript = files.path("transcript.cbor");
    let (code, output) = verify_json(&["--pin-leaf", "--transcript", &transcript, &file]);
    let error = json!({ "error": {
        "code": 2203,
        "kind": "rejected",
        "reason": "DigestMismatch",
        "message": "The digest of an item is not the one in the MSO.",
    }});
    assert_eq!((code, output), (1, error));
    let garbage = files.write("garbage", b"\xff");
    let (code, output) = verify_json(&["--transcript", &transcript, &garbage]);
    assert_eq!(
        (code, &output["error"]["reason"]),
        (1, &json!("NotWellFormed"))
    );
}

#[test]
fn misuse_is_exit_code_2() {
    let (files, root) = (Files::new("misuse"), Entity::root());
    let response = signed_by_leaf(kit::draft(), &root).show().response();
    let file = files.write("response", &response);
    let transcript = files.path("transcript.cbor");
    let not_a_transcript = files.write("not_a_transcript", b"\x01");
    let (file, transcript) = (file.as_str(), transcript.as_str());
    for arguments in [
        &[][..],
        &[file],
        &["--transcript", transcript],
        &["--transcript", transcript, file, file],
        &["--transcript", "no such file", file],
        &["--transcript", not_a_transcript.as_str(), file],
        &["--transcript", transcript, "--at", "yesterday", file],
        &["--transcript", transcript, "--anchor", file, file],
        &["--transcript", transcript, "--reader-key", "00", file],
        &["--transcript", transcript, "--no-such-option", file],
    ] {
        assert_eq!(verify(arguments).0, 2, "{arguments:?}");
    }
    // The same with tag 24 is the same transcript.
    let tagged = files.write("tagged", &encode(&kit::tag24(kit::transcript())));
    assert_eq!(
        verify_json(&["--pin-leaf", "--transcript", &tagged, file]).0,
        0
    );
}
