//! What the insurer has published, and which answer there is to a request for it.

use std::borrow::Cow;
use std::collections::VecDeque;

use ciborium::Value;
use vitacard::issuer::{IDENTIFIER_LIST_TYPE, STATUS_LIST_TYPE};

use super::Fallible;
use super::insurer::{Insurer, made};

/// A CBOR array of byte strings, each of which is an increment.
pub(crate) const INCREMENTS_TYPE: &str = "application/cbor";

/// Whoever was away for longer fetches the whole list.
const KEPT_INCREMENTS: usize = 30;

#[derive(Clone, Default)]
pub(crate) struct Published {
    list: Vec<u8>,
    loans: Vec<u8>,
    /// Of which time the list is from which it leads to the next; the oldest first.
    increments: VecDeque<(u64, Vec<u8>)>,
    /// Of when the list is.
    newest: u64,
    /// Whether it answers nothing today.
    pub(crate) outage: bool,
}

/// Of HTTP, and nothing of any server.
pub(crate) enum Answer<'p> {
    Found(&'static str, Cow<'p, [u8]>),
    Error(u16),
}

impl Published {
    /// What is published from that day on, after what was published until then.
    pub(crate) fn on(&self, day: u64, insurer: &Insurer) -> Fallible<Self> {
        let mut next = self.clone();
        if day > 1 {
            let increment = insurer.increment(day)?;
            next.increments.push_back((self.newest, increment));
        }
        let surplus = next.increments.len().saturating_sub(KEPT_INCREMENTS);
        next.increments.drain(..surplus);
        next.list = insurer.list(day)?;
        next.loans = insurer.loans(day)?;
        next.newest = made(day).as_secs();
        Ok(next)
    }

    pub(crate) fn list_len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn last_increment_len(&self) -> Option<usize> {
        self.increments.back().map(|(_, increment)| increment.len())
    }

    /// To `GET url`; `accept` is the header.
    pub(crate) fn answer(&self, url: &str, accept: Option<&str>) -> Answer<'_> {
        if self.outage {
            return Answer::Error(503);
        }
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let found = match path {
            "/status/1" => Some((STATUS_LIST_TYPE, Cow::from(&self.list))),
            "/delegations" => Some((IDENTIFIER_LIST_TYPE, Cow::from(&self.loans))),
            "/status/1/increments" => self
                .increments_from(query)
                .map(|increments| (INCREMENTS_TYPE, Cow::from(increments))),
            _ => None,
        };
        match found {
            None => Answer::Error(404),
            Some((media_type, _)) if !accepts(accept, media_type) => Answer::Error(406),
            Some((media_type, body)) => Answer::Found(media_type, body),
        }
    }

    /// All that lead from the list of that time to the newest one: none from the newest one itself.
    /// `None` where no way leads from there.
    fn increments_from(&self, query: &str) -> Option<Vec<u8>> {
        let from: u64 = query.strip_prefix("from=")?.parse().ok()?;
        let increments = self.increments.iter().skip_while(|(base, _)| *base != from);
        let rest: Vec<_> = increments
            .map(|(_, increment)| Value::from(increment.as_slice()))
            .collect();
        if rest.is_empty() && from != self.newest {
            return None;
        }
        let mut bytes = Vec::new();
        ciborium::into_writer(&Value::Array(rest), &mut bytes).ok()?;
        Some(bytes)
    }
}

/// Whoever says nothing takes everything. A range with `q=0` is what is not wanted.
fn accepts(accept: Option<&str>, media_type: &str) -> bool {
    let Some(accept) = accept else {
        return true;
    };
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let wanted = parts.next().is_some_and(|range| {
            range.eq_ignore_ascii_case(media_type) || matches!(range, "*/*" | "application/*")
        });
        wanted && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}
