//! A phone at a desk: a QR code, and an encrypted session. What passes would go by Bluetooth.

use vitacard::UnixTime;
use vitacard::crypto::{Algorithm, RUSTCRYPTO, SecureRandom};
use vitacard::holder::{Conditions, Consent, DeviceRequest, Policy, Response, verify_reader};
use vitacard::profile::{Ceiling, Profile};
use vitacard::reader::Request;
use vitacard::session::{Channel, Engagement, Handover, Reading, SessionTranscript};
use vitacard::trust::TrustAnchors;

use super::Fallible;
use super::desk::Desk;
use super::fund::key_of;

pub(crate) struct Visit {
    at_phone: Channel,
    at_desk: Channel,
    /// As the desk sent it.
    asked: Vec<u8>,
    /// As the phone has it.
    request: Vec<u8>,
    /// The text of the QR code.
    pub(crate) code: String,
}

/// Who asks, by a certificate that was verified.
pub(crate) struct Asker {
    pub(crate) name: String,
    pub(crate) profession: Option<String>,
    pub(crate) ceiling: Ceiling,
}

/// What the desk got, and in which session.
pub(crate) struct Answer {
    at_desk: Channel,
    pub(crate) asked: Vec<u8>,
    pub(crate) response: Vec<u8>,
}

impl Visit {
    /// The phone shows a code, the desk scans it, and asks.
    pub(crate) fn begin(desk: &mut Desk, phone: &mut dyn SecureRandom) -> Fallible<Self> {
        let engagement = Engagement::new(&[], &RUSTCRYPTO, phone)?;
        let code = engagement.to_uri();
        let reading = Reading::from_uri(&code, &RUSTCRYPTO, &mut desk.rng)?;
        let request = Request::new([desk.items()])?;
        let unsigned = request.prepare(Algorithm::ES256, &reading.transcript())?;
        let (key, chain) = (key_of(&desk.certificate)?, [&desk.certificate.der[..]]);
        let asked = unsigned.sign_with(&key, &chain, &RUSTCRYPTO)?;
        let (at_desk, asking) = reading.establish(&asked)?;
        let (at_phone, received) = engagement.receive(&asking, Handover::Qr, &RUSTCRYPTO)?;
        Ok(Self {
            at_phone,
            at_desk,
            asked,
            request: received.into_data().ok_or("no request")?,
            code,
        })
    }

    /// A reader that does not say who it is gets no answer in this app.
    pub(crate) fn asker(&self, readers: &TrustAnchors, now: UnixTime) -> Fallible<Asker> {
        let (request, policy) = (self.request()?, Policy::default());
        let asked = request.documents().next().ok_or("nothing is asked for")?;
        let (transcript, conditions) = (self.transcript(), Conditions::new(now, &policy));
        let reader = verify_reader(&asked, &transcript, readers, &conditions, &RUSTCRYPTO)?;
        Ok(Asker {
            name: reader.common_name().unwrap_or("somebody").into(),
            profession: reader.trusted().profession().map(Into::into),
            ceiling: reader.ceiling(),
        })
    }

    /// To everything that is asked for and not above the ceiling.
    pub(crate) fn consent(&self, profile: &Profile, ceiling: Ceiling) -> Fallible<Consent> {
        let request = self.request()?;
        let all = request.documents().fold(Consent::none(), |consent, asked| {
            consent.everything_asked(&asked)
        });
        Ok(all.under(profile, ceiling))
    }

    pub(crate) fn request(&self) -> Fallible<DeviceRequest<'_>> {
        Ok(DeviceRequest::parse(&self.request)?)
    }

    pub(crate) fn transcript(&self) -> SessionTranscript<'_> {
        self.at_phone.transcript()
    }

    pub(crate) fn answer(self, response: &Response) -> Fallible<Answer> {
        let (_, answering) = self.at_phone.seal_last(&response.to_bytes())?;
        let (at_desk, received) = self.at_desk.open(&answering)?;
        Ok(Answer {
            at_desk,
            asked: self.asked,
            response: received.into_data().ok_or("no response")?,
        })
    }
}

impl Answer {
    pub(crate) fn transcript(&self) -> SessionTranscript<'_> {
        self.at_desk.transcript()
    }
}
