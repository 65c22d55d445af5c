//! Header buckets: what is signed, what is not, and what must not be there.

use crate::cbor::{WellFormed, major};
use crate::crypto::Algorithm;
use crate::error::{DecodeError, DecodeErrorKind};

const ALG: i64 = 1;
const CRIT: i64 = 2;
pub(super) const X5CHAIN: i64 = 33;

/// `typ` (RFC 9596): what kind of message it is.
pub(super) const TYP: i64 = 16;

/// Labels of one bucket. Peers send two or three; go-cose and coset take 64,000.
const MAX_LABELS: usize = 32;

/// The labels of one bucket. What stands beside them may be long, so it is stepped over once.
type Labels<'a> = [Option<WellFormed<'a>>; MAX_LABELS];

/// Certificates of one chain; ISO's profile needs one, an intermediate makes it two.
pub(super) const MAX_CERTIFICATES: u64 = 4;

/// Both buckets of a COSE structure (RFC 9052 section 3).
///
/// ```cddl
/// Headers = ( protected: bstr .cbor header_map / h'', unprotected: header_map )
/// header_map = { ? 1: int, ? 33: bstr / [2* bstr], * label => any }
/// ```
/// `alg` counts only where it is signed. `x5chain` may stand in either bucket (the second edition
/// of ISO/IEC 18013-5 allows both), a label in both buckets is refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Headers<'a> {
    protected: &'a [u8],
    algorithm: Option<Algorithm>,
    x5chain: Option<X5Chain<'a>>,
}

impl<'a> Headers<'a> {
    pub(super) fn parse(
        protected: WellFormed<'a>,
        unprotected: WellFormed<'a>,
    ) -> Result<Self, DecodeError> {
        let raw = protected.byte_string()?;
        let signed = match raw {
            [] => None,
            _ => Some(protected.parse_content()?),
        };
        check_labels(&unprotected)?;
        let [unsigned_crit, unsigned_chain] = unprotected.fields([CRIT, X5CHAIN])?;
        if let Some(crit) = unsigned_crit {
            return Err(crit.error(DecodeErrorKind::CriticalHeader));
        }
        let Some(signed) = signed else {
            let x5chain = unsigned_chain.map(X5Chain::parse).transpose()?;
            return Ok(Self {
                protected: raw,
                algorithm: None,
                x5chain,
            });
        };
        check_labels(&signed)?;
        refuse_labels_in_both(&signed, &unprotected)?;
        let [alg, crit, signed_chain] = signed.fields([ALG, CRIT, X5CHAIN])?;
        if let Some(crit) = crit {
            check_critical(crit, &labels(&signed)?)?;
        }
        let algorithm = alg
            .map(|alg| alg.int().map(Algorithm::from_cose))
            .transpose()?;
        let x5chain = signed_chain
            .or(unsigned_chain)
            .map(X5Chain::parse)
            .transpose()?;
        Ok(Self {
            protected: raw,
            algorithm,
            x5chain,
        })
    }

    /// The protected bucket as received.
    pub(crate) const fn protected(&self) -> &'a [u8] {
        self.protected
    }

    /// The algorithm, if the protected bucket names one.
    pub(crate) const fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    /// A hint for finding a key; it proves nothing by itself.
    pub(crate) const fn claimed_x5chain(&self) -> Option<X5Chain<'a>> {
        self.x5chain
    }

    /// The chain, if it stands where the signature covers it: lists must have it there.
    pub(crate) fn claimed_protected_x5chain(&self) -> Option<X5Chain<'a>> {
        self.protected_value(X5CHAIN)
            .and_then(|chain| X5Chain::parse(chain).ok())
    }

    /// What kind of message the protected bucket says that it is, if it says so in a text.
    pub(crate) fn claimed_typ(&self) -> Option<&'a str> {
        self.protected_value(TYP)?.text().ok()
    }

    /// Read anew, so that cards, which ask for none of it, do not carry it along.
    fn protected_value(&self, label: i64) -> Option<WellFormed<'a>> {
        let bucket = WellFormed::parse(self.protected, self.protected.len()).ok()?;
        let [value] = bucket.fields([label]).ok()?;
        value
    }
}

/// `COSE_X509 = bstr / [2* bstr]` (RFC 9360 section 2), the leaf first; at most four.
#[derive(Clone, Copy, Debug)]
pub(crate) struct X5Chain<'a>(WellFormed<'a>);

impl<'a> X5Chain<'a> {
    fn parse(item: WellFormed<'a>) -> Result<Self, DecodeError> {
        if item.head()?.0 == major::ARRAY {
            match item.array()?.left() {
                0 => return Err(item.error(DecodeErrorKind::Empty)),
                1..=MAX_CERTIFICATES => {}
                _ => return Err(item.error(DecodeErrorKind::TooMany)),
            }
        }
        let chain = Self(item);
        for certificate in chain.items() {
            if certificate?.byte_string()?.is_empty() {
                return Err(item.error(DecodeErrorKind::Empty));
            }
        }
        Ok(chain)
    }

    /// The certificates in DER, the leaf first.
    pub(crate) fn certificates(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        // `parse` has read each of them already, so nothing is skipped here.
        self.items()
            .filter_map(|item| item.ok()?.byte_string().ok())
    }

    /// Whether a single certificate stands in an array, where RFC 9360 wants the bstr alone.
    ///
    /// No chain is believed that is written so; a pinned key does not look at it.
    #[cfg(feature = "x509")]
    pub(crate) fn is_array_of_one(&self) -> bool {
        self.0.array().is_ok_and(|items| items.left() == 1)
    }

    /// The whole value as received, by which a chain is recognised.
    pub(crate) const fn bytes(&self) -> &'a [u8] {
        self.0.bytes()
    }

    fn items(&self) -> impl Iterator<Item = Result<WellFormed<'a>, DecodeError>> + use<'a> {
        let single = (!matches!(self.0.head(), Ok((major::ARRAY, _)))).then_some(Ok(self.0));
        single
            .into_iter()
            .chain(self.0.array().into_iter().flatten())
    }
}

/// `label = int / tstr` (RFC 9052 section 1.5).
fn check_labels(bucket: &WellFormed<'_>) -> Result<(), DecodeError> {
    let map = bucket.map()?;
    if usize::try_from(map.left()).map_or(true, |count| count > MAX_LABELS) {
        return Err(bucket.error(DecodeErrorKind::TooMany));
    }
    for entry in map {
        let (label, _) = entry?;
        if !matches!(label.head()?.0, major::UINT | major::NINT | major::TEXT) {
            return Err(label.error(DecodeErrorKind::KeyType));
        }
    }
    Ok(())
}

fn labels<'a>(bucket: &WellFormed<'a>) -> Result<Labels<'a>, DecodeError> {
    let mut labels = [None; MAX_LABELS];
    for (slot, entry) in labels.iter_mut().zip(bucket.map()?) {
        *slot = Some(entry?.0);
    }
    Ok(labels)
}

/// RFC 9052 section 3: labels must not occur in both maps. Which of two would count differs
/// between libraries.
fn refuse_labels_in_both(
    protected: &WellFormed<'_>,
    unprotected: &WellFormed<'_>,
) -> Result<(), DecodeError> {
    if protected.map()?.left() == 0 || unprotected.map()?.left() == 0 {
        return Ok(());
    }
    let protected = labels(protected)?;
    for entry in unprotected.map()? {
        let (other, _) = entry?;
        let mut protected = protected.iter().flatten();
        if protected.any(|label| same_label(label, &other)) {
            return Err(other.error(DecodeErrorKind::LabelTwice));
        }
    }
    Ok(())
}

/// RFC 9052 section 3.1: each critical label must be there, and be one that we act on.
fn check_critical(crit: WellFormed<'_>, protected: &Labels<'_>) -> Result<(), DecodeError> {
    let fault = crit.error(DecodeErrorKind::CriticalHeader);
    let critical = crit.array().map_err(|_| fault)?;
    if !(1..=MAX_LABELS).contains(&usize::try_from(critical.left()).map_err(|_| fault)?) {
        return Err(fault);
    }
    for label in critical {
        let label = label?.int().map_err(|_| fault)?;
        let mut protected = protected.iter().flatten();
        let known = matches!(label, ALG | X5CHAIN);
        if !(known && protected.any(|there| there.int() == Ok(label))) {
            return Err(fault);
        }
    }
    Ok(())
}

fn same_label(a: &WellFormed<'_>, b: &WellFormed<'_>) -> bool {
    match (a.head(), b.head()) {
        (Ok(a_head), Ok(b_head)) => {
            a_head == b_head && (a_head.0 != major::TEXT || a.text() == b.text())
        }
        _ => false,
    }
}
