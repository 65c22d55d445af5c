//! The floor plan. A module may use modules on lower floors, and none on its own or above.
//!
//! [`faults`] judges one file by its text. It reads tokens, so comments and literals do not count, and
//! it follows `crate::…`, `super::…` and groups. `lib.rs` is the front door: it stands on no floor, and
//! nobody inside comes in through it.

use std::fs;
use std::path::{Path, PathBuf};

/// Bottom first. Modules on one floor are strangers to each other.
const FLOORS: &[&[&str]] = &[
    &["time", "secret"],
    &["error"],
    &["cbor", "crypto"],
    &["cose"],
    &["mdoc"],
    &["trust", "session", "profile", "vault"],
    &["status"],
    &["verify"],
    &["delegation"],
    &["issuer", "holder", "reader"],
    &["enrolment", "evidence"],
    &["ffi"],
    &["proof"],
];

/// Lines of a file without its tests. A file whose first line holds `@generated` may be longer.
const MAX_LINES: usize = 600;

#[test]
fn modules_only_look_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src);
    assert!(files.iter().any(|file| file.ends_with("lib.rs")));
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(&src).unwrap();
        let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
        found.extend(faults(&parts.join("/"), &text));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// What is wrong with one file; `path` is relative to `src`, with `/`.
fn faults(path: &str, text: &str) -> Vec<String> {
    if path.split('/').any(is_tests) {
        return Vec::new();
    }
    let mut file = File {
        path,
        module: module_of(path),
        tokens: lex(text),
        faults: Vec::new(),
    };
    let lines = file.split_off_tests(text.lines().count());
    let generated = text
        .lines()
        .next()
        .is_some_and(|l| l.contains("@generated"));
    if lines > MAX_LINES && !generated {
        let what = format!("{lines} lines without tests, at most {MAX_LINES}");
        file.fault(MAX_LINES + 1, &what);
    }
    match file.module.first() {
        None => {}
        Some(top) if floor(top).is_none() => {
            let what = format!("{top} has no floor");
            file.fault(1, &what);
        }
        Some(_) => file.check_uses(),
    }
    file.faults
}

/// `tests.rs`, a folder `tests`, and `tests_….rs` where features make another set of tests.
fn is_tests(part: &str) -> bool {
    matches!(part, "tests" | "tests.rs") || (part.starts_with("tests_") && part.ends_with(".rs"))
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// `cbor/read.rs` is `["cbor", "read"]`; `lib.rs` is the root, `[]`.
fn module_of(path: &str) -> Vec<String> {
    let mut module: Vec<_> = path.trim_end_matches(".rs").split('/').collect();
    if matches!(module.last(), Some(&"mod")) || module == ["lib"] {
        module.pop();
    }
    module.into_iter().map(str::to_owned).collect()
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

struct File<'a> {
    path: &'a str,
    module: Vec<String>,
    tokens: Vec<Token>,
    faults: Vec<String>,
}

impl File<'_> {
    fn fault(&mut self, line: usize, what: &str) {
        let fault = format!("src/{}:{line}: {what}", self.path);
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn at(&self, i: usize) -> &str {
        self.tokens.get(i).map_or("", |token| &token.text)
    }

    fn line(&self, i: usize) -> usize {
        self.tokens.get(i).map_or(0, |token| token.line)
    }

    fn is(&self, i: usize, expected: &[&str]) -> bool {
        (i..).zip(expected).all(|(i, text)| self.at(i) == *text)
    }

    /// Drops the tests at the end from the tokens, and says how many lines stand before them.
    ///
    /// Only what is compiled for tests alone counts as a test: `any(test, …)` is library code.
    fn split_off_tests(&mut self, lines: usize) -> usize {
        for i in 0..self.tokens.len() {
            let line = self.line(i);
            if self.is(i, &["#", "!", "["]) && self.is_test_attribute(i + 2) {
                self.fault(line, "#![cfg(test)]: only files named tests.rs are tests");
            }
            if self.at(i) != "#" || !self.is_test_attribute(i + 1) {
                continue;
            }
            let item = self.after_attributes(i);
            let end = self.after_item(item);
            if self.is_bare_mod(item) {
                continue;
            }
            if end < self.tokens.len() {
                let what = "#[cfg(test)] on neither the last item nor a bare `mod …;`";
                self.fault(line, what);
                continue;
            }
            self.tokens.truncate(i);
            return line - 1;
        }
        lines
    }

    /// Whether `[cfg(test)]` or `[cfg(all(…, test, …))]` starts at `i`.
    fn is_test_attribute(&self, i: usize) -> bool {
        if self.is(i, &["[", "cfg", "(", "test", ")"]) {
            return true;
        }
        if !self.is(i, &["[", "cfg", "(", "all", "("]) {
            return false;
        }
        let inside = i + 5;
        (inside..self.after_group(i + 4)).any(|j| {
            let depth = (inside..j).fold(0, |depth, j| depth + step(self.at(j)));
            depth == 0 && self.at(j) == "test" && matches!(self.at(j + 1), "," | ")")
        })
    }

    fn after_attributes(&self, mut i: usize) -> usize {
        while self.is(i, &["#", "["]) {
            i = self.after_group(i + 1);
        }
        i
    }

    fn after_visibility(&self, i: usize) -> usize {
        match (self.at(i), self.at(i + 1)) {
            ("pub", "(") => self.after_group(i + 1),
            ("pub", _) => i + 1,
            _ => i,
        }
    }

    fn is_bare_mod(&self, item: usize) -> bool {
        let i = self.after_visibility(item);
        self.at(i) == "mod" && self.at(i + 2) == ";"
    }

    /// The token after the bracket that closes the one at `i`.
    fn after_group(&self, mut i: usize) -> usize {
        let mut depth = 0;
        while i < self.tokens.len() {
            depth += step(self.at(i));
            i += 1;
            if depth == 0 {
                break;
            }
        }
        i
    }

    /// The token after the item at `i`: behind its `;` or its body.
    fn after_item(&self, mut i: usize) -> usize {
        while i < self.tokens.len() {
            match self.at(i) {
                ";" => return i + 1,
                "{" => {
                    let end = self.after_group(i);
                    return if self.at(end) == ";" { end + 1 } else { end };
                }
                "(" | "[" => i = self.after_group(i),
                _ => i += 1,
            }
        }
        i
    }

    fn check_uses(&mut self) {
        let mut here = self.module.clone();
        let mut depth = 0;
        // Inline modules that are open, each with the depth outside of it.
        let mut inline = Vec::new();
        let mut i = 0;
        while i < self.tokens.len() {
            let line = self.line(i);
            let starts = i == 0 || self.at(i - 1) != "::" || self.is_global(i);
            match self.at(i) {
                "mod" if self.at(i + 2) == "{" => {
                    here.push(self.at(i + 1).to_owned());
                    inline.push(depth);
                    i += 1;
                }
                "#" if self.is(i + 1, &["[", "path", "="]) => {
                    self.fault(line, "#[path] moves a file to another module");
                }
                "extern" if self.is(i + 1, &["crate", "self"]) => {
                    self.fault(line, "extern crate self is a second name for the root");
                }
                "crate" | "vitacard" if starts && self.at(i + 1) == "::" => {
                    i = self.check_tree(i + 2, Some(Vec::new()));
                    continue;
                }
                "crate" if self.at(i + 1) == "as" => self.check_use(line, Some(&[])),
                "self" | "super" if starts && self.names_a_module(i) => {
                    i = self.check_tree(i, Some(here.clone()));
                    continue;
                }
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    if inline.last() == Some(&depth) {
                        inline.pop();
                        here.pop();
                    }
                }
                _ => {}
            }
            i += 1;
        }
    }

    /// Whether the `::` before token `i` has nothing before it, as in `use ::vitacard`.
    fn is_global(&self, i: usize) -> bool {
        i < 2
            || matches!(
                self.at(i - 2),
                "use" | "{" | "," | "(" | "<" | "&" | "=" | ";"
            )
    }

    /// `super::…`, `self::…`, `super as …`; but neither a method's `self` nor a visibility.
    fn names_a_module(&self, i: usize) -> bool {
        let visibility = i >= 2 && self.at(i - 1) == "in" && self.at(i - 2) == "(";
        !visibility && (self.at(i + 1) == "::" || (self.at(i) == "super" && self.at(i + 1) == "as"))
    }

    /// Checks each leaf of the path or group at `i`, relative to `base`; gives the token after it.
    /// `base` is `None` once it has left the crate.
    fn check_tree(&mut self, mut i: usize, mut base: Option<Vec<String>>) -> usize {
        let line = self.line(i);
        loop {
            match self.at(i) {
                "{" => {
                    i += 1;
                    while !matches!(self.at(i), "}" | "") {
                        let next = self.check_tree(i, base.clone());
                        // `as` and the new name.
                        i = (next.max(i + 1)..self.tokens.len())
                            .find(|&j| matches!(self.at(j), "," | "}"))
                            .unwrap_or(self.tokens.len());
                        if self.at(i) == "," {
                            i += 1;
                        }
                    }
                    return i + 1;
                }
                "super" => base = base.filter(|b| !b.is_empty()).map(|b| parent(&b)),
                "self" => {}
                name if is_name(name) => {
                    let name = name.to_owned();
                    if let Some(base) = &mut base {
                        base.push(name);
                    }
                }
                // `*`, or the `<` of a turbofish.
                _ => break,
            }
            i += 1;
            if self.at(i) != "::" {
                break;
            }
            i += 1;
        }
        self.check_use(line, base.as_deref());
        i
    }

    fn check_use(&mut self, line: usize, used: Option<&[String]>) {
        let Some(here) = self.module.first().cloned() else {
            return;
        };
        let Some(used) = used else {
            return self.fault(line, "super:: leaves the crate");
        };
        let Some(used) = used.first() else {
            return self.fault(line, &format!("{here} uses the crate's root"));
        };
        if *used == here {
            return;
        }
        match (floor(used), floor(&here)) {
            (None, _) => self.fault(line, &format!("{here} uses {used}, which has no floor")),
            (there, own) if there < own => {}
            (there, own) if there == own => {
                self.fault(line, &format!("{here} uses {used}, on the same floor"));
            }
            _ => self.fault(line, &format!("{here} uses {used}, on a higher floor")),
        }
    }
}

fn parent(module: &[String]) -> Vec<String> {
    module[..module.len() - 1].to_vec()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// How a token changes the depth of brackets.
fn step(token: &str) -> i32 {
    match token {
        "(" | "[" | "{" => 1,
        ")" | "]" | "}" => -1,
        _ => 0,
    }
}

struct Token {
    text: String,
    line: usize,
}

/// Names, numbers, `::` and single marks. Comments, literals and lifetimes are left out.
fn lex(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < chars.len() {
        let rest = &chars[i..];
        let (length, token) = next_token(rest);
        if let Some(text) = token {
            tokens.push(Token { text, line });
        }
        line += rest[..length].iter().filter(|c| **c == '\n').count();
        i += length;
    }
    tokens
}

/// The length of what comes first in `rest`, and its text unless it does not count.
fn next_token(rest: &[char]) -> (usize, Option<String>) {
    let at = |i: usize| rest.get(i).copied().unwrap_or('\0');
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let word = rest.iter().take_while(|c| is_word(c)).count();
    match (at(0), at(1)) {
        ('/', '/') => (rest.iter().take_while(|c| **c != '\n').count(), None),
        ('/', '*') => (block_comment(rest), None),
        ('"', _) => (quoted(rest, '"'), None),
        ('\'', '\\') => (quoted(rest, '\''), None),
        ('\'', _) if at(2) == '\'' => (3, None),
        ('\'', _) => (
            1 + rest[1..].iter().take_while(|c| is_word(c)).count(),
            None,
        ),
        (':', ':') => (2, Some("::".to_owned())),
        (c, _) if c.is_whitespace() => (1, None),
        (c, _) if word == 0 => (1, Some(c.to_string())),
        _ => {
            let text: String = rest[..word].iter().collect();
            let hashes = rest[word..].iter().take_while(|c| **c == '#').count();
            if matches!(text.as_str(), "r" | "br" | "cr") && at(word + hashes) == '"' {
                return (raw_string(rest, word + hashes + 1, hashes), None);
            }
            if text == "r" && hashes == 1 {
                // A raw name: what follows is the name.
                return (2, None);
            }
            (word, Some(text))
        }
    }
}

/// Block comments nest.
fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut i) = (0, 0);
    while i < rest.len() {
        match rest[i..] {
            ['/', '*', ..] => (depth, i) = (depth + 1, i + 2),
            ['*', '/', ..] => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

fn quoted(rest: &[char], mark: char) -> usize {
    let mut i = 1;
    while i < rest.len() && rest[i] != mark {
        i += if rest[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(rest.len())
}

fn raw_string(rest: &[char], start: usize, hashes: usize) -> usize {
    let closes = |i: &usize| {
        let after = &rest[i + 1..];
        rest[*i] == '"' && after.iter().take_while(|c| **c == '#').count() >= hashes
    };
    let end = (start..rest.len()).find(closes);
    end.map_or(rest.len(), |i| i + 1 + hashes)
}

/// The checker is run on faults planted here: what it must find, and what it must leave alone.
mod planted {
    use super::{MAX_LINES, faults};

    #[track_caller]
    fn fault(path: &str, text: &str, expected: &str) {
        assert_eq!(faults(path, text), [expected], "{text}");
    }

    #[track_caller]
    fn fine(path: &str, text: &str) {
        assert!(faults(path, text).is_empty(), "{:?}", faults(path, text));
    }

    #[test]
    fn looking_down_is_fine() {
        fine(
            "reader/verify.rs",
            "use crate::{error::Error, mdoc::{Mso, item::Element}};",
        );
        fine(
            "cbor/read.rs",
            "fn f() -> Result<(), crate::error::Error> { crate::time::now() }",
        );
        fine(
            "cbor/read.rs",
            "use crate::cbor::write; use super::embedded::{self, Embedded as E};",
        );
        fine(
            "mdoc/mod.rs",
            "use super::cose::{sign1, mac0::{self, Mac0}}; mod item; use self::item::Item;",
        );
        fine(
            "mdoc/mod.rs",
            "pub(in crate::mdoc) fn f() {} pub(super) fn g(&self) { self.f() }",
        );
    }

    #[test]
    fn upward_path() {
        let text = "//! Head.\nuse core::fmt;\nuse crate::mdoc::Mso;\n";
        fault(
            "cbor/read.rs",
            text,
            "src/cbor/read.rs:3: cbor uses mdoc, on a higher floor",
        );
        let text = "fn f(mso: &crate::mdoc::Mso<'_>) {}";
        fault(
            "cose/mod.rs",
            text,
            "src/cose/mod.rs:1: cose uses mdoc, on a higher floor",
        );
        let text = "macro_rules! m { () => { $crate::verify::f() } }";
        fault(
            "cose/mod.rs",
            text,
            "src/cose/mod.rs:1: cose uses verify, on a higher floor",
        );
    }

    #[test]
    fn upward_in_a_group() {
        let text = "use crate::{error::Error, reader::Reader as R, time};";
        fault(
            "mdoc/mod.rs",
            text,
            "src/mdoc/mod.rs:1: mdoc uses reader, on a higher floor",
        );
    }

    #[test]
    fn upward_in_a_group_of_many_lines() {
        let text = "use crate::{\n    error::{Error, Rejected},\n    cose::{\n        sign1::{self, *},\n    },\n    trust::{\n        TrustAnchors,\n    },\n};\n";
        fault(
            "mdoc/mod.rs",
            text,
            "src/mdoc/mod.rs:7: mdoc uses trust, on a higher floor",
        );
        let text = "use\n    crate\n    ::\n    trust::TrustAnchors;";
        fault(
            "mdoc/mod.rs",
            text,
            "src/mdoc/mod.rs:4: mdoc uses trust, on a higher floor",
        );
    }

    #[test]
    fn upward_by_super() {
        let text = "use super::super::verify::Policy;";
        fault(
            "mdoc/item.rs",
            text,
            "src/mdoc/item.rs:1: mdoc uses verify, on a higher floor",
        );
        fault(
            "mdoc/mod.rs",
            "use super::verify::Policy;",
            "src/mdoc/mod.rs:1: mdoc uses verify, on a higher floor",
        );
        fault(
            "time.rs",
            "use self::super::verify;",
            "src/time.rs:1: time uses verify, on a higher floor",
        );
        let text = "use super::{names, super::verify::Policy};";
        fault(
            "mdoc/item.rs",
            text,
            "src/mdoc/item.rs:1: mdoc uses verify, on a higher floor",
        );
        fine(
            "mdoc/item.rs",
            "use super::super::cose::Sign1; use super::verify::Policy;",
        );
    }

    #[test]
    fn super_counts_inline_modules() {
        let text = "mod a { use super::verify; mod b { use super::super::super::super::verify; } }\nuse super::verify;";
        fault(
            "mdoc/item.rs",
            text,
            "src/mdoc/item.rs:1: mdoc uses verify, on a higher floor",
        );
        fault(
            "time.rs",
            "use super::super::x;",
            "src/time.rs:1: super:: leaves the crate",
        );
    }

    #[test]
    fn same_floor() {
        let text = "use crate::crypto::PublicKey;";
        fault(
            "cbor/mod.rs",
            text,
            "src/cbor/mod.rs:1: cbor uses crypto, on the same floor",
        );
        fault(
            "holder/card.rs",
            "\nuse crate::issuer;",
            "src/holder/card.rs:2: holder uses issuer, on the same floor",
        );
    }

    #[test]
    fn unknown_module() {
        fault("utils.rs", "", "src/utils.rs:1: utils has no floor");
        fault(
            "cbor/mod.rs",
            "use crate::utils::f;",
            "src/cbor/mod.rs:1: cbor uses utils, which has no floor",
        );
        fault(
            "cbor/mod.rs",
            "use crate::Error;",
            "src/cbor/mod.rs:1: cbor uses Error, which has no floor",
        );
    }

    #[test]
    fn the_root_by_another_name() {
        let root = "src/cbor/mod.rs:1: cbor uses the crate's root";
        for text in [
            "use crate::*;",
            "use crate as all;",
            "use crate::{self as all};",
            "use super::*;",
            "use super as all;",
            "use ::vitacard::*;",
        ] {
            fault("cbor/mod.rs", text, root);
        }
        let text = "extern crate self as all;";
        fault(
            "cbor/mod.rs",
            text,
            "src/cbor/mod.rs:1: extern crate self is a second name for the root",
        );
        let text = "#[path = \"../mdoc/item.rs\"]\nmod item;";
        fault(
            "cbor/mod.rs",
            text,
            "src/cbor/mod.rs:1: #[path] moves a file to another module",
        );
        fine("cbor/mod.rs", "use core::ops; use other::vitacard::x;");
    }

    #[test]
    fn comments_and_literals_do_not_count() {
        fine(
            "cbor/mod.rs",
            "// use crate::mdoc::Mso;\n/// [`crate::mdoc`]\n//! crate::mdoc\nfn f() {}",
        );
        fine(
            "cbor/mod.rs",
            "/* crate::mdoc /* crate::mdoc */ crate::mdoc */ fn f() {}",
        );
        fine(
            "cbor/mod.rs",
            r#"const A: &str = "\"crate::mdoc"; const B: char = '"'; const C: char = '\'';"#,
        );
        fine(
            "cbor/mod.rs",
            "const A: &str = r#\"\"crate::mdoc\"#; const B: &[u8] = br\"crate::mdoc\\\";",
        );
        // What follows a literal or a lifetime counts again, on its own line.
        let text =
            "fn f<'a>(x: &'a str, y: char) { \"\n//\"; '\"'; r#\"\n\"#; r#type; crate::mdoc::f() }";
        fault(
            "cbor/mod.rs",
            text,
            "src/cbor/mod.rs:3: cbor uses mdoc, on a higher floor",
        );
    }

    #[test]
    fn tests_come_last() {
        let up = "use crate::reader::Reader;";
        fine("cbor/tests.rs", up);
        fine("cbor/tests/more.rs", up);
        fine("cbor/tests_without_x509.rs", up);
        fine(
            "cbor/mod.rs",
            &format!("#[cfg(test)]\n#[rustfmt::skip]\nmod tests {{ {up} }}\n// End."),
        );
        fine(
            "cbor/mod.rs",
            &format!("fn f() {{}}\n#[cfg(all(feature = \"std\", test))]\nmod tests {{ {up} }}"),
        );
        fine(
            "cbor/mod.rs",
            "#[cfg(test)]\npub(crate) mod tests;\nfn f() {}\n#[cfg(test)] fn g() {}",
        );
        let middle = "#[cfg(test)] on neither the last item nor a bare `mod …;`";
        for text in [
            "\n#[cfg(test)]\nmod tests { fn f() {} }\nfn g() {}",
            "\n#[cfg(test)]\nuse core::fmt;\nfn g() {}",
            "impl A {\n#[cfg(test)]\nfn f() {}\n}",
            "\n#[cfg(all(feature = \"std\", test))] const A: [u8; 2] = [1; 2];\nfn g() {}",
        ] {
            fault("cbor/mod.rs", text, &format!("src/cbor/mod.rs:2: {middle}"));
            fault("lib.rs", text, &format!("src/lib.rs:2: {middle}"));
        }
        let inner = "src/cbor/a.rs:1: #![cfg(test)]: only files named tests.rs are tests";
        fault("cbor/a.rs", "#![cfg(test)]", inner);
    }

    #[test]
    fn code_for_tests_and_more_is_library_code() {
        for predicate in [
            "any(test, doc)",
            "not(test)",
            "all(unix, not(test))",
            "all(unix, any(test, doc))",
        ] {
            let text = format!("#[cfg({predicate})]\nmod a {{ use crate::mdoc::Mso; }}");
            fault(
                "cbor/mod.rs",
                &text,
                "src/cbor/mod.rs:2: cbor uses mdoc, on a higher floor",
            );
        }
    }

    #[test]
    fn nothing_after_planted_tests_hides() {
        let text = "#[cfg(test)]\nmod tests;\nuse crate::mdoc::Mso;";
        fault(
            "cbor/mod.rs",
            text,
            "src/cbor/mod.rs:3: cbor uses mdoc, on a higher floor",
        );
    }

    #[test]
    fn long_files() {
        let long = "// Line.\n".repeat(MAX_LINES);
        fine(
            "cbor/mod.rs",
            &format!("{long}#[cfg(test)]\nmod tests {{\n{long}}}"),
        );
        fine("crypto/table.rs", &format!("// @generated\n{long}"));
        let text = format!("{long}fn f() {{}}\n#[cfg(test)]\nmod tests {{}}");
        fault(
            "lib.rs",
            &text,
            "src/lib.rs:601: 601 lines without tests, at most 600",
        );
    }

    #[test]
    fn every_fault_is_reported() {
        let text = "use crate::mdoc::Mso;\nfn f() { crate::crypto::f(); super::super::ffi::g() }";
        assert_eq!(faults("cbor/read.rs", text).len(), 3);
    }
}
