//! Running out of memory ends in the right verdict, an error or an abort, and never in a wrong verdict.
//!
//! For each n a child process verifies while its n-th allocation fails.

#![cfg(unix)]
#![allow(
    unsafe_code,
    reason = "an allocator that fails cannot be written without"
)]

mod samples;

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::alloc::System;
use std::env;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, exit};

use samples::{Amounts, Sample, made, real};
use vitacard::{Error, Rejected};

const FAIL_AT: &str = "VITACARD_FAIL_AT";
const ABORTED: i32 = 6; // SIGABRT
/// Exit codes of a child; its test harness has 0 and 101 for itself.
const ACCEPTED: i32 = 40;
const REJECTED: i32 = 41;
const OTHER_ERROR: i32 = 42;

/// How many allocations still succeed before one fails; 0 while none is to fail.
static COUNTDOWN: AtomicU32 = AtomicU32::new(0);

struct Failing;

// SAFETY: an allocator may refuse at any time; otherwise the system's does the work.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let left = COUNTDOWN.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(1) => null_mut(),
            // SAFETY: as the caller promised.
            _ => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static FAILING: Failing = Failing;

/// One response that holds and one that does not, both with several documents' worth of work.
fn good_and_bad() -> [Sample; 2] {
    let amounts = Amounts {
        documents: 2,
        items: 5,
        decoys: 5,
        device_items: 5,
    };
    let mut bad = made(amounts);
    // The last signature, behind a payload of null: all steps but the last one hold.
    let before = [0xf6, 0x58, 64];
    let at = bad.response.windows(3).rposition(|window| window == before);
    bad.response[at.unwrap() + before.len()] ^= 1;
    [made(amounts), bad]
}

/// In a child: never returns.
fn verify_and_exit(sample: &Sample, fail_at: u32) -> ! {
    let reader = sample.reader();
    COUNTDOWN.store(fail_at, SeqCst);
    let verdict = sample.verify(&reader);
    let unused = COUNTDOWN.swap(0, SeqCst);
    let code = match verdict {
        Ok(_) => ACCEPTED,
        Err(Error::Rejected(Rejected::DeviceSignature { document: 1 })) => REJECTED,
        Err(_) => OTHER_ERROR,
    };
    // The parent stops once nothing failed.
    exit(code + if unused > 0 { 10 } else { 0 });
}

/// Runs this test again for each n, until a run ends without a failed allocation.
fn fails_everywhere(test: &str, sample: &Sample, right: i32) {
    if let Ok(fail_at) = env::var(FAIL_AT) {
        verify_and_exit(sample, fail_at.parse().unwrap());
    }
    for fail_at in 1..1000_u32 {
        let mut child = Command::new(env::current_exe().unwrap());
        child
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(FAIL_AT, fail_at.to_string());
        let output = child.output().unwrap();
        match (output.status.code(), output.status.signal()) {
            (None, Some(ABORTED)) => {}
            (Some(code), _) if code == right || code == OTHER_ERROR => {}
            (Some(code), _) if code == right + 10 => {
                println!("{test}: {} allocations, each failed once", fail_at - 1);
                assert!(fail_at > 1, "nothing was allocated");
                return;
            }
            other => panic!("{test}, allocation {fail_at}: {other:?}"),
        }
    }
    panic!("no end of allocations");
}

#[test]
fn good_response() {
    let [good, _] = good_and_bad();
    fails_everywhere("good_response", &good, ACCEPTED);
}

#[test]
fn bad_response() {
    let [_, bad] = good_and_bad();
    fails_everywhere("bad_response", &bad, REJECTED);
}

#[test]
fn response_of_a_real_wallet() {
    if let Some(sample) = real().pop() {
        fails_everywhere("response_of_a_real_wallet", &sample, ACCEPTED);
    }
}
