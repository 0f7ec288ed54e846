//! Any bytes are a key set or none, and no key of one verifies what it has not signed.
#![no_main]

use gatehouse_jwt::{Compact, KeySet, Signatures, Token, Verification};
use libfuzzer_sys::fuzz_target;

struct Nobody;

impl Signatures for Nobody {
    fn verifies(&self, _: &Verification<'_>) -> bool {
        false
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(keys) = KeySet::parse(bytes) else { return };
    assert!(!keys.is_empty());
    for token in ["eyJhbGciOiJSUzI1NiJ9.e30.AA", "eyJhbGciOiJFUzI1NiJ9.e30.AA", "eyJhbGciOiJFZERTQSJ9.e30.AA"] {
        let compact = Compact::decode(token).unwrap();
        let token = Token::read(&compact).unwrap();
        if let Ok(key) = keys.find(&token) {
            assert!(!key.is_signed(&token, &Nobody));
        }
    }
});
