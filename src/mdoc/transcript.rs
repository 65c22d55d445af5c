//! SessionTranscript: what binds every key and signature of a session to this one session.
//!
//! It is held as the pieces that it is written from and goes to the hash piece by piece, so a
//! piece that a peer sent stays exactly as the peer wrote it.

mod encoded;

use alloc::vec::Vec;

use encoded::{Encoded, is_tag};

use crate::cbor::{MESSAGE_CAP, Parts, WellFormed, Writer, major};
use crate::cose::{Compressed, CoseKey};
use crate::crypto::{CryptoProvider, PublicKey, Secret};
use crate::error::{CryptoError, DecodeError, Misuse};

/// How the holder's engagement reached the reader.
///
/// ```cddl
/// Handover = null / [ bstr, bstr / null ]   ; QR / NFC: Handover Select, Handover Request
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Handover<'a> {
    /// As a QR code.
    Qr,
    /// By NFC.
    Nfc {
        /// The Handover Select message, as sent.
        select: &'a [u8],
        /// The Handover Request message, as sent; `None` for static handover.
        request: Option<&'a [u8]>,
    },
}

/// The bytes that both sides of a session hash.
///
/// ```cddl
/// SessionTranscript = [ DeviceEngagementBytes / null, EReaderKeyBytes / null, Handover ]
/// SessionTranscriptBytes = #6.24(bstr .cbor SessionTranscript)
/// ```
///
/// ```
/// use vitacard::session::SessionTranscript;
/// let transcript = SessionTranscript::given(&[0x83, 0xf6, 0xf6, 0xf6])?;
/// assert_eq!(transcript.to_bytes(), [0x83, 0xf6, 0xf6, 0xf6]);
/// assert_eq!(transcript.to_tagged_bytes(), [0xd8, 0x18, 0x44, 0x83, 0xf6, 0xf6, 0xf6]);
/// # Ok::<(), vitacard::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SessionTranscript<'a>(Form<'a>);

#[derive(Clone, Copy, Debug)]
enum Form<'a> {
    Given {
        array: &'a [u8],
        tagged: Option<&'a [u8]>,
    },
    Proximity {
        engagement: Encoded<'a>,
        reader_key: Encoded<'a>,
        handover: Handover<'a>,
    },
    Hashed {
        name: &'static str,
        hash: [u8; 32],
    },
    AnnexB {
        client: [u8; 32],
        response: [u8; 32],
        nonce: &'a str,
    },
}

impl<'a> SessionTranscript<'a> {
    /// After a QR code.
    ///
    /// Both pieces may be given tagged (`#6.24(bstr)`), and then they go in as they are, or as the
    /// content alone, and then they are tagged. An engagement comes out of a QR code untagged; a
    /// reader's key comes out of SessionEstablishment tagged.
    ///
    /// # Errors
    /// [`Misuse::InvalidTranscript`] if a piece is not well-formed CBOR.
    ///
    /// ```
    /// use vitacard::session::SessionTranscript;
    /// let transcript = SessionTranscript::qr(&[0xa0], &[0xd8, 0x18, 0x41, 0xa0])?;
    /// assert_eq!(transcript.to_bytes(), b"\x83\xd8\x18\x41\xa0\xd8\x18\x41\xa0\xf6");
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn qr(engagement: &'a [u8], reader_key: &'a [u8]) -> Result<Self, Misuse> {
        Self::proximity(engagement, reader_key, Handover::Qr)
    }

    /// After an NFC handover; `handover_request` is `None` for a static one.
    ///
    /// The first two pieces are as in [`Self::qr`], the messages are NDEF messages as sent.
    ///
    /// # Errors
    /// [`Misuse::InvalidTranscript`] if one of the first two pieces is not well-formed CBOR.
    ///
    /// ```
    /// use vitacard::session::SessionTranscript;
    /// let transcript = SessionTranscript::nfc(&[0xa0], &[0xa0], b"Hs", None)?;
    /// assert!(transcript.to_bytes().ends_with(b"\x82\x42Hs\xf6"));
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn nfc(
        engagement: &'a [u8],
        reader_key: &'a [u8],
        handover_select: &'a [u8],
        handover_request: Option<&'a [u8]>,
    ) -> Result<Self, Misuse> {
        let handover = Handover::Nfc {
            select: handover_select,
            request: handover_request,
        };
        Self::proximity(engagement, reader_key, handover)
    }

    /// OpenID4VP 1.0 over redirects (its B.2.6.1).
    ///
    /// `jwk_thumbprint` is the SHA-256 thumbprint of the key that the response is encrypted to,
    /// `None` for an unencrypted response.
    ///
    /// # Errors
    /// [`CryptoError::Unavailable`] if `crypto` has no SHA-256.
    ///
    /// ```
    /// use vitacard::{crypto::RUSTCRYPTO, session::SessionTranscript};
    /// let (client, uri) = ("x509_san_dns:example.com", "https://example.com/response");
    /// let transcript = SessionTranscript::openid4vp(client, "nonce", None, uri, &RUSTCRYPTO)?;
    /// assert!(transcript.to_bytes().starts_with(b"\x83\xf6\xf6\x82\x71OpenID4VPHandover"));
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn openid4vp(
        client_id: &str,
        nonce: &str,
        jwk_thumbprint: Option<&[u8; 32]>,
        response_uri: &str,
        crypto: &CryptoProvider,
    ) -> Result<Self, CryptoError> {
        let info = Parts::new().array(4).text(client_id).text(nonce);
        let info = or_null(info, jwk_thumbprint).text(response_uri);
        Self::hashed("OpenID4VPHandover", &info, crypto)
    }

    /// OpenID4VP 1.0 over the Digital Credentials API (its B.2.6.2).
    ///
    /// # Errors
    /// [`CryptoError::Unavailable`] if `crypto` has no SHA-256.
    ///
    /// ```
    /// use vitacard::{crypto::RUSTCRYPTO, session::SessionTranscript};
    /// let origin = "https://example.com";
    /// let transcript = SessionTranscript::openid4vp_dc_api(origin, "nonce", None, &RUSTCRYPTO)?;
    /// assert!(transcript.to_bytes().starts_with(b"\x83\xf6\xf6\x82\x76OpenID4VPDCAPIHandover"));
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn openid4vp_dc_api(
        origin: &str,
        nonce: &str,
        jwk_thumbprint: Option<&[u8; 32]>,
        crypto: &CryptoProvider,
    ) -> Result<Self, CryptoError> {
        let info = Parts::new().array(3).text(origin).text(nonce);
        let info = or_null(info, jwk_thumbprint);
        Self::hashed("OpenID4VPDCAPIHandover", &info, crypto)
    }

    /// ISO/IEC TS 18013-7 Annex B: OpenID4VP before its version 1.0.
    ///
    /// ```cddl
    /// OID4VPHandover = [ SHA-256([clientId, mdocGeneratedNonce]),
    ///                    SHA-256([responseUri, mdocGeneratedNonce]), nonce: tstr ]
    /// ```
    ///
    /// # Errors
    /// [`CryptoError::Unavailable`] if `crypto` has no SHA-256.
    ///
    /// ```
    /// use vitacard::{crypto::RUSTCRYPTO, session::SessionTranscript};
    /// let uri = "https://example.com/response";
    /// let transcript = SessionTranscript::annex_b("client", uri, "nonce", "apu", &RUSTCRYPTO)?;
    /// assert!(transcript.to_bytes().ends_with(b"\x65nonce"));
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn annex_b(
        client_id: &str,
        response_uri: &str,
        nonce: &'a str,
        mdoc_generated_nonce: &str,
        crypto: &CryptoProvider,
    ) -> Result<Self, CryptoError> {
        let pair = |text| Parts::new().array(2).text(text).text(mdoc_generated_nonce);
        Ok(Self(Form::AnnexB {
            client: hash(&pair(client_id), crypto)?,
            response: hash(&pair(response_uri), crypto)?,
            nonce,
        }))
    }

    /// ISO/IEC TS 18013-7 Annex C: the Digital Credentials API with HPKE.
    ///
    /// `encryption_info` is the base64url text of the request, as received.
    ///
    /// # Errors
    /// [`CryptoError::Unavailable`] if `crypto` has no SHA-256.
    ///
    /// ```
    /// use vitacard::{crypto::RUSTCRYPTO, session::SessionTranscript};
    /// let transcript = SessionTranscript::annex_c("gmVk", "https://example.com", &RUSTCRYPTO)?;
    /// assert!(transcript.to_bytes().starts_with(b"\x83\xf6\xf6\x82\x65dcapi"));
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn annex_c(
        encryption_info: &str,
        origin: &str,
        crypto: &CryptoProvider,
    ) -> Result<Self, CryptoError> {
        let info = Parts::new().array(2).text(encryption_info).text(origin);
        Self::hashed("dcapi", &info, crypto)
    }

    /// A transcript made elsewhere, untagged or in tag 24. Its bytes are used as they are.
    ///
    /// # Errors
    /// [`Misuse::InvalidTranscript`] if the bytes are not a well-formed array of three.
    ///
    /// ```
    /// use vitacard::{Misuse, session::SessionTranscript};
    /// assert!(SessionTranscript::given(&[0x83, 0xf6, 0xf6, 0xf6]).is_ok());
    /// assert_eq!(SessionTranscript::given(&[0xf6]).unwrap_err(), Misuse::InvalidTranscript);
    /// ```
    pub fn given(bytes: &'a [u8]) -> Result<Self, Misuse> {
        Self::parse(bytes).map_err(|_| Misuse::InvalidTranscript)
    }

    /// SessionTranscript, untagged: the form inside DeviceAuthentication.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        written(&self.parts())
    }

    /// SessionTranscriptBytes, in tag 24: the form whose hash salts the session keys.
    #[must_use]
    pub fn to_tagged_bytes(&self) -> Vec<u8> {
        written(&self.tagged_parts())
    }

    /// SessionTranscript, untagged, as it goes to a hash.
    pub(crate) fn parts(&self) -> Parts<'_> {
        let parts = Parts::new();
        match &self.0 {
            Form::Given { array, .. } => parts.raw(array),
            Form::Proximity {
                engagement,
                reader_key,
                handover,
            } => {
                let parts = reader_key.append_to(engagement.append_to(parts.array(3)));
                handover.append_to(parts)
            }
            Form::Hashed { name, hash } => remote(parts).array(2).text(name).byte_string(hash),
            Form::AnnexB {
                client,
                response,
                nonce,
            } => remote(parts)
                .array(3)
                .byte_string(client)
                .byte_string(response)
                .text(nonce),
        }
    }

    /// A key of 32 bytes for `info`, bound to this transcript.
    pub(crate) fn derive(
        &self,
        shared: &Secret<32>,
        info: &[u8],
        crypto: &CryptoProvider,
    ) -> Result<Secret<32>, CryptoError> {
        let salt = self.salt(crypto)?;
        let mut key = Secret::new([0; 32]);
        crypto
            .kdf
            .hkdf_sha256(shared.expose(), &salt, info, key.expose_mut())?;
        Ok(key)
    }

    /// SHA-256 of SessionTranscriptBytes.
    pub(crate) fn salt(&self, crypto: &CryptoProvider) -> Result<[u8; 32], CryptoError> {
        hash(&self.tagged_parts(), crypto)
    }

    /// EReaderKey, `None` where the transcript has no place for one.
    pub(crate) fn reader_key(&self) -> Result<Option<PublicKey>, DecodeError> {
        let key = match self.0 {
            Form::Given { array, .. } => {
                let [_, key, _] = WellFormed::parse(array, MESSAGE_CAP)?.tuple()?;
                match key.is_null() {
                    true => return Ok(None),
                    false => key.embedded()?.content(),
                }
            }
            Form::Proximity { reader_key, .. } => reader_key.content()?,
            Form::Hashed { .. } | Form::AnnexB { .. } => return Ok(None),
        };
        let key = CoseKey::parse(key, Compressed::Refused)?;
        Ok(Some(*key.public_key()))
    }

    /// [`Self::given`] for untagged bytes that came out of [`Self::to_bytes`].
    pub(crate) const fn lent(array: &'a [u8]) -> Self {
        Self(Form::Given {
            array,
            tagged: None,
        })
    }

    pub(crate) fn proximity(
        engagement: &'a [u8],
        reader_key: &'a [u8],
        handover: Handover<'a>,
    ) -> Result<Self, Misuse> {
        Ok(Self(Form::Proximity {
            engagement: Encoded::given(engagement)?,
            reader_key: Encoded::given(reader_key)?,
            handover,
        }))
    }

    fn hashed(
        name: &'static str,
        info: &Parts<'_>,
        crypto: &CryptoProvider,
    ) -> Result<Self, CryptoError> {
        let hash = hash(info, crypto)?;
        Ok(Self(Form::Hashed { name, hash }))
    }

    fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        // Given without its tag, it will be hashed in one.
        let depth = u8::from(!is_tag(bytes));
        let item = WellFormed::parse_inside(depth, bytes, MESSAGE_CAP)?;
        let (array, tagged) = match item.head()? {
            (major::TAG, _) => (item.embedded()?.content(), Some(bytes)),
            _ => (item, None),
        };
        let [_, _, _] = array.tuple()?;
        let array = array.bytes();
        Ok(Self(Form::Given { array, tagged }))
    }

    fn tagged_parts(&self) -> Parts<'_> {
        match self.0 {
            Form::Given {
                tagged: Some(tagged),
                ..
            } => Parts::new().raw(tagged),
            _ => Parts::new().embedded(&self.parts()),
        }
    }
}

impl<'a> Handover<'a> {
    fn append_to<'b>(self, parts: Parts<'b>) -> Parts<'b>
    where
        'a: 'b,
    {
        match self {
            Self::Qr => parts.null(),
            Self::Nfc { select, request } => or_null(parts.array(2).byte_string(select), request),
        }
    }
}

fn remote(parts: Parts<'_>) -> Parts<'_> {
    parts.array(3).null().null()
}

fn or_null<'a, B: AsRef<[u8]> + ?Sized>(parts: Parts<'a>, bytes: Option<&'a B>) -> Parts<'a> {
    match bytes {
        Some(bytes) => parts.byte_string(bytes.as_ref()),
        None => parts.null(),
    }
}

fn hash(parts: &Parts<'_>, crypto: &CryptoProvider) -> Result<[u8; 32], CryptoError> {
    let hashed = parts.with(|slices| crypto.sha256(slices));
    hashed.unwrap_or(Err(CryptoError::Unavailable))
}

fn written(parts: &Parts<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    out.parts(parts);
    out.into_bytes()
}

/// Levels above an engagement or a key in SessionTranscriptBytes: tag 24, the array, tag 24.
pub(super) const DEPTH_OF_CONTENT: u8 = 3;

#[cfg(test)]
mod tests;
