//! Who shows a card: its holder, or a delegate. Steps 3, 4 and 10 to 13 of a delegation's verifier.

use alloc::vec::Vec;

use super::policy::is_delegable;
use super::signed::MAX_LEN;
use super::{CardDigest, NAME_SPACE, Permission, Purpose, REQUEST_INFO, VerifiedDelegation};
use crate::cbor::{Parts, WellFormed, Writer};
use crate::cose::Sign1;
use crate::crypto::CryptoProvider;
use crate::error::{Error, Misuse, Rejected, rejected};
use crate::mdoc::{DeviceAuth, DeviceRequest, DeviceSigned, DocRequest, SessionTranscript};
use crate::verify::{Conditions, Standing, VerifiedCard};

/// What a response with a delegated document may have, in bytes.
pub(crate) const MAX_RESPONSE: usize = 64 * 1024;

/// `{ 1: -7 }`
const ES256: &[u8] = &[0xa1, 0x01, 0x26];

/// Version 1 of this delegation.
const VERSION: u64 = 1;

const ELEMENT: &str = "delegation";

/// Step 3. There is no way back from one path to the other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shown<'a> {
    /// By the holder; the key of the card must have signed.
    Directly(Directly),
    /// By somebody who says that he is a delegate.
    ByDelegate(ClaimedDelegation<'a>),
}

/// No delegate shows the card. Only [`Shown::of`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Directly(());

/// A delegation that nobody has checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClaimedDelegation<'a> {
    elements: WellFormed<'a>,
}

/// What a reader knows of the encounter with a delegate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encounter<'e> {
    transcript: &'e SessionTranscript<'e>,
    response_len: usize,
    /// The request that asks for delegates, if it does, and what its reader reads for.
    asking: Option<(DeviceRequest<'e>, Purpose<'e>)>,
    conditions: Conditions<'e>,
}

impl<'a> Shown<'a> {
    /// A key that signs delegations never makes a MAC (ISO/IEC 18013-5, second edition, clause
    /// 12.4.4), so a MAC under such a key is refused before it is looked at.
    pub(crate) fn of(
        card: &VerifiedCard<'_>,
        device_signed: &DeviceSigned<'a>,
    ) -> Result<Self, Rejected> {
        if is_delegable(card.mso()) && matches!(device_signed.auth(), DeviceAuth::Mac(_)) {
            return Err(rejected!(MacOfDelegableCard));
        }
        Ok(match device_signed.claimed_name_space(NAME_SPACE) {
            Some(elements) => Self::ByDelegate(ClaimedDelegation { elements }),
            None => Self::Directly(Directly(())),
        })
    }
}

impl<'a> ClaimedDelegation<'a> {
    /// Everything after step 3, for `card` and what was device-signed with it.
    pub(crate) fn verify(
        &self,
        card: &VerifiedCard<'_>,
        device_signed: &DeviceSigned<'a>,
        encounter: &Encounter<'_>,
        crypto: &CryptoProvider,
    ) -> Result<(VerifiedDelegation<'a>, Standing), Error> {
        let conditions = &encounter.conditions;
        let doc_type = card.doc_type();
        let purpose = encounter.asks_for(doc_type)?;
        if encounter.response_len > MAX_RESPONSE {
            return Err(rejected!(DelegationTooLarge).into());
        }
        let element = self.only_element(device_signed)?;
        let permission = Permission::of(card, crypto)?;
        let delegation = permission.open(read(element)?, crypto)?;
        let delegation = delegation.in_force_at(conditions.trusted_now()?)?;
        permission.check_elements(&delegation, |name_space, id| {
            encounter.asked(doc_type, |asked| asked.asks_for(name_space, id))
        })?;
        if !(delegation.covers(&purpose) && permission.terms().covers(&purpose)) {
            return Err(rejected!(PurposeNotCovered).into());
        }
        let list = permission.terms().revocation_list;
        let now = conditions.trusted_now()?;
        let look_up = conditions.look_up(card.issuer(), now, crypto);
        let finding = look_up.delegation(&delegation.id(), list);
        let standing = Standing::of_delegate(card.finding(), finding, conditions.policy, now)?;
        let sign1 = only_form(device_signed)?;
        let authentication = delegate_authentication(
            encounter.transcript,
            doc_type,
            device_signed.raw_name_spaces(),
            permission.parent(),
        );
        let held = sign1.verify_detached(&authentication, delegation.key().into(), crypto);
        held.map_err(|_| rejected!(DelegateSignature))?;
        permission.check_own_card(&delegation)?;
        Ok((delegation, standing))
    }

    /// Step 4. KeyAuthorizations are for the holder's key, so a delegate signs nothing else.
    fn only_element(&self, device_signed: &DeviceSigned<'a>) -> Result<WellFormed<'a>, Rejected> {
        let single = |count| count == Ok(1);
        let alone = device_signed.name_space_count() == 1
            && single(self.elements.map().map(|map| map.left()));
        match self.elements.fields([ELEMENT]) {
            Ok([Some(delegation)]) if alone => Ok(delegation),
            _ => Err(rejected!(DelegatedDeviceElements)),
        }
    }
}

impl<'e> Encounter<'e> {
    /// Whoever asks for delegates says for what, also if no delegate comes: or it would be missed
    /// until one does.
    pub(crate) fn new(
        transcript: &'e SessionTranscript<'e>,
        response_len: usize,
        (request, purpose): (Option<DeviceRequest<'e>>, Option<Purpose<'e>>),
        conditions: Conditions<'e>,
    ) -> Result<Self, Misuse> {
        let asks = |request: &DeviceRequest<'_>| {
            let mut documents = request.documents();
            documents.any(|document| asks_for_delegates(&document))
        };
        let asking = match (request.filter(asks), purpose) {
            (Some(request), Some(purpose)) => Some((request, purpose)),
            (Some(_), None) => return Err(Misuse::NoPurpose),
            (None, _) => None,
        };
        Ok(Self {
            transcript,
            response_len,
            asking,
            conditions,
        })
    }

    /// For what delegates of documents of this type were asked.
    fn asks_for(&self, doc_type: &str) -> Result<Purpose<'e>, Rejected> {
        let asked = self.asking.filter(|_| self.asked(doc_type, |_| true));
        asked
            .map(|(_, purpose)| purpose)
            .ok_or(rejected!(DelegationNotAccepted))
    }

    /// Whether the reader asked for delegates of documents of this type by a request that `holds`.
    fn asked(&self, doc_type: &str, holds: impl Fn(&DocRequest<'_>) -> bool) -> bool {
        self.asking.is_some_and(|(request, _)| {
            request.documents().any(|asked| {
                asked.doc_type() == *doc_type && asks_for_delegates(&asked) && holds(&asked)
            })
        })
    }
}

/// Whether this request lets delegates answer: `{ "org.vitacard.delegation": [1] }` in its
/// DocRequestInfo.
///
/// ```
/// use vitacard::delegation::asks_for_delegates;
/// use vitacard::reader::{DeviceRequest, ItemsRequest, Request};
/// use vitacard::{DocType, ElementId, NameSpace};
/// let items = ItemsRequest::new(DocType::new("org.example.card")?)
///     .with_element(NameSpace::new("org.example")?, ElementId::new("name")?, false)
///     .accepting_delegates();
/// let bytes = Request::new([items])?.to_bytes();
/// assert!(DeviceRequest::parse(&bytes)?.documents().all(|asked| asks_for_delegates(&asked)));
/// # Ok::<(), vitacard::Error>(())
/// ```
#[must_use]
pub fn asks_for_delegates(request: &DocRequest<'_>) -> bool {
    let versions = request.request_info(REQUEST_INFO);
    let versions = versions.and_then(|versions| versions.array().ok());
    versions.is_some_and(|mut versions| {
        versions.any(|version| version.and_then(|version| version.uint()) == Ok(VERSION))
    })
}

/// DelegateAuthenticationBytes, what the delegate's key signs. It differs from
/// DeviceAuthentication in its first text and in its length, so neither is ever the other.
///
/// ```cddl
/// DelegateAuthenticationBytes = #6.24(bstr .cbor [
///     "DelegateAuthentication", SessionTranscript, DocType, DeviceNameSpacesBytes, parent ])
/// ```
pub(crate) fn delegate_authentication<'p>(
    transcript: &'p SessionTranscript<'_>,
    doc_type: &'p str,
    raw_name_spaces: &'p [u8],
    parent: &'p CardDigest,
) -> Parts<'p> {
    let start = Parts::new().array(5).text("DelegateAuthentication");
    let array = start
        .append(&transcript.parts())
        .text(doc_type)
        .raw(raw_name_spaces)
        .byte_string(parent.as_bytes());
    Parts::new().embedded(&array)
}

/// `DeviceNameSpacesBytes` of a delegated document.
pub(crate) fn write_name_spaces(delegation: &[u8]) -> Vec<u8> {
    let mut content = Writer::new();
    content.map(1).text(NAME_SPACE).map(1);
    content.text(ELEMENT).byte_string(delegation);
    let mut out = Writer::new();
    out.embedded(content.as_slice());
    out.into_bytes()
}

/// What a reader asks for with DocRequestInfo, to be written into it.
pub(crate) fn write_request_info(out: &mut Writer) {
    out.map(1).text(REQUEST_INFO).array(1).uint(VERSION);
}

/// The delegation in its element, within its cap, as well-formed CBOR.
fn read(element: WellFormed<'_>) -> Result<WellFormed<'_>, Rejected> {
    let malformed = |_| rejected!(DelegationMalformed);
    match element.byte_string().map_err(malformed)?.len() {
        0..=MAX_LEN => element.parse_content().map_err(malformed),
        _ => Err(rejected!(DelegationTooLarge)),
    }
}

/// A signature with nothing around it: `[ h'a10126', {}, nil, bstr ]`.
fn only_form<'d, 'a>(device_signed: &'d DeviceSigned<'a>) -> Result<&'d Sign1<'a>, Rejected> {
    match device_signed.auth() {
        DeviceAuth::Signature(sign1) if sign1.is_bare() && sign1.headers().protected() == ES256 => {
            Ok(sign1)
        }
        _ => Err(rejected!(DelegateAuthForm)),
    }
}
