//! What is counted. What the rows mean is in README.md.

use core::hint::black_box;

use vitacard::crypto::{
    Algorithm, CryptoProvider, DigestAlgorithm, ES256, Es256, GeneratorTable, InvalidSignature,
    PreparedKey, PublicKey, RUSTCRYPTO, SignatureVerifier, Signer as _, SoftwareSigner, TableSize,
    VerifyingKey,
};
use vitacard::reader::DeviceResponse;

use crate::cards::{self, Authority, Desk, Holder, Kind};

/// Of how many keys, messages and holders the mean is taken: what a signature takes depends on its
/// numbers.
const MANY: usize = 16;

/// An operation whose fixtures stand.
pub struct Prepared {
    /// How many times `run` does it. It is called once.
    pub times: usize,
    pub run: Box<dyn FnMut()>,
}

impl Prepared {
    fn new(times: usize, run: impl FnMut() + 'static) -> Self {
        let run = Box::new(run);
        Self { times, run }
    }

    fn each<T: 'static>(inputs: Vec<T>, mut operation: impl FnMut(&T) + 'static) -> Self {
        Self::new(inputs.len(), move || inputs.iter().for_each(&mut operation))
    }

    fn each_consumed<T, O>(mut inputs: Vec<T>, operation: fn(T) -> O) -> Self
    where
        T: 'static,
        O: 'static,
    {
        Self::new(inputs.len(), move || {
            for input in inputs.drain(..) {
                black_box(operation(black_box(input)));
            }
        })
    }
}

/// A name, and what makes the fixtures.
type Operation = (&'static str, fn() -> Prepared);

pub const OPERATIONS: &[Operation] = &[
    ("around_signatures_8", around_signatures),
    ("issue_complete_8", issue_complete),
    ("issue_prepare_8", issue_prepare),
    ("lend", lend),
    ("parse_8", parse),
    ("present_8", present),
    ("present_complete_8", present_complete),
    ("response_28_portrait", || response(Kind::PORTRAIT)),
    ("response_35", || response(Kind::THIRTY_FIVE)),
    ("response_8", || response(Kind::EIGHT)),
    ("response_8_new_issuer", response_of_new_issuer),
    ("signature_known_key", signature_known_key),
    ("signature_known_key_flash", signature_known_key_flash),
    ("signature_new_key", signature_new_key),
    ("signature_new_key_even_r", signature_new_key_even_r),
    ("table_full_build", table_full_build),
    ("verify_all_64", verify_all),
    ("verify_response_8_delegated", response_of_delegate),
];

fn parse() -> Prepared {
    Prepared::each(responses(Kind::EIGHT), |response| {
        let response = DeviceResponse::parse(black_box(response));
        black_box(response).expect("a response");
    })
}

/// As a reader meets most: the issuer is known, the holder is not.
fn response(kind: Kind) -> Prepared {
    at_a_desk(RUSTCRYPTO, responses(kind))
}

fn around_signatures() -> Prepared {
    let nodding = CryptoProvider {
        signatures: &[&Nodding],
        ..RUSTCRYPTO
    };
    at_a_desk(nodding, responses(Kind::EIGHT))
}

/// The issuer is known; the key of the holder and that of the delegate are not.
fn response_of_delegate() -> Prepared {
    let delegated = cards::delegated_responses(&Authority::new(), Kind::EIGHT, MANY);
    let desk = Desk::new(&Authority::new(), RUSTCRYPTO).asking(&delegated.request);
    let mut desk = desk.knowing_issuer_of(&delegated.responses[0]);
    Prepared::each(delegated.responses, move |response| {
        desk.verify(black_box(response));
    })
}

/// What a holder's phone does once he has seen what is asked for, its key's signature included.
fn lend() -> Prepared {
    let authority = Authority::new();
    let asked = |n| {
        let (_, asked) = cards::ask(n);
        (Holder::lending(&authority, Kind::EIGHT, n), asked)
    };
    let asked = (0..MANY).map(asked).collect();
    Prepared::each_consumed(asked, |(holder, asked)| holder.lend(asked))
}

fn response_of_new_issuer() -> Prepared {
    let mut desk = Desk::new(&Authority::new(), RUSTCRYPTO);
    Prepared::each(responses(Kind::EIGHT), move |response| {
        desk.verify(black_box(response));
        desk.forget_issuers();
    })
}

fn at_a_desk(crypto: CryptoProvider, responses: Vec<Vec<u8>>) -> Prepared {
    let mut desk = Desk::new(&Authority::new(), crypto).knowing_issuer_of(&responses[0]);
    Prepared::each(responses, move |response| desk.verify(black_box(response)))
}

/// Of one issuer, which is known; as many as share an equation.
fn verify_all() -> Prepared {
    let responses = cards::responses(&Authority::new(), Kind::EIGHT, 64);
    let mut desk = Desk::new(&Authority::new(), RUSTCRYPTO).knowing_issuer_of(&responses[0]);
    Prepared::new(responses.len(), move || {
        desk.verify_all(black_box(&responses))
    })
}

fn responses(kind: Kind) -> Vec<Vec<u8>> {
    cards::responses(&Authority::new(), kind, MANY)
}

fn signature_known_key() -> Prepared {
    with_table(ES256, TableSize::Full)
}

/// As on a microcontroller: both tables are small.
fn signature_known_key_flash() -> Prepared {
    let sha256 = RUSTCRYPTO.digest(DigestAlgorithm::Sha256);
    let verifier = Es256::new(sha256.expect("a hash"), GeneratorTable::FLASH);
    with_table(Box::leak(Box::new(verifier)), TableSize::Flash)
}

fn with_table(verifier: &'static dyn SignatureVerifier, size: TableSize) -> Prepared {
    let signer = cards::signer("issuer");
    let key = PreparedKey::new(&signer.public_key(), size).expect("a key of P-256");
    let signed = (0..MANY).map(|n| Signed::new(&signer, n)).collect();
    Prepared::each(signed, move |signed: &Signed| {
        signed.check(verifier, VerifyingKey::prepared(black_box(&key)));
    })
}

fn signature_new_key() -> Prepared {
    Prepared::each(of_many_keys(), |signed| {
        let key = PublicKey::p256(black_box(&signed.key)).expect("a point");
        signed.check(ES256, VerifyingKey::new(&key));
    })
}

fn signature_new_key_even_r() -> Prepared {
    Prepared::each(of_many_keys(), |signed| {
        let key = PublicKey::p256(black_box(&signed.key)).expect("a point");
        signed.check(ES256, VerifyingKey::new(&key).expecting_even_r());
    })
}

fn of_many_keys() -> Vec<Signed> {
    let signed = |n| Signed::new(&cards::signer(&format!("signer {n}")), n);
    (0..MANY).map(signed).collect()
}

fn table_full_build() -> Prepared {
    let key = cards::signer("issuer").public_key();
    Prepared::each(vec![key], |key| {
        let prepared = PreparedKey::new(black_box(key), TableSize::Full);
        black_box(prepared).expect("a key of P-256");
    })
}

fn issue_prepare() -> Prepared {
    let drafts = (0..MANY).map(|n| cards::draft(Kind::EIGHT, n)).collect();
    Prepared::each_consumed(drafts, cards::prepare)
}

/// What comes after an issuer's HSM: its signature is checked and put in.
fn issue_complete() -> Prepared {
    let signed = |n| {
        let authority = Authority::new();
        let unsigned = cards::prepare(cards::draft(Kind::EIGHT, n));
        let signature = authority.key.sign(unsigned.to_be_signed());
        (
            unsigned,
            signature.expect("a signature"),
            authority.signer.der,
        )
    };
    let signed = (0..MANY).map(signed).collect();
    Prepared::each_consumed(signed, |(unsigned, signature, certificate)| {
        let card = unsigned.complete(&signature, &[&certificate], &RUSTCRYPTO);
        card.expect("a card")
    })
}

/// What a phone does from the bytes of a request to what its secure hardware signs.
fn present() -> Prepared {
    Prepared::each(holders(), |holder| {
        let unsigned = black_box(holder).present();
        black_box(unsigned.to_be_signed()).expect("bytes to sign");
    })
}

/// What comes after that hardware: its signature is checked and put in.
fn present_complete() -> Prepared {
    let signed = holders().into_iter().map(|holder| {
        let unsigned = holder.present();
        let to_be_signed = unsigned.to_be_signed().expect("bytes to sign");
        let signature = holder.device.sign(&to_be_signed);
        (unsigned, signature.expect("a signature"))
    });
    Prepared::each_consumed(signed.collect(), |(unsigned, signature)| {
        let response = unsigned.complete(&signature, &RUSTCRYPTO);
        response.expect("a response").to_bytes()
    })
}

fn holders() -> Vec<Holder> {
    let authority = Authority::new();
    let holder = |n| Holder::new(&authority, Kind::EIGHT, n);
    (0..MANY).map(holder).collect()
}

/// About as long as what a device signs, with an even R as all that ours sign.
struct Signed {
    key: [u8; 65],
    message: [u8; 500],
    signature: [u8; 64],
}

impl Signed {
    fn new(signer: &SoftwareSigner, n: usize) -> Self {
        let message = [n as u8; 500];
        let signature = signer.sign(&message).expect("a signature");
        Self {
            key: signer.public_key().as_bytes().try_into().expect("65 bytes"),
            message,
            signature: signature.as_bytes().try_into().expect("64 bytes"),
        }
    }

    fn check(&self, verifier: &dyn SignatureVerifier, key: VerifyingKey<'_>) {
        let verdict = verifier.verify(key, &[black_box(&self.message)], &self.signature);
        verdict.expect("a good signature");
    }
}

/// Accepts every signature at once, unread.
#[derive(Debug)]
struct Nodding;

impl SignatureVerifier for Nodding {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn verify(&self, _: VerifyingKey<'_>, _: &[&[u8]], _: &[u8]) -> Result<(), InvalidSignature> {
        Ok(())
    }
}
