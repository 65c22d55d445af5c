//! A session in which the fuzzer is the line between both ends, and at times an end.
//!
//! The input is a list of operations: a byte that says which, a byte for its length, and that many
//! bytes. The first byte of all says whether the AEAD is real.
#![no_main]

use std::sync::LazyLock;

use vitacard::Error;
use vitacard::crypto::{
    Aead, AgreementKey as _, CryptoError, CryptoProvider, PublicKey, RUSTCRYPTO, Secret,
    SoftwareAgreementKey,
};
use vitacard::session::{Channel, Engagement, Handover, Reading, Received, refusal};
use vitacard_fuzz::{Agreed, ISSUER};

vitacard_fuzz::target!(run);

static HOLDER: LazyLock<PublicKey> = LazyLock::new(|| {
    SoftwareAgreementKey::from_bytes(&[5; 32])
        .unwrap()
        .public_key()
});

/// A tag that begins with a zero is a good one: what the fuzzer writes is opened.
static UNSEALED: CryptoProvider = CryptoProvider {
    aead: &Unsealed,
    ..RUSTCRYPTO
};

#[derive(Debug)]
struct Unsealed;

impl Aead for Unsealed {
    fn seal(
        &self,
        _: &Secret<32>,
        _: &[u8; 12],
        _: &[u8],
        in_out: &mut Vec<u8>,
    ) -> Result<(), CryptoError> {
        in_out.extend([0; 16]);
        Ok(())
    }

    fn open(
        &self,
        _: &Secret<32>,
        _: &[u8; 12],
        _: &[u8],
        in_out: &mut Vec<u8>,
    ) -> Result<(), CryptoError> {
        let Some((_, [0, ..])) = in_out.split_last_chunk::<16>() else {
            return Err(CryptoError::Encryption);
        };
        in_out.truncate(in_out.len() - 16);
        Ok(())
    }
}

/// One end, and what it has sealed for the other.
struct End {
    channel: Option<Channel>,
    sealed: Vec<(Vec<u8>, Vec<u8>)>,
    opened: usize,
    cap: usize,
}

fn run(bytes: &[u8]) {
    let Some((first, mut rest)) = bytes.split_first() else {
        return;
    };
    let is_real = first & 1 == 0;
    let crypto = if is_real { &RUSTCRYPTO } else { &UNSEALED };
    let Some(mut ends) = begin(&mut rest, crypto, is_real) else {
        return;
    };
    while let Some((operation, content)) = next(&mut rest) {
        let (from, to) = match operation & 1 {
            0 => (0, 1),
            _ => (1, 0),
        };
        match operation >> 1 & 7 {
            0 | 1 => {
                let last = operation >> 1 & 7 == 1;
                if ends[from].seal(content, last) {
                    let message = ends[from].sealed.last().unwrap().1.clone();
                    deliver(&mut ends, to, &message, is_real);
                }
            }
            // Sealed, and held back.
            2 => drop(ends[from].seal(content, false)),
            // What was held back, out of turn or altered; or sent back to where it is from.
            3 | 4 => {
                let [nth, at, change, back, ..] = *content else {
                    continue;
                };
                let Some((_, message)) = ends[from].sealed.get(usize::from(nth)) else {
                    continue;
                };
                let mut message = message.clone();
                let at = usize::from(at) % message.len();
                message[at] ^= change;
                deliver(
                    &mut ends,
                    if back & 1 == 0 { to } else { from },
                    &message,
                    is_real,
                );
            }
            5 => deliver(&mut ends, to, content, is_real),
            6 => {
                let message = match content {
                    [] => ends[from].channel.take().map(Channel::terminate),
                    _ => ends[from].channel.take().map(|channel| {
                        let error = channel.open(content).err();
                        refusal(error.unwrap_or(vitacard::SessionError::Ended.into()))
                    }),
                };
                if let Some(message) = message {
                    deliver(&mut ends, to, &message, is_real);
                    assert!(ends[to].channel.as_ref().is_none_or(Channel::has_ended));
                }
            }
            _ => {
                let cap = content.iter().map(|byte| usize::from(*byte)).sum();
                let end = &mut ends[to];
                end.channel = end.channel.take().map(|channel| channel.with_cap(cap));
                end.cap = cap;
            }
        }
    }
}

/// The holder and the reader after the first message, which an operation says.
fn begin(rest: &mut &[u8], crypto: &CryptoProvider, is_real: bool) -> Option<[End; 2]> {
    let (operation, content) = next(rest)?;
    let holder = Engagement::given(Box::new(Agreed(*HOLDER)), &ENGAGEMENT).unwrap();
    if operation & 1 == 1 {
        // The first message is the fuzzer's as well.
        let received = holder.receive(content, Handover::Qr, crypto);
        assert!(received.is_err() || !is_real);
        let (channel, received) = received.ok()?;
        assert_eq!(
            channel.has_ended(),
            matches!(received, Received::Last(_) | Received::Terminated)
        );
        let reader = End::new(None);
        return Some([End::new(Some(channel)), reader]);
    }
    let key = Box::new(Agreed(*ISSUER));
    let reading = Reading::with_key(&ENGAGEMENT, Handover::Qr, key, crypto).unwrap();
    let established = reading.establish(content);
    assert_eq!(established.is_err(), content.is_empty());
    let (reader, message) = established.ok()?;
    let (holder, received) = holder.receive(&message, Handover::Qr, crypto).unwrap();
    assert_eq!(received, Received::Data(content.to_vec()));
    assert_eq!(
        holder.transcript().to_bytes(),
        reader.transcript().to_bytes()
    );
    assert!(holder.reader_key().is_none() && reader.reader_key().is_some());
    Some([holder, reader].map(|channel| End::new(Some(channel))))
}

impl End {
    fn new(channel: Option<Channel>) -> Self {
        Self {
            channel,
            sealed: Vec::new(),
            opened: 0,
            cap: 1 << 20,
        }
    }

    /// Whether there is a new message.
    fn seal(&mut self, plaintext: &[u8], last: bool) -> bool {
        let Some(channel) = self.channel.take() else {
            return false;
        };
        let possible = !channel.has_ended() && (1..=self.cap).contains(&plaintext.len());
        let sealed = match last {
            true => channel.seal_last(plaintext),
            false => channel.seal(plaintext),
        };
        assert_eq!(sealed.is_ok(), possible);
        let Ok((channel, message)) = sealed else {
            return false;
        };
        assert_eq!(channel.has_ended(), last);
        self.sealed.push((plaintext.to_vec(), message));
        self.channel = Some(channel);
        true
    }
}

/// What comes out of a channel went in at the other end, in this order.
fn deliver(ends: &mut [End; 2], to: usize, message: &[u8], is_real: bool) {
    let Some(channel) = ends[to].channel.take() else {
        return;
    };
    let had_ended = channel.has_ended();
    let received = channel.open(message);
    let expected = ends[1 - to]
        .sealed
        .get(ends[to].opened)
        .map(|(plaintext, _)| plaintext.clone());
    let (channel, received) = match received {
        Ok(received) => received,
        Err(error) => {
            assert!(matches!(error, Error::Session(_) | Error::Decode(_)));
            return;
        }
    };
    assert!(!had_ended);
    assert_eq!(channel.has_ended(), !matches!(received, Received::Data(_)));
    if let Some(plaintext) = received.into_data() {
        assert!((1..=ends[to].cap).contains(&plaintext.len()));
        assert!(!is_real || Some(plaintext) == expected);
        ends[to].opened += 1;
    }
    ends[to].channel = Some(channel);
}

fn next<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&[operation, len], after) = rest.split_first_chunk()?;
    let (content, after) = after.split_at(after.len().min(len.into()));
    *rest = after;
    Some((operation, content))
}

static ENGAGEMENT: LazyLock<Vec<u8>> =
    LazyLock::new(|| vitacard::fuzzing::encode_engagement(&HOLDER, &[]).unwrap());
