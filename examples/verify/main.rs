//! Verifies a DeviceResponse or an IssuerSigned from a file and shows what it says.
//!
//! `verify --help` lists the options, the shape of the JSON and the exit codes.

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program has std"
)]

mod arguments;
mod json;
mod table;

use std::io::{self, Write as _};
use std::process::ExitCode;

use arguments::{Arguments, Input, USAGE, asks_for_help};
use vitacard::Error;
use vitacard::crypto::{AgreementKey, RUSTCRYPTO};
use vitacard::delegation::Purpose;
use vitacard::reader::{
    Conditions, DeviceRequest, DeviceResponse, Exchange, Policy, Reader, RevokedDelegations,
    StatusEvidence, UnknownStatus, VerifiedIssuerSigned, VerifiedResponse,
};
use vitacard::session::SessionTranscript;

/// What was verified: a card that somebody showed, or one that nobody did.
enum Verified<'a> {
    Shown(VerifiedResponse<'a>),
    Issued(Box<VerifiedIssuerSigned<'a>>),
}

fn main() -> ExitCode {
    if asks_for_help() {
        print(USAGE);
        return ExitCode::SUCCESS;
    }
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(message) => return misuse(&message),
    };
    match verify(&arguments) {
        Ok(verified) if arguments.json => print(&json::verified(&verified).to_string()),
        Ok(verified) => print(&table::verified(&verified)),
        Err(Error::Misuse(error)) => return misuse(&error.to_string()),
        Err(error) => {
            match arguments.json {
                true => print(&json::error(error).to_string()),
                false => print(&format!(
                    "rejected: {error} ({} {})",
                    error.code(),
                    error.reason()
                )),
            }
            return ExitCode::from(1);
        }
    }
    ExitCode::SUCCESS
}

/// Prints lines to whoever still reads: in `verify … | head -1` the exit code stays the verdict.
fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{}", text.trim_end());
}

fn misuse(message: &str) -> ExitCode {
    eprintln!("{message}\n(--help lists the options.)");
    ExitCode::from(2)
}

fn verify(arguments: &Arguments) -> Result<Verified<'_>, Error> {
    let policy = policy();
    let mut conditions = Conditions::new(arguments.at, &policy);
    let known = arguments.revoked.iter();
    let known: Vec<_> = known
        .map(|(list, revoked)| RevokedDelegations::at(list, revoked))
        .collect();
    conditions = conditions.with_status(StatusEvidence::none().with_revoked_delegations(&known));
    let reader = Reader::new(RUSTCRYPTO, arguments.anchors.clone());
    match &arguments.input {
        Input::IssuerSigned(bytes) => reader
            .verify_issuer_signed(bytes, &conditions)
            .map(|card| Verified::Issued(Box::new(card))),
        Input::DeviceResponse(bytes, transcript) => {
            let response = DeviceResponse::parse(bytes)?;
            let transcript = SessionTranscript::given(transcript)?;
            let mut exchange = Exchange::new(&transcript, conditions);
            if let Some(key) = &arguments.reader_key {
                let key: &dyn AgreementKey = key;
                exchange = exchange.with_reader_key(key);
            }
            if let Some(request) = &arguments.request {
                exchange = exchange.with_request(DeviceRequest::parse(request)?);
            }
            if let Some((controller, code)) = &arguments.purpose {
                exchange = exchange.for_purpose(Purpose::new(controller, *code));
            }
            reader.verify(response, &exchange).map(Verified::Shown)
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
