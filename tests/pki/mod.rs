//! Certificates and revocation lists for tests: deterministic, and wrong on demand.
//!
//! A [`Profile`] says everything a certificate says; its public fields are the faults that are
//! well-formed. A [`Fault`] breaks the encoding itself. An [`Entity`] is a certificate with its
//! key, and issues others:
//!
//! ```ignore
//! let root = Entity::root();
//! let signer = root.issue(Profile::document_signer(), "signer");
//! let useless = root.issue(Profile::document_signer().with(|p| p.eku.clear()), "signer");
//! let list = root.crl().with(|c| c.revoked.push(signer.profile.serial)).sign(&root.key);
//! ```
//!
//! The defaults obey ISO/IEC 18013-5 Annex B at [`NOW`]. Nothing here uses the crate under test.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "each of the programs that include this module uses a part of it"
)]

mod crl;
pub mod der;
mod key;

pub use crl::{Crl, Scope, issuing_distribution_point};
pub use der::{TimeForm, date};
pub use key::{Key, KeyId, spki_p384};

use der::{bit_string, boolean, constructed, integer, octet_string, oid, sequence, time, tlv, uri};
use sha2::{Digest, Sha256};

/// When the tests are run, by their own clock.
pub const NOW: u64 = date(2026, 6, 1);

/// Extended key usages: ISO/IEC 18013-5 Annex B, ISO/IEC 23220-4, and one that is out of place.
pub mod eku {
    pub const DOCUMENT_SIGNER: &str = "1.0.18013.5.1.2";
    pub const READER: &str = "1.0.18013.5.1.6";
    pub const IACA_LINK: &str = "1.0.18013.5.1.4";
    pub const MDOC_SIGNER: &str = "1.0.23220.4.1.2";
    pub const MDOC_READER: &str = "1.0.23220.4.1.6";
    pub const TLS_SERVER: &str = "1.3.6.1.5.5.7.3.1";
    pub const ANY: &str = "2.5.29.37.0";
}

/// Key usages as the content of their BIT STRING: the number of unused bits, then the bits.
pub mod key_usage {
    pub const DIGITAL_SIGNATURE: &[u8] = &[7, 0x80];
    pub const KEY_AGREEMENT: &[u8] = &[3, 0x08];
    pub const CERT_SIGN: &[u8] = &[2, 0x04];
    pub const CRL_SIGN: &[u8] = &[1, 0x02];
    pub const CERT_AND_CRL_SIGN: &[u8] = &[1, 0x06];
    /// `03 01 00`: no bits at all, which has crashed parsers (GHSA-82j2-j2ch-gfr8).
    pub const EMPTY: &[u8] = &[0];
    /// Not even the count of unused bits.
    pub const NOTHING: &[u8] = &[];
}

/// Contents of an AlgorithmIdentifier. The signature itself is always P-256 with SHA-256.
pub mod algorithm {
    pub const ECDSA_SHA256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    pub const ECDSA_SHA256_NULL: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00";
    /// sha256WithRSAEncryption, NULL.
    pub const RSA_SHA256: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
    pub const ECDSA_SHA384: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03";
}

/// A distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub country: Option<&'static str>,
    pub state: Option<&'static str>,
    pub common_name: &'static str,
}

impl Name {
    /// A name in Utopia, whose code UT is the one of the examples of the standard.
    pub const fn utopian(common_name: &'static str) -> Self {
        Self {
            country: Some("UT"),
            state: None,
            common_name,
        }
    }

    pub fn der(&self) -> Vec<u8> {
        const PRINTABLE: u8 = 0x13;
        const UTF8: u8 = 0x0c;
        let attributes = [
            ("2.5.4.6", PRINTABLE, self.country),
            ("2.5.4.8", UTF8, self.state),
            ("2.5.4.3", UTF8, Some(self.common_name)),
        ];
        let rdn = |(id, tag, value): (&str, u8, Option<&str>)| {
            let pair = sequence(&[oid(id), tlv(tag, value?.as_bytes())]);
            Some(constructed(0x31, &[pair]))
        };
        sequence(&attributes.into_iter().filter_map(rdn).collect::<Vec<_>>())
    }
}

#[derive(Clone, Copy, Debug)]
pub struct BasicConstraints {
    pub ca: bool,
    pub path_length: Option<u8>,
}

/// Any extension, for what a [`Profile`] has no field for. `value` is the DER inside the OCTET
/// STRING.
#[derive(Clone, Debug)]
pub struct Extension {
    pub id: &'static str,
    pub critical: bool,
    pub value: Vec<u8>,
}

impl Extension {
    /// An extension that nobody knows.
    pub fn unknown(critical: bool) -> Self {
        Self {
            id: "1.3.6.1.4.1.99999.1",
            critical,
            value: tlv(0x05, &[]),
        }
    }

    /// The extensions that Annex B forbids, each with a harmless value.
    pub fn forbidden() -> [Self; 5] {
        let names = uri("http://crl.example/fresh.crl");
        let point = sequence(&[constructed(0xa0, &[constructed(0xa0, &[names])])]);
        let subtree = constructed(0xa0, &[sequence(&[tlv(0x82, b"example")])]);
        let policy = || oid("1.3.6.1.4.1.99999.2");
        let mapping = sequence(&[policy(), policy()]);
        [
            ("2.5.29.33", true, sequence(&[mapping])), // policyMappings
            ("2.5.29.30", true, sequence(&[subtree])), // nameConstraints
            ("2.5.29.36", true, sequence(&[tlv(0x80, &[0])])), // policyConstraints
            ("2.5.29.54", true, integer(&[0])),        // inhibitAnyPolicy
            ("2.5.29.46", false, sequence(&[point])),  // freshestCRL
        ]
        .map(|(id, critical, value)| Self {
            id,
            critical,
            value,
        })
    }

    fn der(&self) -> Vec<u8> {
        let critical = if self.critical {
            boolean(true)
        } else {
            Vec::new()
        };
        sequence(&[oid(self.id), critical, octet_string(&self.value)])
    }
}

/// A fault of the encoding. Those inside the signed part are covered by a good signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// One bit of the signature is flipped.
    FlippedSignature,
    /// The signature's BIT STRING says that its last bit is unused.
    UnusedSignatureBit,
    /// A NULL follows the whole.
    TrailingData,
    /// A NULL follows the signature, inside the outer SEQUENCE.
    TrailingInside,
    /// A NULL follows the last field of the signed part.
    TrailingSigned,
    /// The outer length has a leading zero byte (BER).
    LongLength,
    /// The outer length is indefinite (BER).
    IndefiniteLength,
    /// The length of the serial number is in the long form for no reason (BER).
    LongSerialLength,
    /// The tag of the serial number is in the high form.
    HighTag,
    /// The extensions are wrapped in one SEQUENCE too many.
    WrappedExtensions,
}

/// All that a certificate says, apart from its key and its issuer.
#[derive(Clone, Debug)]
pub struct Profile {
    pub subject: Name,
    /// The content of the INTEGER.
    pub serial: Vec<u8>,
    pub not_before: u64,
    pub not_after: u64,
    pub time_form: TimeForm,
    /// 2 stands for X.509 version 3; `None` leaves the field out, which means version 1.
    pub version: Option<u8>,
    /// In place of the SubjectPublicKeyInfo of the key that is given to [`issue`].
    pub spki: Option<Vec<u8>>,
    pub basic_constraints: Option<BasicConstraints>,
    /// One of [`key_usage`], or other content of a BIT STRING.
    pub key_usage: Option<&'static [u8]>,
    /// No extension if there is none.
    pub eku: Vec<&'static str>,
    pub eku_critical: bool,
    pub subject_key_id: KeyId,
    pub authority_key_id: KeyId,
    pub issuer_alt_name: Option<&'static str>,
    pub crl_uri: Option<&'static str>,
    /// The content of the `reasons` BIT STRING of the CRL distribution point.
    pub crl_reasons: Option<&'static [u8]>,
    pub extra: Vec<Extension>,
    /// The algorithm in the signed part.
    pub inner_algorithm: &'static [u8],
    /// The algorithm beside the signature.
    pub outer_algorithm: &'static [u8],
    pub fault: Option<Fault>,
}

pub const CRL_URI: &str = "http://crl.example/iaca.crl";

impl Profile {
    /// What the profiles have in common. The serial number follows from the name.
    fn new(common_name: &'static str, not_before: u64, not_after: u64) -> Self {
        let mut serial = Sha256::digest(common_name)[..16].to_vec();
        serial[0] = serial[0] & 0x3f | 0x40; // positive, and of full length
        Self {
            subject: Name::utopian(common_name),
            serial,
            not_before,
            not_after,
            time_form: TimeForm::Rfc5280,
            version: Some(2),
            spki: None,
            basic_constraints: None,
            key_usage: Some(key_usage::DIGITAL_SIGNATURE),
            eku: Vec::new(),
            eku_critical: true,
            subject_key_id: KeyId::Derived,
            authority_key_id: KeyId::Derived,
            issuer_alt_name: None,
            crl_uri: None,
            crl_reasons: None,
            extra: Vec::new(),
            inner_algorithm: algorithm::ECDSA_SHA256,
            outer_algorithm: algorithm::ECDSA_SHA256,
            fault: None,
        }
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Inside and beside the signature alike.
    pub fn set_algorithm(&mut self, algorithm: &'static [u8]) {
        self.inner_algorithm = algorithm;
        self.outer_algorithm = algorithm;
    }

    /// The root of an issuing authority.
    pub fn iaca_root() -> Self {
        Self {
            basic_constraints: Some(BasicConstraints {
                ca: true,
                path_length: Some(0),
            }),
            key_usage: Some(key_usage::CERT_AND_CRL_SIGN),
            authority_key_id: KeyId::Absent,
            issuer_alt_name: Some("https://iaca.example"),
            ..Self::new("Utopia IACA", date(2025, 1, 1), date(2034, 1, 1))
        }
    }

    /// A certificate authority below the root. Annex B has none: the root's path length is 0.
    pub fn intermediate() -> Self {
        Self {
            basic_constraints: Some(BasicConstraints {
                ca: true,
                path_length: Some(0),
            }),
            key_usage: Some(key_usage::CERT_AND_CRL_SIGN),
            crl_uri: Some(CRL_URI),
            ..Self::new("Utopia Intermediate", date(2025, 6, 1), date(2030, 1, 1))
        }
    }

    /// The signer of cards, for at most 457 days.
    pub fn document_signer() -> Self {
        Self {
            eku: vec![eku::DOCUMENT_SIGNER],
            issuer_alt_name: Some("https://iaca.example"),
            crl_uri: Some(CRL_URI),
            ..Self::new("Utopia Document Signer", date(2026, 1, 1), date(2027, 3, 1))
        }
    }

    /// The root that readers chain to: not an IACA, and with another name.
    pub fn reader_root() -> Self {
        Self {
            subject: Name::utopian("Utopia Reader Root"),
            ..Self::iaca_root()
        }
    }

    /// A reader that signs its requests, for at most 1187 days.
    pub fn mdoc_reader() -> Self {
        Self {
            eku: vec![eku::READER],
            crl_uri: Some(CRL_URI),
            ..Self::new("Utopia Reader", date(2026, 1, 1), date(2029, 1, 1))
        }
    }

    /// The signer of status lists of cards: no extended key usage, no CRL.
    pub fn status_signer() -> Self {
        Self::new("Utopia Status Signer", date(2026, 1, 1), date(2029, 1, 1))
    }

    fn extensions(&self, spki: &[u8], issuer_spki: &[u8]) -> Vec<Extension> {
        let mut list = Vec::new();
        let mut add = |id, critical, value| {
            list.push(Extension {
                id,
                critical,
                value,
            })
        };
        if let Some(id) = self.authority_key_id.of(issuer_spki) {
            add("2.5.29.35", false, sequence(&[tlv(0x80, &id)]));
        }
        if let Some(id) = self.subject_key_id.of(spki) {
            add("2.5.29.14", false, octet_string(&id));
        }
        if let Some(bits) = self.key_usage {
            add("2.5.29.15", true, bit_string(bits));
        }
        if let Some(name) = self.issuer_alt_name {
            add("2.5.29.18", false, sequence(&[uri(name)]));
        }
        if let Some(BasicConstraints { ca, path_length }) = self.basic_constraints {
            let ca = if ca { boolean(true) } else { Vec::new() };
            let path_length = path_length
                .map(|length| integer(&[length]))
                .unwrap_or_default();
            add("2.5.29.19", true, sequence(&[ca, path_length]));
        }
        if let Some(name) = self.crl_uri {
            let full_name = constructed(0xa0, &[constructed(0xa0, &[uri(name)])]);
            let reasons = self
                .crl_reasons
                .map(|bits| tlv(0x81, bits))
                .unwrap_or_default();
            add(
                "2.5.29.31",
                false,
                sequence(&[sequence(&[full_name, reasons])]),
            );
        }
        if !self.eku.is_empty() {
            let usages: Vec<_> = self.eku.iter().map(|usage| oid(usage)).collect();
            add("2.5.29.37", self.eku_critical, sequence(&usages));
        }
        list.extend(self.extra.iter().cloned());
        list
    }
}

/// A certificate for `key`, signed by `issuer_key` in the name of `issuer`.
pub fn issue(profile: &Profile, key: &Key, issuer: &Name, issuer_key: &Key) -> Vec<u8> {
    let fault = profile.fault;
    let spki = profile.spki.clone().unwrap_or_else(|| key.spki());
    let dates = [profile.not_before, profile.not_after].map(|date| time(date, profile.time_form));
    let serial = &profile.serial;
    let signed = sequence(&[
        profile
            .version
            .map(|v| constructed(0xa0, &[integer(&[v])]))
            .unwrap_or_default(),
        match fault {
            Some(Fault::LongSerialLength) => {
                [&[0x02, 0x81, serial.len() as u8], &serial[..]].concat()
            }
            Some(Fault::HighTag) => [&[0x1f, 0x02, serial.len() as u8], &serial[..]].concat(),
            _ => integer(serial),
        },
        tlv(0x30, profile.inner_algorithm),
        issuer.der(),
        sequence(&dates),
        profile.subject.der(),
        spki.clone(),
        extensions(0xa3, &profile.extensions(&spki, &issuer_key.spki()), fault),
        trailing_if(fault == Some(Fault::TrailingSigned)),
    ]);
    envelope(signed, profile.outer_algorithm, issuer_key, fault)
}

fn extensions(tag: u8, list: &[Extension], fault: Option<Fault>) -> Vec<u8> {
    if list.is_empty() {
        return Vec::new();
    }
    let mut list = sequence(&list.iter().map(Extension::der).collect::<Vec<_>>());
    if fault == Some(Fault::WrappedExtensions) {
        list = sequence(&[list]);
    }
    constructed(tag, &[list])
}

fn trailing_if(wanted: bool) -> Vec<u8> {
    if wanted { tlv(0x05, &[]) } else { Vec::new() }
}

/// Signs a certificate or a list, and puts it together.
fn envelope(signed: Vec<u8>, algorithm: &[u8], key: &Key, fault: Option<Fault>) -> Vec<u8> {
    let mut signature = [vec![0], key.sign_der(&signed)].concat();
    match fault {
        Some(Fault::FlippedSignature) => *signature.last_mut().expect("a signature") ^= 1,
        Some(Fault::UnusedSignatureBit) => signature[0] = 1,
        _ => {}
    }
    let content = [
        signed,
        tlv(0x30, algorithm),
        bit_string(&signature),
        trailing_if(fault == Some(Fault::TrailingInside)),
    ]
    .concat();
    match fault {
        Some(Fault::TrailingData) => [tlv(0x30, &content), tlv(0x05, &[])].concat(),
        Some(Fault::LongLength) => {
            let length = (content.len() as u32).to_be_bytes();
            [&[0x30, 0x84], &length[..], &content].concat()
        }
        Some(Fault::IndefiniteLength) => [&[0x30, 0x80], &content[..], &[0, 0]].concat(),
        _ => tlv(0x30, &content),
    }
}

/// A certificate, what it says, and its key.
#[derive(Clone)]
pub struct Entity {
    pub profile: Profile,
    pub key: Key,
    pub der: Vec<u8>,
}

impl Entity {
    /// A certificate that its own key signs: a root, or an impostor.
    pub fn self_signed(profile: Profile, seed: &str) -> Self {
        let key = Key::from_seed(seed);
        let der = issue(&profile, &key, &profile.subject, &key);
        Self { profile, key, der }
    }

    pub fn root() -> Self {
        Self::self_signed(Profile::iaca_root(), "root")
    }

    pub fn reader_root() -> Self {
        Self::self_signed(Profile::reader_root(), "reader root")
    }

    /// Same certificate, same name, another key: it can sign, but not for this certificate.
    pub fn impostor(&self, seed: &str) -> Self {
        Self {
            key: Key::from_seed(seed),
            ..self.clone()
        }
    }

    pub fn issue(&self, profile: Profile, seed: &str) -> Self {
        let key = Key::from_seed(seed);
        let der = issue(&profile, &key, &self.profile.subject, &self.key);
        Self { profile, key, der }
    }

    /// So many certificate authorities with the name of this one, each signed by this one: they
    /// can follow each other in any order as far as their names tell, but no signature fits.
    pub fn crowd(&self, count: usize) -> Vec<Vec<u8>> {
        let profile = Profile {
            subject: self.profile.subject.clone(),
            basic_constraints: Some(BasicConstraints {
                ca: true,
                path_length: None,
            }),
            ..Profile::intermediate()
        };
        (0..count)
            .map(|i| self.issue(profile.clone(), &format!("crowd {i}")).der)
            .collect()
    }

    /// An empty list of this issuer. Sign it with its key.
    pub fn crl(&self) -> Crl {
        Crl::new(self.profile.subject.clone())
    }
}
