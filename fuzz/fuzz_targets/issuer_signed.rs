//! IssuerSigned without a holder: parsed, and verified as in `device_response`.
#![no_main]

vitacard_fuzz::target!(vitacard_fuzz::issuer_signed);
