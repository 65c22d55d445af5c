//! What a forger, or a caller's iterator, must not be able to do to everyone else's responses.

use super::*;

fn kind(name: &str) -> &'static Kind {
    let mut kinds = KINDS.1.iter().map(|(kind, _)| kind);
    kinds.find(|kind| kind.name == name).unwrap()
}

fn verify<const N: usize>(reader: &Reader, kind: &Kind, cache: &mut IssuerCache<N>) -> bool {
    kind.claim(&KINDS.0, |response, exchange| {
        reader.verify_with(response, &exchange, cache).is_ok()
    })
}

/// A genuine chain is public: whoever names it, and has no card of it, gets it no table.
#[test]
fn forgers_have_no_tables_made() {
    let reader = Reader::new(RUSTCRYPTO, KINDS.0.anchors());
    let one = TableSize::Flash.bytes();
    let mut cache = reader.anchors().cache::<4>().with_tables(TableSize::Flash);
    let (good, forged) = (kind("good signer a"), kind("bad signature of signer a"));
    for _ in 0..4 {
        assert!(!verify(&reader, forged, &mut cache));
        assert_eq!((cache.len(), cache.table_bytes()), (1, 0));
    }
    assert!(verify(&reader, good, &mut cache));
    assert_eq!(cache.table_bytes(), 0);
    assert!(!verify(&reader, forged, &mut cache));
    assert_eq!(cache.table_bytes(), 0);
    assert!(verify(&reader, good, &mut cache));
    assert_eq!(cache.table_bytes(), one);
}

#[test]
fn a_batch_of_forgeries_has_no_tables_made() {
    let reader = Reader::new(RUSTCRYPTO, KINDS.0.anchors());
    let mut cache = reader.anchors().cache::<4>().with_tables(TableSize::Flash);
    let number = |name: &str| KINDS.1.iter().position(|(kind, _)| kind.name == name);
    let forged = number("bad signature of signer a").unwrap();
    together(&reader, &[forged; 70], &mut cache);
    assert_eq!(cache.table_bytes(), 0);
    let good = number("good signer a").unwrap();
    together(&reader, &[good; 70], &mut cache);
    assert_eq!(cache.table_bytes(), TableSize::Flash.bytes());
}

/// A crowd of chains that lead nowhere leaves the cache to those that do.
#[test]
fn rubbish_takes_no_place() {
    let reader = Reader::new(RUSTCRYPTO, KINDS.0.anchors());
    let number = |name: &str| KINDS.1.iter().position(|(kind, _)| kind.name == name);
    let rubbish = ["bad chain", "bad certificate"].map(|name| number(name).unwrap());
    let good = number("good signer a").unwrap();
    let numbers = [&[rubbish[0], rubbish[1]].repeat(9)[..], &[good; 3]].concat();
    let mut cache = reader.anchors().cache::<1>();
    let verdicts = together(&reader, &numbers, &mut cache);
    assert_eq!(verdicts.iter().filter(|verdict| verdict.is_ok()).count(), 3);
    assert_eq!(cache.len(), 1);
    let mut none = reader.anchors().cache::<1>();
    together(&reader, &rubbish.repeat(9), &mut none);
    assert_eq!(none.len(), 0);
}

/// Says that it is endless, has two claims, and would have more if it was asked again.
struct Unreliable<I>(I, usize);

impl<I: Iterator> Iterator for Unreliable<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.1 += 1;
        match self.1 {
            3 => None,
            _ => self.0.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

#[test]
fn an_iterator_is_not_believed() {
    let reader = Reader::new(RUSTCRYPTO, KINDS.0.anchors());
    let good = kind("good signer a");
    let transcript = good.transcript();
    let claim = || {
        let response = DeviceResponse::parse(&good.response).unwrap();
        (response, good.exchange(&KINDS.0, &transcript))
    };
    let claims = Unreliable(core::iter::repeat_with(claim).take(10), 0);
    let mut cache = reader.anchors().cache::<1>();
    let verdicts = reader.verify_all(claims, &mut cache, &mut SystemRandom);
    assert_eq!(verdicts.unwrap().len(), 2);
}
