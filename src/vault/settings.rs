//! How many tries a vault allows, and what a try costs.

use crate::error::Misuse;

/// The most tries, memory in KiB, passes and lanes of the format: nothing in a header is authentic
/// before it was used, so no header may ask for more.
const MAX_TRIES: u8 = 10;
const MAX_KIB: u32 = 262_144;
const MAX_PASSES: u32 = 10;
const MAX_LANES: u32 = 4;
/// RFC 9106 section 3.1.
const KIB_PER_LANE: u32 = 8;

/// How many tries a vault allows, and what a try costs. 5 tries, without Argon2id, by default.
///
/// Of 10,000 passcodes 5 tries find one by chance in 2,000. People's choices are skewed, so let a
/// [`PasscodePolicy`](super::PasscodePolicy) refuse the usual ones.
///
/// ```
/// use vitacard::{Misuse, vault::Settings};
/// let settings = Settings::default().with_max_tries(3)?;
/// assert_eq!(settings.max_tries(), 3);
/// assert_eq!(settings.with_max_tries(11), Err(Misuse::VaultSettings));
/// # Ok::<(), Misuse>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
    pub(super) max_tries: u8,
    pub(super) argon2id: Option<Argon2id>,
}

/// RFC 9106: memory in KiB, passes, lanes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Argon2id {
    pub(super) m: u32,
    pub(super) t: u32,
    pub(super) p: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_tries: 5,
            argon2id: None,
        }
    }
}

impl Settings {
    /// The same with `max_tries` tries, 1 to 10. The one after the last wipes the vault.
    ///
    /// # Errors
    /// [`Misuse::VaultSettings`] for other numbers.
    pub fn with_max_tries(self, max_tries: u8) -> Result<Self, Misuse> {
        Self { max_tries, ..self }.checked()
    }

    /// The same with Argon2id (RFC 9106) before the device's secret is asked: `m` KiB of memory, `t`
    /// passes, `p` lanes. For devices whose secret is [`SoftwareOnly`](super::Protection): there it
    /// makes a try dearer, and no passcode of 4 digits safe. Making and opening it need feature `argon2`: without it
    /// both are [`CryptoError::Unavailable`](crate::CryptoError::Unavailable).
    ///
    /// # Errors
    /// [`Misuse::VaultSettings`] if m is over 262144 or under 8 · p, t over 10, p over 4, or one is 0.
    pub fn with_argon2id(self, m: u32, t: u32, p: u32) -> Result<Self, Misuse> {
        let argon2id = Some(Argon2id { m, t, p });
        Self { argon2id, ..self }.checked()
    }

    /// How many tries there are.
    #[must_use]
    pub const fn max_tries(&self) -> u8 {
        self.max_tries
    }

    fn checked(self) -> Result<Self, Misuse> {
        match self.are_within_limits() {
            true => Ok(self),
            false => Err(Misuse::VaultSettings),
        }
    }

    pub(super) fn are_within_limits(&self) -> bool {
        let tries = 1..=MAX_TRIES;
        tries.contains(&self.max_tries) && self.argon2id.is_none_or(Argon2id::is_within_limits)
    }
}

impl Argon2id {
    fn is_within_limits(self) -> bool {
        let Self { m, t, p } = self;
        let least = p.saturating_mul(KIB_PER_LANE);
        (1..=MAX_LANES).contains(&p)
            && (1..=MAX_PASSES).contains(&t)
            && (least..=MAX_KIB).contains(&m)
    }
}
