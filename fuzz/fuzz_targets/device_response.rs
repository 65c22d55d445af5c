//! DeviceResponse: parsed, and verified by a reader that means it and by two that believe.
#![no_main]

vitacard_fuzz::target!(vitacard_fuzz::response);
