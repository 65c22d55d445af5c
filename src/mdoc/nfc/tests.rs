use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::mdoc::{DeviceEngagement, LeRole};
use crate::vectors::annex_d;

fn oob(role: LeRole) -> BleOob {
    BleOob {
        role: Some(role),
        ..BleOob::default()
    }
}

fn select() -> Vec<u8> {
    let nfc = NdefRecord::external(b"iso.org:18013:nfc", b"nfc", &[1; 300]);
    let ble = BleOob::new(LeRole::PeripheralPreferred, [7; 16]).with_address([1; 6], 0);
    HandoverSelect::encode(b"engagement", &[Carrier::Ble(ble), Carrier::Other(nfc)]).unwrap()
}

fn reason<T>(result: Result<T, Error>) -> Result<(), &'static str> {
    result.map(drop).map_err(Error::reason)
}

#[test]
fn annex_d_select_is_read_and_written() {
    let Some(message) = annex_d("D.3.3_nfc_handover_select") else {
        return;
    };
    let select = HandoverSelect::parse(&message).unwrap();
    DeviceEngagement::parse(select.device_engagement()).unwrap();
    let address = [0x28, 0x12, 0x8b, 0x37, 0x28, 0x28];
    let ble = Carrier::Ble(oob(LeRole::Central).with_address(address, 1));
    assert!(select.carriers().eq([ble]));
    let written = HandoverSelect::encode(select.device_engagement(), &[ble]);
    assert_eq!(written, Ok(message.clone()));
}

#[test]
fn annex_d_request_is_read_and_written() {
    let Some(message) = annex_d("D.3.2_nfc_handover_request") else {
        return;
    };
    let request = HandoverRequest::parse(&message).unwrap();
    let carriers: Vec<_> = request.carriers().collect();
    let [Carrier::Ble(ble), Carrier::Other(nfc), Carrier::Other(wifi)] = carriers[..] else {
        panic!("{carriers:?}");
    };
    assert_eq!(ble.role, Some(LeRole::PeripheralPreferred));
    assert_eq!(ble.uuid.unwrap()[..4], [0x3a, 0x82, 0xd4, 0x55]);
    assert_eq!(
        (nfc.kind(), nfc.id()),
        (&b"iso.org:18013:nfc"[..], &b"nfc"[..])
    );
    assert_eq!(
        (wifi.kind(), wifi.id()),
        (&b"application/vnd.wfa.nan"[..], &b"W"[..])
    );
    assert_eq!(
        HandoverRequest::encode([1, 2], &carriers),
        Ok(message.clone())
    );
    assert_eq!(reason(HandoverSelect::parse(&message)), Err("BadNdef"));
}

#[test]
fn a_message_with_a_long_record_round_trips() {
    let message = select();
    let select = HandoverSelect::parse(&message).unwrap();
    let carriers: Vec<_> = select.carriers().collect();
    assert_eq!(
        HandoverSelect::encode(b"engagement", &carriers),
        Ok(message.clone())
    );
    assert_eq!(reason(HandoverRequest::parse(&message)), Err("BadNdef"));
}

#[test]
fn what_cannot_be_built() {
    let invalid = Err("InvalidNdef");
    let ble = Carrier::Ble(BleOob::default());
    let named = |id| Carrier::Other(NdefRecord::mime(b"a/b", id, b"c"));
    let built = |carriers: &[Carrier<'_>]| reason(HandoverSelect::encode(b"", carriers));
    assert_eq!(built(&[]), invalid);
    assert_eq!(built(&[ble, ble]), invalid);
    assert_eq!(built(&[named(b"")]), invalid);
    assert_eq!(built(&[named(b"mdoc")]), invalid);
    assert_eq!(built(&[named(&[7; 256])]), invalid);
    let huge = vec![0; 0x1_0000];
    assert_eq!(reason(HandoverSelect::encode(&huge, &[ble])), invalid);
}

#[test]
fn what_is_no_handover() {
    let bad = Err("BadNdef");
    let parsed = |message: &[u8]| reason(HandoverSelect::parse(message));
    let good = select();
    assert_eq!(parsed(&good), Ok(()));
    assert_eq!(parsed(&[]), bad);
    assert_eq!(parsed(&vec![0; 0x1_0000]), Err("TooLong"));
    let with = |at: usize, bits: u8| {
        let mut message = good.clone();
        message[at] ^= bits;
        parsed(&message)
    };
    // Not the beginning, the end too soon, a chunk, another format, another name, version 2.5.
    for bits in [0x80, 0x40, 0x20, 0x03] {
        assert_eq!(with(0, bits), bad, "{bits:02x}");
    }
    assert_eq!(with(3, 1), bad);
    assert_eq!(with(5, 0x30), Err("UnknownVersion"));
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(parsed(&longer), bad);
}

fn message(announced: &[&[u8]], others: &[NdefRecord<'_>]) -> Vec<u8> {
    let announced: Vec<_> = announced
        .iter()
        .map(|payload| NdefRecord::new(Format::WellKnown, b"ac", &[], payload))
        .collect();
    let inner = [&[VERSION], &write_message(&announced).unwrap()[..]].concat();
    let head = NdefRecord::new(Format::WellKnown, b"Hs", &[], &inner);
    write_message(&[&[head], others].concat()).unwrap()
}

#[test]
fn carriers_resolve_and_engagements_are_one() {
    let bad = Err("BadNdef");
    let parsed = |announced: &[&[u8]], others: &[NdefRecord<'_>]| {
        reason(HandoverSelect::parse(&message(announced, others)))
    };
    let engagement = NdefRecord::external(ENGAGEMENT, ENGAGEMENT_ID, b"e");
    let unnamed = NdefRecord::external(ENGAGEMENT, b"mdok", b"e");
    let ble = NdefRecord::mime(BLE, b"0", &[2, 0x1c, 0]);
    assert_eq!(parsed(&[&[1, 1, b'0', 0]], &[ble, engagement]), Ok(()));
    assert_eq!(parsed(&[&[1, 1, b'1', 0]], &[ble, engagement]), bad);
    assert_eq!(parsed(&[&[1, 1, b'0']], &[ble, engagement]), bad);
    assert_eq!(
        parsed(&[&[1, 1, b'0', 1, 2, b'm']], &[ble, engagement]),
        bad
    );
    assert_eq!(parsed(&[&[1, 1, b'0', 0]], &[ble]), bad);
    assert_eq!(parsed(&[&[1, 1, b'0', 0]], &[ble, unnamed]), bad);
    assert_eq!(
        parsed(&[&[1, 1, b'0', 0]], &[ble, engagement, engagement]),
        bad
    );
    for payload in [
        &[2, 0x1c, 4][..],
        &[3, 0x1c],
        &[2, 0x07, 1],
        &[3, 0x1b, 1, 2],
    ] {
        let ble = NdefRecord::mime(BLE, b"0", payload);
        assert_eq!(parsed(&[&[1, 1, b'0', 0]], &[ble, engagement]), bad);
    }
    let many = vec![&[1, 1, b'0', 0][..]; MAX_CARRIERS + 1];
    assert_eq!(parsed(&many[1..], &[ble, engagement]), Ok(()));
    assert_eq!(parsed(&many, &[ble, engagement]), bad);
}

#[test]
fn out_of_band_data_may_end_early_and_hold_more() {
    let data = [2, 0x01, 6, 2, 0x1c, 1, 0, 0xff, 0xff];
    assert_eq!(BleOob::parse(&data), Some(oob(LeRole::Central)));
    assert_eq!(BleOob::parse(&[]), Some(BleOob::default()));
}

proptest! {
    #[test]
    fn arbitrary_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = HandoverSelect::parse(&bytes);
        let _ = HandoverRequest::parse(&bytes);
        let _ = BleOob::parse(&bytes);
    }

    #[test]
    fn altered_messages_end(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut message = select();
        let at = at.index(message.len());
        message[at] = byte;
        if let Ok(select) = HandoverSelect::parse(&message) {
            select.carriers().for_each(drop);
        }
    }
}
