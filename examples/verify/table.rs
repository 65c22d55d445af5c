//! What was verified, for people.

use core::fmt::Write as _;

use vitacard::reader::{DeviceProof, Presenter, Standing, VerifiedDocument, VerifiedIssuerSigned};
use vitacard::{ElementValue, ValueKind};

use crate::Verified;
use crate::json::date;

pub(crate) fn verified(verified: &Verified<'_>) -> String {
    match verified {
        Verified::Shown(response) => response.documents().map(shown).collect(),
        Verified::Issued(card) => issued(card, "nobody (a card on its own)"),
    }
}

fn shown(document: &VerifiedDocument<'_>) -> String {
    let presenter = match (document.presenter(), document.proof()) {
        (Presenter::Holder, DeviceProof::Signature) => "the holder (device signature)".into(),
        (Presenter::Holder, DeviceProof::Mac) => "the holder (device MAC)".into(),
        (Presenter::Delegate(delegation), _) => {
            let name = delegation.name().unwrap_or("without a name");
            format!("a delegate: {}", name.escape_debug())
        }
    };
    let mut text = card(document.issuer_signed(), &presenter, document.standing());
    if let Presenter::Delegate(delegation) = document.presenter() {
        row(&mut text, "lent until", &date(delegation.ends()));
        row(&mut text, "delegation", &delegation.id().to_string());
        for purpose in delegation.purposes() {
            let controller = purpose.controller().escape_debug();
            row(
                &mut text,
                "purpose",
                &format!("{controller}:{}", purpose.code()),
            );
        }
    }
    for element in document.device_elements() {
        row(
            &mut text,
            &format!("  {} (device)", element.id().as_str().escape_debug()),
            &shorten(element.value()),
        );
    }
    text
}

fn issued(alone: &VerifiedIssuerSigned<'_>, presenter: &str) -> String {
    card(alone, presenter, alone.standing())
}

fn card(card: &VerifiedIssuerSigned<'_>, presenter: &str, standing: Standing) -> String {
    let mut text = String::new();
    let validity = card.validity();
    let doc_type = card.doc_type();
    let doc_type = doc_type.as_str().escape_debug().to_string();
    row(&mut text, "document", &doc_type);
    row(&mut text, "issuer", &card.issuer().to_string());
    row(
        &mut text,
        "valid",
        &format!("{} to {}", date(validity.from()), date(validity.until())),
    );
    row(&mut text, "presented by", presenter);
    row(
        &mut text,
        "standing",
        match standing {
            Standing::Secured => "secured",
            Standing::Degraded(stale) if stale.status_list() => {
                "degraded: its status list is not known here"
            }
            Standing::Degraded(_) => "degraded: the list of revoked loans is not known here",
        },
    );
    let mut name_space = "";
    for element in card.elements() {
        if element.name_space().as_str() != name_space {
            name_space = element.name_space().as_str();
            let _ = writeln!(text, "{}", name_space.escape_debug());
        }
        row(
            &mut text,
            &format!("  {}", element.id().as_str().escape_debug()),
            &shorten(element.value()),
        );
    }
    text
}

fn row(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name:<32} {value}");
}

fn shorten(value: &ElementValue<'_>) -> String {
    const WIDTH: usize = 120;
    let text = describe(value);
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn describe(value: &ElementValue<'_>) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value.kind() {
        ValueKind::Bytes(bytes) => picture(bytes),
        // As names do, a text may hold control characters, and terminals obey them.
        ValueKind::Text(text) => text.escape_debug().to_string(),
        ValueKind::Integer(number) => number.to_string(),
        ValueKind::Bool(truth) => truth.to_string(),
        ValueKind::Float(number) => number.to_string(),
        ValueKind::Tag(_, inner) => describe(&inner),
        ValueKind::Array(items) => {
            format!("[{}]", list(items.map(|item| describe(&item)).collect()))
        }
        ValueKind::Map(entries) => {
            let entry = |(key, value)| format!("{}: {}", describe(&key), describe(&value));
            format!("{{{}}}", list(entries.map(entry).collect()))
        }
        _ => "null".into(),
    }
}

fn picture(bytes: &[u8]) -> String {
    let kind = match bytes {
        [0xff, 0xd8, 0xff, ..] => "jpeg",
        [0, 0, 0, 12, b'j', b'P', ..] => "jpeg 2000",
        [0x89, b'P', b'N', b'G', ..] => "png",
        short if short.len() <= 32 => return hex::encode(short),
        _ => "bytes",
    };
    format!("<{kind}, {} bytes>", bytes.len())
}
