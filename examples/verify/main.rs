//! Verifies a DeviceResponse or an IssuerSigned from a file and shows what it says.
//!
//! ```text
//! verify [--json] [--at RFC3339] [--anchor FILE]... [--pin-leaf] [--transcript FILE]
//!        [--reader-key HEX] FILE
//! ```
//! Exit code 0: verified. 1: rejected. 2: misuse.

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program has std"
)]

mod arguments;
mod json;
mod table;

use std::process::ExitCode;

use arguments::{Arguments, Input, USAGE};
use vitacard::Error;
use vitacard::crypto::{AgreementKey, RUSTCRYPTO};
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, Policy, Reader, UnknownStatus, VerifiedIssuerSigned,
    VerifiedResponse,
};
use vitacard::session::SessionTranscript;

#[expect(clippy::large_enum_variant, reason = "there is one of it")]
/// What was verified: a card that somebody showed, or one that nobody did.
enum Verified<'a> {
    Shown(VerifiedResponse<'a>),
    Issued(VerifiedIssuerSigned<'a>),
}

fn main() -> ExitCode {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(message) => return misuse(&message),
    };
    match verify(&arguments) {
        Ok(verified) if arguments.json => println!("{}", json::verified(&verified)),
        Ok(verified) => print!("{}", table::verified(&verified)),
        Err(Error::Misuse(error)) => return misuse(&error.to_string()),
        Err(error) => {
            match arguments.json {
                true => println!("{}", json::error(error)),
                false => println!("rejected: {error} ({} {})", error.code(), error.reason()),
            }
            return ExitCode::from(1);
        }
    }
    ExitCode::SUCCESS
}

fn misuse(message: &str) -> ExitCode {
    eprintln!("{message}\n{USAGE}");
    ExitCode::from(2)
}

fn verify(arguments: &Arguments) -> Result<Verified<'_>, Error> {
    let policy = policy();
    let conditions = Conditions::new(arguments.at, &policy);
    let reader = Reader::new(RUSTCRYPTO, arguments.anchors.clone());
    match &arguments.input {
        Input::IssuerSigned(bytes) => reader
            .verify_issuer_signed(bytes, &conditions)
            .map(Verified::Issued),
        Input::DeviceResponse(bytes, transcript) => {
            let transcript = SessionTranscript::given(transcript)?;
            let mut exchange = Exchange::new(&transcript, conditions);
            if let Some(key) = &arguments.reader_key {
                let key: &dyn AgreementKey = key;
                exchange = exchange.with_reader_key(key);
            }
            reader
                .verify(DeviceResponse::parse(bytes)?, &exchange)
                .map(Verified::Shown)
        }
    }
}

/// Status lists are not fetched here, so a card that names one is shown as degraded.
fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.cards_without_status = true;
    policy.unknown_status = UnknownStatus::Degrade;
    policy
}
