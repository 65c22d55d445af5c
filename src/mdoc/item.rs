//! One element, locked until its digest is found in a signed MSO: the digest lock.

use super::{Digests, ElementId, ElementValue, NameSpace};
use crate::cbor::{Embedded, WellFormed, required};
use crate::crypto::CryptoProvider;
use crate::error::{DecodeError, DecodeErrorKind, Error, Misuse, Rejected, rejected};

/// ISO/IEC 18013-5 clause 9.1.2.5: "smaller than 2^31".
const DIGEST_ID_END: u32 = 1 << 31;

/// ISO/IEC 18013-5 clause 9.1.2.5. A shorter one lets a reader guess the values not shown.
const MIN_RANDOM: usize = 16;

/// A value that the issuer signed. Verifying is the only way to get one.
///
/// ```cddl
/// IssuerSignedItem = {
///     "digestID": uint .lt 2147483648, "random": bstr,
///     "elementIdentifier": tstr, "elementValue": any, * tstr => any
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Element<'a> {
    name_space: NameSpace<'a>,
    id: ElementId<'a>,
    value: ElementValue<'a>,
    digest_id: u32,
}

impl<'a> Element<'a> {
    /// Its name space.
    #[must_use]
    pub const fn name_space(&self) -> &NameSpace<'a> {
        &self.name_space
    }

    /// Its identifier.
    #[must_use]
    pub const fn id(&self) -> &ElementId<'a> {
        &self.id
    }

    /// Its value.
    #[must_use]
    pub const fn value(&self) -> &ElementValue<'a> {
        &self.value
    }

    /// The number of the digest that it was found to have.
    pub(crate) const fn digest_id(&self) -> u32 {
        self.digest_id
    }

    /// The same element, with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Element<'static> {
        Element {
            name_space: self.name_space.into_owned(),
            id: self.id.into_owned(),
            value: self.value.into_owned(),
            digest_id: self.digest_id,
        }
    }
}

/// `IssuerSignedItemBytes = #6.24(bstr .cbor IssuerSignedItem)`: a claim that the issuer signed a
/// value. The value has no accessor here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SealedItem<'a> {
    name_space: &'a str,
    raw: &'a [u8],
    index: u16,
    digest_id: u32,
    random: &'a [u8],
    id: &'a str,
    value: WellFormed<'a>,
}

impl<'a> SealedItem<'a> {
    pub(super) fn parse(
        name_space: &'a str,
        item: Embedded<'a>,
        index: u16,
    ) -> Result<Self, DecodeError> {
        let content = item.content();
        let [digest_id, random, id, value] =
            content.fields(["digestID", "random", "elementIdentifier", "elementValue"])?;
        let number = required(digest_id, &content)?;
        let digest_id = u32::try_from(number.uint()?).ok();
        let Some(digest_id) = digest_id.filter(|digest_id| *digest_id < DIGEST_ID_END) else {
            return Err(number.error(DecodeErrorKind::OutOfRange));
        };
        Ok(Self {
            name_space,
            raw: item.raw(),
            index,
            digest_id,
            random: required(random, &content)?.byte_string()?,
            id: required(id, &content)?.name()?,
            value: required(value, &content)?,
        })
    }

    /// For matching a request against a card, and for refusing; never for reading a value.
    pub(crate) const fn claimed_name(&self) -> (&'a str, &'a str) {
        (self.name_space, self.id)
    }

    /// The item as received, to be passed on as it is.
    pub(crate) const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The fault of an item whose element another item has given already.
    pub(crate) const fn duplicate(&self) -> Rejected {
        rejected!(DuplicateElement, item: self.index, digest_id: self.digest_id)
    }

    /// Hashes the bytes as received, tag 24 included, and compares with the digest that the issuer
    /// signed.
    pub(crate) fn open<'m>(
        &self,
        digests: &mut Digests<'m>,
        crypto: &CryptoProvider,
    ) -> Result<Element<'a>, Error>
    where
        'a: 'm,
    {
        let (item, digest_id) = (self.index, self.digest_id);
        let algorithm = digests.algorithm();
        let signed = digests
            .of(self.name_space)
            .ok_or(rejected!(NameSpaceNotInMso, item: item, digest_id: digest_id))?
            .find(i64::from(digest_id))
            .and_then(|digest| digest.byte_string().ok())
            .ok_or(rejected!(DigestMissing, item: item, digest_id: digest_id))?;
        if signed.len() != algorithm.len() {
            return Err(rejected!(DigestLength, item: item, digest_id: digest_id).into());
        }
        let hash = crypto
            .digest(algorithm)
            .ok_or(Misuse::UnsupportedAlgorithm)?;
        let mut computed = [0; 64];
        hash.hash(&[self.raw], &mut computed);
        // Nothing here is secret: whoever sent the item can hash it, and sent the digest.
        if Some(signed) != computed.get(..signed.len()) {
            return Err(rejected!(DigestMismatch, item: item, digest_id: digest_id).into());
        }
        if self.random.len() < MIN_RANDOM {
            return Err(rejected!(ShortRandom, item: item, digest_id: digest_id).into());
        }
        Ok(Element {
            name_space: NameSpace::of(self.name_space),
            id: ElementId::of(self.id),
            value: ElementValue::of(self.value),
            digest_id,
        })
    }
}
