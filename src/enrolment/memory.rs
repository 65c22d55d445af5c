//! A store in memory, for tests and examples: it is gone with the process.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::{
    CardLine, Cards, FreePlaces, InvitationNumber, InvitationRecord, InvitationState, Invitations,
    NonceRecord, Nonces, RefreshNumber, StoreFault,
};
use crate::crypto::{PublicKey, Secret};
use crate::delegation::CardDigest;
use crate::time::UnixTime;

/// All stores of an issuer, in memory. For tests and examples.
///
/// Its status list has 2²⁰ places.
#[derive(Debug, Default)]
pub struct Memory {
    invitations: BTreeMap<InvitationNumber, InvitationRecord>,
    lines: BTreeMap<InvitationNumber, CardLine>,
    refreshes: BTreeSet<RefreshNumber>,
    nonces: BTreeMap<[u8; 16], NonceRecord>,
    taken: BTreeSet<u64>,
}

impl Memory {
    /// All lines of cards.
    pub fn lines(&self) -> impl Iterator<Item = &CardLine> {
        self.lines.values()
    }
}

impl Invitations for Memory {
    fn add_invitation(&mut self, invitation: InvitationRecord) -> Result<bool, StoreFault> {
        let number = invitation.number();
        let new = !self.invitations.contains_key(&number);
        if new {
            self.invitations.insert(number, invitation);
        }
        Ok(new)
    }

    fn invitation(
        &self,
        number: &InvitationNumber,
    ) -> Result<Option<InvitationRecord>, StoreFault> {
        let found = self.invitations.get(number);
        Ok(found.map(|held| {
            let secret = Secret::new(*held.secret().expose());
            let (ends, attestation) = (held.ends(), held.attestation());
            let again = InvitationRecord::new(held.number(), secret, ends, attestation);
            again.with_state(held.state())
        }))
    }

    fn use_up_invitation(
        &mut self,
        number: &InvitationNumber,
        state: InvitationState,
    ) -> Result<bool, StoreFault> {
        let open = |held: &InvitationRecord| held.state() == InvitationState::Open;
        if !self.invitations.get(number).is_some_and(open) {
            return Ok(false);
        }
        if let Some(held) = self.invitations.remove(number) {
            self.invitations.insert(*number, held.with_state(state));
        }
        Ok(true)
    }
}

impl Cards for Memory {
    fn line_of(&self, card: &CardDigest) -> Result<Option<CardLine>, StoreFault> {
        let mut lines = self.lines.values();
        let found = lines.find(|line| line.cards().any(|own| own.digest() == *card));
        Ok(found.cloned())
    }

    fn line_of_refresh(&self, refresh: &RefreshNumber) -> Result<Option<CardLine>, StoreFault> {
        let mut lines = self.lines.values();
        let found = lines.find(|line| line.refreshes().any(|own| own == *refresh));
        Ok(found.cloned())
    }

    fn line_of_key(&self, key: &PublicKey) -> Result<Option<CardLine>, StoreFault> {
        let mut lines = self.lines.values();
        let found = lines.find(|line| line.device_keys().any(|own| own == key));
        Ok(found.cloned())
    }

    fn keep_refresh(&mut self, refresh: &RefreshNumber) -> Result<bool, StoreFault> {
        Ok(self.refreshes.insert(*refresh))
    }

    fn overdue(&self, now: UnixTime) -> Result<Vec<CardLine>, StoreFault> {
        let lines = self.lines.values();
        let overdue = lines.filter(|line| line.replaces_at().is_some_and(|at| at <= now));
        Ok(overdue.cloned().collect())
    }

    fn add_line(&mut self, line: &CardLine) -> Result<bool, StoreFault> {
        let new = !self.lines.contains_key(&line.number());
        if new {
            self.lines.insert(line.number(), line.clone());
        }
        Ok(new)
    }

    fn replace_line(&mut self, held: u64, line: &CardLine) -> Result<bool, StoreFault> {
        match self.lines.get_mut(&line.number()) {
            Some(own) if own.version() == held => {
                *own = line.clone();
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

impl Nonces for Memory {
    fn add_nonce(&mut self, nonce: &[u8; 16], given: UnixTime) -> Result<bool, StoreFault> {
        let new = !self.nonces.contains_key(nonce);
        if new {
            let used = false;
            self.nonces.insert(*nonce, NonceRecord { given, used });
        }
        Ok(new)
    }

    fn nonce(&self, nonce: &[u8; 16]) -> Result<Option<NonceRecord>, StoreFault> {
        Ok(self.nonces.get(nonce).copied())
    }

    fn use_up_nonce(&mut self, nonce: &[u8; 16]) -> Result<bool, StoreFault> {
        match self.nonces.get_mut(nonce) {
            Some(held) if !held.used => {
                held.used = true;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

impl FreePlaces for Memory {
    fn places(&self) -> u64 {
        1 << 20
    }

    fn take(&mut self, place: u64) -> Result<bool, StoreFault> {
        Ok(self.taken.insert(place))
    }
}
