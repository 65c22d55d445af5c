//! What is timed.

use core::hint::black_box;

use vitacard::crypto::TableSize;

use crate::authority::Authority;
use crate::cards::{Cards, Response};
use crate::ours::{self, Desk};
use crate::peers::{aws_lc, isomdl, p256, ring};
use crate::rounds::Row;
use crate::signing::{Signatures, Signed};

/// Of how many holders a pass over single responses is made.
const HOLDERS: usize = 32;
/// The slower the work, the fewer: a long pass is rarely undisturbed.
const HOLDERS_OF_ISOMDL: usize = 4;

pub fn all<'a>(
    authority: &Authority,
    signatures: &'a Signatures,
    cards: &'a Cards,
) -> Vec<Row<'a>> {
    let mut rows = peers(signatures, cards);
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

/// A pass over `set`.
fn each<'a, T>(
    what: impl Into<String>,
    set: &'a [T],
    mut verify: impl FnMut(&'a T) -> bool + 'a,
) -> Row<'a> {
    Row::new(what, set.len(), move || {
        for one in set {
            black_box(verify(black_box(one)));
        }
    })
}

fn peers<'a>(signatures: &'a Signatures, cards: &'a Cards) -> Vec<Row<'a>> {
    let many = &signatures.of_many;
    let two = |response: &Response| [response.by_issuer.clone(), response.by_device.clone()];
    let two: Vec<_> = cards.eight.iter().take(HOLDERS).map(two).collect();
    vec![
        aws_lc_unparsed("aws_lc_signature", many.iter().cloned().map(|one| [one])),
        aws_lc_parsed("aws_lc_signature", many.iter().map(|one| [one])),
        aws_lc_unparsed("aws_lc_two_signatures", two),
        aws_lc_parsed(
            "aws_lc_two_signatures",
            cards
                .eight
                .iter()
                .take(HOLDERS)
                .map(|card| [&card.by_issuer, &card.by_device]),
        ),
        each("ring_signature", many, ring::verify),
        each("p256_signature", many, p256::verify),
    ]
}

fn aws_lc_unparsed<'a, const N: usize>(
    what: &str,
    groups: impl IntoIterator<Item = [Signed; N]>,
) -> Row<'a> {
    let groups: Vec<_> = groups.into_iter().collect();
    Row::new(
        format!("{what}/key read each time"),
        groups.len(),
        move || {
            for signed in groups.iter().flatten() {
                black_box(aws_lc::verify(black_box(signed)));
            }
        },
    )
}

fn aws_lc_parsed<'a, const N: usize>(
    what: &str,
    groups: impl IntoIterator<Item = [&'a Signed; N]>,
) -> Row<'a> {
    let parse = |group: [&'a Signed; N]| group.map(aws_lc::Parsed::new);
    let groups: Vec<_> = groups.into_iter().map(parse).collect();
    Row::new(format!("{what}/key read before"), groups.len(), move || {
        for signed in groups.iter().flatten() {
            black_box(black_box(signed).verify());
        }
    })
}

fn our_signatures(signatures: &Signatures) -> Vec<Row<'_>> {
    let Signatures {
        of_many,
        of_many_even,
        of_one,
    } = signatures;
    let mut rows = vec![
        each("signature_new_key", of_many, ours::verify),
        each(
            "signature_new_key_even_r",
            of_many_even,
            ours::verify_even_r,
        ),
        Row::new("signatures_together_64", of_many_even.len(), || {
            black_box(ours::verify_together(black_box(of_many_even)));
        }),
    ];
    let key = &of_one[0].key;
    for (name, size) in [
        ("", TableSize::Full),
        ("_compact", TableSize::Compact),
        ("_flash", TableSize::Flash),
    ] {
        let prepared = ours::prepare(key, size);
        let verify = move |signed: &Signed| ours::verify_prepared(&prepared, signed);
        rows.push(each(format!("signature_known_key{name}"), of_one, verify));
    }
    for (name, size) in [
        ("full", TableSize::Full),
        ("compact", TableSize::Compact),
        ("flash", TableSize::Flash),
    ] {
        rows.push(Row::new(format!("table_{name}_build"), 1, move || {
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
    each(what, responses, move |response| {
        desk.accepts(&response.bytes, &mut cache)
    })
}

fn our_batches<'a>(authority: &Authority, cards: &'a Cards) -> Vec<Row<'a>> {
    let Cards { eight, hostile, .. } = cards;
    let rows = [
        together_row("verify_all_256", Desk::new(authority), eight),
        Some(desk_row(
            "verify_all_256_one_by_one",
            Desk::new(authority),
            eight,
        )),
        together_row("hostile_batch_256", Desk::new(authority), hostile),
        Some(desk_row(
            "hostile_one_by_one_256",
            Desk::new(authority),
            hostile,
        )),
    ];
    rows.into_iter().flatten().collect()
}

/// All of `responses` together, of an issuer that is known.
pub fn together_row<'a>(
    what: impl Into<String>,
    desk: Desk,
    responses: &'a [Response],
) -> Option<Row<'a>> {
    let mut cache = desk.cache(&responses[0]);
    desk.count_together(responses, &mut cache)?;
    Some(Row::new(what, responses.len(), move || {
        black_box(desk.count_together(black_box(responses), &mut cache));
    }))
}

pub fn isomdl_row<'a>(
    what: impl Into<String>,
    authority: &Authority,
    responses: &'a [Response],
) -> Row<'a> {
    let reader = isomdl::Reader::new(authority);
    let responses = &responses[..HOLDERS_OF_ISOMDL];
    each(what, responses, move |response| {
        reader.accepts(&response.bytes)
    })
}
