//! Revocation lists.

use super::der::{TimeForm, constructed, integer, sequence, time, tlv, uri};
use super::{
    Extension, Fault, Key, KeyId, Name, algorithm, date, envelope, extensions, trailing_if,
};

/// All that a revocation list says. The default is full, current at [`NOW`](super::NOW), empty,
/// and obeys Annex B: version 2, a CRL number, an authority key identifier, nothing else.
#[derive(Clone, Debug)]
pub struct Crl {
    pub issuer: Name,
    pub this_update: u64,
    pub next_update: Option<u64>,
    pub time_form: TimeForm,
    /// Serial numbers, as contents of INTEGERs.
    pub revoked: Vec<Vec<u8>>,
    /// Extensions of each entry.
    pub entry_extra: Vec<Extension>,
    /// The content of the INTEGER of the CRL number.
    pub number: Option<Vec<u8>>,
    pub authority_key_id: KeyId,
    /// 1 stands for version 2; `None` leaves the field out, which means version 1.
    pub version: Option<u8>,
    pub extra: Vec<Extension>,
    pub inner_algorithm: &'static [u8],
    pub outer_algorithm: &'static [u8],
    pub fault: Option<Fault>,
}

impl Crl {
    pub fn new(issuer: Name) -> Self {
        Self {
            issuer,
            this_update: date(2026, 5, 15),
            next_update: Some(date(2026, 8, 1)),
            time_form: TimeForm::Rfc5280,
            revoked: Vec::new(),
            entry_extra: Vec::new(),
            number: Some(vec![1]),
            authority_key_id: KeyId::Derived,
            version: Some(1),
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

    pub fn sign(&self, key: &Key) -> Vec<u8> {
        let mut list = Vec::new();
        if let Some(id) = self.authority_key_id.of(&key.spki()) {
            let value = sequence(&[tlv(0x80, &id)]);
            list.push(Extension {
                id: "2.5.29.35",
                critical: false,
                value,
            });
        }
        if let Some(number) = &self.number {
            list.push(Extension {
                id: "2.5.29.20",
                critical: false,
                value: integer(number),
            });
        }
        list.extend(self.extra.iter().cloned());
        let signed = sequence(&[
            self.version.map(|v| integer(&[v])).unwrap_or_default(),
            tlv(0x30, self.inner_algorithm),
            self.issuer.der(),
            time(self.this_update, self.time_form),
            self.next_update
                .map(|date| time(date, self.time_form))
                .unwrap_or_default(),
            self.entries(),
            extensions(0xa0, &list, self.fault),
            trailing_if(self.fault == Some(Fault::TrailingSigned)),
        ]);
        envelope(signed, self.outer_algorithm, key, self.fault)
    }

    /// RFC 5280 5.1.2.6: no list at all when nothing is revoked.
    fn entries(&self) -> Vec<u8> {
        if self.revoked.is_empty() {
            return Vec::new();
        }
        let extra: Vec<_> = self.entry_extra.iter().map(Extension::der).collect();
        let extra = if extra.is_empty() {
            Vec::new()
        } else {
            sequence(&extra)
        };
        let revoked_at = time(self.this_update, self.time_form);
        let entry =
            |serial: &Vec<u8>| sequence(&[integer(serial), revoked_at.clone(), extra.clone()]);
        sequence(&self.revoked.iter().map(entry).collect::<Vec<_>>())
    }
}

/// What a list with an issuing distribution point is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Everything,
    OnlyUserCertificates,
    OnlyCaCertificates,
    OnlyAttributeCertificates,
    /// Only some reasons, with this content of their BIT STRING.
    OnlyReasons(&'static [u8]),
    /// Also of other issuers.
    Indirect,
}

/// The issuing distribution point, for [`Crl::extra`].
pub fn issuing_distribution_point(name: Option<&str>, scope: Scope) -> Extension {
    let full_name = |name| constructed(0xa0, &[constructed(0xa0, &[uri(name)])]);
    let value = sequence(&[
        name.map(full_name).unwrap_or_default(),
        match scope {
            Scope::Everything => Vec::new(),
            Scope::OnlyUserCertificates => tlv(0x81, &[0xff]),
            Scope::OnlyCaCertificates => tlv(0x82, &[0xff]),
            Scope::OnlyReasons(bits) => tlv(0x83, bits),
            Scope::Indirect => tlv(0x84, &[0xff]),
            Scope::OnlyAttributeCertificates => tlv(0x85, &[0xff]),
        },
    ]);
    Extension {
        id: "2.5.29.28",
        critical: true,
        value,
    }
}
