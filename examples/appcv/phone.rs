//! A phone: keys, and a vault in files.

use std::path::Path;

use vitacard::crypto::{RUSTCRYPTO, Signer, SoftwareSigner};
use vitacard::enrolment::{PendingEnrolment, VerifiedInvitation};
use vitacard::holder::{Card, DelegatedCard};
use vitacard::trust::TrustAnchors;
use vitacard::vault::{
    FileDevice, FileStore, ItemId, ItemKind, Lease, OpenedItem, Passcode, PasscodePolicy, Platform,
    Protection, Settings, Vault, VaultStore,
};
use vitacard::{Error, UnixTime, VaultError, unix_time};

use super::Fallible;
use super::day::since_start;
use super::pictures::Photograph;
use super::screen::{Screen, refusal, say};
use crate::seeded::Seeded;

pub(crate) struct Phone {
    /// The card's key. In secure hardware, whose use the passcode gates.
    pub(crate) key: SoftwareSigner,
    device: FileDevice,
    store: FileStore,
    vault: Option<Vault>,
    /// Which version of its card it keeps. In hardware: it must not go back with the files.
    version: u64,
    /// How many cards were lent to its owner: each is an item of its own.
    lent: u64,
    pub(crate) rng: Seeded,
}

const CARD: &str = "card";

impl Phone {
    pub(crate) fn new(folder: &Path, seed: u64) -> Fallible<Self> {
        let mut rng = Seeded(seed);
        let mut device = FileDevice::in_store(FileStore::open(folder)?, &RUSTCRYPTO);
        device.renew(&mut rng)?;
        Ok(Self {
            key: SoftwareSigner::generate(&mut rng)?,
            device,
            store: FileStore::open(folder)?,
            vault: None,
            version: 0,
            lent: 0,
            rng,
        })
    }

    /// The request, and the photographs sealed to whoever invites.
    pub(crate) fn answer(
        &mut self,
        invitation: &VerifiedInvitation,
        photographs: &[Photograph],
        now: UnixTime,
    ) -> Result<(PendingEnrolment, Vec<Vec<u8>>), Error> {
        let mut draft = invitation.enrol(self.key.public_key());
        for photograph in photographs {
            let jpeg = &photograph.jpeg;
            draft = draft.with_evidence(photograph.kind, "image/jpeg", jpeg, &RUSTCRYPTO)?;
        }
        let pending = draft.prepare(now, &RUSTCRYPTO)?;
        let pending = pending.sign_with(&self.key, &RUSTCRYPTO)?;
        let rng = &mut self.rng;
        let sealed = photographs.iter().enumerate().map(|(index, photograph)| {
            pending.seal(index, photograph.jpeg.clone(), &RUSTCRYPTO, rng)
        });
        let sealed = sealed.collect::<Result<_, _>>()?;
        Ok((pending, sealed))
    }

    pub(crate) fn protection(&mut self) -> Protection {
        self.platform().protection()
    }

    /// Makes the vault, and unlocks it.
    pub(crate) fn set_passcode(&mut self, digits: &str, now: UnixTime) -> Result<Lease, Error> {
        let new = PasscodePolicy::default().accept(digits)?;
        let mut platform = Platform {
            device: &mut self.device,
            store: &mut self.store,
            crypto: &RUSTCRYPTO,
        };
        let (settings, now) = (Settings::default(), since_start(now));
        let (vault, lease) = Vault::create(&new, settings, now, &mut platform, &mut self.rng)?;
        self.vault = Some(vault);
        Ok(lease)
    }

    pub(crate) fn unlock(&mut self, digits: &str, now: UnixTime) -> Result<Lease, Error> {
        let passcode = Passcode::new(digits)?;
        let vault = self.vault.as_mut().ok_or(VaultError::NoVault)?;
        let mut platform = Platform {
            device: &mut self.device,
            store: &mut self.store,
            crypto: &RUSTCRYPTO,
        };
        vault.unlock(&passcode, since_start(now), &mut platform)
    }

    pub(crate) fn tries_left(&mut self) -> Result<u8, Error> {
        let vault = self.vault.as_ref().ok_or(VaultError::NoVault)?;
        let mut platform = Platform {
            device: &mut self.device,
            store: &mut self.store,
            crypto: &RUSTCRYPTO,
        };
        Ok(vault.tries_left(&mut platform)?)
    }

    /// As the next version of the card: an older one does not open any more.
    pub(crate) fn keep_card(&mut self, lease: &Lease, card: &[u8]) -> Fallible<usize> {
        self.version += 1;
        self.keep(lease, ItemKind::Card, CARD, self.version, card)
    }

    pub(crate) fn card(
        &mut self,
        lease: &Lease,
        anchors: &TrustAnchors,
        now: UnixTime,
    ) -> Fallible<Card> {
        let item = self.open(lease, ItemKind::Card, CARD, self.version)?;
        Ok(Card::accept(item.as_bytes(), anchors, &RUSTCRYPTO, now)?)
    }

    pub(crate) fn keep_lent(&mut self, lease: &Lease, lent: &DelegatedCard) -> Fallible<usize> {
        self.lent += 1;
        let name = format!("lent-{}", self.lent);
        self.keep(lease, ItemKind::DelegatedCard, &name, 1, lent.as_bytes())
    }

    fn keep(
        &mut self,
        lease: &Lease,
        kind: ItemKind,
        name: &str,
        version: u64,
        content: &[u8],
    ) -> Fallible<usize> {
        let id = ItemId::new(kind, name.as_bytes())?;
        let sealed = lease.seal(&id, version, content, &RUSTCRYPTO, &mut self.rng)?;
        self.store.replace(name, &sealed)?;
        Ok(sealed.len())
    }

    fn open(
        &mut self,
        lease: &Lease,
        kind: ItemKind,
        name: &str,
        version: u64,
    ) -> Fallible<OpenedItem> {
        let sealed = self.store.read(name)?.ok_or("nothing is kept")?;
        let id = ItemId::new(kind, name.as_bytes())?;
        Ok(lease.open(&id, version, &sealed, &RUSTCRYPTO)?)
    }

    fn platform(&mut self) -> Platform<'_> {
        Platform {
            device: &mut self.device,
            store: &mut self.store,
            crypto: &RUSTCRYPTO,
        }
    }
}

/// Asks until the passcode is right, the tries are used up, or nobody answers. A script has an
/// answer for each try.
pub(crate) fn enter(
    screen: &Screen,
    phone: &mut Phone,
    now: UnixTime,
    script: &[&str],
) -> Fallible<Lease> {
    let (mut script, mut now) = (script.iter(), now);
    loop {
        let scripted = script.next().copied().unwrap_or_default();
        let digits = screen.ask("app", "Passcode:", scripted)?;
        match phone.unlock(&digits, now) {
            Ok(lease) => return Ok(lease),
            Err(Error::Vault(VaultError::WrongPasscode)) => {
                let left = phone.tries_left()?;
                say!("app", "It is another one. {left} tries are left.");
            }
            Err(error @ Error::Vault(VaultError::TooSoon { wait })) => {
                // The story's clock goes on while nobody tries.
                now = unix_time(now.as_secs() + u64::from(wait));
                say!("app", "{} {wait} s pass.", refusal(error));
            }
            Err(
                error @ Error::Vault(VaultError::PasscodeLength | VaultError::PasscodeNotDigits),
            ) => {
                say!("app", "{}", refusal(error));
            }
            Err(error) => return Err(error.into()),
        }
    }
}
