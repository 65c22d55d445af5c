//! What the README shows is what runs.
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests have std"
)]

const README: &str = include_str!("../README.md");
const QUICKSTART: &str = include_str!("../examples/quickstart.rs");

#[test]
fn the_example_is_the_region_of_the_quickstart() {
    let region = QUICKSTART
        .split("    // readme\n")
        .nth(1)
        .expect("two marks");
    let region: String = region
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let shown = README
        .split("```rust\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    assert_eq!(
        shown,
        Some(region.as_str()),
        "copy the region between the marks into README.md"
    );
}

#[test]
fn the_two_commands_are_there() {
    for command in ["cargo run --release --example quickstart", "cargo test"] {
        assert!(README.lines().any(|line| line == command), "{command}");
    }
}
