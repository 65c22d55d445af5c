//! `DeviceSigned`: what the holder's device adds, and its proof that it holds the key.

use super::name_spaces::check_elements;
use super::{ElementId, ElementValue, NameSpace, SessionTranscript};
use crate::cbor::{Parts, WellFormed, required};
use crate::cose::{Mac0, Sign1};
use crate::error::{DecodeError, DecodeErrorKind};

/// ```cddl
/// DeviceSigned = { "nameSpaces": #6.24(bstr .cbor DeviceNameSpaces),
///                  "deviceAuth": { "deviceSignature": COSE_Sign1 // "deviceMac": COSE_Mac0 },
///                  * tstr => any }
/// DeviceNameSpaces = { * NameSpace => { + DataElementIdentifier => any } }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeviceSigned<'a> {
    raw_name_spaces: &'a [u8],
    name_spaces: WellFormed<'a>,
    auth: DeviceAuth<'a>,
}

/// `DeviceAuth`: one of the two, never both.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DeviceAuth<'a> {
    Signature(Sign1<'a>),
    Mac(Mac0<'a>),
}

impl<'a> DeviceSigned<'a> {
    pub(crate) fn parse(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        let [name_spaces, auth] = item.fields(["nameSpaces", "deviceAuth"])?;
        let name_spaces = required(name_spaces, &item)?.embedded()?;
        let device_signed = Self {
            raw_name_spaces: name_spaces.raw(),
            name_spaces: name_spaces.content(),
            auth: DeviceAuth::parse(required(auth, &item)?)?,
        };
        check_elements(name_spaces.content(), |_| Ok(()))?;
        Ok(device_signed)
    }

    pub(crate) const fn auth(&self) -> &DeviceAuth<'a> {
        &self.auth
    }

    /// `DeviceNameSpacesBytes` as received.
    pub(crate) const fn raw_name_spaces(&self) -> &'a [u8] {
        self.raw_name_spaces
    }

    /// What the device says in `name_space`, unread: for telling whether anything is said there.
    pub(crate) fn claimed_name_space(&self, name_space: &str) -> Option<WellFormed<'a>> {
        let [elements] = self.name_spaces.fields([name_space]).ok()?;
        elements
    }

    /// How many name spaces there are.
    pub(crate) fn name_space_count(&self) -> u64 {
        self.name_spaces.map().map_or(0, |map| map.left())
    }

    /// The elements, each locked until `verify` has seen who signed them and that they may.
    pub(crate) fn items(&self) -> impl Iterator<Item = SealedDeviceItem<'a>> + use<'a> {
        let name_spaces = self
            .name_spaces
            .map()
            .into_iter()
            .flatten()
            .filter_map(Result::ok);
        let items = name_spaces.flat_map(|(name_space, elements)| {
            let elements = elements.map().into_iter().flatten().filter_map(Result::ok);
            elements.filter_map(move |(id, value)| {
                Some((name_space.text().ok()?, id.text().ok()?, value))
            })
        });
        (0..=u16::MAX)
            .zip(items)
            .map(|(index, (name_space, id, value))| SealedDeviceItem {
                index,
                name_space,
                id,
                value,
            })
    }
}

impl<'a> DeviceAuth<'a> {
    fn parse(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        match item.fields(["deviceSignature", "deviceMac"])? {
            [Some(signature), None] => Sign1::parse_detached(signature).map(Self::Signature),
            [None, Some(mac)] => Mac0::parse(mac).map(Self::Mac),
            [None, None] => Err(item.error(DecodeErrorKind::MissingKey)),
            [Some(_), Some(_)] => Err(item.error(DecodeErrorKind::Contradiction)),
        }
    }
}

/// A device-signed element, before its lock is opened in `verify`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SealedDeviceItem<'a> {
    index: u16,
    name_space: &'a str,
    id: &'a str,
    value: WellFormed<'a>,
}

impl<'a> SealedDeviceItem<'a> {
    pub(crate) const fn index(&self) -> u16 {
        self.index
    }

    pub(crate) const fn claimed_name(&self) -> (&'a str, &'a str) {
        (self.name_space, self.id)
    }

    /// The parts of the element. Called by the lock in `verify/holder_key.rs` and nowhere else.
    pub(crate) const fn into_parts(self) -> (NameSpace<'a>, ElementId<'a>, ElementValue<'a>) {
        (
            NameSpace::of(self.name_space),
            ElementId::of(self.id),
            ElementValue::of(self.value),
        )
    }
}

/// `DeviceAuthenticationBytes`, what the device key signs or authenticates (clause 9.1.3.4).
///
/// ```cddl
/// DeviceAuthenticationBytes = #6.24(bstr .cbor [
///     "DeviceAuthentication", SessionTranscript, DocType, DeviceNameSpacesBytes ])
/// ```
pub(crate) fn device_authentication<'p>(
    transcript: &'p SessionTranscript<'_>,
    doc_type: &'p str,
    raw_name_spaces: &'p [u8],
) -> Parts<'p> {
    let start = Parts::new().array(4).text("DeviceAuthentication");
    let array = start
        .append(&transcript.parts())
        .text(doc_type)
        .raw(raw_name_spaces);
    Parts::new().embedded(&array)
}
