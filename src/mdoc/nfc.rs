//! The two messages of an NFC handover (NFC Forum Connection Handover 1.5; ISO/IEC 18013-5
//! clause 8.2.2.1). They go into the transcript as sent; what they say is not authenticated until
//! the first message of the session opens.

use alloc::vec::Vec;

use super::BleOob;
use super::ndef::{Format, NdefRecord, Records, byte, split, write_message};
use crate::error::{DecodeError, DecodeErrorKind, Error, Misuse};

const BLE: &[u8] = b"application/vnd.bluetooth.le.oob";
const ENGAGEMENT: &[u8] = b"iso.org:18013:deviceengagement";
const ENGAGEMENT_ID: &[u8] = b"mdoc";
/// Version 1.5.
const VERSION: u8 = 0x15;
/// Each carrier is looked up among all records, so their number is capped.
const MAX_CARRIERS: usize = 16;

/// A way in which the sender can be reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Carrier<'a> {
    /// Bluetooth low energy.
    Ble(BleOob),
    /// NFC, Wi-Fi Aware, or what this library does not know.
    Other(NdefRecord<'a>),
}

/// The Handover Select message, from the holder's device: static handover's only message.
#[derive(Clone, Copy, Debug)]
pub struct HandoverSelect<'a> {
    message: Message<'a>,
    engagement: &'a [u8],
}

impl<'a> HandoverSelect<'a> {
    /// Reads the message and finds the engagement in it.
    ///
    /// # Errors
    /// `BadNdef` if it is not an NDEF message, does not begin with a Handover Select record,
    /// announces a carrier that is not there, or holds no engagement or two; `TooLong` over 64 KiB.
    pub fn parse(message: &'a [u8]) -> Result<Self, Error> {
        let message = Message::parse(message, b"Hs")?;
        let mut engagements = message
            .records
            .checked()
            .filter(|record| record.is(Format::External, ENGAGEMENT));
        match (engagements.next(), engagements.next()) {
            (Some(record), None) if record.id() == ENGAGEMENT_ID => Ok(Self {
                message,
                engagement: record.payload(),
            }),
            _ => Err(message.records.error().into()),
        }
    }

    /// The bytes of DeviceEngagement, for [`super::DeviceEngagement::parse`].
    #[must_use]
    pub const fn device_engagement(&self) -> &'a [u8] {
        self.engagement
    }

    /// The ways in which the device can be reached.
    pub fn carriers(&self) -> impl Iterator<Item = Carrier<'a>> + use<'a> {
        self.message.carriers()
    }

    /// Writes the message.
    ///
    /// # Errors
    /// [`Misuse::InvalidNdef`] without a carrier, with two of one name, or if something is too long.
    ///
    /// ```
    /// use vitacard::session::{BleOob, Carrier, HandoverSelect, LeRole};
    /// let ble = Carrier::Ble(BleOob::new(LeRole::Central, [7; 16]));
    /// let message = HandoverSelect::encode(b"engagement", &[ble])?;
    /// let select = HandoverSelect::parse(&message)?;
    /// assert_eq!(select.device_engagement(), b"engagement");
    /// assert_eq!(select.carriers().next(), Some(ble));
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn encode(engagement: &[u8], carriers: &[Carrier<'_>]) -> Result<Vec<u8>, Error> {
        let engagement = NdefRecord::external(ENGAGEMENT, ENGAGEMENT_ID, engagement);
        Ok(encode(b"Hs", None, carriers, Some(engagement))?)
    }
}

/// The Handover Request message, from the reader, in negotiated handover.
#[derive(Clone, Copy, Debug)]
pub struct HandoverRequest<'a>(Message<'a>);

impl<'a> HandoverRequest<'a> {
    /// Reads the message.
    ///
    /// # Errors
    /// `BadNdef` if it is not an NDEF message, does not begin with a Handover Request record, or
    /// announces a carrier that is not there; `TooLong` over 64 KiB.
    pub fn parse(message: &'a [u8]) -> Result<Self, Error> {
        Ok(Self(Message::parse(message, b"Hr")?))
    }

    /// The ways in which the reader can be reached.
    pub fn carriers(&self) -> impl Iterator<Item = Carrier<'a>> + use<'a> {
        self.0.carriers()
    }

    /// Writes the message. `collision` is a random number by which two requesters find out who
    /// speaks first.
    ///
    /// # Errors
    /// [`Misuse::InvalidNdef`] without a carrier, with two of one name, or if something is too long.
    ///
    /// ```
    /// use vitacard::session::{BleOob, Carrier, HandoverRequest, LeRole};
    /// let ble = Carrier::Ble(BleOob::new(LeRole::Peripheral, [7; 16]));
    /// let message = HandoverRequest::encode([1, 2], &[ble])?;
    /// assert!(HandoverRequest::parse(&message)?.carriers().eq([ble]));
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn encode(collision: [u8; 2], carriers: &[Carrier<'_>]) -> Result<Vec<u8>, Error> {
        let collision = NdefRecord::new(Format::WellKnown, b"cr", &[], &collision);
        Ok(encode(b"Hr", Some(collision), carriers, None)?)
    }
}

/// A handover message whose carriers all resolve.
#[derive(Clone, Copy, Debug)]
struct Message<'a> {
    records: Records<'a>,
    announced: Records<'a>,
}

impl<'a> Message<'a> {
    fn parse(bytes: &'a [u8], kind: &[u8]) -> Result<Self, DecodeError> {
        let records = Records::parse(bytes, 0)?;
        let bad = records.error();
        let mut walk = records;
        let first = walk.next().ok_or(bad)??;
        let [version, inner @ ..] = first.payload() else {
            return Err(bad);
        };
        if !first.is(Format::WellKnown, kind) {
            return Err(bad);
        }
        if version >> 4 != VERSION >> 4 {
            return Err(DecodeError::new(DecodeErrorKind::UnknownVersion, 0));
        }
        let len = u32::try_from(inner.len()).unwrap_or(u32::MAX);
        let announced = Records::parse(inner, walk.position().saturating_sub(len))?;
        let message = Self { records, announced };
        let resolve = |reference: Option<&[u8]>| message.carrier(reference?).map(drop);
        match message.references().count() <= MAX_CARRIERS
            && message
                .references()
                .all(|reference| resolve(reference).is_some())
        {
            true => Ok(message),
            false => Err(announced.error()),
        }
    }

    fn carriers(&self) -> impl Iterator<Item = Carrier<'a>> + use<'a> {
        let message = *self;
        self.references()
            .filter_map(move |reference| message.carrier(reference?))
    }

    /// The names in the alternative carrier records, `None` for a malformed one.
    fn references(&self) -> impl Iterator<Item = Option<&'a [u8]>> + use<'a> {
        self.announced
            .checked()
            .filter(|record| record.is(Format::WellKnown, b"ac"))
            .map(|record| reference(record.payload()))
    }

    fn carrier(&self, id: &[u8]) -> Option<Carrier<'a>> {
        let record = self
            .records
            .checked()
            .skip(1)
            .find(|record| record.id() == id)?;
        match record.is(Format::Mime, BLE) {
            true => BleOob::parse(record.payload()).map(Carrier::Ble),
            false => Some(Carrier::Other(record)),
        }
    }
}

/// Alternative carrier record: power state, carrier, then the auxiliary data, whose names must be
/// there even though nothing is looked up by them.
fn reference(mut payload: &[u8]) -> Option<&[u8]> {
    let _power_state = byte(&mut payload)?;
    let len = byte(&mut payload)?;
    let carrier = split(&mut payload, len)?;
    for _ in 0..byte(&mut payload)? {
        let len = byte(&mut payload)?;
        split(&mut payload, len)?;
    }
    (!carrier.is_empty()).then_some(carrier)
}

fn encode(
    kind: &[u8],
    collision: Option<NdefRecord<'_>>,
    carriers: &[Carrier<'_>],
    engagement: Option<NdefRecord<'_>>,
) -> Result<Vec<u8>, Misuse> {
    if carriers.is_empty() || carriers.len() > MAX_CARRIERS || any_twice(carriers) {
        return Err(Misuse::InvalidNdef);
    }
    let auxiliary = engagement.map(|record| record.id());
    let references: Option<Vec<_>> = carriers
        .iter()
        .map(|carrier| write_reference(carrier.id(), auxiliary))
        .collect();
    let references = references.ok_or(Misuse::InvalidNdef)?;
    let announced = references
        .iter()
        .map(|payload| NdefRecord::new(Format::WellKnown, b"ac", &[], payload));
    let announced: Vec<_> = collision.into_iter().chain(announced).collect();
    let mut payload = Vec::from([VERSION]);
    payload.extend_from_slice(&write_message(&announced)?);
    let payloads: Vec<_> = carriers.iter().map(|carrier| carrier.payload()).collect();
    let records = carriers
        .iter()
        .zip(&payloads)
        .map(|(carrier, payload)| carrier.record(payload));
    let head = NdefRecord::new(Format::WellKnown, kind, &[], &payload);
    let all: Vec<_> = [head]
        .into_iter()
        .chain(records)
        .chain(engagement)
        .collect();
    write_message(&all)
}

/// In power state 1, "active".
fn write_reference(carrier: &[u8], auxiliary: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut out = Vec::from([1]);
    out.push(u8::try_from(carrier.len()).ok().filter(|len| *len > 0)?);
    out.extend_from_slice(carrier);
    out.push(if auxiliary.is_some() { 1 } else { 0 });
    if let Some(auxiliary) = auxiliary {
        out.push(u8::try_from(auxiliary.len()).ok()?);
        out.extend_from_slice(auxiliary);
    }
    Some(out)
}

fn any_twice(carriers: &[Carrier<'_>]) -> bool {
    carriers.iter().enumerate().any(|(n, carrier)| {
        carrier.id() == ENGAGEMENT_ID
            || carriers
                .iter()
                .take(n)
                .any(|other| other.id() == carrier.id())
    })
}

impl<'a> Carrier<'a> {
    const fn id(&self) -> &'a [u8] {
        match self {
            Self::Ble(_) => b"0",
            Self::Other(record) => record.id(),
        }
    }

    fn payload(&self) -> Vec<u8> {
        match self {
            Self::Ble(oob) => oob.to_bytes(),
            Self::Other(record) => record.payload().to_vec(),
        }
    }

    const fn record<'b>(&self, payload: &'b [u8]) -> NdefRecord<'b>
    where
        'a: 'b,
    {
        match self {
            Self::Ble(_) => NdefRecord::mime(BLE, self.id(), payload),
            Self::Other(record) => NdefRecord::new(record.format, record.kind, record.id, payload),
        }
    }
}

#[cfg(test)]
mod tests;
