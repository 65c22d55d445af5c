//! What a card will say, until it is prepared for its signature.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;

use ciborium::Value;

use super::draws::Draws;
use super::items::{self, Elements, Layout};
use super::mso::{Authorizations, Content};
use super::unsigned::UnsignedCard;
use crate::crypto::{Algorithm, CryptoProvider, DigestAlgorithm, PublicKey, SecureRandom};
use crate::delegation::DelegationPolicy;
use crate::error::{Error, Misuse};
use crate::mdoc::{Dates, DocType, ElementId, ElementValue, NameSpace};
use crate::profile::{DIGESTS, ElementSpec, Profile};
use crate::time::{UnixTime, Validity};

/// A card in the making.
///
/// Every `with_…` takes anything; what cannot become a card is said by [`prepare`](Self::prepare).
/// The [module](super) has the whole flow.
///
/// ```
/// use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom};
/// use vitacard::issuer::{Decoys, Draft};
/// use vitacard::{DocType, ElementId, Error, Misuse, NameSpace, Validity, unix_time};
/// let key = SoftwareSigner::from_bytes(&[8; 32])?.public_key();
/// let window = Validity::new(unix_time(1_780_272_000), unix_time(1_788_048_000)).unwrap();
/// let (name_space, id) = (NameSpace::new("org.iso.23220.1")?, ElementId::new("sex")?);
/// let draft = Draft::new(DocType::new("org.iso.23220.photoid.1")?, key, window)
///     .with_decoys(Decoys::ToMultipleOf(16))
///     .with_element(name_space.borrowed(), id.borrowed(), 1)
///     .with_element(name_space, id, 2);
/// let error = draft.prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom).unwrap_err();
/// assert_eq!(error, Error::Misuse(Misuse::ElementTwice));
/// # Ok::<(), Error>(())
/// ```
#[must_use]
pub struct Draft {
    dates: Dates,
    elements: Vec<DraftElement>,
    layout: Layout,
    content: Content,
    needs_status: bool,
    /// Elements that the table of its profile does not have.
    has_strangers: bool,
}

struct DraftElement {
    name: (NameSpace<'static>, ElementId<'static>),
    value: Result<ElementValue<'static>, Misuse>,
    /// As many bytes as its value seems to have, at least.
    seeming: usize,
}

/// How many digests of nothing are mixed with those of the elements.
///
/// A reader sees how many digests a name space has. If an element is there for some people only,
/// that number tells on them, unless decoys fill it up.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Decoys {
    /// None: every card of this kind has the same elements.
    #[default]
    None,
    /// So many in every name space. This blurs the number of elements, and does not hide it.
    Each(u16),
    /// As many as make the digests of every name space a multiple of this. If it is at least the
    /// number of elements that there can be, all cards look alike. 0 and 1 add none.
    ToMultipleOf(u16),
}

impl Draft {
    /// A card of type `doc_type` for the holder of `device_key`, without elements. It is dated at
    /// the start of `validity`.
    pub fn new(doc_type: DocType<'_>, device_key: PublicKey, validity: Validity) -> Self {
        Self {
            dates: Dates {
                signed: validity.from(),
                from: validity.from(),
                until: validity.until(),
                expected_update: None,
            },
            elements: Vec::new(),
            layout: Layout::default(),
            content: Content::new(doc_type.into_owned(), device_key),
            needs_status: false,
            has_strangers: false,
        }
    }

    /// Dates it at `signed` (`validityInfo.signed`), which must not be after the start of its
    /// validity. A date in whole days tells less about the holder than one in seconds.
    pub const fn with_signed(mut self, signed: UnixTime) -> Self {
        self.dates.signed = signed;
        self
    }

    /// Says when the issuer expects to have a newer card (`validityInfo.expectedUpdate`).
    pub const fn with_expected_update(mut self, at: UnixTime) -> Self {
        self.dates.expected_update = Some(at);
        self
    }

    /// Adds an element. A reader is shown it whole or not at all.
    ///
    /// `value` is a [`ciborium::Value`]. Text, numbers, truth and bytes turn into one by
    /// themselves; a date needs its tag: 1004 for a day, 0 for a time.
    ///
    /// ```
    /// # use vitacard::crypto::{Signer, SoftwareSigner};
    /// # use vitacard::{DocType, ElementId, NameSpace, Validity, issuer::Draft, unix_time};
    /// # let key = SoftwareSigner::from_bytes(&[8; 32])?.public_key();
    /// # let validity = Validity::new(unix_time(1_780_272_000), unix_time(1_788_048_000)).unwrap();
    /// use ciborium::Value;
    /// let born = Value::Tag(1004, Box::new("1990-07-14".into()));
    /// let portrait: Vec<u8> = b"\xff\xd8\xff...".to_vec(); // a JPEG
    /// let mdl = NameSpace::new("org.iso.18013.5.1")?;
    /// let draft = Draft::new(DocType::new("org.iso.18013.5.1.mDL")?, key, validity)
    ///     .with_element(mdl.borrowed(), ElementId::new("family_name")?, "Martin")
    ///     .with_element(mdl.borrowed(), ElementId::new("birth_date")?, born)
    ///     .with_element(mdl, ElementId::new("portrait")?, portrait);
    /// # Ok::<(), vitacard::Misuse>(())
    /// ```
    pub fn with_element(
        mut self,
        name_space: NameSpace<'_>,
        id: ElementId<'_>,
        value: impl Into<Value>,
    ) -> Self {
        self.elements.push(DraftElement {
            name: (name_space.into_owned(), id.into_owned()),
            value: ElementValue::new(&value.into()),
            seeming: 0,
        });
        self
    }

    /// Adds an element whose value looks as if it had at least `len` bytes: its salt is lengthened.
    ///
    /// For what some people have and others have not: null and a date are then of one length.
    pub fn with_padded_element(
        self,
        name_space: NameSpace<'_>,
        id: ElementId<'_>,
        value: impl Into<Value>,
        len: usize,
    ) -> Self {
        let mut draft = self.with_element(name_space, id, value);
        if let Some(element) = draft.elements.last_mut() {
            element.seeming = len;
        }
        draft
    }

    /// A card of `profile` that says `elements`, which its builder made
    /// ([`HealthCard::elements`](crate::profile::HealthCard::elements)).
    ///
    /// Neither the length of an element nor the number of digests tells what the person has: values
    /// that would are padded, and each name space has decoys. Such a card can be blocked: it needs
    /// [`with_status`](Self::with_status).
    ///
    /// ```
    /// # use vitacard::crypto::{Signer, SoftwareSigner};
    /// # use vitacard::{Validity, issuer::Draft, unix_time};
    /// # let key = SoftwareSigner::from_bytes(&[8; 32])?.public_key();
    /// # let validity = Validity::new(unix_time(1_780_272_000), unix_time(1_788_048_000)).unwrap();
    /// use vitacard::profile::{CompetentInstitution, Date, EhicCard, Insured, Profile};
    /// # let date = |year| Date::new(year, 1, 1).unwrap();
    /// let person = Insured {
    ///     family_name: "Martin".into(),
    ///     given_name: "Jeanne".into(),
    ///     birth_date: date(1990),
    /// };
    /// let fund = CompetentInstitution { id: "FR:01751".into(), name: None, country: "FR".into() };
    /// let card = EhicCard::new().credential_holder(&person).subject(&person);
    /// let card = card.competent_institution(&fund).social_security_pin("2900775111005");
    /// let card = card.starting_date(date(2026)).ending_date(date(2027)).document_id("1");
    /// let card = card.issuance_date(date(2026)).expiry_date(date(2027));
    /// let card = card.issuing_authority("Cnam").issuing_country("FR");
    /// let profile = Profile::ehic();
    /// let draft = Draft::of_profile(&profile, card.elements(&profile)?, key, validity);
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn of_profile<'a>(
        profile: &Profile,
        elements: impl IntoIterator<Item = (NameSpace<'a>, ElementId<'a>, Value)>,
        device_key: PublicKey,
        validity: Validity,
    ) -> Self {
        let draft = Self {
            needs_status: true,
            ..Self::new(profile.doc_type(), device_key, validity)
        };
        let draft = draft.with_decoys(Decoys::ToMultipleOf(DIGESTS));
        elements
            .into_iter()
            .fold(draft, |draft, (name_space, id, value)| {
                let element = profile.element_in(name_space.as_str(), id.as_str());
                let len = element.and_then(ElementSpec::seeming).unwrap_or(0);
                let mut draft = draft.with_padded_element(name_space, id, value, len);
                draft.has_strangers |= element.is_none();
                draft
            })
    }

    /// Adds elements.
    pub fn with_elements<'a>(
        self,
        elements: impl IntoIterator<Item = (NameSpace<'a>, ElementId<'a>, Value)>,
    ) -> Self {
        elements
            .into_iter()
            .fold(self, |draft, (name_space, id, value)| {
                draft.with_element(name_space, id, value)
            })
    }

    /// Takes another hash than SHA-256 for the digests of elements.
    pub const fn with_digest_algorithm(mut self, algorithm: DigestAlgorithm) -> Self {
        self.content.digest_algorithm = algorithm;
        self
    }

    /// Mixes in digests of nothing.
    pub const fn with_decoys(mut self, decoys: Decoys) -> Self {
        self.layout.decoys = decoys;
        self
    }

    /// Lengthens the salts such that values look as long as the next multiple of 16 bytes.
    ///
    /// Session encryption keeps lengths: without this, someone who only listens can tell a null
    /// from a date.
    pub const fn with_padded_values(mut self) -> Self {
        self.layout.pad_values = true;
        self
    }

    /// Lets the device key sign every element of `name_spaces`, and these `elements` of others
    /// (`keyAuthorizations`). Without this it signs the session alone.
    pub fn with_key_authorizations<'a>(
        mut self,
        name_spaces: impl IntoIterator<Item = NameSpace<'a>>,
        elements: impl IntoIterator<Item = (NameSpace<'a>, ElementId<'a>)>,
    ) -> Self {
        let Authorizations {
            name_spaces: whole,
            elements: single,
        } = &mut self.content.authorizations;
        whole.extend(name_spaces.into_iter().map(NameSpace::into_owned));
        for (name_space, id) in elements {
            let ids: &mut BTreeSet<_> = single.entry(name_space.into_owned()).or_default();
            ids.insert(id.into_owned());
        }
        self
    }

    /// Says something about the device key (`keyInfo`). Labels of your own are negative; the
    /// others are reserved, −70001 is [`Self::with_delegation`], −70002
    /// [`Self::with_even_r_hint`].
    pub fn with_key_info(mut self, label: i64, value: impl Into<Value>) -> Self {
        self.content.key_info.push((label.into(), value.into()));
        self
    }

    /// Says that the wallet of this device key always gives the one of two equal signatures whose R
    /// has an even y (`keyInfo`, label −70002): readers then check it faster, many together above
    /// all.
    ///
    /// Wallets of this library do so, whatever hardware signs. It is a hint: where it is wrong a
    /// reader takes longer and comes to the same verdict. Only for keys on P-256.
    ///
    /// ```
    /// # use vitacard::crypto::{Algorithm, RUSTCRYPTO, Signer, SoftwareSigner, SystemRandom};
    /// # use vitacard::{DocType, Validity, issuer::Draft, unix_time};
    /// # let device_key = SoftwareSigner::from_bytes(&[8; 32])?.public_key();
    /// # let validity = Validity::new(unix_time(1_780_272_000), unix_time(1_788_048_000)).unwrap();
    /// let unsigned = Draft::new(DocType::new("org.example.card")?, device_key, validity)
    ///     .with_even_r_hint()
    ///     .prepare(Algorithm::ES256, &RUSTCRYPTO, &mut SystemRandom)?;
    /// let hint = [0x3a, 0x00, 0x01, 0x11, 0x71, 0x41, 0x01]; // -70002: h'01'
    /// assert!(unsigned.to_be_signed().windows(hint.len()).any(|bytes| bytes == hint));
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub const fn with_even_r_hint(mut self) -> Self {
        self.content.even_r = true;
        self
    }

    /// Lets the holder lend the card, as `policy` says: the switch in `keyAuthorizations` and the
    /// policy in `keyInfo` (label −70001).
    ///
    /// The device key signs delegations then, so it must never make a MAC; wallets of this library
    /// see to it, and readers refuse it. Such a card needs a signing certificate, which its
    /// delegations name: [`UnsignedCard::complete_pinned`] refuses it.
    ///
    /// ```
    /// # use vitacard::crypto::{Signer, SoftwareSigner};
    /// # use vitacard::{DocType, Validity, issuer::Draft, unix_time};
    /// use vitacard::delegation::{DelegationPolicy, MAX_SECS, Purpose, PurposeSet};
    /// # let device_key = SoftwareSigner::from_bytes(&[8; 32])?.public_key();
    /// # let validity = Validity::new(unix_time(1_780_272_000), unix_time(1_788_048_000)).unwrap();
    /// let policy = DelegationPolicy::lasting(MAX_SECS)?
    ///     .for_purposes(PurposeSet::of(Purpose::new("org.vitacard", 1)))
    ///     .with_revocation_list("https://status.example/delegations");
    /// let draft = Draft::new(DocType::new("org.example.card")?, device_key, validity)
    ///     .with_delegation(policy);
    /// # Ok::<(), vitacard::Error>(())
    /// ```
    pub fn with_delegation(mut self, policy: DelegationPolicy) -> Self {
        self.content.delegation = Some(policy);
        self
    }

    /// Says where to learn whether the card is blocked (`status`): a [`StatusReference`](super::StatusReference), or a map
    /// of your own. The last one counts.
    pub fn with_status(mut self, status: impl Into<Value>) -> Self {
        self.content.status = Some(status.into());
        self
    }

    /// Draws salts, digest numbers and decoys from `rng`, and leaves what is to be signed by a key
    /// for `algorithm`.
    ///
    /// # Errors
    /// [`CryptoError::Random`](crate::CryptoError::Random) if `rng` fails or repeats itself, and
    /// [`Error::Misuse`]:
    /// [`InvalidValidity`](Misuse::InvalidValidity) unless signed ≤ validFrom < validUntil,
    /// [`ElementTwice`](Misuse::ElementTwice), [`TooManyElements`](Misuse::TooManyElements),
    /// [`ValueNotEncodable`](Misuse::ValueNotEncodable) also for a value too deep for a response or
    /// a label said twice,
    /// [`KeyAuthorizationsConflict`](Misuse::KeyAuthorizationsConflict) for a name space that is
    /// authorised as a whole and by element,
    /// [`DelegationConflict`](Misuse::DelegationConflict) for a card that could be lent by another
    /// declaration than [`Self::with_delegation`], or whose key is not on P-256,
    /// [`CardShorterThanDelegation`](Misuse::CardShorterThanDelegation),
    /// [`DelegationPolicyEmpty`](Misuse::DelegationPolicyEmpty),
    /// [`StatusNeeded`](Misuse::StatusNeeded) for a card [of a profile](Self::of_profile) without
    /// status, [`InvalidElement`](Misuse::InvalidElement) for one with an element of no row of it, and
    /// [`UnsupportedAlgorithm`](Misuse::UnsupportedAlgorithm) where `crypto` has no such verifier
    /// or hash.
    pub fn prepare(
        self,
        algorithm: Algorithm,
        crypto: &CryptoProvider,
        rng: &mut dyn SecureRandom,
    ) -> Result<UnsignedCard, Error> {
        let unsupported = Misuse::UnsupportedAlgorithm;
        crypto.verifier(algorithm).ok_or(unsupported)?;
        let digest = crypto.digest(self.content.digest_algorithm);
        check_order(&self.dates)?;
        if self.needs_status && self.content.status.is_none() {
            return Err(Misuse::StatusNeeded.into());
        }
        if self.has_strangers {
            return Err(Misuse::InvalidElement.into());
        }
        self.content.authorizations.check()?;
        self.content.check_delegation(&self.dates)?;
        let elements = by_name_space(self.elements)?;
        let mut seal = items::Seal {
            layout: self.layout,
            digest: digest.ok_or(unsupported)?,
            draws: Draws::new(rng),
        };
        let name_spaces = seal.all(elements, &self.content.doc_type)?;
        let delegable = self.content.delegation.is_some();
        let mso = self.content.encode(&self.dates, &name_spaces)?;
        let shown = items::encode(&name_spaces);
        let card = UnsignedCard::new(algorithm, self.dates, shown, mso)?;
        Ok(card.with_certificate_needed(delegable))
    }
}

/// What a card says is personal: logs get its type and how much it says.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("doc_type", &self.content.doc_type)
            .field("elements", &self.elements.len())
            .finish_non_exhaustive()
    }
}

/// ISO/IEC 18013-5 clause 9.1.2.4: signed ≤ validFrom < validUntil. An update that was due before
/// the card was signed is a mistake of the caller's clock.
fn check_order(dates: &Dates) -> Result<(), Misuse> {
    let Dates {
        signed,
        from,
        until,
        expected_update,
    } = dates;
    let in_order =
        signed <= from && from < until && expected_update.is_none_or(|update| *signed <= update);
    in_order.then_some(()).ok_or(Misuse::InvalidValidity)
}

/// The order in which elements were given ends here: a map by name has none.
fn by_name_space(elements: Vec<DraftElement>) -> Result<Elements, Misuse> {
    let mut name_spaces = Elements::new();
    for DraftElement {
        name: (name_space, id),
        value,
        seeming,
    } in elements
    {
        let of_name_space: &mut BTreeMap<_, _> = name_spaces.entry(name_space).or_default();
        if of_name_space.insert(id, (value?, seeming)).is_some() {
            return Err(Misuse::ElementTwice);
        }
    }
    Ok(name_spaces)
}
