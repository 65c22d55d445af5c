use super::*;
use crate::cbor::MESSAGE_CAP;
use crate::error::DecodeErrorKind::*;

/// The generator of P-256 (SEC 2 section 2.4.2), and p.
const X: &str = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
const Y: &str = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
const P: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

fn parse(hex: &str) -> Result<PublicKey, DecodeErrorKind> {
    let bytes = hex::decode(hex).unwrap();
    let item = WellFormed::parse_deterministic(&bytes, MESSAGE_CAP);
    item.and_then(parse_own_key).map_err(|e| e.kind())
}

#[test]
fn a_key_of_ours_is_read_as_it_is_written() {
    let hex = format!("a401022001215820{X}225820{Y}");
    let key = parse(&hex).unwrap();
    assert_eq!(hex::encode(encode_key(&key)), hex);
}

#[test]
fn a_key_of_ours_has_four_labels_and_a_point_of_p256() {
    let zero = "00".repeat(32);
    for (hex, kind) in [
        ("80".into(), UnexpectedType),
        ("a0".into(), MissingKey),
        (format!("a301022001215820{X}"), MissingKey),
        (format!("a32001215820{X}225820{Y}"), MissingKey),
        (format!("a30102215820{X}225820{Y}"), MissingKey),
        (format!("a301022001225820{Y}"), MissingKey),
        (format!("a5010202402001215820{X}225820{Y}"), UnknownKey),
        (format!("a501020338222001215820{X}225820{Y}"), UnknownKey),
        (format!("a501022001215820{X}225820{Y}235820{Y}"), UnknownKey),
        (format!("a401022001215820{X}22f5"), UnexpectedType),
        (format!("a4010220012163616263225820{Y}"), UnexpectedType),
        (format!("a401012001215820{X}225820{Y}"), OutOfRange),
        (format!("a401022002215820{X}225820{Y}"), OutOfRange),
        (format!("a401022001215820{X}225820{X}"), BadKey),
        (format!("a401022001215820{zero}225820{zero}"), BadKey),
        (format!("a401022001215821{X}00225820{Y}"), OutOfRange),
        (format!("a401022001215820{X}225821{Y}00"), OutOfRange),
        (format!("a4010220012140225820{Y}"), OutOfRange),
        (format!("a401022001215820{X}2240"), OutOfRange),
        (format!("a401022001225820{Y}215820{X}"), NotDeterministic),
        (format!("a40102200121590020{X}225820{Y}"), NotDeterministic),
    ] {
        assert_eq!(parse(&hex), Err(kind), "{hex}");
    }
}

/// x = 0 has a point; p is the same number of the field, and would be a second name for it.
#[test]
fn a_coordinate_of_p_or_more_is_refused() {
    let zero = "00".repeat(32);
    let key = PublicKey::p256_compressed(&[0; 32], false).unwrap();
    let ours = hex::encode(encode_key(&key));
    assert_eq!(parse(&ours), Ok(key));
    assert_eq!(
        parse(&ours.replace(&format!("5820{zero}"), &format!("5820{P}"))),
        Err(BadKey)
    );
}
