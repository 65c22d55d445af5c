//! A DER writer that is small enough to lie: every value is plain bytes, so a caller can put
//! any byte string where the standard wants another.

/// One tag, a minimal length, and the content.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let skip = length.leading_zeros() as usize / 8;
        out.push(0x80 | (bytes.len() - skip) as u8);
        out.extend(&bytes[skip..]);
    }
    out.extend(content);
    out
}

/// A constructed value: SEQUENCE (0x30), SET (0x31), or an explicit tag (0xa0 and up).
pub fn constructed(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(tag, &parts.concat())
}

pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    constructed(0x30, parts)
}

pub fn boolean(value: bool) -> Vec<u8> {
    tlv(0x01, &[if value { 0xff } else { 0x00 }])
}

/// An INTEGER with exactly this content: its sign and its length are the caller's business.
pub fn integer(content: &[u8]) -> Vec<u8> {
    tlv(0x02, content)
}

/// A BIT STRING with exactly this content: first the number of unused bits, then the bits.
pub fn bit_string(content: &[u8]) -> Vec<u8> {
    tlv(0x03, content)
}

pub fn octet_string(content: &[u8]) -> Vec<u8> {
    tlv(0x04, content)
}

/// An OBJECT IDENTIFIER from its dotted form.
pub fn oid(dotted: &str) -> Vec<u8> {
    let mut arcs = dotted
        .split('.')
        .map(|arc| arc.parse::<u64>().expect("a number"));
    let (first, second) = (
        arcs.next().expect("two arcs"),
        arcs.next().expect("two arcs"),
    );
    let mut content = Vec::new();
    for arc in core::iter::once(first * 40 + second).chain(arcs) {
        let groups = (64 - arc.leading_zeros()).div_ceil(7).max(1);
        for group in (0..groups).rev() {
            let more = if group > 0 { 0x80 } else { 0 };
            content.push((arc >> (7 * group)) as u8 & 0x7f | more);
        }
    }
    tlv(0x06, &content)
}

/// A GeneralName that is a URI.
pub fn uri(text: &str) -> Vec<u8> {
    tlv(0x86, text.as_bytes())
}

/// How a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// UTCTime before 2050 and GeneralizedTime from then on, as RFC 5280 4.1.2.5 wants.
    Rfc5280,
    /// Always UTCTime, whose two digits lose the century.
    Utc,
    /// Always GeneralizedTime.
    Generalized,
}

/// Seconds since 1970 as a DER time.
pub fn time(seconds: u64, form: TimeForm) -> Vec<u8> {
    let (year, month, day) = civil(seconds / 86_400);
    let clock = seconds % 86_400;
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    let utc = match form {
        TimeForm::Rfc5280 => year < 2050,
        TimeForm::Utc => true,
        TimeForm::Generalized => false,
    };
    if utc {
        tlv(0x17, format!("{:02}{rest}", year % 100).as_bytes())
    } else {
        tlv(0x18, format!("{year:04}{rest}").as_bytes())
    }
}

/// Midnight UTC at the start of a day of the Gregorian calendar, in seconds since 1970.
pub const fn date(year: u64, month: u64, day: u64) -> u64 {
    // Years that start in March put the leap day last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    (days - 719_468) * 86_400
}

/// The inverse of [`date`], from days since 1970.
fn civil(days: u64) -> (u64, u64, u64) {
    let mut year = 1970 + days / 366;
    while date(year + 1, 1, 1) / 86_400 <= days {
        year += 1;
    }
    let month = (1..=12)
        .rev()
        .find(|&m| date(year, m, 1) / 86_400 <= days)
        .expect("January");
    (year, month, days - date(year, month, 1) / 86_400 + 1)
}
