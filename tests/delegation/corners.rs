//! Corners where a rule is easily lost.

use ciborium::Value;
use vitacard::crypto::{Algorithm, RUSTCRYPTO};
use vitacard::delegation::{
    DelegationId, DelegationPolicy, Lending, MAX_SECS, Purpose, PurposeSet, RequestDraft,
    RevocationRequest,
};
use vitacard::holder::{Card, DelegatedCard, DeviceRequest, Grant};
use vitacard::reader::{
    Conditions, DeviceResponse, Exchange, Presenter, RevokedDelegations, Standing, StatusEvidence,
    UnknownStatus,
};
use vitacard::trust::RevocationLists;
use vitacard::{Error, Misuse, NameSpace, Rejected, unix_time};

use crate::kit::encode;
use crate::lending::*;
use crate::pki::{Key, Profile};
use crate::raw::{Delegation, Document, bytes, decode, response};
use crate::seen::{self, Pharmacy};

/// "Only these elements": none are none, or an error, and never all.
#[test]
fn an_empty_ceiling_is_not_everything() {
    let policy = any_policy().for_elements([]);
    assert!(!policy.allows(NAME_SPACE, "family_name"));
}

/// Readers take 64 authorised name spaces, and the switch is one of them.
#[test]
fn what_the_issuer_issues_can_be_read() {
    let insurer = Insurer::new();
    let draft = |count| {
        let names = (0..count).map(|n| NameSpace::new(format!("n{n}")).unwrap());
        let draft = insurer.draft(MOTHER).with_key_authorizations(names, []);
        draft.with_delegation(any_policy())
    };
    assert!(
        insurer
            .accept(&insurer.issue(draft(63)))
            .delegation_policy()
            .is_some()
    );
    let error = draft(64).prepare(Algorithm::ES256, &RUSTCRYPTO, &mut Seeded(1));
    assert_eq!(error.unwrap_err(), Misuse::TooManyElements.into());
}

/// A grant made for the child's card, used on the mother's: documented as an error.
#[test]
fn a_grant_is_of_one_card() {
    let insurer = Insurer::new();
    let (mother, child) = (
        insurer.card(),
        insurer.accept(&insurer.issue(insurer.draft("child").with_delegation(any_policy()))),
    );
    let (_, asked) = ask(request_draft());
    let grant = grant(&child, asked, DAY).unwrap();
    let error = mother.delegate(grant, unix_time(NOW), &mut Seeded(3));
    assert_eq!(error.unwrap_err(), Misuse::OfAnotherCard.into());
}

/// … and what the other card's policy says about purposes and own cards is passed by.
#[test]
fn a_grant_of_another_card_passes_by_the_policy() {
    let insurer = Insurer::new();
    let strict = DelegationPolicy::lasting(MAX_SECS)
        .unwrap()
        .for_purposes(PurposeSet::of(Purpose::new("org.other", 9)))
        .requiring_own_card();
    let (strict, lax) = (insurer.card_with(strict), insurer.card());
    let (_, asked) = ask(request_draft());
    let grant = grant(&lax, asked, DAY).unwrap();
    let error = strict.delegate(grant, unix_time(NOW), &mut Seeded(3));
    assert_eq!(error.unwrap_err(), Misuse::OfAnotherCard.into());
}

/// A loan that is signed can be used: "so that nobody is sent away with a delegation of no use".
#[test]
fn no_loan_is_too_long_to_be_accepted() {
    let insurer = Insurer::new();
    let mut draft = insurer.draft(MOTHER).with_delegation(any_policy());
    let mut elements = Vec::new();
    for n in 0..24 {
        let name = NameSpace::new(format!("org.example.a.rather.long.name.space.of.an.issuer.who.likes.long.names.so.that.they.are.long.{n}")).unwrap();
        elements.push((name.clone(), element("x")));
        draft = draft.with_element(name, element("x"), 1);
    }
    let card = insurer.accept(&insurer.issue(draft));
    let (_, asked) = ask(request_draft());
    let (from, until) = (unix_time(NOW), unix_time(NOW + DAY));
    let purposes = PurposeSet::of(MEDICINE);
    let grant = Grant::new(&card, &asked, &elements, purposes, from, until).unwrap();
    let error = card.delegate(grant, unix_time(NOW), &mut Seeded(3));
    assert_eq!(error.unwrap_err(), Misuse::TooManyElements.into());
}

/// … and one of exactly 2048 bytes is taken by the delegate's phone and by readers.
#[test]
fn the_longest_loan_is_accepted() {
    let insurer = Insurer::new();
    let card = insurer.card();
    let attempt = |extra: usize| {
        let purposes = (0..14).fold(PurposeSet::of(MEDICINE), |set, n| {
            let length = if n == 0 { extra } else { 120 };
            let controller = format!("{n:02}{}", "x".repeat(length));
            set.with(Purpose::new(&controller, 1))
        });
        let (open, asked) = ask(request_draft());
        let (from, until) = (unix_time(NOW), unix_time(NOW + DAY));
        let grant = Grant::new(&card, &asked, &all_elements(), purposes, from, until).unwrap();
        let unsigned = card.delegate(grant, unix_time(NOW), &mut Seeded(3));
        unsigned.map(|unsigned| (open, unsigned))
    };
    let lengths = 30..200;
    let first_refused = lengths
        .clone()
        .find(|extra| attempt(*extra).is_err())
        .unwrap();
    assert!(lengths.start < first_refused);
    let refused = attempt(first_refused).map(drop);
    assert_eq!(refused, Err(Misuse::TooManyElements.into()));
    let (open, unsigned) = attempt(first_refused - 1).unwrap();
    let loan = unsigned.sign_with(&signer(MOTHER), &RUSTCRYPTO).unwrap();
    assert_eq!(loan.as_bytes().len(), 2048);
    let (anchors, now) = (insurer.anchors(), unix_time(NOW));
    let lent = DelegatedCard::accept(&parcel(&loan), open, &anchors, &RUSTCRYPTO, now).unwrap();
    let response = show(&lent, NOW).unwrap().to_bytes();
    assert!(at_pharmacy(&insurer, &response, NOW).is_ok());
}

/// Whoever asks for delegates says for what, whoever comes; and only that exchange is at fault.
#[test]
fn a_reader_without_a_purpose_is_told_so_by_any_response() {
    let world = &*seen::WORLD;
    let own = Document::direct(&world.own, DAUGHTERS_OWN).response();
    let good = seen::honest().response();
    let (knows, does_not) = (
        Pharmacy::new(),
        Pharmacy {
            purpose: None,
            ..Pharmacy::new()
        },
    );
    let fault = Err(Misuse::NoPurpose.into());
    assert!(knows.says(&own).is_ok());
    for response in [&own, &good] {
        assert_eq!(does_not.says(response), fault);
    }
    let transcript = transcript();
    let (one, other) = (
        knows.exchange(&transcript, &[]),
        does_not.exchange(&transcript, &[]),
    );
    let parse = |bytes| DeviceResponse::parse(bytes).unwrap();
    let claims = [
        (parse(&good), one),
        (parse(&own), other),
        (parse(&own), one),
    ];
    let reader = knows.reader();
    let mut cache = reader.anchors().cache::<4>();
    let verdicts = reader
        .verify_all(claims, &mut cache, &mut Seeded(9))
        .unwrap();
    let verdicts: Vec<_> = verdicts
        .into_iter()
        .map(|verdict| verdict.map(drop))
        .collect();
    assert_eq!(verdicts, [Ok(()), Err(Misuse::NoPurpose.into()), Ok(())]);
}

/// A card whose signer is revoked is no card, in whoever's hand.
#[test]
fn a_revoked_issuer_lends_nothing() {
    let insurer = Insurer::new();
    let lent = lent(&insurer, &insurer.card(), request_draft(), DAY);
    let response = show(&lent, NOW).unwrap().to_bytes();
    let (asked, policy, transcript) = (asking(true), policy(), transcript());
    let says = |revoked: &[Vec<u8>]| {
        let list = insurer
            .root
            .crl()
            .with(|crl| crl.revoked = revoked.to_vec());
        let lists = RevocationLists::new(&[&list.sign(&insurer.root.key)]).unwrap();
        let conditions = Conditions::new(unix_time(NOW), &policy).with_crls(&lists);
        let exchange = Exchange::new(&transcript, conditions)
            .with_request(DeviceRequest::parse(&asked).unwrap())
            .for_purpose(MEDICINE);
        let response = DeviceResponse::parse(&response).unwrap();
        insurer.reader().verify(response, &exchange).map(drop)
    };
    let serial = Profile::document_signer().serial;
    assert_eq!(says(&[vec![9]]), Ok(()));
    let revoked = Rejected::CertificateRevoked { document: 0 };
    assert_eq!(says(&[serial]), Err(revoked.into()));
}

/// One reader knows the lists of several insurers.
#[test]
fn each_card_has_its_own_list() {
    const OWN: &str = "https://b.example/revoked";
    let insurer = Insurer::new();
    let card = insurer.card_with(any_policy().with_revocation_list(OWN));
    let (open, asked) = ask(request_draft());
    let loan = lend(&card, grant(&card, asked, DAY).unwrap());
    let (anchors, now) = (insurer.anchors(), unix_time(NOW));
    let lent = DelegatedCard::accept(&parcel(&loan), open, &anchors, &RUSTCRYPTO, now).unwrap();
    let response = show(&lent, NOW).unwrap().to_bytes();
    let (none, this) = ([], [loan.id()]);
    let says = |lists: &[RevokedDelegations<'_>]| {
        let (asked, policy, transcript) = (asking(true), policy(), transcript());
        let mut conditions = Conditions::new(unix_time(NOW), &policy);
        conditions.status = StatusEvidence::none().with_revoked_delegations(lists);
        let exchange = Exchange::new(&transcript, conditions)
            .with_request(DeviceRequest::parse(&asked).unwrap())
            .for_purpose(MEDICINE);
        let response = DeviceResponse::parse(&response).unwrap();
        insurer.reader().verify(response, &exchange).map(drop)
    };
    let other = |ids| RevokedDelegations::at("https://a.example/revoked", ids);
    let own = |ids| RevokedDelegations::at(OWN, ids);
    assert_eq!(says(&[other(&none), own(&none)]), Ok(()));
    assert_eq!(says(&[own(&none), other(&none)]), Ok(()));
    // The lists of one insurer are known, and the card names another's.
    let unknown = Rejected::DelegationStatusUnknown { document: 0 };
    let of_others = [DelegationId::from_bytes([7; 16])];
    for lists in [&[][..], &[other(&none)], &[other(&of_others)]] {
        assert_eq!(says(lists), Err(unknown.into()));
    }
    let revoked = Rejected::DelegationRevoked { document: 0 };
    for lists in [
        [other(&none), own(&this)],
        [own(&this), other(&none)],
        [own(&none), other(&this)],
    ] {
        assert_eq!(says(&lists), Err(revoked.into()));
    }
    assert_eq!(says(&[other(&this)]), Err(revoked.into()));
}

/// The "card of the delegate's own" is the lent card itself, shown by its holder.
#[test]
fn the_lent_card_is_nobodys_own_card() {
    let insurer = Insurer::new();
    let card = insurer.card_with(any_policy().requiring_own_card());
    let (_, asked) = ask(request_draft().with_own_card(card.digest().unwrap()));
    let missing = Rejected::OwnCardMissing { document: 0 };
    assert_eq!(grant(&card, asked, DAY).unwrap_err(), missing.into());
    // A holder's phone that does not mind.
    let card = &seen::WORLD.bound;
    let delegation = Delegation::of(card).saying(-70_005, bytes(&card.parent()));
    let lent = Document::delegated(card, &delegation.bytes());
    let holders = Document::direct(card, MOTHER);
    let both = response([lent.signed(), holders.signed()]);
    let verdict = Pharmacy::new().says(&both).map(drop);
    assert_eq!(verdict, Err(missing.into()));
}

/// Nothing is known of the own card's list: does the delegated document tell?
#[test]
fn the_standing_includes_the_own_card() {
    let insurer = Insurer::new();
    let card = insurer.card_with(any_policy().requiring_own_card());
    let own = insurer
        .draft(DAUGHTERS_OWN)
        .with_status(Value::Map(vec![(t("status_list"), Value::Map(vec![]))]));
    let own = insurer.accept(&insurer.issue(own));
    let lent = lend_to(
        &card,
        &insurer,
        request_draft().with_own_card(own.digest().unwrap()),
    )
    .unwrap();
    let response = show(&lent, NOW)
        .unwrap()
        .join(show_own(&own, DAUGHTERS_OWN))
        .to_bytes();
    let (asked, mut policy, transcript) = (asking(true), policy(), transcript());
    policy.unknown_status = UnknownStatus::Degrade;
    let exchange = Exchange::new(&transcript, Conditions::new(unix_time(NOW), &policy))
        .with_request(DeviceRequest::parse(&asked).unwrap())
        .for_purpose(MEDICINE);
    let verified = insurer
        .reader()
        .verify(DeviceResponse::parse(&response).unwrap(), &exchange)
        .unwrap();
    let document = verified.documents().next().unwrap();
    assert!(matches!(document.presenter(), Presenter::Delegate(_)));
    assert!(
        matches!(document.standing(), Standing::Degraded(_)),
        "{:?}",
        document.standing()
    );
}

/// Two certificates of one key under one root. A delegation names one of them.
#[test]
fn another_certificate_of_the_same_key() {
    let insurer = Insurer::new();
    let renewed = insurer.root.issue(
        Profile::document_signer().with(|p| p.serial = vec![0x55; 8]),
        "document signer",
    );
    assert_eq!(renewed.key.scalar(), insurer.signer.key.scalar());
    let card = insurer.card();
    let lent = lend_to(&card, &insurer, request_draft()).unwrap();
    let good = show(&lent, NOW).unwrap().to_bytes();
    let mut response = decode(&good);
    let document = &mut get(&mut response, &t("documents")).as_array_mut().unwrap()[0];
    let auth = get(get(document, &t("issuerSigned")), &t("issuerAuth"))
        .as_array_mut()
        .unwrap();
    auth[1] = Value::Map(vec![(33.into(), renewed.der.clone().into())]);
    let moved = encode(&response);
    let (asked, policy, transcript) = (asking(true), policy(), transcript());
    let exchange = Exchange::new(&transcript, Conditions::new(unix_time(NOW), &policy))
        .with_request(DeviceRequest::parse(&asked).unwrap())
        .for_purpose(MEDICINE);
    let reader = insurer.reader();
    for order in [
        [&good, &moved, &good, &moved],
        [&moved, &good, &moved, &good],
    ] {
        let mut cache = reader
            .anchors()
            .cache::<4>()
            .with_tables(vitacard::crypto::TableSize::Compact);
        for bytes in order {
            let plain = reader
                .verify(DeviceResponse::parse(bytes).unwrap(), &exchange)
                .map(|_| ());
            let cached = reader
                .verify_with(DeviceResponse::parse(bytes).unwrap(), &exchange, &mut cache)
                .map(|_| ());
            assert_eq!(plain, cached);
            assert_eq!(plain.is_ok(), bytes == &good, "{plain:?}");
        }
        let claims = order.map(|bytes| (DeviceResponse::parse(bytes).unwrap(), exchange));
        let all = reader
            .verify_all(claims, &mut cache, &mut Seeded(1))
            .unwrap();
        for (verdict, bytes) in all.iter().zip(order) {
            assert_eq!(verdict.is_ok(), bytes == &good);
        }
    }
}

#[test]
fn debug_names_nobody() {
    const NAME: &str = "Anna Martin-Xyz";
    let insurer = Insurer::new();
    let card = insurer.card();
    let draft = || request_draft().with_name(NAME).unwrap();
    let mut leaks = Vec::new();
    let mut look = |what: &str, text: String| {
        let hex = NAME
            .bytes()
            .map(|b| b.to_string())
            .collect::<Vec<_>>()
            .join(", ");
        if text.contains(NAME) || text.contains(&hex) {
            leaks.push(what.to_owned());
        }
    };
    look("RequestDraft", format!("{:?}", draft()));
    let rng = &mut Seeded(2);
    let committed = draft().commit(unix_time(NOW), &RUSTCRYPTO, rng).unwrap();
    look("CommittedRequest", format!("{committed:?}"));
    let hand_over = Lending::begin(committed.commitment(), rng).unwrap();
    look("Lending", format!("{hand_over:?}"));
    let unsigned = committed.answer(hand_over.nonce(), &RUSTCRYPTO).unwrap();
    look("UnsignedDelegationRequest", format!("{unsigned:?}"));
    let (open, request) = unsigned.sign_with(&signer(DAUGHTER), &RUSTCRYPTO).unwrap();
    look("PendingRequest", format!("{open:?}"));
    let asked = hand_over
        .receive(&request, unix_time(NOW), &RUSTCRYPTO)
        .unwrap();
    look("VerifiedDelegationRequest", format!("{asked:?}"));
    let grant = grant(&card, asked, DAY).unwrap();
    look("Grant", format!("{grant:?}"));
    let unsigned = card
        .delegate(grant, unix_time(NOW), &mut Seeded(3))
        .unwrap();
    look("UnsignedDelegation", format!("{unsigned:?}"));
    let loan = unsigned.sign_with(&signer(MOTHER), &RUSTCRYPTO).unwrap();
    look("Loan", format!("{loan:?}"));
    let revoke = card
        .revoke(loan.as_bytes(), unix_time(NOW), &RUSTCRYPTO, &mut Seeded(5))
        .unwrap();
    look("UnsignedRevocation", format!("{revoke:?}"));
    let revoke = revoke.sign_with(&signer(MOTHER), &RUSTCRYPTO).unwrap();
    look(
        "RevocationRequest",
        format!("{:?}", RevocationRequest::parse(&revoke).unwrap()),
    );
    let lent = DelegatedCard::accept(
        &parcel(&loan),
        open,
        &insurer.anchors(),
        &RUSTCRYPTO,
        unix_time(NOW),
    )
    .unwrap();
    look("DelegatedCard", format!("{lent:?}"));
    let response = show(&lent, NOW).unwrap().to_bytes();

    let verified = at_pharmacy(&insurer, &response, NOW).unwrap();
    look("VerifiedResponse", format!("{verified:?}"));
    let document = verified.documents().next().unwrap();
    look("Presenter", format!("{:?}", document.presenter()));
    assert!(leaks.is_empty(), "{leaks:?}");
}

/// The professional's screen shows a name that the holder chose, or the delegate's phone sent.
#[test]
fn a_name_holds_no_control_characters() {
    for name in [
        "Anna\nshown by its holder",
        "\u{1b}[2K\rshown by its holder",
        "\u{202e}nitraM annA",
        "\0",
    ] {
        let error = request_draft().with_name(name).unwrap_err();
        assert_eq!(error, Misuse::DelegateName.into());
        // A holder's phone that does not mind: the loan is good, and the name is not shown.
        let card = &seen::WORLD.card;
        let delegation = Delegation::of(card).saying(-70_003, name);
        let response = Document::delegated(card, &delegation.bytes()).response();
        let verified = at_pharmacy(&seen::WORLD.insurer, &response, NOW).unwrap();
        let document = verified.documents().next().unwrap();
        let Presenter::Delegate(delegation) = document.presenter() else {
            panic!("shown by its holder");
        };
        assert_eq!(delegation.name(), None);
    }
}

/// What a policy holds is compared with each element, so it has their caps.
#[test]
fn a_ceiling_has_caps() {
    let insurer = Insurer::new();
    let delegable = |name_spaces, ids| {
        let bytes = card_with_ceiling(&insurer, ceiling_of(name_spaces, ids));
        insurer.accept(&bytes).delegation_policy().is_some()
    };
    assert!(delegable(63, 16));
    assert!(!delegable(64, 1), "65 name spaces");
    assert!(!delegable(1, 1021), "1025 elements");
}

fn ceiling_of(name_spaces: usize, ids: usize) -> Value {
    let name = |n: usize| format!("{n:05x}");
    let ids: Vec<Value> = (0..ids).map(|n| name(n).into()).collect();
    let mut entries: Vec<_> = (0..name_spaces)
        .map(|n| (t(&name(n)), Value::Array(ids.clone())))
        .collect();
    let family = ELEMENTS.map(|(id, _)| id);
    let mut family: Vec<_> = family.to_vec();
    family.sort();
    entries.push((
        t(NAME_SPACE),
        Value::Array(family.into_iter().map(t).collect()),
    ));
    Value::Map(entries)
}

fn card_with_ceiling(insurer: &Insurer, ceiling: Value) -> Vec<u8> {
    let bytes = insurer.issue(insurer.draft(MOTHER).with_delegation(any_policy()));
    reissue(
        &bytes,
        &insurer.signer.key,
        Some(&insurer.signer.der),
        |mso| {
            let info = get(get(mso, &t("deviceKeyInfo")), &t("keyInfo"));
            let policy = get(info, &(-70_001).into());
            let mut inner = decode(policy.as_bytes().unwrap());
            inner.as_map_mut().unwrap().push((5.into(), ceiling));
            *policy = encode(&inner).into();
        },
    )
}

/// Edits the MSO in `issuer_signed`, and signs it anew with `key`, under `leaf` if there is one.
fn reissue(
    issuer_signed: &[u8],
    key: &Key,
    leaf: Option<&[u8]>,
    edit: impl FnOnce(&mut Value),
) -> Vec<u8> {
    let mut card = decode(issuer_signed);
    let auth = get(&mut card, &t("issuerAuth")).as_array_mut().unwrap();
    let Value::Tag(24, inner) = decode(auth[2].as_bytes().unwrap()) else {
        panic!()
    };
    let mut mso = decode(inner.as_bytes().unwrap());
    edit(&mut mso);
    let payload = encode(&Value::Tag(24, Box::new(encode(&mso).into())));
    let signed = encode(&Value::Array(vec![
        t("Signature1"),
        auth[0].clone(),
        Value::Bytes(vec![]),
        payload.clone().into(),
    ]));
    auth[2] = payload.into();
    auth[3] = key.sign_raw(&signed).to_vec().into();
    auth[1] = match leaf {
        Some(leaf) => Value::Map(vec![(33.into(), leaf.to_vec().into())]),
        None => Value::Map(vec![]),
    };
    encode(&card)
}

fn lend_to(card: &Card, insurer: &Insurer, draft: RequestDraft) -> Result<DelegatedCard, Error> {
    let (open, asked) = ask(draft);
    let loan = lend(card, grant(card, asked, DAY)?);
    DelegatedCard::accept(
        &parcel(&loan),
        open,
        &insurer.anchors(),
        &RUSTCRYPTO,
        unix_time(NOW),
    )
}

fn get<'v>(map: &'v mut Value, key: &Value) -> &'v mut Value {
    let entries = map.as_map_mut().unwrap();
    &mut entries.iter_mut().find(|(k, _)| k == key).unwrap().1
}

fn t(text: &str) -> Value {
    text.into()
}
