//! Any bytes are a payload or none, of no more than is allowed; what was read can be written and read again.
#![no_main]

use gatehouse_compression::Coding;
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 1 << 16;

fuzz_target!(|input: (&str, &[u8])| {
    let (header, payload) = input;
    let _ = (Coding::of(header), Coding::preferred(header));
    for coding in [Coding::Gzip, Coding::Deflate] {
        if let Ok(bytes) = coding.decode(payload, LIMIT) {
            assert!(bytes.len() <= LIMIT);
            assert_eq!(coding.decode(&coding.encode(&bytes), LIMIT).as_deref(), Ok(bytes.as_slice()));
        }
    }
});
