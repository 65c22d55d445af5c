//! Elements become salted items with numbers, and the numbers become digests.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Decoys;
use super::draws::{Draws, SALT};
use crate::cbor::Writer;
use crate::crypto::Digest;
use crate::error::{Error, Misuse};
use crate::mdoc::{
    DocType, ElementId, ElementValue, MAX_DIGESTS, MAX_ITEMS, MAX_NAME_SPACES, NameSpace,
};

/// What a padded value's length is a multiple of: a date (14 bytes) and a null then look alike.
const PAD: usize = 16;

pub(super) type Elements = BTreeMap<NameSpace<'static>, OfNameSpace>;

/// Values, and as many bytes as they seem to have at least.
type OfNameSpace = BTreeMap<ElementId<'static>, (ElementValue<'static>, usize)>;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Layout {
    pub(super) decoys: Decoys,
    pub(super) pad_values: bool,
}

/// A name space as it will be sent, and as it will be signed.
#[derive(Debug)]
pub(super) struct SealedNameSpace {
    pub(super) name: NameSpace<'static>,
    /// `IssuerSignedItemBytes`, by rising digestID.
    items: Vec<Vec<u8>>,
    /// The digest with the number 0, 1, ….
    pub(super) digests: Vec<Vec<u8>>,
}

pub(super) struct Seal<'a> {
    pub(super) layout: Layout,
    pub(super) digest: &'a dyn Digest,
    pub(super) draws: Draws<'a>,
}

impl Seal<'_> {
    /// All name spaces, in the deterministic order of their names.
    ///
    /// A card that says nothing has one name space with one random digest (clause 9.1.2.4); the
    /// standard names none, so it gets the name of the document type.
    pub(super) fn all(
        &mut self,
        mut elements: Elements,
        doc_type: &DocType<'_>,
    ) -> Result<Vec<SealedNameSpace>, Error> {
        if elements.is_empty() {
            let name_space = NameSpace::new(doc_type.as_str())?.into_owned();
            elements.insert(name_space, OfNameSpace::new());
        }
        self.check_counts(&elements)?;
        let mut sealed = elements
            .into_iter()
            .map(|(name, elements)| self.name_space(name, elements))
            .collect::<Result<Vec<_>, _>>()?;
        // RFC 8949 section 4.2.1 compares encodings, and these begin with the length.
        sealed.sort_by(|a, b| {
            let [a, b] = [a, b].map(|sealed| sealed.name.as_str());
            (a.len(), a).cmp(&(b.len(), b))
        });
        Ok(sealed)
    }

    fn check_counts(&self, elements: &Elements) -> Result<(), Misuse> {
        let sum = |count: &dyn Fn(usize) -> usize| {
            let counts = elements.values().map(|elements| count(elements.len()));
            counts.fold(0, usize::saturating_add)
        };
        let most = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
        let fits = elements.len() <= most(MAX_NAME_SPACES)
            && sum(&|count| count) <= most(MAX_ITEMS)
            && sum(&|count| self.digests_for(count)) <= most(MAX_DIGESTS);
        fits.then_some(()).ok_or(Misuse::TooManyElements)
    }

    /// How many digests a name space with so many elements gets: never none.
    fn digests_for(&self, elements: usize) -> usize {
        let count = match self.layout.decoys {
            Decoys::None => elements,
            Decoys::Each(more) => elements.saturating_add(usize::from(more)),
            Decoys::ToMultipleOf(n) => elements
                .max(1)
                .checked_next_multiple_of(usize::from(n))
                .unwrap_or(elements),
        };
        count.max(1)
    }

    /// Shuffled with the decoys, an element's place becomes its digestID.
    ///
    /// Items are written by digestID, for that is what any reader sees of them anyway. The order in
    /// which the issuer's program adds elements would say which optional ones it skipped.
    fn name_space(
        &mut self,
        name: NameSpace<'static>,
        elements: OfNameSpace,
    ) -> Result<SealedNameSpace, Error> {
        let count = self.digests_for(elements.len());
        let mut slots: Vec<_> = elements.into_iter().map(Some).collect();
        slots.resize_with(count, || None);
        self.draws.shuffle(&mut slots)?;
        let (mut items, mut digests) = (Vec::new(), Vec::with_capacity(count));
        for (digest_id, slot) in (0..).zip(slots) {
            let Some((id, (value, seeming))) = slot else {
                digests.push(self.draws.bytes(self.digest.algorithm().len())?);
                continue;
            };
            let item = self.item(digest_id, &id, (&value, seeming))?;
            digests.push(self.hash(&item));
            items.push(item);
        }
        Ok(SealedNameSpace {
            name,
            items,
            digests,
        })
    }

    /// `IssuerSignedItemBytes`; its keys are in deterministic order.
    fn item(
        &mut self,
        digest_id: u64,
        id: &ElementId<'_>,
        (value, seeming): (&ElementValue<'_>, usize),
    ) -> Result<Vec<u8>, Error> {
        let salt = self.draws.bytes(self.salt_len(value, seeming))?;
        let mut item = Writer::new();
        item.map(4).text("random").byte_string(&salt);
        item.text("digestID").uint(digest_id);
        item.text("elementValue").raw(value.as_cbor());
        item.text("elementIdentifier").text(id.as_str());
        let mut bytes = Writer::new();
        bytes.embedded(item.as_slice());
        Ok(bytes.into_bytes())
    }

    fn salt_len(&self, value: &ElementValue<'_>, seeming: usize) -> usize {
        let len = value.as_cbor().len();
        let seeming = match self.layout.pad_values {
            true => len.max(seeming).next_multiple_of(PAD),
            false => len.max(seeming),
        };
        SALT.saturating_add(seeming.saturating_sub(len))
    }

    /// Over the whole of the bytes, tag 24 included (clause 9.1.2.5).
    fn hash(&self, item: &[u8]) -> Vec<u8> {
        let mut hash = [0; 64];
        self.digest.hash(&[item], &mut hash);
        let len = self.digest.algorithm().len();
        hash.get(..len).unwrap_or_default().to_vec()
    }
}

/// `{ + NameSpace => [+ IssuerSignedItemBytes] }`, or nothing if there is no item.
pub(super) fn encode(name_spaces: &[SealedNameSpace]) -> Option<Vec<u8>> {
    let mut out = Writer::new();
    let shown = name_spaces.iter().filter(|sealed| !sealed.items.is_empty());
    out.map(shown.clone().count());
    for sealed in shown.clone() {
        out.text(sealed.name.as_str()).array(sealed.items.len());
        for item in &sealed.items {
            out.raw(item);
        }
    }
    shown.clone().next()?;
    Some(out.into_bytes())
}
