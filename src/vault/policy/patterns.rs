//! Patterns that people type: repetitions, runs, and ways along the keypad.

/// The straight lines of a keypad, in one direction.
const LINES: [[u8; 3]; 8] = [
    *b"123", *b"456", *b"789", *b"147", *b"258", *b"369", *b"159", *b"357",
];
/// Of fewer digits so many follow the keypad by chance that the list has to do.
const LEAST_WAY: usize = 5;
/// Any two digits run.
const LEAST_RUN: usize = 3;

/// Whether it is one group over and over, of which the last may be cut short.
pub(super) fn repeats(digits: &[u8]) -> bool {
    (1..=digits.len() / 2).any(|group| {
        let later = digits.iter().skip(group);
        later.zip(digits).all(|(next, digit)| next == digit)
    })
}

/// Whether each digit is as far from the last as all others, where 0 follows 9.
pub(super) fn runs(digits: &[u8]) -> bool {
    is_run(digits.iter().copied())
}

/// Whether all places but one have the same digit, or all digits stand in groups of one digit, as
/// long as each other.
pub(super) fn nearly_repeats(digits: &[u8]) -> bool {
    let most = digits.iter().map(|digit| count(digits, *digit)).max();
    let is_one_off = most == digits.len().checked_sub(1);
    let is_one = |group: &[u8]| group.iter().all(|digit| group.first() == Some(digit));
    is_one_off
        || (2..=digits.len() / 2)
            .any(|size| digits.len().is_multiple_of(size) && digits.chunks_exact(size).all(is_one))
}

/// Whether it runs there and back, or is two runs in turns.
pub(super) fn nearly_runs(digits: &[u8]) -> bool {
    let half = digits.len().div_ceil(2);
    let comes_back = digits.iter().eq(digits.iter().rev());
    let there = digits.iter().copied().take(half);
    let turn = |from| digits.iter().copied().skip(from).step_by(2);
    (comes_back && half >= LEAST_RUN && is_run(there))
        || (digits.len() >= 2 * LEAST_RUN && is_run(turn(0)) && is_run(turn(1)))
}

/// Whether each key is beside the last one, or it is one line of the keypad after the other, with
/// the beginning of a line or one more digit at the end.
pub(super) fn follows_keypad(digits: &[u8]) -> bool {
    let is_way = || digits.windows(2).all(are_neighbours);
    let is_lines = || {
        let lines = digits.chunks_exact(3);
        let rest = lines.remainder();
        lines.len() >= 2 && lines.into_iter().all(is_line) && (rest.len() < 2 || is_line(rest))
    };
    digits.len() >= LEAST_WAY && (is_way() || is_lines())
}

fn is_run(digits: impl Iterator<Item = u8> + Clone) -> bool {
    let pairs = digits.clone().zip(digits.skip(1));
    let mut steps = pairs.map(|(a, b)| b.wrapping_add(10).wrapping_sub(a) % 10);
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

fn count(digits: &[u8], sought: u8) -> usize {
    digits.iter().filter(|digit| **digit == sought).count()
}

/// Whether `digits` begin a line, in either direction.
fn is_line(digits: &[u8]) -> bool {
    LINES.iter().any(|line| {
        let there = line.iter().zip(digits).all(|(a, b)| a == b);
        there || line.iter().rev().zip(digits).all(|(a, b)| a == b)
    })
}

/// Whether a key is above, below or beside the other.
fn are_neighbours(pair: &[u8]) -> bool {
    let [a, b] = pair else {
        return false;
    };
    let ((row, column), (to_row, to_column)) = (place(*a), place(*b));
    row.abs_diff(to_row)
        .saturating_add(column.abs_diff(to_column))
        == 1
}

/// Row and column of a key: 0 is below 8.
fn place(digit: u8) -> (u8, u8) {
    match digit.wrapping_sub(b'1') {
        number @ 0..9 => (number / 3, number % 3),
        _ => (3, 1),
    }
}
