//! Ending a loan before its time.

use ciborium::Value;
use vitacard::crypto::{RUSTCRYPTO, Signer as _};
use vitacard::delegation::{DelegationId, RevocationRequest, RevokedBy, VerifiedRevocation};
use vitacard::holder::{Card, DelegatedCard, DeviceRequest, Loan};
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, RevokedDelegations, Standing, StatusEvidence,
    UnknownStatus,
};
use vitacard::{Error, Misuse, Rejected, unix_time};

use crate::kit::encode;
use crate::lending::*;
use crate::raw::{protected, sig_structure, twin};

const LIST: &str = "https://status.example/d";

struct World {
    insurer: Insurer,
    card: Card,
    loan: Loan,
    lent: DelegatedCard,
}

fn world() -> World {
    let insurer = Insurer::new();
    let card = insurer.card_with(any_policy().with_revocation_list(LIST));
    let (open, asked) = ask(request_draft());
    let loan = lend(&card, grant(&card, asked, 30 * DAY).unwrap());
    let anchors = insurer.anchors();
    let now = unix_time(NOW);
    let lent = DelegatedCard::accept(&parcel(&loan), open, &anchors, &RUSTCRYPTO, now).unwrap();
    World {
        insurer,
        card,
        loan,
        lent,
    }
}

impl World {
    fn at_issuer(&self, request: &[u8], card: &Card) -> Result<VerifiedRevocation, Error> {
        let request = RevocationRequest::parse(request)?;
        let anchors = self.insurer.anchors();
        request.verify(card.as_bytes(), &anchors, &RUSTCRYPTO, unix_time(NOW))
    }

    fn holders(&self) -> Vec<u8> {
        let unsigned = self.card.revoke(
            self.loan.as_bytes(),
            unix_time(NOW),
            &RUSTCRYPTO,
            &mut Seeded(5),
        );
        unsigned
            .unwrap()
            .sign_with(&signer(MOTHER), &RUSTCRYPTO)
            .unwrap()
    }
}

/// What the pharmacy says while it knows of `revoked`.
fn said_knowing(
    world: &World,
    revoked: Option<&[DelegationId]>,
    unknown: UnknownStatus,
) -> Result<Standing, Error> {
    let response = show(&world.lent, NOW).unwrap().to_bytes();
    let (asked, transcript, mut policy) = (asking(true), transcript(), policy());
    policy.unknown_status = unknown;
    let mut conditions = Conditions::new(unix_time(NOW), &policy);
    let lists = revoked.map(|ids| [RevokedDelegations::at(LIST, ids)]);
    if let Some(lists) = &lists {
        conditions.status = StatusEvidence::none().with_revoked_delegations(lists);
    }
    let exchange = Exchange::new(&transcript, conditions)
        .with_request(DeviceRequest::parse(&asked)?)
        .for_purpose(MEDICINE);
    let reader = world.insurer.reader();
    let verified = reader.verify(DeviceResponse::parse(&response)?, &exchange)?;
    Ok(verified.documents().next().unwrap().standing())
}

#[test]
fn a_revoked_delegation_is_refused() {
    let world = world();
    let deny = UnknownStatus::Deny;
    let own = world.loan.id();
    let other = DelegationId::from_bytes([7; 16]);
    assert_eq!(said_knowing(&world, Some(&[]), deny), Ok(Standing::Secured));
    assert_eq!(
        said_knowing(&world, Some(&[other]), deny),
        Ok(Standing::Secured)
    );
    let revoked = Rejected::DelegationRevoked { document: 0 };
    assert_eq!(
        said_knowing(&world, Some(&[other, own]), deny),
        Err(revoked.into())
    );
    let unknown = Rejected::DelegationStatusUnknown { document: 0 };
    assert_eq!(said_knowing(&world, None, deny), Err(unknown.into()));
    let Ok(Standing::Degraded(stale)) = said_knowing(&world, None, UnknownStatus::Degrade) else {
        panic!("not degraded");
    };
    assert!(stale.delegation_list() && !stale.status_list());
}

#[test]
fn by_the_holder() {
    let world = world();
    let revoked = world.at_issuer(&world.holders(), &world.card).unwrap();
    assert_eq!(revoked.id(), world.loan.id());
    assert_eq!(revoked.by(), RevokedBy::Holder);
    assert_eq!(revoked.ends(), unix_time(NOW + 30 * DAY));
    let claimed = world.holders();
    let claimed = RevocationRequest::parse(&claimed).unwrap().claimed_card();
    assert_eq!(Some(claimed), world.card.digest());
}

#[test]
fn by_the_delegate() {
    let world = world();
    let unsigned = world.lent.renounce(unix_time(NOW), &mut Seeded(6)).unwrap();
    let request = unsigned.sign_with(&signer(DAUGHTER), &RUSTCRYPTO).unwrap();
    let revoked = world.at_issuer(&request, &world.card).unwrap();
    assert_eq!(
        (revoked.id(), revoked.by()),
        (world.loan.id(), RevokedBy::Delegate)
    );
}

/// A stranger's signature does not leave his phone, and is no good if it does.
#[test]
fn by_nobody_else() {
    let world = world();
    let unsigned = world.card.revoke(
        world.loan.as_bytes(),
        unix_time(NOW),
        &RUSTCRYPTO,
        &mut Seeded(5),
    );
    let error = unsigned
        .unwrap()
        .sign_with(&signer("a stranger"), &RUSTCRYPTO);
    assert_eq!(error.unwrap_err().reason(), "SignatureNotByThisKey");
    let mut request = world.holders();
    let last = request.len() - 1;
    request[last] ^= 1;
    let error = world.at_issuer(&request, &world.card).unwrap_err();
    assert_eq!(error, Rejected::RevocationSignature { document: 0 }.into());
}

#[test]
fn of_this_card_alone() {
    let world = world();
    let own = world.insurer.own_card();
    let error = world.at_issuer(&world.holders(), &own).unwrap_err();
    assert_eq!(
        error,
        Rejected::DelegationNotPermitted { document: 0 }.into()
    );
    let draft = world
        .insurer
        .draft("another mother")
        .with_delegation(any_policy());
    let other = world.insurer.accept(&world.insurer.issue(draft));
    let error = world.at_issuer(&world.holders(), &other).unwrap_err();
    assert_eq!(
        error,
        Rejected::RevocationOfAnotherCard { document: 0 }.into()
    );
    // The other mother's phone does not ask for the end of a loan that it has not made.
    let error = other.revoke(
        world.loan.as_bytes(),
        unix_time(NOW),
        &RUSTCRYPTO,
        &mut Seeded(5),
    );
    assert_eq!(error.unwrap_err(), Misuse::OfAnotherCard.into());
    // Nor does an issuer listen to one that does.
    let request = forged(&other, world.loan.as_bytes(), "another mother");
    let error = world.at_issuer(&request, &other).unwrap_err();
    assert_eq!(error, Rejected::DelegationSignature { document: 0 }.into());
}

/// A request of the form that it should have, by `signer`, about `delegation` as if it were `card`'s.
fn forged(card: &Card, delegation: &[u8], seed: &str) -> Vec<u8> {
    let parent = Value::from(card.digest().unwrap().as_bytes().to_vec());
    let claims = encode(&Value::Map(vec![
        (6.into(), NOW.into()),
        (7.into(), vec![1_u8; 16].into()),
        ((-70_053).into(), parent.clone()),
        ((-70_054).into(), delegation.into()),
    ]));
    let protected = protected("application/vnd.vitacard.delegation-revocation+cwt");
    let name = Value::from("VITACARD-DELEGATION-REVOCATION-v1");
    let external_aad = encode(&Value::Array(vec![name, parent]));
    let message = sig_structure(&protected, &external_aad, &claims);
    let signature = signer(seed).sign(&message).unwrap();
    encode(&Value::Array(vec![
        protected.into(),
        Value::Map(Vec::new()),
        claims.into(),
        signature.as_bytes().into(),
    ]))
}

#[test]
fn of_no_later_time() {
    let world = world();
    let unsigned = world.card.revoke(
        world.loan.as_bytes(),
        unix_time(NOW + 61),
        &RUSTCRYPTO,
        &mut Seeded(5),
    );
    let request = unsigned
        .unwrap()
        .sign_with(&signer(MOTHER), &RUSTCRYPTO)
        .unwrap();
    let error = world.at_issuer(&request, &world.card).unwrap_err();
    assert_eq!(error, Rejected::RevocationTime { document: 0 }.into());
}

#[test]
fn no_bit_of_it_can_be_changed() {
    let world = world();
    let request = world.holders();
    for bit in 0..request.len() * 8 {
        let mut altered = request.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let error = world.at_issuer(&altered, &world.card).unwrap_err();
        let code = error.code();
        assert!(
            (2710..=2740).contains(&code) || (2790..=2792).contains(&code),
            "{bit}: {error}"
        );
    }
}

/// ECDSA has two signatures for everything. The number is the same for both, at the issuer's too.
#[test]
fn the_other_signature_has_the_same_number() {
    let world = world();
    let mut other = world.loan.as_bytes().to_vec();
    let signature = other.last_chunk_mut::<64>().unwrap();
    *signature = twin(signature);
    assert_ne!(other, world.loan.as_bytes());
    let request = forged(&world.card, &other, MOTHER);
    let revoked = world.at_issuer(&request, &world.card).unwrap();
    assert_eq!(revoked.id(), world.loan.id());
    assert_eq!(
        world.card.loan(&other, &RUSTCRYPTO).unwrap().id(),
        world.loan.id()
    );
}

#[test]
fn a_number_is_what_it_is_written_as() {
    let id = DelegationId::from_bytes([0xa5; 16]);
    assert_eq!(DelegationId::from_bytes(*id.as_bytes()), id);
    assert_eq!(id.to_string(), "a5".repeat(16));
}
