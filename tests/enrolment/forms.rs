//! What a store keeps of a line comes back as it was, and nothing else does.

use vitacard::enrolment::*;

use crate::world::*;

/// A line in each state that it can be in.
fn lines() -> Vec<CardLine> {
    let mut lines = Vec::new();
    let mut world = World::new();
    let card = world.enrolled();
    let mut keep = |world: &World| lines.extend(world.store.lines().cloned());
    keep(&world);
    let nonce = world.nonce();
    let (_, request) = world.ask(&card, (PHONE, NEW_KEY), &nonce, now());
    let open = world.open(&request, &nonce, now()).unwrap();
    keep(&world);
    open.abandon(&mut world.store).unwrap();
    let new = world.refreshed(&card, (PHONE, NEW_KEY), 0);
    keep(&world);
    world.accept(&new.accepted, now()).unwrap();
    keep(&world);
    block(
        &mut world.store,
        &new.card.digest().unwrap(),
        BlockReason::RightsEnded,
        now(),
    )
    .unwrap();
    keep(&world);
    let mut world = World::new();
    let draft = world.draft().demanding_attestation();
    world.enrolled_by(draft, PHONE);
    keep(&world);
    lines
}

#[test]
fn a_line_comes_back() {
    for (count, line) in lines().iter().enumerate() {
        let bytes = line.to_bytes();
        assert_eq!(CardLine::from_bytes(&bytes).as_ref(), Ok(line), "{count}");
        for len in 0..bytes.len().min(700) {
            assert_eq!(
                CardLine::from_bytes(&bytes[..len]).err(),
                misused!(RecordDamaged)
            );
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(CardLine::from_bytes(&longer).err(), misused!(RecordDamaged));
        // Whatever bit is turned over, it is another line or none.
        for bit in 0..bytes.len().min(700) * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(other) = CardLine::from_bytes(&flipped) {
                assert_ne!(other, *line);
                assert_eq!(other.to_bytes(), flipped);
            }
        }
    }
}

#[test]
fn logs_get_no_card() {
    for line in lines() {
        let debug = format!("{line:?}");
        assert!(!debug.contains("Martin") && debug.len() < 5000, "{debug}");
    }
}
