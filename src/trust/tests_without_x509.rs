//! Without certificates there are pinned keys, and a chain leads nowhere.

use super::*;
use crate::cbor::{MESSAGE_CAP, WellFormed, Writer};
use crate::cose::Sign1;
use crate::crypto::RUSTCRYPTO;
use crate::error::{Error, rejected};
use crate::pki::{Entity, NOW, Profile};
use crate::time::unix_time;

#[test]
fn pinned_keys_alone() {
    let leaf = Entity::root().issue(Profile::document_signer(), "signer");
    let mut out = Writer::new();
    out.array(4).byte_string(&[]).map(1).int(33);
    out.byte_string(&leaf.der);
    out.byte_string(&[0]).byte_string(&[0; 64]);
    let bytes = out.into_bytes();
    let item = WellFormed::parse(&bytes, MESSAGE_CAP).expect("well-formed CBOR");
    let auth = Sign1::parse_attached(item).expect("a Sign1");
    let lists = RevocationLists::default();
    let find = |anchors: &TrustAnchors| {
        let now = unix_time(NOW);
        TrustedIssuer::find(&auth, anchors, Some(&lists), &RUSTCRYPTO, now)
    };
    let mut anchors = TrustAnchors::new();
    let unknown = Err(Error::Rejected(rejected!(UntrustedIssuer)));
    assert_eq!(find(&anchors), unknown);
    let key = certificate_key(&leaf.der).expect("a key");
    anchors.pin_key(key);
    assert_eq!(find(&anchors).expect("pinned").key(), &key);
}
