//! `examples/appcv`, as a program: what it tells, to the letter.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

use std::env;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const TOLD: &str = include_str!("appcv/transcript.txt");
const ANEW: &str = "cargo run --release --example appcv -- --script > tests/appcv/transcript.txt";

/// What `cargo test` has built: target/debug/deps/this_test, and target/debug/examples beside it.
fn example() -> Command {
    let here = env::current_exe().unwrap();
    let folder = here.parent().and_then(Path::parent).unwrap();
    Command::new(folder.join("examples").join("appcv"))
}

fn read(arguments: &[&str]) -> (i32, String) {
    let output = example().args(arguments).output().unwrap();
    said(&output)
}

fn said(output: &Output) -> (i32, String) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    (output.status.code().unwrap(), text)
}

#[test]
fn the_story() {
    let (code, text) = read(&["--script"]);
    assert_eq!(code, 0, "{text}");
    let mut lines = TOLD.lines().zip(text.lines()).enumerate();
    if let Some((index, (told, now))) = lines.find(|(_, (told, now))| told != now) {
        let line = index + 1;
        panic!("line {line} was\n{told}\nand is\n{now}\nIf that is meant: {ANEW}");
    }
    assert_eq!(TOLD, text, "longer or shorter. If that is meant: {ANEW}");
}

/// Somebody at the keyboard is told the same, with codes to look at.
#[test]
fn by_hand() {
    // Enter for each chapter and each later hour, a passcode of her own, and y for each question.
    let typed = [
        "\n\ny\n",
        "\n1234\n7402918\n",
        "\n7402919\n7402918\n",
        "\n7402918\ny\n\ny\n\ny\n",
        "\ny\ny\n7402918\n\ny\n\ny\n\ny\ny\n7402918\n",
        "\n7402918\ny\n\ny\n\ny\n\ny\n",
        "\n\n\n\n",
    ];
    let (code, text) = type_in(&typed.concat());
    assert_eq!(code, 0, "{text}");
    assert!(text.ends_with("\nThat was the whole app.\n"), "{text}");
    assert!(text.contains('\u{2588}'), "no code in\n{text}");
}

#[test]
fn a_no_ends_it() {
    let (code, text) = type_in("\n\nn\n");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("nothing was done"), "{text}");
    assert!(!text.contains("sends them sealed"), "{text}");
    // Nobody is there.
    assert_eq!(type_in("").0, 1);
}

#[test]
fn help_and_misuse() {
    let (code, text) = read(&["--help"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("usage: appcv [--script]\n"), "{text}");
    for arguments in [&["--scripts"][..], &["--script", "x"], &["x"]] {
        assert_eq!(read(arguments).0, 2, "{arguments:?}");
    }
}

fn type_in(keys: &str) -> (i32, String) {
    let mut command = example();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(keys.as_bytes()).unwrap();
    drop(stdin);
    said(&child.wait_with_output().unwrap())
}
