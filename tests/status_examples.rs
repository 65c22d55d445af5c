//! `examples/status_reader` and `examples/status_server`, as programs: the story, and the two together.
#![cfg(all(feature = "rustcrypto", feature = "std", feature = "x509"))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, process};

/// What `cargo test` has built: target/debug/deps/this_test, and target/debug/examples beside it.
fn example(name: &str) -> Command {
    let here = env::current_exe().unwrap();
    let folder = here.parent().and_then(Path::parent).unwrap();
    Command::new(folder.join("examples").join(name))
}

fn read(arguments: &[&str]) -> (i32, String) {
    let output = example("status_reader").args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text)
}

#[test]
fn the_story() {
    let (code, text) = read(&["--demo"]);
    assert_eq!(code, 0, "{text}");
    // In this order.
    let mut rest = text.as_str();
    for line in [
        "  Camille  refused, 2502: The card names a status list, and nothing is known of it.",
        "  /status/1: a list of 9240 bytes",
        "  Robin    secured",
        "  Noa      refused, 2503: The card is blocked.",
        "  /status/1: an increment of 684 bytes",
        "  Robin    refused, 2503: The card is blocked.",
        "  /status/1: status 503",
        "  Camille  degraded, its list is 30 hours old",
        "  Camille  degraded, its list is 6 days old",
        "  Camille  refused, 2508: The status list of the card is older than the policy accepts.",
        "  /status/1: 8 increments of 5461 bytes",
        "  Camille  secured",
        "  Noa      secured",
        "As it wrote day 10 to slot A, the power went; slot B has day 2. Camille's card is lost.",
        "  /status/1: day 2, 02:00",
        "  /status/1: 9 increments of 6141 bytes",
        "  Camille  refused, 2503: The card is blocked.",
        "  /status/1: no increments from ours; so the whole list",
        "  /status/1: refused, 2560: The list is older than the one that is held, or the increment leads to none that is newer.",
        "  Camille  refused, 2503: The card is blocked.",
    ] {
        let found = rest.split_once(&format!("{line}\n"));
        rest = found.unwrap_or_else(|| panic!("no {line:?} in\n{rest}")).1;
    }
    assert_eq!(read(&["--demo"]), (0, text), "the same each time");
}

#[test]
fn a_server_and_a_reader() {
    let server = Server::start();
    let (root, store) = (server.path("root.der"), server.path("store"));
    let both = ["--root", &root, "--store", &store, "--once", "--server"];
    let (code, text) = read(&[&both[..], &[&server.url]].concat());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("  /status/1: not held\n"), "{text}");
    assert!(text.contains("  /status/1: a list of "), "{text}");
    assert!(text.contains("  Robin    secured\n"), "{text}");

    // What is held is not due, so that nobody is asked.
    let (code, text) = read(&[&both[..], &["http://127.0.0.1:1"]].concat());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("  /status/1: day 1, 02:00\n"), "{text}");
    assert!(!text.contains(" a list of "), "{text}");
    assert!(text.contains("  Robin    secured\n"), "{text}");
    assert!(text.contains("  Noa      refused, 2503"), "{text}");
}

#[test]
fn answers() {
    let server = Server::start();
    let list = "Accept: application/statuslist+cwt\r\n";
    for (line, header, status) in [
        ("GET /status/1", list, "200"),
        ("GET /status/1", "", "200"),
        ("GET /status/1", "Accept: text/html, */*;q=0.1\r\n", "200"),
        ("GET /status/1", "Accept: text/html\r\n", "406"),
        ("GET /delegations", list, "406"),
        ("GET /status/1/increments?from=1780279200", "", "200"),
        ("GET /status/1/increments?from=1780279201", "", "404"),
        ("GET /status/1/increments", "", "404"),
        ("GET /root", "", "404"),
        ("POST /status/1", "", "405"),
    ] {
        let answer = server.ask(line, header);
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{line} {header}: {answer}");
    }
    let answer = server.ask("GET /status/1", list);
    assert!(
        answer.contains("Content-Type: application/statuslist+cwt\r\n"),
        "{answer}"
    );
}

#[test]
fn misuse_is_exit_code_2() {
    for arguments in [
        &[][..],
        &["--server", "http://127.0.0.1:1"],
        &["--demo", "x"],
    ] {
        assert_eq!(read(arguments).0, 2, "{arguments:?}");
    }
    let server = example("status_server").args(["--entries", "3"]).output();
    assert_eq!(server.unwrap().status.code(), Some(2));
}

/// A small server, gone with this value.
struct Server {
    child: Child,
    folder: PathBuf,
    url: String,
}

impl Server {
    fn start() -> Self {
        let id = format!("{}-{:?}", process::id(), std::thread::current().id());
        let folder = env::temp_dir().join(format!("vitacard-status-server-{id}"));
        let mut command = example("status_server");
        command.args(["--port", "0", "--entries", "2000", "--day-secs", "86400"]);
        let command = command.arg("--folder").arg(&folder);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.next().unwrap().unwrap();
        // The first list is told of when it is there.
        lines.next().unwrap().unwrap();
        Self { child, folder, url }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    fn ask(&self, line: &str, header: &str) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let head =
            format!("{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{header}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
