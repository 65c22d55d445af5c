//! One error type, sorted by whose fault it is. Carries no wire data: safe to log.
//!
//! Every reason has a number for life; a retired number is never used again. The numbers of
//! [`Rejected`] follow the steps of ISO/IEC 18013-5 clause 9.3 (12.8 in the second edition), so a
//! number says that every step of a lower hundred held for that document; 27xx stands in place of
//! 26xx where a delegate shows the card. The whole table is
//! [`Error::ALL`] and `docs/errors.md`.

#[macro_use]
mod macros;
mod decode;
mod rejected;
mod rest;
mod vault;

pub(crate) use rejected::rejected;

use core::fmt;

pub use decode::{DecodeError, DecodeErrorKind};
pub use rejected::Rejected;
pub use rest::{CryptoError, Misuse, SessionError};
pub use vault::VaultError;

/// Everything that can go wrong, sorted by what the caller should do about it.
///
/// ```
/// use vitacard::{Error, reader::DeviceResponse};
/// let error = DeviceResponse::parse(b"\xa0 and more").unwrap_err();
/// assert_eq!((error.code(), error.kind(), error.reason()), (1002, "decode", "TrailingData"));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not what they should be: resend or give up. Says nothing about who sent them.
    Decode(DecodeError),
    /// The bytes are well formed, and a check on them failed: do not rely on the card.
    Rejected(Rejected),
    /// The session is over: start again.
    Session(SessionError),
    /// The caller broke a rule that the types could not hold: fix the calling code.
    Misuse(Misuse),
    /// The crypto provider, or what the platform supplies, failed: look at the backend.
    Crypto(CryptoError),
    /// The vault does not open, or does not take what it is given: ask the holder again.
    Vault(VaultError),
}

/// One row of [`Error::ALL`]: number, kind, reason and sentence.
pub type ErrorRow = (u16, &'static str, &'static str, &'static str);

impl Error {
    /// Every number that this version can return, by kind: 1xxx decode, 2xxx rejected,
    /// 3xxx session, 4xxx misuse, 5xxx crypto, 6xxx vault.
    pub const ALL: &'static [&'static [ErrorRow]] = &[
        DecodeErrorKind::ALL,
        Rejected::ALL,
        SessionError::ALL,
        Misuse::ALL,
        CryptoError::ALL,
        VaultError::ALL,
    ];

    /// A number that never changes its meaning, for C callers and for logs.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.row().0
    }

    /// `decode`, `rejected`, `session`, `misuse`, `crypto` or `vault`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        self.row().1
    }

    /// The variant's name, as `docs/errors.md` and the test vectors spell it.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.row().2
    }

    const fn row(self) -> ErrorRow {
        match self {
            Self::Decode(error) => error.kind().row(),
            Self::Rejected(rejected) => rejected.row(),
            Self::Session(error) => error.row(),
            Self::Misuse(misuse) => misuse.row(),
            Self::Crypto(error) => error.row(),
            Self::Vault(error) => error.row(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::Rejected(rejected) => rejected.fmt(f),
            Self::Session(error) => error.fmt(f),
            Self::Misuse(misuse) => misuse.fmt(f),
            Self::Crypto(error) => error.fmt(f),
            Self::Vault(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Error {}

macro_rules! from {
    ($($variant:ident($kind:ty)),+) => {$(
        impl From<$kind> for Error {
            fn from(error: $kind) -> Self {
                Self::$variant(error)
            }
        }
    )+};
}
from!(
    Decode(DecodeError),
    Rejected(Rejected),
    Session(SessionError),
    Misuse(Misuse),
    Crypto(CryptoError),
    Vault(VaultError)
);

#[cfg(test)]
mod tests;
