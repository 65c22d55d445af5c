//! An allocator that counts, only when asked: while times are taken it costs one load and a branch,
//! or a peer with forty thousand allocations would pay for being counted.

#![allow(
    unsafe_code,
    reason = "an allocator that counts cannot be written without"
)]

use core::alloc::{GlobalAlloc, Layout};
use std::alloc::System;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

static COUNTING: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// Held before counting began, so that freeing an older block does not go below zero.
const FLOOR: usize = 1 << 40;

struct Counting;

fn hold(more: usize, less: usize) {
    if COUNTING.load(Relaxed) {
        let held = HELD.fetch_add(more, Relaxed) + more;
        PEAK.fetch_max(held, Relaxed);
        HELD.fetch_sub(less, Relaxed);
        ALLOCATIONS.fetch_add(usize::from(more > 0), Relaxed);
    }
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        hold(layout.size(), 0);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        hold(layout.size(), 0);
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        hold(0, layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(block, layout) }
    }

    /// Both blocks may exist at once.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        hold(size, layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `work` asked for memory, and the most bytes that it held at once. What C code
/// allocates by itself is not seen.
pub fn count(work: impl FnOnce()) -> (usize, usize) {
    ALLOCATIONS.store(0, Relaxed);
    HELD.store(FLOOR, Relaxed);
    PEAK.store(FLOOR, Relaxed);
    COUNTING.store(true, Relaxed);
    work();
    COUNTING.store(false, Relaxed);
    (ALLOCATIONS.load(Relaxed), PEAK.load(Relaxed) - FLOOR)
}
