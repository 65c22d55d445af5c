//! What the device and the reader sign, as ISO/IEC 18013-5 Annex D prints it.

use super::*;
use crate::cbor::Parts;
use crate::vectors::annex_d;

fn written(parts: &Parts<'_>) -> Vec<u8> {
    parts.with(|slices| slices.concat()).expect("few parts")
}

#[test]
fn device_authentication_of_annex_d() {
    let Some(transcript) = annex_d("D.5.1_session_transcript_bytes") else {
        return;
    };
    let transcript = SessionTranscript::given(&transcript).expect("a transcript");
    let response = annex_d("D.4.1.2_device_response").expect("a vector");
    let response = DeviceResponse::parse(&response).expect("a response");
    let document = response
        .documents()
        .next()
        .expect("a document")
        .expect("well formed");
    let name_spaces = document.device_signed.raw_name_spaces();
    let computed = device_authentication(&transcript, document.doc_type, name_spaces);
    let printed = annex_d("D.5.3_device_authentication_bytes").expect("a vector");
    assert_eq!(written(&computed), printed);
}

#[test]
fn reader_authentication_of_annex_d() {
    let Some(transcript) = annex_d("D.5.1_session_transcript_bytes") else {
        return;
    };
    let transcript = SessionTranscript::given(&transcript).expect("a transcript");
    let request = annex_d("D.4.1.1_device_request").expect("a vector");
    let request = DeviceRequest::parse(&request).expect("a request");
    let document = request.documents().next().expect("a document");
    let computed = reader_authentication(&transcript, document.raw_items_request());
    let printed = annex_d("D.5.4_reader_authentication_bytes").expect("a vector");
    assert_eq!(written(&computed), printed);
}

/// A request of the second edition: what is not understood is ignored.
#[test]
fn extended_request_of_annex_d() {
    let Some(request) = annex_d("D.4.1.3_2e_extended_device_request") else {
        return;
    };
    let request = DeviceRequest::parse(&request).expect("a request");
    assert!(request.documents().count() > 0);
}
