//! The no-panic proof: this program links only if nothing it calls can panic or allocate.
//!
//! The panic handler calls a symbol that exists nowhere, and the allocator has no memory, so that an
//! allocation ends in the panic handler as well. After link-time optimisation the linker either drops
//! the handler as unreachable, or stops with `undefined symbol`. The program is never run.

#![no_std]
#![no_main]

use core::alloc::{GlobalAlloc, Layout};
use core::hint::black_box;
use core::panic::PanicInfo;
use core::ptr::null_mut;

/// All that is proved. The optimiser knows nothing about `input`.
fn proved(input: &[u8]) {
    black_box(vitacard::proof_seam::walk(input));
}

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    static INPUT: [u8; 64] = [0; 64];
    let input = black_box(&INPUT[..]);
    proved(input);
    loop {}
}

unsafe extern "C" {
    /// Defined nowhere. `scripts/proof` looks for this name in the linker's complaint.
    fn vitacard_panic_is_reachable() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: never runs, as a program that reaches it does not link.
    unsafe { vitacard_panic_is_reachable() }
}

struct NoMemory;

// SAFETY: an allocator may always refuse, and what it never gave is never given back.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static NO_MEMORY: NoMemory = NoMemory;
