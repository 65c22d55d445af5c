//! `Reader::verify_all`: many responses, with the verdicts that each would have by itself.
//!
//! What is shared are chains, tables and, where the issuer says that a device key signs with an
//! even R, the equation of the device signatures. All else is `Reader::verify`, document by
//! document. Only a response's last document may wait for the others: whether a document is good is
//! known before the next one is looked at, so that nobody makes a reader work for what it refuses.

#[cfg(feature = "rayon")]
mod parallel;

use alloc::vec::Vec;

use super::result::{VerifiedDocument, VerifiedResponse};
use super::verify::{Answer, Exchange, Known, Reader, finish, in_document, possession};
use crate::crypto::{CryptoProvider, SecureRandom};
use crate::delegation::Shown;
use crate::error::{Error, Rejected, rejected};
use crate::mdoc::{DeviceResponse, Document};
use crate::trust::IssuerCache;
use crate::verify::{ClaimedKey, KeyHeld, VerifiedCard};

/// How many responses share an equation: more of them hardly save more, and one that is bad sends
/// all of them back to be checked one by one.
const SHARED: usize = 64;

type Verdict<'a> = Result<VerifiedResponse<'a>, Error>;

/// A response, and what it answers.
type Claim<'a, 'e> = (DeviceResponse<'a>, Exchange<'e>);

impl Reader {
    /// Checks every response in `claims`, each in its own exchange. The verdicts, in their order,
    /// are those of [`Self::verify`].
    ///
    /// It is faster than one after the other where issuers repeat: `cache` keeps their chains, and
    /// tables of their keys if it was made [`with_tables`](IssuerCache::with_tables). And where
    /// cards have the hint of [`Draft::with_even_r_hint`](crate::issuer::Draft::with_even_r_hint):
    /// their device signatures are checked together, 32 to 64 of them. A bad one among those costs
    /// the others that advantage, and they take up to half as long again as by themselves.
    ///
    /// With the feature `rayon` all cores take part, in the thread pool of the caller. Beside what
    /// [`Self::verify`] needs, a thread holds up to 512 kB.
    ///
    /// `rng` is asked once, for 32 bytes: forgers must not know by which numbers signatures are
    /// combined.
    ///
    /// ```
    /// # use vitacard::crypto::{RUSTCRYPTO, SystemRandom, TableSize};
    /// # use vitacard::reader::{Conditions, DeviceResponse, Exchange, Policy, Reader};
    /// # use vitacard::{Error, session::SessionTranscript, trust::TrustAnchors, unix_time};
    /// # let policy = Policy::default();
    /// # let conditions = Conditions::new(unix_time(1_780_272_000), &policy);
    /// # let transcript = SessionTranscript::given(&[0x83, 0xf6, 0xf6, 0xf6])?;
    /// # let stored: [(&[u8], _); 2] = [(b"\xa2\x67version\x631.0\x66status\x0a", transcript.clone()), (b"\xa2\x67version\x631.0\x66status\x00", transcript)];
    /// let reader = Reader::new(RUSTCRYPTO, TrustAnchors::new());
    /// let mut cache = reader.anchors().cache::<16>().with_tables(TableSize::Full);
    /// let mut claims = Vec::new();
    /// for (response, transcript) in &stored {
    ///     claims.push((DeviceResponse::parse(response)?, Exchange::new(transcript, conditions)));
    /// }
    /// let verdicts = reader.verify_all(claims, &mut cache, &mut SystemRandom)?;
    /// for (verdict, (response, _)) in verdicts.iter().zip(&stored) {
    ///     match verdict {
    ///         Ok(verified) => println!("{} documents", verified.documents().count()),
    ///         Err(error) => println!("{error}, in {} bytes", response.len()),
    ///     }
    /// }
    /// # assert!(verdicts.iter().all(Result::is_err));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// For a response: as [`Self::verify`]. For all of them, before any is looked at:
    /// [`CryptoError::Random`](crate::CryptoError::Random) if `rng` fails,
    /// [`CryptoError::Unavailable`](crate::CryptoError::Unavailable) without SHA-256, and
    /// [`Misuse::CacheOfOtherAnchors`](crate::Misuse::CacheOfOtherAnchors).
    pub fn verify_all<'a, 'e, const N: usize>(
        &self,
        claims: impl IntoIterator<Item = (DeviceResponse<'a>, Exchange<'e>)>,
        cache: &mut IssuerCache<N>,
        rng: &mut dyn SecureRandom,
    ) -> Result<Vec<Result<VerifiedResponse<'a>, Error>>, Error> {
        cache.check_made_for(&self.anchors)?;
        let seeds = Seeds::draw(self, rng)?;
        self.verify_claims(claims.into_iter().fuse(), cache, &seeds)
    }

    /// As many at a time as share an equation.
    #[cfg(not(feature = "rayon"))]
    fn verify_claims<'a, 'e, const N: usize>(
        &self,
        mut claims: impl Iterator<Item = Claim<'a, 'e>>,
        cache: &mut IssuerCache<N>,
        seeds: &Seeds<'_>,
    ) -> Result<Vec<Verdict<'a>>, Error> {
        let mut verdicts = Vec::new();
        for index in 0.. {
            let some: Vec<_> = claims.by_ref().take(SHARED).collect();
            if some.is_empty() {
                break;
            }
            let known = &mut Known::Learning(cache);
            let some = self.verify_together(&some, known, &seeds.at(index)?);
            self.learn(&some, known);
            verdicts.extend(some);
        }
        Ok(verdicts)
    }

    fn learn<const N: usize>(&self, verdicts: &[Verdict<'_>], known: &mut Known<'_, N>) {
        for verified in verdicts.iter().flatten() {
            known.learn(verified, &self.anchors);
        }
    }

    fn verify_together<'a, const N: usize>(
        &self,
        claims: &[Claim<'a, '_>],
        known: &mut Known<'_, N>,
        seed: &[u8; 32],
    ) -> Vec<Verdict<'a>> {
        let mut begun = Vec::with_capacity(claims.len());
        let mut keys = Vec::new();
        for (response, exchange) in claims {
            begun.push(match self.begin(response, exchange, known) {
                Ok((begun, key)) => {
                    keys.extend(key);
                    Ok(begun)
                }
                Err(error) => Err(error),
            });
        }
        let mut held = KeyHeld::check_all(keys, &self.crypto, seed).into_iter();
        let mut verdicts = Vec::with_capacity(claims.len());
        for (begun, (_, exchange)) in begun.into_iter().zip(claims) {
            verdicts.push(begun.and_then(|begun| begun.end(&mut held, exchange, &self.crypto)));
        }
        verdicts
    }

    /// As [`Reader::verify`], up to the device signature of the last document where that can wait.
    fn begin<'a, const N: usize>(
        &self,
        response: &DeviceResponse<'a>,
        exchange: &Exchange<'_>,
        known: &mut Known<'_, N>,
    ) -> Result<(Begun<'a>, Option<ClaimedKey<'a>>), Error> {
        let answer = Answer::of(response, exchange)?;
        let mut left = response.count();
        let mut documents = Vec::with_capacity(left);
        for document in response.documents() {
            let document = document?;
            left = left.saturating_sub(1);
            let index = document.index;
            if left == 0 {
                let (last, key) = self
                    .begin_last(document, &answer, known)
                    .map_err(|error| in_document(error, index))?;
                return Ok((Begun { documents, last }, key));
            }
            let verified = self.verify_document(&document, &answer, known);
            documents.push(verified.map_err(|error| in_document(error, index))?);
        }
        Err(rejected!(NoDocument).into())
    }

    fn begin_last<'a, const N: usize>(
        &self,
        document: Document<'a>,
        answer: &Answer<'_>,
        known: &mut Known<'_, N>,
    ) -> Result<(Last<'a>, Option<ClaimedKey<'a>>), Error> {
        let exchange = answer.exchange;
        let card = self.inspect(&document, exchange, known)?;
        let shown = &document.device_signed;
        let directly = match Shown::of(&card, shown)? {
            Shown::Directly(directly) => directly,
            // No issuer gives a hint about a delegate's key, so nothing is won by waiting.
            Shown::ByDelegate(claimed) => {
                let verified = self.verify_delegated(&document, card, &claimed, answer)?;
                return Ok((Last::Verified(verified), None));
            }
        };
        let possession = possession(&card, exchange, directly);
        if let Some(key) = ClaimedKey::of(shown, &possession, &self.crypto)? {
            return Ok((Last::Claimed(document, card), Some(key)));
        }
        let held = KeyHeld::check(shown, &possession, &self.crypto)?;
        let verified = finish(&document, card, held, exchange)?;
        Ok((Last::Verified(verified), None))
    }
}

/// A response of which all is checked but, perhaps, the last device signature.
struct Begun<'a> {
    documents: Vec<VerifiedDocument<'a>>,
    last: Last<'a>,
}

enum Last<'a> {
    Verified(VerifiedDocument<'a>),
    /// Its device signature is checked with others.
    Claimed(Document<'a>, VerifiedCard<'a>),
}

impl<'a> Begun<'a> {
    /// Takes the next of `held` if it has waited for it.
    fn end(
        self,
        held: &mut impl Iterator<Item = Result<KeyHeld, Rejected>>,
        exchange: &Exchange<'_>,
        crypto: &CryptoProvider,
    ) -> Verdict<'a> {
        let mut documents = self.documents;
        documents.push(match self.last {
            Last::Verified(verified) => verified,
            Last::Claimed(document, card) => {
                let held = held.next().unwrap_or(Err(rejected!(DeviceSignature)));
                held.map_err(Error::from)
                    .and_then(|held| finish(&document, card, held, exchange))
                    .map_err(|error| in_document(error, document.index))?
            }
        });
        VerifiedResponse::new(documents, crypto)
    }
}

/// The seeds of one call: none serves two equations.
struct Seeds<'r> {
    reader: &'r Reader,
    drawn: [u8; 32],
}

impl<'r> Seeds<'r> {
    fn draw(reader: &'r Reader, rng: &mut dyn SecureRandom) -> Result<Self, Error> {
        let mut drawn = [0; 32];
        rng.fill(&mut drawn)?;
        let seeds = Self { reader, drawn };
        seeds.at(0)?;
        Ok(seeds)
    }

    fn at(&self, index: usize) -> Result<[u8; 32], Error> {
        let parts: [&[u8]; 3] = [b"VITACARD-SEED-v1", &self.drawn, &index.to_be_bytes()];
        Ok(self.reader.crypto.sha256(&parts)?)
    }
}
