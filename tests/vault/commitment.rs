//! One try tests one passcode, whatever the file: GCM alone does not see to that.

use vitacard::VaultError;
use vitacard::crypto::{Aead, CryptoError, CryptoProvider, RUSTCRYPTO, Secret};
use vitacard::vault::Platform;

use crate::rig::{
    Derived, LATER, OTHER, Parts, RIGHT, Rig, START, WRONG, passcode, refusal, vault_error,
};

/// What GCM counts in: GF(2^128), the first bit of a block highest.
fn times(x: u128, y: u128) -> u128 {
    const POLYNOMIAL: u128 = 0xe1 << 120;
    let (mut product, mut y) = (0, y);
    for bit in (0..128).rev() {
        if x >> bit & 1 == 1 {
            product ^= y;
        }
        y = y >> 1 ^ if y & 1 == 1 { POLYNOMIAL } else { 0 };
    }
    product
}

const ONE: u128 = 1 << 127;

fn square_root(x: u128) -> u128 {
    (0..127).fold(x, |x, _| times(x, x))
}

/// x^(2^128 - 2).
fn inverse(x: u128) -> u128 {
    let (mut power, mut result) = (x, ONE);
    for _ in 0..127 {
        power = times(power, power);
        result = times(result, power);
    }
    result
}

/// What GCM does with one key and nonce, found out by sealing nothing.
struct Gcm {
    h: u128,
    mask: u128,
}

impl Gcm {
    fn of(key: &Secret<32>, nonce: &[u8; 12]) -> Self {
        let tag = |aad: &[u8]| {
            let mut tag = Vec::new();
            RUSTCRYPTO.aead.seal(key, nonce, aad, &mut tag).unwrap();
            u128::from_be_bytes(tag.try_into().unwrap())
        };
        let difference = tag(&[0; 16]) ^ tag(&ONE.to_be_bytes());
        Self {
            h: square_root(difference),
            mask: tag(b""),
        }
    }

    fn tag(&self, aad: &[u8], ciphertext: &[u8; 32]) -> u128 {
        let lengths = (aad.len() as u128 * 8) << 64 | 256;
        let mut blocks: Vec<u128> = aad.chunks(16).map(block).collect();
        blocks.extend(ciphertext.chunks(16).map(block));
        blocks.push(lengths);
        let sum = blocks
            .iter()
            .fold(0, |sum, block| times(sum ^ block, self.h));
        sum ^ self.mask
    }
}

fn block(bytes: &[u8]) -> u128 {
    let mut block = [0; 16];
    block[..bytes.len()].copy_from_slice(bytes);
    u128::from_be_bytes(block)
}

/// 32 bytes and a tag that open under both keys.
fn ambiguous(keys: [&Secret<32>; 2], nonce: &[u8; 12], aad: &[u8]) -> Vec<u8> {
    let [a, b] = keys.map(|key| Gcm::of(key, nonce));
    let cubed = |x| times(times(x, x), x);
    // The first block is multiplied by h³, and the tags are linear in it.
    let difference = a.tag(aad, &[0; 32]) ^ b.tag(aad, &[0; 32]);
    let first = times(difference, inverse(cubed(a.h) ^ cubed(b.h)));
    let mut ciphertext = [0; 32];
    ciphertext[..16].copy_from_slice(&first.to_be_bytes());
    let tag = a.tag(aad, &ciphertext);
    assert_eq!(tag, b.tag(aad, &ciphertext));
    [&ciphertext[..], &tag.to_be_bytes()].concat()
}

/// A file that GCM opens with either of two passcodes.
fn crafted(rig: &mut Rig, commitment: Option<[u8; 32]>) -> Parts {
    let mut parts = Parts::of(&rig.file().unwrap());
    let [a, b] = [RIGHT, WRONG].map(|digits| Derived::of(&parts, digits).kek());
    parts.commitment = commitment.map_or_else(Vec::new, Vec::from);
    parts.wrapped = ambiguous([&a, &b], &parts.nonce, &parts.aad());
    for kek in [a, b] {
        let mut data = parts.wrapped.clone();
        let opened = RUSTCRYPTO
            .aead
            .open(&kek, &parts.nonce, &parts.aad(), &mut data);
        assert_eq!(opened, Ok(()), "GCM is not key-committing");
        assert_eq!(data.len(), 32);
    }
    parts
}

#[test]
fn a_crafted_file_tests_one_passcode_in_one_try() {
    let (mut rig, _) = Rig::with_vault();
    let original = Parts::of(&rig.file().unwrap());
    for (committed, other) in [(RIGHT, WRONG), (WRONG, RIGHT)] {
        let commitment = Derived::of(&original, committed).commitment();
        rig.put(&original.to_bytes());
        let parts = crafted(&mut rig, Some(commitment));
        rig.put(&parts.to_bytes());
        let error = refusal(rig.try_stored(other));
        assert_eq!(error, vault_error(VaultError::WrongPasscode));
        assert_eq!(rig.tries(), 1);
        rig.try_stored(committed).unwrap();
    }
    // One that commits to neither opens for neither.
    for commitment in [[0; 32], Derived::of(&original, OTHER).commitment()] {
        rig.put(&original.to_bytes());
        let parts = crafted(&mut rig, Some(commitment));
        rig.put(&parts.to_bytes());
        for digits in [RIGHT, WRONG] {
            let error = refusal(rig.try_stored(digits));
            assert_eq!(error, vault_error(VaultError::WrongPasscode));
        }
    }
}

#[test]
fn a_file_without_a_commitment_is_none() {
    let (mut rig, _) = Rig::with_vault();
    let parts = crafted(&mut rig, None);
    rig.put(&parts.to_bytes());
    assert_eq!(
        refusal(rig.try_stored(RIGHT)),
        vault_error(VaultError::VaultMalformed)
    );
    assert_eq!(rig.tries(), 0);
}

/// Decrypts whatever it is given.
#[derive(Debug)]
struct Believing;

impl Aead for Believing {
    fn seal(
        &self,
        _: &Secret<32>,
        _: &[u8; 12],
        _: &[u8],
        _: &mut Vec<u8>,
    ) -> Result<(), CryptoError> {
        Err(CryptoError::Encryption)
    }

    fn open(
        &self,
        _: &Secret<32>,
        _: &[u8; 12],
        _: &[u8],
        in_out: &mut Vec<u8>,
    ) -> Result<(), CryptoError> {
        in_out.truncate(32);
        Ok(())
    }
}

/// The commitment is compared before GCM is asked, and without its help.
#[test]
fn the_commitment_stands_before_gcm() {
    static BELIEVING: CryptoProvider = CryptoProvider {
        aead: &Believing,
        ..RUSTCRYPTO
    };
    let (mut rig, mut vault) = Rig::with_vault();
    let mut platform = Platform {
        crypto: &BELIEVING,
        ..rig.platform()
    };
    let result = vault.unlock(&passcode(WRONG), START, &mut platform);
    assert_eq!(refusal(result), vault_error(VaultError::WrongPasscode));
    vault
        .unlock(&passcode(RIGHT), START, &mut platform)
        .unwrap();
}

/// A commitment that differs and a tag that fails are one error.
#[test]
fn a_wrong_tag_says_no_more_than_a_wrong_passcode() {
    let (mut rig, _) = Rig::with_vault();
    let file = rig.file().unwrap();
    for from_end in 1..=48 {
        let mut altered = file.clone();
        let at = altered.len() - from_end;
        altered[at] ^= 1;
        rig.put(&altered);
        rig.device.inner = crate::rig::device();
        assert_eq!(
            refusal(rig.try_stored(RIGHT)),
            vault_error(VaultError::WrongPasscode)
        );
        assert_eq!(rig.tries(), 1);
    }
    rig.put(&file);
    let mut vault = rig.open(START).unwrap();
    rig.unlock(&mut vault, RIGHT, START + LATER).unwrap();
}
