//! Tables of the generator's multiples: files that a test computes anew and compares.

use super::table::{Entry, Shape, Table, from_file};

static FULL: [Entry; Shape::FULL.entries()] = from_file(include_bytes!("generator/full.bin"));
static COMPACT: [Entry; Shape::COMPACT.entries()] =
    from_file(include_bytes!("generator/compact.bin"));
static FLASH: [Entry; Shape::FLASH.entries()] = from_file(include_bytes!("generator/flash.bin"));

/// A table of the generator's multiples, for [`crate::crypto::Es256`]. What is not named is not
/// linked.
///
/// ```
/// use vitacard::crypto::GeneratorTable;
/// let sizes = [GeneratorTable::FULL, GeneratorTable::COMPACT, GeneratorTable::FLASH];
/// assert_eq!(sizes.map(|table| table.bytes()), [262_144, 53_248, 8192]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GeneratorTable {
    shape: Shape,
    entries: &'static [Entry],
}

impl GeneratorTable {
    /// 256 KiB: the fastest.
    pub const FULL: Self = Self::new(Shape::FULL, &FULL);
    /// 52 KiB.
    pub const COMPACT: Self = Self::new(Shape::COMPACT, &COMPACT);
    /// 8 KiB, for firmware.
    pub const FLASH: Self = Self::new(Shape::FLASH, &FLASH);

    const fn new(shape: Shape, entries: &'static [Entry]) -> Self {
        Self { shape, entries }
    }

    /// How long the table is, in bytes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        size_of_val(self.entries)
    }

    pub(super) const fn table(&self) -> Table<'static> {
        Table::new(self.shape, self.entries)
    }
}

#[cfg(test)]
mod tests;
