//! The open channel: seals one way, opens the other, and is gone after the first fault.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::keys::{OpenKey, SealKey};
use super::message::{self, Content, Message, status};
use crate::crypto::AgreementKey;
use crate::error::{Error, Misuse, SessionError};
use crate::mdoc::SessionTranscript;

/// An encrypted channel between a holder and a reader.
///
/// Every call takes it: after a fault there is no channel left to try again with, and no two
/// messages can be sealed from one state.
#[derive(Debug)]
pub struct Channel {
    keys: Option<(SealKey, OpenKey)>,
    transcript: Vec<u8>,
    reader_key: Option<Box<dyn AgreementKey>>,
    cap: usize,
}

/// What the peer sent.
#[derive(Debug, Eq, PartialEq)]
#[non_exhaustive]
#[must_use]
pub enum Received {
    /// A request or a response.
    Data(Vec<u8>),
    /// A request or a response, and the session is over.
    Last(Vec<u8>),
    /// The peer ended the session. Nobody has signed that: a third party can send it as well.
    Terminated,
}

impl Received {
    /// The request or response, if there is one.
    ///
    /// ```
    /// use vitacard::session::Received;
    /// assert_eq!(Received::Last(vec![7]).into_data(), Some(vec![7]));
    /// assert_eq!(Received::Terminated.into_data(), None);
    /// ```
    #[must_use]
    pub fn into_data(self) -> Option<Vec<u8>> {
        match self {
            Self::Data(data) | Self::Last(data) => Some(data),
            Self::Terminated => None,
        }
    }
}

impl Channel {
    /// Seals `plaintext` into a SessionData message.
    ///
    /// # Errors
    /// [`Misuse::EmptyMessage`], [`Misuse::MessageTooLong`] over the cap,
    /// [`SessionError::Ended`], [`SessionError::CounterExhausted`] after 2³² - 1 messages. On every
    /// error the channel and its keys are gone.
    ///
    /// The [module](super) has an example.
    pub fn seal(mut self, plaintext: &[u8]) -> Result<(Self, Vec<u8>), Error> {
        let data = self.encrypt(plaintext)?;
        Ok((self, message::write(None, Some(&data), None)))
    }

    /// Seals `plaintext` into a SessionData message that also ends the session.
    ///
    /// # Errors
    /// As [`Self::seal`].
    pub fn seal_last(mut self, plaintext: &[u8]) -> Result<(Self, Vec<u8>), Error> {
        let data = self.encrypt(plaintext)?;
        self.keys = None;
        let status = Some(status::TERMINATION);
        Ok((self, message::write(None, Some(&data), status)))
    }

    /// Opens a SessionData message.
    ///
    /// # Errors
    /// [`SessionError::Decrypt`] for what was altered, replayed, reordered or sealed for another
    /// session; [`SessionError::EstablishedTwice`] if it carries a reader's key;
    /// [`SessionError::PeerEncryptionError`], [`SessionError::PeerDecodeError`],
    /// [`SessionError::UnknownStatus`], [`SessionError::StatusWithData`] by its status;
    /// [`SessionError::NothingReceived`]; [`SessionError::Ended`] after the end of the session;
    /// [`Error::Decode`] if it is malformed or over the cap. On every error the channel and its
    /// keys are gone; [`refusal`](super::refusal) makes the message that tells the peer.
    pub fn open(self, message: &[u8]) -> Result<(Self, Received), Error> {
        if self.keys.is_none() {
            return Err(SessionError::Ended.into());
        }
        let message = Message::parse(message, self.cap)?;
        match message.reader_key() {
            Some(_) => Err(SessionError::EstablishedTwice.into()),
            None => self.receive(&message),
        }
    }

    /// The message that ends the session (status 20). The keys are destroyed.
    #[must_use]
    pub fn terminate(self) -> Vec<u8> {
        message::write(None, None, Some(status::TERMINATION))
    }

    /// The channel with another cap for the plaintext of a message than 1 MiB.
    #[must_use]
    pub const fn with_cap(mut self, cap: usize) -> Self {
        self.cap = cap;
        self
    }

    /// Whether the session has ended: nothing can be sealed or opened any more.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.keys.is_none()
    }

    /// What both ends have hashed. It stays after the end of the session, to verify what came.
    #[must_use]
    pub fn transcript(&self) -> SessionTranscript<'_> {
        SessionTranscript::lent(&self.transcript)
    }

    /// The reader's ephemeral key, which a device MAC is checked with; `None` at the holder's end.
    #[must_use]
    pub fn reader_key(&self) -> Option<&dyn AgreementKey> {
        self.reader_key.as_deref()
    }

    pub(super) const fn new(
        keys: (SealKey, OpenKey),
        transcript: Vec<u8>,
        reader_key: Option<Box<dyn AgreementKey>>,
        cap: usize,
    ) -> Self {
        Self {
            keys: Some(keys),
            transcript,
            reader_key,
            cap,
        }
    }

    pub(super) fn receive(mut self, message: &Message<'_>) -> Result<(Self, Received), Error> {
        let received = match message.content()? {
            Content::Data(data) => Received::Data(self.decrypt(data)?),
            Content::Last(data) => {
                let data = self.decrypt(data)?;
                self.keys = None;
                Received::Last(data)
            }
            Content::Terminated => {
                self.keys = None;
                Received::Terminated
            }
        };
        Ok((self, received))
    }

    pub(super) fn encrypt(&mut self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let (seal, _) = self.keys.as_mut().ok_or(SessionError::Ended)?;
        match plaintext.len() {
            0 => Err(Misuse::EmptyMessage.into()),
            len if len > self.cap => Err(Misuse::MessageTooLong.into()),
            _ => seal.seal(plaintext),
        }
    }

    fn decrypt(&mut self, data: &[u8]) -> Result<Vec<u8>, Error> {
        let (_, open) = self.keys.as_mut().ok_or(SessionError::Ended)?;
        let plaintext = open.open(data)?;
        match plaintext.is_empty() {
            true => Err(SessionError::NothingReceived.into()),
            false => Ok(plaintext),
        }
    }
}
