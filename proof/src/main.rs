//! The no-panic proof: this program links only if nothing it calls can panic or allocate.
//!
//! The panic handler calls a symbol that exists nowhere, and the allocator has no memory, so that an
//! allocation ends in the panic handler as well. After link-time optimisation the linker either drops
//! the handler as unreachable, or stops with `undefined symbol`. The program is never run.

#![no_std]
#![no_main]

mod provider;

use core::alloc::{GlobalAlloc, Layout};
use core::hint::black_box;
use core::panic::PanicInfo;
use core::ptr::null_mut;

use provider::{AnyVerdict, PREPARED, PROVIDER};
use vitacard::crypto::{PublicKey, Secret};
use vitacard::delegation::Purpose;
use vitacard::reader::{Conditions, DeviceRequest, Exchange, Policy};
use vitacard::trust::TrustAnchors;
use vitacard::session::SessionTranscript;
use vitacard::{Error, Misuse, proof, unix_time};

/// All that is proved. The optimiser knows nothing about any value in here.
fn proved(bytes: &[u8], text: &str) -> Result<(), Error> {
    let crypto = black_box(PROVIDER);
    let numbers = black_box([0_usize; 2]);
    let [from, until, now] = black_box([0; 3]).map(unix_time);

    proof::errors(black_box(Error::Misuse(Misuse::EmptyName)), black_box(0));
    let _ = proof::time(text, [from, until, now]);
    let (x, y) = black_box(([0; 32], [0; 32]));
    proof::keys(bytes, &x, &y, black_box(true), numbers[0]);
    let _ = proof::cbor(bytes, numbers[1], text, black_box(0));
    let _ = proof::response(bytes, numbers[1]);

    let key = black_box(PublicKey::p256(bytes)?);
    let prepared = black_box(&PREPARED);
    proof::signatures(&key, prepared, black_box([bytes; 2]), &crypto);
    let secret = Secret::new(black_box([0; 32]));
    let _ = proof::cose(bytes, black_box(bytes), &key, &secret, &crypto);
    let _ = proof::request(
        bytes,
        black_box(bytes),
        (text, black_box(text)),
        &key,
        &crypto,
    );

    let bytes4 = black_box([bytes; 4]);
    let commitment = black_box([0; 32]);
    let _ = proof::requests(bytes, &commitment, now, &crypto, &mut AnyVerdict);
    proof::transcript(bytes4, black_box([text; 4]), black_box(None), &crypto);

    let policy = black_box(Policy::default());
    let transcript = black_box(SessionTranscript::given(black_box(bytes))?);
    let exchange = Exchange::new(&transcript, Conditions::new(now, &policy));
    let exchange = exchange.with_reader_key(&AnyVerdict);
    let request = black_box(DeviceRequest::parse(black_box(bytes))?);
    let purpose = Purpose::new(black_box(text), black_box(0));
    let exchange = black_box(exchange.with_request(request).for_purpose(purpose));
    let anchors = black_box(TrustAnchors::new());
    proof::verify(bytes, &exchange, &anchors, &crypto)
}

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    let input = black_box((&[][..], ""));
    let _ = black_box(proved(input.0, input.1));
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
