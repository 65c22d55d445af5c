//! Session, transcript and replay, and the keys of a session (F7).

use ciborium::Value;
use proptest::prelude::*;
use vitacard::crypto::{
    AgreementKey, CryptoError, PublicKey, RUSTCRYPTO, SecureRandom, SoftwareAgreementKey,
};
use vitacard::session::{
    BleOob, Carrier, Channel, DeviceEngagement, Engagement, Handover, HandoverSelect, LeRole,
    Reading, Received, refusal,
};
use vitacard::{DecodeErrorKind, Error, Misuse, SessionError};

/// Draws that never repeat, and are the same in each run.
struct Draws(u8);

impl SecureRandom for Draws {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        self.0 += 1;
        out.fill(self.0);
        Ok(())
    }
}

fn key(scalar: u8) -> Box<dyn AgreementKey> {
    Box::new(SoftwareAgreementKey::from_bytes(&[scalar; 32]).unwrap())
}

fn engagement(scalar: u8) -> Engagement {
    Engagement::new(&[], &RUSTCRYPTO, &mut Draws(scalar)).unwrap()
}

fn reading(engagement: &Engagement, scalar: u8) -> Reading {
    let bytes = engagement.as_bytes();
    Reading::with_key(bytes, Handover::Qr, key(scalar), &RUSTCRYPTO).unwrap()
}

/// The holder's and the reader's end of a session, after its first message.
fn session() -> (Channel, Channel) {
    let engagement = engagement(1);
    let (reader, message) = reading(&engagement, 9).establish(b"request").unwrap();
    let (holder, _) = engagement
        .receive(&message, Handover::Qr, &RUSTCRYPTO)
        .unwrap();
    (holder, reader)
}

fn received(engagement: Engagement, message: &[u8], handover: Handover<'_>) -> Result<(), Error> {
    engagement.receive(message, handover, &RUSTCRYPTO).map(drop)
}

fn opened(channel: Channel, message: &[u8]) -> Result<(), Error> {
    channel.open(message).map(drop)
}

fn to_vec(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).unwrap();
    out
}

fn message(fields: &[(&str, Value)]) -> Vec<u8> {
    let fields = fields
        .iter()
        .map(|(name, value)| ((*name).into(), value.clone()));
    to_vec(&Value::Map(fields.collect()))
}

/// SessionEstablishment with `y` as the second coordinate of `public`.
fn establishment(public: &PublicKey, y: Value) -> Vec<u8> {
    let x = Value::Bytes(public.as_bytes()[1..33].to_vec());
    let key = Value::Map(vec![
        (1.into(), 2.into()),
        ((-1).into(), 1.into()),
        ((-2).into(), x),
        ((-3).into(), y),
    ]);
    let key = Value::Tag(24, Box::new(Value::Bytes(to_vec(&key))));
    message(&[("eReaderKey", key), ("data", Value::Bytes(vec![0; 40]))])
}

fn decode_kind(result: Result<(), Error>) -> DecodeErrorKind {
    match result {
        Err(Error::Decode(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

const DECRYPT: Result<(), Error> = Err(Error::Session(SessionError::Decrypt));

#[test]
fn f07_off_curve_reader_key() {
    let mut y = key(9).public_key().as_bytes()[33..].to_vec();
    y[31] ^= 1;
    let message = establishment(&key(9).public_key(), Value::Bytes(y));
    let refused = received(engagement(1), &message, Handover::Qr);
    assert_eq!(decode_kind(refused), DecodeErrorKind::BadKey);
}

#[test]
fn f07_compressed_reader_key() {
    let public = key(9).public_key();
    let odd = public.as_bytes()[64] & 1 == 1;
    let message = establishment(&public, Value::Bool(odd));
    let refused = received(engagement(1), &message, Handover::Qr);
    assert_eq!(decode_kind(refused), DecodeErrorKind::BadKey);
}

#[test]
fn f07_off_curve_device_key() {
    let mut bytes = engagement(1).as_bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let refused = Reading::new(&bytes, Handover::Qr, &RUSTCRYPTO, &mut Draws(8)).map(drop);
    assert_eq!(decode_kind(refused), DecodeErrorKind::BadKey);
}

#[test]
fn g01_transcript_of_another_session() {
    let (_, message) = reading(&engagement(1), 9).establish(b"request").unwrap();
    assert_eq!(received(engagement(2), &message, Handover::Qr), DECRYPT);
}

#[test]
fn g01_response_of_another_session() {
    let (holder, _) = session();
    let (_, message) = holder.seal(b"response").unwrap();
    let (reader, _) = reading(&engagement(1), 8).establish(b"request").unwrap();
    assert_eq!(opened(reader, &message), DECRYPT);
}

/// The engagement of `scalar`, with its map's head longer than it need be.
fn widened(scalar: u8) -> Vec<u8> {
    let bytes = engagement(scalar).as_bytes().to_vec();
    assert_eq!(bytes[0], 0xa2);
    [&[0xb8, 2], &bytes[1..]].concat()
}

#[test]
fn g02_reencoded_engagement() {
    // Both ends hash what was sent, however it was encoded.
    let sent = widened(1);
    let holder = || Engagement::given(key(2), &sent).unwrap();
    let answer = |bytes: &[u8]| {
        let reading = Reading::with_key(bytes, Handover::Qr, key(9), &RUSTCRYPTO).unwrap();
        reading.establish(b"request").unwrap().1
    };
    assert_eq!(received(holder(), &answer(&sent), Handover::Qr), Ok(()));
    // A reader that encodes anew ends here.
    let anew = [&[0xa2], &sent[2..]].concat();
    DeviceEngagement::parse(&anew).unwrap();
    assert_eq!(received(holder(), &answer(&anew), Handover::Qr), DECRYPT);
}

#[test]
fn g02_reencoded_reader_key() {
    let (_, message) = reading(&engagement(1), 9).establish(b"request").unwrap();
    let at = message
        .windows(2)
        .position(|two| two == [0xd8, 0x18])
        .unwrap();
    let wide = [&message[..at], &[0xd9, 0, 0x18], &message[at + 2..]].concat();
    assert_eq!(received(engagement(1), &message, Handover::Qr), Ok(()));
    assert_eq!(received(engagement(1), &wide, Handover::Qr), DECRYPT);
}

#[test]
fn g03_qr_transcript_for_nfc() {
    let ble = Carrier::Ble(BleOob::new(LeRole::Central, [7; 16]));
    let select = engagement(1).to_handover_select(&[ble]).unwrap();
    let nfc = Handover::Nfc {
        select: &select,
        request: None,
    };
    let (_, message) = reading(&engagement(1), 9).establish(b"request").unwrap();
    assert_eq!(received(engagement(1), &message, nfc), DECRYPT);
    let reading = Reading::from_nfc(&select, None, &RUSTCRYPTO, &mut Draws(8)).unwrap();
    let (_, message) = reading.establish(b"request").unwrap();
    assert_eq!(received(engagement(1), &message, nfc), Ok(()));
    assert_eq!(received(engagement(1), &message, Handover::Qr), DECRYPT);
}

#[test]
fn g03_handover_messages_swapped() {
    let ble = Carrier::Ble(BleOob::new(LeRole::Central, [7; 16]));
    let select = engagement(1).to_handover_select(&[ble]).unwrap();
    let request = b"request".as_slice();
    let reading = Reading::from_nfc(&select, Some(request), &RUSTCRYPTO, &mut Draws(8)).unwrap();
    let (_, message) = reading.establish(b"request").unwrap();
    let handovers = [
        (&select[..], Some(request), Ok(())),
        (request, Some(&select[..]), DECRYPT),
        (&select[..], None, DECRYPT),
    ];
    for (select, request, expected) in handovers {
        let handover = Handover::Nfc { select, request };
        assert_eq!(received(engagement(1), &message, handover), expected);
    }
    let swapped = Reading::from_nfc(request, Some(&select), &RUSTCRYPTO, &mut Draws(8));
    assert_eq!(decode_kind(swapped.map(drop)), DecodeErrorKind::BadNdef);
    assert!(HandoverSelect::parse(&select).is_ok());
}

#[test]
fn g04_replayed_message() {
    let (holder, reader) = session();
    let (_, message) = holder.seal(b"response").unwrap();
    let (reader, _) = reader.open(&message).unwrap();
    assert_eq!(opened(reader, &message), DECRYPT);
}

#[test]
fn g04_skipped_message() {
    let (holder, reader) = session();
    let (holder, _) = holder.seal(b"first").unwrap();
    let (_, second) = holder.seal(b"second").unwrap();
    assert_eq!(opened(reader, &second), DECRYPT);
}

#[test]
fn g04_first_message_is_not_opened_again_as_data() {
    let engagement = engagement(1);
    let (_, message) = reading(&engagement, 9).establish(b"request").unwrap();
    let (holder, _) = engagement
        .receive(&message, Handover::Qr, &RUSTCRYPTO)
        .unwrap();
    let establishment: Value = ciborium::from_reader(&message[..]).unwrap();
    let data = establishment.as_map().unwrap()[1].1.clone();
    assert_eq!(opened(holder, &self::message(&[("data", data)])), DECRYPT);
}

#[test]
fn g05_reflection_to_the_holder() {
    let (holder, _) = session();
    let (holder, message) = holder.seal(b"response").unwrap();
    assert_eq!(opened(holder, &message), DECRYPT);
}

#[test]
fn g05_reflection_to_the_reader() {
    let (_, reader) = session();
    let (reader, message) = reader.seal(b"second request").unwrap();
    assert_eq!(opened(reader, &message), DECRYPT);
}

#[test]
fn g06_second_establishment() {
    let engagement = engagement(1);
    let (reader, message) = reading(&engagement, 9).establish(b"request").unwrap();
    let (holder, _) = engagement
        .receive(&message, Handover::Qr, &RUSTCRYPTO)
        .unwrap();
    let twice = Err(SessionError::EstablishedTwice.into());
    assert_eq!(opened(holder, &message), twice);
    assert_eq!(opened(reader, &message), twice);
}

#[test]
fn g06_reader_key_changed_midway() {
    let (holder, reader) = session();
    let (_, sealed) = reader.seal(b"second request").unwrap();
    let sealed: Value = ciborium::from_reader(&sealed[..]).unwrap();
    let data = sealed.as_map().unwrap()[0].1.clone();
    let key = Value::Tag(24, Box::new(Value::Bytes(vec![0xa0])));
    let changed = message(&[("eReaderKey", key), ("data", data)]);
    let twice = Err(SessionError::EstablishedTwice.into());
    assert_eq!(opened(holder, &changed), twice);
}

#[test]
fn g07_every_session_draws_its_keys() {
    let mut draws = Draws(0);
    let mut engage = || Engagement::new(&[], &RUSTCRYPTO, &mut draws).unwrap();
    let (first, second) = (engage(), engage());
    assert_ne!(first.as_bytes(), second.as_bytes());
    let mut read = || {
        let bytes = first.as_bytes();
        Reading::new(bytes, Handover::Qr, &RUSTCRYPTO, &mut draws).unwrap()
    };
    assert_ne!(
        read().transcript().to_bytes(),
        read().transcript().to_bytes()
    );
}

#[test]
fn g07_an_engagement_shows_its_own_key() {
    let refused = Engagement::given(key(3), engagement(1).as_bytes()).map(drop);
    assert_eq!(refused, Err(Misuse::InvalidKey.into()));
}

#[test]
fn g08_replayed_session() {
    let engagement = engagement(1);
    let (reader, establishment) = reading(&engagement, 9).establish(b"request").unwrap();
    let bytes = engagement.as_bytes().to_vec();
    let (holder, _) = engagement
        .receive(&establishment, Handover::Qr, &RUSTCRYPTO)
        .unwrap();
    let (_, response) = holder.seal(b"response").unwrap();
    assert_eq!(opened(reader, &response), Ok(()));
    // The same engagement and response again: the reader's fresh key gives another session.
    let again = Reading::new(&bytes, Handover::Qr, &RUSTCRYPTO, &mut Draws(20)).unwrap();
    let (reader, _) = again.establish(b"request").unwrap();
    assert_eq!(opened(reader, &response), DECRYPT);
}

#[test]
fn g09_status() {
    let data = ("data", Value::Bytes(vec![0; 40]));
    let status = |status: u64| ("status", Value::from(status));
    let refused = |fields: &[(&str, Value)], expected: SessionError| {
        assert_eq!(opened(session().0, &message(fields)), Err(expected.into()));
    };
    refused(&[status(10)], SessionError::PeerEncryptionError);
    refused(&[status(11)], SessionError::PeerDecodeError);
    refused(&[status(12)], SessionError::UnknownStatus);
    refused(&[status(0), data.clone()], SessionError::UnknownStatus);
    refused(&[status(10), data.clone()], SessionError::StatusWithData);
    refused(&[status(11), data.clone()], SessionError::StatusWithData);
    refused(&[status(20), data], SessionError::Decrypt);
    refused(&[], SessionError::NothingReceived);
    refused(&[("Data", Value::Null)], SessionError::NothingReceived);
}

#[test]
fn g09_status_before_the_session() {
    let status = |status: u64| message(&[("status", Value::from(status))]);
    let refused = |message: &[u8]| received(engagement(1), message, Handover::Qr);
    assert_eq!(refused(&status(20)), Err(SessionError::Ended.into()));
    assert_eq!(
        refused(&status(10)),
        Err(SessionError::PeerEncryptionError.into())
    );
    assert_eq!(
        refused(&status(77)),
        Err(SessionError::UnknownStatus.into())
    );
    let data = message(&[("data", Value::Bytes(vec![0; 40]))]);
    assert_eq!(decode_kind(refused(&data)), DecodeErrorKind::MissingKey);
    assert_eq!(decode_kind(refused(&[0xa0])), DecodeErrorKind::MissingKey);
}

#[test]
fn g09_a_refusal_says_no_more_than_its_status() {
    let (holder, reader) = session();
    let error = opened(holder, &message(&[("data", Value::Bytes(vec![0; 40]))])).unwrap_err();
    let told = opened(reader, &refusal(error));
    assert_eq!(told, Err(SessionError::PeerEncryptionError.into()));
    let (holder, reader) = session();
    let error = opened(holder, &[0xa1]).unwrap_err();
    assert_eq!(decode_kind(Err(error)), DecodeErrorKind::Truncated);
    assert_eq!(
        opened(reader, &refusal(error)),
        Err(SessionError::PeerDecodeError.into())
    );
}

#[test]
fn g10_after_the_end() {
    let ended = Err(Error::Session(SessionError::Ended));
    let (holder, reader) = session();
    let (holder, last) = holder.seal_last(b"response").unwrap();
    let (reader, received) = reader.open(&last).unwrap();
    assert_eq!(received, Received::Last(b"response".to_vec()));
    assert!(reader.has_ended() && holder.has_ended());
    // What was agreed stays, to verify the response with.
    assert_eq!(
        reader.transcript().to_bytes(),
        holder.transcript().to_bytes()
    );
    assert!(reader.reader_key().is_some());
    assert_eq!(reader.seal(b"more").map(drop), ended);
    assert_eq!(holder.seal(b"more").map(drop), ended);
    let (holder, reader) = session();
    let (_, late) = holder.seal(b"late").unwrap();
    let (reader, received) = reader.open(&session().0.terminate()).unwrap();
    assert_eq!(received, Received::Terminated);
    assert_eq!(opened(reader, &late), ended);
}

#[test]
fn g10_short_ciphertext() {
    for len in [0, 1, 15, 16] {
        let message = message(&[("data", Value::Bytes(vec![0; len]))]);
        assert_eq!(opened(session().0, &message), DECRYPT, "{len}");
    }
}

#[test]
fn g10_nothing_to_send() {
    let refused = session().0.seal(b"").map(drop);
    assert_eq!(refused, Err(Misuse::EmptyMessage.into()));
    let refused = reading(&engagement(1), 9).establish(b"").map(drop);
    assert_eq!(refused, Err(Misuse::EmptyMessage.into()));
}

#[test]
fn g10_over_the_cap() {
    let (holder, reader) = session();
    let (_, message) = holder.seal(&[1; 2000]).unwrap();
    let refused = opened(reader.with_cap(900), &message);
    assert_eq!(decode_kind(refused), DecodeErrorKind::TooLong);
    let (holder, reader) = session();
    let holder = holder.with_cap(900);
    let (holder, message) = holder.seal(&[1; 900]).unwrap();
    assert_eq!(opened(reader.with_cap(900), &message), Ok(()));
    let refused = holder.seal(&[1; 901]).map(drop);
    assert_eq!(refused, Err(Misuse::MessageTooLong.into()));
    let (holder, reader) = session();
    let (_, message) = holder.seal(&[1; 901]).unwrap();
    let refused = opened(reader.with_cap(900), &message);
    assert_eq!(decode_kind(refused), DecodeErrorKind::TooLong);
    let (_, message) = reading(&engagement(1), 9).establish(&[1; 2000]).unwrap();
    let refused = received(engagement(1).with_cap(900), &message, Handover::Qr);
    assert_eq!(decode_kind(refused), DecodeErrorKind::TooLong);
}

#[test]
fn g11_malformed_handover_ends() {
    // A record of length zero, over and over, and a record that claims 4 GiB.
    let empty = [[0x91, 0, 0].as_slice(), &[0x11, 0, 0].repeat(20_000)].concat();
    let huge = [0xc1, 2, 0xff, 0xff, 0xff, 0xff, b'H', b's'];
    for message in [&empty[..], &huge, &[0x91], &[0; 64]] {
        let refused = HandoverSelect::parse(message).map(drop);
        assert_eq!(decode_kind(refused), DecodeErrorKind::BadNdef);
    }
}

proptest! {
    #[test]
    fn any_sequence_round_trips(
        messages in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 1..300)), 0..12)
    ) {
        let (mut holder, mut reader) = session();
        for (from_holder, plaintext) in messages {
            let (from, to) = if from_holder { (holder, reader) } else { (reader, holder) };
            let (from, message) = from.seal(&plaintext).unwrap();
            let (to, received) = to.open(&message).unwrap();
            prop_assert_eq!(received, Received::Data(plaintext));
            (holder, reader) = if from_holder { (from, to) } else { (to, from) };
        }
    }

    #[test]
    fn any_bit_flip_is_refused(
        plaintext in proptest::collection::vec(any::<u8>(), 1..100),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let flip = |message: &[u8]| {
            let mut message = message.to_vec();
            let at = at.index(message.len());
            message[at] ^= 1_u8 << bit;
            message
        };
        let engagement = engagement(1);
        let (reader, first) = reading(&engagement, 9).establish(&plaintext).unwrap();
        prop_assert!(received(self::engagement(1), &flip(&first), Handover::Qr).is_err());
        let (holder, _) = engagement.receive(&first, Handover::Qr, &RUSTCRYPTO).unwrap();
        let (_, answer) = holder.seal(&plaintext).unwrap();
        prop_assert!(reader.open(&flip(&answer)).is_err());
    }
}
