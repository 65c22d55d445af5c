//! JPEG (ITU-T T.81, baseline) in its smallest form that draws: one tone of grey for each block of
//! 8 x 8, so that there is nothing to transform.

/// A picture of so many blocks, each with the tone of its place.
pub(crate) fn encode(columns: u16, rows: u16, tone: impl Fn(u16, u16) -> u8) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    segment(&mut out, 0xe0, &[b"JFIF\0", &[1, 1, 0, 0, 1, 0, 1, 0, 0]]);
    // A tone is a mean of 64 values, and comes out of the transform times 8.
    segment(&mut out, 0xdb, &[&[0], &[8; 64]]);
    let [height, width] = [rows, columns].map(|blocks| (blocks * 8).to_be_bytes());
    segment(&mut out, 0xc0, &[&[8], &height, &width, &[1, 1, 0x11, 0]]);
    // Twelve codes of four bits, each the number of bits that follow it; and one that ends a block.
    let (mut dc, mut ac) = ([0; 17], [0; 17]);
    (dc[4], ac[0], ac[1]) = (12, 0x10, 1);
    segment(
        &mut out,
        0xc4,
        &[&dc, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    );
    segment(&mut out, 0xc4, &[&ac, &[0]]);
    segment(&mut out, 0xda, &[&[1, 1, 0, 0, 63, 0]]);
    scan(&mut out, columns, rows, tone);
    out.extend([0xff, 0xd9]);
    out
}

fn segment(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let content = parts.concat();
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX);
    out.extend([0xff, marker]);
    out.extend(length.to_be_bytes());
    out.extend(content);
}

fn scan(out: &mut Vec<u8>, columns: u16, rows: u16, tone: impl Fn(u16, u16) -> u8) {
    let mut bits = Bits {
        out,
        held: 0,
        count: 0,
    };
    let mut before = 0;
    for (x, y) in (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))) {
        let level = i32::from(tone(x, y)) - 128;
        let step = level - before;
        let length = i32::BITS - step.unsigned_abs().leading_zeros();
        bits.put(length, 4);
        // Below zero: the ones' complement.
        let code = if step < 0 { step - 1 } else { step };
        bits.put(code as u32 & ((1 << length) - 1), length);
        bits.put(0, 1);
        before = level;
    }
    bits.put(0x7f, 7);
}

struct Bits<'a> {
    out: &'a mut Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits<'_> {
    fn put(&mut self, code: u32, length: u32) {
        self.held = self.held << length | code;
        self.count += length;
        while self.count >= 8 {
            self.count -= 8;
            let [.., byte] = (self.held >> self.count).to_be_bytes();
            self.out.push(byte);
            if byte == 0xff {
                // Or it would begin a marker.
                self.out.push(0);
            }
        }
    }
}
