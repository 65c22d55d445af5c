//! The session of ISO/IEC 18013-5 Annex D, from engagement to termination.

mod vectors;

use vectors::{annex_d, annex_d_key};
use vitacard::SessionError;
use vitacard::crypto::{AgreementKey, RUSTCRYPTO, SoftwareAgreementKey};
use vitacard::session::{
    DeviceEngagement, Engagement, Handover, HandoverSelect, Reading, Received,
};

struct AnnexD {
    select: Vec<u8>,
    request: Vec<u8>,
    establishment: Vec<u8>,
}

impl AnnexD {
    fn read() -> Option<Self> {
        Some(Self {
            select: annex_d("D.3.3_nfc_handover_select")?,
            request: annex_d("D.3.2_nfc_handover_request")?,
            establishment: annex_d("D.5.1_session_establishment")?,
        })
    }

    fn handover(&self) -> Handover<'_> {
        Handover::Nfc {
            select: &self.select,
            request: Some(&self.request),
        }
    }

    fn engagement(&self) -> &[u8] {
        HandoverSelect::parse(&self.select)
            .unwrap()
            .device_engagement()
    }

    fn reading(&self) -> Reading {
        let key = key("ephemeral_reader_key");
        Reading::with_key(self.engagement(), self.handover(), key, &RUSTCRYPTO).unwrap()
    }
}

fn key(name: &str) -> Box<dyn AgreementKey> {
    Box::new(SoftwareAgreementKey::from_bytes(&annex_d_key(name).unwrap()).unwrap())
}

#[test]
fn the_holder_opens_the_request_and_seals_the_response() {
    let Some(example) = AnnexD::read() else {
        return;
    };
    let engagement = Engagement::given(key("ephemeral_device_key"), example.engagement()).unwrap();
    let (channel, received) = engagement
        .receive(&example.establishment, example.handover(), &RUSTCRYPTO)
        .unwrap();
    assert_eq!(
        received,
        Received::Data(annex_d("D.4.1.1_device_request").unwrap())
    );
    assert_eq!(
        channel.transcript().to_tagged_bytes(),
        annex_d("D.5.1_session_transcript_bytes").unwrap()
    );
    assert!(channel.reader_key().is_none());
    let response = annex_d("D.4.1.2_device_response").unwrap();
    let (channel, message) = channel.seal(&response).unwrap();
    assert_eq!(message, annex_d("D.5.1_session_data").unwrap());
    let termination = annex_d("D.5.1_session_termination").unwrap();
    let (channel, received) = channel.open(&termination).unwrap();
    assert_eq!(received, Received::Terminated);
    let refused = channel.seal(&response).map(drop);
    assert_eq!(refused, Err(SessionError::Ended.into()));
}

#[test]
fn the_reader_seals_the_request_and_opens_the_response() {
    let Some(example) = AnnexD::read() else {
        return;
    };
    let reading = example.reading();
    assert_eq!(
        reading.transcript().to_tagged_bytes(),
        annex_d("D.5.1_session_transcript_bytes").unwrap()
    );
    let request = annex_d("D.4.1.1_device_request").unwrap();
    let (channel, message) = reading.establish(&request).unwrap();
    assert_eq!(message, example.establishment);
    let (channel, received) = channel
        .open(&annex_d("D.5.1_session_data").unwrap())
        .unwrap();
    assert_eq!(received.into_data(), annex_d("D.4.1.2_device_response"));
    assert_eq!(
        channel.reader_key().unwrap().public_key(),
        key("ephemeral_reader_key").public_key()
    );
    assert_eq!(
        channel.terminate(),
        annex_d("D.5.1_session_termination").unwrap()
    );
}

#[test]
fn the_engagements_show_the_ephemeral_key() {
    let Some(example) = AnnexD::read() else {
        return;
    };
    let device = key("ephemeral_device_key").public_key();
    let qr = annex_d("D.3.1_device_engagement_qr").unwrap();
    for bytes in [&qr, example.engagement()] {
        assert_eq!(
            *DeviceEngagement::parse(bytes).unwrap().device_key(),
            device
        );
    }
}
