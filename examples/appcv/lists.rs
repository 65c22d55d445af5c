//! Who is blocked, as the fund publishes it.

use vitacard::UnixTime;
use vitacard::Validity;
use vitacard::crypto::{Algorithm, RUSTCRYPTO};
use vitacard::issuer::{IdentifierListDraft, StatusListDraft};

use super::Fallible;
use super::fund::{days_after, key_of};
use crate::pki::{Entity, Profile as Certificate};

pub(crate) const LIST: &str = "https://status.example/1";
pub(crate) const LOANS: &str = "https://status.example/delegations";
/// As many as the fund draws places from.
const PLACES: u64 = 1 << 20;

/// What readers fetch.
pub(crate) struct Lists {
    pub(crate) whole: Vec<u8>,
    /// From the list before, if there was one.
    pub(crate) increment: Option<Vec<u8>>,
    pub(crate) loans: Vec<u8>,
}

pub(crate) struct Publisher {
    signer: Entity,
    newest: Option<StatusListDraft>,
}

impl Publisher {
    pub(crate) fn of(root: &Entity) -> Self {
        Self {
            signer: root.issue(Certificate::status_signer(), "list signer"),
            newest: None,
        }
    }

    /// The list of cards, whole and as an increment, and that of loans that were ended early.
    pub(crate) fn publish(&mut self, blocked: &[u64], now: UnixTime) -> Fallible<Lists> {
        let validity = Validity::new(now, days_after(now, 8)).ok_or("dates")?;
        let mut draft = match &self.newest {
            Some(before) => before.next(validity)?,
            None => StatusListDraft::new(LIST, 1, PLACES, validity)?,
        };
        for place in blocked {
            draft.set(*place, 1)?;
        }
        let increment = self.increment(&draft)?;
        let (key, chain) = (key_of(&self.signer)?, [&self.signer.der[..]]);
        let loans = IdentifierListDraft::new(LOANS, validity)?;
        let loans = loans.prepare(Algorithm::ES256, &chain, &RUSTCRYPTO)?;
        self.newest = Some(draft.clone());
        let whole = draft.prepare(Algorithm::ES256, &chain, &RUSTCRYPTO)?;
        Ok(Lists {
            whole: whole.sign(&key, &RUSTCRYPTO)?,
            increment,
            loans: loans.sign(&key, &RUSTCRYPTO)?,
        })
    }

    fn increment(&self, draft: &StatusListDraft) -> Fallible<Option<Vec<u8>>> {
        let Some(before) = &self.newest else {
            return Ok(None);
        };
        let unsigned = draft.increment_from(before, &[&self.signer.der], &RUSTCRYPTO)?;
        Ok(Some(unsigned.sign(&key_of(&self.signer)?, &RUSTCRYPTO)?))
    }
}
