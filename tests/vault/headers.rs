//! Nothing in a header is authentic before it was used: an edited one opens nothing, and tells nothing.

use proptest::prelude::*;
use vitacard::vault::{Settings, Vault};
use vitacard::{Error, Misuse, VaultError};

use crate::rig::{Call, LATER, Parts, RIGHT, Rig, START, WRONG, device, refusal, vault_error};

const VAULT_ID: &[u8] = &[0x11; 16];
const SALT: &[u8] = &[0x22; 16];

/// The fields of a header, each as it is encoded.
#[derive(Clone)]
struct Fields([Vec<u8>; 6]);

impl Fields {
    fn of(header: &[u8]) -> Self {
        Self([
            header[2..3].to_vec(),
            header[4..21].to_vec(),
            header[22..39].to_vec(),
            header[40..41].to_vec(),
            header[42..43].to_vec(),
            header[44..].to_vec(),
        ])
    }

    fn with(&self, field: usize, value: &[u8]) -> Self {
        let mut edited = self.clone();
        edited.0[field - 1] = value.to_vec();
        edited
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0xa6];
        for (key, value) in (1..).zip(&self.0) {
            bytes.push(key);
            bytes.extend(value);
        }
        bytes
    }
}

fn bstr(bytes: &[u8]) -> Vec<u8> {
    [&[0x50], bytes].concat()
}

/// A rig with a vault whose header is `edit` of its own.
fn edited(edit: impl Fn(&Fields) -> Fields) -> Rig {
    let (mut rig, _) = Rig::with_vault();
    let mut parts = Parts::of(&rig.file().unwrap());
    let fields = Fields::of(&parts.header);
    assert_eq!(fields.to_bytes(), parts.header);
    parts.header = edit(&fields).to_bytes();
    rig.put(&parts.to_bytes());
    rig
}

/// Each field to another value that the format allows: the right passcode and a wrong one have one
/// answer, and each costs a try.
#[test]
fn an_edited_header_opens_nothing_and_tells_nothing() {
    let edits: &[(usize, Vec<u8>)] = &[
        (2, bstr(VAULT_ID)),
        (3, bstr(SALT)),
        (4, vec![0x83, 8, 1, 1]),
        (4, vec![0x83, 0x18, 64, 2, 1]),
        (5, vec![4]),
        (5, vec![6]),
        (5, vec![10]),
        (6, vec![2]),
        (
            6,
            vec![0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
    ];
    for (field, value) in edits {
        if *field == 4 && !cfg!(feature = "argon2") {
            continue;
        }
        for digits in [RIGHT, WRONG] {
            let mut rig = edited(|fields| fields.with(*field, value));
            let error = refusal(rig.try_stored(digits));
            assert_eq!(
                error,
                vault_error(VaultError::WrongPasscode),
                "{field} {value:?}"
            );
            assert_eq!((rig.tries(), rig.epoch()), (1, 1));
        }
    }
}

/// Raised to 10 tries, a file has each of them answered with no; the genuine one is wiped then.
#[test]
fn a_raised_limit_gains_nothing() {
    let (mut rig, _) = Rig::with_vault();
    let file = rig.file().unwrap();
    let mut parts = Parts::of(&file);
    parts.header = Fields::of(&parts.header).with(5, &[10]).to_bytes();
    rig.put(&parts.to_bytes());
    for tries in 1..=10 {
        assert_eq!(
            refusal(rig.try_stored(RIGHT)),
            vault_error(VaultError::WrongPasscode)
        );
        assert_eq!(rig.tries(), tries);
    }
    rig.put(&file);
    assert_eq!(
        refusal(rig.try_stored(RIGHT)),
        vault_error(VaultError::Wiped)
    );
}

#[test]
fn a_lowered_epoch_is_an_old_copy() {
    let mut rig = edited(|fields| fields.with(6, &[0]));
    assert_eq!(
        refusal(rig.try_stored(RIGHT)),
        vault_error(VaultError::OldCopy)
    );
    assert_eq!(rig.tries(), 0);
}

/// A header that asks for too much is refused before anything is done for it.
#[test]
fn limits_are_refused_before_use() {
    let m = |m: u32| [&[0x83, 0x1a][..], &m.to_be_bytes(), &[1, 1]].concat();
    let over: &[(usize, Vec<u8>)] = &[
        (4, m(262_145)),
        (4, m(u32::MAX)),
        (4, vec![0x83, 0x1b, 0, 0, 0, 1, 0, 0, 0, 64, 1, 1]),
        (4, vec![0x83, 8, 11, 1]),
        (4, vec![0x83, 0x18, 64, 1, 5]),
        (4, vec![0x83, 7, 1, 1]),
        (4, vec![0x83, 0x18, 31, 1, 4]),
        (4, vec![0x83, 0, 1, 1]),
        (4, vec![0x83, 8, 0, 1]),
        (4, vec![0x83, 8, 1, 0]),
        (5, vec![0]),
        (5, vec![11]),
        (5, vec![0x18, 255]),
        (5, vec![0x19, 1, 5]),
    ];
    for (field, value) in over {
        let mut rig = edited(|fields| fields.with(*field, value));
        let asked = rig.count(Call::Prf);
        assert_eq!(
            refusal(rig.open(START)),
            vault_error(VaultError::VaultLimits),
            "{value:?}"
        );
        assert_eq!((rig.tries(), rig.count(Call::Prf)), (0, asked));
    }
    let within: &[(usize, Vec<u8>)] = &[
        (4, m(262_144)),
        (4, vec![0x83, 0x18, 32, 10, 4]),
        (5, vec![1]),
        (5, vec![10]),
    ];
    for (field, value) in within {
        edited(|fields| fields.with(*field, value))
            .open(START)
            .unwrap();
    }
}

#[test]
fn settings_have_the_same_limits() {
    let settings = Settings::default();
    for (m, t, p) in [
        (262_145, 1, 1),
        (8, 11, 1),
        (64, 1, 5),
        (7, 1, 1),
        (8, 0, 1),
        (8, 1, 0),
    ] {
        assert_eq!(settings.with_argon2id(m, t, p), Err(Misuse::VaultSettings));
    }
    settings.with_argon2id(262_144, 10, 4).unwrap();
    for tries in [0, 11, 255] {
        assert_eq!(settings.with_max_tries(tries), Err(Misuse::VaultSettings));
    }
    assert_eq!(settings.max_tries(), 5);
}

/// There is one encoding of a header, and one form of a file.
#[test]
fn other_forms_are_refused() {
    let edits: &[(usize, Vec<u8>)] = &[
        (1, vec![2]),
        (1, vec![0]),
        (1, vec![0x18, 1]),
        (1, vec![0xf6]),
        (2, [&[0x4f][..], &VAULT_ID[1..]].concat()),
        (2, [&[0x51, 0][..], VAULT_ID].concat()),
        (2, [&[0x58, 16][..], VAULT_ID].concat()),
        (2, [&[0x70][..], VAULT_ID].concat()),
        (3, [&[0x4f][..], &SALT[1..]].concat()),
        (4, vec![0xf7]),
        (4, vec![0xf4]),
        (4, vec![0x80]),
        (4, vec![0x82, 8, 1]),
        (4, vec![0x84, 8, 1, 1, 1]),
        (4, vec![0x83, 8, 1, 0xf6]),
        (4, vec![0x83, 8, 0x18, 1, 1]),
        (5, vec![0x20]),
        (5, vec![0xf6]),
        (5, vec![0x18, 5]),
        (6, vec![0x20]),
        (6, vec![0x18, 1]),
        (6, vec![1, 7, 1]),
        (6, vec![1, 0]),
    ];
    for (field, value) in edits {
        let mut rig = edited(|fields| fields.with(*field, value));
        let error = refusal(rig.open(START));
        assert_eq!(
            error,
            vault_error(VaultError::VaultMalformed),
            "{field} {value:?}"
        );
    }
    let (mut rig, _) = Rig::with_vault();
    let parts = Parts::of(&rig.file().unwrap());
    let Fields([version, vault_id, salt, costs, tries, epoch]) = Fields::of(&parts.header);
    let swapped = [
        &[0xa6, 2][..],
        &vault_id,
        &[1],
        &version,
        &[3],
        &salt,
        &[4],
        &costs,
        &[5],
        &tries,
        &[6],
        &epoch,
    ];
    let missing = [
        &[0xa5, 1][..],
        &version,
        &[2],
        &vault_id,
        &[3],
        &salt,
        &[4],
        &costs,
        &[5],
        &tries,
    ];
    let twice = [
        &[0xa7, 1][..],
        &version,
        &[2],
        &vault_id,
        &[3],
        &salt,
        &[4],
        &costs,
        &[5],
        &tries,
        &[6],
        &epoch,
        &[6],
        &epoch,
    ];
    let unknown = [
        &[0xa7, 1][..],
        &version,
        &[2],
        &vault_id,
        &[3],
        &salt,
        &[4],
        &costs,
        &[5],
        &tries,
        &[6],
        &epoch,
        &[7],
        &epoch,
    ];
    for header in [
        swapped.concat(),
        missing.concat(),
        twice.concat(),
        unknown.concat(),
        vec![],
    ] {
        let file = Parts {
            header,
            ..parts.clone()
        };
        let error = Vault::parse(&file.to_bytes(), START).unwrap_err();
        assert_eq!(error, VaultError::VaultMalformed);
    }
}

#[test]
fn a_file_of_another_length_is_refused() {
    let (mut rig, _) = Rig::with_vault();
    let file = rig.file().unwrap();
    for length in 0..file.len() {
        let error = Vault::parse(&file[..length], START).unwrap_err();
        assert_eq!(error, VaultError::VaultMalformed, "{length}");
    }
    let longer = [&file[..], &[0]].concat();
    assert_eq!(
        Vault::parse(&longer, START).unwrap_err(),
        VaultError::VaultMalformed
    );
    for length in [0, 1, 44, 46, 47, 200, u32::MAX] {
        let mut file = file.clone();
        file[..4].copy_from_slice(&length.to_be_bytes());
        assert_eq!(
            Vault::parse(&file, START).unwrap_err(),
            VaultError::VaultMalformed,
            "{length}"
        );
    }
}

proptest! {
    /// Whatever the bytes: no panic, and nothing opens.
    #[test]
    fn any_bytes_open_nothing(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let _ = Vault::parse(&bytes, START);
        let (mut rig, _) = Rig::with_vault();
        let genuine = rig.file().unwrap();
        let mut file = genuine.clone();
        for (at, byte) in places {
            file[at.index(genuine.len())] = byte;
        }
        rig.put(&file);
        // Without Argon2id of 256 MiB in each of them.
        let costly = file.get(43..45) != genuine.get(43..45);
        prop_assume!(file != genuine && !costly);
        prop_assert!(rig.try_stored(RIGHT).is_err());
    }
}

/// Each bit of a file turned: it never opens, and what is answered is counted.
#[test]
fn no_bit_is_free() {
    let (mut rig, _) = Rig::with_vault();
    let file = rig.file().unwrap();
    for bit in 0..file.len() * 8 {
        let mut altered = file.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        rig.put(&altered);
        rig.device.inner = device();
        rig.platform().device.raise_epoch(1).unwrap();
        let error = refusal(rig.try_stored(RIGHT));
        let answered = match error {
            Error::Vault(VaultError::WrongPasscode) => 1,
            Error::Vault(
                VaultError::VaultMalformed | VaultError::VaultLimits | VaultError::OldCopy,
            ) => 0,
            error => panic!("bit {bit}: {error:?}"),
        };
        assert_eq!(rig.tries(), answered, "bit {bit}");
    }
    rig.put(&file);
    let mut vault = rig.open(START).unwrap();
    rig.unlock(&mut vault, RIGHT, START + LATER).unwrap();
}

/// A vault made with Argon2id is refused where there is none, and costs no try.
#[cfg(not(feature = "argon2"))]
#[test]
fn without_argon2id_no_try_is_spent() {
    use vitacard::CryptoError;
    let mut rig = edited(|fields| fields.with(4, &[0x83, 8, 1, 1]));
    let missing = Error::Crypto(CryptoError::Unavailable);
    assert_eq!(refusal(rig.try_stored(RIGHT)), missing);
    assert_eq!(rig.tries(), 0);
    let settings = Settings::default().with_argon2id(8, 1, 1).unwrap();
    assert_eq!(refusal(Rig::new().create_with(RIGHT, settings)), missing);
}

#[cfg(feature = "argon2")]
#[test]
fn with_argon2id_a_vault_opens_and_changes() {
    use crate::rig::OTHER;
    let mut rig = Rig::new();
    let settings = Settings::default().with_argon2id(64, 2, 2).unwrap();
    let (mut vault, _) = rig.create_with(RIGHT, settings).unwrap();
    assert_eq!(
        refusal(rig.unlock(&mut vault, WRONG, START)),
        vault_error(VaultError::WrongPasscode)
    );
    rig.change(&mut vault, RIGHT, OTHER).unwrap();
    let header = Parts::of(&rig.file().unwrap()).header;
    assert_eq!(header[39..45], [4, 0x83, 0x18, 64, 2, 2]);
    rig.try_stored(OTHER).unwrap();
    assert_eq!(
        refusal(rig.try_stored(RIGHT)),
        vault_error(VaultError::WrongPasscode)
    );
}
