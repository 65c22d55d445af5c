//! How a session begins: the holder's [`Engagement`], the reader's [`Reading`].
//!
//! Each draws a fresh ephemeral key and is consumed by the first message, so no key serves two
//! sessions.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::channel::{Channel, Received};
use super::keys::{self, End};
use super::message::{self, Message};
use crate::cbor::MESSAGE_CAP;
use crate::cose::{Compressed, CoseKey, encode_key};
use crate::crypto::{AgreementKey, CryptoProvider, SecureRandom};
use crate::error::{Error, Misuse, SessionError};
use crate::mdoc::{
    Carrier, DeviceEngagement, Handover, HandoverSelect, RetrievalMethod, SessionTranscript,
    encode_engagement,
};

/// The holder's side before the reader's first message.
#[derive(Debug)]
pub struct Engagement {
    key: Box<dyn AgreementKey>,
    bytes: Vec<u8>,
    cap: usize,
}

impl Engagement {
    /// An engagement with a fresh key. `methods` says how the device can be reached; it is empty
    /// for NFC, where the handover says so.
    ///
    /// # Errors
    /// [`Error::Crypto`] if `rng` fails; [`Misuse::ValueNotEncodable`] if the options of an unknown
    /// method are not CBOR.
    ///
    /// ```
    /// use vitacard::crypto::{RUSTCRYPTO, SystemRandom};
    /// use vitacard::session::{BleOptions, Engagement, RetrievalMethod};
    /// let ble = RetrievalMethod::Ble(BleOptions::default().with_central_client([7; 16]));
    /// let engagement = Engagement::new(&[ble], &RUSTCRYPTO, &mut SystemRandom)?;
    /// assert!(engagement.to_uri().starts_with("mdoc:"));
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn new(
        methods: &[RetrievalMethod<'_>],
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, Error> {
        let key = crypto.key_agreement.generate(rng)?;
        Ok(Self {
            bytes: encode_engagement(&key.public_key(), methods)?,
            key,
            cap: MESSAGE_CAP,
        })
    }

    /// An engagement that was made elsewhere, or that the app has kept while it was shown.
    ///
    /// # Errors
    /// [`Error::Decode`] if `bytes` are no engagement; [`Misuse::InvalidKey`] if it shows another
    /// key than `key`.
    ///
    /// ```
    /// use vitacard::crypto::{RUSTCRYPTO, SoftwareAgreementKey, SystemRandom};
    /// use vitacard::{Misuse, session::Engagement};
    /// let other = Engagement::new(&[], &RUSTCRYPTO, &mut SystemRandom)?;
    /// let key = Box::new(SoftwareAgreementKey::from_bytes(&[7; 32])?);
    /// assert_eq!(Engagement::given(key, other.as_bytes()).unwrap_err(), Misuse::InvalidKey.into());
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn given(key: Box<dyn AgreementKey>, bytes: &[u8]) -> Result<Self, Error> {
        if *DeviceEngagement::parse(bytes)?.device_key() != key.public_key() {
            return Err(Misuse::InvalidKey.into());
        }
        Ok(Self {
            key,
            bytes: bytes.to_vec(),
            cap: MESSAGE_CAP,
        })
    }

    /// The channel with another cap for the plaintext of a message than 1 MiB.
    #[must_use]
    pub const fn with_cap(mut self, cap: usize) -> Self {
        self.cap = cap;
        self
    }

    /// DeviceEngagement.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text of the QR code.
    #[must_use]
    pub fn to_uri(&self) -> String {
        crate::mdoc::engagement_uri(&self.bytes)
    }

    /// The Handover Select message that carries this engagement over NFC.
    ///
    /// # Errors
    /// [`Misuse::InvalidNdef`] without a carrier, with two of one name, or if something is too long.
    pub fn to_handover_select(&self, carriers: &[Carrier<'_>]) -> Result<Vec<u8>, Error> {
        HandoverSelect::encode(&self.bytes, carriers)
    }

    /// Takes the reader's first message, SessionEstablishment, and opens the request in it.
    ///
    /// `handover` is what the engagement went through; a wrong one does not decrypt.
    ///
    /// # Errors
    /// [`Error::Decode`] if the message is malformed, over the cap, or its key is compressed or no
    /// point of the curve (`BadKey`); [`SessionError::Decrypt`] if it was made for another
    /// engagement or altered; a status as in [`Channel::open`]. The engagement is used up either
    /// way: show a new one.
    pub fn receive(
        self,
        message: &[u8],
        handover: Handover<'_>,
        crypto: &CryptoProvider,
    ) -> Result<(Channel, Received), Error> {
        let message = Message::parse(message, self.cap)?;
        let Some(reader_key) = message.reader_key() else {
            // A reader that gives up sends a bare status; anything else is no establishment.
            return Err(match message.content() {
                Ok(message::Content::Terminated) => SessionError::Ended.into(),
                Err(status) if status != SessionError::NothingReceived => status.into(),
                _ => message.without_key().into(),
            });
        };
        let peer = CoseKey::parse(reader_key.content(), Compressed::Refused)?;
        let transcript = SessionTranscript::proximity(&self.bytes, reader_key.raw(), handover)?;
        let keys = keys::derive(
            End::Holder,
            &*self.key,
            peer.public_key(),
            &transcript,
            crypto,
        )?;
        Channel::new(keys, transcript.to_bytes(), None, self.cap).receive(&message)
    }
}

/// The reader's side before its first message.
///
/// The transcript is known already, so the request can be signed for this session and then sent as
/// the first message.
#[derive(Debug)]
pub struct Reading {
    channel: Channel,
    key_bytes: Vec<u8>,
}

impl Reading {
    /// Answers an engagement with a fresh key.
    ///
    /// # Errors
    /// [`Error::Decode`] if `engagement` is malformed; [`SessionError::PeerKey`] if its key is not
    /// on P-256; [`Error::Crypto`] if `rng` fails.
    pub fn new(
        engagement: &[u8],
        handover: Handover<'_>,
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, Error> {
        let key = crypto.key_agreement.generate(rng)?;
        Self::with_key(engagement, handover, key, crypto)
    }

    /// Answers the engagement of a QR code.
    ///
    /// # Errors
    /// `BadUri`, and as [`Self::new`].
    pub fn from_uri(
        uri: &str,
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, Error> {
        let engagement = DeviceEngagement::bytes_from_uri(uri)?;
        Self::new(&engagement, Handover::Qr, crypto, rng)
    }

    /// Answers the engagement of an NFC handover; `request` is `None` for a static one.
    ///
    /// # Errors
    /// `BadNdef`, and as [`Self::new`].
    ///
    /// ```
    /// use vitacard::crypto::{RUSTCRYPTO, SystemRandom};
    /// use vitacard::session::{BleOob, Carrier, Engagement, LeRole, Reading};
    /// let engagement = Engagement::new(&[], &RUSTCRYPTO, &mut SystemRandom)?;
    /// let ble = Carrier::Ble(BleOob::new(LeRole::Central, [7; 16]));
    /// let select = engagement.to_handover_select(&[ble])?;
    /// let reading = Reading::from_nfc(&select, None, &RUSTCRYPTO, &mut SystemRandom)?;
    /// assert!(reading.transcript().to_bytes().ends_with(&[0xf6]));
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn from_nfc(
        select: &[u8],
        request: Option<&[u8]>,
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, Error> {
        let engagement = HandoverSelect::parse(select)?.device_engagement();
        Self::new(engagement, Handover::Nfc { select, request }, crypto, rng)
    }

    /// Answers an engagement with `key`, which must serve no other session: two sessions of one key
    /// let an old response be replayed.
    ///
    /// # Errors
    /// [`Error::Decode`] if `engagement` is malformed; [`SessionError::PeerKey`] if its key is not
    /// on P-256; [`Error::Crypto`] if the backend fails.
    pub fn with_key(
        engagement: &[u8],
        handover: Handover<'_>,
        key: Box<dyn AgreementKey>,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        let parsed = DeviceEngagement::parse(engagement)?;
        let key_bytes = encode_key(&key.public_key());
        let transcript = SessionTranscript::proximity(engagement, &key_bytes, handover)?;
        let keys = keys::derive(End::Reader, &*key, parsed.device_key(), &transcript, crypto)?;
        let transcript = transcript.to_bytes();
        let channel = Channel::new(keys, transcript, Some(key), MESSAGE_CAP);
        Ok(Self { channel, key_bytes })
    }

    /// The channel with another cap for the plaintext of a message than 1 MiB.
    #[must_use]
    pub fn with_cap(self, cap: usize) -> Self {
        Self {
            channel: self.channel.with_cap(cap),
            ..self
        }
    }

    /// What the request is to be signed over.
    #[must_use]
    pub fn transcript(&self) -> SessionTranscript<'_> {
        self.channel.transcript()
    }

    /// Seals the request into SessionEstablishment, the first message.
    ///
    /// # Errors
    /// [`Misuse::EmptyMessage`], [`Misuse::MessageTooLong`] over the cap.
    ///
    /// The [module](super) has an example.
    pub fn establish(mut self, request: &[u8]) -> Result<(Channel, Vec<u8>), Error> {
        let data = self.channel.encrypt(request)?;
        let message = message::write(Some(&self.key_bytes), Some(&data), None);
        Ok((self.channel, message))
    }
}
