//! Step 5: the card is valid now, and was signed while its signer's certificate was.

use crate::error::{Rejected, rejected};
use crate::mdoc::Dates;
use crate::time::{UnixTime, Validity};
use crate::trust::TrustedIssuer;

use super::Policy;

/// The window in which the card holds, checked to contain the present.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValidNow {
    window: Validity,
}

impl ValidNow {
    /// Both ends are inclusive: at `now = validFrom` and at `now = validUntil` a card holds.
    ///
    /// Many issuers, ISO's own example among them, let a card end after the certificate that
    /// signed it. It is accepted, and ends with the certificate.
    pub(crate) fn check(
        dates: &Dates,
        issuer: &TrustedIssuer,
        policy: &Policy,
        now: UnixTime,
    ) -> Result<Self, Rejected> {
        if issuer
            .validity()
            .is_some_and(|certificate| !certificate.holds_at(dates.signed))
        {
            return Err(rejected!(SignedOutsideCertificate));
        }
        let (from, own) = (dates.from, dates.until);
        if own < from {
            return Err(rejected!(ValidityReversed));
        }
        let until = issuer
            .chain_validity()
            .map_or(own, |chain| own.min(chain.until()));
        if now > until {
            return Err(rejected!(Expired, until: until));
        }
        if policy.latest(now) < from {
            return Err(rejected!(NotYetValid, from: from));
        }
        // Only a certificate that ends before the card begins makes this reversed.
        let window = Validity::new(from.min(until), until).ok_or(rejected!(ValidityReversed))?;
        Ok(Self { window })
    }

    pub(crate) const fn window(&self) -> Validity {
        self.window
    }
}
