//! A line as a store keeps it. It is the issuer's own word, so what it says is believed.

use alloc::vec::Vec;

use super::line::{IssuedRecord, RefreshRecord};
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

impl CardLine {
    /// The line, for a store.
    ///
    /// ```cddl
    /// CardLine = { 1: bstr .size 16, 2: uint, 3: bool, 4: [+ CardRecord], ? 5: RefreshRecord }
    /// CardRecord = { 1: bstr .size 32, 2: COSE_Key, 3: uint, 4: tstr, 5: uint, 6: 0..3,
    ///                ? 7: 1..5, ? 8: uint, ? 9: bstr .size 16 }
    /// RefreshRecord = { 1: bstr .size 16, 2: bstr .size 16, 3: COSE_Key, 4: bstr .size 32,
    ///                   ? 5: uint, ? 6: bstr }
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.map(if self.refresh.is_some() { 5 } else { 4 });
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
        out.into_bytes()
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
        CardState::Blocked { reason, at } => (3, Some((reason, at))),
    };
    let count = 6_usize
        .saturating_add(if blocked.is_some() { 2 } else { 0 })
        .saturating_add(usize::from(card.refresh.is_some()));
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
}

fn write_refresh(refresh: &RefreshRecord, out: &mut Writer) {
    out.map(if refresh.issued.is_some() { 6 } else { 4 });
    out.uint(1).byte_string(refresh.number.as_bytes());
    out.uint(2).byte_string(&refresh.nonce);
    out.uint(3).raw(&encode_key(&refresh.key));
    out.uint(4).byte_string(refresh.of.as_bytes());
    if let Some(issued) = &refresh.issued {
        out.uint(5).uint(issued.at.as_secs());
        out.uint(6).byte_string(&issued.card);
    }
}

fn read_line(item: WellFormed<'_>) -> Result<CardLine, DecodeError> {
    let [number, version, demand, cards, refresh] = item.closed_fields([1, 2, 3, 4, 5])?;
    let cards = required(cards, &item)?.array()?;
    Ok(CardLine {
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
    })
}

fn read_card(item: WellFormed<'_>) -> Result<CardRecord, DecodeError> {
    let [digest, key, ends, uri, index, state, reason, at, refresh] =
        item.closed_fields([1, 2, 3, 4, 5, 6, 7, 8, 9])?;
    let fault = item.error(DecodeErrorKind::OutOfRange);
    let reason = reason.map(BlockReason::read).transpose()?;
    let at = at.map(|at| at.uint()).transpose()?.map(unix_time);
    let refresh = refresh.map(sized).transpose()?;
    Ok(CardRecord {
        digest: CardDigest::from_bytes(sized(required(digest, &item)?)?),
        key: parse_own_key(required(key, &item)?)?,
        ends: unix_time(required(ends, &item)?.uint()?),
        place: StatusPlace {
            uri: required(uri, &item)?.text()?.into(),
            index: required(index, &item)?.uint()?,
        },
        state: match (required(state, &item)?.uint()?, reason, at) {
            (0, None, None) => CardState::Issued,
            (1, None, None) => CardState::Accepted,
            (2, None, None) => CardState::Replaced,
            (3, Some(reason), Some(at)) => CardState::Blocked { reason, at },
            _ => return Err(fault),
        },
        refresh: refresh.map(RefreshNumber::from_bytes),
    })
}

fn read_refresh(item: WellFormed<'_>) -> Result<RefreshRecord, DecodeError> {
    let [number, nonce, key, of, at, card] = item.closed_fields([1, 2, 3, 4, 5, 6])?;
    let issued = match (at, card) {
        (Some(at), Some(card)) => Some(IssuedRecord {
            at: unix_time(at.uint()?),
            card: card.byte_string()?.to_vec(),
        }),
        (None, None) => None,
        _ => return Err(item.error(DecodeErrorKind::MissingKey)),
    };
    Ok(RefreshRecord {
        number: RefreshNumber::from_bytes(sized(required(number, &item)?)?),
        nonce: sized(required(nonce, &item)?)?,
        key: parse_own_key(required(key, &item)?)?,
        of: CardDigest::from_bytes(sized(required(of, &item)?)?),
        issued,
    })
}
