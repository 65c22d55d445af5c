//! Threat 17: whoever stands between the two phones while a card is lent.

use vitacard::crypto::RUSTCRYPTO;
use vitacard::delegation::{Lending, PendingRequest, RequestDraft, VerifiedDelegationRequest};
use vitacard::holder::DelegatedCard;
use vitacard::{Error, unix_time};

use super::*;
use crate::pki::Key;

/// The honest hand-over, up to what a man in the middle can change.
struct Met {
    open: PendingRequest,
    request: Vec<u8>,
    hand_over: Lending,
}

/// A delegate who asks with this key, answered by the holder's phone with random numbers of `seed`.
fn meet(key: &str, seed: u64) -> Met {
    let mut rng = Seeded(seed);
    let draft = RequestDraft::new(public_key(key))
        .with_name("Camille")
        .unwrap();
    let committed = draft.commit(unix_time(NOW), &RUSTCRYPTO, &mut rng).unwrap();
    let hand_over = Lending::begin(committed.commitment(), &mut rng).unwrap();
    let unsigned = committed.answer(hand_over.nonce(), &RUSTCRYPTO).unwrap();
    let (open, request) = unsigned.sign_with(&signer(key), &RUSTCRYPTO).unwrap();
    Met {
        open,
        request,
        hand_over,
    }
}

fn receive(hand_over: Lending, request: &[u8]) -> Result<VerifiedDelegationRequest, Error> {
    hand_over.receive(request, unix_time(NOW), &RUSTCRYPTO)
}

/// A request with other claims, signed by `key` for this nonce.
fn request_with(
    request: &[u8],
    nonce: &[u8; 32],
    key: &str,
    change: impl Fn(&mut Value),
) -> Vec<u8> {
    let mut parts = decode(request).into_array().unwrap();
    let mut claims = decode(parts[2].as_bytes().unwrap());
    change(&mut claims);
    let payload = encode(&claims);
    let external_aad = encode(&array([
        "VITACARD-DELEGATION-REQUEST-v1".into(),
        bytes(nonce),
    ]));
    let message = sig_structure(parts[0].as_bytes().unwrap(), &external_aad, &payload);
    parts[2] = bytes(&payload);
    parts[3] = bytes(&Key::from_seed(key).sign_raw(&message));
    encode(&Value::Array(parts))
}

fn cnf(claims: &mut Value, key: &str) {
    let claims = claims.as_map_mut().unwrap();
    let cnf = claims.iter_mut().find(|(label, _)| *label == CNF.into());
    cnf.unwrap().1 = map([(1, cose_key(key))]);
}

#[test]
fn threat_17_key_swapped_after_the_commitment() {
    let honest = meet(DAUGHTER, 20);
    let nonce = *honest.hand_over.nonce();
    let asked = receive(honest.hand_over, &honest.request).unwrap();
    assert_eq!(asked.sas(), honest.open.sas());
    assert_eq!(asked.name(), Some("Camille"));
    // The test's own forge makes the same request.
    let same = request_with(&honest.request, &nonce, DAUGHTER, |_| {});
    let met = meet(DAUGHTER, 20);
    assert_eq!(receive(met.hand_over, &same).unwrap().sas(), met.open.sas());
    // His own key, whoever signs; another name.
    let commitment = refused!(DelegationRequestCommitment);
    for signer in ["mallory", DAUGHTER] {
        let met = meet(DAUGHTER, 20);
        let swapped = request_with(&met.request, &nonce, signer, |claims| {
            cnf(claims, "mallory")
        });
        assert_eq!(
            receive(met.hand_over, &swapped).map(drop),
            commitment,
            "{signer}"
        );
    }
    let met = meet(DAUGHTER, 20);
    let renamed = request_with(&met.request, &nonce, DAUGHTER, |claims| {
        let claims = claims.as_map_mut().unwrap();
        let name = claims.iter_mut().find(|(label, _)| *label == NAME.into());
        name.unwrap().1 = "Mallory".into();
    });
    assert_eq!(receive(met.hand_over, &renamed).map(drop), commitment);
}

#[test]
fn threat_17_signed_by_another_key_or_for_another_hand_over() {
    let met = meet(DAUGHTER, 21);
    assert!(receive(met.hand_over, &met.request).is_ok());
    let signature = refused!(DelegationRequestSignature);
    let met = meet(DAUGHTER, 21);
    let nonce = *met.hand_over.nonce();
    let by_mallory = request_with(&met.request, &nonce, "mallory", |_| {});
    assert_eq!(receive(met.hand_over, &by_mallory).map(drop), signature);
    // The same commitment in another hand-over has another nonce.
    let commit_to = |request: &[u8]| {
        use sha2::Digest as _;
        let claims = decode(request).into_array().unwrap()[2].clone();
        let hashed = [
            b"VITACARD-SAS-COMMIT-v1",
            claims.as_bytes().unwrap().as_slice(),
        ]
        .concat();
        sha2::Sha256::digest(hashed).to_vec()
    };
    let replayed = Lending::begin(&commit_to(&met.request), &mut Seeded(99)).unwrap();
    assert_eq!(receive(replayed, &met.request).map(drop), signature);
    // Where something else was committed to, it does not come so far.
    let other = meet(DAUGHTER, 22).hand_over;
    let commitment = refused!(DelegationRequestCommitment);
    assert_eq!(receive(other, &met.request).map(drop), commitment);
}

/// A request that is kept for later says when it was made; one from the future was made by nobody.
#[test]
fn threat_17_made_in_the_future() {
    let at = |now| {
        let met = meet(DAUGHTER, 28);
        let asked = met
            .hand_over
            .receive(&met.request, unix_time(now), &RUSTCRYPTO);
        asked.map(|asked| asked.sas() == met.open.sas())
    };
    assert_eq!(at(NOW - 60), Ok(true));
    assert_eq!(at(NOW - 61), refused!(DelegationRequestTime));
}

/// He who commits to a key of his own, and talks to each phone for himself, has two hand-overs: the
/// people see different digits. For these seeds; he could guess right once in a million times.
#[test]
fn threat_17_man_between_the_phones() {
    let (daughters, mallorys) = (meet(DAUGHTER, 23), meet("mallory", 24));
    let on_daughters_phone = daughters.open.sas();
    let on_mothers_phone = receive(mallorys.hand_over, &mallorys.request)
        .unwrap()
        .sas();
    assert_ne!(on_daughters_phone.to_string(), on_mothers_phone.to_string());
    // Even if he passes the mother's nonce on to the daughter.
    let mut rng = Seeded(25);
    let mine = RequestDraft::new(public_key("mallory"));
    let mine = mine.commit(unix_time(NOW), &RUSTCRYPTO, &mut rng).unwrap();
    let mothers = Lending::begin(mine.commitment(), &mut rng).unwrap();
    let hers = request_draft()
        .commit(unix_time(NOW), &RUSTCRYPTO, &mut rng)
        .unwrap();
    let hers = hers.answer(mothers.nonce(), &RUSTCRYPTO).unwrap();
    let (hers, _) = hers.sign_with(&signer(DAUGHTER), &RUSTCRYPTO).unwrap();
    let mine = mine.answer(mothers.nonce(), &RUSTCRYPTO).unwrap();
    let (_, request) = mine.sign_with(&signer("mallory"), &RUSTCRYPTO).unwrap();
    let mothers = receive(mothers, &request).unwrap();
    assert_ne!(mothers.sas(), hers.sas());
}

#[test]
fn threat_17_parcel_for_another() {
    let insurer = &WORLD.insurer;
    let (anchors, now) = (insurer.anchors(), unix_time(NOW));
    let accept = |parcel: &[u8], met: Met| {
        DelegatedCard::accept(parcel, met.open, &anchors, &RUSTCRYPTO, now).map(|card| card.id())
    };
    let card = insurer.card();
    let met = meet(DAUGHTER, 26);
    let asked = receive(meet(DAUGHTER, 26).hand_over, &met.request).unwrap();
    let loan = lend(&card, grant(&card, asked, DAY).unwrap());
    let sealed = parcel(&loan);
    assert_eq!(accept(&sealed, met), Ok(loan.id()));
    let foreign = refused!(ParcelNotForThisRequest);
    assert_eq!(accept(&sealed, meet(DAUGHTER, 27)).map(drop), foreign);
    assert_eq!(accept(&sealed, meet("mallory", 26)).map(drop), foreign);
    let mut flipped = sealed.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let refused = accept(&flipped, meet(DAUGHTER, 26));
    assert!(matches!(refused, Err(Error::Rejected(_))), "{refused:?}");
}
