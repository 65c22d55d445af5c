//! A delegation, a request for one, what is in a parcel, a request to revoke, and a response with a
//! delegate's signature, each read by those who mean it and by two that believe.
#![no_main]

vitacard_fuzz::target!(vitacard_fuzz::delegation);
