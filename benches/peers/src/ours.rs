//! vitacard, and all that this package knows of its interface for speed.

use vitacard::UnixTime;
use vitacard::crypto::{
    Algorithm, Check, CryptoError, CryptoProvider, ES256, InvalidSignature, PreparedKey, PublicKey,
    RUSTCRYPTO, SecureRandom, SignatureVerifier, TableSize, VerifyingKey,
};
use vitacard::issuer::Draft;
use vitacard::reader::{Conditions, DeviceRequest, DeviceResponse, Exchange, Policy, Reader};
use vitacard::session::SessionTranscript;
use vitacard::trust::{IssuerCache, TrustAnchors};

use crate::authority::Authority;
use crate::cards::{PURPOSE, Response, TRANSCRIPT};
use crate::signing::Signed;

/// A new key: read from its bytes each time, like those of the peers.
pub fn verify(signed: &Signed) -> bool {
    PublicKey::p256(&signed.key).is_ok_and(|key| accepts(VerifyingKey::new(&key), signed))
}

/// A new key that is said to sign with an even R.
pub fn verify_even_r(signed: &Signed) -> bool {
    PublicKey::p256(&signed.key)
        .is_ok_and(|key| accepts(VerifyingKey::new(&key).expecting_even_r(), signed))
}

/// A key with a table.
pub fn verify_prepared(key: &PreparedKey, signed: &Signed) -> bool {
    accepts(VerifyingKey::prepared(key), signed)
}

fn accepts(key: VerifyingKey<'_>, signed: &Signed) -> bool {
    ES256
        .verify(key, &[&signed.message], &signed.signature)
        .is_ok()
}

/// Many signatures of new keys in one equation.
pub fn verify_together(all: &[Signed]) -> bool {
    let key = |signed: &Signed| PublicKey::p256(&signed.key).expect("a point");
    let keys: Vec<_> = all.iter().map(key).collect();
    let checks = keys.iter().zip(all).map(|(key, signed)| Check {
        key: VerifyingKey::new(key).expecting_even_r(),
        message: &signed.message,
        signature: &signed.signature,
    });
    let checks: Vec<_> = checks.collect();
    ES256.verify_all(&checks, &SEED).is_ok()
}

pub fn prepare(key: &[u8; 65], size: TableSize) -> PreparedKey {
    let key = PublicKey::p256(key).expect("a point");
    PreparedKey::new(&key, size).expect("a key of P-256")
}

/// Nobody attacks a benchmark.
const SEED: [u8; 32] = [0x5e; 32];

struct Seed;

impl SecureRandom for Seed {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        out.fill(SEED[0]);
        Ok(())
    }
}

/// The card says of its key that it signs with an even R.
pub fn with_even_r_hint(draft: Draft) -> Draft {
    draft.with_even_r_hint()
}

pub type Cache = IssuerCache<4>;

/// A reader at work, whose issuers it has met before.
pub struct Desk {
    reader: Reader,
    policy: Policy,
    transcript: SessionTranscript<'static>,
    now: UnixTime,
    /// Sent to delegates too.
    request: Option<Vec<u8>>,
}

impl Desk {
    pub fn new(authority: &Authority) -> Self {
        Self::with_provider(authority, RUSTCRYPTO)
    }

    /// Everything is done but the arithmetic of signatures.
    pub fn around_signatures(authority: &Authority) -> Self {
        let nodding = CryptoProvider {
            signatures: &[&Nodding],
            ..RUSTCRYPTO
        };
        Self::with_provider(authority, nodding)
    }

    fn with_provider(authority: &Authority, provider: CryptoProvider) -> Self {
        let mut anchors = TrustAnchors::new();
        anchors.add_root(&authority.root.der).expect("a root");
        let mut policy = Policy::default();
        policy.cards_without_status = true;
        Self {
            reader: Reader::new(provider, anchors),
            policy,
            transcript: SessionTranscript::given(TRANSCRIPT).expect("a transcript"),
            now: authority.now,
            request: None,
        }
    }

    /// Asks delegates too.
    pub fn asking(mut self, request: &[u8]) -> Self {
        self.request = Some(request.to_vec());
        self
    }

    /// A cache that knows the issuer of `response`, with a full table of its key.
    pub fn cache(&self, response: &Response) -> Cache {
        let mut cache = self.reader.anchors().cache().with_tables(TableSize::Full);
        // A table is made for whoever comes again.
        for _ in 0..2 {
            assert!(self.accepts(&response.bytes, &mut cache), "a card");
        }
        cache
    }

    /// From bytes to a verdict.
    pub fn accepts(&self, response: &[u8], cache: &mut Cache) -> bool {
        let exchange = self.exchange();
        DeviceResponse::parse(response)
            .and_then(|response| self.reader.verify_with(response, &exchange, cache))
            .is_ok_and(|verified| verified.documents().count() == 1)
    }

    /// As many as are good among `responses`, verified one by one.
    pub fn count_one_by_one(&self, responses: &[Response], cache: &mut Cache) -> usize {
        let good = |response: &&Response| self.accepts(&response.bytes, cache);
        responses.iter().filter(good).count()
    }

    /// As many as are good among `responses`, verified together.
    pub fn count_together(&self, responses: &[Response], cache: &mut Cache) -> usize {
        let claims = responses.iter().map(|response| {
            let claim = DeviceResponse::parse(&response.bytes).expect("well formed");
            (claim, self.exchange())
        });
        let verdicts = self.reader.verify_all(claims, cache, &mut Seed);
        let verdicts = verdicts.expect("a seed, and a cache of these anchors");
        verdicts.iter().filter(|verdict| verdict.is_ok()).count()
    }

    fn exchange(&self) -> Exchange<'_> {
        let conditions = Conditions::new(self.now, &self.policy);
        let exchange = Exchange::new(&self.transcript, conditions);
        match &self.request {
            None => exchange,
            Some(request) => {
                let request = DeviceRequest::parse(request).expect("a request");
                exchange.with_request(request).for_purpose(PURPOSE)
            }
        }
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
