//! Chains of certificates, by webpki and x509-cert, whose types stay in this folder.
//!
//! webpki builds the path and checks signatures, names, dates, CA flags, path lengths, name
//! constraints and revocation. What it leaves out is checked around it, each gap pinned by a test
//! in `tests/pki_selftest.rs`: the root's dates, CA flag, path length and key usage; key usage
//! everywhere; the extended key usage of the leaf; certificates that the path does not use; serial
//! numbers; repeated extensions.

mod algorithms;
mod bounds;
mod certificate;
mod crl;
mod issuing;
mod named;
mod profile;

use alloc::vec::Vec;
use core::fmt;

use pki_types::{CertificateDer, Der, TrustAnchor};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};
use x509_cert::der::asn1::ObjectIdentifier;

use self::algorithms::Algorithms;
use self::certificate::Certificate;
pub(super) use self::crl::Lists;
pub(crate) use self::issuing::{check_inviting_chain, check_issuing_chain, check_list_chain};
pub(crate) use self::named::{Named, named_trust_point};
use super::spki::{SubjectKey, certificate_key};
use super::{AnchorId, Leaf, Purpose, RevocationLists, Subject, TrustAnchors, Trusted};
use crate::cose::X5Chain;
use crate::crypto::{CryptoProvider, PublicKey};
use crate::error::{Error, Misuse, Rejected, rejected};
use crate::time::{UnixTime, Validity};

/// The certificates of one chain, which the header's parser counts too.
const MAX_CERTIFICATES: usize = 4;

/// A root certificate, with what webpki does not look at.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Root {
    der: Vec<u8>,
    anchor: TrustAnchor<'static>,
    validity: Validity,
    path_length: Option<u8>,
    signs_lists: bool,
}

impl Root {
    /// A certificate that can be a root.
    pub(super) fn parse(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::parse(der).ok()?;
        if !(certificate.is_ca() && certificate.may_sign_certificates()) {
            return None;
        }
        let SubjectKey::Known(_) = certificate.key()? else {
            return None;
        };
        let anchor = webpki::anchor_from_trusted_cert(&CertificateDer::from(der))
            .ok()?
            .to_owned();
        Some(Self {
            anchor,
            validity: certificate.validity(),
            path_length: certificate.path_length(),
            signs_lists: certificate.may_sign_lists(),
            der: der.into(),
        })
    }

    pub(super) fn key(&self) -> Option<PublicKey> {
        certificate_key(&self.der)
    }

    fn allows_below(&self, intermediates: usize) -> bool {
        self.path_length
            .is_none_or(|length| intermediates <= usize::from(length))
    }

    fn is(&self, certificate: &Certificate<'_>) -> bool {
        self.anchor.subject.as_ref() == certificate.fields().subject.content
            && self.anchor.subject_public_key_info.as_ref() == certificate.fields().spki.content
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root")
            .field("validity", &self.validity)
            .field("path_length", &self.path_length)
            .finish_non_exhaustive()
    }
}

/// Follows `chain` to one of the roots, and says who its leaf is.
pub(super) fn chain_to_root(
    chain: &X5Chain<'_>,
    anchors: &TrustAnchors,
    lists: Option<&RevocationLists>,
    purpose: Purpose,
    crypto: &CryptoProvider,
    now: UnixTime,
) -> Result<(Trusted, Subject), Error> {
    if chain.is_array_of_one() {
        return Err(rejected!(MalformedCertificate).into());
    }
    let certificates = parse_all(chain)?;
    let (leaf, above) = certificates
        .split_first()
        .ok_or(rejected!(MalformedCertificate))?;
    check_usages(leaf, above, purpose)?;
    refuse_roots(&certificates, &anchors.roots)?;
    let path = Path {
        leaf,
        above,
        algorithms: Algorithms::of(crypto, &anchors.tables),
        lists: lists.map(|lists| &lists.lists),
        now,
    };
    let root = path.root(&anchors.roots)?;
    if anchors.strict_profile {
        profile::check(leaf, above, &root.der, purpose)?;
    }
    let key = match leaf.key() {
        Some(SubjectKey::Known(key)) => key,
        Some(SubjectKey::Unknown) => return Err(rejected!(IssuerAlgUnsupported).into()),
        None => return Err(rejected!(MalformedCertificate).into()),
    };
    // Each of them holds now, so they have an instant in common.
    let chain = above
        .iter()
        .map(Certificate::validity)
        .try_fold(leaf.validity(), |all, one| all.intersection(&one))
        .and_then(|all| all.intersection(&root.validity))
        .ok_or(rejected!(CertificateExpired))?;
    let trusted = Trusted {
        key,
        anchor: anchor_id(root, crypto)?,
        leaf: Some(Leaf {
            validity: leaf.validity(),
            chain,
            country: leaf.country(),
        }),
        leaf_hash: Some(crypto.sha256(&[leaf.der()])?),
    };
    let subject = Subject {
        common_name: leaf.common_name(),
        profession: leaf.profession(),
    };
    Ok((trusted, subject))
}

/// Every certificate, before any is judged: a malformed one is called so whoever issued it.
fn parse_all<'a>(chain: &X5Chain<'a>) -> Result<Vec<Certificate<'a>>, Rejected> {
    if chain.certificates().count() > MAX_CERTIFICATES {
        return Err(rejected!(PathTooLong));
    }
    let parsed: Vec<_> = chain.certificates().map(Certificate::parse).collect();
    let malformed = rejected!(MalformedCertificate);
    if parsed
        .iter()
        .any(|one| matches!(one, Err(fault) if *fault == malformed))
    {
        return Err(malformed);
    }
    let certificates: Vec<_> = parsed.into_iter().collect::<Result<_, _>>()?;
    if certificates.iter().any(|one| one.key().is_none()) {
        return Err(malformed);
    }
    Ok(certificates)
}

/// 1.0.18013.5.1.2 and its sibling of ISO/IEC 23220-4, which serves cards that are no mDL.
const SIGNS_CARDS: [ObjectIdentifier; 2] = [
    ObjectIdentifier::new_unwrap("1.0.18013.5.1.2"),
    ObjectIdentifier::new_unwrap("1.0.23220.4.1.2"),
];
const SIGNS_REQUESTS: [ObjectIdentifier; 2] = [
    ObjectIdentifier::new_unwrap("1.0.18013.5.1.6"),
    ObjectIdentifier::new_unwrap("1.0.23220.4.1.6"),
];

const INVITES: [ObjectIdentifier; 1] = [ObjectIdentifier::new_unwrap("1.0.18013.5.1.2")];

impl Purpose {
    fn allows(self, leaf: &Certificate<'_>) -> bool {
        match self {
            Self::Cards => leaf.is_meant_for(&SIGNS_CARDS),
            Self::Requests => leaf.is_meant_for(&SIGNS_REQUESTS),
            Self::Lists => !leaf.is_meant_for(&SIGNS_REQUESTS),
            Self::Invitations => leaf.is_meant_for(&INVITES),
        }
    }

    /// Whether usages of `authority` shut this purpose out of what it issues.
    fn is_shut_out_by(self, authority: &Certificate<'_>) -> bool {
        match self {
            Self::Cards | Self::Requests | Self::Invitations => {
                authority.has_usages() && !self.allows(authority)
            }
            // An authority of readers alone, which may stand under the root of an issuer.
            Self::Lists => authority.has_usages() && authority.is_meant_only_for(&SIGNS_REQUESTS),
        }
    }

    /// Of a list it is not told which of its usages a signer lacks.
    const fn data_fault(self) -> Rejected {
        match self {
            Self::Cards | Self::Requests | Self::Invitations => rejected!(KeyUsage),
            Self::Lists => rejected!(LeafUsage),
        }
    }
}

/// What webpki does not look at, or looks at in another way.
fn check_usages(
    leaf: &Certificate<'_>,
    above: &[Certificate<'_>],
    purpose: Purpose,
) -> Result<(), Rejected> {
    if leaf.is_ca() {
        return Err(rejected!(LeafIsCa));
    }
    if !purpose.allows(leaf) {
        return Err(rejected!(LeafUsage));
    }
    if !leaf.may_sign_data() {
        return Err(purpose.data_fault());
    }
    for authority in above {
        if !authority.is_ca() {
            return Err(rejected!(IntermediateNotCa));
        }
        if purpose.is_shut_out_by(authority) || !authority.may_sign_certificates() {
            return Err(rejected!(KeyUsage));
        }
    }
    Ok(())
}

/// ISO/IEC 18013-5 B.1.1: the root is not part of x5chain. A verifier that tolerates it is
/// one step from a verifier that believes it.
fn refuse_roots(certificates: &[Certificate<'_>], roots: &[Root]) -> Result<(), Rejected> {
    let is_root = |certificate| roots.iter().any(|root| root.is(certificate));
    match certificates.iter().any(is_root) {
        true => Err(rejected!(CertificateProfile)),
        false => Ok(()),
    }
}

/// What is to be led to a root.
struct Path<'c, 'd> {
    leaf: &'c Certificate<'d>,
    above: &'c [Certificate<'d>],
    algorithms: Algorithms<'c>,
    lists: Option<&'c Lists>,
    now: UnixTime,
}

impl Path<'_, '_> {
    /// The root that the path leads to, of those that hold now and allow a path of this length.
    ///
    /// Only where none fits are the others tried, to tell what is wrong: a root that was renewed
    /// with the same key and name stands beside its predecessor.
    fn root<'r>(&self, roots: &'r [Root]) -> Result<&'r Root, Rejected> {
        let (usable, others): (Vec<_>, Vec<_>) = roots
            .iter()
            .filter(|root| self.names(root))
            .partition(|root| self.may_use(root).is_ok());
        let fault = match self.lead_to(&usable) {
            Ok(root) => return Ok(root),
            Err(fault) => fault,
        };
        let unknown = matches!(
            fault,
            Rejected::UntrustedIssuer { .. } | Rejected::CertificateSignature { .. }
        );
        if unknown
            && !others.is_empty()
            && let Ok(root) = self.lead_to(&others)
        {
            self.may_use(root)?;
        }
        Err(fault)
    }

    /// Whether one of the certificates says that it is issued by `root`.
    fn names(&self, root: &Root) -> bool {
        core::iter::once(self.leaf)
            .chain(self.above)
            .any(|one| one.fields().issuer.content == root.anchor.subject.as_ref())
    }

    fn may_use(&self, root: &Root) -> Result<(), Rejected> {
        if !root.allows_below(self.above.len()) {
            return Err(rejected!(PathTooLong));
        }
        if self.now < root.validity.from() {
            return Err(rejected!(CertificateNotYetValid));
        }
        if self.now > root.validity.until() {
            return Err(rejected!(CertificateExpired));
        }
        Ok(())
    }

    fn lead_to<'r>(&self, roots: &[&'r Root]) -> Result<&'r Root, Rejected> {
        let leaf = CertificateDer::from(self.leaf.der());
        let leaf = EndEntityCert::try_from(&leaf).map_err(fault)?;
        let anchors: Vec<_> = roots.iter().map(|root| borrowed(&root.anchor)).collect();
        let above: Vec<_> = self
            .above
            .iter()
            .map(|one| CertificateDer::from(one.der()))
            .collect();
        let lists = self.lists.filter(|lists| !lists.is_empty());
        let current = lists.map(|lists| lists.at(self.now));
        let revocation = current.as_deref().map(crl::options).transpose()?;
        let path = leaf
            .verify_for_usage(
                &self.algorithms.as_dyn(),
                &anchors,
                &above,
                self.now,
                AnyUsage,
                revocation,
                None,
            )
            .map_err(fault)?;
        // What the path does not need, webpki has not checked.
        if path.intermediate_certificates().count() != self.above.len() {
            return Err(rejected!(UntrustedIssuer));
        }
        // The path borrows the anchors, so that the address tells which of two equal ones it is.
        let root = anchors
            .iter()
            .position(|anchor| core::ptr::eq(anchor, path.anchor()))
            .and_then(|index| roots.get(index).copied())
            .ok_or(rejected!(UntrustedIssuer))?;
        if lists.is_some() && !root.signs_lists {
            return Err(rejected!(CrlUnusable));
        }
        Ok(root)
    }
}

fn borrowed<'r>(anchor: &'r TrustAnchor<'static>) -> TrustAnchor<'r> {
    TrustAnchor {
        subject: Der::from_slice(&anchor.subject),
        subject_public_key_info: Der::from_slice(&anchor.subject_public_key_info),
        name_constraints: anchor
            .name_constraints
            .as_ref()
            .map(|der| Der::from_slice(der)),
    }
}

/// Usages are compared in [`check_usages`], since either of two will do and webpki knows one.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, mut usages: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        usages.try_for_each(|usage| usage.map(drop))
    }
}

/// Whether the leaf says that it is a reader's.
pub(super) fn is_of_reader(chain: &X5Chain<'_>) -> bool {
    let leaf = chain.certificates().next();
    let leaf = leaf.and_then(|leaf| Certificate::parse(leaf).ok());
    leaf.is_some_and(|leaf| leaf.is_meant_for(&SIGNS_REQUESTS))
}

/// Of a certificate that can be a root.
pub(super) fn root_id(der: &[u8], crypto: &CryptoProvider) -> Result<AnchorId, Error> {
    anchor_id(&Root::parse(der).ok_or(Misuse::InvalidCertificate)?, crypto)
}

fn anchor_id(root: &Root, crypto: &CryptoProvider) -> Result<AnchorId, Error> {
    let fields = super::spki::Fields::of(&root.der).ok_or(rejected!(MalformedCertificate))?;
    let parts = [fields.subject.whole, fields.spki.whole];
    Ok(AnchorId(crypto.sha256(&parts)?))
}

/// What a fault of webpki is called here.
fn fault(error: webpki::Error) -> Rejected {
    use webpki::Error as E;
    match error {
        E::CertExpired { .. } => rejected!(CertificateExpired),
        E::CertNotValidYet { .. } => rejected!(CertificateNotYetValid),
        E::CaUsedAsEndEntity => rejected!(LeafIsCa),
        E::EndEntityUsedAsCa => rejected!(IntermediateNotCa),
        E::PathLenConstraintViolated | E::MaximumPathDepthExceeded => rejected!(PathTooLong),
        E::UnsupportedCriticalExtension => rejected!(CriticalExtension),
        E::InvalidSignatureForPublicKey
        | E::SignatureAlgorithmMismatch
        | E::UnsupportedSignatureAlgorithmContext(_)
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            rejected!(CertificateSignature)
        }
        E::CertRevoked => rejected!(CertificateRevoked),
        E::CrlExpired { .. }
        | E::UnknownRevocationStatus
        | E::InvalidCrlSignatureForPublicKey
        | E::IssuerNotCrlSigner
        | E::UnsupportedCrlSignatureAlgorithmContext(_)
        | E::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => rejected!(CrlUnusable),
        E::NameConstraintViolation | E::CertDistrusted => rejected!(CertificateProfile),
        // Giving up after 100 signatures is no statement about the certificates.
        E::UnknownIssuer
        | E::MaximumSignatureChecksExceeded
        | E::MaximumPathBuildCallsExceeded
        | E::MaximumNameConstraintComparisonsExceeded => rejected!(UntrustedIssuer),
        E::RequiredEkuNotFoundContext(_) => rejected!(LeafUsage),
        _ => rejected!(MalformedCertificate),
    }
}
