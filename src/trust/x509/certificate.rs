//! One certificate, parsed strictly and twice: what webpki and x509-cert do not both read is
//! malformed.

use alloc::string::String;
use alloc::vec::Vec;

use pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::EndEntityCert;
use x509_cert::certificate::{CertificateInner, Profile, Version};
use x509_cert::der::asn1::{Any, ObjectIdentifier};
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{Decode, Tag, Tagged};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;

use super::super::spki::{self, Fields, SubjectKey};
use super::bounds::is_bounded;
use super::fault;
use crate::error::{Rejected, rejected};
use crate::time::{UnixTime, Validity, unix_time};

/// Certificates of cards have about 700 bytes; this bounds the work of parsing one.
const MAX_BYTES: usize = 16 * 1024;

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const STATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// A health professional's, as the French agency for digital health numbers them.
const PROFESSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.250.1.71.1.2.7");

/// x509-cert's own profile refuses serial numbers over 20 octets, which issuers in the field have.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
struct AnySerial;

impl Profile for AnySerial {
    fn check_serial_number(_: &SerialNumber<Self>) -> x509_cert::der::Result<()> {
        Ok(())
    }

    fn time_encoding(time: Time) -> x509_cert::der::Result<Time> {
        Ok(time)
    }
}

/// A well-formed certificate. Nothing is known of who signed it.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    der: &'a [u8],
    fields: Fields<'a>,
    parsed: CertificateInner<AnySerial>,
    validity: Validity,
    constraints: Option<BasicConstraints>,
    key_usage: Option<KeyUsage>,
    usages: Option<Vec<ObjectIdentifier>>,
}

impl<'a> Certificate<'a> {
    /// # Errors
    /// [`Rejected::MalformedCertificate`]; [`Rejected::CriticalExtension`] for one that webpki does
    /// not process; [`Rejected::CertificateSignature`] if it names two algorithms.
    pub(super) fn parse(der: &'a [u8]) -> Result<Self, Rejected> {
        let malformed = rejected!(MalformedCertificate);
        if der.len() > MAX_BYTES || !is_bounded(der) {
            return Err(malformed);
        }
        let certificate = Self::parse_strictly(der).ok_or(malformed)?;
        EndEntityCert::try_from(&CertificateDer::from(der)).map_err(fault)?;
        Ok(certificate)
    }

    fn parse_strictly(der: &'a [u8]) -> Option<Self> {
        let fields = Fields::of(der)?;
        let parsed = CertificateInner::<AnySerial>::from_der(der).ok()?;
        let signed = parsed.tbs_certificate();
        let dates = signed.validity();
        let validity = Validity::new(seconds(dates.not_before), seconds(dates.not_after))?;
        let constraints = signed.get_extension::<BasicConstraints>().ok()?;
        let key_usage = signed.get_extension::<KeyUsage>().ok()?;
        let usages = signed.get_extension::<ExtendedKeyUsage>().ok()?;
        let usages = usages.map(|(_, usages)| usages.0);
        let right = signed.version() == Version::V3
            && is_positive(fields.serial.content)
            && !usages.as_ref().is_some_and(Vec::is_empty);
        let certificate = Self {
            der,
            fields,
            validity,
            constraints: constraints.map(|(_, constraints)| constraints),
            key_usage: key_usage.map(|(_, usage)| usage),
            usages,
            parsed,
        };
        (right && certificate.extensions_are_unique()).then_some(certificate)
    }

    /// RFC 5280 section 4.2; webpki sees to those that it reads.
    fn extensions_are_unique(&self) -> bool {
        let mut extensions = self
            .parsed
            .tbs_certificate()
            .extensions()
            .into_iter()
            .flatten();
        while let Some(extension) = extensions.next() {
            if extensions
                .clone()
                .any(|other| other.extn_id == extension.extn_id)
            {
                return false;
            }
        }
        true
    }

    pub(super) const fn der(&self) -> &'a [u8] {
        self.der
    }

    pub(super) const fn fields(&self) -> &Fields<'a> {
        &self.fields
    }

    pub(super) const fn validity(&self) -> Validity {
        self.validity
    }

    /// `None` if it is malformed or not on its curve.
    pub(super) fn key(&self) -> Option<SubjectKey> {
        spki::subject_key(self.fields.spki.content)
    }

    pub(super) fn is_ca(&self) -> bool {
        self.constraints
            .as_ref()
            .is_some_and(|constraints| constraints.ca)
    }

    pub(super) fn path_length(&self) -> Option<u8> {
        self.constraints.as_ref()?.path_len_constraint
    }

    /// Where no key usage is stated every use is allowed (RFC 5280 section 4.2.1.3).
    pub(super) fn may_sign_data(&self) -> bool {
        self.key_usage.is_none_or(|usage| usage.digital_signature())
    }

    pub(super) fn may_sign_certificates(&self) -> bool {
        self.key_usage.is_none_or(|usage| usage.key_cert_sign())
    }

    pub(super) fn may_sign_lists(&self) -> bool {
        self.key_usage.is_none_or(|usage| usage.crl_sign())
    }

    /// The extended key usages, where there are any.
    pub(super) fn usages(&self) -> &[ObjectIdentifier] {
        self.usages.as_deref().unwrap_or_default()
    }

    pub(super) const fn has_usages(&self) -> bool {
        self.usages.is_some()
    }

    /// Whether one of its extended key usages is one of `usages`. "Any" is none of them: RFC 5280
    /// section 4.2.1.12 lets an application insist.
    pub(super) fn is_meant_for(&self, usages: &[ObjectIdentifier]) -> bool {
        self.usages().iter().any(|usage| usages.contains(usage))
    }

    /// Whether every one of its extended key usages is one of `usages`.
    pub(super) fn is_meant_only_for(&self, usages: &[ObjectIdentifier]) -> bool {
        self.usages().iter().all(|usage| usages.contains(usage))
    }

    /// An extension, and whether it is critical; `None` if it is absent or malformed.
    pub(super) fn extension<'s, T: Decode<'s> + AssociatedOid>(&'s self) -> Option<(bool, T)> {
        self.parsed.tbs_certificate().get_extension().ok()?
    }

    pub(super) fn has_extension(&self, id: &ObjectIdentifier) -> bool {
        let mut extensions = self
            .parsed
            .tbs_certificate()
            .extensions()
            .into_iter()
            .flatten();
        extensions.any(|extension| extension.extn_id == *id)
    }

    /// Two characters (ISO 3166-1), if the subject names one country.
    pub(super) fn country(&self) -> Option<[u8; 2]> {
        self.subject(&COUNTRY)?.as_bytes().try_into().ok()
    }

    pub(super) fn state(&self) -> Option<&str> {
        self.subject(&STATE)
    }

    /// The name to show to a person, if the subject has one that can be shown.
    pub(super) fn common_name(&self) -> Option<String> {
        let name = self.subject(&COMMON_NAME)?;
        (!name.is_empty() && !name.chars().any(char::is_control)).then(|| name.into())
    }

    /// The code of a profession, if the certificate has an extension with one that is not critical.
    pub(super) fn profession(&self) -> Option<String> {
        let certificate = self.parsed.tbs_certificate();
        let mut extensions = certificate.extensions().into_iter().flatten();
        let found = extensions.find(|extension| extension.extn_id == PROFESSION)?;
        let value = Any::from_der(found.extn_value.as_bytes()).ok()?;
        let is_text = value.tag() == Tag::Utf8String && !found.critical;
        text(&value).filter(|_| is_text).map(Into::into)
    }

    fn subject(&self, id: &ObjectIdentifier) -> Option<&str> {
        only_one(self.parsed.tbs_certificate().subject(), id)
    }

    /// Whether `issuer` has signed it.
    pub(super) fn is_signed_by(
        &self,
        issuer: &Self,
        algorithm: &dyn SignatureVerificationAlgorithm,
    ) -> Option<()> {
        let issuer = CertificateDer::from(issuer.der);
        let issuer = EndEntityCert::try_from(&issuer).ok()?;
        let signature = self.parsed.signature().as_bytes()?;
        issuer
            .verify_signature(algorithm, self.fields.signed.whole, signature)
            .ok()
    }
}

/// The text of an attribute that stands there once: of two, programs show different ones.
fn only_one<'n>(name: &'n Name, id: &ObjectIdentifier) -> Option<&'n str> {
    let mut values = name
        .iter()
        .filter(|attribute| attribute.oid == *id)
        .map(|attribute| &attribute.value);
    match (values.next(), values.next()) {
        (Some(value), None) => text(value),
        _ => None,
    }
}

fn text(value: &Any) -> Option<&str> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            core::str::from_utf8(value.value()).ok()
        }
        _ => None,
    }
}

pub(super) fn seconds(time: Time) -> UnixTime {
    unix_time(time.to_unix_duration().as_secs())
}

/// RFC 5280 section 4.1.2.2, but for the length: one test issuer has 32 octets.
fn is_positive(serial: &[u8]) -> bool {
    !matches!(serial, [] | [0] | [0x80..=0xff, ..] | [0, 0..=0x7f, ..])
}
