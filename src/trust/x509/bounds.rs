//! What a certificate may hold, counted before it is parsed.
//!
//! x509-cert keeps every attribute, extension and usage in memory of its own, thirty times what it
//! takes on the wire; and it does so before any signature has been checked.

use super::super::spki::{Element, Fields};

/// Attributes of one name; Annex B knows seven.
const MAX_ATTRIBUTES: usize = 16;

/// Extensions, which are also compared pairwise, to find one that stands twice; Annex B knows ten.
const MAX_EXTENSIONS: usize = 32;

/// Bytes of an extension whose value is read as a list: usages and names of the issuer.
const MAX_LIST: usize = 512;

/// `[3]` of TBSCertificate, and the object identifiers 2.5.29.18, .35 and .37.
const EXTENSIONS: u8 = 0xa3;
const LISTS: [&[u8]; 3] = [&[0x55, 0x1d, 18], &[0x55, 0x1d, 35], &[0x55, 0x1d, 37]];

/// Whether `der` is as small in its parts as certificates of cards are.
pub(super) fn is_bounded(der: &[u8]) -> bool {
    check(der).is_some()
}

fn check(der: &[u8]) -> Option<()> {
    let fields = Fields::of(der)?;
    for name in [fields.issuer, fields.subject] {
        let sets = elements(name.content, MAX_ATTRIBUTES)?;
        let attributes = sets.map(|set| Some(elements(set.content, MAX_ATTRIBUTES)?.count()));
        let count = attributes.sum::<Option<usize>>()?;
        (count <= MAX_ATTRIBUTES).then_some(())?;
    }
    // Version to extensions are ten fields at most.
    let wrapped = elements(fields.signed.content, 10)?.find(|field| field.tag == EXTENSIONS);
    let Some(wrapped) = wrapped else {
        return Some(());
    };
    let (list, _) = Element::first(wrapped.content)?;
    for extension in elements(list.content, MAX_EXTENSIONS)? {
        let (id, _) = Element::first(extension.content)?;
        let is_list = LISTS.contains(&id.content);
        (!is_list || extension.content.len() <= MAX_LIST).then_some(())?;
    }
    Some(())
}

/// The elements of `der`, if they are well formed and at most `most`.
fn elements(der: &[u8], most: usize) -> Option<impl Iterator<Item = Element<'_>>> {
    let mut rest = der;
    let mut count: usize = 0;
    while !rest.is_empty() {
        (_, rest) = Element::first(rest)?;
        count = count.saturating_add(1);
        (count <= most).then_some(())?;
    }
    let mut rest = der;
    Some(core::iter::from_fn(move || {
        let (element, after) = Element::first(rest)?;
        rest = after;
        Some(element)
    }))
}
