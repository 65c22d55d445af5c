//! C14: revocation lists.

use super::pki::{CRL_URI, Crl, Name, Scope, issuing_distribution_point};
use super::*;

fn read(lists: &[Vec<u8>]) -> Result<RevocationLists, Error> {
    let lists: Vec<_> = lists.iter().map(|der| &der[..]).collect();
    RevocationLists::new(&lists)
}

/// A good leaf below a good root, with `lists` of who knows whom.
fn check(lists: &[Vec<u8>]) -> Result<TrustedIssuer, Error> {
    let root = Entity::root();
    let leaf = root.issue(signer(), "signer");
    let lists = read(lists)?;
    at(NOW, &[&leaf.der], &roots(&[&root.der]), Some(&lists))
}

fn scope(crl: &mut Crl, name: Option<&str>, scope: Scope) {
    crl.extra.push(issuing_distribution_point(name, scope));
}

const UNUSABLE: Option<Rejected> = no!(CrlUnusable);
const REVOKED: Option<Rejected> = no!(CertificateRevoked);

#[test]
fn c14_one_list() {
    let rows: &[(&str, Option<Rejected>, fn(&mut Crl))] = &[
        ("none revoked", ACCEPTED, |_| ()),
        ("revoked", REVOKED, |c| {
            c.revoked = vec![vec![9], signer().serial]
        }),
        ("another revoked", ACCEPTED, |c| c.revoked = vec![vec![9]]),
        ("bad signature", UNUSABLE, |c| {
            c.fault = Some(Fault::FlippedSignature)
        }),
        ("another hash", UNUSABLE, |c| {
            c.set_algorithm(algorithm::ECDSA_SHA384)
        }),
        ("expired", UNUSABLE, |c| c.next_update = Some(NOW - 1)),
        ("expires now", UNUSABLE, |c| c.next_update = Some(NOW)),
        ("expires next", ACCEPTED, |c| c.next_update = Some(NOW + 1)),
        ("expired, and revoked", UNUSABLE, |c| {
            c.next_update = Some(NOW - 1);
            c.revoked = vec![signer().serial];
        }),
        ("from the future", UNUSABLE, |c| c.this_update = NOW + 1),
        ("from now", ACCEPTED, |c| c.this_update = NOW),
        ("wrong issuer", UNUSABLE, |c| {
            c.issuer = Name::utopian("Other")
        }),
        ("unknown", ACCEPTED, |c| {
            c.extra.push(Extension::unknown(false))
        }),
        ("only CAs", UNUSABLE, |c| {
            scope(c, Some(CRL_URI), Scope::OnlyCaCertificates)
        }),
        ("other point", UNUSABLE, |c| {
            scope(c, Some("http://crl.example/other.crl"), Scope::Everything);
        }),
        ("right scope and point", ACCEPTED, |c| {
            scope(c, Some(CRL_URI), Scope::OnlyUserCertificates);
        }),
        ("right point, revoked", REVOKED, |c| {
            scope(c, Some(CRL_URI), Scope::Everything);
            c.revoked = vec![signer().serial];
        }),
    ];
    let root = Entity::root();
    for (what, expected, fault) in rows {
        let list = root.crl().with(fault).sign(&root.key);
        expect(what, *expected, check(&[list]));
    }
}

#[test]
fn c14_lists_that_are_none() {
    let rows: &[(&str, fn(&mut Crl))] = &[
        ("unused bit", |c| c.fault = Some(Fault::UnusedSignatureBit)),
        ("trailing data", |c| c.fault = Some(Fault::TrailingData)),
        ("long length", |c| c.fault = Some(Fault::LongLength)),
        ("algorithms differ", |c| {
            c.inner_algorithm = algorithm::ECDSA_SHA384
        }),
        ("no next update", |c| c.next_update = None),
        ("version 1", |c| c.version = None),
        ("version 3", |c| c.version = Some(2)),
        ("unknown, critical", |c| {
            c.extra.push(Extension::unknown(true))
        }),
        ("unknown, critical, in an entry", |c| {
            c.revoked = vec![vec![9]];
            c.entry_extra.push(Extension::unknown(true));
        }),
        ("delta", |c| {
            let (id, critical, value) = ("2.5.29.27", true, vec![2, 1, 1]);
            c.extra.push(Extension {
                id,
                critical,
                value,
            });
        }),
        ("indirect", |c| scope(c, Some(CRL_URI), Scope::Indirect)),
        ("attributes", |c| {
            scope(c, Some(CRL_URI), Scope::OnlyAttributeCertificates)
        }),
        ("some reasons", |c| {
            scope(c, Some(CRL_URI), Scope::OnlyReasons(&[6, 0x40]))
        }),
        ("reasons 03 00", |c| {
            scope(c, Some(CRL_URI), Scope::OnlyReasons(&[]))
        }),
        ("a scope without a name", |c| {
            scope(c, None, Scope::OnlyUserCertificates)
        }),
    ];
    let root = Entity::root();
    for (what, fault) in rows {
        let list = root.crl().with(fault).sign(&root.key);
        let error = read(&[list]).expect_err(what);
        assert_eq!(error, Error::Misuse(Misuse::InvalidCrl), "{what}");
    }
}

#[test]
fn c14_of_several_the_newest_counts() {
    let root = Entity::root();
    let dated = |day, revokes: bool, key: &Key| {
        let list = root.crl().with(|c| c.this_update = date(2026, 5, day));
        let serial = revokes.then(|| signer().serial);
        list.with(|c| c.revoked.extend(serial)).sign(key)
    };
    let (empty, full) = (dated(1, false, &root.key), dated(2, true, &root.key));
    let (old_full, new_empty) = (dated(1, true, &root.key), dated(2, false, &root.key));
    let same_time = dated(1, true, &root.key);
    let forged = dated(3, false, &Key::from_seed("attacker"));
    let future = root.crl().with(|c| c.this_update = NOW + 1).sign(&root.key);
    let rows: &[(&str, Option<Rejected>, [&Vec<u8>; 2])] = &[
        ("an empty one hides nothing newer", REVOKED, [&empty, &full]),
        ("a newer one counts", ACCEPTED, [&old_full, &new_empty]),
        (
            "of one second the longer one counts",
            REVOKED,
            [&empty, &same_time],
        ),
        ("a forged one fails", UNUSABLE, [&full, &forged]),
        ("a future one hides nothing", REVOKED, [&future, &full]),
        ("a future one does no harm", ACCEPTED, [&future, &empty]),
    ];
    for (what, expected, [a, b]) in rows {
        expect(what, *expected, check(&[(*a).clone(), (*b).clone()]));
        expect(what, *expected, check(&[(*b).clone(), (*a).clone()]));
    }
}

#[test]
fn c14_no_lists_at_all() {
    let lists = read(&[]).expect("no lists");
    assert!(lists.is_empty());
    expect("not checked", ACCEPTED, check(&[]));
}

#[test]
fn c14_every_certificate_is_covered() {
    let root = deep_root();
    let authority = root.issue(Profile::intermediate(), "authority");
    let leaf = authority.issue(signer(), "signer");
    let chain = [&leaf.der[..], &authority.der];
    let anchors = roots(&[&root.der]);
    let of_root = root.crl().sign(&root.key);
    let of_authority = authority.crl().sign(&authority.key);
    let revoking = root
        .crl()
        .with(|c| c.revoked.push(authority.profile.serial.clone()));
    let revoking = revoking.sign(&root.key);
    let rows: &[(&str, Option<Rejected>, &[&Vec<u8>])] = &[
        ("both", ACCEPTED, &[&of_root, &of_authority]),
        ("the root's", UNUSABLE, &[&of_root]),
        ("the authority's", UNUSABLE, &[&of_authority]),
        (
            "the authority is revoked",
            REVOKED,
            &[&of_authority, &revoking],
        ),
    ];
    for (what, expected, lists) in rows {
        let lists = read(&lists.iter().map(|der| der.to_vec()).collect::<Vec<_>>());
        let lists = lists.expect("lists");
        expect(what, *expected, at(NOW, &chain, &anchors, Some(&lists)));
    }
    for usage in [key_usage::CERT_SIGN, key_usage::CERT_AND_CRL_SIGN] {
        let expected = (usage == key_usage::CERT_SIGN).then_some(rejected!(CrlUnusable));
        let root = Profile::iaca_root().with(|p| p.key_usage = Some(usage));
        let root = Entity::self_signed(root, "root");
        let leaf = root.issue(signer(), "signer");
        let lists = read(&[root.crl().sign(&root.key)]).expect("lists");
        let result = at(NOW, &[&leaf.der], &roots(&[&root.der]), Some(&lists));
        expect("a root that may or may not sign lists", expected, result);
    }
}

#[test]
fn c14_no_byte_of_a_list_can_be_changed() {
    let root = Entity::root();
    let list = root
        .crl()
        .with(|c| c.revoked = vec![vec![9]])
        .sign(&root.key);
    assert!(check(core::slice::from_ref(&list)).is_ok());
    for index in 0..list.len() {
        for mask in [1, 0x80] {
            let mut changed = list.clone();
            changed[index] ^= mask;
            assert!(check(&[changed]).is_err(), "byte {index}");
        }
        assert!(read(&[list[..index].to_vec()]).is_err(), "{index} bytes");
    }
}
