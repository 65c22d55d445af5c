//! Years and dates of birth, as people type them.

/// Whether `digits` are a year of 1900 to 2099, or a date with one, in any order of its parts.
pub(super) fn is_year_or_date(digits: &str) -> bool {
    match digits.len() {
        4 => is_year(digits),
        6 => orders(digits, 2, |_| true),
        8 => orders(digits, 4, is_year),
        _ => false,
    }
}

/// Day, month and year; month, day and year; or the year first.
fn orders(digits: &str, year_len: usize, is_year: fn(&str) -> bool) -> bool {
    let year_last = digits.split_at_checked(4);
    let year_first = digits.split_at_checked(year_len);
    let last = year_last.is_some_and(|(day, year)| is_day(day) && is_year(year));
    last || year_first.is_some_and(|(year, day)| is_year(year) && is_day(day))
}

fn is_year(digits: &str) -> bool {
    digits.starts_with("19") || digits.starts_with("20")
}

/// Day and month, or month and day.
fn is_day(digits: &str) -> bool {
    let Some((a, b)) = digits.split_at_checked(2) else {
        return false;
    };
    let within = |text: &str, most: u8| text.parse().is_ok_and(|n: u8| (1..=most).contains(&n));
    (within(a, 31) && within(b, 12)) || (within(a, 12) && within(b, 31))
}
