//! What becomes of a whole line of cards when messages come twice, cross each other, or get lost, and
//! when the issuer's store fails between two of them.

use std::collections::BTreeSet;

use ciborium::Value;
use vitacard::crypto::{PublicKey, RUSTCRYPTO};
use vitacard::delegation::CardDigest;
use vitacard::enrolment::*;
use vitacard::holder::Card;
use vitacard::{Error, UnixTime};

use crate::kit::encode;
use crate::lending::any_policy;
use crate::raw::*;
use crate::world::*;

fn by_holder(world: &mut World, card: &Card, phone: &str, secs: u64) -> Vec<u8> {
    let unsigned = card
        .block(BlockReason::Stolen, at(secs), &mut world.rng)
        .unwrap();
    unsigned.sign_with(&signer(phone), &RUSTCRYPTO).unwrap()
}

/// A block is repeated: it is answered as the first, and does not reach a card that was refreshed from
/// another one.
#[test]
fn a_repeated_block_reaches_nothing_new() {
    let mut world = World::new();
    let first = world.enrolled();
    let second = world.refreshed(&first, (PHONE, NEW_KEY), 0);
    let digest = second.card.digest().unwrap();
    let blocked = block(&mut world.store, &digest, BlockReason::Lost, now()).unwrap();
    // The first is refreshed anew, and its holder has the third.
    let third = world.refreshed(&first, (PHONE, "third"), HOUR);
    world.accept(&third.accepted, at(HOUR)).unwrap();
    let request = by_holder(&mut world, &second.card, NEW_KEY, 0);
    let again = world.block(&request, at(2 * HOUR)).unwrap();
    assert_eq!(world.record(&third.card).state(), CardState::Accepted);
    assert_eq!(again, blocked);
}

/// The same, while the first is being refreshed.
#[test]
fn a_repeated_block_ends_no_refresh_of_another_card() {
    let mut world = World::new();
    let first = world.enrolled();
    let second = world.refreshed(&first, (PHONE, NEW_KEY), 0);
    let digest = second.card.digest().unwrap();
    block(&mut world.store, &digest, BlockReason::Lost, now()).unwrap();
    let nonce = world.nonce();
    let (_, asked) = world.ask(&first, (PHONE, "third"), &nonce, now());
    let open = world.open(&asked, &nonce, now()).unwrap();
    block(&mut world.store, &digest, BlockReason::Lost, at(1)).unwrap();
    assert_eq!(world.answer_refresh(open, at(2)).err(), None);
}

/// The phone has the new card and says that it is stolen; that the card arrived got lost. The key of
/// the old card is in the same phone, and so is whoever has it.
#[test]
fn a_card_that_is_blocked_by_its_key_has_arrived() {
    let mut world = World::new();
    let first = world.enrolled();
    let second = world.refreshed(&first, (PHONE, NEW_KEY), 0);
    let request = by_holder(&mut world, &second.card, NEW_KEY, 60);
    let blocked = world.block(&request, at(60)).unwrap();
    let places = [&second.card, &first].map(|card| world.place(card));
    assert_eq!(indices(blocked.places()), places);
    assert_eq!(world.record(&first).state(), CardState::Replaced);
    assert_eq!(world.block(&request, at(DAY)), Ok(blocked));
    assert_eq!(world.store.lines().next().unwrap().refreshes().count(), 1);
}

/// The issuer has it by word: the holder may have the old card alone. He keeps it, and his 72 hours.
#[test]
fn the_72_hours_run_on_if_the_new_card_is_blocked() {
    let mut world = World::new();
    let first = world.enrolled();
    let second = world.refreshed(&first, (PHONE, NEW_KEY), 0);
    let digest = second.card.digest().unwrap();
    let blocked = block(&mut world.store, &digest, BlockReason::Lost, at(60)).unwrap();
    assert_eq!(indices(blocked.places()), [world.place(&second.card)]);
    // A third does not begin them anew.
    let third = world.refreshed(&first, (PHONE, "third"), HOUR);
    assert_eq!(world.retire(at(OVERLAP_SECS - 1)), []);
    assert_eq!(world.retire(at(OVERLAP_SECS)), [world.place(&first)]);
    let old = world.place(&first);
    assert_eq!(world.accept(&third.accepted, at(5 * DAY)), Ok(vec![old]));
}

/// Whose 72 hours were over stays replaced: a block of the new card must not bring it back.
#[test]
fn what_was_overdue_does_not_come_back() {
    let mut world = World::new();
    let first = world.enrolled();
    let second = world.refreshed(&first, (PHONE, NEW_KEY), 0);
    let late = at(OVERLAP_SECS + HOUR);
    let nonce = world.nonce_at(late);
    let (_, request) = world.ask(&first, (PHONE, "third"), &nonce, late);
    let over = world.judge(&request, &nonce, late).err();
    assert_eq!(over, refused!(CardReplaced));
    let word = second.card.digest().unwrap();
    let blocked = block(&mut world.store, &word, BlockReason::Damaged, late).unwrap();
    let over = world.judge(&request, &nonce, late).err();
    assert_eq!(over, refused!(CardReplaced));
    // The timer has nothing to say any more: the block says it, each time.
    let places = [&second.card, &first].map(|card| world.place(card));
    assert_eq!(indices(blocked.places()), places);
    assert_eq!(world.retire(late), []);
    let again = block(&mut world.store, &word, BlockReason::Lost, at(9 * DAY));
    assert_eq!(again, Ok(blocked));
}

/// A store that fails at the nth replacement, before or after it has written.
struct Failing {
    store: Memory,
    left: usize,
    after_writing: bool,
}

impl Cards for Failing {
    fn line_of(&self, card: &CardDigest) -> Result<Option<CardLine>, StoreFault> {
        self.store.line_of(card)
    }
    fn line_of_refresh(&self, refresh: &RefreshNumber) -> Result<Option<CardLine>, StoreFault> {
        self.store.line_of_refresh(refresh)
    }
    fn line_of_key(&self, key: &PublicKey) -> Result<Option<CardLine>, StoreFault> {
        self.store.line_of_key(key)
    }
    fn keep_refresh(&mut self, refresh: &RefreshNumber) -> Result<bool, StoreFault> {
        self.store.keep_refresh(refresh)
    }
    fn overdue(&self, now: UnixTime) -> Result<Vec<CardLine>, StoreFault> {
        self.store.overdue(now)
    }
    fn add_line(&mut self, line: &CardLine) -> Result<bool, StoreFault> {
        self.store.add_line(line)
    }
    fn replace_line(&mut self, held: u64, line: &CardLine) -> Result<bool, StoreFault> {
        match self.left {
            0 => self.store.replace_line(held, line),
            1 => {
                self.left = 0;
                if self.after_writing {
                    self.store.replace_line(held, line)?;
                }
                Err(StoreFault)
            }
            _ => {
                self.left -= 1;
                self.store.replace_line(held, line)
            }
        }
    }
}

/// Two cards are overdue, and the store fails at the second, before or after it has written: both
/// places are given in the end.
#[test]
fn no_place_is_lost_when_the_store_fails() {
    for after_writing in [false, true] {
        let mut world = World::new();
        let mut places = BTreeSet::new();
        for phone in [PHONE, "other phone"] {
            let card = world.enrolled_by(world.draft(), phone);
            let _ = world.refreshed(&card, (phone, &format!("{phone}, new")), 0);
            places.insert(world.place(&card));
        }
        let store = std::mem::take(&mut world.store);
        let mut store = Failing {
            store,
            left: 2,
            after_writing,
        };
        let (first, outcome) = retire_overdue(&mut store, at(OVERLAP_SECS));
        assert_eq!(outcome.err(), misused!(StoreFailed));
        let (second, outcome) = retire_overdue(&mut store, at(OVERLAP_SECS));
        assert_eq!(outcome, Ok(()));
        let given: BTreeSet<_> = indices(&[first, second].concat()).into_iter().collect();
        assert_eq!(given, places);
        let (third, _) = retire_overdue(&mut store, at(OVERLAP_SECS));
        assert_eq!(third, []);
    }
}

/// A store in which one line cannot be written.
struct Stuck(Memory, InvitationNumber);

impl Cards for Stuck {
    fn line_of(&self, card: &CardDigest) -> Result<Option<CardLine>, StoreFault> {
        self.0.line_of(card)
    }
    fn line_of_refresh(&self, refresh: &RefreshNumber) -> Result<Option<CardLine>, StoreFault> {
        self.0.line_of_refresh(refresh)
    }
    fn line_of_key(&self, key: &PublicKey) -> Result<Option<CardLine>, StoreFault> {
        self.0.line_of_key(key)
    }
    fn keep_refresh(&mut self, refresh: &RefreshNumber) -> Result<bool, StoreFault> {
        self.0.keep_refresh(refresh)
    }
    fn overdue(&self, now: UnixTime) -> Result<Vec<CardLine>, StoreFault> {
        self.0.overdue(now)
    }
    fn add_line(&mut self, line: &CardLine) -> Result<bool, StoreFault> {
        self.0.add_line(line)
    }
    fn replace_line(&mut self, held: u64, line: &CardLine) -> Result<bool, StoreFault> {
        match line.number() == self.1 {
            true => Ok(false),
            false => self.0.replace_line(held, line),
        }
    }
}

/// One line that is stuck does not keep all others valid.
#[test]
fn one_line_does_not_hold_up_the_others() {
    let mut world = World::new();
    for phone in [PHONE, "other phone"] {
        let card = world.enrolled_by(world.draft(), phone);
        let _ = world.refreshed(&card, (phone, &format!("{phone}, new")), 0);
    }
    let first = world.store.lines().next().unwrap().number();
    let mut store = Stuck(std::mem::take(&mut world.store), first);
    let (_, outcome) = retire_overdue(&mut store, at(OVERLAP_SECS));
    assert_eq!(outcome.err(), misused!(StoreContended));
    let invalid: usize = store
        .0
        .lines()
        .map(|line| line.invalid_places().count())
        .sum();
    assert_eq!(invalid, 1);
}

/// The store has written and says that it failed; the phone sends its message again.
#[test]
fn the_place_of_the_old_card_is_given_when_accepted_comes_again() {
    let mut world = World::new();
    let card = world.enrolled();
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let place = world.place(&card);
    let store = std::mem::take(&mut world.store);
    let mut store = Failing {
        store,
        left: 1,
        after_writing: true,
    };
    let mut apply = || {
        let message = Acceptance::parse(&new.accepted).unwrap();
        message.apply(&mut store, &RUSTCRYPTO, now())
    };
    assert_eq!(apply().err(), misused!(StoreFailed));
    assert_eq!(apply().map(|places| indices(&places)), Ok(vec![place]));
}

/// The holder has accepted; his message comes after the block of the same card. The old card must not
/// live on.
#[test]
fn accepted_comes_after_the_block() {
    let mut world = World::new();
    let first = world.enrolled();
    let second = world.refreshed(&first, (PHONE, NEW_KEY), 0);
    let request = by_holder(&mut world, &second.card, NEW_KEY, 60);
    world.block(&request, at(60)).unwrap();
    let _ = world.accept(&second.accepted, at(61));
    world.retire(at(80 * DAY));
    let both = [&first, &second.card].map(|card| world.place(card));
    assert_eq!(world.invalid(), both);
}

/// No byte of a record makes a panic, and what is read is written as it was.
#[test]
fn every_byte_of_a_record() {
    let mut world = World::new();
    let card = world.enrolled();
    let _ = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let good = world.store.lines().next().unwrap().to_bytes();
    for place in (0..600).chain(good.len().saturating_sub(20)..good.len()) {
        for value in [0, 1, 0x3b, 0x5b, 0x7f, 0x80, 0x9b, 0xbf, 0xff] {
            let mut line = good.clone();
            line[place] ^= value;
            if let Ok(read) = CardLine::from_bytes(&line) {
                assert_eq!(read.to_bytes(), line);
                let _ = (
                    read.replaces_at(),
                    read.oldest_valid(),
                    read.refreshes().count(),
                );
                let mut store = Memory::default();
                store.add_line(&read).unwrap();
                let _ = retire_overdue(&mut store, at(OVERLAP_SECS));
                for own in read.cards() {
                    let _ = block(&mut store, &own.digest(), BlockReason::Lost, now());
                }
            }
        }
    }
}

/// The first card comes of nothing, each other one of one before it, and what is being refreshed is
/// there.
#[test]
fn a_record_that_no_line_writes() {
    type Change = fn(&mut Vec<(Value, Value)>);
    let mut world = World::new();
    let card = world.enrolled();
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    let line = world.store.lines().next().unwrap().to_bytes();
    let read = |line: &[u8], change: Change| {
        let mut map = decode(line).into_map().unwrap();
        change(&mut map);
        let read: Result<_, Error> = CardLine::from_bytes(&encode(&Value::Map(map)));
        read.map(drop).err()
    };
    fn cards(line: &mut [(Value, Value)]) -> &mut Vec<Value> {
        line[3].1.as_array_mut().unwrap()
    }
    fn fields(line: &mut [(Value, Value)], card: usize) -> &mut Vec<(Value, Value)> {
        cards(line)[card].as_map_mut().unwrap()
    }
    fn refresh(line: &mut [(Value, Value)]) -> &mut Vec<(Value, Value)> {
        line[4].1.as_map_mut().unwrap()
    }
    let changes: [Change; 12] = [
        |line| cards(line).clear(),
        |line| cards(line).reverse(),
        |line| drop(cards(line).remove(0)),
        |line| drop(cards(line).pop()),
        |line| {
            let again = cards(line)[1].clone();
            cards(line).push(again);
        },
        |line| {
            let again = cards(line)[0].clone();
            cards(line).push(again);
        },
        // The second card of no refresh; of no parent; of one that is not there.
        |line| fields(line, 1).retain(|(key, _)| *key != Value::from(9)),
        |line| fields(line, 1).retain(|(key, _)| *key != Value::from(10)),
        |line| fields(line, 1).last_mut().unwrap().1 = bytes(&[7; 32]),
        // A refresh of a card that is not there; with an answer and no card, with a card and no answer.
        |line| refresh(line)[3].1 = bytes(&[7; 32]),
        |line| refresh(line)[0].1 = bytes(&[7; 16]),
        |line| drop(refresh(line).pop()),
    ];
    assert_eq!(read(&line, |_| ()), None);
    for (count, change) in changes.into_iter().enumerate() {
        assert_eq!(read(&line, change), misused!(RecordDamaged), "{count}");
    }
    // Blocked with the card before it: the first has none.
    let request = by_holder(&mut world, &new.card, NEW_KEY, 0);
    world.block(&request, now()).unwrap();
    let line = world.store.lines().next().unwrap().to_bytes();
    assert_eq!(read(&line, |_| ()), None);
    let first_too: Change = |line| {
        let blocked = fields(line, 1)[5..8].to_vec();
        fields(line, 0).splice(5..6, blocked);
    };
    assert_eq!(read(&line, first_too), misused!(RecordDamaged));
}

/// What a line writes it can read, or a card that was refreshed too often could not be blocked.
#[test]
fn a_line_grows_no_longer_than_it_can_be_read() {
    let mut world = World::new();
    let list = format!("{LIST}/{}", "x".repeat(300_000));
    let doc_type = vitacard::DocType::new(DOC_TYPE).unwrap();
    let chain: [&[u8]; 1] = [&world.insurer.signer.der];
    let terms = CardTerms::new(doc_type, &list, &chain, &RUSTCRYPTO).unwrap();
    let anchors = world.card_anchors();
    let (mut card, mut key, mut fault) = (world.enrolled(), PHONE.to_owned(), None);
    let first = card.digest().unwrap();
    for round in 0..16_u64 {
        let next = format!("key {round}");
        let nonce = world.nonce();
        let (pending, request) = world.ask(&card, (&key, &next), &nonce, now());
        let open = world.open(&request, &nonce, now()).unwrap();
        let draft = open.draft(&terms, elements(), &mut world.store, now(), &mut world.rng);
        let bytes = world.sign(draft.unwrap().with_delegation(any_policy()));
        let issued = open.issued(&bytes, &anchors, &mut world.store, &RUSTCRYPTO, now());
        if let Err(error) = issued {
            fault = Some(error);
            break;
        }
        let (new, accepted) = pending
            .accept(&bytes, &anchors, &RUSTCRYPTO, now())
            .unwrap();
        let accepted = accepted.sign_with(&signer(&next), &RUSTCRYPTO).unwrap();
        let accepted = Acceptance::parse(&accepted).unwrap();
        let places = accepted.apply(&mut world.store, &RUSTCRYPTO, now());
        assert_eq!(places.map(|places| places.len()), Ok(1));
        (card, key) = (new, next);
    }
    assert_eq!(fault, misused!(LineTooLong));
    block(&mut world.store, &first, BlockReason::Lost, now()).unwrap();
    let line = world.store.lines().next().unwrap();
    let read = CardLine::from_bytes(&line.to_bytes());
    assert_eq!(read.as_ref(), Ok(line));
    assert!(
        line.cards()
            .all(|card| matches!(card.state(), CardState::Blocked { .. }))
    );
}
