//! The terminal: it waits and asks, or answers for itself.

use std::fmt;
use std::io::{self, BufRead, Write};

use vitacard::{Error, UnixTime};

use super::Fallible;
use super::day::stamp;

/// Of a line of names.
const WIDTH: usize = 80;

pub(crate) struct Screen {
    scripted: bool,
}

/// The person in front of it said no to what the story needs.
#[derive(Debug)]
pub(crate) struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("You said no, and nothing was done. The story ends here.")
    }
}

impl std::error::Error for Declined {}

/// A line by whoever acts or shows something.
macro_rules! say {
    ($who:expr, $($text:tt)*) => { println!("  {:<10} {}", $who, format_args!($($text)*)) };
}
pub(crate) use say;

/// Names, in lines that a terminal holds.
pub(crate) fn list(names: impl IntoIterator<Item = impl fmt::Display>) {
    let mut line = String::new();
    for name in names {
        let name = name.to_string();
        if line.len() + name.len() > WIDTH {
            println!("{:15}{}", "", line.trim_end());
            line.clear();
        }
        line.push_str(&name);
        line.push(' ');
    }
    println!("{:15}{}", "", line.trim_end());
}

/// Why something was refused, with its number.
pub(crate) fn refusal(error: impl Into<Error>) -> String {
    let error = error.into();
    format!("{} ({})", error, error.code())
}

impl Screen {
    pub(crate) const fn new(scripted: bool) -> Self {
        Self { scripted }
    }

    pub(crate) fn chapter(&self, title: &str, now: UnixTime) -> Fallible<()> {
        println!("\n{title} ({})\n", stamp(now)?);
        self.wait()
    }

    /// Later in a chapter.
    pub(crate) fn later(&self, now: UnixTime) -> Fallible<()> {
        println!("\n  {}:", stamp(now)?);
        self.wait()
    }

    /// Something to be looked at, which a script has no eyes for.
    pub(crate) fn draw(&self, picture: impl FnOnce() -> Fallible<String>) -> Fallible<()> {
        if !self.scripted {
            println!("\n{}\n", picture()?);
        }
        Ok(())
    }

    /// A yes, or the end of the story.
    pub(crate) fn agree(&self, question: &str) -> Fallible<()> {
        match self
            .ask("consent", &format!("{question} (y/n)"), "y")?
            .as_str()
        {
            "y" | "yes" => Ok(()),
            _ => Err(Declined.into()),
        }
    }

    /// What is typed, or what the script has for it.
    pub(crate) fn ask(&self, who: &str, question: &str, scripted: &str) -> Fallible<String> {
        print!("  {who:<10} {question} ");
        if self.scripted {
            println!("{scripted}");
            return Ok(scripted.into());
        }
        line()
    }

    fn wait(&self) -> Fallible<()> {
        match self.scripted {
            true => Ok(()),
            false => {
                print!("  [Enter] ");
                line().map(drop)
            }
        }
    }
}

fn line() -> Fallible<String> {
    io::stdout().flush()?;
    let mut typed = String::new();
    match io::stdin().lock().read_line(&mut typed)? {
        0 => Err("nobody is there to answer; --script answers for itself".into()),
        _ => Ok(typed.trim().to_lowercase()),
    }
}
