//! Which names have been seen, roughly: spares comparing each with each.

/// Four bits for each element that a document may have, so that a stranger is rarely taken for one
/// that was seen.
const WORDS: usize = 64;

/// A set of names that may say that it holds one which it does not, and never the reverse.
///
/// Who makes names on purpose that fall together wins what everyone had without this: a search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names([u64; WORDS]);

impl Names {
    pub(super) const fn new() -> Self {
        Self([0; WORDS])
    }

    /// Whether `name` may have been put in before. Puts it in.
    pub(super) fn may_hold(&mut self, name: &str) -> bool {
        let hash = hash(name.as_bytes());
        let bit = 1_u64.rotate_left(u32::try_from(hash & 63).unwrap_or(0));
        let word = usize::try_from(hash >> 6).unwrap_or(0) % WORDS;
        let Some(word) = self.0.get_mut(word) else {
            return true;
        };
        let held = *word & bit != 0;
        *word |= bit;
        held
    }
}

/// Names of one card differ at their ends or in their lengths.
fn hash(name: &[u8]) -> u64 {
    let end = match name.last_chunk() {
        Some(end) => u64::from_le_bytes(*end),
        None => name.iter().fold(0, |end, byte| end << 8 | u64::from(*byte)),
    };
    let len = u64::try_from(name.len()).unwrap_or(u64::MAX);
    let mixed = (end ^ len).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed >> 52
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_held() {
        let mut names = Names::new();
        let name = |n: u32| std::format!("{n}");
        let strangers = (0..1024).filter(|n| !names.may_hold(&name(*n))).count();
        assert!(strangers > 800, "{strangers}");
        assert!((0..1024).all(|n| names.may_hold(&name(n))));
    }
}
