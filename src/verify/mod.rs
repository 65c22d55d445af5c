//! The checks. Everything that says `Verified` is made here and nowhere else.
//!
//! ISO/IEC 18013-5 clause 9.3 (12.8 in the second edition) lists the steps. Each one returns a
//! value that the next needs, so a step that was left out does not compile:
//!
//! | step                                   | leaves behind          | numbers |
//! | -------------------------------------- | ---------------------- | ------- |
//! | 1 the chain reaches an anchor          | `TrustedIssuer`        | 20xx    |
//! | 2 the issuer signed the MSO            | `SignedBytes` → `Mso`  | 21xx    |
//! | 3 every element has its digest in it   | `Elements`             | 22xx    |
//! | 4 the document claims the MSO's type   | `DocTypeMatches`       | 23xx    |
//! | 5 the MSO is valid now                 | `ValidNow`             | 24xx    |
//! |   its status is good enough            | `Standing`             | 25xx    |
//! | 6 the presenter holds the key          | `KeyHeld`              | 26xx    |
//! |   and may sign what it signed          | `DeviceElements`       | 265x    |

mod holder_key;
mod names;
mod policy;
mod reader_auth;
mod validity;

use alloc::vec::Vec;

pub(crate) use holder_key::{ClaimedKey, DeviceElements, KeyHeld, Possession};
pub use holder_key::{DeviceElement, DeviceProof};
use names::Names;
pub use policy::{Conditions, Policy, Stale, Standing, UnknownStatus};
pub use reader_auth::VerifiedReader;
pub(crate) use validity::ValidNow;

use crate::cose::{CoseFault, Sign1, SignedBytes};
use crate::crypto::CryptoProvider;
use crate::error::{CryptoError, Error, Rejected, rejected};
use crate::mdoc::{Element, IssuerSigned, Mso};
use crate::status::{NamedList, References, StatusFinding};
use crate::time::Validity;
use crate::trust::{PreparedIssuer, TrustAnchors, TrustedIssuer};

/// What every check of a card needs besides its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checks<'a> {
    pub(crate) anchors: &'a TrustAnchors,
    pub(crate) crypto: &'a CryptoProvider,
    pub(crate) conditions: Conditions<'a>,
}

/// A card that passed steps 1 to 5.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedCard<'a> {
    issuer: TrustedIssuer,
    signed: SignedBytes<'a>,
    mso: Mso<'a>,
    elements: Elements<'a>,
    doc_type: DocTypeMatches<'a>,
    valid: ValidNow,
    finding: StatusFinding,
    standing: Standing,
}

impl<'a> VerifiedCard<'a> {
    /// Runs steps 1 to 5 in order. Validity comes after the digests on purpose: `Expired` is then
    /// a statement about a genuine card.
    pub(crate) fn inspect(
        issuer_signed: &IssuerSigned<'a>,
        claimed_doc_type: Option<&'a str>,
        issuer: PreparedIssuer<'_>,
        checks: &Checks<'_>,
    ) -> Result<Self, Error> {
        let Checks {
            crypto, conditions, ..
        } = checks;
        let signed = issuer_signature(issuer_signed.auth(), &issuer, crypto)?;
        let issuer = *issuer.issuer();
        let mso = Mso::parse(signed)?;
        let elements = Elements::check(issuer_signed, &mso, crypto)?;
        let doc_type = DocTypeMatches::check(claimed_doc_type, &mso)?;
        if checks.anchors.is_strict() {
            elements.check_country(&issuer)?;
        }
        let now = conditions.trusted_now()?;
        let valid = ValidNow::check(mso.dates(), &issuer, conditions.policy, now)?;
        let finding = conditions
            .look_up(&issuer, now, crypto)
            .card(mso.status())?;
        let standing = Standing::of_holder(finding, conditions.policy, now)?;
        Ok(Self {
            issuer,
            signed,
            mso,
            elements,
            doc_type,
            valid,
            finding,
            standing,
        })
    }

    /// Steps 1 to 5 of a card that nobody shows.
    pub(crate) fn inspect_alone(
        issuer_signed: &IssuerSigned<'a>,
        checks: &Checks<'_>,
    ) -> Result<Self, Error> {
        let now = checks.conditions.trusted_now()?;
        let (auth, lists) = (issuer_signed.auth(), checks.conditions.crls);
        let issuer = PreparedIssuer::find(auth, checks.anchors, lists, checks.crypto, now)?;
        Self::inspect(issuer_signed, None, issuer, checks)
    }

    /// The lists on which it stands; none where what it says of them cannot be read.
    pub(crate) fn status_lists(
        &self,
        crypto: &CryptoProvider,
    ) -> Result<Vec<NamedList>, CryptoError> {
        match self.mso.status().map(References::parse) {
            Some(references) => references.lists(self.issuer.anchor(), crypto),
            None => Ok(Vec::new()),
        }
    }

    /// From steps that were taken one by one, as `proof/` does, which has no heap for elements.
    #[cfg(vitacard_proof)]
    pub(crate) const fn of_steps(
        (issuer, signed, mso, doc_type, valid, (finding, standing)): (
            TrustedIssuer,
            SignedBytes<'a>,
            Mso<'a>,
            DocTypeMatches<'a>,
            ValidNow,
            (StatusFinding, Standing),
        ),
    ) -> Self {
        Self {
            issuer,
            signed,
            mso,
            elements: Elements(Vec::new()),
            doc_type,
            valid,
            finding,
            standing,
        }
    }

    /// What the issuer signed, as received.
    pub(crate) const fn signed(&self) -> &SignedBytes<'a> {
        &self.signed
    }

    pub(crate) const fn mso(&self) -> &Mso<'a> {
        &self.mso
    }

    pub(crate) const fn issuer(&self) -> &TrustedIssuer {
        &self.issuer
    }

    pub(crate) const fn doc_type(&self) -> &'a str {
        self.doc_type.0
    }

    pub(crate) fn elements(&self) -> &[Element<'a>] {
        &self.elements.0
    }

    /// From `validFrom` to the earlier of `validUntil` and the end of the issuer's chain.
    pub(crate) const fn window(&self) -> Validity {
        self.valid.window()
    }

    /// What is known of its status, which is judged anew where a delegate shows it.
    pub(crate) const fn finding(&self) -> StatusFinding {
        self.finding
    }

    /// How far it can be relied on where its holder shows it.
    pub(crate) const fn standing(&self) -> Standing {
        self.standing
    }
}

/// Step 2.
pub(crate) fn issuer_signature<'a>(
    auth: &Sign1<'a>,
    issuer: &PreparedIssuer<'_>,
    crypto: &CryptoProvider,
) -> Result<SignedBytes<'a>, Rejected> {
    auth.verify(issuer.verifying_key(), crypto)
        .map_err(|fault| match fault {
            CoseFault::AlgMissing => rejected!(IssuerAlgMissing),
            CoseFault::AlgUnsupported => rejected!(IssuerAlgUnsupported),
            CoseFault::PayloadMissing => rejected!(IssuerPayloadMissing),
            CoseFault::Invalid | CoseFault::PayloadDiffers => rejected!(IssuerSignature),
        })
}

/// Step 3.
#[derive(Clone, Debug)]
struct Elements<'a>(Vec<Element<'a>>);

impl<'a> Elements<'a> {
    /// Opens every item, and refuses a name that occurs twice: peers let the second value win.
    fn check(
        issuer_signed: &IssuerSigned<'a>,
        mso: &Mso<'a>,
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        // Exactly as many as there are: the heap stays within twice the input.
        let mut elements: Vec<Element<'a>> = Vec::with_capacity(issuer_signed.count());
        let mut digests = mso.digests();
        let mut names = Names::new();
        for item in issuer_signed.items() {
            let item = item?;
            let (name_space, id) = item.claimed_name();
            let element = item.open(&mut digests, crypto)?;
            let same = |other: &Element<'_>| *other.id() == id && *other.name_space() == name_space;
            if names.may_hold(id) && elements.iter().any(same) {
                return Err(item.duplicate().into());
            }
            elements.push(element);
        }
        Ok(Self(elements))
    }

    /// Annex B: the country of the certificate is the `issuing_country` of the data.
    fn check_country(&self, issuer: &TrustedIssuer) -> Result<(), Rejected> {
        let named = self
            .0
            .iter()
            .find(|element| *element.id() == "issuing_country");
        let named = named.and_then(|element| element.value().as_text());
        match (named, issuer.country()) {
            (Some(named), Some(country)) if !named.as_bytes().eq_ignore_ascii_case(&country) => {
                Err(rejected!(IssuingCountry))
            }
            _ => Ok(()),
        }
    }
}

/// Step 4: the type, said by the document and signed by the issuer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DocTypeMatches<'a>(&'a str);

impl<'a> DocTypeMatches<'a> {
    /// An IssuerSigned on its own claims no type; then the MSO's word is the only one.
    pub(crate) fn check(claimed: Option<&str>, mso: &Mso<'a>) -> Result<Self, Rejected> {
        match claimed {
            Some(claimed) if claimed != mso.doc_type() => Err(rejected!(DocTypeMismatch)),
            _ => Ok(Self(mso.doc_type())),
        }
    }
}
