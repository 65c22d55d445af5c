//! Sig_structure as ISO/IEC 18013-5 Annex D prints it.

use super::*;
use crate::cbor::MESSAGE_CAP;
use crate::vectors::annex_d;

fn written(parts: &Parts<'_>) -> Vec<u8> {
    parts.with(|slices| slices.concat()).expect("few parts")
}

#[test]
fn the_issuers() {
    let Some(auth) = annex_d("D.5.2_issuer_auth") else {
        return;
    };
    let item = WellFormed::parse(&auth, MESSAGE_CAP).expect("CBOR");
    let sign1 = Sign1::parse_attached(item).expect("COSE_Sign1");
    let payload = sign1
        .payload
        .expect("a payload")
        .byte_string()
        .expect("bytes");
    let structure = sig_structure(
        sign1.headers.protected(),
        &Parts::new(),
        &Parts::new().raw(payload),
    );
    assert_eq!(Some(written(&structure)), annex_d("D.5.2_sig_structure"));
}

#[test]
fn the_readers() {
    let Some(auth) = annex_d("D.5.4_reader_auth") else {
        return;
    };
    let authentication = annex_d("D.5.4_reader_authentication_bytes").expect("a vector");
    let item = WellFormed::parse(&auth, MESSAGE_CAP).expect("CBOR");
    let sign1 = Sign1::parse_detached(item).expect("COSE_Sign1");
    let payload = Parts::new().raw(&authentication);
    let structure = sig_structure(sign1.headers.protected(), &Parts::new(), &payload);
    assert_eq!(Some(written(&structure)), annex_d("D.5.4_sig_structure"));
}
