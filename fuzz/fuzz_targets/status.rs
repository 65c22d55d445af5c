//! Status lists, coded numbers, and increments of a list.
#![no_main]

use vitacard::fuzzing;

vitacard_fuzz::target!(run);

/// The first byte says what the others are.
fn run(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    match kind % 4 {
        0 => drop(fuzzing::status_list(bytes)),
        1 => drop(fuzzing::coded_numbers(bytes, 1 << 32)),
        2 => drop(fuzzing::coded_numbers(bytes, 1000)),
        _ => {
            // Three byte strings, after the lengths of the first two.
            let Some(([list, invalid], rest)) = bytes.split_first_chunk() else {
                return;
            };
            let (list, rest) = rest.split_at(rest.len().min(usize::from(*list)));
            let (invalid, valid) = rest.split_at(rest.len().min(usize::from(*invalid)));
            drop(fuzzing::increment(list, invalid, valid));
        }
    }
}
