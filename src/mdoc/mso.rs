//! The Mobile Security Object: what the issuer signed.

use super::authorizations::KeyAuthorizations;
use super::date::read_tdate;
use super::{MAX_DIGESTS, version_is_1};
use crate::cbor::{LookUp, WellFormed, required};
use crate::cose::{Compressed, CoseKey, SignedBytes};
use crate::crypto::DigestAlgorithm;
use crate::error::{DecodeError, DecodeErrorKind, Rejected, rejected};
use crate::time::UnixTime;

/// What the issuer signed. There is no way to parse one from bytes that nobody signed.
///
/// ```cddl
/// MobileSecurityObject = {
///     "version": tstr, "digestAlgorithm": "SHA-256" / "SHA-384" / "SHA-512",
///     "valueDigests": { + NameSpace => { + DigestID => bstr } },
///     "deviceKeyInfo": { "deviceKey": COSE_Key, ? "keyAuthorizations": KeyAuthorizations,
///                        ? "keyInfo": { ? -70002: h'01', * int => any }, * tstr => any },
///     "docType": tstr,
///     "validityInfo": { "signed": tdate, "validFrom": tdate, "validUntil": tdate,
///                       ? "expectedUpdate": tdate, * tstr => any },
///     ? "status": { * tstr => any } / null, * tstr => any
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mso<'a> {
    doc_type: &'a str,
    digest_algorithm: DigestAlgorithm,
    value_digests: WellFormed<'a>,
    device_key: CoseKey,
    device_key_even_r: bool,
    key_info: Option<WellFormed<'a>>,
    key_authorizations: KeyAuthorizations<'a>,
    dates: Dates,
    status: Option<WellFormed<'a>>,
}

/// `ValidityInfo`, read. That it begins before it ends is for step 5 to see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dates {
    pub(crate) signed: UnixTime,
    pub(crate) from: UnixTime,
    pub(crate) until: UnixTime,
    pub(crate) expected_update: Option<UnixTime>,
}

/// The label of `keyInfo` by which an issuer says that the wallet of this device key always gives
/// the one of two equal ECDSA signatures, (r, s) and (r, n − s), whose point R has an even y; and
/// the value that says so. It makes checking faster, and no verdict depends on it.
pub(crate) const EVEN_R: i64 = -70_002;
pub(crate) const EVEN_R_VALUE: [u8; 1] = [1];

impl<'a> Mso<'a> {
    /// Reads `MobileSecurityObjectBytes = #6.24(bstr .cbor MobileSecurityObject)`.
    pub(crate) fn parse(signed: SignedBytes<'a>) -> Result<Self, Rejected> {
        Self::read(signed.content())
    }

    /// Looks at dates that nobody has vouched for, and may only say no.
    ///
    /// Spares a slow reader two signature checks on a card that it would refuse anyway. The clock
    /// says `now`, and `latest` is what a better one might say.
    pub(crate) fn refuse_early(
        unsigned: WellFormed<'a>,
        now: UnixTime,
        latest: UnixTime,
    ) -> Result<(), Rejected> {
        let Ok(claimed) = Self::read(unsigned) else {
            return Ok(());
        };
        match claimed.dates {
            Dates { from, .. } if latest < from => Err(rejected!(EarlyNotYetValid)),
            Dates { until, .. } if now > until => Err(rejected!(EarlyExpired)),
            _ => Ok(()),
        }
    }

    pub(crate) const fn doc_type(&self) -> &'a str {
        self.doc_type
    }

    pub(crate) const fn device_key(&self) -> &CoseKey {
        &self.device_key
    }

    /// Whether signatures of the device key are said to have an R with an even y ([`EVEN_R`]).
    pub(crate) const fn device_key_even_r(&self) -> bool {
        self.device_key_even_r
    }

    /// What the issuer says about the device key under a label of its own, unread.
    pub(crate) fn key_info(&self, label: i64) -> Option<WellFormed<'a>> {
        let [said] = self.key_info?.fields([label]).ok()?;
        said
    }

    pub(crate) const fn key_authorizations(&self) -> &KeyAuthorizations<'a> {
        &self.key_authorizations
    }

    pub(crate) const fn dates(&self) -> &Dates {
        &self.dates
    }

    /// The status element, unread: what it names is the business of `status`.
    pub(crate) const fn status(&self) -> Option<WellFormed<'a>> {
        self.status
    }

    /// The digests, to be looked up one after the other.
    pub(crate) const fn digests(&self) -> Digests<'a> {
        Digests {
            algorithm: self.digest_algorithm,
            all: self.value_digests,
            name_space: "",
            found: None,
        }
    }

    fn read(payload: WellFormed<'a>) -> Result<Self, Rejected> {
        let mso = payload.embedded().map_err(malformed)?.content();
        let [
            version,
            algorithm,
            value_digests,
            key_info,
            doc_type,
            validity,
            status,
        ] = mso
            .fields([
                "version",
                "digestAlgorithm",
                "valueDigests",
                "deviceKeyInfo",
                "docType",
                "validityInfo",
                "status",
            ])
            .map_err(malformed)?;
        let field = |field| required(field, &mso).map_err(malformed);
        if !field(version)?.text().is_ok_and(version_is_1) {
            return Err(rejected!(MsoVersion));
        }
        let algorithm = field(algorithm)?.text().map_err(malformed)?;
        let (device_key, key_authorizations, key_info) = read_key_info(field(key_info)?)?;
        Ok(Self {
            doc_type: field(doc_type)?.name().map_err(malformed)?,
            digest_algorithm: DigestAlgorithm::from_name(algorithm)
                .ok_or(rejected!(DigestAlgorithm))?,
            value_digests: check_digests(field(value_digests)?).map_err(malformed)?,
            device_key,
            device_key_even_r: key_info.is_some_and(says_even_r),
            key_info,
            key_authorizations,
            dates: read_dates(field(validity)?)?,
            status: status.filter(|status| !status.is_null()),
        })
    }
}

/// The digests that the issuer signed. Items come one name space after the other, so its digests
/// are found once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digests<'a> {
    algorithm: DigestAlgorithm,
    all: WellFormed<'a>,
    name_space: &'a str,
    found: Option<LookUp<'a>>,
}

impl<'a> Digests<'a> {
    pub(super) const fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Those of `name_space`, if the issuer signed any.
    #[inline]
    pub(super) fn of(&mut self, name_space: &'a str) -> Option<&mut LookUp<'a>> {
        if self.name_space != name_space {
            let [digests] = self.all.fields([name_space]).ok()?;
            self.found = digests.and_then(|digests| Some(LookUp::new(digests.map().ok()?)));
            self.name_space = name_space;
        }
        self.found.as_mut()
    }
}

fn malformed(error: DecodeError) -> Rejected {
    Rejected::MsoMalformed {
        document: 0,
        offset: error.offset(),
    }
}

fn check_digests(value_digests: WellFormed<'_>) -> Result<WellFormed<'_>, DecodeError> {
    let mut count: u64 = 0;
    for entry in value_digests.map()? {
        let (name_space, digests) = entry?;
        name_space.name()?;
        let digests = digests.map()?;
        count = count.saturating_add(digests.left());
        if count > MAX_DIGESTS {
            return Err(name_space.error(DecodeErrorKind::TooMany));
        }
        for digest in digests {
            let (digest_id, digest) = digest?;
            digest_id.uint()?;
            digest.byte_string()?;
        }
    }
    Ok(value_digests)
}

/// The device key, what it may sign, and `keyInfo`.
fn read_key_info<'a>(
    info: WellFormed<'a>,
) -> Result<(CoseKey, KeyAuthorizations<'a>, Option<WellFormed<'a>>), Rejected> {
    let [device_key, authorizations, key_info] = info
        .fields(["deviceKey", "keyAuthorizations", "keyInfo"])
        .map_err(malformed)?;
    let device_key = required(device_key, &info).map_err(malformed)?;
    let key = CoseKey::parse(device_key, Compressed::Refused).map_err(|_| rejected!(DeviceKey))?;
    Ok((
        key,
        KeyAuthorizations::parse(authorizations).map_err(malformed)?,
        key_info,
    ))
}

/// Whatever else stands there is somebody else's, and no fault: this is a hint.
fn says_even_r(key_info: WellFormed<'_>) -> bool {
    let [hint] = key_info.fields([EVEN_R]).unwrap_or_default();
    hint.is_some_and(|hint| hint.byte_string() == Ok(&EVEN_R_VALUE))
}

fn read_dates(validity: WellFormed<'_>) -> Result<Dates, Rejected> {
    let [signed, from, until, update] = validity
        .fields(["signed", "validFrom", "validUntil", "expectedUpdate"])
        .map_err(malformed)?;
    let date = |item: WellFormed<'_>| read_tdate(item).ok_or(rejected!(MsoDate));
    let field = |field| required(field, &validity).map_err(malformed).and_then(date);
    Ok(Dates {
        signed: field(signed)?,
        from: field(from)?,
        until: field(until)?,
        expected_update: update.map(date).transpose()?,
    })
}
