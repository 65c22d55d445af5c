//! What opens a session: engagements, their URIs, NFC messages, transcripts; and all of it written
//! back and read again.
#![no_main]

use vitacard::SessionError;
use vitacard::crypto::RUSTCRYPTO;
use vitacard::fuzzing;
use vitacard::session::{
    Carrier, DeviceEngagement, Engagement, Handover, HandoverRequest, HandoverSelect, Reading,
    SessionTranscript,
};
use vitacard_fuzz::{Agreed, HOLLOW, ISSUER};

vitacard_fuzz::target!(run);

fn run(bytes: &[u8]) {
    engagement(bytes);
    uri(bytes);
    select(bytes);
    if let Ok(request) = HandoverRequest::parse(bytes) {
        let carriers: Vec<_> = request.carriers().collect();
        if let Ok(written) = HandoverRequest::encode([1, 2], &carriers) {
            let again = HandoverRequest::parse(&written).unwrap();
            assert!(again.carriers().eq(carriers));
        }
    }
    let _ = fuzzing::transcript(bytes, &RUSTCRYPTO);
    proximity(bytes);
}

fn engagement(bytes: &[u8]) {
    let Ok(engagement) = DeviceEngagement::parse(bytes) else {
        return;
    };
    assert_eq!(engagement.as_bytes(), bytes);
    assert!(engagement.version().starts_with("1."));
    assert!(
        bytes
            .windows(engagement.device_key_bytes().len())
            .any(|part| part == engagement.device_key_bytes())
    );
    assert!(engagement.ble_ident(&HOLLOW).is_ok());
    assert_eq!(
        DeviceEngagement::bytes_from_uri(&engagement.to_uri()).unwrap(),
        bytes
    );
    // Written back, it says the same in the first edition's words.
    let key = engagement.device_key();
    let methods: Vec<_> = engagement.retrieval_methods().collect();
    let written = fuzzing::encode_engagement(key, &methods).unwrap();
    let again = DeviceEngagement::parse(&written).unwrap();
    assert_eq!((again.version(), again.device_key()), ("1.0", key));
    assert!(again.retrieval_methods().eq(methods));
    // Both ends start from it.
    assert!(Engagement::given(Box::new(Agreed(*key)), bytes).is_ok());
    reading(bytes, Handover::Qr);
}

/// A URI, or what is to become one.
fn uri(bytes: &[u8]) {
    let uri = fuzzing::engagement_uri(bytes);
    let read = DeviceEngagement::bytes_from_uri(&uri);
    assert_eq!(
        read.ok().as_deref(),
        Some(bytes).filter(|bytes| !bytes.is_empty())
    );
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(read) = DeviceEngagement::bytes_from_uri(text)
    {
        let again = fuzzing::engagement_uri(&read);
        assert_eq!(again[5..], text[5..], "one text for one engagement");
    }
}

fn select(bytes: &[u8]) {
    let Ok(select) = HandoverSelect::parse(bytes) else {
        return;
    };
    let carriers: Vec<_> = select.carriers().collect();
    assert!(carriers.len() <= 16);
    if let Ok(written) = HandoverSelect::encode(select.device_engagement(), &carriers) {
        let again = HandoverSelect::parse(&written).unwrap();
        assert_eq!(again.device_engagement(), select.device_engagement());
        assert!(again.carriers().eq(carriers.iter().copied()));
    } else {
        let mut ids: Vec<_> = carriers.iter().map(id).collect();
        ids.sort_unstable();
        ids.dedup();
        let distinct = ids.len() == carriers.len() && !ids.contains(&&b"mdoc"[..]);
        assert!(
            carriers.is_empty() || !distinct,
            "only names stand in the way"
        );
    }
    if DeviceEngagement::parse(select.device_engagement()).is_ok() {
        let request = Some(&b"request"[..]).filter(|_| bytes.len().is_multiple_of(2));
        let handover = Handover::Nfc {
            select: bytes,
            request,
        };
        reading(select.device_engagement(), handover);
    }
}

/// The name under which we write a carrier.
fn id<'a>(carrier: &Carrier<'a>) -> &'a [u8] {
    match carrier {
        Carrier::Other(record) => record.id(),
        _ => b"0",
    }
}

fn reading(engagement: &[u8], handover: Handover<'_>) {
    let key = Box::new(Agreed(*ISSUER));
    let reading = match Reading::with_key(engagement, handover, key, &HOLLOW) {
        Ok(reading) => reading,
        // A key on another curve than the reader's, which an engagement may name.
        Err(error) => return assert_eq!(error, SessionError::PeerKey.into()),
    };
    let transcript = reading.transcript().to_bytes();
    assert!(SessionTranscript::given(&transcript).is_ok());
}

/// The pieces of a transcript may come tagged or not.
fn proximity(bytes: &[u8]) {
    let Ok(transcript) = SessionTranscript::qr(bytes, bytes) else {
        return;
    };
    let written = transcript.to_bytes();
    assert!(written.starts_with(&[0x83]) && written.ends_with(&[0xf6]));
    let [first, second] = [1, 1 + (written.len() - 2) / 2].map(|at| &written[at..]);
    let piece = &first[..first.len() - second.len()];
    assert_eq!(&second[..piece.len()], piece);
    if piece != bytes {
        let tagged = SessionTranscript::qr(piece, piece);
        // The tag is one level more, which may be one too many.
        assert!(tagged.is_err() || tagged.is_ok_and(|tagged| tagged.to_bytes() == written));
    }
}
