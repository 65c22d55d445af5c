//! A status list as it is sent: a map with deflated statuses (Token Status List, section 4.2).

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{
    DecompressorOxide, TINFL_LZ_DICT_SIZE, decompress, inflate_flags,
};

use crate::cbor::{WellFormed, required};
use crate::error::{Rejected, rejected};

/// The longest list that a reader inflates unless its owner says another cap: 16 MiB, 134 million
/// cards of one bit each.
pub(crate) const LIST_CAP: usize = 16 << 20;

/// Reads `StatusList`, and inflates it to at most `cap` bytes: the bits of a status, and the list.
///
/// ```cddl
/// StatusList = { "bits": 1 / 2 / 4 / 8, "lst": bstr, ? "aggregation_uri": tstr, * tstr => any }
/// ```
pub(crate) fn inflate(map: WellFormed<'_>, cap: usize) -> Result<(u8, Vec<u8>), Rejected> {
    let malformed = |_| rejected!(ListMalformed);
    let [bits, list] = map.fields(["bits", "lst"]).map_err(malformed)?;
    let bits = required(bits, &map).map_err(malformed)?;
    let bits = match bits.uint().map_err(malformed)? {
        1 => 1,
        2 => 2,
        4 => 4,
        8 => 8,
        _ => return Err(rejected!(ListBits)),
    };
    let list = required(list, &map).map_err(malformed)?;
    let list = list.byte_string().map_err(malformed)?;
    Ok((bits, inflate_bytes(list, cap)?))
}

/// `list` as a ZLIB stream; `level` is 0 (not compressed at all) to 10 (smallest, and slow).
#[cfg_attr(
    not(feature = "x509"),
    allow(dead_code, reason = "who publishes lists has a certificate")
)]
pub(crate) fn deflate(list: &[u8], level: u8) -> Vec<u8> {
    compress_to_vec_zlib(list, level)
}

/// Inflates twice. Who sends a list can make it a thousand times longer than what was sent, so
/// memory for it is taken only when its length is known, and then just so much.
pub(super) fn inflate_bytes(deflated: &[u8], cap: usize) -> Result<Vec<u8>, Rejected> {
    let length = inflated_len(deflated, cap)?;
    let mut list = vec![0; length];
    let flags = ZLIB | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    match decompress(&mut inflater(), deflated, &mut list, 0, flags) {
        (TINFLStatus::Done, read, written) if (read, written) == (deflated.len(), length) => {
            Ok(list)
        }
        _ => Err(rejected!(ListInflate)),
    }
}

/// How long the list is, by inflating it into a window that is overwritten again and again.
///
/// Input is given in pieces, and must yield something: a stream of empty blocks, ten bits each, would
/// be work without end within any cap of what comes out.
fn inflated_len(deflated: &[u8], cap: usize) -> Result<usize, Rejected> {
    let mut inflater = inflater();
    let mut window = vec![0; TINFL_LZ_DICT_SIZE];
    let (mut consumed, mut length, mut at) = (0_usize, 0_usize, 0_usize);
    loop {
        let rest = deflated.get(consumed..).unwrap_or_default();
        let (piece, flags) = match rest.get(..PIECE) {
            Some(piece) if rest.len() > PIECE => (piece, ZLIB | MORE),
            _ => (rest, ZLIB),
        };
        let (status, read, written) = decompress(&mut inflater, piece, &mut window, at, flags);
        consumed = consumed.saturating_add(read);
        length = length.saturating_add(written);
        if length > cap {
            return Err(rejected!(ListTooLarge));
        }
        // The longest code of fixed blocks has nine bits for eight; stored ones cost less.
        if consumed > length.saturating_add(length >> 3).saturating_add(PIECE) {
            return Err(rejected!(ListInflate));
        }
        match status {
            TINFLStatus::Done if consumed == deflated.len() => return Ok(length),
            TINFLStatus::HasMoreOutput if written > 0 => {}
            TINFLStatus::NeedsMoreInput if flags & MORE != 0 && read > 0 => {}
            _ => return Err(rejected!(ListInflate)),
        }
        at = at.saturating_add(written);
        if at >= window.len() {
            at = 0;
        }
    }
}

/// Bytes of input at a time, and what a stream may have in surplus: heads and tables of codes.
const PIECE: usize = 4096;
const MORE: u32 = inflate_flags::TINFL_FLAG_HAS_MORE_INPUT;

/// The last input is said to be the last, so that a truncated stream is a fault.
const ZLIB: u32 =
    inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER | inflate_flags::TINFL_FLAG_COMPUTE_ADLER32;

/// On the heap: its tables are more than the stack of a small device.
fn inflater() -> Box<DecompressorOxide> {
    Box::default()
}

#[cfg(test)]
mod tests;
