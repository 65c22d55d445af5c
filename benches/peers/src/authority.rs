//! An issuing authority whose certificates every peer accepts, today.

use std::time::{SystemTime, UNIX_EPOCH};

use vitacard::{UnixTime, unix_time};

use crate::pki::{CRL_URI, Entity, Profile};

const DAY: u64 = 86_400;

pub struct Authority {
    pub root: Entity,
    pub signer: Entity,
    /// isomdl asks the system what time it is, so everyone's time is the real one.
    pub now: UnixTime,
}

impl Authority {
    pub fn new() -> Self {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = clock.expect("a clock that is set").as_secs();
        let days = |before: u64, after: u64| {
            move |profile: &mut Profile| {
                profile.not_before = now - before * DAY;
                profile.not_after = now + after * DAY;
            }
        };
        let root = Profile::iaca_root().with(days(365, 3000)).with(|profile| {
            // isomdl wants one in the root as well.
            profile.crl_uri = Some(CRL_URI);
        });
        let root = Entity::self_signed(root, "root");
        let signer = Profile::document_signer().with(days(30, 300));
        let signer = root.issue(signer, "document signer");
        Self {
            root,
            signer,
            now: unix_time(now),
        }
    }
}
