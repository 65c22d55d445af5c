//! What is timed.

use core::hint::black_box;

use vitacard::crypto::TableSize;

use crate::authority::Authority;
use crate::cards::{Cards, Delegated, Lent, Response};
use crate::ours::{self, Desk};
use crate::peers::{aws_lc, isomdl, p256, ring};
use crate::rounds::Row;
use crate::signing::{Signatures, Signed};

/// How many holders take turns where responses are verified one by one.
pub const HOLDERS: usize = 32;
/// Its arithmetic takes the same time for everyone.
const HOLDERS_AT_ISOMDL: usize = 8;

const SIZES: [(&str, TableSize); 3] = [
    ("full", TableSize::Full),
    ("compact", TableSize::Compact),
    ("flash", TableSize::Flash),
];

pub fn all<'a>(
    authority: &Authority,
    signatures: &'a Signatures,
    cards: &'a Cards,
) -> Vec<Row<'a>> {
    let mut rows = aws_lc(signatures, cards);
    rows.push(Row::each(
        "ring_signature",
        &signatures.of_many,
        ring::verify,
    ));
    rows.push(Row::each(
        "p256_signature",
        &signatures.of_many,
        p256::verify,
    ));
    rows.extend(our_signatures(signatures));
    rows.extend(our_responses(authority, cards));
    rows.extend(our_batches(authority, cards));
    rows.push(isomdl_row("isomdl_response_8", authority, &cards.eight));
    let portrait = &cards.portrait;
    rows.push(isomdl_row(
        "isomdl_response_28_portrait",
        authority,
        portrait,
    ));
    rows
}

/// Both ways to use it; `report::with_fastest` takes the better one.
fn aws_lc<'a>(signatures: &'a Signatures, cards: &'a Cards) -> Vec<Row<'a>> {
    let many = &signatures.of_many;
    let eight = &cards.eight[..HOLDERS];
    let parsed: Vec<_> = many.iter().map(aws_lc::Parsed::new).collect();
    let parse_two = |card: &'a Response| card.signatures().map(aws_lc::Parsed::new);
    let parsed_two: Vec<_> = eight.iter().map(parse_two).collect();
    let lent = &cards.delegated.responses;
    let parse_three = |lent: &'a Lent| lent.signatures().map(aws_lc::Parsed::new);
    let parsed_three: Vec<_> = lent.iter().map(parse_three).collect();
    let [each_time, before] = ["key read each time", "key read before"];
    let (one, two) = ("aws_lc_signature", "aws_lc_two_signatures");
    let three = "aws_lc_three_signatures";
    vec![
        Row::each(format!("{one}/{each_time}"), many, aws_lc::verify),
        Row::each_owned(format!("{one}/{before}"), parsed, aws_lc::Parsed::verify),
        Row::each(format!("{two}/{each_time}"), eight, |card| {
            card.signatures().into_iter().all(aws_lc::verify)
        }),
        Row::each_owned(format!("{two}/{before}"), parsed_two, |two| {
            two.iter().all(aws_lc::Parsed::verify)
        }),
        Row::each(format!("{three}/{each_time}"), lent, |lent| {
            lent.signatures().into_iter().all(aws_lc::verify)
        }),
        Row::each_owned(format!("{three}/{before}"), parsed_three, |three| {
            three.iter().all(aws_lc::Parsed::verify)
        }),
    ]
}

fn our_signatures(signatures: &Signatures) -> Vec<Row<'_>> {
    let (of_many, of_one) = (&signatures.of_many, &signatures.of_one);
    let even = &signatures.of_many_even;
    let mut rows = vec![
        Row::each("signature_new_key", of_many, ours::verify),
        Row::each("signature_new_key_even_r", even, ours::verify_even_r),
        Row::together("signatures_together_64_even_r", even.len(), || {
            black_box(ours::verify_together(black_box(even)));
        }),
    ];
    let key = &of_one[0].key;
    for (name, size) in SIZES {
        let prepared = ours::prepare(key, size);
        let verify = move |signed: &Signed| ours::verify_prepared(&prepared, signed);
        let what = match size {
            TableSize::Full => "signature_known_key".into(),
            _ => format!("signature_known_key_{name}"),
        };
        rows.push(Row::each(what, of_one, verify));
    }
    for (name, size) in SIZES {
        rows.push(Row::together(format!("table_{name}_build"), 1, move || {
            black_box(ours::prepare(black_box(key), size));
        }));
    }
    rows
}

fn our_responses<'a>(authority: &Authority, cards: &'a Cards) -> Vec<Row<'a>> {
    let eight = &cards.eight[..HOLDERS];
    let desk = || Desk::new(authority);
    let nodding = || Desk::around_signatures(authority);
    vec![
        desk_row("response_8", desk(), eight),
        delegated_row("response_8_delegated", desk(), &cards.delegated),
        desk_row("response_35", desk(), &cards.thirty_five),
        desk_row("response_28_portrait", desk(), &cards.portrait),
        desk_row("around_signatures_8", nodding(), eight),
        desk_row("around_signatures_35", nodding(), &cards.thirty_five),
        desk_row("around_signatures_28_portrait", nodding(), &cards.portrait),
    ]
}

/// Each of `responses` by itself, of an issuer that is known.
pub fn desk_row<'a>(what: impl Into<String>, desk: Desk, responses: &'a [Response]) -> Row<'a> {
    let mut cache = desk.cache(&responses[0]);
    Row::each(what, responses, move |response| {
        desk.accepts(&response.bytes, &mut cache)
    })
}

/// Each shown by a delegate, of an issuer that is known.
fn delegated_row<'a>(what: &str, desk: Desk, delegated: &'a Delegated) -> Row<'a> {
    let desk = desk.asking(&delegated.request);
    let mut cache = desk.cache(&delegated.responses[0].shown);
    Row::each(what, &delegated.responses, move |lent| {
        desk.accepts(&lent.shown.bytes, &mut cache)
    })
}

fn our_batches<'a>(authority: &Authority, cards: &'a Cards) -> Vec<Row<'a>> {
    let Cards { eight, hostile, .. } = cards;
    let desk = || Desk::new(authority);
    vec![
        together_row("verify_all_256", desk(), eight),
        one_by_one_row("verify_all_256_one_by_one", desk(), eight),
        together_row("hostile_batch_256", desk(), hostile),
        one_by_one_row("hostile_one_by_one_256", desk(), hostile),
    ]
}

fn together_row<'a>(what: &str, desk: Desk, responses: &'a [Response]) -> Row<'a> {
    let mut cache = desk.cache(&responses[0]);
    Row::together(what, responses.len(), move || {
        black_box(desk.count_together(black_box(responses), &mut cache));
    })
}

/// Timed as a whole, like the batch that it is compared with.
fn one_by_one_row<'a>(what: &str, desk: Desk, responses: &'a [Response]) -> Row<'a> {
    let mut cache = desk.cache(&responses[0]);
    Row::together(what, responses.len(), move || {
        black_box(desk.count_one_by_one(black_box(responses), &mut cache));
    })
}

pub fn isomdl_row<'a>(
    what: impl Into<String>,
    authority: &Authority,
    responses: &'a [Response],
) -> Row<'a> {
    let reader = isomdl::Reader::new(authority);
    let responses = &responses[..HOLDERS_AT_ISOMDL];
    Row::each(what, responses, move |response| {
        reader.accepts(&response.bytes)
    })
}
