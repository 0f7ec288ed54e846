//! What a verification allocates: the name of the signer, which it gives out, and nothing else.
#![allow(unsafe_code, reason = "an allocator is unsafe")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{Credentials, Key, Rules, SecretKey, Signer, sha256};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that ends has nothing to count with.
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: as promised by whoever calls.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as promised by whoever calls.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const NOW: u64 = 1_440_938_160;

fn allocations(target: &str, headers: usize, body: &[u8]) -> usize {
    let secret = SecretKey::new("secret");
    let pairs = [(":method", "POST"), (":path", target), (":authority", "api.example"), ("accept", "a,  b\tc")];
    let mut request = Request { headers: Headers::from_pairs(pairs), body: Body::Read(body.to_vec()) };
    for at in 0..headers {
        request.headers.add(&format!("x-header-{at}"), "value").unwrap();
    }
    Signer::execute_api("AKIDEXAMPLE", &secret, "us-east-1").sign(&mut request, NOW).unwrap();
    let rules = Rules::execute_api("us-east-1");
    let key = secret.derive(rules.read(&request, NOW).unwrap().scope());
    let credentials =
        Credentials { access_key_id: "AKIDEXAMPLE", key: Key::V4(&key), session_token: None, expires_at: None };
    let before = COUNT.get();
    let claim = rules.read(&request, NOW).unwrap();
    let verified = claim.verify(&credentials, &sha256(request.body.bytes())).unwrap();
    let count = COUNT.get() - before;
    drop(verified);
    count
}

#[test]
fn only_the_signers_name_is_allocated() {
    assert_eq!(allocations("/", 0, b""), 1);
    assert_eq!(allocations("/prod/a%20b;c?limit=20&cursor=abc%3D%3D&sort=name&a=b+c", 10, &[b'a'; 70_000]), 1);
}

#[test]
fn what_is_longer_than_anybodys_is_on_the_heap() {
    let long = format!("/?{}", (0..40).map(|at| format!("name-{at}=value-{at}&")).collect::<String>());
    assert!((2..12).contains(&allocations(&long, 60, b"")));
}
