//! What a reader keeps: the newest list of each address, and how old it may never be again.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::identifiers::Identifiers;
use super::resident::{ResidentForm, Statuses};
use super::token::{ListContent, ListLimits, ListToken, SKEW, VerifiedList};
use super::{StatusTrust, TrustPoint};
use crate::crypto::{CryptoProvider, SecureRandom};
use crate::error::{CryptoError, Error, Misuse, Rejected, rejected};
use crate::time::{CLOCK_FLOOR, UnixTime, unix_time};

/// A token's `ttl` is a hint: no reader asks more often than each quarter of an hour, or less often
/// than once in a week.
const SHORTEST_WAIT: u64 = 15 * 60;
const LONGEST_WAIT: u64 = 7 * 86_400;
/// The longest address, in bytes.
const ADDRESS: usize = 2048;
/// Where a token says nothing.
const USUAL_WAIT: u64 = 12 * 3600;

/// The lists of a reader, by address and trust point.
///
/// It takes what is followed and nothing else, so nobody fills it but its owner. A list replaces
/// an older one and never a newer one; that holds across restarts, with
/// [snapshots](Self::snapshot).
///
/// From flash to verdict: addresses are agreed with the insurer, or learned from a card
/// ([`VerifiedIssuerSigned::status_lists`](crate::reader::VerifiedIssuerSigned::status_lists)), and
/// `fetch` is yours.
///
/// ```
/// # #[cfg(feature = "x509")] {
/// use vitacard::crypto::{RUSTCRYPTO, SystemRandom};
/// use vitacard::reader::{
///     Conditions, Policy, Reader, StatusEvidence, StatusStore, StatusTrust, StoreLimits, TrustPoint,
/// };
/// use vitacard::trust::{AnchorId, TrustAnchors};
/// use vitacard::{Error, UnixTime};
/// fn day(
///     flash: &mut [Vec<u8>; 2], // two slots
///     root: &[u8],              // the insurer's, in DER
///     fetch: impl Fn(&str) -> Option<Vec<u8>>,
///     card: &[u8],
///     now: UnixTime,
/// ) -> Result<(), Error> {
///     let [a, b] = &*flash;
///     let mut store = StatusStore::open([a, b], StoreLimits::default(), &RUSTCRYPTO)?;
///     let insurer = TrustPoint::Anchor(AnchorId::of_root(root, &RUSTCRYPTO)?);
///     store.follow("https://insurer.example/status/1", insurer)?;
///     let (mut anchors, rng) = (TrustAnchors::new(), &mut SystemRandom);
///     anchors.add_root(root)?;
///     // Collected first: `due` borrows the store.
///     let due: Vec<_> = store.due(now).map(|list| list.uri().to_owned()).collect();
///     for uri in due {
///         let trust = StatusTrust::anchors(&anchors);
///         match fetch(&uri) {
///             Some(token) => drop(store.accept(&token, &uri, &trust, &RUSTCRYPTO, now, rng)?),
///             None => store.postpone(&uri, insurer, now, rng)?,
///         }
///     }
///     let snapshot = store.snapshot(&RUSTCRYPTO)?;
///     flash[snapshot.slot() as usize] = snapshot.as_bytes().to_vec();
///     store.written(&snapshot);
///
///     let (reader, policy) = (Reader::new(RUSTCRYPTO, anchors), Policy::default());
///     let conditions = Conditions::new(now, &policy).with_status(StatusEvidence::of(&store));
///     let verified = reader.verify_issuer_signed(card, &conditions)?;
///     println!("{:?}", verified.standing());
///     Ok(())
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StatusStore {
    pub(super) held: Vec<Held>,
    pub(super) limits: StoreLimits,
    pub(super) generation: u64,
    pub(super) clock_floor: UnixTime,
}

/// How much a store may hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct StoreLimits {
    /// Lists that can be followed. Default 16. Each has a share of its own, so that no issuer can take
    /// another's: all of them together are `lists` × `list_bytes` at most.
    pub lists: usize,
    /// Bytes of a token, or of an increment. Default 20 MiB.
    pub token_bytes: usize,
    /// Bytes of one list, inflated and as it is kept. Default 16 MiB, for 134 million cards.
    pub list_bytes: usize,
    /// A clock before this was never set: the date of the reader's program, say. Default 2020.
    pub clock_floor: UnixTime,
    /// Whether tokens are taken whose type lacks `application/`, as examples of the standard have
    /// it. Default no.
    pub short_types: bool,
    /// How lists are kept. Default [`ResidentForm::Gaps`].
    pub form: ResidentForm,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            lists: 16,
            token_bytes: 20 << 20,
            list_bytes: 16 << 20,
            clock_floor: CLOCK_FLOOR,
            short_types: false,
            form: ResidentForm::default(),
        }
    }
}

impl StoreLimits {
    const fn of_tokens(&self) -> ListLimits {
        let limits = ListLimits::new(self.token_bytes, self.list_bytes);
        match self.short_types {
            true => limits.with_short_types(),
            false => limits,
        }
    }
}

/// One address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Held {
    pub(super) uri: String,
    pub(super) trust_point: TrustPoint,
    /// When it is to be fetched.
    pub(super) next: UnixTime,
    pub(super) list: Option<List>,
}

/// The newest publication that was taken. It stays when it has ended: nothing older is taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct List {
    /// SHA-256 of the token's payload; of a list that came by increments there was none.
    pub(super) payload: Option<[u8; 32]>,
    pub(super) iat: UnixTime,
    pub(super) exp: UnixTime,
    pub(super) ttl: Option<u64>,
    pub(super) content: Content,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Content {
    Statuses(Statuses),
    Identifiers(Identifiers),
}

impl List {
    fn of(verified: VerifiedList, form: ResidentForm) -> Self {
        Self {
            payload: Some(*verified.payload_hash()),
            iat: verified.iat(),
            exp: verified.exp(),
            ttl: verified.ttl(),
            content: match verified.into_content() {
                ListContent::Statuses { bits, list } => {
                    Content::Statuses(Statuses::new(list, bits, form))
                }
                ListContent::Identifiers(ids) => Content::Identifiers(ids),
            },
        }
    }

    /// Whether two of one time are one publication. Of one that came by increments there is no
    /// payload to compare.
    fn same(&self, held: &Self) -> bool {
        match (self.payload, held.payload) {
            (Some(a), Some(b)) => a == b,
            _ => self.exp == held.exp && self.content == held.content,
        }
    }

    pub(super) fn byte_len(&self) -> usize {
        match &self.content {
            Content::Statuses(statuses) => statuses.byte_len(),
            Content::Identifiers(ids) => ids.byte_len(),
        }
    }

    /// Whether an identifier is on it; `None` of a list of another kind.
    pub(super) fn holds(&self, id: &[u8]) -> Option<bool> {
        match &self.content {
            Content::Identifiers(ids) => Some(ids.contains(id)),
            Content::Statuses(_) => None,
        }
    }
}

/// What came of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there is no third way but an error"
)]
pub enum Taken {
    /// The list is newer, and is held from now on.
    Newer,
    /// It is the one that was held.
    Same,
}

/// A list that a store follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Followed<'s> {
    uri: &'s str,
    trust_point: TrustPoint,
    held: Option<(UnixTime, UnixTime)>,
}

impl<'s> Followed<'s> {
    /// From where it is fetched.
    #[must_use]
    pub const fn uri(&self) -> &'s str {
        self.uri
    }

    /// Under whom it must be.
    #[must_use]
    pub const fn trust_point(&self) -> TrustPoint {
        self.trust_point
    }

    /// The date (`iat`) of the list that is held: ask for increments from it. `None` if none is held,
    /// and the whole list is needed.
    #[must_use]
    pub fn held(&self) -> Option<UnixTime> {
        self.held.map(|(iat, _)| iat)
    }

    /// When the list that is held ends.
    #[must_use]
    pub fn ends(&self) -> Option<UnixTime> {
        self.held.map(|(_, exp)| exp)
    }
}

impl StatusStore {
    /// Follows nothing yet.
    #[must_use]
    pub const fn new(limits: StoreLimits) -> Self {
        Self {
            held: Vec::new(),
            limits,
            generation: 0,
            clock_floor: limits.clock_floor,
        }
    }

    /// From now on takes the list at `uri` under `trust_point`.
    ///
    /// # Errors
    /// [`Misuse::TooManyLists`], [`Misuse::ListAddressEmpty`],
    /// [`Misuse::ListAddressTooLong`] for one of over 2 KiB.
    pub fn follow(&mut self, uri: &str, trust_point: TrustPoint) -> Result<(), Misuse> {
        if self.find(uri, &trust_point).is_some() {
            return Ok(());
        }
        if uri.is_empty() {
            return Err(Misuse::ListAddressEmpty);
        }
        if uri.len() > ADDRESS {
            return Err(Misuse::ListAddressTooLong);
        }
        if self.held.len() >= self.limits.lists {
            return Err(Misuse::TooManyLists);
        }
        self.held.push(Held {
            uri: uri.into(),
            trust_point,
            next: unix_time(0),
            list: None,
        });
        Ok(())
    }

    /// Forgets the list, and that there was one: an old one could then be taken again.
    pub fn unfollow(&mut self, uri: &str, trust_point: TrustPoint) {
        self.held.retain(|held| !held.is(uri, &trust_point));
    }

    /// Verifies `token`, fetched from `uri`, and holds its list if it is newer than the one that is
    /// held. Whatever goes wrong, the store stays as it was. `rng` spreads out when readers ask
    /// again.
    ///
    /// # Errors
    /// [`Rejected`] 2550 to 2565; [`Misuse::ClockNotSet`] if `now` is before
    /// [`clock_floor`](Self::clock_floor).
    pub fn accept(
        &mut self,
        token: &[u8],
        uri: &str,
        trust: &StatusTrust<'_>,
        crypto: &CryptoProvider,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Taken, Error> {
        self.trust_clock(now)?;
        let token = ListToken::parse(token, &self.limits.of_tokens())?;
        let verified = token.verify(uri, trust, crypto, now)?;
        let next = next(now, verified.ttl(), rng)?;
        Ok(self.take(verified, now, next)?)
    }

    fn take(
        &mut self,
        verified: VerifiedList,
        now: UnixTime,
        next: UnixTime,
    ) -> Result<Taken, Rejected> {
        let uri = String::from(verified.uri());
        let trust_point = verified.trust_point();
        // Before anything is made of it: what is not asked for or old costs no more than this.
        let held = self
            .find(&uri, &trust_point)
            .ok_or(rejected!(ListNotFollowed))?;
        held.refuse_older(verified.iat())?;
        let list = List::of(verified, self.limits.form);
        let taken = held.compare(&list)?;
        self.replace((&uri, &trust_point), list, (now, next))?;
        Ok(taken)
    }

    /// The last step of taking a list, of which all else was found good.
    pub(super) fn replace(
        &mut self,
        (uri, trust_point): (&str, &TrustPoint),
        list: List,
        (now, next): (UnixTime, UnixTime),
    ) -> Result<(), Rejected> {
        if list.byte_len() > self.limits.list_bytes {
            return Err(rejected!(ListTooLarge));
        }
        let held = self.held.iter_mut().find(|held| held.is(uri, trust_point));
        let held = held.ok_or(rejected!(ListNotFollowed))?;
        // What may be dated a minute ahead does not make a clock wrong.
        let floor = unix_time(list.iat.as_secs().saturating_sub(SKEW));
        self.clock_floor = self.clock_floor.max(floor);
        held.list = Some(list);
        held.next = next;
        // A server gives one answer at an address. What is due there under another trust point waits
        // a little: were it due at once, a card could have a stranger's server asked without end, and
        // were it put off for as long as this list proposes, one issuer could keep another's away.
        let soon = after(now, 2 * SHORTEST_WAIT);
        let others = self
            .held
            .iter_mut()
            .filter(|held| held.uri == uri && held.next <= now);
        others.for_each(|held| held.next = soon);
        Ok(())
    }

    /// The lists that should be fetched at `now`.
    ///
    /// That is between half of what the token proposes (`ttl`, 12 hours if it says nothing, at least
    /// 30 minutes and at most 7 days) and all of it after it was taken, at random.
    pub fn due(&self, now: UnixTime) -> impl Iterator<Item = Followed<'_>> {
        // What is due in more than the longest wait was put off by a clock that was ahead.
        let wrong = after(now, LONGEST_WAIT);
        let due = move |held: &&Held| held.next <= now || held.next > wrong;
        self.held.iter().filter(due).map(Held::followed)
    }

    /// All lists, and of when they are: what a reader tells its owner.
    pub fn followed(&self) -> impl Iterator<Item = Followed<'_>> {
        self.held.iter().map(Held::followed)
    }

    /// Nothing came of fetching a list: it is due again in 15 to 30 minutes.
    ///
    /// # Errors
    /// [`Error::Crypto`] if `rng` fails.
    pub fn postpone(
        &mut self,
        uri: &str,
        trust_point: TrustPoint,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<(), Error> {
        let wait = spread(2 * SHORTEST_WAIT, rng)?;
        if let Some(held) = self.held.iter_mut().find(|held| held.is(uri, &trust_point)) {
            held.next = after(now, wait);
        }
        Ok(())
    }

    /// Whoever publishes the list says that the one that is held is the newest: it is due again as if
    /// it had just been taken. Nobody vouches for such an answer; that a list is old is seen by its
    /// date, whatever is answered.
    ///
    /// # Errors
    /// [`Error::Crypto`] if `rng` fails.
    pub fn unchanged(
        &mut self,
        uri: &str,
        trust_point: TrustPoint,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<(), Error> {
        if let Some(held) = self.held.iter_mut().find(|held| held.is(uri, &trust_point)) {
            held.next = next(now, held.list.as_ref().and_then(|list| list.ttl), rng)?;
        }
        Ok(())
    }

    /// A clock before this is wrong: a list was published after it.
    ///
    /// A clock that was ahead once, with a list of that day, leaves it ahead; only a new store has
    /// another.
    #[must_use]
    pub const fn clock_floor(&self) -> UnixTime {
        self.clock_floor
    }

    /// By a clock that was set back an old list seems not to have ended.
    pub(super) fn trust_clock(&self, now: UnixTime) -> Result<(), Misuse> {
        match now < self.clock_floor {
            true => Err(Misuse::ClockNotSet),
            false => Ok(()),
        }
    }

    pub(super) fn find(&self, uri: &str, trust_point: &TrustPoint) -> Option<&Held> {
        self.held.iter().find(|held| held.is(uri, trust_point))
    }
}

impl Held {
    fn refuse_older(&self, iat: UnixTime) -> Result<(), Rejected> {
        match self.list.as_ref().is_some_and(|held| iat < held.iat) {
            true => Err(rejected!(ListOlder)),
            false => Ok(()),
        }
    }

    /// The high-water mark: whoever can send an old list to a reader must not free a card by it.
    fn compare(&self, list: &List) -> Result<Taken, Rejected> {
        let Some(held) = &self.list else {
            return Ok(Taken::Newer);
        };
        match list.iat.cmp(&held.iat) {
            Ordering::Greater => Ok(Taken::Newer),
            Ordering::Less => Err(rejected!(ListOlder)),
            Ordering::Equal if list.same(held) => Ok(Taken::Same),
            Ordering::Equal => Err(rejected!(ListContradicts)),
        }
    }

    fn is(&self, uri: &str, trust_point: &TrustPoint) -> bool {
        self.uri == uri && self.trust_point == *trust_point
    }

    fn followed(&self) -> Followed<'_> {
        Followed {
            uri: &self.uri,
            trust_point: self.trust_point,
            held: self.list.as_ref().map(|list| (list.iat, list.exp)),
        }
    }
}

/// When to ask again: between half of what the issuer proposes and all of it, so that readers that
/// were switched on together do not ask together.
pub(super) fn next(
    now: UnixTime,
    ttl: Option<u64>,
    rng: &mut dyn SecureRandom,
) -> Result<UnixTime, CryptoError> {
    let proposed = ttl
        .unwrap_or(USUAL_WAIT)
        .clamp(2 * SHORTEST_WAIT, LONGEST_WAIT);
    Ok(after(now, spread(proposed, rng)?))
}

fn spread(most: u64, rng: &mut dyn SecureRandom) -> Result<u64, CryptoError> {
    let mut bytes = [0; 8];
    rng.fill(&mut bytes)?;
    let half = most >> 1;
    let drawn = u64::from_be_bytes(bytes).checked_rem(half.saturating_add(1));
    Ok(half.saturating_add(drawn.unwrap_or(0)))
}

fn after(now: UnixTime, secs: u64) -> UnixTime {
    unix_time(now.as_secs().saturating_add(secs))
}
