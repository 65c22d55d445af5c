//! The `mdoc:` URI of a QR code (ISO/IEC 18013-5 clause 8.2.2.3).

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::error::{DecodeError, DecodeErrorKind};

const SCHEME: &str = "mdoc:";

/// `mdoc:` and the base64url of `engagement`, without padding.
pub(crate) fn write(engagement: &[u8]) -> String {
    let mut uri = String::from(SCHEME);
    uri.push_str(&Base64UrlUnpadded::encode_string(engagement));
    uri
}

/// The bytes that [`write()`] was given. Schemes have no case (RFC 3986 section 3.1).
pub(super) fn read(uri: &str) -> Result<Vec<u8>, DecodeError> {
    let bad = DecodeError::new(DecodeErrorKind::BadUri, 0);
    match uri.split_at_checked(SCHEME.len()) {
        Some((scheme, text)) if scheme.eq_ignore_ascii_case(SCHEME) && !text.is_empty() => {
            Base64UrlUnpadded::decode_vec(text).map_err(|_| bad)
        }
        _ => Err(bad),
    }
}
