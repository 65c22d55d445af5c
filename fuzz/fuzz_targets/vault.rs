//! Vault files, of which none opens that was not made here.
#![no_main]

use std::time::Duration;

use vitacard::Error;
use vitacard::crypto::{RUSTCRYPTO, Secret};
use vitacard::vault::{AttemptCounter, MemoryStore, Passcode, Platform, SoftwareDevice, Vault};

vitacard_fuzz::target!(run);

/// Each is parsed, and tried once; what parses answers with an error, and counts.
fn run(bytes: &[u8]) {
    let Ok(mut vault) = Vault::parse(bytes, Duration::ZERO) else {
        return;
    };
    let mut device = SoftwareDevice::with_key(Secret::new([0; 32]), &RUSTCRYPTO);
    let passcode = Passcode::new("8305").expect("four digits");
    let result = vault.unlock(
        &passcode,
        Duration::ZERO,
        &mut Platform {
            device: &mut device,
            store: &mut MemoryStore::default(),
            crypto: &RUSTCRYPTO,
        },
    );
    match result {
        Err(Error::Vault(_)) => assert_eq!(device.tries(), Ok(1)),
        // Argon2id, which is not built here.
        Err(_) => assert_eq!(device.tries(), Ok(0)),
        Ok(_) => panic!("it was not made here"),
    }
}
