//! Files: a store that replaces whole blobs, and a device that says that it is software.

use std::fs;
use std::path::PathBuf;

use vitacard::crypto::RUSTCRYPTO;
use vitacard::vault::{
    AttemptCounter, DeviceSecret, FileDevice, FileStore, Passcode, Platform, PlatformError,
    Protection, Settings, Vault, VaultStore,
};
use vitacard::{CryptoError, Error, VaultError};

use crate::rig::{OTHER, RIGHT, START, WRONG, new, passcode, refusal, vault_error};
use crate::seeded::Seeded;

/// A folder of its own for each test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("vitacard-vault-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn store(&self) -> FileStore {
        FileStore::open(&self.0).unwrap()
    }

    fn device(&self) -> FileDevice {
        FileDevice::in_store(self.store(), &RUSTCRYPTO)
    }

    /// A new program, which reads all from the files.
    fn with<R>(&self, run: impl FnOnce(&mut Platform<'_>) -> R) -> R {
        run(&mut Platform {
            device: &mut self.device(),
            store: &mut self.store(),
            crypto: &RUSTCRYPTO,
        })
    }

    fn create(&self) {
        self.device().renew(&mut Seeded(3)).unwrap();
        self.with(|platform| {
            let settings = Settings::default();
            Vault::create(&new(RIGHT), settings, START, platform, &mut Seeded(4)).unwrap();
        });
    }

    fn unlock(&self, digits: &Passcode) -> Result<(), Error> {
        self.with(|platform| {
            let mut vault = Vault::open(START, platform)?;
            vault.unlock(digits, START * 2, platform).map(drop)
        })
    }

    fn names(&self) -> Vec<String> {
        let files = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_vault_lives_in_files() {
    let folder = Folder::new("life");
    folder.create();
    assert_eq!(folder.names(), ["device-counter", "device-key", "vault"]);
    folder.unlock(&passcode(RIGHT)).unwrap();
    let old = fs::read(folder.0.join("vault")).unwrap();
    folder.with(|platform| {
        let mut vault = Vault::open(START, platform).unwrap();
        let (old, new) = (passcode(RIGHT), new(OTHER));
        let changed = vault.change_passcode(&old, &new, START, platform, &mut Seeded(5));
        changed.unwrap();
    });
    folder.unlock(&passcode(OTHER)).unwrap();
    fs::write(folder.0.join("vault"), old).unwrap();
    assert_eq!(
        refusal(folder.unlock(&passcode(RIGHT))),
        vault_error(VaultError::OldCopy)
    );
}

#[test]
fn its_tries_are_counted_over_restarts_and_end_it() {
    let folder = Folder::new("tries");
    folder.create();
    for tries in 1..=5 {
        assert_eq!(
            refusal(folder.unlock(&passcode(WRONG))),
            vault_error(VaultError::WrongPasscode)
        );
        assert_eq!(folder.device().tries(), Ok(tries));
    }
    assert_eq!(
        refusal(folder.unlock(&passcode(RIGHT))),
        vault_error(VaultError::Wiped)
    );
    assert_eq!(
        folder.names(),
        ["device-counter", "vault"],
        "the key is gone"
    );
    assert_eq!(
        refusal(folder.unlock(&passcode(RIGHT))),
        vault_error(VaultError::Wiped)
    );
    folder.with(Vault::forget).unwrap();
    assert_eq!(folder.names(), ["device-counter"]);
    // The epoch is remembered.
    folder.create();
    assert_eq!(
        (folder.device().epoch(), folder.device().tries()),
        (Ok(2), Ok(0))
    );
    folder.unlock(&passcode(RIGHT)).unwrap();
}

/// As documented: what is in files alone is undone by a copy of them.
#[test]
fn a_copy_of_all_undoes_the_counter() {
    let folder = Folder::new("copy");
    folder.create();
    let counter = folder.0.join("device-counter");
    let copy = fs::read(&counter).unwrap();
    refusal(folder.unlock(&passcode(WRONG)));
    fs::write(&counter, copy).unwrap();
    assert_eq!(folder.device().tries(), Ok(0));
    let device = folder.device();
    assert_eq!(DeviceSecret::protection(&device), Protection::SoftwareOnly);
    assert_eq!(
        AttemptCounter::protection(&device),
        Protection::SoftwareOnly
    );
    assert_eq!(format!("{device:?}"), "FileDevice");
}

#[test]
fn a_counter_that_is_missing_or_damaged_is_no_fresh_one() {
    for damaged in [None, Some(&b""[..]), Some(&[0; 11]), Some(&[0; 13])] {
        let folder = Folder::new("counter");
        folder.create();
        let counter = folder.0.join("device-counter");
        match damaged {
            Some(bytes) => fs::write(&counter, bytes).unwrap(),
            None => fs::remove_file(&counter).unwrap(),
        }
        let failed = Error::Crypto(CryptoError::AttemptCounter);
        assert_eq!(refusal(folder.unlock(&passcode(RIGHT))), failed);
        let mut device = folder.device();
        assert_eq!(device.reserve(), Err(PlatformError));
        assert_eq!(device.reset(), Err(PlatformError));
        assert_eq!(device.raise_epoch(1), Err(PlatformError));
        assert_eq!(device.renew(&mut Seeded(1)), Err(CryptoError::DeviceSecret));
        // There is a way on.
        folder.with(Vault::forget).unwrap();
        folder.create();
        folder.unlock(&passcode(RIGHT)).unwrap();
    }
}

#[test]
fn a_key_that_is_missing_or_damaged_opens_nothing() {
    // Zeros are left by a loss of power between the two steps of a wipe.
    for damaged in [
        None,
        Some(&b""[..]),
        Some(&[7; 31]),
        Some(&[7; 33]),
        Some(&[0; 32]),
    ] {
        let folder = Folder::new("key");
        folder.create();
        let key = folder.0.join("device-key");
        match damaged {
            Some(bytes) => fs::write(&key, bytes).unwrap(),
            None => fs::remove_file(&key).unwrap(),
        }
        let failed = Error::Crypto(CryptoError::DeviceSecret);
        assert_eq!(refusal(folder.unlock(&passcode(RIGHT))), failed);
        assert_eq!(folder.device().tries(), Ok(0));
        assert!(folder.device().prf(b"guess").is_err());
        // There is a way on.
        folder.with(Vault::forget).unwrap();
        folder.create();
        folder.unlock(&passcode(RIGHT)).unwrap();
    }
}

#[test]
fn a_wiped_device_counts_no_tries_before_it_has_a_vault() {
    let folder = Folder::new("wiped");
    folder.create();
    let mut device = folder.device();
    device.wipe().unwrap();
    assert_eq!(device.reset(), Err(PlatformError));
    assert_eq!(device.reserve(), Ok(u32::MAX));
    device.renew(&mut Seeded(1)).unwrap();
    assert_eq!(
        (device.tries(), device.reserve()),
        (Ok(u32::MAX), Ok(u32::MAX))
    );
}

#[test]
fn threads_share_no_try() {
    let folder = Folder::new("threads");
    folder.device().renew(&mut Seeded(1)).unwrap();
    let mut numbers = std::thread::scope(|scope| {
        let threads = [(); 4].map(|()| {
            let mut device = folder.device();
            scope.spawn(move || [(); 50].map(|()| device.reserve().unwrap()))
        });
        threads.map(|thread| thread.join().unwrap()).concat()
    });
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
    assert_eq!(folder.device().tries(), Ok(200));
}

#[test]
fn an_epoch_only_rises() {
    let folder = Folder::new("epoch");
    folder.create();
    let mut device = folder.device();
    device.raise_epoch(9).unwrap();
    device.raise_epoch(4).unwrap();
    assert_eq!(device.epoch(), Ok(9));
}

#[test]
fn blobs_are_replaced_whole() {
    let folder = Folder::new("blobs");
    let mut store = folder.store();
    assert_eq!(store.read("item"), Ok(None));
    store.replace("item", b"old").unwrap();
    // What a loss of power leaves beside it is not read, and is overwritten.
    fs::write(folder.0.join(".item.new"), b"half of a much longer one").unwrap();
    assert_eq!(store.read("item"), Ok(Some(b"old".to_vec())));
    store.replace("item", b"new").unwrap();
    assert_eq!(store.read("item"), Ok(Some(b"new".to_vec())));
    assert_eq!(folder.names(), ["item"]);
    store.remove("item").unwrap();
    store.remove("item").unwrap();
    assert_eq!(store.read("item"), Ok(None));
}

#[test]
fn names_lead_nowhere_else() {
    let folder = Folder::new("names");
    let mut store = folder.store();
    let long = "a".repeat(65);
    for name in [
        "",
        ".",
        "..",
        "../vault",
        "a/b",
        "a\\b",
        "/etc/passwd",
        ".item.new",
        "ä",
        "a b",
        "a\0",
        &long,
    ] {
        assert_eq!(store.read(name), Err(PlatformError), "{name:?}");
        assert_eq!(store.replace(name, b"x"), Err(PlatformError), "{name:?}");
        assert_eq!(store.remove(name), Err(PlatformError), "{name:?}");
    }
    assert_eq!(folder.names(), Vec::<String>::new());
    store.replace("Card-1_b.sealed", b"x").unwrap();
}

#[cfg(unix)]
#[test]
fn files_are_their_owners() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("modes");
    folder.create();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.0), 0o700);
    for name in folder.names() {
        assert_eq!(mode(&folder.0.join(name)), 0o600);
    }
}

#[cfg(unix)]
#[test]
fn a_store_that_cannot_be_written_says_so() {
    let folder = Folder::new("missing");
    folder.create();
    let (mut store, mut device) = (folder.store(), folder.device());
    fs::remove_dir_all(&folder.0).unwrap();
    assert_eq!(store.replace("vault", b"x"), Err(PlatformError));
    assert_eq!(store.read("vault"), Ok(None));
    assert_eq!(device.reserve(), Err(PlatformError));
    // A file where the folder should be.
    fs::write(&folder.0, b"").unwrap();
    assert!(FileStore::open(&folder.0).is_err());
    fs::remove_file(&folder.0).unwrap();
}

/// In a folder that others may write: what lies beside a blob is not written through, and gets no
/// bytes of it.
#[cfg(unix)]
#[test]
fn what_lies_beside_a_blob_is_removed() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let (folder, elsewhere) = (Folder::new("beside"), Folder::new("beside-elsewhere"));
    drop((folder.store(), elsewhere.store()));
    let victim = elsewhere.0.join("victim");
    fs::write(&victim, b"precious").unwrap();
    symlink(&victim, folder.0.join(".vault.new")).unwrap();
    folder.store().replace("vault", b"bytes").unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert_eq!(fs::read(folder.0.join("vault")).unwrap(), b"bytes");
    // A file that all may read does not become the key.
    let beside = folder.0.join(".device-key.new");
    fs::write(&beside, b"").unwrap();
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o666)).unwrap();
    folder.device().renew(&mut Seeded(1)).unwrap();
    let key = fs::metadata(folder.0.join("device-key")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

/// A link in the place of a blob is not read, and what it names is neither written nor zeroed.
#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let (folder, elsewhere) = (Folder::new("links"), Folder::new("links-elsewhere"));
    folder.create();
    drop(elsewhere.store());
    let victim = elsewhere.0.join("victim");
    fs::write(&victim, [7; 32]).unwrap();
    for name in ["item", "device-key"] {
        let _ = fs::remove_file(folder.0.join(name));
        symlink(&victim, folder.0.join(name)).unwrap();
        assert_eq!(folder.store().read(name), Err(PlatformError));
    }
    assert!(folder.device().prf(b"guess").is_err());
    folder.store().replace("item", b"bytes").unwrap();
    folder.device().wipe().unwrap();
    assert_eq!(fs::read(&victim).unwrap(), [7; 32]);
    assert_eq!(folder.names(), ["device-counter", "item", "vault"]);
}

#[test]
fn a_blob_has_a_limit() {
    let folder = Folder::new("limit");
    let mut store = folder.store();
    let most = vec![7; 1 << 20];
    store.replace("item", &most).unwrap();
    assert_eq!(store.read("item").unwrap().unwrap(), most);
    let more = [&most[..], &[7]].concat();
    assert_eq!(store.replace("item", &more), Err(PlatformError));
    assert_eq!(store.read("item").unwrap().unwrap(), most);
    fs::write(folder.0.join("item"), &more).unwrap();
    assert_eq!(store.read("item"), Err(PlatformError));
}
