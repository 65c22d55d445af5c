//! A mutator that knows CBOR: it changes one item and writes every length around it anew, where
//! libFuzzer's own would need luck. Half of the time libFuzzer's own goes to work, for what is not
//! well formed or not in its shortest form.

use libfuzzer_sys::fuzzer_mutate;

/// Names and texts that decide something.
const TEXTS: &[&str] = &[
    "",
    "1.0",
    "1.1",
    "2.0",
    "SHA-256",
    "SHA-384",
    "SHA-512",
    "version",
    "documents",
    "status",
    "docType",
    "issuerSigned",
    "deviceSigned",
    "nameSpaces",
    "issuerAuth",
    "deviceAuth",
    "deviceSignature",
    "deviceMac",
    "digestID",
    "random",
    "elementIdentifier",
    "elementValue",
    "digestAlgorithm",
    "valueDigests",
    "deviceKeyInfo",
    "deviceKey",
    "keyAuthorizations",
    "dataElements",
    "validityInfo",
    "signed",
    "validFrom",
    "validUntil",
    "expectedUpdate",
    "docRequests",
    "itemsRequest",
    "readerAuth",
    "requestInfo",
    "eReaderKey",
    "data",
    "2026-01-02T00:00:00Z",
    "2027-01-02T00:00:00.5Z",
    "org.iso.18013.5.1",
    "family_name",
    "org.vitacard.delegation",
    "org.vitacard.delegation.1",
    "org.vitacard",
    "delegation",
    "claim",
];

/// Labels, algorithms, tags and limits.
const NUMBERS: &[u64] = &[
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    10,
    11,
    16,
    17,
    18,
    20,
    21,
    23,
    24,
    31,
    32,
    33,
    34,
    255,
    256,
    1004,
    0xffff,
    // Labels of ours, as the arguments of negative numbers.
    70_000,
    70_001,
    70_002,
    70_003,
    70_004,
    // A day, 30 days, and when the seeds are valid.
    86_400,
    2_592_000,
    1_780_272_000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    i64::MAX as u64,
    1 << 63,
    u64::MAX,
];

/// Lengths of randoms, digests and points.
const LENGTHS: &[usize] = &[0, 1, 15, 16, 32, 33, 48, 64, 65, 97];

/// How deep it looks: some levels more than the parser does.
const DEPTH: u8 = 24;

/// For `fuzz_mutator!`.
pub fn mutate(data: &mut [u8], size: usize, max: usize, seed: u32) -> usize {
    let mut dice = Dice(seed);
    match Item::read_whole(&data[..size], DEPTH) {
        Some(mut tree) if dice.one_in(2) => {
            (0..=dice.below(3)).for_each(|_| tree.mutate(&mut dice));
            let bytes = tree.written();
            match data.get_mut(..bytes.len()) {
                Some(out) => out.copy_from_slice(&bytes),
                None => return fuzzer_mutate(data, size, max),
            }
            bytes.len()
        }
        _ => fuzzer_mutate(data, size, max),
    }
}

/// An item. What a byte string holds counts as inside of it, where that is CBOR with a structure.
#[derive(Clone)]
enum Item {
    Number(u8, u64),
    Bytes(Vec<u8>),
    Text(Vec<u8>),
    Simple(Vec<u8>),
    Encoded(Box<Self>),
    Tag(u64, Box<Self>),
    Array(Vec<Self>),
    /// Keys and values in turn.
    Map(Vec<Self>),
}

impl Item {
    fn read_whole(bytes: &[u8], depth: u8) -> Option<Self> {
        let mut rest = bytes;
        Self::read(&mut rest, depth).filter(|_| rest.is_empty())
    }

    fn read(rest: &mut &[u8], depth: u8) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let start = *rest;
        let first = take(rest, 1)?[0];
        let argument = match first & 31 {
            info @ 0..=23 => info.into(),
            info @ 24..=27 => {
                let bytes = take(rest, 1 << (info - 24))?;
                bytes
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
            }
            _ => return None,
        };
        let len = usize::try_from(argument).ok()?;
        Some(match first >> 5 {
            major @ (0 | 1) => Self::Number(major, argument),
            2 => Self::bytes(take(rest, len)?, depth),
            3 => Self::Text(take(rest, len)?.to_vec()),
            4 => Self::Array(Self::read_many(rest, len, depth)?),
            5 => Self::Map(Self::read_many(rest, len.checked_mul(2)?, depth)?),
            6 => Self::Tag(argument, Box::new(Self::read(rest, depth)?)),
            _ => Self::Simple(start[..start.len() - rest.len()].to_vec()),
        })
    }

    fn read_many(rest: &mut &[u8], count: usize, depth: u8) -> Option<Vec<Self>> {
        (0..count).map(|_| Self::read(rest, depth)).collect()
    }

    fn bytes(content: &[u8], depth: u8) -> Self {
        match Self::read_whole(content, depth) {
            Some(inner) if !inner.inside().is_empty() => Self::Encoded(Box::new(inner)),
            _ => Self::Bytes(content.to_vec()),
        }
    }

    fn written(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(major, argument) => head(*major, *argument, out),
            Self::Bytes(bytes) => string(2, bytes, out),
            Self::Text(text) => string(3, text, out),
            Self::Simple(bytes) => out.extend(bytes),
            Self::Encoded(inner) => string(2, &inner.written(), out),
            Self::Tag(tag, _) => head(6, *tag, out),
            Self::Array(items) => head(4, items.len() as u64, out),
            Self::Map(items) => head(5, items.len() as u64 / 2, out),
        }
        if !matches!(self, Self::Encoded(_)) {
            self.inside().iter().for_each(|item| item.write(out));
        }
    }

    fn inside(&self) -> &[Self] {
        match self {
            Self::Encoded(inner) | Self::Tag(_, inner) => std::slice::from_ref(inner),
            Self::Array(items) | Self::Map(items) => items,
            _ => &[],
        }
    }

    fn inside_mut(&mut self) -> &mut [Self] {
        match self {
            Self::Encoded(inner) | Self::Tag(_, inner) => std::slice::from_mut(inner),
            Self::Array(items) | Self::Map(items) => items,
            _ => &mut [],
        }
    }

    fn count(&self) -> usize {
        1 + self.inside().iter().map(Self::count).sum::<usize>()
    }

    /// The `n`th of all items, itself being the first.
    fn nth(&mut self, mut n: usize) -> &mut Self {
        if n == 0 {
            return self;
        }
        n -= 1;
        for item in self.inside_mut() {
            match item.count() {
                count if n < count => return item.nth(n),
                count => n -= count,
            }
        }
        unreachable!("fewer than were counted")
    }

    /// Changes one of all items.
    fn mutate(&mut self, dice: &mut Dice) {
        let count = self.count();
        let other = self.nth(dice.below(count)).clone();
        let item = self.nth(dice.below(count));
        match dice.below(10) {
            0 => *item = other,
            1 => *item = Self::known(dice),
            2 => item.wrap(dice),
            3 => item.unwrap(dice),
            _ => item.change(other, dice),
        }
    }

    fn known(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => Self::Number(dice.below(2) as u8, *dice.of(NUMBERS)),
            1 => Self::Bytes(vec![0; *dice.of(LENGTHS)]),
            2 => Self::Simple(vec![0xf4 + dice.below(4) as u8]),
            _ => Self::Text(dice.of(TEXTS).as_bytes().to_vec()),
        }
    }

    fn wrap(&mut self, dice: &mut Dice) {
        let inner = std::mem::replace(self, Self::Array(Vec::new()));
        *self = match dice.below(4) {
            0 => Self::Array(vec![inner]),
            1 => Self::Tag(*dice.of(NUMBERS), Box::new(inner)),
            2 => Self::Encoded(Box::new(inner)),
            _ => Self::Tag(24, Box::new(Self::Encoded(Box::new(inner)))),
        };
    }

    fn unwrap(&mut self, dice: &mut Dice) {
        if let count @ 1.. = self.inside().len() {
            *self = self.inside()[dice.below(count)].clone();
        }
    }

    fn change(&mut self, other: Self, dice: &mut Dice) {
        match self {
            Self::Number(_, argument) | Self::Tag(argument, _) => match dice.below(4) {
                0 => *argument = argument.wrapping_add(1),
                1 => *argument = argument.wrapping_sub(1),
                2 => *argument ^= 1 << dice.below(64),
                _ => *argument = *dice.of(NUMBERS),
            },
            Self::Bytes(bytes) | Self::Text(bytes) => {
                let len = bytes.len();
                bytes.resize(len + 16, 0);
                let len = fuzzer_mutate(bytes, len, len + 16);
                bytes.truncate(len);
            }
            Self::Array(items) => change_list(items, 1, vec![other], dice),
            Self::Map(items) => change_list(items, 2, vec![Self::known(dice), other], dice),
            Self::Simple(_) => *self = Self::known(dice),
            Self::Encoded(inner) => *self = Self::Bytes(inner.written()),
        }
    }
}

/// Takes out, repeats, swaps or adds an entry of `size` items.
fn change_list(items: &mut Vec<Item>, size: usize, new: Vec<Item>, dice: &mut Dice) {
    let count = items.len() / size;
    let at = dice.below(count.max(1)) * size;
    match dice.below(4) {
        0 if count > 0 => drop(items.drain(at..at + size)),
        1 if count > 0 => items.extend(items[at..at + size].to_vec()),
        2 if count > 1 => items[..at + size].rotate_right(size),
        _ => drop(items.splice(at..at, new)),
    }
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some(taken)
}

fn string(major: u8, bytes: &[u8], out: &mut Vec<u8>) {
    head(major, bytes.len() as u64, out);
    out.extend(bytes);
}

fn head(major: u8, argument: u64, out: &mut Vec<u8>) {
    let bytes = argument.to_be_bytes();
    let (info, wide) = match argument {
        0..=23 => (bytes[7], 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push(major << 5 | info);
    out.extend(&bytes[8 - wide..]);
}

/// xorshift: the same seed, the same mutation.
struct Dice(u32);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.max(1);
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % end
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<'t, T>(&mut self, table: &'t [T]) -> &'t T {
        &table[self.below(table.len())]
    }
}
