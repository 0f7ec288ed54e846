//! Any bytes at all, as shared data could hold them: no grant, or one whose bytes these are.
#![no_main]

use gatehouse_lambda_authorizer::Grant;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(grant) = Grant::decode(bytes) {
        assert_eq!(grant.encode(), bytes);
    }
});
