//! ISO/IEC 18013-5 Annex B, as far as it is more than what makes a chain safe. Policy, off by
//! default: see [`TrustAnchors::strict_profile`](crate::trust::TrustAnchors::strict_profile).

use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};

use super::certificate::Certificate;
use super::{INVITES, Purpose, SIGNS_CARDS, SIGNS_REQUESTS};
use crate::error::{Rejected, rejected};

const DAY: u64 = 86_400;
/// Five of 20 years are leap years.
const ROOT_LIFE: u64 = 7305 * DAY;
const SIGNER_LIFE: u64 = 457 * DAY;
const READER_LIFE: u64 = 1187 * DAY;

const ISSUER_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.18");
const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");

/// Table B.1: policyMappings, nameConstraints, policyConstraints, inhibitAnyPolicy, freshestCRL.
const FORBIDDEN: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("2.5.29.33"),
    ObjectIdentifier::new_unwrap("2.5.29.30"),
    ObjectIdentifier::new_unwrap("2.5.29.36"),
    ObjectIdentifier::new_unwrap("2.5.29.54"),
    ObjectIdentifier::new_unwrap("2.5.29.46"),
];

/// # Errors
/// [`Rejected::CertificateProfile`], [`Rejected::CertificateNames`].
pub(super) fn check(
    leaf: &Certificate<'_>,
    above: &[Certificate<'_>],
    root: &[u8],
    purpose: Purpose,
) -> Result<(), Rejected> {
    let root = Certificate::parse(root)?;
    let obeyed = root_obeys(&root, purpose)
        // The path length of the root leaves no room for anything between.
        && above.is_empty()
        && leaf_obeys(leaf, &root, purpose);
    if !obeyed {
        return Err(rejected!(CertificateProfile));
    }
    let same_state = root.state().is_none_or(|state| leaf.state() == Some(state));
    if purpose == Purpose::Cards && !(leaf.country() == root.country() && same_state) {
        return Err(rejected!(CertificateNames));
    }
    Ok(())
}

fn root_obeys(root: &Certificate<'_>, purpose: Purpose) -> bool {
    let constraints = root.extension::<BasicConstraints>();
    root.validity().secs() <= ROOT_LIFE
        && constraints.is_some_and(|(critical, _)| critical)
        && root.path_length() == Some(0)
        && states_usage(root, |usage| usage.key_cert_sign() && usage.crl_sign())
        && common_to_all(root, purpose)
}

fn leaf_obeys(leaf: &Certificate<'_>, root: &Certificate<'_>, purpose: Purpose) -> bool {
    let (life, of_purpose) = match purpose {
        Purpose::Cards => (SIGNER_LIFE, is_for(leaf, &SIGNS_CARDS)),
        Purpose::Invitations => (SIGNER_LIFE, is_for(leaf, &INVITES)),
        Purpose::Requests => (READER_LIFE, is_for(leaf, &SIGNS_REQUESTS)),
        // The table of the second edition asks for neither usages nor revocation lists.
        Purpose::Lists => (READER_LIFE, true),
    };
    leaf.validity().secs() <= life
        && of_purpose
        && states_usage(leaf, KeyUsage::digital_signature)
        && names_key_of(leaf, root)
        && common_to_all(leaf, purpose)
}

fn is_for(leaf: &Certificate<'_>, usages: &[ObjectIdentifier]) -> bool {
    let stated = leaf.extension::<ExtendedKeyUsage>();
    stated.is_some_and(|(critical, _)| critical)
        && leaf.is_meant_only_for(usages)
        && leaf.has_extension(&CRL_DISTRIBUTION_POINTS)
}

fn common_to_all(certificate: &Certificate<'_>, purpose: Purpose) -> bool {
    let for_cards = purpose == Purpose::Cards;
    let serial = certificate.fields().serial.content;
    serial.len() <= 20
        && (purpose == Purpose::Lists || certificate.common_name().is_some())
        && certificate.extension::<SubjectKeyIdentifier>().is_some()
        && (!for_cards || certificate.country().is_some())
        && (!for_cards || certificate.has_extension(&ISSUER_ALT_NAME))
        && !FORBIDDEN.iter().any(|id| certificate.has_extension(id))
}

/// Key usage is there, critical, and as it should be.
fn states_usage(certificate: &Certificate<'_>, right: fn(&KeyUsage) -> bool) -> bool {
    certificate
        .extension::<KeyUsage>()
        .is_some_and(|(critical, usage)| critical && right(&usage))
}

fn names_key_of(leaf: &Certificate<'_>, root: &Certificate<'_>) -> bool {
    let authority = leaf.extension::<AuthorityKeyIdentifier>();
    let subject = root.extension::<SubjectKeyIdentifier>();
    match (authority, subject) {
        (Some((_, authority)), Some((_, subject))) => {
            authority.key_identifier.as_ref() == Some(&subject.0)
        }
        _ => false,
    }
}
