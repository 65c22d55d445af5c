use std::format;

use super::*;
use crate::crypto::{RUSTCRYPTO, SoftwareAgreementKey};
use crate::vectors::{annex_d, annex_d_key};

fn direction(counter: Option<u32>) -> Direction {
    Direction {
        counter,
        ..Direction::new(Secret::new([7; 32]), DEVICE_ID, RUSTCRYPTO.aead)
    }
}

#[test]
fn annex_d_keys_from_both_ends() {
    let Some(bytes) = annex_d("D.5.1_session_transcript_bytes") else {
        return;
    };
    let key = |name| SoftwareAgreementKey::from_bytes(&annex_d_key(name).unwrap()).unwrap();
    let (device, reader) = (key("ephemeral_device_key"), key("ephemeral_reader_key"));
    let zab = device.agree(&reader.public_key()).unwrap();
    assert!(zab.ct_eq(&annex_d("D.5.1_SKReader_Zab").unwrap()));
    assert!(zab.ct_eq(&annex_d("D.5.1_SKDevice_Zab").unwrap()));
    let transcript = SessionTranscript::given(&bytes).unwrap();
    let ends = [
        (
            End::Holder,
            &device,
            reader.public_key(),
            "D.5.1_SKDevice_key",
            "D.5.1_SKReader_key",
        ),
        (
            End::Reader,
            &reader,
            device.public_key(),
            "D.5.1_SKReader_key",
            "D.5.1_SKDevice_key",
        ),
    ];
    for (end, agreement, peer, ours, theirs) in ends {
        let (seal, open) = derive(end, agreement, &peer, &transcript, &RUSTCRYPTO).unwrap();
        assert!(seal.0.key.ct_eq(&annex_d(ours).unwrap()));
        assert!(open.0.key.ct_eq(&annex_d(theirs).unwrap()));
    }
}

#[test]
fn nonces_count_from_one() {
    let mut direction = direction(Some(1));
    assert_eq!(
        direction.next_nonce(),
        Ok([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1])
    );
    assert_eq!(
        direction.next_nonce(),
        Ok([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2])
    );
}

#[test]
fn g04_a_counter_never_wraps() {
    let mut direction = direction(Some(u32::MAX));
    let last = [0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(direction.next_nonce(), Ok(last));
    for _ in 0..2 {
        assert_eq!(direction.next_nonce(), Err(SessionError::CounterExhausted));
    }
    let mut seal = SealKey(direction);
    let exhausted = Error::from(SessionError::CounterExhausted);
    assert_eq!(seal.seal(b"message"), Err(exhausted));
    let mut open = OpenKey(self::direction(None));
    assert_eq!(open.open(&[0; 32]), Err(SessionError::CounterExhausted));
}

#[test]
fn keys_do_not_show() {
    let shown = format!("{:?}", SealKey(direction(Some(3))));
    assert_eq!(shown, "SealKey(Secret(32 bytes), next Some(3))");
}
