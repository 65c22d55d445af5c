//! A line as a store keeps it. It is the issuer's own word, so what it says is believed.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::line::RefreshRecord;
use super::{
    Attestation, BlockReason, CardLine, CardRecord, CardState, InvitationNumber, RefreshNumber,
    StatusPlace,
};
use crate::cbor::{WellFormed, Writer, required};
use crate::cose::{encode_key, parse_own_key};
use crate::delegation::{CardDigest, sized};
use crate::error::{DecodeError, DecodeErrorKind, Error, Misuse};
use crate::time::unix_time;

/// A line holds one card of at most 1 MiB, and a few records.
const MAX_LEN: usize = 4 << 20;

/// What a record of a card can grow by: two times and a reason, and a longer version of the line.
const LATER: usize = 32;

impl CardLine {
    /// The line, for a store.
    ///
    /// ```cddl
    /// CardLine = { 1: bstr .size 16, 2: uint, 3: bool, 4: [+ CardRecord], ? 5: RefreshRecord,
    ///              6: tstr, ? 7: bstr }
    /// CardRecord = { 1: bstr .size 32, 2: COSE_Key, 3: uint, 4: tstr, 5: uint, 6: 0..4,
    ///                ? 7: 1..5, ? 8: uint, ? 9: bstr .size 16, ? 10: bstr .size 32, ? 11: uint }
    /// RefreshRecord = { 1: bstr .size 16, 2: bstr .size 16, 3: COSE_Key, 4: bstr .size 32,
    ///                   ? 5: bstr }
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new();
        let optional =
            usize::from(self.refresh.is_some()).saturating_add(usize::from(self.first.is_some()));
        out.map(optional.saturating_add(5));
        out.uint(1).byte_string(self.number.as_bytes());
        out.uint(2).uint(self.version);
        out.uint(3).boolean(self.demand == Attestation::Demanded);
        out.uint(4).array(self.cards.len());
        self.cards
            .iter()
            .for_each(|card| write_card(card, &mut out));
        if let Some(refresh) = &self.refresh {
            write_refresh(refresh, out.uint(5));
        }
        out.uint(6).text(&self.doc_type);
        if let Some(card) = &self.first {
            out.uint(7).byte_string(card);
        }
        out.into_bytes()
    }

    /// A line grows by each card, and must stay such that it can be read, also once all of it is
    /// blocked.
    pub(super) fn check_length(&self) -> Result<(), Misuse> {
        let blocked = self.cards.len().saturating_mul(LATER);
        let longest = self.to_bytes().len().saturating_add(blocked);
        match longest <= MAX_LEN {
            true => Ok(()),
            false => Err(Misuse::LineTooLong),
        }
    }

    /// What [`Self::to_bytes`] gave.
    ///
    /// # Errors
    /// [`Misuse::RecordDamaged`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let damaged = |_: DecodeError| Misuse::RecordDamaged;
        let item = WellFormed::parse_deterministic(bytes, MAX_LEN);
        Ok(item.and_then(read_line).map_err(damaged)?)
    }
}

fn write_card(card: &CardRecord, out: &mut Writer) {
    let (state, blocked) = match card.state {
        CardState::Issued => (0, None),
        CardState::Accepted => (1, None),
        CardState::Replaced => (2, None),
        CardState::Blocked { reason, at } => {
            let number = if card.with_parent { 4 } else { 3 };
            (number, Some((reason, at)))
        }
    };
    let count = 6_usize
        .saturating_add(if blocked.is_some() { 2 } else { 0 })
        .saturating_add(usize::from(card.refresh.is_some()))
        .saturating_add(usize::from(card.parent.is_some()))
        .saturating_add(usize::from(card.succeeded.is_some()));
    out.map(count).uint(1).byte_string(card.digest.as_bytes());
    out.uint(2).raw(&encode_key(&card.key));
    out.uint(3).uint(card.ends.as_secs());
    out.uint(4).text(&card.place.uri);
    out.uint(5).uint(card.place.index).uint(6).uint(state);
    if let Some((reason, at)) = blocked {
        out.uint(7).uint(reason.number()).uint(8).uint(at.as_secs());
    }
    if let Some(refresh) = &card.refresh {
        out.uint(9).byte_string(refresh.as_bytes());
    }
    if let Some(parent) = &card.parent {
        out.uint(10).byte_string(parent.as_bytes());
    }
    if let Some(succeeded) = card.succeeded {
        out.uint(11).uint(succeeded.as_secs());
    }
}

fn write_refresh(refresh: &RefreshRecord, out: &mut Writer) {
    out.map(if refresh.issued.is_some() { 5 } else { 4 });
    out.uint(1).byte_string(refresh.number.as_bytes());
    out.uint(2).byte_string(&refresh.nonce);
    out.uint(3).raw(&encode_key(&refresh.key));
    out.uint(4).byte_string(refresh.of.as_bytes());
    if let Some(card) = &refresh.issued {
        out.uint(5).byte_string(card);
    }
}

fn read_line(item: WellFormed<'_>) -> Result<CardLine, DecodeError> {
    let [number, version, demand, cards, refresh, doc_type, first] =
        item.closed_fields([1, 2, 3, 4, 5, 6, 7])?;
    let cards = required(cards, &item)?.array()?;
    let first = first.map(|card| card.byte_string()).transpose()?;
    let line = CardLine {
        number: InvitationNumber::from_bytes(sized(required(number, &item)?)?),
        version: required(version, &item)?.uint()?,
        demand: match required(demand, &item)?.boolean()? {
            true => Attestation::Demanded,
            false => Attestation::NotDemanded,
        },
        cards: cards
            .map(|card| read_card(card?))
            .collect::<Result<_, _>>()?,
        refresh: refresh.map(read_refresh).transpose()?,
        doc_type: required(doc_type, &item)?.text()?.into(),
        first: first.map(<[u8]>::to_vec),
    };
    match hangs_together(&line) {
        true => Ok(line),
        false => Err(item.error(DecodeErrorKind::OutOfRange)),
    }
}

/// The first card comes of no refresh, each other one of a refresh of one before it; and what is being
/// refreshed is there.
fn hangs_together(line: &CardLine) -> bool {
    let mut known = BTreeSet::new();
    let cards = line.cards.iter().all(|card| {
        let first = known.is_empty();
        let parent = card.parent.as_ref().map(CardDigest::as_bytes);
        let from = match (parent, card.refresh) {
            (Some(parent), Some(_)) => known.contains(parent),
            (None, None) => first && !card.with_parent,
            _ => false,
        };
        from && known.insert(card.digest.as_bytes())
    });
    let refresh = line.refresh.as_ref().is_none_or(|open| {
        let mut answers = line
            .cards
            .iter()
            .filter(|own| own.refresh == Some(open.number));
        known.contains(open.of.as_bytes())
            && open.issued.is_some() == answers.any(|own| own.parent == Some(open.of))
    });
    cards && refresh && !known.is_empty()
}

fn read_card(item: WellFormed<'_>) -> Result<CardRecord, DecodeError> {
    let [
        digest,
        key,
        ends,
        uri,
        index,
        state,
        reason,
        at,
        refresh,
        parent,
        succeeded,
    ] = item.closed_fields([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])?;
    let fault = item.error(DecodeErrorKind::OutOfRange);
    let reason = reason.map(BlockReason::read).transpose()?;
    let at = at.map(|at| at.uint()).transpose()?.map(unix_time);
    let refresh = refresh.map(sized).transpose()?;
    let parent = parent.map(sized).transpose()?;
    let state = required(state, &item)?.uint()?;
    Ok(CardRecord {
        digest: CardDigest::from_bytes(sized(required(digest, &item)?)?),
        key: parse_own_key(required(key, &item)?)?,
        ends: unix_time(required(ends, &item)?.uint()?),
        place: StatusPlace {
            uri: required(uri, &item)?.text()?.into(),
            index: required(index, &item)?.uint()?,
        },
        state: match (state, reason, at) {
            (0, None, None) => CardState::Issued,
            (1, None, None) => CardState::Accepted,
            (2, None, None) => CardState::Replaced,
            (3 | 4, Some(reason), Some(at)) => CardState::Blocked { reason, at },
            _ => return Err(fault),
        },
        refresh: refresh.map(RefreshNumber::from_bytes),
        parent: parent.map(CardDigest::from_bytes),
        succeeded: succeeded.map(|at| at.uint()).transpose()?.map(unix_time),
        with_parent: state == 4,
    })
}

fn read_refresh(item: WellFormed<'_>) -> Result<RefreshRecord, DecodeError> {
    let [number, nonce, key, of, card] = item.closed_fields([1, 2, 3, 4, 5])?;
    let issued = card.map(|card| card.byte_string()).transpose()?;
    Ok(RefreshRecord {
        number: RefreshNumber::from_bytes(sized(required(number, &item)?)?),
        nonce: sized(required(nonce, &item)?)?,
        key: parse_own_key(required(key, &item)?)?,
        of: CardDigest::from_bytes(sized(required(of, &item)?)?),
        issued: issued.map(<[u8]>::to_vec),
    })
}
