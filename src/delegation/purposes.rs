//! For what a card is lent.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;

use crate::cbor::{WellFormed, Writer, key_order};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::mdoc::{MAX_ITEMS, MAX_NAME_SPACES};

/// For what a reader reads, or for what a card is lent: a code, and who defines what it means.
///
/// These are the purpose hints of the second edition of ISO/IEC 18013-5.
///
/// ```
/// use vitacard::delegation::{Purpose, PurposeSet};
/// let collecting_medicine = Purpose::new("org.vitacard", 1);
/// assert!(PurposeSet::of(collecting_medicine).covers(&collecting_medicine));
/// assert!(!PurposeSet::of(collecting_medicine).covers(&Purpose::new("org.vitacard", 2)));
/// ```
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Purpose<'a> {
    controller: &'a str,
    code: i64,
}

impl<'a> Purpose<'a> {
    /// The purpose that `controller` (a reverse domain, say) gives the number `code`.
    #[must_use]
    pub const fn new(controller: &'a str, code: i64) -> Self {
        Self { controller, code }
    }

    /// Who defines the code.
    #[must_use]
    pub const fn controller(&self) -> &'a str {
        self.controller
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> i64 {
        self.code
    }
}

/// Several purposes. One a delegation tells a reader least.
///
/// ```cddl
/// PurposeSet = { + tstr => [+ int] }   ; ascending, without repeats
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PurposeSet(BTreeMap<(usize, String), BTreeSet<i64>>);

impl PurposeSet {
    /// This purpose.
    #[must_use]
    pub fn of(purpose: Purpose<'_>) -> Self {
        Self::default().with(purpose)
    }

    /// Also this one.
    #[must_use]
    pub fn with(mut self, purpose: Purpose<'_>) -> Self {
        let (len, controller) = key_order(purpose.controller);
        let codes = self.0.entry((len, controller.into()));
        codes.or_default().insert(purpose.code);
        self
    }

    /// Whether `purpose` is among them.
    #[must_use]
    pub fn covers(&self, purpose: &Purpose<'_>) -> bool {
        self.iter().any(|own| own == *purpose)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Purpose<'_>> {
        self.0.iter().flat_map(|((_, controller), codes)| {
            codes.iter().map(|code| Purpose::new(controller, *code))
        })
    }

    /// Whether there is one, and each has a controller.
    pub(crate) fn is_proper(&self) -> bool {
        !self.0.is_empty() && self.0.keys().all(|(len, _)| *len > 0)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.map(self.0.len());
        for ((_, controller), codes) in &self.0 {
            out.text(controller).array(codes.len());
            for code in codes {
                out.int(*code);
            }
        }
    }
}

impl<'a> FromIterator<Purpose<'a>> for PurposeSet {
    fn from_iter<I: IntoIterator<Item = Purpose<'a>>>(purposes: I) -> Self {
        purposes.into_iter().fold(Self::default(), Self::with)
    }
}

/// A `PurposeSet` in a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purposes<'a>(WellFormed<'a>);

impl<'a> Purposes<'a> {
    /// Reads it in an encoding that is known to be deterministic.
    pub(super) fn read(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        capped_sets(item, |code| code.int())?;
        Ok(Self(item))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Purpose<'a>> + use<'a> {
        let entries = self.0.map().into_iter().flatten().filter_map(Result::ok);
        entries.flat_map(|(controller, codes)| {
            let codes = codes.array().into_iter().flatten();
            codes.filter_map(move |code| {
                Some(Purpose::new(
                    controller.text().ok()?,
                    code.ok()?.int().ok()?,
                ))
            })
        })
    }

    pub(crate) fn covers(&self, purpose: &Purpose<'_>) -> bool {
        self.iter().any(|own| own == *purpose)
    }
}

/// As [`sets`], with the caps of what readers compare it with, element by element.
pub(super) fn capped_sets<'a, T: PartialOrd>(
    item: WellFormed<'a>,
    read: impl Fn(WellFormed<'a>) -> Result<T, DecodeError>,
) -> Result<(), DecodeError> {
    let names = item.map()?.left();
    match sets(item, read)? {
        entries if names > MAX_NAME_SPACES || entries > MAX_ITEMS => {
            Err(item.error(DecodeErrorKind::TooMany))
        }
        _ => Ok(()),
    }
}

/// `{ + tstr => [+ T] }`, of names that are not empty and lists that ascend: how many entries all
/// the lists have.
pub(super) fn sets<'a, T: PartialOrd>(
    item: WellFormed<'a>,
    read: impl Fn(WellFormed<'a>) -> Result<T, DecodeError>,
) -> Result<u64, DecodeError> {
    some(item.map()?.left(), &item)?;
    let mut entries: u64 = 0;
    for entry in item.map()? {
        let (name, list) = entry?;
        name.name()?;
        entries = entries.saturating_add(list.array()?.left());
        ascending(list, &read)?;
    }
    Ok(entries)
}

/// At least one item, and each greater than the one before: numbers by value, texts by their bytes.
fn ascending<'a, T: PartialOrd>(
    list: WellFormed<'a>,
    read: impl Fn(WellFormed<'a>) -> Result<T, DecodeError>,
) -> Result<(), DecodeError> {
    let items = list.array()?;
    some(items.left(), &list)?;
    let mut previous = None;
    for item in items {
        let item = item?;
        let value = Some(read(item)?);
        if previous >= value {
            return Err(item.error(DecodeErrorKind::NotDeterministic));
        }
        previous = value;
    }
    Ok(())
}

/// Sets of ours are never empty.
fn some(count: u64, of: &WellFormed<'_>) -> Result<(), DecodeError> {
    match count {
        0 => Err(of.error(DecodeErrorKind::Empty)),
        _ => Ok(()),
    }
}
